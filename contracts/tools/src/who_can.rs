//! `icn ccl who-can`

use crate::{output::line, sound, CclError, DocumentArgs, Ended, Format};
use icn_ccl::who_can::{json, text, who_can, Question};

/// Say who can do something, through what, and how that could change
///
/// A question is a permission, an action, a proposal or a role, or one of: spend TREASURY, mint RESOURCE, grant ROLE, revoke
/// ROLE, issue CREDENTIAL, set CONSTANT, admit, expel, suspend, amend.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn ccl who-can constitution.ccl vote
  icn ccl who-can constitution.ccl spend till
  icn ccl who-can constitution.ccl amend --output json")]
pub(crate) struct WhoCanArgs {
    #[command(flatten)]
    document: DocumentArgs,
    /// What is asked
    #[arg(value_name = "QUESTION", required = true, num_args = 1..)]
    question: Vec<String>,
    /// How to print the answer
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl WhoCanArgs {
    pub(crate) fn run(self) -> Result<Ended, CclError> {
        let document = sound(&self.document.file, &self.document.arguments())?;
        let question = Question::parse(&document.program, &self.question.join(" "))?;
        let answer = who_can(&document.program, &question);
        line(&match self.output {
            Format::Text => text(&answer),
            Format::Json => json(&answer),
        })?;
        Ok(Ended::Well)
    }
}
