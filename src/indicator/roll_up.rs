//! Roll-up to areas: reports counted in wards, masses of cells split among wards.

use geo::MultiPolygon;
use h3o::CellIndex;
use rayon::prelude::*;

use crate::cube::{Cube, CubeBuilder, CubeError};
use crate::grid::boundary::ground_km2;
use crate::grid::{LatLng, Resolution, StudyArea, stand_in};
use crate::incident::Category;
use crate::ingest::Batch;
use crate::polygon::{Locator, PlanePolygons, PolygonError, Regions, densified, equal_area};

/// Areas that have names, in the order of their file.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NamedAreas {
    /// Property of the names.
    pub label: String,
    /// Property of the codes, if there is one beside the label.
    pub key: Option<String>,
    /// Name of each.
    pub names: Vec<String>,
    /// Code of each; none without a key.
    pub codes: Vec<String>,
    /// Number of each in its file, from 1.
    pub numbers: Vec<u64>,
    /// Polygons of each, in degrees.
    pub polygons: Vec<MultiPolygon>,
}

impl NamedAreas {
    /// The areas of a file, named by a property.
    ///
    /// # Errors
    /// A property that no area has; no area.
    pub fn new(regions: &Regions, label: &str) -> Result<Self, PolygonError> {
        let names = regions.labels(label)?;
        let key = regions.key.clone().filter(|key| key != label);
        let codes = key.as_ref().map(|key| regions.labels(key)).transpose()?.unwrap_or_default();
        let (numbers, polygons) = (regions.numbers.clone(), regions.polygons.clone());
        Ok(Self { label: label.to_owned(), key, names, codes, numbers, polygons })
    }

    /// Unique ids of the areas: their codes, else their names, else their numbers; the first that is complete and unique.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        let is_id = |texts: &&Vec<String>| {
            let mut sorted: Vec<&String> = texts.iter().filter(|text| !text.is_empty()).collect();
            sorted.sort_unstable();
            sorted.dedup();
            sorted.len() == self.names.len()
        };
        let found = [&self.codes, &self.names].into_iter().find(is_id).cloned();
        found.unwrap_or_else(|| self.numbers.iter().map(u64::to_string).collect())
    }
}

/// Report counts of one area.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AreaReports {
    /// All reports.
    pub reports: u64,
    /// By strand, in the order of [`Strand::ALL`](crate::Strand::ALL).
    pub strands: [u64; 3],
    /// By category, in the order of [`Category::ALL`].
    pub categories: Vec<u64>,
}

/// Counts reports in areas by position.
///
/// A report counts in every area that contains it. One on a border counts in the first area with that border. One in no
/// area counts as [outside](AreaCounts::outside): accepted reports = in areas + outside, if no areas overlap.
///
/// ```
/// use tensionmap::unstable::indicator::RollUp;
/// use tensionmap::unstable::polygon::Regions;
/// use tensionmap::unstable::ingest;
/// use tensionmap::sample;
/// let wards = Regions::read(&sample::areas(), None)?;
/// let mut counts = RollUp::new(&wards, "name", "Europe/London")?;
/// let tally = ingest::read(&sample::incidents(), &Default::default(), &mut |batch| counts.add(batch), &mut |_| Ok(()))?;
/// let counts = counts.build()?;
/// let in_areas: u64 = counts.counts().iter().map(|area| area.reports).sum();
/// assert_eq!(in_areas + counts.outside, tally.accepted);
/// # Ok::<(), tensionmap::Error>(())
/// ```
#[derive(Debug)]
pub struct RollUp {
    areas: NamedAreas,
    locator: Locator,
    /// Cells that stand in for the areas, and one more for reports in no area, whose days are covered, too.
    stand_ins: Vec<CellIndex>,
    cube: CubeBuilder,
    residents: Option<Vec<Option<f64>>>,
    /// Metres along a side of a square as large as each area; empty if every report is taken as a point.
    sides: Vec<f64>,
    outside: u64,
    on_border: u64,
    in_several: u64,
    coarse: u64,
}

/// Reports below which a count can identify people: k of the disclosure rules.
pub const SMALL_COUNT: u64 = 10;

/// Reports in a block, enough to be worth a thread.
const BLOCK_REPORTS: usize = 1024;

impl RollUp {
    /// Areas to count in, named by a property; days are local to `time_zone`.
    ///
    /// # Errors
    /// Those of [`NamedAreas::new`].
    pub fn new(regions: &Regions, label: &str, time_zone: &str) -> Result<Self, PolygonError> {
        let areas = NamedAreas::new(regions, label)?;
        Ok(Self {
            locator: Locator::new(&areas.polygons),
            stand_ins: (0..=areas.names.len()).map(stand_in).collect(),
            areas,
            cube: CubeBuilder::new(Resolution::Fifteen, time_zone),
            residents: None,
            sides: Vec::new(),
            outside: 0,
            on_border: 0,
            in_several: 0,
            coarse: 0,
        })
    }

    /// Holds back reports that are known to no more than ground larger than the area they lie in: they are in no count.
    #[must_use]
    pub fn holding_coarse(mut self) -> Self {
        self.sides = self.areas.polygons.iter().map(|area| 1000.0 * ground_km2(area).sqrt()).collect();
        self
    }

    /// Sets the residents of the areas from a property; unknown where it is not a number of 0 or more.
    ///
    /// # Errors
    /// A property that no area has, or that contains only text.
    pub fn with_residents(mut self, regions: &Regions, property: &str) -> Result<Self, PolygonError> {
        let known = |number: Option<f64>| number.filter(|&number| number >= 0.0);
        self.residents = Some(regions.numbers(property)?.into_iter().map(known).collect());
        Ok(self)
    }

    /// Names of the areas whose residents are not known, although a property has them.
    pub(crate) fn without_residents(&self) -> Vec<String> {
        let residents = self.residents.iter().flatten().zip(&self.areas.names);
        residents.filter(|(residents, _)| residents.is_none()).map(|(_, name)| name.clone()).collect()
    }

    /// The areas that reports are counted in.
    #[must_use]
    pub fn areas(&self) -> &NamedAreas {
        &self.areas
    }

    /// Counts the reports of a batch, on all threads. The result does not depend on the order of reports.
    pub fn add(&mut self, batch: &Batch) {
        let places: Vec<(&f64, &f64)> = batch.lat().iter().zip(batch.lng()).collect();
        let find = |(block, places): (usize, &[(&f64, &f64)])| {
            let (mut found, mut areas) = (LocatedReports::default(), Vec::new());
            for (report, &(&lat, &lng)) in (block * BLOCK_REPORTS..).zip(places) {
                let border = LatLng::new(lat, lng).ok().and_then(|at| self.locator.find(at, &mut areas));
                let side = batch.side().get(report).map_or(0.0, |&side| f64::from(side));
                let inside = areas.len();
                // Sides of reports have seven digits.
                areas.retain(|&area: &usize| self.sides.get(area).is_none_or(|&own| side <= own * 1.000_001));
                if areas.is_empty() && inside > 0 {
                    found.coarse += 1;
                    areas.push(self.areas.names.len());
                } else if areas.is_empty() {
                    found.outside += u64::from(border.is_none());
                    found.on_border += u64::from(border.is_some());
                    areas.push(border.unwrap_or(self.areas.names.len()));
                }
                found.in_several += u64::from(areas.len() > 1);
                let report = u32::try_from(report).unwrap_or(u32::MAX);
                found.reports.extend(areas.iter().map(|&area| (report, self.stand_ins[area])));
            }
            found
        };
        let blocks: Vec<LocatedReports> = places.par_chunks(BLOCK_REPORTS).enumerate().map(find).collect();
        let mut reports = Vec::with_capacity(places.len());
        for found in blocks {
            self.outside += found.outside;
            self.on_border += found.on_border;
            self.in_several += found.in_several;
            self.coarse += found.coarse;
            reports.extend(found.reports);
        }
        self.cube.add_in(batch, &reports);
    }

    /// Approximate memory of the counts, in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.cube.bytes()
    }

    /// The counts.
    ///
    /// # Errors
    /// Those of [`CubeBuilder::build`].
    pub fn build(self) -> Result<AreaCounts, CubeError> {
        let Self { areas, cube, residents, outside, on_border, in_several, coarse, .. } = self;
        Ok(AreaCounts { areas, residents, cube: cube.build()?, outside, on_border, in_several, coarse })
    }
}

/// Areas of a block of reports.
#[derive(Default)]
struct LocatedReports {
    /// Report and stand-in of an area.
    reports: Vec<(u32, CellIndex)>,
    outside: u64,
    on_border: u64,
    in_several: u64,
    coarse: u64,
}

/// Reports counted in areas.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AreaCounts {
    /// The areas.
    pub areas: NamedAreas,
    /// Residents of each, if a property was named.
    pub residents: Option<Vec<Option<f64>>>,
    /// Their reports, by the cells of [`Self::study_area`], which stand in for the areas, and one more for no area.
    pub cube: Cube,
    /// Accepted reports outside every area.
    pub outside: u64,
    /// Reports on a border and in no area.
    pub on_border: u64,
    /// Reports in more than one area, which count in each.
    pub in_several: u64,
    /// Reports known to no more than ground larger than the area they lie in, which are in no count.
    pub coarse: u64,
}

impl AreaCounts {
    /// Stand-ins of the areas, row by row, for scoring.
    #[must_use]
    pub fn study_area(&self) -> StudyArea {
        StudyArea::of_cells((0..self.areas.names.len()).map(stand_in))
    }

    /// Names of the areas, in the order of their file.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.areas.names
    }

    /// Counts of the areas over all dates, in the order of their file.
    #[must_use]
    pub fn counts(&self) -> Vec<AreaReports> {
        let none = AreaReports { categories: vec![0; Category::ALL.len()], ..AreaReports::default() };
        let mut counts = vec![none; self.areas.names.len()];
        let area = self.study_area();
        for row in self.cube.rows() {
            let Some(counts) = area.row(row.cell).and_then(|area| counts.get_mut(area)) else { continue };
            let (class, n) = (&self.cube.classes()[row.class as usize], u64::from(row.n));
            counts.reports += n;
            counts.strands[class.strand as usize] += n;
            counts.categories[class.category as usize] += n;
        }
        counts
    }

    /// Notices for a reader of the counts.
    #[must_use]
    pub fn notices(&self) -> Vec<String> {
        let small = self.counts().iter().filter(|counts| (1..SMALL_COUNT).contains(&counts.reports)).count();
        let not_sums = "; the areas overlap, so their counts do not add up";
        let are_few = format!("areas with fewer than {SMALL_COUNT} reports, but some");
        let notices = [
            (self.outside, "accepted reports outside every area, which are in no count", ""),
            (
                self.coarse,
                "reports known to no more than ground larger than the area they lie in, which are in no count",
                "; --coarse point takes them as points",
            ),
            (self.on_border, "reports on a border, which count in the first area that has them there", ""),
            (self.in_several, "reports in more than one area, which count in each", not_sums),
            (small as u64, &are_few, ". Such counts can point at people; do not publish this table"),
        ];
        let noticed = notices.into_iter().filter(|(n, ..)| *n > 0);
        noticed.map(|(n, records, advice)| format!("{records}: {n}{advice}")).collect()
    }
}

/// Masses of cells split among areas.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct AreaMasses {
    /// Mass of each area.
    pub areas: Vec<f64>,
    /// Mass in no area: the rest of every cell, 0 where overlapping areas take more than all of it.
    pub outside: f64,
}

/// Splits masses of cells among areas by exact shares of the cells' own area; areas that overlap take their share each.
///
/// Without overlaps the areas and [`AreaMasses::outside`] sum to the given masses, to the last digits. Shares are those of
/// [`Regions::spread`]: polygons clipped to the cell in an equal-area projection. O(cells + areas log areas + corners near cells).
///
/// ```
/// use geo::polygon;
/// use tensionmap::unstable::indicator::masses;
/// use tensionmap::{LatLng, Resolution};
/// let cell = LatLng::new(54.75, 2.3)?.cell(Resolution::Nine);
/// let around = polygon![(x: 2.2, y: 54.7), (x: 2.4, y: 54.7), (x: 2.4, y: 54.8), (x: 2.2, y: 54.8)];
/// let split = masses(&[(cell, 7.0)], &[around.into()]);
/// assert!((split.areas[0] - 7.0).abs() < 1e-9 && split.outside.abs() < 1e-9);
/// # Ok::<(), tensionmap::InvalidValue>(())
/// ```
#[must_use]
pub fn masses(cells: &[(CellIndex, f64)], areas: &[MultiPolygon]) -> AreaMasses {
    let shapes = PlanePolygons::new(&areas.iter().map(densified).collect::<Vec<_>>(), equal_area);
    let overlay = shapes.on(&cells.iter().map(|(cell, _)| *cell).collect::<Vec<_>>());
    // In the order of the cells, so that sums do not depend on threads.
    let mut split = AreaMasses { areas: vec![0.0; areas.len()], outside: 0.0 };
    for ((parts, ground), (_, mass)) in overlay.rows().zip(&overlay.cells).zip(cells) {
        for part in parts {
            split.areas[part.polygon] += mass * part.shared / ground;
        }
        let covered = parts.iter().map(|part| part.shared).sum::<f64>() / ground;
        split.outside += mass * (1.0 - covered).max(0.0);
    }
    split
}
