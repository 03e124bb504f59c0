//! Where refused records go, reports and areas alike.

use crate::indicator::Loaded;
use crate::ingest::{IngestError, Ledger, Quarantined};
use crate::output::{AtomicFile, OutputError};
use crate::polygon::Regions;

/// The quarantine file of a run, if there is to be one.
#[derive(Debug)]
pub(super) struct Refusals(pub(super) Option<AtomicFile>);

impl Refusals {
    /// Writes one refused record.
    pub(super) fn add(&mut self, refused: &Quarantined) -> Result<(), IngestError> {
        let Some(file) = &mut self.0 else { return Ok(()) };
        file.line(refused).map_err(|source| IngestError::Quarantine { file: file.path().display().to_string(), source })
    }

    /// Puts the file in its place.
    pub(super) fn commit(&mut self) -> Result<(), OutputError> {
        self.0.take().map_or(Ok(()), AtomicFile::commit)
    }
}

/// Enters what became of the files of an indicator.
pub(super) fn accounts(loaded: Loaded, areas: &mut Ledger, refusals: &mut Refusals) -> Result<(), IngestError> {
    for (account, refused) in loaded.accounts() {
        areas.files.push(account);
        refused.iter().try_for_each(|refused| refusals.add(refused))?;
    }
    Ok(())
}

/// Enters what became of a file of areas.
pub(super) fn account(regions: Regions, areas: &mut Ledger, refusals: &mut Refusals) -> Result<(), IngestError> {
    areas.files.push(regions.account);
    regions.refused.iter().try_for_each(|refused| refusals.add(refused))
}
