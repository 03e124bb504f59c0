//! Levels of tension and their colours. Their number, names and thresholds are data of the method, because forces differ. The
//! default numbers them 6 (normal) to 1 (critical), as police do.

use serde::{Deserialize, Serialize, Serializer};

use super::surge::Excess;
use crate::code::ids;
use crate::visible::{is_blank, is_hidden};

ids! {
    /// Red, amber or green.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "lowercase")]
    Rag {
        /// As usual.
        Green "green";
        /// Watch, and prepare.
        Amber "amber";
        /// For a named assessor to set, never computed by the default method.
        Red "red";
    }
}

/// One level of a method's scale and its conditions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelRule {
    /// Number for readers.
    pub number: u8,
    /// Name for readers.
    pub name: String,
    /// Colour.
    pub rag: Rag,
    /// Minimum score †; absent with a minimum evidence, or for a named assessor only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub score: Option<f64>,
    /// Minimum evidence †, in a method that ranks by evidence; absent with a minimum score, or for a named assessor only.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub evidence: Option<f64>,
    /// Minimum exceedance probability †.
    #[serde(default)]
    pub p_exceed: f64,
    /// True if it needs at least [`Method::sparse_below`](super::Method::sparse_below) reports.
    #[serde(default)]
    pub enough_reports: bool,
    /// True if it needs two strands or two sources that agree.
    #[serde(default)]
    pub corroborated: bool,
}

impl LevelRule {
    /// Scale of `tension-2`, calmest first †: thresholds are of the evidence.
    pub(super) fn tension_2() -> Vec<Self> {
        let rules = Self::tension_1().into_iter().zip([Some(0.0), Some(1.5), Some(2.5), Some(4.0), None, None]);
        rules.map(|(rule, evidence)| Self { score: None, evidence, p_exceed: 0.0, ..rule }).collect()
    }

    /// Scale of `tension-1`, calmest first †.
    pub(super) fn tension_1() -> Vec<Self> {
        let rules = [
            (6, "Normal", Rag::Green, Some(0.0), 0.0, false, false),
            (5, "Raised", Rag::Green, Some(20.0), 0.0, false, false),
            (4, "Elevated", Rag::Amber, Some(40.0), 0.8, true, false),
            (3, "High", Rag::Amber, Some(60.0), 0.95, true, true),
            (2, "Severe", Rag::Red, None, 0.0, false, false),
            (1, "Critical", Rag::Red, None, 0.0, false, false),
        ];
        let rule = |(number, name, rag, score, p_exceed, enough_reports, corroborated): (_, &str, _, _, _, _, _)| {
            Self { number, name: name.to_owned(), rag, score, evidence: None, p_exceed, enough_reports, corroborated }
        };
        rules.map(rule).into()
    }

    /// Minimum score, or minimum evidence, of a level that is computed.
    pub(crate) fn least(&self) -> Option<f64> {
        self.evidence.or(self.score)
    }

    /// Name of that measure and its maximum.
    pub(crate) fn measure(&self) -> (&'static str, f64) {
        if self.evidence.is_some() { ("evidence", 300.0) } else { ("score", 100.0) }
    }

    /// Describes the first fault of a scale, calmest level first; `None` if it is sound.
    pub(crate) fn problem(levels: &[Self]) -> Option<String> {
        const MAX_LEVELS: usize = 12;
        let Some(first) = levels.first().filter(|_| levels.len() <= MAX_LEVELS) else {
            return Some(format!("levels must be 1 to {MAX_LEVELS}, calmest first"));
        };
        let needs_more = first.p_exceed > 0.0 || first.enough_reports || first.corroborated;
        let (by, max) = first.measure();
        if needs_more || first.least().is_none_or(|least| least > 0.0) {
            return Some(format!("the first of the levels ({}) must have {by} = 0 and need nothing else", first.name));
        }
        let computed: Vec<f64> = levels.iter().map_while(Self::least).collect();
        if levels[computed.len()..].iter().any(|level| level.least().is_some()) {
            return Some(format!("levels without a {by} are for assessors and must come after all that have one"));
        }
        if let Some(other) = levels[..computed.len()].iter().find(|level| level.measure().0 != by) {
            return Some(format!("level {} has another measure than {by}; all levels need the same", other.name));
        }
        if !computed.is_sorted_by(|a, b| a < b) || !computed.iter().all(|least| (0.0..=max).contains(least)) {
            return Some(format!("levels must be in order of their {by}, which rises from 0 to at most {max}"));
        }
        if levels.iter().any(|level| !(0.0..1.0).contains(&level.p_exceed)) {
            return Some("p_exceed of levels must be from 0 to below 1".to_owned());
        }
        let numbers = || levels.iter().map(|level| level.number);
        if !numbers().is_sorted_by(|a, b| a < b) && !numbers().is_sorted_by(|a, b| a > b) {
            return Some("numbers of levels must rise, or fall, from the first to the last".to_owned());
        }
        let is_name = |name: &str| !is_blank(name) && name.len() <= 40 && !name.contains(is_hidden);
        let nameless = levels.iter().find(|level| !is_name(&level.name))?;
        Some(format!("level {} must have a name of one line and at most 40 bytes", nameless.number))
    }
}

/// A level of a method's scale. Levels are ordered by tension, whichever way their numbers run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level {
    rank: u8,
    number: u8,
    rag: Rag,
}

impl Level {
    /// The level of a scale with this number.
    #[must_use]
    pub fn numbered(levels: &[LevelRule], number: u8) -> Option<Self> {
        Some(Self::ranked(levels, levels.iter().position(|level| level.number == number)?))
    }

    pub(super) fn ranked(levels: &[LevelRule], rank: usize) -> Self {
        let rule = &levels[rank];
        #[allow(clippy::cast_possible_truncation, reason = "a method has at most a dozen levels")]
        Self { rank: rank as u8, number: rule.number, rag: rule.rag }
    }

    /// Number of calmer levels: the index into [`Method::levels`](super::Method::levels).
    #[must_use]
    pub fn rank(self) -> usize {
        self.rank.into()
    }

    /// Number for readers: 6 for normal and 1 for critical in the default scale.
    #[must_use]
    pub fn number(self) -> u8 {
        self.number
    }

    /// Colour.
    #[must_use]
    pub fn rag(self) -> Rag {
        self.rag
    }
}

/// Evidence for a level beside the score.
#[derive(Clone, Copy, Debug)]
pub(super) struct LevelEvidence {
    /// E, in a method that ranks by it.
    pub(super) evidence: f64,
    /// Excess, tested against the `p_exceed` of each level; absent: it meets no level that needs one.
    pub(super) excess: Option<Excess>,
    /// True with enough reports, or one that is grave and well graded.
    pub(super) enough: bool,
    /// True with two strands or two sources.
    pub(super) corroborated: bool,
}

impl Serialize for Level {
    /// As its number.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u8(self.number)
    }
}

/// The level of a score at one date, before the rule about falling levels.
pub(super) fn computed_level(levels: &[LevelRule], score: f64, evidence: LevelEvidence) -> Level {
    let reached = |(rank, level): &(usize, &LevelRule)| {
        let measured = if level.evidence.is_some() { evidence.evidence } else { score };
        level.least().is_some_and(|least| measured >= least)
            && (level.p_exceed <= 0.0 || evidence.excess.is_some_and(|excess| excess.exceeds(*rank)))
            && (evidence.enough || !level.enough_reports)
            && (evidence.corroborated || !level.corroborated)
    };
    Level::ranked(levels, levels.iter().enumerate().rfind(reached).map_or(0, |(rank, _)| rank))
}

#[cfg(test)]
mod tests {
    use super::super::surge::{Prior, SurgeCounts, credible_excess};
    use super::*;

    #[test]
    fn a_high_score_alone_is_not_a_high_level() {
        let levels = LevelRule::tension_1();
        let thresholds: Vec<f64> = levels.iter().map(|level| level.p_exceed).collect();
        let prior = Prior { rate: 0.1, days: 28.0, shape: 0.5, dispersion: 1.0 };
        let level = |score, window, enough, corroborated| {
            let counts = SurgeCounts { window, baseline: 36.4, window_days: 28.0, baseline_days: 364.0 };
            let excess = credible_excess(counts, prior, &thresholds);
            computed_level(&levels, score, LevelEvidence { evidence: 0.0, excess, enough, corroborated }).number()
        };
        assert_eq!(level(90.0, 9.0, true, true), 3);
        assert_eq!(level(90.0, 9.0, true, false), 4);
        assert_eq!(level(90.0, 9.0, false, true), 5);
        assert_eq!(level(90.0, 3.0, true, true), 5);
        assert_eq!(level(19.9, 90.0, true, true), 6);
        let [normal, high] = [6, 3].map(|number| Level::numbered(&levels, number).unwrap());
        assert!(high > normal && high.rag() == Rag::Amber && Level::numbered(&levels, 7).is_none());
    }
}
