//! What can be proposed and done, and what comes of it.

use super::{words, Reader};
use crate::{
    diff::written,
    program::{Decl, Role, SettingValue},
    schema::Kind,
};

impl Reader<'_> {
    pub(super) fn proposals(&mut self) {
        self.section("What can be proposed");
        for decl in self.all(Kind::Proposal) {
            let said = self.proposal(decl);
            self.say_all(&said, decl);
        }
    }

    fn proposal(&self, decl: &Decl) -> Vec<String> {
        let settings = &decl.settings;
        let summary = settings.text("summary").map(words::sentence).unwrap_or_default();
        let docs = words::docs(&decl.docs);
        let said = if summary.is_empty() || docs == summary { docs } else { format!("{summary} {docs}").trim().into() };
        let process = settings.name("process").unwrap_or_default();
        let mut all = vec![format!("`{}`: {said}", decl.name).trim_end().trim_end_matches(':').to_string()];
        if said.is_empty() {
            all = vec![format!("`{}`.", decl.name)];
        }
        all.push(format!("It is decided by the process `{process}`."));
        let code = self.program.function(&Role::Effect(decl.name.clone()), &decl.name);
        all.extend(
            code.and_then(|(_, code)| words::in_force(code.in_force)).map(|when| format!("It is in force {when}.")),
        );
        if let Some(SettingValue::Condition(condition)) = settings.get("requires") {
            let says = super::conditions::words(self.program, *condition);
            all.push(format!("It can be made, and takes effect, only if {says}."));
        }
        let effect = self.program.function(&Role::Effect(decl.name.clone()), &decl.name).map(|(index, _)| index);
        let does = effect.map(|effect| self.does(effect)).unwrap_or_default();
        all.push(match does.is_empty() {
            true => "It changes nothing by itself.".into(),
            false => format!("If it passes, it can {}.", words::listed(&does, "and")),
        });
        all
    }

    /// What a piece of code can do, as infinitives.
    pub(super) fn does(&self, function: usize) -> Vec<String> {
        let effects = self.program.effects(function);
        let mut all: Vec<String> = Vec::new();
        for effect in &effects.host {
            let words = written::effect(self.program, effect);
            if !all.contains(&words) {
                all.push(words);
            }
        }
        let names = |indexes: &std::collections::BTreeSet<usize>| -> Vec<String> {
            let states = indexes.iter().filter_map(|state| self.program.states.get(*state));
            states.map(|state| format!("`{}`", state.name)).collect()
        };
        let states = names(&effects.states);
        if !states.is_empty() {
            all.push(format!("change what is recorded under {}", words::listed(&states, "and")));
        }
        let later = effects.later.iter().filter_map(|later| self.program.functions.get(*later));
        let later: Vec<_> = later.map(|one| format!("`{}`", one.name)).collect();
        if !later.is_empty() {
            all.push(format!("have {} follow", words::listed(&later, "and")));
        }
        all
    }

    pub(super) fn actions(&mut self) {
        self.section("What is done without a vote");
        let actions: Vec<_> = self.program.functions_of(|role| *role == Role::Action).collect();
        for (index, action) in actions {
            let who = match action.requires.as_deref().map(|permission| self.holders(permission)) {
                None => "anybody".into(),
                Some(holders) if holders.is_empty() => "nobody".into(),
                Some(holders) => {
                    let who: Vec<_> = holders.iter().map(|role| words::group(self.program, role)).collect();
                    words::listed(&who, "and")
                }
            };
            let docs = words::docs(&action.docs);
            let does = self.does(index);
            let does = match does.is_empty() {
                true => String::new(),
                false => format!(" It can {}.", words::listed(&does, "and")),
            };
            let when = words::in_force(action.in_force).map(|when| format!(", {when}")).unwrap_or_default();
            let said = format!("{docs}{does}");
            self.say(format!("`{}`, by {who}{when}: {}", action.name, said.trim()), &[action.article]);
        }
    }

    /// Roles whose holders have a permission, by themselves or by what they extend.
    pub(super) fn holders(&self, permission: &str) -> Vec<String> {
        crate::who_can::Rights::of(self.program).holders(permission).into_iter().collect()
    }

    pub(super) fn by_itself(&mut self) {
        self.section("What happens by itself");
        let handlers: Vec<_> = self.program.functions_of(|role| matches!(role, Role::Handler(_))).collect();
        for (index, handler) in handlers {
            let when = match handler.name.as_str() {
                "MemberAdmitted" => "When a member is admitted",
                "MemberRemoved" => "When a membership ends",
                "RoleGranted" => "When somebody is given a role",
                "RoleRevoked" => "When a role is taken from somebody",
                "ProposalPassed" => "When a proposal passes",
                "ProposalRejected" => "When a proposal is rejected",
                _ => "When a term ends",
            };
            let does = self.does(index);
            let docs = words::docs(&handler.docs);
            let does = match does.is_empty() {
                true => "nothing changes".into(),
                false => format!("the rules {}", words::listed(&does, "and")),
            };
            self.say(format!("{when}, {does}. {docs}").trim_end(), &[handler.article]);
        }
    }
}
