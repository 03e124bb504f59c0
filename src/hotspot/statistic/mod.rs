//! Statistics of cells by name: one a file, and one line in [`STATISTICS`].

mod emerging;
mod gi;
mod moran;
mod scan;

use std::fmt::Debug;
use std::sync::Arc;

pub use emerging::Emerging;
pub use gi::Gi;
pub use moran::Moran;
pub use scan::{Scan, ScanFindings};
use serde_json::Value;

use super::found::{SavedColumns, SavedValueError};
use super::{
    DEFAULT_SLICES, Findings, HotspotError, Hotspots, NearRepeatsOptions, Slices, StatisticColumn, StatisticFill,
    StatisticInfo, StatisticInputs,
};
use crate::invalid::InvalidValue;

/// A statistic of the cells of a study area, with its options.
///
/// ```
/// use tensionmap::hotspot::{Statistic, statistic};
/// let mut gi = statistic("gi")?.boxed();
/// gi.set("kernel", "quartic")?;
/// gi.check()?;
/// assert!(gi.set("model", "permutation").is_err());
/// # Ok::<(), tensionmap::error::HotspotError>(())
/// ```
pub trait Statistic: StatisticLayout + Debug + Send + Sync {
    /// Name, meaning and options.
    fn info(&self) -> &'static StatisticInfo;

    /// A copy, to set options of.
    fn boxed(&self) -> Box<dyn Statistic>;

    /// Sets an option from a text.
    ///
    /// # Errors
    /// An option that it does not have; a value of another type.
    fn set(&mut self, option: &str, value: &str) -> Result<(), InvalidValue>;

    /// Checks the options, before anything is read.
    ///
    /// # Errors
    /// An option out of range.
    fn check(&self) -> Result<(), HotspotError>;

    /// Computes the statistic.
    ///
    /// # Errors
    /// An option out of range; a history that is too short.
    fn find(&self, inputs: StatisticInputs<'_>) -> Result<Hotspots, HotspotError>;

    /// The column that a map is coloured by; `None` for a statistic that is outlined over the score.
    fn fill(&self) -> Option<StatisticFill> {
        None
    }

    /// Name in settings and outputs.
    fn id(&self) -> &'static str {
        self.info().id
    }
}

/// Memory and columns of a statistic, for the engine and the layer.
pub trait StatisticLayout {
    /// Every column of its results.
    fn columns(&self) -> Vec<StatisticColumn>;

    /// The result from the columns of a saved layer.
    ///
    /// # Errors
    /// A value that its column cannot hold.
    fn read(&self, saved: &SavedColumns<'_>, about: &Value) -> Result<Arc<dyn Findings>, SavedValueError>;

    /// Memory that it takes for a number of cells.
    fn memory(&self, _cells: u64) -> Vec<MemoryNeed> {
        Vec::new()
    }
}

/// A large part of the memory that a statistic takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemoryNeed {
    pub(crate) bytes: u64,
    /// The part, in words.
    pub(crate) what: &'static str,
    pub(crate) advice: &'static str,
}

impl MemoryNeed {
    /// Memory for each cell and slice: its count, z, p, q, and its rank among all p.
    fn of_slices(cells: u64, slices: Slices) -> Self {
        const BYTES: u64 = 56;
        let slices = slices.max.unwrap_or(DEFAULT_SLICES) as u64;
        let advice = "take fewer --slices, or larger cells with --resolution";
        let bytes = cells.saturating_mul(slices).saturating_mul(BYTES);
        Self { bytes, what: "the cells in their slices of time", advice }
    }
}

/// Every statistic of cells, with its defaults.
pub const STATISTICS: &[&dyn Statistic] = &[&Gi::DEFAULT, &Moran::DEFAULT, &Emerging::DEFAULT, &Scan::DEFAULT];

/// Everything that `tensionmap hotspots` computes: the statistics of cells, then near repeats.
pub fn infos() -> impl Iterator<Item = &'static StatisticInfo> {
    STATISTICS.iter().map(|statistic| statistic.info()).chain([&NearRepeatsOptions::INFO])
}

/// The statistic of a name, with its defaults.
///
/// # Errors
/// A name that no statistic of cells has.
pub fn statistic(name: &str) -> Result<&'static dyn Statistic, InvalidValue> {
    let known = || infos().map(|info| info.id).collect::<Vec<_>>().join(", ");
    let found = STATISTICS.iter().find(|statistic| statistic.id() == name).copied();
    found.ok_or_else(|| InvalidValue::expecting("statistic", name, format!("one of {}", known())))
}
