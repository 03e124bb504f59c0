//! All cells at one date: what each one's reports come to beside its own past and its neighbours.

use rayon::prelude::*;

use super::Status;
use super::ground::Ground;
use super::level::{self, Grounds, Level};
use super::method::Method;
use super::surge::{Counts, Excess, Prior, credible_excess};
use super::walk::Seen;
use super::windows::Windows;

/// One cell at one date: what a series keeps of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// 0–100, the sum of the components.
    pub score: f64,
    /// Points for surge.
    pub surge: f64,
    /// Points for intensity.
    pub intensity: f64,
    /// Points for corroboration.
    pub corroboration: f64,
    /// Points for spread.
    pub spread: f64,
    /// Points for context.
    pub context: f64,
    /// Weighted, decayed reports: intensity in mass.
    pub mass: f64,
    /// Mass ÷ what the method divides it by.
    pub density: f64,
    /// Intensity by strand, after smoothing, in mass.
    pub strands: [f64; 3],
    /// Reports in the window.
    pub n_window: f64,
    /// Reports in the baseline.
    pub n_baseline: f64,
    /// Distinct sources in the window.
    pub sources: u32,
    /// Fewer reports in the window than the method calls enough.
    pub sparse: bool,
    /// What it rests on.
    pub status: Status,
    /// The level that this date alone gives; absent where nothing was scored.
    pub raw_level: Option<Level>,
    /// The level with the rule that it falls only after some quieter weeks.
    pub level: Option<Level>,
}

/// What a date says of the study area as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Date {
    /// What it looks at.
    pub windows: Windows,
    /// φ, over-dispersion of the baseline.
    pub dispersion: f64,
    /// Mean of the cells' baseline counts.
    pub(super) mean_baseline: f64,
    /// Mass that smoothing moved out of the study area.
    pub smoothed_away: f64,
}

/// What does not change from date to date.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms<'a> {
    pub(super) method: &'a Method,
    pub(super) ground: &'a Ground,
    pub(super) d_half: Option<f64>,
    /// 0 to 100 by row.
    pub(super) context: Option<&'a [Option<f64>]>,
}

/// Room for one date at a time, used again for the next.
#[derive(Debug, Default)]
pub(super) struct Room {
    pub(super) moments: Vec<Moment>,
    baselines: Vec<f64>,
    excess: Vec<Option<Excess>>,
}

/// Cells that are worth a thread's while.
const LEAST: usize = 512;

impl Room {
    /// The cells at one date, from what is seen of each.
    pub(super) fn judge(&mut self, terms: Terms<'_>, windows: &Windows, seen: &[Seen]) -> Date {
        let method = terms.method;
        let rows = || (0..seen.len()).into_par_iter().with_min_len(LEAST);
        self.baselines.clear();
        self.baselines.extend(seen.iter().map(|cell| cell.baseline));
        let baselines = &self.baselines;
        let date = Date {
            windows: windows.clone(),
            dispersion: pooled(seen, windows.borders.len().saturating_sub(1)),
            mean_baseline: baselines.iter().sum::<f64>() / baselines.len() as f64,
            smoothed_away: smoothed_away(terms, seen),
        };
        let thresholds = thresholds(method);
        let excess = |row: usize| {
            let counts = counts(&date, &seen[row])?;
            credible_excess(counts, prior(terms, &date, baselines, row), &thresholds)
        };
        rows().map(excess).collect_into_vec(&mut self.excess);
        let excess = &self.excess;
        let strands = |row: usize| terms.ground.smoothed(row, |row| &seen[row].strands);
        let moment = |row: usize| moment(terms, windows, row, &seen[row], strands(row), excess);
        rows().map(moment).collect_into_vec(&mut self.moments);
        date
    }
}

/// Exceedance probabilities that matter: those of the levels, and that of a rising neighbour last.
fn thresholds(method: &Method) -> Vec<f64> {
    method.levels.iter().map(|level| level.p_exceed).chain([method.spread_p]).collect()
}

/// φ of all cells together.
fn pooled(seen: &[Seen], blocks: usize) -> f64 {
    let (mut sum, mut cells) = (0.0, 0_usize);
    for chi_squared in seen.iter().map(|cell| cell.chi_squared).filter(|chi_squared| !chi_squared.is_nan()) {
        sum += chi_squared;
        cells += 1;
    }
    let freedom = cells * blocks.saturating_sub(1);
    if freedom == 0 { 1.0 } else { f64::max(1.0, sum / freedom as f64) }
}

/// What a cell's rate ratio is made of; `None` where there is nothing to compare.
pub(super) fn counts(date: &Date, seen: &Seen) -> Option<Counts> {
    let Windows { window_days, baseline_days, comparable, .. } = date.windows;
    let silent = seen.window <= 0.0 && seen.baseline <= 0.0;
    (comparable && window_days > 0 && !silent).then(|| Counts {
        window: seen.window,
        baseline: seen.baseline,
        window_days: f64::from(window_days),
        baseline_days: f64::from(baseline_days),
    })
}

/// What is believed of a cell before its own counts are seen.
pub(super) fn prior(terms: Terms<'_>, date: &Date, baselines: &[f64], row: usize) -> Prior {
    let disk = terms.ground.disk(row);
    // The area-wide mean stands in the disk as one more cell, so that a disk of a few silent cells is not certainty.
    let sum = disk.iter().map(|&other| baselines[other as usize]).sum::<f64>() + baselines[row] + date.mean_baseline;
    Prior {
        rate: sum / ((disk.len() + 2) as f64 * f64::from(date.windows.baseline_days)),
        days: terms.method.prior_days,
        shape: terms.method.prior_shape,
        dispersion: date.dispersion,
    }
}

/// The mass that smoothing gives to neighbours outside the study area.
fn smoothed_away(terms: Terms<'_>, seen: &[Seen]) -> f64 {
    let ground = terms.ground;
    if ground.kept >= 1.0 {
        return 0.0;
    }
    let away = |(row, cell): (usize, &Seen)| {
        let missing = ground.sides(row) - ground.neighbours(row).len() as f64;
        cell.strands.iter().sum::<f64>() * ground.given(row) * missing
    };
    seen.iter().enumerate().map(away).sum()
}

fn moment(
    terms: Terms<'_>,
    windows: &Windows,
    row: usize,
    seen: &Seen,
    strands: [f64; 3],
    excesses: &[Option<Excess>],
) -> Moment {
    let Terms { method, ground, d_half, context } = terms;
    let mass: f64 = strands.iter().sum();
    let density = mass / ground.size[row];
    let present = strands.iter().filter(|&&part| part > 0.0 && part >= method.strand_share * mass).count();
    // A source that is not named is one.
    let agreeing = present.saturating_sub(1) + seen.sources.clamp(1, 4) as usize - 1;
    let near = ground.neighbours(row);
    let is_rising = |excess: Option<Excess>| excess.is_some_and(|excess| excess.exceeds(method.levels.len()));
    let up = near.iter().filter(|&&other| is_rising(excesses[other as usize])).count();
    let excess = excesses[row];
    let u = [
        excess.map_or(0.0, |excess| excess.u),
        d_half.map_or(0.0, |d_half| 1.0 - (-density / d_half).exp2()),
        if present > 0 { agreeing as f64 / 5.0 } else { 0.0 },
        if near.is_empty() { 0.0 } else { up as f64 / near.len() as f64 },
        context.and_then(|context| context[row]).map_or(0.0, |index| index / 100.0),
    ];
    let most = method.points.scaled();
    let [surge, intensity, corroboration, spread, context]: [f64; 5] = std::array::from_fn(|part| most[part] * u[part]);
    let score = surge + intensity + corroboration + spread + context;
    // A coming event is a report too, though no count holds it.
    let silent = seen.window <= 0.0 && seen.baseline <= 0.0 && seen.strands[2] <= 0.0;
    let status = match (windows.window_days, silent) {
        (0, _) => Status::NoData,
        (_, true) => Status::NoReports,
        _ => Status::Scored,
    };
    // Parts of months add up to whole reports but for their last digits, which must not decide.
    let sparse = seen.window < method.sparse_below - 1e-9;
    let grounds = Grounds { excess, enough: !sparse || seen.grave, corroborated: present >= 2 || seen.sources >= 2 };
    let raw_level = (status == Status::Scored).then(|| level::computed(method, score, grounds));
    Moment {
        score,
        surge,
        intensity,
        corroboration,
        spread,
        context,
        mass,
        density,
        strands,
        n_window: seen.window,
        n_baseline: seen.baseline,
        sources: seen.sources,
        sparse,
        status,
        raw_level,
        level: raw_level,
    }
}
