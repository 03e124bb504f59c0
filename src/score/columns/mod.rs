//! Output columns: one schema for layers, areas, series, coverage and frames.
//!
//! A column is one constant in `schema.rs`: name, type, unit, range, meaning, rounding, and its value in each kind of
//! row. It also has the inverse by which a saved layer is read back. Products list these constants in `products.rs`.

mod products;
mod schema;

use std::borrow::Cow;

#[cfg(feature = "polars")]
pub(super) use products::in_frames;
pub(crate) use products::{
    AREA_COLUMNS, ASSESSMENT_COLUMNS, CHANGE_COLUMNS, any_score_columns, coverage_columns, output_columns,
    score_columns, series_columns,
};
pub(crate) use schema::*;

use super::{CellChange, CellScore, DatedScore, Level, LevelRule, SourceActivity, Trend};
use crate::code::ids;
use crate::incident::Day;

/// Value of a column in one row.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnValue<'a> {
    /// No value: unknown, or not applicable to this row.
    Null,
    /// True or false.
    Flag(bool),
    /// Whole number.
    Whole(i64),
    /// Number, rounded in everything but frames.
    Real(f64),
    /// Text.
    Text(Cow<'a, str>),
    /// Calendar day: a date in formats that have such a type, else ISO 8601.
    Date(Day),
}

ids! {
    /// Type of the values of a column, nulls aside.
    ValueKind {
        /// [`ColumnValue::Flag`].
        Flag "flag";
        /// [`ColumnValue::Whole`].
        Whole "whole";
        /// [`ColumnValue::Real`].
        Real "real";
        /// [`ColumnValue::Text`].
        Text "text";
        /// [`ColumnValue::Date`].
        Date "date";
    }
}

/// Value of a column in a row of type `R`: exact, not rounded yet.
type FromRow<R> = for<'a> fn(&'a R) -> ColumnValue<'a>;

/// Puts a value read from a saved layer, null or of the column's type, into its cell; `None` if the column cannot hold it.
pub(crate) type Restore = fn(&mut CellScore, &[LevelRule], &ColumnValue<'_>) -> Option<()>;

/// Schema of an output column.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ColumnSchema {
    /// Name in outputs.
    pub name: &'static str,
    /// Meaning, in one line.
    pub about: &'static str,
    /// Type of its values.
    pub kind: ValueKind,
    /// Unit of numbers; empty without one.
    pub unit: &'static str,
    /// Minimum and maximum of numbers: `f64::MIN` and `f64::MAX` if unbounded; absent for levels, whose scale is the method's.
    pub range: Option<(f64, f64)>,
    /// Rounding of numbers in everything but frames.
    rounding: Option<fn(f64) -> f64>,
    /// Name in tables of areas, where the plain name is that of a count.
    pub(crate) name_in_areas: Option<&'static str>,
    pub(crate) of_cell: Option<FromRow<CellScore>>,
    pub(crate) of_dated: Option<FromRow<DatedScore>>,
    pub(crate) of_trend: Option<FromRow<Trend>>,
    pub(crate) of_change: Option<FromRow<CellChange>>,
    pub(crate) of_reporting: Option<FromRow<SourceActivity>>,
    /// Inverse of `of_cell`; `None` for a column derived from others.
    pub(crate) restore: Option<Restore>,
}

impl ColumnSchema {
    pub(crate) const fn new(kind: ValueKind, name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            about,
            kind,
            unit: "",
            range: None,
            rounding: None,
            name_in_areas: None,
            of_cell: None,
            of_dated: None,
            of_trend: None,
            of_change: None,
            of_reporting: None,
            restore: None,
        }
    }

    pub(crate) const fn text(name: &'static str, about: &'static str) -> Self {
        Self::new(ValueKind::Text, name, about)
    }

    const fn date(name: &'static str, about: &'static str) -> Self {
        Self::new(ValueKind::Date, name, about)
    }

    const fn level(name: &'static str, unit: &'static str, about: &'static str) -> Self {
        Self { unit, ..Self::new(ValueKind::Whole, name, about) }
    }

    pub(crate) const fn whole(name: &'static str, unit: &'static str, range: (f64, f64), about: &'static str) -> Self {
        Self { unit, range: Some(range), ..Self::new(ValueKind::Whole, name, about) }
    }

    pub(crate) const fn real(
        name: &'static str,
        unit: &'static str,
        range: (f64, f64),
        rounding: fn(f64) -> f64,
        about: &'static str,
    ) -> Self {
        Self { rounding: Some(rounding), kind: ValueKind::Real, ..Self::whole(name, unit, range, about) }
    }

    /// The value as outputs have it: numbers rounded.
    pub(crate) fn rounded<'a>(&self, value: ColumnValue<'a>) -> ColumnValue<'a> {
        match (value, self.rounding) {
            (ColumnValue::Real(number), Some(round)) => ColumnValue::Real(round(number)),
            (value, _) => value,
        }
    }
}

pub(crate) fn text<'a>(text: impl Into<Cow<'a, str>>) -> ColumnValue<'a> {
    ColumnValue::Text(text.into())
}

/// The value, or null.
pub(crate) fn optional<T>(value: Option<T>, of: impl FnOnce(T) -> ColumnValue<'static>) -> ColumnValue<'static> {
    value.map_or(ColumnValue::Null, of)
}

pub(crate) fn count(number: u64) -> ColumnValue<'static> {
    ColumnValue::Whole(i64::try_from(number).unwrap_or(i64::MAX))
}

pub(crate) fn level_number(level: Level) -> ColumnValue<'static> {
    ColumnValue::Whole(level.number().into())
}

/// A number from 0 to `max`.
pub(crate) fn within(value: &ColumnValue<'_>, max: f64) -> Option<f64> {
    between(value, 0.0, max)
}

/// A number from `min` to `max`.
fn between(value: &ColumnValue<'_>, min: f64, max: f64) -> Option<f64> {
    let ColumnValue::Real(number) = *value else { return None };
    (min..=max).contains(&number).then_some(number)
}

/// The level of a scale with this number.
pub(crate) fn level_of(value: &ColumnValue<'_>, levels: &[LevelRule]) -> Option<Level> {
    let ColumnValue::Whole(number) = *value else { return None };
    Level::numbered(levels, u8::try_from(number).ok()?)
}
