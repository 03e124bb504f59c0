//! One JSON value on standard output, of the same shape for every command ([docs/machine.md](../../docs/machine.md)).

use std::ffi::OsString;

use serde_json::{Map, Value, json};

use crate::code::Code;
use crate::ingest::FileTally;
use crate::{Error, Ledger};

/// Members that every command has: version, command, status, and the account of what was read.
pub(super) fn document(
    verb: &str,
    is_clean: bool,
    outputs: &[String],
    [ledger, areas]: [&Ledger; 2],
    notices: &[String],
    result: Map<String, Value>,
) -> Value {
    json!({
        "tensionmap": env!("CARGO_PKG_VERSION"), "command": verb, "status": if is_clean { "clean" } else { "quarantined" },
        "outputs": outputs,
        "read": ledger.read(), "accepted": ledger.accepted(), "quarantined": ledger.quarantined(),
        "codes": ledger.codes(), "warnings": ledger.warnings(), "unmapped": ledger.unmapped(),
        "areas": areas.files.iter().map(of_areas).collect::<Vec<_>>(),
        "notices": notices, "result": result,
    })
}

/// Account of one file of areas.
fn of_areas(file: &FileTally) -> Value {
    let repaired: Vec<_> =
        file.repaired.iter().map(|(feature, change)| json!({"feature": feature, "area_change": change})).collect();
    json!({"file": file.name, "column": file.value, "read": file.read, "accepted": file.accepted,
           "quarantined": file.quarantined(), "codes": file.quarantined, "warnings": file.warnings, "repaired": repaired})
}

/// An error, its causes in the message.
pub(super) fn error(error: &Error) -> Value {
    let (place, mut message) = (error.place(), error.to_string());
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        message += &format!("; because: {inner}");
        cause = inner.source();
    }
    json!({"error": {"code": error.code(), "file": place.file, "line": place.line, "column": place.column,
                     "message": message, "advice": error.advice()}})
}

/// A command line that clap does not understand: its first paragraph, and as advice its tips or where help is.
pub(super) fn usage(error: &clap::Error) -> Value {
    let text = error.render().to_string();
    let mut lines = text.lines();
    let message: Vec<&str> = lines.by_ref().take_while(|line| !line.is_empty()).map(str::trim).collect();
    let message = message.join(" ");
    let tips: Vec<&str> = lines.filter_map(|line| line.trim().strip_prefix("tip: ")).collect();
    let advice = if tips.is_empty() { "see --help".to_owned() } else { tips.join("; ") };
    json!({"error": {"code": Code::Usage, "file": null, "line": null, "column": null,
                     "message": message.trim_start_matches("error: "), "advice": advice}})
}

/// True for each of `--json` and `--progress json` on a command line that may be wrong otherwise.
pub(super) fn asked(args: &[OsString]) -> (bool, bool) {
    let args = args.split(|arg| arg == "--").next().unwrap_or_default();
    let json = args.iter().any(|arg| arg == "--json");
    let progress = args.iter().any(|arg| arg == "--progress=json")
        || args.windows(2).any(|pair| pair[0] == "--progress" && pair[1] == "json");
    (json, progress)
}
