//! `tensionmap explain`: one cell's score and everything behind it.

use std::path::PathBuf;

use crate::layer::ExplainedCell;
use crate::{Error, Format};

use super::console::{Completion, Console};
use super::job::ReportArgs;

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
    let Some(job) = job.begin::<ExplainedCell>(settings, inputs, args.output, console)? else {
        return Ok(Completion::Clean);
    };
    let engine = job.engine()?;
    // A typing error in the cell is reported before a long read.
    engine.cell(&args.cell)?;
    let run = job.read(engine)?.explain(&args.cell)?;
    run.save_all(&job.outputs, &[], job.manifest)?;
    let completion = console.account([&run.ledger, &run.areas], run.release().notices(), run.within_max_rejects);
    if console.json || job.outputs.is_empty() {
        let bytes = run.encode(if console.json { Format::Json } else { Format::Text })?;
        Console::result(String::from_utf8_lossy(&bytes).trim_end())?;
    } else {
        job.outputs.iter().try_for_each(|path| Console::result(path.display().to_string()))?;
    }
    Ok(completion)
}
