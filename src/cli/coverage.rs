//! `tensionmap coverage`: reporting of each source by place.

use std::path::PathBuf;

use crate::Error;

use super::console::{Completion, Console};
use super::job::{ReportArgs, named_areas};

/// Report the activity of every source by cell and area: last report, reports in a year, usual number
#[derive(Debug, clap::Args)]
pub(super) struct CoverageArgs {
    /// Property that names an area of --areas, to report on these too
    #[arg(long, value_name = "PROPERTY")]
    name: Option<String>,
    /// Results, by extension: .csv (the table), .png, .svg (a map; repeatable)
    #[arg(long, short, value_name = "FILE", default_value = "coverage.csv")]
    output: Vec<PathBuf>,
    #[command(flatten)]
    reports: ReportArgs,
}

pub(super) fn run(args: CoverageArgs, console: Console) -> Result<Completion, Error> {
    let settings = args.reports.job.settings()?;
    args.reports.job.run(settings, args.reports.inputs, args.output, console, |job| {
        let mut engine = job.engine()?;
        if let Some(name) = args.name {
            engine = engine.count_in(named_areas(&job.settings)?, &name)?;
        }
        job.read(engine)?.prepare()?.coverage()
    })
}
