//! The command line: parse, run, report the chain of causes, exit with a code that scripts can rely on.
#![forbid(unsafe_code)]

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
