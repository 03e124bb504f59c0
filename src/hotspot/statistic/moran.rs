//! Local Moran of the reports in the window, by name.

use h3o::CellIndex;
use serde_json::{Value, json};

use super::super::found::{CellColumn, cell_columns, number, probability, words};
use super::super::inputs::about_neighbours;
use super::super::options::{KERNEL, OptionRow, PERMUTATIONS, RINGS, SEED, StatisticOptions};
use super::super::{
    Findings, FoundColumn, HotspotError, Hotspots, LocalMoran, Neighbours, Permutations, Quadrant, StatisticClass,
    StatisticFill, StatisticInputs, local_moran,
};
use super::CellStatistic;
use crate::rounding::significant;
use crate::score::columns::{ColumnSchema, optional, text};

/// [`local_moran`] of the reports in the window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moran {
    /// Neighbours and their weights.
    pub neighbours: Neighbours,
    /// Draws behind p.
    pub permutations: Permutations,
}

impl Moran {
    /// Neighbours one step away, 999 permutations.
    pub const DEFAULT: Self = Self { neighbours: Neighbours::DEFAULT, permutations: Permutations::DEFAULT };
}

impl StatisticOptions for Moran {
    const ID: &'static str = "moran";
    const ABOUT: &'static str =
        "local Moran: cells like their neighbours (HH, LL), and cells unlike them (HL, LH), in the window";
    const OPTIONS: &'static [OptionRow<Self>] = &[
        RINGS.sets(|moran| &mut moran.neighbours.rings),
        KERNEL.sets(|moran| &mut moran.neighbours.kernel),
        PERMUTATIONS.sets(|moran| &mut moran.permutations.draws),
        SEED.sets(|moran| &mut moran.permutations.seed),
    ];
}

const QUADRANT: &str = "moran_quadrant";
/// Maximum q of a hot spot.
const SIGNIFICANCE: f64 = 0.05;

impl CellStatistic for Moran {
    type Found = Vec<LocalMoran>;
    const COLUMNS: &'static [CellColumn<Vec<LocalMoran>>] = cell_columns! { Vec<LocalMoran>, |found, row|
        field number("moran_i", "", f64::MIN, "local Moran: above 0 where a cell is like its neighbours") => found[row].i;
        custom ColumnSchema::text(QUADRANT, "HH, LL, HL or LH: the cell, then its neighbours, beside the mean")
            => optional(found[row].quadrant, |quadrant| text(quadrant.id())),
            |found, row, value| {
                found[row].quadrant = Quadrant::ALL.into_iter().find(|known| words(value) == Some(known.id()));
                Some(())
            };
        field probability("moran_p", "its two-sided p by conditional permutation") => found[row].p;
        field probability("moran_q", "its q by Benjamini and Hochberg among all cells") => found[row].q;
    };

    fn check_options(&self) -> Result<(), HotspotError> {
        self.neighbours.check()?;
        Ok(self.permutations.check()?)
    }

    fn compute(&self, inputs: StatisticInputs<'_>) -> Result<Hotspots, HotspotError> {
        let (counted, Permutations { draws, seed }) = (inputs.window(), self.permutations);
        let weights = self.neighbours.weights(inputs.area)?;
        let found = local_moran(&inputs.in_window(), &weights, self.permutations)?;
        let mut about = about_neighbours(Self::ID, &counted, self.neighbours);
        about["fdr_family"] = "all cells".into();
        about["permutations"] = json!({"draws": draws, "seed": seed});
        let notices = notices(&found, &counted, self.permutations);
        Ok(Hotspots::new(found, about, notices))
    }

    fn blank(cells: &[CellIndex], _about: &Value) -> Vec<LocalMoran> {
        vec![LocalMoran { i: 0.0, quadrant: None, p: 1.0, q: 1.0 }; cells.len()]
    }

    fn legend() -> Option<StatisticFill> {
        let class = |quadrant: &Quadrant| StatisticClass {
            value: quadrant.id().to_owned(),
            label: quadrant.name().to_owned(),
            listed: (format!("moran {}", quadrant.id()), quadrant.name().to_owned()),
            colour: quadrant.colour(),
            is_cold: matches!(quadrant, Quadrant::LowLow | Quadrant::LowHigh),
        };
        let classes = Quadrant::ALL.iter().rev().map(class).collect();
        let title = "Reports beside the neighbours' (Moran)";
        Some(StatisticFill { column: QUADRANT, title, classes, only_present: false })
    }
}

impl Findings for Vec<LocalMoran> {
    fn columns(&self) -> Vec<FoundColumn<'_>> {
        CellColumn::of(Moran::COLUMNS, self, self.len())
    }

    fn is_hot(&self, row: usize) -> bool {
        self[row].quadrant == Some(Quadrant::HighHigh) && significant(self[row].q, 4) <= SIGNIFICANCE
    }
}

fn notices(found: &[LocalMoran], counted: &str, permutations: Permutations) -> Vec<String> {
    let significant = |quadrant: &Quadrant| {
        let cells = found.iter().filter(|cell| cell.q <= SIGNIFICANCE && cell.quadrant == Some(*quadrant)).count();
        format!("{} {cells}", quadrant.name().to_lowercase())
    };
    let quadrants: Vec<String> = Quadrant::ALL.iter().map(significant).collect();
    let mut notices = vec![format!("local Moran of {counted}, q at most 0.05: {}", quadrants.join(" · "))];
    let undefined = found.iter().filter(|cell| cell.quadrant.is_none()).count();
    if undefined > 0 {
        notices.push(format!("cells whose I is not defined (equal counts, or no neighbour): {undefined}"));
    }
    // q is p times all cells, divided by those that have it or less.
    let together = (permutations.min_p() * found.len() as f64 / SIGNIFICANCE).ceil();
    if together > 1.0 {
        let (draws, min_p) = (permutations.draws, permutations.min_p());
        notices.push(format!(
            "p of {draws} draws is {min_p} at least, so that q is at most 0.05 for {together} cells together or none; \
             --permutations takes more draws"
        ));
    }
    notices
}
