//! A series → a long table or a page of maps.

use std::io::Write;
use std::path::Path;

use serde_json::Value;

use super::{Beside, OutputError, form_of, png};
use crate::invalid::Cause;
use crate::layer::Layer;
use crate::numbers::significant;
use crate::score::{DatedScore, Level, Series, Status, Trend};

/// How a series can leave.
#[derive(Clone, Copy, Debug)]
enum Form {
    Csv,
    #[cfg(feature = "polars")]
    Parquet,
    Picture(png::Form),
    Moving(png::Moving),
}

const FORMS: &[(&str, Form)] = &[
    ("csv", Form::Csv),
    #[cfg(feature = "polars")]
    ("parquet", Form::Parquet),
    ("png", Form::Picture(png::Form::Pixels)),
    ("svg", Form::Picture(png::Form::Vectors)),
    ("gif", Form::Moving(png::Moving::Gif)),
    ("apng", Form::Moving(png::Moving::Apng)),
];

pub(crate) fn check_path(path: &Path) -> Result<(), OutputError> {
    form_of(path, FORMS).map(drop)
}

/// Writes a series in the form of the path. A CSV has no place for provenance.
#[cfg_attr(not(feature = "polars"), allow(unused_variables, reason = "only Parquet has a place for provenance"))]
pub(crate) fn write(
    (series, trends): (&Series, &[Option<Trend>]),
    layer: &Layer,
    about: &Value,
    path: &Path,
    out: &mut dyn Write,
) -> Result<Vec<Beside>, Cause> {
    match form_of(path, FORMS)? {
        Form::Csv => csv(series, trends, out),
        #[cfg(feature = "polars")]
        Form::Parquet => parquet(series, trends, about, out),
        Form::Picture(form) => png::write_series(series, layer, form, out),
        Form::Moving(form) => png::write_lapse(series, layer, form, out),
    }?;
    Ok(Vec::new())
}

/// Columns of the CSV table.
const HEADER: &str = "h3,as_of,score,level,rag,status,sparse,surge,intensity,corroboration,spread,context,density,n_window,\
                      n_baseline,sources,trend_z,trend_p,sen_slope";

/// One row a date and cell. Every value is a number, a cell, a date or one of our own words: nothing to quote, and nothing that
/// a spreadsheet takes for a formula.
fn csv(series: &Series, trends: &[Option<Trend>], out: &mut dyn Write) -> Result<(), Cause> {
    writeln!(out, "{HEADER}")?;
    let trends: Vec<String> = trends
        .iter()
        .map(|trend| {
            let Some(trend) = trend else { return ",,".to_owned() };
            let slope = trend.sen_slope.map_or_else(String::new, |slope| shown(slope, 4));
            format!("{},{},{slope}", shown(trend.z, 4), significant(trend.p, 3))
        })
        .collect();
    for (index, date) in series.dates.iter().enumerate() {
        let as_of = date.windows.as_of.to_string();
        for ((cell, moment), trend) in series.cells.iter().zip(series.at(index)).zip(&trends) {
            writeln!(out, "{cell},{as_of},{},{trend}", values(moment))?;
        }
    }
    Ok(())
}

fn values(moment: &DatedScore) -> String {
    // Without data there is not even a score of nothing.
    let score = if moment.status == Status::NoData { String::new() } else { shown(moment.score, 2) };
    let level = moment.level.map_or_else(String::new, |level: Level| level.number().to_string());
    let rag = moment.level.map_or("", |level| level.rag().id());
    let points = [moment.surge, moment.intensity, moment.corroboration, moment.spread, moment.context];
    let points = points.map(|points| shown(points, 2)).join(",");
    let counts = [shown(moment.density, 3), shown(moment.n_window, 2), shown(moment.n_baseline, 2)].join(",");
    format!("{score},{level},{rag},{},{},{points},{counts},{}", moment.status.id(), moment.sparse, moment.sources)
}

/// A number with at most so many digits after the point, at least one of them, and no trailing noughts.
fn shown(value: f64, digits: usize) -> String {
    let text = format!("{value:.digits$}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// The series' frame with the trends, its provenance as metadata under `tensionmap`.
#[cfg(feature = "polars")]
fn parquet(series: &Series, trends: &[Option<Trend>], about: &Value, out: &mut dyn Write) -> Result<(), Cause> {
    use polars::prelude::Column;
    use polars_io::parquet::write::{KeyValueMetadata, ParquetWriter};

    let mut frame = series.frame()?;
    let rows = frame.height();
    let trend = |name: &str, value: &dyn Fn(&Trend) -> Option<f64>| {
        let values = trends.iter().map(|trend| trend.as_ref().and_then(value)).cycle().take(rows);
        Column::new(name.into(), values.collect::<Vec<Option<f64>>>())
    };
    frame.hstack_mut(&[
        trend("trend_z", &|trend| Some(trend.z)),
        trend("trend_p", &|trend| Some(trend.p)),
        trend("sen_slope", &|trend| trend.sen_slope),
    ])?;
    let about = KeyValueMetadata::from_static(vec![("tensionmap".to_owned(), about.to_string())]);
    ParquetWriter::new(out).with_key_value_metadata(Some(about)).finish(&mut frame)?;
    Ok(())
}
