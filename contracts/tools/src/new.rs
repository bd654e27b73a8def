//! `icn ccl new`

use crate::{
    colored,
    document::{argument, Arguments, Document, Library},
    library::TEMPLATES,
    output::{line, note},
    printer, CclError, Ended, Format,
};
use icn_ccl::{
    ast::{File, ItemKind},
    syntax::parse,
};
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
  icn ccl new --template participatory_budget budget         in a new directory
  icn ccl new --template escrow --arg 'look_time=14d'        with another value of a parameter")]
pub(crate) struct NewArgs {
    /// The template
    #[arg(long, value_name = "NAME", required_unless_present = "list")]
    template: Option<String>,
    /// A value for a parameter of the template, as it is written in CCL
    #[arg(long = "arg", value_name = "NAME=VALUE", value_parser = argument)]
    args: Vec<(String, String)>,
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
        let arguments: Arguments = self.args.into_iter().collect();
        let given = Document::of(name, template.source.into(), &Library::shipped(), &arguments);
        if !given.is_sound() {
            note(&given.report(colored()))?;
            return Ok(Ended::Found);
        }
        let source = with_values(template.source, &arguments);
        let directory = self.directory.unwrap_or_else(|| PathBuf::from(template.name));
        if directory.exists() {
            return Err(CclError::Exists { path: directory });
        }
        let file = directory.join(format!("{}.ccl", template.name));
        let write = |path: &Path, done: std::io::Result<()>| {
            done.map_err(|source| CclError::Write { path: path.into(), source })
        };
        write(&directory, fs::create_dir_all(&directory))?;
        write(&file, fs::write(&file, source))?;
        line(&format!("{0} is yours to change; `icn ccl check {0}` says whether it is sound", file.display()))?;
        Ok(Ended::Well)
    }

    fn show(&self) -> Result<Ended, CclError> {
        let listed: Vec<_> = TEMPLATES
            .iter()
            .map(|template| Listed { name: template.name, description: first_words(template.source) })
            .collect();
        let text =
            || listed.iter().map(|one| format!("{:28} {}", one.name, one.description)).collect::<Vec<_>>().join("\n");
        printer(self.output).print(text, &listed)?;
        Ok(Ended::Well)
    }
}

/// A template in which values stand as the defaults of its parameters.
fn with_values(source: &str, arguments: &Arguments) -> String {
    let file = File::of(&parse(source).syntax());
    let mut text = source.to_string();
    for item in file.items.iter().rev() {
        let ItemKind::Param(param) = &item.kind else { continue };
        let (Some(value), Some(default)) = (arguments.get(&param.name.text), &param.default) else { continue };
        text.replace_range(default.span.range(), value);
    }
    text
}

/// The first line of documentation of a source.
fn first_words(source: &str) -> String {
    source.lines().next().unwrap_or_default().trim_start_matches('/').trim().into()
}
