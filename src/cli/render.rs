//! `tensionmap render`: a saved layer drawn again, or saved in another format.

use std::path::PathBuf;

use crate::config::{ConfigError, NamedInput};
use crate::{Error, Layer};

use super::console::{Completion, Console};
use super::job::JobArgs;

/// Draw a saved layer again, or save it in another format
///
/// Settings of reading and scoring are not available: a saved layer is already scored.
#[derive(Debug, clap::Args)]
pub(super) struct RenderArgs {
    /// A saved layer: .geojson, .gpkg, .parquet or .fgb
    #[arg(
        long_help = "A layer that tensionmap saved: .geojson, .gpkg, .parquet or .fgb",
        value_name = "LAYER",
        required_unless_present = "print_config"
    )]
    saved: Option<PathBuf>,
    #[command(flatten)]
    job: JobArgs,
    /// Results, by extension, as for `map` (repeatable)
    #[arg(long, short, value_name = "FILE", default_value = "map.png", help_heading = "Output", display_order = 0)]
    output: Vec<PathBuf>,
}

pub(super) fn run(args: RenderArgs, console: Console) -> Result<Completion, Error> {
    let mut settings = args.job.settings()?.used_by("render");
    // The saved layer is what is read, and not what the settings name.
    let saved = args.saved.map(|saved| NamedInput::of_word(&saved)).transpose()?;
    if let Some(NamedInput { path, reading }) = &saved
        && !reading.is_empty()
    {
        return Err(ConfigError::ReadLayer { path: path.display().to_string() }.into());
    }
    settings.input = saved.iter().cloned().collect();
    let saved = saved.unwrap_or_default().path;
    args.job.run(settings, args.output, console, |job| Layer::open(saved)?.render(&job.settings))
}
