//! Named options of a statistic: one row an option, for settings, flags of the command line and their help.

use std::str::FromStr;

use super::{Dispersion, Edition, GiFormula, Kernel, Reference, ScanModel};
use crate::incident::Every;
use crate::invalid::{InvalidValue, did_you_mean};

/// Name, meaning and options of a statistic.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StatisticInfo {
    /// Name in settings and outputs.
    pub id: &'static str,
    /// Meaning, in a line.
    pub about: &'static str,
    /// Options, in the order of their help.
    pub options: Vec<StatisticOption>,
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

/// An option, and the field of `S` that it sets.
#[derive(Debug)]
pub struct OptionRow<S: 'static> {
    option: StatisticOption,
    field: fn(&mut S) -> &mut dyn OptionValue,
}

/// An option without its field; the field decides its kind.
pub(super) const fn option(
    name: &'static str,
    value_name: &'static str,
    default: &'static str,
    help: &'static str,
) -> StatisticOption {
    StatisticOption { name, kind: OptionKind::Word, value_name, default, help }
}

/// A switch, which is off unless given.
pub(super) const fn switch(name: &'static str, help: &'static str) -> StatisticOption {
    option(name, "", "", help)
}

impl StatisticOption {
    pub(super) const fn sets<S>(self, field: fn(&mut S) -> &mut dyn OptionValue) -> OptionRow<S> {
        OptionRow { option: self, field }
    }
}

pub(super) const RINGS: StatisticOption = option("rings", "K", "1", "steps on the grid to the furthest neighbour");
const KERNELS: &str = "weights by distance: binary (all equal), triangular, quadratic, quartic, gaussian";
pub(super) const KERNEL: StatisticOption = option("kernel", "NAME", "binary", KERNELS);
pub(super) const PERMUTATIONS: StatisticOption =
    option("permutations", "N", "999", "random draws behind a p by permutation");
pub(super) const SEED: StatisticOption = option("seed", "N", "1", "seed of these draws");
const LENGTHS: &str = "length of a slice of time, counted back from the as-of: days, weeks or months";
pub(super) const SLICE: StatisticOption = option("slice", "7d|2w|1mo", "7d", LENGTHS);
pub(super) const SLICES: StatisticOption = option("slices", "N", "52", "maximum number of slices, 10 or more");

/// A statistic's name and options.
pub trait StatisticOptions: Default + 'static {
    /// Name in settings and outputs.
    const ID: &'static str;
    /// Meaning, in a line.
    const ABOUT: &'static str;
    /// Options, in the order of their help.
    const OPTIONS: &'static [OptionRow<Self>];

    /// Name, meaning and options.
    #[must_use]
    fn info() -> StatisticInfo {
        let mut usual = Self::default();
        let listed = |row: &OptionRow<Self>| StatisticOption { kind: (row.field)(&mut usual).kind(), ..row.option };
        StatisticInfo { id: Self::ID, about: Self::ABOUT, options: Self::OPTIONS.iter().map(listed).collect() }
    }

    /// Sets an option from a text.
    ///
    /// # Errors
    /// An option that it does not have; a value of another type.
    fn set(&mut self, option: &str, value: &str) -> Result<(), InvalidValue> {
        let row = Self::OPTIONS.iter().find(|row| row.option.name == option).ok_or_else(|| {
            let names: Vec<&str> = Self::OPTIONS.iter().map(|row| row.option.name).collect();
            let advice = did_you_mean(option, names.iter().copied()).unwrap_or_default();
            let expected = format!("an option of {}: {}{advice}", Self::ID, names.join(", "));
            InvalidValue::expecting("option", option, expected)
        })?;
        (row.field)(self).set(row.option.name, value)
    }
}

/// Field that an option sets from a text.
pub(super) trait OptionValue {
    fn kind(&self) -> OptionKind;
    fn set(&mut self, option: &'static str, text: &str) -> Result<(), InvalidValue>;
}

macro_rules! option_values {
    ($($type:ty: $kind:ident by $parse:expr;)*) => {$(
        impl OptionValue for $type {
            fn kind(&self) -> OptionKind {
                OptionKind::$kind
            }

            fn set(&mut self, option: &'static str, text: &str) -> Result<(), InvalidValue> {
                let parse: fn(&'static str, &str) -> Result<Self, InvalidValue> = $parse;
                *self = parse(option, text)?;
                Ok(())
            }
        }
    )*};
}

option_values! {
    bool: Switch by |option, text| parsed(option, text, "true or false");
    u32: Count by whole;
    u64: Whole by whole;
    usize: Whole by whole;
    Option<usize>: Whole by |option, text| whole(option, text).map(Some);
    f64: Real by real;
    Vec<u32>: Wholes by |option, text| text.split(',').map(|number| whole(option, number)).collect();
    Vec<f64>: Reals by |option, text| text.split(',').map(|number| real(option, number)).collect();
    Every: Word by |_, text| text.parse();
    Kernel: Word by |_, text| text.parse();
    GiFormula: Word by |_, text| text.parse();
    Edition: Word by |_, text| text.parse();
    Reference: Word by |_, text| text.parse();
    ScanModel: Word by |_, text| text.parse();
    Dispersion: Word by |_, text| text.parse();
}

fn whole<T: FromStr>(option: &'static str, text: &str) -> Result<T, InvalidValue> {
    parsed(option, text, "a whole number")
}

fn real(option: &'static str, text: &str) -> Result<f64, InvalidValue> {
    parsed(option, text, "a number")
}

fn parsed<T: FromStr>(option: &'static str, text: &str, expected: &str) -> Result<T, InvalidValue> {
    text.trim().parse().ok().ok_or_else(|| InvalidValue::expecting(option, text, expected))
}
