//! What all cells have in common on their way through the same dates: profiles of reports as the method weighs them, and tables
//! of what is left of them by age.

use super::intensity::{mean_left, remaining};
use super::method::Method;
use super::windows::Windows;
use crate::cube::{Count, Cube, Profile};
use crate::incident::{Category, Day, Grade, ReportClass, Strand, When};

/// A profile of reports as far as a score depends on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weighed {
    /// Mass of one fresh report.
    pub(super) mass: f64,
    /// Mass of one report on the day that its interval is over: the mean over it.
    over: f64,
    /// Length of its interval.
    days: i32,
    /// Days from the first of its interval until a score may see it: it is known, and has begun unless it is about what is to
    /// come.
    seen_after: i32,
    pub(super) strand: Strand,
    pub(super) category: Category,
    /// Whether its reports are counted: it has a weight and is about the past.
    pub(super) counts: bool,
    pub(super) grave: bool,
    /// Whether such reports have a day, are known on the next, count and are not grave.
    pub(super) is_plain: bool,
    /// Number of its source, 0 for none.
    pub(super) source: u32,
}

impl Weighed {
    /// When such reports happened that began on a day.
    #[inline]
    pub(super) fn when(&self, start: Day) -> When {
        When { start, end: start + self.days }
    }

    /// The day from which a score may see such reports that began on a day.
    #[inline]
    pub(super) fn seen_from(&self, start: Day) -> Day {
        start + self.seen_after
    }
}

/// The profiles of a cube as a method weighs them, and how many sources they name.
pub(super) fn weigh(cube: &Cube, method: &Method) -> (Vec<Weighed>, usize) {
    let mut sources: Vec<&str> = cube.classes().iter().filter_map(|class| class.source.as_deref()).collect();
    sources.sort_unstable();
    sources.dedup();
    let weighed = |&Profile { days, lag, class }: &Profile| {
        let class = &cube.classes()[class as usize];
        let source = class.source.as_deref().and_then(|name| sources.binary_search(&name).ok());
        let (mass, is_past) = (method.mass(class), class.strand != Strand::Potential);
        let counts = is_past && method.category_weight(class.category) > 0.0;
        let (seen_after, grave) = (if is_past { (days + lag).max(1) } else { days + lag }, is_grave(class));
        Weighed {
            mass,
            over: if is_past { mass * mean_left(days, method.half_life(class.strand)) } else { 0.0 },
            days,
            seen_after,
            strand: class.strand,
            category: class.category,
            counts,
            grave,
            is_plain: (days, seen_after, counts, grave) == (1, 1, true, false),
            source: source.map_or(0, |place| u32::try_from(place + 1).unwrap_or(u32::MAX)),
        }
    };
    (cube.profiles().iter().map(weighed).collect(), sources.len())
}

/// Severity 5, graded 1A or 1B: one such report outweighs the rule that few reports are not enough.
pub(super) fn is_grave(class: &ReportClass) -> bool {
    let marks = class.grade.map(Grade::marks);
    class.severity.is_some_and(|severity| severity.get() == 5) && matches!(marks, Some(('1', 'A' | 'B')))
}

/// What all cells have in common on their way through the same dates.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    pub(super) method: &'a Method,
    profiles: &'a [Weighed],
    pub(super) dates: &'a [Windows],
    /// Numbers of sources end below this.
    pub(super) sources: usize,
    /// Whether any report is about what is to come.
    pub(super) has_coming: bool,
    /// First day whose counts are looked at.
    pub(super) first: Day,
    /// A report is 2^this units of count.
    pub(super) unit_bits: u32,
    /// 2^(−age/h) of experienced and evidenced reports by whole days.
    left: [Vec<f64>; 2],
    /// What is left at each date of what there was at the one before.
    pub(super) faded: Vec<[f64; 2]>,
}

/// Ages beyond this are computed when met.
const AGES: i32 = 2048;

impl<'a> Pass<'a> {
    /// A pass through dates in ascending order.
    pub(super) fn new(
        method: &'a Method,
        (profiles, sources): (&'a [Weighed], usize),
        dates: &'a [Windows],
        most_in_a_cell: u64,
    ) -> Self {
        let half_lives = [Strand::Experienced, Strand::Evidenced].map(|strand| method.half_life(strand));
        // 62 bits hold the reports of a cell; the finer the unit, the more exact is a day's share of a month.
        let unit_bits = (62 - (64 - most_in_a_cell.leading_zeros())).min(40);
        Self {
            method,
            profiles,
            dates,
            sources: sources + 1,
            has_coming: profiles.iter().any(|profile| profile.strand == Strand::Potential),
            first: dates.iter().map(Windows::first).min().unwrap_or(Day(0)),
            unit_bits,
            faded: dates
                .iter()
                .zip(dates.iter().take(1).chain(dates))
                .map(|(date, before)| half_lives.map(|h| (-f64::from(date.as_of.0 - before.as_of.0) / h).exp2()))
                .collect(),
            left: half_lives.map(|h| (0..AGES).map(|age| (-f64::from(age) / h).exp2()).collect()),
        }
    }

    #[inline]
    pub(super) fn weighed(&self, count: Count) -> &'a Weighed {
        &self.profiles[count.profile()]
    }

    /// 2^(−age/h).
    #[inline]
    fn left(&self, strand: Strand, age: i32) -> f64 {
        let table = self.left[strand as usize].get(usize::try_from(age).unwrap_or(usize::MAX));
        table.copied().unwrap_or_else(|| (-f64::from(age) / self.method.half_life(strand)).exp2())
    }

    /// The mass of one past report that ended on a day not later than `as_of`.
    #[inline]
    pub(super) fn mass_after(&self, weighed: &Weighed, end: Day, as_of: Day) -> f64 {
        weighed.over * self.left(weighed.strand, as_of.0 - end.0)
    }

    /// The mass of a count at a date, all its reports together: nothing before the date sees it.
    #[inline]
    pub(super) fn mass(&self, count: Count, cap: f64, as_of: Day) -> f64 {
        let (weighed, start) = (self.weighed(count), count.start());
        if weighed.mass <= 0.0 || weighed.seen_from(start) > as_of {
            return 0.0;
        }
        let when = weighed.when(start);
        let mass = if weighed.strand == Strand::Potential || when.end > as_of {
            weighed.mass * remaining(self.method, weighed.strand, when, as_of)
        } else {
            self.mass_after(weighed, when.end, as_of)
        };
        mass.min(cap) * f64::from(count.n())
    }
}
