//! The polygons of one file and the account of its features: each is accepted, or quarantined with a code.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use geo::{Geometry, InteriorPoint, MultiPolygon};
use geojson::{GeometryValue, JsonObject};
use h3o::{CellIndex, Resolution};
use serde_json::Value;

use super::cached_overlay::CachedOverlay;
use super::document::Document;
use super::overlay::{area, densified};
use super::repair::repair;
use super::validate::check;
use super::{Locator, PolygonError};
use crate::grid::{Containment, LatLng, StudyArea};
use crate::ingest::table::bad_value;
use crate::ingest::{Code, Fault, FileTally, Input, Quarantined};

/// Usable polygons of one file, and the account of all its features.
///
/// `read = accepted + quarantined` holds after each step. [`Self::read`] quarantines unusable features and repeated codes,
/// [`Self::values`] those without a value, [`Self::fit`] those too large for a grid.
#[derive(Clone, Debug)]
pub struct Regions {
    /// Name of the file.
    pub file: String,
    /// Polygons of each accepted feature, in degrees: shells counter-clockwise, holes clockwise.
    pub polygons: Vec<MultiPolygon>,
    /// Number of each accepted feature in its file, from 1.
    pub numbers: Vec<u64>,
    /// Features read, accepted and quarantined, by code.
    pub account: FileTally,
    /// Quarantined features, in the order of quarantining.
    pub refused: Vec<Quarantined>,
    pub(crate) properties: Vec<JsonObject>,
    document: Document,
    pub(crate) key: Option<String>,
    fitted: Option<Resolution>,
    compared: bool,
    /// Overlay on the cells that were last asked for.
    cached: Arc<Mutex<Option<Arc<CachedOverlay>>>>,
    /// Of joined values, those of every row by its code.
    pub(crate) joined: Option<Arc<BTreeMap<String, f64>>>,
}

impl Regions {
    /// Reads polygons and multipolygons from a GeoJSON file, plain or gzipped, in WGS84: a collection, a lone feature
    /// or a bare geometry. `key` is the property that holds the code of an area; without it, one that is named like an
    /// ONS code (`LSOA21CD`, the smallest kind of area first) or `code` is used, if there is one. Of two features with
    /// the same code, the later is quarantined.
    ///
    /// # Errors
    /// A file that cannot be read, is not GeoJSON, is nested too deep, names another reference system, or has no
    /// features; a key that no feature has. A file without an accepted feature is not an error here, so that its account
    /// can be read.
    pub fn read(input: &Input, key: Option<&str>) -> Result<Self, PolygonError> {
        Self::load(input, key, false)
    }

    /// [`Self::read`] with repair: rings that cross and misplaced holes are repaired, not quarantined. Ground inside a shell
    /// and outside its holes is kept.
    ///
    /// # Errors
    /// Those of [`Self::read`].
    pub fn read_repaired(input: &Input, key: Option<&str>) -> Result<Self, PolygonError> {
        Self::load(input, key, true)
    }

    /// [`Self::read_repaired`] or [`Self::read`].
    pub(crate) fn load(input: &Input, key: Option<&str>, repair: bool) -> Result<Self, PolygonError> {
        let document = Document::read(input)?;
        if document.len() == 0 {
            return Err(PolygonError::NoPolygons { file: document.file });
        }
        let mut regions = Self {
            file: document.file.clone(),
            polygons: Vec::new(),
            numbers: Vec::new(),
            account: FileTally::new(document.file.clone(), "geojson", Vec::new()),
            refused: Vec::new(),
            properties: Vec::new(),
            document,
            key: None,
            fitted: None,
            compared: false,
            cached: Arc::default(),
            joined: None,
        };
        regions.account.read = regions.document.len() as u64;
        for (index, number) in (1..=regions.account.read).enumerate() {
            let checked = regions.document.feature(index).and_then(|(shape, properties)| {
                let sound = match check(&shape) {
                    Err(fault) if repair => repaired_polygon(shape, fault).map(|(sound, change)| {
                        regions.account.repaired.push((number, change));
                        sound
                    }),
                    outcome => outcome,
                };
                Ok((sound?, properties))
            });
            match checked {
                Ok(((polygon, warnings), properties)) => {
                    for code in warnings {
                        regions.account.warn(code, 1);
                    }
                    regions.polygons.push(polygon);
                    regions.numbers.push(number);
                    regions.properties.push(properties);
                }
                Err(fault) => regions.quarantine(number, *fault),
            }
        }
        regions.account.accepted = regions.polygons.len() as u64;
        regions.notice_repairs();
        regions.quarantine_repeated_codes(key)?;
        Ok(regions)
    }

    /// Value of a property of each region. A region whose value is null, missing or not a number is quarantined.
    ///
    /// # Errors
    /// A property that no region has, or that contains only text; no region left.
    pub fn values(&mut self, column: &str) -> Result<Vec<f64>, PolygonError> {
        Ok(self.values_by(column, None)?.into_iter().map(|(value, _)| value).collect())
    }

    /// [`Self::values`] and their weights, 0 or more, from another property.
    pub(crate) fn values_by(&mut self, column: &str, weight: Option<&str>) -> Result<Vec<WeightedValue>, PolygonError> {
        self.account.value = Some(column.to_owned());
        self.not_empty()?;
        let weighed = |properties: &JsonObject| {
            let value = number(properties, column)?;
            let Some(name) = weight else { return Ok((value, None)) };
            let weight = number(properties, name)?;
            if weight < 0.0 {
                return Err(Fault::new(Code::Value, name, weight, "a weight of 0 or more"));
            }
            Ok((value, Some(weight)))
        };
        for column in std::iter::once(column).chain(weight) {
            self.needs_column(column)?;
        }
        let text = std::iter::once(column).chain(weight).find_map(|column| Some((column, self.text(column)?)));
        let values: Vec<Result<WeightedValue, Box<Fault>>> = self.properties.iter().map(weighed).collect();
        let known = values.iter().filter_map(|value| value.as_ref().ok().copied()).collect();
        self.quarantine_faulty(values.into_iter().map(Result::err).collect());
        match text {
            Some((column, example)) if self.polygons.is_empty() => {
                Err(PolygonError::Text { file: self.file.clone(), column: column.to_owned(), example })
            }
            _ => self.not_empty().map(|()| known),
        }
    }

    /// An example value of a column that contains only text.
    fn text(&self, column: &str) -> Option<String> {
        let mut found = self.properties.iter().filter_map(|properties| properties.get(column));
        let text = found.clone().find_map(Value::as_str)?.to_owned();
        found.all(|value| value.is_string() || value.is_null()).then_some(text)
    }

    /// Sum of the values of a column outside the accepted regions.
    pub(crate) fn refused_total(&self, column: &str) -> f64 {
        if let (Some(joined), Some(key)) = (&self.joined, &self.key) {
            let code = |properties: &JsonObject| properties.get(key).map(displayed);
            let accepted: BTreeSet<String> = self.properties.iter().filter_map(code).collect();
            return joined.iter().filter(|(code, _)| !accepted.contains(*code)).map(|(_, value)| value).sum();
        }
        let index = |number: u64| usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
        let properties = self.refused.iter().filter_map(|refused| self.document.properties(index(refused.record)));
        properties.filter_map(|properties| number(&properties, column).ok()).sum()
    }

    /// A property of each region as text; empty where a region does not have it.
    ///
    /// # Errors
    /// A property that no region has; no region left.
    pub fn labels(&self, column: &str) -> Result<Vec<String>, PolygonError> {
        self.not_empty()?;
        self.needs_column(column)?;
        Ok(self
            .properties
            .iter()
            .map(|properties| properties.get(column).map_or_else(String::new, displayed))
            .collect())
    }

    /// A property of each region as a number, where it is one.
    ///
    /// # Errors
    /// A property that no region has, or that contains only text; no region left.
    pub(crate) fn numbers(&self, column: &str) -> Result<Vec<Option<f64>>, PolygonError> {
        self.not_empty()?;
        self.needs_column(column)?;
        if let Some(example) = self.text(column) {
            return Err(PolygonError::Text { file: self.file.clone(), column: column.to_owned(), example });
        }
        Ok(self.properties.iter().map(|properties| number(properties, column).ok()).collect())
    }

    /// Drops the regions without a point in these polygons, with a notice of their number.
    pub(crate) fn keep_within(&mut self, outline: &MultiPolygon) {
        let locator = Locator::new(std::slice::from_ref(outline));
        let is_within = |polygon: &MultiPolygon| {
            let at = polygon.interior_point().and_then(|at| LatLng::new(at.y(), at.x()).ok());
            at.is_some_and(|at| !locator.touching(at).is_empty())
        };
        let kept: Vec<bool> = self.polygons.iter().map(is_within).collect();
        let out = kept.iter().filter(|kept| !**kept).count();
        if out == 0 {
            return;
        }
        keep(&mut self.polygons, &kept);
        keep(&mut self.numbers, &kept);
        keep(&mut self.properties, &kept);
        self.notice(format!("areas without a point in --area, which are left out: {out}"));
    }

    /// Checks the regions before they are filled with cells; a second call does nothing.
    ///
    /// Quarantines those with more than [`StudyArea::MAX_CELLS`] by their area, notes those without a cell centre, and
    /// [compares](Self::compare) them.
    ///
    /// # Errors
    /// No region left.
    pub fn fit(&mut self, resolution: Resolution) -> Result<(), PolygonError> {
        if self.fitted != Some(resolution) {
            self.quarantine_faulty(self.polygons.iter().map(|polygon| too_large(polygon, resolution)).collect());
            self.notice_cells(resolution);
            self.fitted = Some(resolution);
        }
        self.compare();
        self.not_empty()
    }

    /// Notes the first overlaps of regions; a second call does nothing.
    pub fn compare(&mut self) {
        if !self.compared {
            self.notice_overlaps();
            self.compared = true;
        }
    }

    /// All polygons as one multipolygon.
    #[must_use]
    pub fn merged(&self) -> MultiPolygon {
        MultiPolygon::new(self.polygons.iter().flat_map(|polygon| polygon.0.clone()).collect())
    }

    /// Study area of the regions, after [`Self::fit`].
    ///
    /// # Errors
    /// Those of [`Self::fit`] and [`StudyArea::of_areas`].
    pub fn study_area(&mut self, resolution: Resolution, mode: Containment) -> Result<StudyArea, PolygonError> {
        self.fit(resolution)?;
        let area = StudyArea::of_areas(&self.polygons, resolution, mode)?;
        self.notice_small(&area, mode);
        Ok(area)
    }

    /// Overlay of these polygons on cells; kept for the next column, and shared with copies.
    pub(crate) fn overlay(&self, cells: &[CellIndex]) -> Arc<CachedOverlay> {
        let mut kept = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |cached: &CachedOverlay| {
            cached.cells == cells && self.numbers.iter().all(|number| cached.numbers.binary_search(number).is_ok())
        };
        if let Some(cached) = kept.as_ref().filter(|cached| fits(cached)) {
            return cached.clone();
        }
        let polygons = self.polygons.iter().map(densified).collect();
        kept.insert(Arc::new(CachedOverlay::new(polygons, &self.numbers, cells))).clone()
    }

    pub(crate) fn not_empty(&self) -> Result<(), PolygonError> {
        if !self.polygons.is_empty() {
            return Ok(());
        }
        let codes: Vec<String> = self.account.refused.iter().map(|(code, n)| format!("{n} {code}")).collect();
        Err(PolygonError::NothingAccepted {
            file: self.file.clone(),
            read: self.account.read,
            codes: codes.join(", "),
            first: self.refused.first().map(ToString::to_string).unwrap_or_default(),
        })
    }

    /// Names of all properties, in order, each once.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.properties.iter().flat_map(|p| p.keys().map(String::as_str)).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    fn needs_column(&self, column: &str) -> Result<(), PolygonError> {
        if self.properties.is_empty() || self.properties.iter().any(|properties| properties.contains_key(column)) {
            return Ok(());
        }
        let (file, column) = (self.file.clone(), column.to_owned());
        Err(PolygonError::NoColumn { file, column, found: self.names().join(", ") })
    }

    fn quarantine_repeated_codes(&mut self, key: Option<&str>) -> Result<(), PolygonError> {
        let key = match key {
            Some(key) => {
                self.needs_column(key)?;
                Some(key.to_owned())
            }
            None => code_column(&self.names()).map(str::to_owned),
        };
        let Some(key) = key else { return Ok(()) };
        let mut seen = std::collections::BTreeMap::new();
        let repeated = self.properties.iter().zip(&self.numbers).map(|(properties, &number)| {
            let code = properties.get(&key).map(displayed).filter(|code| !code.is_empty())?;
            let first = *seen.entry(code.clone()).or_insert(number);
            let expected =
                || format!("each area once, and feature {first} has this code; merge the parts of an area into one");
            (first != number).then(|| Fault::new(Code::DupCode, &key, code, expected()))
        });
        let repeated = repeated.collect();
        self.quarantine_faulty(repeated);
        self.notice(format!("areas are identified by {key:?}"));
        self.key = Some(key);
        Ok(())
    }

    /// Keeps the regions without a fault and quarantines the others.
    pub(crate) fn quarantine_faulty(&mut self, faults: Vec<Option<Box<Fault>>>) {
        if faults.iter().all(Option::is_none) {
            return;
        }
        let polygons = std::mem::take(&mut self.polygons).into_iter();
        let numbers = std::mem::take(&mut self.numbers).into_iter();
        let properties = std::mem::take(&mut self.properties).into_iter();
        for (((polygon, number), properties), fault) in polygons.zip(numbers).zip(properties).zip(faults) {
            if let Some(fault) = fault {
                self.quarantine(number, *fault);
            } else {
                self.polygons.push(polygon);
                self.numbers.push(number);
                self.properties.push(properties);
            }
        }
        self.account.accepted = self.polygons.len() as u64;
    }

    fn quarantine(&mut self, number: u64, fault: Fault) {
        let index = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
        let (place, document) = (self.document.place(index), &self.document);
        let refused = self.account.quarantine(number, place, fault, || document.raw(index).to_owned());
        self.refused.push(refused);
    }
}

/// Retains the items marked in `kept`, in order.
fn keep<T>(all: &mut Vec<T>, kept: &[bool]) {
    let mut kept = kept.iter();
    all.retain(|_| kept.next().is_some_and(|kept| *kept));
}

/// A value and, where one is asked for, its weight.
pub(crate) type WeightedValue = (f64, Option<f64>);

/// A valid polygon with its warnings.
type ValidPolygon = (MultiPolygon, Vec<Code>);

/// A repaired polygon and the relative change of its area, or its fault.
fn repaired_polygon(shape: GeometryValue, fault: Box<Fault>) -> Result<(ValidPolygon, f64), Box<Fault>> {
    if !matches!(fault.code, Code::SelfIntersection | Code::Hole) {
        return Err(fault);
    }
    let raw = match Geometry::try_from(shape) {
        Ok(Geometry::Polygon(polygon)) => polygon.into(),
        Ok(Geometry::MultiPolygon(polygons)) => polygons,
        _ => return Err(fault),
    };
    let (repaired, change) = repair(&raw);
    // A polygon that cannot be repaired keeps its first fault.
    check(&GeometryValue::from(&repaired)).map(|sound| (sound, change)).or(Err(fault))
}

/// A property that is a number.
fn number(properties: &JsonObject, column: &str) -> Result<f64, Box<Fault>> {
    let found = properties.get(column).unwrap_or(&Value::Null);
    let number = found.as_f64().filter(|value| value.is_finite());
    number.ok_or_else(|| bad_value(column, None, &found.as_str().map_or_else(|| found.to_string(), str::to_owned)))
}

/// A code as text.
pub(crate) fn displayed(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.trim().to_owned(),
        other => other.to_string(),
    }
}

/// Prefixes of ONS code columns, smallest kind of area first: a file of LSOAs often names their district too.
pub(crate) const AREA_PREFIXES: [&str; 9] = ["OA", "LSOA", "MSOA", "WD", "LAD", "CSP", "CTYUA", "PFA", "RGN"];

/// Column that identifies areas.
fn code_column<'a>(names: &[&'a str]) -> Option<&'a str> {
    let is_ons = |name: &str, prefix: &str| {
        let year = name.to_ascii_uppercase();
        let year = year.strip_prefix(prefix).and_then(|rest| rest.strip_suffix("CD"));
        year.is_some_and(|year| year.len() == 2 && year.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let ons = AREA_PREFIXES.iter().find_map(|prefix| names.iter().find(|name| is_ons(name, prefix)));
    ons.or_else(|| names.iter().find(|name| name.eq_ignore_ascii_case("code"))).copied()
}

/// Estimated cells of a polygon: its area on the sphere by the mean area of a cell.
pub(super) fn estimate(polygon: &MultiPolygon, resolution: Resolution) -> f64 {
    area(polygon) / (4.0 * std::f64::consts::PI) * resolution.cell_count() as f64
}

/// Fault of a polygon with too many cells.
fn too_large(polygon: &MultiPolygon, resolution: Resolution) -> Option<Box<Fault>> {
    let cells = estimate(polygon, resolution);
    (cells > StudyArea::MAX_CELLS as f64).then(|| {
        let found = format!("about {cells:.0} cells of resolution {resolution}");
        let expected = format!("at most {} cells; use a lower --resolution", StudyArea::MAX_CELLS);
        Fault::new(Code::TooManyCells, "geometry", found, expected)
    })
}
