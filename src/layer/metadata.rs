//! Metadata embedded in a saved layer: provenance, and the state that neither it nor a column holds, so that it can be drawn again.

use std::collections::BTreeMap;

use geo::{LineString, MultiPolygon, Polygon};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Layer, Provenance, TableLayout};
use crate::invalid::Cause;
use crate::score::columns::SCORE;
use crate::score::{CellScore, LevelRule};

/// Embedded metadata: the provenance, with the state as its last member `layer`.
#[derive(Serialize)]
pub(crate) struct Metadata<'a> {
    #[serde(flatten)]
    provenance: &'a Provenance,
    layer: LayerState,
}

/// State needed to draw a layer again.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LayerState {
    /// Names and shapes of its tables.
    #[serde(rename = "form")]
    pub(super) layout: TableLayout,
    /// Breaks of the score's classes, the end of the last included; absent for the fixed classes.
    pub(super) classes: Option<Vec<f64>>,
    /// Palette of the score, if chosen.
    pub(super) palette: Option<String>,
    /// Covered days before the window.
    pub(super) baseline_days: i32,
    /// Mass that smoothing moved out of the study area.
    pub(super) smoothed_away: f64,
    /// Number of the level by this date alone, for cells that hold a higher one.
    pub(super) raw_levels: BTreeMap<String, u8>,
    /// Polygons of the study area: rings of longitudes and latitudes in degrees.
    outline: Option<Vec<Vec<Vec<[f64; 2]>>>>,
}

impl Layer {
    /// Metadata for tables: enough to interpret, reproduce and redraw the layer.
    pub(crate) fn metadata(&self) -> Metadata<'_> {
        let held = self.parts.scores.cells.iter().filter(|cell| cell.raw_level != cell.level);
        let raw_level = |cell: &CellScore| Some((cell.cell.to_string(), cell.raw_level?.number()));
        let is_of_score = self.legend.property == SCORE.name;
        let ring = |ring: &LineString| ring.coords().map(|at| [at.x, at.y]).collect();
        let rings = |polygon: &Polygon| {
            std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(ring).collect::<Vec<_>>()
        };
        Metadata {
            provenance: &self.parts.provenance,
            layer: LayerState {
                layout: self.layout.clone(),
                classes: self.view.classes.as_ref().filter(|_| is_of_score).map(|_| self.legend.breaks()),
                palette: self.view.palette.filter(|_| is_of_score).map(|palette| palette.name.to_owned()),
                baseline_days: self.parts.scores.baseline_days,
                smoothed_away: self.parts.scores.smoothed_away,
                raw_levels: held.filter_map(raw_level).collect(),
                outline: self.parts.outline.as_ref().map(|outline| outline.iter().map(rings).collect()),
            },
        }
    }
}

impl LayerState {
    /// Outline of the study area.
    pub(super) fn outline(&self) -> Option<MultiPolygon> {
        let ring = |ring: &Vec<[f64; 2]>| LineString::from(ring.clone());
        let polygon = |rings: &Vec<Vec<[f64; 2]>>| {
            let mut rings = rings.iter().map(ring);
            Some(Polygon::new(rings.next()?, rings.collect()))
        };
        self.outline.as_ref().map(|outline| outline.iter().filter_map(polygon).collect())
    }
}

/// Parses embedded metadata. The version comes first, because messages need it even when the rest is broken.
pub(super) fn parse(text: &str) -> (String, Result<(Provenance, LayerState), Cause>) {
    let mut metadata: Value = match serde_json::from_str(text) {
        Ok(metadata) => metadata,
        Err(error) => return ("of an unknown version".to_owned(), Err(error.into())),
    };
    let version = metadata["tensionmap"].as_str().unwrap_or("of an unknown version").to_owned();
    (version, split(&mut metadata))
}

fn split(metadata: &mut Value) -> Result<(Provenance, LayerState), Cause> {
    let state = metadata.as_object_mut().and_then(|members| members.remove("layer")).ok_or("missing field `layer`")?;
    let provenance: Provenance = serde_json::from_value(metadata.clone())?;
    let state: LayerState = serde_json::from_value(state)?;
    // A member that may be null must still be present, or a lost member would read as "none"; and none is dropped.
    let all = provenance.to_json();
    let lacks = |one: &Value, other: &Value| {
        one.as_object().into_iter().flatten().find(|(name, _)| other.get(name).is_none()).map(|(name, _)| name.clone())
    };
    if let Some(missing) = lacks(&all, metadata) {
        return Err(format!("missing field `{missing}`").into());
    }
    if let Some(unknown) = lacks(metadata, &all) {
        return Err(format!("unknown field `{unknown}`").into());
    }
    if let Some(problem) = LevelRule::problem(&provenance.levels) {
        return Err(problem.into());
    }
    Ok((provenance, state))
}
