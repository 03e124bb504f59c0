//! Conservation of the total of an indicator: on cells, outside the study area, quarantined or lost.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Account of a total: `total = on_cells + outside + refused`.
///
/// An extensive value adds up in its own unit, an intensive one as value × km² (or × weight). The parts are measured
/// apart: `on_cells` from the values of the cells, `outside` from other cells, `refused` from the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Conservation {
    /// Sum of all numeric values of the file.
    pub total: f64,
    /// On the cells of the study area.
    pub on_cells: f64,
    /// On ground outside the study area.
    pub outside: f64,
    /// In quarantined records, or rows of no area, where they have a number (extensive values and points).
    pub refused: f64,
    /// Sum of the absolute values, the scale of a difference.
    #[serde(skip)]
    pub(super) magnitude: f64,
    /// True if `outside` was measured; false beyond two million cells, where it is the rest of the total.
    pub measured: bool,
}

impl Conservation {
    /// Maximum relative difference of an account that agrees.
    pub const TOLERANCE: f64 = 1e-9;

    /// Adds the sum of quarantined values.
    pub(super) fn add_quarantined(&mut self, refused: f64) {
        self.refused += refused;
        self.total += refused;
        self.magnitude += refused.abs();
    }

    /// Part of the total in none of the three ÷ the sum of absolute values, or 0; negative if ground counts twice.
    #[must_use]
    pub fn difference(&self) -> f64 {
        let difference = self.total - self.on_cells - self.outside - self.refused;
        if self.magnitude > 0.0 { difference / self.magnitude } else { difference }
    }

    /// True if the parts add up to the total to [`Self::TOLERANCE`].
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.difference().abs() <= Self::TOLERANCE
    }
}

impl fmt::Display for Conservation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [self.total, self.on_cells, self.outside, self.refused];
        let [total, on_cells, outside, refused] = parts.map(|value| crate::rounding::significant(value, 12));
        write!(out, "total {total} = on cells {on_cells} + outside {outside} + refused or unmatched {refused}")?;
        if !self.measured {
            write!(out, " (outside not measured: over two million cells)")?;
        }
        if !self.agrees() {
            write!(out, "; {:.3e} of it unaccounted for", self.difference())?;
        }
        Ok(())
    }
}
