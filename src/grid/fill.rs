//! Polygons → cells: rows of the lattice between the edges of a polygon, face by face.
//!
//! An edge is straight in longitude and latitude and slightly bent in the plane of a face. There it is replaced by
//! chords that stay within [`BEND`] steps of it. Lattice points between chords are inside; one nearer than that to a
//! chord is tested exactly. The cells equal those of a test of every centre. The cost is O(vertices + cells) for a
//! polygon on one face and O(rows × vertices) for one that surrounds faces.

use geo::{Coord, Polygon};
use h3o::{CellIndex, Resolution};

use super::lattice::{CellCursor, Direction, FACE_RADIUS, FACES, Face, Lattice, position, step_length, towards};
use super::shape::{CellOutline, LonLatPolygon, Meeting};

/// Distance between an edge and its chord, in steps of the lattice.
const BEND: f64 = 0.02;
/// Bound of that distance by the square of a chord's length in longitude and latitude, in radians. Second derivatives
/// of the gnomonic projection within a face are below 11.4.
const BENT: f64 = 11.4 / 8.0;
/// Lattice coordinates per step of distance: their axes are 60° apart.
const SKEW: f64 = 1.16;
/// Steps from the edge of a face within which lattice points belong to both faces.
const SHARED: f64 = 0.1;
/// Reach of a cell's box from its centre, in circumradii: √2 · 1.4 of the longest, ≤ 4.2 round a pole; × 1.6 on a face.
const BOX_REACH: f64 = 6.8;
/// Resolution up to which every cell of the globe is tested.
const COARSE: Resolution = Resolution::One;

/// The cells of a polygon.
#[derive(Debug, Default)]
pub(super) struct Filled {
    /// Cells that no edge of the polygon reaches, inside.
    pub(super) inside: Vec<CellIndex>,
    /// Cells that edges reach, and their contact.
    pub(super) edge: Vec<(CellIndex, Meeting)>,
}

/// Maximum corners of a polygon from which the density of cells is estimated.
const MAX_SAMPLES: usize = 16;

/// Estimated number of cells that overlap a polygon, also a thin one.
///
/// Its area by the density of cells there, and half of the cells its edges pass, 4 ÷ (π × spacing) per length.
pub(super) fn estimate(polygon: &Polygon, resolution: Resolution) -> f64 {
    let shape = LonLatPolygon::new(polygon);
    let step = step_length(resolution);
    // The plane of a face is farther out, and has more cells, away from the centre of the face.
    let nearness = |at: &Coord| {
        let at = towards(at.x, at.y);
        Face::of(at).nearness(at)
    };
    let points = || shape.rings().flat_map(|ring| &ring.0);
    let every = points().count().div_ceil(MAX_SAMPLES).max(1);
    let near: Vec<f64> = points().step_by(every).map(nearness).collect();
    let mean = |power: i32| near.iter().map(|near| near.powi(power)).sum::<f64>() / near.len().max(1) as f64;
    let ground = shape.area() * mean(-3) / (step * step * 3.0_f64.sqrt() / 2.0);
    let edges = shape.length() * mean(-2) / step * 4.0 / std::f64::consts::PI;
    ground + edges / 2.0 + 1.0
}

/// Cells with their centre in a polygon, in no order.
pub(crate) fn centres(polygon: &Polygon, resolution: Resolution) -> Vec<CellIndex> {
    let outline = ChordOutline::new(LonLatPolygon::new(polygon), resolution, 0.0);
    let mut cells = Vec::new();
    if resolution <= COARSE {
        cells.extend(globe(resolution).filter(|&cell| outline.shape.holds_centre(cell)));
        return cells;
    }
    outline.scan(|lattice, rows| {
        let mut cursor = CellCursor::new(lattice);
        rows.inside(|i, j| cells.extend(cursor.cell(i, j)));
        for &(j, i) in &rows.near_points() {
            cells.extend(cursor.cell(i, j).filter(|&cell| outline.shape.holds_centre(cell)));
        }
    });
    outline.distinct(cells)
}

/// Cells that share a point with a polygon, in no order.
pub(super) fn meeting(polygon: &Polygon, resolution: Resolution) -> Filled {
    met(&ChordOutline::new(LonLatPolygon::new(polygon), resolution, 1.0), CellOutline::of)
}

/// Cells whose box shares a point with a polygon, in no order.
pub(super) fn meeting_boxes(polygon: &Polygon, resolution: Resolution) -> Filled {
    met(&ChordOutline::new(LonLatPolygon::new(polygon), resolution, BOX_REACH), CellOutline::box_of)
}

fn met(outline: &ChordOutline, of: fn(CellIndex) -> CellOutline) -> Filled {
    let resolution = outline.resolution;
    let mut filled = Filled::default();
    let mut add = |cell: CellIndex, edges: &[(Coord, Coord)]| match outline.shape.meeting(&of(cell), edges) {
        Meeting::Apart if outline.shape.holds_centre(cell) => filled.inside.push(cell),
        Meeting::Apart => {}
        meeting => filled.edge.push((cell, meeting)),
    };
    if resolution <= COARSE {
        globe(resolution).for_each(|cell| add(cell, &outline.edges));
        return filled;
    }
    let mut inside = Vec::new();
    outline.scan(|lattice, rows| {
        let mut cursor = CellCursor::new(lattice);
        rows.inside(|i, j| inside.extend(cursor.cell(i, j)));
        for group in rows.near.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
            if let Some(cell) = group.first().and_then(|&(j, i, _)| cursor.cell(i, j)) {
                add(cell, &group.iter().map(|&(.., edge)| outline.edges[edge as usize]).collect::<Vec<_>>());
            }
        }
    });
    filled.inside.append(&mut inside);
    Filled { inside: outline.distinct(filled.inside), edge: outline.distinct(filled.edge) }
}

fn globe(resolution: Resolution) -> impl Iterator<Item = CellIndex> {
    CellIndex::base_cells().flat_map(move |cell| cell.children(resolution))
}

/// Outline of a polygon as chords on the globe.
struct ChordOutline {
    shape: LonLatPolygon,
    resolution: Resolution,
    edges: Vec<(Coord, Coord)>,
    points: Vec<Direction>,
    /// Edge of the chord from each point; [`GAP`] between two rings.
    of_edge: Vec<u32>,
    /// Steps from a chord within which lattice points are tested exactly.
    margin: f64,
    face: Option<&'static Face>,
}

const GAP: u32 = u32::MAX;

impl ChordOutline {
    /// `reach`: distance from an edge within which cells are tested, in circumradii of a cell.
    fn new(shape: LonLatPolygon, resolution: Resolution, reach: f64) -> Self {
        let step = step_length(resolution);
        let longest = (BEND * step / BENT).sqrt();
        let (mut edges, mut points, mut of_edge) = (Vec::new(), Vec::new(), Vec::new());
        let mut steepest = 0.0_f64;
        for ring in shape.rings() {
            for line in ring.lines() {
                let (from, to) = (line.start, line.end);
                steepest = steepest.max(from.y.abs());
                let length = (to.x - from.x).abs() + (to.y - from.y).abs();
                let edge = u32::try_from(edges.len()).unwrap_or(GAP);
                edges.push((from, to));
                points.push(towards(from.x, from.y));
                of_edge.push(edge);
                if length > longest {
                    let parts = (length / longest).ceil();
                    let mut part = 1.0;
                    while part < parts {
                        let at = from + (to - from) * (part / parts);
                        points.push(towards(at.x, at.y));
                        of_edge.push(edge);
                        part += 1.0;
                    }
                }
            }
            if let Some(&last) = ring.0.last() {
                points.push(towards(last.x, last.y));
                of_edge.push(GAP);
            }
        }
        let mut outline = Self { shape, resolution, edges, points, of_edge, margin: BEND + 0.001, face: None };
        if reach > 0.0 {
            // Sides of cells are straight in longitude and latitude too, so they bend towards the poles, by at most
            // three steps. They stay within the box of their ends.
            let side = 0.6 * step * (1.0 + 1.0 / steepest.cos().max(1e-9));
            outline.margin += 0.6 * reach + (BENT * side * side / step).min(3.0);
        }
        let middle = outline.points.first().map(|&at| Face::of(at));
        let room = if reach > 0.0 { 1.5 + outline.margin } else { SHARED };
        outline.face = middle.filter(|face| outline.points.iter().all(|&at| face.holds(at, room * step)));
        if reach > 0.0 && outline.face.is_none() {
            // Beyond its edges a face's plane stretches, most behind a corner.
            outline.margin += 0.3;
        }
        outline
    }

    /// Removes repeated cells: those on an edge of faces are found on both.
    fn distinct<T: Ord>(&self, mut cells: Vec<T>) -> Vec<T> {
        if self.face.is_none() {
            cells.sort_unstable();
            cells.dedup();
        }
        cells
    }

    /// Visits the rows of each face that the polygon can reach.
    fn scan(&self, mut visit: impl FnMut(&Lattice, &ScanRows)) {
        if let Some(face) = self.face {
            let lattice = Lattice::new(face, self.resolution);
            visit(&lattice, &self.rows(&lattice, &self.projected(&lattice), None));
            return;
        }
        for face in FACES.iter() {
            let lattice = Lattice::new(face, self.resolution);
            let in_front = self.points.iter().all(|&at| face.nearness(at) > FRONT);
            let reaches = self.points.iter().any(|&at| face.nearness(at) > FACE_RADIUS - 0.1);
            // A face without an edge on it is all inside or all outside.
            if !reaches && !self.shape.holds(position(face.centre)) {
                continue;
            }
            let points = self.projected(&lattice);
            visit(&lattice, &self.rows(&lattice, &points, Some((Triangle::new(face, &lattice), face, in_front))));
        }
    }

    fn projected(&self, lattice: &Lattice) -> Vec<[f64; 2]> {
        self.points.iter().map(|&at| lattice.at(at)).collect()
    }

    fn rows(&self, lattice: &Lattice, points: &[[f64; 2]], part: Option<(Triangle, &Face, bool)>) -> ScanRows {
        let mut rows = ScanRows::default();
        let within = part.as_ref().map(|(triangle, ..)| triangle.rows());
        for (k, (pair, &edge)) in points.windows(2).zip(&self.of_edge).enumerate() {
            let in_front = |face: &Face| self.points[k..=k + 1].iter().all(|&at| face.nearness(at) > FRONT);
            if edge == GAP || part.as_ref().is_some_and(|(_, face, complete)| !complete && !in_front(face)) {
                continue;
            }
            rows.add(pair[0], pair[1], edge, self.margin * SKEW, within);
        }
        rows.crossings.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        rows.near.sort_unstable();
        rows.near.dedup();
        let Some((triangle, _, complete)) = part else {
            rows.between_crossings();
            return rows;
        };
        rows.near.retain(|&(j, i, _)| triangle.row(j).is_some_and(|(low, high)| (low..=high).contains(&i)));
        rows.within(&triangle, |i, j| self.shape.holds(position(lattice.direction(i, j))), complete);
        rows
    }
}

/// Cosine of the angle from the centre of a face within which chords are projected on its plane.
const FRONT: f64 = 0.3;

/// Rows found by the scan of one face.
#[derive(Debug, Default)]
struct ScanRows {
    /// Row and position of each crossing of a chord.
    crossings: Vec<(i32, f64)>,
    /// Row and lattice point near a chord, with its edge.
    near: Vec<(i32, i32, u32)>,
    /// Row, first and last lattice point of each span inside, including points near a chord.
    spans: Vec<(i32, i32, i32)>,
}

impl ScanRows {
    /// Adds one chord. The numbers are at most 2·7^7.5 = 4.4 million.
    #[allow(clippy::cast_possible_truncation, reason = "lattice coordinates on a face fit")]
    #[inline]
    fn add(&mut self, from: [f64; 2], to: [f64; 2], edge: u32, margin: f64, within: Option<(i32, i32)>) {
        let ([i0, j0], [i1, j1]) = if from[1] <= to[1] { (from, to) } else { (to, from) };
        let clip = |low: i32, high: i32| within.map_or((low, high), |(first, last)| (low.max(first), high.min(last)));
        let slope = if j1 > j0 { (i1 - i0) / (j1 - j0) } else { 0.0 };
        // A row meets a chord from its lower end on to before its upper one, so that a corner counts once.
        let (first, last) = clip(j0.ceil() as i32, j1.ceil() as i32 - 1);
        for j in first..=last {
            self.crossings.push((j, i0 + (f64::from(j) - j0) * slope));
        }
        let (first, last) = clip((j0 - margin).ceil() as i32, (j1 + margin).floor() as i32);
        for j in first..=last {
            let at = |j: f64| i0 + (j.clamp(j0, j1) - j0) * slope;
            let row = f64::from(j);
            let (a, b) = if j1 > j0 { (at(row - margin), at(row + margin)) } else { (i0, i1) };
            let (low, high) = ((a.min(b) - margin).ceil() as i32, (a.max(b) + margin).floor() as i32);
            for i in low..=high {
                self.near.push((j, i, edge));
            }
        }
    }

    /// Spans of a polygon that lies entirely on the face.
    #[allow(clippy::cast_possible_truncation, reason = "lattice coordinates on a face fit")]
    fn between_crossings(&mut self) {
        for row in self.crossings.chunk_by(|a, b| a.0 == b.0) {
            for pair in row.chunks_exact(2) {
                let (low, high) = (pair[0].1.ceil() as i32, pair[1].1.floor() as i32);
                if low <= high {
                    self.spans.push((pair[0].0, low, high));
                }
            }
        }
    }

    /// Spans within a face. With all chords known (`complete`), west of them is outside; else a point a row is tested.
    #[allow(clippy::cast_possible_truncation, reason = "lattice coordinates on a face fit")]
    fn within(&mut self, triangle: &Triangle, holds: impl Fn(i32, i32) -> bool, complete: bool) {
        let (first, last) = triangle.rows();
        for j in first..=last {
            let Some((low, high)) = triangle.row(j) else { continue };
            let from = self.crossings.partition_point(|crossing| crossing.0 < j);
            let row = &self.crossings[from..];
            let row = &row[..row.partition_point(|crossing| crossing.0 == j)];
            if complete && row.is_empty() {
                continue;
            }
            let before = |i: i32| row.partition_point(|&(_, at)| at <= f64::from(i));
            let mut inside = if complete {
                before(low) % 2 == 1
            } else {
                let clear = |i: &i32| {
                    let from = self.near.partition_point(|&(row, at, _)| (row, at) < (j, *i));
                    self.near.get(from).is_none_or(|&(row, at, _)| (row, at) != (j, *i))
                };
                // Where all points of a row are near an edge, none is taken from its span.
                let Some(known) = (low..=high).find(clear) else { continue };
                holds(known, j) != ((before(known) - before(low)) % 2 == 1)
            };
            let mut start = low;
            for &(_, at) in &row[before(low)..] {
                let next = (at.floor() as i32 + 1).min(high + 1);
                if inside && start < next {
                    self.spans.push((j, start, next - 1));
                }
                (inside, start) = (!inside, next.max(start));
            }
            if inside && start <= high {
                self.spans.push((j, start, high));
            }
        }
    }

    /// Visits the lattice points inside that are not near a chord.
    fn inside(&self, mut visit: impl FnMut(i32, i32)) {
        let mut near = self.near.iter().peekable();
        for &(j, low, high) in &self.spans {
            for i in low..=high {
                while near.next_if(|&&(row, at, _)| (row, at) < (j, i)).is_some() {}
                if near.peek().is_none_or(|&&(row, at, _)| (row, at) != (j, i)) {
                    visit(i, j);
                }
            }
        }
    }

    /// Rows and lattice points near chords, each once.
    fn near_points(&self) -> Vec<(i32, i32)> {
        let mut points: Vec<(i32, i32)> = self.near.iter().map(|&(j, i, _)| (j, i)).collect();
        points.dedup();
        points
    }
}

/// A face in lattice coordinates, wider by [`SHARED`].
struct Triangle {
    corners: [[f64; 2]; 3],
}

impl Triangle {
    fn new(face: &Face, lattice: &Lattice) -> Self {
        let corners = face.corners.map(|corner| lattice.at(corner));
        // Twice as far from the centre as the edges are.
        let [i, j] = corners[0];
        let wider = 1.0 + 2.0 * SHARED / (i * i - i * j + j * j).sqrt();
        Self { corners: corners.map(|corner| corner.map(|part| part * wider)) }
    }

    #[allow(clippy::cast_possible_truncation, reason = "lattice coordinates on a face fit")]
    fn rows(&self) -> (i32, i32) {
        let js = self.corners.map(|corner| corner[1]);
        (js.into_iter().fold(f64::MAX, f64::min).ceil() as i32, js.into_iter().fold(f64::MIN, f64::max).floor() as i32)
    }

    /// First and last lattice point of a row.
    #[allow(clippy::cast_possible_truncation, reason = "lattice coordinates on a face fit")]
    fn row(&self, j: i32) -> Option<(i32, i32)> {
        let row = f64::from(j);
        let (mut low, mut high) = (f64::MAX, f64::MIN);
        for k in 0..3 {
            let ([i0, j0], [i1, j1]) = (self.corners[k], self.corners[(k + 1) % 3]);
            if (j0 <= row) == (j1 <= row) {
                continue;
            }
            let at = i0 + (row - j0) / (j1 - j0) * (i1 - i0);
            (low, high) = (low.min(at), high.max(at));
        }
        let (low, high) = (low.ceil(), high.floor());
        (low <= high).then_some((low as i32, high as i32))
    }
}
