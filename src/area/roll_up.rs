//! From points and cells to areas: reports counted in wards, masses of cells split among them.

use std::collections::BTreeMap;
use std::io::Write;

use geo::{Coord, MapCoords, MultiPolygon};
use geojson::{Feature, FeatureCollection, Geometry, GeometryValue, JsonObject};
use h3o::CellIndex;
use serde_json::{Value, json};

use super::overlay::{Shapes, equal_area, stepped};
use super::{AreaError, Locator, Regions};
use crate::error::Cause;
use crate::grid::{LatLng, boundary};
use crate::incident::{Category, Day, Strand, When};
use crate::ingest::Batch;
use crate::numbers::significant;
use crate::output::csv_field;

/// Reports of one area.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All of them.
    pub reports: u64,
    /// By strand, in the order of [`Strand::ALL`].
    pub strands: [u64; 3],
    /// By category, in the order of [`Category::ALL`].
    pub categories: Vec<u64>,
}

/// Reports counted in areas, each where it lies.
///
/// A report counts in every area that contains it, so in two where areas overlap; one on a border, which is in none, counts
/// in the first area that has it there. Whatever lies in no area is counted as [outside](Self::outside): accepted reports =
/// in areas + outside.
#[derive(Debug)]
pub struct RollUp {
    label: String,
    key: Option<String>,
    names: Vec<String>,
    codes: Vec<String>,
    polygons: Vec<MultiPolygon>,
    counts: Vec<Counts>,
    /// By area, for [`Self::with_dates`].
    dated: Option<Vec<Dated>>,
    locator: Locator,
    /// Accepted reports outside every area.
    pub outside: u64,
    /// Reports on a border.
    pub on_border: u64,
    /// Reports in more than one area, which count in each.
    pub in_several: u64,
    /// Accepted reports.
    pub accepted: u64,
}

/// Past reports of one area by source, then by interval and the day from which they are known.
pub(crate) type Dated = BTreeMap<String, BTreeMap<(When, Day), u64>>;

/// Reports below which a count can point at people: k of the disclosure rules.
pub const SMALL: u64 = 10;

impl RollUp {
    /// Areas to count in, each called by a property.
    ///
    /// # Errors
    /// A property that no area has; no area.
    pub fn new(regions: &Regions, label: &str) -> Result<Self, AreaError> {
        let names = regions.labels(label)?;
        let key = regions.key.clone().filter(|key| key != label);
        let codes = key.as_ref().map(|key| regions.labels(key)).transpose()?.unwrap_or_default();
        let counts = Counts { categories: vec![0; Category::ALL.len()], ..Counts::default() };
        Ok(Self {
            label: label.to_owned(),
            key,
            counts: vec![counts; names.len()],
            names,
            codes,
            dated: None,
            locator: Locator::new(&regions.polygons),
            polygons: regions.polygons.clone(),
            outside: 0,
            on_border: 0,
            in_several: 0,
            accepted: 0,
        })
    }

    /// The same, and what is counted from now on is kept by source and date as well, for
    /// [`Scoring::reporting_in`](crate::score::Scoring::reporting_in).
    #[must_use]
    pub fn with_dates(mut self) -> Self {
        self.dated = Some(vec![Dated::new(); self.names.len()]);
        self
    }

    /// Counts the reports of a batch.
    pub fn add(&mut self, batch: &Batch) {
        let classes = batch.classes();
        let mut areas = Vec::new();
        let dates = batch.when().iter().zip(batch.known());
        for (((&lat, &lng), &class), (&when, &known)) in
            batch.lat().iter().zip(batch.lng()).zip(batch.class()).zip(dates)
        {
            let (Ok(at), Some(class)) = (LatLng::new(lat, lng), classes.get(class as usize)) else { continue };
            self.accepted += 1;
            let border = self.locator.find(at, &mut areas);
            if areas.is_empty()
                && let Some(area) = border
            {
                self.on_border += 1;
                areas.push(area);
            }
            self.outside += u64::from(areas.is_empty());
            self.in_several += u64::from(areas.len() > 1);
            for &area in &areas {
                let Some(counts) = self.counts.get_mut(area) else { continue };
                counts.reports += 1;
                for (count, strand) in counts.strands.iter_mut().zip(Strand::ALL) {
                    *count += u64::from(strand == class.strand);
                }
                for (count, &category) in counts.categories.iter_mut().zip(Category::ALL) {
                    *count += u64::from(category == class.category);
                }
                if let Some(dated) = self.dated.as_mut().filter(|_| class.strand != Strand::Potential) {
                    let source = class.source_name();
                    if !dated[area].contains_key(source) {
                        dated[area].insert(source.to_owned(), BTreeMap::new());
                    }
                    if let Some(dates) = dated[area].get_mut(source) {
                        *dates.entry((when, known)).or_default() += 1;
                    }
                }
            }
        }
    }

    /// Names of the areas, in the order of their file.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Name and past reports of each area, in the order of their file; of none without [`Self::with_dates`].
    pub(crate) fn dated(&self) -> impl Iterator<Item = (&str, &Dated)> {
        self.names.iter().map(String::as_str).zip(self.dated.iter().flatten())
    }

    /// Counts of the areas, in the order of their file.
    #[must_use]
    pub fn counts(&self) -> &[Counts] {
        &self.counts
    }

    /// What a reader of the counts must be told.
    #[must_use]
    pub fn notices(&self) -> Vec<String> {
        let mut notices = Vec::new();
        if self.outside > 0 {
            notices.push(format!("accepted reports outside every area, which are in no count: {}", self.outside));
        }
        if self.on_border > 0 {
            notices.push(format!(
                "reports on a border, which count in the first area that has them there: {}",
                self.on_border
            ));
        }
        if self.in_several > 0 {
            notices.push(format!(
                "reports in more than one area, which count in each: {}; the areas overlap, so their counts do not add up",
                self.in_several
            ));
        }
        let small = self.counts.iter().filter(|counts| (1..SMALL).contains(&counts.reports)).count();
        if small > 0 {
            notices.push(format!(
                "areas with fewer than {SMALL} reports, but some: {small}. Such counts can point at people; do not publish \
                 this table"
            ));
        }
        notices
    }

    /// Categories that some area has a report of.
    fn met(&self) -> Vec<usize> {
        let met =
            |&index: &usize| self.counts.iter().any(|counts| counts.categories.get(index).is_some_and(|&n| n > 0));
        (0..Category::ALL.len()).filter(met).collect()
    }

    /// Name and value of every column of an area.
    fn row(&self, area: usize, met: &[usize]) -> Vec<(String, Value)> {
        let text = |from: &[String]| from.get(area).cloned().unwrap_or_default();
        let mut row = vec![(self.label.clone(), json!(text(&self.names)))];
        if let Some(key) = &self.key {
            row.insert(0, (key.clone(), json!(text(&self.codes))));
        }
        let (Some(counts), Some(polygons)) = (self.counts.get(area), self.polygons.get(area)) else { return row };
        let km2 = boundary::ground_km2(polygons);
        let density = counts.reports as f64 / km2;
        row.push(("area_km2".to_owned(), json!(significant(km2, 6))));
        row.push(("reports".to_owned(), json!(counts.reports)));
        row.push(("reports_per_km2".to_owned(), json!(density.is_finite().then(|| significant(density, 4)))));
        let strands = Strand::ALL.iter().zip(counts.strands).map(|(strand, n)| (strand.id().to_owned(), json!(n)));
        row.extend(strands);
        let category =
            |&index: &usize| Some((Category::ALL.get(index)?.id().to_owned(), json!(counts.categories.get(index)?)));
        row.extend(met.iter().filter_map(category));
        row
    }

    /// One line an area, in the order of their file: its code if it has one, name, area, reports, reports a km², and reports by
    /// strand and by every category there is.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_csv(&self, out: &mut dyn Write) -> Result<(), Cause> {
        let met = self.met();
        for area in 0..self.names.len() {
            let row = self.row(area, &met);
            if area == 0 {
                let names: Vec<String> = row.iter().map(|(name, _)| csv_field(name)).collect();
                writeln!(out, "{}", names.join(","))?;
            }
            let value = |(_, value): &(String, Value)| match value {
                Value::String(text) => csv_field(text),
                Value::Null => String::new(),
                other => other.to_string(),
            };
            writeln!(out, "{}", row.iter().map(value).collect::<Vec<_>>().join(","))?;
        }
        Ok(())
    }

    /// The same as polygons, one feature a line, with a member `tensionmap` that says what was counted.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_geojson(&self, about: &Value, out: &mut dyn Write) -> Result<(), Cause> {
        let member = JsonObject::from_iter([("tensionmap".to_owned(), about.clone())]);
        let envelope =
            FeatureCollection { bbox: None, features: Vec::new(), foreign_members: Some(member) }.to_string();
        let (before, after) = envelope.split_once("\"features\":[]").ok_or("a collection without features")?;
        write!(out, "{before}\"features\":[")?;
        let met = self.met();
        for (area, polygons) in self.polygons.iter().enumerate() {
            // 10⁻⁷ degrees is a centimetre.
            let rounded = polygons
                .map_coords(|at| Coord { x: crate::numbers::at_most(at.x, 7), y: crate::numbers::at_most(at.y, 7) });
            let geometry = match rounded.0.as_slice() {
                [polygon] => GeometryValue::from(polygon),
                _ => GeometryValue::from(&rounded),
            };
            let feature = Feature {
                bbox: None,
                geometry: Some(Geometry::new(geometry)),
                id: None,
                properties: Some(self.row(area, &met).into_iter().collect()),
                foreign_members: None,
            };
            out.write_all(if area == 0 { b"\n" } else { b",\n" })?;
            serde_json::to_writer(&mut *out, &feature)?;
        }
        writeln!(out, "\n]{after}")?;
        Ok(())
    }
}

/// Masses of cells brought to areas.
#[derive(Clone, Debug, PartialEq)]
pub struct Masses {
    /// Of each area.
    pub areas: Vec<f64>,
    /// What lies in no area: the rest of every cell, 0 where areas overlap and take more than all of it.
    pub outside: f64,
}

/// Splits masses of cells among areas by exact shares of the cells' own area; areas that overlap take their share each.
///
/// Without overlaps the areas and [`Masses::outside`] sum to the masses given, to the last digits. Shares are those of
/// [`Regions::spread`]: polygons clipped to the cell in an equal-area projection. O(cells + areas log areas + corners near cells).
///
/// ```
/// use geo::polygon;
/// use tensionmap::{area::masses, LatLng, Resolution};
/// let cell = LatLng::new(54.75, 2.3)?.cell(Resolution::Nine);
/// let around = polygon![(x: 2.2, y: 54.7), (x: 2.4, y: 54.7), (x: 2.4, y: 54.8), (x: 2.2, y: 54.8)];
/// let split = masses(&[(cell, 7.0)], &[around.into()]);
/// assert!((split.areas[0] - 7.0).abs() < 1e-9 && split.outside.abs() < 1e-9);
/// # Ok::<(), tensionmap::InvalidValue>(())
/// ```
#[must_use]
pub fn masses(cells: &[(CellIndex, f64)], areas: &[MultiPolygon]) -> Masses {
    let shapes = Shapes::new(&areas.iter().map(stepped).collect::<Vec<_>>(), equal_area);
    let overlay = shapes.on(&cells.iter().map(|(cell, _)| *cell).collect::<Vec<_>>());
    // In the order of the cells, so that sums do not depend on threads.
    let mut split = Masses { areas: vec![0.0; areas.len()], outside: 0.0 };
    for ((parts, ground), (_, mass)) in overlay.rows().zip(&overlay.cells).zip(cells) {
        for part in parts {
            split.areas[part.polygon] += mass * part.shared / ground;
        }
        let covered = parts.iter().map(|part| part.shared).sum::<f64>() / ground;
        split.outside += mass * (1.0 - covered).max(0.0);
    }
    split
}
