//! Space-time scan of the reports in slices of time, by name.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::found::{CellColumn, SavedColumns, SavedValueError, column, derived, or_null, probability};
use super::super::options::{OptionKind, PERMUTATIONS, RINGS, SEED, SLICE, SLICES, option, parsed, unknown};
use super::super::{
    Cases, Cluster, Clusters, ColumnKind, ExpectedCases, Findings, FoundColumn, HotspotError, Hotspots, MIN_SLICES,
    Permutations, ScanModel, ScanOptions, Slices, StatisticColumn, StatisticInfo, StatisticInputs, StatisticOption,
    StatisticValue, scan,
};
use super::{MemoryNeed, Statistic, StatisticLayout};
use crate::incident::Day;
use crate::incident::Every;
use crate::invalid::InvalidValue;
use crate::rounding::{round_to, significant};

/// [`scan()`] of the reports that one slice of time holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scan {
    /// Model of the expected reports.
    pub model: ScanModel,
    /// Slices of time.
    pub slices: Slices,
    /// Parameters.
    pub options: ScanOptions,
}

impl Scan {
    /// Half a year of days, the permutation model.
    pub const DEFAULT: Self = Self {
        model: ScanModel::Permutation,
        slices: Slices { every: Every::Days(1), max: Some(182) },
        options: ScanOptions::DEFAULT,
    };

    const INFO: StatisticInfo = StatisticInfo {
        id: "scan",
        about: "space-time scan of Kulldorff: the cells and days, up to now, with more reports than there should be",
        options: &[
            option(
                "model",
                OptionKind::Word,
                "NAME",
                "permutation",
                "expected reports: by shares of cells and days (permutation), each cell's past (poisson-past) or its \
                 residents (poisson-residents)",
            ),
            StatisticOption { default: "1d", ..SLICE },
            StatisticOption { default: "182", ..SLICES },
            option(
                "retrospective",
                OptionKind::Switch,
                "",
                "",
                "clusters that are over too, not only those that last up to the as-of",
            ),
            option("space", OptionKind::Real, "SHARE", "0.5", "maximum share of what is at risk in a disk of cells"),
            option("time", OptionKind::Real, "SHARE", "0.5", "maximum share of the slices in a cluster"),
            StatisticOption { default: "100", help: "steps on the grid from the centre of a disk to its rim", ..RINGS },
            PERMUTATIONS,
            SEED,
        ],
    };
}

impl Default for Scan {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Clusters of a scan, by cell.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ScanFindings {
    /// The clusters, the most likely one first.
    pub found: Clusters,
    /// The cluster that each cell belongs to, by its index among them.
    pub cluster_of: Vec<Option<usize>>,
    /// Ends of the slices, and the start of the first.
    pub borders: Vec<Day>,
}

impl ScanFindings {
    fn cluster(&self, row: usize) -> Option<&Cluster> {
        Some(&self.found.clusters[self.cluster_of[row]?])
    }

    fn value(&self, row: usize, value: fn(&Cluster) -> StatisticValue) -> StatisticValue {
        or_null(self.cluster(row), value)
    }
}

const NUMBER: &str = "scan_cluster";

const COLUMNS: &[CellColumn<ScanFindings>] = &[
    column(
        NUMBER,
        "cluster of a space-time scan the cell is in, the most likely first",
        ColumnKind::Whole,
        |found, row| {
            or_null(found.cluster_of[row], |number| {
                StatisticValue::Whole(i64::try_from(number + 1).unwrap_or(i64::MAX))
            })
        },
    ),
    derived(
        "scan_p",
        "its p by random worlds, which allows for having looked everywhere",
        ColumnKind::Real,
        |found, row| found.value(row, |cluster| probability(cluster.p)),
    ),
    column("scan_llr", "its log-likelihood ratio", ColumnKind::Real, |found, row| {
        found.value(row, |cluster| StatisticValue::Real(round_to(cluster.llr, 4)))
    }),
    derived("scan_observed", "reports in it", ColumnKind::Whole, |found, row| {
        found.value(row, |cluster| StatisticValue::Whole(cluster.observed.into()))
    }),
    column("scan_expected", "reports it should hold", ColumnKind::Real, |found, row| {
        found.value(row, |cluster| StatisticValue::Real(round_to(cluster.expected, 4)))
    }),
    column(
        "scan_relative_risk",
        "observed ÷ expected in it, divided by the same outside",
        ColumnKind::Real,
        |found, row| {
            let risk = found.cluster(row).and_then(|cluster| cluster.relative_risk);
            or_null(risk, |risk| StatisticValue::Real(round_to(risk, 3)))
        },
    ),
    derived("scan_from", "its first day", ColumnKind::Text, |found, row| {
        or_null(found.cluster(row), |cluster| StatisticValue::Text(found.borders[cluster.from].to_string()))
    }),
    derived("scan_to", "its last day", ColumnKind::Text, |found, row| {
        or_null(found.cluster(row), |cluster| StatisticValue::Text((found.borders[cluster.to] - 1).to_string()))
    }),
];

impl Statistic for Scan {
    fn info(&self) -> &'static StatisticInfo {
        &Self::INFO
    }

    fn boxed(&self) -> Box<dyn Statistic> {
        Box::new(*self)
    }

    fn set(&mut self, option: &str, value: &str) -> Result<(), InvalidValue> {
        let options = &mut self.options;
        match option {
            "model" => self.model = value.parse()?,
            "slice" | "slices" => return self.slices.set(option, value),
            "retrospective" => options.retrospective = parsed("retrospective", value)?,
            "space" => options.space = parsed("space", value)?,
            "time" => options.time = parsed("time", value)?,
            "rings" => options.rings = parsed("rings", value)?,
            "permutations" | "seed" => return options.replicates.set(option, value),
            _ => return Err(unknown(&Self::INFO, option)),
        }
        Ok(())
    }

    fn check(&self) -> Result<(), HotspotError> {
        match self.slices.max {
            Some(found) if found < MIN_SLICES => Err(HotspotError::FewSlices { found }),
            _ => Ok(self.options.check()?),
        }
    }

    fn find(&self, inputs: StatisticInputs<'_>) -> Result<Hotspots, HotspotError> {
        let StatisticInputs { cube, area, method, scores, coverage, .. } = inputs;
        let options = self.options;
        let cases = Cases::of(cube, area, method, coverage, scores.as_of, self.slices)?;
        let places = self.at_risk(&cases, inputs)?;
        let days: Vec<f64> = cases.borders.windows(2).map(|slice| f64::from(slice[1].0 - slice[0].0)).collect();
        let expected = match &places {
            None => ExpectedCases::Permutation,
            Some(places) => ExpectedCases::AtRisk { places, slices: &days },
        };
        let found = scan(area, &cases.counts, cases.slices(), expected, options)?;
        let (from, to) = (cases.borders[0], scores.as_of - 1);
        let counted = format!("{} reports in {} slices from {from} to {to}", found.cases, cases.slices());
        let cluster = |cluster: &Cluster| {
            json!({
                "centre": area.cells()[cluster.centre].to_string(), "radius": cluster.radius,
                "cells": cluster.cells.len(), "from": cases.borders[cluster.from].to_string(),
                "to": cases.borders[cluster.to].to_string(), "observed": cluster.observed,
                "expected": significant(cluster.expected, 6), "llr": significant(cluster.llr, 6),
                "relative_risk": cluster.relative_risk.map(|risk| significant(risk, 6)), "p": cluster.p,
            })
        };
        let Permutations { draws, seed } = options.replicates;
        let about = json!({
            "statistic": self.id(), "counted": counted, "model": self.model.id(),
            "retrospective": options.retrospective, "largest_share_in_space": options.space,
            "largest_share_in_time": options.time, "rings": options.rings, "slices": cases.slices(),
            "left_out": cases.left_out, "permutations": {"draws": draws, "seed": seed},
            "clusters": found.clusters.iter().map(cluster).collect::<Vec<_>>(),
        });
        let notices = notices(&found, &cases, &counted);
        let mut cluster_of = vec![None; area.cells().len()];
        for (number, cluster) in found.clusters.iter().enumerate() {
            cluster.cells.iter().for_each(|&cell| cluster_of[cell] = Some(number));
        }
        Ok(Hotspots::new(ScanFindings { found, cluster_of, borders: cases.borders }, about, notices))
    }
}

impl Scan {
    /// Values at risk, one a cell; `None` for the permutation model.
    fn at_risk(&self, cases: &Cases, inputs: StatisticInputs<'_>) -> Result<Option<Vec<f64>>, HotspotError> {
        match self.model {
            ScanModel::Permutation => Ok(None),
            ScanModel::Past if cases.before.iter().sum::<f64>() < 1.0 => {
                Err(HotspotError::NoPast { from: cases.borders[0] })
            }
            ScanModel::Past => Ok(Some(cases.before.iter().map(|reports| reports + 0.5).collect())),
            ScanModel::Residents => {
                let residents = inputs.residents.ok_or(HotspotError::NoResidents)?;
                let min = inputs.method.least_residents;
                Ok(Some(residents.iter().map(|residents| residents.unwrap_or(0.0).max(min)).collect()))
            }
        }
    }
}

impl StatisticLayout for Scan {
    fn columns(&self) -> Vec<StatisticColumn> {
        CellColumn::all(COLUMNS)
    }

    fn read(&self, saved: &SavedColumns<'_>, about: &Value) -> Result<Arc<dyn Findings>, SavedValueError> {
        let (llr, expected) = (saved.reals("scan_llr"), saved.reals("scan_expected"));
        let risk = saved.reals("scan_relative_risk");
        let clusters = about["clusters"].as_array().map_or(&[][..], Vec::as_slice);
        let day = |cluster: &Value, end: &str| {
            cluster[end].as_str().and_then(|day| day.parse::<Day>().ok()).unwrap_or_default()
        };
        let whole = |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok()).unwrap_or_default();
        let mut borders: Vec<Day> =
            clusters.iter().flat_map(|cluster| [day(cluster, "from"), day(cluster, "to")]).collect();
        borders.sort_unstable();
        borders.dedup();
        let border = |day: Day| borders.binary_search(&day).unwrap_or_default();
        let index =
            |number: Option<i64>| usize::try_from(number?).ok()?.checked_sub(1).filter(|&index| index < clusters.len());
        let cluster_of: Vec<Option<usize>> = saved.wholes(NUMBER).into_iter().map(index).collect();
        let cluster = |(index, about): (usize, &Value)| {
            let cells: Vec<usize> = (0..cluster_of.len()).filter(|&row| cluster_of[row] == Some(index)).collect();
            // Tables round otherwise than the provenance: their numbers are taken where the cluster has a cell.
            let of = |column: &[Option<f64>], name: &str| {
                cells.first().map_or_else(|| about[name].as_f64(), |&row| column[row])
            };
            let centre = about["centre"].as_str().and_then(|cell| cell.parse().ok());
            let centre = centre.and_then(|cell| saved.cells.binary_search(&cell).ok());
            Cluster {
                centre: centre.or(cells.first().copied()).unwrap_or_default(),
                radius: whole(&about["radius"]),
                from: border(day(about, "from")),
                to: border(day(about, "to")),
                observed: whole(&about["observed"]),
                expected: of(&expected, "expected").unwrap_or_default(),
                llr: of(&llr, "llr").unwrap_or_default(),
                relative_risk: of(&risk, "relative_risk"),
                p: about["p"].as_f64().unwrap_or(1.0),
                cells,
            }
        };
        let clusters = clusters.iter().enumerate().map(cluster).collect();
        let cases = about["counted"].as_str().and_then(|text| text.split(' ').next()?.parse().ok()).unwrap_or_default();
        let found = Clusters { clusters, cases, replicates: Vec::new() };
        Ok(Arc::new(ScanFindings { found, cluster_of, borders }))
    }

    /// Slices, and a disk about every cell, which holds at most 1 + 3k(k+1) cells.
    fn memory(&self, cells: u64) -> Vec<MemoryNeed> {
        let rings = u64::from(self.options.rings);
        let bytes = cells * cells.min(1 + 3 * rings * (rings + 1)) * 4;
        let advice = "take fewer --rings, or larger cells with --resolution";
        vec![MemoryNeed::of_slices(cells, self.slices), MemoryNeed { bytes, what: "the disks of cells", advice }]
    }
}

impl Findings for ScanFindings {
    fn columns(&self) -> Vec<FoundColumn<'_>> {
        CellColumn::of(COLUMNS, self, self.cluster_of.len())
    }

    fn is_hot(&self, row: usize) -> bool {
        self.cluster(row).is_some_and(|cluster| cluster.p <= 0.05)
    }
}

fn notices(found: &Clusters, cases: &Cases, counted: &str) -> Vec<String> {
    let cluster = |(number, cluster): (usize, &Cluster)| {
        let (from, to) = (cases.borders[cluster.from], cases.borders[cluster.to] - 1);
        let cells =
            if cluster.cells.len() == 1 { "1 cell".to_owned() } else { format!("{} cells", cluster.cells.len()) };
        format!(
            "cluster {number}: {} reports in {cells} from {from} to {to}, {:.1} expected (p {})",
            cluster.observed, cluster.expected, cluster.p
        )
    };
    let mut notices = vec![format!("scan of {counted}: clusters {}", found.clusters.len())];
    notices.extend((1..).zip(&found.clusters).map(cluster));
    if found.clusters.is_empty() {
        notices.push(
            "no disk of cells holds more reports than expected over any stretch of time: none at all, or all in one cell \
             or slice"
                .to_owned(),
        );
    }
    if cases.left_out > 0 {
        let left_out = cases.left_out;
        notices.push(format!("reports left out since they are dated more coarsely than a slice (--slice): {left_out}"));
    }
    if cases.uncovered_days > 0 {
        notices.push(format!("days after the last report, taken for quiet: {}", cases.uncovered_days));
    }
    notices
}
