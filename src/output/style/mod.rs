//! Styles: small files by which a GIS colours a layer like the map, made from the layer's list of classes.
//!
//! Both classify cells by the text column `band`. A style graduated by numbers draws nothing for a cell without one,
//! and an empty cell looks calm.

mod qml;
mod sld;

use std::borrow::Cow;

use super::Companion;
use crate::layer::{Layer, Symbol, TableGeometry};
use crate::score::columns::BAND;

pub(super) use qml::qml;
pub(super) use sld::sld;

/// Column of the classes.
const COLUMN: &str = BAND.name;

/// Mark of tensionmap's styles. QGIS saves an analyst's default style under the same name, without the mark.
const MARK: &str = "<!-- written by tensionmap, and again by its next run; a style that QGIS saves here is kept -->";

/// Styles beside a layer: `NAME.qml` (QGIS loads it by itself) and `NAME.sld`.
pub(super) fn files(layer: &Layer) -> Vec<Companion> {
    if layer.layout().geometry == Some(TableGeometry::None) {
        return Vec::new();
    }
    let style = |extension, text| Companion::with_extension(extension, text).unless_foreign(MARK);
    vec![style("qml", qml(layer)), style("sld", sld(layer))]
}

/// Classes and signs of the rows.
fn symbols(layer: &Layer) -> &[Symbol] {
    if layer.layout().geometry == Some(TableGeometry::Outlines) { layer.level_symbols() } else { layer.symbols() }
}

/// The part of a column's description that names it.
pub(super) fn alias(about: &str) -> &str {
    about.split([',', ';', ':']).next().unwrap_or(about)
}

/// Escapes a text for XML, and replaces characters that XML cannot hold.
fn escaped(text: &str) -> Cow<'_, str> {
    let is_special = |at: char| matches!(at, '<' | '>' | '&' | '"' | '\'') || !is_allowed(at);
    if !text.contains(is_special) {
        return text.into();
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for at in text.chars() {
        match at {
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '&' => safe += "&amp;",
            '"' => safe += "&quot;",
            '\'' => safe += "&apos;",
            at if is_allowed(at) => safe.push(at),
            _ => safe.push('\u{fffd}'),
        }
    }
    safe.into()
}

/// True if XML 1.0 can hold a character and it does not break a line.
fn is_allowed(at: char) -> bool {
    !at.is_control() && !matches!(at, '\u{fffe}' | '\u{ffff}' | '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_control_characters_are_inert() {
        assert_eq!(escaped("a <b> & \"c\" 'd'"), "a &lt;b&gt; &amp; &quot;c&quot; &apos;d&apos;");
        assert_eq!(escaped("nul\0 bell\u{7} line\u{2028}"), "nul\u{fffd} bell\u{fffd} line\u{fffd}");
        assert!(matches!(escaped("Ward, North"), Cow::Borrowed("Ward, North")));
    }

    #[test]
    fn a_name_is_what_stands_before_the_details() {
        assert_eq!(alias("tension score, 0 to 100 points"), "tension score");
        assert_eq!(alias("H3 cell"), "H3 cell");
    }
}
