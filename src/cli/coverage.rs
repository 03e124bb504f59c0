//! `tensionmap coverage`: reporting of each source by place.

use std::path::PathBuf;

use crate::layer::CoverageTable;
use crate::{Error, InvalidValue};

use super::console::{Completion, Console};
use super::job::JobArgs;

/// Table of who reported from where: last report, reports in a year, what is usual, for every cell, area and source
#[derive(Debug, clap::Args)]
pub(super) struct CoverageArgs {
    /// Files of reports, patterns or folders of Parquet; - is standard input
    #[arg(value_name = "INPUT", required_unless_present = "print_config")]
    inputs: Vec<PathBuf>,
    /// Property that names an area of --areas, to tell of these too
    #[arg(long, value_name = "PROPERTY")]
    name: Option<String>,
    /// Results, by extension: .csv (the table), .png, .svg (a map; repeatable)
    #[arg(long, short, value_name = "FILE", default_value = "coverage.csv")]
    output: Vec<PathBuf>,
    #[command(flatten)]
    job: JobArgs,
}

pub(super) fn run(args: CoverageArgs, console: Console) -> Result<Completion, Error> {
    let settings = args.job.settings()?;
    let areas = settings.areas.clone();
    let Some(job) = args.job.begin::<CoverageTable>(settings, args.inputs, args.output, console)? else {
        return Ok(Completion::Clean);
    };
    let mut engine = job.engine()?;
    if let Some(name) = args.name {
        let Some(areas) = areas else {
            return Err(InvalidValue::bare("areas", "none", "polygons (GeoJSON) that have names, with --areas").into());
        };
        engine = engine.count_in(areas, &name)?;
    }
    let run = job.read(engine)?.prepare()?.coverage()?;
    job.finish(&run)
}
