//! Which groups somebody is in and what they may do by that.

use crate::{
    program::{Program, Role, SettingValue},
    schema::Kind,
};
use std::collections::{BTreeMap, BTreeSet};

/// How somebody stands in an organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ActorState {
    /// The person, where a body names persons.
    pub did: String,
    /// The class of a member.
    pub class: Option<String>,
    /// Roles that were given by an election, an assignment or at the founding.
    pub roles: BTreeSet<String>,
    /// Bodies for which the person was drawn, elected or appointed.
    pub bodies: BTreeSet<String>,
    /// Credentials that are held and enrolled.
    pub credentials: BTreeSet<String>,
}

/// Something that somebody may do or not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Power {
    /// What needs a permission and nothing else.
    Permission(String),
    /// Call an action.
    Act(String),
    /// Make a proposal.
    Propose(String),
    /// Vote in a process.
    Vote(String),
}

/// A rule of a role: what puts somebody into it.
#[derive(Clone, Debug, Default)]
struct RoleRule {
    can: BTreeSet<String>,
    extends: Option<String>,
    held_by: Option<String>,
    needs: BTreeSet<String>,
    /// Whether the credentials alone make one a holder.
    by_credential: bool,
}

/// A rule of a body.
#[derive(Clone, Debug)]
struct BodyRule {
    of: Option<String>,
    persons: BTreeSet<String>,
    chosen: bool,
}

/// What the groups of a document are and may do.
#[derive(Clone, Debug)]
pub struct Rights {
    roles: BTreeMap<String, RoleRule>,
    bodies: BTreeMap<String, BodyRule>,
    /// Classes, and whether they vote.
    classes: BTreeMap<String, bool>,
    /// Permissions that actions require; `None`: anybody may call it.
    actions: BTreeMap<String, Option<String>>,
    /// Processes of proposals.
    proposals: BTreeMap<String, String>,
    /// Voters and proposers of processes.
    processes: BTreeMap<String, (String, String)>,
}

impl Rights {
    /// Of a document.
    pub fn of(program: &Program) -> Self {
        let decls = |kind| program.decls_of(kind);
        let process = |decl: &crate::program::Decl| {
            let voters = decl.settings.name("voters").unwrap_or_default().to_string();
            let proposers = decl.settings.name("proposers").map_or(voters.clone(), str::to_string);
            (decl.name.clone(), (voters, proposers))
        };
        let actions = program.functions_of(|role| *role == Role::Action);
        let actions = actions.map(|(_, action)| (action.name.clone(), action.requires.clone()));
        Self {
            roles: roles(program),
            bodies: decls(Kind::Body).map(|decl| (decl.name.clone(), body(decl))).collect(),
            classes: decls(Kind::Class).map(|decl| (decl.name.clone(), decl.settings.is_true("votes"))).collect(),
            actions: actions.collect(),
            proposals: decls(Kind::Proposal)
                .map(|decl| (decl.name.clone(), decl.settings.name("process").unwrap_or_default().to_string()))
                .collect(),
            processes: decls(Kind::Process).map(process).collect(),
        }
    }

    /// Roles whose holders have a permission: by themselves, or by a role that they extend.
    pub fn holders(&self, permission: &str) -> BTreeSet<String> {
        let mut holders: BTreeSet<String> = BTreeSet::new();
        loop {
            let next: Vec<_> = self
                .roles
                .iter()
                .filter(|(name, rule)| {
                    !holders.contains(*name)
                        && (rule.can.contains(permission)
                            || rule.extends.as_ref().is_some_and(|base| holders.contains(base)))
                })
                .map(|(name, _)| name.clone())
                .collect();
            if next.is_empty() {
                return holders;
            }
            holders.extend(next);
        }
    }

    /// Classes, roles and bodies that somebody is in: the least set that the rules are closed under.
    pub fn groups(&self, actor: &ActorState) -> BTreeSet<String> {
        let mut groups: BTreeSet<String> = actor.class.iter().cloned().collect();
        loop {
            let roles = self.roles.iter().filter(|(name, rule)| self.in_role(name, rule, actor, &groups));
            let bodies = self.bodies.iter().filter(|(name, rule)| in_body(name, rule, actor, &groups));
            let next: Vec<_> = roles.map(|(name, _)| name).chain(bodies.map(|(name, _)| name)).cloned().collect();
            let before = groups.len();
            groups.extend(next);
            if groups.len() == before {
                return groups;
            }
        }
    }

    fn in_role(&self, name: &str, rule: &RoleRule, actor: &ActorState, groups: &BTreeSet<String>) -> bool {
        let given = actor.roles.contains(name)
            || rule.by_credential
            || rule.held_by.as_ref().is_some_and(|group| groups.contains(group));
        let extended = self
            .roles
            .iter()
            .any(|(other, extending)| extending.extends.as_deref() == Some(name) && groups.contains(other));
        (given && rule.needs.is_subset(&actor.credentials)) || extended
    }

    /// Permissions of somebody.
    pub fn permissions(&self, actor: &ActorState) -> BTreeSet<String> {
        self.permissions_of(&self.groups(actor))
    }

    fn permissions_of(&self, groups: &BTreeSet<String>) -> BTreeSet<String> {
        let held = groups.iter().filter_map(|group| self.roles.get(group));
        held.flat_map(|rule| rule.can.iter().cloned()).collect()
    }

    /// Whether somebody may do something.
    pub fn can(&self, actor: &ActorState, power: &Power) -> bool {
        let groups = self.groups(actor);
        let permissions = self.permissions_of(&groups);
        match power {
            Power::Permission(name) => permissions.contains(name),
            Power::Act(name) => self
                .actions
                .get(name)
                .is_some_and(|needed| needed.as_ref().is_none_or(|permission| permissions.contains(permission))),
            Power::Propose(name) => {
                let process = self.proposals.get(name).and_then(|process| self.processes.get(process));
                permissions.contains("propose") && process.is_some_and(|(_, proposers)| groups.contains(proposers))
            }
            Power::Vote(name) => {
                let silent = actor.class.as_ref().is_some_and(|class| self.classes.get(class) == Some(&false));
                let process = self.processes.get(name);
                !silent && permissions.contains("vote") && process.is_some_and(|(voters, _)| groups.contains(voters))
            }
        }
    }

    /// Everything that can be asked about.
    pub fn powers(&self) -> BTreeSet<Power> {
        let permissions = self.roles.values().flat_map(|rule| rule.can.iter().cloned()).map(Power::Permission);
        let actions = self.actions.keys().cloned().map(Power::Act);
        let proposals = self.proposals.keys().cloned().map(Power::Propose);
        permissions.chain(actions).chain(proposals).chain(self.processes.keys().cloned().map(Power::Vote)).collect()
    }

    /// Classes, roles, bodies and credentials to be in one of which is enough for a permission.
    pub fn sufficient(&self, permission: &str) -> BTreeSet<String> {
        let class = |name: &String| ActorState { class: Some(name.clone()), ..ActorState::default() };
        let one = |name: &String| BTreeSet::from([name.clone()]);
        let role = |name: &String| {
            let needs = self.roles.get(name).map(|rule| rule.needs.clone()).unwrap_or_default();
            ActorState { roles: one(name), credentials: needs, ..ActorState::default() }
        };
        let credentials: BTreeSet<&String> = self.roles.values().flat_map(|rule| &rule.needs).collect();
        let credential = |name: &String| ActorState { credentials: one(name), ..ActorState::default() };
        let states = self.classes.keys().map(|name| (name, class(name)));
        let states = states.chain(self.roles.keys().map(|name| (name, role(name))));
        let states = states.chain(credentials.into_iter().map(|name| (name, credential(name))));
        let enough = |(_, state): &(&String, ActorState)| self.permissions(state).contains(permission);
        states.filter(enough).map(|(name, _)| name.clone()).collect()
    }
}

fn in_body(name: &str, rule: &BodyRule, actor: &ActorState, groups: &BTreeSet<String>) -> bool {
    let belongs =
        rule.of.as_ref().is_some_and(|group| groups.contains(group)) || rule.persons.contains(actor.did.as_str());
    belongs && (!rule.chosen || actor.bodies.contains(name))
}

fn body(decl: &crate::program::Decl) -> BodyRule {
    let persons = match decl.settings.get("members") {
        Some(SettingValue::List(members)) => members
            .iter()
            .filter_map(|member| match member {
                SettingValue::Did(did) => Some(did.clone()),
                _ => None,
            })
            .collect(),
        _ => BTreeSet::new(),
    };
    BodyRule {
        of: decl.settings.name("members").map(str::to_string),
        persons,
        chosen: decl.settings.word("selection").is_some_and(|selection| selection != "all"),
    }
}

fn roles(program: &Program) -> BTreeMap<String, RoleRule> {
    let own = |decl: &crate::program::Decl| {
        let settings = &decl.settings;
        let names = |key| settings.names(key).into_iter().map(str::to_string).collect::<BTreeSet<_>>();
        let sourced = ["held_by", "elected_by", "assigned_by"].iter().any(|key| settings.get(key).is_some());
        let rule = RoleRule {
            can: names("can"),
            extends: decl.extends.clone(),
            held_by: settings.name("held_by").map(str::to_string),
            by_credential: !sourced && !names("needs").is_empty(),
            needs: names("needs"),
        };
        (decl.name.clone(), rule)
    };
    let rules: BTreeMap<String, RoleRule> = program.decls_of(Kind::Role).map(own).collect();
    let with_bases = |(name, rule): (&String, &RoleRule)| {
        let mut rule = rule.clone();
        let mut seen = BTreeSet::from([name]);
        let mut base = rule.extends.as_ref().and_then(|base| rules.get_key_value(base));
        while let Some((name, of)) = base.filter(|(name, _)| seen.insert(name)) {
            rule.needs.extend(of.needs.iter().cloned());
            base = of.extends.as_ref().and_then(|base| rules.get_key_value(base));
            debug_assert!(rules.contains_key(name));
        }
        (name.clone(), rule)
    };
    rules.iter().map(with_bases).collect()
}
