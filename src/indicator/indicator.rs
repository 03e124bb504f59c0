//! Indicator settings: a file, its column, and the kind of value. Stated, never guessed.

use std::str::FromStr;

use super::keys::KeyRule;
use crate::format::{Input, begins_with_drive};
use crate::invalid::{InvalidValue, did_you_mean};

/// Kind of value, which decides the way it is brought onto cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum IndicatorKind {
    /// A count or sum of an area, 0 or more, such as residents: half of the area has half of it.
    Extensive,
    /// A rate, share or score of an area: half of the area has the same.
    Intensive,
    /// Points in the cell.
    Count,
    /// Sum of a column over the points in the cell.
    Sum,
    /// Metres along the great circle from the cell's centre to the nearest point, or to the nearest area, 0 inside it.
    Nearest,
    /// Points within a radius of the cell's centre, along the great circle.
    Within {
        /// Radius in metres, 1 to 20,000,000.
        metres: u32,
    },
}

impl IndicatorKind {
    /// The name used in settings.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Extensive => "extensive",
            Self::Intensive => "intensive",
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Nearest => "nearest",
            Self::Within { .. } => "within",
        }
    }

    /// True for kinds of points; the nearest may be of points or areas.
    #[must_use]
    pub fn is_of_points(self) -> bool {
        !matches!(self, Self::Extensive | Self::Intensive)
    }

    /// True if the kind needs a column.
    #[must_use]
    pub fn has_column(self) -> bool {
        matches!(self, Self::Extensive | Self::Intensive | Self::Sum)
    }
}

/// Accepted texts of a kind.
const EXPECTED_KINDS: &str = "extensive (a count of an area, splits with ground), intensive (a rate or score, does not), of points count, \
                     sum or within=METRES, or nearest of either";

impl FromStr for IndicatorKind {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let (name, metres) = text.split_once('=').map_or((text, None), |(name, metres)| (name, Some(metres)));
        if let ("within", Some(metres)) = (name, metres) {
            return match metres.parse() {
                Ok(metres @ 1..=20_000_000) => Ok(Self::Within { metres }),
                _ => Err(InvalidValue::expecting("radius", metres, "whole metres from 1 to 20000000")),
            };
        }
        let kinds = [Self::Extensive, Self::Intensive, Self::Count, Self::Sum, Self::Nearest];
        kinds.into_iter().find(|kind| kind.id().eq_ignore_ascii_case(text)).ok_or_else(|| {
            let names = kinds.iter().map(|kind| kind.id()).chain(["within=METRES"]);
            let advice = did_you_mean(text, names).unwrap_or_default();
            InvalidValue::expecting("indicator kind", text, format!("{EXPECTED_KINDS}{advice}"))
        })
    }
}

/// An indicator to bring onto the cells.
///
/// On the command line `FILE:COLUMN:KIND`, with options after commas: `name=NAME`, its name in results, and `weight=COLUMN`,
/// the weight of an intensive value instead of area. Without a column: `FILE::count`,
/// `FILE::nearest`, `FILE::within=500`.
///
/// ```
/// use tensionmap::Indicator;
/// use tensionmap::IndicatorKind;
/// let pubs: Indicator = "pubs.csv::within=500".parse()?;
/// assert_eq!((pubs.kind, pubs.name.as_str()), (IndicatorKind::Within { metres: 500 }, "pubs_within_500m"));
/// let income: Indicator = "lsoa.geojson:income:intensive,weight=residents,name=income_per_head".parse()?;
/// assert_eq!(income.weight.as_deref(), Some("residents"));
/// # Ok::<(), tensionmap::InvalidValue>(())
/// ```
#[derive(Clone, Debug)]
pub struct Indicator {
    /// The file: polygons, a table with H3 cells or area codes, or points, in any format that is read.
    pub input: Input,
    /// Property or column of the value; empty where there is none.
    pub column: String,
    /// Kind of value.
    pub kind: IndicatorKind,
    /// Name in results: by default the column, or the file and the kind.
    pub name: String,
    /// Column of weights of an intensive value; `None` for area.
    pub weight: Option<String>,
    /// Polygons of a table with area codes.
    pub areas: Option<AreaJoin>,
    /// True for numbers of people, below 0 nowhere; so is the indicator that the setting `residents` names.
    pub is_of_people: bool,
}

/// Join of a table to polygons by area code.
#[derive(Clone, Debug)]
pub struct AreaJoin {
    /// The polygon file.
    pub areas: Input,
    /// Property of the polygons with their code, optionally with the column of the table (`KEY=COLUMN`). `None` looks
    /// for an ONS code (`LSOA21CD`) and for a column named like it.
    pub key: Option<String>,
    /// Differences between codes that are overlooked.
    pub rule: KeyRule,
}

impl Indicator {
    /// An indicator of any kind.
    #[must_use]
    pub fn new(input: impl Into<Input>, column: &str, kind: IndicatorKind) -> Self {
        let input = input.into();
        let name = if kind.has_column() { column.to_owned() } else { default_name(&input, kind) };
        Self { input, column: column.to_owned(), kind, name, weight: None, areas: None, is_of_people: false }
    }

    /// An intensive indicator: a rate, share or score.
    #[must_use]
    pub fn intensive(input: impl Into<Input>, column: &str) -> Self {
        Self::new(input, column, IndicatorKind::Intensive)
    }

    /// An extensive indicator: a count or sum.
    #[must_use]
    pub fn extensive(input: impl Into<Input>, column: &str) -> Self {
        Self::new(input, column, IndicatorKind::Extensive)
    }

    /// Sets the column of weights of an intensive value, instead of area.
    #[must_use]
    pub fn weighted_by(mut self, column: &str) -> Self {
        self.weight = Some(column.to_owned());
        self
    }

    /// Sets the name in results.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Sets the polygons that values are joined to by code; see [`AreaJoin::key`].
    #[must_use]
    pub fn joined_to(mut self, areas: impl Into<Input>, key: Option<&str>) -> Self {
        self.areas = Some(AreaJoin { areas: areas.into(), key: key.map(str::to_owned), rule: KeyRule::Exact });
        self
    }

    /// Sets the differences between codes that are overlooked, of a table that is joined to polygons.
    #[must_use]
    pub fn overlooking(mut self, rule: KeyRule) -> Self {
        self.areas.iter_mut().for_each(|join| join.rule = rule);
        self
    }

    /// The least value that is possible: counts are not below 0.
    pub(super) fn min(&self) -> f64 {
        if self.is_of_people || self.kind == IndicatorKind::Extensive { 0.0 } else { f64::NEG_INFINITY }
    }
}

/// Default name: `pubs.csv::count` is `pubs_count`.
fn default_name(input: &Input, kind: IndicatorKind) -> String {
    let name = input.name();
    let file = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = file.split('.').next().unwrap_or_default();
    match kind {
        IndicatorKind::Nearest => format!("{stem}_nearest_m"),
        IndicatorKind::Within { metres } => format!("{stem}_within_{metres}m"),
        kind => format!("{stem}_{}", kind.id()),
    }
}

impl FromStr for Indicator {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let wrong = |expected: &str| Err(InvalidValue::expecting("indicator", text, expected));
        let mut parts = text.rsplitn(3, ':');
        let (Some(how), Some(column), Some(file)) = (parts.next(), parts.next(), parts.next()) else {
            return wrong("FILE:COLUMN:extensive, FILE:COLUMN:intensive, or of points FILE::count");
        };
        let mut options = how.split(',');
        let kind: IndicatorKind = options.next().unwrap_or_default().parse()?;
        if file.is_empty() {
            return wrong("a file before the first colon");
        }
        if file.len() == 1 && begins_with_drive(text) {
            return wrong("FILE:COLUMN:KIND, with a column between the file and the kind");
        }
        if kind.has_column() == column.is_empty() {
            return wrong(if kind.has_column() {
                "FILE:COLUMN:KIND, with a column for this kind"
            } else {
                "FILE::KIND, since this kind reads no column"
            });
        }
        let mut indicator = Self::new(file, column, kind);
        for option in options {
            match option.split_once('=') {
                Some(("name", name)) if !name.is_empty() => indicator = indicator.named(name),
                Some(("weight", weight)) if !weight.is_empty() && kind == IndicatorKind::Intensive => {
                    indicator = indicator.weighted_by(weight);
                }
                _ => return wrong("after the kind only name=NAME and, for an intensive value, weight=COLUMN"),
            }
        }
        Ok(indicator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_letter_of_a_drive_belongs_to_the_file() {
        for (text, file, name) in [
            (r"C:\data\areas.csv:count:extensive", r"C:\data\areas.csv", "count"),
            ("C:/data/areas.csv:count:extensive", "C:/data/areas.csv", "count"),
            (r"\\server\share\areas.csv:count:extensive", r"\\server\share\areas.csv", "count"),
            (r"C:\pubs.csv::count", r"C:\pubs.csv", "pubs_count"),
        ] {
            let indicator: Indicator = text.parse().expect(text);
            assert_eq!((&*indicator.input.name(), &*indicator.name), (file, name), "{text}");
        }
        for text in [r"C:\areas.csv:extensive", "C:/areas.csv:intensive", r"C:\areas.csv:count", r"C:\areas.csv"] {
            let problem = text.parse::<Indicator>().expect_err(text).to_string();
            assert!(problem.contains("FILE:"), "{problem}");
        }
    }
}
