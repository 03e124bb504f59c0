//! SVG: a page as vectors.

use std::io::Write;

use super::{Companion, Encoder};
use crate::disclosure::Release;
use crate::draw::Pictured;
use crate::invalid::Cause;

/// A page as SVG.
#[derive(Debug)]
pub(super) struct SvgEncoder;

impl<T: Pictured + Clone> Encoder<T> for SvgEncoder {
    fn name(&self) -> &'static str {
        "svg"
    }

    fn about(&self) -> &'static str {
        "the same page as vectors, sharp at any size and searchable"
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["svg"]
    }

    fn encode(&self, release: &Release<'_, T>, out: &mut dyn Write) -> Result<Vec<Companion>, Cause> {
        out.write_all(release.product().drawing().svg()?.as_bytes())?;
        Ok(Vec::new())
    }
}
