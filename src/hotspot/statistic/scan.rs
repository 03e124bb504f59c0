//! Space-time scan of the reports in slices of time, by name.

use h3o::CellIndex;
use serde_json::{Value, json};

use super::super::found::{CellColumn, CellField, cell_columns, number, probability, real, whole};
use super::super::options::{
    OptionRow, PERMUTATIONS, RINGS, SEED, SLICE, SLICES, StatisticOption, StatisticOptions, option, switch,
};
use super::super::{
    Cases, Cluster, Clusters, ExpectedCases, Findings, FoundColumn, HotspotError, Hotspots, MIN_SLICES, OverDispersion,
    Permutations, ScanModel, ScanOptions, Slices, StatisticInputs, scan,
};
use super::{CellStatistic, MemoryNeed};
use crate::incident::{Day, Every};
use crate::rounding::{round_to, significant};
use crate::score::columns::{ColumnSchema, ColumnValue, count, optional, text};

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

    /// Values at risk, or reports before, one a cell; `None` for the permutation model.
    fn at_risk(&self, cases: &Cases, inputs: StatisticInputs<'_>) -> Result<Option<Vec<f64>>, HotspotError> {
        match self.model {
            ScanModel::Permutation => Ok(None),
            ScanModel::Past if cases.before.iter().sum::<f64>() < 1.0 => {
                Err(HotspotError::NoPast { from: cases.borders[0] })
            }
            ScanModel::Past => Ok(Some(cases.before.clone())),
            ScanModel::Residents => {
                let residents = inputs.residents.ok_or(HotspotError::NoResidents)?;
                let min = inputs.method.least_residents;
                Ok(Some(residents.iter().map(|residents| residents.unwrap_or(0.0).max(min)).collect()))
            }
        }
    }
}

const MODELS: &str = "expected reports: by shares of cells and days (permutation), each cell's past (poisson-past) or its residents \
                      (poisson-residents)";

const DISPERSIONS: &str = "scatter of the reports of random draws: that of the reports (fitted) or chance alone (none)";

/// Days of a block that over-dispersion is fitted on: near repeats follow within two weeks.
const BLOCK_DAYS: i32 = 14;

/// Number of slices in a block, to the nearest whole one.
fn block(cases: &Cases) -> usize {
    let days = cases.borders[cases.slices()].0 - cases.borders[0].0;
    let slices = i32::try_from(cases.slices()).unwrap_or(i32::MAX);
    usize::try_from((BLOCK_DAYS * slices + days / 2) / days.max(1)).unwrap_or(1).max(1)
}

impl StatisticOptions for Scan {
    const ID: &'static str = "scan";
    const ABOUT: &'static str =
        "space-time scan of Kulldorff: the cells and days, up to now, with more reports than there should be";
    const OPTIONS: &'static [OptionRow<Self>] = &[
        option("model", "NAME", "permutation", MODELS).sets(|scan| &mut scan.model),
        StatisticOption { default: "1d", ..SLICE }.sets(|scan| &mut scan.slices.every),
        StatisticOption { default: "182", ..SLICES }.sets(|scan| &mut scan.slices.max),
        switch("retrospective", "clusters that are over too, not only those that last up to the as-of")
            .sets(|scan| &mut scan.options.retrospective),
        option("space", "SHARE", "0.5", "maximum share of what is at risk in a disk of cells")
            .sets(|scan| &mut scan.options.space),
        option("time", "SHARE", "0.5", "maximum share of the slices in a cluster").sets(|scan| &mut scan.options.time),
        StatisticOption { default: "100", help: "steps on the grid from the centre of a disk to its rim", ..RINGS }
            .sets(|scan| &mut scan.options.rings),
        option("dispersion", "NAME", "fitted", DISPERSIONS).sets(|scan| &mut scan.options.dispersion),
        PERMUTATIONS.sets(|scan| &mut scan.options.replicates.draws),
        SEED.sets(|scan| &mut scan.options.replicates.seed),
    ];
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

    fn of<T>(&self, row: usize, part: fn(&Cluster) -> T, value: fn(T) -> ColumnValue<'static>) -> ColumnValue<'static> {
        optional(self.cluster(row).map(part), value)
    }

    /// Changes the cluster of a row.
    fn with(&mut self, row: usize, set: impl FnOnce(&mut Cluster) -> Option<()>) -> Option<()> {
        self.cluster_of[row].map_or(Some(()), |index| set(&mut self.found.clusters[index]))
    }

    fn day(&self, row: usize, day: impl Fn(&Cluster) -> Day) -> ColumnValue<'static> {
        optional(self.cluster(row), |cluster| text(day(cluster).to_string()))
    }
}

const RISK: ColumnSchema = ColumnSchema::real(
    "scan_relative_risk",
    "ratio",
    (0.0, f64::MAX),
    |risk| round_to(risk, 3),
    "observed ÷ expected in it, divided by the same outside",
);

impl CellStatistic for Scan {
    type Found = ScanFindings;
    const COLUMNS: &'static [CellColumn<ScanFindings>] = cell_columns! { ScanFindings, |found, row|
        custom ColumnSchema::whole("scan_cluster", "", (1.0, 10.0), "cluster of a space-time scan the cell is in, the most likely first")
            => optional(found.cluster_of[row], |index| count(index as u64 + 1)),
            |found, row, value| {
                let index = whole(value).and_then(|number| usize::try_from(number).ok()?.checked_sub(1));
                found.cluster_of[row] = index.filter(|index| *index < found.found.clusters.len());
                found.with(row, |cluster| {
                    cluster.cells.push(row);
                    Some(())
                })
            };
        derived probability("scan_p", "its p by random worlds, which allows for having looked everywhere")
            => found.of(row, |cluster| cluster.p, ColumnValue::Real);
        custom number("scan_llr", "", 0.0, "its log-likelihood ratio")
            => found.of(row, |cluster| cluster.llr, ColumnValue::Real),
            |found, row, value| found.with(row, |cluster| real(value).map(|llr| cluster.llr = llr));
        derived ColumnSchema::whole("scan_observed", "reports", (0.0, f64::MAX), "reports in it")
            => found.of(row, |cluster| cluster.observed.into(), ColumnValue::Whole);
        custom number("scan_expected", "reports", 0.0, "reports it should hold")
            => found.of(row, |cluster| cluster.expected, ColumnValue::Real),
            |found, row, value| found.with(row, |cluster| real(value).map(|reports| cluster.expected = reports));
        custom RISK => optional(found.cluster(row).and_then(|cluster| cluster.relative_risk), ColumnValue::Real),
            |found, row, value| found.with(row, |cluster| cluster.relative_risk.restore(value));
        derived ColumnSchema::text("scan_from", "its first day") => found.day(row, |cluster| found.borders[cluster.from]);
        derived ColumnSchema::text("scan_to", "its last day") => found.day(row, |cluster| found.borders[cluster.to] - 1);
    };

    fn wants_residents(&self) -> bool {
        matches!(self.model, ScanModel::Residents)
    }

    fn check_options(&self) -> Result<(), HotspotError> {
        match self.slices.max {
            Some(found) if found < MIN_SLICES => Err(HotspotError::FewSlices { found }),
            _ => Ok(self.options.check()?),
        }
    }

    fn compute(&self, inputs: StatisticInputs<'_>) -> Result<Hotspots, HotspotError> {
        let StatisticInputs { cube, area, method, scores, coverage, .. } = inputs;
        let cases = Cases::of(cube, area, method, coverage, scores.as_of, self.slices)?;
        let places = self.at_risk(&cases, inputs)?;
        let days: Vec<f64> = cases.borders.windows(2).map(|slice| f64::from(slice[1].0 - slice[0].0)).collect();
        let expected = match &places {
            None => ExpectedCases::Permutation,
            Some(before) if self.model == ScanModel::Past => ExpectedCases::Past { before, slices: &days },
            Some(places) => ExpectedCases::AtRisk { places, slices: &days },
        };
        let options = ScanOptions { block: block(&cases), ..self.options };
        let found = scan(area, &cases.counts, cases.slices(), expected, options)?;
        let (from, to) = (cases.borders[0], scores.as_of - 1);
        let counted = format!("{} reports in {} slices from {from} to {to}", found.cases, cases.slices());
        let dispersion = |OverDispersion { block, slice_phi, phi, tau2, drift }| {
            let [slice_phi, phi, tau2, drift] = [slice_phi, phi, tau2, drift].map(|number| significant(number, 4));
            json!({"block_slices": block, "slice_phi": slice_phi, "phi": phi, "tau2": tau2, "drift": drift})
        };
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
            "statistic": Self::ID, "counted": counted, "model": self.model.id(),
            "retrospective": options.retrospective, "largest_share_in_space": options.space,
            "largest_share_in_time": options.time, "rings": options.rings, "slices": cases.slices(),
            "left_out": cases.left_out, "dispersion": found.dispersion.map(dispersion), "permutations": {"draws": draws, "seed": seed},
            "clusters": found.clusters.iter().map(cluster).collect::<Vec<_>>(),
        });
        let mut notices = notices(&found, &cases, &counted);
        if self.model == ScanModel::Past {
            notices.push(
                "p of poisson-past is too small where cells have a season or trend of their own; compare --model permutation"
                    .to_owned(),
            );
        }
        let mut cluster_of = vec![None; area.cells().len()];
        for (number, cluster) in found.clusters.iter().enumerate() {
            cluster.cells.iter().for_each(|&cell| cluster_of[cell] = Some(number));
        }
        Ok(Hotspots::new(ScanFindings { found, cluster_of, borders: cases.borders }, about, notices))
    }

    /// The clusters of the metadata. Tables round otherwise: their numbers replace these where a cluster has a cell.
    fn blank(cells: &[CellIndex], about: &Value) -> ScanFindings {
        let clusters = about["clusters"].as_array().map_or(&[][..], Vec::as_slice);
        let day = |cluster: &Value, end: &str| {
            cluster[end].as_str().and_then(|day| day.parse::<Day>().ok()).unwrap_or_default()
        };
        let whole = |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok()).unwrap_or_default();
        let ends = |cluster: &Value| ["from", "to"].map(|end| day(cluster, end));
        let mut borders: Vec<Day> = clusters.iter().flat_map(ends).collect();
        borders.sort_unstable();
        borders.dedup();
        let cluster = |about: &Value| {
            let [from, to] = ends(about).map(|day| borders.binary_search(&day).unwrap_or_default());
            let centre = about["centre"].as_str().and_then(|cell| cell.parse().ok());
            let real = |name: &str| about[name].as_f64();
            Cluster {
                centre: centre.and_then(|cell| cells.binary_search(&cell).ok()).unwrap_or_default(),
                radius: whole(&about["radius"]),
                cells: Vec::new(),
                from,
                to,
                observed: whole(&about["observed"]),
                expected: real("expected").unwrap_or_default(),
                llr: real("llr").unwrap_or_default(),
                relative_risk: real("relative_risk"),
                p: real("p").unwrap_or(1.0),
            }
        };
        let clusters = clusters.iter().map(cluster).collect();
        let cases = about["counted"].as_str().and_then(|text| text.split(' ').next()?.parse().ok()).unwrap_or_default();
        let found = Clusters { clusters, cases, dispersion: None, replicates: Vec::new() };
        ScanFindings { found, cluster_of: vec![None; cells.len()], borders }
    }

    /// Slices, and a disk about every cell, which holds at most 1 + 3k(k+1) cells.
    fn needs(&self, cells: u64) -> Vec<MemoryNeed> {
        let rings = u64::from(self.options.rings);
        let bytes = cells * cells.min(1 + 3 * rings * (rings + 1)) * 4;
        let advice = "take fewer --rings, or larger cells with --resolution";
        vec![MemoryNeed::of_slices(cells, self.slices), MemoryNeed { bytes, what: "the disks of cells", advice }]
    }
}

impl Findings for ScanFindings {
    fn columns(&self) -> Vec<FoundColumn<'_>> {
        CellColumn::of(Scan::COLUMNS, self, self.cluster_of.len())
    }

    fn is_hot(&self, row: usize) -> bool {
        self.cluster(row).is_some_and(|cluster| cluster.p <= 0.05)
    }
}

fn notices(found: &Clusters, cases: &Cases, counted: &str) -> Vec<String> {
    let cluster = |(number, cluster): (usize, &Cluster)| {
        let (from, to) = (cases.borders[cluster.from], cases.borders[cluster.to] - 1);
        let cells = cluster.cells.len();
        let (observed, expected, p) = (cluster.observed, cluster.expected, cluster.p);
        let s = if cells == 1 { "" } else { "s" };
        format!(
            "cluster {number}: {observed} reports in {cells} cell{s} from {from} to {to}, {expected:.1} expected (p {p})"
        )
    };
    let mut notices = vec![format!("scan of {counted}: clusters {}", found.clusters.len())];
    notices.push(match found.dispersion {
        Some(OverDispersion { block, slice_phi, phi, tau2, drift }) => format!(
            "over-dispersion of the reports, which p allows for: φ {slice_phi:.2} in a slice, φ {phi:.2} and τ² {tau2:.3} in \
             {block} slices, δ {drift:.3} since the past"
        ),
        None => "p takes each report to come by itself; it is too small where reports follow each other (--dispersion)".to_owned(),
    });
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
