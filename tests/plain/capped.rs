//! Counts of cell-days: each report spread over its days, and those of busy days cut.

use std::collections::BTreeMap;

use tensionmap::unstable::score::EvidenceRules;

use super::compared::Basis;
use super::tails::poisson_quantile;
use super::{World, share};

/// Reports of one cell by day and group, after the cut.
pub(super) type CellDays = BTreeMap<i32, BTreeMap<usize, f64>>;

/// Counts of every study cell.
pub(super) struct Capped {
    pub(super) cells: Vec<CellDays>,
    /// Cell-days that were cut.
    pub(super) cut: usize,
    /// A cell's quantile was so near that rounding decides.
    pub(super) is_close: bool,
}

impl Capped {
    /// Reports of a cell and group in `[from, to)`.
    pub(super) fn sum(&self, row: usize, group: usize, (from, to): (i32, i32)) -> f64 {
        self.cells[row].range(from..to).filter_map(|(_, groups)| groups.get(&group)).sum()
    }
}

impl World {
    /// The step of the grid of dates at or before a day.
    pub(super) fn step(&self, t: i32, rules: &EvidenceRules) -> i32 {
        let origin = self.method.anchor_date.map_or(0, |day| day.0);
        origin + rules.refit_days * (t - origin).div_euclid(rules.refit_days)
    }

    /// The year before some date by which days are cut at T: from, to and its covered days.
    fn cut_span(&self, t: i32, rules: &EvidenceRules) -> (i32, i32, usize) {
        let span = |to: i32| {
            let from = to - self.method.baseline_days;
            let feeds = self.feeds(to, rules.source_least);
            let is_covered = |day: &i32| feeds.iter().any(|feed| feed.covered.contains(day));
            (from, to, (from..to).filter(is_covered).count())
        };
        let anchored = self.method.anchor_date.map(|day| day.0).filter(|&day| day <= t);
        let found = span(anchored.unwrap_or_else(|| self.step(t, rules)));
        if found.2 < usize::try_from(self.method.baseline_least_days).unwrap() { span(t) } else { found }
    }

    /// What every study cell's kept feeds count, as known at the date of a basis.
    pub(super) fn capped(&self, basis: &Basis, rules: &EvidenceRules) -> Capped {
        let (from, to, days) = self.cut_span(basis.until, rules);
        let mut past = vec![0.0; self.cells.len()];
        for report in self.reports.iter().filter(|report| self.counts(report) && report.is_usable(to)) {
            if let Some(row) = self.row(report.cell) {
                past[row] += share(report, from, to);
            }
        }
        let mut found = Capped { cells: vec![CellDays::new(); self.cells.len()], cut: 0, is_close: false };
        for one in &basis.feeds {
            let Some(group) = one.group else { continue };
            for report in one.feed.reports.iter().map(|&place| &self.reports[place]) {
                let Some(row) = self.row(report.cell).filter(|_| self.counts(report)) else { continue };
                let each = 1.0 / f64::from(report.end - report.start);
                for day in report.start..report.end.min(basis.until) {
                    *found.cells[row].entry(day).or_default().entry(group).or_default() += each;
                }
            }
        }
        for (row, days_of_cell) in found.cells.iter_mut().enumerate() {
            let rate = if days > 0 { past[row] / days as f64 } else { 0.0 };
            let (quantile, nearest) = poisson_quantile(rules.cut_quantile, rate + rules.cut_rate);
            found.is_close |= nearest < 1e-12;
            let cap = quantile.max(rules.cut_least);
            for groups in days_of_cell.values_mut() {
                let total: f64 = groups.values().sum();
                if total > cap {
                    found.cut += usize::from(total > cap + 1e-9);
                    for n in groups.values_mut() {
                        *n *= cap / total;
                    }
                }
            }
        }
        found
    }
}
