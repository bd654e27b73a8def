//! What a document lays down, as the organisation asks for it.

use icn_ccl::{
    program::{Decl, Program, SettingValue},
    schema::Kind,
};
use std::{collections::BTreeSet, sync::Arc};

/// A document in force.
#[derive(Clone, Debug)]
pub struct Law {
    program: Arc<Program>,
}

/// A resource's rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ResourceRules {
    pub(crate) transferable: bool,
    pub(crate) cap: Option<i128>,
    pub(crate) max_hold: Option<i128>,
    /// How far below nothing an account may go.
    pub(crate) credit: i128,
}

impl Law {
    /// Of a document without mistakes.
    pub fn new(program: Arc<Program>) -> Self {
        Self { program }
    }

    /// The document.
    pub fn program(&self) -> &Program {
        &self.program
    }

    pub(crate) fn decl(&self, kind: Kind, name: &str) -> Option<&Decl> {
        self.program.decl(kind, name)
    }

    /// Digits of a resource after the point.
    pub fn decimals(&self, resource: &str) -> u32 {
        let decimals = self.decl(Kind::Resource, resource).and_then(|decl| decl.settings.int("decimals"));
        decimals.and_then(|decimals| u32::try_from(decimals).ok()).unwrap_or(0)
    }

    pub(crate) fn resource(&self, name: &str) -> ResourceRules {
        let settings = self.decl(Kind::Resource, name).map(|decl| &decl.settings);
        let amount = |key: &str| settings.and_then(|settings| settings.amount(key));
        ResourceRules {
            transferable: settings.is_none_or(|settings| settings.is_true("transferable")),
            cap: amount("cap"),
            max_hold: amount("max_hold"),
            credit: match settings.and_then(|settings| settings.word("kind")) {
                Some("mutual_credit") => amount("credit_limit").unwrap_or(0),
                _ => 0,
            },
        }
    }

    /// The role and those that it extends, itself first.
    pub(crate) fn ancestors<'a>(&'a self, role: &'a str) -> Vec<&'a str> {
        let mut chain = vec![role];
        while let Some(next) = chain.last().and_then(|role| self.decl(Kind::Role, role)?.extends.as_deref()) {
            if chain.contains(&next) {
                break;
            }
            chain.push(next);
        }
        chain
    }

    /// The role and those that extend it, directly or not.
    pub(crate) fn descendants(&self, role: &str) -> BTreeSet<&str> {
        let roles = self.program.decls_of(Kind::Role).map(|decl| decl.name.as_str());
        roles.filter(|name| self.ancestors(name).contains(&role)).collect()
    }

    /// Roles whose holders have a permission, by themselves or what they extend.
    pub(crate) fn roles_with(&self, permission: &str) -> BTreeSet<&str> {
        let can = |role: &&str| {
            self.ancestors(role).iter().any(|role| {
                self.decl(Kind::Role, role).is_some_and(|decl| decl.settings.names("can").contains(&permission))
            })
        };
        self.program.decls_of(Kind::Role).map(|decl| decl.name.as_str()).filter(can).collect()
    }

    /// Credentials that holders of a role need, by themselves and what the role extends.
    pub(crate) fn needs<'a>(&'a self, role: &'a str) -> BTreeSet<&'a str> {
        let needs = |role: &&'a str| self.decl(Kind::Role, role).map(|decl| decl.settings.names("needs"));
        self.ancestors(role).iter().filter_map(needs).flatten().collect()
    }

    /// Whether a role is held by whoever has its credentials, once enrolled.
    pub(crate) fn is_by_credentials(&self, role: &str) -> bool {
        let Some(decl) = self.decl(Kind::Role, role) else { return false };
        let sources = ["held_by", "elected_by", "assigned_by"];
        !decl.settings.names("needs").is_empty() && sources.iter().all(|key| decl.settings.get(key).is_none())
    }

    /// The share of a treasury that is kept.
    pub(crate) fn reserve(&self, treasury: &str) -> (i128, i128) {
        let block = self.decl(Kind::Treasury, treasury).and_then(|decl| decl.settings.block("reserve"));
        match block.and_then(|block| block.get("share")) {
            Some(SettingValue::Ratio(numerator, denominator)) => (*numerator, *denominator),
            _ => (0, 1),
        }
    }

    /// Resource and total of a budget, and its period.
    pub(crate) fn budget(&self, name: &str) -> Option<(&str, i128, i64, i64)> {
        let settings = &self.decl(Kind::Budget, name)?.settings;
        let period = settings.block("period")?;
        let moment = |key: &str| match period.get(key) {
            Some(SettingValue::Time(millis)) => Some(*millis),
            _ => None,
        };
        Some((settings.name("resource")?, settings.amount("total")?, moment("from")?, moment("to")?))
    }
}
