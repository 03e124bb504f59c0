//! Shifts of OSTN15 from ETRS89 to the National Grid, at whole kilometres, packed in the program.
//!
//! `shifts.zlib` has each shift in whole millimetres, so nothing is lost. The tests have its packer; `LICENSE.txt` is the licence of
//! the data, (c) Ordnance Survey and the Ministry of Defence 2016.

use std::io::Read;
use std::sync::OnceLock;

use flate2::bufread::ZlibDecoder;

/// Points of a row, from west to east, and rows from south to north.
pub(super) const COLUMNS: usize = 701;
pub(super) const ROWS: usize = 1251;

/// Shifts to the east and north in millimetres are kept as differences from these, in 16 bits each.
pub(super) const MIDDLE_MM: [i32; 2] = [100_000, -60_000];

/// The packed shifts.
pub(super) const PACKED: &[u8] = include_bytes!("shifts.zlib");

/// Shifts in metres to the east and north at a position on ETRS89, between four points; `None` off the grid.
pub(super) fn at(easting: f64, northing: f64) -> Option<(f64, f64)> {
    static SHIFTS: OnceLock<Vec<[i16; 2]>> = OnceLock::new();
    // A number that is not one lies in no range.
    if !((0.0..=700_000.0).contains(&easting) && (0.0..=1_250_000.0).contains(&northing)) {
        return None;
    }
    let shifts = SHIFTS.get_or_init(|| unpacked(PACKED).unwrap_or_default());
    let (easting, northing) = (easting / 1000.0, northing / 1000.0);
    // On the upper borders the last square is meant.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
    let (column, row) = ((easting as usize).min(COLUMNS - 2), (northing as usize).min(ROWS - 2));
    let (t, u) = (easting - column as f64, northing - row as f64);
    let south_west = row * COLUMNS + column;
    let [sw, se] = *shifts.get(south_west..)?.first_chunk()?;
    let [nw, ne] = *shifts.get(south_west + COLUMNS..)?.first_chunk()?;
    let between = |axis: usize| {
        let metres = |point: [i16; 2]| f64::from(MIDDLE_MM[axis] + i32::from(point[axis])) / 1000.0;
        (1.0 - t) * (1.0 - u) * metres(sw)
            + t * (1.0 - u) * metres(se)
            + (1.0 - t) * u * metres(nw)
            + t * u * metres(ne)
    };
    Some((between(0), between(1)))
}

/// Position on ETRS89 that the shifts bring to an easting and northing; `None` off the grid.
pub(super) fn undone(easting: f64, northing: f64) -> Option<(f64, f64)> {
    let mut shift = at(easting, northing)?;
    // Neighbouring shifts differ by less than 0.25 m, so each round leaves a two-thousandth of the miss: three of some 100 m leave 0.1 μm.
    for _ in 0..2 {
        shift = at(easting - shift.0, northing - shift.1)?;
    }
    Some((easting - shift.0, northing - shift.1))
}

/// Shifts by row from the south, each row from the west.
///
/// Packed are all shifts to the east, then all to the north, as differences from the western and southern neighbours' sum less the
/// south-western one. The sign is in the lowest bit; a byte has seven bits, the low ones first.
pub(super) fn unpacked(packed: &[u8]) -> Option<Vec<[i16; 2]>> {
    let mut bytes = Vec::with_capacity(2 * COLUMNS * ROWS + 1024);
    ZlibDecoder::new(packed).read_to_end(&mut bytes).ok()?;
    let mut bytes = bytes.into_iter();
    let mut shifts = vec![[0; 2]; COLUMNS * ROWS];
    for axis in 0..2 {
        let mut south = [0_i16; COLUMNS];
        for row in shifts.chunks_exact_mut(COLUMNS) {
            let mut step = 0_i16;
            for (shift, south) in row.iter_mut().zip(&mut south) {
                step = step.wrapping_add(difference(&mut bytes)?);
                *south = south.wrapping_add(step);
                shift[axis] = *south;
            }
        }
    }
    Some(shifts)
}

/// The next difference of the packed bytes.
#[inline]
fn difference(bytes: &mut impl Iterator<Item = u8>) -> Option<i16> {
    let (mut bits, mut shift) = (0_u16, 0);
    loop {
        let byte = bytes.next()?;
        bits |= u16::from(byte & 0x7f).checked_shl(shift)?;
        if byte < 0x80 {
            return Some((bits >> 1).cast_signed() ^ -(bits & 1).cast_signed());
        }
        shift += 7;
    }
}
