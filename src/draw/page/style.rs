//! Type sizes and measures that pages share, in page units.

use crate::draw::canvas::{FAINT, INK, TextStyle};

/// Text of headings, of rows, and of small print.
pub(super) const HEAD: TextStyle = TextStyle { size: 20.0, bold: true, colour: INK };
pub(super) const BODY: TextStyle = TextStyle { size: 16.0, bold: false, colour: INK };
pub(super) const SMALL: TextStyle = TextStyle { size: 14.0, bold: false, colour: FAINT };

/// Radius of the number of a cell.
pub(super) const MARK: f64 = 12.0;

/// Height of a heading, and of a row of a key.
pub(super) const HEADING: f64 = 32.0;
pub(super) const ROW: f64 = 29.0;
/// Left edge of the words of a row.
pub(super) const INDENT: f64 = 40.0;
/// Distance between two parts of a column.
pub(super) const GAP: f64 = 14.0;

/// Width of the line round a hot spot.
pub(super) const HOT_SPOT_LINE: f64 = 2.2;
/// Width of the boundary of the study area.
pub(super) const BORDER: f64 = 1.6;
