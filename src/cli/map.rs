//! `tensionmap map`: reports to maps and layers.

use std::path::PathBuf;

use crate::Error;
use crate::engine::Map;
use crate::output::{self, Manifest};

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
    args.output.iter().try_for_each(|path| output::encoder_for::<Map>(path).map(drop))?;
    let beside = |first: &std::path::Path| first.with_file_name(Manifest::NAME);
    let Some(job) = args.job.begin_unchecked(settings, args.inputs, args.output, beside, console)? else {
        return Ok(Completion::Clean);
    };
    let run = job.read(job.engine()?)?.run()?;
    job.finish(&run)
}
