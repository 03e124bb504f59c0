//! How often ordinary months of real reports reach the amber levels: `docs/false-alarms.md` is what this finds.

use std::collections::BTreeMap;

use tensionmap::unstable::score::Covariates;
use tensionmap::{CellScore, Level, Scores, Scoring};
use tensionmap::{Day, Method};

use crate::support::{leicester, own};

/// The city centre: most reports of all cells in every baseline.
const CENTRE: &str = "88195cb665fffff";

/// Every month-end from December 2020 to October 2022, each as it would have been told then.
fn months() -> Option<Vec<Scores>> {
    let (cube, area) = leicester()?;
    let days = (2021..=2022).flat_map(|year| (1..=12).map(move |month| format!("{year}-{month:02}-01")));
    let method = Method::default();
    let scoring = Scoring::new(cube, area, &method, Covariates::default()).unwrap();
    Some(days.take(23).map(|day| scoring.at(day.parse::<Day>().unwrap())).collect())
}

fn number(level: Option<Level>) -> u8 {
    level.map_or(u8::MAX, Level::number)
}

fn evidence(cell: &CellScore) -> f64 {
    cell.evidence.map_or(0.0, |evidence| evidence.total)
}

fn row(as_of: Day, cell: &CellScore) -> String {
    let ratio = cell.ratio.unwrap();
    format!(
        "| {as_of} | {} | {} | {:.1} | {:.0} | {:.0} | {ratio} |",
        cell.cell,
        number(cell.level),
        evidence(cell),
        cell.n_window,
        cell.evidence.unwrap().expected[0]
    )
}

#[test]
fn the_tables_of_false_alarms_are_as_documented() {
    let Some(months) = months() else { return };
    let (mut found, mut by_cell) = (Vec::new(), BTreeMap::<String, Vec<String>>::new());
    for scores in &months {
        assert_eq!(scores.cells.len(), 145);
        assert!(scores.by_month);
        for cell in scores.cells.iter().filter(|cell| number(cell.level) <= 4) {
            found.push(row(scores.as_of, cell));
            by_cell.entry(cell.cell.to_string()).or_default().push(scores.as_of.to_string());
        }
    }
    found.extend(by_cell.iter().map(|(cell, days)| format!("| {cell} | {} | {} |", days.len(), days.join(", "))));
    let text = std::fs::read_to_string(own("docs/false-alarms.md")).unwrap();
    let documented: Vec<&str> =
        text.lines().filter(|line| line.starts_with("| 202") || line.starts_with("| 88")).collect();
    assert!(documented == found, "docs/false-alarms.md should have\n{}", found.join("\n"));
}

/// The disorder of September 2022 has the most evidence of all months, in the areas where it was. The city centre, always busy, is
/// not above the others for that.
#[test]
fn september_2022_stands_out_and_the_busiest_cell_does_not() {
    let Some(months) = months() else { return };
    let september = &months[21];
    assert_eq!(september.as_of.to_string(), "2022-10-01");
    let top: Vec<String> = september.standing_out().iter().take(2).map(|cell| cell.cell.to_string()).collect();
    assert_eq!(top, ["8819434d93fffff", "8819434dbbfffff"]);
    let highest = |scores: &Scores| scores.cells.iter().map(evidence).fold(0.0, f64::max);
    let later: Vec<f64> = months[12..].iter().map(highest).collect();
    assert!((0..11).all(|month| month == 9 || later[month] < later[9]), "{later:?}");
    for scores in &months {
        let centre = scores.cells.iter().find(|cell| cell.cell.to_string() == CENTRE).unwrap();
        assert!(number(centre.level) > 3, "{}: {centre:?}", scores.as_of);
    }
    let centre = september.cells.iter().find(|cell| cell.cell.to_string() == CENTRE).unwrap();
    assert!(number(centre.level) > 4, "{centre:?}");
}
