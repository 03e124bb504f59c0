//! Points to cells: our batch against h3o in a plain loop. `h3-batch`'s example `compare` has the paths one by one.

use divan::Bencher;
use divan::counter::ItemsCount;
use tensionmap::{Resolution, grid};

const POINTS: usize = 1_000_000;

#[divan::bench(sample_count = 5)]
fn index_batch(bencher: Bencher) {
    let (lat, lng) = super::positions(POINTS);
    bencher.counter(ItemsCount::new(POINTS)).bench_local(|| grid::cells(&lat, &lng, Resolution::Nine).unwrap());
}

#[divan::bench(sample_count = 5)]
fn index_h3o_loop(bencher: Bencher) {
    let (lat, lng) = super::positions(POINTS);
    let positions: Vec<h3o::LatLng> =
        lat.iter().zip(&lng).map(|(&lat, &lng)| h3o::LatLng::new(lat, lng).unwrap()).collect();
    bencher
        .counter(ItemsCount::new(POINTS))
        .bench_local(|| positions.iter().map(|at| at.to_cell(h3o::Resolution::Nine)).collect::<Vec<_>>());
}
