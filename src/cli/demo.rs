//! `tensionmap demo`: the embedded sample, from reports to map, in one command.

use std::path::PathBuf;

use crate::error::OutputError;
use crate::output::Manifest;
use crate::{Engine, Error, sample};

use super::console::{Completion, Console};
use super::interrupt;
use super::report::Report;

/// Score the embedded sample, a fictional city, into a folder
#[derive(Debug, clap::Args)]
pub(super) struct DemoArgs {
    /// Folder for the results
    #[arg(value_name = "DIR", default_value = "out")]
    folder: PathBuf,
}

pub(super) fn run(args: DemoArgs, console: Console) -> Result<Completion, Error> {
    std::fs::create_dir_all(&args.folder).map_err(OutputError::at(&args.folder))?;
    let place = |name: &str| args.folder.join(name);
    let layers = [place("map.png"), place("map.geojson")];
    let manifest = Manifest::claim(&Manifest::beside(&layers[0]))?.with(place("quarantine.ndjson"));
    let run = Engine::builder()
        .as_of(sample::AS_OF)
        .area(sample::boundary())
        .title("Dogger Haven: community tension")
        .marking("SAMPLE · A CITY THAT DOES NOT EXIST")
        .quarantine(place("quarantine.ndjson"))
        .max_rejects("1%")
        .on_progress(console.progress())
        .cancel(interrupt::flag())
        .build()?
        .incidents(sample::incidents())?
        .indicator(sample::deprivation())?
        .indicator(sample::population())?
        .run()?;
    let ledger = (place("ledger.txt"), format!("{}{}", run.ledger, run.areas));
    run.save_all(&layers, &[ledger], Some(manifest))?;
    let outputs = layers.into_iter().chain([place("ledger.txt"), place("quarantine.ndjson")]).collect::<Vec<_>>();
    let (release, summary, quarantine) = (run.release(), run.summary(), place("quarantine.ndjson"));
    console.report(Report {
        lines: summary.lines,
        result: summary.members,
        outputs: &outputs,
        quarantine: Some(&quarantine),
        excess: run.excess.clone(),
        ..Report::of([&run.ledger, &run.areas], release.notices())
    })
}
