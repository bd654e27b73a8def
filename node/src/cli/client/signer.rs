//! Who signs: a development account, a key of a home, or a secret in a file that only its owner can read.

use super::Connection;
use crate::{
    cli::{
        keys::PassphraseArgs,
        settings::HomeArgs,
        value::account::{self, AccountError},
    },
    config::{default_home, ConfigError, HomeError},
    keys::{AccountSigner, KeyError, Keystore},
};
use icn_chain_spec::{is_development_phrase, ChainType};
use std::{
    fmt,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    str::FromStr as _,
};
use subxt::{
    transactions::Signer,
    utils::{AccountId32, MultiSignature},
    SubstrateConfig,
};
use subxt_signer::{sr25519::Keypair, ExposeSecret as _, SecretUri};

/// Longest key file, in bytes: 24 words with paths take far less.
const KEY_FILE_BYTES_MAX: u64 = 1024;

/// How `--signer` names a key of a home.
const KEY_PREFIX: &str = "key:";

/// Who signs a transaction.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct SignerArgs {
    /// Sign with an account of the home, such as key:treasurer (see `icn keys`); or, on Development chains, as a
    /// development account, such as //Alice
    #[arg(long, value_name = "key:NAME or //NAME", conflicts_with = "key_file")]
    pub signer: Option<String>,

    /// Sign with the secret in this file: a phrase of 12 to 24 words or a seed of 0x and 64 hex digits, each with an
    /// optional //path. The file must belong to its owner alone (chmod 600)
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,

    #[command(flatten)]
    home: HomeArgs,

    #[command(flatten)]
    passphrase: PassphraseArgs,
}

/// What signs a transaction.
pub enum TxSigner {
    /// An account of a phrase or seed.
    Phrase(Keypair),
    /// An account of a home.
    Stored(AccountSigner),
}

/// Why nobody can sign.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// No signer was named.
    #[error("nobody signs; add --signer //Alice on a Development chain, else --signer key:NAME or --key-file FILE")]
    Missing,
    /// `--signer` holds something else than a development account.
    #[error("--signer takes key:NAME or a development account, such as //Alice; import a secret with `icn keys import`, or give --key-file")]
    NotADevelopmentAccount(#[source] AccountError),
    /// Development accounts are public.
    #[error("{name} is refused on this chain: everyone knows its secret; sign with --signer key:NAME or --key-file")]
    DevelopmentAccountOnOtherChain {
        /// The account, or the file that holds its phrase.
        name: String,
    },
    /// The file cannot be opened or read.
    #[error("the key file {} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Others may read the secret.
    #[error("the key file {} may be read by others (mode {mode:03o}); run: chmod 600 {}", path.display(), path.display())]
    ReadableByOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The key of a home cannot be used.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// There is no home to look for keys in.
    #[error(transparent)]
    Home(#[from] HomeError),
    /// The configuration of the home, which may name the file of a passphrase, is not valid.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The content is no secret.
    #[error("the key file {} holds no secret: write a phrase of 12 to 24 words, or 0x and 64 hex digits", path.display())]
    NotASecret {
        /// The file.
        path: PathBuf,
    },
}

impl SignerArgs {
    /// The home that holds the key.
    pub fn home(&self) -> &HomeArgs {
        &self.home
    }

    /// The key pair that signs on this chain.
    ///
    /// # Errors
    /// When none is named, it is refused, or the node does not say what chain it serves.
    pub async fn key(&self, connection: &Connection) -> Result<TxSigner, super::ClientError> {
        let chain = connection.chain_type().await?;
        Ok(match (&self.signer, &self.key_file) {
            (Some(text), _) => match text.strip_prefix(KEY_PREFIX) {
                Some(name) => TxSigner::Stored(self.stored_key(name, chain)?),
                None => TxSigner::Phrase(development_key(text, chain)?),
            },
            (None, Some(path)) => TxSigner::Phrase(key_of_file(path, chain == ChainType::Development)?),
            (None, None) => return Err(SignerError::Missing.into()),
        })
    }

    fn stored_key(&self, name: &str, chain: ChainType) -> Result<AccountSigner, SignerError> {
        let home = default_home(self.home.home.as_deref())?;
        let passphrases = self.passphrase.source(&home)?;
        Ok(Keystore::at(home.path()).on(chain).unlock(name, &passphrases)?.account_signer()?)
    }
}

impl TxSigner {
    /// The account that signs.
    pub fn account(&self) -> [u8; 32] {
        Signer::<SubstrateConfig>::account_id(self).0
    }
}

impl Signer<SubstrateConfig> for TxSigner {
    fn account_id(&self) -> AccountId32 {
        match self {
            Self::Phrase(key) => key.public_key().to_account_id(),
            Self::Stored(key) => key.account_id(),
        }
    }

    fn sign(&self, payload: &[u8]) -> MultiSignature {
        match self {
            Self::Phrase(key) => key.sign(payload).into(),
            Self::Stored(key) => key.sign(payload),
        }
    }
}

impl fmt::Debug for TxSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TxSigner").field(&hex::encode(self.account())).finish()
    }
}

fn development_key(path: &str, chain: ChainType) -> Result<Keypair, SignerError> {
    let key = account::development_key(path).map_err(SignerError::NotADevelopmentAccount)?;
    match chain {
        ChainType::Development => Ok(key),
        _ => Err(SignerError::DevelopmentAccountOnOtherChain { name: path.into() }),
    }
}

/// Reads the key pair of a file.
fn key_of_file(path: &Path, development: bool) -> Result<Keypair, SignerError> {
    let unreadable = |source| SignerError::Unreadable { path: path.into(), source };
    let file = File::open(path).map_err(unreadable)?;
    check_mode(path, &file.metadata().map_err(unreadable)?)?;
    let mut text = String::new();
    file.take(KEY_FILE_BYTES_MAX).read_to_string(&mut text).map_err(unreadable)?;
    let wrong = || SignerError::NotASecret { path: path.into() };
    let uri = SecretUri::from_str(text.trim()).map_err(|_| wrong())?;
    if !development && is_development_phrase(uri.phrase.expose_secret()) {
        return Err(SignerError::DevelopmentAccountOnOtherChain { name: path.display().to_string() });
    }
    Keypair::from_uri(&uri).map_err(|_| wrong())
}

#[cfg(unix)]
fn check_mode(path: &Path, metadata: &std::fs::Metadata) -> Result<(), SignerError> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode() & 0o777;
    match mode & 0o077 {
        0 => Ok(()),
        _ => Err(SignerError::ReadableByOthers { path: path.into(), mode }),
    }
}

#[cfg(not(unix))]
fn check_mode(_: &Path, _: &std::fs::Metadata) -> Result<(), SignerError> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::{io::Write as _, os::unix::fs::PermissionsExt as _};
    use subxt_signer::DEV_PHRASE;

    fn file(content: &str, mode: u32) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(content.as_bytes()).expect("written");
        file.as_file().set_permissions(std::fs::Permissions::from_mode(mode)).expect("mode set");
        file
    }

    #[test]
    fn a_seed_and_a_phrase_are_read() {
        let seed = file(&format!("0x{}\n", "07".repeat(32)), 0o600);
        assert!(key_of_file(seed.path(), false).is_ok());
        let phrase = file(&format!("{DEV_PHRASE}//Alice"), 0o400);
        let key = key_of_file(phrase.path(), true).expect("a phrase");
        assert_eq!(key.public_key().0, account::development_key("//Alice").expect("known").public_key().0);
    }

    #[test]
    fn the_development_phrase_is_refused_on_other_chains() {
        for content in
            [DEV_PHRASE.to_owned(), "//Alice".to_owned(), format!("{DEV_PHRASE}//x"), DEV_PHRASE.replace(' ', "  ")]
        {
            let error = key_of_file(file(&content, 0o600).path(), false).err();
            assert!(matches!(error, Some(SignerError::DevelopmentAccountOnOtherChain { .. })), "{content}");
        }
    }

    #[test]
    fn a_file_that_others_can_read_is_refused() {
        for mode in [0o644, 0o640, 0o604] {
            let error = key_of_file(file(&format!("0x{}", "07".repeat(32)), mode).path(), false).err();
            assert!(matches!(error, Some(SignerError::ReadableByOthers { mode: found, .. }) if found == mode));
        }
    }

    #[test]
    fn other_content_is_no_secret_and_is_not_repeated() {
        let result = key_of_file(file("hello world", 0o600).path(), false);
        let Err(error @ SignerError::NotASecret { .. }) = result else { panic!("a secret was found") };
        assert!(!error.to_string().contains("hello"));
    }
}
