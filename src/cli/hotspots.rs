//! `tensionmap hotspots`: hot spots and near repeats.

use std::path::PathBuf;

use crate::engine::Map;
use crate::hotspot::{self, NearRepeatsOptions, OptionKind, StatisticInfo, StatisticOption};
use crate::layer::NearRepeatsTable;
use crate::output::Product;
use crate::{Error, InvalidValue};
use clap::builder::ValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches, value_parser};

use super::console::{Completion, Console};
use super::job::{Job, JobArgs};

/// Find hot and cold spots by a named statistic, beside the score
///
/// gi and moran count the reports in the window of the score, emerging and scan those in slices of time.
#[derive(Debug, clap::Args)]
pub(super) struct HotspotsArgs {
    /// Files of reports, patterns or folders of Parquet; - is standard input
    #[arg(value_name = "INPUT", required_unless_present = "print_config")]
    inputs: Vec<PathBuf>,
    /// Which statistic: see `tensionmap list statistics`
    #[arg(long, value_name = "NAME", default_value = "gi")]
    statistic: String,
    /// Results, by extension, as of `map`; of knox .csv or .json (repeatable) [default: hotspots.geojson, knox.csv]
    #[arg(long, short, value_name = "FILE")]
    output: Vec<PathBuf>,
    #[command(flatten)]
    options: StatisticFlags,
    #[command(flatten)]
    job: JobArgs,
}

/// Options of statistics as given, by name, from flags that the lists of options define.
#[derive(Debug)]
struct StatisticFlags(Vec<(&'static str, String)>);

/// An option by its name, and the statistics that have it.
fn flags() -> Vec<(&'static str, Vec<(&'static StatisticInfo, &'static StatisticOption)>)> {
    let mut flags: Vec<(&str, Vec<_>)> = Vec::new();
    for info in hotspot::infos() {
        for option in info.options {
            match flags.iter_mut().find(|(name, _)| *name == option.name) {
                Some((_, owners)) => owners.push((info, option)),
                None => flags.push((option.name, vec![(info, option)])),
            }
        }
    }
    flags
}

/// Help of a flag: each meaning with the statistics that share it, and their defaults.
fn help(owners: &[(&StatisticInfo, &StatisticOption)]) -> String {
    let mut meanings: Vec<(&str, Vec<(&str, &str)>)> = Vec::new();
    for (info, option) in owners {
        match meanings.iter_mut().find(|(help, _)| *help == option.help) {
            Some((_, shared)) => shared.push((info.id, option.default)),
            None => meanings.push((option.help, vec![(info.id, option.default)])),
        }
    }
    let meaning = |(help, shared): &(&str, Vec<(&str, &str)>)| {
        let ids: Vec<&str> = shared.iter().map(|(id, _)| *id).collect();
        let count = |default: &str| shared.iter().filter(|(_, other)| *other == default).count();
        let usual = shared.iter().rev().map(|(_, default)| *default).max_by_key(|default| count(default)).unwrap_or("");
        let others = shared.iter().filter(|(_, default)| *default != usual);
        let others: String = others.map(|(id, default)| format!(", {id} {default}")).collect();
        let default = if usual.is_empty() { String::new() } else { format!(" [default: {usual}{others}]") };
        format!("{}: {help}{default}", ids.join(", "))
    };
    meanings.iter().map(meaning).collect::<Vec<_>>().join("; ")
}

fn parser(kind: OptionKind) -> ValueParser {
    match kind {
        OptionKind::Count | OptionKind::Wholes => value_parser!(u32).into(),
        OptionKind::Whole => value_parser!(u64).into(),
        OptionKind::Real | OptionKind::Reals => value_parser!(f64).into(),
        _ => ValueParser::string(),
    }
}

impl clap::Args for StatisticFlags {
    fn augment_args(command: Command) -> Command {
        let arg = |(name, owners): (&'static str, Vec<(&'static StatisticInfo, &'static StatisticOption)>)| {
            let option = owners[0].1;
            let arg = Arg::new(name).long(name).help(help(&owners)).help_heading("Statistic");
            match option.kind {
                OptionKind::Switch => arg.action(ArgAction::SetTrue),
                OptionKind::Reals | OptionKind::Wholes => arg
                    .action(ArgAction::Append)
                    .value_delimiter(',')
                    .value_name(option.value_name)
                    .value_parser(parser(option.kind)),
                kind => arg.value_name(option.value_name).value_parser(parser(kind)),
            }
        };
        command.args(flags().into_iter().map(arg))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for StatisticFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |(name, owners): (&'static str, Vec<(_, &StatisticOption)>)| {
            if owners[0].1.kind == OptionKind::Switch {
                return matches.get_flag(name).then(|| (name, "true".to_owned()));
            }
            let values: Vec<_> = matches.get_raw(name)?.map(|value| value.to_string_lossy()).collect();
            Some((name, values.join(",")))
        };
        Ok(Self(flags().into_iter().filter_map(given).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl StatisticFlags {
    /// Checks that a statistic has every option that was given.
    fn check(&self, id: &str) -> Result<(), InvalidValue> {
        for (name, owners) in flags().into_iter().filter(|(name, _)| self.0.iter().any(|(given, _)| given == name)) {
            let owners: Vec<&str> = owners.iter().map(|(info, _)| info.id).collect();
            if !owners.contains(&id) {
                let expected = format!("{}, to which --{name} belongs", owners.join(" or "));
                return Err(InvalidValue::expecting("statistic", id, expected));
            }
        }
        Ok(())
    }

    fn set(&self, mut set: impl FnMut(&str, &str) -> Result<(), InvalidValue>) -> Result<(), InvalidValue> {
        self.0.iter().try_for_each(|(name, value)| set(name, value))
    }
}

pub(super) fn run(args: HotspotsArgs, console: Console) -> Result<Completion, Error> {
    if args.statistic == NearRepeatsOptions::INFO.id { near_repeats(args, console) } else { of_cells(args, console) }
}

fn of_cells(args: HotspotsArgs, console: Console) -> Result<Completion, Error> {
    let mut statistic = hotspot::statistic(&args.statistic)?.boxed();
    args.options.check(statistic.id())?;
    args.options.set(|name, value| statistic.set(name, value))?;
    statistic.check()?;
    let Some(job) = begin::<Map>(args, "hotspots.geojson", console)? else { return Ok(Completion::Clean) };
    let run = job.read(job.engine()?)?.hotspots(&*statistic)?;
    job.finish(&run)
}

fn near_repeats(args: HotspotsArgs, console: Console) -> Result<Completion, Error> {
    let mut options = NearRepeatsOptions::default();
    args.options.check(NearRepeatsOptions::INFO.id)?;
    args.options.set(|name, value| options.set(name, value))?;
    options.check()?;
    let Some(job) = begin::<NearRepeatsTable>(args, "knox.csv", console)? else { return Ok(Completion::Clean) };
    let run = job.read(job.engine()?)?.near_repeats(&options)?;
    job.finish(&run)
}

/// Begins the job of a statistic, with the usual output of its product.
fn begin<P: Product>(args: HotspotsArgs, usual: &str, console: Console) -> Result<Option<Job>, Error> {
    let settings = args.job.settings()?;
    let outputs = if args.output.is_empty() { vec![usual.into()] } else { args.output };
    args.job.begin::<P>(settings, args.inputs, outputs, console)
}
