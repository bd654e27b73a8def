//! The commands of `icn ccl`.
//!
//! [`CclArgs`] is their grammar; each module is one of them. [`document`] reads a source with the modules that it imports, and
//! [`library`] holds what comes with the program. Nothing here talks to a node.

mod check;
mod compile;
mod diff;
mod doc;
pub mod document;
mod explain;
mod fmt;
pub use icn_ccl::library;
mod new;
mod output;
mod run;
mod test;
mod who_can;

use document::{Arguments, Document, DocumentError};
use output::Printer;
use std::{io, path::PathBuf};

/// Constitutions and contracts in CCL: check, format, compile, test and try them
///
/// A document is a file that ends in .ccl. What it imports is found in `ccl.lock` beside it; the core modules come with this
/// program.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn ccl new --template participatory_budget budget    begin a document
  icn ccl check budget/budget.ccl                       what is wrong with it, and how to put it right
  icn ccl test budget/budget.ccl                        run its tests
  icn ccl run budget/budget.ccl --script story.ccl      try it out
  icn ccl compile budget/budget.ccl                     what is voted on, and what nodes run")]
pub struct CclArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Command {
    Check(check::CheckArgs),
    Fmt(fmt::FmtArgs),
    Compile(compile::CompileArgs),
    Test(test::TestArgs),
    Run(run::RunArgs),
    Diff(diff::DiffArgs),
    Explain(explain::ExplainArgs),
    WhoCan(who_can::WhoCanArgs),
    Doc(doc::DocArgs),
    New(new::NewArgs),
    /// Serve an editor over standard input and output, by the Language Server Protocol
    #[command(after_help = "\
Examples:
  icn ccl lsp                              editors start it; docs/operate/ccl-editor.md tells how to set them up")]
    Lsp,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Text, for people
    #[default]
    Text,
    /// JSON, for programs
    Json,
}

/// A document and the values of its parameters.
#[derive(Clone, Debug, clap::Args)]
pub struct DocumentArgs {
    /// The document, `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A value for a parameter of a template, as it is written in CCL
    #[arg(long = "arg", value_name = "NAME=VALUE", value_parser = document::argument)]
    args: Vec<(String, String)>,
}

impl DocumentArgs {
    fn arguments(&self) -> Arguments {
        self.args.iter().cloned().collect()
    }
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CclError {
    /// A document cannot be read.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// A file cannot be written.
    #[error("{} cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// There is something already where a new document would be.
    #[error("{} is there already: choose another place, or remove it", path.display())]
    Exists {
        /// What is there.
        path: PathBuf,
    },
    /// No template has this name.
    #[error("there is no template `{name}`; `icn ccl new --list` shows them all")]
    UnknownTemplate {
        /// The name.
        name: String,
    },
    /// A document has no descriptor.
    #[error(transparent)]
    Descriptor(#[from] icn_ccl::descriptor::DescriptorError),
    /// A question about something that a document does not have.
    #[error("{0}; ask for a permission, an action, a proposal or a role, or: spend TREASURY, mint RESOURCE, grant ROLE, admit, amend")]
    Question(#[from] icn_ccl::who_can::UnknownQuestion),
    /// The editor went away, or does not keep to the protocol.
    #[error(transparent)]
    Lsp(#[from] icn_ccl_lsp::Error),
    /// The sandbox cannot run the document.
    #[error(transparent)]
    Chain(#[from] icn_covm_local::ChainError),
    /// It was done, and what was printed is not well.
    #[error("not all is well, as said above")]
    Found,
    /// Standard output fails.
    #[error("the terminal cannot be used: {0}")]
    Terminal(#[from] io::Error),
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// All is well.
    Well,
    /// It was done, and found something that is not well: a mistake, a test that fails.
    Found,
}

impl CclArgs {
    /// Runs the command.
    ///
    /// # Errors
    /// When it cannot be done; the message is for the user.
    pub fn run(self) -> Result<(), CclError> {
        let ended = match self.command {
            Command::Check(args) => args.run(),
            Command::Fmt(args) => args.run(),
            Command::Compile(args) => args.run(),
            Command::Test(args) => args.run(),
            Command::Run(args) => args.run(),
            Command::Diff(args) => args.run(),
            Command::Explain(args) => args.run(),
            Command::WhoCan(args) => args.run(),
            Command::Doc(args) => args.run(),
            Command::New(args) => args.run(),
            Command::Lsp => icn_ccl_lsp::run_stdio().map(|()| Ended::Well).map_err(CclError::from),
        };
        match ended? {
            Ended::Well => Ok(()),
            Ended::Found => Err(CclError::Found),
        }
    }
}

/// How documents for people are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum TextFormat {
    /// Text, for people
    #[default]
    Text,
    /// Markdown, to be published
    Markdown,
    /// JSON, for programs
    Json,
}

/// A document without mistakes; those of another are reported.
fn sound(path: &std::path::Path, arguments: &Arguments) -> Result<Document, CclError> {
    let document = Document::open(path, arguments)?;
    if document.is_sound() {
        return Ok(document);
    }
    output::note(&document.report(colored()))?;
    Err(CclError::Found)
}

/// Whether terminal colours are wanted.
fn colored() -> bool {
    use std::io::IsTerminal as _;
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// Prints to standard output.
fn printer(output: Format) -> Printer {
    Printer::new(output)
}
