//! The values of a layer as typed columns, which every table format is written from.

use std::borrow::Cow;
use std::fmt::{self, Debug};

use super::own::{OWN, Own};
use super::{Layer, hotspots};
use crate::area::Composite;
use crate::incident::Strand;
use crate::numbers::{at_most, significant};
use crate::score::Level;

/// What one cell has in a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Nothing is known, or nothing was to be told.
    Null,
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Whole(i64),
    /// A number, rounded to the digits that mean something.
    Real(f64),
    /// A text.
    Text(Cow<'a, str>),
}

/// What a column holds, wherever it is not null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// [`Value::Flag`].
    Flag,
    /// [`Value::Whole`].
    Whole,
    /// [`Value::Real`].
    Real,
    /// [`Value::Text`].
    Text,
}

/// A column of a layer: one value a cell, in the order of its scores.
pub struct Column<'a> {
    /// Its name in outputs.
    pub name: Cow<'a, str>,
    /// What it is, in a line: with its unit and range.
    pub about: Cow<'a, str>,
    /// The type of its values.
    pub kind: Kind,
    value: Box<dyn Fn(usize) -> Value<'a> + Sync + 'a>,
}

impl<'a> Column<'a> {
    pub(crate) fn new(
        name: impl Into<Cow<'a, str>>,
        about: impl Into<Cow<'a, str>>,
        kind: Kind,
        value: impl Fn(usize) -> Value<'a> + Sync + 'a,
    ) -> Self {
        Self { name: name.into(), about: about.into(), kind, value: Box::new(value) }
    }

    /// The value of a cell.
    ///
    /// # Panics
    /// When there is no such row.
    #[must_use]
    pub fn value(&self, row: usize) -> Value<'a> {
        (self.value)(row)
    }
}

impl Debug for Column<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Column").field("name", &self.name).field("kind", &self.kind).finish_non_exhaustive()
    }
}

pub(super) fn text<'a>(text: impl Into<Cow<'a, str>>) -> Value<'a> {
    Value::Text(text.into())
}

pub(super) fn real(value: f64, digits: usize) -> Value<'static> {
    Value::Real(at_most(value, digits))
}

pub(super) fn perhaps<T>(value: Option<T>, of: impl FnOnce(T) -> Value<'static>) -> Value<'static> {
    value.map_or(Value::Null, of)
}

pub(super) fn level(level: Level) -> Value<'static> {
    Value::Whole(level.number().into())
}

/// Names of the values that say what changed, in layers that compare two dates.
pub(super) const CHANGES: [&str; 3] = ["score_change", "level_before", "level_change"];

/// Names of the values that people set, in layers with assessments.
pub(super) const ASSESSED: [&str; 5] = ["assessed_level", "assessed_rag", "assessor", "assessed_reason", "assessed_on"];

/// Whether a column rests on reports: every layer has it, or every one that compares two dates.
pub(super) fn is_own(name: &str) -> bool {
    OWN.iter().any(|own| own.name == name) || CHANGES.contains(&name)
}

/// Names of what tables have beside the values.
pub(super) const SHAPES: [&str; 5] = ["fid", "geom", "geometry", "bbox", "wkt"];

/// Whether outputs have a value of this name already, so that an indicator cannot. Databases do not tell `Score` from `score`.
pub(crate) fn is_taken(name: &str) -> bool {
    let name = &name.to_ascii_lowercase();
    let own = OWN.iter().map(|own| own.name).chain(CHANGES).chain(ASSESSED).chain(SHAPES);
    own.into_iter().any(|own| own == name)
        || hotspots::is_taken(name)
        || name.strip_prefix(Composite::NAME).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

impl Layer {
    /// Its values as columns, in the order in which outputs have them: every cell's own, what changed, what people set,
    /// what a statistic found, indicators, context. Areas have names in place of a cell, and counts after what people set.
    ///
    /// ```
    /// use tensionmap::{Engine, layer::{Kind, Value}, sample};
    /// let run = Engine::builder().as_of("2026-03-02").build()?.incidents(sample::incidents())?.run()?;
    /// let columns = run.layer.columns();
    /// let score = columns.iter().find(|column| column.name == "score").ok_or("every layer has scores")?;
    /// assert_eq!(score.kind, Kind::Real);
    /// assert!(matches!(score.value(0), Value::Real(points) if (0.0..=100.0).contains(&points)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn columns<'a>(&'a self) -> Vec<Column<'a>> {
        let cells = &self.scores.cells;
        let mut columns = Vec::with_capacity(2 * OWN.len());
        let mut own = OWN.as_slice();
        if let Some(areas) = &self.areas {
            areas.names(&mut columns);
            own = &own[1..];
        }
        columns.extend(own.iter().map(|Own { name, about, kind, value, .. }| {
            // Of an area, the bare name of a strand is its count of reports.
            let is_share = self.areas.is_some() && Strand::ALL.iter().any(|strand| strand.id() == *name);
            let name = if is_share { Cow::Owned(format!("{name}_share")) } else { Cow::Borrowed(*name) };
            Column::new(name, *about, *kind, move |row| value(self, &cells[row]))
        }));
        self.changes(&mut columns);
        self.assessed(&mut columns);
        if let Some(areas) = &self.areas {
            areas.counted(&mut columns);
        }
        self.patterns(&mut columns);
        columns.extend(self.indicators.iter().map(|indicator| {
            let about = format!("{}: {} indicator", indicator.name, indicator.kind.id());
            // Six significant digits: as exact as an area share deserves.
            Column::new(indicator.name.as_str(), about, Kind::Real, |row| {
                perhaps(indicator.values[row], |value| Value::Real(significant(value, 6)))
            })
        }));
        if let Some(context) = &self.context {
            let points = |name: String, about: &'static str, points: &'a [Option<f64>]| {
                Column::new(name, about, Kind::Real, move |row| perhaps(points[row], |value| real(value, 2)))
            };
            columns.push(points(Composite::NAME.to_owned(), "index of context, 0 to 100", &context.values));
            columns.extend(context.parts.iter().map(|part| {
                let name = format!("{}_{}", Composite::NAME, part.share.indicator);
                points(name, "part of the index of context, in points", &part.points)
            }));
        }
        columns
    }

    fn changes<'a>(&'a self, columns: &mut Vec<Column<'a>>) {
        let Some(change) = &self.change else { return };
        let [score, before, levels] = CHANGES;
        columns.extend([
            Column::new(score, "score less the earlier one, in points", Kind::Real, |row| {
                perhaps(change.cells[row].score, |points| real(points, 2))
            }),
            Column::new(before, "level at the earlier date", Kind::Whole, |row| {
                perhaps(change.cells[row].before, level)
            }),
            Column::new(levels, "levels that tension rose; below 0 it fell", Kind::Whole, |row| {
                perhaps(change.cells[row].levels(), |levels| Value::Whole(levels.into()))
            }),
        ]);
    }

    fn assessed<'a>(&'a self, columns: &mut Vec<Column<'a>>) {
        let Some(standing) = &self.standing else { return };
        let set = |row: usize| standing.cells[row];
        let entry = |row: usize| standing.cells[row].map(|(_, place)| &standing.entries[place]);
        let [number, rag, assessor, reason, date] = ASSESSED;
        columns.extend([
            Column::new(number, "level that people set", Kind::Whole, move |row| {
                perhaps(set(row), |(set, _)| level(set))
            }),
            Column::new(rag, "level that people set as a colour: green, amber or red", Kind::Text, move |row| {
                perhaps(set(row), |(level, _)| text(level.rag().id()))
            }),
            Column::new(assessor, "who set the level", Kind::Text, move |row| {
                entry(row).map_or(Value::Null, |entry| text(entry.assessor.as_str()))
            }),
            Column::new(reason, "why the level was set", Kind::Text, move |row| {
                entry(row).map_or(Value::Null, |entry| text(entry.reason.as_str()))
            }),
            Column::new(date, "when the level was set", Kind::Text, move |row| {
                entry(row).map_or(Value::Null, |entry| text(entry.date.as_str()))
            }),
        ]);
    }
}
