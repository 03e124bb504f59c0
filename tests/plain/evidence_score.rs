//! Method `tension-2` a second time: points, status and level of every cell at a date.

use std::collections::BTreeMap;

use tensionmap::unstable::score::{Absence, LevelRule};
use tensionmap::{Status, Strand};

use super::compared::Basis;
use super::evidence::{Evident, PlainEvidence};
use super::feeds::month;
use super::law::Law;
use super::{Plain, PlainCell, PlainObserved, place, share};

/// The study area at one date, with its evidence.
pub(crate) struct PlainDate {
    pub(crate) plain: Plain,
    pub(crate) by_month: bool,
    pub(crate) evidence: Vec<Option<PlainEvidence>>,
    /// Reports of each cell in each window of the evidence.
    pub(crate) reports: Vec<Vec<f64>>,
    pub(crate) area_factor: Option<f64>,
    /// Block, φ and τ² of each window.
    pub(crate) laws: Vec<(i32, f64, f64)>,
    /// Sources that are left out, by name.
    pub(crate) absent: Vec<(String, Absence)>,
    /// First day of the month whose last levels are held.
    pub(crate) held_since: Option<i32>,
    /// Shown levels, by rank.
    pub(crate) levels: Vec<Option<usize>>,
    pub(crate) groups: usize,
    /// Cell-days that were cut.
    pub(crate) cut: usize,
}

impl Evident<'_> {
    /// Every cell at T, levels held from a week before.
    pub(crate) fn held(&self, t: i32, d_half: Option<f64>) -> PlainDate {
        let mut date = self.at(t, d_half);
        if !date.by_month {
            for week in 1..i32::from(self.world.method.fall_after_weeks) {
                let earlier = self.at(t - 7 * week, d_half);
                // A month's level is not one of a week.
                if earlier.by_month {
                    continue;
                }
                for (level, before) in date.levels.iter_mut().zip(&earlier.plain.cells) {
                    *level = level.map(|level| before.raw.map_or(level, |before| before.max(level)));
                }
            }
        }
        date.plain.is_close = self.is_close.get();
        date
    }

    /// Every cell at T by itself.
    pub(crate) fn at(&self, t: i32, d_half: Option<f64>) -> PlainDate {
        let (world, rules, method) = (self.world, self.rules, &self.world.method);
        let by_month = world.is_by_month(t);
        let until = if by_month { month(t).0 } else { t };
        let basis = world.basis(until, by_month, rules);
        let law_basis = world.law_basis(&basis, rules);
        let laws = world.laws(&law_basis, rules);
        let counts = world.capped(&basis, rules);
        if laws.is_close || counts.is_close {
            self.is_close.set(true);
        }
        let (own, reports, outside, later) = self.observed(&basis, d_half);
        let heard = self.heard(&basis);
        let found = self.evidence(&basis, &laws, &counts, &heard);
        let members = self.members(until);
        let (mixed, smoothed_away) = world.smooth(&own);
        let cells: Vec<PlainCell> = own
            .iter()
            .zip(mixed)
            .enumerate()
            .map(|(row, (own, mixed))| {
                let status = if members[row] {
                    status(&basis, own, heard[row], found.cells[row].as_ref())
                } else {
                    Status::NoData
                };
                self.cell(row, own, mixed, status, found.cells[row].as_ref(), d_half)
            })
            .collect();
        // No evidence is told where nothing is known.
        let shown =
            |(cell, found): (&PlainCell, Option<PlainEvidence>)| found.filter(|_| cell.status != Status::NoData);
        let evidence = cells.iter().zip(found.cells).map(shown).collect();
        let mut absent: Vec<(String, Absence)> =
            basis.feeds.iter().filter_map(|one| Some((one.feed.name.clone(), one.absence?))).collect();
        absent.sort();
        absent.dedup();
        let days_left = f64::from(method.window_days - (t - until));
        PlainDate {
            by_month,
            evidence,
            reports,
            area_factor: found.area_factor,
            laws: laws.each.iter().map(|&Law { block, phi, tau2 }| (block, phi, tau2)).collect(),
            absent,
            held_since: (by_month && until < t && days_left < rules.window_share * f64::from(method.window_days))
                .then_some(until),
            levels: cells.iter().map(|cell| cell.raw).collect(),
            groups: basis.groups.len(),
            cut: counts.cut,
            plain: Plain {
                window_days: basis.covered.range(basis.window.0..until).count(),
                baseline: (basis.longest.0, basis.window.0),
                baseline_days: basis.longest.1,
                comparable: basis.is_comparable(),
                dispersion: laws.each.last().unwrap().phi,
                smoothed_away,
                outside,
                later,
                cells,
                is_close: self.is_close.get(),
            },
        }
    }

    /// What each cell's own reports say: masses, counts without a cut, sources; and reports elsewhere and later.
    fn observed(&self, basis: &Basis, d_half: Option<f64>) -> (Vec<PlainObserved>, Vec<Vec<f64>>, u64, u64) {
        let (world, until) = (self.world, basis.until);
        let mut own = vec![PlainObserved::default(); world.cells.len()];
        let mut reports = vec![vec![0.0; basis.windows.len()]; world.cells.len()];
        let (mut outside, mut later) = (0, 0);
        for report in &world.reports {
            let is_coming = report.strand == Strand::Potential && report.known <= until;
            let row = world.row(report.cell);
            if !is_coming && !report.is_usable(until) {
                later += 1;
                continue;
            }
            let Some(row) = row else {
                outside += 1;
                continue;
            };
            let cell = &mut own[row];
            let cap = d_half.map_or(f64::INFINITY, |d_half| world.method.cap_share * d_half * world.size(row));
            let mass = (world.mass(report) * world.left(report, until)).min(cap);
            cell.strands[place(report.strand)] += mass;
            *cell.categories.entry(report.category).or_default() += mass;
            if !world.counts(report) {
                continue;
            }
            let inside = share(report, basis.window.0, until);
            cell.window += inside;
            cell.baseline += share(report, basis.longest.0, basis.window.0);
            if inside > 0.0 {
                cell.sources.extend(report.source.clone());
                cell.is_grave |= report.severity == Some(5) && matches!(report.grade, Some(('1', 'A' | 'B')));
            }
        }
        // Those of the windows are of the feeds that are kept.
        for one in basis.feeds.iter().filter(|one| one.absence.is_none()) {
            for report in one.feed.reports.iter().map(|&place| &world.reports[place]) {
                let Some(row) = world.row(report.cell).filter(|_| world.counts(report)) else { continue };
                for (n, &(from, to)) in reports[row].iter_mut().zip(&basis.windows) {
                    *n += share(report, from, to);
                }
            }
        }
        (own, reports, outside, later)
    }

    fn cell(
        &self,
        row: usize,
        own: &PlainObserved,
        (strands, categories): super::Mixed,
        status: Status,
        evidence: Option<&PlainEvidence>,
        d_half: Option<f64>,
    ) -> PlainCell {
        let (world, method, rules) = (self.world, &self.world.method, self.rules);
        let mass: f64 = strands.iter().sum();
        let density = mass / world.size(row);
        let s = strands.iter().filter(|&&part| part > 0.0 && self.reaches(part / mass, method.strand_share)).count();
        let q = own.sources.len();
        let evidence = evidence.filter(|_| !matches!(status, Status::NoData | Status::NoPast));
        // Silence has evidence for its neighbours to use, and no points.
        let (total, alone) = evidence
            .filter(|_| status == Status::Scored)
            .map_or((0.0, 0.0), |evidence| (evidence.total, evidence.alone));
        let full = |evidence: f64| (evidence / rules.full).clamp(0.0, 1.0);
        let agree = if s == 0 { 0.0 } else { ((s - 1) + (q.clamp(1, 4) - 1)) as f64 / 5.0 };
        let context = world.context.as_ref().and_then(|context| context[row]).unwrap_or(0.0) / 100.0;
        let rest = 1.0 - method.points.context / 100.0;
        let points = [
            method.points.surge * rest * full(alone),
            0.0,
            method.points.corroboration * rest * agree * (total / rules.corroborated_from).clamp(0.0, 1.0),
            method.points.surge * rest * (full(total) - full(alone)),
            method.points.context * context,
        ];
        let sparse = own.window < method.sparse_below - 1e-9;
        let reached = |level: &LevelRule| {
            level.evidence.is_some_and(|least| least <= 0.0 || self.reaches(total, least))
                && (!level.enough_reports || !sparse || own.is_grave)
                && (!level.corroborated || s >= 2 || q >= 2)
        };
        let highest = method.levels.iter().rposition(reached).unwrap_or(0);
        let is_empty = own.window <= 0.0 && own.baseline <= 0.0;
        PlainCell {
            score: points.iter().sum(),
            points,
            u_intensity: d_half.map_or(0.0, |d_half| 1.0 - (-density / d_half).exp2()),
            density,
            strands,
            categories: categories.into_iter().collect::<BTreeMap<_, _>>(),
            window: own.window,
            baseline: own.baseline,
            sources: q,
            sparse,
            status,
            ratio: evidence.filter(|_| !is_empty).and_then(|evidence| evidence.ratio),
            raw: (status == Status::Scored).then_some(highest),
        }
    }
}

fn status(basis: &Basis, own: &PlainObserved, is_heard: bool, evidence: Option<&PlainEvidence>) -> Status {
    let is_covered = basis.feeds.iter().any(|one| matches!(one.absence, None | Some(Absence::NoPast)));
    let is_silent = own.window <= 0.0 && own.baseline <= 0.0 && own.strands[2] <= 0.0;
    if !is_covered || !is_heard && basis.is_comparable() {
        Status::NoData
    } else if is_silent {
        Status::NoReports
    } else if !basis.is_comparable() {
        Status::NoPast
    } else if evidence.is_none() {
        Status::NoData
    } else {
        Status::Scored
    }
}
