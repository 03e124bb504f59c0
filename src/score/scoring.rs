//! The pass over dates: every cell walks through them once, then each date is judged with all cells side by side.

use std::collections::VecDeque;

use rayon::prelude::*;

use super::ScoreError;
use super::anchor::{self, Anchor};
use super::coverage::Coverage;
use super::ground::{Ground, by_cell};
use super::level::Level;
use super::method::Method;
use super::pass::{Pass, Weighed, weigh};
use super::situation::{Date, Moment, Room, Terms};
use super::walk::{Seen, Walker};
use super::windows::Windows;
use crate::area::Contiguity;
use crate::cube::{Count, Cube, Row};
use crate::grid::StudyArea;
use crate::incident::Day;

/// What a score may be told beside the reports, by row of the study area where it is about cells.
#[derive(Clone, Copy, Debug, Default)]
pub struct Given<'a> {
    /// Sizes and neighbours of the rows, which are areas then: their cells only stand in for them, as in
    /// [`RollUp::build`](crate::area::RollUp::build).
    pub areas: Option<&'a Contiguity>,
    /// Residents, for a method whose density is per 1,000 of them.
    pub residents: Option<&'a [Option<f64>]>,
    /// An index of context from 0 to 100, for a method that gives it points. A cell without one gets none of them.
    pub context: Option<&'a [Option<f64>]>,
    /// The days that the data covers; otherwise the months that hold a report.
    pub covered: Option<&'a Coverage>,
}

/// A cube, a study area and a method, made ready to score any number of dates.
///
/// ```
/// use tensionmap::{Method, sample};
/// use tensionmap::score::{Given, Scoring};
/// let run = tensionmap::Engine::builder().as_of("2026-03-02").build()?.incidents(sample::incidents())?.run()?;
/// let area = tensionmap::StudyArea::observed(run.cube.cells());
/// let method = Method::default();
/// let scoring = Scoring::new(&run.cube, &area, &method, Given::default())?;
/// let mondays = scoring.series(&["2026-02-16".parse()?, "2026-02-23".parse()?, "2026-03-02".parse()?])?;
/// assert_eq!(mondays.dates.len(), 3);
/// # Ok::<(), tensionmap::Error>(())
/// ```
#[derive(Debug)]
pub struct Scoring<'a> {
    pub(super) cube: &'a Cube,
    pub(super) area: &'a StudyArea,
    pub(super) method: &'a Method,
    pub(super) given: Given<'a>,
    /// By profile of the cube.
    pub(super) profiles: Vec<Weighed>,
    sources: usize,
    pub(super) ground: Ground,
    /// Counts of each study cell.
    pub(super) counts: Vec<&'a [Count]>,
    /// Counts of each cell outside the study area.
    pub(super) outside: Vec<&'a [Count]>,
}

/// Most memory for what is seen of cells between walking and judging. The less there is, the more often rows are taken in again.
const ROOM: usize = 128 << 20;
/// Cells that one thread takes through all dates before it looks for more.
const BLOCK: usize = 64;

impl<'a> Scoring<'a> {
    /// Finds neighbours, sizes and covered days. O(cube rows + cells).
    ///
    /// # Errors
    /// An empty study area, or one of another resolution than the cube's; a method out of range, or one that needs what was not
    /// given.
    pub fn new(cube: &'a Cube, area: &'a StudyArea, method: &'a Method, given: Given<'a>) -> Result<Self, ScoreError> {
        let Some(&first) = area.cells().first() else { return Err(ScoreError::EmptyArea) };
        if first.resolution() != cube.resolution() {
            return Err(ScoreError::Resolution { area: first.resolution(), cube: cube.resolution() });
        }
        method.check()?;
        let values = [given.residents, given.context].into_iter().flatten().map(<[_]>::len);
        let areas = given.areas.into_iter().flat_map(|areas| [areas.km2.len(), areas.neighbours.len()]);
        if let Some(rows) = values.chain(areas).find(|&rows| rows != area.cells().len()) {
            return Err(ScoreError::Rows { given: rows, cells: area.cells().len() });
        }
        if method.points.context > 0.0 && given.context.is_none() {
            return Err(ScoreError::NoContext { points: method.points.context });
        }
        let (profiles, sources) = weigh(cube, method);
        let (counts, outside) = by_cell(cube, area);
        let ground = Ground::new(area, method, given)?;
        Ok(Self { cube, area, method, given, profiles, sources, ground, counts, outside })
    }

    /// The days that are covered, as known at a date.
    #[must_use]
    pub fn coverage(&self, as_of: Day) -> Coverage {
        self.given.covered.map_or_else(|| Coverage::known_at(self.cube, as_of), |given| given.before(as_of))
    }

    /// The spans that a score at a date looks at.
    #[must_use]
    pub fn windows(&self, as_of: Day) -> Windows {
        Windows::new(&self.coverage(as_of), as_of, self.method)
    }

    /// The method's D½, or the one that history before a date gives.
    #[must_use]
    pub fn anchor(&self, as_of: Day) -> Anchor {
        anchor::choose(self, as_of)
    }

    /// The counts of a study cell as rows, each with the profile that it weighs by.
    pub(super) fn rows(&self, row: usize) -> impl Iterator<Item = (Row, &Weighed)> {
        let cell = self.area.cells()[row];
        self.counts[row].iter().map(move |&count| (self.cube.row(cell, count), &self.profiles[count.profile()]))
    }

    pub(super) fn terms(&self, anchor: Anchor) -> Terms<'_> {
        Terms { method: self.method, ground: &self.ground, d_half: anchor.d_half(), context: self.given.context }
    }

    /// The most mass that one report may contribute to a cell.
    pub(super) fn cap(&self, row: usize, anchor: Anchor) -> f64 {
        anchor.d_half().map_or(f64::INFINITY, |d_half| self.method.cap_share * d_half * self.ground.size[row])
    }

    pub(super) fn pass<'b>(&'b self, dates: &'b [Windows]) -> Pass<'b> {
        Pass::new(self.method, (&self.profiles, self.sources), dates, self.cube.calendar().most_in_a_cell)
    }

    /// What each cell's reports come to at each date: date after date, by row.
    pub(super) fn walk(&self, dates: &[Windows], anchor: Anchor) -> Vec<Vec<Seen>> {
        let mut seen = Vec::new();
        self.walk_into(dates, anchor, &mut seen);
        seen
    }

    fn walk_into(&self, dates: &[Windows], anchor: Anchor, seen: &mut Vec<Vec<Seen>>) {
        let pass = self.pass(dates);
        seen.resize_with(dates.len(), || vec![Seen::default(); self.counts.len()]);
        // The part of every date that belongs to a block of cells: threads write side by side.
        let mut blocks: Vec<Vec<&mut [Seen]>> = Vec::new();
        blocks.resize_with(self.counts.len().div_ceil(BLOCK), || Vec::with_capacity(dates.len()));
        for date in seen {
            for (block, part) in blocks.iter_mut().zip(date.chunks_mut(BLOCK)) {
                block.push(part);
            }
        }
        let blocks = blocks.into_par_iter().zip(self.counts.par_chunks(BLOCK)).enumerate();
        blocks.for_each_init(Walker::default, |walker, (block, (mut seen, counts))| {
            for (place, counts) in counts.iter().enumerate() {
                walker.walk(&pass, counts, self.cap(block * BLOCK + place, anchor), &mut seen, place);
            }
        });
    }

    /// Scores dates in ascending order and shows each to `visit`, without keeping it: the memory it takes does not grow with
    /// the number of dates. O(cube rows + cells × dates).
    ///
    /// Dates that only the rule about falling levels looks at are scored too, and not shown.
    pub fn each(&self, dates: &[Day], anchor: Anchor, mut visit: impl FnMut(&Date, &[Moment])) {
        self.each_seen(dates, anchor, |date, moments, _| visit(date, moments));
    }

    pub(super) fn each_seen(&self, dates: &[Day], anchor: Anchor, mut visit: impl FnMut(&Date, &[Moment], &[Seen])) {
        let weeks = i32::from(self.method.fall_after_weeks) - 1;
        let mut dates = dates.to_vec();
        dates.sort_unstable();
        dates.dedup();
        let mut all: Vec<Day> = dates.iter().flat_map(|&date| (0..=weeks).map(move |week| date - 7 * week)).collect();
        all.sort_unstable();
        all.dedup();
        let cells = self.counts.len();
        let at_once = (ROOM / (cells.max(1) * size_of::<Seen>())).max(1);
        let terms = self.terms(anchor);
        let mut held = Held { weeks, past: VecDeque::new() };
        let (mut seen, mut room) = (Vec::new(), Room::default());
        for days in all.chunks(at_once) {
            let windows: Vec<Windows> = days.par_iter().map(|&day| self.windows(day)).collect();
            self.walk_into(&windows, anchor, &mut seen);
            for (windows, seen) in windows.iter().zip(&seen) {
                let date = room.judge(terms, windows, seen);
                held.hold(windows.as_of, &mut room.moments);
                if dates.binary_search(&windows.as_of).is_ok() {
                    visit(&date, &room.moments, seen);
                }
            }
        }
    }
}

/// The levels of the last weeks, which keep a level from falling.
struct Held {
    weeks: i32,
    past: VecDeque<(Day, Vec<Option<Level>>)>,
}

impl Held {
    /// A level falls once all the weeks before are lower too: it is the highest of them.
    fn hold(&mut self, as_of: Day, moments: &mut [Moment]) {
        let Self { weeks, past } = self;
        while past.pop_front_if(|(day, _)| *day < as_of - 7 * *weeks).is_some() {}
        for (_, earlier) in past.iter().filter(|(day, _)| (as_of.0 - day.0) % 7 == 0) {
            moments.par_iter_mut().zip(earlier).with_min_len(1 << 12).for_each(|(moment, earlier)| {
                moment.level = moment.level.map(|level| earlier.map_or(level, |earlier| earlier.max(level)));
            });
        }
        if *weeks > 0 {
            past.push_back((as_of, moments.iter().map(|moment| moment.raw_level).collect()));
        }
    }
}
