//! Columns of a polars frame as plain slices of the one type that their values are looked up in.

use std::ops::Range;

use polars::prelude::arity::unary_elementwise_values;
use polars::prelude::{
    BinaryChunked, BooleanChunked, CategoricalPhysical, ChunkedArray, Column, DataType, Float64Type, Int8Type,
    Int32Type, Int64Type, PolarsDataType, PolarsNumericType, PolarsResult, StringChunked, StringType, TimeUnit,
    UInt32Type,
};

use polars_arrow::array::Array;

use super::record::Clock;
use super::{Field, Records};
use crate::incident::Day;

/// Records stored in columns.
pub(crate) trait Columnar: Records {
    /// Number of rows.
    fn height(&self) -> usize;

    /// Makes a row the current record.
    fn seek(&mut self, row: usize);

    /// A column, by index into [`Records::names`]; `None` where it was not asked for, which is as if all of it were null.
    fn values(&self, column: usize) -> Option<&Values>;
}

/// Values of a column. Nothing is copied where polars stores the same type.
#[derive(Debug)]
pub(crate) enum Values {
    Text(Strings),
    /// Categories by number.
    Category(Slice<UInt32Type>, Vec<Box<str>>),
    Number(Slice<Float64Type>),
    /// Whole numbers of a byte, as severities are; what is wider comes as [`Self::Integer`].
    Byte(Slice<Int8Type>),
    Integer(Slice<Int64Type>),
    Day(Slice<Int32Type>),
    /// Moments in UTC or on a local clock.
    Time(Clock, Slice<Int64Type>, TimeUnit),
    Binary(BinaryChunked),
    /// Booleans; no role of a report uses them.
    Flag(BooleanChunked),
    /// One text for every row.
    Constant(String),
    /// Structs and lists, as geometries may be stored.
    Nested(Box<dyn Array>),
    /// A type that no role can use, named for the message.
    Unusable(String),
}

/// Texts; a column of one chunk.
#[derive(Debug)]
pub(crate) struct Strings {
    texts: Option<<StringType as PolarsDataType>::Array>,
    is_full: bool,
    /// True if equal rows share their bytes, as those of a dictionary do: then the address identifies a text.
    are_shared: bool,
}

impl Strings {
    fn new(column: &StringChunked) -> Self {
        let texts = column.rechunk().downcast_iter().next().cloned();
        // Long texts that each have a place of their own come to at least a byte a row.
        let are_shared = texts.as_ref().is_some_and(|texts| texts.total_buffer_len() < texts.len());
        Self { texts, is_full: column.null_count() == 0, are_shared }
    }

    #[inline]
    fn get(&self, row: usize) -> Option<&str> {
        self.texts.as_ref().filter(|texts| row < texts.len())?.get(row)
    }

    /// Mixes texts into the hashes of some rows. It takes all of a short text, and of a long one the length, the
    /// beginning, and its place or its end.
    fn stir(&self, rows: Range<usize>, hashes: &mut [u64]) {
        let Some(texts) = &self.texts else { return };
        for ((row, view), hash) in rows.clone().zip(&texts.views()[rows]).zip(hashes) {
            let bits = view.as_u128();
            let end = if self.are_shared || view.is_inline() {
                (bits >> 64) as u64
            } else {
                texts.value(row).as_bytes().last_chunk().map_or(0, |end| u64::from_le_bytes(*end))
            };
            *hash = if self.is_full || texts.get(row).is_some() {
                stirred(stirred(*hash, bits as u64), end)
            } else {
                stirred(*hash, NOTHING)
            };
        }
    }

    /// Like [`Values::compare`]; a short text lies in its view.
    fn compare(&self, rows: Range<usize>, models: &[u32], are_same: &mut [bool]) {
        match &self.texts {
            Some(texts) if self.is_full => {
                let views = texts.views();
                note(rows, models, are_same, |one, other| {
                    let (view, model) = (&views[one], &views[other]);
                    let is_same_view = view.as_u128() == model.as_u128();
                    is_same_view || !view.is_inline() && texts.value(one) == texts.value(other)
                });
            }
            _ => note(rows, models, are_same, |one, other| self.get(one) == self.get(other)),
        }
    }
}

/// Numbers; a column of one chunk.
pub(crate) struct Slice<P: PolarsNumericType>(Option<<P as PolarsDataType>::Array>);

impl<P: PolarsNumericType> std::fmt::Debug for Slice<P> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

impl<P: PolarsNumericType> Slice<P> {
    fn new(column: &ChunkedArray<P>) -> Self {
        Self(column.rechunk().downcast_iter().next().cloned())
    }

    /// A column in a wider type.
    fn widened<Q: PolarsNumericType>(column: &ChunkedArray<Q>) -> Self
    where
        P::Native: From<Q::Native>,
    {
        Self::new(&unary_elementwise_values::<Q, P, _>(column, P::Native::from))
    }

    #[inline]
    fn get(&self, row: usize) -> Option<P::Native> {
        let numbers = self.0.as_ref()?;
        let number = *numbers.values().get(row)?;
        numbers.validity().is_none_or(|present| present.get_bit(row)).then_some(number)
    }

    /// Like [`Values::compare`]; null equals null.
    fn compare(&self, rows: Range<usize>, models: &[u32], are_same: &mut [bool])
    where
        P::Native: PartialEq,
    {
        match &self.0 {
            Some(numbers) if numbers.validity().is_none() => {
                let numbers = numbers.values();
                note(rows, models, are_same, |one, other| numbers[one] == numbers[other]);
            }
            _ => note(rows, models, are_same, |one, other| self.get(one) == self.get(other)),
        }
    }

    /// Stirs numbers into the hashes of some rows.
    #[inline]
    fn stir(&self, rows: Range<usize>, hashes: &mut [u64], bits: impl Fn(P::Native) -> u64) {
        let Some(numbers) = &self.0 else { return };
        let slice = &numbers.values()[rows.clone()];
        for ((&number, row), hash) in slice.iter().zip(rows).zip(hashes) {
            let is_there = numbers.validity().is_none_or(|present| present.get_bit(row));
            *hash = stirred(*hash, if is_there { bits(number) } else { NOTHING });
        }
    }

    /// Appends `of(value)` for every row of a range, `none` for null.
    #[inline]
    fn extend<U: Copy>(&self, rows: Range<usize>, out: &mut Vec<U>, none: U, of: impl Fn(P::Native) -> U) {
        let Some(numbers) = &self.0 else { return };
        let slice = &numbers.values()[rows.clone()];
        match numbers.validity() {
            None => out.extend(slice.iter().map(|&number| of(number))),
            Some(present) => {
                let there = |(&number, row): (_, usize)| if present.get_bit(row) { of(number) } else { none };
                out.extend(slice.iter().zip(rows).map(there));
            }
        }
    }
}

impl Values {
    /// Marks a missing time; no count of days or seconds goes so far.
    pub(crate) const NO_TIME: i64 = i64::MIN;

    pub(crate) fn new(column: &Column) -> PolarsResult<Self> {
        let cast = |dtype: DataType| column.cast(&dtype).map(|column| column.rechunk());
        // What polars would cast, in a loop that is compiled with ours: its own are left unoptimised, see Cargo.toml.
        Ok(match column.dtype() {
            DataType::String => Self::Text(Strings::new(column.str()?)),
            DataType::Date => Self::Day(Slice::new(column.date()?.physical())),
            DataType::Datetime(unit, zone) => {
                let clock = if zone.is_some() { Clock::Utc } else { Clock::Local };
                Self::Time(clock, Slice::new(column.datetime()?.physical()), *unit)
            }
            DataType::Categorical(_, mapping) | DataType::Enum(_, mapping) => {
                let codes = match column.dtype().cat_physical()? {
                    CategoricalPhysical::U8 => Slice::widened(column.cat8()?.physical()),
                    CategoricalPhysical::U16 => Slice::widened(column.cat16()?.physical()),
                    CategoricalPhysical::U32 => Slice::new(column.cat32()?.physical()),
                };
                let texts = (0..mapping.num_cats_upper_bound() as u32).map(|code| mapping.cat_to_str(code));
                Self::Category(codes, texts.map(|text| text.unwrap_or_default().into()).collect())
            }
            DataType::Binary => Self::Binary(column.rechunk().binary()?.clone()),
            DataType::Boolean => Self::Flag(column.rechunk().bool()?.clone()),
            DataType::Float64 => Self::Number(Slice::new(column.f64()?)),
            DataType::Float32 => Self::Number(Slice::widened(column.f32()?)),
            // Integers stay whole, so that an id keeps all of its digits.
            DataType::Int64 => Self::Integer(Slice::new(column.i64()?)),
            DataType::Int32 => Self::Integer(Slice::widened(column.i32()?)),
            DataType::Int16 => Self::Integer(Slice::widened(column.i16()?)),
            DataType::Int8 => Self::Byte(Slice::new(column.i8()?)),
            DataType::UInt32 => Self::Integer(Slice::widened(column.u32()?)),
            DataType::UInt16 => Self::Integer(Slice::widened(column.u16()?)),
            DataType::UInt8 => Self::Integer(Slice::widened(column.u8()?)),
            dtype if dtype.is_integer() => match column.strict_cast(&DataType::Int64) {
                Ok(whole) => Self::Integer(Slice::new(whole.i64()?)),
                Err(_too_large) => Self::Number(Slice::new(cast(DataType::Float64)?.f64()?)),
            },
            dtype if dtype.is_primitive_numeric() => Self::Number(Slice::new(cast(DataType::Float64)?.f64()?)),
            DataType::Decimal(..) => Self::Number(Slice::new(cast(DataType::Float64)?.f64()?)),
            DataType::List(_) | DataType::Struct(_) => {
                let whole = column.as_materialized_series().rechunk();
                whole
                    .chunks()
                    .first()
                    .map_or_else(|| Self::unusable(column.dtype()), |array| Self::Nested(array.clone()))
            }
            dtype => Self::unusable(dtype),
        })
    }

    pub(crate) fn unusable(kind: impl std::fmt::Display) -> Self {
        Self::Unusable(format!("a value of type {kind}"))
    }

    #[inline]
    pub(crate) fn field(&self, row: usize) -> Field<'_> {
        let field = match self {
            Self::Text(values) => values.get(row).map(Field::Text),
            Self::Category(codes, texts) => {
                codes.get(row).map(|code| Field::Text(texts.get(code as usize).map_or("", |text| text)))
            }
            Self::Number(values) => values.get(row).map(Field::Number),
            Self::Byte(values) => values.get(row).map(|number| Field::Integer(number.into())),
            Self::Integer(values) => values.get(row).map(Field::Integer),
            Self::Day(values) => values.get(row).map(|day| Field::Day(Day(day))),
            Self::Time(clock, values, unit) => values.get(row).map(|ticks| match clock {
                Clock::Utc => Field::Instant(seconds(ticks, *unit)),
                _ => Field::Local(seconds(ticks, *unit)),
            }),
            Self::Binary(values) => values.get(row).map(|_| Field::Other("bytes")),
            Self::Flag(values) => values.get(row).map(|flag| Field::Other(if flag { "true" } else { "false" })),
            Self::Constant(text) => Some(Field::Text(text)),
            Self::Nested(values) => (!values.is_null(row)).then_some(Field::Other("a value of several parts")),
            Self::Unusable(kind) => Some(Field::Other(kind)),
        };
        field.unwrap_or(Field::Null)
    }

    /// Bytes of a row.
    pub(crate) fn bytes(&self, row: usize) -> Option<&[u8]> {
        if let Self::Binary(values) = self { values.get(row) } else { None }
    }

    /// The values of a column of structs or lists.
    pub(crate) fn nested(&self) -> Option<&dyn Array> {
        if let Self::Nested(values) = self { Some(&**values) } else { None }
    }

    pub(crate) fn are_numbers(&self) -> bool {
        matches!(self, Self::Number(_) | Self::Byte(_) | Self::Integer(_))
    }

    /// Zero point and zone of its times; `None` for a column of another type.
    pub(crate) fn clock(&self) -> Option<Clock> {
        match self {
            Self::Day(_) => Some(Clock::Calendar),
            Self::Time(clock, ..) => Some(*clock),
            _ => None,
        }
    }

    /// The numbers of some rows, NaN where there is none.
    pub(crate) fn numbers(&self, rows: Range<usize>, out: &mut Vec<f64>) {
        match self {
            Self::Number(values) => values.extend(rows, out, f64::NAN, |number| number),
            Self::Byte(values) => values.extend(rows, out, f64::NAN, f64::from),
            Self::Integer(values) => values.extend(rows, out, f64::NAN, |number| number as f64),
            _ => {}
        }
    }

    /// The last of the whole numbers of some rows, if each is larger than the one ahead of it, the first than `before`.
    pub(crate) fn rises(&self, rows: Range<usize>, before: Option<i64>) -> Option<i64> {
        let Self::Integer(Slice(Some(values))) = self else { return None };
        if values.validity().is_some_and(|present| rows.clone().any(|row| !present.get_bit(row))) {
            return None;
        }
        let ids = &values.values()[rows];
        let (first, last) = (ids.first()?, ids.last()?);
        (ids.is_sorted_by(|one, next| one < next) && before.is_none_or(|before| before < *first)).then_some(*last)
    }

    /// Days or seconds of some rows, [`Self::NO_TIME`] where there is none.
    pub(crate) fn times(&self, rows: Range<usize>, out: &mut Vec<i64>) {
        use TimeUnit::{Microseconds, Milliseconds, Nanoseconds};
        const NONE: i64 = Values::NO_TIME;
        out.clear();
        match self {
            Self::Day(values) => values.extend(rows, out, NONE, i64::from),
            // The compiler replaces a division by a constant.
            Self::Time(_, values, Nanoseconds) => values.extend(rows, out, NONE, |ticks| seconds(ticks, Nanoseconds)),
            Self::Time(_, values, Microseconds) => values.extend(rows, out, NONE, |ticks| seconds(ticks, Microseconds)),
            Self::Time(_, values, Milliseconds) => values.extend(rows, out, NONE, |ticks| seconds(ticks, Milliseconds)),
            _ => {}
        }
    }

    /// Mixes the values of a range of rows into their hashes.
    pub(crate) fn stir(&self, rows: Range<usize>, hashes: &mut [u64]) {
        match self {
            Self::Text(texts) => texts.stir(rows, hashes),
            Self::Category(codes, _) => codes.stir(rows, hashes, u64::from),
            Self::Number(values) => values.stir(rows, hashes, f64::to_bits),
            Self::Byte(values) => values.stir(rows, hashes, |number| number as u64),
            Self::Integer(values) | Self::Time(_, values, _) => values.stir(rows, hashes, |number| number as u64),
            Self::Day(values) => values.stir(rows, hashes, |day| day as u64),
            Self::Binary(_) | Self::Flag(_) | Self::Constant(_) | Self::Nested(_) | Self::Unusable(_) => {}
        }
    }

    /// Clears `are_same` for the rows whose value differs from that of their row in `models`.
    pub(crate) fn compare(&self, rows: Range<usize>, models: &[u32], are_same: &mut [bool]) {
        match self {
            Self::Text(texts) => texts.compare(rows, models, are_same),
            Self::Category(codes, _) => codes.compare(rows, models, are_same),
            Self::Number(values) => values.compare(rows, models, are_same),
            Self::Byte(values) => values.compare(rows, models, are_same),
            Self::Integer(values) | Self::Time(_, values, _) => values.compare(rows, models, are_same),
            Self::Day(values) => values.compare(rows, models, are_same),
            Self::Binary(values) => note(rows, models, are_same, |one, other| values.get(one) == values.get(other)),
            Self::Flag(values) => note(rows, models, are_same, |one, other| values.get(one) == values.get(other)),
            Self::Constant(_) | Self::Nested(_) | Self::Unusable(_) => {}
        }
    }
}

#[inline]
fn note(rows: Range<usize>, models: &[u32], are_same: &mut [bool], is_same: impl Fn(usize, usize) -> bool) {
    for ((row, &model), noted) in rows.zip(models).zip(are_same) {
        *noted &= is_same(row, model as usize);
    }
}

/// Bits that stand for null in a hash.
const NOTHING: u64 = 0x6e6f_7468_696e_6721;

#[inline]
fn stirred(hash: u64, bits: u64) -> u64 {
    (hash.rotate_left(5) ^ bits).wrapping_mul(0x517c_c1b7_2722_0a95)
}

/// The second that a moment falls in.
#[inline]
fn seconds(ticks: i64, unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Nanoseconds => ticks.div_euclid(1_000_000_000),
        TimeUnit::Microseconds => ticks.div_euclid(1_000_000),
        TimeUnit::Milliseconds => ticks.div_euclid(1_000),
    }
}
