//! Records: a cursor over rows with named columns, and values without a meaning yet.

use std::any::Any;
use std::fmt;
use std::hash::BuildHasher;

use foldhash::quality::FixedState;
use geojson::{GeometryValue, Position};

use super::{Code, FormatError};
use crate::incident::Day;
use crate::rounding::legible;

/// A value as a format delivers it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Field<'a> {
    /// No value.
    Null,
    /// Text, not trimmed.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Number(f64),
    /// A calendar day.
    Day(Day),
    /// A moment in time, in seconds since 1970-01-01T00:00:00Z.
    Instant(i64),
    /// A local date and time without a zone, in seconds since 1970-01-01T00:00:00 on the same clock.
    Local(i64),
    /// A point geometry as the file gives it, longitude (or easting) first.
    Point(f64, f64),
    /// The one point of a `MultiPoint` or of a `GeometryCollection`, like [`Self::Point`].
    OnlyPoint(f64, f64),
    /// A value that cannot be used, named for the message.
    Other(&'a str),
}

impl Field<'_> {
    /// The value as evidence in a message.
    #[must_use]
    pub fn displayed(&self) -> String {
        let moment = |seconds: i64| jiff::Timestamp::from_second(seconds).ok();
        match *self {
            Self::Null => String::new(),
            Self::Text(text) | Self::Other(text) => text.to_owned(),
            Self::Integer(number) => number.to_string(),
            Self::Number(number) => legible(number),
            Self::Day(day) => day.to_string(),
            Self::Instant(seconds) => moment(seconds).map_or_else(|| seconds.to_string(), |at| at.to_string()),
            Self::Local(seconds) => moment(seconds)
                .map_or_else(|| seconds.to_string(), |at| jiff::tz::TimeZone::UTC.to_datetime(at).to_string()),
            Self::Point(x, y) | Self::OnlyPoint(x, y) => format!("[{},{}]", legible(x), legible(y)),
        }
    }

    /// True for null and for text of white space only.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(text) => text.trim_ascii().is_empty(),
            _ => false,
        }
    }
}

/// The geometry of a record, where only points can be used.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum PointGeometry {
    #[default]
    None,
    Point(f64, f64),
    /// The one point of a `MultiPoint` or of a `GeometryCollection`.
    OnlyPoint(f64, f64),
    /// Another type, by name.
    Other(String),
}

impl PointGeometry {
    /// The geometry as a value.
    #[inline]
    pub(crate) fn field(&self) -> Field<'_> {
        match self {
            Self::None => Field::Null,
            Self::Point(x, y) => Field::Point(*x, *y),
            Self::OnlyPoint(x, y) => Field::OnlyPoint(*x, *y),
            Self::Other(kind) => Field::Other(kind),
        }
    }
}

/// Zero point and zone of a number of days or seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    /// Days since 1970-01-01, wherever.
    Calendar,
    /// Seconds since 1970-01-01T00:00:00Z.
    Utc,
    /// Seconds since 1970-01-01T00:00:00 on a local clock.
    Local,
}

/// Position of a record in its file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FilePosition {
    /// Line of its first byte, from 1; `None` where a format has no lines.
    pub line: Option<u64>,
    /// Byte at which it begins, from 0, in the decompressed file; `None` where a format has no such place.
    pub byte: Option<u64>,
}

/// Why one record cannot be accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Code under which it is counted.
    pub code: Code,
    /// Column at fault, empty for the whole record.
    pub column: String,
    /// Evidence.
    pub found: String,
    /// Expectation.
    pub expected: String,
}

impl Fault {
    /// A fault, boxed: it is the rare way out of a hot path.
    #[must_use]
    #[cold]
    pub fn new(code: Code, column: &str, found: impl fmt::Display, expected: impl fmt::Display) -> Box<Self> {
        Box::new(Self { code, column: column.to_owned(), found: shortened(found), expected: expected.to_string() })
    }

    /// Sets the column.
    #[cold]
    pub(crate) fn in_column(mut self: Box<Self>, column: &str) -> Box<Self> {
        column.clone_into(&mut self.column);
        self
    }
}

/// Evidence in a message is at most 200 characters; the raw record has the rest.
fn shortened(found: impl fmt::Display) -> String {
    let mut text = found.to_string();
    if let Some((end, _)) = text.char_indices().nth(200) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// Outcome of [`Records::advance`].
#[derive(Debug)]
pub enum Step {
    /// A record; its fields can be read.
    Record,
    /// A record that is broken as a whole.
    Broken(Box<Fault>),
    /// The end of the input.
    End,
}

/// Columns of an input, and what it states about all records.
#[derive(Clone, Debug, Default)]
pub struct TableHeader {
    /// Names of the columns, in file order.
    pub names: Vec<String>,
    /// True if records have a geometry beside their columns.
    pub has_geometry: bool,
    /// True if the format cuts names of columns after ten letters, as shapefiles do.
    pub has_cut_names: bool,
    /// The reference system the file states for its geometries.
    pub crs: Option<String>,
    /// JSON metadata of a layer that tensionmap saved; complete at the end of the file.
    pub metadata: Option<String>,
}

/// A cursor over the records of one input.
pub trait Records: Any {
    /// Columns and statements of the input.
    fn header(&self) -> &TableHeader;

    /// Names of the columns, in file order.
    fn names(&self) -> &[String] {
        &self.header().names
    }

    /// Selects, once and before the first record, the columns to be read. A property whose folded
    /// name is in `late` is an error when it first appears after the columns are known.
    fn select(&mut self, _wanted: &[bool], _late: &[&'static str]) {}

    /// Moves to the next record.
    ///
    /// # Errors
    /// When nothing after this position can be trusted: broken syntax, a truncated stream, a failing disk.
    fn advance(&mut self) -> Result<Step, FormatError>;

    /// The current record's value in a column, by index into [`Self::names`].
    fn field(&self, column: usize) -> Field<'_>;

    /// The current record's geometry.
    fn geometry(&self) -> Field<'_> {
        Field::Null
    }

    /// The current record's geometry of any type, in the reference system of the file; only of an input that was opened for more
    /// than points.
    ///
    /// # Errors
    /// A geometry of a type that is not read, or damaged.
    fn shape(&self) -> Result<Option<GeometryValue>, Box<Fault>> {
        match self.geometry() {
            Field::Null => Ok(None),
            Field::Point(x, y) | Field::OnlyPoint(x, y) => {
                Ok(Some(GeometryValue::Point { coordinates: Position::from([x, y]) }))
            }
            other => Err(Fault::new(Code::GeomType, "geometry", other.displayed(), "points, lines or polygons")),
        }
    }

    /// The current record's id, where the format has a place for one beside the columns.
    fn id(&self) -> Field<'_> {
        Field::Null
    }

    /// Position of the current record.
    fn position(&self) -> FilePosition {
        FilePosition::default()
    }

    /// The current record as evidence for the quarantine file.
    fn raw(&self) -> String {
        let geometry = self.header().has_geometry.then(|| self.geometry().displayed());
        let values = (0..self.names().len()).map(|column| self.field(column).displayed());
        geometry.into_iter().chain(values).collect::<Vec<_>>().join(",")
    }

    /// Hash of the current record.
    fn fingerprint(&self) -> u64 {
        fingerprint(self.raw().as_bytes())
    }

    /// Warnings about the whole file and how often each applies; complete at its end.
    fn warnings(&self) -> Vec<(Code, u64)> {
        Vec::new()
    }

    /// Sentences on the whole file, each with its name; complete at its end.
    fn notices(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Hash of the bytes of a record. Two different records share it about once in 10¹⁹ pairs.
pub(crate) fn fingerprint(record: &[u8]) -> u64 {
    FixedState::default().hash_one(record)
}
