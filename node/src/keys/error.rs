//! What goes wrong with keys. Each message says what to do; none holds a secret.

use super::{passphrase::CREDENTIAL, polkadot_json::PolkadotJsonError, Purpose};
use std::{io, path::PathBuf};

/// Why a key cannot be made, read or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// A name that files cannot have.
    #[error("{name:?} cannot name a key: write 1 to 64 letters, digits, - and _, the first a letter or digit")]
    Name {
        /// As given.
        name: String,
    },
    /// There is no such key.
    #[error("there is no key {name} in {}; make one with `icn keys new {purpose} --name {name} --home {}`", home.display(), home.display())]
    Missing {
        /// Its name.
        name: String,
        /// The home that was searched.
        home: PathBuf,
        /// What a key of that name is most likely for.
        purpose: Purpose,
    },
    /// There is something already where a file should go.
    #[error("{} exists already and is kept; choose another name, or say --force to replace it for ever", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("{} cannot be written", path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Others may read a secret.
    #[error("{} may be read by others (mode {mode:03o}); run: chmod 600 {}", path.display(), path.display())]
    ReadableByOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A file is larger than anything that belongs there.
    #[error("{} is larger than {bytes_max} bytes, so it is not what it should be", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most it may have.
        bytes_max: u64,
    },
    /// A key's file is not as it was written.
    #[error("the key file {} is damaged; restore a copy of it", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: Damage,
    },
    /// A key's file was written by a later version.
    #[error("the key file {} has format {version}, which is newer than this program", path.display())]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// The passphrase opens another key, if any.
    #[error("the passphrase does not open the key {name}")]
    WrongPassphrase {
        /// The key.
        name: String,
    },
    /// There is nobody to ask for the passphrase.
    #[error(
        "no passphrase for the key {name}: give --passphrase-file FILE, set keys.passphrase_file in icn.toml, or pass the \
         systemd credential {CREDENTIAL}; on a terminal it is asked for"
    )]
    NoPassphrase {
        /// The key.
        name: String,
    },
    /// A passphrase of no characters.
    #[error("the passphrase is empty{}", path.as_ref().map_or_else(String::new, |path| format!(": write one into {}", path.display())))]
    EmptyPassphrase {
        /// The file that holds it, when it was not typed.
        path: Option<PathBuf>,
    },
    /// A passphrase that is no text.
    #[error("the passphrase in {} is not UTF-8", path.display())]
    PassphraseNotText {
        /// The file.
        path: PathBuf,
    },
    /// A new passphrase was typed in two ways.
    #[error("the two passphrases differ; nothing was written")]
    PassphrasesDiffer,
    /// The terminal fails.
    #[error("the terminal cannot be used")]
    Terminal(#[source] io::Error),
    /// A secret would be written in the clear where that matters.
    #[error(
        "a key without a passphrase is refused here: only a home of a Development or Local chain may have one; leave out \
         --insecure-no-passphrase"
    )]
    PassphraseNeeded,
    /// A secret is in the clear where that matters.
    #[error(
        "the key {name} has no passphrase, which only Development and Local chains allow; make one that has, with `icn keys \
         new` or `icn keys import`"
    )]
    Unprotected {
        /// The key.
        name: String,
    },
    /// A key serves another purpose.
    #[error("a key for {found} cannot serve as one for {wanted}; `icn keys list` shows what each key is for")]
    WrongPurpose {
        /// What it is for.
        found: Purpose,
        /// What is needed.
        wanted: Purpose,
    },
    /// Everyone can sign with the key.
    #[error("{name} is refused: everyone knows its secret, so it may only be used on Development chains")]
    WellKnown {
        /// Whose it is.
        name: &'static str,
    },
    /// A text is no secret phrase.
    #[error("that is no secret phrase of 12 to 24 English words with an optional //path and ///password")]
    NotAPhrase,
    /// Bytes are no secret key.
    #[error("that is no secret key: write 64 hex digits")]
    NotASeed,
    /// The key was derived in a way that has no seed.
    #[error("the key has no seed of 32 bytes: it came from a wallet or a soft path; export it with --polkadot-json")]
    NoSeed,
    /// A file of a wallet is none, or its password is another.
    #[error("{} cannot be imported", path.display())]
    PolkadotJson {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: PolkadotJsonError,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random(#[source] getrandom::Error),
}

/// What is wrong with a key's file.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// It is no document of a key. The text is left out, because it may hold a secret.
    #[error("line {line}, column {column} is not as a key file has it")]
    Document {
        /// Where; the first line is 1.
        line: usize,
        /// Where in the line.
        column: usize,
    },
    /// It names no purpose and scheme that keys have.
    #[error("it names no kind of key")]
    Kind,
    /// Its public key is no hex, or of another length.
    #[error("its public key is malformed")]
    Public,
    /// The encrypted part was changed or cut off.
    #[error("its encrypted part was changed")]
    Encrypted,
    /// Opening it would take more memory and time than any file that was written here.
    #[error(
        "its encrypted part asks for 2^{work_factor} rounds of scrypt, the most that is tried is 2^{work_factor_max}"
    )]
    Work {
        /// What it asks for, as a power of two.
        work_factor: u8,
        /// The most that is tried.
        work_factor_max: u8,
    },
    /// What was encrypted is no secret.
    #[error("its secret is malformed")]
    Secret,
    /// The secret belongs to another public key.
    #[error("its secret belongs to another key than it says")]
    OtherKey,
}
