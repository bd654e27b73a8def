//! Values and calls as they are written in a document, and an organisation in letters.

use crate::{
    chain::Chain,
    economy::is_person,
    values::{moment, show, show_by},
};
use icn_ccl::{manifest::Purpose, sema::test_cid, types::Type, value::Value};
use ipld_core::cid::Cid;
use std::collections::BTreeMap;

/// Names of contents that calls tried out by chance are about.
pub(crate) const CONTENTS: [&str; 4] = ["a", "b", "c", "d"];

/// How tests write what members would read otherwise.
fn source(value: &Value, ty: &Type) -> Option<String> {
    Some(match (value, ty) {
        (Value::Millis(millis), Type::Time) => format!("time\"{}\"", moment(*millis)),
        (Value::Text(text), Type::Text) => quoted(text),
        (Value::Text(text), Type::Did | Type::Account) if is_person(text) => match text.strip_prefix("did:icn:test:") {
            Some(name) => format!("test_did({})", quoted(name)),
            None => format!("did{}", quoted(text)),
        },
        (Value::Text(text), Type::Account) => text.split_once(':').map_or(text.as_str(), |(_, name)| name).into(),
        (Value::Bytes(bytes), Type::Cid) => {
            match CONTENTS.into_iter().find(|name| test_cid(name).to_bytes() == *bytes) {
                Some(name) => format!("test_cid({})", quoted(name)),
                None => format!("cid\"{}\"", Cid::try_from(bytes.as_slice()).ok()?),
            }
        }
        _ => return None,
    })
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted += "\\n",
            '\t' => quoted += "\\t",
            letter if letter.is_control() => quoted += &format!("\\u{{{:x}}}", letter as u32),
            letter => quoted.push(letter),
        }
    }
    quoted + "\""
}

impl Chain {
    pub(crate) fn shown(&self, value: &Value, ty: &Type) -> String {
        show(value, ty, self.types(), &|resource| self.law().decimals(resource))
    }

    /// A value as tests write it.
    pub(crate) fn source_of(&self, value: &Value, ty: &Type) -> String {
        show_by(&source, value, ty, self.types(), &|resource| self.law().decimals(resource))
    }

    /// A call as it is written in a test.
    pub(crate) fn written(&self, purpose: Purpose, name: &str, args: &[Value]) -> String {
        let params = self.manifest().entry(purpose, name).map(|entry| entry.params.as_slice()).unwrap_or_default();
        let args = params.iter().zip(args).map(|(param, value)| self.source_of(value, &param.ty));
        format!("{name}({})", args.collect::<Vec<_>>().join(", "))
    }

    /// What a call gave, in letters.
    pub(crate) fn result_of(&self, purpose: Purpose, name: &str, value: &Value) -> String {
        let entry = self.manifest().entry(purpose, name);
        entry.map_or_else(String::new, |entry| self.shown(value, &entry.result))
    }

    /// All that the organisation and its code keep, in letters: what it is, and its value.
    pub fn described(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        let economy = self.economy();
        let when = |until: Option<i64>| until.map_or_else(String::new, |until| format!(", until {}", moment(until)));
        for (at, state) in self.manifest().states.iter().enumerate() {
            if let Some(value) = self.storage().get(at) {
                all.insert(format!("state {}", state.name), self.shown(&value, &state.ty));
            }
        }
        for (who, member) in &economy.members {
            let suspended =
                member.suspended_until.map_or_else(String::new, |until| format!(", suspended until {}", moment(until)));
            all.insert(format!("member {who}"), format!("{}{suspended}", member.class));
        }
        for (role, who) in economy.assigned.keys().chain(&economy.enrolled) {
            all.insert(format!("role {role} {who}"), "held".into());
        }
        for (body, chosen) in &economy.chosen {
            all.insert(format!("body {body}"), chosen.iter().map(String::as_str).collect::<Vec<_>>().join(", "));
        }
        for ((resource, account), amount) in &economy.balances {
            let shown = self.shown(&Value::Int(*amount), &Type::amount(resource));
            all.insert(format!("balance {account} {resource}"), shown);
        }
        for (name, lock) in &economy.locks {
            let shown = self.shown(&Value::Int(lock.amount), &Type::amount(&lock.resource));
            all.insert(format!("locked {name}"), format!("{shown} of {}", lock.from));
        }
        for ((who, kind), credential) in &economy.credentials {
            all.insert(format!("credential {kind} {who}"), format!("held{}", when(credential.expires)));
        }
        for (name, value) in &economy.params {
            let ty = self.manifest().params.iter().find(|param| param.name == *name).map(|param| &param.ty);
            all.insert(format!("param {name}"), ty.map_or_else(String::new, |ty| self.shown(value, ty)));
        }
        for (at, call) in economy.scheduled.iter().enumerate() {
            all.insert(format!("scheduled {}", at + 1), format!("{} at {}", call.action, moment(call.at)));
        }
        for (at, proposal) in self.proposals.iter().enumerate() {
            all.insert(format!("proposal {} {}", at + 1, proposal.kind), format!("{:?}", proposal.stage));
        }
        all
    }
}
