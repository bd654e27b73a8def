//! `icn init`: a home for a node.

use super::{chain, output, settings::HomeArgs, CliError};
use crate::config::{default_home, CONFIG_FILE};

/// Make the home of a node: a directory with a commented configuration and the chain's specification
///
/// A directory that has anything in it is left alone.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn init                                      ~/.icn for the Development chain
  icn init --home /srv/icn --chain valley.json  for a chain of your own; see `icn chain-spec build`")]
pub struct InitArgs {
    #[command(flatten)]
    home: HomeArgs,

    /// File of the chain's specification, or `dev`
    #[arg(long, value_name = "CHAIN", default_value = chain::DEVELOPMENT)]
    chain: String,
}

impl InitArgs {
    /// Runs the command.
    ///
    /// # Errors
    /// When the specification is not valid, or the directory is taken.
    pub fn run(&self) -> Result<(), CliError> {
        let spec = chain::resolve(&self.chain)?;
        let home = default_home(self.home.home.as_deref())?;
        home.create(&spec.to_json())?;
        let path = home.path().display();
        Ok(output::line(&format!(
            "Made {path} for the chain {name}.\nChange {path}/{CONFIG_FILE} if you like, then run:\n  icn start --home {path}",
            name = spec.name,
        ))?)
    }
}
