//! The polygons of one file and the account of its features: each is accepted, or quarantined with a code.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use geo::{Geometry, InteriorPoint, MultiPolygon};
use geojson::{GeometryValue, JsonObject};
use h3o::{CellIndex, Resolution};
use rayon::prelude::*;

use super::document::Document;
use super::overlay::{CachedOverlay, area, densified};
use super::repair::repair;
use super::validate::{CheckedPolygon, check};
use super::{Locator, PolygonError};
use crate::code::Code;
use crate::format::features::{Features, RawFeature};
use crate::format::{Fault, Geometries, Input};
use crate::grid::{Containment, LatLng, StudyArea};
use crate::ingest::{FileTally, Quarantined};

/// Features that are checked at a time, on all threads.
const BATCH: usize = 256;

/// A sound feature: its polygons, the relative change of a repair, and its properties.
type CheckedFeature = (CheckedPolygon, Option<f64>, JsonObject);

/// Limit of one feature; its parser counts bytes in 32 bits.
const MAX_FEATURE_BYTES: usize = 1 << 31;

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
    pub(super) document: Document,
    pub(crate) key: Option<String>,
    fitted: Option<Resolution>,
    compared: bool,
    /// Overlay on the cells of the last call.
    cached: Arc<Mutex<Option<Arc<CachedOverlay>>>>,
    /// Of joined values, those of every row by its code.
    pub(crate) joined: Option<Arc<BTreeMap<String, f64>>>,
}

impl Regions {
    /// Reads polygons and multipolygons of a file of any format with shapes, in the reference system that it states. `key` is the property of area codes; by default one named like an ONS code (`LSOA21CD`, the smallest
    /// kind of area first) or `code`. Of two features with the same code, the later is quarantined.
    ///
    /// # Errors
    /// A file that cannot be read, has no shapes, or is nested too deep. A reference system that is not known. A key that no feature has. A file without an accepted feature is not an error, so that its account can
    /// be read.
    pub fn read(input: &Input, key: Option<&str>) -> Result<Self, PolygonError> {
        Self::load(input, key, false)
    }

    /// [`Self::read`] with repair of crossing rings and misplaced holes: ground in a shell and outside its holes is
    /// kept.
    ///
    /// # Errors
    /// Those of [`Self::read`].
    pub fn read_repaired(input: &Input, key: Option<&str>) -> Result<Self, PolygonError> {
        Self::load(input, key, true)
    }

    /// [`Self::read_repaired`] or [`Self::read`].
    pub(crate) fn load(input: &Input, key: Option<&str>, repair: bool) -> Result<Self, PolygonError> {
        let features = Features::open(input, Geometries::Polygons, MAX_FEATURE_BYTES)?;
        let mut features = features.ok_or(PolygonError::NotAFile)?;
        let notices = std::mem::take(&mut features.notices);
        let mut regions = Self {
            file: input.name(),
            polygons: Vec::new(),
            numbers: Vec::new(),
            account: FileTally::new(input.name(), features.format, notices),
            refused: Vec::new(),
            properties: Vec::new(),
            document: Document::default(),
            key: None,
            fitted: None,
            compared: false,
            cached: Arc::default(),
            joined: None,
        };
        let converter = features.converter.clone();
        let checked = |feature: RawFeature<'_>| -> Result<CheckedFeature, Box<Fault>> {
            let (shape, properties) = feature.read(&converter)?;
            match check(&shape) {
                Err(fault) if repair => {
                    repaired_polygon(shape, fault).map(|(sound, change)| (sound, Some(change), properties))
                }
                outcome => outcome.map(|sound| (sound, None, properties)),
            }
        };
        loop {
            let mut batch = Vec::new();
            while batch.len() < BATCH
                && let Some(feature) = features.next()?
            {
                let number = regions.document.push(&feature);
                batch.push((number, feature.into_owned()));
            }
            if batch.is_empty() {
                break;
            }
            let batch: Vec<_> = batch.into_par_iter().map(|(number, feature)| (number, checked(feature))).collect();
            for (number, checked) in batch {
                regions.account.read = number;
                regions.enter(number, checked);
            }
        }
        if regions.account.read == 0 {
            return Err(PolygonError::NoPolygons { file: regions.file });
        }
        let parts = features.parts();
        regions.account.warn(Code::Part, parts.len() as u64);
        regions.account.notices.extend(parts);
        regions.account.accepted = regions.polygons.len() as u64;
        regions.notice_repairs();
        regions.quarantine_repeated_codes(key)?;
        Ok(regions)
    }

    /// Accepts a feature, or quarantines it.
    fn enter(&mut self, number: u64, checked: Result<CheckedFeature, Box<Fault>>) {
        match checked {
            Ok(((polygon, warnings), change, properties)) => {
                self.account.repaired.extend(change.map(|change| (number, change)));
                for code in warnings {
                    self.account.warn(code, 1);
                }
                self.polygons.push(polygon);
                self.numbers.push(number);
                self.properties.push(properties);
            }
            Err(fault) => self.quarantine(number, *fault),
        }
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
        if out > 0 {
            self.keep(&kept);
            self.notice(format!("areas without a point in --area, which are left out: {out}"));
        }
    }

    /// Keeps the regions marked in `kept`.
    fn keep(&mut self, kept: &[bool]) {
        fn keep<T>(all: &mut Vec<T>, kept: &[bool]) {
            let mut kept = kept.iter();
            all.retain(|_| kept.next().is_some_and(|kept| *kept));
        }
        keep(&mut self.polygons, kept);
        keep(&mut self.numbers, kept);
        keep(&mut self.properties, kept);
    }

    /// Checks the regions before they are filled with cells; a second call does nothing.
    ///
    /// Quarantines those of more than [`StudyArea::MAX_CELLS`], notes those without a centre, and
    /// [compares](Self::compare).
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
        let is_empty = self.polygons.is_empty();
        if is_empty { Err(PolygonError::nothing_accepted(&self.account, &self.refused)) } else { Ok(()) }
    }

    /// Keeps the regions without a fault and quarantines the others.
    pub(crate) fn quarantine_faulty(&mut self, faults: Vec<Option<Box<Fault>>>) {
        if faults.iter().all(Option::is_none) {
            return;
        }
        let kept: Vec<bool> = faults.iter().map(Option::is_none).collect();
        for (number, fault) in self.numbers.clone().into_iter().zip(faults) {
            if let Some(fault) = fault {
                self.quarantine(number, *fault);
            }
        }
        self.keep(&kept);
        self.account.accepted = self.polygons.len() as u64;
    }

    fn quarantine(&mut self, number: u64, fault: Fault) {
        let document = &self.document;
        let raw = || document.raw(number).to_owned();
        let refused = self.account.quarantine(number, document.position(number), fault, raw);
        self.refused.push(refused);
    }
}

/// A repaired polygon and the relative change of its area, or its fault.
fn repaired_polygon(shape: GeometryValue, fault: Box<Fault>) -> Result<(CheckedPolygon, f64), Box<Fault>> {
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

/// Estimated cells of a polygon: its area on the sphere by the mean area of a cell.
pub(super) fn estimate(polygon: &MultiPolygon, resolution: Resolution) -> f64 {
    area(polygon) / (4.0 * std::f64::consts::PI) * resolution.cell_count() as f64
}

/// Fault of a polygon with too many cells.
fn too_large(polygon: &MultiPolygon, resolution: Resolution) -> Option<Box<Fault>> {
    let cells = estimate(polygon, resolution);
    (cells > StudyArea::MAX_CELLS as f64).then(|| {
        let found = format!("about {cells:.0} cells of resolution {resolution}");
        let fits = |coarser: &Resolution| estimate(polygon, *coarser) <= StudyArea::MAX_CELLS as f64;
        let coarser = Resolution::range(Resolution::Zero, resolution).rev().find(fits).unwrap_or(Resolution::Zero);
        let max = StudyArea::MAX_CELLS;
        let expected =
            format!("at most {max} cells; choose larger cells with --resolution {coarser}, or a smaller area");
        Fault::new(Code::TooManyCells, "geometry", found, expected)
    })
}
