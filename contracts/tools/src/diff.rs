//! `icn ccl diff`

use crate::{document::Arguments, output::line, sound, CclError, Ended, TextFormat};
use icn_ccl::diff;
use std::path::PathBuf;

/// Say what a change of a document really changes
///
/// Rights, thresholds, roles, bodies and code are compared, not lines: what became stronger, weaker, was given, or taken away. A
/// change of blanks, comments or order is none.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn ccl diff constitution-1.ccl constitution-2.ccl
  icn ccl diff old.ccl new.ccl --output markdown       for an amendment proposal")]
pub(crate) struct DiffArgs {
    /// The document as it is
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The document as it would be
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// How to print the changes
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: TextFormat,
}

impl DiffArgs {
    pub(crate) fn run(self) -> Result<Ended, CclError> {
        let (old, new) = (sound(&self.old, &Arguments::new())?, sound(&self.new, &Arguments::new())?);
        let changes = diff::diff(&old.program, &new.program);
        line(&match self.output {
            TextFormat::Text if changes.is_empty() => "Nothing changes.".into(),
            TextFormat::Text => diff::text(&changes),
            TextFormat::Markdown => diff::markdown(&changes),
            TextFormat::Json => diff::json(&changes),
        })?;
        Ok(Ended::Well)
    }
}
