//! Pairs of a series that fall, counted by a merge sort without a look at each.

/// Number of pairs of so many values.
pub(super) fn pairs(values: usize) -> u64 {
    let values = values as u64;
    values * values.saturating_sub(1) / 2
}

/// Sorts values, and returns the number of pairs whose earlier value is greater. O(n log n).
pub(super) fn sort_counting<T: Copy + PartialOrd>(values: &mut Vec<T>) -> u64 {
    let mut falling = 0;
    sort_showing(values, |earlier, _| falling += earlier.len() as u64);
    falling
}

/// Sorts values, and shows each later value with earlier ones that are greater: every falling pair once. O(n log n + pairs).
pub(super) fn sort_showing<T: Copy + PartialOrd>(values: &mut Vec<T>, mut fall: impl FnMut(&[T], T)) {
    let (mut width, mut merged) = (1, Vec::with_capacity(values.len()));
    while width < values.len() {
        merged.clear();
        for block in values.chunks(2 * width) {
            let (mut earlier, later) = block.split_at(width.min(block.len()));
            for &value in later {
                let stay = earlier.iter().position(|other| *other > value).unwrap_or(earlier.len());
                merged.extend_from_slice(&earlier[..stay]);
                earlier = &earlier[stay..];
                if !earlier.is_empty() {
                    fall(earlier, value);
                }
                merged.push(value);
            }
            merged.extend_from_slice(earlier);
        }
        std::mem::swap(values, &mut merged);
        width *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn falling_pairs_are_counted_and_shown() {
        let mut seed = 7_u32;
        for length in [0, 1, 2, 3, 8, 61, 200] {
            let values: Vec<u32> = std::iter::repeat_with(|| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                seed >> 28
            })
            .take(length)
            .collect();
            let all = &values;
            let later = |place: usize| all[place + 1..].iter().map(move |later| (all[place], *later));
            let mut pairs: Vec<(u32, u32)> = (0..length).flat_map(later).filter(|(a, b)| a > b).collect();
            let (mut sorted, mut shown) = (values.clone(), Vec::new());
            sort_showing(&mut sorted, |earlier, value| shown.extend(earlier.iter().map(|other| (*other, value))));
            let mut expected = values.clone();
            expected.sort_unstable();
            pairs.sort_unstable();
            shown.sort_unstable();
            assert_eq!((&sorted, &shown), (&expected, &pairs));
            assert_eq!(sort_counting(&mut values.clone()), pairs.len() as u64);
        }
    }
}
