//! `tensionmap check`: the reports and areas that would be accepted, and why the others would not. Writes nothing.

use std::path::PathBuf;

use crate::config::{ConfigError, SettingsArgs};
use crate::{Engine, Error};
use serde_json::{Map, json};

use super::console::{Completion, Console};
use super::interrupt;
use super::job::{check_paths, named_by, print_config};
use super::report::{Report, account};
use super::usable::{self, Beside};

/// Check reports and areas: what would be accepted, what would not, and why
///
/// Writes nothing but the file of --quarantine.
#[derive(Debug, clap::Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Files of reports; - is standard input
    #[arg(
        long_help = "Files of reports, patterns or folders of Parquet; - is standard input. Options of one file follow \
                its name, as in council.csv,date-format=%d/%m/%Y,column.date=When. The name of an existing file may \
                have commas and equals signs. May be left out to check an --area or --indicator alone [default: the \
                [[input]]s of --config]",
        value_name = "INPUT",
        required_unless_present_any = ["area", "indicator", "config", "print_config"]
    )]
    inputs: Vec<PathBuf>,
}

pub(super) fn run(args: CheckArgs, console: Console) -> Result<Completion, Error> {
    let settings = named_by(&args.inputs, args.settings.merged()?)?;
    if args.settings.print_config {
        return print_config(&settings, console);
    }
    if settings.input.is_empty() && settings.area.is_none() && settings.indicator.is_empty() {
        return Err(ConfigError::NoInput.into());
    }
    usable::check(&settings.clone().used_by("check"), "check", Beside::default())?;
    check_paths(args.settings.config.as_ref(), &settings, &[])?;
    let engine = Engine::builder()
        .settings(settings.used_by("check"))
        .without_counts()
        .on_progress(console.progress())
        .cancel(interrupt::flag())
        .build()?;
    let check = engine.named_inputs()?.check()?;
    let ledger = &check.ledger;
    let mut text = account([ledger, &check.areas]);
    if let (Some((from, to)), Some([west, south, east, north])) = (check.span, check.extent) {
        text += &format!("span {from} to {}, both included · ", to - 1);
        text += &format!("extent {west:.4},{south:.4} to {east:.4},{north:.4}");
    }
    let span = check.span.map(|(from, to)| [from.to_string(), to.to_string()]);
    let days = check.span.map(|(from, to)| [from.to_string(), (to - 1).to_string()]);
    let [first, last] = days.map_or([None, None], |days| days.map(Some));
    // `span` ends with the day after the last, as intervals do throughout.
    let members = [
        ("first_day", json!(first)),
        ("last_day", json!(last)),
        ("span", json!(span)),
        ("extent", json!(check.extent)),
    ];
    let result = Map::from_iter(members.map(|(name, value)| (name.to_owned(), value)));
    let mut notices: Vec<String> = ledger.notices().chain(check.areas.notices()).cloned().collect();
    // The account is the result, with an exit code of its own; that a run would stop is part of it.
    notices.extend(check.usable().err().map(|error| format!("a run would stop: {}: {error}", error.code())));
    let excess = check.excess.clone();
    let report = Report { text: Some(text), result, excess, ..Report::of([ledger, &check.areas], &notices) };
    // The account itself is the result, and to notice is what a check is for.
    Console { verbose: true, ..console }.notices(&report, 0);
    console.answer(report)
}
