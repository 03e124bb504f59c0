//! Geometry of areas compared with boolean operations, on random rings whose corners often coincide or lie on edges.

use geo::{Area, BooleanOps, BoundingRect, Coord, LineString, MultiPolygon, Polygon, Validation};
use geojson::{GeometryValue, Position};

use super::contiguity::common;
use super::edges::{EdgeIndex, PolygonRing};
use super::overlap::meet;
use super::repair::repair;
use super::validate::check;

/// Small random numbers from a fixed seed, so that corners often coincide and lie on other edges.
struct SmallNumbers(u64);

impl SmallNumbers {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn ring(&mut self, size: u64) -> Vec<Coord> {
        let mut corners: Vec<Coord> = Vec::new();
        for _ in 0..3 + self.below(6) {
            corners.push(Coord { x: self.below(size) as f64 / 8.0, y: self.below(size) as f64 / 8.0 });
        }
        corners.dedup();
        while corners.len() > 1 && corners.first() == corners.last() {
            corners.pop();
        }
        if shape(&corners).signed_area() < 0.0 {
            corners.reverse();
        }
        corners
    }

    /// A ring of corners on a grid.
    fn grid_ring(&mut self, west: u64, south: u64, step: u64) -> LineString {
        let count = 3 + self.below(4);
        let mut along = |from: u64| (from + step * self.below(7)) as f64 / 32.0;
        let corners = (0..count).map(|_| Coord { x: along(west), y: along(south) });
        let mut ring = LineString::new(corners.collect());
        ring.close();
        ring
    }

    fn polygon(&mut self, holes: u64) -> Polygon {
        let shell = self.grid_ring(0, 0, 4);
        let holes = (0..holes).map(|_| {
            let (west, south, step) = (4 * self.below(7), 4 * self.below(7), 1 + self.below(2));
            self.grid_ring(west, south, step)
        });
        Polygon::new(shell, holes.collect())
    }
}

/// Rings from a text, such as `0 0,8 0,8 8,0 0|1 1,3 1,3 3,1 1`.
fn rings(text: &str) -> impl Iterator<Item = Vec<Vec<f64>>> {
    let position = |at: &str| at.split(' ').map(|number| number.parse().unwrap()).collect();
    let ring = move |ring: &str| ring.split(',').filter(|at| !at.is_empty()).map(position).collect();
    text.split('|').filter(|ring| *ring != "no ring").map(ring)
}

const SQUARE: &str = "0 0,8 0,8 8,0 8,0 0";

fn found(members: &[&str]) -> String {
    let ring = |ring: Vec<Vec<f64>>| ring.into_iter().map(Position::from).collect();
    let coordinates = members.iter().map(|text| rings(text).map(ring).collect()).collect();
    match check(&GeometryValue::MultiPolygon { coordinates }) {
        Ok((polygons, warnings)) => format!("{} ok {warnings:?}", polygons.0.len()),
        Err(fault) => format!("{} {}", fault.code, fault.found),
    }
}

#[test]
fn every_fault_says_where() {
    let nested = "0 0,8 0,8 8,0 8,0 0|1 1,1 7,7 7,1 1|2 3,2 5,3 5,2 3";
    for (text, expected) in [
        (SQUARE, "1 ok []"),
        ("0 0,0 8,8 8,0 0", "1 ok [Winding]"),
        ("0 0,8 0,8 0,8 8,0 0", "1 ok []"),
        ("", "Q_RING_OPEN ring 1 has 0 positions"),
        ("1 2,3 4,1 2", "Q_RING_OPEN ring 1 at 1,2 has 3 positions"),
        ("0 0,8 0,8 8,0 8,0 0|1 1,2 1,2 2,1 2", "Q_RING_OPEN ring 2 begins at 1,1 and ends at 1,2"),
        ("0 91,8 0,8 8,0 91", "Q_COORD_RANGE ring 1 position 1: 0,91"),
        ("0 0,NaN 0,8 8,0 0", "Q_NONFINITE ring 1 position 2: NaN,0"),
        ("0 0,4 4,8 8,2 2,0 0", "Q_ZERO_AREA ring 1 at 0,0 lies on one line"),
        ("170 0,-170 0,-170 9,170 0", "Q_ANTIMERIDIAN ring 1 jumps from 170,0 to -170,0"),
        ("0 -70,120 -70,-120 -70,0 -70", "Q_POLE ring 1 goes round the globe, or the south pole"),
        ("-180 -90,180 -90,180 90,-180 90,-180 -90", "1 ok []"),
        ("-180 80,0 70,180 80,180 90,-180 90,-180 80", "1 ok []"),
        ("0 0,8 8,8 0,0 8,0 0", "Q_SELF_INTERSECTION ring 1 crosses itself at 4,4"),
        ("0 0,4 4,8 8,8 0,4 4,0 8,0 0", "Q_SELF_INTERSECTION ring 1 crosses itself at 4,4"),
        ("0 0,8 0,8 8,9 9,8 8,0 8,0 0", "Q_SELF_INTERSECTION ring 1 turns back on itself at 9,9"),
        ("0 0,8 0,8 8,4 0,2 0,0 8,0 0", "Q_SELF_INTERSECTION ring 1 runs along itself at 2,0"),
        ("0 0,8 0,8 8,0 8,0 0|1 1,1 2,9 2,1 1", "Q_HOLE ring 1 crosses ring 2 at 8,2"),
        ("0 0,8 0,8 8,0 8,0 0|0 1,0 2,4 2,0 1", "Q_HOLE ring 1 shares a line with ring 2 at 0,1"),
        ("0 0,8 0,8 8,0 8,0 0|9 1,9 2,10 2,9 1", "Q_HOLE ring 2, a hole, lies outside ring 1 at 9,1"),
        (nested, "Q_HOLE ring 3, a hole, lies in another hole, ring 2, at 2,3"),
    ] {
        assert_eq!(found(&[text]), expected);
    }
}

/// Touching in points leaves inside and area defined.
#[test]
fn rings_may_touch_in_points() {
    // A lake drawn as a loop of the shell; two lobes; a hole that touches the shell in all four corners.
    let lake = "0 0,8 0,8 8,4 8,6 4,2 4,4 8,0 8,0 0";
    let lobes = "0 0,4 4,8 0,8 8,4 4,0 8,0 0";
    for text in [lake, lobes, "0 0,8 0,8 8,0 8,0 0|4 0,0 4,4 8,8 4,4 0"] {
        assert!(found(&[text]).starts_with("1 ok"), "{}", found(&[text]));
    }
}

#[test]
fn polygons_of_one_feature_lie_side_by_side() {
    let (lake, island) = ("2 2,2 6,6 6,6 2,2 2", "3 3,5 3,5 5,3 5,3 3");
    let around_lake = format!("{SQUARE}|{lake}");
    for (members, expected) in [
        (&[SQUARE, "8 0,9 0,9 8,8 8,8 0"] as &[&str], "2 ok []"),
        (&[&around_lake, island], "2 ok []"),
        (&[&around_lake, lake], "2 ok [Winding]"),
        (&[SQUARE, island], "Q_SELF_INTERSECTION polygon 2 ring 1 and polygon 1 ring 1 overlap at 3,3"),
        (&[SQUARE, SQUARE], "Q_SELF_INTERSECTION polygon 1 ring 1 and polygon 2 ring 1 overlap at 0,0"),
        (&[SQUARE, "no ring"], "Q_RING_OPEN polygon 2 without a ring"),
        (&[], "Q_NO_GEOMETRY a polygon without a ring"),
    ] {
        assert_eq!(found(members), expected);
    }
}

fn shape(corners: &[Coord]) -> Polygon {
    Polygon::new(LineString::new(corners.to_vec()), Vec::new())
}

/// A ring whose parts cancel or add up in its area is invalid, and no other that shares no line with itself.
#[test]
fn a_ring_is_invalid_when_its_area_is_undefined() {
    let (mut dice, mut seen) = (SmallNumbers(1), [0; 3]);
    for _ in 0..30_000 {
        let size = 4 + dice.below(4);
        let corners = dice.ring(size);
        if corners.len() < 3 {
            continue;
        }
        let polygon = shape(&corners);
        let defined = (polygon.unsigned_area() - even_odd(&polygon.clone().into())).abs() < 1e-9;
        let ring = || PolygonRing { member: 0, hole: false, corners: corners.clone() };
        let tree = EdgeIndex::indexed(vec![ring()], None, 0).conflict(false);
        let list = EdgeIndex::new(vec![ring()], None).conflict(false);
        assert_eq!(tree, list, "the tree and the list disagree");
        match list.map(|conflict| conflict.kind) {
            None => assert!(defined, "accepted {corners:?}"),
            // A crossing found first may stand beside a line shared elsewhere; then the area may be defined.
            Some(_) => seen[0] += usize::from(defined),
        }
        seen[1] += usize::from(list.is_some());
        seen[2] += usize::from(list.is_none());
    }
    assert!(seen[0] < seen[1] && seen.iter().all(|n| *n > 1000), "{seen:?}");
}

fn checked(shape: &MultiPolygon) -> Option<MultiPolygon> {
    check(&GeometryValue::from(shape)).ok().map(|(shape, _)| shape)
}

fn even_odd(shape: &MultiPolygon) -> f64 {
    shape.union(&MultiPolygon::new(Vec::new())).unsigned_area()
}

/// Polygons of sound rings that share no line are accepted if their ground is that of the shell less the holes.
#[test]
fn holes_are_accepted_when_they_take_ground_once() {
    let (mut dice, mut seen) = (SmallNumbers(2), [[0; 3]; 2]);
    for _ in 0..100_000 {
        let holes = dice.below(3);
        let shape = dice.polygon(holes);
        let rings = std::iter::once(shape.exterior()).chain(shape.interiors());
        let sound = |ring: &LineString| checked(&Polygon::new(ring.clone(), Vec::new()).into());
        let areas: Vec<f64> = rings.filter_map(sound).map(|ring| ring.unsigned_area()).collect();
        let (Some((shell, inside)), true) = (areas.split_first(), areas.len() as u64 == 1 + holes) else {
            continue;
        };
        let shape: MultiPolygon = shape.into();
        let defined = (shell - inside.iter().sum::<f64>() - even_odd(&shape)).abs() < 1e-9;
        let outcome = check(&GeometryValue::from(&shape));
        if outcome.as_ref().is_err_and(|fault| fault.found.contains("shares a line")) {
            continue;
        }
        assert_eq!(outcome.is_ok(), defined, "{shape:?} {outcome:?}");
        seen[usize::from(defined)][usize::try_from(holes).unwrap()] += 1;
    }
    assert!(seen[1].iter().chain(&seen[0][1..]).all(|n| *n > 5), "{seen:?}");
}

/// Two polygons meet, and are invalid as one feature, if and only if they overlap.
#[test]
fn polygons_meet_when_they_share_ground() {
    let (mut dice, mut seen) = (SmallNumbers(3), [0; 2]);
    let mut sound: Vec<MultiPolygon> = Vec::new();
    while sound.len() < 200 {
        let holes = dice.below(2);
        sound.extend(checked(&dice.polygon(holes).into()));
    }
    for (index, one) in sound.iter().enumerate() {
        for other in sound.iter().skip(index) {
            let ground = one.intersection(other).unsigned_area() > 1e-6;
            let common = one.bounding_rect().zip(other.bounding_rect()).and_then(|(a, b)| common(a, b));
            let met = common.is_some_and(|common| common.unsigned_area() > 0.0 && meet(one, other, common));
            assert_eq!(met, ground, "{one:?}\n{other:?}");
            let both = MultiPolygon::new(one.iter().chain(other).cloned().collect());
            assert_eq!(checked(&both).is_none(), ground, "{one:?}\n{other:?}");
            seen[usize::from(ground)] += 1;
        }
    }
    assert!(seen.iter().all(|n| *n > 1000), "{seen:?}");
}

fn polygon(text: &str) -> MultiPolygon {
    let coord = |at: &Vec<f64>| Coord { x: at[0], y: at[1] };
    let mut rings = rings(text).map(|ring| ring.iter().map(coord).collect::<LineString>());
    Polygon::new(rings.next().unwrap(), rings.collect()).into()
}

#[test]
fn crossing_rings_become_the_ground_they_go_round() {
    for (text, parts, area, change) in [
        (SQUARE, 1, 64.0, 0.0),
        ("0 0,8 0,8 8,4 8,6 4,2 4,4 8,0 8,0 0", 1, 56.0, 0.0),
        ("0 0,8 0,8 8,9 9,8 8,0 8,0 0", 1, 64.0, 0.0),
        ("0 0,8 8,8 0,0 8,0 0", 2, 32.0, 1.0),
        // A shell that runs over its own first lobe again.
        ("0 0,8 0,8 8,0 8,0 0,4 0,4 4,0 4,0 0", 1, 64.0, -0.2),
        ("0 0,8 0,8 8,0 8,0 0|4 2,12 2,12 4,4 4,4 2", 1, 56.0, 0.142_857),
        ("0 0,8 0,8 8,0 8,0 0|0 0,8 0,8 8,0 8,0 0", 0, 0.0, 0.0),
    ] {
        let (repaired, ratio) = repair(&polygon(text));
        assert_eq!(repaired.0.len(), parts, "{text}");
        assert!((repaired.unsigned_area() - area).abs() < 1e-6, "{text} {}", repaired.unsigned_area());
        assert!((ratio - change).abs() < 1e-6, "{text} {ratio}");
    }
}

/// Every repaired polygon passes the checks.
#[test]
fn repaired_polygons_are_sound() {
    let (mut dice, mut sound) = (SmallNumbers(5), 0);
    for _ in 0..4_000 {
        let mut ring = || -> LineString {
            let count = 4 + dice.below(8);
            (0..count).map(|_| Coord { x: dice.below(997) as f64 / 31.0, y: dice.below(997) as f64 / 17.0 }).collect()
        };
        let shape: MultiPolygon = Polygon::new(ring(), vec![ring()]).into();
        let (repaired, _) = repair(&shape);
        if repaired.0.is_empty() {
            continue;
        }
        let outcome = check(&GeometryValue::from(&repaired));
        assert!(outcome.is_ok(), "{outcome:?}");
        sound += 1;
    }
    assert!(sound > 3_800, "{sound}");
}

/// The four areas of Leicester that Simple Features calls invalid touch themselves in one corner; nothing changes.
#[test]
fn leicester() {
    for (file, codes) in [("lsoa", ["E01013619", "E01013633"]), ("msoa", ["E02002827", "E02002854"])] {
        let path = format!("data/leicester/areas/leicester_{file}_2011.geojson");
        let Some(path) = crate::polygon::tests::shared(&path) else { return };
        let all: geojson::FeatureCollection = std::fs::read_to_string(path).unwrap().parse().unwrap();
        for feature in all.features {
            let code = feature.property(format!("{}11CD", file.to_uppercase())).unwrap().as_str().unwrap();
            if !codes.contains(&code) {
                continue;
            }
            let shape: geo::Geometry = feature.geometry.clone().unwrap().value.try_into().unwrap();
            let geo::Geometry::Polygon(shape) = shape else { panic!("{code}") };
            let shape: MultiPolygon = shape.into();
            assert!(!shape.is_valid() && check(&GeometryValue::from(&shape)).is_ok());
            let (repaired, change) = repair(&shape);
            assert!(repaired.is_valid() && change.abs() < 1e-6);
        }
    }
}
