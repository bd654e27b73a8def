//! Types of the language.

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// A type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Type {
    /// Of what is wrong; it fits everywhere, so that one mistake is told once. Nothing that compiles has it.
    #[serde(skip)]
    Unknown,
    /// Of what returns nothing.
    Unit,
    /// `true` or `false`.
    Bool,
    /// Whole numbers of 128 bits.
    Int,
    /// Exact fractions.
    Ratio,
    /// Unicode text.
    Text,
    /// Bytes.
    Bytes,
    /// A moment, in milliseconds.
    Time,
    /// A span of time, in milliseconds.
    Duration,
    /// A person or organisation.
    Did,
    /// The name of content.
    Cid,
    /// What can hold resources: persons, treasuries, budgets, bodies.
    Account,
    /// A role of the document.
    Role,
    /// A class of members of the document.
    Class,
    /// A body of the document.
    Body,
    /// A process of the document.
    Process,
    /// A proposal that was made.
    Proposal,
    /// So much of a resource.
    Amount(String),
    /// A fraction of the smallest unit of a resource; it is rounded to an amount.
    Exact(String),
    /// `List<T>`
    List(Box<Type>),
    /// `Set<T>`
    Set(Box<Type>),
    /// `Map<K, V>`
    Map(Box<Type>, Box<Type>),
    /// `Option<T>`
    Option(Box<Type>),
    /// A record or enum, by name.
    Named(String),
    /// What `budget(b)` tells, of a resource.
    BudgetStatus(String),
}

impl Type {
    /// `List<of>`
    pub fn list(of: Self) -> Self {
        Self::List(Box::new(of))
    }

    /// `Set<of>`
    pub fn set(of: Self) -> Self {
        Self::Set(Box::new(of))
    }

    /// `Map<key, value>`
    pub fn map(key: Self, value: Self) -> Self {
        Self::Map(Box::new(key), Box::new(value))
    }

    /// `Option<of>`
    pub fn option(of: Self) -> Self {
        Self::Option(Box::new(of))
    }

    /// An amount of a resource.
    pub fn amount(resource: &str) -> Self {
        Self::Amount(resource.into())
    }

    /// Whether values of it are numbers in two machine words.
    pub fn is_wide(&self) -> bool {
        matches!(self, Self::Int | Self::Amount(_))
    }

    /// Whether some values of it are greater than others.
    pub fn is_ordered(&self) -> bool {
        matches!(
            self,
            Self::Int | Self::Amount(_) | Self::Exact(_) | Self::Ratio | Self::Time | Self::Duration | Self::Unknown
        )
    }

    /// Whether values of it are milliseconds.
    pub fn is_millis(&self) -> bool {
        matches!(self, Self::Time | Self::Duration)
    }

    /// Whether it may be a key of a map or an element of a set. Records and collections may not.
    pub fn is_key(&self, types: &Types) -> bool {
        match self {
            Self::Unknown | Self::Bool | Self::Int | Self::Text | Self::Time | Self::Did | Self::Cid | Self::Class => {
                true
            }
            Self::Named(name) => match types.get(name) {
                Some(TypeDef::Enum(variants)) => variants.iter().all(|variant| variant.payload.is_empty()),
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether values of it can be kept in the state, passed in and returned.
    pub fn is_storable(&self) -> bool {
        match self {
            Self::Exact(_) | Self::Unit => false,
            Self::List(of) | Self::Set(of) | Self::Option(of) => of.is_storable(),
            Self::Map(key, value) => key.is_storable() && value.is_storable(),
            _ => true,
        }
    }

    /// Types that it is made of.
    pub fn parts(&self) -> Vec<&Type> {
        match self {
            Self::List(of) | Self::Set(of) | Self::Option(of) => vec![of],
            Self::Map(key, value) => vec![key, value],
            _ => Vec::new(),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => formatter.write_str("?"),
            Self::Unit => formatter.write_str("nothing"),
            Self::Amount(resource) => write!(formatter, "Amount<{resource}>"),
            Self::Exact(resource) => write!(formatter, "Exact<{resource}>"),
            Self::List(of) => write!(formatter, "List<{of}>"),
            Self::Set(of) => write!(formatter, "Set<{of}>"),
            Self::Map(key, value) => write!(formatter, "Map<{key}, {value}>"),
            Self::Option(of) => write!(formatter, "Option<{of}>"),
            Self::Named(name) => formatter.write_str(name),
            Self::BudgetStatus(resource) => write!(formatter, "BudgetStatus<{resource}>"),
            plain => write!(formatter, "{plain:?}"),
        }
    }
}

/// A field of a record, or a parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldDef {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
}

/// A variant of an enum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VariantDef {
    /// Its name.
    pub name: String,
    /// What it carries.
    pub payload: Vec<Type>,
}

/// What a named type is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TypeDef {
    /// Named fields in their order.
    Record(Vec<FieldDef>),
    /// Variants in their order.
    Enum(Vec<VariantDef>),
}

/// The named types of a document, with those that the language has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Types(BTreeMap<String, TypeDef>);

impl Default for Types {
    fn default() -> Self {
        let field = |name: &str, ty| FieldDef { name: name.into(), ty };
        let variant = |name: &&str| VariantDef { name: (*name).into(), payload: Vec::new() };
        let standing = ["Good", "Suspended", "Leaving"];
        Self(BTreeMap::from([
            ("Standing".into(), TypeDef::Enum(standing.iter().map(variant).collect())),
            (
                "Member".into(),
                TypeDef::Record(vec![
                    field("did", Type::Did),
                    field("class", Type::Class),
                    field("joined", Type::Time),
                    field("standing", Type::Named("Standing".into())),
                ]),
            ),
            (
                "Tally".into(),
                TypeDef::Record(vec![
                    field("eligible", Type::Int),
                    field("yes", Type::Int),
                    field("no", Type::Int),
                    field("abstain", Type::Int),
                    field("passed", Type::Bool),
                ]),
            ),
        ]))
    }
}

impl Types {
    /// The type of this name.
    pub fn get(&self, name: &str) -> Option<&TypeDef> {
        self.0.get(name)
    }

    /// Adds a type; whether the name was free.
    pub fn add(&mut self, name: String, def: TypeDef) -> bool {
        self.0.insert(name, def).is_none()
    }

    /// Puts a definition in the place of another.
    pub fn set(&mut self, name: &str, def: TypeDef) {
        self.0.insert(name.into(), def);
    }

    /// All, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &TypeDef)> {
        self.0.iter()
    }

    /// The fields of a record type, built in or declared.
    pub fn fields(&self, ty: &Type) -> Option<Vec<FieldDef>> {
        match ty {
            Type::Named(name) => match self.get(name)? {
                TypeDef::Record(fields) => Some(fields.clone()),
                TypeDef::Enum(_) => None,
            },
            Type::BudgetStatus(resource) => {
                let field = |name: &str, ty: Type| FieldDef { name: name.into(), ty };
                let amounts = ["total", "spent", "committed", "left"].map(|name| field(name, Type::amount(resource)));
                Some(amounts.into_iter().chain(["from", "to"].map(|name| field(name, Type::Time))).collect())
            }
            _ => None,
        }
    }

    /// The variants of an enum type.
    pub fn variants(&self, ty: &Type) -> Option<&[VariantDef]> {
        match ty {
            Type::Named(name) => match self.get(name)? {
                TypeDef::Enum(variants) => Some(variants),
                TypeDef::Record(_) => None,
            },
            _ => None,
        }
    }
}
