//! Counting and weighing at size, beside the same in polars: 10⁵ to 10⁷ reports of a town, eight classes, two years.

use divan::Bencher;
use divan::counter::ItemsCount;
use tensionmap::Input;
use tensionmap::polars::prelude::{Column, DataFrame, IntoLazy, LazyFrame, col, len};
use tensionmap::unstable::cube::CubeBuilder;
use tensionmap::unstable::ingest::{Batch, Import, ReadOptions};
use tensionmap::unstable::score::expressions::{count, decay, known_at};
use tensionmap::unstable::{grid, score};
use tensionmap::{Cube, Day, Method, Resolution, StudyArea};

const SIZES: [usize; 3] = [100_000, 1_000_000, 10_000_000];
const FIRST: i32 = 19_358;

/// Day of each report, within two years.
fn days(n: usize) -> impl Iterator<Item = i32> {
    (0..n as u64).map(|k| FIRST + i32::try_from(k * 7919 % 730).unwrap())
}

/// Latitudes, longitudes, days and categories from a fixed generator.
fn reports(n: usize) -> DataFrame {
    let (lat, lng) = super::positions(n);
    let labels = ["asb", "violence", "public_order", "criminal_damage", "hate_incident", "robbery", "arson", "drugs"];
    let days: Vec<String> = days(n).map(|day| Day(day).to_string()).collect();
    let categories: Vec<&str> = (0..n).map(|k| labels[k * 104_729 % 8]).collect();
    DataFrame::new_infer_height(vec![
        Column::new("latitude".into(), lat),
        Column::new("longitude".into(), lng),
        Column::new("date".into(), days),
        Column::new("category".into(), categories),
    ])
    .unwrap()
}

/// Accepted reports, read and checked beforehand.
fn batches(n: usize) -> Vec<Batch> {
    let mut batches = Vec::new();
    let accept = &mut |batch: &Batch| batches.push(batch.clone());
    let tally = Import::new(ReadOptions::default()).read(&Input::from(reports(n)), accept, &mut |_| Ok(())).unwrap();
    assert_eq!(tally.accepted, n as u64);
    batches
}

fn cube(batches: &[Batch]) -> Cube {
    let mut counts = CubeBuilder::new(Resolution::Nine, "UTC");
    for batch in batches {
        counts.add(batch);
    }
    counts.build().unwrap()
}

/// Points to cells, then exact counts by cell, day and class.
#[divan::bench(args = SIZES, sample_count = 3, sample_size = 1)]
fn count_ours(bencher: Bencher, n: usize) {
    let batches = batches(n);
    bencher.counter(ItemsCount::new(n)).bench_local(|| cube(&batches));
}

/// Counts by polars, of the same cells; days and classes are numbers already.
#[divan::bench(args = SIZES, sample_count = 3, sample_size = 1)]
fn count_polars(bencher: Bencher, n: usize) {
    let (lat, lng) = super::positions(n);
    let days: Vec<i32> = days(n).collect();
    let classes: Vec<u32> = (0..n).map(|k| (k * 104_729 % 8) as u32).collect();
    bencher.counter(ItemsCount::new(n)).bench_local(|| {
        let cells: Vec<u64> = grid::cells(&lat, &lng, Resolution::Nine).unwrap().into_iter().map(u64::from).collect();
        let columns = vec![
            Column::new("cell".into(), cells),
            Column::new("start".into(), days.clone()),
            Column::new("class".into(), classes.clone()),
        ];
        let by = [col("cell"), col("start"), col("class")];
        DataFrame::new_infer_height(columns).unwrap().lazy().group_by(by).agg([len()]).collect().unwrap()
    });
}

/// Whole method at one date from a cube, with a frozen anchor.
#[divan::bench(args = SIZES, sample_count = 3, sample_size = 1)]
fn weigh_ours(bencher: Bencher, n: usize) {
    let cube = cube(&batches(n));
    let area = StudyArea::of_cells(cube.cells());
    let method = Method { d_half: Some(100.0), ..Method::default() };
    bencher.counter(ItemsCount::new(n)).bench_local(|| score::at(&cube, &area, Day(FIRST + 730), &method).unwrap());
}

/// Window, baseline and faded reports of one date by polars: no ratio, no neighbours, no points.
#[divan::bench(args = SIZES, sample_count = 3, sample_size = 1)]
fn weigh_polars(bencher: Bencher, n: usize) {
    let frame: LazyFrame = cube(&batches(n)).frame().unwrap().lazy();
    let at = Day(FIRST + 730);
    bencher.counter(ItemsCount::new(n)).bench_local(|| {
        let sums = [
            count(at - 28, at).sum().alias("window"),
            count(at - 392, at - 28).sum().alias("baseline"),
            (col("n") * decay(at, 14.0)).sum().alias("faded"),
        ];
        frame.clone().filter(known_at(at)).group_by([col("cell")]).agg(sums).collect().unwrap()
    });
}
