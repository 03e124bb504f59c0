//! Errors of a whole file; an error of one record is a [`Fault`](super::Fault).

use std::path::Path;

use super::Code;
use crate::invalid::Cause;
use crate::memory::OverBudget;
use crate::watch::Cancelled;

/// A file that cannot be read. Each message names the file and what to do; [`Self::code`] is stable.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are named for what they hold and shown in the message")]
pub enum FormatError {
    #[error("reading was stopped")]
    Cancelled(#[from] Cancelled),
    #[error("{file}: does not fit into the allowed memory")]
    Memory { file: String, source: OverBudget },
    #[error("{file}: cannot be read; check the path and that the file is readable and complete")]
    Io { file: String, source: std::io::Error },
    #[error("{file}: is a directory without Parquet files; expected files, or a folder of Parquet partitions")]
    Directory { file: String },
    #[error("{pattern}: matches no file; check the pattern, or name the files one by one")]
    NoMatch { pattern: String },
    #[error("{file}: is empty; expected reports as {}", super::known_formats(&[]))]
    Empty { file: String },
    #[error("{file}: is not in a known format (it begins with \"{head}\"); expected {known}")]
    UnknownFormat { file: String, head: String, known: String },
    #[error("{file}: {problem}")]
    Unreadable { file: String, problem: String },
    #[error("{file}: has no usable header: {problem}; expected one row with the name of each column")]
    Header { file: String, problem: String },
    #[error(
        "{file}: has more than {} columns or properties, as many as a sheet can have; export it with those that are needed alone",
        super::MAX_COLUMNS
    )]
    TooWide { file: String },
    #[error("{file}: line {line}, column {column}: {problem}; nothing after it can be trusted, so nothing was made")]
    Syntax { file: String, code: Code, line: u64, column: u64, problem: String },
    #[error(
        "{file}: line {line}, byte {byte}: 0x{found:02x} is not UTF-8 text; if the file has another encoding, name it, such as \
         --encoding windows-1252 or --encoding utf-16le"
    )]
    Encoding { file: String, line: u64, byte: u64, found: u8 },
    #[error(
        "{file}: line {line}: a quoted field begins here and runs over {lines} lines; is its closing quote missing? The records \
         after it cannot be separated, so nothing was made"
    )]
    OpenQuote { file: String, line: u64, lines: usize },
    #[error(
        "{file}: {read} compressed bytes became more than {written}, which no file of reports does; unpack it by hand if it is one"
    )]
    Ratio { file: String, read: u64, written: u64 },
    #[error("{file}: cannot be read as {format}; get it again, or export it anew")]
    Broken { file: String, format: &'static str, source: Cause },
    #[error(
        "{file}: record {record} has a property {name:?}, which none of the first {after} MiB has, so it was not looked for; \
         put a record with all properties first"
    )]
    LateColumn { file: String, record: u64, name: String, after: usize },
    #[error(
        "{file}: states the reference system {found} only after its features, when they had been read as longitude and latitude; \
         give --input-crs {system}, or of another file than of reports {file}@{system}"
    )]
    LateCrs { file: String, found: String, system: String },
    #[error(
        "{file}: has the reference system {found}; expected {expected}. If it is another, say so, such as {file}@EPSG:27700"
    )]
    Crs { file: String, found: String, expected: String },
}

impl FormatError {
    /// File or pattern at fault, as it was named.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::Cancelled(_) => None,
            Self::NoMatch { pattern } => Some(pattern),
            Self::Memory { file, .. }
            | Self::Io { file, .. }
            | Self::Directory { file }
            | Self::Empty { file }
            | Self::UnknownFormat { file, .. }
            | Self::Unreadable { file, .. }
            | Self::Header { file, .. }
            | Self::TooWide { file }
            | Self::Syntax { file, .. }
            | Self::Encoding { file, .. }
            | Self::OpenQuote { file, .. }
            | Self::Ratio { file, .. }
            | Self::Broken { file, .. }
            | Self::LateColumn { file, .. }
            | Self::LateCrs { file, .. }
            | Self::Crs { file, .. } => Some(file),
        }
    }

    /// A folder that is not one of Parquet partitions.
    pub(crate) fn folder(file: String) -> Self {
        let is_geodatabase =
            Path::new(&file).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gdb"));
        if !is_geodatabase {
            return Self::Directory { file };
        }
        let problem =
            "is an Esri file geodatabase; export its layer as GeoPackage, with ArcGIS, QGIS or ogr2ogr".to_owned();
        Self::Unreadable { file, problem }
    }

    /// A file that breaks the rules of its format.
    pub(crate) fn broken(file: &str, format: &'static str, source: impl Into<Cause>) -> Self {
        Self::Broken { file: file.to_owned(), format, source: source.into() }
    }

    /// The stable code; `tensionmap list codes` prints the meaning of each.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Cancelled(_) | Self::Io { .. } | Self::Directory { .. } | Self::NoMatch { .. } => Code::Io,
            Self::Memory { .. } => Code::Memory,
            Self::Empty { .. } => Code::Empty,
            Self::UnknownFormat { .. } | Self::Unreadable { .. } => Code::Format,
            Self::Header { .. } | Self::TooWide { .. } => Code::Header,
            Self::Syntax { code, .. } => *code,
            Self::Encoding { .. } => Code::Encoding,
            Self::OpenQuote { .. } => Code::CsvQuote,
            Self::Ratio { .. } => Code::Ratio,
            Self::Broken { .. } => Code::Broken,
            Self::LateColumn { .. } => Code::LateColumn,
            Self::LateCrs { .. } | Self::Crs { .. } => Code::CrsUnknown,
        }
    }
}
