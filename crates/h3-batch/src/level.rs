//! A resolution's constants: the axes of every face scaled to its hexagons, and the error its arithmetic may make.

use h3o::Resolution;

use crate::icosahedron::{Face, SLOTS, Vector, add};

/// Half a unit in the last place of 1: the rounding of one operation, relative.
const U: f64 = f64::EPSILON / 2.0;

/// Maximum distance between our place of a point and h3o's, in radians or units of the gnomonic plane. Near the centre
/// of a face, at distance ρ from it, `RADIAL`/ρ is added. The README derives less than half of either.
const SPREAD: f64 = 512.0 * U;
const RADIAL: f64 = 4.0 * U;

/// Minimum lead of the nearest face centre over the next one, as cosines; below it h3o decides the face. Seven times
/// the maximum difference of the two.
pub(crate) const LEAD: f64 = SPREAD;

/// One number for each face.
pub(crate) type PerFace = [f64; SLOTS];

/// Vectors, one for each face, part by part.
#[derive(Clone, Default)]
pub(crate) struct Axis {
    pub(crate) x: PerFace,
    pub(crate) y: PerFace,
    pub(crate) z: PerFace,
}

impl Axis {
    pub(crate) fn set(&mut self, face: usize, [x, y, z]: Vector) {
        (self.x[face], self.y[face], self.z[face]) = (x, y, z);
    }
}

/// Constants of a resolution.
#[derive(Clone)]
pub(crate) struct Level {
    /// A point's `i` co-ordinate is its dot product with this, over its dot product with the face's centre.
    pub(crate) i: Axis,
    pub(crate) j: Axis,
    /// The hexagon of a point is certain where `r² · (widest − m) > nearest`: see `nearest_hexagon` in `place`.
    pub(crate) widest: f64,
    pub(crate) nearest: f64,
    /// Common bits of all cells: mode 1, the resolution, and digits 7 beyond it.
    pub(crate) header: u64,
}

impl Level {
    pub(crate) fn new(resolution: Resolution, faces: &[Face]) -> Self {
        let r = i32::from(u8::from(resolution));
        // A face's vertices are 2 units of resolution 0 from its centre and 3 − √5 in the gnomonic plane.
        let scale = 2.0 / (3.0 - 5_f64.sqrt()) * 7_f64.powi(r / 2);
        // From Class II to III the unit shrinks by √7 and the axes turn by asin √(3/28), counter-clockwise.
        let [along, across] = if r % 2 == 0 { [1.0, 0.0] } else { [2.5, 0.75_f64.sqrt()] }.map(|part| part * scale);
        let (mut i, mut j) = (Axis::default(), Axis::default());
        for (n, face) in faces.iter().enumerate() {
            let x = add(face.x.map(|part| part * along), across, face.y);
            let y = add(face.y.map(|part| part * along), -across, face.x);
            // Axes j and i are 120° apart: x = i − j/2, y = j √3/2.
            i.set(n, add(x, 1.0 / 3_f64.sqrt(), y));
            j.set(n, y.map(|part| part * 2.0 / 3_f64.sqrt()));
        }
        let unit = scale * if r % 2 == 0 { 1.0 } else { 7_f64.sqrt() };
        // unit · (SPREAD + RADIAL/ρ) bounds the distance from our place to h3o's in hexagon units. With r = unit · ρ and, for
        // any t, 1/ρ ≤ (1/t + t/ρ²)/2, it is at most `even + falling/r²`; t = 2⁻¹⁰ keeps `even` small at resolution 15.
        let t = f64::exp2(-10.0);
        let even = unit * (SPREAD + RADIAL / (2.0 * t));
        let falling = unit.powi(3) * RADIAL * t / 2.0;
        let unused = (1 << (3 * (15 - r))) - 1;
        let header = 1 << 59 | u64::from(u8::from(resolution)) << 52 | unused;
        Self { i, j, widest: 1.0 - 2.0 * even, nearest: 2.0 * falling, header }
    }
}

#[cfg(test)]
mod tests {
    use h3o::{CellIndex, LatLng};

    use super::*;
    use crate::icosahedron::{dot, faces, on_sphere};

    /// h3o's faces are not public, but the centres of its cells are: on our faces they must be whole hexagons. This bounds
    /// how far our centres and axes lie from h3o's.
    #[test]
    fn h3os_cell_centres_are_whole_hexagons_of_our_faces() {
        let faces = faces();
        for resolution in [Resolution::Two, Resolution::Three] {
            let level = Level::new(resolution, &faces);
            let unit = 7_f64.powf(f64::from(u8::from(resolution)) / 2.0) * (3.0 + 5_f64.sqrt()) / 2.0;
            let mut seen = [0; 20];
            let mut worst = 0.0_f64;
            let centres = CellIndex::base_cells().flat_map(|cell| cell.children(resolution)).map(LatLng::from);
            // h3o's latitudes are arcsines, which lose digits towards the poles.
            for at in centres.filter(|at| at.lat().abs() < 60.0) {
                let point = on_sphere(at.lat_radians(), at.lng_radians());
                let cosine = |face: usize| dot(faces[face].centre, point);
                let face = (0..20).fold(0, |best, face| if cosine(face) > cosine(best) { face } else { best });
                for axis in [&level.i, &level.j] {
                    let place = dot([axis.x[face], axis.y[face], axis.z[face]], point) / cosine(face);
                    worst = worst.max((place - place.round()).abs() / unit);
                }
                seen[face] += 1;
            }
            assert!(seen.iter().all(|&cells| cells > 50), "{seen:?}");
            assert!(worst < 24.0 * U, "{} units of 2^-53", worst / U);
        }
    }
}
