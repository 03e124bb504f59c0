//! Weighing: a cube to scores.

use divan::Bencher;
use tensionmap::score::{self, Counts, Prior};
use tensionmap::{Method, StudyArea};

#[divan::bench]
fn score_sample(bencher: Bencher) {
    let run = super::sample();
    let area = StudyArea::of_cells(run.scores.cells.iter().map(|cell| cell.cell));
    bencher.bench_local(|| score::at(&run.cube, &area, run.scores.as_of, &Method::default()).unwrap());
}

#[divan::bench]
fn rate_ratio() -> Option<score::RateRatio> {
    let counts = Counts { window: 73.0, baseline: 338.0, window_days: 28.0, baseline_days: 364.0 };
    let prior = Prior { rate: 0.8, days: 28.0, shape: 0.5, dispersion: 1.29 };
    score::rate_ratio(divan::black_box(counts), prior)
}
