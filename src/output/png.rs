//! PNG: a page as pixels, with the two small files by which a GIS puts its map into place; and APNG, a page a date.

use std::io::{self, Write};

use super::Companion;
use super::frames::{LAST_DELAY, PAGE_DELAY, each_change};
use super::product::Encoded;
use crate::density::PixelCounts;
use crate::disclosure::Release;
use crate::draw::{AnimationPages, CountRaster, Georeference, Pictured, Raster};
use crate::invalid::Cause;
use crate::layer::{Page, SeriesTable};

/// Writes a page; beside it belong the files that place its map.
pub(super) fn page<T: Pictured + Clone>(release: &Release<'_, T>, out: &mut dyn Write) -> Encoded {
    let raster = release.product().drawing().raster()?;
    encode_raster(&raster, out)?;
    Ok(raster.georeference.as_ref().map(world_files).unwrap_or_default())
}

/// Writes an animation in true colours.
pub(super) fn animation(release: &Release<'_, SeriesTable>, out: &mut dyn Write) -> Encoded {
    let pages = AnimationPages::new(release.product())?;
    let mut encoder = rgb_encoder(pages.page(), out);
    encoder.set_animated(u32::try_from(pages.len())?, 0)?;
    let mut writer = encoder.write_header()?;
    each_change(&pages, |index, area, pixels| {
        writer.set_frame_delay(if index + 1 == pages.len() { LAST_DELAY } else { PAGE_DELAY }, 100)?;
        writer.reset_frame_position()?;
        writer.set_frame_dimension(area.width.into(), area.height.into())?;
        writer.set_frame_position(area.left.into(), area.top.into())?;
        Ok(writer.write_image_data(pixels.as_flattened())?)
    })?;
    writer.finish()?;
    Ok(Vec::new())
}

/// An encoder of pixels without an alpha channel.
fn rgb_encoder<'a, 'o>(page: Page, out: &'a mut (dyn Write + 'o)) -> png::Encoder<'static, &'a mut (dyn Write + 'o)> {
    let mut encoder = png::Encoder::new(out, page.width(), page.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // Flat colours: filters would hide repetitions. Three tenths smaller than the crate's default, in half the time.
    encoder.set_filter(png::Filter::NoFilter);
    encoder.set_deflate_compression(png::DeflateCompression::Level(4));
    encoder
}

fn encode_raster(raster: &Raster, out: &mut dyn Write) -> Result<(), Cause> {
    let mut encoder = rgb_encoder(raster.page, out);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 300 pixels an inch")]
    let per_metre = (f64::from(raster.page.dpi()) / 0.0254).round() as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit: png::Unit::Meter }));
    Ok(encoder.write_header()?.write_image_data(&raster.pixels)?)
}

/// Writes counts by pixel as a picture of 256 colours.
pub(super) fn write_counts(counts: &PixelCounts, out: &mut dyn Write) -> io::Result<()> {
    let CountRaster { width, height, pixels, palette } = CountRaster::of(counts);
    let side = |pixels: usize| u32::try_from(pixels).map_err(io::Error::other);
    let mut encoder = png::Encoder::new(out, side(width)?, side(height)?);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette.as_flattened().to_vec());
    encoder.set_filter(png::Filter::NoFilter);
    encoder.set_deflate_compression(png::DeflateCompression::FdeflateUltraFast);
    Ok(encoder.write_header()?.write_image_data(&pixels)?)
}

/// A world file, and the file from which GDAL, and with it QGIS, reads the reference system.
///
/// The world file has six lines, in metres of the map's plane. They are the width of a pixel, two turns, the height of
/// a pixel (downwards), and the middle of the first pixel. It holds for the map; title, legend and caption lie beside
/// it on the same page.
fn world_files(georeference: &Georeference) -> Vec<Companion> {
    let Georeference { pixel_m, origin_m: (x, y), reference } = georeference;
    let lines = [*pixel_m, 0.0, 0.0, -pixel_m, *x, *y];
    let world: String = lines.iter().map(|line| format!("{line:.9}\n")).collect();
    let reference = format!("<PAMDataset>\n  <SRS>{reference}</SRS>\n</PAMDataset>\n");
    vec![Companion::with_extension("pgw", world), Companion::after_name(".aux.xml", reference)]
}
