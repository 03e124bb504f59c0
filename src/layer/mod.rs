//! Stage 8, what may leave: cells with their values, the legend they are read by, and where it all came from.

mod areas;
mod classes;
mod columns;
pub mod context;
mod form;
mod hotspots;
mod legend;
mod levels;
mod own;
mod palette;
mod provenance;
mod saved;
mod story;
mod symbol;
mod view;

use std::path::Path;
use std::sync::Arc;

use geo::MultiPolygon;

pub use areas::{RolledUp, ScoredAreas};
pub use classes::{CLASSIFIERS, Classes};
use columns::is_own;
pub(crate) use columns::is_taken;
pub use columns::{Column, Kind, Value};
pub use context::ContextLayer;
pub use form::{Form, Geometry};
pub(crate) use legend::Shown;
pub use legend::{Class, Legend};
pub(crate) use levels::LevelPart;
pub use palette::{PALETTES, Palette};
pub use provenance::{Areas, Context, Indicator, Input, Provenance, Repaired, Span};
pub use saved::{LayerError, Opened};
pub use symbol::{Sign, Symbol};
pub use view::{Picture, Plane, View};

use crate::area::{Composite, Interpolated};
use crate::hotspot::Hotspots;
use crate::invalid::InvalidValue;
use crate::numbers::at_most;
use crate::output::{self, OutputError};
use crate::score::{CellScore, Change, Level, Scores, Standing};

/// A publishable map layer. It holds what may leave: numbers are rounded as tables have them, so that a picture, a table and the
/// layer that is read back from a table say the same. The exact ones are [`Run::scores`](crate::Run::scores).
#[derive(Clone, Debug)]
pub struct Layer {
    scores: Scores,
    /// What the scores are of, where they are not of cells.
    areas: Option<Arc<ScoredAreas>>,
    indicators: Vec<Interpolated>,
    context: Option<Composite>,
    change: Option<Change>,
    standing: Option<Standing>,
    hotspots: Option<Hotspots>,
    outline: Option<MultiPolygon>,
    context_layers: Vec<ContextLayer>,
    provenance: Provenance,
    view: View,
    legend: Legend,
    /// The legend of scores, whatever pictures show.
    score_legend: Legend,
    symbols: Vec<Symbol>,
    level_symbols: Vec<Symbol>,
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
    pub(crate) fn new(
        scores: Scores,
        indicators: Vec<Interpolated>,
        context: Option<Composite>,
        outline: Option<MultiPolygon>,
        provenance: Provenance,
    ) -> Self {
        let (legend, form) = (Legend::score(None), Form::default());
        let symbols = symbol::symbols(&legend, provenance.sparse_below);
        let level_symbols = levels::symbols(&provenance.levels);
        let mut layer = Self {
            scores,
            areas: None,
            indicators,
            context,
            change: None,
            standing: None,
            hotspots: None,
            outline,
            context_layers: Vec::new(),
            provenance,
            view: View::default(),
            score_legend: legend.clone(),
            legend,
            symbols,
            level_symbols,
            form,
        };
        layer.scores.cells = own::as_told(&layer);
        layer
    }

    pub(crate) fn set_title(&mut self, title: String) {
        self.provenance.title = title;
    }

    /// Says that its scores are of areas.
    pub(crate) fn set_areas(&mut self, areas: Option<Arc<ScoredAreas>>) {
        if let Some(areas) = &areas {
            self.provenance.rolled_up = Some(RolledUp::from(&**areas));
            self.provenance.resolution = None;
        }
        self.areas = areas;
    }

    /// Adds what changed since an earlier date.
    pub(crate) fn set_change(&mut self, mut change: Option<Change>) {
        for points in change.iter_mut().flat_map(|change| &mut change.cells).filter_map(|cell| cell.score.as_mut()) {
            *points = at_most(*points, 2);
        }
        self.provenance.compared_to = change.as_ref().map(|change| change.since.to_string());
        self.change = change;
    }

    /// Adds the levels that people set.
    pub(crate) fn set_standing(&mut self, standing: Option<Standing>) {
        self.provenance.assessments = standing.as_ref().map(|standing| standing.entries.clone());
        self.standing = standing;
    }

    /// Says how pictures show it; outputs that are no pictures do not depend on it.
    ///
    /// # Errors
    /// A column to fill by that it does not have or that cannot be divided into classes; a picture of what it lacks.
    pub fn set_view(&mut self, view: View) -> Result<(), InvalidValue> {
        if view.picture == Picture::TwoUp && self.change.is_none() {
            return Err(InvalidValue::bare(
                "picture",
                "two-up",
                "a date to compare with, --compare-to, for the change",
            ));
        }
        let beyond = if let Some(areas) = &self.areas {
            areas.beyond(view.plane).map(|area| ("areas", area.to_owned()))
        } else {
            let beyond = |cell: &&CellScore| !view.plane.holds(cell.cell);
            self.scores.cells.iter().find(beyond).map(|cell| ("cells", cell.cell.to_string()))
        };
        if let Some((places, one)) = beyond {
            let expected = format!("{places} within Great Britain; {one} lies beyond it");
            return Err(InvalidValue::bare("projection", "bng", expected));
        }
        let fill = view.fill.as_deref().or(self.hotspots.as_ref().and_then(hotspots::fill_column)).unwrap_or("score");
        self.legend = Legend::of(self, fill, view.classes.as_ref(), view.palette)?;
        // Styles of a GIS have the classes of the picture, where that shows scores.
        self.score_legend = if fill == "score" { self.legend.clone() } else { Legend::score(None) };
        self.symbols = symbol::symbols(&self.score_legend, self.provenance.sparse_below);
        self.view = view;
        Ok(())
    }

    /// Adds what a statistic found.
    pub(crate) fn set_hotspots(&mut self, hotspots: Option<Hotspots>) {
        self.provenance.hotspots = hotspots.as_ref().map(|hotspots| hotspots.about.clone());
        self.hotspots = hotspots;
    }

    /// Adds what is drawn under and over the cells.
    pub(crate) fn set_context_layers(&mut self, layers: Vec<ContextLayer>) {
        self.provenance.context_layers = layers.iter().map(|layer| layer.about().clone()).collect();
        self.context_layers = layers;
    }

    /// Says how tables are laid out.
    ///
    /// # Errors
    /// A column to select that it does not have.
    pub fn set_form(&mut self, form: Form) -> Result<(), InvalidValue> {
        let columns = self.columns();
        if let Some(name) = form.select.iter().find(|name| !columns.iter().any(|column| column.name == **name)) {
            let names: Vec<&str> = columns.iter().map(|column| &*column.name).collect();
            return Err(InvalidValue::bare("select", name, format!("columns of the layer: {}", names.join(", "))));
        }
        drop(columns);
        self.form = form;
        Ok(())
    }

    /// How tables are laid out.
    #[must_use]
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// How pictures show it.
    #[must_use]
    pub fn view(&self) -> &View {
        &self.view
    }

    /// What the colours of scores mean, whatever pictures show.
    pub(crate) fn score_legend(&self) -> &Legend {
        &self.score_legend
    }

    /// How the dissolved cells of each level look in the styles of a GIS.
    pub(crate) fn level_symbols(&self) -> &[Symbol] {
        &self.level_symbols
    }

    /// What its colours on a map mean.
    #[must_use]
    pub fn legend(&self) -> &Legend {
        &self.legend
    }

    /// The levels that people set, when there are any; row by row as the scores.
    #[must_use]
    pub fn standing(&self) -> Option<&Standing> {
        self.standing.as_ref()
    }

    /// What a statistic found, when one was asked for; row by row as the scores.
    #[must_use]
    pub fn hotspots(&self) -> Option<&Hotspots> {
        self.hotspots.as_ref()
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

    /// The areas that are scored, where they are not cells; row by row as the scores.
    #[must_use]
    pub fn areas(&self) -> Option<&ScoredAreas> {
        self.areas.as_deref()
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

    /// What pictures show under and over the cells, in the order it was asked for.
    #[must_use]
    pub fn context_layers(&self) -> &[ContextLayer] {
        &self.context_layers
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
        output::save_layer(self, &[path.as_ref()], &[], None)
    }

    /// Writes several files, side by side: all of them, or none.
    ///
    /// # Errors
    /// That of the first path that has one; as [`Self::save`].
    pub fn save_all(&self, paths: &[impl AsRef<Path> + Sync]) -> Result<(), OutputError> {
        output::save_layer(self, paths, &[], None)
    }
}
