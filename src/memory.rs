//! Memory budget of a run: data-dependent memory is added up, and an error before it exceeds the limit.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::invalid::InvalidValue;

/// Memory limit of a run, and the memory of its counts so far; clones share the account.
///
/// It covers memory that grows with the input: counts, ids of duplicates, row groups of Parquet and the cells under
/// study. Every run reserves 48 MB: the program, a page of pixels and windows on the text.
///
/// ```
/// use tensionmap::unstable::memory::Budget;
/// let budget: Budget = "2GB".parse()?;
/// assert_eq!(budget.to_string(), "2 GB");
/// assert!("lots".parse::<Budget>().is_err());
/// # Ok::<(), tensionmap::InvalidValue>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Budget {
    max: Option<u64>,
    counts: Arc<AtomicU64>,
}

/// Memory of every run.
const BASE_BYTES: u64 = 48 << 20;
/// Minimum limit: with less, nothing could be read.
const MIN_BYTES: u64 = 64_000_000;

impl Budget {
    /// No limit.
    #[must_use]
    pub fn unlimited() -> Self {
        Self::default()
    }

    /// Sets the memory of the counts.
    pub(crate) fn set_counts(&self, bytes: u64) {
        self.counts.store(bytes, Ordering::Relaxed);
    }

    /// Checks that `needed` bytes fit beside the counts.
    pub(crate) fn allow(&self, needed: u64, what: &'static str, advice: &'static str) -> Result<(), OverBudget> {
        let Some(max) = self.max else { return Ok(()) };
        let taken = BASE_BYTES + self.counts.load(Ordering::Relaxed);
        if taken.saturating_add(needed) <= max {
            return Ok(());
        }
        let (max, taken) = (displayed(max), displayed(taken));
        let more = || format!("{what} would take {} beside {taken} taken", displayed(needed));
        let problem = if needed == 0 { format!("the counts take {taken}") } else { more() };
        Err(OverBudget { problem, max, advice })
    }
}

impl FromStr for Budget {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let unit = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
        let (number, unit) = (text[..unit].trim().parse::<f64>(), text[unit..].to_ascii_lowercase());
        let units = [("mb", 1e6), ("gb", 1e9), ("mib", 1_048_576.0), ("gib", 1_073_741_824.0)];
        let size = units.into_iter().find(|(name, _)| *name == unit);
        let bytes = number.ok().zip(size).map(|(number, (_, size))| number * size);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held to a range before")]
        let max = bytes.filter(|bytes| (MIN_BYTES as f64..1e18).contains(bytes)).map(|bytes| bytes as u64);
        let wrong = || InvalidValue::expecting("max-memory", text, "64MB or more, such as 500MB, 4GB or 2GiB");
        Ok(Self { max: Some(max.ok_or_else(wrong)?), ..Self::default() })
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.max.map_or("no limit".to_owned(), displayed))
    }
}

/// Error of a run that would exceed its memory limit.
#[derive(Debug, thiserror::Error)]
#[error("{problem}, more than the {max} of --max-memory; {advice}, or allow more")]
pub struct OverBudget {
    problem: String,
    max: String,
    advice: &'static str,
}

/// A number of bytes in MB or GB.
fn displayed(bytes: u64) -> String {
    let (is_large, bytes) = (bytes >= 1_000_000_000, bytes as f64);
    if is_large { format!("{} GB", (bytes / 1e8).round() / 10.0) } else { format!("{:.0} MB", bytes / 1e6) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_parsed_and_displayed() {
        let displayed = |text: &str| text.parse::<Budget>().map(|budget| budget.to_string());
        assert_eq!(displayed("500MB").unwrap(), "500 MB");
        assert_eq!(displayed("1.5 gb").unwrap(), "1.5 GB");
        assert_eq!(displayed("64mib").unwrap(), "67 MB");
        for wrong in ["", "500", "63MB", "-1GB", "1e30GB", "NaNGB", "GB", "5 parsecs"] {
            assert!(displayed(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Budget::unlimited().to_string(), "no limit");
    }

    #[test]
    fn an_excess_is_an_error_with_the_figures() {
        let budget: Budget = "200MB".parse().unwrap();
        budget.set_counts(100_000_000);
        budget.allow(40_000_000, "this", "do that").unwrap();
        let refused = budget.clone().allow(60_000_000, "the row group", "write smaller ones").unwrap_err();
        let expected = "the row group would take 60 MB beside 150 MB taken, more than the 200 MB of --max-memory; write \
                        smaller ones, or allow more";
        assert_eq!(refused.to_string(), expected);
        Budget::unlimited().allow(u64::MAX, "", "").unwrap();
    }
}
