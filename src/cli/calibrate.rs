//! `tensionmap calibrate`: a method file with a frozen anchor, so that maps of different dates compare.

use std::path::{Path, PathBuf};

use crate::{Error, InvalidValue};
use serde_json::json;

use super::console::{Completion, Console};
use super::job::{ReportArgs, named_areas};
use super::report::Report;
use super::usable::Beside;
use crate::output::Request;

/// Calibrate the anchor on history before --as-of and write a frozen method file
#[derive(Debug, clap::Args)]
pub(super) struct CalibrateArgs {
    #[command(flatten)]
    reports: ReportArgs,
    /// The method file to write
    #[arg(long, short, value_name = "FILE", default_value = "method.toml", help_heading = "Output", display_order = 0)]
    output: PathBuf,
    /// Calibrate on areas, for rollup: their property with a name
    #[arg(
        long_help = "Property of --areas with the name of an area; calibrates on areas, for rollup, instead of on cells",
        long,
        value_name = "PROPERTY",
        help_heading = "Place and time"
    )]
    name: Option<String>,
}

pub(super) fn run(args: CalibrateArgs, console: Console) -> Result<Completion, Error> {
    let settings = args.reports.settings("calibrate")?;
    let path = args.output;
    let in_areas = args.name.map(|name| named_areas(&settings).map(|areas| (areas, name))).transpose()?;
    let check = |path: &Path, _: &Request<'_>| Ok(check_extension(path, FORMAT)?);
    let job = args.reports.job.begin_with(&[FORMAT], check, settings, vec![path], Beside::default(), console)?;
    let Some(mut job) = job else { return Ok(Completion::Clean) };
    let engine = job.engine()?;
    let prepared = match in_areas {
        Some((areas, name)) => engine.count_only_in(areas, &name)?.named_inputs()?.prepare_areas()?,
        None => engine.named_inputs()?.prepare()?,
    };
    let method = prepared.calibrate()?;
    match job.outputs.first() {
        Some(path) => prepared.save_method(&method, path, job.manifest.take())?,
        None => Console::bytes(method.to_toml().as_bytes())?,
    }
    let d_half = method.d_half.unwrap_or_default();
    let file = job.outputs.first().map_or_else(|| "FILE".to_owned(), |path| path.display().to_string());
    let anchor = format!(
        "anchor D½ = {d_half} mass {}, from the history before {} and its window; use it with --method {file}",
        method.density.unit(),
        prepared.as_of,
    );
    let members = [
        ("d_half", json!(d_half)),
        ("as_of", json!(prepared.as_of.to_string())),
        ("method", json!(method.name)),
        ("method_hash", json!(method.hash())),
    ];
    let result = members.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
    let account = job.report([&prepared.ledger, &prepared.areas], &prepared.notices, prepared.excess());
    console.report(Report { lines: vec![anchor], result, ..account })
}

/// Extension of a method file.
const FORMAT: &str = "toml";

/// Errors if the name of a result does not end in an extension.
fn check_extension(path: &Path, extension: &str) -> Result<(), InvalidValue> {
    if path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension)) {
        return Ok(());
    }
    Err(InvalidValue::expecting("output", path.display(), format!("a name that ends in .{extension}")))
}
