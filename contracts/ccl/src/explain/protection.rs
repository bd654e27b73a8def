//! What always holds, what is protected and by how much, and what members should know about it.

use super::{decisions, words, Reader};
use crate::{
    diff::written,
    program::{Builtin, Decl, Role, SettingValue},
    schema::Kind,
};

impl<'a> Reader<'a> {
    pub(super) fn invariants(&mut self) {
        self.section("What always holds");
        let invariants: Vec<_> = self.program.functions_of(|role| *role == Role::Invariant).collect();
        let some = !invariants.is_empty();
        for (index, invariant) in invariants {
            let says = words::sentence(&super::conditions::words(self.program, index));
            let docs = words::docs(&invariant.docs);
            self.say(format!("`{}`: {docs} {says}", invariant.name).replace("  ", " "), &[invariant.article]);
        }
        if some {
            let text = "This is checked whenever an action or proposal of this document changes what it is about; if it does not \
                        hold, all of that is undone. What the network does by itself, as a gift from one member to another, is not checked.";
            self.say(text, &[]);
        }
    }

    /// Processes by which the document can be changed.
    fn amendments(&self) -> Vec<&'a Decl> {
        let program = self.program;
        let changes = |decl: &&Decl| {
            let effect = program.function(&Role::Effect(decl.name.clone()), &decl.name);
            effect.is_some_and(|(index, _)| {
                program.effects(index).host.iter().any(|effect| effect.builtin == Builtin::EnactConstitution)
            })
        };
        let mut all: Vec<&Decl> = Vec::new();
        for decl in program.decls_of(Kind::Proposal).filter(changes) {
            let process = decl.settings.name("process").and_then(|name| program.decl(Kind::Process, name));
            all.extend(process.filter(|process| !all.iter().any(|known| known.name == process.name)));
        }
        all
    }

    pub(super) fn protected(&mut self) {
        self.section("What is protected");
        let amendments = self.amendments();
        for decl in &amendments {
            self.say(format!("This document is changed only by {}.", self.process(&decl.name)), &[decl.article]);
        }
        if amendments.is_empty() && self.program.header.document != "policy" {
            self.say("Nothing in this document changes it; it holds until it is replaced from outside.", &[]);
        }
        for clause in &self.program.entrench {
            let paths: Vec<_> = clause.paths.iter().map(|path| self.path(path)).collect();
            let (verb, them) = if paths.len() == 1 { ("is", "it") } else { ("are", "them") };
            let paths = words::capital(&words::listed(&paths, "and"));
            let text = match clause.requires {
                None => format!("{paths} {verb} protected for ever: no vote can weaken {them}."),
                Some((a, b)) => {
                    let share = words::share(a, b);
                    let numbers = amendments.first().and_then(|decl| self.needed(decl, (a, b)));
                    format!("{paths} {verb} protected: to weaken or remove {them}, at least {share} of the votes cast must agree{}.", numbers.unwrap_or_default())
                }
            };
            let articles: Vec<_> = clause.paths.iter().filter_map(|path| self.article_of(path)).collect();
            self.say(text, &articles);
        }
    }

    /// ": 15 of 16 if nobody abstains"
    fn needed(&self, amendment: &Decl, share: (i128, i128)) -> Option<String> {
        let settings = &amendment.settings;
        let voters = self.numbers.of(self.program, settings.name("voters")?)?;
        let must = decisions::quorum(settings.get("quorum"), voters).filter(|must| *must > 0 && *must <= voters)?;
        // The protection never makes an amendment easier.
        let own = settings.ratio("threshold").filter(|own| crate::number::compare(*own, share).is_gt());
        let yes = decisions::agreeing(own.unwrap_or(share), must, false)?;
        Some(format!(": {yes} of {must} if nobody abstains"))
    }

    fn path(&self, path: &str) -> String {
        match path.split_once('.') {
            Some(("invariant", name)) => format!("the standing rule `{name}`"),
            Some((kind, name)) => format!("the {kind} `{name}`"),
            None => "who the founders are".into(),
        }
    }

    fn article_of(&self, path: &str) -> Option<usize> {
        let (kind, name) = path.split_once('.')?;
        match kind {
            "invariant" => self.program.function(&Role::Invariant, name).map(|(_, invariant)| invariant.article),
            kind => self.program.decl(Kind::of(kind)?, name).map(|decl| decl.article),
        }
    }

    /// What follows from several rules together.
    pub(super) fn worth_knowing(&mut self) {
        self.section("What one should know");
        let word = |decl: &Decl| decl.settings.word("method").unwrap_or_default().to_string();
        let consent: Vec<_> =
            self.all(Kind::Process).into_iter().filter(|decl| word(decl).ends_with("consent")).collect();
        let amendments = self.amendments();
        for amendment in amendments.iter().filter(|decl| !word(decl).ends_with("consent")) {
            for decl in &consent {
                let text = format!(
                    "In `{}` one objection stops a decision, which in `{}` it does not: `{}` counts as the stricter by every other measure, \
                     but a single member has more power in `{}`.",
                    decl.name, amendment.name, amendment.name, decl.name
                );
                self.say(text, &[decl.article, amendment.article]);
            }
        }
        for decl in self.all(Kind::Process) {
            let Some(normal) = decl.settings.name("emergency_for") else { continue };
            let kinds: Vec<_> = self
                .all(Kind::Proposal)
                .into_iter()
                .filter(|proposal| proposal.settings.name("process") == Some(&decl.name))
                .map(|proposal| format!("`{}`", proposal.name))
                .collect();
            let open =
                decl.settings.duration("deliberation").unwrap_or(0) + decl.settings.duration("voting").unwrap_or(0);
            let review = match decl.settings.get("review") {
                Some(SettingValue::Word(_, Some(role))) => {
                    format!(
                        ", but {} must review it",
                        words::group(self.program, &written::setting(self.program, role))
                    )
                }
                Some(_) => ", but the guardians must review it".into(),
                None => String::new(),
            };
            let what = match kinds.is_empty() {
                true => "Nothing can be proposed by it yet.".into(),
                false => format!("By it one proposes {}.", words::listed(&kinds, "or")),
            };
            let text = format!(
                "`{}` is a fast path beside `{normal}`: it is decided within {}{review}. {what}",
                decl.name,
                words::duration(open)
            );
            self.say(text, &[decl.article]);
        }
        let finds = crate::who_can::findings(self.program);
        for finding in finds {
            self.say(finding.sentence, &finding.articles);
        }
    }
}
