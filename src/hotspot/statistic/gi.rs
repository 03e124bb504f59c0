//! Gi* of the reports in the window, by name.

use h3o::CellIndex;
use serde_json::{Value, json};

use super::super::found::{CellColumn, cell_columns, class_counts, number, probability, whole};
use super::super::inputs::about_neighbours;
use super::super::options::{
    KERNEL, OptionRow, PERMUTATIONS, RINGS, SEED, StatisticOption, StatisticOptions, option, switch,
};
use super::super::{
    Bin, Findings, FoundColumn, GiOptions, HotspotError, Hotspots, LocalG, Neighbours, Permutations, StatisticClass,
    StatisticFill, StatisticInputs, getis_ord,
};
use super::CellStatistic;
use crate::score::columns::{ColumnSchema, ColumnValue, ValueKind};

/// [`getis_ord`] of the reports in the window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gi {
    /// Neighbours and their weights.
    pub neighbours: Neighbours,
    /// Parameters.
    pub options: GiOptions,
}

impl Gi {
    /// Neighbours one step away, Gi*, no permutations.
    pub const DEFAULT: Self = Self { neighbours: Neighbours::DEFAULT, options: GiOptions::DEFAULT };
}

impl StatisticOptions for Gi {
    const ID: &'static str = "gi";
    const ABOUT: &'static str = "Gi* of Getis and Ord: where reports of the window are many, or few, together";
    const OPTIONS: &'static [OptionRow<Self>] = &[
        RINGS.sets(|gi| &mut gi.neighbours.rings),
        KERNEL.sets(|gi| &mut gi.neighbours.kernel),
        switch("without-self", "leave the cell itself out of its neighbourhood (Gi, not Gi*)")
            .sets(|gi| &mut gi.options.without_self),
        option("reading", "NAME", "ord-getis", "which formula: ord-getis, spdep, esda-b, esda-r")
            .sets(|gi| &mut gi.options.formula),
        StatisticOption { default: "none", ..PERMUTATIONS }
            .sets(|gi| &mut gi.options.permutations.get_or_insert_default().draws),
        SEED.sets(|gi| &mut gi.options.permutations.get_or_insert_default().seed),
    ];
}

const BIN: &str = "gi_bin";
const BINS: ColumnSchema =
    ColumnSchema::whole(BIN, "", (-3.0, 3.0), "1, 2, 3 where q is at most 0.1, 0.05, 0.01; below 0 for cold spots");

impl CellStatistic for Gi {
    type Found = Vec<LocalG>;
    const COLUMNS: &'static [CellColumn<Vec<LocalG>>] = cell_columns! { Vec<LocalG>, |found, row|
        field number("gi_z", "", f64::MIN, "Gi*, standardised: above 0 where reports are many together, below 0 where few")
            => found[row].z;
        field probability("gi_p", "its two-sided p by the normal distribution") => found[row].p;
        field probability("gi_q", "its q by Benjamini and Hochberg among all cells") => found[row].q;
        custom BINS => ColumnValue::Whole(found[row].bin().into()),
            |found, row, value| {
                let LocalG { z, q, .. } = found[row];
                // A q that was rounded onto the end of a class belongs to the side on which it was.
                let is_of = |q: &f64| Some(i64::from(Bin::of(z, *q).number)) == whole(value);
                found[row].q = [q, q.next_up(), q.next_down()].into_iter().find(is_of).unwrap_or(q);
                Some(())
            };
        field ColumnSchema::new(ValueKind::Flag, "gi_defined", "whether z is defined; if not, z is 0 and p 1")
            => found[row].is_defined;
        optional probability("gi_p_permuted", "its two-sided p by conditional permutation") => found[row].p_permuted;
    };

    fn check_options(&self) -> Result<(), HotspotError> {
        self.neighbours.check()?;
        Ok(self.options.permutations.map_or(Ok(()), Permutations::check)?)
    }

    fn compute(&self, inputs: StatisticInputs<'_>) -> Result<Hotspots, HotspotError> {
        let (counted, options) = (inputs.window(), self.options);
        let weights = self.neighbours.weights(inputs.area)?;
        let found = getis_ord(&inputs.in_window(), &weights, options)?;
        let mut about = about_neighbours(Self::ID, &counted, self.neighbours);
        about["with_self"] = (!options.without_self).into();
        about["reading"] = options.formula.id().into();
        about["fdr_family"] = "all cells".into();
        if let Some(Permutations { draws, seed }) = options.permutations {
            about["permutations"] = json!({"draws": draws, "seed": seed});
        }
        let bins = Bin::ALL
            .iter()
            .map(|bin| (bin.name.to_owned(), found.iter().filter(|cell| cell.bin() == bin.number).count()));
        let mut notices = vec![format!("Gi* of {counted}: {}", class_counts(bins))];
        let undefined = found.iter().filter(|cell| !cell.is_defined).count();
        if undefined > 0 {
            notices.push(format!(
                "cells whose z is not defined (equal counts, or a neighbourhood that is all or nothing): {undefined}"
            ));
        }
        Ok(Hotspots::new(found, about, notices))
    }

    fn blank(cells: &[CellIndex], _about: &Value) -> Vec<LocalG> {
        vec![LocalG { z: 0.0, p: 1.0, q: 1.0, p_permuted: None, is_defined: false }; cells.len()]
    }

    fn legend() -> Option<StatisticFill> {
        let class = |bin: &Bin| StatisticClass {
            value: bin.number.to_string(),
            label: bin.name.to_owned(),
            listed: (format!("{BIN} {}", bin.number), bin.name.to_owned()),
            colour: bin.colour,
            is_cold: bin.number < 0,
        };
        let classes = Bin::ALL.iter().map(class).collect();
        let title = "Hot and cold spots of reports (Gi*)";
        Some(StatisticFill { column: BIN, title, classes, only_present: false })
    }
}

impl Findings for Vec<LocalG> {
    fn columns(&self) -> Vec<FoundColumn<'_>> {
        CellColumn::of(Gi::COLUMNS, self, self.len())
    }

    fn is_hot(&self, row: usize) -> bool {
        self[row].bin() > 0
    }
}
