//! `icn keys new`.

use super::{place::NewKeyArgs, shown, KeysError};
use crate::{
    cli::{
        output::{note, OutputArgs},
        CliError,
    },
    keys::{write_private, Existing, KeyKind, Phrase, Purpose, Scheme, Secret, Words},
};
use std::{
    io::{self, IsTerminal as _},
    path::PathBuf,
};

/// Make a key
///
/// The public part is printed. An account comes from words, which are shown on the terminal once, or written with
/// --phrase-file: whoever has them has the account.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn keys new consensus                                   the key with which a validator signs
  icn keys new node                                        the identity of a node on the network
  icn keys new account --name treasurer --words 24
  icn keys new consensus --home /srv/icn --passphrase-file /etc/icn/passphrase --output json")]
pub(super) struct NewArgs {
    /// What the key is for
    #[arg(value_name = "KIND", value_enum)]
    kind: Purpose,

    /// How an account signs [default: sr25519]
    #[arg(long, value_name = "SCHEME", value_enum)]
    scheme: Option<Scheme>,

    /// How many words an account has [default: 12]
    #[arg(long, value_name = "COUNT", value_enum)]
    words: Option<Words>,

    /// Write the words of an account into this new file instead of showing them
    #[arg(long, value_name = "FILE")]
    phrase_file: Option<PathBuf>,

    #[command(flatten)]
    key: NewKeyArgs,

    #[command(flatten)]
    output: OutputArgs,
}

impl NewArgs {
    /// Runs the command.
    pub(super) fn run(&self) -> Result<(), CliError> {
        let kind = self.kind()?;
        let place = self.key.place(kind.purpose())?;
        let (secret, phrase) = match kind {
            KeyKind::Account(_) => self.secret_of_words(kind)?,
            KeyKind::Consensus | KeyKind::Node => (Secret::random(kind)?, None),
        };
        let key = self.key.keep(&place, &secret)?;
        if let Some(phrase) = phrase {
            note(&format!(
                "These words are the account. Write them down and keep them secret; they are not shown again:\n\n  {}\n",
                phrase.as_str()
            ))?;
        }
        warn(key.is_encrypted)?;
        Ok(self.output.print(&shown::key(&key, place.ss58_prefix))?)
    }

    /// The kind, when the flags fit it.
    fn kind(&self) -> Result<KeyKind, KeysError> {
        let flags = [
            ("--scheme", self.scheme.is_some()),
            ("--words", self.words.is_some()),
            ("--phrase-file", self.phrase_file.is_some()),
        ];
        match flags.into_iter().find(|(_, is_given)| *is_given && self.kind != Purpose::Account) {
            Some((flag, _)) => Err(KeysError::ForAccountsOnly { flag }),
            None => Ok(KeyKind::new(self.kind, self.scheme.unwrap_or_default())),
        }
    }

    /// A secret with its words, unless they are in a file already. The file comes first: a key without its words is worth
    /// less than words without their key.
    fn secret_of_words(&self, kind: KeyKind) -> Result<(Secret, Option<Phrase>), CliError> {
        let phrase = Phrase::random(self.words.unwrap_or_default())?;
        let secret = Secret::from_phrase(kind, &phrase)?;
        match &self.phrase_file {
            Some(path) => {
                let line = zeroize::Zeroizing::new(format!("{}\n", phrase.as_str()));
                write_private(path, line.as_bytes(), Existing::Kept)?;
                Ok((secret, None))
            }
            None if io::stderr().is_terminal() => Ok((secret, Some(phrase))),
            None => Err(KeysError::NoTerminalForPhrase.into()),
        }
    }
}

/// Says that a secret is in the clear.
pub(super) fn warn(is_encrypted: bool) -> io::Result<()> {
    match is_encrypted {
        true => Ok(()),
        false => note("the secret is not encrypted: use the key on test networks only"),
    }
}
