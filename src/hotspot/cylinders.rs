//! Search behind a scan: every disk of cells over every stretch of time, and the most likely cluster among them.

use rayon::prelude::*;

use super::weights::within;
use crate::grid::{LocalGrid, StudyArea};

/// Limits of the disks of a scan.
#[derive(Clone, Copy)]
pub(super) struct DiskLimits {
    /// Maximum share of what is at risk.
    pub(super) share: f64,
    /// Maximum number of steps from the centre to the rim.
    pub(super) rings: u32,
}

impl DiskLimits {
    pub(super) const MAX_RINGS: u32 = 100;
}

/// Disks about each cell. A ring with nothing at risk belongs to the disk after it.
pub(super) struct Disks {
    /// Index in `all` of the first disk of each centre, and the end of the last.
    starts: Vec<usize>,
    all: Vec<Disk>,
    /// Index in `cells` of the first cell of each centre, nearest first, and the end of the last.
    firsts: Vec<usize>,
    cells: Vec<u32>,
}

#[derive(Clone, Copy)]
struct Disk {
    /// Number of the centre's cells it holds.
    cells: usize,
    radius: u32,
    /// Share of what is at risk, 0 to 1.
    share: f64,
}

impl Disks {
    /// Disks of a study area; `shares` are those of the cells in what is at risk.
    pub(super) fn of(area: &StudyArea, shares: &[f64], limits: DiskLimits) -> Self {
        let patch = LocalGrid::of(area.cells());
        let about = |centre: usize| about(area, patch.as_ref(), centre, shares, limits);
        let each: Vec<(Vec<u32>, Vec<Disk>)> =
            (0..area.cells().len()).into_par_iter().with_min_len(16).map(about).collect();
        let mut found = Self { starts: vec![0], all: Vec::new(), firsts: vec![0], cells: Vec::new() };
        for (cells, disks) in each {
            found.cells.extend(cells);
            found.all.extend(disks);
            found.firsts.push(found.cells.len());
            found.starts.push(found.all.len());
        }
        found
    }

    /// Rows of the cells of a cylinder, nearest to its centre first.
    pub(super) fn rows(&self, best: &BestCylinder) -> &[u32] {
        &self.cells[self.firsts[best.centre]..][..self.all[best.disk].cells]
    }

    pub(super) fn radius(&self, best: &BestCylinder) -> u32 {
        self.all[best.disk].radius
    }
}

/// Cells about a centre and the disks they make.
fn about(
    area: &StudyArea,
    patch: Option<&LocalGrid>,
    centre: usize,
    shares: &[f64],
    limits: DiskLimits,
) -> (Vec<u32>, Vec<Disk>) {
    let own = u32::try_from(centre).unwrap_or(u32::MAX);
    // Most centres need few rings: the reach grows until the share is there.
    for reach in [8, 32, DiskLimits::MAX_RINGS].map(|reach| reach.min(limits.rings)) {
        let mut near = within(area, patch, centre, reach);
        near.push((own, 0));
        near.sort_unstable_by_key(|&(row, distance)| (distance, row));
        let (mut disks, mut share, mut taken) = (Vec::<Disk>::new(), 0.0, 0);
        let mut is_full = false;
        for ring in near.chunk_by(|a, b| a.1 == b.1) {
            let more: f64 = ring.iter().map(|&(row, _)| shares[row as usize]).sum();
            // A share of exactly the limit must not be lost to rounding.
            if share + more > limits.share * (1.0 + 1e-12) {
                is_full = true;
                break;
            }
            taken += ring.len();
            share += more;
            if more > 0.0 {
                disks.push(Disk { cells: taken, radius: ring[0].1, share });
            }
        }
        if is_full || reach == limits.rings || near.len() == area.cells().len() {
            let cells = disks.last().map_or(0, |disk| disk.cells);
            return (near.into_iter().take(cells).map(|(row, _)| row).collect(), disks);
        }
    }
    (Vec::new(), Vec::new())
}

/// Reports by cell, each with its slice.
#[derive(Clone)]
pub(super) struct World {
    /// Index in `slices` of the first report of each cell, and the end of the last.
    pub(super) starts: Vec<u32>,
    pub(super) slices: Vec<u32>,
}

/// The cylinder with the largest log-likelihood ratio.
#[derive(Clone, Copy, Debug)]
pub(super) struct BestCylinder {
    pub(super) llr: f64,
    pub(super) centre: usize,
    disk: usize,
    /// First slice, and the one after the last.
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) observed: u32,
    pub(super) expected: f64,
}

/// Search for the most likely cylinder of a set of reports.
#[derive(Clone, Copy)]
pub(super) struct Search<'a> {
    pub(super) disks: &'a Disks,
    pub(super) total: u32,
    /// Reports expected in all cells before each slice, and in all slices.
    pub(super) before: &'a [f64],
    /// Maximum number of slices of a cylinder.
    pub(super) height: usize,
    pub(super) retrospective: bool,
    pub(super) bounds: &'a LlrBounds,
}

/// Minimum number of reports in a cluster.
pub(super) const MIN_CASES: u32 = 2;

impl Search<'_> {
    /// The cylinder with the largest log-likelihood ratio. Of equal ones it is the first by centre, then the smaller disk, then
    /// the shorter time. Disks end before a ring with a cell that `is_taken`. `column` is scratch space, one number a slice.
    pub(super) fn best(&self, world: &World, is_taken: &[bool], column: &mut [u32]) -> Option<BestCylinder> {
        let slices = column.len();
        let (mut best, mut level) = (None::<BestCylinder>, self.bounds.level(0.0));
        let centres = self.disks.starts.windows(2).zip(self.disks.firsts.windows(2)).enumerate();
        for (centre, (disks, cells)) in centres {
            column.fill(0);
            let cells = &self.disks.cells[cells[0]..cells[1]];
            let mut taken = 0;
            for disk in disks[0]..disks[1] {
                let Disk { cells: end, share, .. } = self.disks.all[disk];
                let ring = &cells[taken..end];
                taken = end;
                if !is_taken.is_empty() && ring.iter().any(|&cell| is_taken[cell as usize]) {
                    break;
                }
                let mut added = 0;
                for &cell in ring {
                    let (from, to) = (world.starts[cell as usize] as usize, world.starts[cell as usize + 1] as usize);
                    for &slice in &world.slices[from..to] {
                        column[slice as usize] += 1;
                    }
                    added += to - from;
                }
                // With the reports of the disk before and more expected, the ratio is smaller.
                if added == 0 {
                    continue;
                }
                // A cylinder whose first or last slice is empty has a smaller ratio than the one without it.
                let last = if self.retrospective { 1 } else { slices };
                for to in (last..=slices).filter(|to| !self.retrospective || column[to - 1] > 0) {
                    let mut observed = 0;
                    for from in (to.saturating_sub(self.height)..to).rev() {
                        if column[from] == 0 {
                            continue;
                        }
                        observed += column[from];
                        let expected = share * (self.before[to] - self.before[from]);
                        if observed < MIN_CASES || level.get(observed as usize).is_some_and(|min| expected >= *min) {
                            continue;
                        }
                        let llr = llr(observed, expected, self.total);
                        if llr > best.map_or(0.0, |best| best.llr) {
                            best = Some(BestCylinder { llr, centre, disk, from, to, observed, expected });
                            level = self.bounds.level(llr);
                        }
                    }
                }
            }
        }
        best
    }
}

/// Kulldorff's log-likelihood ratio of `c` reports of `total` where `e` are expected; 0 unless `c` is larger.
pub(super) fn llr(c: u32, e: f64, total: u32) -> f64 {
    let (c, rest, total) = (f64::from(c), f64::from(total - c), f64::from(total));
    // A count that is larger only by the rounding of a product of shares is not larger.
    if c <= e * (1.0 + 1e-12) {
        return 0.0;
    }
    let outside = if rest > 0.0 { rest * (rest / (total - e)).ln() } else { 0.0 };
    c * (c / e).ln() + outside
}

/// Number of expected reports from which on a ratio is below a level, by reports: saves most logarithms of a search.
pub(super) struct LlrBounds {
    /// By level, then by reports.
    min_expected: Vec<Vec<f64>>,
}

/// Log-likelihood ratios that bounds are kept for; 0 before any cylinder is found.
const LEVELS: [f64; 11] = [0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 13.0, 17.0, 25.0];
/// Number of reports up to which bounds are kept.
const BOUNDED: u32 = 4096;

impl LlrBounds {
    pub(super) fn of(total: u32) -> Self {
        let bound = |level: f64, c: u32| {
            if level <= 0.0 {
                return f64::from(c);
            }
            // The ratio falls from no end to 0 as more is expected.
            let (mut above, mut below) = (f64::from(c) * 1e-12, f64::from(c));
            while below > above * 1.001 {
                let middle = (above * below).sqrt();
                *if llr(c, middle, total) >= level { &mut above } else { &mut below } = middle;
            }
            below
        };
        let of_level = |&level: &f64| (0..BOUNDED.min(total + 1)).map(|c| bound(level, c)).collect();
        Self { min_expected: LEVELS.par_iter().map(of_level).collect() }
    }

    /// Bounds of the largest level below the ratio found so far.
    fn level(&self, llr: f64) -> &[f64] {
        &self.min_expected[LEVELS.partition_point(|level| *level <= llr) - 1]
    }
}
