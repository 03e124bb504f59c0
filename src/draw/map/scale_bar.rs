//! The scale bar of a map, with an arrow to the north.

use super::fitted::FittedMap;
use crate::draw::canvas::{At, Canvas, Centre, Drawn, INK, Left, PageRect, TextStyle, rectangle};

/// A length on the page, and its label on the ground.
struct ScaleBar {
    length: f64,
    label: String,
}

impl ScaleBar {
    fn draw(&self, canvas: &Canvas, (left, top): At) -> Drawn {
        let length = self.length;
        let (half, bottom) = (left + length / 2.0, top + 5.0);
        canvas.block((left, top), (half, bottom), INK);
        let hollow = rectangle((half, top + 0.5), (left + length - 0.5, bottom - 0.5));
        canvas.outline(&hollow, INK, 1.0);
        let style = TextStyle { size: 15.0, bold: false, colour: INK };
        // A short bar only has room for the label of its end.
        if length > 60.0 {
            canvas.text((left, top - 22.0), Left, style, "0")?;
        }
        canvas.text((left + length, top - 22.0), Centre, style, &self.label)
    }

    /// Width with its arrow and half of its label.
    fn width(&self) -> f64 {
        ARROW + 12.0 + self.length + 22.0
    }
}

/// Width of the arrow to the north, and height of the bar with it.
const ARROW: f64 = 14.0;
const BAR_HEIGHT: f64 = 44.0;
/// White ground round a bar that may cover something.
const BAR_ROOM: f64 = 6.0;

impl FittedMap<'_> {
    /// Draws a scale bar with an arrow to the north, at most `widest` long, in the corner of the map with the fewest cells.
    /// If no corner is free, the bar is shorter. `is_clear` is true if only cells can be in the way. Returns its rectangle.
    pub(crate) fn scale_bar(&self, canvas: &Canvas, widest: f64, is_clear: bool) -> Drawn<Option<PageRect>> {
        let bars = [1.0, 0.5, 0.25].map(|part| self.bar(part * widest));
        // Inside the frame, the white ground of the bar needs room.
        let inset = if is_clear { 0.0 } else { 2.0 * BAR_ROOM };
        let choices = bars.iter().flat_map(|bar| self.bar_corners(bar, inset).map(move |corner| (corner, bar)));
        let covered = |&((x, y), bar): &(At, &ScaleBar)| {
            let near = |at: &At| {
                (x - 8.0..x + bar.width() + 8.0).contains(&at.0) && (y - 8.0..y + BAR_HEIGHT + 8.0).contains(&at.1)
            };
            self.tiles.iter().filter(|(_, corners)| corners.iter().any(near)).count()
        };
        let Some(choice) = choices.min_by_key(covered) else { return Ok(None) };
        let ((x, y), bar) = choice;
        let room = if is_clear { 0.0 } else { BAR_ROOM };
        let (low, high) = ((x - room, y - room), (x + bar.width() + room, y + BAR_HEIGHT + room / 2.0));
        if covered(&choice) > 0 || !is_clear {
            canvas.block(low, high, [255; 3]);
        }
        let (middle, foot) = (x + ARROW / 2.0, y + BAR_HEIGHT - 18.0);
        canvas.fill(&[(middle, y + 4.0), (middle + 6.0, foot), (middle, foot - 5.0), (middle - 6.0, foot)], INK);
        canvas.text((middle, foot + 4.0), Centre, TextStyle { size: 13.0, bold: true, colour: INK }, "N")?;
        bar.draw(canvas, (x + ARROW + 12.0, foot + 4.0))?;
        Ok(Some(PageRect { left: low.0, top: low.1, right: high.0, bottom: high.1 }))
    }

    /// Possible positions of a bar: the lower corners of the map first.
    fn bar_corners(&self, bar: &ScaleBar, inset: f64) -> [At; 4] {
        let PageRect { left, top, right, bottom } = self.frame;
        let (left, top) = (left + inset, top + inset);
        let (right, bottom) = (right - bar.width() - inset, bottom - BAR_HEIGHT - inset);
        [(left, bottom), (right, bottom), (left, top), (right, top)]
    }

    /// Draws a scale bar alone, its left end at a point.
    pub(crate) fn plain_bar(&self, canvas: &Canvas, at: At, widest: f64) -> Drawn {
        self.bar(widest).draw(canvas, at)
    }

    /// The longest bar of 1, 2 or 5 times a power of ten metres.
    fn bar(&self, widest: f64) -> ScaleBar {
        let max = widest * self.transform.metres();
        let power = 10_f64.powf(max.log10().floor());
        let metres =
            [5.0, 2.0, 1.0].into_iter().map(|step| step * power).find(|&length| length <= max).unwrap_or(power);
        let label = if metres >= 1000.0 { format!("{} km", metres / 1000.0) } else { format!("{metres} m") };
        ScaleBar { length: metres / self.transform.metres(), label }
    }
}
