//! Positions: from the columns of a record to latitude and longitude, and checks over all positions of a file.

use std::str::FromStr;

use super::{FileTally, IngestError, candidates};
use crate::code::Code;
use crate::format::{Converter, Crs, Fault, Field, Records, UnusableCrs, number, wkb};
use crate::invalid::InvalidValue;

/// A box in degrees; a west beyond the east crosses longitude 180°.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bbox {
    pub(super) west: f64,
    pub(super) south: f64,
    pub(super) east: f64,
    pub(super) north: f64,
}

impl Bbox {
    /// The United Kingdom, its islands and coastal waters.
    pub const UNITED_KINGDOM: Self = Self { west: -8.75, south: 49.8, east: 1.85, north: 60.95 };

    /// True if a position is inside.
    #[must_use]
    pub fn holds(self, lat: f64, lng: f64) -> bool {
        let between = if self.west <= self.east {
            (self.west..=self.east).contains(&lng)
        } else {
            lng >= self.west || lng <= self.east
        };
        between && (self.south..=self.north).contains(&lat)
    }
}

impl FromStr for Bbox {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        // A part that is not a number must not leave a box of the others.
        let numbers: Option<Vec<f64>> = text.split(',').map(|part| part.trim().parse().ok()).collect();
        let numbers = numbers.unwrap_or_default();
        match numbers[..] {
            [west, south, east, north]
                if [west, east].iter().all(|lng| (-180.0..=180.0).contains(lng))
                    && -90.0 <= south
                    && south < north
                    && north <= 90.0 =>
            {
                Ok(Self { west, south, east, north })
            }
            _ => {
                let expected = "WEST,SOUTH,EAST,NORTH in degrees, such as -8.75,49.8,1.85,60.95";
                Err(InvalidValue::expecting("bbox", text, expected))
            }
        }
    }
}

/// Columns of the position of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PositionColumns {
    /// Longitude and latitude columns.
    Degrees(usize, usize),
    /// The record's geometry; where it has none, longitude and latitude columns if there are any.
    Geometry(Option<(usize, usize)>),
    /// Easting and northing columns.
    Grid(usize, usize),
    /// A column of well-known text.
    Wkt(usize),
    /// A column of H3 cells.
    Cell(usize),
}

/// Area that positions are checked against.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum ExpectedArea {
    /// Anywhere.
    Anywhere,
    /// Likely in a box: a position elsewhere is accepted too, unless its mirror image is inside.
    Likely(Bbox),
    /// Only in a box.
    Only(Bbox),
}

/// Latitude and longitude in degrees, or the fault of a record.
type LatLngResult = Result<(f64, f64), Box<Fault>>;

/// Reads the positions of one file.
#[derive(Debug)]
pub(super) struct Positions {
    pub(super) crs: Crs,
    pub(super) expected: ExpectedArea,
    decimal_comma: bool,
    /// True if nothing states the system of eastings and northings; how many of them are in Ireland then.
    pub(super) is_assumed: bool,
    in_ireland: u64,
    /// Converters of the systems met so far.
    converters: Vec<Converter>,
    /// Positions that look like metres of a projected grid, and the first of them.
    metres: u64,
    example: (f64, f64),
    /// Positions outside whose mirror image is inside.
    mirrored: u64,
}

impl Positions {
    pub(super) fn new(crs: Crs, expected: ExpectedArea, decimal_comma: bool) -> Self {
        Self {
            crs,
            expected,
            decimal_comma,
            is_assumed: false,
            in_ireland: 0,
            converters: Vec::new(),
            metres: 0,
            example: (0.0, 0.0),
            mirrored: 0,
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
                (other, _) => Err(Fault::new(Code::GeomType, "geometry", other.displayed(), "a Point")),
            },
            PositionColumns::Grid(x, y) => {
                self.pair(self.crs, ["easting", "northing"], records.field(x), records.field(y))
            }
            PositionColumns::Wkt(column) => self.wkt(records.field(column)),
            PositionColumns::Cell(column) => cell(records.field(column)),
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
        let (x, y) = (self.number(axes[0], x)?, self.number(axes[1], y)?);
        self.checked(crs, x, y)
    }

    fn number(&self, axis: &str, field: Field<'_>) -> Result<f64, Box<Fault>> {
        let comma = matches!(field, Field::Text(text) if text.contains(','));
        let number = match field {
            Field::Text(text) if comma && self.decimal_comma => number::loose(&text.trim_ascii().replace(',', ".")),
            other => loose(other),
        };
        number.ok_or_else(|| {
            let advice = if comma { "; --decimal ',' says that numbers have a comma" } else { "" };
            let expected = format!("a plain number, such as -1.13158{advice}");
            Fault::new(Code::CoordType, axis, field.displayed(), expected)
        })
    }

    fn wkt(&mut self, field: Field<'_>) -> LatLngResult {
        if field.is_blank() {
            return Err(no_position());
        }
        let point = if let Field::Text(text) = field { wkb::wkt_point(text) } else { Err(field.displayed()) };
        match point {
            Ok(Some((x, y))) => self.checked(self.crs, x, y),
            Ok(None) => Err(no_position()),
            Err(found) => Err(Fault::new(Code::GeomType, "wkt", found, "POINT (longitude latitude)")),
        }
    }

    /// True if a position in degrees needs no further check.
    #[inline]
    pub(super) fn is_plain(&self, lat: f64, lng: f64) -> bool {
        // NaN is in no range.
        is_on_earth(lat, lng) && (lat != 0.0 || lng != 0.0) && self.is_expected(lat, lng)
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
        let converted = self.converted(crs, x, y);
        if self.is_assumed {
            self.see_assumed(x, y, &converted);
        }
        let (lat, lng) = converted?;
        if !is_on_earth(lat, lng) {
            return Err(self.out_of_range(x, y));
        }
        match self.expected {
            ExpectedArea::Likely(bbox) | ExpectedArea::Only(bbox) if !self.is_expected(lat, lng) => {
                self.mirrored += u64::from(bbox.holds(lng, lat));
                let Bbox { west, south, east, north } = bbox;
                let swapped = if bbox.holds(lng, lat) { "; latitude and longitude look swapped" } else { "" };
                let expected =
                    format!("a place within {west},{south},{east},{north}{swapped} (--bbox says what is expected)");
                Err(Fault::new(Code::OutsideBbox, "", found(), expected))
            }
            _ => Ok((lat, lng)),
        }
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

    /// Remembers what speaks against the system that is assumed.
    fn see_assumed(&mut self, x: f64, y: f64, converted: &LatLngResult) {
        if self.example == (0.0, 0.0) {
            self.example = (x, y);
        }
        match converted {
            Ok((lat, lng)) => self.in_ireland += u64::from(candidates::is_in_ireland(*lat, *lng)),
            Err(_) => self.metres += 1,
        }
    }

    /// The area that positions are expected in, for a look at candidates.
    fn wanted(&self) -> candidates::Wanted {
        let degrees = |bbox: Bbox| [bbox.west, bbox.south, bbox.east, bbox.north];
        let (bbox, is_only) = match self.expected {
            ExpectedArea::Anywhere => (None, false),
            ExpectedArea::Likely(bbox) => (Some(degrees(bbox)), false),
            ExpectedArea::Only(bbox) => (Some(degrees(bbox)), true),
        };
        candidates::Wanted { bbox, is_only }
    }

    /// Where other systems would put positions whose system is assumed, within the area they are expected in.
    pub(super) fn doubt(&self) -> Option<String> {
        let (x, y) = self.example;
        let wanted = self.wanted();
        let only = candidates::Wanted { is_only: true, ..wanted };
        let others = candidates::listed(x, y, only, Some(self.crs));
        let found = self.is_assumed && wanted.bbox.is_some() && !others.is_empty();
        found.then(|| format!("x≈{x:.0}, y≈{y:.0} fit another system too: {}", others.join(", or ")))
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
        Fault::new(Code::CoordRange, "", format_args!("{x}, {y}"), expected)
    }

    /// The error of a file whose positions share a reason to doubt them.
    pub(super) fn verdict(&self, tally: &FileTally) -> Result<(), IngestError> {
        let file = tally.name.clone();
        let most = |count: u64| count > 0 && count * 2 > tally.read;
        let (x, y) = self.example;
        let advice = || candidates::advice(x, y, self.wanted(), &tally.unread);
        if most(self.in_ireland) {
            let why = "are in Ireland or the sea, if they are of the British National Grid";
            let advice = format!("{}, or --input-crs EPSG:27700 says that they are", advice());
            return Err(IngestError::SuspectCrs { file, x, y, why, advice });
        }
        if tally.accepted > 0 {
            return Ok(());
        }
        if most(self.metres) {
            let why =
                if self.is_assumed { "are not on the British National Grid" } else { "are not longitude and latitude" };
            return Err(IngestError::SuspectCrs { file, x, y, why, advice: advice() });
        }
        if most(self.mirrored) {
            return Err(IngestError::SuspectSwap { file, count: self.mirrored });
        }
        Ok(())
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

/// The centre of an H3 cell.
fn cell(field: Field<'_>) -> LatLngResult {
    if field.is_blank() {
        return Err(no_position());
    }
    let centre = h3o::LatLng::from(h3_cell(Code::CoordType, "h3", field)?);
    Ok((centre.lat(), centre.lng()))
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
