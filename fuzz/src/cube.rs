//! Parquet: a cube from a file, and reports from one.

use std::sync::Once;

use tensionmap::Cube;
use tensionmap::unstable::ingest::ReadOptions;

use crate::Choice;
use crate::outcome::{bytes, read_twice, shown};
use crate::words::scratch;

/// A Parquet file; the first byte says what it is read as.
pub fn cube(data: &[u8]) {
    static HOOK: Once = Once::new();
    // The fuzzer ends at every panic, also at those of polars' decoder, which the library makes errors of.
    HOOK.call_once(|| {
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let is_decoder = std::thread::current().name().is_some_and(|name| name.starts_with("polars"))
                || panic.location().is_some_and(|at| at.file().contains("polars"));
            if !is_decoder {
                usual(panic);
            }
        }));
    });
    let mut choice = Choice(data);
    if choice.byte() & 1 == 1 {
        let _read = read_twice(&bytes("x.parquet", choice.rest()), &ReadOptions::default());
        return;
    }
    let path = scratch("x.cube");
    let put = |bytes: &[u8]| {
        let written = std::fs::write(&path, bytes);
        assert!(written.is_ok(), "{written:?}");
    };
    put(choice.rest());
    let cube = match Cube::read(&path) {
        Ok(cube) => cube,
        Err(error) => {
            shown(&error);
            return;
        }
    };
    for row in cube.rows() {
        assert!(row.n > 0 && row.when.is_sound() && row.cell.resolution() == cube.resolution());
        assert!((row.class as usize) < cube.classes().len());
    }
    let mut out = Vec::new();
    let written = cube.write(&mut out);
    assert!(written.is_ok(), "{written:?}");
    put(&out);
    let back = Cube::read(&path).unwrap_or_else(|error| panic!("{}", shown(&error)));
    assert_eq!(back, cube);
    if let Ok(sum) = cube.clone().merge(cube.clone()) {
        assert_eq!(sum.total(), 2 * cube.total());
    }
}
