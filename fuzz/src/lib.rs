//! What the fuzz targets check, one function a target, so that the seeds can be replayed without a fuzzer too.
//!
//! A panic is a finding, and so is an invariant that does not hold: see `README.md` for which parser has which.

mod archive;
mod area;
mod compressed;
mod crs;
mod csv;
#[cfg(feature = "polars")]
mod cube;
mod end_to_end;
mod gis;
mod json;
mod outcome;
mod places;
mod position;
mod time;
mod words;
mod workbook;

pub use archive::archive;
pub use area::{area, shapes};
pub use compressed::compressed;
pub use crs::crs;
pub use csv::csv;
#[cfg(feature = "polars")]
pub use cube::cube;
pub use end_to_end::end_to_end;
pub use gis::gis;
pub use json::{geojson, ndjson};
pub use places::places;
pub use position::position;
pub use time::time;
pub use words::{categories, config, method};
pub use workbook::{leave_decoder_panics, workbook};

/// A target by its name and its function.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("geojson", geojson),
    ("ndjson", ndjson),
    ("csv", csv),
    ("time", time),
    ("places", places),
    ("position", position),
    ("crs", crs),
    ("config", config),
    ("categories", categories),
    ("method", method),
    ("area", area),
    ("shapes", shapes),
    ("gis", gis),
    ("compressed", compressed),
    ("archive", archive),
    ("workbook", workbook),
    ("end_to_end", end_to_end),
    #[cfg(feature = "polars")]
    ("cube", cube),
];

/// The first bytes of an input choose settings; bytes that are not there are 0.
struct Choice<'a>(&'a [u8]);

impl<'a> Choice<'a> {
    fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((&byte, rest)) => {
                self.0 = rest;
                byte
            }
            None => 0,
        }
    }

    fn of<T: Clone>(&mut self, list: &[T]) -> T {
        list[usize::from(self.byte()) % list.len()].clone()
    }

    fn rest(self) -> &'a [u8] {
        self.0
    }
}

/// A number that scatters inputs, for checks that are too dear to make on each.
fn scatter(data: &[u8]) -> u64 {
    data.iter().fold(0xcbf2_9ce4_8422_2325, |sum, &byte| (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)) >> 20
}
