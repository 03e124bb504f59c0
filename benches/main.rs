//! Benches: one binary, a module a stage, ours beside a reference in one group.
//!
//! `cargo bench` runs all; `cargo bench -- index` those whose name contains `index`. benches/README.md has figures.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::print_stderr,
    reason = "a bench that cannot run should stop and say so"
)]

mod area;
#[cfg(feature = "polars")]
mod count;
mod density;
mod grid;
mod hotspot;
mod ingest;
mod output;
#[cfg(feature = "polars")]
mod scaling;
mod score;
mod series;
mod surge;

fn main() {
    #[cfg(feature = "polars")]
    if std::env::args().any(|arg| arg == "scaling-curve") {
        return scaling::draw();
    }
    divan::main();
}

/// The sample, read once for each bench that starts from it.
fn sample() -> tensionmap::Run {
    let engine =
        tensionmap::Engine::builder().as_of("2026-03-02").area(tensionmap::sample::boundary()).build().unwrap();
    engine.incidents(tensionmap::sample::incidents()).unwrap().run().unwrap()
}

/// Pseudo-random latitudes and longitudes over a city, the same every time.
fn positions(n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut state = 1_u64;
    let mut unit = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        f64::from(u32::try_from(state >> 32).unwrap_or(0)) / f64::from(u32::MAX)
    };
    (0..n).map(|_| (52.5 + unit() * 0.25, -1.3 + unit() * 0.35)).unzip()
}

/// The points one by one.
fn places(n: usize) -> Vec<tensionmap::LatLng> {
    let (lat, lng) = positions(n);
    lat.iter().zip(&lng).map(|(&lat, &lng)| tensionmap::LatLng::new(lat, lng).unwrap()).collect()
}

/// Two thousand areas side by side over the same city, of 24 corners each; neighbours share theirs.
fn areas() -> Vec<geo::MultiPolygon> {
    const PARTS: i32 = 6;
    let (columns, rows) = (50, 40);
    // Corners of a grid six times as fine, each moved a little in a way that depends on its place only.
    let corner = |x: i32, y: i32| {
        let noise = |salt: f64| (f64::from(x * 71 + y * 193) * salt).sin() * 0.4;
        let scale =
            |at: i32, noise: f64, size: f64, count: i32| (f64::from(at) + noise) * size / f64::from(count * PARTS);
        geo::Coord { x: -1.3 + scale(x, noise(1.7), 0.35, columns), y: 52.5 + scale(y, noise(2.3), 0.25, rows) }
    };
    let area = |index: i32| {
        let (x, y) = (index % columns * PARTS, index / columns * PARTS);
        let south = (0..PARTS).map(|part| corner(x + part, y));
        let east = (0..PARTS).map(|part| corner(x + PARTS, y + part));
        let north = (0..PARTS).map(|part| corner(x + PARTS - part, y + PARTS));
        let west = (0..PARTS).map(|part| corner(x, y + PARTS - part));
        let ring: geo::LineString = south.chain(east).chain(north).chain(west).collect();
        geo::Polygon::new(ring, Vec::new()).into()
    };
    (0..columns * rows).map(area).collect()
}
