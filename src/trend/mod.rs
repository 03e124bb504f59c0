//! Trend tests of one series: Mann–Kendall, Hamed–Rao and Sen's slope, on plain slices of numbers.

mod hamed_rao;
mod mann_kendall;
mod median_slope;
mod pairs;
mod sen;

pub use hamed_rao::hamed_rao;
pub use mann_kendall::{MannKendall, mann_kendall, mann_kendall_each};
pub use sen::{SenInterval, sen_interval, sen_slope};
