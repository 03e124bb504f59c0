//! Neighbours of each place and their weights, as lists in flat arrays.

use h3o::CellIndex;
use rayon::prelude::*;

use super::HotspotError;
use super::names::{defaults, names};
use crate::grid::{LocalGrid, StudyArea};
use crate::invalid::InvalidValue;

/// Weight of a neighbour by its distance d in steps on the grid, 0 to k, with u = d / (k + 1).
///
/// The place itself has weight 1 in each kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kernel {
    /// 1 at any distance.
    #[default]
    Binary,
    /// 1 − u.
    Triangular,
    /// 1 − u², Epanechnikov's.
    Quadratic,
    /// (1 − u²)².
    Quartic,
    /// exp(−u² / 2 · 9), which is three standard deviations wide.
    Gaussian,
}

impl Kernel {
    /// The weight at a distance of 0 to k steps, 0 to 1.
    ///
    /// ```
    /// use tensionmap::unstable::hotspot::Kernel;
    /// assert_eq!((Kernel::Triangular.weight(1, 1), Kernel::Quartic.weight(0, 3)), (0.5, 1.0));
    /// ```
    #[must_use]
    pub fn weight(self, distance: u32, k: u32) -> f64 {
        let u = f64::from(distance) / (f64::from(k) + 1.0);
        match self {
            Self::Binary => 1.0,
            Self::Triangular => 1.0 - u,
            Self::Quadratic => 1.0 - u * u,
            Self::Quartic => (1.0 - u * u).powi(2),
            Self::Gaussian => (-4.5 * u * u).exp(),
        }
    }
}

names! {
    Kernel as "kernel": Binary "binary", Triangular "triangular", Quadratic "quadratic", Quartic "quartic", Gaussian "gaussian"
}

/// Neighbourhood of a cell, by steps on the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neighbours {
    /// Steps on the grid to the furthest neighbour, 1 to 100. Default 1.
    pub rings: u32,
    /// Weights by distance. Default: all equal.
    pub kernel: Kernel,
}

defaults!(Neighbours);

impl Neighbours {
    /// Neighbours one step away, of equal weight.
    pub const DEFAULT: Self = Self { rings: 1, kernel: Kernel::Binary };

    /// Maximum number of steps to a neighbour.
    pub const MAX_RINGS: u32 = 100;

    /// Checks the number of steps.
    ///
    /// # Errors
    /// 0, or more than [`Self::MAX_RINGS`].
    pub fn check(self) -> Result<(), InvalidValue> {
        if (1..=Self::MAX_RINGS).contains(&self.rings) {
            return Ok(());
        }
        Err(InvalidValue::expecting("rings", self.rings, format!("1 to {} steps on the grid", Self::MAX_RINGS)))
    }

    /// Weights of the neighbours in a study area.
    ///
    /// # Errors
    /// A number of steps out of range; more than 4,294,967,295 neighbours.
    pub fn weights(self, area: &StudyArea) -> Result<Weights, HotspotError> {
        self.check()?;
        Weights::rings(area, self.rings, self.kernel)
    }
}

/// Neighbours of each place with their weights. The place itself is not among them; a statistic that includes it gives it
/// weight 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// Index in `near` of the first neighbour of each place, and the end of the last.
    starts: Vec<u32>,
    near: Vec<u32>,
    /// One weight a neighbour; empty where all are 1.
    values: Vec<f64>,
}

/// Number of cells whose neighbours one thread finds at a time.
const BLOCK: usize = 512;

impl Weights {
    /// The cells of a study area at most k steps from each other on the grid, in the order of its cells.
    ///
    /// Only cells of the area are neighbours: nothing is known outside it, which is not zero. O(cells × k²).
    ///
    /// ```
    /// use tensionmap::{CellIndex, StudyArea};
    /// use tensionmap::unstable::hotspot::{Kernel, Weights};
    /// let middle: CellIndex = "8819434d93fffff".parse()?;
    /// let area = StudyArea::observed([middle]);
    /// let weights = Weights::rings(&area, 1, Kernel::Binary)?;
    /// let row = area.row(middle).ok_or("it is there")?;
    /// assert_eq!((weights.len(), weights.of(row).len()), (7, 6));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// More than 4,294,967,295 neighbours.
    pub fn rings(area: &StudyArea, k: u32, kernel: Kernel) -> Result<Self, HotspotError> {
        let cells = area.cells();
        let patch = LocalGrid::of(cells);
        let block = |rows: &[CellIndex], first: usize| {
            let (mut counts, mut near, mut values) = (Vec::with_capacity(rows.len()), Vec::new(), Vec::new());
            for row in first..first + rows.len() {
                let found = within(area, patch.as_ref(), row, k);
                counts.push(found.len());
                near.extend(found.iter().map(|&(row, _)| row));
                if kernel != Kernel::Binary {
                    values.extend(found.iter().map(|&(_, distance)| kernel.weight(distance, k)));
                }
            }
            (counts, near, values)
        };
        let blocks = cells.par_chunks(BLOCK).enumerate().map(|(index, rows)| block(rows, index * BLOCK));
        let mut weights = Self { starts: vec![0], near: Vec::new(), values: Vec::new() };
        for (counts, near, values) in blocks.collect::<Vec<_>>() {
            let mut end = weights.near.len();
            for count in counts {
                end += count;
                let many = |source| HotspotError::Neighbours { cells: cells.len(), k, source };
                weights.starts.push(u32::try_from(end).map_err(many)?);
            }
            weights.near.extend(near);
            weights.values.extend(values);
        }
        Ok(weights)
    }

    /// Neighbours from lists of their indices, one list a place. Duplicates count once.
    ///
    /// # Errors
    /// A neighbour that is the place itself, or beyond the last place.
    pub fn of_lists(lists: &[Vec<usize>]) -> Result<Self, HotspotError> {
        let mut weights = Self { starts: vec![0], near: Vec::new(), values: Vec::new() };
        for (place, list) in lists.iter().enumerate() {
            let mut list = list.clone();
            list.sort_unstable();
            list.dedup();
            for neighbour in list {
                let number = u32::try_from(neighbour).ok().filter(|_| neighbour < lists.len() && neighbour != place);
                weights.near.push(number.ok_or(HotspotError::Neighbour { place, neighbour, places: lists.len() })?);
            }
            weights.starts.push(u32::try_from(weights.near.len()).unwrap_or(u32::MAX));
        }
        Ok(weights)
    }

    /// Neighbours from the text of a GAL file, with the ids of its places in their order. The first line is `n` or `0 n file id`;
    /// then each place has two lines, `id count` and the ids of its neighbours.
    ///
    /// ```
    /// use tensionmap::unstable::hotspot::Weights;
    /// let (ids, weights) = Weights::from_gal("3\na 1\nb\nb 2\na c\nc 1\nb\n")?;
    /// assert_eq!((ids.len(), weights.of(1)), (3, &[0, 2][..]));
    /// # Ok::<(), tensionmap::unstable::error::HotspotError>(())
    /// ```
    ///
    /// # Errors
    /// A line that is not of this form.
    pub fn from_gal(text: &str) -> Result<(Vec<String>, Self), HotspotError> {
        let invalid = |line: usize, expected: &str| HotspotError::Gal { line: line + 1, expected: expected.to_owned() };
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        let line = |number: usize| lines.get(number).map_or(&[][..], Vec::as_slice);
        let n = if let [n] | [_, n, ..] = line(0) { n.parse::<usize>().ok() } else { None };
        let n = n.ok_or_else(|| invalid(0, "the number of places"))?;
        let mut ids: Vec<&str> = Vec::new();
        for head in (0..n).map(|place| 1 + 2 * place) {
            let [id, count] = *line(head) else { return Err(invalid(head, "an id and how many neighbours it has")) };
            if count.parse() != Ok(line(head + 1).len()) {
                return Err(invalid(head + 1, &format!("the ids of {count} neighbours")));
            }
            ids.push(id);
        }
        let list = |place: usize| {
            let number = |name: &&str| {
                let found = ids.iter().position(|id| id == name);
                found.ok_or_else(|| invalid(2 + 2 * place, &format!("ids of places, not {name:?}")))
            };
            line(2 + 2 * place).iter().map(number).collect()
        };
        let lists = (0..n).map(list).collect::<Result<Vec<Vec<usize>>, HotspotError>>()?;
        Ok((ids.into_iter().map(str::to_owned).collect(), Self::of_lists(&lists)?))
    }

    /// Number of places.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Returns true if there are no places.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The neighbours of a place, by index.
    ///
    /// # Panics
    /// When there is no such place.
    #[must_use]
    pub fn of(&self, place: usize) -> &[u32] {
        &self.near[self.span(place)]
    }

    /// The weights of the neighbours of a place; `None` where each is 1.
    ///
    /// # Panics
    /// When there is no such place.
    #[must_use]
    pub fn values_of(&self, place: usize) -> Option<&[f64]> {
        (!self.values.is_empty()).then(|| &self.values[self.span(place)])
    }

    fn span(&self, place: usize) -> std::ops::Range<usize> {
        self.starts[place] as usize..self.starts[place + 1] as usize
    }

    /// The neighbours of a place with their weights.
    pub(super) fn each(&self, place: usize) -> impl Iterator<Item = (usize, f64)> {
        let values = self.values_of(place);
        let weight = move |nth: usize| values.map_or(1.0, |values| values[nth]);
        self.of(place).iter().enumerate().map(move |(nth, &near)| (near as usize, weight(nth)))
    }

    /// Σ w x over the neighbours of a place, in their order.
    pub(super) fn sum(&self, place: usize, values: &[f64]) -> f64 {
        match self.values_of(place) {
            None => self.of(place).iter().map(|&near| values[near as usize]).sum(),
            Some(weights) => self.of(place).iter().zip(weights).map(|(&near, w)| w * values[near as usize]).sum(),
        }
    }

    /// W = Σ w and Q = Σ w² over the neighbours of a place.
    pub(super) fn totals(&self, place: usize) -> (f64, f64) {
        match self.values_of(place) {
            None => (self.of(place).len() as f64, self.of(place).len() as f64),
            Some(values) => values.iter().fold((0.0, 0.0), |(total, squares), w| (total + w, squares + w * w)),
        }
    }

    /// Divides the weights of each place by their sum, so that they add up to 1.
    #[must_use]
    pub fn row_standardised(&self) -> Self {
        let shares = |place: usize| {
            let (total, _) = self.totals(place);
            self.each(place).map(move |(_, weight)| weight / total)
        };
        Self { values: (0..self.len()).flat_map(shares).collect(), ..self.clone() }
    }
}

/// Rows and distances of the cells of an area at most `k` steps from one of them, itself left out, by row.
pub(super) fn within(area: &StudyArea, patch: Option<&LocalGrid>, row: usize, k: u32) -> Vec<(u32, u32)> {
    let mut found = match patch {
        Some(patch) => patch.within(row, k),
        None => disk(area, area.cells()[row], k),
    };
    found.sort_unstable();
    found
}

/// The neighbours of a cell by h3o's own disks, where no local grid exists.
fn disk(area: &StudyArea, cell: CellIndex, k: u32) -> Vec<(u32, u32)> {
    let disk: Vec<(CellIndex, u32)> = cell.grid_disk_distances(k);
    let row = |(other, distance): (CellIndex, u32)| {
        let row = area.row(other).filter(|_| other != cell)?;
        Some((u32::try_from(row).ok()?, distance))
    };
    disk.into_iter().filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On a flat patch, round a pentagon, and with holes: as h3o's own disks have it.
    #[test]
    fn rings_are_those_of_the_grid() {
        let pentagon = h3o::Resolution::Five.pentagons().next().unwrap();
        let town: CellIndex = "8819434d93fffff".parse().unwrap();
        for (middle, k) in [(town, 1), (town, 3), (town, 7), (pentagon, 2)] {
            let mut cells: Vec<CellIndex> = middle.grid_disk(6);
            cells.retain(|cell| u64::from(*cell).count_ones() % 5 > 0);
            let area = StudyArea::of_cells(cells);
            let weights = Weights::rings(&area, k, Kernel::Triangular).unwrap();
            for (row, &cell) in area.cells().iter().enumerate() {
                let mut expected = disk(&area, cell, k);
                expected.sort_unstable();
                assert_eq!(weights.of(row), expected.iter().map(|(row, _)| *row).collect::<Vec<_>>(), "{cell} {k}");
                let falls = expected.iter().map(|(_, distance)| Kernel::Triangular.weight(*distance, k));
                assert_eq!(weights.values_of(row).unwrap(), falls.collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let beyond = Weights::of_lists(&[vec![1], vec![1]]).unwrap_err().to_string();
        assert_eq!(beyond, "place 1 has neighbour 1; expected another place from 0 to 1");
        for (text, line, expected) in [
            ("", 1, "the number of places"),
            ("2\na 1\n", 3, "the ids of 1 neighbours"),
            ("2\na 1\nc\nb 0\n\n", 3, "ids of places, not \"c\""),
            ("1\na\n\n", 2, "an id and how many neighbours it has"),
        ] {
            let message = format!("line {line} of the GAL file is not usable: expected {expected}");
            assert_eq!(Weights::from_gal(text).unwrap_err().to_string(), message);
        }
        assert_eq!(
            "cubic".parse::<Kernel>().unwrap_err().to_string(),
            "kernel \"cubic\" is not usable: expected one of binary, triangular, quadratic, quartic, gaussian"
        );
    }
}
