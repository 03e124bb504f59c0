//! The map itself: cells, outline, scale bar, numbers of the cells that stand out.

use geo::{BoundingRect, Coord, LineString, MultiPolygon, Rect};
use h3o::CellIndex;

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

fn mercator(at: Coord, unwrap: bool) -> Coord {
    let lng = if unwrap && at.x < 0.0 { at.x + 360.0 } else { at.x };
    // The poles lie infinitely far away; nothing is drawn beyond 85°.
    let lat = at.y.clamp(-85.0, 85.0).to_radians();
    Coord { x: lng.to_radians(), y: lat.tan().asinh() }
}

/// The box of cells on the flat map, and whether it lies across longitude 180°: such an area is drawn across it, not round
/// the world.
fn bounds(cells: &[CellIndex]) -> Option<(Rect, bool)> {
    let corners = |unwrap: bool| {
        let outlines = cells.iter().flat_map(|&cell| boundary::outline(cell).0);
        let rings = outlines.map(|part| part.exterior().0.clone());
        LineString(rings.flatten().map(|at| mercator(at, unwrap)).collect()).bounding_rect()
    };
    let (plain, unwrapped): (Rect, Rect) = (corners(false)?, corners(true)?);
    let unwrap = unwrapped.width() < plain.width() / 2.0;
    Some((if unwrap { unwrapped } else { plain }, unwrap))
}

/// Width ÷ height of a map of cells.
pub(super) fn aspect(cells: &[CellIndex]) -> Option<f64> {
    bounds(cells).map(|(bounds, _)| bounds.width() / bounds.height())
}

impl Projection {
    pub(super) fn fit(cells: &[CellIndex], frame: Frame) -> Option<Self> {
        let (bounds, unwrap) = bounds(cells)?;
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
    cells: &'a [CellIndex],
    outline: Option<&'a MultiPolygon>,
    projection: Projection,
}

impl<'a> Map<'a> {
    /// `None` for no cells.
    pub(super) fn fit(cells: &'a [CellIndex], outline: Option<&'a MultiPolygon>, frame: Frame) -> Option<Self> {
        Some(Self { cells, outline, projection: Projection::fit(cells, frame)? })
    }

    /// Draws the cells as `shown` by row, and the boundary over them.
    pub(super) fn draw(&self, canvas: &Canvas<'_>, shown: impl Fn(usize) -> Shown, border: f64) -> Result<(), Cause> {
        for (row, &cell) in self.cells.iter().enumerate() {
            for part in boundary::outline(cell) {
                let corners = self.projection.ring(part.exterior());
                match shown(row) {
                    Shown::Score(score, sparse) => swatch(canvas, &corners, Band::of(score).colour, sparse)?,
                    Shown::Silence => silent(canvas, &corners)?,
                }
            }
        }
        let parts = self.outline.into_iter().flatten();
        for ring in parts.flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors())) {
            canvas.outline(&self.projection.ring(ring), INK, border)?;
        }
        Ok(())
    }

    /// Draws a line round a cell, thinner where the cell is small, so that its colour can be seen.
    pub(super) fn ring(&self, canvas: &Canvas<'_>, cell: CellIndex, width: f64) -> Result<(), Cause> {
        boundary::outline(cell).iter().try_for_each(|part| {
            let corners = self.projection.ring(part.exterior());
            let (_, radius) = middle(&corners);
            canvas.outline(&corners, INK, width.min(radius / 6.0))
        })
    }

    /// Puts a number on a cell, on a disk of this radius.
    pub(super) fn mark(&self, canvas: &Canvas<'_>, cell: CellIndex, number: usize, size: f64) -> Result<(), Cause> {
        let outline = boundary::outline(cell);
        let Some(part) = outline.0.first() else { return Ok(()) };
        let (centre, radius) = middle(&self.projection.ring(part.exterior()));
        mark(canvas, centre, radius, number, size)
    }

    /// A scale bar at most `widest` long, its left end at a point: the longest of 1, 2 and 5 times a power of ten.
    pub(super) fn scale_bar(&self, canvas: &Canvas<'_>, (left, top): At, widest: f64) -> Result<(), Cause> {
        let most = widest * self.projection.metres();
        let power = 10_f64.powf(most.log10().floor());
        let metres =
            [5.0, 2.0, 1.0].into_iter().map(|step| step * power).find(|&length| length <= most).unwrap_or(power);
        let length = metres / self.projection.metres();
        canvas.block((left - 8.0, top - 30.0), (left + length + 60.0, top + 12.0), [255; 3])?;
        canvas.block((left, top), (left + length, top + 5.0), INK)?;
        canvas.block((left + length / 2.0, top + 1.0), (left + length - 1.0, top + 4.0), [255; 3])?;
        let style = Type { size: 15.0, bold: false, colour: INK };
        let label = if metres >= 1000.0 { format!("{} km", metres / 1000.0) } else { format!("{metres} m") };
        canvas.text((left, top - 22.0), Side::Left, style, "0")?;
        canvas.text((left + length, top - 22.0), Side::Centre, style, &label)
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
fn mark(canvas: &Canvas<'_>, centre: At, radius: f64, rank: usize, size: f64) -> Result<(), Cause> {
    if radius > 1.4 * size {
        return number(canvas, centre, rank, size);
    }
    let beside = (centre.0 + 2.1 * size, centre.1 - 2.1 * size);
    canvas.line(&[centre, beside], STANDING_OUT, 1.0)?;
    canvas.disk(centre, 2.0, STANDING_OUT)?;
    number(canvas, beside, rank, size)
}

/// A numbered mark with a disk of this radius.
pub(super) fn number(canvas: &Canvas<'_>, at: At, number: usize, size: f64) -> Result<(), Cause> {
    canvas.disk(at, size, [255; 3])?;
    canvas.disk(at, size - 1.0, STANDING_OUT)?;
    let style = Type { size: 1.25 * size, bold: true, colour: [255; 3] };
    canvas.text((at.0, at.1 - size * 5.0 / 12.0), Side::Centre, style, &number.to_string())
}
