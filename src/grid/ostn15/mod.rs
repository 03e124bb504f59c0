//! British National Grid (EPSG:27700) through OSTN15, the transformation that defines it.
//!
//! WGS84 is read as ETRS89, as Ordnance Survey does. The projection has the series of its guide, with which its test points are
//! made. An exact projection differs from them by up to 6 mm at St Kilda.

mod series;
mod shifts;
#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;

/// Degrees of Great Britain from St Kilda to Lowestoft and from the Isles of Scilly to Shetland, with some sea around.
const LONGITUDES: RangeInclusive<f64> = -8.8..=1.9;
const LATITUDES: RangeInclusive<f64> = 49.8..=60.95;

/// Easting and northing of a longitude and latitude in degrees, to the millimetre; `None` beyond Great Britain and off the grid.
pub(crate) fn from_wgs84(lng: f64, lat: f64) -> Option<(f64, f64)> {
    if !(LONGITUDES.contains(&lng) && LATITUDES.contains(&lat)) {
        return None;
    }
    let (easting, northing) = series::project(lng, lat);
    let (east, north) = shifts::at(easting, northing)?;
    let to_millimetres = |metres: f64| (metres * 1000.0).round() / 1000.0;
    Some((to_millimetres(easting + east), to_millimetres(northing + north)))
}

/// Longitude and latitude in degrees of an easting and northing; `None` off the grid.
pub(crate) fn to_wgs84(easting: f64, northing: f64) -> Option<(f64, f64)> {
    let (east, north) = shifts::undone(easting, northing)?;
    Some(series::unproject(east, north))
}
