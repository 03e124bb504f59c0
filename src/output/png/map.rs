//! The map itself: cells, outline, scale bar, numbers of the cells that stand out.

use geo::{BoundingRect, Coord, LineString, MultiPoint, MultiPolygon, Rect};
use h3o::CellIndex;
use rayon::prelude::*;

use super::canvas::{At, Canvas, Rgb, Side, Type};
use super::{FAINT, INK, marks};
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
        if unwrap {
            // Across the cut a cell is whole, and has no seam there.
            rings.dedup_by_key(|(row, _)| *row);
            for (row, ring) in &mut rings {
                let outline = boundary::unrolled(cells[*row], 180.0);
                let west = outline.iter().all(|at| at.x < 0.0);
                let place = |at: &Coord| mercator(Coord { x: if west { at.x + 360.0 } else { at.x }, y: at.y });
                *ring = outline[1..].iter().map(place).collect();
            }
        }
        Some(Self { rings, bounds: if unwrap { across } else { plain }, unwrap })
    }

    /// No cells, but their room.
    pub(super) fn bare(bounds: Rect, unwrap: bool) -> Self {
        Self { rings: Vec::new(), bounds, unwrap }
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

    pub(super) fn place(&self, flat: Coord) -> At {
        (self.left + (flat.x - self.origin.x) * self.scale, self.top - (flat.y - self.origin.y) * self.scale)
    }

    /// What is at a point of the page, on the flat map of a sphere of radius 1.
    pub(super) fn on_earth(&self, (x, y): At) -> Coord {
        Coord { x: self.origin.x + (x - self.left) / self.scale, y: self.origin.y + (self.top - y) / self.scale }
    }

    /// A length on the page, there.
    pub(super) fn radians(&self, length: f64) -> f64 {
        length / self.scale
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
    frame: Frame,
}

impl<'a> Map<'a> {
    pub(super) fn fit(tiling: &Tiling, outline: Option<&'a MultiPolygon>, frame: Frame) -> Self {
        let projection = Projection::fit(tiling, frame);
        Self { tiles: tiling.on_page(&projection), outline, projection, frame }
    }

    /// How it lies on the page.
    pub(super) fn projection(&self) -> &Projection {
        &self.projection
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
        self.boundary(canvas, border);
    }

    /// Draws the boundary of the study area.
    pub(super) fn boundary(&self, canvas: &Canvas, border: f64) {
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

    /// Puts numbers on cells, each with its row, on disks of this radius.
    pub(super) fn mark(&self, canvas: &Canvas, numbers: &[(usize, usize)], size: f64) -> Result<(), Cause> {
        let cells: Vec<_> = numbers.iter().filter_map(|&(number, row)| Some((number, self.of(row).next()?))).collect();
        marks::draw(canvas, &cells, self.frame, size)
    }

    /// A scale bar with an arrow to the north: at most `widest` long, in a corner of the map that is free of cells; a shorter
    /// one where there is no room for it.
    pub(super) fn scale_bar(&self, canvas: &Canvas, widest: f64) -> Result<(), Cause> {
        let bars = [1.0, 0.5, 0.25].map(|part| self.bar(part * widest));
        let choices = bars.iter().flat_map(|bar| self.corners(bar).map(move |corner| (corner, bar)));
        let covered = |&((x, y), bar): &(At, &Bar)| {
            let near = |at: &At| {
                (x - 8.0..x + bar.room() + 8.0).contains(&at.0) && (y - 8.0..y + BAR_HEIGHT + 8.0).contains(&at.1)
            };
            self.tiles.iter().filter(|(_, corners)| corners.iter().any(near)).count()
        };
        let Some(choice) = choices.min_by_key(covered) else { return Ok(()) };
        let ((x, y), bar) = choice;
        if covered(&choice) > 0 {
            canvas.block((x, y), (x + bar.room(), y + BAR_HEIGHT), [255; 3]);
        }
        let (middle, foot) = (x + ARROW / 2.0, y + BAR_HEIGHT - 18.0);
        canvas.fill(&[(middle, y + 4.0), (middle + 6.0, foot), (middle, foot - 5.0), (middle - 6.0, foot)], INK);
        canvas.text((middle, foot + 4.0), Side::Centre, Type { size: 13.0, bold: true, colour: INK }, "N")?;
        bar.draw(canvas, (x + ARROW + 12.0, foot + 4.0))
    }

    /// Where a bar may stand: the lower corners of the map first.
    fn corners(&self, bar: &Bar) -> [At; 4] {
        let Frame { left, top, right, bottom } = self.frame;
        let (right, bottom) = (right - bar.room(), bottom - BAR_HEIGHT);
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
        canvas.text((left, top - 22.0), Side::Left, style, "0")?;
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
