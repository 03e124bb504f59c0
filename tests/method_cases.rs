//! Cases in which a map said something untrue: missing sources, months that have not arrived, silence, and looking ahead.

use std::fmt::Write;
use std::path::Path;

use tensionmap::unstable::score::{Absence, Covariates};
use tensionmap::{CellScore, Day, Engine, Level, Method, Run, Scores, Scoring, Status, StudyArea};

use crate::support::{csv, shared, tensionmap};

/// A log of reports, one line each.
#[derive(Default)]
struct Log(String);

impl Log {
    fn add(mut self, n: usize, date: &str, (lat, lon): (f64, f64), source: &str) -> Self {
        for _ in 0..n {
            writeln!(self.0, "{date},{lat},{lon},violence,{source}").unwrap();
        }
        self
    }

    fn text(&self) -> String {
        format!("date,lat,lon,category,source\n{}", self.0)
    }

    fn run(&self, as_of: &str) -> Run {
        let engine = Engine::builder().as_of(as_of).build().unwrap();
        engine.incidents(csv("log.csv", &self.text())).unwrap().run().unwrap()
    }
}

const TOWN: (f64, f64) = (53.79, -2.24);
const FAR: (f64, f64) = (52.63, -1.13);

/// The cell with most reports in its baseline.
fn busiest(scores: &Scores) -> &CellScore {
    scores.cells.iter().max_by(|a, b| a.n_baseline.total_cmp(&b.n_baseline)).unwrap()
}

fn months(from: i32, to: i32, skip: &[i32]) -> impl Iterator<Item = String> {
    (from..=to).filter(|month| !skip.contains(month)).map(|month| format!("2020-{month:02}"))
}

/// A month of one source that never arrived: no data, whether or not anybody else reports from elsewhere, under another name,
/// the same or none.
#[test]
fn a_missing_month_is_no_calm_whoever_else_reports() {
    let town = |source: &str| months(1, 10, &[9]).fold(Log::default(), |log, month| log.add(80, &month, TOWN, source));
    let elsewhere = |log: Log, source: &str| {
        ["2020-06", "2020-07", "2020-08", "2020-09"].iter().fold(log, |log, month| log.add(1, month, FAR, source))
    };
    for (name, log) in [
        ("alone", town("force A")),
        ("another source", elsewhere(town("force A"), "force B")),
        ("the same source", elsewhere(town("force A"), "force A")),
        ("no source named", elsewhere(town(""), "")),
    ] {
        let run = log.run("2020-10-01");
        let cell = busiest(&run.scores);
        assert_eq!((cell.status, cell.level), (Status::NoData, None), "{name}");
        assert!(run.notices.iter().any(|notice| notice.contains("since 2020-09-01")), "{name}: {:?}", run.notices);
        // The month is in no expectation later on.
        let run = log.run("2020-11-01");
        let cell = busiest(&run.scores);
        let expected = cell.ratio.unwrap().expected;
        assert!((76.0..=84.0).contains(&expected), "{name}: {expected}");
        assert_eq!(cell.status, Status::Scored, "{name}");
    }
}

/// A rare source that is merely quiet stays covered: a silence of few expected reports is no missing one.
#[test]
fn a_rare_source_that_is_quiet_is_covered() {
    let start: Day = "2021-01-04".parse().unwrap();
    let log = (0..60).fold(Log::default(), |log, week| log.add(1, &(start + 7 * week).to_string(), TOWN, "warden"));
    let as_of = (start + 7 * 59 + 30).to_string();
    let run = log.run(&as_of);
    assert!(run.scores.absent.is_empty(), "{:?}", run.scores.absent);
    let cell = busiest(&run.scores);
    assert_eq!(cell.status, Status::Scored);
    assert!(cell.evidence.unwrap().total < 0.3);
    // Three months on, twelve were to be expected.
    let run = log.run(&(start + 7 * 59 + 90).to_string());
    assert!(matches!(run.scores.absent[0].absence, Absence::Missing(Some(_))), "{:?}", run.scores.absent);
    assert_eq!(busiest(&run.scores).status, Status::NoData);
}

/// Within a month that has not arrived the last level stands, with its date; it does not fall.
#[test]
fn a_month_that_has_not_arrived_is_not_calm() {
    let log = (1..=6).fold(Log::default(), |log, month| log.add(40, &format!("2022-{month:02}"), FAR, "force"));
    let log = log.add(120, "2022-07", FAR, "force").add(40, "2022-08", FAR, "force");
    let first = log.run("2022-08-01");
    let first = busiest(&first.scores);
    assert_eq!(first.level.map(Level::number), Some(4));
    for (as_of, is_held) in [("2022-08-02", false), ("2022-08-15", true), ("2022-08-29", true)] {
        let run = log.run(as_of);
        let cell = busiest(&run.scores);
        let total = |cell: &CellScore| cell.evidence.map(|evidence| evidence.total);
        assert_eq!((cell.level, total(cell)), (first.level, total(first)), "{as_of}");
        assert_eq!(run.scores.held_since.is_some(), is_held, "{as_of}");
        assert!(run.notices.iter().any(|notice| notice.contains("as of 2022-07-31")), "{:?}", run.notices);
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("log.csv"), log.text()).unwrap();
    let out = tensionmap(folder.path(), &["explain", "52.63,-1.13", "log.csv", "--as-of", "2022-08-15", "--quiet"]);
    let text = String::from_utf8(out.stdout).unwrap();
    let unknown = text.split("What is not known\n").nth(1).unwrap().lines().next().unwrap();
    assert!(unknown.contains("Anything since 31 July 2022"), "{unknown}");
    assert!(text.contains(", as of 31 July 2022"), "{text}");
    // August came: its own level.
    assert_eq!(busiest(&log.run("2022-09-01").scores).level.map(Level::number), Some(6));
}

/// No report, no rise; and few reports in a place of bursts are treated with more care.
#[test]
fn a_silent_cell_does_not_rise() {
    let start: Day = "2017-03-02".parse().unwrap();
    let (quiet, busy) = ((36.86, 41.49), (35.3, 36.1));
    let mut log = Log::default().add(1, "2017-06-01", quiet, "");
    for week in 0..54 {
        // Bursts: most weeks nothing, then many at once.
        log = log.add(if week % 9 == 0 { 60 } else { 1 }, &(start + 7 * week).to_string(), busy, "");
    }
    let engine = Engine::builder().as_of("2018-03-15").resolution(4).build().unwrap();
    let run = engine.incidents(csv("log.csv", &log.text())).unwrap().run().unwrap();
    let silent = run.scores.cells.iter().filter(|cell| cell.n_window <= 0.0);
    for cell in silent {
        assert!(cell.ratio.is_none_or(|ratio| ratio.lo <= 0.0), "{cell:?}");
        assert!(cell.evidence.is_none_or(|evidence| evidence.total < 0.3), "{cell:?}");
        assert!(cell.surge < 5.0, "{cell:?}");
    }
}

/// What a series says of a date is what a map of that date says, though more cells are known later.
#[test]
fn a_series_does_not_see_cells_that_are_known_later() {
    let start: Day = "2021-01-01".parse().unwrap();
    let mut log = (0..30).fold(Log::default(), |log, k| log.add(1, &(start + 10 * k).to_string(), (52.9, -1.5), "x"));
    log = log.add(2, "2021-10-25", (52.9, -1.5), "x").add(3, "2022-01-15", (52.92, -1.52), "x");
    let method = Method { d_half: Some(10.0), ..Method::default() };
    let build = |as_of: &str| Engine::builder().method(method.clone()).as_of(as_of).build().unwrap();
    let prepared = |as_of: &str| build(as_of).incidents(csv("log.csv", &log.text())).unwrap().prepare().unwrap();
    let late = prepared("2022-01-27");
    let scoring = late.scoring().unwrap();
    let dates: Vec<Day> = (0..14).map(|week| "2021-10-28".parse::<Day>().unwrap() + 7 * week).collect();
    let series = scoring.series(&dates).unwrap();
    let mut compared = 0;
    for (place, date) in dates.iter().enumerate() {
        let map = prepared(&date.to_string());
        let scores = map.scoring().unwrap().at(*date);
        for cell in &scores.cells {
            let found = &series.at(place)[series.row(cell.cell).unwrap()];
            assert_eq!(
                (found.evidence, found.level, found.status),
                (cell.evidence, cell.level, cell.status),
                "{date} {}",
                cell.cell
            );
            assert!((found.score - cell.score).abs() < 1e-12, "{date} {}", cell.cell);
            compared += 1;
        }
        let unknown = series
            .cells
            .iter()
            .zip(series.at(place))
            .filter(|(cell, _)| scores.cells.binary_search_by_key(*cell, |scored| scored.cell).is_err());
        assert!(unknown.clone().all(|(_, found)| found.status == Status::NoData), "{date}");
        assert!(*date > "2022-01-15".parse().unwrap() || unknown.count() > 0, "{date}: nothing is known later");
    }
    assert!(compared > 50);
}

/// Without a past there is no level, nothing is called normal, and the map shows intensity.
#[test]
fn without_a_past_there_is_no_level() {
    let log = (1..=28).fold(Log::default(), |log, day| log.add(1, &format!("2022-09-{day:02}"), (52.62, -1.15), "a"));
    let run = log.run("2022-09-29");
    assert!(run.scores.cells.iter().all(|cell| cell.level.is_none() && cell.evidence.is_none()));
    assert_eq!(busiest(&run.scores).status, Status::NoReports.max(busiest(&run.scores).status));
    assert!(run.scores.cells.iter().any(|cell| cell.status == Status::NoPast && cell.density > 0.0));
    assert_eq!(run.layer.legend().property, "intensity");
    assert!(run.layer.legend().classes.iter().all(|class| !class.label.contains("normal")));
    assert!(run.notices.iter().any(|notice| notice.contains("no evidence and no level")), "{:?}", run.notices);
}

/// One source for all, sources without names, a study area of one cell: stated fallbacks and no panic.
#[test]
fn a_study_area_of_one_cell_is_scored() {
    let start: Day = "2021-06-01".parse().unwrap();
    let log = (0..200).fold(Log::default(), |log, day| log.add(1, &(start + day).to_string(), TOWN, ""));
    let run = log.run(&(start + 200).to_string());
    let cube = &run.product.cube;
    let (area, method) = (StudyArea::of_cells(cube.cells()), Method::default());
    assert_eq!(area.cells().len(), 1);
    let scores = Scoring::new(cube, &area, &method, Covariates::default()).unwrap().at(start + 200);
    let evidence = scores.cells[0].evidence.unwrap();
    // Alone it is the whole area: nothing else tells what the area does.
    assert!((evidence.factor - 1.0).abs() < 1e-12 && evidence.total < 1.0, "{evidence:?}");
    let named = "log.csv";
    let covered = |text: &str| {
        let settings = tensionmap::Settings { covered: vec![text.to_owned()], ..tensionmap::Settings::default() };
        let engine = Engine::builder().settings(settings).as_of("2021-12-18").build()?;
        engine.incidents(csv(named, &log.text()))?.run()
    };
    assert!(covered("not stated=2021-06-01..2021-12-18").is_ok());
    let error = covered("wardens=2021-06-01..2021-12-18").unwrap_err().to_string();
    assert!(error.contains("wardens"), "{error}");
}

/// The small inputs of the shared data, each with its right outcome.
#[test]
fn shared_cases_come_out_right() {
    let Some(folder) = shared("method-cases") else { return };
    let level = |file: &str, as_of: &str| -> (Status, Option<u8>) {
        let engine = Engine::builder().as_of(as_of).build().unwrap();
        let run = engine.incidents(Path::new(&folder).join(file).as_path()).unwrap().run().unwrap();
        let cell = busiest(&run.scores);
        (cell.status, cell.level.map(Level::number))
    };
    assert_eq!(level("gap.csv", "2020-10-01").0, Status::NoData);
    let july = level("partial_window.csv", "2022-08-01");
    assert_eq!(july, (Status::Scored, Some(4)));
    for as_of in ["2022-08-15", "2022-08-22", "2022-08-29"] {
        assert_eq!(level("partial_window.csv", as_of), july, "{as_of}");
    }
    assert_eq!(level("month_only.csv", "2022-09-29").1, None);
}
