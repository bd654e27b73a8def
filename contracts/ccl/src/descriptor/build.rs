//! From a resolved document to the content of its descriptor.

use super::{
    deep_hash, export_name, shallow_hash, type_hash, Code, Const, Content, Decl, DescriptorError, Effect, Founder,
    Function, Handler, Import, Invariant, Param, Proposal, Signature, State,
};
use crate::{
    program::{self, Program, Role, SettingValue},
    schema::Kind,
    types::{Type, Types},
};
use icn_dag::Cid;
use std::collections::BTreeMap;

pub(super) fn content(program: &Program, source: Cid) -> Result<Content, DescriptorError> {
    let header = &program.header;
    Ok(Content {
        document: header.document.clone(),
        title: header.title.clone(),
        version: header.version.clone(),
        scope: header.scope.clone(),
        docs: header.docs.clone(),
        source,
        previous: None,
        imports: imports(program)?,
        types: program.types.clone(),
        decls: decls(program)?,
        consts: program.consts.iter().map(|constant| (constant.name.clone(), constant_of(constant))).collect(),
        permissions: program.permissions.clone(),
        founders: program.founders.iter().map(founder).collect(),
        states: program.states.iter().map(|state| (state.name.clone(), state_of(state, &program.types))).collect(),
        dropped: program.dropped_states.iter().cloned().collect(),
        events: program.events.iter().map(signature).collect(),
        errors: program.errors.iter().map(signature).collect(),
        functions: functions(program),
        handlers: handlers(program),
        invariants: invariants(program),
        entrench: entrench(program),
    })
}

fn imports(program: &Program) -> Result<BTreeMap<String, Import>, DescriptorError> {
    let import = |import: &program::Import| {
        let cid = import.cid.parse().map_err(|_| DescriptorError::BadImport)?;
        Ok((import.alias.clone(), Import { name: import.name.clone(), cid }))
    };
    program.imports.iter().map(import).collect()
}

fn decls(program: &Program) -> Result<BTreeMap<Kind, BTreeMap<String, Decl>>, DescriptorError> {
    let mut all: BTreeMap<Kind, BTreeMap<String, Decl>> = BTreeMap::new();
    for decl in &program.decls {
        let is_condition = |value: &SettingValue| matches!(value, SettingValue::Condition(_));
        let settings = decl.settings.iter().filter(|(_, value)| !is_condition(value));
        let made = Decl {
            docs: decl.docs.clone(),
            extends: decl.extends.clone(),
            settings: settings.map(|(key, value)| (key.clone(), value.clone())).collect(),
            proposal: match decl.kind {
                Kind::Proposal => Some(proposal(program, decl)?),
                _ => None,
            },
        };
        all.entry(decl.kind).or_default().insert(decl.name.clone(), made);
    }
    Ok(all)
}

fn proposal(program: &Program, decl: &program::Decl) -> Result<Proposal, DescriptorError> {
    let code = |role: Role| program.function(&role, &decl.name).map(|(index, _)| code(program, index));
    let effect = program.function(&Role::Effect(decl.name.clone()), &decl.name);
    Ok(Proposal {
        params: decl.params.clone(),
        signed: effect.is_some_and(|(_, effect)| effect.signed),
        in_force: effect.map(|(_, effect)| effect.in_force).unwrap_or_default(),
        condition: code(Role::Condition(decl.name.clone())),
        effect: code(Role::Effect(decl.name.clone())).ok_or(DescriptorError::Incomplete)?,
    })
}

/// Handlers before this one in the document.
fn place(program: &Program, index: usize) -> usize {
    let handlers = program.functions_of(|role| matches!(role, Role::Handler(_)));
    handlers.take_while(|(at, _)| *at < index).count()
}

fn export(program: &Program, index: usize) -> Option<String> {
    let function = program.functions.get(index)?;
    export_name(&function.role, &function.name, place(program, index))
}

fn code(program: &Program, index: usize) -> Code {
    let (does, reads) = (program.effects(index), program.reads(index));
    let state = |index: &usize| program.states.get(*index).map(|state| state.name.clone());
    let effect = |effect: &program::Effect| Effect {
        call: effect.builtin.word().into(),
        names: effect.names.clone(),
        resource: effect.resource.clone(),
    };
    let mut effects: Vec<_> = does.host.iter().map(effect).collect();
    effects.sort();
    Code {
        export: export(program, index),
        hash: shallow_hash(program, index),
        effects,
        writes: does.states.iter().filter_map(state).collect(),
        later: does.later.iter().filter_map(|index| export(program, *index)).collect(),
        reads: reads.states.iter().filter_map(state).collect(),
        views: reads.host.iter().map(|view| view.word().to_string()).collect(),
    }
}

fn constant_of(constant: &program::Const) -> Const {
    let param =
        |param: &program::ParamInfo| Param { min: param.min.clone(), max: param.max.clone(), given: param.given };
    Const {
        docs: constant.docs.clone(),
        ty: constant.ty.clone(),
        value: constant.value.clone(),
        settable: constant.settable,
        param: constant.param.as_ref().map(param),
    }
}

fn founder(founder: &program::Founder) -> (String, Founder) {
    (founder.of.clone(), Founder { param: founder.param.clone(), min: founder.min, max: founder.max })
}

fn state_of(state: &program::State, types: &Types) -> State {
    State {
        docs: state.docs.clone(),
        layout: type_hash(&state.ty, types),
        ty: state.ty.clone(),
        initial: state.initial.clone(),
        max: state.max,
    }
}

fn signature(signature: &program::Signature) -> (String, Signature) {
    (signature.name.clone(), Signature { docs: signature.docs.clone(), fields: signature.fields.clone() })
}

fn functions(program: &Program) -> BTreeMap<String, Function> {
    let called = |role: &Role| matches!(role, Role::Fn | Role::View | Role::Action);
    let function = |(index, function): (usize, &program::Function)| {
        let made = Function {
            docs: function.docs.clone(),
            level: function.level(),
            params: function.params.clone(),
            result: function.result.clone(),
            requires: function.requires.clone(),
            signed: function.signed,
            in_force: function.in_force,
            code: code(program, index),
        };
        (function.name.clone(), made)
    };
    program.functions_of(called).filter(|(_, function)| function.own).map(function).collect()
}

fn handlers(program: &Program) -> Vec<Handler> {
    let handler = |(index, function): (usize, &program::Function)| Handler {
        event: function.name.clone(),
        docs: function.docs.clone(),
        code: code(program, index),
    };
    program.functions_of(|role| matches!(role, Role::Handler(_))).map(handler).collect()
}

fn invariants(program: &Program) -> BTreeMap<String, Invariant> {
    let invariant = |(index, function): (usize, &program::Function)| {
        let made = Invariant {
            docs: function.docs.clone(),
            tree: deep_hash(program, index),
            fuel_max: function.fuel_max,
            code: code(program, index),
        };
        (function.name.clone(), made)
    };
    program.functions_of(|role| *role == Role::Invariant).map(invariant).collect()
}

/// What is protected: of two clauses for one path, the stronger.
fn entrench(program: &Program) -> BTreeMap<String, Option<(i128, i128)>> {
    let mut all = BTreeMap::new();
    for clause in &program.entrench {
        for path in &clause.paths {
            let stronger = match (all.get(path), clause.requires) {
                (None, requires) => requires,
                (Some(Some(known)), Some(requires)) if crate::number::compare(*known, requires).is_ge() => Some(*known),
                (Some(Some(_)), Some(requires)) => Some(requires),
                (Some(_), _) => None,
            };
            all.insert(path.clone(), stronger);
        }
    }
    all
}

/// The type of a bound of a parameter: of a list, its length.
pub(super) fn bound_type<'a>(ty: &'a Type, value: &crate::value::Value) -> &'a Type {
    match (ty, value) {
        (Type::List(_), crate::value::Value::Int(_)) => &Type::Int,
        _ => ty,
    }
}
