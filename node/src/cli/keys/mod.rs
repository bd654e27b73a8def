//! `icn keys`: making, showing and exchanging the keys of a home.

mod export;
mod import;
mod new;
mod passphrase;
mod place;
mod sealing;
mod shown;

pub use passphrase::PassphraseArgs;

use super::{
    output::{note, OutputArgs},
    settings::HomeArgs,
    value::Shown,
    CliError,
};
use crate::keys::KeyError;
use place::Place;
use std::path::PathBuf;

/// Make, show and exchange keys: of a validator, of a node, of accounts
///
/// They are kept under the home in keys/NAME.json, each encrypted with a passphrase. The passphrase comes from
/// --passphrase-file, else the systemd credential icn-passphrase, else keys.passphrase_file of icn.toml, else it is asked
/// for; never from an environment variable.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn keys new consensus --home /srv/icn         the key with which a validator signs
  icn keys new account --name treasurer          an account, and the words to restore it
  icn keys list
  icn keys import account --name old --polkadot-json old.json
  icn tx System.remark remark=0x00 --signer key:treasurer")]
pub struct KeysArgs {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum KeysCommand {
    New(new::NewArgs),
    List(ListArgs),
    Show(ShowArgs),
    Import(import::ImportArgs),
    Export(export::ExportArgs),
    Sealing(sealing::SealingArgs),
}

/// List the keys of a home
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn keys list
  icn keys list --home /srv/icn --output json | jq -r '.[].name'")]
struct ListArgs {
    #[command(flatten)]
    home: HomeArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// Show the public part of a key
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn keys show consensus
  icn keys show node --output json | jq -r .peer_id")]
struct ShowArgs {
    /// Name of the key
    #[arg(value_name = "NAME")]
    name: String,

    #[command(flatten)]
    home: HomeArgs,

    #[command(flatten)]
    output: OutputArgs,
}

/// Why a key cannot be made, shown or exchanged.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The words of a new account would go where they stay.
    #[error(
        "there is no terminal to show the words of the account on; give --phrase-file FILE to have them in a file"
    )]
    NoTerminalForPhrase,
    /// There is nobody to ask for the password of a wallet's file.
    #[error("no password for {}: give --json-password-file FILE; on a terminal it is asked for", path.display())]
    NoJsonPassword {
        /// The file.
        path: PathBuf,
    },
    /// A flag has no meaning for this kind of key.
    #[error("{flag} is for accounts only")]
    ForAccountsOnly {
        /// The flag.
        flag: &'static str,
    },
    /// A file holds no secret.
    #[error("{} cannot be imported", path.display())]
    NotImported {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: KeyError,
    },
}

impl KeysArgs {
    /// Runs the command.
    ///
    /// # Errors
    /// When a key is there already, missing, locked or damaged, or a file cannot be read or written.
    pub fn run(&self) -> Result<(), CliError> {
        match &self.command {
            KeysCommand::New(args) => args.run(),
            KeysCommand::List(args) => args.run(),
            KeysCommand::Show(args) => args.run(),
            KeysCommand::Import(args) => args.run(),
            KeysCommand::Export(args) => args.run(),
            KeysCommand::Sealing(args) => args.run(),
        }
    }
}

impl ListArgs {
    /// Prints the keys that can be read, then fails when there are others.
    fn run(&self) -> Result<(), CliError> {
        let place = Place::of(&self.home)?;
        let listing = place.keystore.list()?;
        let keys = listing.keys.iter().map(|key| shown::key(key, place.ss58_prefix));
        if listing.keys.is_empty() && self.output.is_text() {
            note(&format!("there are no keys in {}", place.keystore.folder().display()))?;
        } else {
            self.output.print(&Shown::List(keys.collect()))?;
        }
        match listing.unreadable.into_iter().next() {
            Some(error) => Err(error.into()),
            None => Ok(()),
        }
    }
}

impl ShowArgs {
    fn run(&self) -> Result<(), CliError> {
        let place = Place::of(&self.home)?;
        let key = place.keystore.public(&self.name)?;
        Ok(self.output.print(&shown::key(&key, place.ss58_prefix))?)
    }
}
