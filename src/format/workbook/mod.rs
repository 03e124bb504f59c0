//! Workbooks of Excel and `OpenDocument`: one sheet as a table, whose header is found below titles.
//!
//! Dates are those of the sheet, formulas have the value that was saved with them, and macros are never run. A thread decodes ahead.

mod book;
mod ods;
mod package;
mod rows;

use std::sync::mpsc::{Receiver, sync_channel};

use book::{Book, COMPOUND, Sheet};
use rows::{Cell, SheetRows, letters};

use super::layout::{self, RowKind, TopRow};
use super::names::folded;
use super::{
    Code, Fault, Field, FileOptions, FilePosition, FormatError, InputFormat, OpenResult, Records, Source, Step, Suits,
    TableHeader, archive,
};

/// A workbook.
pub(super) const FORMAT: InputFormat = InputFormat {
    name: "workbook",
    about: "sheet of Excel (.xlsx, .xlsm, .xlsb, .xls) or OpenDocument (.ods), its header found below titles, streamed",
    extensions: &["xlsx", "xlsm", "xlsb", "xls", "ods"],
    recognises: |head| archive::begins(head) || head.starts_with(COMPOUND),
    open,
};

/// Rows that the thread decodes at a time.
const BLOCK_ROWS: usize = 1024;

/// The first rows of a sheet.
struct Top {
    sheet: Sheet,
    /// Number of each row, from 1.
    numbers: Vec<u32>,
    rows: Vec<TopRow>,
    /// Place of the header among the rows.
    header: usize,
}

fn open(source: Source, options: &FileOptions, notices: &mut Vec<String>) -> OpenResult {
    let (file, suits) = (source.name().to_owned(), source.suits());
    let mut book = Book::open(source, &options.memory)?;
    if book.has_macros {
        notices.push(format!("{file}: has macros, which are not run"));
    }
    let sheets = book.sheets()?;
    let top = match &options.layer {
        Some(name) => named(&file, &mut book, &sheets, name, options, suits.as_ref())?,
        None => only(&file, &mut book, &sheets, options, suits.as_ref(), notices)?,
    };
    let number = top.numbers.get(top.header).copied().unwrap_or(1);
    if top.header > 0 && options.header_row.is_none() {
        let titles: Vec<&TopRow> = top.rows[..top.header].iter().collect();
        notices.push(layout::below_titles(&file, "row", number.into(), &titles));
    }
    let columns = columns(&file, &top, suits.as_ref(), notices)?;
    let names = columns.iter().map(|(name, _)| name.clone()).collect();
    Ok(Box::new(WorkbookRecords {
        header: TableHeader { names, ..TableHeader::default() },
        wanted: vec![true; columns.len()],
        columns: columns.into_iter().map(|(_, column)| column).collect(),
        sheet: top.sheet.name,
        suits,
        book: Some(book),
        blocks: None,
        block: SheetRows::default(),
        row: 0,
        last: number,
        blank: 0,
        asides: 0,
        merged: 0,
        file,
    }))
}

/// The sheet of a name.
fn named(
    file: &str,
    book: &mut Book,
    sheets: &[Sheet],
    name: &str,
    options: &FileOptions,
    suits: Option<&Suits>,
) -> Result<Top, FormatError> {
    let same = |sheet: &&Sheet| sheet.name == name;
    let alike = |sheet: &&Sheet| sheet.name.trim().to_lowercase() == name.trim().to_lowercase();
    let found = sheets.iter().find(same).or_else(|| sheets.iter().find(alike)).ok_or_else(|| {
        let names: Vec<String> = sheets.iter().map(|sheet| format!("{:?}", sheet.name)).collect();
        let problem = format!("has no sheet {name:?}; it has {}", names.join(", "));
        FormatError::Unreadable { file: file.to_owned(), problem }
    })?;
    top(file, book, found, options, suits)
}

/// The only sheet with the columns that are needed, else the only one with a table.
fn only(
    file: &str,
    book: &mut Book,
    sheets: &[Sheet],
    options: &FileOptions,
    suits: Option<&Suits>,
    notices: &mut Vec<String>,
) -> Result<Top, FormatError> {
    let mut tops = Vec::new();
    for sheet in sheets.iter().filter(|sheet| !sheet.is_hidden) {
        match top(file, book, sheet, options, suits) {
            Ok(top) => tops.push(top),
            // The row that was asked for may be one of another sheet.
            Err(FormatError::Header { .. }) if sheets.len() > 1 => {}
            Err(error) => return Err(error),
        }
    }
    let all = tops.len();
    let fits = |top: &Top| top.header_row().is_some_and(|row| suits.is_some_and(|suits| (suits.0)(&row.names)));
    let has_fitting = tops.iter().any(fits);
    let mut plausible: Vec<Top> =
        tops.into_iter().filter(|top| if has_fitting { fits(top) } else { top.is_table() }).collect();
    // Sheets that explain the others have tables too.
    if plausible.iter().any(|top| !explains(&top.sheet.name)) {
        plausible.retain(|top| !explains(&top.sheet.name));
    }
    let wrong = |problem: String| FormatError::Unreadable { file: file.to_owned(), problem };
    let names = |tops: &[Top]| tops.iter().map(|top| format!("{:?}", top.sheet.name)).collect::<Vec<_>>().join(", ");
    let hidden = sheets.iter().filter(|sheet| sheet.is_hidden).map(|sheet| format!("{:?}", sheet.name));
    let hidden = hidden.collect::<Vec<_>>().join(", ");
    let hidden = if hidden.is_empty() { hidden } else { format!(" (hidden sheets are read only by name: {hidden})") };
    match plausible.len() {
        0 => Err(wrong(format!("has no sheet with a header and rows below it{hidden}"))),
        1 => {
            let top = plausible.remove(0);
            if all > 1 || !hidden.is_empty() {
                let others = if all > 1 { format!(", the only one of {all} with such a table") } else { String::new() };
                notices.push(format!("{file}: sheet {:?} is read{others}{hidden}", top.sheet.name));
            }
            Ok(top)
        }
        _ => {
            let first = &plausible[0].sheet.name;
            Err(wrong(format!(
                "has several sheets with a table: {}; choose one, such as with --layer {first:?} or as {file}#{first}{hidden}",
                names(&plausible)
            )))
        }
    }
}

/// True for the name of a sheet about the others.
fn explains(name: &str) -> bool {
    const NAMES: [&str; 16] = [
        "about",
        "contents",
        "cover",
        "cover_sheet",
        "definitions",
        "glossary",
        "index",
        "info",
        "information",
        "key",
        "legend",
        "metadata",
        "notes",
        "read_me",
        "readme",
        "table_of_contents",
    ];
    NAMES.contains(&folded(name).as_str())
}

/// Reads the first rows of a sheet and finds its header.
fn top(
    file: &str,
    book: &mut Book,
    sheet: &Sheet,
    options: &FileOptions,
    suits: Option<&Suits>,
) -> Result<Top, FormatError> {
    let mut top = Top { sheet: sheet.clone(), numbers: Vec::new(), rows: Vec::new(), header: 0 };
    let stated = options.header_row;
    book.rows(&sheet.name, layout::TOP_ROWS, &mut |block| {
        for row in 0..block.len() {
            let number = block.number(row) + 1;
            if stated.is_some_and(|stated| number < stated) || top.rows.len() >= layout::TOP_ROWS {
                continue;
            }
            let cells: Vec<(String, bool)> = block.cells(row).iter().map(|&cell| named_cell(&block, cell)).collect();
            top.numbers.push(number);
            top.rows.push(TopRow::new(cells.iter().map(|(text, is_typed)| (text.as_str(), *is_typed))));
        }
        top.rows.len() < layout::TOP_ROWS
    })?;
    match stated {
        None => top.header = layout::header(&top.rows, suits),
        Some(stated) if top.numbers.first() == Some(&stated) => {}
        Some(stated) => {
            let problem = format!("row {stated} of sheet {:?}, which --header-row names, is empty", sheet.name);
            return Err(FormatError::Header { file: file.to_owned(), problem });
        }
    }
    Ok(top)
}

/// Text of a cell as a name, and true if it is of another type than text.
fn named_cell(block: &SheetRows, cell: Cell) -> (String, bool) {
    (block.field(cell).displayed(), !matches!(cell, Cell::Text(..) | Cell::Empty))
}

impl Top {
    fn header_row(&self) -> Option<&TopRow> {
        self.rows.get(self.header)
    }

    /// True if there are names, and rows below them.
    fn is_table(&self) -> bool {
        let has_names = self.header_row().is_some_and(|row| row.filled() > 1 && row.value().is_none());
        has_names && self.rows[self.header + 1..].iter().any(|row| row.filled() > 1)
    }
}

/// Names of columns, each with its place in the sheet.
fn columns(
    file: &str,
    top: &Top,
    suits: Option<&Suits>,
    notices: &mut Vec<String>,
) -> Result<Vec<(String, usize)>, FormatError> {
    let wrong = |problem: String| FormatError::Header { file: file.to_owned(), problem };
    let sheet = &top.sheet.name;
    let row = top.header_row().ok_or_else(|| wrong(format!("sheet {sheet:?} is empty")))?;
    if let Some(value) = row.value() {
        return Err(wrong(format!(
            "row {} of sheet {sheet:?} contains {value:?}, which is a value and not a name (if the header is further down, say in \
             which row with --header-row N)",
            top.numbers[top.header]
        )));
    }
    // A name may stand in the row above, where that has one for a group of columns and this one of its own below.
    let above = top.header.checked_sub(1).map(|place| &top.rows[place]).filter(|row| row.filled() > 1);
    let above = above.filter(|above| above.value().is_none());
    let name = |column: usize| {
        let own = row.names.get(column).filter(|name| !name.is_empty());
        own.or_else(|| above?.names.get(column).filter(|name| !name.is_empty()))
    };
    let width = row.names.len().max(above.map_or(0, |above| above.names.len()));
    let all: Vec<(String, usize)> =
        (0..width).filter_map(|column| name(column).map(|name| (name.clone(), column))).collect();
    let fits = |columns: &[(String, usize)]| {
        let names: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
        suits.is_some_and(|suits| (suits.0)(&names))
    };
    // Tables side by side have an empty column between them.
    let is_filled =
        |column: usize| top.rows.iter().any(|row| row.names.get(column).is_some_and(|name| !name.is_empty()));
    let parts: Vec<&[(String, usize)]> = all.chunk_by(|(_, one), (_, next)| (one + 1..*next).all(is_filled)).collect();
    let fitting: Vec<&&[(String, usize)]> = parts.iter().filter(|part| fits(part)).collect();
    if parts.len() > 1
        && let [part] = fitting[..]
    {
        let (first, last) = (letters(part[0].1), letters(part[part.len() - 1].1));
        notices.push(format!(
            "{file}: columns {first} to {last} of sheet {sheet:?} are read; beyond an empty column there is another table"
        ));
        return Ok(part.to_vec());
    }
    Ok(all)
}

/// A cursor over the rows of a sheet.
pub(crate) struct WorkbookRecords {
    file: String,
    sheet: String,
    header: TableHeader,
    /// Place of each column in the sheet.
    columns: Vec<usize>,
    wanted: Vec<bool>,
    suits: Option<Suits>,
    book: Option<Book>,
    blocks: Option<Receiver<Result<SheetRows, FormatError>>>,
    block: SheetRows,
    /// Place of the next row in the block.
    row: usize,
    /// Number of the last row with a value, from 1.
    last: u32,
    blank: u64,
    asides: u64,
    merged: u64,
}

impl WorkbookRecords {
    /// Starts to decode, on a thread of its own: it waits when it is some blocks ahead.
    fn decode_ahead(&mut self) -> Result<(), FormatError> {
        const AHEAD: usize = 4;
        let Some(mut book) = self.book.take() else { return Ok(()) };
        let (send, receive) = sync_channel(AHEAD);
        let sheet = self.sheet.clone();
        let decode = move || {
            // The receiver is gone once reading has stopped.
            let read = book.rows(&sheet, BLOCK_ROWS, &mut |block| send.send(Ok(block)).is_ok());
            if let Err(error) = read {
                let _stopped = send.send(Err(error));
            }
        };
        let io = |source| FormatError::Io { file: self.file.clone(), source };
        std::thread::Builder::new().spawn(decode).map_err(io)?;
        self.blocks = Some(receive);
        Ok(())
    }

    /// Moves to the next row of the sheet; false at its end.
    fn next_row(&mut self) -> Result<bool, FormatError> {
        self.row += 1;
        while self.row > self.block.len() {
            self.decode_ahead()?;
            let Some(Ok(block)) = self.blocks.as_ref().map(Receiver::recv) else { return Ok(false) };
            (self.block, self.row) = (block?, 1);
            self.merged += self.block.merged;
        }
        Ok(true)
    }

    fn cell(&self, column: usize) -> Cell {
        let Some(row) = self.row.checked_sub(1).filter(|row| *row < self.block.len()) else { return Cell::Empty };
        self.columns.get(column).map_or(Cell::Empty, |&place| self.block.cell(row, place))
    }

    /// Number of the current row, from 1.
    fn number(&self) -> u32 {
        let row = self.row.checked_sub(1).filter(|row| *row < self.block.len());
        row.map_or(self.last, |row| self.block.number(row) + 1)
    }

    /// The fault of a cell that shows an error and is needed.
    fn error(&self) -> Option<Box<Fault>> {
        let is_needed = |column: &usize| self.wanted[*column] && matches!(self.cell(*column), Cell::Error(..));
        let column = (0..self.columns.len()).find(is_needed)?;
        let place = format!("{}!{}{}", self.sheet, letters(self.columns[column]), self.number());
        let found = format!("{} in {place}", self.field(column).displayed());
        let expected = "a value; correct its formula in the workbook";
        Some(Fault::new(Code::CellError, &self.header.names[column], found, expected))
    }

    /// Errors if a row below a gap is the header of another table.
    fn check_second(&self) -> Result<(), FormatError> {
        let cells = (0..self.columns.len()).map(|column| self.cell(column));
        let filled: Vec<Cell> = cells.filter(|cell| *cell != Cell::Empty).collect();
        let are_names = filled.len() > 1 && filled.iter().all(|cell| matches!(cell, Cell::Text(..)));
        let Some(suits) = self.suits.as_ref().filter(|_| are_names) else { return Ok(()) };
        let all = self.block.cells(self.row - 1).iter();
        let names: Vec<String> = all.map(|&cell| layout::name(self.block.text(cell))).collect();
        if !(suits.0)(&names) || names.iter().filter(|name| !name.is_empty()).eq(&self.header.names) {
            return Ok(());
        }
        let problem = format!(
            "has a second table in sheet {:?}, from row {} on; move it to a sheet of its own, or read it alone with --header-row {}",
            self.sheet,
            self.number(),
            self.number()
        );
        Err(FormatError::Unreadable { file: self.file.clone(), problem })
    }
}

impl Records for WorkbookRecords {
    fn header(&self) -> &TableHeader {
        &self.header
    }

    fn select(&mut self, wanted: &[bool], _late: &[&'static str]) {
        self.wanted.iter_mut().zip(wanted).for_each(|(own, &wanted)| *own = wanted);
    }

    fn advance(&mut self) -> Result<Step, FormatError> {
        while self.next_row()? {
            let (number, last) = (self.number(), self.last);
            if number <= last {
                continue;
            }
            let columns = self.columns.len();
            if (0..columns).all(|column| self.cell(column) == Cell::Empty) {
                continue;
            }
            let gap = number - last - 1;
            self.last = number;
            self.blank += u64::from(gap);
            // A typed value is none that a total or a note begins with.
            let text = |column: usize| match self.cell(column) {
                Cell::Empty => "",
                Cell::Text(..) => self.block.text(self.cell(column)),
                _ => "0",
            };
            if layout::kind(columns, columns, text) == RowKind::Aside {
                self.asides += 1;
                continue;
            }
            if gap > 0 {
                self.check_second()?;
            }
            return Ok(self.error().map_or(Step::Record, Step::Broken));
        }
        Ok(Step::End)
    }

    fn field(&self, column: usize) -> Field<'_> {
        self.block.field(self.cell(column))
    }

    fn position(&self) -> FilePosition {
        FilePosition { line: Some(self.number().into()), byte: None }
    }

    fn warnings(&self) -> Vec<(Code, u64)> {
        let counts = [(Code::BlankRow, self.blank), (Code::AsideRow, self.asides), (Code::MergedCell, self.merged)];
        counts.into_iter().filter(|(_, count)| *count > 0).collect()
    }
}
