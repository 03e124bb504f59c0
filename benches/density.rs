//! Rasters: points by pixel, and a quartic surface, beside the plain double loop.

use divan::Bencher;
use tensionmap::unstable::density::{Density, Frame, PixelCounts};

const LEICESTER: [f64; 4] = [-1.30, 52.50, -0.95, 52.75];

/// Points over a frame as wide as a screen.
fn wide(n: usize) -> (Vec<f64>, Vec<f64>, Frame) {
    let (lat, lng) = super::positions(n);
    let lng: Vec<f64> = lng.into_iter().map(|lng| -1.125 + (lng + 1.125) * 2.09).collect();
    let frame = Frame::of_size([-1.490, 52.50, -0.760, 52.75], 1920, 1080).unwrap();
    (lat, lng, frame)
}

/// Ten million points to a picture on disk.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn points_to_png(bencher: Bencher) {
    let (lat, lng, frame) = wide(10_000_000);
    let path = std::env::temp_dir().join("tensionmap-bench-points.png");
    bencher.bench_local(|| {
        let counts = PixelCounts::of(frame.clone(), &lat, &lng);
        tensionmap::unstable::output::save_counts(&counts, &path).unwrap();
    });
}

#[divan::bench(sample_count = 10, sample_size = 1)]
fn points_count(bencher: Bencher) {
    let (lat, lng, frame) = wide(10_000_000);
    bencher.bench_local(|| PixelCounts::of(frame.clone(), &lat, &lng));
}

/// Pixel counts with a tangent and a logarithm for each point.
#[divan::bench(sample_count = 3, sample_size = 1)]
fn points_count_plain(bencher: Bencher) {
    let (lat, lng, frame) = wide(10_000_000);
    bencher.bench_local(|| {
        let mut counts = vec![0_u32; frame.width() * frame.height()];
        for (lat, lng) in lat.iter().zip(&lng) {
            let (column, row) = frame.place(lng.to_radians(), lat.to_radians().tan().asinh());
            if column >= 0.0 && row >= 0.0 && column < frame.width() as f64 && row < frame.height() as f64 {
                counts[row as usize * frame.width() + column as usize] += 1;
            }
        }
        counts
    });
}

#[divan::bench(sample_count = 20, sample_size = 1)]
fn quartic(bencher: Bencher) {
    let (lat, lng) = super::positions(1_000_000);
    let frame = Frame::of_pixel(LEICESTER, 25.0).unwrap();
    bencher.bench_local(|| Density::quartic(frame.clone(), &lat, &lng, 500.0).unwrap());
}

/// Every point added to every pixel within reach; a tenth of the points.
#[divan::bench(sample_count = 2, sample_size = 1)]
fn quartic_plain_tenth(bencher: Bencher) {
    let (lat, lng) = super::positions(100_000);
    let frame = Frame::of_pixel(LEICESTER, 25.0).unwrap();
    bencher.bench_local(|| {
        let mut raw = vec![0.0; frame.width() * frame.height()];
        for (lat, lng) in lat.iter().zip(&lng) {
            let (column, row) = frame.place(lng.to_radians(), lat.to_radians().tan().asinh());
            let rows = (row - 22.0).max(0.0) as usize..((row + 22.0) as usize).min(frame.height());
            for y in rows {
                let span = 500.0 / frame.metres(y);
                for x in (column - 22.0).max(0.0) as usize..((column + 22.0) as usize).min(frame.width()) {
                    let (dx, dy) = (x as f64 + 0.5 - column, y as f64 + 0.5 - row);
                    let part = (1.0 - (dx * dx + dy * dy) / (span * span)).max(0.0);
                    raw[y * frame.width() + x] += part * part;
                }
            }
        }
        raw
    });
}
