//! Layout of a layer's tables: names of columns, and shapes.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::invalid::{InvalidValue, named};
use crate::score::columns::H3;

/// Layout of tables: names and shapes. Values are the same in every layout.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableLayout {
    /// Name of the column of H3 cells, instead of `h3`: kepler.gl looks for `hex_id`.
    pub id_column: Option<String>,
    /// Columns to write beside the cell and its class on the map; all if empty.
    pub select: Vec<String>,
    /// True for the names of ArcGIS instead, of the columns that its statistics have too.
    pub arcgis_names: bool,
    /// True to add the properties of simplestyle 1.1 to GeoJSON, by which geojson.io, GitHub and uMap colour it.
    pub simplestyle: bool,
    /// Shape of a row; by default polygons in geographic formats, and none in CSV.
    pub geometry: Option<TableGeometry>,
    /// Type of H3 cells.
    #[serde(default, skip_serializing_if = "IdType::is_text")]
    pub id_type: IdType,
}

/// Type of H3 cells in tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IdType {
    /// Hexadecimal digits, such as `8819631b41fffff`.
    #[default]
    Text,
    /// 64-bit numbers, but in GeoJSON and kepler.gl, whose readers would round them.
    U64,
}

impl IdType {
    /// Every type.
    pub const ALL: [Self; 2] = [Self::Text, Self::U64];

    /// The name used in settings.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::U64 => "u64",
        }
    }

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde needs")]
    fn is_text(&self) -> bool {
        *self == Self::Text
    }
}

impl FromStr for IdType {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let found = Self::ALL.into_iter().find(|kind| kind.id() == text);
        found.ok_or_else(|| InvalidValue::expecting("id-type", text, "text or u64"))
    }
}

/// Names of columns here, and in ArcGIS's tables of the same statistics.
const ARCGIS: [(&str, &str); 6] = [
    (H3.name, "GRID_ID"),
    ("gi_z", "GiZScore"),
    ("gi_p", "GiPValue"),
    ("gi_bin", "Gi_Bin"),
    ("ehsa", "CATEGORY"),
    ("ehsa_code", "PATTERN"),
];

impl TableLayout {
    /// The name of a column in tables, if not its own. The first column identifies the row.
    pub(crate) fn renamed(&self, column: &str, is_first: bool) -> Option<&str> {
        let asked = self.id_column.as_deref().filter(|_| is_first);
        let arcgis = || ARCGIS.iter().find(|(name, _)| self.arcgis_names && *name == column).map(|(_, name)| *name);
        asked.or_else(arcgis)
    }
}

/// Shape of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TableGeometry {
    /// Outline of the cell.
    Polygons,
    /// Centre of the cell.
    Centroids,
    /// Cells dissolved by level: one row a level instead of one a cell.
    Outlines,
    /// No shape: a plain table.
    None,
}

impl TableGeometry {
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

impl FromStr for TableGeometry {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        named("geometry", text, Self::ALL.map(|geometry| (geometry.id(), geometry)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hotspot::STATISTICS;

    #[test]
    fn arcgis_names_are_of_columns_that_exist() {
        let columns: Vec<_> =
            STATISTICS.iter().flat_map(|statistic| statistic.columns()).map(|one| one.schema.name).collect();
        assert!(ARCGIS[1..].iter().all(|(name, _)| columns.contains(name)), "{columns:?}");
    }
}
