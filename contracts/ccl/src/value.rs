//! Values of the language as they are computed with, and their one form as bytes.
//!
//! In bytes a value is canonical DAG-CBOR, by its type: `Int` and `Amount` are 16 bytes, big-endian two's complement; `Time` and
//! `Duration` integers of milliseconds; a `Ratio` is `[numerator, denominator]`; a `Map` a list of `[key, value]` and a `Set` a
//! list, both ascending; an enum `[variant, payload…]`; an `Option` `[]` or `[value]`; a record a map by field name; a `Cid` a
//! link. A decoder takes nothing else.

mod codec;

pub use codec::{decode, encode, CodecError};

/// A value. Its type is known from where it stands; values of one type compare as the language orders them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Nothing, of what returns nothing.
    Unit,
    /// `Bool`
    Bool(bool),
    /// `Int`, and `Amount` in its smallest units.
    Int(i128),
    /// `Time` in milliseconds since 1970 UTC, and `Duration` in milliseconds.
    Millis(i64),
    /// `Ratio` and `Exact`: reduced, the denominator positive. They compare by their quotient, see [`crate::number`].
    Ratio(i128, i128),
    /// `Text`, and what has a name: `Did`, `Account`, `Class`, `Role`, `Body`, `Process`.
    Text(String),
    /// `Bytes`, and the bytes of a `Cid`.
    Bytes(Vec<u8>),
    /// `Option`; nothing comes first.
    Option(Option<Box<Value>>),
    /// `List`
    List(Vec<Value>),
    /// `Set`, ascending.
    Set(Vec<Value>),
    /// `Map`, ascending by key.
    Map(Vec<(Value, Value)>),
    /// A record: its fields as they are declared.
    Record(Vec<Value>),
    /// A variant of an enum: its number as they are declared, and what it carries.
    Variant(u32, Vec<Value>),
}

impl Value {
    /// `some(value)`
    pub fn some(value: Self) -> Self {
        Self::Option(Some(Box::new(value)))
    }

    /// Bytes of memory that it takes, about; what it costs to copy.
    pub fn size(&self) -> usize {
        let inner = match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::Option(Some(value)) => value.size(),
            Self::List(values) | Self::Set(values) | Self::Record(values) | Self::Variant(_, values) => {
                values.iter().map(Self::size).sum()
            }
            Self::Map(entries) => entries.iter().map(|(key, value)| key.size() + value.size()).sum(),
            _ => 0,
        };
        inner + 32
    }
}
