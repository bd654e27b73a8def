//! Which process decides what: each effect on the organisation has one, and no path around it is easier.

use super::{
    facts::{called, duration_text, each_expr, error_at, method, share_text, span_of, Facts},
    strictness::Component,
};
use crate::{
    diagnostic::{Code, Diagnostic, Span},
    program::{Builtin, Decl, Effect, Expr, ExprKind, Function, Role, SettingValue as Value},
    schema::Kind,
    types::Type,
};
use std::collections::BTreeSet;

pub(super) fn check(facts: &mut Facts<'_>) {
    amendments(facts);
    emergencies(facts);
    for proposal in facts.all(Kind::Proposal) {
        proposal_effects(facts, proposal);
    }
    for (at, function) in facts.program.functions_of(|role| matches!(role, Role::Action | Role::Handler(_))) {
        code_effects(facts, at, function);
    }
    reserves(facts);
}

// ---- strictness of two processes

/// The first component in which a process is weaker than another; its stages are counted for it, those of the other against it.
fn weaker<'p>(facts: &Facts<'p>, process: &'p Decl, other: &'p Decl) -> Option<Component> {
    if process.name == other.name {
        return None;
    }
    if let Some(component) = facts.rule(process).weaker_in(&facts.rule(other)).first() {
        return Some(*component);
    }
    let stages = |of: &'p Decl| -> Vec<&'p Decl> {
        of.settings.names("stages").into_iter().filter_map(|name| facts.decl(Kind::Process, name)).collect()
    };
    let own: Vec<_> = stages(process).into_iter().chain([process]).collect();
    stages(other).into_iter().find_map(|stage| {
        let firsts: Vec<_> = own
            .iter()
            .map(|mine| match mine.name == stage.name {
                true => None,
                false => facts.rule(mine).weaker_in(&facts.rule(stage)).first().copied(),
            })
            .collect();
        firsts.iter().all(Option::is_some).then(|| firsts.last().copied().flatten()).flatten()
    })
}

/// What a process asks in a component, in words.
fn asks(process: &Decl, component: Component) -> String {
    let settings = &process.settings;
    let time = |key| duration_text(settings.duration(key).unwrap_or(0));
    match component {
        Component::Electorate => format!("lets `{}` vote", settings.name("voters").unwrap_or("nobody")),
        Component::Quorum => match settings.get("quorum") {
            Some(Value::Count(count)) => format!("has a quorum of {count} members"),
            _ => format!("has a quorum of {}", share_text(settings.ratio("quorum").unwrap_or((0, 1)))),
        },
        Component::Threshold => match (settings.ratio("threshold"), method(process).0) {
            (Some(share), method) => format!("decides by {method} with {}", share_text(share)),
            (None, method) => format!("decides by {method}"),
        },
        Component::Deliberation => format!("deliberates {}", time("deliberation")),
        Component::Voting => format!("votes for {}", time("voting")),
        Component::Timelock => format!("waits {} before it has effect", time("timelock")),
        Component::Review if settings.get("review").is_some() => "is reviewed".into(),
        Component::Review => "is not reviewed".into(),
    }
}

/// The setting of a process that a component is decided by.
fn place(process: &Decl, component: Component) -> Span {
    let threshold = component == Component::Threshold && process.settings.span("threshold").is_none();
    span_of(process, if threshold { "method" } else { component.key() })
}

// ---- amendments

fn is_emergency(process: &Decl) -> bool {
    process.settings.name("emergency_for").is_some()
}

fn reaches(facts: &Facts<'_>, function: usize, builtin: Builtin) -> bool {
    facts.reached.get(&function).is_some_and(|reached| reached.effects.iter().any(|effect| effect.builtin == builtin))
}

/// Processes by which the constitution is amended, each once.
pub(super) fn amending<'p>(facts: &Facts<'p>) -> Vec<&'p Decl> {
    let mut seen = BTreeSet::new();
    let proposals = facts.all(Kind::Proposal).into_iter();
    let amends = |proposal: &&Decl| {
        facts.effect_of(&proposal.name).is_some_and(|effect| reaches(facts, effect, Builtin::EnactConstitution))
    };
    let processes = proposals.filter(amends).filter_map(|proposal| facts.named(proposal, "process", Kind::Process));
    processes.filter(|process| !is_emergency(process) && seen.insert(&process.name)).collect()
}

/// CHK-26, CHK-27, CHK-62: a constitution can be amended, for as long as it is in force, and not more easily than anything in it
/// is decided.
fn amendments(facts: &mut Facts<'_>) {
    let amending = facts.amending.clone();
    let header = &facts.program.header;
    let needed = matches!(header.document.as_str(), "constitution" | "bylaws" | "charter");
    let any = facts.reached.keys().any(|function| reaches(facts, *function, Builtin::EnactConstitution));
    if needed && !any {
        let span = header.span.unwrap_or(Span::new(0, 0));
        let message = format!("nothing in this {} says how it is amended", header.document);
        let help = "add a proposal whose effect calls `enact_constitution(next)`, decided by your strictest process";
        facts.tell(Diagnostic::new(Code::NoProcess, span, message).help(help));
    }
    let amends = facts.program.functions_of(|role| matches!(role, Role::Effect(_)));
    let amends: Vec<_> = amends.filter(|(at, _)| reaches(facts, *at, Builtin::EnactConstitution)).collect();
    if let (Some((_, last)), true) = (amends.last(), amends.iter().all(|(_, effect)| effect.in_force.sunset.is_some()))
    {
        let message =
            format!("once `{}` is no longer in force, this {} can never be amended", last.name, header.document);
        let help = "leave out its `@sunset`, or add another proposal that amends";
        facts.tell(Diagnostic::new(Code::NoProcess, last.name_span, message).help(help));
    }
    let others = facts.all(Kind::Process).into_iter();
    let others = others.filter(|process| !is_emergency(process) && !facts.is_broken(process));
    let others: Vec<_> = others.map(|process| (process, facts.rule(process))).collect();
    for process in amending {
        if facts.is_broken(process) {
            continue;
        }
        let mut told = BTreeSet::new();
        let own = facts.rule(process);
        for (other, rule) in &others {
            for component in own.weaker_in(rule) {
                if told.insert(component) {
                    tell_weak_amendment(facts, process, other, component);
                }
            }
        }
        // An election's quorum counts too.
        for election in facts.all(Kind::Election) {
            let share = super::facts::quorum(election.settings.get("quorum"));
            let rule =
                super::strictness::Rule { quorum: share, electorate: facts.electorate(election), ..(*own).clone() };
            if own.weaker_in(&rule).contains(&Component::Quorum) && told.insert(Component::Quorum) {
                tell_weak_amendment(facts, process, election, Component::Quorum);
            }
        }
    }
}

fn tell_weak_amendment(facts: &mut Facts<'_>, process: &Decl, other: &Decl, component: Component) {
    let message = format!(
        "`{}`, which amends the constitution, {}; `{}` {}",
        process.name,
        asks(process, component),
        other.name,
        asks(other, component)
    );
    let error = Diagnostic::new(Code::WeakAmendment, place(process, component), message);
    let help = format!(
        "whoever can amend can change `{}` first: make `{}` of `{}` at least as strict in each component",
        other.name,
        component.key(),
        process.name
    );
    facts.tell(error.label(place(other, component), "stricter here").help(help));
}

// ---- emergencies

/// CHK-28 to CHK-30: a fast path is harder to pass or is reviewed, ends by itself or is confirmed, and does not amend.
fn emergencies(facts: &mut Facts<'_>) {
    for process in facts.all(Kind::Process) {
        let Some(normal) = facts.named(process, "emergency_for", Kind::Process) else { continue };
        if facts.is_broken(process) || facts.is_broken(normal) {
            continue;
        }
        let (own, other) = (facts.rule(process), facts.rule(normal));
        let harder = own.weaker_in(&other).iter().all(|component| *component != Component::Threshold)
            && other.weaker_in(&own).contains(&Component::Threshold);
        if !harder && !own.review {
            let message = format!(
                "the fast path `{}` {}, the normal one {}",
                process.name,
                asks(process, Component::Threshold),
                asks(normal, Component::Threshold)
            );
            let error = Diagnostic::new(Code::WeakEmergency, place(process, Component::Threshold), message);
            let error = error.label(place(normal, Component::Threshold), "the normal path");
            facts.tell(error.help("haste needs more agreement, not less: raise its threshold, or set `review`"));
        }
    }
    for proposal in facts.all(Kind::Proposal) {
        let Some(process) = facts.named(proposal, "process", Kind::Process) else { continue };
        let Some(normal) = facts.named(process, "emergency_for", Kind::Process) else { continue };
        let Some(effect) = facts.effect_of(&proposal.name) else { continue };
        emergency_effects(facts, proposal, normal, effect);
    }
}

/// Effects that end by themselves, or change nothing that is held.
fn passes(builtin: Builtin) -> bool {
    use Builtin as B;
    matches!(
        builtin,
        B::Suspend
            | B::Authorize
            | B::Consume
            | B::Lock
            | B::Refund
            | B::Anchor
            | B::Pin
            | B::OpenThread
            | B::Log
            | B::Enrol
    )
}

fn emergency_effects<'p>(facts: &mut Facts<'p>, proposal: &'p Decl, normal: &'p Decl, effect: usize) {
    if reaches(facts, effect, Builtin::EnactConstitution) {
        let message = format!("`{}` amends the constitution on the fast path", proposal.name);
        let mut error = error_at(Code::WeakEmergency, proposal, "process", message);
        if let Some(place) = facts.call_of(effect, Builtin::EnactConstitution) {
            error = error.label(place, "here");
        }
        facts.tell_of(proposal, error.help("an amendment has no haste: let the amendment process decide it"));
        return;
    }
    let Some(reached) = facts.reached.get(&effect) else { return };
    let confirms = |function: &usize| {
        let name = facts.program.functions.get(*function).map(|function| function.name.as_str());
        let process = name
            .and_then(|name| facts.decl(Kind::Proposal, name))
            .and_then(|of| facts.named(of, "process", Kind::Process));
        process.is_some_and(|process| !is_emergency(process) && weaker(facts, process, normal).is_none())
    };
    let lasting = reached.effects.iter().find(|effect| !passes(effect.builtin));
    let Some(lasting) = lasting.filter(|_| !reached.proposed.iter().any(confirms)) else { return };
    let span = facts.call_of(effect, lasting.builtin).unwrap_or(proposal.name_span);
    let message = format!("`{}` lasts, and is decided in haste", lasting.builtin.word());
    let help = format!(
        "let the members confirm it: `propose(…)` something that `{}` decides, or use an effect with an end",
        normal.name
    );
    let error =
        Diagnostic::new(Code::WeakEmergency, span, message).label(span_of(proposal, "process"), "the fast path");
    facts.tell_of(proposal, error.help(help));
}

// ---- effects

/// Who decides about an effect.
enum Governs<'p> {
    /// Nothing needs to.
    Nobody,
    /// This process, by this setting of that declaration.
    Process(&'p Decl, &'p Decl, &'static str),
    /// Holders of a role or members of a body, by this setting of that declaration.
    People(Vec<&'p Decl>, &'p Decl, &'static str),
    /// Some process should, and none is named: what to do.
    Missing(String),
}

/// CHK-31: the governing process of each effect.
fn governs<'p>(facts: &Facts<'p>, effect: &Effect) -> Vec<Governs<'p>> {
    use Builtin as B;
    let name = |at: usize| effect.names.get(at).cloned().flatten();
    match effect.builtin {
        _ if effect.is_own() => vec![Governs::Nobody],
        B::Admit | B::SetClass => vec![by_membership(facts, &["admit"])],
        B::Remove => vec![by_membership(facts, &["remove"])],
        B::Suspend => vec![by_membership(facts, &["suspend", "remove"])],
        B::GrantRole => of_roles(facts, name(1), &["assigned_by"]),
        B::RevokeRole => of_roles(facts, name(1), &["removable_by", "assigned_by"]),
        B::Transfer => vec![by_account(facts, name(0).as_deref())],
        B::Lock | B::Fund if name(1).is_some() => vec![by_account(facts, name(1).as_deref())],
        B::Mint | B::Burn => {
            let resource = effect.resource.as_deref().and_then(|name| facts.decl(Kind::Resource, name));
            let issuer = resource.map_or(Governs::Nobody, |of| by_people(facts, of, "issuer", Some("issuer")));
            match effect.builtin {
                B::Burn => vec![by_account(facts, name(0).as_deref()), issuer],
                _ => vec![issuer],
            }
        }
        B::SetParam => by_amendment(facts),
        B::EnactConstitution => by_amendment(facts).into_iter().take(1).collect(),
        _ => vec![Governs::Nobody],
    }
}

fn by_membership<'p>(facts: &Facts<'p>, keys: &[&'static str]) -> Governs<'p> {
    let Some(membership) = facts.membership() else {
        return Governs::Missing("declare a `membership` that says which process decides about members".into());
    };
    let named = keys.iter().find_map(|key| Some((facts.named(membership, key, Kind::Process)?, *key)));
    named.map_or(Governs::Nobody, |(process, key)| Governs::Process(process, membership, key))
}

fn of_roles<'p>(facts: &Facts<'p>, role: Option<String>, keys: &[&'static str]) -> Vec<Governs<'p>> {
    let roles = match &role {
        Some(name) => facts.decl(Kind::Role, name).into_iter().collect(),
        // Which role it is shows only when it runs: it may be each that can be assigned.
        None => facts
            .all(Kind::Role)
            .into_iter()
            .filter(|role| role.settings.name("assigned_by").is_some())
            .collect::<Vec<_>>(),
    };
    let of = |role: &'p Decl| {
        let named = keys.iter().find_map(|key| Some((facts.named(role, key, Kind::Process)?, *key)));
        match named {
            Some((process, key)) => Governs::Process(process, role, key),
            None => Governs::Missing(
                match ["held_by", "elected_by"].into_iter().find(|key| role.settings.name(key).is_some()) {
                    Some(key) => format!(
                        "`{}` is filled by its `{key}` alone: take this effect out, or let a process assign the role",
                        role.name
                    ),
                    None => format!("set `{}` in the role `{}`", keys.first().unwrap_or(&""), role.name),
                },
            ),
        }
    };
    roles.into_iter().map(of).collect()
}

fn by_account<'p>(facts: &Facts<'p>, account: Option<&str>) -> Governs<'p> {
    let (kind, name) = account.and_then(|account| account.split_once(':')).unwrap_or_default();
    match kind {
        "treasury" => match facts
            .decl(Kind::Treasury, name)
            .and_then(|treasury| Some((facts.named(treasury, "spend", Kind::Process)?, treasury)))
        {
            Some((process, treasury)) => Governs::Process(process, treasury, "spend"),
            None => Governs::Nobody,
        },
        "budget" => facts.decl(Kind::Budget, name).map_or(Governs::Nobody, |budget| by_budget(facts, budget)),
        "body" => match facts.decl(Kind::Body, name) {
            Some(_) => {
                Governs::Missing(format!("what `{name}` holds has no rule for spending: keep it in a `treasury`"))
            }
            None => Governs::Nobody,
        },
        // A person's own account: the kernel asks that person.
        _ => Governs::Nobody,
    }
}

/// A budget is spent by its bands and spenders.
fn by_budget<'p>(facts: &Facts<'p>, budget: &'p Decl) -> Governs<'p> {
    let role = |value: Option<&Value>| match value {
        Some(Value::Name(name)) => facts.decl(Kind::Role, name),
        _ => None,
    };
    let spenders = budget.settings.named("spender").filter_map(|(name, _)| facts.decl(Kind::Role, name));
    let approvers = budget.settings.bands().iter().filter_map(|band| role(band.settings.get("role")));
    let people: Vec<_> = spenders.chain(approvers).collect();
    let process = budget.settings.bands().iter().find_map(|band| match band.settings.get("process") {
        Some(Value::Name(name)) => facts.decl(Kind::Process, name),
        _ => None,
    });
    match (people.is_empty(), process) {
        (false, _) => {
            Governs::People(people, budget, if budget.settings.get("spender").is_some() { "spender" } else { "band" })
        }
        (true, Some(process)) => Governs::Process(process, budget, "band"),
        (true, None) => Governs::Missing(format!("give the budget `{}` a `band`, or a `spender`", budget.name)),
    }
}

fn by_people<'p>(facts: &Facts<'p>, decl: &'p Decl, key: &'static str, missing: Option<&str>) -> Governs<'p> {
    match facts.people(decl, key) {
        Some(people) => Governs::People(vec![people], decl, key),
        None => match missing {
            Some(key) => Governs::Missing(format!("set `{key}` in the {} `{}`", decl.kind.word(), decl.name)),
            None => Governs::Nobody,
        },
    }
}

fn by_amendment<'p>(facts: &Facts<'p>) -> Vec<Governs<'p>> {
    let processes = facts.amending.clone();
    if processes.is_empty() {
        return vec![Governs::Missing(
            "add a proposal that enacts a constitution: its process decides this too".into(),
        )];
    }
    processes.into_iter().map(|process| Governs::Process(process, process, "voters")).collect()
}

/// Who may issue or take back the credentials that code calls for.
fn of_credentials<'p>(facts: &Facts<'p>, function: usize) -> Vec<(Builtin, Governs<'p>)> {
    let Some(function) = facts.program.functions.get(function) else { return Vec::new() };
    let mut found = Vec::new();
    each_expr(&function.body, &mut |expr| {
        let ExprKind::Builtin(builtin, args) = &expr.kind else { return };
        let name = args.get(1).and_then(|arg| match (&arg.kind, &arg.ty) {
            (ExprKind::Value(crate::value::Value::Text(name)), _) if *builtin == Builtin::Revoke => Some(name),
            (_, Type::Named(name)) if *builtin == Builtin::Issue => Some(name),
            _ => None,
        });
        let Some(card) = name.and_then(|name| facts.decl(Kind::Credential, name)) else { return };
        let key = match builtin {
            Builtin::Revoke if card.settings.name("revocable_by").is_some() => "revocable_by",
            _ => "issuer",
        };
        found.push((*builtin, by_people(facts, card, key, None)));
    });
    found
}

/// What governs payments from an account that is known only when code runs: it may be each treasury and budget.
fn of_computed_accounts<'p>(facts: &Facts<'p>, function: usize) -> Vec<(Builtin, Governs<'p>)> {
    let Some(function) = facts.program.functions.get(function) else { return Vec::new() };
    let account = |expr: &Expr| match &expr.kind {
        // A person stands here as an account; what it was declared as tells.
        ExprKind::Local(local) => function.locals.get(*local) == Some(&Type::Account),
        ExprKind::State(state) => facts.program.states.get(*state).is_some_and(|state| state.ty == Type::Account),
        _ => false,
    };
    let mut builtins = BTreeSet::new();
    each_expr(&function.body, &mut |expr| {
        let ExprKind::Builtin(builtin, args) = &expr.kind else { return };
        let from = match builtin {
            Builtin::Transfer | Builtin::Burn => args.first(),
            Builtin::Lock | Builtin::Fund => args.get(1),
            _ => None,
        };
        if from.is_some_and(account) {
            builtins.insert(*builtin);
        }
    });
    let accounts = facts.program.decls.iter().filter(|decl| matches!(decl.kind, Kind::Treasury | Kind::Budget));
    let names: Vec<_> = accounts.map(|decl| format!("{}:{}", decl.kind.word(), decl.name)).collect();
    let each = |builtin: Builtin| names.iter().map(|name| (builtin, by_account(facts, Some(name)))).collect::<Vec<_>>();
    builtins.into_iter().flat_map(each).collect()
}

/// All that governs what a piece of code does.
fn all_governing<'p>(facts: &Facts<'p>, function: usize) -> Vec<(Builtin, Governs<'p>)> {
    let Some(reached) = facts.reached.get(&function) else { return Vec::new() };
    let host = reached.effects.iter().flat_map(|effect| {
        governs(facts, effect).into_iter().map(|governs| (effect.builtin, governs)).collect::<Vec<_>>()
    });
    host.chain(of_credentials(facts, function)).chain(of_computed_accounts(facts, function)).collect()
}

/// Whether a process may stand for the governing one: it is it, is at least as strict, or is its declared fast path.
fn weaker_path<'p>(facts: &Facts<'p>, process: &'p Decl, governing: &'p Decl) -> Option<Component> {
    let component = weaker(facts, process, governing)?;
    match facts.named(process, "emergency_for", Kind::Process) {
        Some(normal) if weaker(facts, normal, governing).is_none() => None,
        _ => Some(component),
    }
}

/// Whether a process is bound to people: only they vote, or one of them carries it out, or it is as strict as what appoints
/// them, or as the amendment.
fn is_bound<'p>(facts: &Facts<'p>, process: &'p Decl, people: &[&'p Decl]) -> bool {
    let voters = facts.people(process, "voters");
    let executor = match process.settings.get("executor") {
        Some(Value::Word(word, Some(payload))) if word == "role" => match &**payload {
            Value::Name(role) => facts.decl(Kind::Role, role),
            _ => None,
        },
        _ => None,
    };
    let within = |of: Option<&'p Decl>| of.is_some_and(|of| people.iter().any(|people| facts.is_within(of, people)));
    let strict = |other: &'p Decl| weaker_path(facts, process, other).is_none();
    within(voters)
        || within(executor)
        || people.iter().any(|people| facts.named(people, "assigned_by", Kind::Process).is_some_and(strict))
        || facts.amending.iter().copied().any(strict)
}

/// CHK-32, CHK-33: what a proposal does is decided by the process that governs it, or one as strict.
fn proposal_effects<'p>(facts: &mut Facts<'p>, proposal: &'p Decl) {
    let Some(process) = facts.named(proposal, "process", Kind::Process) else { return };
    let Some(effect) = facts.effect_of(&proposal.name) else { return };
    if facts.is_broken(process) || facts.is_broken(proposal) {
        return;
    }
    for (builtin, governing) in all_governing(facts, effect) {
        // Its process is the amendment by that, and compared with all.
        if builtin == Builtin::EnactConstitution {
            continue;
        }
        let call = facts.call_of(effect, builtin).unwrap_or(proposal.name_span);
        let error = match governing {
            Governs::Nobody => continue,
            Governs::Missing(help) => no_process(builtin, call, help),
            Governs::Process(governing, decl, key) => {
                if facts.is_broken(governing) || governing.name == process.name {
                    continue;
                }
                let Some(component) = weaker_path(facts, process, governing) else { continue };
                let message = format!(
                    "`{}` is decided by `{}`, which {}; here `{}` {}",
                    builtin.word(),
                    governing.name,
                    asks(governing, component),
                    process.name,
                    asks(process, component)
                );
                let error = error_at(Code::WeakProcess, proposal, "process", message).label(call, "this effect");
                let error = error.label(span_of(decl, key), "governed here");
                error
                    .help(format!("set `process: {}`, or one at least as strict in each component", governing.name))
                    .fix(
                        format!("let `{}` decide", governing.name),
                        span_of(proposal, "process"),
                        format!("process: {};", governing.name),
                    )
            }
            Governs::People(people, decl, key) => {
                if is_bound(facts, process, &people) || process_of_band(facts, decl, process) {
                    continue;
                }
                let names = names(&people);
                let message = format!("`{}` is for {names}, and `{}` asks others", builtin.word(), process.name);
                let error = error_at(Code::WeakProcess, proposal, "process", message).label(call, "this effect");
                let error = error.label(span_of(decl, key), "governed here");
                error.help(format!(
                    "let {names} decide or carry it out: `executor: role(…)`, or an action with their permission"
                ))
            }
        };
        facts.tell_of(proposal, error);
        return;
    }
}

/// Whether a process is one that a band of the budget names, or as strict.
fn process_of_band<'p>(facts: &Facts<'p>, budget: &'p Decl, process: &'p Decl) -> bool {
    budget.kind == Kind::Budget
        && budget.settings.bands().iter().any(|band| match band.settings.get("process") {
            Some(Value::Name(name)) => {
                facts.decl(Kind::Process, name).is_some_and(|band| weaker_path(facts, process, band).is_none())
            }
            _ => false,
        })
}

fn names(people: &[&Decl]) -> String {
    people.iter().map(|people| format!("`{}`", people.name)).collect::<Vec<_>>().join(" or ")
}

fn no_process(builtin: Builtin, span: Span, help: String) -> Diagnostic {
    Diagnostic::new(Code::NoProcess, span, format!("nothing says who decides about `{}`", builtin.word())).help(help)
}

/// CHK-34: an action does by itself only what its callers govern; what a process governs needs a proposal.
fn code_effects<'p>(facts: &mut Facts<'p>, at: usize, function: &'p Function) {
    let migrates = facts.program.notes.migrations.contains(&at);
    if migrates {
        return;
    }
    for (builtin, governing) in all_governing(facts, at) {
        let call = facts.call_of(at, builtin).unwrap_or(function.name_span);
        let error = match governing {
            Governs::Nobody => continue,
            Governs::Missing(help) => no_process(builtin, call, help),
            Governs::Process(process, decl, key) => {
                if triggered_by(facts, function).is_some_and(|by| weaker_path(facts, by, process).is_none()) {
                    continue;
                }
                let message = format!("{} does this without a decision of `{}`", called(function), process.name);
                let error =
                    Diagnostic::new(Code::WeakProcess, call, message).label(span_of(decl, key), "governed here");
                error.help("put it into the effect of a proposal with that process")
            }
            Governs::People(people, decl, key) => {
                // The issuer signs what a handler issues.
                if matches!(function.role, Role::Handler(_)) && builtin == Builtin::Issue {
                    continue;
                }
                let Some(stranger) = stranger(facts, function, &people) else { continue };
                let span = facts.program.notes.requires.get(&at).copied().unwrap_or(function.name_span);
                let message = format!(
                    "{} is for {} as well; `{}` is for {}",
                    called(function),
                    stranger,
                    builtin.word(),
                    names(&people)
                );
                let error = Diagnostic::new(Code::WeakProcess, span, message).label(call, "this effect");
                let error = error.label(span_of(decl, key), "governed here");
                error.help("require a permission that only they have")
            }
        };
        facts.tell(error);
        return;
    }
}

/// The process that decides about what a handler reacts to.
fn triggered_by<'p>(facts: &Facts<'p>, function: &Function) -> Option<&'p Decl> {
    let Role::Handler(event) = &function.role else { return None };
    let key = match event.as_str() {
        "MemberAdmitted" => "admit",
        "MemberRemoved" => "remove",
        _ => return None,
    };
    facts.named(facts.membership()?, key, Kind::Process)
}

/// Somebody who may call an action and is none of these people.
fn stranger<'p>(facts: &Facts<'p>, function: &Function, people: &[&'p Decl]) -> Option<String> {
    let Some(permission) = &function.requires else { return Some("everybody".into()) };
    let holders = facts.holders(permission);
    let other = holders.into_iter().find(|role| !people.iter().any(|people| facts.is_within(role, people)))?;
    Some(format!("`{}`", other.name))
}

/// CHK-35: the reserve is not spent more easily than the rest.
fn reserves(facts: &mut Facts<'_>) {
    for treasury in facts.all(Kind::Treasury) {
        let Some(spend) = facts.named(treasury, "spend", Kind::Process) else { continue };
        let reserve = match treasury.settings.block("reserve").and_then(|block| block.get("process")) {
            Some(Value::Name(name)) => facts.decl(Kind::Process, name),
            _ => None,
        };
        let Some(reserve) = reserve.filter(|reserve| !facts.is_broken(reserve) && !facts.is_broken(spend)) else {
            continue;
        };
        let Some(component) = weaker(facts, reserve, spend) else { continue };
        let message = format!(
            "the reserve is spent by `{}`, which {}; the rest by `{}`, which {}",
            reserve.name,
            asks(reserve, component),
            spend.name,
            asks(spend, component)
        );
        let error = error_at(Code::WeakProcess, treasury, "reserve.process", message);
        facts.tell(
            error
                .label(span_of(treasury, "spend"), "the rest")
                .help("what is kept for bad times is not easier to spend: name a stricter process"),
        );
    }
}
