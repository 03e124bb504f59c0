//! Evidence: how surprising the latest reports of a place are, beside its own past and that of the whole area.
//!
//! Each window's count is compared with an expectation whose variance is fitted on the baseline. The chances of the windows are
//! joined, and neighbours that rise too confirm them.

mod law;
mod place;
pub(crate) mod words;

pub use law::VarianceLaw;
pub(super) use law::{BlockCounts, Laws, fit};
pub use place::Evidence;
pub(super) use place::{DateEvidence, EvidenceInputs, Pasts, neighbour_part, variance};
