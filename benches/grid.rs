//! Points to cells: our batch against h3o in a plain loop.

use divan::Bencher;
use divan::counter::ItemsCount;
use tensionmap::{Resolution, grid};

const POINTS: usize = 1_000_000;

#[divan::bench(sample_count = 5)]
fn index_batch(bencher: Bencher) {
    let positions = super::positions(POINTS);
    bencher.counter(ItemsCount::new(POINTS)).bench_local(|| grid::cells(&positions, Resolution::Nine));
}

#[divan::bench(sample_count = 5)]
fn index_h3o_loop(bencher: Bencher) {
    let positions: Vec<h3o::LatLng> =
        super::positions(POINTS).iter().map(|at| h3o::LatLng::new(at.lat(), at.lng()).unwrap()).collect();
    bencher
        .counter(ItemsCount::new(POINTS))
        .bench_local(|| positions.iter().map(|at| at.to_cell(h3o::Resolution::Nine)).collect::<Vec<_>>());
}
