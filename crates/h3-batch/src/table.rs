//! Base position on a face → base cell, and how its digits turn: learnt from h3o once, at the first use.
//!
//! h3o turns all digits of a hexagonal base cell by one angle, which depends on the face and the base position alone; round
//! a pentagon it depends on the first digit that is not 0 as well (h3o 0.11.1, `FaceIJK::to_cell` and `pentagon_rotate60`).
//! So one example of each combination settles it. A combination no example was found for stays with h3o.

use h3o::{LatLng, Resolution};

use crate::digits::{digits, turn};
use crate::icosahedron::{Face, SLOTS, add, to_degrees};
use crate::kernel::{Block, Kernel};

/// Places of the table: 32 for each face, of which 25 are (i, j) from (−2, −2) to (2, 2).
const PLACES: usize = 32 * SLOTS;

/// Where points go whose hexagon is not certain: past the last face, where nothing is learnt.
pub(crate) const ASK: u64 = 31 * SLOTS as u64;

/// Set in the entry of every place but those of hexagons. No cell's number has it.
pub(crate) const SPECIAL: u64 = 1 << 63;

/// An entry's bits of the turn, which lie in bits that are 0 in a cell's number.
const TURN: u32 = 56;

const UNKNOWN: u8 = u8::MAX;

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

    /// Asks h3o about a few thousand points spread over the faces: about a millisecond.
    pub(crate) fn learn(faces: &[Face], kernel: &Kernel) -> Self {
        let mut table = Self::UNLEARNT;
        let mut block = Block::new();
        for face in faces {
            for [x, y] in examples() {
                let [lat, lng] = to_degrees(add(add(face.centre, x, face.x), y, face.y));
                let Ok(at) = LatLng::new(lat, lng) else { continue };
                kernel.place::<false>(Resolution::Four, &[lat], &[lng], &mut block);
                let place = block.slot[0] + position(block.up[0][0], block.up[1][0]);
                let ours = digits(block.codes[0][0], block.codes[1][0]);
                if block.slot[0] != ASK && ours != 0 {
                    table.note(place as usize % PLACES, ours, at.to_cell(Resolution::Four));
                }
            }
        }
        table
    }

    fn note(&mut self, place: usize, ours: u64, cell: h3o::CellIndex) {
        let theirs = u64::from(cell) & ((1 << 45) - 1) & !((1 << 33) - 1);
        let Some(turns) = (0..6).find(|&turns| turn(ours, turns) == theirs) else { return };
        let base = u64::from(u8::from(cell.base_cell())) << 45;
        if cell.base_cell().is_pentagon() {
            self.entries[place] = base | SPECIAL;
            self.turns[place][first(ours)] = turns as u8;
            // The pentagon itself, whose digits are all 0, looks the same from everywhere.
            self.turns[place][0] = 0;
        } else {
            self.entries[place] = base | turns << TURN;
        }
    }
}

/// The first digit that is not 0, if any.
fn first(digits: u64) -> usize {
    let digit = (63 - (digits | 1).leading_zeros()) / 3;
    (digits >> (3 * digit)) as usize & 7
}

/// Points of a face's plane: a coarse net over all of it, and fans at its corners, where the pentagons are.
fn examples() -> impl Iterator<Item = [f64; 2]> {
    let reach = 3.0 - 5_f64.sqrt();
    let net = (0..12).flat_map(|a| (0..12 - a).map(move |b| [a, b, 11 - a - b].map(|part| f64::from(3 * part + 1) / 36.0)));
    let net = net.map(move |share| {
        let corner = |n: usize| (std::f64::consts::TAU / 3.0 * n as f64).sin_cos();
        let sum = |part: fn((f64, f64)) -> f64| (0..3).map(|n| share[n] * part(corner(n))).sum::<f64>();
        [sum(|(_, cos)| cos) * reach, sum(|(sin, _)| sin) * reach]
    });
    let fans = (0..3).flat_map(|corner| (1..=6).flat_map(move |ring| (-5..=5).map(move |ray| (corner, ring, ray))));
    let fans = fans.map(move |(corner, ring, ray)| {
        let towards = std::f64::consts::TAU / 3.0 * f64::from(corner);
        let inwards = towards + std::f64::consts::PI + (f64::from(ray) * 5.9).to_radians();
        let step = reach / 2.0 * 0.55 * 0.6_f64.powi(ring - 1);
        [reach * towards.cos() + step * inwards.cos(), reach * towards.sin() + step * inwards.sin()]
    });
    net.chain(fans)
}
