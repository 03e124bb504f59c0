//! Where a row of delimited text is cut: the places of three bytes, found sixteen bytes at a time.

use wide::u8x16;

/// Calls `found` with the place of each of `bytes` in `text`, in order, until it says to stop; whether it did.
#[inline]
pub(super) fn each(text: &[u8], bytes: [u8; 3], mut found: impl FnMut(usize) -> bool) -> bool {
    let (a, b, c) = (u8x16::splat(bytes[0]), u8x16::splat(bytes[1]), u8x16::splat(bytes[2]));
    let mut at = 0;
    while let Some(block) = text.get(at..).and_then(<[u8]>::first_chunk::<16>) {
        let block = u8x16::new(*block);
        let mut mask = (block.simd_eq(a) | block.simd_eq(b) | block.simd_eq(c)).to_bitmask();
        while mask != 0 {
            if found(at + mask.trailing_zeros() as usize) {
                return true;
            }
            mask &= mask - 1;
        }
        at += 16;
    }
    plainly(text, at, bytes, found)
}

/// One byte after the other, from a place on.
fn plainly(text: &[u8], from: usize, bytes: [u8; 3], mut found: impl FnMut(usize) -> bool) -> bool {
    (from..text.len()).any(|at| bytes.contains(&text[at]) && found(at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn places_are_those_of_a_search_byte_by_byte(text in prop::collection::vec(prop_oneof![Just(b','), Just(b'\n'), Just(b'"'), any::<u8>()], 0..80), stop in 0..20_usize) {
            let wanted = [b',', b'\n', b'"'];
            let (mut fast, mut slow) = (Vec::new(), Vec::new());
            let fast_stopped = each(&text, wanted, |at| { fast.push(at); fast.len() > stop });
            let slow_stopped = plainly(&text, 0, wanted, |at| { slow.push(at); slow.len() > stop });
            prop_assert_eq!((fast, fast_stopped), (slow, slow_stopped));
        }
    }
}
