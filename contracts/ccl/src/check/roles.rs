//! Where roles come from, and who can hand them to whom.

use super::facts::{error_at, span_of, Facts};
use crate::{
    diagnostic::{Code, Diagnostic},
    program::Decl,
    schema::Kind,
};
use std::collections::{BTreeMap, BTreeSet};

/// The settings that fill a role.
const SOURCES: [&str; 3] = ["held_by", "elected_by", "assigned_by"];

pub(super) fn check(facts: &mut Facts<'_>) {
    cycles(facts);
    for role in facts.all(Kind::Role) {
        source(facts, role);
    }
    elections(facts);
    self_grants(facts);
}

/// CHK-15: a role does not extend itself.
fn cycles(facts: &mut Facts<'_>) {
    let mut told = BTreeSet::new();
    for role in facts.all(Kind::Role) {
        let (mut path, mut next) = (Vec::new(), Some(role));
        while let Some(current) = next {
            if told.contains(&current.name) {
                break;
            }
            if path.iter().any(|before: &&Decl| before.name == current.name) {
                let names: Vec<_> = path.iter().map(|role| role.name.as_str()).chain([current.name.as_str()]).collect();
                let message = format!("these roles extend each other in a circle: {}", names.join(" → "));
                told.extend(path.iter().map(|role| &role.name));
                for role in &path {
                    facts.broken.insert((Kind::Role, &role.name));
                }
                let error = Diagnostic::new(Code::CyclicRole, current.name_span, message);
                facts.tell(error.help("nobody can say what it allows: let one of them extend nothing"));
                break;
            }
            path.push(current);
            next = current.extends.as_deref().and_then(|name| facts.decl(Kind::Role, name));
        }
    }
}

/// CHK-16: a role is filled in exactly one way; credentials that it needs are a way only if there is no other.
fn source<'p>(facts: &mut Facts<'p>, role: &'p Decl) {
    let sources: Vec<_> = SOURCES.into_iter().filter(|key| role.settings.name(key).is_some()).collect();
    let error = match sources.as_slice() {
        [] if role.settings.names("needs").is_empty() => {
            let message = format!("nothing says how one comes to be `{}`", role.name);
            let help = "set one of `held_by` (a class or body), `elected_by`, `assigned_by`, or `needs` credentials";
            Some(Diagnostic::new(Code::NoHolder, role.name_span, message).help(help))
        }
        [first, second, ..] => {
            let message = format!("`{}` is filled by `{first}` and by `{second}`", role.name);
            let error = error_at(Code::Conflict, role, second, message).label(span_of(role, first), "already by this");
            Some(error.help("a role is filled in one way, so that everybody knows who holds it").fix(
                "remove it",
                span_of(role, second),
                "",
            ))
        }
        _ => None,
    };
    if let Some(error) = error {
        facts.tell_of(role, error);
    }
}

/// CHK-17: an election fills the role that names it; one by `stv` needs to know how many seats.
fn elections(facts: &mut Facts<'_>) {
    for election in facts.all(Kind::Election) {
        let Some(role) = facts.named(election, "role", Kind::Role) else { continue };
        if role.settings.name("elected_by") != Some(election.name.as_str()) {
            let message = format!("the election fills `{}`, which is not elected by it", role.name);
            let mut error = error_at(Code::Conflict, election, "role", message);
            let other =
                facts.all(Kind::Role).into_iter().find(|role| role.settings.name("elected_by") == Some(&election.name));
            error = match other {
                Some(other) => error.label(span_of(other, "elected_by"), format!("`{}` says that it is", other.name)),
                None => error.label(role.name_span, "this role"),
            };
            facts.tell_of(
                election,
                error.help(format!("set `elected_by: {}` in the role, or name another role here", election.name)),
            );
        } else if election.settings.word("method") == Some("stv") && role.settings.int("seats").is_none() {
            let message = format!("`stv` fills the seats of `{}`, which does not say how many", role.name);
            let error = Diagnostic::new(Code::MissingKey, role.name_span, message);
            facts.tell_of(
                election,
                error.label(span_of(election, "method"), "by this method").help("set `seats` in the role"),
            );
        }
    }
    for role in facts.all(Kind::Role) {
        let Some(election) = facts.named(role, "elected_by", Kind::Election) else { continue };
        let Some(other) = facts.named(election, "role", Kind::Role) else { continue };
        let agrees = other.settings.name("elected_by") == Some(election.name.as_str());
        if other.name != role.name && agrees {
            let message = format!("the election `{}` fills `{}`, not `{}`", election.name, other.name, role.name);
            let error = error_at(Code::Conflict, role, "elected_by", message);
            facts.tell_of(
                role,
                error
                    .label(span_of(election, "role"), "this role")
                    .help("each elected role has an election of its own"),
            );
        }
    }
}

/// How one role leads to another.
#[derive(Clone, Copy)]
struct Edge<'p> {
    to: &'p Decl,
    /// Whether a credential stands between.
    by_credential: bool,
}

/// CHK-18, CHK-19: no group hands itself its role, unless it is the whole membership.
fn self_grants(facts: &mut Facts<'_>) {
    let roles: Vec<_> = facts.all(Kind::Role).into_iter().filter(|role| !facts.is_broken(role)).collect();
    let mut edges: BTreeMap<&str, Vec<Edge<'_>>> = BTreeMap::new();
    for to in &roles {
        for (decides, by_credential) in deciders(facts, to) {
            for from in roles.iter().filter(|from| facts.is_within(decides, from)) {
                edges.entry(&from.name).or_default().push(Edge { to, by_credential });
            }
        }
    }
    let everybody = everybody(facts);
    let open: Vec<_> = roles.iter().copied().filter(|role| !everybody.contains(role.name.as_str())).collect();
    let mut told = BTreeSet::new();
    for role in &open {
        let direct = |edge: &Edge<'_>| !edge.by_credential && !everybody.contains(edge.to.name.as_str());
        if let Some(path) =
            circle(role, &edges, &direct).filter(|path| !path.iter().any(|role| told.contains(&role.name)))
        {
            told.extend(path.iter().map(|role| &role.name));
            tell_self_grant(facts, role, &path);
        }
    }
    for role in &roles {
        let path = circle(role, &edges, &|_| true);
        let Some(path) = path.filter(|path| !path.iter().any(|role| told.contains(&role.name))) else { continue };
        let by_credential = |(from, to): (&&Decl, &&Decl)| {
            edges
                .get(from.name.as_str())
                .into_iter()
                .flatten()
                .any(|edge| edge.to.name == to.name && edge.by_credential)
        };
        if path.iter().zip(path.iter().cycle().skip(1)).any(by_credential) {
            told.extend(path.iter().map(|role| &role.name));
            let words = words(&path);
            let message = format!("who holds `{}` can decide who comes to hold it, by credentials: {words}", role.name);
            let warning = Diagnostic::warning(Code::Spread, role.name_span, message);
            facts.tell(warning.help("a few holders could hand out credentials until they are the majority; let somebody else issue or appoint"));
        }
    }
}

fn words(path: &[&Decl]) -> String {
    path.iter().chain(path.first()).map(|role| role.name.as_str()).collect::<Vec<_>>().join(" → ")
}

fn tell_self_grant<'p>(facts: &mut Facts<'p>, role: &'p Decl, path: &[&'p Decl]) {
    let last = path.last().copied().unwrap_or(role);
    let words = words(path);
    let key = SOURCES.into_iter().find(|key| role.settings.name(key).is_some()).unwrap_or("assigned_by");
    let message = match path {
        [_] => format!("who holds `{}` decides alone who else holds it", role.name),
        _ => format!("these roles hand each other out, and nobody else is asked: {words}"),
    };
    let mut error = error_at(Code::SelfGrant, role, key, message);
    let source = [(Kind::Process, "assigned_by"), (Kind::Election, "elected_by")];
    let source = source.into_iter().find_map(|(kind, key)| facts.named(role, key, kind));
    if let Some(source) = source {
        error = error.label(span_of(source, "voters"), format!("only holders of `{}` vote", last.name));
    }
    facts.tell(error.help("let the members, or another body, elect or appoint it"));
}

/// Who decides who comes to hold a role, and whether by credentials.
fn deciders<'p>(facts: &Facts<'p>, role: &'p Decl) -> Vec<(&'p Decl, bool)> {
    let voters = |process: Option<&'p Decl>| process.and_then(|process| facts.people(process, "voters"));
    if let Some(process) = facts.named(role, "assigned_by", Kind::Process) {
        return voters(Some(process)).into_iter().map(|of| (of, false)).collect();
    }
    if let Some(election) = facts.named(role, "elected_by", Kind::Election) {
        return voters(Some(election)).into_iter().map(|of| (of, false)).collect();
    }
    if role.settings.name("held_by").is_some() {
        let admit = facts.membership().and_then(|membership| facts.named(membership, "admit", Kind::Process));
        return voters(admit).into_iter().map(|of| (of, false)).collect();
    }
    let needs = role.settings.names("needs");
    let cards = needs.into_iter().filter_map(|name| facts.decl(Kind::Credential, name));
    cards
        .filter_map(|card| facts.any_of(&[Kind::Role, Kind::Body], card.settings.name("issuer")?))
        .map(|of| (of, true))
        .collect()
}

/// Roles that everybody with a vote holds.
fn everybody<'p>(facts: &Facts<'p>) -> BTreeSet<&'p str> {
    let classes: Vec<_> = facts.all(Kind::Class).into_iter().filter(|class| class.settings.is_true("votes")).collect();
    let all = if classes.is_empty() { facts.holders("vote") } else { classes };
    let holds = |role: &&'p Decl| !all.is_empty() && all.iter().all(|of| facts.is_within(of, role));
    facts.all(Kind::Role).into_iter().filter(holds).map(|role| role.name.as_str()).collect()
}

/// A shortest way from a role back to it.
fn circle<'p>(
    start: &'p Decl,
    edges: &BTreeMap<&'p str, Vec<Edge<'p>>>,
    allowed: &dyn Fn(&Edge<'p>) -> bool,
) -> Option<Vec<&'p Decl>> {
    let mut before: BTreeMap<&str, &'p Decl> = BTreeMap::new();
    let mut open = std::collections::VecDeque::from([start]);
    while let Some(current) = open.pop_front() {
        for edge in edges.get(current.name.as_str()).into_iter().flatten().filter(|edge| allowed(edge)) {
            if edge.to.name == start.name {
                let mut path = vec![current];
                while let Some(earlier) = before.get(path.last()?.name.as_str()) {
                    path.push(earlier);
                }
                path.reverse();
                return Some(path);
            }
            if !before.contains_key(edge.to.name.as_str()) {
                before.insert(&edge.to.name, current);
                open.push_back(edge.to);
            }
        }
    }
    None
}
