//! Named options of a statistic: one list for settings, flags of the command line and their help.

use std::str::FromStr;

use super::{Kernel, Neighbours, Permutations, Slices};
use crate::invalid::InvalidValue;

/// Name, meaning and options of a statistic.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct StatisticInfo {
    /// Name in settings and outputs.
    pub id: &'static str,
    /// Meaning, in a line.
    pub about: &'static str,
    /// Options, in the order of their help.
    pub options: &'static [StatisticOption],
}

/// An option of a statistic.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct StatisticOption {
    /// Name in settings, and of the flag.
    pub name: &'static str,
    /// Type of its values.
    pub kind: OptionKind,
    /// Placeholder of a value in help; empty for a switch.
    pub value_name: &'static str,
    /// Default in words; empty for a switch, which is off.
    pub default: &'static str,
    /// Meaning, in a line.
    pub help: &'static str,
}

/// Type of the values of an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OptionKind {
    /// `true` or `false`.
    Switch,
    /// A whole number of 32 bits.
    Count,
    /// A whole number of 64 bits.
    Whole,
    /// A number.
    Real,
    /// A word from a list, or a length of time.
    Word,
    /// Whole numbers with commas between.
    Wholes,
    /// Numbers with commas between.
    Reals,
}

pub(super) const fn option(
    name: &'static str,
    kind: OptionKind,
    value_name: &'static str,
    default: &'static str,
    help: &'static str,
) -> StatisticOption {
    StatisticOption { name, kind, value_name, default, help }
}

pub(super) const RINGS: StatisticOption =
    option("rings", OptionKind::Count, "K", "1", "steps on the grid to the furthest neighbour");
pub(super) const KERNEL: StatisticOption = option(
    "kernel",
    OptionKind::Word,
    "NAME",
    "binary",
    "weights by distance: binary (all equal), triangular, quadratic, quartic, gaussian",
);
pub(super) const PERMUTATIONS: StatisticOption =
    option("permutations", OptionKind::Count, "N", "999", "random draws behind a p by permutation");
pub(super) const SEED: StatisticOption = option("seed", OptionKind::Whole, "N", "1", "seed of these draws");
pub(super) const SLICE: StatisticOption = option(
    "slice",
    OptionKind::Word,
    "7d|2w|1mo",
    "7d",
    "length of a slice of time, counted back from the as-of: days, weeks or months",
);
pub(super) const SLICES: StatisticOption =
    option("slices", OptionKind::Whole, "N", "52", "maximum number of slices, 10 or more");

impl Neighbours {
    pub(super) fn set(&mut self, option: &str, value: &str) -> Result<(), InvalidValue> {
        match option {
            "rings" => self.rings = parsed("rings", value)?,
            _ => self.kernel = value.parse::<Kernel>()?,
        }
        Ok(())
    }
}

impl Permutations {
    pub(super) fn set(&mut self, option: &str, value: &str) -> Result<(), InvalidValue> {
        match option {
            "seed" => self.seed = parsed("seed", value)?,
            _ => self.draws = parsed("permutations", value)?,
        }
        Ok(())
    }
}

impl Slices {
    pub(super) fn set(&mut self, option: &str, value: &str) -> Result<(), InvalidValue> {
        match option {
            "slice" => self.every = value.parse()?,
            _ => self.max = Some(parsed("slices", value)?),
        }
        Ok(())
    }
}

/// A switch or a number from a text.
pub(super) fn parsed<T: FromStr>(option: &'static str, value: &str) -> Result<T, InvalidValue> {
    let expected = match std::any::type_name::<T>() {
        "bool" => "true or false",
        "f64" => "a number",
        _ => "a whole number",
    };
    value.trim().parse().ok().ok_or_else(|| InvalidValue::expecting(option, value, expected))
}

/// Numbers with commas between.
pub(super) fn list<T: FromStr>(option: &'static str, value: &str) -> Result<Vec<T>, InvalidValue> {
    value.split(',').map(|number| parsed(option, number)).collect()
}

/// The error for an option that a statistic does not have.
pub(super) fn unknown(info: &StatisticInfo, option: &str) -> InvalidValue {
    let names: Vec<&str> = info.options.iter().map(|option| option.name).collect();
    InvalidValue::expecting("option", option, format!("an option of {}: {}", info.id, names.join(", ")))
}
