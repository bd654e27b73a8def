//! `icn keys import`.

use super::{new::warn, passphrase::JsonPasswordArgs, place::NewKeyArgs, shown, KeysError};
use crate::{
    cli::{output::OutputArgs, CliError},
    keys::{polkadot_json, read_private, KeyError, KeyKind, Purpose, Scheme, Secret},
};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Longest file with a secret, in bytes: 24 words with paths take far less.
const SECRET_FILE_BYTES_MAX: u64 = 1024;

/// Keep a key that exists elsewhere: words, a seed, or an account of a wallet
///
/// The file with the secret must belong to its owner alone (chmod 600). It is left where it is; remove it when the key is
/// kept.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn keys import account --name treasurer --mnemonic-file words.txt
  icn keys import account --name old --polkadot-json old.json
  icn keys import consensus --secret-file seed.hex --passphrase-file /etc/icn/passphrase")]
pub(super) struct ImportArgs {
    /// What the key is for
    #[arg(value_name = "KIND", value_enum)]
    kind: Purpose,

    #[command(flatten)]
    secret: SecretArgs,

    #[command(flatten)]
    json_password: JsonPasswordArgs,

    /// How an account signs [default: sr25519; a polkadot.js JSON says so itself]
    #[arg(long, value_name = "SCHEME", value_enum, conflicts_with = "polkadot_json")]
    scheme: Option<Scheme>,

    #[command(flatten)]
    key: NewKeyArgs,

    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Clone, Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct SecretArgs {
    /// File with 12 to 24 words, with an optional //path and ///password
    #[arg(long, value_name = "FILE")]
    mnemonic_file: Option<PathBuf>,

    /// File with a seed of 64 hex digits
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,

    /// JSON file that polkadot.js or another wallet exported
    #[arg(long, value_name = "FILE")]
    polkadot_json: Option<PathBuf>,
}

impl ImportArgs {
    /// Runs the command.
    pub(super) fn run(&self) -> Result<(), CliError> {
        if self.scheme.is_some() && self.kind != Purpose::Account {
            return Err(KeysError::ForAccountsOnly { flag: "--scheme" }.into());
        }
        let place = self.key.place(self.kind)?;
        let secret = self.secret()?;
        let key = self.key.keep(&place, &secret)?;
        warn(key.is_encrypted)?;
        Ok(self.output.print(&shown::key(&key, place.ss58_prefix))?)
    }

    fn secret(&self) -> Result<Secret, CliError> {
        let kind = KeyKind::new(self.kind, self.scheme.unwrap_or_default());
        let read = |path: &Path, parse: fn(KeyKind, &str) -> Result<Secret, KeyError>| {
            let text = read_text(path)?;
            let secret = parse(kind, text.trim());
            secret.map_err(|source| KeysError::NotImported { path: path.into(), source }.into())
        };
        match (&self.secret.mnemonic_file, &self.secret.secret_file, &self.secret.polkadot_json) {
            (Some(path), _, _) => read(path, Secret::from_uri),
            (_, Some(path), _) => read(path, Secret::from_hex),
            (_, _, Some(path)) if self.kind == Purpose::Account => {
                Ok(polkadot_json::read(path, &self.json_password.read(path)?)?)
            }
            _ => Err(KeysError::ForAccountsOnly { flag: "--polkadot-json" }.into()),
        }
    }
}

fn read_text(path: &Path) -> Result<Zeroizing<String>, CliError> {
    let bytes = read_private(path, SECRET_FILE_BYTES_MAX)?;
    // Whatever is no text is no secret either.
    Ok(Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned()))
}
