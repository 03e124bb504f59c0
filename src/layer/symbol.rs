//! Symbols of GIS styles: two a class of the score, with enough reports and with few, and those of cells without a score. Styles and
//! the column `band` are made from this one list.

use super::{Layer, Legend, LegendClass};
use crate::score::{CellScore, Status};

/// Symbol of cells that look alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Value of the column `band`.
    pub value: String,
    /// Label in a legend.
    pub label: String,
    /// Red, green and blue.
    pub colour: [u8; 3],
    /// Mark on the colour.
    pub sign: SymbolMark,
}

/// Mark on the colour of a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolMark {
    /// Nothing.
    Plain,
    /// A dot in the middle: few reports, to be read with care.
    Dot,
    /// Hatching: silence is not calm.
    Hatched,
}

/// Grey of hatching, and of suppressed cells.
const GREY: [u8; 3] = [0xb9, 0xbe, 0xc6];

/// Classes of cells without a score, after those of the bands.
const WITHOUT_SCORE: [(&str, &str); 3] = [
    ("no_reports", "no report that counts: not the same as calm"),
    ("no_data", "no data for these days"),
    ("suppressed", "not shown: too few reports to publish"),
];

/// Classes of cells without a score, for a method with evidence.
const WITHOUT_EVIDENCE: [(&str, &str); 4] = [
    ("no_reports", "no report that carries weight: not the same as calm"),
    ("no_past", "too little past to compare with: no level"),
    ("no_data", "no data: the sources that report here are missing"),
    ("suppressed", "not shown: too few reports to publish"),
];

/// Meaning of the hatching of silent cells in a legend.
pub(crate) fn silence(with_evidence: bool) -> &'static str {
    if with_evidence { WITHOUT_EVIDENCE[0].1 } else { WITHOUT_SCORE[0].1 }
}

/// The symbols of a legend of scores, lowest first, each followed by that of its sparse cells; then those without a score.
pub(super) fn symbols(legend: &Legend, sparse_below: f64, with_evidence: bool) -> Vec<Symbol> {
    let breaks = legend.breaks();
    let of_class = |(class, span): (&LegendClass, &[f64])| {
        let value = format!("{} to {}", span[0], span[1]);
        let sparse = format!("{value}, sparse");
        let few = format!("{value}, fewer than {sparse_below} reports");
        [
            Symbol { label: value.clone(), value, colour: class.colour, sign: SymbolMark::Plain },
            Symbol { value: sparse, label: few, colour: class.colour, sign: SymbolMark::Dot },
        ]
    };
    legend.classes.iter().zip(breaks.windows(2)).flat_map(of_class).chain(without_score(with_evidence)).collect()
}

/// The symbols of what has no score.
pub(super) fn without_score(with_evidence: bool) -> impl Iterator<Item = Symbol> {
    let all: &[(&str, &str)] = if with_evidence { &WITHOUT_EVIDENCE } else { &WITHOUT_SCORE };
    all.iter().map(|&(value, label)| {
        let sign = if value == "suppressed" { SymbolMark::Plain } else { SymbolMark::Hatched };
        Symbol { value: value.to_owned(), label: label.to_owned(), colour: GREY, sign }
    })
}

impl Layer {
    /// Symbols of its cells in the styles of a GIS, whether or not there is a cell of each kind.
    ///
    /// ```
    /// use tensionmap::{Engine, sample};
    /// use tensionmap::unstable::layer::SymbolMark;
    /// let run = Engine::builder().as_of("2026-03-02").build()?.incidents(sample::incidents())?.run()?;
    /// let silent = run.layer.symbols().iter().find(|symbol| symbol.value == "no_reports").ok_or("always there")?;
    /// assert_eq!(silent.sign, SymbolMark::Hatched);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    /// The symbol of a cell.
    pub(crate) fn symbol(&self, cell: &CellScore) -> &Symbol {
        let place = match cell.status {
            Status::Scored => 2 * self.score_legend().class_of_number(cell.score) + usize::from(cell.sparse),
            status => {
                let of_status = self.symbols.iter().rposition(|symbol| symbol.value == status.id());
                of_status.unwrap_or(self.symbols.len() - 2)
            }
        };
        &self.symbols[place]
    }
}
