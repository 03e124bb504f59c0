//! Outlines of cells or areas in a plane, and the transform from the plane to a page.

use geo::{Area, BoundingRect, Coord, LineString, MultiPoint, Rect};
use h3o::CellIndex;
use rayon::prelude::*;

use super::plane::PlaneProjection;
use crate::draw::DrawError;
use crate::draw::canvas::{At, Drawn, PageRect};
use crate::grid::{CellMesh, LatLng, Resolution, boundary};
use crate::layer::{Layer, Plane, ScoredAreas};

/// The transform from a plane to the page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageTransform {
    projection: PlaneProjection,
    scale: f64,
    origin: Coord,
    left: f64,
    top: f64,
    unwrap: bool,
}

/// Outlines of cells or areas on a plane.
pub(crate) struct Tiling {
    /// Row and open ring; two rings for a cell that is cut at longitude 180°.
    rings: Vec<(usize, Vec<Coord>)>,
    /// Of areas, a square in the middle of each that carries its dot and number.
    spots: Vec<Vec<Coord>>,
    bounds: Rect,
    projection: PlaneProjection,
    unwrap: bool,
}

impl Tiling {
    /// Outlines of the cells or areas of a layer; an error if one reaches beyond the plane.
    pub(crate) fn of_layer(layer: &Layer) -> Drawn<Option<Self>> {
        let cells: Vec<CellIndex> = layer.scores().cells.iter().map(|cell| cell.cell).collect();
        match layer.areas() {
            Some(areas) => Self::of_areas(areas, layer.view().plane),
            None => Self::of(&cells, layer.view().plane),
        }
    }

    /// Outlines of areas. Holes are part of their ring: an edge to each and back covers nothing.
    fn of_areas(areas: &ScoredAreas, plane: Plane) -> Drawn<Option<Self>> {
        let centres: Vec<Coord> = (0..areas.ids.len()).map(|row| areas.centre(row)).collect();
        let cell = |at: &Coord| Some(LatLng::new(at.y, at.x).ok()?.cell(Resolution::Fifteen));
        let projection = PlaneProjection::of(plane, &centres.iter().filter_map(cell).collect::<Vec<_>>());
        let place = |row: usize, at: Coord| {
            projection.at(at).ok_or_else(|| DrawError::BeyondGrid { unit: format!("area {}", areas.ids[row]) })
        };
        let mut rings = Vec::new();
        for (row, polygon) in
            areas.areas.polygons.iter().enumerate().flat_map(|(row, all)| all.iter().map(move |part| (row, part)))
        {
            let shell = &polygon.exterior().0[1..];
            let holes = polygon.interiors().iter().flat_map(|hole| hole.0.iter().chain(shell.last()));
            let ring = shell.iter().chain(holes).map(|&at| place(row, at));
            rings.push((row, ring.collect::<Drawn<Vec<Coord>>>()?));
        }
        let spot = |(row, &centre): (usize, &Coord)| {
            let at = place(row, centre)?;
            let largest = areas.areas.polygons[row].iter().map(|part| part.unsigned_area().sqrt()).fold(0.0, f64::max);
            let beside = place(row, Coord { y: centre.y + largest / 4.0, ..centre }).map_or(0.0, |to| to.y - at.y);
            Ok([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]
                .map(|(x, y)| Coord { x: at.x + x * beside, y: at.y + y * beside })
                .to_vec())
        };
        let spots = centres.iter().enumerate().map(spot).collect::<Drawn<Vec<_>>>()?;
        let mut tiling = Self { rings, spots, bounds: Rect::new((0.0, 0.0), (0.0, 0.0)), projection, unwrap: false };
        if !tiling.find_bounds() {
            return Ok(None);
        }
        let unwrap = tiling.unwrap;
        let all = tiling.rings.iter_mut().map(|(_, ring)| ring).chain(&mut tiling.spots);
        all.flatten().for_each(|at| *at = unwrapped(*at, unwrap));
        Ok(Some(tiling))
    }

    /// Outlines of cells; `None` without cells. Cells on both sides of longitude 180° are drawn across it, not round the world.
    pub(crate) fn of(cells: &[CellIndex], plane: Plane) -> Drawn<Option<Self>> {
        let projection = PlaneProjection::of(plane, cells);
        let beyond = |cell: CellIndex| DrawError::BeyondGrid { unit: format!("cell {cell}") };
        let on_plane = |cell: CellIndex, corners: &[Coord], turn: f64| {
            let place = |at: &Coord| projection.at(Coord { x: at.x + turn, y: at.y });
            corners[1..].iter().map(place).collect::<Option<Vec<Coord>>>().ok_or_else(|| beyond(cell))
        };
        let mesh = CellMesh::of(cells);
        let corners: Vec<Option<Coord>> =
            mesh.corners().par_iter().with_min_len(256).map(|&at| projection.at(at)).collect();
        let rings = |(row, &cell): (usize, &CellIndex)| {
            let ring = |corners: &[Coord]| Ok((row, on_plane(cell, corners, 0.0)?));
            match mesh.cut(row) {
                None => {
                    let ring = mesh.ring(row).iter().map(|&number| corners[number as usize]);
                    vec![ring.collect::<Option<Vec<Coord>>>().map(|ring| (row, ring)).ok_or_else(|| beyond(cell))]
                }
                Some(outline) if projection.ends_at_antimeridian() => {
                    outline.iter().map(|part| ring(&part.exterior().0)).collect()
                }
                Some(_) => vec![ring(&boundary::unrolled(cell, 180.0))],
            }
        };
        let rings = cells.par_iter().enumerate().flat_map_iter(rings).collect::<Drawn<Vec<_>>>()?;
        let bounds = Rect::new((0.0, 0.0), (0.0, 0.0));
        let mut tiling = Self { rings, spots: Vec::new(), bounds, projection, unwrap: false };
        if !tiling.find_bounds() {
            return Ok(None);
        }
        if tiling.unwrap {
            // Drawn across longitude 180°, a cell there is one ring.
            tiling.rings.dedup_by_key(|(row, _)| *row);
            for (row, ring) in &mut tiling.rings {
                let outline = boundary::unrolled(cells[*row], 180.0);
                let west = outline.iter().all(|at| at.x < 0.0);
                *ring = on_plane(cells[*row], &outline, if west { 360.0 } else { 0.0 })?;
            }
        }
        Ok(Some(tiling))
    }

    /// Sets the bounds, and draws across longitude 180° if that is the shorter way; false without outlines.
    fn find_bounds(&mut self) -> bool {
        let (Some(plain), Some(across)) = (self.corners(false), self.corners(true)) else { return false };
        self.unwrap = self.projection.ends_at_antimeridian() && across.width() < plain.width() / 2.0;
        self.bounds = if self.unwrap { across } else { plain };
        true
    }

    fn corners(&self, unwrap: bool) -> Option<Rect> {
        let corners = self.rings.iter().flat_map(|(_, ring)| ring);
        corners.map(move |&at| unwrapped(at, unwrap)).collect::<MultiPoint>().bounding_rect()
    }

    /// Bounds without outlines, in radians of Web Mercator.
    pub(crate) fn empty(bounds: Rect, unwrap: bool) -> Self {
        Self { rings: Vec::new(), spots: Vec::new(), bounds, projection: PlaneProjection::Mercator, unwrap }
    }

    /// Width ÷ height.
    pub(crate) fn aspect(&self) -> f64 {
        self.bounds.width() / self.bounds.height()
    }

    /// The rings on a page, each with the row of its cell.
    pub(crate) fn on_page(&self, transform: &PageTransform) -> Vec<(usize, Vec<At>)> {
        let place = |(row, ring): &(usize, Vec<Coord>)| (*row, ring.iter().map(|&at| transform.place(at)).collect());
        self.rings.iter().map(place).collect()
    }

    /// The squares for dots and numbers of areas, on a page.
    pub(crate) fn spots_on_page(&self, transform: &PageTransform) -> Vec<Vec<At>> {
        let spot = |spot: &Vec<Coord>| spot.iter().map(|&at| transform.place(at)).collect();
        self.spots.iter().map(spot).collect()
    }
}

/// Shifts longitudes west of Greenwich beyond 180° in a plane that runs on there.
fn unwrapped(at: Coord, unwrap: bool) -> Coord {
    Coord { x: if unwrap && at.x < 0.0 { at.x + std::f64::consts::TAU } else { at.x }, ..at }
}

impl PageTransform {
    pub(crate) fn fit(tiling: &Tiling, frame: PageRect) -> Self {
        let Tiling { bounds, unwrap, projection, .. } = *tiling;
        let (wide, high) = (frame.width(), frame.height());
        let scale = 0.95 * (wide / bounds.width()).min(high / bounds.height());
        Self {
            projection,
            scale,
            origin: bounds.center(),
            left: f64::midpoint(frame.left, frame.right),
            top: f64::midpoint(frame.top, frame.bottom),
            unwrap,
        }
    }

    /// Position on the page of a place in degrees; an extrapolated one beyond the plane.
    pub(crate) fn place_degrees(&self, degrees: Coord) -> At {
        self.place(self.projection.extrapolated(degrees))
    }

    /// Position on the page of a point of the plane.
    pub(crate) fn place(&self, at: Coord) -> At {
        (self.left + (at.x - self.origin.x) * self.scale, self.top - (at.y - self.origin.y) * self.scale)
    }

    /// Point of the plane at a position on the page.
    pub(crate) fn on_plane(&self, (x, y): At) -> Coord {
        Coord { x: self.origin.x + (x - self.left) / self.scale, y: self.origin.y + (self.top - y) / self.scale }
    }

    /// Coordinates of a position on the page in metres of the plane's reference system.
    pub(crate) fn in_plane(&self, at: At) -> At {
        let (place, metres) = (self.on_plane(at), self.projection.metres());
        (metres * place.x, metres * place.y)
    }

    /// Metres of the plane's reference system for a length on the page.
    pub(crate) fn metres_in_plane(&self, length: f64) -> f64 {
        self.projection.metres() * length / self.scale
    }

    /// The plane's reference system in a form that GDAL reads.
    pub(crate) fn reference(&self) -> String {
        self.projection.reference()
    }

    /// A closed ring on the page, without corners beyond the plane.
    pub(crate) fn ring(&self, ring: &LineString) -> Vec<At> {
        let on_plane = ring.0.iter().skip(1).filter_map(|&at| self.projection.at(at));
        on_plane.map(|at| self.place(unwrapped(at, self.unwrap))).collect()
    }

    /// Metres on the ground for one unit of the page, at the middle of the map.
    pub(crate) fn metres(&self) -> f64 {
        self.projection.ground_metres(self.origin.y) / self.scale
    }
}
