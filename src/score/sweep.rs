//! Sweep of all cells through the same dates: the facts and decay tables that every cell shares.

use super::evidence_rules::EvidenceRules;
use super::intensity::remaining;
use super::lanes::Lanes;
use super::method::Method;
use super::profiles::ProfileWeight;
use super::tails::poisson_quantile;
use super::windows::Windows;
use crate::cube::Count;
use crate::incident::{Day, Strand};

/// Facts that all cells share on their sweep through dates in ascending order.
#[derive(Debug)]
pub(super) struct Sweep<'a> {
    pub(super) method: &'a Method,
    profiles: &'a [ProfileWeight],
    pub(super) dates: &'a [Windows],
    /// Number of sources, with 0 for none: source numbers are below this.
    pub(super) sources: usize,
    /// True if any report is about a coming event.
    pub(super) has_coming: bool,
    /// First day whose counts are used.
    pub(super) first: Day,
    /// log2 of the units of count per report.
    pub(super) unit_bits: u32,
    /// 2^(−age/h) of experienced and evidenced reports, by age in whole days.
    decay: [Vec<f64>; 2],
    /// Share of the mass at one date that is left at the next.
    pub(super) decay_steps: Vec<[f64; 2]>,
    /// Length in days of the longest interval.
    longest: i32,
    /// True if every counted report is dated to a day and known on the next.
    pub(super) is_plain: bool,
    /// Lanes of sources, for a method with evidence.
    pub(super) lanes: Option<Lanes<'a>>,
    /// Span by which cell-days with very many reports are cut, by date; none without evidence.
    pub(super) cuts: Vec<CutSpan>,
}

/// Span whose daily rate tells how many reports of a cell and day count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CutSpan {
    /// `[from, to)`; reports count that are usable at `to`.
    pub(super) from: Day,
    pub(super) to: Day,
    /// Its covered days.
    pub(super) days: i32,
}

impl CutSpan {
    /// Reports of a cell in the span, by the same rows as its counts.
    pub(super) fn reports(self, profiles: &[ProfileWeight], longest: i32, rows: &[Count]) -> f64 {
        let of_row = |row: &Count| {
            let profile = &profiles[row.profile()];
            let is_counted = profile.counts && profile.usable_from(row.start()) <= self.to;
            if is_counted { f64::from(row.n()) * profile.when(row.start()).share(self.from, self.to) } else { 0.0 }
        };
        between(rows, Day(self.from.0.saturating_sub(longest)), self.to).iter().map(of_row).sum()
    }

    /// Reports of a cell and day that count at most.
    pub(super) fn most(self, rules: &EvidenceRules, reports: f64) -> f64 {
        let rate = if self.days > 0 { reports / f64::from(self.days) } else { 0.0 };
        poisson_quantile(rules.cut_quantile, rate + rules.cut_rate).max(rules.cut_least)
    }
}

/// Rows that begin in `[from, to)`; rows are in order of their first day.
pub(super) fn between(rows: &[Count], from: Day, to: Day) -> &[Count] {
    let place = |day: Day| rows.partition_point(|row| row.start() < day);
    &rows[place(from)..place(to)]
}

/// Ages with a tabulated decay; larger ones are computed.
const TABULATED_DAYS: i32 = 2048;

impl<'a> Sweep<'a> {
    /// A sweep through dates in ascending order.
    pub(super) fn new(
        method: &'a Method,
        (profiles, sources): (&'a [ProfileWeight], usize),
        dates: &'a [Windows],
        max_in_a_cell: u64,
    ) -> Self {
        let half_lives = [Strand::Experienced, Strand::Evidenced].map(|strand| method.half_life(strand));
        // The counts of a cell must fit into 62 bits; a finer unit makes a day's share of a month more exact.
        let unit_bits = (62 - (64 - max_in_a_cell.leading_zeros())).min(40);
        Self {
            method,
            profiles,
            dates,
            sources: sources + 1,
            has_coming: profiles.iter().any(|profile| profile.strand == Strand::Potential),
            first: dates.iter().map(Windows::first).min().unwrap_or(Day(0)),
            unit_bits,
            decay_steps: dates
                .iter()
                .zip(dates.iter().take(1).chain(dates))
                .map(|(date, before)| half_lives.map(|h| (-f64::from(date.until.0 - before.until.0) / h).exp2()))
                .collect(),
            is_plain: profiles.iter().filter(|profile| profile.counts).all(|profile| profile.is_plain),
            longest: profiles.iter().map(ProfileWeight::days).max().unwrap_or(1),
            lanes: None,
            cuts: Vec::new(),
            decay: half_lives.map(|h| (0..TABULATED_DAYS).map(|age| (-f64::from(age) / h).exp2()).collect()),
        }
    }

    /// Takes lanes of sources and spans of the cut, one a date.
    pub(super) fn with_lanes(mut self, lanes: Lanes<'a>, cuts: Vec<CutSpan>) -> Self {
        self.first = cuts.iter().map(|cut| cut.from).min().unwrap_or(self.first).min(self.first);
        (self.lanes, self.cuts) = (Some(lanes), cuts);
        self
    }

    /// Rows of a cell that reach into `[from, to)`, and perhaps some before.
    pub(super) fn rows_between<'b>(&self, rows: &'b [Count], from: Day, to: Day) -> &'b [Count] {
        between(rows, Day(from.0.saturating_sub(self.longest)), to)
    }

    /// Reports of a cell in the span of a cut.
    pub(super) fn cut_reports(&self, span: CutSpan, rows: &[Count]) -> f64 {
        span.reports(self.profiles, self.longest, rows)
    }

    /// Units of a cell and day that count at most, by its reports in the span.
    #[allow(clippy::cast_possible_truncation, reason = "saturates")]
    pub(super) fn cut_units(&self, span: CutSpan, reports: f64) -> i64 {
        let Some(rules) = &self.method.evidence else { return i64::MAX };
        (span.most(rules, reports) * (1_u64 << self.unit_bits) as f64) as i64
    }

    /// Share of a cell's past reports that the sources at hand must have given.
    pub(super) fn source_share(&self) -> f64 {
        self.method.evidence.as_ref().map_or(0.0, |rules| rules.source_share)
    }

    #[inline]
    pub(super) fn profile(&self, count: Count) -> &'a ProfileWeight {
        &self.profiles[count.profile()]
    }

    /// 2^(−age/h).
    #[inline]
    fn decay(&self, strand: Strand, age: i32) -> f64 {
        let table = self.decay[strand as usize].get(usize::try_from(age).unwrap_or(usize::MAX));
        table.copied().unwrap_or_else(|| (-f64::from(age) / self.method.half_life(strand)).exp2())
    }

    /// Mass of one past report that ended at `end`, at the latest on `as_of`.
    #[inline]
    pub(super) fn mass_after(&self, profile: &ProfileWeight, end: Day, as_of: Day) -> f64 {
        profile.mass_at_end * self.decay(profile.strand, as_of.0 - end.0)
    }

    /// Mass of a count at a date, all its reports together; 0 before the first as-of that uses it.
    #[inline]
    pub(super) fn mass(&self, count: Count, cap: f64, as_of: Day) -> f64 {
        let (profile, start) = (self.profile(count), count.start());
        if profile.mass <= 0.0 || profile.usable_from(start) > as_of {
            return 0.0;
        }
        let when = profile.when(start);
        let mass = if profile.strand == Strand::Potential || when.end > as_of {
            profile.mass * remaining(self.method, profile.strand, when, as_of)
        } else {
            self.mass_after(profile, when.end, as_of)
        };
        mass.min(cap) * f64::from(count.n())
    }
}

/// Mass, or reports, of the two strands that decay.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FadingMass {
    pub(super) experienced: f64,
    pub(super) evidenced: f64,
}

impl FadingMass {
    /// Adds to both sums without a branch, because strands come in no predictable order. Two fields rather than an array:
    /// reading as one what was written as two stalls the processor.
    #[inline]
    pub(super) fn add(&mut self, strand: Strand, more: f64) {
        let experienced = if strand == Strand::Experienced { more } else { 0.0 };
        self.experienced += experienced;
        self.evidenced += more - experienced;
    }
}
