//! Parquet and GeoParquet, through polars, a row group at a time; only columns that are asked for are decoded.

mod damage;
mod geoarrow;
pub(crate) mod native;

use std::fs::File;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};

use geojson::GeometryValue;
use polars::prelude::{ArrowDataType, ArrowField, ArrowSchema, DataFrame, PolarsResult};
use polars_io::SerReader;
use polars_io::mmap::MmapBytesReader;
use polars_io::parquet::metadata::{FileMetadata, FileMetadataRef};
use polars_io::parquet::read::{ParallelStrategy, ParquetReader};
use polars_parquet::parquet::metadata::RowGroupMetadata;

pub(crate) use damage::{check_pages, footer, guarded};

use geoarrow::{GeometryEncoding, is_nested};
use native::NativeColumn;

use super::frame::FrameRecords;
use super::record::PointGeometry;
use super::values::{Columnar, Values};
use super::{Fault, Field, FileOptions, FormatError, InputFormat, OpenResult, Records, Source, Step, TableHeader, wkb};
use crate::memory::Budget;
use crate::watch::{Watch, carried};

/// Parquet with longitude and latitude columns, or a geometry (GeoParquet).
pub(super) const FORMAT: InputFormat = InputFormat {
    name: "parquet",
    about: "Parquet with columns for the position, or GeoParquet of any geometry; folders with key=value names add columns",
    extensions: &["parquet", "geoparquet"],
    recognises: |head| head.starts_with(b"PAR1"),
    open,
};

fn open(source: Source, options: &FileOptions, _: &mut Vec<String>) -> OpenResult {
    let file = source.name().to_owned();
    let bytes = match source.path().map(File::open) {
        Some(opened) => ParquetBytes::File(opened.map_err(|source| FormatError::Io { file: file.clone(), source })?),
        None => ParquetBytes::Memory(source.into_bytes()?.into()),
    };
    let records = ParquetRecords::new(file.clone(), bytes, options.memory.clone());
    Ok(Box::new(records.map_err(|error| FormatError::broken(&file, "parquet", error))?))
}

/// Columns that the folders of a partitioned data set add: `month=2022-09/part-0.parquet`.
fn hive(path: &Path) -> Vec<(String, String)> {
    let folders = path.parent().into_iter().flat_map(Path::components);
    let pairs = folders.filter_map(|folder| {
        let (key, value) = folder.as_os_str().to_str()?.split_once('=')?;
        (!key.is_empty()).then(|| (key.to_owned(), value.to_owned()))
    });
    pairs.collect()
}

enum ParquetBytes {
    File(File),
    Memory(Arc<[u8]>),
}

impl ParquetBytes {
    /// Opens the bytes for another reader.
    fn again(&self) -> std::io::Result<Self> {
        Ok(match self {
            Self::File(file) => Self::File(file.try_clone()?),
            Self::Memory(bytes) => Self::Memory(Arc::clone(bytes)),
        })
    }

    /// Decodes a row group. The error is always of the first damaged column, whichever thread was quicker.
    fn decode(&self, group: &FileMetadataRef, columns: &[String]) -> PolarsResult<DataFrame> {
        let decoded = |parallel| {
            guarded(|| match self {
                Self::File(file) => decode(file.try_clone()?, group, columns, parallel),
                Self::Memory(bytes) => decode(Cursor::new(Arc::clone(bytes)), group, columns, parallel),
            })
        };
        decoded(ParallelStrategy::Columns).or_else(|_| decoded(ParallelStrategy::None))
    }

    /// Metadata and columns, with the Arrow types that the file states or with those of Parquet alone.
    fn about(&self, as_arrow: bool) -> PolarsResult<About> {
        fn read<R: MmapBytesReader>(bytes: [R; 2], as_arrow: bool) -> PolarsResult<About> {
            let [mut first, again] = bytes;
            let (mut about, native) = footer(&mut first)?;
            if let Some(pairs) = about.key_value_metadata.as_mut().filter(|_| !as_arrow) {
                pairs.retain(|pair| pair.key != "ARROW:schema");
            }
            let mut reader = ParquetReader::new(again);
            reader.set_metadata(Arc::new(about.clone()));
            Ok((about, reader.schema()?, native))
        }
        match self {
            Self::File(file) => read([file.try_clone()?, file.try_clone()?], as_arrow),
            Self::Memory(bytes) => read([bytes, bytes].map(|bytes| Cursor::new(bytes.clone())), as_arrow),
        }
    }
}

/// Metadata, columns, and those that hold geometries by their type.
type About = (FileMetadata, Arc<ArrowSchema>, Vec<NativeColumn>);

pub(crate) struct ParquetRecords {
    file: String,
    bytes: ParquetBytes,
    constants: Vec<(String, String)>,
    /// With every column, those of the folders last.
    header: TableHeader,
    /// Columns of types that no role can use.
    unusable: Vec<(usize, ArrowDataType)>,
    geometry: Option<GeometryColumn>,
    /// Names of the columns to decode.
    decoded: Vec<String>,
    /// Column of `rows` for each of the header.
    slots: Vec<Option<usize>>,
    rows: FrameRecords,
    /// The row groups, each as the file that it would be alone, until decoding begins.
    groups: Vec<FileMetadataRef>,
    memory: Budget,
    watch: Watch,
    /// Compressed bytes up to the end of each row group.
    ends: Vec<u64>,
    /// Row groups, each decoded while the one before is used; and the number still to come.
    ahead: Option<(Receiver<Result<DataFrame, FormatError>>, usize)>,
}

impl ParquetRecords {
    fn new(file: String, bytes: ParquetBytes, memory: Budget) -> PolarsResult<Self> {
        let read = guarded(|| bytes.about(true))?;
        // A type of Arrow that only its makers know, such as `geoarrow.wkb`, is one of Parquet underneath.
        let is_extended = |field: &ArrowField| matches!(field.dtype(), ArrowDataType::Extension(_));
        let has_extended = read.1.iter_values().any(is_extended);
        let (mut about, schema, native) = if has_extended { guarded(|| bytes.about(false))? } else { read };
        let mut names: Vec<String> = schema.iter_names().map(ToString::to_string).collect();
        let groups = std::mem::take(&mut about.row_groups);
        let stated =
            |key: &str| about.key_value_metadata().iter().flatten().find(|pair| pair.key == key)?.value.clone();
        let is_read = |geometry: &GeometryColumn| {
            geometry.encoding == GeometryEncoding::Wkb
                || schema.get(&geometry.name).is_some_and(|field| is_nested(field.dtype()))
        };
        let declared = stated("geo").and_then(|geo| geometry_column(&geo, &names)).filter(is_read);
        let geometry = declared.or_else(|| native_column(&native, &names, stated));
        // The geometry lies beside the columns, as in other formats.
        names.retain(|name| geometry.as_ref().is_none_or(|geometry| geometry.name != *name));
        let unusable = |(index, name): (usize, &String)| {
            let dtype = schema.get(name)?.dtype();
            (!is_usable(dtype)).then(|| (index, dtype.clone()))
        };
        let unusable = names.iter().enumerate().filter_map(unusable).collect();
        let crs = geometry.as_ref().and_then(|geometry| geometry.crs.clone());
        let metadata = stated("tensionmap");
        let constants: Vec<_> = hive(Path::new(&file)).into_iter().filter(|(name, _)| !names.contains(name)).collect();
        names.extend(constants.iter().map(|(name, _)| name.clone()));
        let mut bytes_so_far = 0;
        let end = |group: &RowGroupMetadata| {
            bytes_so_far += group.compressed_size() as u64;
            bytes_so_far
        };
        let ends = groups.iter().map(end).collect();
        let watch = carried();
        watch.set_total(bytes_so_far);
        let alone = |group: RowGroupMetadata| {
            Arc::new(FileMetadata { num_rows: group.num_rows(), row_groups: vec![group], ..about.clone() })
        };
        Ok(Self {
            slots: vec![None; names.len()],
            file,
            bytes,
            constants,
            header: TableHeader { names, has_geometry: geometry.is_some(), crs, metadata, ..TableHeader::default() },
            unusable,
            geometry,
            decoded: Vec::new(),
            rows: FrameRecords::empty(0),
            memory,
            watch,
            ends,
            ahead: None,
            groups: groups.into_iter().map(alone).collect(),
        })
    }

    /// Decodes the next row group; false after the last.
    pub(crate) fn next_group(&mut self) -> Result<bool, FormatError> {
        // Let go of the last one first: memory is that of two row groups.
        self.rows = FrameRecords::empty(0);
        if self.ahead.is_none() {
            self.ahead = Some(self.decode_ahead()?);
        }
        let Some((ahead, left)) = &mut self.ahead else { return Ok(false) };
        let Some(fewer) = left.checked_sub(1) else { return Ok(false) };
        self.watch.check()?;
        self.watch.set_bytes(self.ends.get(self.ends.len() - *left).copied().unwrap_or_default());
        *left = fewer;
        let frame = ahead.recv().map_err(|stopped| FormatError::broken(&self.file, "parquet", stopped))??;
        let mut rows = FrameRecords::new(&self.file, &frame)?;
        for (index, dtype) in &self.unusable {
            // Its own words go on with the types of its parts, as the library names them.
            let kind = format!("{dtype:?}").to_lowercase();
            let kind = kind.split(['(', ' ']).next().unwrap_or_default();
            rows.push(&self.header.names[*index], Values::unusable(kind));
        }
        for (name, value) in &self.constants {
            rows.push(name, Values::Constant(value.clone()));
        }
        let place = |name: &String| rows.names().iter().position(|other| other == name);
        self.slots = self.header.names.iter().map(place).collect();
        if let Some(geometry) = &mut self.geometry {
            geometry.slot = place(&geometry.name);
        }
        self.rows = rows;
        Ok(true)
    }

    /// Starts to decode, on a thread of its own: it waits when it is one row group ahead.
    fn decode_ahead(&mut self) -> Result<(Receiver<Result<DataFrame, FormatError>>, usize), FormatError> {
        let (send, receive) = sync_channel(0);
        let groups = std::mem::take(&mut self.groups);
        let count = groups.len();
        let io = |source| FormatError::Io { file: self.file.clone(), source };
        let bytes = self.bytes.again().map_err(io)?;
        let (file, columns, memory) = (self.file.clone(), self.decoded.clone(), self.memory.clone());
        let decode = move || {
            for group in groups {
                let decoded = has_room(&file, &group, &columns, &memory).and_then(|()| {
                    bytes.decode(&group, &columns).map_err(|error| FormatError::broken(&file, "parquet", error))
                });
                // The receiver is gone once reading has stopped.
                if send.send(decoded).is_err() {
                    break;
                }
            }
        };
        std::thread::Builder::new().spawn(decode).map_err(io)?;
        Ok((receive, count))
    }
}

/// Errors if two such row groups do not fit into memory: one is read while the next is decoded.
fn has_room(file: &str, group: &FileMetadata, columns: &[String], memory: &Budget) -> Result<(), FormatError> {
    let all = group.row_groups.iter().flat_map(RowGroupMetadata::parquet_columns);
    let decoded = all.filter(|column| {
        column.descriptor().path_in_schema.first().is_some_and(|name| columns.iter().any(|other| other == name))
    });
    // Some take more bare than encoded, and for one group the bytes of the file are there too.
    let bytes: u64 = decoded.map(|column| u64::try_from(column.uncompressed_size()).unwrap_or(0)).sum();
    let advice = "write the file with smaller row groups, of 100,000 rows or so";
    let allowed = memory.allow(bytes.saturating_mul(3), "decoding its row groups", advice);
    allowed.map_err(|source| FormatError::Memory { file: file.to_owned(), source })
}

fn decode<R: MmapBytesReader>(
    mut bytes: R,
    group: &FileMetadataRef,
    columns: &[String],
    parallel: ParallelStrategy,
) -> PolarsResult<DataFrame> {
    let is_decoded = |name: &str| columns.iter().any(|decoded| decoded == name);
    group.row_groups.iter().try_for_each(|group| check_pages(&mut bytes, group, is_decoded))?;
    let mut reader = ParquetReader::new(bytes);
    reader.set_metadata(Arc::clone(group));
    let frame = reader.read_parallel(parallel).with_columns(Some(columns.to_vec())).finish()?;
    // Without a column to decode, the rows are still there.
    if frame.width() == 0 { Ok(DataFrame::empty_with_height(group.num_rows)) } else { Ok(frame) }
}

/// The geometry of a row as it is stored.
enum Stored<'a> {
    Wkb(&'a [u8]),
    Parts(GeometryValue),
}

impl ParquetRecords {
    fn stored(&self) -> Option<Stored<'_>> {
        let &GeometryColumn { slot, encoding, .. } = self.geometry.as_ref()?;
        let slot = slot?;
        if encoding == GeometryEncoding::Wkb {
            return self.rows.bytes(slot).map(Stored::Wkb);
        }
        let (row, values) = self.rows.nested(slot)?;
        encoding.shape(values, row).map(Stored::Parts)
    }
}

impl Records for ParquetRecords {
    fn header(&self) -> &TableHeader {
        &self.header
    }

    fn select(&mut self, wanted: &[bool], _late: &[&'static str]) {
        let from_file = self.header.names.len() - self.constants.len();
        let usable = |index: usize| !self.unusable.iter().any(|(other, _)| *other == index);
        let decoded = (0..from_file).filter(|&index| wanted[index] && usable(index));
        let decoded = decoded.map(|index| &self.header.names[index]);
        self.decoded = decoded.chain(self.geometry.as_ref().map(|geometry| &geometry.name)).cloned().collect();
    }

    fn advance(&mut self) -> Result<Step, FormatError> {
        loop {
            if let Step::Record = self.rows.advance()? {
                return Ok(Step::Record);
            }
            if !self.next_group()? {
                return Ok(Step::End);
            }
        }
    }

    #[inline]
    fn field(&self, column: usize) -> Field<'_> {
        match self.slots.get(column) {
            Some(&Some(slot)) => self.rows.field(slot),
            _ => Field::Null,
        }
    }

    fn geometry(&self) -> Field<'_> {
        match self.stored() {
            None => Field::Null,
            Some(Stored::Wkb(bytes)) => match wkb::point_geometry(bytes) {
                Ok(PointGeometry::None) => Field::Null,
                Ok(PointGeometry::Point(x, y)) => Field::Point(x, y),
                Ok(PointGeometry::OnlyPoint(x, y)) => Field::OnlyPoint(x, y),
                Ok(PointGeometry::Other(_)) | Err(_) => Field::Other("a geometry that is not a point in WKB"),
            },
            Some(Stored::Parts(shape)) => match shape {
                GeometryValue::Point { coordinates } => {
                    coordinates.as_slice().first_chunk().map_or(Field::Null, |&[x, y]| Field::Point(x, y))
                }
                GeometryValue::MultiPoint { coordinates } if coordinates.len() == 1 => {
                    let only = coordinates.first().and_then(|only| only.as_slice().first_chunk());
                    only.map_or(Field::Null, |&[x, y]| Field::OnlyPoint(x, y))
                }
                other => Field::Other(other.type_name()),
            },
        }
    }

    fn shape(&self) -> Result<Option<GeometryValue>, Box<Fault>> {
        match self.stored() {
            None => Ok(None),
            Some(Stored::Wkb(bytes)) => wkb::geometry(bytes).map(Some).map_err(wkb::unreadable),
            Some(Stored::Parts(shape)) => Ok(Some(shape)),
        }
    }

    fn raw(&self) -> String {
        self.rows.raw()
    }
}

/// The rows of the current row group.
impl Columnar for ParquetRecords {
    fn height(&self) -> usize {
        self.rows.height()
    }

    #[inline]
    fn seek(&mut self, row: usize) {
        self.rows.seek(row);
    }

    fn values(&self, column: usize) -> Option<&Values> {
        self.rows.values((*self.slots.get(column)?)?)
    }
}

/// The column of the geometries.
struct GeometryColumn {
    name: String,
    encoding: GeometryEncoding,
    /// Reference system, where it is stated.
    crs: Option<String>,
    /// Its column among those of the current row group.
    slot: Option<usize>,
}

/// The geometry column by the metadata under `geo` (GeoParquet 1.0 and 1.1).
fn geometry_column(json: &str, names: &[String]) -> Option<GeometryColumn> {
    let geo: serde_json::Value = serde_json::from_str(json).ok()?;
    let name = geo["primary_column"].as_str().filter(|name| names.iter().any(|other| other == name))?.to_owned();
    let about = &geo["columns"][&name];
    let encoding = GeometryEncoding::named(about["encoding"].as_str()?)?;
    // No `crs` is longitude and latitude; null is one that is not known.
    let crs = about.get("crs").map(|crs| projjson_name(crs).unwrap_or_else(|| "unknown".to_owned()));
    Some(GeometryColumn { name, encoding, crs, slot: None })
}

/// The first column of geometries by its type, where no metadata name one.
fn native_column(
    native: &[NativeColumn],
    names: &[String],
    stated: impl Fn(&str) -> Option<String>,
) -> Option<GeometryColumn> {
    let NativeColumn { name, crs } = native.iter().find(|column| names.contains(&column.name))?;
    let json = |text: &str| projjson_name(&serde_json::from_str(text).ok()?);
    let crs = match crs.split_once(':') {
        _ if crs.is_empty() => None,
        Some(("srid", code)) => Some(format!("EPSG:{code}")),
        Some(("projjson", key)) => Some(stated(key).and_then(|text| json(&text)).unwrap_or_else(|| crs.clone())),
        _ => Some(json(crs).unwrap_or_else(|| crs.clone())),
    };
    Some(GeometryColumn { name: name.clone(), encoding: GeometryEncoding::Wkb, crs, slot: None })
}

/// Name of a reference system in PROJJSON: its code, else its name.
fn projjson_name(crs: &serde_json::Value) -> Option<String> {
    let id = &crs["id"];
    let code = id["code"].as_str().map_or_else(|| id["code"].to_string(), str::to_owned);
    let named = id["authority"].as_str().map(|authority| format!("{authority}:{code}"));
    named.or_else(|| Some(crs["name"].as_str()?.to_owned()))
}

fn is_usable(dtype: &ArrowDataType) -> bool {
    use ArrowDataType as A;
    match dtype {
        A::Dictionary(_, values, _) => is_usable(values),
        A::Boolean | A::Utf8 | A::LargeUtf8 | A::Utf8View | A::Date32 | A::Timestamp(..) => true,
        dtype => dtype.is_numeric() && !matches!(dtype, A::Decimal256(..) | A::Float16 | A::Int128 | A::UInt128),
    }
}
