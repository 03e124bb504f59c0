//! The command line: exit codes, what goes where, and what every error says.

use std::path::Path;

use tensionmap::unstable::config::SETTINGS;

use crate::flags::VERBS;
use crate::support::{own, stderr, stdout, tensionmap};

fn listing(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn the_demo_makes_its_folder() {
    let folder = tempfile::tempdir().unwrap();
    let output = tensionmap(folder.path(), &["demo", "here"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output), "here/map.png\nhere/map.geojson\nhere/ledger.txt\nhere/quarantine.ndjson\n");
    let left = [
        "ledger.txt",
        "map.geojson",
        "map.manifest.json",
        "map.pgw",
        "map.png",
        "map.png.aux.xml",
        "map.qml",
        "map.sld",
        "quarantine.ndjson",
    ];
    assert_eq!(listing(&folder.path().join("here")), left);
    assert!(
        stderr(&output).contains("\naccepted 5958, quarantined 43 (Q_NO_GEOMETRY 43): see here/quarantine.ndjson\n")
    );
    assert!(stderr(&output).contains("stands out 1: "));
}

#[test]
fn results_go_to_stdout_and_remarks_to_stderr() {
    let folder = tempfile::tempdir().unwrap();
    let data = own("data/incidents.csv");
    let data = data.to_str().unwrap();
    let output = tensionmap(folder.path(), &["map", data, "-o", "a.geojson", "-o", "a.png", "-v"]);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(stdout(&output), "a.geojson\na.png\n");
    let said = stderr(&output);
    for remark in [
        "as-of 2026-03-02, the day after the latest report; choose another with --as-of",
        "study area: the ",
        "anchor D½ = ",
        "Q_NO_GEOMETRY          43  no position",
    ] {
        assert!(said.contains(remark), "{said} does not say {remark}");
    }
    let quiet = tensionmap(folder.path(), &["map", data, "-o", "a.geojson", "--quiet", "--max-rejects", "1%"]);
    assert_eq!((quiet.status.code(), stderr(&quiet).as_str()), (Some(0), ""));
    let json = tensionmap(folder.path(), &["map", data, "-o", "a.geojson", "--json", "-q", "--max-rejects", "43"]);
    let summary: serde_json::Value = serde_json::from_str(&stdout(&json)).unwrap();
    assert_eq!(summary["result"]["provenance"]["quarantined"], 43);
    assert_eq!(summary["outputs"][0], "a.geojson");
}

#[test]
fn check_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let data = own("data/incidents.parquet");
    let output = tensionmap(folder.path(), &["check", data.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stdout(&output).contains("span 2024-01-01 to 2026-03-07"), "{}", stdout(&output));
    assert!(stdout(&output).contains("read 6001 = accepted 5958 + quarantined 43"));
    assert!(listing(folder.path()).is_empty());
}

#[test]
fn list_prints_every_registry() {
    let folder = tempfile::tempdir().unwrap();
    for (what, expected) in [
        ("formats", "geojson "),
        ("presets", "police-uk "),
        ("roles", "reported-at "),
        ("systems", "EPSG:2157   1 m     IRENET95 / Irish Transverse Mercator"),
        ("columns", "score              real   points        0 to 100     map,rollup,series  "),
        ("categories", "riot                       10  evidenced "),
        ("outputs", ".geojson .json"),
        ("palettes", "#fdeed3 #fbc978 #f2963a #cf5712 #852807  orange"),
        ("classes", "jenks "),
        ("pages", "a4-portrait "),
        ("pictures", "two-up "),
        ("projections", "bng "),
        ("context-styles", "rivers "),
        ("method", "name = \"tension-2\""),
        ("settings", "weights          text       Category weights: "),
    ] {
        let output = tensionmap(folder.path(), &["list", what]);
        assert!(output.status.success() && stdout(&output).contains(expected), "{what}: {}", stdout(&output));
    }
}

/// What `--print-config` and `list method` print can be given back, and means the same.
#[test]
fn settings_and_methods_print_themselves_back() {
    let folder = tempfile::tempdir().unwrap();
    let flags = ["map", "--resolution", "7", "--as-of", "2026-01-05", "--column", "date=When", "--print-config"];
    let printed = stdout(&tensionmap(folder.path(), &flags));
    assert!(printed.contains("resolution = 7") && printed.contains("timezone = \"Europe/London\""), "{printed}");
    std::fs::write(folder.path().join("c.toml"), &printed).unwrap();
    assert_eq!(stdout(&tensionmap(folder.path(), &["map", "--config", "c.toml", "--print-config"])), printed);
    let over =
        stdout(&tensionmap(folder.path(), &["map", "--config", "c.toml", "--resolution", "9", "--print-config"]));
    assert!(over.contains("resolution = 9") && over.contains("as-of = \"2026-01-05\""));
    let method = stdout(&tensionmap(folder.path(), &["list", "method"]));
    std::fs::write(folder.path().join("m.toml"), method).unwrap();
    let data = own("data/incidents.csv");
    let run = |args: &[&str]| {
        let args = [&["map", data.to_str().unwrap(), "-q", "-o", "a.geojson"], args].concat();
        assert_eq!(tensionmap(folder.path(), &args).status.code(), Some(3));
        std::fs::read(folder.path().join("a.geojson")).unwrap()
    };
    assert!(run(&[]) == run(&["--method", "m.toml"]));
}

/// Every way to be wrong has its exit code and a message with the file, what was expected and the flag; nothing is written.
#[test]
#[allow(clippy::too_many_lines, reason = "one table of every way to be wrong")]
fn errors_name_the_file_and_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    put("empty.csv", "");
    put("page.csv", "<html>");
    put("nowhere.csv", "place,date\nhere,2026-01-01\n");
    put("never.csv", "lon,lat,what\n1,2,3\n");
    put("swapped.csv", "lon,lat,date\n2.3,54.7,05/01/2026\n2.3,54.7,06/01/2026\n");
    put("undated.csv", "lon,lat,date\n2.3,54.7,5 Jan 2026\n2.3,54.7,6 Jan 2026\n");
    put("header.csv", "lon,lat,date\n");
    put("good.csv", "lon,lat,date\n2.3,54.7,2026-01-05\n");
    put("typo.toml", "resolutoin = 8\n");
    put("method.toml", "name = \"mine\"\n");
    std::fs::create_dir(folder.path().join("folder")).unwrap();
    let before = listing(folder.path());
    for (args, code, message) in [
        (
            &["map", "none.csv"][..],
            4,
            "none.csv: cannot be read; check the path and that the file is readable and complete\n  because: No such file",
        ),
        (
            &["map", "empty.csv"],
            4,
            "error: E_EMPTY: empty.csv: is empty; expected reports as parquet, flatgeobuf, geopackage, shapefile, workbook, kml, \
             esri-json, geojson, csv (plain, .gz, .zst or in a .zip)",
        ),
        (
            &["map", "folder"],
            4,
            "folder: is a directory without Parquet files; expected files, or a folder of Parquet partitions",
        ),
        (
            &["map", "page.csv"],
            4,
            "page.csv: is a web page, and not the file that was to be downloaded; open it in a browser",
        ),
        (
            &["map", "nowhere.csv"],
            4,
            "nowhere.csv: no column for the position; found place, date; expected longitude and latitude",
        ),
        (&["map", "never.csv"], 4, "or say which with --column date=NAME"),
        (
            &["map", "swapped.csv"],
            4,
            "error: E_AMBIGUOUS_DATE: swapped.csv: its dates, such as \"05/01/2026\" in date, could be day/month or month/day; say \
             which with --date-format %d/%m/%Y or --date-format %m/%d/%Y",
        ),
        (
            &["map", "undated.csv"],
            4,
            "error: E_NOTHING_ACCEPTED: undated.csv: none of its 2 records could be used (Q_BAD_DATE 2); the first is undated.csv line 2: \
             Q_BAD_DATE date: found \"5 Jan 2026\"",
        ),
        (
            &["map", "header.csv"],
            4,
            "error: E_NOTHING_ACCEPTED: header.csv: has no records (W_NO_RECORDS 1); expected at least one report",
        ),
        (&["map"], 2, "nothing to score: give at least one file of reports"),
        (&["map", "good.csv", "--resolutoin", "8"], 2, "unexpected argument '--resolutoin' found"),
        (
            &["map", "good.csv", "--config", "typo.toml"],
            2,
            "typo.toml: line 1: unknown key `resolutoin`; did you mean `resolution`?",
        ),
        (
            &["map", "good.csv", "--config", "none.toml"],
            2,
            "none.toml: cannot be used as a configuration; `--print-config` prints one",
        ),
        (
            &["map", "good.csv", "--method", "method.toml"],
            2,
            "method.toml: cannot be used as a method; `tensionmap list method` prints",
        ),
        (
            &["map", "good.csv", "--resolution", "16"],
            2,
            "resolution \"16\" is not usable: expected a whole number from 0 to 15",
        ),
        (
            &["map", "good.csv", "--as-of", "yesterday"],
            2,
            "as-of \"yesterday\" is not usable: expected a calendar day such as 2026-03-02",
        ),
        (
            &["map", "good.csv", "--timezone", "Mars/Base"],
            2,
            "time zone \"Mars/Base\" is not usable: expected an IANA name",
        ),
        (
            &["map", "good.csv", "--preset", "x"],
            2,
            "preset \"x\" is not usable: expected one of stop-and-search, police-uk, ",
        ),
        (&["map", "good.csv", "--column", "date"], 2, "column \"date\" is not usable: expected ROLE=NAME"),
        (
            &["map", "good.csv", "--column", "hour=x"],
            2,
            "column role \"hour\" is not usable: expected one of longitude, latitude",
        ),
        (
            &["map", "good.csv", "--indicator", "imd.geojson"],
            2,
            "expected FILE:COLUMN:extensive, FILE:COLUMN:intensive, or of points FILE::count",
        ),
        (
            &["map", "good.csv", "--indicator", "imd.geojson:a:b"],
            2,
            "expected extensive (a count of an area, splits with ground)",
        ),
        (
            &["map", "good.csv", "--indicator", "imd.geojson:a:intensive"],
            4,
            "imd.geojson: cannot be read; check the path",
        ),
        (
            &["map", "good.csv", "--area", "good.csv"],
            4,
            "E_FORMAT: good.csv: has no geometry; expected shapes, as GeoJSON, GeoPackage",
        ),
        (
            &["map", "good.csv", "--max-rejects", "some"],
            2,
            "max-rejects \"some\" is not usable: expected a number such as 20, or a share",
        ),
        (
            &["map", "good.csv", "--max-memory", "500"],
            2,
            "max-memory \"500\" is not usable: expected 64MB or more, such as 500MB, 4GB or 2GiB",
        ),
        (
            &["map", "good.csv", "-o", "map.gif"],
            2,
            "map.gif: its extension names no output; expected one of .png, .svg, .geojson, .json, .geojsonl, .geojsons, .ndjson, .gpkg, .fgb, \
             .parquet, .geoparquet, .arrow, .feather, .ipc, .csv, .xlsx, .kepler.json",
        ),
        (
            &["map", "good.csv", "-o", "none/map.png"],
            5,
            "none/map.png: cannot be written; check that its folder exists",
        ),
        (&["map", "good.csv", "-o", "folder.png", "-o", "folder"], 2, "folder: its extension names no output"),
        (&["map", "good.csv", "--quarantine", "none/q.ndjson"], 5, "none/q.ndjson: cannot be written"),
        (
            &["map", "good.csv", "--quarantine", "good.csv"],
            2,
            "would be overwritten, but it is a file that is read; choose another name",
        ),
        (
            &["map", "good.csv", "--as-of", "2020-01-01"],
            2,
            "no report was known by 2020-01-01: the first became known on 2026-01-06; choose a later --as-of",
        ),
        (&["check", "good.csv", "--quarantine", "good.csv"], 2, "good.csv: would be overwritten"),
        (
            &["map", "good.csv", "-o", "a.png", "-o", "./a.png"],
            2,
            "./a.png: would be overwritten, but it is the place of another result",
        ),
        (&["map", "good.csv", "-o", "a.geojson", "--quarantine", "a.geojson"], 2, "the place of another result"),
        (
            &["map", "good.csv", "--area", "folder/a.geojson", "-o", "folder/../folder/a.geojson"],
            2,
            "a file that is read",
        ),
        (&["map", "good.csv", "--threads", "1000000"], 2, "threads \"1000000\" is not usable: expected 1 to 1024"),
        (&["map", "good.csv", "--as-of", "9999-01-01"], 2, "expected a day between the years 1100 and 8900"),
        (
            &["map", "good.csv", "./good.csv"],
            2,
            "./good.csv: is given twice, and its reports would count twice; name it once",
        ),
        (
            &["map", "good.csv", "--column", "date=date", "--column", "date=lon"],
            2,
            "expected one column for date, not two",
        ),
        (
            &["map", "good.csv", "--title", "two\nlines"],
            2,
            "is not usable: expected one line of at most 120 characters",
        ),
        (&["map", "--resolution", "99", "--print-config"], 2, "expected a whole number from 0 to 15"),
        (
            &["map", "good.csv", "--indicator", "good.csv:score:intensive"],
            2,
            "an indicator cannot be called \"score\" in the result",
        ),
        (
            &["map", "good.csv", "--indicator", "good.csv:imd:intensive", "--indicator", "good.csv:imd:extensive"],
            2,
            "an indicator cannot be called \"imd\" in the result, where another column has that name; rename it with ,name=NAME",
        ),
        (&["list", "colours"], 2, "invalid value 'colours'"),
    ] {
        let output = tensionmap(folder.path(), args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(message), "{args:?}: {} does not say {message}", stderr(&output));
        assert_eq!(stdout(&output), "", "{args:?}");
        assert_eq!(listing(folder.path()), before, "{args:?}");
    }
}

/// A file of weights is a file like any other: found beside the configuration that names it, printed with its folder, never
/// overwritten, and named in the manifest. The name of a table is not a path, even if there is such a file.
#[test]
fn weights_are_a_file_or_the_name_of_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    std::fs::create_dir(folder.path().join("team")).unwrap();
    put("log.csv", "lon,lat,date,category\n2.3,54.7,2026-01-05,asb\n2.3,54.7,2026-02-05,asb\n");
    put("team/w.toml", "asb = 7.0\n");
    put("team/c.toml", "weights = \"w.toml\"\n");
    put("count", "not a table of weights");
    put("table.toml", "weights = \"count\"\n");
    let run = |args: &[&str]| tensionmap(folder.path(), &[&["map"], args].concat());
    let printed = stdout(&run(&["--config", "team/c.toml", "--print-config"]));
    let line = printed.lines().find(|line| line.starts_with("weights")).unwrap();
    assert!(line.starts_with("weights = \"/") && line.ends_with("/team/w.toml\""), "{line}");
    let done = run(&["log.csv", "--config", "team/c.toml", "-o", "a.csv", "-q"]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    let manifest = std::fs::read_to_string(folder.path().join("a.manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    assert_eq!(manifest["settings"]["weights"], "w.toml");
    assert_eq!((&manifest["inputs"][1]["role"], &manifest["inputs"][1]["name"]), (&"weights".into(), &"w.toml".into()));
    for args in [
        &["log.csv", "--weights", "team/w.toml", "--quarantine", "team/w.toml"][..],
        &["log.csv", "--config", "team/c.toml", "--quarantine", "team/w.toml"],
        &["log.csv", "--config", "team/c.toml", "-o", "a.csv", "--manifest", "team/w.toml"],
    ] {
        let refused = run(args);
        assert_eq!(refused.status.code(), Some(2), "{args:?}: {}", stderr(&refused));
        assert!(
            stderr(&refused).contains("team/w.toml: would be overwritten, but it is a file that is read"),
            "{args:?}"
        );
    }
    assert!(stdout(&run(&["--config", "table.toml", "--print-config"])).contains("weights = \"count\"\n"));
    let check = |args: &[&str]| tensionmap(folder.path(), &[&["check", "--config", "table.toml"], args].concat());
    assert!(stdout(&check(&["--print-config"])).contains("weights = \"count\"\n"));
    assert_eq!((check(&["log.csv", "-q"]).status.code(), check(&[]).status.code()), (Some(0), Some(2)));
    let counted = run(&["log.csv", "--config", "table.toml", "-o", "a.csv", "--quarantine", "count", "-q"]);
    assert_eq!(counted.status.code(), Some(0), "{}", stderr(&counted));
}

/// The settings that each verb uses, under headings: the usual ones on a line each in `-h`, all of them with their defaults and
/// two examples in `--help`. `TENSIONMAP_BLESS=1` approves the help as it is now.
#[test]
fn help_is_as_approved() {
    let folder = tempfile::tempdir().unwrap();
    let mut differ = Vec::new();
    for verb in VERBS {
        let [short, long] = ["-h", "--help"].map(|flag| {
            let output = tensionmap(folder.path(), &[verb, flag]);
            assert!(output.status.success(), "{verb}: {}", stderr(&output));
            stdout(&output)
        });
        for (help, name) in [(&short, format!("{verb}.short.txt")), (&long, format!("{verb}.txt"))] {
            let approved = own("tests/snapshots/help").join(&name);
            if std::env::var_os("TENSIONMAP_BLESS").is_some() {
                std::fs::write(&approved, help).unwrap();
            }
            if std::fs::read_to_string(&approved).ok().as_ref() != Some(help) {
                differ.push(name);
            }
        }
        let has =
            |help: &str, flag: &str| help.contains(&format!("--{flag} ")) || help.contains(&format!("--{flag}[="));
        for setting in SETTINGS.iter() {
            let is_used = setting.verbs.contains(&verb);
            assert_eq!(has(&long, &setting.name), is_used, "{verb} --{}", setting.name);
            assert!(is_used || !has(&short, &setting.name), "{verb} --{}", setting.name);
        }
        // One line an option, under known headings.
        let is_heading = |line: &&str| line.ends_with(':') && *line != "Arguments:";
        let options = short.lines().skip_while(|line| !is_heading(line)).filter(|line| line.starts_with(' '));
        for line in options {
            assert!(line.trim_start().starts_with(['-', '[', '<']), "{verb} -h has more than a line: {line}");
        }
        let headings = ["Arguments", "Statistic", "Input", "Place and time", "Method", "Picture", "Output", "Run"];
        let at_margin = |line: &&str| !line.starts_with(' ');
        let found: Vec<&str> = long.lines().filter(at_margin).filter_map(|line| line.strip_suffix(':')).collect();
        let known: Vec<&str> = headings.into_iter().filter(|heading| found.contains(heading)).collect();
        assert_eq!(found, [&known[..], &["Examples"]].concat(), "{verb}");
        assert_eq!(long.split_once("Examples:\n").unwrap().1.lines().count(), 2, "{verb}");
    }
    assert!(differ.is_empty(), "the help of {differ:?} differs; TENSIONMAP_BLESS=1 approves it");
    // Every verb of the table exists, and `list settings` names each setting.
    let listed = stdout(&tensionmap(folder.path(), &["list", "settings"]));
    for (line, setting) in listed.lines().zip(SETTINGS.iter()) {
        assert!(line.starts_with(&setting.name), "{line}");
        assert!(setting.verbs.iter().all(|verb| VERBS.contains(verb)), "{setting:?}");
    }
    assert_eq!(listed.lines().count(), SETTINGS.len());
}

/// Every example in the help is a command that is understood: with files that are there, it would run.
#[test]
fn examples_of_the_help_are_commands() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("weekly.toml"), "title = \"Weekly\"\n").unwrap();
    for verb in VERBS.into_iter().filter(|verb| !["demo", "list"].contains(verb)) {
        let help = stdout(&tensionmap(folder.path(), &[verb, "--help"]));
        for example in help.split_once("Examples:\n").unwrap().1.lines() {
            let words: Vec<&str> = example.split_whitespace().skip(1).collect();
            let printed = tensionmap(folder.path(), &[&words[..], &["--print-config"]].concat());
            assert!(printed.status.success(), "{example}: {}", stderr(&printed));
            assert!(stdout(&printed).starts_with("resolution = "), "{example}");
        }
    }
    for words in [&["list", "outputs"][..], &["list", "method", "tension-2"], &["demo", "out/sample"]] {
        std::fs::create_dir_all(folder.path().join("out")).unwrap();
        assert!(tensionmap(folder.path(), words).status.success(), "{words:?}");
    }
}

/// A word that is nearly a name is answered with the name; case does not matter, and common words are understood.
#[test]
fn a_near_miss_names_the_known_word() {
    let folder = tempfile::tempdir().unwrap();
    let data = own("data/incidents.csv");
    let data = data.to_str().unwrap();
    for (args, message) in [
        (&["mpa", data][..], "tip: a similar subcommand exists: 'map'"),
        (&["chekc", data], "tip: a similar subcommand exists: 'check'"),
        (&["list", "palets"], "tip: a similar value exists: 'palettes'"),
        (&["list", "method", "tenson-2"], "did you mean `tension-2`?"),
        (&["map", data, "--palette", "tensoin"], "did you mean `tension`?"),
        (&["map", data, "--fill", "scoer"], "did you mean `score`?"),
        (&["map", data, "--select", "scoer"], "did you mean `score`?"),
        (&["map", data, "--preset", "police"], "did you mean `police-uk`?"),
        (&["map", data, "--page", "A33"], "did you mean `a3`?"),
        (&["map", data, "--projection", "mercartor"], "did you mean `mercator`?"),
        (&["map", data, "--picture", "twoup"], "did you mean `two-up`?"),
        (&["map", data, "--classes", "jenk:5"], "did you mean `jenks`?"),
        (&["map", data, "--geometry", "centroid"], "did you mean `centroids`?"),
        (&["map", data, "--containment", "overlaping"], "did you mean `overlapping`?"),
        (&["map", data, "--dedupe", "rows"], "did you mean `row`?"),
        (&["map", data, "--revised", "repalce"], "did you mean `replace`?"),
        (&["map", data, "--naive-times", "utcc"], "did you mean `utc`?"),
        (&["map", data, "--encoding", "windows1252"], "did you mean `windows-1252`?"),
        (&["map", data, "--date-format", "epochs"], "did you mean `epoch-s`?"),
        (&["map", data, "--timezone", "Europe/Lodnon"], "did you mean `Europe/London`?"),
        (&["map", data, "--column", "dat=x"], "did you mean `date`?"),
        (&["map", data, "--method", "tension2"], "did you mean `tension-2`?"),
        (&["map", data, "--weights", "cchi"], "did you mean `cchi-sqrt`?"),
        (&["map", data, "--context", "a.geojson:road"], "did you mean `roads`?"),
        (&["map", data, "--indicator", "a.geojson:x:intensiv"], "did you mean `intensive`?"),
        (&["map", data, "--covered", "plice=2025-01-01..2026-01-01"], "no report names the source \"plice\""),
        (&["hotspots", data, "--statistic", "morn"], "did you mean `moran`?"),
        (&["series", data, "--every", "moth"], "did you mean `month`?"),
        (
            &["map", data, "--as-of", "today"],
            "as-of \"today\" is not usable: expected a calendar day such as 2026-03-02: no clock is read, so that the same command \
             gives the same bytes; a shell has the date as $(date +%F)",
        ),
        (&["series", data, "--from", "Yesterday"], "a shell has the date as $(date -d yesterday +%F)"),
    ] {
        let refused = tensionmap(folder.path(), args);
        assert_eq!(refused.status.code(), Some(2), "{args:?}: {}", stderr(&refused));
        assert!(stderr(&refused).contains(message), "{args:?}: {} does not say {message}", stderr(&refused));
    }
    for args in [
        &["map", data, "--page", "A3", "-o", "a.png"][..],
        &["map", data, "--page", "1000X800", "--palette", "Viridis", "--projection", "Mercator", "-o", "a.png"],
        &["map", data, "--method", "Tension-1", "--weights", "Count", "--dedupe", "ROW", "-o", "a.csv"],
        &["hotspots", data, "--statistic", "Gi", "-o", "a.csv"],
        &["series", data, "--every", "Month", "--from", "2026-01-01", "--to", "2026-03-01", "-o", "a.csv"],
    ] {
        let done = tensionmap(folder.path(), &[args, &["-q"]].concat());
        assert_eq!(done.status.code(), Some(3), "{args:?}: {}", stderr(&done));
    }
    let dates = |every: &str| {
        let file = format!("{every}.csv");
        let span = ["--from", "2026-01-05", "--to", "2026-03-02", "--every", every, "-o", &file, "-q"];
        tensionmap(folder.path(), &[&["series", data], &span[..]].concat());
        std::fs::read(folder.path().join(file)).unwrap()
    };
    assert!(dates("week") == dates("7d") && dates("month") == dates("1mo"));
}

/// A device is not replaced by a file, a link stays a link, and a result that cannot be printed is not a success.
#[cfg(target_os = "linux")]
#[test]
fn special_files_are_respected() {
    let folder = tempfile::tempdir().unwrap();
    let data = own("data/incidents.csv");
    let data = data.to_str().unwrap();
    let null = tensionmap(folder.path(), &["check", data, "--quarantine", "/dev/null"]);
    assert_eq!(null.status.code(), Some(5));
    assert!(stderr(&null).contains("it exists and is not a regular file"), "{}", stderr(&null));
    assert!(!Path::new("/dev/null").is_file());
    std::fs::write(folder.path().join("real.geojson"), "").unwrap();
    std::os::unix::fs::symlink("real.geojson", folder.path().join("link.geojson")).unwrap();
    assert_eq!(tensionmap(folder.path(), &["map", data, "-q", "-o", "link.geojson"]).status.code(), Some(3));
    assert!(folder.path().join("link.geojson").is_symlink());
    assert!(std::fs::metadata(folder.path().join("real.geojson")).unwrap().len() > 10_000);
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let mut list = std::process::Command::new(env!("CARGO_BIN_EXE_tensionmap"));
    assert_eq!(list.args(["list", "method"]).stdout(full).output().unwrap().status.code(), Some(5));
}

/// A file that a pattern or a folder stands for is a file that is read: not to be written over, and not to count twice.
#[test]
fn patterns_and_folders_stand_for_their_files() {
    let folder = tempfile::tempdir().unwrap();
    let text = "lon,lat,date\n2.3,54.7,2026-01-05\n,,2026-01-06\n";
    std::fs::write(folder.path().join("a.csv"), text).unwrap();
    std::fs::create_dir(folder.path().join("parts")).unwrap();
    std::fs::copy(own("data/incidents.parquet"), folder.path().join("parts/a.parquet")).unwrap();
    let refused = |args: &[&str], message: &str| {
        let output = tensionmap(folder.path(), args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(message), "{args:?}: {}", stderr(&output));
    };
    for command in ["map", "check"] {
        refused(
            &[command, "*.csv", "--quarantine", "a.csv"],
            "a.csv: would be overwritten, but it is a file that is read",
        );
        refused(
            &[command, "parts", "--quarantine", "parts/a.parquet"],
            "would be overwritten, but it is a file that is",
        );
        refused(&[command, "a.csv", "*.csv"], "a.csv: is given twice, and its reports would count twice; name it once");
        refused(&[command, "parts", "parts/*.parquet"], "parts/a.parquet: is given twice");
    }
    assert_eq!(std::fs::read_to_string(folder.path().join("a.csv")).unwrap(), text);
}

#[test]
fn an_input_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(own("data/incidents.geojson"), folder.path().join("in.geojson")).unwrap();
    let output = tensionmap(folder.path(), &["map", "in.geojson", "-o", "./in.geojson"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("would be overwritten, but it is a file that is read; choose another name"));
}
