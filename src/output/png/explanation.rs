//! One cell on one page: its points, its year, what it is made of, and what is not known.

use std::io::Write;

use super::breakdown::{self, Words};
use super::canvas::{Canvas, Rgb, Side, Type};
use super::map::is_dark;
use super::sheet::{Sheet, Texts, TooSmall};
use super::tiling::Frame;
use super::{FAINT, Form, HEAD, INK, SMALL, foot, history, near, paint, subtitle};
use crate::invalid::Cause;
use crate::layer::{Layer, Legend};
use crate::output::explanation::{assessed, assessed_in_words};
use crate::score::{Explanation, LevelCheck, Rag, Status};

/// Surge, intensity, corroboration, spread and context: hues that colour-blind readers can tell apart (Okabe & Ito, Color
/// Universal Design, 2008).
const COMPONENTS: [Rgb; 5] =
    [[0x00, 0x72, 0xb2], [0x56, 0xb4, 0xe9], [0x00, 0x9e, 0x73], [0xcc, 0x79, 0xa7], [0x99, 0x99, 0x99]];
const TROUGH: Rgb = [0xec, 0xee, 0xf1];

/// Width of the badge of score and level, which stands right of the titles.
const BADGE: f64 = 290.0;

/// Writes the page.
pub(in crate::output) fn write(
    explanation: &Explanation,
    layer: &Layer,
    form: Form,
    out: &mut dyn Write,
) -> Result<(), Cause> {
    paint(out, layer, form, |canvas| page(canvas, explanation, layer))
}

fn page(canvas: &Canvas, explanation: &Explanation, layer: &Layer) -> Result<(), Cause> {
    let provenance = layer.provenance();
    let title = format!("{}: cell {}", provenance.title, explanation.cell);
    let subtitle = format!("Centre at {:.4}, {:.4}. {}", explanation.lat, explanation.lng, subtitle(layer));
    let texts =
        Texts { title: &title, subtitle: &subtitle, foot: &foot(layer), taken: BADGE + 30.0, needs: &|_| Ok([0.0; 2]) };
    let sheet = Sheet::lay(canvas, layer.view().page, &provenance.marking, &texts)?;
    let frame = sheet.inside();
    let legend = layer.score_legend();
    badge(canvas, explanation, layer, legend, frame.right)?;
    let top = frame.top.max(128.0);
    let columns = if frame.right - frame.left >= 1200.0 { 4 } else { 2 };
    let (need, have) = (370.0 + (4 / columns) as f64 * (DETAILS + GAP), frame.bottom - top);
    if need > have {
        return Err(TooSmall { need, have }.into());
    }
    points(canvas, explanation, Frame { top, ..frame })?;
    // What is below needs 400: on a flat page the year gives way.
    let high = (frame.bottom - top - 128.0 - 422.0).clamp(220.0, 304.0);
    let (above, below) = (top + 128.0, top + 128.0 + high);
    let split = frame.left + 0.64 * (frame.right - frame.left);
    history::draw(canvas, explanation, Frame { top: above, right: split, bottom: below, ..frame })?;
    near::draw(canvas, explanation, layer, legend, Frame { left: split + 46.0, top: above, bottom: below, ..frame })?;
    details(canvas, explanation, layer, columns, Frame { top: below + 22.0, ..frame })
}

/// Score and level, to be seen from across the table.
fn badge(canvas: &Canvas, explanation: &Explanation, layer: &Layer, legend: &Legend, right: f64) -> Result<(), Cause> {
    let (top, bottom, edge) = (40.0, 114.0, right - BADGE);
    let scored = explanation.status == Status::Scored;
    let colour = if scored { of_score(legend, explanation.score) } else { TROUGH };
    let ink = ink_on(colour);
    canvas.block((edge, top), (right, bottom), colour);
    let level = explanation.level.and_then(|level| explanation.level_check(level));
    if let Some(level) = level {
        let rag = match level.rag {
            Rag::Green => [0x3a, 0x8f, 0x4e],
            Rag::Amber => [0xe6, 0xa1, 0x00],
            Rag::Red => [0xb5, 0x27, 0x1d],
        };
        canvas.block((edge, top), (edge + 10.0, bottom), rag);
    }
    let big = Type { size: 50.0, bold: true, colour: ink };
    let score =
        if explanation.status == Status::NoData { "–".to_owned() } else { format!("{:.0}", explanation.score) };
    canvas.fitted((edge + 70.0, top + 23.0), Side::Centre, big, 96.0, &score)?;
    let (left, width) = (edge + 130.0, BADGE - 140.0);
    let words = match level {
        Some(level) => [level.name.clone(), format!("level {}, {}", level.number, level.rag.id())],
        None => ["No level".to_owned(), explanation.status.id().replace('_', " ")],
    };
    for (row, (text, bold)) in words.iter().zip([true, false]).enumerate() {
        let style = Type { size: if bold { 20.0 } else { 16.0 }, bold, colour: ink };
        canvas.label((left, top + 13.0 + row as f64 * 23.0), Side::Left, style, width, text)?;
    }
    let assessed = assessed(explanation, layer).map(|assessed| format!("assessed: level {}", assessed.level));
    let style = Type { size: 14.0, bold: assessed.is_some(), colour: ink };
    canvas.text((left, top + 56.0), Side::Left, style, assessed.as_deref().unwrap_or("of 100 points"))
}

/// The colour of a score.
pub(super) fn of_score(legend: &Legend, score: f64) -> Rgb {
    legend.classes.get(legend.class_of_number(score)).map_or(TROUGH, |class| class.colour)
}

/// Light letters on dark colours.
pub(super) fn ink_on(colour: Rgb) -> Rgb {
    if is_dark(colour) { [255; 3] } else { INK }
}

/// The points as one bar from 0 to 100, with the scores that levels begin at.
fn points(canvas: &Canvas, explanation: &Explanation, frame: Frame) -> Result<(), Cause> {
    canvas.text((frame.left, frame.top), Side::Left, HEAD, "Points by component")?;
    let (top, bottom) = (frame.top + 28.0, frame.top + 56.0);
    let x = |points: f64| frame.left + points / 100.0 * (frame.right - frame.left);
    canvas.block((frame.left, top), (frame.right, bottom), TROUGH);
    let mut sum = 0.0;
    for (component, colour) in explanation.points.iter().zip(COMPONENTS) {
        canvas.block((x(sum), top), (x(sum + component.points), bottom), colour);
        sum += component.points;
    }
    let scale: Vec<(f64, &LevelCheck)> = explanation.scale().collect();
    for (rank, &(from, level)) in scale.iter().enumerate() {
        let to = scale.get(rank + 1).map_or(100.0, |next| next.0);
        canvas.line(&[(x(from), top), (x(from), bottom + 6.0)], INK, 1.0);
        let label = format!("{from:.0}  {}", level.name);
        let style = Type { size: 13.0, ..SMALL };
        canvas.label((x(from) + 6.0, bottom + 5.0), Side::Left, style, x(to) - x(from) - 12.0, &label)?;
    }
    let row = bottom + 30.0;
    let step = (frame.right - frame.left) / explanation.points.len() as f64;
    for (place, (component, colour)) in explanation.points.iter().zip(COMPONENTS).enumerate() {
        let left = frame.left + place as f64 * step;
        canvas.block((left, row - 3.0), (left + 18.0, row + 14.0), colour);
        let (points, most) = (component.points, component.most);
        let label = format!("{} {points:.1} of {}", component.name, (most * 10.0).round() / 10.0);
        let style = Type { size: 17.0, bold: points >= 0.5, colour: if points >= 0.5 { INK } else { FAINT } };
        canvas.fitted((left + 26.0, row), Side::Left, style, step - 34.0, &label)?;
    }
    Ok(())
}

/// Least height of the details, and between two of them.
const DETAILS: f64 = 330.0;
const GAP: f64 = 36.0;

/// What the intensity is made of, and everything in words: four columns, or two over two on a narrow page.
fn details(
    canvas: &Canvas,
    explanation: &Explanation,
    layer: &Layer,
    columns: usize,
    frame: Frame,
) -> Result<(), Cause> {
    let wide = (frame.right - frame.left + GAP) / columns as f64 - GAP;
    let high = (frame.bottom - frame.top + GAP) / (4 / columns) as f64 - GAP;
    let column = |place: usize| {
        let left = frame.left + (place % columns) as f64 * (wide + GAP);
        let top = frame.top + (place / columns) as f64 * (high + GAP);
        Frame { left, right: left + wide, top, bottom: top + high }
    };
    let words = explanation.sections();
    let said = |name: &str| words.iter().find(|(heading, _)| *heading == name).map_or("", |(_, words)| words.as_str());
    let intensity = &explanation.intensity;
    let top = breakdown::draw(canvas, "Intensity by strand", &intensity.strands, column(0))?;
    breakdown::draw(canvas, "by age", &intensity.ages, Frame { top, ..column(0) })?;
    let top = breakdown::draw(canvas, "by category", &intensity.categories, column(1))?;
    breakdown::draw(canvas, "by source", &intensity.sources, Frame { top, ..column(1) })?;
    let assessed = assessed(explanation, layer).map(|assessed| assessed_in_words(assessed, explanation));
    let level = assessed.into_iter().chain([said("Level").to_owned()]).collect();
    let surge = vec![said("Surge").to_owned(), explanation.surge.numbers()];
    breakdown::words(
        canvas,
        &[
            Words { heading: "Against its own past", paragraphs: surge, bullets: false },
            Words { heading: "Level", paragraphs: level, bullets: false },
        ],
        column(2),
    )?;
    let others = ["Intensity", "Corroboration", "Spread"].map(|name| said(name).to_owned()).to_vec();
    breakdown::words(
        canvas,
        &[
            Words { heading: "The other components", paragraphs: others, bullets: false },
            Words { heading: "What is not known", paragraphs: explanation.not_known.clone(), bullets: true },
        ],
        column(3),
    )
}
