//! Printing.

use crate::Format;
use serde::Serialize;
use std::io::{self, ErrorKind, Write as _};

/// Prints results as they were asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Printer {
    output: Format,
}

impl Printer {
    pub(crate) fn new(output: Format) -> Self {
        Self { output }
    }

    /// Prints text for people, or data for programs.
    pub(crate) fn print(self, text: impl FnOnce() -> String, data: &impl Serialize) -> io::Result<()> {
        match self.output {
            Format::Text => line(&text()),
            Format::Json => line(&serde_json::to_string_pretty(data)?),
        }
    }
}

/// Prints a line to standard output.
pub(crate) fn line(text: &str) -> io::Result<()> {
    let text = text.trim_end_matches('\n');
    if text.is_empty() {
        return Ok(());
    }
    match writeln!(io::stdout().lock(), "{text}") {
        // A reader that went away is no failure.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Prints to standard error.
pub(crate) fn note(text: &str) -> io::Result<()> {
    match write!(io::stderr().lock(), "{text}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}
