//! `icn ccl new`

use crate::{library::TEMPLATES, output::line, printer, CclError, Ended, Format};
use serde::Serialize;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Begin a document from a template
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn ccl new --list                                         the templates
  icn ccl new --template participatory_budget budget         in a new directory")]
pub(crate) struct NewArgs {
    /// The template
    #[arg(long, value_name = "NAME", required_unless_present = "list")]
    template: Option<String>,
    /// The directory to make; called like the template if not given
    #[arg(value_name = "DIRECTORY")]
    directory: Option<PathBuf>,
    /// Show all templates
    #[arg(long)]
    list: bool,
    /// How to print the result
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

#[derive(Serialize)]
struct Listed {
    name: &'static str,
    description: String,
}

impl NewArgs {
    pub(crate) fn run(self) -> Result<Ended, CclError> {
        if self.list {
            return self.show();
        }
        let name = self.template.unwrap_or_default();
        let Some(template) = TEMPLATES.iter().find(|template| template.name == name) else {
            return Err(CclError::UnknownTemplate { name });
        };
        let directory = self.directory.unwrap_or_else(|| PathBuf::from(template.name));
        if directory.exists() {
            return Err(CclError::Exists { path: directory });
        }
        let file = directory.join(format!("{}.ccl", template.name));
        let write = |path: &Path, done: std::io::Result<()>| {
            done.map_err(|source| CclError::Write { path: path.into(), source })
        };
        write(&directory, fs::create_dir_all(&directory))?;
        write(&file, fs::write(&file, template.source))?;
        line(&format!("{0} is yours to change; `icn ccl check {0}` says whether it is sound", file.display()))?;
        Ok(Ended::Well)
    }

    fn show(&self) -> Result<Ended, CclError> {
        let listed: Vec<_> = TEMPLATES
            .iter()
            .map(|template| Listed { name: template.name, description: first_words(template.source) })
            .collect();
        let text =
            || listed.iter().map(|one| format!("{:24} {}", one.name, one.description)).collect::<Vec<_>>().join("\n");
        printer(self.output).print(text, &listed)?;
        Ok(Ended::Well)
    }
}

/// The first line of documentation of a source.
fn first_words(source: &str) -> String {
    source.lines().next().unwrap_or_default().trim_start_matches('/').trim().into()
}
