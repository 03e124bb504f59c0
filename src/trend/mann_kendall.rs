//! Mann–Kendall test for a trend, of one series or of many.

use std::f64::consts::FRAC_1_SQRT_2;

use libm::erfc;
use rayon::prelude::*;
use wide::i16x16;

use super::pairs::{pairs, sort_counting};

/// Result of [`mann_kendall`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct MannKendall {
    /// Number of values.
    pub n: usize,
    /// S: rising pairs minus falling pairs, from −n(n−1)/2 to n(n−1)/2.
    pub s: i64,
    /// Variance of S without a trend, corrected for ties.
    pub variance: f64,
    /// S in standard deviations, with continuity correction; above 0 for a rising series.
    pub z: f64,
    /// Two-sided p: probability of a z at least as far from 0 without a trend, 0 to 1.
    pub p: f64,
}

/// Mann–Kendall test for a monotonic trend.
///
/// Values are in order of time and only compared: spacing, units and outliers do not matter. With t the sizes of ties,
///
/// ```text
/// S    = Σ_{i<j} sgn(x_j − x_i)
/// var  = (n(n−1)(2n+5) − Σ t(t−1)(2t+5)) / 18
/// z    = (S − sgn S) / √var
/// p    = 2 (1 − Φ(|z|))
/// ```
///
/// z and p assume the normal approximation, which is rough below ten values, and independent values. Scores of successive
/// weeks share most of their window, so their p is too small: use it to rank series, not to prove a trend.
///
/// NaN is ignored. Fewer than three values, and constant values, have no trend: z = 0 and p = 1. O(n log n).
///
/// By hand: of 1, 1, 1, 2 three pairs rise and three are tied, S = 3; var = (4·3·13 − 3·2·11)/18 = 5; z = 2/√5.
///
/// ```
/// let trend = tensionmap::unstable::trend::mann_kendall(&[1.0, 1.0, 1.0, 2.0]);
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
    let falling = sort_counting(&mut values);
    let ties = Ties::of(&values);
    #[allow(clippy::cast_possible_wrap, reason = "fewer pairs than 2^63")]
    let s = pairs(n) as i64 - ties.pairs - 2 * falling as i64;
    MannKendall::of(n, s, (weight(n as f64) - ties.weight) / 18.0)
}

/// n(n−1)(2n+5).
pub(super) fn weight(n: f64) -> f64 {
    n * (n - 1.0) * (2.0 * n + 5.0)
}

/// Σ t(t−1)(2t+5) over the groups of t equal values, which are sorted.
#[allow(clippy::float_cmp, reason = "a tie is equality")]
pub(super) fn tie_weight(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.chunk_by(|a, b| a == b).map(|tied| weight(tied.len() as f64)).sum()
}

impl MannKendall {
    pub(super) fn of(n: usize, s: i64, variance: f64) -> Self {
        #[allow(clippy::cast_precision_loss, reason = "exact below 2^53 pairs")]
        let z = if variance > 0.0 { (s - s.signum()) as f64 / variance.sqrt() } else { 0.0 };
        Self { n, s, variance, z, p: erfc(z.abs() * FRAC_1_SQRT_2) }
    }
}

/// Series compared side by side.
const LANES: usize = 16;
/// Maximum length of a series whose ranks fit into 16 bits.
const MAX_RANKED_LENGTH: usize = i16::MAX as usize;

/// [`mann_kendall`] of many series of one length, one after the other in `panel`: equal results, several times as fast.
///
/// Numbers are only compared, so ranks of 16 bits suffice, and sixteen series go through the same pairs at once. Small
/// integers, such as counts, are used as ranks; other values are sorted.
///
/// ```
/// use tensionmap::unstable::trend::{mann_kendall, mann_kendall_each};
/// let found = mann_kendall_each(&[1.0, 1.0, 1.0, 2.0, 5.0, 4.0, 3.0, 2.0], 4);
/// assert_eq!(found, [mann_kendall(&[1.0, 1.0, 1.0, 2.0]), mann_kendall(&[5.0, 4.0, 3.0, 2.0])]);
/// ```
///
/// # Panics
/// When the panel is not a whole number of series.
#[must_use]
pub fn mann_kendall_each(panel: &[f64], length: usize) -> Vec<MannKendall> {
    if length == 0 || length > MAX_RANKED_LENGTH {
        return panel.chunks(length.max(1)).map(mann_kendall).collect();
    }
    assert_eq!(panel.len() % length, 0, "expected series of {length} values each");
    let all_tied = Ties::default().with(i32::try_from(length).unwrap_or(i32::MAX));
    let block = |series: &[f64]| {
        let mut lanes = vec![[0_i16; LANES]; length];
        let mut ties = [None; LANES];
        let mut scratch = RankScratch::default();
        for (lane, series) in series.chunks_exact(length).enumerate() {
            ties[lane] = scratch.ranks(series);
            for (ranks, rank) in lanes.iter_mut().zip(&scratch.ranks) {
                ranks[lane] = *rank;
            }
        }
        let rises = rises(&lanes);
        let found = series.chunks_exact(length).enumerate().map(|(lane, series)| {
            let Some(ties) = ties[lane] else { return mann_kendall(series) };
            // Pairs rise, fall or tie: falling ones need not be counted.
            let s = 2 * rises[lane] + ties.pairs - all_tied.pairs;
            MannKendall::of(length, s, (all_tied.weight - ties.weight) / 18.0)
        });
        found.collect::<Vec<_>>()
    };
    panel.par_chunks(length * LANES).with_min_len(8).flat_map_iter(block).collect()
}

/// Rising pairs of each lane.
fn rises(lanes: &[[i16; LANES]]) -> [i64; LANES] {
    let lanes: Vec<i16x16> = lanes.iter().copied().map(i16x16::new).collect();
    let mut rises = [0; LANES];
    for (place, one) in lanes.iter().enumerate() {
        // A lane that is greater is −1.
        let row = lanes[place + 1..].iter().fold(i16x16::ZERO, |row, later| row - later.simd_gt(*one));
        for (rises, row) in rises.iter_mut().zip(row.to_array()) {
            *rises += i64::from(row);
        }
    }
    rises
}

/// Sums over the groups of equal values of a series.
#[derive(Clone, Copy, Default)]
struct Ties {
    /// Σ t(t−1)/2.
    pairs: i64,
    /// Σ t(t−1)(2t+5).
    weight: f64,
}

impl Ties {
    /// Ties of sorted values.
    #[allow(clippy::float_cmp, reason = "a tie is equality")]
    fn of(sorted: &[f64]) -> Self {
        let tied = |group: &[f64]| i32::try_from(group.len()).unwrap_or(i32::MAX);
        sorted.chunk_by(|a, b| a == b).fold(Self::default(), |ties, group| ties.with(tied(group)))
    }

    fn with(self, tied: i32) -> Self {
        let pairs = i64::from(tied) * (i64::from(tied) - 1) / 2;
        Self { pairs: self.pairs + pairs, weight: self.weight + weight(tied.into()) }
    }
}

/// Reused buffers for the ranks of one series.
#[derive(Default)]
struct RankScratch {
    ranks: Vec<i16>,
    order: Vec<(f64, u16)>,
}

/// Maximum distinct integers that are ranked by counting.
const MAX_COUNTED_RANKS: f64 = 32.0;
/// 1.5 · 2⁵²: adding a number rounds it to an integer, in the last bits of the sum.
const ROUNDS: f64 = 6_755_399_441_055_744.0;

impl RankScratch {
    /// Ranks of the values, and their ties; `None` if a value is NaN.
    fn ranks(&mut self, series: &[f64]) -> Option<Ties> {
        let ends = |(min, max): (f64, f64), &value: &f64| {
            (if value < min { value } else { min }, if value > max { value } else { max })
        };
        let (min, max) = series.iter().fold((f64::INFINITY, f64::NEG_INFINITY), ends);
        self.ranks.clear();
        if max - min < MAX_COUNTED_RANKS {
            let off = |value: f64| value - min + ROUNDS;
            // Exact integer steps from the minimum: rounding must not make different values equal.
            let is_whole = |all: bool, &value: &f64| {
                let steps = off(value) - ROUNDS;
                all & ((steps - (value - min)).abs() <= 0.0) & ((steps + min - value).abs() <= 0.0)
            };
            if series.iter().fold(true, is_whole) {
                #[allow(clippy::cast_possible_truncation, reason = "the last bits are the number")]
                self.ranks.extend(series.iter().map(|&value| off(value).to_bits() as i16));
                #[allow(clippy::cast_possible_truncation, reason = "below 32")]
                let last = (max - min) as i16;
                let times = |rank: i16| self.ranks.iter().map(|other| i32::from(*other == rank)).sum::<i32>();
                return Some((0..=last).fold(Ties::default(), |ties, rank| ties.with(times(rank))));
            }
        }
        if series.iter().any(|value| value.is_nan()) {
            return None;
        }
        self.order.clear();
        self.order.extend(series.iter().copied().zip(0..));
        self.order.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        self.ranks.resize(series.len(), 0);
        #[allow(clippy::float_cmp, reason = "a tie is equality")]
        let groups = self.order.chunk_by(|a, b| a.0 == b.0);
        let mut ties = Ties::default();
        for (rank, group) in (0..).zip(groups) {
            ties = ties.with(i32::try_from(group.len()).unwrap_or(i32::MAX));
            for &(_, place) in group {
                self.ranks[usize::from(place)] = rank;
            }
        }
        Some(ties)
    }
}
