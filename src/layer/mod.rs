//! Publishable layers: cells with their values, the legend to read them by, and their provenance.

mod areas;
mod classes;
mod columns;
pub mod context;
mod density;
mod explanation;
mod hotspots;
mod layout;
mod legend;
mod levels;
mod metadata;
mod names;
mod near_repeats;
mod page;
mod palette;
mod provenance;
mod reporting;
mod saved;
mod series;
mod symbol;
mod view;

use std::sync::Arc;

use geo::MultiPolygon;

pub use areas::ScoredAreas;
pub use classes::{CLASSIFIERS, Classes};
pub use columns::Column;
pub(crate) use columns::part_name;
pub use context::ContextLayer;
pub use density::DensityLayer;
pub use explanation::ExplainedCell;
pub use hotspots::output_columns;
pub use layout::{IdType, TableGeometry, TableLayout};
pub(crate) use legend::{CellFill, no_numbers};
pub use legend::{Legend, LegendClass};
pub(crate) use levels::LevelPart;
pub(crate) use names::is_taken;
pub use near_repeats::NearRepeatsTable;
pub use page::{PAGES, Page, PageSize};
pub use palette::{PALETTES, Palette};
pub use provenance::{
    AreaFileSummary, ContextSummary, DaySpan, EvidenceSummary, IndicatorSummary, InputSummary, Provenance,
    RepairedArea, RollUpSummary,
};
pub(crate) use provenance::{NO_MARKING, check_marking, drawn_marking};
pub use reporting::CoverageTable;
pub use saved::{LayerError, Opened};
pub use series::SeriesTable;
pub(crate) use symbol::silence;
pub use symbol::{Symbol, SymbolMark};
pub use view::{Picture, Plane, View};

use crate::hotspot::Hotspots;
use crate::indicator::{Composite, Interpolated};
use crate::invalid::{InvalidValue, unknown};
use crate::rounding::round_to;
pub use crate::score::columns::{ColumnSchema, ColumnValue, ValueKind};
use crate::score::columns::{INTENSITY_SCALE, SCORE};
use crate::score::{ActiveAssessments, CellScore, Change, Level, Scores};

/// Publishable map layer. Its numbers are rounded as tables have them, so that a picture, a table and the layer read back from a
/// table agree. The exact numbers are [`Map::scores`](crate::Map::scores).
#[derive(Clone, Debug)]
pub struct Layer {
    parts: LayerParts,
    layout: TableLayout,
    view: View,
    /// Legend of the column that pictures show.
    legend: Legend,
    /// Legend of the score, whatever pictures show.
    score_legend: Legend,
    symbols: Vec<Symbol>,
    level_symbols: Vec<Symbol>,
}

/// Contents of a layer; those beside the scores match them row by row.
#[derive(Clone, Debug)]
pub(crate) struct LayerParts {
    pub(crate) scores: Scores,
    /// Areas that the scores are of, in a layer of areas.
    pub(crate) areas: Option<Arc<ScoredAreas>>,
    pub(crate) indicators: Vec<Interpolated>,
    pub(crate) context: Option<Composite>,
    /// Change since an earlier date.
    pub(crate) change: Option<Change>,
    /// Assessments in force at the as-of.
    pub(crate) assessments: Option<ActiveAssessments>,
    pub(crate) hotspots: Option<Hotspots>,
    /// Outline of the study area.
    pub(crate) outline: Option<MultiPolygon>,
    pub(crate) context_layers: Vec<ContextLayer>,
    pub(crate) provenance: Provenance,
}

/// Fixed class of the score: scores in `[from, to)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreBand {
    /// Minimum score.
    pub from: f64,
    /// Upper bound, exclusive; the last band includes 100.
    pub to: f64,
    /// Red, green and blue.
    pub colour: [u8; 3],
}

impl ScoreBand {
    /// The bands, lowest first. They are fixed, so that two maps compare. A single hue from light to dark reads the same to
    /// colour-blind readers and in grey print.
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
    /// Builds a layer from exact contents.
    ///
    /// # Errors
    /// Errors of [`Self::set_layout`] and [`Self::set_view`].
    pub(crate) fn new(mut parts: LayerParts, layout: TableLayout, view: View) -> Result<Self, InvalidValue> {
        parts.scores.cells = columns::rounded(&parts.scores.cells, &parts.provenance);
        for cell in parts.change.iter_mut().flat_map(|change| &mut change.cells) {
            cell.score = cell.score.map(|points| round_to(points, 2));
        }
        let legend = Legend::score(None);
        let mut layer = Self {
            layout: TableLayout::default(),
            view: View::default(),
            symbols: symbol::symbols(&legend, parts.provenance.sparse_below, parts.provenance.evidence.is_some()),
            level_symbols: levels::symbols(&parts.provenance.levels, parts.provenance.evidence.is_some()),
            score_legend: legend.clone(),
            legend,
            parts,
        };
        layer.set_layout(layout)?;
        layer.set_view(view)?;
        Ok(layer)
    }

    pub(crate) fn set_title(&mut self, title: String) {
        self.parts.provenance.title = title;
    }

    /// Replaces the context layers that pictures draw under and over the cells.
    pub(crate) fn set_context_layers(&mut self, layers: Vec<ContextLayer>) {
        self.parts.provenance.context_layers = layers.iter().map(|layer| layer.about().clone()).collect();
        self.parts.context_layers = layers;
    }

    /// Sets the view in pictures; tables do not depend on it.
    ///
    /// # Errors
    /// A column to fill by that the layer does not have or that cannot be divided into classes. A picture of change
    /// without an earlier date. A projection that does not cover every row.
    pub fn set_view(&mut self, view: View) -> Result<(), InvalidValue> {
        view.check_change(self.change().is_some())?;
        let is_outside = |cell: &&CellScore| !view.plane.holds(cell.cell);
        let outside = match self.areas() {
            Some(areas) => areas.beyond(view.plane).map(|area| ("areas", area.to_owned())),
            None => self.scores().cells.iter().find(is_outside).map(|cell| ("cells", cell.cell.to_string())),
        };
        if let Some((places, one)) = outside {
            let expected = format!("{places} within Great Britain; {one} lies beyond it");
            return Err(InvalidValue::expecting("projection", "bng", expected));
        }
        let of_statistic = || self.hotspots().and_then(hotspots::fill_column);
        // Without a past there are no scores: the map shows what there is.
        let scores = self.scores();
        let is_scored = !scores.has_evidence() || scores.baseline.is_some() || scores.misses_sources();
        let usual = if is_scored { SCORE.name } else { INTENSITY_SCALE.name };
        let fill = view.fill.as_deref().or_else(of_statistic).unwrap_or(usual);
        self.legend = Legend::of(self, fill, view.classes.as_ref(), view.palette)?;
        // Styles of a GIS have the classes of the picture, if it shows scores.
        self.score_legend = if fill == SCORE.name { self.legend.clone() } else { Legend::score(None) };
        let provenance = self.provenance();
        self.symbols = symbol::symbols(&self.score_legend, provenance.sparse_below, provenance.evidence.is_some());
        self.view = view;
        Ok(())
    }

    /// Sets the layout of tables.
    ///
    /// # Errors
    /// A column to select that the layer does not have.
    pub fn set_layout(&mut self, layout: TableLayout) -> Result<(), InvalidValue> {
        if !layout.select.is_empty() {
            let names: Vec<_> = self.columns().into_iter().map(|column| column.name).collect();
            if let Some(name) = layout.select.iter().find(|name| !names.contains(&name.as_str().into())) {
                let names: Vec<&str> = names.iter().map(|name| &**name).collect();
                return Err(unknown("select", name, &names, ", which are the columns of the layer"));
            }
        }
        self.layout = layout;
        Ok(())
    }

    /// Layout of tables.
    #[must_use]
    pub fn layout(&self) -> &TableLayout {
        &self.layout
    }

    /// View in pictures.
    #[must_use]
    pub fn view(&self) -> &View {
        &self.view
    }

    /// Legend of the score, whatever column pictures show.
    pub(crate) fn score_legend(&self) -> &Legend {
        &self.score_legend
    }

    /// Symbols of the levels in the styles of a GIS.
    pub(crate) fn level_symbols(&self) -> &[Symbol] {
        &self.level_symbols
    }

    /// Legend of the map.
    #[must_use]
    pub fn legend(&self) -> &Legend {
        &self.legend
    }

    /// Assessments in force, if given; row by row as the scores.
    #[must_use]
    pub fn assessments(&self) -> Option<&ActiveAssessments> {
        self.parts.assessments.as_ref()
    }

    /// Result of a hot spot statistic, if requested; row by row as the scores.
    #[must_use]
    pub fn hotspots(&self) -> Option<&Hotspots> {
        self.parts.hotspots.as_ref()
    }

    /// Change since an earlier date, if given; row by row as the scores.
    #[must_use]
    pub fn change(&self) -> Option<&Change> {
        self.parts.change.as_ref()
    }

    /// The scored cells.
    #[must_use]
    pub fn scores(&self) -> &Scores {
        &self.parts.scores
    }

    /// Scored areas, in a layer of areas; row by row as the scores.
    #[must_use]
    pub fn areas(&self) -> Option<&ScoredAreas> {
        self.parts.areas.as_deref()
    }

    /// Indicators on the same cells, row by row.
    #[must_use]
    pub fn indicators(&self) -> &[Interpolated] {
        &self.parts.indicators
    }

    /// Index of context, if requested.
    #[must_use]
    pub fn context(&self) -> Option<&Composite> {
        self.parts.context.as_ref()
    }

    /// Outline of the study area, if given.
    #[must_use]
    pub fn outline(&self) -> Option<&MultiPolygon> {
        self.parts.outline.as_ref()
    }

    /// Context layers that pictures draw under and over the cells, in the order given.
    #[must_use]
    pub fn context_layers(&self) -> &[ContextLayer] {
        &self.parts.context_layers
    }

    /// Provenance.
    #[must_use]
    pub fn provenance(&self) -> &Provenance {
        &self.parts.provenance
    }

    /// Name of a level.
    #[must_use]
    pub fn level_name(&self, level: Level) -> &str {
        self.parts.provenance.levels.get(level.rank()).map_or("", |rule| rule.name.as_str())
    }
}
