//! Stage 4, reports → exact counts by (cell, interval, known-from, class). Nothing is weighed here.
//!
//! Counts are integers and a cube is sorted, so adding is associative and commutative: batches, threads, files and
//! machines combine in any order to the same bytes, and weighing, dating and explaining need no second look at the input.

#[cfg(feature = "polars")]
mod file;

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use h3o::{CellIndex, Resolution};

use crate::error::Cause;
use crate::grid;
use crate::incident::{Class, Day, Incident, When};
use crate::ingest::Batch;

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
    /// How many, at least 1.
    pub n: u32,
}

impl Row {
    /// Its reports in `[from, to)`: an interval counts by the share of its days inside.
    #[must_use]
    pub fn within(&self, from: Day, to: Day) -> f64 {
        f64::from(self.n) * f64::from(self.when.overlap(from, to)) / f64::from(self.when.days())
    }
}

/// Exact counts, sorted by cell, interval, known-from and class.
///
/// ```
/// use tensionmap::{cube::CubeBuilder, ingest, Resolution};
/// let count = |csv: &str| {
///     let mut cube = CubeBuilder::new(Resolution::Eight, "UTC");
///     let input = ingest::Input::Bytes("a.csv".into(), csv.into());
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
    classes: Vec<Class>,
    rows: Vec<Row>,
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
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// The counts, sorted.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The cells that hold any report, sorted, each once.
    pub fn cells(&self) -> impl Iterator<Item = CellIndex> + '_ {
        self.by_cell().map(|rows| rows[0].cell)
    }

    /// The counts of each cell that holds any, cell after cell.
    pub fn by_cell(&self) -> impl Iterator<Item = &[Row]> + '_ {
        self.rows.chunk_by(|a, b| a.cell == b.cell)
    }

    /// How many reports are counted.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.rows.iter().map(|row| u64::from(row.n)).sum()
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
        for cube in [&self, &other] {
            let class: Vec<u32> = cube.classes.iter().map(|class| sum.class(class)).collect();
            for row in &cube.rows {
                sum.count(Row { class: class[row.class as usize], ..*row });
            }
        }
        sum.build()
    }
}

/// Counts reports into a [`Cube`].
#[derive(Debug)]
pub struct CubeBuilder {
    resolution: Resolution,
    time_zone: String,
    classes: HashMap<Class, u32>,
    counts: HashMap<(CellIndex, When, Day, u32), u64>,
}

impl CubeBuilder {
    /// An empty cube of this resolution, its days local to `time_zone`.
    #[must_use]
    pub fn new(resolution: Resolution, time_zone: &str) -> Self {
        Self { resolution, time_zone: time_zone.to_owned(), classes: HashMap::new(), counts: HashMap::new() }
    }

    /// Counts a batch. Cells are found on all threads; the order of reports changes nothing.
    pub fn add(&mut self, batch: &Batch) {
        // Numbers of the batch's dictionary in this one, looked up when first met.
        let mut known: Vec<Option<u32>> = vec![None; batch.classes().len()];
        let cells = grid::cells_in_range(batch.lat(), batch.lng(), self.resolution);
        for (row, cell) in cells.into_iter().enumerate() {
            let number = batch.class()[row] as usize;
            let class = *known[number].get_or_insert_with(|| self.class(&batch.classes()[number]));
            self.count(Row { cell, when: batch.when()[row], known: batch.known()[row], class, n: 1 });
        }
    }

    /// Counts one report.
    pub fn add_one(&mut self, incident: &Incident) {
        let class = self.class(&incident.class);
        let cell = incident.at.cell(self.resolution);
        self.count(Row { cell, when: incident.when, known: incident.known, class, n: 1 });
    }

    fn class(&mut self, class: &Class) -> u32 {
        if let Some(&index) = self.classes.get(class) {
            return index;
        }
        let index = u32::try_from(self.classes.len()).unwrap_or(u32::MAX);
        self.classes.insert(class.clone(), index);
        index
    }

    fn count(&mut self, row: Row) {
        match self.counts.entry((row.cell, row.when, row.known, row.class)) {
            Entry::Occupied(mut count) => *count.get_mut() += u64::from(row.n),
            Entry::Vacant(count) => {
                count.insert(u64::from(row.n));
            }
        }
    }

    /// The finished cube: dictionary and counts in their one canonical order.
    ///
    /// # Errors
    /// A count beyond `u32`.
    pub fn build(self) -> Result<Cube, CubeError> {
        let mut classes: Vec<(Class, u32)> = self.classes.into_iter().collect();
        classes.sort_unstable();
        let mut rank = vec![0_u32; classes.len()];
        for (new, (_, old)) in (0_u32..).zip(&classes) {
            rank[*old as usize] = new;
        }
        let mut rows = self
            .counts
            .into_iter()
            .map(|((cell, when, known, class), n)| {
                let n = u32::try_from(n).map_err(|_too_large| CubeError::Overflow { cell, n })?;
                Ok(Row { cell, when, known, class: rank[class as usize], n })
            })
            .collect::<Result<Vec<Row>, CubeError>>()?;
        rows.sort_unstable();
        let classes = classes.into_iter().map(|(class, _)| class).collect();
        Ok(Cube { resolution: self.resolution, time_zone: self.time_zone, classes, rows })
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
    #[error("the cube cannot be turned into a table")]
    Frame(#[source] Cause),
    #[error("{file}: cannot be read as a cube (Parquet)")]
    Unreadable { file: String, source: Cause },
    #[error("{file}: is Parquet but not a cube; expected `tensionmap` in its metadata")]
    NotACube { file: String },
    #[error("{file}: is not a sound cube: {problem}; make it again from the reports")]
    Invalid { file: String, problem: String },
}
