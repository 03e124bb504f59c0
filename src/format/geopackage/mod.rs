//! GeoPackage: the one layer of a file, read in the order of its row numbers, a page at a time.

use geojson::GeometryValue;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Row, ffi};

mod layer;
mod open;

use layer::{LayerTable, quoted};

use super::record::PointGeometry;
use super::{
    Fault, Field, FileOptions, FormatError, Geometries, InputFormat, OpenResult, Records, Source, Step, TableHeader,
    wkb,
};

/// GeoPackage 1.x.
pub(super) const FORMAT: InputFormat = InputFormat {
    name: "geopackage",
    about: "GeoPackage: a layer with geometry, or a table without",
    extensions: &["gpkg"],
    recognises,
    open,
};

pub(super) fn recognises(head: &[u8]) -> bool {
    let id = head.get(68..72).unwrap_or_default();
    head.starts_with(b"SQLite format 3\0") && matches!(id, b"GPKG" | b"GP10" | b"GP11")
}

/// Most rows in a page.
const PAGE_ROWS: usize = 4096;

/// A page also ends once it holds this much text.
const PAGE_BYTES: usize = 8 << 20;

fn open(source: Source, options: &FileOptions, notices: &mut Vec<String>) -> OpenResult {
    let file = source.name().to_owned();
    let db = open::open(source)?;
    let layer = LayerTable::find(&db, options).map_err(|error| broken(&file, error))?;
    let (layer, notice) = layer.map_err(|problem| FormatError::Unreadable { file: file.clone(), problem })?;
    notices.extend(notice.map(|notice| format!("{file}: {notice}")));
    let has_shapes = options.geometries != Geometries::Points;
    let wanted = vec![true; layer.header.names.len()];
    Ok(Box::new(GeoPackageRecords {
        file,
        db,
        layer,
        wanted,
        has_shapes,
        next: Some(i64::MIN),
        page: Vec::new(),
        at: 0,
    }))
}

pub(super) fn broken(file: &str, error: Error) -> FormatError {
    FormatError::broken(file, "GeoPackage", error)
}

struct GeoPackageRecords {
    file: String,
    db: Connection,
    layer: LayerTable,
    wanted: Vec<bool>,
    /// True if geometries are read whole.
    has_shapes: bool,
    /// Least row number not yet read; `None` after the last.
    next: Option<i64>,
    page: Vec<Record>,
    /// Number of records of the page handed on.
    at: usize,
}

struct Record {
    row: i64,
    /// The geometry as it is stored, up to the longest point where only points are read.
    geometry: Vec<u8>,
    /// The geometry as a value.
    point: OwnedValue,
    /// One a column; empty for columns that were not requested.
    cells: Vec<OwnedValue>,
}

enum OwnedValue {
    Null,
    Integer(i64),
    Number(f64),
    Text(String),
    Point(PointGeometry),
    Other(String),
}

impl OwnedValue {
    fn new(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Integer(number),
            ValueRef::Real(number) => Self::Number(number),
            ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => Self::Text(text.to_owned()),
                Err(_not_utf8) => Self::Other("text that is not UTF-8".to_owned()),
            },
            ValueRef::Blob(_) => Self::Other("bytes".to_owned()),
        }
    }

    fn geometry(value: ValueRef<'_>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Blob(blob) => match wkb::gpkg_point(blob) {
                Ok(point) => Self::Point(point),
                Err(other) if other.contains(' ') => Self::Other(other),
                Err(kind) => Self::Other(format!("a {kind}")),
            },
            _ => Self::Other("a value that is not a geometry".to_owned()),
        }
    }

    fn field(&self) -> Field<'_> {
        match self {
            Self::Null => Field::Null,
            Self::Integer(number) => Field::Integer(*number),
            Self::Number(number) => Field::Number(*number),
            Self::Text(text) => Field::Text(text),
            Self::Point(point) => point.field(),
            Self::Other(what) => Field::Other(what),
        }
    }
}

impl GeoPackageRecords {
    /// Selects row number, geometry and these columns.
    fn query(&self, wanted: &[bool], rest: &str) -> String {
        let LayerTable { table, row, geometry, header } = &self.layer;
        // Of what is longer than a point only the type matters.
        let geometry = geometry.as_ref().map_or("NULL".to_owned(), |column| {
            if self.has_shapes {
                return quoted(column);
            }
            format!("substr({}, 1, {})", quoted(column), wkb::LONGEST_GPKG_POINT + 1)
        });
        let column = |(name, &wanted): (&String, &bool)| if wanted { quoted(name) } else { "NULL".to_owned() };
        let columns = header.names.iter().zip(wanted).map(column);
        let columns: Vec<String> = [row.clone(), geometry].into_iter().chain(columns).collect();
        format!("SELECT {} FROM main.{} WHERE {row} {rest}", columns.join(", "), quoted(table))
    }

    fn turn_page(&mut self) -> rusqlite::Result<()> {
        self.page.clear();
        self.at = 0;
        let Some(mut next) = self.next else { return Ok(()) };
        let sql = self.query(&self.wanted, &format!(">= ?1 ORDER BY {} LIMIT {PAGE_ROWS}", self.layer.row));
        let mut statement = self.db.prepare(&sql)?;
        let mut rows = statement.query([next])?;
        let mut bytes = 0;
        self.next = None;
        while let Some(row) = rows.next()? {
            let record = record(row, self.wanted.len())?;
            // In a damaged tree the same rows may come round for ever.
            if record.row < next {
                let problem = "row numbers that do not rise".to_owned();
                return Err(Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_CORRUPT), Some(problem)));
            }
            let size = |cell: &OwnedValue| if let OwnedValue::Text(text) = cell { text.len() } else { 8 };
            bytes += record.geometry.len();
            bytes += record.cells.iter().map(size).sum::<usize>();
            let following = record.row.checked_add(1);
            self.page.push(record);
            let Some(following) = following else { return Ok(()) };
            next = following;
            if bytes >= PAGE_BYTES || self.page.len() == PAGE_ROWS {
                self.next = Some(next);
                return Ok(());
            }
        }
        Ok(())
    }

    fn current(&self) -> Option<&Record> {
        self.page.get(self.at.checked_sub(1)?)
    }

    /// The whole current record, also columns that were not requested.
    fn refetched(&self) -> Option<Record> {
        let sql = self.query(&vec![true; self.wanted.len()], "= ?1");
        self.db.query_row(&sql, [self.current()?.row], |row| record(row, self.wanted.len())).ok()
    }
}

fn record(row: &Row<'_>, columns: usize) -> rusqlite::Result<Record> {
    let cell = |column: usize| row.get_ref(column + 2).map(OwnedValue::new);
    let cells = (0..columns).map(cell).collect::<rusqlite::Result<_>>()?;
    let stored = row.get_ref(1)?;
    let geometry = stored.as_blob_or_null().ok().flatten().unwrap_or_default().to_vec();
    Ok(Record { row: row.get(0)?, geometry, point: OwnedValue::geometry(stored), cells })
}

impl Records for GeoPackageRecords {
    fn header(&self) -> &TableHeader {
        &self.layer.header
    }

    fn select(&mut self, wanted: &[bool], _late: &[&'static str]) {
        self.wanted.iter_mut().zip(wanted).for_each(|(own, &wanted)| *own = wanted);
    }

    fn advance(&mut self) -> Result<Step, FormatError> {
        if self.at == self.page.len() {
            self.turn_page().map_err(|error| broken(&self.file, error))?;
        }
        if self.page.is_empty() {
            return Ok(Step::End);
        }
        self.at += 1;
        Ok(Step::Record)
    }

    fn field(&self, column: usize) -> Field<'_> {
        self.current().and_then(|record| record.cells.get(column)).map_or(Field::Null, OwnedValue::field)
    }

    fn geometry(&self) -> Field<'_> {
        self.current().map_or(Field::Null, |record| record.point.field())
    }

    fn shape(&self) -> Result<Option<GeometryValue>, Box<Fault>> {
        let Some(record) = self.current().filter(|record| !record.geometry.is_empty()) else { return Ok(None) };
        wkb::gpkg_geometry(&record.geometry).map_err(wkb::unreadable)
    }

    fn raw(&self) -> String {
        let Some(record) = self.refetched() else { return String::new() };
        let geometry = self.layer.header.has_geometry.then_some(&record.point);
        geometry.into_iter().chain(&record.cells).map(|cell| cell.field().displayed()).collect::<Vec<_>>().join(",")
    }
}
