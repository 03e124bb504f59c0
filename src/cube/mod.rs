//! Exact counts of reports by (cell, interval, known-from, class). Nothing is weighed here.
//!
//! Counts are integers and a cube is sorted, so adding is associative and commutative. Batches, threads, files and
//! machines combine in any order to the same bytes. Weighing, dating and explaining do not read the input again.

mod builder;
mod calendar;
mod count;
#[cfg(feature = "polars")]
mod file;

use h3o::{CellIndex, Resolution};
use rayon::prelude::*;

pub use builder::CubeBuilder;
pub(crate) use calendar::Calendar;
pub(crate) use count::{Count, CountProfile};

use crate::incident::{Day, ReportClass, When};
use crate::invalid::Cause;

/// One count: `n` reports of class number `class` in a cell over an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// Cell.
    pub cell: CellIndex,
    /// When they happened.
    pub when: When,
    /// Day from which they are known.
    pub known: Day,
    /// Index into [`Cube::classes`].
    pub class: u32,
    /// Number of reports, at least 1.
    pub n: u32,
}

impl Row {
    /// Its reports in `[from, to)`: an interval counts by the share of its days inside.
    #[must_use]
    pub fn within(&self, from: Day, to: Day) -> f64 {
        f64::from(self.n) * self.when.share(from, to)
    }
}

/// A cell and its counts, sorted.
type CubeCell = (CellIndex, Box<[Count]>);

/// Exact counts, sorted by cell, interval, known-from and class.
///
/// ```
/// use tensionmap::unstable::cube::CubeBuilder;
/// use tensionmap::unstable::ingest;
/// use tensionmap::{Input, Resolution};
/// let count = |csv: &str| {
///     let mut cube = CubeBuilder::new(Resolution::Eight, "UTC");
///     let input = Input::Bytes("a.csv".into(), csv.into());
///     ingest::read(&input, &Default::default(), &mut |batch| cube.add(batch), &mut |_| Ok(()))?;
///     Ok::<_, tensionmap::Error>(cube.build()?)
/// };
/// let monday = count("lon,lat,date\n-1.12,52.64,2022-09-12\n-1.12,52.64,2022-09-12\n")?;
/// let tuesday = count("lon,lat,date\n-1.12,52.64,2022-09-13\n")?;
/// assert_eq!(monday.clone().merge(tuesday.clone())?, tuesday.merge(monday)?);
/// # Ok::<(), tensionmap::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Cube {
    resolution: Resolution,
    time_zone: String,
    classes: Vec<ReportClass>,
    /// Sorted, so that words of one day sort as their rows do.
    profiles: Vec<CountProfile>,
    /// Those that hold any report, sorted.
    cells: Vec<CubeCell>,
    calendar: Calendar,
}

impl Cube {
    /// Resolution of its cells.
    #[must_use]
    pub fn resolution(&self) -> Resolution {
        self.resolution
    }

    /// Analysis time zone its days are local to.
    #[must_use]
    pub fn time_zone(&self) -> &str {
        &self.time_zone
    }

    /// The class dictionary, sorted, each class once.
    #[must_use]
    pub fn classes(&self) -> &[ReportClass] {
        &self.classes
    }

    /// The counts, sorted.
    pub fn rows(&self) -> impl Iterator<Item = Row> + '_ {
        self.by_cell().flat_map(|(cell, counts)| self.rows_of(cell, counts))
    }

    /// True if nothing is counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The cells that hold any report, sorted, each once.
    pub fn cells(&self) -> impl Iterator<Item = CellIndex> + '_ {
        self.cells.iter().map(|(cell, _)| *cell)
    }

    /// Number of reports.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.calendar.reports
    }

    /// Returns true if most reports are dated by month.
    pub(crate) fn is_by_month(&self) -> bool {
        let is_month = |days: i32| days >= 28;
        // Most cubes have no such profile, and need no walk over their rows.
        if !self.profiles.iter().any(|profile| is_month(profile.days)) {
            return false;
        }
        let months = self.rows().filter(|row| is_month(row.when.days())).map(|row| u64::from(row.n)).sum::<u64>();
        2 * months > self.total()
    }

    /// Profiles of reports, by the number that [`Count::profile`] returns.
    pub(crate) fn profiles(&self) -> &[CountProfile] {
        &self.profiles
    }

    /// The counts of each cell that holds any, in order of their first day.
    pub(crate) fn by_cell(&self) -> impl Iterator<Item = (CellIndex, &[Count])> {
        self.cells.iter().map(|(cell, counts)| (*cell, &**counts))
    }

    /// The calendar of all cells.
    pub(crate) fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// The cells with a report that is known by a day, sorted, each once, and their reports by then.
    pub(crate) fn counts_known_by(&self, day: Day) -> impl Iterator<Item = (CellIndex, u64)> {
        let known = move |(cell, counts): (CellIndex, &[Count])| {
            let rows = counts.iter().map(|&count| self.row(cell, count)).filter(|row| row.known <= day);
            (cell, rows.map(|row| u64::from(row.n)).sum())
        };
        self.by_cell().map(known).filter(|(_, count)| *count > 0)
    }

    /// Reports of each class that are known by a day.
    pub(crate) fn known_by_class(&self, day: Day) -> Vec<u64> {
        let kind = |profile: &CountProfile| (profile.days + profile.lag, profile.class as usize);
        let kinds: Vec<(i32, usize)> = self.profiles.iter().map(kind).collect();
        let take = |mut sums: Vec<u64>, (_, counts): &CubeCell| {
            for count in counts {
                let (known_after, class) = kinds[count.profile()];
                sums[class] += if count.start() + known_after <= day { u64::from(count.n()) } else { 0 };
            }
            sums
        };
        let add = |a: Vec<u64>, b: Vec<u64>| a.into_iter().zip(b).map(|(a, b)| a + b).collect();
        let none = || vec![0; self.classes.len()];
        self.cells.par_iter().with_min_len(256).fold(none, take).reduce(none, add)
    }

    /// The row of one word of a cell.
    #[inline]
    pub(crate) fn row(&self, cell: CellIndex, count: Count) -> Row {
        let CountProfile { days, lag, class } = self.profiles[count.profile()];
        let start = count.start();
        let end = start + days;
        Row { cell, when: When { start, end }, known: end + lag, class, n: count.n() }
    }

    /// Counts of a cell as rows.
    fn rows_of<'a>(&'a self, cell: CellIndex, counts: &'a [Count]) -> impl Iterator<Item = Row> + 'a {
        counts.chunk_by(|a, b| a.belongs_to(*b)).map(move |digits| {
            let n = digits.iter().map(|digit| digit.n()).sum();
            Row { n, ..self.row(cell, digits[0]) }
        })
    }

    /// The sum of two cubes, whichever comes first.
    ///
    /// # Errors
    /// Different resolutions or time zones; a count beyond `u32`.
    pub fn merge(self, other: Self) -> Result<Self, CubeError> {
        let settings = |cube: &Self| format!("resolution {}, time zone {}", cube.resolution, cube.time_zone);
        if settings(&self) != settings(&other) {
            return Err(CubeError::Mismatch { left: settings(&self), right: settings(&other) });
        }
        let mut sum = CubeBuilder::new(self.resolution, &self.time_zone);
        sum.take(&self);
        sum.take(&other);
        sum.build()
    }
}

/// A cube could not be combined, saved or loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are named for what they hold and shown in the message")]
pub enum CubeError {
    #[error("these cubes do not add: one has {left}, the other {right}; count them with the same settings")]
    Mismatch { left: String, right: String },
    #[error("cell {cell} holds {n} reports of one class and interval, more than a cube can count (4294967295)")]
    Overflow { cell: CellIndex, n: u64 },
    #[error(
        "a report lasts from {} to {} and is known from {known}; expected days of the years 1 to 9999, the first before the end",
        .when.start, .when.end
    )]
    Interval { when: When, known: Day },
    #[error(
        "more than 268435456 combinations of class, length and delay of reports, more than a cube can tell apart; leave out \
         the column of when reports became known, or cut intervals to days"
    )]
    Profiles,
    #[error("the cube cannot be turned into a table")]
    Frame(#[source] Cause),
    #[error("{file}: cannot be read as a cube (Parquet)")]
    Unreadable { file: String, source: Cause },
    #[error("{file}: is Parquet but not a cube; expected `tensionmap` in its metadata")]
    NotACube { file: String },
    #[error("{file}: is not a sound cube: {problem}; make it again from the reports")]
    Invalid { file: String, problem: String },
}
