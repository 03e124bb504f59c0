//! One cell through time: its reports, in the order in which they became known, to what each as-of sees of them.
//!
//! The cube is never scanned again for another date. Counts are kept as running sums over the days of a dense row, so that any
//! span is one difference; they are whole numbers of a small unit, so that sums are exact in any order and silence is exactly
//! nothing. What is left of the intensity is carried from date to date by one multiplication, because exponential decay has no
//! memory; only reports that this does not hold for (still running, held down by the cap, or about what is to come) are weighed
//! one by one. The plain twin, record by record, is in the tests.

use super::pass::{Pass, Weighed};
use super::windows::Windows;
use crate::cube::Count;
use crate::incident::{Day, Strand, When};

/// What the reports of one cell come to at one date.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Seen {
    /// O.
    pub(super) window: f64,
    /// `n_B`.
    pub(super) baseline: f64,
    /// Pearson's χ² of the baseline's blocks against their own mean; NaN where they hold no report. There are millions of
    /// these, and an option would be twice as long.
    pub(super) chi_squared: f64,
    /// Intensity by strand.
    pub(super) strands: [f64; 3],
    /// Distinct sources in the window.
    pub(super) sources: u32,
    /// A report of the gravest severity and the best grades is in the window.
    pub(super) grave: bool,
}

/// Mass, or reports, of the two strands about the past.
#[derive(Clone, Copy, Debug, Default)]
struct Fading {
    experienced: f64,
    evidenced: f64,
}

impl Fading {
    /// Two sums and no array: what is written by halves and read as a whole stalls the processor. Both are added to, as
    /// strands come in no order that it could guess.
    #[inline]
    fn add(&mut self, strand: Strand, more: f64) {
        let experienced = if strand == Strand::Experienced { more } else { 0.0 };
        self.experienced += experienced;
        self.evidenced += more - experienced;
    }
}

/// Room for one cell at a time, used again for the next.
#[derive(Debug, Default)]
pub(super) struct Walker {
    /// Units of count by day since `first`.
    counts: Vec<i64>,
    /// Sums of `counts` before each day; right up to `summed`.
    sums: Vec<i64>,
    summed: usize,
    first: Day,
    /// Rows that have begun and are not known yet, and the first day on which one will be.
    pending: Vec<u32>,
    pending_until: Day,
    /// Rows that are weighed one by one: still running, or about what is to come.
    singly: Vec<u32>,
    /// Rows that the cap holds down, how many reports they are by strand, and the first day on which one may be let go.
    capped: Vec<u32>,
    capped_reports: Fading,
    capped_until: Day,
    /// Last day seen by source, and the sources of this cell that may still be in the window.
    ends: Vec<Day>,
    present: Vec<u32>,
    /// The first day on which one of them may no longer be.
    present_until: Day,
}

impl Walker {
    /// Takes a cell through all dates of a pass. `cap` is the most mass one report may contribute, `seen` what is to be filled
    /// in, date by date, at one place of each.
    pub(super) fn walk(&mut self, pass: &Pass<'_>, rows: &[Count], cap: f64, seen: &mut [&mut [Seen]], place: usize) {
        debug_assert_eq!(seen.len(), pass.dates.len());
        let (Some(last), Some(earliest)) = (pass.dates.last(), rows.first()) else {
            for date in seen {
                date[place] = Seen { chi_squared: f64::NAN, ..Seen::default() };
            }
            return;
        };
        self.clear(pass, earliest.start().max(pass.first), last.as_of);
        if pass.has_coming {
            let counts = |weighed: &Weighed| weighed.strand == Strand::Potential && weighed.mass > 0.0;
            let coming = (0..).zip(rows).filter(|(_, row)| counts(pass.weighed(**row)));
            self.singly.extend(coming.map(|(number, _)| number));
        }
        let mut fading = Fading::default();
        let mut grave = Day(i32::MIN);
        let mut next = 0;
        for ((windows, faded), seen) in pass.dates.iter().zip(&pass.faded).zip(seen) {
            let as_of = windows.as_of;
            fading.experienced *= faded[0];
            fading.evidenced *= faded[1];
            // Rows are in order of their first day, and none is seen before it is over.
            next = self.take_begun(pass, rows, next, cap, windows, &mut fading, &mut grave);
            if self.pending_until <= as_of {
                let pending = std::mem::take(&mut self.pending);
                self.pending_until = Day(i32::MAX);
                for number in pending {
                    let row = rows[number as usize];
                    let weighed = pass.weighed(row);
                    let seen_from = weighed.seen_from(row.start());
                    if seen_from <= as_of {
                        fading.add(weighed.strand, self.take(pass, row, number as usize, cap, windows, &mut grave));
                    } else {
                        self.pending.push(number);
                        self.pending_until = self.pending_until.min(seen_from);
                    }
                }
            }
            self.sum(as_of);
            let mut single = [0.0; 3];
            if self.capped_until <= as_of || !self.singly.is_empty() {
                let fades = self.weigh(pass, rows, cap, as_of, &mut single);
                fading = Fading {
                    experienced: fading.experienced + fades.experienced,
                    evidenced: fading.evidenced + fades.evidenced,
                };
            }
            let strands = [
                fading.experienced + held(self.capped_reports.experienced, cap) + single[0],
                fading.evidenced + held(self.capped_reports.evidenced, cap) + single[1],
                single[2],
            ];
            let begin = windows.window.0;
            let [now, newest] = [as_of, begin].map(|day| self.before(day));
            seen[place] = Seen {
                window: in_reports(now - newest, pass.unit_bits),
                baseline: in_reports(newest - self.before(windows.baseline.0), pass.unit_bits),
                chi_squared: self.chi_squared(newest, &windows.borders, pass.unit_bits),
                strands,
                sources: self.sources(begin),
                grave: grave > begin,
            };
        }
    }

    fn clear(&mut self, pass: &Pass<'_>, first: Day, last: Day) {
        let days = usize::try_from(last.0 - first.0).unwrap_or(0);
        self.counts.clear();
        self.counts.resize(days, 0);
        self.sums.clear();
        self.sums.resize(days + 1, 0);
        (self.first, self.summed) = (first, 0);
        (self.pending_until, self.capped_until, self.present_until) = (Day(i32::MAX), Day(i32::MAX), Day(i32::MAX));
        self.capped_reports = Fading::default();
        self.pending.clear();
        self.singly.clear();
        self.capped.clear();
        for source in self.present.drain(..) {
            self.ends[source as usize] = Day(i32::MIN);
        }
        self.ends.resize(pass.sources, Day(i32::MIN));
    }

    /// Takes in the rows from `next` on that begin before a date, and returns the number of the first that does not.
    /// Rows are in order of their first day, and none is seen before it has begun.
    #[allow(clippy::too_many_arguments, reason = "the sums stay in registers, which fields would not")]
    fn take_begun(
        &mut self,
        pass: &Pass<'_>,
        rows: &[Count],
        mut next: usize,
        cap: f64,
        windows: &Windows,
        fading: &mut Fading,
        grave: &mut Day,
    ) -> usize {
        let (as_of, begin) = (windows.as_of, windows.window.0);
        let mut fades = Fading::default();
        if let Some(row) = rows.get(next) {
            self.summed = self.summed.min(self.place(row.start()));
        }
        while let Some(&row) = rows.get(next) {
            let (weighed, start) = (pass.weighed(row), row.start());
            if start >= as_of {
                break;
            }
            // Most have nothing to them but to be added.
            let plain = || pass.mass_after(weighed, start + 1, as_of);
            if let Some(mass) = weighed.is_plain.then(plain).filter(|mass| *mass <= cap) {
                fades.add(weighed.strand, mass * f64::from(row.n()));
                let day = usize::try_from(start.0 - self.first.0).unwrap_or(usize::MAX);
                if let Some(count) = self.counts.get_mut(day) {
                    *count += i64::from(row.n()) << pass.unit_bits;
                }
                if start >= begin {
                    self.meet(weighed.source, start + 1);
                }
            } else if weighed.seen_from(start) <= as_of {
                fades.add(weighed.strand, self.take(pass, row, next, cap, windows, grave));
            } else {
                self.pending.push(u32::try_from(next).unwrap_or(u32::MAX));
                self.pending_until = self.pending_until.min(weighed.seen_from(start));
            }
            next += 1;
        }
        fading.experienced += fades.experienced;
        fading.evidenced += fades.evidenced;
        next
    }

    /// Takes in a row that is seen from now on, and returns the mass of it that from now on only fades.
    #[inline]
    fn take(
        &mut self,
        pass: &Pass<'_>,
        row: Count,
        number: usize,
        cap: f64,
        windows: &Windows,
        grave: &mut Day,
    ) -> f64 {
        let weighed = pass.weighed(row);
        if weighed.strand == Strand::Potential {
            return 0.0;
        }
        let (when, n) = (weighed.when(row.start()), row.n());
        let mut fades = 0.0;
        if weighed.mass > 0.0 {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            if when.end > windows.as_of {
                self.singly.push(number);
            } else {
                fades = self.fade(pass, row, number, cap, windows.as_of);
            }
        }
        if weighed.counts {
            self.count(pass, when, n);
            // What this window does not reach, no later one does.
            if when.end > windows.window.0 {
                self.meet(weighed.source, when.end);
                if weighed.grave {
                    *grave = when.end.max(*grave);
                }
            }
        }
        fades
    }

    /// Keeps in mind that a source had a report up to a day.
    fn meet(&mut self, source: u32, until: Day) {
        let end = &mut self.ends[source as usize];
        if source > 0 && *end == Day(i32::MIN) {
            self.present.push(source);
        }
        *end = until.max(*end);
        self.present_until = self.present_until.min(until);
    }

    /// The mass of a past row; nothing where the cap holds it down, until it has faded that far.
    #[inline]
    fn fade(&mut self, pass: &Pass<'_>, row: Count, number: u32, cap: f64, as_of: Day) -> f64 {
        let weighed = pass.weighed(row);
        let mass = pass.mass_after(weighed, weighed.when(row.start()).end, as_of);
        let n = f64::from(row.n());
        if mass <= cap {
            return mass * n;
        }
        self.capped.push(number);
        self.capped_reports.add(weighed.strand, n);
        // A day early, so that rounding cannot make it late.
        let days = pass.method.half_life(weighed.strand) * (mass / cap).log2() - 1.0;
        #[allow(clippy::cast_possible_truncation, reason = "a number of days, and saturates")]
        let until = Day(as_of.0.saturating_add(days.max(1.0) as i32));
        self.capped_until = self.capped_until.min(until);
        0.0
    }

    /// Weighs rows that do not just fade, by strand, and returns the mass of those that from now on do.
    fn weigh(&mut self, pass: &Pass<'_>, rows: &[Count], cap: f64, as_of: Day, single: &mut [f64; 3]) -> Fading {
        let mut fades = Fading::default();
        if self.capped_until <= as_of {
            self.capped_until = Day(i32::MAX);
            self.capped_reports = Fading::default();
            for number in std::mem::take(&mut self.capped) {
                let row = rows[number as usize];
                fades.add(pass.weighed(row).strand, self.fade(pass, row, number, cap, as_of));
            }
        }
        let mut singly = std::mem::take(&mut self.singly);
        singly.retain(|&number| {
            let row = rows[number as usize];
            let weighed = pass.weighed(row);
            let (strand, end) = (weighed.strand, weighed.when(row.start()).end);
            if strand != Strand::Potential && end <= as_of {
                fades.add(strand, self.fade(pass, row, number, cap, as_of));
                return false;
            }
            single[strand as usize] += pass.mass(row, cap, as_of);
            // An event that is over and past its grace will not come back.
            strand != Strand::Potential || as_of.0 - end.0 <= pass.method.potential_grace_days
        });
        self.singly = singly;
        fades
    }

    /// Spreads reports over the days of their interval.
    #[inline]
    fn count(&mut self, pass: &Pass<'_>, when: When, n: u32) {
        let (units, days) = (i64::from(n) << pass.unit_bits, i64::from(when.days()));
        if days == 1 {
            let day = usize::try_from(when.start.0 - self.first.0).unwrap_or(usize::MAX);
            if let Some(count) = self.counts.get_mut(day) {
                *count += units;
                self.summed = self.summed.min(day);
            }
            return;
        }
        let (each, more) = (units / days, units % days);
        let (from, to) = (self.place(when.start), self.place(when.end));
        let skipped = i64::from(self.first.0.saturating_sub(when.start.0).max(0));
        for (day, count) in (skipped..).zip(&mut self.counts[from..to]) {
            *count += each + i64::from(day < more);
        }
        self.summed = self.summed.min(from);
    }

    /// Brings the sums up to a date.
    fn sum(&mut self, as_of: Day) {
        let to = self.place(as_of);
        let mut sum = self.sums[self.summed.min(to)];
        for day in self.summed..to {
            sum += self.counts[day];
            self.sums[day + 1] = sum;
        }
        self.summed = self.summed.max(to);
    }

    fn place(&self, day: Day) -> usize {
        usize::try_from(day.0.saturating_sub(self.first.0)).unwrap_or(0).min(self.counts.len())
    }

    /// Units of count before a day, which is not later than the date that the sums have been brought up to.
    fn before(&self, day: Day) -> i64 {
        self.sums[usize::try_from(day.0 - self.first.0).unwrap_or(0)]
    }

    fn chi_squared(&self, newest: i64, borders: &[Day], unit_bits: u32) -> f64 {
        let blocks = borders.len().saturating_sub(1);
        let Some(&oldest) = borders.last().filter(|_| blocks >= 2) else { return f64::NAN };
        let sum = newest - self.before(oldest);
        if sum <= 0 {
            return f64::NAN;
        }
        let mean = in_reports(sum, unit_bits) / blocks as f64;
        let (mut chi_squared, mut above) = (0.0, newest);
        for &border in &borders[1..] {
            let below = self.before(border);
            let off = in_reports(above - below, unit_bits) - mean;
            chi_squared += off * off;
            above = below;
        }
        chi_squared / mean
    }

    /// How many sources have a report that reaches into the window.
    fn sources(&mut self, begin: Day) -> u32 {
        if self.present_until <= begin {
            let (ends, until) = (&mut self.ends, &mut self.present_until);
            *until = Day(i32::MAX);
            self.present.retain(|&source| {
                let end = &mut ends[source as usize];
                let is_in = *end > begin;
                *end = if is_in { *end } else { Day(i32::MIN) };
                *until = if is_in { *end.min(until) } else { *until };
                is_in
            });
        }
        u32::try_from(self.present.len()).unwrap_or(u32::MAX)
    }
}

/// Mass of reports that the cap holds down: of none it is nothing, and not no number where there is no cap.
fn held(reports: f64, cap: f64) -> f64 {
    if reports > 0.0 { reports * cap } else { 0.0 }
}

/// Units of count as reports.
#[allow(clippy::cast_precision_loss, reason = "exact below 2^53 units, and rounded once beyond")]
fn in_reports(units: i64, unit_bits: u32) -> f64 {
    units as f64 * (1.0 / (1_u64 << unit_bits) as f64)
}
