//! `tensionmap explain`: one cell's score and everything behind it.

use std::ffi::OsStr;
use std::path::PathBuf;

use clap::builder::{StringValueParser, TypedValueParser};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

use crate::config::Plan;
use crate::engine::cell_of;
use crate::layer::ExplainedCell;
use crate::{Error, Format};
use serde_json::Map;

use super::console::{Completion, Console};
use super::job::ReportArgs;
use super::report::Report;
use super::usable::Beside;

/// Explain one cell's score: its parts, its history and what is not known
#[derive(Debug, clap::Args)]
pub(super) struct ExplainArgs {
    /// H3 cell, or latitude,longitude of a place in it
    #[arg(
        long_help = "H3 cell, such as 8819434d93fffff, or the latitude,longitude of a place in it, such as 52.645,-1.124",
        value_name = "CELL",
        value_parser = PlaceParser,
        allow_hyphen_values = true,
    )]
    cell: String,
    #[command(flatten)]
    reports: ReportArgs,
    /// Results: .txt, .json, .png, .svg [default: text on stdout]
    #[arg(
        long_help = "Results, by extension: .txt, .json, .png, .svg (repeatable) [default: the text on standard output]",
        long,
        short,
        value_name = "FILE",
        help_heading = "Output",
        display_order = 0
    )]
    output: Vec<PathBuf>,
}

/// Parser of a place, which may be in the south: a hyphen before another letter than a digit begins a flag that does not exist.
#[derive(Clone)]
struct PlaceParser;

impl TypedValueParser for PlaceParser {
    type Value = String;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<String, clap::Error> {
        let place = StringValueParser::new().parse_ref(command, arg, value)?;
        if place.strip_prefix('-').is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit() || c == '.')) {
            let mut error = clap::Error::new(ErrorKind::UnknownArgument).with_cmd(command);
            let flag = place.split('=').next().unwrap_or(&place).to_owned();
            error.insert(ContextKind::InvalidArg, ContextValue::String(flag));
            return Err(error);
        }
        Ok(place)
    }
}

pub(super) fn run(args: ExplainArgs, console: Console) -> Result<Completion, Error> {
    let settings = args.reports.settings("explain")?;
    // A typing error in the cell is reported before a long read.
    cell_of(&args.cell, Plan::try_from(&settings)?.resolution)?;
    let job = args.reports.job.begin::<ExplainedCell>(settings, args.output, Beside::default(), console)?;
    let Some(mut job) = job else { return Ok(Completion::Clean) };
    let run = job.engine()?.named_inputs()?.explain(&args.cell)?;
    job.save(&run)?;
    let has_text = job.outputs.is_empty() && job.stdout.is_none();
    let text = has_text.then(|| run.encode(Format::Text)).transpose()?;
    let text = text.map(|text| String::from_utf8_lossy(&text).into_owned());
    let explanation =
        if console.json { serde_json::from_slice(&run.encode(Format::Json)?).unwrap_or_default() } else { Map::new() };
    let release = run.release();
    let notices = [release.notices(), &run.picture_notices()].concat();
    let account = job.report([&run.ledger, &run.areas], &notices, run.excess.clone());
    console.report(Report { text, result: explanation, ..account })
}
