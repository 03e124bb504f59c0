//! `tensionmap check`: the reports and areas that would be accepted, and why the others would not. Writes nothing.

use std::path::PathBuf;

use crate::config::{ConfigError, SettingsArgs};
use crate::ingest::FileTally;
use crate::{Engine, Error};
use serde_json::json;

use super::console::{Completion, Console};
use super::interrupt;
use super::job::{check_paths, inputs, print_config};

/// Check reports and areas: what would be accepted, what would be quarantined and why; writes nothing but the file of --quarantine
#[derive(Debug, clap::Args)]
pub(super) struct CheckArgs {
    /// Files of reports, patterns or folders of Parquet; - is standard input; may be left out to check an --area or
    /// --indicator alone
    #[arg(value_name = "INPUT", required_unless_present_any = ["area", "indicator", "config", "print_config"])]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    settings: SettingsArgs,
}

pub(super) fn run(args: CheckArgs, console: Console) -> Result<Completion, Error> {
    let settings = args.settings.merged()?;
    if args.settings.print_config {
        print_config(&settings)?;
        return Ok(Completion::Clean);
    }
    if args.inputs.is_empty() && settings.area.is_none() && settings.indicator.is_empty() {
        return Err(ConfigError::NoInput.into());
    }
    check_paths(&args.inputs, args.settings.config.as_ref(), &settings, &[])?;
    let engine = Engine::builder()
        .settings(settings)
        .without_counts()
        .on_progress(console.progress())
        .cancel(interrupt::flag())
        .build()?;
    let engine = inputs(&args.inputs)?.into_iter().try_fold(engine, Engine::incidents)?;
    let check = engine.check()?;
    let ledger = &check.ledger;
    if console.json {
        Console::result(
            json!({"read": ledger.read(), "accepted": ledger.accepted(), "quarantined": ledger.quarantined(),
                   "codes": ledger.codes(), "warnings": ledger.warnings(), "unmapped": ledger.unmapped(),
                   "areas": check.areas.files.iter().map(areas).collect::<Vec<_>>(),
                   "span": check.span.map(|(a, b)| [a.to_string(), b.to_string()]), "extent": check.extent})
            .to_string(),
        )?;
    } else {
        Console::result(format!("{ledger}{}", check.areas).trim_end())?;
        if let (Some((from, to)), Some([west, south, east, north])) = (check.span, check.extent) {
            Console::result(format!(
                "span {from} to {} · extent {west:.4},{south:.4} to {east:.4},{north:.4}",
                to - 1
            ))?;
        }
    }
    for notice in ledger.files.iter().chain(&check.areas.files).flat_map(|file| &file.notices) {
        console.note(notice);
    }
    Ok(if check.within_max_rejects { Completion::Clean } else { Completion::Quarantined })
}

/// Account of one file of areas.
fn areas(file: &FileTally) -> serde_json::Value {
    let repaired: Vec<_> =
        file.repaired.iter().map(|(feature, change)| json!({"feature": feature, "area_change": change})).collect();
    json!({"file": file.name, "column": file.value, "read": file.read, "accepted": file.accepted,
           "quarantined": file.quarantined(), "codes": file.quarantined, "warnings": file.warnings, "repaired": repaired})
}
