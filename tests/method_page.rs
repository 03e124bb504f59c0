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
    log += &"-1.124,52.645,2022-09-30,violence,police\n".repeat(6);
    log + &"-1.124,52.645,2022-09-30,hate_incident,network\n".repeat(2)
}

#[test]
fn the_worked_example_is_what_the_engine_computes() {
    let page = std::fs::read_to_string(own("docs/method.md")).unwrap();
    let as_of: Day = "2022-10-01".parse().unwrap();
    let cube = Engine::builder().as_of(as_of).build().unwrap().incidents(csv("log.csv", &example())).unwrap();
    let cube = cube.run().unwrap().product.cube;
    let area = StudyArea::of_cells(cube.cells());
    let method = Method { d_half: Some(60.0), ..Method::default() };
    let scores = Scoring::new(&cube, &area, &method, Covariates::default()).unwrap().at(as_of);
    let cell = &scores.cells[0];
    let ratio = cell.ratio.unwrap();
    assert_eq!((cell.n_window.to_string(), cell.n_baseline.to_string()), ("8".into(), "26".into()));
    assert_eq!((scores.baseline_days, scores.dispersion.to_string()), (364, "1".into()));
    let size = cell.mass / cell.density;
    for expected in [
        format!("8819434dbbfffff ({size:.4} km²)"),
        format!(
            "rr = {:.3}, rr_lo = {:.3}, rr_hi = {:.3}; p_exceed = {:.4}",
            ratio.rr, ratio.lo, ratio.hi, ratio.p_exceed
        ),
        format!("{:.2} points.\n- Intensity", cell.surge),
        format!("Together {:.3}", cell.mass),
        format!(
            "D = {:.3} per km²; u = 1 − 2^(−D/60) = {:.4}, {:.2} points",
            cell.density, cell.u_intensity, cell.intensity
        ),
        format!("experienced {:.1} %, evidenced {:.1} %", cell.strands[0] * 100.0, cell.strands[1] * 100.0),
        format!("Score {:.2}: above 40", cell.score),
    ] {
        assert!(page.contains(&expected), "the page does not say {expected:?}");
    }
    assert!((cell.corroboration - 6.0).abs() < 1e-12 && cell.spread.abs() < 1e-12);
    assert_eq!(cell.level.map(Level::number), Some(4));
    let before = Scoring::new(&cube, &area, &method, Covariates::default()).unwrap().at(as_of - 7);
    assert_eq!(before.cells[0].level.map(Level::number), Some(6));
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
