//! Gazetteers: tables of places that turn a postcode, a property number, an area code or a name into a position.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, LazyLock, OnceLock};

use super::area_places;
use super::place_table::{PlaceTable, Placed};
use super::position::{PositionColumns, Positions, loose, side_of_circle};
use super::{ExpectedArea, IngestError, Role};
use crate::format::features::first_kind;
use crate::format::names::{folded, listed};
use crate::format::{
    Crs, Field, FileOptions, FormatError, Geometries, Input, Records, Step, TableHeader, begins_with_drive,
};
use crate::invalid::InvalidValue;

/// A file of places with their positions, read when it is first needed.
#[derive(Debug)]
pub struct Gazetteer {
    file: PathBuf,
    /// Column of the keys; `None` finds it by its name.
    key: Option<String>,
    /// Columns of longitude (or easting) and latitude (or northing); `None` finds them by their names.
    xy: Option<(String, String)>,
    table: OnceLock<Arc<PlaceTable>>,
}

/// Names of a postcode, the one with its space first.
const POSTCODES: [&str; 9] =
    ["pcds", "postcode", "post_code", "pcd7", "pcd8", "pcd", "pcd2", "postal_code", "postcode_unit"];

/// Columns of Code-Point Open, whose files have no header.
static CODE_POINT: LazyLock<Vec<String>> = LazyLock::new(|| {
    let names = [
        "Postcode",
        "Positional_quality_indicator",
        "Eastings",
        "Northings",
        "Country_code",
        "NHS_regional_HA_code",
        "NHS_HA_code",
        "Admin_county_code",
        "Admin_district_code",
        "Admin_ward_code",
    ];
    names.map(str::to_owned).to_vec()
});

/// Columns of a gazetteer.
struct Layout {
    key: usize,
    position: PositionColumns,
    /// Source of the size of the ground that a position stands for.
    size: PlaceSize,
    /// Month from which a key is in use no longer.
    end: Option<usize>,
}

/// Source of the size of the ground that a position stands for.
#[derive(Clone, Copy)]
enum PlaceSize {
    /// Metres along a side, by what the key is.
    Nominal(f64),
    /// A column of metres within which the position is right.
    Metres(usize),
    /// A column of square metres.
    Area(usize),
    /// A column of ONS's positional quality, 1 to 9, or of Code-Point Open's, 10 to 90.
    Quality(usize),
}

impl FromStr for Gazetteer {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let (file, columns) = Self::split(text);
        let (key, xy) = match columns[..] {
            [] => (None, None),
            [key] => (Some(key), None),
            [key, x, y] => (Some(key), Some((x, y))),
            _ => return Err(unusable(text)),
        };
        if file.is_empty() || columns.iter().any(|name| name.is_empty()) {
            return Err(unusable(text));
        }
        let xy = xy.map(|(x, y)| (x.to_owned(), y.to_owned()));
        Ok(Self { file: file.into(), key: key.map(str::to_owned), xy, table: OnceLock::new() })
    }
}

fn unusable(text: &str) -> InvalidValue {
    let expected = "FILE, FILE:KEY or FILE:KEY:X:Y, such as ONSPD.csv or streets.csv:street:easting:northing";
    InvalidValue::expecting("gazetteer", text, expected)
}

impl Gazetteer {
    /// File and columns of a text. As much of it as is the name of an existing file is the file, colons included.
    fn split(text: &str) -> (&str, Vec<&str>) {
        let first = if begins_with_drive(text) { 2 } else { 0 };
        let colons = text.match_indices(':').map(|(at, _)| at).filter(move |at| *at >= first);
        let ends = std::iter::once(text.len()).chain(colons.rev());
        let is_there = |end: &usize| Input::from(&text[..*end]).part().file.exists();
        let longest = ends.clone().find(is_there);
        let end = longest.or_else(|| ends.last()).unwrap_or(text.len());
        let columns = text[end..].strip_prefix(':').map(|columns| columns.split(':').collect());
        (&text[..end], columns.unwrap_or_default())
    }

    /// The file of a text.
    #[must_use]
    pub(crate) fn file_of(text: &str) -> PathBuf {
        Self::split(text).0.into()
    }

    /// Name of its file.
    pub(super) fn name(&self) -> String {
        self.file.display().to_string()
    }

    /// The places, if they have been read.
    pub(super) fn loaded(&self) -> Option<Arc<PlaceTable>> {
        self.table.get().cloned()
    }

    /// The places, read at the first call.
    ///
    /// # Errors
    /// A file that cannot be read, or that lacks a column for the key or the position.
    pub(super) fn table(&self, options: &FileOptions) -> Result<&PlaceTable, IngestError> {
        if let Some(table) = self.table.get() {
            return Ok(table);
        }
        let table = Arc::new(self.read(options)?);
        Ok(self.table.get_or_init(|| table))
    }

    fn wrong(&self, problem: impl Into<String>) -> IngestError {
        IngestError::Gazetteer { file: self.name(), problem: problem.into() }
    }

    /// Opens the file; true if it has areas.
    fn open(input: &Input, options: &FileOptions) -> Result<(Box<dyn Records>, bool), IngestError> {
        let FileOptions { memory, formats, .. } = options.clone();
        let plain = FileOptions { memory, formats, ..FileOptions::default() }.of(input)?;
        let found = crate::format::open(input, &plain, None, &mut Vec::new());
        // A first row that is a postcode is not a header.
        let headless = match &found {
            Ok((records, _)) => is_code_point(records.names()),
            Err(error) => matches!(error, FormatError::Header { .. }),
        };
        if headless {
            let code_point = FileOptions { header: Some(&CODE_POINT), delimiter: Some(b','), ..plain };
            return Ok((crate::format::open(input, &code_point, None, &mut Vec::new())?.0, false));
        }
        let areas = || {
            let shapes = FileOptions { geometries: Geometries::Polygons, ..plain.clone() };
            crate::format::open(input, &shapes, None, &mut Vec::new()).map(|(records, _)| records)
        };
        match found {
            Ok((records, _)) if records.header().has_geometry => {
                let kind = first_kind(input).ok().flatten();
                let has_areas = matches!(kind, Some("Polygon" | "MultiPolygon" | "GeometryCollection"));
                Ok((records, has_areas))
            }
            Ok((records, _)) => Ok((records, false)),
            // Of layers without points, those of polygons may be meant.
            Err(error) => areas().map(|records| (records, true)).map_err(|_not_areas_either| error.into()),
        }
    }

    fn read(&self, options: &FileOptions) -> Result<PlaceTable, IngestError> {
        let input = Input::Path(self.file.clone());
        let (mut records, has_areas) = Self::open(&input, options)?;
        let header = records.header().clone();
        let layout = self.layout(&header)?;
        let (names, key) = (&header.names, layout.key);
        if has_areas {
            let table = area_places::read(&input, &names[key])?;
            let table = table.ok_or_else(|| self.wrong("it is a table in memory"))?;
            return self.finished(table, names, &[]);
        }
        let mut wanted = vec![false; names.len()];
        let ground = match layout.size {
            PlaceSize::Nominal(_) => None,
            PlaceSize::Metres(column) | PlaceSize::Area(column) | PlaceSize::Quality(column) => Some(column),
        };
        let of_position = layout.position.columns();
        for column in [Some(key), ground, layout.end].into_iter().flatten().chain(of_position.iter().copied()) {
            wanted[column] = true;
        }
        records.select(&wanted, &[]);
        let given = input.part().crs()?;
        let stated = match (given, &header.crs) {
            (Some(crs), _) => crs,
            (None, Some(name)) => Crs::named(name).map_err(|why| {
                let (file, found, expected) = (self.name(), name.clone(), why.to_string());
                IngestError::Crs { file, found, expected }
            })?,
            (None, None) => Crs::Wgs84,
        };
        let mut rows =
            Rows { table: None, positions: Positions::new(stated, ExpectedArea::Anywhere, false), layout, stated };
        let mut read = 0_u64;
        loop {
            match records.advance()? {
                Step::End => break,
                Step::Broken(_) => {}
                Step::Record => rows.add(&*records, || (self.name(), names[key].clone())),
            }
            read += 1;
            if read.is_multiple_of(1 << 16) {
                crate::watch::check().map_err(FormatError::from)?;
                let bytes = rows.table.as_ref().map_or(0, |table: &PlaceTable| table.len() * PlaceTable::ENTRY_BYTES);
                let advice = "cut the gazetteer down to the places of the area";
                let allowed = options.memory.allow(bytes * 2, "remembering the places of the gazetteer", advice);
                allowed.map_err(|source| FormatError::Memory { file: self.name(), source })?;
            }
        }
        let table = rows.table.ok_or_else(|| self.wrong(format!("none of its {read} rows has a key")))?;
        self.finished(table, names, &of_position)
    }

    /// The table, sorted, with a sentence on it.
    fn finished(&self, mut table: PlaceTable, names: &[String], columns: &[usize]) -> Result<PlaceTable, IngestError> {
        let several = table.finish();
        let (count, key) = (table.len(), table.key().to_owned());
        if count == 0 {
            return Err(self.wrong(format!("none of its areas has a {key}")));
        }
        let from = columns.iter().map(|&column| names[column].as_str()).collect::<Vec<_>>().join(", ");
        let from = if from.is_empty() { "their geometry".to_owned() } else { from };
        let more = if several > 0 { format!("; {several} have several positions, so none") } else { String::new() };
        table.about = format!("{}: {count} places by {key}, at {from}{more}", self.name());
        Ok(table)
    }

    fn layout(&self, header: &TableHeader) -> Result<Layout, IngestError> {
        let names = &header.names;
        let place = |wanted: &str| names.iter().position(|name| name == wanted);
        let stated = |wanted: &String| {
            let missing = || self.wrong(format!("there is no column {wanted:?}; found {}", listed(names)));
            place(wanted).or_else(|| names.iter().position(|name| folded(name) == folded(wanted))).ok_or_else(missing)
        };
        let key = match &self.key {
            Some(key) => stated(key)?,
            None => key_column(names).ok_or_else(|| {
                self.wrong(format!("no column for the key; found {}; say which with FILE:KEY", listed(names)))
            })?,
        };
        let position = match &self.xy {
            Some((x, y)) => {
                let is_grid = Role::Easting.aliases().contains(&folded(x).as_str());
                let (x, y) = (stated(x)?, stated(y)?);
                if is_grid { PositionColumns::Grid(x, y) } else { PositionColumns::Degrees(x, y) }
            }
            None => self.position(header)?,
        };
        let by_name = |wanted: &[&str]| names.iter().position(|name| wanted.contains(&folded(name).as_str()));
        let area = by_name(&["shape_area", "st_area_shape", "shape_area_m2", "area_m2"]);
        let quality = by_name(&["osgrdind", "gridind", "positional_quality_indicator", "pqi"]);
        let metres = Role::PrecisionM.column(names);
        let ground = metres.map(PlaceSize::Metres).or(area.map(PlaceSize::Area)).or(quality.map(PlaceSize::Quality));
        let ground = ground.unwrap_or_else(|| PlaceSize::Nominal(nominal_side(&folded(&names[key]))));
        Ok(Layout { key, position, size: ground, end: by_name(&["doterm"]) })
    }

    /// Columns of the position: degrees before metres, also under the names of ONS and of Ordnance Survey.
    fn position(&self, header: &TableHeader) -> Result<PositionColumns, IngestError> {
        let by_name = |wanted: &[&str]| header.names.iter().position(|name| wanted.contains(&folded(name).as_str()));
        let pair = |x: &[&str], y: &[&str]| by_name(x).zip(by_name(y));
        if header.has_geometry {
            return Ok(PositionColumns::Geometry(None));
        }
        if let Some((x, y)) = pair(&["long", "longitude", "lon", "lng"], &["lat", "latitude"]) {
            return Ok(PositionColumns::Degrees(x, y));
        }
        let eastings = ["oseast1m", "east1m", "easting", "eastings", "x_coordinate", "geometry_x", "gridgb1e", "bng_e"];
        let northings =
            ["osnrth1m", "north1m", "northing", "northings", "y_coordinate", "geometry_y", "gridgb1n", "bng_n"];
        if let Some((x, y)) = pair(&eastings, &northings) {
            return Ok(PositionColumns::Grid(x, y));
        }
        let mut single = Role::ALL.iter().copied().filter(|role| role.is_position());
        let named = |role: Role| {
            let column = role.column_of(header)?;
            Some(PositionColumns::single(role, column))
        };
        single.find_map(named).ok_or_else(|| {
            let found = listed(&header.names);
            self.wrong(format!("no columns for the position; found {found}; say which with FILE:KEY:X:Y"))
        })
    }
}

/// Rows on their way into the table, whose unit the first position decides.
struct Rows {
    table: Option<PlaceTable>,
    positions: Positions,
    layout: Layout,
    stated: Crs,
}

impl Rows {
    fn add(&mut self, records: &dyn Records, names: impl FnOnce() -> (String, String)) {
        let field = |column: usize| records.field(column);
        let number = |column: usize| loose(field(column)).filter(|number| number.is_finite());
        // Numbers are kept as they are, and only those that are looked up are converted.
        let (raw, mut ground) = match self.layout.position {
            PositionColumns::Degrees(x, y) => (number(x).zip(number(y)).map(|(x, y)| (self.stated, x, y)), 0.0),
            PositionColumns::Grid(x, y) => {
                (number(x).zip(number(y)).map(|(x, y)| (Crs::BritishNationalGrid, x, y)), 0.0)
            }
            PositionColumns::Geometry(None) => match records.geometry() {
                Field::Point(x, y) | Field::OnlyPoint(x, y) => (Some((self.stated, x, y)), 0.0),
                _ => (None, 0.0),
            },
            position => {
                let at = self.positions.read(position, records).ok();
                (at.map(|(lat, lng)| (Crs::Wgs84, lng, lat)), self.positions.side)
            }
        };
        let raw = raw.filter(|(_, x, y)| (*x, *y) != (0.0, 0.0));
        let table = self.table.get_or_insert_with(|| {
            // Without a word on the system, numbers too large for degrees are metres of the national grid.
            let is_large = raw.is_some_and(|(crs, x, y)| crs.is_wgs84() && x.abs().max(y.abs()) > 400.0);
            let crs = raw.map_or(self.stated, |(crs, ..)| if is_large { Crs::BritishNationalGrid } else { crs });
            let (file, key) = names();
            let is_nominal = matches!(self.layout.size, PlaceSize::Nominal(_));
            PlaceTable::new(file, key, crs, crs.is_wgs84()).nominal(is_nominal)
        });
        ground = match self.layout.size {
            PlaceSize::Nominal(side) => ground.max(side),
            PlaceSize::Metres(column) => side_of_circle(number(column).unwrap_or(0.0)),
            PlaceSize::Area(column) => number(column).unwrap_or(0.0).max(0.0).sqrt(),
            PlaceSize::Quality(column) => side_of_circle(radius_of_quality(number(column).unwrap_or(0.0))),
        };
        // ONS writes 99.9999 north where it has no position.
        let is_degrees = table.crs() == Crs::Wgs84;
        let is_there = |y: f64| !is_degrees || y.abs() <= 90.0;
        let has_ended = self.layout.end.is_some_and(|column| !field(column).is_blank());
        let placed = match raw {
            _ if has_ended => Placed::Ended,
            Some((_, x, y)) if is_there(y) => Placed::At { x, y, side: ground },
            _ => Placed::Nowhere,
        };
        table.add(field(self.layout.key), placed);
    }
}

impl PlaceTable {
    /// Folded names of columns of reports that may hold keys of this table, in order of preference.
    pub(super) fn names_of_key(&self) -> Vec<String> {
        let key = folded(self.key());
        let own = std::iter::once(key.clone());
        if POSTCODES.contains(&key.as_str()) {
            return own.chain(POSTCODES.map(str::to_owned)).collect();
        }
        let is_code = |name: &str| name.ends_with("cd") || name.ends_with("_code");
        let is_number = |name: &str| matches!(name, "uprn" | "usrn");
        let others = Role::Place.aliases().iter().filter(|name| {
            !POSTCODES.contains(name) && !is_number(name) && !is_number(&key) && is_code(name) == is_code(&key)
        });
        own.chain(others.map(|name| (*name).to_owned())).collect()
    }
}

/// The column of the keys by its name: postcodes, property numbers, ONS codes, ONS names, other names.
fn key_column(names: &[String]) -> Option<usize> {
    let by_name = |wanted: &str| names.iter().position(|name| folded(name) == wanted);
    let by_form = |end: &str| {
        names.iter().position(|name| {
            let stem = folded(name).strip_suffix(end).map(str::to_owned);
            stem.is_some_and(|stem| stem.len() >= 4 && stem.ends_with(|c: char| c.is_ascii_digit()))
        })
    };
    let postcode = POSTCODES.iter().find_map(|name| by_name(name));
    let known = || ["uprn", "usrn"].into_iter().find_map(by_name);
    let other = || Role::Place.aliases().iter().chain(&["name", "name1", "code"]).find_map(|name| by_name(name));
    postcode.or_else(known).or_else(|| by_form("cd")).or_else(|| by_form("nm")).or_else(other)
}

/// True for a first row of Code-Point Open: a postcode, its quality, metres east and north.
fn is_code_point(row: &[String]) -> bool {
    let is_whole = |text: &String| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    matches!(row, [postcode, quality, x, y, ..] if is_postcode(postcode) && [quality, x, y].into_iter().all(is_whole))
}

/// True for a full postcode, such as `LE1 6TP` or `SW1A1AA`.
fn is_postcode(text: &str) -> bool {
    let letters: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').collect();
    let Some((outward, [digit, a, b])) = letters.split_last_chunk::<3>() else { return false };
    let has_digit = outward.iter().any(u8::is_ascii_digit);
    (2..=4).contains(&outward.len())
        && outward[0].is_ascii_uppercase()
        && has_digit
        && outward.iter().all(u8::is_ascii_alphanumeric)
        && digit.is_ascii_digit()
        && a.is_ascii_uppercase()
        && b.is_ascii_uppercase()
}

/// Metres along a side of the usual area with such a key, our own choice; 0 for what is as good as a point.
fn nominal_side(key: &str) -> f64 {
    let begins = |words: &[&str]| words.iter().any(|word| key.starts_with(word));
    match () {
        () if key.contains("sector") || begins(&["msoa", "ward", "wd"]) => 2000.0,
        () if key.contains("outcode") || key.contains("postcode_district") => 6000.0,
        () if begins(&["lsoa", "dz"]) => 700.0,
        () if begins(&["oa"]) => 250.0,
        () if begins(&["lad", "ltla", "utla", "cty", "district"]) => 15_000.0,
        () => 0.0,
    }
}

/// Metres within which a postcode of this quality lies, our own choice; 0 for the best.
fn radius_of_quality(quality: f64) -> f64 {
    match quality {
        3.0 | 30.0 => 50.0,
        4.0 | 40.0 => 100.0,
        5.0 | 50.0 => 500.0,
        6.0 | 60.0 => 2000.0,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_columns_are_told_apart() {
        let parse =
            |text: &str| text.parse::<Gazetteer>().map(|gazetteer| (gazetteer.name(), gazetteer.key, gazetteer.xy));
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(parse("a.csv").ok(), Some(("a.csv".to_owned(), None, None)));
        assert_eq!(parse("a.csv:Post Code").ok(), Some(("a.csv".to_owned(), some("Post Code"), None)));
        let xy = Some(("x".to_owned(), "y".to_owned()));
        assert_eq!(parse("a.csv:k:x:y").ok(), Some(("a.csv".to_owned(), some("k"), xy)));
        let drive = (r"C:\no\a.csv".to_owned(), some("k"), None);
        assert_eq!(parse(r"C:\no\a.csv:k").ok(), Some(drive));
        assert_eq!(parse("d:/a.csv").ok(), Some(("d:/a.csv".to_owned(), None, None)));
        assert_eq!(parse("d:k").ok(), Some(("d".to_owned(), some("k"), None)));
        for text in ["", ":k", "a.csv:", "a.csv:k:x", "a.csv:k:x:y:z", r"C:\a.csv:k:x"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn keys_are_found_by_their_usual_names() {
        let column = |names: &[&str]| key_column(&names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>());
        assert_eq!(column(&["pcd", "pcd2", "pcds", "oslaua", "lat", "long"]), Some(2));
        assert_eq!(column(&["Postcode", "Eastings"]), Some(0));
        assert_eq!(column(&["UPRN", "X_COORDINATE"]), Some(0));
        assert_eq!(column(&["FID", "WD23CD", "WD23NM", "LAT", "LONG"]), Some(1));
        assert_eq!(column(&["FID", "LAT", "LONG"]), None);
        for text in ["LE1 6TP", "SW1A1AA", "M1 1AE"] {
            assert!(is_postcode(text), "{text}");
        }
        for text in ["postcode", "LE1", "E01000001", "le1 6tp", ""] {
            assert!(!is_postcode(text), "{text}");
        }
    }
}
