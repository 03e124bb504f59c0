//! Scoring of dates: every cell is swept through them once, then each date is scored with all cells side by side.

use std::collections::{BTreeSet, VecDeque};
use std::convert::Infallible;

use rayon::prelude::*;

use super::anchor::Anchor;
use super::cell_sweep::{CellSweep, Observations, Observed};
use super::covariates::Covariates;
use super::coverage::Coverage;
use super::date_scores::{DateInputs, DateScorer, DateSummary, DatedScore, ScoringContext};
use super::evidence_rules::EvidenceRules;
use super::lanes::Lanes;
use super::law_book::LawBook;
use super::level::Level;
use super::method::Method;
use super::neighbourhood::{Neighbourhood, counts_by_row};
use super::profiles::{ProfileWeight, profile_weights, source_names};
use super::sources::{Declared, Feeds, SourceHistory};
use super::sweep::{CutSpan, Sweep};
use super::windows::{SourceGroup, Windows};
use super::{AbsentSource, ScoreError};
use crate::cube::{Count, Cube, Row};
use crate::grid::StudyArea;
use crate::incident::{Day, NOT_STATED};

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
    /// Reports by source and region, for a method with evidence.
    pub(super) history: Option<SourceHistory>,
    /// Declared coverage.
    pub(super) declared: Declared,
    /// First as-of whose study area holds each row, for an area made of cells with reports; else empty.
    known_from: Vec<Day>,
}

/// Maximum memory for observations between the sweep and the scoring of dates. A smaller one means more sweeps.
const MAX_OBSERVED_BYTES: usize = 192 << 20;
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
        let history =
            method.evidence.is_some().then(|| SourceHistory::new(cube, &profiles, covariates.areas.is_none()));
        let declared = Declared::new(covariates.covered, &source_names(cube))?;
        let grows = area.is_observed() && method.evidence.is_some();
        let known_from = if grows { known_from(cube, area, &neighbourhood) } else { Vec::new() };
        Ok(Self {
            cube,
            area,
            method,
            covariates,
            profiles,
            sources,
            neighbourhood,
            counts,
            outside,
            history,
            declared,
            known_from,
        })
    }

    /// Covered days, as known at a date.
    #[must_use]
    pub fn coverage(&self, as_of: Day) -> Coverage {
        match (self.covariates.covered, self.evidence()) {
            (_, Some((rules, history))) => history.at(as_of, rules, &self.declared).coverage(),
            (Some(given), None) => given.before(as_of),
            (None, None) => Coverage::known_at(self.cube, as_of),
        }
    }

    /// Window and baseline of a date.
    #[must_use]
    pub fn windows(&self, as_of: Day) -> Windows {
        let Some((rules, history)) = self.evidence() else {
            return Windows::new(&self.coverage(as_of), as_of, self.method);
        };
        Windows::by_source(self.feeds(rules, history, as_of), as_of, self.method, rules)
    }

    /// Sources as known at a date; at the first of its month if the reports known by then are dated by month.
    fn feeds(&self, rules: &EvidenceRules, history: &SourceHistory, as_of: Day) -> Feeds {
        if history.has_months() {
            let feeds = history.at(as_of.first_of_month(), rules, &self.declared);
            if feeds.by_month {
                return feeds;
            }
        }
        Feeds { by_month: false, ..history.at(as_of, rules, &self.declared) }
    }

    /// Rules and sources of a method with evidence.
    pub(super) fn evidence(&self) -> Option<(&EvidenceRules, &SourceHistory)> {
        self.method.evidence.as_ref().zip(self.history.as_ref())
    }

    /// Name of a source by its number; of `None`, small sources together.
    pub(super) fn source_name(&self, source: Option<u32>) -> String {
        match source {
            None => "sources with few reports".to_owned(),
            Some(0) => NOT_STATED.to_owned(),
            Some(number) => {
                source_names(self.cube).get(number as usize - 1).map_or_else(String::new, |name| (*name).to_owned())
            }
        }
    }

    /// Sources that are left out of the evidence at a date, by name.
    pub(super) fn absent(&self, windows: &Windows) -> Vec<AbsentSource> {
        let of_group = |group: &SourceGroup| {
            let absence = group.absence?;
            let absent = |&source: &Option<u32>| AbsentSource { source: self.source_name(source), absence };
            Some(group.sources.iter().map(absent).collect::<Vec<_>>())
        };
        let mut absent: Vec<AbsentSource> = windows.groups.iter().filter_map(of_group).flatten().collect();
        absent.sort_unstable_by(|a, b| (&a.source, a.absence).cmp(&(&b.source, b.absence)));
        absent.dedup();
        absent
    }

    /// True for rows of the study area as known at a date; empty if all are.
    pub(super) fn known(&self, as_of: Day) -> Vec<bool> {
        if self.known_from.iter().all(|&from| from <= as_of) {
            return Vec::new();
        }
        self.known_from.iter().map(|&from| from <= as_of).collect()
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

    /// A sweep with the lanes of sources and the cuts that the evidence needs.
    pub(super) fn sweep_by_source<'b>(&'b self, dates: &'b [Windows], cuts: Vec<CutSpan>) -> Sweep<'b> {
        let sweep = self.sweep(dates);
        match &self.history {
            Some(history) if dates.iter().any(|date| !date.spans.is_empty()) => {
                sweep.with_lanes(Lanes::of(history, dates), cuts)
            }
            _ => sweep,
        }
    }

    /// Observations of every cell at each date, by row, in vectors that are reused.
    pub(super) fn observe(&self, sweep: &Sweep<'_>, anchor: Anchor, observed: &mut Vec<Observations>) {
        let dates = sweep.dates;
        observed.resize_with(dates.len(), Observations::default);
        // The part of every date that belongs to a block of cells: threads write side by side.
        let mut blocks: Vec<Vec<(&mut [Observed], &mut [f64])>> = Vec::new();
        blocks.resize_with(self.counts.len().div_ceil(CELLS_PER_BLOCK), || Vec::with_capacity(dates.len()));
        for (date, windows) in observed.iter_mut().zip(dates) {
            let groups = windows.groups.len();
            date.cells.resize(self.counts.len(), Observed::default());
            date.baselines.resize(self.counts.len() * groups, 0.0);
            let mut baselines = date.baselines.as_mut_slice();
            for (block, part) in blocks.iter_mut().zip(date.cells.chunks_mut(CELLS_PER_BLOCK)) {
                let (mine, rest) = baselines.split_at_mut(part.len() * groups);
                block.push((part, mine));
                baselines = rest;
            }
        }
        let cells = self.area.cells().par_chunks(CELLS_PER_BLOCK).zip(self.counts.par_chunks(CELLS_PER_BLOCK));
        let blocks = blocks.into_par_iter().zip(cells).enumerate();
        blocks.for_each_init(CellSweep::default, |cell_sweep, (block, (mut observed, (cells, counts)))| {
            for (place, (&cell, counts)) in cells.iter().zip(counts).enumerate() {
                let cap = self.cap(block * CELLS_PER_BLOCK + place, anchor);
                cell_sweep.run(sweep, (cell, counts), cap, &mut observed, place);
            }
        });
    }

    /// Scores dates in ascending order and passes each to `visit` without keeping it.
    ///
    /// Memory does not grow with the number of dates. Dates needed only by the rule about falling levels are scored too, but
    /// not passed on. O(cube rows + cells × dates).
    pub fn each(&self, dates: &[Day], anchor: Anchor, mut visit: impl FnMut(&DateSummary, &[DatedScore])) {
        let Ok(()) = self.try_each(dates, anchor, |summary, scores| {
            visit(summary, scores);
            Ok::<_, Infallible>(())
        });
    }

    /// [`Self::each`] up to the first error of `visit`.
    ///
    /// # Errors
    /// That error.
    pub fn try_each<E>(
        &self,
        dates: &[Day],
        anchor: Anchor,
        mut visit: impl FnMut(&DateSummary, &[DatedScore]) -> Result<(), E>,
    ) -> Result<(), E> {
        let weeks = i32::from(self.method.fall_after_weeks) - 1;
        let dates: BTreeSet<Day> = dates.iter().copied().collect();
        let all: BTreeSet<Day> = (0..=weeks).flat_map(|week| dates.iter().map(move |&date| date - 7 * week)).collect();
        let all = Vec::from_iter(all);
        let cells = self.counts.len();
        let dates_at_once = (MAX_OBSERVED_BYTES / (cells.max(1) * size_of::<Observed>())).max(1);
        let context = self.context(anchor);
        let mut hold = LevelHold { weeks, past: VecDeque::new() };
        let mut observed = Vec::new();
        // Dates side by side keep all threads at work; a single date is shared out by its cells.
        let mut scorers: Vec<DateScorer> = Vec::new();
        scorers.resize_with(rayon::current_num_threads().min(all.len()), DateScorer::default);
        let mut laws = LawBook::default();
        for days in all.chunks(dates_at_once) {
            let windows: Vec<Windows> = days.par_iter().map(|&day| self.windows(day)).collect();
            let (laws, cuts) = self.fitted(&windows, &mut laws);
            let sweep = self.sweep_by_source(&windows, cuts);
            self.observe(&sweep, anchor, &mut observed);
            let inputs = windows.iter().zip(&observed).zip(&laws).map(|((windows, observed), laws)| DateInputs {
                windows,
                observed,
                laws: laws.as_deref(),
                known: self.known(windows.until),
            });
            for inputs in inputs.collect::<Vec<_>>().chunks(scorers.len()) {
                let side_by_side = scorers.par_iter_mut().zip(inputs);
                let summaries: Vec<_> = side_by_side.map(|(scorer, inputs)| scorer.score(context, inputs)).collect();
                for (scorer, summary) in scorers.iter_mut().zip(summaries) {
                    hold.apply(&summary.windows, &mut scorer.scores);
                    if dates.contains(&summary.windows.as_of) {
                        visit(&summary, &scorer.scores)?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// Rule about falling levels, with the levels of the last weeks.
struct LevelHold {
    weeks: i32,
    past: VecDeque<(Day, Vec<Option<Level>>)>,
}

impl LevelHold {
    /// Raises each level to the highest of the held weeks: a level falls once all the weeks before are lower too.
    fn apply(&mut self, windows: &Windows, scores: &mut [DatedScore]) {
        let (Self { weeks, past }, as_of) = (self, windows.as_of);
        // A month's level holds until the next month's.
        if windows.by_month {
            return;
        }
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

/// First as-of at which each row is within one step of a cell with a known report.
fn known_from(cube: &Cube, area: &StudyArea, neighbourhood: &Neighbourhood) -> Vec<Day> {
    let mut first = vec![Day(i32::MAX); area.cells().len()];
    for (cell, counts) in cube.by_cell() {
        if let Some(row) = area.row(cell) {
            first[row] = counts.iter().map(|&count| cube.row(cell, count).known).min().unwrap_or(Day(i32::MAX));
        }
    }
    let nearest = |row: usize| {
        let near = neighbourhood.neighbours(row).iter().map(|&other| first[other as usize]);
        near.fold(first[row], Day::min)
    };
    (0..first.len()).map(nearest).collect()
}
