//! Density of reports as a surface, with the facts that its page and summary state. It is of reports, and is not tension.

use std::collections::BTreeMap;

use geo::MultiPolygon;
use serde_json::{Value, json};

use super::View;
use crate::code::Code;
use crate::density::Density;
use crate::incident::Day;

/// Density surface, its window, and counts of the records behind it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DensityLayer {
    /// The surface.
    pub density: Density,
    /// Kernel-weighted reports below which nothing is drawn.
    pub min_reports: f64,
    /// Days `[from, to)`.
    pub window: (Day, Day),
    /// Day by which reports had to be known.
    pub as_of: Day,
    /// Records read.
    pub read: u64,
    /// Records accepted.
    pub accepted: u64,
    /// Records quarantined.
    pub quarantined: u64,
    /// Quarantined records by code.
    pub quarantined_by_code: BTreeMap<Code, u64>,
    /// Sentence on quarantined records, of more than the settings allow.
    pub above_limit: Option<String>,
    /// Accepted reports known by the as-of whose middle lies in the window.
    pub used: u64,
    /// Statements that publishers of recognised layouts ask for.
    pub attributions: Vec<String>,
    /// Boundary of the study area, if one was given.
    pub outline: Option<MultiPolygon>,
    /// Title of the page.
    pub title: String,
    /// Protective marking.
    pub marking: String,
    pub(crate) view: View,
}

impl DensityLayer {
    /// Summary for machines: days, bandwidth, minimum weight, counts of records, and the bound of the error.
    #[must_use]
    pub fn provenance(&self) -> Value {
        let density = &self.density;
        json!({
            "tensionmap": env!("CARGO_PKG_VERSION"), "title": self.title, "marking": self.marking,
            "from": self.window.0.to_string(), "to": self.window.1.to_string(), "as_of": self.as_of.to_string(),
            "read": self.read, "accepted": self.accepted, "quarantined": self.quarantined,
            "used": self.used, "within_reach": density.points(), "bandwidth_m": density.bandwidth(),
            "width": density.frame().width(), "height": density.frame().height(), "least": self.min_reports,
            "most": density.max(), "most_per_km2": density.max() * density.per_km2(),
            "error_bound": density.error_bound(), "attributions": self.attributions,
        })
    }
}
