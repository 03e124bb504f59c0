//! Flags of the command line: each acts on the commands that take it, and is refused by the others.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::Mutex;

use serde_json::Value;
use tensionmap::unstable::config::{SETTINGS, SettingGroup};

use crate::support::{own, stderr, stdout, tensionmap};

pub(crate) const VERBS: [&str; 12] = [
    "calibrate",
    "check",
    "coverage",
    "demo",
    "density",
    "explain",
    "hotspots",
    "list",
    "map",
    "render",
    "rollup",
    "series",
];

/// Every flag with every verb: it is taken, or refused with the verbs that take it.
#[test]
fn a_flag_is_taken_or_refused_with_the_verbs_that_take_it() {
    let folder = tempfile::tempdir().unwrap();
    let flags = |verb: &str| -> Vec<String> {
        let help = stdout(&tensionmap(folder.path(), &[verb, "--help"]));
        let is_flag = |line: &&str| line.starts_with("  -") || line.starts_with("      --");
        let words = help.lines().filter(is_flag).flat_map(str::split_whitespace);
        let flags = words.filter_map(|word| Some(word.strip_prefix("--")?.split('[').next().unwrap().to_owned()));
        flags.filter(|flag| !["quiet", "verbose", "json", "progress", "help"].contains(&flag.as_str())).collect()
    };
    let mut verbs_of: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for verb in VERBS {
        for flag in flags(verb) {
            verbs_of.entry(flag).or_default().push(verb);
        }
    }
    for setting in SETTINGS.iter() {
        assert_eq!(verbs_of[&setting.name], setting.verbs, "{}", setting.name);
    }
    assert!(verbs_of.len() > SETTINGS.len() + 10, "{verbs_of:?}");
    for verb in VERBS {
        for (flag, verbs) in verbs_of.iter().filter(|(_, verbs)| !verbs.contains(&verb)) {
            let refused = tensionmap(folder.path(), &[verb, &format!("--{flag}=1")]);
            assert_eq!(refused.status.code(), Some(2), "{verb} --{flag}");
            let said = stderr(&refused);
            assert!(said.contains(&format!("unexpected argument '--{flag}' found")), "{verb} --{flag}: {said}");
            let tip = format!("--{flag} is an option of ");
            let tip = said.lines().find_map(|line| line.split_once(&tip)).map(|(_, verbs)| verbs.split(", "));
            let mut named: Vec<&str> = tip.into_iter().flatten().collect();
            named.sort_unstable();
            assert_eq!(&named, verbs, "{verb} --{flag}");
        }
    }
    let south = tensionmap(folder.path(), &["explain", "-33.9,18.4", "none.csv"]);
    assert!(stderr(&south).contains("none.csv: cannot be read"), "{}", stderr(&south));
}

const VALUES: &[&str] = &["--indicator", "areas.geojson:deprivation:intensive"];
const TABLE: &[&str] = &["--indicator", "table.csv:value:intensive", "--areas", "areas.geojson", "--key", "name=code"];

const LOWER: &[&str] = &["--indicator", "lower.csv:value:intensive", "--areas", "areas.geojson", "--key", "name=code"];

/// A value of each setting, with the flags beside which it matters.
fn case(verb: &str, setting: &str) -> (&'static [&'static str], &'static str) {
    match (verb, setting) {
        ("check" | "density" | "rollup", "resolution") => (&["--area", "boundary.geojson"], "15"),
        ("check", "containment") => (&["--area", "park.geojson"], "full"),
        ("calibrate", "covered") => (&[], "2025-06-01..2025-09-01"),
        ("calibrate", "fill") => (&["--classes", "jenks:3"], "intensity"),
        ("calibrate", "source") => (&["--covered", "Heard=2025-06-01..2026-03-09"], "Heard"),
        ("hotspots", "palette") => (&["--fill", "score"], "viridis"),
        ("rollup", "areas") => (&[], "quarters.geojson"),
        ("rollup", "key") => (&[], "name"),
        ("density", "method") => (&[], "context.toml"),
        ("density", "palette") => (&["--from", "2024-01-01"], "viridis"),
        ("rollup", "residents") => (&["--method", "residents.toml"], "population"),
        (_, "resolution") => (&[], "7"),
        (_, "as-of" | "compare-to") => (&[], "2026-02-02"),
        (_, "timezone") => (&[], "Pacific/Auckland"),
        (_, "area") => (&[], "boundary.geojson"),
        (_, "containment") => (&["--area", "boundary.geojson"], "full"),
        (_, "indicator") => (&[], VALUES[1]),
        (_, "areas") => (&["--indicator", "table.csv:value:intensive"], "areas.geojson"),
        (_, "key") => (&TABLE[..4], "name=code"),
        (_, "key-rule") => (LOWER, "case"),
        (_, "context-index") => {
            (&["--indicator", "areas.geojson:deprivation:intensive", "--method", "context.toml"], "deprivation")
        }
        (_, "context") => (&[], "boundary.geojson:boundaries"),
        (_, "repair-geometry") => (&["--area", "bowtie.geojson"], "true"),
        (_, "method") => (&[], "tension-1"),
        (_, "weights") => (&[], "count"),
        (_, "residents") => {
            (&["--method", "residents.toml", "--indicator", "areas.geojson:population:extensive"], "population")
        }
        (_, "covered") => (&[], "2025-06-01..2026-03-09"),
        (_, "assessments") => (&[], "levels.csv"),
        (_, "preset") => (&[], "acled"),
        (_, "column") => (&[], "date=reported_at"),
        (_, "gazetteer") => (&["posts.csv"], "gazetteer.csv"),
        (_, "coarse") => (&["coarse.csv"], "point"),
        ("rollup", "outside-area") => (&["--areas", "elsewhere.geojson"], "keep"),
        (_, "outside-area") => (&["--area", "elsewhere.geojson"], "keep"),
        (_, "categories") => (&[], "categories.toml"),
        (_, "source") => (&[], "Heard"),
        (_, "layer") => (&[], "reports"),
        (_, "input-crs") => (&[], "EPSG:27700"),
        (_, "bbox") => (&[], "2.30,54.7,2.32,54.8"),
        (_, "date-format") => (&[], "%d/%m/%Y"),
        (_, "naive-times") => (&["--timezone", "America/New_York"], "utc"),
        (_, "dedupe") => (&[], "off"),
        (_, "revised") => (&["copy.csv"], "keep"),
        (_, "encoding") => (&[], "utf-16le"),
        (_, "delimiter") => (&[], ";"),
        (_, "header-row") => (&[], "2"),
        (_, "decimal") => (&[], ","),
        (_, "allow-column") => (&["--column", "category=age", "--reason", "x"], "age"),
        (_, "reason") => (&["--allow-column", "age"], "x"),
        (_, "quarantine") => (&[], "PLACE/quarantine.ndjson"),
        (_, "max-rejects") => (&[], "50%"),
        (_, "allow-empty") => (&["empty.csv"], "true"),
        (_, "max-memory") => (&[], "1MB"),
        (_, "title" | "marking" | "attribution") => (&[], "Words"),
        (_, "font") => (&["--title", "दिल्ली"], "devanagari.ttf"),
        (_, "page") => (&[], "a4"),
        (_, "dpi") => (&[], "48"),
        (_, "picture") => (&[], "strands"),
        (_, "fill") => (&[], "intensity"),
        (_, "classes") => (&[], "equal:4"),
        (_, "palette") => (&[], "viridis"),
        (_, "projection") => (&[], "equal-area"),
        (_, "geometry") => (&[], "centroids"),
        (_, "id-column") => (&[], "hex"),
        (_, "id-type") => (&[], "u64"),
        (_, "select") => (&[], "score"),
        (_, "arcgis-names" | "simplestyle") => (&[], "true"),
        (_, "threads") => (&[], "0"),
        _ => panic!("--{setting} has no value to try"),
    }
}

/// Reports and areas for which every setting matters.
fn fixture(folder: &Path) {
    let put = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    let sample = std::fs::read_to_string(own("data/incidents.csv")).unwrap();
    let mut rows = sample.lines();
    let mut reports = format!("{},age\n", rows.next().unwrap());
    for (number, row) in rows.step_by(10).enumerate() {
        let mut fields: Vec<String> = row.split(',').map(str::to_owned).collect();
        if fields[1].len() > 7 {
            fields[1] += if number % 2 == 0 { "T00:30:00" } else { "T23:30:00Z" };
        }
        match number % 8 {
            0 => fields[7].clear(),
            1 => "Krach".clone_into(&mut fields[3]),
            2 => fields[8] = format!("\"{}\"", fields[8].replace('.', ",")),
            _ => {}
        }
        writeln!(reports, "{},30", fields.join(",")).unwrap();
    }
    // A record that stands twice.
    let last = reports.lines().last().unwrap().to_owned();
    reports += &format!("{last}\n");
    put("a.csv", &reports);
    put("copy.csv", &reports);
    for name in ["areas.geojson", "boundary.geojson"] {
        std::fs::copy(own("data").join(name), folder.join(name)).unwrap();
    }
    std::fs::copy(own("tests/fonts/devanagari.ttf"), folder.join("devanagari.ttf")).unwrap();
    let mut areas: Value = serde_json::from_str(&std::fs::read_to_string(own("data/areas.geojson")).unwrap()).unwrap();
    let features = areas["features"].as_array_mut().unwrap();
    let codes = features.iter().map(|area| area["properties"]["name"].as_str().unwrap());
    let table: String = codes.map(|name| format!("{name},7\n")).collect();
    put("table.csv", &format!("code,value\n{table}"));
    put("lower.csv", &format!("code,value\n{}", table.to_lowercase()));
    features.truncate(9);
    put("quarters.geojson", &areas.to_string());
    put("posts.csv", "occurred_at,category,postcode\n2026-02-20,asb,LE1 6TP\n2026-02-21,asb,LE1 6TP\n");
    put("gazetteer.csv", "postcode,lon,lat\nLE1 6TP,2.30,54.757\n");
    put(
        "coarse.csv",
        "occurred_at,category,lon,lat,accuracy\n2026-02-20,asb,2.30,54.757,90000\n2026-02-21,asb,2.30,54.757,90000\n",
    );
    put("empty.csv", "occurred_at,category,lon,lat\n");
    put("categories.toml", "[categories]\nKrach = \"asb\"\n");
    let polygon = |name: &str, ring: &str| {
        let geometry = format!("{{\"type\":\"Polygon\",\"coordinates\":[{ring}]}}");
        put(name, &format!("{{\"type\":\"Feature\",\"properties\":{{\"name\":\"One\"}},\"geometry\":{geometry}}}"));
    };
    polygon("bowtie.geojson", "[[2.28,54.74],[2.32,54.78],[2.32,54.74],[2.28,54.78],[2.28,54.74]]");
    polygon("elsewhere.geojson", "[[5.300,54.75],[5.401,54.75],[5.401,54.851],[5.300,54.75]]");
    polygon("park.geojson", "[[2.300,54.75],[2.301,54.75],[2.301,54.751],[2.300,54.75]]");
    let method = stdout(&tensionmap(folder, &["list", "method", "tension-1"]));
    put("residents.toml", &method.replace("\"per_km2\"", "\"per_1000_residents\""));
    put(
        "context.toml",
        &method.replace("context = 0.0", "context = 10.0").replace("window_days = 28", "window_days = 56"),
    );
    let done = tensionmap(folder, &["map", "a.csv", "-q", "-o", "saved.geojson"]);
    assert_eq!(done.status.code(), Some(3), "{}", stderr(&done));
    let saved: Value = serde_json::from_slice(&std::fs::read(folder.join("saved.geojson")).unwrap()).unwrap();
    let cell = saved["features"][30]["id"].as_str().unwrap();
    put("levels.csv", &format!("cell,level,assessor,reason,date\n{cell},2,A,b,2026-03-01\n"));
}

/// Exit code, words and files.
type Given = (Option<i32>, String, Vec<(String, Vec<u8>)>);

/// Files and text of a command, without the manifest, which records every setting.
fn given(folder: &Path, verb: &str, flags: &[&str], is_picture: bool) -> Given {
    let place = tempfile::tempdir_in(folder).unwrap();
    let extensions: &[&str] = match (verb, is_picture) {
        ("check", _) => &[],
        ("calibrate", _) => &["toml"],
        ("explain", false) => &["json"],
        ("density", _) | (_, true) => &["png"],
        ("coverage" | "series", false) => &["csv"],
        (_, false) => &["csv", "geojson"],
    };
    let at = place.path().display().to_string();
    let results: Vec<String> = extensions.iter().map(|one| format!("{at}/result.{one}")).collect();
    let flags: Vec<String> = flags.iter().map(|flag| flag.replace("PLACE", &at)).collect();
    let words: &[&str] = match verb {
        "explain" => &["54.757,2.30", "a.csv"],
        "render" => &["saved.geojson"],
        "rollup" if flags.iter().any(|flag| flag.starts_with("--areas")) => &["a.csv", "--name", "name"],
        "rollup" => &["a.csv", "--name", "name", "--areas", "areas.geojson"],
        "series" => &["a.csv", "--from", "2026-02-02"],
        _ => &["a.csv"],
    };
    let mut args: Vec<&str> = [&[verb, "-v"], words].concat();
    args.extend(flags.iter().map(String::as_str));
    for result in &results {
        args.extend(["-o", result]);
    }
    if extensions == ["png"] && !flags.iter().any(|flag| flag.starts_with("--page")) {
        args.extend(["--page", "800x600"]);
    }
    if verb != "check" {
        args.extend(["--manifest", "none"]);
    }
    let output = tensionmap(folder, &args);
    let said = format!("{}{}", stdout(&output), stderr(&output)).replace(&at, "");
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(&at)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string().replace(&at, ""), std::fs::read(path).unwrap()))
        .collect();
    files.sort();
    (output.status.code(), said, files)
}

/// Every setting with every verb that takes it: something that the verb gives is another with it.
#[test]
fn a_setting_acts_on_every_verb_that_takes_it() {
    let folder = tempfile::tempdir().unwrap();
    fixture(folder.path());
    let pairs: Vec<_> =
        SETTINGS.iter().flat_map(|setting| setting.verbs.iter().map(move |verb| (setting, *verb))).collect();
    let idle = Mutex::new(Vec::new());
    rayon::scope(|scope| {
        for (setting, verb) in pairs {
            let (folder, idle) = (folder.path(), &idle);
            scope.spawn(move |_| {
                let (beside, value) = case(verb, &setting.name);
                let is_picture = setting.group == SettingGroup::Picture || setting.name == "marking";
                let flag = format!("--{}={value}", setting.name);
                let without = given(folder, verb, beside, is_picture);
                let is_usage = without.1.contains("Usage: ");
                assert!(!is_usage, "{verb} {beside:?}: {}", without.1);
                if without == given(folder, verb, &[beside, &[&flag]].concat(), is_picture) {
                    idle.lock().unwrap().push(format!("{verb} {flag}: {}", without.1));
                }
            });
        }
    });
    let idle: Vec<String> = idle.into_inner().unwrap();
    assert!(idle.is_empty(), "{}", idle.join("\n"));
}
