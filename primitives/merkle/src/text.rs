//! Hashes in JSON: exactly 64 hex digits after `0x`, as in the RPC.

use crate::Hash;
use serde::{
    de::{Error as _, SeqAccess, Visitor},
    Deserialize, Deserializer, Serialize, Serializer,
};
use std::fmt;

/// A hash that is written as text.
struct Text(Hash);

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("0x{}", hex::encode(self.0)))
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(HashVisitor).map(Self)
    }
}

struct HashVisitor;

impl Visitor<'_> for HashVisitor {
    type Value = Hash;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("64 hex digits after 0x")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Hash, E> {
        let mut hash = Hash::default();
        let digits = text.strip_prefix("0x").ok_or_else(|| E::custom("0x prefix is missing"))?;
        hex::decode_to_slice(digits, &mut hash).map_err(|_| E::custom("expected 64 hex digits after 0x"))?;
        Ok(hash)
    }
}

/// A list of at most `MAX` hashes; no more are read than that.
struct HashesVisitor<const MAX: usize>;

impl<'de, const MAX: usize> Visitor<'de> for HashesVisitor<MAX> {
    type Value = Vec<Hash>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at most {MAX} hashes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Hash>, A::Error> {
        let mut hashes = Vec::new();
        while let Some(Text(hash)) = list.next_element()? {
            if hashes.len() == MAX {
                return Err(A::Error::invalid_length(MAX + 1, &self));
            }
            hashes.push(hash);
        }
        Ok(hashes)
    }
}

pub(crate) fn write_hash<S: Serializer>(hash: &Hash, serializer: S) -> Result<S::Ok, S::Error> {
    Text(*hash).serialize(serializer)
}

pub(crate) fn read_hash<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Hash, D::Error> {
    Text::deserialize(deserializer).map(|Text(hash)| hash)
}

pub(crate) fn write_hashes<S: Serializer>(hashes: &[Hash], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(hashes.iter().copied().map(Text))
}

pub(crate) fn read_hashes<'de, const MAX: usize, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Hash>, D::Error> {
    deserializer.deserialize_seq(HashesVisitor::<MAX>)
}
