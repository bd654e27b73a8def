//! What the checks ask of a document, computed once: declarations by name, who is among whom, what code reaches.

use super::{
    groups::{Group, Groups},
    strictness::{Electorate, Quorum, Rule, Threshold},
};
use crate::{
    diagnostic::{Code, Diagnostic, Span},
    number::Ratio,
    program::{
        each_statement, Builtin, Decl, Effect, Expr, ExprKind, Function, Program, Role, SettingValue as Value, Stmt,
    },
    schema::Kind,
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

/// What a piece of code does, and what it schedules does.
#[derive(Debug, Default)]
pub(super) struct Reached {
    /// In the order of effects, each once.
    pub effects: BTreeSet<Effect>,
    /// Proposals that it makes, by the number of their effect.
    pub proposed: BTreeSet<usize>,
}

pub(super) struct Facts<'p> {
    pub program: &'p Program,
    index: BTreeMap<(Kind, &'p str), usize>,
    groups: Groups<'p>,
    /// Names of all groups within each, as far as they were asked for.
    names: RefCell<BTreeMap<usize, Rc<BTreeSet<String>>>>,
    /// What processes ask for, by the number of the declaration.
    rules: BTreeMap<usize, Rc<Rule>>,
    /// Roles that extend a role.
    pub extenders: BTreeMap<&'p str, Vec<&'p str>>,
    /// By the number of the function.
    pub reached: BTreeMap<usize, Reached>,
    effects: BTreeMap<&'p str, usize>,
    /// Processes by which the constitution is amended.
    pub amending: Vec<&'p Decl>,
    /// What is wrong so far.
    pub found: Vec<Diagnostic>,
    /// Declarations with a mistake of their own; what follows from it is not told.
    pub broken: BTreeSet<(Kind, &'p str)>,
}

impl<'p> Facts<'p> {
    pub(super) fn new(program: &'p Program) -> Self {
        let mut index = BTreeMap::new();
        let mut extenders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (at, decl) in program.decls.iter().enumerate() {
            index.entry((decl.kind, decl.name.as_str())).or_insert(at);
            if let (Kind::Role, Some(extended)) = (decl.kind, &decl.extends) {
                extenders.entry(extended).or_default().push(&decl.name);
            }
        }
        let mut facts = Self {
            program,
            index,
            groups: Groups::default(),
            names: RefCell::default(),
            rules: BTreeMap::new(),
            extenders,
            reached: BTreeMap::new(),
            effects: BTreeMap::new(),
            amending: Vec::new(),
            found: Vec::new(),
            broken: BTreeSet::new(),
        };
        facts.groups = Groups::of(&facts);
        let rules = program.decls.iter().enumerate().filter(|(_, decl)| decl.kind == Kind::Process);
        facts.rules = rules.map(|(at, decl)| (at, Rc::new(facts.rule_of(decl)))).collect();
        facts.reached = facts.all_reached();
        facts.effects = program
            .functions
            .iter()
            .enumerate()
            .filter_map(|(at, function)| match &function.role {
                Role::Effect(name) => Some((name.as_str(), at)),
                _ => None,
            })
            .collect();
        facts.amending = super::governing::amending(&facts);
        facts
    }

    /// Tells a mistake.
    pub(super) fn tell(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }

    /// Tells a mistake of a declaration itself.
    pub(super) fn tell_of(&mut self, decl: &'p Decl, diagnostic: Diagnostic) {
        self.broken.insert((decl.kind, &decl.name));
        self.found.push(diagnostic);
    }

    pub(super) fn is_broken(&self, decl: &'p Decl) -> bool {
        self.broken.contains(&(decl.kind, decl.name.as_str()))
    }

    pub(super) fn at(&self, kind: Kind, name: &str) -> Option<usize> {
        self.index.get(&(kind, name)).copied()
    }

    pub(super) fn decl(&self, kind: Kind, name: &str) -> Option<&'p Decl> {
        self.program.decls.get(self.at(kind, name)?)
    }

    /// The one of these kinds with this name.
    pub(super) fn any_of(&self, kinds: &[Kind], name: &str) -> Option<&'p Decl> {
        kinds.iter().find_map(|kind| self.decl(*kind, name))
    }

    /// Declarations of a kind, free of the borrow of the facts.
    pub(super) fn all(&self, kind: Kind) -> Vec<&'p Decl> {
        self.program.decls_of(kind).collect()
    }

    /// The declaration of a kind that a setting names.
    pub(super) fn named(&self, decl: &'p Decl, key: &str, kind: Kind) -> Option<&'p Decl> {
        self.decl(kind, decl.settings.name(key)?)
    }

    /// How one becomes a member.
    pub(super) fn membership(&self) -> Option<&'p Decl> {
        self.index
            .range((Kind::Membership, "")..)
            .next()
            .filter(|((kind, _), _)| *kind == Kind::Membership)
            .and_then(|(_, at)| self.program.decls.get(*at))
    }

    // ---- groups

    /// The group that a declaration is, by whatever name: a role that a class holds is that class, a body of all of a class too.
    pub(super) fn group(&self, decl: &'p Decl) -> usize {
        self.at(decl.kind, &decl.name).and_then(|at| self.groups.of.get(at)).copied().unwrap_or(0)
    }

    /// The group of a number.
    pub(super) fn group_at(&self, number: usize) -> Option<Group<'p>> {
        self.groups.all.get(number).copied()
    }

    /// Groups directly within each group, by number.
    pub(super) fn within(&self) -> &[Vec<usize>] {
        &self.groups.within
    }

    /// A group with all groups that are within it by declaration. A list of persons is these persons, under whichever name.
    fn below(&self, decl: &'p Decl) -> Vec<Group<'p>> {
        let bits = self.groups.below(self.group(decl));
        bits.without(&self.groups.lists).iter().filter_map(|number| self.group_at(number)).collect()
    }

    /// Whether everybody in one is in the other, by declaration.
    pub(super) fn is_within(&self, inner: &'p Decl, outer: &'p Decl) -> bool {
        let (inner, outer) = (self.groups.below(self.group(inner)), self.groups.below(self.group(outer)));
        inner.without(&self.groups.lists).is_subset(outer)
    }

    /// Whether somebody may be in both.
    pub(super) fn meet(&self, a: &'p Decl, b: &'p Decl) -> bool {
        self.groups.below(self.group(a)).meets(self.groups.below(self.group(b)))
    }

    /// Whom a setting names: a body, class or role.
    pub(super) fn people(&self, decl: &'p Decl, key: &str) -> Option<&'p Decl> {
        self.any_of(&[Kind::Body, Kind::Class, Kind::Role], decl.settings.name(key)?)
    }

    /// Who proposes in a process: the voters, if it does not say.
    pub(super) fn proposers(&self, process: &'p Decl) -> Option<&'p Decl> {
        self.people(process, "proposers").or_else(|| self.people(process, "voters"))
    }

    /// Most members that a group is declared to have.
    pub(super) fn size_max(&self, decl: &'p Decl) -> Option<u64> {
        let size = |key| decl.settings.int(key).and_then(|size| u64::try_from(size).ok());
        match decl.kind {
            Kind::Role => {
                let extended = self.extenders.contains_key(decl.name.as_str());
                size("seats").filter(|_| !extended)
            }
            Kind::Body => match decl.settings.get("members") {
                Some(Value::List(persons)) => u64::try_from(persons.len()).ok(),
                _ => {
                    let of = self.people(decl, "members").filter(|of| of.kind != Kind::Body);
                    let of = of.and_then(|of| self.size_max(of));
                    [size("size"), of].into_iter().flatten().min()
                }
            },
            _ => None,
        }
    }

    /// Fewest members that a group has from the beginning, 1 if nothing says more.
    fn size_min(&self, decl: &'p Decl) -> u64 {
        let founded = |name: &str| self.program.founders.iter().find(|founder| founder.of == name);
        let below = self.below(decl);
        let least = below.iter().filter_map(|group| match group {
            Group::Class(name) | Group::Role(name) => founded(name).map(|founder| founder.min),
            _ => None,
        });
        let persons = below.iter().filter(|group| matches!(group, Group::Person(_))).count();
        let least = least.max().unwrap_or(1).max(u64::try_from(persons).unwrap_or(1)).max(1);
        self.size_max(decl).map_or(least, |most| least.min(most))
    }

    // ---- rules

    /// What a process asks for.
    pub(super) fn rule(&self, process: &'p Decl) -> Rc<Rule> {
        let known = self.at(process.kind, &process.name).and_then(|at| self.rules.get(&at));
        known.map_or_else(|| Rc::new(self.rule_of(process)), Rc::clone)
    }

    fn rule_of(&self, process: &'p Decl) -> Rule {
        let settings = &process.settings;
        let duration = |key| settings.duration(key).unwrap_or(0);
        Rule {
            electorate: self.electorate(process),
            quorum: quorum(settings.get("quorum")),
            threshold: threshold(process),
            deliberation: duration("deliberation"),
            voting: duration("voting"),
            timelock: duration("timelock"),
            review: settings.get("review").is_some(),
        }
    }

    /// The names of all groups within a group.
    fn group_names(&self, decl: &'p Decl) -> Rc<BTreeSet<String>> {
        let names = || Rc::new(self.below(decl).iter().map(|group| format!("{group:?}")).collect());
        Rc::clone(self.names.borrow_mut().entry(self.group(decl)).or_insert_with(names))
    }

    /// Who votes in a process or election.
    pub(super) fn electorate(&self, decl: &'p Decl) -> Electorate {
        let voters = self.people(decl, "voters");
        Electorate {
            groups: voters.map(|of| self.group_names(of)).unwrap_or_default(),
            least: voters.map_or(1, |of| self.size_min(of)),
            most: voters.and_then(|of| self.size_max(of)),
        }
    }

    // ---- code

    fn all_reached(&self) -> BTreeMap<usize, Reached> {
        let acts = |role: &Role| matches!(role, Role::Action | Role::Effect(_) | Role::Handler(_));
        self.program.functions_of(acts).map(|(at, _)| (at, self.reach(at))).collect()
    }

    /// What a piece of code does: itself, and by actions that it schedules, which ask nobody for a permission.
    fn reach(&self, start: usize) -> Reached {
        let mut reached = Reached::default();
        let (mut seen, mut open) = (BTreeSet::new(), vec![start]);
        while let Some(at) = open.pop() {
            if !seen.insert(at) {
                continue;
            }
            let effects = self.program.effects(at);
            reached.effects.extend(effects.host);
            for later in effects.later {
                match self.program.functions.get(later).map(|function| &function.role) {
                    Some(Role::Action) => open.push(later),
                    _ => {
                        reached.proposed.insert(later);
                    }
                }
            }
        }
        reached
    }

    /// The effect of a proposal.
    pub(super) fn effect_of(&self, proposal: &str) -> Option<usize> {
        self.effects.get(proposal).copied()
    }

    /// Where code calls a function of the language, in what it calls or schedules if not itself.
    pub(super) fn call_of(&self, function: usize, builtin: Builtin) -> Option<Span> {
        let (mut seen, mut open) = (BTreeSet::new(), vec![function]);
        while let Some(at) = open.pop() {
            let Some(function) = self.program.functions.get(at).filter(|_| seen.insert(at)) else { continue };
            let mut place = None;
            each_expr(&function.body, &mut |expr| match &expr.kind {
                ExprKind::Builtin(found, _) if *found == builtin => {
                    place.get_or_insert(expr.span);
                }
                ExprKind::Call(next, _) | ExprKind::Later { function: next, at: Some(_), .. } => open.push(*next),
                _ => {}
            });
            if let (Some(place), true) = (place, function.own) {
                return Some(place);
            }
        }
        None
    }

    /// Roles whose holders have a permission, of their own or by what they extend.
    pub(super) fn holders(&self, permission: &str) -> Vec<&'p Decl> {
        let own = |role: &&'p Decl| role.settings.names("can").contains(&permission);
        let mut open: Vec<_> = self.all(Kind::Role).into_iter().filter(own).collect();
        let mut found = BTreeSet::new();
        while let Some(role) = open.pop() {
            if found.insert(role.name.as_str()) {
                let extending = self.extenders.get(role.name.as_str()).into_iter().flatten();
                open.extend(extending.filter_map(|name| self.decl(Kind::Role, name)));
            }
        }
        self.all(Kind::Role).into_iter().filter(|role| found.contains(role.name.as_str())).collect()
    }
}

/// Where a setting stands; the name of its declaration, if it is a default.
pub(super) fn span_of(decl: &Decl, key: &str) -> Span {
    decl.settings.span(key).unwrap_or(decl.name_span)
}

/// An error at a setting.
pub(super) fn error_at(code: Code, decl: &Decl, key: &str, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(code, span_of(decl, key), message)
}

/// How votes are counted, with what the method carries.
pub(super) fn method(decl: &Decl) -> (&str, Option<&Value>) {
    match decl.settings.get("method") {
        Some(Value::Word(word, payload)) => (word, payload.as_deref()),
        _ => ("", None),
    }
}

pub(super) fn quorum(value: Option<&Value>) -> Quorum {
    match value {
        Some(Value::Count(count)) => Quorum::Count(*count),
        Some(Value::Ratio(a, b)) => Quorum::Share((*a, *b)),
        _ => Quorum::Share((0, 1)),
    }
}

fn threshold(process: &Decl) -> Threshold {
    let settings = &process.settings;
    let own = settings.ratio("threshold");
    let eligible = settings.word("of") == Some("of_eligible");
    let share = |ratio: Ratio, exceeded| Threshold::Share { ratio, exceeded, eligible };
    match method(process) {
        ("consent" | "lazy_consent", _) => Threshold::None,
        ("consensus", Some(Value::Ratio(a, b))) => share((*a, *b), false),
        ("majority", _) => share(own.unwrap_or((1, 2)), true),
        ("supermajority", _) => share(own.unwrap_or((2, 3)), false),
        ("unanimous", _) => share((1, 1), false),
        ("multi_class", _) => {
            let of = |block: &BTreeMap<String, Value>| match block.get("threshold") {
                Some(Value::Ratio(a, b)) => (*a, *b),
                _ => (0, 1),
            };
            let classes = settings.named("class");
            Threshold::Classes(
                classes.map(|(name, block)| (name.clone(), (quorum(block.get("quorum")), of(block)))).collect(),
            )
        }
        (other, _) => Threshold::Other { method: other.into(), ratio: own.unwrap_or((0, 1)) },
    }
}

/// Every expression of statements and of the statements within them.
pub(super) fn each_expr(body: &[Stmt], each: &mut dyn FnMut(&Expr)) {
    each_statement(body, &mut |statement| statement.kind.walk_exprs(each));
}

/// What an action or handler is called in a report.
pub(super) fn called(function: &Function) -> String {
    match &function.role {
        Role::Effect(name) => format!("the proposal `{name}`"),
        Role::Handler(name) => format!("`on {name}`"),
        _ => format!("the action `{}`", function.name),
    }
}

/// A share as people write it.
pub(super) fn share_text((a, b): Ratio) -> String {
    match a.checked_mul(100) {
        Some(hundred) if b != 0 && hundred % b == 0 => format!("{}%", hundred / b),
        _ => format!("{a}/{b}"),
    }
}

/// A span of time as people write it.
pub(super) fn duration_text(millis: i64) -> String {
    let units = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m")];
    match units.into_iter().find(|(unit, _)| millis % unit == 0) {
        Some((unit, letter)) => format!("{}{letter}", millis / unit),
        None => format!("{}s", millis / 1_000),
    }
}
