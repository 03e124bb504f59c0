//! A cube as a polars frame and as a Parquet file.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use h3o::{CellIndex, Resolution};
use polars::prelude::{Column, DataFrame};
use polars_io::SerReader;
use polars_io::parquet::read::{ParallelStrategy, ParquetReader};
use polars_io::parquet::write::{KeyValueMetadata, ParquetWriter};
use serde::{Deserialize, Serialize};

use super::count::{Count, CountProfile};
use super::{Cube, CubeBuilder, CubeError, Row};
use crate::format::parquet::{check_pages, footer, guarded};
use crate::incident::{Day, ReportClass, When};
use crate::invalid::Cause;
use crate::small_file::check_kind;

impl CubeBuilder {
    /// Counts the reports of a row, whose interval must be valid.
    fn count(&mut self, row: Row) {
        let profile = self.profile(CountProfile::of(row.when, row.known, row.class));
        let words = Count::one(row.when.start, profile).times(row.n.into());
        let cell = row.cell.into();
        self.with_shard(cell, |shard| shard.extend(cell, words));
    }
}

impl Cube {
    /// The counts as a frame: `cell: u64, start: i32, end: i32, known: i32, class: u32, n: u32`; days count from
    /// 1970-01-01.
    ///
    /// # Errors
    /// None in practice; polars checks that the columns are of one length.
    pub fn frame(&self) -> Result<DataFrame, CubeError> {
        fn column<T>(cube: &Cube, value: impl Fn(Row) -> T) -> Vec<T> {
            cube.rows().map(value).collect()
        }
        DataFrame::new_infer_height(vec![
            Column::new("cell".into(), column(self, |row| u64::from(row.cell))),
            Column::new("start".into(), column(self, |row| row.when.start.0)),
            Column::new("end".into(), column(self, |row| row.when.end.0)),
            Column::new("known".into(), column(self, |row| row.known.0)),
            Column::new("class".into(), column(self, |row| row.class)),
            Column::new("n".into(), column(self, |row| row.n)),
        ])
        .map_err(|error| CubeError::Frame(error.into()))
    }

    /// Writes the cube as Parquet; its dictionary, resolution and time zone are the file's metadata under `tensionmap`.
    ///
    /// # Errors
    /// When the bytes cannot be written.
    pub fn write(&self, out: impl Write) -> Result<(), CubeError> {
        let about = CubeMetadata {
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
        let opened = check_kind(path).and_then(|()| std::fs::File::open(path));
        let mut opened = opened.map_err(|error| unreadable(error.into()))?;
        let (metadata, _) = guarded(|| footer(&mut opened)).map_err(|error| unreadable(error.into()))?;
        let metadata = Arc::new(metadata);
        let about = metadata.key_value_metadata().iter().flatten().find(|pair| pair.key == KEY);
        let about = about.and_then(|pair| pair.value.as_deref()).ok_or_else(|| CubeError::NotACube { file: file() })?;
        let about: CubeMetadata = serde_json::from_str(about).map_err(|error| unreadable(error.into()))?;
        let mut decode = |parallel| {
            guarded(|| {
                metadata.row_groups.iter().try_for_each(|group| check_pages(&mut opened, group, |_| true))?;
                let mut reader = ParquetReader::new(opened.try_clone()?).read_parallel(parallel);
                reader.set_metadata(Arc::clone(&metadata));
                reader.finish()
            })
        };
        // The error is always of the first damaged column, whichever thread was quicker.
        let frame = decode(ParallelStrategy::Auto).or_else(|_| decode(ParallelStrategy::None));
        let frame = frame.map_err(|error| unreadable(error.into()))?;
        about.cube(&frame).map_err(|problem| CubeError::Invalid { file: file(), problem })
    }
}

const KEY: &str = "tensionmap";
const FORMAT: u32 = 1;

/// Metadata of a cube file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CubeMetadata {
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

impl From<&ReportClass> for ClassText {
    fn from(class: &ReportClass) -> Self {
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
    fn class(self) -> Result<ReportClass, crate::invalid::InvalidValue> {
        Ok(ReportClass {
            category: self.category.parse()?,
            strand: self.strand.parse()?,
            severity: self.severity.map(crate::incident::Severity::new).transpose()?,
            grade: self.grade.map(|grade| grade.parse()).transpose()?,
            source: self.source,
        })
    }
}

impl CubeMetadata {
    fn cube(self, frame: &DataFrame) -> Result<Cube, String> {
        if self.format != FORMAT {
            return Err(format!("it is of format {}, this version reads format {FORMAT}", self.format));
        }
        let resolution = Resolution::try_from(self.resolution).map_err(|error| error.to_string())?;
        let (mut cube, classes) = (CubeBuilder::new(resolution, &self.time_zone), self.classes.len());
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
                    class: class.get(index).filter(|&class| (class as usize) < classes)?,
                    n: n.get(index)?,
                })
            };
            let row = value().filter(|row| row.when.is_sound() && Day::RANGE.contains(&row.known) && row.n > 0);
            let wrong = || format!("row {} has a cell, interval, class or count that cannot be", index + 1);
            cube.count(row.ok_or_else(wrong)?);
        }
        cube.build().map_err(|error| error.to_string())
    }
}
