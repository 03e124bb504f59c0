//! The map itself: cells or areas, outline, scale bar, numbers of what stands out.

use std::borrow::Cow;

use geo::{Coord, MultiPolygon};

use super::canvas::{At, Canvas, Rgb, Side, Type};
use super::tiling::{Frame, Projection, Tiling};
use super::{FAINT, INK, marks};
use crate::invalid::Cause;
use crate::layer::{CellFill, Legend};

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
        let (tiles, spots) = (tiling.on_page(&projection), tiling.spots_on_page(&projection));
        Self { tiles, spots, outline, projection, frame }
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
        self.projection.near(degrees)
    }

    /// Draws the cells, or areas, as `shown` by row.
    pub(super) fn draw(&self, canvas: &Canvas, legend: &Legend, shown: impl Fn(usize) -> CellFill) {
        let in_areas = !self.spots.is_empty();
        let mut tiles = Vec::with_capacity(self.tiles.len());
        let (mut dots, mut falling) = (Vec::new(), Vec::new());
        for (row, corners) in &self.tiles {
            match shown(*row) {
                CellFill::Class { class, sparse } => {
                    let class = &legend.classes[class];
                    let tile = if in_areas { Cow::Borrowed(corners.as_slice()) } else { within_seams(corners) };
                    tiles.push((tile, class.colour));
                    dots.extend(sparse.then_some((*row, class.colour)));
                    falling.extend(class.falls.then_some(corners));
                }
                CellFill::Silence => silent(canvas, corners),
                CellFill::NoData => plain(canvas, corners, NO_DATA),
                CellFill::Nothing => plain(canvas, corners, NOTHING),
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
