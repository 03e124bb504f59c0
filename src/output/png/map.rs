//! The map itself: cells, outline, scale bar, numbers of the cells that stand out.

use geo::{BoundingRect, Coord, LineString, Rect};
use h3o::CellIndex;

use super::canvas::{At, Canvas, Rgb, Side, Type};
use super::panel::Entry;
use super::{FAINT, INK, STANDING_OUT};
use crate::error::Cause;
use crate::grid::boundary;
use crate::layer::{Band, Layer};
use crate::score::{CellScore, Status};

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

fn mercator(at: Coord, unwrap: bool) -> Coord {
    let lng = if unwrap && at.x < 0.0 { at.x + 360.0 } else { at.x };
    // The poles lie infinitely far away; nothing is drawn beyond 85°.
    let lat = at.y.clamp(-85.0, 85.0).to_radians();
    Coord { x: lng.to_radians(), y: lat.tan().asinh() }
}

impl Projection {
    pub(super) fn fit(cells: &[CellIndex], frame: Frame) -> Option<Self> {
        let outlines = || cells.iter().map(|&cell| boundary::outline(cell));
        let corners = |unwrap: bool| {
            let cells = outlines().flat_map(move |outline| outline.0).map(|part| part.exterior().0.clone());
            LineString(cells.flatten().map(|at| mercator(at, unwrap)).collect()).bounding_rect()
        };
        // An area that touches longitude 180° from both sides is drawn across it, not round the world.
        let (plain, unwrapped): (Rect, Rect) = (corners(false)?, corners(true)?);
        let unwrap = unwrapped.width() < plain.width() / 2.0;
        let bounds = if unwrap { unwrapped } else { plain };
        let (wide, high) = (frame.right - frame.left, frame.bottom - frame.top);
        let scale = 0.95 * (wide / bounds.width()).min(high / bounds.height());
        Some(Self {
            scale,
            origin: bounds.center(),
            latitude: bounds.center().y.sinh().atan(),
            left: f64::midpoint(frame.left, frame.right),
            top: f64::midpoint(frame.top, frame.bottom),
            unwrap,
        })
    }

    pub(super) fn page(&self, at: Coord) -> At {
        let flat = mercator(at, self.unwrap);
        (self.left + (flat.x - self.origin.x) * self.scale, self.top - (flat.y - self.origin.y) * self.scale)
    }

    pub(super) fn ring(&self, ring: &LineString) -> Vec<At> {
        ring.0.iter().skip(1).map(|&at| self.page(at)).collect()
    }

    /// Metres on the ground for one unit of the page, at the middle of the map.
    fn metres(&self) -> f64 {
        EARTH_RADIUS * self.latitude.cos() / self.scale
    }
}

/// Draws the map into a frame.
pub(super) fn draw(canvas: &Canvas<'_>, layer: &Layer, entries: &[Entry<'_>], frame: Frame) -> Result<(), Cause> {
    let cells: Vec<CellIndex> = layer.scores().cells.iter().map(|cell| cell.cell).collect();
    let Some(projection) = Projection::fit(&cells, frame) else { return Ok(()) };
    for cell in &layer.scores().cells {
        for part in boundary::outline(cell.cell) {
            draw_cell(canvas, cell, &projection.ring(part.exterior()))?;
        }
    }
    for ring in
        layer.outline().into_iter().flatten().flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()))
    {
        canvas.outline(&projection.ring(ring), INK, 1.6)?;
    }
    for (rank, entry) in entries.iter().enumerate() {
        for part in boundary::outline(entry.cell.cell).iter().take(1) {
            let (centre, radius) = middle(&projection.ring(part.exterior()));
            mark(canvas, centre, radius, rank + 1)?;
        }
    }
    scale_bar(canvas, &projection, frame)
}

fn draw_cell(canvas: &Canvas<'_>, cell: &CellScore, corners: &[At]) -> Result<(), Cause> {
    match cell.status {
        Status::Scored => swatch(canvas, corners, Band::of(cell.score).colour, cell.sparse),
        Status::NoReports | Status::NoData => silent(canvas, corners),
    }
}

/// A scored cell; a sparse one carries a dot, to be read with care. Dot and seams shrink with the cell.
pub(super) fn swatch(canvas: &Canvas<'_>, corners: &[At], colour: Rgb, sparse: bool) -> Result<(), Cause> {
    let (centre, radius) = middle(corners);
    canvas.fill(corners, colour)?;
    canvas.outline(corners, [255; 3], (radius / 12.0).min(1.0))?;
    if sparse {
        canvas.disk(centre, (radius / 6.0).min(2.2), FAINT)?;
    }
    Ok(())
}

/// A cell without reports: hatched, so that silence never looks like calm.
pub(super) fn silent(canvas: &Canvas<'_>, corners: &[At]) -> Result<(), Cause> {
    let (_, radius) = middle(corners);
    let width = (radius / 12.0).min(1.0);
    canvas.fill(corners, [255; 3])?;
    canvas.hatch(corners, (radius * 0.75).clamp(3.0, 9.0), [0xb9, 0xbe, 0xc6], width)?;
    canvas.outline(corners, [0xd5, 0xd8, 0xdd], width)
}

/// Middle of an outline, and half its width.
pub(super) fn middle(corners: &[At]) -> (At, f64) {
    let n = corners.len() as f64;
    let (x, y) = (corners.iter().map(|at| at.0).sum::<f64>() / n, corners.iter().map(|at| at.1).sum::<f64>() / n);
    ((x, y), corners.iter().map(|at| (at.0 - x).abs()).fold(0.0, f64::max))
}

/// The number of a cell: on it where there is room, else beside it on a line, so that its colour can be seen.
fn mark(canvas: &Canvas<'_>, centre: At, radius: f64, rank: usize) -> Result<(), Cause> {
    if radius > 18.0 {
        return number(canvas, centre, rank);
    }
    let beside = (centre.0 + 26.0, centre.1 - 26.0);
    canvas.line(&[centre, beside], STANDING_OUT, 1.0)?;
    canvas.disk(centre, 2.0, STANDING_OUT)?;
    number(canvas, beside, rank)
}

/// A numbered mark.
pub(super) fn number(canvas: &Canvas<'_>, at: At, number: usize) -> Result<(), Cause> {
    canvas.disk(at, 12.0, [255; 3])?;
    canvas.disk(at, 11.0, STANDING_OUT)?;
    let style = Type { size: 15.0, bold: true, colour: [255; 3] };
    canvas.text((at.0, at.1 - 5.0), Side::Centre, style, &number.to_string())
}

/// The longest of 1, 2 and 5 times a power of ten that takes up to a quarter of the frame.
fn scale_bar(canvas: &Canvas<'_>, projection: &Projection, frame: Frame) -> Result<(), Cause> {
    let most = (frame.right - frame.left) / 4.0 * projection.metres();
    let power = 10_f64.powf(most.log10().floor());
    let metres = [5.0, 2.0, 1.0].into_iter().map(|step| step * power).find(|&length| length <= most).unwrap_or(power);
    let length = metres / projection.metres();
    let (left, top) = (frame.left + 14.0, frame.bottom - 18.0);
    canvas.block((left - 8.0, top - 30.0), (left + length + 60.0, top + 12.0), [255; 3])?;
    canvas.block((left, top), (left + length, top + 5.0), INK)?;
    canvas.block((left + length / 2.0, top + 1.0), (left + length - 1.0, top + 4.0), [255; 3])?;
    let style = Type { size: 15.0, bold: false, colour: INK };
    let label = if metres >= 1000.0 { format!("{} km", metres / 1000.0) } else { format!("{metres} m") };
    canvas.text((left, top - 22.0), Side::Left, style, "0")?;
    canvas.text((left + length, top - 22.0), Side::Centre, style, &label)
}
