//! One cell through time: its reports, in the order in which they became known, to what each as-of sees of them.
//!
//! The cube is never scanned again for another date. Counts are kept as running sums over the days of a dense row, so that any
//! span is one difference; they are whole numbers of a small unit, so that sums are exact in any order and silence is exactly
//! nothing. What is left of the intensity is carried from date to date by one multiplication, because exponential decay has no
//! memory; only reports that this does not hold for (still running, held down by the cap, or about what is to come) are weighed
//! one by one. The plain twin, record by record, is in the tests.

use super::intensity::remaining;
use super::method::Method;
use super::windows::Windows;
use crate::cube::{Cube, Row};
use crate::incident::{Category, Class, Day, Grade, Strand, When};

/// What the reports of one cell come to at one date.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Seen {
    /// O.
    pub(super) window: f64,
    /// `n_B`.
    pub(super) baseline: f64,
    /// Pearson's χ² of the baseline's blocks against their own mean; absent where they hold no report.
    pub(super) chi_squared: Option<f64>,
    /// Intensity by strand.
    pub(super) strands: [f64; 3],
    /// Distinct sources in the window.
    pub(super) sources: u32,
    /// A report of the gravest severity and the best grades is in the window.
    pub(super) grave: bool,
}

/// A class as far as a score depends on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weighed {
    /// Mass of one fresh report.
    pub(super) mass: f64,
    pub(super) strand: Strand,
    pub(super) category: Category,
    /// Whether its reports are counted: it has a weight and is about the past.
    pub(super) counts: bool,
    grave: bool,
    /// Number of its source, 0 for none.
    source: u32,
}

/// The classes of a cube as a method weighs them, and how many sources they name.
pub(super) fn weigh(cube: &Cube, method: &Method) -> (Vec<Weighed>, usize) {
    let mut sources: Vec<&str> = cube.classes().iter().filter_map(|class| class.source.as_deref()).collect();
    sources.sort_unstable();
    sources.dedup();
    let weighed = |class: &Class| {
        let source = class.source.as_deref().and_then(|name| sources.binary_search(&name).ok());
        Weighed {
            mass: method.mass(class),
            strand: class.strand,
            category: class.category,
            counts: class.strand != Strand::Potential && method.category_weight(class.category) > 0.0,
            grave: is_grave(class),
            source: source.map_or(0, |place| u32::try_from(place + 1).unwrap_or(u32::MAX)),
        }
    };
    (cube.classes().iter().map(weighed).collect(), sources.len())
}

/// Severity 5, graded 1A or 1B: one such report outweighs the rule that few reports are not enough.
pub(super) fn is_grave(class: &Class) -> bool {
    let marks = class.grade.map(Grade::marks);
    class.severity.is_some_and(|severity| severity.get() == 5) && matches!(marks, Some(('1', 'A' | 'B')))
}

/// The day from which a score may see a row: it is known, and has begun unless it is about what is to come.
pub(super) fn seen_from(row: &Row, strand: Strand) -> Day {
    if strand == Strand::Potential { row.known } else { row.known.max(row.when.start + 1) }
}

/// What all cells have in common on their way through the same dates.
#[derive(Debug)]
pub(super) struct Pass<'a> {
    method: &'a Method,
    classes: &'a [Weighed],
    dates: &'a [Windows],
    /// Numbers of sources end below this.
    sources: usize,
    /// First day whose counts are looked at.
    first: Day,
    /// A report is 2^this units of count.
    unit_bits: u32,
    /// 2^(−age/h) of experienced and evidenced reports by whole days.
    left: [Vec<f64>; 2],
    /// Mean of 2^(−t/h) over an interval, by its length in days.
    spread: [Vec<f64>; 2],
}

/// Ages and lengths beyond these are computed when met.
const AGES: i32 = 2048;
const LENGTHS: i32 = 400;

impl<'a> Pass<'a> {
    /// A pass through dates in ascending order.
    pub(super) fn new(
        method: &'a Method,
        (classes, sources): (&'a [Weighed], usize),
        dates: &'a [Windows],
        most_in_a_cell: u64,
    ) -> Self {
        let half_lives = [Strand::Experienced, Strand::Evidenced].map(|strand| method.half_life(strand));
        // 62 bits hold the reports of a cell; the finer the unit, the more exact is a day's share of a month.
        let unit_bits = (62 - (64 - most_in_a_cell.leading_zeros())).min(40);
        Self {
            method,
            classes,
            dates,
            sources: sources + 1,
            first: dates.iter().map(Windows::first).min().unwrap_or(Day(0)),
            unit_bits,
            left: half_lives.map(|h| (0..AGES).map(|age| (-f64::from(age) / h).exp2()).collect()),
            spread: half_lives.map(|h| (0..LENGTHS).map(|days| mean_left(days.max(1), h)).collect()),
        }
    }

    /// 2^(−age/h).
    fn left(&self, strand: Strand, age: i32) -> f64 {
        let table = self.left[strand as usize].get(usize::try_from(age).unwrap_or(usize::MAX));
        table.copied().unwrap_or_else(|| (-f64::from(age) / self.method.half_life(strand)).exp2())
    }

    /// What is left of a past report that is over at `as_of`: the mean over its interval.
    fn left_of(&self, strand: Strand, when: When, as_of: Day) -> f64 {
        let table = self.spread[strand as usize].get(usize::try_from(when.days()).unwrap_or(usize::MAX));
        let spread = table.copied().unwrap_or_else(|| mean_left(when.days(), self.method.half_life(strand)));
        spread * self.left(strand, as_of.0 - when.end.0)
    }
}

impl Pass<'_> {
    /// The mass of a row at a date, all its reports together: nothing before the date sees it.
    pub(super) fn mass(&self, row: &Row, cap: f64, as_of: Day) -> f64 {
        let class = &self.classes[row.class as usize];
        if class.mass <= 0.0 || seen_from(row, class.strand) > as_of {
            return 0.0;
        }
        let left = if class.strand == Strand::Potential || row.when.end > as_of {
            remaining(self.method, class.strand, row.when, as_of)
        } else {
            self.left_of(class.strand, row.when, as_of)
        };
        (class.mass * left).min(cap) * f64::from(row.n)
    }

    /// The mass of a row that from now on only fades, if it does: it is over, and below the cap.
    fn fades(&self, row: &Row, cap: f64, as_of: Day) -> Option<f64> {
        let class = &self.classes[row.class as usize];
        if class.strand == Strand::Potential || row.when.end > as_of {
            return None;
        }
        let mass = class.mass * self.left_of(class.strand, row.when, as_of);
        (mass <= cap).then(|| mass * f64::from(row.n))
    }
}

/// `h / (ln 2 · days) · (1 − 2^(−days/h))`: the mean of 2^(−t/h) for t from 0 to `days`.
fn mean_left(days: i32, half_life: f64) -> f64 {
    let days = f64::from(days);
    -half_life / (std::f64::consts::LN_2 * days) * (-days / half_life * std::f64::consts::LN_2).exp_m1()
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
    /// Rows in the order in which they are seen, when that is not their own.
    order: Vec<u32>,
    /// Rows that are weighed one by one.
    singly: Vec<u32>,
    /// Last day seen by source, and the sources of this cell that may still be in the window.
    ends: Vec<Day>,
    present: Vec<u32>,
}

impl Walker {
    /// Takes a cell through all dates of a pass. `cap` is the most mass one report may contribute.
    pub(super) fn walk(&mut self, pass: &Pass<'_>, rows: &[Row], cap: f64, seen: &mut [Seen]) {
        debug_assert_eq!(seen.len(), pass.dates.len());
        let (Some(last), Some(earliest)) = (pass.dates.last(), rows.first()) else {
            seen.fill(Seen::default());
            return;
        };
        self.clear(pass, earliest.when.start.max(pass.first), last.as_of);
        let from = |row: &Row| seen_from(row, pass.classes[row.class as usize].strand);
        if !rows.is_sorted_by_key(from) {
            self.order.extend((0..).take(rows.len()));
            self.order.sort_by_key(|&row| from(&rows[row as usize]));
        }
        let mut fading = [0.0; 2];
        let mut grave = Day(i32::MIN);
        let mut next = 0;
        let mut before = pass.dates[0].as_of;
        for (windows, seen) in pass.dates.iter().zip(seen) {
            let as_of = windows.as_of;
            for (mass, strand) in fading.iter_mut().zip([Strand::Experienced, Strand::Evidenced]) {
                *mass *= pass.left(strand, as_of.0 - before.0);
            }
            before = as_of;
            while let Some(number) = self.order.get(next).copied().or_else(|| u32::try_from(next).ok()) {
                let Some(row) = rows.get(number as usize).filter(|row| next < rows.len() && from(row) <= as_of) else {
                    break;
                };
                next += 1;
                let class = &pass.classes[row.class as usize];
                if class.mass > 0.0 {
                    match pass.fades(row, cap, as_of) {
                        Some(mass) => fading[class.strand as usize] += mass,
                        None => self.singly.push(number),
                    }
                }
                if class.counts {
                    self.count(pass, row);
                    let end = &mut self.ends[class.source as usize];
                    if class.source > 0 && *end == Day(i32::MIN) {
                        self.present.push(class.source);
                    }
                    *end = row.when.end.max(*end);
                    if class.grave {
                        grave = grave.max(row.when.end);
                    }
                }
            }
            self.sum(as_of);
            let strands = self.weigh(pass, rows, cap, as_of, &mut fading);
            let begin = windows.window.0;
            let chi_squared = self.chi_squared(&windows.borders, pass.unit_bits);
            *seen = Seen {
                window: self.between(begin, as_of, pass.unit_bits),
                baseline: self.between(windows.baseline.0, begin, pass.unit_bits),
                chi_squared,
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
        self.order.clear();
        self.singly.clear();
        for source in self.present.drain(..) {
            self.ends[source as usize] = Day(i32::MIN);
        }
        self.ends.resize(pass.sources, Day(i32::MIN));
    }

    /// Intensity by strand: what fades, and the rows that are weighed singly, of which some fade from now on.
    fn weigh(&mut self, pass: &Pass<'_>, rows: &[Row], cap: f64, as_of: Day, fading: &mut [f64; 2]) -> [f64; 3] {
        let mut single = [0.0; 3];
        let mut singly = std::mem::take(&mut self.singly);
        singly.retain(|&number| {
            let row = &rows[number as usize];
            let class = &pass.classes[row.class as usize];
            if let Some(mass) = pass.fades(row, cap, as_of) {
                fading[class.strand as usize] += mass;
                return false;
            }
            let mass = class.mass * remaining(pass.method, class.strand, row.when, as_of);
            single[class.strand as usize] += mass.min(cap) * f64::from(row.n);
            // An event that is over and past its grace will not come back.
            class.strand != Strand::Potential || as_of.0 - row.when.end.0 <= pass.method.potential_grace_days
        });
        self.singly = singly;
        [fading[0] + single[0], fading[1] + single[1], single[2]]
    }

    /// Spreads the reports of a row over its days.
    fn count(&mut self, pass: &Pass<'_>, row: &Row) {
        let (units, days) = (i64::from(row.n) << pass.unit_bits, i64::from(row.when.days()));
        let (each, more) = (units / days, units % days);
        let (from, to) = (self.place(row.when.start), self.place(row.when.end));
        let skipped = i64::from(self.first.0.saturating_sub(row.when.start.0).max(0));
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

    /// Reports in `[from, to)`, neither later than the date that the sums have been brought up to.
    fn between(&self, from: Day, to: Day, unit_bits: u32) -> f64 {
        in_reports(self.sums[self.place(to)] - self.sums[self.place(from)], unit_bits)
    }

    fn chi_squared(&self, borders: &[Day], unit_bits: u32) -> Option<f64> {
        let blocks = borders.len().saturating_sub(1);
        let (newest, oldest) = (*borders.first()?, *borders.last()?);
        let sum = self.between(oldest, newest, unit_bits);
        if blocks < 2 || sum <= 0.0 {
            return None;
        }
        let mean = sum / blocks as f64;
        let mut chi_squared = 0.0;
        let mut above = self.sums[self.place(newest)];
        for &border in &borders[1..] {
            let below = self.sums[self.place(border)];
            let off = in_reports(above - below, unit_bits) - mean;
            chi_squared += off * off;
            above = below;
        }
        Some(chi_squared / mean)
    }

    /// How many sources have a report that reaches into the window.
    fn sources(&mut self, begin: Day) -> u32 {
        let ends = &mut self.ends;
        self.present.retain(|&source| {
            let end = &mut ends[source as usize];
            if *end <= begin {
                *end = Day(i32::MIN);
            }
            *end > begin
        });
        u32::try_from(self.present.len()).unwrap_or(u32::MAX)
    }
}

/// Units of count as reports.
#[allow(clippy::cast_precision_loss, reason = "exact below 2^53 units, and rounded once beyond")]
fn in_reports(units: i64, unit_bits: u32) -> f64 {
    units as f64 * (1.0 / (1_u64 << unit_bits) as f64)
}
