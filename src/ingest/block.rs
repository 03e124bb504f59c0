//! Rows of a table, a block at a time: columns are brought into a few plain forms, a row whose values are all of the usual kind
//! is taken by what these show at a glance, and every other one is taken as a record of any format is. So there is one place
//! that decides what a record means, [`Intake::place`]; here it is only told which rows need no deciding.

use std::ops::Range;

use super::columns::PositionColumns;
use super::crs::Crs;
use super::dedupe::Dedupe;
use super::time::{Clock, Glance};
use super::values::Values;
use super::{Fault, Field, IngestError, Intake, Records};

/// Records whose values lie in columns.
pub(super) trait Columnar: Records {
    /// How many rows there are.
    fn height(&self) -> usize;

    /// Makes a row the current record.
    fn seek(&mut self, row: usize);

    /// A column, by index into [`Records::names`]; `None` where it was not asked for, which is as if all of it were null.
    fn values(&self, column: usize) -> Option<&Values>;
}

/// Rows of a block; its columns fit the processor's cache.
const ROWS: usize = 1 << 10;

/// Columns that are looked at in a block, which are those of a usual file.
#[derive(Debug)]
struct Usual {
    position: PositionColumns,
    date: usize,
    reported_at: Option<usize>,
    id: Option<usize>,
    /// What a report's class and precision follow from.
    stated: Vec<usize>,
}

/// The columns of a block in plain forms.
#[derive(Debug, Default)]
struct Block {
    start: usize,
    x: Vec<f64>,
    y: Vec<f64>,
    dates: Vec<i64>,
    reported: Vec<i64>,
    hashes: Vec<u64>,
    date_clock: Option<Clock>,
    reported_clock: Option<Clock>,
}

/// A row that needs no deciding.
struct Plain {
    lat: f64,
    lng: f64,
    date: Glance,
    reported: Option<Glance>,
    stated: Stated,
}

/// What became of the values of a report that are neither place, time nor id.
#[derive(Clone, Copy, Debug)]
struct Stated {
    hash: u64,
    /// A row that has these values.
    row: usize,
    label: u32,
    class: u32,
    precision: u8,
}

/// Values met so far in a table, each at the place that its hash says; what comes to the same place takes it.
struct Met(Vec<Option<Stated>>);

impl Met {
    const BITS: u32 = 12;

    fn new() -> Self {
        Self(vec![None; 1 << Self::BITS])
    }

    #[inline]
    fn place(&mut self, hash: u64) -> &mut Option<Stated> {
        &mut self.0[(hash >> (u64::BITS - Self::BITS)) as usize]
    }
}

impl Usual {
    fn new<T: Columnar>(intake: &Intake<'_>, table: &T) -> Option<Self> {
        let roles = &intake.roles;
        let is_numbers = |column: usize| matches!(table.values(column), Some(Values::Number(_) | Values::Integer(_)));
        let is_placed = match intake.columns.position {
            PositionColumns::Degrees(x, y) => is_numbers(x) && is_numbers(y),
            PositionColumns::Geometry(_) => true,
            _ => false,
        };
        let is_times = |column: usize| matches!(table.values(column), Some(Values::Day(_) | Values::Time(..)));
        let there = |column: Option<usize>| column.filter(|&column| table.values(column).is_some());
        let date = roles.date.filter(|&column| is_times(column) && there(roles.start).is_none())?;
        let reported_at = there(roles.reported_at);
        let is_usual =
            is_placed && intake.positions.crs() == Crs::Wgs84 && reported_at.is_none_or(is_times);
        let stated = [roles.category, roles.strand, roles.severity, roles.grade, roles.source, roles.precision];
        is_usual.then(|| Self {
            position: intake.columns.position,
            date,
            reported_at,
            id: roles.id.filter(|_| intake.reading.dedupe != Dedupe::Off),
            stated: stated.into_iter().filter_map(there).collect(),
        })
    }
}

impl Block {
    fn load<T: Columnar>(&mut self, usual: &Usual, table: &mut T, rows: Range<usize>) {
        self.start = rows.start;
        self.x.clear();
        self.y.clear();
        match usual.position {
            PositionColumns::Degrees(x, y) => {
                numbers(table, x, rows.clone(), &mut self.x);
                numbers(table, y, rows.clone(), &mut self.y);
            }
            _ => rows.clone().for_each(|row| {
                table.seek(row);
                let (x, y) = match table.geometry() {
                    Field::Point(x, y) => (x, y),
                    _ => (f64::NAN, f64::NAN),
                };
                self.x.push(x);
                self.y.push(y);
            }),
        }
        let table = &*table;
        self.date_clock = times(table, Some(usual.date), rows.clone(), &mut self.dates);
        self.reported_clock = times(table, usual.reported_at, rows.clone(), &mut self.reported);
        self.hashes.clear();
        self.hashes.resize(rows.len(), 0);
        for &column in &usual.stated {
            if let Some(values) = table.values(column) {
                values.stir(rows.clone(), &mut self.hashes);
            }
        }
    }
}

fn numbers(table: &impl Columnar, column: usize, rows: Range<usize>, out: &mut Vec<f64>) {
    if let Some(values) = table.values(column) {
        values.numbers(rows, out);
    }
}

fn times(table: &impl Columnar, column: Option<usize>, rows: Range<usize>, out: &mut Vec<i64>) -> Option<Clock> {
    table.values(column?)?.times(rows, out)
}

impl Intake<'_> {
    /// Takes every row of a table; comes to the same as [`Self::take_all`].
    pub(super) fn take_blocks<T: Columnar>(&mut self, table: &mut T) -> Result<(), IngestError> {
        let Some(usual) = Usual::new(self, table) else { return self.take_all(table) };
        let (mut block, mut met) = (Block::default(), Met::new());
        let height = table.height();
        for start in (0..height).step_by(ROWS) {
            let rows = start..height.min(start + ROWS);
            block.load(&usual, table, rows.clone());
            let ids = usual.id.and_then(|column| table.values(column));
            let is_checked = match ids {
                None => true,
                Some(ids) => self.seen.pass(|before| ids.rises(rows.clone(), before)),
            };
            for row in rows {
                table.seek(row);
                let taken = if is_checked { Ok(()) } else { self.check_repeat(table) };
                let taken = taken.and_then(|()| match self.glance(&usual, &block, &mut met, table, row) {
                    Some(plain) => {
                        self.add(&plain);
                        Ok(())
                    }
                    None => self.decide(&block, &mut met, table, row),
                });
                self.settle(table, taken)?;
            }
        }
        Ok(())
    }

    /// What a row shows at a glance, if nothing about it is unusual. Changes nothing that counts.
    #[inline]
    fn glance<T: Columnar>(
        &mut self,
        usual: &Usual,
        block: &Block,
        met: &mut Met,
        table: &T,
        row: usize,
    ) -> Option<Plain> {
        let at = row - block.start;
        let (lat, lng) = (block.y[at], block.x[at]);
        if !self.positions.is_plain(lat, lng) {
            return None;
        }
        let date = self.dates.glance(block.date_clock?, block.dates[at])?;
        let reported = match block.reported_clock {
            Some(clock) if block.reported[at] != Values::NO_TIME => Some(self.dates.glance(clock, block.reported[at])?),
            _ => None,
        };
        let hash = block.hashes[at];
        let stated = met.place(hash).filter(|stated| stated.hash == hash)?;
        let is_same = |&column: &usize| table.values(column).is_some_and(|values| values.is_same(row, stated.row));
        usual.stated.iter().all(is_same).then_some(Plain { lat, lng, date, reported, stated })
    }

    #[inline]
    fn add(&mut self, plain: &Plain) {
        self.dates.count(plain.date);
        if let Some(reported) = plain.reported {
            self.dates.count(reported);
        }
        self.labels.count(plain.stated.label);
        if self.roles.precision.is_some() {
            self.batch.precision.push(plain.stated.precision);
        }
        let known = plain.reported.map_or(plain.date.day + 1, |reported| reported.day);
        self.batch.push(plain.lat, plain.lng, plain.date.when(), known, plain.stated.class);
    }

    /// Takes a row as any other record, and learns what its values come to.
    #[cold]
    fn decide<T: Columnar>(&mut self, block: &Block, met: &mut Met, table: &T, row: usize) -> Result<(), Box<Fault>> {
        self.place(table)?;
        let category = self.roles.category.map_or(Field::Null, |column| table.field(column));
        let label = self.labels.number(category, self.reading, &self.columns);
        let hash = block.hashes[row - block.start];
        let last = self.batch.class.last().copied();
        let precision = self.batch.precision.last().copied().unwrap_or_default();
        *met.place(hash) = last.map(|class| Stated { hash, row, label, class, precision });
        Ok(())
    }
}
