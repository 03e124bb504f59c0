//! Workbooks of Excel: the table with typed columns, and a sheet that explains it.
//!
//! Rows go through an unnamed temporary file, so that memory does not grow with them.

use std::collections::BTreeMap;
use std::io::Write;

use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};
use serde_json::Value;

use super::feature_table::FeatureTable;
use super::product::Encoded;
use super::{Product, coverage, is_formula, series};
use crate::disclosure::Release;
use crate::invalid::Cause;
use crate::layer::{Column, ColumnValue, CoverageTable, Layer, SeriesTable, TableGeometry, ValueKind, drawn_marking};
use crate::score::columns::{BAND, LEVEL, LEVEL_NAME};

/// Rows of a sheet, that of the header included.
const MAX_ROWS: usize = 1_048_576;

/// The table of a layer. A sheet has no shapes.
pub(super) fn layer(release: &Release<'_, Layer>, out: &mut dyn Write) -> Encoded {
    let layer = release.product();
    let table = FeatureTable::of(layer, TableGeometry::None);
    let content =
        WorkbookContent { columns: &table.columns, rows: table.len(), layer, about: Layer::provenance_json(release) };
    content.write("Scores", out)
}

/// One row a date and cell.
pub(super) fn series(release: &Release<'_, SeriesTable>, out: &mut dyn Write) -> Encoded {
    let table = release.product();
    let cells: Vec<String> = table.series.cells.iter().map(ToString::to_string).collect();
    let columns = series::columns(table, &cells);
    let rows = cells.len() * table.series.dates.len();
    let about = SeriesTable::provenance_json(release);
    WorkbookContent { columns: &columns, rows, layer: &table.layer, about }.write("Series", out)
}

/// One row a place and source.
pub(super) fn coverage(release: &Release<'_, CoverageTable>, out: &mut dyn Write) -> Encoded {
    let table = release.product();
    let columns = coverage::columns(table);
    let about = CoverageTable::provenance_json(release);
    WorkbookContent { columns: &columns, rows: table.table.len(), layer: &table.layer, about }.write("Coverage", out)
}

/// Content of a workbook.
struct WorkbookContent<'a, 'c> {
    columns: &'a [Column<'c>],
    rows: usize,
    /// Layer whose marking and levels it has.
    layer: &'a Layer,
    about: Value,
}

/// Formats of cells, one of each kind.
struct Formats {
    plain: Format,
    head: Format,
    date: Format,
    wrapped: Format,
    coloured: BTreeMap<[u8; 3], Format>,
}

impl Formats {
    fn new() -> Self {
        let plain = Format::new();
        Self {
            head: plain.clone().set_bold(),
            date: plain.clone().set_num_format("yyyy-mm-dd"),
            wrapped: plain.clone().set_text_wrap().set_align(FormatAlign::Top),
            coloured: BTreeMap::new(),
            plain,
        }
    }

    /// Format of a cell on a colour, its text black or white, whichever is easier to read.
    fn on(&mut self, colour: [u8; 3]) -> &Format {
        self.coloured.entry(colour).or_insert_with(|| {
            let [red, green, blue] = colour.map(u32::from);
            let is_dark = red * 299 + green * 587 + blue * 114 < 128_000;
            let text = if is_dark { Color::White } else { Color::Black };
            Format::new().set_background_color(Color::RGB(red << 16 | green << 8 | blue)).set_font_color(text)
        })
    }
}

impl WorkbookContent<'_, '_> {
    /// Writes the workbook, its first sheet under this name.
    fn write(&self, name: &str, out: &mut dyn Write) -> Encoded {
        if self.rows >= MAX_ROWS {
            let problem =
                format!("a sheet holds {} rows below its header, and this table has {}", MAX_ROWS - 1, self.rows);
            return Err(format!("{problem}; write .csv or .parquet").into());
        }
        let mut workbook = Workbook::new();
        // A fixed day of making: a table gives the same bytes whenever it is written.
        let written = ExcelDateTime::from_ymd(2000, 1, 1)?;
        let title = &self.layer.provenance().title;
        workbook.set_properties(&DocProperties::new().set_title(title).set_creation_datetime(&written));
        let mut formats = Formats::new();
        let sheet = workbook.add_worksheet_with_constant_memory()?.set_name(name)?;
        self.write_table(sheet, &mut formats)?;
        self.set_marking(sheet);
        let sheet = workbook.add_worksheet().set_name("About")?;
        self.write_about(sheet, &mut formats)?;
        self.set_marking(sheet);
        out.write_all(&workbook.save_to_buffer()?)?;
        Ok(Vec::new())
    }

    /// Puts the marking at the head of every printed page.
    fn set_marking(&self, sheet: &mut Worksheet) {
        sheet.set_header(format!("&C{}", drawn_marking(&self.layer.provenance().marking).replace('&', "&&")));
    }

    fn write_table(&self, sheet: &mut Worksheet, formats: &mut Formats) -> Result<(), Cause> {
        for (place, column) in (0..).zip(self.columns) {
            write_text(sheet, 0, place, &column.name, &formats.head)?;
            #[allow(clippy::cast_precision_loss, reason = "lengths of names")]
            sheet.set_column_width(place, (column.name.chars().count() as f64 + 3.0).clamp(10.0, 40.0))?;
        }
        for row in 0..self.rows {
            let line = u32::try_from(row)? + 1;
            for (place, column) in (0..).zip(self.columns) {
                let value = column.value(row);
                let colour = self.colour(column, &value);
                let format = match (colour, &value) {
                    (Some(colour), _) => formats.on(colour),
                    (None, ColumnValue::Date(_)) => &formats.date,
                    (None, _) => &formats.plain,
                };
                write_value(sheet, line, place, value, format)?;
            }
        }
        let last = u16::try_from(self.columns.len())?.saturating_sub(1);
        sheet.set_freeze_panes(1, 1)?;
        sheet.autofilter(0, 0, u32::try_from(self.rows)?, last)?;
        Ok(())
    }

    /// Colour of a level, and of a class on the map.
    fn colour(&self, column: &Column<'_>, value: &ColumnValue<'_>) -> Option<[u8; 3]> {
        let levels = self.layer.level_symbols();
        let of_level = |place: Option<usize>| levels.get(place?).map(|symbol| symbol.colour);
        let rules = &self.layer.provenance().levels;
        match value {
            ColumnValue::Whole(number) if column.name == LEVEL.name => {
                of_level(rules.iter().position(|rule| i64::from(rule.number) == *number))
            }
            ColumnValue::Text(name) if column.name == LEVEL_NAME.name => {
                of_level(rules.iter().position(|rule| rule.name == *name))
            }
            ColumnValue::Text(class) if column.name == BAND.name => {
                let all = self.layer.symbols().iter().chain(levels);
                all.into_iter().find(|symbol| symbol.value == *class).map(|symbol| symbol.colour)
            }
            _ => None,
        }
    }

    /// Writes what the table is, what its columns and colours mean, and where it comes from.
    fn write_about(&self, sheet: &mut Worksheet, formats: &mut Formats) -> Result<(), Cause> {
        let provenance = self.layer.provenance();
        let mut line = 0;
        let mut write = |texts: &[&str], format: &Format, sheet: &mut Worksheet| -> Result<u32, XlsxError> {
            for (place, text) in (0..).zip(texts) {
                write_text(sheet, line, place, text, format)?;
            }
            line += 1;
            Ok(line - 1)
        };
        write(&[&provenance.title], &formats.head, sheet)?;
        write(&[&provenance.marking], &formats.head, sheet)?;
        write(&[], &formats.plain, sheet)?;
        write(&["Column", "Type", "Meaning"], &formats.head, sheet)?;
        for column in self.columns {
            write(&[&column.name, kind(column.kind), &column.about], &formats.wrapped, sheet)?;
        }
        write(&[], &formats.plain, sheet)?;
        write(&["Level", "Name"], &formats.head, sheet)?;
        for (rule, symbol) in provenance.levels.iter().zip(self.layer.level_symbols()) {
            let format = formats.on(symbol.colour).clone();
            write(&[&rule.number.to_string(), &rule.name], &format, sheet)?;
        }
        write(&[], &formats.plain, sheet)?;
        write(&["Provenance", "", "Value"], &formats.head, sheet)?;
        let mut facts = Vec::new();
        flatten("", &self.about, &mut facts);
        for (name, value) in &facts {
            write(&[name, "", value], &formats.wrapped, sheet)?;
        }
        for (place, width) in [(0, 34), (1, 14), (2, 100)] {
            sheet.set_column_width(place, width)?;
        }
        Ok(())
    }
}

fn write_value(
    sheet: &mut Worksheet,
    line: u32,
    place: u16,
    value: ColumnValue<'_>,
    format: &Format,
) -> Result<(), XlsxError> {
    // Beyond these a sheet rounds whole numbers.
    const EXACT: std::ops::RangeInclusive<i64> = -9_007_199_254_740_992..=9_007_199_254_740_992;
    match value {
        ColumnValue::Flag(flag) => drop(sheet.write_boolean_with_format(line, place, flag, format)?),
        ColumnValue::Whole(number) if EXACT.contains(&number) => {
            sheet.write_number_with_format(line, place, number as f64, format)?;
        }
        ColumnValue::Whole(number) => drop(sheet.write_string_with_format(line, place, number.to_string(), format)?),
        ColumnValue::Real(number) if number.is_finite() => {
            sheet.write_number_with_format(line, place, number, format)?;
        }
        ColumnValue::Null | ColumnValue::Real(_) => {}
        ColumnValue::Text(text) => write_text(sheet, line, place, &text, format)?,
        ColumnValue::Date(day) => {
            let date = day.date();
            let parts = (u16::try_from(date.year()), u8::try_from(date.month()), u8::try_from(date.day()));
            let (Ok(year), Ok(month), Ok(of_month)) = parts else { return Ok(()) };
            match ExcelDateTime::from_ymd(year, month, of_month) {
                Ok(date) => drop(sheet.write_datetime_with_format(line, place, &date, format)?),
                // A sheet has no days before 1900.
                Err(_) => drop(sheet.write_string_with_format(line, place, day.to_string(), format)?),
            }
        }
    }
    Ok(())
}

/// Writes a text as text. The mark of an apostrophe before one like a formula keeps it text when somebody edits the cell.
fn write_text(sheet: &mut Worksheet, line: u32, place: u16, text: &str, format: &Format) -> Result<(), XlsxError> {
    if is_formula(text) {
        sheet.write_string_with_format(line, place, shortened(text), &format.clone().set_quote_prefix())?;
    } else {
        sheet.write_string_with_format(line, place, shortened(text), format)?;
    }
    Ok(())
}

/// A text as long as a cell can be.
fn shortened(text: &str) -> String {
    const MAX_UNITS: usize = 32_767;
    if text.len() <= MAX_UNITS {
        return text.to_owned();
    }
    let mut units = 0;
    text.chars()
        .take_while(|letter| {
            units += letter.len_utf16();
            units < MAX_UNITS
        })
        .chain(['…'])
        .collect()
}

/// Name of a type for readers.
fn kind(kind: ValueKind) -> &'static str {
    match kind {
        ValueKind::Flag => "true or false",
        ValueKind::Whole => "whole number",
        ValueKind::Real => "number",
        ValueKind::Text => "text",
        ValueKind::Date => "date",
    }
}

/// Leaves of JSON, each with its path.
fn flatten(path: &str, value: &Value, facts: &mut Vec<(String, String)>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| flatten(&below(name), value, facts)),
        Value::Array(list) if list.iter().any(|item| item.is_object() || item.is_array()) => {
            (1..).zip(list).for_each(|(number, value)| flatten(&below(&number.to_string()), value, facts));
        }
        Value::Array(list) => {
            let texts: Vec<String> = list.iter().map(leaf).collect();
            facts.push((path.to_owned(), texts.join(", ")));
        }
        value => facts.push((path.to_owned(), leaf(value))),
    }
}

fn leaf(value: &Value) -> String {
    value.as_str().map_or_else(|| if value.is_null() { String::new() } else { value.to_string() }, str::to_owned)
}
