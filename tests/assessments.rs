//! What stands beside a computed score: levels that people set, what changed since a date, and who still reports.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use tensionmap::Level;
use tensionmap::unstable::ingest::ReadOptions;
use tensionmap::unstable::score::SourceActivity;
use tensionmap::unstable::score::{PlaceKind, ReportingStatus, STUDY_AREA};
use tensionmap::{Engine, Input, Method, Run, Settings, sample};

use crate::support::{csv, own, stderr, stdout, tensionmap};

const AS_OF: &str = "2026-03-02";

fn run(folder: &Path, assessments: &str, settings: Settings) -> Result<Run, tensionmap::Error> {
    let path = folder.join("assessments.csv");
    std::fs::write(&path, assessments).unwrap();
    let settings = Settings { as_of: Some(AS_OF.to_owned()), assessments: Some(path), ..settings };
    Engine::builder().settings(settings).area(sample::boundary()).build()?.incidents(sample::incidents())?.run()
}

fn properties(run: &Run, folder: &Path) -> BTreeMap<String, Value> {
    let path = folder.join("map.geojson");
    run.layer.save(&path).unwrap();
    let layer: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let features = layer["features"].as_array().unwrap().iter();
    features.map(|feature| (feature["id"].as_str().unwrap().to_owned(), feature["properties"].clone())).collect()
}

/// The latest assessment that is dated by the as-of stands, beside the computed level; every refused row has its reason.
#[test]
fn a_named_assessor_sets_what_is_never_computed() {
    let folder = tempfile::tempdir().unwrap();
    let plain = Engine::builder().as_of(AS_OF).area(sample::boundary()).build().unwrap();
    let plain = plain.incidents(sample::incidents()).unwrap().run().unwrap();
    let [one, two] = [0, 1].map(|rank| plain.scores.standing_out()[rank].cell.to_string());
    let text = format!(
        "cell,level,assessor,reason,date,until\n\
         {one},2,J. Doe,\"posts name a date, and a place\",2026-02-20,\n\
         {one},1,J. Doe,dated after the as-of,2026-03-03,\n\
         {two},severe,A. N. Other,by name,2026-02-10,2026-02-20\n\
         {two},6,A. N. Other,calmed by wardens,2026-02-25,\n\
         {two},4,A. N. Other,an earlier view,2026-02-24,\n\
         8819434dbbfffff,2,J. Doe,another town,2026-02-20,\n\
         {one},7,J. Doe,no such level,2026-02-20,\n\
         {one},2,,nobody,2026-02-20,\n\
         {one},2,J. Doe,,2026-02-20,\n\
         {one},2,J. Doe,no date,,\n\
         {one},2,J. Doe,ends first,2026-02-20,2026-02-20\n\
         x,2,J. Doe,no cell,2026-02-20,\n"
    );
    let run = run(folder.path(), &text, Settings::default()).unwrap();
    let account = run.areas.files.last().unwrap();
    assert_eq!((account.read, account.accepted, account.quarantined()), (12, 5, 7));
    let codes: Vec<String> = account.quarantined.iter().map(|(code, n)| format!("{code} {n}")).collect();
    assert_eq!(codes.len(), 5, "{codes:?}");
    for expected in ["Q_BAD_VALUE 3", "Q_NOT_UNDER_STUDY 1", "Q_NO_TIME 1", "Q_INTERVAL 1", "Q_H3_CELL 1"] {
        assert!(codes.contains(&expected.to_owned()), "{codes:?}");
    }
    assert!(!run.within_max_rejects);
    // Nothing that was computed is touched.
    assert_eq!(run.scores, plain.scores);
    let cells = properties(&run, folder.path());
    let told = |cell: &str| {
        let at = &cells[cell];
        format!("{} {} {} {}", at["level"], at["assessed_level"], at["assessed_rag"], at["assessed_reason"])
    };
    assert_eq!(told(&one), "3 2 \"red\" \"posts name a date, and a place\"");
    assert_eq!(told(&two), "3 6 \"green\" \"calmed by wardens\"");
    let standing = run.layer.assessments().unwrap();
    assert_eq!(standing.cells.iter().flatten().count(), 2);
    assert!(run.notices.iter().any(|notice| {
        *notice == format!("assessed: {one} is 2 Severe, set by J. Doe on 2026-02-20: posts name a date, and a place")
    }));
    let kept = serde_json::to_value(run.layer.provenance()).unwrap();
    assert_eq!(kept["assessments"].as_array().unwrap().len(), 2);
}

/// Areas are assessed by their code, and a file without what is needed says what that is.
#[test]
fn areas_are_assessed_by_their_code() {
    let folder = tempfile::tempdir().unwrap();
    let areas: Value = serde_json::from_str(&std::fs::read_to_string(own("data/areas.geojson")).unwrap()).unwrap();
    let first = areas["features"][0]["properties"].as_object().unwrap();
    let (key, code) = first.iter().find(|(_, value)| value.is_string()).unwrap();
    let settings = Settings { areas: Some(own("data/areas.geojson")), key: Some(key.clone()), ..Settings::default() };
    let text = format!(
        "area,level,assessor,reason,date\n{},2,A,b,2026-03-01\nNowhere,2,A,b,2026-03-01\n",
        code.as_str().unwrap()
    );
    let run = run(folder.path(), &text, settings).unwrap();
    let set = run.layer.assessments().unwrap().cells.iter().flatten().count();
    assert!(set > 0 && set < run.scores.cells.len() / 2, "{set}");
    assert_eq!(run.areas.files.last().unwrap().quarantined(), 1);
    let error = self::run(folder.path(), "cell,level\n", Settings::default()).unwrap_err();
    assert!(
        error.to_string().contains("has no column assessor, reason, date; an assessment needs cell (or area)"),
        "{error}"
    );
}

/// What changed is now less then, by one anchor; what entered and left a level is named.
#[test]
fn changes_are_told_cell_by_cell_and_level_by_level() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::builder().as_of(AS_OF).compare_to("2026-02-02").area(sample::boundary()).build().unwrap();
    let prepared = engine.incidents(sample::incidents()).unwrap().prepare().unwrap();
    let (now, then) = {
        let scoring = prepared.scoring().unwrap();
        let now = scoring.at(prepared.as_of);
        let then = scoring.at_with("2026-02-02".parse().unwrap(), now.anchor);
        (now, then)
    };
    let run = prepared.run().unwrap();
    assert_eq!(run.scores, now);
    let change = run.change.as_ref().unwrap();
    let cells = properties(&run, folder.path());
    for (cell, (now, then)) in change.cells.iter().zip(now.cells.iter().zip(&then.cells)) {
        assert!((cell.score.unwrap() - (now.score - then.score)).abs() < 1e-12);
        let at = &cells[&cell.cell.to_string()];
        assert!((at["score_change"].as_f64().unwrap() - cell.score.unwrap()).abs() <= 0.005);
        assert_eq!(at["level_before"].as_u64(), then.level.map(|level| level.number().into()));
        assert_eq!(at["level_change"].as_i64(), cell.levels().map(i64::from));
    }
    let high = Level::numbered(&Method::default().levels, 3).unwrap();
    let (entered, left) = change.of_level(high);
    let is_high = |scores: &tensionmap::Scores| scores.cells.iter().filter(|cell| cell.level == Some(high)).count();
    assert_eq!(is_high(&now) + left.len(), is_high(&then) + entered.len());
    assert!(!entered.is_empty());
    let words = format!("since 2026-02-02: entered High: {}", entered.len());
    assert!(run.notices.iter().any(|notice| notice.starts_with(&words)), "{:?}", run.notices);
}

/// "No data", "no reports", "seldom", "fell silent" and "as usual" are different answers.
#[test]
fn silence_is_told_apart() {
    let mut log = "lon,lat,date,category,source\n".to_owned();
    let day = |text: &str| text.parse::<tensionmap::Day>().unwrap();
    for week in 0..56 {
        // One place every week, one every week until two months ago, one once.
        log += &format!("2.30,54.7,{},asb,a\n", day("2025-02-03") + 7 * week);
        if week < 44 {
            log += &format!("2.35,54.7,{},asb,b\n", day("2025-02-03") + 7 * week);
        }
    }
    log += "2.40,54.7,2025-06-06,not_tension,\n";
    let prepared =
        Engine::builder().as_of(AS_OF).build().unwrap().incidents(csv("x.csv", &log)).unwrap().prepare().unwrap();
    let scoring = prepared.scoring().unwrap();
    let table = scoring.reporting(prepared.as_of);
    let heard = |lng: f64| {
        let cell = tensionmap::LatLng::new(54.7, lng).unwrap().cell(tensionmap::Resolution::Eight).to_string();
        table.iter().find(|line| line.place == cell).unwrap().status
    };
    assert_eq!(
        [2.30, 2.35, 2.40].map(heard),
        [ReportingStatus::AsUsual, ReportingStatus::FellSilent, ReportingStatus::Seldom]
    );
    assert!(table.iter().any(|line| line.status == ReportingStatus::NoReports && line.last.is_none()));
    let of = |source: &str| table.iter().find(|line| line.place == STUDY_AREA && line.source == source).unwrap();
    assert_eq!((of("a").days_since, of("a").usual, of("a").window.to_string()), (Some(6), Some(4.0), "4".to_owned()));
    assert_eq!((of("not stated").year.to_string(), of("all").year.to_string()), ("1".to_owned(), "93".to_owned()));
    // Long after the last report nothing is known of the window.
    let later = scoring.reporting(prepared.as_of + 200);
    assert!(later.iter().all(|line| line.status == ReportingStatus::NoData));
}

/// Areas are told of by the reports that lie in them: those of a cell on a border belong to two wards. A second opinion from the
/// reports themselves, and from the command.
#[test]
fn coverage_of_areas_counts_reports_where_they_lie() {
    let engine = Engine::builder().as_of(AS_OF).area(sample::boundary()).build().unwrap();
    let engine = engine.count_in(sample::areas(), "code").unwrap().incidents(sample::incidents()).unwrap();
    let prepared = engine.prepare().unwrap();
    let areas = prepared.counted_in.as_ref().unwrap();
    let table = prepared.scoring().unwrap().reporting_in(areas, prepared.as_of);
    assert!(table.iter().all(|line| line.kind == PlaceKind::Area));
    let all: Vec<_> = table.iter().filter(|line| line.source == "all").collect();
    assert_eq!(all.iter().map(|line| line.place.as_str()).collect::<Vec<_>>(), areas.names());
    // Every area's sources sum to all of it.
    for line in &all {
        let of = |part: fn(&SourceActivity) -> f64| {
            let each = table.iter().filter(|other| other.place == line.place && other.source != "all");
            (each.clone().count(), each.map(part).sum::<f64>())
        };
        let (sources, year) = of(|line| line.year);
        assert!(sources == 0 || (year - line.year).abs() < 1e-9, "{}: {year} {}", line.place, line.year);
    }
    // The reports of the last 364 days, each placed by a test of its own.
    let (from, to) = (prepared.as_of - 364, prepared.as_of);
    let regions = tensionmap::unstable::polygon::Regions::read(&sample::areas(), None).unwrap();
    let mut expected = vec![0.0; regions.polygons.len()];
    let mut read = |batch: &tensionmap::unstable::ingest::Batch| {
        for report in batch.incidents().filter(|report| report.known.max(report.when.start + 1) <= to) {
            let at = geo::Point::new(report.at.lng(), report.at.lat());
            let inside = regions.polygons.iter().position(|polygon| geo::Contains::contains(polygon, &at));
            if let Some(area) = inside.filter(|_| report.class.strand != tensionmap::Strand::Potential) {
                expected[area] += f64::from(report.when.overlap(from, to)) / f64::from(report.when.days());
            }
        }
    };
    tensionmap::unstable::ingest::read(&sample::incidents(), &ReadOptions::default(), &mut read, &mut |_| Ok(()))
        .unwrap();
    assert!(expected.iter().sum::<f64>() > 1000.0);
    for (line, expected) in all.iter().zip(expected) {
        assert!((line.year - expected).abs() < 1e-9, "{}: {} {expected}", line.place, line.year);
    }
    let folder = tempfile::tempdir().unwrap();
    let [data, polygons] = ["data/incidents.csv", "data/areas.geojson"].map(|name| own(name).display().to_string());
    let common = ["coverage", &data, "--as-of", AS_OF, "--name", "name", "--max-rejects", "1%"];
    let refused = tensionmap(folder.path(), &common);
    assert!(stderr(&refused).contains("with --areas"), "{}", stderr(&refused));
    let told = tensionmap(folder.path(), &[&common[..], &["--areas", &polygons]].concat());
    assert_eq!(told.status.code(), Some(0), "{}", stderr(&told));
    let csv = std::fs::read_to_string(folder.path().join("coverage.csv")).unwrap();
    let lines = csv.lines().filter(|line| line.starts_with("area,") && line.contains(",all,")).count();
    assert_eq!(lines, areas.names().len());
    assert!(csv.contains("\narea,Herring Row 1,all,"));
}

/// `calibrate` freezes what a run calibrates for itself; with it, two dates share one anchor.
#[test]
fn calibrate_writes_a_method_that_maps_use() {
    let folder = tempfile::tempdir().unwrap();
    let data = own("data/incidents.csv").display().to_string();
    let boundary = own("data/boundary.geojson").display().to_string();
    let common = ["--area", &boundary, "--as-of", AS_OF, "--max-rejects", "1%"];
    let made = tensionmap(folder.path(), &[&["calibrate", &data, "-o", "frozen.toml"][..], &common].concat());
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
    assert_eq!(stdout(&made), "frozen.toml\n");
    let method = Method::load(folder.path().join("frozen.toml")).unwrap();
    let own_run = Engine::builder().as_of(AS_OF).area(sample::boundary()).build().unwrap();
    let own_run = own_run.incidents(Input::Path(data.clone().into())).unwrap().run().unwrap();
    assert_eq!(method.d_half, own_run.scores.anchor.d_half());
    let map = tensionmap(
        folder.path(),
        &[&["map", &data, "--method", "frozen.toml", "-o", "m.geojson", "--json", "-v"][..], &common].concat(),
    );
    let told: Value = serde_json::from_str(&stdout(&map)).unwrap();
    assert_eq!(told["result"]["provenance"]["d_half_from"], "frozen in the method file");
    assert!(!stderr(&map).contains("calibrated by this run"), "{}", stderr(&map));
    let coverage = tensionmap(folder.path(), &[&["coverage", &data, "-o", "coverage.csv", "-v"][..], &common].concat());
    assert_eq!(coverage.status.code(), Some(0), "{}", stderr(&coverage));
    assert!(stderr(&coverage).contains("source Police: last report"), "{}", stderr(&coverage));
    let table = std::fs::read_to_string(folder.path().join("coverage.csv")).unwrap();
    assert!(table.starts_with(
        "kind,place,source,last_report,days_since,reports_52_weeks,usual,n_window,heard,covered_days,missing_since\nstudy_area,study area,all,"
    ));
    for (args, expected) in [
        (["calibrate", &data, "-o", "m.csv"], "expected a name that ends in .toml"),
        (["coverage", &data, "-o", "m.shp"], "its extension names no output; expected one of .csv, .xlsx, .png, .svg"),
    ] {
        let refused = tensionmap(folder.path(), &args);
        assert_eq!(refused.status.code(), Some(2));
        assert!(stderr(&refused).contains(expected), "{}", stderr(&refused));
    }
    let early =
        tensionmap(folder.path(), &["calibrate", &data, "--area", &boundary, "--as-of", "2020-01-01", "-o", "e.toml"]);
    assert!(stderr(&early).contains("there is no report before 2020-01-01"), "{}", stderr(&early));
}

/// Settings that a method needs, or that mean nothing, are named.
#[test]
fn what_a_method_needs_is_asked_for() {
    let refused = |settings: Settings, method: Method| {
        let engine =
            Engine::builder().settings(Settings { as_of: Some(AS_OF.to_owned()), ..settings }).method(method).build();
        engine.and_then(|engine| engine.incidents(sample::incidents())?.run()).unwrap_err().to_string()
    };
    let per_resident =
        Method { density: tensionmap::unstable::score::DensityUnit::PerThousandResidents, ..Method::default() };
    let set = Settings::default;
    assert!(refused(set(), per_resident.clone()).contains("name their indicator with --residents"));
    let named = Settings { residents: Some("people".to_owned()), ..set() };
    assert!(refused(named, per_resident).contains("an indicator of this name, with --indicator FILE:COLUMN:KIND"));
    let mut with_context = Method::default();
    with_context.points.context = 10.0;
    assert!(refused(set(), with_context).contains("gives 10 points to context, but no index is given"));
    let covered = |text: &str| Settings { covered: vec![text.to_owned()], ..set() };
    assert!(refused(covered("2026"), Method::default()).contains("expected FROM..TO"));
    assert!(refused(covered("2026-02-01..2026-01-01"), Method::default()).contains("expected FROM..TO"));
    let weights = Settings { weights: Some("nowhere.toml".to_owned()), ..set() };
    assert!(refused(weights, Method::default()).contains("expected one of tension, count and cchi-sqrt"));
}
