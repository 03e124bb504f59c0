//! Space-time scan statistic of Kulldorff: the most likely clusters of reports in space and time.

use rayon::prelude::*;

use super::cylinders::{BestCylinder, DiskLimits, Disks, LlrBounds, Search, World};
use super::dispersion::OverDispersion;
use super::names::{defaults, names};
use super::permutation::Random;
use super::{HotspotError, Permutations};
use crate::grid::StudyArea;
use crate::invalid::InvalidValue;
use crate::rounding::legible;
use crate::watch::{self, Cancelled};

/// Model of the reports that a cylinder is expected to hold.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum ExpectedCases<'a> {
    /// The space-time permutation model: its cells' share of all reports, times its days' share. It needs no other data. A place
    /// that always has many reports, or a month in which all places have many, is not a cluster. Random worlds permute the dates of
    /// the reports.
    Permutation,
    /// The Poisson model: shares of what is at risk, such as residents of each place and days of each slice. Random worlds
    /// distribute as many reports by these shares.
    AtRisk {
        /// One value above 0 a place.
        places: &'a [f64],
        /// One value above 0 a slice.
        slices: &'a [f64],
    },
    /// The Poisson model by the reports of each place before the slices, plus half a report, so that no place has 0. Few reports
    /// say little about a place: with over-dispersion, random worlds vary its share by what so many reports leave open.
    Past {
        /// Reports of each place, 0 or more.
        before: &'a [f64],
        /// One value above 0 a slice.
        slices: &'a [f64],
    },
}

/// Model of the expected reports, by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ScanModel {
    /// [`ExpectedCases::Permutation`].
    #[default]
    Permutation,
    /// [`ExpectedCases::Past`].
    Past,
    /// [`ExpectedCases::AtRisk`] by residents, with the method's minimum.
    Residents,
}

names! {
    ScanModel as "model": Permutation "permutation", Past "poisson-past", Residents "poisson-residents"
}

/// Scatter of the reports of random worlds, by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dispersion {
    /// The [`OverDispersion`] fitted to the reports.
    #[default]
    Fitted,
    /// Chance alone, as in Kulldorff's papers: each report is placed by itself.
    Poisson,
}

names! {
    Dispersion as "dispersion": Fitted "fitted", Poisson "none"
}

/// Parameters of [`scan`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScanOptions {
    /// True to search also for clusters that are over. If false, only clusters that last to the end of the last slice
    /// are found. A map of tension is about the present, and fewer cylinders leave less to chance. Default: false.
    pub retrospective: bool,
    /// Maximum share of what is at risk in a disk, above 0 to 0.5. Default 0.5.
    pub space: f64,
    /// Maximum share of the slices in a cylinder, above 0 to 0.5. Default 0.5.
    pub time: f64,
    /// Maximum number of steps on the grid from the centre of a disk to its rim, 0 to 100. Default 100.
    pub rings: u32,
    /// Scatter of the reports of random worlds. Default: as fitted.
    pub dispersion: Dispersion,
    /// Slices of a block that over-dispersion is fitted on, at most a quarter of all. Default 14, two weeks of days;
    /// [`Scan`](super::Scan) takes two weeks of its own slices.
    pub block: usize,
    /// Random worlds behind p. Default 999.
    pub replicates: Permutations,
}

defaults!(ScanOptions);

impl ScanOptions {
    /// Clusters that last up to now, of at most half of what is at risk.
    pub const DEFAULT: Self = Self {
        retrospective: false,
        space: 0.5,
        time: 0.5,
        rings: Self::MAX_RINGS,
        dispersion: Dispersion::Fitted,
        block: 14,
        replicates: Permutations::DEFAULT,
    };

    /// Maximum number of steps from the centre of a disk to its rim.
    pub const MAX_RINGS: u32 = DiskLimits::MAX_RINGS;

    /// Checks the parameters.
    ///
    /// # Errors
    /// A share or a number out of range.
    pub fn check(&self) -> Result<(), InvalidValue> {
        for (what, share) in [("space", self.space), ("time", self.time)] {
            if !(share > 0.0 && share <= 0.5) {
                return Err(InvalidValue::expecting(what, legible(share), "a share above 0, up to 0.5"));
            }
        }
        if self.rings > Self::MAX_RINGS {
            return Err(InvalidValue::expecting(
                "rings",
                self.rings,
                format!("0 to {} steps on the grid", Self::MAX_RINGS),
            ));
        }
        self.replicates.check()
    }
}

/// A disk of cells over a stretch of time that holds more reports than expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// The cell in the middle, by its row in the study area.
    pub centre: usize,
    /// Steps from it to the rim.
    pub radius: u32,
    /// Its cells, by row.
    pub cells: Vec<usize>,
    /// First slice.
    pub from: usize,
    /// The slice after the last.
    pub to: usize,
    /// Reports in it.
    pub observed: u32,
    /// Expected reports in it.
    pub expected: f64,
    /// Log-likelihood ratio, above 0.
    pub llr: f64,
    /// Observed ÷ expected inside, divided by the same outside; absent where no report is outside.
    pub relative_risk: Option<f64>,
    /// Share of worlds, this one among them, whose most likely cluster has an LLR as large, above 0 to 1.
    pub p: f64,
}

/// Result of [`scan`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Clusters {
    /// The most likely cluster, then others that share no cell with those before and whose p is at most 0.05. Empty where no
    /// cylinder holds two reports and more than expected.
    #[allow(clippy::struct_field_names, reason = "the list beside what it was found in")]
    pub clusters: Vec<Cluster>,
    /// Reports in all cells and slices.
    pub cases: u32,
    /// Over-dispersion of the random worlds; `None` where each report is placed by itself.
    pub dispersion: Option<OverDispersion>,
    /// Log-likelihood ratio of the most likely cluster of each random world; 0 where it has none.
    pub replicates: Vec<f64>,
}

/// Maximum number of clusters in a result.
const MAX_CLUSTERS: usize = 10;
/// Maximum p of a cluster beside the most likely one.
const SIGNIFICANCE: f64 = 0.05;

/// Kulldorff's space-time scan statistic, over disks of cells and stretches of slices.
///
/// A cylinder with c of all C reports where E are expected has the log-likelihood ratio
///
/// ```text
/// LLR = c ln(c / E) + (C − c) ln((C − c) / (C − E))   where c > E, else 0
/// ```
///
/// Disks are the cells at most k steps from a cell, k = 0, 1, 2 …, up to a share of what is at risk. In the permutation
/// model that is a share of the reports. Stretches are no longer than a share of the slices. With m the random worlds
/// whose most likely cluster has an LLR as large, p = (1 + m) / (1 + worlds). It therefore allows for having looked
/// everywhere. The p of further clusters is conservative: they are compared with the most likely ones too.
///
/// Reports that follow each other, or rates that rise and fall by themselves, make clusters that chance alone does not.
/// Random worlds therefore have the [`OverDispersion`] of the reports, unless [`Dispersion::Poisson`] is asked for. The
/// rate of a cell in a block is drawn from a gamma distribution. Reports of a slice come in clumps of geometric size. In the
/// permutation model each cell keeps its number of reports, and E follows the days of each world.
///
/// `cases` are the reports of the first cell of the area in each slice, oldest first, then those of the second, and so on.
///
/// LLR is in nats. Every world has its own generator, seeded by `seed` and its number, so that the number of threads makes no
/// difference. O(worlds × disks × (reports in reach + stretches)).
///
/// No cluster where there are no reports, or all are in one cell or (permutation model) one slice. A cell that alone holds more
/// than the share is not in any disk.
///
/// # Errors
/// Fewer than two cells or slices. A number of values other than cells × slices. A value at risk that is not above 0.
/// Parameters out of range. More than 4,294,967,295 reports.
///
/// # Example
/// Seven cells and ten days, a report each a day but three more in the middle on the last two days:
///
/// ```
/// use tensionmap::{CellIndex, StudyArea};
/// use tensionmap::unstable::hotspot::{ExpectedCases, ScanOptions, scan};
/// let middle: CellIndex = "8819434d93fffff".parse()?;
/// let area = StudyArea::observed([middle]);
/// let row = area.row(middle).ok_or("it is there")?;
/// let mut cases = vec![1; 7 * 10];
/// cases[row * 10 + 8] += 3;
/// cases[row * 10 + 9] += 3;
/// let found = scan(&area, &cases, 10, ExpectedCases::Permutation, ScanOptions::default())?;
/// let most_likely = &found.clusters[0];
/// assert_eq!((most_likely.centre, most_likely.radius, most_likely.from, most_likely.to), (row, 0, 8, 10));
/// assert_eq!(most_likely.observed, 8);
/// assert!((most_likely.expected - 16.0 * 20.0 / 76.0).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # References
/// Kulldorff, A spatial scan statistic, Commun. Stat. Theory Methods 26 (1997) 1481–1496. Kulldorff et al., A
/// space-time permutation scan statistic for disease outbreak detection, `PLoS` Med. 2 (2005) e59. Kulldorff,
/// Prospective time periodic geographical disease surveillance using a scan statistic, J. R. Stat. Soc. A 164 (2001)
/// 61–72.
pub fn scan(
    area: &StudyArea,
    cases: &[u32],
    slices: usize,
    expected: ExpectedCases<'_>,
    options: ScanOptions,
) -> Result<Clusters, HotspotError> {
    options.check()?;
    let places = area.cells().len();
    if places < 2 || slices < 2 {
        return Err(HotspotError::FewToScan { places, slices });
    }
    if cases.len() != places * slices {
        return Err(HotspotError::Values { given: cases.len(), places, expected: places * slices });
    }
    let total: u64 = cases.iter().map(|&n| u64::from(n)).sum();
    let total = u32::try_from(total).map_err(|source| HotspotError::ManyToScan { total, source })?;
    if total == 0 {
        let replicates = vec![0.0; options.replicates.draws as usize];
        return Ok(Clusters { clusters: Vec::new(), cases: 0, dispersion: None, replicates });
    }
    let null = NullModel::of(cases, slices, total, expected)?;
    let limits = DiskLimits { share: options.space, rings: options.rings };
    let disks = Disks::of(area, &null.places, limits);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most half the slices")]
    let height = ((slices as f64 * options.time + 1e-9) as usize).max(1);
    let (before, bounds) = (summed(&null.slices, f64::from(total)), LlrBounds::of(total));
    let retrospective = options.retrospective;
    let search = Search { disks: &disks, total, before: &before, height, retrospective, bounds: &bounds };
    let world = World::of(cases, slices);
    let dispersion = match options.dispersion {
        Dispersion::Fitted => {
            let found = OverDispersion::of(cases, slices, options.block);
            let is_past = !null.past.is_empty();
            Some(if is_past { found.with_drift(cases, slices, &null.places, &null.past) } else { found })
        }
        Dispersion::Poisson => None,
    };
    // Without any over-dispersion, permutation is exact; an uncertain past varies even so.
    let scatter = dispersion.filter(|found| !found.is_poisson() || !null.past.is_empty());
    let is_permuted = matches!(expected, ExpectedCases::Permutation);

    let draw = |(random_world, column): &mut (World, Vec<u32>), number: u32| {
        watch::check()?;
        let mut random = Random::new(options.replicates.seed, number);
        match scatter {
            Some(scatter) => random_world.scatter(&null, is_permuted.then_some(&world), scatter, &mut random),
            None if is_permuted => random_world.permute(&world, &mut random),
            None => random_world.distribute(&null, &mut random),
        }
        let own_days = (is_permuted && scatter.is_some()).then(|| random_world.before(slices));
        let search = Search { before: own_days.as_ref().unwrap_or(&before), ..search };
        Ok(search.best(random_world, &[], column).map_or(0.0, |best| best.llr))
    };
    let scratch = || (world.clone(), vec![0; slices]);
    let draws = (0..options.replicates.draws).into_par_iter().with_min_len(4);
    let replicates = draws.map_init(scratch, draw).collect::<Result<Vec<f64>, Cancelled>>()?;

    let mut found = Clusters { clusters: Vec::new(), cases: total, dispersion, replicates };
    let (mut is_taken, mut column) = (vec![false; places], vec![0; slices]);
    while let Some(best) = search.best(&world, &is_taken, &mut column) {
        let cluster = found.cluster(best, &disks);
        if found.clusters.len() == MAX_CLUSTERS || (!found.clusters.is_empty() && cluster.p > SIGNIFICANCE) {
            break;
        }
        watch::check()?;
        cluster.cells.iter().for_each(|&cell| is_taken[cell] = true);
        found.clusters.push(cluster);
    }
    Ok(found)
}

impl Clusters {
    fn cluster(&self, best: BestCylinder, disks: &Disks) -> Cluster {
        let BestCylinder { llr, centre, from, to, observed, expected, .. } = best;
        // Equal ratios may differ by rounding.
        let as_large = self.replicates.iter().filter(|other| **other >= llr - 1e-9).count();
        let rest = f64::from(self.cases - observed) / (f64::from(self.cases) - expected);
        let relative_risk = (rest > 0.0).then(|| f64::from(observed) / expected / rest);
        let mut cells: Vec<usize> = disks.rows(&best).iter().map(|&row| row as usize).collect();
        cells.sort_unstable();
        let p = (1 + as_large) as f64 / (1 + self.replicates.len()) as f64;
        Cluster { centre, radius: disks.radius(&best), cells, from, to, observed, expected, llr, relative_risk, p }
    }
}

/// Distribution of the reports of random worlds.
struct NullModel {
    /// Shares of places and slices in all reports, each with sum 1.
    places: Vec<f64>,
    slices: Vec<f64>,
    /// Cumulative sums of both, to draw from.
    summed: [Vec<f64>; 2],
    /// Reports that the share of each place is estimated from; empty where the shares are known.
    past: Vec<f64>,
    /// Reports in all places and slices.
    total: u32,
}

impl NullModel {
    fn of(cases: &[u32], slices: usize, total: u32, expected: ExpectedCases<'_>) -> Result<Self, HotspotError> {
        let shares = |at_risk: &[f64]| {
            let sum: f64 = at_risk.iter().sum();
            at_risk.iter().map(|value| value / sum).collect::<Vec<f64>>()
        };
        let past: Vec<f64> = match expected {
            ExpectedCases::Past { before, .. } => before.iter().map(|reports| reports + 0.5).collect(),
            _ => Vec::new(),
        };
        let (places, slices) = match expected {
            ExpectedCases::Permutation => {
                let (mut by_place, mut by_slice) = (Vec::with_capacity(cases.len() / slices), vec![0.0; slices]);
                for row in cases.chunks_exact(slices) {
                    by_place.push(row.iter().map(|&n| f64::from(n)).sum::<f64>() / f64::from(total));
                    by_slice.iter_mut().zip(row).for_each(|(sum, &n)| *sum += f64::from(n) / f64::from(total));
                }
                (by_place, by_slice)
            }
            ExpectedCases::AtRisk { slices: over_time, .. } | ExpectedCases::Past { slices: over_time, .. } => {
                let places = if let ExpectedCases::AtRisk { places, .. } = expected { places } else { &past };
                for (what, given, expected) in [("place", places, cases.len() / slices), ("slice", over_time, slices)] {
                    if given.len() != expected {
                        return Err(HotspotError::AtRiskOf { what, given: given.len(), expected });
                    }
                    let wrong = given.iter().position(|value| !(value.is_finite() && *value > 0.0));
                    if let Some(number) = wrong {
                        return Err(HotspotError::AtRisk { what, number, value: given[number] });
                    }
                }
                (shares(places), shares(over_time))
            }
        };
        let summed = [&places, &slices].map(|shares| summed(shares, 1.0));
        Ok(Self { places, slices, summed, past, total })
    }
}

/// Cumulative sums before each share, and of all, times a factor.
fn summed(shares: &[f64], factor: f64) -> Vec<f64> {
    let add = |sum: &mut f64, share: &f64| {
        *sum += share;
        Some(*sum * factor)
    };
    std::iter::once(0.0).chain(shares.iter().scan(0.0, add)).collect()
}

impl World {
    fn of(cases: &[u32], slices: usize) -> Self {
        let mut world = Self { starts: vec![0], slices: Vec::new() };
        for row in cases.chunks_exact(slices) {
            for (slice, &n) in (0..).zip(row) {
                world.slices.extend((0..n).map(|_| slice));
            }
            world.starts.push(u32::try_from(world.slices.len()).unwrap_or(u32::MAX));
        }
        world
    }

    /// Permutes the dates of another world's reports.
    fn permute(&mut self, other: &Self, random: &mut Random) {
        self.slices.copy_from_slice(&other.slices);
        random.shuffle(&mut self.slices);
    }

    /// Places as many reports with over-dispersion; each cell has as many as in `like`, where that is given.
    fn scatter(&mut self, null: &NullModel, like: Option<&Self>, scatter: OverDispersion, random: &mut Random) {
        let (places, slices) = (null.places.len(), null.slices.len());
        let over_time = &null.summed[1];
        // Blocks may begin on any slice.
        let first = 1 + random.below(scatter.block);
        let borders: Vec<usize> =
            std::iter::once(0).chain((first..slices).step_by(scatter.block)).chain([slices]).collect();
        let blocks = borders.len() - 1;
        let mut sums = Vec::with_capacity(places * blocks + 1);
        let mut sum = 0.0;
        sums.push(sum);
        for (place, &share) in null.places.iter().enumerate() {
            let past = null.past.get(place).map_or(1.0, |reports| random.gamma(scatter.share_variance(*reports)));
            for block in borders.windows(2) {
                let share = share * (over_time[block[1]] - over_time[block[0]]);
                if share > 0.0 {
                    let variance = scatter.rate_variance(share * f64::from(null.total));
                    let rate = if variance > 0.0 { random.gamma(variance) } else { 1.0 };
                    // Not 0, so that a cell with reports has somewhere to place them.
                    sum += share * past * rate.max(1e-12);
                }
                sums.push(sum);
            }
        }
        let whole = [0, null.total];
        let groups = like.map_or(&whole[..], |like| &like.starts);
        let blocks_of_group = if like.is_some() { blocks } else { places * blocks };
        let mut reports = Vec::with_capacity(null.total as usize);
        for (group, ends) in groups.windows(2).enumerate() {
            let range = group * blocks_of_group..(group + 1) * blocks_of_group;
            let (from, to) = (sums[range.start], sums[range.end]);
            for number in ends[0]..ends[1] {
                if number > ends[0] && random.share() < scatter.repeats() {
                    reports.extend(reports.last().copied());
                    continue;
                }
                let drawn = from + random.share() * (to - from);
                let at = sums[range.clone()].partition_point(|sum| *sum <= drawn).max(1) - 1 + range.start;
                let (from, to) = (borders[at % blocks], borders[at % blocks + 1]);
                let drawn = over_time[from] + random.share() * (over_time[to] - over_time[from]);
                let slice = over_time[from..to].partition_point(|sum| *sum <= drawn).max(1) - 1 + from;
                reports.push((at / blocks, slice));
            }
        }
        reports.sort_unstable();
        self.starts.fill(0);
        for (into, &(place, slice)) in self.slices.iter_mut().zip(&reports) {
            self.starts[place + 1] += 1;
            *into = u32::try_from(slice).unwrap_or(u32::MAX);
        }
        for place in 1..self.starts.len() {
            self.starts[place] += self.starts[place - 1];
        }
    }

    /// Number of reports in all cells before each slice, and in all slices.
    fn before(&self, slices: usize) -> Vec<f64> {
        let mut counts = vec![0.0; slices];
        self.slices.iter().for_each(|&slice| counts[slice as usize] += 1.0);
        summed(&counts, 1.0)
    }

    /// Distributes as many reports by the shares of places and slices.
    fn distribute(&mut self, null: &NullModel, random: &mut Random) {
        let mut drawn = |sums: &[f64]| {
            let share = random.share() * sums[sums.len() - 1];
            sums.partition_point(|sum| *sum <= share).min(sums.len() - 1) - 1
        };
        self.starts.fill(0);
        for _ in 0..self.slices.len() {
            self.starts[drawn(&null.summed[0]) + 1] += 1;
        }
        for place in 1..self.starts.len() {
            self.starts[place] += self.starts[place - 1];
        }
        for slice in &mut self.slices {
            *slice = u32::try_from(drawn(&null.summed[1])).unwrap_or(u32::MAX);
        }
    }
}
