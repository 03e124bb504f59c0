//! `tensionmap coverage`: reporting of each source by place.

use std::path::PathBuf;

use crate::Error;

use super::console::{Completion, Console};
use super::job::{ReportArgs, named_areas};

/// Report the activity of every source by cell and area: last report, reports in a year, usual number
#[derive(Debug, clap::Args)]
pub(super) struct CoverageArgs {
    #[command(flatten)]
    reports: ReportArgs,
    /// Property that names an area of --areas, to report on these
    #[arg(
        long_help = "Property that names an area of --areas, to report on these too",
        long,
        value_name = "PROPERTY",
        help_heading = "Place and time"
    )]
    name: Option<String>,
    /// Results: .csv (the table), .png, .svg (a map)
    #[arg(
        long_help = "Results, by extension: .csv (the table), .png, .svg (a map; repeatable)",
        long,
        short,
        value_name = "FILE",
        default_value = "coverage.csv",
        help_heading = "Output",
        display_order = 0
    )]
    output: Vec<PathBuf>,
}

pub(super) fn run(args: CoverageArgs, console: Console) -> Result<Completion, Error> {
    let settings = args.reports.settings("coverage")?;
    let in_areas = args.name.map(|name| named_areas(&settings).map(|areas| (areas, name))).transpose()?;
    args.reports.job.run(settings, args.output, console, |job| {
        let mut engine = job.engine()?;
        if let Some((areas, name)) = in_areas {
            engine = engine.count_in(areas, &name)?;
        }
        engine.named_inputs()?.prepare()?.coverage()
    })
}
