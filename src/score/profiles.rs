//! Profiles of reports as the method weighs them.

use super::intensity::mean_left;
use super::method::Method;
use crate::cube::{CountProfile, Cube};
use crate::incident::{Category, Day, Grade, ReportClass, Strand, When};

/// Weight of a profile of the cube: all that a score depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct ProfileWeight {
    /// Mass of one fresh report.
    pub(super) mass: f64,
    /// Mass of one report on the day its interval ends: the mean over the interval.
    pub(super) mass_at_end: f64,
    /// Length of its interval.
    days: i32,
    /// Days from the start of its interval until it is known and, unless about a coming event, has begun.
    usable_after: i32,
    pub(super) strand: Strand,
    pub(super) category: Category,
    /// True if its reports are counted: it has a weight and is about the past.
    pub(super) counts: bool,
    /// True if one such report outweighs the rule that few reports are not enough: see [`is_grave`].
    pub(super) grave: bool,
    /// True if such reports are dated to a day, known on the next, counted and not grave.
    pub(super) is_plain: bool,
    /// Number of its source, 0 for none.
    pub(super) source: u32,
}

impl ProfileWeight {
    /// Length of their interval.
    pub(super) fn days(&self) -> i32 {
        self.days
    }

    /// Days from the start of their interval until the first as-of that uses them.
    pub(super) fn usable_after(&self) -> i32 {
        self.usable_after
    }

    /// Interval of such reports, by its first day.
    #[inline]
    pub(super) fn when(&self, start: Day) -> When {
        When { start, end: start + self.days }
    }

    /// First as-of that uses such reports, by the first day of their interval.
    #[inline]
    pub(super) fn usable_from(&self, start: Day) -> Day {
        start + self.usable_after
    }
}

/// Names of the sources of a cube, sorted; a source's number is its place in them plus 1.
pub(super) fn source_names(cube: &Cube) -> Vec<&str> {
    let mut sources: Vec<&str> = cube.classes().iter().filter_map(|class| class.source.as_deref()).collect();
    sources.sort_unstable();
    sources.dedup();
    sources
}

/// Weights of a cube's profiles, and the number of distinct sources.
pub(super) fn profile_weights(cube: &Cube, method: &Method) -> (Vec<ProfileWeight>, usize) {
    let sources = source_names(cube);
    let weight = |&CountProfile { days, lag, class }: &CountProfile| {
        let class = &cube.classes()[class as usize];
        let source = class.source.as_deref().and_then(|name| sources.binary_search(&name).ok());
        let (mass, is_past) = (method.mass(class), class.strand != Strand::Potential);
        let counts = is_past && method.category_weight(class.category) > 0.0;
        let (usable_after, grave) = (if is_past { (days + lag).max(1) } else { days + lag }, is_grave(class));
        ProfileWeight {
            mass,
            mass_at_end: if is_past { mass * mean_left(days, method.half_life(class.strand)) } else { 0.0 },
            days,
            usable_after,
            strand: class.strand,
            category: class.category,
            counts,
            grave,
            is_plain: (days, usable_after, counts, grave) == (1, 1, true, false),
            source: source.map_or(0, |place| u32::try_from(place + 1).unwrap_or(u32::MAX)),
        }
    };
    (cube.profiles().iter().map(weight).collect(), sources.len())
}

/// Returns true for severity 5 graded 1A or 1B: one such report outweighs the rule that few reports are not enough.
pub(super) fn is_grave(class: &ReportClass) -> bool {
    let marks = class.grade.map(Grade::marks);
    class.severity.is_some_and(|severity| severity.get() == 5) && matches!(marks, Some(('1', 'A' | 'B')))
}
