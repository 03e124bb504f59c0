//! Well-formed files that are wrong about places: noticed, explained where something explains them, and nothing else is suspected.

use std::fmt::Write;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use tensionmap::{Builder, Code, Engine, Error, Input};

use crate::support::{csv, stderr, stdout, tensionmap};

/// Cities of every continent with their time zones.
const CITIES: [(&str, f64, f64); 24] = [
    ("Europe/London", 52.63, -1.13),
    ("Europe/Berlin", 52.52, 13.4),
    ("Europe/Athens", 37.98, 23.73),
    ("Europe/Lisbon", 38.72, -9.14),
    ("America/Chicago", 41.88, -87.63),
    ("America/Los_Angeles", 34.05, -118.24),
    ("America/Mexico_City", 19.43, -99.13),
    ("America/Bogota", 4.71, -74.07),
    ("America/Sao_Paulo", -23.55, -46.63),
    ("America/Argentina/Buenos_Aires", -34.6, -58.38),
    ("America/Halifax", 44.65, -63.57),
    ("America/Anchorage", 61.22, -149.9),
    ("Africa/Nairobi", -1.29, 36.82),
    ("Africa/Lagos", 6.52, 3.38),
    ("Africa/Cairo", 30.04, 31.24),
    ("Africa/Johannesburg", -26.2, 28.05),
    ("Asia/Kolkata", 12.97, 77.59),
    ("Asia/Shanghai", 31.23, 121.47),
    ("Asia/Tokyo", 35.68, 139.69),
    ("Asia/Jakarta", -6.2, 106.82),
    ("Asia/Baghdad", 33.31, 44.37),
    ("Australia/Sydney", -33.87, 151.21),
    ("Pacific/Auckland", -36.85, 174.76),
    ("Pacific/Fiji", -16.8, 179.85),
];

/// A position to a wrong one.
type Spoil = fn(f64, f64) -> (f64, f64);

/// Ways to spoil the records of a file.
const SPOILS: [(&str, Spoil); 6] = [
    ("swapped", |lat, lng| (lng, lat)),
    ("another sign of longitude", |lat, lng| (lat, -lng)),
    ("another sign of latitude", |lat, lng| (-lat, lng)),
    ("zero", |_, _| (0.0, 0.0)),
    ("a latitude of zero", |_, lng| (0.0, lng)),
    ("in a grid of metres", |lat, lng| (lat * 111_000.0, lng * 90_000.0)),
];

/// A file of reports about a city; every `step`th is spoilt, none if it is 0.
fn file((lat, lng): (f64, f64), spread: f64, rows: &[(f64, f64)], spoil: Spoil, step: usize) -> Input {
    let mut text = "lat,lon,date,category\n".to_owned();
    for (number, (north, east)) in rows.iter().enumerate() {
        let round = |degrees: f64| (degrees * 1e5).round() / 1e5;
        let turned = |degrees: f64| if degrees > 180.0 { degrees - 360.0 } else { degrees };
        let at = (round(lat + north * spread), round(turned(lng + east * spread)));
        let (lat, lng) = if step > 0 && number % step == 0 { spoil(at.0, at.1) } else { at };
        writeln!(text, "{lat},{lng},2025-{:02}-{:02},asb", 1 + number % 12, 1 + number % 28).unwrap();
    }
    csv("log.csv", &text)
}

/// Everything that is said about places: an error, or the codes of a check and its sentences.
fn said(zone: Option<&str>, input: Input) -> String {
    let mut builder = Engine::builder();
    if let Some(zone) = zone {
        builder = builder.timezone(zone);
    }
    let check = builder.without_counts().build().unwrap().incidents(input).and_then(Engine::check);
    match check {
        Err(error) => error.to_string(),
        Ok(check) => {
            let ledger = check.ledger;
            let codes: Vec<&str> =
                ledger.codes().keys().chain(ledger.warnings().keys()).map(|code| code.id()).collect();
            let notices: Vec<String> = ledger.files.into_iter().flat_map(|file| file.notices).collect();
            format!("{} {}", codes.join(" "), notices.join(" "))
        }
    }
}

/// Trials of each property; `TRIALS` asks for more.
fn trials() -> u32 {
    std::env::var("TRIALS").ok().and_then(|text| text.parse().ok()).unwrap_or(200)
}

/// Kilometres a degree, roughly, between two positions the nearer way round.
fn is_far((lat, lng): (f64, f64), (other_lat, other_lng): (f64, f64)) -> bool {
    let east = (lng - other_lng).abs();
    let east = east.min(360.0 - east) * lat.to_radians().cos();
    (lat - other_lat).hypot(east) > 4.0
}

/// From a twenty-fourth to half of a file: a whole one may be sound elsewhere in its time zone.
#[test]
fn spoilt_positions_are_noticed_in_every_city_and_sound_ones_never() {
    let config = Config { cases: trials(), failure_persistence: None, max_shrink_iters: 0, ..Config::default() };
    let mut runner = TestRunner::new(config);
    let rows = proptest::collection::vec((-1.0..1.0, -1.0..1.0), 25..120);
    let strategy = (0..CITIES.len(), 0.01..0.2, rows, 0..SPOILS.len(), 2usize..25);
    let outcome = runner.run(&strategy, |(city, spread, rows, spoil, step)| {
        let (zone, lat, lng) = CITIES[city];
        let (how, spoil) = SPOILS[spoil];
        let quiet = said(Some(zone), file((lat, lng), spread, &rows, spoil, 0));
        prop_assert_eq!(quiet.trim(), "", "{} sound", zone);
        let spoilt = spoil(lat, lng);
        if is_far(spoilt, (lat, lng)) {
            let loud = said(Some(zone), file((lat, lng), spread, &rows, spoil, step));
            prop_assert_ne!(loud.trim(), "", "{}: every {}th {}", zone, step, how);
        }
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn a_stray_is_named_with_its_line_and_kept_out_of_the_picture() {
    let mut text = "lat,lon,date,category\n".to_owned();
    for number in 0..60 {
        writeln!(text, "{},{},2026-01-{:02},asb", 52.6 + f64::from(number) / 900.0, -1.13, 1 + number % 28).unwrap();
    }
    let strays = [
        ("52.63,1.13", "line 62 at 52.63, 1.13", "with the other sign of longitude it would be among them"),
        ("10.5,99.5", "line 62 at 10.5, 99.5", "no map is framed on them"),
        ("52.63,0", "line 62 at 52.63, 0", "a coordinate of 0 stands for a missing one"),
        ("52.63,-11.3", "line 62 at 52.63, -11.3", "with the decimal point of longitude in another place"),
    ];
    let cells = |text: &str| {
        let engine = Engine::builder().build().unwrap().incidents(csv("log.csv", text)).unwrap();
        engine.run().unwrap()
    };
    let sound = cells(&text);
    for (row, line, reason) in strays {
        let run = cells(&format!("{text}{row},2026-01-15,asb\n"));
        let notices = run.release().notices().join("\n");
        assert!(notices.contains(line) && notices.contains(reason), "{row}: {notices}");
        assert_eq!(run.ledger.warnings().get(&Code::Stray), Some(&1), "{row}");
        // Longitude 0 is too near to be kept out by cells alone.
        if row != "52.63,0" {
            assert_eq!((run.scores.cells.len(), run.scores.outside), (sound.scores.cells.len(), 1), "{row}");
        }
        // The box that is proposed keeps all but the stray.
        let bbox = notices.split("--bbox ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
        let kept = Engine::builder().bbox(bbox).build().unwrap();
        let kept = kept.incidents(csv("log.csv", &format!("{text}{row},2026-01-15,asb\n"))).unwrap().run().unwrap();
        assert_eq!((kept.ledger.accepted(), kept.ledger.quarantined()), (60, 1), "{row}");
    }
}

/// A square about a position, as a study area.
fn square(lat: f64, lng: f64) -> Input {
    let (s, n, w, e) = (lat - 0.1, lat + 0.1, lng - 0.1, lng + 0.1);
    let ring = format!("[[{w},{s}],[{e},{s}],[{e},{n}],[{w},{n}],[{w},{s}]]");
    csv(
        "area.geojson",
        &format!(r#"{{"type":"Feature","properties":{{}},"geometry":{{"type":"Polygon","coordinates":[{ring}]}}}}"#),
    )
}

#[test]
fn reports_outside_the_study_area_stop_the_run_and_say_what_would_explain_it() {
    let rows: Vec<(f64, f64)> =
        (0..60).map(|number| (f64::from(number % 9) / 9.0, f64::from(number % 7) / 7.0)).collect();
    let run = |at: (f64, f64), area: (f64, f64), keep: bool| {
        let log = file(at, 0.05, &rows, |lat, lng| (lat, lng), 0);
        let builder = Engine::builder().timezone("UTC").area(square(area.0, area.1)).outside_area(if keep {
            "keep"
        } else {
            "stop"
        });
        builder.build().unwrap().incidents(log).and_then(Engine::run).map(|run| run.scores.outside)
    };
    let leicester = (52.63, -1.13);
    let cases = [
        ((-1.13, 52.63), leicester, "they would be in it with latitude and longitude swapped"),
        ((52.63, 1.13), leicester, "they would be in it with the other sign of longitude"),
        (
            leicester,
            (-1.13, 52.63),
            "the study area would be where the reports are with latitude and longitude swapped",
        ),
        ((41.88, -87.63), leicester, "give the study area of these reports"),
        (leicester, (52.95, -1.15), "60 of 60 reports"),
    ];
    for (at, area, why) in cases {
        let error = run(at, area, false).expect_err(why);
        assert_eq!(error.code(), Code::OutsideArea, "{error}");
        assert!(error.to_string().contains(why), "{error}");
        assert_eq!(run(at, area, true).expect("kept"), 60, "{why}");
    }
    assert!(run(leicester, leicester, false).is_ok());
    // A small area within a larger log is no contradiction.
    let wide = file(leicester, 0.5, &rows, |lat, lng| (lat, lng), 0);
    let inside = Engine::builder().area(square(52.7, -1.03)).build().unwrap().incidents(wide).unwrap().run().unwrap();
    assert!(inside.scores.outside > 30, "{}", inside.scores.outside);
}

#[test]
fn irish_eastings_are_not_taken_for_british_ones_where_the_area_says_otherwise() {
    let mut text = "easting,northing,date,category\n".to_owned();
    for number in 0..40 {
        writeln!(text, "{},{},2026-01-{:02},asb", 333_800 + number * 20, 372_500 + number * 10, 1 + number % 28)
            .unwrap();
    }
    let belfast = |builder: Builder| {
        let engine = builder.area(square(54.6, -5.93)).build().unwrap();
        engine.incidents(csv("log.csv", &text)).and_then(Engine::run)
    };
    let error = belfast(Engine::builder()).expect_err("outside").to_string();
    assert!(error.contains("--input-crs EPSG:29903 puts them near 54.58, -5.93 in Ireland"), "{error}");
    assert!(belfast(Engine::builder().input_crs("EPSG:29903")).is_ok());
}

#[test]
fn a_time_zone_that_cannot_be_is_said_and_another_proposed() {
    let rows: Vec<(f64, f64)> =
        (0..40).map(|number| (f64::from(number % 9) / 9.0, f64::from(number % 7) / 7.0)).collect();
    let at = |zone, place| said(zone, file(place, 0.05, &rows, |lat, lng| (lat, lng), 0));
    let chicago = at(None, (41.88, -87.63));
    assert!(
        chicago.contains("outside Europe/London") && chicago.contains("--timezone America/Chicago fits"),
        "{chicago}"
    );
    let nairobi = at(None, (36.82, -1.29));
    assert!(nairobi.contains("swapped they would be in Africa/Nairobi"), "{nairobi}");
    let pole = at(None, (-87.63, 41.88));
    assert!(
        pole.contains("latitudes where people live, and would be in it with latitude and longitude swapped"),
        "{pole}"
    );
    let sign = at(Some("America/Chicago"), (41.88, 87.63));
    assert!(sign.contains("would be in it with the other sign of longitude"), "{sign}");
    // Two zones with one clock, a zone without places, and a place without a zone.
    assert_eq!(at(Some("Europe/Brussels"), (48.85, 2.35)).trim(), "");
    assert_eq!(at(Some("UTC"), (48.85, 2.35)).trim(), "");
    assert_eq!(at(None, (54.7, 2.5)).trim(), "");
}

#[test]
fn a_position_that_stands_for_many_is_named_with_its_share() {
    let rows: Vec<(f64, f64)> =
        (0..90).map(|number| (f64::from(number) / 90.0, f64::from(number % 13) / 13.0)).collect();
    let piled = said(None, file((52.6, -1.1), 0.05, &rows, |_, _| (52.64, -1.12), 4));
    assert!(
        piled.contains("W_PILE") && piled.contains("about 26 % of its reports are at one position, 52.64, -1.12"),
        "{piled}"
    );
}

/// The sample and commands on it, as a newcomer has them: nothing about places is said.
#[test]
fn the_sample_is_not_suspected() {
    let folder = tempfile::tempdir().unwrap();
    let output = tensionmap(folder.path(), &["demo"]);
    let said = stdout(&output) + &stderr(&output);
    assert!(!said.contains("W_STRAY") && !said.contains("default time zone"), "{said}");
    assert!(matches!(Engine::builder().outside_area("maybe").build(), Err(Error::Config(_))));
}
