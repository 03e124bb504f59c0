//! An explanation as a page of text.

use std::fmt;

use super::sentences::{chance_or_unknown, counted, long_date, number, percent};
use super::{Condition, Explanation, IntensityPart, LevelCheck, Week};
use crate::score::Status;
use crate::visible::visible;

/// Maximum characters of a line.
const MAX_LINE_CHARS: usize = 100;
const INDENT: &str = "  ";

impl fmt::Display for Explanation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cell, lat, lng, .. } = self;
        writeln!(out, "Cell {cell}, centre at {lat:.4}, {lng:.4}, as of {}", long_date(self.as_of))?;
        writeln!(out, "{}", self.headline())?;
        writeln!(out, "\nPoints")?;
        for component in &self.points {
            let (points, most, u) = (component.points, number(component.most), component.u);
            writeln!(out, "{INDENT}{:<14}{points:>6.2} of {most:>4}   {u:.3} full", component.name)?;
        }
        writeln!(out, "{INDENT}{:<14}{:>6.2} of  100", "score", self.score)?;
        for (heading, words) in self.sections() {
            writeln!(out, "\n{heading}")?;
            paragraph(out, "", &words)?;
            match heading {
                "Evidence" => self.evidence.iter().try_for_each(|evidence| paragraph(out, "", &evidence.numbers()))?,
                "Surge" if self.surge.comparison.is_some() && self.evidence.is_none() => {
                    paragraph(out, "", &self.surge.numbers())?;
                }
                "Intensity" => self.breakdowns(out)?,
                "Spread" => self.neighbours(out)?,
                "Level" if self.status == Status::Scored => self.conditions(out)?,
                _ => {}
            }
        }
        self.weeks(out)?;
        writeln!(out, "\nWhat is not known")?;
        self.not_known.iter().try_for_each(|line| paragraph(out, "- ", line))
    }
}

impl Explanation {
    fn breakdowns(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let intensity = &self.intensity;
        let tables: [(&str, &[IntensityPart]); 4] = [
            ("by strand", &intensity.strands),
            ("by category", &intensity.categories),
            ("by source", &intensity.sources),
            ("by age", &intensity.ages),
        ];
        for (name, parts) in tables {
            writeln!(out, "{INDENT}{name:<30}{:>9}{:>11}{:>10}{:>8}", "reports", "in window", "mass", "share")?;
            for part in parts {
                let (reports, in_window) = (number(part.reports), number(part.in_window));
                let (label, mass, share) = (shortened(&visible(&part.label()), 27), part.mass, percent(part.share));
                writeln!(out, "{INDENT}  {label:<28}{reports:>9}{in_window:>11}{mass:>10.2}{share:>8}")?;
            }
        }
        Ok(())
    }

    fn neighbours(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for neighbour in &self.spread.neighbours {
            let what = match (neighbour.status, neighbour.score, neighbour.n_window) {
                (Some(Status::NoReports), ..) => "no report that counts".to_owned(),
                (Some(Status::NoData), ..) => "no data for these days".to_owned(),
                (Some(Status::Scored), Some(score), Some(n)) => {
                    let (reports, chance) = (counted(n, "report"), chance_or_unknown(neighbour.p_exceed));
                    let rising = if neighbour.rising { ": rising" } else { "" };
                    format!("{score:>4.0} points, {reports} in the window, chance of a rise {chance}{rising}")
                }
                _ => "outside the study area".to_owned(),
            };
            writeln!(out, "{INDENT}{}  {what}", neighbour.cell)?;
        }
        Ok(())
    }

    fn conditions(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for level in &self.levels {
            let condition = |part: &Condition| format!("{}: {}", part.words, if part.met { "met" } else { "not met" });
            let conditions: Vec<String> = level.conditions.iter().map(condition).collect();
            let what = if level.assessor_only { "for a named assessor".to_owned() } else { conditions.join("; ") };
            paragraph(out, &format!("{:<11} ", level.label()), &what)?;
        }
        let raw = |week: &Week| {
            let level = week.raw_level.and_then(|level| self.level_check(level));
            format!("{} {}", week.as_of, level.map_or_else(|| "no level".to_owned(), LevelCheck::label))
        };
        let earlier: Vec<String> = self.earlier.iter().map(raw).collect();
        if earlier.is_empty() {
            return Ok(());
        }
        paragraph(out, "", &format!("Weeks before, by themselves: {}.", earlier.join(", ")))
    }

    fn weeks(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = "oldest first; - is no report, . no data";
        writeln!(out, "\nHistory: score at weekly dates with the same anchor, {key}")?;
        for weeks in self.history.chunks(13) {
            let scores: Vec<String> = weeks.iter().map(|week| format!("{:>5}", week_score(week))).collect();
            let from = weeks.first().map_or_else(String::new, |week| week.as_of.to_string());
            writeln!(out, "{INDENT}from {from} {}", scores.concat())?;
        }
        let scored = self.history.iter().filter(|week| week.status == Status::Scored);
        if let Some(week) = scored.max_by(|a, b| a.score.total_cmp(&b.score)) {
            let (date, n) = (long_date(week.as_of), counted(week.n_window, "report"));
            writeln!(out, "{INDENT}highest: {:.0} points on {date}, with {n} in the window", week.score)?;
        }
        Ok(())
    }
}

fn week_score(week: &Week) -> String {
    match week.status {
        Status::Scored => format!("{:.0}", week.score),
        Status::NoReports => "-".to_owned(),
        Status::NoPast => "?".to_owned(),
        Status::NoData => ".".to_owned(),
    }
}

fn paragraph(out: &mut fmt::Formatter<'_>, lead: &str, text: &str) -> fmt::Result {
    writeln!(out, "{}", wrapped(&format!("{INDENT}{lead}"), text))
}

/// Wraps a text into lines of at most 100 characters, the first after `lead` and the rest indented by its length.
pub(crate) fn wrapped(lead: &str, text: &str) -> String {
    let indent = " ".repeat(lead.chars().count());
    let (mut lines, mut line, mut empty) = (Vec::new(), lead.to_owned(), true);
    for word in visible(text).split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > MAX_LINE_CHARS {
            lines.push(std::mem::replace(&mut line, indent.clone()));
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line += word;
        empty = false;
    }
    lines.push(line);
    lines.join("\n")
}

/// Shortens a name to at most `max` characters.
fn shortened(name: &str, max: usize) -> String {
    let cut = || name.chars().take(max - 1).chain(['…']).collect();
    if name.chars().count() <= max { name.to_owned() } else { cut() }
}
