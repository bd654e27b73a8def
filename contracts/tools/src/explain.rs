//! `icn ccl explain`

use crate::{output::line, sound, CclError, DocumentArgs, Ended, TextFormat};
use icn_ccl::explain::{explain, json, markdown, text, Numbers};

/// Say in plain words, and with numbers, what a document means
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn ccl explain constitution.ccl --members 23
  icn ccl explain constitution.ccl --members 23 --count steward=3 --output markdown")]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    document: DocumentArgs,
    /// How many members there are
    #[arg(long, value_name = "NUMBER")]
    members: Option<u64>,
    /// How many are in a class or body, or hold a role
    #[arg(long, value_name = "NAME=NUMBER", value_parser = count)]
    count: Vec<(String, u64)>,
    /// How to print it
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: TextFormat,
}

fn count(text: &str) -> Result<(String, u64), String> {
    let (name, number) = text.split_once('=').ok_or("write NAME=NUMBER, as worker=12")?;
    Ok((name.into(), number.parse().map_err(|_| format!("{number} is no number"))?))
}

impl ExplainArgs {
    pub(crate) fn run(self) -> Result<Ended, CclError> {
        let document = sound(&self.document.file, &self.document.arguments())?;
        let numbers = Numbers { members: self.members, counts: self.count.into_iter().collect() };
        let explained = explain(&document.program, &numbers);
        line(&match self.output {
            TextFormat::Text => text(&explained),
            TextFormat::Markdown => markdown(&explained),
            TextFormat::Json => json(&explained),
        })?;
        Ok(Ended::Well)
    }
}
