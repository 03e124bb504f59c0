//! `tensionmap series`: scores through time.

use std::path::PathBuf;

use crate::config::Plan;
use crate::error::ScoreError;
use crate::incident::Every;
use crate::layer::SeriesTable;
use crate::{Day, Error};

use super::console::{Completion, Console};
use super::job::ReportArgs;
use super::usable::Beside;

/// Score reports at many dates, as a long table with trends or a page of maps
#[derive(Debug, clap::Args)]
pub(super) struct SeriesArgs {
    #[command(flatten)]
    reports: ReportArgs,
    /// First date [default: 52 weeks before the last]
    #[arg(
        long_help = "First date [default: 52 weeks before the last, or the first after it with a baseline]",
        long,
        value_name = "DATE",
        help_heading = "Place and time",
        display_order = 0
    )]
    from: Option<String>,
    /// Last date, the same as --as-of
    #[arg(
        long_help = "Last date, the same as --as-of [default: the day after the latest report]",
        long,
        value_name = "DATE",
        conflicts_with = "as_of",
        help_heading = "Place and time",
        display_order = 0
    )]
    to: Option<String>,
    /// Interval between dates, such as month or 10d
    #[arg(
        long_help = "Interval between dates, counted back from the last: day, week or month, or days, weeks or months \
                such as 10d, 2w or 3mo",
        long,
        value_name = "INTERVAL",
        default_value = "week",
        help_heading = "Place and time",
        display_order = 0
    )]
    every: String,
    /// Results: .png, .svg, .gif, .csv … (repeatable)
    #[arg(
        long_help = "Results, by extension: .png, .svg (maps), .gif, .apng (animations), .csv, .parquet (tables; \
                repeatable)",
        long,
        short,
        value_name = "FILE",
        default_value = "series.png",
        help_heading = "Output",
        display_order = 0
    )]
    output: Vec<PathBuf>,
}

pub(super) fn run(args: SeriesArgs, console: Console) -> Result<Completion, Error> {
    let every: Every = args.every.parse()?;
    let from: Option<Day> = args.from.map(|from| from.parse()).transpose()?;
    let mut settings = args.reports.settings("series")?;
    settings.as_of = args.to.or(settings.as_of);
    let last = Plan::try_from(&settings)?.as_of;
    let dates = from.zip(last).map(|(from, last)| every.dates(from, last).len());
    if dates == Some(0) {
        return Err(ScoreError::NoDates.into());
    }
    let beside = Beside { dates, ..Beside::default() };
    let job = args.reports.job.begin::<SeriesTable>(settings, args.output, beside, console)?;
    let Some(job) = job else { return Ok(Completion::Clean) };
    let run = job.engine()?.named_inputs()?.series(from, every)?;
    job.finish(&run)
}
