//! One test binary.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "tests say what they skip and what they compared")]

mod against_h3o;
mod edges;
mod places;
mod vectors;
