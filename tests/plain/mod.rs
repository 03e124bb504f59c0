//! Method `tension-1` a second time, straight from its formulas and record by record: no cube, no sweep through dates, no table
//! of powers, no code of `tensionmap::unstable::score` but the numbers of the [`Method`]. It is slow and to be read beside the definition.

mod agreement;
mod capped;
mod cell_score;
mod compared;
mod evidence;
mod evidence_agreement;
mod evidence_score;
mod feeds;
mod hold;
mod law;
mod tails;

pub(crate) use agreement::agrees;
use cell_score::PlainScorer;
use evidence::Evident;
pub(crate) use evidence_agreement::agrees_by_evidence;
pub(crate) use hold::held;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::f64::consts::LN_2;

use statrs::function::beta::beta_reg;
use tensionmap::Status;
use tensionmap::unstable::polygon::Contiguity;
use tensionmap::unstable::score::DensityUnit;
use tensionmap::{Category, CellIndex, Day, Method, Strand};

/// One report, as read.
#[derive(Clone, Debug)]
pub(crate) struct Report {
    pub(crate) cell: CellIndex,
    pub(crate) start: i32,
    pub(crate) end: i32,
    pub(crate) known: i32,
    pub(crate) category: Category,
    pub(crate) strand: Strand,
    pub(crate) severity: Option<u8>,
    pub(crate) grade: Option<(char, char)>,
    pub(crate) source: Option<String>,
}

/// All that a score depends on, but for the date.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) reports: Vec<Report>,
    /// The study area, sorted.
    pub(crate) cells: Vec<CellIndex>,
    pub(crate) method: Method,
    pub(crate) residents: Option<Vec<Option<f64>>>,
    pub(crate) context: Option<Vec<Option<f64>>>,
    pub(crate) covered: Option<Vec<(Day, Day)>>,
    /// What the cells only stand in for, row by row.
    pub(crate) areas: Option<Contiguity>,
}

/// D½ and whether it is frozen (`f`), calibrated (`c`), from the current window (`w`) or not there (`-`).
pub(crate) type PlainAnchor = (char, Option<f64>);

/// One cell at one date.
#[derive(Clone, Debug)]
pub(crate) struct PlainCell {
    pub(crate) score: f64,
    /// Surge, intensity, corroboration, spread, context.
    pub(crate) points: [f64; 5],
    pub(crate) u_intensity: f64,
    pub(crate) density: f64,
    pub(crate) strands: [f64; 3],
    pub(crate) categories: BTreeMap<Category, f64>,
    pub(crate) window: f64,
    pub(crate) baseline: f64,
    pub(crate) sources: usize,
    pub(crate) sparse: bool,
    pub(crate) status: Status,
    pub(crate) ratio: Option<Ratio>,
    /// Rank of the level that this date alone gives.
    pub(crate) raw: Option<usize>,
}

/// The study area at one date.
#[derive(Clone, Debug)]
pub(crate) struct Plain {
    pub(crate) window_days: usize,
    pub(crate) baseline: (i32, i32),
    pub(crate) baseline_days: usize,
    pub(crate) comparable: bool,
    pub(crate) dispersion: f64,
    pub(crate) smoothed_away: f64,
    pub(crate) outside: u64,
    pub(crate) later: u64,
    pub(crate) cells: Vec<PlainCell>,
    /// A number was so near a threshold that rounding decides: the last digits of a sum, not the method.
    pub(crate) is_close: bool,
}

/// Posterior rates λ0 ~ Gamma(a0, b0) and λ1 ~ Gamma(a1, b1).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ratio {
    a0: f64,
    b0: f64,
    a1: f64,
    b1: f64,
    pub(crate) expected: f64,
    /// Whether the least that the ratio may be is 0, because nothing is in the window.
    is_silent: bool,
}

impl Ratio {
    /// P(θ > 1).
    pub(crate) fn p_exceed(self) -> f64 {
        beta_reg(self.a0, self.a1, self.b0 / (self.b0 + self.b1))
    }

    /// The least that the ratio may be.
    pub(crate) fn low(self) -> f64 {
        if self.is_silent { 0.0 } else { self.quantile(0.05) }
    }

    /// The p-quantile of θ = (b0/b1)·X/(1−X), X ~ Beta(a1, a0), by halving the log-odds of X; beyond e^±700 it only says that
    /// there is next to nothing on one side.
    pub(crate) fn quantile(self, p: f64) -> f64 {
        let (mut low, mut high) = (-700.0_f64, 700.0_f64);
        while high - low > 1e-14 * low.abs().max(high.abs()).max(1.0) {
            let t = f64::midpoint(low, high);
            let is_above = if t < 0.0 {
                beta_reg(self.a1, self.a0, 1.0 / (1.0 + (-t).exp())) > p
            } else {
                beta_reg(self.a0, self.a1, 1.0 / (1.0 + t.exp())) < 1.0 - p
            };
            if t <= low || t >= high {
                break;
            }
            if is_above {
                high = t;
            } else {
                low = t;
            }
        }
        self.b0 / self.b1 * f64::midpoint(low, high).exp()
    }
}

/// Share of an interval that lies in `[from, to)`.
fn share(report: &Report, from: i32, to: i32) -> f64 {
    f64::from((report.end.min(to) - report.start.max(from)).max(0)) / f64::from(report.end - report.start)
}

fn place(strand: Strand) -> usize {
    Strand::ALL.iter().position(|&one| one == strand).unwrap()
}

fn ring(cell: CellIndex, k: u32) -> BTreeSet<CellIndex> {
    let mut cells: BTreeSet<CellIndex> = cell.grid_disk::<Vec<_>>(k).into_iter().collect();
    cells.remove(&cell);
    cells
}

/// The factor of a grade: source × information; of a rumour, the source alone.
fn grade_factor((source, information): (char, char), category: Category) -> f64 {
    let (source, information) = if source.is_ascii_digit() {
        let source = [1.0, 0.7, 0.35]["123".find(source).unwrap()];
        (source, [1.0, 0.9, 0.6, 0.4, 0.0]["ABCDE".find(information).unwrap()])
    } else {
        let source = [1.0, 0.85, 0.65, 0.4, 0.15, 0.5]["ABCDEF".find(source).unwrap()];
        (source, [1.0, 0.85, 0.65, 0.4, 0.0, 0.5]["123456".find(information).unwrap()])
    };
    if category == Category::RumourMisinformation { source } else { source * information }
}

impl World {
    fn weight(&self, report: &Report) -> f64 {
        self.method.weights[report.category.id()]
    }

    /// Mass of a fresh report.
    fn mass(&self, report: &Report) -> f64 {
        let severity = report.severity.map_or(1.0, |severity| self.method.severity[usize::from(severity) - 1]);
        self.weight(report) * severity * report.grade.map_or(1.0, |grade| grade_factor(grade, report.category))
    }

    /// What share of its mass is left at T.
    fn left(&self, report: &Report, t: i32) -> f64 {
        let half_lives = self.method.half_life_days;
        let (a, b) = (f64::from(report.start - t), f64::from(report.end - t));
        if report.strand == Strand::Potential {
            let is_over = report.end + self.method.potential_grace_days < t;
            return if is_over { 0.0 } else { (-a.max(-b).max(0.0) / half_lives.potential).exp2() };
        }
        let h = if report.strand == Strand::Experienced { half_lives.experienced } else { half_lives.evidenced };
        if a >= 0.0 { 0.0 } else { h / (LN_2 * (b - a)) * ((b.min(0.0) / h).exp2() - (a / h).exp2()) }
    }

    /// Whether it is counted, not only weighed.
    fn counts(&self, report: &Report) -> bool {
        report.strand != Strand::Potential && self.weight(report) > 0.0
    }

    /// What the density of a cell is per: km², or thousands of residents.
    fn size(&self, row: usize) -> f64 {
        if self.method.density == DensityUnit::PerKm2 {
            return self.areas.as_ref().map_or_else(|| self.cells[row].area_km2(), |areas| areas.km2[row]);
        }
        self.residents.as_ref().unwrap()[row].unwrap_or(0.0).max(self.method.least_residents) / 1000.0
    }

    /// Rows at most so many steps from a row, which is not among them.
    fn near(&self, row: usize, steps: u32) -> Vec<usize> {
        let Some(areas) = &self.areas else {
            return ring(self.cells[row], steps).into_iter().filter_map(|cell| self.row(cell)).collect();
        };
        let mut near = BTreeSet::from([row]);
        for _ in 0..steps {
            let further = near.iter().flat_map(|&row| &areas.neighbours[row]).map(|&row| row as usize);
            near = near.iter().copied().chain(further).collect();
        }
        near.into_iter().filter(|&other| other != row).collect()
    }

    fn row(&self, cell: CellIndex) -> Option<usize> {
        self.cells.binary_search(&cell).ok()
    }

    /// The covered days before T, oldest first: those given, or all days of months that hold a past report known at T, from
    /// the first day of any to the last.
    pub(crate) fn covered(&self, t: i32) -> Vec<i32> {
        if let Some(spans) = &self.covered {
            let days: BTreeSet<i32> = spans.iter().flat_map(|(from, to)| from.0..to.0).filter(|&day| day < t).collect();
            return days.into_iter().collect();
        }
        let past = |report: &&Report| report.strand != Strand::Potential && report.known <= t && report.start < t;
        let spans: BTreeSet<(i32, i32)> =
            self.reports.iter().filter(past).map(|report| (report.start, report.end)).collect();
        if spans.is_empty() {
            return Vec::new();
        }
        let first = feeds::first_of_many(spans.iter().map(|span| span.0).collect());
        let spans: BTreeSet<(i32, i32)> =
            spans.into_iter().filter(|span| span.0 >= first).map(|(from, to)| (from, to.min(t))).collect();
        let month = |day: i32| {
            let date = Day(day).date();
            (date.year(), date.month())
        };
        let months: BTreeSet<(i16, i8)> = spans.iter().flat_map(|&(from, to)| (from..to).map(month)).collect();
        let (first, last) = (spans.iter().map(|span| span.0).min(), spans.iter().map(|span| span.1).max());
        (first.unwrap_or(t)..last.unwrap_or(t)).filter(|&day| months.contains(&month(day))).collect()
    }

    /// The 90th percentile, linear between ranks, of the densities above zero at some dates, to three significant figures.
    fn percentile(&self, dates: &[i32]) -> Option<f64> {
        let mut densities = Vec::new();
        for &t in dates {
            let mut masses = vec![0.0; self.cells.len()];
            for report in self.reports.iter().filter(|report| report.known <= t) {
                if let Ok(row) = self.cells.binary_search(&report.cell) {
                    masses[row] += self.mass(report) * self.left(report, t);
                }
            }
            densities
                .extend((0..masses.len()).map(|row| masses[row] / self.size(row)).filter(|&density| density > 0.0));
        }
        densities.sort_by(f64::total_cmp);
        let last = densities.len().checked_sub(1)?;
        let (low, tenths) = (9 * last / 10, 9 * last % 10);
        let (below, above) = (densities[low], densities[(low + 1).min(last)]);
        let value: f64 = format!("{:.2e}", below + (above - below) * tenths as f64 / 10.0).parse().unwrap();
        // Less than a millionth of a report, wherever it were, anchors nothing.
        let sizes = (0..self.cells.len()).map(|row| self.size(row));
        Some(value).filter(|value| value * sizes.fold(0.0, f64::max) >= 1e-6)
    }

    /// D½ as of T.
    pub(crate) fn anchor(&self, t: i32) -> PlainAnchor {
        if self.method.d_half.is_some() {
            return ('f', self.method.d_half);
        }
        let begin = t - self.method.window_days;
        let from = *self.baseline(t).first().unwrap_or(&begin);
        let dates: Vec<i32> =
            (0..13).map(|k| begin - k * self.method.window_days).filter(|&date| date > from).collect();
        match (self.percentile(&dates), self.percentile(&[t])) {
            (Some(own), _) => ('c', Some(own)),
            (None, Some(current)) => ('w', Some(current)),
            (None, None) => ('-', None),
        }
    }

    /// The covered days of the baseline.
    fn baseline(&self, t: i32) -> Vec<i32> {
        let mut days = self.covered(t);
        days.retain(|&day| day < t - self.method.window_days);
        let most = usize::try_from(self.method.baseline_days).unwrap();
        days.split_off(days.len().saturating_sub(most))
    }

    /// Every cell at T, levels as this date alone gives them.
    pub(crate) fn at(&self, t: i32, d_half: Option<f64>) -> Plain {
        let method = &self.method;
        let begin = t - method.window_days;
        let baseline = self.baseline(t);
        let window_days = self.covered(t).iter().filter(|&&day| day >= begin).count();
        let from = *baseline.first().unwrap_or(&begin);
        let length = usize::try_from(method.window_days).unwrap();
        let edges: Vec<i32> = baseline.iter().rev().skip(length - 1).step_by(length).copied().collect::<Vec<_>>();
        let comparable = baseline.len() >= usize::try_from(method.baseline_least_days).unwrap();

        // What each cell's own reports say.
        let mut own =
            vec![PlainObserved { blocks: vec![0.0; edges.len()], ..PlainObserved::default() }; self.cells.len()];
        let (mut outside, mut later) = (0, 0);
        for report in &self.reports {
            let is_seen = report.known <= t && (report.strand == Strand::Potential || report.start < t);
            let Ok(row) = self.cells.binary_search(&report.cell) else {
                *(if is_seen { &mut outside } else { &mut later }) += 1;
                continue;
            };
            if !is_seen {
                later += 1;
                continue;
            }
            let cell = &mut own[row];
            let cap = d_half.map_or(f64::INFINITY, |d_half| method.cap_share * d_half * self.size(row));
            let mass = (self.mass(report) * self.left(report, t)).min(cap);
            cell.strands[place(report.strand)] += mass;
            *cell.categories.entry(report.category).or_default() += mass;
            if !self.counts(report) {
                continue;
            }
            let inside = share(report, begin, t);
            cell.window += inside;
            cell.baseline += share(report, from, begin);
            for (block, &edge) in edges.iter().enumerate() {
                let to = if block == 0 { begin } else { edges[block - 1] };
                cell.blocks[block] += share(report, edge, to);
            }
            if inside > 0.0 {
                cell.sources.extend(report.source.clone());
                cell.is_grave |= report.severity == Some(5) && matches!(report.grade, Some(('1', 'A' | 'B')));
            }
        }

        let dispersion = dispersion(&own);
        let mean = own.iter().map(|cell| cell.baseline).sum::<f64>() / own.len() as f64;
        let ratio = |row: usize| -> Option<Ratio> {
            let cell = &own[row];
            if !comparable || window_days == 0 || (cell.window <= 0.0 && cell.baseline <= 0.0) {
                return None;
            }
            let (w, b) = (window_days as f64, baseline.len() as f64);
            let disk = self.near(row, 2);
            let near = disk.iter().map(|&row| own[row].baseline).sum::<f64>() + cell.baseline + mean;
            let rate = near / ((disk.len() + 2) as f64 * b);
            let a0 = (cell.baseline + method.prior_days * rate) / dispersion;
            let b0 = (b + method.prior_days) / dispersion;
            let usual = a0 / b0;
            let (a1, b1) = (cell.window / dispersion + method.prior_shape, w / dispersion + method.prior_shape / usual);
            (a0 > 0.0).then_some(Ratio { a0, b0, a1, b1, expected: usual * w, is_silent: false })
        };
        let ratios: Vec<Option<Ratio>> = (0..own.len()).map(ratio).collect();
        let (mixed, smoothed_away) = self.smooth(&own);
        let scorer = PlainScorer { world: self, window_days, d_half, ratios: &ratios, is_close: Cell::new(false) };
        let cells = (0..own.len()).map(|row| scorer.cell(row, &own[row], mixed[row].clone())).collect();
        Plain {
            window_days,
            baseline: (from, begin),
            baseline_days: baseline.len(),
            comparable,
            dispersion,
            smoothed_away,
            outside,
            later,
            cells,
            is_close: scorer.is_close.get(),
        }
    }

    /// Intensity by strand and by category after each cell has kept its share; and what went to cells not under study.
    fn smooth(&self, own: &[PlainObserved]) -> (Vec<Mixed>, f64) {
        let kept = if self.areas.is_some() { 1.0 } else { self.method.kept_share };
        let scale = |mixed: &Mixed, by: f64| {
            let categories = mixed.1.iter().map(|(&category, mass)| (category, mass * by)).collect();
            (mixed.0.map(|mass| mass * by), categories)
        };
        let all: Vec<Mixed> = own.iter().map(|cell| (cell.strands, cell.categories.clone())).collect();
        let mut mixed: Vec<Mixed> = all.iter().map(|one| scale(one, kept)).collect();
        let mut away = 0.0;
        for (row, one) in all.iter().enumerate() {
            let neighbours = ring(self.cells[row], 1);
            let given = scale(one, (1.0 - kept) / neighbours.len() as f64);
            for neighbour in neighbours {
                let Some(row) = self.row(neighbour) else {
                    away += given.0.iter().sum::<f64>();
                    continue;
                };
                for (mass, more) in mixed[row].0.iter_mut().zip(given.0) {
                    *mass += more;
                }
                for (&category, more) in &given.1 {
                    *mixed[row].1.entry(category).or_default() += more;
                }
            }
        }
        (mixed, away)
    }
}

/// Intensity by strand and by category.
type Mixed = ([f64; 3], BTreeMap<Category, f64>);

/// Observations of a cell: its own reports at the date.
#[derive(Clone, Debug, Default)]
struct PlainObserved {
    strands: [f64; 3],
    categories: BTreeMap<Category, f64>,
    window: f64,
    baseline: f64,
    /// Counts of baseline blocks, newest first.
    blocks: Vec<f64>,
    sources: BTreeSet<String>,
    is_grave: bool,
}

/// Pearson's χ² of all cells' blocks against each cell's own mean, per degree of freedom; at least 1.
fn dispersion(own: &[PlainObserved]) -> f64 {
    let (mut chi_squared, mut freedom) = (0.0, 0.0);
    for PlainObserved { blocks, .. } in own {
        let mean = blocks.iter().sum::<f64>() / blocks.len() as f64;
        if blocks.len() >= 2 && mean > 0.0 {
            chi_squared += blocks.iter().map(|count| (count - mean).powi(2) / mean).sum::<f64>();
            freedom += blocks.len() as f64 - 1.0;
        }
    }
    if freedom > 0.0 { f64::max(1.0, chi_squared / freedom) } else { 1.0 }
}
