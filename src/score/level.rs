//! Levels 6 (normal) to 1 (critical), numbered as police do, and their colours.

use super::method::Method;

/// A level of tension. The engine computes 6 to 3; 2 and 1 are for a named assessor to set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Level {
    /// 1: disorder occurring or imminent.
    Critical,
    /// 2: isolated disorder evidenced or disorder likely.
    Severe,
    /// 3: strands or sources agree; localised disorder possible.
    High,
    /// 4: credibly above its own past.
    Elevated,
    /// 5: above baseline.
    Raised,
    /// 6: within its own baseline.
    Normal,
}

/// Red, amber or green.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rag {
    /// Levels 2 and 1.
    Red,
    /// Levels 4 and 3.
    Amber,
    /// Levels 6 and 5.
    Green,
}

impl Level {
    /// 6 for normal, 1 for critical.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Critical => 1,
            Self::Severe => 2,
            Self::High => 3,
            Self::Elevated => 4,
            Self::Raised => 5,
            Self::Normal => 6,
        }
    }

    /// Name for readers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Critical => "Critical",
            Self::Severe => "Severe",
            Self::High => "High",
            Self::Elevated => "Elevated",
            Self::Raised => "Raised",
            Self::Normal => "Normal",
        }
    }

    /// Its colour.
    #[must_use]
    pub fn rag(self) -> Rag {
        match self {
            Self::Critical | Self::Severe => Rag::Red,
            Self::High | Self::Elevated => Rag::Amber,
            Self::Raised | Self::Normal => Rag::Green,
        }
    }
}

impl Rag {
    /// The name used in outputs.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Amber => "amber",
            Self::Green => "green",
        }
    }
}

/// The level that a score alone gives. A single date is judged: the rule that a level falls only after two quieter weeks
/// needs a series and is not applied here.
pub(super) fn computed(method: &Method, score: f64, p_exceed: f64, too_few: bool, corroborated: bool) -> Level {
    let [raised, elevated, high] = method.level_scores;
    let [p_elevated, p_high] = method.level_p;
    if score >= high && p_exceed >= p_high && !too_few && corroborated {
        Level::High
    } else if score >= elevated && p_exceed >= p_elevated && !too_few {
        Level::Elevated
    } else if score >= raised {
        Level::Raised
    } else {
        Level::Normal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_high_score_alone_is_not_a_high_level() {
        let level = |score, p, sparse, corroborated| computed(&Method::default(), score, p, sparse, corroborated);
        assert_eq!(level(90.0, 0.99, false, true), Level::High);
        assert_eq!(level(90.0, 0.99, false, false), Level::Elevated);
        assert_eq!(level(90.0, 0.99, true, true), Level::Raised);
        assert_eq!(level(90.0, 0.5, false, true), Level::Raised);
        assert_eq!(level(19.9, 1.0, false, true), Level::Normal);
        assert_eq!(Level::High.rag(), Rag::Amber);
    }
}
