//! How a page is divided: head, map, words beside or below it, foot.

use super::canvas::{Canvas, Side, Type};
use super::tiling::Frame;
use super::{FAINT, INK, SMALL};
use crate::invalid::Cause;
use crate::output::Page;

/// From the edge of a page to what is on it.
pub(super) const MARGIN: f64 = 48.0;
/// Between the map and the words.
const GUTTER: f64 = 36.0;
/// Least width of the words beside a map, unless a page is small.
const BESIDE: f64 = 428.0;
/// The area of a page in page units: what is on it is as large for the eye on every page that is held at arm's length.
const AREA: f64 = 1600.0 * 1200.0;
/// Fewest pixels to a unit: the smallest letters are then eight pixels high. Where that leaves no room for the words, six and
/// a half.
const FINEST: [f64; 2] = [0.62, 0.5];

/// Where things are on a page, in page units from its top left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sheet {
    width: f64,
    /// Where the map is, or the maps are.
    pub(super) map: Frame,
    words: Words,
}

/// Where the words are.
#[derive(Clone, Copy, Debug)]
enum Words {
    Beside(Frame),
    Below([Frame; 2]),
}

/// What stands at head and foot.
pub(super) struct Texts<'a> {
    pub(super) title: &'a str,
    pub(super) subtitle: &'a str,
    pub(super) foot: &'a [String],
    /// How much of the head's width is taken by something else.
    pub(super) taken: f64,
    /// The height that the two parts of the words need at least, in a column of some width.
    pub(super) needs: &'a dyn Fn(f64) -> Result<[f64; 2], Cause>,
}

/// Least height of a map.
const LEAST_MAP: f64 = 240.0;

/// Pixels to a page unit: as is usual, and as may be where there is no room.
pub(super) fn scales(page: Page) -> [f64; 2] {
    let pixels = f64::from(page.width()) * f64::from(page.height());
    FINEST.map(|finest| (pixels / AREA).sqrt().max(finest))
}

/// A page has no room for what must be on it.
#[derive(Debug, thiserror::Error)]
#[error(
    "the page is too small: its key and words need a height of {need:.0}, and there are {have:.0}; take a larger --page"
)]
pub(super) struct TooSmall {
    pub(super) need: f64,
    pub(super) have: f64,
}

impl Sheet {
    /// Draws head and foot of a page, and divides what is left between them.
    ///
    /// # Errors
    /// A page without room for the words.
    pub(super) fn lay(canvas: &Canvas, page: Page, marking: &str, texts: &Texts<'_>) -> Result<Self, Cause> {
        let scale = canvas.scale();
        let (width, height) = (f64::from(page.width()) / scale, f64::from(page.height()) / scale);
        let whole = width - 2.0 * MARGIN;
        for top in [12.0, height - 30.0] {
            let style = Type { size: 17.0, bold: true, colour: INK };
            canvas.fitted((width / 2.0, top), Side::Centre, style, whole, marking)?;
        }
        let top = head(canvas, whole - texts.taken, texts)?;
        let bottom = foot(canvas, height - 36.0, whole, texts.foot)?;
        let inside = Frame { left: MARGIN, top, right: width - MARGIN, bottom };
        let (map, words) = if width >= 0.98 * height {
            let edge = inside.right - (0.29 * width - GUTTER).max(BESIDE.min(0.4 * width));
            let (need, have) = ((texts.needs)(inside.right - edge)?.iter().sum(), bottom - top);
            if need > have {
                return Err(TooSmall { need, have }.into());
            }
            (Frame { right: edge - GUTTER, ..inside }, Words::Beside(Frame { left: edge, ..inside }))
        } else {
            let middle = f64::midpoint(inside.left, inside.right);
            let need = (texts.needs)(middle - GUTTER / 2.0 - inside.left)?.into_iter().fold(0.0, f64::max);
            let (least, have) = (need + LEAST_MAP, bottom - top);
            if least > have {
                return Err(TooSmall { need: least, have }.into());
            }
            let edge = inside.bottom - (0.4 * (bottom - top)).max(need);
            let below = Frame { top: edge, ..inside };
            let columns =
                [Frame { right: middle - GUTTER / 2.0, ..below }, Frame { left: middle + GUTTER / 2.0, ..below }];
            (Frame { bottom: edge - 24.0, ..inside }, Words::Below(columns))
        };
        Ok(Self { width, map, words })
    }

    /// All between head and foot.
    pub(super) fn inside(&self) -> Frame {
        let bottom = match self.words {
            Words::Beside(frame) | Words::Below([frame, _]) => frame.bottom,
        };
        Frame { left: MARGIN, top: self.map.top, right: self.width - MARGIN, bottom }
    }

    /// Where the first part of the words goes.
    pub(super) fn words(&self) -> Frame {
        match self.words {
            Words::Beside(frame) | Words::Below([frame, _]) => frame,
        }
    }

    /// Where the second part of the words goes, when the first ends at `top`: below it, or in a column of its own.
    pub(super) fn more_words(&self, top: f64) -> Frame {
        match self.words {
            Words::Beside(frame) => Frame { top, ..frame },
            Words::Below([_, frame]) => frame,
        }
    }

    /// Whether all words share one column.
    pub(super) fn is_beside(&self) -> bool {
        matches!(self.words, Words::Beside(_))
    }
}

/// Title and subtitle; returns where what is below may begin.
fn head(canvas: &Canvas, width: f64, texts: &Texts<'_>) -> Result<f64, Cause> {
    let mut style = Type { size: 34.0, bold: true, colour: INK };
    let mut lines = canvas.lines(width, style, texts.title)?;
    while lines.len() > 2 && style.size > 20.0 {
        style.size -= 2.0;
        lines = canvas.lines(width, style, texts.title)?;
    }
    let mut top = 40.0;
    for line in &lines {
        canvas.fitted((MARGIN, top), Side::Left, style, width, line)?;
        top += style.leading();
    }
    let style = Type { size: 19.0, bold: false, colour: FAINT };
    Ok(canvas.paragraph((MARGIN, top + 2.0), width, style, texts.subtitle)? + 12.0)
}

/// The small print, its last line at `bottom`; returns where what is above may end.
fn foot(canvas: &Canvas, bottom: f64, width: f64, paragraphs: &[String]) -> Result<f64, Cause> {
    let style = Type { size: 13.0, ..SMALL };
    let mut height = 0.0;
    for paragraph in paragraphs {
        height += canvas.height(width, style, paragraph)? + 2.0;
    }
    let mut top = bottom - height;
    for paragraph in paragraphs {
        top = canvas.paragraph((MARGIN, top), width, style, paragraph)? + 2.0;
    }
    Ok(bottom - height - 12.0)
}
