//! One date in full: what a cell's score is made of, beyond what a series keeps.

use h3o::CellIndex;
use rayon::prelude::*;

use super::anchor::Anchor;
use super::scoring::Scoring;
use super::situation::{self, Moment};
use super::surge::rate_ratio;
use super::windows::Windows;
use super::{CellScore, Scores};
use crate::cube::Count;
use crate::incident::{Category, Day};

/// Intensity by category, in mass.
type Masses = [f64; Category::ALL.len()];

impl Scoring<'_> {
    /// The scores of every cell at one date, with all they are made of.
    #[must_use]
    pub fn at(&self, as_of: Day) -> Scores {
        self.at_with(as_of, self.anchor(as_of))
    }

    /// The same with an anchor that was found elsewhere: at another date, so that the two compare.
    #[must_use]
    pub fn at_with(&self, as_of: Day, anchor: Anchor) -> Scores {
        let mut found = (None, Vec::new(), Vec::new());
        self.each_seen(&[as_of], anchor, |date, moments, seen| {
            found = (Some(date.clone()), moments.to_vec(), seen.to_vec());
        });
        let (Some(date), moments, seen) = found else { unreachable!("every date asked for is shown") };
        let (masses, later) = self.masses(&date.windows, anchor);
        let baselines: Vec<f64> = seen.iter().map(|cell| cell.baseline).collect();
        let cell = |row: usize| {
            let counts = situation::counts(&date, &seen[row]);
            let ratio = counts
                .and_then(|counts| rate_ratio(counts, situation::prior(self.terms(anchor), &date, &baselines, row)));
            let masses = self.ground.smoothed(row, |row| &masses[row]);
            cell_score(self.area.cells()[row], &moments[row], ratio, &masses, self.method.points.scaled()[1])
        };
        let (outside, beyond) = self.left_out(as_of);
        Scores {
            as_of,
            window: date.windows.window,
            window_days: date.windows.window_days,
            baseline: date.windows.comparable.then_some(date.windows.baseline),
            baseline_days: date.windows.baseline_days,
            dispersion: date.dispersion,
            anchor,
            outside,
            later: later + beyond,
            smoothed_away: date.smoothed_away,
            cells: (0..self.counts.len()).into_par_iter().map(cell).collect(),
        }
    }

    /// Intensity by category of each cell, and how many reports the date does not see yet.
    fn masses(&self, windows: &Windows, anchor: Anchor) -> (Vec<Masses>, u64) {
        let pass = self.pass(std::slice::from_ref(windows));
        let of_cell = |(row, counts): (usize, &&[Count])| {
            let (mut masses, mut later) = ([0.0; Category::ALL.len()], 0);
            let cap = self.cap(row, anchor);
            for &count in *counts {
                let weighed = pass.weighed(count);
                if weighed.seen_from(count.start()) > windows.as_of {
                    later += u64::from(count.n());
                } else {
                    masses[weighed.category as usize] += pass.mass(count, cap, windows.as_of);
                }
            }
            (masses, later)
        };
        let cells: Vec<(Masses, u64)> = self.counts.par_iter().enumerate().map(of_cell).collect();
        let later = cells.iter().map(|(_, later)| later).sum();
        (cells.into_iter().map(|(masses, _)| masses).collect(), later)
    }

    /// Reports outside the study area that a date sees, and those that it does not see yet.
    fn left_out(&self, as_of: Day) -> (u64, u64) {
        let count = |counts: &&[Count]| {
            let (mut seen, mut later) = (0, 0);
            for count in *counts {
                let is_seen = self.profiles[count.profile()].seen_from(count.start()) <= as_of;
                *if is_seen { &mut seen } else { &mut later } += u64::from(count.n());
            }
            (seen, later)
        };
        self.outside.par_iter().map(count).reduce(|| (0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
    }
}

fn cell_score(
    cell: CellIndex,
    moment: &Moment,
    ratio: Option<super::RateRatio>,
    masses: &Masses,
    most_intensity: f64,
) -> CellScore {
    let share = |part: f64| if moment.mass > 0.0 { part / moment.mass } else { 0.0 };
    let mut categories = Vec::with_capacity(masses.iter().filter(|&&mass| mass > 0.0).count());
    let present = Category::ALL.iter().zip(masses).filter(|&(_, &mass)| mass > 0.0);
    categories.extend(present.map(|(&category, &mass)| (category, share(mass))));
    categories.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    CellScore {
        cell,
        score: moment.score,
        level: moment.level,
        raw_level: moment.raw_level,
        status: moment.status,
        sparse: moment.sparse,
        intensity: moment.intensity,
        surge: moment.surge,
        corroboration: moment.corroboration,
        spread: moment.spread,
        context: moment.context,
        u_intensity: if most_intensity > 0.0 { moment.intensity / most_intensity } else { 0.0 },
        mass: moment.mass,
        density: moment.density,
        n_window: moment.n_window,
        n_baseline: moment.n_baseline,
        ratio,
        strands: moment.strands.map(share),
        categories,
        sources: moment.sources,
    }
}
