//! Changes between two dates, by cell and by level.

use h3o::CellIndex;

use super::level::{Level, LevelRule};
use super::method::Method;
use super::{CellScore, Scores, Status};
use crate::incident::Day;

/// Change of one cell.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct CellChange {
    /// Cell.
    pub cell: CellIndex,
    /// Score now minus score then; absent where either date has no data.
    pub score: Option<f64>,
    /// Level then; absent where nothing was scored.
    pub before: Option<Level>,
    /// Level now; absent where nothing was scored.
    pub now: Option<Level>,
}

impl CellChange {
    /// Levels by which tension rose, below 0 if it fell; absent where either date has no level.
    #[must_use]
    pub fn levels(&self) -> Option<i32> {
        let rank = |level: Level| i32::try_from(level.rank()).unwrap_or(0);
        Some(rank(self.now?) - rank(self.before?))
    }
}

/// Changes since an earlier date, on the same cells and with the same anchor.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Change {
    /// The earlier date.
    pub since: Day,
    /// One entry per study cell, sorted by cell.
    pub cells: Vec<CellChange>,
}

impl Scores {
    /// Changes since earlier scores of the same study area, comparable only with the same [anchor](super::Anchor).
    ///
    /// ```
    /// use tensionmap::{Engine, sample};
    /// let run = Engine::builder().as_of("2026-03-02").compare_to("2026-02-02").area(sample::boundary()).build()?
    ///     .incidents(sample::incidents())?.run()?;
    /// let change = run.change.as_ref().ok_or("no date to compare with")?;
    /// let rose = change.cells.iter().filter(|cell| cell.levels() > Some(0)).count();
    /// assert!(rose > 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Panics
    /// Panics if the two have different cells.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Change {
        assert_eq!(self.cells.len(), earlier.cells.len(), "expected the same cells");
        let change = |(now, before): (&CellScore, &CellScore)| {
            assert_eq!(now.cell, before.cell, "expected the same cells");
            let known = [now, before].iter().all(|cell| cell.status != Status::NoData);
            let score = known.then_some(now.score - before.score);
            CellChange { cell: now.cell, score, before: before.level, now: now.level }
        };
        Change { since: earlier.as_of, cells: self.cells.iter().zip(&earlier.cells).map(change).collect() }
    }
}

impl Change {
    /// Cells that entered this level, and cells that left it.
    #[must_use]
    pub fn of_level(&self, level: Level) -> (Vec<CellIndex>, Vec<CellIndex>) {
        let cells = |at: fn(&CellChange) -> Option<Level>, not: fn(&CellChange) -> Option<Level>| {
            let moved = self.cells.iter().filter(|cell| at(cell) == Some(level) && not(cell) != Some(level));
            moved.map(|cell| cell.cell).collect()
        };
        (cells(|cell| cell.now, |cell| cell.before), cells(|cell| cell.before, |cell| cell.now))
    }

    /// One sentence per level that any cell entered or left, most tense first, without the calmest.
    #[must_use]
    pub fn sentences(&self, method: &Method) -> Vec<String> {
        self.sentences_by_name(method, "cell", &|cell| cell.to_string())
    }

    /// Sentences of [`Self::sentences`] for another kind of place, with the names of places.
    pub(crate) fn sentences_by_name(
        &self,
        method: &Method,
        kind: &str,
        name: &dyn Fn(CellIndex) -> String,
    ) -> Vec<String> {
        const MAX_LISTED: usize = 5;
        let listed = |cells: &[CellIndex]| {
            let names: Vec<String> = cells.iter().take(MAX_LISTED).map(|&cell| name(cell)).collect();
            let more = cells.len().saturating_sub(MAX_LISTED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            if cells.is_empty() { "none".to_owned() } else { format!("{} ({}{more})", cells.len(), names.join(", ")) }
        };
        let since = self.since;
        let line = |rule: &LevelRule| {
            let (entered, left) = self.of_level(Level::numbered(&method.levels, rule.number)?);
            let moved = !entered.is_empty() || !left.is_empty();
            let (entered, left) = (listed(&entered), listed(&left));
            moved.then(|| format!("since {since}: entered {}: {entered}; left it: {left}", rule.name))
        };
        let lines: Vec<String> = method.levels.iter().skip(1).rev().filter_map(line).collect();
        let none =
            || vec![format!("since {since}: no {kind} changed to or from a level above {}", method.levels[0].name)];
        if lines.is_empty() { none() } else { lines }
    }
}
