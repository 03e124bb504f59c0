//! Parquet: a cube from a file, and reports from one.

use tensionmap::Cube;
use tensionmap::ingest::Reading;

use crate::Choice;
use crate::outcome::{bytes, read_twice, shown};
use crate::words::scratch;

/// A Parquet file; the first byte says what it is read as.
pub fn cube(data: &[u8]) {
    let mut choice = Choice(data);
    if choice.byte() & 1 == 1 {
        let _read = read_twice(&bytes("x.parquet", choice.rest()), &Reading::default());
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
