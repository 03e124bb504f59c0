//! Binary of the command line: see [`tensionmap::cli`].
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    tensionmap::cli::main()
}
