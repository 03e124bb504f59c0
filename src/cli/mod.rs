//! Commands, one file each. They parse, call the library, and say what was done: paths of results on stdout, everything
//! else on stderr.

mod calibrate;
mod check;
mod coverage;
mod demo;
mod density;
mod explain;
mod hotspots;
mod list;
mod map;
mod render;
mod rollup;
mod series;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};
use tensionmap::config::{ConfigError, Settings};
use tensionmap::error::{IngestError, LayerError, OutputError};
use tensionmap::output::Manifest;
use tensionmap::{Engine, Error, Indicator, Input, InvalidValue, Ledger, output};

/// Incident reports and local indicators to an explained community tension map on an H3 grid.
///
/// Exit codes: 0 clean · 2 usage or configuration · 3 done, but reports or areas were quarantined · 4 input unusable ·
/// 5 output failed · 6 output locked by another run.
#[derive(Debug, Parser)]
#[command(name = "tensionmap", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Say nothing but errors
    #[arg(long, short, global = true)]
    quiet: bool,
    /// Print a summary for machines on stdout instead of paths
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Map(map::Args),
    Render(render::Args),
    Check(check::Args),
    Calibrate(calibrate::Args),
    Coverage(coverage::Args),
    Explain(explain::Args),
    Hotspots(Box<hotspots::HotspotsArgs>),
    Rollup(rollup::Args),
    Series(series::Args),
    Density(density::Args),
    Demo(demo::Args),
    List(list::Args),
}

/// How a command ended when it did not fail.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Outcome {
    Clean,
    Quarantined,
}

pub(super) fn main() -> ExitCode {
    // clap prints usage errors itself and exits with 2.
    let cli = Cli::parse();
    leave_damage_to_errors();
    let voice = Voice { quiet: cli.quiet, json: cli.json };
    let outcome = match cli.command {
        Command::Map(args) => map::run(args, voice),
        Command::Render(args) => render::run(args, voice),
        Command::Check(args) => check::run(args, voice),
        Command::Calibrate(args) => calibrate::run(args, voice),
        Command::Coverage(args) => coverage::run(args, voice),
        Command::Explain(args) => explain::run(args, voice),
        Command::Hotspots(args) => hotspots::run(*args, voice),
        Command::Rollup(args) => rollup::run(args, voice),
        Command::Series(args) => series::run(args, voice),
        Command::Density(args) => density::run(args, voice),
        Command::Demo(args) => demo::run(args, voice),
        Command::List(args) => list::run(args),
    };
    match outcome {
        Ok(Outcome::Clean) => ExitCode::SUCCESS,
        Ok(Outcome::Quarantined) => ExitCode::from(3),
        Err(error) => {
            Voice::error(&error);
            ExitCode::from(code(&error))
        }
    }
}

/// The decoder of polars panics where a Parquet file is damaged. What comes of that is an error that names the file, which is
/// all that a user needs to see.
fn leave_damage_to_errors() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !panic.location().is_some_and(|at| at.file().contains("polars")) {
            usual(panic);
        }
    }));
}

fn code(error: &Error) -> u8 {
    match error {
        Error::Output(OutputError::Locked { .. }) => 6,
        Error::Output(OutputError::Extension { .. } | OutputError::NotOurs { .. }) => 2,
        Error::Output(_) | Error::Ingest(IngestError::Quarantine { .. }) => 5,
        Error::Ingest(_) | Error::Area(_) | Error::Cube(_) | Error::Layer(_) => 4,
        _ => 2,
    }
}

/// What the words on the command line stand for.
fn inputs(words: &[PathBuf]) -> Result<Vec<Input>, Error> {
    let expanded = words.iter().map(|word| Input::expand(word)).collect::<Result<Vec<_>, _>>()?;
    Ok(expanded.into_iter().flatten().collect())
}

/// Refuses, before any work, to read reports twice, to write over a file that is read, or two results into one.
fn claim<'a>(
    words: &'a [PathBuf],
    config: Option<&'a PathBuf>,
    settings: &'a Settings,
    outputs: &'a [PathBuf],
) -> Result<(), Error> {
    // What a pattern or a folder stands for is read as well.
    let of_word = |input| match input {
        Input::Path(path) => Some(path),
        _ => None,
    };
    let inputs: Vec<PathBuf> = inputs(words)?.into_iter().filter_map(of_word).collect();
    let Settings { area, areas, method, assessments, categories, .. } = settings;
    let read = inputs.iter().chain(config).chain(area).chain(areas).chain(method).chain(assessments).chain(categories);
    let indicators = settings.indicator.iter().filter_map(|text| match text.parse::<Indicator>().ok()?.input {
        Input::Path(path) => Some(path),
        _ => None,
    });
    let mut taken: Vec<(PathBuf, &'static str)> = read
        .cloned()
        .chain(indicators)
        .chain(settings.context_files())
        .map(|path| (place(&path), "a file that is read"))
        .collect();
    for (index, path) in inputs.iter().enumerate() {
        if inputs[..index].iter().any(|other| place(other) == place(path)) {
            return Err(ConfigError::Twice { path: path.display().to_string() }.into());
        }
    }
    for path in outputs.iter().chain(&settings.quarantine) {
        let wanted = place(path);
        if let Some((_, what)) = taken.iter().find(|(other, _)| *other == wanted) {
            return Err(ConfigError::Overwrite { path: path.display().to_string(), what }.into());
        }
        taken.push((wanted, "the place of another result"));
    }
    Ok(())
}

/// Where the manifest of a run goes.
#[derive(Debug, Default, clap::Args)]
struct ManifestChoice {
    /// What the run was made from, how, and what it wrote, with hashes; none for no such file [default: manifest.json beside
    /// the first result of a map, NAME.manifest.json beside any other]
    #[arg(long, value_name = "FILE|none")]
    manifest: Option<PathBuf>,
    /// Say in the manifest when the run was made; without that, the same input gives the same bytes
    #[arg(long)]
    timestamp: bool,
}

impl ManifestChoice {
    /// [`claim`], and that every result could be put in its place; begins the manifest, by default in its usual place. Nothing
    /// is written, and no manifest made, where there are no results.
    fn claim(
        self,
        (words, config): (&[PathBuf], Option<&PathBuf>),
        settings: &Settings,
        outputs: &[PathBuf],
        usual: impl FnOnce(&Path) -> PathBuf,
    ) -> Result<Option<Manifest>, Error> {
        let place = outputs.first().map(|first| self.manifest.unwrap_or_else(|| usual(first)));
        let place = place.filter(|path| path.as_os_str() != "none");
        let written: Vec<PathBuf> = outputs.iter().chain(&place).cloned().collect();
        claim(words, config, settings, &written)?;
        outputs.iter().try_for_each(|path| output::check_place(path))?;
        let Some(place) = place else { return Ok(None) };
        let manifest = settings.quarantine.iter().fold(Manifest::claim(&place)?, Manifest::with);
        Ok(Some(if self.timestamp { manifest.made_at(jiff::Timestamp::now().strftime("%FT%TZ")) } else { manifest }))
    }
}

/// Refuses a result whose name does not end as it must.
fn must_end_in(path: &Path, extension: &str) -> Result<(), Error> {
    if path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension)) {
        return Ok(());
    }
    Err(InvalidValue::bare("output", path.display(), format!("a name that ends in .{extension}")).into())
}

/// Reads what the words on the command line stand for.
fn read(engine: Engine, words: &[PathBuf]) -> Result<Engine, Error> {
    inputs(words)?.into_iter().try_fold(engine, Engine::incidents)
}

/// Where a path leads, whether or not there is a file yet.
fn place(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let named = || Some(folder.canonicalize().ok()?.join(path.file_name()?));
    path.canonicalize().ok().or_else(named).unwrap_or_else(|| path.to_owned())
}

/// What is said, and to whom.
#[derive(Clone, Copy, Debug)]
struct Voice {
    quiet: bool,
    json: bool,
}

impl Voice {
    /// A remark for the person at the terminal.
    fn note(self, text: impl AsRef<str>) {
        if !self.quiet {
            // Nobody left to tell: not a reason to fail.
            let _unheard = writeln!(io::stderr(), "{}", text.as_ref());
        }
    }

    /// An error and all its causes.
    fn error(error: &Error) {
        let mut text = match error {
            Error::Ingest(error) | Error::Layer(LayerError::Read(error)) => format!("error: {}: {error}", error.code()),
            Error::Area(error) => {
                let code = error.code().map_or_else(String::new, |code| format!("{code}: "));
                format!("error: {code}{error}")
            }
            error => format!("error: {error}"),
        };
        let mut cause = std::error::Error::source(error);
        while let Some(inner) = cause {
            text += &format!("\n  because: {inner}");
            cause = inner.source();
        }
        let _unheard = writeln!(io::stderr(), "{text}");
    }

    /// A result on stdout. A reader that has gone away (`| head`) is not an error; a full disk is.
    fn result(text: impl AsRef<str>) -> Result<(), Error> {
        let written = writeln!(io::stdout(), "{}", text.as_ref());
        match written.and_then(|()| io::stdout().flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(OutputError::Write { path: "standard output".to_owned(), source: error.into() }.into())
            }
            _ => Ok(()),
        }
    }

    /// A counter of records read, shown only on a terminal.
    fn progress(self) -> impl FnMut(u64) + Send + 'static {
        let bar =
            if self.quiet || !io::stderr().is_terminal() { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {human_pos} records accepted, {per_sec}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        let bar = bar.with_finish(ProgressFinish::AndClear);
        move |records| bar.set_position(records)
    }

    /// The account of the run and what it chose by itself; and whether it was clean.
    fn account(self, ledgers: [&Ledger; 2], notices: &[String], within_limit: bool) -> Outcome {
        for ledger in ledgers {
            for line in ledger.to_string().lines() {
                self.note(line);
            }
        }
        for notice in notices {
            self.note(notice);
        }
        if within_limit { Outcome::Clean } else { Outcome::Quarantined }
    }
}
