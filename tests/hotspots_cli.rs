//! `tensionmap hotspots`: counts, columns of the layer, notices and refusals.

use std::path::Path;

use serde_json::Value;
use tensionmap::Every;
use tensionmap::Scoring;
use tensionmap::unstable::hotspot::{GiOptions, Kernel, OptionKind, Panel, Slices, Weights, getis_ord, infos};
use tensionmap::unstable::score::{Covariates, Coverage};
use tensionmap::{CellIndex, Day, Engine, Method, StudyArea, sample};
use tensionmap::{Emerging, Gi, Histories, LocalG, STATISTICS};

use crate::support::{csv, own, stderr, stdout, tensionmap};

fn sample_layer(folder: &Path, statistic: &str, more: &[&str]) -> Value {
    let (data, area) = (own("data/incidents.csv"), own("data/boundary.geojson"));
    let (data, area) = (data.to_str().unwrap(), area.to_str().unwrap());
    let args = ["hotspots", data, "--area", area, "--as-of", "2026-03-02", "--max-rejects", "1%", "-q"];
    let args = [&args[..], &["--statistic", statistic, "-o", "out.geojson"], more].concat();
    let output = tensionmap(folder, &args);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    serde_json::from_slice(&std::fs::read(folder.join("out.geojson")).unwrap()).unwrap()
}

/// Every property is there, none is NaN (which JSON cannot hold, so that it would be null), and the scores are those of `map`.
#[test]
fn layers_have_the_statistics_and_the_same_scores() {
    let folder = tempfile::tempdir().unwrap();
    let run = crate::support::sample_run();
    for (statistic, more, names) in [
        ("gi", &["--permutations", "99"][..], &["gi_z", "gi_p", "gi_q", "gi_bin", "gi_defined", "gi_p_permuted"][..]),
        ("moran", &["--rings", "2", "--kernel", "gaussian"], &["moran_i", "moran_quadrant", "moran_p", "moran_q"]),
        (
            "emerging",
            &["--edition", "esri-2"],
            &["ehsa", "ehsa_code", "ehsa_hot_share", "ehsa_cold_share", "trend_z", "trend_p", "ehsa_z"],
        ),
    ] {
        let layer = sample_layer(folder.path(), statistic, more);
        assert_eq!(layer["tensionmap"]["hotspots"]["statistic"], statistic);
        let features = layer["features"].as_array().unwrap();
        assert_eq!(features.len(), run.scores.cells.len());
        for (feature, cell) in features.iter().zip(&run.scores.cells) {
            let properties = feature["properties"].as_object().unwrap();
            assert_eq!(properties["h3"], cell.cell.to_string());
            assert!((properties["score"].as_f64().unwrap() - cell.score).abs() < 0.005_1);
            for name in names {
                assert!(properties.get(*name).is_some_and(|value| !value.is_null()), "{name}: {properties:?}");
            }
        }
        assert_eq!(features[0]["properties"].get("gi_z").is_some(), statistic == "gi");
    }
}

#[test]
fn threads_do_not_show_in_a_layer() {
    let folder = tempfile::tempdir().unwrap();
    for statistic in ["gi", "moran", "emerging", "scan"] {
        let more: &[&str] = if statistic == "gi" { &["--permutations", "999"] } else { &[] };
        let bytes = |threads: &str| {
            sample_layer(folder.path(), statistic, &[more, &["--threads", threads]].concat());
            std::fs::read(folder.path().join("out.geojson")).unwrap()
        };
        let one = bytes("1");
        assert!(one == bytes("2") && one == bytes("8"), "{statistic}");
    }
}

#[test]
fn what_is_found_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let data = own("data/incidents.csv");
    let output = tensionmap(
        folder.path(),
        &[
            "hotspots",
            data.to_str().unwrap(),
            "--as-of",
            "2026-03-02",
            "--statistic",
            "emerging",
            "-o",
            "a.geojson",
            "-v",
        ],
    );
    assert_eq!(stdout(&output), "a.geojson\n");
    let said = stderr(&output);
    assert!(said.contains("reports in 52 slices from 2025-03-03 to 2026-03-01: "), "{said}");
    let moran = |draws: &str| {
        let args = [
            "hotspots",
            data.to_str().unwrap(),
            "--statistic",
            "moran",
            "--permutations",
            draws,
            "-o",
            "a.geojson",
            "-v",
        ];
        stderr(&tensionmap(folder.path(), &args))
    };
    // 108 cells: 0.002 · 108 / 0.05 is above 4.
    let rough =
        "p of 999 draws is 0.002 at least, so that q is at most 0.05 for 5 cells together or none; --permutations";
    assert!(moran("999").contains(rough), "{}", moran("999"));
    assert!(!moran("9999").contains("together or none"));
    let listed = stdout(&tensionmap(folder.path(), &["list", "statistics"]));
    for line in ["gi                 Gi* of", "moran  ", "emerging  ", "gi_bin 3", "moran HH", "ehsa_code -8"] {
        assert!(listed.contains(line), "{listed}");
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let months: String = (1..=6).map(|month| format!("2.3,54.7,2026-0{month}-03\n")).collect();
    std::fs::write(folder.path().join("good.csv"), format!("lon,lat,date\n{months}")).unwrap();
    let (emerging, scan) = (&["--statistic", "emerging"][..], &["--statistic", "scan"][..]);
    for (args, code, message) in [
        (
            &["--statistic", "sacn"][..],
            2,
            "statistic \"sacn\" is not usable: expected one of gi, moran, emerging, scan, knox",
        ),
        (&["--slice", "7d"], 2, "statistic \"gi\" is not usable: expected emerging or scan, to which --slice belongs"),
        (&[emerging, &["--seed", "3"]].concat(), 2, "expected gi or moran or scan or knox, to which --seed belongs"),
        (&["--rings", "0"], 2, "rings \"0\" is not usable: expected 1 to 100 steps on the grid"),
        (&["--permutations", "5"], 2, "permutations \"5\" is not usable: expected 9 to 99999, such as 999"),
        (&["--kernel", "round"], 2, "kernel \"round\" is not usable: expected one of binary, triangular, quadratic"),
        (&["--model", "permutation"], 2, "statistic \"gi\" is not usable: expected scan, to which --model belongs"),
        (
            &["--statistic", "knox", "--rings", "2"],
            2,
            "expected gi or moran or emerging or scan, to which --rings belongs",
        ),
        (&["--statistic", "knox", "--days", "7"], 2, "expected --metres and --days together, or neither"),
        (
            &["--statistic", "knox", "-o", "a.geojson"],
            2,
            "a.geojson: its extension names no output; expected one of .csv, .json",
        ),
        (&[scan, &["--kernel", "quartic"]].concat(), 2, "expected gi or moran or emerging, to which --kernel belongs"),
        (
            &[scan, &["--model", "bernoulli"]].concat(),
            2,
            "expected one of permutation, poisson-past, poisson-residents",
        ),
        (&[scan, &["--slices", "9"]].concat(), 2, "a history of 9 slices is too short"),
        (
            &[scan, &["--model", "poisson-residents", "--as-of", "2026-06-04", "--covered", "2026-01-01..2026-06-04"]]
                .concat(),
            2,
            "the model poisson-residents needs residents; name their indicator with --residents, or take another --model",
        ),
        (
            &[scan, &["--model", "poisson-past", "--as-of", "2026-06-04", "--covered", "2026-01-03..2026-06-04"]]
                .concat(),
            2,
            "no report is older than the first slice of time, 2026-01-03, to estimate the expected reports from; take fewer --slices",
        ),
        (&[emerging, &["--slices", "9"]].concat(), 2, "a history of 9 slices is too short for a category"),
        (&[emerging, &["--slice", "7"]].concat(), 2, "every \"7\" is not usable: expected day, week or month"),
        (
            &[emerging, &["--slice", "1mo", "--as-of", "2026-06-03"]].concat(),
            2,
            "only 5 full slices of time lead up to 2026-06-03 without a gap in the data, fewer than 10; take shorter slices \
             (--slice) or another --as-of, or give the covered days with --covered",
        ),
        (
            &[emerging, &["--slices", "9999999", "--max-memory", "64MB"]].concat(),
            2,
            "the cells in their slices of time would take ",
        ),
        (&["-o", "a.gif"], 2, "a.gif: its extension names no output"),
    ] {
        let output = tensionmap(folder.path(), &[&["hotspots", "good.csv"], args].concat());
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(message), "{args:?}: {}", stderr(&output));
    }
}

/// Months that are cut into weeks look alike, which a notice reports; slices of months do not cut them.
#[test]
fn reports_by_month_are_pointed_out() {
    let folder = tempfile::tempdir().unwrap();
    let months: String = (1..=12).map(|month| format!("2.3,54.7,2025-{month:02}\n").repeat(3)).collect();
    std::fs::write(folder.path().join("months.csv"), format!("lon,lat,date\n{months}")).unwrap();
    let said = |slice: &str| {
        let args = ["hotspots", "months.csv", "--statistic", "emerging", "--slice", slice, "-o", "a.geojson", "-v"];
        let output = tensionmap(folder.path(), &args);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stderr(&output)
    };
    let cut = "most reports are dated by month: slices of days have the month's share each";
    assert!(said("7d").contains(cut) && !said("1mo").contains(cut));
    assert!(said("1mo").contains("reports in 12 slices from 2025-01-01 to 2025-12-31: "), "{}", said("1mo"));
    assert!(said("1mo").contains("only 12 slices: a single one decides much"));
}

/// Where all counts are equal, or there is one cell, the layer is flagged and a notice reports it.
#[test]
fn one_cell_is_flagged() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("one.csv"), "lon,lat,date\n2.3,54.7,2026-01-05\n").unwrap();
    // A study area of one cell.
    let square =
        r#"{"type":"Polygon","coordinates":[[[2.3,54.7],[2.3001,54.7],[2.3001,54.7001],[2.3,54.7001],[2.3,54.7]]]}"#;
    std::fs::write(folder.path().join("area.geojson"), square).unwrap();
    let output = tensionmap(folder.path(), &["hotspots", "one.csv", "--area", "area.geojson", "-o", "a.geojson", "-v"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("cells whose z is not defined"), "{}", stderr(&output));
    let layer: Value = serde_json::from_slice(&std::fs::read(folder.path().join("a.geojson")).unwrap()).unwrap();
    let properties = &layer["features"][0]["properties"];
    assert_eq!((properties["gi_z"].as_f64(), properties["gi_p"].as_f64()), (Some(0.0), Some(1.0)));
    assert_eq!((properties["gi_bin"].as_i64(), properties["gi_defined"].as_bool()), (Some(0), Some(false)));
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// Reports by slice, each looked at by itself: of the sample's cube, weekly and monthly, with months split by their days.
#[test]
fn slices_hold_what_lies_in_them() {
    let run = crate::support::sample_run();
    let method = Method::default();
    let area = StudyArea::of_cells(run.scores.cells.iter().map(|cell| cell.cell));
    let as_of = day("2026-03-02");
    let coverage = Coverage::known_at(&run.cube, as_of);
    for every in [Every::WEEK, "1mo".parse().unwrap()] {
        let panel = Panel::of(&run.cube, &area, &method, &coverage, as_of, Slices { every, max: None }).unwrap();
        let n = panel.slices();
        assert!(n > 20 && panel.borders[n] == as_of);
        let mut expected = vec![0.0; area.cells().len() * n];
        for row in run.cube.rows() {
            let class = &run.cube.classes()[row.class as usize];
            let counts = class.strand != tensionmap::Strand::Potential && method.category_weight(class.category) > 0.0;
            if let (true, Some(place)) = (counts && row.known <= as_of, area.row(row.cell)) {
                for slice in 0..n {
                    expected[place * n + slice] += row.within(panel.borders[slice], panel.borders[slice + 1]);
                }
            }
        }
        assert!(panel.values.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-9));
        assert!(panel.values.iter().sum::<f64>() > 100.0);
    }
}

/// A missing month is a gap, not a month of zeros: slices end at it. Days since the last report are quiet, and reported.
#[test]
fn slices_end_at_a_gap() {
    let log = |months: &[i32]| {
        let days =
            months.iter().flat_map(|month| (1..=28).map(move |day| format!("2.3,54.7,2025-{month:02}-{day:02}\n")));
        csv("log.csv", &("lon,lat,date\n".to_owned() + &days.collect::<String>()))
    };
    let borders = |months: &[i32]| {
        let prepared =
            Engine::builder().as_of("2025-12-01").build().unwrap().incidents(log(months)).unwrap().prepare().unwrap();
        let coverage = prepared.scoring().unwrap().coverage(prepared.as_of);
        let panel =
            Panel::of(&prepared.cube, &prepared.area, &prepared.method, &coverage, prepared.as_of, Slices::default());
        panel.map(|panel| (panel.borders[0].to_string(), panel.slices(), panel.uncovered_days))
    };
    // The 28th is the last day with a report in November: two days are no silence of a source with one report a day.
    assert_eq!(borders(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]).unwrap(), ("2025-01-06".into(), 47, 0));
    assert_eq!(borders(&[1, 2, 3, 5, 6, 7, 8, 9, 10, 11]).unwrap(), ("2025-05-05".into(), 30, 0));
    assert!(
        borders(&[1, 2, 3, 4, 5, 6, 7, 8, 9])
            .unwrap_err()
            .to_string()
            .starts_with("only 0 full slices of time lead up")
    );
}

/// Reports that came later than the as-of, or are about a later day, change nothing; nor does shifting everything by weeks.
#[test]
fn nothing_later_shows_and_a_shift_in_time_does_not() {
    let log = |shift: i32, more: &str| {
        let mut text = "lon,lat,date,reported_at\n".to_owned();
        for week in 0..20 {
            for copy in 0..=(week * week % 5 + if week > 16 { 6 } else { 0 }) {
                let day = day("2025-01-06") + 7 * week + copy % 7 + shift;
                text += &format!("2.{},54.7,{day},{day}\n", 30 + copy);
            }
        }
        csv("log.csv", &(text + more))
    };
    let found = |shift: i32, more: &str| {
        let as_of = day("2025-05-26") + shift;
        let engine = Engine::builder().as_of(as_of).build().unwrap().incidents(log(shift, more)).unwrap();
        let run = engine.hotspots(&Emerging::default()).unwrap();
        let found = run.layer.hotspots().unwrap().found::<Histories>().unwrap().clone();
        let cells: Vec<CellIndex> = run.scores.cells.iter().map(|cell| cell.cell).collect();
        (cells, found)
    };
    let plain = found(0, "");
    assert!(plain.1.slices >= 15 && plain.1.places.iter().any(|place| place.category.code() != 0));
    assert_eq!(plain, found(0, "2.31,54.7,2025-05-26,2025-05-27\n2.31,54.7,2025-02-03,2025-06-01\n"));
    assert_eq!(plain, found(7 * 52, ""));
}

/// `Engine::hotspots` equals the stage functions called one by one.
#[test]
fn the_engine_and_its_parts_agree() {
    let engine = || Engine::builder().as_of("2026-03-02").area(sample::boundary()).build().unwrap();
    let prepared = engine().incidents(sample::incidents()).unwrap().prepare().unwrap();
    let scoring = Scoring::new(&prepared.cube, &prepared.area, &prepared.method, Covariates::default()).unwrap();
    let counts: Vec<f64> = scoring.at(prepared.as_of).cells.iter().map(|cell| cell.n_window).collect();
    let weights = Weights::rings(&prepared.area, 1, Kernel::Binary).unwrap();
    let expected = getis_ord(&counts, &weights, GiOptions::default()).unwrap();
    let run = engine().incidents(sample::incidents()).unwrap().hotspots(&Gi::default()).unwrap();
    let hotspots = run.layer.hotspots().unwrap();
    assert_eq!(hotspots.found::<Vec<LocalG>>(), Some(&expected));
    assert!(hotspots.found::<Histories>().is_none());
    let slices = Slices { every: "2w".parse().unwrap(), max: Some(12) };
    let statistic = Emerging { slices, ..Emerging::default() };
    let run = engine().incidents(sample::incidents()).unwrap().hotspots(&statistic).unwrap();
    let about = &run.layer.provenance().hotspots.as_ref().unwrap()["slices"];
    assert_eq!((about.as_array().unwrap().len(), about[11].as_str()), (12, Some("2026-03-02")));
}

/// The sample's episode: `examples/make_sample.rs` puts it in two neighbourhoods side by side, from 2026-01-26, the second hit in
/// its last week. Each model that needs no residents finds it, in the columns and in the provenance.
#[test]
fn a_scan_finds_the_episode_of_the_sample() {
    let folder = tempfile::tempdir().unwrap();
    for model in ["permutation", "poisson-past"] {
        let layer = sample_layer(folder.path(), "scan", &["--model", model]);
        let about = &layer["tensionmap"]["hotspots"];
        assert_eq!((about["statistic"].as_str(), about["model"].as_str()), (Some("scan"), Some(model)));
        let first = &about["clusters"][0];
        assert!(first["p"].as_f64().unwrap() <= 0.001 && first["to"] == "2026-03-02", "{first}");
        let from: Day = day(first["from"].as_str().unwrap());
        assert!(from >= day("2026-01-26") && from <= day("2026-02-23"), "{from}");
        let (mut cells, mut observed) = (0, 0.0);
        for feature in layer["features"].as_array().unwrap() {
            let properties = feature["properties"].as_object().unwrap();
            let has = |name: &str| !properties[name].is_null();
            let names =
                ["scan_p", "scan_llr", "scan_observed", "scan_expected", "scan_relative_risk", "scan_from", "scan_to"];
            assert!(names.iter().all(|name| has(name) == has("scan_cluster")), "{properties:?}");
            if properties["scan_cluster"] == 1 {
                cells += 1;
                observed = properties["scan_observed"].as_f64().unwrap();
                assert_eq!(
                    (&properties["scan_from"], properties["scan_to"].as_str()),
                    (&first["from"], Some("2026-03-01"))
                );
            }
        }
        assert_eq!(Some(cells), first["cells"].as_i64());
        // 72 of its reports are in the last week.
        assert!(cells <= 20 && observed >= 50.0, "{cells} cells, {observed} reports");
        assert!(about["left_out"].as_u64().unwrap() > 0, "the housing association files by month");
    }
}

/// Three pairs in one cell, two days apart, half a year from each other; a report dated by month is left out and counted.
#[test]
fn near_repeats_are_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let days = ["2026-01-05", "2026-01-07", "2026-07-01", "2026-07-03", "2026-12-01", "2026-12-03"];
    let at = |nth: usize| 54.0 + nth as f64 / 2.0;
    let rows: String = days.iter().enumerate().map(|(nth, day)| format!("2.3,{},{day}\n", at(nth / 2))).collect();
    std::fs::write(folder.path().join("log.csv"), format!("lon,lat,date\n{rows}2.3,54.0,2026-03\n")).unwrap();
    let args = ["hotspots", "log.csv", "--statistic", "knox", "--as-of", "2027-01-01", "-o", "a.csv", "-o", "a.json"];
    let output = tensionmap(folder.path(), &[&args[..], &["--metres", "0,1000", "--days", "7,14", "-v"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let said = stderr(&output);
    // One of the 15 ways to pair six dates has all three pairs: p is near 1 / 15, above 0.05.
    assert!(said.contains("near repeats of 6 reports: 0 of 4 bands with p at most 0.05"), "{said}");
    assert!(said.contains("distances are between centres of cells"), "{said}");
    assert!(said.contains("reports left out since they are dated more coarsely than a day: 1"), "{said}");
    let table = std::fs::read_to_string(folder.path().join("a.csv")).unwrap();
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("metres_from,metres_to,days_from,days_to,observed,expected,ratio,p"));
    // Of 15 pairs 3 are in one cell, and 3 are nearer than a week: 3 · 3 / 15.
    assert!(lines.next().unwrap().starts_with("0.0,0.0,0,6,3,0.6,5.0,"), "{table}");
    assert_eq!((lines.nth(2), lines.next()), (Some("0.0,1000.0,7,13,0,0.0,,1.0"), None));
    let json: Value = serde_json::from_slice(&std::fs::read(folder.path().join("a.json")).unwrap()).unwrap();
    assert_eq!(
        (json["bands"].as_array().unwrap().len(), json["tensionmap"]["hotspots"]["left_out"].as_u64()),
        (4, Some(1))
    );
}

/// The list of options is all that the command line goes by: each has a meaning, a default that its statistic takes, and a flag.
#[test]
fn every_option_is_one_of_its_statistic() {
    let help = stdout(&tensionmap(tempfile::tempdir().unwrap().path(), &["hotspots", "--help"]));
    for info in infos() {
        assert!(!info.about.is_empty() && !info.options.is_empty(), "{info:?}");
        for option in info.options {
            assert!(!option.help.is_empty() && help.contains(&format!("--{}", option.name)), "{option:?}");
            assert_eq!(option.kind == OptionKind::Switch, option.default.is_empty(), "{option:?}");
        }
    }
    for statistic in STATISTICS {
        assert!(statistic.check().is_ok());
        for option in statistic.info().options {
            let default = match (option.kind, option.default) {
                (OptionKind::Switch, _) => "false",
                (_, "none") => "99",
                (_, default) => default,
            };
            let mut chosen = statistic.boxed();
            assert!(chosen.set(option.name, default).is_ok() && chosen.check().is_ok(), "{option:?}");
            if option.default != "none" && option.name != "slices" {
                assert_eq!(
                    format!("{chosen:?}").replace("Some(Permutations { draws: 999, seed: 1 })", "None"),
                    format!("{statistic:?}"),
                    "{option:?}"
                );
            }
        }
        let refused = statistic.boxed().set("metres", "1").unwrap_err().to_string();
        assert!(refused.starts_with("option \"metres\" is not usable: expected an option of "), "{refused}");
        assert!(statistic.fill().is_none_or(|fill| !fill.classes.is_empty() && !fill.title.is_empty()));
    }
}
