//! From what a record says about its place to a [`LatLng`].

use super::{Fault, Field, Reason};
use crate::grid::LatLng;

/// Parses a point geometry, or else a longitude and a latitude in degrees.
///
/// # Errors
/// `Q_NO_GEOMETRY` (nothing there), `Q_COORD_TYPE` (not a number), `Q_NONFINITE`, `Q_COORD_RANGE`, `Q_NULL_ISLAND`
/// (exactly 0, 0), `Q_GEOM_TYPE` (not a point).
pub fn parse(geometry: Field<'_>, lng: Field<'_>, lat: Field<'_>) -> Result<LatLng, Fault> {
    let (lng, lat) = match geometry {
        Field::Point(lng, lat) => (lng, lat),
        Field::Null => {
            if lng.is_blank() || lat.is_blank() {
                return Err(Fault::new(Reason::NoGeometry, "", "no position", "a longitude and a latitude"));
            }
            (degrees("longitude", lng)?, degrees("latitude", lat)?)
        }
        other => {
            return Err(Fault::new(Reason::GeomType, "geometry", other.shown(), "a Point with two finite numbers"));
        }
    };
    let found = || format!("longitude {lng}, latitude {lat}");
    if !(lng.is_finite() && lat.is_finite()) {
        return Err(Fault::new(Reason::NonFinite, "", found(), "finite degrees"));
    }
    if lng == 0.0 && lat == 0.0 {
        return Err(Fault::new(Reason::NullIsland, "", found(), "a real place; 0, 0 stands for a failed geocode"));
    }
    LatLng::new(lat, lng).map_err(|error| {
        let metres =
            if lng.abs().max(lat.abs()) > 1000.0 { "; this looks like metres of a projected grid" } else { "" };
        Fault::new(Reason::CoordRange, "", found(), format!("{}{metres}", error.expected()))
    })
}

/// Whether a GeoJSON 2008 member `crs` says WGS84 longitude and latitude. A link is never followed.
pub(crate) fn is_wgs84(crs: &serde_json::Value) -> bool {
    let name = crs["properties"]["name"].as_str().unwrap_or_default();
    crs.is_null() || name.ends_with("CRS84") || name.ends_with("EPSG::4326") || name.ends_with("EPSG:4326")
}

fn degrees(axis: &'static str, field: Field<'_>) -> Result<f64, Fault> {
    let wrong = |found: String| Fault::new(Reason::CoordType, axis, found, "a number in degrees, such as -1.13158");
    match field {
        Field::Number(number) => Ok(number),
        Field::Text(text) => text.trim().parse().map_err(|_error: std::num::ParseFloatError| wrong(text.to_owned())),
        other => Err(wrong(other.shown())),
    }
}
