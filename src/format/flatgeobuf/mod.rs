//! FlatGeobuf, streamed feature by feature in file order.
//!
//! The crate's own reader allocates any length stated in the file. It panics on short properties and on an index of odd
//! shape, and takes a failing disk for the end. So only its tables are used, verified, over buffers read here.

use std::io::{BufRead, BufReader, Read};

use ::flatgeobuf::{Crs, Geometry, GeometryType, Header, size_prefixed_root_as_feature, size_prefixed_root_as_header};

use geojson::{GeometryValue, Position};

mod properties;

use properties::Properties;

use super::record::PointGeometry;
use super::source::broken_stream;
use super::{
    Code, Fault, Field, FileOptions, FormatError, Geometries, InputFormat, OpenResult, Records, Source, Step,
    TableHeader,
};
use super::{wkb, wkt};
use crate::invalid::Cause;

/// FlatGeobuf 3.
pub(super) const FORMAT: InputFormat = InputFormat {
    name: "flatgeobuf",
    about: "FlatGeobuf of points, lines or polygons, streamed",
    extensions: &["fgb"],
    recognises: |head| head.starts_with(b"fgb\x03fgb"),
    open,
};

/// Largest header that is read; the writers' own limit.
const MAX_HEADER_BYTES: u64 = 10 << 20;

/// Start of the metadata that tensionmap writes; that of other programs is ignored.
const METADATA_START: &str = "{\"tensionmap\":";

/// Largest feature that is read. A report's is a hundred bytes.
const MAX_FEATURE_BYTES: u64 = 16 << 20;

fn open(source: Source, options: &FileOptions, _: &mut Vec<String>) -> OpenResult {
    let mut records = FlatGeobufRecords {
        file: source.name().to_owned(),
        reader: BufReader::with_capacity(1 << 16, source.into_reader()),
        header: TableHeader { has_geometry: true, ..TableHeader::default() },
        geometry_type: GeometryType::Unknown,
        expected: None,
        read: 0,
        buffer: Vec::new(),
        properties: Properties::default(),
        geometry: PointGeometry::None,
        has_shapes: options.geometries != Geometries::Points,
        shape: Ok(None),
    };
    records.read_header()?;
    Ok(Box::new(records))
}

pub(crate) struct FlatGeobufRecords {
    file: String,
    reader: BufReader<Box<dyn Read + Send>>,
    header: TableHeader,
    /// Type of every feature; unknown where each feature states its own.
    geometry_type: GeometryType,
    /// Number of features by the header.
    expected: Option<u64>,
    read: u64,
    buffer: Vec<u8>,
    properties: Properties,
    geometry: PointGeometry,
    /// True if geometries are read whole.
    has_shapes: bool,
    shape: Result<Option<GeometryValue>, Box<Fault>>,
}

impl FlatGeobufRecords {
    fn broken(&self, problem: impl Into<Cause>) -> FormatError {
        FormatError::broken(&self.file, "FlatGeobuf", problem)
    }

    /// Appends the next bytes to the buffer. It grows by the bytes read, not by the length that the file states.
    fn fill(&mut self, size: u64) -> Result<u64, FormatError> {
        let got = self.reader.by_ref().take(size).read_to_end(&mut self.buffer);
        got.map(|got| got as u64).map_err(|error| broken_stream(&self.file, error))
    }

    /// Skips bytes; returns their number.
    fn skip(&mut self, size: u64) -> Result<u64, FormatError> {
        let passed = std::io::copy(&mut self.reader.by_ref().take(size), &mut std::io::sink());
        passed.map_err(|error| broken_stream(&self.file, error))
    }

    /// Reads the length before a table into the empty buffer; `None` at the end of the file.
    fn read_size(&mut self) -> Result<Option<u64>, FormatError> {
        self.buffer.clear();
        if self.fill(4)? == 0 {
            return Ok(None);
        }
        match self.buffer.first_chunk() {
            Some(size) => Ok(Some(u64::from(u32::from_le_bytes(*size)))),
            None => Err(self.cut_short()),
        }
    }

    fn cut_short(&self) -> FormatError {
        let promised = self.expected.map(|count| format!(" of {count}")).unwrap_or_default();
        self.broken(format!("it is cut short after {}{promised} features", self.read))
    }

    fn read_header(&mut self) -> Result<(), FormatError> {
        self.skip(8)?;
        let size = self.read_size()?.filter(|size| (8..=MAX_HEADER_BYTES).contains(size));
        let size = size.ok_or_else(|| self.broken("its header has an impossible length"))?;
        if self.fill(size)? < size {
            return Err(self.broken("it is cut short inside its header"));
        }
        let buffer = std::mem::take(&mut self.buffer);
        let header = size_prefixed_root_as_header(&buffer).map_err(|error| self.broken(error))?;
        for column in header.columns().into_iter().flatten() {
            self.header.names.push(column.name().to_owned());
            self.properties.push_column(column.type_());
        }
        self.header.crs = header.crs().and_then(crs_name);
        let metadata = header.metadata().filter(|text| text.starts_with(METADATA_START));
        self.header.metadata = metadata.map(str::to_owned);
        self.geometry_type = header.geometry_type();
        self.expected = Some(header.features_count()).filter(|&count| count > 0);
        let index = index_size(&header).ok_or_else(|| self.broken("its index has an impossible size"))?;
        if self.skip(index)? < index {
            return Err(self.broken("it is cut short inside its index"));
        }
        Ok(())
    }

    /// Takes what is needed out of the verified bytes of a feature.
    fn take_feature(&mut self) -> Result<Step, FormatError> {
        let feature = size_prefixed_root_as_feature(&self.buffer).map_err(|error| self.broken(error))?;
        if feature.columns().is_some() {
            let expected = "the columns of the header";
            return Ok(Step::Broken(Fault::new(Code::Structure, "", "a feature with columns of its own", expected)));
        }
        if let Some(geometry) = feature.geometry().filter(|_| self.has_shapes) {
            self.shape = shape(&geometry, self.geometry_type, MAX_DEPTH).map(Some);
        } else if let Some(geometry) = feature.geometry() {
            let whole = self.geometry_type;
            let kind = if whole == GeometryType::Unknown { geometry.type_() } else { whole };
            let numbers = |geometry: &Geometry<'_>| geometry.xy().map_or(0, |xy| xy.len());
            let first =
                |geometry: &Geometry<'_>| geometry.xy().filter(|xy| xy.len() >= 2).map(|xy| (xy.get(0), xy.get(1)));
            let member = || geometry.parts().filter(|parts| parts.len() == 1).map(|parts| parts.get(0));
            let point = || member().filter(|part| part.type_() == GeometryType::Point).and_then(|part| first(&part));
            self.geometry = match (kind, first(&geometry)) {
                (GeometryType::MultiPoint, Some((x, y))) if numbers(&geometry) == 2 => PointGeometry::OnlyPoint(x, y),
                (GeometryType::GeometryCollection, _) if point().is_some() => {
                    point().map_or(PointGeometry::None, |(x, y)| PointGeometry::OnlyPoint(x, y))
                }
                (GeometryType::Point, None) => PointGeometry::None,
                (GeometryType::Point, Some((x, y))) if x.is_nan() && y.is_nan() => PointGeometry::None,
                (GeometryType::Point, Some((x, y))) => PointGeometry::Point(x, y),
                (kind, _) => PointGeometry::Other(format!("a {}", wkb::kind_name(kind.0.into()).unwrap_or("Geometry"))),
            };
        }
        let properties = feature.properties().map_or(&[][..], |properties| properties.bytes());
        let taken = self.properties.take(properties);
        taken.ok_or_else(|| self.broken(format!("feature {} has garbled properties", self.read)))?;
        Ok(Step::Record)
    }
}

impl Records for FlatGeobufRecords {
    fn header(&self) -> &TableHeader {
        &self.header
    }

    fn advance(&mut self) -> Result<Step, FormatError> {
        self.properties.clear();
        self.geometry = PointGeometry::None;
        self.shape = Ok(None);
        if self.expected == Some(self.read) {
            let rest = self.reader.fill_buf().map_err(|error| broken_stream(&self.file, error))?;
            return if rest.is_empty() { Ok(Step::End) } else { Err(self.broken("it goes on after its last feature")) };
        }
        let Some(size) = self.read_size()? else {
            return if self.expected.is_none() { Ok(Step::End) } else { Err(self.cut_short()) };
        };
        let large = size > MAX_FEATURE_BYTES;
        if (if large { self.skip(size)? } else { self.fill(size)? }) < size {
            return Err(self.cut_short());
        }
        self.read += 1;
        if large {
            let found = format!("{size} bytes");
            return Ok(Step::Broken(Fault::new(Code::TooLarge, "", found, "at most 16 MiB")));
        }
        self.take_feature()
    }

    fn field(&self, column: usize) -> Field<'_> {
        self.properties.value(column).unwrap_or(Field::Null)
    }

    fn geometry(&self) -> Field<'_> {
        self.geometry.field()
    }

    fn shape(&self) -> Result<Option<GeometryValue>, Box<Fault>> {
        self.shape.clone()
    }
}

/// Most levels of collections in collections.
const MAX_DEPTH: usize = 16;

/// A geometry of any type; `whole` is that of all features, unknown where each states its own.
fn shape(geometry: &Geometry<'_>, whole: GeometryType, depth: usize) -> Result<GeometryValue, Box<Fault>> {
    let wrong = |found: &str| Fault::new(Code::GeomType, "geometry", found, "points, lines or polygons");
    let Some(inner) = depth.checked_sub(1) else { return Err(wrong("a geometry of too many levels")) };
    let kind = if whole == GeometryType::Unknown { geometry.type_() } else { whole };
    let numbers: Vec<f64> = geometry.xy().into_iter().flatten().collect();
    let all: Vec<Position> = numbers.chunks_exact(2).map(|at| Position::from([at[0], at[1]])).collect();
    // Where one part ends and the next begins; without, there is one part.
    let parts = || -> Option<Vec<Vec<Position>>> {
        let ends: Vec<usize> = geometry.ends().into_iter().flatten().map(|end| end as usize).collect();
        let ends = if ends.is_empty() && !all.is_empty() { vec![all.len()] } else { ends };
        let begins = std::iter::once(0).chain(ends.iter().copied());
        begins.zip(&ends).map(|(begin, &end)| all.get(begin..end).map(<[Position]>::to_vec)).collect()
    };
    let parts = || parts().ok_or_else(|| wrong("a geometry whose parts do not fit its positions"));
    let members = || -> Result<Vec<GeometryValue>, Box<Fault>> {
        let unknown = GeometryType::Unknown;
        let member_kind = if kind == GeometryType::MultiPolygon { GeometryType::Polygon } else { unknown };
        geometry.parts().into_iter().flatten().map(|part| shape(&part, member_kind, inner)).collect()
    };
    Ok(match kind {
        GeometryType::Point => {
            let at = all.into_iter().next().filter(|at| !at[0].is_nan() && !at[1].is_nan());
            GeometryValue::Point { coordinates: at.unwrap_or_else(|| Position::from(Vec::new())) }
        }
        GeometryType::MultiPoint => GeometryValue::MultiPoint { coordinates: all },
        GeometryType::LineString => GeometryValue::LineString { coordinates: all },
        GeometryType::MultiLineString => GeometryValue::MultiLineString { coordinates: parts()? },
        GeometryType::Polygon | GeometryType::Triangle => GeometryValue::Polygon { coordinates: parts()? },
        GeometryType::MultiPolygon => {
            let rings = |of| if let GeometryValue::Polygon { coordinates } = of { Some(coordinates) } else { None };
            GeometryValue::MultiPolygon { coordinates: members()?.into_iter().filter_map(rings).collect() }
        }
        GeometryType::GeometryCollection => GeometryValue::GeometryCollection {
            geometries: members()?.into_iter().map(geojson::Geometry::new).collect(),
        },
        other => return Err(wrong(&format!("a {}", wkb::kind_name(other.0.into()).unwrap_or("Geometry")))),
    })
}

/// The best name a header gives its reference system.
fn crs_name(crs: Crs<'_>) -> Option<String> {
    let org = crs.org().filter(|org| !org.is_empty()).unwrap_or("EPSG");
    match (crs.code(), crs.code_string(), crs.wkt(), crs.name()) {
        (code, ..) if code > 0 => Some(format!("{}:{code}", org.to_uppercase())),
        (_, Some(code), ..) if !code.is_empty() => Some(format!("{}:{code}", org.to_uppercase())),
        (_, _, Some(wkt), _) if !wkt.is_empty() => Some(wkt::reference_system(wkt)),
        (.., name) => name.filter(|name| !name.is_empty()).map(str::to_owned),
    }
}

/// Bytes of the packed R-tree before the features: 40 a node, of levels that shrink to one.
fn index_size(header: &Header<'_>) -> Option<u64> {
    let (mut level, fan) = (header.features_count(), u64::from(header.index_node_size()));
    if fan == 0 || level == 0 {
        return Some(0);
    }
    if fan == 1 {
        return None;
    }
    let mut nodes = level;
    loop {
        level = level.div_ceil(fan);
        nodes = nodes.checked_add(level)?;
        if level == 1 {
            return nodes.checked_mul(40);
        }
    }
}
