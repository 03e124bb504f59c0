//! Local grid of cells: on a part of the H3 grid without a pentagon, neighbours are found by position, not by index.

use h3o::CellIndex;
use rayon::prelude::*;

/// Rows of cells by their position on a flat part of the H3 grid.
#[derive(Debug)]
pub(crate) struct LocalGrid {
    /// Position of each row, from a corner two steps outside.
    places: Vec<(u32, u32)>,
    wide: usize,
    /// Row + 1 at each position, line by line; 0 where there is none.
    rows: Vec<u32>,
}

/// Steps to the neighbours of a cell, in H3's local coordinates: two axes 120° apart.
const RING_1: [(isize, isize); 6] = [(1, 0), (1, 1), (0, 1), (-1, 0), (-1, -1), (0, -1)];
/// Steps to the cells beyond them.
const RING_2: [(isize, isize); 12] =
    [(2, 0), (2, 1), (2, 2), (1, 2), (0, 2), (-1, 1), (-2, 0), (-2, -1), (-2, -2), (-1, -2), (0, -2), (1, -1)];

impl LocalGrid {
    /// Local grid of sorted cells of one resolution; `None` if they are too far apart or near a pentagon.
    pub(crate) fn of(cells: &[CellIndex]) -> Option<Self> {
        let &origin = cells.get(cells.len() / 2)?;
        let is_flat = |cell: &CellIndex| !cell.base_cell().is_pentagon();
        let place = |cell: &CellIndex| {
            let place = is_flat(cell).then(|| cell.to_local_ij(origin).ok())??.coord;
            Some((place.i, place.j))
        };
        let places: Vec<(i32, i32)> = cells.par_iter().with_min_len(256).map(place).collect::<Option<_>>()?;
        let ends = |axis: fn(&(i32, i32)) -> i32| {
            let along = places.iter().map(axis);
            Some((along.clone().min()?.checked_sub(2)?, along.max()?.checked_add(3)?))
        };
        let ((west, east), (south, north)) = (ends(|place| place.0)?, ends(|place| place.1)?);
        let (wide, high) = (usize::try_from(east - west).ok()?, usize::try_from(north - south).ok()?);
        // A grid of mostly empty positions costs more than it saves.
        let all = wide.checked_mul(high).filter(|all| *all <= 16 * cells.len() + 1024)?;
        let place = |&(i, j): &(i32, i32)| Some((u32::try_from(i - west).ok()?, u32::try_from(j - south).ok()?));
        let places: Vec<(u32, u32)> = places.iter().map(place).collect::<Option<_>>()?;
        let mut rows = vec![0; all];
        for (row, &(i, j)) in (1..).zip(&places) {
            let slot = &mut rows[j as usize * wide + i as usize];
            if *slot > 0 {
                return None;
            }
            *slot = row;
        }
        Some(Self { places, wide, rows })
    }

    /// Rows of the neighbours of a cell, then of the cells beyond, each in order.
    pub(crate) fn rings(&self, row: usize) -> [impl Iterator<Item = u32>; 2] {
        [&RING_1[..], &RING_2].map(|steps| self.ring(row, steps))
    }

    /// Rows and distances of the other cells within `k` steps of a cell.
    pub(crate) fn within(&self, row: usize, k: u32) -> Vec<(u32, u32)> {
        let (i, j) = self.places[row];
        let (i, j, k) = (i64::from(i), i64::from(j), i64::from(k));
        let [wide, high] = [self.wide, self.rows.len() / self.wide].map(|size| i64::try_from(size).unwrap_or(i64::MAX));
        let mut found = Vec::new();
        for down in (-k).max(-j)..=k.min(high - 1 - j) {
            for right in (down - k).max(-k).max(-i)..=(down + k).min(k).min(wide - 1 - i) {
                #[allow(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "a position on the grid")]
                let other = self.rows[(j + down) as usize * self.wide + (i + right) as usize];
                let distance = down.abs().max(right.abs()).max((down - right).abs());
                if other > 0 && distance > 0 {
                    #[allow(clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "from 1 to k")]
                    found.push((other - 1, distance as u32));
                }
            }
        }
        found
    }

    fn ring(&self, row: usize, steps: &[(isize, isize)]) -> impl Iterator<Item = u32> + use<> {
        let (i, j) = self.places[row];
        let middle = j as usize * self.wide + i as usize;
        let mut rows = [0; 12];
        for (found, &(i, j)) in rows.iter_mut().zip(steps) {
            // Two steps from any cell are on the grid.
            *found = self.rows[middle.wrapping_add_signed(j * self.wide.cast_signed() + i)];
        }
        rows.sort_unstable();
        rows.into_iter().filter(|row| *row > 0).map(|row| row - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grid;

    /// Compared with H3's own disks: within and across base cells and faces, at edges of areas, with holes.
    #[test]
    fn neighbours_are_those_of_the_grid() {
        let mut seed = 20_261_128_u64;
        let mut below = move |end: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % end
        };
        let (mut flat, mut crossing) = (0, 0);
        for round in 0..150 {
            let resolution = h3o::Resolution::try_from(2 + round % 8).unwrap();
            let (lat, lng) = (below(18_001) as f64 / 100.0 - 90.0, below(36_001) as f64 / 100.0 - 180.0);
            let mut middle = h3o::LatLng::new(lat, lng).unwrap().to_cell(resolution);
            if round % 3 == 0 {
                // On a corner of its base cell, where three of them meet.
                middle = middle.parent(h3o::Resolution::Zero).unwrap().boundary()[0].to_cell(resolution);
            }
            let mut cells: Vec<CellIndex> = middle.grid_disk(6);
            cells.retain(|_| below(10) > 0);
            cells.sort_unstable();
            let Some(local) = LocalGrid::of(&cells) else { continue };
            flat += 1;
            crossing += u32::from(cells.iter().any(|cell| cell.base_cell() != cells[0].base_cell()));
            for (row, &cell) in cells.iter().enumerate() {
                let [near, beyond] = local.rings(row);
                let found: Vec<usize> = near.chain(beyond).map(|row| row as usize).collect();
                let expected = grid::rings(cell).into_iter().filter_map(|(other, _)| cells.binary_search(&other).ok());
                assert_eq!(found, expected.collect::<Vec<_>>(), "{cell} round {middle}");
            }
        }
        assert!(flat > 90 && crossing > 30, "{flat} and {crossing}");
    }

    #[test]
    fn cells_near_a_pentagon_or_far_apart_have_no_local_grid() {
        let pentagon = h3o::Resolution::Five.pentagons().next().unwrap();
        let mut cells: Vec<CellIndex> = pentagon.grid_disk(3);
        cells.sort_unstable();
        assert!(LocalGrid::of(&cells).is_none() && LocalGrid::of(&[]).is_none());
        // Two towns on opposite sides of the earth.
        let place = |lat, lng| h3o::LatLng::new(lat, lng).unwrap().to_cell(h3o::Resolution::Nine);
        let mut apart = vec![place(52.6, -1.1), place(-42.9, 171.8)];
        apart.sort_unstable();
        assert!(LocalGrid::of(&apart).is_none());
    }
}
