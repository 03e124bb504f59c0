//! Rows of a sheet in blocks: what the thread that decodes hands over.

use calamine::{Data, DataRef, ExcelDateTime};
use jiff::civil::{Date, DateTime};

use super::super::{Field, MAX_COLUMNS};
use crate::incident::Day;
use crate::invalid::Cause;

/// Rows of a sheet: the limit of the formats.
pub(super) const MAX_ROWS: u32 = 1_048_576;

/// Value of a cell; texts lie in their block.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell {
    Empty,
    Text(usize, usize),
    Number(f64),
    Day(Day),
    /// Seconds since 1970 on a local clock.
    Local(i64),
    Flag(bool),
    /// The error that it shows.
    Error(usize, usize),
}

/// Consecutive rows of a sheet; those without a cell are left out.
#[derive(Debug, Default)]
pub(super) struct SheetRows {
    texts: String,
    cells: Vec<Cell>,
    /// Number of each row, from 0, and where its cells begin.
    rows: Vec<(u32, usize)>,
    /// Cells that have the value of one merged with them.
    pub(super) merged: u64,
}

impl SheetRows {
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Number of a row, from 0.
    pub(super) fn number(&self, row: usize) -> u32 {
        self.rows[row].0
    }

    /// Cells of a row.
    pub(super) fn cells(&self, row: usize) -> &[Cell] {
        let end = self.rows.get(row + 1).map_or(self.cells.len(), |next| next.1);
        &self.cells[self.rows[row].1..end]
    }

    /// The cell in a column.
    pub(super) fn cell(&self, row: usize, column: usize) -> Cell {
        self.cells(row).get(column).copied().unwrap_or(Cell::Empty)
    }

    pub(super) fn field(&self, cell: Cell) -> Field<'_> {
        match cell {
            Cell::Empty => Field::Null,
            Cell::Text(from, to) => Field::Text(self.texts.get(from..to).unwrap_or_default()),
            Cell::Number(number) => match integer(number) {
                Some(number) => Field::Integer(number),
                None => Field::Number(number),
            },
            Cell::Day(day) => Field::Day(day),
            Cell::Local(seconds) => Field::Local(seconds),
            Cell::Flag(flag) => Field::Other(if flag { "true" } else { "false" }),
            Cell::Error(from, to) => Field::Other(self.texts.get(from..to).unwrap_or_default()),
        }
    }

    /// Text of a cell, empty for one of any other type.
    pub(super) fn text(&self, cell: Cell) -> &str {
        if let Cell::Text(from, to) = cell { self.texts.get(from..to).unwrap_or_default() } else { "" }
    }

    fn keep(&mut self, text: &str) -> (usize, usize) {
        let from = self.texts.len();
        self.texts.push_str(text);
        (from, self.texts.len())
    }
}

/// A number without a fraction; whole numbers beyond are rounded already.
fn integer(number: f64) -> Option<i64> {
    #[allow(clippy::cast_possible_truncation, reason = "held to a range before")]
    (number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0).then_some(number as i64)
}

/// A cell that stands for a rectangle of them.
#[derive(Clone, Debug)]
pub(super) struct Merged {
    /// First and last row and column, from 0.
    pub(super) rows: (u32, u32),
    pub(super) column: usize,
}

/// Takes blocks of rows; false ends the reading.
pub(super) type Take<'a> = dyn FnMut(SheetRows) -> bool + 'a;

/// Gathers cells, in the order of the sheet, into blocks.
pub(super) struct Gatherer<'a> {
    block: SheetRows,
    /// Rows of a block.
    size: usize,
    /// Cells that go on in rows below, with their value once it was there.
    merged: Vec<(Merged, Option<OwnCell>)>,
    take: &'a mut Take<'a>,
    /// True if a cell with a value lies beyond the last column that a sheet can have.
    is_too_wide: bool,
}

/// A cell with its text.
#[derive(Clone, Debug)]
struct OwnCell(Cell, String);

impl<'a> Gatherer<'a> {
    /// Cells of a block, so that wide sheets have few rows in it.
    const MAX_CELLS: usize = 1 << 17;

    pub(super) fn new(size: usize, merged: Vec<Merged>, take: &'a mut Take<'a>) -> Self {
        let merged = merged.into_iter().filter(|merged| merged.rows.0 < merged.rows.1).map(|merged| (merged, None));
        Self { block: SheetRows::default(), size, merged: merged.collect(), take, is_too_wide: false }
    }

    /// Errors if reading was ended by a cell beyond the last column.
    pub(super) fn check_width(&self) -> Result<(), Cause> {
        let problem = "a value lies beyond column XFD, the last that a sheet can have";
        if self.is_too_wide { Err(problem.into()) } else { Ok(()) }
    }

    /// Adds a merged cell of the current row.
    pub(super) fn merge(&mut self, merged: Merged) {
        self.merged.push((merged, None));
    }

    /// Adds a cell by its row and column, from 0; false ends the reading. A cell of a row that is done is left out.
    pub(super) fn put(&mut self, row: u32, column: usize, value: impl FnOnce(&mut CellMaker<'_>) -> Cell) -> bool {
        let current = self.block.rows.last().map(|row| row.0);
        if column >= MAX_COLUMNS {
            self.is_too_wide |= value(&mut CellMaker(&mut self.block)) != Cell::Empty;
            return !self.is_too_wide;
        }
        if row >= MAX_ROWS || current.is_some_and(|current| row < current) {
            return true;
        }
        if current != Some(row) {
            self.end_row();
            if (self.block.len() >= self.size || self.block.cells.len() >= Self::MAX_CELLS) && !self.hand_over() {
                return false;
            }
            self.block.rows.push((row, self.block.cells.len()));
        }
        let cell = value(&mut CellMaker(&mut self.block));
        self.set(column, cell);
        true
    }

    /// Sets a cell of the current row.
    fn set(&mut self, column: usize, cell: Cell) {
        let Some(&(_, begin)) = self.block.rows.last() else { return };
        if cell == Cell::Empty {
            return;
        }
        if self.block.cells.len() <= begin + column {
            self.block.cells.resize(begin + column + 1, Cell::Empty);
        }
        self.block.cells[begin + column] = cell;
    }

    /// Fills the empty cells of the current row that are merged with one above.
    fn end_row(&mut self) {
        let Some(&(row, begin)) = self.block.rows.last() else { return };
        if self.merged.is_empty() {
            return;
        }
        self.merged.retain(|(merged, _)| row <= merged.rows.1);
        for index in 0..self.merged.len() {
            let (merged, value) = &mut self.merged[index];
            let (first, column) = (merged.rows.0, merged.column);
            let found = self.block.cells.get(begin + column).copied().unwrap_or(Cell::Empty);
            if first == row {
                let text = match found {
                    Cell::Text(from, to) | Cell::Error(from, to) => self.block.texts[from..to].to_owned(),
                    _ => String::new(),
                };
                *value = Some(OwnCell(found, text));
            } else if let (true, Cell::Empty, Some(OwnCell(cell, text))) = (first < row, found, value.clone()) {
                let cell = match cell {
                    Cell::Empty => continue,
                    Cell::Text(..) => CellMaker(&mut self.block).text(&text),
                    Cell::Error(..) => CellMaker(&mut self.block).error(&text),
                    cell => cell,
                };
                self.block.merged += 1;
                self.set(column, cell);
            }
        }
    }

    /// Hands over what was gathered; false ends the reading.
    fn hand_over(&mut self) -> bool {
        (self.take)(std::mem::take(&mut self.block))
    }

    /// Hands over the last rows.
    pub(super) fn finish(mut self) {
        self.end_row();
        if self.block.len() > 0 {
            self.hand_over();
        }
    }
}

/// Makes cells of a block.
pub(super) struct CellMaker<'b>(&'b mut SheetRows);

impl CellMaker<'_> {
    pub(super) fn text(&mut self, text: &str) -> Cell {
        if text.trim().is_empty() {
            return Cell::Empty;
        }
        let (from, to) = self.0.keep(text);
        Cell::Text(from, to)
    }

    pub(super) fn error(&mut self, text: &str) -> Cell {
        let (from, to) = self.0.keep(text);
        Cell::Error(from, to)
    }

    /// A cell of an Excel workbook.
    pub(super) fn excel(&mut self, value: &DataRef<'_>) -> Cell {
        match value {
            DataRef::Empty => Cell::Empty,
            DataRef::Int(number) => Cell::Number(*number as f64),
            DataRef::Float(number) => Cell::Number(*number),
            DataRef::String(text) => self.text(text),
            DataRef::SharedString(text) => self.text(text),
            DataRef::Bool(flag) => Cell::Flag(*flag),
            DataRef::DateTime(at) => self.moment(*at),
            DataRef::DateTimeIso(text) => self.iso(text),
            DataRef::DurationIso(text) => self.clock(text),
            DataRef::Error(error) => self.error(&error.to_string()),
        }
    }

    /// A cell of a workbook that is held in memory.
    pub(super) fn held(&mut self, value: &Data) -> Cell {
        match value {
            Data::Empty => Cell::Empty,
            Data::Int(number) => Cell::Number(*number as f64),
            Data::Float(number) => Cell::Number(*number),
            Data::String(text) => self.text(text),
            Data::Bool(flag) => Cell::Flag(*flag),
            Data::DateTime(at) => self.moment(*at),
            Data::DateTimeIso(text) => self.iso(text),
            Data::DurationIso(text) => self.clock(text),
            Data::Error(error) => self.error(&error.to_string()),
        }
    }

    /// A date of Excel: days since its epoch, and the time of day as their fraction. Without a day it is a time of day.
    fn moment(&mut self, at: ExcelDateTime) -> Cell {
        let days = at.as_f64();
        let (year, month, day, hour, minute, second, _) = at.to_ymd_hms_milli();
        if at.is_duration() || (0.0..1.0).contains(&days) {
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "hours of a sheet's durations fit"
            )]
            let hour = if days >= 1.0 { (days * 24.0 + 1e-7).floor() as u64 } else { u64::from(hour) };
            return self.text(&time(hour, minute.into(), second.into()));
        }
        let narrow = |number: u8| i8::try_from(number).unwrap_or(-1);
        let date = i16::try_from(year).ok().and_then(|year| Date::new(year, narrow(month), narrow(day)).ok());
        // Excel has a 29 February 1900, which was none.
        let Some(date) = date else { return self.text(&format!("{year}-{month:02}-{day:02}")) };
        local(date, i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second))
    }

    /// A date in ISO 8601.
    pub(super) fn iso(&mut self, text: &str) -> Cell {
        let bare = text.trim();
        if let (true, Ok(date)) = (bare.len() <= 10, bare.parse::<Date>()) {
            return local(date, 0);
        }
        // One with an offset is left to the reader of dates.
        let has_offset = bare.ends_with('Z') || bare.get(11..).is_some_and(|time| time.contains(['+', '-']));
        match bare.parse::<DateTime>() {
            Ok(at) if !has_offset => {
                let time = at.time();
                local(
                    at.date(),
                    i64::from(time.hour()) * 3600 + i64::from(time.minute()) * 60 + i64::from(time.second()),
                )
            }
            _ => self.text(bare),
        }
    }

    /// A duration in ISO 8601, such as `PT21H39M00S`, as a time of day.
    pub(super) fn clock(&mut self, text: &str) -> Cell {
        let Ok(span) = text.trim().parse::<jiff::Span>() else { return self.text(text) };
        let parts = [i64::from(span.get_hours()), span.get_minutes(), span.get_seconds()];
        match parts.map(u64::try_from) {
            [Ok(hour), Ok(minute), Ok(second)] => self.text(&time(hour, minute, second)),
            _ => self.text(text),
        }
    }
}

/// A time of day as text.
fn time(hour: u64, minute: u64, second: u64) -> String {
    let seconds = if second > 0 { format!(":{second:02}") } else { String::new() };
    format!("{hour:02}:{minute:02}{seconds}")
}

/// A day, or a moment of it.
fn local(date: Date, seconds: i64) -> Cell {
    let day = Day::from(date);
    if seconds == 0 { Cell::Day(day) } else { Cell::Local(i64::from(day.0) * 86_400 + seconds) }
}

/// Name of a column as sheets have it: A, B, … AA.
pub(super) fn letters(column: usize) -> String {
    let mut letters = Vec::new();
    let mut left = column + 1;
    while left > 0 {
        #[allow(clippy::cast_possible_truncation, reason = "a remainder below 26")]
        letters.push(b'A' + ((left - 1) % 26) as u8);
        left = (left - 1) / 26;
    }
    letters.iter().rev().map(|&letter| char::from(letter)).collect()
}

#[cfg(test)]
mod tests {
    use calamine::ExcelDateTimeType::{DateTime as Moment, TimeDelta};

    use super::*;

    #[test]
    fn columns_have_letters() {
        assert_eq!([0, 25, 26, 701, 702, 16_383].map(letters), ["A", "Z", "AA", "ZZ", "AAA", "XFD"]);
    }

    #[test]
    fn dates_of_both_epochs_are_days_and_moments() {
        let shown = |value: f64, kind, is_1904| {
            let mut block = SheetRows::default();
            let cell = CellMaker(&mut block).moment(ExcelDateTime::new(value, kind, is_1904));
            block.field(cell).displayed()
        };
        assert_eq!(shown(45_817.0, Moment, false), "2025-06-09");
        assert_eq!(shown(45_817.902_083_333_33, Moment, false), "2025-06-09T21:39:00");
        assert_eq!(shown(44_355.0, Moment, true), "2025-06-09");
        assert_eq!(shown(0.902_083_333_33, Moment, false), "21:39");
        assert_eq!(shown(1.5, TimeDelta, false), "36:00");
        assert_eq!(shown(60.0, Moment, false), "1900-02-29");
    }

    #[test]
    fn a_merged_cell_stands_for_its_rows() {
        let mut rows = Vec::new();
        let mut take = |block: SheetRows| {
            let texts = (0..block.len()).map(|row| block.text(block.cell(row, 0)).to_owned());
            rows.extend(texts);
            true
        };
        let merged = Merged { rows: (1, 3), column: 0 };
        let mut gathered = Gatherer::new(2, vec![merged], &mut take);
        for row in 0..5 {
            gathered.put(row, 0, |values| if row == 1 { values.text("June") } else { Cell::Empty });
            gathered.put(row, 1, |_| Cell::Number(1.0));
        }
        gathered.finish();
        assert_eq!(rows, ["", "June", "June", "June", ""]);
    }
}
