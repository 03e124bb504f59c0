//! Words on where a run stands: share of the bytes, records in round figures, time left.

use std::time::{Duration, Instant};

use indicatif::HumanCount;

use crate::Progress;
use crate::visible::visible;

/// Least time after which the time left is estimated.
const FIRST: Duration = Duration::from_secs(2);
/// Least share done, in percent, from which the time left is estimated.
const MIN_PERCENT: u64 = 2;

/// Clock of one stage: an input that is read, or dates that are scored.
#[derive(Default)]
pub(super) struct StageClock(Option<(String, Instant)>);

impl StageClock {
    /// Line on where a run stands.
    pub(super) fn line(&mut self, progress: Progress<'_>) -> String {
        let stage = match progress {
            Progress::Reading { input, .. } => input,
            _ => "",
        };
        if self.0.as_ref().is_none_or(|(name, _)| name != stage) {
            self.0 = Some((stage.to_owned(), Instant::now()));
        }
        line(progress, self.0.as_ref().map_or(Duration::ZERO, |(_, begun)| begun.elapsed()))
    }
}

/// Line on where a run stands, so long after the stage began.
fn line(progress: Progress<'_>, elapsed: Duration) -> String {
    match progress {
        Progress::Reading { input, bytes, total: Some(total), accepted } => {
            let percent = percent(bytes, total);
            let (input, accepted, left) = (visible(input), round(accepted), left(bytes, total, elapsed));
            format!("reading {input}: {percent:>3} %, {accepted} records accepted{left}")
        }
        Progress::Reading { input, accepted, .. } => {
            format!("reading {}: {} records accepted", visible(input), round(accepted))
        }
        Progress::Preparing { .. } => "preparing the study area".to_owned(),
        Progress::Scoring { done, total } => {
            format!("scoring: {done} of {total} dates{}", left(done as u64, total as u64, elapsed))
        }
        Progress::Testing { statistic } => format!("computing {statistic}"),
        Progress::Writing { results: 1 } => "writing 1 result".to_owned(),
        Progress::Writing { results } => format!("writing {results} results"),
    }
}

fn percent(done: u64, total: u64) -> u64 {
    (u128::from(done) * 100 / u128::from(total.max(1))).min(100) as u64
}

/// A number of at most three figures and its unit; all of them below 10,000.
fn round(n: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1_000_000_000, "billion"), (1_000_000, "million"), (1_000, "thousand")];
    let unit = UNITS.into_iter().find(|(unit, _)| n >= *unit).filter(|_| n >= 10_000);
    match unit {
        None => HumanCount(n).to_string(),
        Some((unit, word)) if n < 10 * unit => format!("{}.{} {word}", n / unit, n % unit * 10 / unit),
        Some((unit, word)) => format!("{} {word}", n / unit),
    }
}

/// Words on the time left at the pace so far, in steps coarse enough to stand still; empty while nothing can be said.
fn left(done: u64, total: u64, elapsed: Duration) -> String {
    if elapsed < FIRST || percent(done, total) < MIN_PERCENT || done >= total {
        return String::new();
    }
    let seconds = elapsed.as_secs_f64() * (total - done) as f64 / done as f64;
    match seconds {
        s if s < 10.0 => ", a few seconds left".to_owned(),
        s if s < 55.0 => format!(", about {:.0} s left", (s / 10.0).ceil() * 10.0),
        s if s < 5400.0 => format!(", about {:.0} min left", (s / 60.0).round().max(1.0)),
        s => format!(", about {:.0} hours left", (s / 3600.0).round().max(2.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_round() {
        let shown =
            [0, 950, 9_999, 10_000, 12_345, 999_999, 1_000_000, 1_250_000, 47_000_000, 3_200_000_000].map(round);
        let expected = [
            "0",
            "950",
            "9,999",
            "10 thousand",
            "12 thousand",
            "999 thousand",
            "1.0 million",
            "1.2 million",
            "47 million",
            "3.2 billion",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn the_time_left_is_said_once_it_can_be() {
        let left = |done, seconds| left(done, 1000, Duration::from_secs(seconds));
        assert_eq!([left(500, 1), left(10, 60), left(0, 60), left(1000, 60)], [""; 4]);
        assert_eq!(left(900, 9), ", a few seconds left");
        assert_eq!(left(500, 23), ", about 30 s left");
        assert_eq!([left(500, 57), left(250, 40)], [", about 1 min left", ", about 2 min left"]);
        assert_eq!(left(20, 300), ", about 4 hours left");
    }

    #[test]
    fn a_line_has_share_figures_and_time() {
        let reading = |bytes, total| Progress::Reading { input: "a\n.csv", bytes, total, accepted: 1_234_567 };
        let line = |progress| line(progress, Duration::from_mins(1));
        assert_eq!(
            line(reading(u64::MAX / 3, Some(u64::MAX))),
            "reading a\\n.csv:  33 %, 1.2 million records accepted, about 2 min left"
        );
        assert_eq!(line(reading(7, None)), "reading a\\n.csv: 1.2 million records accepted");
        assert_eq!(line(Progress::Scoring { done: 10, total: 20 }), "scoring: 10 of 20 dates, about 1 min left");
        assert_eq!(line(Progress::Writing { results: 1 }), "writing 1 result");
    }
}
