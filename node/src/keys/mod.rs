//! The keys of a node and of those who use it, encrypted on disk.
//!
//! A [`Keystore`] is the folder `keys` of a home, with one JSON file for each key: what it is and its public part in the
//! clear, its secret as an armored `age` file that a passphrase opens. A [`KeyKind`] says what a key is for. [`Secret`] is
//! what a key that was unlocked gives; it is wiped from memory when it is dropped and has no text. [`PassphraseSource`] says
//! where passphrases come from: a file, a systemd credential, or the terminal, and never a flag or a variable, which other
//! processes can read. [`polkadot_json`] exchanges accounts with wallets.
//!
//! Start with [`Keystore`]. Nothing here knows a chain, apart from what kind of chain a key is used on: keys whose secrets
//! everyone knows belong on Development chains, keys without a passphrase there and on Local ones.

mod document;
mod error;
mod file;
mod kind;
mod passphrase;
mod phrase;
pub mod polkadot_json;
mod public;
mod seal;
mod secret;
mod signer;
mod store;

pub use error::{Damage, KeyError};
pub use file::{read_private, write_private, Existing};
pub use kind::{KeyKind, Purpose, Scheme};
pub use passphrase::{Passphrase, PassphraseSource, CREDENTIAL, CREDENTIALS_VARIABLE};
pub use phrase::{Phrase, Words};
pub use polkadot_json::PolkadotJsonError;
pub use public::PublicKey;
pub use secret::Secret;
pub use signer::AccountSigner;
pub(crate) use store::KEYS_FOLDER;
pub use store::{Keystore, Listing, Protection, StoredKey, CONSENSUS, NODE};
