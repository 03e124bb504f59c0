//! Stage 2, file → accepted reports and a [`Ledger`]. Every record is accepted or quarantined with a reason; nothing is
//! repaired, guessed row by row, or dropped.
//!
//! A format turns bytes into [`Records`], a cursor over rows with named columns. Which column plays which [`Role`] is
//! settled once a file ([`columns`]); what a position and a date may look like is the same for every format
//! ([`position`], [`time`]). A new format is one file with a [`Format`] and one line in [`FORMATS`].

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "places in a window of some MiB, days of four-digit years and numbers of 18 digits fit; a check that cannot fail \
              would be paid for at every value"
)]
#![allow(clippy::unnecessary_box_returns, reason = "a fault is the rare way out of a hot path, and large")]

mod batch;
#[cfg(feature = "polars")]
mod block;
#[cfg(test)]
#[cfg(feature = "polars")]
mod block_tests;
mod codes;
pub mod columns;
pub mod crs;
mod csv;
mod date_format;
mod dedupe;
mod encoding;
mod error;
mod flatgeobuf;
#[cfg(feature = "polars")]
pub mod frame;
pub(crate) mod geojson;
mod geopackage;
#[cfg(test)]
mod gis_tests;
mod inputs;
mod intake;
mod iso;
mod labels;
mod ledger;
mod midnights;
mod number;
#[cfg(feature = "polars")]
mod parquet;
#[cfg(feature = "polars")]
pub(crate) use parquet::{check_pages, footer, guarded};
pub mod position;
mod presets;
pub mod privacy;
mod record;
mod scan;
mod shapefile;
mod source;
pub(crate) mod table;
pub mod time;
#[cfg(feature = "polars")]
mod values;
mod window;
mod wkb;
mod wkt;
mod zone;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::tz::TimeZone;

pub use batch::Batch;
pub use codes::Code;
pub use columns::{Columns, Role};
pub use crs::Crs;
pub use dedupe::Dedupe;
pub use encoding::Encoding;
pub use error::IngestError;
pub use intake::{Accept, Intake, Refuse};
pub use ledger::{FileTally, Ledger, Quarantined};
pub use position::{Bbox, Expected};
pub use presets::{Categories, PRESETS, Preset};
pub use privacy::Allowed;
pub use record::{Fault, Field, Place, Records, Step};
pub use source::Source;
pub use time::{DateFormat, NaiveTimes};

use dedupe::Seen;

use crate::memory::Budget;

/// Where reports come from.
#[derive(Clone)]
#[non_exhaustive]
pub enum Input {
    /// A file in any of the [`FORMATS`], plain or compressed.
    Path(PathBuf),
    /// The bytes of such a file, under the name they are reported by.
    Bytes(String, Vec<u8>),
    /// Such a file on standard input.
    Stdin,
    /// A table in memory, such as a polars frame.
    Table(Arc<dyn Table>),
}

/// A table in memory that reports can be read from.
pub trait Table: Send + Sync {
    /// A cursor before its first row.
    ///
    /// # Errors
    /// A table that cannot be made or has columns that cannot be read.
    fn open(&self) -> Result<Box<dyn Records>, IngestError>;
}

impl Input {
    /// The name this input goes by in messages: a path as it was given.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Path(path) => path.display().to_string(),
            Self::Bytes(name, _) => name.clone(),
            Self::Stdin => "standard input".to_owned(),
            Self::Table(_) => "frame".to_owned(),
        }
    }

    /// The file it is, if it is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        if let Self::Path(path) = self { Some(path) } else { None }
    }

    /// Opens its bytes.
    pub(crate) fn source(&self) -> Result<Option<Source>, IngestError> {
        match self {
            Self::Path(path) => Source::open(path).map(Some),
            Self::Bytes(name, bytes) => Source::bytes(name, bytes.clone()).map(Some),
            Self::Stdin => Source::stdin().map(Some),
            Self::Table(_) => Ok(None),
        }
    }
}

impl std::fmt::Debug for Input {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Input({:?})", self.name())
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

/// How to read: the settings that decide what a record means.
#[derive(Clone, Debug)]
pub struct Reading {
    /// Analysis time zone: an instant becomes the local day it falls on there.
    pub zone: TimeZone,
    /// Column names that override the aliases, by role.
    pub columns: BTreeMap<Role, String>,
    /// A layout known by name; `None` recognises one by its exact columns.
    pub preset: Option<&'static Preset>,
    /// Category labels that mean something else here than elsewhere.
    pub categories: Categories,
    /// Columns about people that may be read.
    pub allowed: Vec<Allowed>,
    /// Reference system of positions; `None` takes the file's word, or longitude and latitude.
    pub input_crs: Option<Crs>,
    /// Where reports must be; `None` with a time zone of the United Kingdom suspects positions that are there when mirrored.
    pub bbox: Option<Bbox>,
    /// How dates are written; `None` is ISO 8601.
    pub date_format: Option<DateFormat>,
    /// What times without an offset are told by.
    pub naive_times: NaiveTimes,
    /// Which repeats are left out.
    pub dedupe: Dedupe,
    /// Encoding of text.
    pub encoding: Encoding,
    /// Separator of columns; `None` is told by the header.
    pub delimiter: Option<u8>,
    /// Whether numbers in text have a decimal comma.
    pub decimal_comma: bool,
    /// How much memory reading may take, beside what is counted.
    pub memory: Budget,
}

impl Default for Reading {
    fn default() -> Self {
        Self {
            zone: TimeZone::UTC,
            columns: BTreeMap::new(),
            preset: None,
            categories: Categories::default(),
            allowed: Vec::new(),
            input_crs: None,
            bbox: None,
            date_format: None,
            naive_times: NaiveTimes::default(),
            dedupe: Dedupe::default(),
            encoding: Encoding::default(),
            delimiter: None,
            decimal_comma: false,
            memory: Budget::unlimited(),
        }
    }
}

impl Reading {
    fn expected(&self) -> Expected {
        match self.bbox {
            Some(bbox) => Expected::Only(bbox),
            None if self.zone.iana_name() == Some("Europe/London") => Expected::Likely(Bbox::UNITED_KINGDOM),
            None => Expected::Anywhere,
        }
    }
}

/// A file format of reports.
pub trait Format: Sync {
    /// Short name, as printed by `tensionmap list formats`.
    fn name(&self) -> &'static str;

    /// What it is, in a line.
    fn about(&self) -> &'static str;

    /// Extensions such files usually have, lower case, without the dot.
    fn extensions(&self) -> &'static [&'static str];

    /// Whether a file that begins with these (decompressed) bytes is of this format. Content decides, never extension.
    fn recognises(&self, head: &[u8]) -> bool;

    /// Whether a file that no format recognises is taken for this one by its extension, to be told what is wrong with it.
    fn is_by_extension(&self) -> bool {
        false
    }

    /// Opens a cursor; a remark about an automatic choice goes to `notices`.
    ///
    /// # Errors
    /// When the file cannot be this format after all.
    fn open(
        &self,
        source: Source,
        reading: &Reading,
        notices: &mut Vec<String>,
    ) -> Result<Box<dyn Records>, IngestError>;
}

/// Every format that is read, most recognisable first.
pub const FORMATS: &[&dyn Format] = &[
    #[cfg(feature = "polars")]
    &parquet::Parquet,
    &flatgeobuf::FlatGeobuf,
    &geopackage::GeoPackage,
    &shapefile::Shapefile,
    &geojson::GeoJson,
    &csv::Csv,
];

/// The formats by name, for messages.
pub(crate) fn known_formats() -> String {
    let names: Vec<&str> = FORMATS.iter().map(|format| format.name()).collect();
    format!("{} (plain, .gz or .zst)", names.join(", "))
}

/// Reads the inputs of one run, one after the other; repeats are told across them.
///
/// ```
/// use tensionmap::ingest::{Import, Input, Reading};
/// let mut import = Import::new(Reading::default());
/// let csv = b"id,lon,lat,date,category\n7,-1.12,52.64,2022-09-17,public_order\n7,-1.12,52.64,2022-09-17,public_order\n";
/// let mut incidents = Vec::new();
/// let input = Input::Bytes("log.csv".into(), csv.to_vec());
/// let tally = import.read(&input, &mut |batch| incidents.extend(batch.incidents()), &mut |_| Ok(()))?;
/// assert_eq!((tally.read, tally.accepted, tally.quarantined()), (2, 1, 1));
/// # Ok::<(), tensionmap::error::IngestError>(())
/// ```
#[derive(Debug, Default)]
pub struct Import {
    reading: Reading,
    seen: Seen,
}

impl Import {
    /// An import that has read nothing yet.
    #[must_use]
    pub fn new(reading: Reading) -> Self {
        Self { reading, seen: Seen::default() }
    }

    /// How it reads.
    #[must_use]
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    /// Reads one input: accepted reports go to `accept` in batches, refused ones to `refuse` one by one, and the tally says
    /// how many of each there were. Memory is one batch and a window on the text, whatever the size of the input (Parquet: a
    /// row group); ids that do not rise are remembered, see [`Dedupe`].
    ///
    /// # Errors
    /// A missing, empty or unrecognised file; no column for position or date; syntax that cannot be read past; a file that as a
    /// whole is not what it was taken for. The message says which, where, and what to do.
    pub fn read(
        &mut self,
        input: &Input,
        accept: &mut Accept<'_>,
        refuse: &mut Refuse<'_>,
    ) -> Result<FileTally, IngestError> {
        let mut notices = Vec::new();
        let (mut records, format) = cursor(input, &self.reading, &mut notices)?;
        let name = input.name();
        let columns = match settle(&name, &*records, &self.reading, &mut notices) {
            Err(error) if records.names().is_empty() => {
                return FileTally::new(name, format, notices).without_columns(&mut *records, error, refuse);
            }
            columns => columns?,
        };
        records.select(&columns.wanted(), &columns.open());
        let (crs, is_followed) = crs(&name, &*records, &self.reading, &mut notices)?;
        let mut tally = FileTally::new(name, format, notices);
        tally.warn(Code::CrsMember, u64::from(is_followed));
        let path = match input {
            Input::Path(path) if path.is_file() => Some(path.as_path()),
            _ => None,
        };
        if path.is_none() && self.reading.dedupe != Dedupe::Off && self.seen.is_rising() {
            // What cannot be read a second time is remembered from the start.
            intake::remember(&mut self.seen, &self.reading, None);
        }
        let Self { reading, seen } = self;
        let mut intake = Intake::new(reading, columns, tally, seen, path, accept, refuse, crs);
        records.pour(&mut intake)?;
        intake.finish(records.remarks())
    }
}

/// Reads one input by itself, as [`Import::read`].
///
/// ```
/// use tensionmap::ingest::{read, Input, Reading};
/// let csv = b"lon,lat,date,category\n-1.12,52.64,2022-09-17,public_order\n,,2022-09-18,asb\n";
/// let mut incidents = Vec::new();
/// let input = Input::Bytes("log.csv".into(), csv.to_vec());
/// let tally = read(&input, &Reading::default(), &mut |batch| incidents.extend(batch.incidents()), &mut |_| Ok(()))?;
/// assert_eq!((tally.read, tally.accepted, tally.quarantined()), (2, 1, 1));
/// assert_eq!(incidents[0].when.start.to_string(), "2022-09-17");
/// # Ok::<(), tensionmap::error::IngestError>(())
/// ```
///
/// # Errors
/// As [`Import::read`].
pub fn read(
    input: &Input,
    reading: &Reading,
    accept: &mut Accept<'_>,
    refuse: &mut Refuse<'_>,
) -> Result<FileTally, IngestError> {
    Import::new(reading.clone()).read(input, accept, refuse)
}

/// A cursor over the records of an input, and its columns settled.
fn open(input: &Input, reading: &Reading) -> Result<(Box<dyn Records>, Columns), IngestError> {
    let mut notices = Vec::new();
    let (records, _) = cursor(input, reading, &mut notices)?;
    let columns = settle(&input.name(), &*records, reading, &mut notices)?;
    Ok((records, columns))
}

/// A cursor over the records of an input, and its format.
fn cursor(
    input: &Input,
    reading: &Reading,
    notices: &mut Vec<String>,
) -> Result<(Box<dyn Records>, &'static str), IngestError> {
    match (input, input.source()?) {
        (Input::Table(table), _) => Ok((table.open()?, "frame")),
        (_, Some(source)) => open_source(source, reading, notices),
        (_, None) => Err(IngestError::Empty { file: input.name() }),
    }
}

fn settle(
    name: &str,
    records: &dyn Records,
    reading: &Reading,
    notices: &mut Vec<String>,
) -> Result<Columns, IngestError> {
    Columns::settle(name, records.names(), records.has_geometry(), reading, notices)
}

fn open_source(
    source: Source,
    reading: &Reading,
    notices: &mut Vec<String>,
) -> Result<(Box<dyn Records>, &'static str), IngestError> {
    let source = source.encoded(reading.encoding);
    let extension = Path::new(source.name()).extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let decoded = reading.encoding.head(source.head());
    let by_content = FORMATS.iter().find(|format| format.recognises(source.head()) || format.recognises(&decoded));
    let by_name = |format: &&&dyn Format| format.is_by_extension() && format.extensions().contains(&extension.as_str());
    let format = by_content.or_else(|| FORMATS.iter().find(by_name)).ok_or_else(|| IngestError::UnknownFormat {
        file: source.name().to_owned(),
        head: shown_head(source.head()),
    })?;
    Ok((format.open(source, reading, notices)?, format.name()))
}

/// The reference system of a file's positions, and whether its own word was followed to another than WGS84.
fn crs(
    file: &str,
    records: &dyn Records,
    reading: &Reading,
    notices: &mut Vec<String>,
) -> Result<(Crs, bool), IngestError> {
    if let Some(crs) = reading.input_crs {
        return Ok((crs, false));
    }
    let Some(name) = records.crs() else { return Ok((Crs::default(), false)) };
    let crs = Crs::named(name).ok_or_else(|| IngestError::Crs { file: file.to_owned(), found: name.to_owned() })?;
    if crs == Crs::BritishNationalGrid {
        notices.push(format!("{file}: says it is in {}; brought to longitude and latitude through OSTN15", crs.id()));
    }
    Ok((crs, crs != Crs::Wgs84))
}

/// The first bytes of a file, safe to print.
fn shown_head(head: &[u8]) -> String {
    String::from_utf8_lossy(&head[..head.len().min(60)]).escape_debug().to_string()
}
