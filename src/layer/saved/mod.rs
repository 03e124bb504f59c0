//! A layer that was saved, read back: the inverse of its columns. Whatever the format, it comes as rows and a story; whatever of a
//! row would not be written again as it stands there is refused.

mod parts;
mod patterns;
mod rows;

use h3o::CellIndex;
use rows::Rows;

use super::story;
use super::{Classes, Geometry, Layer, Palette, View};
use crate::ingest::{IngestError, Input};
use crate::invalid::Cause;

/// A layer that was read back.
#[derive(Debug)]
pub struct Opened {
    /// As it was when it was saved, but for what no table has: exact numbers behind the rounded ones, categories after the third of
    /// a cell, its mass where density is not per km², how much of a cell an indicator covers, what a statistic found beyond its
    /// columns, and layers of context.
    pub layer: Layer,
    /// What is missing or left out, in words.
    pub notices: Vec<String>,
    /// Where it was read from.
    pub(crate) input: Input,
}

/// A file cannot be read back as a layer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are named for what they hold and shown in the message")]
pub enum LayerError {
    #[error(transparent)]
    Read(#[from] IngestError),
    #[error(
        "{file}: does not say where it came from, so it is no layer that tensionmap has saved, or another program has saved it again \
         and left that out; expected the member tensionmap of a .geojson, or the same in a .gpkg, .parquet or .fgb (.csv and \
         .geojsonl never have it)"
    )]
    NoStory { file: String },
    #[error(
        "{file}: what it says of itself is not what tensionmap {} writes; it was saved by tensionmap {version}: save it again with \
         this version, or draw it with that one", env!("CARGO_PKG_VERSION")
    )]
    Story { file: String, version: String, source: Cause },
    #[error("{file}: holds areas in place of cells, which are not read back; make its pictures with rollup")]
    Areas { file: String },
    #[error("{file}: holds the outlines of levels, and no cells to draw; save the layer without --geometry outlines")]
    Outlines { file: String },
    #[error(
        "{file}: lacks the columns {missing}; save it again with all columns that the layer had (without --select)"
    )]
    Columns { file: String, missing: String },
    #[error("{file}: row {row} cannot be read: {problem}")]
    Row { file: String, row: usize, problem: String },
    #[error(
        "{file}: row {row} has {found:?} for its cell; expected an H3 cell of resolution {resolution}, as all of the layer"
    )]
    Cell { file: String, row: usize, found: String, resolution: u8 },
    #[error("{file}: rows {first} and {row} are both of cell {cell}; delete one of them")]
    Twice { file: String, first: usize, row: usize, cell: CellIndex },
    #[error("{file}: has {found} cells, and the layer was saved with {expected}; delete what was added")]
    Added { file: String, found: usize, expected: usize },
    #[error("{file}: has no rows, and so nothing to draw")]
    Empty { file: String },
    #[error("{file}: row {row}, cell {cell}: {column} is {found:?}; expected {expected}")]
    Value { file: String, row: usize, cell: CellIndex, column: String, found: String, expected: String },
}

impl Layer {
    /// Reads a layer that was saved as GeoJSON, `GeoPackage`, Parquet (with the feature `polars`) or `FlatGeobuf`. Saved again, it
    /// gives the same bytes as the first time, in any format. Shapes are made from the cells again, rows may come in any order, and
    /// rows may be missing; values that a layer cannot have are refused.
    ///
    /// ```
    /// use tensionmap::{Engine, Layer, sample};
    /// # let folder = std::env::temp_dir().join(format!("tensionmap-open-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let path = folder.join("map.geojson");
    /// let run = Engine::builder().as_of("2026-03-02").build()?.incidents(sample::incidents())?.run()?;
    /// run.layer.save(&path)?;
    /// let opened = Layer::open(path.as_path())?;
    /// let scores = |layer: &Layer| layer.scores().cells.iter().map(|cell| cell.score).collect::<Vec<_>>();
    /// assert_eq!(scores(&opened.layer), scores(&run.layer));
    /// assert!(opened.notices.is_empty());
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// A file that cannot be read; one that does not say where it came from, or not as this version says it; a column that is missing;
    /// a cell that comes twice or is none; a value that the layer cannot have had.
    pub fn open(input: impl Into<Input>) -> Result<Opened, LayerError> {
        let input = input.into();
        let (mut rows, story) = Rows::read(&input)?;
        let (version, told) = story::read(&story);
        let broken = |file: &str, source: Cause| {
            let (file, version) = (file.to_owned(), version.clone());
            LayerError::Story { file, version, source }
        };
        let (provenance, kept) = told.map_err(|source| broken(&rows.file, source))?;
        if kept.form.geometry == Some(Geometry::Outlines) {
            return Err(LayerError::Outlines { file: rows.file });
        }
        rows.form = kept.form.clone();
        rows.find_cells(&provenance)?;
        let notices = rows.notices(&provenance);
        let scores = rows.scores(&provenance, &kept)?;
        let scores = scores.map_err(|source| broken(&rows.file, source))?;
        let change = rows.change(&provenance, &scores)?.map_err(|source| broken(&rows.file, source))?;
        let standing = rows.standing(&provenance)?.map_err(|source| broken(&rows.file, source))?;
        let found = patterns::read(&rows, provenance.hotspots.as_ref())?;
        let indicators = rows.indicators(&provenance)?;
        let context = rows.context(&provenance)?;
        let mut layer = Self::new(scores, indicators, context, kept.outline(), provenance);
        if change.is_some() {
            layer.set_change(change);
        }
        if standing.is_some() {
            layer.set_standing(standing);
        }
        if found.is_some() {
            layer.set_hotspots(found);
        }
        layer.set_form(kept.form).map_err(|source| broken(&rows.file, source.into()))?;
        let palette = kept.palette.map(|name| name.parse::<Palette>()).transpose();
        let palette = palette.map_err(|source| broken(&rows.file, source.into()))?;
        let fill = (kept.classes.is_some() || palette.is_some()).then(|| "score".to_owned());
        let view = View { fill, classes: kept.classes.and_then(Classes::manual), palette, ..View::default() };
        layer.set_view(view).map_err(|source| broken(&rows.file, source.into()))?;
        rows.check(&layer)?;
        Ok(Opened { layer, notices, input })
    }
}
