//! `tensionmap calibrate`: a method file with its anchor frozen, so that maps of different dates compare.

use std::path::PathBuf;

use serde_json::json;
use tensionmap::config::Settings;
use tensionmap::output::Manifest;
use tensionmap::{Engine, Error};

use super::{ManifestChoice, Outcome, Voice, must_end_in, read};

/// Calibrate the anchor on history before --as-of and write a frozen method file
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files of reports, patterns or folders of Parquet; - is standard input
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<PathBuf>,
    /// The method file to write
    #[arg(long, short, value_name = "FILE", default_value = "method.toml")]
    output: PathBuf,
    #[command(flatten)]
    manifest: ManifestChoice,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(args: Args, voice: Voice) -> Result<Outcome, Error> {
    let outputs = [args.output];
    let [path] = &outputs;
    must_end_in(path, "toml")?;
    let manifest = args.manifest.claim((&args.inputs, None), &args.settings, &outputs, Manifest::beside)?;
    let engine = Engine::builder().settings(args.settings).on_progress(voice.progress()).build()?;
    let engine = read(engine, &args.inputs)?;
    let ready = engine.ready()?;
    let method = ready.calibrate()?;
    ready.save_method(&method, path, manifest)?;
    let outcome = voice.account([&ready.ledger, &ready.areas], &ready.notices, ready.within_max_rejects());
    let d_half = method.d_half.unwrap_or_default();
    voice.note(format!(
        "anchor D½ = {d_half} mass {}, from the history before {} and its window; use it with --method {}",
        method.density.unit(),
        ready.as_of,
        path.display()
    ));
    Voice::result(if voice.json {
        json!({"outputs": [path.display().to_string()], "d_half": d_half, "as_of": ready.as_of.to_string(), "method": method.name,
               "method_hash": method.hash(), "notices": ready.notices})
        .to_string()
    } else {
        path.display().to_string()
    })?;
    Ok(outcome)
}
