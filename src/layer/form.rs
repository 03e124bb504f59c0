//! How tables of a layer are laid out for the program that is to read them.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::invalid::InvalidValue;

/// What a reader asks of tables: names and shapes. Values are the same in every form.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Name of the column of H3 cells, where it is not to be `h3`: kepler.gl looks for `hex_id`.
    pub id_column: Option<String>,
    /// Columns beside the cell and its class on the map; all of them where none is named.
    pub select: Vec<String>,
    /// Names that ArcGIS gives to the same statistics.
    pub arcgis_names: bool,
    /// Properties of simplestyle 1.1 in GeoJSON, by which geojson.io, GitHub and uMap colour it.
    pub simplestyle: bool,
    /// Shapes; where nothing is asked for, polygons in every format that is about shapes, and none in a CSV.
    pub geometry: Option<Geometry>,
}

/// Names that ArcGIS gives to the same statistics.
const ARCGIS: [(&str, &str); 6] = [
    ("h3", "GRID_ID"),
    ("gi_z", "GiZScore"),
    ("gi_p", "GiPValue"),
    ("gi_bin", "Gi_Bin"),
    ("ehsa", "CATEGORY"),
    ("ehsa_code", "PATTERN"),
];

impl Form {
    /// The name that a column has in tables, where it is not its own. The first says what a row is of.
    pub(crate) fn renamed(&self, own: &str, is_first: bool) -> Option<&str> {
        let asked = self.id_column.as_deref().filter(|_| is_first);
        let arcgis = || ARCGIS.iter().find(|(name, _)| self.arcgis_names && *name == own).map(|(_, name)| *name);
        asked.or_else(arcgis)
    }
}

/// What has a row, and its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Geometry {
    /// The cell's outline.
    Polygons,
    /// The cell's centre.
    Centroids,
    /// The cells of each level dissolved: a row a level in place of one a cell.
    Outlines,
    /// No shape: a plain table.
    None,
}

impl Geometry {
    /// Every shape.
    pub const ALL: [Self; 4] = [Self::Polygons, Self::Centroids, Self::Outlines, Self::None];

    /// The name used in settings.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Polygons => "polygons",
            Self::Centroids => "centroids",
            Self::Outlines => "outlines",
            Self::None => "none",
        }
    }
}

impl FromStr for Geometry {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let found = Self::ALL.into_iter().find(|geometry| geometry.id() == text);
        found.ok_or_else(|| InvalidValue::bare("geometry", text, "polygons, centroids, outlines or none"))
    }
}
