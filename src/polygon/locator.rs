//! Point location: a table of boxes that decides most points, and the few edges near a point for the others.
//!
//! Boxes of longitude and latitude, not H3 cells: finding one is ten times as fast, and their borders are straight.

use geo::kernels::{Kernel, Orientation, RobustKernel};
use geo::{BoundingRect, Coord, LineString, MultiPolygon, Polygon};

use crate::grid::LatLng;

/// Boxes per edge of the areas, approximately.
const BOXES_PER_EDGE: usize = 8;
/// Maximum boxes along a side of the table.
const MAX_SIDE_BOXES: usize = 4096;
/// Share of a box by which the reach of an edge is widened, well above the rounding of a coordinate.
const SLACK: f64 = 1e-6;

/// An index of areas that finds, exactly, the areas containing a point.
///
/// The answers are those of `geo`'s `Contains` for valid polygons: orientations are exact, and a point on a border is
/// in no area. Built in O(edges × rows they cross + boxes); a point costs O(1), and O(edges in its row) near borders.
///
/// ```
/// use geo::polygon;
/// use tensionmap::unstable::polygon::Locator;
/// use tensionmap::LatLng;
/// let west = polygon![(x: -2., y: 52.), (x: -1., y: 52.), (x: -1., y: 53.), (x: -2., y: 53.)];
/// let east = polygon![(x: -1., y: 52.), (x: 0., y: 52.), (x: 0., y: 53.), (x: -1., y: 53.)];
/// let areas = Locator::new(&[west.into(), east.into()]);
/// assert_eq!(areas.containing(LatLng::new(52.5, -1.5)?), [0]);
/// assert_eq!(areas.first(LatLng::new(52.5, -0.5)?), Some(1));
/// assert_eq!(areas.first(LatLng::new(52.5, -1.0)?), None);
/// assert_eq!(areas.touching(LatLng::new(52.5, -1.0)?), [0, 1]);
/// # Ok::<(), tensionmap::InvalidValue>(())
/// ```
#[derive(Debug)]
pub struct Locator {
    columns: Axis,
    rows: Axis,
    /// One word a box: [`NONE`]; the area that covers it; or, from [`LISTED`] on, the start of its candidates.
    boxes: Vec<u32>,
    candidates: Vec<Candidate>,
    edges: Vec<RisingEdge>,
}

const NONE: u32 = u32::MAX;
const LISTED: u32 = 1 << 31;

/// An area that overlaps a box.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    area: u32,
    /// First of its edges in the row of the box; none where it covers the box.
    first: u32,
    count: u32,
    /// True for the last candidate of a box.
    last: bool,
}

/// An edge, lower end first.
#[derive(Clone, Copy, Debug)]
struct RisingEdge {
    low: Coord,
    high: Coord,
}

/// Position of a point relative to an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PointLocation {
    Inside,
    Border,
    Outside,
}

/// A coordinate range divided into equal parts.
#[derive(Clone, Copy, Debug)]
struct Axis {
    from: f64,
    scale: f64,
    count: usize,
}

impl Axis {
    fn new(from: f64, to: f64, count: usize) -> Self {
        let width = (to - from).max(1e-9);
        // A little wider on both sides, so that both ends fall into a part.
        let from = from - width * SLACK;
        Self { from, scale: count as f64 / (width * (1.0 + 2.0 * SLACK)), count }
    }

    /// Part of a number, if any; monotonic.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
    #[inline]
    fn part(&self, at: f64) -> Option<usize> {
        let part = (at - self.from) * self.scale;
        (part >= 0.0 && part < self.count as f64).then_some(part as usize)
    }

    fn clamped(&self, at: f64) -> usize {
        self.part(at).unwrap_or(if at <= self.from { 0 } else { self.count - 1 })
    }

    /// Start of a part.
    fn start(&self, part: usize) -> f64 {
        self.from + part as f64 / self.scale
    }

    fn width(&self) -> f64 {
        1.0 / self.scale
    }
}

impl Locator {
    /// Indexes areas.
    #[must_use]
    pub fn new(areas: &[MultiPolygon]) -> Self {
        let bounds: Vec<_> = areas.iter().filter_map(BoundingRect::bounding_rect).collect();
        let min = |of: fn(&geo::Rect) -> f64| bounds.iter().map(of).fold(f64::INFINITY, f64::min);
        let max = |of: fn(&geo::Rect) -> f64| bounds.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
        let edges: usize = areas.iter().flatten().map(edges).sum();
        // Without an edge, no number is in a part of an axis.
        let side = ((edges * BOXES_PER_EDGE).isqrt()).clamp(16, MAX_SIDE_BOXES);
        let mut locator = Self {
            columns: Axis::new(min(|b| b.min().x), max(|b| b.max().x), side),
            rows: Axis::new(min(|b| b.min().y), max(|b| b.max().y), side),
            boxes: vec![NONE; side * side],
            candidates: Vec::new(),
            edges: Vec::new(),
        };
        let mut listed = Vec::new();
        for (area, polygons) in (0..).zip(areas) {
            for polygon in polygons {
                locator.add(area, polygon, &mut listed);
            }
        }
        locator.list(listed);
        locator
    }

    /// Adds one polygon of an area, row by row.
    fn add(&mut self, area: u32, polygon: &Polygon, listed: &mut Vec<(u32, Candidate)>) {
        let mut in_rows: Vec<(usize, RisingEdge)> = Vec::new();
        let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
        for line in rings.flat_map(LineString::lines).filter(|line| line.start != line.end) {
            let (a, b) = (line.start, line.end);
            let edge = if a.y <= b.y { RisingEdge { low: a, high: b } } else { RisingEdge { low: b, high: a } };
            let slack = self.rows.width() * SLACK;
            let rows = self.rows.clamped(edge.low.y - slack)..=self.rows.clamped(edge.high.y + slack);
            in_rows.extend(rows.map(|row| (row, edge)));
        }
        in_rows.sort_unstable_by_key(|&(row, _)| row);
        let mut reached: Vec<(usize, usize)> = Vec::new();
        for in_row in in_rows.chunk_by(|a, b| a.0 == b.0) {
            let row = in_row[0].0;
            let first = self.edges.len();
            self.edges.extend(in_row.iter().map(|&(_, edge)| edge));
            reached.clear();
            reached.extend(in_row.iter().filter_map(|(_, edge)| self.reach(row, edge)));
            reached.sort_unstable();
            #[allow(clippy::cast_possible_truncation, reason = "a map has fewer than 2³² edges")]
            let edged = Candidate { area, first: first as u32, count: in_row.len() as u32, last: false };
            let mut next: Option<usize> = None;
            for &(low, high) in &reached {
                // Boxes between two edges are all inside or all outside.
                if let Some(gap) = next.filter(|&gap| gap < low) {
                    let middle = |axis: &Axis, part: usize| axis.start(part) + axis.width() / 2.0;
                    let middle = Coord { x: middle(&self.columns, gap), y: middle(&self.rows, row) };
                    if side(&self.edges[first..], middle) == PointLocation::Inside {
                        let covering = Candidate { first: 0, count: 0, ..edged };
                        (gap..low).for_each(|column| self.enter(row, column, covering, listed));
                    }
                }
                for column in next.map_or(low, |next| next.max(low))..=high {
                    self.enter(row, column, edged, listed);
                }
                next = Some(next.map_or(high + 1, |next| next.max(high + 1)));
            }
        }
    }

    /// Columns that an edge reaches within a row.
    fn reach(&self, row: usize, edge: &RisingEdge) -> Option<(usize, usize)> {
        let RisingEdge { low, high } = *edge;
        let slack = self.rows.width() * SLACK;
        let (south, north) = (self.rows.start(row) - slack, self.rows.start(row + 1) + slack);
        if high.y < south || low.y > north {
            return None;
        }
        // Rounding is far below the slack.
        let at = |y: f64| low.x + ((y - low.y) / (high.y - low.y)).clamp(0.0, 1.0) * (high.x - low.x);
        let (a, b) = if high.y > low.y { (at(south), at(north)) } else { (low.x, high.x) };
        let slack = self.columns.width() * SLACK;
        Some((self.columns.clamped(a.min(b) - slack), self.columns.clamped(a.max(b) + slack)))
    }

    fn enter(&mut self, row: usize, column: usize, candidate: Candidate, listed: &mut Vec<(u32, Candidate)>) {
        let index = row * self.columns.count + column;
        let word = &mut self.boxes[index];
        #[allow(clippy::cast_possible_truncation, reason = "at most 4096² boxes")]
        let index = index as u32;
        if candidate.count == 0 && *word == NONE {
            *word = candidate.area;
            return;
        }
        if *word == NONE {
            *word = LISTED;
        } else if *word < LISTED {
            listed.push((index, Candidate { area: *word, first: 0, count: 0, last: false }));
            *word = LISTED + 1;
        }
        // A count, until the starts are known.
        *word += 1;
        listed.push((index, candidate));
    }

    /// Stores the candidates of each box side by side, in the order of areas.
    fn list(&mut self, listed: Vec<(u32, Candidate)>) {
        let mut end = 0;
        for word in self.boxes.iter_mut().filter(|word| **word >= LISTED && **word != NONE) {
            end += *word - LISTED;
            *word = LISTED + end;
        }
        let empty = Candidate { area: 0, first: 0, count: 0, last: false };
        self.candidates = vec![empty; listed.len()];
        // From behind, so that each box ends up with the start of its candidates.
        for (index, candidate) in listed.into_iter().rev() {
            let word = &mut self.boxes[index as usize];
            *word -= 1;
            self.candidates[(*word - LISTED) as usize] = candidate;
        }
        let starts = self.boxes.iter().filter(|word| **word > LISTED && **word != NONE).map(|word| word - LISTED);
        let end = std::iter::once(self.candidates.len());
        for next in starts.map(|start| start as usize).chain(end) {
            if let Some(last) = next.checked_sub(1).and_then(|last| self.candidates.get_mut(last)) {
                last.last = true;
            }
        }
    }

    /// The first area that contains a point, by order; its border is not inside.
    #[must_use]
    pub fn first(&self, at: LatLng) -> Option<usize> {
        let mut found = None;
        self.search(Coord { x: at.lng(), y: at.lat() }, |area, side| {
            found = (side == PointLocation::Inside).then_some(area as usize);
            found.is_none()
        });
        found
    }

    /// [`Self::first`] for many points, faster: boxes are looked up a block ahead of the edges. O(points).
    #[must_use]
    pub fn join(&self, points: &[LatLng]) -> Vec<Option<u32>> {
        let place = |at: &LatLng| Coord { x: at.lng(), y: at.lat() };
        let mut found = Vec::with_capacity(points.len());
        let mut words = [NONE; BLOCK];
        for points in points.chunks(BLOCK) {
            for (word, at) in words.iter_mut().zip(points) {
                *word = self.word(place(at));
            }
            for (&word, at) in words.iter().zip(points) {
                let mut first = (word < LISTED).then_some(word);
                if word >= LISTED && word != NONE {
                    self.among(word, place(at), |area, side| {
                        first = (side == PointLocation::Inside).then_some(area);
                        first.is_none()
                    });
                }
                found.push(first);
            }
        }
        found
    }

    /// Areas that contain a point, in ascending order; their border is not inside.
    #[must_use]
    pub fn containing(&self, at: LatLng) -> Vec<usize> {
        self.all(at, |side| side == PointLocation::Inside)
    }

    /// Areas that contain a point or have it on their border, in ascending order.
    #[must_use]
    pub fn touching(&self, at: LatLng) -> Vec<usize> {
        self.all(at, |_| true)
    }

    /// [`Self::containing`] into a reused list; returns the first area with the point on its border.
    pub(crate) fn find(&self, at: LatLng, inside: &mut Vec<usize>) -> Option<usize> {
        inside.clear();
        let mut border = None;
        self.search(Coord { x: at.lng(), y: at.lat() }, |area, side| {
            match side {
                PointLocation::Inside => inside.push(area as usize),
                _ => border = border.or(Some(area as usize)),
            }
            true
        });
        inside.dedup();
        border
    }

    fn all(&self, at: LatLng, wanted: impl Fn(PointLocation) -> bool) -> Vec<usize> {
        let mut found = Vec::new();
        self.search(Coord { x: at.lng(), y: at.lat() }, |area, side| {
            if wanted(side) {
                found.push(area as usize);
            }
            true
        });
        found.dedup();
        found
    }

    /// Word of the box of a point.
    #[inline]
    fn word(&self, at: Coord) -> u32 {
        let (Some(column), Some(row)) = (self.columns.part(at.x), self.rows.part(at.y)) else { return NONE };
        self.boxes.get(row * self.columns.count + column).copied().unwrap_or(NONE)
    }

    /// Visits each polygon that contains a point or has it on its border, until `visit` returns false.
    fn search(&self, at: Coord, mut visit: impl FnMut(u32, PointLocation) -> bool) {
        let word = self.word(at);
        if word < LISTED {
            visit(word, PointLocation::Inside);
        } else if word != NONE {
            self.among(word, at, visit);
        }
    }

    /// [`Self::search`] among the candidates of a box.
    #[inline]
    fn among(&self, word: u32, at: Coord, mut visit: impl FnMut(u32, PointLocation) -> bool) {
        for candidate in self.candidates.get((word - LISTED) as usize..).unwrap_or_default() {
            let edges = candidate.first as usize..(candidate.first + candidate.count) as usize;
            let found = if candidate.count == 0 { PointLocation::Inside } else { side(&self.edges[edges], at) };
            if found != PointLocation::Outside && !visit(candidate.area, found) || candidate.last {
                return;
            }
        }
    }
}

/// Points whose boxes are looked up together.
const BLOCK: usize = 256;

fn edges(polygon: &Polygon) -> usize {
    std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(|ring| ring.0.len().saturating_sub(1)).sum()
}

/// Position of a point relative to a polygon, from all edges at its latitude: the parity of those east of it.
#[allow(clippy::needless_bitwise_bool, reason = "a lazy operator is a branch")]
#[inline]
fn side(edges: &[RisingEdge], at: Coord) -> PointLocation {
    let (mut inside, mut doubt) = (false, false);
    // Without a branch: the processor could not predict which edges lie east of a point.
    for &RisingEdge { low, high } in edges {
        let (left, right) = ((low.x - at.x) * (high.y - at.y), (low.y - at.y) * (high.x - at.x));
        let turn = left - right;
        // Beyond Shewchuk's bound of its error the sign of a turn is certain. A corner belongs to the edge above it.
        let beside = (low.y <= at.y) & (at.y <= high.y);
        doubt |= beside & (turn.abs() <= 4.0 * f64::EPSILON * (left.abs() + right.abs()));
        inside ^= beside & (at.y < high.y) & (turn > 0.0);
    }
    if doubt {
        return exact_side(edges, at);
    }
    if inside { PointLocation::Inside } else { PointLocation::Outside }
}

/// [`side`] with exact orientations.
#[cold]
fn exact_side(edges: &[RisingEdge], at: Coord) -> PointLocation {
    let mut inside = false;
    for &RisingEdge { low, high } in edges.iter().filter(|edge| (edge.low.y..=edge.high.y).contains(&at.y)) {
        match RobustKernel::orient2d(low, high, at) {
            Orientation::Collinear if (low.x.min(high.x)..=low.x.max(high.x)).contains(&at.x) => {
                return PointLocation::Border;
            }
            Orientation::CounterClockwise => inside ^= at.y < high.y,
            _ => {}
        }
    }
    if inside { PointLocation::Inside } else { PointLocation::Outside }
}
