//! How decisions are made, with numbers.

use super::{words, Reader};
use crate::{
    diff::written,
    number::{self, Rounding},
    program::{Decl, SettingValue},
    schema::Kind,
};

/// How many of so many must at least vote.
pub(super) fn quorum(value: Option<&SettingValue>, voters: u64) -> Option<u64> {
    match value? {
        SettingValue::Count(count) => u64::try_from(*count).ok(),
        SettingValue::Ratio(a, b) => part((*a, *b), voters, Rounding::Up),
        _ => None,
    }
}

fn part(share: (i128, i128), of: u64, rounding: Rounding) -> Option<u64> {
    u64::try_from(number::round(number::times(share, (of.into(), 1))?, rounding)?).ok()
}

/// How many of so many must agree: more than the share, or at least it.
pub(super) fn agreeing(share: (i128, i128), of: u64, strictly: bool) -> Option<u64> {
    match strictly {
        true => part(share, of, Rounding::Down)?.checked_add(1),
        false => part(share, of, Rounding::Up),
    }
}

impl Reader<'_> {
    pub(super) fn decisions(&mut self) {
        self.section("How decisions are made");
        for decl in self.all(Kind::Process) {
            let said = self.decision(decl);
            self.say_all(&said, decl);
        }
    }

    fn decision(&self, decl: &Decl) -> Vec<String> {
        let settings = &decl.settings;
        let voters = settings.name("voters").unwrap_or_default();
        let (who, count) = (words::group(self.program, voters), self.numbers.of(self.program, voters));
        let mut said = vec![format!("`{}`: {}", decl.name, words::sentence(&self.first(decl, &who)))];
        said.push(self.counts(decl, count));
        said.extend(self.classes(decl));
        said.push(self.steps(decl));
        said.extend(self.conditions(decl));
        said
    }

    fn first(&self, decl: &Decl, who: &str) -> String {
        let settings = &decl.settings;
        let fast =
            settings.name("emergency_for").map(|normal| format!(", in place of `{normal}` when there is no time"));
        let proposers = settings.name("proposers").filter(|proposers| Some(*proposers) != settings.name("voters"));
        let proposers = proposers.map(|proposers| (proposers, words::group(self.program, proposers)));
        let voters = settings.name("voters").unwrap_or_default();
        let sponsors = match settings.int("sponsors").unwrap_or(0) {
            0 => String::new(),
            count => format!(", with the support of {}", words::counted(count, "other member")),
        };
        let fast = fast.unwrap_or_default();
        match proposers {
            Some((name, proposers)) => {
                let proposes = words::verb(self.program, name, "propose");
                format!(
                    "{proposers} {proposes}{sponsors}, and {who} {}{fast}",
                    words::verb(self.program, voters, "vote")
                )
            }
            None => {
                let verb = |verb| words::verb(self.program, voters, verb);
                format!("{who} {}{sponsors} and {}{fast}", verb("propose"), verb("vote"))
            }
        }
    }

    /// How many must vote and how many agree.
    fn counts(&self, decl: &Decl, count: Option<u64>) -> String {
        let settings = &decl.settings;
        let must = count.and_then(|count| quorum(settings.get("quorum"), count));
        let vote = match (settings.get("quorum"), count, must) {
            (_, Some(count), Some(0)) => format!("Of {}, no number must vote", words::counted(count, "voter")),
            (_, Some(count), Some(must)) if must > count => {
                format!("Of {}, {must} would have to vote, which cannot be reached", words::counted(count, "voter"))
            }
            (_, Some(count), Some(must)) => format!("Of {}, at least {must} must vote", words::counted(count, "voter")),
            (Some(SettingValue::Ratio(0, _)), ..) => "No number of voters must vote".into(),
            (Some(SettingValue::Ratio(a, b)), ..) => {
                format!("At least {} of the voters must vote", words::share(*a, *b))
            }
            (Some(SettingValue::Count(number)), ..) => {
                format!("At least {} must vote", words::counted(*number, "voter"))
            }
            _ => "Nobody must vote".into(),
        };
        let agree = self.agree(decl, count, must.filter(|must| count.is_some_and(|count| *must <= count && *must > 0)));
        format!("{vote}, and {agree}.")
    }

    fn agree(&self, decl: &Decl, count: Option<u64>, must: Option<u64>) -> String {
        let settings = &decl.settings;
        let eligible = settings.word("of") == Some("of_eligible");
        let (of, whole) = match eligible {
            true => ("all voters", count),
            false => ("the votes cast", must),
        };
        let if_none = if eligible { "" } else { " if nobody abstains" };
        let needed = |share: (i128, i128), strictly: bool| {
            let words = match (strictly, share) {
                (true, share) => format!("more than {}", words::share(share.0, share.1)),
                (false, (1, 1)) => "all".into(),
                (false, share) => format!("at least {}", words::share(share.0, share.1)),
            };
            let number = whole.and_then(|whole| Some((agreeing(share, whole, strictly)?, whole)));
            let number = number.map(|(yes, whole)| format!(": {yes} of {whole}{if_none}"));
            format!("{words} of {of} must agree{}", number.unwrap_or_default())
        };
        let threshold = settings.ratio("threshold").unwrap_or((1, 2));
        let payload = match settings.get("method") {
            Some(SettingValue::Word(_, Some(payload))) => written::setting(self.program, payload),
            _ => String::new(),
        };
        match settings.word("method").unwrap_or_default() {
            "consent" | "lazy_consent" => "it passes unless somebody objects: one objection stops it".into(),
            "majority" => needed(threshold, true),
            "supermajority" => needed(threshold, false),
            "unanimous" => needed((1, 1), false),
            "consensus" => match settings.get("method") {
                Some(SettingValue::Word(_, Some(share))) => match share.as_ref() {
                    SettingValue::Ratio(a, b) => needed((*a, *b), false),
                    _ => "they must agree".into(),
                },
                _ => "they must agree".into(),
            },
            "approval" => "each says which of the choices are acceptable; the one that most accept wins".into(),
            "score" => format!("each gives every choice 0 to {payload} points; the one with the most wins"),
            "irv" => "each ranks the choices; the weakest is left out until one has more than half".into(),
            "stv" => format!("each ranks the choices; {payload} of them are taken, each by an equal part of the votes"),
            "schulze" => "each ranks the choices; the one that beats the others in pairs wins (Schulze)".into(),
            "borda" => "each ranks the choices; the one that stands highest on the whole wins (Borda)".into(),
            "quadratic" => format!("each has {payload} credits, and so many votes for one thing cost their square"),
            "conviction" => format!("support grows the longer it lasts, by half of what is left in each {payload}"),
            "multi_class" => "each class must agree by itself".into(),
            "sortition_panel" => {
                let panel = format!("a panel of {payload} drawn by lot decides");
                match settings.ratio("threshold") {
                    Some((a, b)) => format!("{panel}: at least {} of it must agree", words::share(a, b)),
                    None => panel,
                }
            }
            other => format!("the votes are counted by {other}"),
        }
    }

    fn classes(&self, decl: &Decl) -> Vec<String> {
        let mut said = Vec::new();
        for (class, settings) in decl.settings.named("class") {
            let count = self.numbers.of(self.program, class);
            let must = count.and_then(|count| quorum(settings.get("quorum"), count));
            let share = match settings.get("threshold") {
                Some(SettingValue::Ratio(a, b)) => (*a, *b),
                _ => (1, 2),
            };
            let vote = match (count, must, settings.get("quorum")) {
                (Some(count), Some(must), _) => format!("at least {must} of {count} must vote"),
                (.., Some(SettingValue::Ratio(a, b))) => format!("at least {} must vote", words::share(*a, *b)),
                (.., Some(SettingValue::Count(count))) => format!("at least {count} must vote"),
                _ => "nobody must vote".into(),
            };
            let agree = words::share(share.0, share.1);
            said.push(format!("Of the {}, {vote} and at least {agree} of their votes agree.", words::plural(class)));
        }
        said
    }

    fn steps(&self, decl: &Decl) -> String {
        let settings = &decl.settings;
        let millis = |key: &str| settings.duration(key).unwrap_or(0);
        let mut steps = Vec::new();
        let stages: Vec<_> = settings.names("stages").into_iter().map(|stage| format!("`{stage}`")).collect();
        if !stages.is_empty() {
            steps.push(format!("It passes through {} first", words::listed(&stages, "and")));
        }
        if millis("deliberation") > 0 {
            steps.push(format!("It is talked over for {}", words::duration(millis("deliberation"))));
        }
        steps.push(match steps.is_empty() {
            true => format!("It is voted on for {}", words::duration(millis("voting"))),
            false => format!("voted on for {}", words::duration(millis("voting"))),
        });
        if millis("timelock") > 0 {
            steps.push(format!("takes effect {} after it has passed", words::duration(millis("timelock"))));
        }
        if millis("expires") > 0 {
            steps.push(format!("lapses {} after it was made", words::duration(millis("expires"))));
        }
        format!("{}.", words::listed(&steps, "and"))
    }

    fn conditions(&self, decl: &Decl) -> Vec<String> {
        let settings = &decl.settings;
        let mut said = Vec::new();
        match settings.get("review") {
            Some(SettingValue::Word(_, Some(role))) => {
                let role = written::setting(self.program, role);
                said.push(format!(
                    "{} must review it before it takes effect.",
                    words::capital(&words::group(self.program, &role))
                ));
            }
            Some(_) => said.push("The guardians must review it before it takes effect.".into()),
            None => {}
        }
        match settings.word("secret") {
            Some("until_close") => said.push("How each voted is secret until voting ends.".into()),
            Some("always") => said.push("How each voted stays secret.".into()),
            _ => {}
        }
        if let Some(objections) = settings.block("objections") {
            said.extend(objecting(objections));
        }
        if let Some(delegation) = settings.name("delegation") {
            said.push(format!("A member may let another one vote in their place (`{delegation}`)."));
        }
        if let Some(SettingValue::Amount { minor, resource }) = settings.get("deposit") {
            let back = match settings.word("refund") {
                Some("passed") => "given back if it passes",
                Some("never") => "not given back",
                _ => "given back afterwards",
            };
            let deposit = written::amount(self.program, *minor, resource);
            said.push(format!("Who proposes puts down {deposit}, which is {back}."));
        }
        if let Some(active) = settings.int("max_active") {
            said.push(format!("Nobody has more than {} open at once.", words::counted(active, "proposal")));
        }
        if let Some(cooldown) = settings.duration("cooldown") {
            said.push(format!("The same can be proposed again after {}.", words::duration(cooldown)));
        }
        if settings.is_true("early") {
            let least =
                settings.duration("min_voting").map(|least| format!(", but not before {}", words::duration(least)));
            said.push(format!("Voting ends as soon as the result is certain{}.", least.unwrap_or_default()));
        }
        if let Some(confirm) = settings.duration("confirm").filter(|confirm| *confirm > 0) {
            said.push(format!("It must stay above what it needs for {}.", words::duration(confirm)));
        }
        match settings.word("weight") {
            Some("class") => said.push("Votes weigh by class.".into()),
            Some("quadratic") => said.push("Votes weigh by the square root.".into()),
            _ => {}
        }
        if settings.word("abstain") == Some("ignored") {
            said.push("An abstention does not count as a vote.".into());
        }
        if settings.get("revote") == Some(&SettingValue::Bool(false)) {
            said.push("A vote once cast cannot be changed.".into());
        }
        match settings.get("executor") {
            Some(SettingValue::Word(_, Some(role))) => {
                let role = written::setting(self.program, role);
                said.push(format!("{} carries it out.", words::capital(&words::one_of(self.program, &role))));
            }
            Some(SettingValue::Word(word, None)) if word == "members" => said.push("A member carries it out.".into()),
            _ => {}
        }
        match settings.get("on_tie") {
            Some(SettingValue::Word(_, Some(role))) => {
                let role = written::setting(self.program, role);
                said.push(format!("On a tie {} decides.", words::one_of(self.program, &role)));
            }
            Some(SettingValue::Word(word, None)) if word == "status_quo" => {
                said.push("On a tie all stays as it is.".into())
            }
            _ => {}
        }
        said
    }

    pub(super) fn elections(&mut self) {
        self.section("Elections");
        for decl in self.all(Kind::Election) {
            let settings = &decl.settings;
            let millis = |key: &str| settings.duration(key).unwrap_or(0);
            let role = settings.name("role").unwrap_or_default();
            let voters = settings.name("voters").unwrap_or_default();
            let count = self.numbers.of(self.program, voters);
            let method = match settings.word("method").unwrap_or_default() {
                "stv" => "by ranking the candidates (single transferable vote)",
                "irv" => "by ranking the candidates (instant runoff)",
                "approval" => "by naming all acceptable candidates (approval)",
                "schulze" => "by ranking the candidates (Schulze)",
                _ => "by ranking the candidates (Borda)",
            };
            let who = words::group(self.program, voters);
            let verb = words::verb(self.program, voters, "elect");
            let elected = words::group(self.program, role);
            let mut said =
                vec![format!("`{}`: {}", decl.name, words::sentence(&format!("{who} {verb} {elected}, {method}")))];
            let must = count.and_then(|count| Some((quorum(settings.get("quorum"), count)?, count)));
            match (must, settings.ratio("quorum")) {
                (Some((0, _)), _) | (None, None | Some((0, _))) => {}
                (Some((must, count)), _) => said.push(format!("At least {must} of {count} must vote.")),
                (None, Some((a, b))) => said.push(format!("At least {} of the voters must vote.", words::share(a, b))),
            }
            let seconds = match settings.int("seconds").unwrap_or(0) {
                0 => String::new(),
                count => format!(", each with the support of {}", words::counted(count, "member")),
            };
            said.push(format!("Candidates are named for {}{seconds}.", words::duration(millis("nominate"))));
            if settings.is_true("accept_required") {
                said.push("A candidate must accept.".into());
            }
            if millis("campaign") > 0 {
                said.push(format!("They speak for themselves for {}.", words::duration(millis("campaign"))));
            }
            said.push(format!("Votes are cast for {}.", words::duration(millis("voting"))));
            if millis("handover") > 0 {
                said.push(format!("The old holders stay beside the new for {}.", words::duration(millis("handover"))));
            }
            said.push(match settings.word("vacancy") {
                Some("runner_up") => "A seat that becomes free goes to the runner-up.".into(),
                Some("appoint") => "A seat that becomes free is filled by appointment.".into(),
                _ => "A seat that becomes free is filled by a special election.".into(),
            });
            self.say_all(&said, decl);
        }
    }

    pub(super) fn delegation(&mut self) {
        self.section("Voting for others");
        for decl in self.all(Kind::Delegation) {
            let settings = &decl.settings;
            let areas = super::members::texts(settings.get("areas"));
            let what = match areas.is_empty() {
                true => String::new(),
                false => format!(" on {}", words::listed(&areas, "and")),
            };
            let mut said = vec![format!("`{}`: A member may let another one vote in their place{what}.", decl.name)];
            said.push(match settings.int("depth") {
                Some(1) => "A vote that was passed on is not passed on again.".into(),
                Some(depth) => format!("A vote is passed on at most {}.", words::counted(depth, "time")),
                None => String::new(),
            });
            if let Some(most) = settings.int("max_in") {
                said.push(format!("Nobody votes for more than {}.", words::counted(most, "other")));
            }
            if let Some(expires) = settings.duration("expires") {
                said.push(format!("It lapses after {}.", words::duration(expires)));
            }
            said.push(match (settings.is_true("revocable"), settings.is_true("overrides")) {
                (true, true) => "It can be taken back at any time, and who votes in person is counted so.".into(),
                (true, false) => "It can be taken back at any time.".into(),
                (false, true) => "It cannot be taken back, but who votes in person is counted so.".into(),
                (false, false) => "It cannot be taken back.".into(),
            });
            self.say_all(&said, decl);
        }
    }
}

fn objecting(objections: &std::collections::BTreeMap<String, SettingValue>) -> Vec<String> {
    let is = |key: &str| objections.get(key) == Some(&SettingValue::Bool(true));
    if !is("allowed") {
        return vec!["Objections are not allowed.".into()];
    }
    let mut said = Vec::new();
    if is("must_offer_alternative") {
        said.push("Who objects must propose something else.".into());
    }
    if let Some(SettingValue::Int(most)) = objections.get("max_per_period") {
        let period = match objections.get("period") {
            Some(SettingValue::Duration(millis)) => format!(" in {}", words::duration(*millis)),
            _ => String::new(),
        };
        said.push(format!("A member objects at most {}{period}.", words::counted(*most, "time")));
    }
    said
}
