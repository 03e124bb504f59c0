//! Versions of one month, and copies of one file.
//!
//! Files of some layouts, such as police.uk's, hold whole months of a source. Two files with the same month of the same
//! source are versions of one thing, whatever their names and folders. Counting both would count its reports twice.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use foldhash::quality::FixedState;
use rustc_hash::FxHashMap;

use super::{Dedupe, FileTally, IngestError, Intake, Role};
use crate::code::Code;
use crate::format::{Fault, Field, Input, Records};
use crate::incident::Day;
use crate::invalid::InvalidValue;

/// Policy for a month of a source that two files hold, and for a file given twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Revised {
    /// An error.
    #[default]
    Stop,
    /// The file that is read first counts; a run reads its files last to first.
    Replace,
    /// Both count.
    Keep,
}

impl FromStr for Revised {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        match text {
            "stop" => Ok(Self::Stop),
            "replace" => Ok(Self::Replace),
            "keep" => Ok(Self::Keep),
            _ => Err(InvalidValue::expecting("revised", text, "stop, replace or keep")),
        }
    }
}

/// A month of a source: its name, and the first day of the month.
pub(crate) type SourceMonth = (String, Day);

/// A file that was read, with its number of records, or of those of one month.
#[derive(Clone, Debug)]
pub(super) struct Holder {
    pub(super) file: String,
    pub(super) records: u64,
}

/// Months and files that a run has read so far.
#[derive(Debug, Default)]
pub(super) struct Versions {
    months: BTreeMap<SourceMonth, Holder>,
    /// Files by their number of bytes, since only files of one size can be copies.
    by_size: FxHashMap<u64, Vec<ReadFile>>,
}

/// A file that was read.
#[derive(Debug)]
struct ReadFile {
    holder: Holder,
    path: Option<PathBuf>,
    /// Hash of its bytes; of a file on disk once it is needed.
    hash: Option<u64>,
}

impl Versions {
    /// The earlier file that an input repeats byte for byte, if there is one.
    pub(super) fn copied(&mut self, input: &Input) -> Option<Holder> {
        let others = self.by_size.get_mut(&size(input)?)?;
        let hash = hash(input)?;
        let copied = others.iter_mut().find_map(|other| {
            if other.hash.is_none() {
                other.hash = other.path.as_deref().and_then(hash_of_file);
            }
            let is_copy = other.hash == Some(hash) && folders(other.path.as_deref()).eq(folders(input.path()));
            is_copy.then(|| other.holder.clone())
        });
        copied
    }

    /// Enters a file that was read.
    pub(super) fn enter(&mut self, input: &Input, tally: &FileTally) {
        let holder = |records: u64| Holder { file: tally.name.clone(), records };
        for (month, records) in &tally.declared {
            self.months.entry(month.clone()).or_insert_with(|| holder(*records));
        }
        // Empty files are alike, and nothing in them counts. A Shapefile has its values in other files.
        let Some(size) = size(input).filter(|_| tally.read > 0 && tally.format != "shapefile") else { return };
        let path = input.path().map(Path::to_owned);
        let hash = if path.is_none() { hash(input) } else { None };
        self.by_size.entry(size).or_default().push(ReadFile { holder: holder(tally.read), path, hash });
    }
}

/// Number of bytes of a file or of bytes in memory.
fn size(input: &Input) -> Option<u64> {
    match input {
        Input::Path(path) => path.metadata().ok().filter(Metadata::is_file).map(|file| file.len()),
        Input::Bytes(_, bytes) => Some(bytes.len() as u64),
        _ => None,
    }
}

fn hash(input: &Input) -> Option<u64> {
    match input {
        Input::Path(path) => hash_of_file(path),
        Input::Bytes(_, bytes) => hash_of(bytes.as_slice()).ok(),
        _ => None,
    }
}

fn hash_of_file(path: &Path) -> Option<u64> {
    hash_of(File::open(path).ok()?).ok()
}

fn hash_of(mut bytes: impl Read) -> io::Result<u64> {
    const CHUNK: u64 = 1 << 16;
    let (mut hasher, mut chunk) = (FixedState::default().build_hasher(), Vec::new());
    while bytes.by_ref().take(CHUNK).read_to_end(&mut chunk)? > 0 {
        hasher.write(&chunk);
        chunk.clear();
    }
    Ok(hasher.finish())
}

/// Folders such as `source=police`, which add columns to the files in them.
fn folders(path: Option<&Path>) -> impl Iterator<Item = &OsStr> {
    let folders = path.and_then(Path::parent).into_iter().flat_map(Path::iter);
    folders.filter(|folder| folder.to_string_lossy().contains('='))
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
    fn count(&mut self, source: Field<'_>, month: Field<'_>) -> Option<&Holder> {
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
        let other = self.versions.months.get(&key).cloned();
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
            let Overlap { other, here, there, .. } = *first;
            let more = match overlaps.len() - 1 {
                0 => String::new(),
                1 => " (and 1 more file has other months of it)".to_owned(),
                more => format!(" (and {more} more files have other months of it)"),
            };
            let count = |map: &BTreeMap<Code, u64>, code| map.get(&code).copied().unwrap_or(0);
            let known = count(&tally.warnings, Code::DupId) + count(&tally.quarantined, Code::DupRecord);
            let known = match dedupe {
                Dedupe::Row if tally.has_ids() => format!(", {known} of them with an id that came before"),
                _ => String::new(),
            };
            let (other, months) = (other.to_owned(), first.months());
            return Err(IngestError::Revised { file, other, months, here, there, known, more });
        }
        for overlap in &overlaps {
            let (Overlap { other, here, there, .. }, months) = (overlap, overlap.months());
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
    fn overlaps(&self) -> Vec<Overlap<'_>> {
        let mut overlaps: Vec<Overlap<'_>> = Vec::new();
        for month in &self.list {
            let Some(Holder { file, records }) = &month.other else { continue };
            match overlaps.iter_mut().find(|overlap| overlap.other == *file) {
                Some(overlap) => {
                    overlap.here += month.records;
                    overlap.there += records;
                    overlap.more += 1;
                }
                None => {
                    overlaps.push(Overlap { other: file, first: month, here: month.records, there: *records, more: 0 })
                }
            }
        }
        overlaps
    }
}

/// Months that a file and an earlier one both hold, with their records in each.
#[derive(Debug)]
struct Overlap<'a> {
    other: &'a str,
    first: &'a FileMonth,
    here: u64,
    there: u64,
    /// Number of months beside the first.
    more: usize,
}

impl Overlap<'_> {
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

/// The first day of a month written as `2022-09`.
fn month_of(text: &str) -> Option<Day> {
    if text.len() == 7 { format!("{text}-01").parse().ok() } else { None }
}

/// The force and the month in the name of a file of police.uk, such as `2022-09-leicestershire-street.csv`.
fn named(file: &str) -> Option<SourceMonth> {
    let name = Path::new(file).file_name()?.to_str()?;
    let (month, rest) = (name.get(..7)?, name.get(7..)?);
    let (force, _) = rest.strip_prefix('-')?.split_once("-street.")?;
    Some((force.to_owned(), month_of(month)?))
}

/// True if a source is the force that a file name calls `devon-and-cornwall`, or by its initials `btp`.
pub(super) fn is_force(source: &str, force: &str) -> bool {
    let source = source.to_lowercase();
    let words: Vec<&str> = source.split(|letter: char| !letter.is_alphanumeric()).collect();
    let initials: String = words.iter().filter_map(|word| word.chars().next()).collect();
    initials == force || force.split('-').all(|word| word == "and" || words.contains(&word))
}

impl Intake<'_> {
    /// Errors if a record is of a month, or of a file, that a later file replaces.
    #[inline]
    pub(super) fn check_version<R: Records + ?Sized>(&mut self, records: &R) -> Result<(), Box<Fault>> {
        let Some(months) = &mut self.months else { return Ok(()) };
        let field = |role| self.columns.index(role).map_or(Field::Null, |column| records.field(column));
        let (source, month) = (field(Role::Source), field(Role::Date));
        let Some(Holder { file, records }) = months.count(source, month) else { return Ok(()) };
        let found = format!("{} {}", source.displayed(), month.displayed());
        let expected = format!("the {records} records of {file}, which replaces this file");
        Err(Fault::new(Code::Replaced, self.columns.name(Role::Date), found.trim(), expected))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{Import, Ledger, ReadOptions};

    const HEADER: &str = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Crime type";

    #[test]
    fn forces_are_known_by_their_names_in_files() {
        for (source, force) in [
            ("Leicestershire Police", "leicestershire"),
            ("Avon and Somerset Constabulary", "avon-and-somerset"),
            ("Devon & Cornwall Police", "devon-and-cornwall"),
            ("Metropolitan Police Service", "metropolitan"),
            ("Dyfed-Powys Police", "dyfed-powys"),
            ("British Transport Police", "btp"),
            ("Police Service of Northern Ireland", "northern-ireland"),
        ] {
            assert!(is_force(source, force), "{source} {force}");
        }
        assert!(!is_force("Gloucestershire Constabulary", "leicestershire"));
        assert!(!is_force("South Yorkshire Police", "west-yorkshire"));
    }

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
