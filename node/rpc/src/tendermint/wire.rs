//! Values as CometBFT's JSON writes and reads them.

use crate::arguments::Argument;
use base64::{prelude::BASE64_STANDARD, Engine};
use icn_primitives::{limits::TIME_MAX, Moment};
use serde::{de::Error as _, Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::fmt::Display;

/// A number of 64 bits: a string, since JavaScript cannot read it otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quoted<T>(pub(super) T);

impl<T: Display> Serialize for Quoted<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// A hash or an address: upper-case hex without prefix. The default stands for none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct UpperHex(String);

impl UpperHex {
    pub(super) fn of(bytes: impl AsRef<[u8]>) -> Self {
        Self(hex::encode_upper(bytes))
    }
}

/// Bytes of any meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Base64(String);

impl Base64 {
    pub(super) fn of(bytes: impl AsRef<[u8]>) -> Self {
        Self(BASE64_STANDARD.encode(bytes))
    }
}

/// A time in RFC 3339, UTC, with as many decimals as it needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Timestamp(String);

impl Timestamp {
    /// A time of the chain; none is past the year 9999.
    pub(super) fn of(time: Moment) -> Self {
        let time = time.min(TIME_MAX);
        let (seconds, nanoseconds) = ((time / 1000) as i64, (time % 1000) as u32 * 1_000_000);
        let time = tendermint::Time::from_unix_timestamp(seconds, nanoseconds);
        Self(time.map_or_else(|_| Self::none().0, |time| time.to_rfc3339()))
    }

    /// Go's zero time, which stands for none.
    pub(super) fn none() -> Self {
        Self("0001-01-01T00:00:00Z".into())
    }
}

/// A parameter that is a JSON number or a decimal string; the empty string stands for none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Integer(pub(super) Option<i64>);

impl Argument for Integer {}

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // By way of `Value`: numbers of arbitrary precision do not reach a visitor's `visit_i64`.
        let integer = match Value::deserialize(deserializer)? {
            Value::String(text) if text.is_empty() => return Ok(Self(None)),
            Value::String(text) => text.parse().ok(),
            Value::Number(number) => number.as_i64(),
            _ => None,
        };
        integer.map(|integer| Self(Some(integer))).ok_or_else(|| D::Error::custom("expected an integer of 64 bits"))
    }
}

/// A parameter that is bytes in hex, with or without `0x`; at most `MAX` bytes are decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct HexBytes<const MAX: usize>(pub(super) Vec<u8>);

impl<const MAX: usize> Argument for HexBytes<MAX> {}

impl<'de, const MAX: usize> Deserialize<'de> for HexBytes<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let digits = text.strip_prefix("0x").unwrap_or(&text);
        if digits.len() > 2 * MAX {
            return Err(D::Error::custom(format!("at most {MAX} bytes are taken here")));
        }
        hex::decode(digits).map(Self).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_the_decimals_they_need() {
        let text = |time| Timestamp::of(time).0;
        assert_eq!(text(0), "1970-01-01T00:00:00Z");
        assert_eq!(text(1_767_225_600_000), "2026-01-01T00:00:00Z");
        assert_eq!(text(1_767_225_600_120), "2026-01-01T00:00:00.12Z");
        assert_eq!(text(1_767_225_600_007), "2026-01-01T00:00:00.007Z");
        assert_eq!(text(u64::MAX), "9999-12-31T23:59:59.999Z");
    }

    #[test]
    fn integers_come_as_numbers_or_strings() {
        let read = |text: &str| serde_json::from_str::<Integer>(text).map(|integer| integer.0).ok();
        assert_eq!(read("12"), Some(Some(12)));
        assert_eq!(read("\"12\""), Some(Some(12)));
        assert_eq!(read("\"-1\""), Some(Some(-1)));
        assert_eq!(read("\"9223372036854775807\""), Some(Some(i64::MAX)));
        assert_eq!(read("\"\""), Some(None));
        for wrong in ["1.5", "\"0x1\"", "\" 1\"", "\"9223372036854775808\"", "9223372036854775808", "[1]", "true"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn hex_is_bounded_and_may_have_a_prefix() {
        let read = |text: &str| serde_json::from_value::<HexBytes<4>>(text.into()).map(|bytes| bytes.0).ok();
        assert_eq!(read(""), Some(vec![]));
        assert_eq!(read("0aFF"), Some(vec![10, 255]));
        assert_eq!(read("0x0aff"), Some(vec![10, 255]));
        for wrong in ["0", "zz", "0x0x00", "0102030405"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn whatever_is_read_is_bounded_and_writes_itself() {
        bolero::check!().with_type::<(bool, String)>().for_each(|(prefixed, text)| {
            let given = if *prefixed { format!("0x{text}") } else { text.clone() };
            if let Ok(HexBytes(bytes)) = serde_json::from_value::<HexBytes<4>>(given.clone().into()) {
                assert!(bytes.len() <= 4);
                assert_eq!(given.strip_prefix("0x").unwrap_or(&given).to_uppercase(), UpperHex::of(bytes).0);
            }
            if let Ok(Integer(Some(integer))) = serde_json::from_value::<Integer>(text.clone().into()) {
                assert_eq!(text.parse(), Ok(integer));
            }
        });
    }
}
