//! Text that pages share: lists with bullets, and how to read a page.

use super::style::{HEAD, HEADING, SMALL};
use crate::draw::canvas::{Canvas, Drawn, FAINT, Left, PageRect};

/// Draws a heading and a list with bullets.
pub(super) fn bullets(canvas: &Canvas, heading: &str, lines: &[String], frame: PageRect) -> Drawn {
    let PageRect { left, mut top, .. } = frame;
    canvas.fitted((left, top), Left, HEAD, frame.width(), heading)?;
    top += HEADING;
    for line in lines {
        canvas.disk((left + 5.0, top + 5.0), 2.0, FAINT);
        top = canvas.paragraph((left + 16.0, top), frame.width() - 16.0, SMALL, line)? + 4.0;
    }
    Ok(())
}

/// Height of [`bullets`] in a column.
pub(super) fn height_of_bullets(canvas: &Canvas, lines: &[String], width: f64) -> Drawn<f64> {
    lines.iter().try_fold(HEADING, |high, line| Ok(high + canvas.height(width - 16.0, SMALL, line)? + 4.0))
}

/// Explains how to read a page; returns the lower end.
pub(super) fn how_to_read(canvas: &Canvas, words: &str, frame: PageRect) -> Drawn<f64> {
    canvas.text((frame.left, frame.top), Left, HEAD, "How to read it")?;
    canvas.paragraph((frame.left, frame.top + HEADING), frame.width(), SMALL, words)
}

/// Height of [`how_to_read`] in a column.
pub(super) fn height_of_reading(canvas: &Canvas, words: &str, width: f64) -> Drawn<f64> {
    Ok(HEADING + canvas.height(width, SMALL, words)?)
}
