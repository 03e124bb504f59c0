//! What can be wrong with a whole input; what is wrong with one record is a [`Fault`](super::Fault).

use super::{Code, Role};
use crate::invalid::Cause;
use crate::memory::OverBudget;

/// Reports could not be read. Each message names the file and what to do; [`Self::code`] is stable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are named for what they hold and shown in the message")]
pub enum IngestError {
    #[error("{file}: does not fit into the memory that is allowed")]
    Memory { file: String, source: OverBudget },
    #[error("{file}: cannot be read; check the path and that the file is readable and complete")]
    Io { file: String, source: std::io::Error },
    #[error("{file}: is a directory without Parquet files; expected files, or a folder of Parquet partitions")]
    Directory { file: String },
    #[error("{pattern}: matches no file; check the pattern, or name the files one by one")]
    NoMatch { pattern: String },
    #[error("{file}: is empty; expected reports as {}", super::known_formats())]
    Empty { file: String },
    #[error("{file}: is not a format that is read (it begins with \"{head}\"); expected {}", super::known_formats())]
    UnknownFormat { file: String, head: String },
    #[error("{file}: {problem}")]
    Format { file: String, problem: String },
    #[error("{file}: has no usable header: {problem}; expected one row with the name of each column")]
    Header { file: String, problem: String },
    #[error(
        "{file}: no column for {role}; found {found}; expected one named like {aliases}, or say which with --column {role}=NAME"
    )]
    NoColumn { file: String, role: Role, found: String, aliases: String },
    #[error("{file}: --column {role}={name}: there is no such column; found {found}")]
    ColumnMissing { file: String, role: Role, name: String, found: String },
    #[error(
        "{file}: has no usable header: two columns are named {name:?}, and which is meant cannot be told; rename one"
    )]
    ColumnTwice { file: String, name: String },
    #[error(
        "{file}: the column {name:?} for {role} is about people and is not read; if it must be, --allow-column {name:?} --reason \
         \"…\" says so in every result"
    )]
    DeniedColumn { file: String, role: Role, name: String },
    #[error("{file}: looks like {preset} and is not read: {why}. If it must be, --preset {preset} says so")]
    DeniedLayout { file: String, preset: String, why: String },
    #[error("{file}: line {line}, column {column}: {problem}; nothing after it can be trusted, so nothing was made")]
    Syntax { file: String, code: Code, line: u64, column: u64, problem: String },
    #[error(
        "{file}: line {line}, byte {byte}: 0x{found:02x} is not UTF-8 text; if the file has another encoding, name it, such as \
         --encoding windows-1252 or --encoding utf-16le"
    )]
    Encoding { file: String, line: u64, byte: u64, found: u8 },
    #[error(
        "{file}: line {line}: a quoted field begins here and runs over {lines} lines; is its closing quote missing? The records \
         after it cannot be told apart, so nothing was made"
    )]
    OpenQuote { file: String, line: u64, lines: usize },
    #[error(
        "{file}: {read} compressed bytes became more than {written}, which no file of reports does; unpack it by hand if it is one"
    )]
    Ratio { file: String, read: u64, written: u64 },
    #[error("{file}: cannot be read as {format}")]
    Broken { file: String, format: &'static str, source: Cause },
    #[error(
        "{file}: record {record} has a property {name:?}, which none of the first {after} MiB has, so it was not looked for; \
         put a record with all properties first, or say what it is with --column"
    )]
    LateColumn { file: String, record: u64, name: String, after: usize },
    #[error(
        "{file}: has the reference system {found}; expected EPSG:4326 (longitude and latitude) or EPSG:27700. Convert it first, or \
         say what it really is with --input-crs"
    )]
    Crs { file: String, found: String },
    #[error(
        "{file}: states the reference system {found} only after its features, when they had been read as longitude and latitude; \
         give --input-crs"
    )]
    LateCrs { file: String, found: String },
    #[error("{file}: x≈{x:.0}, y≈{y:.0} are no longitude and latitude; they look like {likely}")]
    SuspectCrs { file: String, x: f64, y: f64, likely: &'static str },
    #[error(
        "{file}: all of its {count} positions are elsewhere, and would be where reports are expected with latitude and longitude \
         swapped; correct the columns (--column longitude=… --column latitude=…), or say with --bbox WEST,SOUTH,EAST,NORTH where \
         they belong"
    )]
    SuspectSwap { file: String, count: u64 },
    #[error(
        "{file}: its dates, such as {found:?} in {column}, could be day/month or month/day; say which with --date-format %d/%m/%Y \
         or --date-format %m/%d/%Y"
    )]
    AmbiguousDates { file: String, column: String, found: String },
    #[error(
        "{file}: the source column {column:?} holds more than {most} names; a source is who reports, not who is reported"
    )]
    TooManySources { file: String, column: String, most: usize },
    #[error("none of the {read} records could be used ({reasons}); {advice}")]
    NothingAccepted { read: u64, reasons: String, advice: String },
    #[error("{file}: the quarantine file cannot be written; free some space or choose another place with --quarantine")]
    Quarantine { file: String, source: std::io::Error },
}

impl IngestError {
    /// The stable code; `tensionmap list codes` says what each means.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Io { .. } | Self::Directory { .. } | Self::NoMatch { .. } => Code::Io,
            Self::Memory { .. } => Code::Memory,
            Self::Empty { .. } => Code::Empty,
            Self::UnknownFormat { .. } | Self::Format { .. } => Code::Format,
            Self::Header { .. } | Self::ColumnTwice { .. } => Code::Header,
            Self::NoColumn { .. } | Self::ColumnMissing { .. } => Code::Column,
            Self::DeniedColumn { .. } => Code::DeniedColumn,
            Self::DeniedLayout { .. } => Code::DeniedLayout,
            Self::Syntax { code, .. } => *code,
            Self::Encoding { .. } => Code::Encoding,
            Self::OpenQuote { .. } => Code::CsvQuote,
            Self::Ratio { .. } => Code::Ratio,
            Self::Broken { .. } => Code::Broken,
            Self::LateColumn { .. } => Code::LateColumn,
            Self::Crs { .. } | Self::LateCrs { .. } => Code::CrsUnknown,
            Self::SuspectCrs { .. } => Code::SuspectCrs,
            Self::SuspectSwap { .. } => Code::SuspectSwap,
            Self::AmbiguousDates { .. } => Code::DateFormat,
            Self::TooManySources { .. } => Code::TooManySources,
            Self::NothingAccepted { .. } => Code::NothingAccepted,
            Self::Quarantine { .. } => Code::Quarantine,
        }
    }
}
