//! Layers that were saved, read back: nothing is lost, and what cannot be right is refused in words that help.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tensionmap::hotspot::{GetisOrd, Neighbours, Permutations, STATISTICS, Statistic};
use tensionmap::layer::Opened;
use tensionmap::{Engine, Layer, Method, Run, Settings, sample};

use crate::support::{own, sample_run, shared, stderr, stdout, tensionmap};

/// What can be read back, and what can be written from it.
const READ: [&str; 4] = ["geojson", "gpkg", "fgb", "parquet"];
const TABLES: [&str; 7] = ["geojson", "geojsonl", "gpkg", "fgb", "parquet", "csv", "kepler.json"];

/// Every file that comes of saving a layer as a table, by name; an error where a format is about shapes and there are none.
fn tables(layer: &Layer, folder: &Path) -> BTreeMap<String, Result<Vec<u8>, String>> {
    let folder = tempfile::tempdir_in(folder).unwrap();
    let mut files = BTreeMap::new();
    for extension in TABLES {
        let name = format!("map.{extension}");
        if let Err(error) = layer.save(folder.path().join(&name)) {
            files.insert(name, Err(error.to_string().rsplit('/').next().unwrap().to_owned()));
        }
    }
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        files.insert(name, Ok(std::fs::read(entry.path()).unwrap()));
    }
    files
}

/// Whatever a layer is saved as, read back it gives every table, and the picture, to the byte.
fn comes_back(run: &Run, what: &str) {
    let folder = tempfile::tempdir().unwrap();
    let expected = tables(&run.layer, folder.path());
    let pictured = picture(&run.layer, folder.path());
    let mut count = 0;
    for extension in READ {
        let saved = folder.path().join(format!("saved.{extension}"));
        if run.layer.save(&saved).is_err() {
            assert!(expected[&format!("map.{extension}")].is_err());
            continue;
        }
        count += 1;
        let Opened { layer, notices } = Layer::open(saved.as_path()).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(notices, Vec::<String>::new(), "{what}");
        let found = tables(&layer, folder.path());
        assert_eq!(found.len(), expected.len(), "{what}");
        for (name, bytes) in &expected {
            assert!(found[name] == *bytes, "{what}: {name} from {extension} differs");
        }
        assert!(picture(&layer, folder.path()) == pictured, "{what}: the picture from {extension} differs");
        let both = [&run.layer, &layer].map(|layer| (&layer.scores().cells, layer.scores().baseline_days));
        assert_eq!(both[0], both[1], "{what}");
    }
    assert!(count >= 2);
}

fn picture(layer: &Layer, folder: &Path) -> Vec<u8> {
    let path = folder.join("picture.png");
    layer.save(&path).unwrap();
    std::fs::read(path).unwrap()
}

/// Assessments of the two cells that stand out most; one of them also as it was set before.
fn assessed(folder: &Path, run: &Run) -> PathBuf {
    let [one, two] = [0, 1].map(|rank| run.scores.standing_out()[rank].cell);
    let text = format!(
        "cell,level,assessor,reason,date,until\n{one},2,J. Doe,\"posts name a date, and a place\",2022-01-20,\n\
         {two},severe,A. N. Other,by name,2022-01-20,\n{two},6,A. N. Other,calmed by wardens,2022-01-25,2100-01-01\n"
    );
    let path = folder.join("assessments.csv");
    std::fs::write(&path, text).unwrap();
    path
}

fn scored(settings: Settings) -> Engine {
    let settings = Settings { as_of: Some("2026-03-02".to_owned()), ..settings };
    let engine = Engine::builder().settings(settings).area(sample::boundary()).build().unwrap();
    engine.incidents(sample::incidents()).unwrap()
}

/// With everything that a layer can have.
fn rich(folder: &Path) -> Settings {
    let areas = own("data/areas.geojson").display().to_string();
    Settings {
        compare_to: Some("2026-02-02".to_owned()),
        assessments: Some(assessed(folder, &sample_run())),
        indicator: vec![
            format!("{areas}:population:extensive,name=residents"),
            format!("{areas}:deprivation:intensive"),
            format!("{}::within=900,name=near", own("data/incidents.geojson").display()),
        ],
        context_index: vec!["residents=2".to_owned(), "deprivation=-0.5".to_owned()],
        ..Settings::default()
    }
}

#[test]
fn nothing_is_lost_of_the_sample() {
    let folder = tempfile::tempdir().unwrap();
    comes_back(&sample_run(), "plain");
    let text = |text: &str| Some(text.to_owned());
    for (what, form) in [
        ("rich", Settings::default()),
        ("centroids", Settings { geometry: text("centroids"), ..Settings::default() }),
        ("no shapes", Settings { geometry: text("none"), ..Settings::default() }),
        ("hex_id", Settings { id_column: text("hex_id"), arcgis_names: Some(true), ..Settings::default() }),
        ("simplestyle", Settings { simplestyle: Some(true), ..Settings::default() }),
        ("classes", Settings { classes: text("quantile:4"), palette: text("viridis"), ..Settings::default() }),
        ("score", Settings { fill: text("score"), palette: text("magma"), ..Settings::default() }),
    ] {
        comes_back(&scored(form.over(rich(folder.path()))).run().unwrap(), what);
    }
}

/// A method that gives points to context, divides by residents and has frozen classes.
#[test]
fn nothing_is_lost_of_a_method_of_ones_own() {
    let folder = tempfile::tempdir().unwrap();
    let mut method = Method::default();
    method.points.context = 10.0;
    method.density = tensionmap::score::Density::PerThousandResidents;
    method.breaks = [("score", vec![0.0, 10.0, 30.0, 100.0]), ("rr", vec![0.0, 1.0, 2.0])]
        .map(|(name, breaks)| (name.to_owned(), breaks))
        .into();
    let settings = Settings { residents: Some("residents".to_owned()), as_of: Some("2026-03-02".to_owned()), ..rich(folder.path()) };
    let engine = Engine::builder().settings(settings.clone()).method(method).area(sample::boundary());
    let run = engine.build().unwrap().incidents(sample::incidents()).unwrap().run().unwrap();
    let saved = folder.path().join("saved.gpkg");
    run.layer.save(&saved).unwrap();
    let mut opened = Layer::open(saved.as_path()).unwrap();
    assert!(picture(&run.layer, folder.path()) == picture(&opened.layer, folder.path()));
    assert!(tables(&run.layer, folder.path()) == tables(&opened.layer, folder.path()));
    assert_eq!(opened.layer.provenance().context_points, Some(10.0));
    let [told, read] = [&run.layer, &opened.layer].map(|layer| layer.scores().cells.iter().map(|cell| cell.context).sum::<f64>());
    assert!(told > 1.0 && (told - read).abs() < 1e-9);
    // The frozen classes of a column that is asked for later.
    opened.show(&Settings { fill: Some("rr".to_owned()), ..Settings::default() }).unwrap();
    assert_eq!(opened.layer.legend().breaks(), [0.0, 1.0, 2.0]);
}

#[test]
fn nothing_is_lost_of_hot_spots() {
    let permuted = Statistic::Gi {
        neighbours: Neighbours::default(),
        options: GetisOrd { permutations: Some(Permutations::default()), ..GetisOrd::default() },
    };
    for statistic in STATISTICS.iter().map(|named| (named.usual)()).chain([permuted]) {
        for arcgis_names in [None, Some(true)] {
            let run = scored(Settings { arcgis_names, ..Settings::default() }).hotspots(&statistic).unwrap();
            comes_back(&run, statistic.id());
        }
    }
}

#[test]
fn nothing_is_lost_of_a_city() {
    let [Some(boundary), Some(reports), Some(deprivation)] = [
        "leicester/areas/leicester_boundary.geojson",
        "leicester/incidents/leicester-city-2019-12_2022-10-street.csv.gz",
        "leicester/indicators/leicester_lsoa_imd2019.geojson",
    ]
    .map(shared) else {
        return;
    };
    let settings = Settings {
        resolution: Some(9),
        as_of: Some("2022-10-01".to_owned()),
        compare_to: Some("2022-09-01".to_owned()),
        area: Some(boundary),
        indicator: vec![format!("{}:imd_score:intensive", deprivation.display())],
        ..Settings::default()
    };
    let run = |settings: Settings| {
        let engine = Engine::builder().settings(settings).build().unwrap();
        engine.incidents(&reports).unwrap()
    };
    comes_back(&run(settings.clone()).run().unwrap(), "Leicester");
    comes_back(&run(settings.clone()).hotspots(&"gi".parse().unwrap()).unwrap(), "Leicester's hot spots");
    let folder = tempfile::tempdir().unwrap();
    let text = |text: &str| Some(text.to_owned());
    let saved = folder.path().join("saved.geojson");
    run(settings.clone()).run().unwrap().layer.save(&saved).unwrap();
    for shown in [
        Settings { fill: text("imd_score"), classes: text("jenks:4"), page: text("a4"), ..Settings::default() },
        Settings { picture: text("two-up"), page: text("slide"), title: text("Another"), ..Settings::default() },
        Settings { picture: text("strands"), palette: text("cividis"), dpi: Some(72), ..Settings::default() },
        Settings { projection: text("bng"), fill: text("level"), attribution: text("© somebody"), ..Settings::default() },
        Settings { fill: text("score_change"), context: vec![own("data/areas.geojson").display().to_string()], ..Settings::default() },
    ] {
        let expected = picture(&run(shown.clone().over(settings.clone())).run().unwrap().layer, folder.path());
        let mut opened = Layer::open(saved.as_path()).unwrap();
        opened.show(&shown).unwrap();
        assert!(picture(&opened.layer, folder.path()) == expected, "{shown:?}");
    }
}

/// A saved layer of the sample as JSON, to be spoilt.
fn spoilt(spoil: impl FnOnce(&mut Value)) -> Result<Opened, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("layer.geojson");
    static SAVED: std::sync::OnceLock<Value> = std::sync::OnceLock::new();
    let saved = SAVED.get_or_init(|| {
        let run = scored(Settings { compare_to: Some("2026-02-02".to_owned()), ..Settings::default() }).run().unwrap();
        run.layer.save(&path).unwrap();
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap()
    });
    let mut layer = saved.clone();
    spoil(&mut layer);
    std::fs::write(&path, layer.to_string()).unwrap();
    Layer::open(path.as_path()).map_err(|error| {
        let cause = std::error::Error::source(&error).map_or_else(String::new, |cause| format!("; because: {cause}"));
        format!("{error}{cause}").replace(&format!("{}/", folder.path().display()), "")
    })
}

/// What is said where the first row has this value in a column.
fn refused(column: &str, value: Value) -> String {
    let mut cell = String::new();
    let refused = spoilt(|layer| {
        let feature = &mut layer["features"][0];
        cell = feature["id"].as_str().unwrap().to_owned();
        feature["properties"][column] = value;
    });
    refused.unwrap_err().replace(&cell, "CELL")
}

#[test]
fn values_that_no_layer_has_are_refused() {
    let expected = |column: &str, found: &str, expected: &str| {
        format!("layer.geojson: row 1, cell CELL: {column} is {found:?}; expected {expected}")
    };
    for (column, value, found, wanted) in [
        ("score", json!(140), "140", "tension score, 0 to 100 points"),
        ("score", json!("12"), "12", "a finite number"),
        ("score", json!(-1), "-1", "tension score, 0 to 100 points"),
        ("score", Value::Null, "null", "\"0\", as the rest of the file has it"),
        ("score", json!(0.123), "0.123", "\"0.12\", as the rest of the file has it"),
        ("level", json!(9), "9", "computed level, 6 (calm) to 1; null where nothing was scored"),
        ("level", json!(6.5), "6.5", "a whole number"),
        ("rag", json!("blue"), "blue", "\"null\", as the rest of the file has it"),
        ("status", json!("calm"), "calm", "what is known: scored, no_reports or no_data; silence is not calm"),
        ("sparse", json!("no"), "no", "true or false"),
        ("band", json!("80 to 100"), "80 to 100", "\"no_reports\", as the rest of the file has it"),
        ("sources", json!(-1), "-1", "distinct sources in the window"),
        ("p_exceed", json!(1.5), "1.5", "probability that the current rate is above the past one"),
        ("top_categories", json!("mischief 40%"), "mischief 40%", "the three categories with most of the intensity"),
        ("level_before", json!(9), "9", "a level of the scale"),
        ("as_of", json!("2026-03-03"), "2026-03-03", "\"2026-03-02\", as the rest of the file has it"),
    ] {
        assert_eq!(refused(column, value), expected(column, found, wanted));
    }
}
