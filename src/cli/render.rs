//! `tensionmap render`: a saved layer drawn again.

use std::path::PathBuf;

use serde_json::json;
use tensionmap::config::Settings;
use tensionmap::output::{self, Manifest};
use tensionmap::{Error, Layer};

use super::{ManifestChoice, Outcome, Voice};

/// Draw a saved layer again, or save it in another format
///
/// Settings of reading and scoring are not available: a saved layer is already scored.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A layer that tensionmap saved: .geojson, .gpkg, .parquet or .fgb
    #[arg(value_name = "LAYER")]
    saved: PathBuf,
    /// Results, by extension, as of `map` (repeatable)
    #[arg(long, short, value_name = "FILE", default_value = "map.png")]
    output: Vec<PathBuf>,
    #[command(flatten)]
    manifest: ManifestChoice,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(args: Args, voice: Voice) -> Result<Outcome, Error> {
    let Args { saved, output, manifest, settings } = args;
    for path in &output {
        output::for_path(path)?;
    }
    let manifest = manifest.claim((std::slice::from_ref(&saved), None), &settings, &output, Manifest::beside)?;
    let mut opened = Layer::open(saved)?;
    opened.show(&settings)?;
    opened.save_all(&output, manifest)?;
    opened.notices.iter().for_each(|notice| voice.note(notice));
    let outputs: Vec<String> = output.iter().map(|path| path.display().to_string()).collect();
    if voice.json {
        let provenance = opened.layer.provenance();
        Voice::result(json!({"outputs": outputs, "provenance": provenance, "notices": opened.notices}).to_string())?;
    } else {
        outputs.iter().try_for_each(Voice::result)?;
    }
    Ok(Outcome::Clean)
}
