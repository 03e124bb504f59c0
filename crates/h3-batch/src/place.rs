//! Latitude and longitude → face → hexagon: all the arithmetic that rounds, and the test of whether it may have mattered.
//!
//! Every loop runs over one block without branches or calls, so that the compiler turns it into vector instructions.

use crate::block::{ASK, BLOCK, Block};
use crate::icosahedron::{FACES, SLOTS};
use crate::level::{Axis, LEAD, Level};

/// `a · b + c`, in one rounding where the processor can.
#[inline(always)]
fn fma<const FMA: bool>(a: f64, b: f64, c: f64) -> f64 {
    // Without the instruction `mul_add` would be a call into the C library.
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// The nearest whole number of anything below 2⁵¹.
#[inline(always)]
fn round(a: f64) -> f64 {
    // `f64::round_ties_even` is a call where the processor has no instruction for it.
    const SHIFT: f64 = 6_755_399_441_055_744.0;
    (a + SHIFT) - SHIFT
}

/// Sine and cosine of −π/4…π/4, to 0.2 and 1.9 units of 2⁻⁵³ before rounding: polynomials through the Chebyshev nodes of x².
#[inline(always)]
fn sin_cos<const FMA: bool>(x: f64) -> (f64, f64) {
    const SIN: [f64; 6] = [
        1.591_812_929_486_660_8e-10,
        -2.505_113_184_500_362_4e-8,
        2.755_731_610_255_244e-6,
        -1.984_126_983_675_857_4e-4,
        8.333_333_333_330_948e-3,
        -1.666_666_666_666_666_6e-1,
    ];
    const COS: [f64; 6] = [
        2.066_550_487_012_274e-9,
        -2.755_585_551_192_951e-7,
        2.480_158_262_335_195e-5,
        -1.388_888_888_212_795_2e-3,
        4.166_666_666_663_093e-2,
        -4.999_999_999_999_996_7e-1,
    ];
    let t = x * x;
    let (mut s, mut c) = (SIN[0], COS[0]);
    for k in 1..SIN.len() {
        (s, c) = (fma::<FMA>(s, t, SIN[k]), fma::<FMA>(c, t, COS[k]));
    }
    (fma::<FMA>(s, x * t, x), fma::<FMA>(c, t, 1.0))
}

/// Sine and cosine of twice an angle.
#[inline(always)]
fn twice((sin, cos): (f64, f64)) -> (f64, f64) {
    (2.0 * sin * cos, (cos - sin) * (cos + sin))
}

/// Points on the sphere; not a number where a latitude is outside −90…90° or a longitude outside −360…360°.
#[inline(always)]
pub(crate) fn on_sphere<const FMA: bool>(lat: &[f64], lng: &[f64], block: &mut Block) {
    const DEGREE: f64 = std::f64::consts::PI / 180.0;
    let n = lat.len();
    let (lng, x, y, z) = (&lng[..n], &mut block.x[..n], &mut block.y[..n], &mut block.z[..n]);
    for k in 0..n {
        let half = if lat[k].abs() <= 90.0 { lat[k] } else { f64::NAN } * (DEGREE / 2.0);
        let turn = if lng[k].abs() <= 360.0 { lng[k] } else { f64::NAN };
        // Exact: where it is not 0, the two are within a factor of 2 of each other.
        let quarter = (turn - 360.0 * round(turn * (1.0 / 360.0))) * (DEGREE / 4.0);
        let (sin_lat, cos_lat) = twice(sin_cos::<FMA>(half));
        let (sin_lng, cos_lng) = twice(twice(sin_cos::<FMA>(quarter)));
        (x[k], y[k], z[k]) = (cos_lat * cos_lng, cos_lat * sin_lng, sin_lat);
    }
}

#[inline(always)]
fn dot<const FMA: bool>(axis: &Axis, face: usize, x: f64, y: f64, z: f64) -> f64 {
    fma::<FMA>(axis.x[face], x, fma::<FMA>(axis.y[face], y, axis.z[face] * z))
}

/// The greater of two; `b` where either is not a number.
#[inline(always)]
fn max(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

#[inline(always)]
fn min(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

/// The hexagon whose centre is nearest to (i, j), and whether that is certain.
///
/// In axes 120° apart, (a, b) from a centre, the borders with its six neighbours are |2a − b| = 1, |2b − a| = 1 and
/// |a + b| = 1; with m the largest of the three, (1 − m)/2 is the distance to the nearest border. The test is of the
/// hexagon found, so a wrong guess is as surely caught as a close call.
#[inline(always)]
fn nearest_hexagon(i: f64, j: f64, level: &Level) -> (f64, f64, bool) {
    let (mut near_i, mut near_j) = (round(i), round(j));
    let (a, b) = (i - near_i, j - near_j);
    // Of the centres of the parallelogram's corners, one of two neighbours can be nearer than the rounded one.
    let (p, q) = (2.0 * a - b, 2.0 * b - a);
    let first = p.abs() >= q.abs();
    near_i += round(if first { p * 0.5 } else { 0.0 });
    near_j += round(if first { 0.0 } else { q * 0.5 });
    let (a, b) = (i - near_i, j - near_j);
    let m = max(max((2.0 * a - b).abs(), (2.0 * b - a).abs()), (a + b).abs());
    let square = i * i + j * j - i * j;
    (near_i, near_j, square * (level.widest - m) > level.nearest)
}

/// Hexagons of points that are all on `face`; returns false, with undefined results, if one is not.
#[inline(always)]
pub(crate) fn on_one_face<const FMA: bool>(
    level: &Level,
    centre: &Axis,
    beyond: &[Axis; 3],
    face: usize,
    n: usize,
    block: &mut Block,
) -> bool {
    let (x, y, z) = (&block.x[..n], &block.y[..n], &block.z[..n]);
    let (i, j, slot) = (&mut block.i[..n], &mut block.j[..n], &mut block.slot[..n]);
    let own = (face * SLOTS) as u64;
    let mut astray = 0_u64;
    for k in 0..n {
        let (x, y, z) = (x[k], y[k], z[k]);
        let c = dot::<FMA>(centre, face, x, y, z);
        let [a, b, d] = [0, 1, 2].map(|edge| dot::<FMA>(&beyond[edge], face, x, y, z));
        // NaN is not astray, and not certain either.
        astray |= u64::from(c - max(max(a, b), d) <= LEAD);
        let scale = 1.0 / c;
        let sure;
        (i[k], j[k], sure) = nearest_hexagon(
            dot::<FMA>(&level.i, face, x, y, z) * scale,
            dot::<FMA>(&level.j, face, x, y, z) * scale,
            level,
        );
        slot[k] = if sure { own } else { ASK };
    }
    astray == 0
}

/// Number of the face nearest to a point.
pub(crate) fn nearest_face(centre: &Axis, block: &Block, k: usize) -> usize {
    let cosine = |face| dot::<false>(centre, face, block.x[k], block.y[k], block.z[k]);
    (0..FACES).fold(0, |best, face| if cosine(face) > cosine(best) { face } else { best })
}

/// Hexagons of points anywhere.
#[inline(always)]
pub(crate) fn on_any_face<const FMA: bool>(level: &Level, centre: &Axis, n: usize, block: &mut Block) {
    let mut face = [0_u64; BLOCK];
    let (face, best) = (&mut face[..n], &mut [0.0; BLOCK][..n]);
    let (x, y, z) = (&block.x[..n], &block.y[..n], &block.z[..n]);
    let (i, j, slot) = (&mut block.i[..n], &mut block.j[..n], &mut block.slot[..n]);
    for k in 0..n {
        // Faces n and n + 10 are opposite, so ten cosines give all twenty.
        let (mut first, mut signed, mut second, mut number) = (0.0, 0.0, 0.0, 0_u64);
        for pair in 0..FACES / 2 {
            let cosine = dot::<FMA>(centre, pair, x[k], y[k], z[k]);
            let size = cosine.abs();
            second = max(second, min(first, size));
            number = if size > first { pair as u64 } else { number };
            signed = if size > first { cosine } else { signed };
            first = max(first, size);
        }
        face[k] = number + if signed < 0.0 { (FACES / 2) as u64 } else { 0 };
        slot[k] = if first - second > LEAD { face[k] * SLOTS as u64 } else { ASK };
        best[k] = first;
    }
    for k in 0..n {
        let (x, y, z) = (x[k], y[k], z[k]);
        let own = face[k] as usize % SLOTS;
        let scale = 1.0 / best[k];
        let sure;
        (i[k], j[k], sure) = nearest_hexagon(
            dot::<FMA>(&level.i, own, x, y, z) * scale,
            dot::<FMA>(&level.j, own, x, y, z) * scale,
            level,
        );
        slot[k] = if sure { slot[k] } else { ASK };
    }
}
