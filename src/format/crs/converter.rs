//! Conversion of positions to longitude and latitude in WGS84, made once for a file.

use proj_core::Transform;

use super::{Crs, UnusableCrs, offered};
use crate::format::{Code, Fault};
use crate::grid::ostn15;
use crate::rounding::legible;

/// Converts positions of one reference system to WGS84; threads share it.
///
/// The first number is easting or longitude, as in files of GIS formats, whatever order the EPSG registry gives.
#[derive(Clone, Debug)]
pub(crate) struct Converter {
    crs: Crs,
    /// The conversion, for a system other than the two that need none of the library.
    transform: Option<Box<Transform>>,
    /// Metres that the conversion is accurate to.
    metres: f64,
}

impl Converter {
    /// The converter of a system.
    ///
    /// # Errors
    /// A system that is not offered.
    pub(crate) fn new(crs: Crs) -> Result<Self, UnusableCrs> {
        let Crs::Epsg(code) = crs else { return Ok(Self { crs, transform: None, metres: 0.0 }) };
        let offered = offered::of(code).map_err(|metres| super::unusable(code, metres))?;
        let transform = offered.transform(code).ok_or_else(|| super::unusable(code, None))?;
        Ok(Self { crs, transform: Some(Box::new(transform)), metres: offered.metres })
    }

    /// The system it converts from.
    pub(crate) fn crs(&self) -> Crs {
        self.crs
    }

    /// Latitude and longitude of a position; British National Grid through OSTN15, exact to centimetres.
    ///
    /// # Errors
    /// Coordinates that the system does not have.
    pub(crate) fn convert(&self, x: f64, y: f64) -> Result<(f64, f64), Box<Fault>> {
        let found = match &self.transform {
            None if self.crs == Crs::Wgs84 => return Ok((y, x)),
            None if self.crs == Crs::LatLon => return Ok((x, y)),
            None => ostn15::to_wgs84(x, y),
            Some(transform) if self.is_degrees() || !is_like_degrees(x, y) => transform.convert((x, y)).ok(),
            Some(_) => None,
        };
        let sound = found.filter(|(lng, lat)| lng.is_finite() && lat.is_finite());
        sound.map(|(lng, lat)| (lat, lng)).ok_or_else(|| self.fault(x, y))
    }

    /// True if the system has degrees.
    fn is_degrees(&self) -> bool {
        self.transform.as_ref().is_some_and(|transform| transform.source_crs().is_geographic())
    }

    /// Statement of what is done to positions, after the name of their file; `None` for WGS84.
    pub(crate) fn notice(&self) -> Option<String> {
        let (crs, metres) = (self.crs, self.metres);
        let Some(transform) = &self.transform else {
            return match crs {
                Crs::BritishNationalGrid => Some(format!("{crs}; converted to longitude and latitude through OSTN15")),
                Crs::LatLon => Some(format!("{crs}: degrees with the latitude first")),
                _ => None,
            };
        };
        let name = transform.source_crs().name();
        let accuracy =
            if metres > 0.0 { format!("accurate to {metres} m") } else { "exact to a centimetre".to_owned() };
        Some(if self.is_degrees() {
            format!("{crs} ({name}); read as degrees of WGS84, {accuracy}")
        } else {
            format!("{crs} ({name}); converted to longitude and latitude, {accuracy}")
        })
    }

    #[cold]
    fn fault(&self, x: f64, y: f64) -> Box<Fault> {
        let (found, expected) = match &self.transform {
            None => (
                format!("easting {x}, northing {y}"),
                "metres of the British National Grid, 0 to 700000 and 0 to 1250000".to_owned(),
            ),
            Some(transform) => {
                let advice = if is_like_degrees(x, y) {
                    "; these look like degrees: say so with --input-crs EPSG:4326, or as FILE@EPSG:4326"
                } else {
                    ""
                };
                (
                    format!("{}, {}", legible(x), legible(y)),
                    format!("coordinates of {} ({}){advice}", self.crs, transform.source_crs().name()),
                )
            }
        };
        Fault::new(Code::CoordRange, "", found, expected)
    }
}

/// True for numbers within the degrees of the earth, which on a grid are metres round its origin and far from its land.
fn is_like_degrees(x: f64, y: f64) -> bool {
    x.abs() <= 180.0 && y.abs() <= 90.0
}
