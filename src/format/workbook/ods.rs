//! Sheets of `OpenDocument`, read as a stream.
//!
//! `calamine` writes out every repeated cell in memory, where a file of some MB may state billions, and does not report merged cells.

use std::io::{BufRead, BufReader, Read, Seek};

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use zip::ZipArchive;

use super::super::MAX_COLUMNS;
use super::rows::{Cell, CellMaker, Gatherer, MAX_ROWS, Merged, Take};
use crate::invalid::Cause;

/// Cells that repeats may add: no person made a sheet with more.
const MAX_REPEATED: u64 = 20_000_000;

/// Names of the sheets, and true for hidden ones.
pub(super) fn sheets<R: Read + Seek>(zip: &mut ZipArchive<R>) -> Result<Vec<(String, bool)>, Cause> {
    let (mut sheets, mut hidden_styles, mut style) = (Vec::new(), Vec::new(), String::new());
    each_event(zip, &mut |event, _| {
        if let Event::Start(element) | Event::Empty(element) = event {
            match element.name().as_ref() {
                "style:style" => style = attribute(element, "style:name")?.unwrap_or_default(),
                "style:table-properties" if attribute(element, "table:display")?.as_deref() == Some("false") => {
                    hidden_styles.push(style.clone());
                }
                "table:table" => {
                    let style = attribute(element, "table:style-name")?.unwrap_or_default();
                    sheets
                        .push((attribute(element, "table:name")?.unwrap_or_default(), hidden_styles.contains(&style)));
                }
                _ => {}
            }
        }
        Ok(true)
    })?;
    Ok(sheets)
}

/// Hands over the rows of a sheet.
pub(super) fn rows<R: Read + Seek>(
    zip: &mut ZipArchive<R>,
    sheet: &str,
    size: usize,
    take: &mut Take<'_>,
) -> Result<(), Cause> {
    let mut reader =
        SheetReader { is_open: false, row: 0, rows: 1, cells: Vec::new(), added: 0, cell: None, skipped: 0 };
    let mut gathered = Gatherer::new(size, Vec::new(), take);
    each_event(zip, &mut |event, text| reader.event(event, text, sheet, &mut gathered))?;
    gathered.check_width()?;
    gathered.finish();
    Ok(())
}

/// Where the reading of a sheet is.
struct SheetReader {
    /// True within the sheet.
    is_open: bool,
    /// Number of the current row, and of rows that it stands for.
    row: u32,
    rows: u32,
    /// Filled cells of the row, each with its first column and their number.
    cells: Vec<(usize, usize, OdsCell)>,
    /// Cells that repeats have added.
    added: u64,
    cell: Option<OpenCell>,
    /// Depth within a comment, which its cell does not include.
    skipped: usize,
}

/// A cell whose text is being read.
struct OpenCell {
    cell: OdsCell,
    columns: usize,
    /// Rows that it is merged over.
    spanned: u32,
    has_paragraph: bool,
}

#[derive(Clone, Default)]
struct OdsCell {
    kind: String,
    /// Value as stated, for anything but text.
    value: Option<String>,
    text: String,
}

impl SheetReader {
    /// Takes an event; false ends the reading.
    fn event(
        &mut self,
        event: &Event<'_>,
        text: &str,
        sheet: &str,
        gathered: &mut Gatherer<'_>,
    ) -> Result<bool, Cause> {
        match event {
            Event::Start(element) | Event::Empty(element) => {
                let is_empty = matches!(event, Event::Empty(_));
                match element.name().as_ref() {
                    "table:table" => self.is_open = attribute(element, "table:name")?.as_deref() == Some(sheet),
                    _ if !self.is_open => {}
                    "office:annotation" if !is_empty => self.skipped += 1,
                    _ if self.skipped > 0 => {}
                    "table:table-row" => {
                        self.rows = number(element, "table:number-rows-repeated")?;
                        self.cells.clear();
                        if is_empty {
                            self.row = self.row.saturating_add(self.rows);
                        }
                    }
                    "table:table-cell" | "table:covered-table-cell" => {
                        self.open_cell(element)?;
                        if is_empty {
                            self.close_cell(gathered)?;
                        }
                    }
                    "text:p" => self.paragraph(),
                    "text:s" => self.push(&" ".repeat(number(element, "text:c")?.min(64) as usize)),
                    "text:tab" | "text:line-break" => self.push(" "),
                    _ => {}
                }
            }
            Event::End(element) if self.is_open => match element.name().as_ref() {
                "table:table" => return Ok(false),
                "office:annotation" => self.skipped = self.skipped.saturating_sub(1),
                "table:table-cell" | "table:covered-table-cell" if self.skipped == 0 => self.close_cell(gathered)?,
                "table:table-row" if self.skipped == 0 => return self.close_row(gathered),
                _ => {}
            },
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) if self.is_open && self.skipped == 0 => {
                self.push(text);
            }
            _ => {}
        }
        Ok(true)
    }

    fn push(&mut self, text: &str) {
        if let Some(open) = self.cell.as_mut().filter(|open| open.has_paragraph) {
            open.cell.text.push_str(text);
        }
    }

    fn paragraph(&mut self) {
        let Some(open) = &mut self.cell else { return };
        if std::mem::replace(&mut open.has_paragraph, true) {
            open.cell.text.push('\n');
        }
    }

    fn open_cell(&mut self, element: &BytesStart<'_>) -> Result<(), Cause> {
        let mut cell = OdsCell::default();
        for attribute in element.attributes().with_checks(false) {
            let attribute = attribute?;
            let value = || attribute.normalized_value(XmlVersion::Implicit1_0).map(std::borrow::Cow::into_owned);
            match attribute.key.as_ref() {
                "office:value-type" if cell.kind != "error" => cell.kind = value()?,
                "calcext:value-type" if attribute.value == "error" => "error".clone_into(&mut cell.kind),
                "office:value" | "office:date-value" | "office:time-value" | "office:boolean-value" => {
                    cell.value = Some(value()?);
                }
                "office:string-value" => cell.text = value()?,
                _ => {}
            }
        }
        let columns = number(element, "table:number-columns-repeated")? as usize;
        let spanned = number(element, "table:number-rows-spanned")?;
        self.cell = Some(OpenCell { cell, columns, spanned, has_paragraph: false });
        Ok(())
    }

    fn close_cell(&mut self, gathered: &mut Gatherer<'_>) -> Result<(), Cause> {
        let Some(OpenCell { cell, columns, spanned, .. }) = self.cell.take() else { return Ok(()) };
        let column = self.cells.last().map_or(0, |(first, columns, _)| first + columns);
        let is_filled = cell.value.is_some() || !cell.text.trim().is_empty();
        // One column too many is enough to see that there are.
        let columns = columns.min((MAX_COLUMNS + usize::from(is_filled)).saturating_sub(column));
        if is_filled {
            self.added += columns as u64 - u64::from(columns > 0);
            self.check_repeats()?;
            if spanned > 1 {
                gathered.merge(Merged { rows: (self.row, self.row.saturating_add(spanned - 1)), column });
            }
        }
        self.cells.push((column, columns, if is_filled { cell } else { OdsCell::default() }));
        Ok(())
    }

    fn check_repeats(&self) -> Result<(), Cause> {
        if self.added > MAX_REPEATED {
            return Err("it repeats cells millions of times, which no table of records does".into());
        }
        Ok(())
    }

    fn close_row(&mut self, gathered: &mut Gatherer<'_>) -> Result<bool, Cause> {
        let (first, rows) = (self.row, self.rows);
        self.row = self.row.saturating_add(rows);
        let filled = self.cells.iter().filter(|(.., cell)| cell.value.is_some() || !cell.text.is_empty());
        let filled: Vec<&(usize, usize, OdsCell)> = filled.collect();
        if filled.is_empty() {
            return Ok(true);
        }
        let cells: usize = filled.iter().map(|(_, columns, _)| columns).sum();
        self.added += cells as u64 * u64::from(rows - 1);
        self.check_repeats()?;
        for row in (first..first.saturating_add(rows)).take_while(|&row| row < MAX_ROWS) {
            for (column, columns, cell) in &filled {
                for column in *column..column + columns {
                    if !gathered.put(row, column, |values| cell.value(values)) {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(true)
    }
}

impl OdsCell {
    fn value(&self, values: &mut CellMaker<'_>) -> Cell {
        let stated = self.value.as_deref();
        match (self.kind.as_str(), stated) {
            ("float" | "percentage" | "currency", Some(value)) => {
                value.trim().parse().map_or_else(|_| values.text(&self.text), Cell::Number)
            }
            ("date", Some(value)) => values.iso(value),
            ("time", Some(value)) => values.clock(value),
            ("boolean", Some(value)) => Cell::Flag(value == "true"),
            ("error", _) => values.error(if self.text.is_empty() { "an error" } else { &self.text }),
            _ => values.text(&self.text),
        }
    }
}

/// Hands over each event of the content with its text, until there is no more or `take` returns false.
fn each_event<R: Read + Seek>(
    zip: &mut ZipArchive<R>,
    take: &mut dyn FnMut(&Event<'_>, &str) -> Result<bool, Cause>,
) -> Result<(), Cause> {
    let mut reader = Reader::from_reader(BufReader::new(zip.by_name("content.xml")?));
    reader.config_mut().check_end_names = false;
    read_events(&mut reader, take)
}

fn read_events<B: BufRead>(
    reader: &mut Reader<B>,
    take: &mut dyn FnMut(&Event<'_>, &str) -> Result<bool, Cause>,
) -> Result<(), Cause> {
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let event = reader.read_event_into(&mut buffer)?;
        let text = match &event {
            Event::Eof => return Ok(()),
            Event::Text(text) => text.xml10_content().into_owned(),
            Event::CData(text) => text.xml10_content().into_owned(),
            Event::GeneralRef(name) => {
                let character = name.resolve_char_ref()?.map(String::from);
                let named = || quick_xml::escape::resolve_xml_entity(name).map(str::to_owned);
                character.or_else(named).unwrap_or_default()
            }
            _ => String::new(),
        };
        if !take(&event, &text)? {
            return Ok(());
        }
    }
}

fn attribute(element: &BytesStart<'_>, name: &str) -> Result<Option<String>, Cause> {
    let Some(attribute) = element.try_get_attribute(name)? else { return Ok(None) };
    Ok(Some(attribute.normalized_value(XmlVersion::Implicit1_0)?.into_owned()))
}

/// A number of repeats, 1 where none is stated.
fn number(element: &BytesStart<'_>, name: &str) -> Result<u32, Cause> {
    let Some(text) = attribute(element, name)? else { return Ok(1) };
    Ok(text.trim().parse::<u32>().map_err(|_error| format!("{name} is {text:?}, not a number"))?.max(1))
}
