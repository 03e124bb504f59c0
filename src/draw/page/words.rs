//! Words that pages share: dates, counts, subtitle and small print.

use std::collections::BTreeMap;
use std::fmt::Display;

use crate::font::isolated;
use crate::incident::Day;
use crate::layer::{DaySpan, Layer, Provenance, View};

/// A date as `2 March 2026`.
pub(super) fn long_date(day: Day) -> String {
    day.date().strftime("%-d %B %Y").to_string()
}

/// Subtitle of a page about one date.
pub(super) fn subtitle(layer: &Layer) -> String {
    let scores = layer.scores();
    let (from, to) = scores.window;
    let past = match scores.baseline {
        Some((from, _)) => format!("against each place's own past since {}", long_date(from)),
        None => "without a past to compare with".to_owned(),
    };
    format!("As of {}: reports of {} to {}, {past}", long_date(scores.as_of), long_date(from), long_date(to - 1))
}

/// Small print of every page about one date: counts, sources and method.
pub(super) fn foot(layer: &Layer) -> Vec<String> {
    let provenance = layer.provenance();
    vec![counts(provenance), sources(layer), method(provenance)]
}

/// Sources by their share of reports, and the attribution of data.
pub(super) fn sources(layer: &Layer) -> String {
    const MAX_SOURCES: usize = 5;
    let sources = &layer.provenance().sources;
    let mut shares: Vec<(&str, f64)> = sources.iter().map(|(name, share)| (name.as_str(), *share)).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    let rest: f64 = shares.iter().skip(MAX_SOURCES).map(|(_, share)| share).sum();
    let named = shares.iter().take(MAX_SOURCES).map(|(name, share)| format!("{} {}", isolated(name), percent(*share)));
    let others =
        (shares.len() > MAX_SOURCES).then(|| format!("{} others {}", shares.len() - MAX_SOURCES, percent(rest)));
    let named: Vec<String> = named.chain(others).collect();
    let reports = if named.is_empty() { "no report known by then".to_owned() } else { named.join(", ") };
    format!("Reports from: {reports}.{}", attribution(layer.view(), &layer.provenance().attributions))
}

/// Attribution, after a space each: that of the settings, or else those of publishers.
pub(super) fn attribution(view: &View, publishers: &[String]) -> String {
    let own = view.attribution.as_ref().map(std::slice::from_ref);
    own.unwrap_or(publishers).iter().map(|text| format!(" {}", isolated(text))).collect()
}

/// Reasons of quarantine with their counts, in brackets; empty if there are none.
pub(super) fn reasons(by_code: &BTreeMap<impl Display, u64>) -> String {
    let reasons: Vec<String> = by_code.iter().map(|(code, count)| format!("{code} {}", counted(*count))).collect();
    if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join(", ")) }
}

/// Counts of records, accepted and quarantined.
pub(super) fn counts(provenance: &Provenance) -> String {
    let reasons = reasons(&provenance.quarantined_by_code);
    format!(
        "Records: {} read = {} accepted + {} quarantined{reasons}; {} without position; {} recorded but without weight for tension; \
         {} outside {}; {} not yet known.",
        counted(provenance.read),
        counted(provenance.accepted),
        counted(provenance.quarantined),
        percent(provenance.unlocated_share),
        counted(provenance.without_weight),
        counted(provenance.outside_study_area),
        scored_extent(provenance),
        counted(provenance.not_known_at_as_of),
    )
}

/// Method, window and baseline of a page about one date.
fn method(provenance: &Provenance) -> String {
    let anchor = provenance.d_half.map_or_else(String::new, |d_half| format!("at {d_half} {}, ", provenance.density));
    let baseline = match &provenance.baseline {
        None => "no baseline".to_owned(),
        Some(span) => format!(
            "baseline {} to {} ({} covered days, dispersion {:.2})",
            span.from,
            last_day(span),
            span.covered_days,
            provenance.dispersion
        ),
    };
    let units = count_of_units(provenance);
    format!(
        "Method {} ({}): half intensity {anchor}{}; window {} to {} ({} covered days); {baseline}. {units}; \
         days of {}; exact counts (profile {}); tensionmap {}.",
        provenance.method,
        provenance.method_hash,
        provenance.d_half_from,
        provenance.window.from,
        last_day(&provenance.window),
        provenance.window.covered_days,
        provenance.time_zone,
        provenance.profile,
        provenance.tensionmap,
    )
}

/// Last day of a span, whose `to` is the day after it.
fn last_day(span: &DaySpan) -> String {
    span.to.parse::<Day>().map_or_else(|_| span.to.clone(), |to| (to - 1).to_string())
}

/// Name of the scored units.
pub(super) fn units(provenance: &Provenance) -> &'static str {
    if provenance.resolution.is_some() { "cells" } else { "areas" }
}

/// Name of all scored units together.
pub(super) fn scored_extent(provenance: &Provenance) -> &'static str {
    if provenance.resolution.is_some() { "the study area" } else { "every area" }
}

/// Number of scored units, with the resolution of cells.
pub(super) fn count_of_units(provenance: &Provenance) -> String {
    let resolution =
        provenance.resolution.map_or_else(String::new, |resolution| format!("H3 resolution {resolution}, "));
    format!("{resolution}{} {}", provenance.study_cells, units(provenance))
}

/// A count with its digits in groups of three.
pub(super) fn counted(n: u64) -> String {
    let digits = n.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}

/// A share as a percentage, one digit below ten.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent == 0.0 || percent >= 10.0 { format!("{percent:.0}%") } else { format!("{percent:.1}%") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_shares_read_well() {
        assert_eq!((counted(7), counted(1234), counted(141_592)), ("7".into(), "1,234".into(), "141,592".into()));
        assert_eq!((percent(0.0), percent(0.0249), percent(0.5)), ("0%".into(), "2.5%".into(), "50%".into()));
    }
}
