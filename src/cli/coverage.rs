//! `tensionmap coverage`: who still reports from where.

use std::path::PathBuf;

use serde_json::json;
use tensionmap::config::Settings;
use tensionmap::engine::CoverageRun;
use tensionmap::output::Manifest;
use tensionmap::score::{PlaceKind, SourceActivity};
use tensionmap::{Engine, Error, InvalidValue};

use super::{ManifestChoice, Outcome, Voice, read};

/// Say who reported from where: last report, reports in a year, what is usual, for every cell, area and source
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files of reports, patterns or folders of Parquet; - is standard input
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<PathBuf>,
    /// Property that names an area of --areas, to tell of these too
    #[arg(long, value_name = "PROPERTY")]
    name: Option<String>,
    /// Results, by extension: .csv (the table), .png, .svg (a map; repeatable)
    #[arg(long, short, value_name = "FILE", default_value = "coverage.csv")]
    output: Vec<PathBuf>,
    #[command(flatten)]
    manifest: ManifestChoice,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(args: Args, voice: Voice) -> Result<Outcome, Error> {
    for path in &args.output {
        CoverageRun::check_path(path)?;
    }
    let manifest = args.manifest.claim((&args.inputs, None), &args.settings, &args.output, Manifest::beside)?;
    let areas = args.settings.areas.clone();
    let mut engine = Engine::builder().settings(args.settings).on_progress(voice.progress()).build()?;
    if let Some(name) = args.name {
        let Some(areas) = areas else {
            return Err(InvalidValue::bare("areas", "none", "polygons (GeoJSON) that have names, with --areas").into());
        };
        engine = engine.count_in(areas, &name)?;
    }
    let ready = read(engine, &args.inputs)?.ready()?;
    let (as_of, notices) = (ready.as_of.to_string(), ready.notices.clone());
    let coverage = ready.coverage()?;
    coverage.save_all(&args.output, manifest)?;
    let run = &coverage.run;
    let outcome = voice.account([&run.ledger, &run.areas], &notices, run.within_max_rejects);
    let of_area: Vec<&SourceActivity> =
        coverage.table.iter().filter(|line| line.kind == PlaceKind::StudyArea).collect();
    for line in &of_area {
        let last = line.last.map_or_else(|| "never".to_owned(), |day| day.to_string());
        let usual = line.usual.map_or_else(String::new, |usual| format!(", usually {usual:.0}"));
        voice.note(format!(
            "source {}: last report {last}, {:.0} reports in 52 weeks, {:.0} in the window{usual}: {}",
            line.source,
            line.year,
            line.window,
            line.status.id().replace('_', " ")
        ));
    }
    let outputs: Vec<String> = args.output.iter().map(|path| path.display().to_string()).collect();
    if voice.json {
        let lines: Vec<_> = of_area
            .iter()
            .map(|line| {
                json!({"source": line.source, "last_report": line.last.map(|day| day.to_string()), "days_since": line.days_since,
                       "reports_52_weeks": line.year, "usual": line.usual, "n_window": line.window, "heard": line.status.id()})
            })
            .collect();
        Voice::result(
            json!({"outputs": outputs, "as_of": as_of, "study_area": lines, "notices": notices}).to_string(),
        )?;
    } else {
        for path in outputs {
            Voice::result(path)?;
        }
    }
    Ok(outcome)
}
