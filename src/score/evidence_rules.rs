//! Rules of the evidence: the numbers of method `tension-2` that `tension-1` does not have.

use serde::{Deserialize, Serialize};

use crate::rounding::legible;

/// Numbers from which the evidence of a place is computed. Those marked † are our own choice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceRules {
    /// Weight of the neighbourhood's rate in a cell's expectation, in reports †; limited by `prior_days` in days.
    pub prior_reports: f64,
    /// Weight of "as usual" in the current rate of the rate ratio: a share of `prior_shape` †.
    pub prior_exposure: f64,
    /// Reports by which the area-wide factor is drawn to 1 †.
    pub area_reports: f64,
    /// Variance of a calm place's level between its baseline and now, as a share of the squared level †.
    pub drift: f64,
    /// Shape of the Gamma distribution of the mean ln(1/p) under calm †.
    pub shape: f64,
    /// Assumed share of neighbours that rise with a place †, 0 to 1.
    pub neighbour_share: f64,
    /// Evidence of a place from which its neighbours begin to count †.
    pub neighbours_from: f64,
    /// Evidence of a place from which its neighbours count fully †.
    pub neighbours_full: f64,
    /// Days after which the variance law is fitted again †.
    pub refit_days: i32,
    /// Expectation below which a block of the baseline is left out of the fit †.
    pub block_least: f64,
    /// Reports of one cell and day that always count in full †.
    pub cut_least: f64,
    /// Probability of the Poisson quantile above which further reports of a cell and day are cut †.
    pub cut_quantile: f64,
    /// Daily rate added to a cell's own before that quantile is taken †.
    pub cut_rate: f64,
    /// Evidence at which the surge component is full †.
    pub full: f64,
    /// Evidence from which corroboration counts in full †; below it counts in proportion.
    pub corroborated_from: f64,
    /// Reports to be expected of a source before its silence means that it is missing †.
    pub source_least: f64,
    /// Share of a cell's past reports that the sources at hand must have given †, 0 to 1.
    pub source_share: f64,
    /// Share of a window's days that a source must cover †, 0 to 1.
    pub window_share: f64,
    /// Windows before the as-of: three, shortest first †.
    pub windows: Vec<EvidenceWindow>,
}

/// Window of the evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceWindow {
    /// Length in days.
    pub days: i32,
    /// Length in days of the baseline's blocks on which its variance law is fitted.
    pub block: i32,
}

/// Number of windows.
pub(crate) const WINDOWS: usize = 3;

/// Value of a window that reports dated by month do not have.
pub(crate) const NO_WINDOW: f64 = -1.0;

impl EvidenceRules {
    /// The rules of `tension-2`.
    pub(super) fn tension_2() -> Self {
        let window = |(days, block)| EvidenceWindow { days, block };
        Self {
            prior_reports: 2.0,
            prior_exposure: 0.5,
            area_reports: 30.0,
            drift: 0.02,
            shape: 1.25,
            neighbour_share: 0.35,
            neighbours_from: 1.3,
            neighbours_full: 2.6,
            refit_days: 28,
            block_least: 0.02,
            cut_least: 2.0,
            cut_quantile: 0.999,
            cut_rate: 0.01,
            full: 6.0,
            corroborated_from: 2.0,
            source_least: 10.0,
            source_share: 0.5,
            window_share: 0.75,
            windows: [(7, 7), (10, 7), (14, 14)].map(window).to_vec(),
        }
    }

    /// Describes the first number out of range; `None` if all are sound.
    pub(super) fn problem(&self, window_days: i32, baseline_least_days: i32) -> Option<String> {
        let within = |low: f64, high: f64| move |number: &f64| (low..=high).contains(number);
        let positive = [
            ("prior_reports", self.prior_reports),
            ("area_reports", self.area_reports),
            ("block_least", self.block_least),
            ("cut_least", self.cut_least),
            ("full", self.full),
            ("corroborated_from", self.corroborated_from),
            ("source_least", self.source_least),
        ];
        let shares = [
            ("neighbour_share", self.neighbour_share),
            ("prior_exposure", self.prior_exposure),
            ("cut_quantile", self.cut_quantile),
            ("source_share", self.source_share),
            ("window_share", self.window_share),
            ("drift", self.drift),
        ];
        let outside = |numbers: &[(&'static str, f64)], low: f64, high: f64| {
            let fault =
                |&(name, number): &(&str, f64)| format!("{name} must be from {low} to {high}, not {}", legible(number));
            numbers.iter().find(|(_, number)| !within(low, high)(number)).map(fault)
        };
        let windows = &self.windows;
        let days = |from: i32, number: i32| (from..=window_days).contains(&number);
        outside(&positive, 1e-6, 1e6)
            .or_else(|| outside(&shares, 0.0, 1.0))
            .or_else(|| outside(&[("shape", self.shape)], 0.2, 5.0))
            .or_else(|| outside(&[("cut_rate", self.cut_rate)], 0.0, 1e6))
            .or_else(|| (self.cut_quantile >= 1.0).then(|| "cut_quantile must be below 1".to_owned()))
            .or_else(|| {
                let [from, full] = [self.neighbours_from, self.neighbours_full];
                let sound = from >= 0.0 && full > from && full <= 300.0;
                (!sound).then(|| format!("neighbours_from must be 0 or more and below neighbours_full, not {} and {}", legible(from), legible(full)))
            })
            .or_else(|| (!(1..=3650).contains(&self.refit_days)).then(|| "refit_days must be 1 to 3650".to_owned()))
            .or_else(|| {
                let rise = windows.is_sorted_by(|a, b| a.days < b.days);
                let sound = |window: &EvidenceWindow| {
                    days(1, window.days) && (1..=baseline_least_days / 2).contains(&window.block)
                };
                (windows.len() != WINDOWS || !rise || !windows.iter().all(sound)).then(|| {
                    format!(
                        "windows of the evidence must be {WINDOWS}, shortest first, of 1 to {window_days} days, their blocks of 1 \
                         to {} days",
                        baseline_least_days / 2
                    )
                })
            })
    }
}
