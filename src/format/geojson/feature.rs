//! One JSON record: a GeoJSON feature, or an object whose members are the columns; nested objects count as `outer.inner`.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::json::{Cursor, Json, Scalar};
use crate::format::names::folded;
use crate::format::number::Number;
use crate::format::record::PointGeometry;
use crate::format::{Code, Fault, Field, MAX_COLUMNS};

/// Kind of the records of a file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum RecordKind {
    /// GeoJSON features.
    Feature,
    /// Objects.
    Object,
    /// Geometries, without the properties of a report.
    Geometry,
}

/// A value of a record; text without escapes is a stretch of the record itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum JsonValue {
    #[default]
    Null,
    Plain(u32, u32),
    Text(String),
    Number(Number),
    /// An array of two numbers or more, as it is written: it may be a position.
    Array(String),
    Other(&'static str),
}

/// Names of the columns, and the selected ones.
#[derive(Debug, Default)]
pub(super) struct PropertyNames {
    /// Those met so far, until the header takes them.
    pub(super) list: Vec<String>,
    index: FxHashMap<String, u32>,
    /// Place of a column's value in [`ParsedRecord::values`].
    slots: Vec<Option<u32>>,
    /// Folded names of missing columns: one that turns up later must not be lost in silence.
    late: Vec<&'static str>,
    pub(super) is_selected: bool,
}

impl PropertyNames {
    pub(super) fn select(&mut self, wanted: &[bool], late: &[&'static str]) -> usize {
        let mut next = 0_u32..;
        self.slots = wanted.iter().map(|&wanted| wanted.then(|| next.next()).flatten()).collect();
        self.late = late.to_vec();
        self.is_selected = true;
        next.start as usize
    }

    pub(super) fn slot(&self, column: usize) -> Option<usize> {
        self.slots.get(column).copied().flatten().map(|slot| slot as usize)
    }
}

/// Use of a value of a record.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum ValueUse {
    Nothing,
    Slot(u32),
    Lng,
    Lat,
    /// A further coordinate; it must be a number.
    Height,
    Id,
}

/// A parsed record. It is reused, so that nothing is allocated for each record.
#[derive(Debug, Default)]
pub(super) struct ParsedRecord {
    pub(super) values: Vec<JsonValue>,
    pub(super) id: JsonValue,
    pub(super) geometry: PointGeometry,
    /// Position and use of each scalar value.
    pub(super) marks: Vec<(usize, usize, ValueUse)>,
    /// True for a key that was met already, by slot.
    is_met: Vec<bool>,
    /// Fault of the record as a whole.
    pub(super) fault: Option<Box<Fault>>,
    /// A property that would have had a role.
    pub(super) late: Option<String>,
}

impl ParsedRecord {
    pub(super) fn clear(&mut self, slots: usize) {
        self.values.clear();
        self.values.resize(slots, JsonValue::Null);
        self.is_met.clear();
        self.is_met.resize(slots, false);
        (self.id, self.geometry, self.fault) = (JsonValue::Null, PointGeometry::None, None);
        self.marks.clear();
    }

    fn wrong(&mut self, code: Code, column: &str, found: impl std::fmt::Display, expected: &str) {
        self.fault.get_or_insert_with(|| Fault::new(code, column, found, expected));
    }

    /// Parses the record at the cursor. Errors of its meaning go to `fault`.
    pub(super) fn record(&mut self, cursor: &mut Cursor<'_>, shape: RecordKind, names: &mut PropertyNames) -> Json<()> {
        if cursor.peek()? != b'{' {
            self.wrong(Code::Structure, "", cursor.value_text()?, "an object in `{}`");
            return Ok(());
        }
        match shape {
            RecordKind::Feature => self.feature(cursor, names),
            RecordKind::Object => self.members(cursor, names, ""),
            RecordKind::Geometry => {
                self.wrong(Code::NoProperties, "", "a bare geometry", "a Feature with a date among its properties");
                cursor.skip()
            }
        }
    }

    fn feature(&mut self, cursor: &mut Cursor<'_>, names: &mut PropertyNames) -> Json<()> {
        let (mut first, mut has) = (cursor.enter()?, [false; 4]);
        while cursor.goes_on(b'}', &mut first)? {
            let key = cursor.key()?;
            let known = ["type", "geometry", "properties", "id"].iter().position(|&known| known == key);
            if let Some(known) = known
                && std::mem::replace(&mut has[known], true)
            {
                self.wrong(Code::DupKey, &key, "the key twice", "each key once");
            }
            match known {
                Some(0) => {
                    let is_text = cursor.peek()? == b'"';
                    let kind = if is_text { cursor.string()? } else { cursor.value_text()?.into() };
                    if !is_text || kind != "Feature" {
                        self.wrong(Code::Structure, "type", "another type", "\"type\": \"Feature\"");
                    }
                }
                Some(1) => self.geometry(cursor)?,
                Some(2) if cursor.peek()? == b'{' => self.members(cursor, names, "")?,
                Some(2) => {
                    let found = cursor.value_text()?;
                    if found != "null" {
                        self.wrong(Code::Structure, "properties", found, "an object or null");
                    }
                }
                // Only numbers and text identify a record.
                Some(_) => {
                    let id = self.value(cursor, ValueUse::Id)?;
                    self.id = id.filter(|id| !matches!(id, JsonValue::Other(_))).unwrap_or_default();
                }
                None => cursor.skip()?,
            }
        }
        if !has[0] {
            self.wrong(Code::Structure, "type", "none", "\"type\": \"Feature\"");
        }
        Ok(())
    }

    /// The members of an object as columns. Goes into nested objects, no deeper than the cursor lets it.
    fn members(&mut self, cursor: &mut Cursor<'_>, names: &mut PropertyNames, prefix: &str) -> Json<()> {
        let (mut first, mut keys) = (cursor.enter()?, 0);
        while cursor.goes_on(b'}', &mut first)? {
            keys += 1;
            let key = cursor.key()?;
            let name = if prefix.is_empty() { key } else { Cow::Owned(format!("{prefix}.{key}")) };
            if cursor.peek()? == b'{' {
                self.members(cursor, names, &name)?;
                continue;
            }
            let Some(slot) = self.column(names, &name) else {
                self.value(cursor, ValueUse::Nothing)?;
                continue;
            };
            let value = if cursor.peek()? == b'[' {
                JsonValue::array(cursor.value_text()?)
            } else {
                self.value(cursor, ValueUse::Slot(slot))?.unwrap_or_default()
            };
            let slot = slot as usize;
            if std::mem::replace(&mut self.is_met[slot], true) {
                self.wrong(Code::DupKey, &name, "the key twice", "each key once");
            }
            self.values[slot] = value;
        }
        if keys > MAX_COLUMNS {
            self.wrong(Code::Structure, "properties", format!("{keys} of them"), &format!("at most {MAX_COLUMNS}"));
        }
        Ok(())
    }

    /// The slot of a column's value, if it is selected.
    fn column(&mut self, names: &mut PropertyNames, name: &str) -> Option<u32> {
        match names.index.get(name) {
            Some(&column) => names.slots.get(column as usize).copied().flatten(),
            None if names.is_selected => {
                if self.late.is_none() && !names.late.is_empty() && names.late.contains(&folded(name).as_str()) {
                    self.late = Some(name.to_owned());
                }
                None
            }
            // More are an error of the file, once the record has been read.
            None if names.list.len() > MAX_COLUMNS => None,
            None => {
                names.index.insert(name.to_owned(), names.index.len() as u32);
                names.list.push(name.to_owned());
                None
            }
        }
    }

    /// A scalar; `None` for an array or object, whose content is skipped.
    fn value(&mut self, cursor: &mut Cursor<'_>, purpose: ValueUse) -> Json<Option<JsonValue>> {
        if matches!(cursor.peek()?, b'{' | b'[') {
            cursor.skip()?;
            return Ok(None);
        }
        let from = cursor.at;
        let value = match cursor.scalar()? {
            Scalar::Null => JsonValue::Null,
            Scalar::Bool(true) => JsonValue::Other("true"),
            Scalar::Bool(false) => JsonValue::Other("false"),
            Scalar::Number(number) => JsonValue::Number(number),
            Scalar::Text(Cow::Borrowed(_)) => JsonValue::Plain(from as u32 + 1, cursor.at as u32 - 1),
            Scalar::Text(Cow::Owned(text)) => JsonValue::Text(text),
        };
        self.marks.push((from, cursor.at, purpose));
        Ok(Some(value))
    }

    fn geometry(&mut self, cursor: &mut Cursor<'_>) -> Json<()> {
        if cursor.peek()? != b'{' {
            let found = cursor.value_text()?;
            if found != "null" {
                self.wrong(Code::Structure, "geometry", found, "a geometry object or null");
            }
            return Ok(());
        }
        let (mut first, mut kind, mut place, mut members) = (cursor.enter()?, None, None, None);
        while cursor.goes_on(b'}', &mut first)? {
            let key = cursor.key()?;
            match &*key {
                "type" => {
                    let from = cursor.at;
                    let value = self.value(cursor, ValueUse::Nothing)?;
                    if value.is_some() {
                        // The kind is part of what a record like this one looks like.
                        self.marks.pop();
                    }
                    let name = match value {
                        Some(JsonValue::Plain(from, to)) => cursor.text[from as usize..to as usize].to_owned(),
                        _ => cursor.text[from..cursor.at].to_owned(),
                    };
                    if kind.replace(name).is_some() {
                        self.wrong(Code::DupKey, "type", "the key twice", "each key once");
                    }
                }
                "coordinates" => {
                    let found = self.coordinates(cursor)?;
                    if place.replace(found).is_some() {
                        self.wrong(Code::DupKey, "coordinates", "the key twice", "each key once");
                    }
                }
                "geometries" => members = Some(cursor.value_text()?),
                _ => cursor.skip()?,
            }
        }
        match (kind.as_deref(), place) {
            (Some("Point"), Some(Ok(point))) => self.geometry = point,
            (Some("Point"), Some(Err(found))) => {
                self.wrong(Code::CoordType, "coordinates", found, "two numbers, longitude first");
            }
            (Some("Point"), None) => self.wrong(Code::Structure, "geometry", "no coordinates", "two numbers"),
            (Some(kind @ "MultiPoint"), Some(Err(text))) => self.geometry = only_point(kind, &text),
            (Some(kind @ "GeometryCollection"), _) => self.geometry = only_point(kind, members.unwrap_or_default()),
            (Some(kind), _) => self.geometry = PointGeometry::Other(kind.to_owned()),
            (None, _) => self.wrong(Code::Structure, "geometry", "no type", "\"type\": \"Point\""),
        }
        Ok(())
    }

    /// A position; `Err` has the text of anything else.
    fn coordinates(&mut self, cursor: &mut Cursor<'_>) -> Json<Result<PointGeometry, String>> {
        let (mut numbers, mut count, mut sound) = ([0.0; 2], 0, cursor.peek()? == b'[');
        let from = cursor.at;
        if sound {
            let mut first = cursor.enter()?;
            while cursor.goes_on(b']', &mut first)? {
                let purpose = [ValueUse::Lng, ValueUse::Lat].get(count).copied().unwrap_or(ValueUse::Height);
                cursor.peek()?;
                match self.value(cursor, purpose)? {
                    Some(JsonValue::Number(number)) if count < 2 => numbers[count] = number.as_f64(),
                    Some(JsonValue::Number(_)) => {}
                    _ => sound = false,
                }
                count += 1;
            }
        } else {
            cursor.skip()?;
        }
        Ok(match count {
            0 if sound => Ok(PointGeometry::None),
            2.. if sound => Ok(PointGeometry::Point(numbers[0], numbers[1])),
            _ => Err(cursor.text[from..cursor.at].to_owned()),
        })
    }
}

/// The one point of a `MultiPoint` or of a `GeometryCollection`, by the text of its members.
fn only_point(kind: &str, members: &str) -> PointGeometry {
    #[derive(serde::Deserialize)]
    struct PointMember {
        #[serde(rename = "type")]
        kind: String,
        coordinates: Vec<f64>,
    }
    let other = || PointGeometry::Other(kind.to_owned());
    // No point takes as much text, and a long list is not parsed in vain.
    if members.len() > 1 << 10 {
        return other();
    }
    let only = if kind == "MultiPoint" {
        serde_json::from_str::<[Vec<f64>; 1]>(members).map(|[point]| point)
    } else {
        serde_json::from_str::<[PointMember; 1]>(members)
            .map(|[member]| if member.kind == "Point" { member.coordinates } else { Vec::new() })
    };
    match only.as_deref() {
        Ok([x, y, ..]) => PointGeometry::OnlyPoint(*x, *y),
        _ => other(),
    }
}

impl JsonValue {
    fn array(text: &str) -> Self {
        let numbers = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or_default();
        let is_number = |byte: u8| byte.is_ascii_digit() || b"+-.eE, \t\r\n".contains(&byte);
        let is_position = text.len() <= 200 && numbers.contains(',') && numbers.bytes().all(is_number);
        if is_position { Self::Array(text.to_owned()) } else { Self::Other("an array") }
    }

    /// The value, its text looked up in the record.
    #[inline]
    pub(super) fn field<'a>(&'a self, record: &'a str) -> Field<'a> {
        match self {
            Self::Null => Field::Null,
            Self::Plain(from, to) => Field::Text(record.get(*from as usize..*to as usize).unwrap_or_default()),
            Self::Text(text) => Field::Text(text),
            Self::Number(Number::Integer(number)) => Field::Integer(*number),
            Self::Number(Number::Float(number)) => Field::Number(*number),
            Self::Array(text) => Field::Other(text),
            Self::Other(what) => Field::Other(what),
        }
    }
}
