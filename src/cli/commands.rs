//! `tensionmap list commands`: every command with its parameters, from the command line and the list of settings.

use std::any::TypeId;
use std::path::PathBuf;

use clap::builder::PossibleValue;
use clap::{Arg, ArgAction, Command};
use serde_json::{Value, json};

use crate::config::SETTINGS;

/// A command for a line of text and as JSON.
pub(super) struct CommandEntry {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) parameters: Vec<Value>,
}

/// Every command, in the order of the help.
pub(super) fn commands(program: &Command) -> Vec<CommandEntry> {
    let entry = |command: &Command| {
        let shown = |arg: &&Arg| !arg.is_hide_set() && !["help", "version"].contains(&arg.get_id().as_str());
        let global = program.get_arguments().filter(|arg| arg.is_global_set());
        CommandEntry {
            name: command.get_name().to_owned(),
            about: command.get_about().map(ToString::to_string).unwrap_or_default(),
            parameters: command.get_arguments().chain(global).filter(shown).map(parameter).collect(),
        }
    };
    program.get_subcommands().filter(|command| command.get_name() != "help").map(entry).collect()
}

/// A parameter: a setting by its row in the table, another by its argument alone.
fn parameter(arg: &Arg) -> Value {
    let id = arg.get_id().as_str();
    let setting = SETTINGS.iter().find(|setting| Some(setting.name.as_str()) == arg.get_long());
    let is_switch = matches!(arg.get_action(), ArgAction::SetTrue);
    let possible = if is_switch { Vec::new() } else { arg.get_possible_values() };
    let values: Vec<&str> = match setting {
        Some(setting) => setting.choices(),
        None => possible.iter().map(PossibleValue::get_name).collect(),
    };
    let kind = match setting {
        Some(setting) => setting.item,
        None if is_switch => "true|false",
        None if arg.get_value_parser().type_id() == TypeId::of::<PathBuf>() => "file",
        None if [TypeId::of::<f64>(), TypeId::of::<u32>(), TypeId::of::<u64>()]
            .iter()
            .any(|number| arg.get_value_parser().type_id() == *number) =>
        {
            "number"
        }
        None => "text",
    };
    // A file by its use: to be read or to be written. Outputs and the manifest are the only ones outside the table of settings.
    let file = match setting {
        Some(setting) => setting.file(),
        None if kind != "file" => None,
        None if ["output", "manifest", "folder"].contains(&id) => Some("written"),
        None => Some("read"),
    };
    let default: Vec<_> = arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    let default = match setting {
        Some(setting) => json!(setting.value),
        None if is_switch => json!("false"),
        None => json!(default.first()),
    };
    json!({
        "name": arg.get_long().unwrap_or(id), "flag": arg.get_long().map(|long| format!("--{long}")),
        "short": arg.get_short().map(|short| format!("-{short}")),
        "type": kind, "repeatable": is_repeatable(arg), "required": arg.is_required_set(),
        "value": arg.get_value_names().and_then(|names| names.first()).filter(|_| !is_switch).map(ToString::to_string),
        "values": values, "default": default, "file": file,
        "about": setting.map_or_else(|| arg.get_help().map(ToString::to_string).unwrap_or_default(), |setting| setting.about.to_owned()),
    })
}

fn is_repeatable(arg: &Arg) -> bool {
    matches!(arg.get_action(), ArgAction::Append)
        || arg.is_positional() && arg.get_num_args().is_some_and(|range| range.max_values() > 1)
}
