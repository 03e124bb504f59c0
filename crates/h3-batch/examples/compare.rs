//! Nanoseconds a point beside h3o, and how many points are left to it: medians of five rounds in which all take turns.
//!
//! `cargo run --release -p h3-batch --example compare [LAT.f64 LNG.f64]`, raw little-endian files of degrees; without them
//! ten million points over a town are made up.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a program that prints, and stops when it cannot")]

use std::hint::black_box;
use std::time::Instant;
use std::{fs, thread};

use h3_batch::Path;
use h3o::{LatLng, Resolution};

const ROUNDS: usize = 5;

fn main() {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let town = match files.as_slice() {
        [lat, lng] => [lat, lng].map(|file| numbers(&fs::read(file).unwrap())),
        _ => points(10_000_000, |a, b| [52.5 + 0.25 * a, -1.3 + 0.35 * b]),
    };
    let globe = points(town[0].len(), |a, b| [(2.0 * a - 1.0).asin().to_degrees(), 360.0 * b - 180.0]);
    println!("{} points, one thread, CPU ns a point (two threads: wall), median of {ROUNDS}", town[0].len());
    for (name, [lat, lng]) in [("town", &town), ("globe", &globe)] {
        for resolution in [7, 8, 9, 10, 5, 15].map(|r| Resolution::try_from(r).unwrap()) {
            compare(name, lat, lng, resolution);
        }
    }
}

fn compare(name: &str, lat: &[f64], lng: &[f64], resolution: Resolution) {
    let mut out = vec![0; lat.len()];
    let paths: Vec<Path> = Path::available().collect();
    let mut times = vec![Vec::new(); paths.len() + 2];
    let mut asked = 0;
    for _ in 0..ROUNDS {
        times[0].push(cpu(|| {
            for ((out, &lat), &lng) in out.iter_mut().zip(lat).zip(lng) {
                *out = LatLng::new(lat, lng).map_or(0, |at| at.to_cell(resolution).into());
            }
        }));
        for (path, times) in paths.iter().zip(&mut times[1..]) {
            times.push(cpu(|| asked = path.cells(lat, lng, resolution, black_box(&mut out))));
        }
        let start = Instant::now();
        let half = lat.len() / 2;
        let (left, right) = out.split_at_mut(half);
        thread::scope(|scope| {
            scope.spawn(|| Path::best().cells(&lat[..half], &lng[..half], resolution, left));
            Path::best().cells(&lat[half..], &lng[half..], resolution, right);
        });
        times[paths.len() + 1].push(start.elapsed().as_secs_f64());
    }
    let medians: Vec<f64> = times
        .into_iter()
        .map(|mut times| {
            times.sort_by(f64::total_cmp);
            times[ROUNDS / 2] * 1e9 / lat.len() as f64
        })
        .collect();
    print!("{name:5} r{resolution:<2}  h3o {:5.1}", medians[0]);
    for (path, ns) in paths.iter().zip(&medians[1..]) {
        print!("  {path} {ns:5.2} ({:4.1}x)", medians[0] / ns);
    }
    println!("  two threads {:5.2}  left to h3o {asked}", medians[paths.len() + 1]);
}

/// Seconds of this thread on a processor, or on the clock where the system does not tell.
fn cpu(run: impl FnOnce()) -> f64 {
    let spent = || -> Option<f64> {
        let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        Some(text.split(' ').next()?.parse::<f64>().ok()? * 1e-9)
    };
    let (start, clock) = (spent(), Instant::now());
    run();
    spent().zip(start).map_or_else(|| clock.elapsed().as_secs_f64(), |(end, start)| end - start)
}

fn numbers(bytes: &[u8]) -> Vec<f64> {
    bytes.as_chunks().0.iter().map(|&number| f64::from_le_bytes(number)).collect()
}

fn points(n: usize, place: impl Fn(f64, f64) -> [f64; 2]) -> [Vec<f64>; 2] {
    let mut state = 1_u64;
    let mut unit = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    let (lat, lng) = (0..n).map(|_| place(unit(), unit()).into()).unzip();
    [lat, lng]
}
