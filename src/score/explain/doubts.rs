//! What is not known about a cell, in words: a score that does not say so is read as more than it is.

use super::breakdown::Weight;
use super::words::{counted, long, number, printable};
use super::{Explanation, Now};
use crate::score::{Anchor, Status};

impl Now<'_> {
    pub(super) fn doubts(&self, explanation: &Explanation) -> Vec<String> {
        let mut doubts = self.about_the_window(explanation);
        doubts.extend(self.about_the_past(explanation));
        doubts.extend(about_the_neighbours(explanation));
        doubts.extend(self.about_the_rest());
        doubts
    }

    fn about_the_window(&self, explanation: &Explanation) -> Vec<String> {
        let (windows, method) = (&self.date.windows, self.scoring.method);
        let (from, to) = windows.window;
        let days = to.0 - from.0;
        let mut doubts = Vec::new();
        if windows.window_days == 0 {
            doubts.push(
                "Anything about the window: the data has none of its days, which is not the same as calm.".to_owned(),
            );
        } else if windows.window_days < days {
            doubts.push(format!(
                "{} of the window's {days} days: the data does not cover them.",
                days - windows.window_days
            ));
        }
        if explanation.status == Status::NoReports {
            doubts.push(
                "How people feel here: nobody reported anything that counts, and silence is not calm.".to_owned(),
            );
        } else if explanation.status == Status::Scored && explanation.sparse {
            doubts.push(format!(
                "Whether so few reports mean anything: {} in the window, where {} are called enough.",
                counted(explanation.surge.observed, "report"),
                number(method.sparse_below)
            ));
        }
        let corroboration = &explanation.corroboration;
        match corroboration.sources.as_slice() {
            [] if corroboration.unstated > 0.0 => {
                doubts.push("Who reported: no report in the window names its source, so all count as one.".to_owned());
            }
            [one] if corroboration.unstated <= 0.0 => {
                doubts.push(format!(
                    "Whether others would say the same: all reports come from one source, {}.",
                    printable(&one.name)
                ));
            }
            _ => {}
        }
        let (mut long_ones, mut of, mut weightless) = (0.0, 0.0, 0.0);
        for weight in self.weights(self.row).filter(Weight::counts) {
            let inside = weight.within(from, to);
            of += inside;
            long_ones += if weight.when().days() > 1 { inside } else { 0.0 };
        }
        for (row, weighed) in self.scoring.rows(self.row) {
            let is_seen = weighed.seen_from(row.when.start) <= windows.as_of;
            if method.category_weight(weighed.category) <= 0.0 && is_seen {
                weightless += row.within(from, to);
            }
        }
        if long_ones > 0.0 {
            let which = if long_ones >= of { "any report" } else { "some reports" };
            doubts.push(format!(
                "The day of {which} in the window: {} of {} say only the month or an interval of days. Until an interval is \
                 over its reports are not known, so that dates within it see only what came before.",
                number(long_ones),
                number(of)
            ));
        }
        if weightless > 0.0 {
            doubts.push(format!(
                "What reports of categories without weight say of tension: {} in the window, in no score.",
                number(weightless)
            ));
        }
        doubts
    }

    fn about_the_past(&self, explanation: &Explanation) -> Vec<String> {
        let (windows, method) = (&self.date.windows, self.scoring.method);
        let mut doubts = Vec::new();
        if !windows.comparable {
            doubts.push(format!(
                "What is normal here: only {} covered days lie before the window, fewer than {}; no surge and no spread can be \
                 told.",
                windows.baseline_days, method.baseline_least_days
            ));
            return doubts;
        }
        if explanation.status == Status::Scored && explanation.surge.n_baseline <= 0.0 {
            doubts.push(
                "What is normal here: the cell's past holds no report, and what is expected comes from the cells round about."
                    .to_owned(),
            );
        }
        if windows.baseline_days < method.baseline_days {
            doubts.push(format!(
                "A full past: the data covers {} days of it, not {}; a season may be missing.",
                windows.baseline_days, method.baseline_days
            ));
        }
        let gaps = windows.baseline.1.0 - windows.baseline.0.0 - windows.baseline_days;
        if gaps > 0 {
            doubts.push(format!(
                "{gaps} days since {}: the data does not cover them, and they count neither as calm nor as past.",
                long(windows.baseline.0)
            ));
        }
        doubts
    }

    fn about_the_rest(&self) -> Vec<String> {
        let as_of = self.date.windows.as_of;
        let later = self.scoring.rows(self.row).filter(|(row, weighed)| weighed.seen_from(row.when.start) > as_of);
        let later: u64 = later.map(|(row, _)| u64::from(row.n)).sum();
        let mut doubts = Vec::new();
        if later > 0 {
            doubts.push(format!(
                "What came later: {} of this cell, not yet known or not yet begun on {}.",
                counted(later as f64, "report"),
                long(as_of)
            ));
        }
        match self.anchor {
            Anchor::Current(_) => doubts.push(
                "How it compares with any other map: D½ comes from the current window, for want of history.".to_owned(),
            ),
            Anchor::Calibrated(_) => doubts.push(
                "How it compares with maps of another D½: this run calibrated its own; freeze it in a method file to compare."
                    .to_owned(),
            ),
            Anchor::Frozen(_) | Anchor::None => {}
        }
        doubts
    }
}

fn about_the_neighbours(explanation: &Explanation) -> Vec<String> {
    let neighbours = &explanation.spread.neighbours;
    let outside = neighbours.iter().filter(|neighbour| !neighbour.under_study).count();
    let silent = neighbours.iter().filter(|neighbour| neighbour.status == Some(Status::NoReports)).count();
    let mut doubts = Vec::new();
    if outside > 0 {
        doubts.push(format!("{outside} of {} neighbours: they lie outside the study area.", neighbours.len()));
    }
    if silent > 0 {
        doubts.push(format!(
            "{silent} of {} neighbours: nobody reported anything there, which is not the same as calm.",
            neighbours.len()
        ));
    }
    doubts
}
