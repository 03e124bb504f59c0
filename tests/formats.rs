//! Every format reads the same reports to the same counts.

use polars::prelude::{IntoLazy, SerReader};
use tensionmap::ingest::FORMATS;
use tensionmap::{Engine, polars};

use crate::support::{own, sample_cube};

#[test]
fn every_format_reads_the_sample_alike() {
    let expected = sample_cube(tensionmap::sample::incidents());
    for format in FORMATS {
        let path = own(&format!("data/incidents.{}", format.name()));
        assert_eq!(sample_cube(&path), expected, "{}", format.name());
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

/// A role whose column is of a useless type refuses each record and says of what type it is.
#[test]
fn useless_types_are_refused_by_name() {
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
            error.contains("Q_COORD_TYPE longitude: found \"a value of type Boolean\", expected a number"),
            "{error}"
        );
    }
}

/// A day number from a frame can be anything; what is no date is refused, never counted with.
#[test]
fn impossible_days_are_refused() {
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
        let row = run.cube.rows()[0];
        assert_eq!(row.when.start.to_string(), day, "{dtype:?}");
        assert_eq!(run.cube.classes()[0].severity.map(tensionmap::Severity::get), Some(4));
    }
}
