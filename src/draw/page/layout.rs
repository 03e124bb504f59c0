//! Layout of a page: head, map, words beside or below it, foot.

use super::style::SMALL;
use super::words::{foot, subtitle};
use crate::draw::DrawError;
use crate::draw::canvas::{Canvas, Centre, Drawn, FAINT, INK, Left, PageRect, TextStyle};
use crate::layer::{Layer, Page, drawn_marking};

/// Width of the empty edge of a page.
const MARGIN: f64 = 48.0;
/// Distance between the map and the words.
const GUTTER: f64 = 36.0;
/// Minimum width of the words beside a map, unless a page is small.
const MIN_WORDS_WIDTH: f64 = 428.0;

/// Positions of the parts of a page, in page units from its top left.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageLayout {
    width: f64,
    /// Room for the map or maps.
    pub(super) map: PageRect,
    words: WordColumns,
}

/// Columns of the words.
#[derive(Clone, Copy, Debug)]
enum WordColumns {
    Beside(PageRect),
    Below([PageRect; 2]),
}

/// Texts at head and foot, and the room that the words need.
pub(super) struct PageTexts<'a> {
    pub(super) page: Page,
    pub(super) marking: &'a str,
    pub(super) title: &'a str,
    pub(super) subtitle: &'a str,
    pub(super) foot: &'a [String],
    /// Width of the head that is left free for something else.
    pub(super) reserved: f64,
    pub(super) min_heights: MinHeights<'a>,
}

/// Minimum heights of the two parts of the words, in a column of a given width.
pub(super) type MinHeights<'a> = &'a dyn Fn(f64) -> Drawn<[f64; 2]>;

impl<'a> PageTexts<'a> {
    /// Texts of a page about a layer.
    pub(super) fn of(layer: &'a Layer, subtitle: &'a str, foot: &'a [String], min_heights: MinHeights<'a>) -> Self {
        let provenance = layer.provenance();
        let (page, marking, title) = (layer.view().page, &*provenance.marking, &provenance.title);
        Self { page, marking, title, subtitle, foot, reserved: 0.0, min_heights }
    }
}

/// Minimum height of a map.
const MIN_MAP_HEIGHT: f64 = 240.0;

impl PageLayout {
    /// Draws head and foot of a page about one date, and divides the rest.
    pub(super) fn of_date(canvas: &Canvas, layer: &Layer, min_heights: MinHeights<'_>) -> Drawn<Self> {
        Self::draw(canvas, &PageTexts::of(layer, &subtitle(layer), &foot(layer), min_heights))
    }

    /// Draws head and foot of a page, and divides the rest; an error if the words have no room.
    pub(super) fn draw(canvas: &Canvas, texts: &PageTexts<'_>) -> Drawn<Self> {
        let scale = canvas.scale;
        let (width, height) = (f64::from(texts.page.width()) / scale, f64::from(texts.page.height()) / scale);
        let text_width = width - 2.0 * MARGIN;
        for top in [12.0, height - 30.0] {
            let style = TextStyle { size: 17.0, bold: true, colour: INK };
            canvas.fitted((width / 2.0, top), Centre, style, text_width, drawn_marking(texts.marking))?;
        }
        let top = head(canvas, text_width - texts.reserved, texts)?;
        let bottom = small_print(canvas, height - 36.0, text_width, texts.foot)?;
        let inside = PageRect { left: MARGIN, top, right: width - MARGIN, bottom };
        let (map, words) = if width >= 0.98 * height {
            let edge = inside.right - (0.29 * width - GUTTER).max(MIN_WORDS_WIDTH.min(0.4 * width));
            let (need, have) = ((texts.min_heights)(inside.right - edge)?.iter().sum(), bottom - top);
            if need > have {
                return Err(DrawError::TooSmall { need, have });
            }
            (PageRect { right: edge - GUTTER, ..inside }, WordColumns::Beside(PageRect { left: edge, ..inside }))
        } else {
            let middle = f64::midpoint(inside.left, inside.right);
            let need = (texts.min_heights)(middle - GUTTER / 2.0 - inside.left)?.into_iter().fold(0.0, f64::max);
            let (min, have) = (need + MIN_MAP_HEIGHT, bottom - top);
            if min > have {
                return Err(DrawError::TooSmall { need: min, have });
            }
            let edge = inside.bottom - (0.4 * (bottom - top)).max(need);
            let below = PageRect { top: edge, ..inside };
            let columns =
                [PageRect { right: middle - GUTTER / 2.0, ..below }, PageRect { left: middle + GUTTER / 2.0, ..below }];
            (PageRect { bottom: edge - 24.0, ..inside }, WordColumns::Below(columns))
        };
        Ok(Self { width, map, words })
    }

    /// The part between head and foot.
    pub(super) fn inside(&self) -> PageRect {
        let bottom = match self.words {
            WordColumns::Beside(frame) | WordColumns::Below([frame, _]) => frame.bottom,
        };
        PageRect { left: MARGIN, top: self.map.top, right: self.width - MARGIN, bottom }
    }

    /// Column of the first part of the words.
    pub(super) fn words(&self) -> PageRect {
        match self.words {
            WordColumns::Beside(frame) | WordColumns::Below([frame, _]) => frame,
        }
    }

    /// Room for the second part of the words, if the first ends at `top`: below it, or a column of its own.
    pub(super) fn more_words(&self, top: f64) -> PageRect {
        match self.words {
            WordColumns::Beside(frame) => PageRect { top, ..frame },
            WordColumns::Below([_, frame]) => frame,
        }
    }

    /// True if all words share one column.
    pub(super) fn is_beside(&self) -> bool {
        matches!(self.words, WordColumns::Beside(_))
    }
}

/// Draws title and subtitle; returns the upper edge of the free part.
fn head(canvas: &Canvas, width: f64, texts: &PageTexts<'_>) -> Drawn<f64> {
    let mut style = TextStyle { size: 34.0, bold: true, colour: INK };
    let mut lines = canvas.lines(width, style, texts.title)?;
    while lines.len() > 2 && style.size > 20.0 {
        style.size -= 2.0;
        lines = canvas.lines(width, style, texts.title)?;
    }
    let mut top = 40.0;
    for line in &lines {
        canvas.fitted((MARGIN, top), Left, style, width, line)?;
        top += style.leading();
    }
    let style = TextStyle { size: 19.0, bold: false, colour: FAINT };
    Ok(canvas.paragraph((MARGIN, top + 2.0), width, style, texts.subtitle)? + 12.0)
}

/// Draws the small print, its last line at `bottom`; returns the lower edge of the free part.
fn small_print(canvas: &Canvas, bottom: f64, width: f64, paragraphs: &[String]) -> Drawn<f64> {
    let style = TextStyle { size: 13.0, ..SMALL };
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
