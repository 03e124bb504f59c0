//! Polygons overlaid on one set of cells, kept for the next column of the same file.

use std::sync::OnceLock;

use geo::{Coord, MultiPolygon};
use h3o::CellIndex;

use super::overlay::{Overlay, PlanePolygons, equal_area};
use crate::grid::EARTH_RADIUS_M;

/// Overlay of polygons on cells: the shares that every value spread from the one to the other is computed from.
#[derive(Debug)]
pub(crate) struct CachedOverlay {
    pub(super) cells: Vec<CellIndex>,
    /// Number in its file of each polygon's feature.
    pub(crate) numbers: Vec<u64>,
    polygons: Vec<MultiPolygon>,
    plane: PlanePolygons<fn(Coord) -> Coord>,
    pub(crate) overlay: Overlay,
    beyond: OnceLock<Option<Vec<f64>>>,
}

impl CachedOverlay {
    pub(crate) fn new(polygons: Vec<MultiPolygon>, numbers: &[u64], cells: &[CellIndex]) -> Self {
        let plane = PlanePolygons::new(&polygons, equal_area as fn(Coord) -> Coord);
        let overlay = plane.on(cells);
        Self { cells: cells.to_vec(), numbers: numbers.to_vec(), polygons, plane, overlay, beyond: OnceLock::new() }
    }

    /// Area of each polygon on other cells; `None` where there are too many of them. Measured at the first call.
    pub(crate) fn beyond(&self) -> Option<&[f64]> {
        let beyond = self.beyond.get_or_init(|| self.plane.beyond(&self.polygons, &self.cells, &self.overlay));
        beyond.as_deref()
    }

    /// Area of a polygon, km².
    pub(crate) fn km2(&self, polygon: usize) -> f64 {
        self.overlay.areas[polygon] * (EARTH_RADIUS_M / 1000.0).powi(2)
    }
}
