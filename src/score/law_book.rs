//! Laws and cuts of earlier dates, kept for the dates that share them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::evidence::Laws;
use super::sweep::CutSpan;
use crate::incident::Day;

/// Laws that were fitted already, by date, and spans of the cut.
#[derive(Debug, Default)]
pub(super) struct LawBook {
    pub(super) laws: BTreeMap<Day, Arc<Laws>>,
    pub(super) cuts: BTreeMap<Day, CutSpan>,
}
