//! How pictures show a layer.

use std::str::FromStr;

use h3o::CellIndex;

use super::{Classes, Page, Palette};
use crate::invalid::InvalidValue;

/// How pictures show a layer: what is on them, by which colours, on which page.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// Size of pages.
    pub page: Page,
    /// What a picture of the layer is of.
    pub picture: Picture,
    /// The column that cells are coloured by; absent: what a statistic of hot spots found, or else the score.
    pub fill: Option<String>,
    /// How its values are divided; absent: as the column's legend has it.
    pub classes: Option<Classes>,
    /// Colours of the classes; absent: the usual ones.
    pub palette: Option<Palette>,
    /// The plane that the map lies in.
    pub plane: Plane,
    /// Whose data is shown, as its licence wants it said.
    pub attribution: Option<String>,
}

/// What a picture of a layer is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Picture {
    /// One map, with the words beside it.
    #[default]
    Map,
    /// Two maps: now, and what changed since the date that is compared with.
    TwoUp,
    /// Intensity, and its part in each strand, by one legend.
    Strands,
}

impl Picture {
    /// Every kind: its name, and what is on it.
    pub const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Map, "map", "one map, what stands out, and what is not known"),
        (Self::TwoUp, "two-up", "this cycle beside the change since --compare-to"),
        (Self::Strands, "strands", "intensity as a whole and by strand: experienced, evidenced, potential"),
    ];
}

impl FromStr for Picture {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        chosen("picture", text, &Self::ALL)
    }
}

/// The plane that a map lies in.
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
    /// Every plane: its name, and what it is for.
    pub const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Mercator, "mercator", "Web Mercator, EPSG:3857"),
        (Self::BritishNationalGrid, "bng", "British National Grid, EPSG:27700: within Great Britain"),
        (
            Self::EqualArea,
            "equal-area",
            "Lambert azimuthal about the middle of the cells: areas compare, up to a continent",
        ),
    ];
}

impl Plane {
    /// Whether all of a cell lies in it.
    pub(crate) fn holds(self, cell: CellIndex) -> bool {
        cell.boundary().iter().all(|at| self.has(at.lng(), at.lat()))
    }

    /// Whether a place in degrees lies in it.
    pub(crate) fn has(self, lng: f64, lat: f64) -> bool {
        self != Self::BritishNationalGrid || lonlat_bng::convert_osgb36(lng, lat).is_ok()
    }
}

impl FromStr for Plane {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        chosen("projection", text, &Self::ALL)
    }
}

fn chosen<T: Copy>(what: &'static str, text: &str, all: &[(T, &'static str, &'static str)]) -> Result<T, InvalidValue> {
    all.iter().find(|(_, name, _)| *name == text).map(|(chosen, ..)| *chosen).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|(_, name, _)| *name).collect();
        InvalidValue::bare(what, text, names.join(", "))
    })
}
