//! Base position on a face → base cell, and how its digits turn: learnt from h3o once, at the first use.
//!
//! h3o turns all digits of a hexagonal base cell by one angle, which depends on the face and the base position alone.
//! Round a pentagon it also depends on the first digit that is not 0 (h3o 0.11.1, `FaceIJK::to_cell` and
//! `pentagon_rotate60`). So one example of each combination is enough. A combination without an example stays with h3o.

use h3o::error::InvalidLatLng;
use h3o::{CellIndex, LatLng, Resolution};

use crate::block::{ASK, BLOCK, Block};
use crate::digits::{digits, turn};
use crate::icosahedron::{Face, SLOTS, add, to_degrees};

/// Places of the table: 32 for each face, of which 25 are (i, j) from (−2, −2) to (2, 2).
const PLACES: usize = 32 * SLOTS;

/// Set in the entry of every place except those of hexagons; never set in a cell's number.
pub(crate) const SPECIAL: u64 = 1 << 63;

/// An entry's bits of the turn, which lie in bits that are 0 in a cell's number.
const TURN: u32 = 56;

const UNKNOWN: u8 = u8::MAX;

/// Bits of the digits 1 to 6.
const DIGITS: u64 = 0o777_777 << 27;

pub(crate) struct Table {
    /// A place's base cell, its number as it stands in a cell's, and its turn.
    entries: [u64; PLACES],
    /// Turns at a pentagon, by first digit.
    turns: [[u8; 8]; PLACES],
}

/// Number within its face of a base position.
#[inline(always)]
pub(crate) fn position(i: f32, j: f32) -> u64 {
    // The sum's last bits are the number: 2²³ leaves no others.
    u64::from((i * 5.0 + j + (8_388_608.0 + 12.0)).to_bits()) % SLOTS as u64
}

impl Table {
    /// Resolution of the examples.
    pub(crate) const LEARNT_AT: Resolution = Resolution::Six;
    pub(crate) const UNLEARNT: Self = Self { entries: [SPECIAL; PLACES], turns: [[UNKNOWN; 8]; PLACES] };

    /// A cell's number but for header, from its place and digits; [`SPECIAL`] where [`Self::pentagon`] has to be asked.
    #[inline(always)]
    pub(crate) fn cell(&self, place: u64, digits: u64) -> u64 {
        let entry = self.entries[place as usize % PLACES];
        entry & !(7 << TURN) | turn(digits, entry >> TURN & 7)
    }

    /// A cell of a pentagonal base cell, without header, if it is known.
    pub(crate) fn pentagon(&self, place: u64, digits: u64) -> Option<u64> {
        let place = place as usize % PLACES;
        let turns = self.turns[place][first(digits)];
        (turns != UNKNOWN).then(|| self.entries[place] & !SPECIAL | turn(digits, turns.into()))
    }

    /// Table learnt from h3o's cells of a few hundred points on each face, one of each combination: about a millisecond.
    /// `place` finds places and digits of points at [`Self::LEARNT_AT`].
    pub(crate) fn learn(faces: &[Face], place: impl Fn(&[f64], &[f64], &mut Block)) -> Self {
        let (mut table, mut block) = (Self::UNLEARNT, Block::new());
        let examples = examples();
        for face in faces {
            for examples in examples.chunks(BLOCK) {
                let at = |&[x, y]: &[f64; 2]| to_degrees(add(add(face.centre, x, face.x), y, face.y)).into();
                let (lat, lng): (Vec<f64>, Vec<f64>) = examples.iter().map(at).unzip();
                place(&lat, &lng, &mut block);
                for k in (0..lat.len()).filter(|&k| block.slot[k] != ASK) {
                    let entry = (block.slot[k] | position(block.up[0][k], block.up[1][k])) as usize % PLACES;
                    let digits = digits(block.codes[0][k], block.codes[1][k]);
                    // Digits that are all 0 look the same from everywhere.
                    let known = table.entries[entry] & SPECIAL == 0 || table.turns[entry][first(digits)] != UNKNOWN;
                    if digits != 0 && !known {
                        table.note(entry, digits, LatLng::new(lat[k], lng[k]).map(|at| at.to_cell(Self::LEARNT_AT)));
                    }
                }
            }
        }
        table
    }

    fn note(&mut self, place: usize, ours: u64, cell: Result<CellIndex, InvalidLatLng>) {
        let Ok(cell) = cell else { return };
        let theirs = u64::from(cell) & DIGITS;
        let Some(turns) = (0..6).find(|&turns| turn(ours, turns) == theirs) else { return };
        let base = u64::from(u8::from(cell.base_cell())) << 45;
        if cell.base_cell().is_pentagon() {
            self.entries[place] = base | SPECIAL;
            self.turns[place][first(ours)] = turns as u8;
            self.turns[place][0] = 0;
        } else {
            self.entries[place] = base | turns << TURN;
        }
    }
}

/// The first digit other than 0, if any.
fn first(digits: u64) -> usize {
    let digit = (digits | 1).ilog2() / 3;
    (digits >> (3 * digit)) as usize & 7
}

/// Points of a face's plane: a coarse net over all of it, fans at its corners, where the pentagons are, and rows along
/// its edges. The rows are for base cells beyond the edges that have children on this side.
fn examples() -> Vec<[f64; 2]> {
    // The corners are 2 units of resolution 0 from the centre, and the edges 1.
    let unit = (3.0 - 5_f64.sqrt()) / 2.0;
    let polar = |radius: f64, degrees: f64| {
        let (sin, cos) = degrees.to_radians().sin_cos();
        [radius * unit * cos, radius * unit * sin]
    };
    let sum = |[a, b]: [f64; 2], [c, d]: [f64; 2]| [a + c, b + d];
    let mut examples = Vec::new();
    for third in [0.0, 120.0, 240.0] {
        for ring in 0..6 {
            let radius = 0.55 * 0.75_f64.powi(ring);
            let inwards = (-4..=4).map(|ray| third + 180.0 + 7.49 * f64::from(ray));
            examples.extend(inwards.map(|degrees| sum(polar(2.0, third), polar(radius, degrees))));
        }
        // The first row is close to the edge, where there is a base cell or its child, the last is as good as a net.
        for distance in [0.992, 0.975, 0.95, 0.9, 0.6, 0.2] {
            let along = (-12..=12).map(|step| polar(0.14 * f64::from(step), third + 150.0));
            examples.extend(along.map(|along| sum(polar(distance, third + 60.0), along)));
        }
    }
    examples
}
