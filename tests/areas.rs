//! Polygons: the R-tree against brute force, areal interpolation against arithmetic.

use geo::{BoundingRect, Contains, Intersects, MultiPolygon, Rect, polygon};
use proptest::prelude::*;
use tensionmap::area::{PolygonIndex, Regions, interpolate};
use tensionmap::{Containment, Indicator, Input, LatLng, Resolution, StudyArea};

use crate::support::{csv, own};

fn boxes() -> impl Strategy<Value = Vec<MultiPolygon>> {
    let side = (-20.0..20.0_f64, -20.0..20.0_f64, 0.1..9.0_f64, 0.1..9.0_f64);
    prop::collection::vec(side.prop_map(|(x, y, w, h)| Rect::new((x, y), (x + w, y + h)).to_polygon().into()), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_tree_finds_what_a_search_of_all_finds(polygons in boxes(), x in -25.0..25.0_f64, y in -25.0..25.0_f64, size in 0.0..5.0_f64) {
        let index = PolygonIndex::new(&polygons);
        let query = Rect::new((x, y), (x + size, y + size));
        let touching: Vec<usize> =
            (0..polygons.len()).filter(|&i| polygons[i].bounding_rect().is_some_and(|b| b.intersects(&query))).collect();
        prop_assert_eq!(index.touching(query), touching);
        let point = geo::Point::new(x, y);
        let containing: Vec<usize> = (0..polygons.len()).filter(|&i| polygons[i].contains(&point)).collect();
        prop_assert_eq!(index.containing(LatLng::new(y, x).unwrap()), containing);
    }
}

fn square(value: &str) -> Input {
    csv(
        "square.geojson",
        &format!(
            r#"{{"type":"FeatureCollection","features":[{{"type":"Feature","properties":{{"v":{value}}},"geometry":
            {{"type":"Polygon","coordinates":[[[2.2,54.7],[2.4,54.7],[2.4,54.8],[2.2,54.8],[2.2,54.7]]]}}}}]}}"#
        ),
    )
}

/// A total is kept to the last digits when the cells cover the polygons; a level is the same in every cell.
#[test]
fn totals_are_kept_and_levels_stay() {
    for resolution in [Resolution::Six, Resolution::Eight, Resolution::Nine] {
        let area = Regions::read(&square("40")).unwrap().study_area(resolution, Containment::Overlapping).unwrap();
        let total = interpolate(&Indicator::extensive(square("40"), "v"), area.cells()).unwrap();
        let sum: f64 = total.values.iter().flatten().sum();
        assert!((sum / 40.0 - 1.0).abs() < 1e-9, "resolution {resolution}: {sum}");
        let level = interpolate(&Indicator::intensive(square("40"), "v"), area.cells()).unwrap();
        assert!(level.values.iter().flatten().all(|value| (value / 40.0 - 1.0).abs() < 1e-12));
        assert!(level.covered.iter().all(|share| (0.0..=1.0 + 1e-9).contains(share)));
        assert!(level.covered.iter().any(|share| *share < 0.9) && level.values.iter().all(Option::is_some));
    }
}

#[test]
fn a_hole_is_not_covered() {
    let mut shape = polygon![(x: 2.2, y: 54.7), (x: 2.4, y: 54.7), (x: 2.4, y: 54.8), (x: 2.2, y: 54.8)];
    let hole = polygon![(x: 2.28, y: 54.73), (x: 2.32, y: 54.73), (x: 2.32, y: 54.77), (x: 2.28, y: 54.77)];
    shape.interiors_push(hole.exterior().clone());
    let area = StudyArea::of_polygons(&shape.into(), Resolution::Eight, Containment::Overlapping).unwrap();
    let middle = LatLng::new(54.75, 2.3).unwrap().cell(Resolution::Eight);
    assert_eq!(area.row(middle), None);
}

/// A hole takes its share from what is interpolated, whichever way the rings wind.
#[test]
fn holes_are_cut_out_of_what_is_interpolated() {
    let ring = |west: f64, south: f64, east: f64, north: f64| {
        format!("[[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]]")
    };
    let file = |rings: &str| {
        let geometry = format!(r#"{{"type":"Polygon","coordinates":[{rings}]}}"#);
        let feature = format!(r#"{{"type":"Feature","properties":{{"v":40}},"geometry":{geometry}}}"#);
        csv("holed.geojson", &format!(r#"{{"type":"FeatureCollection","features":[{feature}]}}"#))
    };
    let (outer, hole) = (ring(2.2, 54.7, 2.4, 54.8), ring(2.28, 54.73, 2.32, 54.77));
    let holed = file(&format!("{outer},{hole}"));
    let area = Regions::read(&file(&outer)).unwrap().study_area(Resolution::Nine, Containment::Overlapping).unwrap();
    let covered = |input: Input| interpolate(&Indicator::extensive(input, "v"), area.cells()).unwrap();
    let (whole, holed, inside) = (covered(file(&outer)), covered(holed), covered(file(&hole)));
    for row in 0..area.cells().len() {
        let expected = whole.covered[row] - inside.covered[row];
        assert!((holed.covered[row] - expected).abs() < 1e-9, "{} is not {expected}", holed.covered[row]);
    }
    assert!(holed.values.iter().any(Option::is_none));
    assert!((holed.values.iter().flatten().sum::<f64>() - 40.0).abs() < 1e-9);
}

/// No polygon is lost, however small; no area is filled before its size is known.
#[test]
fn small_and_huge_polygons_are_handled() {
    let tiny: MultiPolygon = polygon![(x: 2.3, y: 54.75), (x: 2.30001, y: 54.75), (x: 2.3, y: 54.75001)].into();
    let area = StudyArea::of_polygons(&tiny, Resolution::Eight, Containment::Overlapping).unwrap();
    assert_eq!(area.cells(), [LatLng::new(54.75, 2.3).unwrap().cell(Resolution::Eight)]);
    let none = StudyArea::of_polygons(&tiny, Resolution::Eight, Containment::Full).unwrap_err();
    assert_eq!(
        none.to_string(),
        "no cell of resolution 8 belongs to the study area (containment full); use a higher --resolution or --containment overlapping"
    );
    let world: MultiPolygon =
        polygon![(x: -10.0, y: 40.0), (x: 30.0, y: 40.0), (x: 30.0, y: 60.0), (x: -10.0, y: 60.0)].into();
    let error = StudyArea::of_polygons(&world, Resolution::Twelve, Containment::Overlapping).unwrap_err().to_string();
    assert!(error.contains("cells at resolution 12, more than 5000000; use a lower --resolution"), "{error}");
}

/// Polygons without a value cover nothing and are counted; each unusable file says what is wrong with it.
#[test]
fn unusable_polygons_say_so() {
    let cells = [LatLng::new(54.75, 2.3).unwrap().cell(Resolution::Eight)];
    let null = interpolate(&Indicator::intensive(square("null"), "v"), &cells).unwrap();
    assert_eq!((null.values[0], null.without_value), (None, 1));
    let message = |input: Input, column: &str| {
        let error = interpolate(&Indicator::intensive(input, column), &cells).unwrap_err();
        error.to_string()
    };
    assert_eq!(message(square("1"), "w"), "square.geojson: no feature has a property \"w\"; found v");
    assert_eq!(message(square("\"x\""), "v"), "square.geojson: feature 1: v is \"x\", expected a number or null");
    assert_eq!(
        message(csv("a.geojson", "{\"type\":\"FeatureCollection\",\"features\":[]}"), "v"),
        "a.geojson: holds no polygons"
    );
    assert_eq!(message(csv("a.geojson", "lon,lat\n1,2\n"), "v"), "a.geojson: is not a GeoJSON FeatureCollection");
    let wide = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"v":1},"geometry":
        {"type":"Polygon","coordinates":[[[179,-17],[-179,-17],[-179,-16],[179,-16],[179,-17]]]}}]}"#;
    assert!(
        message(csv("fiji.geojson", wide), "v")
            .starts_with("fiji.geojson: feature 1: an edge is more than 180° long; cut")
    );
    let bow = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"v":1},"geometry":
        {"type":"Polygon","coordinates":[[[2.2,54.7],[2.4,54.8],[2.4,54.7],[2.2,54.8],[2.2,54.7]]]}}]}"#;
    let bow = interpolate(&Indicator::extensive(csv("bow.geojson", bow), "v"), &cells).unwrap();
    assert_eq!(bow.invalid, [1]);
    assert!(bow.values.iter().flatten().all(|value| value.is_finite()));
    let points = Input::from(&own("data/incidents.geojson"));
    assert!(message(points, "v").ends_with("feature 1: found Point, expected a Polygon or MultiPolygon"));
    let grid = r#"{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::27700"}},"features":[]}"#;
    assert!(message(csv("bng.geojson", grid), "v").starts_with("bng.geojson: has the reference system "));
}
