//! Areas shared by polygons and cells: the table from which every areal value is computed.

use std::sync::OnceLock;

use geo::{Coord, LineString, MapCoords, MultiPolygon, Polygon};
use h3o::CellIndex;
use rayon::prelude::*;
use rstar::primitives::Rectangle;
use rstar::{RTree, RTreeObject};
use rustc_hash::FxHashSet;

use super::clip::{Clipper, PlaneBounds, PlaneOutline, PlanePolygon};
use super::rtree::IndexedBox;
use crate::grid::{EARTH_RADIUS_M, LatLng};

/// Areas shared by polygons and cells, cell by cell, in units of the plane.
///
/// Shares are exact: the plane is Lambert's cylindrical equal-area projection, in squares of the earth's radius.
#[derive(Clone, Debug)]
pub(crate) struct Overlay {
    /// End of the parts of each cell.
    ends: Vec<usize>,
    parts: Vec<SharedArea>,
    /// Area of each cell.
    pub(crate) cells: Vec<f64>,
    /// Area of each polygon.
    pub(crate) areas: Vec<f64>,
}

/// Area shared by a cell and one polygon.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SharedArea {
    /// Index of the polygon.
    pub(crate) polygon: usize,
    /// Area, above 0.
    pub(crate) shared: f64,
}

/// Cells in a block. Neighbours in a sorted list lie near each other, so one search of the tree serves the block.
const BLOCK_CELLS: usize = 128;

/// Maximum cells filled outside the requested ones, to measure the rest of the polygons.
const MAX_CELLS_BEYOND: f64 = 2e6;

/// Share of a polygon that may be missing by rounding alone.
const ROUNDING: f64 = 1e-11;

/// Polygons in a plane, with a tree over their boxes.
#[derive(Debug)]
pub(crate) struct PlanePolygons<P> {
    all: Vec<PlanePolygon>,
    tree: RTree<IndexedBox>,
    project: P,
}

/// Buffers reused from block to block.
#[derive(Default)]
struct Scratch {
    outlines: Vec<(PlaneOutline, PlaneBounds)>,
    corners: Vec<Coord>,
    near: Vec<usize>,
    clipper: Clipper,
}

impl<P: Fn(Coord) -> Coord + Sync> PlanePolygons<P> {
    /// Polygons in degrees, through a projection.
    pub(crate) fn new(polygons: &[MultiPolygon], project: P) -> Self {
        let polygon = |polygon: &MultiPolygon| PlanePolygon::new(&polygon.map_coords(&project));
        let all: Vec<PlanePolygon> = polygons.iter().map(polygon).collect();
        let boxed = |(index, shape): (usize, &PlanePolygon)| IndexedBox::new(rectangle(&shape.bounds), index);
        let boxes = all.iter().enumerate().filter(|(_, shape)| shape.area > 0.0).map(boxed);
        Self { tree: RTree::bulk_load(boxes.collect()), all, project }
    }

    /// Areas shared with cells. O(cells + polygons log polygons + corners near the cells' outlines).
    pub(crate) fn on(&self, cells: &[CellIndex]) -> Overlay {
        let on_block = |scratch: &mut Scratch, block: &[CellIndex]| self.on_block(block, scratch);
        let blocks: Vec<_> = cells.par_chunks(BLOCK_CELLS).map_init(Scratch::default, on_block).collect();
        let mut overlay = Overlay {
            ends: Vec::with_capacity(cells.len()),
            parts: Vec::with_capacity(blocks.iter().map(|(parts, ..)| parts.len()).sum()),
            cells: Vec::with_capacity(cells.len()),
            areas: self.all.iter().map(|shape| shape.area).collect(),
        };
        for (parts, ends, areas) in blocks {
            let before = overlay.parts.len();
            overlay.parts.extend(parts);
            overlay.ends.extend(ends.into_iter().map(|end| before + end));
            overlay.cells.extend(areas);
        }
        overlay
    }

    fn on_block(&self, cells: &[CellIndex], scratch: &mut Scratch) -> (Vec<SharedArea>, Vec<usize>, Vec<f64>) {
        let Scratch { outlines, corners, near, clipper } = scratch;
        outlines.resize_with(cells.len().max(outlines.len()), || (PlaneOutline::default(), PlaneBounds::of(&[])));
        let outlines = &mut outlines[..cells.len()];
        for (&cell, (outline, bounds)) in cells.iter().zip(outlines.iter_mut()) {
            self.outline(cell, corners, outline);
            *bounds = outline.bounds();
        }
        let all = PlaneBounds::around(outlines.iter().map(|(_, bounds)| *bounds));
        near.clear();
        near.extend(self.tree.locate_in_envelope_intersecting(rectangle(&all).envelope()).map(|boxed| boxed.data));
        // In the order of the file, so that sums do not depend on the tree.
        near.sort_unstable();
        let (mut parts, mut ends, mut areas) = (Vec::new(), Vec::new(), Vec::new());
        for (outline, bounds) in outlines {
            for &polygon in near.iter() {
                let shape = &self.all[polygon];
                if shape.bounds.meets(bounds) {
                    let shared = clipper.shared(shape, outline);
                    if shared > 0.0 {
                        parts.push(SharedArea { polygon, shared });
                    }
                }
            }
            ends.push(parts.len());
            areas.push(outline.area);
        }
        (parts, ends, areas)
    }

    /// Area of each polygon outside these cells; `None` where that would take more than [`MAX_CELLS_BEYOND`] cells.
    ///
    /// Filled outwards from the cells and a corner of each part: independent of [`Self::on`], and so a check on it.
    pub(super) fn beyond(&self, polygons: &[MultiPolygon], cells: &[CellIndex], overlay: &Overlay) -> Option<Vec<f64>> {
        let Some(first) = cells.first() else { return Some(overlay.areas.clone()) };
        let resolution = first.resolution();
        let mut touched: Vec<Vec<CellIndex>> = vec![Vec::new(); self.all.len()];
        let mut covered = vec![0.0; self.all.len()];
        for (&cell, parts) in cells.iter().zip(overlay.rows()) {
            for part in parts {
                touched[part.polygon].push(cell);
                covered[part.polygon] += part.shared;
            }
        }
        let is_partly = |at: usize| covered[at] > 0.0 && covered[at] < overlay.areas[at] * (1.0 - ROUNDING);
        let mean_cell = overlay.cells.iter().sum::<f64>() / overlay.cells.len() as f64;
        let open = (0..self.all.len()).filter(|&polygon| is_partly(polygon));
        if open.map(|polygon| overlay.areas[polygon] - covered[polygon]).sum::<f64>() / mean_cell > MAX_CELLS_BEYOND {
            return None;
        }
        let here: FxHashSet<CellIndex> = cells.iter().copied().collect();
        let measure = |polygon: usize| {
            if !is_partly(polygon) {
                return if covered[polygon] > 0.0 { 0.0 } else { overlay.areas[polygon] };
            }
            let corner = |ring: &LineString| {
                let at = ring.0.first()?;
                Some(LatLng::new(at.y, at.x).ok()?.cell(resolution).grid_disk::<Vec<_>>(1))
            };
            let corners = polygons[polygon].iter().filter_map(|part| corner(part.exterior())).flatten();
            let mut waiting: Vec<CellIndex> =
                touched[polygon].iter().flat_map(|cell| cell.grid_disk::<Vec<_>>(1)).chain(corners).collect();
            let (mut clipper, mut buffer, mut outline) = (Clipper::default(), Vec::new(), PlaneOutline::default());
            let (mut seen, mut area) = (FxHashSet::default(), 0.0);
            while let Some(cell) = waiting.pop() {
                if here.contains(&cell) || !seen.insert(cell) {
                    continue;
                }
                self.outline(cell, &mut buffer, &mut outline);
                let shared = clipper.shared(&self.all[polygon], &outline);
                if shared > 0.0 {
                    area += shared;
                    waiting.extend(cell.grid_disk::<Vec<_>>(1));
                }
            }
            area
        };
        Some((0..self.all.len()).into_par_iter().map(measure).collect())
    }

    /// The outline of a cell in the plane; one past longitude 180° is laid there twice, from either side, and needs no
    /// cut.
    fn outline(&self, cell: CellIndex, corners: &mut Vec<Coord>, outline: &mut PlaneOutline) {
        corners.clear();
        let whole_turns = |degrees: f64| match degrees {
            degrees if degrees > 180.0 => 360.0,
            degrees if degrees < -180.0 => -360.0,
            _ => 0.0,
        };
        for at in cell.boundary().iter() {
            let moved = corners.last().map_or(0.0, |last| whole_turns(last.x - at.lng()));
            corners.push(Coord { x: at.lng() + moved, y: at.lat() });
        }
        let (Some(&first), Some(&last)) = (corners.first(), corners.last()) else { return };
        let round = whole_turns(last.x - first.x);
        if round != 0.0 {
            let (back, pole) = (first.x + round, 90.0_f64.copysign(first.y));
            corners.extend([(back, first.y), (back, pole), (first.x, pole)].map(Coord::from));
        }
        let bounds = PlaneBounds::of(corners);
        let past = if bounds.high.x > 180.0 { -360.0 } else { 360.0 };
        if bounds.high.x <= 180.0 && bounds.low.x >= -180.0 {
            for at in corners.iter_mut() {
                *at = (self.project)(*at);
            }
            outline.fill([corners.as_slice()]);
            return;
        }
        let [here, there] = [0.0, past].map(|turn| {
            let moved = corners.iter().map(|at| (self.project)(Coord { x: at.x + turn, y: at.y }));
            moved.collect::<Vec<Coord>>()
        });
        outline.fill([here.as_slice(), there.as_slice()]);
        outline.area /= 2.0;
    }
}

fn rectangle(bounds: &PlaneBounds) -> Rectangle<[f64; 2]> {
    Rectangle::from_corners(bounds.low.into(), bounds.high.into())
}

impl Overlay {
    /// Polygons that overlap each cell, in the order of the file.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &[SharedArea]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(from, &to)| self.parts.get(from..to).unwrap_or_default())
    }
}

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

/// Polygons with edges that rise or fall by more than [`STEP_DEG`] divided into shorter ones.
///
/// A line that is straight in degrees, as in GeoJSON (RFC 7946 §3.1.1), so stays the same line in the projection, to 2 cm.
pub(crate) fn densified(polygon: &MultiPolygon) -> MultiPolygon {
    let ring = |ring: &LineString| {
        let edges = ring.0.windows(2).flat_map(|edge| {
            let steps = ((edge[1].y - edge[0].y).abs() / STEP_DEG).ceil().max(1.0);
            // Few: a step is a hundredth of a degree.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 18,000")]
            let count = steps as usize;
            (0..count).map(move |step| edge[0] + (edge[1] - edge[0]) * (step as f64 / steps))
        });
        edges.chain(ring.0.last().copied()).collect::<LineString>()
    };
    let part = |part: &Polygon| Polygon::new(ring(part.exterior()), part.interiors().iter().map(ring).collect());
    polygon.iter().map(part).collect()
}

/// Degrees of latitude over which a line that is straight in degrees is straight in the projection.
const STEP_DEG: f64 = 0.01;

/// Lambert's cylindrical equal-area projection: longitude in radians against the sine of latitude.
pub(crate) fn equal_area(at: Coord) -> Coord {
    Coord { x: at.x.to_radians(), y: at.y.to_radians().sin() }
}

/// Area of a polygon in degrees, in squares of the earth's radius.
pub(super) fn area(polygon: &MultiPolygon) -> f64 {
    PlanePolygon::new(&polygon.map_coords(equal_area)).area
}
