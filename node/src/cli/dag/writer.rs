//! Who signs records.

use super::DagError;
use crate::{
    cli::{
        client::{signer::SignerError, Connection},
        keys::PassphraseArgs,
        settings::HomeArgs,
    },
    config::default_home,
    keys::{KeyError, Keystore},
};
use icn_chain_spec::ChainType;
use icn_dag::{key::signing_message, Cid, Did, Key, SignatureBytes};
use sp_core::{ed25519, Pair as _};
use std::{fmt, str::FromStr};
use subxt::{transactions::Signer as _, utils::MultiSignature};

/// Who signs a record.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct RecordSignerArgs {
    /// Sign with an Ed25519 account of the home, such as key:scribe; or, on Development chains, with the Ed25519 key of a development
    /// account, such as //Alice
    #[arg(long, value_name = "key:NAME or //NAME")]
    signer: String,

    #[command(flatten)]
    home: HomeArgs,

    #[command(flatten)]
    passphrase: PassphraseArgs,
}

/// An Ed25519 key that signs records.
pub(in crate::cli) enum RecordSigner {
    /// An account of the home.
    Stored(Box<crate::keys::AccountSigner>),
    /// A development account.
    Development(Box<ed25519::Pair>),
}

impl RecordSignerArgs {
    pub(super) async fn signer(&self, connection: &Connection) -> Result<RecordSigner, DagError> {
        RecordSigner::open(&self.signer, &self.home, &self.passphrase, connection).await
    }
}

fn development(path: &str, chain: ChainType) -> Result<ed25519::Pair, SignerError> {
    if chain != ChainType::Development {
        return Err(SignerError::DevelopmentAccountOnOtherChain { name: path.into() });
    }
    // The same path as for accounts, which names no phrase.
    crate::cli::value::account::development_key(path).map_err(SignerError::NotADevelopmentAccount)?;
    ed25519::Pair::from_string(path, None).map_err(|_| SignerError::Key(KeyError::NotAPhrase))
}

impl RecordSigner {
    /// The signer that `key:NAME` or `//NAME` means.
    pub(in crate::cli) async fn open(
        name: &str,
        home: &HomeArgs,
        passphrase: &PassphraseArgs,
        connection: &Connection,
    ) -> Result<Self, DagError> {
        let chain = connection.chain_type().await?;
        let Some(stored) = name.strip_prefix("key:") else {
            return Ok(Self::Development(Box::new(development(name, chain)?)));
        };
        let home = default_home(home.home.as_deref()).map_err(SignerError::from)?;
        let passphrases = passphrase.source(&home).map_err(SignerError::from)?;
        let unlocked = Keystore::at(home.path()).on(chain).unlock(stored, &passphrases);
        let signer = unlocked.and_then(|secret| secret.account_signer()).map_err(SignerError::from)?;
        Ok(Self::Stored(Box::new(signer)))
    }

    /// The signature over a signing CID, and its key.
    pub(super) fn sign(&self, signing_cid: &Cid) -> Result<SignatureBytes, DagError> {
        self.sign_message(&signing_message(signing_cid))
    }

    /// The signature over a message that begins with a tag of its own.
    pub(in crate::cli) fn sign_message(&self, message: &[u8]) -> Result<SignatureBytes, DagError> {
        match self {
            Self::Development(pair) => Ok(pair.sign(message).0),
            Self::Stored(signer) => match signer.sign(message) {
                MultiSignature::Ed25519(signature) => Ok(signature),
                _ => Err(DagError::NotEd25519),
            },
        }
    }

    /// The key. Another scheme's account is found out when it signs.
    pub(in crate::cli) fn key(&self) -> Key {
        match self {
            Self::Development(pair) => Key(pair.public().0),
            Self::Stored(signer) => Key(signer.account_id().0),
        }
    }
}

/// A key that writes a DAG, as `DID`, `DID=KEY`, `key:NAME` or `//NAME`.
#[derive(Clone, Debug)]
pub(super) enum WriterName {
    /// A `did:key`, which names its key.
    Own(Did, Key),
    /// Another DID, and its key.
    Named(Did, Key),
    /// A key of the home.
    Stored(String),
    /// The Ed25519 key of a development account.
    Development(String),
}

impl FromStr for WriterName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(name) = text.strip_prefix("key:") {
            return Ok(Self::Stored(name.into()));
        }
        if text.starts_with("//") {
            return Ok(Self::Development(text.into()));
        }
        let (did, key) = text.split_once('=').map_or((text, None), |(did, key)| (did, Some(key)));
        let did: Did = did.parse().map_err(|error| format!("{error}"))?;
        let Some(key) = key else {
            let key = did.key().ok_or("this DID does not name its key: write DID=KEY, with 64 hex digits")?;
            return Ok(Self::Own(did, key));
        };
        let mut bytes = [0; 32];
        let digits = key.strip_prefix("0x").unwrap_or(key);
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| "an Ed25519 key is 64 hex digits".to_owned())?;
        Ok(Self::Named(did, Key(bytes)))
    }
}

impl WriterName {
    /// Issuer and key.
    pub(super) fn resolve(&self, home: &HomeArgs) -> Result<(Did, Key), DagError> {
        match self {
            Self::Own(did, key) | Self::Named(did, key) => Ok((did.clone(), *key)),
            Self::Stored(name) => {
                let home = default_home(home.home.as_deref()).map_err(SignerError::from)?;
                let stored = Keystore::at(home.path()).public(name).map_err(SignerError::from)?;
                if stored.public.kind().scheme() != crate::keys::Scheme::Ed25519 {
                    return Err(DagError::NotEd25519);
                }
                let bytes = <[u8; 32]>::try_from(stored.public.bytes()).map_err(|_| DagError::NotEd25519)?;
                Ok((Did::of_key(&Key(bytes)), Key(bytes)))
            }
            Self::Development(path) => {
                let key = Key(development(path, ChainType::Development)?.public().0);
                Ok((Did::of_key(&key), key))
            }
        }
    }
}

/// Issuer and key as `icn tx` reads them.
pub(super) struct WriterLiteral(pub(super) Did, pub(super) Key);

impl fmt::Display for WriterLiteral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{issuer: \"{}\", key: 0x{}}}", self.0.as_str(), hex::encode(self.1 .0))
    }
}
