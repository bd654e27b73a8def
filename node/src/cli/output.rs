//! Printing data to standard output.

use super::value::Shown;
use std::io::{self, ErrorKind, Write as _};

/// How data is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Indented text, for people
    #[default]
    Text,
    /// JSON, for programs; integers of 64 bits and more are strings
    Json,
}

/// The `--output` flag.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct OutputArgs {
    /// How to print data
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT", hide_possible_values = false)]
    pub output: Format,
}

impl OutputArgs {
    /// Prints a value.
    ///
    /// # Errors
    /// When standard output fails; a reader that went away is no failure.
    pub fn print(self, value: &Shown) -> io::Result<()> {
        match self.output {
            Format::Text => line(&value.to_text()),
            Format::Json => line(&serde_json::to_string_pretty(value)?),
        }
    }

    /// Whether people read the output.
    pub fn is_text(self) -> bool {
        self.output == Format::Text
    }
}

/// Prints a line to standard output.
///
/// # Errors
/// When standard output fails; a reader that went away is no failure.
pub fn line(text: &str) -> io::Result<()> {
    ignore_closed(writeln!(io::stdout().lock(), "{text}"))
}

/// Prints a line about progress to standard error.
///
/// # Errors
/// When standard error fails; a reader that went away is no failure.
pub fn note(text: &str) -> io::Result<()> {
    ignore_closed(writeln!(io::stderr().lock(), "{text}"))
}

fn ignore_closed(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}
