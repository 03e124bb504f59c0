//! The search behind a scan: disks of cells by the stretches of time over them, and the one that stands out most.

use rayon::prelude::*;

use super::scan::Scan;
use super::weights::within;
use crate::grid::{LocalGrid, StudyArea};

/// The disks about each cell, up to a share of what is at risk. A ring with nothing at risk belongs to the disk after it.
pub(super) struct Disks {
    /// Disks of one centre after the other: where those of each begin, and where the last ones end.
    starts: Vec<usize>,
    all: Vec<Disk>,
    /// Cells of the largest disk of each centre, the nearer first: where they begin, and where the last ones end.
    firsts: Vec<usize>,
    cells: Vec<u32>,
}

#[derive(Clone, Copy)]
struct Disk {
    /// How many of the centre's cells it holds.
    cells: usize,
    radius: u32,
    /// Of what is at risk, 0 to 1.
    share: f64,
}

impl Disks {
    /// `shares` are those of the cells in what is at risk.
    pub(super) fn of(area: &StudyArea, shares: &[f64], options: Scan) -> Self {
        let patch = LocalGrid::of(area.cells());
        let about = |centre: usize| about(area, patch.as_ref(), centre, shares, options);
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

    /// Rows of the cells of a cylinder, the nearer to its centre first.
    pub(super) fn rows(&self, best: &Best) -> &[u32] {
        &self.cells[self.firsts[best.centre]..][..self.all[best.disk].cells]
    }

    pub(super) fn radius(&self, best: &Best) -> u32 {
        self.all[best.disk].radius
    }
}

/// The cells about a centre and the disks they make.
fn about(
    area: &StudyArea,
    patch: Option<&LocalGrid>,
    centre: usize,
    shares: &[f64],
    options: Scan,
) -> (Vec<u32>, Vec<Disk>) {
    let own = u32::try_from(centre).unwrap_or(u32::MAX);
    // Most centres need few rings: the reach grows until the share is there.
    for reach in [8, 32, Scan::MOST_RINGS].map(|reach| reach.min(options.rings)) {
        let mut near = within(area, patch, centre, reach);
        near.push((own, 0));
        near.sort_unstable_by_key(|&(row, distance)| (distance, row));
        let (mut disks, mut share, mut taken) = (Vec::<Disk>::new(), 0.0, 0);
        let mut is_full = false;
        for ring in near.chunk_by(|a, b| a.1 == b.1) {
            let more: f64 = ring.iter().map(|&(row, _)| shares[row as usize]).sum();
            // Shares of a half are not to be lost to their last digits.
            if share + more > options.space * (1.0 + 1e-12) {
                is_full = true;
                break;
            }
            taken += ring.len();
            share += more;
            if more > 0.0 {
                disks.push(Disk { cells: taken, radius: ring[0].1, share });
            }
        }
        if is_full || reach == options.rings || near.len() == area.cells().len() {
            let most = disks.last().map_or(0, |disk| disk.cells);
            return (near.into_iter().take(most).map(|(row, _)| row).collect(), disks);
        }
    }
    (Vec::new(), Vec::new())
}

/// Reports as a search sees them: the slice of each, those of one cell side by side.
#[derive(Clone)]
pub(super) struct World {
    /// Where those of each cell begin, and where the last ones end.
    pub(super) starts: Vec<u32>,
    pub(super) slices: Vec<u32>,
}

/// A cylinder.
#[derive(Clone, Copy, Debug)]
pub(super) struct Best {
    pub(super) llr: f64,
    pub(super) centre: usize,
    disk: usize,
    /// Slices, the last one not in it.
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) observed: u32,
    pub(super) expected: f64,
}

/// What all searches have in common.
pub(super) struct Search<'a> {
    pub(super) disks: &'a Disks,
    pub(super) total: u32,
    /// Reports expected in all cells before each slice; one more than there are slices.
    pub(super) before: &'a [f64],
    /// Most slices of a cylinder.
    pub(super) height: usize,
    pub(super) retrospective: bool,
    pub(super) bounds: &'a Bounds,
}

/// Fewest reports of a cluster: one alone is none.
pub(super) const LEAST_CASES: u32 = 2;

impl Search<'_> {
    /// The cylinder with the largest log-likelihood ratio, the first of equals: by centre, then the smaller disk, then the
    /// shorter time. Disks end before a ring with a cell that `is_taken`. `column` has a place for each slice.
    pub(super) fn best(&self, world: &World, is_taken: &[bool], column: &mut [u32]) -> Option<Best> {
        let slices = column.len();
        let (mut best, mut level) = (None::<Best>, self.bounds.level(0.0));
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
                // With no more reports than the disk before, but more expected, it stands out less.
                if added == 0 {
                    continue;
                }
                // Nor does a cylinder stand out whose first or last slice is empty.
                let last = if self.retrospective { 1 } else { slices };
                for to in (last..=slices).filter(|to| !self.retrospective || column[to - 1] > 0) {
                    let mut observed = 0;
                    for from in (to.saturating_sub(self.height)..to).rev() {
                        if column[from] == 0 {
                            continue;
                        }
                        observed += column[from];
                        let expected = share * (self.before[to] - self.before[from]);
                        if observed < LEAST_CASES || level.is_below(observed, expected) {
                            continue;
                        }
                        let llr = llr(observed, expected, self.total);
                        if llr > best.map_or(0.0, |best| best.llr) {
                            best = Some(Best { llr, centre, disk, from, to, observed, expected });
                            level = self.bounds.level(llr);
                        }
                    }
                }
            }
        }
        best
    }
}

/// Kulldorff's log-likelihood ratio of `c` reports of `total` where `e` are expected; 0 where they are no more than that.
pub(super) fn llr(c: u32, e: f64, total: u32) -> f64 {
    let (c, rest, total) = (f64::from(c), f64::from(total - c), f64::from(total));
    // As many as expected, but for the last digits of a product of shares, is no more.
    if c <= e * (1.0 + 1e-12) {
        return 0.0;
    }
    let outside = if rest > 0.0 { rest * (rest / (total - e)).ln() } else { 0.0 };
    c * (c / e).ln() + outside
}

/// From how many expected reports on a ratio is below a level, by reports: saves most of the logarithms of a search.
pub(super) struct Bounds {
    /// By level, then by reports.
    most: Vec<Vec<f64>>,
}

/// Log-likelihood ratios that bounds are kept for, the first for none yet.
const LEVELS: [f64; 11] = [0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 13.0, 17.0, 25.0];
/// Numbers of reports that bounds are kept for.
const BOUNDED: u32 = 4096;

impl Bounds {
    pub(super) fn of(total: u32) -> Self {
        let bound = |level: f64, c: u32| {
            if level <= 0.0 {
                return f64::from(c);
            }
            // The ratio falls from no end to 0 as more is expected.
            let (mut above, mut below) = (f64::from(c) * 1e-12, f64::from(c));
            while below > above * 1.001 {
                let middle = (above * below).sqrt();
                if llr(c, middle, total) >= level {
                    above = middle;
                } else {
                    below = middle;
                }
            }
            below
        };
        let of_level = |&level: &f64| (0..BOUNDED.min(total + 1)).map(|c| bound(level, c)).collect();
        Self { most: LEVELS.par_iter().map(of_level).collect() }
    }

    fn level(&self, llr: f64) -> Level<'_> {
        Level(&self.most[LEVELS.partition_point(|level| *level <= llr) - 1])
    }
}

/// The bounds for what stands out more than what was found so far.
struct Level<'a>(&'a [f64]);

impl Level<'_> {
    fn is_below(&self, observed: u32, expected: f64) -> bool {
        self.0.get(observed as usize).is_some_and(|most| expected >= *most)
    }
}
