//! Signatures of trust bundles on the wire. Nothing here looks into one.

use super::{check_size, WireError};
use bytes::Bytes;
use prost::Message as _;

/// Signatures in one message.
pub(crate) const SEALS_MAX: usize = 64;

/// Largest signature with what it is of, in bytes; the node knows how many it has.
pub(crate) const SEAL_BYTES_MAX: usize = 256;

/// Bytes of a message, with tags and lengths.
pub(crate) const SEALS_MESSAGE_MAX: usize = SEALS_MAX * (SEAL_BYTES_MAX + 3);

/// What one node tells another: signatures that it has checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seals(pub(crate) Vec<Vec<u8>>);

#[derive(Clone, PartialEq, prost::Message)]
struct Told {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    seals: Vec<Bytes>,
}

impl Seals {
    /// `{1: [signature]}`.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        Told { seals: self.0.iter().map(|seal| Bytes::copy_from_slice(seal)).collect() }.encode_to_vec()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        check_size(bytes, SEALS_MESSAGE_MAX)?;
        let told = Told::decode(bytes).map_err(|_| WireError::Malformed)?;
        if told.encode_to_vec() != bytes {
            return Err(WireError::Malformed);
        }
        if told.seals.is_empty() {
            return Err(WireError::Empty);
        }
        if told.seals.len() > SEALS_MAX {
            return Err(WireError::TooMany { max: SEALS_MAX });
        }
        match told.seals.iter().find(|seal| seal.is_empty() || seal.len() > SEAL_BYTES_MAX) {
            Some(seal) => Err(WireError::ExtrinsicSize { bytes: seal.len() }),
            None => Ok(Self(told.seals.into_iter().map(Vec::from).collect())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use icn_fuzzing::{fuzz, Raw};

    #[test]
    fn messages_have_one_encoding_and_are_bounded() {
        let seals = Seals(vec![vec![1; 188], vec![2; SEAL_BYTES_MAX]]);
        let bytes = seals.to_bytes();
        assert_eq!(Seals::from_bytes(&bytes), Ok(seals));
        assert_eq!(Seals::from_bytes(&[&bytes[..], &[0x18, 1]].concat()), Err(WireError::Malformed));
        assert_eq!(Seals::from_bytes(&[]), Err(WireError::Empty));
        let large = Seals(vec![vec![0; SEAL_BYTES_MAX + 1]]).to_bytes();
        assert!(matches!(Seals::from_bytes(&large), Err(WireError::ExtrinsicSize { .. })));
        let many = Seals(vec![vec![0]; SEALS_MAX + 1]).to_bytes();
        assert_eq!(Seals::from_bytes(&many), Err(WireError::TooMany { max: SEALS_MAX }));
    }

    #[test]
    fn fuzz_seals() {
        let seed = Seals(vec![vec![1; 188], vec![2; 188]]).to_bytes();
        fuzz("seals", &[seed], |bytes| Seals::from_bytes(bytes).ok().map(|seals| Raw(seals.to_bytes())));
    }
}
