//! Inputs with options of their own: on the command line, in a settings file and in Rust.

use std::path::Path;

use serde_json::{Value, json};
use tensionmap::{Day, Engine, Input, Reading};

use crate::support::{own, stderr, stdout, tensionmap};

const POLICE: &str = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Crime type\n\
    ,2026-01,Dogger Police,Dogger Police,2.30,54.77,Public order\n\
    ,2026-02,Dogger Police,Dogger Police,2.31,54.77,Public order\n\
    ,2026-02,Dogger Police,Dogger Police,,,Public order\n";
/// Windows-1252, semicolons, decimal commas, day before month, columns and labels of its own.
const COUNCIL: &[u8] =
    b"When;lon;lat;What;note\n27/02/2026;2,30;54,77;Gru\xdfwort;caf\xe9\n28/02/2026;2,30;54,77;asb;x\n\
    31/02/2026;2,30;54,77;asb;x\n";
const LABELS: &str = "[categories]\n\"Gru\u{df}wort\" = \"positive_cohesion\"\n";
const WEEKLY: &str = r#"
as-of = "2026-03-02"
max-rejects = "2"

[[input]]
path = "months/*-street.csv"

[[input]]
path = "council.csv"
date-format = "%d/%m/%Y"
decimal = ","
encoding = "windows-1252"
source = "council"
categories = "labels.toml"
[input.column]
date = "When"
category = "What"

[[output]]
path = "map.geojson"

[[output]]
path = "map.csv"
"#;
const OPTIONS: &str = ",date-format=%d/%m/%Y,decimal=,,encoding=windows-1252,source=council,categories=job/labels.toml,column.date=When,column.category=What";

fn put(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

/// A folder `job` with police months, a council log, labels and the settings of a weekly map.
fn job() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "job/months/2026-02-dogger-street.csv", POLICE);
    put(folder.path(), "job/council.csv", COUNCIL);
    put(folder.path(), "job/labels.toml", LABELS);
    put(folder.path(), "job/weekly.toml", WEEKLY);
    folder
}

fn layer(folder: &Path, name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder.join(name)).unwrap()).unwrap()
}

/// Police months and a council log with other dates, columns, numbers, labels and encoding, from a settings file alone.
#[test]
fn a_weekly_job_is_one_file() {
    let folder = job();
    let at = folder.path();
    let done = tensionmap(at, &["map", "--config", "job/weekly.toml", "-v"]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert_eq!(stdout(&done), "job/map.geojson\njob/map.csv\n");
    // The account is true for both.
    let said = stderr(&done);
    for line in [
        "2026-02-dogger-street.csv (csv; longitude=Longitude",
        "read 3 = accepted 2 + quarantined 1",
        "council.csv (csv; longitude=lon, latitude=lat, date=When, category=What)",
        "Q_BAD_DATE              1",
    ] {
        assert!(said.contains(line), "{said} does not say {line}");
    }
    assert!(!said.contains("unmapped"), "{said}");
    let map = layer(at, "job/map.geojson");
    let provenance = &map["tensionmap"];
    assert_eq!((&provenance["read"], &provenance["accepted"]), (&json!(6), &json!(4)), "{map}");
    assert_eq!(provenance["sources"], json!({"Dogger Police": 0.5, "council": 0.5}));
    let options = json!({
        "column": ["category=What", "date=When"], "categories": "labels.toml", "source": "council",
        "date-format": "%d/%m/%Y", "encoding": "windows-1252", "decimal": ","
    });
    assert_eq!(provenance["inputs"][1]["name"], "council.csv");
    assert_eq!(provenance["inputs"][1]["options"], options);
    assert_eq!(provenance["inputs"][0].get("options"), None);
    let manifest = layer(at, "job/map.manifest.json");
    let of = |role: &str, name: &str| {
        let mut inputs = manifest["inputs"].as_array().unwrap().iter();
        inputs.find(|input| input["role"] == role && input["name"] == name).unwrap().clone()
    };
    assert_eq!(of("reports", "council.csv")["options"], options);
    assert!(of("categories", "labels.toml")["sha256"].is_string());
    assert_eq!((&manifest["settings"]["input"], &manifest["settings"]["output"]), (&Value::Null, &Value::Null));

    // The file of --print-config gives the same run from any folder, and so does the command line.
    let printed = stdout(&tensionmap(at, &["map", "--config", "job/weekly.toml", "--print-config"]));
    assert_eq!(printed.matches("[[input]]\npath = \"/").count(), 2, "{printed}");
    put(at, "printed.toml", &printed);
    assert_eq!(stdout(&tensionmap(at, &["map", "--config", "printed.toml", "--print-config"])), printed);
    let first = std::fs::read(at.join("job/map.geojson")).unwrap();
    std::fs::remove_file(at.join("job/map.geojson")).unwrap();
    assert_eq!(tensionmap(at, &["map", "--config", "printed.toml", "-q"]).status.code(), Some(0));
    assert!(std::fs::read(at.join("job/map.geojson")).unwrap() == first);
    let words = ["map", "job/months/*.csv", &format!("job/council.csv{OPTIONS}"), "--as-of", "2026-03-02", "-q"];
    let words = [&words[..], &["-o", "words.geojson", "--max-rejects", "2"]].concat();
    let done = tensionmap(at, &words);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert!(std::fs::read(at.join("words.geojson")).unwrap() == first);

    // Words choose among the inputs of the file, which keep their options; those of the word win.
    let check = |words: &[&str]| {
        let args = [&["check", "--config", "job/weekly.toml", "--json"], words].concat();
        serde_json::from_str::<Value>(&stdout(&tensionmap(at, &args))).unwrap()
    };
    assert_eq!((&check(&[])["read"], &check(&[])["accepted"]), (&json!(6), &json!(4)));
    assert_eq!(check(&["job/council.csv"])["codes"], json!({"Q_BAD_DATE": 1}));
    assert_eq!(check(&["job/c*.csv"])["accepted"], 2);
    assert_eq!(check(&["job/council.csv,date-format=%m/%d/%Y"])["codes"], json!({"Q_BAD_DATE": 3}));
    let over = tensionmap(at, &["map", "--config", "job/weekly.toml", "-o", "other.csv", "-q"]);
    assert_eq!(stdout(&over), "other.csv\n");
    // Another command reads the same file, without the outputs of the map.
    let explained = tensionmap(at, &["explain", "54.77,2.30", "--config", "job/weekly.toml", "-q"]);
    assert!(stdout(&explained).contains("OFFICIAL-SENSITIVE"), "{}", stderr(&explained));
}

/// Options of an input in Rust: they win over those of the run.
#[test]
fn options_of_an_input_win_over_those_of_the_run() {
    let log = |name: &str, date: &str| {
        Input::Bytes(name.into(), format!("lon,lat,Day,date\n2.3,54.7,{date},2020-01-01\n").into())
    };
    let engine = Engine::builder().date_format("%d.%m.%Y").column("date".parse().unwrap(), "Day").as_of("2026-03-02");
    let run = engine.build().unwrap();
    let run = run.incidents(log("run.csv", "27.02.2026")).unwrap();
    let own = Reading::new().date_format("%Y%m%d").source("ours");
    let run = run.incidents_with(log("own.csv", "20260228"), own).unwrap();
    let own = Reading::new().date_format("%Y-%m-%d").column("date".parse().unwrap(), "date");
    let run = run.incidents_with(log("column.csv", "?"), own).unwrap().run().unwrap();
    assert_eq!((run.ledger.read(), run.ledger.accepted()), (3, 3), "{}", run.ledger);
    let starts = run.cube.frame().unwrap();
    let first = starts.column("start").unwrap().i32().unwrap().iter().flatten().min().unwrap();
    assert_eq!(Day(first).to_string(), "2020-01-01");
    let wrong = Engine::builder().build().unwrap().incidents_with(log("a.csv", "?"), Reading::new().delimiter("ab"));
    assert!(wrong.unwrap_err().to_string().starts_with("delimiter \"ab\" is not usable"));
}

/// A source of its own is for reports that name none: others keep theirs, cell by cell of the column.
#[test]
fn a_source_names_the_reports_that_name_none() {
    let text = "lon,lat,date,category,source\n2.3,54.7,2026-02-25,asb,ours\n2.3,54.7,2026-02-26,asb,\n2.3,54.7,2026-02-27,asb, \n";
    let input = Input::Bytes("a.csv".into(), text.into());
    let engine = Engine::builder().as_of("2026-03-02").source("others").build().unwrap();
    let run = engine.incidents(input).unwrap().run().unwrap();
    let shares: Vec<(String, f64)> = run.layer.provenance().sources.clone().into_iter().collect();
    assert_eq!(shares.len(), 2, "{shares:?}");
    assert!((shares[0].1 - 2.0 / 3.0).abs() < 1e-9 && shares[0].0 == "others", "{shares:?}");
}

/// Ids that do not rise make files be read a second time, each with its own options: repeats across files are found.
#[test]
fn repeats_are_found_across_files_of_different_options() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "a.csv", "id;lon;lat;date\n1;2,3;54,7;01/02/2026\n2;2,3;54,7;02/02/2026\n");
    put(folder.path(), "b.csv", "id,lon,lat,date\n3,2.3,54.7,2026-02-03\n1,2.3,54.7,2026-02-04\n");
    let args = ["check", "a.csv,date-format=%d/%m/%Y,decimal=,", "b.csv", "--dedupe", "id", "--json"];
    let account: Value = serde_json::from_str(&stdout(&tensionmap(folder.path(), &args))).unwrap();
    assert_eq!((&account["accepted"], &account["codes"]), (&json!(3), &json!({"W_DUP_ID": 1})), "{account}");
}

/// The name of an existing file is all of it, whatever it looks like; a comma without an option is part of a name.
#[test]
fn names_with_commas_stay_names() {
    let folder = tempfile::tempdir().unwrap();
    for (day, name) in (1..).zip(["a,b.csv", "log,date-format=%d.csv", "x,y/a,1.csv"]) {
        put(folder.path(), name, format!("lon,lat,date\n2.3,54.7,2026-01-0{day}\n"));
    }
    for words in [
        &["a,b.csv"][..],
        &["log,date-format=%d.csv"],
        &["x,y/*.csv"],
        &["a,b.csv,source=x", "x,y/a,*.csv,source=y"],
        &["log,date-format=%d.csv,source=x"],
    ] {
        let done = tensionmap(folder.path(), &[&["check", "-q"], words].concat());
        assert_eq!(done.status.code(), Some(0), "{words:?}: {}", stderr(&done));
    }
    let parquet = own("data/incidents.parquet");
    put(folder.path(), "parts/a.parquet", std::fs::read(parquet).unwrap());
    let args = ["map", "parts,source=ours", "--as-of", "2026-03-02", "-o", "a.geojson", "-q", "--print-config"];
    assert!(stdout(&tensionmap(folder.path(), &args)).contains("/parts\"\nsource = \"ours\"\n"));
}

/// What is wrong with an input says which table or file, which key, and the nearest that is known.
#[test]
fn mistakes_in_inputs_name_the_table_the_key_and_the_nearest() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "a.csv", "lon,lat,date\n2.3,54.7,2026-01-05\n");
    for (toml, message) in [
        (
            "[[input]]\ndate-format = \"%d\"\n",
            "c.toml: line 1: [[input]] 1: has no `path`; add one, such as path = \"FILE\"",
        ),
        ("[[input]]\npth = \"a.csv\"\n", "c.toml: line 1: [[input]] 1: has no `path`; did you mean it by `pth`?"),
        ("[[input]]\npath = 3\n", "line 2: [[input]] 1: has no `path`"),
        ("input = \"a.csv\"\n", "c.toml: line 1: `input` is a list of tables; begin each with [[input]]"),
        ("[input]\npath = \"a.csv\"\n", "c.toml: line 1: `input` is a list of tables; begin each with [[input]]"),
        (
            "[[input]]\npath = \"a.csv\"\n\n[[input]]\npath = \"b.csv\"\ndateformat = \"%d\"\n",
            "c.toml: line 6: [[input]] 2 (b.csv): unknown option `dateformat`; an input has preset, column, ",
        ),
        ("[[input]]\npath = \"a.csv\"\ndateformat = \"%d\"\n", "; did you mean `date-format`?"),
        (
            "[[input]]\npath = \"a.csv\"\nresolution = 9\n",
            "line 3: [[input]] 1 (a.csv): `resolution` holds for a run as a whole, not for one input; give --resolution, or set it \
             above the first table",
        ),
        ("[[input]]\npath = \"a.csv\"\ndedupe = \"off\"\n", "`dedupe` holds for a run as a whole"),
        (
            "[[input]]\npath = \"a.csv\"\n[[input]]\npath = \"./a.csv\"\n",
            "line 4: [[input]] 2 (./a.csv): has the `path` of [[input]] 1; name it once",
        ),
        ("output = [\"map.png\"]\n", "c.toml: line 1: [[output]] 1: is not a table; begin it with [[output]]"),
        ("[[output]]\npaht = \"a.png\"\n", "c.toml: line 1: [[output]] 1: has no `path`; did you mean it by `paht`?"),
        (
            "[[output]]\npath = \"a.png\"\nfill = \"level\"\n",
            "line 3: [[output]] 1 (a.png): `fill` holds for a run as a whole, not for one output; set it above the first table",
        ),
        (
            "[[output]]\npath = \"a.png\"\nzebra = 1\n",
            "line 3: [[output]] 1 (a.png): unknown key `zebra`; an output has path",
        ),
        (
            "[[output]]\npath = \"a.png\"\n[[output]]\npath = \"./a.png\"\n",
            "line 4: [[output]] 2 (./a.png): has the `path` of [[output]] 1; name it once",
        ),
        ("inputs = []\n", "c.toml: line 1: unknown key `inputs`; did you mean `input`?"),
        ("\nresolutoin = 8\n", "c.toml: line 2: unknown key `resolutoin`; did you mean `resolution`?"),
        ("zebra = 8\n", "c.toml: line 1: unknown key `zebra`; `tensionmap list settings` prints them"),
        (
            "[[input]]\npath = \"a.csv\"\nencoding = \"windos-1252\"\n",
            "a.csv: encoding \"windos-1252\" is not usable: expected a name such as utf-8, windows-1252 or utf-16le; did you mean `windows-1252`?",
        ),
        ("[[input]]\npath = \"none.csv\"\n", "none.csv: cannot be read; check the path"),
        ("[[input]]\npath = \"a.csv\"\nencoding = 3\n", "c.toml: cannot be used as a configuration"),
        ("[[input]]\npath = \"a.csv\"\ncategories = \"none.toml\"\n", "none.toml: "),
    ] {
        put(folder.path(), "c.toml", toml);
        let refused = tensionmap(folder.path(), &["map", "--config", "c.toml"]);
        let code = refused.status.code();
        assert!(matches!(code, Some(2 | 4)) && stdout(&refused).is_empty(), "{toml}: {code:?}");
        assert!(stderr(&refused).contains(message), "{toml}: {} does not say {message}", stderr(&refused));
    }
    for (args, message) in [
        (&["map", "a.csv,dateformat=%d"][..], "a.csv: unknown option `dateformat`; an input has "),
        (&["map", "a.csv,dateformat=%d"], "; did you mean `date-format`?"),
        (&["map", "a.csv,resolution=8"], "a.csv: `resolution` holds for a run as a whole"),
        (&["map", "a.csv,source=x,source=y"], "a.csv: has `source` twice; give it once"),
        (&["map", ",source=x"], ",source=x: has no file before its options"),
        (&["map", "a.csv,column.dat=x"], "a.csv: column role \"dat\" is not usable: expected one of longitude, "),
        (&["map", "a.csv,source="], "a.csv: source \"\" is not usable: expected a name, such as council"),
        (&["map", "a.csv,date-format=%d/%m/%Y", "./a.csv"], "./a.csv: is given twice"),
        (&["map", "lost.csv,date-format=%d/%m/%Y"], "lost.csv: cannot be read; check the path"),
        (&["map", "a.csv,categories=a.csv"], "a.csv: cannot be used as a table of categories"),
        (
            &["map", "a.csv", "--area", "b.geojson,encoding=utf-8"],
            "b.geojson,encoding=utf-8: is the area and not an input of reports, which alone has options such as `encoding`; remove \
             them",
        ),
        (
            &["map", "a.csv", "--method", "m.toml,source=x"],
            "m.toml,source=x: is the method and not an input of reports",
        ),
        (
            &["render", "map.geojson,date-format=%d"],
            "map.geojson: options of reading are not available with `render`, because a saved layer is already scored; remove them",
        ),
    ] {
        let refused = tensionmap(folder.path(), args);
        assert!(matches!(refused.status.code(), Some(2 | 4)), "{args:?}: {}", stderr(&refused));
        assert!(stderr(&refused).contains(message), "{args:?}: {} does not say {message}", stderr(&refused));
    }
    // A file of categories that one input names is a file that is read.
    put(folder.path(), "l.toml", LABELS);
    let refused = tensionmap(folder.path(), &["map", "a.csv,categories=l.toml", "--quarantine", "l.toml"]);
    assert!(
        stderr(&refused).contains("l.toml: would be overwritten, but it is a file that is read"),
        "{}",
        stderr(&refused)
    );
}
