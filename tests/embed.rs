//! The library inside another program: reports, shapes, tables and formats from memory, and results back into it.

use std::io::Write;

use tensionmap::geo::{LineString, MultiPolygon, Polygon, Rect, coord, polygon};
use tensionmap::unstable::ingest::{ReadOptions, read};
use tensionmap::{
    Categories, Category, Companion, Day, EncodeError, Encoder, Engine, Error, Format, Incident, Indicator, Input,
    InputFormat, LatLng, Layer, Manifest, Method, Page, Release, Settings, TextRows, When, sample,
};

use crate::support::csv;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// A report in the middle of the sample's city.
fn report(when: When) -> Incident {
    Incident::new(LatLng::new(54.76, 2.31).unwrap(), when, Category::HateIncident)
}

/// West and east of the sample's city.
fn halves() -> [Rect; 2] {
    Rect::new(coord! { x: 2.25, y: 54.73 }, coord! { x: 2.37, y: 54.79 }).split_x()
}

#[test]
fn reports_from_memory_score_as_those_of_a_file_do() {
    let zone = jiff::tz::TimeZone::get("Europe/London").unwrap();
    let options = ReadOptions { zone, ..ReadOptions::default() };
    let mut held = Vec::new();
    read(&sample::incidents(), &options, &mut |batch| held.extend(batch.incidents()), &mut |_| Ok(())).unwrap();
    let engine = || Engine::builder().as_of(sample::AS_OF).area(sample::boundary()).build().unwrap();
    let of_file = engine().incidents(sample::incidents()).unwrap().run().unwrap();
    let of_memory = engine().incidents_from(held).unwrap().run().unwrap();
    assert_eq!(of_memory.ledger.accepted(), of_file.ledger.accepted());
    assert_eq!(of_memory.ledger.quarantined(), 0);
    assert_eq!(of_memory.encode(Format::Csv).unwrap(), of_file.encode(Format::Csv).unwrap());
    assert_eq!(of_memory.ledger.files[0].name, "incidents");
}

#[test]
fn reports_from_memory_add_to_those_of_files() {
    let week = (1..=7).map(|days| report(When::day(day(sample::AS_OF) - days)));
    let engine = Engine::builder().as_of(sample::AS_OF).revised("replace").build().unwrap();
    let run = engine.incidents(sample::incidents()).unwrap().incidents_from(week).unwrap().run().unwrap();
    let mut accepted: Vec<u64> = run.ledger.files.iter().map(|file| file.accepted).collect();
    accepted.sort_unstable();
    assert_eq!(accepted, [7, 5958]);
    assert_eq!(run.cube.total(), 5965);
}

#[test]
fn reports_out_of_place_or_time_are_quarantined() {
    let folder = tempfile::tempdir().unwrap();
    let refused = folder.path().join("refused.ndjson");
    let today = day("2026-02-27");
    let backwards = report(When { start: today, end: today });
    let far = report(When { start: today, end: Day::RANGE.end + 1 });
    let known_never = Incident { known: Day(i32::MAX), ..report(When::day(today)) };
    let elsewhere = Incident { at: LatLng::new(48.0, 2.31).unwrap(), ..report(When::day(today)) };
    let at_zero = Incident { at: LatLng::new(0.0, 0.0).unwrap(), ..report(When::day(today)) };
    let mut blank = report(When::day(today));
    blank.class.source = Some("  ".to_owned());
    let engine = Engine::builder().bbox("2,54,3,55").quarantine(&refused).as_of("2026-03-02").build().unwrap();
    let all = [backwards, far, known_never, elsewhere, at_zero, blank];
    let run = engine.incidents_from(all).unwrap().run().unwrap();
    let codes: Vec<(String, u64)> = run.ledger.codes().iter().map(|(code, n)| (code.to_string(), *n)).collect();
    let expected = [("Q_NULL_ISLAND", 1), ("Q_OUTSIDE_BBOX", 1), ("Q_BAD_DATE", 1), ("Q_INTERVAL", 2)];
    assert_eq!(codes, expected.map(|(code, n)| (code.to_owned(), n)));
    assert_eq!((run.ledger.read(), run.ledger.accepted()), (6, 1));
    let text = std::fs::read_to_string(refused).unwrap();
    assert_eq!(text.lines().count(), 5);
    assert!(text.contains(r#""file":"incidents","record":1"#) && text.contains("HateIncident"), "{text}");
    assert_eq!(run.scores.cells.iter().map(|cell| cell.sources).max(), Some(0), "a blank source is none");

    let none = Engine::builder().build().unwrap().incidents_from([]).unwrap().run().unwrap_err();
    assert!(none.to_string().contains("W_NO_RECORDS"), "{none}");
    let swapped = Incident { at: LatLng::new(-1.1, 52.6).unwrap(), ..report(When::day(today)) };
    let error = Engine::builder().build().unwrap().incidents_from([swapped]).unwrap_err().to_string();
    assert!(error.starts_with("incidents: ") && error.contains("swapped"), "{error}");
}

#[test]
fn shapes_from_memory_are_checked_as_files_are() {
    let [west, east] = halves();
    let both: MultiPolygon = MultiPolygon::new(vec![west.to_polygon(), east.to_polygon()]);
    let text = r#"{"type":"MultiPolygon","coordinates":[
        [[[2.25,54.73],[2.31,54.73],[2.31,54.79],[2.25,54.79],[2.25,54.73]]],
        [[[2.31,54.73],[2.37,54.73],[2.37,54.79],[2.31,54.79],[2.31,54.73]]]]}"#;
    let cells = |area: Input| {
        let engine = Engine::builder().as_of(sample::AS_OF).area(area).build().unwrap();
        let run = engine.incidents(sample::incidents()).unwrap().run().unwrap();
        run.scores.cells.iter().map(|cell| cell.cell).collect::<Vec<_>>()
    };
    let from_text = cells(csv("city.geojson", text));
    assert!(from_text.len() > 20);
    assert_eq!(cells(both.into()), from_text);

    let bowtie: Polygon = polygon![(x: 2.2, y: 54.7), (x: 2.4, y: 54.8), (x: 2.4, y: 54.7), (x: 2.2, y: 54.8)];
    let error = Engine::builder().area(bowtie.clone()).build().unwrap_err().to_string();
    assert!(error.starts_with("polygon: ") && error.contains("Q_SELF_INTERSECTION"), "{error}");
    assert!(Engine::builder().area(bowtie).repair_geometry(true).build().is_ok());
}

#[test]
fn indicators_and_context_come_from_shapes_in_memory() {
    let [west, east] = halves();
    let need = Input::features("need", [(west, [("need", 31.5.into())]), (east, [("need", 12.0.into())])]);
    let quays = tensionmap::geo::MultiPoint::from(vec![(2.27, 54.76), (2.33, 54.76)]);
    let quays = Input::features("quays", quays.0.into_iter().map(|quay| (quay, [("name", "Quay".into())])));
    let road: LineString = [(2.25, 54.75), (2.37, 54.77)].into_iter().collect();
    let road = || Input::features("roads", [(road.clone(), [("name", "Quay Street".into())])]);
    let builder = |style| Engine::builder().as_of(sample::AS_OF).context_layer(road(), style);
    let run = builder("rivers:under")
        .build()
        .unwrap()
        .incidents(sample::incidents())
        .unwrap()
        .indicator(Indicator::intensive(need, "need"))
        .unwrap()
        .indicator(Indicator::new(quays, "", tensionmap::IndicatorKind::Nearest))
        .unwrap()
        .run()
        .unwrap();
    let names: Vec<&str> = run.layer.indicators().iter().map(|indicator| indicator.name.as_str()).collect();
    assert_eq!(names, ["need", "quays_nearest_m"]);
    let values: Vec<f64> = run.layer.indicators()[0].values.iter().flatten().copied().collect();
    assert!(values.iter().all(|value| (12.0 - 1e-9..=31.5 + 1e-9).contains(value)) && values.len() > 20);
    let drawn = run.layer.context_layers()[0].about();
    assert_eq!((&*drawn.name, &*drawn.style, drawn.inside), ("roads", "rivers", 1));
    // The manifest has what came from memory, with its hash.
    let folder = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("manifest.json");
    run.save_all(&[folder.path().join("map.csv")], &[], Some(Manifest::claim(&manifest).unwrap())).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(manifest).unwrap()).unwrap();
    let inputs = manifest["inputs"].as_array().unwrap();
    assert!(inputs.iter().all(|input| input["sha256"].is_string()), "{inputs:?}");
    let named: Vec<_> = inputs.iter().map(|input| (input["role"].as_str(), input["name"].as_str())).collect();
    let of = |role, name| (Some(role), Some(name));
    let memory = [of("context", "roads"), of("indicator", "need"), of("indicator", "quays")];
    assert_eq!(named, [memory.as_slice(), &[of("reports", "incidents.csv")]].concat());

    let error = builder("motorways").build().unwrap_err().to_string();
    assert!(error.contains("\"motorways\" is not usable: expected STYLE or STYLE:under|over"), "{error}");
    let nothing = Engine::builder().context_layer(csv("sea.geojson", "sea"), "water").build().unwrap_err().to_string();
    assert!(nothing.starts_with("sea.geojson: line 1, column 1: expected `{` or `[`, found `sea`"), "{nothing}");
}

#[test]
fn a_table_of_categories_from_text_maps_labels_and_is_accounted_for() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let log = csv("log.csv", "lon,lat,date,category\n2.31,54.76,2026-02-27,Aggro\n");
    let run = |builder: tensionmap::Builder| {
        let run = builder.as_of("2026-03-02").build().unwrap().incidents(log.clone()).unwrap().run().unwrap();
        let manifest = Manifest::claim(&place("manifest.json")).unwrap();
        run.save_all(&[place("map.csv")], &[], Some(manifest)).unwrap();
        let manifest: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(place("manifest.json")).unwrap()).unwrap();
        let roles: Vec<String> =
            manifest["inputs"].as_array().unwrap().iter().map(|one| one["role"].as_str().unwrap().to_owned()).collect();
        (run.ledger.files[0].unmapped.len(), roles)
    };
    let text = "[categories]\n\"aggro\" = \"public_order\"\n";
    assert_eq!(run(Engine::builder()), (1, vec!["reports".to_owned()]));
    let table = || Categories::from_toml(text).unwrap();
    let known = (0, vec!["categories".to_owned(), "reports".to_owned()]);
    assert_eq!(run(Engine::builder().categories(table())), known);

    // The last word holds: a file named in settings later replaces the table, and the table a file.
    std::fs::write(place("none.toml"), "[categories]\n\"other things\" = \"asb\"\n").unwrap();
    let settings = Settings { categories: Some(place("none.toml")), ..Settings::default() };
    assert_eq!(run(Engine::builder().categories(table()).settings(settings.clone())).0, 1);
    assert_eq!(run(Engine::builder().settings(settings).categories(table())), known);

    let problem = |text: &str| Error::from(Categories::from_toml(text).unwrap_err());
    for text in ["", "[categories]\n\"aggro\" = \"agro\"\n", "[category]\n"] {
        assert!(problem(text).to_string().contains("expected TOML with [categories]"), "{text}");
    }
}

#[test]
fn settings_lie_over_what_was_set_before() {
    let [west, _] = halves();
    let over = Settings { title: Some("Quays".to_owned()), dpi: Some(120), ..Settings::default() };
    let builder = Engine::builder().as_of(day("2026-02-23")).resolution(7).title("Ports").page(Page::A3);
    let run = builder.area(west.to_polygon()).settings(over).marking("NONE").build().unwrap();
    let run = run.incidents(sample::incidents()).unwrap().run().unwrap();
    let provenance = run.layer.provenance();
    assert_eq!((&*provenance.title, &*provenance.marking), ("Quays", "NONE"));
    assert_eq!(provenance.as_of, "2026-02-23");
    assert_eq!(run.scores.cells[0].cell.resolution(), tensionmap::Resolution::Seven);
    // A page keeps its paper when the pixels per inch change.
    assert_eq!(run.layer.view().page, Page::of("a3", Some(120)).unwrap());

    let folder = tempfile::tempdir().unwrap();
    let area = folder.path().join("none.geojson");
    let settings =
        || Settings { area: Some(area.clone()), method: Some("tension-1".to_owned()), ..Settings::default() };
    let missing = Engine::builder().area(west.to_polygon()).settings(settings()).build().unwrap_err().to_string();
    assert!(missing.contains("none.geojson"), "the area named last: {missing}");
    let engine = Engine::builder().settings(settings()).area(west.to_polygon()).method(Method::default());
    let run = engine.build().unwrap().incidents(sample::incidents()).unwrap().run().unwrap();
    assert_eq!(run.layer.provenance().method, "tension-2");
}

#[test]
fn days_that_a_source_covers_are_set_with_types() {
    let coverage = |builder: tensionmap::Builder| {
        let engine = builder.as_of(sample::AS_OF).build().unwrap().incidents(sample::incidents()).unwrap();
        engine.prepare().unwrap().coverage().unwrap().encode(Format::Csv).unwrap()
    };
    let typed = Engine::builder().covered_by("Housing association", day("2024-01-01"), day("2026-01-01"));
    let stated = vec!["Housing association=2024-01-01..2026-01-01".to_owned()];
    let said = coverage(Engine::builder().settings(Settings { covered: stated, ..Settings::default() }));
    assert!(coverage(typed) == said && coverage(Engine::builder()) != said);
    let wrong = Engine::builder().covered_by("Police", day("2026-01-01"), day("2026-01-01")).build().unwrap_err();
    assert!(wrong.to_string().contains("Police=2026-01-01..2026-01-01"), "{wrong}");
}

/// Writes the number of cells.
struct Count(&'static [&'static str]);

impl Encoder<Layer> for Count {
    fn name(&self) -> &'static str {
        "count"
    }

    fn about(&self) -> &'static str {
        "the number of cells"
    }

    fn extensions(&self) -> &'static [&'static str] {
        self.0
    }

    fn encode(&self, release: &Release<'_, Layer>, out: &mut dyn Write) -> Result<Vec<Companion>, EncodeError> {
        write!(out, "{}", release.product().scores().cells.len())?;
        Ok(Vec::new())
    }
}

#[test]
fn own_outputs_are_found_by_extension_and_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name);
    let run = |encoder| {
        let engine = Engine::builder().as_of(sample::AS_OF).encoder(encoder).build().unwrap();
        engine.incidents(sample::incidents()).unwrap().run().unwrap()
    };
    let counted = run(Count(&["count"]));
    let cells = counted.scores.cells.len().to_string();
    counted.save_all(&[place("map.count"), place("map.csv")], &[], None).unwrap();
    assert_eq!(std::fs::read_to_string(place("map.count")).unwrap(), cells);
    assert_eq!(counted.encode(Format::Named("count")).unwrap(), cells.as_bytes());
    let unknown = counted.save(place("map.xyz")).unwrap_err().to_string();
    assert!(unknown.contains(".csv") && unknown.contains(".count"), "{unknown}");
    let unknown = counted.encode(Format::Named("excel")).unwrap_err().to_string();
    assert!(unknown.starts_with("a layer cannot be encoded as excel; expected one of ") && unknown.contains("count"));

    // One's own comes before those of the library.
    run(Count(&["csv"])).save(place("map.csv")).unwrap();
    assert_eq!(std::fs::read_to_string(place("map.csv")).unwrap(), cells);
    // It is for layers, and no other product has it.
    let engine = Engine::builder().as_of(sample::AS_OF).encoder(Count(&["count"])).build().unwrap();
    let series = engine.incidents(sample::incidents()).unwrap().series(None, tensionmap::Every::WEEK).unwrap();
    assert!(series.save(place("series.count")).is_err());
}

/// An encoder called by itself fails with an error that `?` takes.
#[test]
fn errors_of_encoders_are_errors_of_the_crate() {
    fn encoded(layer: &Layer, out: &mut dyn Write) -> Result<usize, Error> {
        Ok(Count(&["count"]).encode(&tensionmap::Profile::Internal.release(layer), out)?.len())
    }
    let run = crate::support::sample_run();
    assert_eq!(encoded(&run.layer, &mut Vec::new()).unwrap(), 0);
    let full = encoded(&run.layer, &mut [0_u8; 1].as_mut_slice()).unwrap_err();
    assert!(matches!(full, Error::Output(_)), "{full:?}");
    assert!(full.to_string().contains("bytes in memory"), "{full}");
}

#[test]
fn features_are_those_of_the_file() {
    let run = crate::support::sample_run();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("map.geojson");
    run.layer.save(&file).unwrap();
    let saved: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let features = run.layer.to_geojson().unwrap();
    assert_eq!(serde_json::to_value(&features).unwrap(), saved);
    // They are an input again.
    let again = Indicator::intensive(features, "score").named("score_before");
    let engine = Engine::builder().as_of(sample::AS_OF).area(sample::boundary()).build().unwrap();
    let run = engine.incidents(sample::incidents()).unwrap().indicator(again).unwrap().run().unwrap();
    let before = &run.layer.indicators()[0].values;
    let same = run.scores.cells.iter().zip(before).all(|(cell, before)| (before.unwrap() - cell.score).abs() < 0.1);
    assert!(same, "{before:?}");
}

#[test]
fn own_inputs_are_looked_at_first_and_named_in_messages() {
    const PAGER: InputFormat = InputFormat {
        name: "pager",
        about: "messages of a pager",
        extensions: &["pgr"],
        recognises: |head| head.starts_with(b"@"),
        open: |source, _options, _notices| {
            let row = |line: &str| line.trim_start_matches('@').split_whitespace().map(str::to_owned).collect();
            let rows: Vec<Vec<String>> = source.read_text()?.lines().map(row).collect();
            Ok(Box::new(TextRows::new(["lon", "lat", "date", "category"], rows)))
        },
    };
    let engine = || Engine::builder().as_of("2026-03-02").reader(PAGER).build().unwrap();
    let text = "@2.31 54.76 2026-02-27 hate_incident\n@\n@2.31 54.76 yesterday\n";
    let run = engine().incidents(csv("log.pgr", text)).unwrap().run().unwrap();
    let codes: Vec<String> = run.ledger.codes().keys().map(ToString::to_string).collect();
    assert_eq!((run.ledger.read(), run.ledger.accepted()), (3, 1));
    assert_eq!(codes, ["Q_NO_GEOMETRY", "Q_BAD_DATE"]);
    // Compressed and in another encoding as any file is.
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    let gzip = Input::Bytes("log.pgr.gz".to_owned(), gzip.finish().unwrap());
    assert_eq!(engine().incidents(gzip).unwrap().run().unwrap().ledger.accepted(), 1);

    let unknown = engine().incidents(csv("noise", "\u{1}\u{2}\u{3}")).unwrap_err().to_string();
    assert!(unknown.contains("expected pager, "), "{unknown}");
    let latin = Input::Bytes("log.pgr".to_owned(), b"@2.31 54.76 2026-02-27 Aff\xe4re\n".to_vec());
    let error = engine().incidents(latin).unwrap_err().to_string();
    assert!(error.starts_with("log.pgr: line 1, byte 26: 0xe4 is not UTF-8 text"), "{error}");
}
