//! Scoring of dates: every cell is swept through them once, then each date is scored with all cells side by side.

use std::collections::{BTreeSet, VecDeque};

use rayon::prelude::*;

use super::ScoreError;
use super::anchor::Anchor;
use super::cell_sweep::{CellSweep, Observed};
use super::covariates::Covariates;
use super::coverage::Coverage;
use super::date_scores::{DateScorer, DateSummary, DatedScore, ScoringContext};
use super::level::Level;
use super::method::Method;
use super::neighbourhood::{Neighbourhood, counts_by_row};
use super::profiles::{ProfileWeight, profile_weights};
use super::sweep::Sweep;
use super::windows::Windows;
use crate::cube::{Count, Cube, Row};
use crate::grid::StudyArea;
use crate::incident::Day;

/// A cube, a study area and a method, prepared to score any number of dates.
///
/// ```
/// use tensionmap::{Method, sample};
/// use tensionmap::unstable::score::Covariates;
/// use tensionmap::Scoring;
/// let run = tensionmap::Engine::builder().as_of("2026-03-02").build()?.incidents(sample::incidents())?.run()?;
/// let area = tensionmap::StudyArea::observed(run.cube.cells());
/// let method = Method::default();
/// let scoring = Scoring::new(&run.cube, &area, &method, Covariates::default())?;
/// let mondays = scoring.series(&["2026-02-16".parse()?, "2026-02-23".parse()?, "2026-03-02".parse()?])?;
/// assert_eq!(mondays.dates.len(), 3);
/// # Ok::<(), tensionmap::Error>(())
/// ```
#[derive(Debug)]
pub struct Scoring<'a> {
    pub(super) cube: &'a Cube,
    pub(super) area: &'a StudyArea,
    pub(super) method: &'a Method,
    pub(super) covariates: Covariates<'a>,
    /// By profile of the cube.
    pub(super) profiles: Vec<ProfileWeight>,
    /// Number of distinct sources.
    sources: usize,
    pub(super) neighbourhood: Neighbourhood,
    /// Counts of each study cell.
    pub(super) counts: Vec<&'a [Count]>,
    /// Counts of each cell outside the study area.
    pub(super) outside: Vec<&'a [Count]>,
}

/// Maximum memory for observations between the sweep and the scoring of dates. A smaller one means more sweeps.
const MAX_OBSERVED_BYTES: usize = 128 << 20;
/// Cells that one thread sweeps through all dates before it takes more.
const CELLS_PER_BLOCK: usize = 64;

impl<'a> Scoring<'a> {
    /// Prepares neighbours, sizes and weights. O(cube rows + cells).
    ///
    /// # Errors
    /// Returns an error if the study area is empty or its resolution is not the cube's. Also if the method is out of range, or
    /// if a covariate that it needs is missing or has another length.
    pub fn new(
        cube: &'a Cube,
        area: &'a StudyArea,
        method: &'a Method,
        covariates: Covariates<'a>,
    ) -> Result<Self, ScoreError> {
        let Some(&first) = area.cells().first() else { return Err(ScoreError::EmptyArea) };
        if first.resolution() != cube.resolution() {
            return Err(ScoreError::Resolution { area: first.resolution(), cube: cube.resolution() });
        }
        method.check()?;
        covariates.check(area.cells().len(), method)?;
        let (profiles, sources) = profile_weights(cube, method);
        let (counts, outside) = counts_by_row(cube, area);
        let neighbourhood = Neighbourhood::new(area, method, covariates)?;
        Ok(Self { cube, area, method, covariates, profiles, sources, neighbourhood, counts, outside })
    }

    /// Covered days, as known at a date.
    #[must_use]
    pub fn coverage(&self, as_of: Day) -> Coverage {
        self.covariates.covered.map_or_else(|| Coverage::known_at(self.cube, as_of), |given| given.before(as_of))
    }

    /// Window and baseline of a date.
    #[must_use]
    pub fn windows(&self, as_of: Day) -> Windows {
        Windows::new(&self.coverage(as_of), as_of, self.method)
    }

    /// The counts of a study cell as rows, each with the weight of its profile.
    pub(super) fn rows(&self, row: usize) -> impl Iterator<Item = (Row, &ProfileWeight)> {
        let cell = self.area.cells()[row];
        self.counts[row].iter().map(move |&count| (self.cube.row(cell, count), &self.profiles[count.profile()]))
    }

    pub(super) fn context(&self, anchor: Anchor) -> ScoringContext<'_> {
        ScoringContext {
            method: self.method,
            neighbourhood: &self.neighbourhood,
            d_half: anchor.d_half(),
            context: self.covariates.context,
        }
    }

    /// Maximum mass of a single report in a cell.
    pub(super) fn cap(&self, row: usize, anchor: Anchor) -> f64 {
        let cap = |d_half| self.method.cap_share * d_half * self.neighbourhood.exposure[row];
        anchor.d_half().map_or(f64::INFINITY, cap)
    }

    pub(super) fn sweep<'b>(&'b self, dates: &'b [Windows]) -> Sweep<'b> {
        Sweep::new(self.method, (&self.profiles, self.sources), dates, self.cube.calendar().most_in_a_cell)
    }

    /// Observations of every cell at each date, one vector a date, by row, in vectors that are reused.
    pub(super) fn observe(&self, dates: &[Windows], anchor: Anchor, observed: &mut Vec<Vec<Observed>>) {
        let sweep = self.sweep(dates);
        observed.resize_with(dates.len(), || vec![Observed::default(); self.counts.len()]);
        // The part of every date that belongs to a block of cells: threads write side by side.
        let mut blocks: Vec<Vec<&mut [Observed]>> = Vec::new();
        blocks.resize_with(self.counts.len().div_ceil(CELLS_PER_BLOCK), || Vec::with_capacity(dates.len()));
        for date in observed {
            for (block, part) in blocks.iter_mut().zip(date.chunks_mut(CELLS_PER_BLOCK)) {
                block.push(part);
            }
        }
        let blocks = blocks.into_par_iter().zip(self.counts.par_chunks(CELLS_PER_BLOCK)).enumerate();
        blocks.for_each_init(CellSweep::default, |cell_sweep, (block, (mut observed, counts))| {
            for (place, counts) in counts.iter().enumerate() {
                let cap = self.cap(block * CELLS_PER_BLOCK + place, anchor);
                cell_sweep.run(&sweep, counts, cap, &mut observed, place);
            }
        });
    }

    /// Scores dates in ascending order and passes each to `visit` without keeping it.
    ///
    /// Memory does not grow with the number of dates. Dates needed only by the rule about falling levels are scored too, but
    /// not passed on. O(cube rows + cells × dates).
    pub fn each(&self, dates: &[Day], anchor: Anchor, mut visit: impl FnMut(&DateSummary, &[DatedScore])) {
        let weeks = i32::from(self.method.fall_after_weeks) - 1;
        let dates: BTreeSet<Day> = dates.iter().copied().collect();
        let all: BTreeSet<Day> = (0..=weeks).flat_map(|week| dates.iter().map(move |&date| date - 7 * week)).collect();
        let all = Vec::from_iter(all);
        let cells = self.counts.len();
        let dates_at_once = (MAX_OBSERVED_BYTES / (cells.max(1) * size_of::<Observed>())).max(1);
        let context = self.context(anchor);
        let mut hold = LevelHold { weeks, past: VecDeque::new() };
        let (mut observed, mut scorer) = (Vec::new(), DateScorer::default());
        for days in all.chunks(dates_at_once) {
            let windows: Vec<Windows> = days.par_iter().map(|&day| self.windows(day)).collect();
            self.observe(&windows, anchor, &mut observed);
            for (windows, observed) in windows.iter().zip(&observed) {
                let summary = scorer.score(context, windows, observed);
                hold.apply(windows.as_of, &mut scorer.scores);
                if dates.contains(&windows.as_of) {
                    visit(&summary, &scorer.scores);
                }
            }
        }
    }
}

/// Rule about falling levels, with the levels of the last weeks.
struct LevelHold {
    weeks: i32,
    past: VecDeque<(Day, Vec<Option<Level>>)>,
}

impl LevelHold {
    /// Raises each level to the highest of the held weeks: a level falls once all the weeks before are lower too.
    fn apply(&mut self, as_of: Day, scores: &mut [DatedScore]) {
        let Self { weeks, past } = self;
        while past.pop_front_if(|(day, _)| *day < as_of - 7 * *weeks).is_some() {}
        for (_, earlier) in past.iter().filter(|(day, _)| (as_of.0 - day.0) % 7 == 0) {
            scores.par_iter_mut().zip(earlier).with_min_len(1 << 12).for_each(|(score, earlier)| {
                score.level = score.level.map(|level| earlier.map_or(level, |earlier| earlier.max(level)));
            });
        }
        if *weeks > 0 {
            past.push_back((as_of, scores.iter().map(|score| score.raw_level).collect()));
        }
    }
}
