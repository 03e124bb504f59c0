//! Where cells or areas lie: in a plane, and that plane on a page.

use geo::{Area, BoundingRect, Coord, LineString, MultiPoint, Rect};
use h3o::CellIndex;
use rayon::prelude::*;

use super::canvas::At;
use super::plane::Flat;
use crate::grid::{CellMesh, LatLng, Resolution, boundary};
use crate::invalid::Cause;
use crate::layer::{Layer, Plane, ScoredAreas};

/// A rectangle of the page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

/// How a plane lies on the page.
pub(super) struct Projection {
    flat: Flat,
    scale: f64,
    origin: Coord,
    left: f64,
    top: f64,
    unwrap: bool,
}

/// Outlines of cells on the plane, before it is known where on a page they go.
pub(super) struct Tiling {
    /// Row and ring, which is not closed; two rings for a cell that is cut.
    rings: Vec<(usize, Vec<Coord>)>,
    /// Of areas, a square within the middle of each, which dots and numbers stand on as if it were the cell.
    spots: Vec<Vec<Coord>>,
    bounds: Rect,
    flat: Flat,
    unwrap: bool,
}

impl Tiling {
    /// Of what a layer scores.
    ///
    /// # Errors
    /// A cell or an area that reaches beyond the plane.
    pub(super) fn of_layer(layer: &Layer) -> Result<Option<Self>, Cause> {
        let cells: Vec<CellIndex> = layer.scores().cells.iter().map(|cell| cell.cell).collect();
        match layer.areas() {
            Some(areas) => Self::of_areas(areas, layer.view().plane),
            None => Self::of(&cells, layer.view().plane),
        }
    }

    /// Holes are part of their ring: an edge goes to each and back, which covers nothing.
    fn of_areas(areas: &ScoredAreas, plane: Plane) -> Result<Option<Self>, Cause> {
        let centres: Vec<Coord> = (0..areas.ids.len()).map(|row| areas.centre(row)).collect();
        let cell = |at: &Coord| Some(LatLng::new(at.y, at.x).ok()?.cell(Resolution::Fifteen));
        let flat = Flat::of(plane, &centres.iter().filter_map(cell).collect::<Vec<_>>());
        let place = |row: usize, at: Coord| {
            flat.at(at).ok_or_else(|| -> Cause {
                let (id, advice) = (&areas.ids[row], "leave --projection bng out, or keep to Great Britain");
                format!("the map cannot lie in the British National Grid: area {id} reaches beyond it; {advice}").into()
            })
        };
        let mut rings = Vec::new();
        for (row, polygon) in
            areas.areas.polygons.iter().enumerate().flat_map(|(row, all)| all.iter().map(move |part| (row, part)))
        {
            let shell = &polygon.exterior().0[1..];
            let holes = polygon.interiors().iter().flat_map(|hole| hole.0.iter().chain(shell.last()));
            let ring = shell.iter().chain(holes).map(|&at| place(row, at));
            rings.push((row, ring.collect::<Result<Vec<Coord>, Cause>>()?));
        }
        let spot = |(row, &centre): (usize, &Coord)| {
            let at = place(row, centre)?;
            let largest = areas.areas.polygons[row].iter().map(|part| part.unsigned_area().sqrt()).fold(0.0, f64::max);
            let beside = place(row, Coord { y: centre.y + largest / 4.0, ..centre }).map_or(0.0, |to| to.y - at.y);
            Ok([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]
                .map(|(x, y)| Coord { x: at.x + x * beside, y: at.y + y * beside })
                .to_vec())
        };
        let spots = centres.iter().enumerate().map(spot).collect::<Result<Vec<_>, Cause>>()?;
        let mut tiling = Self { rings, spots, bounds: Rect::new((0.0, 0.0), (0.0, 0.0)), flat, unwrap: false };
        if !tiling.find_bounds() {
            return Ok(None);
        }
        let unwrap = tiling.unwrap;
        let all = tiling.rings.iter_mut().map(|(_, ring)| ring).chain(&mut tiling.spots);
        all.flatten().for_each(|at| *at = unwrapped(*at, unwrap));
        Ok(Some(tiling))
    }

    /// `None` for no cells. An area across longitude 180° is drawn across it, not round the world.
    ///
    /// # Errors
    /// A cell that reaches beyond the plane.
    pub(super) fn of(cells: &[CellIndex], plane: Plane) -> Result<Option<Self>, Cause> {
        let flat = Flat::of(plane, cells);
        let beyond = |cell: CellIndex| -> Cause {
            let advice = "leave --projection bng out, or keep to Great Britain";
            format!("the map cannot lie in the British National Grid: cell {cell} reaches beyond it; {advice}").into()
        };
        let on_plane = |cell: CellIndex, corners: &[Coord], turn: f64| {
            let place = |at: &Coord| flat.at(Coord { x: at.x + turn, y: at.y });
            corners[1..].iter().map(place).collect::<Option<Vec<Coord>>>().ok_or_else(|| beyond(cell))
        };
        let mesh = CellMesh::of(cells);
        let corners: Vec<Option<Coord>> = mesh.corners().par_iter().with_min_len(256).map(|&at| flat.at(at)).collect();
        let rings = |(row, &cell): (usize, &CellIndex)| {
            let ring = |corners: &[Coord]| Ok((row, on_plane(cell, corners, 0.0)?));
            match mesh.cut(row) {
                None => {
                    let ring = mesh.ring(row).iter().map(|&number| corners[number as usize]);
                    vec![ring.collect::<Option<Vec<Coord>>>().map(|ring| (row, ring)).ok_or_else(|| beyond(cell))]
                }
                Some(outline) if flat.is_torn() => outline.iter().map(|part| ring(&part.exterior().0)).collect(),
                Some(_) => vec![ring(&boundary::unrolled(cell, 180.0))],
            }
        };
        let rings = cells.par_iter().enumerate().flat_map_iter(rings).collect::<Result<Vec<_>, Cause>>()?;
        let bounds = Rect::new((0.0, 0.0), (0.0, 0.0));
        let mut tiling = Self { rings, spots: Vec::new(), bounds, flat, unwrap: false };
        if !tiling.find_bounds() {
            return Ok(None);
        }
        if tiling.unwrap {
            // Across the cut a cell is whole, and has no seam there.
            tiling.rings.dedup_by_key(|(row, _)| *row);
            for (row, ring) in &mut tiling.rings {
                let outline = boundary::unrolled(cells[*row], 180.0);
                let west = outline.iter().all(|at| at.x < 0.0);
                *ring = on_plane(cells[*row], &outline, if west { 360.0 } else { 0.0 })?;
            }
        }
        Ok(Some(tiling))
    }

    /// Where it lies, and whether it is drawn across longitude 180°; false where there is nothing to draw.
    fn find_bounds(&mut self) -> bool {
        let (Some(plain), Some(across)) = (self.corners(false), self.corners(true)) else { return false };
        self.unwrap = self.flat.is_torn() && across.width() < plain.width() / 2.0;
        self.bounds = if self.unwrap { across } else { plain };
        true
    }

    fn corners(&self, unwrap: bool) -> Option<Rect> {
        let corners = self.rings.iter().flat_map(|(_, ring)| ring);
        corners.map(move |&at| unwrapped(at, unwrap)).collect::<MultiPoint>().bounding_rect()
    }

    /// No cells, but their room.
    pub(super) fn bare(bounds: Rect, unwrap: bool) -> Self {
        Self { rings: Vec::new(), spots: Vec::new(), bounds, flat: Flat::Mercator, unwrap }
    }

    /// Width ÷ height.
    pub(super) fn aspect(&self) -> f64 {
        self.bounds.width() / self.bounds.height()
    }

    /// The rings on a page, each with the row of its cell.
    pub(super) fn on_page(&self, projection: &Projection) -> Vec<(usize, Vec<At>)> {
        let place = |(row, ring): &(usize, Vec<Coord>)| (*row, ring.iter().map(|&at| projection.place(at)).collect());
        self.rings.iter().map(place).collect()
    }

    /// What dots and numbers of areas stand on, on a page.
    pub(super) fn spots_on_page(&self, projection: &Projection) -> Vec<Vec<At>> {
        let spot = |spot: &Vec<Coord>| spot.iter().map(|&at| projection.place(at)).collect();
        self.spots.iter().map(spot).collect()
    }
}

/// West of Greenwich comes after the far east.
fn unwrapped(at: Coord, unwrap: bool) -> Coord {
    Coord { x: if unwrap && at.x < 0.0 { at.x + std::f64::consts::TAU } else { at.x }, ..at }
}

impl Projection {
    pub(super) fn fit(tiling: &Tiling, frame: Frame) -> Self {
        let Tiling { bounds, unwrap, flat, .. } = *tiling;
        let (wide, high) = (frame.right - frame.left, frame.bottom - frame.top);
        let scale = 0.95 * (wide / bounds.width()).min(high / bounds.height());
        Self {
            flat,
            scale,
            origin: bounds.center(),
            left: f64::midpoint(frame.left, frame.right),
            top: f64::midpoint(frame.top, frame.bottom),
            unwrap,
        }
    }

    /// Where a place lies in degrees, beyond the plane about where it would lie.
    pub(super) fn near(&self, degrees: Coord) -> At {
        self.place(self.flat.near(degrees))
    }

    pub(super) fn place(&self, flat: Coord) -> At {
        (self.left + (flat.x - self.origin.x) * self.scale, self.top - (flat.y - self.origin.y) * self.scale)
    }

    /// What is at a point of the page, on the plane.
    pub(super) fn on_plane(&self, (x, y): At) -> Coord {
        Coord { x: self.origin.x + (x - self.left) / self.scale, y: self.origin.y + (self.top - y) / self.scale }
    }

    /// The same in metres of the plane's reference system.
    pub(super) fn in_plane(&self, at: At) -> At {
        let (place, metres) = (self.on_plane(at), self.flat.metres());
        (metres * place.x, metres * place.y)
    }

    /// A length on the page, there.
    pub(super) fn metres_in_plane(&self, length: f64) -> f64 {
        self.flat.metres() * length / self.scale
    }

    /// The plane's reference system, as GDAL reads it.
    pub(super) fn reference(&self) -> String {
        self.flat.reference()
    }

    /// A closed ring on the page, without what lies beyond the plane.
    pub(super) fn ring(&self, ring: &LineString) -> Vec<At> {
        let on_plane = ring.0.iter().skip(1).filter_map(|&at| self.flat.at(at));
        on_plane.map(|at| self.place(unwrapped(at, self.unwrap))).collect()
    }

    /// Metres on the ground for one unit of the page, at the middle of the map.
    pub(super) fn metres(&self) -> f64 {
        self.flat.ground(self.origin.y) / self.scale
    }
}
