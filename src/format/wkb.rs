//! One geometry as bytes or as text: WKB, its PostGIS and GeoPackage relatives, and WKT of points.
//!
//! Nothing here trusts its input: every length is checked. Where only points are of use, another geometry is named, not read.

use geojson::{Geometry, GeometryValue, Position};

use super::record::PointGeometry;
use super::{Code, Fault};

/// The types by their number in WKB and in FlatGeobuf.
#[rustfmt::skip]
const KINDS: [&str; 18] = [
    "Geometry", "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon",
    "GeometryCollection", "CircularString", "CompoundCurve", "CurvePolygon", "MultiCurve", "MultiSurface", "Curve",
    "Surface", "PolyhedralSurface", "TIN", "Triangle",
];

/// The name of a geometry type by its number.
pub(crate) fn kind_name(kind: u32) -> Option<&'static str> {
    KINDS.get(usize::try_from(kind).ok()?).copied()
}

/// Bytes taken from the front, in either byte order.
struct WkbReader<'a> {
    rest: &'a [u8],
    little: bool,
}

impl<'a> WkbReader<'a> {
    /// The next bytes as a number, by its two decoders.
    fn take<const N: usize, T>(&mut self, little: fn([u8; N]) -> T, big: fn([u8; N]) -> T) -> Result<T, String> {
        let (bytes, rest): (&'a [u8; N], _) = self.rest.split_first_chunk().ok_or("a geometry that is cut short")?;
        self.rest = rest;
        Ok(if self.little { little(*bytes) } else { big(*bytes) })
    }

    fn u32(&mut self) -> Result<u32, String> {
        self.take(u32::from_le_bytes, u32::from_be_bytes)
    }

    fn f64(&mut self) -> Result<f64, String> {
        self.take(f64::from_le_bytes, f64::from_be_bytes)
    }
}

/// Head of a geometry in WKB: its type and the number of coordinates of a position.
struct WkbHead {
    kind: u32,
    dimensions: usize,
}

impl<'a> WkbReader<'a> {
    /// Starts at the byte that states the order of the others.
    fn begin(wkb: &'a [u8]) -> Result<Self, String> {
        let (&order, rest) = wkb.split_first().ok_or("a geometry without bytes")?;
        if order > 1 {
            return Err(format!("bytes that are not WKB (they begin with {order})"));
        }
        Ok(Self { rest, little: order == 1 })
    }

    fn head(&mut self) -> Result<WkbHead, String> {
        let code = self.u32()?;
        // PostGIS tells of Z, M and a reference system in the three highest bits, ISO of Z and M in the thousands.
        let (z, m, srid, code) = (code >> 31 & 1, code >> 30 & 1, code >> 29 & 1, code & 0x1fff_ffff);
        let (more, kind) = (code / 1000, code % 1000);
        if kind_name(kind).is_none() || more > 3 {
            return Err(format!("a geometry of type {code}"));
        }
        if srid == 1 {
            self.u32()?;
        }
        let dimensions = 2 + (z | more & 1) + (m | more >> 1);
        Ok(WkbHead { kind, dimensions: dimensions as usize })
    }

    fn position(&mut self, dimensions: usize) -> Result<Position, String> {
        let (x, y) = (self.f64()?, self.f64()?);
        let length = 8 * (dimensions - 2);
        self.rest = self.rest.get(length..).ok_or("a geometry that is cut short")?;
        Ok(Position::from([x, y]))
    }

    /// As many elements as are stated, each of so many bytes or more: a wrong number takes no memory.
    fn list<T>(
        &mut self,
        least: usize,
        mut element: impl FnMut(&mut Self) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        let count = self.u32()? as usize;
        if count > self.rest.len() / least {
            return Err("a geometry that is cut short".to_owned());
        }
        (0..count).map(|_| element(self)).collect()
    }

    fn positions(&mut self, dimensions: usize) -> Result<Vec<Position>, String> {
        self.list(8 * dimensions, |bytes| bytes.position(dimensions))
    }

    fn rings(&mut self, dimensions: usize) -> Result<Vec<Vec<Position>>, String> {
        self.list(4, |bytes| bytes.positions(dimensions))
    }

    /// A geometry within another; `depth` more may lie in it.
    fn member(&mut self, depth: usize) -> Result<GeometryValue, String> {
        let mut inside = Self::begin(self.rest)?;
        let geometry = inside.geometry(depth)?;
        self.rest = inside.rest;
        Ok(geometry)
    }

    /// Members of a collection that must all be of one type.
    fn members<T>(&mut self, depth: usize, take: fn(GeometryValue) -> Option<T>) -> Result<Vec<T>, String> {
        let wrong = || "a geometry with members of another type".to_owned();
        self.list(5, |bytes| take(bytes.member(depth)?).ok_or_else(wrong))
    }

    fn geometry(&mut self, depth: usize) -> Result<GeometryValue, String> {
        let WkbHead { kind, dimensions } = self.head()?;
        let Some(inner) = depth.checked_sub(1) else { return Err("a geometry of too many levels".to_owned()) };
        Ok(match kind_name(kind).unwrap_or_default() {
            "Point" => {
                let at = self.position(dimensions)?;
                let is_empty = at[0].is_nan() && at[1].is_nan();
                GeometryValue::Point { coordinates: if is_empty { Position::from(Vec::new()) } else { at } }
            }
            "LineString" => GeometryValue::LineString { coordinates: self.positions(dimensions)? },
            "Polygon" | "Triangle" => GeometryValue::Polygon { coordinates: self.rings(dimensions)? },
            "MultiPoint" => {
                let point = |of| if let GeometryValue::Point { coordinates } = of { Some(coordinates) } else { None };
                GeometryValue::MultiPoint { coordinates: self.members(inner, point)? }
            }
            "MultiLineString" => {
                let line =
                    |of| if let GeometryValue::LineString { coordinates } = of { Some(coordinates) } else { None };
                GeometryValue::MultiLineString { coordinates: self.members(inner, line)? }
            }
            "MultiPolygon" | "PolyhedralSurface" | "TIN" => {
                let polygon =
                    |of| if let GeometryValue::Polygon { coordinates } = of { Some(coordinates) } else { None };
                GeometryValue::MultiPolygon { coordinates: self.members(inner, polygon)? }
            }
            "GeometryCollection" => {
                let geometries = self.list(5, |bytes| bytes.member(inner).map(Geometry::new))?;
                GeometryValue::GeometryCollection { geometries }
            }
            other => return Err(format!("a {other}, which has arcs")),
        })
    }
}

/// Most levels of collections in collections.
const MAX_DEPTH: usize = 16;

/// A geometry of any type in WKB, ISO or PostGIS (EWKB), in the plane.
///
/// # Errors
/// A type with arcs, by name, or an error in the bytes.
pub(crate) fn geometry(wkb: &[u8]) -> Result<GeometryValue, String> {
    let mut bytes = WkbReader::begin(wkb)?;
    let geometry = bytes.geometry(MAX_DEPTH)?;
    match bytes.rest.len() {
        0 => Ok(geometry),
        more => Err(format!("a {} with {more} bytes too many", geometry.type_name())),
    }
}

/// The fault of a geometry that is not read.
pub(crate) fn unreadable(found: String) -> Box<Fault> {
    Fault::new(Code::GeomType, "geometry", found, "points, lines or polygons")
}

/// The x and y of a point in WKB, ISO or PostGIS (EWKB), with Z or M or not; `None` for an empty point.
///
/// # Errors
/// Another type, by name, or an error in the bytes.
pub(crate) fn point(wkb: &[u8]) -> Result<Option<(f64, f64)>, String> {
    let mut bytes = WkbReader::begin(wkb)?;
    let WkbHead { kind, dimensions } = bytes.head()?;
    if let Some(name) = kind_name(kind).filter(|name| *name != "Point") {
        return Err(name.to_owned());
    }
    let at = bytes.position(dimensions)?;
    let (x, y) = (at[0], at[1]);
    if !bytes.rest.is_empty() {
        return Err(format!("a Point with {} bytes too many", bytes.rest.len()));
    }
    Ok(Some((x, y)).filter(|_| !(x.is_nan() && y.is_nan())))
}

/// A point as [`point`] reads it, or the one point of a `MultiPoint` or of a `GeometryCollection`.
///
/// # Errors
/// Those of [`point`].
pub(crate) fn point_geometry(wkb: &[u8]) -> Result<PointGeometry, String> {
    match point(wkb) {
        Ok(None) => Ok(PointGeometry::None),
        Ok(Some((x, y))) => Ok(PointGeometry::Point(x, y)),
        Err(kind) => match only_point(wkb) {
            Some((x, y)) => Ok(PointGeometry::OnlyPoint(x, y)),
            None => Err(kind),
        },
    }
}

/// The point of a collection that holds one point and nothing else.
fn only_point(wkb: &[u8]) -> Option<(f64, f64)> {
    let mut bytes = WkbReader::begin(wkb).ok()?;
    let kind = kind_name(bytes.head().ok()?.kind)?;
    let count = bytes.u32().ok()?;
    let is_one = count == 1 && matches!(kind, "MultiPoint" | "GeometryCollection");
    point(bytes.rest).ok()?.filter(|_| is_one)
}

/// Longest a point can be as [`gpkg_point`] takes it: header, envelope, and WKB of a collection with reference system, Z and M.
pub(crate) const LONGEST_GPKG_POINT: usize = 8 + 64 + 2 * (1 + 4 + 4) + 4 + 32;

/// The x and y of a point as a GeoPackage holds it: WKB after a header.
///
/// # Errors
/// Those of [`point`].
pub(crate) fn gpkg_point(blob: &[u8]) -> Result<PointGeometry, String> {
    let (wkb, is_empty) = gpkg_wkb(blob)?;
    if is_empty { Ok(PointGeometry::None) } else { point_geometry(wkb) }
}

/// A geometry of any type as a GeoPackage holds it; `None` for an empty one.
///
/// # Errors
/// Those of [`geometry`].
pub(crate) fn gpkg_geometry(blob: &[u8]) -> Result<Option<GeometryValue>, String> {
    let (wkb, is_empty) = gpkg_wkb(blob)?;
    if is_empty { Ok(None) } else { geometry(wkb).map(Some) }
}

/// The WKB of a GeoPackage's geometry, and whether it is marked as empty.
fn gpkg_wkb(blob: &[u8]) -> Result<(&[u8], bool), String> {
    let [b'G', b'P', _version, flags, _, _, _, _, rest @ ..] = blob else {
        return Err("bytes that are not a GeoPackage geometry".to_owned());
    };
    if flags & 0x20 != 0 {
        return Err("a GeoPackage geometry of an extended type".to_owned());
    }
    let envelope = match flags >> 1 & 7 {
        0 => 0,
        1 => 32,
        2 | 3 => 48,
        4 => 64,
        other => return Err(format!("a GeoPackage geometry with an envelope of kind {other}")),
    };
    let is_empty = flags & 0x10 != 0;
    Ok((rest.get(envelope..).ok_or("a geometry that is cut short")?, is_empty))
}

/// Text that does not begin as WKT does.
pub(crate) const NO_WKT: &str = "text that is not WKT";

/// The x and y of a point in WKT, such as `POINT (-1.13 52.64)`; `None` for `POINT EMPTY`.
///
/// # Errors
/// Those of [`point`].
pub(crate) fn wkt_point(text: &str) -> Result<PointGeometry, String> {
    let text = text.trim();
    // PostGIS writes the reference system in front.
    let is_srid = |text: &str| {
        let number = text.get(5..).unwrap_or_default();
        text.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("srid="))
            && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    let text = match text.split_once(';') {
        Some((srid, text)) if is_srid(srid) => text.trim(),
        _ => text,
    };
    let end = text.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(text.len());
    let (word, mut rest) = text.split_at(end);
    let word = word.to_ascii_uppercase();
    rest = rest.trim_start();
    // `POINTZ(…)` is seen as well as `POINT Z (…)`.
    let kind = word.strip_suffix("ZM").or_else(|| word.strip_suffix(['Z', 'M'])).unwrap_or(&word);
    let name = KINDS.iter().find(|name| name.eq_ignore_ascii_case(kind));
    let Some(name) = name else { return Err(NO_WKT.to_owned()) };
    if !matches!(*name, "Point" | "MultiPoint" | "GeometryCollection") {
        return Err((*name).to_owned());
    }
    for dimension in ["ZM", "Z", "M"] {
        if rest.get(..dimension.len()).is_some_and(|start| start.eq_ignore_ascii_case(dimension)) {
            rest = rest.get(dimension.len()..).unwrap_or_default().trim_start();
            break;
        }
    }
    if rest.eq_ignore_ascii_case("empty") {
        return Ok(PointGeometry::None);
    }
    let wrong = || "a POINT without two numbers in brackets".to_owned();
    let inside = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    if *name != "Point" {
        // Both `MULTIPOINT ((1 2))` and `MULTIPOINT (1 2)` are written.
        let point = inside.map(str::trim).filter(|inside| !inside.contains(',')).map(|inside| match *name {
            "MultiPoint" if inside.starts_with('(') => format!("POINT {inside}"),
            "MultiPoint" => format!("POINT ({inside})"),
            _ => inside.to_owned(),
        });
        let is_point = |text: &String| text.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("point"));
        return match point.filter(is_point).map(|point| wkt_point(&point)) {
            Some(Ok(PointGeometry::Point(x, y))) => Ok(PointGeometry::OnlyPoint(x, y)),
            _ => Err((*name).to_owned()),
        };
    }
    let inside = inside.ok_or_else(wrong)?;
    let numbers: Vec<f64> = inside.split_ascii_whitespace().map_while(|word| word.parse().ok()).collect();
    match numbers[..] {
        [x, y] | [x, y, _] | [x, y, _, _] if inside.split_ascii_whitespace().count() == numbers.len() => {
            Ok(if x.is_nan() && y.is_nan() { PointGeometry::None } else { PointGeometry::Point(x, y) })
        }
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{gpkg_point, point, point_geometry, wkt_point};
    use crate::format::record::PointGeometry;

    fn bytes(hex: &str) -> Vec<u8> {
        let hex: Vec<char> = hex.chars().filter(|digit| !digit.is_whitespace()).collect();
        hex.chunks(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap()).collect()
    }

    const ONE: &str = "000000000000f03f";
    const TWO: &str = "0000000000000040";
    const NAN: &str = "000000000000f87f";

    #[test]
    fn points_of_every_flavour() {
        let found = Ok(Some((1.0, 2.0)));
        for head in ["01 01000000", "01 01000020 e6100000"] {
            assert_eq!(point(&bytes(&format!("{head} {ONE} {TWO}"))), found, "{head}");
        }
        for head in ["01 e9030000", "01 d1070000", "01 01000080", "01 01000040", "01 010000a0 e6100000"] {
            assert_eq!(point(&bytes(&format!("{head} {ONE} {TWO} {ONE}"))), found, "{head}");
        }
        for head in ["01 b90b0000", "01 010000c0", "01 010000e0 e6100000"] {
            assert_eq!(point(&bytes(&format!("{head} {ONE} {TWO} {ONE} {ONE}"))), found, "{head}");
        }
        assert_eq!(point(&bytes("00 00000001 3ff0000000000000 4000000000000000")), found);
        assert_eq!(point(&bytes("00 000003e9 3ff0000000000000 4000000000000000 4000000000000000")), found);
    }

    #[test]
    fn what_is_not_a_point_is_named() {
        assert_eq!(point(&bytes(&format!("01 01000000 {NAN} {NAN}"))), Ok(None));
        assert_eq!(point(&bytes("01 02000000 00000000")), Err("LineString".to_owned()));
        assert_eq!(point(&bytes("01 eb030000 00000000")), Err("Polygon".to_owned()));
        assert_eq!(point(&bytes("00 00000004 00000000")), Err("MultiPoint".to_owned()));
        assert_eq!(point(&bytes("01 63000000")), Err("a geometry of type 99".to_owned()));
        assert_eq!(point(&bytes(&format!("01 01000000 {ONE} 00"))), Err("a geometry that is cut short".to_owned()));
        let longer = point(&bytes(&format!("01 01000000 {ONE} {TWO} 00")));
        assert_eq!(longer, Err("a Point with 1 bytes too many".to_owned()));
        assert_eq!(point(b"{}"), Err("bytes that are not WKB (they begin with 123)".to_owned()));
        assert_eq!(point(b""), Err("a geometry without bytes".to_owned()));
    }

    #[test]
    fn geopackage_headers() {
        let wkb = format!("01 01000000 {ONE} {TWO}");
        let found = Ok(PointGeometry::Point(1.0, 2.0));
        assert_eq!(gpkg_point(&bytes(&format!("4750 00 01 e6100000 {wkb}"))), found);
        let envelope = ONE.repeat(4);
        assert_eq!(gpkg_point(&bytes(&format!("4750 00 03 e6100000 {envelope} {wkb}"))), found);
        assert_eq!(
            gpkg_point(&bytes(&format!("4750 00 11 e6100000 01 01000000 {NAN} {NAN}"))),
            Ok(PointGeometry::None)
        );
        assert!(gpkg_point(&bytes("4750 00 0b e6100000 01")).is_err());
        assert!(gpkg_point(&bytes(&format!("4750 00 21 e6100000 {wkb}"))).is_err());
        assert!(gpkg_point(&bytes(&wkb)).is_err());
    }

    #[test]
    fn a_collection_of_one_point_is_this_point() {
        let (one, only) = (format!("01 01000000 {ONE} {TWO}"), Ok(PointGeometry::OnlyPoint(1.0, 2.0)));
        for head in ["01 04000000 01000000", "01 07000000 01000000", "01 04000020 e6100000 01000000"] {
            assert_eq!(point_geometry(&bytes(&format!("{head} {one}"))), only, "{head}");
        }
        assert_eq!(point_geometry(&bytes(&format!("00 00000004 00000001 {one}"))), only);
        let z = format!("01 ec030000 01000000 01 e9030000 {ONE} {TWO} {ONE}");
        assert_eq!(point_geometry(&bytes(&z)), only);
        assert_eq!(gpkg_point(&bytes(&format!("4750 00 01 e6100000 01 04000000 01000000 {one}"))), only);
        let two = format!("01 04000000 02000000 {one} {one}");
        assert_eq!(point_geometry(&bytes(&two)), Err("MultiPoint".to_owned()));
        assert_eq!(point_geometry(&bytes(&two[..30])), Err("MultiPoint".to_owned()));
        assert_eq!(point_geometry(&bytes("01 07000000 00000000")), Err("GeometryCollection".to_owned()));
    }

    #[test]
    fn text() {
        let found = Ok(PointGeometry::Point(-1.5, 52.0));
        for wkt in ["POINT (-1.5 52)", "point(-1.5 52)", " SRID=4326;POINT(-1.5 52) ", "Point Z (-1.5 52 7)"] {
            assert_eq!(wkt_point(wkt), found, "{wkt}");
        }
        for wkt in ["POINTZ(-1.5 52 7)", "POINT ZM (-1.5 52 7 8)", "POINT(-1.5 52 7)", "POINT M(-15e-1 52.0 1)"] {
            assert_eq!(wkt_point(wkt), found, "{wkt}");
        }
        assert_eq!(wkt_point("POINT EMPTY"), Ok(PointGeometry::None));
        assert_eq!(wkt_point("point z empty"), Ok(PointGeometry::None));
        assert_eq!(wkt_point("LINESTRING (0 0, 1 1)"), Err("LineString".to_owned()));
        for wkt in ["MultiPoint Z ((-1.5 52 1))", "MULTIPOINT(-1.5 52)", "GEOMETRYCOLLECTION (POINT (-1.5 52))"] {
            assert_eq!(wkt_point(wkt), Ok(PointGeometry::OnlyPoint(-1.5, 52.0)), "{wkt}");
        }
        for wkt in ["MULTIPOINT (1 2, 3 4)", "MULTIPOINT ((1 2), (3 4))", "MULTIPOINT ((1)", "MULTIPOINT"] {
            assert_eq!(wkt_point(wkt), Err("MultiPoint".to_owned()), "{wkt}");
        }
        for wkt in ["town hall", "SRID=4326 POINT (1 2); POINT (3 4)"] {
            assert_eq!(wkt_point(wkt), Err("text that is not WKT".to_owned()), "{wkt}");
        }
        for wkt in ["POINT (1)", "POINT (1, 2)", "POINT (1 2", "POINT", "POINT (1 2 3 4 5)", "POINT (1 x)"] {
            assert_eq!(wkt_point(wkt), Err("a POINT without two numbers in brackets".to_owned()), "{wkt}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(mut noise in prop::collection::vec(any::<u8>(), 0..120), start in 0..4_usize) {
            let starts: [&[u8]; 4] = [b"", &[1, 1, 0, 0, 0], &[0, 0, 0, 3, 0xe9], b"GP\0"];
            noise.splice(..0, starts[start].iter().copied());
            let _ = (point(&noise), gpkg_point(&noise), wkt_point(&String::from_utf8_lossy(&noise)));
        }

        #[test]
        fn a_point_survives_the_trip(x in any::<f64>(), y in -90.0..90.0_f64) {
            let wkb = [&[1, 1, 0, 0, 0][..], &x.to_le_bytes(), &y.to_le_bytes()].concat();
            let (read_x, read_y) = point(&wkb).unwrap().unwrap();
            prop_assert_eq!((read_x.to_bits(), read_y), (x.to_bits(), y));
        }
    }
}
