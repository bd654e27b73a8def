//! What types written as text have in common.

use codec::{Compact, Decode, Input};

/// Serde as text, by `Display` and `FromStr`.
macro_rules! serde_as_text {
    ($name:ty) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

/// `Display`, `Debug`, serde and the decoding half of SCALE for a newtype of `String` with at most `$max` bytes that has
/// `FromStr` and `as_str`.
macro_rules! bounded_text {
    ($name:ident, $max:expr) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl codec::Decode for $name {
            fn decode<I: codec::Input>(input: &mut I) -> Result<Self, codec::Error> {
                let text = $crate::text::decode(input, $max)?;
                text.parse().map_err(|_| concat!("not a ", stringify!($name)).into())
            }
        }

        impl codec::DecodeWithMemTracking for $name {}

        impl codec::MaxEncodedLen for $name {
            fn max_encoded_len() -> usize {
                <codec::Compact<u32> as codec::CompactLen<u32>>::compact_len(&$max).saturating_add($max as usize)
            }
        }

        $crate::text::serde_as_text!($name);
    };
}

pub(crate) use {bounded_text, serde_as_text};

/// Reads a SCALE string of at most `max` bytes; a longer one is refused before it is read.
pub(crate) fn decode<I: Input>(input: &mut I, max: u32) -> Result<String, codec::Error> {
    let Compact(len) = Compact::<u32>::decode(input)?;
    if len > max {
        return Err("text is too long".into());
    }
    let mut bytes = vec![0; len as usize];
    input.read(&mut bytes)?;
    String::from_utf8(bytes).map_err(|_| "text is not UTF-8".into())
}
