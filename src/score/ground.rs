//! What a study area is made of, found once for all dates: which cells are neighbours, and what each is divided by.

use rayon::prelude::*;

use super::ScoreError;
use super::method::{Density, Method};
use crate::cube::{Count, Cube};
use crate::grid::{self, Patch, StudyArea, boundary};

/// Neighbours and sizes of the cells of a study area, by row.
#[derive(Debug)]
pub(super) struct Ground {
    /// What intensity is divided by: km², or thousands of residents.
    pub(super) size: Vec<f64>,
    /// Rows within grid distance 2, neighbours first; the cell itself left out.
    near: Vec<Near>,
}

/// The study cells round one.
#[derive(Clone, Copy, Debug)]
struct Near {
    rows: [u32; 18],
    /// How many are neighbours.
    ring_1: u8,
    /// How many there are.
    all: u8,
    /// How many neighbours there are on the grid, under study or not.
    sides: u8,
}

impl Ground {
    pub(super) fn new(
        area: &StudyArea,
        method: &Method,
        residents: Option<&[Option<f64>]>,
    ) -> Result<Self, ScoreError> {
        let cells = area.cells();
        let size = match (method.density, residents) {
            (Density::PerKm2, _) => cells.par_iter().map(|&cell| boundary::area_km2(cell)).collect(),
            (Density::PerThousandResidents, Some(residents)) => {
                let living = |residents: &Option<f64>| residents.unwrap_or(0.0).max(method.least_residents) / 1000.0;
                residents.iter().map(living).collect()
            }
            (Density::PerThousandResidents, None) => return Err(ScoreError::NoResidents),
        };
        let near = match Patch::of(cells) {
            Some(patch) => (0..cells.len()).into_par_iter().map(|row| Near::on(&patch, row)).collect(),
            None => cells.par_iter().map(|&cell| Near::new(area, cell)).collect(),
        };
        Ok(Self { size, near })
    }

    /// Study rows at grid distance 1.
    pub(super) fn neighbours(&self, row: usize) -> &[u32] {
        let near = &self.near[row];
        &near.rows[..usize::from(near.ring_1)]
    }

    /// Study rows at grid distance 1 and 2.
    pub(super) fn disk(&self, row: usize) -> &[u32] {
        let near = &self.near[row];
        &near.rows[..usize::from(near.all)]
    }

    /// The masses of a cell after every cell has kept a share and given the rest to its neighbours in equal parts.
    pub(super) fn smoothed<'a, const N: usize>(
        &self,
        kept: f64,
        row: usize,
        masses: impl Fn(usize) -> &'a [f64; N],
    ) -> [f64; N] {
        if kept >= 1.0 {
            return *masses(row);
        }
        let mut mixed = masses(row).map(|mass| mass * kept);
        for &other in self.neighbours(row) {
            let share = self.given(kept, other as usize);
            for (mass, from) in mixed.iter_mut().zip(masses(other as usize)) {
                *mass += from * share;
            }
        }
        mixed
    }

    /// The share of its masses that a cell gives to each of its neighbours.
    pub(super) fn given(&self, kept: f64, row: usize) -> f64 {
        (1.0 - kept) / self.sides(row)
    }

    /// How many neighbours a cell has on the grid: six, or five for a pentagon.
    pub(super) fn sides(&self, row: usize) -> f64 {
        f64::from(self.near[row].sides)
    }
}

impl Near {
    fn on(patch: &Patch, row: usize) -> Self {
        let mut near = Self { rows: [0; 18], ring_1: 0, all: 0, sides: 6 };
        for (ring, rows) in (1..).zip(patch.near(row)) {
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
