//! `tensionmap check`: what would be accepted, what not and why. Writes nothing.

use std::path::PathBuf;

use serde_json::json;
use tensionmap::config::Settings;
use tensionmap::{Engine, Error};

use super::{Outcome, Voice, claim, inputs};

/// Read reports and say what would be accepted, what not and why; writes nothing but a stated quarantine file
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files of reports, patterns or folders of Parquet; - is standard input
    #[arg(value_name = "INPUT", required = true)]
    inputs: Vec<PathBuf>,
    #[command(flatten)]
    settings: Settings,
}

pub(super) fn run(args: Args, voice: Voice) -> Result<Outcome, Error> {
    claim(&args.inputs, None, &args.settings, &[])?;
    let mut engine = Engine::builder().settings(args.settings).on_progress(voice.progress()).build()?.without_counts();
    for input in inputs(&args.inputs)? {
        engine = engine.incidents(input)?;
    }
    let check = engine.check()?;
    let ledger = &check.ledger;
    if voice.json {
        Voice::result(
            json!({"read": ledger.read(), "accepted": ledger.accepted(), "quarantined": ledger.quarantined(),
                   "codes": ledger.codes(), "warnings": ledger.warnings(), "unmapped": ledger.unmapped(),
                   "span": check.span.map(|(a, b)| [a.to_string(), b.to_string()]), "extent": check.extent})
            .to_string(),
        )?;
    } else {
        Voice::result(ledger.to_string().trim_end())?;
        if let (Some((from, to)), Some([west, south, east, north])) = (check.span, check.extent) {
            Voice::result(format!("span {from} to {} · extent {west:.4},{south:.4} to {east:.4},{north:.4}", to - 1))?;
        }
    }
    for notice in ledger.files.iter().flat_map(|file| &file.notices) {
        voice.note(notice);
    }
    Ok(if check.within_max_rejects { Outcome::Clean } else { Outcome::Quarantined })
}
