//! Positional or named parameters of a call.

use crate::{
    error::Error,
    hex::{Hex, HexHash, NumberOrHex},
    spec_bytes::SpecBytes,
};
use jsonrpsee::types::Params;
use serde::{de::DeserializeOwned, Deserialize};
use serde_json::{Number, Value};
use std::str::FromStr;

/// What may be read from a client's parameters: types that read what is written or refuse it.
///
/// Foreign types are listed here, each after a look at how it reads. [`icn_primitives::Hash`] must not be among them, nor a
/// field of any: [`HexHash`] says why, and is read instead.
pub trait Argument: DeserializeOwned {}

impl Argument for bool {}
impl Argument for u64 {}
impl Argument for Number {}
impl Argument for String {}
impl Argument for Value {}
impl<const MAX: usize> Argument for Hex<MAX> {}
impl<const MAX: usize> Argument for SpecBytes<MAX> {}
impl Argument for HexHash {}
impl Argument for NumberOrHex {}
impl<T: Argument> Argument for Vec<T> {}

/// Something that is written as text.
#[derive(Debug)]
pub(crate) struct Text<T>(pub(crate) T);

impl<'de, T: FromStr<Err: std::fmt::Display>> Deserialize<'de> for Text<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(serde::de::Error::custom)
    }
}

impl<T> Argument for Text<T> where Self: DeserializeOwned {}

/// The parameters of one call, under the names that its documentation gives them.
#[derive(Debug)]
pub struct Arguments {
    names: &'static [&'static str],
    values: Vec<Value>,
}

impl Arguments {
    /// Reads an array in the order of `names`, an object keyed by them, or nothing at all.
    ///
    /// # Errors
    /// [`Error::InvalidParams`] when there are more parameters than names, or others.
    pub fn new(params: &Params<'_>, names: &'static [&'static str]) -> Result<Self, Error> {
        let given = match params.as_str() {
            None => Value::Null,
            Some(text) => serde_json::from_str(text).map_err(|error| expected(names, error.to_string()))?,
        };
        let values = match given {
            Value::Null => Vec::new(),
            Value::Array(values) => values,
            Value::Object(mut map) => {
                let values = names.iter().map(|name| map.remove(*name).unwrap_or_default()).collect();
                if let Some(stranger) = map.keys().next() {
                    return Err(expected(names, format!("there is no parameter {stranger:?}")));
                }
                values
            }
            _ => return Err(expected(names, "parameters are an array or an object".into())),
        };
        if values.iter().skip(names.len()).any(|value| !value.is_null()) {
            return Err(expected(names, format!("{} parameters are too many", values.len())));
        }
        Ok(Self { names, values })
    }

    /// The parameter called `name`.
    ///
    /// # Errors
    /// [`Error::InvalidParams`] when it is missing or of another type.
    pub fn required<T: Argument>(&mut self, name: &'static str) -> Result<T, Error> {
        let value = self.take(name);
        if value.is_null() {
            return Err(expected(self.names, format!("{name} is missing")));
        }
        self.read(name, value)
    }

    /// The parameter called `name`, if it is there and not null.
    ///
    /// # Errors
    /// [`Error::InvalidParams`] when it is of another type.
    pub fn optional<T: Argument>(&mut self, name: &'static str) -> Result<Option<T>, Error> {
        match self.take(name) {
            Value::Null => Ok(None),
            value => self.read(name, value).map(Some),
        }
    }

    fn take(&mut self, name: &str) -> Value {
        let index = self.names.iter().position(|known| *known == name);
        index.and_then(|index| self.values.get_mut(index)).map(Value::take).unwrap_or_default()
    }

    fn read<T: Argument>(&self, name: &str, value: Value) -> Result<T, Error> {
        serde_json::from_value(value).map_err(|error| expected(self.names, format!("{name}: {error}")))
    }
}

fn expected(names: &[&str], reason: String) -> Error {
    Error::InvalidParams(format!("expected [{}]: {reason}", names.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::Key;
    use serde_json::json;
    use std::{
        panic::RefUnwindSafe,
        sync::atomic::{AtomicUsize, Ordering},
    };

    const NAMES: &[&str] = &["first", "second"];

    fn read(text: &str) -> Result<Arguments, Error> {
        Arguments::new(&Params::new(Some(text)), NAMES)
    }

    fn reason(result: Result<impl std::fmt::Debug, Error>) -> String {
        match result {
            Err(Error::InvalidParams(reason)) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn parameters_are_taken_by_place_or_by_name() {
        for text in ["[1, \"two\"]", "[1, \"two\", null]", "{\"second\": \"two\", \"first\": 1}"] {
            let mut arguments = read(text).unwrap();
            assert_eq!(arguments.required::<u64>("first").unwrap(), 1);
            assert_eq!(arguments.optional::<String>("second").unwrap().as_deref(), Some("two"));
        }
        for text in ["[]", "{}", "null", "[null]"] {
            assert_eq!(read(text).unwrap().optional::<u64>("first").unwrap(), None, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_what_was_expected() {
        assert_eq!(reason(read("[]").unwrap().required::<u64>("first")), "expected [first, second]: first is missing");
        assert_eq!(reason(read("[1, 2, 3]")), "expected [first, second]: 3 parameters are too many");
        assert_eq!(reason(read("7")), "expected [first, second]: parameters are an array or an object");
        assert_eq!(reason(read("{\"third\": 3}")), "expected [first, second]: there is no parameter \"third\"");
        let wrong = reason(read("[\"one\"]").unwrap().required::<u64>("first"));
        assert!(wrong.starts_with("expected [first, second]: first: invalid type: string \"one\""), "{wrong}");
    }

    /// Reads parameters made of `seeds` with a few characters replaced, checks each value that is accepted, and prints how
    /// many there were.
    fn fuzz<T: Argument>(name: &str, seeds: &[&str], check: impl Fn(&str, T) + RefUnwindSafe) {
        let (ran, accepted) = (AtomicUsize::new(0), AtomicUsize::new(0));
        bolero::check!().with_type::<(u8, Vec<(u8, char)>)>().for_each(|(seed, writes)| {
            let mut text: Vec<char> = seeds[usize::from(*seed) % seeds.len()].chars().collect();
            for (place, with) in writes.iter().take(usize::from(seed % 4)) {
                let place = usize::from(*place) % text.len();
                text[place] = *with;
            }
            let text: String = text.into_iter().collect();
            ran.fetch_add(1, Ordering::Relaxed);
            if let Ok(Some(value)) = read(&text).and_then(|mut arguments| arguments.optional::<T>("first")) {
                accepted.fetch_add(1, Ordering::Relaxed);
                check(&text, value);
            }
        });
        let (ran, accepted) = (ran.into_inner(), accepted.into_inner());
        eprintln!("fuzz {name}: {ran} inputs, {accepted} accepted");
        assert!(accepted > 0, "none of {ran} inputs was accepted");
    }

    /// The first parameter in `text`, as JSON.
    fn first(text: &str) -> Value {
        match serde_json::from_str(text).unwrap() {
            Value::Array(mut values) => values.swap_remove(0),
            Value::Object(mut map) => map.remove("first").unwrap(),
            other => other,
        }
    }

    fn lower(value: &Value) -> String {
        value.as_str().unwrap().to_lowercase()
    }

    #[test]
    fn fuzz_bytes() {
        let seeds = ["[\"0x\"]", "[\"0x00ff\", null]", "{\"first\": \"0xAbCd\"}"];
        fuzz::<Hex<4>>("bytes", &seeds, |text, Hex(bytes)| {
            assert!(bytes.len() <= 4);
            assert_eq!(lower(&first(text)), crate::hex::encode(bytes));
        });
    }

    #[test]
    fn fuzz_keys() {
        let seeds = ["[[\"0x00\", \"0x01\"]]", "[[]]", "{\"first\": [\"0xff\"]}"];
        fuzz::<Vec<Key>>("keys", &seeds, |text, keys| {
            let given: Vec<String> = first(text).as_array().unwrap().iter().map(lower).collect();
            assert_eq!(json!(keys), json!(given));
        });
    }

    #[test]
    fn fuzz_numbers() {
        let seeds = ["[7]", "[18446744073709551615]", "[\"0xfF\"]", "[\"0x10\"]"];
        fuzz::<NumberOrHex>("numbers", &seeds, |text, NumberOrHex(number)| match first(text) {
            Value::String(text) => {
                let digits = text.to_lowercase()[2..].trim_start_matches('0').to_string();
                assert_eq!(format!("{number:x}").trim_start_matches('0'), digits);
            }
            value => assert_eq!(value, json!(number)),
        });
    }

    #[test]
    fn fuzz_hashes() {
        let seeds = [format!("[\"0x{}\"]", "5a".repeat(32)), format!("[\"0x  {}\"]", "5a".repeat(31))];
        fuzz::<HexHash>("hashes", &seeds.each_ref().map(String::as_str), |text, HexHash(hash)| {
            assert_eq!(lower(&first(text)), crate::hex::encode(hash));
        });
    }
}
