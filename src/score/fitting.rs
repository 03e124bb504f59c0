//! Fitting of the variance laws, and the spans by which cell-days are cut, at fixed steps of dates.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::blocks::Blocks;
use super::cell_sweep::CellSweep;
use super::evidence::{BlockCounts, Laws, fit};
use super::evidence_rules::EvidenceRules;
use super::law_book::LawBook;
use super::scoring::Scoring;
use super::sweep::CutSpan;
use super::windows::Windows;
use crate::incident::Day;

/// Length of a block that stands for whole months.
const MONTHS: i32 = 0;
/// Cells that one thread takes before it takes more.
const CELLS_PER_TASK: usize = 64;

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
        let mut counts = Vec::new();
        for date in &missing {
            let cut = self.cut(date.until, rules, book);
            book.laws.insert(date.as_of, Arc::new(self.fit(rules, date, cut, &mut counts)));
        }
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

    /// Fits the laws of a date.
    fn fit(&self, rules: &EvidenceRules, date: &Windows, cut: CutSpan, counts: &mut Vec<f64>) -> Laws {
        let mut lengths: Vec<i32> = rules.windows.iter().map(|window| window.block).collect();
        lengths.sort_unstable();
        lengths.dedup();
        if date.by_month {
            lengths = vec![MONTHS];
        }
        let blocks = Blocks::new(date, &lengths);
        let stride = blocks.len();
        counts.resize(self.counts.len() * stride, 0.0);
        if stride > 0 {
            let sweep = self.sweep_by_source(std::slice::from_ref(date), vec![cut]);
            let cells = self.area.cells().par_iter().zip(&self.counts).with_min_len(CELLS_PER_TASK);
            counts.par_chunks_exact_mut(stride).zip(cells).for_each_init(
                CellSweep::default,
                |cell_sweep, (out, (&cell, counts))| {
                    cell_sweep.blocks(&sweep, (cell, counts), &blocks, out);
                },
            );
        }
        let mut first = 0;
        let of_length = |(block, groups): (i32, &Vec<Vec<_>>)| {
            let per_group = groups.iter().map(Vec::len).collect();
            let blocks = BlockCounts { block, per_group, counts, stride, first };
            first += blocks.len();
            blocks
        };
        let blocks: Vec<BlockCounts<'_>> = lengths.into_iter().zip(&blocks.spans).map(of_length).collect();
        fit(date, rules, &blocks)
    }
}
