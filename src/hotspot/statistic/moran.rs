//! Local Moran of the reports in the window, by name.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::found::{CellColumn, SavedColumns, SavedValueError, column, or_null, probability};
use super::super::inputs::about_neighbours;
use super::super::options::{KERNEL, PERMUTATIONS, RINGS, SEED, unknown};
use super::super::{
    ColumnKind, Findings, FoundColumn, HotspotError, Hotspots, LocalMoran, Neighbours, Permutations, Quadrant,
    StatisticClass, StatisticColumn, StatisticFill, StatisticInfo, StatisticInputs, StatisticValue, local_moran,
};
use super::{Statistic, StatisticLayout};
use crate::invalid::InvalidValue;
use crate::rounding::{round_to, significant};

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

    const INFO: StatisticInfo = StatisticInfo {
        id: "moran",
        about: "local Moran: cells like their neighbours (HH, LL), and cells unlike them (HL, LH), in the window",
        options: &[RINGS, KERNEL, PERMUTATIONS, SEED],
    };
}

impl Default for Moran {
    fn default() -> Self {
        Self::DEFAULT
    }
}

const QUADRANT: &str = "moran_quadrant";
/// Maximum q of a hot spot.
const SIGNIFICANCE: f64 = 0.05;

const COLUMNS: &[CellColumn<Vec<LocalMoran>>] = &[
    column("moran_i", "local Moran: above 0 where a cell is like its neighbours", ColumnKind::Real, |found, row| {
        StatisticValue::Real(round_to(found[row].i, 4))
    }),
    column(
        QUADRANT,
        "HH, LL, HL or LH: the cell, then its neighbours, beside the mean",
        ColumnKind::Text,
        |found, row| or_null(found[row].quadrant, |quadrant| StatisticValue::Text(quadrant.id().to_owned())),
    ),
    column("moran_p", "its two-sided p by conditional permutation", ColumnKind::Share, |found, row| {
        probability(found[row].p)
    }),
    column("moran_q", "its q by Benjamini and Hochberg among all cells", ColumnKind::Share, |found, row| {
        probability(found[row].q)
    }),
];

impl Statistic for Moran {
    fn info(&self) -> &'static StatisticInfo {
        &Self::INFO
    }

    fn boxed(&self) -> Box<dyn Statistic> {
        Box::new(*self)
    }

    fn set(&mut self, option: &str, value: &str) -> Result<(), InvalidValue> {
        match option {
            "rings" | "kernel" => self.neighbours.set(option, value),
            "permutations" | "seed" => self.permutations.set(option, value),
            _ => Err(unknown(&Self::INFO, option)),
        }
    }

    fn check(&self) -> Result<(), HotspotError> {
        self.neighbours.check()?;
        Ok(self.permutations.check()?)
    }

    fn find(&self, inputs: StatisticInputs<'_>) -> Result<Hotspots, HotspotError> {
        let (counted, Permutations { draws, seed }) = (inputs.window(), self.permutations);
        let weights = self.neighbours.weights(inputs.area)?;
        let found = local_moran(&inputs.in_window(), &weights, self.permutations)?;
        let mut about = about_neighbours(self.id(), &counted, self.neighbours);
        about["fdr_family"] = "all cells".into();
        about["permutations"] = json!({"draws": draws, "seed": seed});
        let notices = notices(&found, &counted, self.permutations);
        Ok(Hotspots::new(found, about, notices))
    }

    fn fill(&self) -> Option<StatisticFill> {
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

impl StatisticLayout for Moran {
    fn columns(&self) -> Vec<StatisticColumn> {
        CellColumn::all(COLUMNS)
    }

    fn read(&self, saved: &SavedColumns<'_>, _about: &Value) -> Result<Arc<dyn Findings>, SavedValueError> {
        let (i, quadrant) = (saved.reals("moran_i"), saved.texts(QUADRANT));
        let (p, q) = (saved.shares("moran_p"), saved.shares("moran_q"));
        let cell = |row: usize| LocalMoran {
            i: i[row].unwrap_or_default(),
            quadrant: Quadrant::ALL.into_iter().find(|known| quadrant[row] == Some(known.id())),
            p: p[row],
            q: q[row],
        };
        Ok(Arc::new((0..i.len()).map(cell).collect::<Vec<_>>()))
    }
}

impl Findings for Vec<LocalMoran> {
    fn columns(&self) -> Vec<FoundColumn<'_>> {
        CellColumn::of(COLUMNS, self, self.len())
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
