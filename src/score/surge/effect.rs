//! Size of a rise: the rate ratio of a count beside its expectation.

use super::odds::Quantile;
use super::{Posterior, RateRatio};

/// Count and expectation of the window of the rate ratio.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Effect {
    /// Reports in the window, after the cut.
    pub counted: f64,
    /// Reports to be expected from the place's own past.
    pub expected: f64,
    /// N, reports of the place's past and of its prior.
    pub past: f64,
    /// Over-dispersion of a window of this size, 1 or more.
    pub dispersion: f64,
    /// a0, shape of the prior on the current rate.
    pub shape: f64,
    /// Weight of "as usual" in that prior, as a share of its shape.
    pub exposure: f64,
}

impl Effect {
    /// The posterior rate ratio of method `tension-2`; `None` if nothing is known of the past.
    ///
    /// α0 = N/f, β0 = N/(r f), α1 = (O + a0)/f, β1 = (|W| + c a0/r)/f. Of these r is the past rate, and f the over-dispersion
    /// of a window. N are the reports of the past and its prior. a0 is the shape and c the exposure of the prior on the current
    /// rate. A window without a report has a 5 % quantile of 0. Sources are those of [`rate_ratio`](super::rate_ratio).
    #[must_use]
    pub fn ratio(self) -> Option<RateRatio> {
        let ratio = self.posterior()?.rate_ratio();
        Some(RateRatio { lo: if self.counted > 0.0 { ratio.lo } else { 0.0 }, ..ratio })
    }

    /// Median of [`Self::ratio`] alone, at a part of the cost.
    #[must_use]
    pub fn rr(self) -> Option<f64> {
        Some(self.posterior()?.ratio(Quantile::MEDIAN))
    }

    /// Its 5 % quantile.
    #[must_use]
    pub fn rr_lo(self) -> Option<f64> {
        let posterior = self.posterior()?;
        Some(if self.counted > 0.0 { posterior.ratio(Quantile::LOW) } else { 0.0 })
    }

    /// Its 95 % quantile.
    #[must_use]
    pub fn rr_hi(self) -> Option<f64> {
        Some(self.posterior()?.ratio(Quantile::HIGH))
    }

    /// P(current rate > baseline rate).
    #[must_use]
    pub fn p_exceed(self) -> Option<f64> {
        let posterior = self.posterior()?;
        Some(posterior.odds().p_above(posterior.times))
    }

    fn posterior(self) -> Option<Posterior> {
        let Self { counted, expected, past, dispersion, shape, exposure } = self;
        let times = (expected + exposure * shape) / (counted + shape);
        let posterior = Posterior { a: (counted + shape) / dispersion, b: past / dispersion, times, expected };
        (past > 0.0 && expected > 0.0).then_some(posterior)
    }
}
