//! One cell's explanation, with the layer that the cell is part of.

use std::fmt;

use serde::Serialize;

use super::{Layer, Provenance};
use crate::score::{Assessment, Explanation, wrapped};

/// Everything behind one cell's score. As text ([`fmt::Display`]) it is a page with its marking.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExplainedCell {
    /// Everything behind the cell's score.
    pub explanation: Explanation,
    /// Layer that the cell is part of.
    pub layer: Layer,
}

/// An explanation and where its numbers come from, as JSON.
#[derive(Serialize)]
struct ExplanationDocument<'a> {
    #[serde(flatten)]
    explanation: &'a Explanation,
    /// Level that a person set for the cell, beside the computed one.
    assessed: Option<&'a Assessment>,
    provenance: &'a Provenance,
}

impl ExplainedCell {
    /// The level that a person set for the cell, if one is in force.
    #[must_use]
    pub fn assessed(&self) -> Option<&Assessment> {
        let assessments = self.layer.assessments()?;
        let row = self.layer.scores().cells.binary_search_by_key(&self.explanation.cell, |cell| cell.cell).ok()?;
        let (_, place) = assessments.cells[row]?;
        assessments.entries.get(place)
    }

    /// [`Self::assessed`] as a sentence.
    pub(crate) fn assessed_sentence(&self) -> Option<String> {
        let Assessment { level, assessor, date, reason, .. } = self.assessed()?;
        let check = self.explanation.levels.iter().find(|check| check.number == *level);
        let name = check.map_or("", |check| check.name.as_str());
        Some(format!("Assessed as {level} {name} by {assessor} from {date}: {reason}"))
    }

    /// The fields of [`Explanation`] and, as `provenance`, where they come from.
    ///
    /// # Errors
    /// None in practice: every field can be written as JSON.
    pub fn to_json(&self) -> serde_json::Result<String> {
        let Self { explanation, layer } = self;
        let document = ExplanationDocument { explanation, assessed: self.assessed(), provenance: layer.provenance() };
        serde_json::to_string_pretty(&document)
    }
}

/// The page of text, with the marking at its top and bottom.
impl fmt::Display for ExplainedCell {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Provenance { marking, title, method, method_hash, d_half_from, time_zone, tensionmap, .. } =
            self.layer.provenance();
        let explanation = &self.explanation;
        let d_half = explanation.intensity.d_half.map_or_else(String::new, |d_half| format!("D½ {d_half} "));
        let about = format!(
            "Method {method} ({method_hash}); {d_half}{d_half_from}; days of {time_zone}; tensionmap {tensionmap}."
        );
        let assessed = self.assessed_sentence().map_or_else(String::new, |text| wrapped("", &text) + "\n\n");
        write!(out, "{marking}\n{title}\n\n{assessed}{explanation}\n{}\n{marking}\n", wrapped("", &about))
    }
}
