//! The marking: seen on every output, or left out and said so; and texts that pages show, which hide nothing.

use tensionmap::{Engine, Settings, sample};

use crate::support::{own, put, stderr, stdout, tensionmap};

/// Texts without a letter that shows, or with letters that turn others round, by each way of naming one.
#[test]
fn a_text_that_cannot_be_seen_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let hollow = [
        "   ",
        "\u{a0}",
        "\u{200b}",
        "\u{2060}\u{feff}",
        "\u{3164}",
        "\u{2800}\u{2800}",
        "\u{ad}",
        "\u{e0041}\u{e007f}",
    ];
    let hidden = [
        "SECRET\u{202e}",
        "\u{2066}SECRET",
        "SEC\u{1b}[2JRET",
        "SECRET\n",
        "SEC\u{2028}RET",
        "\u{200f}SECRET",
        "S\u{85}",
    ];
    for (setting, texts) in [
        ("marking", [&[""][..], &hollow, &hidden].concat()),
        ("title", [&hollow[..], &hidden].concat()),
        ("attribution", [&hollow[..], &hidden].concat()),
    ] {
        for text in texts {
            // Before anything is read: the input does not exist.
            let done = tensionmap(folder.path(), &["map", "none.csv", &format!("--{setting}={text}")]);
            let said = stderr(&done);
            assert_eq!(done.status.code(), Some(2), "{setting} {text:?}: {said}");
            assert!(said.starts_with(&format!("error: E_SETTING: {setting} ")), "{said}");
            put(folder.path(), "c.toml", &format!("{setting} = {}\n", serde_json::to_string(text).unwrap()));
            let done = tensionmap(folder.path(), &["map", "none.csv", "--config", "c.toml"]);
            assert_eq!(done.status.code(), Some(2), "{setting} {text:?}: {}", stderr(&done));
            let mut settings = Settings::default();
            match setting {
                "marking" => settings.marking = Some(text.to_owned()),
                "title" => settings.title = Some(text.to_owned()),
                _ => settings.attribution = Some(text.to_owned()),
            }
            assert!(Engine::builder().settings(settings).build().is_err(), "{setting} {text:?}");
        }
    }
    for sound in ["OFFICIAL", "رسمي – حساس", "हिन्दी", "می\u{200c}خواهم"] {
        assert!(Engine::builder().marking(sound).title(sound).build().is_ok(), "{sound}");
    }
}

/// Without a marking, pages have none, and every result that has words says so.
#[test]
fn a_marking_that_is_left_out_is_said_to_be() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(own("data/incidents.csv"), folder.path().join("a.csv")).unwrap();
    let results = ["m.svg", "m.geojson", "m.gpkg", "m.xlsx", "m.kepler.json", "m.parquet", "m.fgb"];
    let mut run = vec!["map", "a.csv", "--max-rejects", "2%", "--marking", "none"];
    run.extend(results.iter().flat_map(|result| ["-o", result]));
    let done = tensionmap(folder.path(), &run);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    let read = |name: &str| std::fs::read(folder.path().join(name)).unwrap();
    let has = |name: &str, text: &str| read(name).windows(text.len()).any(|part| part == text.as_bytes());
    assert!(!has("m.svg", "SENSITIVE") && !has("m.svg", ">no marking<"), "nothing at head and foot");
    for name in ["m.geojson", "m.gpkg", "m.kepler.json", "m.parquet", "m.fgb", "m.manifest.json"] {
        assert!(has(name, "no marking"), "{name}");
    }
    assert!(has("m.manifest.json", "\"marking\": \"none\""));
    let told = tensionmap(
        folder.path(),
        &["explain", "54.757,2.30", "a.csv", "-q", "--max-rejects", "2%", "--marking", "none"],
    );
    assert!(
        stdout(&told).starts_with("no marking\n") && stdout(&told).trim_end().ends_with("\nno marking"),
        "{}",
        stdout(&told)
    );
    // Drawn again, it has none either.
    let again = tensionmap(folder.path(), &["render", "m.geojson", "-o", "again.svg", "-o", "again.geojson"]);
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
    assert!(!has("again.svg", ">no marking<") && has("again.geojson", "no marking"));
}

/// A saved layer whose marking somebody has emptied or reversed is not drawn.
#[test]
fn a_saved_layer_cannot_hide_its_marking() {
    let folder = tempfile::tempdir().unwrap();
    let run =
        Engine::builder().as_of(sample::AS_OF).build().unwrap().incidents(sample::incidents()).unwrap().run().unwrap();
    run.layer.save(folder.path().join("m.geojson")).unwrap();
    let saved = std::fs::read_to_string(folder.path().join("m.geojson")).unwrap();
    for other in ["", "\\u200b", "OFFICIAL\\u202e"] {
        let changed = saved.replace("\"marking\":\"OFFICIAL-SENSITIVE\"", &format!("\"marking\":\"{other}\""));
        assert_ne!(changed, saved);
        put(folder.path(), "changed.geojson", &changed);
        let done = tensionmap(folder.path(), &["render", "changed.geojson", "-o", "again.png"]);
        assert_eq!(done.status.code(), Some(4), "{other}: {}", stderr(&done));
        assert!(stderr(&done).contains("because: marking "), "{}", stderr(&done));
    }
}
