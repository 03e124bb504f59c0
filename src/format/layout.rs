//! Layout of tables that people made: a header below titles, and rows of totals or notes among the records.

use std::fmt;
use std::sync::Arc;

/// Rows among which the header is looked for.
pub(super) const TOP_ROWS: usize = 64;

/// Judge of a header: true if a table with these columns has what its reader needs.
#[derive(Clone)]
pub(crate) struct Suits(pub(crate) Arc<SuitsFn>);

/// True for the names of columns that suit.
pub(crate) type SuitsFn = dyn Fn(&[String]) -> bool + Send + Sync;

impl fmt::Debug for Suits {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Suits")
    }
}

/// One of the first rows of a table, which may be its header.
#[derive(Debug)]
pub(super) struct TopRow {
    /// Its cells as names of columns, empty where there is none.
    pub(super) names: Vec<String>,
    /// True if a cell is a value and not a name.
    has_value: bool,
}

impl TopRow {
    /// A row of cells, each with its text; cells of another type than text are values, but for years.
    pub(super) fn new<'a>(cells: impl IntoIterator<Item = (&'a str, bool)>) -> Self {
        let (mut names, mut values): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        for (text, is_typed) in cells {
            let name = name(text);
            if !name.is_empty() && (is_typed || is_value(&name)) {
                values.push(name.clone());
            }
            names.push(name);
        }
        // Columns of a table by year are named after the years.
        let is_year = |text: &String| text.len() == 4 && (1900..=2100).contains(&text.parse().unwrap_or(0));
        values.sort();
        let are_years = values.iter().all(is_year) && values.len() > 1 && values.windows(2).all(|two| two[0] != two[1]);
        let has_name = names.iter().filter(|name| !name.is_empty()).count() > values.len();
        let is_of_years = are_years && has_name;
        Self { has_value: !values.is_empty() && !is_of_years, names }
    }

    /// Number of cells that are filled.
    pub(super) fn filled(&self) -> usize {
        self.names.iter().filter(|name| !name.is_empty()).count()
    }

    /// The name that was taken for a value.
    pub(super) fn value(&self) -> Option<&str> {
        self.names.iter().map(String::as_str).find(|name| self.has_value && is_value(name))
    }

    /// Its filled cells as evidence in a notice.
    pub(super) fn quoted(&self) -> String {
        const MAX_CHARS: usize = 60;
        let filled: Vec<&str> = self.names.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
        let text = filled.join(" ");
        let more = if text.chars().count() > MAX_CHARS { "…" } else { "" };
        format!("{:?}", text.chars().take(MAX_CHARS).collect::<String>() + more)
    }
}

/// Name of a column, with the newlines folded that some publishers put inside.
pub(super) fn name(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Place of the header among the first rows: the first that suits its reader, else the first that is wide and holds names alone.
///
/// A row is wide if it fills more than half of the columns that two rows fill. Without such a row it is the first one.
pub(super) fn header(rows: &[TopRow], suits: Option<&Suits>) -> usize {
    let wide = wide_row(rows);
    let fits = |row: &TopRow| row.filled() > 1 && !row.has_value && suits.is_some_and(|suits| (suits.0)(&row.names));
    if let Some(place) = wide.filter(|&place| fits(&rows[place])).or_else(|| rows.iter().position(fits)) {
        return place;
    }
    wide.or_else(|| rows.iter().position(|row| row.filled() > 0)).unwrap_or(0)
}

/// The first wide row, if it holds names alone.
pub(super) fn wide_row(rows: &[TopRow]) -> Option<usize> {
    let mut widths: Vec<usize> = rows.iter().map(TopRow::filled).filter(|&filled| filled > 0).collect();
    widths.sort_unstable_by(|one, other| other.cmp(one));
    let width = widths.get(1).or(widths.first()).copied()?;
    let wide = rows.iter().position(|row| row.filled() > width / 2 && row.filled() > usize::from(width > 1))?;
    (!rows[wide].has_value).then_some(wide)
}

/// Notice of a header that is not the first row.
pub(super) fn below_titles(file: &str, what: &str, number: u64, titles: &[&TopRow]) -> String {
    let shown: Vec<String> = titles.iter().filter(|row| row.filled() > 0).map(|row| row.quoted()).collect();
    let shown = if shown.is_empty() { "which hold nothing".to_owned() } else { shown.join(", ") };
    let (count, s) = (number - 1, if number == 2 { "" } else { "s" });
    format!(
        "{file}: the header is {what} {number}; {count} {what}{s} above left out ({shown}); --header-row N chooses another"
    )
}

/// True for a value where a name of a column is expected.
fn is_value(name: &str) -> bool {
    let is_of_value = |c: char| c.is_ascii_digit() || matches!(c, '-' | '.' | ':' | '/' | ' ' | 'T' | 'Z');
    name.contains(|c: char| c.is_ascii_digit()) && name.chars().all(is_of_value)
}

/// True for text that stands for no value: white space, and what old programs end a file with.
#[inline]
pub(super) fn is_blank(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_whitespace() || byte == 0 || byte == 0x1a)
}

/// Kind of a row below the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowKind {
    Record,
    /// Without any value.
    Blank,
    /// Totals, or a note in words alone in its row: neither can be a record of several columns.
    Aside,
}

/// True for a row that is a record for certain, by the first bytes of its first two cells; 0 stands for an empty one.
#[inline]
pub(super) fn is_record(first: u8, second: u8) -> bool {
    first > b' ' && second > b' ' && !may_begin_total(first)
}

/// True for the first letters of the words that rows of totals begin with.
#[inline]
fn may_begin_total(byte: u8) -> bool {
    matches!(byte | 0x20, b't' | b'g' | b's' | b'o')
}

/// Kind of a row of cells by their texts, in a table of so many columns.
#[inline]
pub(super) fn kind<'a>(columns: usize, cells: usize, text: impl Fn(usize) -> &'a str) -> RowKind {
    let Some(first) = (0..cells).find(|&cell| !is_blank(text(cell))) else { return RowKind::Blank };
    let label = text(first);
    let mut others = (first + 1..cells).filter(|&cell| !is_blank(text(cell)));
    // Nearly every row ends here: its first value is another word, and it has a second.
    let may_be_total = label.trim_start().as_bytes().first().is_some_and(|&byte| may_begin_total(byte));
    if !may_be_total && others.next().is_some() {
        return RowKind::Record;
    }
    if is_total_or_note(columns, label, others.count()) { RowKind::Aside } else { RowKind::Record }
}

/// True for the first value of a row of totals, or of a note, with the number of the other values in its row.
fn is_total_or_note(columns: usize, label: &str, others: usize) -> bool {
    const TOTALS: [&str; 8] =
        ["total", "totals", "grand total", "sub total", "sub-total", "subtotal", "overall total", "total number"];
    let begins = |part: &&str| label.trim_start().get(..3).is_some_and(|begin| begin.eq_ignore_ascii_case(part));
    if others > 0 && !["tot", "gra", "sub", "ove"].iter().any(begins) {
        return false;
    }
    let label = label.trim().trim_end_matches([':', ' ']).to_lowercase();
    if TOTALS.contains(&label.as_str()) || (label.starts_with("total ") && others * 2 < columns) {
        return columns > 2 || others > 0;
    }
    others == 0 && columns > 2 && label.contains(' ') && label.starts_with(|c: char| !c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<TopRow> {
        text.lines().map(|line| TopRow::new(line.split(',').map(|cell| (cell, false)))).collect()
    }

    #[test]
    fn a_header_is_found_below_titles() {
        let found = |text: &str| header(&rows(text), None);
        assert_eq!(found("id,date,lat\n1,2025-01-01,52.6"), 0);
        assert_eq!(found("Incidents in Q3,,\n,,\nid,date,lat\n1,2025-01-01,52.6\n2,2025-01-01,52.6"), 2);
        assert_eq!(found("Report:,ASB,,,\nid,date,lat,lon,kind\n1,2025-01-01,52.6,-1,x\n2,2025-01-01,52,-1,x"), 1);
        // Columns by year, and a table of two columns.
        assert_eq!(found("code,2019,2020\nE1,4,5\nE2,5,6"), 0);
        assert_eq!(found("Population\n\ncode,count\nE1,4\nE2,5"), 2);
        // Without a header the first row is shown, and not one of the others taken.
        assert_eq!(found("1,2025-01-01,52.6\na,b,c"), 0);
    }

    #[test]
    fn the_reader_knows_its_header() {
        let suits = Suits(Arc::new(|names: &[String]| names.iter().any(|name| name == "date")));
        let table = rows("From,2025-01-01,To,2025-03-31\nid,date,lat,lon,kind\n1,2025-01-01,52.6,-1,x\n2,x,52,-1,x");
        assert_eq!((header(&table, Some(&suits)), header(&table, None)), (1, 0));
    }

    #[test]
    fn totals_and_notes_are_no_records() {
        let aside = |text: &str| {
            let cells: Vec<&str> = text.split(',').collect();
            kind(5, cells.len(), |index| cells[index]) == RowKind::Aside
        };
        for text in ["Total,,80,,", ",,Total,80,", "Grand total:,,,,9", "Source: the council", "Note: made up,,,,"] {
            assert!(aside(text), "{text}");
        }
        for text in
            ["7,2025-01-01,asb,52.6,-1.1", "Total Wines,2025-01-01,asb,52.6,-1.1", "17,,,,", "T1,a,b,c,d", ",,,,"]
        {
            assert!(!aside(text), "{text}");
        }
        // A note may be the one value of a table of two columns.
        assert_eq!(kind(2, 2, |index| ["Castle Ward", ""][index]), RowKind::Record);
        assert_eq!(kind(2, 2, |index| ["Total", "9"][index]), RowKind::Aside);
        assert_eq!(kind(2, 2, |index| [" ", "\0"][index]), RowKind::Blank);
    }
}
