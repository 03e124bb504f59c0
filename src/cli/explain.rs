//! `tensionmap explain`: one cell's score and everything behind it.

use std::path::PathBuf;

use crate::Error;
use crate::layer::ExplainedCell;

use super::console::{Completion, Console};
use super::job::JobArgs;

/// Explain one cell's score, with everything behind it
#[derive(Debug, clap::Args)]
pub(super) struct ExplainArgs {
    /// H3 cell, such as 8819434d93fffff, or the latitude,longitude of a place in it, such as 52.645,-1.124
    #[arg(value_name = "CELL", allow_hyphen_values = true)]
    cell: String,
    /// Files of reports, patterns or folders of Parquet; - is standard input
    #[arg(value_name = "INPUT", required_unless_present = "print_config")]
    inputs: Vec<PathBuf>,
    /// Results, by extension: .txt, .json, .png (repeatable) [default: the text on standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Vec<PathBuf>,
    #[command(flatten)]
    job: JobArgs,
}

pub(super) fn run(args: ExplainArgs, console: Console) -> Result<Completion, Error> {
    let settings = args.job.settings()?;
    let Some(mut job) = args.job.begin::<ExplainedCell>(settings, args.inputs, args.output, console)? else {
        return Ok(Completion::Clean);
    };
    let engine = job.engine()?;
    // A typing error in the cell is reported before a long read.
    engine.cell(&args.cell)?;
    let run = job.read(engine)?.explain(&args.cell)?;
    if job.has_outputs() {
        job.save(&run)?;
    }
    let completion = job.account(&run);
    if console.json {
        Console::result(String::from_utf8_lossy(&run.to_bytes("json")?).trim_end())?;
    } else if job.has_outputs() {
        job.print_paths()?;
    } else {
        Console::result(String::from_utf8_lossy(&run.to_bytes("txt")?).trim_end())?;
    }
    Ok(completion)
}
