//! A count in one word, so that a cube of ten million rows is 80 MB and sorting words sorts the cube.

use crate::incident::{Day, When};

/// Shared attributes of reports beside cell and first day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CountProfile {
    /// Length of the interval in days.
    pub(crate) days: i32,
    /// Days from the end of the interval until they are known.
    pub(crate) lag: i32,
    /// Index into the cube's classes.
    pub(crate) class: u32,
}

impl CountProfile {
    pub(crate) fn of(when: When, known: Day, class: u32) -> Self {
        Self { days: when.days(), lag: known.0.saturating_sub(when.end.0), class }
    }
}

/// Reports of one cell, first day and profile: 22 bits of day, 28 of profile, and one digit of their number. The digit
/// is in base 4096, with its place (2 bits, then 12). A number below 4096 is one word. A larger one is several, one a
/// digit that is not 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Count(u64);

const DIGIT: u32 = 12;
const NUMBER: u32 = DIGIT + 2;
const PROFILE: u32 = 28;

impl Count {
    /// Maximal number of profiles.
    pub(super) const PROFILES: usize = 1 << PROFILE;

    /// One report. The day has to be within [`Day::RANGE`].
    pub(super) fn one(start: Day, profile: u32) -> Self {
        #[allow(clippy::cast_sign_loss, reason = "days of the range begin at its start")]
        let day = (start.0 - Day::RANGE.start.0) as u64;
        Self(day << (PROFILE + NUMBER) | u64::from(profile) << NUMBER | 1)
    }

    /// Words of this day and profile for any number of reports, a digit each.
    pub(super) fn times(self, n: u64) -> impl Iterator<Item = Self> {
        let digit = move |place: u64| (n >> (place * u64::from(DIGIT)) & ((1 << DIGIT) - 1), place);
        let key = self.0 >> NUMBER << NUMBER;
        (0..4).map(digit).filter(|(digit, _)| *digit > 0).map(move |(digit, place)| Self(key | place << DIGIT | digit))
    }

    /// The word with another profile.
    pub(super) fn with_profile(self, profile: u32) -> Self {
        Self(self.0 & !(((1 << PROFILE) - 1) << NUMBER) | u64::from(profile) << NUMBER)
    }

    /// True if both are digits of one number.
    pub(super) fn belongs_to(self, other: Self) -> bool {
        self.0 >> NUMBER == other.0 >> NUMBER
    }

    /// First day.
    #[inline]
    pub(crate) fn start(self) -> Day {
        #[allow(clippy::cast_possible_truncation, reason = "22 bits")]
        Day((self.0 >> (PROFILE + NUMBER)) as i32 + Day::RANGE.start.0)
    }

    /// Index into [`Cube::profiles`](super::Cube::profiles).
    #[inline]
    pub(crate) fn profile(self) -> usize {
        (self.0 >> NUMBER) as usize & ((1 << PROFILE) - 1)
    }

    /// Number of reports of this word.
    #[inline]
    pub(crate) fn n(self) -> u32 {
        #[allow(clippy::cast_possible_truncation, reason = "numbers of a cube are of 32 bits")]
        let digit = self.0 as u32 & ((1 << DIGIT) - 1);
        digit << ((self.0 >> DIGIT & 3) as u32 * DIGIT)
    }
}

/// Sorts the words of a cell, of which the first `sorted` are sorted already, and adds up those of one day and profile. Where
/// that comes to more than 32 bits, the largest such number is returned.
pub(super) fn compact(words: &mut Vec<Count>, sorted: usize) -> Option<u64> {
    words[sorted..].sort_unstable();
    if sorted > 0 {
        // Two runs are merged.
        words.sort();
    }
    let (mut to, mut from, mut excess) = (0, 0, None);
    while let Some(&word) = words.get(from) {
        let more = words[from..].iter().take_while(|other| other.belongs_to(word)).count();
        if more == 1 {
            words[to] = word;
            to += 1;
        } else {
            let n: u64 = words[from..from + more].iter().map(|word| u64::from(word.n())).sum();
            if n > u64::from(u32::MAX) {
                excess = excess.max(Some(n));
            }
            // A sum never has more digits than it has terms of one digit each.
            for digit in word.times(n.min(u32::MAX.into())) {
                words[to] = digit;
                to += 1;
            }
        }
        from += more;
    }
    words.truncate(to);
    excess
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers, and days at both ends of the range, come back; sums of digits are the digits of sums.
    #[test]
    fn words_hold_what_is_put_in() {
        let numbers = [1, 2, 4095, 4096, 4097, 1 << 24, (1 << 24) + 5, u64::from(u32::MAX)];
        for (start, profile) in [(Day::RANGE.start, 0), (Day(20_000), 77), (Day::RANGE.end - 1, (1 << PROFILE) - 1)] {
            for n in numbers {
                let words: Vec<Count> = Count::one(start, profile).times(n).collect();
                assert_eq!(words.iter().map(|word| u64::from(word.n())).sum::<u64>(), n);
                assert!(words.iter().all(|word| word.start() == start && word.profile() == profile as usize));
                let other = words[0].with_profile(3);
                assert_eq!((other.start(), other.profile(), other.n()), (start, 3, words[0].n()));
            }
        }
        for (a, b) in numbers.iter().flat_map(|a| numbers.map(|b| (*a, b))) {
            let word = Count::one(Day(5), 1);
            let mut words: Vec<Count> =
                word.times(a).chain(word.times(b)).chain(Count::one(Day(4), 9).times(a)).collect();
            let excess = compact(&mut words, 0);
            let sum = (a + b).min(u32::MAX.into());
            assert_eq!(words, Count::one(Day(4), 9).times(a).chain(word.times(sum)).collect::<Vec<_>>());
            assert_eq!(excess, (a + b > sum).then_some(a + b));
        }
    }

    #[test]
    fn what_is_added_to_a_settled_cell_is_merged_in() {
        let word = |day, profile| Count::one(Day(day), profile);
        let mut words = vec![word(1, 0), word(3, 0), word(3, 2), word(3, 0), word(2, 5), word(1, 0)];
        assert_eq!(compact(&mut words, 3), None);
        let two = |word: Count| word.times(2).next().expect("a digit");
        assert_eq!(words, [two(word(1, 0)), word(2, 5), two(word(3, 0)), word(3, 2)]);
    }
}
