//! `icn completions`: what a shell needs to complete this command line.

use super::output;
use clap::CommandFactory as _;
use clap_complete::Shell;
use std::io;

/// Print the completion script of a shell
#[derive(Clone, Copy, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn completions bash > ~/.local/share/bash-completion/completions/icn
  icn completions zsh > ~/.zfunc/_icn                  with ~/.zfunc in $fpath
  icn completions fish > ~/.config/fish/completions/icn.fish")]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

impl CompletionsArgs {
    /// Runs the command.
    ///
    /// # Errors
    /// When standard output fails.
    pub fn run(self) -> io::Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut super::Cli::command(), "icn", &mut script);
        output::line(String::from_utf8_lossy(&script).trim_end())
    }
}
