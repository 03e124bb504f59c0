//! Hexagon → digits and base position: whole numbers only, in floats that hold them exactly.
//!
//! A parent has seven children, so a hexagon's parent is the nearest multiple of seven of a combination of its co-ordinates.
//! The remainder *is* the child's digit: H3 numbers its digits 4i + 2j + k with i + j + k = 0, and 4 + 2 + 1 = 0 modulo 7.

use crate::block::Block;

/// Digits of a group: eight times three bits still fit a float's 24.
const GROUP: u32 = 8;

macro_rules! lanes {
    ($step:ident, $float:ty, $round:literal) => {
        /// One step from (i, j) to the parent's co-ordinates: those and the child's code. At even resolutions the code is
        /// the digit; at odd ones, whose children are mirrored, its last two bits are swapped.
        #[inline(always)]
        fn $step<const FMA: bool, const ODD: bool>(i: $float, j: $float) -> ($float, $float, $float) {
            let fma = |a: $float, b: $float, c: $float| if FMA { a.mul_add(b, c) } else { a * b + c };
            let (p, q) = if ODD { (fma(3.0, i, -j), fma(2.0, j, i)) } else { (fma(2.0, i, j), fma(3.0, j, -i)) };
            // A whole number over seven is at least 1/14 from any half: an error of the quotient below that changes nothing.
            let seventh = |a| fma(a, 1.0 / 7.0, $round) - $round;
            let (up_i, up_j) = (seventh(p), seventh(q));
            let rest = fma(-7.0, up_i, p);
            let code = if ODD {
                (if rest > 0.0 { 7.0 } else { 0.0 }) - rest
            } else {
                fma(2.0, rest, if rest < 0.0 { 7.0 } else { 0.0 })
            };
            (up_i, up_j, code)
        }
    };
}
// On a face |i| and |j| are at most 2·√7^r and a parent's at most 2·√7^(r−1). At resolution 15 that is 4.4 and 1.7
// million, and an f32 quotient could be out by 0.15. Below it that is 1.7 and 0.7 million, and out by less than 0.07.
// So only the first step needs f64.
lanes!(step, f32, 12_582_912.0);
lanes!(first_step, f64, 6_755_399_441_055_744.0);

/// Co-ordinates at `resolution` → co-ordinates at resolution 0 in `block.up`, codes in `block.codes`.
#[inline(always)]
pub(crate) fn descend<const FMA: bool>(resolution: u32, n: usize, block: &mut Block) {
    let (i, j) = (&block.i[..n], &block.j[..n]);
    let [up_i, up_j] = &mut block.up;
    let (up_i, up_j) = (&mut up_i[..n], &mut up_j[..n]);
    let [fine, coarse] = &mut block.codes;
    let (fine, coarse) = (&mut fine[..n], &mut coarse[..n]);
    coarse.fill(0.0);
    if resolution == 15 {
        for k in 0..n {
            let (a, b, code) = first_step::<FMA, true>(i[k], j[k]);
            (up_i[k], up_j[k], fine[k]) = (a as f32, b as f32, code as f32);
        }
    } else {
        for k in 0..n {
            (up_i[k], up_j[k], fine[k]) = (i[k] as f32, j[k] as f32, 0.0);
        }
    }
    for r in (1..=resolution.min(14)).rev() {
        let codes = if r >= GROUP { &mut *fine } else { &mut *coarse };
        // A power of two: the product is exact.
        let weight = (1_u32 << (3 * ((15 - r) % GROUP))) as f32;
        if r % 2 == 1 {
            for k in 0..n {
                let (a, b, code) = step::<FMA, true>(up_i[k], up_j[k]);
                (up_i[k], up_j[k], codes[k]) = (a, b, codes[k] + code * weight);
            }
        } else {
            for k in 0..n {
                let (a, b, code) = step::<FMA, false>(up_i[k], up_j[k]);
                (up_i[k], up_j[k], codes[k]) = (a, b, codes[k] + code * weight);
            }
        }
    }
}

/// Bits of the digits of odd resolutions, and of every digit's last bit.
const ODD: u64 = 0o707_070_707_070_707;
const LAST: u64 = 0o111_111_111_111_111;

/// The digits of point `k`, as they lie in a cell's number, before they are turned to their base cell's axes.
#[inline(always)]
pub(crate) fn digits(fine: f32, coarse: f32) -> u64 {
    let codes = u64::from(fine as u32) | u64::from(coarse as u32) << (3 * GROUP);
    codes & !(ODD & (LAST * 3)) | (codes & ODD & LAST) << 1 | codes >> 1 & ODD & LAST
}

/// Turns all digits by `turns` times 60° counter-clockwise, 0 to 5. Axes i, j, k are a digit's three bits, so 120° moves the
/// bits on by one and 180° swaps 0 with 1 in every digit but 0.
#[inline(always)]
pub(crate) fn turn(digits: u64, turns: u64) -> u64 {
    // 0, 180, 240, 60, 120 and 300 degrees make 0, 1 … 5 half turns with 0, 0, 2, 2, 1, 1 thirds.
    let mask = |yes: bool| if yes { u64::MAX } else { 0 };
    let third = digits >> 1 & (LAST * 3) | digits << 2 & (LAST * 4);
    let two_thirds = digits << 1 & (LAST * 6) | digits >> 2 & LAST;
    let none = mask(turns == 0 || turns == 3);
    let one = mask(turns == 2 || turns == 5);
    let turned = digits & none | third & one | two_thirds & !none & !one;
    let filled = (turned | turned >> 1 | turned >> 2) & LAST;
    turned ^ (filled | filled << 1 | filled << 2) & mask(turns & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// H3's digits and the way of each one's (i, j, k).
    const AXES: [[i32; 3]; 7] = [[0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1], [1, 0, 0], [1, 0, 1], [1, 1, 0]];

    fn ij(digit: usize) -> (f32, f32) {
        let [i, j, k] = AXES[digit];
        ((i - k) as f32, (j - k) as f32)
    }

    #[test]
    fn a_child_is_found_from_its_parent() {
        for (p, q) in [(0.0, 0.0), (5.0, -3.0), (-621_000.0, -100_000.0), (622_335.0, 7.0)] {
            for digit in 0..7 {
                let (x, y) = ij(digit);
                let swapped = [0, 2, 1, 3, 4, 6, 5][digit] as f32;
                let odd = (2.0 * p + q + x, 3.0 * q - p + y);
                let even = (3.0 * p - q + x, p + 2.0 * q + y);
                assert_eq!(step::<false, true>(odd.0, odd.1), (p, q, swapped));
                assert_eq!(step::<true, true>(odd.0, odd.1), (p, q, swapped));
                assert_eq!(step::<false, false>(even.0, even.1), (p, q, digit as f32));
                assert_eq!(step::<true, false>(even.0, even.1), (p, q, digit as f32));
            }
        }
    }

    #[test]
    fn turning_a_digit_turns_its_axes() {
        for (digit, mut axes) in AXES.into_iter().enumerate() {
            for turns in 0..6 {
                let expected = AXES.iter().position(|&other| other == axes).unwrap() as u64;
                assert_eq!(turn(digit as u64 * LAST, turns), expected * LAST, "{digit} by {turns}");
                // 60° takes i to i + j, j to j + k and k to k + i.
                let [i, j, k] = axes;
                let min = (i + k).min(i + j).min(j + k);
                axes = [i + k - min, i + j - min, j + k - min];
            }
        }
    }
}
