//! Verdict on the dates of all files of a run: those far from the others are counted and named, and set no as-of.

use super::days::{DayCount, FileDays, merged};
use super::outlying::bulk;
use super::{FileTally, Ledger};
use crate::code::Code;
use crate::incident::Day;

/// Days from the other dates of a file within which a date is not named for the file alone.
const YEARS: i32 = 1096;
/// Days ahead for which events may be planned.
const PLANNED: i32 = 1827;
/// Days of 1970 and length in days of the dates of half a century, if seconds are read as thousandths or smaller parts.
const WRONG_UNIT: (i32, i32) = (31, 4);
/// Dates that a notice names.
const MAX_NAMED: usize = 3;

impl Ledger {
    /// Counts dates far from the others, and files that may be a part, as warnings of their files, with a notice on each. Returns the
    /// day after the latest date of the rest.
    pub(crate) fn check_dates(&mut self) -> Option<Day> {
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
            file.check_unit();
            if let Some(last) = late.last().map(|count| count.day) {
                let advice = format!("counts with --as-of {} or later", last + 1);
                file.name_dates(Code::LateDate, &late, &format!("after the others, which end on {to}"), &advice);
            }
            if !early.is_empty() {
                let advice = "begins no baseline (--covered FROM..TO says which days the data covers)";
                file.name_dates(Code::EarlyDate, &early, &format!("before the others, which begin on {from}"), advice);
            }
        }
        self.check_parts();
        latest.map(|day| day + 1)
    }

    /// True if an event still to come, as its report saw it, is on a day or later.
    pub(crate) fn has_event_from(&self, day: Day) -> bool {
        self.files.iter().flat_map(|file| &file.days.coming).any(|count| count.day >= day)
    }
}

impl FileTally {
    /// Warns of a file whose dates all lie close together in the first month of 1970, where numbers in a wrong unit put them.
    fn check_unit(&mut self) {
        let days = &self.days.first;
        let (Some(first), Some(last)) = (days.first().map(|count| count.day), days.last().map(|count| count.day))
        else {
            return;
        };
        if first < Day(-1) || last > Day(WRONG_UNIT.0) || last > first + WRONG_UNIT.1 {
            return;
        }
        let (count, file) = (days.iter().map(|count| count.n).sum(), &self.name);
        let notice = format!(
            "{file}: all its dates are of {first} to {last}, as dates of our time are when their numbers are read in a wrong unit; correct \
             them where the file was made, or if it has numbers say their unit with --date-format"
        );
        self.warn(Code::EarlyDate, count);
        self.notices.push(notice);
    }

    /// Counts dates as a warning, and names them in a notice.
    fn name_dates(&mut self, code: Code, days: &[DayCount], beside: &str, advice: &str) {
        let count: u64 = days.iter().map(|day| day.n).sum();
        self.warn(code, count);
        let mut named: Vec<String> = days.iter().take(MAX_NAMED).map(DayCount::named).collect();
        if days.len() > MAX_NAMED {
            named.push(format!("{} more days", days.len() - MAX_NAMED));
        }
        let (named, file) = (named.join(", "), &self.name);
        let dates = if count == 1 { "date lies" } else { "dates lie" };
        self.notices.push(format!(
            "{file}: {count} {dates} far {beside}: {named}; correct what is wrong at its source; such a date {advice}"
        ));
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
pub(super) fn pairs(days: &[DayCount]) -> Vec<(Day, u64)> {
    days.iter().map(|count| (count.day, count.n)).collect()
}
