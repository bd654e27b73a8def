//! What programs of wallets and web pages read to build forms, lists and messages for a document: what can be called and proposed,
//! with which values, by whom and when, what it tells and why it fails. Types are as in the language; their bytes are those of
//! docs/spec/ccl.md, "Types".

use super::facts::Facts;
use crate::{
    diff::written::decimals,
    program::{Function, InForce, Program, Role, Signature},
    schema::{Kind, ANYONE},
    types::{FieldDef, TypeDef, Types, VariantDef},
};
use serde::Serialize;
use std::collections::BTreeMap;

/// The form of this description. 1: the first.
pub const INTERFACE_VERSION: u32 = 1;

/// The interface of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Interface {
    pub interface: u32,
    pub document: String,
    pub title: String,
    pub version: String,
    pub scope: String,
    pub docs: String,
    /// The CID of the descriptor, the document's name.
    pub descriptor: String,
    /// The CID of the source.
    pub source: String,
    pub resources: BTreeMap<String, Resource>,
    /// Records and enums, by name.
    pub types: BTreeMap<String, Definition>,
    pub actions: Vec<Call>,
    pub proposals: Vec<Call>,
    pub views: Vec<Call>,
    pub events: Vec<Told>,
    pub errors: Vec<Told>,
}

/// How amounts of a resource are written: so many of its smallest units make one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Resource {
    pub unit: String,
    pub decimals: u32,
}

/// What a named type is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Definition {
    /// Fields in their order.
    Record(Vec<Field>),
    /// Variants in their order, with the types of what each carries.
    Enum(Vec<Variant>),
}

/// A name and its type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Field {
    pub name: String,
    #[serde(rename = "type")]
    pub ty: String,
}

/// A variant of an enum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Variant {
    pub name: String,
    pub carries: Vec<String>,
}

/// Something that can be called, asked or proposed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Call {
    pub name: String,
    /// Its number in the document, by which it is cited.
    pub article: usize,
    pub docs: String,
    pub params: Vec<Field>,
    pub result: String,
    /// The permission that an action requires; `anyone` needs none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requires: Option<String>,
    /// The process that decides a proposal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process: Option<String>,
    /// Whether amounts among its values may be negative.
    pub signed: bool,
    /// From when, and until when, it can be called or made, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[allow(missing_docs)]
    pub sunset: Option<i64>,
    /// Events that it can tell, and errors of the document that it can fail with.
    pub tells: Vec<String>,
    #[allow(missing_docs)]
    pub fails_with: Vec<String>,
}

/// An event or an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct Told {
    pub name: String,
    pub docs: String,
    pub fields: Vec<Field>,
}

/// The interface of a document that was resolved without errors, with the CIDs of its descriptor and source.
pub fn interface(program: &Program, descriptor: String, source: String) -> Interface {
    let maker = Maker { program, facts: Facts::new(program) };
    let header = &program.header;
    let told = |list: &[Signature]| {
        let one =
            |one: &Signature| Told { name: one.name.clone(), docs: one.docs.clone(), fields: fields(&one.fields) };
        list.iter().map(one).collect()
    };
    let resource = |decl: &crate::program::Decl| {
        let unit = decl.settings.text("unit").unwrap_or_default().into();
        (decl.name.clone(), Resource { unit, decimals: decimals(program, &decl.name) })
    };
    Interface {
        interface: INTERFACE_VERSION,
        document: header.document.clone(),
        title: header.title.clone(),
        version: header.version.clone(),
        scope: header.scope.clone(),
        docs: header.docs.clone(),
        descriptor,
        source,
        resources: program.decls_of(Kind::Resource).map(resource).collect(),
        types: types(&program.types),
        actions: maker.calls(|role| *role == Role::Action),
        proposals: maker.calls(|role| matches!(role, Role::Effect(_))),
        views: maker.calls(|role| *role == Role::View),
        events: told(&program.events),
        errors: told(&program.errors),
    }
}

impl Interface {
    /// As JSON.
    pub fn to_json(&self) -> String {
        // It holds nothing that JSON cannot say.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }
}

fn fields(fields: &[FieldDef]) -> Vec<Field> {
    fields.iter().map(|field| Field { name: field.name.clone(), ty: field.ty.to_string() }).collect()
}

fn types(types: &Types) -> BTreeMap<String, Definition> {
    let definition = |(name, def): (&String, &TypeDef)| {
        let definition = match def {
            TypeDef::Record(of) => Definition::Record(fields(of)),
            TypeDef::Enum(variants) => {
                let variant = |variant: &VariantDef| Variant {
                    name: variant.name.clone(),
                    carries: variant.payload.iter().map(ToString::to_string).collect(),
                };
                Definition::Enum(variants.iter().map(variant).collect())
            }
        };
        (name.clone(), definition)
    };
    types.iter().map(definition).collect()
}

struct Maker<'a> {
    program: &'a Program,
    facts: Facts<'a>,
}

impl Maker<'_> {
    fn calls(&self, of: impl Fn(&Role) -> bool) -> Vec<Call> {
        let all = self.program.functions.iter().enumerate().filter(|(_, function)| function.own && of(&function.role));
        all.map(|(index, function)| self.call(index, function)).collect()
    }

    fn call(&self, index: usize, function: &Function) -> Call {
        let program = self.program;
        let in_force = match function.role {
            // It can always be asked.
            Role::View => InForce::default(),
            _ => program.in_force(function),
        };
        let (mut tells, mut fails_with) = self.facts.signatures(index);
        let proposal =
            program.decl(Kind::Proposal, &function.name).filter(|_| matches!(function.role, Role::Effect(_)));
        let condition = program.function(&Role::Condition(function.name.clone()), &function.name);
        if let (Some(_), Some((condition, _))) = (proposal, condition) {
            let (more, errors) = self.facts.signatures(condition);
            tells.extend(more);
            fails_with.extend(errors);
        }
        let requires =
            (function.role == Role::Action).then(|| function.requires.clone().unwrap_or_else(|| ANYONE.into()));
        Call {
            name: function.name.clone(),
            article: function.article,
            docs: function.docs.clone(),
            params: fields(&function.params),
            result: function.result.to_string(),
            requires,
            process: proposal.and_then(|decl| decl.settings.name("process")).map(String::from),
            signed: function.signed,
            effective: in_force.effective,
            sunset: in_force.sunset,
            tells: tells.into_iter().collect(),
            fails_with: fails_with.into_iter().collect(),
        }
    }
}
