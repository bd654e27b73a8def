//! The descriptor: what a document says, in one canonical form that the chain enforces from.
//!
//! It is canonical DAG-CBOR, docs/spec/ccl-descriptor.md, and its CID is the name of a constitution. It holds every setting with
//! the defaults written out, who may do what, what code is called and does, and hashes of code; it holds no spans, no article
//! numbers and no source, so that neither the layout of a source nor the order of its items changes it. Nothing in it comes from
//! the compiler, so that a new compiler changes no constitution.
//!
//! Read [`Content`] first, then `write` and `read`, which mirror each other. [`Descriptor::from_bytes`] takes nothing but what
//! [`Descriptor::to_bytes`] gives.

mod build;
mod check;
mod read;
mod tree;
mod typetext;
mod write;

pub(crate) use tree::expr_hash;
pub use tree::{deep_hash, shallow_hash, type_hash, Hash};
pub use typetext::type_of_text;

use crate::{
    ast::Level,
    program::{InForce, Program, Role, SettingValue},
    schema::Kind,
    types::{FieldDef, Type, Types},
    value::Value,
};
use icn_dag::{ipld, Cid, Codec};
use std::collections::{BTreeMap, BTreeSet};

/// The form that this crate writes and reads. 1: the first.
pub const FORMAT: i128 = 1;

/// Bounds of a descriptor.
pub const LIMITS: ipld::Limits = ipld::Limits { bytes: 1024 * 1024, depth: 96, items: 200_000 };

/// Why something is no descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DescriptorError {
    /// It is longer, deeper or of more parts than [`LIMITS`] allow. The document must be shortened.
    #[error("the descriptor is too large")]
    TooLarge,
    /// It is no DAG-CBOR, or not in its one canonical form.
    #[error("not canonical DAG-CBOR")]
    NotCanonical,
    /// It is of a form that this code does not read.
    #[error("the descriptor has another format")]
    Format,
    /// A part is missing, unknown, or of another form than it has.
    #[error("the descriptor's `{at}` is not as it must be")]
    Malformed {
        /// Which part.
        at: &'static str,
    },
    /// A name stands for nothing in the document, or for something of another kind.
    #[error("a name under `{at}` stands for nothing")]
    UnknownName {
        /// Which part.
        at: &'static str,
    },
    /// An import is not named by a CID of this chain: the lock file must be put right.
    #[error("an import has no CID")]
    BadImport,
    /// The document was resolved with errors and says nothing certain.
    #[error("the document has errors")]
    Incomplete,
}

/// What a document says. Maps are by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// `constitution`, `contract`, …
    pub document: String,
    /// Its title.
    pub title: String,
    /// Its version.
    pub version: String,
    /// For whom it is.
    pub scope: String,
    /// Words before the document.
    pub docs: String,
    /// The source that it was made of; of an instance of a template, the template.
    pub source: Cid,
    /// The descriptor that it follows, if it follows one.
    pub previous: Option<Cid>,
    /// Modules by the name under which they are used.
    pub imports: BTreeMap<String, Import>,
    /// Named types, without those that the language has.
    pub types: Types,
    /// Declarations by kind and name.
    pub decls: BTreeMap<Kind, BTreeMap<String, Decl>>,
    /// Constants and parameters.
    pub consts: BTreeMap<String, Const>,
    /// Permissions beyond those of the kernel, with what they allow.
    pub permissions: BTreeMap<String, String>,
    /// Who holds a role or is in a class from the beginning.
    pub founders: BTreeMap<String, Founder>,
    /// What is kept between calls.
    pub states: BTreeMap<String, State>,
    /// States of the version before that are given up.
    pub dropped: BTreeSet<String>,
    /// Events with their fields.
    pub events: BTreeMap<String, Signature>,
    /// Errors with their fields.
    pub errors: BTreeMap<String, Signature>,
    /// Functions, views and actions of the document itself.
    pub functions: BTreeMap<String, Function>,
    /// What is done when something happens, in the order of the document.
    pub handlers: Vec<Handler>,
    /// What must always hold.
    pub invariants: BTreeMap<String, Invariant>,
    /// Protected parts: by path, the share of votes that a change needs; none suffices if there is none.
    pub entrench: BTreeMap<String, Option<(i128, i128)>>,
}

/// A linked module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// As it is named, `core/civic@1`.
    pub name: String,
    /// Its source.
    pub cid: Cid,
}

/// A declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decl {
    /// Words before it.
    pub docs: String,
    /// The role that it extends.
    pub extends: Option<String>,
    /// Settings, defaults included. A condition stands under `condition` instead.
    pub settings: BTreeMap<String, SettingValue>,
    /// What a proposal has beyond its settings.
    pub proposal: Option<Proposal>,
}

/// Parameters and code of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Parameters in their order.
    pub params: Vec<FieldDef>,
    /// Whether amounts among them may be negative.
    pub signed: bool,
    /// When it can be made and carried out.
    pub in_force: InForce,
    /// What must hold when it is made and again before it takes effect.
    pub condition: Option<Code>,
    /// What it does.
    pub effect: Code,
}

/// A piece of code: under which name the module exports it, what it does and reads, and its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// As the module exports it, see [`export_name`].
    pub export: Option<String>,
    /// The [shallow hash](shallow_hash).
    pub hash: Hash,
    /// What it does to the organisation.
    pub effects: Vec<Effect>,
    /// States that it writes.
    pub writes: BTreeSet<String>,
    /// What it calls later, or proposes: their exports.
    pub later: BTreeSet<String>,
    /// States that it reads.
    pub reads: BTreeSet<String>,
    /// Views of the organisation that it reads.
    pub views: BTreeSet<String>,
}

/// A host effect.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Effect {
    /// The function of the language.
    pub call: String,
    /// The constant names among its arguments, by their place.
    pub names: Vec<Option<String>>,
    /// The resource that is moved.
    pub resource: Option<String>,
}

/// A constant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Const {
    /// Words before it.
    pub docs: String,
    /// Its type.
    pub ty: Type,
    /// Its value.
    pub value: Value,
    /// Whether `set_param` may change it.
    pub settable: bool,
    /// Of a template's parameter: its bounds, and whether it was given.
    pub param: Option<Param>,
}

/// What a parameter of a template may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    /// At least. Of a list, its length.
    pub min: Option<Value>,
    /// At most.
    pub max: Option<Value>,
    /// Whether it was given; otherwise it is the default.
    pub given: bool,
}

/// Founders of a role or class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Founder {
    /// The parameter by which they are given.
    pub param: String,
    /// At least so many.
    pub min: u64,
    /// At most so many.
    pub max: Option<u64>,
}

/// A state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Words before it.
    pub docs: String,
    /// Its type.
    pub ty: Type,
    /// The hash of the type with all definitions in it: of two versions with the same one, what is stored can stay.
    pub layout: Hash,
    /// Its first value.
    pub initial: Value,
    /// Most entries.
    pub max: Option<u64>,
}

/// An event or an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// Words before it.
    pub docs: String,
    /// Fields in their order.
    pub fields: Vec<FieldDef>,
}

/// A function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// Words before it.
    pub docs: String,
    /// What it may do.
    pub level: Level,
    /// Parameters in their order.
    pub params: Vec<FieldDef>,
    /// What it gives.
    pub result: Type,
    /// The permission that an action requires.
    pub requires: Option<String>,
    /// Whether amounts among the parameters may be negative.
    pub signed: bool,
    /// When an action can be called.
    pub in_force: InForce,
    /// Its code.
    pub code: Code,
}

/// What is done when something happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handler {
    /// The event of the kernel.
    pub event: String,
    /// Words before it.
    pub docs: String,
    /// Its code.
    pub code: Code,
}

/// What must always hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invariant {
    /// Words before it.
    pub docs: String,
    /// The [deep hash](deep_hash) of its condition.
    pub tree: Hash,
    /// `@max(fuel)`
    pub fuel_max: Option<u64>,
    /// Its code: what it reads says when it is checked.
    pub code: Code,
}

/// A descriptor: its content, which was checked, and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    content: Content,
    bytes: Vec<u8>,
}

impl std::ops::Deref for Descriptor {
    type Target = Content;

    fn deref(&self) -> &Content {
        &self.content
    }
}

impl Descriptor {
    /// Of a document without errors and its source's CID, see [`source_cid`].
    ///
    /// # Errors
    /// When it is too large, an import has no CID, or the document was resolved with errors.
    pub fn of(program: &Program, source: Cid) -> Result<Self, DescriptorError> {
        Self::new(build::content(program, source)?)
    }

    /// The same, naming the one that it follows.
    ///
    /// # Errors
    /// When it grows too large by that.
    pub fn after(self, previous: Cid) -> Result<Self, DescriptorError> {
        Self::new(Content { previous: Some(previous), ..self.content })
    }

    /// Of content, which is checked.
    ///
    /// # Errors
    /// When it is too large or does not hold together.
    pub fn new(content: Content) -> Result<Self, DescriptorError> {
        check::check(&content)?;
        let bytes = write::bytes(&content)?;
        Ok(Self { content, bytes })
    }

    /// Reads one.
    ///
    /// # Errors
    /// When the bytes are not exactly what [`Self::to_bytes`] gives for some content that holds together.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DescriptorError> {
        let content = read::content(bytes)?;
        check::check(&content)?;
        // What the reader forgives, as a list in another order, is written otherwise.
        match write::bytes(&content)? == bytes {
            true => Ok(Self { content, bytes: bytes.to_vec() }),
            false => Err(DescriptorError::NotCanonical),
        }
    }

    /// Its bytes.
    pub fn to_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its name: of a constitution, the constitution's.
    pub fn cid(&self) -> Cid {
        Cid::of(Codec::DagCbor, &self.bytes)
    }

    /// The CID of what it says alone, without the source and the one before: equal for two sources that say the same.
    ///
    /// # Errors
    /// None; the part of a descriptor is never larger than the whole.
    pub fn rules_cid(&self) -> Result<Cid, DescriptorError> {
        Ok(Cid::of(Codec::DagCbor, &write::rules(&self.content)?))
    }
}

/// The CID of a source: its bytes as a raw block.
pub fn source_cid(source: &str) -> Cid {
    Cid::of(Codec::Raw, source.as_bytes())
}

/// Under which name a module exports a piece of code; `at` counts handlers from 0. A `fn` is not called from outside.
pub fn export_name(role: &Role, name: &str, at: usize) -> Option<String> {
    match role {
        Role::Fn | Role::Test => None,
        Role::View => Some(format!("view.{name}")),
        Role::Action => Some(format!("action.{name}")),
        Role::Condition(_) => Some(format!("condition.{name}")),
        Role::Effect(_) => Some(format!("effect.{name}")),
        Role::Handler(_) => Some(format!("handler.{at}")),
        Role::Invariant => Some(format!("invariant.{name}")),
    }
}

#[cfg(test)]
pub(crate) mod tests;
