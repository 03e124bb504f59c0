//! The method as data: every number a score depends on, printable, editable as TOML, hashed into each result.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ScoreError;
use super::evidence_rules::EvidenceRules;
use super::level::LevelRule;
use super::weights::{TABLES, complete, grade_factor, table_named, tension_weight};
use crate::incident::{Category, Day, ReportClass, Strand};
use crate::invalid::{Cause, did_you_mean};
use crate::small_file::{settings_text, toml_problem};
use crate::visible::check_line;

/// All tables and numbers of a scoring method. `Method::default()` is `tension-2`.
///
/// Numbers marked † in the documentation are our own choice and have no external authority.
///
/// ```
/// use tensionmap::{Category, Method};
/// let method = Method::default();
/// assert_eq!(method.category_weight(Category::Riot), 10.0);
/// assert_eq!(Method::from_toml(&method.to_toml())?, method);
/// # Ok::<(), tensionmap::unstable::error::ScoreError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// Name and version.
    pub name: String,
    /// D½, the density (see [`Self::density`]) at which the intensity component is half full; absent: calibrate on history.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub d_half: Option<f64>,
    /// Date of calibration: cell-days are cut, and variances fitted, as known from here on; absent: as known at each as-of.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub anchor_date: Option<Day>,
    /// Half-lives in days † by strand.
    pub half_life_days: HalfLives,
    /// Days after its end for which a dated event still counts †.
    pub potential_grace_days: i32,
    /// Length of the current window in days.
    pub window_days: i32,
    /// Maximum covered days of the baseline.
    pub baseline_days: i32,
    /// Minimum covered days of the baseline; with fewer there is no surge and no spread.
    pub baseline_least_days: i32,
    /// κ, the weight of the neighbourhood's rate in a cell's baseline, in days †.
    pub prior_days: f64,
    /// a0, the shape of the prior on the current rate †.
    pub prior_shape: f64,
    /// Maximum mass of a single report as a share of D½ × cell area (or residents) †.
    pub cap_share: f64,
    /// Unit of the density: the denominator of intensity.
    #[serde(default)]
    pub density: DensityUnit,
    /// Minimum residents assumed in a cell, so that an empty park does not have an extreme density †.
    #[serde(default = "default_least_residents")]
    pub least_residents: f64,
    /// Share of its intensity that a cell keeps, 0 to 1; the rest goes to its neighbours in equal parts. 1: no smoothing.
    #[serde(default = "one")]
    pub kept_share: f64,
    /// Reports in the window below which a cell is sparse.
    pub sparse_below: f64,
    /// Minimum exceedance probability of a rising neighbour †.
    pub spread_p: f64,
    /// Minimum share of the intensity of a present strand †.
    pub strand_share: f64,
    /// Points of each component †; they sum to 100.
    pub points: ComponentPoints,
    /// Severity factors † for 1 to 5; a report without severity has factor 1.
    pub severity: [f64; 5],
    /// Weekly as-ofs in a row that must be lower before a level falls; 1: it falls at once †.
    #[serde(default = "default_fall_after_weeks")]
    pub fall_after_weeks: u8,
    /// Rules of the evidence; absent in `tension-1`, which has none.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub evidence: Option<EvidenceRules>,
    /// Category weights †, one per category; [`Self::weighed_by`] replaces them.
    pub weights: BTreeMap<String, f64>,
    /// The scale of levels †, calmest first.
    pub levels: Vec<LevelRule>,
    /// Breaks of the legends of columns, frozen for maps of different dates. No score depends on them, nor does the hash.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub breaks: BTreeMap<String, Vec<f64>>,
}

/// Unit of a density.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DensityUnit {
    /// Mass per km², by the exact spherical area of the cell.
    #[default]
    PerKm2,
    /// Mass per 1,000 residents, who come from an indicator.
    #[serde(rename = "per_1000_residents")]
    PerThousandResidents,
}

impl DensityUnit {
    /// Unit for captions.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Self::PerKm2 => "per km²",
            Self::PerThousandResidents => "per 1,000 residents",
        }
    }
}

/// Half-life of each strand, in days.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HalfLives {
    /// Experienced strand: feelings decay soon.
    pub experienced: f64,
    /// Evidenced strand: records decay later.
    pub evidenced: f64,
    /// Potential strand: days in which the nearness of a coming event doubles.
    pub potential: f64,
}

/// Maximum points of each component.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComponentPoints {
    /// Credible excess over the place's own past.
    pub surge: f64,
    /// Weighted, decayed reports per km².
    pub intensity: f64,
    /// Independent strands and sources that agree.
    pub corroboration: f64,
    /// Neighbours that are also rising.
    pub spread: f64,
    /// A chosen index of context. If above 0, the other four components are scaled to the remaining points.
    #[serde(default)]
    pub context: f64,
}

impl ComponentPoints {
    /// Maximum points of surge, intensity, corroboration, spread and context after scaling; they sum to 100.
    #[must_use]
    pub fn scaled(self) -> [f64; 5] {
        let rest = 1.0 - self.context / 100.0;
        let Self { surge, intensity, corroboration, spread, context } = self;
        [surge * rest, intensity * rest, corroboration * rest, spread * rest, context]
    }
}

/// Maximum of settings in days: a century, because longer ones are typing errors.
const MAX_DAYS: i32 = 36_525;

/// Number of breaks of a legend.
const BREAKS: std::ops::RangeInclusive<usize> = 2..=10;

impl Default for Method {
    fn default() -> Self {
        Self::tension_2()
    }
}

/// Name, maker and meaning of a built-in method.
type BuiltIn = (&'static str, fn() -> Method, &'static str);

/// Methods by name, the default first.
pub(crate) const METHODS: [BuiltIn; 2] = [
    (
        "tension-2",
        Method::tension_2,
        "evidence first: how surprising the latest reports are, beside a place's own past",
    ),
    ("tension-1", Method::tension_1, "superseded: a sum of surge, intensity, corroboration and spread"),
];

impl Method {
    /// Method `tension-2`: places are ranked by how surprising their reports are, here and now.
    #[must_use]
    pub fn tension_2() -> Self {
        Self {
            name: "tension-2".to_owned(),
            prior_shape: 0.45,
            fall_after_weeks: 1,
            sparse_below: 3.0,
            points: ComponentPoints { surge: 85.0, intensity: 0.0, corroboration: 15.0, spread: 0.0, context: 0.0 },
            evidence: Some(EvidenceRules::tension_2()),
            levels: LevelRule::tension_2(),
            ..Self::tension_1()
        }
    }

    /// Method `tension-1`: a sum of surge, intensity, corroboration and spread. Superseded, and unchanged.
    #[must_use]
    pub fn tension_1() -> Self {
        Self {
            name: "tension-1".to_owned(),
            d_half: None,
            anchor_date: None,
            evidence: None,
            half_life_days: HalfLives { experienced: 14.0, evidenced: 28.0, potential: 7.0 },
            potential_grace_days: 3,
            window_days: 28,
            baseline_days: 364,
            baseline_least_days: 56,
            prior_days: 28.0,
            prior_shape: 0.5,
            cap_share: 0.25,
            density: DensityUnit::default(),
            least_residents: default_least_residents(),
            kept_share: one(),
            sparse_below: 5.0,
            spread_p: 0.8,
            strand_share: 0.1,
            points: ComponentPoints { surge: 45.0, intensity: 30.0, corroboration: 15.0, spread: 10.0, context: 0.0 },
            severity: [0.5, 0.75, 1.0, 1.5, 2.0],
            fall_after_weeks: default_fall_after_weeks(),
            weights: complete(tension_weight),
            levels: LevelRule::tension_1(),
            breaks: BTreeMap::new(),
        }
    }
}

fn default_least_residents() -> f64 {
    100.0
}

fn default_fall_after_weeks() -> u8 {
    2
}

fn one() -> f64 {
    1.0
}

impl Method {
    /// The built-in method of a name, or the method of a file.
    ///
    /// ```
    /// assert_eq!(tensionmap::Method::named_or_load("tension-1")?, tensionmap::Method::tension_1());
    /// # Ok::<(), tensionmap::unstable::error::ScoreError>(())
    /// ```
    ///
    /// # Errors
    /// Errors of [`Self::load`] for anything but a name.
    pub fn named_or_load(text: &str) -> Result<Self, ScoreError> {
        Self::named(text).map_or_else(|| Self::load(text), Ok)
    }

    /// The built-in method of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        METHODS.iter().find(|(id, ..)| id.eq_ignore_ascii_case(name)).map(|(_, method, _)| method())
    }

    /// Reads a method file.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read, is not TOML, has an unknown or missing key, or a number out of range.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ScoreError> {
        let path = path.as_ref();
        let unusable = |source: Cause| {
            let file = path.display().to_string();
            let near = did_you_mean(&file, METHODS.map(|(id, ..)| id));
            let advice = near.filter(|_| !path.exists()).unwrap_or_default();
            ScoreError::MethodFile { file, advice, source }
        };
        let text = settings_text(path).map_err(|error| unusable(error.into()))?;
        Self::from_toml(&text).map_err(|error| unusable(error.into()))
    }

    /// Parses a method from TOML.
    ///
    /// # Errors
    /// Returns an error if the text is not TOML, has an unknown or missing key, or a number out of range.
    pub fn from_toml(text: &str) -> Result<Self, ScoreError> {
        let method: Self = toml::from_str(text).map_err(|error| ScoreError::MethodText(toml_problem(text, error)))?;
        method.check()?;
        Ok(method)
    }

    /// The method as TOML; [`Self::from_toml`] reads it back unchanged.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }

    /// Short stable fingerprint of all numbers that a score depends on.
    ///
    /// The first 12 hexadecimal digits of the SHA-256 of [`Self::to_toml`] without breaks.
    #[must_use]
    pub fn hash(&self) -> String {
        let scoring = Self { breaks: BTreeMap::new(), ..self.clone() };
        let digest = Sha256::digest(scoring.to_toml().as_bytes());
        digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }

    /// The method of settings: a built-in one or a file, the default without either, with the weights of a table if one is named.
    ///
    /// # Errors
    /// A file that cannot be used; errors of [`Self::weighed_by`].
    pub(crate) fn of_settings(method: Option<&str>, weights: Option<&str>) -> Result<Self, ScoreError> {
        let method = method.map_or_else(|| Ok(Self::default()), Self::named_or_load)?;
        weights.map_or_else(|| Ok(method.clone()), |table| method.clone().weighed_by(table))
    }

    /// This method with other category weights.
    ///
    /// `table` is a built-in table (`tension`, `count`, `cchi-sqrt`), or a TOML file with lines such as `riot = 12.0` that
    /// override this method's weights. The method's name and hash change with them.
    ///
    /// ```
    /// use tensionmap::{Category, Method};
    /// let counted = Method::default().weighed_by("count")?;
    /// assert_eq!((counted.category_weight(Category::Riot), counted.name.as_str()), (1.0, "tension-2, weights count"));
    /// # Ok::<(), tensionmap::unstable::error::ScoreError>(())
    /// ```
    ///
    /// # Errors
    /// Returns an error if `table` is not a table or a readable file, a category is unknown or a weight out of range.
    pub fn weighed_by(mut self, table: &str) -> Result<Self, ScoreError> {
        let mut name = Path::new(table).file_stem().unwrap_or_default().to_string_lossy();
        if let Some((id, _, weight)) = table_named(table) {
            self.weights = complete(*weight);
            name = (*id).into();
        } else {
            let unreadable = |source: Cause| {
                let near = did_you_mean(table, TABLES.map(|(id, ..)| id));
                let advice = near.filter(|_| !Path::new(table).exists()).unwrap_or_default();
                ScoreError::WeightsFile { file: table.to_owned(), advice, source }
            };
            let text = settings_text(table.as_ref()).map_err(|error| unreadable(error.into()))?;
            let overrides: BTreeMap<String, f64> =
                toml::from_str(&text).map_err(|error| unreadable(toml_problem(&text, error)))?;
            self.weights.extend(overrides);
        }
        self.name = format!("{}, weights {name}", self.name);
        self.check()?;
        Ok(self)
    }

    /// Weight of a category, 0 if the table does not contain it.
    #[must_use]
    pub fn category_weight(&self, category: Category) -> f64 {
        self.weights.get(category.id()).copied().unwrap_or(0.0)
    }

    /// Mass of one report of a class: category weight × severity factor × grade factor.
    #[must_use]
    pub fn mass(&self, class: &ReportClass) -> f64 {
        let severity = class.severity.map_or(1.0, |severity| self.severity[usize::from(severity.get()) - 1]);
        self.category_weight(class.category) * severity * grade_factor(class)
    }

    /// Half-life of a strand, in days.
    #[must_use]
    pub fn half_life(&self, strand: Strand) -> f64 {
        match strand {
            Strand::Experienced => self.half_life_days.experienced,
            Strand::Evidenced => self.half_life_days.evidenced,
            Strand::Potential => self.half_life_days.potential,
        }
    }

    /// Checks that every number is in range.
    ///
    /// # Errors
    /// Returns an error for the first number out of range, or for a category that has no weight or does not exist.
    pub fn check(&self) -> Result<(), ScoreError> {
        let HalfLives { experienced, evidenced, potential } = self.half_life_days;
        let ComponentPoints { surge, intensity, corroboration, spread, context } = self.points;
        let half_lives = [experienced, evidenced, potential];
        let priors = [self.prior_days, self.prior_shape, self.cap_share, self.least_residents];
        let mut above_zero = half_lives.iter().chain(&priors).chain(&self.d_half);
        let points = [surge, intensity, corroboration, spread];
        let shares = [self.spread_p, self.strand_share, self.kept_share, context / 100.0];
        let factors = self.severity.iter().chain(self.weights.values()).chain(&points).chain([&self.sparse_below]);
        let days = |from: i32, number: i32| (from..=MAX_DAYS).contains(&number);
        let baseline = [self.baseline_days, self.baseline_least_days];
        let unknown = self.weights.keys().find(|id| id.parse::<Category>().is_err());
        let missing = Category::ALL.iter().find(|category| !self.weights.contains_key(category.id()));
        let rises = |breaks: &[f64]| breaks.iter().all(|at| at.abs() <= 1e15) && breaks.is_sorted_by(|a, b| a < b);
        let unsorted = self.breaks.iter().find(|(_, breaks)| !BREAKS.contains(&breaks.len()) || !rises(breaks));
        let problem = if let Some((column, breaks)) = unsorted {
            format!("breaks of {column} must be 2 to 10 numbers that rise, not {breaks:?}")
        } else if let Some(id) = unknown {
            format!("weights names {id:?}, which is not a category")
        } else if let Some(category) = missing {
            format!("weights has no {}; every category needs one, 0 if it is not to count", category.id())
        } else if !above_zero.all(|number| (1e-6..=1e9).contains(number)) {
            "half-lives, prior_days, prior_shape, cap_share, least_residents and d_half must be from 0.000001 to 1000000000"
                .to_owned()
        } else if !factors.into_iter().all(|number| (0.0..=1e6).contains(number)) {
            "weights, severity, points and sparse_below must be from 0 to 1000000".to_owned()
        } else if !shares.iter().all(|share| (0.0..=1.0).contains(share)) {
            "spread_p, strand_share and kept_share must be from 0 to 1, points of context from 0 to 100".to_owned()
        } else if check_line("name", &self.name, 200).is_err() {
            "name must be one line of at most 200 characters that show".to_owned()
        } else if let Some(problem) = LevelRule::problem(&self.levels) {
            problem
        } else if !(1..=8).contains(&self.fall_after_weeks) {
            "fall_after_weeks must be 1 to 8".to_owned()
        } else if (points.iter().sum::<f64>() - 100.0).abs() > 1e-9 {
            format!("points without context sum to {}, not 100", points.iter().sum::<f64>())
        } else if !days(1, self.window_days) || !baseline.iter().all(|&number| days(self.window_days, number)) {
            format!(
                "window_days must be 1 to {MAX_DAYS}, baseline_days and baseline_least_days from window_days to {MAX_DAYS}"
            )
        } else if !days(0, self.potential_grace_days) {
            format!("potential_grace_days must be 0 to {MAX_DAYS}")
        } else if let Some(problem) = self.evidence_problem() {
            problem
        } else {
            return Ok(());
        };
        Err(ScoreError::MethodValue { problem })
    }

    /// Describes the first fault of the evidence, or of what only a method with evidence may have.
    fn evidence_problem(&self) -> Option<String> {
        let Some(rules) = &self.evidence else {
            let level = self.levels.iter().find(|level| level.evidence.is_some());
            let base = self.name.split(',').next().unwrap_or_default();
            return if let Some(level) = level {
                Some(format!("level {} asks for evidence, but there is no [evidence]; {ADD_EVIDENCE}", level.name))
            } else if self.anchor_date.is_some() {
                Some(format!("anchor_date belongs to a method with [evidence], and there is none; {ADD_EVIDENCE}"))
            } else {
                (base == METHODS[0].0)
                    .then(|| format!("the method is named {base} and has no [evidence]; {ADD_EVIDENCE}"))
            };
        };
        if self.name.split(',').next() == Some("tension-1") {
            return Some(
                "the method is named tension-1 and has [evidence], which tension-1 does not; rename it".to_owned(),
            );
        }
        if self.points.intensity > 0.0 || self.points.spread > 0.0 {
            let problem = "with [evidence] intensity and spread have no points of their own: intensity is a map by itself, and \
                           neighbours are part of surge";
            return Some(problem.to_owned());
        }
        rules.problem(self.window_days, self.baseline_least_days)
    }
}

/// Advice about a method without the evidence that it needs.
const ADD_EVIDENCE: &str = "`tensionmap list method` prints one that has it";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::incident::{Grade, Severity};

    fn class(category: Category, severity: Option<u8>, grade: Option<&str>) -> ReportClass {
        ReportClass {
            category,
            strand: category.strand(),
            severity: severity.and_then(|value| Severity::new(value).ok()),
            grade: grade.and_then(|text| text.parse::<Grade>().ok()),
            source: None,
        }
    }

    #[test]
    fn mass_multiplies_weight_severity_and_grade() {
        let method = Method::default();
        for (category, severity, grade, mass) in [
            (Category::Riot, None, None, 10.0),
            (Category::Riot, Some(5), Some("1A"), 20.0),
            (Category::PublicOrder, Some(1), Some("2B"), 4.0 * 0.5 * 0.7 * 0.9),
            (Category::HateCrime, None, Some("B2"), 6.0 * 0.85 * 0.85),
            (Category::HateCrime, None, Some("3E"), 0.0),
            (Category::RumourMisinformation, None, Some("3E"), 4.0 * 0.35),
            (Category::PositiveCohesion, Some(5), None, 0.0),
        ] {
            let found = method.mass(&class(category, severity, grade));
            assert!((found - mass).abs() < 1e-12, "{category:?} {severity:?} {grade:?}: {found}");
        }
    }

    #[test]
    fn files_with_unknown_keys_or_impossible_numbers_are_refused() {
        let good = Method::tension_1().to_toml();
        assert_ne!(Method::default().hash(), Method { window_days: 14, ..Method::default() }.hash());
        for (from, to, expected) in [
            ("name =", "nmae =", "unknown field `nmae`"),
            ("surge = 45.0", "surge = 50.0", "points without context sum to 105, not 100"),
            ("riot = 10.0", "roit = 10.0", "weights names \"roit\", which is not a category"),
            ("experienced = 14.0", "experienced = 0.0", "must be from 0.000001"),
            ("riot = 10.0\n", "", "weights has no riot; every category needs one"),
            ("window_days = 28", "window_days = 2147483647", "window_days must be 1 to 36525"),
            ("potential_grace_days = 3", "potential_grace_days = -1", "potential_grace_days must be 0"),
            ("score = 40.0", "score = nan", "levels must be in order of their score"),
            ("score = 60.0", "score = 30.0", "levels must be in order of their score"),
            ("score = 0.0", "score = 1.0", "must have score = 0"),
            ("number = 5", "number = 7", "numbers of levels must rise, or fall"),
            ("p_exceed = 0.95", "p_exceed = 1.0", "p_exceed of levels"),
            ("fall_after_weeks = 2", "fall_after_weeks = 0", "fall_after_weeks must be 1 to 8"),
            ("context = 0.0", "context = 101.0", "points of context from 0 to 100"),
            ("riot = 10.0", "riot = 1e308", "must be from 0 to 1000000"),
            ("spread_p = 0.8", "spread_p = 8.0", "must be from 0 to 1"),
        ] {
            assert!(good.contains(from), "{from}");
            let error = Method::from_toml(&good.replace(from, to)).expect_err("refused");
            let source = std::error::Error::source(&error).map_or(String::new(), ToString::to_string);
            let text = format!("{error} {source}");
            assert!(text.contains(expected), "{text}");
        }
    }
}
