//! Weighing: a cube to scores.

use divan::Bencher;
use tensionmap::unstable::score;
use tensionmap::{Method, StudyArea};

#[divan::bench]
fn score_sample(bencher: Bencher) {
    let run = super::sample();
    let area = StudyArea::of_cells(run.scores.cells.iter().map(|cell| cell.cell));
    bencher.bench_local(|| score::at(&run.cube, &area, run.scores.as_of, &Method::default()).unwrap());
}
