//! `tensionmap map`: reports to maps and layers.

use std::path::PathBuf;

use crate::Error;
use crate::config::NamedOutput;

use super::console::{Completion, Console};
use super::job::ReportArgs;

/// Score reports and draw the map
#[derive(Debug, clap::Args)]
pub(super) struct MapArgs {
    #[command(flatten)]
    reports: ReportArgs,
    /// Results: .png, .geojson, .gpkg, .csv … (repeatable)
    #[arg(
        long_help = "Results, by extension: .png, .geojson, .gpkg, .fgb, .parquet, .csv … (repeatable; `tensionmap list \
                outputs`) [default: the [[output]]s of --config, else map.png]",
        long,
        short,
        value_name = "FILE",
        help_heading = "Output",
        display_order = 0
    )]
    output: Vec<PathBuf>,
}

pub(super) fn run(args: MapArgs, console: Console) -> Result<Completion, Error> {
    let mut settings = args.reports.settings("map")?;
    if !args.output.is_empty() {
        settings.output = args.output.into_iter().map(|path| NamedOutput { path }).collect();
    }
    let mut outputs: Vec<PathBuf> = settings.output.iter().map(|output| output.path.clone()).collect();
    if outputs.is_empty() {
        outputs.push("map.png".into());
    }
    args.reports.job.run(settings, outputs, console, |job| job.engine()?.named_inputs()?.run())
}
