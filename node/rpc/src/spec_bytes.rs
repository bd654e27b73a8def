//! Bytes as the JSON-RPC interface specification writes them.

use crate::hex::{self, HEX_BYTES_MAX};
use serde::{de::Error as _, Deserialize, Deserializer};

/// A parameter that the specification calls "hexadecimal-encoded": the empty string, or `0x` and an even number of digits.
/// At most `MAX` bytes are decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SpecBytes<const MAX: usize = HEX_BYTES_MAX>(pub(crate) Vec<u8>);

/// A storage key or prefix: at most 16 KiB.
pub(crate) type SpecKey = SpecBytes<{ 16 * 1024 }>;

impl<'de, const MAX: usize> Deserialize<'de> for SpecBytes<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        if text.is_empty() {
            return Ok(Self::default());
        }
        hex::decode(&text, MAX).map(Self).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_no_bytes_and_the_rest_needs_a_prefix() {
        let read = |text: &str| serde_json::from_str::<SpecBytes<4>>(text).map(|bytes| bytes.0).ok();
        assert_eq!(read("\"\""), Some(vec![]));
        assert_eq!(read("\"0x\""), Some(vec![]));
        assert_eq!(read("\"0xab01\""), Some(vec![0xab, 1]));
        for wrong in ["\"ab\"", "\"0xa\"", "\"0x0102030405\"", "null", "1"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn whatever_is_read_is_bounded_and_writes_itself() {
        let read = |text: &str| serde_json::from_value::<SpecBytes<4>>(text.into()).map(|bytes| bytes.0);
        bolero::check!().with_type::<(bool, String)>().for_each(|(prefixed, text)| {
            let text = if *prefixed { format!("0x{text}") } else { text.clone() };
            if let Ok(bytes) = read(&text) {
                assert!(bytes.len() <= 4);
                assert!(text.is_empty() || hex::encode(&bytes) == text.to_lowercase());
            }
        });
        bolero::check!().with_type::<Vec<u8>>().for_each(|bytes| {
            assert_eq!(read(&hex::encode(bytes)).ok(), (bytes.len() <= 4).then(|| bytes.clone()));
        });
    }
}
