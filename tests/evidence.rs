//! The evidence against independent programs, and what it must hold to.

use std::collections::HashMap;

use tensionmap::unstable::score::{Calm, Effect, ln_mid_p, poisson_quantile};
use tensionmap::{Day, Engine, Method, Scores, sample};

use crate::support::own;

/// Rows of a CSV file, each by column.
fn records(path: &str) -> Vec<HashMap<String, String>> {
    let mut reader = ::csv::ReaderBuilder::new().comment(Some(b'#')).from_path(own(path)).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}

fn number(record: &HashMap<String, String>, column: &str) -> Option<f64> {
    record[column].parse().ok()
}

/// 200 corner cases by mpmath with 50 digits (`tests/reference/tails.py`): tiny and huge means, deep tails, the Poisson limit.
#[test]
fn tails_of_counts_are_those_of_forty_digits() {
    let (mut worst, cases) = (0.0_f64, records("tests/reference/tails.csv"));
    assert_eq!(cases.len(), 200);
    for case in &cases {
        let [x, mean, variance, expected] =
            ["x", "mean", "variance", "ln_p"].map(|column| number(case, column).unwrap());
        // A difference of logarithms is a relative difference.
        let off = (ln_mid_p(x, mean, variance) - expected).abs();
        assert!(off <= 1e-10, "{case:?}: off by {off:e}");
        worst = worst.max(off);
    }
    for case in records("tests/reference/calm.csv") {
        let [shape, l, expected] = ["shape", "l", "evidence"].map(|column| number(&case, column).unwrap());
        let off = (Calm::new(shape).evidence(l) - expected).abs() * std::f64::consts::LN_10;
        assert!(off <= 1e-10, "{case:?}: off by {off:e}");
        worst = worst.max(off);
    }
    eprintln!("largest relative error of a tail: {worst:.1e}");
}

#[test]
fn quantiles_of_counts_are_whole_and_rise() {
    for (q, mean, expected) in [(0.999, 0.01, 1.0), (0.999, 0.51, 4.0), (0.999, 3.01, 10.0), (0.5, 1000.0, 1000.0)] {
        assert!((poisson_quantile(q, mean) - expected).abs() < 1e-9, "{q} {mean}: {}", poisson_quantile(q, mean));
    }
}

/// More over-dispersion makes the same count less surprising, and its rise less sure. (Beyond φ of several times the mean a count is
/// mostly nought, and any report a surprise again.)
#[test]
fn dispersion_makes_few_reports_more_careful() {
    for (x, mean) in [(3.0, 0.5), (6.0, 1.0), (12.0, 4.0), (80.0, 30.0)] {
        let surprise: Vec<f64> = [1.0, 1.2, 1.5, 2.0, 3.0].map(|phi| -ln_mid_p(x, mean, phi * mean)).into();
        assert!(surprise.is_sorted_by(|a, b| a > b), "{x} {mean}: {surprise:?}");
        let mut effect = Effect::default();
        (effect.counted, effect.expected, effect.past, effect.shape, effect.exposure) =
            (x, mean, 13.0 * mean, 0.45, 0.5);
        let lo = |phi: f64| {
            effect.dispersion = phi;
            effect.rr_lo().unwrap()
        };
        let lo: Vec<f64> = [1.0, 1.5, 3.0, 142.0].map(lo).into();
        assert!(lo.is_sorted_by(|a, b| a > b), "{x} {mean}: {lo:?}");
    }
    let mut silent = Effect::default();
    (silent.expected, silent.past, silent.dispersion, silent.shape, silent.exposure) = (2.0, 26.0, 142.0, 0.45, 0.5);
    let ratio = silent.ratio().unwrap();
    assert!(ratio.lo.abs() < f64::MIN_POSITIVE && ratio.p_exceed < 0.8, "{ratio:?}");
}

fn sample_at(as_of: &str) -> Scores {
    let engine = Engine::builder().as_of(as_of).area(sample::boundary()).build().unwrap();
    engine.incidents(sample::incidents()).unwrap().run().unwrap().product.scores
}

/// Every cell of the sample at three dates, computed a second time in Python, record by record, with H3's own library and scipy
/// (`tests/reference/tension_2.py`).
#[test]
fn the_samples_evidence_equals_an_independent_programs() {
    let expected = records("tests/reference/sample_evidence.csv");
    let mut worst = 0.0_f64;
    for as_of in ["2025-06-02", "2026-02-16", "2026-03-02"] {
        let scores = sample_at(as_of);
        let of_date: HashMap<&str, &HashMap<String, String>> =
            expected.iter().filter(|row| row["as_of"] == as_of).map(|row| (row["h3"].as_str(), row)).collect();
        assert_eq!(of_date.len(), scores.cells.len());
        for cell in &scores.cells {
            let row = of_date[cell.cell.to_string().as_str()];
            assert_eq!(cell.status.id(), row["status"], "{as_of} {}", cell.cell);
            let level = cell.level.map_or_else(String::new, |level| level.number().to_string());
            assert_eq!(level, row["level"], "{as_of} {}", cell.cell);
            let evidence = cell.evidence;
            let found = [
                ("evidence", evidence.map(|e| e.total)),
                ("evidence_alone", evidence.map(|e| e.alone)),
                ("neighbours", evidence.map(|e| e.neighbours)),
                ("counted_7", evidence.map(|e| e.counted[0])),
                ("counted_14", evidence.map(|e| e.counted[2])),
                ("expected_7", evidence.map(|e| e.expected[0])),
                ("expected_10", evidence.map(|e| e.expected[1])),
                ("expected_14", evidence.map(|e| e.expected[2])),
                ("area_factor", evidence.map(|e| e.factor)),
                ("n_7", Some(cell.reports[0])),
                ("n_10", Some(cell.reports[1])),
                ("n_14", Some(cell.reports[2])),
                ("n_window", Some(cell.n_window)),
                ("n_baseline", Some(cell.n_baseline)),
                ("rr", cell.ratio.map(|ratio| ratio.rr)),
                ("rr_lo", cell.ratio.map(|ratio| ratio.lo)),
                ("rr_hi", cell.ratio.map(|ratio| ratio.hi)),
                ("p_exceed", cell.ratio.map(|ratio| ratio.p_exceed)),
                ("surge", Some(cell.surge)),
                ("spread", Some(cell.spread)),
                ("corroboration", Some(cell.corroboration)),
                ("intensity", Some(100.0 * cell.u_intensity)),
                ("score", Some(cell.score)),
            ];
            for (column, found) in found {
                let expected = number(row, column);
                assert_eq!(found.is_some(), expected.is_some(), "{as_of} {} {column}: {row:?}", cell.cell);
                if let Some((found, expected)) = found.zip(expected) {
                    let off = (found - expected).abs() / expected.abs().max(1.0);
                    assert!(off <= 1e-9, "{as_of} {} {column}: {found} is not {expected}", cell.cell);
                    worst = worst.max(off);
                }
            }
        }
    }
    eprintln!("sample, 3 dates: largest relative difference {worst:.1e}");
}

/// A frozen method's date decides where cell-days are cut and laws are fitted, and `calibrate` writes it.
#[test]
fn calibrating_freezes_the_date_too() {
    let engine = Engine::builder().as_of("2026-03-02").area(sample::boundary()).build().unwrap();
    let prepared = engine.incidents(sample::incidents()).unwrap().prepare().unwrap();
    let method = prepared.calibrate().unwrap();
    assert_eq!(method.anchor_date, Some("2026-03-02".parse::<Day>().unwrap()));
    assert_eq!(Method::from_toml(&method.to_toml()).unwrap(), method);
    let first = Method { evidence: None, anchor_date: None, ..Method::tension_1() };
    assert_eq!(first, Method::tension_1());
}

/// Errors of method files say what is wrong and what to do.
#[test]
fn impossible_methods_of_either_version_are_refused() {
    let (two, one) = (Method::tension_2().to_toml(), Method::tension_1().to_toml());
    for (text, from, to, expected) in [
        (&two, "shape = 1.25", "shape = nan", "shape must be from 0.2 to 5"),
        (&two, "drift = 0.02", "drift = -1.0", "drift must be from 0 to 1"),
        (&two, "refit_days = 28", "refit_days = 0", "refit_days must be 1 to 3650"),
        (&two, "days = 10", "days = 7", "windows of the evidence must be 3"),
        (&two, "block = 14", "block = 300", "windows of the evidence must be 3"),
        (&two, "cut_quantile = 0.999", "cut_quantile = 1.0", "cut_quantile must be below 1"),
        (&two, "neighbours_full = 2.6", "neighbours_full = 1.0", "below neighbours_full"),
        (&two, "intensity = 0.0", "intensity = 15.0", "points without context sum to 115"),
        (&two, "name = \"tension-2\"", "name = \"tension-1\"", "tension-1 does not; rename it"),
        (&two, "evidence = 2.5", "score = 40.0", "has another measure than evidence"),
        (&two, "prior_reports = 2.0\n", "", "missing field `prior_reports`"),
        (&one, "name = \"tension-1\"", "name = \"tension-2\"", "has no [evidence]"),
        (
            &one,
            "window_days = 28",
            "window_days = 28\nanchor_date = \"2022-01-01\"",
            "anchor_date belongs to a method with [evidence]",
        ),
        (&one, "score = 40.0", "evidence = 2.5", "has another measure than score"),
    ] {
        assert!(text.contains(from), "{from}");
        let error = Method::from_toml(&text.replacen(from, to, 1)).expect_err(expected);
        let source = std::error::Error::source(&error).map_or(String::new(), ToString::to_string);
        assert!(format!("{error} {source}").contains(expected), "{error} {source}");
    }
}
