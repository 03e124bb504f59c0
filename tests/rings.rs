//! Rings round a pole, and the boxes of H3's fourth mode: cells against shapely and h3-py, by references made beforehand.

use geo::{LineString, MultiPolygon, Polygon};
use tensionmap::unstable::grid::boundary;
use tensionmap::{Containment, Resolution, StudyArea};

use crate::shapes::{filled, number, polygons};
use crate::support::shared;

/// Rings round a pole, against shapely on rings that are laid out rather than cut.
#[test]
fn rings_round_a_pole_hold_its_side() {
    let file: geojson::FeatureCollection = include_str!("reference/round_pole.geojson").parse().unwrap();
    let mut shapes = std::collections::BTreeMap::new();
    for feature in file.features {
        let name = feature.property("name").unwrap().as_str().unwrap().to_owned();
        let shape: Polygon = feature.geometry.unwrap().try_into().unwrap();
        shapes.insert(name, MultiPolygon::from(shape));
    }
    let mut compared = 0;
    for row in include_str!("reference/round_pole.csv").lines().skip(1) {
        let fields: Vec<&str> = row.split(',').collect();
        let [name, resolution, mode, count, xor] = fields[..] else { panic!("{row}") };
        let resolution = Resolution::try_from(resolution.parse::<u8>().unwrap()).unwrap();
        let area = StudyArea::of_polygons(&shapes[name], resolution, mode.parse().unwrap()).unwrap();
        let hash = area.cells().iter().fold(0, |hash, &cell| hash ^ u64::from(cell));
        assert_eq!((area.cells().len(), hash), (count.parse().unwrap(), number(xor)), "{row}");
        let outline: f64 = boundary::ground_km2(area.outline().unwrap());
        assert!(outline < 2.0 * std::f64::consts::PI * 6371.0_f64.powi(2) * 1.001, "{name} {outline}");
        compared += 1;
    }
    assert!(compared > 70, "{compared}");
}

/// A corner on a pole has any longitude. With its own, that of `h3o_issue23` takes the ring round; called 1° instead it is the
/// same place, and the ring is a narrow triangle. So its ground cannot be told from its corners, and it is refused; a ring
/// that goes round twice has none.
#[test]
fn rings_whose_ground_cannot_be_told_are_refused() {
    let filled = |corners: &[(f64, f64)]| {
        let polygon = Polygon::new(LineString::from(corners.to_vec()), Vec::new());
        StudyArea::of_polygons(&polygon.into(), Resolution::Two, Containment::Centroid)
    };
    let refused = |corners: &[(f64, f64)]| {
        let error = filled(corners).unwrap_err();
        std::error::Error::source(&error).unwrap().to_string()
    };
    let through = |lng: f64| [(0.0, 5.0), (5.0, 5.0), (5.0, 0.0), (lng, -90.0), (0.0, 5.0)];
    assert_eq!(
        refused(&through(-179.0)),
        "it goes round a pole through a corner on it, whose longitude could be any; take it along longitude 180, the pole and \
         longitude -180"
    );
    let triangle = filled(&through(1.0)).unwrap();
    let taken_along =
        [(-180.0, -89.5), (0.0, 5.0), (5.0, 5.0), (5.0, 0.0), (180.0, -89.5), (180.0, -90.0), (-180.0, -90.0)];
    let round = filled(&taken_along).unwrap();
    assert!(round.cells().len() > 10 * triangle.cells().len(), "{} {}", round.cells().len(), triangle.cells().len());
    let twice: Vec<(f64, f64)> = [0.0, 150.0, -60.0, 90.0, -120.0, 0.0]
        .iter()
        .enumerate()
        .map(|(k, &lng)| (lng, -70.0 - (k % 5) as f64))
        .collect();
    assert_eq!(refused(&twice), "it goes round a pole more than once");
}

/// The mode whose boxes H3 makes for its own use, as h3-py has it, and its counts in uber/h3's tests.
#[test]
fn boxes_of_cells_are_those_of_h3() {
    let Some(folder) = shared("h3-vectors/h3o/shapes") else { return };
    let mode = Containment::OverlappingBbox;
    let mut compared = 0;
    for row in include_str!("reference/overlapping_bbox.csv").lines().skip(1) {
        let fields: Vec<&str> = row.split(',').collect();
        let [name, resolution, count, xor] = fields[..] else { panic!("{row}") };
        if name == "h3o_issue23" {
            continue;
        }
        let resolution = Resolution::try_from(resolution.parse::<u8>().unwrap()).unwrap();
        let shape = polygons(&folder.join(format!("{name}.geojson")));
        let cells = filled(&shape, resolution, mode);
        let hash = cells.iter().fold(0, |hash, &cell| hash ^ u64::from(cell));
        assert_eq!((cells.len(), hash), (count.parse().unwrap(), number(xor)), "{row}");
        assert!(filled(&shape, resolution, Containment::Overlapping).is_subset(&cells), "{row}");
        compared += 1;
    }
    assert!(compared > 150, "{compared}");
    for (name, expected) in [("SanFrancisco", 1416), ("SanFranciscoHole", 1403)] {
        let shape = polygons(&folder.join(format!("{name}.geojson")));
        assert_eq!(filled(&shape, Resolution::Nine, mode).len(), expected, "{name}");
    }
}
