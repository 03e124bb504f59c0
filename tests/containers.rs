//! Areas in every container that people have them in: GeoPackage, shapefile, FlatGeobuf, GeoParquet, KML, Esri JSON.

use std::path::Path;

use tensionmap::unstable::indicator::interpolate;
use tensionmap::unstable::polygon::Regions;
use tensionmap::{CellIndex, Indicator, Input, LatLng, Resolution};

use crate::support::{csv, own, shared, stderr, stdout, tensionmap};

/// A file of `tests/reference/shapes`: two areas, which GDAL wrote.
fn shape_file(name: &str) -> Input {
    Input::from(&own(&format!("tests/reference/shapes/{name}")))
}

fn regions(input: &Input) -> Regions {
    Regions::read(input, None).unwrap_or_else(|error| panic!("{input:?}: {error}"))
}

/// The files with the degrees of the GeoJSON, and those on the British National Grid.
const IN_DEGREES: [&str; 5] = ["areas.gpkg", "areas.fgb", "areas.parquet", "areas_geoarrow.parquet", "areas.kml"];
const ON_THE_GRID: [&str; 2] = ["areas_27700.gpkg", "areas_27700.shp"];

#[test]
fn areas_are_the_same_from_every_container() {
    let expected = regions(&shape_file("areas.geojson"));
    assert_eq!((expected.account.accepted, expected.polygons[0].0.len()), (2, 3));
    let sorted = |regions: &Regions| {
        let mut areas: Vec<_> = regions.polygons.iter().map(|area| (area.0.len(), area.clone())).collect();
        areas.sort_by_key(|(parts, _)| *parts);
        areas
    };
    for name in IN_DEGREES {
        let mut found = regions(&shape_file(name));
        // An indexed file has an order of its own, and Python writes a height of none.
        for ((_, found), (_, expected)) in sorted(&found).iter().zip(sorted(&expected)) {
            let corners = |area: &geo::MultiPolygon| {
                let mut corners: Vec<(f64, f64)> =
                    area.0.iter().flat_map(|part| part.exterior().0.iter().map(|at| (at.x, at.y))).collect();
                let rounded = |at: &(f64, f64)| format!("{:.9} {:.9}", at.0, at.1);
                corners.sort_by_key(rounded);
                corners
            };
            let (found_at, expected_at) = (corners(found), corners(&expected));
            assert_eq!(found_at.len(), expected_at.len(), "{name}");
            // GeoJSON was written with 15 digits, the others with all.
            let is_near = |one: &(f64, f64), other: &(f64, f64)| (one.0 - other.0).hypot(one.1 - other.1) < 1e-12;
            assert!(found_at.iter().zip(&expected_at).all(|(one, other)| is_near(one, other)), "{name}: {found_at:?}");
            let holes = |area: &geo::MultiPolygon| area.0.iter().map(|part| part.interiors().len()).sum::<usize>();
            assert_eq!(holes(found), holes(&expected), "{name}");
        }
        let mut homes = found.values("homes").unwrap();
        homes.sort_by(f64::total_cmp);
        assert_eq!(homes, [40.0, 1200.0], "{name}");
    }
}

fn cells() -> Vec<CellIndex> {
    let middle = LatLng::new(52.57, -1.22).unwrap().cell(Resolution::Seven);
    middle.grid_disk(9)
}

/// On the grid, GDAL's seven parameters put a corner some metres from where OSTN15 has it: 10⁻³ of an area of kilometres.
#[test]
fn an_indicator_is_the_same_from_every_container() {
    let spread = |input: Input| interpolate(&Indicator::extensive(input, "homes"), &cells()).unwrap().values;
    let expected = spread(shape_file("areas.geojson"));
    assert!(expected.iter().flatten().sum::<f64>() > 1200.0);
    for name in IN_DEGREES {
        for (found, expected) in spread(shape_file(name)).iter().zip(&expected) {
            let (found, expected) = (found.unwrap_or_default(), expected.unwrap_or_default());
            assert!((found - expected).abs() < 1e-9, "{name}: {found} {expected}");
        }
    }
    for name in ON_THE_GRID {
        for (found, expected) in spread(shape_file(name)).iter().zip(&expected) {
            let (found, expected) = (found.unwrap_or_default(), expected.unwrap_or_default());
            assert!((found - expected).abs() < 0.2, "{name}: {found} {expected}");
        }
    }
}

/// Of the layers of a GeoPackage each role takes the one that it can use; a name takes any.
#[test]
fn a_layer_is_chosen_by_role_or_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    std::fs::copy(own("tests/reference/shapes/areas.gpkg"), folder.join("a.gpkg")).unwrap();
    let run =
        |args: &[&str]| tensionmap(folder, &[&["map"], args, &["-o", "m.csv", "--manifest", "none", "-v"]].concat());
    let both = run(&["a.gpkg", "--area", "a.gpkg"]);
    assert_eq!(both.status.code(), Some(0), "{}", stderr(&both));
    let said = stderr(&both);
    assert!(said.contains("a.gpkg: layer incidents is read, the only one of incidents, wards with points"), "{said}");
    assert!(said.contains("a.gpkg: layer wards is read, the only one of incidents, wards with polygons"), "{said}");
    let table = std::fs::read(folder.join("m.csv")).unwrap();
    for args in [
        &["a.gpkg#incidents", "--area", "a.gpkg#wards"][..],
        &["a.gpkg", "--layer", "incidents", "--area", "a.gpkg#WARDS@EPSG:4326"],
        &["a.gpkg,layer=incidents", "--area", "a.gpkg"],
    ] {
        let named = run(args);
        assert_eq!(named.status.code(), Some(0), "{args:?}: {}", stderr(&named));
        assert_eq!(std::fs::read(folder.join("m.csv")).unwrap(), table, "{args:?}");
    }
    for (args, message) in [
        (&["a.gpkg#ward"][..], "a.gpkg: has no layer \"ward\"; found incidents, wards; did you mean `wards`?"),
        (
            &["a.gpkg", "--context", "a.gpkg"],
            "a.gpkg: holds 2 layers (incidents, wards); name one as FILE#LAYER, or with --layer",
        ),
        (&["a.gpkg", "--area", "a.gpkg@EPSG:99999"], "is given with a reference system that cannot be used"),
        (&["a.csv#wards"], "a.csv: has no layers, but \"wards\" is asked for"),
    ] {
        std::fs::write(folder.join("a.csv"), "lon,lat,date\n-1.2,52.6,2026-02-01\n").unwrap();
        let refused = run(args);
        assert_eq!(refused.status.code(), Some(4), "{args:?}: {}", stderr(&refused));
        assert!(stderr(&refused).contains(message), "{args:?}: {}", stderr(&refused));
    }
    let drawn = run(&["a.gpkg", "--context", "a.gpkg#wards:districts"]);
    assert_eq!(drawn.status.code(), Some(0), "{}", stderr(&drawn));
}

/// Wards, LSOAs and a boundary as their publisher's GeoJSON and as other programs converted it: equal to the rounding of their
/// coordinates, and the same to the byte where those are the same.
#[test]
fn leicester_comes_out_of_every_container_alike() {
    let (Some(reports), Some(geojson)) = (
        shared("leicester/incidents/leicester-city-2019-12_2022-10-street.csv.gz"),
        shared("leicester/areas/leicester_boundary.geojson"),
    ) else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let boundary = std::fs::read_to_string(&geojson).unwrap();
    // The same shapes as KML, by the few words that the two differ in.
    let found = geojson::GeoJson::from_reader(boundary.as_bytes()).unwrap();
    let kml = as_kml(&found);
    std::fs::write(folder.join("boundary.kml"), kml).unwrap();
    let reports = reports.display().to_string();
    let table = |area: &str| {
        let args = [
            "map",
            &reports,
            "--area",
            area,
            "--as-of",
            "2022-10-01",
            "-o",
            "m.csv",
            "-o",
            "m.png",
            "--manifest",
            "none",
        ];
        let output = tensionmap(folder, &args);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let _written = stdout(&output);
        (std::fs::read(folder.join("m.csv")).unwrap(), std::fs::read(folder.join("m.png")).unwrap())
    };
    let expected = table(&geojson.display().to_string());
    assert!(table("boundary.kml") == expected);
}

fn as_kml(found: &geojson::GeoJson) -> String {
    let geojson::GeoJson::FeatureCollection(collection) = found else { panic!("{found:?}") };
    let ring = |ring: &Vec<geojson::Position>| {
        let at: Vec<String> = ring.iter().map(|at| format!("{},{}", at[0], at[1])).collect();
        format!("<LinearRing><coordinates>{}</coordinates></LinearRing>", at.join(" "))
    };
    let polygon = |rings: &Vec<Vec<geojson::Position>>| {
        let holes: String =
            rings[1..].iter().map(|hole| format!("<innerBoundaryIs>{}</innerBoundaryIs>", ring(hole))).collect();
        format!("<Polygon><outerBoundaryIs>{}</outerBoundaryIs>{holes}</Polygon>", ring(&rings[0]))
    };
    let placemark = |feature: &geojson::Feature| {
        let shape = match &feature.geometry.as_ref().unwrap().value {
            geojson::GeometryValue::Polygon { coordinates } => polygon(coordinates),
            geojson::GeometryValue::MultiPolygon { coordinates } => {
                format!("<MultiGeometry>{}</MultiGeometry>", coordinates.iter().map(polygon).collect::<String>())
            }
            other => panic!("{other:?}"),
        };
        format!("<Placemark>{shape}</Placemark>")
    };
    let placemarks: String = collection.features.iter().map(placemark).collect();
    format!("<kml xmlns=\"http://www.opengis.net/kml/2.2\"><Document>{placemarks}</Document></kml>")
}

#[test]
fn shapes_that_cannot_be_read_say_so() {
    let message =
        |input: Input| Regions::read(&input, None).and_then(|mut regions| regions.values("v")).unwrap_err().to_string();
    let esri =
        r#"{"geometryType":"esriGeometryPolygon","features":[{"attributes":{"v":1},"geometry":{"curveRings":[]}}]}"#;
    assert!(message(csv("a.json", esri)).contains("Q_GEOM_TYPE"), "{}", message(csv("a.json", esri)));
    assert!(message(csv("a.csv", "a,b\n1,2\n")).contains("has no geometry; expected shapes, as GeoJSON, GeoPackage"));
    let points = own("tests/reference/gis/points.fgb");
    let said = message(Input::from(&points));
    assert!(said.contains("Q_GEOM_TYPE") && said.contains("expected a Polygon or MultiPolygon"), "{said}");
    let cut = std::fs::read(own("tests/reference/shapes/areas.fgb")).unwrap();
    let cut = Input::Bytes("a.fgb".to_owned(), cut[..cut.len() - 40].to_vec());
    assert!(message(cut).contains("cannot be read as FlatGeobuf"));
}

/// Damage anywhere in a file of shapes is an error or a quarantined feature, never a panic.
#[test]
fn damaged_shapes_do_no_harm() {
    for name in [IN_DEGREES.as_slice(), &["areas_27700.gpkg"]].concat() {
        let path = own(&format!("tests/reference/shapes/{name}"));
        let whole = std::fs::read(&path).unwrap();
        let name = Path::new(name).file_name().unwrap().to_string_lossy().into_owned();
        for at in (0..whole.len()).step_by(97) {
            for change in [0x00, 0xff, 0x5a] {
                let mut bytes = whole.clone();
                bytes[at] ^= change | 1;
                let _outcome = Regions::read(&Input::Bytes(name.clone(), bytes), None);
            }
        }
    }
}
