//! SVG: a page as vectors.

use std::io::Write;

use super::product::{Encoded, write_text};
use crate::disclosure::Release;
use crate::draw::Pictured;

pub(super) fn page<T: Pictured + Clone>(release: &Release<'_, T>, out: &mut dyn Write) -> Encoded {
    write_text(out, &release.product().drawing().svg()?)
}
