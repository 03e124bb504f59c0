//! `tensionmap density`: where reports lie thick.

use std::path::PathBuf;

use serde_json::{Value, json};
use tensionmap::config::Settings;
use tensionmap::engine::{DensityMap, Surface};
use tensionmap::output::Manifest;
use tensionmap::{Day, Engine, Error};

use super::{ManifestChoice, Outcome, Voice, read};

/// Draw where reports lie thick, as a smooth surface: density, not tension
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files of reports, patterns or folders of Parquet; - is standard input
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<PathBuf>,
    /// The picture to write, .png or .svg
    #[arg(long, short, value_name = "FILE", default_value = "density.png")]
    output: PathBuf,
    /// Metres over which the quartic kernel spreads a report
    #[arg(long, value_name = "METRES", default_value_t = Surface::default().bandwidth)]
    bandwidth: f64,
    /// Metres of a pixel of the surface, from 1/64 to 1/2 of the bandwidth
    #[arg(long, value_name = "METRES", default_value_t = Surface::default().pixel)]
    pixel: f64,
    /// Draw nothing where there are fewer reports, weighted by the kernel; 3 or more
    #[arg(long, value_name = "N", default_value_t = Surface::default().least)]
    least: f64,
    /// First day of reports [default: the method's window, 28 days before --to]
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Day after the last one [default: the as-of]
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    #[command(flatten)]
    manifest: ManifestChoice,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(args: Args, voice: Voice) -> Result<Outcome, Error> {
    let day = |text: Option<String>| text.map(|text| text.parse::<Day>()).transpose();
    let Args { bandwidth, pixel, least, .. } = args;
    let surface = Surface { bandwidth, pixel, least, from: day(args.from)?, to: day(args.to)? };
    surface.check()?;
    let outputs = [args.output];
    let [path] = &outputs;
    DensityMap::check_path(path)?;
    let mut settings = args.settings;
    let manifest = args.manifest.claim((&args.inputs, None), &settings, &outputs, Manifest::beside)?;
    settings.title.get_or_insert_with(|| "Density of reports".to_owned());
    let engine = Engine::builder().settings(settings).without_counts().on_progress(voice.progress()).build()?;
    let map = read(engine.keep_places(), &args.inputs)?.density(&surface)?;
    map.save_all(&outputs, manifest)?;
    let outcome = voice.account([&map.ledger, &map.areas], &map.notices, map.within_max_rejects);
    let output = path.display().to_string();
    Voice::result(if voice.json {
        let mut told = json!({"outputs": [output], "notices": map.notices});
        if let (Value::Object(told), Value::Object(about)) = (&mut told, map.about()) {
            told.extend(about);
        }
        told.to_string()
    } else {
        output
    })?;
    Ok(outcome)
}
