//! Small worlds where the definition of the evidence says something that is easily missed.

use tensionmap::{CellIndex, Day, LatLng, Method, Resolution, Strand};

use super::report;
use crate::plain::{Report, World, agrees_by_evidence};

/// 2026-04-15.
const AS_OF: i32 = 20_558;

fn here() -> CellIndex {
    LatLng::new(54.7, 2.3).unwrap().cell(Resolution::Eight)
}

fn world(reports: Vec<Report>) -> World {
    let mut cells: Vec<_> = here().grid_disk(2);
    cells.sort_unstable();
    let method = Method { d_half: Some(10.0), ..Method::tension_2() };
    World { reports, cells, method, residents: None, context: None, covered: None, areas: None }
}

/// So many reports of a source on each of these days.
fn of(source: &str, days: impl Iterator<Item = i32>, copies: usize) -> impl Iterator<Item = Report> {
    let one = Report { source: Some(source.to_owned()), ..report(here(), 0) };
    days.flat_map(move |day| {
        std::iter::repeat_n(Report { start: day, end: day + 1, known: day + 1, ..one.clone() }, copies)
    })
}

/// A report of a whole month.
fn of_month(cell: CellIndex, day: i32) -> Report {
    let (start, end) = (Day(day).first_of_month().0, Day(day).end_of_month().0);
    Report { start, end, known: end, ..report(cell, day) }
}

fn agrees(world: &World) {
    let shown = agrees_by_evidence(world, &[AS_OF]).expect("rounding decides");
    assert!(shown.evidence > 0, "nothing could be compared");
}

#[test]
fn the_first_days_of_all_agree() {
    assert!(agrees_by_evidence(&world(vec![report(here(), AS_OF - 1)]), &[AS_OF]).is_some());
}

/// A day is cut by what the sources at hand sent; what another sent on it takes nothing from them.
#[test]
fn a_source_that_is_left_out_cuts_no_day() {
    let kept = of("kept", (AS_OF - 600..AS_OF).step_by(3), 1);
    let missing = of("missing", (AS_OF - 600..AS_OF - 200).step_by(3), 1);
    let more = of("missing", (AS_OF - 600..AS_OF - 200).step_by(30), 4);
    agrees(&world(kept.chain(missing).chain(more).collect()));
}

/// Nothing in the window and nothing in the past is no ratio, though a coming event makes the cell one that is scored.
#[test]
fn a_coming_event_alone_has_no_ratio() {
    let beside = here().grid_disk::<Vec<_>>(1).into_iter().find(|&cell| cell != here()).unwrap();
    let coming = Report { strand: Strand::Potential, known: AS_OF - 20, ..report(beside, AS_OF + 2) };
    agrees(&world(of("kept", (AS_OF - 600..AS_OF).step_by(5), 1).chain([coming]).collect()));
}

/// Blocks of the law are months that are covered whole: a month in part is in none.
#[test]
fn a_month_in_part_is_in_no_block() {
    let beside = here().grid_disk::<Vec<_>>(1).into_iter().find(|&cell| cell != here()).unwrap();
    let months = (0..30).map(|month| AS_OF - 15 - 30 * month);
    let reports = months.enumerate().flat_map(|(number, day)| {
        let copies = |cell, n| std::iter::repeat_n(of_month(cell, day), n);
        copies(here(), if number % 3 == 0 { 40 } else { 3 }).chain(copies(beside, if number % 4 == 1 { 35 } else { 5 }))
    });
    let mut world = world(reports.collect());
    world.covered = Some(vec![(Day(AS_OF - 1000), Day(AS_OF - 170)), (Day(AS_OF - 155), Day(AS_OF))]);
    agrees(&world);
}

/// Most reports are of months, but were not yet as known on the first of the month: the law is one of months all the same.
#[test]
fn months_that_come_late_have_the_law_of_months() {
    let days = of("days", (AS_OF - 600..AS_OF - 20).step_by(10), 1);
    let late = (0..90).map(|n| Report { known: AS_OF - 2, ..of_month(here(), AS_OF - 20 - n * 7) });
    agrees(&world(days.chain(late).collect()));
}

/// A week ago most reports were of days: that date is later than the first of the month at which today's month ends.
#[test]
fn a_date_of_days_before_a_date_of_months_takes_nothing_from_it() {
    let days = of("days", (AS_OF - 600..AS_OF - 8).step_by(10), 1).chain(of("days", AS_OF - 14..AS_OF - 8, 2));
    let late = (0..90).map(|n| Report { known: AS_OF - 2, ..of_month(here(), AS_OF - 20 - n * 7) });
    agrees(&world(days.chain(late).collect()));
}

/// Days are cut by the rate of the year before the date of calibration, however long ago that was.
#[test]
fn days_are_cut_by_the_year_before_the_calibration() {
    let busy = of("kept", AS_OF - 900..AS_OF - 500, 3);
    let now = of("kept", AS_OF - 500..AS_OF, 4);
    let mut world = world(busy.chain(now).collect());
    world.method.anchor_date = Some(Day(AS_OF - 500));
    agrees(&world);
}
