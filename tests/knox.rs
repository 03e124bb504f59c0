//! Knox's test beside a plain double loop, by hand, and where there is nothing to find.

use proptest::prelude::*;
use rayon::ThreadPoolBuilder;
use tensionmap::unstable::hotspot::{Bands, Permutations, knox};
use tensionmap::{Day, LatLng};

use crate::worlds::config;

const DRAWS: Permutations = Permutations { draws: 99, seed: 3 };

fn at(metres_north: f64) -> LatLng {
    // h3o's sphere: 6,371,007.180918475 m.
    LatLng::new(54.7 + (metres_north / 6_371_007.180_918_475).to_degrees(), 2.3).unwrap()
}

fn bands(metres: &[f64], days: &[u32]) -> Bands {
    Bands { metres: metres.to_vec(), days: days.to_vec() }
}

/// Four reports along a road at 0, 50, 150 and 1000 m on days 0, 3, 10 and 3. Pairs: 50 m and 3 d; 150 m and 10 d; 1000 m and 3 d;
/// 100 m and 7 d; 950 m and 0 d; 850 m and 7 d.
#[test]
fn bands_by_hand() {
    let events = [(at(0.0), Day(0)), (at(50.0), Day(3)), (at(150.0), Day(10)), (at(1000.0), Day(3))];
    let found = knox(&events, &bands(&[60.0, 120.0, 200.0], &[7, 14]), DRAWS).unwrap();
    let observed: Vec<u64> = found.pairs.iter().map(|pairs| pairs.observed).collect();
    assert_eq!((found.events, observed), (4, vec![1, 0, 0, 1, 0, 1]));
    // Each band of distance has one pair; three pairs are nearer than a week, three than two: 1 · 3 / 6.
    assert!(found.pairs.iter().all(|pairs| (pairs.expected - 0.5).abs() < 1e-12));
    assert_eq!((found.at(0, 0).ratio, found.at(0, 1).ratio), (Some(2.0), Some(0.0)));
}

proptest! {
    #![proptest_config(config(100))]

    #[test]
    fn pairs_are_those_of_a_double_loop(
        events in prop::collection::vec((0_u32..40, 0_i32..60), 0..40),
        seed in any::<u64>(),
    ) {
        let bands = bands(&[0.0, 55.0, 255.0], &[1, 8, 20]);
        let events: Vec<(LatLng, Day)> = events.iter().map(|&(x, day)| (at(f64::from(x) * 10.0), Day(day))).collect();
        let found = knox(&events, &bands, Permutations { draws: 9, seed }).unwrap();
        let (mut observed, mut space, mut time, mut all) = ([[0_u64; 3]; 3], [0.0; 3], [0.0; 3], 0.0);
        for (nth, a) in events.iter().enumerate() {
            for b in &events[..nth] {
                let metres = ((a.0.lat() - b.0.lat()).to_radians() * 6_371_007.180_918_475).abs();
                let row = bands.metres.iter().position(|end| metres <= end + 1e-6);
                let column = bands.days.iter().position(|end| a.1.0.abs_diff(b.1.0) < *end);
                if let Some(row) = row {
                    space[row] += 1.0;
                }
                if let Some(column) = column {
                    time[column] += 1.0;
                }
                if let Some((row, column)) = row.zip(column) {
                    observed[row][column] += 1;
                }
                all += 1.0;
            }
        }
        for (row, column) in (0..3).flat_map(|row| (0..3).map(move |column| (row, column))) {
            let pairs = found.at(row, column);
            let expected = if all > 0.0 { space[row] * time[column] / all } else { 0.0 };
            prop_assert_eq!(pairs.observed, observed[row][column]);
            prop_assert!((pairs.expected - expected).abs() < 1e-9 && pairs.p > 0.0 && pairs.p <= 1.0);
            prop_assert_eq!(pairs.ratio.is_some(), expected > 0.0);
        }
        let other = knox(&crate::support::shuffled(events, seed), &bands, Permutations { draws: 9, seed }).unwrap();
        prop_assert_eq!(found, other);
    }
}

/// Planted repeats are significant, random dates are not, and the number of threads makes no difference.
#[test]
fn near_repeats_are_found() {
    let mut seed = 9_u64;
    let mut below = move |end: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % end
    };
    let mut events: Vec<(LatLng, Day)> =
        (0..150).map(|_| (at(below(20_000) as f64), Day(i32::try_from(below(365)).unwrap()))).collect();
    let bands = bands(&[100.0, 400.0], &[7, 28]);
    let quiet = knox(&events, &bands, DRAWS).unwrap();
    assert!(quiet.pairs.iter().all(|pairs| pairs.p > 0.01), "{quiet:?}");
    let repeats: Vec<(LatLng, Day)> = events.iter().take(30).map(|&(at, day)| (at, day + 2)).collect();
    events.extend(repeats);
    let of = |threads| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| knox(&events, &bands, DRAWS).unwrap())
    };
    let found = of(1);
    assert!(found.at(0, 0).p <= 0.01 && found.at(0, 0).ratio.unwrap() > 3.0, "{found:?}");
    assert!(found == of(2) && found == of(8));
}

#[test]
fn nothing_to_find_and_nothing_to_ask() {
    let usual = bands(&[100.0], &[7]);
    for events in [vec![], vec![(at(0.0), Day(0))], vec![(at(0.0), Day(0)); 5]] {
        let pairs = knox(&events, &usual, DRAWS).unwrap().pairs[0];
        assert!(pairs.p >= 1.0 && pairs.expected.is_finite(), "{pairs:?}");
    }
    let refused = |bands| knox(&[], &bands, DRAWS).unwrap_err().to_string();
    let metres = "expected ends of bands of distance in metres, rising, such as 100,200,400";
    assert_eq!(refused(bands(&[], &[7])), format!("metres \"\" is not usable: {metres}"));
    assert_eq!(refused(bands(&[9.0, 9.0], &[7])), format!("metres \"9,9\" is not usable: {metres}"));
    assert_eq!(refused(bands(&[f64::NAN], &[7])), format!("metres \"NaN\" is not usable: {metres}"));
    let days = "expected ends of bands of time in days, rising, such as 7,14,28";
    assert_eq!(refused(bands(&[9.0], &[0])), format!("days \"0\" is not usable: {days}"));
    assert_eq!(refused(bands(&[9.0], &[8, 7])), format!("days \"8,7\" is not usable: {days}"));
}
