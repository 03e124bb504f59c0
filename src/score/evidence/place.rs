//! Evidence of every place at one date: its windows beside its own past, the whole area's, and its neighbours'.

use rayon::prelude::*;

use super::law::{Laws, VarianceLaw};

use crate::score::cell_sweep::Observed;
use crate::score::evidence_rules::{EvidenceRules, NO_WINDOW, WINDOWS};
use crate::score::method::Method;
use crate::score::neighbourhood::Neighbourhood;
use crate::score::surge::Effect;
use crate::score::tails::{Calm, mid_p};
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
    /// Area-wide factor of the shortest window: reports elsewhere in the area ÷ those to be expected there.
    pub factor: f64,
    /// Count and expectation behind the rate ratio.
    pub effect: Effect,
}

/// Inputs that all dates share.
#[derive(Clone, Copy, Debug)]
pub(in crate::score) struct EvidenceInputs<'a> {
    pub(in crate::score) method: &'a Method,
    pub(in crate::score) rules: &'a EvidenceRules,
    pub(in crate::score) neighbourhood: &'a Neighbourhood,
    /// True for rows of the study area as known at the date; all are if it is empty.
    pub(in crate::score) known: &'a [bool],
}

impl EvidenceInputs<'_> {
    /// Returns true if a row belongs to the study area as known at the date.
    fn is_known(&self, row: usize) -> bool {
        self.known.get(row).is_none_or(|known| *known)
    }
}

/// Evidence of all places at one date, with buffers reused for the next.
#[derive(Debug, Default)]
pub(in crate::score) struct DateEvidence {
    /// `None` where nothing is known, or there is no past to compare with.
    pub(in crate::score) places: Vec<Option<Evidence>>,
    /// Reports of the whole area in the shortest window ÷ those to be expected.
    pub(in crate::score) area_factor: Option<f64>,
    past: Vec<Past>,
    /// Counts and expectations of each place, side by side for its neighbours.
    near: Vec<[f64; 2 * WINDOWS]>,
    /// Part of each place in the evidence of its neighbours.
    told: Vec<f64>,
}

/// Count and expectation of a place before the area-wide factor.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::score) struct Past {
    counted: [f64; WINDOWS],
    pub(in crate::score) expected: [f64; WINDOWS],
    /// Σ N (|W| ÷ exposure)²: times φ the variance of the expectation.
    pub(in crate::score) unsure: [f64; WINDOWS],
    /// N, reports of its baseline and prior.
    reports: f64,
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
        ground: EvidenceInputs<'_>,
        windows: &Windows,
        laws: &Laws,
        observed: &[Observed],
        baselines: &[f64],
    ) {
        let rows = || (0..observed.len()).into_par_iter().with_min_len(MIN_PLACES_PER_TASK);
        self.area_factor = None;
        let Some(pasts) = Pasts::new(ground, windows, baselines, observed.len()) else {
            self.places.clear();
            self.places.resize(observed.len(), None);
            return;
        };
        rows().map(|row| pasts.of(row, &observed[row])).collect_into_vec(&mut self.past);
        let past = &self.past;
        self.near.clear();
        self.near.extend(past.iter().map(|place| {
            let [[a, b, c], [d, e, f]] = [place.counted, place.expected];
            [a, b, c, d, e, f]
        }));
        let near = &self.near;
        let mut all = [0.0; 2 * WINDOWS];
        for place in near {
            all.iter_mut().zip(place).for_each(|(sum, more)| *sum += more);
        }
        let area = ground.rules.area_reports;
        self.area_factor = Some((all[0] + area) / (all[WINDOWS] + area));
        let calm = Calm::new(ground.rules.shape);
        let alone = |row: usize| {
            let place = &past[row];
            place.is_known.then(|| {
                // Without the place itself and those near it.
                let mut rest = all;
                let neighbours = ground.neighbourhood.neighbours(row).iter().map(|&other| other as usize);
                for place in neighbours.chain([row]) {
                    rest.iter_mut().zip(&near[place]).for_each(|(sum, less)| *sum -= less);
                }
                evidence_alone(ground, (windows, laws), &calm, place, &rest)
            })
        };
        rows().map(alone).collect_into_vec(&mut self.places);
        let told = |place: &Option<Evidence>| place.map_or(0.0, |place| neighbour_part(ground.rules, place.alone));
        self.places.par_iter().with_min_len(MIN_PLACES_PER_TASK).map(told).collect_into_vec(&mut self.told);
        let told = &self.told;
        self.places.par_iter_mut().enumerate().with_min_len(MIN_PLACES_PER_TASK).for_each(|(row, place)| {
            if let Some(evidence) = place {
                let near = ground.neighbourhood.neighbours(row);
                evidence.neighbours = near.iter().map(|&other| told[other as usize]).sum();
                evidence.total = total(ground.rules, evidence.alone, evidence.neighbours);
            }
        });
    }
}

/// Expectations of places from their baselines, before the area-wide factor.
#[derive(Debug)]
pub(in crate::score) struct Pasts<'a> {
    ground: EvidenceInputs<'a>,
    baselines: &'a [f64],
    /// Number of groups of sources, kept or not.
    stride: usize,
    /// Number and sources of each group that is kept, and the mean of its baselines over the study area.
    groups: Vec<(usize, &'a SourceGroup, f64)>,
    spans: usize,
}

/// Prior of a place's rate: λ̄ and the days it weighs.
#[derive(Clone, Copy, Debug)]
pub(in crate::score) struct PlacePrior {
    /// λ̄, reports a day of its surroundings.
    pub(in crate::score) rate: f64,
    /// k, weight in days.
    pub(in crate::score) days: f64,
    /// Cells of its surroundings, itself included.
    pub(in crate::score) cells: usize,
}

impl<'a> Pasts<'a> {
    /// `None` if no source is kept.
    pub(in crate::score) fn new(
        ground: EvidenceInputs<'a>,
        windows: &'a Windows,
        baselines: &'a [f64],
        places: usize,
    ) -> Option<Self> {
        let (stride, spans) = (windows.groups.len(), windows.spans.len());
        // Places outside have no reports yet, so that sums over all are those of the members.
        let members = (0..places).filter(|&row| ground.is_known(row)).count().max(1) as f64;
        let kept = windows.groups.iter().enumerate().filter(|(_, group)| group.absence.is_none());
        let groups: Vec<_> = kept
            .map(|(place, group)| {
                let sum = baselines.iter().skip(place).step_by(stride).sum::<f64>();
                (place, group, sum / members)
            })
            .collect();
        (!groups.is_empty()).then_some(Self { ground, baselines, stride, groups, spans })
    }

    /// Reports of a place in its baseline, after the cut.
    pub(in crate::score) fn reports(&self, row: usize) -> f64 {
        self.groups.iter().map(|&(place, ..)| self.baselines[row * self.stride + place]).sum()
    }

    /// Mean reports of the study area's places in their baselines, after the cut.
    pub(in crate::score) fn mean(&self) -> f64 {
        self.groups.iter().map(|(.., mean)| mean).sum()
    }

    /// Reports a day of a group of sources in the surroundings of a place.
    fn rate(&self, row: usize, cells: usize, (place, group, mean): (usize, &SourceGroup, f64)) -> f64 {
        let of = |row: usize| self.baselines[row * self.stride + place];
        let disk = self.ground.neighbourhood.disk(row);
        let sum = disk.iter().map(|&other| of(other as usize)).sum::<f64>() + of(row) + mean;
        sum / ((cells + 1) as f64 * f64::from(group.baseline_days))
    }

    pub(in crate::score) fn prior(&self, row: usize) -> PlacePrior {
        let disk = self.ground.neighbourhood.disk(row);
        let cells = 1 + disk.iter().filter(|&&other| self.ground.is_known(other as usize)).count();
        let rate = self.groups.iter().map(|&group| self.rate(row, cells, group)).sum::<f64>();
        let EvidenceInputs { method, rules, .. } = self.ground;
        PlacePrior { rate, days: method.prior_days.min(rules.prior_reports / rate.max(MIN_RATE)), cells }
    }

    pub(in crate::score) fn of(&self, row: usize, observed: &Observed) -> Past {
        if !self.ground.is_known(row) {
            return Past::default();
        }
        let prior = self.prior(row);
        let mut past = Past {
            counted: observed.counted,
            window: observed.window_counted,
            is_known: prior.rate > 0.0 && observed.is_heard,
            ..Past::default()
        };
        let is_one = self.groups.len() == 1;
        for &(place, group, mean) in &self.groups {
            let rate = if is_one { prior.rate } else { self.rate(row, prior.cells, (place, group, mean)) };
            let weight = self.baselines[row * self.stride + place] + prior.days * rate;
            let exposure = f64::from(group.baseline_days) + prior.days;
            for (window, &covered) in group.days.iter().enumerate().take(self.spans) {
                let share = f64::from(covered) / exposure;
                past.expected[window] += weight * share;
                past.unsure[window] += weight * share * share;
            }
            past.reports += weight;
            past.rate += weight / exposure;
            past.window_expected += weight / exposure * f64::from(group.window_days);
        }
        past
    }
}

/// Part that a neighbour of this evidence adds: log10 of a bet that wins as it rises, and has expectation 1 under calm.
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

/// Variance of a count under calm: bursts, fluctuation and drift of rates, and the uncertainty of the expectation.
pub(in crate::score) fn variance(rules: &EvidenceRules, law: VarianceLaw, mean: f64, factor: f64, unsure: f64) -> f64 {
    let unsure = law.dispersion * factor * factor * unsure;
    law.dispersion * mean + (law.fluctuation + rules.drift) * mean * mean + unsure
}

/// Evidence of a place's own reports, beside those of the rest of the area: counts, then expectations by window.
fn evidence_alone(
    ground: EvidenceInputs<'_>,
    (windows, laws): (&Windows, &Laws),
    calm: &Calm,
    place: &Past,
    rest: &[f64; 2 * WINDOWS],
) -> Evidence {
    let rules = ground.rules;
    let spans = windows.spans.len();
    let none = std::array::from_fn(|window| if window < spans { 0.0 } else { NO_WINDOW });
    let mut found = Evidence { counted: place.counted, expected: none, ..Evidence::default() };
    // Of the three chances: one logarithm serves them all, unless one is next to nothing.
    let (mut product, mut sum) = (1.0, 0.0);
    for window in 0..spans {
        let factor = (rest[window] + rules.area_reports) / (rest[WINDOWS + window] + rules.area_reports);
        let mean = place.expected[window] * factor;
        found.expected[window] = mean;
        if window == 0 {
            found.factor = factor;
        }
        let p =
            mid_p(place.counted[window], mean, variance(rules, laws.of(window), mean, factor, place.unsure[window]));
        if p < 1e-90 {
            sum += p.ln();
        } else {
            product *= p;
        }
    }
    let surprise = -(product.ln() + sum) / spans as f64;
    found.alone = if windows.by_month { surprise / std::f64::consts::LN_10 } else { calm.evidence(surprise) };
    let law = laws.of(spans - 1);
    // A window is as variable as a block of the law's, of which it is one or several.
    let block = if windows.by_month { windows.window.1.0 - windows.window.0.0 } else { law.block };
    found.effect = Effect {
        counted: place.window,
        expected: place.window_expected,
        past: place.reports,
        dispersion: law.dispersion + law.fluctuation * place.rate * f64::from(block),
        shape: ground.method.prior_shape,
        exposure: rules.prior_exposure,
    };
    found
}
