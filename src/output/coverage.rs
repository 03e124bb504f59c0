//! Who still reports from where → a table or a map.

use std::io::Write;
use std::path::Path;

use super::{AtomicFile, OutputError, csv_field, extension, png};
use crate::error::Cause;
use crate::layer::Layer;
use crate::score::Reporting;

#[derive(Clone, Copy)]
enum Form {
    Csv,
    Picture(png::Form),
}

impl Form {
    fn of(path: &Path) -> Result<Self, OutputError> {
        let extension = extension(path);
        if let Some(form) = png::Form::of(&extension) {
            return Ok(Self::Picture(form));
        }
        match extension.as_str() {
            "csv" => Ok(Self::Csv),
            _ => Err(OutputError::Extension { path: path.display().to_string(), known: ".csv, .png, .svg".to_owned() }),
        }
    }
}

pub(crate) fn check_path(path: &Path) -> Result<(), OutputError> {
    Form::of(path).map(drop)
}

pub(crate) fn save(table: &[Reporting], layer: &Layer, path: &Path) -> Result<(), OutputError> {
    let form = Form::of(path)?;
    let mut file = AtomicFile::create(path)?;
    let written: Result<(), Cause> = match form {
        Form::Csv => file.write_all(csv(table).as_bytes()).map_err(Cause::from),
        Form::Picture(form) => png::write_reporting(table, layer, form, &mut file),
    };
    written.map_err(|source| OutputError::Write { path: path.display().to_string(), source })?;
    file.commit()
}

fn csv(table: &[Reporting]) -> String {
    let mut text = String::from("kind,place,source,last_report,days_since,reports_52_weeks,usual,n_window,heard\n");
    for line in table {
        let last = line.last.map(|day| day.to_string()).unwrap_or_default();
        let since = line.days_since.map(|days| days.to_string()).unwrap_or_default();
        let usual = line.usual.map(|usual| format!("{usual:.2}")).unwrap_or_default();
        text += &format!(
            "{},{},{},{last},{since},{:.2},{usual},{:.2},{}\n",
            line.kind.id(),
            csv_field(&line.place),
            csv_field(&line.source),
            line.year,
            line.window,
            line.heard.id()
        );
    }
    text
}
