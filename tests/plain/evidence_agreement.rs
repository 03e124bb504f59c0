//! The engine against the plain reference of `tension-2`: every number of every cell to 1e-9, every level exactly.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tensionmap::unstable::score::{Covariates, DatedScore, Evidence};
use tensionmap::{CellIndex, Day, Scoring, StudyArea};

use super::agreement::{Differences, day, of_dated_score, of_plain, of_resolution_8, plain_anchor, read};
use super::evidence::PlainEvidence;
use super::evidence_score::PlainDate;
use super::{Evident, PlainAnchor, World};
use crate::support::{leicester, own, sample_run, shared};
use crate::worlds::{Small, Towns, by_evidence, config, small, towns, valued};

/// What a world showed while it was compared: how far it is from trivial.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Shown {
    pub(crate) largest: f64,
    /// Cells with evidence, and with some above a level.
    pub(crate) evidence: usize,
    pub(crate) raised: usize,
    pub(crate) absent: usize,
    pub(crate) cut: usize,
    pub(crate) groups: usize,
    pub(crate) by_month: bool,
    pub(crate) fluctuates: bool,
    /// Cells with neighbours that count.
    pub(crate) neighbours: usize,
}

impl Evident<'_> {
    /// D½ as of T.
    fn anchor(&self, t: i32) -> PlainAnchor {
        let method = &self.world.method;
        if method.d_half.is_some() {
            return ('f', method.d_half);
        }
        let by_month = self.world.is_by_month(t);
        let until = if by_month { Day(t).first_of_month().0 } else { t };
        let basis = self.world.basis(until, by_month, self.rules);
        let dates: Vec<i32> = (0..13).map(|k| basis.window.0 - k * method.window_days).collect();
        let dates: Vec<i32> = dates.into_iter().filter(|&date| date > basis.longest.0).collect();
        match (self.world.percentile(&dates), self.world.percentile(&[t])) {
            (Some(own), _) => ('c', Some(own)),
            (None, Some(current)) => ('w', Some(current)),
            (None, None) => ('-', None),
        }
    }
}

impl Differences {
    fn see_evidence(&mut self, cell: CellIndex, found: Option<&Evidence>, expected: Option<&PlainEvidence>) {
        assert_eq!(found.is_some(), expected.is_some(), "{cell}: {found:?} is not {expected:?}");
        let (Some(found), Some(expected)) = (found, expected) else { return };
        let each = [("counted", &found.counted, &expected.counted), ("expected", &found.expected, &expected.expected)];
        for (name, found, expected) in each {
            for (window, &expected) in expected.iter().enumerate() {
                self.see(&format!("{cell} {name} of window {window}"), found[window], expected);
            }
        }
        self.see(&format!("{cell} F"), found.factor, expected.factor[0]);
        self.see(&format!("{cell} E0"), found.alone, expected.alone);
        self.see(&format!("{cell} S"), found.neighbours, expected.neighbours);
        self.see(&format!("{cell} E"), found.total, expected.total);
    }

    fn see_date(&mut self, cells: &[CellIndex], found: &[DatedScore], expected: &PlainDate) {
        for (row, found) in found.iter().enumerate() {
            let cell = cells[row];
            self.see_evidence(cell, found.evidence.as_ref(), expected.evidence[row].as_ref());
            self.see_cell(cell, of_dated_score(found), of_plain(&expected.plain.cells[row], expected.levels[row]));
            for (window, &reports) in expected.reports[row].iter().enumerate() {
                self.see(&format!("{cell} reports of window {window}"), found.reports[window], reports);
            }
        }
    }
}

/// Scores dates by the engine and by the reference; `None` when rounding alone decides something.
fn agree(evident: &Evident<'_>, scoring: &Scoring<'_>, dates: &[i32]) -> Option<Shown> {
    let cells = &evident.world.cells;
    let &last = dates.last().unwrap();
    let (anchor, scores) = (scoring.anchor(Day(last)), scoring.at(Day(last)));
    assert_eq!(anchor, scores.anchor);
    let (kind, d_half) = evident.anchor(last);
    assert_eq!((plain_anchor(anchor).0, anchor.d_half()), (kind, d_half));
    let plains: Vec<PlainDate> = dates.iter().map(|&t| evident.held(t, d_half)).collect();
    if evident.is_close.get() {
        return None;
    }
    let mut differences = Differences::default();
    let date = plains.last().unwrap();
    assert_eq!((scores.by_month, scores.held_since), (date.by_month, date.held_since.map(Day)));
    let absent: Vec<_> = scores.absent.iter().map(|absent| (absent.source.clone(), absent.absence)).collect();
    assert_eq!(absent, date.absent);
    assert_eq!(scores.area_factor.is_some(), date.area_factor.is_some());
    if let Some((found, expected)) = scores.area_factor.zip(date.area_factor) {
        differences.see("area factor", found, expected);
    }
    assert_eq!(scores.laws.len(), date.laws.len());
    for (found, &(block, phi, tau2)) in scores.laws.iter().zip(&date.laws) {
        assert_eq!(found.block, block);
        differences.see("φ", found.dispersion, phi);
        differences.see("τ²", found.fluctuation, tau2);
    }
    differences.see_scores(&scores, &date.plain, &date.levels);
    for (row, cell) in scores.cells.iter().enumerate() {
        differences.see_evidence(cell.cell, cell.evidence.as_ref(), date.evidence[row].as_ref());
    }
    let days: Vec<Day> = dates.iter().map(|&t| Day(t)).collect();
    let mut index = 0;
    scoring.each(&days, anchor, |date, scores| {
        assert_eq!(date.windows.as_of, days[index]);
        differences.see_date(cells, scores, &plains[index]);
        index += 1;
    });
    assert_eq!(index, dates.len());
    let of_cells = || date.evidence.iter().flatten();
    Some(Shown {
        largest: differences.0,
        evidence: of_cells().count(),
        raised: of_cells().filter(|one| one.total >= 1.5).count(),
        absent: date.absent.len(),
        cut: date.cut,
        groups: date.groups,
        by_month: date.by_month,
        fluctuates: date.laws.iter().any(|law| law.1 > 1.0 && law.2 > 0.0),
        neighbours: of_cells().filter(|one| one.alone > 1.3 && one.neighbours != 0.0).count(),
    })
}

/// What a world shows at some dates, in ascending order, in the study area of its cells.
pub(crate) fn agrees_by_evidence(world: &World, dates: &[i32]) -> Option<Shown> {
    agree_in(world, &StudyArea::of_cells(world.cells.iter().copied()), false, dates)
}

/// The same in the study area of the cells with a report, whatever the world's own.
pub(crate) fn agrees_grown(world: &World, dates: &[i32]) -> Option<Shown> {
    let area = StudyArea::observed(world.reports.iter().map(|report| report.cell));
    let cells = area.cells().to_vec();
    if cells.is_empty() {
        return None;
    }
    let (context, residents) = (Some(valued(cells.len(), 1, 100.0)), Some(valued(cells.len(), 2, 3000.0)));
    let world = World { cells, residents, context, ..world.clone() };
    agree_in(&world, &area, true, dates)
}

fn agree_in(world: &World, area: &StudyArea, grows: bool, dates: &[i32]) -> Option<Shown> {
    let cube = world.cube();
    let covered = world.coverage();
    let scoring = Scoring::new(&cube, area, &world.method, world.covariates(covered.as_ref())).unwrap();
    agree(&Evident::new(world, grows), &scoring, dates)
}

fn alone(reports: Vec<super::Report>, cells: Vec<CellIndex>) -> World {
    let method = tensionmap::Method::tension_2();
    World { reports, cells, method, residents: None, context: None, covered: None, areas: None }
}

#[test]
fn the_sample_agrees_by_evidence() {
    let run = sample_run();
    let cells: Vec<CellIndex> = run.scores.cells.iter().map(|cell| cell.cell).collect();
    let world = alone(read(std::fs::File::open(own("data/incidents.csv")).unwrap(), of_resolution_8), cells.clone());
    let area = StudyArea::of_cells(cells);
    let scoring = Scoring::new(&run.cube, &area, &world.method, Covariates::default()).unwrap();
    let dates = ["2024-09-18", "2025-06-02", "2026-03-02"].map(day);
    let shown = agree(&Evident::new(&world, false), &scoring, &dates).expect("rounding decides");
    assert!(shown.evidence > 50 && shown.raised > 0, "{shown:?}");
    eprintln!("sample by evidence, {} cells, 3 dates: {shown:?}", world.cells.len());
}

#[test]
fn leicester_agrees_by_evidence() {
    const CITY: &str = "leicester/incidents/leicester-city-2019-12_2022-10-street.csv.gz";
    let (Some(file), Some((cube, area))) = (shared(CITY), leicester()) else { return };
    let reports = read(flate2::read::GzDecoder::new(std::fs::File::open(file).unwrap()), of_resolution_8);
    let world = alone(reports, area.cells().to_vec());
    let scoring = Scoring::new(cube, area, &world.method, Covariates::default()).unwrap();
    let shown = agree(&Evident::new(&world, false), &scoring, &[day("2022-10-01")]).expect("rounding decides");
    assert!(shown.by_month && shown.evidence > 100 && shown.fluctuates, "{shown:?}");
    eprintln!("Leicester by evidence, {} reports: {shown:?}", world.reports.len());
}

/// Worlds of a fixed seed: they agree, hardly any is left to rounding, and they are not trivial.
#[test]
fn worlds_that_agree_are_not_trivial() {
    const WORLDS: usize = 96;
    let mut runner = TestRunner::deterministic();
    let (mut all, mut skipped) = (Vec::new(), 0);
    for number in 0..WORLDS {
        let Towns { world, dates } = towns().new_tree(&mut runner).unwrap().current();
        let shown = if number % 3 == 2 { agrees_grown(&world, &dates) } else { agrees_by_evidence(&world, &dates) };
        match shown {
            Some(shown) => all.push(shown),
            None => skipped += 1,
        }
    }
    let share = |of: &dyn Fn(&Shown) -> bool| all.iter().filter(|shown| of(shown)).count();
    let counts = [
        ("evidence", share(&|shown| shown.evidence > 0)),
        ("a level above normal", share(&|shown| shown.raised > 0)),
        ("neighbours that count", share(&|shown| shown.neighbours > 0)),
        ("sources left out", share(&|shown| shown.absent > 0)),
        ("days that are cut", share(&|shown| shown.cut > 0)),
        ("several groups", share(&|shown| shown.groups > 1)),
        ("months", share(&|shown| shown.by_month && shown.evidence > 0)),
        ("fluctuation", share(&|shown| shown.fluctuates)),
    ];
    let largest = all.iter().map(|shown| shown.largest).fold(0.0, f64::max);
    eprintln!("{WORLDS} worlds, {skipped} left to rounding, largest relative difference {largest:.1e}: {counts:?}");
    assert!(skipped * 5 < WORLDS);
    for ((name, count), least) in counts.into_iter().zip([60, 16, 16, 32, 32, 24, 4, 1]) {
        assert!(count >= least, "{name}: {count} of {WORLDS}, expected {least} or more");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 200, ..config(32) })]

    /// Towns with several sources, gaps, late reports, days and months, at several dates.
    #[test]
    fn towns_agree_by_evidence(Towns { world, dates } in towns(), grows in any::<bool>()) {
        let shown = if grows { agrees_grown(&world, &dates) } else { agrees_by_evidence(&world, &dates) };
        prop_assume!(shown.is_some());
    }

    /// The same reports as for the older method: pentagons, the antimeridian, a pole, coming events, next to no past.
    #[test]
    fn small_worlds_agree_by_evidence(Small { mut world, as_of, earlier } in small(), grows in any::<bool>()) {
        by_evidence(&mut world.method);
        let mut dates: Vec<i32> = earlier.iter().map(|days| as_of - days).chain([as_of]).collect();
        dates.sort_unstable();
        dates.dedup();
        let shown = if grows { agrees_grown(&world, &dates) } else { agrees_by_evidence(&world, &dates) };
        prop_assume!(shown.is_some());
    }
}
