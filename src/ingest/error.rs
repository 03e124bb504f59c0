//! Errors of a whole input of reports; an error of one record is a [`Fault`](crate::format::Fault).

use super::{Bbox, DateFormat, Role};
use crate::code::Code;
use crate::format::FormatError;
use crate::invalid::Cause;

/// Reports outside the place where they are expected.
#[derive(Debug)]
#[non_exhaustive]
pub struct Outside {
    /// Names of their files.
    pub files: String,
    /// Reports outside.
    pub count: u64,
    /// All reports.
    pub total: u64,
    /// Latitude and longitude of one of them.
    pub place: String,
}

/// Reports that cannot be read. Each message names the file and what to do; [`Self::code`] is stable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are named for what they hold and shown in the message")]
pub enum IngestError {
    #[error(transparent)]
    Format(#[from] FormatError),
    #[error(
        "{file}: cannot be used as a table of categories; expected TOML with [categories] and lines such as \"Label\" = \"asb\""
    )]
    Categories { file: String, source: Cause },
    #[error(
        "{file}: no column for {role}; found {found}; expected one named like {aliases}, or say which with --column {role}=NAME"
    )]
    NoColumn { file: String, role: Role, found: String, aliases: String },
    #[error(
        "{file}: no column for the position; found {found}; expected longitude and latitude, easting and northing, a position in one column \
         (position, lat-lon, lon-lat, grid-reference, wkt, geohash or h3), or a key (place) to look up with --gazetteer FILE; say which with --column \
         ROLE=NAME{advice}"
    )]
    NoPosition { file: String, found: String, advice: String },
    #[error(
        "{file}: {count} of its positions in {column:?} only make sense the other way round: read with the {first} first, they are \
         where no reports are expected; --column {role}={column:?} reads them so"
    )]
    SuspectOrder { file: String, column: String, count: u64, first: &'static str, role: Role },
    #[error("the gazetteer {file} cannot be used: {problem}")]
    Gazetteer { file: String, problem: String },
    #[error("{file}: --column {role}={name}: there is no such column; found {found}")]
    ColumnMissing { file: String, role: Role, name: String, found: String },
    #[error("{file}: --column {role}={name} cannot be followed: {why}")]
    ColumnIdle { file: String, role: Role, name: String, why: String },
    #[error("{file}: has no usable header: two columns are named {name:?}; expected each name once. Rename one")]
    ColumnTwice { file: String, name: String },
    #[error(
        "{file}: the column {name:?} for {role} is about people and is not read; if it must be, --allow-column {name:?} --reason \
         \"…\" says so in every result"
    )]
    DeniedColumn { file: String, role: Role, name: String },
    #[error("{file}: looks like {preset} and is not read: {why}. If it must be, give --preset {preset}")]
    DeniedLayout { file: String, preset: String, why: String },
    #[error(
        "{file}: has the reference system {found}; expected {expected}. If it really is in another, say which with --input-crs EPSG:N"
    )]
    Crs { file: String, found: String, expected: String },
    #[error("{file}: x≈{x:.0}, y≈{y:.0} {why}; {advice}")]
    SuspectCrs { file: String, x: f64, y: f64, why: &'static str, advice: String },
    #[error(
        "{file}: all of its {count} positions are elsewhere, and would be where reports are expected with latitude and longitude \
         swapped; {advice}, or say with --bbox WEST,SOUTH,EAST,NORTH where they belong"
    )]
    SuspectSwap { file: String, count: u64, advice: String },
    #[error(
        "{}: {} of {} positions, such as {}, are outside {expected}, and would be in it {remedy}: {way}; or say with --bbox {bbox} that they \
         are right",
        .outside.files, .outside.count, .outside.total, .outside.place
    )]
    SuspectPlace { outside: Box<Outside>, expected: String, remedy: String, way: String, bbox: Bbox },
    #[error(
        "{}: {} of {} reports, such as one at {}, are outside the study area ({area}); {advice}if they are right, --outside-area keep goes on \
         without them",
        .outside.files, .outside.count, .outside.total, .outside.place
    )]
    OutsideArea { outside: Box<Outside>, area: String, advice: String },
    #[error(
        "{file}: its dates, such as {found:?} in {column}, could be day/month or month/day; say which with --date-format {} or \
         --date-format {}", .ways[0], .ways[1]
    )]
    AmbiguousDates { file: String, column: String, found: String, ways: Box<[DateFormat; 2]> },
    #[error("{file}: {column} has {found}; they are {then}; give --date-format {fits}")]
    DateScale { file: String, column: String, found: String, then: String, fits: Box<DateFormat> },
    #[error(
        "{file}: the source column {column:?} has more than {max} names; expected the organisations that report, not the people reported. Choose another with --column \
         source=NAME"
    )]
    TooManySources { file: String, column: String, max: usize },
    #[error(
        "{file}: has {found}; expected each month of a source in one file. If one file revises the other, leave out the old one, \
         or name it first and give --revised replace; if both are parts of one month, --revised keep counts both"
    )]
    Revised { file: String, found: String },
    #[error(
        "{file}: is {other} byte for byte, and its {count} records would count twice; name one of the two, or leave that to \
         --revised replace (--revised keep counts both)"
    )]
    Copy { file: String, other: String, count: u64 },
    #[error("{file}: {problem} ({reasons}); {advice}")]
    EmptyInput { file: String, problem: String, reasons: String, advice: String },
    #[error("none of the {read} records could be used ({reasons}); {advice}")]
    NothingAccepted { read: u64, reasons: String, advice: String },
    #[error("{file}: the quarantine file cannot be written; free some space or choose another place with --quarantine")]
    Quarantine { file: String, source: std::io::Error },
}

impl IngestError {
    /// File at fault, as it was named; `None` if it is all of them.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::Format(error) => error.file(),
            Self::NothingAccepted { .. } => None,
            Self::SuspectPlace { outside, .. } | Self::OutsideArea { outside, .. } => Some(&outside.files),
            Self::Categories { file, .. }
            | Self::NoColumn { file, .. }
            | Self::NoPosition { file, .. }
            | Self::SuspectOrder { file, .. }
            | Self::Gazetteer { file, .. }
            | Self::ColumnMissing { file, .. }
            | Self::ColumnIdle { file, .. }
            | Self::ColumnTwice { file, .. }
            | Self::DeniedColumn { file, .. }
            | Self::DeniedLayout { file, .. }
            | Self::Crs { file, .. }
            | Self::SuspectCrs { file, .. }
            | Self::SuspectSwap { file, .. }
            | Self::AmbiguousDates { file, .. }
            | Self::DateScale { file, .. }
            | Self::TooManySources { file, .. }
            | Self::Revised { file, .. }
            | Self::Copy { file, .. }
            | Self::EmptyInput { file, .. }
            | Self::Quarantine { file, .. } => Some(file),
        }
    }

    /// The stable code; `tensionmap list codes` prints the meaning of each.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Format(error) => error.code(),
            Self::Categories { .. } => Code::Format,
            Self::ColumnTwice { .. } => Code::Header,
            Self::NoColumn { .. }
            | Self::NoPosition { .. }
            | Self::Gazetteer { .. }
            | Self::ColumnMissing { .. }
            | Self::ColumnIdle { .. } => Code::Column,
            Self::DeniedColumn { .. } => Code::DeniedColumn,
            Self::DeniedLayout { .. } => Code::DeniedLayout,
            Self::Crs { .. } => Code::CrsUnknown,
            Self::SuspectCrs { .. } => Code::SuspectCrs,
            Self::SuspectSwap { .. } | Self::SuspectOrder { .. } | Self::SuspectPlace { .. } => Code::SuspectSwap,
            Self::OutsideArea { .. } => Code::OutsideArea,
            Self::AmbiguousDates { .. } => Code::DateFormat,
            Self::DateScale { .. } => Code::DateScale,
            Self::TooManySources { .. } => Code::TooManySources,
            Self::Revised { .. } | Self::Copy { .. } => Code::Revised,
            Self::EmptyInput { .. } | Self::NothingAccepted { .. } => Code::NothingAccepted,
            Self::Quarantine { .. } => Code::Quarantine,
        }
    }
}
