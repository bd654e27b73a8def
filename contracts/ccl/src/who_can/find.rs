//! What members should know: how those who decide could be replaced, and what one person can do alone.

use super::{follow, strictness, Rights};
use crate::{
    diff::written,
    explain::{listed, plural},
    program::{Builtin, Decl, Program, Role},
    schema::Kind,
};
use serde::Serialize;
use std::collections::BTreeSet;

/// What kind of finding it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// Those who decide on this document can be outvoted by new ones, who are admitted more easily.
    PackedElectorate,
    /// One person can do by itself what moves value or changes who may do what.
    SingleHand,
    /// Those who hold a role decide by themselves who holds it.
    SelfFilling,
    /// Nobody can do it.
    NoHolder,
}

/// Something that members should know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// Which kind.
    pub kind: FindingKind,
    /// Groups and declarations that it is about.
    pub about: BTreeSet<String>,
    /// In words.
    pub sentence: String,
    /// Where the text stands.
    pub articles: Vec<usize>,
}

/// All findings about a document. They are no errors: a community may want it so.
pub fn findings(program: &Program) -> Vec<Finding> {
    let mut all = Vec::new();
    for amendment in amendments(program) {
        packed(program, amendment, &mut all);
    }
    single_hands(program, &mut all);
    for role in program.decls_of(Kind::Role) {
        all.extend(self_filling(program, role));
    }
    all
}

/// Processes by which the document is changed.
pub(super) fn amendments(program: &Program) -> Vec<&Decl> {
    let mut all: Vec<&Decl> = Vec::new();
    for (index, function) in program.functions_of(|role| matches!(role, Role::Effect(_))) {
        let enacts = program.effects(index).host.iter().any(|effect| effect.builtin == Builtin::EnactConstitution);
        let proposal = program.decl(Kind::Proposal, &function.name).filter(|_| enacts);
        let process = proposal.and_then(|proposal| proposal.settings.name("process"));
        let process = process.and_then(|process| program.decl(Kind::Process, process));
        all.extend(process.filter(|process| !all.iter().any(|known| known.name == process.name)));
    }
    all
}

/// The group that a group comes down to: all of a body are its members, and holders of a role are whoever holds it.
pub(super) fn base_of<'a>(program: &'a Program, group: &'a str) -> &'a str {
    let mut name = group;
    for _ in 0..=program.decls.len() {
        let next = match (program.decl(Kind::Body, name), program.decl(Kind::Role, name)) {
            (Some(body), _) if body.settings.word("selection").is_none_or(|word| word == "all") => {
                body.settings.name("members")
            }
            (None, Some(role)) => role.settings.name("held_by"),
            _ => None,
        };
        match next {
            Some(next) => name = next,
            None => break,
        }
    }
    name
}

/// Ways into the electorate of an amendment that are easier than the amendment.
fn packed(program: &Program, amendment: &Decl, into: &mut Vec<Finding>) {
    let voters = amendment.settings.name("voters").unwrap_or_default();
    let base = base_of(program, voters);
    for entry in follow::entries(program, base) {
        let about = BTreeSet::from([base.to_string(), amendment.name.clone(), entry.through.clone()]);
        let easier = match &entry.process {
            Some(process) => strictness::words(program, process, &amendment.name),
            None => vec!["no vote at all".into()],
        };
        if easier.is_empty() {
            continue;
        }
        let by = match &entry.process {
            Some(process) => format!("`{}`, decided by `{process}`,", entry.through),
            None => {
                let who: Vec<_> = entry.who.iter().map(|group| format!("the {}", plural(group))).collect();
                format!("`{}`, done by {} alone,", entry.through, listed(&who, "or"))
            }
        };
        let sentence = format!(
            "Those who decide on this document could be outvoted by newcomers: {by} makes {}, and is easier than `{}` ({}).",
            plural(base),
            amendment.name,
            easier.join("; ")
        );
        let articles = entry.articles.iter().copied().chain([amendment.article]).collect();
        into.push(Finding { kind: FindingKind::PackedElectorate, about, sentence, articles });
    }
}

/// Effects of actions that move value or change who may do what.
fn single_hands(program: &Program, into: &mut Vec<Finding>) {
    let rights = Rights::of(program);
    let weighty = [
        Builtin::Transfer,
        Builtin::Mint,
        Builtin::Burn,
        Builtin::Fund,
        Builtin::GrantRole,
        Builtin::RevokeRole,
        Builtin::Admit,
        Builtin::SetClass,
        Builtin::Remove,
        Builtin::Suspend,
        Builtin::SetParam,
        Builtin::EnactConstitution,
    ];
    for (index, action) in program.functions_of(|role| *role == Role::Action) {
        let effects = program.effects(index);
        let does: Vec<_> = effects
            .host
            .iter()
            .filter(|effect| weighty.contains(&effect.builtin) && !effect.is_own())
            .map(|effect| written::effect(program, effect))
            .collect();
        let holders = action.requires.as_deref().map(|permission| rights.holders(permission));
        if does.is_empty() || holders.as_ref().is_some_and(BTreeSet::is_empty) {
            continue;
        }
        let Some(holders) = holders else {
            let sentence = format!("Anybody can {} by `{}`.", listed(&does, "and"), action.name);
            let about = BTreeSet::from([action.name.clone()]);
            into.push(Finding { kind: FindingKind::SingleHand, about, sentence, articles: Vec::new() });
            continue;
        };
        let who: Vec<_> = holders.iter().map(|role| role.replace('_', " ")).collect();
        let articles = holders.iter().filter_map(|role| program.decl(Kind::Role, role)).map(|role| role.article);
        let sentence = format!("A single {} can {} by `{}`.", listed(&who, "or"), listed(&does, "and"), action.name);
        let about = holders.iter().cloned().chain([action.name.clone()]).collect();
        into.push(Finding { kind: FindingKind::SingleHand, about, sentence, articles: articles.collect() });
    }
}

fn self_filling(program: &Program, role: &Decl) -> Option<Finding> {
    let source = role.settings.name("assigned_by").and_then(|name| program.decl(Kind::Process, name));
    let source = source.or(role.settings.name("elected_by").and_then(|name| program.decl(Kind::Election, name)))?;
    let voters = source.settings.name("voters")?;
    if base_of(program, voters) != role.name {
        return None;
    }
    let who = plural(&role.name);
    Some(Finding {
        kind: FindingKind::SelfFilling,
        about: BTreeSet::from([role.name.clone(), source.name.clone()]),
        sentence: format!("The {who} decide by themselves who the {who} are, by `{}`.", source.name),
        articles: vec![role.article, source.article],
    })
}
