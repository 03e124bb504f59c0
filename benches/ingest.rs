//! Reading: the sample in each of its formats to accepted reports, beside the usual library, which checks nothing.

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use tensionmap::Input;
use tensionmap::unstable::ingest::{Dedupe, ReadOptions, read};

const REPORTS: usize = 6001;

fn sample(format: &str) -> Vec<u8> {
    std::fs::read(format!("{}/data/incidents.{format}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[divan::bench(args = ["csv", "geojson", "parquet"])]
fn read_ours(bencher: Bencher, format: &str) {
    let bytes = sample(format);
    let input = Input::Bytes(format.to_owned(), bytes.clone());
    let options = ReadOptions { dedupe: Dedupe::Off, ..ReadOptions::default() };
    bencher.counter(BytesCount::of_slice(&bytes)).counter(ItemsCount::new(REPORTS)).bench_local(|| {
        let mut count = 0;
        read(&input, &options, &mut |batch| count += batch.len(), &mut |_| Ok(())).unwrap();
        count
    });
}

/// Ours with a search for duplicates, by ids that are text.
#[divan::bench]
fn read_ours_csv_with_dedupe(bencher: Bencher) {
    let bytes = sample("csv");
    let input = Input::Bytes("csv".to_owned(), bytes.clone());
    bencher
        .counter(BytesCount::of_slice(&bytes))
        .counter(ItemsCount::new(REPORTS))
        .bench_local(|| read(&input, &ReadOptions::default(), &mut |_| (), &mut |_| Ok(())).unwrap().accepted);
}

#[divan::bench]
fn read_csv_crate(bencher: Bencher) {
    let bytes = sample("csv");
    bencher.counter(BytesCount::of_slice(&bytes)).counter(ItemsCount::new(REPORTS)).bench_local(|| {
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        let mut sum = 0.0;
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).unwrap() {
            sum += record[8].parse::<f64>().unwrap_or(0.0) + record[9].parse::<f64>().unwrap_or(0.0);
        }
        sum
    });
}

#[divan::bench]
fn read_geojson_crate(bencher: Bencher) {
    let bytes = sample("geojson");
    bencher.counter(BytesCount::of_slice(&bytes)).counter(ItemsCount::new(REPORTS)).bench_local(|| {
        geojson::FeatureReader::from_reader(bytes.as_slice())
            .features()
            .filter(|feature| feature.as_ref().is_ok_and(|feature| feature.geometry.is_some()))
            .count()
    });
}
