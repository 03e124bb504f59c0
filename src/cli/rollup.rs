//! `tensionmap rollup`: wards, LSOAs or other areas scored from their own reports.

use std::path::PathBuf;

use tensionmap::config::Settings;
use tensionmap::output::{self, Manifest};
use tensionmap::{Engine, Error, InvalidValue};

use super::{ManifestChoice, Outcome, Voice, map, read};

/// Score wards, LSOAs or other areas, each from its own reports, exactly where they lie
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files of reports, patterns or folders of Parquet; - is standard input
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<PathBuf>,
    /// Property that names an area
    #[arg(long, value_name = "PROPERTY")]
    name: String,
    /// Results, by extension: .csv, .geojson, .gpkg, .fgb, .parquet, .png … (repeatable; `tensionmap list outputs`)
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
        output::for_path(path)?;
    }
    let manifest = args.manifest.claim((&args.inputs, None), &args.settings, &args.output, Manifest::beside)?;
    let engine = Engine::builder().settings(args.settings).on_progress(voice.progress()).build()?;
    let engine = engine.count_only_in(areas, &args.name)?;
    let run = read(engine, &args.inputs)?.roll_up()?;
    run.save_all(&args.output, &[], manifest)?;
    map::report(&run, &args.output, voice)
}
