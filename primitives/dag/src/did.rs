//! Decentralised identifiers (SPEC-DAG-2).

use crate::{
    key::Key,
    limits::{DID_BYTES_MAX, NETWORK_BYTES_MAX},
    text::bounded_text,
};
use ::cid::multibase::Base;
use codec::Encode;
use scale_info::TypeInfo;
use std::str::FromStr;

const ICN: &str = "did:icn:";
const KEY: &str = "did:key:z";

/// Digits of the identifier of a `did:icn`: the base32 of 256 bits, without padding.
const ICN_DIGITS: usize = 52;

/// Multicodec prefix of an Ed25519 public key.
const ED25519: [u8; 2] = [0xed, 0x01];

/// The kinds of key that a `did:key` may hold: multicodec prefix and length of the key.
const DID_KEYS: [([u8; 2], usize); 3] = [
    (ED25519, 32),
    // secp256k1, compressed.
    ([0xe7, 0x01], 33),
    // P-256, compressed.
    ([0x80, 0x24], 33),
];

/// Why a text is no DID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DidError {
    /// It has more than [`DID_BYTES_MAX`] bytes.
    #[error("a DID has at most {DID_BYTES_MAX} bytes")]
    TooLong,
    /// It is neither `did:icn` nor `did:key`.
    #[error("a DID is a did:icn or a did:key")]
    UnknownMethod,
    /// The network is not 1 to 32 of `a-z`, `0-9` and `-`, with `-` inside only.
    #[error("the network of a did:icn is 1 to {NETWORK_BYTES_MAX} of a-z, 0-9 and -, with - inside only")]
    BadNetwork,
    /// What follows the network, or `did:key:`, is not the one way to write a hash or a key.
    #[error("the identifier of a DID is the lower-case base32 of a SHA-256, or the base58btc of a public key")]
    BadIdentifier,
}

/// A decentralised identifier, in the one way in which it is written:
///
/// ```text
/// did:icn:<network>:<52 digits of base32>    a person or an organisation; the digits are a hash of its inception
/// did:key:z<base58btc>                       a key by itself: a machine, a holder, a foreign issuer
/// ```
///
/// Only a `did:icn` owns a DAG. A `did:key` never rotates, and signs with its own key only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, TypeInfo)]
pub struct Did(String);

impl Did {
    /// The `did:icn` of a network and the hash of its inception.
    ///
    /// # Errors
    /// [`DidError::BadNetwork`].
    pub fn of_hash(network: &str, hash: &[u8; 32]) -> Result<Self, DidError> {
        format!("{ICN}{network}:{}", Base::Base32Lower.encode(hash)).parse()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is a `did:icn`: one that has a log of key events on a chain.
    pub fn is_icn(&self) -> bool {
        self.0.starts_with(ICN)
    }

    /// The network of a `did:icn`. It is a label: the chain is bound by the hash that follows.
    pub fn network(&self) -> Option<&str> {
        Some(self.0.strip_prefix(ICN)?.split_once(':')?.0)
    }

    /// The key of a `did:key` that can sign nodes: an Ed25519 key.
    pub fn key(&self) -> Option<Key> {
        let bytes = Base::Base58Btc.decode(self.0.strip_prefix(KEY)?).ok()?;
        Some(Key(bytes.strip_prefix(&ED25519)?.try_into().ok()?))
    }

    /// The `did:key` of a key.
    pub fn of_key(key: &Key) -> Self {
        Self(format!("{KEY}{}", Base::Base58Btc.encode([&ED25519[..], &key.0].concat())))
    }
}

impl FromStr for Did {
    type Err = DidError;

    fn from_str(text: &str) -> Result<Self, DidError> {
        if text.len() > DID_BYTES_MAX as usize {
            return Err(DidError::TooLong);
        }
        if let Some(rest) = text.strip_prefix(ICN) {
            check_icn(rest)?;
        } else if let Some(digits) = text.strip_prefix(KEY) {
            check_key(digits)?;
        } else {
            return Err(DidError::UnknownMethod);
        }
        Ok(Self(text.to_owned()))
    }
}

bounded_text!(Did, DID_BYTES_MAX);

fn check_icn(rest: &str) -> Result<(), DidError> {
    let (network, id) = rest.split_once(':').ok_or(DidError::BadIdentifier)?;
    let is_label = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let inside = !network.starts_with('-') && !network.ends_with('-');
    if network.is_empty() || network.len() > NETWORK_BYTES_MAX || !network.bytes().all(is_label) || !inside {
        return Err(DidError::BadNetwork);
    }
    let is_digit = |byte: u8| byte.is_ascii_lowercase() || matches!(byte, b'2'..=b'7');
    // Of the last digit only one bit belongs to the hash; the others are zero.
    if id.len() == ICN_DIGITS && id.bytes().all(is_digit) && id.ends_with(['a', 'q']) {
        Ok(())
    } else {
        Err(DidError::BadIdentifier)
    }
}

fn check_key(digits: &str) -> Result<(), DidError> {
    let bytes = Base::Base58Btc.decode(digits).map_err(|_| DidError::BadIdentifier)?;
    let is_known = DID_KEYS.iter().any(|(prefix, len)| bytes.strip_prefix(prefix).is_some_and(|key| key.len() == *len));
    if is_known && Base::Base58Btc.encode(&bytes) == digits {
        Ok(())
    } else {
        Err(DidError::BadIdentifier)
    }
}
