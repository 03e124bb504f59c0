//! Quarantine file: records that were not accepted, reports and areas alike, each with its place and reason.

use super::Sources;
use crate::indicator::Loaded;
use crate::ingest::{IngestError, Ledger, Quarantined};
use crate::output::{AtomicFile, OutputError, check_unread};
use crate::polygon::Regions;

/// Quarantine file of a run, if one was asked for.
#[derive(Debug, Default)]
pub(super) struct QuarantineFile(pub(super) Option<AtomicFile>);

impl QuarantineFile {
    /// Writes one quarantined record.
    pub(super) fn add(&mut self, record: &Quarantined) -> Result<(), IngestError> {
        let Some(file) = &mut self.0 else { return Ok(()) };
        file.line(record).map_err(|source| IngestError::Quarantine { file: file.path().display().to_string(), source })
    }

    /// Writes the quarantined records of an indicator's files and enters their accounts into the ledger.
    pub(super) fn add_indicator(&mut self, loaded: Loaded, areas: &mut Ledger) -> Result<(), IngestError> {
        for (account, quarantined) in loaded.accounts() {
            areas.files.push(account);
            quarantined.iter().try_for_each(|record| self.add(record))?;
        }
        Ok(())
    }

    /// Writes the quarantined features of a polygon file and enters its account into the ledger.
    pub(super) fn add_regions(&mut self, regions: Regions, areas: &mut Ledger) -> Result<(), IngestError> {
        areas.files.push(regions.account);
        regions.refused.iter().try_for_each(|record| self.add(record))
    }

    /// Puts the file in its place, unless a file that was read is there.
    pub(super) fn commit(&mut self, sources: &Sources) -> Result<(), OutputError> {
        let Some(file) = self.0.take() else { return Ok(()) };
        check_unread(file.path(), &sources.read_files())?;
        file.commit()
    }
}
