//! What leaves of an explanation: a page, JSON, a picture, and the command that writes them.

use tensionmap::{Engine, Method};

use crate::explain::close;
use crate::support::{own, stderr, stdout, tensionmap};

/// The whole page of the sample's top cell, read and found right; each of its reasons is checked by the other tests against
/// the scores. `tests/snapshots/explain.txt` is that page.
#[test]
fn the_page_of_the_samples_top_cell() {
    let builder = Engine::builder().as_of("2026-03-02").area(tensionmap::sample::boundary()).max_rejects("1%");
    let engine = builder.build().unwrap();
    let explained = engine.incidents(tensionmap::sample::incidents()).unwrap().explain("8819631b47fffff").unwrap();
    let page = explained.to_string();
    assert_eq!(page, std::fs::read_to_string(own("tests/snapshots/explain.txt")).unwrap());
    let why = &explained.explanation;
    let scores = explained.layer.scores();
    // The second of those that stand out.
    let top = scores.standing_out()[1];
    assert_eq!(why.cell, top.cell);
    let ratio = top.ratio.unwrap();
    for reason in [
        format!("High (level 3, amber): {:.0} of 100 points", top.score),
        format!("  surge          {:.2} of   85", top.surge),
        format!("  corroboration  {:.2} of   15", top.corroboration),
        format!("{:.0} reports from 2 February to 1 March 2026, where {:.1}", top.n_window, ratio.expected),
        format!("{:.2} times the past rate, with a 90% range of {:.2} to {:.2}", ratio.rr, ratio.lo, ratio.hi),
        format!("{:.0} reports in the last 7 days where about", top.reports[0]),
        format!("half full at D½ = {}", scores.anchor.d_half().unwrap()),
        format!("Method tension-2 ({})", Method::default().hash()),
    ] {
        let flat = page.split_whitespace().collect::<Vec<_>>().join(" ");
        let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(&reason), "{reason}\n{page}");
    }
    assert!(page.starts_with("OFFICIAL-SENSITIVE\n") && page.ends_with("\nOFFICIAL-SENSITIVE\n"));
}

/// As JSON the parts still add up, and the names are those that scripts rely on.
#[test]
fn the_json_adds_up() {
    let engine = Engine::builder().as_of("2026-03-02").area(tensionmap::sample::boundary()).build().unwrap();
    let explained = engine.incidents(tensionmap::sample::incidents()).unwrap().explain("8819631b47fffff").unwrap();
    let json: serde_json::Value = serde_json::from_str(&explained.to_json().unwrap()).unwrap();
    let names: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "cell",
            "lat",
            "lng",
            "as_of",
            "status",
            "sparse",
            "score",
            "level",
            "raw_level",
            "points",
            "surge",
            "evidence",
            "points_per_evidence",
            "intensity",
            "corroboration",
            "spread",
            "levels",
            "earlier",
            "history",
            "not_known",
            "assessed",
            "provenance"
        ]
    );
    let total = |of: &serde_json::Value, field: &str| -> f64 {
        of.as_array().unwrap().iter().map(|part| part[field].as_f64().unwrap()).sum()
    };
    close(total(&json["points"], "points"), json["score"].as_f64().unwrap(), "points");
    for dimension in ["strands", "categories", "sources", "ages"] {
        let mass = total(&json["intensity"][dimension], "mass");
        close(mass, json["intensity"]["mass"].as_f64().unwrap(), dimension);
        close(
            total(&json["intensity"][dimension], "in_window"),
            json["surge"]["observed"].as_f64().unwrap(),
            dimension,
        );
    }
    assert_eq!(
        (&json["cell"], &json["as_of"], &json["level"]),
        (&"8819631b47fffff".into(), &"2026-03-02".into(), &3.into())
    );
    assert_eq!(json["history"].as_array().unwrap().len(), 52);
    assert_eq!(json["provenance"]["method_hash"], Method::default().hash());
}

/// A true PNG of the stated size, the same twice, with its bars, bands and marks on it.
#[test]
fn the_picture_is_whole_and_the_same_twice() {
    let folder = tempfile::tempdir().unwrap();
    let explained = |place: &str| {
        let engine = Engine::builder().as_of("2026-03-02").area(tensionmap::sample::boundary()).build().unwrap();
        engine.incidents(tensionmap::sample::incidents()).unwrap().explain(place).unwrap()
    };
    let pixels = |place: &str, name: &str| {
        let path = folder.path().join(name);
        explained(place).save(&path).unwrap();
        let file = std::io::BufReader::new(std::fs::File::open(&path).unwrap());
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!((info.width, info.height, info.color_type), (1600, 1200, png::ColorType::Rgb));
        pixels
    };
    let count = |pixels: &[u8], colour: [u8; 3]| pixels.chunks_exact(3).filter(|pixel| **pixel == colour).count();
    let loud = pixels("8819631b47fffff", "loud.png");
    // The bar of points is 1504 wide and 28 high: 85 of 100 points of surge, 12 of corroboration.
    for (colour, points) in [([0x00, 0x72, 0xb2], 85.0), ([0x00, 0x9e, 0x73], 12.0)] {
        let (found, expected) = (count(&loud, colour) as f64, points * 15.04 * 28.0);
        assert!(found > 0.95 * expected && found < 1.1 * expected + 400.0, "{colour:x?}: {found}, {expected}");
    }
    assert!(count(&loud, tensionmap::unstable::layer::ScoreBand::of(92.0).colour) > 15_000);
    assert_eq!(pixels("8819631b47fffff", "again.png"), loud);
    // A silent cell is hatched for the whole year.
    let silent = pixels("881963ce91fffff", "silent.png");
    let [silent, loud] = [&silent, &loud].map(|pixels| crate::support::hatched(pixels, 1600, 48..1010, 290..440));
    assert!(silent > 10_000 && silent > 3 * loud, "{silent} and {loud}");
}

/// What a person assessed stands on the page, in the JSON and in the picture, beside what was computed.
#[test]
fn an_assessed_level_is_shown_beside() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("levels.csv");
    let row = "8819631b47fffff,2,Insp. A. Example,Credible threat of a march,2026-02-27";
    std::fs::write(&file, format!("cell,level,assessor,reason,date\n{row}\n")).unwrap();
    let engine = || {
        let settings = tensionmap::Settings { assessments: Some(file.clone()), ..tensionmap::Settings::default() };
        let builder = Engine::builder().settings(settings).as_of("2026-03-02").area(tensionmap::sample::boundary());
        builder.build().unwrap().incidents(tensionmap::sample::incidents()).unwrap()
    };
    let explained = engine().explain("8819631b47fffff").unwrap();
    let said = "\nAssessed as 2 Severe by Insp. A. Example from 2026-02-27: Credible threat of a march\n";
    assert!(explained.to_string().contains(said), "{}", explained.product);
    let json: serde_json::Value = serde_json::from_str(&explained.to_json().unwrap()).unwrap();
    assert_eq!((&json["assessed"]["level"], &json["level"]), (&2.into(), &3.into()));
    explained.save(folder.path().join("cell.png")).unwrap();
    let other = engine().explain("8819631b41fffff").unwrap();
    assert!(!other.to_string().contains("Assessed as") && other.to_json().unwrap().contains("\"assessed\": null"));
}

#[test]
fn the_command_explains_a_cell_or_a_place() {
    let folder = tempfile::tempdir().unwrap();
    let (data, boundary) = (own("data/incidents.csv"), own("data/boundary.geojson"));
    let (data, boundary) = (data.to_str().unwrap(), boundary.to_str().unwrap());
    let explain = |args: &[&str]| {
        let settings = ["--area", boundary, "--as-of", "2026-03-02", "--max-rejects", "1%"];
        tensionmap(folder.path(), &[&["explain"], args, &settings].concat())
    };
    let page = explain(&["8819631b47fffff", data]);
    assert_eq!(page.status.code(), Some(0), "{}", stderr(&page));
    assert_eq!(stdout(&page), std::fs::read_to_string(own("tests/snapshots/explain.txt")).unwrap());
    assert!(stderr(&page).contains("\naccepted 5958, quarantined 43 (Q_NO_GEOMETRY 43)"));
    // The cell's centre is in the cell.
    assert_eq!(stdout(&explain(&["54.7679,2.3005", data, "-q"])), stdout(&page));
    let json = explain(&["8819631b47fffff", data, "--json", "-q"]);
    let parsed: serde_json::Value = serde_json::from_str(&stdout(&json)).unwrap();
    assert_eq!(parsed["result"]["cell"], "8819631b47fffff");
    let saved = explain(&["8819631b47fffff", data, "-o", "c.png", "-o", "c.json", "-o", "c.txt"]);
    assert_eq!(stdout(&saved), "c.png\nc.json\nc.txt\n");
    assert_eq!(std::fs::read_to_string(folder.path().join("c.txt")).unwrap(), stdout(&page));
    let file: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.path().join("c.json")).unwrap()).unwrap();
    assert_eq!(file, parsed["result"]);
    let before: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    for (args, message) in [
        (&["52.6,-1.1", data][..], "is not among the 77 cells of the study area; the nearest of them is 881963"),
        (&["-33.8,151.2", data], "with its centre at -33.7960, 151.2005, is not among the 77 cells"),
        (
            &["8719631b4ffffff", data],
            "cell 8719631b4ffffff has resolution 7, the study area 8; name a cell of resolution 8 or use --resolution 7",
        ),
        (
            &["8819631b47", data],
            "cell \"8819631b47\" is not usable: expected an H3 cell such as 8819434d93fffff, or latitude,longitude such as \
             52.645,-1.124",
        ),
        (&["54.7,east", data], "cell \"54.7,east\" is not usable: expected an H3 cell"),
        (&["154.7,2.3", data], "latitude \"154.7\" is not usable: expected degrees from -90 to 90 (WGS84)"),
        (
            &["54.7,2.3", data, "-o", "c.geojson"],
            "c.geojson: its extension names no output; expected one of .txt, .json, .png, .svg",
        ),
        (&["54.7,2.3", data, "-o", data], "incidents.csv: its extension names no output"),
        (&["54.7,2.3"], "nothing to score: give at least one file of reports"),
    ] {
        let output = explain(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(message), "{args:?}: {}", stderr(&output));
        assert_eq!(stdout(&output), "", "{args:?}");
    }
    let after: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(after, before);
}
