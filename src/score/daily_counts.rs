//! Reports of one place by day: counts and running sums, in lanes of sources that are used alike.

use crate::incident::{Day, When};

/// Daily counts of one place, in whole units of a small part of a report, so that sums are exact in any order.
#[derive(Debug, Default)]
pub(super) struct DailyCounts {
    first: Day,
    days: usize,
    lanes: Vec<Lane>,
    /// Lanes in use; the others keep their memory for later.
    used: usize,
    /// Days whose sums are valid.
    summed: usize,
    /// Days between which sums after the cut are valid.
    cut_begin: usize,
    cut_summed: usize,
    /// Units that a day of all lanes counts at most, where days are cut.
    cut: Option<i64>,
    /// At least the units of the busiest day of all lanes: no day is cut above them.
    busiest: i64,
}

/// Sources that are in the same group at every date.
#[derive(Debug, Default)]
struct Lane {
    /// Units by day.
    counts: Vec<i64>,
    /// Sums of `counts` before each day.
    sums: Vec<i64>,
    /// Sums of the counts after the cut.
    cut_sums: Vec<i64>,
    /// True if its sources are used: the others count towards no cut.
    is_kept: bool,
}

impl DailyCounts {
    /// Empties the counts for another place.
    pub(super) fn clear(&mut self, (first, end): (Day, Day), lanes: usize, is_cut: bool) {
        self.first = first;
        self.days = usize::try_from(end.0 - first.0).unwrap_or(0);
        (self.used, self.summed, self.cut_begin, self.cut_summed) = (lanes, 0, 0, 0);
        self.cut = is_cut.then_some(i64::MAX);
        self.busiest = 0;
        if self.lanes.len() < lanes {
            self.lanes.resize_with(lanes, Lane::default);
        }
        let days = self.days;
        for lane in &mut self.lanes[..lanes] {
            lane.is_kept = true;
            lane.counts.clear();
            lane.counts.resize(days, 0);
            lane.sums.clear();
            lane.sums.resize(days + 1, 0);
            if is_cut {
                lane.cut_sums.clear();
                lane.cut_sums.resize(days + 1, 0);
            }
        }
    }

    /// Changes what a day counts at most, in units.
    pub(super) fn cut_at(&mut self, units: i64) {
        if self.cut != Some(units) {
            (self.cut, self.cut_summed) = (Some(units), 0);
        }
    }

    /// Says whether the sources of a lane are used from here on.
    pub(super) fn keep(&mut self, lane: usize, is_kept: bool) {
        if self.lanes[lane].is_kept != is_kept {
            (self.lanes[lane].is_kept, self.cut_summed) = (is_kept, 0);
        }
    }

    /// Sums from a day on are not valid any more.
    #[inline]
    pub(super) fn touch(&mut self, day: Day) {
        self.touch_from(self.place(day));
    }

    fn touch_from(&mut self, place: usize) {
        self.summed = self.summed.min(place);
        self.cut_summed = self.cut_summed.min(place);
    }

    /// Adds units to a day whose sums are not valid yet.
    #[inline]
    pub(super) fn add_new(&mut self, lane: usize, day: Day, units: i64) {
        let day = usize::try_from(day.0 - self.first.0).unwrap_or(usize::MAX);
        if let Some(count) = self.lanes[lane].counts.get_mut(day) {
            *count += units;
            self.busiest = self.busiest.max(*count);
        }
    }

    /// Adds units, spread over the days of their interval.
    #[inline]
    pub(super) fn add(&mut self, lane: usize, when: When, units: i64) {
        let days = i64::from(when.days());
        if days == 1 {
            self.add_new(lane, when.start, units);
            if when.start >= self.first {
                self.touch(when.start);
            }
            return;
        }
        let (each, more) = (units / days, units % days);
        let (from, to) = (self.place(when.start), self.place(when.end));
        let skipped = i64::from(self.first.0.saturating_sub(when.start.0).max(0));
        for (day, count) in (skipped..).zip(&mut self.lanes[lane].counts[from..to]) {
            *count += each + i64::from(day < more);
            self.busiest = self.busiest.max(*count);
        }
        self.touch_from(from);
    }

    /// Extends the running sums to a date.
    pub(super) fn sum_to(&mut self, as_of: Day) {
        let to = self.place(as_of);
        let from = self.summed.min(to);
        for lane in &mut self.lanes[..self.used] {
            let mut sum = lane.sums[from];
            for day in from..to {
                sum += lane.counts[day];
                lane.sums[day + 1] = sum;
            }
        }
        self.summed = self.summed.max(to);
    }

    /// Extends the running sums after the cut to a date. Those before `first` are not asked for: a new cut need not go back further.
    pub(super) fn cut_to(&mut self, first: Day, as_of: Day) {
        let Some(cut) = self.cut.filter(|_| self.may_be_cut()) else { return };
        let (begin, to) = (self.place(first), self.place(as_of));
        if self.cut_summed < begin || begin < self.cut_begin {
            (self.cut_begin, self.cut_summed) = (begin, begin);
            for lane in &mut self.lanes[..self.used] {
                lane.cut_sums[begin] = 0;
            }
        }
        let from = self.cut_summed.min(to);
        self.cut_summed = self.cut_summed.max(to);
        if let [lane] = &mut self.lanes[..self.used] {
            let mut sum = lane.cut_sums[from];
            for day in from..to {
                sum += lane.counts[day].min(cut);
                lane.cut_sums[day + 1] = sum;
            }
            return;
        }
        for day in from..to {
            let kept = self.lanes[..self.used].iter().filter(|lane| lane.is_kept);
            let total: i64 = kept.map(|lane| lane.counts[day]).sum();
            for lane in &mut self.lanes[..self.used] {
                // Each source keeps its share of a day that is cut.
                #[allow(clippy::cast_possible_truncation, reason = "at most the count")]
                let kept = if total > cut {
                    (lane.counts[day] as f64 * (cut as f64 / total as f64)) as i64
                } else {
                    lane.counts[day]
                };
                lane.cut_sums[day + 1] = lane.cut_sums[day] + kept;
            }
        }
    }

    #[inline]
    fn place(&self, day: Day) -> usize {
        usize::try_from(day.0.saturating_sub(self.first.0)).unwrap_or(0).min(self.days)
    }

    /// Units of a lane before a day, at the latest the last date of [`Self::sum_to`].
    #[inline]
    pub(super) fn before(&self, lane: usize, day: Day) -> i64 {
        self.lanes[lane].sums[usize::try_from(day.0 - self.first.0).unwrap_or(0)]
    }

    /// Units of all lanes before a day.
    #[inline]
    pub(super) fn all_before(&self, day: Day) -> i64 {
        (0..self.used).map(|lane| self.before(lane, day)).sum()
    }

    /// Units of all lanes in `[from, to)`, days before the first left out.
    pub(super) fn all_between(&self, from: Day, to: Day) -> i64 {
        let (from, to) = (self.place(from), self.place(to));
        self.lanes[..self.used].iter().map(|lane| lane.sums[to] - lane.sums[from]).sum()
    }

    /// Returns true if a day may have more units than count.
    #[inline]
    pub(super) fn may_be_cut(&self) -> bool {
        // Lanes of one place add up.
        let lanes = i64::try_from(self.used).unwrap_or(i64::MAX);
        self.cut.is_some_and(|cut| self.busiest.saturating_mul(lanes) > cut)
    }

    /// Units of a lane before a day, after the cut.
    #[inline]
    pub(super) fn cut_before(&self, lane: usize, day: Day) -> i64 {
        if !self.may_be_cut() {
            return self.before(lane, day);
        }
        self.lanes[lane].cut_sums[usize::try_from(day.0 - self.first.0).unwrap_or(0)]
    }

    pub(super) fn lanes(&self) -> std::ops::Range<usize> {
        0..self.used
    }
}
