//! Commands, one file each: they parse arguments, call the library and report. Paths of results go to stdout, everything else
//! to stderr.

mod calibrate;
mod check;
mod commands;
mod console;
mod coverage;
mod demo;
mod density;
mod explain;
mod hotspots;
mod interrupt;
mod job;
mod list;
mod machine;
mod map;
mod progress;
mod render;
mod report;
mod rollup;
mod series;
mod usable;
mod usage;

use std::process::ExitCode;

use clap::{ArgAction, FromArgMatches, Parser, Subcommand};
use console::{Completion, Console, ProgressForm, exit_code};

use crate::Error;
use crate::config::thread_count;

/// Incident reports and local indicators to an explained community tension map on an H3 grid.
///
/// Exit codes: 0 clean · 2 usage or configuration · 3 done, but reports or areas were quarantined · 4 input unusable ·
/// 5 output failed · 6 output locked by another run. A run that Ctrl-C stops has 130, one that is asked to terminate 143, and
/// one whose terminal is closed 129.
#[derive(Debug, Parser)]
#[command(name = "tensionmap", version, max_term_width = 100, disable_help_flag = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Print errors only
    #[arg(long, short, global = true, help_heading = "Run", display_order = 900)]
    quiet: bool,
    /// Print everything that was noticed
    #[arg(long, short, global = true, conflicts_with = "quiet", help_heading = "Run", display_order = 901)]
    verbose: bool,
    /// Print one JSON value on standard output, errors too
    #[arg(
        long,
        global = true,
        help_heading = "Run",
        display_order = 902,
        long_help = "Print one JSON value on standard output instead of text or paths, errors too"
    )]
    json: bool,
    /// Form of progress on standard error
    #[arg(
        long,
        global = true,
        value_name = "FORM",
        default_value = "auto",
        help_heading = "Run",
        display_order = 903,
        hide_short_help = true
    )]
    progress: ProgressForm,
    /// Print help: -h in short, --help in full with examples
    #[arg(long, short, global = true, action = ArgAction::Help, help_heading = "Run", display_order = 904)]
    help: Option<bool>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Map(map::MapArgs),
    Render(render::RenderArgs),
    Check(check::CheckArgs),
    Calibrate(calibrate::CalibrateArgs),
    Coverage(coverage::CoverageArgs),
    Explain(explain::ExplainArgs),
    Hotspots(Box<hotspots::HotspotsArgs>),
    Rollup(rollup::RollupArgs),
    Series(series::SeriesArgs),
    Density(density::DensityArgs),
    Demo(demo::DemoArgs),
    List(list::ListArgs),
}

impl Command {
    /// Name on the command line.
    fn verb(&self) -> &'static str {
        match self {
            Self::Map(_) => "map",
            Self::Render(_) => "render",
            Self::Check(_) => "check",
            Self::Calibrate(_) => "calibrate",
            Self::Coverage(_) => "coverage",
            Self::Explain(_) => "explain",
            Self::Hotspots(_) => "hotspots",
            Self::Rollup(_) => "rollup",
            Self::Series(_) => "series",
            Self::Density(_) => "density",
            Self::Demo(_) => "demo",
            Self::List(_) => "list",
        }
    }
}

/// Parses the command line, runs the command and returns its exit code.
#[must_use]
pub fn main() -> ExitCode {
    let parsed = usage::command().try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        // Help and version are no errors.
        Err(error) if !error.use_stderr() => error.exit(),
        Err(error) => {
            let error = usage::explained(error, &usage::command());
            Console::usage(&error, machine::asked(&std::env::args_os().collect::<Vec<_>>()));
            return ExitCode::from(2);
        }
    };
    silence_decoder_panics();
    limit_threads();
    let Cli { command, quiet, verbose, json, progress, .. } = cli;
    let console = Console { verb: command.verb(), quiet, verbose, json, progress };
    interrupt::watch_signals(console);
    let completion = match command {
        Command::Map(args) => map::run(args, console),
        Command::Render(args) => render::run(args, console),
        Command::Check(args) => check::run(args, console),
        Command::Calibrate(args) => calibrate::run(args, console),
        Command::Coverage(args) => coverage::run(args, console),
        Command::Explain(args) => explain::run(args, console),
        Command::Hotspots(args) => hotspots::run(*args, console),
        Command::Rollup(args) => rollup::run(args, console),
        Command::Series(args) => series::run(args, console),
        Command::Density(args) => density::run(args, console),
        Command::Demo(args) => demo::run(args, console),
        Command::List(args) => list::run(args, console),
    };
    match completion {
        Ok(Completion::Clean) => ExitCode::SUCCESS,
        Ok(Completion::Quarantined) => ExitCode::from(3),
        Err(error) => {
            console.error(&error);
            let stopped = matches!(error, Error::Cancelled(_)).then(interrupt::exit_code);
            ExitCode::from(stopped.unwrap_or_else(|| exit_code(&error)))
        }
    }
}

/// Limits the threads of what runs outside an engine. They are started once they are needed, by the environment without a limit.
fn limit_threads() {
    let is_set = std::env::var_os("RAYON_NUM_THREADS").is_some();
    // A pool that is there already is kept.
    let _is_new = is_set.then(|| rayon::ThreadPoolBuilder::new().num_threads(thread_count(None)).build_global());
}

/// Silences panics of the decoders of Parquet and workbooks on damaged files: an error that names the file follows.
fn silence_decoder_panics() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !panic.location().is_some_and(|at| ["polars", "calamine"].iter().any(|name| at.file().contains(name))) {
            usual(panic);
        }
    }));
}
