//! What a module says of itself, in its custom section `ccl`: canonical DAG-CBOR.
//!
//! The host reads from it how to call the module: types of what is passed in, kept, emitted and returned, who may call what,
//! and which invariants to check after what was written. What the organisation is made of is in the descriptor.

use crate::{
    program::{Builtin, Function, Program, Role},
    types::{FieldDef, Type, TypeDef, Types, VariantDef},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The version of this section.
pub const MANIFEST_VERSION: u32 = 1;

/// Bytes of the section.
pub const MANIFEST_BYTES_MAX: usize = 1024 * 1024;

/// What a module says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Manifest {
    pub version: u32,
    /// The version of the compiler.
    pub compiler: String,
    /// The CID of the source in the one style, in text.
    pub source: String,
    /// The CID of the descriptor, in text.
    pub descriptor: String,
    pub types: BTreeMap<String, Shape>,
    /// Types that code names by number.
    pub numbered: Vec<Kind>,
    /// Constants by number: the number of the type, and the bytes.
    pub constants: Vec<(u32, serde_bytes::ByteBuf)>,
    pub states: Vec<StateInfo>,
    pub events: Vec<Named>,
    pub errors: Vec<Named>,
    pub params: Vec<ParamInfo>,
    pub entries: Vec<Entry>,
}

/// A type, as the section writes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Kind {
    Unit,
    Bool,
    Int,
    Ratio,
    Text,
    Bytes,
    Time,
    Duration,
    Did,
    Cid,
    Account,
    Role,
    Class,
    Body,
    Process,
    Proposal,
    Amount(String),
    Exact(String),
    List(Box<Kind>),
    Set(Box<Kind>),
    Map(Box<Kind>, Box<Kind>),
    Option(Box<Kind>),
    Named(String),
    BudgetStatus(String),
}

/// What a named type is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Shape {
    Record(Vec<(String, Kind)>),
    Enum(Vec<(String, Vec<Kind>)>),
}

/// A state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct StateInfo {
    pub name: String,
    pub ty: Kind,
    pub initial: serde_bytes::ByteBuf,
    /// Most entries.
    pub max: Option<u64>,
}

/// An event or an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Named {
    pub name: String,
    pub fields: Vec<(String, Kind)>,
}

/// A constant that may be changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct ParamInfo {
    pub name: String,
    pub ty: Kind,
    pub value: serde_bytes::ByteBuf,
}

/// What an entry is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Purpose {
    View,
    Action,
    Condition,
    Effect,
    Handler,
    Invariant,
    Test,
}

/// Something that can be called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Entry {
    pub purpose: Purpose,
    pub name: String,
    /// What the module exports it as.
    pub export: String,
    pub params: Vec<(String, Kind)>,
    pub result: Kind,
    pub requires: Option<String>,
    /// Whether amounts passed in may be negative.
    pub signed: bool,
    /// Most fuel, of an invariant.
    pub fuel_max: Option<u64>,
    /// States that it reads and writes, by number.
    pub reads: Vec<u32>,
    pub writes: Vec<u32>,
    /// Views and effects of the organisation that it uses, by name.
    pub host: Vec<String>,
}

/// Why a section is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManifestError {
    /// It is too long.
    #[error("the section is longer than {MANIFEST_BYTES_MAX} bytes")]
    TooLarge,
    /// It is not what a compiler writes.
    #[error("the section is not as compilers write it")]
    Malformed,
    /// It is of another version.
    #[error("version {0} of the section is not supported")]
    Version(u32),
}

impl Manifest {
    /// As bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        // Strings, lists and maps with text keys always encode.
        serde_ipld_dagcbor::to_vec(self).unwrap_or_default()
    }

    /// Reads a section.
    ///
    /// # Errors
    /// When it is too long, of another version, or not exactly what [`Self::to_bytes`] gives for some manifest.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ManifestError> {
        if bytes.len() > MANIFEST_BYTES_MAX {
            return Err(ManifestError::TooLarge);
        }
        let limits = icn_dag::ipld::Limits { bytes: MANIFEST_BYTES_MAX, depth: 64, items: MANIFEST_BYTES_MAX };
        icn_dag::ipld::decode(bytes, &limits).map_err(|_| ManifestError::Malformed)?;
        let manifest: Self = serde_ipld_dagcbor::from_slice(bytes).map_err(|_| ManifestError::Malformed)?;
        if manifest.version != MANIFEST_VERSION {
            return Err(ManifestError::Version(manifest.version));
        }
        if manifest.to_bytes() != bytes {
            return Err(ManifestError::Malformed);
        }
        Ok(manifest)
    }

    /// The named types.
    pub fn types(&self) -> Types {
        let mut types = Types::default();
        for (name, shape) in &self.types {
            let def = match shape {
                Shape::Record(fields) => TypeDef::Record(fields.iter().map(field).collect()),
                Shape::Enum(variants) => TypeDef::Enum(
                    variants
                        .iter()
                        .map(|(name, payload)| VariantDef {
                            name: name.clone(),
                            payload: payload.iter().map(Type::from).collect(),
                        })
                        .collect(),
                ),
            };
            types.set(name, def);
        }
        types
    }

    /// The entry of a purpose and name.
    pub fn entry(&self, purpose: Purpose, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.purpose == purpose && entry.name == name)
    }
}

fn field((name, kind): &(String, Kind)) -> FieldDef {
    FieldDef { name: name.clone(), ty: kind.into() }
}

impl From<&Kind> for Type {
    fn from(kind: &Kind) -> Self {
        match kind {
            Kind::Unit => Self::Unit,
            Kind::Bool => Self::Bool,
            Kind::Int => Self::Int,
            Kind::Ratio => Self::Ratio,
            Kind::Text => Self::Text,
            Kind::Bytes => Self::Bytes,
            Kind::Time => Self::Time,
            Kind::Duration => Self::Duration,
            Kind::Did => Self::Did,
            Kind::Cid => Self::Cid,
            Kind::Account => Self::Account,
            Kind::Role => Self::Role,
            Kind::Class => Self::Class,
            Kind::Body => Self::Body,
            Kind::Process => Self::Process,
            Kind::Proposal => Self::Proposal,
            Kind::Amount(resource) => Self::Amount(resource.clone()),
            Kind::Exact(resource) => Self::Exact(resource.clone()),
            Kind::List(of) => Self::list((&**of).into()),
            Kind::Set(of) => Self::set((&**of).into()),
            Kind::Map(key, value) => Self::map((&**key).into(), (&**value).into()),
            Kind::Option(of) => Self::option((&**of).into()),
            Kind::Named(name) => Self::Named(name.clone()),
            Kind::BudgetStatus(resource) => Self::BudgetStatus(resource.clone()),
        }
    }
}

impl From<&Type> for Kind {
    fn from(ty: &Type) -> Self {
        match ty {
            // Nothing that compiles has an unknown type.
            Type::Unknown | Type::Unit => Self::Unit,
            Type::Bool => Self::Bool,
            Type::Int => Self::Int,
            Type::Ratio => Self::Ratio,
            Type::Text => Self::Text,
            Type::Bytes => Self::Bytes,
            Type::Time => Self::Time,
            Type::Duration => Self::Duration,
            Type::Did => Self::Did,
            Type::Cid => Self::Cid,
            Type::Account => Self::Account,
            Type::Role => Self::Role,
            Type::Class => Self::Class,
            Type::Body => Self::Body,
            Type::Process => Self::Process,
            Type::Proposal => Self::Proposal,
            Type::Amount(resource) => Self::Amount(resource.clone()),
            Type::Exact(resource) => Self::Exact(resource.clone()),
            Type::List(of) => Self::List(Box::new((&**of).into())),
            Type::Set(of) => Self::Set(Box::new((&**of).into())),
            Type::Map(key, value) => Self::Map(Box::new((&**key).into()), Box::new((&**value).into())),
            Type::Option(of) => Self::Option(Box::new((&**of).into())),
            Type::Named(name) => Self::Named(name.clone()),
            Type::BudgetStatus(resource) => Self::BudgetStatus(resource.clone()),
        }
    }
}

fn fields(fields: &[FieldDef]) -> Vec<(String, Kind)> {
    fields.iter().map(|field| (field.name.clone(), (&field.ty).into())).collect()
}

/// What a program says of itself, without what only its code needs: numbered types and constants.
pub(crate) fn of(program: &Program, entries: Vec<Entry>) -> Manifest {
    let named = |signature: &crate::program::Signature| Named {
        name: signature.name.clone(),
        fields: fields(&signature.fields),
    };
    let bytes = |value: &crate::value::Value, ty: &Type| {
        // Values of a program that compiles are of their types, and within bounds as the source is.
        serde_bytes::ByteBuf::from(crate::value::encode(value, ty, &program.types).unwrap_or_default())
    };
    let shape = |def: &TypeDef| match def {
        TypeDef::Record(of) => Shape::Record(fields(of)),
        TypeDef::Enum(variants) => Shape::Enum(
            variants
                .iter()
                .map(|variant| (variant.name.clone(), variant.payload.iter().map(Kind::from).collect()))
                .collect(),
        ),
    };
    let builtin = Types::default();
    Manifest {
        version: MANIFEST_VERSION,
        compiler: env!("CARGO_PKG_VERSION").into(),
        source: String::new(),
        descriptor: String::new(),
        types: program
            .types
            .iter()
            .filter(|(name, _)| builtin.get(name).is_none())
            .map(|(name, def)| (name.clone(), shape(def)))
            .collect(),
        numbered: Vec::new(),
        constants: Vec::new(),
        states: program
            .states
            .iter()
            .map(|state| StateInfo {
                name: state.name.clone(),
                ty: (&state.ty).into(),
                initial: bytes(&state.initial, &state.ty),
                max: state.max,
            })
            .collect(),
        events: program.events.iter().map(named).collect(),
        errors: program.errors.iter().map(named).collect(),
        params: program
            .consts
            .iter()
            .filter(|constant| constant.settable)
            .map(|constant| ParamInfo {
                name: constant.name.clone(),
                ty: (&constant.ty).into(),
                value: bytes(&constant.value, &constant.ty),
            })
            .collect(),
        entries,
    }
}

/// The entry that a piece of code is, if it can be called from outside.
pub(crate) fn entry(program: &Program, index: usize, function: &Function) -> Option<Entry> {
    let (purpose, prefix) = match &function.role {
        Role::Fn => return None,
        Role::View => (Purpose::View, "view"),
        Role::Action => (Purpose::Action, "action"),
        Role::Condition(_) => (Purpose::Condition, "requires"),
        Role::Effect(_) => (Purpose::Effect, "effect"),
        Role::Handler(_) => (Purpose::Handler, "on"),
        Role::Invariant => (Purpose::Invariant, "invariant"),
        Role::Test => (Purpose::Test, "test"),
    };
    // Handlers of one event, and tests, are told apart by their number.
    let export = match purpose {
        Purpose::Handler | Purpose::Test => format!("{prefix}:{index}"),
        _ => format!("{prefix}:{}", function.name),
    };
    let reads = program.reads(index);
    let effects = program.effects(index);
    let numbers = |states: &std::collections::BTreeSet<usize>| {
        states.iter().filter_map(|state| u32::try_from(*state).ok()).collect::<Vec<_>>()
    };
    let host = reads.host.iter().copied().chain(effects.host.iter().map(|effect| effect.builtin));
    let host: std::collections::BTreeSet<&str> = host.map(Builtin::word).collect();
    Some(Entry {
        purpose,
        name: function.name.clone(),
        export,
        params: fields(&function.params),
        result: (&function.result).into(),
        requires: function.requires.clone(),
        signed: function.signed,
        fuel_max: function.fuel_max,
        reads: numbers(&reads.states),
        writes: numbers(&effects.states),
        host: host.into_iter().map(String::from).collect(),
    })
}
