//! Maps: cells or areas in a plane, with context below and above them, numbers and names.

pub(crate) mod cell;
pub(crate) mod context;
pub(crate) mod fitted;
pub(crate) mod labels;
pub(crate) mod marks;
mod plane;
mod scale_bar;
pub(crate) mod tiling;

pub(crate) use fitted::FittedMap;
pub(crate) use tiling::{PageTransform, Tiling};
