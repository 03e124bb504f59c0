//! Stage 4, reports → exact counts by (cell, interval, known-from, class). Nothing is weighed here.
//!
//! Counts are integers and a cube is sorted, so adding is associative and commutative: batches, threads, files and
//! machines combine in any order to the same bytes, and weighing, dating and explaining need no second look at the input.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io::Write;
use std::path::Path;

use h3o::{CellIndex, Resolution};
use polars::prelude::{Column, DataFrame};
use polars_io::SerReader;
use polars_io::parquet::read::ParquetReader;
use polars_io::parquet::write::{KeyValueMetadata, ParquetWriter};
use serde::{Deserialize, Serialize};

use crate::error::Cause;
use crate::grid;
use crate::incident::{Class, Day, Incident, When};

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
        self.rows.chunk_by(|a, b| a.cell == b.cell).map(|rows| rows[0].cell)
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

    /// The counts as a frame: `cell: u64, start: i32, end: i32, known: i32, class: u32, n: u32`; days count from
    /// 1970-01-01.
    ///
    /// # Errors
    /// None in practice; polars checks that the columns are of one length.
    pub fn frame(&self) -> Result<DataFrame, CubeError> {
        fn column<T>(rows: &[Row], value: impl Fn(&Row) -> T) -> Vec<T> {
            rows.iter().map(value).collect()
        }
        let rows = &self.rows;
        DataFrame::new(
            rows.len(),
            vec![
                Column::new("cell".into(), column(rows, |row| u64::from(row.cell))),
                Column::new("start".into(), column(rows, |row| row.when.start.0)),
                Column::new("end".into(), column(rows, |row| row.when.end.0)),
                Column::new("known".into(), column(rows, |row| row.known.0)),
                Column::new("class".into(), column(rows, |row| row.class)),
                Column::new("n".into(), column(rows, |row| row.n)),
            ],
        )
        .map_err(|error| CubeError::Frame(error.into()))
    }

    /// Writes the cube as Parquet; its dictionary, resolution and time zone are the file's metadata under `tensionmap`.
    ///
    /// # Errors
    /// When the bytes cannot be written.
    pub fn write(&self, out: impl Write) -> Result<(), CubeError> {
        let about = About {
            format: FORMAT,
            resolution: self.resolution.into(),
            time_zone: self.time_zone.clone(),
            classes: self.classes.iter().map(ClassText::from).collect(),
        };
        let about = serde_json::to_string(&about).map_err(|error| CubeError::Frame(error.into()))?;
        ParquetWriter::new(out)
            .with_key_value_metadata(Some(KeyValueMetadata::from_static(vec![(KEY.to_owned(), about)])))
            .finish(&mut self.frame()?)
            .map_err(|error| CubeError::Frame(error.into()))?;
        Ok(())
    }

    /// Reads a cube written by [`Self::write`], or by anyone who follows its layout.
    ///
    /// # Errors
    /// A file that is missing, not Parquet, or not a cube: every cell, class and interval is checked.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, CubeError> {
        let path = path.as_ref();
        let file = || path.display().to_string();
        let unreadable = |error: Cause| CubeError::Unreadable { file: file(), source: error };
        let opened = std::fs::File::open(path).map_err(|error| unreadable(error.into()))?;
        let mut reader = ParquetReader::new(opened);
        let metadata = reader.get_metadata().map_err(|error| unreadable(error.into()))?.clone();
        let about = metadata.key_value_metadata().iter().flatten().find(|pair| pair.key == KEY);
        let about = about.and_then(|pair| pair.value.as_deref()).ok_or_else(|| CubeError::NotACube { file: file() })?;
        let about: About = serde_json::from_str(about).map_err(|error| unreadable(error.into()))?;
        let frame = reader.finish().map_err(|error| unreadable(error.into()))?;
        about.cube(&frame).map_err(|problem| CubeError::Invalid { file: file(), problem })
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
    pub fn add(&mut self, incidents: &[Incident]) {
        let positions: Vec<_> = incidents.iter().map(|incident| incident.at).collect();
        for (incident, cell) in incidents.iter().zip(grid::cells(&positions, self.resolution)) {
            let class = self.class(&incident.class);
            self.count(Row { cell, when: incident.when, known: incident.known, class, n: 1 });
        }
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

const KEY: &str = "tensionmap";
const FORMAT: u32 = 1;

/// What a cube file says of itself.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    format: u32,
    resolution: u8,
    time_zone: String,
    classes: Vec<ClassText>,
}

/// A class as text.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClassText {
    category: String,
    strand: String,
    severity: Option<u8>,
    grade: Option<String>,
    source: Option<String>,
}

impl From<&Class> for ClassText {
    fn from(class: &Class) -> Self {
        Self {
            category: class.category.id().to_owned(),
            strand: class.strand.id().to_owned(),
            severity: class.severity.map(crate::incident::Severity::get),
            grade: class.grade.map(|grade| grade.to_string()),
            source: class.source.clone(),
        }
    }
}

impl ClassText {
    fn class(self) -> Result<Class, crate::error::InvalidValue> {
        Ok(Class {
            category: self.category.parse()?,
            strand: self.strand.parse()?,
            severity: self.severity.map(crate::incident::Severity::new).transpose()?,
            grade: self.grade.map(|grade| grade.parse()).transpose()?,
            source: self.source,
        })
    }
}

impl About {
    fn cube(self, frame: &DataFrame) -> Result<Cube, String> {
        if self.format != FORMAT {
            return Err(format!("it is of format {}, this version reads format {FORMAT}", self.format));
        }
        let resolution = Resolution::try_from(self.resolution).map_err(|error| error.to_string())?;
        let mut cube = CubeBuilder::new(resolution, &self.time_zone);
        for (index, class) in (0..).zip(self.classes) {
            if cube.class(&class.class().map_err(|error| error.to_string())?) != index {
                return Err(format!("its dictionary names class {} twice", index + 1));
            }
        }
        let column = |name: &str| frame.column(name).map_err(|error| error.to_string());
        let (cell, class, n) = (column("cell")?, column("class")?, column("n")?);
        let (start, end, known) = (column("start")?, column("end")?, column("known")?);
        let wrong = |error: polars::prelude::PolarsError| error.to_string();
        let (cell, class, n) = (cell.u64().map_err(wrong)?, class.u32().map_err(wrong)?, n.u32().map_err(wrong)?);
        let (start, end, known) = (start.i32().map_err(wrong)?, end.i32().map_err(wrong)?, known.i32().map_err(wrong)?);
        for index in 0..frame.height() {
            let value = || {
                Some(Row {
                    cell: CellIndex::try_from(cell.get(index)?).ok().filter(|cell| cell.resolution() == resolution)?,
                    when: When { start: Day(start.get(index)?), end: Day(end.get(index)?) },
                    known: Day(known.get(index)?),
                    class: class.get(index).filter(|&class| (class as usize) < cube.classes.len())?,
                    n: n.get(index)?,
                })
            };
            let row = value().filter(|row| row.when.is_sound() && Day::RANGE.contains(&row.known) && row.n > 0);
            cube.count(
                row.ok_or_else(|| format!("row {} has a cell, interval, class or count that cannot be", index + 1))?,
            );
        }
        cube.build().map_err(|error| error.to_string())
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
    #[error("{file}: is Parquet but not a cube; expected `{KEY}` in its metadata")]
    NotACube { file: String },
    #[error("{file}: is not a sound cube: {problem}; make it again from the reports")]
    Invalid { file: String, problem: String },
}
