//! PNG: a page as pixels, with the two small files by which a GIS puts its map into place; and APNG, a page a date.

use std::io::Write;

use super::frames::{LAST_DELAY, PAGE_DELAY, each_change};
use super::{Beside, Output, explanation, gif, svg};
use crate::density::Counts;
use crate::draw::{
    AnimationPages, CountRaster, Drawing, Georeference, Raster, cell_page, density_page, map_page, reporting_page,
    small_multiples,
};
use crate::invalid::Cause;
use crate::layer::{DensityLayer, Layer, Page};
use crate::score::{Explanation, Reporting, Series};

/// Formats of a page.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PictureFormat {
    Pixels,
    Vectors,
}

impl PictureFormat {
    /// Every format, by its extension.
    pub(super) const ALL: [(&'static str, Self); 2] = [("png", Self::Pixels), ("svg", Self::Vectors)];
}

pub(crate) use PictureFormat as Form; // moved: renamed to PictureFormat

/// Formats of an animation.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AnimationFormat {
    /// 256 colours; opens anywhere.
    Gif,
    /// Every colour; opens in browsers.
    Apng,
}

pub(crate) use AnimationFormat as Moving; // moved: renamed to AnimationFormat

/// A page as PNG.
#[derive(Debug)]
pub(super) struct PngEncoder;

impl Output for PngEncoder {
    fn name(&self) -> &'static str {
        "png"
    }

    fn about(&self) -> &'static str {
        "briefing map with legend, scale bar, explanation and caption"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["png"]
    }

    fn write(&self, layer: &Layer, out: &mut dyn Write) -> Result<(), Cause> {
        self.write_all(layer, out).map(drop)
    }

    fn write_all(&self, layer: &Layer, out: &mut dyn Write) -> Result<Vec<Beside>, Cause> {
        write_page(&map_page(layer), PictureFormat::Pixels, out)
    }
}

/// Writes a page; returns the files that belong beside it.
fn write_page(drawing: &Drawing<'_>, format: PictureFormat, out: &mut dyn Write) -> Result<Vec<Beside>, Cause> {
    match format {
        PictureFormat::Pixels => {
            let raster = drawing.raster()?;
            encode(&raster, out)?;
            Ok(raster.georeference.as_ref().map(world_files).unwrap_or_default())
        }
        PictureFormat::Vectors => svg::write_page(drawing, out).map(|()| Vec::new()),
    }
}

/// Writes a series as a page of small maps; `layer` is its last date.
pub(super) fn write_series(
    series: &Series,
    layer: &Layer,
    format: PictureFormat,
    out: &mut dyn Write,
) -> Result<(), Cause> {
    write_page(&small_multiples(series, layer), format, out).map(drop)
}

/// Writes the reporting status of cells and sources; returns the files that belong beside it.
pub(super) fn write_reporting(
    table: &[Reporting],
    layer: &Layer,
    format: PictureFormat,
    out: &mut dyn Write,
) -> Result<Vec<Beside>, Cause> {
    write_page(&reporting_page(table, layer), format, out)
}

/// Writes the explanation of a cell.
pub(super) fn write_explanation(
    explanation: &Explanation,
    layer: &Layer,
    format: PictureFormat,
    out: &mut dyn Write,
) -> Result<(), Cause> {
    let assessed = explanation::assessed(explanation, layer);
    let assessed = assessed.map(|assessed| (assessed, explanation::assessed_in_words(assessed, explanation)));
    write_page(&cell_page(explanation, layer, assessed), format, out).map(drop)
}

/// Writes a density surface; returns the files that belong beside it.
pub(super) fn write_density(
    layer: &DensityLayer,
    format: PictureFormat,
    out: &mut dyn Write,
) -> Result<Vec<Beside>, Cause> {
    write_page(&density_page(layer), format, out)
}

/// Writes a series as an animation, one page a date; `layer` is its last date.
pub(super) fn write_animation(
    series: &Series,
    layer: &Layer,
    format: AnimationFormat,
    out: &mut dyn Write,
) -> Result<(), Cause> {
    let pages = AnimationPages::new(series, layer)?;
    match format {
        AnimationFormat::Gif => gif::encode(&pages, out),
        AnimationFormat::Apng => encode_animation(&pages, out),
    }
}

pub(super) use write_animation as write_lapse; // moved: renamed to write_animation

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

fn encode(raster: &Raster, out: &mut dyn Write) -> Result<(), Cause> {
    let mut encoder = rgb_encoder(raster.page, out);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 300 pixels an inch")]
    let per_metre = (f64::from(raster.page.dpi()) / 0.0254).round() as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: per_metre, yppu: per_metre, unit: png::Unit::Meter }));
    Ok(encoder.write_header()?.write_image_data(&raster.pixels)?)
}

fn encode_animation(pages: &AnimationPages<'_>, out: &mut dyn Write) -> Result<(), Cause> {
    let mut encoder = rgb_encoder(pages.page(), out);
    encoder.set_animated(u32::try_from(pages.len())?, 0)?;
    let mut writer = encoder.write_header()?;
    each_change(pages, |index, area, pixels| {
        writer.set_frame_delay(if index + 1 == pages.len() { LAST_DELAY } else { PAGE_DELAY }, 100)?;
        writer.reset_frame_position()?;
        writer.set_frame_dimension(area.width.into(), area.height.into())?;
        writer.set_frame_position(area.left.into(), area.top.into())?;
        Ok(writer.write_image_data(pixels.as_flattened())?)
    })?;
    Ok(writer.finish()?)
}

/// Writes counts by pixel as a picture of 256 colours.
pub(super) fn write_counts(counts: &Counts, out: &mut dyn Write) -> Result<(), Cause> {
    let CountRaster { width, height, pixels, palette } = CountRaster::of(counts);
    let mut encoder = png::Encoder::new(out, u32::try_from(width)?, u32::try_from(height)?);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette.as_flattened().to_vec());
    encoder.set_filter(png::Filter::NoFilter);
    encoder.set_deflate_compression(png::DeflateCompression::FdeflateUltraFast);
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(())
}

/// A world file, and the file from which GDAL, and with it QGIS, reads the reference system.
///
/// The world file has six lines: width of a pixel, two turns, height of a pixel (downwards), and the middle of the first
/// pixel, in metres of the map's plane. It holds for the map; title, legend and caption lie beside it on the same page.
fn world_files(georeference: &Georeference) -> Vec<Beside> {
    let Georeference { pixel_m, origin_m: (x, y), reference } = georeference;
    let lines = [*pixel_m, 0.0, 0.0, -pixel_m, *x, *y];
    let world: String = lines.iter().map(|line| format!("{line:.9}\n")).collect();
    let reference = format!("<PAMDataset>\n  <SRS>{reference}</SRS>\n</PAMDataset>\n");
    vec![Beside::with_extension("pgw", world), Beside::after_name(".aux.xml", reference)]
}
