//! Mann–Kendall's test for a trend, of one series or of many.

use std::f64::consts::FRAC_1_SQRT_2;

use libm::erfc;
use rayon::prelude::*;

/// What [`mann_kendall`] finds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MannKendall {
    /// How many values there are.
    pub n: usize,
    /// S: pairs that rise less pairs that fall, from −n(n−1)/2 to n(n−1)/2.
    pub s: i64,
    /// Variance of S where there is no trend, ties allowed for.
    pub variance: f64,
    /// S in standard deviations, moved by one towards 0; above 0, the series rises.
    pub z: f64,
    /// Probability of a z at least as far from 0 where there is no trend, 0 to 1; two-sided.
    pub p: f64,
}

/// Mann–Kendall's test: does a series rise or fall more often than chance would have it?
///
/// Values are in order of time and only compared, so that spacing, units and outliers play no role. With t running over the
/// sizes of groups of equal values,
///
/// ```text
/// S    = Σ_{i<j} sgn(x_j − x_i)
/// var  = (n(n−1)(2n+5) − Σ t(t−1)(2t+5)) / 18
/// z    = (S − sgn S) / √var
/// p    = 2 (1 − Φ(|z|))
/// ```
///
/// z and p rest on the normal approximation, which is rough below ten values, and on values that are independent of each
/// other. Scores of successive weeks are not: they share most of their window, and p comes out too small. Use it to rank
/// series, not to prove one.
///
/// NaN is no value and left out. Nothing, one value, two values, and values that are all the same, are no trend: z = 0 and
/// p = 1. O(n²) comparisons; n is a number of dates.
///
/// By hand: of 1, 1, 1, 2 three pairs rise and three are tied, S = 3; var = (4·3·13 − 3·2·11)/18 = 5; z = 2/√5.
///
/// ```
/// let trend = tensionmap::hotspot::mann_kendall(&[1.0, 1.0, 1.0, 2.0]);
/// assert_eq!((trend.n, trend.s), (4, 3));
/// assert!((trend.variance - 5.0).abs() < 1e-12 && (trend.z - 0.894_427_191).abs() < 1e-9);
/// assert!((trend.p - 0.371_093_370).abs() < 1e-9);
/// ```
///
/// References: Mann, Nonparametric tests against trend, Econometrica 13 (1945) 245–259; Kendall, Rank Correlation Methods
/// (4th ed. 1975), with the variance under ties.
#[must_use]
pub fn mann_kendall(values: &[f64]) -> MannKendall {
    let mut values: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
    let n = values.len();
    let mut s = 0;
    for (place, &one) in values.iter().enumerate() {
        // Whole numbers of 32 bits keep the inner loop wide; a row of them cannot overflow.
        let row: i32 = values[place + 1..].iter().map(|&later| i32::from(later > one) - i32::from(later < one)).sum();
        s += i64::from(row);
    }
    values.sort_unstable_by(f64::total_cmp);
    #[allow(clippy::float_cmp, reason = "a tie is equality")]
    let ties: f64 = values.chunk_by(|a, b| a == b).map(|tied| weight(tied.len())).sum();
    MannKendall::of(n, s, (weight(n) - ties) / 18.0)
}

/// n(n−1)(2n+5).
fn weight(n: usize) -> f64 {
    n as f64 * (n as f64 - 1.0) * (2.0 * n as f64 + 5.0)
}

impl MannKendall {
    pub(super) fn of(n: usize, s: i64, variance: f64) -> Self {
        #[allow(clippy::cast_precision_loss, reason = "exact below 2^53 pairs")]
        let z = if variance > 0.0 { (s - s.signum()) as f64 / variance.sqrt() } else { 0.0 };
        Self { n, s, variance, z, p: erfc(z.abs() * FRAC_1_SQRT_2) }
    }
}

/// Series that are compared at a time, side by side.
const LANES: usize = 16;
/// Longest series whose ranks, and their differences, fit into 16 bits.
const LONGEST: usize = i16::MAX as usize;

/// [`mann_kendall`] of many series of one length, one after the other in `panel`: the same answers, some ten times as fast.
///
/// Numbers are only compared, so that ranks of 16 bits do, and sixteen series go through the same pairs at once.
///
/// ```
/// use tensionmap::hotspot::{mann_kendall, mann_kendall_each};
/// let found = mann_kendall_each(&[1.0, 1.0, 1.0, 2.0, 5.0, 4.0, 3.0, 2.0], 4);
/// assert_eq!(found, [mann_kendall(&[1.0, 1.0, 1.0, 2.0]), mann_kendall(&[5.0, 4.0, 3.0, 2.0])]);
/// ```
///
/// # Panics
/// When the panel is not a whole number of series.
#[must_use]
pub fn mann_kendall_each(panel: &[f64], length: usize) -> Vec<MannKendall> {
    if length == 0 || length > LONGEST {
        return panel.chunks(length.max(1)).map(mann_kendall).collect();
    }
    assert_eq!(panel.len() % length, 0, "expected series of {length} values each");
    let block = |series: &[f64]| {
        let mut lanes = vec![[0_i16; LANES]; length];
        let mut ties = [None; LANES];
        let mut room = Room::default();
        for (lane, series) in series.chunks_exact(length).enumerate() {
            ties[lane] = room.ranks(series);
            for (ranks, rank) in lanes.iter_mut().zip(&room.ranks) {
                ranks[lane] = *rank;
            }
        }
        let s = scores(&lanes);
        let found = series.chunks_exact(length).enumerate().map(|(lane, series)| match ties[lane] {
            Some(ties) => MannKendall::of(length, s[lane].into(), (weight(length) - ties) / 18.0),
            None => mann_kendall(series),
        });
        found.collect::<Vec<_>>()
    };
    panel.par_chunks(length * LANES).with_min_len(8).flat_map_iter(block).collect()
}

/// S of each lane.
fn scores(lanes: &[[i16; LANES]]) -> [i32; LANES] {
    let mut s = [0; LANES];
    for (place, one) in lanes.iter().enumerate() {
        let mut row = [0_i16; LANES];
        for later in &lanes[place + 1..] {
            for lane in 0..LANES {
                row[lane] += i16::from(later[lane] > one[lane]) - i16::from(later[lane] < one[lane]);
            }
        }
        for (s, row) in s.iter_mut().zip(row) {
            *s += i32::from(row);
        }
    }
    s
}

/// Room for the ranks of one series at a time.
#[derive(Default)]
struct Room {
    ranks: Vec<i16>,
    order: Vec<(f64, u16)>,
    /// How often each of a few whole numbers is met.
    times: Vec<u16>,
}

/// Whole numbers that are told apart by counting.
const FEW: usize = 256;

impl Room {
    /// Numbers that compare as the values do, and Σ t(t−1)(2t+5) over ties; `None` where a value is NaN.
    fn ranks(&mut self, series: &[f64]) -> Option<f64> {
        self.ranks.clear();
        #[allow(clippy::cast_possible_truncation, reason = "what does not fit is no equal")]
        self.ranks.extend(series.iter().map(|&value| value as i16));
        let is_whole = self.ranks.iter().zip(series).all(|(&rank, &value)| (f64::from(rank) - value).abs() <= 0.0);
        let (least, most) = self.ranks.iter().fold((i16::MAX, i16::MIN), |(a, b), &rank| (a.min(rank), b.max(rank)));
        let span = i32::from(most) - i32::from(least);
        if is_whole && usize::try_from(span).is_ok_and(|span| span < FEW) {
            self.times.clear();
            self.times.resize(usize::try_from(span).unwrap_or(0) + 1, 0);
            for &rank in &self.ranks {
                self.times[usize::from(rank.abs_diff(least))] += 1;
            }
            return Some(self.times.iter().map(|&times| weight(times.into())).sum());
        }
        if series.iter().any(|value| value.is_nan()) {
            return None;
        }
        self.order.clear();
        self.order.extend(series.iter().copied().zip(0..));
        self.order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        let mut ties = 0.0;
        #[allow(clippy::float_cmp, reason = "a tie is equality")]
        let groups = self.order.chunk_by(|a, b| a.0 == b.0);
        for (rank, group) in (0..).zip(groups) {
            ties += weight(group.len());
            for &(_, place) in group {
                self.ranks[usize::from(place)] = rank;
            }
        }
        Some(ties)
    }
}
