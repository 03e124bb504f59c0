//! Sweep of one cell through time: from its reports to the observations of each as-of.
//!
//! The cube is scanned once for all dates. Counts are running sums over the days of a dense row, so that any span is one
//! difference. They are whole numbers of a small unit, so that sums are exact in any order and silence is exactly 0.
//! Exponential decay has no memory, so one multiplication carries the intensity from date to date. Only reports for which this
//! does not hold (still running, limited by the cap, or about a coming event) are weighed one by one.

use h3o::CellIndex;

use super::blocks::Blocks;
use super::daily_counts::DailyCounts;
use super::evidence_rules::WINDOWS;
use super::lanes::Lanes;
use super::profiles::ProfileWeight;
use super::sweep::{CutSpan, FadingMass, Sweep};
use super::windows::Windows;
use crate::cube::Count;
use crate::incident::{Day, Strand};

/// Observations of one cell at one date.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Observed {
    /// O, reports in the window.
    pub(super) window: f64,
    /// `n_B`, reports in the baseline.
    pub(super) baseline: f64,
    /// Pearson's χ² of the baseline's blocks against their own mean; NaN without any report, as an `Option` is twice as long.
    pub(super) chi_squared: f64,
    /// Intensity by strand, in mass.
    pub(super) strands: [f64; 3],
    /// Distinct sources in the window.
    pub(super) sources: u32,
    /// True if a report of the gravest severity and the best grades is in the window.
    pub(super) grave: bool,
    /// True unless the sources at hand gave only a small part of the baseline's reports.
    pub(super) is_heard: bool,
    /// Reports of sources at hand in each window of the evidence.
    pub(super) reports: [f64; WINDOWS],
    /// Reports that count in them after the cut of cell-days with very many.
    pub(super) counted: [f64; WINDOWS],
    /// Reports in the window of sources at hand, after the cut.
    pub(super) window_counted: f64,
}

/// Observations of all cells at one date.
#[derive(Debug, Default)]
pub(super) struct Observations {
    pub(super) cells: Vec<Observed>,
    /// Reports of each cell and group of sources in the group's baseline, after the cut.
    pub(super) baselines: Vec<f64>,
}

/// State of the sweep of one cell, with buffers reused for the next.
#[derive(Debug, Default)]
pub(super) struct CellSweep {
    /// Reports by day and lane of sources.
    daily: DailyCounts,
    /// Lane in `daily` of each source of this cell; all are 0 if sources share one.
    lane_of_source: Vec<usize>,
    /// Lane of the sweep that each lane in `daily` is.
    lanes: Vec<usize>,
    /// Rows that have begun but are not known yet, and the first day on which one will be.
    pending: Vec<u32>,
    pending_until: Day,
    /// Rows weighed one by one: still running, or about a coming event.
    running: Vec<u32>,
    /// Rows limited by the cap, their reports by strand, and the first day on which one may fall below the cap.
    capped: Vec<u32>,
    capped_reports: FadingMass,
    capped_until: Day,
    /// End of the latest interval by source, and the sources of this cell that may still be in the window.
    ends: Vec<Day>,
    present: Vec<u32>,
    /// The first day on which one of them may have left the window.
    present_until: Day,
}

/// Masses and gravity of a cell at a date, beside its counts.
#[derive(Clone, Copy, Debug)]
struct Moment {
    strands: [f64; 3],
    grave: Day,
}

impl CellSweep {
    /// Writes the observations of a cell into `place` of each date. `cap` is the maximum mass of a single report.
    pub(super) fn run(
        &mut self,
        sweep: &Sweep<'_>,
        (cell, rows): (CellIndex, &[Count]),
        cap: f64,
        observed: &mut [(&mut [Observed], &mut [f64])],
        place: usize,
    ) {
        debug_assert_eq!(observed.len(), sweep.dates.len());
        if rows.is_empty() {
            for (date, (cells, baselines)) in observed.iter_mut().enumerate() {
                let groups = sweep.dates[date].groups.len();
                baselines[place * groups..(place + 1) * groups].fill(0.0);
                cells[place] = Observed { chi_squared: f64::NAN, is_heard: true, ..Observed::default() };
            }
            return;
        }
        self.each_date(sweep, (cell, rows), cap, |cell_sweep, date, moment| {
            let windows = &sweep.dates[date];
            let (cells, baselines) = &mut observed[date];
            let groups = windows.groups.len();
            let baselines = &mut baselines[place * groups..(place + 1) * groups];
            cells[place] = cell_sweep.observed(sweep, date, moment, baselines);
        });
    }

    /// Writes the reports of a cell in the baseline's blocks of the sweep's one date, after the cut: by length of block, group and
    /// block.
    pub(super) fn blocks(
        &mut self,
        sweep: &Sweep<'_>,
        (cell, rows): (CellIndex, &[Count]),
        blocks: &Blocks,
        out: &mut [f64],
    ) {
        out.fill(0.0);
        let ([windows], Some(lanes), Some(&span)) = (sweep.dates, &sweep.lanes, sweep.cuts.first()) else { return };
        let until = windows.until;
        if sweep.is_plain && lanes.is_one() {
            plain_blocks(sweep, span, rows, blocks, out);
            return;
        }
        self.clear(sweep, cell, sweep.first, until);
        let rows = sweep.rows_between(rows, sweep.first, until);
        for row in rows {
            let (profile, start) = (sweep.profile(*row), row.start());
            if profile.counts && profile.usable_from(start) <= until {
                let lane = self.lane_of_source[profile.source as usize];
                self.daily.add(lane, profile.when(start), i64::from(row.n()) << sweep.unit_bits);
            }
        }
        self.daily.sum_to(until);
        self.keep_lanes(sweep, 0);
        self.daily.cut_at(self.cut_units(sweep, span, rows));
        self.daily.cut_to(sweep.first, until);
        let mut place = 0;
        for groups in &blocks.spans {
            for (group, spans) in groups.iter().enumerate() {
                let out = &mut out[place..place + spans.len()];
                for lane in self.daily.lanes().filter(|&lane| lanes.group(0, self.lanes[lane]) == group) {
                    for (sum, &(from, to)) in out.iter_mut().zip(spans) {
                        let units = self.daily.cut_before(lane, to) - self.daily.cut_before(lane, from);
                        *sum += reports(units, sweep.unit_bits);
                    }
                }
                place += spans.len();
            }
        }
    }

    /// Sweeps the reports of a cell through all dates, and shows the state at each.
    fn each_date(
        &mut self,
        sweep: &Sweep<'_>,
        (cell, rows): (CellIndex, &[Count]),
        cap: f64,
        mut see: impl FnMut(&mut Self, usize, Moment),
    ) {
        let (Some(last), Some(earliest)) = (sweep.dates.last(), rows.first()) else { return };
        self.clear(sweep, cell, earliest.start().max(sweep.first), last.until);
        if sweep.has_coming {
            let counts = |profile: &ProfileWeight| profile.strand == Strand::Potential && profile.mass > 0.0;
            let coming = (0..).zip(rows).filter(|(_, row)| counts(sweep.profile(**row)));
            self.running.extend(coming.map(|(number, _)| number));
        }
        let mut fading = FadingMass::default();
        let mut grave = Day(i32::MIN);
        let mut next = 0;
        let mut cut_span = None;
        for (date, (windows, decay_step)) in sweep.dates.iter().zip(&sweep.decay_steps).enumerate() {
            let as_of = windows.until;
            fading.experienced *= decay_step[0];
            fading.evidenced *= decay_step[1];
            next = self.take_begun(sweep, rows, next, cap, windows, &mut fading, &mut grave);
            if self.pending_until <= as_of {
                self.take_pending(sweep, rows, cap, windows, &mut fading, &mut grave);
            }
            self.daily.sum_to(as_of);
            self.keep_lanes(sweep, date);
            if let Some(span) = sweep.cuts.get(date) {
                if cut_span != Some(*span) {
                    self.daily.cut_at(self.cut_units(sweep, *span, rows));
                    cut_span = Some(*span);
                }
                self.daily.cut_to(windows.first_counted(), as_of);
            }
            let mut single = [0.0; 3];
            if self.capped_until <= as_of || !self.running.is_empty() {
                let more = self.weigh(sweep, rows, cap, as_of, &mut single);
                fading.experienced += more.experienced;
                fading.evidenced += more.evidenced;
            }
            let strands = [
                fading.experienced + capped_mass(self.capped_reports.experienced, cap) + single[0],
                fading.evidenced + capped_mass(self.capped_reports.evidenced, cap) + single[1],
                single[2],
            ];
            see(self, date, Moment { strands, grave });
        }
    }

    /// Leaves out of the cut what sources give that are not used at a date.
    fn keep_lanes(&mut self, sweep: &Sweep<'_>, date: usize) {
        let Some(lanes) = sweep.lanes.as_ref().filter(|lanes| !lanes.is_one()) else { return };
        for lane in self.daily.lanes() {
            let group = sweep.dates[date].groups.get(lanes.group(date, self.lanes[lane]));
            self.daily.keep(lane, group.is_some_and(|group| group.absence.is_none()));
        }
    }

    /// Units of a day that count at most.
    fn cut_units(&self, sweep: &Sweep<'_>, span: CutSpan, rows: &[Count]) -> i64 {
        // Every report is known a day after it happened: the sums are those of the span's end too.
        let n = if sweep.is_plain {
            reports(self.daily.all_between(span.from, span.to), sweep.unit_bits)
        } else {
            sweep.cut_reports(span, rows)
        };
        sweep.cut_units(span, n)
    }

    /// Observations at a date whose sums are ready.
    fn observed(&mut self, sweep: &Sweep<'_>, date: usize, moment: Moment, baselines: &mut [f64]) -> Observed {
        let (windows, bits) = (&sweep.dates[date], sweep.unit_bits);
        let begin = windows.window.0;
        let daily = &self.daily;
        let [now, newest] = [windows.until, begin].map(|day| daily.all_before(day));
        let mut observed = Observed {
            window: reports(now - newest, bits),
            baseline: reports(newest - daily.all_before(windows.baseline.0), bits),
            chi_squared: if windows.spans.is_empty() {
                self.chi_squared(newest, &windows.borders, bits)
            } else {
                f64::NAN
            },
            strands: moment.strands,
            grave: moment.grave > begin,
            is_heard: true,
            ..Observed::default()
        };
        if let Some(lanes) = sweep.lanes.as_ref().filter(|_| !windows.groups.is_empty()) {
            self.observe_groups(sweep, (date, lanes), baselines, &mut observed);
        }
        observed.sources = self.sources(begin);
        observed
    }

    /// Adds the counts that the evidence needs, by group of sources.
    fn observe_groups(
        &mut self,
        sweep: &Sweep<'_>,
        (date, lanes): (usize, &Lanes<'_>),
        baselines: &mut [f64],
        observed: &mut Observed,
    ) {
        let (windows, bits, daily) = (&sweep.dates[date], sweep.unit_bits, &self.daily);
        baselines.fill(0.0);
        let (mut heard, mut all) = (0.0, 0.0);
        for lane in daily.lanes() {
            let group = lanes.group(date, self.lanes[lane]);
            let of_group = &windows.groups[group];
            let (from, to) = of_group.baseline;
            // What a source gave longer ago says nothing of who reports now.
            let past = reports(daily.before(lane, to) - daily.before(lane, from.max(windows.shared_from)), bits);
            let is_kept = of_group.absence.is_none();
            all += past;
            heard += if is_kept { past } else { 0.0 };
            if !is_kept {
                continue;
            }
            baselines[group] += reports(daily.cut_before(lane, to) - daily.cut_before(lane, from), bits);
            for (window, &(from, to)) in windows.spans.iter().enumerate() {
                observed.reports[window] += reports(daily.before(lane, to) - daily.before(lane, from), bits);
                observed.counted[window] += reports(daily.cut_before(lane, to) - daily.cut_before(lane, from), bits);
            }
            let (from, to) = windows.window;
            observed.window_counted += reports(daily.cut_before(lane, to) - daily.cut_before(lane, from), bits);
        }
        // Shares of months sum to whole reports except for rounding; rounding must not decide.
        observed.is_heard = all <= 0.0 || heard >= sweep.source_share() * all - 1e-9;
    }

    fn clear(&mut self, sweep: &Sweep<'_>, cell: CellIndex, first: Day, last: Day) {
        self.lanes.clear();
        self.lane_of_source.clear();
        self.lane_of_source.resize(sweep.sources, 0);
        match sweep.lanes.as_ref().filter(|lanes| !lanes.is_one()) {
            None => self.lanes.push(0),
            Some(lanes) => {
                for (source, place) in (0..).zip(&mut self.lane_of_source) {
                    let Some(bucket) = lanes.history.bucket(cell, source) else { continue };
                    let lane = lanes.of_bucket(bucket);
                    *place = self.lanes.iter().position(|other| *other == lane).unwrap_or(self.lanes.len());
                    if *place == self.lanes.len() {
                        self.lanes.push(lane);
                    }
                }
            }
        }
        self.daily.clear((first, last), self.lanes.len(), !sweep.cuts.is_empty());
        (self.pending_until, self.capped_until, self.present_until) = (Day(i32::MAX), Day(i32::MAX), Day(i32::MAX));
        self.capped_reports = FadingMass::default();
        self.pending.clear();
        self.running.clear();
        self.capped.clear();
        for source in self.present.drain(..) {
            self.ends[source as usize] = Day(i32::MIN);
        }
        self.ends.resize(sweep.sources, Day(i32::MIN));
    }

    /// Takes in the rows from `next` on that begin before a date, and returns the number of the first that does not. Rows are in
    /// order of their first day, and none is usable before it has begun.
    #[allow(clippy::too_many_arguments, reason = "the sums stay in registers, which fields would not")]
    fn take_begun(
        &mut self,
        sweep: &Sweep<'_>,
        rows: &[Count],
        mut next: usize,
        cap: f64,
        windows: &Windows,
        fading: &mut FadingMass,
        grave: &mut Day,
    ) -> usize {
        let (as_of, begin) = (windows.until, windows.window.0);
        let mut more = FadingMass::default();
        if let Some(row) = rows.get(next) {
            self.daily.touch(row.start());
        }
        while let Some(&row) = rows.get(next) {
            let (profile, start) = (sweep.profile(row), row.start());
            if start >= as_of {
                break;
            }
            // Fast path of most rows: one addition to the mass and one to the counts.
            let plain = || sweep.mass_after(profile, start + 1, as_of);
            if let Some(mass) = profile.is_plain.then(plain).filter(|mass| *mass <= cap) {
                more.add(profile.strand, mass * f64::from(row.n()));
                let lane = self.lane_of_source[profile.source as usize];
                self.daily.add_new(lane, start, i64::from(row.n()) << sweep.unit_bits);
                if start >= begin {
                    self.note_source(profile.source, start + 1);
                }
            } else if profile.usable_from(start) <= as_of {
                more.add(profile.strand, self.take(sweep, row, next, cap, windows, grave));
            } else {
                self.pending.push(u32::try_from(next).unwrap_or(u32::MAX));
                self.pending_until = self.pending_until.min(profile.usable_from(start));
            }
            next += 1;
        }
        fading.experienced += more.experienced;
        fading.evidenced += more.evidenced;
        next
    }

    /// Takes in the pending rows that are known at a date.
    fn take_pending(
        &mut self,
        sweep: &Sweep<'_>,
        rows: &[Count],
        cap: f64,
        windows: &Windows,
        fading: &mut FadingMass,
        grave: &mut Day,
    ) {
        let pending = std::mem::take(&mut self.pending);
        self.pending_until = Day(i32::MAX);
        for number in pending {
            let row = rows[number as usize];
            let profile = sweep.profile(row);
            let usable_from = profile.usable_from(row.start());
            if usable_from <= windows.until {
                fading.add(profile.strand, self.take(sweep, row, number as usize, cap, windows, grave));
            } else {
                self.pending.push(number);
                self.pending_until = self.pending_until.min(usable_from);
            }
        }
    }

    /// Takes in a row that is usable from this date on, and returns its mass if it only decays from here.
    #[inline]
    fn take(
        &mut self,
        sweep: &Sweep<'_>,
        row: Count,
        number: usize,
        cap: f64,
        windows: &Windows,
        grave: &mut Day,
    ) -> f64 {
        let profile = sweep.profile(row);
        if profile.strand == Strand::Potential {
            return 0.0;
        }
        let (when, n) = (profile.when(row.start()), row.n());
        let mut fading = 0.0;
        if profile.mass > 0.0 {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            if when.end > windows.until {
                self.running.push(number);
            } else {
                fading = self.fading_mass(sweep, row, number, cap, windows.until);
            }
        }
        if profile.counts {
            let lane = self.lane_of_source[profile.source as usize];
            self.daily.add(lane, when, i64::from(n) << sweep.unit_bits);
            // A report before this window is before every later one.
            if when.end > windows.window.0 {
                self.note_source(profile.source, when.end);
                if profile.grave {
                    *grave = when.end.max(*grave);
                }
            }
        }
        fading
    }

    /// Records that a source has a report that ends on a day.
    fn note_source(&mut self, source: u32, until: Day) {
        let end = &mut self.ends[source as usize];
        if source > 0 && *end == Day(i32::MIN) {
            self.present.push(source);
        }
        *end = until.max(*end);
        self.present_until = self.present_until.min(until);
    }

    /// Mass of a past row; 0 while the cap limits it, when it is kept in `capped`.
    #[inline]
    fn fading_mass(&mut self, sweep: &Sweep<'_>, row: Count, number: u32, cap: f64, as_of: Day) -> f64 {
        let profile = sweep.profile(row);
        let mass = sweep.mass_after(profile, profile.when(row.start()).end, as_of);
        let n = f64::from(row.n());
        if mass <= cap {
            return mass * n;
        }
        self.capped.push(number);
        self.capped_reports.add(profile.strand, n);
        // One day early, so that rounding cannot make it late.
        let days = sweep.method.half_life(profile.strand) * (mass / cap).log2() - 1.0;
        #[allow(clippy::cast_possible_truncation, reason = "a number of days, and saturates")]
        let until = Day(as_of.0.saturating_add(days.max(1.0) as i32));
        self.capped_until = self.capped_until.min(until);
        0.0
    }

    /// Weighs the running rows into `single`, by strand, and returns the mass of rows that only decay from this date on.
    fn weigh(&mut self, sweep: &Sweep<'_>, rows: &[Count], cap: f64, as_of: Day, single: &mut [f64; 3]) -> FadingMass {
        let mut more = FadingMass::default();
        if self.capped_until <= as_of {
            self.capped_until = Day(i32::MAX);
            self.capped_reports = FadingMass::default();
            for number in std::mem::take(&mut self.capped) {
                let row = rows[number as usize];
                more.add(sweep.profile(row).strand, self.fading_mass(sweep, row, number, cap, as_of));
            }
        }
        let mut running = std::mem::take(&mut self.running);
        running.retain(|&number| {
            let row = rows[number as usize];
            let profile = sweep.profile(row);
            let (strand, end) = (profile.strand, profile.when(row.start()).end);
            if strand != Strand::Potential && end <= as_of {
                more.add(strand, self.fading_mass(sweep, row, number, cap, as_of));
                return false;
            }
            single[strand as usize] += sweep.mass(row, cap, as_of);
            // An event past its grace contributes nothing at any later date.
            strand != Strand::Potential || as_of.0 - end.0 <= sweep.method.potential_grace_days
        });
        self.running = running;
        more
    }

    /// Pearson's χ² of the blocks between `borders` against their mean; `newest` is the sum before the first border.
    fn chi_squared(&self, newest: i64, borders: &[Day], unit_bits: u32) -> f64 {
        let blocks = borders.len().saturating_sub(1);
        let Some(&oldest) = borders.last().filter(|_| blocks >= 2) else { return f64::NAN };
        let sum = newest - self.daily.all_before(oldest);
        if sum <= 0 {
            return f64::NAN;
        }
        let mean = reports(sum, unit_bits) / blocks as f64;
        let (mut chi_squared, mut above) = (0.0, newest);
        for &border in &borders[1..] {
            let below = self.daily.all_before(border);
            let off = reports(above - below, unit_bits) - mean;
            chi_squared += off * off;
            above = below;
        }
        chi_squared / mean
    }

    /// Number of sources with a report that reaches into the window.
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

/// Reports of a cell in blocks, if each is of one day and known on the next. Days follow each other, so none needs a place.
fn plain_blocks(sweep: &Sweep<'_>, span: CutSpan, rows: &[Count], blocks: &Blocks, out: &mut [f64]) {
    let [windows] = sweep.dates else { return };
    let reports_of = |row: &Count| if sweep.profile(*row).counts { f64::from(row.n()) } else { 0.0 };
    // From the first row on, which the processor foresees: looking for the middle would wait for memory at every step.
    let from = |from: Day, to: Day| {
        rows.iter().skip_while(move |row| row.start() < from).take_while(move |row| row.start() < to)
    };
    let most = reports(sweep.cut_units(span, from(span.from, span.to).map(reports_of).sum()), sweep.unit_bits);
    let mut rows = from(blocks.first, windows.until).peekable();
    while let Some(row) = rows.next() {
        let (start, mut n) = (row.start(), reports_of(row));
        while let Some(row) = rows.next_if(|row| row.start() == start) {
            n += reports_of(row);
        }
        for &block in blocks.of_day(start) {
            if let Some(count) = out.get_mut(block as usize) {
                *count += n.min(most);
            }
        }
    }
}

/// Mass of reports limited by the cap; 0 without any, because the cap may be infinite and 0 · ∞ is NaN.
fn capped_mass(reports: f64, cap: f64) -> f64 {
    if reports > 0.0 { reports * cap } else { 0.0 }
}

/// Reports from units of count.
#[allow(clippy::cast_precision_loss, reason = "exact below 2^53 units, and rounded once beyond")]
pub(super) fn reports(units: i64, unit_bits: u32) -> f64 {
    units as f64 * (1.0 / (1_u64 << unit_bits) as f64)
}
