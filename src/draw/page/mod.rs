//! Pages: one file for each, and the parts that pages share.

mod animation;
mod breakdown;
mod cell;
mod context_key;
mod density;
mod history;
mod inset;
mod key;
mod layout;
mod map_grid;
mod map_page;
mod prose;
mod reporting;
mod series;
mod side_panel;
mod small_multiples;
mod strands;
mod style;
mod two_up;
mod words;

pub(crate) use animation::{AnimationPages, check_dates};
pub(crate) use density::CountRaster;

use super::canvas::{At, Canvas};
use super::map::PageTransform;
use super::{DrawError, Drawn};
use crate::font::{Typesetter, advice};
use crate::layer::{Layer, Page, View};

/// A product that can be drawn as one page.
pub(crate) trait Pictured {
    /// Content of the page, in a line.
    const PAGE: &'static str;

    /// The page, ready to be drawn.
    fn drawing(&self) -> Drawing<'_>;
}

/// Draws a page; returns the transform of its map, if the page has exactly one.
type DrawPage<'a> = Box<dyn Fn(&Canvas) -> Drawn<Option<PageTransform>> + 'a>;

/// A page that can be drawn as pixels or as SVG.
pub(crate) struct Drawing<'a> {
    view: &'a View,
    marking: &'a str,
    title: &'a str,
    draw: DrawPage<'a>,
}

impl<'a> Drawing<'a> {
    /// A page of the size and title of a layer.
    fn of_layer(layer: &'a Layer, draw: impl Fn(&Canvas) -> Drawn<Option<PageTransform>> + 'a) -> Self {
        let provenance = layer.provenance();
        Self { view: layer.view(), marking: &provenance.marking, title: &provenance.title, draw: Box::new(draw) }
    }

    /// Draws the page as pixels.
    pub(crate) fn raster(&self) -> Drawn<Raster> {
        must_be_legible(self.view, self.marking, self.title)?;
        let View { page, fonts, .. } = self.view;
        let (georeference, pixels) = Canvas::pixels(*page, fonts, |canvas| {
            let transform = (self.draw)(canvas)?;
            Ok(transform.map(|transform| Georeference::new(&transform, canvas.scale)))
        })?;
        Ok(Raster { page: *page, pixels, georeference })
    }

    /// Draws the page as the text of an SVG document.
    pub(crate) fn svg(&self) -> Drawn<String> {
        must_be_legible(self.view, self.marking, self.title)?;
        Ok(Canvas::vectors(self.view.page, &self.view.fonts, self.title, &self.draw)?.1)
    }
}

/// Errors if a text that a page must not be without has characters that no font has.
pub(crate) fn must_be_legible(view: &View, marking: &str, title: &str) -> Drawn {
    let View { fonts, attribution, .. } = view;
    let typesetter = Typesetter::new(fonts);
    let texts = [("marking", Some(marking)), ("title", Some(title)), ("attribution", attribution.as_deref())];
    for (what, text) in texts {
        let text = Typesetter::composed(text.unwrap_or_default());
        let scripts = typesetter.lacking(&text, what != "attribution");
        if !scripts.is_empty() {
            let advice = advice(&scripts, fonts);
            return Err(DrawError::Illegible { what, text, advice });
        }
    }
    Ok(())
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
