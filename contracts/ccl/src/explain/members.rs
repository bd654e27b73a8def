//! Who we are, who may join, roles and bodies.

use super::{words, Reader};
use crate::{
    diff::written,
    program::{Decl, SettingValue},
    schema::Kind,
};

impl Reader<'_> {
    pub(super) fn who_we_are(&mut self) {
        self.section("Who we are");
        let docs = words::docs(&self.program.header.docs);
        if !docs.is_empty() {
            self.say(docs, &[]);
        }
        for decl in self.all(Kind::Organization) {
            let settings = &decl.settings;
            let name = settings.text("name").unwrap_or(&decl.name);
            let founded = match settings.get("founded") {
                Some(SettingValue::Time(millis)) => format!(", founded on {}", written::time(*millis)),
                _ => String::new(),
            };
            let mut said = vec![format!("We are {}{founded}.", name.trim_end_matches('.'))];
            said.extend(settings.text("preamble").map(words::sentence));
            said.extend(
                settings.text("mission").map(|mission| format!("What we are for: {}", words::sentence(mission))),
            );
            if let Some(SettingValue::Time(from)) = settings.get("effective") {
                said.push(format!("These rules can be used from {}.", written::time(*from)));
            }
            if let Some(SettingValue::Did(parent)) = settings.get("parent") {
                said.push(format!("We belong to {parent}."));
            }
            let principles: Vec<_> = texts(settings.get("principles"));
            if !principles.is_empty() {
                said.push(format!("We hold to: {}.", words::listed(&principles, "and")));
            }
            self.say_all(&said, decl);
        }
        for founder in &self.program.founders {
            let count = match founder.max {
                Some(max) if max == founder.min => format!("exactly {}", founder.min),
                Some(max) => format!("{} to {max}", founder.min),
                None => format!("at least {}", founder.min),
            };
            let who = match founder.max == Some(1) {
                true => words::spaced(&founder.of),
                false => words::plural(&founder.of),
            };
            self.say(format!("We begin with {count} {who}, who are named when this document comes into force."), &[]);
        }
    }

    pub(super) fn joining(&mut self) {
        self.section("Who may join, and how");
        for decl in self.all(Kind::Membership) {
            let settings = &decl.settings;
            let mut said = Vec::new();
            let by = |key: &str| settings.name(key).map(|process| self.process(process));
            if let Some(admit) = by("admit") {
                let class = settings
                    .name("default_class")
                    .map(|class| format!(" as {}", words::article(&words::spaced(class))));
                said.push(format!("One is admitted{} by {admit}.", class.unwrap_or_default()));
            }
            if let Some(remove) = by("remove") {
                let suspend = by("suspend").filter(|suspend| *suspend != remove);
                said.push(match suspend {
                    Some(suspend) => format!("A member is expelled by {remove}, and suspended by {suspend}."),
                    None => format!("A member is expelled or suspended by {remove}."),
                });
            }
            if let Some(appeal) = settings.name("appeal") {
                said.push(format!("One who disagrees with that takes the way of the dispute `{appeal}`."));
            }
            if let Some(inactive) = settings.duration("max_inactive") {
                said.push(format!("Who takes no part for {} counts as inactive.", words::duration(inactive)));
            }
            self.say_all(&said, decl);
        }
        for decl in self.all(Kind::Class) {
            let said = self.class(decl);
            self.say_all(&said, decl);
        }
    }

    fn class(&self, decl: &Decl) -> Vec<String> {
        let settings = &decl.settings;
        let who = words::plural(&decl.name);
        let vote = if settings.is_true("votes") { "may vote" } else { "may not vote" };
        let mut said = vec![match self.numbers.of(self.program, &decl.name) {
            Some(count) => format!("{} (at present {count}) {vote}.", words::capital(&who)),
            None => format!("{} {vote}.", words::capital(&who)),
        }];
        let mut before: Vec<String> = texts(settings.get("entry"));
        match settings.int("sponsors").unwrap_or(0) {
            0 => {}
            1 => before.push("1 member who vouches for one".into()),
            count => before.push(format!("{count} members who vouch for one")),
        }
        if !before.is_empty() {
            said.push(format!("Before that comes: {}.", words::listed(&before, "and")));
        }
        if let Some(trial) = settings.duration("trial").filter(|trial| *trial > 0) {
            said.push(format!(
                "One stays in this class for at least {} before one can move on.",
                words::duration(trial)
            ));
        }
        if let Some(SettingValue::Amount { minor, resource }) = settings.get("dues") {
            let every = settings.duration("dues_period").map(|every| format!(" every {}", words::duration(every)));
            let dues = written::amount(self.program, *minor, resource);
            said.push(format!("Each pays {dues}{}.", every.unwrap_or_default()));
        }
        if let Some(notice) = settings.duration("exit_notice").filter(|notice| *notice > 0) {
            said.push(format!("Who wants to leave says so {} before.", words::duration(notice)));
        }
        match settings.int("weight").unwrap_or(1) {
            1 => {}
            weight => said.push(format!("Where votes weigh by class, each has {weight}.")),
        }
        said
    }

    pub(super) fn roles(&mut self) {
        self.section("Roles, and how one gets them");
        for decl in self.all(Kind::Role) {
            let said = self.role(decl);
            self.say_all(&said, decl);
        }
    }

    fn role(&self, decl: &Decl) -> Vec<String> {
        let settings = &decl.settings;
        let who = words::capital(&words::group(self.program, &decl.name));
        let who = who
            .strip_prefix("The ")
            .filter(|_| words::is_plural(self.program, &decl.name))
            .map_or(who.clone(), words::capital);
        let can = settings.names("can");
        let also = decl.extends.as_ref().map(|base| format!(", and whatever {} may", words::group(self.program, base)));
        let mut said = match can.is_empty() {
            true => vec![format!(
                "{who} {} no rights of its own{}.",
                if words::is_plural(self.program, &decl.name) { "have" } else { "has" },
                also.unwrap_or_default()
            )],
            false => vec![format!("{who} may {}{}.", words::permissions(self.program, &can), also.unwrap_or_default())],
        };
        let needs: Vec<_> = settings.names("needs").into_iter().map(|name| format!("`{name}`")).collect();
        said.push(match (settings.name("held_by"), settings.name("elected_by"), settings.name("assigned_by")) {
            (Some(group), ..) => match self.program.decl(Kind::Body, group) {
                Some(_) => format!("Everyone in {} holds this role.", words::group(self.program, group)),
                None => format!("Every {} holds this role.", words::spaced(group)),
            },
            (_, Some(election), _) => format!("The role is filled by the election `{election}`."),
            (.., Some(process)) => format!("The role is filled by {}.", self.process(process)),
            _ if !needs.is_empty() => {
                format!(
                    "Whoever holds the credential {} can enrol as {}.",
                    words::listed(&needs, "and"),
                    words::article(&words::spaced(&decl.name))
                )
            }
            _ => "This document says of no way into it.".into(),
        });
        let sourced = ["held_by", "elected_by", "assigned_by"].iter().any(|key| settings.get(key).is_some());
        if sourced && !needs.is_empty() {
            said.push(format!("One needs the credential {}.", words::listed(&needs, "and")));
        }
        if let Some(seats) = settings.int("seats") {
            let verb = if seats == 1 { "There is" } else { "There are" };
            said.push(format!("{verb} {}.", words::counted(seats, "seat")));
        }
        if let Some(term) = settings.duration("term") {
            let again =
                settings.int("max_terms").map(|terms| format!(", at most {} in a row", words::counted(terms, "term")));
            said.push(format!("A term lasts {}{}.", words::duration(term), again.unwrap_or_default()));
        }
        if let Some(tenure) = settings.duration("tenure") {
            said.push(format!("One must have been a member for {}.", words::duration(tenure)));
        }
        if let Some(process) = settings.name("removable_by") {
            said.push(format!("The role can be taken away by {}.", self.process(process)));
        }
        said
    }

    pub(super) fn bodies(&mut self) {
        self.section("Who decides together");
        for decl in self.all(Kind::Body) {
            let settings = &decl.settings;
            let name = words::capital(&words::spaced(&decl.name));
            let of = match settings.get("members") {
                Some(SettingValue::List(members)) => {
                    format!("{} named in this document", words::counted(members.len() as i128, "person"))
                }
                _ => settings.name("members").map(words::plural).unwrap_or_default(),
            };
            let size = self.numbers.of(self.program, &decl.name).map(|count| format!(", at present {count}"));
            let first = match settings.word("selection") {
                Some("sortition") => {
                    let size = settings.int("size").map(|size| format!("{size} "));
                    format!("{name}: {}{of} drawn by lot", size.unwrap_or_default())
                }
                Some("election") => format!("{name}: elected among the {of}"),
                Some("appointment") => format!("{name}: appointed among the {of}"),
                _ => format!("{name}: all {of}{}", size.unwrap_or_default()),
            };
            let term = settings.duration("term").map(|term| format!(", for {}", words::duration(term)));
            let mut said = vec![format!("{first}{}.", term.unwrap_or_default())];
            if let Some(meeting) = settings.block("meeting") {
                let millis = |key: &str| match meeting.get(key) {
                    Some(SettingValue::Duration(millis)) => *millis,
                    _ => 0,
                };
                let every = words::duration(millis("every"));
                let notice = match millis("notice") {
                    0 => String::new(),
                    notice => format!(", called {} before", words::duration(notice)),
                };
                said.push(format!("It meets every {every}{notice}."));
            }
            self.say_all(&said, decl);
        }
    }

    /// "a decision of the process `ordinary`"
    pub(super) fn process(&self, name: &str) -> String {
        format!("a decision of the process `{name}`")
    }
}

/// The texts of a list.
pub(super) fn texts(value: Option<&SettingValue>) -> Vec<String> {
    let Some(SettingValue::List(values)) = value else { return Vec::new() };
    let text = |value: &SettingValue| match value {
        SettingValue::Text(text) => Some(text.clone()),
        SettingValue::Word(word, _) => Some(words::spaced(word)),
        SettingValue::Name(name) => Some(name.clone()),
        _ => None,
    };
    values.iter().filter_map(text).collect()
}
