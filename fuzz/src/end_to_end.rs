//! From bytes to a picture and a map file.

use serde_json::Value;
use tensionmap::Profile;
use tensionmap::Product;
use tensionmap::{Builder, Containment, Engine, Error, Input, Layer, Run};

use crate::Choice;
use crate::outcome::{bytes, shown};

/// Reports, scored and drawn; the first bytes choose settings.
pub fn end_to_end(data: &[u8]) {
    let mut choice = Choice(data);
    let resolution = choice.of(&[8, 8, 7, 9, 5, 3, 0]);
    let as_of = choice.of(&["", "", "2026-03-02", "2022-10-01", "1150-01-01"]);
    let with_area = choice.byte() & 1 == 1;
    let input = bytes("x.csv", choice.rest());
    let builder = || {
        let builder = Engine::builder().resolution(resolution).threads(1).title("Fuzz").max_rejects("100%");
        let builder = if as_of.is_empty() { builder } else { builder.as_of(as_of) };
        // A study area only where it has few cells.
        if with_area && (5..=8).contains(&resolution) {
            builder.area(tensionmap::sample::boundary()).containment(Containment::Centroid)
        } else {
            builder
        }
    };
    // Watched byte by byte, a picture takes seconds, so the fuzzer draws one now and then.
    let with_picture = !cfg!(fuzzing) || crate::scatter(data) % 64 == 0;
    let outputs = || drawn(builder(), &input, with_picture);
    match (outputs(), outputs()) {
        (Ok(one), Ok(other)) => assert!(one == other, "the same input came to another output"),
        (Err(one), Err(other)) => assert_eq!(shown(&one), shown(&other)),
        _ => panic!("the same input failed once"),
    }
}

fn drawn(builder: Builder, input: &Input, with_picture: bool) -> Result<Vec<Vec<u8>>, Error> {
    let run = builder.build()?.incidents(input.clone())?.run()?;
    account(&run);
    let outputs = Layer::ENCODERS.iter().filter(|output| with_picture || output.name() != "png");
    let outputs = outputs.map(|output| {
        let mut out = Vec::new();
        let written = output.encode(&Profile::Internal.release(&run.layer), &mut out);
        assert!(written.is_ok(), "{}: {written:?}", output.name());
        match output.name() {
            "png" => assert!(out.starts_with(b"\x89PNG\r\n\x1a\n")),
            "geojson" => {
                let map: Value = serde_json::from_slice(&out).unwrap_or_else(|error| panic!("{error}"));
                let cells = map["features"].as_array().map_or(0, Vec::len);
                assert_eq!(cells, run.scores.cells.len());
            }
            // Read back, it is the same layer.
            "geopackage" | "flatgeobuf" => {
                let saved = bytes(&format!("x.{}", output.extensions()[0]), out.clone());
                let opened = Layer::open(saved).unwrap_or_else(|error| panic!("{error}"));
                let mut again = Vec::new();
                let written = output.encode(&Profile::Internal.release(&opened.layer), &mut again);
                assert!(written.is_ok() && again == out && opened.notices.is_empty(), "{}", output.name());
            }
            _ => {}
        }
        out
    });
    Ok(outputs.collect())
}

fn account(run: &Run) {
    assert_eq!(run.ledger.read(), run.ledger.accepted() + run.ledger.quarantined());
    assert_eq!(run.cube.total(), run.ledger.accepted());
    assert!(run.within_max_rejects);
    for cell in &run.scores.cells {
        assert!((0.0..=100.0).contains(&cell.score), "{cell:?}");
        let parts = cell.intensity + cell.surge + cell.corroboration + cell.spread;
        assert!((parts - cell.score).abs() < 1e-6, "{cell:?}");
    }
}
