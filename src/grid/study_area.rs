//! Study area: the cells that are scored, reports or not.

use std::str::FromStr;

use geo::{MultiPolygon, Polygon};
use h3o::geom::{ContainmentMode, TilerBuilder};
use h3o::{CellIndex, Resolution};

use super::disk;
use crate::area::AreaError;
use crate::error::InvalidValue;

/// Which cells belong to a polygon.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Containment {
    /// Cells whose centre lies inside.
    Centroid,
    /// Cells wholly inside.
    Full,
    /// Cells that share any ground with it; a polygon inside one cell yields that cell.
    #[default]
    Overlapping,
}

impl Containment {
    /// The name used in settings.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Centroid => "centroid",
            Self::Full => "full",
            Self::Overlapping => "overlapping",
        }
    }
}

impl FromStr for Containment {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        [Self::Centroid, Self::Full, Self::Overlapping]
            .into_iter()
            .find(|mode| mode.id() == text)
            .ok_or_else(|| InvalidValue::bare("containment", text, "centroid, full or overlapping"))
    }
}

/// The cells under study, sorted, each once. Every one of them exists in the result with its true zero.
///
/// ```
/// use geo::polygon;
/// use tensionmap::{Containment, Resolution, StudyArea};
/// let square = polygon![(x: -1.2, y: 52.6), (x: -1.1, y: 52.6), (x: -1.1, y: 52.7), (x: -1.2, y: 52.7)];
/// let area = StudyArea::of_polygons(&square.into(), Resolution::Seven, Containment::Overlapping)?;
/// assert!(area.cells().len() > 10);
/// # Ok::<(), tensionmap::error::AreaError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct StudyArea {
    cells: Vec<CellIndex>,
    outline: Option<MultiPolygon>,
}

impl StudyArea {
    /// Most cells a study area may have; a larger one is refused before it is filled.
    pub const MAX_CELLS: usize = 5_000_000;

    /// Cells of one or more polygons, in degrees.
    ///
    /// # Errors
    /// A ring that is empty or out of range; more than [`Self::MAX_CELLS`] cells, estimated before filling.
    pub fn of_polygons(polygons: &MultiPolygon, resolution: Resolution, mode: Containment) -> Result<Self, AreaError> {
        let mut tiler = TilerBuilder::new(resolution)
            .containment_mode(match mode {
                Containment::Centroid => ContainmentMode::ContainsCentroid,
                Containment::Full => ContainmentMode::ContainsBoundary,
                Containment::Overlapping => ContainmentMode::Covers,
            })
            .build();
        for (index, polygon) in polygons.iter().enumerate() {
            tiler
                .add(Polygon::clone(polygon))
                .map_err(|error| AreaError::Ring { polygon: index + 1, source: error.into() })?;
        }
        let estimate = tiler.coverage_size_hint();
        if estimate > Self::MAX_CELLS {
            return Err(AreaError::TooManyCells { estimate, resolution, most: Self::MAX_CELLS });
        }
        let area = Self::of_cells(tiler.into_coverage());
        if area.cells.is_empty() {
            return Err(AreaError::NoCells { resolution, mode });
        }
        Ok(Self { outline: Some(polygons.clone()), ..area })
    }

    /// Exactly these cells.
    #[must_use]
    pub fn of_cells(cells: impl IntoIterator<Item = CellIndex>) -> Self {
        let mut cells: Vec<CellIndex> = cells.into_iter().collect();
        cells.sort_unstable();
        cells.dedup();
        Self { cells, outline: None }
    }

    /// The cells that hold reports and their neighbours: what is studied when no polygon is given.
    #[must_use]
    pub fn observed(cells: impl IntoIterator<Item = CellIndex>) -> Self {
        Self::of_cells(cells.into_iter().flat_map(|cell| disk(cell, 1).into_iter().chain([cell])))
    }

    /// The cells, sorted.
    #[must_use]
    pub fn cells(&self) -> &[CellIndex] {
        &self.cells
    }

    /// The polygons it was made from, if any.
    #[must_use]
    pub fn outline(&self) -> Option<&MultiPolygon> {
        self.outline.as_ref()
    }

    /// Row of a cell in [`Self::cells`], if it is under study. O(log n).
    #[must_use]
    pub fn row(&self, cell: CellIndex) -> Option<usize> {
        self.cells.binary_search(&cell).ok()
    }
}
