//! Tolerance for quarantined records (`--max-rejects`).

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
        // Replaced records are left out because a setting says so.
        let quarantined = ledger.quarantined() - ledger.codes().get(&Code::Replaced).copied().unwrap_or(0);
        match self {
            Self::Count(max) => quarantined <= max,
            Self::Percent(max) => quarantined as f64 * 100.0 <= max * ledger.read() as f64,
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

/// Threads of a pool: as stated, else as `RAYON_NUM_THREADS` has it, up to the maximum. 0 is one for each core.
pub(crate) fn thread_count(stated: Option<usize>) -> usize {
    let of_environment = || std::env::var("RAYON_NUM_THREADS").ok()?.trim().parse::<usize>().ok();
    stated.or_else(of_environment).unwrap_or(0).min(MAX_THREADS)
}
