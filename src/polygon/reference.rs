//! Shares of area compared with other programs: shapely on synthetic polygons, tobler on Leicester.

use std::collections::BTreeMap;
use std::path::Path;

use geo::{Area, BooleanOps, Coord, LineString, MapCoords, MultiPolygon, Polygon};
use h3o::{CellIndex, Resolution};
use proptest::prelude::*;

use super::clip::{Clipper, PlaneOutline, PlanePolygon};
use super::overlay::{Overlay, PlanePolygons, SharedArea, densified, equal_area};
use super::tests::shared;
use crate::format::Input;
use crate::grid::LatLng;
use crate::indicator::IndicatorKind;
use crate::polygon::Regions;

fn rows(path: &Path) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// Every share that shapely (GEOS) made from the same projected coordinates, to 10⁻⁹ of a cell; and no other pair.
#[test]
fn shares_equal_shapelys() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    let regions = Regions::read(&Input::from(&folder.join("area_shares.geojson")), None).unwrap();
    let polygons: Vec<MultiPolygon> = regions.polygons.iter().map(densified).collect();
    let mut expected: BTreeMap<usize, BTreeMap<CellIndex, (f64, f64)>> = BTreeMap::new();
    for row in rows(&folder.join("area_shares.csv")) {
        let shares = (row[2].parse().unwrap(), row[3].parse().unwrap());
        expected.entry(row[0].parse().unwrap()).or_default().insert(row[1].parse().unwrap(), shares);
    }
    let (mut worst, mut pairs) = (0.0_f64, 0);
    for (number, of_cells) in &expected {
        let cells: Vec<CellIndex> = of_cells.keys().copied().collect();
        let shapes = PlanePolygons::new(&polygons[number - 1..*number], equal_area);
        let overlay = shapes.on(&cells);
        let mut total = 0.0;
        for ((parts, &cell), (of_polygon, of_cell)) in overlay.rows().zip(&overlay.cells).zip(of_cells.values()) {
            let shared: f64 = parts.iter().map(|part| part.shared).sum();
            total += shared;
            pairs += 1;
            worst = worst.max((shared / cell - of_cell).abs()).max((shared / overlay.areas[0] - of_polygon).abs());
        }
        assert!((total / overlay.areas[0] - 1.0).abs() < 1e-11, "polygon {number}: {total}");
        // Nothing is on any other cell.
        let beyond = shapes.beyond(&polygons[number - 1..*number], &cells, &overlay);
        assert_eq!(beyond, Some(vec![0.0]), "polygon {number}");
        // Measured from half of its cells, the rest is where it is.
        let half = &cells[..cells.len() / 2];
        let beyond = shapes.beyond(&polygons[number - 1..*number], half, &shapes.on(half)).unwrap()[0];
        let there: f64 = of_cells.values().skip(half.len()).map(|(share, _)| share).sum();
        assert!((beyond / overlay.areas[0] - there).abs() < 1e-9, "polygon {number}: {beyond} {there}");
    }
    assert!(pairs > 200, "{pairs}");
    assert!(worst < 1e-9, "{worst:e}");
}

/// Transverse Mercator of the British National Grid (Krüger's series to n⁴, Karney, J. Geodesy 85 (2011) 475–485) after
/// the change of datum EPSG:1314: what PROJ does without its grid of shifts.
fn national_grid(at: Coord) -> Coord {
    let (lat, lng) = osgb36(at.y.to_radians(), at.x.to_radians());
    let (a, b) = (6_377_563.396, 6_356_256.909_237_285);
    let n: f64 = (a - b) / (a + b);
    let e = (1.0 - (b / a) * (b / a)).sqrt();
    let alpha = [
        n / 2.0 - 2.0 / 3.0 * n.powi(2) + 5.0 / 16.0 * n.powi(3) + 41.0 / 180.0 * n.powi(4),
        13.0 / 48.0 * n.powi(2) - 3.0 / 5.0 * n.powi(3) + 557.0 / 1440.0 * n.powi(4),
        61.0 / 240.0 * n.powi(3) - 103.0 / 140.0 * n.powi(4),
        49_561.0 / 161_280.0 * n.powi(4),
    ];
    let radius = a / (1.0 + n) * (1.0 + n.powi(2) / 4.0 + n.powi(4) / 64.0);
    let plane = |lat: f64, lng: f64| {
        let t = (lat.sin().atanh() - e * (e * lat.sin()).atanh()).sinh();
        let (xi, eta) = (t.atan2(lng.cos()), (lng.sin() / t.hypot(lng.cos())).asinh());
        let (mut x, mut y) = (eta, xi);
        for (j, alpha) in (1..).zip(alpha) {
            let k = 2.0 * f64::from(j);
            x += alpha * (k * xi).cos() * (k * eta).sinh();
            y += alpha * (k * xi).sin() * (k * eta).cosh();
        }
        (x * radius * 0.999_601_271_7, y * radius * 0.999_601_271_7)
    };
    let (x, y) = plane(lat, lng - (-2.0_f64).to_radians());
    let (_, south) = plane(49.0_f64.to_radians(), 0.0);
    Coord { x: 400_000.0 + x, y: y - south - 100_000.0 }
}

/// WGS84 to OSGB36 by the inverse of EPSG:1314.
fn osgb36(lat: f64, lng: f64) -> (f64, f64) {
    let (a, f) = (6_378_137.0, 1.0 / 298.257_223_563);
    let e2 = f * (2.0 - f);
    let nu = a / (1.0 - e2 * lat.sin().powi(2)).sqrt();
    let geocentric = [nu * lat.cos() * lng.cos(), nu * lat.cos() * lng.sin(), nu * (1.0 - e2) * lat.sin()];
    let seconds = |value: f64| (value / 3600.0).to_radians();
    let shift = [446.448, -125.157, 542.06];
    let (rx, ry, rz) = (seconds(0.15), seconds(0.247), seconds(0.842));
    let scale = 1.0 - 20.489e-6;
    let [x, y, z] = std::array::from_fn(|axis| (geocentric[axis] - shift[axis]) / scale);
    // The transpose of the small rotation undoes it, as PROJ does.
    let [x, y, z] = [x + rz * y - ry * z, -rz * x + y + rx * z, ry * x - rx * y + z];
    let (a, b) = (6_377_563.396_f64, 6_356_256.909_237_285_f64);
    let e2 = 1.0 - (b / a).powi(2);
    let p = x.hypot(y);
    let mut lat = z.atan2(p * (1.0 - e2));
    for _ in 0..10 {
        let nu = a / (1.0 - e2 * lat.sin().powi(2)).sqrt();
        lat = (z + e2 * nu * lat.sin()).atan2(p);
    }
    (lat, y.atan2(x))
}

/// Leicester's deprivation and population on the cells of tobler, in the plane it worked in (EPSG:27700), by the same cutting
/// code. The largest differences are 8.3·10⁻⁶ of a score and 2.9·10⁻⁴ of a resident, which are 2·10⁻⁷ and 6·10⁻⁸ of the values.
/// They are the reference's: shapely 2.2 and PROJ 9 on the same files, with the change of datum below, differ from it by the
/// same 8.34151·10⁻⁶ and 2.8545·10⁻⁴, a tenth of a millimetre of ground; it was made with another one, which is not stated. On
/// the sphere, shares differ by what the grid's scale changes across a cell.
#[test]
fn leicester_equals_tobler_in_its_plane() {
    let Some(reference) = shared("data/leicester/reference/h3_r8_imd_population_areaweighted.csv") else { return };
    let file = shared("data/leicester/indicators/leicester_lsoa_imd2019.geojson").unwrap();
    let mut regions = Regions::read(&Input::from(&file), None).unwrap();
    let values: Vec<(f64, f64)> =
        regions.values("imd_score").unwrap().into_iter().zip(regions.values("population_2019").unwrap()).collect();
    let expected = rows(&reference);
    let cells: Vec<CellIndex> = expected.iter().map(|row| row[0].parse().unwrap()).collect();
    let on = |overlay: Overlay| -> Vec<[f64; 3]> {
        let cell = |(parts, area): (&[SharedArea], &f64)| {
            let ground: f64 = parts.iter().map(|part| part.shared).sum();
            let mean: f64 = parts.iter().map(|part| part.shared * values[part.polygon].0).sum();
            let sum = parts.iter().map(|part| part.shared / overlay.areas[part.polygon] * values[part.polygon].1).sum();
            [mean / ground, sum, ground / area]
        };
        overlay.rows().zip(&overlay.cells).map(cell).collect()
    };
    let plane = on(PlanePolygons::new(&regions.polygons, national_grid).on(&cells));
    let sphere = on(PlanePolygons::new(&regions.polygons, equal_area).on(&cells));
    let (mut of_plane, mut of_sphere) = ([0.0_f64; 3], [0.0_f64; 3]);
    for (row, expected) in expected.iter().enumerate() {
        for column in 0..3 {
            let expected: f64 = expected[column + 1].parse().unwrap();
            of_plane[column] = of_plane[column].max((plane[row][column] - expected).abs());
            of_sphere[column] = of_sphere[column].max((sphere[row][column] - expected).abs());
        }
    }
    assert!((of_plane[0] - 8.341_51e-6).abs() < 1e-10 && (of_plane[1] - 2.8545e-4).abs() < 3e-8, "{of_plane:?}");
    assert!(of_plane[2] < 5.1e-7, "{of_plane:?}");
    assert!(of_sphere[0] < 1e-3 && of_sphere[1] < 0.1 && of_sphere[2] < 1e-4, "{of_sphere:?}");
    for cells in [&plane, &sphere] {
        let total: f64 = cells.iter().map(|cell| cell[1]).sum();
        assert!((total / 354_224.0 - 1.0).abs() < 1e-9, "{total}");
    }
}

/// The projection is equal-area; the remaining difference is between its straight edges and great circles.
#[test]
fn projected_cells_have_the_area_of_the_sphere() {
    for (resolution, max) in [(Resolution::Six, 2e-7), (Resolution::Seven, 3e-8), (Resolution::Nine, 1e-9)] {
        let mut worst = 0.0_f64;
        for lat in [-60.0, -33.3, 0.4, 21.7, 52.6, 59.9] {
            for lng in [-120.3, -1.1, 2.3, 77.7] {
                let cell = LatLng::new(lat, lng).unwrap().cell(resolution);
                let area = PlanePolygons::new(&[], equal_area).on(&[cell]).cells[0];
                worst = worst.max((area / cell.area_rads2() - 1.0).abs());
            }
        }
        assert!(worst < max, "resolution {resolution}: {worst:e}");
    }
}

/// A ring round 0, 0 with these distances.
fn ring(distances: &[f64], sign: f64) -> LineString {
    let turn = |index: usize| sign * index as f64 / distances.len() as f64 * std::f64::consts::TAU;
    let at = |(index, &far): (usize, &f64)| Coord { x: far * turn(index).cos(), y: far * turn(index).sin() };
    LineString(distances.iter().enumerate().map(at).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    /// Clipped areas equal those of `geo` (i_overlay), for stars of up to 700 corners with a hole and any outline.
    #[test]
    fn cutting_equals_an_intersection(
        outer in prop::collection::vec(0.5..2.0_f64, 3..700),
        hole in prop::collection::vec(0.1..0.2_f64, 3..9),
        cell in prop::collection::vec(0.8..1.2_f64, 5..8),
        x in -2.0..2.0_f64,
        y in -2.0..2.0_f64,
        size in 0.01..2.0_f64,
    ) {
        let mut polygon = Polygon::new(ring(&outer, 1.0), Vec::new());
        if outer.len() > 7 {
            polygon.interiors_push(ring(&hole, -1.0));
        }
        let polygon = MultiPolygon::from(polygon);
        let cell = ring(&cell, 1.0).map_coords(|at| at * size + Coord { x, y });
        let mut outline = PlaneOutline::default();
        outline.fill([cell.0.as_slice()]);
        let found = Clipper::default().shared(&PlanePolygon::new(&polygon), &outline);
        let expected = polygon.intersection(&MultiPolygon::from(Polygon::new(cell, Vec::new()))).unsigned_area();
        prop_assert!((found - expected).abs() < 1e-7, "{} is not {}", found, expected);
    }
}

/// Ground round a pole, in bands round the world and past longitude 180° is kept as well.
#[test]
fn totals_are_kept_round_the_world() {
    use Resolution::{One, Three};
    for (south, north, resolution) in [(60, 90, Three), (-90, -75, Three), (-90, 90, One)] {
        let ring = [(-180, south), (0, south), (180, south), (180, north), (0, north), (-180, north), (-180, south)];
        let geometry = serde_json::json!({"type": "Polygon", "coordinates": [ring]});
        let text = serde_json::json!({"type": "Feature", "properties": {"v": 9}, "geometry": geometry}).to_string();
        let mut regions = Regions::read(&Input::Bytes("pole.geojson".into(), text.into_bytes()), None).unwrap();
        let mut cells = regions.study_area(resolution, crate::grid::Containment::Overlapping).unwrap().cells().to_vec();
        cells.extend(cells.clone().iter().flat_map(|cell| cell.grid_disk::<Vec<_>>(1)));
        cells.sort_unstable();
        cells.dedup();
        let found = regions.spread("v", IndicatorKind::Extensive, None, &cells).unwrap().conservation.unwrap();
        assert!(found.agrees() && found.outside.abs() < 1e-8, "{south} {north}: {found} {:e}", found.difference());
    }
}
