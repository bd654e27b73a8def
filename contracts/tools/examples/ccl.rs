//! The commands of `icn ccl` without the node: quick to build while one works on the language.

use clap::Parser;
use std::process::ExitCode;

#[derive(Debug, Parser)]
struct Ccl {
    #[command(flatten)]
    args: icn_ccl_tools::CclArgs,
}

#[allow(clippy::print_stderr)]
fn main() -> ExitCode {
    match Ccl::parse().args.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
