//! Evidence: how surprising the latest reports of a place are, beside its own past and that of the whole area.
//!
//! Each window's count is compared with an expectation whose variance is fitted on the baseline. The chances of the windows are
//! joined, and neighbours that rise too confirm them.

mod law;
mod place;
mod rules;
mod tail;
pub(crate) mod words;

pub use law::VarianceLaw;
pub(super) use law::{BlockCounts, Laws, fit};
pub(super) use place::{DateEvidence, Ground, Pasts, neighbour_part, variance};
pub use place::{Effect, Evidence};
pub(crate) use rules::WINDOWS;
pub use rules::{EvidenceRules, EvidenceWindow};
pub use tail::{Calm, ln_mid_p, poisson_quantile};
