//! `tensionmap map`: reports in, maps and layers out.

use std::path::PathBuf;

use serde_json::json;
use tensionmap::config::{Plan, Settings};
use tensionmap::output::{self, Manifest};
use tensionmap::{Engine, Error, Run};

use super::{ManifestChoice, Outcome, Voice, read};

/// Score reports and draw the map
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files of reports, patterns or folders of Parquet; - is standard input
    #[arg(value_name = "INPUT")]
    inputs: Vec<PathBuf>,
    /// Results, by extension: .png, .geojson, .gpkg, .fgb, .parquet, .csv … (repeatable; `tensionmap list outputs`)
    #[arg(long, short, value_name = "FILE", default_value = "map.png")]
    output: Vec<PathBuf>,
    #[command(flatten)]
    manifest: ManifestChoice,
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
    let base = args.config.as_deref().map(Settings::load).transpose()?.unwrap_or_default();
    let settings = args.settings.over(base);
    if args.print_config {
        Plan::try_from(&settings)?;
        Voice::result(settings.resolved().absolute()?.to_toml().trim_end())?;
        return Ok(Outcome::Clean);
    }
    if args.inputs.is_empty() {
        return Err(tensionmap::config::ConfigError::NoInput.into());
    }
    for path in &args.output {
        output::for_path(path)?;
    }
    let manifest = args.manifest.claim((&args.inputs, args.config.as_ref()), &settings, &args.output, |first| {
        first.with_file_name(Manifest::NAME)
    })?;
    let engine = Engine::builder().settings(settings).on_progress(voice.progress()).build()?;
    let engine = read(engine, &args.inputs)?;
    let run = engine.run()?;
    run.save_all(&args.output, &[], manifest)?;
    report(&run, &args.output, voice)
}

/// Says what was done.
pub(super) fn report(run: &Run, outputs: &[PathBuf], voice: Voice) -> Result<Outcome, Error> {
    let outcome = voice.account([&run.ledger, &run.areas], &run.notices, run.within_max_rejects);
    for (rank, cell) in run.scores.standing_out().iter().take(3).enumerate() {
        if let Some(ratio) = cell.ratio {
            voice.note(format!(
                "stands out {}: {} score {:.0}, {:.0} reports where {:.0} were to be expected, {ratio}",
                rank + 1,
                run.layer.place_name(cell.cell),
                cell.score,
                cell.n_window,
                ratio.expected,
            ));
        }
    }
    if voice.json {
        let outputs: Vec<String> = outputs.iter().map(|path| path.display().to_string()).collect();
        let place = if run.layer.areas().is_some() { "area" } else { "h3" };
        let top: Vec<_> = run
            .scores
            .standing_out()
            .iter()
            .take(10)
            .map(|cell| json!({place: run.layer.place_name(cell.cell), "score": cell.score, "rr_lo": cell.ratio.map(|r| r.lo)}))
            .collect();
        Voice::result(
            json!({"outputs": outputs, "provenance": run.layer.provenance(), "standing_out": top, "notices": run.notices})
                .to_string(),
        )?;
    } else {
        for path in outputs {
            Voice::result(path.display().to_string())?;
        }
    }
    Ok(outcome)
}
