//! What the cell is judged by beside its own counts: who agrees, what the neighbours do, which levels it meets.

use std::collections::BTreeMap;

use super::words::{chance, number};
use super::{Condition, Corroboration, LevelCheck, Neighbour, Now, SourceCount, Spread, StrandShare, Surge};
use crate::grid;
use crate::incident::Strand;
use crate::score::Status;
use crate::score::level::LevelRule;
use crate::score::pass::is_grave;

impl Now<'_> {
    pub(super) fn corroboration(&self) -> Corroboration {
        let (moment, method) = (self.moment(), self.scoring.method);
        let strand = |(strand, &mass): (&Strand, &f64)| StrandShare {
            name: strand.id(),
            share: if moment.mass > 0.0 { mass / moment.mass } else { 0.0 },
            present: mass > 0.0 && mass >= method.strand_share * moment.mass,
        };
        let strands: Vec<StrandShare> = Strand::ALL.iter().zip(&moment.strands).map(strand).collect();
        let (from, to) = self.date.windows.window;
        let mut counts = BTreeMap::<Option<String>, f64>::new();
        for weight in self.weights(self.row).filter(|weight| weight.counts() && weight.when().end > from) {
            *counts.entry(weight.class.source.clone()).or_default() += weight.within(from, to);
        }
        let unstated = counts.remove(&None).unwrap_or(0.0);
        let named = counts.into_iter().filter_map(|(name, reports)| Some(SourceCount { name: name?, reports }));
        let mut sources: Vec<SourceCount> = named.collect();
        sources.sort_by(|a, b| b.reports.total_cmp(&a.reports).then(a.name.cmp(&b.name)));
        Corroboration {
            present: strands.iter().filter(|strand| strand.present).count(),
            strand_share: method.strand_share,
            strands,
            distinct: moment.sources.max(1),
            sources,
            unstated,
        }
    }

    pub(super) fn spread(&self) -> Spread {
        let (area, spread_p) = (self.scoring.area, self.scoring.method.spread_p);
        let neighbour = |cell| {
            let Some(row) = area.row(cell) else {
                let (status, score, n_window, p_exceed) = (None, None, None, None);
                return Neighbour { cell, under_study: false, status, score, n_window, p_exceed, rising: false };
            };
            let moment = &self.moments[row];
            let p_exceed = self.compared(row).map(|(_, _, ratio)| ratio.p_exceed);
            Neighbour {
                cell,
                under_study: true,
                status: Some(moment.status),
                score: Some(moment.score),
                n_window: Some(moment.n_window),
                p_exceed,
                rising: p_exceed.is_some_and(|p| p >= spread_p),
            }
        };
        let neighbours: Vec<Neighbour> = grid::disk(area.cells()[self.row], 1).into_iter().map(neighbour).collect();
        Spread {
            under_study: neighbours.iter().filter(|neighbour| neighbour.under_study).count(),
            rising: neighbours.iter().filter(|neighbour| neighbour.rising).count(),
            spread_p,
            neighbours,
        }
    }

    pub(super) fn levels(&self, surge: &Surge, corroboration: &Corroboration) -> Vec<LevelCheck> {
        let check = |rule: &LevelRule| {
            let conditions = self.conditions(rule, surge, corroboration);
            LevelCheck {
                number: rule.number,
                name: rule.name.clone(),
                rag: rule.rag,
                assessor_only: rule.score.is_none(),
                reached: self.moment().status == Status::Scored
                    && rule.score.is_some()
                    && conditions.iter().all(|condition| condition.met),
                conditions,
            }
        };
        self.scoring.method.levels.iter().map(check).collect()
    }

    fn conditions(&self, rule: &LevelRule, surge: &Surge, corroboration: &Corroboration) -> Vec<Condition> {
        let (moment, method) = (self.moment(), self.scoring.method);
        let mut conditions = Vec::new();
        if let Some(needed) = rule.score {
            let words = format!("score {} or more ({:.1})", number(needed), moment.score);
            conditions.push(Condition {
                kind: "score",
                needed,
                found: Some(moment.score),
                met: moment.score >= needed,
                words,
            });
        }
        if rule.p_exceed > 0.0 {
            let found = surge.comparison.as_ref().map(|comparison| comparison.p_exceed);
            let told = found.map_or_else(|| "cannot be told".to_owned(), chance);
            conditions.push(Condition {
                kind: "p_exceed",
                needed: rule.p_exceed,
                found,
                met: found.is_some_and(|p| p >= rule.p_exceed),
                words: format!("chance of a rise {} or more ({told})", chance(rule.p_exceed)),
            });
        }
        if rule.enough_reports {
            let from = self.date.windows.window.0;
            let grave = self
                .weights(self.row)
                .any(|weight| weight.counts() && weight.when().end > from && is_grave(weight.class));
            let waived = if moment.sparse && grave { ", but one of the gravest, graded 1A or 1B" } else { "" };
            let (needed, found) = (method.sparse_below, moment.n_window);
            conditions.push(Condition {
                kind: "reports",
                needed,
                found: Some(found),
                met: !moment.sparse || grave,
                words: format!("{} reports or more in the window ({}{waived})", number(needed), number(found)),
            });
        }
        if rule.corroborated {
            let (strands, sources) = (corroboration.present, corroboration.distinct);
            #[allow(clippy::cast_possible_truncation, reason = "there are three strands")]
            let found = f64::from((strands as u32).max(sources));
            conditions.push(Condition {
                kind: "corroboration",
                needed: 2.0,
                found: Some(found),
                met: found >= 2.0,
                words: format!("two strands or two sources (strands {strands}, sources {sources})"),
            });
        }
        conditions
    }
}
