//! Files that may be only a part of their data, by their numbers: said in the summary, the notices and on the page.

use std::fmt::Write;

use tensionmap::{Code, Day, Engine, Ledger};

use crate::support::{csv, put, stderr, tensionmap};

/// A table with so many reports of each day from 2024-01-01 on.
fn log(counts: impl IntoIterator<Item = usize>) -> String {
    let mut text = "lon,lat,date,category\n".to_owned();
    let first: Day = "2024-01-01".parse().unwrap();
    for (day, count) in (0..).zip(counts) {
        for _ in 0..count {
            writeln!(text, "2.5,54.7,{},public_order", first + day).unwrap();
        }
    }
    text
}

fn checked(files: &[&str]) -> Ledger {
    let mut engine = Engine::builder().without_counts().build().unwrap();
    for (name, text) in ["a.csv", "b.csv", "c.csv"].into_iter().zip(files) {
        engine = engine.incidents(csv(name, text)).unwrap();
    }
    engine.check().unwrap().ledger
}

fn parts(text: &str) -> u64 {
    checked(&[text]).warnings().get(&Code::Part).copied().unwrap_or(0)
}

#[test]
fn a_number_at_which_services_stop_is_said() {
    // Twenty days, the last with what is left over.
    let of = |n: usize| log((0..20).map(|day| if day < 19 { n / 20 } else { n - 19 * (n / 20) }));
    for (n, part) in [(998, 0), (999, 1), (1_000, 1), (1_001, 0), (2_000, 1), (4_321, 0), (9_999, 1), (10_000, 1)] {
        assert_eq!(parts(&of(n)), part, "{n}");
    }
    for (n, part) in [(65_535, 1), (65_536, 1), (65_537, 0)] {
        assert_eq!(parts(&of(n)), part, "{n}");
    }
    // Parts of a whole that are all there.
    let (page, next, rest) = (of(1_000), of(1_000).replace("2.5,", "2.6,"), of(400));
    assert_eq!(checked(&[&page, &next, &rest]).warnings().get(&Code::Part), None);
}

#[test]
fn months_with_a_tenth_of_their_rows_are_said() {
    // Five a day for two years: March 2025 is day 425 to 455.
    let with = |days: std::ops::Range<usize>, count: usize| {
        log((0..731).map(move |day| if days.contains(&day) { usize::from(day % 30 == 0) * count } else { 5 }))
    };
    for (days, count, part) in [(0..0, 0, 0), (425..456, 10, 1), (425..456, 0, 1), (425..456, 60, 0), (701..730, 3, 1)]
    {
        let text = with(days.clone(), count);
        assert_eq!(parts(&text), part, "{days:?} {count}");
    }
    let ledger = checked(&[&with(425..456, 10)]);
    let notice = ledger.files[0].notices.iter().find(|notice| notice.contains("2025-03")).unwrap();
    assert!(notice.contains("the data may be only a part (--covered FROM..TO leaves its days out)"), "{notice}");
    // Bursts, growth and a log that ends today are no sign of a part.
    assert_eq!(parts(&log((0..731).map(|day| if day % 200 < 20 { 20 } else { usize::from(day % 40 == 0) }))), 0);
    assert_eq!(parts(&log((0..731).map(|day| day / 60))), 0);
    assert_eq!(parts(&log((0..700).map(|day| 3 + day % 4))), 0);
    assert_eq!(parts(&log((0..731).map(|day| usize::from(day % 9 == 0)))), 0);
}

#[test]
fn an_end_before_the_as_of_and_a_silent_source_are_said_on_the_page_too() {
    let folder = tempfile::tempdir().unwrap();
    let map = |file: &str, as_of: &str| {
        let args = ["map", file, "--as-of", as_of, "-o", "m.svg", "-o", "m.geojson", "--manifest", "none"];
        let output = tensionmap(folder.path(), &args);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let page = std::fs::read_to_string(folder.path().join("m.svg")).unwrap();
        (stderr(&output), page.contains("only a part"))
    };
    put(folder.path(), "log.csv", &log((0..700).map(|_| 5)));
    let (said, on_page) = map("log.csv", "2025-12-18");
    assert!(said.contains("W_PART 1") && said.contains("--as-of 2025-12-01 is the day after it") && on_page, "{said}");
    let (said, on_page) = map("log.csv", "2025-12-01");
    assert!(!said.contains("W_PART") && !on_page, "{said}");
    let mut text = "lon,lat,date,category,source\n".to_owned();
    let first: Day = "2024-01-01".parse().unwrap();
    for day in 0..700 {
        for source in ["police", "schools"].iter().take(if day < 640 { 2 } else { 1 }) {
            writeln!(text, "2.5,54.7,{},public_order,{source}", first + day).unwrap();
        }
    }
    put(folder.path(), "sources.csv", &text);
    let (said, on_page) = map("sources.csv", "2025-12-01");
    assert!(said.contains("W_PART 1") && on_page, "{said}");
    assert!(said.contains("no reports from schools since 2025-10-02"), "{said}");
}
