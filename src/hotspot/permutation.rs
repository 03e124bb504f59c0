//! Conditional permutation: the sum over a place's neighbours when all other values are permuted.

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::names::defaults;
use super::{HotspotError, Weights};
use crate::invalid::InvalidValue;
use crate::watch::{self, Cancelled};

/// Number of random permutations, and their seed.
///
/// A place keeps its own value; its neighbours are drawn without replacement from all others. As in esda, one permutation of all
/// places serves every place: the first places of it, itself left out, are its neighbours. For each place that is a fair draw.
/// Places with as many neighbours share the random error of p, about √(p (1 − p) / draws), so that equal sums have equal p.
///
/// Every draw has its own generator, seeded by `seed` and its number, so that the number of threads makes no difference.
/// O(draws × neighbours + n log draws), since places with equal weights share the sums of a draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permutations {
    /// 9 to 99,999; the minimum p is 2 / (draws + 1). Default 999.
    pub draws: u32,
    /// Any number; the same one gives the same p. Default 1.
    pub seed: u64,
}

defaults!(Permutations);

impl Permutations {
    /// 999 draws.
    pub const DEFAULT: Self = Self { draws: 999, seed: 1 };

    /// Minimum p that this number of draws can give.
    #[must_use]
    pub fn min_p(self) -> f64 {
        2.0 / (f64::from(self.draws) + 1.0)
    }

    /// Checks the number of draws.
    ///
    /// # Errors
    /// Fewer than 9 or more than 99,999.
    pub fn check(self) -> Result<(), InvalidValue> {
        if (9..=99_999).contains(&self.draws) {
            return Ok(());
        }
        Err(InvalidValue::expecting("permutations", self.draws, "9 to 99999, such as 999"))
    }
}

/// Two-sided p of the sum over each place's neighbours, 2 (1 + m) / (1 + draws), at most 1. Without neighbours p is 1.
/// Here m is the number of draws at least as extreme, on the side with fewer of them.
pub(super) fn p_values(
    values: &[f64],
    weights: &Weights,
    permutations: Permutations,
) -> Result<Vec<f64>, HotspotError> {
    permutations.check()?;
    let draws = permutations.draws as usize;
    let max = (0..weights.len()).map(|place| weights.of(place).len()).max().unwrap_or(0);
    // One more than the maximum number of neighbours: the place itself may be drawn, and is skipped.
    let table = drawn(values.len(), (max + 1).min(values.len()), permutations)?;
    let largest = values.iter().fold(0.0, |largest, value: &f64| value.abs().max(largest));
    let mut p = vec![1.0; values.len()];
    for (own, members) in groups(weights) {
        watch::check()?;
        let reference = ReferenceSums::new(values, &table, draws, &own, &members, largest);
        let of_place = |&place: &u32| reference.p(place, weights.sum(place as usize, values));
        let found: Vec<f64> = members.par_iter().with_min_len(256).map(of_place).collect();
        for (&place, found) in members.iter().zip(found) {
            p[place as usize] = found;
        }
    }
    Ok(p)
}

/// Places with neighbours, grouped by their weights, largest first: places of a group share the sums of a draw.
fn groups(weights: &Weights) -> Vec<(Vec<f64>, Vec<u32>)> {
    let mut groups: FxHashMap<Vec<u64>, usize> = FxHashMap::default();
    let mut found: Vec<(Vec<f64>, Vec<u32>)> = Vec::new();
    for place in (0..weights.len()).filter(|place| !weights.of(*place).is_empty()) {
        let mut own: Vec<f64> = weights.each(place).map(|(_, weight)| weight).collect();
        own.sort_unstable_by(|a, b| b.total_cmp(a));
        let key: Vec<u64> = own.iter().map(|weight| weight.to_bits()).collect();
        let group = *groups.entry(key).or_insert_with(|| {
            found.push((own, Vec::new()));
            found.len() - 1
        });
        found[group].1.push(u32::try_from(place).unwrap_or(u32::MAX));
    }
    found
}

/// The first `take` places of each permutation of `n`.
fn drawn(n: usize, take: usize, permutations: Permutations) -> Result<Vec<Vec<u32>>, Cancelled> {
    let all = || (0..u32::try_from(n).unwrap_or(u32::MAX)).collect::<Vec<u32>>();
    let draw = |pool: &mut Vec<u32>, number: u32| {
        watch::check()?;
        let mut random = Random::new(permutations.seed, number);
        // Fisher and Yates, as far as it is needed, and undone for the next draw.
        let swaps: Vec<usize> = (0..take).map(|place| place + random.below(n - place)).collect();
        for (place, &other) in swaps.iter().enumerate() {
            pool.swap(place, other);
        }
        let drawn = pool[..take].to_vec();
        for (place, &other) in swaps.iter().enumerate().rev() {
            pool.swap(place, other);
        }
        Ok(drawn)
    };
    (0..permutations.draws).into_par_iter().with_min_len(64).map_init(all, draw).collect()
}

/// `SplitMix64`, seeded anew for each draw.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64, draw: u32) -> Self {
        let mut first = Self(seed);
        Self(first.next() ^ Self(u64::from(draw).wrapping_add(0x5851_f42d_4c95_7f2d)).next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Permutes a list.
    pub(super) fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last + 1));
        }
    }

    /// A number from 0 to 1, less than 1.
    pub(super) fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A draw from the gamma distribution of mean 1 and so large a variance: Marsaglia and Tsang, ACM Trans. Math. Softw. 26
    /// (2000) 363–372.
    pub(super) fn gamma(&mut self, variance: f64) -> f64 {
        let shape = 1.0 / variance;
        // A shape below 1 is one more, times a power of a share.
        let (full, power) = if shape < 1.0 { (shape + 1.0, (1.0 - self.share()).powf(variance)) } else { (shape, 1.0) };
        let d = full - 1.0 / 3.0;
        loop {
            let normal = self.normal();
            let cube = (1.0 + normal / (9.0 * d).sqrt()).powi(3);
            if cube > 0.0 && (1.0 - self.share()).ln() < normal * normal / 2.0 + d * (1.0 - cube + cube.ln()) {
                return d * cube * power * variance;
            }
        }
    }

    /// A draw from the standard normal distribution, by Box and Muller.
    fn normal(&mut self) -> f64 {
        (-2.0 * (1.0 - self.share()).ln()).sqrt() * (std::f64::consts::TAU * self.share()).cos()
    }

    /// A number below `end`, each as likely to within end / 2⁶⁴.
    pub(super) fn below(&mut self, end: usize) -> usize {
        #[allow(clippy::cast_possible_truncation, reason = "below `end`")]
        let below = ((u128::from(self.next()) * end as u128) >> 64) as usize;
        below
    }
}

/// Sums of all draws for places with equal weights.
struct ReferenceSums {
    /// Sums by draw, then sorted.
    sums: Vec<f64>,
    sorted: Vec<f64>,
    /// Places that a draw gives themselves as a neighbour, with the draw and their sum without it.
    own: Vec<(u32, u32, f64)>,
    /// Tolerance within which two sums are equal but for rounding.
    tolerance: f64,
}

impl ReferenceSums {
    fn new(values: &[f64], table: &[Vec<u32>], draws: usize, weights: &[f64], members: &[u32], largest: f64) -> Self {
        let sum = |places: &mut dyn Iterator<Item = u32>| {
            places.zip(weights).map(|(place, weight)| weight * values[place as usize]).sum::<f64>()
        };
        let mut is_member = vec![false; values.len()];
        for &place in members {
            is_member[place as usize] = true;
        }
        let (mut sums, mut own) = (Vec::with_capacity(draws), Vec::new());
        for (draw, drawn) in (0..).zip(table) {
            sums.push(sum(&mut drawn.iter().copied()));
            for &place in drawn.iter().take(weights.len()).filter(|place| is_member[**place as usize]) {
                own.push((place, draw, sum(&mut drawn.iter().copied().filter(|other| *other != place))));
            }
        }
        own.sort_unstable_by_key(|&(place, draw, _)| (place, draw));
        let mut sorted = sums.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        let tolerance = 1e-12 * largest * weights.iter().map(|weight| weight.abs()).sum::<f64>();
        Self { sums, sorted, own, tolerance }
    }

    fn p(&self, place: u32, observed: f64) -> f64 {
        let (low, high) = (observed - self.tolerance, observed + self.tolerance);
        let mut below = self.sorted.partition_point(|sum| *sum <= high);
        let mut above = self.sorted.len() - self.sorted.partition_point(|sum| *sum < low);
        let first = self.own.partition_point(|(other, ..)| *other < place);
        for &(_, draw, sum) in self.own[first..].iter().take_while(|(other, ..)| *other == place) {
            let common = self.sums[draw as usize];
            below = below + usize::from(sum <= high) - usize::from(common <= high);
            above = above + usize::from(sum >= low) - usize::from(common >= low);
        }
        (2.0 * (below.min(above) + 1) as f64 / (self.sums.len() + 1) as f64).min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Beside a plain loop that lets each place draw from all others: the same draws, one by one.
    #[test]
    fn shared_sums_are_those_of_each_place_alone() {
        let lists: Vec<Vec<usize>> =
            (0..40).map(|k: usize| (0..k % 5).map(|j| (k + 7 * j + 1) % 40).collect()).collect();
        let plain = Weights::of_lists(&lists).unwrap();
        let values: Vec<f64> = (0..40).map(|k| f64::from(k * k % 7)).collect();
        let permutations = Permutations { draws: 199, seed: 42 };
        for weights in [plain.row_standardised(), plain] {
            let table = drawn(40, 5, permutations).unwrap();
            let found = p_values(&values, &weights, permutations).unwrap();
            for place in 0..40_u32 {
                let own = weights.each(place as usize).map(|(_, weight)| weight).collect::<Vec<_>>();
                let observed = weights.sum(place as usize, &values);
                let sum = |drawn: &Vec<u32>| {
                    let others = drawn.iter().filter(|other| **other != place);
                    others.zip(&own).map(|(other, weight)| values[*other as usize] * weight).sum::<f64>()
                };
                let sums: Vec<f64> = table.iter().map(sum).collect();
                let below = sums.iter().filter(|sum| **sum <= observed + 1e-9).count();
                let above = sums.iter().filter(|sum| **sum >= observed - 1e-9).count();
                let expected = f64::min(1.0, 2.0 * (below.min(above) + 1) as f64 / 200.0);
                assert!((found[place as usize] - expected).abs() < 1e-12, "{place}");
            }
        }
    }

    /// Mean and variance of 100,000 draws, within five standard errors.
    #[test]
    fn gammas_have_their_mean_and_variance() {
        let (mut random, draws) = (Random::new(7, 0), 100_000);
        for variance in [0.02, 0.5, 1.0, 3.0] {
            let all: Vec<f64> = (0..draws).map(|_| random.gamma(variance)).collect();
            let n = f64::from(draws);
            let mean = all.iter().sum::<f64>() / n;
            let found = all.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
            let error = variance * ((2.0 + 6.0 * variance) / n).sqrt();
            assert!((mean - 1.0).abs() < 5.0 * (variance / n).sqrt(), "{variance}: mean {mean}");
            assert!((found - variance).abs() < 5.0 * error, "{variance}: {found}");
        }
    }

    /// Every place is drawn about as often as every other, at each position.
    #[test]
    fn draws_are_fair() {
        let table = drawn(10, 3, Permutations { draws: 20_000, seed: 3 }).unwrap();
        for position in 0..3 {
            let mut times = [0_u32; 10];
            for drawn in &table {
                times[drawn[position] as usize] += 1;
            }
            let chi: f64 = times.iter().map(|&n| (f64::from(n) - 2000.0).powi(2) / 2000.0).sum();
            // The 99.9 % point of χ² with 9 degrees of freedom.
            assert!(chi < 27.9, "{position}: {chi} {times:?}");
        }
        assert!(table.iter().all(|drawn| drawn[0] != drawn[1] && drawn[1] != drawn[2] && drawn[0] != drawn[2]));
    }
}
