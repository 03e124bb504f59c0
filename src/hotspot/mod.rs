//! Statistics of patterns in space and time, beside the score and without influence on it.
//!
//! | question | function |
//! |---|---|
//! | where do high, or low, values cluster? | [`getis_ord`], [`getis_ord_layers`] |
//! | which places are like their neighbours? | [`local_moran`] |
//! | are places like their neighbours over the whole map? | [`morans_i`], [`general_g`] |
//! | does a series rise or fall, how fast? | [`mann_kendall`](crate::trend::mann_kendall()), [`hamed_rao`](crate::trend::hamed_rao()), [`sen_slope`](crate::trend::sen_slope) |
//! | which hot spots are new, last or fade? | [`emerging()`] |
//! | are reports near in space near in time too? | [`knox()`] |
//! | where, and since when, are there more reports than expected? | [`scan()`] |
//!
//! These functions take plain numbers and [`Weights`]. A [`Statistic`] applies one of them to the counts of a run, cell by cell
//! ([`Prepared::hotspots`](crate::engine::Prepared::hotspots)); [`NearRepeats`] is a table of its own. A new statistic is one file in
//! `statistic/` and one line in [`STATISTICS`]. `docs/conformance.md` compares the numbers with other programs'.

mod categories;
mod cylinders;
mod dispersion;
mod emerging;
mod fdr;
mod found;
mod gi;
mod global;
mod inputs;
mod knox;
mod moran;
mod names;
mod near_repeats;
mod options;
mod permutation;
mod scan;
mod slices;
mod statistic;
mod weights;

use std::num::TryFromIntError;

pub use categories::{Direction, Edition, EmergingCategory, Pattern};
pub use dispersion::OverDispersion;
pub use emerging::{EmergingOptions, Histories, History, MIN_SLICES, Reference, emerging};
pub use fdr::benjamini_hochberg;
pub(crate) use found::SavedColumns;
pub use found::{Findings, FoundColumn, Hotspots, StatisticClass, StatisticFill};
pub use gi::{Bin, GiFormula, GiOptions, LocalG, getis_ord, getis_ord_layers};
pub use global::{Global, general_g, morans_i};
pub use inputs::StatisticInputs;
pub use knox::{Bands, KnoxTable, Pairs, knox};
pub use moran::{LocalMoran, Quadrant, local_moran};
pub use near_repeats::{NearRepeats, NearRepeatsOptions};
#[cfg(feature = "cli")]
pub(crate) use options::StatisticOptions;
pub use options::{OptionKind, StatisticInfo, StatisticOption};
pub use permutation::Permutations;
pub use scan::{Cluster, Clusters, Dispersion, ExpectedCases, ScanModel, ScanOptions, scan};
use slices::DEFAULT_SLICES;
pub use slices::{Cases, Panel, Slices};
pub use statistic::{Emerging, Gi, Moran, STATISTICS, Scan, ScanFindings, Statistic, infos, statistic};
pub use weights::{Kernel, Neighbours, Weights};

use crate::incident::Day;
use crate::invalid::InvalidValue;
use crate::watch::Cancelled;

/// Input for which a statistic is not defined, or a parameter out of range.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are named for what they hold and shown in the message")]
pub enum HotspotError {
    #[error("the search was stopped")]
    Cancelled(#[from] Cancelled),
    #[error(transparent)]
    Value(#[from] InvalidValue),
    #[error("got {given} values for {places} places; expected {expected}, one per place and slice")]
    Values { given: usize, places: usize, expected: usize },
    #[error("value {place} is {value}; expected a finite number for every place, 0 where nothing was counted")]
    NotFinite { place: usize, value: f64 },
    #[error("value {place} is {value}; the general G is only defined for values of 0 or more, such as counts")]
    Negative { place: usize, value: f64 },
    #[error("place {place} has neighbour {neighbour}; expected another place from 0 to {}", .places - 1)]
    Neighbour { place: usize, neighbour: usize, places: usize },
    #[error("{cells} cells have more than 4294967295 neighbours within {k} steps; take fewer --rings")]
    Neighbours { cells: usize, k: u32, source: TryFromIntError },
    #[error("line {line} of the GAL file is not usable: expected {expected}")]
    Gal { line: usize, expected: String },
    #[error("a history of {found} slices is too short for a category; expected {MIN_SLICES} or more")]
    FewSlices { found: usize },
    #[error(
        "only {found} full slices of time lead up to {as_of} without a gap in the data, fewer than {MIN_SLICES}; take shorter \
         slices (--slice) or another --as-of, or give the covered days with --covered"
    )]
    ShortHistory { found: usize, as_of: Day },
    #[error(
        "no report is older than the first slice of time, {from}, to estimate the expected reports from; take fewer --slices \
         or another --model"
    )]
    NoPast { from: Day },
    #[error(
        "the model poisson-residents needs residents; name their indicator with --residents, or take another --model"
    )]
    NoResidents,
    #[error("there are more than {max} reports to pair; take a smaller --area, or another --as-of")]
    ManyToPair { max: u64 },
    #[error("{places} cells in {slices} slices of time are too few to scan; expected two or more of both")]
    FewToScan { places: usize, slices: usize },
    #[error("cell {place} has more than 4294967295 reports in one slice of time; take shorter slices (--slice)")]
    ManyCases { place: usize },
    #[error("{total} reports are more than a scan can take (4294967295); take fewer --slices")]
    ManyToScan { total: u64, source: TryFromIntError },
    #[error("got {given} at-risk values for {expected} {what}s; give one per {what}")]
    AtRiskOf { what: &'static str, given: usize, expected: usize },
    #[error(
        "the at-risk value of {what} {number} is {value}; expected a number above 0, since any {what} may have reports"
    )]
    AtRisk { what: &'static str, number: usize, value: f64 },
}

/// Checks the number of values, and that each is finite.
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
