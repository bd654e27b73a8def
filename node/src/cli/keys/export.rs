//! `icn keys export`.

use super::{passphrase::JsonPasswordArgs, place::Place, PassphraseArgs};
use crate::{
    cli::{output, settings::HomeArgs, CliError},
    keys::{polkadot_json, write_private, Existing, KeyError, Purpose, Secret},
};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Write the secret of a key into a file: for a wallet, or bare
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn keys export treasurer --polkadot-json treasurer.json    for wallets, with a password
  icn keys export consensus --secret-file seed.hex --yes      64 hex digits, not encrypted")]
pub(super) struct ExportArgs {
    /// Name of the key
    #[arg(value_name = "NAME")]
    name: String,

    #[command(flatten)]
    target: TargetArgs,

    #[command(flatten)]
    json_password: JsonPasswordArgs,

    /// Yes, write the bare secret
    #[arg(long, requires = "secret_file")]
    yes: bool,

    /// Replace a file that is there
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    home: HomeArgs,

    #[command(flatten)]
    passphrase: PassphraseArgs,
}

#[derive(Clone, Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct TargetArgs {
    /// Write an account as JSON for polkadot.js and other wallets, encrypted with a password of its own
    #[arg(long, value_name = "FILE")]
    polkadot_json: Option<PathBuf>,

    /// Write the seed as 64 hex digits, not encrypted
    #[arg(long, value_name = "FILE", requires = "yes")]
    secret_file: Option<PathBuf>,
}

impl ExportArgs {
    /// Runs the command.
    pub(super) fn run(&self) -> Result<(), CliError> {
        let place = Place::of(&self.home)?;
        match (&self.target.polkadot_json, &self.target.secret_file) {
            (Some(path), _) => {
                let secret = self.unlock(&place, path)?;
                secret.check_purpose(Purpose::Account)?;
                let json = polkadot_json::encode(&secret, &self.name, &self.json_password.choose(path)?)?;
                self.write(path, json.as_bytes())
            }
            (_, Some(path)) => {
                let seed = self.unlock(&place, path)?.seed()?;
                let digits = Zeroizing::new(hex::encode(seed.as_slice()));
                self.write(path, Zeroizing::new(format!("{}\n", digits.as_str())).as_bytes())
            }
            // The grammar wants one of them.
            _ => Ok(()),
        }
    }

    /// The secret, unless the file that it goes to is there: nobody types a passphrase for nothing.
    fn unlock(&self, place: &Place, path: &Path) -> Result<Secret, CliError> {
        if self.existing() == Existing::Kept && path.exists() {
            return Err(KeyError::Exists { path: path.into() }.into());
        }
        Ok(place.keystore.unlock(&self.name, &self.passphrase.source(&place.home)?)?)
    }

    fn write(&self, path: &Path, content: &[u8]) -> Result<(), CliError> {
        write_private(path, content, self.existing())?;
        Ok(output::line(&format!("Wrote {}", path.display()))?)
    }

    fn existing(&self) -> Existing {
        match self.force {
            true => Existing::Replaced,
            false => Existing::Kept,
        }
    }
}
