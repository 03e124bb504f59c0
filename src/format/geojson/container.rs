//! Syntax around the records of a JSON document: members before and after, commas, separators.

use super::json::{Cursor, Json, JsonError};
use super::part::PartStatements;
use crate::format::crs;

/// Container of the records.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Container {
    Collection,
    Array,
    Sequence,
}

/// Progress of a reader in a container.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum ReadState {
    /// Before its first record.
    First,
    /// After one.
    Next,
    /// Beyond its end.
    Done,
}

/// Next item of a container.
pub(super) enum NextRecord {
    /// A record at this distance.
    Record(usize),
    /// The end of the container at this distance.
    End(usize),
}

pub(super) fn shifted(error: JsonError, by: usize) -> JsonError {
    match error {
        JsonError::Syntax(at, problem) => JsonError::Syntax(at + by, problem),
        JsonError::Depth(at) => JsonError::Depth(at + by),
        JsonError::Incomplete => error,
    }
}

/// Looks for the next item of a container.
#[inline]
pub(super) fn next(text: &str, container: Container, state: ReadState) -> Json<NextRecord> {
    let mut cursor = Cursor::new(text);
    if container == Container::Sequence {
        cursor.at = text.len() - text.trim_start_matches(['\u{1e}', ' ', '\t', '\r', '\n']).len();
        return if cursor.at == text.len() { Err(JsonError::Incomplete) } else { Ok(NextRecord::Record(cursor.at)) };
    }
    let byte = cursor.peek()?;
    if byte == b']' {
        return Ok(NextRecord::End(cursor.at + 1));
    }
    if state != ReadState::First {
        cursor.take(b',', "expected `,` or `]` after a record")?;
        if cursor.peek()? == b']' {
            return Err(JsonError::Syntax(cursor.at, "a comma before the closing bracket"));
        }
    }
    Ok(NextRecord::Record(cursor.at))
}

/// The members of a document that are not its features.
#[derive(Default)]
pub(super) struct DocumentMembers {
    pub(super) kind: Option<String>,
    pub(super) crs: Option<String>,
    /// The member `tensionmap`, as it is written.
    pub(super) metadata: Option<String>,
    pub(super) part: PartStatements,
    /// Bytes up to and with the `[` of the features; of the tail, up to its end.
    pub(super) features: Option<usize>,
}

/// The members of a document up to its features, if it has any.
pub(super) fn envelope(text: &str) -> Json<DocumentMembers> {
    let mut cursor = Cursor::new(text);
    cursor.peek()?;
    let mut first = cursor.enter()?;
    let mut envelope = DocumentMembers::default();
    while cursor.goes_on(b'}', &mut first)? {
        if member(&mut cursor, &mut envelope)? {
            envelope.features = Some(cursor.at + 1);
            break;
        }
    }
    Ok(envelope)
}

/// The members after the features, and the document's closing bracket.
pub(super) fn tail(text: &str) -> Json<DocumentMembers> {
    let mut cursor = Cursor::new(text);
    let (mut first, mut tail) = (false, DocumentMembers::default());
    while cursor.goes_on(b'}', &mut first)? {
        if member(&mut cursor, &mut tail)? {
            return Err(JsonError::Syntax(cursor.at, "a second array of features"));
        }
    }
    tail.features = Some(cursor.at);
    Ok(tail)
}

/// One member; true when it is the features, whose `[` is next.
fn member(cursor: &mut Cursor<'_>, envelope: &mut DocumentMembers) -> Json<bool> {
    let key = cursor.key()?;
    let byte = cursor.peek()?;
    match &*key {
        "features" if byte == b'[' => return Ok(true),
        "type" if byte == b'"' => envelope.kind = Some(cursor.string()?.into_owned()),
        "crs" => envelope.crs = crs::named(cursor.value_text()?),
        "tensionmap" => envelope.metadata = Some(cursor.value_text()?.to_owned()),
        key if PartStatements::is_one(key) => envelope.part.see(key, cursor.value_text()?),
        _ => cursor.skip()?,
    }
    Ok(false)
}
