//! Scores of one date in full, with the ratios and categories that a series does not keep.

use h3o::CellIndex;
use rayon::prelude::*;

use super::anchor::Anchor;
use super::date_scores::{self, DateSummary, DatedScore};
use super::scoring::Scoring;
use super::surge::{Effect, RateRatio, rate_ratio};
use super::windows::Windows;
use super::{CellScore, Scores, Status};
use crate::cube::Count;
use crate::incident::{Category, Day};

/// Intensity by category, in mass.
type CategoryMasses = [f64; Category::ALL.len()];

impl Scoring<'_> {
    /// Scores every cell at one date.
    #[must_use]
    pub fn at(&self, as_of: Day) -> Scores {
        self.at_with(as_of, self.anchor(as_of))
    }

    /// Scores every cell at one date with a given anchor, such as that of another date, so that the two are comparable.
    #[must_use]
    pub fn at_with(&self, as_of: Day, anchor: Anchor) -> Scores {
        let (summary, scores) = self.at_one(as_of, anchor);
        let (masses, later) = self.masses(&summary.windows, anchor);
        let baselines: Vec<f64> = scores.iter().map(|score| score.n_baseline).collect();
        let cell = |row: usize| {
            let ratio = if self.method.evidence.is_some() {
                scores[row].effect().and_then(Effect::ratio)
            } else {
                let counts = date_scores::surge_counts(&summary.windows, scores[row].n_window, scores[row].n_baseline);
                let prior = || date_scores::prior(self.context(anchor), &summary, &baselines, row);
                counts.and_then(|counts| rate_ratio(counts, prior()))
            };
            let masses = self.neighbourhood.smoothed(row, |row| &masses[row]);
            CellScore::new(self.area.cells()[row], &scores[row], ratio, &masses, self.method.points.scaled()[1])
        };
        let (outside, beyond) = self.left_out(summary.windows.until);
        Scores {
            as_of,
            window: summary.windows.window,
            window_days: summary.windows.window_days,
            baseline: summary.windows.comparable.then_some(summary.windows.baseline),
            baseline_days: summary.windows.baseline_days,
            dispersion: summary.dispersion,
            laws: summary.laws.clone(),
            held_since: summary.windows.is_held(self.method).then_some(summary.windows.until),
            absent: self.absent(&summary.windows),
            by_month: summary.windows.by_month,
            area_factor: summary.area_factor,
            anchor,
            outside,
            later: later + beyond,
            smoothed_away: summary.smoothed_away,
            cells: (0..self.counts.len()).into_par_iter().map(cell).collect(),
        }
    }

    /// Dated scores of all cells at one date.
    pub(super) fn at_one(&self, as_of: Day, anchor: Anchor) -> (DateSummary, Vec<DatedScore>) {
        let mut found = None;
        self.each(&[as_of], anchor, |summary, scores| found = Some((summary.clone(), scores.to_vec())));
        found.unwrap_or_else(|| unreachable!("every requested date is visited"))
    }

    /// Intensity by category of each cell, and the number of reports that the date does not use yet.
    fn masses(&self, windows: &Windows, anchor: Anchor) -> (Vec<CategoryMasses>, u64) {
        let sweep = self.sweep(std::slice::from_ref(windows));
        let as_of = windows.until;
        let of_cell = |(row, counts): (usize, &&[Count])| {
            let (mut masses, mut later, cap) = ([0.0; Category::ALL.len()], 0, self.cap(row, anchor));
            for &count in *counts {
                let profile = sweep.profile(count);
                if profile.usable_from(count.start()) > as_of {
                    later += u64::from(count.n());
                } else {
                    masses[profile.category as usize] += sweep.mass(count, cap, as_of);
                }
            }
            (masses, later)
        };
        let (masses, later): (_, Vec<u64>) = self.counts.par_iter().enumerate().map(of_cell).unzip();
        (masses, later.into_iter().sum())
    }

    /// Reports outside the study area: those usable at a date, and those that are later.
    fn left_out(&self, as_of: Day) -> (u64, u64) {
        let count = |counts: &&[Count]| {
            let (mut usable, mut later) = (0, 0);
            for count in *counts {
                let is_usable = self.profiles[count.profile()].usable_from(count.start()) <= as_of;
                *if is_usable { &mut usable } else { &mut later } += u64::from(count.n());
            }
            (usable, later)
        };
        self.outside.par_iter().map(count).reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
    }
}

impl DatedScore {
    /// Count and expectation of the rate ratio, with evidence; absent without a past, or without any report.
    #[must_use]
    pub fn effect(&self) -> Option<Effect> {
        let has_reports = self.n_window > 0.0 || self.n_baseline > 0.0;
        self.evidence.filter(|_| self.status == Status::Scored && has_reports).map(|evidence| evidence.effect)
    }
}

impl CellScore {
    pub(super) fn new(
        cell: CellIndex,
        dated: &DatedScore,
        ratio: Option<RateRatio>,
        masses: &CategoryMasses,
        max_intensity: f64,
    ) -> Self {
        let share = |part: f64| if dated.mass > 0.0 { part / dated.mass } else { 0.0 };
        let mut categories = Vec::with_capacity(masses.iter().filter(|&&mass| mass > 0.0).count());
        let present = Category::ALL.iter().zip(masses).filter(|&(_, &mass)| mass > 0.0);
        categories.extend(present.map(|(&category, &mass)| (category, share(mass))));
        categories.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        Self {
            cell,
            score: dated.score,
            level: dated.level,
            raw_level: dated.raw_level,
            status: dated.status,
            sparse: dated.sparse,
            intensity: dated.intensity,
            surge: dated.surge,
            corroboration: dated.corroboration,
            spread: dated.spread,
            context: dated.context,
            u_intensity: if max_intensity > 0.0 { dated.intensity / max_intensity } else { dated.u_intensity },
            evidence: dated.evidence,
            reports: dated.reports,
            mass: dated.mass,
            density: dated.density,
            n_window: dated.n_window,
            n_baseline: dated.n_baseline,
            ratio,
            strands: dated.strands.map(share),
            categories,
            sources: dated.sources,
        }
    }
}
