//! Worlds at the edges: a score is finite there, and the one of the definition.

use tensionmap::Status;
use tensionmap::unstable::score::Anchor;
use tensionmap::{Day, LatLng, Method, Resolution};

use super::properties::score;
use super::report;
use crate::plain::{World, agrees};

const AS_OF: i32 = 20_500;

fn world(days: impl IntoIterator<Item = i32>, k: u32) -> World {
    let here = LatLng::new(54.7, 2.3).unwrap().cell(Resolution::Eight);
    let mut cells: Vec<_> = here.grid_disk(k);
    cells.sort_unstable();
    let reports = days.into_iter().map(|day| report(here, day)).collect();
    World { reports, cells, method: Method::tension_1(), residents: None, context: None, covered: None, areas: None }
}

#[test]
fn scores_at_the_edges_are_finite_and_agree() {
    let gap = (AS_OF - 1000..AS_OF - 450).chain(AS_OF - 50..AS_OF);
    let worlds = [
        ("no report", world([], 1)),
        ("one report in one cell", world([AS_OF - 1], 0)),
        ("one report long ago", world([AS_OF - 3000], 1)),
        ("a report every day", world(AS_OF - 1000..AS_OF, 0)),
        ("a gap of 400 days", world(gap, 1)),
        ("a history of three months", world((AS_OF - 92..AS_OF).step_by(3), 1)),
        ("a history of a month", world(AS_OF - 30..AS_OF, 1)),
    ];
    for (name, world) in worlds {
        let scores = score(&world, AS_OF);
        for cell in &scores.cells {
            assert!(cell.score.is_finite() && cell.mass.is_finite() && cell.density.is_finite(), "{name}: {cell:?}");
        }
        assert!(agrees(&world, &[AS_OF - 40, AS_OF - 7, AS_OF]), "{name}: rounding decides");
    }
}

/// What the edges come to, in words.
#[test]
fn the_edges_say_what_they_are() {
    let silent = score(&world([], 1), AS_OF);
    assert!(silent.anchor == Anchor::None && silent.cells.iter().all(|cell| cell.status == Status::NoData));
    let one = score(&world([AS_OF - 1], 0), AS_OF);
    assert!(one.baseline.is_none() && one.cells[0].intensity > 0.0 && one.cells[0].surge == 0.0);
    let steady = score(&world(AS_OF - 1000..AS_OF, 0), AS_OF);
    let ratio = steady.cells[0].ratio.unwrap();
    assert!(ratio.lo < 1.0 && ratio.hi > 1.0 && (ratio.rr - 1.0).abs() < 0.02, "{ratio}");
    assert_eq!((steady.dispersion, steady.cells[0].surge), (1.0, 0.0));
    // A gap is neither window nor baseline: the baseline reaches back beyond it for its covered days.
    let gap = score(&world((AS_OF - 1000..AS_OF - 450).chain(AS_OF - 50..AS_OF), 1), AS_OF);
    assert_eq!((gap.window_days, gap.baseline_days), (28, 364));
    assert!(gap.baseline.unwrap().0 < Day(AS_OF - 700), "{:?}", gap.baseline);
}
