//! How far the nearest polygon is: the index against a search of all, and against PROJ.

use geo::{Coord, Intersects, Line, LinesIter, MapCoords, MultiPolygon, Point};
use proptest::prelude::*;
use tensionmap::unstable::polygon::{DistanceIndex, Regions};
use tensionmap::{Input, LatLng};

use crate::roll_up::{areas, place};
use crate::support::own;

proptest! {
    // Each case looks at thousands of edges, a hundred times.
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// The nearest polygon against a look at every edge, part by part.
    #[test]
    fn near_polygons_are_what_a_search_of_all_finds(areas in areas(), lat in -3.0..9.0_f64, lng in -3.0..9.0_f64, far in place(), tall in 1.0..9.0_f64) {
        // Up to the north, where edges along a parallel are the most bent.
        let areas = areas[..areas.len().min(8)].to_vec();
        let stretched: Vec<MultiPolygon> = areas.iter().map(|area| area.map_coords(|at| Coord { x: at.x * 6.0, y: at.y * tall })).collect();
        for (areas, at) in [(&areas, LatLng::new(lat, lng).unwrap()), (&areas, far), (&stretched, far)] {
            let distances: Vec<f64> = areas.iter().map(|area| metres_to(area, at)).collect();
            let least = distances.iter().copied().fold(f64::INFINITY, f64::min);
            match DistanceIndex::new(areas).nearest(at) {
                None => prop_assert!(areas.is_empty()),
                Some((nearest, metres)) => {
                    prop_assert!((distances[nearest] - metres).abs() < 1e-3, "{metres} is not {}", distances[nearest]);
                    prop_assert!((least - metres).abs() < 1e-3, "{metres} is not {least}");
                    prop_assert_eq!(metres == 0.0, least == 0.0);
                }
            }
        }
    }
}

/// Least distance to a polygon by great circle: of 30 parts of each edge, and then of the two round the nearest ever finer.
fn metres_to(area: &MultiPolygon, at: LatLng) -> f64 {
    if area.intersects(&Point::new(at.lng(), at.lat())) {
        return 0.0;
    }
    let from = h3o::LatLng::new(at.lat(), at.lng()).unwrap();
    let distance = |edge: &Line, part: f64| {
        let to = edge.start + edge.delta() * part;
        from.distance_m(h3o::LatLng::new(to.y, to.x).unwrap())
    };
    let nearest = |edge: Line| {
        let parts = || (0..=30).map(|part| f64::from(part) / 30.0);
        let best = parts().min_by(|&a, &b| distance(&edge, a).total_cmp(&distance(&edge, b))).unwrap();
        let (mut low, mut high) = ((best - 1.0 / 30.0).max(0.0), (best + 1.0 / 30.0).min(1.0));
        for _ in 0..50 {
            let (one, two) = (low + (high - low) / 3.0, high - (high - low) / 3.0);
            if distance(&edge, one) < distance(&edge, two) { high = two } else { low = one }
        }
        distance(&edge, f64::midpoint(low, high)).min(distance(&edge, best))
    };
    area.lines_iter().map(nearest).fold(f64::INFINITY, f64::min)
}

/// Distances to synthetic polygons by PROJ, near and at the other end of the world.
#[test]
fn near_polygons_are_as_far_as_proj_says() {
    let areas = Regions::read(&Input::from(&own("tests/reference/area_shares.geojson")), None).unwrap().polygons;
    let index = DistanceIndex::new(&areas);
    let mut inside = 0;
    for row in include_str!("reference/nearest.csv").lines().skip(1) {
        let fields: Vec<f64> = row.split(',').map(|field| field.parse().unwrap()).collect();
        let (nearest, metres) = index.nearest(LatLng::new(fields[1], fields[0]).unwrap()).unwrap();
        assert_eq!((nearest + 1).to_string(), row.split(',').nth(2).unwrap(), "{row}");
        assert!((metres - fields[3]).abs() < 1e-3, "{row}: {metres}");
        inside += usize::from(metres == 0.0);
    }
    assert!(inside > 5, "{inside}");
}
