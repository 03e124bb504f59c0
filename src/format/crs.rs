//! Reference systems that a file or a setting may state, and their conversion to WGS84. Links are never followed.

use std::str::FromStr;

use super::{Code, Fault};
use crate::invalid::InvalidValue;

/// Reference systems that positions are read in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Crs {
    /// Longitude and latitude in degrees.
    #[default]
    Wgs84,
    /// British National Grid, eastings and northings in metres (EPSG:27700).
    BritishNationalGrid,
}

impl Crs {
    /// The system of an authority's name, a URN or a common word.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_uppercase();
        let code = name.strip_prefix("URN:OGC:DEF:CRS:").unwrap_or(&name);
        let last = code.rsplit([':', '/']).next().unwrap_or_default();
        let is_epsg = code.starts_with("EPSG") || name.contains("/EPSG/");
        match last {
            "CRS84" | "WGS84" => Some(Self::Wgs84),
            "4326" if is_epsg => Some(Self::Wgs84),
            "27700" if is_epsg => Some(Self::BritishNationalGrid),
            "BNG" | "OSGB36" => Some(Self::BritishNationalGrid),
            _ => None,
        }
    }

    /// Its usual name.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Wgs84 => "EPSG:4326",
            Self::BritishNationalGrid => "EPSG:27700",
        }
    }

    /// Latitude and longitude of a position; British National Grid through OSTN15, exact to centimetres.
    pub(crate) fn to_wgs84(self, x: f64, y: f64) -> Result<(f64, f64), Box<Fault>> {
        match self {
            Self::Wgs84 => Ok((y, x)),
            Self::BritishNationalGrid => {
                let expected = "metres of the British National Grid, 0 to 700000 and 0 to 1300000, on land or near it";
                // The library requires numbers on its grid.
                let on_grid = (0.0..=700_000.0).contains(&x) && (0.0..=1_300_000.0).contains(&y);
                match on_grid.then(|| lonlat_bng::convert_osgb36_to_ll(x, y)) {
                    Some(Ok((lng, lat))) if lng.is_finite() && lat.is_finite() => Ok((lat, lng)),
                    _ => Err(Fault::new(Code::CoordRange, "", format!("easting {x}, northing {y}"), expected)),
                }
            }
        }
    }
}

impl FromStr for Crs {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        Self::named(text).ok_or_else(|| {
            let expected = "EPSG:4326 (longitude and latitude) or EPSG:27700 (British National Grid)";
            InvalidValue::expecting("input-crs", text, expected)
        })
    }
}

/// The name in the member `crs` of GeoJSON 2008, or else the member as it is written; `None` for null.
pub(crate) fn named(json: &str) -> Option<String> {
    let crs: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
    match crs["properties"]["name"].as_str() {
        _ if crs.is_null() => None,
        Some(name) if crs["type"] == "name" => Some(name.to_owned()),
        _ => Some(json.chars().take(200).collect()),
    }
}

/// True if a stated system is longitude and latitude in WGS84.
pub(crate) fn is_wgs84(name: &str) -> bool {
    Crs::named(name) == Some(Crs::Wgs84)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_are_known_by_their_usual_names() {
        for name in ["urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326", "EPSG:4326", "wgs84"] {
            assert_eq!(Crs::named(name), Some(Crs::Wgs84), "{name}");
        }
        for name in ["urn:ogc:def:crs:EPSG::27700", "epsg:27700", "BNG", "http://www.opengis.net/def/crs/EPSG/0/27700"]
        {
            assert_eq!(Crs::named(name), Some(Crs::BritishNationalGrid), "{name}");
        }
        for name in ["EPSG:3857", "EPSG:99999", "ESRI:27700", "http://127.0.0.1:9/crs", ""] {
            assert_eq!(Crs::named(name), None, "{name}");
        }
        assert_eq!(named(r#"{"type":"name","properties":{"name":"EPSG:4326"}}"#).as_deref(), Some("EPSG:4326"));
        let link = named(r#"{"type":"link","properties":{"href":"http://127.0.0.1:9/crs"}}"#);
        assert!(link.is_some_and(|crs| !is_wgs84(&crs)));
        assert_eq!(named("null"), None);
    }

    /// Test points that Ordnance Survey publishes with OSTN15: grid to ETRS89, agreeing to a centimetre.
    #[test]
    fn the_grid_agrees_with_ordnance_survey() {
        for (easting, northing, lat, lng) in [
            (91_492.146, 11_318.804, 49.922_263_937_3, -6.299_777_520_1),
            (651_409.804, 313_177.450, 52.658_007_833_5, 1.716_073_834_9),
            (422_242.186, 433_818.701, 53.800_215_196_3, -1.663_791_682_4),
        ] {
            let (found_lat, found_lng) = Crs::BritishNationalGrid.to_wgs84(easting, northing).expect("on the grid");
            assert!((found_lat - lat).abs() < 1e-7 && (found_lng - lng).abs() < 2e-7, "{found_lat} {found_lng}");
        }
        assert!(Crs::BritishNationalGrid.to_wgs84(9e9, 0.0).is_err_and(|fault| fault.code == Code::CoordRange));
    }
}
