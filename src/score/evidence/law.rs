//! Law of the variance of calm counts: φ e + τ² e², fitted on blocks of the baseline of all places.

use rayon::prelude::*;
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
/// Places whose blocks one task sums.
const PLACES_PER_TASK: usize = 256;

/// Fits the laws of all windows at a date on the counts of the baseline's blocks, one entry a length of block.
pub(in crate::score) fn fit(windows: &Windows, rules: &EvidenceRules, blocks: &[BlockCounts<'_>]) -> Laws {
    let fitted: Vec<VarianceLaw> = blocks.iter().map(|counts| counts.fit(rules.block_least)).collect();
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
        let (mut dispersion, mut fluctuation) = (1.0, 0.0);
        let shares = self.shares();
        let first = self.moments(&shares, least, |_| 1.0);
        if first.n > 0.0 {
            dispersion = f64::max(1.0, first.squares[0] / first.n);
            for _ in 0..ROUNDS {
                let (phi, tau) = (dispersion, fluctuation);
                let weight = |mean: f64| {
                    let law = phi + tau * mean;
                    (law * law).recip()
                };
                let LawSums { weights: [s0, s1, s2], squares: [t0, t1], .. } = self.moments(&shares, least, weight);
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

    /// Share of each block in the area's mean block of its group, with its reciprocal.
    fn shares(&self) -> Vec<(f64, f64)> {
        let mut totals = vec![0.0; self.len()];
        if totals.is_empty() {
            return Vec::new();
        }
        for place in self.counts.chunks_exact(self.stride) {
            totals.iter_mut().zip(&place[self.first..]).for_each(|(total, count)| *total += count);
        }
        let mut from = 0;
        for &blocks in &self.per_group {
            let mean = totals[from..from + blocks].iter().sum::<f64>() / blocks as f64;
            totals[from..from + blocks].iter_mut().for_each(|share| *share /= mean.max(1e-9));
            from += blocks;
        }
        totals.into_iter().map(|share| (share, share.recip())).collect()
    }

    /// Sums over all blocks, summed in their order by task, so that the number of threads changes nothing.
    fn moments(&self, shares: &[(f64, f64)], least: f64, weight: impl Fn(f64) -> f64 + Sync) -> LawSums {
        if shares.is_empty() {
            return LawSums::default();
        }
        let task = |places: &[f64]| {
            let mut sums = LawSums::default();
            for place in places.chunks_exact(self.stride) {
                let mut from = 0;
                for &blocks in &self.per_group {
                    let (counts, shares) = (&place[self.first + from..][..blocks], &shares[from..from + blocks]);
                    from += blocks;
                    let sum: f64 = counts.iter().sum();
                    if blocks >= 2 && sum > 0.0 {
                        let more = blocks as f64 / (blocks - 1) as f64;
                        sums.add(counts, shares, sum / blocks as f64, more, least, &weight);
                    }
                }
            }
            sums
        };
        let parts: Vec<LawSums> = self.counts.par_chunks(self.stride * PLACES_PER_TASK).map(task).collect();
        parts.into_iter().fold(LawSums::default(), LawSums::merge)
    }
}

impl LawSums {
    /// Adds the blocks of one place and group with this mean.
    #[inline]
    fn add(
        &mut self,
        counts: &[f64],
        shares: &[(f64, f64)],
        mean: f64,
        more: f64,
        least: f64,
        weight: &impl Fn(f64) -> f64,
    ) {
        let scale = more / mean;
        for (count, (share, inverse)) in counts.iter().zip(shares) {
            let expected = mean * share;
            if expected > least {
                let off = count - expected;
                let square = off * off * scale * inverse;
                let w = weight(expected);
                let (first, second) = (w * expected, w * square);
                self.weights[0] += w;
                self.weights[1] += first;
                self.weights[2] += first * expected;
                self.squares[0] += second;
                self.squares[1] += second * expected;
                self.n += 1.0;
            }
        }
    }

    fn merge(mut self, other: Self) -> Self {
        self.weights.iter_mut().zip(other.weights).for_each(|(sum, more)| *sum += more);
        self.squares.iter_mut().zip(other.squares).for_each(|(sum, more)| *sum += more);
        self.n += other.n;
        self
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
