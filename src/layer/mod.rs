//! Stage 8, what may leave: cells with their values, the legend they are read by, and where it all came from.

mod classes;
mod columns;
mod form;
mod provenance;

use std::path::Path;

use geo::MultiPolygon;

pub use classes::{Class, Sign};
pub(crate) use columns::is_taken;
pub use columns::{Column, Kind, Value};
pub use form::{Form, Geometry};
pub use provenance::{Areas, Context, Indicator, Input, Provenance, Repaired, Span};

use crate::area::{Composite, Interpolated};
use crate::output::{self, OutputError};
use crate::score::{Change, Level, Scores, Standing};

/// A publishable map layer.
#[derive(Clone, Debug)]
pub struct Layer {
    scores: Scores,
    indicators: Vec<Interpolated>,
    context: Option<Composite>,
    change: Option<Change>,
    standing: Option<Standing>,
    outline: Option<MultiPolygon>,
    provenance: Provenance,
    classes: Vec<Class>,
    dpi: u16,
    form: Form,
}

/// One class of the legend: scores in `[from, to)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Band {
    /// Lowest score.
    pub from: f64,
    /// Score it ends below; the last band includes 100.
    pub to: f64,
    /// Red, green and blue.
    pub colour: [u8; 3],
}

impl Band {
    /// The bands, lowest first. They are fixed, so that two maps compare; single-hue light to dark, which reads the same
    /// to colour-blind readers and in grey print.
    pub const ALL: [Self; 5] = [
        Self { from: 0.0, to: 20.0, colour: [0xfd, 0xee, 0xd3] },
        Self { from: 20.0, to: 40.0, colour: [0xfb, 0xc9, 0x78] },
        Self { from: 40.0, to: 60.0, colour: [0xf2, 0x96, 0x3a] },
        Self { from: 60.0, to: 80.0, colour: [0xcf, 0x57, 0x12] },
        Self { from: 80.0, to: 100.0, colour: [0x85, 0x28, 0x07] },
    ];

    /// The band of a score.
    #[must_use]
    pub fn of(score: f64) -> Self {
        Self::ALL.into_iter().rev().find(|band| score >= band.from).unwrap_or(Self::ALL[0])
    }
}

impl Layer {
    /// Pixels an inch of pictures where nothing else is asked for.
    pub const DPI: u16 = 96;

    pub(crate) fn new(
        scores: Scores,
        indicators: Vec<Interpolated>,
        context: Option<Composite>,
        outline: Option<MultiPolygon>,
        provenance: Provenance,
    ) -> Self {
        let classes = classes::classes(&Band::ALL, provenance.sparse_below);
        let (change, standing, form) = (None, None, Form::default());
        Self { scores, indicators, context, change, standing, outline, provenance, classes, dpi: Self::DPI, form }
    }

    /// Adds what changed since an earlier date.
    pub(crate) fn set_change(&mut self, change: Option<Change>) {
        self.provenance.compared_to = change.as_ref().map(|change| change.since.to_string());
        self.change = change;
    }

    /// Adds the levels that people set.
    pub(crate) fn set_standing(&mut self, standing: Option<Standing>) {
        self.provenance.assessments = standing.as_ref().map(|standing| standing.entries.clone());
        self.standing = standing;
    }

    /// Sets how fine pictures are.
    pub(crate) fn set_dpi(&mut self, dpi: u16) {
        self.dpi = dpi;
    }

    /// Sets how tables are laid out.
    pub(crate) fn set_form(&mut self, form: Form) {
        self.form = form;
    }

    /// How tables are laid out.
    #[must_use]
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// Pixels an inch of pictures, whose page is 16⅔ × 12½ inches.
    #[must_use]
    pub fn dpi(&self) -> u16 {
        self.dpi
    }

    /// The levels that people set, when there are any; row by row as the scores.
    #[must_use]
    pub fn standing(&self) -> Option<&Standing> {
        self.standing.as_ref()
    }

    /// What changed since an earlier date, when one was given; row by row as the scores.
    #[must_use]
    pub fn change(&self) -> Option<&Change> {
        self.change.as_ref()
    }

    /// The scored cells.
    #[must_use]
    pub fn scores(&self) -> &Scores {
        &self.scores
    }

    /// Indicators on the same cells, row by row.
    #[must_use]
    pub fn indicators(&self) -> &[Interpolated] {
        &self.indicators
    }

    /// The index of context, when one was asked for.
    #[must_use]
    pub fn context(&self) -> Option<&Composite> {
        self.context.as_ref()
    }

    /// Outline of the study area, when polygons were given.
    #[must_use]
    pub fn outline(&self) -> Option<&MultiPolygon> {
        self.outline.as_ref()
    }

    /// Where it came from.
    #[must_use]
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// What readers call a level.
    #[must_use]
    pub fn level_name(&self, level: Level) -> &str {
        self.provenance.levels.get(level.rank()).map_or("", |rule| rule.name.as_str())
    }

    /// Writes the layer in the format of the path's extension. The file is complete or untouched, never half written.
    ///
    /// # Errors
    /// An extension no [`Output`](output::Output) has; a place that cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), OutputError> {
        output::save_all(self, &[path.as_ref()], &[], None)
    }

    /// Writes several files, side by side: all of them, or none.
    ///
    /// # Errors
    /// That of the first path that has one; as [`Self::save`].
    pub fn save_all(&self, paths: &[impl AsRef<Path> + Sync]) -> Result<(), OutputError> {
        output::save_all(self, paths, &[], None)
    }
}
