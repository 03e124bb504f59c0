//! Views: picture, colours, page and projection of a layer.

use std::str::FromStr;

use h3o::CellIndex;

use super::{Classes, Page, Palette};
use crate::font::Fonts;
use crate::grid::ostn15;
use crate::invalid::{InvalidValue, named};

/// View of a layer in pictures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// Page size.
    pub page: Page,
    /// Kind of picture.
    pub picture: Picture,
    /// Column that colours the cells; by default the result of a hot spot statistic, or else the score.
    pub fill: Option<String>,
    /// Classes of its values; by default those of the column's legend.
    pub classes: Option<Classes>,
    /// Colours of the classes; by default those of the column.
    pub palette: Option<Palette>,
    /// Projection of the map.
    pub plane: Plane,
    /// Attribution that the licence of the data requires.
    pub attribution: Option<String>,
    /// Fonts for characters that the built-in one lacks.
    pub fonts: Fonts,
}

impl View {
    /// Checks that a picture of change has an earlier date.
    pub(crate) fn check_change(&self, has_change: bool) -> Result<(), InvalidValue> {
        if self.picture == Picture::TwoUp && !has_change {
            let expected = "a date to compare with, --compare-to, for the change";
            return Err(InvalidValue::expecting("picture", "two-up", expected));
        }
        Ok(())
    }
}

/// Kind of picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Picture {
    /// One map with a side panel.
    #[default]
    Map,
    /// Two maps: now, and the change since an earlier date.
    TwoUp,
    /// Intensity as a whole and by strand, with one legend.
    Strands,
}

impl Picture {
    /// Every kind, with name and content.
    pub const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Map, "map", "one map, what stands out, and what is not known"),
        (Self::TwoUp, "two-up", "this cycle beside the change since --compare-to"),
        (Self::Strands, "strands", "intensity as a whole and by strand: experienced, evidenced, potential"),
    ];
}

impl FromStr for Picture {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        named("picture", text, Self::ALL.map(|(picture, name, _)| (name, picture)))
    }
}

/// Projection of a map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Plane {
    /// Web Mercator (EPSG:3857): shapes keep their form.
    #[default]
    Mercator,
    /// British National Grid (EPSG:27700), through OSTN15.
    BritishNationalGrid,
    /// Lambert's azimuthal equal-area projection about the middle of the cells, on the authalic sphere.
    EqualArea,
}

impl Plane {
    /// Every projection, with name and purpose.
    pub const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Mercator, "mercator", "Web Mercator, EPSG:3857"),
        (Self::BritishNationalGrid, "bng", "British National Grid, EPSG:27700: within Great Britain"),
        (
            Self::EqualArea,
            "equal-area",
            "Lambert azimuthal about the middle of the cells: areas compare, up to a continent",
        ),
    ];

    /// True if a cell lies in its domain.
    pub(crate) fn holds(self, cell: CellIndex) -> bool {
        cell.boundary().iter().all(|at| self.has(at.lng(), at.lat()))
    }

    /// True if a position in degrees lies in its domain.
    pub(crate) fn has(self, lng: f64, lat: f64) -> bool {
        self != Self::BritishNationalGrid || ostn15::from_wgs84(lng, lat).is_some()
    }
}

impl FromStr for Plane {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        named("projection", text, Self::ALL.map(|(plane, name, _)| (name, plane)))
    }
}
