//! Layers that were saved, read back: nothing is lost, and what cannot be right is refused in words that help.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tensionmap::Opened;
use tensionmap::unstable::hotspot::{GiOptions, Permutations};
use tensionmap::{Engine, Layer, Method, Run, Settings, sample};
use tensionmap::{Gi, STATISTICS, Statistic};

use crate::support::{own, sample_run, shared, stderr, stdout, tensionmap};

/// What can be read back, and what can be written from it.
const READ: [&str; 4] = ["geojson", "gpkg", "fgb", "parquet"];
const TABLES: [&str; 8] = ["geojson", "geojsonl", "gpkg", "fgb", "parquet", "arrow", "csv", "kepler.json"];

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
        let Opened { layer, notices, .. } =
            Layer::open(saved.as_path()).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(notices, Vec::<String>::new(), "{what}");
        let found = tables(&layer, folder.path());
        assert_eq!(found.len(), expected.len(), "{what}");
        for (name, bytes) in &expected {
            assert!(found[name] == *bytes, "{what}: {name} from {extension} differs");
        }
        assert!(picture(&layer, folder.path()) == pictured, "{what}: the picture from {extension} differs");
        let raw = |layer: &Layer| layer.scores().cells.iter().map(|cell| cell.raw_level).collect::<Vec<_>>();
        assert_eq!(raw(&layer), raw(&run.layer), "{what}");
        assert_eq!(layer.scores().baseline_days, run.scores.baseline_days, "{what}");
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
    method.density = tensionmap::unstable::score::DensityUnit::PerThousandResidents;
    method.breaks = [("score", vec![0.0, 10.0, 30.0, 100.0]), ("rr", vec![0.0, 1.0, 2.0])]
        .map(|(name, breaks)| (name.to_owned(), breaks))
        .into();
    let settings = Settings {
        residents: Some("residents".to_owned()),
        as_of: Some("2026-03-02".to_owned()),
        ..rich(folder.path())
    };
    let engine = Engine::builder().settings(settings.clone()).method(method).area(sample::boundary());
    let run = engine.build().unwrap().incidents(sample::incidents()).unwrap().run().unwrap();
    let saved = folder.path().join("saved.gpkg");
    run.layer.save(&saved).unwrap();
    let opened = Layer::open(saved.as_path()).unwrap();
    assert!(picture(&run.layer, folder.path()) == picture(&opened.layer, folder.path()));
    assert!(tables(&run.layer, folder.path()) == tables(&opened.layer, folder.path()));
    assert_eq!(opened.layer.provenance().context_points, Some(10.0));
    let [told, read] =
        [&run.layer, &opened.layer].map(|layer| layer.scores().cells.iter().map(|cell| cell.context).sum::<f64>());
    assert!(told > 1.0 && (told - read).abs() < 1e-9);
    // The frozen classes of a column that is asked for later.
    let shown = opened.render(&Settings { fill: Some("rr".to_owned()), ..Settings::default() }).unwrap();
    assert_eq!(shown.legend().breaks(), [0.0, 1.0, 2.0]);
}

#[test]
fn nothing_is_lost_of_hot_spots() {
    let options = GiOptions { permutations: Some(Permutations::default()), ..GiOptions::default() };
    let permuted: Box<dyn Statistic> = Box::new(Gi { options, ..Gi::default() });
    for mut statistic in STATISTICS.iter().map(|statistic| statistic.boxed()).chain([permuted]) {
        if statistic.id() == "scan" {
            statistic.set("permutations", "19").unwrap();
        }
        // Of those whose columns have other names in ArcGIS.
        let arcgis_names = ["gi", "emerging"].contains(&statistic.id()).then_some(true);
        let run = scored(Settings { arcgis_names, ..Settings::default() }).hotspots(&*statistic).unwrap();
        comes_back(&run, statistic.id());
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
    comes_back(&run(settings.clone()).hotspots(&Gi::default()).unwrap(), "Leicester's hot spots");
    let folder = tempfile::tempdir().unwrap();
    let text = |text: &str| Some(text.to_owned());
    let saved = folder.path().join("saved.geojson");
    run(settings.clone()).run().unwrap().layer.save(&saved).unwrap();
    for shown in [
        Settings { fill: text("imd_score"), classes: text("jenks:4"), page: text("a4"), ..Settings::default() },
        Settings { picture: text("two-up"), page: text("slide"), title: text("Another"), ..Settings::default() },
        Settings { picture: text("strands"), palette: text("cividis"), dpi: Some(72), ..Settings::default() },
        Settings {
            projection: text("bng"),
            fill: text("level"),
            attribution: text("© somebody"),
            ..Settings::default()
        },
        Settings {
            fill: text("score_change"),
            context: vec![own("data/areas.geojson").display().to_string()],
            ..Settings::default()
        },
    ] {
        let expected = picture(&run(shown.clone().over(settings.clone())).run().unwrap().layer, folder.path());
        let drawn = Layer::open(saved.as_path()).unwrap().render(&shown).unwrap();
        assert!(picture(&drawn, folder.path()) == expected, "{shown:?}");
    }
}

/// A layer of areas says what it is.
#[test]
fn areas_are_not_read_back() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["areas.geojson", "areas.gpkg", "areas.parquet", "areas.fgb"] {
        let path = folder.path().join(name);
        let engine = Engine::builder().as_of("2026-03-02").build().unwrap();
        let engine = engine.count_only_in(sample::areas(), "name").unwrap().incidents(sample::incidents()).unwrap();
        engine.roll_up().unwrap().layer.save(&path).unwrap();
        let refused = Layer::open(path.as_path()).unwrap_err().to_string();
        assert_eq!(
            refused,
            format!(
                "{}: is a layer of areas, and only layers of cells can be read back; draw its pictures with rollup",
                path.display()
            )
        );
    }
}

static SAVED: std::sync::OnceLock<Value> = std::sync::OnceLock::new();

/// A saved layer of the sample as JSON, to be spoilt.
fn spoilt(spoil: impl FnOnce(&mut Value)) -> Result<Opened, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("layer.geojson");
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
        feature["id"].as_str().unwrap().clone_into(&mut cell);
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
        ("score", json!("12"), "12", "a number from -10^21 to 10^21"),
        ("score", json!(-1), "-1", "tension score, 0 to 100 points"),
        ("score", Value::Null, "null", "\"0\", to match the other columns"),
        ("score", json!(12), "12", "the sum of its points, 0"),
        ("score", json!(0.012), "0.012", "\"0.01\", to match the other columns"),
        ("level", json!(9), "9", "computed level, 6 (calm) to 1; null where nothing was scored"),
        ("level", json!(6.5), "6.5", "a whole number"),
        ("rag", json!("blue"), "blue", "\"null\", to match the other columns"),
        ("status", json!("calm"), "calm", "what is known: scored, no_reports or no_data; silence is not calm"),
        ("sparse", json!("no"), "no", "true or false"),
        ("band", json!("80 to 100"), "80 to 100", "\"no_reports\", to match the other columns"),
        ("sources", json!(-1), "-1", "distinct sources in the window"),
        ("p_exceed", json!(1.5), "1.5", "probability that the current rate is above the past one"),
        ("top_categories", json!("mischief 40%"), "mischief 40%", "the three categories with most of the intensity"),
        ("level_before", json!(9), "9", "a level of the scale"),
        ("as_of", json!("2026-03-03"), "2026-03-03", "\"2026-03-02\", to match the other columns"),
    ] {
        assert_eq!(refused(column, value), expected(column, found, wanted));
    }
}

/// What a GIS does to a table without saying so: another order, rows deleted, columns added.
#[test]
fn edits_are_told_of_and_none_is_dropped_silently() {
    let same = spoilt(|layer| {
        layer["features"].as_array_mut().unwrap().reverse();
        layer["features"].as_array_mut().unwrap().iter_mut().for_each(|feature| feature["geometry"] = Value::Null);
    });
    let all = same.unwrap();
    assert_eq!(all.notices, Vec::<String>::new());
    assert!(all.layer.scores().cells.is_sorted_by_key(|cell| cell.cell));
    let cells = all.layer.scores().cells.len();
    let edited = spoilt(|layer| {
        let features = layer["features"].as_array_mut().unwrap();
        features.truncate(10);
        for feature in features {
            feature["properties"]["remark"] = json!("seen");
            feature["properties"]["fid"] = json!(7);
        }
    });
    let edited = edited.unwrap();
    assert_eq!(edited.layer.scores().cells, all.layer.scores().cells[..10]);
    assert_eq!(edited.layer.provenance().study_cells, cells);
    let told = [
        format!("layer.geojson: has 10 of the {cells} cells of the layer; the others are not shown"),
        "layer.geojson: columns left out, because the layer does not have them: remark".to_owned(),
    ];
    assert_eq!(edited.notices.iter().map(|notice| notice.rsplit('/').next().unwrap()).collect::<Vec<_>>(), told);
    // The picture of the rest is drawn.
    let folder = tempfile::tempdir().unwrap();
    assert!(picture(&edited.layer, folder.path()).len() > 10_000);
}

#[test]
fn files_that_are_no_saved_layers_are_refused() {
    let error = |spoil: &dyn Fn(&mut Value)| spoilt(|layer| spoil(layer)).unwrap_err();
    let cells = spoilt(|_| {}).unwrap().layer.scores().cells.iter().map(|cell| cell.cell).collect::<Vec<_>>();
    let properties =
        |layer: &mut Value, row: usize, name: &str, value: Value| layer["features"][row]["properties"][name] = value;
    assert_eq!(
        error(&|layer| drop(layer.as_object_mut().unwrap().remove("tensionmap"))),
        "layer.geojson: has no tensionmap metadata: not written by tensionmap, or saved again by a program that dropped it; expected \
         the member tensionmap of a .geojson, or the same in a .gpkg, .parquet or .fgb (.csv and .geojsonl never have it); save the \
         layer again with map"
    );
    let story = |version: &str, because: &str| {
        format!(
            "layer.geojson: has metadata that tensionmap {} cannot read; it was saved by tensionmap {version}: save it again with \
             this version, or draw it with that one; because: {because}",
            env!("CARGO_PKG_VERSION")
        )
    };
    let ours = env!("CARGO_PKG_VERSION");
    for (member, because) in [
        ("layer", "missing field `layer`"),
        ("method_hash", "missing field `method_hash`"),
        ("compared_to", "missing field `compared_to`"),
    ] {
        let found = error(&|layer| drop(layer["tensionmap"].as_object_mut().unwrap().remove(member)));
        assert_eq!(found, story(ours, because));
    }
    let of_story = |member: &'static str, value: Value| error(&|layer| layer["tensionmap"][member] = value.clone());
    assert_eq!(of_story("mood", json!(1)), story(ours, "unknown field `mood`"));
    assert!(of_story("as_of", json!("yesterday")).contains("; because: "));
    assert_eq!(of_story("d_half_from", json!("a dream")), story(ours, "d_half_from is not one of the known origins"));
    assert_eq!(of_story("levels", json!([])), story(ours, "levels must be 1 to 12, calmest first"));
    let found = error(&|layer| {
        layer["tensionmap"]["tensionmap"] = json!("9.0.0");
        layer["tensionmap"]["layer"]["mood"] = json!(1);
    });
    assert!(found.starts_with(&story("9.0.0", "unknown field `mood`")), "{found}");
    assert_eq!(
        error(&|layer| layer["tensionmap"]["layer"]["form"]["geometry"] = json!("outlines")),
        "layer.geojson: contains outlines of levels instead of cells; save the layer without --geometry outlines"
    );
    assert_eq!(
        error(&|layer| layer["features"] = json!([])),
        "layer.geojson: lacks the columns h3; save the layer again with all its columns (without --select)"
    );
    assert_eq!(
        error(&|layer| {
            for feature in layer["features"].as_array_mut().unwrap() {
                feature["properties"].as_object_mut().unwrap().retain(|name, _| name != "rr" && name != "score");
            }
        }),
        "layer.geojson: lacks the columns score, rr; save the layer again with all its columns (without --select)"
    );
    for found in ["8819434dbb", "871943482ffffff", "London"] {
        assert_eq!(
            error(&|layer| properties(layer, 2, "h3", json!(found))),
            format!(
                "layer.geojson: the cell of row 3 is {found:?}; expected an H3 cell of resolution 8, as in the rest of the layer"
            )
        );
    }
    assert_eq!(
        error(&|layer| properties(layer, 2, "h3", json!(cells[0].to_string()))),
        format!("layer.geojson: rows 1 and 3 have the same cell {}; delete one of them", cells[0])
    );
    let beyond = cells[0].grid_disk::<Vec<_>>(40).into_iter().find(|cell| !cells.contains(cell)).unwrap();
    assert_eq!(
        error(&|layer| {
            let mut more = layer["features"][0].clone();
            more["properties"]["h3"] = json!(beyond.to_string());
            layer["features"].as_array_mut().unwrap().push(more);
        }),
        format!(
            "layer.geojson: has {} cells, but the layer was saved with {}; delete the added rows",
            cells.len() + 1,
            cells.len()
        )
    );
    assert!(
        error(&|layer| layer["features"][1] = json!(7))
            .starts_with("layer.geojson: row 2 cannot be read: found 7, expected an object")
    );
    let error = Layer::open(own("data/incidents.geojson").as_path()).unwrap_err().to_string();
    assert!(error.contains("has no tensionmap metadata"), "{error}");
    let error = Layer::open(own("data/incidents.csv").as_path()).unwrap_err().to_string();
    assert!(error.contains("has no tensionmap metadata"), "{error}");
}

/// Cut short anywhere, or with a byte changed, a file is refused or read, and never more than that.
#[test]
fn damage_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let run = sample_run();
    for extension in READ {
        let path = folder.path().join(format!("layer.{extension}"));
        run.layer.save(&path).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for part in 0..12 {
            std::fs::write(&path, &whole[..whole.len() * part / 12]).unwrap();
            assert!(Layer::open(path.as_path()).is_err(), "{extension} {part}/12");
        }
        for place in (0..whole.len()).step_by(whole.len() / 40) {
            let mut bytes = whole.clone();
            bytes[place] ^= 0x15;
            std::fs::write(&path, bytes).unwrap();
            drop(Layer::open(path.as_path()));
        }
    }
}

#[test]
fn the_command_draws_again_and_refuses_what_is_not_about_showing() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| tensionmap(folder.path(), args);
    let (reports, area) =
        (own("data/incidents.csv").display().to_string(), own("data/boundary.geojson").display().to_string());
    let mapped = run(&["map", &reports, "--area", &area, "--as-of", "2026-03-02", "-o", "a.png", "-o", "a.gpkg", "-q"]);
    assert_eq!(mapped.status.code(), Some(3), "{}", stderr(&mapped));
    let drawn = run(&["render", "a.gpkg", "-o", "b.png", "-o", "b.gpkg"]);
    assert_eq!((drawn.status.code(), stderr(&drawn)), (Some(0), String::new()));
    assert_eq!(stdout(&drawn), "b.png\nb.gpkg\n");
    let bytes = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    assert!(bytes("a.png") == bytes("b.png") && bytes("a.gpkg") == bytes("b.gpkg"));
    let manifest: Value = serde_json::from_slice(&bytes("b.manifest.json")).unwrap();
    assert_eq!((&manifest["inputs"][0]["role"], &manifest["inputs"][0]["name"]), (&json!("layer"), &json!("a.gpkg")));
    assert_eq!(manifest["settings"], json!({}));
    assert!(manifest["provenance"].get("layer").is_none() && manifest["provenance"]["as_of"] == "2026-03-02");
    let (as_of, dedupe) = (Some("2026-01-01".to_owned()), Some("off".to_owned()));
    let scoring = Settings { as_of, dedupe, ..Settings::default() };
    let refused = Layer::open(folder.path().join("a.gpkg")).unwrap().render(&scoring).unwrap_err().to_string();
    assert_eq!(
        refused,
        "as-of, dedupe: not available with `render`, because a saved layer is already scored; remove it or use `tensionmap map`"
    );
    for (args, code, expected) in [
        (
            &["-o", "a.gpkg"][..],
            2,
            "error: E_SETTING: a.gpkg: would be overwritten, but it is a file that is read; choose another name\n",
        ),
        (
            &["--picture", "two-up"],
            2,
            "error: E_SETTING: picture \"two-up\" is not usable: expected a date to compare with, --compare-to, for the change\n",
        ),
    ] {
        let output = run(&[&["render", "a.gpkg", "--manifest", "none"], args].concat());
        assert_eq!((output.status.code(), stderr(&output)), (Some(code), expected.to_owned()));
    }
    let output = run(&["render", &reports]);
    assert_eq!(output.status.code(), Some(4));
    let output = run(&["render", "none.gpkg"]);
    assert_eq!(output.status.code(), Some(4), "{}", stderr(&output));
    let areas = own("data/areas.geojson").display().to_string();
    assert_eq!(run(&["map", &reports, "--context", &areas, "-o", "c.geojson", "-q"]).status.code(), Some(3));
    let output = run(&["render", "c.geojson", "-o", "c.svg"]);
    assert_eq!(stderr(&output), "drawn without its layers of context; give them again with --context: areas.geojson\n");
}
