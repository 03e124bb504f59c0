//! Checks beside the cell's own counts: agreement of strands and sources, neighbours, and the conditions of each level.

use std::collections::BTreeMap;

use super::breakdown::RowWeight;
use super::sentences::{chance, chance_or_unknown, number};
use super::{
    CellOnDate, Condition, Corroboration, LevelCheck, Neighbour, SourceCount, SpreadBreakdown, StrandShare, Surge,
};
use crate::grid;
use crate::incident::Strand;
use crate::score::Status;
use crate::score::date_scores::DatedScore;
use crate::score::level::LevelRule;
use crate::score::profiles::is_grave;
use crate::score::surge::Effect;

impl CellOnDate<'_> {
    pub(super) fn corroboration(&self) -> Corroboration {
        let (score, method) = (self.score(), self.scoring.method);
        let strand = |(strand, &mass): (&Strand, &f64)| StrandShare {
            name: strand.id(),
            share: if score.mass > 0.0 { mass / score.mass } else { 0.0 },
            present: mass > 0.0 && mass >= method.strand_share * score.mass,
        };
        let strands: Vec<StrandShare> = Strand::ALL.iter().zip(&score.strands).map(strand).collect();
        let (from, to) = self.summary.windows.window;
        let mut counts = BTreeMap::<Option<String>, f64>::new();
        for weight in self.weights(self.row).filter(|weight| weight.profile.counts && weight.row.when.end > from) {
            *counts.entry(weight.class.source.clone()).or_default() += weight.row.within(from, to);
        }
        let unstated = counts.remove(&None).unwrap_or(0.0);
        let named = |(name, reports): (Option<String>, f64)| Some(SourceCount { name: name?, reports });
        let mut sources: Vec<SourceCount> = counts.into_iter().filter_map(named).collect();
        sources.sort_by(|a, b| b.reports.total_cmp(&a.reports).then(a.name.cmp(&b.name)));
        Corroboration {
            present: strands.iter().filter(|strand| strand.present).count(),
            strand_share: method.strand_share,
            strands,
            distinct: score.sources.max(1),
            sources,
            unstated,
        }
    }

    pub(super) fn spread(&self) -> SpreadBreakdown {
        let (area, spread_p) = (self.scoring.area, self.scoring.method.spread_p);
        let neighbour = |cell| {
            let row = area.row(cell);
            let found = row.map(|row| &self.scores[row]);
            let by_effect = found.and_then(DatedScore::effect).and_then(Effect::p_exceed);
            let p_exceed =
                by_effect.or_else(|| row.and_then(|row| self.compared(row)).map(|(_, _, ratio)| ratio.p_exceed));
            Neighbour {
                cell,
                under_study: row.is_some(),
                status: found.map(|found| found.status),
                score: found.map(|found| found.score),
                n_window: found.map(|found| found.n_window),
                p_exceed,
                rising: p_exceed.is_some_and(|p| p >= spread_p),
            }
        };
        let neighbours: Vec<Neighbour> = grid::disk(area.cells()[self.row], 1).into_iter().map(neighbour).collect();
        SpreadBreakdown {
            under_study: neighbours.iter().filter(|neighbour| neighbour.under_study).count(),
            rising: neighbours.iter().filter(|neighbour| neighbour.rising).count(),
            spread_p,
            neighbours,
        }
    }

    pub(super) fn levels(&self, surge: &Surge, corroboration: &Corroboration) -> Vec<LevelCheck> {
        let check = |rule: &LevelRule| {
            let conditions = self.conditions(rule, surge, corroboration);
            let assessor_only = rule.least().is_none();
            let reached =
                !assessor_only && self.score().status == Status::Scored && conditions.iter().all(|one| one.met);
            let name = rule.name.clone();
            LevelCheck { number: rule.number, name, rag: rule.rag, assessor_only, reached, conditions }
        };
        self.scoring.method.levels.iter().map(check).collect()
    }

    fn conditions(&self, rule: &LevelRule, surge: &Surge, corroboration: &Corroboration) -> Vec<Condition> {
        let evidence = rule.evidence.map(|needed| self.evidence_condition(needed));
        let score = rule.score.map(|needed| self.score_condition(needed));
        let p_exceed = (rule.p_exceed > 0.0).then(|| p_exceed_condition(rule.p_exceed, surge));
        let reports = rule.enough_reports.then(|| self.reports_condition());
        let corroborated = rule.corroborated.then(|| corroboration_condition(corroboration));
        [evidence, score, p_exceed, reports, corroborated].into_iter().flatten().collect()
    }

    fn evidence_condition(&self, needed: f64) -> Condition {
        let found = self.score().evidence.map(|evidence| evidence.total);
        let words = format!(
            "evidence {needed:.1} or more ({})",
            found.map_or_else(|| "none".to_owned(), |e| format!("{e:.1}"))
        );
        Condition { kind: "evidence", needed, found, met: found.is_some_and(|found| found >= needed), words }
    }

    fn score_condition(&self, needed: f64) -> Condition {
        let found = self.score().score;
        let words = format!("score {} or more ({found:.1})", number(needed));
        Condition { kind: "score", needed, found: Some(found), met: found >= needed, words }
    }

    fn reports_condition(&self) -> Condition {
        let (score, from) = (self.score(), self.summary.windows.window.0);
        let is_grave =
            |weight: RowWeight<'_>| weight.profile.counts && weight.row.when.end > from && is_grave(weight.class);
        let grave = self.weights(self.row).any(is_grave);
        let waived = if score.sparse && grave { ", but one of the gravest, graded 1A or 1B" } else { "" };
        let (needed, found) = (self.scoring.method.sparse_below, score.n_window);
        let words = format!("{} reports or more in the window ({}{waived})", number(needed), number(found));
        Condition { kind: "reports", needed, found: Some(found), met: !score.sparse || grave, words }
    }
}

fn p_exceed_condition(needed: f64, surge: &Surge) -> Condition {
    let found = surge.comparison.as_ref().map(|comparison| comparison.p_exceed);
    let words = format!("chance of a rise {} or more ({})", chance(needed), chance_or_unknown(found));
    Condition { kind: "p_exceed", needed, found, met: found.is_some_and(|p| p >= needed), words }
}

fn corroboration_condition(corroboration: &Corroboration) -> Condition {
    let (strands, sources) = (corroboration.present, corroboration.distinct);
    #[allow(clippy::cast_possible_truncation, reason = "there are three strands")]
    let found = f64::from((strands as u32).max(sources));
    let words = format!("two strands or two sources (strands {strands}, sources {sources})");
    Condition { kind: "corroboration", needed: 2.0, found: Some(found), met: found >= 2.0, words }
}
