//! Context layers: roads, water, names and the like, drawn under or over the cells. They are read from files; nothing is
//! fetched.

pub(crate) mod cut;
mod error;
mod extent;
mod file;
mod read;
mod style;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::font::isolated;

pub use error::ContextError;
pub(crate) use extent::{Extent, is_seam};
pub(crate) use file::ContextFile;
pub use style::{STYLES, Style};

pub(crate) use crate::format::geometry::{GeometryPart, PartKind};

/// Place of a context layer, under or over the cells.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ContextPlace {
    /// Under the cells, which hide it.
    Under,
    /// Over the cells, where it hides no ground.
    Over,
}

/// A context layer: the features that may be on a map of the cells, thinned to the resolution of a fine print.
#[derive(Clone, Debug)]
pub struct ContextLayer {
    about: ContextLayerSummary,
    style: &'static Style,
    pub(crate) shapes: Vec<ContextShape>,
    /// All that was kept lies in here.
    pub(crate) extent: Extent,
    /// Reason of the first unusable feature.
    first_unusable: Option<String>,
    is_style_chosen: bool,
}

/// Account of a context layer: `read` = `inside` + `outside` + `unusable`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "plain quantities")]
pub struct ContextLayerSummary {
    /// The file's name, without its folder.
    pub name: String,
    pub style: Cow<'static, str>,
    pub place: ContextPlace,
    /// Features of the file.
    pub read: u64,
    /// Features in the rectangle round the cells under study, at least in part.
    pub inside: u64,
    pub outside: u64,
    /// Features that cannot be drawn, such as those without a geometry.
    pub unusable: u64,
}

/// A feature, in degrees; longitudes run on across 180° where the map does.
#[derive(Clone, Debug)]
pub(crate) struct ContextShape {
    pub(crate) parts: Vec<GeometryPart>,
    pub(crate) name: Option<String>,
    /// Code, to be shown where the fonts lack the name.
    pub(crate) code: Option<String>,
    pub(crate) population: Option<f64>,
    /// Lower is more important.
    pub(crate) rank: Option<f64>,
}

impl ContextLayer {
    /// Account of its features.
    #[must_use]
    pub fn about(&self) -> &ContextLayerSummary {
        &self.about
    }

    /// Style.
    #[must_use]
    pub fn style(&self) -> &'static Style {
        self.style
    }

    /// Title in the legend: its style and file name.
    #[must_use]
    pub fn title(&self) -> String {
        let stem = self.about.name.split('.').next().unwrap_or_default();
        format!("{}: {}", self.style.name, isolated(stem.replace(['_', '-'], " ").trim()))
    }

    /// Notice of the chosen style and of the features that are not on the map.
    pub(crate) fn describe(&self) -> String {
        let ContextLayerSummary { name, read, inside, outside, unusable, .. } = &self.about;
        let chosen = if self.is_style_chosen { "; another style with --context FILE:STYLE" } else { "" };
        let drawn = format!("features are where the cells are, drawn as {}{chosen}", self.style.name);
        let mut words = match (read, inside) {
            (0, _) => return format!("context {name}: holds no features, so nothing of it is on the map"),
            (_, 0) => format!("context {name}: none of its {read} features is where the cells are"),
            _ => format!("context {name}: {inside} of {read} {drawn}"),
        };
        if *inside > 0 && *outside > 0 {
            words += &format!("; {outside} are elsewhere");
        }
        if let Some(first) = &self.first_unusable {
            words += &format!("; {unusable} cannot be drawn, the first: {first}");
        }
        words
    }
}
