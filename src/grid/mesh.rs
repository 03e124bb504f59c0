//! Outlines of many cells with shared corners, each of which is computed, placed on a page and written once.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use geo::{Coord, MapCoordsInPlace, MultiPolygon};
use h3o::{CellIndex, LatLng, Resolution};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::boundary::{corners, is_plain, outline};
use super::lattice::{FACES, Lattice, direction, expanded, position, step_length, turned};

/// The outlines of cells of one resolution, row by row.
#[derive(Debug)]
pub(crate) struct CellMesh {
    corners: Vec<Coord>,
    /// Indices of corners, ring after ring.
    rings: Vec<u32>,
    /// Start of the ring of each row, and the end of the last one.
    starts: Vec<usize>,
    cut: BTreeMap<usize, MultiPolygon>,
}

/// A corner before its coordinates are computed.
#[derive(Clone, Copy)]
enum MeshCorner {
    /// A corner of a lattice point, which owns two.
    Shared(FacePosition, usize),
    Own(Coord),
}

/// The two corners of a lattice point, in thirds of steps: each is the middle of three points.
const PAIR: [(f64, f64); 2] = [(2.0, 1.0), (1.0, 2.0)];
/// Corners of a cell, counter-clockwise: steps to the lattice point that owns it, and its index there.
const RING: [(i32, i32, usize); 6] = [(0, 0, 0), (0, 0, 1), (-1, 0, 0), (-1, -1, 1), (-1, -1, 0), (0, -1, 1)];

impl CellMesh {
    /// Mesh of cells of one resolution. O(cells). Corners are within 5 × 10⁻¹² degrees, half a micrometre, of h3o's.
    pub(crate) fn of(cells: &[CellIndex]) -> Self {
        let resolution = cells.first().map_or(Resolution::Zero, |cell| cell.resolution());
        let lattices: Vec<Lattice> = FACES.iter().map(|face| Lattice::new(face, resolution)).collect();
        let find = |finder: &mut FaceFinder<'_>, &cell: &CellIndex| finder.find(cell);
        let new = || FaceFinder::new(&lattices, resolution);
        let found: Vec<Option<FacePosition>> = cells.par_iter().with_min_len(1024).map_init(new, find).collect();

        let mut numbers = CornerNumbers::of(&found);
        let (mut all, mut starts) = (Vec::with_capacity(2 * cells.len()), Vec::with_capacity(cells.len() + 1));
        let mut rings = Vec::with_capacity(6 * cells.len());
        let next = |all: &Vec<MeshCorner>| u32::try_from(all.len()).unwrap_or(u32::MAX);
        for (place, &cell) in found.iter().zip(cells) {
            starts.push(rings.len());
            if let Some(FacePosition { face, i, j }) = *place {
                rings.extend(RING.map(|(right, down, which)| {
                    let owner = FacePosition { face, i: i + right, j: j + down };
                    let number = numbers.of_corner(owner, which).get_or_insert_with(|| {
                        all.push(MeshCorner::Shared(owner, which));
                        NonZeroU32::new(next(&all)).unwrap_or(NonZeroU32::MAX)
                    });
                    number.get() - 1
                }));
            } else {
                for corner in corners(cell) {
                    rings.push(next(&all));
                    all.push(MeshCorner::Own(corner));
                }
            }
        }
        starts.push(rings.len());
        let at = |corner: &MeshCorner| match *corner {
            MeshCorner::Own(at) => at,
            MeshCorner::Shared(FacePosition { face, i, j }, which) => {
                let (right, down) = PAIR[which];
                let at = position(lattices[face].towards(f64::from(i) + right / 3.0, f64::from(j) + down / 3.0));
                Coord { x: at.x.to_degrees(), y: at.y.to_degrees() }
            }
        };
        let corners = all.par_iter().with_min_len(1024).map(at).collect();
        let mut mesh = Self { corners, rings, starts, cut: BTreeMap::new() };
        // Far from both, no cell reaches longitude 180° or a pole.
        if mesh.corners.iter().all(|at| at.x.abs() < 150.0 && at.y.abs() < 60.0) {
            return mesh;
        }
        let is_cut = |row: &usize| !is_plain(mesh.ring(*row).iter().map(|&number| mesh.corners[number as usize]));
        mesh.cut = (0..cells.len()).filter(is_cut).map(|row| (row, outline(cells[row]))).collect();
        mesh
    }

    /// Applies a projection to every corner.
    pub(crate) fn map(mut self, to: impl Fn(Coord) -> Coord + Copy + Sync) -> Self {
        self.corners.par_iter_mut().with_min_len(1024).for_each(|at| *at = to(*at));
        self.cut.values_mut().for_each(|outline| outline.map_coords_in_place(to));
        self
    }

    /// All corners, in degrees (x = longitude).
    pub(crate) fn corners(&self) -> &[Coord] {
        &self.corners
    }

    /// Indices of the corners of a row, counter-clockwise and not closed; superseded by [`Self::cut`] where that is `Some`.
    pub(crate) fn ring(&self, row: usize) -> &[u32] {
        &self.rings[self.starts[row]..self.starts[row + 1]]
    }

    /// Outline of a cell that is cut at longitude 180° or goes round a pole.
    pub(crate) fn cut(&self, row: usize) -> Option<&MultiPolygon> {
        self.cut.get(&row)
    }
}

/// Index + 1 of each corner found so far: a table for cells close together, such as those of a study area, else a map.
enum CornerNumbers {
    Close { west: i32, south: i32, wide: usize, numbers: Vec<[Option<NonZeroU32>; 2]> },
    Apart(FxHashMap<(usize, i32, i32), [Option<NonZeroU32>; 2]>),
}

impl CornerNumbers {
    fn of(found: &[Option<FacePosition>]) -> Self {
        let apart = || Self::Apart(FxHashMap::default());
        let mut places = found.iter().flatten();
        let Some(&first) = places.next() else { return apart() };
        let (mut low, mut high) = ((first.i, first.j), (first.i, first.j));
        for place in places {
            if place.face != first.face {
                return apart();
            }
            low = (low.0.min(place.i), low.1.min(place.j));
            high = (high.0.max(place.i), high.1.max(place.j));
        }
        // Corners also belong to points one step to the west and south.
        let (west, south) = (low.0 - 1, low.1 - 1);
        let size = |from: i32, to: i32| usize::try_from(to - from + 1).unwrap_or(usize::MAX);
        let (wide, tall) = (size(west, high.0), size(south, high.1));
        match wide.checked_mul(tall).filter(|all| *all <= 8 * found.len() + 1024) {
            Some(all) => Self::Close { west, south, wide, numbers: vec![[None; 2]; all] },
            None => apart(),
        }
    }

    fn of_corner(&mut self, FacePosition { face, i, j }: FacePosition, which: usize) -> &mut Option<NonZeroU32> {
        match self {
            #[allow(clippy::cast_sign_loss, reason = "no corner lies west or south of the table")]
            Self::Close { west, south, wide, numbers } => {
                &mut numbers[(j - *south) as usize * *wide + (i - *west) as usize][which]
            }
            Self::Apart(numbers) => &mut numbers.entry((face, i, j)).or_default()[which],
        }
    }
}

/// Position of a cell on the face that contains it.
#[derive(Clone, Copy, Debug)]
struct FacePosition {
    face: usize,
    i: i32,
    j: i32,
}

/// Finds positions of cells on faces; caches the placement of base cells.
struct FaceFinder<'a> {
    lattices: &'a [Lattice],
    resolution: Resolution,
    /// Placements by base cell; none round a pentagon, where they are not unique.
    known: BTreeMap<u8, Vec<BaseCellPlacement>>,
}

/// Placement of a base cell's cells on a face: a turn in sixths, and an origin.
#[derive(Clone, Copy, Debug)]
struct BaseCellPlacement {
    turn: usize,
    from: FacePosition,
}

impl<'a> FaceFinder<'a> {
    fn new(lattices: &'a [Lattice], resolution: Resolution) -> Self {
        Self { lattices, resolution, known: BTreeMap::new() }
    }

    /// Position of a cell; `None` near the edge of a face and round a pentagon.
    fn find(&mut self, cell: CellIndex) -> Option<FacePosition> {
        if cell.base_cell().is_pentagon() {
            return None;
        }
        let number = u8::from(cell.base_cell());
        let known = self.known.get(&number).into_iter().flatten();
        let found = known.map(|spread| spread.place(cell)).find(|&place| self.is_inside(place));
        found.or_else(|| {
            let spread = self.learn(cell)?;
            self.known.entry(number).or_default().push(spread);
            Some(spread.place(cell))
        })
    }

    /// Placement of the base cell of a cell on the face that contains the cell, derived from a neighbour.
    fn learn(&self, cell: CellIndex) -> Option<BaseCellPlacement> {
        let at = direction(LatLng::from(cell));
        let face = (0..FACES.len()).max_by(|&a, &b| FACES[a].nearness(at).total_cmp(&FACES[b].nearness(at)))?;
        #[allow(clippy::cast_possible_truncation, reason = "lattices reach a few million steps")]
        let [i, j] = self.lattices[face].at(at).map(|steps| steps.round() as i32);
        if !self.is_inside(FacePosition { face, i, j }) {
            return None;
        }
        let here = expanded(cell);
        (0..6).find_map(|unit| {
            let (right, down) = turned((1, 0), unit);
            let next = self.lattices[face].cell(i + right, j + down);
            let next = next.filter(|next| next.base_cell() == cell.base_cell())?;
            let there = expanded(next);
            let turn = (0..6).find(|&turn| turned((there.0 - here.0, there.1 - here.1), turn) == (right, down))?;
            let (a, b) = turned(here, turn);
            Some(BaseCellPlacement { turn, from: FacePosition { face, i: i - a, j: j - b } })
        })
    }

    /// True if a cell at this position has all of its corners on the face.
    fn is_inside(&self, FacePosition { face, i, j }: FacePosition) -> bool {
        // In the plane of the face, corners lie a step/√3 from the middle of a cell; on the sphere they are nearer.
        self.lattices[face].holds(i, j, 0.6 * step_length(self.resolution))
    }
}

impl BaseCellPlacement {
    fn place(self, cell: CellIndex) -> FacePosition {
        let (i, j) = turned(expanded(cell), self.turn);
        FacePosition { i: self.from.i + i, j: self.from.j + j, ..self.from }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compared with h3o's boundaries: everywhere on the globe, with pentagons, edges of faces and longitude 180° among them.
    #[test]
    fn outlines_are_those_of_h3o() {
        let mut seed = 20_261_128_u64;
        let mut below = move |end: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % end
        };
        let (mut shared, mut own, mut cut) = (0, 0, 0);
        for round in 0..320 {
            let resolution = Resolution::try_from(u8::try_from(round % 16).unwrap()).unwrap();
            let (lat, lng) = (below(18_001) as f64 / 100.0 - 90.0, below(36_001) as f64 / 100.0 - 180.0);
            let middle = match round % 5 {
                0 => LatLng::new(lat, 179.999).unwrap().to_cell(resolution),
                1 => resolution.pentagons().nth(usize::try_from(below(12)).unwrap()).unwrap(),
                // A corner of a base cell, where faces may meet.
                2 => LatLng::new(lat, lng).unwrap().to_cell(Resolution::Zero).boundary()[0].to_cell(resolution),
                _ => LatLng::new(lat, lng).unwrap().to_cell(resolution),
            };
            let mut cells: Vec<CellIndex> = middle.grid_disk(5);
            cells.sort_unstable();
            let mesh = CellMesh::of(&cells);
            for (row, &cell) in cells.iter().enumerate() {
                let expected = outline(cell);
                if let Some(outline) = mesh.cut(row) {
                    cut += 1;
                    assert_eq!(*outline, expected, "{cell}");
                    continue;
                }
                let ring: Vec<Coord> = mesh.ring(row).iter().map(|&number| mesh.corners()[number as usize]).collect();
                let theirs = &expected.0[0].exterior().0[1..];
                assert!(expected.0.len() == 1 && ring.len() == theirs.len(), "{cell}: {ring:?} and {theirs:?}");
                // Degrees of longitude are short towards the poles.
                let far = |a: Coord, b: Coord| ((a.x - b.x) * a.y.to_radians().cos()).abs().max((a.y - b.y).abs());
                let start = theirs.iter().position(|&at| far(at, ring[0]) < 1e-7).expect("a common corner");
                let turned = theirs.iter().cycle().skip(start);
                let worst = ring.iter().zip(turned).map(|(a, b)| far(*a, *b)).fold(0.0, f64::max);
                assert!(worst < 5e-12, "{cell}: {worst}");
            }
            let met = mesh.rings.len();
            if mesh.corners.len() < met { shared += 1 } else { own += 1 }
        }
        assert!(shared > 200 && own > 10 && cut > 100, "{shared}, {own} and {cut}");
    }

    /// A disk of hexagons has 6(k + 1)² corners.
    #[test]
    fn each_corner_is_there_once() {
        let middle = LatLng::new(52.64, -1.12).unwrap().to_cell(Resolution::Nine);
        for k in 0..6 {
            let mut cells: Vec<CellIndex> = middle.grid_disk(k);
            cells.sort_unstable();
            assert_eq!(CellMesh::of(&cells).corners().len(), 6 * (k as usize + 1).pow(2));
        }
        assert!(CellMesh::of(&[]).corners().is_empty());
    }
}
