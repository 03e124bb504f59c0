//! Law of the variance of calm counts: φ e + τ² e², fitted on blocks of the baseline of all places.

use std::ops::Range;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::score::evidence_rules::EvidenceRules;
use crate::score::windows::Windows;

/// Variance law: of a count with expectation e it is φ e + τ² e².
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct VarianceLaw {
    /// Length in days of the blocks it is fitted on.
    pub block: i32,
    /// φ, at least 1: reports come in bursts.
    pub dispersion: f64,
    /// τ², at least 0: rates fluctuate.
    pub fluctuation: f64,
}

/// Variance laws of the windows of the evidence, in their order.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::score) struct Laws(Vec<VarianceLaw>);

impl Laws {
    /// The law of a window.
    pub(in crate::score) fn of(&self, window: usize) -> VarianceLaw {
        self.0[window.min(self.0.len() - 1)]
    }

    pub(in crate::score) fn all(&self) -> &[VarianceLaw] {
        &self.0
    }
}

/// Rounds of reweighting: later ones change nothing that is seen.
const ROUNDS: usize = 6;

/// Fits the laws of all windows at a date on the counts of the baseline's blocks, one entry a length of block.
pub(in crate::score) fn fit(windows: &Windows, rules: &EvidenceRules, blocks: &[BlockCounts<'_>]) -> Laws {
    let fitted: Vec<VarianceLaw> = blocks.par_iter().map(|counts| counts.fit(rules.block_least)).collect();
    let law = |block: i32| fitted.iter().find(|law| law.block == block).copied().unwrap_or(VarianceLaw::poisson(block));
    if windows.by_month {
        return Laws(vec![law(0)]);
    }
    Laws(rules.windows.iter().map(|window| law(window.block)).collect())
}

/// Counts of the baseline's blocks of one length, of every place.
#[derive(Clone, Debug)]
pub(in crate::score) struct BlockCounts<'a> {
    /// Length of a block in covered days; 0 for months.
    pub(in crate::score) block: i32,
    /// Number of blocks of each group of sources.
    pub(in crate::score) per_group: Vec<usize>,
    /// Counts of blocks of all lengths, place after place.
    pub(in crate::score) counts: &'a [f64],
    /// Number of counts of a place.
    pub(in crate::score) stride: usize,
    /// The first of this length.
    pub(in crate::score) first: usize,
}

/// Blocks of places with the same sum, and so with the same expectations: the fit sees only these sums.
#[derive(Clone, Debug)]
struct AlikePlaces {
    places: f64,
    /// Mean count of a block of one place.
    mean: f64,
    /// Σ x and Σ x² over the places, by block.
    sums: Vec<[f64; 2]>,
}

/// Places of one group of sources, with the share of each block in the area's mean block.
#[derive(Clone, Debug)]
struct GroupBlocks {
    shares: Vec<f64>,
    alike: Vec<AlikePlaces>,
}

/// Sums of the weighted least squares of y = (x − e)²/e on e.
#[derive(Clone, Copy, Debug, Default)]
struct LawSums {
    /// Σ w, Σ w e, Σ w e².
    weights: [f64; 3],
    /// Σ w y, Σ w e y.
    squares: [f64; 2],
    /// Blocks.
    n: f64,
}

impl VarianceLaw {
    fn poisson(block: i32) -> Self {
        Self { block, dispersion: 1.0, fluctuation: 0.0 }
    }
}

impl BlockCounts<'_> {
    /// Number of blocks of a place.
    pub(in crate::score) fn len(&self) -> usize {
        self.per_group.iter().sum()
    }

    /// Fits φ ≥ 1 and τ² ≥ 0 by iterated weighted least squares of (x − e)²/e on e, over blocks with e above `least`.
    ///
    /// e is the place's mean block times the block's share of the whole area. The place's own mean costs one degree of freedom.
    fn fit(&self, least: f64) -> VarianceLaw {
        let groups = self.groups();
        let moments = |weight: &dyn Fn(f64) -> f64| {
            let mut sums = LawSums::default();
            for group in &groups {
                sums.add(group, least, weight);
            }
            sums
        };
        let (mut dispersion, mut fluctuation) = (1.0, 0.0);
        let first = moments(&|_| 1.0);
        if first.n > 0.0 {
            dispersion = f64::max(1.0, first.squares[0] / first.n);
            for _ in 0..ROUNDS {
                let (phi, tau) = (dispersion, fluctuation);
                let weight = |mean: f64| {
                    let law = phi + tau * mean;
                    (law * law).recip()
                };
                let LawSums { weights: [s0, s1, s2], squares: [t0, t1], .. } = moments(&weight);
                let determinant = s0 * s2 - s1 * s1;
                if determinant > 1e-12 {
                    dispersion = (t0 * s2 - t1 * s1) / determinant;
                    fluctuation = (s0 * t1 - s1 * t0) / determinant;
                }
                if dispersion < 1.0 {
                    (dispersion, fluctuation) = (1.0, (t1 - s1) / s2);
                }
                if fluctuation < 0.0 {
                    (dispersion, fluctuation) = (f64::max(1.0, t0 / s0), 0.0);
                }
            }
        }
        VarianceLaw { block: self.block, dispersion, fluctuation }
    }

    /// Blocks of each group of sources with two or more.
    fn groups(&self) -> Vec<GroupBlocks> {
        let from = self.per_group.iter().scan(self.first, |next, blocks| {
            let from = *next;
            *next += blocks;
            Some(from..*next)
        });
        let usable: Vec<_> = from.filter(|range| range.len() >= 2).collect();
        usable.into_par_iter().map(|range| GroupBlocks::new(self.counts, self.stride, range)).collect()
    }
}

impl GroupBlocks {
    fn new(counts: &[f64], stride: usize, range: Range<usize>) -> Self {
        let blocks = range.len();
        let mut totals = vec![0.0; blocks];
        let mut alike: FxHashMap<u64, AlikePlaces> = FxHashMap::default();
        for place in counts.chunks_exact(stride).map(|place| &place[range.clone()]) {
            let sum: f64 = place.iter().sum();
            if sum > 0.0 {
                let new = || AlikePlaces { places: 0.0, mean: sum / blocks as f64, sums: vec![[0.0; 2]; blocks] };
                let like = alike.entry(sum.to_bits()).or_insert_with(new);
                like.places += 1.0;
                for (([sum, squares], total), count) in like.sums.iter_mut().zip(&mut totals).zip(place) {
                    *sum += count;
                    *squares += count * count;
                    *total += count;
                }
            }
        }
        let mean = f64::max(totals.iter().sum::<f64>() / blocks as f64, 1e-9);
        let mut alike: Vec<AlikePlaces> = alike.into_values().collect();
        alike.sort_unstable_by(|a, b| a.mean.total_cmp(&b.mean));
        Self { shares: totals.into_iter().map(|total| total / mean).collect(), alike }
    }
}

impl LawSums {
    /// Adds the blocks of a group.
    fn add(&mut self, group: &GroupBlocks, least: f64, weight: &dyn Fn(f64) -> f64) {
        let blocks = group.shares.len() as f64;
        for like in &group.alike {
            for (&[sum, squares], share) in like.sums.iter().zip(&group.shares) {
                let expected = like.mean * share;
                if expected > least {
                    // Σ (x − e)², divided by e, and by the degree of freedom that the mean costs.
                    let off = squares - expected * (2.0 * sum - like.places * expected);
                    let square = off / expected * (blocks / (blocks - 1.0));
                    let w = weight(expected);
                    self.weights[0] += w * like.places;
                    self.weights[1] += w * like.places * expected;
                    self.weights[2] += w * like.places * expected * expected;
                    self.squares[0] += w * square;
                    self.squares[1] += w * square * expected;
                    self.n += like.places;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two places and four equal weeks: e is each place's mean; y = 4/3 (x − e)²/e.
    #[test]
    fn a_law_of_a_few_blocks_is_that_by_hand() {
        let of = |counts: &[f64], blocks: usize| {
            BlockCounts { block: 7, per_group: vec![blocks], counts, stride: blocks, first: 0 }.fit(0.02)
        };
        let law = of(&[1.0, 3.0, 3.0, 1.0, 3.0, 1.0, 1.0, 3.0], 4);
        // All blocks have e = 2 and y = 4/3 · 1/2 = 2/3: below Poisson.
        assert_eq!(law, VarianceLaw::poisson(7));
        let law = of(&[0.0, 8.0, 8.0, 0.0, 8.0, 0.0, 0.0, 8.0], 4);
        assert!((law.dispersion - 16.0 / 3.0).abs() < 1e-12 && law.fluctuation == 0.0, "{law:?}");
        assert_eq!(of(&[3.0], 1), VarianceLaw::poisson(7));
    }
}
