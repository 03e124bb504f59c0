//! How much memory a run may take. What grows with the data is added up, and refused before it is too much.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::invalid::InvalidValue;

/// The memory that a run may take, and what its counts take so far; clones share the account.
///
/// Held to it are counts, ids that are remembered, row groups of Parquet and the cells under study: all that grows with the
/// input. What every run takes, some 48 MB for the program, a page of pixels and windows on the text, is taken off first.
///
/// ```
/// use tensionmap::memory::Budget;
/// let budget: Budget = "2GB".parse()?;
/// assert_eq!(budget.to_string(), "2 GB");
/// assert!("lots".parse::<Budget>().is_err());
/// # Ok::<(), tensionmap::InvalidValue>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Budget {
    most: Option<u64>,
    counts: Arc<AtomicU64>,
}

/// What every run takes.
const BASE_BYTES: u64 = 48 << 20;
/// Least that may be set: with less, nothing could be read.
const MIN_BYTES: u64 = 64_000_000;

impl Budget {
    /// No limit.
    #[must_use]
    pub fn unlimited() -> Self {
        Self::default()
    }

    /// Tells the account what the counts take now.
    pub(crate) fn counts_take(&self, bytes: u64) {
        self.counts.store(bytes, Ordering::Relaxed);
    }

    /// Whether there is room for something beside the counts.
    pub(crate) fn allow(&self, needed: u64, what: &'static str, advice: &'static str) -> Result<(), OverBudget> {
        let Some(most) = self.most else { return Ok(()) };
        let taken = BASE_BYTES + self.counts.load(Ordering::Relaxed);
        if taken.saturating_add(needed) <= most {
            return Ok(());
        }
        let (most, taken) = (ByteCount(most), ByteCount(taken));
        let problem = match needed {
            0 => format!("what is counted takes {taken}"),
            needed => format!("{what} would take {} beside {taken} taken", ByteCount(needed)),
        };
        Err(OverBudget { problem, most, advice })
    }
}

impl FromStr for Budget {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let unit = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
        let (number, unit) = (text[..unit].trim().parse::<f64>(), text[unit..].to_ascii_lowercase());
        let power = match unit.as_str() {
            "mb" => Some(1e6),
            "gb" => Some(1e9),
            "mib" => Some(1024.0 * 1024.0),
            "gib" => Some(1024.0 * 1024.0 * 1024.0),
            _ => None,
        };
        let bytes = number.ok().zip(power).map(|(number, power)| number * power);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held to a range before")]
        let most = bytes.filter(|bytes| (MIN_BYTES as f64..1e18).contains(bytes)).map(|bytes| bytes as u64);
        let expected = "64MB or more, such as 500MB, 4GB or 2GiB";
        most.map(|most| Self { most: Some(most), ..Self::default() })
            .ok_or_else(|| InvalidValue::bare("max-memory", text, expected))
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.most {
            Some(most) => ByteCount(most).fmt(out),
            None => out.write_str("no limit"),
        }
    }
}

/// A run would take more memory than it may.
#[derive(Debug, thiserror::Error)]
#[error("{problem}, more than the {most} of --max-memory; {advice}, or allow more")]
pub struct OverBudget {
    problem: String,
    most: ByteCount,
    advice: &'static str,
}

/// A number of bytes as people say it.
#[derive(Clone, Copy, Debug)]
struct ByteCount(u64);

impl fmt::Display for ByteCount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0 as f64;
        if self.0 >= 1_000_000_000 {
            write!(out, "{} GB", (bytes / 1e8).round() / 10.0)
        } else {
            write!(out, "{:.0} MB", bytes / 1e6)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_told() {
        let told = |text: &str| text.parse::<Budget>().map(|budget| budget.to_string());
        assert_eq!(told("500MB").unwrap(), "500 MB");
        assert_eq!(told("1.5 gb").unwrap(), "1.5 GB");
        assert_eq!(told("64mib").unwrap(), "67 MB");
        for wrong in ["", "500", "63MB", "-1GB", "1e30GB", "NaNGB", "GB", "5 parsecs"] {
            assert!(told(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Budget::unlimited().to_string(), "no limit");
    }

    #[test]
    fn what_is_too_much_is_refused_with_the_figures() {
        let budget: Budget = "200MB".parse().unwrap();
        budget.counts_take(100_000_000);
        budget.allow(40_000_000, "this", "do that").unwrap();
        let refused = budget.clone().allow(60_000_000, "the row group", "write smaller ones").unwrap_err();
        assert_eq!(
            refused.to_string(),
            "the row group would take 60 MB beside 150 MB taken, more than the 200 MB of --max-memory; write smaller ones, or \
             allow more"
        );
        Budget::unlimited().allow(u64::MAX, "", "").unwrap();
    }
}
