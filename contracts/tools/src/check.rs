//! `icn ccl check`

use crate::{
    colored,
    document::{Arguments, Document},
    output::note,
    printer, sound, CclError, Ended, Format,
};
use icn_ccl::diagnostic::{Code, Severity};
use serde::Serialize;
use std::path::PathBuf;

/// Say what is wrong with documents, and how to put it right
///
/// All mistakes are reported in one run. The exit code is 0 when every document compiles.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn ccl check constitution.ccl
  icn ccl check *.ccl --deny-warnings
  icn ccl check amended.ccl --against constitution.ccl
  icn ccl check --explain CCL0403          what a member should understand of a code
  icn ccl check constitution.ccl --output json")]
pub(crate) struct CheckArgs {
    /// The documents, `-` for standard input
    #[arg(value_name = "FILE", required_unless_present = "explain")]
    files: Vec<PathBuf>,
    /// A value for a parameter of a template, as it is written in CCL
    #[arg(long = "arg", value_name = "NAME=VALUE", value_parser = crate::document::argument)]
    args: Vec<(String, String)>,
    /// Warnings count as errors
    #[arg(long)]
    deny_warnings: bool,
    /// The document in force: what is found wrong with an amendment of it, as a protected rule that is weakened
    #[arg(long, value_name = "FILE", conflicts_with = "explain")]
    against: Option<PathBuf>,
    /// Explain a code, as CCL0403 or WeakAmendment
    #[arg(long, value_name = "CODE", conflicts_with = "files", value_parser = code)]
    explain: Option<Code>,
    /// How to print what is found
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

fn code(text: &str) -> Result<Code, String> {
    let found = Code::ALL.iter().find(|code| code.id().eq_ignore_ascii_case(text) || code.name() == text);
    found.copied().ok_or_else(|| format!("there is no code {text}; codes are written CCL0403, or WeakAmendment"))
}

#[derive(Serialize)]
struct Checked {
    file: String,
    sound: bool,
    diagnostics: Vec<icn_ccl::diagnostic::Reported>,
}

#[derive(Serialize)]
struct Explained {
    code: &'static str,
    name: &'static str,
    title: &'static str,
    explanation: String,
}

impl CheckArgs {
    pub(crate) fn run(self) -> Result<Ended, CclError> {
        if let Some(code) = self.explain {
            return self.explain(code);
        }
        let arguments: Arguments = self.args.iter().cloned().collect();
        let previous = match &self.against {
            Some(path) => Some(sound(path, &arguments)?),
            None => None,
        };
        let mut checked = Vec::new();
        let mut well = true;
        for file in &self.files {
            let mut document = Document::open(file, &arguments)?;
            if let Some(previous) = &previous {
                document.judge_against(previous);
            }
            let warned = document.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Warning);
            let passes = document.is_sound() && !(self.deny_warnings && warned);
            well &= passes;
            if self.output == Format::Text {
                note(&document.report(colored()))?;
            }
            checked.push(Checked { file: document.name.clone(), sound: passes, diagnostics: document.reported() });
        }
        let text = || {
            let words = |checked: &Checked| match (checked.sound, checked.diagnostics.len()) {
                (true, 0) => format!("{}: sound", checked.file),
                (true, found) => format!("{}: sound, with {found} warnings", checked.file),
                (false, found) => format!("{}: {found} found", checked.file),
            };
            checked.iter().map(words).collect::<Vec<_>>().join("\n")
        };
        printer(self.output).print(text, &checked)?;
        Ok(if well { Ended::Well } else { Ended::Found })
    }

    fn explain(&self, code: Code) -> Result<Ended, CclError> {
        let explanation = code.explanation().lines().map(str::trim).collect::<Vec<_>>().join("\n");
        let explained = Explained { code: code.id(), name: code.name(), title: code.title(), explanation };
        let text =
            || format!("{} {}: {}\n\n{}", explained.code, explained.name, explained.title, explained.explanation);
        printer(self.output).print(text, &explained)?;
        Ok(Ended::Well)
    }
}
