//! Scores through time, with the last date as a map.

use serde_json::{Value, json};

use super::Layer;
use crate::score::{Series, Trend};

/// Scores of every cell at every date, the trend of each cell and the last date as a layer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SeriesTable {
    /// Scores by date and cell.
    pub series: Series,
    /// Trend of each cell's score, in the order of the series' cells.
    pub trends: Vec<Option<Trend>>,
    /// The last date as a layer, by the series' anchor.
    pub layer: Layer,
}

impl SeriesTable {
    /// Provenance of the last date, with the dates and their anchor under `series`.
    #[must_use]
    pub fn provenance(&self) -> Value {
        let mut about = self.layer.provenance().to_json();
        let dates: Vec<String> = self.series.dates.iter().map(|date| date.windows.as_of.to_string()).collect();
        about["series"] = json!({"dates": dates, "one_anchor_from_before": dates.first()});
        about
    }
}
