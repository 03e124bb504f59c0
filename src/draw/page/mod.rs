//! Pages: one file for each, and the parts that pages share.

pub(crate) mod animation;
mod breakdown;
pub(crate) mod cell;
mod context_key;
pub(crate) mod density;
mod history;
mod inset;
mod key;
mod layout;
mod map_grid;
pub(crate) mod map_page;
pub(crate) mod reporting;
mod series;
mod side_panel;
pub(crate) mod small_multiples;
mod strands;
mod style;
mod two_up;
mod words;

use super::DrawError;
use super::canvas::{At, Canvas};
use super::map::PageTransform;
use crate::layer::Page;

/// A page that can be drawn as pixels or as SVG.
pub(crate) trait Drawing {
    /// Size of the page.
    fn page(&self) -> Page;

    /// Title of the document.
    fn title(&self) -> &str;

    /// Draws the page; returns the transform of its map, if the page has exactly one.
    ///
    /// # Errors
    /// A page too small for its words; a map beyond its plane; a text that cannot be set.
    fn draw(&self, canvas: &Canvas) -> Result<Option<PageTransform>, DrawError>;

    /// Draws the page as pixels.
    ///
    /// # Errors
    /// The errors of [`Self::draw`].
    fn raster(&self) -> Result<Raster, DrawError> {
        let (georeference, pixels) = Canvas::pixels(self.page(), |canvas| {
            let transform = self.draw(canvas)?;
            Ok(transform.map(|transform| Georeference::new(&transform, canvas.scale())))
        })?;
        Ok(Raster { page: self.page(), pixels, georeference })
    }

    /// Draws the page as the text of an SVG document.
    ///
    /// # Errors
    /// The errors of [`Self::draw`].
    fn svg(&self) -> Result<String, DrawError> {
        Ok(Canvas::vectors(self.page(), self.title(), |canvas| self.draw(canvas))?.1)
    }
}

/// A page as pixels.
pub(crate) struct Raster {
    pub(crate) page: Page,
    /// Rows from the top left, three bytes a pixel.
    pub(crate) pixels: Vec<u8>,
    /// Position of the map on the earth, if the page has exactly one map.
    pub(crate) georeference: Option<Georeference>,
}

/// Position of a page's map in the reference system of its plane. Title, legend and words lie beside it.
pub(crate) struct Georeference {
    /// Side of a pixel in metres.
    pub(crate) pixel_m: f64,
    /// Middle of the first pixel in metres, to the east and to the north.
    pub(crate) origin_m: At,
    /// The reference system in a form that GDAL reads.
    pub(crate) reference: String,
}

impl Georeference {
    fn new(transform: &PageTransform, scale: f64) -> Self {
        let pixel = 1.0 / scale;
        Self {
            pixel_m: transform.metres_in_plane(pixel),
            origin_m: transform.in_plane((pixel / 2.0, pixel / 2.0)),
            reference: transform.reference(),
        }
    }
}
