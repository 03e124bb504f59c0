//! What the reports of a cell weigh, one by one, and what they add up to by strand, category, source and age.

use std::collections::BTreeMap;

use super::{Intensity, Now, Part, Received, Smoothing};
use crate::cube::Row;
use crate::incident::{Day, ReportClass, Strand, When};
use crate::score::intensity::{decay, remaining};
use crate::score::pass::Weighed;

/// Ages in days before T, youngest first: `[from, to)` and what readers call it.
const BANDS: [(i32, i32, &str); 5] = [
    (0, 7, "0–6 days"),
    (7, 14, "7–13 days"),
    (14, 28, "14–27 days"),
    (28, 56, "28–55 days"),
    (56, i32::MAX, "56 days or more"),
];
const COMING: &str = "coming or running";

/// The reports of one row of the cube, as they count at the date.
pub(super) struct Weight<'a> {
    row: Row,
    pub(super) class: &'a ReportClass,
    weighed: &'a Weighed,
    /// Mass of all its reports before any cap.
    uncapped: f64,
    /// The same after it.
    mass: f64,
}

impl<'a> Weight<'a> {
    pub(super) fn reports(&self) -> f64 {
        f64::from(self.row.n)
    }

    /// Whether the window counts it.
    pub(super) fn counts(&self) -> bool {
        self.weighed.counts
    }

    pub(super) fn when(&self) -> When {
        self.row.when
    }

    /// Its reports in `[from, to)`, by the share of its interval.
    pub(super) fn within(&self, from: Day, to: Day) -> f64 {
        self.row.within(from, to)
    }

    fn source(&self) -> &'a str {
        self.class.source_name()
    }

    /// Its reports, those in the window, and its mass, spread over the days of its interval.
    fn ages(&self, half_life: f64, as_of: Day, window: (Day, Day)) -> Vec<(&'static str, [f64; 3])> {
        let when = self.when();
        if self.class.strand == Strand::Potential {
            return vec![(COMING, [self.reports(), 0.0, self.mass])];
        }
        // What the cap takes, it takes from every day alike.
        let capped = if self.uncapped > 0.0 { self.mass / self.uncapped } else { 0.0 };
        let mut ages = Vec::new();
        for (from, to, name) in BANDS {
            let part = When { start: when.start.max(Day(as_of.0.saturating_sub(to))), end: when.end.min(as_of - from) };
            if part.start < part.end {
                let reports = self.within(part.start, part.end);
                let in_window = self.within(part.start.max(window.0), part.end.min(window.1));
                let mass = self.weighed.mass * reports * decay(part, as_of, half_life) * capped;
                ages.push((name, [reports, if self.counts() { in_window } else { 0.0 }, mass]));
            }
        }
        if when.end > as_of {
            ages.push((COMING, [self.within(as_of, when.end), 0.0, 0.0]));
        }
        ages
    }
}

/// One dimension of a breakdown: reports, reports in the window and mass by name.
#[derive(Default)]
struct Tally<'a>(BTreeMap<&'a str, [f64; 3]>);

impl<'a> Tally<'a> {
    fn add(&mut self, name: &'a str, more: [f64; 3]) {
        let sums = self.0.entry(name).or_default();
        sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
    }

    fn part(&self, name: &str, whole: f64) -> Part {
        let [reports, in_window, mass] = self.0.get(name).copied().unwrap_or_default();
        Part { name: name.to_owned(), reports, in_window, mass, share: if whole > 0.0 { mass / whole } else { 0.0 } }
    }

    fn largest_first(&self, whole: f64) -> Vec<Part> {
        let mut parts: Vec<Part> = self.0.keys().map(|name| self.part(name, whole)).collect();
        parts.sort_by(|a, b| b.mass.total_cmp(&a.mass).then(b.reports.total_cmp(&a.reports)).then(a.name.cmp(&b.name)));
        parts
    }
}

/// All dimensions.
#[derive(Default)]
struct Tallies<'a> {
    strands: Tally<'a>,
    categories: Tally<'a>,
    sources: Tally<'a>,
    ages: Tally<'a>,
}

impl<'a> Tallies<'a> {
    /// Adds a share of a row's mass; its reports count only in their own cell.
    fn add(&mut self, now: &Now<'_>, weight: &Weight<'a>, share: f64, own: bool) {
        let (as_of, window) = (now.date.windows.as_of, now.date.windows.window);
        let here = f64::from(u8::from(own));
        let in_window = if weight.counts() { weight.within(window.0, window.1) } else { 0.0 };
        let sums = [weight.reports() * here, in_window * here, weight.mass * share];
        self.strands.add(weight.class.strand.id(), sums);
        self.categories.add(weight.class.category.id(), sums);
        self.sources.add(weight.source(), sums);
        for (name, [reports, in_window, mass]) in weight.ages(now.half_life(weight.class.strand), as_of, window) {
            self.ages.add(name, [reports * here, in_window * here, mass * share]);
        }
    }
}

impl Now<'_> {
    /// The reports of a study cell that count for anything at the date.
    pub(super) fn weights(&self, row: usize) -> impl Iterator<Item = Weight<'_>> {
        let scoring = self.scoring;
        let as_of = self.date.windows.as_of;
        let cap = scoring.cap(row, self.anchor);
        scoring.rows(row).filter_map(move |(row, weighed)| {
            let class = &scoring.cube.classes()[row.class as usize];
            if scoring.method.category_weight(class.category) <= 0.0 || weighed.seen_from(row.when.start) > as_of {
                return None;
            }
            let left = remaining(scoring.method, class.strand, row.when, as_of);
            // An event that is over counts no longer.
            (left > 0.0).then(|| {
                let (one, n) = (weighed.mass * left, f64::from(row.n));
                Weight { row, class, weighed, uncapped: one * n, mass: one.min(cap) * n }
            })
        })
    }

    pub(super) fn intensity(&self) -> Intensity {
        let (scoring, moment) = (self.scoring, self.moment());
        let cap = scoring.cap(self.row, self.anchor);
        let kept = scoring.ground.kept;
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
            for &other in scoring.ground.neighbours(self.row) {
                let other = other as usize;
                let share = scoring.ground.given(other);
                let mut mass = 0.0;
                for weight in self.weights(other) {
                    tallies.add(self, &weight, share, false);
                    mass += weight.mass * share;
                }
                received.push(Received { cell: scoring.area.cells()[other], mass });
            }
        }
        let given = own * (1.0 - kept);
        let sides = scoring.ground.sides(self.row);
        let missing = sides - scoring.ground.neighbours(self.row).len() as f64;
        let smoothing = (kept < 1.0).then(|| Smoothing {
            own,
            kept: own * kept,
            given,
            given_outside: given * missing / sides,
            received,
        });
        let whole = moment.mass;
        Intensity {
            mass: whole,
            size: scoring.ground.size[self.row],
            unit: scoring.method.density.unit(),
            density: moment.density,
            d_half: self.anchor.d_half(),
            d_half_from: self.anchor.about(),
            cap: cap.is_finite().then_some(cap),
            capped_reports,
            capped_mass,
            smoothing,
            strands: Strand::ALL.iter().map(|strand| tallies.strands.part(strand.id(), whole)).collect(),
            categories: tallies.categories.largest_first(whole),
            sources: tallies.sources.largest_first(whole),
            ages: BANDS
                .iter()
                .map(|(.., name)| *name)
                .chain([COMING])
                .map(|name| tallies.ages.part(name, whole))
                .collect(),
        }
    }

    fn half_life(&self, strand: Strand) -> f64 {
        self.scoring.method.half_life(strand)
    }
}
