//! Unknowns of a cell, as sentences: a score without its unknowns is read as more than it is.

use super::sentences::{counted, long_date, number};
use super::{CellOnDate, Explanation};
use crate::score::{Anchor, Status};
use crate::visible::visible;

impl CellOnDate<'_> {
    pub(super) fn unknowns(&self, explanation: &Explanation) -> Vec<String> {
        let mut unknowns = Vec::new();
        self.source_gaps(explanation, &mut unknowns);
        self.window_unknowns(explanation, &mut unknowns);
        unknowns.extend(source_unknowns(explanation));
        self.report_unknowns(&mut unknowns);
        self.past_unknowns(explanation, &mut unknowns);
        neighbour_unknowns(explanation, &mut unknowns);
        self.other_unknowns(&mut unknowns);
        unknowns
    }

    /// Days that have not arrived, and sources that are missing: what a reader must know first.
    fn source_gaps(&self, explanation: &Explanation, unknowns: &mut Vec<String>) {
        let Some(evidence) = &explanation.evidence else { return };
        let windows = &self.summary.windows;
        if windows.until < windows.as_of {
            let (last, month) = (long_date(windows.until - 1), windows.until.date().strftime("%B %Y"));
            unknowns.push(format!(
                "Anything since {last}: reports come by month, and {month} has not arrived; score and level are as of {last}."
            ));
        }
        if !evidence.is_heard {
            unknowns.push("Most of what this place had in the past came from sources that are missing now.".to_owned());
        }
        unknowns.extend(evidence.sources.iter().filter_map(|source| Some(format!("{}.", source.why_absent()?))));
    }

    fn window_unknowns(&self, explanation: &Explanation, unknowns: &mut Vec<String>) {
        let windows = &self.summary.windows;
        let days = windows.window.1.0 - windows.window.0.0;
        let missing = days - windows.window_days;
        if missing == days {
            let all = "Anything about the window: the data has none of its days, which is not the same as calm.";
            unknowns.push(all.to_owned());
        } else if missing > 0 {
            unknowns.push(format!("{missing} of the window's {days} days: the data does not cover them."));
        }
        if explanation.status == Status::NoReports {
            let silent = if explanation.evidence.is_some() {
                "How people feel here: nobody reported anything that carries weight, and silence is not calm."
            } else {
                "How people feel here: nobody reported anything that counts, and silence is not calm."
            };
            unknowns.push(silent.to_owned());
        } else if explanation.status == Status::Scored && explanation.sparse {
            let (reports, enough) = (counted(explanation.surge.observed, "report"), self.scoring.method.sparse_below);
            unknowns.push(format!(
                "Whether so few reports mean anything: {reports} in the window, where {} are called enough.",
                number(enough)
            ));
        }
    }

    /// Reports in the window whose day is unknown, and reports without weight.
    fn report_unknowns(&self, unknowns: &mut Vec<String>) {
        let (windows, method) = (&self.summary.windows, self.scoring.method);
        let (from, to) = windows.window;
        let (mut intervals, mut all, mut weightless) = (0.0, 0.0, 0.0);
        for weight in self.weights(self.row).filter(|weight| weight.profile.counts) {
            let inside = weight.row.within(from, to);
            all += inside;
            intervals += if weight.row.when.days() > 1 { inside } else { 0.0 };
        }
        for (row, profile) in self.scoring.rows(self.row) {
            let is_usable = profile.usable_from(row.when.start) <= windows.until;
            if method.category_weight(profile.category) <= 0.0 && is_usable {
                weightless += row.within(from, to);
            }
        }
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
    }

    fn past_unknowns(&self, explanation: &Explanation, unknowns: &mut Vec<String>) {
        let (windows, method) = (&self.summary.windows, self.scoring.method);
        let (covered, needed, wanted) = (windows.baseline_days, method.baseline_least_days, method.baseline_days);
        if !windows.comparable && explanation.evidence.is_some() {
            if covered < needed {
                unknowns.push(format!(
                    "What is usual here: only {covered} covered days lie before the window, fewer than {needed}; no evidence and no \
                     level can be told."
                ));
            }
            return;
        }
        if !windows.comparable {
            unknowns.push(format!(
                "What is normal here: only {covered} covered days lie before the window, fewer than {needed}; no surge and no \
                 spread can be told."
            ));
            return;
        }
        if explanation.status == Status::Scored && explanation.surge.n_baseline <= 0.0 {
            let past = "What is normal here: the cell's past holds no report, and what is expected comes from the cells round about.";
            unknowns.push(past.to_owned());
        }
        if covered < wanted {
            unknowns.push(format!(
                "A full past: the data covers {covered} days of it, not {wanted}; a season may be missing."
            ));
        }
        let gaps = windows.baseline.1.0 - windows.baseline.0.0 - covered;
        if gaps > 0 {
            let since = long_date(windows.baseline.0);
            unknowns.push(format!(
                "{gaps} days since {since}: the data does not cover them, and they count neither as calm nor as past."
            ));
        }
    }

    fn other_unknowns(&self, unknowns: &mut Vec<String>) {
        let as_of = self.summary.windows.as_of;
        let later = self.scoring.rows(self.row).filter(|(row, profile)| profile.usable_from(row.when.start) > as_of);
        let later: u64 = later.map(|(row, _)| u64::from(row.n)).sum();
        if later > 0 {
            let (reports, date) = (counted(later as f64, "report"), long_date(as_of));
            unknowns
                .push(format!("What came later: {reports} of this cell, not yet known or not yet begun on {date}."));
        }
        let anchor = match self.anchor {
            Anchor::Current(_) => {
                "How it compares with any other map: D½ comes from the current window, for want of history."
            }
            Anchor::Calibrated(_) => {
                "How it compares with maps of another D½: this run calibrated its own; freeze it in a method file to compare."
            }
            Anchor::Frozen(_) | Anchor::None => return,
        };
        unknowns.push(anchor.to_owned());
    }
}

fn source_unknowns(explanation: &Explanation) -> Option<String> {
    let corroboration = &explanation.corroboration;
    match corroboration.sources.as_slice() {
        [] if corroboration.unstated > 0.0 => {
            Some("Who reported: no report in the window names its source, so all count as one.".to_owned())
        }
        [one] if corroboration.unstated <= 0.0 => {
            let name = visible(&one.name);
            Some(format!("Whether others would say the same: all reports come from one source, {name}."))
        }
        _ => None,
    }
}

fn neighbour_unknowns(explanation: &Explanation, unknowns: &mut Vec<String>) {
    let neighbours = &explanation.spread.neighbours;
    let all = neighbours.len();
    let outside = neighbours.iter().filter(|neighbour| !neighbour.under_study).count();
    let silent = neighbours.iter().filter(|neighbour| neighbour.status == Some(Status::NoReports)).count();
    if outside > 0 {
        unknowns.push(format!("{outside} of {all} neighbours: they lie outside the study area."));
    }
    if silent > 0 {
        unknowns.push(format!(
            "{silent} of {all} neighbours: nobody reported anything there, which is not the same as calm."
        ));
    }
}
