//! Drawing: pages of maps and words as pixels or SVG. Nothing here writes a file; the encoders of [`crate::output`] do.
//!
//! Its layers are `canvas` (polygons, lines, text), `map` (cells and context in a plane) and `page` (one file for each
//! page, and shared parts). Each uses only those before it.

mod canvas;
mod error;
mod map;
mod page;

pub(crate) use canvas::{Rgb, hex};
pub use error::DrawError;
use error::Drawn;
pub(crate) use page::{AnimationPages, CountRaster, Georeference, Pictured, Raster, check_dates, must_be_legible};
