//! The past year of a cell: score on the scale of levels, level of each week, reports in the window.

use super::style::{HEAD, SMALL};
use crate::draw::canvas::{
    At, Canvas, Centre, Drawn, FAINT, HIGHLIGHT, INK, Left, PageRect, Rgb, Right, TextStyle, rectangle,
};
use crate::draw::map::cell::{HATCH, NO_DATA};
use crate::rounding::round_to;
use crate::score::{Explanation, LevelCheck, Rag, Status, Week};

const BARS: Rgb = [0x9a, 0xa5, 0xb4];
const TICK: TextStyle = TextStyle { size: 13.0, ..SMALL };

/// Draws the weeks into a frame.
pub(super) fn draw(canvas: &Canvas, explanation: &Explanation, frame: PageRect) -> Drawn {
    let weeks = &explanation.history;
    let heading = format!("The last {} weeks: score, level, and reports in the window", weeks.len());
    canvas.text((frame.left, frame.top), Left, HEAD, &heading)?;
    let (left, right) = (frame.left + 34.0, frame.right - 96.0);
    let missing = |status| weeks.iter().any(|week| week.status == status);
    let silence = missing(Status::NoReports).then_some("hatched: no report that carries weight");
    let signs: Vec<&str> = silence.into_iter().chain(missing(Status::NoData).then_some("grey: no data")).collect();
    canvas.text((right, frame.top + 8.0), Right, TICK, &signs.join("; "))?;
    // Scores and counts share the height that heading, levels and months leave.
    let edge = frame.top + 34.0 + 0.68 * (frame.height() - 96.0);
    let scores = PageRect { left, right, top: frame.top + 34.0, bottom: edge };
    let levels = PageRect { left, right, top: edge + 8.0, bottom: edge + 26.0 };
    let counts = PageRect { left, right, top: edge + 38.0, bottom: frame.bottom - 24.0 };
    let step = (right - left) / weeks.len().max(1) as f64;
    let x = |place: usize| left + (place as f64 + 0.5) * step;
    bands(canvas, explanation, scores)?;
    for (place, week) in weeks.iter().enumerate().filter(|(_, week)| week.status != Status::Scored) {
        let (from, to) = (x(place) - step / 2.0, x(place) + step / 2.0);
        let corners = rectangle((from, scores.top), (to, scores.bottom));
        if week.status == Status::NoData {
            canvas.fill(&corners, NO_DATA);
        } else {
            // Silence is hatched as on the map.
            canvas.fill(&corners, [255; 3]);
            canvas.hatch(&corners, 7.0, HATCH, 1.0);
        }
    }
    line(canvas, weeks, scores, x);
    for (place, week) in weeks.iter().enumerate() {
        if let Some(level) = week.level.and_then(|level| explanation.level_check(level)) {
            let (from, to) = ((x(place) - step / 2.0, levels.top), (x(place) + step / 2.0 - 1.0, levels.bottom));
            canvas.block(from, to, strong(level.rag));
            let number = TextStyle { size: 12.0, bold: level.rag != Rag::Green, colour: INK };
            canvas.fitted((x(place), levels.top + 4.0), Centre, number, step - 2.0, &level.number.to_string())?;
        }
    }
    canvas.text((right + 8.0, levels.top + 4.0), Left, TICK, "level")?;
    bars(canvas, explanation, counts, x, step)?;
    months(canvas, weeks, counts.bottom, x, step)
}

/// Draws the bands of levels behind the line.
fn bands(canvas: &Canvas, explanation: &Explanation, frame: PageRect) -> Drawn {
    let scale: Vec<(f64, &LevelCheck)> = explanation.scale().collect();
    for (rank, &(from, level)) in scale.iter().enumerate() {
        let to = scale.get(rank + 1).map_or(100.0, |next| next.0);
        let (top, bottom) = (height(frame, to), height(frame, from));
        canvas.block((frame.left, top), (frame.right, bottom), pale(level.rag, rank));
        canvas.text((frame.left - 8.0, bottom - 6.0), Right, TICK, &format!("{from:.0}"))?;
        let middle = f64::midpoint(top, bottom) - 5.0;
        canvas.label((frame.right + 8.0, middle), Left, TICK, 88.0, &level.name)?;
    }
    canvas.text((frame.left - 8.0, frame.top - 6.0), Right, TICK, "100")
}

fn height(frame: PageRect, score: f64) -> f64 {
    frame.bottom - score / 100.0 * frame.height()
}

/// Draws the score as a line, interrupted in weeks without a score.
fn line(canvas: &Canvas, weeks: &[Week], frame: PageRect, x: impl Fn(usize) -> f64) {
    let at = |(place, week): (usize, &Week)| (x(place), height(frame, week.score));
    let mut run: Vec<At> = Vec::new();
    let mut runs = Vec::new();
    for (place, week) in weeks.iter().enumerate() {
        if week.status == Status::Scored {
            run.push(at((place, week)));
        } else if !run.is_empty() {
            runs.push(std::mem::take(&mut run));
        }
    }
    runs.push(run);
    for run in runs {
        if run.len() > 1 {
            canvas.line(&run, INK, 2.0);
        }
        for at in run {
            canvas.disk(at, 2.5, INK);
        }
    }
    if let Some(last) = weeks.last().filter(|week| week.status == Status::Scored) {
        canvas.disk(at((weeks.len() - 1, last)), 5.0, HIGHLIGHT);
    }
}

/// Draws the reports of each week, and those expected in the last.
fn bars(canvas: &Canvas, explanation: &Explanation, frame: PageRect, x: impl Fn(usize) -> f64, step: f64) -> Drawn {
    let weeks = &explanation.history;
    let max = weeks.iter().map(|week| week.n_window).fold(0.0, f64::max);
    canvas.line(&[(frame.left, frame.bottom), (frame.right, frame.bottom)], FAINT, 1.0);
    let scale = if max > 0.0 { frame.height() / max } else { 0.0 };
    for (place, week) in weeks.iter().enumerate() {
        let colour = if place + 1 == weeks.len() { HIGHLIGHT } else { BARS };
        let (from, to) = (x(place) - step * 0.38, x(place) + step * 0.38);
        canvas.block((from, frame.bottom - week.n_window * scale), (to, frame.bottom), colour);
    }
    canvas.text((frame.left - 8.0, frame.bottom - 6.0), Right, TICK, "0")?;
    if max > 0.0 {
        let text = round_to(max, usize::from(max < 10.0)).to_string();
        canvas.fitted((frame.left - 8.0, frame.top - 5.0), Right, TICK, 34.0, &text)?;
    }
    let right = frame.right + 8.0;
    let now = weeks.last().map_or(0.0, |week| week.n_window);
    let strong = TextStyle { bold: true, colour: HIGHLIGHT, ..TICK };
    canvas.fitted((right, frame.top), Left, strong, 88.0, &format!("now {}", round_to(now, 1)))?;
    if let Some(comparison) = &explanation.surge.comparison {
        // Expected reports, as a line over the last bar.
        let y = frame.bottom - comparison.expected.min(max) * scale;
        let at = x(weeks.len().saturating_sub(1));
        canvas.line(&[(at - step, y), (frame.right + 6.0, y)], INK, 1.5);
        let text = format!("expected {}", round_to(comparison.expected, 1));
        canvas.fitted((right, frame.top + 18.0), Left, TICK, 88.0, &text)?;
    }
    Ok(())
}

/// Draws the names of months below the bars.
fn months(canvas: &Canvas, weeks: &[Week], top: f64, x: impl Fn(usize) -> f64, step: f64) -> Drawn {
    let mut free = f64::NEG_INFINITY;
    for (place, pair) in weeks.windows(2).enumerate() {
        let (before, date) = (pair[0].as_of.date(), pair[1].as_of.date());
        if before.month() != date.month() {
            let at = x(place + 1) - step / 2.0;
            canvas.line(&[(at, top), (at, top + 6.0)], FAINT, 1.0);
            let text = if date.month() == 1 { date.strftime("%b %Y") } else { date.strftime("%b") }.to_string();
            // A month that would overlap its neighbour is left out.
            if at >= free {
                canvas.text((at + 4.0, top + 5.0), Left, TICK, &text)?;
                free = at + canvas.width(TICK, &text)?;
            }
        }
    }
    Ok(())
}

/// Colour of the band of a level.
fn pale(rag: Rag, rank: usize) -> Rgb {
    match (rag, rank.is_multiple_of(2)) {
        (Rag::Green, true) => [0xf3, 0xf7, 0xf2],
        (Rag::Green, false) => [0xe4, 0xee, 0xe3],
        (Rag::Amber, true) => [0xfd, 0xf1, 0xd6],
        (Rag::Amber, false) => [0xfa, 0xe1, 0xae],
        (Rag::Red, true) => [0xf9, 0xdf, 0xda],
        (Rag::Red, false) => [0xf2, 0xc3, 0xbb],
    }
}

/// Colour of the level of a week.
fn strong(rag: Rag) -> Rgb {
    match rag {
        Rag::Green => [0xcf, 0xe3, 0xd1],
        Rag::Amber => [0xf0, 0xb2, 0x4e],
        Rag::Red => [0xd9, 0x5f, 0x52],
    }
}
