//! The page of one cell: points, the past year, parts of the intensity, gaps in the data.

use super::breakdown::{self, TextBlock};
use super::key::{TROUGH, colour_of_score, ink_on};
use super::layout::{PageLayout, PageTexts};
use super::style::{HEAD, SMALL};
use super::words::{foot, subtitle};
use super::{Drawing, Pictured, history, inset};
use crate::draw::DrawError;
use crate::draw::canvas::{Canvas, Centre, Drawn, FAINT, INK, Left, PageRect, Rgb, TextStyle};
use crate::font::isolated;
use crate::layer::{ExplainedCell, Legend};
use crate::score::{Explanation, LevelCheck, Rag, Status};

/// Surge, intensity, corroboration, spread and context: hues that colour-blind readers can tell apart (Okabe & Ito, Color
/// Universal Design, 2008).
const COMPONENTS: [Rgb; 5] =
    [[0x00, 0x72, 0xb2], [0x56, 0xb4, 0xe9], [0x00, 0x9e, 0x73], [0xcc, 0x79, 0xa7], [0x99, 0x99, 0x99]];

/// Colour of a component.
fn colour_of(name: &str) -> Rgb {
    let names = ["surge", "intensity", "corroboration", "spread", "context"];
    COMPONENTS[names.iter().position(|other| *other == name).unwrap_or(4)]
}

/// Width of the badge of score and level, right of the titles.
const BADGE: f64 = 290.0;

impl Pictured for ExplainedCell {
    const PAGE: &'static str = "page with the cell's score, its parts, its history and its neighbours";

    fn drawing(&self) -> Drawing<'_> {
        Drawing::of_layer(&self.layer, |canvas| draw_page(canvas, self).map(|()| None))
    }
}

fn draw_page(canvas: &Canvas, cell: &ExplainedCell) -> Drawn {
    let ExplainedCell { explanation, layer, .. } = cell;
    let provenance = layer.provenance();
    let title = format!("{}: cell {}", isolated(&provenance.title), explanation.cell);
    let subtitle = format!("Centre at {:.4}, {:.4}. {}", explanation.lat, explanation.lng, subtitle(layer));
    let foot = foot(layer);
    let texts = PageTexts::of(layer, &subtitle, &foot, &|_| Ok([0.0; 2]));
    let layout = PageLayout::draw(canvas, &PageTexts { title: &title, reserved: BADGE + 30.0, ..texts })?;
    let frame = layout.inside();
    let legend = layer.score_legend();
    badge(canvas, cell, legend, frame.right)?;
    let top = frame.top.max(128.0);
    let columns = if frame.width() >= 1200.0 { 4 } else { 2 };
    let (need, have) = (370.0 + (4 / columns) as f64 * (DETAILS + GAP), frame.bottom - top);
    if need > have {
        return Err(DrawError::TooSmall { need, have });
    }
    points(canvas, explanation, PageRect { top, ..frame })?;
    // The parts below need 400: on a flat page the year is lower.
    let high = (frame.bottom - top - 128.0 - 422.0).clamp(220.0, 304.0);
    let (above, below) = (top + 128.0, top + 128.0 + high);
    let split = frame.left + 0.64 * frame.width();
    history::draw(canvas, explanation, PageRect { top: above, right: split, bottom: below, ..frame })?;
    inset::draw(canvas, cell, legend, PageRect { left: split + 46.0, top: above, bottom: below, ..frame })?;
    details(canvas, cell, columns, PageRect { top: below + 22.0, ..frame })
}

/// Draws score and level, legible from across the table.
fn badge(canvas: &Canvas, cell: &ExplainedCell, legend: &Legend, right: f64) -> Drawn {
    let explanation = &cell.explanation;
    let (top, bottom, edge) = (40.0, 114.0, right - BADGE);
    let scored = explanation.status == Status::Scored;
    let colour = if scored { colour_of_score(legend, explanation.score) } else { TROUGH };
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
    let big = TextStyle { size: 50.0, bold: true, colour: ink };
    let score = if matches!(explanation.status, Status::NoData | Status::NoPast) {
        "–".to_owned()
    } else {
        format!("{:.0}", explanation.score)
    };
    canvas.fitted((edge + 70.0, top + 23.0), Centre, big, 96.0, &score)?;
    let (left, width) = (edge + 130.0, BADGE - 140.0);
    let words = match level {
        Some(level) => [level.name.clone(), format!("level {}, {}", level.number, level.rag.id())],
        None => ["No level".to_owned(), explanation.status.id().replace('_', " ")],
    };
    for (row, (text, bold)) in words.iter().zip([true, false]).enumerate() {
        let style = TextStyle { size: if bold { 20.0 } else { 16.0 }, bold, colour: ink };
        canvas.label((left, top + 13.0 + row as f64 * 23.0), Left, style, width, text)?;
    }
    let assessed = cell.assessed().map(|assessed| format!("assessed: level {}", assessed.level));
    let style = TextStyle { size: 14.0, bold: assessed.is_some(), colour: ink };
    canvas.text((left, top + 56.0), Left, style, assessed.as_deref().unwrap_or("of 100 points"))
}

/// Draws the points as one bar from 0 to 100, with the lower ends of the levels.
fn points(canvas: &Canvas, explanation: &Explanation, frame: PageRect) -> Drawn {
    canvas.text((frame.left, frame.top), Left, HEAD, "Points by component")?;
    let (top, bottom) = (frame.top + 28.0, frame.top + 56.0);
    let x = |points: f64| frame.left + points / 100.0 * frame.width();
    canvas.block((frame.left, top), (frame.right, bottom), TROUGH);
    let mut sum = 0.0;
    for (place, component) in explanation.points.iter().enumerate() {
        // What neighbours take away shortens the bar before.
        let taken = explanation.points.get(place + 1).map_or(0.0, |next| next.points.min(0.0));
        let points = (component.points + taken).max(0.0);
        canvas.block((x(sum), top), (x(sum + points), bottom), colour_of(component.name));
        sum += points;
    }
    let scale: Vec<(f64, &LevelCheck)> = explanation.scale().collect();
    for (rank, &(from, level)) in scale.iter().enumerate() {
        let to = scale.get(rank + 1).map_or(100.0, |next| next.0);
        canvas.line(&[(x(from), top), (x(from), bottom + 6.0)], INK, 1.0);
        let label = format!("{from:.0}  {}", isolated(&level.name));
        let style = TextStyle { size: 13.0, ..SMALL };
        canvas.label((x(from) + 6.0, bottom + 5.0), Left, style, x(to) - x(from) - 12.0, &label)?;
    }
    let row = bottom + 30.0;
    let step = frame.width() / explanation.points.len() as f64;
    for (place, component) in explanation.points.iter().enumerate() {
        let colour = colour_of(component.name);
        let left = frame.left + place as f64 * step;
        canvas.block((left, row - 3.0), (left + 18.0, row + 14.0), colour);
        let (points, max) = (component.points, component.most);
        let label = match component.name {
            "spread" if explanation.evidence.is_some() => {
                format!("neighbours {}", format!("{points:+.1}").replace('-', "−"))
            }
            name => format!("{name} {points:.1} of {}", (max * 10.0).round() / 10.0),
        };
        let is_seen = points.abs() >= 0.5;
        let style = TextStyle { size: 17.0, bold: is_seen, colour: if is_seen { INK } else { FAINT } };
        canvas.fitted((left + 26.0, row), Left, style, step - 34.0, &label)?;
    }
    Ok(())
}

/// Minimum height of the details, and the distance between two of them.
const DETAILS: f64 = 330.0;
const GAP: f64 = 36.0;

/// Draws the parts of the intensity and the sentences: four columns, or two over two on a narrow page.
fn details(canvas: &Canvas, cell: &ExplainedCell, columns: usize, frame: PageRect) -> Drawn {
    let wide = (frame.width() + GAP) / columns as f64 - GAP;
    let high = (frame.height() + GAP) / (4 / columns) as f64 - GAP;
    let column = |place: usize| {
        let left = frame.left + (place % columns) as f64 * (wide + GAP);
        let top = frame.top + (place / columns) as f64 * (high + GAP);
        PageRect { left, right: left + wide, top, bottom: top + high }
    };
    let explanation = &cell.explanation;
    let words = explanation.sections();
    let sentence =
        |name: &str| words.iter().find(|(heading, _)| *heading == name).map_or("", |(_, words)| words.as_str());
    let intensity = &explanation.intensity;
    let top = breakdown::draw(canvas, "Intensity by strand", &intensity.strands, column(0))?;
    breakdown::draw(canvas, "by age", &intensity.ages, PageRect { top, ..column(0) })?;
    let top = breakdown::draw(canvas, "by category", &intensity.categories, column(1))?;
    breakdown::draw(canvas, "by source", &intensity.sources, PageRect { top, ..column(1) })?;
    let level = cell.assessed_sentence().into_iter().chain([sentence("Level").to_owned()]).collect();
    let (heading, past) = match explanation.evidence_words() {
        Some([words, numbers]) => ("How surprising it is", vec![words, sentence("Surge").to_owned(), numbers]),
        None => ("Against its own past", vec![sentence("Surge").to_owned(), explanation.surge.numbers()]),
    };
    let blocks = [
        TextBlock { heading, paragraphs: past, bullets: false },
        TextBlock { heading: "Level", paragraphs: level, bullets: false },
    ];
    breakdown::text_blocks(canvas, &blocks, column(2))?;
    let others = ["Intensity", "Corroboration", "Spread"].map(|name| sentence(name).to_owned()).to_vec();
    let blocks = [
        TextBlock { heading: "The other components", paragraphs: others, bullets: false },
        TextBlock { heading: "What is not known", paragraphs: explanation.not_known.clone(), bullets: true },
    ];
    breakdown::text_blocks(canvas, &blocks, column(3))
}
