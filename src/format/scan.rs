//! Search for the separators of delimited text: the positions of three bytes, sixteen bytes at a time.

use wide::u8x16;

/// Calls `found` with the place of each `delimiter` and each of the two `others` in `text`, in order, and whether it is
/// the delimiter. Stops when it returns true; true if it did.
#[inline]
pub(crate) fn each(text: &[u8], delimiter: u8, others: [u8; 2], mut found: impl FnMut(usize, bool) -> bool) -> bool {
    let (a, b, c) = (u8x16::splat(delimiter), u8x16::splat(others[0]), u8x16::splat(others[1]));
    let mut at = 0;
    while let Some(block) = text.get(at..).and_then(<[u8]>::first_chunk::<16>) {
        let block = u8x16::new(*block);
        let delimiters = block.simd_eq(a).to_bitmask();
        let mut mask = delimiters | (block.simd_eq(b) | block.simd_eq(c)).to_bitmask();
        while mask != 0 {
            let lowest = mask & mask.wrapping_neg();
            if found(at + mask.trailing_zeros() as usize, delimiters & lowest != 0) {
                return true;
            }
            mask ^= lowest;
        }
        at += 16;
    }
    plainly(text, at, delimiter, others, found)
}

/// One byte after the other, from a place on.
fn plainly(
    text: &[u8],
    from: usize,
    delimiter: u8,
    others: [u8; 2],
    mut found: impl FnMut(usize, bool) -> bool,
) -> bool {
    let is_one = |byte: u8| byte == delimiter || others.contains(&byte);
    (from..text.len()).any(|at| is_one(text[at]) && found(at, text[at] == delimiter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn places_are_those_of_a_search_byte_by_byte(text in prop::collection::vec(prop_oneof![Just(b','), Just(b'\n'), Just(b'"'), any::<u8>()], 0..80), stop in 0..20_usize) {
            let others = [b'\n', b'"'];
            let (mut fast, mut slow) = (Vec::new(), Vec::new());
            let fast_stopped = each(&text, b',', others, |at, is| { fast.push((at, is)); fast.len() > stop });
            let slow_stopped = plainly(&text, 0, b',', others, |at, is| { slow.push((at, is)); slow.len() > stop });
            prop_assert_eq!((fast, fast_stopped), (slow, slow_stopped));
        }
    }
}
