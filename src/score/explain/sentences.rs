//! Sentences of an explanation, and the format of its numbers.

use super::{
    Comparison, Explanation, Intensity, IntensityPart, LevelCheck, Smoothing, SourceCount, SpreadBreakdown, Surge, Week,
};
use crate::incident::Day;
use crate::rounding::times;
use crate::score::{DensityUnit, Status};
use crate::visible::visible;

/// A number with one decimal, or none if it is whole.
pub(super) fn number(n: f64) -> String {
    if (n - n.round()).abs() < 0.05 { format!("{n:.0}") } else { format!("{n:.1}") }
}

/// A probability as a percentage that never claims certainty.
pub(super) fn chance(p: f64) -> String {
    match p {
        p if p > 0.999 => "more than 99.9%".to_owned(),
        p if p < 0.001 => "less than 0.1%".to_owned(),
        p => format!("{}%", number(p * 100.0)),
    }
}

pub(super) fn chance_or_unknown(p: Option<f64>) -> String {
    p.map_or_else(|| "cannot be told".to_owned(), chance)
}

pub(super) fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.095 { format!("{:.1}%", share * 100.0) } else { format!("{:.0}%", share * 100.0) }
}

/// `2 March 2026`.
pub(crate) fn long_date(day: Day) -> String {
    day.date().strftime("%-d %B %Y").to_string()
}

/// First and last day of `[from, to)`, with one year if it is the same.
pub(super) fn span(from: Day, to: Day) -> String {
    let (first, last) = (from.date(), (to - 1).date());
    let first = first.strftime(if first.year() == last.year() { "%-d %B" } else { "%-d %B %Y" });
    format!("{first} to {}", long_date(to - 1))
}

fn listed(parts: &[String]) -> String {
    match parts {
        [] => "none".to_owned(),
        [one] => one.clone(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// `1 report`, `2 reports`.
pub(super) fn counted(n: f64, what: &str) -> String {
    let n = number(n);
    if n == "1" { format!("1 {what}") } else { format!("{n} {what}s") }
}

impl Explanation {
    /// Level and score in one line.
    #[must_use]
    pub fn headline(&self) -> String {
        let points = format!("{:.0} of 100 points", self.score);
        match (self.level.and_then(|level| self.level_check(level)), self.status) {
            (Some(level), _) => {
                let held =
                    self.held_since.map_or_else(String::new, |until| format!(", as of {}", long_date(until - 1)));
                let quieter = if self.is_quieter() { ", quieter than usual" } else { "" };
                format!("{} (level {}, {}): {points}{quieter}{held}", level.name, level.number, level.rag.id())
            }
            (None, Status::NoData) if self.evidence.is_some() => {
                "No level: the sources that report here are missing, or cover none of these days".to_owned()
            }
            (None, Status::NoData) => "No level: the data has none of these days".to_owned(),
            (None, Status::NoPast) => "No level: there is too little past to compare with".to_owned(),
            (None, _) if self.evidence.is_some() => {
                "No level, for nobody reported anything that carries weight".to_owned()
            }
            (None, _) => format!("No level, for nobody reported anything that counts: {points}"),
        }
    }

    /// Headings and sentences of each component and of the level.
    #[must_use]
    pub fn sections(&self) -> Vec<(&'static str, String)> {
        if let Some(evidence) = &self.evidence {
            return vec![
                ("Evidence", evidence.sentences()),
                ("Surge", self.surge_with_evidence()),
                ("Spread", evidence.neighbours_sentence()),
                ("Corroboration", self.corroboration_sentences()),
                ("Intensity", self.intensity.sentences()),
                ("Level", self.level_sentences()),
            ];
        }
        vec![
            ("Surge", self.surge.sentences()),
            ("Intensity", self.intensity.sentences()),
            ("Corroboration", self.corroboration_sentences()),
            ("Spread", self.spread_sentence()),
            ("Level", self.level_sentences()),
        ]
    }

    /// Returns true if the place is credibly below its own past, whatever its intensity.
    #[must_use]
    pub fn is_quieter(&self) -> bool {
        let hi = self.surge.comparison.as_ref().map(|comparison| comparison.rr_hi);
        self.evidence.is_some() && hi.is_some_and(|hi| hi < 1.0)
    }

    /// Size of the rise, beside how surprising it is.
    fn surge_with_evidence(&self) -> String {
        let mut words = self.surge.sentences();
        if let Some(window) = self.month_of_evidence() {
            words += &format!(" Reports are dated by month: the window is the last whole month, {window}.");
        }
        if self.is_quieter() {
            words += " It is quieter than usual here.";
        }
        words
    }

    fn corroboration_sentences(&self) -> String {
        let corroboration = &self.corroboration;
        let present = corroboration.strands.iter().filter(|strand| strand.present);
        let strands: Vec<String> =
            present.map(|strand| format!("{} ({})", strand.name, percent(strand.share))).collect();
        let source = |source: &SourceCount| format!("{} ({})", visible(&source.name), number(source.reports));
        let mut sources: Vec<String> = corroboration.sources.iter().map(source).collect();
        if corroboration.unstated > 0.0 {
            sources.push(format!("not stated ({})", number(corroboration.unstated)));
        }
        format!(
            "Strands present: {}; a strand counts from {} of the intensity. Sources of reports in the window: {}.",
            listed(&strands),
            percent(corroboration.strand_share),
            listed(&sources)
        )
    }

    fn spread_sentence(&self) -> String {
        let SpreadBreakdown { rising, under_study, spread_p, .. } = &self.spread;
        let chance = chance(*spread_p);
        format!(
            "{rising} of {under_study} neighbours in the study area are rising too: the chance of a rise is {chance} or more."
        )
    }

    fn level_sentences(&self) -> String {
        let Some(raw) = self.raw_level else {
            return "Silence is not a level: none is given where nothing was reported or the data has no days.".into();
        };
        let mut words = String::new();
        if let Some(reached) = self.level_check(raw) {
            words += &format!("This date alone gives level {}.", reached.label());
        }
        if let Some(next) = self.levels.get(raw.rank() + 1).filter(|level| !level.assessor_only) {
            let failed = next.conditions.iter().filter(|condition| !condition.met);
            let failed: Vec<&str> = failed.map(|condition| condition.words.as_str()).collect();
            words += &format!(" What is missing for {}: {}.", next.label(), failed.join("; "));
        }
        if self.level != self.raw_level {
            let before = self.earlier.iter().filter(|week| week.raw_level > self.raw_level);
            let higher = |week: &Week| {
                Some(format!("{} on {}", self.level_check(week.raw_level?)?.label(), long_date(week.as_of)))
            };
            let before: Vec<String> = before.filter_map(higher).collect();
            let level =
                self.level.and_then(|level| self.level_check(level)).map_or_else(String::new, LevelCheck::label);
            words += &format!(
                " The level stays {level}, because a level falls only after {} weekly dates in a row that are lower, and there was {}.",
                self.earlier.len() + 1,
                listed(&before)
            );
        }
        if let Some(level) = self.levels.iter().find(|level| level.assessor_only) {
            let more = if self.levels.last() == Some(level) { "is" } else { "and beyond are" };
            words += &format!(" {} {more} for a named assessor.", level.label());
        }
        words
    }
}

impl LevelCheck {
    /// Number and name.
    pub(super) fn label(&self) -> String {
        format!("{} {}", self.number, self.name)
    }
}

impl IntensityPart {
    /// Name for readers.
    #[must_use]
    pub fn label(&self) -> String {
        visible(&self.name).replace('_', " ")
    }
}

impl Surge {
    /// Comparison with the place's own past.
    #[must_use]
    pub fn sentences(&self) -> String {
        let window = span(self.window_from, self.window_to);
        if self.window_days == 0 {
            return format!("The data has no day from {window}.");
        }
        let observed = format!("{} from {window}", counted(self.observed, "report"));
        let Some(comparison) = &self.comparison else {
            let why = if self.baseline_days < self.baseline_least_days {
                let (days, needed) = (self.baseline_days, self.baseline_least_days);
                format!("the data covers only {days} days before, and a comparison needs {needed}")
            } else if self.observed <= 0.0 && self.n_baseline <= 0.0 {
                "there was none before either".to_owned()
            } else {
                "neither the past of this cell nor that of the area holds a report".to_owned()
            };
            return format!("{observed}; there is nothing to compare with: {why}.");
        };
        let [rr, lo, hi] = [comparison.rr, comparison.rr_lo, comparison.rr_hi].map(|ratio| times(ratio, 2));
        format!(
            "{observed}, where {} were to be expected from its own past: {rr} times the past rate, with a 90% range of {lo} to \
             {hi}. The chance that the rate rose at all is {}.",
            number(comparison.expected),
            chance(comparison.p_exceed)
        )
    }

    /// Numbers of the comparison; empty if there is none.
    #[must_use]
    pub fn numbers(&self) -> String {
        let Self { window_days, baseline_from, baseline_days, n_baseline, comparison, .. } = self;
        let Some(comparison) = comparison else { return String::new() };
        let Comparison { prior_days, prior_rate, disk_rate, disk_cells, area_rate, dispersion, .. } = comparison;
        let Comparison { alpha0, beta0, alpha1, beta1, .. } = comparison;
        format!(
            "Past: {} in {baseline_days} covered days from {}, and the rate round about, {prior_rate:.4} reports a day, as if \
             seen for κ = {} days (the {disk_cells} cells of the disk {disk_rate:.4}, the mean of the area {area_rate:.4}). \
             Window: {window_days} covered days. Over-dispersion φ = {dispersion:.2}. Past rate ~ Gamma(α0 = {alpha0:.2}, \
             β0 = {beta0:.1} d); rate now ~ Gamma(α1 = {alpha1:.2}, β1 = {beta1:.1} d).",
            counted(*n_baseline, "report"),
            long_date(*baseline_from),
            number(*prior_days)
        )
    }
}

impl Intensity {
    /// Mass, density and cap of the reports.
    #[must_use]
    pub fn sentences(&self) -> String {
        let &Self { mass, size, unit, density, .. } = self;
        let is_by_land = unit == DensityUnit::PerKm2.unit();
        let over = if is_by_land { format!("{size:.3} km²") } else { format!("{:.0} residents", size * 1000.0) };
        let mut words = format!(
            "Weighted and faded with age, the reports have a mass of {mass:.2} over {over}: {density:.2} {unit}."
        );
        if let Some(d_half) = self.d_half {
            words += &format!(" The component is half full at D½ = {d_half} ({}).", self.d_half_from);
        }
        if let (1.., Some(cap)) = (self.capped_reports, self.cap) {
            let (reports, taken) = (counted(self.capped_reports as f64, "report"), self.capped_mass);
            words += &format!(
                " One report may contribute {cap:.2} at most: that holds down {reports} and takes {taken:.2} of mass."
            );
        }
        if let Some(smoothing) = &self.smoothing {
            let Smoothing { own, kept, given, given_outside, received } = smoothing;
            let received: f64 = received.iter().map(|from| from.mass).sum();
            words += &format!(
                " Smoothing: of its own {own:.2} the cell keeps {kept:.2} and gives away {given:.2} ({given_outside:.2} of it \
                 out of the study area); it gets {received:.2} from its neighbours."
            );
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_formatted_for_readers() {
        assert_eq!((number(31.0), number(6.24), number(30.97)), ("31".into(), "6.2".into(), "31".into()));
        assert_eq!((counted(1.0, "report"), counted(0.0, "report")), ("1 report".into(), "0 reports".into()));
        assert_eq!(
            (chance(0.99995), chance(0.8), chance(0.0)),
            ("more than 99.9%".into(), "80%".into(), "less than 0.1%".into())
        );
        assert_eq!((percent(0.0), percent(0.034), percent(0.5)), ("0%".into(), "3.4%".into(), "50%".into()));
        assert_eq!(listed(&["a".into(), "b".into(), "c".into()]), "a, b and c");
        assert_eq!(span(Day(0), Day(28)), "1 January to 28 January 1970");
    }
}
