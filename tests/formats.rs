//! Every format reads the same reports to the same counts.

use std::path::{Path, PathBuf};

use polars::prelude::{IntoLazy, SerReader};
use tensionmap::Code;
use tensionmap::Role;
use tensionmap::unstable::format::FORMATS;
use tensionmap::unstable::ingest::{ReadOptions, read};
use tensionmap::{Engine, Incident, Input, polars};

use crate::support::{csv, own, sample_cube};

/// The formats the sample comes in count it alike; the others, of which it would be too large to keep, read small files that
/// GDAL wrote as they read the same table in CSV.
#[test]
fn every_format_reads_the_same_reports_alike() {
    let expected = sample_cube(tensionmap::sample::incidents());
    for format in FORMATS {
        let path = own(&format!("data/incidents.{}", format.name));
        if path.exists() {
            assert_eq!(sample_cube(&path), expected, "{}", format.name);
            continue;
        }
        if format.name == "workbook" {
            let folder = tempfile::tempdir().unwrap();
            assert_eq!(sample_cube(sample_as_workbook(folder.path())), expected, "{}", format.name);
            continue;
        }
        let of_format =
            |name: &&&str| format.extensions.iter().any(|extension| name.ends_with(&format!(".{extension}")));
        let files: Vec<&&str> = GIS.iter().filter(of_format).collect();
        assert!(!files.is_empty(), "nothing here is in the format {}", format.name);
        for name in files {
            reads_as_the_table(&own(&format!("tests/reference/gis/{name}")), format.name);
        }
    }
}

/// The sample with a cell a field, numbers as such.
fn sample_as_workbook(folder: &Path) -> PathBuf {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    let mut table = ::csv::ReaderBuilder::new().has_headers(false).from_path(own("data/incidents.csv")).unwrap();
    for (row, record) in (0..).zip(table.records()) {
        for (column, field) in (0..).zip(&record.unwrap()) {
            match field.parse::<f64>() {
                Ok(number) => drop(sheet.write_number(row, column, number).unwrap()),
                Err(_) if field.is_empty() => {}
                Err(_) => drop(sheet.write_string(row, column, field).unwrap()),
            }
        }
    }
    let path = folder.join("incidents.xlsx");
    workbook.save(&path).unwrap();
    path
}

const GIS: [&str; 7] = ["points.fgb", "osgb.fgb", "points.gpkg", "points.shp", "osgb.shp", "points.kml", "points.json"];

fn reads_as_the_table(path: &Path, format: &str) {
    // The table of tests/reference/gis/make.py; the files in metres lack its row without a place.
    let is_grid = path.file_stem().unwrap() == "osgb";
    let nowhere = if is_grid { "" } else { ",,1999-12-31\n" };
    let table = format!("lon,lat,day\n-1.13158,52.635,2024-02-29\n0.5,51,\n{nowhere}-2,53.25,2026-03-02\n");
    let mut reading = ReadOptions::default();
    reading.columns.insert(Role::Date, "day".to_owned());
    let tell = |input: &Input| {
        let (mut incidents, mut quarantined) = (Vec::new(), Vec::new());
        let tally = read(input, &reading, &mut |batch| incidents.extend(batch.incidents()), &mut |one| {
            quarantined.push(one.code);
            Ok(())
        });
        let tally = tally.unwrap();
        // A file with a spatial index has its own order.
        quarantined.sort_unstable();
        incidents.sort_by(|a: &Incident, b: &Incident| a.at.lng().total_cmp(&b.at.lng()));
        assert_eq!(tally.read, tally.accepted + tally.quarantined());
        (tally, incidents, quarantined)
    };
    let (_, expected, expected_quarantined) = tell(&csv("table.csv", &table));
    let (tally, incidents, quarantined) = tell(&Input::from(path));
    assert_eq!((tally.format, &quarantined), (format, &expected_quarantined), "{}", path.display());
    assert_eq!(tally.warnings.contains_key(&Code::CrsMember), is_grid, "{:?}", tally.warnings);
    assert_eq!(incidents.len(), 2);
    for (found, expected) in incidents.iter().zip(&expected) {
        // GDAL brought these to the grid by seven parameters, which is good to some 5 m; ours comes back through OSTN15.
        let near = |a: f64, b: f64| (a - b).abs() <= if is_grid { 5e-5 } else { 0.0 };
        assert!(near(found.at.lat(), expected.at.lat()) && near(found.at.lng(), expected.at.lng()), "{found:?}");
        assert_eq!((found.when, found.known, &found.class), (expected.when, expected.known, &expected.class));
    }
}

#[test]
fn gzip_is_seen_by_content_not_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("incidents.txt");
    let mut out = flate2::write::GzEncoder::new(std::fs::File::create(&path).unwrap(), flate2::Compression::fast());
    std::io::copy(&mut std::fs::File::open(own("data/incidents.geojson")).unwrap(), &mut out).unwrap();
    out.finish().unwrap();
    assert_eq!(sample_cube(&path), sample_cube(tensionmap::sample::incidents()));
}

/// A caller's own frame and query count as the file does.
#[test]
fn frames_and_queries_count_as_files_do() {
    let expected = sample_cube(tensionmap::sample::incidents());
    let file = std::fs::File::open(own("data/incidents.parquet")).unwrap();
    let frame = polars_io::parquet::read::ParquetReader::new(file).finish().unwrap();
    assert_eq!(sample_cube(frame.clone()), expected);
    assert_eq!(sample_cube(frame.lazy()), expected);
}

/// Parquet as data frames write it: categories are text, what cannot be used is left out and named, nothing panics.
#[test]
fn parquet_with_other_types_is_read_around_them() {
    use polars::prelude::{Categories, Column, DataFrame, DataType};
    let category = Column::new("category".into(), ["asb", "violence"]);
    let category = category.cast(&DataType::from_categories(Categories::global())).unwrap();
    let flag = Column::new("flag".into(), [true, false]);
    let columns = vec![
        Column::new("lon".into(), [2.3_f32, 2.4]),
        Column::new("lat".into(), [54.7, 54.8]),
        Column::new("date".into(), ["2026-01-05", "2026-01"]),
        category,
        flag,
        Column::new("severity".into(), [3_i8, 4]),
    ];
    let mut frame = DataFrame::new(2, columns).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd.parquet");
    polars_io::parquet::write::ParquetWriter::new(std::fs::File::create(&path).unwrap()).finish(&mut frame).unwrap();
    for input in [tensionmap::Input::from(&path), tensionmap::Input::from(frame)] {
        let run = Engine::builder().build().unwrap().incidents(input).unwrap().run().unwrap();
        assert_eq!((run.ledger.accepted(), run.cube.classes().len(), run.ledger.unmapped().len()), (2, 2, 0));
    }
}

/// A role whose column is of a useless type refuses each record and says what it holds.
#[test]
fn flags_are_no_coordinates() {
    use polars::prelude::{Column, DataFrame};
    let flags = Column::new("lon".into(), [true, false]);
    let columns = vec![flags, Column::new("lat".into(), [54.7, 54.8]), Column::new("date".into(), ["2026-01-05"; 2])];
    let mut frame = DataFrame::new(2, columns).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd.parquet");
    polars_io::parquet::write::ParquetWriter::new(std::fs::File::create(&path).unwrap()).finish(&mut frame).unwrap();
    for input in [tensionmap::Input::from(&path), tensionmap::Input::from(frame)] {
        let error = Engine::builder().build().unwrap().incidents(input).unwrap().run().unwrap_err().to_string();
        assert!(
            error.contains("Q_COORD_TYPE longitude: found \"true\", expected a plain number, such as -1.13158"),
            "{error}"
        );
    }
}

/// A day number from a frame can be anything; what is no date is quarantined, never counted with.
#[test]
fn impossible_days_are_quarantined() {
    use polars::prelude::{Column, DataFrame, DataType};
    let days = Column::new("date".into(), [20_000, 3_000_000, i32::MAX, i32::MIN]).cast(&DataType::Date).unwrap();
    let columns = vec![Column::new("lon".into(), [2.3; 4]), Column::new("lat".into(), [54.7; 4]), days];
    let run = Engine::builder().build().unwrap().incidents(DataFrame::new(4, columns).unwrap()).unwrap().run().unwrap();
    assert_eq!((run.ledger.accepted(), run.ledger.quarantined()), (1, 3));
    assert_eq!(run.ledger.codes().keys().map(|code| code.id()).collect::<Vec<_>>(), ["Q_BAD_DATE"]);
}

/// Dates, date-times with and without a zone, and numbers of any width come in typed.
#[test]
fn typed_columns_need_no_text() {
    use polars::prelude::{Column, DataFrame, DataType, Int64Chunked, IntoColumn, NewChunkedArray, TimeUnit, TimeZone};
    let column = |name: &str, values: &[f64]| Column::new(name.into(), values);
    // 2022-09-17 23:30 UTC is the 18th in London.
    let moment = |zone| {
        let ticks = Int64Chunked::from_slice("date".into(), &[1_663_457_400_000]);
        ticks.into_datetime(TimeUnit::Milliseconds, zone).into_column()
    };
    let day = moment(None).cast(&DataType::Date).unwrap();
    for (when, day) in [(moment(Some(TimeZone::UTC)), "2022-09-18"), (moment(None), "2022-09-17"), (day, "2022-09-17")]
    {
        let dtype = when.dtype().clone();
        let severity = Column::new("severity".into(), [4_i32]);
        let frame = DataFrame::new(1, vec![column("lon", &[-1.1]), column("lat", &[52.6]), when, severity]).unwrap();
        let run = Engine::builder().as_of("2022-10-01").build().unwrap().incidents(frame).unwrap().run().unwrap();
        let row = run.cube.rows().next().unwrap();
        assert_eq!(row.when.start.to_string(), day, "{dtype:?}");
        assert_eq!(run.cube.classes()[0].severity.map(tensionmap::Severity::get), Some(4));
    }
}

/// Damage is an error that names the file, whatever polars' decoder makes of it. Bytes changed by a fixed generator, and what the
/// fuzzer found.
#[test]
fn a_damaged_parquet_file_is_an_error_and_no_panic() {
    let check = |bytes: Vec<u8>| {
        let input = Input::Bytes("damaged.parquet".into(), bytes);
        let engine = Engine::builder().without_counts().build().unwrap();
        match engine.incidents(input).and_then(Engine::check) {
            Ok(_) => None,
            Err(error) => {
                let causes: Vec<String> =
                    std::iter::successors(Some(&error as &dyn std::error::Error), |error| error.source())
                        .map(ToString::to_string)
                        .collect();
                Some(causes.join(": "))
            }
        }
    };
    let found = std::fs::read(own("fuzz/seeds/cube/dictionary_without_its_page")).unwrap();
    let message = check(found[1..].to_vec()).unwrap();
    assert!(message.starts_with("damaged.parquet: ") && message.contains("the file is damaged: "), "{message}");
    let folder = tempfile::tempdir().unwrap();
    // What a header says is not taken for a reason to ask for memory, which ends a program that cannot have it.
    for (seed, expected) in [
        ("page_of_two_exabytes", "a page of "),
        ("header_of_two_gigabytes", "a page ("),
        ("footer_of_14_gigabytes", "its footer (message too long)"),
        ("footer_read_past_its_damage", "its footer ("),
    ] {
        let file = std::fs::read(own(&format!("fuzz/seeds/cube/{seed}"))).unwrap();
        // As the fuzz target does: the first byte says what it is read as.
        let message = if file[0] & 1 == 1 {
            check(file[1..].to_vec()).unwrap()
        } else {
            let path = folder.path().join("damaged.parquet");
            std::fs::write(&path, &file[1..]).unwrap();
            let error = tensionmap::Cube::read(&path).unwrap_err();
            format!("{error}: {}", std::error::Error::source(&error).unwrap())
        };
        assert!(message.contains("the file is damaged: ") && message.contains(expected), "{seed}: {message}");
    }
    // Of two damaged columns, the same one each time.
    let two = std::fs::read(own("fuzz/seeds/cube/two_damaged_columns")).unwrap();
    let message = check(two[1..].to_vec()).unwrap();
    assert!((0..20).all(|_| check(two[1..].to_vec()).as_ref() == Some(&message)));
    let sound = std::fs::read(own("data/incidents.parquet")).unwrap();
    assert_eq!(check(sound.clone()), None);
    let mut seed = 20_261_128_u64;
    let mut below = |end: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % end
    };
    let mut quarantined = 0;
    for _ in 0..60 {
        let mut bytes = sound.clone();
        for _ in 0..4 {
            bytes[below(sound.len())] ^= 1 << below(8);
        }
        quarantined += usize::from(check(bytes).is_some());
    }
    assert!(quarantined > 10, "{quarantined}");
}
