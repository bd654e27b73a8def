//! Positional or named parameters of a call.

use crate::error::Error;
use jsonrpsee::types::Params;
use serde::de::DeserializeOwned;
use serde_json::Value;

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
    pub fn required<T: DeserializeOwned>(&mut self, name: &'static str) -> Result<T, Error> {
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
    pub fn optional<T: DeserializeOwned>(&mut self, name: &'static str) -> Result<Option<T>, Error> {
        match self.take(name) {
            Value::Null => Ok(None),
            value => self.read(name, value).map(Some),
        }
    }

    fn take(&mut self, name: &str) -> Value {
        let index = self.names.iter().position(|known| *known == name);
        index.and_then(|index| self.values.get_mut(index)).map(Value::take).unwrap_or_default()
    }

    fn read<T: DeserializeOwned>(&self, name: &str, value: Value) -> Result<T, Error> {
        serde_json::from_value(value).map_err(|error| expected(self.names, format!("{name}: {error}")))
    }
}

fn expected(names: &[&str], reason: String) -> Error {
    Error::InvalidParams(format!("expected [{}]: {reason}", names.join(", ")))
}
