//! The map itself: cells, outline, scale bar, numbers of the cells that stand out.

use geo::{BoundingRect, Coord, LineString, MultiPoint, MultiPolygon, Rect};
use h3o::CellIndex;
use rayon::prelude::*;

use super::canvas::{At, Canvas, Rgb, Side, Type};
use super::{FAINT, INK, STANDING_OUT};
use crate::error::Cause;
use crate::grid::boundary;
use crate::layer::Band;
use crate::score::Status;

/// A rectangle of the page.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

/// Mercator: shapes keep their form, and over a city its scale is one number.
pub(super) struct Projection {
    scale: f64,
    origin: Coord,
    latitude: f64,
    left: f64,
    top: f64,
    unwrap: bool,
}

/// The authalic mean radius of the earth in metres (Moritz, Geodetic Reference System 1980, J. Geodesy 74 (2000) 128–133).
const EARTH_RADIUS: f64 = 6_371_007.181;

fn mercator(at: Coord) -> Coord {
    // The poles lie infinitely far away; nothing is drawn beyond 85°.
    let lat = at.y.clamp(-85.0, 85.0).to_radians();
    Coord { x: at.x.to_radians(), y: lat.tan().asinh() }
}

/// Outlines of cells on the flat map, before it is known where on a page they go.
pub(super) struct Tiling {
    /// Row and ring, which is not closed; two rings for a cell that is cut.
    rings: Vec<(usize, Vec<Coord>)>,
    bounds: Rect,
    unwrap: bool,
}

impl Tiling {
    /// `None` for no cells. An area across longitude 180° is drawn across it, not round the world.
    pub(super) fn of(cells: &[CellIndex]) -> Option<Self> {
        let rings = |(row, &cell): (usize, &CellIndex)| {
            let outline = boundary::outline(cell);
            outline.into_iter().map(move |part| (row, part.exterior().0[1..].iter().map(|&at| mercator(at)).collect()))
        };
        let mut rings: Vec<(usize, Vec<Coord>)> = cells.par_iter().enumerate().flat_map_iter(rings).collect();
        let corners = |unwrap: bool| {
            let corners = rings.iter().flat_map(|(_, ring)| ring);
            corners.map(move |&at| unwrapped(at, unwrap)).collect::<MultiPoint>().bounding_rect()
        };
        let (plain, across): (Rect, Rect) = (corners(false)?, corners(true)?);
        let unwrap = across.width() < plain.width() / 2.0;
        for at in rings.iter_mut().flat_map(|(_, ring)| ring) {
            *at = unwrapped(*at, unwrap);
        }
        Some(Self { rings, bounds: if unwrap { across } else { plain }, unwrap })
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
        let Tiling { bounds, unwrap, .. } = *tiling;
        let (wide, high) = (frame.right - frame.left, frame.bottom - frame.top);
        let scale = 0.95 * (wide / bounds.width()).min(high / bounds.height());
        Self {
            scale,
            origin: bounds.center(),
            latitude: bounds.center().y.sinh().atan(),
            left: f64::midpoint(frame.left, frame.right),
            top: f64::midpoint(frame.top, frame.bottom),
            unwrap,
        }
    }

    fn place(&self, flat: Coord) -> At {
        (self.left + (flat.x - self.origin.x) * self.scale, self.top - (flat.y - self.origin.y) * self.scale)
    }

    fn ring(&self, ring: &LineString) -> Vec<At> {
        ring.0.iter().skip(1).map(|&at| self.place(unwrapped(mercator(at), self.unwrap))).collect()
    }

    /// Metres on the ground for one unit of the page, at the middle of the map.
    fn metres(&self) -> f64 {
        EARTH_RADIUS * self.latitude.cos() / self.scale
    }
}

/// What is shown of a cell.
#[derive(Clone, Copy)]
pub(super) enum Shown {
    /// Its score, and whether it rests on few reports.
    Score(f64, bool),
    /// Nothing was scored.
    Silence,
}

impl Shown {
    pub(super) fn of(status: Status, score: f64, sparse: bool) -> Self {
        match status {
            Status::Scored => Self::Score(score, sparse),
            Status::NoReports | Status::NoData => Self::Silence,
        }
    }
}

/// A map of cells, fitted into a frame.
pub(super) struct Map<'a> {
    tiles: Vec<(usize, Vec<At>)>,
    outline: Option<&'a MultiPolygon>,
    projection: Projection,
}

impl<'a> Map<'a> {
    pub(super) fn fit(tiling: &Tiling, outline: Option<&'a MultiPolygon>, frame: Frame) -> Self {
        let projection = Projection::fit(tiling, frame);
        Self { tiles: tiling.on_page(&projection), outline, projection }
    }

    /// Draws the cells as `shown` by row, and the boundary over them.
    pub(super) fn draw(&self, canvas: &Canvas, shown: impl Fn(usize) -> Shown, border: f64) {
        let mut scored = Vec::with_capacity(self.tiles.len());
        let mut dots = Vec::new();
        for (row, corners) in &self.tiles {
            match shown(*row) {
                Shown::Score(score, sparse) => {
                    scored.push((within_seams(corners), Band::of(score).colour));
                    dots.extend(sparse.then_some(corners));
                }
                Shown::Silence => silent(canvas, corners),
            }
        }
        canvas.mosaic(scored.iter().map(|(corners, colour)| (corners.as_slice(), *colour)));
        for corners in dots {
            dot(canvas, corners);
        }
        let parts = self.outline.into_iter().flatten();
        for ring in parts.flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors())) {
            canvas.outline(&self.projection.ring(ring), INK, border);
        }
    }

    /// Draws a line round the cell of a row, thinner where it is small, so that its colour can be seen.
    pub(super) fn ring(&self, canvas: &Canvas, row: usize, width: f64) {
        for corners in self.of(row) {
            let (_, radius) = middle(corners);
            canvas.outline(corners, INK, width.min(radius / 6.0));
        }
    }

    /// The outlines of the cell of a row.
    fn of(&self, row: usize) -> impl Iterator<Item = &[At]> {
        let start = self.tiles.partition_point(|(other, _)| *other < row);
        self.tiles[start..].iter().take_while(move |(other, _)| *other == row).map(|(_, corners)| corners.as_slice())
    }

    /// Puts a number on the cell of a row, on a disk of this radius.
    pub(super) fn mark(&self, canvas: &Canvas, row: usize, number: usize, size: f64) -> Result<(), Cause> {
        let Some(corners) = self.of(row).next() else { return Ok(()) };
        let (centre, radius) = middle(corners);
        mark(canvas, centre, radius, number, size)
    }

    /// A scale bar at most `widest` long, its left end at a point: the longest of 1, 2 and 5 times a power of ten.
    pub(super) fn scale_bar(&self, canvas: &Canvas, (left, top): At, widest: f64) -> Result<(), Cause> {
        let most = widest * self.projection.metres();
        let power = 10_f64.powf(most.log10().floor());
        let metres =
            [5.0, 2.0, 1.0].into_iter().map(|step| step * power).find(|&length| length <= most).unwrap_or(power);
        let length = metres / self.projection.metres();
        canvas.block((left - 8.0, top - 30.0), (left + length + 60.0, top + 12.0), [255; 3]);
        canvas.block((left, top), (left + length, top + 5.0), INK);
        canvas.block((left + length / 2.0, top + 1.0), (left + length - 1.0, top + 4.0), [255; 3]);
        let style = Type { size: 15.0, bold: false, colour: INK };
        let label = if metres >= 1000.0 { format!("{} km", metres / 1000.0) } else { format!("{metres} m") };
        canvas.text((left, top - 22.0), Side::Left, style, "0")?;
        canvas.text((left + length, top - 22.0), Side::Centre, style, &label)
    }
}

/// A scored cell; a sparse one carries a dot, to be read with care. Dot and seams shrink with the cell.
pub(super) fn swatch(canvas: &Canvas, corners: &[At], colour: Rgb, sparse: bool) {
    canvas.fill(&within_seams(corners), colour);
    if sparse {
        dot(canvas, corners);
    }
}

fn dot(canvas: &Canvas, corners: &[At]) {
    let (centre, radius) = middle(corners);
    canvas.disk(centre, (radius / 6.0).min(2.2), FAINT);
}

/// Cells smaller than this have no seams: they would be all that is seen.
const SMALLEST_WITH_SEAMS: f64 = 4.0;

/// A cell less the seam that leaves its neighbours apart.
fn within_seams(corners: &[At]) -> Vec<At> {
    let (centre, radius) = middle(corners);
    let seam = (radius / 12.0).min(1.0);
    let kept = if radius < SMALLEST_WITH_SEAMS { 1.0 } else { 1.0 - 0.5 * seam / radius };
    let inward = |at: &At| (centre.0 + (at.0 - centre.0) * kept, centre.1 + (at.1 - centre.1) * kept);
    corners.iter().map(inward).collect()
}

/// A cell without reports: hatched, so that silence never looks like calm.
pub(super) fn silent(canvas: &Canvas, corners: &[At]) {
    let (_, radius) = middle(corners);
    let width = (radius / 12.0).min(1.0);
    canvas.fill(corners, [255; 3]);
    canvas.hatch(corners, (radius * 0.75).clamp(3.0, 9.0), [0xb9, 0xbe, 0xc6], width);
    canvas.outline(corners, [0xd5, 0xd8, 0xdd], width);
}

/// Middle of an outline, and half its width.
pub(super) fn middle(corners: &[At]) -> (At, f64) {
    let n = corners.len() as f64;
    let (x, y) = (corners.iter().map(|at| at.0).sum::<f64>() / n, corners.iter().map(|at| at.1).sum::<f64>() / n);
    ((x, y), corners.iter().map(|at| (at.0 - x).abs()).fold(0.0, f64::max))
}

/// The number of a cell: on it where there is room, else beside it on a line, so that its colour can be seen.
fn mark(canvas: &Canvas, centre: At, radius: f64, rank: usize, size: f64) -> Result<(), Cause> {
    if radius > 1.4 * size {
        return number(canvas, centre, rank, size);
    }
    let beside = (centre.0 + 2.1 * size, centre.1 - 2.1 * size);
    canvas.line(&[centre, beside], STANDING_OUT, 1.0);
    canvas.disk(centre, 2.0, STANDING_OUT);
    number(canvas, beside, rank, size)
}

/// A numbered mark with a disk of this radius.
pub(super) fn number(canvas: &Canvas, at: At, number: usize, size: f64) -> Result<(), Cause> {
    canvas.disk(at, size, [255; 3]);
    canvas.disk(at, size - 1.0, STANDING_OUT);
    let style = Type { size: 1.25 * size, bold: true, colour: [255; 3] };
    canvas.text((at.0, at.1 - size * 5.0 / 12.0), Side::Centre, style, &number.to_string())
}
