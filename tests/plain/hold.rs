//! The rule about falling levels, applied week by week, against the closed form that the engine uses.

use proptest::prelude::*;

use super::{Plain, World};

/// Week by week: a level rises at once; it falls once `fall_after` weeks in a row are lower, to the highest of them. A week
/// without a level is lower than any.
pub(crate) fn held(weeks: &[Option<usize>], fall_after: usize) -> Option<usize> {
    let mut held = None;
    for (week, &raw) in weeks.iter().enumerate() {
        let last = &weeks[(week + 1).saturating_sub(fall_after)..=week];
        if raw >= held {
            held = raw;
        } else if last.len() == fall_after && last.iter().all(|&raw| raw < held) {
            held = *last.iter().max().unwrap();
        }
    }
    // Silence shows no level, whatever is held.
    weeks.last().copied().flatten().and(held)
}

impl World {
    /// Every cell at T and its level after some weeks of the rule, which begins from nothing.
    pub(crate) fn held(&self, t: i32, d_half: Option<f64>, weeks: i32) -> (Plain, Vec<Option<usize>>) {
        let mut past: Vec<Plain> = (0..weeks).rev().map(|week| self.at(t - 7 * week, d_half)).collect();
        let fall_after = usize::from(self.method.fall_after_weeks);
        let level = |row: usize| held(&past.iter().map(|plain| plain.cells[row].raw).collect::<Vec<_>>(), fall_after);
        let levels = (0..self.cells.len()).map(level).collect();
        let is_close = past.iter().any(|plain| plain.is_close);
        let mut plain = past.pop().unwrap();
        plain.is_close = is_close;
        (plain, levels)
    }
}

proptest! {
    #![proptest_config(crate::worlds::config(512))]

    /// Whatever came before, the level is the highest of the last `fall_after` weeks.
    ///
    /// By induction: let what is held be the highest of the weeks t−k … t−1. If week t is not lower, it is the highest of
    /// t−k+1 … t. If it is, and so are all of t−k+1 … t, the rule says so; if one of them is not, it is as high as what is
    /// held, and stays the highest.
    #[test]
    fn the_highest_of_the_last_weeks_is_what_is_held(
        weeks in prop::collection::vec(prop::option::weighted(0.9, 0_usize..6), 1..60),
        fall_after in 1_usize..=8,
    ) {
        let last = &weeks[weeks.len().saturating_sub(fall_after)..];
        let highest = weeks.last().unwrap().and(last.iter().copied().max().flatten());
        prop_assert_eq!(held(&weeks, fall_after), highest);
    }
}
