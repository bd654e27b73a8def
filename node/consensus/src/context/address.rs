//! The address of a validator.

use icn_primitives::{tendermint::ValidatorAddress, validators::address_of};
use malachitebft_signing_ed25519::PublicKey;
use std::fmt;

/// The first 20 bytes of the SHA-256 of a validator's key. In text it is upper-case hex, as Tendermint writes it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub ValidatorAddress);

impl Address {
    /// The address of a key.
    pub fn of(key: &PublicKey) -> Self {
        Self(address_of(key.as_bytes()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode_upper(self.0))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

impl From<ValidatorAddress> for Address {
    fn from(address: ValidatorAddress) -> Self {
        Self(address)
    }
}

impl malachitebft_core_types::Address for Address {}
