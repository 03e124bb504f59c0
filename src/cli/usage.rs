//! Usage: examples under the help of each command, and errors that say which commands take a flag.

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, Error};

use super::Cli;
use crate::invalid::nearest;
use crate::visible::{is_hidden, visible};

/// Two examples of each command.
const EXAMPLES: [(&str, [&str; 2]); 12] = [
    (
        "map",
        [
            "tensionmap map *-street.csv council.csv,date-format=%d/%m/%Y,source=council --area city.geojson",
            "tensionmap map --config weekly.toml -o map.png -o map.gpkg",
        ],
    ),
    (
        "render",
        [
            "tensionmap render map.geojson --fill level --page a3 -o level.png",
            "tensionmap render map.gpkg --select score,level,rag -o map.csv",
        ],
    ),
    (
        "check",
        [
            "tensionmap check council.csv,date-format=%d/%m/%Y --quarantine rejected.ndjson",
            "tensionmap check --area city.geojson --indicator imd.geojson:score:intensive",
        ],
    ),
    (
        "calibrate",
        [
            "tensionmap calibrate reports.parquet --as-of 2026-01-01 -o method.toml",
            "tensionmap calibrate reports.csv --areas wards.geojson --name WD22NM -o wards.toml",
        ],
    ),
    (
        "coverage",
        [
            "tensionmap coverage reports.csv -o coverage.csv -o coverage.png",
            "tensionmap coverage reports.csv --areas wards.geojson --name WD22NM",
        ],
    ),
    (
        "explain",
        [
            "tensionmap explain 88194ad247fffff reports.csv --area city.geojson",
            "tensionmap explain 52.645,-1.124 --config weekly.toml -o cell.png",
        ],
    ),
    (
        "hotspots",
        [
            "tensionmap hotspots reports.csv --statistic gi -o hotspots.geojson",
            "tensionmap hotspots reports.csv --statistic knox -o knox.csv",
        ],
    ),
    (
        "rollup",
        [
            "tensionmap rollup reports.csv --areas wards.geojson --name WD22NM -o wards.csv",
            "tensionmap rollup --config weekly.toml --areas lsoa.geojson --name LSOA21NM -o lsoa.gpkg",
        ],
    ),
    (
        "series",
        [
            "tensionmap series reports.csv --every month -o series.png -o series.csv",
            "tensionmap series --config weekly.toml --from 2026-01-05 --to 2026-03-02 -o series.gif",
        ],
    ),
    (
        "density",
        [
            "tensionmap density reports.csv --area city.geojson -o density.png",
            "tensionmap density reports.csv --bandwidth 500 --from 2026-01-01 --to 2026-03-01",
        ],
    ),
    ("demo", ["tensionmap demo", "tensionmap demo out/sample"]),
    ("list", ["tensionmap list outputs", "tensionmap list method tension-2"]),
];

/// The command line with its examples.
pub(super) fn command() -> Command {
    let command =
        Cli::command().after_help("`tensionmap COMMAND -h` lists its usual options, `--help` all with examples.");
    EXAMPLES.iter().fold(command, |command, (verb, examples)| {
        let lines: String = examples.iter().map(|example| format!("\n  {example}")).collect();
        command.mut_subcommand(verb, |command| {
            command
                .after_help("--help explains every option and has examples.")
                .after_long_help(format!("Examples:{lines}"))
        })
    })
}

/// An error of usage that says which commands take the flag, where others do. Words of the command line are made [`visible`].
pub(super) fn explained(error: Error, command: &Command) -> Error {
    let mut error = with_advice(error, command);
    let shown = |text: &String| visible(text).into_owned();
    let changed: Vec<_> = error
        .context()
        .filter_map(|(kind, value)| match value {
            ContextValue::String(text) => Some((kind, ContextValue::String(shown(text)))),
            ContextValue::StyledStrs(texts) => {
                let plain = texts.iter().map(|text| StyledStr::from(shown(&text.to_string()))).collect();
                let is_hidden = texts.iter().any(|text| text.to_string().contains(is_hidden));
                is_hidden.then_some((kind, ContextValue::StyledStrs(plain)))
            }
            ContextValue::Strings(texts) => Some((kind, ContextValue::Strings(texts.iter().map(shown).collect()))),
            _ => None,
        })
        .collect();
    for (kind, value) in changed {
        error.insert(kind, value);
    }
    error
}

fn with_advice(mut error: Error, command: &Command) -> Error {
    if let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand)
        && let Some(near) = nearest(word, command.get_subcommands().map(Command::get_name))
    {
        let near = ContextValue::Strings(vec![near.to_owned()]);
        error.insert(ContextKind::SuggestedSubcommand, near);
        return error;
    }
    if let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidValue)
        && let Some(ContextValue::Strings(known)) = error.get(ContextKind::ValidValue)
        && let Some(near) = nearest(word, known.iter().map(String::as_str))
    {
        let near = ContextValue::String(near.to_owned());
        error.insert(ContextKind::SuggestedValue, near);
        return error;
    }
    let Some(ContextValue::String(flag)) = error.get(ContextKind::InvalidArg) else { return error };
    if error.kind() != ErrorKind::UnknownArgument {
        return error;
    }
    let name = flag.split('=').next().unwrap_or(flag);
    let takes = |command: &&Command| {
        let mut flags = command.get_arguments().map(|arg| (arg.get_long(), arg.get_short()));
        flags.any(|(long, short)| {
            long.is_some_and(|long| name.strip_prefix("--") == Some(long))
                || short.is_some_and(|short| name.strip_prefix('-') == Some(short.encode_utf8(&mut [0; 4])))
        })
    };
    let verbs: Vec<&str> = command.get_subcommands().filter(takes).map(Command::get_name).collect();
    if verbs.is_empty() {
        return error;
    }
    let tip = format!("{name} is an option of {}", verbs.join(", "));
    // A word that is spelt like the flag is not meant.
    error.remove(ContextKind::SuggestedArg);
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
    error
}
