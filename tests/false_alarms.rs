//! How often an ordinary year of real reports reaches the amber levels: `docs/false-alarms.md` is what this finds.

use std::collections::BTreeMap;

use tensionmap::unstable::score::{Covariates, calibrate};
use tensionmap::{CellScore, Level, Scores, Scoring};
use tensionmap::{Day, Method};

use crate::support::{leicester, own};

/// D½ as calibrated before the first of the dates, in mass per km².
const D_HALF: f64 = 282.0;

const MONTHS: [&str; 11] = [
    "2022-01-01",
    "2022-02-01",
    "2022-03-01",
    "2022-04-01",
    "2022-05-01",
    "2022-06-01",
    "2022-07-01",
    "2022-08-01",
    "2022-09-01",
    "2022-10-01",
    "2022-11-01",
];

/// The city centre: most reports of all cells in every baseline.
const CENTRE: &str = "88195cb665fffff";

/// Every month-end, with the anchor that history before the first gives.
fn months() -> Option<Vec<Scores>> {
    let (cube, area) = leicester()?;
    let days = MONTHS.map(|day| day.parse::<Day>().unwrap());
    let d_half = calibrate(cube, area, days[0], &Method::default()).unwrap();
    assert_eq!(d_half, Some(D_HALF));
    let method = Method { d_half, ..Method::default() };
    let scoring = Scoring::new(cube, area, &method, Covariates::default()).unwrap();
    Some(days.iter().map(|&day| scoring.at(day)).collect())
}

fn number(level: Option<Level>) -> u8 {
    level.map_or(u8::MAX, Level::number)
}

fn row(as_of: Day, cell: &CellScore) -> String {
    let ratio = cell.ratio.unwrap();
    format!(
        "| {as_of} | {} | {} | {:.1} | {:.0} | {:.0} | {ratio} |",
        cell.cell,
        number(cell.level),
        cell.score,
        cell.n_window,
        ratio.expected
    )
}

#[test]
fn the_tables_of_false_alarms_are_as_documented() {
    let Some(months) = months() else { return };
    let (mut found, mut by_cell) = (Vec::new(), BTreeMap::<String, Vec<String>>::new());
    for scores in &months {
        assert_eq!(scores.cells.len(), 145);
        for cell in scores.cells.iter().filter(|cell| number(cell.level) <= 4) {
            found.push(row(scores.as_of, cell));
            by_cell.entry(cell.cell.to_string()).or_default().push(scores.as_of.to_string());
        }
    }
    found.extend(by_cell.iter().map(|(cell, days)| format!("| {cell} | {} | {} |", days.len(), days.join(", "))));
    let text = std::fs::read_to_string(own("docs/false-alarms.md")).unwrap();
    let documented: Vec<&str> =
        text.lines().filter(|line| line.starts_with("| 2022") || line.starts_with("| 88")).collect();
    assert!(documented == found, "docs/false-alarms.md should have\n{}", found.join("\n"));
}

/// The disorder of September 2022 is the one alarm of the year that was none too many: the highest score, and the two largest
/// surges, are where it was. The city centre, always busy, is not above the others for that.
#[test]
fn september_2022_stands_out_and_the_busiest_cell_does_not() {
    let Some(months) = months() else { return };
    let september = &months[9];
    assert_eq!(september.as_of.to_string(), "2022-10-01");
    let mut surges: Vec<&CellScore> = september.cells.iter().filter(|cell| !cell.sparse).collect();
    surges.sort_by(|a, b| b.surge.total_cmp(&a.surge));
    let top: Vec<String> = surges.iter().take(2).map(|cell| cell.cell.to_string()).collect();
    assert_eq!(top, ["8819434d93fffff", "8819434dbbfffff"]);
    assert!(surges[1].surge > surges[2].surge);

    let highest = |scores: &Scores| scores.cells.iter().map(|cell| cell.score).fold(0.0, f64::max);
    let year: Vec<f64> = months.iter().map(highest).collect();
    assert!(surges[1].score < 40.0, "{:?}", surges[1]);
    assert!((0..11).all(|month| month == 9 || year[month] < year[9]), "{year:?}");

    for scores in &months {
        let centre = scores.cells.iter().max_by(|a, b| a.n_baseline.total_cmp(&b.n_baseline)).unwrap();
        assert_eq!(centre.cell.to_string(), CENTRE);
        // Amber only where it is credibly above its own past, and never high.
        assert!(number(centre.level) > 3, "{}: {centre:?}", scores.as_of);
        assert!(number(centre.level) > 4 || centre.ratio.unwrap().lo > 1.0, "{}: {centre:?}", scores.as_of);
    }
    let centre = september.cells.iter().find(|cell| cell.cell.to_string() == CENTRE).unwrap();
    assert!(number(centre.level) > 4 && centre.surge == 0.0, "{centre:?}");
}
