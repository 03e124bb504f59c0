//! Method `tension-2` a second time: the evidence of every cell at a date, record by record.

use std::cell::Cell;
use std::f64::consts::LN_10;

use tensionmap::unstable::score::EvidenceRules;

use super::capped::Capped;
use super::compared::Basis;
use super::law::PlainLaws;
use super::tails::{ln_mid_p, surprise_of_gamma};
use super::{Ratio, World, share};

/// A world seen by the rules of the evidence.
#[derive(Debug)]
pub(crate) struct Evident<'a> {
    pub(super) world: &'a World,
    pub(super) rules: &'a EvidenceRules,
    /// Whether the study area is that of the cells with a known report, and so grows with time.
    pub(super) grows: bool,
    pub(super) is_close: Cell<bool>,
}

/// Evidence of one cell at one date.
#[derive(Clone, Debug, Default)]
pub(crate) struct PlainEvidence {
    pub(crate) total: f64,
    pub(crate) alone: f64,
    pub(crate) neighbours: f64,
    /// Of each window: count, expectation and area-wide factor.
    pub(crate) counted: Vec<f64>,
    pub(crate) expected: Vec<f64>,
    pub(crate) factor: Vec<f64>,
    pub(super) ratio: Option<Ratio>,
}

/// What a cell's past lets expect, before the area-wide factor.
#[derive(Clone, Debug, Default)]
struct Usual {
    counted: Vec<f64>,
    expected: Vec<f64>,
    /// Σ N (W ÷ exposure)² of the groups.
    unsure: Vec<f64>,
    /// N and r, and count and expectation of the window of the rate ratio.
    past: f64,
    rate: f64,
    window: f64,
    window_expected: f64,
    hood: f64,
}

/// Evidence of all cells at a date.
pub(super) struct AllEvidence {
    pub(super) cells: Vec<Option<PlainEvidence>>,
    pub(super) area_factor: Option<f64>,
}

impl<'a> Evident<'a> {
    /// The world by its method's rules.
    pub(crate) fn new(world: &'a World, grows: bool) -> Self {
        Self { world, rules: world.method.evidence.as_ref().unwrap(), grows, is_close: Cell::new(false) }
    }

    /// Whether a value reaches a threshold; notes where only rounding can tell, unless both are exact.
    pub(super) fn reaches(&self, value: f64, min: f64) -> bool {
        // Halves are exact.
        let is_exact = value.to_bits() == min.to_bits() && (2.0 * value).fract().abs() <= 0.0;
        if (value - min).abs() < 1e-9 && !is_exact {
            self.is_close.set(true);
        }
        value >= min
    }

    /// Whether each row is in the study area as known at a day.
    pub(super) fn members(&self, until: i32) -> Vec<bool> {
        let world = self.world;
        let mut has_report = vec![!self.grows; world.cells.len()];
        for report in world.reports.iter().filter(|report| report.known <= until) {
            if let Some(row) = world.row(report.cell) {
                has_report[row] = true;
            }
        }
        let is_near = |row| has_report[row] || world.near(row, 1).into_iter().any(|other| has_report[other]);
        (0..has_report.len()).map(is_near).collect()
    }

    /// Whether the kept feeds gave their share of each cell's past.
    pub(super) fn heard(&self, basis: &Basis) -> Vec<bool> {
        let world = self.world;
        let (mut kept, mut all) = (vec![0.0; world.cells.len()], vec![0.0; world.cells.len()]);
        let earliest = basis.shared_from(world.method.baseline_days);
        for one in &basis.feeds {
            for report in one.feed.reports.iter().map(|&place| &world.reports[place]) {
                let Some(row) = world.row(report.cell).filter(|_| world.counts(report)) else { continue };
                let n = share(report, one.from.max(earliest), basis.window.0);
                all[row] += n;
                kept[row] += if one.absence.is_none() { n } else { 0.0 };
            }
        }
        let is_heard = |(kept, all): (f64, f64)| all <= 0.0 || self.reaches(kept, self.rules.source_share * all);
        kept.into_iter().zip(all).map(is_heard).collect()
    }

    /// Evidence of every cell; none where nothing can be compared.
    pub(super) fn evidence(&self, basis: &Basis, laws: &PlainLaws, counts: &Capped, heard: &[bool]) -> AllEvidence {
        let world = self.world;
        let rows = world.cells.len();
        if !basis.is_comparable() {
            return AllEvidence { cells: vec![None; rows], area_factor: None };
        }
        let members = self.members(basis.until);
        let usual: Vec<Usual> = (0..rows).map(|row| self.usual(row, basis, counts, &members)).collect();
        let inside = || (0..rows).filter(|&row| members[row]);
        let sums =
            |of: &dyn Fn(&Usual) -> &Vec<f64>, window: usize| inside().map(|row| of(&usual[row])[window]).sum::<f64>();
        let all: Vec<(f64, f64)> = (0..basis.windows.len())
            .map(|window| (sums(&|one| &one.counted, window), sums(&|one| &one.expected, window)))
            .collect();
        let area = self.rules.area_reports;
        let alone = |row: usize| {
            let is_known = members[row] && heard[row] && usual[row].hood > 0.0;
            is_known.then(|| {
                let near: Vec<usize> =
                    world.near(row, 1).into_iter().chain([row]).filter(|&row| members[row]).collect();
                let one = &usual[row];
                let mut found = PlainEvidence { counted: one.counted.clone(), ..PlainEvidence::default() };
                let mut surprise = 0.0;
                for (window, all) in all.iter().enumerate() {
                    let law = laws.each[window];
                    let x = all.0 - near.iter().map(|&row| usual[row].counted[window]).sum::<f64>();
                    let e = all.1 - near.iter().map(|&row| usual[row].expected[window]).sum::<f64>();
                    let factor = (x + area) / (e + area);
                    let mean = one.expected[window] * factor;
                    let variance = law.phi * mean
                        + (law.tau2 + self.rules.drift) * mean * mean
                        + law.phi * factor * factor * one.unsure[window];
                    found.factor.push(factor);
                    found.expected.push(mean);
                    surprise -= ln_mid_p(one.counted[window], mean, variance) / basis.windows.len() as f64;
                }
                let shape = self.rules.shape;
                found.alone =
                    if basis.by_month { surprise / LN_10 } else { surprise_of_gamma(shape, shape * surprise) };
                found.ratio = self.ratio(one, basis, laws);
                found
            })
        };
        let mut cells: Vec<Option<PlainEvidence>> = (0..rows).map(alone).collect();
        let q = self.rules.neighbour_share;
        let bet = |one: &PlainEvidence| (1.0 - q + q / 2.0 * 10_f64.powf(one.alone / 2.0)).log10();
        let told: Vec<f64> = cells.iter().map(|one| one.as_ref().map_or(0.0, bet)).collect();
        for (row, found) in cells.iter_mut().enumerate() {
            let Some(found) = found else { continue };
            found.neighbours = world.near(row, 1).into_iter().map(|other| told[other]).sum();
            let [from, full] = [self.rules.neighbours_from, self.rules.neighbours_full];
            let ramp = ((found.alone - from) / (full - from)).clamp(0.0, 1.0);
            found.total = (found.alone + found.neighbours * ramp).max(0.0);
        }
        AllEvidence { cells, area_factor: Some((all[0].0 + area) / (all[0].1 + area)) }
    }

    fn usual(&self, row: usize, basis: &Basis, counts: &Capped, members: &[bool]) -> Usual {
        let world = self.world;
        let disk: Vec<usize> = world.near(row, 2).into_iter().filter(|&other| members[other]).collect();
        let study: Vec<usize> = (0..members.len()).filter(|&row| members[row]).collect();
        // Of each group: reports of the past, hood, covered days of past, windows and window.
        let groups: Vec<(f64, f64, f64, &Vec<usize>, usize)> = basis
            .groups
            .iter()
            .enumerate()
            .map(|(group, &first)| {
                let one = &basis.feeds[first];
                let past = |row: usize| counts.sum(row, group, (one.from, basis.window.0));
                let days = one.baseline.len() as f64;
                let mean = study.iter().map(|&row| past(row)).sum::<f64>() / study.len() as f64;
                let around = disk.iter().map(|&row| past(row)).sum::<f64>() + past(row) + mean;
                (past(row), around / ((disk.len() + 2) as f64 * days), days, &one.days, one.window_days)
            })
            .collect();
        let hood: f64 = groups.iter().map(|group| group.1).sum();
        let k = world.method.prior_days.min(self.rules.prior_reports / hood.max(1e-9));
        let windows = basis.windows.len();
        let mut usual = Usual { expected: vec![0.0; windows], unsure: vec![0.0; windows], hood, ..Usual::default() };
        let count = |span| (0..groups.len()).map(|group| counts.sum(row, group, span)).sum::<f64>();
        usual.counted = basis.windows.iter().map(|&span| count(span)).collect();
        usual.window = count(basis.window);
        for (past, hood, days, covered, window_days) in groups {
            let n = past + k * hood;
            let r = n / (days + k);
            for (window, &covered) in covered.iter().enumerate() {
                usual.expected[window] += r * covered as f64;
                usual.unsure[window] += n * (covered as f64 / (days + k)).powi(2);
            }
            usual.past += n;
            usual.rate += r;
            usual.window_expected += r * window_days as f64;
        }
        usual
    }

    /// θ = λ1/λ0 of the window against the past.
    fn ratio(&self, one: &Usual, basis: &Basis, laws: &PlainLaws) -> Option<Ratio> {
        let law = laws.each.last().unwrap();
        let block = if basis.by_month { basis.window.1 - basis.window.0 } else { law.block };
        let f = law.phi + law.tau2 * one.rate * f64::from(block);
        let s = self.world.method.prior_shape;
        let (usual, as_usual) = (one.past / f, self.rules.prior_exposure * s);
        (one.past > 0.0 && one.window_expected > 0.0).then(|| Ratio {
            a0: usual,
            b0: usual / one.rate,
            a1: (one.window + s) / f,
            b1: (one.window_expected + as_usual) / one.rate / f,
            expected: one.window_expected,
            is_silent: one.window <= 0.0,
        })
    }
}
