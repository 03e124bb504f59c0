//! Roles of columns, and the names by which a column of each is recognised.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::format::TableHeader;
use crate::format::names::folded;
use crate::invalid::{InvalidValue, named};

/// The roles, one row each: variant, name, aliases in order of preference (lower case, words joined by `_`), what it is.
macro_rules! roles {
    ($($variant:ident $id:literal [$($alias:literal)*] $about:literal;)*) => {
        /// Role of a column.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize)]
        #[non_exhaustive]
        pub enum Role { $(#[doc = $about] #[serde(rename = $id)] $variant,)* }

        impl Role {
            /// Every role.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The name used in settings.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// Names by which a column of this role is recognised.
            #[must_use]
            pub fn aliases(self) -> &'static [&'static str] {
                match self { $(Self::$variant => &[$($alias,)*],)* }
            }
        }
    };
}

roles! {
    Longitude "longitude" ["longitude" "lon" "lng" "long" "x"] "Longitude in degrees.";
    Latitude "latitude" ["latitude" "lat" "y"] "Latitude in degrees.";
    Easting "easting" ["easting" "eastings" "bng_e" "osgb_easting" "grid_easting"] "Easting, of the British National Grid unless the system is stated.";
    Northing "northing" ["northing" "northings" "bng_n" "osgb_northing" "grid_northing"]
        "Northing, likewise.";
    GridReference "grid-reference" ["grid_reference" "grid_ref" "gridref" "gridreference" "os_grid_reference" "os_grid_ref"
        "osgridref" "os_grid" "osgr" "ngr" "national_grid_reference" "bng_ref" "osref"]
        "OS or Irish grid reference, such as SK 4580 3042.";
    Wkt "wkt" ["wkt" "wkt_geom" "geom_wkt" "geometry_wkt" "the_geom" "geometry" "geom" "shape"] "Point as well-known text or bytes, or as GeoJSON.";
    Geohash "geohash" ["geohash" "geo_hash"] "Geohash, such as gcrk9q3.";
    H3 "h3" ["h3" "h3_index" "h3_cell" "h3_id" "h3index" "hex_id"] "H3 cell that stands for the place.";
    LonLat "lon-lat" ["lon_lat" "lonlat" "lng_lat" "lnglat" "long_lat" "longlat" "longitude_latitude"]
        "Position in one column; of two numbers the longitude comes first.";
    LatLon "lat-lon" ["lat_lon" "latlon" "lat_lng" "latlng" "lat_long" "latlong" "latitude_longitude" "geo_point_2d" "geo_point"
        "geopoint"]
        "Position in one column; of two numbers the latitude comes first.";
    Position "position" ["position" "geolocation" "geo_location" "gps" "gps_location" "gps_coordinates" "coordinates" "coords"
        "location" "location_1" "point" "georeference"]
        "Position in one column, in any form; of two numbers the latitude comes first, of an array the longitude.";
    Place "place" ["postcode" "post_code" "pcds" "pcd" "pcd7" "pcd8" "postal_code" "uprn" "usrn" "lsoa_code" "lsoa21cd" "lsoa11cd"
        "msoa_code" "msoa21cd" "ward_code" "lad_code" "place" "place_name" "ward" "ward_name" "town" "street" "street_name"]
        "Key to look up in --gazetteer: a postcode, a code or a name.";
    Date "date" ["occurred_at" "occurred_on" "occurred" "date" "datetime" "date_time" "incident_date" "event_date" "timestamp"
        "ts" "time" "date_single" "month" "year_month" "year"] "Day, month, year or moment it happened.";
    Year "year" ["year" "yyyy"] "Year, with the month and day in other columns.";
    Month "month" ["month" "mm"] "Month of the year, as a number or an English name.";
    Day "day" ["day" "day_of_month" "dd"] "Day of the month.";
    Time "time" [] "Time of day of the date in another column; only where it is named.";
    Start "interval-start" ["interval_start" "date_start" "start_date" "start_time" "occurred_from" "date_from" "event_start"]
        "First day or moment it may have happened.";
    End "interval-end" ["interval_end" "date_end" "end_date" "end_time" "occurred_to" "date_to" "event_end"]
        "Last day or moment it may have happened.";
    ReportedAt "reported-at" ["reported_at" "reported_on" "date_reported" "reported" "known_from"] "Day it became known.";
    Category "category" ["category" "crime_type" "incident_type" "event_type" "offence" "offence_type" "type"]
        "Subject, as a label.";
    Strand "strand" ["strand" "eep"] "Experienced, evidenced or potential.";
    Severity "severity" ["severity"] "1 to 5.";
    Grade "grade" ["grade" "evidence_grade" "grading"] "Evidence grade.";
    Source "source" ["source" "source_org" "reported_by" "source_name"] "Organisation that reported it.";
    Id "id" ["report_id" "incident_id" "crime_id" "event_id" "id" "uid" "ref" "reference" "external_ref"]
        "Identifier of a record.";
    Precision "precision" ["precision" "geo_precision" "where_prec"] "Precision of the position, as the source grades it.";
    PrecisionM "precision-m" ["precision_m" "accuracy_m" "accuracy" "gps_accuracy" "horizontal_accuracy" "uncertainty_m"
        "coordinateuncertaintyinmeters" "coordinate_uncertainty_in_meters"]
        "Metres within which the position is right.";
}

/// The column of each role, by index and name.
pub(super) type Chosen = BTreeMap<Role, (usize, String)>;

impl Role {
    /// The parts of a date that has several columns.
    pub(super) const DATE_PARTS: [Self; 3] = [Self::Year, Self::Month, Self::Day];

    /// The role a column of this name would play.
    pub(super) fn of(name: &str) -> Option<Self> {
        let name = folded(name);
        Self::ALL.iter().copied().find(|role| role.aliases().contains(&name.as_str()))
    }

    /// The column of this role by its usual names alone.
    pub(crate) fn column(self, names: &[String]) -> Option<usize> {
        let named = |alias: &&str| names.iter().position(|name| folded(name) == **alias);
        self.aliases().iter().find_map(named).or_else(|| self.member(names))
    }

    /// The column of this role by its usual names, or by one that the format has cut.
    pub(super) fn column_of(self, header: &TableHeader) -> Option<usize> {
        let names = header.names.as_slice();
        let is_cut = |name: &String, alias: &str| is_cut_from(&folded(name), alias) && Self::of_cut(name) == Some(self);
        let cut = |alias: &&str| names.iter().position(|name| is_cut(name, alias));
        let of_cut = || self.aliases().iter().filter(|_| header.has_cut_names).find_map(cut);
        self.column(names).or_else(of_cut)
    }

    /// The role that a column would play by a name that was cut. `None` for a whole name, and for a beginning that several roles
    /// share.
    pub(super) fn of_cut(name: &str) -> Option<Self> {
        let name = folded(name);
        let is_of = |role: &Self| role.aliases().iter().any(|alias| is_cut_from(&name, alias));
        let mut roles = Self::ALL.iter().copied().filter(is_of);
        roles.next().filter(|_| roles.next().is_none() && Self::of(&name).is_none())
    }

    /// The only member of a nested object that is named like this part of a position: `location.lat`, `point.coordinates`.
    fn member(self, names: &[String]) -> Option<usize> {
        let parts: &[&str] = match self {
            Self::Longitude => &["longitude", "lon", "lng", "long"],
            Self::Latitude => &["latitude", "lat"],
            Self::Position => &["coordinates"],
            _ => return None,
        };
        let last =
            |name: &String| name.rsplit_once('.').is_some_and(|(_, part)| parts.contains(&folded(part).as_str()));
        let mut found = names.iter().enumerate().filter(|(_, name)| last(name));
        found.next().map(|(index, _)| index).filter(|_| found.next().is_none())
    }

    /// True for a role whose names are so common that a property of one may turn up late without playing it.
    pub(super) fn is_lately_known(self) -> bool {
        use Role::{Geohash, GridReference, LatLon, LonLat, Place, Position, PrecisionM};
        matches!(self, GridReference | Geohash | LonLat | LatLon | Position | Place | PrecisionM)
    }

    /// True for the ways to a position in one column.
    pub(super) fn is_position(self) -> bool {
        use Role::{Geohash, GridReference, H3, LatLon, LonLat, Position, Wkt};
        matches!(self, GridReference | Wkt | Geohash | H3 | LonLat | LatLon | Position)
    }
}

/// Letters of a name in the table of a shapefile.
const CUT_LETTERS: usize = 10;
/// Letters of a name in programs that keep fewer.
const MIN_CUT_LETTERS: usize = 8;

/// True for a name that is the beginning of another: of ten letters, or a little shorter and all but whole.
///
/// A beginning that ends with a word is a name of its own, such as `evidence` beside `evidence_grade`.
fn is_cut_from(name: &str, whole: &str) -> bool {
    let Some(rest) = whole.strip_prefix(name).filter(|rest| !rest.is_empty() && !rest.starts_with('_')) else {
        return false;
    };
    name.len() == CUT_LETTERS || (MIN_CUT_LETTERS..CUT_LETTERS).contains(&name.len()) && rest.len() <= 2
}

impl FromStr for Role {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        named("column role", text, Self::ALL.iter().map(|role| (role.id(), *role)))
    }
}

impl fmt::Display for Role {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.id())
    }
}
