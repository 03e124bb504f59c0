//! Intensity: weighted reports, decayed with age.

use std::f64::consts::LN_2;

use super::method::Method;
use crate::incident::{Day, Strand, When};

/// Share of a past report's mass left at `as_of`, 0 to 1: the mean of `2^(−age/h)` over its interval.
///
/// `h / (ln 2 · (b−a)) · (2^(−(T−b)/h) − 2^(−(T−a)/h))` for the interval `[a, b)` and half-life h in days; of an interval still
/// running at T only the part before T counts. One formula serves days and months, so a month never spikes on its first day.
///
/// 0 for an interval that has not begun. O(1). Source: integral of exponential decay, as for "aoristic" crime.
///
/// ```
/// use tensionmap::unstable::score::decay;
/// use tensionmap::When;
/// let (day, month) = (When::day("2022-09-30".parse()?), When::month("2022-09-30".parse()?));
/// let as_of = "2022-10-01".parse()?;
/// assert!((decay(day, as_of, 28.0) - 0.98772).abs() < 1e-5);
/// assert!((decay(month, as_of, 28.0) - 0.70578).abs() < 1e-5);
/// # Ok::<(), tensionmap::InvalidValue>(())
/// ```
#[must_use]
pub fn decay(when: When, as_of: Day, half_life: f64) -> f64 {
    if when.start >= as_of {
        return 0.0;
    }
    let end = when.end.min(as_of);
    let begun = end.0 - when.start.0;
    let left = (-f64::from(as_of.0 - end.0) / half_life).exp2();
    f64::from(begun) / f64::from(when.days()) * mean_left(begun, half_life) * left
}

/// Mean of 2^(−t/h) for t from 0 to `days`: h / (ln 2 · days) · (1 − 2^(−days/h)).
pub(super) fn mean_left(days: i32, half_life: f64) -> f64 {
    let ages = f64::from(days) / half_life * LN_2;
    -(-ages).exp_m1() / ages
}

/// Nearness of a dated event, 0 to 1: `2^(−gap/h)`, with the gap in days to `as_of`; 0 more than `grace` days after its end.
#[must_use]
pub fn nearness(when: When, as_of: Day, half_life: f64, grace: i32) -> f64 {
    let (to_start, since_end) = (when.start.0 - as_of.0, as_of.0 - when.end.0);
    if since_end > grace {
        return 0.0;
    }
    (-f64::from(to_start.max(since_end).max(0)) / half_life).exp2()
}

/// Share of its mass that a report of this strand contributes at `as_of`: [`decay`] or [`nearness`].
pub(super) fn remaining(method: &Method, strand: Strand, when: When, as_of: Day) -> f64 {
    let half_life = method.half_life(strand);
    match strand {
        Strand::Potential => nearness(when, as_of, half_life, method.potential_grace_days),
        Strand::Experienced | Strand::Evidenced => decay(when, as_of, half_life),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decay_is_the_mean_over_the_interval() {
        for (start, end, as_of, half_life) in [(0, 30, 30, 28.0), (0, 1, 10, 14.0), (0, 30, 12, 14.0), (5, 6, 5, 14.0)]
        {
            let steps = 200_000;
            let width = f64::from(end - start) / f64::from(steps);
            let sum: f64 = (0..steps)
                .map(|step| f64::from(start) + (f64::from(step) + 0.5) * width)
                .filter(|&t| t < f64::from(as_of))
                .map(|t| (-(f64::from(as_of) - t) / half_life).exp2())
                .sum();
            let when = When { start: Day(start), end: Day(end) };
            let found = decay(when, Day(as_of), half_life);
            assert!((found - sum / f64::from(steps)).abs() < 1e-5, "{when:?}: {found}");
        }
    }

    #[test]
    fn an_event_grows_near_and_ends_after_its_grace() {
        let event = When::day(Day(100));
        let nearness_at = |as_of: i32| nearness(event, Day(as_of), 7.0, 3);
        assert!((nearness_at(93) - 0.5).abs() < 1e-12);
        assert!((nearness_at(100) - 1.0).abs() < 1e-12);
        assert!(nearness_at(104) > 0.7 && nearness_at(105) == 0.0);
    }
}
