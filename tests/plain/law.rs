//! The variance law φ e + τ² e², fitted on the blocks of the baseline.

use tensionmap::unstable::score::EvidenceRules;

use super::World;
use super::capped::Capped;
use super::compared::{Basis, whole_months};

/// φ and τ² of blocks of one length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Law {
    pub(super) block: i32,
    pub(super) phi: f64,
    pub(super) tau2: f64,
}

/// The laws of a basis, one a window, and whether rounding decides one.
pub(super) struct PlainLaws {
    pub(super) each: Vec<Law>,
    pub(super) is_close: bool,
}

impl World {
    /// The date whose laws a date uses, and its basis.
    pub(super) fn law_basis(&self, basis: &Basis, rules: &EvidenceRules) -> Basis {
        if basis.by_month {
            return basis.clone();
        }
        let step = self.step(basis.until, rules);
        let earlier = self.basis(step, false, rules);
        if earlier.is_comparable() && !self.is_by_month(step) { earlier } else { basis.clone() }
    }

    /// Laws as known at the date of a basis.
    pub(super) fn laws(&self, basis: &Basis, rules: &EvidenceRules) -> PlainLaws {
        let counts = self.capped(basis, rules);
        let mut is_close = counts.is_close;
        let mut fit = |block: i32| {
            let points = self.points(basis, &counts, block, rules.block_least, &mut is_close);
            let (phi, tau2, was_close) = least_squares(&points);
            is_close |= was_close;
            Law { block, phi, tau2 }
        };
        let each =
            if basis.by_month { vec![fit(0)] } else { rules.windows.iter().map(|window| fit(window.block)).collect() };
        PlainLaws { each, is_close }
    }

    /// Count and expectation of every block of every row, a row a cell and group.
    fn points(&self, basis: &Basis, counts: &Capped, block: i32, least: f64, is_close: &mut bool) -> Vec<(f64, f64)> {
        let mut points = Vec::new();
        for (group, &first) in basis.groups.iter().enumerate() {
            let one = &basis.feeds[first];
            let blocks: Vec<(i32, i32)> = if basis.by_month {
                whole_months(&one.feed.covered, basis.window.0)
            } else {
                let newest_first: Vec<i32> = one.baseline.iter().rev().copied().collect();
                let whole = newest_first.chunks_exact(usize::try_from(block).unwrap());
                let firsts: Vec<i32> = whole.map(|days| *days.last().unwrap()).collect();
                let ends = std::iter::once(basis.window.0).chain(firsts.iter().copied());
                firsts.iter().copied().zip(ends).collect()
            };
            if blocks.len() < 2 {
                continue;
            }
            let nb = blocks.len() as f64;
            let of_row = |row: usize| blocks.iter().map(|&span| counts.sum(row, group, span)).collect::<Vec<f64>>();
            let rows: Vec<Vec<f64>> = (0..self.cells.len()).map(of_row).collect();
            let area: Vec<f64> = (0..blocks.len()).map(|j| rows.iter().map(|row| row[j]).sum()).collect();
            let mean_area = area.iter().sum::<f64>() / nb;
            for row in rows {
                let mean = row.iter().sum::<f64>() / nb;
                for (x, a) in row.iter().zip(&area) {
                    let e = mean * a / mean_area.max(1e-9);
                    *is_close |= (e - least).abs() < 1e-9;
                    if e > least {
                        points.push((e + (nb / (nb - 1.0)).sqrt() * (x - e), e));
                    }
                }
            }
        }
        points
    }
}

/// Six rounds of weighted least squares of (x − e)²/e on e, φ ≥ 1 and τ² ≥ 0; and whether e hardly varies.
fn least_squares(points: &[(f64, f64)]) -> (f64, f64, bool) {
    let square = |&(x, e): &(f64, f64)| (x - e).powi(2) / e;
    if points.is_empty() {
        return (1.0, 0.0, false);
    }
    let (mut phi, mut tau2) = ((points.iter().map(square).sum::<f64>() / points.len() as f64).max(1.0), 0.0);
    let mut is_close = false;
    for _ in 0..6 {
        let weigh = |e: f64| (phi + tau2 * e).powi(-2);
        let sum = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
            points.iter().map(|point| weigh(point.1) * of(point.1, square(point))).sum()
        };
        let (s0, s1, s2) = (sum(&|_, _| 1.0), sum(&|e, _| e), sum(&|e, _| e * e));
        let (t0, t1) = (sum(&|_, y| y), sum(&|e, y| e * y));
        let determinant = s0 * s2 - s1 * s1;
        let near_zero = sum(&|e, y| e * (y - 1.0));
        if determinant > 1e-12 {
            (phi, tau2) = ((t0 * s2 - t1 * s1) / determinant, (s0 * t1 - s1 * t0) / determinant);
        }
        // Where all e are alike, what is left of the determinant is rounding.
        is_close |= determinant.abs() > 1e-13 && determinant < 1e-6 * s0 * s2;
        if phi < 1.0 {
            (phi, tau2) = (1.0, near_zero / s2);
        }
        if tau2 < 0.0 {
            (phi, tau2) = ((t0 / s0).max(1.0), 0.0);
        }
    }
    (phi, tau2, is_close)
}
