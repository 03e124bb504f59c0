//! `tensionmap rollup`: scores of wards and other areas.

use std::path::PathBuf;

use crate::Error;

use super::console::{Completion, Console};
use super::job::{ReportArgs, named_areas};

/// Score wards, LSOAs or other areas, each from its own reports, exactly where they lie
#[derive(Debug, clap::Args)]
pub(super) struct RollupArgs {
    #[command(flatten)]
    reports: ReportArgs,
    /// Property of --areas with the name of an area
    #[arg(long, value_name = "PROPERTY", help_heading = "Place and time")]
    name: String,
    /// Results: .csv, .geojson, .gpkg, .png … (repeatable)
    #[arg(
        long_help = "Results, by extension: .csv, .geojson, .gpkg, .fgb, .parquet, .png … (repeatable; `tensionmap list \
                outputs`)",
        long,
        short,
        value_name = "FILE",
        default_value = "areas.csv",
        help_heading = "Output",
        display_order = 0
    )]
    output: Vec<PathBuf>,
}

pub(super) fn run(args: RollupArgs, console: Console) -> Result<Completion, Error> {
    let settings = args.reports.settings("rollup")?;
    let areas = named_areas(&settings)?;
    args.reports.job.run(settings, args.output, console, |job| {
        job.engine()?.count_only_in(areas, &args.name)?.named_inputs()?.roll_up()
    })
}
