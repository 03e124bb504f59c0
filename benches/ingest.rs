//! Reading: the sample's reports in each format, down to the counted cube.

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use tensionmap::cube::CubeBuilder;
use tensionmap::ingest::{FORMATS, Input, Reading, read};

#[divan::bench(args = FORMATS.iter().map(|format| format.name()))]
fn read_and_count(bencher: Bencher, format: &str) {
    let path = format!("{}/data/incidents.{format}", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(path).unwrap();
    let input = Input::Bytes(format.to_owned(), bytes.clone());
    bencher.counter(BytesCount::of_slice(&bytes)).counter(ItemsCount::new(6001_usize)).bench_local(|| {
        let mut cube = CubeBuilder::new(h3o::Resolution::Eight, "UTC");
        read(&input, &Reading::default(), &mut |batch| cube.add(batch), &mut |_| Ok(())).unwrap();
        cube.build().unwrap()
    });
}
