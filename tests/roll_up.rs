//! Points and cells in areas: the indexes against a search of all, counts against arithmetic, and the command.

use std::collections::BTreeMap;
use std::path::Path;

use geo::{BoundingRect, Contains, Coord, CoordsIter, Intersects, LineString, MultiPolygon, Point, Polygon, Rect};
use proptest::prelude::*;
use tensionmap::unstable::grid::EARTH_RADIUS_M;
use tensionmap::unstable::indicator::masses;
use tensionmap::unstable::polygon::{Locator, PointIndex, PolygonIndex, Regions};
use tensionmap::{Containment, Input, LatLng, Resolution, StudyArea};

use crate::support::{rows, shared, stderr, stdout, tensionmap};

/// Simple polygons with corners on a grid of eighths, so that points meet corners and edges exactly; some with a hole.
pub(crate) fn areas() -> impl Strategy<Value = Vec<MultiPolygon>> {
    let corners = prop::collection::vec(1..9_i32, 4..9);
    let one = (0..40_i32, 0..40_i32, corners, prop::bool::ANY).prop_map(|(x, y, corners, holed)| {
        // A comb: its teeth go up to each height.
        let at = |x: i32, y: i32| Coord { x: f64::from(x) / 8.0, y: f64::from(y) / 8.0 };
        let count = i32::try_from(corners.len()).unwrap();
        let mut ring = vec![at(x, y - 4), at(x + 2 * count, y - 4)];
        let teeth = corners.iter().zip(0..count).rev();
        ring.extend(teeth.flat_map(|(&height, tooth)| [at(x + 2 * tooth + 2, y), at(x + 2 * tooth + 1, y + height)]));
        ring.push(at(x, y - 4));
        let hole = LineString::new(vec![at(x + 2, y - 3), at(x + 3, y - 1), at(x + 5, y - 3), at(x + 2, y - 3)]);
        Polygon::new(LineString::new(ring), if holed { vec![hole] } else { Vec::new() }).into()
    });
    prop::collection::vec(one, 0..12)
}

pub(crate) fn place() -> impl Strategy<Value = LatLng> {
    let lat = prop_oneof![Just(90.0), Just(-90.0), -90.0..90.0_f64, 50.0..50.01_f64];
    let lng = prop_oneof![Just(180.0), Just(-180.0), -180.0..180.0_f64, 179.99..180.0_f64, -180.0..-179.99_f64];
    (lat, lng).prop_map(|(lat, lng)| LatLng::new(lat, lng).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// Inside, outside and on borders, as `geo` has it, with corners, edges and overlaps met exactly.
    #[test]
    fn the_locator_finds_what_a_search_of_all_finds(areas in areas(), spots in prop::collection::vec((-8..90_i32, -8..60_i32), 200)) {
        let locator = Locator::new(&areas);
        let corners = areas.iter().flat_map(CoordsIter::coords_iter).map(|at| (at.x, at.y));
        // Sixteenths lie on slanted edges too, and thirds nowhere on the grid.
        let spots = spots.into_iter().flat_map(|(x, y)| [(f64::from(x) / 16.0, f64::from(y) / 16.0), (f64::from(x) / 15.0, f64::from(y) / 9.0)]);
        let spots: Vec<LatLng> = spots.chain(corners).map(|(x, y)| LatLng::new(y, x).unwrap()).collect();
        let joined = locator.join(&spots);
        for (&at, joined) in spots.iter().zip(joined) {
            let point = Point::new(at.lng(), at.lat());
            let inside: Vec<usize> = (0..areas.len()).filter(|&area| areas[area].contains(&point)).collect();
            let touching: Vec<usize> = (0..areas.len()).filter(|&area| areas[area].intersects(&point)).collect();
            prop_assert_eq!(locator.first(at), inside.first().copied(), "{}", at);
            prop_assert_eq!(joined.map(|area| area as usize), inside.first().copied());
            prop_assert_eq!(locator.containing(at), inside);
            prop_assert_eq!(locator.touching(at), touching);
        }
    }

    /// Radius and nearest by great circle against h3o's haversine, at the poles and on both sides of longitude 180° too.
    #[test]
    fn near_points_are_what_a_search_of_all_finds(points in prop::collection::vec(place(), 0..60), at in place(), power in 0.0..7.4_f64) {
        let metres = 10.0_f64.powf(power);
        let distance = |to: &LatLng| h3o::LatLng::new(at.lat(), at.lng()).unwrap().distance_m(h3o::LatLng::new(to.lat(), to.lng()).unwrap());
        let index = PointIndex::new(&points);
        let sure: Vec<usize> = (0..points.len()).filter(|&point| (distance(&points[point]) - metres).abs() > 0.01).collect();
        let mut found = index.within(at, metres);
        found.retain(|point| sure.contains(point));
        let expected: Vec<usize> = sure.into_iter().filter(|&point| distance(&points[point]) < metres).collect();
        prop_assert_eq!(found, expected);
        prop_assert_eq!(index.within(at, 2.1e7).len(), points.len());
        prop_assert!(index.within(at, -1.0).is_empty() && index.within(at, f64::NAN).is_empty());
        match index.nearest(at) {
            None => prop_assert!(points.is_empty()),
            Some((nearest, metres)) => {
                prop_assert!((distance(&points[nearest]) - metres).abs() < 0.5, "{metres}");
                prop_assert!(points.iter().all(|point| distance(point) > metres - 0.5));
            }
        }
    }

    /// The polygons that share a point with a cell are those whose study area has it.
    #[test]
    fn cells_share_ground_with_the_polygons_whose_study_area_has_them(areas in areas(), x in 0.0..8.0_f64, y in -1.0..7.0_f64, resolution in 3..8_u8) {
        let cell = LatLng::new(y, x).unwrap().cell(Resolution::try_from(resolution).unwrap());
        let has = |area: &MultiPolygon| {
            StudyArea::of_polygons(area, cell.resolution(), Containment::Overlapping).unwrap().row(cell).is_some()
        };
        let expected: Vec<usize> = (0..areas.len()).filter(|&area| has(&areas[area])).collect();
        prop_assert_eq!(PolygonIndex::new(&areas).sharing(cell), expected);
    }

    /// Nothing is lost or made: what areas and the outside get is what the cells had.
    #[test]
    fn masses_are_kept(areas in areas(), mass in 0.1..100.0_f64) {
        prop_assume!(!areas.is_empty());
        // The first alone, so that none overlap.
        let area = &areas[..1];
        let cells = StudyArea::of_polygons(&area[0], Resolution::Six, Containment::Covers).unwrap();
        let given: Vec<_> = cells.cells().iter().map(|&cell| (cell, mass)).collect();
        let split = masses(&given, area);
        let total = mass * given.len() as f64;
        prop_assert!(((split.areas[0] + split.outside) / total - 1.0).abs() < 1e-9);
        // With its area as the mass of a cell, an area has its own; edges of a degree straight in longitude and latitude
        // are not quite straight in the projection.
        let ground = tensionmap::unstable::grid::boundary::ground_km2(&area[0]);
        let by_area: Vec<_> = cells.cells().iter().map(|&cell| (cell, tensionmap::unstable::grid::boundary::area_km2(cell))).collect();
        let share = masses(&by_area, area).areas[0] / ground;
        prop_assert!((share - 1.0).abs() < 1e-3, "{share}");
    }
}

/// A box or a point on either side of longitude 180°, and the poles.
#[test]
fn indexes_go_round_the_world() {
    let part = |west: f64, east: f64| Rect::new((west, -18.0), (east, -16.0)).to_polygon();
    let fiji = MultiPolygon::new(vec![part(177.0, 180.0), part(-180.0, -178.0)]);
    let antarctica: MultiPolygon = Rect::new((-180.0, -90.0), (180.0, -70.0)).to_polygon().into();
    let areas = [fiji, antarctica, Rect::new((0.0, -18.0), (10.0, -16.0)).to_polygon().into()];
    let index = PolygonIndex::new(&areas);
    assert_eq!(index.touching_bbox([179.5, -17.0, -179.5, -16.5]), [0]);
    assert_eq!(index.touching_bbox([-179.5, -17.0, 179.5, -16.5]), [0, 2]);
    assert_eq!(index.touching_bbox([11.0, -17.0, 170.0, -16.5]), [0; 0]);
    let at = |lat: f64, lng: f64| LatLng::new(lat, lng).unwrap();
    for (lat, lng, expected) in [
        (-17.0, 180.0, &[0][..]),
        (-17.0, -180.0, &[0]),
        (-19.0, 180.0, &[]),
        (-90.0, 12.0, &[1]),
        (-80.0, -180.0, &[1]),
        (90.0, 12.0, &[]),
    ] {
        assert_eq!(index.containing(at(lat, lng)), expected, "{lat} {lng}");
    }
    for resolution in 3..10 {
        let resolution = Resolution::try_from(resolution).unwrap();
        assert_eq!(index.sharing(at(-17.0, 180.0).cell(resolution)), [0]);
        assert_eq!(index.sharing(at(-90.0, 0.0).cell(resolution)), [1]);
        assert_eq!(index.sharing(at(90.0, 0.0).cell(resolution)), [0; 0]);
    }
    let quarter = std::f64::consts::FRAC_PI_2 * EARTH_RADIUS_M;
    let (_, metres) = PointIndex::new(&[at(0.0, 33.0)]).nearest(at(90.0, -120.0)).unwrap();
    assert!((metres - quarter).abs() < 1e-3);
    assert_eq!(PointIndex::new(&[at(-90.0, 5.0)]).within(at(-89.9999, 100.0), 12.0), [0]);
}

/// Some columns of a table, row by row.
fn columns(path: &Path, names: &[&str]) -> Vec<Vec<String>> {
    let mut reader = ::csv::Reader::from_path(path).unwrap();
    let header = reader.headers().unwrap().clone();
    let places: Vec<usize> = names.iter().map(|name| header.iter().position(|other| other == *name).unwrap()).collect();
    reader
        .records()
        .map(|record| places.iter().map(|&place| record.as_ref().unwrap()[place].to_owned()).collect())
        .collect()
}

const WARDS: &str = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"WD13CD":"E1","WD13NM":"Castle, \"old\""},"geometry":{"type":"Polygon","coordinates":[[[0,50],[1,50],[1,51],[0,51],[0,50]]]}},
{"type":"Feature","properties":{"WD13CD":"E2","WD13NM":"Abbey"},"geometry":{"type":"Polygon","coordinates":[[[1,50],[2,50],[2,51],[1,51],[1,50]]]}},
{"type":"Feature","properties":{"WD13CD":"E3","WD13NM":"Empty"},"geometry":{"type":"Polygon","coordinates":[[[3,50],[4,50],[4,51],[3,51],[3,50]]]}}]}"#;

const LOG: &str = "lon,lat,date,category\n0.5,50.5,2026-01-05,arson\n0.5,50.5,2026-01-06,hate_incident\n1.5,50.5,2026-01-07,arson\n\
                   1,50.5,2026-01-08,arson\n9,9,2026-01-09,arson\n,,2026-01-09,arson\n";

fn put(folder: &Path) {
    std::fs::write(folder.join("wards.geojson"), WARDS).unwrap();
    std::fs::write(folder.join("log.csv"), LOG).unwrap();
}

/// Every report is in an area, on a border or outside, and each of these is said.
#[test]
fn reports_are_counted_where_they_lie() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(folder);
    let args =
        ["rollup", "log.csv", "--areas", "wards.geojson", "--name", "WD13NM", "-o", "w.csv", "-o", "w.geojson", "-v"];
    let output = tensionmap(folder, &args);
    assert_eq!(
        (output.status.code(), stdout(&output).as_str()),
        (Some(3), "w.csv\nw.geojson\n"),
        "{}",
        stderr(&output)
    );
    // One degree by one at 50° to 51° north: R² · (π ÷ 180) · (sin 51° − sin 50°) = 7,864.59 km².
    let names = [
        "WD13CD",
        "WD13NM",
        "area_km2",
        "reports",
        "reports_per_km2",
        "experienced",
        "evidenced",
        "arson",
        "hate_incident",
    ];
    let table = columns(&folder.join("w.csv"), &names);
    assert_eq!(
        table,
        [
            ["E1", "Castle, \"old\"", "7864.59", "3", "0.0003815", "1", "2", "2", "1"],
            ["E2", "Abbey", "7864.59", "1", "0.0001272", "0", "1", "1", "0"],
            ["E3", "Empty", "7864.59", "0", "0.0", "0", "0", "0", "0"],
        ]
    );
    for remark in [
        "accepted reports outside every area, which are in no count: 1\n",
        "reports on a border, which count in the first area that has them there: 1\n",
        "areas with fewer than 10 reports, but some: 2. Such counts can point at people; do not publish this table\n",
        "read 6 = accepted 5 + quarantined 1",
    ] {
        assert!(stderr(&output).contains(remark), "{}", stderr(&output));
    }
    let layer: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("w.geojson")).unwrap()).unwrap();
    assert_eq!(layer["features"][0]["properties"]["reports"], 3);
    assert_eq!(layer["features"][2]["properties"]["WD13NM"], "Empty");
    let about = &layer["tensionmap"];
    assert_eq!(
        (&about["outside_every_area"], &about["on_a_border"], &about["accepted"]),
        (&1.into(), &1.into(), &5.into())
    );
    assert_eq!((&about["as_of"], &about["window"]["from"]), (&"2026-01-10".into(), &"2025-12-13".into()));
    assert_eq!((&about["marking"], &about["profile"]), (&"OFFICIAL-SENSITIVE".into(), &"internal".into()));
    let bytes = std::fs::read(folder.join("w.geojson")).unwrap();
    tensionmap(folder, &[&args[..], &["--threads", "1"]].concat());
    assert_eq!(std::fs::read(folder.join("w.geojson")).unwrap(), bytes);
}

/// Areas that overlap count twice and say so.
#[test]
fn overlapping_areas_are_said() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(folder);
    std::fs::write(
        folder.join("wards.geojson"),
        WARDS.replace("[1,50],[2,50],[2,51],[1,51],[1,50]", "[0.4,50],[2,50],[2,51],[0.4,51],[0.4,50]"),
    )
    .unwrap();
    let args =
        ["rollup", "log.csv", "--areas", "wards.geojson", "--name", "WD13NM", "--json", "--max-rejects", "1", "-v"];
    let output = tensionmap(folder, &args);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let summary: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(
        (&summary["outputs"][0], &summary["result"]["provenance"]["in_several_areas"]),
        (&"areas.csv".into(), &2.into())
    );
    let said = stderr(&output);
    assert!(said.contains("reports in more than one area, which count in each: 2; the areas overlap"), "{said}");
    assert!(
        said.contains("wards.geojson: pairs of areas that overlap: 1 (first: E1 (feature 1) and E2 (feature 2)"),
        "{said}"
    );
}

#[test]
fn what_cannot_be_rolled_up_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    put(folder);
    for (args, code, message) in [
        (
            &["log.csv", "--areas", "wards.geojson", "--name", "WD13NM", "-o", "w.xyz"][..],
            2,
            "w.xyz: its extension names no output; expected one of .png, .svg, .geojson, ",
        ),
        (
            &["log.csv", "--areas", "wards.geojson", "--name", "ward"],
            4,
            "E_COLUMN: wards.geojson: no feature has a property \"ward\"; found WD13CD, WD13NM",
        ),
        (
            &["log.csv", "--areas", "log.csv", "--name", "ward"],
            4,
            "E_FORMAT: log.csv: has no geometry; expected shapes, as GeoJSON, GeoPackage, a shapefile, FlatGeobuf, GeoParquet or KML",
        ),
        (&["none.csv", "--areas", "wards.geojson", "--name", "WD13NM"], 4, "none.csv"),
        (
            &["log.csv", "--areas", "wards.geojson", "--name", "WD13NM", "-o", "wards.geojson"],
            2,
            "wards.geojson: would be overwritten, but it is a file that is read",
        ),
        (&["log.csv", "--name", "WD13NM"], 2, "expected polygons to count in, with --areas"),
    ] {
        let output = tensionmap(folder, &[&["rollup"][..], args].concat());
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(message), "{args:?}: {}", stderr(&output));
        assert!(!folder.join("areas.csv").exists());
    }
}

/// A month of Leicester in its wards and LSOAs, against every polygon tried for every point.
#[test]
fn leicester_in_its_wards() {
    let Some(month) = shared("leicester/incidents/2022-09-leicestershire-street.csv") else { return };
    let folder = tempfile::tempdir().unwrap();
    for (file, name, key) in [("wards_2013", "WD13NM", "WD13CD"), ("lsoa_2011", "LSOA11NM", "LSOA11CD")] {
        let Some(areas) = shared(&format!("leicester/areas/leicester_{file}.geojson")) else { return };
        let args = [
            "rollup",
            month.to_str().unwrap(),
            "--areas",
            areas.to_str().unwrap(),
            "--name",
            name,
            "--max-rejects",
            "5%",
            "-v",
        ];
        let output = tensionmap(folder.path(), &args);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let regions = Regions::read(&Input::from(&areas), None).unwrap();
        let codes = regions.labels(key).unwrap();
        let boxes: Vec<Rect> = regions.polygons.iter().map(|area| area.bounding_rect().unwrap()).collect();
        let mut expected: BTreeMap<&str, u64> = codes.iter().map(|code| (code.as_str(), 0)).collect();
        let mut outside = 0;
        for row in rows(&month) {
            let (Ok(x), Ok(y)) = (row[4].parse(), row[5].parse()) else { continue };
            let at = Point::new(x, y);
            let holds = |&area: &usize| boxes[area].intersects(&at) && regions.polygons[area].contains(&at);
            match (0..codes.len()).find(holds) {
                Some(area) => *expected.get_mut(codes[area].as_str()).unwrap() += 1,
                None => outside += 1,
            }
        }
        let table = columns(&folder.path().join("areas.csv"), &[key, "reports"]);
        assert_eq!(table.len(), codes.len());
        let counted: BTreeMap<&str, u64> = table.iter().map(|row| (row[0].as_str(), row[1].parse().unwrap())).collect();
        assert_eq!(counted, expected);
        assert!(
            stderr(&output).contains(&format!("which are in no count: {outside}\n")),
            "{outside} {}",
            stderr(&output)
        );
    }
}
