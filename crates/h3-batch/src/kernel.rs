//! Kernel, block by block: place, digits, cell, and the points left to h3o.

use std::sync::LazyLock;

use h3o::{LatLng, Resolution};

use crate::block::{BLOCK, Block};
use crate::icosahedron::{Face, SLOTS, faces};
use crate::level::{Axis, Level};
use crate::table::{SPECIAL, Table, position};
use crate::{digits, place};

/// All constants.
pub(crate) struct Kernel {
    centre: Axis,
    beyond: [Axis; 3],
    levels: Vec<Level>,
    table: Table,
}

pub(crate) static KERNEL: LazyLock<Kernel> = LazyLock::new(|| {
    let faces = faces();
    let untaught = Kernel::new(&faces);
    let place =
        |lat: &[f64], lng: &[f64], block: &mut Block| untaught.place::<false>(Table::LEARNT_AT, lat, lng, block);
    let table = Table::learn(&faces, place);
    Kernel { table, ..untaught }
});

impl Kernel {
    fn new(faces: &[Face]) -> Self {
        let (mut centre, mut beyond) = (Axis::default(), <[Axis; 3]>::default());
        for (n, face) in faces.iter().enumerate() {
            centre.set(n, face.centre);
            for (axis, other) in beyond.iter_mut().zip(face.beyond) {
                axis.set(n, other);
            }
        }
        let levels = Resolution::range(Resolution::Zero, Resolution::Fifteen).map(|r| Level::new(r, faces)).collect();
        Self { centre, beyond, levels, table: Table::UNLEARNT }
    }

    fn level(&self, resolution: Resolution) -> &Level {
        &self.levels[usize::from(resolution)]
    }

    /// Writes the cells of points to `out`; returns the number left to h3o.
    #[inline(always)]
    pub(crate) fn cells<const FMA: bool>(
        &self,
        resolution: Resolution,
        lat: &[f64],
        lng: &[f64],
        out: &mut [u64],
    ) -> usize {
        let mut block = Block::new();
        let mut asked = 0;
        for ((lat, lng), out) in lat.chunks(BLOCK).zip(lng.chunks(BLOCK)).zip(out.chunks_mut(BLOCK)) {
            self.place::<FMA>(resolution, lat, lng, &mut block);
            if self.number(resolution, &block, out) {
                asked += self.finish(resolution, lat, lng, &block, out);
            }
        }
        asked
    }

    /// Place and digits of up to [`BLOCK`] points.
    #[inline(always)]
    pub(crate) fn place<const FMA: bool>(&self, resolution: Resolution, lat: &[f64], lng: &[f64], block: &mut Block) {
        let n = lat.len();
        let level = self.level(resolution);
        place::on_sphere::<FMA>(lat, lng, block);
        // Reports of a town lie on one face. Three points are a cheap test of that.
        let [first, middle, last] = [0, n / 2, n - 1].map(|k| place::nearest_face(&self.centre, block, k));
        let one = first == middle && first == last;
        if !(one && place::on_one_face::<FMA>(level, &self.centre, &self.beyond, first, n, block)) {
            place::on_any_face::<FMA>(level, &self.centre, n, block);
        }
        digits::descend::<FMA>(u8::from(resolution).into(), n, block);
    }

    /// Writes the cells' numbers; returns true if any of them is [`SPECIAL`].
    #[inline(always)]
    fn number(&self, resolution: Resolution, block: &Block, out: &mut [u64]) -> bool {
        let n = out.len();
        let header = self.level(resolution).header;
        let (slot, [i, j], [fine, coarse]) = (&block.slot[..n], &block.up, &block.codes);
        let (i, j, fine, coarse) = (&i[..n], &j[..n], &fine[..n], &coarse[..n]);
        let mut any = 0;
        for k in 0..n {
            out[k] = header | self.table.cell(slot[k] | position(i[k], j[k]), digits::digits(fine[k], coarse[k]));
            any |= out[k];
        }
        any & SPECIAL != 0
    }

    /// Writes cells of pentagons, from the table, and uncertain ones, from h3o: 0 for NaN. Returns the number left to h3o.
    #[inline(never)]
    fn finish(&self, resolution: Resolution, lat: &[f64], lng: &[f64], block: &Block, out: &mut [u64]) -> usize {
        let header = self.level(resolution).header;
        let mut asked = 0;
        for k in (0..out.len()).filter(|&k| out[k] & SPECIAL != 0).collect::<Vec<_>>() {
            let place = block.slot[k] | position(block.up[0][k], block.up[1][k]);
            let digits = digits::digits(block.codes[0][k], block.codes[1][k]);
            out[k] = self.table.pentagon(place, digits).map_or_else(
                || {
                    asked += 1;
                    LatLng::new(lat[k], lng[k]).map_or(0, |at| at.to_cell(resolution).into())
                },
                |cell| header | cell,
            );
        }
        asked
    }
}

const _: () = assert!(SLOTS.is_power_of_two(), "a slot and a position share a number's bits");
