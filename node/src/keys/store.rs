//! The keys of a home.

use super::{
    document::{Document, FILE_BYTES_MAX},
    file::{create_private_folder, read_open, read_private, write_private, Existing},
    KeyError, Passphrase, PassphraseSource, PublicKey, Purpose, Secret,
};
use icn_chain_spec::ChainType;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Name of the key with which a validator signs, unless another is given.
pub const CONSENSUS: &str = "consensus";

/// Name of the key that names a node on the network, unless another is given.
pub const NODE: &str = "node";

/// Folder of the keys in a home.
pub(crate) const KEYS_FOLDER: &str = "keys";

/// How the file of a key ends.
const SUFFIX: &str = ".json";

/// Longest name of a key.
const NAME_LENGTH_MAX: usize = 64;

/// The keys of a home: a folder that only its owner can enter, with one file for each key.
#[derive(Clone, Debug)]
pub struct Keystore {
    home: PathBuf,
    chain: ChainType,
}

/// How a secret is kept.
#[derive(Clone, Debug)]
pub enum Protection {
    /// Encrypted with this.
    Passphrase(Passphrase),
    /// In the clear; only for Development and Local chains.
    None,
}

/// A key that is there, as the clear part of its file tells it. Whether the secret fits is known when it is unlocked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// Its name.
    pub name: String,
    /// Its public part.
    pub public: PublicKey,
    /// Whether a passphrase is needed to use it.
    pub is_encrypted: bool,
    /// Its file.
    pub path: PathBuf,
}

/// The keys that are there.
#[derive(Debug, Default)]
pub struct Listing {
    /// Those that can be read, by name.
    pub keys: Vec<StoredKey>,
    /// Why others cannot.
    pub unreadable: Vec<KeyError>,
}

impl Keystore {
    /// The keys of a home, for use on a chain with users: well-known keys and those without a passphrase are refused. See
    /// [`Self::on`].
    pub fn at(home: &Path) -> Self {
        Self { home: home.into(), chain: ChainType::Live }
    }

    /// The keys for use on a chain of this type: well-known ones are allowed on Development chains, those without a
    /// passphrase on Development and Local ones.
    #[must_use]
    pub fn on(self, chain: ChainType) -> Self {
        Self { chain, ..self }
    }

    /// Where the keys are.
    pub fn folder(&self) -> PathBuf {
        self.home.join(KEYS_FOLDER)
    }

    /// Keeps a new key.
    ///
    /// # Errors
    /// When there is a key of that name, the name is none, the secret is one that everyone knows, a passphrase is missing, or
    /// the system refuses.
    pub fn create(&self, name: &str, secret: &Secret, protection: &Protection) -> Result<StoredKey, KeyError> {
        self.write(name, secret, protection, Existing::Kept)
    }

    /// Keeps a key in the place of another, which is lost.
    ///
    /// # Errors
    /// As [`Self::create`], but for a key of that name.
    pub fn replace(&self, name: &str, secret: &Secret, protection: &Protection) -> Result<StoredKey, KeyError> {
        self.write(name, secret, protection, Existing::Replaced)
    }

    fn write(
        &self,
        name: &str,
        secret: &Secret,
        protection: &Protection,
        existing: Existing,
    ) -> Result<StoredKey, KeyError> {
        let path = self.check_free(name, existing)?;
        self.check_known(secret)?;
        let passphrase = match protection {
            Protection::Passphrase(passphrase) => Some(passphrase),
            Protection::None if self.chain == ChainType::Live => return Err(KeyError::PassphraseNeeded),
            Protection::None => None,
        };
        let document = Document::new(secret, passphrase);
        create_private_folder(&self.folder())?;
        write_private(&path, document.to_json().as_bytes(), existing)?;
        Ok(stored(name, path, document))
    }

    /// Where a new key goes. Asked before a passphrase is, so that nobody types one for nothing.
    ///
    /// # Errors
    /// When the name is none, or there is a key and it is to be kept.
    pub fn check_free(&self, name: &str, existing: Existing) -> Result<PathBuf, KeyError> {
        let path = self.path_of(name)?;
        match existing == Existing::Kept && path.exists() {
            true => Err(KeyError::Exists { path }),
            false => Ok(path),
        }
    }

    /// All keys.
    ///
    /// # Errors
    /// When the folder cannot be read. A home without keys has an empty list.
    pub fn list(&self) -> Result<Listing, KeyError> {
        let folder = self.folder();
        let unreadable = |source| KeyError::Unreadable { path: folder.clone(), source };
        let entries = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Listing::default()),
            entries => entries.map_err(unreadable)?,
        };
        let files = entries.collect::<io::Result<Vec<_>>>().map_err(unreadable)?;
        let names = files.iter().filter_map(|file| file.file_name().into_string().ok());
        let names = names.filter_map(|file| Some(file.strip_suffix(SUFFIX)?.to_owned()));
        let mut names: Vec<String> = names.filter(|name| is_name(name)).collect();
        names.sort();
        let mut listing = Listing::default();
        for name in names {
            match self.public(&name) {
                Ok(key) => listing.keys.push(key),
                Err(error) => listing.unreadable.push(error),
            }
        }
        Ok(listing)
    }

    /// What is known of a key without its passphrase.
    ///
    /// # Errors
    /// When there is none of that name, or its file is damaged.
    pub fn public(&self, name: &str) -> Result<StoredKey, KeyError> {
        let path = self.path_of(name)?;
        let bytes = read_open(&path, FILE_BYTES_MAX).map_err(|error| self.explain(name, error))?;
        let document = Document::parse(&path, &bytes)?;
        Ok(stored(name, path, document))
    }

    /// The secret of a key. The passphrase is asked for when the key has one.
    ///
    /// # Errors
    /// When there is no such key, others can read its file, the file is damaged, the passphrase is missing or wrong, or a key
    /// of this kind may not be used on this type of chain.
    pub fn unlock(&self, name: &str, passphrases: &PassphraseSource) -> Result<Secret, KeyError> {
        let path = self.path_of(name)?;
        let bytes = read_private(&path, FILE_BYTES_MAX).map_err(|error| self.explain(name, error))?;
        let document = Document::parse(&path, &bytes)?;
        if !document.is_encrypted() && self.chain == ChainType::Live {
            return Err(KeyError::Unprotected { name: name.into() });
        }
        let secret = document.open(name, &path, || passphrases.read(name))?;
        self.check_known(&secret)?;
        Ok(secret)
    }

    /// Refuses secrets that everyone knows, where that matters.
    fn check_known(&self, secret: &Secret) -> Result<(), KeyError> {
        match secret.well_known_name() {
            Some(name) if self.chain != ChainType::Development => Err(KeyError::WellKnown { name }),
            _ => Ok(()),
        }
    }

    fn path_of(&self, name: &str) -> Result<PathBuf, KeyError> {
        match is_name(name) {
            true => Ok(self.folder().join(format!("{name}{SUFFIX}"))),
            false => Err(KeyError::Name { name: name.into() }),
        }
    }

    /// A file that is not there is a key that is not there.
    fn explain(&self, name: &str, error: KeyError) -> KeyError {
        match error {
            KeyError::Unreadable { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                let purposes = [Purpose::Consensus, Purpose::Node];
                let purpose = purposes.into_iter().find(|purpose| purpose.as_str() == name);
                let purpose = purpose.unwrap_or(Purpose::Account);
                KeyError::Missing { name: name.into(), home: self.home.clone(), purpose }
            }
            error => error,
        }
    }
}

fn stored(name: &str, path: PathBuf, document: Document) -> StoredKey {
    StoredKey { name: name.into(), is_encrypted: document.is_encrypted(), public: document.public, path }
}

/// Whether a text can name a key: it is the name of a file in any folder, and never an option of a command.
fn is_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    text.len() <= NAME_LENGTH_MAX
        && text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
        && text.bytes().all(is_allowed)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use crate::keys::{KeyKind, Scheme};
    use std::os::unix::fs::PermissionsExt as _;

    struct Home {
        directory: tempfile::TempDir,
    }

    impl Home {
        fn new() -> Self {
            Self { directory: tempfile::tempdir().expect("a directory") }
        }

        fn keys(&self, chain: ChainType) -> Keystore {
            Keystore::at(&self.directory.path().join("home")).on(chain)
        }

        fn passphrase(&self, text: &str) -> PassphraseSource {
            let path = self.directory.path().join("passphrase");
            write_private(&path, text.as_bytes(), Existing::Replaced).expect("written");
            PassphraseSource::new(Some(path), None)
        }
    }

    fn passphrase() -> Protection {
        Protection::Passphrase(Passphrase::new("open sesame").expect("not empty"))
    }

    fn secret(kind: KeyKind) -> Secret {
        Secret::random(kind).expect("random")
    }

    #[test]
    fn a_key_of_each_kind_is_kept_and_unlocked() {
        let home = Home::new();
        let keys = home.keys(ChainType::Live);
        let kinds = [
            KeyKind::Consensus,
            KeyKind::Node,
            KeyKind::Account(Scheme::Sr25519),
            KeyKind::Account(Scheme::Ed25519),
            KeyKind::Account(Scheme::Ecdsa),
        ];
        for kind in kinds {
            let name = format!("{}-{}", kind.purpose(), kind.scheme());
            let secret = secret(kind);
            let stored = keys.create(&name, &secret, &passphrase()).expect("kept");
            assert_eq!(stored, keys.public(&name).expect("there"));
            assert_eq!((&stored.public, stored.is_encrypted), (secret.public(), true));
            let unlocked = keys.unlock(&name, &home.passphrase("open sesame")).expect("unlocked");
            assert_eq!((unlocked.public(), unlocked.bytes()), (secret.public(), secret.bytes()));
        }
        let names: Vec<String> = keys.list().expect("readable").keys.into_iter().map(|key| key.name).collect();
        assert_eq!(names, ["account-ecdsa", "account-ed25519", "account-sr25519", "consensus-ed25519", "node-ed25519"]);
    }

    #[test]
    fn a_key_stays_locked_without_its_passphrase() {
        let home = Home::new();
        let keys = home.keys(ChainType::Live);
        keys.create(NODE, &secret(KeyKind::Node), &passphrase()).expect("kept");
        let error = keys.unlock(NODE, &home.passphrase("open barley")).expect_err("locked");
        assert!(matches!(&error, KeyError::WrongPassphrase { name } if name == NODE), "{error}");
    }

    #[test]
    fn a_missing_key_names_the_command_that_makes_one() {
        let home = Home::new();
        let keys = home.keys(ChainType::Live);
        assert!(keys.list().expect("no folder yet").keys.is_empty());
        for (name, command) in [
            (CONSENSUS, "icn keys new consensus --name consensus --home "),
            (NODE, "icn keys new node --name node --home "),
            ("mine", "icn keys new account --name mine --home "),
        ] {
            let error = keys.unlock(name, &PassphraseSource::default()).expect_err("missing");
            assert!(error.to_string().contains(command), "{error}");
            assert!(matches!(keys.public(name), Err(KeyError::Missing { .. })));
        }
    }

    #[test]
    fn a_key_is_replaced_only_when_asked_for() {
        let home = Home::new();
        let keys = home.keys(ChainType::Local);
        let [first, second] = [(); 2].map(|()| secret(KeyKind::Node));
        keys.create(NODE, &first, &Protection::None).expect("kept");
        assert!(matches!(keys.create(NODE, &second, &Protection::None), Err(KeyError::Exists { .. })));
        assert_eq!(&keys.public(NODE).expect("there").public, first.public());
        keys.replace(NODE, &second, &Protection::None).expect("replaced");
        assert_eq!(&keys.public(NODE).expect("there").public, second.public());
    }

    #[test]
    fn names_stay_in_the_folder() {
        let home = Home::new();
        let keys = home.keys(ChainType::Local);
        let secret = secret(KeyKind::Node);
        for name in ["", ".", "..", "../node", "a/b", "/tmp/a", "-f", "_a", "a.b", "é", "a b", &"a".repeat(65)] {
            let error = keys.create(name, &secret, &Protection::None).expect_err("no name");
            assert!(matches!(error, KeyError::Name { .. }), "{name}: {error}");
            assert!(matches!(keys.public(name), Err(KeyError::Name { .. })));
        }
        for name in ["a", "Mill-2_b", &"a".repeat(64)] {
            keys.create(name, &secret, &Protection::None).expect("a name");
        }
    }

    #[test]
    fn keys_without_a_passphrase_are_for_test_networks() {
        let home = Home::new();
        let secret = secret(KeyKind::Consensus);
        let error = home.keys(ChainType::Live).create(CONSENSUS, &secret, &Protection::None).expect_err("refused");
        assert!(matches!(error, KeyError::PassphraseNeeded), "{error}");
        for chain in [ChainType::Development, ChainType::Local] {
            let keys = home.keys(chain);
            keys.replace(CONSENSUS, &secret, &Protection::None).expect("allowed");
            assert!(!keys.public(CONSENSUS).expect("there").is_encrypted);
            let unlocked = keys.unlock(CONSENSUS, &PassphraseSource::default()).expect("asks for nothing");
            assert_eq!(unlocked.public(), secret.public());
        }
        let error = home.keys(ChainType::Live).unlock(CONSENSUS, &PassphraseSource::default()).expect_err("refused");
        assert!(matches!(error, KeyError::Unprotected { .. }), "{error}");
    }

    #[test]
    fn keys_that_everyone_knows_are_for_development_chains() {
        let kinds =
            [KeyKind::Consensus, KeyKind::Node, KeyKind::Account(Scheme::Sr25519), KeyKind::Account(Scheme::Ecdsa)];
        for kind in kinds {
            let home = Home::new();
            let alice = Secret::from_uri(kind, "//Alice").expect("a path");
            for chain in [ChainType::Local, ChainType::Live] {
                let error = home.keys(chain).create("alice", &alice, &passphrase()).expect_err("refused");
                assert!(error.to_string().contains("//Alice"), "{error}");
            }
            home.keys(ChainType::Development).replace("alice", &alice, &Protection::None).expect("allowed");
            let error = home.keys(ChainType::Local).unlock("alice", &PassphraseSource::default()).expect_err("refused");
            assert!(matches!(error, KeyError::WellKnown { .. }), "{error}");
        }
    }

    #[test]
    fn a_file_that_others_can_read_is_not_unlocked() {
        let home = Home::new();
        let keys = home.keys(ChainType::Local);
        let path = keys.create(NODE, &secret(KeyKind::Node), &Protection::None).expect("kept").path;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("mode set");
        let error = keys.unlock(NODE, &PassphraseSource::default()).expect_err("refused");
        assert!(matches!(error, KeyError::ReadableByOthers { mode: 0o644, .. }), "{error}");
        keys.public(NODE).expect("the public part is no secret");
    }

    #[test]
    fn a_damaged_file_is_named_and_hides_no_other() {
        let home = Home::new();
        let keys = home.keys(ChainType::Local);
        keys.create("a", &secret(KeyKind::Node), &Protection::None).expect("kept");
        let path = keys.create("b", &secret(KeyKind::Node), &Protection::None).expect("kept").path;
        let text = fs::read_to_string(&path).expect("readable");
        write_private(&path, &text.as_bytes()[..text.len() / 2], Existing::Replaced).expect("written");
        fs::write(keys.folder().join("notes.txt"), "mine").expect("written");
        let listing = keys.list().expect("readable");
        assert_eq!(listing.keys.iter().map(|key| key.name.as_str()).collect::<Vec<_>>(), ["a"]);
        let [KeyError::Damaged { path: named, .. }] = &listing.unreadable[..] else { panic!("{listing:?}") };
        assert_eq!(named, &path);
        let error = keys.unlock("b", &PassphraseSource::default()).expect_err("damaged");
        assert!(matches!(error, KeyError::Damaged { .. }), "{error}");
        write_private(&path, &vec![b' '; 17_000], Existing::Replaced).expect("written");
        assert!(matches!(keys.public("b"), Err(KeyError::TooLarge { .. })));
    }
}
