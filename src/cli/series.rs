//! `tensionmap series`: the same places through time.

use std::path::PathBuf;

use serde_json::json;
use tensionmap::config::Settings;
use tensionmap::engine::SeriesRun;
use tensionmap::output::Manifest;
use tensionmap::score::Every;
use tensionmap::{Day, Engine, Error};

use super::{ManifestChoice, Outcome, Voice, read};

/// Score reports at many dates, as a long table with trends or a page of maps
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files of reports, patterns or folders of Parquet; - is standard input
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<PathBuf>,
    /// First date [default: 52 weeks before the last, or the first since with a past to compare with]
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Last date, the same as --as-of [default: the day after the latest report]
    #[arg(long, value_name = "DATE", conflicts_with = "as_of")]
    to: Option<String>,
    /// From one date to the next, counted back from the last: days, weeks or months
    #[arg(long, value_name = "7d|2w|1mo", default_value = "7d")]
    every: String,
    /// Results, by extension: .png (maps), .csv, .parquet (repeatable)
    #[arg(long, short, value_name = "FILE", default_value = "series.png")]
    output: Vec<PathBuf>,
    #[command(flatten)]
    manifest: ManifestChoice,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(args: Args, voice: Voice) -> Result<Outcome, Error> {
    let every: Every = args.every.parse()?;
    let from: Option<Day> = args.from.map(|from| from.parse()).transpose()?;
    let settings = Settings { as_of: args.to.or(args.settings.as_of), ..args.settings };
    for path in &args.output {
        SeriesRun::check_path(path)?;
    }
    let manifest = args.manifest.claim((&args.inputs, None), &settings, &args.output, Manifest::beside)?;
    let engine = Engine::builder().settings(settings).on_progress(voice.progress()).build()?;
    let engine = read(engine, &args.inputs)?;
    let run = engine.series(from, every)?;
    run.save_all(&args.output, manifest)?;
    let outcome = voice.account([&run.ledger, &run.areas], &run.notices, run.within_max_rejects);
    let outputs: Vec<String> = args.output.iter().map(|path| path.display().to_string()).collect();
    if voice.json {
        Voice::result(json!({"outputs": outputs, "provenance": run.about(), "notices": run.notices}).to_string())?;
    } else {
        for path in outputs {
            Voice::result(path)?;
        }
    }
    Ok(outcome)
}
