//! Dates far from all others, and numbers in another unit than the stated one: said, counted, and no as-of or baseline of a map.

use std::fmt::Write;

use tensionmap::unstable::error::ScoreError;
use tensionmap::{Builder, Category, Code, Day, Engine, Error, Incident, LatLng, Method, Run, When};

use crate::support::{checked, csv, put, stderr, tensionmap};

/// A table of reports of these days, at two places in turn.
fn log<T: ToString>(days: impl IntoIterator<Item = T>) -> String {
    let mut text = "id,lon,lat,date,category\n".to_owned();
    for (id, day) in days.into_iter().enumerate() {
        let lng = if id % 2 == 0 { "2.50" } else { "2.53" };
        writeln!(text, "{id},{lng},54.7,{},public_order", day.to_string()).unwrap();
    }
    text
}

/// Days from 2024-06-01 on, so many days apart.
fn every(step: i32, count: i32) -> Vec<String> {
    let first: Day = "2024-06-01".parse().unwrap();
    (0..count).map(|k| (first + step * k).to_string()).collect()
}

fn with(days: &[String], more: &[&str]) -> String {
    log(days.iter().map(String::as_str).chain(more.iter().copied()))
}

fn run_of(builder: Builder, text: &str) -> Result<Run, Error> {
    builder.build()?.incidents(csv("log.csv", text))?.run()
}

fn warned(run: &Run, code: Code) -> u64 {
    run.ledger.warnings().get(&code).copied().unwrap_or(0)
}

#[test]
fn no_lone_late_date_sets_the_as_of() {
    let daily = every(1, 300);
    let weekly = every(7, 60);
    let rare = every(61, 20);
    let yearly = every(365, 10);
    let three = every(20, 2);
    // Days, later dates, those of them that are far, and the as-of.
    let cases: [(&[String], &[&str], u64, &str); 13] = [
        (&daily, &[], 0, "2025-03-28"),
        (&daily, &["2052-01-05"], 1, "2025-03-28"),
        (&daily, &["2205-03-01", "2052-01-05", "2052-01-05"], 3, "2025-03-28"),
        (&daily, &["2026-02-11"], 1, "2025-03-28"),
        (&daily, &["2025-04-20"], 0, "2025-04-21"),
        (&weekly, &["2052-01-05"], 1, "2025-07-20"),
        (&weekly, &["2025-08-20"], 0, "2025-08-21"),
        (&rare, &["2028-01-05"], 0, "2028-01-06"),
        (&rare, &["2207-01-05"], 1, "2027-08-05"),
        (&yearly, &[], 0, "2033-05-31"),
        (&yearly, &["2205-01-01"], 1, "2033-05-31"),
        (&three, &["2025-01-05"], 0, "2025-01-06"),
        (&three, &["2052-01-05"], 1, "2024-06-22"),
    ];
    for (days, more, far, as_of) in cases {
        let run = run_of(Engine::builder(), &with(days, more)).unwrap();
        assert_eq!((warned(&run, Code::LateDate), run.scores.as_of.to_string()), (far, as_of.to_owned()), "{more:?}");
        let line = format!("(line {})", days.len() + 2);
        let named = run.notices.iter().filter(|notice| notice.contains("far after the others")).count();
        assert_eq!(named, usize::from(far > 0), "{:?}", run.notices);
        assert!(far != 1 || run.notices.iter().any(|notice| notice.contains(&line)), "{line}: {:?}", run.notices);
        let positions = Engine::builder().without_counts().build().unwrap().keep_positions();
        let surface = tensionmap::Surface::default();
        let density = positions.incidents(csv("log.csv", &with(days, more))).unwrap().density(&surface).unwrap();
        assert_eq!(density.as_of.to_string(), as_of, "{more:?}");
        // A date that is set aside changes no score.
        if far > 0 {
            let without = run_of(Engine::builder(), &with(days, &[])).unwrap();
            assert_eq!(without.scores.anchor, run.scores.anchor);
            assert_eq!(without.scores.cells, run.scores.cells);
        }
    }
}

#[test]
fn ends_of_intervals_and_coming_events_are_looked_at_too() {
    let daily = every(1, 200);
    let mut text = "lon,lat,date_start,date_end,category\n".to_owned();
    for day in &daily {
        writeln!(text, "2.5,54.7,{day},{day},public_order").unwrap();
    }
    let run = run_of(Engine::builder(), &(text.clone() + "2.5,54.7,2024-12-01,2204-12-02,public_order\n")).unwrap();
    assert_eq!((warned(&run, Code::LateDate), run.scores.as_of.to_string()), (1, "2024-12-18".to_owned()));
    // An event of next year may be planned; one of the next century is not.
    let events = ["2025-09-01", "2025-11-05"].map(|day| format!("2.5,54.7,{day},{day},protest_counter\n")).concat();
    let run = run_of(Engine::builder(), &(text.clone() + &events)).unwrap();
    assert_eq!((warned(&run, Code::LateDate), run.scores.as_of.to_string()), (0, "2024-12-18".to_owned()));
    let run = run_of(Engine::builder(), &(text + "2.5,54.7,2125-09-01,2125-09-01,protest_counter\n")).unwrap();
    assert_eq!((warned(&run, Code::LateDate), run.scores.as_of.to_string()), (1, "2024-12-18".to_owned()));
}

#[test]
fn a_lone_early_date_begins_no_baseline() {
    let days = every(1, 200);
    for method in ["tension-1", "tension-2"] {
        let builder = || Engine::builder().as_of("2024-12-18").method(Method::named(method).unwrap());
        let plain = run_of(builder(), &with(&days, &[])).unwrap();
        for early in ["0025-08-05", "1015-03-01", "1924-08-05", "2023-10-05", "1971-04-01"] {
            let run = run_of(builder(), &with(&days, &[early])).unwrap();
            assert_eq!(warned(&run, Code::EarlyDate), 1, "{method} {early} {:?}", run.notices);
            assert_eq!(
                (run.scores.baseline, run.scores.baseline_days),
                (plain.scores.baseline, plain.scores.baseline_days)
            );
            assert!(run.notices.iter().any(|notice| notice.contains(&format!("{early} (line 202)"))));
        }
    }
}

#[test]
fn dates_that_stand_for_none_are_quarantined_unless_others_are_near() {
    let folder = tempfile::tempdir().unwrap();
    let days = every(1, 100);
    for stand_in in ["0001-01-01", "1753-01-01", "1899-12-30", "1899-12-31", "1900-01-01", "1970-01-01"] {
        put(folder.path(), "log.csv", &with(&days, &[stand_in; 40]));
        let (code, said) = checked(folder.path(), &["log.csv"]);
        assert_eq!(code, Some(3), "{said}");
        assert!(said.contains("read 140 = accepted 100 + quarantined 40") && said.contains("line 102"), "{said}");
        assert!(said.contains("this one stands for none"), "{said}");
    }
    let of_1970: Vec<String> = (0..90).map(|day| Day(day).to_string()).collect();
    put(folder.path(), "gtd.csv", &with(&of_1970, &["1970-01-01"]));
    let (code, said) = checked(folder.path(), &["gtd.csv"]);
    assert!(code == Some(0) && said.contains("accepted 91") && !said.contains("DATE"), "{said}");
    // Seconds that another program took for smaller parts are all there is.
    for day in ["1970-01-01 00:00:01.749505140", "1970-01-21 05:58:25"] {
        put(folder.path(), "unit.csv", &log([day; 3]));
        let (code, said) = checked(folder.path(), &["unit.csv"]);
        assert!(code == Some(0) && said.contains("W_EARLY_DATE") && said.contains("in a wrong unit"), "{said}");
    }
}

#[test]
fn an_as_of_that_no_report_is_near_is_refused_and_the_named_one_works() {
    let text = with(&every(1, 200), &[]);
    let error = run_of(Engine::builder().as_of("2124-12-18"), &text).unwrap_err();
    let Error::Score(ScoreError::NothingNear { next, latest, .. }) = error else { panic!("{error}") };
    assert_eq!(latest.to_string(), "2024-12-17");
    assert!(run_of(Engine::builder().as_of(next), &text).is_ok());
    // A year's silence is a map of no data, and days that are declared are covered.
    assert!(run_of(Engine::builder().as_of("2025-12-01"), &text).is_ok());
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "log.csv", &text);
    let covered = ["map", "log.csv", "--as-of", "2052-12-18", "--covered", "2024-06-01..2052-12-18", "-o", "m.png"];
    let output = tensionmap(folder.path(), &covered);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    // Remnants of reports of long ago anchor nothing.
    assert!(!said.contains("0.0000"), "{said}");
}

#[test]
fn numbers_in_another_unit_stop_and_the_named_format_reads_them() {
    let folder = tempfile::tempdir().unwrap();
    let seconds: Vec<i64> = (0..50).map(|k| 1_749_505_140 + 86_461 * k).collect();
    let in_unit = |unit: i64| seconds.iter().map(|second| second * unit).collect::<Vec<i64>>();
    let days: Vec<i64> = (0..50).map(|k| 20_248 + k).collect();
    let serials: Vec<i64> = (0..50).map(|k| 45_817 + k).collect();
    let digits: Vec<String> = every(1, 50).iter().map(|day| day.replace('-', "")).collect();
    let short: Vec<String> = (1..=28).map(|day| format!("{day:02}/06/25")).collect();
    let text = |numbers: Vec<i64>| numbers.iter().map(i64::to_string).collect::<Vec<String>>();
    let columns = [
        ("epoch-s", text(seconds.clone())),
        ("epoch-ms", text(in_unit(1000))),
        ("epoch-us", text(in_unit(1_000_000))),
        ("epoch-ns", text(in_unit(1_000_000_000))),
        ("epoch-days", text(days)),
        ("excel", text(serials)),
        ("%Y%m%d", digits),
    ];
    for (unit, column) in &columns {
        put(folder.path(), "log.csv", &log(column));
        for (stated, _) in &columns {
            let (code, said) = checked(folder.path(), &["log.csv", "--date-format", stated]);
            if stated == unit {
                assert_eq!(code, Some(0), "{unit}: {said}");
            } else if (*stated, *unit) == ("excel", "epoch-days") {
                // Days of 1955 in a spreadsheet may be meant.
                assert_eq!(code, Some(0), "{said}");
            } else {
                assert!(code == Some(4) && said.contains("E_DATE_SCALE"), "{unit} as {stated}: {said}");
                let advice = said.split("give --date-format ").nth(1).unwrap().trim();
                assert_eq!(advice, *unit);
                assert_eq!(checked(folder.path(), &["log.csv", "--date-format", advice]).0, Some(0));
            }
        }
    }
    put(folder.path(), "short.csv", &log(short));
    let (code, said) = checked(folder.path(), &["short.csv", "--date-format", "%d/%m/%Y"]);
    assert!(code == Some(4) && said.contains("E_DATE_SCALE") && said.contains("--date-format %d/%m/%y"), "{said}");
    assert_eq!(checked(folder.path(), &["short.csv", "--date-format", "%d/%m/%y"]).0, Some(0));
    // Thousandths of whole seconds of January 1970 are what they say.
    put(folder.path(), "gtd.csv", &log((0..50).map(|hour| hour * 7_200_000 + 600_000_000_i64)));
    assert_eq!(checked(folder.path(), &["gtd.csv", "--date-format", "epoch-ms"]).0, Some(0));
}

#[test]
fn dates_of_memory_and_of_several_files_are_judged_together() {
    let first: Day = "2024-06-01".parse().unwrap();
    let at = LatLng::new(54.7, 2.5).unwrap();
    let report = |day: Day| Incident::new(at, When::day(day), Category::PublicOrder);
    let days = (0..100).map(|k| report(first + k)).chain([report(first + 30_000)]);
    let run = Engine::builder().build().unwrap().incidents_from(days).unwrap().run().unwrap();
    assert_eq!((warned(&run, Code::LateDate), run.scores.as_of), (1, first + 100));
    assert!(run.notices.iter().any(|notice| notice.contains("record 101")), "{:?}", run.notices);
    // Counts made earlier have days too.
    let late = run.product.cube.clone();
    let run = Engine::builder().build().unwrap().cube(late).unwrap().run().unwrap();
    assert_eq!((warned(&run, Code::LateDate), run.scores.as_of), (1, first + 100));
    // A date of one file may be usual in another.
    let engine = Engine::builder().build().unwrap();
    let early = csv("early.csv", &with(&every(1, 200), &["2025-06-20"]));
    let later = csv("later.csv", &log((0..200).map(|day| first + 300 + day)));
    let run = engine.incidents(early).unwrap().incidents(later).unwrap().run().unwrap();
    assert_eq!(warned(&run, Code::LateDate), 0, "{:?}", run.notices);
}

/// A generator of numbers below a bound.
fn below(seed: &mut u64, bound: u64) -> i32 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    i32::try_from((*seed >> 33) % bound).unwrap()
}

/// Alarms of logs without typing errors, and of those with some where none is noticed.
fn trials(count: u64) -> (u64, u64) {
    let (mut alarms, mut silent) = (0, 0);
    for trial in 0..count {
        let mut seed = trial;
        let (days, step) = (40 + below(&mut seed, 300), 1 + below(&mut seed, 20));
        let first = Day(12_000 + below(&mut seed, 8000));
        let mut day = first;
        let mut dates: Vec<Day> = (0..days)
            .map(|_| {
                day = day + below(&mut seed, 2 * u64::from(step.unsigned_abs()));
                day
            })
            .collect();
        let far = |dates: &[Day]| {
            let check =
                Engine::builder().without_counts().build().unwrap().incidents(csv("log.csv", &log(dates.iter())));
            let ledger = check.unwrap().check().unwrap().ledger;
            ledger.warnings().contains_key(&Code::LateDate) || ledger.warnings().contains_key(&Code::EarlyDate)
        };
        alarms += u64::from(far(&dates));
        // Two in a hundred are of another century, or 27 years late.
        let off = match trial % 4 {
            0 => -36_525,
            1 => 36_525,
            2 => 27 * 365,
            _ => -730_485,
        };
        for row in 0..1.max(dates.len() / 50) {
            dates[row * 37] = dates[row * 37] + off;
        }
        silent += u64::from(!far(&dates));
    }
    (alarms, silent)
}

#[test]
fn typing_errors_are_noticed_and_sound_logs_are_quiet() {
    assert_eq!(trials(100), (0, 0));
}

#[test]
#[ignore = "the same in ten thousand logs"]
fn typing_errors_are_noticed_in_ten_thousand_logs() {
    assert_eq!(trials(10_000), (0, 0));
}
