//! `tensionmap check`: which reports and areas would be accepted, which not and why. Writes nothing.

use std::path::PathBuf;

use serde_json::json;
use tensionmap::config::Settings;
use tensionmap::ingest::FileTally;
use tensionmap::{Engine, Error};

use super::{Outcome, Voice, claim, read};

/// Read reports and areas and say what would be accepted, what not and why; writes nothing but a stated quarantine file
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files of reports, patterns or folders of Parquet; - is standard input; may be left out to check an --area or
    /// --indicator alone
    #[arg(value_name = "INPUT", required_unless_present_any = ["area", "indicator"])]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(args: Args, voice: Voice) -> Result<Outcome, Error> {
    claim(&args.inputs, None, &args.settings, &[])?;
    let engine = Engine::builder().settings(args.settings).without_counts().on_progress(voice.progress()).build()?;
    let engine = read(engine, &args.inputs)?;
    let check = engine.check()?;
    let ledger = &check.ledger;
    if voice.json {
        Voice::result(
            json!({"read": ledger.read(), "accepted": ledger.accepted(), "quarantined": ledger.quarantined(),
                   "codes": ledger.codes(), "warnings": ledger.warnings(), "unmapped": ledger.unmapped(),
                   "areas": check.areas.files.iter().map(areas).collect::<Vec<_>>(),
                   "span": check.span.map(|(a, b)| [a.to_string(), b.to_string()]), "extent": check.extent})
            .to_string(),
        )?;
    } else {
        Voice::result(format!("{ledger}{}", check.areas).trim_end())?;
        if let (Some((from, to)), Some([west, south, east, north])) = (check.span, check.extent) {
            Voice::result(format!("span {from} to {} · extent {west:.4},{south:.4} to {east:.4},{north:.4}", to - 1))?;
        }
    }
    for notice in ledger.files.iter().chain(&check.areas.files).flat_map(|file| &file.notices) {
        voice.note(notice);
    }
    Ok(if check.within_max_rejects { Outcome::Clean } else { Outcome::Quarantined })
}

/// The account of one file of areas.
fn areas(file: &FileTally) -> serde_json::Value {
    let repaired: Vec<_> =
        file.repaired.iter().map(|(feature, change)| json!({"feature": feature, "area_change": change})).collect();
    json!({"file": file.name, "column": file.value, "read": file.read, "accepted": file.accepted,
           "quarantined": file.quarantined(), "codes": file.refused, "warnings": file.warnings, "repaired": repaired})
}
