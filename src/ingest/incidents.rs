//! Reports that the embedding program holds in memory: no columns to choose and no text to parse, but the same checks.

use rustc_hash::FxHashMap;

use super::batch::Batch;
use super::days::DayAccount;
use super::intake::Accept;
use super::pile::Piles;
use super::position::Positions;
use super::whereabouts::Whereabouts;
use super::{FileTally, Import, IngestError, Quarantine};
use crate::code::Code;
use crate::format::{Crs, Fault, FilePosition, FormatError};
use crate::incident::{Day, Incident, ReportClass, When};
use crate::watch;

impl Import {
    /// Name of reports from memory, in messages and ledgers.
    pub(crate) const INCIDENTS: &'static str = "incidents";

    /// Takes reports from memory: accepted ones go to `accept` in batches, others to `quarantine`. None is a repeat, since they
    /// have no ids.
    ///
    /// # Errors
    /// A quarantine file that cannot be written. Counts that take more memory than allowed. No position accepted, for a common
    /// reason.
    pub fn take(
        &self,
        incidents: impl IntoIterator<Item = Incident>,
        accept: &mut Accept<'_>,
        quarantine: &mut Quarantine<'_>,
    ) -> Result<FileTally, IngestError> {
        let mut tally = FileTally::new(Self::INCIDENTS.to_owned(), "memory", Vec::new());
        let mut positions = Positions::new(Crs::Wgs84, self.options.expected(), false);
        let mut days = DayAccount::default();
        let (mut batch, mut keys) = (Batch::default(), FxHashMap::default());
        let (mut whereabouts, mut piles) = (Whereabouts::new(), Piles::new());
        for incident in incidents {
            tally.read += 1;
            let checked = positions
                .checked(Crs::Wgs84, incident.at.lng(), incident.at.lat())
                .and_then(|at| check_days(incident.when, incident.known).map(|()| at));
            match checked {
                Ok((lat, lng)) => {
                    tally.accepted += 1;
                    whereabouts.see(lat, lng, || (tally.read, None));
                    let class = class_number(&mut batch, &mut keys, incident.class);
                    batch.push(lat, lng, incident.when, incident.known, class);
                    days.add_last(&batch, 1, || (tally.read, None));
                }
                Err(fault) => {
                    let raw = || format!("{incident:?}");
                    quarantine(&tally.quarantine(tally.read, FilePosition::default(), *fault, raw))?;
                }
            }
            if tally.read.is_multiple_of(Batch::MAX as u64) {
                piles.see(&batch.lat, &batch.lng);
                self.hand_over(&mut batch, accept)?;
            }
        }
        piles.see(&batch.lat, &batch.lng);
        self.hand_over(&mut batch, accept)?;
        tally.see_places(whereabouts, &piles);
        tally.warn(Code::NoRecords, u64::from(tally.read == 0));
        positions.verdict(&tally)?;
        tally.days = days.finish();
        Ok(tally)
    }

    fn hand_over(&self, batch: &mut Batch, accept: &mut Accept<'_>) -> Result<(), IngestError> {
        accept(batch);
        batch.clear();
        watch::check().map_err(FormatError::from)?;
        let allowed = self.options.file.memory.allow(0, "counting reports", "choose larger cells with --resolution");
        allowed.map_err(|source| FormatError::Memory { file: Self::INCIDENTS.to_owned(), source }.into())
    }
}

/// Checks the days of a report, which a caller may have set to anything.
fn check_days(when: When, known: Day) -> Result<(), Box<Fault>> {
    if !when.is_sound() {
        let found = format!("{} to {}", when.start, when.end);
        return Err(Fault::new(
            Code::Interval,
            "when",
            found,
            "days of four-digit years, with the end after the start",
        ));
    }
    if !Day::RANGE.contains(&known) {
        return Err(Fault::new(Code::BadDate, "known", known, "a day of a four-digit year"));
    }
    Ok(())
}

/// Number of a class in the dictionary of the batches. A blank source is none, as in files.
fn class_number(batch: &mut Batch, keys: &mut FxHashMap<ReportClass, u64>, mut class: ReportClass) -> u32 {
    class.source = class.source.map(|source| source.trim().to_owned()).filter(|source| !source.is_empty());
    let next = keys.len() as u64;
    let key = *keys.entry(class.clone()).or_insert(next);
    batch.classes.number(key, || class)
}
