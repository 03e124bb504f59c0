//! Templates of JSON records. Records of one program have equal keys, brackets and spaces, and differ in their values. A template
//! is the text of a record without its values; in a record that fits one, only the values are parsed.
//!
//! Exact by construction: where the text between the values is the same to the byte, so is the structure. A value is
//! only ever replaced by a scalar. A record that does not fit is left to [`ParsedRecord::record`].

use super::feature::{JsonValue, ParsedRecord, ValueUse};
use super::json::plain_end;
use crate::format::number;
use crate::format::record::PointGeometry;

/// Layout of a record.
#[derive(Debug)]
pub(super) struct Template {
    /// Text before a value, and the value's use.
    parts: Vec<(String, ValueUse)>,
    /// Text after the last value.
    tail: String,
    geometry: PointGeometry,
    /// Slots whose value is a part of the look: nothing there, or something that holds others.
    fixed: Vec<(usize, JsonValue)>,
    has_id: bool,
}

impl Template {
    /// The template of a record that has been taken apart.
    pub(super) fn new(record: &str, parsed: &ParsedRecord) -> Self {
        let mut at = 0;
        let mut parts = Vec::with_capacity(parsed.marks.len());
        for &(from, to, purpose) in &parsed.marks {
            parts.push((record[at..from].to_owned(), purpose));
            at = to;
        }
        let has = |wanted: ValueUse| parts.iter().any(|(_, purpose)| *purpose == wanted);
        let fixed = parsed.values.iter().cloned().enumerate().filter(|(slot, _)| !has(ValueUse::Slot(*slot as u32)));
        let (tail, geometry) = (record[at..].to_owned(), parsed.geometry.clone());
        Self { tail, geometry, fixed: fixed.collect(), has_id: has(ValueUse::Id), parts }
    }

    /// Fills `parsed` with the values of the record at the start of `text`. Returns the record's length, or `None` if
    /// it does not fit and `parsed` is to be filled anew.
    #[inline]
    pub(super) fn fill(&self, text: &str, parsed: &mut ParsedRecord) -> Option<usize> {
        let bytes = text.as_bytes();
        let (mut at, mut point) = (0, [0.0; 2]);
        for (before, purpose) in &self.parts {
            if !bytes.get(at..)?.starts_with(before.as_bytes()) {
                return None;
            }
            at += before.len();
            let value = match bytes.get(at)? {
                b'"' => {
                    let from = at + 1;
                    let to = from + plain_end(bytes.get(from..)?)?;
                    if bytes[to] != b'"' {
                        return None;
                    }
                    at = to + 1;
                    JsonValue::Plain(from as u32, to as u32)
                }
                b'n' if bytes[at..].starts_with(b"null") => {
                    at += 4;
                    JsonValue::Null
                }
                _ => {
                    let (number, length) = number::json(text.get(at..)?)?;
                    at += length;
                    match purpose {
                        ValueUse::Lng => point[0] = number.as_f64(),
                        ValueUse::Lat => point[1] = number.as_f64(),
                        _ => {}
                    }
                    JsonValue::Number(number)
                }
            };
            match *purpose {
                ValueUse::Slot(slot) => *parsed.values.get_mut(slot as usize)? = value,
                ValueUse::Id => parsed.id = value,
                ValueUse::Lng | ValueUse::Lat | ValueUse::Height if !matches!(value, JsonValue::Number(_)) => {
                    return None;
                }
                ValueUse::Lng | ValueUse::Lat | ValueUse::Height | ValueUse::Nothing => {}
            }
        }
        if !bytes.get(at..)?.starts_with(self.tail.as_bytes()) {
            return None;
        }
        for (slot, value) in &self.fixed {
            parsed.values[*slot].clone_from(value);
        }
        if !self.has_id {
            parsed.id = JsonValue::Null;
        }
        match (&self.geometry, &mut parsed.geometry) {
            (PointGeometry::Point(..), geometry) => *geometry = PointGeometry::Point(point[0], point[1]),
            (same, geometry) => geometry.clone_from(same),
        }
        Some(at + self.tail.len())
    }
}

/// The templates of a file's latest records.
#[derive(Debug, Default)]
pub(super) struct Templates {
    known: Vec<Template>,
    hits: u64,
    misses: u64,
}

impl Templates {
    /// Kinds of records that are remembered: a file written by a program has one or a few.
    const MAX_KNOWN: usize = 4;

    /// Fills with the first [template](Template::fill) that fits; a record that fits none may leave values behind.
    #[inline]
    pub(super) fn fill(&mut self, text: &str, parsed: &mut ParsedRecord) -> Option<usize> {
        for (index, template) in self.known.iter().enumerate() {
            if let Some(length) = template.fill(text, parsed) {
                self.hits += 1;
                if index > 0 {
                    self.known.swap(index - 1, index);
                }
                return Some(length);
            }
        }
        None
    }

    /// Learns what a record looks like, unless the file's records look like nothing in particular.
    pub(super) fn learn(&mut self, record: &str, parsed: &ParsedRecord) {
        self.misses += 1;
        if self.misses > 64 + self.hits / 4 {
            self.known.clear();
            return;
        }
        if self.known.len() == Self::MAX_KNOWN {
            self.known.pop();
        }
        self.known.insert(0, Template::new(record, parsed));
    }
}
