//! A table comes to the same whether it is taken a block at a time or row by row.

use polars::prelude::{Categories, Column, DataFrame, DataType, IdxSize, NamedFrom, Series, TimeUnit, TimeZone};
use proptest::prelude::*;

use super::dedupe::SeenIds;
use super::{Bbox, Columns, Dedupe, FileTally, Intake, NaiveTimes, ReadOptions};
use crate::format::frame::FrameRecords;
use crate::format::{Crs, FileOptions, Records};

/// All that reading a frame leaves behind, in words.
fn outcome(frame: &DataFrame, options: &ReadOptions, are_rising: bool, by_row: bool) -> Vec<String> {
    let mut records = FrameRecords::new("frame", frame).expect("every type is known");
    let columns =
        Columns::choose("frame", records.header(), options, &super::first_rows::FirstRows::none(), &mut Vec::new())
            .expect("all is there");
    records.select(&columns.wanted(), &columns.late_names());
    let (mut seen, mut outcome) = (SeenIds::default(), Vec::new());
    if !are_rising {
        seen.remember();
    }
    let lines = std::cell::RefCell::new(&mut outcome);
    let mut accept = |batch: &super::Batch| {
        let bits = |degrees: &[f64]| degrees.iter().map(|degrees| degrees.to_bits()).collect::<Vec<_>>();
        lines.borrow_mut().push(format!("{:?} {:?} {batch:?}", bits(batch.lat()), bits(batch.lng())));
    };
    let mut quarantine = |record: &super::Quarantined| {
        lines.borrow_mut().push(format!("{record:?}"));
        Ok(())
    };
    let (tally, crs) = (FileTally::new("frame".into(), "frame", Vec::new()), options.file.crs.unwrap_or_default());
    let mut intake = Intake::new(options, columns, tally, &mut seen, None, &mut accept, &mut quarantine, crs);
    let poured = if by_row { intake.take_all(&mut records) } else { intake.take_blocks(&mut records) };
    let counted = format!("{:?} {:?}", intake.dates.clocks, intake.dates.midnights.seen());
    let end = poured.and_then(|()| intake.finish(Vec::new()));
    outcome.push(format!("{end:?} {seen:?} {counted}"));
    outcome
}

fn assert_same(frame: &DataFrame, options: &ReadOptions, are_rising: bool) {
    let (rows, blocks) = (outcome(frame, options, are_rising, true), outcome(frame, options, are_rising, false));
    assert_eq!(rows, blocks);
}

/// Values of a column, usual ones above all; in some columns none is missing.
fn any_of<T: Clone + std::fmt::Debug + 'static>(
    usual: &[T],
    unusual: &[T],
    rows: usize,
) -> impl Strategy<Value = Vec<Option<T>>> + use<T> {
    let some = |values: &[T]| prop::sample::select(values.to_vec()).prop_map(Some).boxed();
    let values = [(40, some(usual)), (1, some(unusual)), (4, Just(None).boxed())];
    (1..=values.len()).prop_flat_map(move |kinds| {
        prop::collection::vec(prop::strategy::Union::new_weighted(values[..kinds].to_vec()), rows)
    })
}

fn column<T>(name: &'static str, values: Vec<Option<T>>, dtype: &DataType) -> Column
where
    Series: NamedFrom<Vec<Option<T>>, [Option<T>]>,
{
    let series = Series::new(name.into(), values);
    series.cast(dtype).expect("polars casts it").into()
}

fn degrees(name: &'static str, usual: &[f64], rows: usize) -> impl Strategy<Value = Column> + use<> {
    let unusual = [0.0, -0.0, f64::NAN, f64::INFINITY, 52.6, 1e6, -200.0, 90.0, 180.0];
    let types = [DataType::Float64, DataType::Float64, DataType::Float32, DataType::Int32, DataType::String];
    (any_of(usual, &unusual, rows), prop::sample::select(types.to_vec())).prop_map(move |(values, dtype)| {
        let whole = |value: &f64| value.abs() < 1e9;
        let values = if dtype == DataType::Int32 {
            values.into_iter().map(|value| value.filter(whole)).collect()
        } else {
            values
        };
        column(name, values, &dtype)
    })
}

/// 2024-03-01T12:00:00 and, of 2023 in London: 01:30 on the days on which clocks skip and repeat it, 23:00 and midnight
/// in summer. The others are beyond the years that have dates or a table.
const USUAL: [i64; 3] = [1_709_294_400, 1_680_000_000, 1_700_003_600];
const UNUSUAL: [i64; 8] = [
    1_679_794_200,
    1_698_543_000,
    1_690_153_200,
    1_690_156_800,
    -2_300_000_000,
    5_000_000_000,
    -62_135_596_801,
    253_402_300_799,
];

fn times(name: &'static str, rows: usize) -> impl Strategy<Value = Column> {
    let day_of = |seconds: Option<i64>| seconds.map(|seconds| seconds.div_euclid(86_400) as i32);
    (any_of(&USUAL, &UNUSUAL, rows), 0..7).prop_map(move |(values, kind)| {
        let ticks = |per: i64| {
            values.iter().map(|value| value.map(|value| value.saturating_mul(per).saturating_add(7))).collect()
        };
        let (milli, micro) = (TimeUnit::Milliseconds, TimeUnit::Microseconds);
        match kind {
            0 => column(name, values.iter().copied().map(day_of).collect(), &DataType::Date),
            1 => column(name, ticks(1_000), &DataType::Datetime(milli, None)),
            2 => column::<i64>(name, ticks(1_000_000), &DataType::Datetime(micro, Some(TimeZone::UTC))),
            3 => column::<i64>(name, ticks(1_000_000_000), &DataType::Datetime(TimeUnit::Nanoseconds, None)),
            4 => column::<i64>(name, values.iter().map(|value| value.map(|_| 2023)).collect(), &DataType::Int64),
            5 => column(
                name,
                values.iter().map(|value| value.map(|_| "2023-07-01T23:00:00")).collect(),
                &DataType::String,
            ),
            _ => column::<i64>(name, ticks(1_000_000), &DataType::Datetime(micro, None)),
        }
    })
}

fn texts(
    name: &'static str,
    usual: &[&'static str],
    unusual: &[&'static str],
    rows: usize,
) -> impl Strategy<Value = Column> + use<> {
    let all: Vec<Option<&'static str>> = usual.iter().chain(unusual).map(|text| Some(*text)).chain([None]).collect();
    (any_of(usual, unusual, rows), 0..3).prop_map(move |(values, kind)| match kind {
        0 => column(name, values, &DataType::from_categories(Categories::global())),
        1 => column(name, values, &DataType::String),
        // As from a dictionary: what is said twice lies in one place.
        _ => {
            let place = |value| all.iter().position(|text| *text == value).expect("one of all") as IdxSize;
            let rows: Vec<IdxSize> = values.into_iter().map(place).collect();
            column(name, all.clone(), &DataType::String).take_slice(&rows).expect("each has a place")
        }
    })
}

fn numbers(name: &'static str, unusual: &[i32], rows: usize) -> impl Strategy<Value = Column> + use<> {
    let types =
        [DataType::Int8, DataType::UInt8, DataType::Int64, DataType::Float64, DataType::String, DataType::UInt16];
    (any_of(&[1, 2, 5], unusual, rows), prop::sample::select(types.to_vec()))
        .prop_map(move |(values, dtype)| column(name, values, &dtype))
}

fn ids(rows: usize) -> impl Strategy<Value = Column> {
    (any_of(&[1_i64, 1, 1, 3], &[0, -2], rows), 0..4).prop_map(|(steps, kind)| {
        let mut last = 0;
        // Without a step back or none, they rise.
        let ids = steps.into_iter().map(|step| {
            last += if kind == 0 { step.unwrap_or(1).max(1) } else { step? };
            Some(last)
        });
        let ids: Vec<Option<i64>> = ids.collect();
        column("id", ids, if kind == 2 { &DataType::String } else { &DataType::Int64 })
    })
}

/// A frame with some of the columns that there may be.
fn frames() -> impl Strategy<Value = DataFrame> {
    // Some have more rows than a dictionary has bytes.
    prop_oneof![4 => 0..60_usize, 1 => 100..130_usize].prop_flat_map(|rows| {
        // Two differ only in what the hash of a long text leaves out, and mean nothing to us, so that they are counted.
        let labels = ["asb", "Violence against the postmen", "Violence against all postmen"];
        let unknown = ["", "  ", "public_order", "Violence and sexual offences", "x"];
        let needed = (degrees("lon", &[-1.1, -1.25], rows), degrees("lat", &[52.6, 52.7], rows), times("date", rows));
        let optional = (
            prop::option::weighted(0.8, ids(rows)),
            prop::option::weighted(0.3, times("reported_at", rows)),
            prop::option::weighted(0.1, times("date_start", rows)),
            prop::option::weighted(0.9, texts("category", &labels, &unknown, rows)),
            prop::option::weighted(0.7, numbers("severity", &[0, 9, 100], rows)),
            prop::option::weighted(
                0.3,
                texts("source", &["Leicestershire, A Police", "Leicestershire, B Police"], &[""], rows),
            ),
            prop::option::weighted(0.2, texts("strand", &["E", "potential"], &["?"], rows)),
            prop::option::weighted(0.2, texts("grade", &["2B", "B2"], &["Z9"], rows)),
            prop::option::weighted(0.2, numbers("precision", &[3, 77], rows)),
        );
        (needed, optional).prop_map(
            move |((lon, lat, date), (id, reported, start, category, severity, source, strand, grade, precision))| {
                let optional = [id, reported, start, category, severity, source, strand, grade, precision];
                let columns = [lon, lat, date].into_iter().chain(optional.into_iter().flatten()).collect();
                DataFrame::new(rows, columns).expect("columns of one length")
            },
        )
    })
}

fn readings() -> impl Strategy<Value = ReadOptions> {
    let zones =
        ["UTC", "Europe/London", "America/New_York"].map(|name| jiff::tz::TimeZone::get(name).expect("bundled"));
    let dedupes = vec![Dedupe::Row, Dedupe::Id, Dedupe::Off];
    let choice = (prop::sample::select(zones.to_vec()), prop::sample::select(dedupes), any::<bool>(), 0..6);
    choice.prop_map(|(zone, dedupe, is_utc, other)| ReadOptions {
        zone,
        dedupe,
        naive_times: if is_utc { NaiveTimes::Utc } else { NaiveTimes::Local },
        bbox: (other == 0).then_some(Bbox::UNITED_KINGDOM),
        file: FileOptions { crs: (other == 1).then_some(Crs::BritishNationalGrid), ..FileOptions::default() },
        ..ReadOptions::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn blocks_come_to_the_same_as_rows(frame in frames(), options in readings(), are_rising: bool) {
        assert_same(&frame, &options, are_rising);
    }
}

/// Batches are full where they are full row by row, and a reading that looks through columns is one that does.
#[test]
fn blocks_fill_batches_as_rows_do() {
    let rows = 2 * super::Batch::MAX + 1_000;
    let odd = |row: usize, every: usize| row % every == every - 1;
    let frame = DataFrame::new(
        rows,
        vec![
            column("id", (0..rows).map(|row| Some(row as i64)).collect(), &DataType::Int64),
            column("lon", (0..rows).map(|row| (!odd(row, 97)).then_some(-1.1)).collect(), &DataType::Float64),
            column("lat", vec![Some(52.6); rows], &DataType::Float64),
            column::<i64>(
                "date",
                (0..rows as i64).map(|row| Some(1_600_000_000 + row * 3_000)).collect(),
                &DataType::Int64,
            ),
            column(
                "category",
                (0..rows).map(|row| Some(["asb", "public_order"][row % 2])).collect(),
                &DataType::String,
            ),
        ],
    );
    let mut frame = frame.expect("columns of one length");
    let date = frame.column("date").expect("just made").cast(&DataType::Int64).expect("it is");
    let date = (date * 1_000).cast(&DataType::Datetime(TimeUnit::Milliseconds, None)).expect("polars casts it");
    frame.with_column(date).expect("the same length");
    let lines = outcome(&frame, &ReadOptions::default(), true, false);
    assert_eq!(lines.iter().filter(|line| line.contains("Batch {")).count(), 3);
    for are_rising in [true, false] {
        assert_same(&frame, &ReadOptions::default(), are_rising);
    }
}
