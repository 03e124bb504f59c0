//! The seventeen categories of Emerging Hot Spot Analysis, from a place's history of hot and cold slices.

use std::fmt;

use super::names::names;

/// ESRI's two sets of rules for the categories.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Edition {
    /// `ArcGIS` Pro 3: *consecutive* takes two slices or more, *sporadic* the last one.
    #[default]
    Esri3,
    /// `ArcGIS` Pro 2: *sporadic* may be quiet in the last slice.
    Esri2,
}

names! {
    Edition as "edition": Esri3 "esri-3", Esri2 "esri-2"
}

/// Significance of a slice of a place, or direction of a trend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Significantly cold, or falling.
    Down,
    /// Neither.
    Flat,
    /// Significantly hot, or rising.
    Up,
}

impl Direction {
    /// The opposite direction.
    #[must_use]
    pub fn mirrored(self) -> Self {
        match self {
            Self::Down => Self::Up,
            Self::Flat => Self::Flat,
            Self::Up => Self::Down,
        }
    }

    /// The direction of a z; flat unless it is significant.
    #[must_use]
    pub fn of(z: f64, is_significant: bool) -> Self {
        match z {
            z if is_significant && z > 0.0 => Self::Up,
            z if is_significant && z < 0.0 => Self::Down,
            _ => Self::Flat,
        }
    }
}

/// Meaning, as HOT or COLD, and colours (hot, cold) of a pattern.
struct PatternRow {
    pattern: Pattern,
    name: &'static str,
    about: &'static str,
    colours: [u32; 2],
}

/// The patterns in the order of their codes, one row each.
macro_rules! patterns {
    ($($pattern:ident $hot:literal $cold:literal $about:literal;)*) => {
        /// The history of a hot spot; of a cold spot likewise, with hot and cold exchanged.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Pattern { $(#[doc = $about] $pattern,)* }

        const PATTERNS: [PatternRow; [$($hot),*].len()] = [$(PatternRow {
            pattern: Pattern::$pattern, name: stringify!($pattern), about: $about, colours: [$hot, $cold],
        }),*];
    };
}

patterns! {
    New 0xe7_298a 0x1b_9e77 "HOT in the last slice and never before";
    Consecutive 0xd9_4801 0x21_71b5 "HOT in two or more slices up to the last, never before, and in fewer than 90 % of all";
    Intensifying 0x7f_0000 0x08_1d58 "HOT in at least 90 % of the slices and the last, and more and more so";
    Persistent 0xb3_0000 0x22_5ea8 "HOT in at least 90 % of the slices and the last, without a trend";
    Diminishing 0xef_6548 0x41_b6c4 "HOT in at least 90 % of the slices and the last, but less and less so";
    Sporadic 0xfd_ae6b 0x9e_cae1 "HOT on and off, in fewer than 90 % of the slices, and never COLD";
    Oscillating 0xfd_d0a2 0xc7_e9b4 "HOT in the last slice, COLD in one before, and HOT in fewer than 90 % of all";
    Historical 0xc9_94c7 0xa6_bddb "HOT in at least 90 % of the slices, but not in the last";
}

/// Category of a place's history, one of seventeen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum EmergingCategory {
    /// None of the others.
    #[default]
    NoPattern,
    /// A hot spot's history.
    Hot(Pattern),
    /// A cold spot's history.
    Cold(Pattern),
}

impl EmergingCategory {
    /// Every category in the order of a legend: hot spots, cold spots, none.
    pub const ALL: [Self; 17] = {
        let mut all = [Self::NoPattern; 17];
        let mut place = 0;
        while place < PATTERNS.len() {
            all[place] = Self::Hot(PATTERNS[place].pattern);
            all[place + PATTERNS.len()] = Self::Cold(PATTERNS[place].pattern);
            place += 1;
        }
        all
    };

    /// 1 to 8 for hot spots in the order of [`Pattern`], −1 to −8 for cold ones, 0 for none: `ArcGIS`'s CATEGORY.
    #[must_use]
    pub fn code(self) -> i8 {
        match self {
            Self::NoPattern => 0,
            Self::Hot(pattern) => pattern as i8 + 1,
            Self::Cold(pattern) => -(pattern as i8 + 1),
        }
    }

    /// Its pattern, and 0 for hot or 1 for cold.
    fn row(self) -> Option<(&'static PatternRow, usize)> {
        match self {
            Self::NoPattern => None,
            Self::Hot(pattern) => Some((&PATTERNS[pattern as usize], 0)),
            Self::Cold(pattern) => Some((&PATTERNS[pattern as usize], 1)),
        }
    }

    /// Name for readers, such as `New hot spot`.
    #[must_use]
    pub fn name(self) -> String {
        let side = |side: usize| ["hot", "cold"][side];
        self.row().map_or_else(|| "No pattern".to_owned(), |(row, at)| format!("{} {} spot", row.name, side(at)))
    }

    /// Meaning, in a line.
    #[must_use]
    pub fn about(self) -> String {
        let Some((row, side)) = self.row() else { return "none of the others".to_owned() };
        let [hot, cold] = [["hot", "cold"], ["cold", "hot"]][side];
        row.about.replace("HOT", hot).replace("COLD", cold)
    }

    /// Red, green and blue: warm for hot spots, cool for cold ones, dark for those that last.
    #[must_use]
    pub fn colour(self) -> [u8; 3] {
        let [_, red, green, blue] = self.row().map_or(0xf4_f3f0, |(row, side)| row.colours[side]).to_be_bytes();
        [red, green, blue]
    }

    /// The category with hot and cold exchanged.
    #[must_use]
    pub fn mirrored(self) -> Self {
        match self {
            Self::NoPattern => Self::NoPattern,
            Self::Hot(pattern) => Self::Cold(pattern),
            Self::Cold(pattern) => Self::Hot(pattern),
        }
    }

    /// The category of a history, oldest slice first, and of the trend of its z.
    ///
    /// The rules are tried in this order, so that exactly one applies. Each is tried for hot, then mirrored for cold:
    ///
    /// 1. Hot in at least 90 % of the slices (10 × hot ≥ 9 × all). *Historical* if the last is not hot; else
    ///    *intensifying*, *diminishing* or *persistent* as the trend is up, down or neither.
    /// 2. The last slice hot and one before it cold: *oscillating*. ESRI's text would also call some of these *new* or
    ///    *consecutive*; that the place was cold is the more useful fact.
    /// 3. Hot in the last slice only: *new*.
    /// 4. One run of two or more hot slices up to the last: *consecutive*.
    /// 5. Hot in the last slice (esri-2: in any) and never cold: *sporadic*.
    /// 6. *No pattern*.
    ///
    /// ```
    /// use tensionmap::unstable::hotspot::{Direction, Edition, EmergingCategory, Pattern};
    /// let history = |text: &str| -> Vec<Direction> {
    ///     text.chars().map(|c| match c { '+' => Direction::Up, '-' => Direction::Down, _ => Direction::Flat }).collect()
    /// };
    /// let of = |text: &str| EmergingCategory::of(&history(text), Direction::Flat, Edition::Esri3);
    /// assert_eq!(of(".........+"), EmergingCategory::Hot(Pattern::New));
    /// assert_eq!(of("----------"), EmergingCategory::Cold(Pattern::Persistent));
    /// ```
    #[must_use]
    pub fn of(history: &[Direction], trend: Direction, edition: Edition) -> Self {
        let mirror: Vec<Direction> = history.iter().map(|sign| sign.mirrored()).collect();
        lasting(history, trend)
            .map(Self::Hot)
            .or_else(|| lasting(&mirror, trend.mirrored()).map(Self::Cold))
            .or_else(|| passing(history, edition).map(Self::Hot))
            .or_else(|| passing(&mirror, edition).map(Self::Cold))
            .unwrap_or_default()
    }
}

impl fmt::Display for EmergingCategory {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.name())
    }
}

fn hot(history: &[Direction]) -> usize {
    history.iter().filter(|sign| **sign == Direction::Up).count()
}

/// Rule 1.
fn lasting(history: &[Direction], trend: Direction) -> Option<Pattern> {
    let last = history.last()?;
    (10 * hot(history) >= 9 * history.len()).then_some(match (last, trend) {
        (Direction::Up, Direction::Up) => Pattern::Intensifying,
        (Direction::Up, Direction::Flat) => Pattern::Persistent,
        (Direction::Up, Direction::Down) => Pattern::Diminishing,
        _ => Pattern::Historical,
    })
}

/// Rules 2 to 5, for a history to which rule 1 applies on neither side.
fn passing(history: &[Direction], edition: Edition) -> Option<Pattern> {
    let (hot, was_cold) = (hot(history), history.contains(&Direction::Down));
    let run = history.iter().rev().take_while(|sign| **sign == Direction::Up).count();
    match (run, was_cold) {
        (1.., true) => Some(Pattern::Oscillating),
        (1, false) if hot == 1 => Some(Pattern::New),
        (2.., false) if hot == run => Some(Pattern::Consecutive),
        (1.., false) => Some(Pattern::Sporadic),
        (0, false) if hot > 0 && edition == Edition::Esri2 => Some(Pattern::Sporadic),
        _ => None,
    }
}
