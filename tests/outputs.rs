//! Outputs are complete, valid, and readable by other programs.

use geo::{Area, Polygon};
use tensionmap::Layer;
use tensionmap::Product;

use crate::support::sample_run;

#[test]
fn every_output_is_written_whole_and_the_same_twice() {
    let run = sample_run();
    let folder = tempfile::tempdir().unwrap();
    for output in Layer::ENCODERS {
        let path = folder.path().join(format!("map.{}", output.extensions()[0]));
        run.layer.save(&path).unwrap();
        let first = std::fs::read(&path).unwrap();
        run.layer.save(&path).unwrap();
        assert!(first.len() > 10_000 && std::fs::read(&path).unwrap() == first, "{}", output.name());
    }
    let mut left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    let known = Layer::ENCODERS.iter().map(|output| format!("map.{}", output.extensions()[0]));
    let mut expected: Vec<String> =
        known.chain(["map.pgw", "map.png.aux.xml", "map.qml", "map.sld"].map(str::to_owned)).collect();
    expected.sort();
    assert_eq!(left, expected.iter().map(std::ffi::OsString::from).collect::<Vec<_>>());
}

/// The layer parses as RFC 7946, each ring winds counter-clockwise and closes, and each score is the sum of its points.
#[test]
fn the_geojson_layer_is_sound() {
    let run = sample_run();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.geojson");
    run.layer.save(&path).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let layer: geojson::FeatureCollection = text.parse().unwrap();
    assert_eq!(layer.features.len(), run.scores.cells.len());
    for feature in layer.features {
        let properties = feature.properties.unwrap();
        assert_eq!(feature.id, Some(geojson::feature::Id::String(properties["h3"].as_str().unwrap().to_owned())));
        let polygon: Polygon = feature.geometry.unwrap().value.try_into().unwrap();
        assert!(polygon.signed_area() > 0.0 && polygon.exterior().is_closed());
        let number = |name: &str| properties[name].as_f64().unwrap();
        assert_eq!(properties["rag"].is_null(), properties["status"] != "scored", "{properties:?}");
        let sum: f64 = ["surge", "corroboration", "spread"].map(number).iter().sum();
        assert!((number("score") - sum).abs() < 0.03, "{properties:?}");
        assert!(properties["rr"].is_null() == (properties["status"] == "no_reports"), "{properties:?}");
    }
    let about = &layer.foreign_members.unwrap()["tensionmap"];
    assert_eq!(about["method"], "tension-2");
    assert_eq!(
        about["read"].as_u64().unwrap(),
        about["accepted"].as_u64().unwrap() + about["quarantined"].as_u64().unwrap()
    );
    assert_eq!(about["quarantined_by_code"]["Q_NO_GEOMETRY"], 43);
    assert!((about["unlocated_share"].as_f64().unwrap() - 43.0 / 6001.0).abs() < 1e-12);
}

/// The picture is a true PNG of the stated size that uses its whole palette: bands, hatching and marks are on it.
#[test]
fn the_picture_shows_every_kind_of_cell() {
    let run = sample_run();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.png");
    run.layer.save(&path).unwrap();
    let mut reader =
        png::Decoder::new(std::io::BufReader::new(std::fs::File::open(&path).unwrap())).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    assert_eq!((info.width, info.height, info.color_type), (1600, 1200, png::ColorType::Rgb));
    let count = |colour: [u8; 3]| pixels.chunks_exact(3).filter(|pixel| *pixel == colour).count();
    for cell in &run.scores.cells {
        if cell.status == tensionmap::Status::Scored {
            assert!(count(tensionmap::unstable::layer::ScoreBand::of(cell.score).colour) > 1000, "{}", cell.score);
        }
    }
    // On the map itself, left of the panel: the hatching of silent cells and the blue of the numbered marks.
    let on_map = |colour: [u8; 3]| {
        let rows = pixels.chunks_exact(1600 * 3).map(|row| &row[..1088 * 3]);
        rows.flat_map(|row| row.chunks_exact(3)).filter(|pixel| *pixel == colour).count()
    };
    let hatched = crate::support::hatched(&pixels, 1600, 48..1088, 128..1068);
    assert!(hatched > 1000 && on_map([0x1b, 0x4f, 0x8f]) > 500, "{hatched}");
}

/// Pixels an inch as set, and written in the file; the same page at four times the resolution.
#[test]
fn pictures_are_as_fine_as_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let picture = |dpi: u16| {
        let settings = tensionmap::Settings { dpi: Some(dpi), ..Default::default() };
        let engine =
            tensionmap::Engine::builder().settings(settings).as_of("2026-03-02").area(tensionmap::sample::boundary());
        let path = folder.path().join(format!("{dpi}.png"));
        let run = engine.build().unwrap().incidents(tensionmap::sample::incidents()).unwrap().run().unwrap();
        run.layer.save(&path).unwrap();
        let file = std::io::BufReader::new(std::fs::File::open(&path).unwrap());
        let mut reader = png::Decoder::new(file).read_info().unwrap();
        let per_metre = reader.info().pixel_dims.unwrap().xppu;
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        (info.width, info.height, per_metre, pixels)
    };
    let (usual, fine) = (picture(96), picture(192));
    assert_eq!((usual.0, usual.1, usual.2), (1600, 1200, 3780));
    assert_eq!((fine.0, fine.1, fine.2), (3200, 2400, 7559));
    // Four fine pixels come to about the usual one.
    let at = |(width, _, _, pixels): &(u32, u32, u32, Vec<u8>), x: u32, y: u32| {
        let place = ((y * width + x) * 3) as usize;
        f64::from(pixels[place])
    };
    let mut off = 0.0;
    for (x, y) in (0..1200).flat_map(|y| (0..1600).map(move |x| (x, y))) {
        let four = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(i, j)| at(&fine, 2 * x + i, 2 * y + j));
        off += (four.iter().sum::<f64>() / 4.0 - at(&usual, x, y)).abs();
    }
    assert!(off / (1600.0 * 1200.0) < 0.7, "{}", off / (1600.0 * 1200.0));
    let refused = tensionmap::Settings { dpi: Some(301), ..Default::default() };
    let refused = tensionmap::Engine::builder().settings(refused).build().unwrap_err();
    assert_eq!(refused.to_string(), "dpi \"301\" is not usable: expected 48 to 300 pixels an inch");
}

/// The files beside a picture say where it lies: at the middle of a cell, by them, is the colour of its score.
#[test]
fn a_picture_says_where_it_lies() {
    let run = sample_run();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("map.png");
    run.layer.save(&path).unwrap();
    let world = std::fs::read_to_string(folder.path().join("map.pgw")).unwrap();
    let world: Vec<f64> = world.lines().map(|line| line.parse().unwrap()).collect();
    let [step, 0.0, 0.0, down, west, north] = world[..] else { panic!("{world:?}") };
    assert!(step > 0.0 && (step + down).abs() < 1e-9);
    let about = std::fs::read_to_string(folder.path().join("map.png.aux.xml")).unwrap();
    assert!(about.contains("<SRS>EPSG:3857</SRS>"), "{about}");
    let mut reader =
        png::Decoder::new(std::io::BufReader::new(std::fs::File::open(&path).unwrap())).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut pixels).unwrap();
    let mut met = 0;
    for cell in run.scores.cells.iter().filter(|cell| cell.status == tensionmap::Status::Scored) {
        let at = h3o::LatLng::from(cell.cell);
        let (x, y) = (6_378_137.0 * at.lng_radians(), 6_378_137.0 * at.lat_radians().tan().asinh());
        // A little to the right of dots and numbers.
        let (column, row) = ((x - west) / step + 25.0, (y - north) / down);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a pixel of the page")]
        let place = row.round() as usize * 1600 + column.round() as usize;
        met += usize::from(
            pixels.as_chunks::<3>().0[place] == tensionmap::unstable::layer::ScoreBand::of(cell.score).colour,
        );
    }
    // The boundary crosses one or two there.
    let scored = run.scores.cells.iter().filter(|cell| cell.status == tensionmap::Status::Scored).count();
    assert!(met + 3 >= scored, "{met} of {scored}");
}
