//! What a module says of itself, in its custom section `ccl`: canonical DAG-CBOR.
//!
//! The host reads from it how to call the module: types of what is passed in, kept, emitted and returned, who may call what,
//! and which invariants to check after what was written. What the organisation is made of is in the descriptor.

use crate::{
    program::{Builtin, Function, Program, Role},
    types::{FieldDef, Type, TypeDef, Types},
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
    pub types: BTreeMap<String, TypeDef>,
    /// Types that code names by number.
    pub numbered: Vec<Type>,
    /// Constants by number: the number of the type, and the bytes.
    pub constants: Vec<(u32, serde_bytes::ByteBuf)>,
    pub states: Vec<StateInfo>,
    pub events: Vec<Named>,
    pub errors: Vec<Named>,
    pub params: Vec<ParamInfo>,
    pub entries: Vec<Entry>,
}

/// A state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct StateInfo {
    pub name: String,
    pub ty: Type,
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
    pub fields: Vec<FieldDef>,
}

/// A constant that may be changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct ParamInfo {
    pub name: String,
    pub ty: Type,
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
    pub params: Vec<FieldDef>,
    pub result: Type,
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
        for (name, def) in &self.types {
            types.set(name, def.clone());
        }
        types
    }

    /// The entry of a purpose and name.
    pub fn entry(&self, purpose: Purpose, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.purpose == purpose && entry.name == name)
    }
}

/// What a program says of itself, without what only its code needs: numbered types and constants.
pub(crate) fn of(program: &Program, entries: Vec<Entry>) -> Manifest {
    let named = |signature: &crate::program::Signature| Named {
        name: signature.name.clone(),
        fields: signature.fields.clone(),
    };
    let bytes = |value: &crate::value::Value, ty: &Type| {
        // Values of a program that compiles are of their types, and within bounds as the source is.
        serde_bytes::ByteBuf::from(crate::value::encode(value, ty, &program.types).unwrap_or_default())
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
            .map(|(name, def)| (name.clone(), def.clone()))
            .collect(),
        numbered: Vec::new(),
        constants: Vec::new(),
        states: program
            .states
            .iter()
            .map(|state| StateInfo {
                name: state.name.clone(),
                ty: state.ty.clone(),
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
                ty: constant.ty.clone(),
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
        params: function.params.clone(),
        result: function.result.clone(),
        requires: function.requires.clone(),
        signed: function.signed,
        fuel_max: function.fuel_max,
        reads: numbers(&reads.states),
        writes: numbers(&effects.states),
        host: host.into_iter().map(String::from).collect(),
    })
}
