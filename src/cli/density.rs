//! `tensionmap density`: kernel density of reports.

use std::path::PathBuf;

use crate::config::Plan;
use crate::engine::Surface;
use crate::{Day, Error};

use super::console::{Completion, Console};
use super::job::ReportArgs;

/// Draw the kernel density of reports as a smooth surface: density, not tension
#[derive(Debug, clap::Args)]
pub(super) struct DensityArgs {
    #[command(flatten)]
    reports: ReportArgs,
    /// The picture to write, .png or .svg
    #[arg(long, short, value_name = "FILE", default_value = "density.png", help_heading = "Output", display_order = 0)]
    output: PathBuf,
    /// Metres over which the quartic kernel spreads a report
    #[arg(long, value_name = "METRES", default_value_t = Surface::default().bandwidth, help_heading = "Method")]
    bandwidth: f64,
    /// Metres of a pixel, from 1/64 to 1/2 of the bandwidth
    #[arg(long, value_name = "METRES", default_value_t = Surface::default().pixel, help_heading = "Method")]
    pixel: f64,
    /// Fewest weighted reports where anything is drawn
    #[arg(
        long,
        value_name = "N",
        default_value_t = Surface::default().min_reports,
        help_heading = "Method",
        long_help = "Minimum number of reports, weighted by the kernel, where anything is drawn; 3 or more"
    )]
    least: f64,
    /// First day of reports
    #[arg(
        long_help = "First day of reports [default: the method's window, 28 days before --to]",
        long,
        value_name = "DATE",
        help_heading = "Place and time"
    )]
    from: Option<String>,
    /// Day after the last one [default: the as-of]
    #[arg(long, value_name = "DATE", help_heading = "Place and time")]
    to: Option<String>,
}

pub(super) fn run(args: DensityArgs, console: Console) -> Result<Completion, Error> {
    let day = |text: Option<String>| text.map(|text| text.parse::<Day>()).transpose();
    let DensityArgs { bandwidth, pixel, least, .. } = args;
    let surface = Surface { bandwidth, pixel, min_reports: least, from: day(args.from)?, to: day(args.to)? };
    surface.check()?;
    let mut settings = args.reports.settings("density")?;
    // A window that ends before it begins is none of any reports; later days than the as-of are not known.
    if let Some(as_of) = Plan::try_from(&settings)?.as_of.or(surface.to) {
        surface.check_by(as_of)?;
    }
    settings.title.get_or_insert_with(|| "Density of reports".to_owned());
    args.reports.job.run(settings, vec![args.output], console, |job| {
        job.builder().without_counts().build()?.keep_positions().named_inputs()?.density(&surface)
    })
}
