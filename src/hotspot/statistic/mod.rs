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

use super::found::{CellColumn, SavedColumns, StatisticColumn};
use super::names::defaults;
use super::options::StatisticOptions;
use super::{
    DEFAULT_SLICES, Findings, HotspotError, Hotspots, NearRepeatsOptions, Slices, StatisticFill, StatisticInfo,
    StatisticInputs,
};
use crate::invalid::{InvalidValue, unknown};

/// A statistic of the cells of a study area, with its options.
///
/// ```
/// use tensionmap::Statistic;
/// use tensionmap::unstable::hotspot::statistic;
/// let mut gi = statistic("gi")?.boxed();
/// gi.set("kernel", "quartic")?;
/// gi.check()?;
/// assert!(gi.set("model", "permutation").is_err());
/// # Ok::<(), tensionmap::unstable::error::HotspotError>(())
/// ```
pub trait Statistic: Debug + Send + Sync {
    /// Name in settings and outputs.
    fn id(&self) -> &'static str;

    /// Name, meaning and options.
    fn info(&self) -> StatisticInfo;

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

    /// True if its options want residents of the cells.
    #[doc(hidden)]
    fn needs_residents(&self) -> bool;

    /// Computes the statistic.
    ///
    /// # Errors
    /// An option out of range; a history that is too short.
    fn find(&self, inputs: StatisticInputs<'_>) -> Result<Hotspots, HotspotError>;

    /// The column that a map is coloured by; `None` for a statistic that is outlined over the score.
    fn fill(&self) -> Option<StatisticFill>;

    /// Every column of its results.
    #[doc(hidden)]
    fn columns(&self) -> Vec<StatisticColumn>;

    /// The result from the columns of a saved layer. The error is the row and column of a value that is not possible there.
    #[doc(hidden)]
    fn read(&self, saved: &SavedColumns<'_>, about: &Value) -> Result<Arc<dyn Findings>, (usize, usize)>;

    /// Memory that it takes for a number of cells.
    #[doc(hidden)]
    fn memory(&self, cells: u64) -> Vec<MemoryNeed>;
}

/// A statistic by its types and constants, from which [`Statistic`] is made.
pub trait CellStatistic: StatisticOptions + Copy + Debug + Send + Sync {
    type Found: Findings;
    const COLUMNS: &'static [CellColumn<Self::Found>];

    fn check_options(&self) -> Result<(), HotspotError>;

    fn wants_residents(&self) -> bool {
        false
    }

    fn compute(&self, inputs: StatisticInputs<'_>) -> Result<Hotspots, HotspotError>;

    /// A result that columns of a saved layer are put into.
    fn blank(cells: &[h3o::CellIndex], about: &Value) -> Self::Found;

    fn legend() -> Option<StatisticFill> {
        None
    }

    fn needs(&self, _cells: u64) -> Vec<MemoryNeed> {
        Vec::new()
    }
}

impl<S: CellStatistic> Statistic for S {
    fn id(&self) -> &'static str {
        S::ID
    }

    fn info(&self) -> StatisticInfo {
        S::info()
    }

    fn boxed(&self) -> Box<dyn Statistic> {
        Box::new(*self)
    }

    fn set(&mut self, option: &str, value: &str) -> Result<(), InvalidValue> {
        StatisticOptions::set(self, option, value)
    }

    fn check(&self) -> Result<(), HotspotError> {
        self.check_options()
    }

    fn needs_residents(&self) -> bool {
        self.wants_residents()
    }

    fn find(&self, inputs: StatisticInputs<'_>) -> Result<Hotspots, HotspotError> {
        self.compute(inputs)
    }

    fn fill(&self) -> Option<StatisticFill> {
        S::legend()
    }

    fn columns(&self) -> Vec<StatisticColumn> {
        let listed = |column: &CellColumn<S::Found>| {
            let CellColumn { schema, is_optional, restore, .. } = *column;
            StatisticColumn { schema, is_optional, is_restored: restore.is_some() }
        };
        S::COLUMNS.iter().map(listed).collect()
    }

    fn read(&self, saved: &SavedColumns<'_>, about: &Value) -> Result<Arc<dyn Findings>, (usize, usize)> {
        let mut found = S::blank(saved.cells, about);
        saved.restore(&mut found, S::COLUMNS)?;
        Ok(Arc::new(found))
    }

    fn memory(&self, cells: u64) -> Vec<MemoryNeed> {
        self.needs(cells)
    }
}

/// A large part of the memory that a statistic takes.
#[derive(Debug)]
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

defaults!(Gi Moran Emerging Scan);

/// Every statistic of cells, with its defaults.
pub const STATISTICS: &[&dyn Statistic] = &[&Gi::DEFAULT, &Moran::DEFAULT, &Emerging::DEFAULT, &Scan::DEFAULT];

/// Everything that `tensionmap hotspots` computes: the statistics of cells, then near repeats.
pub fn infos() -> impl Iterator<Item = StatisticInfo> {
    STATISTICS.iter().map(|statistic| statistic.info()).chain([NearRepeatsOptions::info()])
}

/// The statistic of a name, with its defaults.
///
/// # Errors
/// A name that no statistic of cells has.
pub fn statistic(name: &str) -> Result<&'static dyn Statistic, InvalidValue> {
    let found = STATISTICS.iter().find(|statistic| statistic.id().eq_ignore_ascii_case(name)).copied();
    found.ok_or_else(|| unknown("statistic", name, &infos().map(|info| info.id).collect::<Vec<_>>(), ""))
}
