//! `tensionmap explain`: why one cell has its score.

use std::path::PathBuf;

use tensionmap::config::Settings;
use tensionmap::engine::Explained;
use tensionmap::output::Manifest;
use tensionmap::{Engine, Error};

use super::{ManifestChoice, Outcome, Voice, read};

/// Say why one cell has its score, with everything behind it
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// H3 cell, such as 8819434d93fffff, or the latitude,longitude of a place in it, such as 52.645,-1.124
    #[arg(value_name = "CELL", allow_hyphen_values = true)]
    cell: String,
    /// Files of reports, patterns or folders of Parquet; - is standard input
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<PathBuf>,
    /// Results, by extension: .txt, .json, .png (repeatable) [default: the text on standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Vec<PathBuf>,
    /// Settings file (TOML); flags override it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    manifest: ManifestChoice,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(args: Args, voice: Voice) -> Result<Outcome, Error> {
    let base = args.config.as_deref().map(Settings::load).transpose()?.unwrap_or_default();
    let settings = args.settings.over(base);
    for path in &args.output {
        Explained::check_path(path)?;
    }
    let manifest =
        args.manifest.claim((&args.inputs, args.config.as_ref()), &settings, &args.output, Manifest::beside)?;
    let engine = Engine::builder().settings(settings).on_progress(voice.progress()).build()?;
    // A slip in the cell shows before a long read, not after it.
    engine.cell(&args.cell)?;
    let engine = read(engine, &args.inputs)?;
    let explained = engine.explain(&args.cell)?;
    if !args.output.is_empty() {
        explained.save_all(&args.output, manifest)?;
    }
    let outcome = voice.account(
        [&explained.run.ledger, &explained.run.areas],
        &explained.run.notices,
        explained.run.within_max_rejects,
    );
    if voice.json {
        Voice::result(explained.to_json()?)?;
    } else if args.output.is_empty() {
        Voice::result(explained.to_string().trim_end())?;
    } else {
        for path in &args.output {
            Voice::result(path.display().to_string())?;
        }
    }
    Ok(outcome)
}
