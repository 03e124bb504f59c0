//! Stage 2, file → accepted reports and a [`Ledger`]. Every record is accepted or quarantined with a reason; nothing is
//! repaired, guessed row by row, or dropped.
//!
//! A format turns bytes into [`Records`], a cursor over rows with named columns. Which column plays which [`Role`] is
//! settled once a file ([`columns`]); what a position and a date may look like is the same for every format
//! ([`position`], [`time`]). A new format is one file with a [`Format`] and one line in [`FORMATS`].

pub mod columns;
mod csv;
mod error;
mod feature_scan;
pub mod frame;
mod geojson;
mod ledger;
mod parquet;
pub mod position;
mod source;
pub mod time;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use polars::prelude::{DataFrame, LazyFrame};

pub use columns::{Columns, PRESETS, Preset, Role};
pub use error::IngestError;
use frame::FrameRecords;
pub use ledger::{FileTally, Ledger, Quarantined, Reason};
pub use source::Source;

use crate::error::InvalidValue;
use crate::incident::{Category, Class, Grade, Incident, Severity, Strand};

/// Where reports come from.
#[derive(Clone)]
#[non_exhaustive]
pub enum Input {
    /// A file in any of the [`FORMATS`], plain or gzipped.
    Path(PathBuf),
    /// The bytes of such a file, under the name they are reported by.
    Bytes(String, Vec<u8>),
    /// A polars frame with the columns a Parquet file would have.
    Frame(DataFrame),
    /// A polars query that yields such a frame; it is collected when it is read.
    Lazy(Box<LazyFrame>),
}

impl Input {
    /// The name this input goes by in messages: a path as it was given.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Path(path) => path.display().to_string(),
            Self::Bytes(name, _) => name.clone(),
            Self::Frame(_) | Self::Lazy(_) => "frame".to_owned(),
        }
    }
}

impl std::fmt::Debug for Input {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Input({:?})", self.name())
    }
}

impl From<LazyFrame> for Input {
    fn from(query: LazyFrame) -> Self {
        Self::Lazy(Box::new(query))
    }
}

impl<P: AsRef<Path> + ?Sized> From<&P> for Input {
    fn from(path: &P) -> Self {
        Self::Path(path.as_ref().to_owned())
    }
}

impl From<PathBuf> for Input {
    fn from(path: PathBuf) -> Self {
        Self::Path(path)
    }
}

impl From<DataFrame> for Input {
    fn from(frame: DataFrame) -> Self {
        Self::Frame(frame)
    }
}

/// How to read: the settings that decide what a record means.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Analysis time zone: an instant becomes the local day it falls on there.
    pub zone: TimeZone,
    /// Column names that override the aliases, by role.
    pub columns: BTreeMap<Role, String>,
    /// A layout known by name; `None` recognises one by its exact columns.
    pub preset: Option<&'static Preset>,
}

impl Default for Reading {
    fn default() -> Self {
        Self { zone: TimeZone::UTC, columns: BTreeMap::new(), preset: None }
    }
}

/// One value as a format hands it over, before any meaning is given to it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Field<'a> {
    /// Nothing there.
    Null,
    /// Text, not trimmed.
    Text(&'a str),
    /// A number.
    Number(f64),
    /// A calendar day.
    Day(crate::incident::Day),
    /// A moment in time.
    Instant(jiff::Timestamp),
    /// A local date and time without a zone.
    Local(jiff::civil::DateTime),
    /// A point geometry as the file gives it, longitude first.
    Point(f64, f64),
    /// Something else, named for the message.
    Other(&'a str),
}

impl Field<'_> {
    /// The value as evidence in a message.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Text(text) | Self::Other(text) => (*text).to_owned(),
            Self::Number(number) => number.to_string(),
            Self::Day(day) => day.to_string(),
            Self::Instant(instant) => instant.to_string(),
            Self::Local(local) => local.to_string(),
            Self::Point(lng, lat) => format!("[{lng},{lat}]"),
        }
    }

    /// Whether there is nothing but white space.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }
}

/// Where in its file a record stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Record number, from 1.
    pub record: u64,
    /// Line of its first byte, from 1; `None` where a format has no lines.
    pub line: Option<u64>,
}

/// Why one record cannot be accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Code under which it is counted.
    pub reason: Reason,
    /// Column at fault, empty for the whole record.
    pub column: String,
    /// What was found.
    pub found: String,
    /// What was expected.
    pub expected: String,
}

impl Fault {
    fn new(reason: Reason, column: &str, found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { reason, column: column.to_owned(), found: found.into(), expected: expected.into() }
    }
}

/// What a cursor moved to.
#[derive(Debug)]
pub enum Step {
    /// A record whose fields can be asked for.
    Record(Place),
    /// A record that is broken as a whole.
    Broken(Place, Fault),
    /// The end of the input.
    End,
}

/// A cursor over the records of one input.
pub trait Records {
    /// Names of the columns, in file order.
    fn names(&self) -> &[String];

    /// Moves to the next record.
    ///
    /// # Errors
    /// When nothing after this place can be trusted: broken syntax, a truncated stream, a failing disk.
    fn advance(&mut self) -> Result<Step, IngestError>;

    /// The current record's value in a column, by index into [`Self::names`].
    fn field(&self, column: usize) -> Field<'_>;

    /// Whether records carry a geometry of their own, beside their columns.
    fn has_geometry(&self) -> bool {
        false
    }

    /// The current record's geometry.
    fn geometry(&self) -> Field<'_> {
        Field::Null
    }

    /// The current record as evidence for the quarantine file.
    fn raw(&self) -> String;
}

/// A file format of reports.
pub trait Format: Sync {
    /// Short name, as printed by `tensionmap list formats`.
    fn name(&self) -> &'static str;

    /// What it is, in a line.
    fn about(&self) -> &'static str;

    /// Whether a file that begins with these (decompressed) bytes is of this format. Content decides, never extension.
    fn recognises(&self, head: &[u8]) -> bool;

    /// Opens a cursor; a remark about an automatic choice goes to `notices`.
    ///
    /// # Errors
    /// When the file cannot be this format after all.
    fn open(&self, source: Source, notices: &mut Vec<String>) -> Result<Box<dyn Records>, IngestError>;
}

/// Every format that is read, most recognisable first.
pub const FORMATS: &[&dyn Format] = &[&parquet::Parquet, &geojson::GeoJson, &csv::Csv];

/// Most records between two hand-overs to the next stage.
const BATCH: usize = 1 << 16;

/// Reads one input: accepted reports go to `accept` in batches, refused ones to `refuse` one by one, and the tally says
/// how many of each there were. Memory is one batch, whatever the size of the input (Parquet: the file).
///
/// ```
/// use tensionmap::ingest::{read, Input, Reading};
/// let csv = b"lon,lat,date,category\n-1.12,52.64,2022-09-17,public_order\n,,2022-09-18,asb\n";
/// let mut incidents = Vec::new();
/// let input = Input::Bytes("log.csv".into(), csv.to_vec());
/// let tally = read(&input, &Reading::default(), &mut |batch| incidents.extend(batch.drain(..)), &mut |_| Ok(()))?;
/// assert_eq!((tally.read, tally.accepted, tally.quarantined()), (2, 1, 1));
/// assert_eq!(incidents[0].when.start.to_string(), "2022-09-17");
/// # Ok::<(), tensionmap::error::IngestError>(())
/// ```
///
/// # Errors
/// A missing, empty or unrecognised file; no column for position or date; syntax that cannot be read past.
pub fn read(
    input: &Input,
    reading: &Reading,
    accept: &mut dyn FnMut(&mut Vec<Incident>),
    refuse: &mut dyn FnMut(&Quarantined) -> Result<(), IngestError>,
) -> Result<FileTally, IngestError> {
    let mut notices = Vec::new();
    let (format, mut records) = open(input, &mut notices)?;
    let name = input.name();
    let columns = Columns::settle(&name, records.names(), records.has_geometry(), reading, &mut notices)?;
    let mut tally = FileTally::new(name, format, columns.chosen(), notices);
    let mut batch = Vec::new();
    loop {
        let (place, outcome) = match records.advance()? {
            Step::End => break,
            Step::Broken(place, fault) => (place, Err(fault)),
            Step::Record(place) => (place, accept_record(&*records, &columns, reading, &mut tally)),
        };
        tally.read += 1;
        match outcome {
            Ok(incident) => {
                tally.accepted += 1;
                batch.push(incident);
                if batch.len() == BATCH {
                    accept(&mut batch);
                    batch.clear();
                }
            }
            Err(fault) => refuse(&tally.quarantine(place, fault, || records.raw()))?,
        }
    }
    accept(&mut batch);
    if tally.read == 0 {
        return Err(IngestError::NoRecords { file: tally.name, format });
    }
    Ok(tally)
}

fn open(input: &Input, notices: &mut Vec<String>) -> Result<(&'static str, Box<dyn Records>), IngestError> {
    let source = match input {
        Input::Frame(frame) => return Ok(("frame", Box::new(FrameRecords::new("frame", frame)?))),
        Input::Lazy(query) => {
            let frame = query.clone().collect().map_err(|error| IngestError::Broken {
                file: input.name(),
                format: "a query",
                source: error.into(),
            })?;
            return Ok(("frame", Box::new(FrameRecords::new("frame", &frame)?)));
        }
        Input::Path(path) => Source::open(path)?,
        Input::Bytes(name, bytes) => Source::bytes(name, bytes.clone())?,
    };
    let format = FORMATS.iter().find(|format| format.recognises(source.head())).ok_or_else(|| {
        IngestError::UnknownFormat { file: source.name().to_owned(), head: shown_head(source.head()) }
    })?;
    Ok((format.name(), format.open(source, notices)?))
}

/// The first bytes of a file, safe to print.
fn shown_head(head: &[u8]) -> String {
    String::from_utf8_lossy(&head[..head.len().min(60)]).escape_debug().to_string()
}

/// Parses one record; whatever is wrong with it is its [`Fault`].
fn accept_record(
    records: &dyn Records,
    columns: &Columns,
    reading: &Reading,
    tally: &mut FileTally,
) -> Result<Incident, Fault> {
    let field = |role: Role| columns.index(role).map_or(Field::Null, |index| records.field(index));
    let at = position::parse(records.geometry(), field(Role::Longitude), field(Role::Latitude))?;
    let when = time::parse(columns.name(Role::Date), field(Role::Date), &reading.zone)?;
    let known = match field(Role::ReportedAt) {
        blank if blank.is_blank() => when.end,
        // Reported some time in a month: known for sure only on its last day.
        reported => time::parse(columns.name(Role::ReportedAt), reported, &reading.zone)?.end - 1,
    };
    let category = match text(field(Role::Category)) {
        None => Category::Other,
        Some(label) => columns.category(&label).unwrap_or_else(|| tally.unmapped(label)),
    };
    let severity = |label: &str| Severity::new(label.parse().unwrap_or(0));
    Ok(Incident {
        at,
        when,
        known,
        class: Class {
            category,
            strand: optional(columns, Role::Strand, field(Role::Strand), str::parse::<Strand>)?
                .unwrap_or(category.strand()),
            severity: optional(columns, Role::Severity, field(Role::Severity), severity)?,
            grade: optional(columns, Role::Grade, field(Role::Grade), str::parse::<Grade>)?,
            source: text(field(Role::Source)),
        },
    })
}

/// A field's trimmed text, if there is any.
fn text(field: Field<'_>) -> Option<String> {
    if field.is_blank() { None } else { Some(field.shown().trim().to_owned()) }
}

/// A value that may be absent, but not wrong.
fn optional<T>(
    columns: &Columns,
    role: Role,
    field: Field<'_>,
    parse: impl FnOnce(&str) -> Result<T, InvalidValue>,
) -> Result<Option<T>, Fault> {
    let Some(label) = text(field) else { return Ok(None) };
    match parse(&label) {
        Ok(value) => Ok(Some(value)),
        Err(error) => Err(Fault::new(Reason::BadValue, columns.name(role), label, error.expected())),
    }
}
