//! Signs that a file is only a part of its data.
//!
//! One is a number of records at which services stop. Others are months with too few reports, and an end before the as-of.

use super::days::{DayCount, merged};
use super::outlying::bulk;
use super::verdict::pairs;
use super::{FileTally, Ledger};
use crate::code::Code;
use crate::incident::Day;

/// Numbers of records at which services stop, with and without a line for the header.
const PAGES: [u64; 20] = [
    999, 1_000, 1_999, 2_000, 4_999, 5_000, 9_999, 10_000, 19_999, 20_000, 24_999, 25_000, 49_999, 50_000, 99_999,
    100_000, 499_999, 500_000, 999_999, 1_000_000,
];
/// Rows at which worksheets end, less the header.
const SHEETS: [u64; 4] = [65_535, 65_536, 1_048_575, 1_048_576];
/// Reports of a usual month, below which a month with a tenth of them may be chance.
const MIN_USUAL: f64 = 30.0;
/// Months before and after that say what is usual.
const AROUND: usize = 3;
/// Days before the end from which the usual number of reports is taken.
const RECENT: i32 = 91;
/// Days without a report before the as-of, and reports to be expected in them, that show an early end.
const EARLY_END: (i32, f64) = (10, 30.0);

/// Reports of a calendar month.
struct Month {
    first: Day,
    n: u64,
    /// Share of its days that the data reaches.
    reached: f64,
}

impl Ledger {
    /// Words of every notice on such a file.
    pub(crate) const PART: &str = "may be only a part";

    /// Counts files that may be only a part of their data as warnings, with a notice on why.
    pub(super) fn check_parts(&mut self) {
        let numbers: Vec<u64> = self.files.iter().map(|file| file.read).collect();
        // Several files of one size and a smaller one are all parts of a whole.
        let is_cut = |n: u64| {
            numbers.iter().filter(|other| **other == n).count() > 1
                && numbers.iter().any(|other| (1..n).contains(other))
        };
        for file in self.files.iter_mut().filter(|file| file.format != "cube" && !is_cut(file.read)) {
            let stops = if SHEETS.contains(&file.read) {
                "a worksheet holds at most"
            } else if PAGES.contains(&file.read) {
                "services and programs often give at most"
            } else {
                continue;
            };
            let (name, n) = (&file.name, file.read);
            let notice = format!(
                "{name}: has {n} records, as many as {stops}; it may be only a part: compare with the number of records at its source"
            );
            file.may_be_a_part(notice);
        }
        let all = merged(self.files.iter().map(|file| &file.days.first));
        for (month, usual) in thin(&months(&all)) {
            let (name, n) = (month.first.date().strftime("%Y-%m"), month.n);
            let notice = format!(
                "{n} reports are of {name}, where the months around it have some {usual:.0}: the data may be only a part \
                 (--covered FROM..TO leaves its days out)"
            );
            let near = |file: &&mut FileTally| file.days.first.iter().any(|count| count.day >= month.first - 31);
            if let Some(file) = self.files.iter_mut().find(near) {
                file.may_be_a_part(notice);
            }
        }
    }

    /// Counts the data as a part for a source that is missing since a date; the scores say which.
    pub(crate) fn may_be_a_part(&mut self) {
        let is_said = self.warnings().contains_key(&Code::Part);
        if let Some(file) = self.files.first_mut().filter(|_| !is_said) {
            file.warn(Code::Part, 1);
        }
    }

    /// Counts the data as a part if it ends so long before the as-of that many reports were to be expected. `latest` is the day
    /// after the last report.
    pub(crate) fn check_end(&mut self, as_of: Day, latest: Day) {
        let days = || self.files.iter().flat_map(|file| &file.days.last);
        let recent: u64 =
            days().filter(|count| (latest - RECENT..latest).contains(&count.day)).map(|count| count.n).sum();
        let monthly: u64 = self.files.iter().filter_map(|file| file.warnings.get(&Code::MonthOnly)).sum();
        let silent = as_of.0 - latest.0;
        let expected = recent as f64 * f64::from(silent) / f64::from(RECENT);
        if silent < EARLY_END.0 || expected < EARLY_END.1 || 2 * monthly > self.accepted() {
            return;
        }
        let notice = format!(
            "the latest report is of {}, {silent} days before the as-of, and some {expected:.0} more were to be expected: the data may be \
             only a part; --as-of {latest} is the day after it",
            latest - 1
        );
        let ends = |file: &&mut FileTally| file.days.last.iter().any(|count| count.day == latest - 1);
        if let Some(file) = self.files.iter_mut().find(ends) {
            file.may_be_a_part(notice);
        }
    }
}

impl FileTally {
    pub(super) fn may_be_a_part(&mut self, notice: String) {
        self.warn(Code::Part, 1);
        self.notices.push(notice);
    }
}

/// Months from the second to the last, of days that are not far from the others.
fn months(days: &[DayCount]) -> Vec<Month> {
    let Some((from, to)) = bulk(&pairs(days)) else { return Vec::new() };
    let mut months: Vec<Month> = Vec::new();
    for count in days.iter().filter(|count| (from..=to).contains(&count.day)) {
        let month = count.day.first_of_month();
        while months.last().is_some_and(|last| last.first < month) {
            let first = months.last().map_or(month, |last| last.first.end_of_month());
            months.push(Month { first, n: 0, reached: 1.0 });
        }
        match months.last_mut() {
            Some(last) => last.n += count.n,
            None => months.push(Month { first: month, n: count.n, reached: 1.0 }),
        }
    }
    if let Some(last) = months.last_mut() {
        last.reached = f64::from(to.0 + 1 - last.first.0) / f64::from(last.first.end_of_month().0 - last.first.0);
    }
    months.into_iter().skip(1).collect()
}

/// Months with a tenth or less of the usual reports and far fewer than any month around, with the usual number.
fn thin(months: &[Month]) -> Vec<(&Month, f64)> {
    let usual = |place: usize| {
        let around = places(months.len(), place).map(|other| months[other].n).collect();
        median(around) * months[place].reached
    };
    let is_low = |place: usize| 10.0 * months[place].n as f64 <= usual(place) && usual(place) >= MIN_USUAL;
    let low: Vec<bool> = (0..months.len()).map(is_low).collect();
    let is_thin = |&place: &usize| {
        let mut around = places(months.len(), place).filter(|other| !low[*other]);
        let mut sound = around.clone();
        let is_apart =
            |other: usize| months[other].n as f64 * months[place].reached >= 4.0 * (months[place].n.max(1)) as f64;
        low[place] && sound.nth(AROUND - 1).is_some() && around.all(is_apart)
    };
    let thin: Vec<(&Month, f64)> =
        (0..months.len()).filter(is_thin).map(|place| (&months[place], usual(place))).collect();
    if 5 * thin.len() > months.len() { Vec::new() } else { thin }
}

/// Places of the months around one.
fn places(count: usize, place: usize) -> impl Iterator<Item = usize> + Clone {
    (place.saturating_sub(2 * AROUND)..(place + AROUND + 1).min(count)).filter(move |other| *other != place)
}

fn median(mut numbers: Vec<u64>) -> f64 {
    numbers.sort_unstable();
    numbers.get(numbers.len() / 2).map_or(0.0, |middle| *middle as f64)
}
