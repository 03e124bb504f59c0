//! Benches: one binary, a module a stage, ours beside a reference in one group.
//!
//! `cargo bench` runs all; `cargo bench -- index` those whose name holds `index`. benches/README.md has figures.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a bench that cannot run should stop and say so"
)]

mod area;
mod grid;
mod ingest;
mod output;
mod score;

fn main() {
    divan::main();
}

/// The sample, read once for each bench that starts from it.
fn sample() -> tensionmap::Run {
    let engine =
        tensionmap::Engine::builder().as_of("2026-03-02").area(tensionmap::sample::boundary()).build().unwrap();
    engine.incidents(tensionmap::sample::incidents()).unwrap().run().unwrap()
}

/// Pseudo-random positions over a city, the same every time.
fn positions(n: usize) -> Vec<tensionmap::LatLng> {
    let mut state = 1_u64;
    let mut unit = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        f64::from(u32::try_from(state >> 32).unwrap_or(0)) / f64::from(u32::MAX)
    };
    (0..n).map(|_| tensionmap::LatLng::new(52.5 + unit() * 0.25, -1.3 + unit() * 0.35).unwrap()).collect()
}
