//! The shapes of a shapefile (.shp), one by one, in the order its index (.shx) gives.
//!
//! The crate `shapefile` is not used: it trusts the lengths that a file states.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

use geojson::{GeometryValue, Position};

use crate::format::geometry::polygons_of_rings;
use crate::format::record::PointGeometry;

/// A shape: a point, or the type of another, or the whole of any.
pub(super) enum Shape {
    Point(PointGeometry),
    Whole(GeometryValue),
}

/// Most bytes of one shape.
const MAX_SHAPE_BYTES: u64 = 256 << 20;

/// Bytes of header that .shp and .shx have in common.
const HEADER: usize = 100;

pub(super) fn garbled(problem: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem.into())
}

/// Opens a .shp or .shx; its length in bytes as its header has it, which it must really have.
fn open_part(file: File) -> io::Result<(BufReader<File>, u64)> {
    let real = file.metadata()?.len();
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut header = [0; HEADER];
    reader.read_exact(&mut header)?;
    let [0, 0, 0x27, 0x0a, .., _, _, _, _] = header else {
        return Err(garbled("it does not begin as a shapefile does"));
    };
    let words: [u8; 4] = header.get(24..28).and_then(|words| words.first_chunk().copied()).unwrap_or_default();
    let length = u64::from(u32::from_be_bytes(words)) * 2;
    if real < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok((reader, length))
}

/// Where each shape begins: an edited shapefile need not have them in the order of its table.
pub(super) struct ShapeIndex {
    reader: BufReader<File>,
    pub(super) count: u64,
}

impl ShapeIndex {
    pub(super) fn open(file: File) -> io::Result<Self> {
        let (reader, length) = open_part(file)?;
        Ok(Self { reader, count: length.saturating_sub(HEADER as u64) / 8 })
    }

    fn next(&mut self) -> io::Result<u64> {
        let mut entry = [0; 8];
        self.reader.read_exact(&mut entry)?;
        let [a, b, c, d, ..] = entry;
        Ok(u64::from(u32::from_be_bytes([a, b, c, d])) * 2)
    }
}

pub(super) struct ShapeReader {
    reader: BufReader<File>,
    index: Option<ShapeIndex>,
    length: u64,
    at: u64,
    /// True if shapes are read whole.
    has_shapes: bool,
}

impl ShapeReader {
    pub(super) fn open(file: File, index: Option<ShapeIndex>, has_shapes: bool) -> io::Result<Self> {
        let (reader, length) = open_part(file)?;
        Ok(Self { reader, index, length, at: HEADER as u64, has_shapes })
    }

    fn seek(&mut self, to: u64) -> io::Result<()> {
        if to < self.at {
            self.reader.seek(SeekFrom::Start(to))?;
        } else {
            self.reader.seek_relative(i64::try_from(to - self.at).map_err(io::Error::other)?)?;
        }
        self.at = to;
        Ok(())
    }

    /// True if shapes are left over; with an index, the index counts them.
    pub(super) fn is_left_over(&self) -> bool {
        self.index.is_none() && self.at < self.length
    }

    /// The shape of the row with this number, from 0, of all that are asked for in order.
    pub(super) fn next(&mut self, row: u64) -> io::Result<Shape> {
        let begin = match &mut self.index {
            Some(index) => index.next()?,
            None => self.at,
        };
        self.seek(begin)?;
        let mut header = [0; 12];
        self.reader.read_exact(&mut header)?;
        let [n0, n1, n2, n3, w0, w1, w2, w3, t0, t1, t2, t3] = header;
        let number = u64::from(u32::from_be_bytes([n0, n1, n2, n3]));
        if self.index.is_none() && number != row + 1 {
            return Err(garbled(format!("shape {number} stands where {} should; its .shx is needed", row + 1)));
        }
        let size = u64::from(u32::from_be_bytes([w0, w1, w2, w3])) * 2;
        let end = begin + 8 + size;
        if size < 4 || begin < HEADER as u64 || end > self.length {
            return Err(garbled(format!("shape {} has an impossible place or length", row + 1)));
        }
        self.at = begin + 12;
        let kind = u32::from_le_bytes([t0, t1, t2, t3]);
        if self.has_shapes && matches!(kind, 3 | 13 | 23 | 5 | 15 | 25 | 8 | 18 | 28) {
            if size > MAX_SHAPE_BYTES {
                return Err(garbled(format!("shape {} has more than 256 MiB", row + 1)));
            }
            let mut bytes = Vec::new();
            self.reader.by_ref().take(size - 4).read_to_end(&mut bytes)?;
            self.at = end;
            let shape = entire(kind, &bytes).ok_or_else(|| garbled(format!("shape {} is cut short", row + 1)))?;
            return Ok(Shape::Whole(shape));
        }
        let shape = match kind {
            0 => PointGeometry::None,
            1 | 11 | 21 if size >= 20 => {
                let (x, y) = (self.number()?, self.number()?);
                if x.is_nan() && y.is_nan() { PointGeometry::None } else { PointGeometry::Point(x, y) }
            }
            3 | 13 | 23 => PointGeometry::Other("a LineString".to_owned()),
            5 | 15 | 25 => PointGeometry::Other("a Polygon".to_owned()),
            8 | 18 | 28 if size >= 56 => self.only_point()?,
            8 | 18 | 28 => PointGeometry::Other("a MultiPoint".to_owned()),
            31 => PointGeometry::Other("a MultiPatch".to_owned()),
            kind => return Err(garbled(format!("shape {} is of the unknown type {kind}", row + 1))),
        };
        if self.index.is_none() {
            self.seek(end)?;
        }
        Ok(Shape::Point(shape))
    }

    /// The point of a `MultiPoint` that holds one: after its bounds and its number of points.
    fn only_point(&mut self) -> io::Result<PointGeometry> {
        let mut head = [0; 36];
        self.reader.read_exact(&mut head)?;
        self.at += 36;
        if head.last_chunk() != Some(&1_u32.to_le_bytes()) {
            return Ok(PointGeometry::Other("a MultiPoint".to_owned()));
        }
        Ok(PointGeometry::OnlyPoint(self.number()?, self.number()?))
    }

    fn number(&mut self) -> io::Result<f64> {
        let mut bytes = [0; 8];
        self.reader.read_exact(&mut bytes)?;
        self.at += 8;
        Ok(f64::from_le_bytes(bytes))
    }
}

/// A line, polygon or multipoint after its type; `None` where its counts do not fit its bytes. Z and M come last and are left out.
fn entire(kind: u32, bytes: &[u8]) -> Option<GeometryValue> {
    let count = |at: usize| bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes) as usize);
    // The box comes first.
    let (parts, positions, mut at) = if kind % 10 == 8 { (0, count(32)?, 36) } else { (count(32)?, count(36)?, 40) };
    let begins: Vec<usize> = (0..parts.min(bytes.len() / 4)).map(|part| count(at + 4 * part)).collect::<Option<_>>()?;
    at += parts.checked_mul(4)?;
    let numbers = bytes.get(at..)?.get(..positions.checked_mul(16)?)?;
    let number = |bytes: &[u8]| bytes.first_chunk().map_or(f64::NAN, |bytes| f64::from_le_bytes(*bytes));
    let all: Vec<Position> =
        numbers.chunks_exact(16).map(|pair| Position::from([number(pair), number(&pair[8..])])).collect();
    if kind % 10 == 8 {
        return Some(GeometryValue::MultiPoint { coordinates: all });
    }
    let ends = begins.iter().copied().skip(1).chain([positions]);
    let lines = begins.iter().zip(ends).map(|(&begin, end)| all.get(begin..end).map(<[Position]>::to_vec));
    let mut lines: Vec<Vec<Position>> = lines.collect::<Option<_>>()?;
    Some(match (kind % 10, lines.len()) {
        (5, _) => polygons_of_rings(lines),
        (_, 1) => GeometryValue::LineString { coordinates: lines.pop().unwrap_or_default() },
        _ => GeometryValue::MultiLineString { coordinates: lines },
    })
}
