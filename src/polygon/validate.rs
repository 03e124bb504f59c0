//! Validity of a geometry, checked on its positions as written: before any library closes a ring or drops an ordinate.
//! Nothing is repaired here; see [`repair`](super::repair).
//!
//! First each ring is checked, in this order: positions are numbers in range; it is closed and has four positions or
//! more. It does not go round a pole, or across longitude 180° uncut; it has an area inside. Then all rings are
//! searched for crossings, spikes and shared lines. Last come holes outside their polygon or inside each other, and
//! polygons of one feature on top of each other.
//!
//! A ring that touches itself, another ring or polygon in single points is accepted, unlike in Simple Features (ISO
//! 19125). Many programs write an island in a corner of a lake that way, and inside and area stay defined. Polygons of
//! one feature may also share a line, or overlap by a sliver; a hole may not share a line with its polygon.

use std::fmt;

use geo::{Area, Coord, LineString, MultiPolygon, Polygon, unary_union};
use geojson::{GeometryValue, Position};

use super::edges::{EdgeConflict, EdgeIndex, PolygonRing, ROUNDING_DEG, RingConflict};
use super::overlap::SLIVER;
use crate::code::Code;
use crate::format::Fault;
use crate::rounding::legible;

/// A valid polygon with its warnings.
pub(super) type CheckedPolygon = (MultiPolygon, Vec<Code>);

/// Polygons of a geometry, shells counter-clockwise and without repeated positions, and warnings.
///
/// O(n log n) for n positions.
///
/// # Errors
/// `Q_GEOM_TYPE`, `Q_NO_GEOMETRY`, `Q_COORD_TYPE`, `Q_NONFINITE`, `Q_COORD_RANGE`, `Q_RING_OPEN`, `Q_POLE`,
/// `Q_ANTIMERIDIAN`, `Q_ZERO_AREA`, `Q_SELF_INTERSECTION`, `Q_HOLE`: the first that applies.
pub(super) fn check(geometry: &GeometryValue) -> Result<CheckedPolygon, Box<Fault>> {
    let members = match geometry {
        GeometryValue::Polygon { coordinates } => std::slice::from_ref(coordinates),
        GeometryValue::MultiPolygon { coordinates } => coordinates.as_slice(),
        other => return Err(not_polygon(other.type_name())),
    };
    if members.iter().all(Vec::is_empty) {
        return Err(Fault::new(Code::NoGeometry, GEOMETRY, "a polygon without a ring", "at least one ring"));
    }
    let mut rings = Vec::new();
    let mut winding_differs = false;
    for (member, shapes) in members.iter().enumerate() {
        if shapes.is_empty() {
            let found = format!("polygon {} without a ring", member + 1);
            return Err(Fault::new(Code::RingOpen, GEOMETRY, found, "at least one ring in every polygon"));
        }
        for (index, positions) in shapes.iter().enumerate() {
            let label = RingLabel { member: (members.len() > 1).then_some(member), ring: index };
            let mut corners = corners(label, positions)?;
            encloses(label, &corners)?;
            corners = halved(corners);
            let hole = index > 0;
            if (doubled_area(&corners) > 0.0) == hole {
                winding_differs = true;
                corners.reverse();
            }
            rings.push(PolygonRing { member, hole, corners });
        }
    }
    let edges = EdgeIndex::new(rings, None);
    let checks = RingChecks { edges: &edges, many: members.len() > 1 };
    if let Some(conflict) = edges.conflict(false) {
        checks.meeting(conflict)?;
    }
    checks.holes()?;
    let shape = polygons(&edges.rings);
    checks.members(&shape)?;
    let warnings = if winding_differs { vec![Code::Winding] } else { Vec::new() };
    Ok((shape, warnings))
}

/// Column named in a fault.
const GEOMETRY: &str = "geometry";

/// The fault of a geometry of another type.
#[allow(clippy::unnecessary_box_returns, reason = "faults are boxed wherever they are returned")]
pub(super) fn not_polygon(found: &str) -> Box<Fault> {
    let parts = if found == "GeometryCollection" { "; keep its polygons as one MultiPolygon" } else { "" };
    Fault::new(Code::GeomType, GEOMETRY, found, format!("a Polygon or MultiPolygon{parts}"))
}

/// Position of a ring in its geometry, as named in messages.
#[derive(Clone, Copy)]
struct RingLabel {
    member: Option<usize>,
    ring: usize,
}

impl fmt::Display for RingLabel {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(member) = self.member {
            write!(out, "polygon {} ", member + 1)?;
        }
        write!(out, "ring {}", self.ring + 1)
    }
}

/// Longitude and latitude to a centimetre.
pub(super) struct LonLat(pub(super) Coord);

impl fmt::Display for LonLat {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Adding 0 makes a plain zero of -0.
        let rounded = |degrees: f64| (degrees * 1e7).round() / 1e7 + 0.0;
        write!(out, "{},{}", rounded(self.0.x), rounded(self.0.y))
    }
}

/// Corners of a closed ring: in range, none repeated, without the closing one.
fn corners(place: RingLabel, positions: &[Position]) -> Result<Vec<Coord>, Box<Fault>> {
    let mut corners: Vec<Coord> = Vec::with_capacity(positions.len());
    for (index, position) in positions.iter().enumerate() {
        let at = coord(place, index, position)?;
        if corners.last() != Some(&at) {
            corners.push(at);
        }
    }
    let open = |found: String, expected: &str| Err(Fault::new(Code::RingOpen, GEOMETRY, found, expected));
    if let [first, .., last] = corners[..]
        && first != last
    {
        let found = format!("{place} begins at {} and ends at {}", LonLat(first), LonLat(last));
        return open(found, "the first position again at the end of the ring");
    }
    if positions.len() < 4 {
        let near = corners.first().map(|&at| format!(" at {}", LonLat(at))).unwrap_or_default();
        let found = format!("{place}{near} has {} positions", positions.len());
        return open(found, "four or more, the last the same as the first");
    }
    if corners.len() > 1 {
        corners.pop();
    }
    Ok(corners)
}

fn coord(place: RingLabel, index: usize, position: &Position) -> Result<Coord, Box<Fault>> {
    let fault = |code: Code, found: String, expected: &str| {
        Fault::new(code, GEOMETRY, format!("{place} position {}: {found}", index + 1), expected)
    };
    let &[x, y, ..] = position.as_slice() else {
        let found = format!("{} numbers", position.len());
        return Err(fault(Code::CoordType, found, "a longitude and a latitude"));
    };
    if (-180.0..=180.0).contains(&x) && (-90.0..=90.0).contains(&y) {
        return Ok(Coord { x, y });
    }
    let found = format!("{},{}", legible(x), legible(y));
    if !(x.is_finite() && y.is_finite()) {
        return Err(fault(Code::NonFinite, found, "finite degrees"));
    }
    let expected = if x.abs().max(y.abs()) > 1000.0 {
        "longitude -180 to 180, then latitude -90 to 90; this looks like metres of a grid: say which, such as FILE@EPSG:27700"
    } else if x.abs() > 180.0 && y.abs() <= 90.0 {
        "a longitude from -180 to 180; cut the polygon where it crosses longitude 180 (RFC 7946 §3.1.9)"
    } else {
        "longitude -180 to 180, then latitude -90 to 90"
    };
    Err(fault(Code::CoordRange, found, expected))
}

/// Checks that a ring encloses an area in the plane of longitude and latitude.
fn encloses(place: RingLabel, corners: &[Coord]) -> Result<(), Box<Fault>> {
    let fault = |code: Code, found: String, expected: &str| Err(Fault::new(code, GEOMETRY, found, expected));
    let around = || corners.iter().zip(corners.iter().cycle().skip(1));
    let at_pole = |from: &Coord, to: &Coord| from.y.abs() >= 90.0 && to.y.abs() >= 90.0;
    // A step from 180 to -180 is none on the globe, unless it leads along a pole.
    let turn = |(from, to): (&Coord, &Coord)| {
        let step = to.x - from.x;
        if at_pole(from, to) { step } else { step - 360.0 * (step / 360.0).round_ties_even() }
    };
    let turned: f64 = around().map(turn).sum();
    if turned.abs() > 180.0 {
        let latitude = corners.iter().map(|at| at.y).fold(0.0, |max: f64, y| if y.abs() > max.abs() { y } else { max });
        let pole = if latitude < 0.0 { "south" } else { "north" };
        let found = format!("{place} goes round the globe, or the {pole} pole");
        let expected =
            "a ring that comes back the way it went; take it along longitude 180, the pole and longitude -180";
        return fault(Code::Pole, found, expected);
    }
    // Exactly 360° is the edge of the whole map, not a jump across longitude 180°.
    let jump = around().find(|(from, to)| {
        let width = (to.x - from.x).abs();
        width > 180.0 && width < 360.0 && !at_pole(from, to)
    });
    if let Some((&from, &to)) = jump {
        let found = format!("{place} jumps from {} to {}", LonLat(from), LonLat(to));
        let expected = "edges of at most 180 degrees of longitude; cut the polygon where it crosses longitude 180 \
                        (RFC 7946 §3.1.9), or add corners where it does not";
        return fault(Code::Antimeridian, found, expected);
    }
    if is_flat(corners) {
        let at = corners.first().copied().unwrap_or_default();
        let found = format!("{place} at {} lies on one line", LonLat(at));
        return fault(Code::ZeroArea, found, "a ring that encloses ground; leave it out if it is meant to be empty");
    }
    Ok(())
}

/// Corners with one more on edges along a pole or the whole map, which h3o takes for a jump across longitude 180°.
fn halved(corners: Vec<Coord>) -> Vec<Coord> {
    let wide = |from: &Coord, to: &Coord| (to.x - from.x).abs() > 180.0;
    let around = || corners.iter().zip(corners.iter().cycle().skip(1));
    if !around().any(|(from, to)| wide(from, to)) {
        return corners;
    }
    around().flat_map(|(&from, &to)| [Some(from), wide(&from, &to).then(|| (from + to) / 2.0)]).flatten().collect()
}

/// True if all corners lie on one line, to rounding. A bow-tie of two equal halves has an area of 0 and is not flat.
fn is_flat(corners: &[Coord]) -> bool {
    let Some(&origin) = corners.first() else { return true };
    let apart = corners.iter().map(|&at| at - origin);
    let far = apart.clone().max_by(|a, b| a.x.hypot(a.y).total_cmp(&b.x.hypot(b.y)));
    let Some(far) = far.filter(|far| far.x.hypot(far.y) > ROUNDING_DEG) else { return true };
    let width = far.x.hypot(far.y) * ROUNDING_DEG;
    apart.into_iter().all(|at| (far.x * at.y - far.y * at.x).abs() <= width)
}

/// Twice the area, above 0 when counter-clockwise; measured from the first corner, so that digits are not lost.
fn doubled_area(corners: &[Coord]) -> f64 {
    let Some(&origin) = corners.first() else { return 0.0 };
    let pairs = corners.iter().zip(corners.iter().skip(1));
    pairs.map(|(&a, &b)| (a.x - origin.x) * (b.y - origin.y) - (a.y - origin.y) * (b.x - origin.x)).sum()
}

/// Checks over all rings of a geometry.
struct RingChecks<'a> {
    edges: &'a EdgeIndex,
    many: bool,
}

impl RingChecks<'_> {
    /// Label of a ring.
    fn place(&self, ring: usize) -> RingLabel {
        let rings = &self.edges.rings;
        let member = rings.get(ring).map_or(0, |ring| ring.member);
        let before = rings.iter().take(ring).rev().take_while(|other| other.member == member).count();
        RingLabel { member: self.many.then_some(member), ring: before }
    }

    /// Fault of a conflict between two edges.
    fn meeting(&self, RingConflict { kind, rings: (one, other), at }: RingConflict) -> Result<(), Box<Fault>> {
        let (place, at) = (self.place(one), LonLat(at));
        if one == other {
            let (found, expected) = match kind {
                EdgeConflict::Crossing => ("crosses itself at", "a ring that does not cross itself"),
                EdgeConflict::Line => ("runs along itself at", "a ring that passes each line once"),
                EdgeConflict::Spike => ("turns back on itself at", "a ring without a spike; leave that corner out"),
            };
            return fixable(Code::SelfIntersection, format!("{place} {found} {at}"), expected);
        }
        let verb = if kind == EdgeConflict::Crossing { "crosses" } else { "shares a line with" };
        let found = format!("{place} {verb} {} at {at}", self.place(other));
        fixable(Code::Hole, found, "holes inside their polygon and apart from each other")
    }

    /// Checks that holes lie in their polygon and in no other hole of it.
    fn holes(&self) -> Result<(), Box<Fault>> {
        let rings = &self.edges.rings;
        for (index, ring) in rings.iter().enumerate().filter(|(_, ring)| ring.hole) {
            let Some(at) = self.edges.free_point(index) else { continue };
            let (place, near) = (self.place(index), LonLat(at));
            let (mut in_shell, mut in_hole) = (false, None);
            for other in self.edges.round(at).into_iter().filter(|&other| other != index) {
                match rings.get(other) {
                    Some(around) if around.member != ring.member => {}
                    Some(PolygonRing { hole: false, .. }) => in_shell = true,
                    _ => in_hole = Some(other),
                }
            }
            if !in_shell {
                let found = format!("{place}, a hole, lies outside ring 1 at {near}");
                return fixable(Code::Hole, found, "holes inside their polygon, ring 1");
            }
            if let Some(other) = in_hole {
                let found = format!("{place}, a hole, lies in another hole, {}, at {near}", self.place(other));
                return fixable(Code::Hole, found, "holes apart from each other");
            }
        }
        Ok(())
    }

    /// Checks that the polygons of a feature do not overlap.
    fn members(&self, shape: &MultiPolygon) -> Result<(), Box<Fault>> {
        if !self.many {
            return Ok(());
        }
        let across = self.edges.conflict(true).map(|RingConflict { rings: (one, other), at, .. }| (one, other, at));
        let Some((one, other, at)) = across.or_else(|| self.edges.shell_in_member()) else { return Ok(()) };
        let area = |ring: usize| {
            let member = self.edges.rings.get(ring).map_or(0, |ring| ring.member);
            shape.0.get(member).map_or(0.0, Area::unsigned_area)
        };
        // The union loses the area that is covered twice; less than a sliver is rounding.
        let held_twice = shape.unsigned_area() - unary_union(&shape.0).unsigned_area();
        if held_twice <= SLIVER * area(one).min(area(other)) {
            return Ok(());
        }
        let found = format!("{} and {} overlap at {}", self.place(one), self.place(other), LonLat(at));
        fixable(Code::SelfIntersection, found, "polygons of one feature side by side")
    }
}

/// A fault that can be repaired.
fn fixable(code: Code, found: String, expected: &str) -> Result<(), Box<Fault>> {
    Err(Fault::new(code, GEOMETRY, found, format!("{expected}; repair the file, or use --repair-geometry")))
}

/// Rings as polygons.
fn polygons(rings: &[PolygonRing]) -> MultiPolygon {
    let closed =
        |ring: &PolygonRing| -> LineString { ring.corners.iter().chain(ring.corners.first()).copied().collect() };
    let members = rings.chunk_by(|a, b| a.member == b.member);
    let polygon = |rings: &[PolygonRing]| {
        let (shell, holes) = rings.split_first()?;
        Some(Polygon::new(closed(shell), holes.iter().map(closed).collect()))
    };
    MultiPolygon::new(members.filter_map(polygon).collect())
}
