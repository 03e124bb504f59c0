//! Saved layers, read back: the inverse of the columns. In every format a saved layer is rows and metadata. A row that
//! would not be written again exactly as it was read is an error.

mod parts;
mod patterns;
mod rows;

use h3o::CellIndex;
use rows::SavedRows;

use super::{Classes, Layer, LayerParts, Palette, View, check_marking};
use crate::format::Input;
use crate::ingest::IngestError;
use crate::invalid::Cause;
use crate::score::columns::SCORE;
use crate::visible::check_line;

/// Layer read back from a file.
#[derive(Debug)]
#[non_exhaustive]
pub struct Opened {
    /// The layer as it was saved, except for contents that tables do not have:
    ///
    /// - exact numbers behind rounded ones, and categories after the third of a cell;
    /// - mass, where density is not per km²;
    /// - coverage of cells by indicators;
    /// - results of a hot spot statistic beyond its columns;
    /// - context layers.
    pub layer: Layer,
    /// Notices: rows that are missing and columns that are left out.
    pub notices: Vec<String>,
    /// The file.
    pub(crate) input: Input,
}

/// Error in a saved layer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are named for what they hold and shown in the message")]
pub enum LayerError {
    #[error(transparent)]
    Read(#[from] IngestError),
    #[error(
        "{file}: has no tensionmap metadata: not written by tensionmap, or saved again by a program that dropped it; expected the \
         member tensionmap of a .geojson, or the same in a .gpkg, .parquet or .fgb (.csv and .geojsonl never have it); save the layer \
         again with map"
    )]
    NoMetadata { file: String },
    #[error(
        "{file}: has metadata that tensionmap {} cannot read; it was saved by tensionmap {version}: save it again with this \
         version, or draw it with that one", env!("CARGO_PKG_VERSION")
    )]
    Metadata { file: String, version: String, source: Cause },
    #[error("{file}: is a layer of areas, and only layers of cells can be read back; draw its pictures with rollup")]
    Areas { file: String },
    #[error("{file}: contains outlines of levels instead of cells; save the layer without --geometry outlines")]
    Outlines { file: String },
    #[error("{file}: lacks the columns {missing}; save the layer again with all its columns (without --select)")]
    Columns { file: String, missing: String },
    #[error("{file}: row {row} cannot be read: {problem}")]
    Row { file: String, row: usize, problem: String },
    #[error(
        "{file}: the cell of row {row} is {found:?}; expected an H3 cell of resolution {resolution}, as in the rest of the layer"
    )]
    Cell { file: String, row: usize, found: String, resolution: u8 },
    #[error("{file}: rows {first} and {row} have the same cell {cell}; delete one of them")]
    Twice { file: String, first: usize, row: usize, cell: CellIndex },
    #[error("{file}: has {found} cells, but the layer was saved with {expected}; delete the added rows")]
    Added { file: String, found: usize, expected: usize },
    #[error("{file}: has no rows; save the layer again")]
    Empty { file: String },
    #[error("{file}: row {row}, cell {cell}: {column} is {found:?}; expected {expected}")]
    Value { file: String, row: usize, cell: CellIndex, column: String, found: String, expected: String },
}

impl LayerError {
    /// File at fault, as it was named.
    #[must_use]
    pub fn file(&self) -> Option<&str> {
        match self {
            Self::Read(error) => error.file(),
            Self::NoMetadata { file }
            | Self::Metadata { file, .. }
            | Self::Areas { file }
            | Self::Outlines { file }
            | Self::Columns { file, .. }
            | Self::Row { file, .. }
            | Self::Cell { file, .. }
            | Self::Twice { file, .. }
            | Self::Added { file, .. }
            | Self::Empty { file }
            | Self::Value { file, .. } => Some(file),
        }
    }
}

impl Layer {
    /// Reads a layer saved as GeoJSON, `GeoPackage`, Parquet (with the feature `polars`) or `FlatGeobuf`. Saved again, it gives the
    /// same bytes in any format. Shapes are built from the cells; rows may be missing or in another order.
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
    /// A file that cannot be read. Metadata that is missing, or that this version cannot read. A missing column. A cell
    /// that is invalid or repeated. A value that the layer cannot have had.
    pub fn open(input: impl Into<Input>) -> Result<Opened, LayerError> {
        let input = input.into();
        let rows = SavedRows::read(&input)?;
        let notices = rows.notices();
        let SavedRows { provenance, state, .. } = &rows;
        // A file may be from anybody; a page from it must not hide its marking.
        let is_sound = check_marking(&provenance.marking).and_then(|()| check_line("title", &provenance.title, 120));
        is_sound.map_err(|source| rows.broken(source))?;
        let scores = rows.scores()?;
        let parts = LayerParts {
            areas: None,
            change: rows.change(&scores)?,
            assessments: rows.assessments()?,
            hotspots: patterns::read(&rows, provenance.hotspots.as_ref())?,
            indicators: rows.indicators()?,
            context: rows.context()?,
            outline: state.outline(),
            context_layers: Vec::new(),
            scores,
            provenance: provenance.clone(),
        };
        let palette = state.palette.as_ref().map(|name| name.parse::<Palette>()).transpose();
        let palette = palette.map_err(|source| rows.broken(source))?;
        let fill = (state.classes.is_some() || palette.is_some()).then(|| SCORE.name.to_owned());
        let classes = state.classes.clone().and_then(Classes::manual);
        let view = View { fill, classes, palette, ..View::default() };
        let layer = Self::new(parts, state.layout.clone(), view).map_err(|source| rows.broken(source))?;
        rows.check(&layer)?;
        Ok(Opened { layer, notices, input })
    }
}
