//! The statistics by name, and what they are of: reports in the window, or in slices of time.

use std::str::FromStr;

use serde_json::{Value, json};

use super::near_repeats::near_repeats;
use super::words::{emerging_in_words, gi_in_words, moran_in_words, scan_in_words};
use super::{
    Bands, Cases, Cluster, Clusters, Emerging, Expected, GetisOrd, Histories, HotspotError, Kernel, LEAST_SLICES,
    LocalG, LocalMoran, Model, NearRepeats, Panel, Permutations, Scan, Weights, emerging, getis_ord, local_moran, scan,
};
use crate::cube::Cube;
use crate::grid::StudyArea;
use crate::incident::Day;
use crate::invalid::InvalidValue;
use crate::numbers::significant;
use crate::score::{Coverage, Every, Method, Scores};

/// Which cells are neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neighbours {
    /// Steps on the grid to the furthest, 1 to 100. Default 1.
    pub rings: u32,
    /// How weights fall with distance. Default: not at all.
    pub kernel: Kernel,
}

impl Default for Neighbours {
    fn default() -> Self {
        Self { rings: 1, kernel: Kernel::Binary }
    }
}

impl Neighbours {
    /// Most steps to a neighbour.
    pub const MOST_RINGS: u32 = 100;

    /// Checks that there are as many steps as make sense.
    ///
    /// # Errors
    /// None, or more than [`Self::MOST_RINGS`].
    pub fn check(self) -> Result<(), InvalidValue> {
        if (1..=Self::MOST_RINGS).contains(&self.rings) {
            return Ok(());
        }
        Err(InvalidValue::bare("rings", self.rings, format!("1 to {} steps on the grid", Self::MOST_RINGS)))
    }

    /// Their weights in a study area.
    ///
    /// # Errors
    /// As [`Self::check`]; more neighbours than 32 bits count.
    pub fn weights(self, area: &StudyArea) -> Result<Weights, HotspotError> {
        self.check()?;
        Weights::rings(area, self.rings, self.kernel)
    }
}

/// Slices of time that lead up to the as-of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slices {
    /// Length of each. Default: a week.
    pub every: Every,
    /// How many at most, 10 or more. Default: 52, or as many as there are.
    pub most: Option<usize>,
}

impl Default for Slices {
    fn default() -> Self {
        Self { every: Every::WEEK, most: None }
    }
}

/// A statistic of a study area, and how it decides.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Statistic {
    /// [`getis_ord`] of the reports in the window.
    Gi {
        /// Which cells are neighbours.
        neighbours: Neighbours,
        /// How it decides.
        options: GetisOrd,
    },
    /// [`local_moran`] of the reports in the window.
    Moran {
        /// Which cells are neighbours.
        neighbours: Neighbours,
        /// Draws behind p.
        permutations: Permutations,
    },
    /// [`emerging()`] of the reports in slices of time.
    Emerging {
        /// Which cells are neighbours.
        neighbours: Neighbours,
        /// Slices of time.
        slices: Slices,
        /// How it decides.
        options: Emerging,
    },
    /// [`scan()`] of the reports in slices of time that one slice holds.
    Scan {
        /// How many reports there should be.
        model: Model,
        /// Slices of time.
        slices: Slices,
        /// How it looks.
        options: Scan,
    },
    /// [`knox()`](super::knox()) of the reports that are dated by day: a table, not of cells.
    Knox {
        /// Bands of distance and time; those of the grid where there are none.
        bands: Option<Bands>,
        /// Dealings of the dates behind p.
        permutations: Permutations,
    },
}

/// A statistic by its name, with its defaults.
#[derive(Clone, Copy, Debug)]
pub struct Named {
    /// Its name in settings and outputs.
    pub name: &'static str,
    /// What it answers, in a line.
    pub about: &'static str,
    /// It, with its defaults.
    pub usual: fn() -> Statistic,
}

/// Every statistic.
pub const STATISTICS: &[Named] = &[
    Named {
        name: "gi",
        about: "Gi* of Getis and Ord: where reports of the window are many, or few, together",
        usual: || Statistic::Gi { neighbours: Neighbours::default(), options: GetisOrd::default() },
    },
    Named {
        name: "moran",
        about: "local Moran: cells like their neighbours (HH, LL), and cells unlike them (HL, LH), in the window",
        usual: || Statistic::Moran { neighbours: Neighbours::default(), permutations: Permutations::default() },
    },
    Named {
        name: "emerging",
        about: "Emerging Hot Spot Analysis: hot and cold spots that are new, last or fade, week by week",
        usual: || Statistic::Emerging {
            neighbours: Neighbours::default(),
            slices: Slices::default(),
            options: Emerging::default(),
        },
    },
    Named {
        name: "scan",
        about: "space-time scan of Kulldorff: the cells and days, up to now, with more reports than there should be",
        usual: || Statistic::Scan {
            model: Model::default(),
            slices: Slices { every: Every::Days(1), most: Some(182) },
            options: Scan::default(),
        },
    },
    Named {
        name: "knox",
        about: "Knox's near repeats: are reports near in space near in time too? A table of bands (.csv, .json)",
        usual: || Statistic::Knox { bands: None, permutations: Permutations::default() },
    },
];

/// What a statistic found, and on what.
#[derive(Clone, Debug, PartialEq)]
pub struct Hotspots {
    /// Cell by cell, in the order of the scores.
    pub found: Found,
    /// The statistic and everything that decides, for the provenance of outputs.
    pub about: Value,
    /// What a reader must be told, in words.
    pub notices: Vec<String>,
}

/// What a statistic found of each cell.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Found {
    /// By [`Statistic::Gi`].
    Gi(Vec<LocalG>),
    /// By [`Statistic::Moran`].
    Moran(Vec<LocalMoran>),
    /// By [`Statistic::Emerging`].
    Emerging(Histories),
    /// By [`Statistic::Scan`].
    Scan(Scanned),
    /// By [`Statistic::Knox`]; of no single cell.
    Knox(NearRepeats),
}

/// What a scan found, by cell.
#[derive(Clone, Debug, PartialEq)]
pub struct Scanned {
    /// The clusters, the most likely one first.
    pub found: Clusters,
    /// The cluster that each cell belongs to, by its place among them.
    pub cluster_of: Vec<Option<usize>>,
    /// Where slices begin and end.
    pub borders: Vec<Day>,
}

/// What a statistic is of.
#[derive(Clone, Copy, Debug)]
pub struct Counts<'a> {
    /// The exact counts.
    pub cube: &'a Cube,
    /// The cells.
    pub area: &'a StudyArea,
    /// Whose categories count that have a weight.
    pub method: &'a Method,
    /// The scores at the as-of, which have the reports in the window.
    pub scores: &'a Scores,
    /// Days that the data covers.
    pub coverage: &'a Coverage,
    /// Residents of each cell, for a scan that expects reports by them.
    pub residents: Option<&'a [Option<f64>]>,
}

impl Statistic {
    /// Its name.
    #[must_use]
    pub fn id(&self) -> &'static str {
        match self {
            Self::Gi { .. } => "gi",
            Self::Moran { .. } => "moran",
            Self::Emerging { .. } => "emerging",
            Self::Scan { .. } => "scan",
            Self::Knox { .. } => "knox",
        }
    }

    /// Which cells are neighbours, to be chosen; `None` where that is no question.
    pub fn neighbours_mut(&mut self) -> Option<&mut Neighbours> {
        match self {
            Self::Gi { neighbours, .. } | Self::Moran { neighbours, .. } | Self::Emerging { neighbours, .. } => {
                Some(neighbours)
            }
            Self::Scan { .. } | Self::Knox { .. } => None,
        }
    }

    /// The slices of time it looks at, to be chosen; `None` where it looks at the window of the score.
    pub fn slices_mut(&mut self) -> Option<&mut Slices> {
        match self {
            Self::Emerging { slices, .. } | Self::Scan { slices, .. } => Some(slices),
            Self::Gi { .. } | Self::Moran { .. } | Self::Knox { .. } => None,
        }
    }

    /// Checks everything that can be checked before anything is read.
    ///
    /// # Errors
    /// A parameter out of range.
    pub fn check(&self) -> Result<(), HotspotError> {
        match self {
            Self::Gi { neighbours, options } => {
                neighbours.check()?;
                Ok(options.permutations.map_or(Ok(()), Permutations::check)?)
            }
            Self::Moran { neighbours, permutations } => {
                neighbours.check()?;
                Ok(permutations.check()?)
            }
            Self::Emerging { neighbours, slices, options } => {
                neighbours.check()?;
                options.check(slices.most.unwrap_or(usize::MAX))
            }
            Self::Scan { slices, options, .. } => match slices.most {
                Some(found) if found < LEAST_SLICES => Err(HotspotError::FewSlices { found }),
                _ => Ok(options.check()?),
            },
            Self::Knox { bands, permutations } => {
                bands.as_ref().map_or(Ok(()), Bands::check)?;
                Ok(permutations.check()?)
            }
        }
    }

    /// Finds it.
    ///
    /// # Errors
    /// A parameter out of range; a history that is too short.
    pub fn find(&self, counts: Counts<'_>) -> Result<Hotspots, HotspotError> {
        let scores = counts.scores;
        let window = || scores.cells.iter().map(|cell| cell.n_window).collect::<Vec<f64>>();
        let (from, to) = scores.window;
        let counted = format!("reports from {from} to {}, the window of the score", to - 1);
        let told = |neighbours: Neighbours| json!({"statistic": self.id(), "counted": counted, "rings": neighbours.rings, "kernel": neighbours.kernel.id()});
        match *self {
            Self::Gi { neighbours, options } => {
                let weights = neighbours.weights(counts.area)?;
                let found = getis_ord(&window(), &weights, options)?;
                let mut about = told(neighbours);
                about["with_self"] = options.with_self.into();
                about["reading"] = options.reading.id().into();
                about["fdr_family"] = "all cells".into();
                if let Some(Permutations { draws, seed }) = options.permutations {
                    about["permutations"] = json!({"draws": draws, "seed": seed});
                }
                let notices = gi_in_words(&found, &counted);
                Ok(Hotspots { found: Found::Gi(found), about, notices })
            }
            Self::Moran { neighbours, permutations } => {
                let weights = neighbours.weights(counts.area)?;
                let found = local_moran(&window(), &weights, permutations)?;
                let mut about = told(neighbours);
                about["fdr_family"] = "all cells".into();
                about["permutations"] = json!({"draws": permutations.draws, "seed": permutations.seed});
                let notices = moran_in_words(&found, &counted, permutations);
                Ok(Hotspots { found: Found::Moran(found), about, notices })
            }
            Self::Emerging { neighbours, slices, options } => {
                let weights = neighbours.weights(counts.area)?;
                let chosen = (slices.every, slices.most);
                let Counts { cube, area, method, coverage, .. } = counts;
                let panel = Panel::of(cube, area, method, coverage, scores.as_of, chosen)?;
                let found = emerging(&panel.values, panel.slices(), &weights, options)?;
                let (from, to) = (panel.borders[0], scores.as_of);
                let counted = format!("reports in {} slices from {from} to {}", panel.slices(), to - 1);
                let mut about = told(neighbours);
                about["counted"] = counted.clone().into();
                about["slices"] = panel.borders[1..].iter().map(ToString::to_string).collect::<Vec<_>>().into();
                about["edition"] = options.edition.id().into();
                about["lag"] = options.lag.into();
                about["reference"] = options.reference.id().into();
                about["fdr_family"] = "all cells and slices".into();
                about["significance"] = options.significance.into();
                about["trend_significance"] = options.trend_significance.into();
                about["trend"] = if options.allows_for_autocorrelation { "hamed-rao" } else { "mann-kendall" }.into();
                let mut notices = emerging_in_words(&found, &counted);
                if panel.uncovered_days > 0 {
                    let days = panel.uncovered_days;
                    notices.push(format!("days of the last slice after the last report, taken for quiet: {days}"));
                }
                Ok(Hotspots { found: Found::Emerging(found), about, notices })
            }
            Self::Scan { model, slices, options } => scanned(model, slices, options, counts),
            Self::Knox { ref bands, permutations } => near_repeats(bands.clone(), permutations, counts),
        }
    }
}

fn scanned(model: Model, slices: Slices, options: Scan, counts: Counts<'_>) -> Result<Hotspots, HotspotError> {
    let Counts { cube, area, method, scores, coverage, residents } = counts;
    let chosen = (slices.every, slices.most);
    let cases = Cases::of(cube, area, method, coverage, scores.as_of, chosen)?;
    let places: Vec<f64> = match (model, residents) {
        (Model::Permutation, _) => Vec::new(),
        (Model::Past, _) => cases.before.iter().map(|reports| reports + 0.5).collect(),
        (Model::Residents, None) => return Err(HotspotError::NoResidents),
        (Model::Residents, Some(residents)) => {
            residents.iter().map(|living| living.unwrap_or(0.0).max(method.least_residents)).collect()
        }
    };
    if model == Model::Past && cases.before.iter().sum::<f64>() < 1.0 {
        return Err(HotspotError::NoPast { from: cases.borders[0] });
    }
    let days: Vec<f64> = cases.borders.windows(2).map(|slice| f64::from(slice[1].0 - slice[0].0)).collect();
    let expected = match model {
        Model::Permutation => Expected::Permutation,
        Model::Past | Model::Residents => Expected::AtRisk { places: &places, slices: &days },
    };
    let found = scan(area, &cases.counts, cases.slices(), expected, options)?;
    let (from, to) = (cases.borders[0], scores.as_of);
    let counted = format!("{} reports in {} slices from {from} to {}", found.cases, cases.slices(), to - 1);
    let told = |cluster: &Cluster| {
        json!({
            "centre": area.cells()[cluster.centre].to_string(), "radius": cluster.radius, "cells": cluster.cells.len(),
            "from": cases.borders[cluster.from].to_string(), "to": cases.borders[cluster.to].to_string(),
            "observed": cluster.observed, "expected": significant(cluster.expected, 6), "llr": significant(cluster.llr, 6),
            "relative_risk": cluster.relative_risk.map(|risk| significant(risk, 6)), "p": cluster.p,
        })
    };
    let about = json!({
        "statistic": "scan", "counted": counted, "model": model.id(), "retrospective": options.retrospective,
        "largest_share_in_space": options.space, "largest_share_in_time": options.time, "rings": options.rings,
        "slices": cases.slices(), "left_out": cases.left_out,
        "permutations": {"draws": options.replicates.draws, "seed": options.replicates.seed},
        "clusters": found.clusters.iter().map(told).collect::<Vec<_>>(),
    });
    let mut notices = scan_in_words(&found, &cases.borders, &counted);
    if cases.left_out > 0 {
        notices.push(format!(
            "reports left out since they are dated more coarsely than a slice (--slice): {}",
            cases.left_out
        ));
    }
    if cases.uncovered_days > 0 {
        notices.push(format!("days after the last report, taken for quiet: {}", cases.uncovered_days));
    }
    let mut cluster_of = vec![None; area.cells().len()];
    for (number, cluster) in found.clusters.iter().enumerate() {
        cluster.cells.iter().for_each(|&cell| cluster_of[cell] = Some(number));
    }
    let found = Found::Scan(Scanned { found, cluster_of, borders: cases.borders });
    Ok(Hotspots { found, about, notices })
}

/// By its name, with its defaults.
impl FromStr for Statistic {
    type Err = InvalidValue;

    fn from_str(name: &str) -> Result<Self, InvalidValue> {
        let known = || STATISTICS.iter().map(|named| named.name).collect::<Vec<_>>().join(", ");
        let named = STATISTICS.iter().find(|named| named.name == name);
        let usual = named.map(|named| (named.usual)());
        usual.ok_or_else(|| InvalidValue::bare("statistic", name, format!("one of {}", known())))
    }
}
