//! Who signs: a development account, or a secret in a file that only its owner can read.

use super::Connection;
use crate::cli::value::account::{self, AccountError};
use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    str::FromStr as _,
};
use subxt_signer::{sr25519::Keypair, ExposeSecret as _, SecretUri, DEV_PHRASE};

/// Longest key file, in bytes: 24 words with paths take far less.
const KEY_FILE_BYTES_MAX: u64 = 1024;

/// Who signs a transaction.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct SignerArgs {
    /// Sign as a development account, such as //Alice; only on Development chains
    #[arg(long, value_name = "//NAME", conflicts_with = "key_file")]
    pub signer: Option<String>,

    /// Sign with the secret in this file: a phrase of 12 to 24 words or a seed of 0x and 64 hex digits, each with an
    /// optional //path. The file must belong to its owner alone (chmod 600)
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
}

/// Why nobody can sign.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// No signer was named.
    #[error("nobody signs; add --signer //Alice on a Development chain, else --key-file FILE")]
    Missing,
    /// `--signer` holds something else than a development account.
    #[error("--signer takes the name of a development account, such as //Alice; put a secret into a file and give --key-file")]
    NotADevelopmentAccount(#[source] AccountError),
    /// Development accounts are public.
    #[error("{name} is refused on this chain: everyone knows its secret; sign with --key-file")]
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
    /// The content is no secret.
    #[error("the key file {} holds no secret: write a phrase of 12 to 24 words, or 0x and 64 hex digits", path.display())]
    NotASecret {
        /// The file.
        path: PathBuf,
    },
}

impl SignerArgs {
    /// The key pair that signs on this chain.
    ///
    /// # Errors
    /// When none is named, it is refused, or the node does not say what chain it serves.
    pub async fn key(&self, connection: &Connection) -> Result<Keypair, super::ClientError> {
        let development = connection.is_development().await?;
        match (&self.signer, &self.key_file) {
            (Some(path), _) => {
                let key = account::development_key(path).map_err(SignerError::NotADevelopmentAccount)?;
                match development {
                    true => Ok(key),
                    false => Err(SignerError::DevelopmentAccountOnOtherChain { name: path.clone() }.into()),
                }
            }
            (None, Some(path)) => Ok(key_of_file(path, development)?),
            (None, None) => Err(SignerError::Missing.into()),
        }
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
    if !development && uri.phrase.expose_secret() == DEV_PHRASE {
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
        for content in [DEV_PHRASE.to_owned(), "//Alice".to_owned(), format!("{DEV_PHRASE}//x")] {
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
