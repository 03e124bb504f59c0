#![doc = include_str!("../README.md")]
#![allow(
    clippy::inline_always,
    reason = "the kernel is compiled once for each kind of processor, and only what is inlined there is"
)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "digits, places and whole numbers of hexagons, all far below what the types hold"
)]

mod block;
mod digits;
mod icosahedron;
mod kernel;
mod level;
mod path;
mod place;
mod table;

pub use h3o::Resolution;
pub use path::Path;

/// Cells of many points: [`cells_into`] with a new vector.
///
/// # Panics
/// If the numbers of latitudes and longitudes differ.
#[must_use]
pub fn cells(lat: &[f64], lng: &[f64], resolution: Resolution) -> Vec<u64> {
    let mut out = vec![0; lat.len()];
    cells_into(lat, lng, resolution, &mut out);
    out
}

/// Writes the H3 cell of each point: exactly `h3o::LatLng::new(lat, lng)?.to_cell(resolution)`, on the fastest
/// [`Path`]. O(n), one thread, no allocation per point.
///
/// `lat` and `lng` are degrees on the sphere H3 uses. Like h3o, it takes any finite number. A number that is not finite, an error in h3o,
/// gives 0, which is not a cell. A latitude outside −90…90 or a longitude outside −360…360 is correct but slow.
///
/// # Panics
/// If the three slices differ in length.
pub fn cells_into(lat: &[f64], lng: &[f64], resolution: Resolution, out: &mut [u64]) {
    Path::best().cells(lat, lng, resolution, out);
}
