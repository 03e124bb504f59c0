//! Neighbours and exposures of a study area, computed once for all dates. Places are cells, or areas such as wards.

use rayon::prelude::*;

use super::ScoreError;
use super::covariates::Covariates;
use super::method::{DensityUnit, Method};
use crate::cube::{Count, Cube};
use crate::grid::{self, LocalGrid, StudyArea, boundary};
use crate::polygon::Contiguity;

/// Neighbours and sizes of the places of a study area, by row.
#[derive(Debug)]
pub(super) struct Neighbourhood {
    /// Denominator of the density: km², or thousands of residents.
    pub(super) exposure: Vec<f64>,
    /// Share of its mass that a place keeps, 0 to 1. Areas keep all: the share of a large one would be dense in a small one.
    pub(super) kept_share: f64,
    surroundings: Surroundings,
}

/// Places around each place, by row.
#[derive(Debug)]
enum Surroundings {
    Cells(Vec<CellDisk>),
    Areas(Vec<AreaRings>),
}

/// Study cells around a cell.
#[derive(Clone, Copy, Debug)]
struct CellDisk {
    /// Rows within grid distance 2, neighbours first, without the cell itself.
    rows: [u32; 18],
    /// Number of neighbours in `rows`.
    ring_1: u8,
    /// Number of used entries of `rows`.
    all: u8,
    /// Neighbours on the grid, in the study area or not.
    all_neighbours: u8,
}

/// Areas around an area.
#[derive(Debug)]
struct AreaRings {
    /// Rows of its neighbours, then of theirs, each ascending, without the area itself.
    rows: Vec<u32>,
    /// Number of neighbours in `rows`.
    ring_1: usize,
}

impl Neighbourhood {
    pub(super) fn new(area: &StudyArea, method: &Method, covariates: Covariates<'_>) -> Result<Self, ScoreError> {
        let cells = area.cells();
        let exposure = match (method.density, covariates.residents, covariates.areas) {
            (DensityUnit::PerKm2, _, None) => cells.par_iter().map(|&cell| boundary::area_km2(cell)).collect(),
            (DensityUnit::PerKm2, _, Some(areas)) => areas.km2.clone(),
            (DensityUnit::PerThousandResidents, Some(residents), _) => {
                let living = |residents: &Option<f64>| residents.unwrap_or(0.0).max(method.least_residents) / 1000.0;
                residents.iter().map(living).collect()
            }
            (DensityUnit::PerThousandResidents, None, _) => return Err(ScoreError::NoResidents),
        };
        if let Some(areas) = covariates.areas {
            let rings = (0..cells.len()).into_par_iter().map(|row| AreaRings::new(areas, row)).collect();
            return Ok(Self { exposure, kept_share: 1.0, surroundings: Surroundings::Areas(rings) });
        }
        let disks = match LocalGrid::of(cells) {
            Some(patch) => (0..cells.len()).into_par_iter().map(|row| CellDisk::on(&patch, row)).collect(),
            None => cells.par_iter().map(|&cell| CellDisk::of(area, cell)).collect(),
        };
        Ok(Self { exposure, kept_share: method.kept_share, surroundings: Surroundings::Cells(disks) })
    }

    /// Study rows at grid distance 1, or areas that share a border.
    pub(super) fn neighbours(&self, row: usize) -> &[u32] {
        match &self.surroundings {
            Surroundings::Cells(around) => &around[row].rows[..usize::from(around[row].ring_1)],
            Surroundings::Areas(around) => &around[row].rows[..around[row].ring_1],
        }
    }

    /// Study rows at grid distance 1 and 2, or neighbouring areas and their neighbours.
    pub(super) fn disk(&self, row: usize) -> &[u32] {
        match &self.surroundings {
            Surroundings::Cells(around) => &around[row].rows[..usize::from(around[row].all)],
            Surroundings::Areas(around) => &around[row].rows,
        }
    }

    /// Masses of a place after smoothing: every place keeps a share and gives the rest to its neighbours in equal parts.
    pub(super) fn smoothed<'a, const N: usize>(&self, row: usize, masses: impl Fn(usize) -> &'a [f64; N]) -> [f64; N] {
        if self.kept_share >= 1.0 {
            return *masses(row);
        }
        let mut mixed = masses(row).map(|mass| mass * self.kept_share);
        for &other in self.neighbours(row) {
            let share = self.given_share(other as usize);
            for (mass, from) in mixed.iter_mut().zip(masses(other as usize)) {
                *mass += from * share;
            }
        }
        mixed
    }

    /// Share of its mass that a place gives to each neighbour.
    pub(super) fn given_share(&self, row: usize) -> f64 {
        if self.kept_share < 1.0 { (1.0 - self.kept_share) / self.all_neighbours(row) } else { 0.0 }
    }

    /// Number of neighbours of a place, in the study area or not: of a cell six, or five for a pentagon.
    pub(super) fn all_neighbours(&self, row: usize) -> f64 {
        match &self.surroundings {
            Surroundings::Cells(around) => f64::from(around[row].all_neighbours),
            Surroundings::Areas(around) => around[row].ring_1 as f64,
        }
    }
}

impl AreaRings {
    fn new(areas: &Contiguity, row: usize) -> Self {
        let mut rows = areas.neighbours[row].clone();
        let ring_1 = rows.len();
        let mut beyond: Vec<u32> = rows.iter().flat_map(|&other| &areas.neighbours[other as usize]).copied().collect();
        beyond.sort_unstable();
        beyond.dedup();
        beyond.retain(|&other| other as usize != row && rows.binary_search(&other).is_err());
        rows.append(&mut beyond);
        Self { rows, ring_1 }
    }
}

impl CellDisk {
    /// The disk of a cell from the study cells around it, nearest first: row and grid distance.
    fn new(all_neighbours: u8, around: impl Iterator<Item = (u32, u32)>) -> Self {
        let mut disk = Self { rows: [0; 18], ring_1: 0, all: 0, all_neighbours };
        for (row, distance) in around {
            disk.rows[usize::from(disk.all)] = row;
            disk.all += 1;
            disk.ring_1 += u8::from(distance == 1);
        }
        disk
    }

    fn on(grid: &LocalGrid, row: usize) -> Self {
        let [ring_1, ring_2] = grid.rings(row);
        Self::new(6, ring_1.map(|row| (row, 1)).chain(ring_2.map(|row| (row, 2))))
    }

    fn of(area: &StudyArea, cell: grid::CellIndex) -> Self {
        let row = |cell| Some(u32::try_from(area.row(cell)?).unwrap_or(u32::MAX));
        let around = grid::rings(cell).into_iter().filter_map(|(cell, distance)| Some((row(cell)?, distance)));
        Self::new(if cell.is_pentagon() { 5 } else { 6 }, around)
    }
}

/// The counts of each study cell, by row, and those of cells outside.
pub(super) fn counts_by_row<'a>(cube: &'a Cube, area: &StudyArea) -> (Vec<&'a [Count]>, Vec<&'a [Count]>) {
    let mut inside: Vec<&[Count]> = vec![&[]; area.cells().len()];
    let mut outside = Vec::new();
    for (cell, counts) in cube.by_cell() {
        match area.row(cell) {
            Some(row) => inside[row] = counts,
            None => outside.push(counts),
        }
    }
    (inside, outside)
}
