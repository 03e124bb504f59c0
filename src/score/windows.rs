//! Window and baseline of a score at T, in covered days.

use super::coverage::Coverage;
use super::method::Method;
use crate::incident::Day;

/// The window, the baseline before it, and the baseline's blocks.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Windows {
    /// T: reports before this day count, none from it on.
    pub as_of: Day,
    /// The current window `[from, to)`.
    pub window: (Day, Day),
    /// Covered days of the window.
    pub window_days: i32,
    /// The baseline `[from, to)`.
    pub baseline: (Day, Day),
    /// Covered days of the baseline.
    pub baseline_days: i32,
    /// True if the baseline is long enough to compare with.
    pub comparable: bool,
    /// Borders of baseline blocks, newest first: block k is `[borders[k + 1], borders[k])`, as long in covered days as the window.
    pub(super) borders: Vec<Day>,
}

impl Windows {
    pub(super) fn new(coverage: &Coverage, as_of: Day, method: &Method) -> Self {
        let begin = as_of - method.window_days;
        let from = coverage.back(begin, method.baseline_days);
        let baseline_days = coverage.days(from, begin);
        let back = |border: &Day| Some(coverage.back(*border, method.window_days));
        let blocks = usize::try_from(baseline_days / method.window_days).unwrap_or(0);
        let borders = std::iter::successors(Some(begin), back).take(blocks + 1).collect();
        let (window_days, comparable) = (coverage.days(begin, as_of), baseline_days >= method.baseline_least_days);
        Self { as_of, window: (begin, as_of), window_days, baseline: (from, begin), baseline_days, comparable, borders }
    }

    /// Windows of a date that needs only intensity: all spans are empty.
    pub(super) fn intensity_only(as_of: Day) -> Self {
        let (none, borders) = ((as_of, as_of), Vec::new());
        Self { as_of, window: none, window_days: 0, baseline: none, baseline_days: 0, comparable: false, borders }
    }

    /// First day whose counts are used.
    pub(super) fn first(&self) -> Day {
        self.baseline.0.min(self.window.0)
    }
}
