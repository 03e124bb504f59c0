//! Terminal: results on stdout, everything else on stderr.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use crate::error::{IngestError, OutputError};
use crate::{Error, Ledger};
use indicatif::{ProgressBar, ProgressFinish, ProgressStyle};

/// Terminal of one command.
#[derive(Clone, Copy, Debug)]
pub(super) struct Console {
    pub(super) quiet: bool,
    pub(super) json: bool,
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
        if !self.quiet {
            // A closed stderr is not a reason to fail.
            let _ignored = writeln!(io::stderr(), "{}", text.as_ref());
        }
    }

    /// Writes an error with its code and all its causes.
    pub(super) fn error(error: &Error) {
        let mut text = format!("error: {}: {error}", error.code());
        let mut cause = std::error::Error::source(error);
        while let Some(inner) = cause {
            text += &format!("\n  because: {inner}");
            cause = inner.source();
        }
        let _ignored = writeln!(io::stderr(), "{text}");
    }

    /// Writes a result to stdout. A reader that has closed the pipe (`| head`) is not an error; a full disk is.
    pub(super) fn result(text: impl AsRef<str>) -> Result<(), Error> {
        let written = writeln!(io::stdout(), "{}", text.as_ref());
        match written.and_then(|()| io::stdout().flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(OutputError::Write { path: "standard output".to_owned(), source: error }.into())
            }
            _ => Ok(()),
        }
    }

    /// Counter of records read, shown only on a terminal.
    pub(super) fn progress(self) -> impl FnMut(u64) + Send + 'static {
        let bar =
            if self.quiet || !io::stderr().is_terminal() { ProgressBar::hidden() } else { ProgressBar::new_spinner() };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {human_pos} records accepted, {per_sec}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        let bar = bar.with_finish(ProgressFinish::AndClear);
        move |records| bar.set_position(records)
    }

    /// Writes the accounts of the input and the notices.
    pub(super) fn account(self, ledgers: [&Ledger; 2], notices: &[String], within_limit: bool) -> Completion {
        for ledger in ledgers {
            for line in ledger.to_string().lines() {
                self.note(line);
            }
        }
        for notice in notices {
            self.note(notice);
        }
        if within_limit { Completion::Clean } else { Completion::Quarantined }
    }
}

/// Exit code of an error.
pub(super) fn exit_code(error: &Error) -> u8 {
    match error {
        Error::Output(OutputError::Locked { .. }) => 6,
        Error::Output(OutputError::Extension { .. } | OutputError::NotOurs { .. }) => 2,
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
