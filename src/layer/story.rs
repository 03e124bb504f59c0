//! What a saved layer says of itself: its provenance, and what is neither that nor in a column, so that it can be drawn again.

use std::collections::BTreeMap;

use geo::{LineString, MultiPolygon, Polygon};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Form, Layer, Provenance};
use crate::invalid::Cause;
use crate::score::LevelRule;

/// The provenance, and as its last member `layer` what else is needed.
#[derive(Serialize)]
pub(crate) struct Story<'a> {
    #[serde(flatten)]
    provenance: &'a Provenance,
    layer: Kept,
}

/// What is needed to draw a layer again.
#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    /// Names and shapes of its tables.
    pub(super) form: Form,
    /// Where classes of the score begin, and where the last ends, if others were asked for than the fixed ones.
    pub(super) classes: Option<Vec<f64>>,
    /// The palette of the score, if one was asked for.
    pub(super) palette: Option<String>,
    /// Covered days before the window.
    pub(super) baseline_days: i32,
    /// Mass that smoothing moved out of the study area.
    pub(super) smoothed_away: f64,
    /// Numbers of the levels that the date alone gives, of the cells that hold a higher one.
    pub(super) raw_levels: BTreeMap<String, u8>,
    /// Polygons of the study area, each its rings of longitudes and latitudes.
    outline: Option<Vec<Vec<Vec<[f64; 2]>>>>,
}

impl Layer {
    /// What tables say of it: all that a reader needs to judge it, to make it again and to draw it again.
    pub(crate) fn story(&self) -> Story<'_> {
        let held = self.scores.cells.iter().filter(|cell| cell.raw_level != cell.level);
        let raw_level = |cell: &crate::score::CellScore| Some((cell.cell.to_string(), cell.raw_level?.number()));
        let is_of_score = self.legend.property == "score";
        let ring = |ring: &LineString| ring.coords().map(|at| [at.x, at.y]).collect();
        let rings = |polygon: &Polygon| {
            std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(ring).collect::<Vec<_>>()
        };
        Story {
            provenance: &self.provenance,
            layer: Kept {
                form: self.form.clone(),
                classes: self.view.classes.as_ref().filter(|_| is_of_score).map(|_| self.legend.breaks()),
                palette: self.view.palette.filter(|_| is_of_score).map(|palette| palette.name.to_owned()),
                baseline_days: self.scores.baseline_days,
                smoothed_away: self.scores.smoothed_away,
                raw_levels: held.filter_map(raw_level).collect(),
                outline: self.outline.as_ref().map(|outline| outline.iter().map(rings).collect()),
            },
        }
    }
}

impl Kept {
    /// The outline of the study area.
    pub(super) fn outline(&self) -> Option<MultiPolygon> {
        let ring = |ring: &Vec<[f64; 2]>| LineString::from(ring.clone());
        let polygon = |rings: &Vec<Vec<[f64; 2]>>| {
            let mut rings = rings.iter().map(ring);
            Some(Polygon::new(rings.next()?, rings.collect()))
        };
        self.outline.as_ref().map(|outline| outline.iter().filter_map(polygon).collect())
    }
}

/// Reads what a saved layer says of itself. Which version has written it is known before it is known whether all is there.
pub(super) fn read(text: &str) -> (String, Result<(Provenance, Kept), Cause>) {
    let mut story: Value = match serde_json::from_str(text) {
        Ok(story) => story,
        Err(error) => return ("of an unknown version".to_owned(), Err(error.into())),
    };
    let version = story["tensionmap"].as_str().unwrap_or("of an unknown version").to_owned();
    (version, taken_apart(&mut story))
}

fn taken_apart(story: &mut Value) -> Result<(Provenance, Kept), Cause> {
    let kept = story.as_object_mut().and_then(|story| story.remove("layer")).ok_or("missing field `layer`")?;
    let provenance: Provenance = serde_json::from_value(story.clone())?;
    let kept: Kept = serde_json::from_value(kept)?;
    // A member that may be null must still be there, or what was never said would read as "none"; and none is dropped.
    let whole = provenance.to_json();
    let lacks = |one: &Value, other: &Value| {
        one.as_object().into_iter().flatten().find(|(name, _)| other.get(name).is_none()).map(|(name, _)| name.clone())
    };
    if let Some(missing) = lacks(&whole, story) {
        return Err(format!("missing field `{missing}`").into());
    }
    if let Some(unknown) = lacks(story, &whole) {
        return Err(format!("unknown field `{unknown}`").into());
    }
    if let Some(problem) = LevelRule::problem(&provenance.levels) {
        return Err(problem.into());
    }
    Ok((provenance, kept))
}
