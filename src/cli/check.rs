//! `tensionmap check`: the reports and areas that would be accepted, and why the others would not. Writes nothing.

use std::path::PathBuf;

use crate::config::Settings;
use crate::ingest::FileTally;
use crate::{Engine, Error};
use serde_json::json;

use super::console::{Completion, Console};
use super::job::{check_paths, inputs};

/// Check reports and areas: what would be accepted, what would be quarantined and why; writes nothing but a stated quarantine file
#[derive(Debug, clap::Args)]
pub(super) struct CheckArgs {
    /// Files of reports, patterns or folders of Parquet; - is standard input; may be left out to check an --area or
    /// --indicator alone
    #[arg(value_name = "INPUT", required_unless_present_any = ["area", "indicator"])]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(args: CheckArgs, console: Console) -> Result<Completion, Error> {
    check_paths(&args.inputs, None, &args.settings, &[])?;
    let engine = Engine::builder().settings(args.settings).without_counts().on_progress(console.progress()).build()?;
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
