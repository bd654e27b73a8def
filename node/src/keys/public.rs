//! The public part of a key, and the name by which others know it.

use super::{KeyKind, Scheme};
use icn_primitives::{validators, AccountId};
use sp_core::crypto::{Ss58AddressFormat, Ss58Codec as _};
use sp_runtime::{traits::IdentifyAccount as _, MultiSigner};

/// The public part of a key: 32 bytes, or 33 of a compressed point of ECDSA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    kind: KeyKind,
    bytes: Vec<u8>,
}

impl PublicKey {
    /// A public key of a kind; `None` when the bytes are of another length.
    pub(super) fn new(kind: KeyKind, bytes: Vec<u8>) -> Option<Self> {
        let length = match kind.scheme() {
            Scheme::Sr25519 | Scheme::Ed25519 => 32,
            Scheme::Ecdsa => 33,
        };
        (bytes.len() == length).then_some(Self { kind, bytes })
    }

    /// What it is for.
    pub fn kind(&self) -> KeyKind {
        self.kind
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes of a key that is no ECDSA one.
    pub fn to_array(&self) -> Option<[u8; 32]> {
        self.bytes.as_slice().try_into().ok()
    }

    /// The account that the key signs for.
    pub fn account(&self) -> AccountId {
        let signer: MultiSigner = match (self.kind.scheme(), self.to_array()) {
            (Scheme::Sr25519, Some(key)) => sp_core::sr25519::Public::from_raw(key).into(),
            (Scheme::Ed25519, Some(key)) => sp_core::ed25519::Public::from_raw(key).into(),
            _ => sp_core::ecdsa::Public::from_raw(self.compressed()).into(),
        };
        signer.into_account()
    }

    /// The address of the account on networks with this prefix.
    pub fn ss58(&self, prefix: u16) -> String {
        self.account().to_ss58check_with_version(Ss58AddressFormat::custom(prefix))
    }

    /// The address of the validator, in upper-case hex as Tendermint writes it; `None` for keys that sign no votes.
    pub fn validator_address(&self) -> Option<String> {
        let key = self.to_array().filter(|_| self.kind == KeyKind::Consensus)?;
        Some(hex::encode_upper(validators::address_of(&key)))
    }

    /// The name of the node on the network; `None` for keys of another purpose, and bytes that are no point of the curve.
    pub fn peer_id(&self) -> Option<libp2p::PeerId> {
        let key = self.to_array().filter(|_| self.kind == KeyKind::Node)?;
        let key = libp2p::identity::ed25519::PublicKey::try_from_bytes(&key).ok()?;
        Some(libp2p::identity::PublicKey::from(key).to_peer_id())
    }

    /// Whose key this is, when its secret is known to everyone.
    pub fn well_known_name(&self) -> Option<&'static str> {
        icn_chain_spec::well_known_name(self.account().as_ref())
    }

    fn compressed(&self) -> [u8; 33] {
        let mut key = [0; 33];
        key.iter_mut().zip(&self.bytes).for_each(|(to, from)| *to = *from);
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The public key of the first test vector of RFC 8032.
    const RFC_8032: &str = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

    fn key(kind: KeyKind, hex: &str) -> PublicKey {
        PublicKey::new(kind, hex::decode(hex).expect("hex")).expect("of the right length")
    }

    #[test]
    fn a_validator_has_the_address_that_tendermint_gives_it() {
        let key = key(KeyKind::Consensus, RFC_8032);
        assert_eq!(key.validator_address().as_deref(), Some("21FE31DFA154A261626BF854046FD2271B7BED4B"));
        assert_eq!(key.peer_id(), None);
    }

    #[test]
    fn a_node_has_the_peer_id_of_its_ed25519_key() {
        // The prefix says: identity hash of 36 bytes, which are the protobuf of an Ed25519 key.
        let key = key(KeyKind::Node, RFC_8032);
        let id = key.peer_id().expect("a point of the curve");
        assert_eq!(id.to_bytes()[..6], [0x00, 0x24, 0x08, 0x01, 0x12, 0x20]);
        assert_eq!(&id.to_bytes()[6..], key.bytes());
        assert!(id.to_string().starts_with("12D3KooW"));
    }

    #[test]
    fn accounts_of_alice_have_their_known_addresses() {
        for (scheme, public, address) in [
            (
                Scheme::Sr25519,
                "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d",
                "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
            ),
            (
                Scheme::Ed25519,
                "88dc3417d5058ec4b4503e0c12ea1a0a89be200fe98922423d4334014fa6b0ee",
                "5FA9nQDVg267DEd8m1ZypXLBnvN7SFxYwV7ndqSYGiN9TTpu",
            ),
            (
                Scheme::Ecdsa,
                "020a1091341fe5664bfa1782d5e04779689068c916b04cb365ec3153755684d9a1",
                "5C7C2Z5sWbytvHpuLTvzKunnnRwQxft1jiqrLD5rhucQ5S9X",
            ),
        ] {
            let key = key(KeyKind::Account(scheme), public);
            assert_eq!(key.ss58(42), address);
            assert_eq!(key.well_known_name(), Some(format!("//Alice ({scheme})").as_str()));
        }
    }

    #[test]
    fn bytes_of_another_length_are_no_key() {
        for (kind, length) in [(KeyKind::Node, 31), (KeyKind::Consensus, 33), (KeyKind::Account(Scheme::Ecdsa), 32)] {
            assert_eq!(PublicKey::new(kind, vec![1; length]), None);
        }
    }
}
