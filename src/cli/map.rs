//! `tensionmap map`: reports to maps and layers.

use std::path::PathBuf;

use crate::Error;

use super::console::{Completion, Console};
use super::job::JobArgs;

/// Score reports and draw the map
#[derive(Debug, clap::Args)]
pub(super) struct MapArgs {
    /// Files of reports, patterns or folders of Parquet; - is standard input
    #[arg(value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// Results, by extension: .png, .geojson, .gpkg, .fgb, .parquet, .csv … (repeatable; `tensionmap list outputs`)
    #[arg(long, short, value_name = "FILE", default_value = "map.png")]
    output: Vec<PathBuf>,
    #[command(flatten)]
    job: JobArgs,
}

pub(super) fn run(args: MapArgs, console: Console) -> Result<Completion, Error> {
    let settings = args.job.settings()?;
    args.job.run(settings, args.inputs, args.output, console, |job| job.read(job.engine()?)?.run())
}
