//! Lanes of sources: buckets that are in the same group at every date of a sweep share one row of daily counts.

use rustc_hash::FxHashMap;

use super::sources::SourceHistory;
use super::windows::Windows;

/// Lanes of a sweep through dates.
#[derive(Debug)]
pub(super) struct Lanes<'a> {
    pub(super) history: &'a SourceHistory,
    /// Lane of each bucket; empty if all share one.
    of_bucket: Vec<usize>,
    /// Group of each lane, by date.
    groups: Vec<Vec<usize>>,
}

impl<'a> Lanes<'a> {
    pub(super) fn of(history: &'a SourceHistory, dates: &[Windows]) -> Self {
        if dates.iter().all(|date| date.groups.len() <= 1) {
            return Self { history, of_bucket: Vec::new(), groups: vec![vec![0]; dates.len()] };
        }
        let mut lanes: FxHashMap<Vec<usize>, usize> = FxHashMap::default();
        let mut of_bucket = Vec::with_capacity(history.len());
        let mut groups: Vec<Vec<usize>> = vec![Vec::new(); dates.len()];
        for bucket in 0..history.len() {
            let group = |date: &Windows| date.group_of.get(bucket).copied().unwrap_or(0);
            let signature: Vec<usize> = dates.iter().map(group).collect();
            let next = lanes.len();
            let lane = *lanes.entry(signature.clone()).or_insert(next);
            if lane == next {
                groups.iter_mut().zip(signature).for_each(|(groups, group)| groups.push(group));
            }
            of_bucket.push(lane);
        }
        Self { history, of_bucket, groups }
    }

    /// True if all sources share one lane at all dates.
    pub(super) fn is_one(&self) -> bool {
        self.of_bucket.is_empty()
    }

    /// Lane of a bucket.
    pub(super) fn of_bucket(&self, bucket: usize) -> usize {
        self.of_bucket.get(bucket).copied().unwrap_or(0)
    }

    /// Group of a lane at a date.
    #[inline]
    pub(super) fn group(&self, date: usize, lane: usize) -> usize {
        self.groups[date][lane]
    }
}
