//! What a map is coloured by: a column of the layer, divided into classes that have colours and words.

use std::collections::BTreeSet;

use super::hotspots;
use super::palette::KINDS;
use super::{Band, Classes, Column, Kind, Layer, Palette, Value, is_own};
use crate::hotspot::StatisticClass;
use crate::invalid::InvalidValue;
use crate::numbers::at_most;
use crate::score::{Heard, Moment, Status};

/// Colours of a map, and what they mean.
#[derive(Clone, Debug)]
pub struct Legend {
    /// The column that is shown.
    pub property: String,
    /// What that is, with its unit.
    pub title: String,
    /// The classes, from little to much.
    pub classes: Vec<Class>,
    /// Whether the column rests on reports, so that a cell without any has nothing to show.
    of_reports: bool,
}

/// One class of a legend.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// What it holds, in words.
    pub label: String,
    /// Red, green and blue.
    pub colour: [u8; 3],
    /// Whether it tells of a fall: marked, as in grey print both ends of a diverging ramp look the same.
    pub falls: bool,
    holds: Holds,
}

/// What belongs to a class.
#[derive(Clone, Debug, PartialEq)]
enum Holds {
    /// Numbers from here to below the next class, or to the end of the last.
    Span(f64, f64),
    /// This value alone.
    Only(String),
}

/// What is shown of a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Shown {
    /// A class.
    Class {
        /// Its number.
        class: usize,
        /// Whether it rests on few reports.
        sparse: bool,
    },
    /// No report that counts.
    Silence,
    /// No data for these days.
    NoData,
    /// The column has no value there.
    Nothing,
}

/// What changed: breaks of differences in points, fixed like those of the score, with a middle class of noise.
const CHANGE: [f64; 8] = [-100.0, -30.0, -10.0, -3.0, 3.0, 10.0, 30.0, 100.0];

/// Columns of differences, which a diverging palette shows.
const DIFFERENCES: [&str; 2] = ["score_change", "level_change"];

/// Most kinds of a column without an order.
const MOST_KINDS: usize = KINDS.len();

impl Legend {
    /// The legend of the score: the fixed bands.
    pub(crate) fn score(palette: Option<Palette>) -> Self {
        let palette = palette.unwrap_or(Palette::usual(false));
        let title = "Tension score, points of 100".to_owned();
        Self { property: "score".to_owned(), title, classes: numbers("score", &[], None, palette), of_reports: true }
    }

    /// The legend of who still reports: less than usual to one side, more to the other.
    pub(crate) fn heard() -> Self {
        let class = |heard: Heard, label: &str, share: f64| Class {
            label: label.to_owned(),
            colour: Palette::usual(true).at(share),
            falls: share < 0.5,
            holds: Holds::Only(heard.id().to_owned()),
        };
        let classes = vec![
            class(Heard::FellSilent, "fell silent: none, where there usually are some", 0.0),
            class(Heard::FewerThanUsual, "fewer than half of what is usual", 0.25),
            class(Heard::Seldom, "none, as is usual for it", 0.4),
            class(Heard::AsUsual, "as usual, or nothing to compare with", 0.5),
            class(Heard::MoreThanUsual, "more than twice what is usual", 0.85),
        ];
        Self {
            property: "heard".to_owned(),
            title: "Reports, beside what is usual".to_owned(),
            classes,
            of_reports: false,
        }
    }

    /// The legend of a column: divided as asked for, else by fixed breaks where the column has any, by its values where they
    /// are few, and into five classes of as many cells each.
    ///
    /// # Errors
    /// A column that the layer does not have, or with too many different texts; classes for a column of texts.
    pub(crate) fn of(
        layer: &Layer,
        name: &str,
        classes: Option<&Classes>,
        palette: Option<Palette>,
    ) -> Result<Self, InvalidValue> {
        if name == "score" && classes.is_none() {
            return Ok(Self::score(palette));
        }
        let columns = layer.columns();
        let Some(column) = columns.iter().find(|column| column.name == name) else {
            let names: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
            return Err(InvalidValue::bare("fill", name, format!("a column of the layer: {}", names.join(", "))));
        };
        let of_reports = is_own(name) && name != "status";
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
        if column.kind == Kind::Real || (column.kind == Kind::Whole && classes.is_some()) {
            let values: Vec<f64> = rows.filter_map(|row| number(&column.value(row))).collect();
            // Without a value there is nothing to divide; a series whose last date has no data still shows the others.
            if values.is_empty() && name == "score" {
                return Ok(Self::score(Some(palette)));
            }
            return Ok(legend(numbers(name, &values, classes, palette)));
        }
        if let Some(fill) = hot_spots {
            let is_met: BTreeSet<String> =
                rows.filter_map(|row| kind(&column.value(row))).map(|(_, text)| text).collect();
            let classes = fill.classes.into_iter().filter(|class| !fill.only_present || is_met.contains(&class.value));
            let class = |class: StatisticClass| Class {
                label: class.label,
                colour: class.colour,
                falls: class.is_cold,
                holds: Holds::Only(class.value),
            };
            return Ok(legend(classes.map(class).collect()));
        }
        if let Some(classes) = classes {
            return Err(InvalidValue::bare(
                "classes",
                format!("{classes:?}"),
                format!("none, since {name} holds no numbers"),
            ));
        }
        let distinct: BTreeSet<(i64, String)> = rows.filter_map(|row| kind(&column.value(row))).collect();
        if distinct.len() > MOST_KINDS {
            let expected =
                format!("a column of numbers, or of at most {MOST_KINDS} kinds; {name} has {}", distinct.len());
            return Err(InvalidValue::bare("fill", name, expected));
        }
        Ok(legend(kinds(layer, column, distinct, palette)))
    }

    /// Whether the column rests on reports.
    pub(crate) fn is_of_reports(&self) -> bool {
        self.of_reports
    }

    /// The class of a value; `None` for null.
    pub(crate) fn class_of(&self, value: &Value<'_>) -> Option<usize> {
        if let Some(number) =
            number(value).filter(|_| self.classes.iter().any(|class| matches!(class.holds, Holds::Span(..))))
        {
            return Some(self.class_of_number(number));
        }
        let (_, text) = kind(value)?;
        self.class_named(&text)
    }

    /// The class that holds a text alone.
    pub(crate) fn class_named(&self, text: &str) -> Option<usize> {
        self.classes.iter().position(|class| matches!(&class.holds, Holds::Only(only) if only == text))
    }

    /// The class of a number: the first also has what is below it, as the last has what is above.
    pub(crate) fn class_of_number(&self, number: f64) -> usize {
        let begins = |class: &Class| matches!(class.holds, Holds::Span(from, _) if number >= from);
        self.classes.iter().rposition(begins).unwrap_or(0)
    }

    /// Where the classes of numbers begin, and where the last ends; empty for classes of anything else.
    #[must_use]
    pub fn breaks(&self) -> Vec<f64> {
        let span = |class: &Class| if let Holds::Span(from, to) = class.holds { Some((from, to)) } else { None };
        let spans: Vec<(f64, f64)> = self.classes.iter().filter_map(span).collect();
        spans.iter().map(|(from, _)| *from).chain(spans.last().map(|(_, to)| *to)).collect()
    }

    /// What is shown of each cell of a layer.
    pub(crate) fn shown(&self, layer: &Layer) -> Vec<Shown> {
        let columns = layer.columns();
        let Some(column) = columns.iter().find(|column| *column.name == self.property) else { return Vec::new() };
        let of = |(row, cell): (usize, &crate::score::CellScore)| match (cell.status, self.of_reports) {
            (Status::NoReports, true) => Shown::Silence,
            (Status::NoData, true) => Shown::NoData,
            _ => match self.class_of(&column.value(row)) {
                Some(class) => Shown::Class { class, sparse: self.of_reports && cell.sparse },
                None => Shown::Nothing,
            },
        };
        layer.scores().cells.iter().enumerate().map(of).collect()
    }

    /// What is shown of a cell at one date of a series: its score.
    pub(crate) fn shown_at(&self, moment: &Moment) -> Shown {
        match moment.status {
            Status::Scored => Shown::Class { class: self.class_of_number(moment.score), sparse: moment.sparse },
            Status::NoReports => Shown::Silence,
            Status::NoData => Shown::NoData,
        }
    }
}

/// A column's about line as a heading.
fn titled(column: &Column<'_>) -> String {
    let name = column.name.replace('_', " ");
    // An indicator is best known by its name.
    let about = if is_own(&column.name) { column.about.split(';').next().unwrap_or(&column.about) } else { &name };
    let mut letters = about.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn number(value: &Value<'_>) -> Option<f64> {
    match *value {
        Value::Real(number) => Some(number),
        #[allow(clippy::cast_precision_loss, reason = "counts and levels")]
        Value::Whole(number) => Some(number as f64),
        _ => None,
    }
}

/// A value of few, with what it is sorted by.
fn kind(value: &Value<'_>) -> Option<(i64, String)> {
    match value {
        Value::Whole(number) => Some((*number, number.to_string())),
        Value::Flag(flag) => Some((i64::from(*flag), if *flag { "yes" } else { "no" }.to_owned())),
        Value::Text(text) => {
            // The colours of levels have an order of their own.
            let rank = ["green", "amber", "red"].iter().position(|rag| rag == text).unwrap_or_default();
            Some((i64::try_from(rank).unwrap_or_default(), text.clone().into_owned()))
        }
        Value::Real(_) | Value::Null => None,
    }
}

fn numbers(name: &str, values: &[f64], classes: Option<&Classes>, palette: Palette) -> Vec<Class> {
    let fixed = match name {
        "score" => Some(Band::ALL.iter().map(|band| band.from).chain([100.0]).collect()),
        "score_change" => Some(CHANGE.to_vec()),
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
    let shown = |value: f64| {
        let value = at_most(value, digits);
        if signed && value > 0.0 { format!("+{value}") } else { value.to_string().replace('-', "−") }
    };
    let (below, above) = (
        values.iter().any(|&value| value < breaks.first().copied().unwrap_or_default()),
        values.iter().any(|&value| value > breaks.last().copied().unwrap_or_default()),
    );
    let label = |k: usize| {
        let (from, to) = (breaks[k], breaks[k + 1]);
        let about = match (name, k) {
            ("score", 0) if is_fixed => "  normal for the place",
            ("score", 1) if is_fixed => "  raised",
            ("score_change", 3) if is_fixed => "  about the same",
            _ => "",
        };
        match (k == 0 && below, k + 1 == n && above) {
            (true, _) => format!("less than {}", shown(to)),
            (_, true) => format!("{} or more", shown(from)),
            _ if from >= to => shown(from),
            _ => format!("{} to {}{about}", shown(from), shown(to)),
        }
    };
    let class = |k: usize| Class {
        label: label(k),
        colour: palette.colour(k, n),
        falls: palette.diverging && breaks[k + 1] <= 0.0,
        holds: Holds::Span(breaks[k], breaks[k + 1]),
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
fn kinds(layer: &Layer, column: &Column<'_>, distinct: BTreeSet<(i64, String)>, palette: Palette) -> Vec<Class> {
    let is_level = column.name.ends_with("level") || column.name == "level_before";
    let mut values: Vec<(i64, String)> = distinct.into_iter().collect();
    if is_level {
        values.reverse();
    }
    let n = values.len();
    let colour = |k: usize, text: &str| match (column.kind, text) {
        (Kind::Text, "green") => [0xcf, 0xe3, 0xd1],
        (Kind::Text, "amber") => [0xf0, 0xb2, 0x4e],
        (Kind::Text, "red") => [0xb8, 0x3a, 0x2e],
        (Kind::Text, _) => KINDS[k],
        // A change of levels goes both ways from 0, whatever the values are.
        (Kind::Whole, _) if palette.diverging => {
            let most = values.iter().map(|(value, _)| value.abs()).max().unwrap_or(1).max(1);
            palette.at(0.5 + 0.5 * values[k].0 as f64 / most as f64)
        }
        _ => palette.colour(k, n),
    };
    let label = |(number, text): &(i64, String)| {
        let levels = &layer.provenance().levels;
        let level = levels.iter().find(|level| is_level && i64::from(level.number) == *number);
        match level {
            Some(level) => format!("{number}  {}", level.name),
            None if column.name == "level_change" && *number > 0 => format!("+{number}"),
            None => text.replace('-', "−").replace('_', " "),
        }
    };
    let class = |(k, value): (usize, &(i64, String))| Class {
        label: label(value),
        colour: colour(k, &value.1),
        falls: palette.diverging && value.0 < 0,
        holds: Holds::Only(value.1.clone()),
    };
    values.iter().enumerate().map(class).collect()
}
