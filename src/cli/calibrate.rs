//! `tensionmap calibrate`: a method file with a frozen anchor, so that maps of different dates compare.

use std::path::{Path, PathBuf};

use crate::{Error, InvalidValue};
use serde_json::json;

use super::console::{Completion, Console};
use super::job::{ReportArgs, named_areas, report_outputs};

/// Calibrate the anchor on history before --as-of and write a frozen method file
#[derive(Debug, clap::Args)]
pub(super) struct CalibrateArgs {
    /// The method file to write
    #[arg(long, short, value_name = "FILE", default_value = "method.toml")]
    output: PathBuf,
    /// Property of --areas with the name of an area; calibrates on areas, for rollup, instead of on cells
    #[arg(long, value_name = "PROPERTY")]
    name: Option<String>,
    #[command(flatten)]
    reports: ReportArgs,
}

pub(super) fn run(args: CalibrateArgs, console: Console) -> Result<Completion, Error> {
    let settings = args.reports.job.settings()?;
    let path = args.output;
    check_extension(&path, "toml")?;
    let in_areas = args.name.map(|name| named_areas(&settings).map(|areas| (areas, name))).transpose()?;
    let ReportArgs { inputs, job } = args.reports;
    let Some(job) = job.begin_unchecked(settings, inputs, vec![path.clone()], console)? else {
        return Ok(Completion::Clean);
    };
    let engine = job.engine()?;
    let prepared = match in_areas {
        Some((areas, name)) => job.read(engine.count_only_in(areas, &name)?)?.prepare_areas()?,
        None => job.read(engine)?.prepare()?,
    };
    let method = prepared.calibrate()?;
    prepared.save_method(&method, &path, job.manifest)?;
    let ledgers = [&prepared.ledger, &prepared.areas];
    let completion = console.account(ledgers, &prepared.notices, prepared.within_max_rejects());
    let d_half = method.d_half.unwrap_or_default();
    console.note(format!(
        "anchor D½ = {d_half} mass {}, from the history before {} and its window; use it with --method {}",
        method.density.unit(),
        prepared.as_of,
        path.display()
    ));
    let members = [
        ("d_half", json!(d_half)),
        ("as_of", json!(prepared.as_of.to_string())),
        ("method", json!(method.name)),
        ("method_hash", json!(method.hash())),
    ];
    let members = members.map(|(name, value)| (name.to_owned(), value)).into_iter().collect();
    report_outputs(&job.outputs, members, &prepared.notices, console)?;
    Ok(completion)
}

/// Errors if the name of a result does not end in an extension.
fn check_extension(path: &Path, extension: &str) -> Result<(), Error> {
    if path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension)) {
        return Ok(());
    }
    Err(InvalidValue::expecting("output", path.display(), format!("a name that ends in .{extension}")).into())
}
