//! Evidence of every place at one date: its windows beside its own past, the whole area's, and its neighbours'.

use rayon::prelude::*;

use super::law::Laws;
use super::tail::{Calm, ln_mid_p};
use super::{EvidenceRules, WINDOWS};
use crate::score::cell_sweep::Observed;
use crate::score::method::Method;
use crate::score::neighbourhood::Neighbourhood;
use crate::score::windows::{SourceGroup, Windows};

/// Evidence of one place at one date.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Evidence {
    /// E, 0 upwards: −log10 of about the chance, under calm, of reports as surprising as these.
    pub total: f64,
    /// E0, of the place's own reports alone.
    pub alone: f64,
    /// S, the sum of what its neighbours add or take away; it counts as far as the place itself is unusual.
    pub neighbours: f64,
    /// Reports in each window after the cut of cell-days with very many.
    pub counted: [f64; WINDOWS],
    /// Reports to be expected in each window, from the place's own past and the area-wide factor.
    pub expected: [f64; WINDOWS],
    /// Variance of these counts under calm.
    pub variance: [f64; WINDOWS],
    /// ln of the chance of so many reports or more in each window, under calm.
    pub ln_p: [f64; WINDOWS],
    /// Area-wide factor of each window: reports elsewhere in the area ÷ those to be expected there.
    pub factor: [f64; WINDOWS],
    /// Count and expectation behind the rate ratio.
    pub effect: Effect,
}

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

/// What all dates share.
#[derive(Clone, Copy, Debug)]
pub(in crate::score) struct Ground<'a> {
    pub(in crate::score) method: &'a Method,
    pub(in crate::score) rules: &'a EvidenceRules,
    pub(in crate::score) neighbourhood: &'a Neighbourhood,
    /// Whether each row belongs to the study area as known at the date; all if empty.
    pub(in crate::score) known: &'a [bool],
}

/// Evidence of all places at one date, with buffers reused for the next.
#[derive(Debug, Default)]
pub(in crate::score) struct DateEvidence {
    /// `None` where nothing is known, or there is no past to compare with.
    pub(in crate::score) places: Vec<Option<Evidence>>,
    /// Reports of the whole area in the shortest window ÷ those to be expected.
    pub(in crate::score) area_factor: Option<f64>,
    past: Vec<Past>,
    alone: Vec<Option<Evidence>>,
    /// What each place tells its neighbours.
    told: Vec<f64>,
}

/// Count and expectation of a place before the area-wide factor.
#[derive(Clone, Copy, Debug, Default)]
struct Past {
    counted: [f64; WINDOWS],
    expected: [f64; WINDOWS],
    /// Σ N (|W| ÷ exposure)²: times φ the variance of the expectation.
    unsure: [f64; WINDOWS],
    past: f64,
    /// Reports a day.
    rate: f64,
    window: f64,
    window_expected: f64,
    is_known: bool,
}

/// Places below which another thread costs more than it saves.
const MIN_PLACES_PER_TASK: usize = 512;
/// Smallest rate of a neighbourhood, in reports a day.
const MIN_RATE: f64 = 1e-9;

impl DateEvidence {
    /// Computes [`Self::places`] from the observations of a date and the baseline of each place and group of sources.
    pub(in crate::score) fn compute(
        &mut self,
        ground: Ground<'_>,
        windows: &Windows,
        laws: &Laws,
        observed: &[Observed],
        baselines: &[f64],
    ) {
        let rows = || (0..observed.len()).into_par_iter().with_min_len(MIN_PLACES_PER_TASK);
        let groups: Vec<(usize, &SourceGroup)> =
            windows.groups.iter().enumerate().filter(|(_, group)| group.absence.is_none()).collect();
        let (stride, spans) = (windows.groups.len(), windows.spans.len());
        self.area_factor = None;
        if groups.is_empty() {
            self.places.clear();
            self.places.resize(observed.len(), None);
            return;
        }
        let is_in = |row: usize| ground.known.get(row).is_none_or(|known| *known);
        let members = (0..observed.len()).filter(|&row| is_in(row)).count().max(1) as f64;
        // Places outside have no reports yet, so that sums over all are those of the members.
        let mean =
            |&(group, _): &(usize, &SourceGroup)| baselines.iter().skip(group).step_by(stride).sum::<f64>() / members;
        let means: Vec<f64> = groups.iter().map(mean).collect();
        let past = |row: usize| {
            let disk = ground.neighbourhood.disk(row);
            let around = 2 + disk.iter().filter(|&&other| is_in(other as usize)).count();
            let rate = |(group, days, mean): (usize, f64, f64)| {
                let of = |row: usize| baselines[row * stride + group];
                let sum = disk.iter().map(|&other| of(other as usize)).sum::<f64>() + of(row) + mean;
                sum / (around as f64 * days)
            };
            let each = || {
                let sizes = groups.iter().zip(&means);
                sizes.map(|(&(place, group), &mean)| (place, group, f64::from(group.baseline_days), mean))
            };
            let total: f64 = each().map(|(place, _, days, mean)| rate((place, days, mean))).sum();
            let prior = ground.method.prior_days.min(ground.rules.prior_reports / total.max(MIN_RATE));
            let mut past = Past {
                counted: observed[row].counted,
                window: observed[row].window_counted,
                is_known: is_in(row) && total > 0.0 && observed[row].is_heard,
                ..Past::default()
            };
            for (place, group, days, mean) in each() {
                let weight = baselines[row * stride + place] + prior * rate((place, days, mean));
                let exposure = days + prior;
                for (window, &covered) in group.days.iter().enumerate().take(spans) {
                    let share = f64::from(covered) / exposure;
                    past.expected[window] += weight * share;
                    past.unsure[window] += weight * share * share;
                }
                past.past += weight;
                past.rate += weight / exposure;
                past.window_expected += weight / exposure * f64::from(group.window_days);
            }
            past
        };
        rows().map(past).collect_into_vec(&mut self.past);
        let past = &self.past;
        let mut all = [[0.0; WINDOWS]; 2];
        for place in past {
            for window in 0..spans {
                all[0][window] += place.counted[window];
                all[1][window] += place.expected[window];
            }
        }
        let [counted, expected] = all.map(|all| all[0] + ground.rules.area_reports);
        self.area_factor = Some(counted / expected);
        let calm = Calm::new(ground.rules.shape);
        let alone = |row: usize| {
            let place = &past[row];
            place.is_known.then(|| {
                let near = ground.neighbourhood.neighbours(row);
                evidence_alone(
                    ground,
                    (windows, laws),
                    &calm,
                    place,
                    all,
                    near.iter().map(|&other| &past[other as usize]),
                )
            })
        };
        rows().map(alone).collect_into_vec(&mut self.alone);
        let told = |place: &Option<Evidence>| place.map_or(0.0, |place| neighbour_part(ground.rules, place.alone));
        self.told.clear();
        self.told.extend(self.alone.iter().map(told));
        let (alone, told) = (&self.alone, &self.told);
        let joined = |row: usize| {
            alone[row].map(|mut evidence| {
                evidence.neighbours =
                    ground.neighbourhood.neighbours(row).iter().map(|&other| told[other as usize]).sum();
                evidence.total = total(ground.rules, evidence.alone, evidence.neighbours);
                evidence
            })
        };
        rows().map(joined).collect_into_vec(&mut self.places);
    }
}

/// What a neighbour of this evidence adds: log10 of a bet that wins as it rises, and has expectation 1 under calm.
pub(in crate::score) fn neighbour_part(rules: &EvidenceRules, alone: f64) -> f64 {
    let share = rules.neighbour_share;
    (1.0 - share + share / 2.0 * (alone * std::f64::consts::LN_10 / 2.0).exp()).log10()
}

/// Evidence of a place with its neighbours': they count as far as the place itself is unusual.
fn total(rules: &EvidenceRules, alone: f64, neighbours: f64) -> f64 {
    let EvidenceRules { neighbours_from, neighbours_full, .. } = *rules;
    let ramp = ((alone - neighbours_from) / (neighbours_full - neighbours_from)).clamp(0.0, 1.0);
    f64::max(0.0, alone + neighbours * ramp)
}

/// Evidence of a place's own reports, with those near it left out of the area-wide factor.
fn evidence_alone<'a>(
    ground: Ground<'_>,
    (windows, laws): (&Windows, &Laws),
    calm: &Calm,
    place: &Past,
    all: [[f64; WINDOWS]; 2],
    near: impl Iterator<Item = &'a Past>,
) -> Evidence {
    let rules = ground.rules;
    let (mut counted, mut expected) = (place.counted, place.expected);
    for other in near {
        for window in 0..WINDOWS {
            counted[window] += other.counted[window];
            expected[window] += other.expected[window];
        }
    }
    let mut found = Evidence { counted: place.counted, ..Evidence::default() };
    let spans = windows.spans.len();
    for window in 0..spans {
        let law = laws.of(window);
        let factor = (all[0][window] - counted[window] + rules.area_reports)
            / (all[1][window] - expected[window] + rules.area_reports);
        let mean = place.expected[window] * factor;
        let unsure = law.dispersion * factor * factor * place.unsure[window];
        let variance = law.dispersion * mean + (law.fluctuation + rules.drift) * mean * mean + unsure;
        found.factor[window] = factor;
        found.expected[window] = mean;
        found.variance[window] = variance;
        found.ln_p[window] = ln_mid_p(place.counted[window], mean, variance);
    }
    let surprise = -found.ln_p[..spans].iter().sum::<f64>() / spans as f64;
    found.alone = if windows.by_month { surprise / std::f64::consts::LN_10 } else { calm.evidence(surprise) };
    let law = laws.of(spans - 1);
    // A window is as variable as a block of the law's, of which it is one or several.
    let block = if windows.by_month { windows.window.1.0 - windows.window.0.0 } else { law.block };
    found.effect = Effect {
        counted: place.window,
        expected: place.window_expected,
        past: place.past,
        dispersion: law.dispersion + law.fluctuation * place.rate * f64::from(block),
        shape: ground.method.prior_shape,
        exposure: rules.prior_exposure,
    };
    found
}
