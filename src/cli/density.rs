//! `tensionmap density`: where reports lie thick.

use std::path::PathBuf;

use serde_json::json;
use tensionmap::config::Settings;
use tensionmap::engine::{DensityMap, Surface};
use tensionmap::{Day, Engine, Error};

use super::{Outcome, Voice, claim_places, read};

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
    settings: Settings,
}

pub(super) fn run(args: Args, voice: Voice) -> Result<Outcome, Error> {
    let day = |text: Option<String>| text.map(|text| text.parse::<Day>()).transpose();
    let Args { bandwidth, pixel, least, .. } = args;
    let surface = Surface { bandwidth, pixel, least, from: day(args.from)?, to: day(args.to)? };
    surface.check()?;
    DensityMap::check_path(&args.output)?;
    let mut settings = args.settings;
    claim_places(&args.inputs, None, &settings, std::slice::from_ref(&args.output))?;
    settings.title.get_or_insert_with(|| "Density of reports".to_owned());
    let engine = Engine::builder().settings(settings).without_counts().on_progress(voice.progress()).build()?;
    let map = read(engine.keep_places(), &args.inputs)?.density(&surface)?;
    map.save(&args.output)?;
    let outcome = voice.account([&map.ledger, &map.areas], &map.notices, map.within_max_rejects);
    let output = args.output.display().to_string();
    Voice::result(if voice.json {
        let density = &map.density;
        json!({"outputs": [output], "from": map.window.0.to_string(), "to": map.window.1.to_string(),
               "as_of": map.as_of.to_string(), "read": map.ledger.read(), "accepted": map.ledger.accepted(),
               "quarantined": map.ledger.quarantined(), "used": map.used, "within_reach": density.points(),
               "bandwidth_m": density.bandwidth(), "width": density.frame().width(), "height": density.frame().height(),
               "least": map.least, "most": density.most(), "most_per_km2": density.most() * density.per_km2(),
               "error_bound": density.error_bound(), "notices": map.notices})
        .to_string()
    } else {
        output
    })?;
    Ok(outcome)
}
