//! The key of a map: each colour and sign that is on it, and what it means.

use super::canvas::{At, Canvas, Rgb, Side};
use super::labels::Named;
use super::map::{NO_DATA, NOTHING, dot, falls, plain, silent, swatch};
use super::pictures::HOT;
use super::tiling::Frame;
use super::{BODY, HEAD, INK, context};
use crate::invalid::Cause;
use crate::layer::{CellFill, ContextLayer, Layer, Legend};

/// Height of a heading, and of a row.
pub(super) const HEADING: f64 = 32.0;
pub(super) const ROW: f64 = 29.0;
/// Where the words of a row begin.
pub(super) const INDENT: f64 = 40.0;

/// What a row shows.
#[derive(Clone, Copy)]
enum Sample {
    Class { colour: Rgb, falls: bool },
    Sparse(Rgb),
    Silence,
    NoData,
    Nothing,
    Hot,
    Boundary,
}

/// The rows of a key: those of the cells, and those of what lies round them.
pub(super) struct Key<'a> {
    title: String,
    rows: Vec<(Sample, String)>,
    layers: &'a [ContextLayer],
    in_areas: bool,
}

impl<'a> Key<'a> {
    /// Of a map on which this is shown.
    pub(super) fn of(layer: &'a Layer, legend: &Legend, shown: &[CellFill]) -> Self {
        let is_shown = |wanted: CellFill| shown.contains(&wanted);
        let class = |class: &crate::layer::LegendClass| {
            (Sample::Class { colour: class.colour, falls: class.falls }, class.label.clone())
        };
        let mut rows: Vec<(Sample, String)> = legend.classes.iter().rev().map(class).collect();
        if legend.is_of_reports() {
            let few = format!("with a dot: fewer than {} reports, read with care", layer.provenance().sparse_below);
            let usual = legend.classes.iter().find(|class| !class.falls);
            rows.push((Sample::Sparse(usual.map_or(NOTHING, |class| class.colour)), few));
            // Also where every cell has a report today: the reader of last week's map looks for it.
            let is_covered = layer.scores().window_days > 0;
            if is_covered || is_shown(CellFill::Silence) {
                rows.push((Sample::Silence, "no report that counts: not the same as calm".to_owned()));
            }
        }
        if !legend.is_of_reports() && is_shown(CellFill::Silence) {
            rows.push((Sample::Silence, "no report in 52 weeks: nothing is known".to_owned()));
        }
        if is_shown(CellFill::NoData) {
            rows.push((Sample::NoData, "no data for these days".to_owned()));
        }
        if is_shown(CellFill::Nothing) {
            rows.push((Sample::Nothing, "no value".to_owned()));
        }
        if layer.outlines_hot_spots() {
            rows.push((Sample::Hot, "outlined: hot spot".to_owned()));
        }
        if layer.outline().is_some() {
            rows.push((Sample::Boundary, "boundary of the study area".to_owned()));
        }
        let (layers, in_areas) = (layer.context_layers(), layer.areas().is_some());
        Self { title: legend.title.clone(), rows, layers, in_areas }
    }

    /// The same under another heading.
    pub(super) fn titled(self, title: &str) -> Self {
        Self { title: title.to_owned(), ..self }
    }

    /// The classes alone, for a second key on a page.
    pub(super) fn classes_only(mut self) -> Self {
        self.layers = &[];
        self.rows.retain(|(sample, _)| matches!(sample, Sample::Class { .. } | Sample::Nothing));
        self
    }

    pub(super) fn height(&self) -> f64 {
        HEADING + ROW * (self.rows.len() + context::legend_rows(self.layers)) as f64
    }

    /// Draws it, and how many places of each layer are named on the map; returns where it ends.
    pub(super) fn draw(&self, canvas: &Canvas, named: &[Named], frame: Frame) -> Result<f64, Cause> {
        let Frame { left, mut top, right, .. } = frame;
        canvas.fitted((left, top), Side::Left, HEAD, right - left, &self.title)?;
        top += HEADING;
        for (sample, label) in &self.rows {
            let tile = if self.in_areas { block(left, top) } else { hexagon(left, top) };
            match *sample {
                Sample::Class { colour, falls: fell } => {
                    swatch(canvas, &tile, colour);
                    if fell {
                        falls(canvas, &tile);
                    }
                }
                Sample::Sparse(colour) => {
                    swatch(canvas, &tile, colour);
                    dot(canvas, &tile, colour);
                }
                Sample::Silence => silent(canvas, &tile),
                Sample::NoData => plain(canvas, &tile, NO_DATA),
                Sample::Nothing => plain(canvas, &tile, NOTHING),
                Sample::Hot => canvas.outline(&tile, INK, HOT),
                Sample::Boundary => canvas.line(&[(left, top + 11.0), (left + 26.0, top + 11.0)], INK, 1.6),
            }
            canvas.fitted((left + INDENT, top + 5.0), Side::Left, BODY, right - left - INDENT, label)?;
            top += ROW;
        }
        context::legend(canvas, self.layers, named, Frame { top, ..frame })
    }
}

pub(super) fn hexagon(left: f64, top: f64) -> Vec<At> {
    let (x, y, r) = (left + 13.0, top + 11.0, 13.0);
    (0..6)
        .map(|k| (f64::from(k) * std::f64::consts::FRAC_PI_3).sin_cos())
        .map(|(s, c)| (x + r * s, y - r * c))
        .collect()
}

/// What stands for an area.
fn block(left: f64, top: f64) -> Vec<At> {
    let (right, bottom) = (left + 24.0, top + 20.0);
    vec![(left + 2.0, top + 2.0), (right, top + 2.0), (right, bottom), (left + 2.0, bottom)]
}
