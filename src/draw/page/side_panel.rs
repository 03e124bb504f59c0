//! The words beside a map: key, cells that stand out with reasons, gaps in the data.

use super::key::MapKey;
use super::layout::PageLayout;
use super::prose;
use super::style::{BODY, GAP, HEAD, HEADING, MARK, SMALL};
use super::words::{counted, long_date, percent, scored_extent, units};
use crate::code::Code;
use crate::draw::canvas::{Canvas, Drawn, Left, PageRect, TextStyle};
use crate::draw::map::labels::LabelCount;
use crate::draw::map::marks;
use crate::font::isolated;
use crate::incident::Day;
use crate::layer::{Layer, Provenance};
use crate::rounding::times;
use crate::score::evidence_words::{beside_usual, by_chance, whole_area};
use crate::score::{Absence, AbsentSource, CellScore, Evidence};

/// A cell that stands out, and the reasons in lines.
pub(super) struct PanelEntry<'a> {
    cell: &'a CellScore,
    why: Vec<String>,
}

const UNKNOWN: &str = "What is not known";
/// Maximum cells that are named.
const MAX_ENTRIES: usize = 5;

/// The cells to name, as many as leave room for the unknowns.
pub(super) fn entries<'a>(
    canvas: &Canvas,
    layer: &'a Layer,
    keys: &[MapKey<'_>],
    layout: &PageLayout,
) -> Drawn<Vec<PanelEntry<'a>>> {
    let frame = layout.more_words(layout.words().top);
    let width = frame.width();
    let [above, others] = min_heights(canvas, layer, keys, width)?;
    let above = if layout.is_beside() { above } else { 0.0 };
    let mut left = frame.height() - above - (others - NOTHING_STANDS_OUT);
    let mut entries = Vec::new();
    for cell in candidates(layer).into_iter().take(MAX_ENTRIES) {
        let text = format!("{}{}", assessment_and_change(layer, cell), reasons(layer, cell));
        let why = canvas.lines(width - 40.0, SMALL, &text)?;
        left -= entry_height(&why);
        if left < 0.0 {
            break;
        }
        entries.push(PanelEntry { cell, why });
    }
    Ok(entries)
}

/// Cells to name, by priority: assessed ones, most tense first, then those that stand out.
fn candidates(layer: &Layer) -> Vec<&CellScore> {
    let scores = layer.scores();
    let set = |row: usize| layer.assessments().and_then(|standing| standing.cells[row]).map(|(level, _)| level);
    let mut assessed: Vec<usize> = (0..scores.cells.len()).filter(|&row| set(row).is_some()).collect();
    // An assessment may cover a large area: its cells with the highest scores come first.
    assessed.sort_by(|&a, &b| set(b).cmp(&set(a)).then(scores.cells[b].score.total_cmp(&scores.cells[a].score)));
    let mut cells: Vec<&CellScore> =
        assessed.into_iter().take(MAX_ENTRIES / 2 + 1).map(|row| &scores.cells[row]).collect();
    for cell in scores.standing_out() {
        if !cells.iter().any(|other| other.cell == cell.cell) {
            cells.push(cell);
        }
    }
    cells
}

/// Row of a cell.
fn row(layer: &Layer, cell: &CellScore) -> Option<usize> {
    layer.scores().cells.binary_search_by_key(&cell.cell, |other| other.cell).ok()
}

/// The assessed level of a cell, and the change of its score.
fn assessment_and_change(layer: &Layer, cell: &CellScore) -> String {
    let mut text = String::new();
    let row = row(layer, cell);
    let set = row.and_then(|row| layer.assessments().map(|standing| (standing, standing.cells[row])));
    if let Some((standing, Some((level, entry)))) = set {
        let entry = &standing.entries[entry];
        let name = layer.level_name(level);
        let [name, assessor, reason] = [name, &entry.assessor, &entry.reason].map(isolated);
        text += &format!("Set to {} {name} by {assessor} on {}: {reason}. ", entry.level, entry.date);
    }
    let change = row.and_then(|row| layer.change().map(|change| (change, change.cells[row])));
    if let Some((change, Some(points))) = change.map(|(change, cell)| (change, cell.score)) {
        text += &format!("{points:+.0} points since {}. ", change.since);
    }
    text
}

/// Number and row of each entry's cell.
pub(super) fn numbered_rows(entries: &[PanelEntry<'_>], layer: &Layer) -> Vec<(usize, usize)> {
    let row = |entry: &PanelEntry<'_>| row(layer, entry.cell);
    (1..).zip(entries).filter_map(|(number, entry)| Some((number, row(entry)?))).collect()
}

fn entry_height(why: &[String]) -> f64 {
    30.0 + why.len() as f64 * SMALL.leading()
}

/// Draws the keys, the cells that stand out, and the unknowns.
pub(super) fn draw(
    canvas: &Canvas,
    layer: &Layer,
    keys: &[MapKey<'_>],
    named: &[LabelCount],
    entries: &[PanelEntry<'_>],
    layout: &PageLayout,
) -> Drawn {
    let frame = layout.words();
    let mut top = frame.top;
    for key in keys {
        top = key.draw(canvas, named, PageRect { top, ..frame })? + GAP;
    }
    let frame = layout.more_words(top);
    let top = standing_out(canvas, layer, entries, frame)? + GAP;
    draw_unknowns(canvas, layer, UNKNOWN, PageRect { top, ..frame })
}

/// Height of the text if no cell stands out.
const NOTHING_STANDS_OUT: f64 = 46.0;

/// Minimum heights of the keys, and of the other words without a named cell.
pub(super) fn min_heights(canvas: &Canvas, layer: &Layer, keys: &[MapKey<'_>], width: f64) -> Drawn<[f64; 2]> {
    let keys = keys.iter().map(|key| key.height() + GAP).sum();
    let unknowns = height_of_unknowns(canvas, layer.provenance(), width)?;
    let area = match area_words(layer) {
        Some(words) => canvas.lines(width, SMALL, &words)?.len() as f64 * SMALL.leading() + AREA_GAP,
        None => 0.0,
    };
    Ok([keys, HEADING + area + NOTHING_STANDS_OUT + GAP + unknowns])
}

/// Distance below the sentence about the whole area.
const AREA_GAP: f64 = 6.0;

/// The whole area beside its usual, which the evidence of places allows for.
fn area_words(layer: &Layer) -> Option<String> {
    let factor = layer.provenance().evidence.as_ref()?.area_factor?;
    let words = whole_area(factor);
    let (first, rest) = words.split_at(1);
    Some(format!("{}{rest}; places beyond that:", first.to_uppercase()))
}

fn heading(layer: &Layer) -> &'static str {
    let assessed = layer.assessments().is_some_and(|standing| !standing.entries.is_empty());
    if assessed { "Assessed, or stands out against its own past" } else { "Stands out against its own past" }
}

fn standing_out(canvas: &Canvas, layer: &Layer, entries: &[PanelEntry<'_>], frame: PageRect) -> Drawn<f64> {
    let (left, mut top, width) = (frame.left, frame.top, frame.width());
    canvas.fitted((left, top), Left, HEAD, width, heading(layer))?;
    top += HEADING;
    if let Some(words) = area_words(layer) {
        top = canvas.paragraph((left, top), width, SMALL, &words)? + AREA_GAP;
    }
    if entries.is_empty() {
        let why = match (&layer.provenance().baseline, layer.scores().window_days) {
            (_, 0) => "The data covers none of these days.".to_owned(),
            (None, _) if layer.scores().misses_sources() => {
                "The sources that report here are missing: nothing can be compared.".to_owned()
            }
            (None, _) => "There is too little history to compare a place with its own past.".to_owned(),
            (Some(_), _) => {
                let place = if layer.areas().is_some() { "area" } else { "cell" };
                if layer.scores().has_evidence() {
                    format!("No {place} has more reports than chance brings to calm ones.")
                } else {
                    let least = layer.provenance().sparse_below;
                    format!("No {place} with {least} or more reports is credibly above its own past.")
                }
            }
        };
        return canvas.paragraph((left, top), width, BODY, &why);
    }
    for (rank, entry) in entries.iter().enumerate() {
        marks::disk(canvas, (left + 13.0, top + 8.0), rank + 1, MARK)?;
        let level = entry.cell.level.map_or("", |level| layer.level_name(level));
        let (name, score, style) =
            (layer.place_name(entry.cell.cell), entry.cell.score, TextStyle { bold: true, ..BODY });
        let name = if canvas.can_draw(style, &name) { name } else { layer.place_id(entry.cell.cell) };
        let title = format!("{}: {score:.0} points, {}", isolated(&name), isolated(level));
        canvas.fitted((left + 40.0, top), Left, style, width - 40.0, &title)?;
        for (row, line) in entry.why.iter().enumerate() {
            canvas.text((left + 40.0, top + 22.0 + row as f64 * SMALL.leading()), Left, SMALL, line)?;
        }
        top += entry_height(&entry.why);
    }
    Ok(top)
}

/// The reasons for a cell's score by evidence: what came, how often chance brings as much, what its neighbours say.
fn reasons_by_evidence(layer: &Layer, cell: &CellScore, evidence: &Evidence) -> String {
    let by_month = layer.scores().by_month;
    let month = by_month.then_some(layer.scores().window.0);
    let days: Vec<i32> = layer.provenance().evidence.iter().flat_map(|basis| basis.windows.iter().copied()).collect();
    let (came, chance) = (beside_usual(evidence, cell.reports, &days, month), by_chance(evidence.alone, by_month));
    let neighbours = match cell.spread {
        points if points >= 0.5 => " Its neighbours are up as well.",
        points if points <= -0.5 => " Its neighbours are calm.",
        _ => "",
    };
    let main = main_category(cell);
    format!("{came}; {chance}.{neighbours}{main}")
}

/// The category with most of the intensity.
fn main_category(cell: &CellScore) -> String {
    cell.categories.first().map_or_else(String::new, |(category, share)| {
        format!(" Mostly {} ({}).", category.id().replace('_', " "), percent(*share))
    })
}

/// The reasons for a cell's score, in three short sentences.
fn reasons(layer: &Layer, cell: &CellScore) -> String {
    if let Some(evidence) = &cell.evidence {
        return reasons_by_evidence(layer, cell, evidence);
    }
    let past = cell.ratio.map_or_else(String::new, |ratio| {
        let [rr, lo, hi] = [ratio.rr, ratio.lo, ratio.hi].map(|ratio| times(ratio, 1));
        let (n, expected) = (cell.n_window, ratio.expected);
        format!("{n:.0} reports, {expected:.0} expected: {rr} times its past rate (90% range {lo} to {hi}). ")
    });
    let parts = [
        ("surge", cell.surge),
        ("intensity", cell.intensity),
        ("corroboration", cell.corroboration),
        ("spread", cell.spread),
    ];
    let parts = parts.iter().filter(|(_, p)| *p >= 0.5).map(|(name, p)| format!("{name} {p:.0}"));
    let main = main_category(cell);
    format!("{past}Points: {}.{main}", parts.collect::<Vec<_>>().join(", "))
}

/// Draws the gaps in the data of a layer's date.
pub(super) fn draw_unknowns(canvas: &Canvas, layer: &Layer, heading: &str, frame: PageRect) -> Drawn {
    prose::bullets(canvas, heading, &unknowns(layer.provenance()), frame)
}

/// Height of [`draw_unknowns`] in a column.
pub(super) fn height_of_unknowns(canvas: &Canvas, provenance: &Provenance, width: f64) -> Drawn<f64> {
    prose::height_of_bullets(canvas, &unknowns(provenance), width)
}

/// Gaps in the data, of whom, since when: a reader must know them first.
fn gaps(provenance: &Provenance) -> Vec<String> {
    let Some(evidence) = &provenance.evidence else { return Vec::new() };
    let mut lines = Vec::new();
    if let Some(until) = provenance.window.to.parse::<Day>().ok().filter(|_| provenance.window.to < provenance.as_of) {
        let (last, month) = (long_date(until - 1), until.date().strftime("%B %Y"));
        lines.push(format!("{month} has not arrived: levels are as of {last}."));
    }
    let has_past = provenance.baseline.is_some();
    let told = evidence.absent.iter().filter(|absent| has_past || absent.absence != Absence::NoPast);
    let sentence = |absent: &AbsentSource| absent.sentence().replace(&*absent.source, &isolated(&absent.source));
    lines.extend(told.map(|absent| format!("{}.", sentence(absent))));
    let misses = evidence.absent.iter().any(|absent| matches!(absent.absence, Absence::Missing(_)));
    if provenance.baseline.is_none() && !misses {
        lines.push(
            "There is too little past to say what is usual: no place has a level, and colours show intensity."
                .to_owned(),
        );
    }
    lines
}

/// Doubts about dates, and about the data as a whole.
fn doubts(provenance: &Provenance) -> Vec<String> {
    let count = |code: Code| provenance.warnings_by_code.get(code.id()).copied().unwrap_or(0);
    let are_set_aside = |n: u64, beside: &str| {
        let reports = if n == 1 { "1 report is".to_owned() } else { format!("{} reports are", counted(n)) };
        (n > 0).then(|| format!("{reports} dated far {beside} all others and set aside."))
    };
    let part = || "The data may be only a part of what was reported: the notices of the run say why.".to_owned();
    let dates = [are_set_aside(count(Code::LateDate), "after"), are_set_aside(count(Code::EarlyDate), "before")];
    dates.into_iter().flatten().chain((count(Code::Part) > 0).then(part)).collect()
}

fn unknowns(provenance: &Provenance) -> Vec<String> {
    let (units, extent) = (units(provenance), scored_extent(provenance));
    let Provenance { study_cells, sparse_cells, silent_cells, sparse_below, window, .. } = provenance;
    let mut lines: Vec<String> = provenance.above_limit.iter().cloned().chain(gaps(provenance)).collect();
    if window.covered_days == 0 {
        lines.push("Anything about these days: the data has none of them, and the map shows no calm.".to_owned());
    } else if provenance.evidence.is_some() {
        lines.push(format!(
            "{silent_cells} of {study_cells} {units} have no report that carries weight, which is not calm."
        ));
    } else {
        lines.push(format!(
            "{silent_cells} of {study_cells} {units} have no report that counts: nobody told us, which says nothing of how people \
             feel."
        ));
        lines.push(format!("{sparse_cells} more have fewer than {sparse_below} reports in the window."));
    }
    // "0 more" says nothing.
    lines.retain(|line| !line.starts_with("0 "));
    if provenance.unlocated_share > 0.0 {
        let (share, unit) = (percent(provenance.unlocated_share), &units[..units.len() - 1]);
        lines.push(format!("{share} of the records have no position and are in no {unit}."));
    }
    let coarse = provenance.quarantined_by_code.get(Code::Coarse.id()).copied().unwrap_or(0);
    if coarse > 0 {
        let unit = &units[..units.len() - 1];
        lines.push(format!(
            "{} reports are known to no more than ground larger than a {unit} and are in none.",
            counted(coarse)
        ));
    }
    match provenance.outside_study_area {
        0 => {}
        1 => lines.push(format!("1 report lies outside {extent}.")),
        outside => lines.push(format!("{} reports lie outside {extent}.", counted(outside))),
    }
    lines.extend(doubts(provenance));
    if provenance.sources.len() == 1 {
        let source = provenance.sources.keys().next().map_or("", String::as_str);
        lines.push(format!("All reports come from one source ({}): nothing corroborates them.", isolated(source)));
    }
    lines
}
