//! `icn ccl fmt`

use crate::{
    colored,
    document::read,
    output::{line, note},
    CclError, Ended,
};
use icn_ccl::{diagnostic::render, fmt::format};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Write documents in the one style
///
/// Only blanks and line ends change; what a document says stays the same, down to its CID. `-` reads standard input and writes
/// standard output.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn ccl fmt constitution.ccl             in place
  icn ccl fmt --check *.ccl                say which are not in the style
  icn ccl fmt - < draft.ccl                to standard output")]
pub(crate) struct FmtArgs {
    /// The documents, `-` for standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Change nothing; exit with 1 when a document is not in the style
    #[arg(long)]
    check: bool,
}

impl FmtArgs {
    pub(crate) fn run(self) -> Result<Ended, CclError> {
        let mut ended = Ended::Well;
        for file in &self.files {
            let source = read(file)?;
            let formatted = match format(&source) {
                Ok(formatted) => formatted,
                Err(diagnostics) => {
                    note(&render(&file.display().to_string(), &source, &diagnostics, colored()))?;
                    ended = Ended::Found;
                    continue;
                }
            };
            if self.check {
                if formatted != source {
                    line(&std::format!("{}: not in the style; `icn ccl fmt` writes it", file.display()))?;
                    ended = Ended::Found;
                }
            } else if file == Path::new("-") {
                line(&formatted)?;
            } else if formatted != source {
                fs::write(file, formatted).map_err(|source| CclError::Write { path: file.clone(), source })?;
            }
        }
        Ok(ended)
    }
}
