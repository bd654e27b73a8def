//! Why somebody was refused, beyond what the failure says: who could have done it, and what the caller lacks.

use crate::{chain::Chain, outcome::Failure};
use icn_ccl::{
    explain::{self, time},
    program::Role,
    schema::Kind,
};

impl Chain {
    /// What somebody should know whose call or proposal of this name failed so, in sentences.
    pub(crate) fn why(&self, who: &str, name: &str, failure: &Failure) -> Vec<String> {
        match failure {
            Failure::Unauthorised { permission } => self.lacks(who, name, permission),
            Failure::InvariantBroken(invariant) => self.says(&Role::Invariant, invariant),
            Failure::NotAdmissible(proposal) => self.says(&Role::Condition(proposal.clone()), proposal),
            _ => Vec::new(),
        }
    }

    fn says(&self, role: &Role, name: &str) -> Vec<String> {
        let program = self.law().program();
        let said = program.function(role, name).map(|(index, _)| explain::condition(program, index));
        said.map(|said| format!("It says: {said}")).into_iter().collect()
    }

    fn lacks(&self, who: &str, name: &str, permission: &str) -> Vec<String> {
        let (law, economy, now) = (self.law(), self.economy(), self.now());
        let person = who.strip_prefix("did:icn:test:").unwrap_or(who);
        if economy.may(law, who, permission, now) {
            let proposers = self.proposers(name).map(|group| self.group(&group));
            return proposers
                .map(|group| format!("`{name}` is proposed by {group}, and {person} is not in it"))
                .into_iter()
                .collect();
        }
        let roles = law.roles_with(permission);
        let mut sentences: Vec<_> = roles.iter().map(|role| self.way_into(person, who, role)).collect();
        if sentences.is_empty() {
            sentences.push("No role has it".into());
        }
        sentences.push(match economy.members.get(who) {
            None => format!("{person} is no member"),
            Some(member) => match member.suspended_until.filter(|until| now < *until) {
                Some(until) => format!("{person} is suspended until {}", time(until)),
                None => format!("{person} is in the class `{}`", member.class),
            },
        });
        sentences
    }

    /// How one comes to hold a role, and what of that somebody lacks.
    fn way_into(&self, person: &str, who: &str, role: &str) -> String {
        let (law, now) = (self.law(), self.now());
        let settings = law.decl(Kind::Role, role).map(|decl| &decl.settings);
        let setting = |key: &str| settings.and_then(|settings| settings.name(key));
        let lacks = |kind: &&str| self.economy().credential(who, kind, now).is_none();
        let missing: Vec<_> = law.needs(role).into_iter().filter(lacks).map(|kind| format!("`{kind}`")).collect();
        let source = match (setting("held_by"), setting("elected_by"), setting("assigned_by")) {
            (Some(group), ..) => format!("held by {}", self.group(group)),
            (_, Some(election), _) => format!("filled by the election `{election}`"),
            (.., Some(process)) => format!("given by the process `{process}`"),
            _ if law.is_by_credentials(role) => "held by who has its credentials and has enrolled".into(),
            _ => "given at the founding".into(),
        };
        match missing.is_empty() {
            true => format!("The role `{role}` has it, {source}"),
            false => {
                format!("The role `{role}` has it, {source}; {person} lacks the credential {}", missing.join(", "))
            }
        }
    }

    fn group(&self, name: &str) -> String {
        let kinds = [Kind::Class, Kind::Role, Kind::Body];
        let kind = kinds.into_iter().find(|kind| self.law().decl(*kind, name).is_some());
        kind.map_or_else(|| format!("`{name}`"), |kind| format!("the {} `{name}`", kind.word()))
    }
}
