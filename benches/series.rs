//! Series at size: five million reports, 20,000 cells, two years of days.

use h3o::LatLng;
use tensionmap::Scoring;
use tensionmap::unstable::cube::CubeBuilder;
use tensionmap::unstable::score::Covariates;
use tensionmap::{CellIndex, Cube, Day, Incident, Method, Resolution, StudyArea, When};

/// 5 · 10⁶ reports on 19,9xx cells round a town and 730 days, by a fixed generator: busy cells and quiet ones.
fn world() -> (Cube, StudyArea) {
    let middle = LatLng::new(52.64, -1.13).unwrap().to_cell(Resolution::Nine);
    let cells: Vec<CellIndex> = middle.grid_disk(81);
    let classes: Vec<_> = (0..12_u32)
        .map(|k| {
            use tensionmap::Category as C;
            let category =
                [C::Asb, C::Violence, C::PublicOrder, C::CriminalDamage, C::HateIncident, C::RumourMisinformation]
                    [k as usize % 6];
            tensionmap::unstable::incident::ReportClass {
                category,
                strand: category.strand(),
                severity: None,
                grade: None,
                source: Some(["police", "council"][k as usize / 6].to_owned()),
            }
        })
        .collect();
    let mut seed = 20_261_125_u64;
    let mut random = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as f64 / (1_u64 << 31) as f64
    };
    let mut cube = CubeBuilder::new(Resolution::Nine, "UTC");
    let first: Day = "2024-01-01".parse().unwrap();
    let centre =
        |&cell: &CellIndex| tensionmap::LatLng::new(LatLng::from(cell).lat(), LatLng::from(cell).lng()).unwrap();
    let places: Vec<tensionmap::LatLng> = cells.iter().map(centre).collect();
    for _ in 0..5_000_000 {
        // Squared: a few cells are much busier than most.
        let cell = (random().powi(2) * cells.len() as f64) as usize;
        let day = first + (random() * 730.0) as i32;
        let class = &classes[(random() * 12.0) as usize];
        let at = places[cell];
        cube.add_one(&Incident { at, when: When::day(day), known: day + 1, class: class.clone() });
    }
    (cube.build().unwrap(), StudyArea::of_cells(cells))
}

#[divan::bench(sample_count = 3, sample_size = 1, args = ["tension-1", "tension-2"])]
fn every_day_of_two_years(bencher: divan::Bencher<'_, '_>, method: &str) {
    let (cube, area) = world();
    let method = Method::named(method).unwrap();
    let first: Day = "2024-01-02".parse().unwrap();
    let days: Vec<Day> = (0..730).map(|day| first + day).collect();
    eprintln!("{} rows, {} cells", cube.rows().count(), area.cells().len());
    bencher.bench_local(|| {
        let scoring = Scoring::new(&cube, &area, &method, Covariates::default()).unwrap();
        let mut kept: Vec<[f32; 3]> = Vec::with_capacity(730 * area.cells().len());
        // Of the last day, so that there is history for an anchor to be calibrated on.
        scoring.each(&days, scoring.anchor(days[729]), |_, moments| {
            kept.extend(moments.iter().map(|cell| [cell.density as f32, cell.n_window as f32, cell.surge as f32]));
        });
        kept
    });
}

/// The part of a score that does not depend on the date.
#[divan::bench(sample_count = 9, sample_size = 1)]
fn made_ready(bencher: divan::Bencher<'_, '_>) {
    let (cube, area) = world();
    let method = Method { d_half: Some(1000.0), ..Method::default() };
    bencher.bench_local(|| Scoring::new(&cube, &area, &method, Covariates::default()).unwrap());
}

#[divan::bench(sample_count = 9, sample_size = 1, args = ["tension-1", "tension-2"])]
fn one_day_in_full(bencher: divan::Bencher<'_, '_>, method: &str) {
    let (cube, area) = world();
    let method = Method { d_half: Some(1000.0), ..Method::named(method).unwrap() };
    let as_of: Day = "2025-12-31".parse().unwrap();
    bencher.bench_local(|| Scoring::new(&cube, &area, &method, Covariates::default()).unwrap().at(as_of));
}
