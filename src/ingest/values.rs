//! Columns of a polars frame as plain slices of the one type that their values are looked up in.

use std::ops::Range;

use polars::prelude::arity::unary_elementwise_values;
use polars::prelude::{
    BinaryChunked, CategoricalPhysical, ChunkedArray, Column, DataType, Float64Type, Int32Type, Int64Type,
    PolarsDataType, PolarsNumericType, PolarsResult, StringChunked, StringType, TimeUnit, UInt32Type,
};

use super::Field;
use super::time::Clock;
use crate::incident::Day;

/// A column. Where polars holds the very type, nothing is copied.
#[derive(Debug)]
pub(super) enum Values {
    Text(Strings),
    /// Categories by number.
    Category(Slice<UInt32Type>, Vec<Box<str>>),
    Number(Slice<Float64Type>),
    Integer(Slice<Int64Type>),
    Day(Slice<Int32Type>),
    /// Moments in UTC or on a local clock.
    Time(Clock, Slice<Int64Type>, TimeUnit),
    Binary(BinaryChunked),
    /// The same text in every row.
    Constant(String),
    /// Of a type that no role has a use for, which is what its values say of themselves.
    Unusable(String),
}

/// Texts; a column of one chunk.
#[derive(Debug)]
pub(super) struct Strings {
    texts: Option<<StringType as PolarsDataType>::Array>,
    is_full: bool,
}

impl Strings {
    fn new(column: &StringChunked) -> Self {
        Self { texts: column.rechunk().downcast_iter().next().cloned(), is_full: column.null_count() == 0 }
    }

    #[inline]
    fn get(&self, row: usize) -> Option<&str> {
        self.texts.as_ref().filter(|texts| row < texts.len())?.get(row)
    }

    /// Calls `each` with 64 bits of every text of some rows, and whether it is there: nearly all of a short one, the length,
    /// the beginning and the end of a long one.
    #[inline]
    fn each(&self, rows: Range<usize>, mut each: impl FnMut(u64, bool)) {
        let Some(texts) = &self.texts else { return };
        for (row, view) in rows.clone().zip(&texts.views()[rows]) {
            let bits = view.as_u128();
            let end = if view.is_inline() {
                (bits >> 64) as u64
            } else {
                texts.value(row).as_bytes().last_chunk().map_or(0, |end| u64::from_le_bytes(*end))
            };
            each(stirred(bits as u64, end), self.is_full || texts.get(row).is_some());
        }
    }

    /// Whether two rows have the same text. A short one is all in its view.
    #[inline]
    fn is_same(&self, one: usize, other: usize) -> bool {
        match &self.texts {
            Some(texts) if self.is_full => {
                let views = texts.views();
                let is_same_view = views[one].as_u128() == views[other].as_u128();
                is_same_view || !views[one].is_inline() && texts.value(one) == texts.value(other)
            }
            _ => self.get(one) == self.get(other),
        }
    }
}

/// Numbers; a column of one chunk.
pub(super) struct Slice<P: PolarsNumericType>(Option<<P as PolarsDataType>::Array>);

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

    /// Calls `each` with every value of some rows, and whether it is there.
    #[inline]
    fn each(&self, rows: Range<usize>, mut each: impl FnMut(P::Native, bool)) {
        let Some(numbers) = &self.0 else { return };
        let slice = &numbers.values()[rows.clone()];
        match numbers.validity().filter(|present| present.unset_bits() > 0) {
            None => slice.iter().for_each(|&number| each(number, true)),
            Some(present) => {
                slice.iter().zip(rows).for_each(|(&number, row)| each(number, present.get_bit(row)));
            }
        }
    }
}

impl Values {
    /// Stands for no time at all; no count of days or whole seconds goes so far.
    pub(super) const NO_TIME: i64 = i64::MIN;

    pub(super) fn new(column: &Column) -> PolarsResult<Self> {
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
            DataType::Float64 => Self::Number(Slice::new(column.f64()?)),
            DataType::Float32 => Self::Number(Slice::widened(column.f32()?)),
            // Integers stay whole, so that an id keeps all of its digits.
            DataType::Int64 => Self::Integer(Slice::new(column.i64()?)),
            DataType::Int32 => Self::Integer(Slice::widened(column.i32()?)),
            DataType::Int16 => Self::Integer(Slice::widened(column.i16()?)),
            DataType::Int8 => Self::Integer(Slice::widened(column.i8()?)),
            DataType::UInt32 => Self::Integer(Slice::widened(column.u32()?)),
            DataType::UInt16 => Self::Integer(Slice::widened(column.u16()?)),
            DataType::UInt8 => Self::Integer(Slice::widened(column.u8()?)),
            dtype if dtype.is_integer() => match column.strict_cast(&DataType::Int64) {
                Ok(whole) => Self::Integer(Slice::new(whole.i64()?)),
                Err(_too_large) => Self::Number(Slice::new(cast(DataType::Float64)?.f64()?)),
            },
            dtype if dtype.is_primitive_numeric() => Self::Number(Slice::new(cast(DataType::Float64)?.f64()?)),
            dtype => Self::unusable(dtype),
        })
    }

    pub(super) fn unusable(kind: impl std::fmt::Debug) -> Self {
        Self::Unusable(format!("a value of type {kind:?}"))
    }

    #[inline]
    pub(super) fn field(&self, row: usize) -> Field<'_> {
        let field = match self {
            Self::Text(values) => values.get(row).map(Field::Text),
            Self::Category(codes, texts) => {
                codes.get(row).map(|code| Field::Text(texts.get(code as usize).map_or("", |text| text)))
            }
            Self::Number(values) => values.get(row).map(Field::Number),
            Self::Integer(values) => values.get(row).map(Field::Integer),
            Self::Day(values) => values.get(row).map(|day| Field::Day(Day(day))),
            Self::Time(clock, values, unit) => values.get(row).map(|ticks| match clock {
                Clock::Utc => Field::Instant(seconds(ticks, *unit)),
                _ => Field::Local(seconds(ticks, *unit)),
            }),
            Self::Binary(values) => values.get(row).map(|_| Field::Other("bytes")),
            Self::Constant(text) => Some(Field::Text(text)),
            Self::Unusable(kind) => Some(Field::Other(kind)),
        };
        field.unwrap_or(Field::Null)
    }

    /// Bytes of a row.
    pub(super) fn bytes(&self, row: usize) -> Option<&[u8]> {
        if let Self::Binary(values) = self { values.get(row) } else { None }
    }

    /// The numbers of some rows, NaN where there is none; false when this is no column of numbers.
    pub(super) fn numbers(&self, rows: Range<usize>, out: &mut Vec<f64>) -> bool {
        out.clear();
        let there = |number: f64, is_there: bool| if is_there { number } else { f64::NAN };
        match self {
            Self::Number(values) => values.each(rows, |number, is_there| out.push(there(number, is_there))),
            Self::Integer(values) => values.each(rows, |number, is_there| out.push(there(number as f64, is_there))),
            _ => return false,
        }
        true
    }

    /// The last of the whole numbers of some rows, if they rise one by one from above `before` on.
    pub(super) fn rises(&self, rows: Range<usize>, before: Option<i64>) -> Option<i64> {
        let Self::Integer(values) = self else { return None };
        let mut last = before;
        let mut rises = true;
        values.each(rows, |number, is_there| {
            rises &= is_there && last.is_none_or(|last| last < number);
            last = Some(number);
        });
        last.filter(|_| rises)
    }

    /// Days or seconds of some rows, [`Self::NO_TIME`] where there is none, and by which clock they are told; `None` when this is no
    /// column of dates.
    pub(super) fn times(&self, rows: Range<usize>, out: &mut Vec<i64>) -> Option<Clock> {
        out.clear();
        let there = |time: i64, is_there: bool| if is_there { time } else { Self::NO_TIME };
        match self {
            Self::Day(values) => {
                values.each(rows, |day, is_there| out.push(there(i64::from(day), is_there)));
                Some(Clock::Calendar)
            }
            Self::Time(clock, values, unit) => {
                // A division by a number that the compiler knows is none.
                match unit {
                    TimeUnit::Nanoseconds => values.each(rows, |ticks, is_there| {
                        out.push(there(seconds(ticks, TimeUnit::Nanoseconds), is_there));
                    }),
                    TimeUnit::Microseconds => values.each(rows, |ticks, is_there| {
                        out.push(there(seconds(ticks, TimeUnit::Microseconds), is_there));
                    }),
                    TimeUnit::Milliseconds => values.each(rows, |ticks, is_there| {
                        out.push(there(seconds(ticks, TimeUnit::Milliseconds), is_there));
                    }),
                }
                Some(*clock)
            }
            _ => None,
        }
    }

    /// Stirs the values of some rows into their hashes; the same values come to the same.
    pub(super) fn stir(&self, rows: Range<usize>, hashes: &mut [u64]) {
        let mut hashes = hashes.iter_mut();
        let mut next = |bits: u64, is_there: bool| {
            if let Some(hash) = hashes.next() {
                *hash = stirred(*hash, if is_there { bits } else { 0x6e75_6c6c });
            }
        };
        match self {
            Self::Text(texts) => texts.each(rows, next),
            Self::Category(codes, _) => codes.each(rows, |code, is_there| next(u64::from(code), is_there)),
            Self::Number(values) => values.each(rows, |number, is_there| next(number.to_bits(), is_there)),
            Self::Integer(values) => values.each(rows, |number, is_there| next(number as u64, is_there)),
            Self::Day(values) => values.each(rows, |day, is_there| next(day as u64, is_there)),
            Self::Time(_, values, _) => values.each(rows, |ticks, is_there| next(ticks as u64, is_there)),
            Self::Binary(_) | Self::Constant(_) | Self::Unusable(_) => {}
        }
    }

    /// Whether two rows surely have the same value.
    #[inline]
    pub(super) fn is_same(&self, one: usize, other: usize) -> bool {
        match self {
            Self::Text(texts) => texts.is_same(one, other),
            Self::Category(codes, _) => codes.get(one) == codes.get(other),
            Self::Number(values) => values.get(one).map(f64::to_bits) == values.get(other).map(f64::to_bits),
            Self::Integer(values) => values.get(one) == values.get(other),
            Self::Day(values) => values.get(one) == values.get(other),
            Self::Time(_, values, _) => values.get(one) == values.get(other),
            Self::Binary(values) => values.get(one) == values.get(other),
            Self::Constant(_) | Self::Unusable(_) => true,
        }
    }
}

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
