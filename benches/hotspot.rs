//! Benchmarks of hot spot statistics: 19,927 cells about a town, two years of weeks. `plain_…` are the obvious implementations.

use divan::Bencher;
use h3o::LatLng;
use tensionmap::unstable::hotspot::{
    Bands, EmergingOptions, ExpectedCases, GiOptions, Kernel, Permutations, ScanOptions, Weights, emerging, getis_ord,
    getis_ord_layers, knox, scan,
};
use tensionmap::unstable::trend::{mann_kendall, mann_kendall_each};
use tensionmap::{CellIndex, Day, Resolution, StudyArea};

const WEEKS: usize = 104;

/// A million reports, in cells that are busy and cells that are not, by a fixed generator; week by week within each cell.
fn town(steps: u32, weeks: usize) -> (StudyArea, Vec<f64>) {
    let middle = LatLng::new(52.635, -1.13).unwrap().to_cell(Resolution::Ten);
    let area = StudyArea::of_cells(middle.grid_disk::<Vec<CellIndex>>(steps));
    let cells = area.cells().len();
    let mut seed = 20_261_128_u64;
    let mut random = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as f64 / (1_u64 << 31) as f64
    };
    let mut panel = vec![0.0; cells * weeks];
    for _ in 0..cells * weeks / 2 {
        let cell = (random().powi(2) * cells as f64) as usize;
        panel[cell * weeks + (random() * weeks as f64) as usize] += 1.0;
    }
    (area, panel)
}

fn totals(panel: &[f64], weeks: usize) -> Vec<f64> {
    panel.chunks(weeks).map(|cell| cell.iter().sum()).collect()
}

#[divan::bench(args = [1, 3])]
fn neighbours(bencher: Bencher, k: u32) {
    let (area, _) = town(81, 1);
    bencher.bench_local(|| Weights::rings(&area, k, Kernel::Binary).unwrap());
}

#[divan::bench(args = [1, 3])]
fn gi_star(bencher: Bencher, k: u32) {
    let (area, panel) = town(81, WEEKS);
    let (values, weights) = (totals(&panel, WEEKS), Weights::rings(&area, k, Kernel::Binary).unwrap());
    bencher.bench_local(|| getis_ord(&values, &weights, GiOptions::default()).unwrap());
}

#[divan::bench(args = [1, 3])]
fn gi_star_of_104_weeks(bencher: Bencher, k: u32) {
    let (area, panel) = town(81, WEEKS);
    let weights = Weights::rings(&area, k, Kernel::Binary).unwrap();
    bencher.bench_local(|| getis_ord_layers(&panel, WEEKS, &weights).unwrap());
}

/// Gi* week by week: mean, standard deviation and sums over lists of neighbours.
#[divan::bench(args = [1, 3])]
fn plain_gi_star_of_104_weeks(bencher: Bencher, k: u32) {
    let (area, panel) = town(81, WEEKS);
    let weights = Weights::rings(&area, k, Kernel::Binary).unwrap();
    let layers: Vec<Vec<f64>> =
        (0..WEEKS).map(|week| panel.iter().skip(week).step_by(WEEKS).copied().collect()).collect();
    let z = |layer: &Vec<f64>| -> Vec<f64> {
        let n = layer.len() as f64;
        let mean = layer.iter().sum::<f64>() / n;
        let deviation = (layer.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
        let of = |place: usize| {
            let near = weights.of(place);
            let (sum, w) = (near.iter().map(|&near| layer[near as usize]).sum::<f64>(), near.len() as f64 + 1.0);
            (layer[place] + sum - mean * w) / (deviation * ((n * w - w * w) / (n - 1.0)).sqrt())
        };
        (0..layer.len()).map(of).collect()
    };
    bencher.bench_local(|| layers.iter().map(z).collect::<Vec<_>>());
}

#[divan::bench(args = [1, 3])]
fn gi_star_999_permutations(bencher: Bencher, k: u32) {
    let (area, panel) = town(81, WEEKS);
    let (values, weights) = (totals(&panel, WEEKS), Weights::rings(&area, k, Kernel::Binary).unwrap());
    let options = GiOptions { permutations: Some(Permutations::default()), ..GiOptions::default() };
    bencher.bench_local(|| getis_ord(&values, &weights, options).unwrap());
}

/// Gi* with separate draws for each cell, with replacement, as an expert writes it in numba.
#[divan::bench(args = [1, 3], sample_count = 3)]
fn plain_gi_star_999_permutations(bencher: Bencher, k: u32) {
    let (area, panel) = town(81, WEEKS);
    let (values, weights) = (totals(&panel, WEEKS), Weights::rings(&area, k, Kernel::Binary).unwrap());
    let others = values.len() as u64 - 1;
    let above = |place: usize| {
        let near = weights.of(place);
        let observed: f64 = near.iter().map(|&near| values[near as usize]).sum();
        let mut random = (place as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut draw = || {
            let sum: f64 = (0..near.len())
                .map(|_| {
                    random ^= random << 13;
                    random ^= random >> 7;
                    random ^= random << 17;
                    let other = (((random >> 32) * others) >> 32) as usize;
                    values[other + usize::from(other >= place)]
                })
                .sum();
            u32::from(sum >= observed)
        };
        (0..999).map(|_| draw()).sum::<u32>()
    };
    bencher.bench_local(|| (0..values.len()).map(above).collect::<Vec<_>>());
}

#[divan::bench]
fn mann_kendall_of_19927_cells(bencher: Bencher) {
    let (_, panel) = town(81, WEEKS);
    bencher.bench_local(|| mann_kendall_each(&panel, WEEKS));
}

/// Mann–Kendall of numbers that are not whole, whose ranks need sorting.
#[divan::bench]
fn mann_kendall_of_19927_cells_of_reals(bencher: Bencher) {
    let (_, mut panel) = town(81, WEEKS);
    panel.iter_mut().enumerate().for_each(|(place, value)| *value += (place * 7919 % 10_007) as f64 / 10_007.0);
    bencher.bench_local(|| mann_kendall_each(&panel, WEEKS));
}

#[divan::bench(sample_count = 5)]
fn plain_mann_kendall_of_19927_cells(bencher: Bencher) {
    let (_, panel) = town(81, WEEKS);
    bencher.bench_local(|| panel.chunks(WEEKS).map(mann_kendall).collect::<Vec<_>>());
}

#[divan::bench]
fn emerging_of_2107_cells_and_52_weeks(bencher: Bencher) {
    let (area, panel) = town(26, 52);
    let weights = Weights::rings(&area, 1, Kernel::Binary).unwrap();
    bencher.bench_local(|| emerging(&panel, 52, &weights, EmergingOptions::default()).unwrap());
}

#[divan::bench]
fn emerging_of_19927_cells_and_104_weeks(bencher: Bencher) {
    let (area, panel) = town(81, WEEKS);
    let weights = Weights::rings(&area, 1, Kernel::Binary).unwrap();
    bencher.bench_local(|| emerging(&panel, WEEKS, &weights, EmergingOptions::default()).unwrap());
}

/// The size of the sample: 331 cells, half a year of days, 1,500 reports; 999 random worlds.
fn scanned() -> (StudyArea, Vec<u32>) {
    let (area, _) = town(10, 1);
    let mut cases = vec![0; area.cells().len() * 182];
    let bins = cases.len() as u64;
    (0..1500_u64).for_each(|k| cases[(k.wrapping_mul(0x9e37_79b9_7f4a_7c15) % bins) as usize] += 1);
    (area, cases)
}

#[divan::bench(args = [false, true], sample_count = 5)]
fn scan_999_worlds(bencher: Bencher, retrospective: bool) {
    let (area, cases) = scanned();
    let options = ScanOptions { retrospective, ..ScanOptions::default() };
    bencher.bench_local(|| scan(&area, &cases, 182, ExpectedCases::Permutation, options).unwrap());
}

#[divan::bench(sample_count = 5)]
fn knox_999_dealings(bencher: Bencher) {
    let (area, cases) = scanned();
    let events: Vec<_> = (0..)
        .zip(&cases)
        .flat_map(|(bin, &n)| {
            let centre = LatLng::from(area.cells()[bin / 182]);
            let at = tensionmap::LatLng::new(centre.lat(), centre.lng()).unwrap();
            let day = Day(20_000 + i32::try_from(bin % 182).unwrap());
            (0..n).map(move |_| (at, day))
        })
        .collect();
    let bands = Bands { metres: vec![60.0, 200.0, 330.0, 460.0], days: vec![7, 14, 21, 28] };
    bencher.bench_local(|| knox(&events, &bands, Permutations::default()).unwrap());
}
