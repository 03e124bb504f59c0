//! Rows of a table, a block at a time. A scan of the columns finds the plain rows, whose values are all of the usual
//! kind. Every other row is taken like a record of any format. So one function decides what a record means,
//! [`Intake::accept_record`]. This file only finds the rows that need no decision.

use std::ops::Range;

use super::Dedupe;
use super::batch::Batch;
use super::outlying::is_stand_in;
use super::position::PositionColumns;
use super::time::QuickDay;
use super::versions::FileMonths;
use super::{IngestError, Intake, Role};
use crate::format::parquet::ParquetRecords;
use crate::format::values::{Columnar, Values};
use crate::format::{Crs, Field};

/// Rows of a block, which fits the processor's cache; few under tests and fuzzers, which have few rows.
const ROWS: usize = if cfg!(any(test, fuzzing)) { 1 << 3 } else { 1 << 9 };

/// Columns of a table that are scanned.
#[derive(Debug)]
struct ScanPlan {
    position: PositionColumns,
    date: usize,
    reported_at: Option<usize>,
    id: Option<usize>,
    /// Columns that a report's class and precision follow from.
    stated: Vec<usize>,
}

/// Results of the scan of a block.
#[derive(Debug, Default)]
struct RowBlock {
    rows: Range<usize>,
    /// True for a plain row.
    is_plain: Vec<bool>,
    x: Vec<f64>,
    y: Vec<f64>,
    times: Vec<i64>,
    dates: Vec<Option<QuickDay>>,
    /// Empty without such a column; `None` also where nothing is stated.
    reported: Vec<Option<QuickDay>>,
    hashes: Vec<u64>,
    stated: Vec<Stated>,
    /// Rows that state the same.
    models: Vec<u32>,
}

/// Class and precision of a report, with the hash of the values they follow from.
#[derive(Clone, Copy, Debug, Default)]
struct Stated {
    hash: u64,
    /// A row with these values, counted from 1; 0 where there is none.
    model: u32,
    label: u32,
    class: u32,
    precision: u8,
}

/// Cache of [`Stated`] by hash; a new entry replaces the one in its place.
#[derive(Debug)]
struct StatedCache(Vec<Stated>);

impl StatedCache {
    const BITS: u32 = 12;

    fn new() -> Self {
        Self(vec![Stated::default(); 1 << Self::BITS])
    }

    #[inline]
    fn at(&mut self, hash: u64) -> &mut Stated {
        &mut self.0[(hash >> (u64::BITS - Self::BITS)) as usize]
    }
}

impl ScanPlan {
    fn new<T: Columnar>(intake: &Intake<'_>, table: &T) -> Option<Self> {
        let (columns, position) = (&intake.columns, intake.columns.position);
        let is_numbers = |column: usize| table.values(column).is_some_and(Values::are_numbers);
        let is_placed = match position {
            PositionColumns::Degrees(x, y) => is_numbers(x) && is_numbers(y),
            PositionColumns::Geometry(_) => true,
            _ => false,
        };
        let is_times = |column: usize| table.values(column).is_some_and(|values| values.clock().is_some());
        let there = |role: Role| columns.index(role).filter(|&column| table.values(column).is_some());
        let date = columns.index(Role::Date).filter(|&column| is_times(column))?;
        let reported_at = there(Role::ReportedAt);
        let is_plain = intake.precisions.as_ref().is_none_or(|precisions| precisions.is_only_code(columns));
        let is_usual = is_placed
            && is_plain
            && intake.positions.crs() == Crs::Wgs84
            && there(Role::Start).is_none()
            && !columns.is_date_joined
            && reported_at.is_none_or(is_times);
        let stated = [Role::Category, Role::Strand, Role::Severity, Role::Grade, Role::Source, Role::Precision];
        is_usual.then(|| Self {
            position,
            date,
            reported_at,
            id: columns.index(Role::Id).filter(|_| intake.options.dedupe != Dedupe::Off),
            stated: stated.into_iter().filter_map(there).collect(),
        })
    }
}

/// Takes the rows of every row group.
pub(super) fn take_groups(intake: &mut Intake<'_>, file: &mut ParquetRecords) -> Result<(), IngestError> {
    while file.next_group()? {
        intake.take_blocks(file)?;
    }
    Ok(())
}

impl Intake<'_> {
    /// Takes every row of a table, with the same result as [`Self::take_all`].
    pub(super) fn take_blocks<T: Columnar>(&mut self, table: &mut T) -> Result<(), IngestError> {
        let is_copy = self.months.as_ref().is_some_and(FileMonths::is_copy);
        let Some(usual) = ScanPlan::new(self, table).filter(|_| !is_copy) else { return self.take_all(table) };
        let (mut block, mut met) = (RowBlock::default(), StatedCache::new());
        for start in (0..table.height()).step_by(ROWS) {
            block.rows = start..table.height().min(start + ROWS);
            self.scan(&usual, &mut met, table, &mut block);
            self.take_block(&usual, &block, &mut met, table)?;
        }
        Ok(())
    }

    /// Scans the columns of a block. No count changes.
    fn scan<T: Columnar>(&mut self, usual: &ScanPlan, met: &mut StatedCache, table: &mut T, block: &mut RowBlock) {
        block.is_plain.clear();
        block.is_plain.resize(block.rows.len(), true);
        block.places(usual.position, table);
        self.positions.are_plain(&block.x, &block.y, &mut block.is_plain);
        let mut times = |column: usize, times: &mut Vec<i64>, days: &mut Vec<Option<QuickDay>>| {
            if let Some((values, clock)) = table.values(column).and_then(|values| Some((values, values.clock()?))) {
                values.times(block.rows.clone(), times);
                self.dates.glances(clock, times, days);
            }
        };
        times(usual.date, &mut block.times, &mut block.dates);
        for (is_plain, date) in block.is_plain.iter_mut().zip(&block.dates) {
            *is_plain &= date.is_some_and(|date| !is_stand_in(date.day));
        }
        if let Some(column) = usual.reported_at {
            times(column, &mut block.times, &mut block.reported);
            for ((is_plain, date), &time) in block.is_plain.iter_mut().zip(&block.reported).zip(&block.times) {
                *is_plain &= date.is_some() || time == Values::NO_TIME;
            }
        }
        block.recall(&usual.stated, met, table);
    }

    fn take_block<T: Columnar>(
        &mut self,
        usual: &ScanPlan,
        block: &RowBlock,
        met: &mut StatedCache,
        table: &mut T,
    ) -> Result<(), IngestError> {
        let ids = usual.id.and_then(|column| table.values(column));
        let are_new = ids.is_none_or(|ids| self.seen.pass(|before| ids.rises(block.rows.clone(), before)));
        let mut at = 0;
        while at < block.rows.len() {
            let room = Batch::MAX - self.batch.len();
            let ahead = block.is_plain[at..].iter().take(if are_new { room } else { 0 });
            let plain = ahead.take_while(|is_plain| **is_plain).count();
            if plain > 0 {
                self.compare(block, at..at + plain, table);
                self.add(block, at..at + plain, table)?;
                at += plain;
                continue;
            }
            table.seek(block.rows.start + at);
            let new = if are_new { Ok(()) } else { self.check_repeat(table) };
            match new {
                Ok(()) if block.is_plain[at] => {
                    self.compare(block, at..at + 1, table);
                    self.add(block, at..at + 1, table)?;
                }
                Ok(()) => {
                    let taken = self.accept_record(table);
                    if taken.is_ok() {
                        self.learn(block, at, met, table);
                    }
                    self.count_outcome(table, taken)?;
                }
                repeat => self.count_outcome(table, repeat)?,
            }
            at += 1;
        }
        Ok(())
    }

    /// Compares another position of plain rows with the one that counts, where they have one.
    fn compare<T: Columnar>(&mut self, block: &RowBlock, rows: Range<usize>, table: &mut T) {
        let Some(other) = &mut self.other else { return };
        for (number, row) in (self.tally.read + 1..).zip(rows) {
            table.seek(block.rows.start + row);
            other.compare(block.y[row], block.x[row], number, table);
        }
    }

    /// Takes plain rows that are not repeats, as many as the batch has room for.
    fn add<T: Columnar>(&mut self, block: &RowBlock, rows: Range<usize>, table: &mut T) -> Result<(), IngestError> {
        let count = rows.len();
        for (row, number) in rows.clone().zip(self.tally.read + 1..) {
            self.whereabouts.see(block.y[row], block.x[row], || {
                table.seek(block.rows.start + row);
                (number, table.position().line)
            });
        }
        let (dates, stated) = (&block.dates[rows.clone()], &block.stated[rows.clone()]);
        let reported = block.reported.get(rows.clone()).unwrap_or_default();
        self.dates.count_all(dates);
        self.dates.count_all(reported);
        for stated in stated {
            self.labels.count(stated.label);
        }
        let batch = &mut self.batch;
        batch.lat.extend_from_slice(&block.y[rows.clone()]);
        batch.lng.extend_from_slice(&block.x[rows.clone()]);
        batch.when.extend(dates.iter().flatten().map(|date| date.when()));
        let known = batch.when.len() - count;
        batch.known.extend(batch.when[known..].iter().map(|when| when.end));
        for (known, reported) in batch.known[known..].iter_mut().zip(reported) {
            *known = reported.map_or(*known, |reported| reported.day);
        }
        batch.class.extend(stated.iter().map(|stated| stated.class));
        if self.columns.index(Role::Precision).is_some() {
            batch.precision.extend(stated.iter().map(|stated| stated.precision));
            batch.side.extend(stated.iter().map(|_| 0.0));
        }
        self.days.add_last(&self.batch, count, || (self.tally.read + 1, None));
        self.accepted(count)
    }

    /// Caches class and precision of the row that was just taken.
    #[cold]
    fn learn<T: Columnar>(&mut self, block: &RowBlock, at: usize, met: &mut StatedCache, table: &T) {
        let category = self.columns.index(Role::Category).map_or(Field::Null, |column| table.field(column));
        let label = self.labels.number(category, self.options, &self.columns);
        let (hash, model) = (block.hashes[at], (block.rows.start + at + 1) as u32);
        let class = self.batch.class.last().copied().unwrap_or_default();
        let precision = self.batch.precision.last().copied().unwrap_or_default();
        *met.at(hash) = Stated { hash, model, label, class, precision };
    }
}

impl RowBlock {
    /// Longitudes and latitudes, NaN where there are none.
    fn places<T: Columnar>(&mut self, position: PositionColumns, table: &mut T) {
        self.x.clear();
        self.y.clear();
        if let PositionColumns::Degrees(x, y) = position {
            for (column, out) in [(x, &mut self.x), (y, &mut self.y)] {
                if let Some(values) = table.values(column) {
                    values.numbers(self.rows.clone(), out);
                }
            }
            return;
        }
        for row in self.rows.clone() {
            table.seek(row);
            let (x, y) = if let Field::Point(x, y) = table.geometry() { (x, y) } else { (f64::NAN, f64::NAN) };
            self.x.push(x);
            self.y.push(y);
        }
    }

    /// Looks up class and precision of each row. Rows with new values are not plain.
    fn recall<T: Columnar>(&mut self, columns: &[usize], met: &mut StatedCache, table: &T) {
        self.hashes.clear();
        self.hashes.resize(self.rows.len(), 0);
        for values in columns.iter().filter_map(|&column| table.values(column)) {
            values.stir(self.rows.clone(), &mut self.hashes);
        }
        self.stated.resize(self.rows.len(), Stated::default());
        self.models.resize(self.rows.len(), 0);
        let known = self.stated.iter_mut().zip(&mut self.models).zip(&mut self.is_plain);
        for (((stated, model), is_plain), (&hash, row)) in known.zip(self.hashes.iter().zip(self.rows.clone())) {
            *stated = *met.at(hash);
            let is_met = stated.model > 0 && stated.hash == hash;
            *is_plain &= is_met;
            *model = if is_met { stated.model - 1 } else { row as u32 };
        }
        for values in columns.iter().filter_map(|&column| table.values(column)) {
            values.compare(self.rows.clone(), &self.models, &mut self.is_plain);
        }
    }
}
