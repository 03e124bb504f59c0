//! Bytes exchanged at random: reading ends without a panic.

use std::fs;

use proptest::prelude::*;

use super::support::{copied, fixture, open};
use tensionmap::unstable::format::{FORMATS, FormatError, Records, Source, Step};

/// Reading ends without a panic for any bytes.
fn exhaust(records: Result<Box<dyn Records>, FormatError>) {
    let Ok(mut records) = records else { return };
    for _ in 0..100_000 {
        match records.advance() {
            Ok(Step::Record) => {
                let _ = (records.geometry().displayed(), records.raw(), records.header().crs.clone());
                for column in 0..=records.names().len() {
                    records.field(column);
                }
            }
            Ok(Step::Broken(_)) => {}
            Ok(Step::End) | Err(_) => return,
        }
    }
    panic!("a file of a few kilobytes has no end");
}

/// Some bytes of a file exchanged for others.
fn garbled(bytes: &[u8], changes: &[(prop::sample::Index, u8)]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (place, byte) in changes {
        *place.get_mut(&mut bytes[..]) = *byte;
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn garbled_bytes_do_no_harm(changes in prop::collection::vec(any::<(prop::sample::Index, u8)>(), 1..6)) {
        for name in ["points.fgb", "osgb.fgb", "points.gpkg"] {
            let bytes = garbled(&fs::read(fixture(name)).unwrap(), &changes);
            let source = Source::bytes("garbled", bytes).unwrap();
            if FORMATS.iter().any(|format| (format.recognises)(source.head())) {
                exhaust(open(source));
            }
        }
    }

    #[test]
    fn a_garbled_shapefile_does_no_harm(
        changes in prop::collection::vec(any::<(prop::sample::Index, u8)>(), 1..6),
        indexed in any::<bool>(),
        part in 0..5_usize,
    ) {
        let parts = ["shp", "dbf", "cpg", "prj", "shx"];
        let parts = if indexed { &parts[..] } else { &parts[..4] };
        let part = parts[part % parts.len()];
        let (_keep, shp) = copied("points", parts);
        let path = shp.with_extension(part);
        fs::write(&path, garbled(&fs::read(&path).unwrap(), &changes)).unwrap();
        let source = Source::open(&shp).unwrap();
        if FORMATS.iter().any(|format| (format.recognises)(source.head())) {
            exhaust(open(source));
        }
    }
}
