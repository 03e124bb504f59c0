//! `tensionmap render`: a saved layer drawn again, or saved in another format.

use std::path::PathBuf;

use crate::{Error, Layer};

use super::console::{Completion, Console};
use super::job::JobArgs;

/// Draw a saved layer again, or save it in another format
///
/// Settings of reading and scoring are not available: a saved layer is already scored.
#[derive(Debug, clap::Args)]
pub(super) struct RenderArgs {
    /// A layer that tensionmap saved: .geojson, .gpkg, .parquet or .fgb
    #[arg(value_name = "LAYER", required_unless_present = "print_config")]
    saved: Option<PathBuf>,
    /// Results, by extension, as for `map` (repeatable)
    #[arg(long, short, value_name = "FILE", default_value = "map.png")]
    output: Vec<PathBuf>,
    #[command(flatten)]
    job: JobArgs,
}

pub(super) fn run(args: RenderArgs, console: Console) -> Result<Completion, Error> {
    let settings = args.job.settings()?;
    let saved = args.saved.unwrap_or_default();
    let words = vec![saved.clone()];
    args.job.run(settings, words, args.output, console, |job| Layer::open(saved)?.render(&job.settings))
}
