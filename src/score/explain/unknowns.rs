//! Unknowns of a cell, as sentences: a score without its unknowns is read as more than it is.

use super::breakdown::RowWeight;
use super::sentences::{counted, long_date, number, printable};
use super::{CellOnDate, Explanation};
use crate::score::{Anchor, Status};

impl CellOnDate<'_> {
    pub(super) fn unknowns(&self, explanation: &Explanation) -> Vec<String> {
        let mut unknowns = self.about_the_window(explanation);
        unknowns.extend(about_the_sources(explanation));
        unknowns.extend(self.about_the_reports());
        unknowns.extend(self.about_the_past(explanation));
        unknowns.extend(about_the_neighbours(explanation));
        unknowns.extend(self.about_the_rest());
        unknowns
    }

    fn about_the_window(&self, explanation: &Explanation) -> Vec<String> {
        let windows = &self.summary.windows;
        let days = windows.window.1.0 - windows.window.0.0;
        let mut unknowns = Vec::new();
        if windows.window_days == 0 {
            unknowns.push(
                "Anything about the window: the data has none of its days, which is not the same as calm.".to_owned(),
            );
        } else if windows.window_days < days {
            unknowns.push(format!(
                "{} of the window's {days} days: the data does not cover them.",
                days - windows.window_days
            ));
        }
        if explanation.status == Status::NoReports {
            unknowns.push(
                "How people feel here: nobody reported anything that counts, and silence is not calm.".to_owned(),
            );
        } else if explanation.status == Status::Scored && explanation.sparse {
            unknowns.push(format!(
                "Whether so few reports mean anything: {} in the window, where {} are called enough.",
                counted(explanation.surge.observed, "report"),
                number(self.scoring.method.sparse_below)
            ));
        }
        unknowns
    }

    /// Reports in the window whose day is unknown, and reports without weight.
    fn about_the_reports(&self) -> Vec<String> {
        let (windows, method) = (&self.summary.windows, self.scoring.method);
        let (from, to) = windows.window;
        let (mut intervals, mut all, mut weightless) = (0.0, 0.0, 0.0);
        for weight in self.weights(self.row).filter(RowWeight::counts) {
            let inside = weight.within(from, to);
            all += inside;
            intervals += if weight.when().days() > 1 { inside } else { 0.0 };
        }
        for (row, profile) in self.scoring.rows(self.row) {
            let is_usable = profile.usable_from(row.when.start) <= windows.as_of;
            if method.category_weight(profile.category) <= 0.0 && is_usable {
                weightless += row.within(from, to);
            }
        }
        let mut unknowns = Vec::new();
        if intervals > 0.0 {
            let which = if intervals >= all { "any report" } else { "some reports" };
            unknowns.push(format!(
                "The day of {which} in the window: {} of {} say only the month or an interval of days. Until an interval is \
                 over its reports are not known, so that dates within it see only what came before.",
                number(intervals),
                number(all)
            ));
        }
        if weightless > 0.0 {
            unknowns.push(format!(
                "What reports of categories without weight say of tension: {} in the window, in no score.",
                number(weightless)
            ));
        }
        unknowns
    }

    fn about_the_past(&self, explanation: &Explanation) -> Vec<String> {
        let (windows, method) = (&self.summary.windows, self.scoring.method);
        let mut unknowns = Vec::new();
        if !windows.comparable {
            unknowns.push(format!(
                "What is normal here: only {} covered days lie before the window, fewer than {}; no surge and no spread can be \
                 told.",
                windows.baseline_days, method.baseline_least_days
            ));
            return unknowns;
        }
        if explanation.status == Status::Scored && explanation.surge.n_baseline <= 0.0 {
            unknowns.push(
                "What is normal here: the cell's past holds no report, and what is expected comes from the cells round about."
                    .to_owned(),
            );
        }
        if windows.baseline_days < method.baseline_days {
            unknowns.push(format!(
                "A full past: the data covers {} days of it, not {}; a season may be missing.",
                windows.baseline_days, method.baseline_days
            ));
        }
        let gaps = windows.baseline.1.0 - windows.baseline.0.0 - windows.baseline_days;
        if gaps > 0 {
            unknowns.push(format!(
                "{gaps} days since {}: the data does not cover them, and they count neither as calm nor as past.",
                long_date(windows.baseline.0)
            ));
        }
        unknowns
    }

    fn about_the_rest(&self) -> Vec<String> {
        let as_of = self.summary.windows.as_of;
        let later = self.scoring.rows(self.row).filter(|(row, profile)| profile.usable_from(row.when.start) > as_of);
        let later: u64 = later.map(|(row, _)| u64::from(row.n)).sum();
        let mut unknowns = Vec::new();
        if later > 0 {
            unknowns.push(format!(
                "What came later: {} of this cell, not yet known or not yet begun on {}.",
                counted(later as f64, "report"),
                long_date(as_of)
            ));
        }
        match self.anchor {
            Anchor::Current(_) => unknowns.push(
                "How it compares with any other map: D½ comes from the current window, for want of history.".to_owned(),
            ),
            Anchor::Calibrated(_) => unknowns.push(
                "How it compares with maps of another D½: this run calibrated its own; freeze it in a method file to compare."
                    .to_owned(),
            ),
            Anchor::Frozen(_) | Anchor::None => {}
        }
        unknowns
    }
}

fn about_the_sources(explanation: &Explanation) -> Option<String> {
    let corroboration = &explanation.corroboration;
    match corroboration.sources.as_slice() {
        [] if corroboration.unstated > 0.0 => {
            Some("Who reported: no report in the window names its source, so all count as one.".to_owned())
        }
        [one] if corroboration.unstated <= 0.0 => {
            let name = printable(&one.name);
            Some(format!("Whether others would say the same: all reports come from one source, {name}."))
        }
        _ => None,
    }
}

fn about_the_neighbours(explanation: &Explanation) -> Vec<String> {
    let neighbours = &explanation.spread.neighbours;
    let outside = neighbours.iter().filter(|neighbour| !neighbour.under_study).count();
    let silent = neighbours.iter().filter(|neighbour| neighbour.status == Some(Status::NoReports)).count();
    let mut unknowns = Vec::new();
    if outside > 0 {
        unknowns.push(format!("{outside} of {} neighbours: they lie outside the study area.", neighbours.len()));
    }
    if silent > 0 {
        unknowns.push(format!(
            "{silent} of {} neighbours: nobody reported anything there, which is not the same as calm.",
            neighbours.len()
        ));
    }
    unknowns
}
