//! Where roles come from, and who can hand them to whom.

use super::facts::{error_at, span_of, Facts};
use crate::{
    diagnostic::{Code, Diagnostic},
    program::Decl,
    schema::Kind,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

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
    let mut done = BTreeSet::new();
    for role in facts.all(Kind::Role) {
        let (mut path, mut on_path, mut next) = (Vec::new(), BTreeSet::new(), Some(role));
        while let Some(current) = next.filter(|current| !done.contains(&current.name)) {
            if !on_path.insert(&current.name) {
                let from = path.iter().position(|before: &&Decl| before.name == current.name).unwrap_or(0);
                tell_cycle(facts, path.get(from..).unwrap_or_default());
                break;
            }
            path.push(current);
            next = current.extends.as_deref().and_then(|name| facts.decl(Kind::Role, name));
        }
        done.extend(on_path);
    }
}

fn tell_cycle<'p>(facts: &mut Facts<'p>, circle: &[&'p Decl]) {
    facts.broken.extend(circle.iter().map(|role| (Kind::Role, role.name.as_str())));
    let Some(first) = circle.first() else { return };
    let message = format!("these roles extend each other in a circle: {}", words(circle));
    let error = Diagnostic::new(Code::CyclicRole, first.name_span, message);
    facts.tell(error.help("nobody can say what it allows: let one of them extend nothing"));
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

/// That people decide who comes to hold a role.
#[derive(Clone, Copy)]
struct Decides<'p> {
    /// Groups by number.
    from: usize,
    to: usize,
    role: &'p Decl,
    /// Whether by credentials that they issue.
    by_credential: bool,
}

/// CHK-18, CHK-19: no group hands itself its role, unless it is the whole membership.
fn self_grants(facts: &mut Facts<'_>) {
    let roles: Vec<_> = facts.all(Kind::Role).into_iter().filter(|role| !facts.is_broken(role)).collect();
    let mut all = Vec::new();
    for role in roles {
        for (people, by_credential) in deciders(facts, role) {
            all.push(Decides { from: facts.group(people), to: facts.group(role), role, by_credential });
        }
    }
    let everybody = everybody(facts);
    let direct: Vec<_> =
        all.iter().copied().filter(|edge| !edge.by_credential && !everybody.contains(&edge.to)).collect();
    let told = circles(facts, &direct, &|_| true);
    for circle in &told {
        tell_self_grant(facts, circle);
    }
    let known =
        |circle: &Vec<&Decl>| told.iter().flatten().any(|role| circle.iter().any(|other| other.name == role.name));
    for circle in circles(facts, &all, &|edge| edge.by_credential) {
        let Some(role) = circle.first().filter(|_| !known(&circle)) else { continue };
        let words = words(&circle);
        let message = format!("who holds `{}` can decide who comes to hold it, by credentials: {words}", role.name);
        let warning = Diagnostic::warning(Code::Spread, role.name_span, message);
        let help =
            "a few holders could hand out credentials until they are the majority; let somebody else issue or appoint";
        facts.tell(warning.help(help));
    }
}

/// One circle through each knot of decisions that has one through a wanted edge: from a group down to those within it, who
/// decide about others. The first role is what the edge decides about.
fn circles<'p>(facts: &Facts<'p>, edges: &[Decides<'p>], wanted: &dyn Fn(&Decides<'p>) -> bool) -> Vec<Vec<&'p Decl>> {
    let mut next: Vec<Vec<(usize, Option<&'p Decl>)>> =
        facts.within().iter().map(|inner| inner.iter().map(|group| (*group, None)).collect()).collect();
    for edge in edges {
        if let Some(next) = next.get_mut(edge.from) {
            next.push((edge.to, Some(edge.role)));
        }
    }
    let knots = knots(&next);
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    for edge in edges.iter().filter(|edge| wanted(edge)) {
        let knot = knots.get(edge.to);
        if knot == knots.get(edge.from) && told.insert(knot) {
            found.push(way(edge, &next));
        }
    }
    found
}

/// The roles on a shortest way from what an edge decides about back to who decides, that role first.
fn way<'p>(edge: &Decides<'p>, next: &[Vec<(usize, Option<&'p Decl>)>]) -> Vec<&'p Decl> {
    let mut before: BTreeMap<usize, (usize, Option<&'p Decl>)> = BTreeMap::new();
    let mut open = VecDeque::from([edge.to]);
    while let Some(group) = open.pop_front().filter(|group| *group != edge.from) {
        for (to, role) in next.get(group).into_iter().flatten() {
            if *to != edge.to && !before.contains_key(to) {
                before.insert(*to, (group, *role));
                open.push_back(*to);
            }
        }
    }
    let (mut roles, mut at) = (Vec::new(), edge.from);
    while let Some((earlier, role)) = before.get(&at).filter(|_| at != edge.to) {
        roles.extend(role);
        at = *earlier;
    }
    roles.push(edge.role);
    roles.reverse();
    roles
}

/// For each node the knot that it is in: nodes that lead to each other (Tarjan).
fn knots<T>(next: &[Vec<(usize, T)>]) -> Vec<usize> {
    let unset = usize::MAX;
    let (mut order, mut low, mut knot) = (vec![unset; next.len()], vec![unset; next.len()], vec![unset; next.len()]);
    let (mut stack, mut count) = (Vec::new(), 0);
    for root in 0..next.len() {
        let mut open = vec![(root, 0)];
        while let Some((node, at)) = open.pop() {
            if at == 0 {
                if order[node] != unset {
                    continue;
                }
                (order[node], low[node]) = (count, count);
                count += 1;
                stack.push(node);
            }
            match next[node].get(at) {
                Some((to, _)) => {
                    open.push((node, at + 1));
                    if order[*to] == unset {
                        open.push((*to, 0));
                    } else if knot[*to] == unset {
                        low[node] = low[node].min(order[*to]);
                    }
                }
                None => {
                    if low[node] == order[node] {
                        while let Some(member) = stack.pop() {
                            knot[member] = node;
                            if member == node {
                                break;
                            }
                        }
                    }
                    if let Some((parent, _)) = open.last() {
                        low[*parent] = low[*parent].min(low[node]);
                    }
                }
            }
        }
    }
    knot
}

fn words(path: &[&Decl]) -> String {
    path.iter().chain(path.first()).map(|role| role.name.as_str()).collect::<Vec<_>>().join(" → ")
}

fn tell_self_grant<'p>(facts: &mut Facts<'p>, path: &[&'p Decl]) {
    let (Some(role), Some(last)) = (path.first().copied(), path.last()) else { return };
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

/// Groups that everybody with a vote is in.
fn everybody(facts: &Facts<'_>) -> BTreeSet<usize> {
    let classes: Vec<_> = facts.all(Kind::Class).into_iter().filter(|class| class.settings.is_true("votes")).collect();
    let all = if classes.is_empty() { facts.holders("vote") } else { classes };
    let holds = |role: &&Decl| !all.is_empty() && all.iter().all(|of| facts.is_within(of, role));
    facts.all(Kind::Role).into_iter().filter(holds).map(|role| facts.group(role)).collect()
}
