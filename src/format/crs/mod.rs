//! Reference systems that a file or a setting may state, and their conversion to WGS84. Links are never followed.

mod converter;
pub(super) mod offered;

use std::fmt;
use std::str::FromStr;

pub(crate) use converter::Converter;
use proj_core::CrsDef;

use super::wkt;
use crate::invalid::InvalidValue;

/// Reference systems that positions are read in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Crs {
    /// Longitude and latitude in degrees.
    #[default]
    Wgs84,
    /// Latitude and longitude in degrees, in this order.
    LatLon,
    /// British National Grid, eastings and northings in metres (EPSG:27700).
    BritishNationalGrid,
    /// Another system, by its code in the EPSG registry.
    Epsg(u32),
}

/// A reference system that positions cannot be read in: what was expected, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnusableCrs(String);

/// A system that positions can be read in.
#[cfg(feature = "cli")]
pub(crate) struct ReferenceSystem {
    pub(crate) crs: Crs,
    /// Its name in the EPSG registry.
    pub(crate) name: String,
    /// Metres that its conversion is accurate to.
    pub(crate) metres: f64,
}

/// Every system that is offered, by code.
#[cfg(feature = "cli")]
pub(crate) fn systems() -> impl Iterator<Item = ReferenceSystem> {
    offered::codes().filter_map(|(code, metres)| {
        let name = proj_core::lookup_epsg(code)?.name().to_owned();
        let crs = Crs::of_code(code).ok()?;
        // The list has what a shift without OSTN15 would reach.
        let metres = if crs == Crs::BritishNationalGrid { 1.0 } else { metres };
        Some(ReferenceSystem { crs, name, metres })
    })
}

/// Codes that other registries have for Web Mercator.
const WEB_MERCATOR: [u32; 4] = [3785, 102_100, 102_113, 900_913];

impl Crs {
    /// The system that a text names or describes. It may be a code of the EPSG registry, a URN or address of one, a common name,
    /// or a definition as WKT or PROJJSON.
    ///
    /// ```
    /// use tensionmap::unstable::format::Crs;
    /// assert_eq!(Crs::named("urn:ogc:def:crs:EPSG::2157"), Ok(Crs::Epsg(2157)));
    /// assert_eq!(Crs::named("http://www.opengis.net/def/crs/OGC/1.3/CRS84"), Ok(Crs::Wgs84));
    /// assert_eq!(Crs::named("WGS84:latlon"), Ok(Crs::LatLon));
    /// assert!(Crs::named("EPSG:4267").is_err());
    /// ```
    ///
    /// # Errors
    /// A system that is not known, or whose positions would be metres off.
    pub fn named(text: &str) -> Result<Self, UnusableCrs> {
        let text = text.trim();
        if text.starts_with('{') || text.contains('[') {
            let name = wkt::reference_system(text);
            return if name == text { Err(unknown()) } else { Self::named(&name) };
        }
        let name = text.to_ascii_uppercase();
        match &*name.replace(['_', ' '], "") {
            "WGS84" | "GCSWGS1984" => return Ok(Self::Wgs84),
            "WGS84:LATLON" => return Ok(Self::LatLon),
            "BNG" | "OSGB36" | "BRITISHNATIONALGRID" => return Ok(Self::BritishNationalGrid),
            _ => {}
        }
        // Of a compound system, the first is the horizontal one.
        let first = name.strip_prefix("URN:OGC:DEF:CRS,").and_then(|both| both.split(',').next()).unwrap_or(&name);
        let code = first.split([':', '/', '#']).rfind(|word| !word.is_empty()).unwrap_or_default();
        let code = code.split('+').next().unwrap_or_default().trim();
        match code {
            "CRS84" | "CRS84H" => return Ok(Self::Wgs84),
            "84" if name == "CRS:84" => return Ok(Self::Wgs84),
            "CRS83" => return Self::of_code(4269),
            _ => {}
        }
        let number: Option<u32> = code.parse().ok();
        let is_mercator = number.is_some_and(|number| WEB_MERCATOR.contains(&number));
        match number {
            Some(_) if is_mercator => Self::of_code(3857),
            Some(number) if name == code || name.contains("EPSG") => Self::of_code(number),
            _ => Err(unknown()),
        }
    }

    fn of_code(code: u32) -> Result<Self, UnusableCrs> {
        match code {
            4326 => Ok(Self::Wgs84),
            27_700 => Ok(Self::BritishNationalGrid),
            _ => match proj_core::lookup_epsg(code) {
                // Heights are left aside.
                Some(CrsDef::Compound(both)) if both.horizontal().epsg() > 0 => Self::of_code(both.horizontal().epsg()),
                _ => offered::of(code).map(|_| Self::Epsg(code)).map_err(|metres| unusable(code, metres)),
            },
        }
    }

    /// True for degrees of WGS84 in either order.
    pub(crate) fn is_wgs84(self) -> bool {
        matches!(self, Self::Wgs84 | Self::LatLon)
    }

    /// Its code in the EPSG registry.
    #[must_use]
    pub fn code(self) -> u32 {
        match self {
            Self::Wgs84 | Self::LatLon => 4326,
            Self::BritishNationalGrid => 27_700,
            Self::Epsg(code) => code,
        }
    }
}

impl fmt::Display for Crs {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::LatLon { out.write_str("WGS84:latlon") } else { write!(out, "EPSG:{}", self.code()) }
    }
}

impl FromStr for Crs {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        Self::named(text).map_err(|why| InvalidValue::expecting("input-crs", text, why.to_string()))
    }
}

fn unknown() -> UnusableCrs {
    let example = "a code of the EPSG registry, such as EPSG:4326 (longitude and latitude), EPSG:27700 or EPSG:2157";
    UnusableCrs(example.to_owned())
}

/// Why a code is not offered; `metres` is what it would cost to go without a grid.
fn unusable(code: u32, metres: Option<f64>) -> UnusableCrs {
    let Some(system) = proj_core::lookup_epsg(code) else { return unknown() };
    let why = match metres {
        Some(metres) => format!("needs a grid of corrections that is not here, and would be up to {metres} m off"),
        None => "is not offered, as its conversion here differs from PROJ's by more than a centimetre".to_owned(),
    };
    UnusableCrs(format!(
        "another system, for EPSG:{code} ({}) {why}; convert the file to EPSG:4326 with another program first",
        system.name()
    ))
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
    Crs::named(name) == Ok(Crs::Wgs84)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Code;

    #[test]
    fn systems_are_known_by_their_usual_names() {
        for name in ["urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326", "EPSG:4326", "wgs84"] {
            assert_eq!(Crs::named(name), Ok(Crs::Wgs84), "{name}");
        }
        for name in ["urn:ogc:def:crs:EPSG::27700", "epsg:27700", "BNG", "http://www.opengis.net/def/crs/EPSG/0/27700"]
        {
            assert_eq!(Crs::named(name), Ok(Crs::BritishNationalGrid), "{name}");
        }
        for name in ["EPSG:99999", "ESRI:27700", "http://127.0.0.1:9/crs", "", "EPSG:21", "EPSG:4267"] {
            assert!(Crs::named(name).is_err(), "{name}");
        }
        assert_eq!(named(r#"{"type":"name","properties":{"name":"EPSG:4326"}}"#).as_deref(), Some("EPSG:4326"));
        let link = named(r#"{"type":"link","properties":{"href":"http://127.0.0.1:9/crs"}}"#);
        assert!(link.is_some_and(|crs| !is_wgs84(&crs)));
        assert_eq!(named("null"), None);
    }

    /// Test points that Ordnance Survey publishes with OSTN15: grid to ETRS89, agreeing to a centimetre.
    #[test]
    fn the_grid_agrees_with_ordnance_survey() {
        let grid = Converter::new(Crs::BritishNationalGrid).expect("the grid is built in");
        for (easting, northing, lat, lng) in [
            (91_492.146, 11_318.804, 49.922_263_937_3, -6.299_777_520_1),
            (651_409.804, 313_177.450, 52.658_007_833_5, 1.716_073_834_9),
            (422_242.186, 433_818.701, 53.800_215_196_3, -1.663_791_682_4),
        ] {
            let (found_lat, found_lng) = grid.convert(easting, northing).expect("on the grid");
            assert!((found_lat - lat).abs() < 1e-7 && (found_lng - lng).abs() < 2e-7, "{found_lat} {found_lng}");
        }
        assert!(grid.convert(9e9, 0.0).is_err_and(|fault| fault.code == Code::CoordRange));
    }

    /// Five points of 58 systems, by PROJ: `tests/clients/reference_systems.py` with their codes.
    #[test]
    fn systems_agree_with_proj_to_a_centimetre() {
        let mut systems = std::collections::BTreeSet::new();
        for line in include_str!("../../../tests/reference/reference_systems.csv").lines().skip(1) {
            let numbers: Vec<f64> = line.split(',').map(|word| word.parse().expect("a number")).collect();
            let [code, x, y, lng, lat, metres] = numbers[..] else { panic!("{line}") };
            let crs = Crs::named(&format!("EPSG:{code}")).unwrap_or_else(|error| panic!("{line}: {error}"));
            let converter = Converter::new(crs).unwrap_or_else(|error| panic!("{line}: {error}"));
            let (found_lat, found_lng) = converter.convert(x, y).unwrap_or_else(|fault| panic!("{line}: {fault:?}"));
            let distance = ((found_lng - lng) * lat.to_radians().cos()).hypot(found_lat - lat) * 111_320.0;
            assert!(distance < 0.01, "{line}: {found_lng} {found_lat}");
            let accuracy = if metres > 0.0 { format!("accurate to {metres} m") } else { "exact".to_owned() };
            assert!(converter.notice().is_some_and(|notice| notice.contains(&accuracy)), "{line}");
            systems.insert(crs.code());
        }
        assert_eq!(systems.len(), 58);
    }

    /// The registry gives northing first for these; files have easting first.
    #[test]
    fn easting_and_longitude_come_first() {
        for (name, x, y, lat, lng) in [
            ("urn:ogc:def:crs:EPSG::2180", 637_000.0, 486_000.0, 52.228, 21.006),
            ("http://www.opengis.net/def/crs/EPSG/0/3035", 4_321_000.0, 3_210_000.0, 52.0, 10.0),
            ("EPSG:2193", 1_748_735.0, 5_427_916.0, -41.286, 174.776),
            ("EPSG:4258", 4.9, 52.37, 52.37, 4.9),
            ("urn:ogc:def:crs:EPSG::4326", 4.9, 52.37, 52.37, 4.9),
        ] {
            let converter = Converter::new(Crs::named(name).expect(name)).expect(name);
            let (found_lat, found_lng) = converter.convert(x, y).expect(name);
            assert!(
                (found_lat - lat).abs() < 0.01 && (found_lng - lng).abs() < 0.01,
                "{name}: {found_lat} {found_lng}"
            );
        }
    }

    #[test]
    fn definitions_are_recognised_by_what_they_mean() {
        let degrees = |datum: &str, axis: &str| {
            format!(
                r#"GEOGCS["GCS_{datum}",DATUM["D_{datum}",SPHEROID[{axis}]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#
            )
        };
        let grs = r#""GRS_1980",6378137.0,298.257222101"#;
        let mercator = |base: &str, of: [f64; 5], unit: &str| {
            let [east, north, meridian, scale, origin] = of;
            format!(
                r#"PROJCS["as it is called here",{base},PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",{east}],
                PARAMETER["False_Northing",{north}],PARAMETER["Central_Meridian",{meridian}],PARAMETER["Scale_Factor",{scale}],
                PARAMETER["Latitude_Of_Origin",{origin}],UNIT[{unit}]]"#
            )
        };
        let metre = r#""Meter",1.0"#;
        let irish = degrees("IRENET95", grs);
        let utm = degrees("WGS_1984", r#""WGS_1984",6378137.0,298.257223563"#);
        for (definition, code) in [
            (mercator(&irish, [600_000.0, 750_000.0, -8.0, 0.99982, 53.5], metre), 2157),
            (mercator(&utm, [500_000.0, 0.0, -3.0, 0.9996, 0.0], metre), 32_630),
            (degrees("North_American_1983", grs), 4269),
            (utm, 4326),
        ] {
            assert_eq!(Crs::named(&definition).map(Crs::code), Ok(code), "{definition}");
        }
        let unknown = mercator(&irish, [600_000.0, 750_000.0, -8.5, 0.99982, 53.5], metre);
        assert!(Crs::named(&unknown).is_err());
        let compound = r#"COMPD_CS["both",PROJCS["a",GEOGCS["b"],AUTHORITY["EPSG","27700"]],VERT_CS["c",AUTHORITY["EPSG","5701"]],AUTHORITY["EPSG","7405"]]"#;
        let names = [compound, "urn:ogc:def:crs,crs:EPSG::27700,crs:EPSG::5701", "EPSG:27700+5701", "27700"];
        let json = r#"{"type":"ProjectedCRS","name":"OSGB","id":{"authority":"EPSG","code":27700}}"#;
        for name in names.into_iter().chain([json]) {
            assert_eq!(Crs::named(name), Ok(Crs::BritishNationalGrid), "{name}");
        }
    }

    #[test]
    fn numbers_that_a_system_does_not_have_are_faults() {
        let irish = Converter::new(Crs::Epsg(2157)).expect("offered");
        let degrees = irish.convert(-5.93, 54.6).expect_err("degrees are no metres");
        assert!(
            degrees.expected.contains("Irish Transverse Mercator") && degrees.expected.contains("look like degrees")
        );
        assert!(irish.convert(f64::NAN, 1.0).is_err() && irish.convert(1e12, 1.0).is_err());
    }

    #[test]
    fn systems_that_are_not_offered_are_refused_with_the_reason() {
        for (name, reason) in [
            ("EPSG:4267", "EPSG:4267 (NAD27) needs a grid of corrections that is not here"),
            ("EPSG:5514", "Krovak East North) is not offered, as"),
            ("EPSG:1", "a code of the EPSG registry"),
        ] {
            let why = Crs::named(name).expect_err(name).to_string();
            assert!(why.contains(reason), "{why}");
        }
        assert!(Converter::new(Crs::Epsg(4267)).is_err());
    }
}
