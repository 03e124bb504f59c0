//! Points to cells: `h3-batch` against h3o in a loop (its example `compare` has each path). Polygons to cells: this crate
//! against h3o's tiler.

use divan::Bencher;
use divan::counter::ItemsCount;
use h3o::geom::{ContainmentMode, TilerBuilder};
use tensionmap::unstable::grid;
use tensionmap::{Containment, Resolution, StudyArea};

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

fn fill(bencher: Bencher, mode: Containment) {
    let areas = super::areas();
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    bencher
        .counter(ItemsCount::new(areas.len()))
        .bench_local(|| one.install(|| StudyArea::of_areas(&areas, Resolution::Ten, mode).unwrap().cells().len()));
}

fn tile(bencher: Bencher, mode: ContainmentMode) {
    let areas = super::areas();
    let tiled = |area: &geo::MultiPolygon| {
        let mut tiler = TilerBuilder::new(Resolution::Ten).containment_mode(mode).build();
        tiler.add_batch(area.iter().cloned()).unwrap();
        tiler.into_coverage().count()
    };
    bencher.counter(ItemsCount::new(areas.len())).bench_local(|| areas.iter().map(tiled).sum::<usize>());
}

#[divan::bench(sample_count = 5)]
fn fill_centroid(bencher: Bencher) {
    fill(bencher, Containment::Centroid);
}

#[divan::bench(sample_count = 5)]
fn fill_centroid_h3o(bencher: Bencher) {
    tile(bencher, ContainmentMode::ContainsCentroid);
}

#[divan::bench(sample_count = 5)]
fn fill_overlapping(bencher: Bencher) {
    fill(bencher, Containment::Overlapping);
}

#[divan::bench(sample_count = 1, sample_size = 1)]
fn fill_overlapping_h3o(bencher: Bencher) {
    tile(bencher, ContainmentMode::Covers);
}
