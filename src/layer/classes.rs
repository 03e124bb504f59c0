//! The classes by which a map is read: one for every band, another for each where reports are few, and those of cells without a
//! score. Styles, legends and the column `band` are made from this one list.

use super::{Band, Layer};
use crate::score::{CellScore, Status};

/// Cells that a map draws alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// What the column `band` holds.
    pub value: String,
    /// What a legend says.
    pub label: String,
    /// Red, green and blue.
    pub colour: [u8; 3],
    /// What is drawn beside the colour.
    pub sign: Sign,
}

/// What is drawn beside a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Nothing.
    Plain,
    /// A dot in the middle: few reports, to be read with care.
    Dot,
    /// Hatching: silence is not calm.
    Hatched,
}

/// Grey of hatching, and of what is kept back.
const GREY: [u8; 3] = [0xb9, 0xbe, 0xc6];

/// Classes of cells without a score, after those of the bands.
const WITHOUT_SCORE: [(&str, &str); 3] = [
    ("no_reports", "no report that counts: not the same as calm"),
    ("no_data", "no data for these days"),
    ("suppressed", "not shown: too few reports to publish"),
];

/// The classes of bands, lowest first, each followed by that of its sparse cells; then those without a score.
pub(super) fn classes(bands: &[Band], sparse_below: f64) -> Vec<Class> {
    let of_band = |band: &Band| {
        let value = format!("{} to {}", band.from, band.to);
        let sparse = format!("{value}, sparse");
        let few = format!("{value}, fewer than {sparse_below} reports");
        [
            Class { label: value.clone(), value, colour: band.colour, sign: Sign::Plain },
            Class { value: sparse, label: few, colour: band.colour, sign: Sign::Dot },
        ]
    };
    let without = WITHOUT_SCORE.into_iter().map(|(value, label)| {
        let sign = if value == "suppressed" { Sign::Plain } else { Sign::Hatched };
        Class { value: value.to_owned(), label: label.to_owned(), colour: GREY, sign }
    });
    bands.iter().flat_map(of_band).chain(without).collect()
}

impl Layer {
    /// The classes of its cells, whether or not there is a cell in each.
    ///
    /// ```
    /// use tensionmap::{Engine, layer::Sign, sample};
    /// let run = Engine::builder().as_of("2026-03-02").build()?.incidents(sample::incidents())?.run()?;
    /// let silent = run.layer.classes().iter().find(|class| class.value == "no_reports").ok_or("always there")?;
    /// assert_eq!(silent.sign, Sign::Hatched);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// The class of a cell.
    pub(crate) fn class(&self, cell: &CellScore) -> &Class {
        let place = match cell.status {
            Status::Scored => {
                let band = Band::ALL.iter().rposition(|band| cell.score >= band.from).unwrap_or(0);
                2 * band + usize::from(cell.sparse)
            }
            Status::NoReports => 2 * Band::ALL.len(),
            Status::NoData => 2 * Band::ALL.len() + 1,
        };
        &self.classes[place]
    }
}
