//! Inputs of a statistic: counts, cells and scores at the as-of.

use serde_json::{Value, json};

use super::Neighbours;
use crate::cube::Cube;
use crate::grid::StudyArea;
use crate::score::{Coverage, Method, Scores};

/// Counts, cells and scores that a statistic is computed from.
#[derive(Clone, Copy, Debug)]
pub struct StatisticInputs<'a> {
    /// The exact counts.
    pub cube: &'a Cube,
    /// The cells.
    pub area: &'a StudyArea,
    /// The method, whose categories with a weight count.
    pub method: &'a Method,
    /// The scores at the as-of, with the reports in the window.
    pub scores: &'a Scores,
    /// Days that the data covers.
    pub coverage: &'a Coverage,
    /// Residents of each cell, for a scan that expects reports by them.
    pub residents: Option<&'a [Option<f64>]>,
}

impl StatisticInputs<'_> {
    /// Reports of each cell in the window of the score.
    pub(super) fn in_window(&self) -> Vec<f64> {
        self.scores.cells.iter().map(|cell| cell.n_window).collect()
    }

    /// These reports in words.
    pub(super) fn window(&self) -> String {
        let (from, to) = self.scores.window;
        format!("reports from {from} to {}, the window of the score", to - 1)
    }
}

/// Provenance of a statistic of neighbours, to which its own parameters are added.
pub(super) fn about_neighbours(id: &str, counted: &str, neighbours: Neighbours) -> Value {
    json!({"statistic": id, "counted": counted, "rings": neighbours.rings, "kernel": neighbours.kernel.id()})
}
