//! Fitting of the variance laws, and the spans by which cell-days are cut, at fixed steps of dates.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::cell_sweep::CellSweep;
use super::evidence::{BlockCounts, EvidenceRules, Laws, fit};
use super::scoring::Scoring;
use super::sweep::CutSpan;
use super::windows::Windows;
use crate::incident::Day;

/// Laws that were fitted already, by date, and spans of the cut.
#[derive(Debug, Default)]
pub(super) struct LawBook {
    laws: BTreeMap<Day, Arc<Laws>>,
    cuts: BTreeMap<Day, CutSpan>,
}

/// Maximum memory for counts of blocks; a smaller one means more sweeps.
const MAX_BLOCK_BYTES: usize = 128 << 20;
/// Cells that one thread sweeps before it takes more.
const CELLS_PER_BLOCK: usize = 64;

impl Scoring<'_> {
    /// The law and the span of the cut of each date; none without evidence.
    ///
    /// Laws are fitted every `refit_days`, counted from the anchor's date or else from 1970, on what was known then. A date
    /// with too little past for that has a law of its own.
    pub(super) fn fitted(&self, dates: &[Windows], book: &mut LawBook) -> (Vec<Option<Arc<Laws>>>, Vec<CutSpan>) {
        let Some((rules, _)) = self.evidence() else { return (vec![None; dates.len()], Vec::new()) };
        let mut steps: BTreeMap<Day, Windows> = BTreeMap::new();
        let mut fit_days = Vec::with_capacity(dates.len());
        for date in dates {
            let step = if date.by_month { date.until } else { self.step(date.until, rules) };
            let windows = steps.entry(step).or_insert_with(|| self.windows(step));
            let day = if windows.comparable && windows.by_month == date.by_month { step } else { date.until };
            fit_days.push(day);
            if day != step {
                steps.entry(day).or_insert_with(|| Windows { as_of: day, ..date.clone() });
            }
        }
        let missing: Vec<Windows> = {
            let mut days: Vec<Day> = fit_days.iter().copied().filter(|day| !book.laws.contains_key(day)).collect();
            days.sort_unstable();
            days.dedup();
            days.iter().map(|day| steps[day].clone()).collect()
        };
        self.fit_all(rules, &missing, book);
        let cuts = dates.iter().map(|date| self.cut(date.until, rules, book)).collect();
        (fit_days.iter().map(|day| book.laws.get(day).cloned()).collect(), cuts)
    }

    /// Last date at or before a day at which laws are fitted.
    fn step(&self, day: Day, rules: &EvidenceRules) -> Day {
        let origin = self.method.anchor_date.unwrap_or(Day(0));
        origin + (day.0 - origin.0).div_euclid(rules.refit_days) * rules.refit_days
    }

    /// Span of the cut of a date: the year before the anchor's date, or before the last step.
    pub(super) fn cut(&self, until: Day, rules: &EvidenceRules, book: &mut LawBook) -> CutSpan {
        let anchored = self.method.anchor_date.filter(|&anchor| anchor <= until);
        let at = anchored.unwrap_or_else(|| self.step(until, rules));
        let span = book.cuts.entry(at).or_insert_with(|| self.cut_before(at));
        if span.days < self.method.baseline_least_days { self.cut_before(until) } else { *span }
    }

    fn cut_before(&self, to: Day) -> CutSpan {
        let from = to - self.method.baseline_days;
        CutSpan { from, to, days: self.coverage(to).days(from, to) }
    }

    /// Fits the laws of dates in ascending order, some dates a sweep.
    fn fit_all(&self, rules: &EvidenceRules, dates: &[Windows], book: &mut LawBook) {
        let mut lengths: Vec<i32> = rules.windows.iter().map(|window| window.block).collect();
        lengths.sort_unstable();
        lengths.dedup();
        let cells = self.counts.len().max(1);
        let blocks: i32 = lengths.iter().map(|length| self.method.baseline_days / length + 1).sum();
        let bytes = cells * usize::try_from(blocks).unwrap_or(1) * size_of::<f64>();
        for dates in dates.chunks((MAX_BLOCK_BYTES / bytes.max(1)).max(1)) {
            let borders: Vec<Vec<Vec<Vec<Day>>>> = dates.iter().map(|date| borders(date, &lengths)).collect();
            let cuts = dates.iter().map(|date| self.cut(date.until, rules, book)).collect();
            let counts = self.count_blocks(dates, cuts, &borders);
            for ((date, borders), counts) in dates.iter().zip(&borders).zip(counts) {
                let lengths = if date.by_month { &[0][..] } else { &lengths };
                let of_length = |((&block, groups), counts): ((&i32, &Vec<Vec<Day>>), Vec<f64>)| BlockCounts {
                    block,
                    per_group: groups.iter().map(|borders| borders.len().saturating_sub(1)).collect(),
                    counts,
                };
                let blocks: Vec<BlockCounts> = lengths.iter().zip(borders).zip(counts).map(of_length).collect();
                book.laws.insert(date.as_of, Arc::new(fit(date, rules, &blocks)));
            }
        }
    }

    /// Counts of all cells by date, length of block, cell and block.
    fn count_blocks(
        &self,
        dates: &[Windows],
        cuts: Vec<CutSpan>,
        borders: &[Vec<Vec<Vec<Day>>>],
    ) -> Vec<Vec<Vec<f64>>> {
        let sweep = self.sweep_by_source(dates, cuts);
        let stride =
            |groups: &Vec<Vec<Day>>| groups.iter().map(|borders| borders.len().saturating_sub(1)).sum::<usize>();
        let strides: Vec<Vec<usize>> = borders.iter().map(|lengths| lengths.iter().map(stride).collect()).collect();
        let zeros = |cells: usize| -> Vec<Vec<Vec<f64>>> {
            strides.iter().map(|lengths| lengths.iter().map(|stride| vec![0.0; stride * cells]).collect()).collect()
        };
        let mut counts = zeros(self.counts.len());
        let mut parts: Vec<Vec<Vec<&mut [f64]>>> = Vec::new();
        parts.resize_with(self.counts.len().div_ceil(CELLS_PER_BLOCK), Vec::new);
        for (lengths, strides) in counts.iter_mut().zip(&strides) {
            parts.iter_mut().for_each(|part| part.push(Vec::with_capacity(strides.len())));
            for (counts, &stride) in lengths.iter_mut().zip(strides) {
                let mut rest = counts.as_mut_slice();
                for (number, part) in parts.iter_mut().enumerate() {
                    let cells = CELLS_PER_BLOCK.min(self.counts.len() - number * CELLS_PER_BLOCK);
                    let (mine, more) = rest.split_at_mut(cells * stride);
                    if let Some(date) = part.last_mut() {
                        date.push(mine);
                    }
                    rest = more;
                }
            }
        }
        let cells = self.area.cells().par_chunks(CELLS_PER_BLOCK).zip(self.counts.par_chunks(CELLS_PER_BLOCK));
        parts.into_par_iter().zip(cells).for_each_init(
            CellSweep::default,
            |cell_sweep, (mut part, (cells, counts))| {
                for (place, (&cell, counts)) in cells.iter().zip(counts).enumerate() {
                    cell_sweep.blocks(&sweep, (cell, counts), borders, |date, length, block, n| {
                        part[date][length][place * strides[date][length] + block] += n;
                    });
                }
            },
        );
        counts
    }
}

/// Borders of blocks of a date, by length and group of sources; sources that are left out have none.
fn borders(date: &Windows, lengths: &[i32]) -> Vec<Vec<Vec<Day>>> {
    let lengths = if date.by_month { &[0][..] } else { lengths };
    let of_length = |&length: &i32| {
        let groups = date
            .groups
            .iter()
            .map(|group| if group.absence.is_none() { group.borders(length, date.by_month) } else { Vec::new() });
        groups.collect()
    };
    lengths.iter().map(of_length).collect()
}
