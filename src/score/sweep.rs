//! Sweep of all cells through the same dates: the facts and decay tables that every cell shares.

use super::intensity::remaining;
use super::method::Method;
use super::profiles::ProfileWeight;
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
                .map(|(date, before)| half_lives.map(|h| (-f64::from(date.as_of.0 - before.as_of.0) / h).exp2()))
                .collect(),
            decay: half_lives.map(|h| (0..TABULATED_DAYS).map(|age| (-f64::from(age) / h).exp2()).collect()),
        }
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
