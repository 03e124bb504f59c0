//! What a study area is made of, found once for all dates: which places are neighbours, and what each is divided by. Places are
//! cells, or areas such as wards.

use rayon::prelude::*;

use super::method::{Density, Method};
use super::{Given, ScoreError};
use crate::area::Contiguity;
use crate::cube::{Count, Cube};
use crate::grid::{self, LocalGrid, StudyArea, boundary};

/// Neighbours and sizes of the places of a study area, by row.
#[derive(Debug)]
pub(super) struct Ground {
    /// What intensity is divided by: km², or thousands of residents.
    pub(super) size: Vec<f64>,
    /// Share of its masses that a place keeps from its neighbours. Areas keep all: what a large one gave to a small one would
    /// be dense there.
    pub(super) kept: f64,
    near: Nearby,
}

/// The places round each.
#[derive(Debug)]
enum Nearby {
    Cells(Vec<Near>),
    Areas(Vec<Around>),
}

/// The study cells round one.
#[derive(Clone, Copy, Debug)]
struct Near {
    /// Rows within grid distance 2, neighbours first; the cell itself left out.
    rows: [u32; 18],
    /// How many are neighbours.
    ring_1: u8,
    /// How many there are.
    all: u8,
    /// How many neighbours there are on the grid, under study or not.
    sides: u8,
}

/// The areas round one.
#[derive(Debug)]
struct Around {
    /// Its neighbours, then theirs, each in order; the area itself left out.
    rows: Vec<u32>,
    /// How many are neighbours.
    ring_1: usize,
}

impl Ground {
    pub(super) fn new(area: &StudyArea, method: &Method, given: Given<'_>) -> Result<Self, ScoreError> {
        let cells = area.cells();
        let size = match (method.density, given.residents, given.areas) {
            (Density::PerKm2, _, None) => cells.par_iter().map(|&cell| boundary::area_km2(cell)).collect(),
            (Density::PerKm2, _, Some(areas)) => areas.km2.clone(),
            (Density::PerThousandResidents, Some(residents), _) => {
                let living = |residents: &Option<f64>| residents.unwrap_or(0.0).max(method.least_residents) / 1000.0;
                residents.iter().map(living).collect()
            }
            (Density::PerThousandResidents, None, _) => return Err(ScoreError::NoResidents),
        };
        if let Some(areas) = given.areas {
            let near = (0..cells.len()).into_par_iter().map(|row| Around::new(areas, row)).collect();
            return Ok(Self { size, kept: 1.0, near: Nearby::Areas(near) });
        }
        let near = match LocalGrid::of(cells) {
            Some(patch) => (0..cells.len()).into_par_iter().map(|row| Near::on(&patch, row)).collect(),
            None => cells.par_iter().map(|&cell| Near::new(area, cell)).collect(),
        };
        Ok(Self { size, kept: method.kept_share, near: Nearby::Cells(near) })
    }

    /// Study rows at grid distance 1, or areas that touch.
    pub(super) fn neighbours(&self, row: usize) -> &[u32] {
        match &self.near {
            Nearby::Cells(near) => &near[row].rows[..usize::from(near[row].ring_1)],
            Nearby::Areas(near) => &near[row].rows[..near[row].ring_1],
        }
    }

    /// Study rows at grid distance 1 and 2, or areas that touch and those that touch them.
    pub(super) fn disk(&self, row: usize) -> &[u32] {
        match &self.near {
            Nearby::Cells(near) => &near[row].rows[..usize::from(near[row].all)],
            Nearby::Areas(near) => &near[row].rows,
        }
    }

    /// The masses of a place after every one has kept a share and given the rest to its neighbours in equal parts.
    pub(super) fn smoothed<'a, const N: usize>(&self, row: usize, masses: impl Fn(usize) -> &'a [f64; N]) -> [f64; N] {
        if self.kept >= 1.0 {
            return *masses(row);
        }
        let mut mixed = masses(row).map(|mass| mass * self.kept);
        for &other in self.neighbours(row) {
            let share = self.given(other as usize);
            for (mass, from) in mixed.iter_mut().zip(masses(other as usize)) {
                *mass += from * share;
            }
        }
        mixed
    }

    /// The share of its masses that a place gives to each of its neighbours.
    pub(super) fn given(&self, row: usize) -> f64 {
        if self.kept < 1.0 { (1.0 - self.kept) / self.sides(row) } else { 0.0 }
    }

    /// How many neighbours a place has, under study or not: of cells six, or five for a pentagon.
    pub(super) fn sides(&self, row: usize) -> f64 {
        match &self.near {
            Nearby::Cells(near) => f64::from(near[row].sides),
            Nearby::Areas(near) => near[row].ring_1 as f64,
        }
    }
}

impl Around {
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

impl Near {
    fn on(patch: &LocalGrid, row: usize) -> Self {
        let mut near = Self { rows: [0; 18], ring_1: 0, all: 0, sides: 6 };
        for (ring, rows) in (1..).zip(patch.rings(row)) {
            for row in rows {
                near.rows[usize::from(near.all)] = row;
                near.all += 1;
                near.ring_1 += u8::from(ring == 1);
            }
        }
        near
    }

    fn new(area: &StudyArea, cell: grid::CellIndex) -> Self {
        let mut near = Self { rows: [0; 18], ring_1: 0, all: 0, sides: 0 };
        for (other, distance) in grid::rings(cell) {
            near.sides += u8::from(distance == 1);
            if let Some(row) = area.row(other) {
                near.rows[usize::from(near.all)] = u32::try_from(row).unwrap_or(u32::MAX);
                near.all += 1;
                near.ring_1 += u8::from(distance == 1);
            }
        }
        near
    }
}

/// The counts of each study cell, by row; and those of cells outside.
pub(super) fn by_cell<'a>(cube: &'a Cube, area: &StudyArea) -> (Vec<&'a [Count]>, Vec<&'a [Count]>) {
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
