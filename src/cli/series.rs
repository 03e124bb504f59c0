//! `tensionmap series`: scores through time.

use std::path::PathBuf;

use crate::incident::Every;
use crate::{Day, Error};

use super::console::{Completion, Console};
use super::job::ReportArgs;

/// Score reports at many dates, as a long table with trends or a page of maps
#[derive(Debug, clap::Args)]
pub(super) struct SeriesArgs {
    /// First date [default: 52 weeks before the last, or the first after it with a baseline]
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Last date, the same as --as-of [default: the day after the latest report]
    #[arg(long, value_name = "DATE", conflicts_with = "as_of")]
    to: Option<String>,
    /// Interval between dates, counted back from the last: days, weeks or months
    #[arg(long, value_name = "7d|2w|1mo", default_value = "7d")]
    every: String,
    /// Results, by extension: .png, .svg (maps), .gif, .apng (animations), .csv, .parquet (tables; repeatable)
    #[arg(long, short, value_name = "FILE", default_value = "series.png")]
    output: Vec<PathBuf>,
    #[command(flatten)]
    reports: ReportArgs,
}

pub(super) fn run(args: SeriesArgs, console: Console) -> Result<Completion, Error> {
    let every: Every = args.every.parse()?;
    let from: Option<Day> = args.from.map(|from| from.parse()).transpose()?;
    let mut settings = args.reports.job.settings()?;
    settings.as_of = args.to.or(settings.as_of);
    args.reports
        .job
        .run(settings, args.reports.inputs, args.output, console, |job| job.read(job.engine()?)?.series(from, every))
}
