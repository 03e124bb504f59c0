//! `tensionmap check`: the reports and areas that would be accepted, and why the others would not. Writes nothing.

use std::path::PathBuf;

use crate::config::{ConfigError, SettingsArgs};
use crate::{Engine, Error};
use serde_json::{Map, json};

use super::console::{Completion, Console};
use super::interrupt;
use super::job::{check_paths, inputs, print_config};
use super::report::{Report, account};

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
        return print_config(&settings, console);
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
    let mut text = account([ledger, &check.areas]);
    if let (Some((from, to)), Some([west, south, east, north])) = (check.span, check.extent) {
        text += &format!("span {from} to {} · extent {west:.4},{south:.4} to {east:.4},{north:.4}", to - 1);
    }
    let span = check.span.map(|(from, to)| [from.to_string(), to.to_string()]);
    let result = Map::from_iter([("span".to_owned(), json!(span)), ("extent".to_owned(), json!(check.extent))]);
    let notices: Vec<String> = ledger.notices().chain(check.areas.notices()).cloned().collect();
    let (ledgers, within_limit) = ([ledger, &check.areas], check.within_max_rejects);
    let report = Report { text: Some(text), result, within_limit, ..Report::of(ledgers, &notices) };
    // The account itself is the result, and to notice is what a check is for.
    Console { verbose: true, ..console }.notices(&report, 0);
    console.answer(report)
}
