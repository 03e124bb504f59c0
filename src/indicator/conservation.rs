//! Conservation of the total of an indicator: on cells, outside the study area, quarantined or lost.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Account of a total: `total = on_cells + outside + refused`.
///
/// An extensive value adds up in its own unit. Of an intensive one, value × km² (or value × weight) does, so that its account
/// also shows lost ground. The three parts are measured independently: `on_cells` from the values of the cells, `outside` from
/// other cells, and `refused` from the file.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Conservation {
    /// Sum of all numeric values of the file.
    pub total: f64,
    /// On the cells of the study area.
    pub on_cells: f64,
    /// On ground outside the study area.
    pub outside: f64,
    /// In quarantined features or rows, or rows with the code of no area, as far as they have a number (extensive values and
    /// points only).
    pub refused: f64,
    /// Sum of the absolute values, the scale of a difference.
    #[serde(skip)]
    pub(super) magnitude: f64,
    /// True if `outside` was measured; false beyond two million cells, where it is the rest of the total.
    pub measured: bool,
}

impl Default for Conservation {
    fn default() -> Self {
        Self { total: 0.0, on_cells: 0.0, outside: 0.0, refused: 0.0, magnitude: 0.0, measured: true }
    }
}

impl Conservation {
    /// Max. relative difference of an account that agrees.
    pub const TOLERANCE: f64 = 1e-9;

    /// Adds the sum of quarantined values.
    pub(super) fn add_quarantined(&mut self, refused: f64) {
        self.refused += refused;
        self.total += refused;
        self.magnitude += refused.abs();
    }

    /// Part of the total in none of the three, relative to the sum of absolute values; 0 if that is 0. Negative if ground
    /// counts twice.
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
        let rounded = |value: f64| crate::rounding::significant(value, 12);
        write!(
            out,
            "total {} = on cells {} + outside {} + refused or unmatched {}",
            rounded(self.total),
            rounded(self.on_cells),
            rounded(self.outside),
            rounded(self.refused)
        )?;
        if !self.measured {
            write!(out, " (outside not measured: over two million cells)")?;
        }
        if !self.agrees() {
            write!(out, "; {:.3e} of it unaccounted for", self.difference())?;
        }
        Ok(())
    }
}
