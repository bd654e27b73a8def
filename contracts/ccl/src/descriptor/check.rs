//! Whether content holds together: every name stands for something of its kind.

use super::{export_name, Code, Content, Decl, DescriptorError};
use crate::{
    ast::Level,
    program::{Builtin, InForce, Role, SettingValue},
    schema::{Form, Kind, Setting, Shape, PERMISSIONS},
    sema::KERNEL_EVENTS,
    types::{FieldDef, Type, TypeDef},
};
use std::collections::{BTreeMap, BTreeSet};

type Checked = Result<(), DescriptorError>;

/// States times the parts of all types: what checking layouts takes.
const LAYOUT_WORK_MAX: usize = 4_000_000;

/// Whether it ends after it begins.
fn is_ordered(in_force: InForce) -> bool {
    in_force.sunset.is_none_or(|until| in_force.effective.is_none_or(|from| from < until))
}

pub(super) fn check(content: &Content) -> Checked {
    let check = Check { content, exports: exports(content) };
    check.types()?;
    let parts = |def: &TypeDef| match def {
        TypeDef::Record(fields) => 1 + fields.len(),
        TypeDef::Enum(variants) => variants.iter().map(|variant| 1 + variant.payload.len()).sum::<usize>() + 1,
    };
    let parts: usize = content.types.iter().map(|(_, def)| parts(def)).sum();
    if content.states.len().saturating_mul(parts) > LAYOUT_WORK_MAX {
        return Err(DescriptorError::TooLarge);
    }
    for (kind, named) in &content.decls {
        for (name, decl) in named {
            check.decl(*kind, name, decl)?;
        }
    }
    let groups = [Kind::Role, Kind::Class];
    known(content.founders.keys().all(|of| check.is(of, &groups)), "founders")?;
    content.consts.values().try_for_each(|constant| check.ty(&constant.ty, "consts"))?;
    content.states.values().try_for_each(|state| check.state(state))?;
    known(content.dropped.iter().all(|name| !content.states.contains_key(name)), "dropped")?;
    let signatures = content.events.values().chain(content.errors.values());
    signatures.into_iter().try_for_each(|signature| check.fields(&signature.fields, "fields"))?;
    check.functions()?;
    check.protected()
}

/// What the module exports.
fn exports(content: &Content) -> BTreeSet<String> {
    let functions = content.functions.iter().filter_map(|(name, function)| export_name(&role(function.level), name, 0));
    let proposals = content.decls.get(&Kind::Proposal).into_iter().flatten();
    let effects = proposals.filter_map(|(name, _)| export_name(&Role::Effect(name.clone()), name, 0));
    functions.chain(effects).collect()
}

fn role(level: Level) -> Role {
    match level {
        Level::Pure => Role::Fn,
        Level::View => Role::View,
        Level::Action => Role::Action,
    }
}

fn known(yes: bool, at: &'static str) -> Checked {
    yes.then_some(()).ok_or(DescriptorError::UnknownName { at })
}

fn formed(yes: bool, at: &'static str) -> Checked {
    yes.then_some(()).ok_or(DescriptorError::Malformed { at })
}

struct Check<'a> {
    content: &'a Content,
    exports: BTreeSet<String>,
}

impl Check<'_> {
    fn is(&self, name: &str, kinds: &[Kind]) -> bool {
        kinds.iter().any(|kind| self.content.decls.get(kind).is_some_and(|named| named.contains_key(name)))
    }

    fn types(&self) -> Checked {
        for (_, def) in self.content.types.iter() {
            match def {
                TypeDef::Record(fields) => self.fields(fields, "types")?,
                TypeDef::Enum(variants) => {
                    let mut payloads = variants.iter().flat_map(|variant| &variant.payload);
                    payloads.try_for_each(|ty| self.ty(ty, "types"))?;
                }
            }
        }
        Ok(())
    }

    fn ty(&self, ty: &Type, at: &'static str) -> Checked {
        match ty {
            Type::Unknown => return Err(DescriptorError::Incomplete),
            Type::Named(name) => known(self.content.types.get(name).is_some(), at)?,
            Type::Amount(resource) | Type::Exact(resource) | Type::BudgetStatus(resource) => {
                known(self.is(resource, &[Kind::Resource]), at)?;
            }
            _ => {}
        }
        ty.parts().into_iter().try_for_each(|part| self.ty(part, at))
    }

    fn fields(&self, fields: &[FieldDef], at: &'static str) -> Checked {
        let names: BTreeSet<_> = fields.iter().map(|field| &field.name).collect();
        formed(names.len() == fields.len(), at)?;
        fields.iter().try_for_each(|field| self.ty(&field.ty, at))
    }

    fn decl(&self, kind: Kind, name: &str, decl: &Decl) -> Checked {
        self.settings(&decl.settings, kind.settings())?;
        if let Some(extends) = &decl.extends {
            known(kind == Kind::Role && self.is(extends, &[Kind::Role]), "extends")?;
        }
        let Some(proposal) = &decl.proposal else { return formed(kind != Kind::Proposal, "effect") };
        formed(kind == Kind::Proposal, "effect")?;
        self.fields(&proposal.params, "params")?;
        formed(is_ordered(proposal.in_force), "sunset")?;
        if let Some(condition) = &proposal.condition {
            self.code(condition, &Role::Condition(name.into()), name, 0)?;
        }
        self.code(&proposal.effect, &Role::Effect(name.into()), name, 0)
    }

    fn settings(&self, settings: &BTreeMap<String, SettingValue>, table: &[Setting]) -> Checked {
        for schema in table {
            let Some(value) = settings.get(schema.key) else { continue };
            match (schema.shape, value) {
                (Shape::Value(form), value) => self.setting(value, form, schema.key)?,
                (Shape::Block(table), SettingValue::Block(settings)) => self.settings(settings, table)?,
                (Shape::Named(kinds, table), SettingValue::Named(named)) => {
                    for (name, settings) in named {
                        known(kinds.is_empty() || self.is(name, kinds), schema.key)?;
                        self.settings(settings, table)?;
                    }
                }
                (Shape::Bands(table), SettingValue::Bands(bands)) => {
                    bands.iter().try_for_each(|band| self.settings(&band.settings, table))?;
                }
                (Shape::Types, SettingValue::Types(types)) => {
                    types.iter().try_for_each(|(_, ty)| self.ty(ty, schema.key))?;
                }
                _ => return Err(DescriptorError::Malformed { at: schema.key }),
            }
        }
        Ok(())
    }

    fn setting(&self, value: &SettingValue, form: Form, at: &'static str) -> Checked {
        use SettingValue as V;
        match (form, value) {
            (Form::Name(kinds) | Form::Members(kinds), V::Name(name)) => known(self.is(name, kinds), at),
            (Form::Cost, V::Name(name)) => known(self.content.functions.contains_key(name), at),
            (Form::Amount | Form::Cost, V::Amount { resource, .. }) => known(self.is(resource, &[Kind::Resource]), at),
            (Form::Word(words), V::Word(name, Some(payload))) => {
                let word = words.iter().find(|word| word.word == name).and_then(|word| word.payload);
                word.map_or(Ok(()), |form| self.setting(payload, form, at))
            }
            (Form::List(of), V::List(values)) => values.iter().try_for_each(|value| self.setting(value, *of, at)),
            (Form::Permissions, V::List(values)) => {
                let is = |value: &V| matches!(value, V::Name(name) if self.is_permission(name));
                known(values.iter().all(is), at)
            }
            _ => Ok(()),
        }
    }

    fn is_permission(&self, name: &str) -> bool {
        PERMISSIONS.contains(&name) || self.content.permissions.contains_key(name)
    }

    fn state(&self, state: &super::State) -> Checked {
        self.ty(&state.ty, "states")?;
        formed(super::type_hash(&state.ty, &self.content.types) == state.layout, "layout")
    }

    fn functions(&self) -> Checked {
        for (name, function) in &self.content.functions {
            self.fields(&function.params, "params")?;
            self.ty(&function.result, "result")?;
            formed(function.requires.is_none() || function.level == Level::Action, "requires")?;
            formed(function.in_force.is_always() || function.level == Level::Action, "effective")?;
            formed(is_ordered(function.in_force), "sunset")?;
            known(function.requires.iter().all(|permission| self.is_permission(permission)), "requires")?;
            self.code(&function.code, &role(function.level), name, 0)?;
        }
        for (at, handler) in self.content.handlers.iter().enumerate() {
            known(KERNEL_EVENTS.iter().any(|(event, _)| *event == handler.event), "event")?;
            self.code(&handler.code, &Role::Handler(handler.event.clone()), &handler.event, at)?;
        }
        let mut invariants = self.content.invariants.iter();
        invariants.try_for_each(|(name, invariant)| self.code(&invariant.code, &Role::Invariant, name, 0))
    }

    fn code(&self, code: &Code, role: &Role, name: &str, at: usize) -> Checked {
        formed(code.export == export_name(role, name, at), "export")?;
        let state = |name: &String| self.content.states.contains_key(name);
        known(code.writes.iter().chain(&code.reads).all(state), "code")?;
        known(code.later.iter().all(|export| self.exports.contains(export)), "later")?;
        let level = |word: &str, level| Builtin::of(word).is_some_and(|builtin| builtin.level() == level);
        known(code.views.iter().all(|view| level(view, Level::View)), "views")?;
        formed(code.effects.windows(2).all(|pair| pair.first() < pair.get(1)), "effects")?;
        for effect in &code.effects {
            known(level(&effect.call, Level::Action), "effects")?;
            known(effect.resource.iter().all(|resource| self.is(resource, &[Kind::Resource])), "effects")?;
        }
        Ok(())
    }

    fn protected(&self) -> Checked {
        for (path, requires) in &self.content.entrench {
            let is = match path.split_once('.') {
                Some(("invariant", name)) => self.content.invariants.contains_key(name),
                Some((kind, name)) => Kind::of(kind).is_some_and(|kind| self.is(name, &[kind])),
                None => path == "found",
            };
            known(is, "entrench")?;
            let is_share = |(numerator, denominator): &(i128, i128)| *numerator > 0 && numerator <= denominator;
            formed(requires.iter().all(is_share), "entrench")?;
        }
        Ok(())
    }
}
