//! What a bench says: a table for people, and JSON under `target/bench`.

use crate::process::{self, Machine};
use eyre::Context;
use serde::{Deserialize, Serialize};
use std::{fs, io::Write, path::PathBuf};

/// One figure.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) name: String,
    /// How much of it.
    pub(crate) value: f64,
    /// In what; `x` for ratios.
    pub(crate) unit: String,
}

/// The figures of one bench.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    /// Name of the bench, and of its file.
    pub(crate) name: String,
    /// How it was called.
    pub(crate) command: String,
    /// Where it ran.
    pub(crate) machine: Machine,
    /// What it found.
    pub(crate) figures: Vec<Figure>,
}

impl Report {
    /// An empty report.
    pub(crate) fn new(name: &str) -> Self {
        let command = std::iter::once("icn-bench".to_owned()).chain(std::env::args().skip(1));
        let command = command.collect::<Vec<_>>().join(" ");
        Self { name: name.into(), command, machine: process::machine(), figures: Vec::new() }
    }

    /// Adds a figure.
    pub(crate) fn add(&mut self, name: impl Into<String>, value: f64, unit: &str) {
        self.figures.push(Figure { name: name.into(), value, unit: unit.into() });
    }

    /// The value of a figure.
    ///
    /// # Errors
    /// When there is none of that name.
    pub(crate) fn value(&self, name: &str) -> eyre::Result<f64> {
        let figure = self.figures.iter().find(|figure| figure.name == name);
        figure.map(|figure| figure.value).ok_or_else(|| eyre::eyre!("{} has no figure {name}", self.name))
    }

    /// Adds the ratio of two figures.
    ///
    /// # Errors
    /// When one of them is missing.
    pub(crate) fn ratio(&mut self, name: &str, above: &str, below: &str) -> eyre::Result<()> {
        let ratio = self.value(above)? / self.value(below)?;
        self.add(name, ratio, "x");
        Ok(())
    }

    /// Prints the table and writes the file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn finish(&self) -> eyre::Result<()> {
        say(&format!("\n{}\n{}", self.command, self.table()));
        let path = path_of(&self.name);
        fs::create_dir_all(directory())?;
        fs::write(&path, serde_json::to_string_pretty(self)? + "\n").wrap_err(path.display().to_string())
    }

    /// The figures as a Markdown table.
    pub(crate) fn table(&self) -> String {
        let mut table = String::from("| figure | value | unit |\n|---|---:|---|\n");
        for Figure { name, value, unit } in &self.figures {
            table += &format!("| {name} | {} | {unit} |\n", rounded(*value));
        }
        table
    }
}

/// Reads the report of a bench that ran before.
///
/// # Errors
/// When it did not run, or its file was changed.
pub(crate) fn read(name: &str) -> eyre::Result<Report> {
    let path = path_of(name);
    let text = fs::read_to_string(&path).wrap_err_with(|| format!("{} is missing: run that bench", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}

/// Prints to the standard output; that it is closed is no error.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Three significant digits, and thousands apart.
fn rounded(value: f64) -> String {
    if value.abs() < 100.0 {
        let digits = if value.abs() < 10.0 { 2 } else { 1 };
        return format!("{value:.digits$}");
    }
    let text = format!("{value:.0}");
    let mut grouped = String::new();
    for (index, digit) in text.chars().enumerate() {
        if index > 0 && (text.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

fn path_of(name: &str) -> PathBuf {
    directory().join(format!("{name}.json"))
}

/// `target/bench`, or as `CARGO_TARGET_DIR` says.
fn directory() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../target");
    target.unwrap_or(root).join("bench")
}
