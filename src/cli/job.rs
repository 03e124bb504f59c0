//! Job: everything that commands share, from the settings and the check of all paths to the last line on the terminal.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::config::{ConfigError, Plan, Settings, SettingsArgs};
use crate::engine::{Builder, Run};
use crate::output::{self, Manifest, Product};
use crate::{Engine, Error, Input, InvalidValue};
use serde_json::{Map, Value, json};

use super::console::{Completion, Console};
use super::interrupt;

/// Settings and manifest, for every command that makes a product.
#[derive(Debug, clap::Args)]
pub(super) struct JobArgs {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Manifest: inputs, settings, outputs and hashes of the run; none for no file [default: manifest.json beside the
    /// first result of a map, NAME.manifest.json beside others]
    #[arg(long, value_name = "FILE|none")]
    pub(super) manifest: Option<PathBuf>,
    /// Write the time of the run into the manifest; without it, the same input gives the same bytes
    #[arg(long)]
    timestamp: bool,
}

/// Reports and the job that reads them.
#[derive(Debug, clap::Args)]
pub(super) struct ReportArgs {
    /// Files of reports, patterns or folders of Parquet; - is standard input
    #[arg(value_name = "INPUT", required_unless_present = "print_config")]
    pub(super) inputs: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) job: JobArgs,
}

/// A job whose paths are checked: nothing is read twice, nothing that is read is overwritten, every result can be written.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) settings: Settings,
    words: Vec<PathBuf>,
    pub(super) outputs: Vec<PathBuf>,
    pub(super) manifest: Option<Manifest>,
    console: Console,
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
        words: Vec<PathBuf>,
        outputs: Vec<PathBuf>,
        console: Console,
        make: impl FnOnce(&Job) -> Result<Run<P>, Error>,
    ) -> Result<Completion, Error> {
        let Some(job) = self.begin::<P>(settings, words, outputs, console)? else { return Ok(Completion::Clean) };
        let run = make(&job)?;
        job.finish(&run)
    }

    /// Begins a job that writes a product; `None` if only the settings were to be printed.
    pub(super) fn begin<P: Product>(
        self,
        settings: Settings,
        words: Vec<PathBuf>,
        outputs: Vec<PathBuf>,
        console: Console,
    ) -> Result<Option<Job>, Error> {
        if !self.settings.print_config {
            outputs.iter().try_for_each(|path| output::encoder_for::<P>(path).map(drop))?;
        }
        self.begin_unchecked(settings, words, outputs, console)
    }

    /// Begins a job whose outputs the caller has checked.
    pub(super) fn begin_unchecked(
        self,
        settings: Settings,
        words: Vec<PathBuf>,
        outputs: Vec<PathBuf>,
        console: Console,
    ) -> Result<Option<Job>, Error> {
        if self.settings.print_config {
            print_config(&settings)?;
            return Ok(None);
        }
        if words.is_empty() {
            return Err(ConfigError::NoInput.into());
        }
        let place = outputs.first().map(|first| self.manifest.unwrap_or_else(|| Manifest::beside(first)));
        let place = place.filter(|path| path.as_os_str() != "none");
        let written: Vec<PathBuf> = outputs.iter().chain(&place).cloned().collect();
        check_paths(&words, self.settings.config.as_ref(), &settings, &written)?;
        outputs.iter().try_for_each(|path| output::check_place(path))?;
        let mut manifest = None;
        if let Some(place) = place {
            let begun = settings.quarantine.iter().fold(Manifest::claim(&place)?, Manifest::with);
            let now = || jiff::Timestamp::now().strftime("%FT%TZ");
            manifest = Some(if self.timestamp { begun.made_at(now()) } else { begun });
        }
        Ok(Some(Job { settings, words, outputs, manifest, console }))
    }
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

    /// Reads the inputs.
    pub(super) fn read(&self, engine: Engine) -> Result<Engine, Error> {
        inputs(&self.words)?.into_iter().try_fold(engine, Engine::incidents)
    }

    /// Saves the product, the manifest last of all, and reports on the run.
    pub(super) fn finish<P: Product>(self, run: &Run<P>) -> Result<Completion, Error> {
        run.save_all(&self.outputs, &[], self.manifest)?;
        report(run, &self.outputs, self.console)
    }
}

/// Reports on a saved run: account, notices and summary to stderr, paths or the JSON summary to stdout.
pub(super) fn report<P: Product>(run: &Run<P>, outputs: &[PathBuf], console: Console) -> Result<Completion, Error> {
    let (summary, release) = (run.summary(), run.release());
    let completion = console.account([&run.ledger, &run.areas], release.notices(), run.within_max_rejects);
    summary.lines.iter().for_each(|line| console.note(line));
    report_outputs(outputs, summary.members, release.notices(), console)?;
    Ok(completion)
}

/// Writes the paths of results, or with `--json` a summary that names them, to stdout.
pub(super) fn report_outputs(
    outputs: &[PathBuf],
    members: Map<String, Value>,
    notices: &[String],
    console: Console,
) -> Result<(), Error> {
    let outputs: Vec<String> = outputs.iter().map(|path| path.display().to_string()).collect();
    if !console.json {
        return outputs.iter().try_for_each(Console::result);
    }
    let mut summary = Map::from_iter([("outputs".to_owned(), json!(outputs))]);
    summary.extend(members);
    summary.insert("notices".to_owned(), json!(notices));
    Console::result(Value::Object(summary).to_string())
}

/// Areas with names that the settings must state.
pub(super) fn named_areas(settings: &Settings) -> Result<PathBuf, Error> {
    let expected = "polygons (GeoJSON) to count in, with --areas";
    Ok(settings.areas.clone().ok_or_else(|| InvalidValue::expecting("areas", "none", expected))?)
}

/// Prints settings as TOML, with defaults and absolute paths.
pub(super) fn print_config(settings: &Settings) -> Result<(), Error> {
    let settings = Plan::try_from(settings)?.settings.absolute()?;
    Console::result(settings.to_toml().trim_end())
}

/// Inputs that the words on the command line stand for.
pub(super) fn inputs(words: &[PathBuf]) -> Result<Vec<Input>, Error> {
    let expanded = words.iter().map(|word| Input::expand(word)).collect::<Result<Vec<_>, _>>()?;
    Ok(expanded.into_iter().flatten().collect())
}

/// Errors, before any work, if a report file is read twice, an input would be overwritten, or two results share a path.
pub(super) fn check_paths(
    words: &[PathBuf],
    config: Option<&PathBuf>,
    settings: &Settings,
    outputs: &[PathBuf],
) -> Result<(), Error> {
    // Files that a pattern or a folder stands for are inputs too.
    let inputs: Vec<PathBuf> = inputs(words)?.iter().filter_map(Input::path).map(Path::to_owned).collect();
    let (written, read): (Vec<_>, Vec<_>) = settings.files().into_iter().partition(|file| file.is_output);
    let read = inputs.iter().chain(config).cloned().chain(read.into_iter().map(|file| file.path));
    let mut taken: Vec<(PathBuf, &'static str)> = read.map(|path| (place(&path), "a file that is read")).collect();
    // Inputs are the first that are taken.
    let mut seen = HashSet::new();
    if let Some((path, _)) = inputs.iter().zip(&taken).find(|(_, (place, _))| !seen.insert(place)) {
        return Err(ConfigError::Twice { path: path.display().to_string() }.into());
    }
    for path in outputs.iter().cloned().chain(written.into_iter().map(|file| file.path)) {
        let wanted = place(&path);
        if let Some((_, what)) = taken.iter().find(|(other, _)| *other == wanted) {
            return Err(ConfigError::Overwrite { path: path.display().to_string(), what }.into());
        }
        taken.push((wanted, "the place of another result"));
    }
    Ok(())
}

/// Absolute path without links, whether or not the file exists yet.
fn place(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let named = || Some(folder.canonicalize().ok()?.join(path.file_name()?));
    path.canonicalize().ok().or_else(named).unwrap_or_else(|| path.to_owned())
}
