//! Legends: a column of the layer divided into classes with colours and labels.

use std::collections::BTreeSet;

use super::names::rests_on_reports;
use super::palette::KINDS;
use super::{Classes, Column, Layer, Palette, ScoreBand, hotspots};
use crate::hotspot::StatisticClass;
use crate::invalid::{InvalidValue, unknown};
use crate::rounding::{legible, round_to};
use crate::score::columns::{
    ASSESSED_LEVEL, ColumnValue, HEARD, INTENSITY_SCALE, LEVEL, LEVEL_BEFORE, LEVEL_CHANGE, SCORE, SCORE_CHANGE,
    STATUS, ValueKind,
};
use crate::score::{CellScore, DatedScore, ReportingStatus, Status};

/// Colours of a map and their meaning.
#[derive(Clone, Debug)]
#[non_exhaustive]
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
    /// Class by its index; sparse if it rests on few reports.
    Class { class: usize, sparse: bool },
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

/// Error of classes for a column of texts.
pub(crate) fn no_numbers(classes: &Classes, name: &str) -> InvalidValue {
    InvalidValue::expecting("classes", classes, format!("none, since {name} holds no numbers"))
}

impl Legend {
    /// Legend of the score: the fixed bands.
    pub(crate) fn score(palette: Option<Palette>) -> Self {
        let classes = numbers(SCORE.name, false, &[], None, palette.unwrap_or(Palette::usual(false)));
        let (property, title) = (SCORE.name.to_owned(), "Tension score, points of 100".to_owned());
        Self { property, title, classes, of_reports: true }
    }

    /// Legend of reporting status: less than usual to one side, more to the other.
    pub(crate) fn heard() -> Self {
        let class = |(status, label, share): (ReportingStatus, &str, f64)| LegendClass {
            label: label.to_owned(),
            colour: Palette::usual(true).at(share),
            falls: share < 0.5,
            values: ClassValues::Only(status.id().to_owned()),
        };
        let classes = [
            (ReportingStatus::FellSilent, "fell silent: none, where there usually are some", 0.0),
            (ReportingStatus::FewerThanUsual, "fewer than half of what is usual", 0.25),
            (ReportingStatus::Seldom, "none, as is usual for it", 0.4),
            (ReportingStatus::AsUsual, "as usual, or nothing to compare with", 0.5),
            (ReportingStatus::MoreThanUsual, "more than twice what is usual", 0.85),
        ];
        let (property, title) = (HEARD.name.to_owned(), "Reports, beside what is usual".to_owned());
        Self { property, title, classes: classes.map(class).to_vec(), of_reports: false }
    }

    /// Legend of a column: by the given classes, else by fixed breaks if the column has any. Without breaks it is by
    /// values if they are few, or by quintiles of cells.
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
            return Err(unknown("fill", name, &names, ", which are the columns of the layer"));
        };
        let of_reports = rests_on_reports(name) && name != STATUS.name;
        let palette = palette.unwrap_or_else(|| Palette::usual(DIFFERENCES.contains(&name)));
        // Cells that were not scored have no value to shape the classes by.
        let cells = &layer.scores().cells;
        let rows =
            (0..cells.len()).filter(|&row| !of_reports || matches!(cells[row].status, Status::Scored | Status::NoPast));
        let statistic = hotspots::fill(name);
        let title = match layer.change() {
            Some(change) if name == SCORE_CHANGE.name => format!("Change of score since {}, points", change.since),
            _ => statistic.as_ref().map_or_else(|| titled(column), |fill| fill.title.to_owned()),
        };
        let legend = |classes| Self { property: name.to_owned(), title, classes, of_reports };
        if column.kind == ValueKind::Real || (column.kind == ValueKind::Whole && classes.is_some()) {
            let values: Vec<f64> = rows.filter_map(|row| number(&column.value(row))).collect();
            // Without a value there is nothing to divide; a series whose last date has no data still shows the others.
            if values.is_empty() && name == SCORE.name {
                return Ok(Self::score(Some(palette)));
            }
            return Ok(legend(numbers(name, layer.scores().has_evidence(), &values, classes, palette)));
        }
        if let Some(fill) = statistic {
            let present: BTreeSet<_> = rows.filter_map(|row| kind(&column.value(row))).map(|(_, text)| text).collect();
            let classes = fill.classes.into_iter().filter(|class| !fill.only_present || present.contains(&class.value));
            let class = |class: StatisticClass| LegendClass {
                label: class.label,
                colour: class.colour,
                falls: class.is_cold,
                values: ClassValues::Only(class.value),
            };
            return Ok(legend(classes.map(class).collect()));
        }
        if let Some(classes) = classes {
            return Err(no_numbers(classes, name));
        }
        let distinct: BTreeSet<(i64, String)> = rows.filter_map(|row| kind(&column.value(row))).collect();
        let (n, max) = (distinct.len(), KINDS.len());
        if n > max {
            let expected = format!("a column of numbers, or of at most {max} kinds; {name} has {n}");
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
        let is_span = |class: &LegendClass| matches!(class.values, ClassValues::Span(..));
        match number(value).filter(|_| self.classes.iter().any(is_span)) {
            Some(number) => Some(self.class_of_number(number)),
            None => self.class_named(&kind(value)?.1),
        }
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
        let mut breaks = Vec::with_capacity(self.classes.len() + 1);
        for class in &self.classes {
            if let ClassValues::Span(from, to) = class.values {
                breaks.pop();
                breaks.extend([from, to]);
            }
        }
        breaks
    }

    /// Fill of each cell of a layer.
    pub(crate) fn fills(&self, layer: &Layer) -> Vec<CellFill> {
        let columns = layer.columns();
        let Some(column) = columns.iter().find(|column| *column.name == self.property) else { return Vec::new() };
        let fill = |(row, cell): (usize, &CellScore)| match cell.status {
            Status::NoReports if self.of_reports => CellFill::Silence,
            Status::NoData if self.of_reports => CellFill::NoData,
            _ => self.class_of(&column.value(row)).map_or(CellFill::Nothing, |class| {
                let sparse = self.of_reports && cell.sparse;
                CellFill::Class { class, sparse }
            }),
        };
        layer.scores().cells.iter().enumerate().map(fill).collect()
    }

    /// Fill of a cell by its score at one date of a series.
    pub(crate) fn fill_at(&self, moment: &DatedScore) -> CellFill {
        match moment.status {
            Status::Scored => CellFill::Class { class: self.class_of_number(moment.score), sparse: moment.sparse },
            Status::NoReports => CellFill::Silence,
            Status::NoData | Status::NoPast => CellFill::NoData,
        }
    }
}

/// Heading from the meaning of a column.
fn titled(column: &Column<'_>) -> String {
    let name = column.name.replace('_', " ");
    // An indicator is best known by its name.
    let heading = if rests_on_reports(&column.name) { column.about.split(';').next() } else { Some(&*name) };
    let mut letters = heading.unwrap_or_default().chars();
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
        ColumnValue::Date(day) => Some((day.0.into(), day.to_string())),
        ColumnValue::Real(_) | ColumnValue::Null => None,
    }
}

fn numbers(
    name: &str,
    with_evidence: bool,
    values: &[f64],
    classes: Option<&Classes>,
    palette: Palette,
) -> Vec<LegendClass> {
    let fixed = match name {
        _ if name == SCORE.name || with_evidence && name == INTENSITY_SCALE.name => {
            Some(ScoreBand::ALL.iter().map(|band| band.from).chain([100.0]).collect())
        }
        _ if name == SCORE_CHANGE.name => Some(CHANGE_BREAKS.to_vec()),
        _ => None,
    };
    let is_fixed = classes.is_none() && fixed.is_some();
    let breaks = match classes {
        Some(classes) => classes.breaks(values),
        None => fixed.unwrap_or_else(|| Classes::Quantile(5).breaks(values)),
    };
    let (n, digits, signed) = (breaks.len().saturating_sub(1), digits(&breaks), DIFFERENCES.contains(&name));
    let displayed = |value: f64| {
        let value = round_to(value, digits);
        if signed && value > 0.0 { format!("+{}", legible(value)) } else { legible(value).replace('-', "−") }
    };
    let below = breaks.first().is_some_and(|first| values.iter().any(|value| value < first));
    let above = breaks.last().is_some_and(|last| values.iter().any(|value| value > last));
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
    let widths = breaks.windows(2).map(|pair| pair[1] - pair[0]);
    let tolerance = 0.05 * widths.filter(|width| *width > 0.0).fold(1e300, f64::min);
    (0..=6).find(|&digits| breaks.iter().all(|&at| (round_to(at, digits) - at).abs() <= tolerance)).unwrap_or(6)
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
    let levels = &layer.provenance().levels;
    let label = |(number, text): &(i64, String)| match levels
        .iter()
        .find(|level| is_level && i64::from(level.number) == *number)
    {
        Some(level) => format!("{number}  {}", level.name),
        None if column.name == LEVEL_CHANGE.name && *number > 0 => format!("+{number}"),
        None => text.replace('-', "−").replace('_', " "),
    };
    let class = |(k, value): (usize, &(i64, String))| LegendClass {
        label: label(value),
        colour: colour(k, &value.1),
        falls: palette.diverging && value.0 < 0,
        values: ClassValues::Only(value.1.clone()),
    };
    values.iter().enumerate().map(class).collect()
}
