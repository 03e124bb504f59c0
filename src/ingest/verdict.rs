//! Verdict on the dates of all files of a run: those far from the others are counted and named, and set no as-of.

use super::days::{DayCount, FileDays, merged};
use super::outlying::bulk;
use super::{FileTally, Ledger};
use crate::code::Code;
use crate::incident::Day;

/// Days within which a date is no surprise beside the other dates of its file, whatever their rhythm.
const YEARS: i32 = 1096;
/// Days ahead for which events may be planned.
const PLANNED: i32 = 1827;
/// Dates that a notice names.
const MAX_NAMED: usize = 3;

impl Ledger {
    /// Counts dates far from the others as warnings of their files, with a notice on each file. Returns the day after the latest
    /// date of the rest.
    pub(crate) fn judge_dates(&mut self) -> Option<Day> {
        let all = |list: fn(&FileDays) -> &Vec<DayCount>| merged(self.files.iter().map(|file| list(&file.days)));
        let (begin, end) = (pairs(&all(|days| &days.first)), pairs(&all(|days| &days.last)));
        let (from, to) = (bulk(&begin)?.0, bulk(&end)?.1);
        let mut latest = None;
        for file in &mut self.files {
            let days = std::mem::take(&mut file.days);
            let own = bulk(&pairs(&days.last)).map_or(to, |own| to.min(own.1 + YEARS));
            let late = days.last.iter().filter(|count| count.day > own);
            let late = late.chain(days.coming.iter().filter(|count| count.day > to + PLANNED));
            let late = late.chain(days.known.iter().filter(|count| count.day > to + YEARS));
            let late = merged([&late.copied().collect()]);
            let first = bulk(&pairs(&days.first)).map_or(from, |own| from.max(own.0 - YEARS));
            let early = days.first.iter().filter(|count| count.day < first);
            let early = early.chain(days.known.iter().filter(|count| count.day < from - YEARS));
            let early = merged([&early.copied().collect()]);
            latest = days.last.iter().map(|count| count.day).filter(|day| *day <= own).max().max(latest);
            file.days = days;
            if let Some(last) = late.last().map(|count| count.day) {
                let advice = format!("they count with an --as-of after them, such as {}", last + 1);
                file.name_dates(Code::LateDate, &late, &format!("after the others, which end on {to}"), &advice);
            }
            if !early.is_empty() {
                let advice = "they begin no baseline (--covered FROM..TO says which days the data covers)";
                file.name_dates(Code::EarlyDate, &early, &format!("before the others, which begin on {from}"), advice);
            }
        }
        latest.map(|day| day + 1)
    }
}

impl FileTally {
    /// Counts dates as a warning, and names them in a notice.
    fn name_dates(&mut self, code: Code, days: &[DayCount], beside: &str, advice: &str) {
        let count: u64 = days.iter().map(|day| day.n).sum();
        self.warn(code, count);
        let mut named: Vec<String> = days.iter().take(MAX_NAMED).map(DayCount::named).collect();
        if days.len() > MAX_NAMED {
            named.push(format!("{} more days", days.len() - MAX_NAMED));
        }
        let (dates, named, file) = (if count == 1 { "date lies" } else { "dates lie" }, named.join(", "), &self.name);
        self.notices
            .push(format!("{file}: {count} {dates} far {beside}: {named}; correct them at their source; {advice}"));
    }
}

impl DayCount {
    /// The day, and where its first record is.
    fn named(&self) -> String {
        let place = match (self.line, self.record) {
            (Some(line), _) => format!("line {line}"),
            (None, 0) => "counted earlier".to_owned(),
            (None, record) => format!("record {record}"),
        };
        if self.n == 1 {
            format!("{} ({place})", self.day)
        } else {
            format!("{} ({} times, {place} first)", self.day, self.n)
        }
    }
}

/// Days with their counts alone.
fn pairs(days: &[DayCount]) -> Vec<(Day, u64)> {
    days.iter().map(|count| (count.day, count.n)).collect()
}
