//! Study area: the cells that are scored, reports or not.

use std::borrow::Cow;
use std::str::FromStr;

use geo::{InteriorPoint, MultiPolygon, Polygon};
use h3o::{CellIndex, Resolution};
use rayon::prelude::*;

use super::fill::{self, Filled};
use super::shape::{CellOutline, LonLatPolygon, Meeting};
use super::{GridError, LatLng, cut, disk};
use crate::invalid::{InvalidValue, named};

/// Rule by which cells belong to a polygon. Edges of both are straight in longitude and latitude.
///
/// All but `Covers` are H3's own modes and give the same cells as H3 does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Containment {
    /// Cells with their centre inside.
    Centroid,
    /// Cells entirely inside.
    Full,
    /// Cells that share any point with it; a polygon inside one cell yields that cell.
    #[default]
    Overlapping,
    /// The fewest cells that cover it: `Overlapping` without cells whose outline it only touches.
    Covers,
    /// Cells whose box shares a point with it: more than `Overlapping`, for parity with H3's `CONTAINMENT_OVERLAPPING_BBOX`.
    ///
    /// The box of a cell in H3 is to contain all descendants, so it is not tight. It reaches 1.4 times the longest edge
    /// of the resolution each way from the cell's centre, in longitude divided by the cosine of its latitude. At
    /// resolution 0 it is the cell's own box, 1.4 times as large; at a pole it goes round the globe. Unlike H3, a box
    /// across longitude 180° also meets a polygon that reaches from there all round. Nothing here needs this mode.
    OverlappingBbox,
}

impl Containment {
    /// Every mode.
    pub const ALL: [Self; 5] = [Self::Centroid, Self::Full, Self::Overlapping, Self::Covers, Self::OverlappingBbox];

    /// The name used in settings.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Centroid => "centroid",
            Self::Full => "full",
            Self::Overlapping => "overlapping",
            Self::Covers => "covers",
            Self::OverlappingBbox => "overlapping-bbox",
        }
    }
}

impl FromStr for Containment {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        named("containment", text, Self::ALL.map(|mode| (mode.id(), mode)))
    }
}

/// Cells under study, sorted, each once. Every cell is in the result, also without reports.
///
/// ```
/// use geo::polygon;
/// use tensionmap::{Containment, Resolution, StudyArea};
/// let square = polygon![(x: -1.2, y: 52.6), (x: -1.1, y: 52.6), (x: -1.1, y: 52.7), (x: -1.2, y: 52.7)];
/// let area = StudyArea::of_polygons(&square.into(), Resolution::Seven, Containment::Overlapping)?;
/// assert!(area.cells().len() > 10);
/// # Ok::<(), tensionmap::unstable::error::GridError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct StudyArea {
    cells: Vec<CellIndex>,
    outline: Option<MultiPolygon>,
    small: Vec<usize>,
    /// True if it is made of cells with reports and their neighbours.
    is_observed: bool,
}

impl StudyArea {
    /// Maximum cells of a study area; a larger one is an error before it is filled.
    pub const MAX_CELLS: usize = 5_000_000;

    /// Cells of one or more polygons, in degrees. If none belongs to them, the cell that contains a point of them.
    ///
    /// An edge over more than 180° of longitude crosses longitude 180°; rings may wind either way. A ring round a pole
    /// outlines the smaller side, up to the pole, and is cut as RFC 7946 asks: see [`Self::outline`]. H3 C and h3o each
    /// fill such a ring with other cells. O(vertices + cells) on one face of the icosahedron, else O(rows × vertices).
    ///
    /// # Errors
    /// A ring that is empty or out of range. A ring that goes round a pole more than once, or with a corner on it. More
    /// than [`Self::MAX_CELLS`] cells, estimated before filling.
    pub fn of_polygons(polygons: &MultiPolygon, resolution: Resolution, mode: Containment) -> Result<Self, GridError> {
        Self::of_areas(std::slice::from_ref(polygons), resolution, mode)
    }

    /// Cells of several areas, each by the rule of [`Self::of_polygons`]; [`Self::small`] lists those without one.
    ///
    /// # Errors
    /// Those of [`Self::of_polygons`].
    pub fn of_areas(areas: &[MultiPolygon], resolution: Resolution, mode: Containment) -> Result<Self, GridError> {
        let mut cut_areas = Cow::Borrowed(areas);
        let places = areas.iter().enumerate().flat_map(|(area, polygons)| polygons.iter().map(move |at| (area, at)));
        for (index, (area, polygon)) in places.enumerate() {
            let fault = |fault: &str| GridError::Ring { polygon: index + 1, source: fault.into() };
            if round_pole(polygon).map_err(fault)? {
                let others = cut_areas[area].iter().filter(|&other| other != polygon).cloned();
                cut_areas.to_mut()[area] = others.chain(cut::round_pole(polygon)).collect();
            }
        }
        let areas = &*cut_areas;
        let polygons = || areas.iter().flatten();
        let estimate: f64 = polygons().map(|polygon| fill::estimate(polygon, resolution)).sum();
        if estimate > Self::MAX_CELLS as f64 {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, and saturates")]
            let estimate = estimate as usize;
            return Err(GridError::TooManyCells { estimate, resolution, max: Self::MAX_CELLS });
        }
        let of_area = |area: &MultiPolygon| of_area(area, resolution, mode);
        let mut filled: Vec<Vec<CellIndex>> = areas.par_iter().map(of_area).collect();
        if mode == Containment::Full {
            filled.push(shared(areas, resolution));
        }
        let mut small = Vec::new();
        for (index, area) in areas.iter().enumerate() {
            if filled[index].is_empty() {
                filled[index].extend(holder(area, resolution));
                small.extend((!filled[index].is_empty()).then_some(index));
            }
        }
        let area = Self::of_cells(filled.into_iter().flatten());
        if area.cells.is_empty() {
            return Err(GridError::NoCells { resolution, mode });
        }
        let outline = MultiPolygon::new(polygons().cloned().collect());
        Ok(Self { outline: Some(outline), small, ..area })
    }

    /// Study area of exactly these cells.
    #[must_use]
    pub fn of_cells(cells: impl IntoIterator<Item = CellIndex>) -> Self {
        let mut cells: Vec<CellIndex> = cells.into_iter().collect();
        cells.sort_unstable();
        cells.dedup();
        Self { cells, outline: None, small: Vec::new(), is_observed: false }
    }

    /// Cells with reports and their neighbours: the study area when no polygon is given.
    #[must_use]
    pub fn observed(cells: impl IntoIterator<Item = CellIndex>) -> Self {
        let cells = cells.into_iter().flat_map(|cell| disk(cell, 1).into_iter().chain([cell]));
        Self { is_observed: true, ..Self::of_cells(cells) }
    }

    /// True if it is made of cells with reports and their neighbours.
    pub(crate) fn is_observed(&self) -> bool {
        self.is_observed
    }

    /// The cells, sorted.
    #[must_use]
    pub fn cells(&self) -> &[CellIndex] {
        &self.cells
    }

    /// Polygons of the study area, if any; those round a pole are cut along longitude 180° and the pole.
    #[must_use]
    pub fn outline(&self) -> Option<&MultiPolygon> {
        self.outline.as_ref()
    }

    /// Indices of areas without a cell by the rule, which have the cell that contains a point of them.
    #[must_use]
    pub fn small(&self) -> &[usize] {
        &self.small
    }

    /// Row of a cell in [`Self::cells`], if it is under study. O(log n).
    #[must_use]
    pub fn row(&self, cell: CellIndex) -> Option<usize> {
        self.cells.binary_search(&cell).ok()
    }
}

/// True if the ring of a polygon goes round a pole; or the fault of its rings.
fn round_pole(polygon: &Polygon) -> Result<bool, &'static str> {
    let mut rings = std::iter::once(polygon.exterior()).chain(polygon.interiors());
    let in_range = |at: &geo::Coord| (-180.0..=180.0).contains(&at.x) && (-90.0..=90.0).contains(&at.y);
    if !rings.all(|ring| ring.0.len() >= 4 && ring.0.iter().all(in_range)) {
        return Err("expected four or more positions a ring, of longitude -180 to 180 and latitude -90 to 90");
    }
    LonLatPolygon::new(polygon).goes_round_pole()
}

/// Cells of one area, in no order.
fn of_area(area: &MultiPolygon, resolution: Resolution, mode: Containment) -> Vec<CellIndex> {
    let mut cells = Vec::new();
    for polygon in area {
        if mode == Containment::Centroid {
            cells.append(&mut fill::centres(polygon, resolution));
            continue;
        }
        let meeting = if mode == Containment::OverlappingBbox { fill::meeting_boxes } else { fill::meeting };
        let Filled { mut inside, edge } = meeting(polygon, resolution);
        cells.append(&mut inside);
        let shape = LonLatPolygon::new(polygon);
        cells.extend(edge.into_iter().filter_map(|(cell, meeting)| {
            let belongs = match (mode, meeting) {
                (Containment::Overlapping | Containment::OverlappingBbox, _)
                | (Containment::Covers, Meeting::Cut | Meeting::Cross) => true,
                (_, Meeting::Touch) => shape.holds_centre(cell),
                _ => false,
            };
            belongs.then_some(cell)
        }));
    }
    cells
}

/// Cells that several polygons contain together and none alone, or one on both sides of its cut along longitude 180°.
fn shared(areas: &[MultiPolygon], resolution: Resolution) -> Vec<CellIndex> {
    let polygons: Vec<&Polygon> = areas.iter().flatten().collect();
    let edges = |(index, polygon): (usize, &&Polygon)| {
        let edge = fill::meeting(polygon, resolution).edge.into_iter();
        edge.filter(|(_, meeting)| *meeting != Meeting::Touch).map(|(cell, how)| (cell, index, how)).collect::<Vec<_>>()
    };
    let mut met: Vec<(CellIndex, usize, Meeting)> = polygons.par_iter().enumerate().flat_map_iter(edges).collect();
    met.sort_unstable();
    let held = |group: &[(CellIndex, usize, Meeting)]| {
        let only_cut = group.iter().all(|(.., how)| *how == Meeting::Cut);
        let &(cell, ..) = group.first().filter(|_| only_cut || group.len() > 1)?;
        let outline = CellOutline::of(cell);
        let shapes: Vec<LonLatPolygon> = group.iter().map(|met| LonLatPolygon::new(polygons[met.1])).collect();
        let holds = if only_cut {
            outline.corners().all(|at| shapes.iter().any(|shape| shape.holds(at)))
        } else {
            LonLatPolygon::together_hold(&shapes, &outline)
        };
        holds.then_some(cell)
    };
    met.chunk_by(|a, b| a.0 == b.0).filter_map(held).collect()
}

/// Cell that contains a point of an area.
fn holder(area: &MultiPolygon, resolution: Resolution) -> Option<CellIndex> {
    let corner = area.iter().find_map(|polygon| polygon.exterior().0.first().copied());
    let at = area.interior_point().map(|at| at.0).or(corner)?;
    LatLng::new(at.y, at.x).ok().map(|at| at.cell(resolution))
}
