//! `tensionmap rollup`: reports counted in areas.

use std::path::PathBuf;

use serde_json::json;
use tensionmap::config::Settings;
use tensionmap::engine::RolledUp;
use tensionmap::output::Manifest;
use tensionmap::{Engine, Error, InvalidValue};

use super::{ManifestChoice, Outcome, Voice, read};

/// Count reports in wards, LSOAs or other areas, exactly where they lie
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files of reports, patterns or folders of Parquet; - is standard input
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<PathBuf>,
    /// Property that names an area
    #[arg(long, value_name = "PROPERTY")]
    name: String,
    /// Results, by extension: .csv, .geojson (repeatable)
    #[arg(long, short, value_name = "FILE", default_value = "areas.csv")]
    output: Vec<PathBuf>,
    #[command(flatten)]
    manifest: ManifestChoice,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(args: Args, voice: Voice) -> Result<Outcome, Error> {
    let Some(areas) = args.settings.areas.clone() else {
        return Err(InvalidValue::bare("areas", "none", "polygons (GeoJSON) to count in, with --areas").into());
    };
    for path in &args.output {
        RolledUp::check_path(path)?;
    }
    let manifest = args.manifest.claim((&args.inputs, None), &args.settings, &args.output, Manifest::beside)?;
    let engine = Engine::builder().settings(args.settings).without_counts().on_progress(voice.progress()).build()?;
    let engine = engine.count_in(areas, &args.name)?;
    let engine = read(engine, &args.inputs)?;
    let Some(rolled) = engine.roll_up()? else { return Ok(Outcome::Clean) };
    rolled.save_all(&args.output, manifest)?;
    let outcome = voice.account([&rolled.ledger, &rolled.areas_ledger], &rolled.notices, rolled.within_max_rejects);
    let outputs: Vec<String> = args.output.iter().map(|path| path.display().to_string()).collect();
    if voice.json {
        Voice::result(
            json!({"outputs": outputs, "provenance": rolled.about(), "notices": rolled.notices}).to_string(),
        )?;
    } else {
        for path in outputs {
            Voice::result(path)?;
        }
    }
    Ok(outcome)
}
