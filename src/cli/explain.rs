//! `tensionmap explain`: one cell's score and everything behind it.

use std::path::PathBuf;

use crate::layer::ExplainedCell;
use crate::{Error, Format};
use serde_json::Map;

use super::console::{Completion, Console};
use super::job::ReportArgs;
use super::report::Report;

/// Explain one cell's score: its parts, its history and what is not known
#[derive(Debug, clap::Args)]
pub(super) struct ExplainArgs {
    /// H3 cell, such as 8819434d93fffff, or the latitude,longitude of a place in it, such as 52.645,-1.124
    #[arg(value_name = "CELL", allow_hyphen_values = true)]
    cell: String,
    /// Results, by extension: .txt, .json, .png, .svg (repeatable) [default: the text on standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Vec<PathBuf>,
    #[command(flatten)]
    reports: ReportArgs,
}

pub(super) fn run(args: ExplainArgs, console: Console) -> Result<Completion, Error> {
    let settings = args.reports.job.settings()?;
    let ReportArgs { inputs, job } = args.reports;
    let Some(mut job) = job.begin::<ExplainedCell>(settings, inputs, args.output, console)? else {
        return Ok(Completion::Clean);
    };
    let engine = job.engine()?;
    // A typing error in the cell is reported before a long read.
    engine.cell(&args.cell)?;
    let run = job.read(engine)?.explain(&args.cell)?;
    job.save(&run)?;
    let has_text = job.outputs.is_empty() && job.stdout.is_none();
    let text = has_text.then(|| run.encode(Format::Text)).transpose()?;
    let text = text.map(|text| String::from_utf8_lossy(&text).into_owned());
    let explanation =
        if console.json { serde_json::from_slice(&run.encode(Format::Json)?).unwrap_or_default() } else { Map::new() };
    let release = run.release();
    let account = job.report([&run.ledger, &run.areas], release.notices(), run.within_max_rejects);
    console.report(Report { text, result: explanation, ..account })
}
