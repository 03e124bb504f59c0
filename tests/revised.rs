//! Files that hold the same month of the same source, and files given twice: stopped, replaced or kept.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;
use tensionmap::unstable::error::IngestError;
use tensionmap::{Engine, Error, Run};

use crate::support::{csv, own, shared, stderr, stdout, tensionmap};

const HEADER: &str = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,\
                      Last outcome category,Context\n";
const LEICESTERSHIRE: &str = "Leicestershire Police";

/// Rows as police.uk has them: crimes with these ids, and reports of anti-social behaviour without one.
fn rows(force: &str, month: &str, ids: &[&str], without_id: usize) -> String {
    let place = format!("{month},{force},{force},-1.13,52.63,On or near X,E01013453,Leicester 001A");
    let mut text = String::new();
    for id in ids {
        writeln!(text, "{id:a>64},{place},Burglary,Under investigation,").unwrap();
    }
    text + &format!(",{place},Anti-social behaviour,,\n").repeat(without_id)
}

fn month(force: &str, month: &str, ids: &[&str], without_id: usize) -> String {
    HEADER.to_owned() + &rows(force, month, ids, without_id)
}

fn run(policy: Option<&str>, files: &[(&str, &str)]) -> Result<Run, Error> {
    run_with("row", policy, files)
}

fn run_with(dedupe: &str, policy: Option<&str>, files: &[(&str, &str)]) -> Result<Run, Error> {
    let builder = Engine::builder().as_of("2022-11-01").dedupe(dedupe).allow_empty(true);
    let builder = if let Some(policy) = policy { builder.revised(policy) } else { builder };
    let run =
        files.iter().try_fold(builder.build()?, |engine, (name, text)| engine.incidents(csv(name, text)))?.run()?;
    assert_eq!(run.ledger.read(), run.ledger.accepted() + run.ledger.quarantined());
    assert_eq!(run.cube.total(), run.ledger.accepted());
    Ok(run)
}

/// Message of a run that stops for a month or a file given twice.
fn stopped(files: &[(&str, &str)]) -> String {
    let error = run(None, files).unwrap_err();
    assert!(matches!(error, Error::Ingest(IngestError::Revised { .. } | IngestError::Copy { .. })), "{error}");
    assert_eq!(error.code().id(), "E_REVISED");
    error.to_string()
}

/// Records accepted and replaced, file by file.
fn counts(run: &Run) -> Vec<(u64, u64)> {
    let replaced = |file: &tensionmap::FileTally| {
        file.quarantined.iter().filter(|(code, _)| code.id() == "Q_REPLACED").map(|(_, count)| *count).sum()
    };
    run.ledger.files.iter().map(|file| (file.accepted, replaced(file))).collect()
}

#[test]
fn a_revised_month_stops_replaces_or_is_kept() {
    let first = month(LEICESTERSHIRE, "2022-09", &["1", "2", "3"], 2);
    for (ids, without_id) in [(&["1", "2"][..], 1), (&["1", "2", "3", "4"], 4), (&["1", "2", "3"], 3), (&["7", "8"], 0)]
    {
        let revised = month(LEICESTERSHIRE, "2022-09", ids, without_id);
        let files = [("2022-10/2022-09-leicestershire-street.csv", &*first), ("new.csv", &*revised)];
        let count = ids.len() + without_id;
        let known = ids.iter().filter(|id| ["1", "2", "3"].contains(id)).count();
        assert_eq!(
            stopped(&files),
            format!(
                "new.csv: has {count} records of Leicestershire Police 2022-09 ({known} records of the file have an id that came before), and \
                 2022-10/2022-09-leicestershire-street.csv has 5; expected each month of a source in one file. If one file \
                 revises the other, leave out the old one, or name it first and give --revised replace; if both are parts of \
                 one month, --revised keep counts both"
            )
        );
        let replaced = run(Some("replace"), &files).unwrap();
        assert_eq!(counts(&replaced), [(0, 5), (count as u64, 0)]);
        assert!(replaced.within_max_rejects);
        let notice = format!(
            "2022-10/2022-09-leicestershire-street.csv: its 5 records of Leicestershire Police 2022-09 are left out; the {count} \
             of new.csv replace them (--revised replace)"
        );
        assert!(replaced.notices.contains(&notice), "{:#?}", replaced.notices);
        // Nothing but the new file has a part in the counts.
        assert_eq!(replaced.cube, run(None, &files[1..]).unwrap().product.cube);
        for dedupe in ["id", "off"] {
            assert_eq!(run_with(dedupe, Some("replace"), &files).unwrap().cube, replaced.cube, "{dedupe}");
        }
        let kept = run_with("off", Some("keep"), &files).unwrap();
        assert_eq!(counts(&kept), [(5, 0), (count as u64, 0)]);
        let notice = format!(
            "new.csv: has {count} records of Leicestershire Police 2022-09, and 2022-10/2022-09-leicestershire-street.csv has 5; \
             neither replaces the other (--revised keep)"
        );
        assert!(kept.notices.contains(&notice), "{:#?}", kept.notices);
    }
}

#[test]
fn the_last_of_three_versions_counts() {
    let versions = [1, 2, 4].map(|count| month(LEICESTERSHIRE, "2022-09", &["1"], count));
    let files = [("a/month.csv", &*versions[0]), ("b/month.csv", &*versions[1]), ("c/month.csv", &*versions[2])];
    assert!(stopped(&files).starts_with("b/month.csv: has 3 records of Leicestershire Police 2022-09 ("));
    assert_eq!(counts(&run(Some("replace"), &files).unwrap()), [(0, 2), (0, 3), (5, 0)]);
    // The order of files decides, and no name.
    let turned = [files[2], files[0], files[1]];
    assert_eq!(counts(&run(Some("replace"), &turned).unwrap()), [(0, 5), (0, 2), (3, 0)]);
    assert_eq!(counts(&run(Some("keep"), &files).unwrap()).len(), 3);
}

#[test]
fn other_forces_and_other_months_are_not_versions() {
    let texts = [
        month(LEICESTERSHIRE, "2022-09", &["1"], 2),
        month("Nottinghamshire Police", "2022-09", &["2"], 2),
        month(LEICESTERSHIRE, "2022-08", &["3"], 2),
        // Outcomes: no type of crime, and so not the layout of reports.
        format!(
            "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Outcome type\n{:a>64},2022-09,\
             Leicestershire Police,Leicestershire Police,-1.13,52.63,X,E01013453,Leicester 001A,Under investigation\n",
            "9"
        ),
    ];
    let files: Vec<(&str, &str)> =
        ["a.csv", "b.csv", "c.csv", "outcomes.csv"].into_iter().zip(texts.iter().map(|text| &**text)).collect();
    let plain = run(None, &files).unwrap();
    assert_eq!(counts(&plain), [(3, 0), (3, 0), (3, 0), (1, 0)]);
    assert_eq!(plain.cube, run(Some("replace"), &files).unwrap().product.cube);
    assert_eq!(plain.cube, run(Some("keep"), &files).unwrap().product.cube);
}

/// Of a file with several months, only the months that a later file has are replaced.
#[test]
fn months_of_one_file_are_replaced_one_by_one() {
    let year = (1..=9).map(|number| rows(LEICESTERSHIRE, &format!("2022-0{number}"), &[&format!("{number}")], 1));
    let year = HEADER.to_owned() + &year.collect::<String>() + &rows("Kent Police", "2022-09", &["k"], 3);
    let autumn = month(LEICESTERSHIRE, "2022-09", &["9", "10"], 4) + &rows(LEICESTERSHIRE, "2022-10", &["11"], 0);
    let summer = month(LEICESTERSHIRE, "2022-08", &["8"], 0) + &rows(LEICESTERSHIRE, "2022-07", &["7"], 0);
    let files = [("year.csv", &*year), ("autumn.csv", &*autumn), ("summer.csv", &*summer)];
    let replaced = run(Some("replace"), &files).unwrap();
    assert_eq!(counts(&replaced), [(16, 6), (7, 0), (2, 0)]);
    let notices = replaced.notices.join("\n");
    for notice in [
        "year.csv: its 2 records of Leicestershire Police 2022-09 are left out; the 6 of autumn.csv replace them",
        "year.csv: its 4 records of Leicestershire Police 2022-07 and another month are left out; the 2 of summer.csv replace them",
    ] {
        assert!(notices.contains(notice), "{notices}");
    }
    let whole = stopped(&[("summer.csv", &summer), ("autumn.csv", &autumn), ("year.csv", &year)]);
    assert!(
        whole.contains("has 4 records of Leicestershire Police 2022-07 and another month (3 records of the file have"),
        "{whole}"
    );
    assert!(whole.contains("and summer.csv has 2 (and 1 more file has other months of it); expected"), "{whole}");
}

/// Two parts of one month stop, with the setting that counts both.
#[test]
fn parts_of_a_month_are_kept_if_told() {
    let (one, other) = (month(LEICESTERSHIRE, "2022-09", &["1", "2"], 1), month(LEICESTERSHIRE, "2022-09", &["3"], 2));
    let files = [("east.csv", &*one), ("west.csv", &*other)];
    assert!(stopped(&files).contains(" (0 records of the file have an id that came before), and east.csv has 3; "));
    assert_eq!(counts(&run(Some("keep"), &files).unwrap()), [(3, 0), (3, 0)]);
}

#[test]
fn a_file_given_twice_stops_in_its_own_words() {
    let police = month(LEICESTERSHIRE, "2022-09", &["1"], 1);
    let log = "lon,lat,date,category,source\n-1.13,52.63,2022-09-03,asb,wardens\n-1.13,52.63,2022-10-04,asb,wardens\n";
    for text in [&*police, log] {
        let files = [("a.csv", text), ("old/b.csv", text)];
        assert_eq!(
            stopped(&files),
            "old/b.csv: is a.csv byte for byte, and its 2 records would count twice; name one of the two, or leave that to \
             --revised replace (--revised keep counts both)"
        );
        assert_eq!(counts(&run(Some("replace"), &files).unwrap()), [(0, 2), (2, 0)]);
        assert_eq!(counts(&run_with("off", Some("keep"), &files).unwrap()), [(2, 0), (2, 0)]);
    }
    // Empty files are alike, and as many bytes need not be the same.
    run(None, &[("a.csv", &police), ("b.csv", HEADER), ("c.csv", HEADER)]).unwrap();
    run(None, &[("a.csv", log), ("b.csv", &log.replace("-1.13", "-1.14"))]).unwrap();
}

/// Files on disk: by other names, compressed, and in folders that add columns.
#[test]
fn files_are_compared_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for parts in ["source=wardens", "source=police"] {
        std::fs::create_dir(path(parts)).unwrap();
        std::fs::copy(own("data/incidents.parquet"), path(&format!("{parts}/part.parquet"))).unwrap();
    }
    let read = |names: &[&str]| {
        let engine = Engine::builder().as_of("2026-03-02").dedupe("off").build()?;
        names.iter().try_fold(engine, |engine, name| engine.incidents(path(name)))
    };
    read(&["source=wardens/part.parquet", "source=police/part.parquet"]).unwrap();
    std::fs::copy(path("source=police/part.parquet"), path("copy.parquet")).unwrap();
    std::fs::copy(path("copy.parquet"), path("other.parquet")).unwrap();
    let error = read(&["copy.parquet", "other.parquet"]).unwrap_err().to_string();
    assert!(error.contains("other.parquet: is ") && error.contains("copy.parquet byte for byte"), "{error}");
}

/// Other logs of one source and one month are other data.
#[test]
fn ordinary_logs_of_the_same_days_all_count() {
    let log = |place: &str| {
        let row = |day: usize| format!("{place},2022-09-{day:02},asb,wardens\n");
        "lon,lat,date,category,source\n".to_owned() + &(1..=30).map(row).collect::<String>()
    };
    let by_month = |place: &str| format!("lon,lat,date,category,source\n{place},2022-09,asb,wardens\n");
    for [one, other] in [[log("-1.13,52.63"), log("-1.14,52.64")], [by_month("-1.13,52.63"), by_month("-1.14,52.64")]] {
        let files = [("2022-09-wardens-street.csv", &*one), ("new/2022-09-wardens-street.csv", &*other)];
        let plain = run(None, &files).unwrap();
        assert_eq!(plain.ledger.quarantined(), 0);
        assert!(plain.notices.iter().all(|notice| !notice.contains("--revised")), "{:#?}", plain.notices);
        assert_eq!(plain.cube, run(Some("replace"), &files).unwrap().product.cube);
    }
}

/// Areas, positions and checks read what waits for a later file too.
#[test]
fn every_product_leaves_replaced_records_out() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (month(LEICESTERSHIRE, "2022-09", &["1", "2"], 6), month(LEICESTERSHIRE, "2022-09", &["1"], 6));
    std::fs::write(folder.path().join("old.csv"), &old).unwrap();
    std::fs::write(folder.path().join("new.csv"), &new).unwrap();
    let square = "[[-1.2,52.6],[-1.1,52.6],[-1.1,52.7],[-1.2,52.7],[-1.2,52.6]]";
    let areas = format!(
        "{{\"type\":\"FeatureCollection\",\"features\":[{{\"type\":\"Feature\",\"properties\":{{\"name\":\"A\"}},\
         \"geometry\":{{\"type\":\"Polygon\",\"coordinates\":[{square}]}}}}]}}"
    );
    std::fs::write(folder.path().join("areas.geojson"), areas).unwrap();
    let told = |command: &[&str], files: &[&str]| {
        let output = tensionmap(folder.path(), &[command, files, &["--json", "--revised", "replace"]].concat());
        assert!(output.status.success(), "{command:?}: {}", stderr(&output));
        serde_json::from_str::<Value>(&stdout(&output)).unwrap()
    };
    let checked = told(&["check"], &["old.csv", "new.csv"]);
    assert_eq!(checked["codes"]["Q_REPLACED"], 8);
    assert_eq!([&checked["read"], &checked["accepted"], &checked["quarantined"]], [15, 7, 8]);
    for (command, out) in [
        (&["map", "--as-of", "2022-10-01", "--manifest", "none"][..], "csv"),
        (
            &["rollup", "--as-of", "2022-10-01", "--areas", "areas.geojson", "--name", "name", "--manifest", "none"],
            "csv",
        ),
        (&["density", "--as-of", "2022-10-01", "--manifest", "none"], "svg"),
    ] {
        let [both, alone] = ["both", "alone"].map(|name| format!("{name}.{out}"));
        told(&[command, &["-o", &both]].concat(), &["old.csv", "new.csv"]);
        told(&[command, &["-o", &alone]].concat(), &["new.csv"]);
        let bytes = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
        if out == "csv" {
            assert_eq!(bytes(&both), bytes(&alone), "{command:?}");
        }
    }
}

fn map(folder: &Path, args: &[&str]) -> (Option<i32>, String) {
    let out: TempDir = tempfile::tempdir().unwrap();
    let path = out.path().join("map.csv");
    let path = path.to_str().unwrap();
    let output = tensionmap(folder, &[&["map", "-o", path, "--manifest", "none"], args].concat());
    (output.status.code(), stderr(&output) + &std::fs::read_to_string(path).unwrap_or_default())
}

/// The terminal: a stop writes nothing, and its advice works when obeyed.
#[test]
fn the_advice_of_a_stop_works() {
    let folder = tempfile::tempdir().unwrap();
    for (name, count) in [("old.csv", 2), ("new.csv", 3)] {
        std::fs::write(folder.path().join(name), month(LEICESTERSHIRE, "2022-09", &["1"], count)).unwrap();
    }
    let (code, said) = map(folder.path(), &["old.csv", "new.csv"]);
    assert_eq!(code, Some(4), "{said}");
    assert!(said.starts_with("error: E_REVISED: new.csv: has 4 records of Leicestershire Police 2022-09"), "{said}");
    std::fs::write(folder.path().join("part.csv"), month(LEICESTERSHIRE, "2022-09", &["2"], 3)).unwrap();
    for advice in ["new.csv", "old.csv new.csv --revised replace", "old.csv part.csv --revised keep"] {
        let (code, said) = map(folder.path(), &advice.split(' ').collect::<Vec<_>>());
        assert_eq!(code, Some(0), "{advice}: {said}");
    }
    let (code, said) = map(folder.path(), &["old.csv", "--revised", "newest"]);
    assert!(code == Some(2) && said.contains("expected one of stop, replace, keep"), "{code:?} {said}");
}

#[test]
fn the_cases_of_the_method_are_counted_once() {
    let Some(file) = shared("method-cases/month_first.csv") else { return };
    let folder = file.parent().unwrap();
    let args = ["month_first.csv", "month_revised.csv", "--as-of", "2022-10-01"];
    let (code, said) = map(folder, &args);
    assert!(
        code == Some(4) && said.contains("month_revised.csv: has 2 records of Leicestershire Police 2022-09"),
        "{said}"
    );
    let (code, said) = map(folder, &[&args[..], &["--revised", "replace"]].concat());
    let window = said.lines().filter(|line| line.contains(",2.0,")).count();
    assert!(code == Some(0) && window == 1, "{said}");
}
