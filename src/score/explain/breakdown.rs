//! Breakdown of a cell's intensity by strand, category, source and age, weighed report by report.

use std::collections::BTreeMap;

use super::{CellOnDate, Intensity, IntensityPart, Received, Smoothing};
use crate::cube::Row;
use crate::incident::{Day, ReportClass, Strand, When};
use crate::score::intensity::{decay, remaining};
use crate::score::profiles::ProfileWeight;

/// Age bands in days before T, youngest first: `[from, to)` and the label for readers.
const AGE_BANDS: [(i32, i32, &str); 5] = [
    (0, 7, "0–6 days"),
    (7, 14, "7–13 days"),
    (14, 28, "14–27 days"),
    (28, 56, "28–55 days"),
    (56, i32::MAX, "56 days or more"),
];
const COMING: &str = "coming or running";

/// Reports of one row of the cube with their mass at the date.
pub(super) struct RowWeight<'a> {
    pub(super) row: Row,
    pub(super) class: &'a ReportClass,
    pub(super) profile: &'a ProfileWeight,
    /// Mass of all its reports before the cap.
    uncapped: f64,
    /// Mass of all its reports after the cap.
    mass: f64,
}

impl RowWeight<'_> {
    /// Reports, reports in the window and mass by age band, spread over the days of the interval.
    fn ages(&self, half_life: f64, as_of: Day, window: (Day, Day)) -> Vec<(&'static str, [f64; 3])> {
        let when = self.row.when;
        if self.class.strand == Strand::Potential {
            return vec![(COMING, [f64::from(self.row.n), 0.0, self.mass])];
        }
        // The cap reduces every day of the interval in the same proportion.
        let capped = if self.uncapped > 0.0 { self.mass / self.uncapped } else { 0.0 };
        let mut ages = Vec::new();
        for (from, to, name) in AGE_BANDS {
            let part = When { start: when.start.max(Day(as_of.0.saturating_sub(to))), end: when.end.min(as_of - from) };
            if part.start < part.end {
                let reports = self.row.within(part.start, part.end);
                let in_window = self.row.within(part.start.max(window.0), part.end.min(window.1));
                let mass = self.profile.mass * reports * decay(part, as_of, half_life) * capped;
                ages.push((name, [reports, if self.profile.counts { in_window } else { 0.0 }, mass]));
            }
        }
        if when.end > as_of {
            ages.push((COMING, [self.row.within(as_of, when.end), 0.0, 0.0]));
        }
        ages
    }
}

/// One dimension of the breakdown: reports, reports in the window and mass by name.
#[derive(Default)]
struct Tally<'a>(BTreeMap<&'a str, [f64; 3]>);

impl<'a> Tally<'a> {
    fn add(&mut self, name: &'a str, more: [f64; 3]) {
        let sums = self.0.entry(name).or_default();
        sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
    }

    fn part(&self, name: &str, total: f64) -> IntensityPart {
        let [reports, in_window, mass] = self.0.get(name).copied().unwrap_or_default();
        let share = if total > 0.0 { mass / total } else { 0.0 };
        IntensityPart { name: name.to_owned(), reports, in_window, mass, share }
    }

    fn largest_first(&self, total: f64) -> Vec<IntensityPart> {
        let mut parts: Vec<IntensityPart> = self.0.keys().map(|name| self.part(name, total)).collect();
        parts.sort_by(|a, b| b.mass.total_cmp(&a.mass).then(b.reports.total_cmp(&a.reports)).then(a.name.cmp(&b.name)));
        parts
    }
}

/// All dimensions of the breakdown.
#[derive(Default)]
struct Tallies<'a> {
    strands: Tally<'a>,
    categories: Tally<'a>,
    sources: Tally<'a>,
    ages: Tally<'a>,
}

impl<'a> Tallies<'a> {
    /// Adds a share of a row's mass. Reports count only in their own cell.
    fn add(&mut self, cell: &CellOnDate<'_>, weight: &RowWeight<'a>, share: f64, is_own: bool) {
        let (as_of, window) = (cell.summary.windows.until, cell.summary.windows.window);
        let here = f64::from(u8::from(is_own));
        let in_window = if weight.profile.counts { weight.row.within(window.0, window.1) } else { 0.0 };
        let sums = [f64::from(weight.row.n) * here, in_window * here, weight.mass * share];
        self.strands.add(weight.class.strand.id(), sums);
        self.categories.add(weight.class.category.id(), sums);
        self.sources.add(weight.class.source_name(), sums);
        let half_life = cell.scoring.method.half_life(weight.class.strand);
        for (name, [reports, in_window, mass]) in weight.ages(half_life, as_of, window) {
            self.ages.add(name, [reports * here, in_window * here, mass * share]);
        }
    }
}

impl CellOnDate<'_> {
    /// Rows of a study cell that have any mass at the date.
    pub(super) fn weights(&self, row: usize) -> impl Iterator<Item = RowWeight<'_>> {
        let scoring = self.scoring;
        let as_of = self.summary.windows.until;
        let cap = scoring.cap(row, self.anchor);
        scoring.rows(row).filter_map(move |(row, profile)| {
            let class = &scoring.cube.classes()[row.class as usize];
            if scoring.method.category_weight(class.category) <= 0.0 || profile.usable_from(row.when.start) > as_of {
                return None;
            }
            let left = remaining(scoring.method, class.strand, row.when, as_of);
            // An event past its grace does not count.
            (left > 0.0).then(|| {
                let (one, n) = (profile.mass * left, f64::from(row.n));
                RowWeight { row, class, profile, uncapped: one * n, mass: one.min(cap) * n }
            })
        })
    }

    pub(super) fn intensity(&self) -> Intensity {
        let (scoring, score) = (self.scoring, self.score());
        let cap = scoring.cap(self.row, self.anchor);
        let kept = scoring.neighbourhood.kept_share;
        let mut tallies = Tallies::default();
        let (mut capped_reports, mut capped_mass, mut own) = (0, 0.0, 0.0);
        for weight in self.weights(self.row) {
            tallies.add(self, &weight, kept, true);
            own += weight.mass;
            if weight.uncapped > weight.mass {
                capped_reports += u64::from(weight.row.n);
                capped_mass += weight.uncapped - weight.mass;
            }
        }
        let mut received = Vec::new();
        if kept < 1.0 {
            for &other in scoring.neighbourhood.neighbours(self.row) {
                let other = other as usize;
                let share = scoring.neighbourhood.given_share(other);
                let mut mass = 0.0;
                for weight in self.weights(other) {
                    tallies.add(self, &weight, share, false);
                    mass += weight.mass * share;
                }
                received.push(Received { cell: scoring.area.cells()[other], mass });
            }
        }
        let given = own * (1.0 - kept);
        let sides = scoring.neighbourhood.all_neighbours(self.row);
        let given_outside = given * (sides - scoring.neighbourhood.neighbours(self.row).len() as f64) / sides;
        let smoothing = Smoothing { own, kept: own * kept, given, given_outside, received };
        let total = score.mass;
        let ages = AGE_BANDS.iter().map(|(.., name)| *name).chain([COMING]);
        Intensity {
            mass: total,
            size: scoring.neighbourhood.exposure[self.row],
            unit: scoring.method.density.unit(),
            density: score.density,
            d_half: self.anchor.d_half(),
            d_half_from: self.anchor.about(),
            cap: cap.is_finite().then_some(cap),
            capped_reports,
            capped_mass,
            smoothing: (kept < 1.0).then_some(smoothing),
            strands: Strand::ALL.iter().map(|strand| tallies.strands.part(strand.id(), total)).collect(),
            categories: tallies.categories.largest_first(total),
            sources: tallies.sources.largest_first(total),
            ages: ages.map(|name| tallies.ages.part(name, total)).collect(),
        }
    }
}
