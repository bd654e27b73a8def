//! The secret of a key.

use super::{AccountSigner, KeyError, KeyKind, Phrase, PublicKey, Purpose, Scheme};
use icn_chain_spec::is_development_phrase;
use sp_core::{
    crypto::{ByteArray as _, ExposeSecret as _, SecretUri},
    ecdsa, ed25519, sr25519, Pair,
};
use std::fmt;
use zeroize::{Zeroize as _, Zeroizing};

/// The secret of a key: a seed of 32 bytes, or the 64 bytes that an Sr25519 key has when no seed of it is known. It is wiped
/// from memory when it is dropped, and its `Debug` text has the public part only.
pub struct Secret {
    public: PublicKey,
    bytes: Zeroizing<Vec<u8>>,
    is_of_development_phrase: bool,
}

impl Secret {
    /// A new secret.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn random(kind: KeyKind) -> Result<Self, KeyError> {
        let mut seed = Zeroizing::new(vec![0; 32]);
        getrandom::fill(&mut seed).map_err(KeyError::Random)?;
        Self::from_bytes(kind, seed).ok_or(KeyError::NotASeed)
    }

    /// The secret of a seed.
    ///
    /// # Errors
    /// When it is none: ECDSA has a few numbers that are no keys.
    pub fn from_seed(kind: KeyKind, seed: &[u8; 32]) -> Result<Self, KeyError> {
        Self::from_bytes(kind, Zeroizing::new(seed.to_vec())).ok_or(KeyError::NotASeed)
    }

    /// The secret of a seed in hex, with or without `0x`.
    ///
    /// # Errors
    /// When it is none.
    pub fn from_hex(kind: KeyKind, text: &str) -> Result<Self, KeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        let digits = text.strip_prefix("0x").unwrap_or(text);
        hex::decode_to_slice(digits, seed.as_mut_slice()).map_err(|_| KeyError::NotASeed)?;
        Self::from_seed(kind, &seed)
    }

    /// The secret of a phrase with an optional `//path` and `///password`, as wallets and subkey derive it.
    ///
    /// # Errors
    /// When it is none, or the path has a soft part that the scheme does not have.
    pub fn from_uri(kind: KeyKind, uri: &str) -> Result<Self, KeyError> {
        // No text at all would stand for the development phrase.
        let parts: SecretUri = uri.parse().ok().filter(|_| !uri.is_empty()).ok_or(KeyError::NotAPhrase)?;
        let bytes = match kind.scheme() {
            Scheme::Sr25519 => derive::<sr25519::Pair>(uri),
            Scheme::Ed25519 => derive::<ed25519::Pair>(uri),
            Scheme::Ecdsa => derive::<ecdsa::Pair>(uri),
        };
        let secret = bytes.and_then(|bytes| Self::from_bytes(kind, bytes)).ok_or(KeyError::NotAPhrase)?;
        Ok(Self { is_of_development_phrase: is_development_phrase(parts.phrase.expose_secret()), ..secret })
    }

    /// The secret of a phrase.
    ///
    /// # Errors
    /// Never, for a phrase that was made here.
    pub fn from_phrase(kind: KeyKind, phrase: &Phrase) -> Result<Self, KeyError> {
        Self::from_uri(kind, phrase.as_str())
    }

    /// The secret of bytes; `None` when the scheme has no such secret.
    pub(super) fn from_bytes(kind: KeyKind, bytes: Zeroizing<Vec<u8>>) -> Option<Self> {
        let public = match kind.scheme() {
            Scheme::Sr25519 => public_of::<sr25519::Pair>(&bytes),
            Scheme::Ed25519 => public_of::<ed25519::Pair>(&bytes),
            Scheme::Ecdsa => public_of::<ecdsa::Pair>(&bytes),
        };
        let public = PublicKey::new(kind, public?)?;
        Some(Self { public, bytes, is_of_development_phrase: false })
    }

    /// What it is for.
    pub fn kind(&self) -> KeyKind {
        self.public.kind()
    }

    /// Its public part.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The seed that signs votes.
    ///
    /// # Errors
    /// When the key is for something else.
    pub fn consensus_seed(&self) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        self.check_purpose(Purpose::Consensus)?;
        self.seed()
    }

    /// The identity of the node on the network.
    ///
    /// # Errors
    /// When the key is for something else.
    pub fn node_keypair(&self) -> Result<libp2p::identity::Keypair, KeyError> {
        self.check_purpose(Purpose::Node)?;
        libp2p::identity::Keypair::ed25519_from_bytes(self.seed()?.as_mut_slice()).map_err(|_| KeyError::NotASeed)
    }

    /// What signs transactions.
    ///
    /// # Errors
    /// When the key is for something else.
    pub fn account_signer(&self) -> Result<AccountSigner, KeyError> {
        self.check_purpose(Purpose::Account)?;
        AccountSigner::new(self).ok_or(KeyError::NotASeed)
    }

    /// The seed.
    ///
    /// # Errors
    /// When none is known.
    pub fn seed(&self) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        match self.bytes.len() == seed.len() {
            true => seed.copy_from_slice(&self.bytes),
            false => return Err(KeyError::NoSeed),
        }
        Ok(seed)
    }

    /// Refuses a key for something else.
    ///
    /// # Errors
    /// When it is one.
    pub fn check_purpose(&self, wanted: Purpose) -> Result<(), KeyError> {
        match self.kind().purpose() {
            found if found == wanted => Ok(()),
            found => Err(KeyError::WrongPurpose { found, wanted }),
        }
    }

    /// Whose secret this is, when everyone knows it.
    pub(super) fn well_known_name(&self) -> Option<&'static str> {
        let derived = self.is_of_development_phrase.then_some("a key of the development phrase");
        self.public.well_known_name().or(derived)
    }

    /// The seed, or the 64 bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("public", &self.public).finish_non_exhaustive()
    }
}

fn derive<P: Pair>(uri: &str) -> Option<Zeroizing<Vec<u8>>> {
    let (pair, seed) = P::from_string_with_seed(uri, None).ok()?;
    Some(Zeroizing::new(match seed {
        Some(mut seed) => {
            let bytes = seed.as_ref().to_vec();
            seed.as_mut().zeroize();
            bytes
        }
        None => pair.to_raw_vec(),
    }))
}

fn public_of<P: Pair>(bytes: &[u8]) -> Option<Vec<u8>> {
    P::from_seed_slice(bytes).ok().map(|pair| pair.public().to_raw_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sp_core::crypto::DEV_PHRASE;

    const KINDS: [KeyKind; 5] = [
        KeyKind::Consensus,
        KeyKind::Node,
        KeyKind::Account(Scheme::Sr25519),
        KeyKind::Account(Scheme::Ed25519),
        KeyKind::Account(Scheme::Ecdsa),
    ];

    #[test]
    fn a_seed_gives_the_key_that_others_derive_from_it() {
        // The first test vector of RFC 8032.
        let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        for text in [seed.to_owned(), format!("0x{seed}")] {
            let secret = Secret::from_hex(KeyKind::Consensus, &text).expect("a seed");
            assert_eq!(hex::encode(secret.public().bytes()), public);
            assert_eq!(hex::encode(secret.consensus_seed().expect("a consensus key").as_slice()), seed);
        }
        let node = Secret::from_hex(KeyKind::Node, seed).expect("a seed");
        assert_eq!(Some(node.node_keypair().expect("a node key").public().to_peer_id()), node.public().peer_id());
    }

    #[test]
    fn a_phrase_gives_the_key_that_wallets_derive_from_it() {
        let uri = format!("{DEV_PHRASE}//Alice");
        let secret = Secret::from_uri(KeyKind::Account(Scheme::Sr25519), &uri).expect("a phrase");
        assert_eq!(secret.public().ss58(42), "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY");
        let seed = "e5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a";
        assert_eq!(hex::encode(secret.seed().expect("a hard path").as_slice()), seed);
    }

    #[test]
    fn a_soft_path_has_no_seed_and_signs_all_the_same() {
        let secret = Secret::from_uri(KeyKind::Account(Scheme::Sr25519), &format!("{DEV_PHRASE}//Alice/soft"));
        let secret = secret.expect("a phrase");
        assert!(matches!(secret.seed(), Err(KeyError::NoSeed)));
        assert_eq!(*secret.account_signer().expect("an account").account(), secret.public().account());
        let soft = Secret::from_uri(KeyKind::Account(Scheme::Ed25519), &format!("{DEV_PHRASE}/soft"));
        assert!(matches!(soft, Err(KeyError::NotAPhrase)));
    }

    #[test]
    fn random_secrets_differ_and_serve_their_purpose_only() {
        for kind in KINDS {
            let secrets = [(); 2].map(|()| Secret::random(kind).expect("random"));
            assert_ne!(secrets[0].public(), secrets[1].public());
            let [secret, _] = secrets;
            let serves =
                [secret.consensus_seed().is_ok(), secret.node_keypair().is_ok(), secret.account_signer().is_ok()];
            let purposes = [Purpose::Consensus, Purpose::Node, Purpose::Account];
            assert_eq!(serves, purposes.map(|purpose| purpose == kind.purpose()));
        }
    }

    #[test]
    fn keys_of_the_development_phrase_are_known_however_it_is_written() {
        let kind = KeyKind::Account(Scheme::Sr25519);
        let spaced = DEV_PHRASE.replace(' ', "  ");
        let root = "0xfac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e";
        for uri in
            ["//Alice", "//nobody", &format!("{spaced}//x"), &format!("{DEV_PHRASE}///word"), &format!("{root}//x")]
        {
            assert!(Secret::from_uri(kind, uri).expect("a phrase").well_known_name().is_some(), "{uri}");
        }
        assert_eq!(Secret::random(kind).expect("random").well_known_name(), None);
        let alice = Secret::from_uri(KeyKind::Consensus, "//Alice").expect("a phrase");
        assert_eq!(alice.well_known_name(), Some("//Alice (ed25519)"));
    }

    #[test]
    fn other_text_is_no_secret() {
        for text in ["", "0x", "07", &"07".repeat(31), &"07".repeat(33), &"zz".repeat(32)] {
            assert!(matches!(Secret::from_hex(KeyKind::Node, text), Err(KeyError::NotASeed)), "{text}");
        }
        let zero = Secret::from_seed(KeyKind::Account(Scheme::Ecdsa), &[0; 32]);
        assert!(matches!(zero, Err(KeyError::NotASeed)));
        for text in
            ["", " ", "hello world", "0x07", "bottom drive obey lake curtain smoke basket hold race lonely fit fit"]
        {
            assert!(matches!(Secret::from_uri(KeyKind::Node, text), Err(KeyError::NotAPhrase)), "{text}");
        }
    }

    #[test]
    fn the_debug_text_of_a_secret_does_not_hold_it() {
        let secret = Secret::from_seed(KeyKind::Consensus, &[7; 32]).expect("a seed");
        let text = format!("{secret:?}");
        assert!(!text.contains(&"7, ".repeat(4)) && !text.contains("0707"), "{text}");
    }
}
