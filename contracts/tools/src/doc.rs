//! `icn ccl doc`

use crate::{output::line, sound, CclError, DocumentArgs, Ended};
use icn_ccl::doc::{html, json, markdown, page};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Write the page of a document: all that it declares, with its text and what it has to do with the rest
///
/// For what it means in plain words, see `icn ccl explain`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn ccl doc constitution.ccl                          beside it, as constitution.html
  icn ccl doc constitution.ccl --out public/rules.html
  icn ccl doc constitution.ccl --output markdown --out -     to standard output")]
pub(crate) struct DocArgs {
    #[command(flatten)]
    document: DocumentArgs,
    /// Where to write it; - is standard output
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// What to write
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: PageFormat,
}

/// How pages are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum PageFormat {
    /// HTML, for browsers
    #[default]
    Html,
    /// Markdown, to be published
    Markdown,
    /// JSON, for programs
    Json,
}

impl DocArgs {
    pub(crate) fn run(self) -> Result<Ended, CclError> {
        let document = sound(&self.document.file, &self.document.arguments())?;
        let page = page(&document.program, &document.source);
        let (text, extension) = match self.output {
            PageFormat::Html => (html(&page), "html"),
            PageFormat::Markdown => (markdown(&page), "md"),
            PageFormat::Json => (json(&page), "json"),
        };
        let standard = Path::new("-");
        let beside = || match self.document.file == standard {
            true => standard.into(),
            false => self.document.file.with_extension(extension),
        };
        let out = self.out.clone().unwrap_or_else(beside);
        if out == standard {
            line(&text)?;
        } else {
            fs::write(&out, text).map_err(|source| CclError::Write { path: out.clone(), source })?;
            line(&out.display().to_string())?;
        }
        Ok(Ended::Well)
    }
}
