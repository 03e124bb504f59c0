//! `tensionmap density`: kernel density of reports.

use std::path::PathBuf;

use crate::engine::Surface;
use crate::{Day, Error};

use super::console::{Completion, Console};
use super::job::ReportArgs;

/// Draw the kernel density of reports as a smooth surface: density, not tension
#[derive(Debug, clap::Args)]
pub(super) struct DensityArgs {
    /// The picture to write, .png or .svg
    #[arg(long, short, value_name = "FILE", default_value = "density.png")]
    output: PathBuf,
    /// Metres over which the quartic kernel spreads a report
    #[arg(long, value_name = "METRES", default_value_t = Surface::default().bandwidth)]
    bandwidth: f64,
    /// Metres of a pixel of the surface, from 1/64 to 1/2 of the bandwidth
    #[arg(long, value_name = "METRES", default_value_t = Surface::default().pixel)]
    pixel: f64,
    /// Minimum number of reports, weighted by the kernel, where anything is drawn; 3 or more
    #[arg(long, value_name = "N", default_value_t = Surface::default().min_reports)]
    least: f64,
    /// First day of reports [default: the method's window, 28 days before --to]
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Day after the last one [default: the as-of]
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    #[command(flatten)]
    reports: ReportArgs,
}

pub(super) fn run(args: DensityArgs, console: Console) -> Result<Completion, Error> {
    let day = |text: Option<String>| text.map(|text| text.parse::<Day>()).transpose();
    let DensityArgs { bandwidth, pixel, least, .. } = args;
    let surface = Surface { bandwidth, pixel, min_reports: least, from: day(args.from)?, to: day(args.to)? };
    surface.check()?;
    let mut settings = args.reports.job.settings()?;
    settings.title.get_or_insert_with(|| "Density of reports".to_owned());
    args.reports.job.run(settings, args.reports.inputs, vec![args.output], console, |job| {
        job.read(job.builder().without_counts().build()?.keep_positions())?.density(&surface)
    })
}
