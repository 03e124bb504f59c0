//! Category labels and names of sources in a file, as small numbers.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::{Categories, Columns, ReadOptions};
use crate::format::Field;
use crate::incident::Category;

/// Category labels met so far. A label is looked up by its meaning once; after that it is one look into a table.
#[derive(Debug)]
pub(super) struct Labels {
    numbers: FxHashMap<Box<str>, u32>,
    /// Label met last at each place, computed from its length and ends. Of a few labels, as most files have, each has a
    /// place of its own, and is found without a look into `numbers`.
    recent: Vec<(String, u32)>,
    /// Number 0 is a missing label; from [`Self::MAX`] on, one number for all further labels of a category.
    list: Vec<CategoryLabel>,
}

#[derive(Debug)]
struct CategoryLabel {
    /// `None` for an unknown label.
    category: Option<Category>,
    count: u64,
}

impl Default for Labels {
    fn default() -> Self {
        Self {
            numbers: FxHashMap::default(),
            recent: vec![(String::new(), 0); Self::RECENT],
            list: vec![CategoryLabel { category: Some(Category::Other), count: 0 }],
        }
    }
}

impl Labels {
    /// Maximal distinct labels. A column with more is not one of categories.
    const MAX: usize = 10_000;

    const RECENT: usize = 256;

    #[inline]
    pub(super) fn number(&mut self, field: Field<'_>, options: &ReadOptions, columns: &Columns) -> u32 {
        match field {
            Field::Text(text) => {
                let bytes = text.as_bytes();
                let ends = [bytes.first(), bytes.last()].map(|byte| usize::from(*byte.unwrap_or(&0)));
                let place = (bytes.len() * 37 + ends[0] * 5 + ends[1]) % Self::RECENT;
                match &self.recent[place] {
                    (label, number) if label == text => *number,
                    _ => {
                        let number = self.add(text, options, columns);
                        let (label, known) = &mut self.recent[place];
                        label.clear();
                        label.push_str(text);
                        *known = number;
                        number
                    }
                }
            }
            Field::Null => 0,
            other => self.add(&other.displayed(), options, columns),
        }
    }

    #[cold]
    fn add(&mut self, text: &str, options: &ReadOptions, columns: &Columns) -> u32 {
        if text.trim().is_empty() {
            return 0;
        }
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let category = options.categories.lookup(columns.preset, text.trim());
        if self.list.len() > Self::MAX {
            // One number for all further labels of a category.
            let rest = &self.list[Self::MAX..];
            if let Some(index) = rest.iter().position(|label| label.category == category) {
                return (Self::MAX + index) as u32;
            }
        } else {
            self.numbers.insert(text.into(), self.list.len() as u32);
        }
        self.list.push(CategoryLabel { category, count: 0 });
        self.list.len() as u32 - 1
    }

    #[inline]
    pub(super) fn count(&mut self, number: u32) {
        self.list[number as usize].count += 1;
    }

    pub(super) fn category(&self, number: u32) -> Category {
        self.list[number as usize].category.unwrap_or(Category::Other)
    }

    /// True if a label of the table was met.
    pub(super) fn has_any_of(&self, table: &Categories) -> bool {
        self.numbers.keys().any(|label| table.has(label.trim()))
    }

    pub(super) fn unmapped(&self) -> BTreeMap<String, u64> {
        let of = |number: u32| &self.list[number as usize];
        #[allow(clippy::iter_over_hash_type, reason = "collected into a sorted map")]
        let named = self.numbers.iter().filter(|&(_, &number)| of(number).category.is_none() && of(number).count > 0);
        let mut unmapped = BTreeMap::new();
        for (label, &number) in named {
            *unmapped.entry(label.trim().to_owned()).or_default() += of(number).count;
        }
        let others = self.list.iter().skip(Self::MAX + 1).filter(|label| label.category.is_none());
        let others: u64 = others.map(|label| label.count).sum();
        if others > 0 {
            unmapped.insert(format!("(beyond {} different labels)", Self::MAX), others);
        }
        unmapped
    }
}

/// Names of sources met so far.
#[derive(Debug)]
pub(super) struct SourceNames {
    /// Number of a report that names no source.
    unnamed: u32,
    numbers: FxHashMap<Box<str>, u32>,
    pub(super) list: Vec<String>,
}

impl SourceNames {
    /// Maximal sources of a file: a column with more is not one of sources, and classes would be as many as reports.
    pub(super) const MAX: usize = 1 << 16;

    /// No names but the source of reports that name none.
    pub(super) fn new(unnamed: Option<&str>) -> Self {
        // Not by `number`, which is inlined where it is called once.
        let list: Vec<String> =
            unnamed.map(|name| name.trim_ascii().to_owned()).filter(|name| !name.is_empty()).into_iter().collect();
        let numbers: FxHashMap<Box<str>, u32> = list.iter().map(|name| (name.as_str().into(), 1)).collect();
        Self { unnamed: list.len() as u32, numbers, list }
    }

    /// The number of a source, from 1; where none is stated, that of the usual one, or 0.
    #[inline]
    pub(super) fn number(&mut self, field: Field<'_>) -> u32 {
        let owned;
        let name = match field {
            Field::Text(text) => text.trim_ascii(),
            Field::Null => return self.unnamed,
            other => {
                owned = other.displayed();
                &owned
            }
        };
        if name.is_empty() {
            return self.unnamed;
        }
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        self.list.push(name.to_owned());
        let number = self.list.len() as u32;
        self.numbers.insert(name.into(), number);
        number
    }
}
