//! Inputs of which no record is left: what a source reports cannot be told from calm.

use super::Engine;
use crate::code::Code;
use crate::config::ConfigError;
use crate::error::Error;
use crate::ingest::{FileTally, IngestError, Ledger};

impl Engine {
    /// Errors at the first input without an accepted record, unless these are allowed or it is replaced by a later one.
    pub(super) fn check_each(&self) -> Result<(), Error> {
        check_each(&self.ledger, self.plan.allows_empty())
    }
}

/// Errors at the first input without an accepted record. Where none has one, [`nothing_accepted`] says so of all.
pub(super) fn check_each(ledger: &Ledger, allows_empty: bool) -> Result<(), Error> {
    let empty = ledger.files.iter().find(|file| has_vanished(file));
    match empty.filter(|_| !allows_empty && ledger.accepted() > 0) {
        Some(file) => Err(empty_input(file, "correct it, or go on without it with --allow-empty").into()),
        None => Ok(()),
    }
}

/// True for an input that was meant to have records: settings have left out those that others repeat or replace.
fn has_vanished(file: &FileTally) -> bool {
    let by_setting = [Code::Replaced, Code::DupId, Code::DupRecord];
    file.accepted == 0 && by_setting.iter().all(|code| !file.quarantined.contains_key(code))
}

/// Error of a run without a single report.
pub(super) fn nothing_accepted(ledger: &Ledger) -> Error {
    match ledger.files.as_slice() {
        [] => ConfigError::NoInput.into(),
        [file] => empty_input(file, "").into(),
        files => {
            let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
            let first = files.iter().find_map(|file| file.examples.first());
            let advice = first.map_or_else(
                || format!("expected reports in {}", names.join(", ")),
                |example| format!("the first is {example}"),
            );
            let reasons = if ledger.read() > 0 { ledger.codes() } else { ledger.warnings() };
            IngestError::NothingAccepted { read: ledger.read(), reasons: listed(reasons), advice }.into()
        }
    }
}

/// Error of one input, with the first of its records and what to do.
fn empty_input(file: &FileTally, remedy: &str) -> IngestError {
    let problem = match file.read {
        0 => "has no records".to_owned(),
        1 => "its only record could not be used".to_owned(),
        read => format!("none of its {read} records could be used"),
    };
    let reasons = if file.read > 0 { &file.quarantined } else { &file.warnings };
    let first = file.examples.first().map(|example| format!("the first is {example}"));
    let first = first.unwrap_or_else(|| "expected at least one report".to_owned());
    let advice = if remedy.is_empty() { first } else { format!("{first}; {remedy}") };
    IngestError::EmptyInput { file: file.name.clone(), problem, reasons: listed(reasons.clone()), advice }
}

fn listed(reasons: std::collections::BTreeMap<Code, u64>) -> String {
    reasons.iter().map(|(reason, count)| format!("{reason} {count}")).collect::<Vec<_>>().join(", ")
}
