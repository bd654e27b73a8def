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

/// The error and its causes in one line. Libraries repeat themselves in the texts of their causes, so each part is said
/// once.
fn sentence(report: &Report) -> String {
    let texts: Vec<String> = report.chain().map(|cause| cause.to_string()).collect();
    let words = texts.iter().map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
    let mut parts: Vec<String> = Vec::new();
    for (index, text) in words.enumerate() {
        // The first text is ours, and whole.
        let news: Vec<&str> = if index == 0 { vec![&text] } else { text.split(": ").collect() };
        for part in news {
            if !parts.iter().any(|said| said.contains(part)) {
                parts.push(part.to_owned());
            }
        }
    }
    parts.join(": ")
}
