//! Lattice of cell centres on one face of the icosahedron: triangular in the gnomonic plane.
//!
//! Lattice points are the Eisenstein integers `i + jω`, ω = −½ + i√3/2. A resolution-0 step is 2 − φ = 0.3819… in the
//! plane of a face. Each resolution divides it by √7, and odd ones are turned by asin √(3/28) = 19.1°. See Sahr, White
//! & Kimerling, *Geodesic Discrete Global Grid Systems*, 2003, and <https://h3geo.org/docs/core-library/coordsystems>.
//! A cell's index is the expansion of its point to base 3 + ω and 2 − ω in turn, with 0 and the six units as digits.
//! Faces are found from their corners, the twelve pentagons, so nothing here is a table to be trusted.

use std::sync::LazyLock;

use geo::Coord;
use h3o::{BaseCell, CellIndex, LatLng, Resolution};

/// A unit vector.
pub(super) type Direction = [f64; 3];

/// A face of the icosahedron.
#[derive(Clone, Copy, Debug)]
pub(super) struct Face {
    pub(super) centre: Direction,
    pub(super) corners: [Direction; 3],
    /// Inward normals of the planes through the edges.
    sides: [Direction; 3],
}

/// All faces.
pub(super) static FACES: LazyLock<Vec<Face>> = LazyLock::new(|| {
    let pentagons: Vec<Direction> =
        CellIndex::base_cells().filter(|cell| cell.is_pentagon()).map(|cell| direction(cell.into())).collect();
    let adjacent = |a: usize, b: usize| dot(pentagons[a], pentagons[b]) > 0.3;
    let mut faces = Vec::with_capacity(20);
    for a in 0..pentagons.len() {
        for b in (a + 1..pentagons.len()).filter(|&b| adjacent(a, b)) {
            for c in (b + 1..pentagons.len()).filter(|&c| adjacent(a, c) && adjacent(b, c)) {
                let mut corners = [pentagons[a], pentagons[b], pentagons[c]];
                if dot(cross(corners[0], corners[1]), corners[2]) < 0.0 {
                    corners.swap(1, 2);
                }
                let [p, q, r] = corners;
                let centre = unit([p[0] + q[0] + r[0], p[1] + q[1] + r[1], p[2] + q[2] + r[2]]);
                faces.push(Face { centre, corners, sides: [unit(cross(p, q)), unit(cross(q, r)), unit(cross(r, p))] });
            }
        }
    }
    faces
});

impl Face {
    /// The face that holds a direction.
    pub(super) fn of(at: Direction) -> &'static Self {
        let nearer = |best: (f64, &'static Self), face: &'static Self| {
            let near = face.nearness(at);
            if near > best.0 { (near, face) } else { best }
        };
        FACES.iter().fold((f64::NEG_INFINITY, &FACES[0]), nearer).1
    }

    /// Cosine of the angle between its centre and a direction.
    pub(super) fn nearness(&self, at: Direction) -> f64 {
        dot(self.centre, at)
    }

    /// True if it contains a direction, `margin` radians or more from its edges.
    pub(super) fn holds(&self, at: Direction, margin: f64) -> bool {
        self.sides.iter().all(|&side| dot(side, at) > margin)
    }
}

/// Cosine of the angle between the centre of a face and its corners, rounded down.
pub(super) const FACE_RADIUS: f64 = 0.79;

/// Length of a step between neighbouring lattice points in the gnomonic plane.
pub(super) fn step_length(resolution: Resolution) -> f64 {
    let golden = f64::midpoint(1.0, 5.0_f64.sqrt());
    (2.0 - golden) * 7.0_f64.sqrt().powi(-i32::from(u8::from(resolution)))
}

/// The lattice of a resolution on a face.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lattice {
    face: &'static Face,
    resolution: Resolution,
    /// Steps along 1 and along ω, in the plane.
    step: [Direction; 2],
    /// Dual basis: dot products with it are i and j of a point of the plane.
    dual: [Direction; 2],
}

impl Lattice {
    pub(super) fn new(face: &'static Face, resolution: Resolution) -> Self {
        let [corner, ..] = face.corners;
        let inward = dot(corner, face.centre);
        let x = unit(std::array::from_fn(|k| corner[k] - inward * face.centre[k]));
        let y = cross(face.centre, x);
        let length = step_length(resolution);
        let odd = u8::from(resolution) % 2 == 1;
        let turn = if odd { (3.0_f64 / 28.0).sqrt().asin() } else { 0.0 };
        let towards = |angle: f64| -> Direction {
            let (sin, cos) = (angle + turn).sin_cos();
            std::array::from_fn(|k| length * (cos * x[k] + sin * y[k]))
        };
        let third = 2.0 * std::f64::consts::PI / 3.0;
        let scale = 2.0 / (3.0_f64.sqrt() * length * length);
        // Perpendicular to the other step, and 1 along the own.
        let dual = [third - third * 0.75, third * 0.75].map(|angle| towards(angle).map(|part| part * scale));
        Self { face, resolution, step: [towards(0.0), towards(third)], dual }
    }

    /// Lattice coordinates of a direction in front of the face.
    #[inline]
    pub(super) fn at(&self, direction: Direction) -> [f64; 2] {
        let scale = 1.0 / dot(self.face.centre, direction);
        [dot(self.dual[0], direction) * scale, dot(self.dual[1], direction) * scale]
    }

    /// Direction of a lattice point, not of unit length.
    #[inline]
    pub(super) fn direction(&self, i: i32, j: i32) -> Direction {
        self.towards(f64::from(i), f64::from(j))
    }

    /// Direction of any point of the plane, not of unit length.
    #[inline]
    pub(super) fn towards(&self, i: f64, j: f64) -> Direction {
        std::array::from_fn(|k| self.face.centre[k] + i * self.step[0][k] + j * self.step[1][k])
    }

    /// The cell at a lattice point of the face.
    pub(super) fn cell(&self, i: i32, j: i32) -> Option<CellIndex> {
        let at = position(self.direction(i, j));
        LatLng::from_radians(at.y, at.x).ok().map(|at| at.to_cell(self.resolution))
    }

    /// True if a lattice point is on the face, `margin` radians or more from its edges.
    #[inline]
    pub(super) fn holds(&self, i: i32, j: i32, margin: f64) -> bool {
        self.face.holds(unit(self.direction(i, j)), margin)
    }
}

/// Moves from cell to cell over the lattice of a face by index arithmetic, without coordinates.
#[derive(Debug)]
pub(super) struct CellCursor<'a> {
    lattice: &'a Lattice,
    here: Option<LatticePosition>,
}

#[derive(Clone, Copy, Debug)]
struct LatticePosition {
    i: i32,
    j: i32,
    cell: u64,
    /// Sixths of a turn from the lattice to the digits of this base cell.
    turn: usize,
}

/// Units of the lattice by sixths of a turn, as i and j.
const UNITS: [(i32, i32); 6] = [(1, 0), (1, 1), (0, 1), (-1, 0), (-1, -1), (0, -1)];
/// Digit of each unit. H3 calls the axes i, j and k, for 1, ω and ω², and a digit is 4i + 2j + k.
const DIGITS: [u8; 6] = [4, 6, 2, 3, 1, 5];
/// Steps beyond which an index is computed from coordinates.
const MAX_STEPS: i32 = 24;

impl<'a> CellCursor<'a> {
    pub(super) fn new(lattice: &'a Lattice) -> Self {
        Self { lattice, here: None }
    }

    /// Cell at a lattice point of the face; fast when the last one was near.
    pub(super) fn cell(&mut self, i: i32, j: i32) -> Option<CellIndex> {
        let walked = self.here.filter(|here| (here.i - i).abs() + (here.j - j).abs() <= MAX_STEPS);
        if let Some(cell) = walked.and_then(|here| self.walk(here, i, j)) {
            self.here = Some(LatticePosition { i, j, ..cell });
            return CellIndex::try_from(cell.cell).ok();
        }
        let cell = self.lattice.cell(i, j)?;
        self.here = self.place(cell, i, j);
        Some(cell)
    }

    fn walk(&self, from: LatticePosition, i: i32, j: i32) -> Option<LatticePosition> {
        let mut cell = from.cell;
        let mut along = |steps: i32, forth: usize| {
            let unit = if steps < 0 { forth + 3 } else { forth };
            let digit = DIGITS[(unit + from.turn) % 6];
            for _ in 0..steps.abs() {
                cell = neighbour(cell, digit, self.lattice.resolution)?;
            }
            Some(())
        };
        along(i - from.i, 0)?;
        along(j - from.j, 2)?;
        Some(LatticePosition { cell, ..from })
    }

    /// Orientation of the digits of a base cell on this face, derived from a neighbour; `None` round a pentagon.
    fn place(&self, cell: CellIndex, i: i32, j: i32) -> Option<LatticePosition> {
        if BaseCell::is_pentagon(cell.base_cell()) {
            return None;
        }
        let bits = u64::from(cell);
        let inside = UNITS.iter().enumerate().filter(|(_, (di, dj))| self.lattice.holds(i + di, j + dj, 0.0));
        for (unit, (di, dj)) in inside {
            let next = u64::from(self.lattice.cell(i + di, j + dj)?);
            let reaches =
                |turn: &usize| neighbour(bits, DIGITS[(unit + turn) % 6], self.lattice.resolution) == Some(next);
            if let Some(turn) = (0..6).find(reaches) {
                return Some(LatticePosition { i, j, cell: bits, turn });
            }
        }
        None
    }
}

/// The neighbour of a cell in the direction of a digit, if it is of the same base cell. Away from pentagons.
#[inline]
fn neighbour(mut cell: u64, digit: u8, resolution: Resolution) -> Option<u64> {
    let mut carry = digit;
    for level in (1..=u8::from(resolution)).rev() {
        let shift = 3 * (15 - u32::from(level));
        let old = (cell >> shift) & 7;
        let (new, next) = SUMS[usize::from(level % 2)][old as usize & 7][usize::from(carry & 7)];
        cell = cell & !(7 << shift) | u64::from(new) << shift;
        if next == 0 {
            return Some(cell);
        }
        carry = next;
    }
    None
}

/// Sums of two digits, as a digit and a carry, for even and odd resolutions.
const SUMS: [[[(u8, u8); 8]; 8]; 2] = [sums(false), sums(true)];

const fn sums(odd: bool) -> [[(u8, u8); 8]; 8] {
    let mut sums = [[(0, 0); 8]; 8];
    let mut pair = 0;
    while pair < 49 {
        let (a, b) = (pair / 7, pair % 7);
        sums[a as usize][b as usize] = sum(a, b, odd);
        pair += 1;
    }
    sums
}

/// The Eisenstein integer of a digit.
const fn integer(digit: u8) -> (i32, i32) {
    let (i, j, k) = ((digit >> 2) as i32 & 1, (digit >> 1) as i32 & 1, digit as i32 & 1);
    (i - k, j - k)
}

/// The base of a resolution times an integer: 3 + ω and 2 − ω in turn, with ω² = −1 − ω.
const fn raised((i, j): (i32, i32), odd: bool) -> (i32, i32) {
    if odd { (2 * i + j, 3 * j - i) } else { (3 * i - j, i + 2 * j) }
}

/// Eisenstein integer of a cell's digits: its lattice point in the orientation of its base cell.
pub(super) fn expanded(cell: CellIndex) -> (i32, i32) {
    let bits = u64::from(cell);
    let step = |at: (i32, i32), level: u8| {
        #[allow(clippy::cast_possible_truncation, reason = "the last three bits")]
        let digit = (bits >> (3 * (15 - u32::from(level)))) as usize & 7;
        let ((i, j), (di, dj)) = (raised(at, level % 2 == 1), INTEGERS[digit]);
        (i + di, j + dj)
    };
    (1..=u8::from(cell.resolution())).fold((0, 0), step)
}

/// The integers of all digits.
const INTEGERS: [(i32, i32); 8] =
    [integer(0), integer(1), integer(2), integer(3), integer(4), integer(5), integer(6), integer(7)];

/// An Eisenstein integer turned by sixths, counter-clockwise: times 1 + ω for each.
pub(super) fn turned((i, j): (i32, i32), sixths: usize) -> (i32, i32) {
    (0..sixths).fold((i, j), |(i, j), _| (i - j, i))
}

/// a + b = base × carry + digit.
const fn sum(a: u8, b: u8, odd: bool) -> (u8, u8) {
    let ((ai, aj), (bi, bj)) = (integer(a), integer(b));
    let mut pair = 0;
    while pair < 49 {
        let (carry, digit) = (pair / 7, pair % 7);
        let ((mi, mj), (di, dj)) = (raised(integer(carry), odd), integer(digit));
        if mi + di == ai + bi && mj + dj == aj + bj {
            return (digit, carry);
        }
        pair += 1;
    }
    (0, 0)
}

/// The direction of a position.
pub(super) fn direction(at: LatLng) -> Direction {
    towards(at.lng_radians(), at.lat_radians())
}

/// The direction of a longitude and latitude in radians.
#[inline]
pub(super) fn towards(lng: f64, lat: f64) -> Direction {
    let ((sin_lng, cos_lng), (sin_lat, cos_lat)) = (lng.sin_cos(), lat.sin_cos());
    [cos_lat * cos_lng, cos_lat * sin_lng, sin_lat]
}

/// The longitude and latitude of a direction, in radians.
pub(super) fn position([x, y, z]: Direction) -> Coord {
    Coord { x: y.atan2(x), y: z.atan2((x * x + y * y).sqrt()) }
}

#[inline]
fn dot(a: Direction, b: Direction) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn cross(a: Direction, b: Direction) -> Direction {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn unit(a: Direction) -> Direction {
    let length = dot(a, a).sqrt();
    a.map(|part| part / length)
}
