//! Breakdown of the evidence of a cell: sources, windows, neighbours, and the sentences about them.

use std::fmt::Write;

use super::sentences::{counted, long_date, number, span};
use super::{CellOnDate, EvidenceBreakdown, Explanation, NeighbourEvidence, SourceBreakdown, WindowEvidence};
use crate::grid;
use crate::incident::{Day, NOT_STATED};
use crate::score::UNNAMED;
use crate::score::cell_sweep::Observations;
use crate::score::evidence::words::{beside_usual, by_chance, reports, whole_area};
use crate::score::evidence::{EvidenceInputs, Pasts, neighbour_part, variance};
use crate::score::law_book::LawBook;
use crate::score::tails::ln_mid_p;
use crate::score::windows::{Absence, SourceGroup};
use crate::visible::visible;

impl CellOnDate<'_> {
    /// Breakdown of the evidence; `None` if the method has none.
    pub(super) fn evidence(&self) -> Option<EvidenceBreakdown> {
        let (scoring, windows) = (self.scoring, &self.summary.windows);
        let (rules, _) = scoring.evidence()?;
        let observations = self.observations();
        let observed = &observations.cells[self.row];
        let known = scoring.known(windows.until);
        let ground =
            EvidenceInputs { method: scoring.method, rules, neighbourhood: &scoring.neighbourhood, known: &known };
        let pasts = Pasts::new(ground, windows, &observations.baselines, observations.cells.len());
        let prior = pasts.as_ref().map(|pasts| pasts.prior(self.row));
        let found = self.score().evidence;
        let past = pasts.as_ref().map(|pasts| pasts.of(self.row, observed));
        let cut = scoring.cut(windows.until, rules, &mut LawBook::default());
        let laws = &self.summary.laws;
        let window = |(place, &(from, to)): (usize, &(Day, Day))| {
            let law = laws.get(place).copied();
            let parts = found.zip(past).zip(law).map(|((found, past), law)| {
                let expected = found.expected[place];
                let factor = if past.expected[place] > 0.0 { expected / past.expected[place] } else { 1.0 };
                let variance = variance(rules, law, expected, factor, past.unsure[place]);
                (expected, factor, variance, ln_mid_p(observed.counted[place], expected, variance).exp())
            });
            WindowEvidence {
                from,
                to,
                reports: observed.reports[place],
                counted: observed.counted[place],
                expected: parts.map(|(expected, ..)| expected),
                area_factor: parts.map(|(_, factor, ..)| factor),
                variance: parts.map(|(_, _, variance, _)| variance),
                p: parts.map(|(.., p)| p),
                dispersion: law.map_or(1.0, |law| law.dispersion),
                fluctuation: law.map_or(0.0, |law| law.fluctuation),
            }
        };
        let spans: Vec<WindowEvidence> = windows.spans.iter().enumerate().map(window).collect();
        let surprise = |window: &WindowEvidence| window.p.unwrap_or(1.0);
        let leading = spans.iter().enumerate().min_by(|a, b| surprise(a.1).total_cmp(&surprise(b.1)));
        Some(EvidenceBreakdown {
            total: found.map(|found| found.total),
            alone: found.map(|found| found.alone),
            neighbours: found.map(|found| found.neighbours),
            neighbours_weight: found.map(|found| {
                let from = rules.neighbours_from;
                ((found.alone - from) / (rules.neighbours_full - from)).clamp(0.0, 1.0)
            }),
            p_value: found.map(|found| 10.0_f64.powf(-found.alone)),
            by_month: windows.by_month,
            leading: leading.map(|(place, _)| place).filter(|_| found.is_some()),
            windows: spans,
            day_counts_most: cut.most(rules, cut.reports(&scoring.profiles, i32::MAX >> 1, scoring.counts[self.row])),
            baseline_reports: pasts.as_ref().map(|pasts| pasts.reports(self.row)),
            prior_rate: prior.map(|prior| prior.rate),
            prior_days: prior.map(|prior| prior.days),
            prior_cells: prior.map(|prior| prior.cells),
            area_mean: pasts.as_ref().map(Pasts::mean),
            area_factor: self.summary.area_factor,
            is_heard: observed.is_heard,
            sources: windows.groups.iter().flat_map(|group| self.sources(group)).collect(),
            neighbour_evidence: self.neighbour_evidence(rules.neighbours_from),
        })
    }

    /// Observations of the date, as the score has them.
    fn observations(&self) -> Observations {
        let (scoring, windows) = (self.scoring, std::slice::from_ref(&self.summary.windows));
        let (_, cuts) = scoring.fitted(windows, &mut LawBook::default());
        let mut observed = Vec::new();
        scoring.observe(&scoring.sweep_by_source(windows, cuts), self.anchor, &mut observed);
        observed.pop().unwrap_or_default()
    }

    fn sources(&self, group: &SourceGroup) -> Vec<SourceBreakdown> {
        let names = group.sources.iter().map(|&source| self.scoring.source_name(source));
        let breakdown = |source| SourceBreakdown {
            source,
            baseline_from: group.baseline.0,
            baseline_days: group.baseline_days,
            window_days: group.window_days,
            absence: group.absence,
        };
        let mut all: Vec<SourceBreakdown> = names.map(breakdown).collect();
        all.dedup_by(|one, other| one.source == other.source);
        all
    }

    fn neighbour_evidence(&self, up_from: f64) -> Vec<NeighbourEvidence> {
        let Some((rules, _)) = self.scoring.evidence() else { return Vec::new() };
        let area = self.scoring.area;
        let of = |cell| {
            let alone = area.row(cell).and_then(|row| self.scores[row].evidence).map(|found| found.alone);
            NeighbourEvidence {
                cell,
                alone,
                adds: alone.map_or(0.0, |alone| neighbour_part(rules, alone)),
                up: alone.is_some_and(|alone| alone >= up_from),
            }
        };
        grid::disk(area.cells()[self.row], 1).into_iter().map(of).collect()
    }
}

impl EvidenceBreakdown {
    /// The sentence a reader needs: what came, what is usual, how often chance brings as much, and what the neighbours say.
    pub(super) fn sentences(&self) -> String {
        let Some((found, alone)) = self.total.zip(self.alone) else { return self.why_none() };
        let counts = std::array::from_fn(|place| self.windows.get(place).map_or(0.0, |window| window.reports));
        let mut evidence = crate::score::Evidence::default();
        for (expected, window) in evidence.expected.iter_mut().zip(&self.windows) {
            *expected = window.expected.unwrap_or(0.0);
        }
        let days: Vec<i32> = self.windows.iter().map(|window| window.to.0 - window.from.0).collect();
        let month = self.windows.first().filter(|_| self.by_month).map(|window| window.from);
        let (came, chance) = (beside_usual(&evidence, counts, &days, month), by_chance(alone, self.by_month));
        let mut words = format!("{came}; {chance}.");
        let cut: f64 = self.windows.last().map_or(0.0, |window| window.reports - window.counted);
        if cut > 0.005 {
            let _ = write!(
                words,
                " Of one day at most {} reports count here, so that one incident is not many: {} are left out of the comparison.",
                number(self.day_counts_most),
                number(cut)
            );
        }
        if let (Some(leading), false) = (self.leading.and_then(|place| self.windows.get(place)), self.by_month) {
            let _ = write!(words, " Most surprising are the last {} days.", leading.to.0 - leading.from.0);
        }
        let _ = write!(words, " Evidence {found:.1}.");
        if let Some(factor) = self.area_factor {
            let _ = write!(words, " Allowed for: {}.", whole_area(factor));
        }
        words
    }

    fn why_none(&self) -> String {
        let missing: Vec<String> = self.sources.iter().filter_map(SourceBreakdown::why_absent).collect();
        if missing.is_empty() {
            return "There is no past to compare with, so no evidence and no level.".to_owned();
        }
        format!("There is nothing to compare: {}.", missing.join("; "))
    }

    /// Sentence about the neighbours.
    pub(super) fn neighbours_sentence(&self) -> String {
        let known = self.neighbour_evidence.iter().filter(|neighbour| neighbour.alone.is_some()).count();
        let up = self.neighbour_evidence.iter().filter(|neighbour| neighbour.up).count();
        let mut words = match (up, known) {
            (_, 0) => "No neighbour has reports to compare with.".to_owned(),
            (0, known) => format!("None of its {known} neighbours is up."),
            (1, known) => format!("One of its {known} neighbours is up as well."),
            (up, known) => format!("{up} of its {known} neighbours are up as well."),
        };
        if let (Some(neighbours), Some(weight)) = (self.neighbours, self.neighbours_weight) {
            if weight <= 0.0 {
                words += " They count only where a place is unusual by itself.";
            } else {
                let (verb, by) = if neighbours >= 0.0 { ("add", neighbours) } else { ("take", -neighbours) };
                let _ = write!(words, " Together they {verb} {:.2} of evidence.", by * weight);
            }
        }
        words
    }

    /// Numbers of the comparison.
    pub(super) fn numbers(&self) -> String {
        let (Some(n), Some(rate), Some(days), Some(cells), Some(mean)) =
            (self.baseline_reports, self.prior_rate, self.prior_days, self.prior_cells, self.area_mean)
        else {
            return String::new();
        };
        let mut words = format!(
            "Past: {}, and the rate round about, {rate:.4} reports a day, as if seen for {} days (the {cells} cells of the disk, and \
             the mean of the area, {}, as one more).",
            counted(n, "report"),
            number(days),
            reports(mean)
        );
        for window in &self.windows {
            let (Some(expected), Some(factor), Some(variance), Some(p)) =
                (window.expected, window.area_factor, window.variance, window.p)
            else {
                continue;
            };
            let days = window.to.0 - window.from.0;
            let _ = write!(
                words,
                " {days} days: {} where {expected:.2} are expected (area-wide factor {factor:.3}), variance {variance:.2} \
                 (φ = {:.2}, τ² = {:.3}), p = {p:.2e}.",
                number(window.counted),
                window.dispersion,
                window.fluctuation
            );
        }
        words
    }
}

impl SourceBreakdown {
    /// Why the source is left out, in words; `None` if it is not.
    pub(super) fn why_absent(&self) -> Option<String> {
        let named = visible(&self.source);
        let source = if self.source == NOT_STATED { UNNAMED } else { &named };
        Some(match self.absence? {
            Absence::Missing(Some(since)) => format!("{source} has sent nothing since {}", long_date(since)),
            Absence::Missing(None) => format!("{source} does not cover these days"),
            Absence::NoPast => format!("{source} has too little past to compare with"),
            Absence::ByMonth => format!("{source} dates its reports by month, the others by day"),
        })
    }
}

impl Explanation {
    /// Sentence and numbers of the evidence; absent in a method without it.
    #[must_use]
    pub fn evidence_words(&self) -> Option<[String; 2]> {
        self.evidence.as_ref().map(|evidence| [evidence.sentences(), evidence.numbers()])
    }

    /// Days of the windows, for the sentence about months.
    pub(super) fn month_of_evidence(&self) -> Option<String> {
        let window = self.evidence.as_ref().filter(|evidence| evidence.by_month)?.windows.first()?;
        Some(span(window.from, window.to))
    }
}
