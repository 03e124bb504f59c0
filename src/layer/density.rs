//! Density surface of reports, with everything a reader needs to judge it. It shows reports, not tension.

use geo::MultiPolygon;
use serde_json::{Value, json};

use super::View;
use crate::density::Density;
use crate::incident::Day;
use crate::ingest::Ledger;

/// Kernel density of reports in a window of days.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DensityLayer {
    /// The surface, in kernel-weighted reports.
    pub density: Density,
    /// Kernel-weighted reports below which a place is left blank.
    pub min_reports: f64,
    /// Days `[from, to)`.
    pub window: (Day, Day),
    /// Day by which reports had to be known.
    pub as_of: Day,
    /// Accepted reports known by then whose middle lies in the window.
    pub used: u64,
    /// Boundary of the study area, if one was given.
    pub outline: Option<MultiPolygon>,
    /// Account of every report.
    pub ledger: Ledger,
    /// Title of the page.
    pub title: String,
    /// Protective marking.
    pub marking: String,
    pub(crate) view: View,
}

impl DensityLayer {
    /// Page, plane and palette of the picture.
    #[must_use]
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Provenance as JSON: days, bandwidth, smallest weight shown, number of reports and bound of the error.
    #[must_use]
    pub fn provenance(&self) -> Value {
        let density = &self.density;
        json!({
            "tensionmap": env!("CARGO_PKG_VERSION"), "title": self.title, "marking": self.marking,
            "from": self.window.0.to_string(), "to": self.window.1.to_string(), "as_of": self.as_of.to_string(),
            "read": self.ledger.read(), "accepted": self.ledger.accepted(), "quarantined": self.ledger.quarantined(),
            "used": self.used, "within_reach": density.points(), "bandwidth_m": density.bandwidth(),
            "width": density.frame().width(), "height": density.frame().height(), "least": self.min_reports,
            "most": density.max(), "most_per_km2": density.max() * density.per_km2(),
            "error_bound": density.error_bound(),
        })
    }
}
