//! Whether somebody can ever hold each right, and whether enough can: a least fixed point from the founders on.

use super::facts::{error_at, method, span_of, Facts};
use crate::{
    diagnostic::{Code, Diagnostic, Span},
    program::{Decl, Role, SettingValue as Value},
    schema::Kind,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// As many as come.
const ANY: u64 = u64::MAX;

/// How many can come to be in a group or hold a role; for processes, elections and credentials whether there can be any.
struct Capacity {
    /// By the number of the declaration.
    of: Vec<u64>,
}

/// What is taken as given, because it was told already.
#[derive(Default)]
struct Given {
    /// Declarations that somebody holds.
    held: BTreeSet<usize>,
    /// Processes and elections whose numbers can be reached.
    reached: BTreeSet<usize>,
}

pub(super) fn check(facts: &mut Facts<'_>) {
    founders(facts);
    let mut given = Given::default();
    // What is broken by itself is taken as repaired.
    for (at, decl) in facts.program.decls.iter().enumerate() {
        if facts.is_broken(decl) {
            given.held.insert(at);
        }
    }
    deadlocks(facts, &mut given);
    let capacity = Capacity::of(facts, &given, false);
    numbers(facts, &capacity, &mut given);
    panels(facts, &capacity);
    slow_starts(facts, &mut given);
    permissions(facts);
    rights(facts);
}

// ---- the fixed point

impl Capacity {
    /// With `counted`, processes work only if the numbers that they ask for are there.
    fn of(facts: &Facts<'_>, given: &Given, counted: bool) -> Self {
        let decls = &facts.program.decls;
        let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); decls.len()];
        for (at, decl) in decls.iter().enumerate() {
            for on in needs(facts, decl) {
                if let Some(list) = dependents.get_mut(on) {
                    list.push(at);
                }
            }
        }
        let mut capacity = Self { of: vec![0; decls.len()] };
        // Each waits once, however many of those that it hangs on have changed.
        let mut open: VecDeque<usize> = (0..decls.len()).collect();
        let mut waits = vec![true; decls.len()];
        while let Some(at) = open.pop_front() {
            let Some(decl) = decls.get(at) else { continue };
            if let Some(waits) = waits.get_mut(at) {
                *waits = false;
            }
            let value = capacity.compute(facts, at, decl, given, counted);
            match capacity.of.get_mut(at) {
                Some(old) if *old < value => *old = value,
                _ => continue,
            }
            for dependent in dependents.get(at).into_iter().flatten() {
                if waits.get_mut(*dependent).is_some_and(|waits| !std::mem::replace(waits, true)) {
                    open.push_back(*dependent);
                }
            }
        }
        capacity
    }

    fn get(&self, facts: &Facts<'_>, decl: &Decl) -> u64 {
        facts.at(decl.kind, &decl.name).and_then(|at| self.of.get(at)).copied().unwrap_or(0)
    }

    fn has(&self, facts: &Facts<'_>, decl: Option<&Decl>) -> bool {
        decl.is_some_and(|decl| self.get(facts, decl) > 0)
    }

    fn compute<'p>(&self, facts: &Facts<'p>, at: usize, decl: &'p Decl, given: &Given, counted: bool) -> u64 {
        if given.held.contains(&at) {
            return ANY;
        }
        let yes = |holds: bool| if holds { ANY } else { 0 };
        let founded = founded(facts, &decl.name);
        match decl.kind {
            Kind::Class => founded.max(yes(self.has(facts, admission(facts)))),
            Kind::Role => self.role(facts, decl).max(founded),
            Kind::Body => match decl.settings.get("members") {
                Some(Value::List(persons)) => u64::try_from(persons.len()).unwrap_or(ANY),
                _ => {
                    let of = members(facts, decl).map_or(0, |of| self.get(facts, of));
                    of.min(size(decl, "size").unwrap_or(ANY))
                }
            },
            Kind::Credential => yes(self.has(facts, issuer(facts, decl))),
            Kind::Process | Kind::Election => {
                let works = needed_by_process(facts, decl).into_iter().all(|of| self.has(facts, Some(of)));
                let free = !counted || given.reached.contains(&at);
                yes(works
                    && (free || counts(facts, decl).iter().all(|count| count.wanted <= self.get(facts, count.of))))
            }
            _ => 0,
        }
    }

    fn role<'p>(&self, facts: &Facts<'p>, role: &'p Decl) -> u64 {
        let cards = role.settings.names("needs");
        let cards = cards.into_iter().all(|card| self.has(facts, facts.decl(Kind::Credential, card)));
        let seats = size(role, "seats").unwrap_or(ANY);
        let own = match source(facts, role) {
            _ if !cards => 0,
            Some(source) if matches!(source.kind, Kind::Class | Kind::Body) => self.get(facts, source),
            Some(source) if self.get(facts, source) > 0 => seats,
            Some(_) => 0,
            None if role.settings.names("needs").is_empty() => 0,
            None => seats,
        };
        let extending = facts.extenders.get(role.name.as_str()).into_iter().flatten();
        let extending = extending.filter_map(|name| facts.decl(Kind::Role, name)).map(|of| self.get(facts, of));
        extending.max().unwrap_or(0).max(own)
    }
}

fn size(decl: &Decl, key: &str) -> Option<u64> {
    decl.settings.int(key).and_then(|number| u64::try_from(number).ok())
}

fn founded(facts: &Facts<'_>, name: &str) -> u64 {
    facts.program.founders.iter().filter(|founder| founder.of == name).map(|founder| founder.min).max().unwrap_or(0)
}

fn admission<'p>(facts: &Facts<'p>) -> Option<&'p Decl> {
    facts.membership().and_then(|membership| facts.named(membership, "admit", Kind::Process))
}

fn members<'p>(facts: &Facts<'p>, body: &'p Decl) -> Option<&'p Decl> {
    facts.any_of(&[Kind::Role, Kind::Class], body.settings.name("members")?)
}

fn issuer<'p>(facts: &Facts<'p>, card: &'p Decl) -> Option<&'p Decl> {
    facts.any_of(&[Kind::Role, Kind::Body], card.settings.name("issuer")?)
}

/// What fills a role.
fn source<'p>(facts: &Facts<'p>, role: &'p Decl) -> Option<&'p Decl> {
    let held = role.settings.name("held_by").and_then(|of| facts.any_of(&[Kind::Class, Kind::Body], of));
    held.or_else(|| facts.named(role, "elected_by", Kind::Election))
        .or_else(|| facts.named(role, "assigned_by", Kind::Process))
}

/// The role in the brackets of a word.
fn role_in<'p>(facts: &Facts<'p>, decl: &'p Decl, key: &str) -> Option<&'p Decl> {
    match decl.settings.get(key) {
        Some(Value::Word(_, Some(payload))) => match &**payload {
            Value::Name(role) => facts.decl(Kind::Role, role),
            _ => None,
        },
        _ => None,
    }
}

fn needed_by_process<'p>(facts: &Facts<'p>, decl: &'p Decl) -> Vec<&'p Decl> {
    let people = [facts.people(decl, "voters"), facts.proposers(decl)];
    let roles = ["review", "executor", "on_tie"].map(|key| role_in(facts, decl, key));
    let stages = decl.settings.names("stages").into_iter().map(|name| facts.decl(Kind::Process, name));
    people
        .into_iter()
        .chain(roles)
        .chain(stages)
        .flatten()
        .filter(|of| of.name != decl.name || of.kind != decl.kind)
        .collect()
}

/// Declarations whose capacity a declaration's own hangs on.
fn needs<'p>(facts: &Facts<'p>, decl: &'p Decl) -> Vec<usize> {
    let on: Vec<&Decl> = match decl.kind {
        Kind::Class => admission(facts).into_iter().collect(),
        Kind::Role => {
            let cards = decl.settings.names("needs").into_iter().filter_map(|name| facts.decl(Kind::Credential, name));
            let extending = facts.extenders.get(decl.name.as_str()).into_iter().flatten();
            let extending = extending.filter_map(|name| facts.decl(Kind::Role, name));
            source(facts, decl).into_iter().chain(cards).chain(extending).collect()
        }
        Kind::Body => members(facts, decl).into_iter().collect(),
        Kind::Credential => issuer(facts, decl).into_iter().collect(),
        Kind::Process | Kind::Election => needed_by_process(facts, decl),
        _ => Vec::new(),
    };
    on.into_iter().filter_map(|decl| facts.at(decl.kind, &decl.name)).collect()
}

// ---- nobody

/// CHK-20: founders fit their role.
fn founders(facts: &mut Facts<'_>) {
    for founder in &facts.program.founders {
        if founder.max.is_some_and(|max| max < founder.min) {
            let message =
                format!("at least {} and at most {} founders cannot be", founder.min, founder.max.unwrap_or(0));
            facts.tell(Diagnostic::new(Code::Conflict, founder.span, message).help("write the smaller number first"));
        }
        let role = facts.decl(Kind::Role, &founder.of);
        if let Some((role, seats)) = role.and_then(|role| Some((role, size(role, "seats")?))) {
            if founder.min > seats {
                let message = format!("{} founders for {seats} seats of `{}`", founder.min, role.name);
                let error = Diagnostic::new(Code::Conflict, founder.span, message)
                    .label(span_of(role, "seats"), "so many seats");
                facts.tell(error.help("found with fewer, or give the role more seats"));
            }
        }
    }
}

/// CHK-21: from the founders on, somebody can come to hold each role, be in each class and body, and decide in each process.
/// One error for each reason: what only follows from it is not told.
fn deadlocks(facts: &mut Facts<'_>, given: &mut Given) {
    for _ in 0..crate::limits::DIAGNOSTICS_MAX {
        let capacity = Capacity::of(facts, given, false);
        let reasons = reasons(facts, &capacity);
        if reasons.is_empty() {
            return;
        }
        for reason in reasons {
            tell_deadlock(facts, &reason);
            given.held.extend(reason);
        }
    }
}

/// Why there are declarations that nobody holds: those that lack nothing but themselves, and circles that wait for each other.
fn reasons(facts: &Facts<'_>, capacity: &Capacity) -> Vec<Vec<usize>> {
    let decls = &facts.program.decls;
    let groups = [Kind::Class, Kind::Role, Kind::Body, Kind::Process, Kind::Election, Kind::Credential];
    let empty =
        |at: usize| capacity.of.get(at) == Some(&0) && decls.get(at).is_some_and(|decl| groups.contains(&decl.kind));
    let mut walked = BTreeSet::new();
    let mut reasons = Vec::new();
    for start in (0..decls.len()).filter(|at| empty(*at)) {
        let (mut path, mut next) = (Vec::new(), Some(start));
        while let Some(at) = next.filter(|at| walked.insert(*at)) {
            path.push(at);
            next = decls.get(at).and_then(|decl| waits_for(facts, decl).into_iter().find(|on| empty(*on)));
        }
        // It came to something known, to its own way, or to an end.
        match next {
            Some(at) => reasons.extend(path.iter().position(|before| *before == at).map(|from| path.split_off(from))),
            None => reasons.extend(path.last().map(|last| vec![*last])),
        }
    }
    reasons
}

/// What a declaration's capacity hangs on, without roles that extend it: they only add holders, and are not what is missing.
fn waits_for<'p>(facts: &Facts<'p>, decl: &'p Decl) -> Vec<usize> {
    let extends = |on: &usize| {
        let other = facts.program.decls.get(*on);
        decl.kind == Kind::Role
            && other.is_some_and(|other| other.kind == Kind::Role && other.extends.as_deref() == Some(&decl.name))
    };
    needs(facts, decl).into_iter().filter(|on| !extends(on)).collect()
}

fn tell_deadlock(facts: &mut Facts<'_>, circle: &[usize]) {
    let decls: Vec<&Decl> = circle.iter().filter_map(|at| facts.program.decls.get(*at)).collect();
    let first = decls.iter().filter(|decl| matches!(decl.kind, Kind::Class | Kind::Role)).min_by_key(|decl| decl.span);
    let Some(decl) = first.or(decls.first()).copied() else { return };
    let alone = decls.len() == 1;
    let what = match decl.kind {
        Kind::Class => "be in the class",
        Kind::Role => "hold the role",
        Kind::Body => "be in the body",
        Kind::Credential => "issue the credential",
        _ => "decide in",
    };
    let mut error =
        Diagnostic::new(Code::NoHolder, decl.name_span, format!("nobody could ever {what} `{}`", decl.name));
    if alone {
        error = error.help(match decl.kind {
            Kind::Class => "declare a `membership` that admits, or name founders",
            Kind::Body => "name at least one person",
            _ => "say where its holders come from, or name founders",
        });
    } else {
        let at = decls.iter().position(|other| other.name == decl.name && other.kind == decl.kind).unwrap_or(0);
        let round = decls.iter().cycle().skip(at).take(decls.len() + 1);
        let words: Vec<_> = round.map(|decl| format!("{} {}", decl.kind.word(), decl.name)).collect();
        let help = format!(
            "each waits for the next: {}; name the first ones: `found {{ {}: founders List<Did> in 3..; }}`",
            words.join(" → "),
            decl.name
        );
        error = error.help(help);
    }
    facts.tell(error);
}

// ---- enough

/// A number that must come together.
struct Count<'p> {
    key: &'static str,
    wanted: u64,
    of: &'p Decl,
}

/// Whole numbers that a process or election asks of its people.
fn counts<'p>(facts: &Facts<'p>, decl: &'p Decl) -> Vec<Count<'p>> {
    let Some(voters) = facts.people(decl, "voters") else { return Vec::new() };
    let mut counts = Vec::new();
    let mut put = |key, wanted: Option<i128>, of| {
        if let Some(wanted) = wanted.and_then(|wanted| u64::try_from(wanted).ok()).filter(|wanted| *wanted > 0) {
            counts.push(Count { key, wanted, of });
        }
    };
    if let Some(Value::Count(count)) = decl.settings.get("quorum") {
        put("quorum", Some(*count), voters);
    }
    put("sponsors", decl.settings.int("sponsors"), voters);
    put("seconds", decl.settings.int("seconds"), voters);
    if let ("sortition_panel", Some(Value::Int(size))) = method(decl) {
        put("method", Some(*size), voters);
    }
    counts
}

fn too_few(facts: &Facts<'_>, span: Span, wanted: u64, of: &Decl, can: u64) -> Diagnostic {
    let message = format!("this asks for {wanted}, and `{}` has {can} at most", of.name);
    let error = Diagnostic::new(Code::QuorumUnreachable, span, message);
    let limit = match of.kind {
        Kind::Body if of.settings.span("size").is_some() => span_of(of, "size"),
        Kind::Role if of.settings.span("seats").is_some() => span_of(of, "seats"),
        Kind::Body => span_of(of, "members"),
        _ => facts
            .program
            .founders
            .iter()
            .find(|founder| founder.of == of.name)
            .map_or(of.name_span, |founder| founder.span),
    };
    error.label(limit, "no more than these").help("ask for fewer, or let there be more")
}

/// CHK-22: numbers of members that are asked for can come together. Shares always can.
fn numbers<'p>(facts: &mut Facts<'p>, capacity: &Capacity, given: &mut Given) {
    let mut found = Vec::new();
    let mut short = |facts: &Facts<'p>, span: Span, wanted: Option<i128>, of: Option<&'p Decl>| {
        let wanted = wanted.and_then(|wanted| u64::try_from(wanted).ok());
        let (Some(wanted), Some(of)) = (wanted, of) else { return false };
        let can = capacity.get(facts, of);
        let few = can > 0 && wanted > can;
        if few {
            found.push(too_few(facts, span, wanted, of, can));
        }
        few
    };
    for (at, decl) in facts.program.decls.iter().enumerate() {
        match decl.kind {
            Kind::Process | Kind::Election => {
                for count in counts(facts, decl) {
                    if short(facts, span_of(decl, count.key), Some(count.wanted.into()), Some(count.of)) {
                        given.reached.insert(at);
                        break;
                    }
                }
                for (class, block) in decl.settings.named("class") {
                    if let Some(Value::Count(count)) = block.get("quorum") {
                        let span = span_of(decl, &format!("class.{class}.quorum"));
                        short(facts, span, Some(*count), facts.decl(Kind::Class, class));
                    }
                }
            }
            Kind::Body => {
                let of = match decl.settings.get("members") {
                    Some(Value::List(_)) => Some(decl),
                    _ => members(facts, decl),
                };
                short(facts, span_of(decl, "size"), decl.settings.int("size"), of);
            }
            Kind::Treasury => {
                let signers = facts.named(decl, "signers", Kind::Role);
                short(facts, span_of(decl, "min_signers"), decl.settings.int("min_signers"), signers);
            }
            Kind::Budget => {
                for (number, band) in decl.settings.bands().iter().enumerate() {
                    let (Some(Value::Int(approvers)), Some(Value::Name(role))) =
                        (band.settings.get("approvers"), band.settings.get("role"))
                    else {
                        continue;
                    };
                    let span = span_of(decl, &format!("band.{number}.approvers"));
                    short(facts, span, Some(*approvers), facts.decl(Kind::Role, role));
                }
            }
            _ => {}
        }
    }
    found.into_iter().for_each(|error| facts.tell(error));
}

/// CHK-22: a panel is not larger than the membership can become.
fn panels(facts: &mut Facts<'_>, capacity: &Capacity) {
    let all = facts.all(Kind::Class).iter().fold(0u64, |sum, class| sum.saturating_add(capacity.get(facts, class)));
    for dispute in facts.all(Kind::Dispute) {
        if let Some(size) = size(dispute, "panel_size").filter(|size| all > 0 && *size > all) {
            let message = format!("a panel of {size}, and there are never more than {all} members");
            let error = error_at(Code::QuorumUnreachable, dispute, "panel_size", message);
            facts.tell(error.help("make the panel smaller, or let members be admitted"));
        }
    }
}

/// CHK-23: the founders are enough for the decisions by which others come.
fn slow_starts(facts: &mut Facts<'_>, given: &mut Given) {
    for _ in 0..crate::limits::DIAGNOSTICS_MAX {
        let capacity = Capacity::of(facts, given, true);
        let waiting = facts.program.decls.iter().enumerate().find_map(|(at, decl)| {
            if !matches!(decl.kind, Kind::Process | Kind::Election) || given.reached.contains(&at) {
                return None;
            }
            let count = counts(facts, decl).into_iter().find(|count| count.wanted > capacity.get(facts, count.of))?;
            let can = capacity.get(facts, count.of);
            (can > 0).then(|| (at, too_few(facts, span_of(decl, count.key), count.wanted, count.of, can)))
        });
        let Some((at, error)) = waiting else { return };
        given.reached.insert(at);
        let error = Diagnostic { labels: Vec::new(), ..error };
        let message = format!("{} before others can come", error.message.replace(" at most", ""));
        facts.tell(Diagnostic { message, ..error }.help("ask for fewer, or found with more members"));
    }
}

// ---- permissions

/// CHK-24: each permission that an action requires is one that a role has.
fn permissions(facts: &mut Facts<'_>) {
    let mut by_permission: BTreeMap<&str, bool> = BTreeMap::new();
    for (at, function) in facts.program.functions_of(|role| *role == Role::Action) {
        let Some(permission) = function.requires.as_deref() else { continue };
        let held = *by_permission.entry(permission).or_insert_with(|| !facts.holders(permission).is_empty());
        if !held {
            // Told once, where it is first required.
            by_permission.insert(permission, true);
            let span = facts.program.notes.requires.get(&at).copied().unwrap_or(function.name_span);
            let message = format!("no role can `{permission}`, so nobody may call `{}`", function.name);
            facts.tell(
                Diagnostic::new(Code::NoHolder, span, message)
                    .help(format!("add `{permission}` to the `can` of a role")),
            );
        }
    }
}

/// CHK-25: who votes, proposes, sponsors, reviews and signs has the permission to.
fn rights(facts: &mut Facts<'_>) {
    let mut told = BTreeSet::new();
    let rights = ["vote", "propose", "sponsor", "review", "countersign"];
    let holders: BTreeMap<&str, Vec<&Decl>> = rights.iter().map(|right| (*right, facts.holders(right))).collect();
    for decl in &facts.program.decls {
        if facts.is_broken(decl) {
            continue;
        }
        let asked: Vec<(&str, &str, Option<&Decl>)> = match decl.kind {
            Kind::Process => {
                let sponsors = decl.settings.int("sponsors").is_some_and(|sponsors| sponsors > 0);
                let proposers = if decl.settings.name("proposers").is_some() { "proposers" } else { "voters" };
                vec![
                    ("vote", "voters", facts.people(decl, "voters")),
                    ("propose", proposers, facts.proposers(decl)),
                    ("sponsor", "sponsors", facts.people(decl, "voters").filter(|_| sponsors)),
                    ("review", "review", role_in(facts, decl, "review")),
                ]
            }
            Kind::Election => vec![("vote", "voters", facts.people(decl, "voters"))],
            Kind::Treasury => vec![("countersign", "signers", facts.named(decl, "signers", Kind::Role))],
            _ => continue,
        };
        for (permission, key, people) in asked {
            let Some(people) = people else { continue };
            let holders = holders.get(permission).map(Vec::as_slice).unwrap_or_default();
            // What nobody at all may do is one mistake; what a group may not is one for the group.
            let whose = if holders.is_empty() { None } else { Some(facts.group(people)) };
            if holders.iter().any(|role| facts.meet(role, people)) || !told.insert((permission, whose)) {
                continue;
            }
            let message = format!("nobody of `{}` has the permission to {permission}", people.name);
            let error = error_at(Code::NoHolder, decl, key, message).label(people.name_span, "these");
            facts.tell_of(decl, error.help(format!("add `{permission}` to the `can` of a role that they hold")));
            break;
        }
    }
}
