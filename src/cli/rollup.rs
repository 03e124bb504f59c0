//! `tensionmap rollup`: scores of wards and other areas.

use std::path::PathBuf;

use crate::Error;

use super::console::{Completion, Console};
use super::job::{ReportArgs, named_areas};

/// Score wards, LSOAs or other areas, each from its own reports, exactly where they lie
#[derive(Debug, clap::Args)]
pub(super) struct RollupArgs {
    /// Property of --areas with the name of an area
    #[arg(long, value_name = "PROPERTY")]
    name: String,
    /// Results, by extension: .csv, .geojson, .gpkg, .fgb, .parquet, .png … (repeatable; `tensionmap list outputs`)
    #[arg(long, short, value_name = "FILE", default_value = "areas.csv")]
    output: Vec<PathBuf>,
    #[command(flatten)]
    reports: ReportArgs,
}

pub(super) fn run(args: RollupArgs, console: Console) -> Result<Completion, Error> {
    let settings = args.reports.job.settings()?;
    let areas = named_areas(&settings)?;
    args.reports.job.run(settings, args.reports.inputs, args.output, console, |job| {
        job.read(job.engine()?.count_only_in(areas, &args.name)?)?.roll_up()
    })
}
