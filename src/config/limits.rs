//! Tolerance for quarantined records (`--max-rejects`).

use std::fmt;
use std::str::FromStr;

use crate::code::Code;
use crate::ingest::Ledger;
use crate::invalid::InvalidValue;

/// Limit of quarantined records, within which a run ends with exit code 0.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum MaxRejects {
    /// At most this number.
    Count(u64),
    /// At most this share of the records read, in percent, 0 to 100.
    Percent(f64),
}

impl MaxRejects {
    /// Returns true if the quarantined records of a ledger are within the limit.
    #[must_use]
    pub fn allows(self, ledger: &Ledger) -> bool {
        let quarantined = quarantined(ledger);
        match self {
            Self::Count(max) => quarantined <= max,
            Self::Percent(max) => quarantined as f64 * 100.0 <= max * ledger.read() as f64,
        }
    }
}

impl MaxRejects {
    /// Sentence on the quarantined records of reports and areas, with the flag that accepts them; `None` within the limit.
    pub(crate) fn excess(self, ledgers: [&Ledger; 2]) -> Option<String> {
        let most = ledgers.into_iter().filter(|ledger| !self.allows(ledger)).map(quarantined).max()?;
        let counts = self.counts_above(ledgers);
        Some(format!(
            "quarantined {counts}, above the limit of {self}; correct them, or accept as many with --max-rejects {most}"
        ))
    }

    /// Sentence for readers of a result on the records that it lacks; `None` within the limit.
    pub(crate) fn above_limit(self, ledgers: [&Ledger; 2]) -> Option<String> {
        let counts = self.counts_above(ledgers);
        (!counts.is_empty()).then(|| format!("{counts} were quarantined, above the limit of {self}."))
    }

    fn counts_above(self, ledgers: [&Ledger; 2]) -> String {
        let above = ledgers.into_iter().zip(["reports", "areas"]).filter(|(ledger, _)| !self.allows(ledger));
        let counts: Vec<String> =
            above.map(|(ledger, what)| format!("{} of {} {what}", quarantined(ledger), ledger.read())).collect();
        counts.join(" and ")
    }
}

/// Quarantined records that were not left out because a setting says so.
fn quarantined(ledger: &Ledger) -> u64 {
    ledger.quarantined() - ledger.codes().get(&Code::Replaced).copied().unwrap_or(0)
}

impl fmt::Display for MaxRejects {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(max) => write!(out, "{max}"),
            Self::Percent(max) => write!(out, "{max}%"),
        }
    }
}

impl FromStr for MaxRejects {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let parsed = match text.strip_suffix('%') {
            Some(percent) => percent.parse().ok().filter(|p| (0.0..=100.0).contains(p)).map(Self::Percent),
            None => text.parse().ok().map(Self::Count),
        };
        parsed.ok_or_else(|| InvalidValue::expecting("max-rejects", text, "a number such as 20, or a share such as 3%"))
    }
}

/// Maximum number of threads: more cost memory and gain nothing.
pub(super) const MAX_THREADS: usize = 1024;

/// Threads of a pool: as stated, else as `RAYON_NUM_THREADS` has it, up to four a core. 0 is one for each core.
pub(crate) fn thread_count(stated: Option<usize>) -> usize {
    let most = std::thread::available_parallelism().map_or(16, |cores| cores.get() * 4);
    let of_environment = || std::env::var("RAYON_NUM_THREADS").ok()?.trim().parse::<usize>().ok();
    stated.or_else(|| of_environment().map(|count| count.min(most))).unwrap_or(0).min(MAX_THREADS)
}
