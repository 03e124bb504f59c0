//! Versions of one month.
//!
//! Files of some layouts, such as police.uk's, hold whole months of a source. Two files with the same month of the same
//! source are versions of one thing, whatever their names and folders. Counting both would count its reports twice.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::copies::Holder;
use super::revised::{SourceMonth, month_of, named};
use super::{Dedupe, FileTally, IngestError, Revised};
use crate::code::Code;
use crate::format::Field;
use crate::incident::Day;

/// Months that the files of a run hold so far, each with the file that was read first.
#[derive(Debug, Default)]
pub(super) struct Versions(BTreeMap<SourceMonth, Holder>);

impl Versions {
    /// Enters the months of a file.
    pub(super) fn enter(&mut self, tally: &FileTally) {
        for (month, &records) in &tally.declared {
            self.0.entry(month.clone()).or_insert_with(|| Holder { file: tally.name.clone(), records });
        }
    }
}

/// Months of sources in one file, and the earlier files that hold them too.
#[derive(Debug)]
pub(super) struct FileMonths<'a> {
    versions: &'a Versions,
    policy: Revised,
    /// The earlier file that this one repeats byte for byte.
    copied: Option<Holder>,
    list: Vec<FileMonth>,
    /// Places in `list`, by the text of the month and the source.
    places: FxHashMap<Box<str>, FxHashMap<Box<str>, usize>>,
    /// Place of the last record.
    last: usize,
}

#[derive(Debug)]
struct FileMonth {
    source: String,
    text: String,
    month: Day,
    records: u64,
    other: Option<Holder>,
}

impl<'a> FileMonths<'a> {
    pub(super) fn new(versions: &'a Versions, policy: Revised, copied: Option<Holder>) -> Self {
        Self { versions, policy, copied, list: Vec::new(), places: FxHashMap::default(), last: 0 }
    }

    /// True if the file repeats an earlier one byte for byte.
    pub(super) fn is_copy(&self) -> bool {
        self.copied.is_some()
    }

    /// Counts a record by its source and month. Returns the file that replaces it, if one does.
    #[inline]
    pub(super) fn count(&mut self, source: Field<'_>, month: Field<'_>) -> Option<&Holder> {
        if self.copied.is_some() {
            return self.copied.as_ref();
        }
        let (Field::Text(source), Field::Text(month)) = (source, month) else { return None };
        let is_last = self.list.get(self.last).is_some_and(|last| last.text == month && last.source == source);
        if !is_last {
            self.last = self.place(source.trim_ascii(), month)?;
        }
        let month = &mut self.list[self.last];
        month.records += 1;
        month.other.as_ref().filter(|_| self.policy == Revised::Replace)
    }

    /// Place of a month in the list; `None` for a record without a source or dated otherwise than by month.
    fn place(&mut self, source: &str, text: &str) -> Option<usize> {
        if let Some(place) = self.places.get(text).and_then(|sources| sources.get(source)) {
            return Some(*place);
        }
        let month = month_of(text).filter(|_| !source.is_empty())?;
        let (place, key) = (self.list.len(), (source.to_owned(), month));
        let other = self.versions.0.get(&key).cloned();
        self.list.push(FileMonth { source: key.0, text: text.to_owned(), month, records: 0, other });
        self.places.entry(text.into()).or_default().insert(source.into(), place);
        Some(place)
    }

    /// Enters the months into the tally, with a notice on those that an earlier file holds too.
    ///
    /// # Errors
    /// Such a month, if the policy is to stop.
    pub(super) fn finish(mut self, tally: &mut FileTally, dedupe: Dedupe) -> Result<(), IngestError> {
        self.list.sort_by(|a, b| (a.month, &a.source).cmp(&(b.month, &b.source)));
        let months = self.list.iter().map(|month| ((month.source.clone(), month.month), month.records));
        tally.declared = months.collect();
        if self.list.is_empty() {
            tally.named = named(&tally.name);
        }
        let overlaps = self.overlaps();
        let file = tally.name.clone();
        if let (Revised::Stop, Some(first)) = (self.policy, overlaps.first()) {
            let SharedMonths { other, here, there, .. } = *first;
            let more = match overlaps.len() - 1 {
                0 => String::new(),
                1 => " (and 1 more file has other months of it)".to_owned(),
                more => format!(" (and {more} more files have other months of it)"),
            };
            let count = |map: &BTreeMap<Code, u64>, code| map.get(&code).copied().unwrap_or(0);
            let known = count(&tally.warnings, Code::DupId) + count(&tally.quarantined, Code::DupRecord);
            let known = match dedupe {
                Dedupe::Row if tally.has_ids() => format!(" ({known} records of the file have an id that came before)"),
                _ => String::new(),
            };
            let found = format!("{here} records of {}{known}, and {other} has {there}{more}", first.months());
            return Err(IngestError::Revised { file, found });
        }
        for overlap in &overlaps {
            let (SharedMonths { other, here, there, .. }, months) = (overlap, overlap.months());
            tally.notices.push(match self.policy {
                Revised::Replace => format!(
                    "{file}: its {here} records of {months} are left out; the {there} of {other} replace them (--revised replace)"
                ),
                _ => format!("{file}: has {here} records of {months}, and {other} has {there}; neither replaces the other (--revised keep)"),
            });
        }
        Ok(())
    }

    /// Months that an earlier file holds too, by that file.
    fn overlaps(&self) -> Vec<SharedMonths<'_>> {
        let mut overlaps: Vec<SharedMonths<'_>> = Vec::new();
        for month in &self.list {
            let Some(Holder { file, records }) = &month.other else { continue };
            match overlaps.iter_mut().find(|overlap| overlap.other == *file) {
                Some(overlap) => {
                    overlap.here += month.records;
                    overlap.there += records;
                    overlap.more += 1;
                }
                None => overlaps.push(SharedMonths {
                    other: file,
                    first: month,
                    here: month.records,
                    there: *records,
                    more: 0,
                }),
            }
        }
        overlaps
    }
}

/// Months that a file and an earlier one both hold, with their records in each.
#[derive(Debug)]
struct SharedMonths<'a> {
    other: &'a str,
    first: &'a FileMonth,
    here: u64,
    there: u64,
    /// Number of months beside the first.
    more: usize,
}

impl SharedMonths<'_> {
    /// The months in words.
    fn months(&self) -> String {
        let FileMonth { source, text, .. } = self.first;
        match self.more {
            0 => format!("{source} {text}"),
            1 => format!("{source} {text} and another month"),
            more => format!("{source} {text} and {more} other months"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::format::Input;
    use crate::ingest::{Import, Ledger, ReadOptions};

    const HEADER: &str = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Crime type";

    #[test]
    fn a_file_declares_its_months_by_its_rows_and_an_empty_one_by_its_name() {
        let mut import = Import::new(ReadOptions::default());
        let mut ledger = Ledger::default();
        let row = |month: &str, place: &str| format!(",{month},Kent Police,Kent Police,{place},Burglary\n");
        // A record without a position declares its month too; one dated by day declares none.
        let some = row("2022-08", "-1.1,52.6") + &row("2022-07", ",") + &row("2022-06-01", "-1.1,52.6");
        let files = [
            ("a.csv", some),
            ("x/2022-09-kent-street.csv", String::new()),
            ("2022-09-essex-street.csv", String::new()),
        ];
        for (name, rows) in files {
            let input = Input::Bytes(name.into(), format!("{HEADER}\n{rows}").into_bytes());
            ledger.files.push(import.read(&input, &mut |_| (), &mut |_| Ok(())).expect("reads"));
        }
        let declared: Vec<String> =
            ledger.declared().into_iter().map(|(source, day)| format!("{source} {day}")).collect();
        assert_eq!(declared, ["Kent Police 2022-07-01", "Kent Police 2022-08-01", "Kent Police 2022-09-01"]);
    }
}
