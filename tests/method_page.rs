//! The worked example of the method page, by the engine: the numbers a reader can follow by hand are the ones that come out.

use tensionmap::unstable::score::Covariates;
use tensionmap::{Day, Engine, Method, StudyArea};
use tensionmap::{Level, Scoring};

use crate::support::{csv, own};

fn example() -> String {
    let as_of: Day = "2022-10-01".parse().unwrap();
    let mut log = "lon,lat,date,category,source\n".to_owned();
    for k in 0..27 {
        log += &format!("-1.124,52.645,{},asb,police\n", as_of - 35 - 14 * k);
    }
    for (date, category, source) in [
        ("2021-08-30", "hate_incident", "network"),
        ("2022-09-27", "violence", "police"),
        ("2022-09-28", "violence", "police"),
        ("2022-09-29", "violence", "police"),
        ("2022-09-30", "hate_incident", "network"),
    ] {
        log += &format!("-1.124,52.645,{date},{category},{source}\n");
    }
    log
}

#[test]
fn the_worked_example_is_what_the_engine_computes() {
    let page = std::fs::read_to_string(own("docs/method.md")).unwrap();
    let as_of: Day = "2022-10-01".parse().unwrap();
    let cube = Engine::builder().as_of(as_of).build().unwrap().incidents(csv("log.csv", &example())).unwrap();
    let cube = cube.run().unwrap().product.cube;
    let area = StudyArea::of_cells(cube.cells());
    let method = Method { d_half: Some(60.0), ..Method::default() };
    let scoring = Scoring::new(&cube, &area, &method, Covariates::default()).unwrap();
    let scores = scoring.at(as_of);
    let cell = &scores.cells[0];
    let (ratio, evidence) = (cell.ratio.unwrap(), cell.evidence.unwrap());
    assert_eq!((cell.n_window.to_string(), cell.n_baseline.to_string()), ("4".into(), "26".into()));
    assert_eq!((scores.baseline_days, scores.dispersion.to_string()), (364, "1".into()));
    assert_eq!((cell.reports, evidence.counted), ([4.0; 3], [4.0; 3]));
    let why = scoring.explain(cell.cell, as_of).unwrap();
    let windows = &why.evidence.as_ref().unwrap().windows;
    let [p7, p10, p14] = [0, 1, 2].map(|window| windows[window].p.unwrap());
    let [v7, v10, v14] = [0, 1, 2].map(|window| windows[window].variance.unwrap());
    let why = why.evidence_words().unwrap();
    let size = cell.mass / cell.density;
    for expected in [
        format!("8819434dbbfffff ({size:.4} km²)"),
        format!("= {v7:.4}, V₁₀ = {v10:.4}, V₁₄ = {v14:.4}. Mid-p: p₇ = {p7:.6}, p₁₀ = {p10:.6}, p₁₄ = {p14:.6}"),
        format!("E₀ = {:.3}. No neighbours: E = {:.3}.", evidence.alone, evidence.total),
        format!("rr = {:.3} ({:.3} to {:.3}), p_exceed = {:.4}", ratio.rr, ratio.lo, ratio.hi, ratio.p_exceed),
        format!("experienced {:.1} %, evidenced {:.1} %", cell.strands[0] * 100.0, cell.strands[1] * 100.0),
        format!("85 · 2.705/6 = {:.2}, and {:.0}: {:.2}.", cell.surge, cell.corroboration, cell.score),
    ] {
        assert!(page.contains(&expected), "the page does not say {expected:?}");
    }
    let flat = page.replace("\n  ", " ");
    let sentence = why[0].split(" Most surprising").next().unwrap();
    assert!(flat.contains(&sentence[..sentence.len() - 1]), "the page does not say {sentence:?}");
    assert_eq!(cell.level.map(Level::number), Some(4));
    assert_eq!(scoring.at(as_of - 7).cells[0].level.map(Level::number), Some(6));
}

/// What the page says of the method's numbers is what the method says.
#[test]
fn the_page_has_the_methods_numbers() {
    let page = std::fs::read_to_string(own("docs/method.md")).unwrap();
    let method = Method::default();
    let [surge, intensity, corroboration, spread, context] = method.points.scaled();
    for (component, points) in [
        ("surge", surge),
        ("intensity", intensity),
        ("corroboration", corroboration),
        ("spread", spread),
        ("context", context),
    ] {
        assert!(page.contains(&format!("| {component} | {points} |")), "{component}");
    }
    for level in &method.levels {
        assert!(page.contains(&format!("{} {}", level.number, level.name)), "{level:?}");
    }
}
