//! Terminal: results on stdout, everything else on stderr.

use std::io::{self, IsTerminal, Write};
use std::ops::ControlFlow;
use std::time::Duration;

use crate::error::{IngestError, OutputError};
use crate::visible::{visible, visible_json, visible_lines};
use crate::{Error, Progress};
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};
use serde_json::{Value, json};

use super::machine;
use super::progress::StageClock;

/// Terminal of one command.
#[derive(Clone, Copy, Debug)]
pub(super) struct Console {
    /// Name of the command.
    pub(super) verb: &'static str,
    pub(super) quiet: bool,
    pub(super) verbose: bool,
    pub(super) json: bool,
    pub(super) progress: ProgressForm,
}

/// Form of progress on stderr.
#[derive(Clone, Copy, Debug, PartialEq, clap::ValueEnum)]
pub(super) enum ProgressForm {
    // A counter on a terminal, else nothing. Documentation here would stretch the whole help.
    Auto,
    // Every line of stderr is a JSON object: stage, done and total; or a note; or the error.
    Json,
}

/// End of a command that did not fail.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Completion {
    Clean,
    /// More records were quarantined than the settings allow.
    Quarantined,
}

impl Console {
    /// Writes a note for the person at the terminal.
    pub(super) fn note(self, text: impl AsRef<str>) {
        if self.quiet {
            return;
        }
        match self.progress {
            ProgressForm::Auto => complain(visible(text.as_ref())),
            ProgressForm::Json => complain(visible_json(&json!({"note": text.as_ref()}).to_string())),
        }
    }

    /// Writes an error: as JSON to stdout where that was asked for, and to stderr.
    pub(super) fn error(self, error: &Error) {
        if self.json {
            let document = machine::error(error);
            // Standard error has it too.
            let _ignored = Self::json(&document);
        }
        self.said(error);
    }

    /// Writes an error with its code and all its causes to stderr alone.
    pub(super) fn said(self, error: &Error) {
        if self.progress == ProgressForm::Json {
            let document = machine::error(error);
            return complain(visible_json(&document.to_string()));
        }
        let mut text = visible(&format!("error: {}: {error}", error.code())).into_owned();
        let mut cause = std::error::Error::source(error);
        while let Some(inner) = cause {
            text += &format!("\n  because: {}", cause_text(inner));
            cause = inner.source();
        }
        complain(text);
    }

    /// Writes a text of results to stdout.
    pub(super) fn result(text: impl AsRef<str>) -> Result<(), Error> {
        Self::bytes(format!("{}\n", visible_lines(text.as_ref())).as_bytes())
    }

    /// Writes the one JSON value of `--json` to stdout.
    pub(super) fn json(document: &Value) -> Result<(), Error> {
        Self::bytes(format!("{}\n", visible_json(&document.to_string())).as_bytes())
    }

    /// Writes bytes of a result to stdout. A reader that has closed the pipe (`| head`) is not an error; a full disk is.
    pub(super) fn bytes(bytes: &[u8]) -> Result<(), Error> {
        let written = io::stdout().write_all(bytes);
        match written.and_then(|()| io::stdout().flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(OutputError::Write { path: "standard output".to_owned(), source: error }.into())
            }
            _ => Ok(()),
        }
    }

    /// Where the run stands: a line on a terminal, or JSON.
    pub(super) fn progress(self) -> impl FnMut(Progress<'_>) -> ControlFlow<()> + Send + 'static {
        let is_hidden = self.quiet || self.progress == ProgressForm::Json || !io::stderr().is_terminal();
        let bar = if is_hidden { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        let bar = bar.with_finish(ProgressFinish::AndClear);
        let mut clock = StageClock::default();
        move |progress| {
            if let Progress::Reading { accepted, .. } = progress {
                self.stage("read", accepted, None);
            }
            bar.set_message(clock.line(progress));
            ControlFlow::Continue(())
        }
    }

    /// Writes how far a stage is, for programs: records accepted, or files written.
    pub(super) fn stage(self, stage: &str, done: u64, total: Option<u64>) {
        if self.progress == ProgressForm::Json {
            complain(json!({"stage": stage, "done": done, "total": total}).to_string());
        }
    }

    /// Writes a command line that clap does not understand: as it does, or as JSON where that was asked for.
    pub(super) fn usage(error: &clap::Error, (json, progress): (bool, bool)) {
        let document: Value = machine::usage(error);
        if json {
            // Standard error has it too.
            let _ignored = Self::json(&document);
        }
        if progress {
            complain(visible_json(&document.to_string()));
        } else {
            // A closed stderr is not a reason to fail.
            let _ignored = error.print();
        }
    }
}

/// Writes a line to stderr; a closed one is not a reason to fail.
fn complain(text: impl AsRef<str>) {
    let _ignored = writeln!(io::stderr(), "{}", text.as_ref());
}

/// Text of a cause on one line; that of TOML keeps its excerpt of the file.
fn cause_text(cause: &(dyn std::error::Error + 'static)) -> String {
    let mut text = cause.to_string();
    #[cfg(feature = "polars")]
    if cause.is::<polars::error::PolarsError>() {
        // The lines after the first tell of the inside of the library.
        text.truncate(text.find('\n').unwrap_or(text.len()));
    }
    let Some(error) = cause.downcast_ref::<toml::de::Error>() else { return visible(&text).into_owned() };
    // A key in the message may have line breaks of its own.
    let excerpt = text.trim_end().strip_suffix(error.message().trim_end());
    let excerpt = excerpt.map_or_else(String::new, visible_lines);
    excerpt + &visible(error.message().trim_end())
}

/// Exit code of an error.
pub(super) fn exit_code(error: &Error) -> u8 {
    match error {
        Error::Output(OutputError::Locked { .. }) => 6,
        Error::Output(OutputError::Extension { .. } | OutputError::NotOurs { .. } | OutputError::Read { .. }) => 2,
        Error::Output(_) | Error::Ingest(IngestError::Quarantine { .. }) => 5,
        Error::Ingest(_)
        | Error::Grid(_)
        | Error::Polygon(_)
        | Error::Indicator(_)
        | Error::Context(_)
        | Error::Cube(_)
        | Error::Layer(_) => 4,
        _ => 2,
    }
}
