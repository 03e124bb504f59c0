//! Polygon in the plane of longitude and latitude, in radians, with straight edges there, as in H3.

use geo::coordinate_position::{CoordPos, coord_pos_relative_to_ring};
use geo::dimensions::Dimensions;
use geo::kernels::{Kernel, Orientation, RobustKernel};
use geo::{BoundingRect, Coord, Intersects, Line, LineString, MultiPolygon, Polygon, Rect, Relate};
use h3o::{CellIndex, Resolution};
use std::f64::consts::{FRAC_PI_2, PI, TAU};

use super::lattice::step_length;
use super::unroll::unrolled;

/// A polygon in radians, each ring with its box.
///
/// A step of more than 180°, but not of 360° (the edge of the map), crosses longitude 180°; longitudes then start at
/// 0°.
#[derive(Debug)]
pub(super) struct LonLatPolygon {
    rings: Vec<(LineString, Rect)>,
    shifted: bool,
}

/// Contact of a cell with edges of a polygon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Meeting {
    /// None of the edges reaches it.
    Apart,
    /// They only touch its outline.
    Touch,
    /// They go through it, but only along longitude 180° or a pole, where polygons are cut.
    Cut,
    /// They go through it.
    Cross,
}

impl LonLatPolygon {
    pub(super) fn new(polygon: &Polygon) -> Self {
        let is_jump = |width: f64| width > 180.0 && width < 360.0;
        let wide = |ring: &LineString| ring.lines().any(|edge| is_jump((edge.start.x - edge.end.x).abs()));
        let shifted = wide(polygon.exterior());
        let rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
        let moved = |at: &Coord| {
            let x = at.x.to_radians();
            Coord { x: if shifted && x < 0.0 { x + TAU } else { x }, y: at.y.to_radians() }
        };
        let ring = |ring: &LineString| {
            let ring: LineString = ring.0.iter().map(moved).collect();
            ring.bounding_rect().map(|bounds| (ring, bounds))
        };
        Self { rings: rings.filter_map(ring).collect(), shifted }
    }

    /// The rings, the outer one first.
    pub(super) fn rings(&self) -> impl Iterator<Item = &LineString> {
        self.rings.iter().map(|(ring, _)| ring)
    }

    /// True if it contains the centre of a cell.
    pub(super) fn holds_centre(&self, cell: CellIndex) -> bool {
        let at = h3o::LatLng::from(cell);
        self.holds(Coord { x: at.lng_radians(), y: at.lat_radians() })
    }

    /// True if it contains a point; one on an edge belongs to the polygon north of it.
    pub(super) fn holds(&self, mut at: Coord) -> bool {
        if self.shifted && at.x < 0.0 {
            at.x += TAU;
        }
        let in_ring = |(ring, bounds): &(LineString, Rect)| {
            bounds.intersects(&at)
                && match coord_pos_relative_to_ring(at, ring) {
                    CoordPos::Inside => true,
                    CoordPos::Outside => false,
                    CoordPos::OnBoundary => {
                        let north = Coord { y: at.y + f64::EPSILON, ..at };
                        coord_pos_relative_to_ring(north, ring) == CoordPos::Inside
                    }
                }
        };
        let Some((shell, holes)) = self.rings.split_first() else { return false };
        in_ring(shell) && !holes.iter().any(in_ring)
    }

    /// Its area on the unit sphere, whose edges are straight in longitude and latitude. Exact.
    pub(super) fn area(&self) -> f64 {
        let mut areas = self.rings().map(|ring| northing(&ring.0).abs());
        let shell = areas.next().unwrap_or(0.0);
        (shell - areas.sum::<f64>()).max(0.0)
    }

    /// Approximate length of its edges on the unit sphere, to estimate cells.
    pub(super) fn length(&self) -> f64 {
        let edge = |edge: Line| {
            let (x, y) = (edge.end.x - edge.start.x, edge.end.y - edge.start.y);
            (x * f64::midpoint(edge.start.y, edge.end.y).cos()).hypot(y)
        };
        self.rings().flat_map(|ring| ring.lines().map(edge).collect::<Vec<_>>()).sum()
    }

    /// True if its outer ring goes once round a pole, with every step the short way; steps along a pole turn freely.
    pub(super) fn goes_round_pole(&self) -> Result<bool, &'static str> {
        let Some((shell, _)) = self.rings.first() else { return Ok(false) };
        let on_pole = |at: Coord| at.y.abs() >= FRAC_PI_2;
        let along_pole = |edge: &Line| on_pole(edge.start) && on_pole(edge.end);
        let short = |edge: Line| {
            let step = edge.end.x - edge.start.x;
            step - TAU * (step / TAU).round_ties_even()
        };
        let turned = shell.lines().filter(|edge| !along_pole(edge)).map(short).sum::<f64>().abs();
        let meets_pole = shell.0.iter().any(|&at| on_pole(at));
        if turned < PI || !self.shifted && meets_pole {
            Ok(false)
        } else if meets_pole {
            Err("it goes round a pole through a corner on it, whose longitude could be any; take it along \
                 longitude 180, the pole and longitude -180")
        } else if turned > 3.0 * PI {
            Err("it goes round a pole more than once")
        } else {
            Ok(true)
        }
    }

    /// Contact of a cell with some edges of the polygon.
    pub(super) fn meeting(&self, outline: &CellOutline, edges: &[(Coord, Coord)]) -> Meeting {
        let mut closest = Meeting::Apart;
        for turn in [-TAU, 0.0, TAU] {
            let Some((ring, bounds)) = outline.turned(turn, reach(self.shifted)) else { continue };
            for &(from, to) in edges {
                if Rect::new(from, to).intersects(&bounds) {
                    closest = closest.max(meet(&ring, from, to));
                }
                if closest == Meeting::Cross {
                    return closest;
                }
            }
        }
        closest
    }

    /// True if several polygons together contain a cell.
    pub(super) fn together_hold(shapes: &[Self], outline: &CellOutline) -> bool {
        let polygon = |shape: &Self| {
            let mut rings = shape.rings().cloned();
            Some(Polygon::new(rings.next()?, rings.collect()))
        };
        let ground = MultiPolygon::new(shapes.iter().filter_map(polygon).collect());
        let reach = reach(shapes.iter().any(|shape| shape.shifted));
        let mut turned = [-TAU, 0.0, TAU].into_iter().filter_map(|turn| outline.turned(turn, reach));
        turned.all(|(ring, _)| ground.relate(&Polygon::new(ring, Vec::new())).is_covers())
    }
}

/// Longitudes that a polygon can reach.
fn reach(shifted: bool) -> (f64, f64) {
    if shifted { (0.0, TAU) } else { (-PI, PI) }
}

/// The outline of a cell in the plane of longitude and latitude, in radians and in one piece.
#[derive(Debug)]
pub(super) struct CellOutline {
    ring: LineString,
    bounds: Option<Rect>,
}

impl CellOutline {
    pub(super) fn of(cell: CellIndex) -> Self {
        let ring = LineString::new(unrolled(cell, PI));
        Self { bounds: ring.bounding_rect(), ring }
    }

    /// The box of a cell for [`Containment::OverlappingBbox`](super::Containment::OverlappingBbox).
    pub(super) fn box_of(cell: CellIndex) -> Self {
        const SCALE: f64 = 1.4;
        let at = h3o::LatLng::from(cell);
        let mut corners = Self::of(cell).ring;
        let count = corners.0.len();
        corners.0.retain(|at| at.y.abs() < FRAC_PI_2);
        let holds_pole = corners.0.len() < count;
        let (middle, reach) = match corners.bounding_rect() {
            Some(own) if cell.resolution() == Resolution::Zero => {
                (own.center(), Coord { x: own.width() / 2.0, y: own.height() / 2.0 })
            }
            _ => {
                // The longest edges are those round the centre of a face, where its plane is stretched least.
                let corner = (step_length(cell.resolution()) / 3.0_f64.sqrt()).atan();
                let edge = 2.0 * (corner.sin() / 2.0).asin();
                let middle = Coord { x: at.lng_radians(), y: at.lat_radians() };
                (middle, Coord { x: edge / middle.y.cos(), y: edge })
            }
        };
        let (mut low, mut high) = (middle - reach * SCALE, middle + reach * SCALE);
        (low.y, high.y) = (low.y.max(-FRAC_PI_2), high.y.min(FRAC_PI_2));
        if holds_pole || low.y <= -FRAC_PI_2 || high.y >= FRAC_PI_2 {
            (low.x, high.x) = (-PI, PI);
            let end = if middle.y < 0.0 { &mut low } else { &mut high };
            end.y = FRAC_PI_2.copysign(middle.y);
        }
        let bounds = Rect::new(low, high);
        Self { ring: bounds.to_polygon().into_inner().0, bounds: Some(bounds) }
    }

    /// Its corners, in longitudes from −π to π.
    pub(super) fn corners(&self) -> impl Iterator<Item = Coord> {
        // Corners on the pole itself only close the ring.
        let corners = self.ring.0.iter().filter(|at| at.y.abs() < FRAC_PI_2);
        corners.map(|at| Coord { x: at.x - TAU * (at.x / TAU).round_ties_even(), y: at.y })
    }

    /// The ring moved along by a turn, if that brings it within reach.
    fn turned(&self, turn: f64, (west, east): (f64, f64)) -> Option<(LineString, Rect)> {
        let bounds = self.bounds?;
        let (low, high) = (bounds.min().x + turn, bounds.max().x + turn);
        if high < west || low > east {
            return None;
        }
        let mut ring = self.ring.clone();
        if turn != 0.0 {
            ring.0.iter_mut().for_each(|at| at.x += turn);
        }
        Some((ring, Rect::new((low, bounds.min().y), (high, bounds.max().y))))
    }
}

/// ∫ sin φ dλ along a line whose edges are straight in longitude and latitude. An edge from (λ₀, φ₀) to (λ₁, φ₁) adds
/// (λ₁ − λ₀) · sin(φ₀ + φ₁)/2 · sinc(φ₁ − φ₀)/2, in radians. Of a ring that comes back it is the area on the unit
/// sphere. Of one that goes round a pole eastwards it is half the excess of the southern side over the northern.
pub(super) fn northing(corners: &[Coord]) -> f64 {
    let edge = |pair: &[Coord]| {
        let half = (pair[1].y - pair[0].y) / 2.0;
        let sinc = if half == 0.0 { 1.0 } else { half.sin() / half };
        (pair[1].x - pair[0].x) * f64::midpoint(pair[0].y, pair[1].y).sin() * sinc
    };
    corners.windows(2).map(edge).sum()
}

/// Contact of an edge with the outline of a cell.
fn meet(ring: &LineString, from: Coord, to: Coord) -> Meeting {
    let mut closest = Meeting::Apart;
    if from == to {
        return closest;
    }
    for side in ring.lines() {
        closest = closest.max(cross(side.start, side.end, from, to));
        if closest == Meeting::Cross {
            break;
        }
    }
    let enters = match closest {
        Meeting::Apart => coord_pos_relative_to_ring(from, ring) == CoordPos::Inside,
        // It may go through from corner to corner.
        Meeting::Touch => {
            let shared = Polygon::new(ring.clone(), Vec::new()).relate(&Line::new(from, to));
            shared.get(CoordPos::Inside, CoordPos::Inside) != Dimensions::Empty
        }
        _ => false,
    };
    if enters {
        closest = Meeting::Cross;
    }
    #[allow(clippy::float_cmp, reason = "what is cut is cut at the very number")]
    let cut = from.x == to.x && from.x.abs() == PI || from.y == to.y && from.y.abs() == FRAC_PI_2;
    if closest != Meeting::Apart && cut { Meeting::Cut } else { closest }
}

fn cross(a: Coord, b: Coord, c: Coord, d: Coord) -> Meeting {
    use Orientation::Collinear;
    let side = RobustKernel::orient2d;
    let (at_c, at_d) = (side(a, b, c), side(a, b, d));
    if at_c == at_d && at_c != Collinear {
        return Meeting::Apart;
    }
    let (at_a, at_b) = (side(c, d, a), side(c, d, b));
    if at_a == at_b && at_a != Collinear {
        return Meeting::Apart;
    }
    if [at_a, at_b, at_c, at_d].contains(&Collinear) {
        let meets = Rect::new(a, b).intersects(&Rect::new(c, d));
        return if meets { Meeting::Touch } else { Meeting::Apart };
    }
    Meeting::Cross
}
