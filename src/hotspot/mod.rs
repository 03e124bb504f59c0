//! Stage 7, statistics of patterns in space and time, one a file. They stand beside the score and are no part of it.

mod mann_kendall;

pub use mann_kendall::{MannKendall, mann_kendall, sen_slope};
