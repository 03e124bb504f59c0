//! Cubes add exactly, in any order, and survive a round trip to disk.

use proptest::prelude::*;
use tensionmap::unstable::cube::CubeBuilder;
use tensionmap::unstable::incident::ReportClass;
use tensionmap::unstable::ingest;
use tensionmap::{Category, Cube, Day, Engine, Incident, LatLng, Resolution, When};

use crate::support::{sample_cube, shuffled};

fn incident() -> impl Strategy<Value = Incident> {
    let category = prop::sample::select(Category::ALL);
    (54.7..54.8_f64, 2.3..2.4_f64, 20_000..20_400_i32, category, prop::option::of("[a-c]")).prop_map(
        |(lat, lng, day, category, source)| Incident {
            at: LatLng::new(lat, lng).unwrap(),
            when: if day % 3 == 0 { When::month(Day(day)) } else { When::day(Day(day)) },
            known: Day(day + day % 5),
            class: ReportClass { category, strand: category.strand(), severity: None, grade: None, source },
        },
    )
}

fn count(incidents: &[Incident]) -> Cube {
    let mut cube = CubeBuilder::new(Resolution::Eight, "UTC");
    for incident in incidents {
        cube.add_one(incident);
    }
    cube.build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_and_splits_change_nothing(incidents in prop::collection::vec(incident(), 0..80), cut in 0..80_usize, seed: u64) {
        let whole = count(&incidents);
        prop_assert_eq!(whole.total(), incidents.len() as u64);
        prop_assert_eq!(&count(&shuffled(incidents.clone(), seed)), &whole);
        let (a, b) = incidents.split_at(cut.min(incidents.len()));
        prop_assert_eq!(&count(a).merge(count(b)).unwrap(), &whole);
        prop_assert_eq!(&count(b).merge(count(a)).unwrap(), &whole);
    }
}

#[test]
fn a_cube_survives_parquet() {
    let cube = sample_cube(tensionmap::sample::incidents());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cube.parquet");
    cube.write(std::fs::File::create(&path).unwrap()).unwrap();
    assert_eq!(Cube::read(&path).unwrap(), cube);
    assert_eq!(cube.total(), 5958);
    let frame = cube.frame().unwrap();
    assert_eq!((frame.height(), frame.width()), (cube.rows().count(), 6));
}

#[test]
fn what_is_not_a_cube_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Cube::read(folder.path().join("none.parquet")).unwrap_err();
    assert!(missing.to_string().ends_with("none.parquet: cannot be read as a cube (Parquet)"), "{missing}");
    let plain = Cube::read(crate::support::own("data/incidents.parquet")).unwrap_err();
    assert!(plain.to_string().ends_with("is Parquet but not a cube; expected `tensionmap` in its metadata"), "{plain}");
    let (eight, nine) = (count(&[]), CubeBuilder::new(Resolution::Nine, "UTC"));

    let error = eight.merge(nine.build().unwrap()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "these cubes do not add: one has resolution 8, time zone UTC, the other resolution 9, time zone UTC; count them with \
         the same settings"
    );
}

/// Scoring saved counts is scoring the reports; cubes of two halves add up to it.
#[test]
fn a_saved_cube_scores_as_its_reports_do() {
    let engine = || Engine::builder().as_of("2026-03-02").area(tensionmap::sample::boundary()).build().unwrap();
    let direct = engine().incidents(tensionmap::sample::incidents()).unwrap().run().unwrap();
    let text = std::fs::read_to_string(crate::support::own("data/incidents.csv")).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    let half = |parity: usize| {
        let rows = rows.lines().enumerate().filter(|(row, _)| row % 2 == parity).map(|(_, line)| line);
        let text = format!("{header}\n{}\n", rows.collect::<Vec<_>>().join("\n"));
        let mut cube = CubeBuilder::new(Resolution::Eight, "Europe/London");
        let reading =
            ingest::ReadOptions { zone: jiff::tz::TimeZone::get("Europe/London").unwrap(), ..Default::default() };
        ingest::read(&crate::support::csv("half.csv", &text), &reading, &mut |batch| cube.add(batch), &mut |_| Ok(()))
            .unwrap();
        cube.build().unwrap()
    };
    let added = engine().cube(half(0)).unwrap().cube(half(1)).unwrap().run().unwrap();
    assert_eq!(added.cube, direct.cube);
    assert_eq!(added.scores, direct.scores);
    let error = engine().cube(CubeBuilder::new(Resolution::Nine, "Europe/London").build().unwrap()).unwrap_err();
    assert!(error.to_string().starts_with("these cubes do not add: one has resolution 8"), "{error}");
}
