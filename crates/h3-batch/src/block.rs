//! Columns of a block of points, handed from stage to stage.

use crate::icosahedron::SLOTS;

/// Slot of a point whose hexagon is not certain: past the last face, where nothing is learnt, so that h3o is asked.
pub(crate) const ASK: u64 = 31 * SLOTS as u64;

/// Points to a block: its columns, 17 KiB, stay in the innermost cache.
pub(crate) const BLOCK: usize = 256;

/// A block's columns from stage to stage.
pub(crate) struct Block {
    /// On the unit sphere.
    pub(crate) x: [f64; BLOCK],
    pub(crate) y: [f64; BLOCK],
    pub(crate) z: [f64; BLOCK],
    /// Hexagon on its face, at the requested resolution.
    pub(crate) i: [f64; BLOCK],
    pub(crate) j: [f64; BLOCK],
    /// First place of the face in [`Table`](crate::table::Table), or [`ASK`].
    pub(crate) slot: [u64; BLOCK],
    /// Hexagon at resolution 0: i and j.
    pub(crate) up: [[f32; BLOCK]; 2],
    /// Codes of digits 15 to 8, and of 7 to 1.
    pub(crate) codes: [[f32; BLOCK]; 2],
}

impl Block {
    pub(crate) fn new() -> Self {
        let (real, single) = ([0.0; BLOCK], [[0.0; BLOCK]; 2]);
        Self { x: real, y: real, z: real, i: real, j: real, slot: [ASK; BLOCK], up: single, codes: single }
    }
}
