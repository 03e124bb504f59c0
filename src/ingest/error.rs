//! What can be wrong with a whole input; what is wrong with one record is a [`Fault`](super::Fault).

use super::{FORMATS, Role};
use crate::error::Cause;

/// Reports could not be read. Each message names the file and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are named for what they hold and shown in the message")]
pub enum IngestError {
    #[error("{file}: cannot be read; check the path and that the file is readable and complete")]
    Io { file: String, source: std::io::Error },
    #[error("{file}: is a directory; expected a file (give the files in it one by one)")]
    Directory { file: String },
    #[error("{file}: is empty; expected reports as {}", known_formats())]
    Empty { file: String },
    #[error("{file}: is not a format that is read (it begins with \"{head}\"); expected {}", known_formats())]
    UnknownFormat { file: String, head: String },
    #[error("{file}: holds no records; expected at least one after the {format} header")]
    NoRecords { file: String, format: &'static str },
    #[error(
        "{file}: no column for {role}; found {found}; expected one named like {aliases}, or say which with --column {role}=NAME"
    )]
    NoColumn { file: String, role: Role, found: String, aliases: String },
    #[error("{file}: --column {role}={name}: there is no such column; found {found}")]
    ColumnMissing { file: String, role: Role, name: String, found: String },
    #[error("{file}: two columns are named {name:?}, so the one for {role} cannot be told; rename one")]
    ColumnTwice { file: String, name: String, role: Role },
    #[error(
        "{file}: line {line}, column {column}: broken {format}: {problem}; nothing after it can be trusted, so nothing was made"
    )]
    Syntax { file: String, format: &'static str, line: u64, column: u64, problem: String },
    #[error(
        "{file}: line {line}: a quoted field begins here and runs over {lines} lines; is its closing quote missing? The records \
         after it cannot be told apart, so nothing was made"
    )]
    OpenQuote { file: String, line: u64, lines: usize },
    #[error("{file}: cannot be read as {format}")]
    Broken { file: String, format: &'static str, source: Cause },
    #[error(
        "{file}: record {record} has a property {name:?}, which none of the first {after} MiB has, so it was not looked for; \
         put a record with all properties first"
    )]
    LateColumn { file: String, record: u64, name: String, after: usize },
    #[error(
        "{file}: has the reference system {found}; expected WGS84 longitude and latitude (EPSG:4326). Convert it first"
    )]
    Crs { file: String, found: String },
    #[error("none of the {read} records could be used ({reasons}); {advice}")]
    NothingAccepted { read: u64, reasons: String, advice: String },
    #[error("{file}: the quarantine file cannot be written; free some space or choose another place with --quarantine")]
    Quarantine { file: String, source: std::io::Error },
}

fn known_formats() -> String {
    let names: Vec<&str> = FORMATS.iter().map(|format| format.name()).collect();
    format!("{} (plain or .gz)", names.join(", "))
}
