//! What all cells have in common on their way through the same dates: classes as the method weighs them, and tables of what is
//! left of them by age.

use super::intensity::{mean_left, remaining};
use super::method::Method;
use super::windows::Windows;
use crate::cube::{Cube, Row};
use crate::incident::{Category, Class, Day, Grade, Strand, When};

/// A class as far as a score depends on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weighed {
    /// Mass of one fresh report.
    pub(super) mass: f64,
    pub(super) strand: Strand,
    pub(super) category: Category,
    /// Whether its reports are counted: it has a weight and is about the past.
    pub(super) counts: bool,
    pub(super) grave: bool,
    /// Number of its source, 0 for none.
    pub(super) source: u32,
}

/// The classes of a cube as a method weighs them, and how many sources they name.
pub(super) fn weigh(cube: &Cube, method: &Method) -> (Vec<Weighed>, usize) {
    let mut sources: Vec<&str> = cube.classes().iter().filter_map(|class| class.source.as_deref()).collect();
    sources.sort_unstable();
    sources.dedup();
    let weighed = |class: &Class| {
        let source = class.source.as_deref().and_then(|name| sources.binary_search(&name).ok());
        Weighed {
            mass: method.mass(class),
            strand: class.strand,
            category: class.category,
            counts: class.strand != Strand::Potential && method.category_weight(class.category) > 0.0,
            grave: is_grave(class),
            source: source.map_or(0, |place| u32::try_from(place + 1).unwrap_or(u32::MAX)),
        }
    };
    (cube.classes().iter().map(weighed).collect(), sources.len())
}

/// Severity 5, graded 1A or 1B: one such report outweighs the rule that few reports are not enough.
pub(super) fn is_grave(class: &Class) -> bool {
    let marks = class.grade.map(Grade::marks);
    class.severity.is_some_and(|severity| severity.get() == 5) && matches!(marks, Some(('1', 'A' | 'B')))
}

/// The day from which a score may see a row: it is known, and has begun unless it is about what is to come.
pub(super) fn seen_from(row: &Row, strand: Strand) -> Day {
    if strand == Strand::Potential { row.known } else { row.known.max(row.when.start + 1) }
}

/// What all cells have in common on their way through the same dates.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    pub(super) method: &'a Method,
    pub(super) classes: &'a [Weighed],
    pub(super) dates: &'a [Windows],
    /// Numbers of sources end below this.
    pub(super) sources: usize,
    /// Whether any class is about what is to come.
    pub(super) has_coming: bool,
    /// First day whose counts are looked at.
    pub(super) first: Day,
    /// A report is 2^this units of count.
    pub(super) unit_bits: u32,
    /// 2^(−age/h) of experienced and evidenced reports by whole days.
    left: [Vec<f64>; 2],
    /// What is left at each date of what there was at the one before.
    pub(super) faded: Vec<[f64; 2]>,
    /// Mean of 2^(−t/h) over an interval, by its length in days.
    spread: [Vec<f64>; 2],
}

/// Ages and lengths beyond these are computed when met.
const AGES: i32 = 2048;
const LENGTHS: i32 = 400;

impl<'a> Pass<'a> {
    /// A pass through dates in ascending order.
    pub(super) fn new(
        method: &'a Method,
        (classes, sources): (&'a [Weighed], usize),
        dates: &'a [Windows],
        most_in_a_cell: u64,
    ) -> Self {
        let half_lives = [Strand::Experienced, Strand::Evidenced].map(|strand| method.half_life(strand));
        // 62 bits hold the reports of a cell; the finer the unit, the more exact is a day's share of a month.
        let unit_bits = (62 - (64 - most_in_a_cell.leading_zeros())).min(40);
        Self {
            method,
            classes,
            dates,
            sources: sources + 1,
            has_coming: classes.iter().any(|class| class.strand == Strand::Potential),
            first: dates.iter().map(Windows::first).min().unwrap_or(Day(0)),
            unit_bits,
            faded: dates
                .iter()
                .zip(dates.iter().take(1).chain(dates))
                .map(|(date, before)| half_lives.map(|h| (-f64::from(date.as_of.0 - before.as_of.0) / h).exp2()))
                .collect(),
            left: half_lives.map(|h| (0..AGES).map(|age| (-f64::from(age) / h).exp2()).collect()),
            spread: half_lives.map(|h| (0..LENGTHS).map(|days| mean_left(days.max(1), h)).collect()),
        }
    }

    pub(super) fn strand(&self, row: &Row) -> Strand {
        self.classes[row.class as usize].strand
    }

    /// 2^(−age/h).
    fn left(&self, strand: Strand, age: i32) -> f64 {
        let table = self.left[strand as usize].get(usize::try_from(age).unwrap_or(usize::MAX));
        table.copied().unwrap_or_else(|| (-f64::from(age) / self.method.half_life(strand)).exp2())
    }

    /// What is left of a past report that is over at `as_of`: the mean over its interval.
    pub(super) fn left_of(&self, strand: Strand, when: When, as_of: Day) -> f64 {
        let table = self.spread[strand as usize].get(usize::try_from(when.days()).unwrap_or(usize::MAX));
        let spread = table.copied().unwrap_or_else(|| mean_left(when.days(), self.method.half_life(strand)));
        spread * self.left(strand, as_of.0 - when.end.0)
    }

    /// The mass of a row at a date, all its reports together: nothing before the date sees it.
    pub(super) fn mass(&self, row: &Row, cap: f64, as_of: Day) -> f64 {
        let class = &self.classes[row.class as usize];
        if class.mass <= 0.0 || seen_from(row, class.strand) > as_of {
            return 0.0;
        }
        let left = if class.strand == Strand::Potential || row.when.end > as_of {
            remaining(self.method, class.strand, row.when, as_of)
        } else {
            self.left_of(class.strand, row.when, as_of)
        };
        (class.mass * left).min(cap) * f64::from(row.n)
    }
}
