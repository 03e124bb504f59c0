//! SVG: the same pages as vectors.

use std::io::Write;

use super::Output;
use crate::draw::{Drawing, map_page};
use crate::invalid::Cause;
use crate::layer::Layer;

/// A page as SVG.
#[derive(Debug)]
pub(super) struct SvgEncoder;

impl Output for SvgEncoder {
    fn name(&self) -> &'static str {
        "svg"
    }

    fn about(&self) -> &'static str {
        "the same page as vectors, sharp at any size and searchable"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["svg"]
    }

    fn write(&self, layer: &Layer, out: &mut dyn Write) -> Result<(), Cause> {
        write_page(&map_page(layer), out)
    }
}

/// Writes a page.
pub(super) fn write_page(drawing: &Drawing<'_>, out: &mut dyn Write) -> Result<(), Cause> {
    Ok(out.write_all(drawing.svg()?.as_bytes())?)
}
