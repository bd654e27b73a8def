//! Bytes and numbers as JSON-RPC carries them.

use icn_primitives::Hash;
use serde::{de::Error as _, Deserialize, Deserializer, Serialize, Serializer};

/// Most bytes that a [`Hex`] takes unless it says otherwise: 1 MiB, more than the largest extrinsic.
pub const HEX_BYTES_MAX: usize = 1024 * 1024;

/// Bytes as a `0x`-prefixed string of an even number of hex digits. At most `MAX` bytes are decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hex<const MAX: usize = HEX_BYTES_MAX>(pub Vec<u8>);

/// A storage key: at most 16 KiB.
pub type Key = Hex<{ 16 * 1024 }>;

/// Why a string is no [`Hex`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HexError {
    /// It does not start with `0x`.
    #[error("0x prefix is missing")]
    NoPrefix,
    /// Half a byte is missing.
    #[error("hex needs an even number of digits")]
    Odd,
    /// There is a character that is no hex digit.
    #[error("a character is no hex digit")]
    NoDigit,
    /// More bytes than are taken here.
    #[error("at most {0} bytes are taken here")]
    TooLong(usize),
    /// Fewer bytes than are taken here.
    #[error("no fewer than {0} bytes are taken here")]
    TooShort(usize),
}

/// `0x` and the hex of `bytes`.
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    let bytes = bytes.as_ref();
    let mut text = vec![0; 2 + 2 * bytes.len()];
    text[..2].copy_from_slice(b"0x");
    if hex::encode_to_slice(bytes, &mut text[2..]).is_err() {
        return String::new();
    }
    String::from_utf8(text).unwrap_or_default()
}

/// Reads what [`encode`] writes; upper-case digits are taken too, and the empty string for no bytes, as polkadot-api writes it.
///
/// # Errors
/// As [`HexError`] says; nothing longer than `max` bytes is decoded.
pub fn decode(text: &str, max: usize) -> Result<Vec<u8>, HexError> {
    let digits = if text.is_empty() { text } else { text.strip_prefix("0x").ok_or(HexError::NoPrefix)? };
    if digits.len() > max.saturating_mul(2) {
        return Err(HexError::TooLong(max));
    }
    if digits.len() % 2 == 1 {
        return Err(HexError::Odd);
    }
    hex::decode(digits).map_err(|_| HexError::NoDigit)
}

/// As [`decode`], for exactly `N` bytes.
///
/// # Errors
/// As [`HexError`] says.
pub fn decode_exactly<const N: usize>(text: &str) -> Result<[u8; N], HexError> {
    decode(text, N)?.try_into().map_err(|_| HexError::TooShort(N))
}

impl<const MAX: usize> Serialize for Hex<MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&encode(&self.0))
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Hex<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        decode(&text, MAX).map(Self).map_err(D::Error::custom)
    }
}

/// A hash that a client names: `0x` and exactly 64 hex digits.
///
/// `Hash` does not read itself so strictly: it passes over white space, and the bytes that are then missing are zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HexHash(pub Hash);

impl<'de> Deserialize<'de> for HexHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        match decode_exactly(&text) {
            Ok(bytes) => Ok(Self(Hash::from(bytes))),
            Err(error) => Err(D::Error::custom(format_args!("a hash is 32 bytes in hex: {error}"))),
        }
    }
}

/// A number that clients write as a JSON number or as a `0x`-prefixed string of at most 16 hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NumberOrHex(pub u64);

impl<'de> Deserialize<'de> for NumberOrHex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // By way of `Value`: numbers of arbitrary precision do not reach a visitor's `visit_u64`.
        let value = serde_json::Value::deserialize(deserializer)?;
        let number = match &value {
            serde_json::Value::Number(number) => number.as_u64(),
            serde_json::Value::String(text) => from_hex(text),
            _ => None,
        };
        number.map(Self).ok_or_else(|| D::Error::custom("expected a number or its 0x-prefixed hex, of at most 64 bits"))
    }
}

fn from_hex(text: &str) -> Option<u64> {
    let digits = text.strip_prefix("0x")?;
    let all_digits = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    all_digits.then(|| u64::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_needs_prefix_pairs_digits_and_a_bound() {
        assert_eq!(decode("0x", 4), Ok(vec![]));
        assert_eq!(decode("0xAbcd", 4), Ok(vec![0xab, 0xcd]));
        assert_eq!(decode("abcd", 4), Err(HexError::NoPrefix));
        assert_eq!(decode("0xabc", 4), Err(HexError::Odd));
        assert_eq!(decode("0xzz", 4), Err(HexError::NoDigit));
        assert_eq!(decode("0x0102030405", 4), Err(HexError::TooLong(4)));
    }

    #[test]
    fn exactly_is_neither_more_nor_fewer() {
        assert_eq!(decode_exactly("0x0102"), Ok([1, 2]));
        assert_eq!(decode_exactly::<2>("0x010203"), Err(HexError::TooLong(2)));
        for short in ["", "0x", "0x01"] {
            assert_eq!(decode_exactly::<2>(short), Err(HexError::TooShort(2)), "{short:?}");
        }
    }

    #[test]
    fn a_hash_is_0x_and_64_digits_and_nothing_else() {
        let read = |text: &str| serde_json::from_value::<HexHash>(text.into()).map(|hash| hash.0);
        let bytes = |count: usize| "a5".repeat(count);
        let hash = Hash::repeat_byte(0xa5);
        assert_eq!(read(&format!("0x{}", bytes(32))).unwrap(), hash);
        assert_eq!(read(&format!("0x{}", bytes(32).to_uppercase())).unwrap(), hash);
        for (wrong, reason) in [
            // Once read as the 31 bytes and a zero.
            (format!("0x {}a", bytes(31)), "a character is no hex digit"),
            (format!("0x  {}", bytes(31)), "a character is no hex digit"),
            (format!("0x\t\t{}", bytes(31)), "a character is no hex digit"),
            (format!("0x{}\r\n", bytes(31)), "a character is no hex digit"),
            (format!("0x{}{}", " ".repeat(62), bytes(1)), "a character is no hex digit"),
            (format!("0x{}é", bytes(31)), "a character is no hex digit"),
            (format!("0x {}", bytes(31)), "hex needs an even number of digits"),
            (format!("0x{}5", bytes(31)), "hex needs an even number of digits"),
            (format!("0x{}", bytes(31)), "no fewer than 32 bytes are taken here"),
            (format!("0x{}", bytes(33)), "at most 32 bytes are taken here"),
            (format!("0x {}", bytes(32)), "at most 32 bytes are taken here"),
            (format!("0x{} ", bytes(32)), "at most 32 bytes are taken here"),
            (format!(" 0x{}", bytes(32)), "0x prefix is missing"),
            (format!("0X{}", bytes(32)), "0x prefix is missing"),
            (bytes(32), "0x prefix is missing"),
            (String::new(), "no fewer than 32 bytes are taken here"),
        ] {
            let error = read(&wrong).unwrap_err().to_string();
            assert_eq!(error, format!("a hash is 32 bytes in hex: {reason}"), "{wrong:?}");
        }
    }

    #[test]
    fn numbers_come_as_numbers_or_hex() {
        let read = |text: &str| serde_json::from_str::<NumberOrHex>(text).map(|number| number.0).ok();
        assert_eq!(read("12"), Some(12));
        assert_eq!(read("\"0x0c\""), Some(12));
        assert_eq!(read("18446744073709551615"), Some(u64::MAX));
        for wrong in ["-1", "1.5", "\"12\"", "\"0x\"", "\"0x+1\"", "\"0x10000000000000000\"", "null", "[1]"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn whatever_is_encoded_decodes_to_itself() {
        bolero::check!().with_type::<Vec<u8>>().for_each(|bytes| {
            assert_eq!(decode(&encode(bytes), bytes.len()).as_ref(), Ok(bytes));
        });
    }
}
