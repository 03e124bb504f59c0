//! Over-dispersion of reports: scatter of their numbers in cells over time, beyond chance.

/// Over-dispersion of the reports of cells in slices of time.
///
/// Where e reports are expected in a cell and a block of slices, their number has the variance φ e + τ² e². In a single
/// slice φ is often smaller: reports that follow each other within days share a block, but not a slice.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct OverDispersion {
    /// Number of slices in a block.
    pub block: usize,
    /// φ of a slice, 1 or more: the size of clumps of reports in one cell and slice.
    pub slice_phi: f64,
    /// φ of a block, 1 or more.
    pub phi: f64,
    /// τ² of a block, 0 or more: the relative variance of rates that rise and fall by cell.
    pub tau2: f64,
    /// δ, 0 or more: the relative variance of rates of cells between their past and the slices; 0 where no past is known.
    pub drift: f64,
}

impl OverDispersion {
    /// Minimum number of blocks that it is fitted on.
    const MIN_BLOCKS: usize = 4;

    /// Fits it to the reports of the first cell in each slice, oldest first, then those of the second, and so on.
    pub(super) fn of(cases: &[u32], slices: usize, block: usize) -> Self {
        let block = block.min(slices / Self::MIN_BLOCKS).max(1);
        let in_blocks = |row: &[u32]| row.rchunks_exact(block).map(|block| block.iter().sum()).collect::<Vec<u32>>();
        let blocks: Vec<u32> = cases.chunks_exact(slices).flat_map(in_blocks).collect();
        let [slice_phi, _] = fitted(cases, slices);
        let [phi, tau2] = fitted(&blocks, slices / block);
        Self { block, slice_phi, phi, tau2, drift: 0.0 }
    }

    /// Fits the drift to the reports of each cell in all slices, by weighted least squares of (x − e)² on e².
    ///
    /// `past` are the reports before, which `shares` are estimated from.
    pub(super) fn with_drift(self, cases: &[u32], slices: usize, shares: &[f64], past: &[f64]) -> Self {
        let counts: Vec<f64> = cases.chunks_exact(slices).map(|row| row.iter().map(|&n| f64::from(n)).sum()).collect();
        let total: f64 = counts.iter().sum();
        let blocks = (slices as f64 / self.block as f64).max(1.0);
        let (mut excess, mut all) = (0.0, 0.0);
        for ((count, share), past) in counts.iter().zip(shares).zip(past) {
            let expected = share * total;
            let variance = self.phi * expected + (self.tau2 / blocks + self.phi / past) * expected.powi(2);
            let weight = (expected / variance).powi(2);
            excess += weight * ((count - expected).powi(2) - variance);
            all += weight * expected.powi(2);
        }
        Self { drift: (excess / all).max(0.0), ..self }
    }

    /// Relative variance of the share of a cell with so many reports before.
    pub(super) fn share_variance(&self, past: f64) -> f64 {
        self.phi / past + self.drift
    }

    /// Returns true if chance alone scatters the reports as much.
    pub(super) fn is_poisson(&self) -> bool {
        self.slice_phi <= 1.0 && self.phi <= 1.0 && self.tau2 <= 0.0
    }

    /// Chance that a report lies in the cell and slice of the one before it. Clumps then have a geometric size s, with
    /// E s² / E s = φ of a slice.
    pub(super) fn repeats(&self) -> f64 {
        (self.slice_phi - 1.0) / (self.slice_phi + 1.0)
    }

    /// Relative variance of the rate of a cell in a block with so many expected reports, beside the clumps in its slices.
    pub(super) fn rate_variance(&self, expected: f64) -> f64 {
        (self.tau2 + (self.phi - self.slice_phi) / expected).max(0.0)
    }
}

/// A count beside its expectation.
struct Residual {
    expected: f64,
    /// (x − e)² ÷ e less its expectation by chance, 1 with the right divisor.
    excess: f64,
    /// Share of over-dispersion that shows although the reports of the cell are given: (n − 1) ÷ n of n.
    shown: f64,
}

/// φ ≥ 1 and τ² ≥ 0 of counts by cell and column, by weighted least squares of (x − e)² / e on e.
///
/// e is the cell's share of all reports times the column's. A cell with a single report shows nothing.
fn fitted(counts: &[u32], columns: usize) -> [f64; 2] {
    const ROUNDS: usize = 8;
    let mut by_column = vec![0.0; columns];
    for row in counts.chunks_exact(columns) {
        by_column.iter_mut().zip(row).for_each(|(sum, &n)| *sum += f64::from(n));
    }
    let total: f64 = by_column.iter().sum();
    let mut residuals = Vec::new();
    for row in counts.chunks_exact(columns) {
        let own: f64 = row.iter().map(|&n| f64::from(n)).sum();
        if own < 2.0 {
            continue;
        }
        for (&n, column) in row.iter().zip(&by_column).filter(|(_, column)| **column > 0.0) {
            let expected = own * column / total;
            let by_chance = expected * (1.0 - own / total) * (1.0 - column / total);
            if by_chance > 0.0 {
                let excess = (f64::from(n) - expected).powi(2) / by_chance - 1.0;
                residuals.push(Residual { expected, excess, shown: 1.0 - 1.0 / own });
            }
        }
    }
    let (mut excess_phi, mut tau2) = (0.0, 0.0);
    for _ in 0..ROUNDS {
        let (mut aa, mut ab, mut bb, mut az, mut bz) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for &Residual { expected, excess, shown } in &residuals {
            let weight = (1.0 + excess_phi + tau2 * expected).powi(-2);
            let (a, b) = (shown, shown * expected);
            aa += weight * a * a;
            ab += weight * a * b;
            bb += weight * b * b;
            az += weight * a * excess;
            bz += weight * b * excess;
        }
        let determinant = aa * bb - ab * ab;
        if aa <= 0.0 {
            break;
        }
        // Equal expectations everywhere cannot tell τ² from φ.
        let both = ((az * bb - bz * ab) / determinant, (bz * aa - az * ab) / determinant);
        (excess_phi, tau2) = match both {
            (phi, tau2) if determinant > 1e-9 * aa * bb && phi >= 0.0 && tau2 >= 0.0 => (phi, tau2),
            (phi, _) if determinant > 1e-9 * aa * bb && phi < 0.0 => (0.0, (bz / bb).max(0.0)),
            _ => ((az / aa).max(0.0), 0.0),
        };
    }
    [1.0 + excess_phi, tau2]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: four cells with four reports each, all on the cell's own one of four days. So e = 1, chance gives 3/4 · 3/4,
    /// and 3/4 of the rest shows.
    #[test]
    fn a_dispersion_by_hand() {
        let counts = [4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 4, 0, 0, 0, 0, 4];
        let [phi, tau2] = fitted(&counts, 4);
        let (zero, four) = (1.0 / 0.5625 - 1.0, 9.0 / 0.5625 - 1.0);
        assert!((phi - 1.0 - (3.0 * zero + four) / 4.0 / 0.75).abs() < 1e-9 && tau2 == 0.0, "{phi} {tau2}");
    }

    #[test]
    fn nothing_to_fit_is_poisson() {
        for counts in [&[0; 8][..], &[1, 0, 0, 0, 0, 1, 0, 0], &[9, 9, 9, 9, 0, 0, 0, 0], &[5, 5, 5, 5, 5, 5, 5, 5]] {
            assert!(OverDispersion::of(counts, 4, 14).is_poisson(), "{counts:?}");
        }
    }
}
