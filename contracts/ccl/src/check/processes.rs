//! Each process and election by itself.

use super::{
    facts::{duration_text, error_at, method, share_text, span_of, Facts},
    groups::Group,
};
use crate::{
    diagnostic::{Code, Diagnostic},
    number::compare,
    program::{Decl, SettingValue as Value},
    schema::Kind,
};
use std::collections::BTreeSet;

pub(super) fn check(facts: &mut Facts<'_>) {
    for process in facts.all(Kind::Process) {
        threshold(facts, process);
        classes(facts, process);
        times(facts, process);
        secrecy(facts, process);
        weights(facts, process);
        emergency_of_itself(facts, process);
        deposit(facts, process);
        voters(facts, process);
    }
    stages(facts);
    for election in facts.all(Kind::Election) {
        election_times(facts, election);
        voters(facts, election);
    }
}

/// CHK-1 to CHK-4: the threshold by the method.
fn threshold<'p>(facts: &mut Facts<'p>, process: &'p Decl) {
    let own = process.settings.ratio("threshold");
    let (method, payload) = method(process);
    let half = (1, 2);
    let wrong = |message: String| Some(error_at(Code::BadRatio, process, "threshold", message));
    let missing = |example: &str| {
        let message = format!("the method `{method}` needs a threshold, and `{}` has none", process.name);
        let span = span_of(process, "method");
        Some(Diagnostic::new(Code::MissingKey, span, message).help("say which share of the votes must agree").fix(
            format!("add `threshold: {example};`"),
            span,
            format!("method: {method}; threshold: {example};"),
        ))
    };
    let error = match (method, own) {
        ("majority", None) => missing("1/2"),
        ("supermajority", None) => missing("2/3"),
        ("majority", Some(share)) if compare(share, half).is_lt() || share == (1, 1) => wrong(format!(
            "a majority is more than 50%, or more than a share below 100%; not more than {}",
            share_text(share)
        ))
        .map(|error| error.help("below 50% both sides could win; more than 100% never agree")),
        ("supermajority", Some(share)) if compare(share, half).is_le() => {
            wrong(format!("a supermajority is above 50% and at most 100%, not {}", share_text(share)))
                .map(|error| error.help("use `method: majority` where more than half is enough"))
        }
        ("consent" | "lazy_consent" | "unanimous" | "consensus" | "multi_class", Some(_)) => {
            let why = match method {
                "multi_class" => "each class has its own",
                "consensus" => "it is given in the brackets of the method",
                "unanimous" => "all must agree",
                _ => "only objections count",
            };
            let message = format!("the method `{method}` has no threshold: {why}");
            let error = error_at(Code::Conflict, process, "threshold", message);
            let span = span_of(process, "threshold");
            Some(
                error
                    .label(span_of(process, "method"), "by this method")
                    .help("a threshold here would be read and never applied")
                    .fix("remove it", span, ""),
            )
        }
        ("approval" | "score" | "quadratic" | "conviction", Some((0, _))) => {
            wrong("a threshold of 0% is always reached".into()).map(|error| error.help("leave it out, or raise it"))
        }
        _ => payload_of(process, method, payload),
    };
    if let Some(error) = error {
        facts.tell_of(process, error);
    }
}

/// CHK-3: what stands in the brackets of a method.
fn payload_of(process: &Decl, method: &str, payload: Option<&Value>) -> Option<Diagnostic> {
    match (method, payload) {
        ("consensus", Some(Value::Ratio(a, b))) if compare((*a, *b), (1, 2)).is_le() => {
            let message = format!("consensus is above 50% and at most 100%, not {}", share_text((*a, *b)));
            Some(error_at(Code::BadRatio, process, "method", message).help("less than half agreeing is no consensus"))
        }
        ("conviction", Some(Value::Duration(0))) => {
            let message = "conviction needs time to grow; its half-life is above 0";
            Some(error_at(Code::Conflict, process, "method", message).help("write for example `conviction(3d)`"))
        }
        _ => None,
    }
}

/// CHK-5: classes that must each agree.
fn classes<'p>(facts: &mut Facts<'p>, process: &'p Decl) {
    let classes: Vec<_> = process.settings.named("class").collect();
    let by_class = method(process).0 == "multi_class";
    if by_class && classes.is_empty() {
        let message = format!("`{}` asks each class, and names none", process.name);
        let help = "add `class name { quorum: …; threshold: …; }` for each class that must agree";
        facts.tell_of(process, error_at(Code::MissingKey, process, "method", message).help(help));
    }
    for (name, block) in classes {
        let path = format!("class.{name}");
        if !by_class {
            let message = format!("`class {name}` is asked only by the method multi_class");
            let error = error_at(Code::Conflict, process, &path, message);
            let error = error.label(span_of(process, "method"), "the method is another");
            facts.tell_of(process, error.help("set `method: multi_class`, or remove what classes must agree to"));
            return;
        }
        if let Some(Value::Ratio(a, b)) = block.get("threshold") {
            if compare((*a, *b), (1, 2)).is_lt() {
                let message = format!("a class agrees by at least half of its votes, not {}", share_text((*a, *b)));
                let error = error_at(Code::BadRatio, process, &format!("{path}.threshold"), message);
                facts.tell_of(process, error.help("below 50% both sides could win"));
            }
        }
        let class = facts.decl(Kind::Class, name);
        let voters = facts.people(process, "voters");
        if let (Some(class), Some(voters)) = (class, voters) {
            if !facts.meet(class, voters) {
                let message = format!("nobody of the class `{name}` is among the voters");
                let error = error_at(Code::Conflict, process, &path, message);
                let error = error.label(span_of(process, "voters"), "these vote");
                facts.tell_of(process, error.help("the class could never agree: let it vote, or do not ask it"));
            }
        }
    }
}

/// CHK-6, CHK-7: a decision takes time, and does not lapse before it can take effect.
fn times<'p>(facts: &mut Facts<'p>, process: &'p Decl) {
    let get = |key| process.settings.duration(key);
    let time = |key| get(key).unwrap_or(0);
    if time("deliberation").saturating_add(time("voting")) == 0 {
        let message = format!("`{}` leaves no time to talk or to vote", process.name);
        let error = error_at(Code::Conflict, process, "voting", message);
        let error = error.label(span_of(process, "deliberation"), "no time here either");
        facts.tell_of(process, error.help("a decision that is over when it begins cannot be taken part in"));
        return;
    }
    let needed = time("deliberation").saturating_add(time("voting")).saturating_add(time("timelock"));
    if let Some(expires) = get("expires").filter(|expires| needed >= *expires) {
        let message = format!(
            "a proposal lapses after {}, and takes {} until it has effect",
            duration_text(expires),
            duration_text(needed)
        );
        let error = error_at(Code::Conflict, process, "expires", message);
        let error = error.label(span_of(process, "voting"), "deliberation, voting and timelock come before");
        facts.tell_of(process, error.help("nothing could ever take effect: let it lapse later, or decide faster"));
    }
    if let Some(min) = get("min_voting").filter(|min| *min > time("voting")) {
        let message =
            format!("voting is open {} at least, and {} at most", duration_text(min), duration_text(time("voting")));
        let error = error_at(Code::Conflict, process, "min_voting", message);
        facts.tell_of(
            process,
            error.label(span_of(process, "voting"), "at most so long").help("the least is not above the most"),
        );
    }
}

/// CHK-8: a secret vote cannot be delegated, nor ended early.
fn secrecy<'p>(facts: &mut Facts<'p>, process: &'p Decl) {
    if process.settings.word("secret") != Some("always") {
        return;
    }
    let why = if process.settings.name("delegation").is_some() {
        Some(("delegation", "delegates could see how those who trust them voted"))
    } else if process.settings.is_true("early") {
        Some(("early", "ending early tells how the votes stand"))
    } else {
        None
    };
    if let Some((other, why)) = why {
        let message = format!("a vote that is always secret excludes `{other}`");
        let error = error_at(Code::Conflict, process, "secret", message).label(span_of(process, other), why);
        facts.tell_of(process, error.help("drop one of the two settings"));
    }
}

/// CHK-9: what weighs votes must be there.
fn weights<'p>(facts: &mut Facts<'p>, process: &'p Decl) {
    let method = method(process).0;
    let error = match process.settings.word("weight") {
        Some("class") if facts.program.decls_of(Kind::Class).next().is_none() => {
            let message = "votes weigh by class, and there are no classes";
            Some(
                error_at(Code::Conflict, process, "weight", message)
                    .help("declare classes with a `weight`, or use `equal`"),
            )
        }
        Some("quadratic") if method != "quadratic" => {
            let message = format!("votes weigh quadratically only by the method quadratic, not by `{method}`");
            let error = error_at(Code::Conflict, process, "weight", message);
            Some(
                error
                    .label(span_of(process, "method"), "by this method")
                    .help("set `method: quadratic(credits)`, or `weight: equal`"),
            )
        }
        Some("class") if matches!(method, "quadratic" | "unanimous" | "consent" | "lazy_consent") => {
            let message = format!("by the method `{method}` votes do not weigh by class");
            let error = error_at(Code::Conflict, process, "weight", message);
            Some(error.label(span_of(process, "method"), "by this method").help("set `weight: equal`"))
        }
        _ => None,
    };
    if let Some(error) = error {
        facts.tell_of(process, error);
    }
}

/// CHK-10: no process passes through itself.
fn stages(facts: &mut Facts<'_>) {
    let mut done = BTreeSet::new();
    for process in facts.all(Kind::Process) {
        let (mut path, mut open) = (BTreeSet::new(), vec![(process, false)]);
        while let Some((current, left)) = open.pop() {
            let name = current.name.as_str();
            if left {
                path.remove(name);
                done.insert(name);
                continue;
            }
            if path.contains(name) {
                let message = format!("`{name}` passes through itself");
                let error = error_at(Code::Conflict, current, "stages", message);
                facts.tell_of(current, error.help("a decision must come to an end: take it out of its own stages"));
                continue;
            }
            if done.contains(name) {
                continue;
            }
            path.insert(name);
            open.push((current, true));
            let next: Vec<_> = current
                .settings
                .names("stages")
                .into_iter()
                .filter_map(|name| facts.decl(Kind::Process, name))
                .collect();
            open.extend(next.into_iter().map(|next| (next, false)));
        }
    }
}

/// CHK-11: a process is the fast path of another one, which is none itself.
fn emergency_of_itself<'p>(facts: &mut Facts<'p>, process: &'p Decl) {
    let Some(normal) = facts.named(process, "emergency_for", Kind::Process) else { return };
    let error = if normal.name == process.name {
        Some("a process is not the fast path of itself".to_string())
    } else if normal.settings.name("emergency_for").is_some() {
        Some(format!("`{}` is a fast path itself", normal.name))
    } else {
        None
    };
    if let Some(message) = error {
        let error = error_at(Code::Conflict, process, "emergency_for", message);
        facts.tell_of(process, error.help("name the process that decides when there is time"));
    }
}

/// CHK-12: what one puts down can be had.
fn deposit<'p>(facts: &mut Facts<'p>, process: &'p Decl) {
    let Some(Value::Amount { minor, resource }) = process.settings.get("deposit") else { return };
    let Some(resource) = facts.decl(Kind::Resource, resource) else { return };
    for (key, words) in [("cap", "there is at most"), ("max_hold", "one may hold at most")] {
        if let Some(most) = resource.settings.amount(key).filter(|most| minor > most) {
            let _ = most;
            let message = format!("the deposit is more `{}` than {words}", resource.name);
            let error = error_at(Code::QuorumUnreachable, process, "deposit", message);
            let error = error.label(span_of(resource, key), "at most this");
            facts.tell_of(process, error.help("nobody could ever propose: lower the deposit"));
            return;
        }
    }
}

/// CHK-13: a class that has no vote does not vote.
fn voters<'p>(facts: &mut Facts<'p>, decl: &'p Decl) {
    let Some(voters) = facts.people(decl, "voters") else { return };
    let Some(Group::Class(name)) = facts.group_at(facts.group(voters)) else { return };
    let Some(class) = facts.decl(Kind::Class, name).filter(|class| !class.settings.is_true("votes")) else { return };
    let message = format!("`{}` is decided by the class `{name}`, whose members have no vote", decl.name);
    let error = error_at(Code::Conflict, decl, "voters", message).label(span_of(class, "votes"), "no vote");
    facts.tell_of(decl, error.help("let another class decide, or give this one the vote"));
}

/// CHK-14: an election is over before the term that it fills.
fn election_times<'p>(facts: &mut Facts<'p>, election: &'p Decl) {
    let time = |key| election.settings.duration(key).unwrap_or(0);
    if time("voting") == 0 {
        let message = format!("the election `{}` leaves no time to vote", election.name);
        facts.tell_of(election, error_at(Code::Conflict, election, "voting", message).help("give it some days"));
        return;
    }
    let Some(role) = facts.named(election, "role", Kind::Role) else { return };
    let needed =
        ["nominate", "campaign", "voting", "handover"].into_iter().fold(0i64, |sum, key| sum.saturating_add(time(key)));
    if let Some(term) = role.settings.duration("term").filter(|term| needed >= *term) {
        let message = format!(
            "the election takes {}, a term of `{}` is {}",
            duration_text(needed),
            role.name,
            duration_text(term)
        );
        let error = error_at(Code::Conflict, election, "voting", message).label(span_of(role, "term"), "this term");
        facts.tell_of(election, error.help("terms would overlap: make the election shorter, or the term longer"));
    }
}
