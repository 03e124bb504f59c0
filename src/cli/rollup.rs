//! `tensionmap rollup`: scores of wards and other areas.

use std::path::PathBuf;

use crate::engine::Map;
use crate::{Error, InvalidValue};

use super::console::{Completion, Console};
use super::job::JobArgs;

/// Score wards, LSOAs or other areas, each from its own reports, exactly where they lie
#[derive(Debug, clap::Args)]
pub(super) struct RollupArgs {
    /// Files of reports, patterns or folders of Parquet; - is standard input
    #[arg(value_name = "INPUT", required_unless_present = "print_config")]
    inputs: Vec<PathBuf>,
    /// Property that names an area
    #[arg(long, value_name = "PROPERTY")]
    name: String,
    /// Results, by extension: .csv, .geojson, .gpkg, .fgb, .parquet, .png … (repeatable; `tensionmap list outputs`)
    #[arg(long, short, value_name = "FILE", default_value = "areas.csv")]
    output: Vec<PathBuf>,
    #[command(flatten)]
    job: JobArgs,
}

pub(super) fn run(args: RollupArgs, console: Console) -> Result<Completion, Error> {
    let settings = args.job.settings()?;
    let Some(areas) = settings.areas.clone() else {
        return Err(InvalidValue::bare("areas", "none", "polygons (GeoJSON) to count in, with --areas").into());
    };
    let Some(job) = args.job.begin::<Map>(settings, args.inputs, args.output, console)? else {
        return Ok(Completion::Clean);
    };
    let engine = job.engine()?.count_only_in(areas, &args.name)?;
    let run = job.read(engine)?.roll_up()?;
    job.finish(&run)
}
