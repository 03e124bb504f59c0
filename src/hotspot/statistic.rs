//! The statistics by name, and what they are of: reports in the window, or in slices of time.

use std::str::FromStr;

use serde_json::{Value, json};

use super::{
    Bin, Category, Emerging, GetisOrd, Histories, HotspotError, Kernel, LEAST_SLICES, LocalG, LocalMoran, Panel,
    Permutations, Quadrant, Weights, emerging, getis_ord, local_moran,
};
use crate::cube::Cube;
use crate::error::InvalidValue;
use crate::grid::StudyArea;
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
#[derive(Clone, Copy, Debug, PartialEq)]
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
}

impl Statistic {
    /// Its name.
    #[must_use]
    pub fn id(&self) -> &'static str {
        match self {
            Self::Gi { .. } => "gi",
            Self::Moran { .. } => "moran",
            Self::Emerging { .. } => "emerging",
        }
    }

    /// Which cells are neighbours, to be chosen.
    pub fn neighbours_mut(&mut self) -> &mut Neighbours {
        match self {
            Self::Gi { neighbours, .. } | Self::Moran { neighbours, .. } | Self::Emerging { neighbours, .. } => {
                neighbours
            }
        }
    }

    /// Checks everything that can be checked before anything is read.
    ///
    /// # Errors
    /// A parameter out of range.
    pub fn check(&self) -> Result<(), HotspotError> {
        let (Self::Gi { neighbours, .. } | Self::Moran { neighbours, .. } | Self::Emerging { neighbours, .. }) = self;
        neighbours.check()?;
        match self {
            Self::Gi { options, .. } => Ok(options.permutations.map_or(Ok(()), Permutations::check)?),
            Self::Moran { permutations, .. } => Ok(permutations.check()?),
            Self::Emerging { slices, options, .. } => options.check(slices.most.unwrap_or(usize::MAX)),
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
        }
    }
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

fn gi_in_words(found: &[LocalG], counted: &str) -> Vec<String> {
    let bins: Vec<String> = Bin::ALL
        .iter()
        .filter_map(|bin| {
            let cells = found.iter().filter(|cell| cell.bin() == bin.number).count();
            (cells > 0).then(|| format!("{} {cells}", bin.name.to_lowercase()))
        })
        .collect();
    let mut words = vec![format!("Gi* of {counted}: {}", bins.join(" · "))];
    let undefined = found.iter().filter(|cell| !cell.is_defined).count();
    if undefined > 0 {
        words.push(format!(
            "cells whose z is not defined (equal counts, or a neighbourhood that is all or nothing): {undefined}"
        ));
    }
    words
}

fn moran_in_words(found: &[LocalMoran], counted: &str, permutations: Permutations) -> Vec<String> {
    let clear = |quadrant: &Quadrant| {
        let cells = found.iter().filter(|cell| cell.q <= 0.05 && cell.quadrant == Some(*quadrant)).count();
        format!("{} {cells}", quadrant.name().to_lowercase())
    };
    let clear: Vec<String> = Quadrant::ALL.iter().map(clear).collect();
    let mut words = vec![format!("local Moran of {counted}, q at most 0.05: {}", clear.join(" · "))];
    let undefined = found.iter().filter(|cell| cell.quadrant.is_none()).count();
    if undefined > 0 {
        words.push(format!("cells whose I is not defined (equal counts, or no neighbour): {undefined}"));
    }
    // q is p times all cells, divided by those that have it or less.
    let together = (permutations.least_p() * found.len() as f64 / 0.05).ceil();
    if together > 1.0 {
        let (draws, least) = (permutations.draws, permutations.least_p());
        words.push(format!(
            "p of {draws} draws is {least} at least, so that q is at most 0.05 for {together} cells together or none; \
             --permutations takes more draws"
        ));
    }
    words
}

fn emerging_in_words(found: &Histories, counted: &str) -> Vec<String> {
    let of = |category: &Category| {
        let cells = found.places.iter().filter(|place| place.category == *category).count();
        (cells > 0).then(|| format!("{} {cells}", category.name().to_lowercase()))
    };
    let categories: Vec<String> = Category::ALL.iter().filter_map(of).collect();
    let mut words = vec![format!("{counted}: {}", categories.join(" · "))];
    if found.slices < 2 * LEAST_SLICES {
        words.push(format!("only {} slices: a single one decides much", found.slices));
    }
    words
}
