//! Job: everything that commands share, from the settings and the check of all paths to the last line on the terminal.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use crate::config::{ConfigError, NamedFile, NamedInput, Plan, Reading, Settings, SettingsArgs};
use crate::engine::{Builder, Run};
use crate::format::{FileIdentity, ReadFiles};
use crate::output::{self, Manifest, Product, Request};
use crate::visible::visible_toml;
use crate::{Engine, Error, Input, InvalidValue, Ledger};
use serde_json::Map;

use super::console::{Completion, Console};
use super::interrupt;
use super::report::Report;
use super::usable::{self, Beside};

/// Settings and manifest, for every command that makes a product.
#[derive(Debug, clap::Args)]
pub(super) struct JobArgs {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Manifest: inputs, settings, outputs and hashes of the run
    #[arg(
        long_help = "Manifest: inputs, settings, outputs and hashes of the run; none for no file [default: \
                NAME.manifest.json beside the first result]",
        long,
        value_name = "FILE|none",
        help_heading = "Output",
        hide_short_help = true
    )]
    pub(super) manifest: Option<PathBuf>,
    /// Write the time of the run into the manifest
    #[arg(
        long_help = "Write the time of the run into the manifest; without it, the same input gives the same bytes",
        long,
        help_heading = "Output",
        hide_short_help = true
    )]
    timestamp: bool,
    /// Format of the one result that `-o -` writes to standard output
    #[arg(
        long_help = "Format of the one result that `-o -` writes to standard output, by its extension, such as arrow, \
                geojson, csv or png",
        long,
        value_name = "FORMAT",
        help_heading = "Output",
        hide_short_help = true
    )]
    format: Option<String>,
}

/// Reports and the job that reads them.
#[derive(Debug, clap::Args)]
pub(super) struct ReportArgs {
    #[command(flatten)]
    pub(super) job: JobArgs,
    /// Files of reports; - is standard input
    #[arg(
        long_help = "Files of reports, patterns or folders of Parquet; - is standard input. Options of one file follow \
                its name, as in council.csv,date-format=%d/%m/%Y,column.date=When. The name of an existing file may \
                have commas and equals signs [default: the [[input]]s of --config]",
        value_name = "INPUT"
    )]
    inputs: Vec<PathBuf>,
}

/// A job whose paths are checked: nothing is read twice, nothing that is read is overwritten, every result can be written.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) settings: Settings,
    pub(super) outputs: Vec<PathBuf>,
    /// Format of a result on standard output, in place of files.
    pub(super) stdout: Option<String>,
    pub(super) manifest: Option<Manifest>,
    pub(super) console: Console,
}

impl ReportArgs {
    /// Settings of the flags over those of the file that a verb uses, with the inputs that words name.
    pub(super) fn settings(&self, verb: &str) -> Result<Settings, Error> {
        named_by(&self.inputs, self.job.settings()?.used_by(verb))
    }
}

impl JobArgs {
    /// Settings of the flags over those of the file.
    pub(super) fn settings(&self) -> Result<Settings, Error> {
        Ok(self.settings.merged()?)
    }

    /// Begins a job, makes its product, saves it and reports on it.
    pub(super) fn run<P: Product>(
        self,
        settings: Settings,
        outputs: Vec<PathBuf>,
        console: Console,
        make: impl FnOnce(&Job) -> Result<Run<P>, Error>,
    ) -> Result<Completion, Error> {
        let job = self.begin::<P>(settings, outputs, Beside::default(), console)?;
        let Some(job) = job else { return Ok(Completion::Clean) };
        let run = make(&job)?;
        job.finish(&run)
    }

    /// Begins a job that writes a product; `None` if only the settings were to be printed.
    pub(super) fn begin<P: Product>(
        self,
        settings: Settings,
        outputs: Vec<PathBuf>,
        beside: Beside<'_>,
        console: Console,
    ) -> Result<Option<Job>, Error> {
        let known: Vec<&str> = P::ENCODERS.iter().flat_map(|encoder| encoder.extensions()).copied().collect();
        let check = |path: &Path, asked: &Request<'_>| {
            let checked = output::encoder_for::<P>(path)?.check(asked);
            checked.map_err(|error| ConfigError::of_result(path, error).into())
        };
        self.begin_with(&known, check, settings, outputs, beside, console)
    }

    /// Begins a job with the formats it knows and the check of a result: its path, and what the settings ask of it.
    pub(super) fn begin_with(
        self,
        known: &[&str],
        check: impl Fn(&Path, &Request<'_>) -> Result<(), Error>,
        settings: Settings,
        mut outputs: Vec<PathBuf>,
        beside: Beside<'_>,
        console: Console,
    ) -> Result<Option<Job>, Error> {
        if self.settings.print_config {
            return print_config(&settings, console).map(|_| None);
        }
        let stdout = self.format_of_stdout(known, &outputs, console)?;
        outputs.retain(|path| !is_stdout(path));
        let plan = usable::check(&settings, console.verb, beside)?;
        let asked = usable::request(&plan, console.verb, beside);
        let of_stdout = stdout.as_ref().map(|format| PathBuf::from(format!("result.{format}")));
        outputs.iter().chain(&of_stdout).try_for_each(|path| check(path, &asked))?;
        if settings.input.is_empty() {
            return Err(ConfigError::NoInput.into());
        }
        let place = outputs.first().map(|first| self.manifest.unwrap_or_else(|| Manifest::beside(first)));
        let place = place.filter(|path| path.as_os_str() != "none");
        let written: Vec<PathBuf> = outputs.iter().chain(&place).cloned().collect();
        check_paths(self.settings.config.as_ref(), &settings, &written)?;
        outputs.iter().try_for_each(|path| output::check_place(path))?;
        let mut manifest = None;
        if let Some(place) = place {
            let begun = settings.quarantine.iter().fold(Manifest::claim(&place)?, Manifest::with);
            let now = || jiff::Timestamp::now().strftime("%FT%TZ");
            manifest = Some(if self.timestamp { begun.made_at(now()) } else { begun });
        }
        Ok(Some(Job { settings, outputs, stdout, manifest, console }))
    }

    /// Format of the one result that goes to standard output; `None` if results are files.
    fn format_of_stdout(
        &self,
        known: &[&str],
        outputs: &[PathBuf],
        console: Console,
    ) -> Result<Option<String>, InvalidValue> {
        let refused = |expected: &str| Err(InvalidValue::expecting("output", "-", expected));
        let has_manifest = self.manifest.as_ref().is_some_and(|path| path.as_os_str() != "none");
        match &self.format {
            None if !outputs.iter().any(|path| is_stdout(path)) => Ok(None),
            Some(format) if !outputs.iter().any(|path| is_stdout(path)) => {
                let expected = "-o - with it, since a file has its format by its extension";
                Err(InvalidValue::expecting("format", format, expected))
            }
            _ if outputs.len() > 1 => refused("no other result beside standard output; run once for the files"),
            _ if console.json => refused("no --json beside it, since both go to standard output"),
            _ if has_manifest => refused("no --manifest beside it, since a manifest names files"),
            Some(format) if known.contains(&format.as_str()) => Ok(Some(format.clone())),
            // A command with one format needs no name for it.
            None if known.len() == 1 => Ok(Some(known[0].to_owned())),
            format => {
                let found = format.as_deref().unwrap_or("none");
                Err(InvalidValue::expecting("format", found, format!("one of {}, for -o -", known.join(", "))))
            }
        }
    }
}

/// True for the path that stands for standard output.
fn is_stdout(path: &Path) -> bool {
    path.as_os_str() == "-"
}

impl Job {
    /// Builder with the settings and the progress counter.
    pub(super) fn builder(&self) -> Builder {
        Engine::builder().settings(self.settings.clone()).on_progress(self.console.progress()).cancel(interrupt::flag())
    }

    /// Engine that has read nothing yet.
    pub(super) fn engine(&self) -> Result<Engine, Error> {
        self.builder().build()
    }

    /// Saves the product, the manifest last of all, and reports on the run.
    pub(super) fn finish<P: Product>(mut self, run: &Run<P>) -> Result<Completion, Error> {
        let (release, summary) = (run.release(), run.summary());
        self.save(run)?;
        // Drawing shows which names the fonts lack.
        let notices = [release.notices(), &run.picture_notices()].concat();
        self.console.report(Report {
            lines: summary.lines,
            result: summary.members,
            ..self.report([&run.ledger, &run.areas], &notices, run.excess.clone())
        })
    }

    /// Saves the product to its files, the manifest last of all, or to standard output.
    pub(super) fn save<P: Product>(&mut self, run: &Run<P>) -> Result<(), Error> {
        let total = self.outputs.len() as u64;
        self.console.stage("write", 0, Some(total));
        match &self.stdout {
            Some(format) => Console::bytes(&run.to_bytes(format)?)?,
            None => run.save_all(&self.outputs, &[], self.manifest.take())?,
        }
        self.console.stage("write", total, Some(total));
        Ok(())
    }

    /// Report of the account, still without a result.
    pub(super) fn report<'a>(
        &'a self,
        ledgers: [&'a Ledger; 2],
        notices: &'a [String],
        excess: Option<String>,
    ) -> Report<'a> {
        let Self { outputs, settings, .. } = self;
        let quarantine = settings.quarantine.as_deref();
        Report { outputs, quarantine, excess, ..Report::of(ledgers, notices) }
    }
}

/// Areas with names that the settings must state.
pub(super) fn named_areas(settings: &Settings) -> Result<PathBuf, Error> {
    let expected = "polygons to count in, with --areas";
    Ok(settings.areas.clone().ok_or_else(|| InvalidValue::expecting("areas", "none", expected))?)
}

/// Prints settings as TOML, with defaults and absolute paths, or with `--json` as a member of the result.
pub(super) fn print_config(settings: &Settings, console: Console) -> Result<Completion, Error> {
    let settings = Plan::try_from(settings)?.settings.absolute()?;
    let result = Map::from_iter([("settings".to_owned(), serde_json::to_value(&settings).unwrap_or_default())]);
    let text = Some(visible_toml(&settings.to_toml()));
    console.report(Report { result, text, ..Report::of([&Ledger::default(), &Ledger::default()], &[]) })
}

/// Settings with the inputs that words on the command line name, in place of those of the settings file. A file that has a table
/// there keeps its options; those of the word win.
pub(super) fn named_by(words: &[PathBuf], mut settings: Settings) -> Result<Settings, Error> {
    if words.is_empty() {
        return Ok(settings);
    }
    let mut tables: HashMap<FileIdentity, Reading> = HashMap::new();
    for (input, reading) in settings.input.iter().filter_map(|table| expanded(table).ok()).flatten() {
        tables.insert(FileIdentity::of(&input), reading);
    }
    settings.input.clear();
    for word in words {
        let named = NamedInput::of_word(word)?;
        if tables.is_empty() {
            settings.input.push(named);
            continue;
        }
        for (path, reading) in expanded(&named)? {
            let of_table = tables.get(&FileIdentity::of(&path)).cloned().unwrap_or_default();
            settings.input.push(NamedInput::new(path, reading.over(of_table)));
        }
    }
    Ok(settings)
}

/// Words of the files that an input stands for, each with its options.
fn expanded(named: &NamedInput) -> Result<Vec<(PathBuf, Reading)>, Error> {
    let word = |input: &Input| input.path().map_or_else(|| named.path.clone(), Path::to_owned);
    Ok(Input::expand(&named.path)?.iter().map(|input| (word(input), named.reading.clone())).collect())
}

/// Errors, before any work, if a report file is read twice, an input would be overwritten, or two results share a path.
pub(super) fn check_paths(config: Option<&PathBuf>, settings: &Settings, outputs: &[PathBuf]) -> Result<(), Error> {
    // Files that a pattern or a folder stands for are inputs too.
    let inputs: Vec<Input> = settings.inputs()?.into_iter().map(|(input, _)| input).collect();
    let mut seen = HashSet::new();
    let mut read = ReadFiles::default();
    for (input, path) in inputs.iter().filter_map(|input| Some((input, input.path()?))) {
        if !seen.insert(FileIdentity::of(path)) {
            return Err(ConfigError::Twice { path: path.display().to_string() }.into());
        }
        read.add(input);
    }
    let (written, others): (Vec<_>, Vec<_>) = settings.files().into_iter().partition(|file| file.is_output);
    for NamedFile { path, .. } in &others {
        read.add(&Input::from(path));
    }
    if let Some(path) = config {
        read.add(&Input::from(path));
    }
    let mut taken = HashSet::new();
    for path in outputs.iter().chain(written.iter().map(|file| &file.path)) {
        let is_taken = !taken.insert(FileIdentity::of(path));
        let what = if read.holds(path) { "a file that is read" } else { "the place of another result" };
        if is_taken || read.holds(path) {
            return Err(ConfigError::Overwrite { path: path.display().to_string(), what }.into());
        }
    }
    Ok(())
}
