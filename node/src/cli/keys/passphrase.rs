//! The flag that names a passphrase's file, and the passwords of wallets' files.

use super::KeysError;
use crate::{
    cli::CliError,
    config::{Config, ConfigError, ConfigLayer, Home},
    keys::{Passphrase, PassphraseSource},
};
use confique::Layer as _;
use std::path::{Path, PathBuf};

/// Where the passphrase of a key is.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct PassphraseArgs {
    /// File with the key's passphrase, which nobody but its owner may read [default: the systemd credential
    /// icn-passphrase, else keys.passphrase_file of icn.toml, else asked for]
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

/// Where the password of a wallet's file is.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct JsonPasswordArgs {
    /// File with the password of the polkadot.js JSON [default: asked for]
    #[arg(long, value_name = "FILE", requires = "polkadot_json")]
    json_password_file: Option<PathBuf>,
}

impl PassphraseArgs {
    /// The passphrases for keys of a home, whose configuration is read.
    ///
    /// # Errors
    /// When the configuration is not valid.
    pub fn source(&self, home: &Home) -> Result<PassphraseSource, ConfigError> {
        Ok(self.source_with(&Config::load(ConfigLayer::empty(), home.path())?, home))
    }

    /// The passphrases for keys of a home with this configuration.
    pub fn source_with(&self, config: &Config, home: &Home) -> PassphraseSource {
        PassphraseSource::new(self.passphrase_file.clone(), config.keys.passphrase_file(home))
    }
}

impl JsonPasswordArgs {
    /// The password of a file that is there.
    pub(super) fn read(&self, json: &Path) -> Result<Passphrase, CliError> {
        self.read_or(json, || Passphrase::ask(format_args!("Password of {}", json.display())))
    }

    /// The password of a file to be made.
    pub(super) fn choose(&self, json: &Path) -> Result<Passphrase, CliError> {
        self.read_or(json, || Passphrase::ask_new(format_args!("New password for {}", json.display())))
    }

    fn read_or(
        &self,
        json: &Path,
        ask: impl FnOnce() -> Result<Passphrase, crate::keys::KeyError>,
    ) -> Result<Passphrase, CliError> {
        match &self.json_password_file {
            Some(path) => Ok(Passphrase::from_file(path)?),
            None if Passphrase::can_ask() => Ok(ask()?),
            None => Err(KeysError::NoJsonPassword { path: json.into() }.into()),
        }
    }
}
