//! The key of a map: its colours and signs, with their meaning.

use std::f64::consts::FRAC_PI_3;

use super::context_key;
use super::style::{BODY, HEAD, HEADING, HOT_SPOT_LINE, INDENT, ROW};
use crate::draw::canvas::{At, Canvas, Drawn, INK, Left, PageRect, Rgb, rectangle};
use crate::draw::map::cell::{NO_DATA, NO_VALUE, dot, falls, is_dark, plain, silent, swatch};
use crate::draw::map::labels::LabelCount;
use crate::layer::{CellFill, ContextLayer, Layer, Legend, silence};

/// Empty part of a bar or a badge.
pub(super) const TROUGH: Rgb = [0xec, 0xee, 0xf1];

/// The colour of a score.
pub(super) fn colour_of_score(legend: &Legend, score: f64) -> Rgb {
    legend.classes.get(legend.class_of_number(score)).map_or(TROUGH, |class| class.colour)
}

/// Colour of letters on a ground: white on dark ones.
pub(super) fn ink_on(colour: Rgb) -> Rgb {
    if is_dark(colour) { [255; 3] } else { INK }
}

/// The sign of a row.
#[derive(Clone, Copy)]
enum KeySample {
    Class { colour: Rgb, falls: bool },
    Sparse(Rgb),
    Silence,
    NoData,
    Nothing,
    Hot,
    Boundary,
}

/// The rows of a key: of the cells, then of the context layers.
pub(super) struct MapKey<'a> {
    title: String,
    rows: Vec<(KeySample, String)>,
    layers: &'a [ContextLayer],
    in_areas: bool,
}

impl<'a> MapKey<'a> {
    /// Key of a map with these cells.
    pub(super) fn of(layer: &'a Layer, legend: &Legend, displayed: &[CellFill]) -> Self {
        let is_displayed = |wanted: CellFill| displayed.contains(&wanted);
        let class = |class: &crate::layer::LegendClass| {
            (KeySample::Class { colour: class.colour, falls: class.falls }, class.label.clone())
        };
        let mut rows: Vec<(KeySample, String)> = legend.classes.iter().rev().map(class).collect();
        if legend.is_of_reports() {
            let few = format!("with a dot: fewer than {} reports, read with care", layer.provenance().sparse_below);
            let usual = legend.classes.iter().find(|class| !class.falls);
            rows.push((KeySample::Sparse(usual.map_or(NO_VALUE, |class| class.colour)), few));
            // Even if every cell has a report today: readers of last week's map look for it.
            let is_covered = layer.scores().window_days > 0;
            if is_covered || is_displayed(CellFill::Silence) {
                rows.push((KeySample::Silence, silence(layer.scores().has_evidence()).to_owned()));
            }
        }
        if !legend.is_of_reports() && is_displayed(CellFill::Silence) {
            rows.push((KeySample::Silence, "no report in 52 weeks: nothing is known".to_owned()));
        }
        if is_displayed(CellFill::NoData) {
            rows.push((KeySample::NoData, "no data for these days".to_owned()));
        }
        if is_displayed(CellFill::Nothing) {
            rows.push((KeySample::Nothing, "no value".to_owned()));
        }
        if layer.outlines_hot_spots() {
            rows.push((KeySample::Hot, "outlined: hot spot".to_owned()));
        }
        if layer.outline().is_some() {
            rows.push((KeySample::Boundary, "boundary of the study area".to_owned()));
        }
        let (layers, in_areas) = (layer.context_layers(), layer.areas().is_some());
        Self { title: legend.title.clone(), rows, layers, in_areas }
    }

    /// Replaces the heading.
    pub(super) fn titled(self, title: &str) -> Self {
        Self { title: title.to_owned(), ..self }
    }

    /// The classes alone, for a second key on a page.
    pub(super) fn classes_only(mut self) -> Self {
        self.layers = &[];
        self.rows.retain(|(sample, _)| matches!(sample, KeySample::Class { .. } | KeySample::Nothing));
        self
    }

    pub(super) fn height(&self) -> f64 {
        HEADING + ROW * (self.rows.len() + context_key::rows(self.layers)) as f64
    }

    /// Draws the key, with the count of named places of each context layer; returns the lower end.
    pub(super) fn draw(&self, canvas: &Canvas, named: &[LabelCount], frame: PageRect) -> Drawn<f64> {
        let PageRect { left, mut top, right, .. } = frame;
        canvas.fitted((left, top), Left, HEAD, right - left, &self.title)?;
        top += HEADING;
        for (sample, label) in &self.rows {
            let tile = if self.in_areas { block(left, top) } else { hexagon(left, top) };
            match *sample {
                KeySample::Class { colour, falls: fell } => {
                    swatch(canvas, &tile, colour);
                    if fell {
                        falls(canvas, &tile);
                    }
                }
                KeySample::Sparse(colour) => {
                    swatch(canvas, &tile, colour);
                    dot(canvas, &tile, colour);
                }
                KeySample::Silence => silent(canvas, &tile),
                KeySample::NoData => plain(canvas, &tile, NO_DATA),
                KeySample::Nothing => plain(canvas, &tile, NO_VALUE),
                KeySample::Hot => canvas.outline(&tile, INK, HOT_SPOT_LINE),
                KeySample::Boundary => canvas.line(&[(left, top + 11.0), (left + 26.0, top + 11.0)], INK, 1.6),
            }
            canvas.fitted((left + INDENT, top + 5.0), Left, BODY, right - left - INDENT, label)?;
            top += ROW;
        }
        context_key::draw(canvas, self.layers, named, PageRect { top, ..frame })
    }
}

/// Sample of a cell.
pub(super) fn hexagon(left: f64, top: f64) -> Vec<At> {
    let (x, y, r) = (left + 13.0, top + 11.0, 13.0);
    (0..6).map(|k| (f64::from(k) * FRAC_PI_3).sin_cos()).map(|(s, c)| (x + r * s, y - r * c)).collect()
}

/// Sample of an area.
fn block(left: f64, top: f64) -> Vec<At> {
    rectangle((left + 2.0, top + 2.0), (left + 24.0, top + 20.0)).to_vec()
}
