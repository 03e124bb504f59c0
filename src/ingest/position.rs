//! Positions: from the columns of a record to latitude and longitude, and checks over all positions of a file.

mod verdict;

use std::sync::Arc;

use super::angle::{self, AngleAxis};
use super::grid_reference::GridSquare;
use super::place_table::PlaceTable;
use super::thousands;
use super::words::{Form, Unread, Words};
use super::{Bbox, ExpectedArea, Role};
use crate::code::Code;
use crate::format::record::PointGeometry;
use crate::format::{Converter, Crs, Fault, Field, Records, UnusableCrs, number};
use crate::rounding::legible;

/// Columns of the position of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PositionColumns {
    /// Longitude and latitude columns.
    Degrees(usize, usize),
    /// The record's geometry; where it has none, longitude and latitude columns if there are any.
    Geometry(Option<(usize, usize)>),
    /// Easting and northing columns.
    Grid(usize, usize),
    /// A column of positions in words.
    Words(usize, Form),
    /// A column of H3 cells.
    Cell(usize),
    /// A column of keys to look up in the gazetteer.
    Place(usize),
}

impl PositionColumns {
    /// The position in the one column of a role.
    pub(super) fn single(role: Role, column: usize) -> Self {
        match role {
            Role::GridReference => Self::Words(column, Form::GridReference),
            Role::Wkt => Self::Words(column, Form::Wkt),
            Role::Geohash => Self::Words(column, Form::Geohash),
            Role::H3 => Self::Cell(column),
            Role::LonLat => Self::Words(column, Form::LonLat),
            Role::LatLon => Self::Words(column, Form::LatLon),
            _ => Self::Words(column, Form::Position),
        }
    }

    /// Indices of the columns.
    pub(super) fn columns(self) -> Vec<usize> {
        match self {
            Self::Degrees(x, y) | Self::Grid(x, y) | Self::Geometry(Some((x, y))) => vec![x, y],
            Self::Words(column, _) | Self::Cell(column) | Self::Place(column) => vec![column],
            Self::Geometry(None) => Vec::new(),
        }
    }

    /// True if positions may be known to no more than a square, a cell or a place.
    pub(super) fn is_graded(self) -> bool {
        matches!(self, Self::Words(..) | Self::Cell(_) | Self::Place(_))
    }
}

/// Latitude and longitude in degrees, or the fault of a record.
type LatLngResult = Result<(f64, f64), Box<Fault>>;

/// Reads the positions of one file.
#[derive(Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own about a file")]
pub(super) struct Positions {
    pub(super) crs: Crs,
    pub(super) expected: ExpectedArea,
    decimal_comma: bool,
    /// True if nothing states the system of eastings and northings; how many of them are in Ireland then.
    pub(super) is_assumed: bool,
    in_ireland: u64,
    /// Positions with one coordinate of 0.
    zeros: u64,
    /// Positions that would be outside the area they are expected in.
    elsewhere: u64,
    /// Converters of the systems met so far.
    converters: Vec<Converter>,
    /// Positions that look like metres of a projected grid, and the first of them.
    metres: u64,
    example: (f64, f64),
    /// Positions outside whose mirror image is inside.
    mirrored: u64,
    /// Pairs of numbers in one column, and those of them that only make sense the other way round.
    pub(super) pairs: u64,
    reversed: u64,
    /// True if the latest of these was read with the latitude first.
    is_lat_first: bool,
    /// Points that were the only one of a collection.
    only: u64,
    /// Numbers with a decimal comma, or with points between thousands.
    pub(super) commas: u64,
    /// Positions with separators of thousands, and one of them.
    thousands: u64,
    separated: String,
    /// Side in metres of a square as large as the ground that the last position may be on; 0 for a point.
    pub(super) side: f64,
    /// True if this ground is only usual for the key of a place.
    pub(super) is_nominal: bool,
    /// Places to look keys up in.
    pub(super) places: Option<Arc<PlaceTable>>,
}

impl Positions {
    pub(super) fn new(crs: Crs, expected: ExpectedArea, decimal_comma: bool) -> Self {
        Self {
            crs,
            expected,
            decimal_comma,
            is_assumed: false,
            in_ireland: 0,
            elsewhere: 0,
            zeros: 0,
            converters: Vec::new(),
            metres: 0,
            example: (0.0, 0.0),
            mirrored: 0,
            pairs: 0,
            reversed: 0,
            is_lat_first: false,
            only: 0,
            commas: 0,
            thousands: 0,
            separated: String::new(),
            side: 0.0,
            is_nominal: false,
            places: None,
        }
    }

    /// Latitude and longitude of a record.
    #[inline]
    pub(super) fn read<R: Records + ?Sized>(&mut self, columns: PositionColumns, records: &R) -> LatLngResult {
        const DEGREES: [&str; 2] = ["longitude", "latitude"];
        match columns {
            PositionColumns::Degrees(x, y) => self.pair(self.crs, DEGREES, records.field(x), records.field(y)),
            PositionColumns::Geometry(columns) => match (records.geometry(), columns) {
                (Field::Point(x, y), _) => self.checked(self.crs, x, y),
                (Field::Null, Some((x, y))) => self.pair(self.crs, DEGREES, records.field(x), records.field(y)),
                (Field::Null, None) => Err(no_position()),
                (Field::OnlyPoint(x, y), _) => self.only_point(self.crs, x, y),
                (other, _) => Err(Fault::new(Code::GeomType, "geometry", other.displayed(), "a Point")),
            },
            PositionColumns::Grid(x, y) if self.decimal_comma => {
                self.unusual_pair(self.crs, ["easting", "northing"], records.field(x), records.field(y))
            }
            PositionColumns::Grid(x, y) => {
                self.pair(self.crs, ["easting", "northing"], records.field(x), records.field(y))
            }
            PositionColumns::Words(column, form) => self.words(form, records.field(column)),
            PositionColumns::Cell(column) => self.cell(records.field(column)),
            PositionColumns::Place(column) => self.place(records.field(column)),
        }
    }

    #[inline]
    fn pair(&mut self, crs: Crs, axes: [&str; 2], x: Field<'_>, y: Field<'_>) -> LatLngResult {
        match (plain(x), plain(y)) {
            (Some(x), Some(y)) => self.checked(crs, x, y),
            _ => self.unusual_pair(crs, axes, x, y),
        }
    }

    #[cold]
    fn unusual_pair(&mut self, crs: Crs, axes: [&str; 2], x: Field<'_>, y: Field<'_>) -> LatLngResult {
        if x.is_blank() || y.is_blank() {
            return Err(no_position());
        }
        if let Some((x, y)) = self.separated(crs, x, y)? {
            return self.checked(crs, x, y);
        }
        if crs == Crs::Wgs84
            && let Some((x, y)) = angles(axes, x, y)?
        {
            return self.checked(crs, x, y);
        }
        let (x, y) = (self.number(axes[0], x)?, self.number(axes[1], y)?);
        self.checked(crs, x, y)
    }

    /// Metres with separators of thousands. In degrees there are none: `52,633` is a decimal comma there.
    fn separated(&mut self, crs: Crs, x: Field<'_>, y: Field<'_>) -> Result<Option<(f64, f64)>, Box<Fault>> {
        let read = |field: Field<'_>, comma: bool| match field {
            Field::Text(text) => thousands::metres(text, comma),
            _ => None,
        };
        let either = |comma: bool| match (read(x, comma), read(y, comma)) {
            (None, None) => None,
            (east, north) => east.or_else(|| plain(x)).zip(north.or_else(|| plain(y))),
        };
        let found = || format!("{}, {}", x.displayed(), y.displayed());
        match either(self.decimal_comma) {
            Some((east, north)) if crs != Crs::Wgs84 => {
                if self.thousands == 0 {
                    self.separated = found();
                }
                self.thousands += 1;
                self.commas += u64::from(self.decimal_comma);
                Ok(Some((east, north)))
            }
            // More than degrees are, with a decimal comma too.
            Some((east, north)) if east.abs().min(north.abs()) > 1000.0 && !self.decimal_comma => {
                let is_degrees = |metres: f64, most: f64| (metres / 1000.0).abs() <= most;
                if is_degrees(east, 180.0) && is_degrees(north, 90.0) {
                    Ok(None)
                } else {
                    Err(self.out_of_range(east, north))
                }
            }
            None if crs != Crs::Wgs84 && self.decimal_comma && either(false).is_some() => {
                let expected =
                    "metres with a decimal comma; here the comma separates thousands, so leave out --decimal ','";
                Err(Fault::new(Code::CoordType, "", found(), expected))
            }
            _ => Ok(None),
        }
    }

    fn number(&mut self, axis: &str, field: Field<'_>) -> Result<f64, Box<Fault>> {
        let comma = matches!(field, Field::Text(text) if text.contains(','));
        let number = match field {
            Field::Text(text) if comma && self.decimal_comma => {
                self.commas += 1;
                number::loose(&text.trim_ascii().replace(',', "."))
            }
            other => loose(other),
        };
        number.ok_or_else(|| {
            let advice = if comma { "; --decimal ',' says that numbers have a comma" } else { "" };
            let expected = format!("a plain number, such as -1.13158{advice}");
            Fault::new(Code::CoordType, axis, field.displayed(), expected)
        })
    }

    #[inline(never)]
    fn only_point(&mut self, crs: Crs, x: f64, y: f64) -> LatLngResult {
        self.only += 1;
        self.checked(crs, x, y)
    }

    #[inline(never)]
    fn words(&mut self, form: Form, field: Field<'_>) -> LatLngResult {
        self.side = 0.0;
        if field.is_blank() {
            return Err(no_position());
        }
        let words = match field {
            Field::Text(text) | Field::Other(text) => Words::read(text, form, self.decimal_comma),
            Field::Integer(_) if form != Form::GridReference => return self.cell(field),
            _ => Err(Unread::Unknown),
        };
        match words {
            Ok(Words::Geometry(PointGeometry::Point(x, y))) => self.checked(self.crs, x, y),
            Ok(Words::Geometry(PointGeometry::OnlyPoint(x, y))) => self.only_point(self.crs, x, y),
            Ok(Words::Geometry(PointGeometry::None)) => Err(no_position()),
            Ok(Words::Geometry(PointGeometry::Other(kind))) => {
                Err(Fault::new(Code::GeomType, column_of(form), kind, "POINT (longitude latitude)"))
            }
            Ok(Words::LatLng(lat, lng)) => self.checked(Crs::Wgs84, lng, lat),
            Ok(Words::Pair(pair, accuracy)) => self.ordered(form, form != Form::LonLat, pair, accuracy),
            Ok(Words::Array(pair)) => self.ordered(form, form == Form::LatLon, pair, 0.0),
            Ok(Words::Square(square)) => self.square(square),
            Ok(Words::Cell(_)) => self.cell(field),
            Ok(Words::Geohash { lat, lng, width, height }) => {
                self.side = METRES_PER_DEGREE * (width * height * lat.to_radians().cos()).sqrt();
                self.checked(Crs::Wgs84, lng, lat)
            }
            Err(unread) => Err(Fault::new(Code::CoordType, column_of(form), field.displayed(), expected(form, unread))),
        }
    }

    /// A pair of numbers by its order: metres are easting and northing, degrees as the form has them.
    fn ordered(&mut self, form: Form, is_lat_first: bool, [a, b]: [f64; 2], accuracy: f64) -> LatLngResult {
        self.side = side_of_circle(accuracy);
        if form == Form::GridReference {
            return self.checked(Crs::BritishNationalGrid, a, b);
        }
        let are_degrees = a.abs() <= 360.0 && b.abs() <= 360.0;
        if !are_degrees {
            return self.checked(self.crs, a, b);
        }
        let (lat, lng) = if is_lat_first { (a, b) } else { (b, a) };
        self.pairs += 1;
        if !self.is_likely(lat, lng) && self.is_likely(lng, lat) {
            self.reversed += 1;
            self.is_lat_first = is_lat_first;
        }
        self.checked(Crs::Wgs84, lng, lat)
    }

    /// True where reports come from, as far as is known.
    fn is_likely(&self, lat: f64, lng: f64) -> bool {
        // The southernmost and the northernmost towns lie in between.
        const PEOPLED: std::ops::RangeInclusive<f64> = -60.0..=84.0;
        let is_expected = match self.expected {
            ExpectedArea::Anywhere => true,
            ExpectedArea::Likely(bbox) | ExpectedArea::Only(bbox) => bbox.holds(lat, lng),
        };
        is_on_earth(lat, lng) && PEOPLED.contains(&lat) && is_expected
    }

    fn square(&mut self, GridSquare { grid, x, y, side }: GridSquare) -> LatLngResult {
        self.side = side;
        let Some(crs) = grid.crs() else {
            let expected = "two letters, of the British National Grid; convert references of one letter first";
            return Err(Fault::new(Code::CoordRange, "grid-reference", "a reference of the Irish Grid", expected));
        };
        self.checked(crs, x, y)
    }

    /// The centre of an H3 cell.
    #[inline(never)]
    fn cell(&mut self, field: Field<'_>) -> LatLngResult {
        self.side = 0.0;
        if field.is_blank() {
            return Err(no_position());
        }
        let cell = h3_cell(Code::CoordType, "h3", field)?;
        self.side = side_of_cell(cell.resolution());
        let centre = h3o::LatLng::from(cell);
        Ok((centre.lat(), centre.lng()))
    }

    /// The position of a key in the gazetteer.
    #[inline(never)]
    pub(super) fn place(&mut self, field: Field<'_>) -> LatLngResult {
        self.side = 0.0;
        let places = self.places.as_ref().filter(|_| !field.is_blank());
        let Some(places) = places else { return Err(no_position()) };
        let crs = places.crs();
        let found =
            places.find(field).map_err(|expected| Fault::new(Code::NoPlace, "place", field.displayed(), expected))?;
        (self.side, self.is_nominal) = (found.side, found.is_nominal);
        self.checked(crs, found.x, found.y)
    }

    /// True if a position in degrees needs no further check.
    #[inline]
    pub(super) fn is_plain(&self, lat: f64, lng: f64) -> bool {
        // NaN is in no range.
        is_on_earth(lat, lng) && lat.abs() > 1.0 && lng != 0.0 && self.is_expected(lat, lng)
    }

    #[inline]
    fn is_expected(&self, lat: f64, lng: f64) -> bool {
        match self.expected {
            ExpectedArea::Anywhere => true,
            ExpectedArea::Likely(bbox) => bbox.holds(lat, lng) || !bbox.holds(lng, lat),
            ExpectedArea::Only(bbox) => bbox.holds(lat, lng),
        }
    }

    #[inline]
    pub(super) fn checked(&mut self, crs: Crs, x: f64, y: f64) -> LatLngResult {
        if crs == Crs::Wgs84 && self.is_plain(y, x) { Ok((y, x)) } else { self.checked_closely(crs, x, y) }
    }

    fn checked_closely(&mut self, crs: Crs, x: f64, y: f64) -> LatLngResult {
        let found = || format!("{x}, {y}");
        if !(x.is_finite() && y.is_finite()) {
            return Err(Fault::new(Code::NonFinite, "", found(), "finite numbers"));
        }
        if x == 0.0 && y == 0.0 {
            return Err(Fault::new(Code::NullIsland, "", found(), "a real place; 0, 0 stands for a failed geocode"));
        }
        if crs == Crs::BritishNationalGrid && x.abs() < 1000.0 && y.abs() < 1000.0 {
            let is_like_degrees = x.abs() <= 180.0 && y.abs() <= 90.0;
            let advice = if is_like_degrees {
                "these look like degrees, which --input-crs EPSG:4326 reads"
            } else {
                "if a point separates thousands, --decimal ',' says so"
            };
            let expected = format!("metres of the British National Grid, on land or near it; {advice}");
            return Err(Fault::new(Code::CoordRange, "", found(), expected));
        }
        let converted = self.converted(crs, x, y);
        if self.is_assumed {
            self.see_assumed(x, y, &converted);
        }
        let (lat, lng) = converted?;
        if self.is_null(lat, lng) {
            let expected = format!("a real place; {x}, {y} stands for a failed geocode");
            return Err(Fault::new(Code::NullIsland, "", found(), expected));
        }
        if !is_on_earth(lat, lng) {
            return Err(self.out_of_range(x, y));
        }
        self.zeros += u64::from(lat == 0.0 || lng == 0.0);
        match self.expected {
            ExpectedArea::Likely(bbox) | ExpectedArea::Only(bbox) if !self.is_expected(lat, lng) => {
                self.mirrored += u64::from(bbox.holds(lng, lat));
                let swapped = if bbox.holds(lng, lat) { "; latitude and longitude look swapped" } else { "" };
                let expected = format!("a place within {bbox}{swapped} (--bbox WEST,SOUTH,EAST,NORTH states another)");
                Err(Fault::new(Code::OutsideBbox, "", found(), expected))
            }
            _ => Ok((lat, lng)),
        }
    }

    /// True for positions that programs write where they have none. These are 0, 0 and a kilometre around it, 1, 1 and -1, -1. In
    /// a country on neither line, latitude 0 or longitude 0 with the other coordinate of its own is one too.
    fn is_null(&self, lat: f64, lng: f64) -> bool {
        let is_near_zero = lat.abs() < 0.01 && lng.abs() < 0.01;
        let is_flag = [(1.0, 1.0), (-1.0, -1.0)].contains(&(lat, lng));
        let is_half = match self.expected {
            ExpectedArea::Likely(bbox) | ExpectedArea::Only(bbox) if lat == 0.0 || lng == 0.0 => {
                let middle = f64::midpoint(bbox.south, bbox.north);
                let inner = Bbox { south: bbox.south.max(-89.0), ..bbox };
                !bbox.holds(lat, lng)
                    && (lng == 0.0 && inner.holds(lat, bbox.west) || lat == 0.0 && inner.holds(middle, lng))
            }
            _ => false,
        };
        is_near_zero || is_flag || is_half
    }

    /// Latitude and longitude of a position in a system.
    fn converted(&mut self, crs: Crs, x: f64, y: f64) -> LatLngResult {
        if let Some(converter) = self.converters.iter().find(|converter| converter.crs() == crs) {
            return converter.convert(x, y);
        }
        let unusable = |error: UnusableCrs| Fault::new(Code::CoordRange, "", crs, error.to_string());
        self.converters.push(Converter::new(crs).map_err(unusable)?);
        self.converted(crs, x, y)
    }

    #[cold]
    fn out_of_range(&mut self, x: f64, y: f64) -> Box<Fault> {
        let metres = x.abs().max(y.abs()) > 1000.0;
        if metres && self.metres == 0 {
            self.example = (x, y);
        }
        self.metres += u64::from(metres);
        let advice = if metres { "; these look like metres of a projected grid, see --input-crs" } else { "" };
        let expected = format!("a longitude from -180 to 180 and a latitude from -90 to 90 (WGS84){advice}");
        Fault::new(Code::CoordRange, "", format_args!("{}, {}", legible(x), legible(y)), expected)
    }
}

#[inline]
fn is_on_earth(lat: f64, lng: f64) -> bool {
    (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lng)
}

/// A number, or text that is a number only.
#[inline]
fn plain(field: Field<'_>) -> Option<f64> {
    match field {
        Field::Number(number) => Some(number),
        Field::Integer(number) => Some(number as f64),
        Field::Text(text) => number::plain(text),
        _ => None,
    }
}

/// A number, or text that is one in any form.
pub(super) fn loose(field: Field<'_>) -> Option<f64> {
    if let Field::Text(text) = field { number::loose(text.trim_ascii()) } else { plain(field) }
}

fn no_position() -> Box<Fault> {
    Fault::new(Code::NoGeometry, "", "no position", "a longitude and a latitude")
}

/// Metres along a degree of a great circle, on the sphere of H3.
const METRES_PER_DEGREE: f64 = 111_194.926_644_558_73;

/// Side of a square as large as a circle of this radius.
pub(super) fn side_of_circle(radius: f64) -> f64 {
    radius * std::f64::consts::PI.sqrt()
}

/// Side of a square as large as the average cell of a resolution, in metres.
pub(super) fn side_of_cell(resolution: h3o::Resolution) -> f64 {
    resolution.area_m2().sqrt()
}

/// Role of a column of positions in words, as messages name it.
fn column_of(form: Form) -> &'static str {
    match form {
        Form::Position => "position",
        Form::LatLon => "lat-lon",
        Form::LonLat => "lon-lat",
        Form::GridReference => "grid-reference",
        Form::Geohash => "geohash",
        Form::Wkt => "wkt",
    }
}

/// Expectation of a column of positions.
fn expected(form: Form, unread: Unread) -> String {
    let what = match form {
        Form::Position | Form::LatLon => {
            "a position, such as 52.6369, -1.1398 (latitude first), POINT (-1.1398 52.6369), SK 5853 0442, a geohash or an H3 cell"
        }
        Form::LonLat => "a position, such as -1.1398, 52.6369 (longitude first)",
        Form::GridReference => "a grid reference with as many digits for north as for east, such as SK 5853 0442",
        Form::Geohash => "a geohash of at most 12 letters and digits without a, i, l and o, such as gcrk9q3",
        Form::Wkt => "POINT (longitude latitude)",
    };
    let advice = match unread {
        Unread::Unknown => "",
        Unread::Ambiguous => {
            "; this could be a grid reference or a geohash: say which with --column grid-reference=NAME or --column geohash=NAME"
        }
        Unread::Commas => "; --decimal ',' says that numbers have a comma",
    };
    format!("{what}{advice}")
}

/// Longitude and latitude in degrees, minutes and seconds; `None` if one is not in them.
fn angles(axes: [&str; 2], x: Field<'_>, y: Field<'_>) -> Result<Option<(f64, f64)>, Box<Fault>> {
    let one = |field: Field<'_>, axis: AngleAxis, name: &str| match field {
        Field::Text(text) => match angle::angle(text) {
            Some((_, Some(other))) if other != axis => {
                let letters = if axis == AngleAxis::Longitude { "E or W" } else { "N or S" };
                Err(Fault::new(Code::CoordType, name, text, format!("a {name} with the letter {letters}")))
            }
            Some((degrees, _)) => Ok(Some(degrees)),
            None => Ok(loose(field)),
        },
        _ => Ok(loose(field)),
    };
    let (x, y) = (one(x, AngleAxis::Longitude, axes[0])?, one(y, AngleAxis::Latitude, axes[1])?);
    Ok(x.zip(y))
}

/// An H3 cell; `code` is that of its fault.
pub(crate) fn h3_cell(code: Code, column: &str, field: Field<'_>) -> Result<h3o::CellIndex, Box<Fault>> {
    let cell = match field {
        Field::Text(text) => text.trim().parse().ok(),
        Field::Integer(number) => h3o::CellIndex::try_from(number as u64).ok(),
        _ => None,
    };
    cell.ok_or_else(|| Fault::new(code, column, field.displayed(), "an H3 cell such as 8819434dbbfffff"))
}
