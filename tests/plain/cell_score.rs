//! One cell at one date: components, score and level, from its observations and its neighbours.

use std::cell::Cell;

use tensionmap::Status;
use tensionmap::unstable::score::LevelRule;

use super::{Mixed, PlainCell, PlainObserved, Ratio, World};

/// Inputs of the cells at one date, for the plain score.
pub(super) struct PlainScorer<'a> {
    pub(super) world: &'a World,
    pub(super) window_days: usize,
    pub(super) d_half: Option<f64>,
    pub(super) ratios: &'a [Option<Ratio>],
    pub(super) is_close: Cell<bool>,
}

impl PlainScorer<'_> {
    fn reaches(&self, value: f64, min: f64) -> bool {
        if (value - min).abs() < 1e-9 {
            self.is_close.set(true);
        }
        value >= min
    }

    pub(super) fn cell(&self, row: usize, own: &PlainObserved, (strands, categories): Mixed) -> PlainCell {
        let World { method, context, .. } = self.world;
        let mass: f64 = strands.iter().sum();
        let density = mass / self.world.size(row);
        let s = strands.iter().filter(|&&part| part > 0.0 && self.reaches(part / mass, method.strand_share)).count();
        let q = own.sources.len();
        let ratio = self.ratios[row];
        let near = self.world.near(row, 1);
        let is_rising =
            |row: &&usize| self.ratios[**row].is_some_and(|ratio| self.reaches(ratio.p_exceed(), method.spread_p));
        let rising = near.iter().filter(is_rising).count();
        let u = [
            ratio.map_or(0.0, |ratio| ratio.quantile(0.05).log2().clamp(0.0, 1.0)),
            self.d_half.map_or(0.0, |d_half| 1.0 - (-density / d_half).exp2()),
            if s == 0 { 0.0 } else { ((s - 1) + (q.clamp(1, 4) - 1)) as f64 / 5.0 },
            if near.is_empty() { 0.0 } else { rising as f64 / near.len() as f64 },
            context.as_ref().and_then(|context| context[row]).unwrap_or(0.0) / 100.0,
        ];
        let most = method.points;
        let rest = 1.0 - most.context / 100.0;
        let most =
            [most.surge * rest, most.intensity * rest, most.corroboration * rest, most.spread * rest, most.context];
        let points: [f64; 5] = std::array::from_fn(|part| most[part] * u[part]);
        let score = points.iter().sum();
        // A coming event is a report too.
        let is_silent = own.window <= 0.0 && own.baseline <= 0.0 && own.strands[2] <= 0.0;
        let status = match (self.window_days, is_silent) {
            (0, _) => Status::NoData,
            (_, true) => Status::NoReports,
            _ => Status::Scored,
        };
        // Parts of months add up to whole reports but for their last digits.
        let sparse = own.window < method.sparse_below - 1e-9;
        let reached = |level: &LevelRule| {
            level.score.is_some_and(|least| least <= 0.0 || self.reaches(score, least))
                && (level.p_exceed <= 0.0 || ratio.is_some_and(|ratio| self.reaches(ratio.p_exceed(), level.p_exceed)))
                && (!level.enough_reports || !sparse || own.is_grave)
                && (!level.corroborated || s >= 2 || q >= 2)
        };
        let highest = method.levels.iter().rposition(reached).unwrap_or(0);
        PlainCell {
            score,
            points,
            u_intensity: u[1],
            density,
            strands,
            categories,
            window: own.window,
            baseline: own.baseline,
            sources: q,
            sparse,
            status,
            ratio,
            raw: (status == Status::Scored).then_some(highest),
        }
    }
}
