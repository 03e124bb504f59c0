//! One cell's explanation → bytes: a page of text, JSON or a picture.

use std::io::Write;
use std::path::Path;

use serde::Serialize;

use super::{Beside, OutputError, form_of, png};
use crate::invalid::Cause;
use crate::layer::{Layer, Provenance};
use crate::score::{Assessment, Explanation, wrapped};

#[derive(Clone, Copy)]
enum Form {
    Text,
    Json,
    Picture(png::Form),
}

const FORMS: [(&str, Form); 4] = [
    ("txt", Form::Text),
    ("json", Form::Json),
    ("png", Form::Picture(png::Form::Pixels)),
    ("svg", Form::Picture(png::Form::Vectors)),
];

pub(crate) fn check_path(path: &Path) -> Result<(), OutputError> {
    form_of(path, &FORMS).map(drop)
}

/// The level that somebody set for the cell, if one stands.
pub(super) fn assessed<'a>(explanation: &Explanation, layer: &'a Layer) -> Option<&'a Assessment> {
    let standing = layer.assessments()?;
    let row = layer.scores().cells.binary_search_by_key(&explanation.cell, |cell| cell.cell).ok()?;
    let (_, place) = standing.cells[row]?;
    standing.entries.get(place)
}

/// The same in a sentence.
pub(super) fn assessed_in_words(assessed: &Assessment, explanation: &Explanation) -> String {
    let Assessment { level, assessor, date, reason, .. } = assessed;
    let name = explanation.levels.iter().find(|check| check.number == *level).map_or("", |check| check.name.as_str());
    format!("Assessed as {level} {name} by {assessor} from {date}: {reason}")
}

/// An explanation and where its numbers come from.
#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    explanation: &'a Explanation,
    /// The level that somebody set for the cell, beside the computed one.
    assessed: Option<&'a Assessment>,
    provenance: &'a Provenance,
}

pub(crate) fn json(explanation: &Explanation, layer: &Layer) -> Result<String, Cause> {
    Ok(serde_json::to_string_pretty(&Whole {
        explanation,
        assessed: assessed(explanation, layer),
        provenance: layer.provenance(),
    })?)
}

/// The page of text, with the marking at its top and bottom.
pub(crate) fn text(explanation: &Explanation, layer: &Layer) -> String {
    let Provenance { marking, title, method, method_hash, d_half_from, time_zone, tensionmap, .. } = layer.provenance();
    let d_half = explanation.intensity.d_half.map_or_else(String::new, |d_half| format!("D½ {d_half} "));
    let about = format!(
        "Method {method} ({method_hash}); {d_half}{d_half_from}; days of {time_zone}; tensionmap {tensionmap}."
    );
    let assessed = assessed(explanation, layer)
        .map_or_else(String::new, |assessed| wrapped("", &assessed_in_words(assessed, explanation)) + "\n\n");
    format!("{marking}\n{title}\n\n{assessed}{explanation}\n{}\n{marking}\n", wrapped("", &about))
}

pub(crate) fn write(
    explanation: &Explanation,
    layer: &Layer,
    path: &Path,
    out: &mut dyn Write,
) -> Result<Vec<Beside>, Cause> {
    match form_of(path, &FORMS)? {
        Form::Picture(form) => png::write_explanation(explanation, layer, form, out)?,
        Form::Json => writeln!(out, "{}", json(explanation, layer)?)?,
        Form::Text => out.write_all(text(explanation, layer).as_bytes())?,
    }
    Ok(Vec::new())
}
