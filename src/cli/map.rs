//! `tensionmap map`: reports in, maps and layers out.

use std::path::PathBuf;

use serde_json::json;
use tensionmap::config::Settings;
use tensionmap::{Engine, Error, InvalidValue, Run, output};

use super::{Outcome, Voice};

/// Score reports and draw the map
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files of reports: CSV, GeoJSON or Parquet, plain or .gz
    #[arg(value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// Results, by extension: .png, .geojson (repeatable)
    #[arg(long, short, value_name = "FILE", default_value = "map.png")]
    output: Vec<PathBuf>,
    /// Settings file (TOML); flags override it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print the resolved settings as TOML and stop
    #[arg(long)]
    print_config: bool,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(args: Args, voice: Voice) -> Result<Outcome, Error> {
    let base = args.config.map(|path| Settings::load(&path)).transpose()?.unwrap_or_default();
    let settings = args.settings.over(base).resolved();
    if args.print_config {
        Voice::result(settings.to_toml().trim_end());
        return Ok(Outcome::Clean);
    }
    if args.inputs.is_empty() {
        return Err(tensionmap::config::ConfigError::NoInput.into());
    }
    for path in &args.output {
        output::for_path(path)?;
    }
    for path in args.output.iter().chain(&settings.quarantine) {
        writable(path, &args.inputs)?;
    }
    let mut engine = Engine::builder().settings(settings).on_progress(voice.progress()).build()?;
    for input in &args.inputs {
        engine = engine.incidents(input)?;
    }
    let run = engine.run()?;
    for path in &args.output {
        run.layer.save(path)?;
    }
    Ok(report(&run, &args.output, voice))
}

/// Refuses, before any work, a path whose folder is missing or that would overwrite an input.
fn writable(path: &std::path::Path, inputs: &[PathBuf]) -> Result<(), Error> {
    output::check_place(path)?;
    let same = |input: &PathBuf| matches!((input.canonicalize(), path.canonicalize()), (Ok(a), Ok(b)) if a == b);
    if inputs.iter().any(same) {
        let shown = path.display().to_string();
        return Err(
            InvalidValue::bare("output", shown, "another file than the inputs, which are never overwritten").into()
        );
    }
    Ok(())
}

/// Says what was done.
pub(super) fn report(run: &Run, outputs: &[PathBuf], voice: Voice) -> Outcome {
    let outcome = voice.account(&run.ledger, run.within_max_rejects);
    for notice in &run.notices {
        voice.note(notice);
    }
    for (rank, cell) in run.scores.standing_out().iter().take(3).enumerate() {
        if let Some(ratio) = cell.ratio.filter(|ratio| ratio.lo > 1.0) {
            voice.note(format!(
                "stands out {}: {} score {:.0}, {:.0} reports where {:.0} were to be expected, {:.2} times ({:.2} to {:.2})",
                rank + 1,
                cell.cell,
                cell.score,
                cell.n_window,
                ratio.expected,
                ratio.rr,
                ratio.lo,
                ratio.hi
            ));
        }
    }
    if voice.json {
        let outputs: Vec<String> = outputs.iter().map(|path| path.display().to_string()).collect();
        let top: Vec<_> = run
            .scores
            .standing_out()
            .iter()
            .take(10)
            .map(|cell| json!({"h3": cell.cell.to_string(), "score": cell.score, "rr_lo": cell.ratio.map(|r| r.lo)}))
            .collect();
        Voice::result(
            json!({"outputs": outputs, "provenance": run.layer.provenance(), "standing_out": top, "notices": run.notices})
                .to_string(),
        );
    } else {
        for path in outputs {
            Voice::result(path.display().to_string());
        }
    }
    outcome
}
