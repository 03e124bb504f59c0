//! One test binary.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests say what they skip, and stop when they cannot go on"
)]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a length is a place in it")]

mod against_h3o;
mod edges;
mod places;
mod vectors;
