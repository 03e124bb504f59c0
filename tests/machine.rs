//! The command line for programs: one JSON value of one shape, results on standard output, progress by the line.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use tensionmap::unstable::config::SETTINGS;
use tensionmap::{Engine, Settings};

use crate::support::{WARDS, own, stderr, stdout, tensionmap};

/// The first ward with its corners the other way round.
const CLOCKWISE: &str = "[[[2.2,54.7],[2.2,54.82],[2.31,54.82],[2.31,54.7],[2.2,54.7]]]";

/// Members of every document, in order.
const MEMBERS: [&str; 13] = [
    "tensionmap",
    "command",
    "status",
    "outputs",
    "read",
    "accepted",
    "quarantined",
    "codes",
    "warnings",
    "unmapped",
    "areas",
    "notices",
    "result",
];

/// Standard output as exactly one JSON value on one line.
fn one_value(text: &str) -> Value {
    assert_eq!(text.matches('\n').count(), 1, "{text}");
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn folder() -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("wards.geojson"), WARDS).unwrap();
    (folder, own("data/incidents.csv").display().to_string())
}

/// Every command, with the members of its result.
fn commands(data: &str) -> Vec<(Vec<&str>, Vec<&'static str>)> {
    let dated = ["--as-of", "2026-03-02", "--max-rejects", "1%"];
    let of = |args: &[&'static str]| -> Vec<&str> {
        let (verb, rest) = args.split_first().unwrap();
        [&[*verb, data][..], &dated, rest].concat()
    };
    vec![
        (of(&["map", "-o", "m.geojson", "-o", "m.csv"]), vec!["provenance", "standing_out"]),
        (vec!["render", "m.geojson", "-o", "r.csv"], vec!["provenance"]),
        (vec!["check", data, "--max-rejects", "1%"], vec!["extent", "span"]),
        (of(&["calibrate", "-o", "c.toml"]), vec!["as_of", "d_half", "method", "method_hash"]),
        (of(&["coverage", "-o", "v.csv"]), vec!["as_of", "study_area"]),
        (["explain", "8819631b47fffff", data, "--as-of", "2026-03-02", "--max-rejects", "1%"].to_vec(), vec!["cell"]),
        (of(&["hotspots", "-o", "h.geojson"]), vec!["provenance"]),
        (of(&["hotspots", "--statistic", "knox", "-o", "k.csv", "--permutations", "9"]), vec!["provenance"]),
        (
            of(&["rollup", "--areas", "wards.geojson", "--name", "name", "-o", "w.csv"]),
            vec!["provenance", "standing_out"],
        ),
        (of(&["series", "--from", "2026-02-16", "-o", "s.csv"]), vec!["provenance"]),
        (of(&["density", "-o", "d.png"]), vec!["as_of"]),
        (vec!["demo", "demo"], vec!["provenance", "standing_out"]),
        (vec!["list", "formats"], vec!["items"]),
        (of(&["map", "--print-config"]), vec!["settings"]),
    ]
}

#[test]
fn every_command_answers_in_one_shape() {
    let (folder, data) = folder();
    let mut verbs = BTreeSet::new();
    for (args, members) in commands(&data) {
        verbs.insert(args[0].to_owned());
        let output = tensionmap(folder.path(), &[&args[..], &["--json", "-q"]].concat());
        assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""), "{args:?}");
        let document = one_value(&stdout(&output));
        let keys: Vec<&str> = document.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, MEMBERS, "{args:?}");
        assert_eq!((document["command"].as_str(), document["status"].as_str()), (Some(args[0]), Some("clean")));
        let whole = |name: &str| document[name].as_u64().unwrap();
        assert_eq!(whole("read"), whole("accepted") + whole("quarantined"), "{args:?}");
        for path in document["outputs"].as_array().unwrap() {
            assert!(folder.path().join(path.as_str().unwrap()).is_file(), "{args:?}: {path}");
        }
        let result = document["result"].as_object().unwrap();
        assert!(members.iter().all(|member| result.contains_key(*member)), "{args:?}: {:?}", result.keys());
    }
    let listed = stdout(&tensionmap(folder.path(), &["list", "commands", "--json"]));
    let listed = one_value(&listed)["result"]["items"].as_array().unwrap().clone();
    assert_eq!(verbs, listed.iter().map(|command| command["name"].as_str().unwrap().to_owned()).collect());
    // The page on it names every member and every command, and every member of a parameter.
    let page = std::fs::read_to_string(own("docs/machine.md")).unwrap();
    let parameter = listed[0]["parameters"][0].as_object().unwrap();
    for name in MEMBERS.into_iter().chain(verbs.iter().map(String::as_str)).chain(parameter.keys().map(String::as_str))
    {
        assert!(page.contains(&format!("`{name}`")), "{name}");
    }
    // The same records, too many of them this time.
    let output = tensionmap(folder.path(), &["check", &data, "--json"]);
    assert_eq!((output.status.code(), one_value(&stdout(&output))["status"].as_str()), (Some(3), Some("quarantined")));
}

/// Code, file, line, column and a part of the advice.
type Expected = (&'static str, Option<&'static str>, Option<u64>, Option<u64>, &'static str);

/// An error is JSON too, with a stable code, place and advice; the exit code stays.
#[test]
fn errors_are_one_shape_too() {
    let (folder, data) = folder();
    std::fs::write(folder.path().join("bad.geojson"), "{\"type\":\"FeatureCollection\",\n \"features\":[}").unwrap();
    std::fs::write(folder.path().join("latin.csv"), b"lon,lat,date\n2.3,54.7,2026-01-05\n\xe9,1,2\n").unwrap();
    std::fs::write(folder.path().join("taken.manifest.json"), "{}").unwrap();
    std::fs::write(folder.path().join("open.toml"), "resolution = 8\ntitle = \"x\n").unwrap();
    std::fs::write(folder.path().join("pathless.toml"), "resolution = 8\n\n[[input]]\npth = \"a.csv\"\n").unwrap();
    let cases: Vec<(Vec<&str>, i32, Expected)> = vec![
        (
            vec!["map", "none.csv"],
            4,
            ("E_IO", Some("none.csv"), None, None, "check the path and that the file is readable and complete"),
        ),
        (vec!["check", "bad.geojson"], 4, ("E_JSON", Some("bad.geojson"), Some(2), Some(14), "")),
        (
            vec!["check", "latin.csv"],
            4,
            ("E_ENCODING", Some("latin.csv"), Some(3), None, "if the file has another encoding, name it"),
        ),
        (
            vec!["map", &data, "--resolution", "16"],
            2,
            ("E_SETTING", None, None, None, "expected a whole number from 0 to 15"),
        ),
        (
            vec!["map", &data, "-o", "taken.png"],
            2,
            ("E_OUTPUT", Some("taken.manifest.json"), None, None, "choose another place with --manifest FILE"),
        ),
        (
            vec!["map", &data, "-o", "none/map.png"],
            5,
            ("E_OUTPUT", Some("none/map.png"), None, None, "check that its folder exists"),
        ),
        (
            vec!["render", "wards.geojson"],
            4,
            ("E_LAYER", Some("wards.geojson"), None, None, "save the layer again with map"),
        ),
        (
            vec![
                "map",
                &data,
                "--as-of",
                "2000-01-01",
                "--area",
                "wards.geojson",
                "--manifest",
                "none",
                "-o",
                "-",
                "--format",
                "csv",
            ],
            2,
            ("E_SETTING", None, None, None, "expected no --json"),
        ),
        (
            vec!["map", "--config", "open.toml"],
            2,
            ("E_SETTING", Some("open.toml"), Some(2), None, "`--print-config` prints one to edit"),
        ),
        (
            vec!["map", "--config", "pathless.toml"],
            2,
            ("E_SETTING", Some("pathless.toml"), Some(3), None, "did you mean it by `pth`?"),
        ),
        (vec!["mpa"], 2, ("E_USAGE", None, None, None, "")),
        (vec!["map", "--resolutoin", "8"], 2, ("E_USAGE", None, None, None, "--resolution")),
    ];
    for (args, code, (id, file, line, column, advice)) in cases {
        let output = tensionmap(folder.path(), &[&args[..], &["--json"]].concat());
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", stderr(&output));
        let document = one_value(&stdout(&output));
        assert_eq!(document.as_object().unwrap().len(), 1);
        let error = &document["error"];
        let keys: Vec<&str> = error.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["code", "file", "line", "column", "message", "advice"]);
        assert_eq!((error["code"].as_str(), error["file"].as_str()), (Some(id), file), "{error}");
        assert_eq!((error["line"].as_u64(), error["column"].as_u64()), (line, column), "{error}");
        assert!(error["advice"].as_str().unwrap_or_default().contains(advice), "{error}");
        assert!(
            stderr(&output).contains(error["message"].as_str().unwrap().split("; because: ").next().unwrap()),
            "{error}"
        );
    }
}

/// `-o -` gives the bytes of the file and nothing else.
#[test]
fn one_result_goes_to_standard_output() {
    let (folder, data) = folder();
    let base = ["map", &data, "--as-of", "2026-03-02", "--max-rejects", "1%"];
    let run = |args: &[&str]| tensionmap(folder.path(), &[&base, args].concat());
    for format in ["csv", "geojson", "arrow", "png", "kepler.json"] {
        let name = format!("file.{format}");
        assert!(run(&["-o", &name, "-q", "--manifest", "none"]).status.success());
        let output = run(&["-o", "-", "--format", format]);
        assert!(output.status.success(), "{}", stderr(&output));
        assert!(output.stdout == std::fs::read(folder.path().join(&name)).unwrap(), "{format}");
        assert!(stderr(&output).starts_with("read 6001 reports from "), "{}", stderr(&output));
    }
    // A command with one format needs no name for it.
    let method = tensionmap(folder.path(), &[&["calibrate"], &base[1..], &["-o", "-"]].concat());
    assert!(stdout(&method).starts_with("name = \"tension-2\""), "{}", stdout(&method));
    let before = std::fs::read_dir(folder.path()).unwrap().count();
    for (args, expected) in [
        (&["-o", "-"][..], "format \"none\" is not usable: expected one of png, svg, geojson,"),
        (&["-o", "-", "--format", "gif"], "format \"gif\" is not usable: expected one of png,"),
        (&["-o", "-", "-o", "a.csv", "--format", "csv"], "expected no other result beside standard output"),
        (&["-o", "-", "--format", "csv", "--manifest", "m.json"], "expected no --manifest beside it"),
        (&["-o", "a.csv", "--format", "csv"], "format \"csv\" is not usable: expected -o - with it"),
    ] {
        let output = run(args);
        assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(2), ""), "{args:?}");
        assert!(stderr(&output).contains(expected), "{args:?}: {}", stderr(&output));
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), before);
}

/// With `--progress json` every line of standard error is a JSON object.
#[test]
fn progress_is_one_object_a_line() {
    let (folder, data) = folder();
    let lines = |args: &[&str]| -> Vec<Value> {
        let output = tensionmap(folder.path(), &[args, &["--progress", "json"]].concat());
        stderr(&output).lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
    };
    let done = lines(&["map", &data, "--max-rejects", "1%", "-o", "a.csv", "-o", "a.geojson"]);
    let read = done.iter().rfind(|line| line["stage"] == "read").unwrap();
    assert_eq!((read["done"].as_u64(), read["total"].as_u64()), (Some(5958), None));
    let written = done.iter().rfind(|line| line["stage"] == "write").unwrap();
    assert_eq!((written["done"].as_u64(), written["total"].as_u64()), (Some(2), Some(2)));
    assert!(done.iter().any(|line| line["note"].as_str().is_some_and(|note| note.starts_with("accepted 5958"))));
    assert_eq!(lines(&["map", "none.csv"]).last().unwrap()["error"]["code"], "E_IO");
    assert_eq!(lines(&["mpa"]).last().unwrap()["error"]["code"], "E_USAGE");
}

/// Parameters of commands are those of the help, with types, defaults, files and closed lists.
#[test]
fn commands_list_their_parameters() {
    let listed = one_value(&stdout(&tensionmap(Path::new("."), &["list", "commands", "--json"])));
    let commands = listed["result"]["items"].as_array().unwrap();
    for command in commands {
        let verb = command["name"].as_str().unwrap();
        let parameters = command["parameters"].as_array().unwrap();
        let help = stdout(&tensionmap(Path::new("."), &[verb, "--help"]));
        for parameter in parameters {
            let flag = parameter["flag"].as_str().unwrap_or_default();
            assert!(help.contains(flag), "{verb} {flag}");
            assert!(
                ["text", "number", "true|false", "file"].contains(&parameter["type"].as_str().unwrap()),
                "{parameter}"
            );
            assert_eq!(
                parameter["type"] == "file",
                matches!(parameter["file"].as_str(), Some("read" | "written")),
                "{parameter}"
            );
            assert!(!parameter["about"].as_str().unwrap().is_empty(), "{parameter}");
        }
        let of_verb: Vec<&str> =
            SETTINGS.iter().filter(|one| one.verbs.contains(&verb)).map(|one| one.name.as_str()).collect();
        let found: BTreeSet<&str> = parameters.iter().filter_map(|parameter| parameter["name"].as_str()).collect();
        assert!(of_verb.iter().all(|name| found.contains(name)), "{verb}");
    }
    let find = |verb: &str, name: &str| {
        let command = commands.iter().find(|command| command["name"] == verb).unwrap();
        command["parameters"].as_array().unwrap().iter().find(|parameter| parameter["name"] == name).unwrap().clone()
    };
    assert_eq!((find("map", "inputs")["file"].as_str(), find("map", "inputs")["flag"].as_str()), (Some("read"), None));
    assert_eq!(
        (find("map", "output")["file"].as_str(), find("map", "output")["repeatable"].as_bool()),
        (Some("written"), Some(true))
    );
    assert_eq!(
        (find("map", "resolution")["type"].as_str(), find("map", "resolution")["default"].as_str()),
        (Some("number"), Some("8"))
    );
    assert_eq!(find("map", "indicator")["file"], "prefix");
    assert_eq!(find("rollup", "name")["required"], true);
    assert_eq!(find("list", "registry")["values"].as_array().unwrap().len(), 20);
}

/// Each value of a closed list is taken, and a word beside them is not.
#[test]
fn closed_lists_are_closed() {
    let taken = |name: &str, value: &str| {
        let settings: Settings = toml::from_str(&format!("{name} = {value}")).unwrap();
        Engine::builder().settings(settings).build().is_ok()
    };
    let mut closed = 0;
    for setting in SETTINGS.iter().filter(|setting| setting.item == "text" && !setting.choices().is_empty()) {
        closed += 1;
        for choice in setting.choices() {
            assert!(taken(&setting.name, &format!("\"{choice}\"")), "{} {choice}", setting.name);
        }
        assert!(!taken(&setting.name, "\"another\""), "{}", setting.name);
    }
    assert_eq!(closed, 11);
}

/// Three lines that matter first; notices that ask for a decision; a line on the rest, which `-v` has with folders shown once.
#[test]
fn standard_error_begins_with_what_matters() {
    let (folder, data) = folder();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    std::fs::copy(&data, folder.path().join("in/log.csv")).unwrap();
    let wards = WARDS.replace("[[[2.2,54.7],[2.31,54.7],[2.31,54.82],[2.2,54.82],[2.2,54.7]]]", CLOCKWISE);
    assert!(wards != WARDS);
    std::fs::write(folder.path().join("in/wards.geojson"), wards).unwrap();
    let run = |args: &[&str]| {
        let base = ["map", "in/log.csv", "--area", "in/wards.geojson", "--max-rejects", "1%", "-o", "a.csv"];
        stderr(&tensionmap(folder.path(), &[&base, args].concat()))
    };
    let (brief, all) = (run(&[]), run(&["-v"]));
    let lines: Vec<&str> = brief.lines().collect();
    assert_eq!(lines[0], "read 6001 reports from in/log.csv");
    assert_eq!(lines[1], "accepted 5958, quarantined 43 (Q_NO_GEOMETRY 43): see --quarantine FILE");
    assert!(lines[2].starts_with("stands out 1: "), "{brief}");
    assert_eq!(lines[3], "as-of 2026-03-02, the day after the latest report; choose another with --as-of");
    assert!(lines[4].ends_with(" more lines: -v") && lines.len() == 5, "{brief}");
    // What needs no action is not said before it is asked for.
    assert!(!brief.contains("W_WINDING") && !brief.contains("W_MONTH_ONLY"), "{brief}");
    assert!(all.contains("W_WINDING") && all.contains("W_MONTH_ONLY"), "{all}");
    assert!(lines[2..4].iter().all(|line| all.lines().any(|other| other == *line)), "{all}");
    assert_eq!((all.matches("in/log.csv").count(), all.matches("in/wards.geojson").count()), (1, 1), "{all}");
    assert!(all.contains("\n    log.csv line 13: Q_NO_GEOMETRY"), "{all}");
    assert_eq!(run(&["-q"]), "");
    let third = |verb: &[&str]| {
        let base = ["in/log.csv", "--area", "in/wards.geojson", "--max-rejects", "1%"];
        let all = stderr(&tensionmap(folder.path(), &[verb, &base].concat()));
        all.lines().nth(2).unwrap_or_default().to_owned()
    };
    let found = third(&["hotspots", "--statistic", "gi", "-o", "h.geojson"]);
    assert!(found.starts_with("Gi* of reports from "), "{found}");
    let found = third(&["series", "--from", "2026-01-05", "--every", "week", "-o", "s.csv"]);
    assert!(found.starts_with("rises: "), "{found}");
    // A check says everything at once.
    let check = tensionmap(folder.path(), &["check", "in/log.csv", "--area", "in/wards.geojson"]);
    assert!(stdout(&check).contains("W_WINDING") && stderr(&check).starts_with("log.csv: read as council-log ("));
    // Two files of one name keep their folders.
    std::fs::create_dir(folder.path().join("too")).unwrap();
    std::fs::write(folder.path().join("too/log.csv"), "lon,lat,date\n2.3,54.7,2026-01-05\n2.3,,2026-01-05\n").unwrap();
    let check = stdout(&tensionmap(folder.path(), &["check", "in/log.csv", "too/log.csv"]));
    assert!(check.contains("\n    in/log.csv line 13: ") && check.contains("\n    too/log.csv line 3: "), "{check}");
}

/// Maps of one folder keep their manifests.
#[test]
fn manifests_of_two_maps_lie_side_by_side() {
    let (folder, data) = folder();
    for name in ["week.csv", "month.csv"] {
        assert!(tensionmap(folder.path(), &["map", &data, "--max-rejects", "1%", "-q", "-o", name]).status.success());
    }
    for name in ["week", "month"] {
        let manifest = std::fs::read_to_string(folder.path().join(format!("{name}.manifest.json"))).unwrap();
        let manifest: Value = serde_json::from_str(&manifest).unwrap();
        assert_eq!(manifest["files"][0]["name"], format!("{name}.csv"));
    }
}
