//! The map itself: cells or areas, outline, scale bar, numbers of what stands out.

use std::borrow::Cow;

use geo::{Area, BoundingRect, Coord, LineString, MultiPoint, MultiPolygon, Rect};
use h3o::CellIndex;
use rayon::prelude::*;

use super::canvas::{At, Canvas, Rgb, Side, Type};
use super::plane::Flat;
use super::{FAINT, INK, marks};
use crate::error::Cause;
use crate::grid::{LatLng, Mesh, Resolution, boundary};
use crate::layer::{Layer, Legend, Plane, ScoredAreas, Shown};

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
        let mesh = Mesh::of(cells);
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
    fn ring(&self, ring: &LineString) -> Vec<At> {
        let on_plane = ring.0.iter().skip(1).filter_map(|&at| self.flat.at(at));
        on_plane.map(|at| self.place(unwrapped(at, self.unwrap))).collect()
    }

    /// Metres on the ground for one unit of the page, at the middle of the map.
    fn metres(&self) -> f64 {
        self.flat.ground(self.origin.y) / self.scale
    }
}

/// A map of cells, fitted into a frame.
pub(super) struct Map<'a> {
    tiles: Vec<(usize, Vec<At>)>,
    /// Of areas, what dots and numbers stand on.
    spots: Vec<Vec<At>>,
    outline: Option<&'a MultiPolygon>,
    projection: Projection,
    frame: Frame,
}

impl<'a> Map<'a> {
    pub(super) fn fit(tiling: &Tiling, outline: Option<&'a MultiPolygon>, frame: Frame) -> Self {
        let projection = Projection::fit(tiling, frame);
        let spot = |spot: &Vec<Coord>| spot.iter().map(|&at| projection.place(at)).collect();
        let spots = tiling.spots.iter().map(spot).collect();
        Self { tiles: tiling.on_page(&projection), spots, outline, projection, frame }
    }

    /// How it lies on the page.
    pub(super) fn projection(&self) -> &Projection {
        &self.projection
    }

    /// The same, when all is drawn.
    pub(super) fn into_projection(self) -> Projection {
        self.projection
    }

    /// The part of the page that it may cover.
    pub(super) fn frame(&self) -> Frame {
        self.frame
    }

    /// Where a place in degrees is on the page; its longitude runs on across 180° where the map does.
    pub(super) fn place(&self, degrees: Coord) -> At {
        self.projection.place(self.projection.flat.near(degrees))
    }

    /// Draws the cells, or areas, as `shown` by row.
    pub(super) fn draw(&self, canvas: &Canvas, legend: &Legend, shown: impl Fn(usize) -> Shown) {
        let in_areas = !self.spots.is_empty();
        let mut tiles = Vec::with_capacity(self.tiles.len());
        let (mut dots, mut falling) = (Vec::new(), Vec::new());
        for (row, corners) in &self.tiles {
            match shown(*row) {
                Shown::Class { class, sparse } => {
                    let class = &legend.classes[class];
                    let tile = if in_areas { Cow::Borrowed(corners.as_slice()) } else { within_seams(corners) };
                    tiles.push((tile, class.colour));
                    dots.extend(sparse.then_some((*row, class.colour)));
                    falling.extend(class.falls.then_some(corners));
                }
                Shown::Silence => silent(canvas, corners),
                Shown::NoData => plain(canvas, corners, NO_DATA),
                Shown::Nothing => plain(canvas, corners, NOTHING),
            }
        }
        canvas.mosaic(tiles.iter().map(|(corners, colour)| (&**corners, *colour)));
        for (corners, _) in tiles.iter().filter(|_| in_areas) {
            let (_, radius) = middle(corners);
            canvas.outline(corners, [255; 3], (radius / 12.0).min(0.8));
        }
        for corners in falling {
            falls(canvas, corners);
        }
        // Of an area of several parts, one.
        dots.dedup_by_key(|(row, _)| *row);
        for (row, colour) in dots {
            if let Some(corners) = self.spot(row) {
                dot(canvas, corners, colour);
            }
        }
    }

    /// Draws the boundary of the study area, a line of this width.
    pub(super) fn border(&self, canvas: &Canvas, width: f64) {
        let parts = self.outline.into_iter().flatten();
        for ring in parts.flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors())) {
            canvas.outline(&self.projection.ring(ring), INK, width);
        }
    }

    /// Draws a line round the cell of a row, thinner where it is small, so that its colour can be seen.
    pub(super) fn ring(&self, canvas: &Canvas, row: usize, width: f64) {
        for corners in self.of(row) {
            let (_, radius) = middle(corners);
            canvas.outline(corners, INK, width.min(radius / 6.0));
        }
    }

    /// The middle of the cell of a row.
    pub(super) fn middle(&self, row: usize) -> Option<At> {
        self.spot(row).map(|corners| middle(corners).0)
    }

    /// What a dot or a number of a row stands on.
    fn spot(&self, row: usize) -> Option<&[At]> {
        self.spots.get(row).map(Vec::as_slice).or_else(|| self.of(row).next())
    }

    /// The outlines of the cell of a row.
    fn of(&self, row: usize) -> impl Iterator<Item = &[At]> {
        let start = self.tiles.partition_point(|(other, _)| *other < row);
        self.tiles[start..].iter().take_while(move |(other, _)| *other == row).map(|(_, corners)| corners.as_slice())
    }

    /// Puts numbers on cells, each with its row, on disks of this radius; returns the middles of the cells and of the disks.
    pub(super) fn mark(&self, canvas: &Canvas, numbers: &[(usize, usize)], size: f64) -> Result<Vec<(At, At)>, Cause> {
        let cells: Vec<_> = numbers.iter().filter_map(|&(number, row)| Some((number, self.spot(row)?))).collect();
        marks::draw(canvas, &cells, self.frame, size)
    }

    /// A scale bar with an arrow to the north: at most `widest` long, in a corner of the map that is free of cells; a shorter
    /// one where there is no room for it. `is_clear`: whether nothing but cells can be in the way. Returns where it is.
    pub(super) fn scale_bar(&self, canvas: &Canvas, widest: f64, is_clear: bool) -> Result<Option<Frame>, Cause> {
        let bars = [1.0, 0.5, 0.25].map(|part| self.bar(part * widest));
        // Beside the line round the map there is room for the white ground of the bar.
        let inset = if is_clear { 0.0 } else { 2.0 * BAR_ROOM };
        let choices = bars.iter().flat_map(|bar| self.corners(bar, inset).map(move |corner| (corner, bar)));
        let covered = |&((x, y), bar): &(At, &Bar)| {
            let near = |at: &At| {
                (x - 8.0..x + bar.room() + 8.0).contains(&at.0) && (y - 8.0..y + BAR_HEIGHT + 8.0).contains(&at.1)
            };
            self.tiles.iter().filter(|(_, corners)| corners.iter().any(near)).count()
        };
        let Some(choice) = choices.min_by_key(covered) else { return Ok(None) };
        let ((x, y), bar) = choice;
        let room = if is_clear { 0.0 } else { BAR_ROOM };
        let (low, high) = ((x - room, y - room), (x + bar.room() + room, y + BAR_HEIGHT + room / 2.0));
        if covered(&choice) > 0 || !is_clear {
            canvas.block(low, high, [255; 3]);
        }
        let (middle, foot) = (x + ARROW / 2.0, y + BAR_HEIGHT - 18.0);
        canvas.fill(&[(middle, y + 4.0), (middle + 6.0, foot), (middle, foot - 5.0), (middle - 6.0, foot)], INK);
        canvas.text((middle, foot + 4.0), Side::Centre, Type { size: 13.0, bold: true, colour: INK }, "N")?;
        bar.draw(canvas, (x + ARROW + 12.0, foot + 4.0))?;
        Ok(Some(Frame { left: low.0, top: low.1, right: high.0, bottom: high.1 }))
    }

    /// Where a bar may stand: the lower corners of the map first.
    fn corners(&self, bar: &Bar, inset: f64) -> [At; 4] {
        let Frame { left, top, right, bottom } = self.frame;
        let (left, top) = (left + inset, top + inset);
        let (right, bottom) = (right - bar.room() - inset, bottom - BAR_HEIGHT - inset);
        [(left, bottom), (right, bottom), (left, top), (right, top)]
    }

    /// A scale bar alone, its left end at a point.
    pub(super) fn plain_bar(&self, canvas: &Canvas, at: At, widest: f64) -> Result<(), Cause> {
        self.bar(widest).draw(canvas, at)
    }

    /// The longest of 1, 2 and 5 times a power of ten metres.
    fn bar(&self, widest: f64) -> Bar {
        let most = widest * self.projection.metres();
        let power = 10_f64.powf(most.log10().floor());
        let metres =
            [5.0, 2.0, 1.0].into_iter().map(|step| step * power).find(|&length| length <= most).unwrap_or(power);
        let label = if metres >= 1000.0 { format!("{} km", metres / 1000.0) } else { format!("{metres} m") };
        Bar { length: metres / self.projection.metres(), label }
    }
}

/// A length on the ground, on the page and in words.
struct Bar {
    length: f64,
    label: String,
}

impl Bar {
    fn draw(&self, canvas: &Canvas, (left, top): At) -> Result<(), Cause> {
        let length = self.length;
        let (half, bottom) = (left + length / 2.0, top + 5.0);
        canvas.block((left, top), (half, bottom), INK);
        let hollow = [
            (half, top + 0.5),
            (left + length - 0.5, top + 0.5),
            (left + length - 0.5, bottom - 0.5),
            (half, bottom - 0.5),
        ];
        canvas.outline(&hollow, INK, 1.0);
        let style = Type { size: 15.0, bold: false, colour: INK };
        // Beside a short bar, the label of its end has the room.
        if length > 60.0 {
            canvas.text((left, top - 22.0), Side::Left, style, "0")?;
        }
        canvas.text((left + length, top - 22.0), Side::Centre, style, &self.label)
    }

    /// Width that it takes up, with its arrow and half of its label.
    fn room(&self) -> f64 {
        ARROW + 12.0 + self.length + 22.0
    }
}

/// Width of the arrow to the north, and height of the bar with it.
const ARROW: f64 = 14.0;
const BAR_HEIGHT: f64 = 44.0;
/// White ground round the bar where something may be under it.
const BAR_ROOM: f64 = 6.0;

/// Days without data, and a column without a value.
pub(super) const NO_DATA: Rgb = [0xd9, 0xdc, 0xe1];
pub(super) const NOTHING: Rgb = [0xf6, 0xf7, 0xf8];
/// Round cells that show no value.
const PALE: Rgb = [0xd5, 0xd8, 0xdd];

/// A cell of a class. Seams shrink with the cell.
pub(super) fn swatch(canvas: &Canvas, corners: &[At], colour: Rgb) {
    canvas.fill(&within_seams(corners), colour);
}

/// A cell without a value.
pub(super) fn plain(canvas: &Canvas, corners: &[At], colour: Rgb) {
    canvas.fill(corners, colour);
    let (_, radius) = middle(corners);
    canvas.outline(corners, PALE, (radius / 12.0).min(1.0));
}

/// White lines over a cell that fell: in grey print, both ends of a diverging ramp look the same.
pub(super) fn falls(canvas: &Canvas, corners: &[At]) {
    canvas.hatch(corners, 5.0, [255; 3], 0.9);
}

/// Whether white is seen better on a colour than ink is: by its luma (ITU-R BT.601).
pub(super) fn is_dark([red, green, blue]: Rgb) -> bool {
    0.299 * f64::from(red) + 0.587 * f64::from(green) + 0.114 * f64::from(blue) < 128.0
}

/// A sparse cell carries a dot, to be read with care. It shrinks with the cell.
pub(super) fn dot(canvas: &Canvas, corners: &[At], colour: Rgb) {
    let (centre, radius) = middle(corners);
    let ink = if is_dark(colour) { [255; 3] } else { FAINT };
    canvas.disk(centre, (radius / 6.0).min(2.2), ink);
}

/// Cells smaller than this have no seams: they would be all that is seen.
const SMALLEST_WITH_SEAMS: f64 = 5.0;

/// A cell less the seam that leaves its neighbours apart.
fn within_seams(corners: &[At]) -> Cow<'_, [At]> {
    let (centre, radius) = middle(corners);
    if radius < SMALLEST_WITH_SEAMS {
        return Cow::Borrowed(corners);
    }
    let kept = 1.0 - 0.5 * (radius / 12.0).min(1.0) / radius;
    let inward = |at: &At| (centre.0 + (at.0 - centre.0) * kept, centre.1 + (at.1 - centre.1) * kept);
    corners.iter().map(inward).collect()
}

/// A cell without reports: hatched, so that silence never looks like calm.
pub(super) fn silent(canvas: &Canvas, corners: &[At]) {
    let (_, radius) = middle(corners);
    let width = (radius / 12.0).min(1.0);
    canvas.fill(corners, [255; 3]);
    canvas.hatch(corners, (radius * 0.75).clamp(3.0, 9.0), [0xb9, 0xbe, 0xc6], width);
    canvas.outline(corners, PALE, width);
}

/// Middle of an outline, and half its width.
pub(super) fn middle(corners: &[At]) -> (At, f64) {
    let n = corners.len() as f64;
    let (x, y) = (corners.iter().map(|at| at.0).sum::<f64>() / n, corners.iter().map(|at| at.1).sum::<f64>() / n);
    ((x, y), corners.iter().map(|at| (at.0 - x).abs()).fold(0.0, f64::max))
}
