//! Gi* of the reports in the window, by name.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::found::{CellColumn, SavedColumns, SavedValueError, column, optional, or_null, probability};
use super::super::inputs::about_neighbours;
use super::super::options::{KERNEL, OptionKind, PERMUTATIONS, RINGS, SEED, option, parsed, unknown};
use super::super::{
    Bin, ColumnKind, Findings, FoundColumn, GiFormula, GiOptions, HotspotError, Hotspots, LocalG, Neighbours,
    Permutations, StatisticClass, StatisticColumn, StatisticFill, StatisticInfo, StatisticInputs, StatisticOption,
    StatisticValue, getis_ord,
};
use super::{Statistic, StatisticLayout};
use crate::invalid::InvalidValue;
use crate::rounding::round_to;

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

    const INFO: StatisticInfo = StatisticInfo {
        id: "gi",
        about: "Gi* of Getis and Ord: where reports of the window are many, or few, together",
        options: &[
            RINGS,
            KERNEL,
            option(
                "without-self",
                OptionKind::Switch,
                "",
                "",
                "leave the cell itself out of its neighbourhood (Gi, not Gi*)",
            ),
            option("reading", OptionKind::Word, "NAME", "ord-getis", "which formula: ord-getis, spdep, esda-b, esda-r"),
            StatisticOption { default: "none", ..PERMUTATIONS },
            SEED,
        ],
    };
}

impl Default for Gi {
    fn default() -> Self {
        Self::DEFAULT
    }
}

const BIN: &str = "gi_bin";

const COLUMNS: &[CellColumn<Vec<LocalG>>] = &[
    column(
        "gi_z",
        "Gi*, standardised: above 0 where reports are many together, below 0 where few",
        ColumnKind::Real,
        |found, row| StatisticValue::Real(round_to(found[row].z, 4)),
    ),
    column("gi_p", "its two-sided p by the normal distribution", ColumnKind::Share, |found, row| {
        probability(found[row].p)
    }),
    column("gi_q", "its q by Benjamini and Hochberg among all cells", ColumnKind::Share, |found, row| {
        probability(found[row].q)
    }),
    column(
        BIN,
        "1, 2, 3 where q is at most 0.1, 0.05, 0.01; below 0 for cold spots",
        ColumnKind::Whole,
        |found, row| StatisticValue::Whole(found[row].bin().into()),
    ),
    column("gi_defined", "whether z is defined; if not, z is 0 and p 1", ColumnKind::Flag, |found, row| {
        StatisticValue::Flag(found[row].is_defined)
    }),
    optional("gi_p_permuted", "its two-sided p by conditional permutation", ColumnKind::Real, |found, row| {
        or_null(found[row].p_permuted, probability)
    }),
];

impl Statistic for Gi {
    fn info(&self) -> &'static StatisticInfo {
        &Self::INFO
    }

    fn boxed(&self) -> Box<dyn Statistic> {
        Box::new(*self)
    }

    fn set(&mut self, option: &str, value: &str) -> Result<(), InvalidValue> {
        match option {
            "rings" | "kernel" => return self.neighbours.set(option, value),
            "without-self" => self.options.with_self = !parsed("without-self", value)?,
            "reading" => self.options.formula = value.parse::<GiFormula>()?,
            "permutations" | "seed" => return self.options.permutations.get_or_insert_default().set(option, value),
            _ => return Err(unknown(&Self::INFO, option)),
        }
        Ok(())
    }

    fn check(&self) -> Result<(), HotspotError> {
        self.neighbours.check()?;
        Ok(self.options.permutations.map_or(Ok(()), Permutations::check)?)
    }

    fn find(&self, inputs: StatisticInputs<'_>) -> Result<Hotspots, HotspotError> {
        let (counted, options) = (inputs.window(), self.options);
        let weights = self.neighbours.weights(inputs.area)?;
        let found = getis_ord(&inputs.in_window(), &weights, options)?;
        let mut about = about_neighbours(self.id(), &counted, self.neighbours);
        about["with_self"] = options.with_self.into();
        about["reading"] = options.formula.id().into();
        about["fdr_family"] = "all cells".into();
        if let Some(Permutations { draws, seed }) = options.permutations {
            about["permutations"] = json!({"draws": draws, "seed": seed});
        }
        let notices = notices(&found, &counted);
        Ok(Hotspots::new(found, about, notices))
    }

    fn fill(&self) -> Option<StatisticFill> {
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

impl StatisticLayout for Gi {
    fn columns(&self) -> Vec<StatisticColumn> {
        CellColumn::all(COLUMNS)
    }

    fn read(&self, saved: &SavedColumns<'_>, _about: &Value) -> Result<Arc<dyn Findings>, SavedValueError> {
        let (z, permuted, bin) = (saved.reals("gi_z"), saved.reals("gi_p_permuted"), saved.wholes(BIN));
        let (p, q, defined) = (saved.shares("gi_p"), saved.shares("gi_q"), saved.flags("gi_defined"));
        let cell = |row: usize| {
            let z = z[row].unwrap_or_default();
            // A q that was rounded onto the end of a class belongs to the side on which it was.
            let sides = [q[row], q[row].next_up(), q[row].next_down()];
            let q = sides.into_iter().find(|&q| Some(i64::from(Bin::of(z, q).number)) == bin[row]).unwrap_or(q[row]);
            LocalG { z, p: p[row], q, p_permuted: permuted[row], is_defined: defined[row] }
        };
        Ok(Arc::new((0..z.len()).map(cell).collect::<Vec<_>>()))
    }
}

impl Findings for Vec<LocalG> {
    fn columns(&self) -> Vec<FoundColumn<'_>> {
        CellColumn::of(COLUMNS, self, self.len())
    }

    fn is_hot(&self, row: usize) -> bool {
        self[row].bin() > 0
    }
}

fn notices(found: &[LocalG], counted: &str) -> Vec<String> {
    let bins: Vec<String> = Bin::ALL
        .iter()
        .filter_map(|bin| {
            let cells = found.iter().filter(|cell| cell.bin() == bin.number).count();
            (cells > 0).then(|| format!("{} {cells}", bin.name.to_lowercase()))
        })
        .collect();
    let mut notices = vec![format!("Gi* of {counted}: {}", bins.join(" · "))];
    let undefined = found.iter().filter(|cell| !cell.is_defined).count();
    if undefined > 0 {
        notices.push(format!(
            "cells whose z is not defined (equal counts, or a neighbourhood that is all or nothing): {undefined}"
        ));
    }
    notices
}
