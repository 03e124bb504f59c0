//! Every path against h3o, bit for bit.

use std::thread;

use h3_batch::Path;
use h3o::{LatLng, Resolution};

use crate::places::{KINDS, Kind, Random};

const CHUNK: usize = 1 << 16;

/// Number of `n` points of a kind, at a resolution, left to h3o; stops at the first difference.
fn compare(name: &str, kind: Kind, resolution: Resolution, n: usize) -> usize {
    let mut random = Random(u64::from(u8::from(resolution)) << 32 | name.len() as u64);
    let (mut left, mut asked) = (n, 0);
    while left > 0 {
        let mut points = Vec::new();
        while points.len() < left.min(CHUNK) {
            kind(&mut random, resolution, &mut points);
        }
        points.truncate(left.min(CHUNK));
        left -= points.len();
        let (lat, lng): (Vec<f64>, Vec<f64>) = points.iter().map(|&[lat, lng]| (lat, lng)).unzip();
        let expected: Vec<u64> =
            points.iter().map(|&[lat, lng]| LatLng::new(lat, lng).unwrap().to_cell(resolution).into()).collect();
        for path in Path::available() {
            let mut cells = vec![0; points.len()];
            let here = path.cells(&lat, &lng, resolution, &mut cells);
            if path == Path::best() {
                asked += here;
            }
            for (k, (&ours, &theirs)) in cells.iter().zip(&expected).enumerate() {
                assert_eq!(
                    ours, theirs,
                    "{name}, {path}, resolution {resolution}, {:?}: ours {ours:x}, h3o {theirs:x}",
                    points[k]
                );
            }
        }
    }
    asked
}

/// `n` points of each kind at each resolution, on two threads.
fn compare_all(n: usize) {
    let paths: Vec<String> = Path::available().map(|path| path.to_string()).collect();
    println!("paths: {}", paths.join(", "));
    let work: Vec<_> = KINDS.iter().flat_map(|&kind| (0..16).map(move |r| (kind, r))).collect();
    let share = |half: usize| {
        let part = work.iter().skip(half).step_by(2);
        part.map(|&((name, kind), r)| (name, compare(name, kind, Resolution::try_from(r).unwrap(), n)))
            .collect::<Vec<_>>()
    };
    let counts = thread::scope(|scope| {
        let other = scope.spawn(|| share(1));
        let mut counts = share(0);
        counts.extend(other.join().unwrap());
        counts
    });
    for (name, _) in KINDS {
        let asked: usize = counts.iter().filter(|(kind, _)| *kind == name).map(|(_, asked)| asked).sum();
        println!("{name}: {} points, {asked} left to h3o", 16 * n);
    }
    println!("0 of {} points differ from h3o", KINDS.len() * 16 * n);
}

#[test]
fn a_million_points_are_h3os() {
    compare_all(6_000);
}

#[test]
#[ignore = "minutes: cargo test --release -p h3-batch -- --ignored --nocapture"]
fn a_hundred_million_points_are_h3os() {
    compare_all(570_000);
}
