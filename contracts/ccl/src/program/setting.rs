//! What settings are set to.

use crate::{
    diagnostic::Span,
    types::{FieldDef, Type},
};
use std::collections::BTreeMap;

/// What a setting is set to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Value {
    Text(String),
    Bool(bool),
    Int(i128),
    /// Reduced.
    Ratio(i128, i128),
    /// A number of members, where a share could stand.
    Count(i128),
    /// Milliseconds.
    Duration(i64),
    /// Milliseconds since 1970 UTC.
    Time(i64),
    Did(String),
    Cid(String),
    /// In the smallest unit.
    Amount {
        minor: i128,
        resource: String,
    },
    /// The name of a declaration or function.
    Name(String),
    Word(String, Option<Box<Value>>),
    List(Vec<Value>),
    Block(BTreeMap<String, Value>),
    /// Blocks by name.
    Named(BTreeMap<String, BTreeMap<String, Value>>),
    Bands(Vec<Band>),
    Types(Vec<(String, Type)>),
    /// A condition, by the number of its function.
    Condition(usize),
}

/// A band of amounts: above `from`, up to `to`; the first includes its beginning.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub struct Band {
    pub from: i128,
    pub to: Option<i128>,
    pub settings: BTreeMap<String, Value>,
}

/// Settings of a declaration, by name.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    values: BTreeMap<String, Value>,
    spans: BTreeMap<String, Span>,
}

impl Settings {
    /// Sets one, where it stands in the source; a default stands nowhere.
    pub fn set(&mut self, key: &str, value: Value, span: Option<Span>) {
        self.values.insert(key.into(), value);
        if let Some(span) = span {
            self.spans.insert(key.into(), span);
        }
    }

    /// All, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.values.iter()
    }

    /// One of them.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.values.get(key)
    }

    /// Where it is set, if it is.
    pub fn span(&self, key: &str) -> Option<Span> {
        self.spans.get(key).copied()
    }

    /// Notes where a part of a setting stands: `class.worker`, `class.worker.quorum`, `band.0.role`.
    pub fn place(&mut self, path: String, span: Span) {
        self.spans.insert(path, span);
    }

    /// Notes where the settings of a block stand, by the path of the block.
    pub fn places_of(&mut self, path: &str, block: &Self) {
        self.spans.extend(block.spans.iter().map(|(key, span)| (format!("{path}.{key}"), *span)));
    }

    /// The name that it is set to.
    pub fn name(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Value::Name(name) => Some(name),
            _ => None,
        }
    }

    /// The word that it is set to.
    pub fn word(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Value::Word(word, _) => Some(word),
            _ => None,
        }
    }

    /// The names in a list.
    pub fn names(&self, key: &str) -> Vec<&str> {
        let name = |value: &'_ Value| matches!(value, Value::Name(_));
        match self.get(key) {
            Some(Value::List(values)) => values
                .iter()
                .filter(|value| name(value))
                .filter_map(|value| match value {
                    Value::Name(name) => Some(name.as_str()),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// A text.
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number, or a number of members.
    pub fn int(&self, key: &str) -> Option<i128> {
        match self.get(key)? {
            Value::Int(number) | Value::Count(number) => Some(*number),
            _ => None,
        }
    }

    /// A share.
    pub fn ratio(&self, key: &str) -> Option<(i128, i128)> {
        match self.get(key)? {
            Value::Ratio(numerator, denominator) => Some((*numerator, *denominator)),
            _ => None,
        }
    }

    /// A span of time in milliseconds.
    pub fn duration(&self, key: &str) -> Option<i64> {
        match self.get(key)? {
            Value::Duration(millis) => Some(*millis),
            _ => None,
        }
    }

    /// Whether it is `true`.
    pub fn is_true(&self, key: &str) -> bool {
        self.get(key) == Some(&Value::Bool(true))
    }

    /// An amount in the smallest unit.
    pub fn amount(&self, key: &str) -> Option<i128> {
        match self.get(key)? {
            Value::Amount { minor, .. } => Some(*minor),
            _ => None,
        }
    }

    /// A block's settings.
    pub fn block(&self, key: &str) -> Option<&BTreeMap<String, Value>> {
        match self.get(key)? {
            Value::Block(settings) => Some(settings),
            _ => None,
        }
    }

    /// Blocks by name.
    pub fn named(&self, key: &str) -> impl Iterator<Item = (&String, &BTreeMap<String, Value>)> {
        let named = match self.get(key) {
            Some(Value::Named(blocks)) => Some(blocks),
            _ => None,
        };
        named.into_iter().flatten()
    }

    /// Bands in their order.
    pub fn bands(&self) -> &[Band] {
        match self.get("band") {
            Some(Value::Bands(bands)) => bands,
            _ => &[],
        }
    }

    /// Claims with their types.
    pub fn claims(&self) -> Vec<FieldDef> {
        match self.get("claims") {
            Some(Value::Types(claims)) => {
                claims.iter().map(|(name, ty)| FieldDef { name: name.clone(), ty: ty.clone() }).collect()
            }
            _ => Vec::new(),
        }
    }
}
