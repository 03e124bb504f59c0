//! `tensionmap hotspots`: hot spots and near repeats.

use std::path::PathBuf;

use crate::engine::Map;
use crate::hotspot::{self, NearRepeatsOptions, OptionKind, Statistic, StatisticOption, StatisticOptions};
use crate::layer::NearRepeatsTable;
use crate::output::Product;
use crate::{Error, InvalidValue};
use clap::builder::ValueParser;
use clap::{Arg, ArgAction, ArgMatches, Command, FromArgMatches, value_parser};

use super::console::{Completion, Console};
use super::job::{Job, ReportArgs};
use super::usable::Beside;

/// Find hot and cold spots by a named statistic, beside the score
///
/// gi and moran count the reports in the window of the score, emerging and scan those in slices of time.
#[derive(Debug, clap::Args)]
pub(super) struct HotspotsArgs {
    /// Statistic by name; `tensionmap list statistics`
    #[arg(
        long_help = "Statistic by name; `tensionmap list statistics` prints them",
        long,
        value_name = "NAME",
        default_value = "gi",
        help_heading = "Statistic"
    )]
    statistic: String,
    #[command(flatten)]
    options: StatisticFlags,
    #[command(flatten)]
    reports: ReportArgs,
    /// Results, by extension, as for `map`; for knox .csv or .json
    #[arg(
        long_help = "Results, by extension, as for `map`; for knox .csv or .json (repeatable) [default: hotspots.geojson, \
                knox.csv]",
        long,
        short,
        value_name = "FILE",
        help_heading = "Output",
        display_order = 0
    )]
    output: Vec<PathBuf>,
}

/// Options of statistics as given, by name, from flags that the lists of options define.
#[derive(Debug)]
struct StatisticFlags(Vec<(&'static str, String)>);

/// Options of one flag, each with the id of its statistic.
type Owners = Vec<(&'static str, StatisticOption)>;

/// Options by name.
fn flags() -> Vec<Owners> {
    let mut flags: Vec<Owners> = Vec::new();
    for info in hotspot::infos() {
        for option in info.options {
            match flags.iter_mut().find(|owners| owners[0].1.name == option.name) {
                Some(owners) => owners.push((info.id, option)),
                None => flags.push(vec![(info.id, option)]),
            }
        }
    }
    flags
}

/// Help of a flag: each meaning with the statistics that share it, and their defaults.
fn help(owners: &Owners) -> String {
    let meaning = |shared: &[&(&str, StatisticOption)]| {
        let ids: Vec<&str> = shared.iter().map(|(id, _)| *id).collect();
        let defaults = || shared.iter().map(|(_, option)| option.default);
        let count = |default: &str| defaults().filter(|other| *other == default).count();
        let usual = defaults().rev().max_by_key(|default| count(default)).unwrap_or("");
        let others = shared.iter().filter(|(_, option)| option.default != usual);
        let others: String = others.map(|(id, option)| format!(", {id} {}", option.default)).collect();
        let default = if usual.is_empty() { String::new() } else { format!(" [default: {usual}{others}]") };
        format!("{}: {}{default}", ids.join(", "), shared[0].1.help)
    };
    let is_first = |(place, (_, option)): &(usize, &(&str, StatisticOption))| {
        owners[..*place].iter().all(|(_, other)| other.help != option.help)
    };
    let firsts = owners.iter().enumerate().filter(is_first);
    let shared = firsts.map(|(_, (_, first))| owners.iter().filter(|(_, option)| option.help == first.help).collect());
    shared.map(|shared: Vec<_>| meaning(&shared)).collect::<Vec<_>>().join("; ")
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
        let arg = |owners: Owners| {
            let StatisticOption { name, kind, value_name, .. } = owners[0].1;
            let arg = Arg::new(name).long(name).help(help(&owners)).help_heading("Statistic").hide_short_help(true);
            let valued = || arg.clone().value_name(value_name).value_parser(parser(kind));
            match kind {
                OptionKind::Switch => arg.action(ArgAction::SetTrue),
                OptionKind::Reals | OptionKind::Wholes => valued().action(ArgAction::Append).value_delimiter(','),
                _ => valued(),
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
        let given = |owners: Owners| {
            let StatisticOption { name, kind, .. } = owners[0].1;
            if kind == OptionKind::Switch {
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
    /// Sets the options given, each of which the statistic must have.
    fn set(&self, id: &str, mut set: impl FnMut(&str, &str) -> Result<(), InvalidValue>) -> Result<(), InvalidValue> {
        for (name, value) in &self.0 {
            let owners = flags().into_iter().find(|owners| owners[0].1.name == *name).unwrap_or_default();
            let owners: Vec<&str> = owners.iter().map(|(id, _)| *id).collect();
            if !owners.contains(&id) {
                let expected = format!("{}, to which --{name} belongs", owners.join(" or "));
                return Err(InvalidValue::expecting("statistic", id, expected));
            }
            set(name, value)?;
        }
        Ok(())
    }
}

pub(super) fn run(args: HotspotsArgs, console: Console) -> Result<Completion, Error> {
    if args.statistic == NearRepeatsOptions::ID {
        return near_repeats(args, console);
    }
    let mut statistic = hotspot::statistic(&args.statistic)?.boxed();
    let id = statistic.id();
    args.options.set(id, |name, value| statistic.set(name, value))?;
    statistic.check()?;
    let Some(job) = begin::<Map>(args, "hotspots.geojson", Some(&*statistic), console)? else {
        return Ok(Completion::Clean);
    };
    let run = job.engine()?.named_inputs()?.hotspots(&*statistic)?;
    job.finish(&run)
}

fn near_repeats(args: HotspotsArgs, console: Console) -> Result<Completion, Error> {
    let mut options = NearRepeatsOptions::default();
    args.options.set(NearRepeatsOptions::ID, |name, value| options.set(name, value))?;
    options.check()?;
    let Some(job) = begin::<NearRepeatsTable>(args, "knox.csv", None, console)? else { return Ok(Completion::Clean) };
    let run = job.engine()?.named_inputs()?.near_repeats(&options)?;
    job.finish(&run)
}

/// Begins the job of a statistic, with the usual output of its product.
fn begin<P: Product>(
    args: HotspotsArgs,
    usual: &str,
    statistic: Option<&dyn Statistic>,
    console: Console,
) -> Result<Option<Job>, Error> {
    let settings = args.reports.settings("hotspots")?;
    let outputs = if args.output.is_empty() { vec![usual.into()] } else { args.output };
    let beside = Beside { statistic, ..Beside::default() };
    args.reports.job.begin::<P>(settings, outputs, beside, console)
}
