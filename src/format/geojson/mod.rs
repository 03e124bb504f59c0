//! JSON records, streamed one by one: a `FeatureCollection` with its members in any order, an array of objects, or a
//! sequence. Between the records of a sequence are line breaks, record separators (RFC 8142) or nothing.

mod container;
mod feature;
pub(crate) mod features;
mod json;
mod part;
mod recovery;
mod template;

use super::window::{MAX_RECORD_BYTES, More, Window, too_large};
use super::{
    Code, Fault, Field, FilePosition, FormatError, InputFormat, Records, Source, Step, TableHeader, check_width, crs,
};
use container::{Container, NextRecord, ReadState, envelope, next, shifted, tail};
use feature::{ParsedRecord, PropertyNames, RecordKind};
use json::{Cursor, Json, JsonError};
use part::PartStatements;
use template::Templates;

/// GeoJSON (RFC 7946), sequences of features, and JSON arrays.
pub(super) const FORMAT: InputFormat = InputFormat {
    name: "geojson",
    about: "FeatureCollection in any member order, features one a line or RS-separated, or a JSON array of objects",
    extensions: &["geojson", "json", "geojsonl", "geojsons", "geojsonseq", "ndjson", "jsonl"],
    recognises: |head| {
        let first = head.iter().find(|byte| !byte.is_ascii_whitespace());
        matches!(first, Some(b'{' | b'[' | 0x1e))
    },
    open: |source, options, _| {
        let mut records = JsonRecords::begun(source, options.crs.is_some(), MAX_RECORD_BYTES)?;
        records.learn_names()?;
        Ok(Box::new(records))
    },
};

/// Types of a geometry.
const GEOMETRIES: [&str; 7] =
    ["Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection"];

/// Bytes from which the names of properties are learnt before the first record.
pub(super) const LOOK_AHEAD: usize = if cfg!(fuzzing) { 1 << 10 } else { 1 << 20 };

/// A cursor over JSON records.
pub(crate) struct JsonRecords {
    window: Window,
    container: Container,
    shape: RecordKind,
    state: ReadState,
    header: TableHeader,
    /// Statements of a collection that it is a part; complete at its end.
    part: PartStatements,
    /// The document's `type`, once it has been seen.
    kind: Option<String>,
    names: PropertyNames,
    parsed: ParsedRecord,
    slots: usize,
    templates: Templates,
    /// Bytes of the current record.
    length: usize,
    read: u64,
    /// Records with an escaped control character.
    controls: u64,
    has_separators: bool,
    /// True if a setting overrides the reference system of the file.
    is_crs_stated: bool,
}

impl JsonRecords {
    /// Opens a document and reads up to its first record.
    fn begun(source: Source, is_crs_stated: bool, max_bytes: usize) -> Result<Self, FormatError> {
        source.check_encoding()?;
        let mut window = Window::new(source, max_bytes);
        window.more()?;
        let mut records = Self {
            window,
            container: Container::Sequence,
            shape: RecordKind::Object,
            state: ReadState::First,
            header: TableHeader::default(),
            part: PartStatements::default(),
            kind: None,
            names: PropertyNames::default(),
            parsed: ParsedRecord::default(),
            slots: 0,
            templates: Templates::default(),
            length: 0,
            read: 0,
            controls: 0,
            has_separators: false,
            is_crs_stated,
        };
        records.begin()?;
        records.header.has_geometry = records.shape != RecordKind::Object;
        Ok(records)
    }

    /// Reads up to the first record and determines the container.
    fn begin(&mut self) -> Result<(), FormatError> {
        let (at, first) = self.retry(|text| {
            let mut cursor = Cursor::new(text);
            // A file of white space only is an error below.
            Ok(cursor.peek().map_or((text.len(), 0), |byte| (cursor.at, byte)))
        })?;
        match first {
            b'[' => {
                self.container = Container::Array;
                self.window.consume(at + 1);
                self.shape = self.shape_ahead()?;
            }
            b'{' => {
                let envelope = self.retry(envelope)?;
                self.kind = envelope.kind;
                (self.header.crs, self.header.metadata) = (envelope.crs, envelope.metadata);
                if let Some(length) = envelope.features {
                    self.container = Container::Collection;
                    self.part = envelope.part;
                    self.shape = RecordKind::Feature;
                    self.window.consume(length);
                } else {
                    self.shape = self.sequence_shape()?;
                }
            }
            0x1e => {
                self.window.consume(at + 1);
                self.has_separators = true;
                self.shape = self.shape_ahead()?;
            }
            _ => return Err(self.syntax(at, "expected `{` or `[`", Code::JsonDocument)),
        }
        Ok(())
    }

    /// Kind of the records of a sequence, by the type of the first.
    fn sequence_shape(&mut self) -> Result<RecordKind, FormatError> {
        Ok(match self.kind.take().as_deref() {
            Some("Feature") => RecordKind::Feature,
            Some("FeatureCollection") => {
                return Err(self.syntax(0, "a FeatureCollection without features", Code::Document));
            }
            Some("Topology") => {
                return Err(self.syntax(0, "TopoJSON; convert it to GeoJSON first", Code::Document));
            }
            Some(kind) if GEOMETRIES.contains(&kind) => RecordKind::Geometry,
            _ => RecordKind::Object,
        })
    }

    fn shape_ahead(&mut self) -> Result<RecordKind, FormatError> {
        self.kind = self.retry(|text| match Cursor::new(text).peek()? {
            b'{' => envelope(text).map(|envelope| envelope.kind),
            _ => Ok(None),
        })?;
        self.sequence_shape()
    }

    /// Learns the names of the properties of the first records, which stay in view.
    fn learn_names(&mut self) -> Result<(), FormatError> {
        while self.window.text().len() < LOOK_AHEAD && self.window.more()? == More::Text {}
        let (mut at, mut state) = (0, self.state);
        while let Ok(NextRecord::Record(ahead)) = next(&self.window.text()[at..], self.container, state) {
            let mut cursor = Cursor::new(&self.window.text()[at + ahead..]);
            self.parsed.clear(0);
            if self.parsed.record(&mut cursor, self.shape, &mut self.names).is_err() {
                break;
            }
            at += ahead + cursor.at;
            state = ReadState::Next;
        }
        check_width(self.window.file(), self.names.list.len())?;
        self.header.names = std::mem::take(&mut self.names.list);
        Ok(())
    }

    /// Runs a parser on the text in view, with more text until it is complete.
    fn retry<T>(&mut self, mut parse: impl FnMut(&str) -> Json<T>) -> Result<T, FormatError> {
        loop {
            match parse(self.window.text()) {
                Ok(value) => return Ok(value),
                Err(JsonError::Incomplete) => match self.window.more()? {
                    More::Text => {}
                    More::End => return Err(self.truncated()),
                    More::TooLarge => {
                        let problem = "expected features; more than 16 MiB of other members came first";
                        return Err(self.syntax(0, problem, Code::Document));
                    }
                },
                Err(error) => return Err(self.broken(error)),
            }
        }
    }

    /// Moves to the next record without a template.
    #[cold]
    fn step(&mut self) -> Result<Step, FormatError> {
        loop {
            let text = self.window.text();
            let found = next(text, self.container, self.state).and_then(|next| {
                let NextRecord::Record(ahead) = next else { return Ok((next, 0)) };
                self.parsed.clear(self.slots);
                let mut cursor = Cursor::new(&text[ahead..]);
                let parsed = self.parsed.record(&mut cursor, self.shape, &mut self.names);
                parsed.map(|()| (next, cursor.at)).map_err(|error| shifted(error, ahead))
            });
            match found {
                Ok((NextRecord::Record(ahead), length)) => return self.arrive(ahead, length),
                Ok((NextRecord::End(length), _)) => return self.finish(length),
                Err(JsonError::Incomplete) => match self.window.more()? {
                    More::Text => {}
                    More::End if self.is_over() => return self.finish(self.window.text().len()),
                    More::End => return self.broken_line(None),
                    More::TooLarge => return self.skip_record(),
                },
                Err(JsonError::Syntax(at, problem)) => return self.broken_line(Some((at, problem))),
                Err(error) => return Err(self.broken(error)),
            }
        }
    }

    fn arrive(&mut self, ahead: usize, length: usize) -> Result<Step, FormatError> {
        let separators = self.window.text()[..ahead].contains('\u{1e}');
        self.has_separators |= separators;
        self.window.consume(ahead + length);
        (self.length, self.state) = (length, ReadState::Next);
        self.read += 1;
        if let Some(name) = self.parsed.late.take() {
            let (file, record) = (self.window.file().to_owned(), self.read);
            return Err(FormatError::LateColumn { file, record, name, after: LOOK_AHEAD >> 20 });
        }
        // The limit holds for the record, not for the text in view.
        if length > self.window.max_bytes() {
            return Ok(Step::Broken(too_large(self.window.max_bytes())));
        }
        if let Some(fault) = self.parsed.fault.take() {
            return Ok(Step::Broken(fault));
        }
        let record = self.window.behind(length);
        self.controls += u64::from(record.contains("\\u00") && has_control(&self.parsed));
        self.templates.learn(record, &self.parsed);
        Ok(Step::Record)
    }

    /// True if a sequence has only separators left.
    fn is_over(&self) -> bool {
        let rest = self.window.text().trim_start_matches(['\u{1e}', ' ', '\t', '\r', '\n']);
        self.container == Container::Sequence && rest.is_empty()
    }

    /// Checks the text after the end of the container, `length` bytes ahead.
    fn finish(&mut self, length: usize) -> Result<Step, FormatError> {
        self.state = ReadState::Done;
        self.length = 0;
        self.window.consume(length);
        if self.container == Container::Collection {
            let tail = self.retry(tail)?;
            if let (Some(crs), None) = (&tail.crs, &self.header.crs)
                && self.read > 0
                && !self.is_crs_stated
                && !crs::is_wgs84(crs)
            {
                let system = crs::Crs::named(crs).map_or_else(|_unknown| "EPSG:N".to_owned(), |crs| crs.to_string());
                return Err(FormatError::LateCrs { file: self.window.file().to_owned(), found: crs.clone(), system });
            }
            self.part = std::mem::take(&mut self.part).or(tail.part);
            self.kind = self.kind.take().or(tail.kind);
            self.header.metadata = self.header.metadata.take().or(tail.metadata);
            if self.kind.as_deref() != Some("FeatureCollection") {
                let problem = "expected an object with \"type\": \"FeatureCollection\" and an array \"features\"";
                return Err(self.syntax(0, problem, Code::Document));
            }
            self.window.consume(tail.features.unwrap_or_default());
        }
        loop {
            if let Some(at) = self.window.text().find(|c: char| !c.is_ascii_whitespace()) {
                return Err(self.syntax(at, "expected nothing after the end of the document", Code::JsonDocument));
            }
            self.window.consume(self.window.text().len());
            if self.window.more()? == More::End {
                return Ok(Step::End);
            }
        }
    }
}

/// True if a selected text contains a control character.
fn has_control(parsed: &ParsedRecord) -> bool {
    parsed.values.iter().any(|value| matches!(value.field(""), Field::Text(text) if text.contains(char::is_control)))
}

impl Records for JsonRecords {
    fn header(&self) -> &TableHeader {
        &self.header
    }

    fn select(&mut self, wanted: &[bool], late: &[&'static str]) {
        self.slots = self.names.select(wanted, late);
        self.parsed.clear(self.slots);
    }

    #[inline]
    fn advance(&mut self) -> Result<Step, FormatError> {
        if self.state == ReadState::Done {
            return Ok(Step::End);
        }
        let text = self.window.text();
        if let Ok(NextRecord::Record(ahead)) = next(text, self.container, self.state)
            && !self.has_separators
            && let Some(length) = self.templates.fill(&text[ahead..], &mut self.parsed)
            && length <= self.window.max_bytes()
        {
            self.window.consume(ahead + length);
            self.length = length;
            self.read += 1;
            self.state = ReadState::Next;
            return Ok(Step::Record);
        }
        self.step()
    }

    #[inline]
    fn field(&self, column: usize) -> Field<'_> {
        let value = self.names.slot(column).and_then(|slot| self.parsed.values.get(slot));
        value.map_or(Field::Null, |value| value.field(self.window.behind(self.length)))
    }

    #[inline]
    fn geometry(&self) -> Field<'_> {
        self.parsed.geometry.field()
    }

    #[inline]
    fn id(&self) -> Field<'_> {
        self.parsed.id.field(self.window.behind(self.length))
    }

    fn position(&self) -> FilePosition {
        self.window.place_behind(self.length)
    }

    fn raw(&self) -> String {
        self.window.behind(self.length).to_owned()
    }

    fn fingerprint(&self) -> u64 {
        super::record::fingerprint(self.window.behind(self.length).as_bytes())
    }

    fn warnings(&self) -> Vec<(Code, u64)> {
        let mut warnings = self.window.warnings();
        let name = self.window.file().to_lowercase();
        let promises = [".geojson", ".json", ".geojson.gz", ".json.gz"].iter().any(|end| name.ends_with(end));
        if self.container == Container::Sequence && self.read > 1 && promises {
            warnings.push((Code::Ndjson, 1));
        }
        warnings.extend(self.part.notice(self.read).map(|_| (Code::Part, 1)));
        if self.controls > 0 {
            warnings.push((Code::ControlChar, self.controls));
        }
        warnings
    }

    fn notices(&self) -> Vec<String> {
        self.part.notice(self.read).map(|notice| format!("{}: {notice}", self.window.file())).into_iter().collect()
    }
}
