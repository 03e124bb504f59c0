//! Who still reports from where → a table or a map.

use std::io::Write;
use std::path::Path;

use super::{Beside, OutputError, csv_field, form_of, png};
use crate::invalid::Cause;
use crate::layer::Layer;
use crate::score::SourceActivity;

#[derive(Clone, Copy)]
enum Form {
    Csv,
    Picture(png::Form),
}

const FORMS: [(&str, Form); 3] =
    [("csv", Form::Csv), ("png", Form::Picture(png::Form::Pixels)), ("svg", Form::Picture(png::Form::Vectors))];

pub(crate) fn check_path(path: &Path) -> Result<(), OutputError> {
    form_of(path, &FORMS).map(drop)
}

pub(crate) fn write(
    table: &[SourceActivity],
    layer: &Layer,
    path: &Path,
    out: &mut dyn Write,
) -> Result<Vec<Beside>, Cause> {
    match form_of(path, &FORMS)? {
        Form::Csv => Ok(out.write_all(csv(table).as_bytes()).map(|()| Vec::new())?),
        Form::Picture(form) => png::write_reporting(table, layer, form, out),
    }
}

fn csv(table: &[SourceActivity]) -> String {
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
            line.status.id()
        );
    }
    text
}
