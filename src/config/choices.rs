//! Values of settings with a closed list, from the registries that parse them.

use super::Setting;
use crate::grid::Containment;
use crate::ingest::PRESETS;
use crate::layer::{IdType, PALETTES, Picture, Plane, TableGeometry};

impl Setting {
    /// Every value that the setting takes; empty where other values are possible too.
    #[must_use]
    pub fn choices(&self) -> Vec<&'static str> {
        match self.name.as_str() {
            "containment" => Containment::ALL.map(Containment::id).to_vec(),
            "preset" => PRESETS.iter().map(|preset| preset.name.as_str()).collect(),
            "naive-times" => vec!["local", "utc"],
            "dedupe" => vec!["row", "id", "off"],
            "revised" => vec!["stop", "replace", "keep"],
            "decimal" => vec![".", ","],
            "picture" => Picture::ALL.iter().map(|(_, name, _)| *name).collect(),
            "palette" => PALETTES.iter().map(|palette| palette.name).collect(),
            "projection" => Plane::ALL.iter().map(|(_, name, _)| *name).collect(),
            "geometry" => TableGeometry::ALL.map(TableGeometry::id).to_vec(),
            "id-type" => IdType::ALL.map(IdType::id).to_vec(),
            _ if self.item == "true|false" => vec!["true", "false"],
            _ => Vec::new(),
        }
    }
}
