//! How often an ordinary year of real reports reaches the amber levels: `docs/false-alarms.md` is what this finds.

use tensionmap::score::{Anchor, CellScore, Given, Level, Scores, Scoring, calibrate};
use tensionmap::{Day, Method};

use crate::support::{leicester, own};

const MONTHS: [&str; 11] = [
    "2022-01-01", "2022-02-01", "2022-03-01", "2022-04-01", "2022-05-01", "2022-06-01", "2022-07-01", "2022-08-01", "2022-09-01",
    "2022-10-01", "2022-11-01",
];

/// Every month-end, with the anchor that history before the first gives.
fn months() -> Option<(Method, Vec<Scores>)> {
    let (cube, area) = leicester()?;
    let days = MONTHS.map(|day| day.parse::<Day>().unwrap());
    let d_half = calibrate(cube, area, days[0], &Method::default()).unwrap();
    let method = Method { d_half, ..Method::default() };
    let scoring = Scoring::new(cube, area, &method, Given::default()).unwrap();
    let scores: Vec<Scores> = days.iter().map(|&day| scoring.at(day)).collect();
    assert!(scores.iter().all(|scores| matches!(scores.anchor, Anchor::Frozen(value) if Some(value) == d_half)));
    drop(scoring);
    Some((method, scores))
}

fn number(level: Option<Level>) -> u8 {
    level.map_or(u8::MAX, Level::number)
}

fn row(as_of: Day, cell: &CellScore) -> String {
    let ratio = cell.ratio.unwrap();
    format!(
        "| {as_of} | {} | {} | {} | {:.1} | {:.0} | {:.1} | {:.2} ({:.2} to {:.2}) |",
        cell.cell,
        number(cell.level),
        number(cell.raw_level),
        cell.score,
        cell.n_window,
        ratio.expected,
        ratio.rr,
        ratio.lo,
        ratio.hi
    )
}

#[test]
fn the_table_of_false_alarms_is_as_documented() {
    let Some((_, months)) = months() else { return };
    let mut found = Vec::new();
    for scores in &months {
        let amber = scores.cells.iter().filter(|cell| number(cell.level) <= 4);
        found.extend(amber.map(|cell| row(scores.as_of, cell)));
    }
    let text = std::fs::read_to_string(own("docs/false-alarms.md")).unwrap_or_default();
    let documented: Vec<&str> = text.lines().filter(|line| line.starts_with("| 202")).collect();
    assert_eq!(documented, found, "docs/false-alarms.md should have\n{}", found.join("\n"));
}

/// The disorder of September 2022 is what the year is remembered for, and what the scores say of it.
#[test]
fn september_2022_stands_out_and_the_busiest_cell_does_not() {
    let Some((_, months)) = months() else { return };
    let september = &months[9];
    assert_eq!(september.as_of.to_string(), "2022-10-01");
    let mut surges: Vec<&CellScore> = september.cells.iter().filter(|cell| !cell.sparse).collect();
    surges.sort_by(|a, b| b.surge.total_cmp(&a.surge));
    let top: Vec<String> = surges.iter().take(2).map(|cell| cell.cell.to_string()).collect();
    assert_eq!(top, ["8819434d93fffff", "8819434dbbfffff"]);
    assert!(surges[1].surge > surges[2].surge);

    let highest = |scores: &Scores| scores.cells.iter().map(|cell| cell.score).fold(0.0, f64::max);
    let year: Vec<f64> = months.iter().map(highest).collect();
    assert!((0..11).all(|month| month == 9 || year[month] < year[9]), "{year:?}");

    // The city centre has most reports month after month, and never because of that alone a level for it.
    for scores in &months {
        let busiest = scores.cells.iter().max_by(|a, b| a.n_baseline.total_cmp(&b.n_baseline)).unwrap();
        assert_eq!(busiest.cell.to_string(), "TODO");
        assert!(number(busiest.level) > 3, "{}: {busiest:?}", scores.as_of);
    }
}
