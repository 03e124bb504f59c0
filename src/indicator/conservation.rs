//! Where the total of an indicator went: onto cells, outside the study area, or nowhere.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The account of a total: `total = on_cells + outside + refused`.
///
/// An extensive value adds up in its own unit. Of an intensive one, value × km² (or value × weight) does, so that its account
/// shows as well whether ground was lost. The three parts are measured each for itself: what is on cells is summed over the
/// cells' values, what is outside over cells that are not asked for, and what is refused over the file.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Conservation {
    /// All values of the file that are numbers.
    pub total: f64,
    /// On the cells of the study area.
    pub on_cells: f64,
    /// On ground outside of them.
    pub outside: f64,
    /// In features or rows that were refused, or whose code no area has, as far as they have a number (extensive values and
    /// points only).
    pub refused: f64,
    /// Sum of the values without their signs, against which a difference is judged.
    #[serde(skip)]
    pub(super) magnitude: f64,
    /// Whether the outside was measured; not when it has more than two million cells, and is what is left of the total.
    pub measured: bool,
}

impl Default for Conservation {
    fn default() -> Self {
        Self { total: 0.0, on_cells: 0.0, outside: 0.0, refused: 0.0, magnitude: 0.0, measured: true }
    }
}

impl Conservation {
    /// The relative difference up to which an account agrees.
    pub const TOLERANCE: f64 = 1e-9;

    /// Adds what was refused.
    pub(super) fn refuse(&mut self, refused: f64) {
        self.refused += refused;
        self.total += refused;
        self.magnitude += refused.abs();
    }

    /// What of the total is accounted for neither on cells nor outside nor as refused, relative to the sum of the values
    /// without their signs; 0 when that is 0. Negative when ground counts twice.
    #[must_use]
    pub fn difference(&self) -> f64 {
        let difference = self.total - self.on_cells - self.outside - self.refused;
        if self.magnitude > 0.0 { difference / self.magnitude } else { difference }
    }

    /// Whether the parts make up the total to [`Self::TOLERANCE`].
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.difference().abs() <= Self::TOLERANCE
    }
}

impl fmt::Display for Conservation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |value: f64| crate::rounding::significant(value, 12);
        write!(
            out,
            "total {} = on cells {} + outside {} + refused or unmatched {}",
            shown(self.total),
            shown(self.on_cells),
            shown(self.outside),
            shown(self.refused)
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
