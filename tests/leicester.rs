//! Real reports against the outputs of other programs (see `../shared/data/leicester/README.md`).

use std::collections::BTreeMap;

use tensionmap::{CellScore, Status};
use tensionmap::{Day, Engine, Indicator, Resolution, Run};

use crate::support::{rows, shared, stderr, tensionmap};

const CITY: &str = "leicester/incidents/leicester-city-2019-12_2022-10-street.csv.gz";
const BOUNDARY: &str = "leicester/areas/leicester_boundary.geojson";

fn september(resolution: u8) -> Option<Run> {
    let engine = Engine::builder().resolution(resolution).as_of("2022-10-01").area(&shared(BOUNDARY)?).build().unwrap();
    Some(engine.incidents(&shared(CITY)?).unwrap().run().unwrap())
}

/// Counts of one month equal those of H3's own C library, at three resolutions.
#[test]
fn cell_counts_equal_h3s_own() {
    let Some(reference) = shared("leicester/reference/h3_2022-09_counts_r7_r8_r9.csv") else { return };
    let reference = rows(&reference);
    let month: Day = "2022-09-01".parse().unwrap();
    for resolution in [7, 8, 9] {
        let expected: BTreeMap<String, u64> = reference
            .iter()
            .filter(|row| row[0] == resolution.to_string())
            .map(|row| (row[1].clone(), row[2].parse().unwrap()))
            .collect();
        let run = september(resolution).unwrap();
        let mut counted = BTreeMap::<String, u64>::new();
        for row in run.cube.rows().filter(|row| row.when.start == month) {
            *counted.entry(row.cell.to_string()).or_default() += u64::from(row.n);
        }
        assert!(expected.len() > 20);
        assert_eq!(counted, expected, "resolution {resolution}");
    }
}

/// The places of the disorder of September 2022 stand out against their own past, and nowhere else as much.
#[test]
fn the_two_areas_of_september_2022_stand_out() {
    let Some(run) = september(8) else { return };
    let scores = &run.scores;
    assert_eq!(scores.cells.len(), 145);
    assert!(scores.by_month && (scores.dispersion - 1.738).abs() < 0.001, "{}", scores.dispersion);
    let evidence = |cell: &&CellScore| (cell.cell.to_string(), cell.evidence.unwrap().total);
    let top: Vec<(String, f64)> = scores.standing_out().iter().take(3).map(evidence).collect();
    assert_eq!((top[0].0.as_str(), top[1].0.as_str()), ("8819434d93fffff", "8819434dbbfffff"));
    // As a program in numpy had it before this one was written: 83 reports where 32 are usual.
    assert!((top[0].1 - 4.75).abs() < 0.01 && (top[1].1 - 1.97).abs() < 0.01, "{top:?}");
    assert!(top[2].1 < top[1].1);
}

/// What the program writes is what the library finds: each feature of a saved layer beside the score of its cell.
#[test]
fn a_layers_values_are_those_of_the_library() {
    let Some(run) = september(8) else { return };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leicester.geojson");
    let inputs = [shared(CITY).unwrap(), shared(BOUNDARY).unwrap()].map(|path| path.display().to_string());
    let told = tensionmap(
        folder.path(),
        &["map", &inputs[0], "--area", &inputs[1], "--as-of", "2022-10-01", "-o", path.to_str().unwrap()],
    );
    assert!(told.status.success(), "{}", stderr(&told));
    let layer: geojson::FeatureCollection = std::fs::read_to_string(&path).unwrap().parse().unwrap();
    assert_eq!(layer.features.len(), run.scores.cells.len());
    for (feature, cell) in layer.features.iter().zip(&run.scores.cells) {
        let properties = feature.properties.as_ref().unwrap();
        let id = serde_json::json!(cell.cell.to_string());
        assert_eq!(
            (feature.property("h3").unwrap(), feature.id.clone().unwrap()),
            (&id, geojson::feature::Id::String(cell.cell.to_string()))
        );
        let near = |name: &str, value: Option<f64>, digits: i32| match value {
            Some(value) => {
                let found = properties[name].as_f64().unwrap();
                assert!((found - value).abs() <= 0.500_001 * 10_f64.powi(-digits), "{id} {name}: {found} and {value}");
            }
            None => assert!(properties[name].is_null(), "{id} {name}"),
        };
        let scored = cell.status != Status::NoData;
        near("score", scored.then_some(cell.score), 2);
        near("intensity", Some(100.0 * cell.u_intensity), 2);
        near("evidence", cell.evidence.map(|evidence| evidence.total), 4);
        near("surge", Some(cell.surge), 2);
        near("corroboration", Some(cell.corroboration), 2);
        near("spread", Some(cell.spread), 2);
        near("density", Some(cell.density), 3);
        near("n_window", Some(cell.n_window), 2);
        near("n_baseline", Some(cell.n_baseline), 2);
        near("n_expected", cell.ratio.map(|ratio| ratio.expected), 2);
        near("rr", cell.ratio.map(|ratio| ratio.rr), 3);
        near("rr_lo", cell.ratio.map(|ratio| ratio.lo), 3);
        near("rr_hi", cell.ratio.map(|ratio| ratio.hi), 3);
        near("p_exceed", cell.ratio.map(|ratio| ratio.p_exceed), 4);
        for (name, share) in ["experienced", "evidenced", "potential"].into_iter().zip(cell.strands) {
            // A trace is told as one.
            near(name, Some(if share > 0.0 { share.max(1e-4) } else { 0.0 }), 4);
        }
        let level = cell.level.map(|level| u64::from(level.number()));
        assert_eq!((properties["level"].as_u64(), properties["sources"].as_u64()), (level, Some(cell.sources.into())));
        assert_eq!(properties["rag"].as_str(), cell.level.map(|level| level.rag().id()));
        assert_eq!(properties["status"].as_str(), Some(cell.status.id()));
        assert_eq!(properties["sparse"].as_bool(), Some(cell.sparse));
        let top = cell.categories.first().map_or(String::new(), |(category, _)| category.id().to_owned());
        assert!(properties["top_categories"].as_str().unwrap().starts_with(&top));
        // And the outline: h3o's corners, to the seven digits that are written.
        let Some(geojson::GeometryValue::Polygon { coordinates: rings }) =
            feature.geometry.as_ref().map(|shape| &shape.value)
        else {
            panic!("{id} has no polygon");
        };
        let corners = cell.cell.boundary();
        assert_eq!(rings[0].len(), corners.len() + 1);
        for at in &rings[0] {
            assert!(
                corners.iter().any(|corner| (corner.lng() - at[0]).abs() < 6e-8 && (corner.lat() - at[1]).abs() < 6e-8)
            );
        }
    }
}

/// Area-weighted values equal tobler's, computed in EPSG:27700, to a few parts in 10⁵ on every cell.
///
/// What is left is the grid's doing: its scale changes by some 10⁻⁵ across a cell, and with it the shares of area, while
/// ours are shares of the sphere. It is no larger on the rim, where the mean is over the covered part only.
#[test]
fn area_weighted_indicators_equal_toblers() {
    let Some(reference) = shared("leicester/reference/h3_r8_imd_population_areaweighted.csv") else { return };
    let areas = shared("leicester/indicators/leicester_lsoa_imd2019.geojson").unwrap();
    let run = Engine::builder()
        .as_of("2022-10-01")
        .area(shared(BOUNDARY).unwrap())
        .build()
        .unwrap()
        .incidents(shared(CITY).unwrap())
        .unwrap()
        .indicator(Indicator::intensive(&areas, "imd_score"))
        .unwrap()
        .indicator(Indicator::extensive(&areas, "population_2019"))
        .unwrap()
        .run()
        .unwrap();
    let [imd, population] = run.layer.indicators() else { panic!("two indicators were given") };
    let row: BTreeMap<String, usize> =
        run.scores.cells.iter().enumerate().map(|(row, cell)| (cell.cell.to_string(), row)).collect();
    let (mut inner, mut worst_inner, mut worst_rim, mut worst_population) = (0, 0.0_f64, 0.0_f64, 0.0_f64);
    for expected in rows(&reference) {
        let row = row[&expected[0]];
        let number = |column: usize| expected[column].parse::<f64>().unwrap();
        let (imd_expected, population_expected, covered) = (number(1), number(2), number(3));
        let relative = (imd.values[row].unwrap() - imd_expected).abs() / imd_expected;
        if covered > 0.99999 {
            inner += 1;
            worst_inner = worst_inner.max(relative);
            worst_population = worst_population
                .max((population.values[row].unwrap() - population_expected).abs() / population_expected);
        } else {
            worst_rim = worst_rim.max(relative);
        }
    }
    eprintln!("{inner} inner cells: imd {worst_inner:.2e}, population {worst_population:.2e}; rim {worst_rim:.2e}");
    assert!(inner > 60, "{inner}");
    assert!(worst_inner < 1e-4 && worst_population < 1e-4, "{worst_inner:e} {worst_population:e}");
    assert!(worst_rim < 1e-4, "{worst_rim:e}");
    let total: f64 = population.values.iter().flatten().sum();
    assert!((total - 354_224.0).abs() < 0.5, "{total}");
}

/// Rows without coordinates are refused with their line, and the map says how many there are.
#[test]
fn unlocated_rows_are_quarantined_with_their_lines() {
    let Some(month) = shared("leicester/incidents/2022-09-leicestershire-street.csv") else { return };
    // Which lines have no longitude, found without our reader: no field of this file holds a quote or a newline.
    let text = std::fs::read_to_string(&month).unwrap();
    assert!(!text.contains('"'));
    let expected: Vec<u64> = (1..)
        .zip(text.lines())
        .filter(|(_, line)| line.split(',').nth(4) == Some(""))
        .map(|(number, _)| number)
        .collect();
    assert!(expected.len() > 100);
    let folder = tempfile::tempdir().unwrap();
    let quarantine = folder.path().join("quarantine.ndjson");
    let run = Engine::builder().quarantine(&quarantine).build().unwrap().incidents(&month).unwrap().run().unwrap();
    let lines: Vec<u64> = std::fs::read_to_string(&quarantine)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|refused| {
            let keys: Vec<&String> = refused.as_object().unwrap().keys().collect();
            assert_eq!(keys, ["file", "record", "line", "byte", "code", "column", "value", "expected", "raw"]);
            assert_eq!(refused["code"], "Q_NO_GEOMETRY");
            // The byte is where that line begins.
            let byte = usize::try_from(refused["byte"].as_u64().unwrap()).unwrap();
            assert_eq!(text[byte..].lines().next(), refused["raw"].as_str());
            refused["line"].as_u64().unwrap()
        })
        .collect();
    assert_eq!(lines, expected);
    assert_eq!(run.ledger.read(), 9492);
    assert_eq!(run.ledger.read(), run.ledger.accepted() + run.ledger.quarantined());
    let share = run.layer.provenance().unlocated_share;
    assert!((share - expected.len() as f64 / 9492.0).abs() < 1e-12);
}

/// One month as Parquet counts the same as its rows in the long CSV.
#[test]
fn parquet_counts_as_csv_does() {
    let Some(parquet) = shared("leicester/incidents/leicester-city-2022-09.parquet") else { return };
    let run = Engine::builder().build().unwrap().incidents(&parquet).unwrap().run().unwrap();
    let month: Day = "2022-09-01".parse().unwrap();
    let csv = september(8).unwrap();
    assert_eq!(csv.cube.resolution(), Resolution::Eight);
    let count = |run: &Run| -> Vec<(String, u32)> {
        let rows = run.cube.rows().filter(|row| row.when.start == month);
        rows.map(|row| (format!("{} {:?}", row.cell, run.cube.classes()[row.class as usize]), row.n)).collect()
    };
    assert_eq!(count(&run), count(&csv));
}
