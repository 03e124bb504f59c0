//! Rows of text as records, for formats of the embedding program.

use super::{Field, FormatError, Records, Step, TableHeader};

/// A cursor over rows of text with named columns. A short row has no value in its last columns. An empty one stands for
/// a record that cannot be read, and is quarantined for its lack of a position.
#[derive(Debug)]
pub struct TextRows<I> {
    header: TableHeader,
    rows: I,
    row: Vec<String>,
}

impl<I: Iterator<Item = Vec<String>>> TextRows<I> {
    /// A cursor before the first row. Columns are found by their names, as in a CSV file.
    pub fn new<N: ToString>(names: impl IntoIterator<Item = N>, rows: impl IntoIterator<IntoIter = I>) -> Self {
        let names = names.into_iter().map(|name| name.to_string()).collect();
        Self { header: TableHeader { names, ..TableHeader::default() }, rows: rows.into_iter(), row: Vec::new() }
    }
}

impl<I: Iterator<Item = Vec<String>> + 'static> Records for TextRows<I> {
    fn header(&self) -> &TableHeader {
        &self.header
    }

    fn advance(&mut self) -> Result<Step, FormatError> {
        self.row = match self.rows.next() {
            Some(row) => row,
            None => return Ok(Step::End),
        };
        Ok(Step::Record)
    }

    fn field(&self, column: usize) -> Field<'_> {
        self.row.get(column).map_or(Field::Null, |text| Field::Text(text))
    }
}
