//! One pass over the cube: what falls into which cell, window and block, and what is left of its mass.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::coverage::Coverage;
use super::intensity::remaining;
use super::method::Method;
use super::surge::dispersion;
use crate::cube::{Cube, Row};
use crate::grid::{StudyArea, boundary};
use crate::incident::{Category, Class, Day, Grade, Strand, When};

/// The spans a score at T looks at.
#[derive(Debug)]
pub(super) struct Windows {
    pub(super) as_of: Day,
    pub(super) window: (Day, Day),
    pub(super) window_days: i32,
    pub(super) baseline: (Day, Day),
    pub(super) baseline_days: i32,
    /// Whether the baseline is long enough to compare with.
    pub(super) comparable: bool,
    /// Consecutive baseline blocks of as many covered days as the window has days, newest first.
    blocks: Vec<(Day, Day)>,
}

impl Windows {
    pub(super) fn new(coverage: &Coverage, as_of: Day, method: &Method) -> Self {
        let begin = as_of - method.window_days;
        let from = coverage.back(begin, method.baseline_days);
        let baseline_days = coverage.days(from, begin);
        let mut blocks = Vec::new();
        let mut to = begin;
        for _ in 0..baseline_days / method.window_days {
            let from = coverage.back(to, method.window_days);
            blocks.push((from, to));
            to = from;
        }
        Self {
            as_of,
            window: (begin, as_of),
            window_days: coverage.days(begin, as_of),
            baseline: (from, begin),
            baseline_days,
            comparable: baseline_days >= method.baseline_least_days,
            blocks,
        }
    }
}

/// What one cell holds.
#[derive(Clone, Debug, Default)]
pub(super) struct CellTally {
    /// O.
    pub(super) window: f64,
    /// `n_B`.
    pub(super) baseline: f64,
    /// Intensity by strand.
    pub(super) strands: [f64; 3],
    /// Intensity by category.
    pub(super) categories: BTreeMap<Category, f64>,
    /// Names of the sources seen in the window.
    pub(super) sources: BTreeSet<String>,
    /// A report of the gravest severity and the best grades is in the window.
    pub(super) grave: bool,
}

impl CellTally {
    pub(super) fn is_silent(&self) -> bool {
        self.window <= 0.0 && self.baseline <= 0.0
    }
}

#[derive(Debug)]
pub(super) struct Tally {
    pub(super) cells: Vec<CellTally>,
    pub(super) dispersion: f64,
    pub(super) outside: u64,
    pub(super) later: u64,
}

impl Tally {
    pub(super) fn new(cube: &Cube, area: &StudyArea, windows: &Windows, method: &Method, d_half: Option<f64>) -> Self {
        let mut tally =
            Self { cells: vec![CellTally::default(); area.cells().len()], dispersion: 1.0, outside: 0, later: 0 };
        let mut blocks = vec![0.0; area.cells().len() * windows.blocks.len()];
        let mut masses = Masses::new(cube, method, windows.as_of);
        for rows in cube.rows().chunk_by(|a, b| a.cell == b.cell) {
            let (known, later): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| is_seen(cube, row, windows.as_of));
            let reports = |rows: &[&Row]| rows.iter().map(|row| u64::from(row.n)).sum::<u64>();
            tally.later += reports(&later);
            let Some(index) = area.row(rows[0].cell) else {
                tally.outside += reports(&known);
                continue;
            };
            let cap =
                d_half.map_or(f64::INFINITY, |d_half| method.cap_share * d_half * boundary::area_km2(rows[0].cell));
            let cell = &mut tally.cells[index];
            let blocks = &mut blocks[index * windows.blocks.len()..][..windows.blocks.len()];
            for row in known {
                let class = &cube.classes()[row.class as usize];
                let mass = masses.left(row).min(cap) * f64::from(row.n);
                if mass > 0.0 {
                    cell.strands[class.strand as usize] += mass;
                    *cell.categories.entry(class.category).or_default() += mass;
                }
                if class.strand == Strand::Potential || method.category_weight(class.category) <= 0.0 {
                    continue;
                }
                let inside = share(row, windows.window);
                if inside > 0.0 {
                    cell.window += inside;
                    cell.sources.extend(class.source.clone());
                    cell.grave |= is_grave(class);
                }
                cell.baseline += share(row, windows.baseline);
                for (count, &block) in blocks.iter_mut().zip(&windows.blocks) {
                    *count += share(row, block);
                }
            }
        }
        tally.dispersion = dispersion(&blocks, windows.blocks.len());
        tally
    }
}

/// Whether a score at `as_of` may see a row: it was known, and has begun unless it is about what is to come.
fn is_seen(cube: &Cube, row: &Row, as_of: Day) -> bool {
    row.known <= as_of && (row.when.start < as_of || cube.classes()[row.class as usize].strand == Strand::Potential)
}

/// Reports of a row that fall into a span, an interval counting by the share of its days inside.
fn share(row: &Row, (from, to): (Day, Day)) -> f64 {
    f64::from(row.n) * f64::from(row.when.overlap(from, to)) / f64::from(row.when.days())
}

/// Severity 5, graded 1A or 1B: one such report outweighs the rule that few reports are not enough.
fn is_grave(class: &Class) -> bool {
    let marks = class.grade.map(Grade::marks);
    class.severity.is_some_and(|severity| severity.get() == 5) && matches!(marks, Some(('1', 'A' | 'B')))
}

/// The mass left of one report, looked up by class and interval: few differ, and each costs two powers of two.
struct Masses<'a> {
    cube: &'a Cube,
    method: &'a Method,
    as_of: Day,
    class: Vec<f64>,
    left: HashMap<(Strand, When), f64>,
}

impl<'a> Masses<'a> {
    fn new(cube: &'a Cube, method: &'a Method, as_of: Day) -> Self {
        let class = cube.classes().iter().map(|class| method.mass(class)).collect();
        Self { cube, method, as_of, class, left: HashMap::new() }
    }

    fn left(&mut self, row: &Row) -> f64 {
        let mass = self.class[row.class as usize];
        if mass <= 0.0 {
            return 0.0;
        }
        let strand = self.cube.classes()[row.class as usize].strand;
        let (method, as_of) = (self.method, self.as_of);
        mass * *self.left.entry((strand, row.when)).or_insert_with(|| remaining(method, strand, row.when, as_of))
    }
}

/// The non-zero densities of a study area at a date, before any cap.
pub(super) fn densities(cube: &Cube, area: &StudyArea, as_of: Day, method: &Method) -> Vec<f64> {
    let mut masses = Masses::new(cube, method, as_of);
    let mut densities = Vec::new();
    for rows in cube.rows().chunk_by(|a, b| a.cell == b.cell) {
        let cell = rows[0].cell;
        if area.row(cell).is_none() {
            continue;
        }
        let known = rows.iter().filter(|row| row.known <= as_of);
        let mass: f64 = known.map(|row| masses.left(row) * f64::from(row.n)).sum();
        if mass > 0.0 {
            densities.push(mass / boundary::area_km2(cell));
        }
    }
    densities
}
