//! Account of every record: `read = accepted + quarantined`, by file and by code.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use super::pile::{Pile, Piles};
use super::revised::{SourceMonth, is_force};
use super::whereabouts::Whereabouts;
use super::{FileDays, IngestError, Role, SquareCount};
use crate::code::Code;
use crate::format::{Crs, Fault, FilePosition, Records, Step};
use crate::rounding::round_to;
use crate::visible::visible;

/// A quarantined record, with all that is needed to correct it at its source.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quarantined {
    /// Input it came from.
    pub file: String,
    /// Record number, from 1.
    pub record: u64,
    /// Line of its first byte, from 1, where the format has lines.
    pub line: Option<u64>,
    /// Byte at which it begins, from 0, where the format has such a place.
    pub byte: Option<u64>,
    /// Code.
    pub code: Code,
    /// Column at fault, empty for the whole record.
    pub column: String,
    /// Evidence.
    pub value: String,
    /// Expectation.
    pub expected: String,
    /// The record itself.
    pub raw: String,
}

impl fmt::Display for Quarantined {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(out, "{} line {line}", self.file)?,
            None => write!(out, "{} record {}", self.file, self.record)?,
        }
        let column = if self.column.is_empty() { String::new() } else { format!("{}: ", self.column) };
        write!(out, ": {} {column}found {:?}, expected {}", self.code, self.value, self.expected)
    }
}

/// Takes quarantined records, one by one.
pub type Quarantine<'a> = dyn FnMut(&Quarantined) -> Result<(), IngestError> + 'a;

/// The account of one input.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct FileTally {
    /// Its name.
    pub name: String,
    /// Its format.
    pub format: &'static str,
    /// Column of each role.
    pub columns: Vec<(Role, String)>,
    /// True if positions are geometries.
    pub(crate) is_by_geometry: bool,
    /// Columns that were only compared with the position.
    pub(crate) compared: Vec<String>,
    /// Of a file of areas, the column whose values are brought onto cells.
    pub value: Option<String>,
    /// Statement that the publisher of a recognised layout asks for.
    pub attribution: Option<String>,
    /// Columns that were not read.
    pub unread: Vec<String>,
    /// Automatic choices made for it.
    pub notices: Vec<String>,
    /// Records found.
    pub read: u64,
    /// Records handed on.
    pub accepted: u64,
    /// Quarantined records, by code.
    pub quarantined: BTreeMap<Code, u64>,
    /// Warnings, by code, and how often each applied.
    pub warnings: BTreeMap<Code, u64>,
    /// Unknown category labels; their reports count as `other`.
    pub unmapped: BTreeMap<String, u64>,
    /// Accepted records by the precision code they state.
    pub precisions: BTreeMap<u8, u64>,
    /// Records by source and month, where the layout holds whole months of a source.
    pub(crate) declared: BTreeMap<SourceMonth, u64>,
    /// Of such a layout without a record, the force and the month of its name.
    pub(crate) named: Option<SourceMonth>,
    /// Where its accepted reports are.
    pub(crate) whereabouts: Vec<SquareCount>,
    /// The way to read its positions in the other order of latitude and longitude.
    pub(crate) other_order: String,
    /// Eastings and northings of its first report, where nothing states their system.
    pub(crate) assumed_grid: Option<(f64, f64)>,
    /// Days of accepted records.
    pub(crate) days: FileDays,
    /// Areas that were repaired: number of the feature, and by how much that changed its area, from −1 to 1.
    pub repaired: Vec<(u64, f64)>,
    /// The first few quarantined records of each code.
    pub examples: Vec<Quarantined>,
}

impl FileTally {
    const EXAMPLES: u64 = 3;

    pub(crate) fn new(name: String, format: &'static str, notices: Vec<String>) -> Self {
        Self { name, format, notices, ..Self::default() }
    }

    /// The account of reports that were read and counted earlier.
    pub(crate) fn counted(total: u64, days: FileDays) -> Self {
        Self { read: total, accepted: total, days, ..Self::new("cube".to_owned(), "cube", Vec::new()) }
    }

    /// Number of quarantined records.
    #[must_use]
    pub fn quarantined(&self) -> u64 {
        self.quarantined.values().sum()
    }

    /// Takes account of where the accepted reports are.
    pub(super) fn see_places(&mut self, whereabouts: Whereabouts, piles: &Piles) {
        self.whereabouts = whereabouts.into_squares();
        if let Some(Pile { lat, lng, share }) = piles.largest() {
            self.warn(Code::Pile, 1);
            let (file, percent) = (&self.name, share * 100.0);
            let [lat, lng] = [lat, lng].map(|degrees| round_to(degrees, 7));
            self.notices.push(format!(
                "{file}: about {percent:.0} % of its reports are at one position, {lat}, {lng}, where places that were not found may have \
                 been put; if so, give them no position, and they are counted as such"
            ));
        }
    }

    /// True if a column holds ids.
    pub(super) fn has_ids(&self) -> bool {
        self.columns.iter().any(|(role, _)| *role == Role::Id)
    }

    /// The way to read positions of this system in the other order of latitude and longitude.
    pub(super) fn advice_on_order(&self, crs: Crs) -> String {
        let column = |wanted: Role| self.columns.iter().find(|(role, _)| *role == wanted).map(|(_, name)| name);
        match (column(Role::Longitude), column(Role::Latitude)) {
            _ if crs == Crs::LatLon => format!("leave out --input-crs {crs}, which reads the latitude first"),
            (Some(lng), Some(lat)) if !self.is_by_geometry => {
                format!("--column longitude={lat:?} --column latitude={lng:?} reads them so")
            }
            (None, None) if self.columns.is_empty() && !self.is_by_geometry => {
                "swap the two where they are made".to_owned()
            }
            _ => format!("--input-crs {} reads them so", Crs::LatLon),
        }
    }

    /// The account of an input in which no column was found: it has no records, or none that is one. Where it has records,
    /// they lack the columns named in `error`.
    pub(super) fn without_columns(
        mut self,
        records: &mut dyn Records,
        error: IngestError,
        quarantine: &mut Quarantine<'_>,
    ) -> Result<Self, IngestError> {
        loop {
            match records.advance()? {
                Step::Record => return Err(error),
                Step::Broken(fault) => {
                    self.read += 1;
                    quarantine(&self.quarantine(self.read, records.position(), *fault, || records.raw()))?;
                }
                Step::End => break,
            }
        }
        self.warn(Code::NoRecords, u64::from(self.read == 0));
        self.warn_all(records.warnings());
        self.notices.extend(records.notices());
        Ok(self)
    }

    /// Counts a warning.
    pub(crate) fn warn(&mut self, code: Code, times: u64) {
        if times > 0 {
            *self.warnings.entry(code).or_default() += times;
        }
    }

    /// Counts the warnings of a format.
    pub(super) fn warn_all(&mut self, warnings: Vec<(Code, u64)>) {
        for (code, times) in warnings {
            self.warn(code, times);
        }
    }

    /// Counts a quarantined record by its number, from 1.
    pub(crate) fn quarantine(
        &mut self,
        record: u64,
        position: FilePosition,
        fault: Fault,
        raw: impl FnOnce() -> String,
    ) -> Quarantined {
        let Fault { code, column, found, expected } = fault;
        let (file, FilePosition { line, byte }, raw) = (self.name.clone(), position, raw());
        let quarantined = Quarantined { file, record, line, byte, code, column, value: found, expected, raw };
        let count = self.quarantined.entry(code).or_default();
        *count += 1;
        if *count <= Self::EXAMPLES {
            self.examples.push(quarantined.clone());
        }
        quarantined
    }
}

/// The account of a run: one [`FileTally`] an input, in the order given.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Ledger {
    /// The inputs.
    pub files: Vec<FileTally>,
}

impl Ledger {
    /// Records found.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.files.iter().map(|file| file.read).sum()
    }

    /// Records accepted.
    #[must_use]
    pub fn accepted(&self) -> u64 {
        self.files.iter().map(|file| file.accepted).sum()
    }

    /// Number of quarantined records; always `read − accepted`.
    #[must_use]
    pub fn quarantined(&self) -> u64 {
        self.files.iter().map(FileTally::quarantined).sum()
    }

    /// Notices of all files.
    pub(crate) fn notices(&self) -> impl Iterator<Item = &String> {
        self.files.iter().flat_map(|file| &file.notices)
    }

    /// Statements that publishers of recognised layouts ask for, each once.
    pub(crate) fn attributions(&self) -> Vec<String> {
        let stated: BTreeSet<&String> = self.files.iter().filter_map(|file| file.attribution.as_ref()).collect();
        stated.into_iter().cloned().collect()
    }

    /// Months of sources that files declare to hold in full, even if without a report; sources as their reports name them.
    #[allow(dead_code, reason = "for coverage by source, which does not read it yet")]
    pub(crate) fn declared(&self) -> BTreeSet<SourceMonth> {
        let mut declared: BTreeSet<SourceMonth> =
            self.files.iter().flat_map(|file| file.declared.keys().cloned()).collect();
        let sources: BTreeSet<String> = declared.iter().map(|(source, _)| source.clone()).collect();
        for (force, month) in self.files.iter().filter_map(|file| file.named.as_ref()) {
            let forces = sources.iter().filter(|source| is_force(source, force));
            declared.extend(forces.map(|source| (source.clone(), *month)));
        }
        declared
    }

    /// Quarantined records by code.
    #[must_use]
    pub fn codes(&self) -> BTreeMap<Code, u64> {
        merged(self.files.iter().map(|file| &file.quarantined))
    }

    /// Warnings by code.
    #[must_use]
    pub fn warnings(&self) -> BTreeMap<Code, u64> {
        merged(self.files.iter().map(|file| &file.warnings))
    }

    /// Unknown category labels and how often each occurs.
    #[must_use]
    pub fn unmapped(&self) -> BTreeMap<String, u64> {
        merged(self.files.iter().map(|file| &file.unmapped))
    }

    /// Records without a position: they are in no cell and not on the map.
    #[must_use]
    pub fn unlocated(&self) -> u64 {
        self.codes().get(&Code::NoGeometry).copied().unwrap_or(0)
    }
}

fn merged<'a, K: Ord + Clone + 'a>(counts: impl Iterator<Item = &'a BTreeMap<K, u64>>) -> BTreeMap<K, u64> {
    let mut sum = BTreeMap::new();
    for (key, count) in counts.flatten() {
        *sum.entry(key.clone()).or_default() += count;
    }
    sum
}

/// Way out of a warning that asks for something and comes without a notice.
fn advice(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::DupId => "both count; --dedupe id counts the first alone",
        Code::ControlChar => "a category or source with it is another one than without; take it out of the file",
        Code::SciId => "give the column the format of text in the spreadsheet, and export it again",
        Code::Unmapped => {
            "--categories FILE gives labels a category, with lines under [categories] such as \"Label\" = \"asb\""
        }
        _ => return None,
    })
}

/// Names listed of a long list before the rest is only counted.
const MAX_LISTED: usize = 20;

impl fmt::Display for Ledger {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.files.iter().try_for_each(|file| file.fmt(out))
    }
}

/// A line each, whatever letters the names in it have.
impl fmt::Display for FileTally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines().iter().try_for_each(|line| writeln!(out, "{}", visible(line)))
    }
}

impl FileTally {
    /// Lines of the account as text.
    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let value = self.value.iter().map(|column| format!("value={column}"));
        let columns = self.columns.iter().map(|(role, name)| format!("{role}={name}"));
        let geometry = self.is_by_geometry.then(|| "geometry".to_owned());
        let columns: Vec<String> = geometry.into_iter().chain(columns).chain(value).collect();
        let columns = if columns.is_empty() { String::new() } else { format!("; {}", columns.join(", ")) };
        lines.push(format!("{} ({}{columns})", self.name, self.format));
        lines.push(format!("  read {} = accepted {} + quarantined {}", self.read, self.accepted, self.quarantined()));
        for (code, count) in &self.quarantined {
            lines.push(format!("  {code:<16} {count:>8}  {}", code.about()));
        }
        for (code, count) in &self.warnings {
            lines.push(format!("  {code:<16} {count:>8}  {}", code.about()));
            if let Some(advice) = advice(*code) {
                lines.push(format!("  {:<16} {:>8}  {advice}", "", ""));
            }
        }
        for example in &self.examples {
            lines.push(format!("    {example}"));
        }
        let mut unmapped: Vec<(&String, &u64)> = self.unmapped.iter().collect();
        unmapped.sort_by_key(|&(label, count)| (std::cmp::Reverse(*count), label));
        for (label, count) in unmapped.iter().take(MAX_LISTED) {
            lines.push(format!("  category {label:?} is not in the taxonomy: {count} reports count as `other`"));
        }
        if unmapped.len() > MAX_LISTED {
            lines.push(format!("  … and {} more categories that are not in the taxonomy", unmapped.len() - MAX_LISTED));
        }
        if !self.precisions.is_empty() {
            let codes: Vec<String> = self.precisions.iter().map(|(code, count)| format!("{code}: {count}")).collect();
            lines.push(format!("  accepted by stated precision of place: {}", codes.join(", ")));
        }
        if !self.compared.is_empty() {
            lines.push(format!("  only compared with the position: {}", self.compared.join(", ")));
        }
        if !self.unread.is_empty() {
            let more = self.unread.len().saturating_sub(MAX_LISTED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let names: Vec<&str> = self.unread.iter().take(MAX_LISTED).map(String::as_str).collect();
            lines.push(format!("  not read: {}{more}", names.join(", ")));
        }
        lines
    }
}
