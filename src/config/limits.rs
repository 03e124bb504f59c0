//! How much a run puts up with.

use std::str::FromStr;

use crate::ingest::Ledger;
use crate::invalid::InvalidValue;

/// How many refused records are taken as normal.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum MaxRejects {
    /// At most so many.
    Count(u64),
    /// At most this share of the records read, in percent.
    Percent(f64),
}

impl MaxRejects {
    /// Whether the refused records of reports, or those of areas, are within the limit.
    #[must_use]
    pub fn allows(self, ledger: &Ledger) -> bool {
        match self {
            Self::Count(most) => ledger.quarantined() <= most,
            Self::Percent(most) => ledger.quarantined() as f64 * 100.0 <= most * ledger.read() as f64,
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
        parsed.ok_or_else(|| InvalidValue::bare("max-rejects", text, "a number such as 20, or a share such as 3%"))
    }
}
