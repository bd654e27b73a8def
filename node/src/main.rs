//! The `icn` binary.

use clap::Parser as _;
use eyre::Report;
use icn_node::cli::Cli;
use std::{io::Write as _, process::ExitCode};

fn main() -> ExitCode {
    match Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {}", sentence(&error.into()));
            ExitCode::FAILURE
        }
    }
}

/// The error and its causes in one sentence, without what a cause repeats.
fn sentence(report: &Report) -> String {
    let mut sentence = String::new();
    for cause in report.chain().map(|cause| cause.to_string()) {
        let cause = cause.trim();
        if sentence.is_empty() {
            sentence.push_str(cause);
        } else if !sentence.contains(cause) {
            sentence = format!("{sentence}: {cause}");
        }
    }
    sentence
}
