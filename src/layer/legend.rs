//! Legends: a column of the layer divided into classes with colours and labels.

use std::collections::BTreeSet;

use super::columns::rests_on_reports;
use super::hotspots;
use super::palette::KINDS;
use super::{Classes, Column, Layer, Palette, ScoreBand};
use crate::hotspot::StatisticClass;
use crate::invalid::InvalidValue;
use crate::rounding::at_most;
use crate::score::columns::{
    ASSESSED_LEVEL, ColumnValue, HEARD, LEVEL, LEVEL_BEFORE, LEVEL_CHANGE, SCORE, SCORE_CHANGE, STATUS, ValueKind,
};
use crate::score::{CellScore, DatedScore, ReportingStatus, Status};

/// Colours of a map and their meaning.
#[derive(Clone, Debug)]
pub struct Legend {
    /// Name of the column.
    pub property: String,
    /// Heading, with the unit.
    pub title: String,
    /// Classes, lowest first.
    pub classes: Vec<LegendClass>,
    /// True if the column rests on reports, so that a cell without any has no value.
    of_reports: bool,
}

/// One class of a legend.
#[derive(Clone, Debug, PartialEq)]
pub struct LegendClass {
    /// Label.
    pub label: String,
    /// Red, green and blue.
    pub colour: [u8; 3],
    /// True for a fall: marked, because in grey print both ends of a diverging ramp look the same.
    pub falls: bool,
    values: ClassValues,
}

/// Values that belong to a class.
#[derive(Clone, Debug, PartialEq)]
enum ClassValues {
    /// Numbers from the first to below the second; the last class includes its end.
    Span(f64, f64),
    /// One value.
    Only(String),
}

/// Fill of a cell on the map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum CellFill {
    /// A class.
    Class {
        /// Its index.
        class: usize,
        /// True if it rests on few reports.
        sparse: bool,
    },
    /// No report that counts.
    Silence,
    /// No data for these days.
    NoData,
    /// The column has no value there.
    Nothing,
}

/// Breaks of changes of the score in points: fixed like those of the score, with a middle class of noise.
const CHANGE_BREAKS: [f64; 8] = [-100.0, -30.0, -10.0, -3.0, 3.0, 10.0, 30.0, 100.0];

/// Columns of differences, shown by a diverging palette.
const DIFFERENCES: [&str; 2] = [SCORE_CHANGE.name, LEVEL_CHANGE.name];

/// Maximum number of classes of a column without an order.
const MAX_KINDS: usize = KINDS.len();

impl Legend {
    /// Legend of the score: the fixed bands.
    pub(crate) fn score(palette: Option<Palette>) -> Self {
        let palette = palette.unwrap_or(Palette::usual(false));
        let title = "Tension score, points of 100".to_owned();
        Self {
            property: SCORE.name.to_owned(),
            title,
            classes: numbers(SCORE.name, &[], None, palette),
            of_reports: true,
        }
    }

    /// Legend of reporting status: less than usual to one side, more to the other.
    pub(crate) fn heard() -> Self {
        let class = |heard: ReportingStatus, label: &str, share: f64| LegendClass {
            label: label.to_owned(),
            colour: Palette::usual(true).at(share),
            falls: share < 0.5,
            values: ClassValues::Only(heard.id().to_owned()),
        };
        let classes = vec![
            class(ReportingStatus::FellSilent, "fell silent: none, where there usually are some", 0.0),
            class(ReportingStatus::FewerThanUsual, "fewer than half of what is usual", 0.25),
            class(ReportingStatus::Seldom, "none, as is usual for it", 0.4),
            class(ReportingStatus::AsUsual, "as usual, or nothing to compare with", 0.5),
            class(ReportingStatus::MoreThanUsual, "more than twice what is usual", 0.85),
        ];
        Self {
            property: HEARD.name.to_owned(),
            title: "Reports, beside what is usual".to_owned(),
            classes,
            of_reports: false,
        }
    }

    /// Legend of a column: by the given classes, else by fixed breaks if the column has any, by its values if they are few, or by
    /// quintiles of cells.
    ///
    /// # Errors
    /// A column that the layer does not have, or with too many different texts; classes for a column of texts.
    pub(crate) fn of(
        layer: &Layer,
        name: &str,
        classes: Option<&Classes>,
        palette: Option<Palette>,
    ) -> Result<Self, InvalidValue> {
        if name == SCORE.name && classes.is_none() {
            return Ok(Self::score(palette));
        }
        let columns = layer.columns();
        let Some(column) = columns.iter().find(|column| column.name == name) else {
            let names: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
            return Err(InvalidValue::expecting("fill", name, format!("a column of the layer: {}", names.join(", "))));
        };
        let of_reports = rests_on_reports(name) && name != STATUS.name;
        let palette = palette.unwrap_or_else(|| Palette::usual(DIFFERENCES.contains(&name)));
        // What was not scored has no value, and shall not shape the classes of what has.
        let cells = &layer.scores().cells;
        let rows = (0..cells.len()).filter(|&row| !of_reports || cells[row].status == Status::Scored);
        let hot_spots = hotspots::fill(name);
        let title = match layer.change() {
            Some(change) if name == "score_change" => format!("Change of score since {}, points", change.since),
            _ => hot_spots.as_ref().map_or_else(|| titled(column), |fill| fill.title.to_owned()),
        };
        let legend = |classes| Self { property: name.to_owned(), title, classes, of_reports };
        if column.kind == ValueKind::Real || (column.kind == ValueKind::Whole && classes.is_some()) {
            let values: Vec<f64> = rows.filter_map(|row| number(&column.value(row))).collect();
            // Without a value there is nothing to divide; a series whose last date has no data still shows the others.
            if values.is_empty() && name == SCORE.name {
                return Ok(Self::score(Some(palette)));
            }
            return Ok(legend(numbers(name, &values, classes, palette)));
        }
        if let Some(fill) = hot_spots {
            let is_met: BTreeSet<String> =
                rows.filter_map(|row| kind(&column.value(row))).map(|(_, text)| text).collect();
            let classes = fill.classes.into_iter().filter(|class| !fill.only_present || is_met.contains(&class.value));
            let class = |class: StatisticClass| LegendClass {
                label: class.label,
                colour: class.colour,
                falls: class.is_cold,
                values: ClassValues::Only(class.value),
            };
            return Ok(legend(classes.map(class).collect()));
        }
        if let Some(classes) = classes {
            return Err(InvalidValue::expecting(
                "classes",
                format!("{classes:?}"),
                format!("none, since {name} holds no numbers"),
            ));
        }
        let distinct: BTreeSet<(i64, String)> = rows.filter_map(|row| kind(&column.value(row))).collect();
        if distinct.len() > MAX_KINDS {
            let expected =
                format!("a column of numbers, or of at most {MAX_KINDS} kinds; {name} has {}", distinct.len());
            return Err(InvalidValue::expecting("fill", name, expected));
        }
        Ok(legend(kinds(layer, column, distinct, palette)))
    }

    /// True if the column rests on reports.
    pub(crate) fn is_of_reports(&self) -> bool {
        self.of_reports
    }

    /// The class of a value; `None` for null.
    pub(crate) fn class_of(&self, value: &ColumnValue<'_>) -> Option<usize> {
        if let Some(number) =
            number(value).filter(|_| self.classes.iter().any(|class| matches!(class.values, ClassValues::Span(..))))
        {
            return Some(self.class_of_number(number));
        }
        let (_, text) = kind(value)?;
        self.class_named(&text)
    }

    /// The class that holds a text alone.
    pub(crate) fn class_named(&self, text: &str) -> Option<usize> {
        self.classes.iter().position(|class| matches!(&class.values, ClassValues::Only(only) if only == text))
    }

    /// The class of a number: the first also has what is below it, as the last has what is above.
    pub(crate) fn class_of_number(&self, number: f64) -> usize {
        let begins = |class: &LegendClass| matches!(class.values, ClassValues::Span(from, _) if number >= from);
        self.classes.iter().rposition(begins).unwrap_or(0)
    }

    /// Where the classes of numbers begin, and where the last ends; empty for classes of anything else.
    #[must_use]
    pub fn breaks(&self) -> Vec<f64> {
        let span =
            |class: &LegendClass| if let ClassValues::Span(from, to) = class.values { Some((from, to)) } else { None };
        let spans: Vec<(f64, f64)> = self.classes.iter().filter_map(span).collect();
        spans.iter().map(|(from, _)| *from).chain(spans.last().map(|(_, to)| *to)).collect()
    }

    /// Fill of each cell of a layer.
    pub(crate) fn fills(&self, layer: &Layer) -> Vec<CellFill> {
        let columns = layer.columns();
        let Some(column) = columns.iter().find(|column| *column.name == self.property) else { return Vec::new() };
        let of = |(row, cell): (usize, &CellScore)| match (cell.status, self.of_reports) {
            (Status::NoReports, true) => CellFill::Silence,
            (Status::NoData, true) => CellFill::NoData,
            _ => match self.class_of(&column.value(row)) {
                Some(class) => CellFill::Class { class, sparse: self.of_reports && cell.sparse },
                None => CellFill::Nothing,
            },
        };
        layer.scores().cells.iter().enumerate().map(of).collect()
    }

    /// Fill of a cell by its score at one date of a series.
    pub(crate) fn fill_at(&self, moment: &DatedScore) -> CellFill {
        match moment.status {
            Status::Scored => CellFill::Class { class: self.class_of_number(moment.score), sparse: moment.sparse },
            Status::NoReports => CellFill::Silence,
            Status::NoData => CellFill::NoData,
        }
    }
}

/// Heading from the meaning of a column.
fn titled(column: &Column<'_>) -> String {
    let name = column.name.replace('_', " ");
    // An indicator is best known by its name.
    let about =
        if rests_on_reports(&column.name) { column.about.split(';').next().unwrap_or(&column.about) } else { &name };
    let mut letters = about.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn number(value: &ColumnValue<'_>) -> Option<f64> {
    match *value {
        ColumnValue::Real(number) => Some(number),
        #[allow(clippy::cast_precision_loss, reason = "counts and levels")]
        ColumnValue::Whole(number) => Some(number as f64),
        _ => None,
    }
}

/// A value that is not a real number, with its sort key.
fn kind(value: &ColumnValue<'_>) -> Option<(i64, String)> {
    match value {
        ColumnValue::Whole(number) => Some((*number, number.to_string())),
        ColumnValue::Flag(flag) => Some((i64::from(*flag), if *flag { "yes" } else { "no" }.to_owned())),
        ColumnValue::Text(text) => {
            // The colours of levels have an order of their own.
            let rank = ["green", "amber", "red"].iter().position(|rag| rag == text).unwrap_or_default();
            Some((i64::try_from(rank).unwrap_or_default(), text.clone().into_owned()))
        }
        ColumnValue::Real(_) | ColumnValue::Null => None,
    }
}

fn numbers(name: &str, values: &[f64], classes: Option<&Classes>, palette: Palette) -> Vec<LegendClass> {
    let fixed = match name {
        _ if name == SCORE.name => Some(ScoreBand::ALL.iter().map(|band| band.from).chain([100.0]).collect()),
        _ if name == SCORE_CHANGE.name => Some(CHANGE_BREAKS.to_vec()),
        _ => None,
    };
    let is_fixed = classes.is_none() && fixed.is_some();
    let breaks = match (classes, fixed) {
        (Some(classes), _) => classes.breaks(values),
        (None, Some(fixed)) => fixed,
        (None, None) => Classes::Quantile(5).breaks(values),
    };
    let n = breaks.len().saturating_sub(1);
    let digits = digits(&breaks);
    let signed = DIFFERENCES.contains(&name);
    let displayed = |value: f64| {
        let value = at_most(value, digits);
        if signed && value > 0.0 { format!("+{value}") } else { value.to_string().replace('-', "−") }
    };
    let (below, above) = (
        values.iter().any(|&value| value < breaks.first().copied().unwrap_or_default()),
        values.iter().any(|&value| value > breaks.last().copied().unwrap_or_default()),
    );
    let label = |k: usize| {
        let (from, to) = (breaks[k], breaks[k + 1]);
        let about = match k {
            0 if is_fixed && name == SCORE.name => "  normal for the place",
            1 if is_fixed && name == SCORE.name => "  raised",
            3 if is_fixed && name == SCORE_CHANGE.name => "  about the same",
            _ => "",
        };
        match (k == 0 && below, k + 1 == n && above) {
            (true, _) => format!("less than {}", displayed(to)),
            (_, true) => format!("{} or more", displayed(from)),
            _ if from >= to => displayed(from),
            _ => format!("{} to {}{about}", displayed(from), displayed(to)),
        }
    };
    let class = |k: usize| LegendClass {
        label: label(k),
        colour: palette.colour(k, n),
        falls: palette.diverging && breaks[k + 1] <= 0.0,
        values: ClassValues::Span(breaks[k], breaks[k + 1]),
    };
    (0..n).map(class).collect()
}

/// Digits after the point that keep breaks apart.
fn digits(breaks: &[f64]) -> usize {
    let narrowest =
        breaks.windows(2).map(|pair| pair[1] - pair[0]).filter(|width| *width > 0.0).fold(f64::INFINITY, f64::min);
    let keeps =
        |digits: &usize| breaks.iter().all(|&at| (at_most(at, *digits) - at).abs() <= 0.05 * narrowest.min(1e300));
    (0..=6).find(keeps).unwrap_or(6)
}

/// One class a value, in the order of the values; of levels the calmest first.
fn kinds(layer: &Layer, column: &Column<'_>, distinct: BTreeSet<(i64, String)>, palette: Palette) -> Vec<LegendClass> {
    let is_level = [LEVEL, ASSESSED_LEVEL, LEVEL_BEFORE].iter().any(|schema| schema.name == column.name);
    let mut values: Vec<(i64, String)> = distinct.into_iter().collect();
    if is_level {
        values.reverse();
    }
    let n = values.len();
    let colour = |k: usize, text: &str| match (column.kind, text) {
        (ValueKind::Text, "green") => [0xcf, 0xe3, 0xd1],
        (ValueKind::Text, "amber") => [0xf0, 0xb2, 0x4e],
        (ValueKind::Text, "red") => [0xb8, 0x3a, 0x2e],
        (ValueKind::Text, _) => KINDS[k],
        // A change of levels goes both ways from 0, whatever the values are.
        (ValueKind::Whole, _) if palette.diverging => {
            let max = values.iter().map(|(value, _)| value.abs()).max().unwrap_or(1).max(1);
            palette.at(0.5 + 0.5 * values[k].0 as f64 / max as f64)
        }
        _ => palette.colour(k, n),
    };
    let label = |(number, text): &(i64, String)| {
        let levels = &layer.provenance().levels;
        let level = levels.iter().find(|level| is_level && i64::from(level.number) == *number);
        match level {
            Some(level) => format!("{number}  {}", level.name),
            None if column.name == LEVEL_CHANGE.name && *number > 0 => format!("+{number}"),
            None => text.replace('-', "−").replace('_', " "),
        }
    };
    let class = |(k, value): (usize, &(i64, String))| LegendClass {
        label: label(value),
        colour: colour(k, &value.1),
        falls: palette.diverging && value.0 < 0,
        values: ClassValues::Only(value.1.clone()),
    };
    values.iter().enumerate().map(class).collect()
}
