//! The document as a whole, its membership, credentials, disputes and what it protects.

use super::facts::{error_at, span_of, Facts};
use crate::{
    diagnostic::{Code, Diagnostic, Span},
    nearest::nearest,
    program::{Decl, SettingValue as Value},
    schema::Kind,
};
use std::collections::BTreeMap;

pub(super) fn check(facts: &mut Facts<'_>) {
    organization(facts);
    membership(facts);
    for card in facts.all(Kind::Credential) {
        disclosed(facts, card);
    }
    for dispute in facts.all(Kind::Dispute) {
        steps(facts, dispute);
    }
    for process in facts.all(Kind::Process) {
        objections(facts, process);
        delegation(facts, process);
    }
    entrenched_twice(facts);
}

/// CHK-46: a document is about one organisation; the founding ones say which.
fn organization(facts: &mut Facts<'_>) {
    let all = facts.all(Kind::Organization);
    let header = &facts.program.header;
    if let [first, second, ..] = all.as_slice() {
        let error = Diagnostic::new(Code::DuplicateKey, second.name_span, "a document is about one organisation");
        facts.tell(error.label(first.name_span, "this one").help("write another document for the other"));
    }
    if all.is_empty() && matches!(header.document.as_str(), "constitution" | "bylaws" | "charter") {
        let span = header.span.unwrap_or(Span::new(0, 0));
        let error =
            Diagnostic::new(Code::MissingKey, span, format!("this {} does not say whose it is", header.document));
        facts.tell(error.help("add `organization name { name: \"…\"; }`"));
    }
}

/// CHK-47: there is one membership, it has classes, and with several it says which is the first.
fn membership(facts: &mut Facts<'_>) {
    let all = facts.all(Kind::Membership);
    if let [first, second, ..] = all.as_slice() {
        let error = Diagnostic::new(Code::DuplicateKey, second.name_span, "an organisation has one membership");
        facts.tell(error.label(first.name_span, "this one").help("use classes for members with other rights"));
    }
    let Some(membership) = all.first() else { return };
    let classes = facts.all(Kind::Class);
    if classes.is_empty() {
        let error =
            Diagnostic::new(Code::MissingKey, membership.name_span, "members are in a class, and there is none");
        facts.tell(error.help("add `class member { votes: true; }`"));
    }
    if let ([first, second, ..], None) = (classes.as_slice(), membership.settings.name("default_class")) {
        let message = format!("`{}` does not say in which class new members are", membership.name);
        let error = Diagnostic::new(Code::MissingKey, membership.name_span, message);
        let error = error.label(first.name_span, "this one?").label(second.name_span, "or this one?");
        facts.tell(error.help("set `default_class`"));
    }
}

/// CHK-48: what is disclosed is claimed.
fn disclosed<'p>(facts: &mut Facts<'p>, card: &'p Decl) {
    let claims = card.settings.claims();
    let known: Vec<_> = claims.iter().map(|claim| claim.name.as_str()).collect();
    for name in card.settings.names("disclose") {
        if !known.contains(&name) {
            let message = format!("`{}` claims nothing called `{name}`", card.name);
            let mut error =
                error_at(Code::UnknownName, card, "disclose", message).label(span_of(card, "claims"), "it claims this");
            if let Some(near) = nearest(name, known.iter().copied()) {
                error = error.help(format!("did you mean `{near}`?"));
            }
            facts.tell_of(card, error);
            return;
        }
    }
}

/// CHK-49: a dispute with a panel says how many judge.
fn steps<'p>(facts: &mut Facts<'p>, dispute: &'p Decl) {
    let word = |step: &Value, word: &str| matches!(step, Value::Word(found, _) if found == word);
    let steps = match dispute.settings.get("steps") {
        Some(Value::List(steps)) => steps.as_slice(),
        _ => &[],
    };
    if steps.is_empty() {
        let error = error_at(Code::MissingKey, dispute, "steps", "a dispute that takes no step is never settled");
        facts.tell_of(dispute, error.help("begin with `dialogue`, end with who decides"));
    } else if steps.iter().any(|step| word(step, "panel")) && dispute.settings.int("panel_size").is_none() {
        let error = error_at(Code::MissingKey, dispute, "steps", "a panel judges, and its size is not said");
        facts.tell_of(dispute, error.help("set `panel_size`"));
    }
}

/// CHK-50: so many objections are within some time.
fn objections<'p>(facts: &mut Facts<'p>, process: &'p Decl) {
    let Some(block) = process.settings.block("objections") else { return };
    if block.contains_key("max_per_period") && !block.contains_key("period") {
        let error = error_at(Code::MissingKey, process, "objections.max_per_period", "so many in which time?");
        facts.tell_of(process, error.help("set `period`"));
    }
}

/// CHK-51: nobody can carry more votes for others than there are others.
fn delegation<'p>(facts: &mut Facts<'p>, process: &'p Decl) {
    let delegation = facts.named(process, "delegation", Kind::Delegation);
    let Some(delegation) = delegation.filter(|delegation| !facts.is_broken(delegation)) else { return };
    let Some(max) = delegation.settings.int("max_in") else { return };
    let most = facts.electorate(process).most;
    if let Some(most) = most.filter(|most| max >= i128::from(*most)) {
        let message = format!("one may carry {max} votes for others, and `{}` has {most} voters in all", process.name);
        let error =
            error_at(Code::Conflict, delegation, "max_in", message).label(span_of(process, "voters"), "these vote");
        facts.tell_of(delegation, error.help("one voter could decide alone: lower `max_in`"));
    }
}

/// CHK-52: what is protected is protected once.
fn entrenched_twice(facts: &mut Facts<'_>) {
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    for clause in &facts.program.entrench {
        for path in &clause.paths {
            if let Some(first) = first.insert(path, clause.span) {
                let error = Diagnostic::new(Code::Conflict, clause.span, format!("`{path}` is protected twice"));
                facts.tell(error.label(first, "here first").help("say once what a change of it needs"));
            }
        }
    }
}
