//! Stage 7, statistics of patterns in space and time, one a file. They stand beside the score and are no part of it.
//!
//! | question | function |
//! |---|---|
//! | where are values high, or low, together? | [`getis_ord`], [`getis_ord_layers`] |
//! | which places are like their neighbours? | [`local_moran`] |
//! | are they all in all? | [`morans_i`], [`general_g`] |
//! | does a series rise or fall, how fast? | [`mann_kendall()`], [`hamed_rao()`], [`sen_slope`] |
//! | which hot spots are new, last or fade? | [`emerging()`] |
//! | are reports near in space near in time too? | [`knox()`] |
//! | where, and since when, are there more than there should be? | [`scan()`] |
//!
//! They take plain numbers and [`Weights`], and know nothing of reports. [`Statistic`] runs one of them on what was counted
//! ([`Ready::hotspots`](crate::engine::Ready::hotspots)). `docs/conformance.md` has their numbers beside other programs'.

mod cases;
mod categories;
mod cylinders;
mod emerging;
mod fdr;
mod gi;
mod global;
mod knox;
mod moran;
mod near_repeats;
mod permutation;
mod scan;
mod slices;
mod statistic;
mod weights;
mod words;

use std::num::TryFromIntError;

pub use cases::Cases;
pub use categories::{Category, Edition, Pattern, Sign};
pub use emerging::{Emerging, Histories, History, LEAST_SLICES, Reference, emerging};
pub use fdr::benjamini_hochberg;
pub use gi::{Bin, GetisOrd, LocalG, Reading, getis_ord, getis_ord_layers};
pub use global::{Global, general_g, morans_i};
pub use knox::{Bands, NearRepeats, Pairs, knox};
pub use moran::{LocalMoran, Quadrant, local_moran};
pub use permutation::Permutations;
pub use scan::{Cluster, Clusters, Expected, Model, Scan, scan};
pub use slices::{Panel, USUAL_SLICES};
pub use statistic::{Counts, Found, Hotspots, Named, Neighbours, STATISTICS, Scanned, Slices, Statistic};
pub use weights::{Kernel, Weights};

use crate::incident::Day;
use crate::invalid::InvalidValue;
// moved: to `crate::trend`.
pub use crate::trend::{MannKendall, SenInterval, hamed_rao, mann_kendall, mann_kendall_each, sen_interval, sen_slope};

/// A statistic is not defined for this input, or cannot be asked for like this.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are named for what they hold and shown in the message")]
pub enum HotspotError {
    #[error(transparent)]
    Value(#[from] InvalidValue),
    #[error("{given} values were given for {places} places; give {expected}, one a place and slice")]
    Values { given: usize, places: usize, expected: usize },
    #[error("value {place} is {value}; expected a finite number for every place, 0 where nothing was counted")]
    NotFinite { place: usize, value: f64 },
    #[error("value {place} is {value}; the general G is of values from 0 on, such as counts")]
    Negative { place: usize, value: f64 },
    #[error("place {place} has neighbour {neighbour}; expected another place from 0 to {}", .places - 1)]
    Neighbour { place: usize, neighbour: usize, places: usize },
    #[error("the neighbours of {cells} cells within {k} steps are more than 4294967295; take fewer --rings")]
    Neighbours { cells: usize, k: u32, source: TryFromIntError },
    #[error("line {line} of the GAL file is not usable: expected {expected}")]
    Gal { line: usize, expected: String },
    #[error("a history of {found} slices is too short for a category; expected {LEAST_SLICES} or more")]
    FewSlices { found: usize },
    #[error(
        "only {found} full slices of time lead up to {as_of} without a gap in the data, fewer than {LEAST_SLICES}; take shorter \
         ones (--slice), another --as-of, or say with --covered which days the data covers"
    )]
    ShortHistory { found: usize, as_of: Day },
    #[error(
        "no report is older than the first slice of time, {from}: there is no past to expect by; take fewer --slices or another --model"
    )]
    NoPast { from: Day },
    #[error(
        "a scan that expects reports by residents needs them; name their indicator with --residents, or take another --model"
    )]
    NoResidents,
    #[error("there are more than {most} reports to pair; take a smaller --area, or another --as-of")]
    ManyToPair { most: u64 },
    #[error("{places} cells in {slices} slices of time are too few to scan; expected two or more of both")]
    FewToScan { places: usize, slices: usize },
    #[error("cell {place} has more reports in one slice of time than 32 bits count; take shorter ones (--slice)")]
    ManyCases { place: usize },
    #[error("{total} reports are more than a scan can take (4294967295); take fewer --slices")]
    ManyToScan { total: u64, source: TryFromIntError },
    #[error("something at risk was given for {given} {what}s; expected {expected}, one each")]
    AtRiskOf { what: &'static str, given: usize, expected: usize },
    #[error(
        "at risk in {what} {number} is {value}; expected a number above 0 for each, since reports may come from any"
    )]
    AtRisk { what: &'static str, number: usize, value: f64 },
}

/// Checks that there is a finite number for everything.
fn checked(values: &[f64], expected: usize, places: usize) -> Result<(), HotspotError> {
    if values.len() != expected {
        return Err(HotspotError::Values { given: values.len(), places, expected });
    }
    match values.iter().enumerate().find(|(_, value)| !value.is_finite()) {
        Some((place, &value)) => Err(HotspotError::NotFinite { place, value }),
        None => Ok(()),
    }
}

fn is_constant(values: &[f64]) -> bool {
    values.iter().all(|value| (value - values[0]).abs() <= 0.0)
}
