//! `tensionmap coverage`: who still reports from where.

use std::path::PathBuf;

use serde_json::json;
use tensionmap::config::Settings;
use tensionmap::score::{PlaceKind, Reporting};
use tensionmap::{Engine, Error, InvalidValue, output};

use super::{Outcome, Voice, claim_places, must_end_in, read};

/// Say who reported from where: last report, reports in a year, what is usual, for every cell, area and source
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files of reports, patterns or folders of Parquet; - is standard input
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<PathBuf>,
    /// Property that names an area of --areas, to tell of these too
    #[arg(long, value_name = "PROPERTY")]
    name: Option<String>,
    /// The table to write
    #[arg(long, short, value_name = "FILE.csv", default_value = "coverage.csv")]
    output: PathBuf,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(args: Args, voice: Voice) -> Result<Outcome, Error> {
    let outputs = [args.output];
    let [path] = &outputs;
    must_end_in(path, "csv")?;
    claim_places(&args.inputs, None, &args.settings, &outputs)?;
    let areas = args.settings.areas.clone();
    let mut engine = Engine::builder().settings(args.settings).on_progress(voice.progress()).build()?;
    if let Some(name) = args.name {
        let Some(areas) = areas else {
            return Err(InvalidValue::bare("areas", "none", "polygons (GeoJSON) that have names, with --areas").into());
        };
        engine = engine.count_in(areas, &name)?;
    }
    let ready = read(engine, &args.inputs)?.ready()?;
    let scoring = ready.scoring()?;
    let mut table = scoring.reporting(ready.as_of);
    table.extend(ready.counted_in.iter().flat_map(|areas| scoring.reporting_in(areas, ready.as_of)));
    output::save_text(path, &csv(&table))?;
    let outcome = voice.account([&ready.ledger, &ready.areas], &ready.notices, ready.within_max_rejects());
    let of_area: Vec<&Reporting> = table.iter().filter(|line| line.kind == PlaceKind::StudyArea).collect();
    for line in &of_area {
        let last = line.last.map_or_else(|| "never".to_owned(), |day| day.to_string());
        let usual = line.usual.map_or_else(String::new, |usual| format!(", usually {usual:.0}"));
        voice.note(format!(
            "source {}: last report {last}, {:.0} reports in 52 weeks, {:.0} in the window{usual}: {}",
            line.source,
            line.year,
            line.window,
            line.heard.id().replace('_', " ")
        ));
    }
    Voice::result(if voice.json {
        let lines: Vec<_> = of_area
            .iter()
            .map(|line| {
                json!({"source": line.source, "last_report": line.last.map(|day| day.to_string()), "days_since": line.days_since,
                       "reports_52_weeks": line.year, "usual": line.usual, "n_window": line.window, "heard": line.heard.id()})
            })
            .collect();
        json!({"outputs": [path.display().to_string()], "as_of": ready.as_of.to_string(), "study_area": lines,
               "notices": ready.notices})
        .to_string()
    } else {
        path.display().to_string()
    })?;
    Ok(outcome)
}

fn csv(table: &[Reporting]) -> String {
    let mut text = String::from("kind,place,source,last_report,days_since,reports_52_weeks,usual,n_window,heard\n");
    for line in table {
        let last = line.last.map(|day| day.to_string()).unwrap_or_default();
        let since = line.days_since.map(|days| days.to_string()).unwrap_or_default();
        let usual = line.usual.map(|usual| format!("{usual:.2}")).unwrap_or_default();
        text += &format!(
            "{},{},{},{last},{since},{:.2},{usual},{:.2},{}\n",
            line.kind.id(),
            output::csv_field(&line.place),
            output::csv_field(&line.source),
            line.year,
            line.window,
            line.heard.id()
        );
    }
    text
}
