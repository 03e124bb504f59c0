//! Names that steer a terminal, forge a line, or look like formulas: nothing that is printed carries them out.

use std::path::Path;
use std::process::Output;

use crate::support::{own, put, stderr, stdout, tensionmap};

/// A line break before what would be a line of its own, an escape sequence, a mark that turns letters round, a separator of lines.
const HOSTILE: &str = "q\nFORGED 1\r\u{1b}[2J\u{9b}31m\u{202e}\u{2066}\u{2028}\u{61c}z";

/// Hidden letters, written out so that the test does not ask the code it tests.
fn is_hidden(letter: char) -> bool {
    let code = u32::from(letter);
    code < 0x20
        || (0x7f..=0x9f).contains(&code)
        || [0x61c, 0x200e, 0x200f].contains(&code)
        || (0x2028..=0x202e).contains(&code)
        || (0x2066..=0x2069).contains(&code)
}

#[track_caller]
fn is_clean(done: &Output, must_name: bool) {
    let all = format!("{}\n{}", stdout(done), stderr(done));
    let text = all.replace('\n', " ");
    if let Some(letter) = text.chars().find(|letter| is_hidden(*letter)) {
        panic!("{} in {all:?}", letter.escape_unicode());
    }
    assert!(!all.lines().any(|line| line.trim_start().starts_with("FORGED")), "{all}");
    assert!(!must_name || all.contains("FORGED"), "the name is not there at all: {all}");
}

fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// Reports, wards, assessments and settings with hostile names in every place that has names.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let quoted = HOSTILE.replace('"', "\"\"");
    let mut csv = format!("lon,lat,date,category,source,\"{quoted}\"\n");
    for day in 1..=28 {
        let (category, source) = if day % 2 == 0 { ("asb", &*quoted) } else { (&*quoted, "council") };
        csv += &format!("2.{},54.75,2026-02-{day:02},\"{category}\",\"{source}\",x\n", 25 + day % 9);
    }
    csv += &format!("2.3,54.75,\"{quoted}\",asb,council,x\n\"{quoted}\",54.75,2026-02-03,asb,council,x\n");
    put(folder.path(), "reports.csv", &csv);
    let ward = |name: &str, west: f64, east: f64| {
        format!(
            r#"{{"type":"Feature","properties":{{"name":{},{}:7,"WD22CD":"E0500000{}"}},"geometry":{{"type":"Polygon","coordinates":[[[{west},54.7],[{east},54.7],[{east},54.82],[{west},54.82],[{west},54.7]]]}}}}"#,
            json(name),
            json(HOSTILE),
            if west < 2.3 { 1 } else { 2 },
        )
    };
    let bow = r#"{"type":"Feature","properties":{"name":"bow"},"geometry":{"type":"Polygon","coordinates":[[[2.2,54.7],[2.3,54.8],[2.3,54.7],[2.2,54.8],[2.2,54.7]]]}}"#;
    let wards = [ward(HOSTILE, 2.2, 2.31), ward("East", 2.31, 2.4)].join(",");
    put(folder.path(), "wards.geojson", &format!(r#"{{"type":"FeatureCollection","features":[{wards}]}}"#));
    put(folder.path(), "bow.geojson", &format!(r#"{{"type":"FeatureCollection","features":[{wards},{bow}]}}"#));
    folder
}

/// Every verb, with names from the data in accounts, notices, sentences and errors.
#[test]
fn names_of_the_data_are_printed_in_one_piece() {
    let folder = folder();
    let indicator = format!("wards.geojson:{HOSTILE}:intensive");
    let column = format!("category={HOSTILE}");
    let lenient = ["--max-rejects", "50%"];
    let runs: [(&[&str], bool); 14] = [
        (&["check", "reports.csv"], true),
        (&["check", "reports.csv", "--json"], true),
        (&["check", "reports.csv", "--progress", "json", "--area", "bow.geojson"], true),
        (&["check", "--indicator", &indicator], true),
        (&["map", "reports.csv", "-v", "--area", "wards.geojson", "--indicator", &indicator], true),
        (&["map", "reports.csv", "-o", "m.csv", "--fill", HOSTILE], true),
        (&["map", "reports.csv", "-o", "m.csv", "--column", &column], true),
        (&["map", "reports.csv", "-o", "m.csv", "--allow-column", HOSTILE, "--reason", "why"], false),
        (&["map", "reports.csv", "-v", "-o", "m.png", "--context", "wards.geojson:districts"], false),
        (&["explain", "54.75,2.3", "reports.csv", "-v"], true),
        (&["explain", "54.75,2.3", "reports.csv", "--json"], true),
        (&["coverage", "reports.csv", "-v", "-o", "c.csv", "--areas", "wards.geojson", "--name", "name"], true),
        (&["rollup", "reports.csv", "-v", "-o", "r.csv", "--areas", "wards.geojson", "--name", HOSTILE], true),
        (&["series", "reports.csv", "-v", "-o", "s.csv", "--areas", "wards.geojson"], false),
    ];
    for (args, must_name) in runs {
        let done = tensionmap(folder.path(), &[args, &lenient].concat());
        is_clean(&done, must_name);
    }
    // JSON keeps the value of hidden names.
    let done = tensionmap(folder.path(), &["check", "reports.csv", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&stdout(&done)).unwrap();
    assert!(document["unmapped"].get(HOSTILE.trim()).is_some(), "{}", document["unmapped"]);
}

/// Words of the command line come back in errors of usage and of settings.
#[test]
fn words_of_the_command_line_are_printed_in_one_piece() {
    let folder = folder();
    let flag = format!("--{HOSTILE}");
    let valued = format!("--resolution={HOSTILE}");
    let option = format!("reports.csv,preset={HOSTILE}");
    for args in [
        &[HOSTILE][..],
        &["map", &flag],
        &["map", "reports.csv", &valued],
        &["list", HOSTILE],
        &["list", "method", HOSTILE],
        &["explain", HOSTILE, "reports.csv"],
        &["map", &option],
        &["map", HOSTILE],
        &["map", "reports.csv", "--area", HOSTILE],
        &["map", "reports.csv", "--config", HOSTILE],
        &["map", "reports.csv", "--method", HOSTILE],
        &["map", "reports.csv", "--title", HOSTILE],
        &["map", "reports.csv", "-o", HOSTILE],
        &["map", "reports.csv", "-o", "m.png", "--page", HOSTILE],
        &["hotspots", "reports.csv", "--statistic", HOSTILE],
        &["map", "reports.csv", "--print-config", "--area", HOSTILE],
        &["map", "reports.csv", "--print-config", "--source", "a\u{202e}b"],
    ] {
        let must_name = args.iter().any(|word| word.contains("FORGED"));
        is_clean(&tensionmap(folder.path(), args), must_name);
        is_clean(&tensionmap(folder.path(), &[args, &["--json"]].concat()), must_name);
        is_clean(&tensionmap(folder.path(), &[args, &["--progress", "json"]].concat()), must_name);
    }
}

/// Excerpts of settings files keep their lines, and nothing in them forges one. What is printed as TOML means the same when read.
#[test]
fn settings_files_are_quoted_without_their_hidden_letters() {
    let folder = folder();
    let key = json(HOSTILE);
    for (text, must_name) in [
        (format!("{key} = 1\n"), true),
        (format!("resolution = {key}\n"), true),
        ("title = \"a\u{1b}[2J\u{202e}\n".to_owned(), false),
        (format!("[[input]]\npath = \"reports.csv\"\n{key} = 2\n"), true),
        (format!("[[input]]\npath = {key}\n"), true),
        (format!("[[output]]\npath = \"m.png\"\n{key} = 2\n"), true),
    ] {
        put(folder.path(), "c.toml", &text);
        is_clean(&tensionmap(folder.path(), &["map", "--config", "c.toml", "-o", "m.png"]), must_name);
        put(folder.path(), "method.toml", &text);
        is_clean(&tensionmap(folder.path(), &["map", "reports.csv", "--method", "method.toml"]), false);
        is_clean(&tensionmap(folder.path(), &["map", "reports.csv", "--weights", "method.toml"]), false);
        is_clean(&tensionmap(folder.path(), &["map", "reports.csv", "--categories", "method.toml"]), false);
    }
    put(folder.path(), "c.toml", &format!("[categories]\n{key} = {key}\n"));
    is_clean(&tensionmap(folder.path(), &["map", "reports.csv", "--categories", "c.toml"]), true);
    put(folder.path(), "c.toml", "resolution = \"eight\"\n");
    let said = stderr(&tensionmap(folder.path(), &["map", "--config", "c.toml"]));
    assert!(said.contains("\n1 | resolution = \"eight\"\n"), "{said}");
    let layer = "north \u{202e}\"end\u{7}\nof\" it's \\ \u{85}";
    let names = tensionmap(folder.path(), &["map", "reports.csv", "--print-config", "--layer", layer]);
    is_clean(&names, false);
    put(folder.path(), "again.toml", &stdout(&names));
    let again = tensionmap(folder.path(), &["map", "--config", "again.toml", "--print-config", "--json"]);
    let settings: serde_json::Value = serde_json::from_str(&stdout(&again)).unwrap();
    assert_eq!(settings["result"]["settings"]["layer"], layer);
}

/// A file whose name has a line break is named on one line wherever it is named: as input, area, result and quarantine.
#[cfg(unix)]
#[test]
fn a_file_name_forges_no_line() {
    let folder = folder();
    let reports = format!("{HOSTILE}.csv");
    let (png, table) = (format!("{HOSTILE}.png"), format!("{HOSTILE}-r.csv"));
    let wards = format!("{HOSTILE}.geojson");
    std::fs::copy(folder.path().join("reports.csv"), folder.path().join(&reports)).unwrap();
    std::fs::copy(folder.path().join("wards.geojson"), folder.path().join(&wards)).unwrap();
    for args in [
        &["check", &reports][..],
        &["map", &reports, "-v", "--area", &wards, "-o", &png, "-o", &table],
        &["map", &reports, "--area", &wards, "-o", &reports],
        &["map", &reports, &reports],
        &["map", &reports, "--area", &wards, "-o", &png, "--json"],
        &["map", &wards, "-o", &png],
        &["render", &reports],
        &["explain", "54.75,2.3", &reports, "-v"],
        &["map", &reports, "--quarantine", &wards, "-o", &png],
    ] {
        is_clean(&tensionmap(folder.path(), args), true);
    }
    let demo = format!("out{HOSTILE}");
    is_clean(&tensionmap(folder.path(), &["demo", &demo]), true);
    let ledger = std::fs::read_to_string(folder.path().join(&demo).join("ledger.txt")).unwrap();
    assert!(!ledger.contains("FORGED"), "{ledger}");
}

/// Columns of a table that a spreadsheet could take for formulas begin with an apostrophe, and in a workbook are marked as text.
#[test]
fn no_name_becomes_a_formula() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(own("data/incidents.csv"), folder.path().join("a.csv")).unwrap();
    let names = ["=1", "+1", "-1", "@a", "＝1", "＋1", "－1", "＠a", "\u{200b}=1", "plain=1"];
    let ward = |(number, name): (usize, &&str)| {
        let west = 2.2 + 0.2 / names.len() as f64 * number as f64;
        let east = west + 0.2 / names.len() as f64;
        format!(
            r#"{{"type":"Feature","properties":{{"name":{}}},"geometry":{{"type":"Polygon","coordinates":[[[{west},54.7],[{east},54.7],[{east},54.82],[{west},54.82],[{west},54.7]]]}}}}"#,
            json(name)
        )
    };
    let wards: Vec<String> = names.iter().enumerate().map(ward).collect();
    put(folder.path(), "w.geojson", &format!(r#"{{"type":"FeatureCollection","features":[{}]}}"#, wards.join(",")));
    let run = [
        "rollup",
        "a.csv",
        "--max-rejects",
        "5%",
        "--areas",
        "w.geojson",
        "--name",
        "name",
        "-o",
        "w.csv",
        "-o",
        "w.xlsx",
    ];
    let done = tensionmap(folder.path(), &run);
    assert!(folder.path().join("w.csv").exists(), "{}", stderr(&done));
    let mut table = csv::Reader::from_path(folder.path().join("w.csv")).unwrap();
    let at = table.headers().unwrap().iter().position(|name| name == "name").unwrap();
    let found: Vec<String> = table.records().map(|row| row.unwrap()[at].to_owned()).collect();
    let guarded = |name: &str| if name == "plain=1" { name.to_owned() } else { format!("'{name}") };
    let mut expected: Vec<String> = names.iter().map(|name| guarded(name)).collect();
    let mut sorted = found.clone();
    expected.sort();
    sorted.sort();
    assert_eq!(sorted, expected);
    let styles = member(&folder.path().join("w.xlsx"), "xl/styles.xml");
    assert!(styles.contains("quotePrefix=\"1\""), "{styles}");
    assert!(!member(&folder.path().join("w.xlsx"), "xl/worksheets/sheet1.xml").contains("<f>"));
}

fn member(path: &Path, name: &str) -> String {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    std::io::read_to_string(archive.by_name(name).unwrap()).unwrap()
}
