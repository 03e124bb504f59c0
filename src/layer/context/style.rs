//! Styles of context layers.

use crate::layer::context::ContextPlace;

/// A way to draw a context layer: quiet, so that the scores stay what is seen first.
#[derive(Debug, PartialEq)]
#[non_exhaustive]
pub struct Style {
    /// Name in `--context FILE:STYLE`.
    pub name: &'static str,
    /// One line for `tensionmap list context-styles`.
    pub about: &'static str,
    /// Default place, under or over the cells.
    pub place: ContextPlace,
    /// Red, green and blue of lines, outlines and dots.
    pub ink: [u8; 3],
    /// Width of lines in page units, of which an inch has 96.
    pub width: f64,
    /// True if lines have a white edge on both sides, to be visible on every colour.
    pub is_cased: bool,
    /// Red, green and blue of ground; over the cells it is left out, as it would hide them.
    pub fill: Option<[u8; 3]>,
    /// True if names are set where there is room.
    pub is_named: bool,
}

use ContextPlace::{Over, Under};

/// Every style. A new one is a line here.
#[rustfmt::skip]
pub static STYLES: [Style; 9] = [
    Style { name: "boundaries", about: "grey lines with a white edge, over the cells", place: Over, ink: [0x6a, 0x73, 0x80], width: 1.2, is_cased: true, fill: None, is_named: false },
    Style { name: "districts", about: "boundaries with the names of their areas", place: Over, ink: [0x6a, 0x73, 0x80], width: 1.2, is_cased: true, fill: None, is_named: true },
    Style { name: "roads", about: "thin grey lines, over the cells", place: Over, ink: [0x94, 0x9b, 0xa5], width: 0.9, is_cased: false, fill: None, is_named: false },
    Style { name: "rivers", about: "blue lines, over the cells", place: Over, ink: [0x4a, 0x86, 0xb8], width: 1.4, is_cased: false, fill: None, is_named: false },
    Style { name: "water", about: "pale blue ground, under the cells", place: Under, ink: [0x9f, 0xc1, 0xdb], width: 0.8, is_cased: false, fill: Some([0xd6, 0xe6, 0xf1]), is_named: false },
    Style { name: "land", about: "pale ground, under the cells", place: Under, ink: [0xbd, 0xb9, 0xb0], width: 0.8, is_cased: false, fill: Some([0xf4, 0xf2, 0xed]), is_named: false },
    Style { name: "urban", about: "pale grey ground, under the cells", place: Under, ink: [0xd3, 0xd1, 0xcd], width: 0.6, is_cased: false, fill: Some([0xe6, 0xe4, 0xe0]), is_named: false },
    Style { name: "places", about: "dots with names where there is room, over the cells", place: Over, ink: [0x1e, 0x24, 0x2e], width: 1.0, is_cased: true, fill: None, is_named: true },
    Style { name: "points", about: "dots without names, over the cells", place: Over, ink: [0x1b, 0x6f, 0x6a], width: 1.0, is_cased: true, fill: None, is_named: false },
];

impl Style {
    /// The style of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        STYLES.iter().find(|style| style.name.eq_ignore_ascii_case(name))
    }
}
