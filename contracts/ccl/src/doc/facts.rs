//! What declarations and code have to do with each other.

use super::{Fact, Link};
use crate::{
    explain::in_force,
    program::{
        each_statement, Const, Decl, Effects, ExprKind, Function, Program, Reads, Role, SettingValue, Signature,
        StmtKind,
    },
    schema::{Kind, ANYONE},
};
use std::collections::{BTreeMap, BTreeSet};

/// What a piece of code has to do with others, through what it calls too.
#[derive(Default)]
struct Code {
    events: BTreeSet<usize>,
    errors: BTreeSet<usize>,
    effects: Effects,
    reads: Reads,
}

pub(super) struct Facts<'a> {
    program: &'a Program,
    code: Vec<Code>,
    /// Declarations that name something, by what they name.
    users: BTreeMap<&'a str, Vec<&'a Decl>>,
    /// Roles by name, with what each may do, and what it extends may.
    rights: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// Roles that have a permission.
    holders: BTreeMap<&'a str, Vec<&'a str>>,
}

fn fact(label: &str, values: impl IntoIterator<Item = Link>) -> Option<Fact> {
    let mut seen = BTreeSet::new();
    let values: Vec<_> = values.into_iter().filter(|link| seen.insert(link.clone())).collect();
    (!values.is_empty()).then(|| Fact { label: label.into(), values })
}

impl<'a> Facts<'a> {
    pub(super) fn new(program: &'a Program) -> Self {
        let code = (0..program.functions.len()).map(|index| code(program, index)).collect();
        let mut users: BTreeMap<&str, Vec<&Decl>> = BTreeMap::new();
        for decl in &program.decls {
            let mut named: BTreeSet<&str> = decl.extends.iter().map(String::as_str).collect();
            decl.settings.iter().for_each(|(_, value)| mentioned(value, &mut named));
            named.into_iter().for_each(|name| users.entry(name).or_default().push(decl));
        }
        let rights = rights(program);
        let mut holders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for role in program.decls_of(Kind::Role) {
            for right in rights.get(role.name.as_str()).into_iter().flatten() {
                holders.entry(right).or_default().push(&role.name);
            }
        }
        Self { program, code, users, rights, holders }
    }

    pub(super) fn of_const(&self, constant: &Const) -> Vec<Fact> {
        let types = [Link::plain(format!("`{}`", constant.ty))];
        let settable = constant.settable.then(|| Link::plain("a proposal may change it"));
        [fact("Type", types), fact("Afterwards", settable)].into_iter().flatten().collect()
    }

    pub(super) fn of_decl(&self, decl: &Decl) -> Vec<Fact> {
        let program = self.program;
        let mut facts = Vec::new();
        match decl.kind {
            Kind::Role => {
                let has = |right: &String| {
                    self.rights.get(decl.name.as_str()).is_some_and(|rights| rights.contains(right.as_str()))
                };
                let actions = program
                    .functions_of(|role| *role == Role::Action)
                    .filter(|(_, action)| action.own && action.requires.as_ref().is_some_and(has));
                facts.push(fact("May call", actions.map(|(_, action)| Link::to("action", &action.name))));
            }
            Kind::Process => {
                let decided = program.decls_of(Kind::Proposal);
                let decided = decided.filter(|proposal| proposal.settings.name("process") == Some(&decl.name));
                facts.push(fact("Decides", decided.map(|proposal| Link::to("proposal", &proposal.name))));
            }
            Kind::Proposal => {
                let process = decl.settings.name("process").map(|process| Link::to("process", process));
                facts.push(fact("Decided by", process));
                let (condition, effect) = (Role::Condition(decl.name.clone()), Role::Effect(decl.name.clone()));
                facts.extend(program.function(&effect, &decl.name).map(|(_, effect)| self.in_force(effect)));
                for (index, _) in program.functions_of(move |role| *role == condition || *role == effect) {
                    facts.extend(self.does(index).into_iter().map(Some));
                }
            }
            _ => {}
        }
        let users = self.users.get(decl.name.as_str()).into_iter().flatten().filter(|other| {
            let is_itself = other.kind == decl.kind && other.name == decl.name;
            let is_decided = decl.kind == Kind::Process && other.kind == Kind::Proposal;
            !is_itself && !is_decided
        });
        facts.push(fact("Used by", users.map(|other| Link::to(other.kind.word(), &other.name))));
        facts.into_iter().flatten().collect()
    }

    fn in_force(&self, function: &Function) -> Option<Fact> {
        fact("In force", in_force(self.program.in_force(function)).map(Link::plain))
    }

    fn holders(&self, permission: &str) -> Vec<Link> {
        self.holders.get(permission).into_iter().flatten().map(|role| Link::to("role", role)).collect()
    }

    pub(super) fn of_permission(&self, name: &str) -> Vec<Fact> {
        let actions = self.program.functions_of(|role| *role == Role::Action);
        let actions = actions.filter(|(_, action)| action.requires.as_deref() == Some(name) && action.own);
        let actions = actions.map(|(_, action)| Link::to("action", &action.name));
        [fact("Held by", self.holders(name)), fact("Needed by", actions)].into_iter().flatten().collect()
    }

    pub(super) fn of_function(&self, index: usize, function: &Function) -> Vec<Fact> {
        let mut facts = Vec::new();
        if function.role == Role::Action {
            let callers = match &function.requires {
                Some(permission) => {
                    let mut holders = self.holders(permission);
                    if holders.is_empty() {
                        holders.push(Link::plain("nobody yet"));
                    }
                    holders
                }
                None => vec![Link::plain(ANYONE)],
            };
            facts.extend(fact("May be called by", callers));
            facts.extend(self.in_force(function));
        }
        if function.role != Role::Test {
            facts.extend(self.does(index));
        }
        facts
    }

    /// What code does, tells and refuses.
    fn does(&self, index: usize) -> Vec<Fact> {
        let program = self.program;
        let Some(code) = self.code.get(index) else { return Vec::new() };
        let state = |index: &usize| program.states.get(*index).map(|state| Link::to("state", &state.name));
        let reads = code.reads.states.difference(&code.effects.states).filter_map(state);
        let effects = code.effects.host.iter().map(|effect| {
            let names: Vec<_> = effect.names.iter().flatten().map(String::as_str).collect();
            match names.as_slice() {
                [] => Link::plain(format!("`{}`", effect.builtin.word())),
                names => Link::plain(format!("`{}` ({})", effect.builtin.word(), names.join(", "))),
            }
        });
        let later = code.effects.later.iter().filter_map(|index| program.functions.get(*index));
        let later = later.map(|function| match &function.role {
            Role::Effect(name) => Link::to("proposal", name),
            _ => Link::to("action", &function.name),
        });
        let named = |kind: &'static str, list: &'a [crate::program::Signature], of: &BTreeSet<usize>| {
            let of = of.iter().filter_map(|index| list.get(*index)).map(|one| Link::to(kind, &one.name));
            of.collect::<Vec<_>>()
        };
        let facts = [
            fact("Reads", reads),
            fact("Changes", code.effects.states.iter().filter_map(state)),
            fact("Does", effects),
            fact("Calls later", later),
            fact("Tells", named("event", &program.events, &code.events)),
            fact("May fail with", named("error", &program.errors, &code.errors)),
        ];
        facts.into_iter().flatten().collect()
    }

    /// Events that a piece of code can tell, and errors of the document that it can fail with, by name.
    pub(super) fn signatures(&self, index: usize) -> (BTreeSet<String>, BTreeSet<String>) {
        let names = |list: &[Signature], of: &BTreeSet<usize>| {
            of.iter().filter_map(|index| list.get(*index)).map(|one| one.name.clone()).collect()
        };
        let code = self.code.get(index);
        let of = |code: &Code| (names(&self.program.events, &code.events), names(&self.program.errors, &code.errors));
        code.map(of).unwrap_or_default()
    }

    /// Pieces of code that are something to readers, of which something holds.
    fn code_that(&self, holds: impl Fn(&Code) -> bool) -> Vec<Link> {
        let shown =
            self.program.functions.iter().zip(&self.code).filter(|(function, code)| function.own && holds(code));
        let link = |(function, _): (&Function, &Code)| match &function.role {
            Role::Action => Some(Link::to("action", &function.name)),
            Role::View => Some(Link::to("view", &function.name)),
            Role::Invariant => Some(Link::to("invariant", &function.name)),
            Role::Condition(name) | Role::Effect(name) => Some(Link::to("proposal", name)),
            Role::Handler(_) => Some(Link::to("on", &function.name)),
            Role::Fn | Role::Test => None,
        };
        shown.filter_map(link).collect()
    }

    pub(super) fn of_state(&self, index: usize) -> Vec<Fact> {
        let changed = self.code_that(|code| code.effects.states.contains(&index));
        let read = self.code_that(|code| code.reads.states.contains(&index) && !code.effects.states.contains(&index));
        [fact("Changed by", changed), fact("Read by", read)].into_iter().flatten().collect()
    }

    pub(super) fn of_signature(&self, kind: &str, name: &str) -> Vec<Fact> {
        let list = if kind == "event" { &self.program.events } else { &self.program.errors };
        let Some(index) = list.iter().position(|one| one.name == name) else { return Vec::new() };
        let by = self.code_that(|code| if kind == "event" { &code.events } else { &code.errors }.contains(&index));
        fact(if kind == "event" { "Told by" } else { "Comes from" }, by).into_iter().collect()
    }
}

/// What each role may do, and what it extends may.
fn rights(program: &Program) -> BTreeMap<&str, BTreeSet<&str>> {
    let roles: BTreeMap<&str, &Decl> = program.decls_of(Kind::Role).map(|role| (role.name.as_str(), role)).collect();
    let mut rights: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for name in roles.keys() {
        // Down to a role that is known, then up again.
        let (mut chain, mut next) = (Vec::new(), Some(*name));
        while let Some(name) = next.filter(|name| !rights.contains_key(name) && !chain.contains(name)) {
            chain.push(name);
            next = roles.get(name).and_then(|role| role.extends.as_deref());
        }
        for name in chain.into_iter().rev() {
            let Some(role) = roles.get(name) else { continue };
            let mut own = role.extends.as_deref().and_then(|base| rights.get(base)).cloned().unwrap_or_default();
            own.extend(role.settings.names("can"));
            rights.insert(name, own);
        }
    }
    rights
}

/// The names in a setting.
fn mentioned<'a>(value: &'a SettingValue, names: &mut BTreeSet<&'a str>) {
    match value {
        SettingValue::Name(name) | SettingValue::Amount { resource: name, .. } => drop(names.insert(name)),
        SettingValue::Word(_, Some(value)) => mentioned(value, names),
        SettingValue::List(values) => values.iter().for_each(|value| mentioned(value, names)),
        SettingValue::Block(block) => block.values().for_each(|value| mentioned(value, names)),
        SettingValue::Named(blocks) => {
            for (name, block) in blocks {
                names.insert(name);
                block.values().for_each(|value| mentioned(value, names));
            }
        }
        SettingValue::Bands(bands) => {
            bands.iter().flat_map(|band| band.settings.values()).for_each(|value| mentioned(value, names));
        }
        _ => {}
    }
}

/// What a piece of code has to do with others.
fn code(program: &Program, index: usize) -> Code {
    let mut code = Code { effects: program.effects(index), reads: program.reads(index), ..Code::default() };
    let (mut open, mut seen) = (vec![index], BTreeSet::new());
    while let Some(index) = open.pop() {
        let Some(function) = program.functions.get(index).filter(|_| seen.insert(index)) else { continue };
        each_statement(&function.body, &mut |statement| {
            match &statement.kind {
                StmtKind::Emit(event, _) => drop(code.events.insert(*event)),
                StmtKind::Require(_, error, _) => drop(code.errors.insert(*error)),
                _ => {}
            }
            statement.kind.walk_exprs(&mut |expr| {
                if let ExprKind::Call(called, _) = &expr.kind {
                    open.push(*called);
                }
            });
        });
    }
    code
}
