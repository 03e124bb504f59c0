//! An input of which nothing is left ends the run, and records above the limit are said wherever the result is read.

use std::io::Write;
use std::path::Path;

use tensionmap::unstable::config::SETTINGS;
use tensionmap::{Code, Engine};

use crate::support::{csv, own, put, stderr, stdout, tensionmap};

const WARDS: &str = crate::support::WARDS;

/// Reports of a year of the sample, a file without rows, one with unusable rows, and their wards.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(own("data/incidents.csv"), folder.path().join("a.csv")).unwrap();
    put(folder.path(), "header.csv", "lon,lat,date,category\n");
    put(folder.path(), "undated.csv", "lon,lat,date,category\n2.3,54.75,soon,asb\n2.3,54.75,5 Jan,asb\n");
    put(folder.path(), "one.csv", "lon,lat,date,category\n0,0,2026-02-01,asb\n");
    put(folder.path(), "none.geojson", r#"{"type":"FeatureCollection","features":[]}"#);
    put(folder.path(), "wards.geojson", WARDS);
    let mut zip = zip::ZipWriter::new(std::fs::File::create(folder.path().join("two.zip")).unwrap());
    for name in ["a.csv", "header.csv"] {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        zip.write_all(&std::fs::read(folder.path().join(name)).unwrap()).unwrap();
    }
    zip.finish().unwrap();
    folder
}

/// Words of each verb beside its inputs.
fn verbs() -> [(&'static [&'static str], &'static [&'static str]); 8] {
    [
        (&["map"], &["-o", "m.csv"]),
        (&["calibrate"], &["-o", "method.toml"]),
        (&["coverage"], &["-o", "c.csv"]),
        (&["explain", "54.757,2.30"], &[]),
        (&["hotspots"], &["-o", "h.csv"]),
        (&["rollup"], &["-o", "r.csv", "--areas", "wards.geojson", "--name", "name"]),
        (&["series"], &["-o", "s.csv", "--from", "2026-02-02"]),
        (&["density"], &["-o", "d.png"]),
    ]
}

/// Every verb stops at an input without an accepted record, whatever share of all records that is; `--allow-empty` goes on.
#[test]
fn an_input_of_which_nothing_is_left_ends_the_run() {
    let folder = folder();
    let lenient = ["--max-rejects", "100%", "-q"];
    for (verb, more) in verbs() {
        for (input, says) in [
            ("header.csv", "header.csv: has no records (W_NO_RECORDS 1); expected at least one report; "),
            (
                "undated.csv",
                "undated.csv: none of its 2 records could be used (Q_BAD_DATE 2); the first is undated.csv line 2: ",
            ),
            ("one.csv", "one.csv: its only record could not be used (Q_NULL_ISLAND 1); the first is one.csv line 2: "),
            ("none.geojson", "none.geojson: has no records (W_NO_RECORDS 1); "),
        ] {
            let run =
                |flags: &[&str]| tensionmap(folder.path(), &[verb, &["a.csv", input], more, &lenient, flags].concat());
            let done = run(&[]);
            let said = stderr(&done);
            assert_eq!(done.status.code(), Some(4), "{verb:?} {input}: {said}");
            assert!(said.starts_with("error: E_NOTHING_ACCEPTED: ") && said.contains(says), "{verb:?}: {said}");
            let obeyed = run(&["--allow-empty"]);
            assert_eq!(obeyed.status.code(), Some(0), "{verb:?} {input}: {}", stderr(&obeyed));
        }
        // By itself it is nothing to go on with, allowed or not.
        let alone = tensionmap(folder.path(), &[verb, &["header.csv", "--allow-empty"], more].concat());
        assert_eq!(alone.status.code(), Some(4), "{verb:?}: {}", stderr(&alone));
        assert!(stderr(&alone).contains("header.csv: has no records"), "{}", stderr(&alone));
    }
    let member = tensionmap(folder.path(), &["map", "two.zip", "--max-rejects", "2%", "-o", "m.csv"]);
    assert_eq!(member.status.code(), Some(4), "{}", stderr(&member));
    assert!(stderr(&member).contains("two.zip/header.csv: has no records"), "{}", stderr(&member));
}

/// The quarantine file of a run that ends so is there: it is what explains it. A file that a later one replaces has not vanished.
#[test]
fn the_quarantine_explains_it_and_settings_are_no_loss() {
    let folder = folder();
    let done = tensionmap(folder.path(), &["map", "a.csv", "undated.csv", "--quarantine", "q.ndjson", "-o", "m.csv"]);
    assert_eq!(done.status.code(), Some(4), "{}", stderr(&done));
    let quarantine = std::fs::read_to_string(folder.path().join("q.ndjson")).unwrap();
    assert_eq!(quarantine.lines().filter(|line| line.contains("undated.csv")).count(), 2);
    assert!(!folder.path().join("m.csv").exists());
    std::fs::copy(folder.path().join("a.csv"), folder.path().join("b.csv")).unwrap();
    let replaced = tensionmap(
        folder.path(),
        &["map", "a.csv", "b.csv", "--revised", "replace", "--max-rejects", "2%", "-o", "m.csv"],
    );
    assert_eq!(replaced.status.code(), Some(0), "{}", stderr(&replaced));
}

/// `check` says that a run would stop, beside its account, and keeps its own exit code.
#[test]
fn a_check_says_that_a_run_would_stop() {
    let folder = folder();
    let lenient = ["--max-rejects", "2%"];
    let run = |args: &[&str]| tensionmap(folder.path(), &[&["check"], args, &lenient].concat());
    let says = "a run would stop: E_NOTHING_ACCEPTED: header.csv: has no records";
    for args in [&["a.csv", "header.csv"][..], &["header.csv"]] {
        let text = run(args);
        assert_eq!(text.status.code(), Some(0), "{}", stderr(&text));
        assert!(stdout(&text).contains("header.csv (csv") && stderr(&text).contains(says), "{}", stderr(&text));
    }
    let json = run(&["a.csv", "header.csv", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&stdout(&json)).unwrap();
    assert!(document["notices"].to_string().contains(says), "{}", document["notices"]);
    let allowed = run(&["a.csv", "header.csv", "--allow-empty"]);
    assert!(!stderr(&allowed).contains("would stop"), "{}", stderr(&allowed));
}

/// In Rust: by the builder, with a code.
#[test]
fn the_library_says_it_with_a_code() {
    let good = || csv("good.csv", "lon,lat,date\n2.3,54.75,2026-02-01\n");
    let empty = || csv("empty.csv", "lon,lat,date\n");
    let engine = || Engine::builder().as_of("2026-03-02");
    let read = |builder: tensionmap::Engine| builder.incidents(good()).unwrap().incidents(empty()).unwrap();
    let error = read(engine().build().unwrap()).run().unwrap_err();
    assert_eq!((error.code(), error.place().file), (Code::NothingAccepted, Some("empty.csv")));
    assert!(read(engine().allow_empty(true).build().unwrap()).run().is_ok());
    let checked = read(engine().without_counts().build().unwrap()).check().unwrap();
    assert_eq!(checked.usable().unwrap_err().code(), Code::NothingAccepted);
}

fn text_of(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// Exit code 3 comes with a line on the count, the limit and the flag, which leads to exit code 0. With `-q` it is the only one.
#[test]
fn records_above_the_limit_are_said_even_quietly() {
    let folder = folder();
    for (verb, more) in verbs() {
        let run = |flags: &[&str]| tensionmap(folder.path(), &[verb, &["a.csv"], more, &["-q"], flags].concat());
        let done = run(&[]);
        assert_eq!(done.status.code(), Some(3), "{verb:?}: {}", stderr(&done));
        let said = stderr(&done);
        assert_eq!(said.lines().count(), 1, "{verb:?}: {said}");
        let (count, limit) = said.split_once(" of ").unwrap();
        let count = count.strip_prefix("quarantined ").unwrap();
        assert!(
            limit.contains(" reports, above the limit of 0; ")
                && said.trim_end().ends_with(&format!("--max-rejects {count}")),
            "{said}"
        );
        let obeyed = run(&["--max-rejects", count]);
        assert_eq!((obeyed.status.code(), &*stderr(&obeyed)), (Some(0), ""), "{verb:?}");
        let json = run(&["--progress", "json"]);
        assert!(stderr(&json).contains("{\"note\":\"quarantined "), "{}", stderr(&json));
    }
    let percent = tensionmap(folder.path(), &["map", "a.csv", "-q", "-o", "m.csv", "--max-rejects", "0.01%"]);
    assert!(stderr(&percent).contains("above the limit of 0.01%;"), "{}", stderr(&percent));
    assert!(SETTINGS.iter().any(|setting| setting.name == "max-rejects"));
}

/// Pages and explanations begin what is not known with it; within the limit they do not have it.
#[test]
fn what_is_not_known_begins_with_records_above_the_limit() {
    let folder = folder();
    let lead = "were quarantined, above the limit of 0";
    let runs: [(&[&str], &str); 5] = [
        (&["map", "a.csv"], "m.svg"),
        (&["explain", "54.757,2.30", "a.csv"], "e.txt"),
        (&["coverage", "a.csv"], "c.svg"),
        (&["series", "a.csv", "--from", "2026-02-02"], "s.svg"),
        (&["density", "a.csv"], "d.svg"),
    ];
    for (args, result) in runs {
        let shown = |flags: &[&str]| {
            let done = tensionmap(folder.path(), &[args, &["-o", result, "-q"], flags].concat());
            let text = text_of(folder.path(), result).replace("</text>", " ");
            let mut is_tag = false;
            let bare = text.chars().filter(|letter| {
                is_tag = *letter == '<' || is_tag;
                let is_text = !is_tag;
                is_tag = is_tag && *letter != '>';
                is_text
            });
            let bare: String = bare.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ");
            (done.status.code(), bare)
        };
        let (code, above) = shown(&[]);
        assert_eq!(code, Some(3), "{result}");
        let (_, after) =
            above.split_once("What is not known").unwrap_or_else(|| above.split_once("What this").unwrap());
        let at = after.find(lead).unwrap_or_else(|| panic!("{result}: {after}"));
        assert!(at < 80, "{result}: {after}");
        let (code, within) = shown(&["--max-rejects", "50%"]);
        assert!(code == Some(0) && !within.contains("were quarantined, above"), "{result}");
    }
    put(folder.path(), "mixed.csv", "lon,lat,date,category\n2.3,54.75,2026-02-01,asb\n2.3,54.75,soon,asb\n");
    let done = tensionmap(folder.path(), &["map", "mixed.csv", "-o", "m.csv", "--as-of", "2026-03-02", "-q"]);
    assert!(stderr(&done).starts_with("quarantined 1 of 2 reports, above"), "{}", stderr(&done));
}
