//! One cell's explanation → bytes: a page of text, JSON or a picture.

use std::io::Write;
use std::path::Path;

use serde::Serialize;

use super::{AtomicFile, OutputError, extension, png};
use crate::error::Cause;
use crate::layer::{Layer, Provenance};
use crate::score::{Assessment, Explanation, wrapped};

/// Extensions of what [`save`] writes.
const KNOWN: &str = ".txt, .json, .png, .svg";

#[derive(Clone, Copy)]
enum Form {
    Text,
    Json,
    Picture(png::Form),
}

impl Form {
    fn of(path: &Path) -> Result<Self, OutputError> {
        let extension = extension(path);
        if let Some(form) = png::Form::of(&extension) {
            return Ok(Self::Picture(form));
        }
        match extension.as_str() {
            "txt" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(OutputError::Extension { path: path.display().to_string(), known: KNOWN.to_owned() }),
        }
    }
}

pub(crate) fn check_path(path: &Path) -> Result<(), OutputError> {
    Form::of(path).map(|_| ())
}

/// The level that somebody set for the cell, if one stands.
pub(super) fn assessed<'a>(explanation: &Explanation, layer: &'a Layer) -> Option<&'a Assessment> {
    let standing = layer.standing()?;
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

pub(crate) fn save(explanation: &Explanation, layer: &Layer, path: &Path) -> Result<(), OutputError> {
    let form = Form::of(path)?;
    let mut file = AtomicFile::create(path)?;
    let written: Result<(), Cause> = match form {
        Form::Picture(form) => png::write_explanation(explanation, layer, form, &mut file),
        Form::Json => json(explanation, layer).and_then(|json| Ok(writeln!(file, "{json}")?)),
        Form::Text => file.write_all(text(explanation, layer).as_bytes()).map_err(Cause::from),
    };
    written.map_err(|source| OutputError::Write { path: path.display().to_string(), source })?;
    file.commit()
}
