//! Resources, treasuries, budgets, meters, credentials and disputes.

use super::{members::texts, words, Reader};
use crate::{
    diff::written,
    number::{self, Rounding},
    program::{Band, Decl, SettingValue},
    schema::Kind,
};
use std::collections::BTreeMap;

type Block = BTreeMap<String, SettingValue>;

impl Reader<'_> {
    fn amount(&self, value: Option<&SettingValue>) -> Option<String> {
        match value? {
            SettingValue::Amount { minor, resource } => Some(written::amount(self.program, *minor, resource)),
            _ => None,
        }
    }

    pub(super) fn resources(&mut self) {
        self.section("What is counted");
        for decl in self.all(Kind::Resource) {
            let said = self.resource(decl);
            self.say_all(&said, decl);
        }
    }

    fn resource(&self, decl: &Decl) -> Vec<String> {
        let settings = &decl.settings;
        let (kind, payload) = match settings.get("kind") {
            Some(SettingValue::Word(kind, payload)) => (kind.as_str(), payload.as_deref()),
            _ => ("", None),
        };
        let of = match payload {
            Some(SettingValue::Text(text)) => format!(" ({text})"),
            _ => String::new(),
        };
        let unit = settings.text("unit").unwrap_or(&decl.name);
        let places = match settings.int("decimals").unwrap_or(0) {
            0 => "in whole numbers".into(),
            places => format!("to {}", words::counted(places, "decimal")),
        };
        let kind = words::spaced(kind);
        let mut said = vec![format!("`{}`: {kind}{of}, counted {places}; one is called {unit:?}.", decl.name)];
        if settings.get("transferable") == Some(&SettingValue::Bool(false)) {
            said.push("Members cannot give it to each other.".into());
        }
        if let Some(issuer) = settings.name("issuer") {
            said.push(format!("It is made by {}.", words::group(self.program, issuer)));
        }
        for (key, words) in [
            ("cap", "There is at most {} of it."),
            ("max_hold", "Nobody holds more than {}."),
            ("credit_limit", "One may go up to {} below nothing."),
        ] {
            said.extend(self.amount(settings.get(key)).map(|amount| words.replace("{}", &amount)));
        }
        said.extend(settings.duration("expiry").map(|expiry| format!("It lapses after {}.", words::duration(expiry))));
        if let Some(lost) = settings.block("demurrage") {
            if let (Some(SettingValue::Ratio(a, b)), Some(SettingValue::Duration(every))) =
                (lost.get("rate"), lost.get("every"))
            {
                let rate = written::ratio(*a, *b);
                said.push(format!("Of what is kept, {rate} is lost every {}.", words::duration(*every)));
            }
        }
        let scopes = texts(settings.get("scopes"));
        if !scopes.is_empty() {
            said.push(format!("It is used only in {}.", words::listed(&scopes, "and")));
        }
        said
    }

    pub(super) fn treasuries(&mut self) {
        self.section("What we hold together");
        for decl in self.all(Kind::Treasury) {
            let settings = &decl.settings;
            let resources: Vec<_> = settings.names("resources").into_iter().map(|name| format!("`{name}`")).collect();
            let spend = settings.name("spend").unwrap_or_default();
            let name = words::spaced(&decl.name);
            let mut said = vec![format!(
                "The {name} holds {}. It is spent by {}.",
                words::listed(&resources, "and"),
                self.process(spend)
            )];
            if let Some(reserve) = settings.block("reserve") {
                if let (Some(SettingValue::Ratio(a, b)), Some(SettingValue::Name(process))) =
                    (reserve.get("share"), reserve.get("process"))
                {
                    let share = written::ratio(*a, *b);
                    said.push(format!(
                        "Of what it holds, {share} is kept in reserve, which only {} can touch.",
                        self.process(process)
                    ));
                }
            }
            match settings.word("surplus") {
                Some("equal") => said.push("A surplus is shared equally.".into()),
                Some("patronage") => said.push("A surplus is shared by what each has contributed (patronage).".into()),
                Some("needs") => said.push("A surplus is shared by need.".into()),
                Some("reserve") => said.push("A surplus goes to the reserve.".into()),
                _ => {}
            }
            if let Some(signers) = settings.name("signers") {
                let least = settings.int("min_signers").unwrap_or(1);
                let verb = if least == 1 { "signs" } else { "sign" };
                let who = words::group(self.program, signers);
                said.push(match words::is_plural(self.program, signers) {
                    true => format!("Of {who}, at least {least} {verb} each payment."),
                    false => format!("{} signs each payment.", words::capital(&who)),
                });
            }
            self.say_all(&said, decl);
        }
    }

    pub(super) fn budgets(&mut self) {
        self.section("Budgets");
        for decl in self.all(Kind::Budget) {
            self.budget(decl);
        }
    }

    fn budget(&mut self, decl: &Decl) {
        let settings = &decl.settings;
        let resource = settings.name("resource").unwrap_or_default().to_string();
        let total = settings.amount("total").unwrap_or(0);
        let moment = |key: &str| match settings.block("period").and_then(|period| period.get(key)) {
            Some(SettingValue::Time(millis)) => written::time(*millis),
            _ => String::new(),
        };
        let rule = match settings.word("rule").unwrap_or_default() {
            "fixed_shares" => "by fixed shares",
            "greedy" => "to what has most votes first",
            "greedy_per_cost" => "to what has most votes for its cost first",
            "equal_shares" => "so that each voter has an equal share of it to spend (method of equal shares)",
            "phragmen" => "so that what is spent is spread evenly over the voters (Phragmén)",
            "majority" => "by majority",
            _ => "by quadratic votes",
        };
        let amount = written::amount(self.program, total, &resource);
        let name = words::spaced(&decl.name);
        let (from, to) = (moment("from"), moment("to"));
        let mut said = vec![format!(
            "The budget `{name}` has {amount}, from {from} until {to} (that moment not included). It is given {rule}."
        )];
        said.push(match settings.word("unspent") {
            Some("carry") => "What is left is carried over.".into(),
            _ => "What is left is given back.".into(),
        });
        if settings.is_true("milestones") {
            said.push("It is paid as things are delivered.".into());
        }
        said.extend(
            settings
                .duration("report_every")
                .map(|every| format!("It is reported on every {}.", words::duration(every))),
        );
        self.say_all(&said, decl);
        for (name, category) in settings.named("category") {
            let text = self.category(name, category, (total, &resource));
            self.say(text, &[decl.article]);
        }
        for band in settings.bands() {
            let text = self.band(band, &resource);
            self.say(text, &[decl.article]);
        }
        for (role, spender) in settings.named("spender") {
            let text = self.spender(role, spender);
            self.say(text, &[decl.article]);
        }
    }

    fn category(&self, name: &str, category: &Block, (total, resource): (i128, &str)) -> String {
        let share = |key: &str| match category.get(key) {
            Some(SettingValue::Ratio(a, b)) => Some((*a, *b)),
            _ => None,
        };
        let of = |(a, b): (i128, i128)| {
            let part = number::times((a, b), (total, 1)).and_then(|part| number::round(part, Rounding::Down));
            let part = part.map(|part| format!(" ({})", written::amount(self.program, part, resource)));
            format!("{}{}", written::ratio(a, b), part.unwrap_or_default())
        };
        let mut parts = Vec::new();
        parts.extend(share("share").map(of));
        parts.extend(share("min").map(|min| format!("at least {}", of(min))));
        parts.extend(share("max").map(|max| format!("at most {}", of(max))));
        if parts.is_empty() {
            parts.push("any share".into());
        }
        let limit =
            self.amount(category.get("limit")).map(|limit| format!("; no single thing costs more than {limit}"));
        format!("For {}: {}{}.", words::spaced(name), words::listed(&parts, "and"), limit.unwrap_or_default())
    }

    fn band(&self, band: &Band, resource: &str) -> String {
        let amount = |minor| written::amount(self.program, minor, resource);
        let range = match (band.from, band.to) {
            (0, Some(to)) => format!("Payments up to {}", amount(to)),
            (0, None) => "Payments".into(),
            (from, Some(to)) => format!("Payments above {} and up to {}", amount(from), amount(to)),
            (from, None) => format!("Payments above {}", amount(from)),
        };
        let role = match band.settings.get("role") {
            Some(SettingValue::Name(role)) => Some(role),
            _ => None,
        };
        let mut needs = Vec::new();
        match (band.settings.get("approvers"), role) {
            (Some(SettingValue::Int(1)), Some(role)) => {
                needs.push(format!("the approval of {}", words::one_of(self.program, role)))
            }
            (Some(SettingValue::Int(count)), Some(role)) => {
                needs.push(format!("the approval of {}", words::counted(*count, role)))
            }
            (Some(SettingValue::Int(count)), None) => {
                needs.push(format!("the approval of {}", words::counted(*count, "member")))
            }
            (_, Some(role)) => needs.push(format!("the approval of {}", words::one_of(self.program, role))),
            _ => {}
        }
        if let Some(SettingValue::Name(process)) = band.settings.get("process") {
            needs.push(self.process(process));
        }
        match needs.is_empty() {
            true => format!("{range} need nobody's approval."),
            false => format!("{range} need {}.", words::listed(&needs, "and")),
        }
    }

    fn spender(&self, role: &str, spender: &Block) -> String {
        let mut limits = Vec::new();
        limits.extend(self.amount(spender.get("single")).map(|single| format!("at most {single} at once")));
        limits.extend(self.amount(spender.get("per_period")).map(|all| format!("at most {all} in the period")));
        let categories = texts(spender.get("categories"));
        if !categories.is_empty() {
            limits.push(format!("only for {}", words::listed(&categories, "and")));
        }
        let limits = match limits.is_empty() {
            true => "without a limit of their own".into(),
            false => words::listed(&limits, "and"),
        };
        format!("{} may pay out of it by themselves, {limits}.", words::capital(&words::plural(role)))
    }

    pub(super) fn meters(&mut self) {
        self.section("What use costs");
        for decl in self.all(Kind::Meter) {
            let settings = &decl.settings;
            let cost =
                self.amount(settings.get("cost")).or(settings.name("cost").map(|name| format!("what `{name}` gives")));
            let action = settings.text("action").unwrap_or_default();
            let mut said = vec![format!("`{}`: each {action:?} costs {}.", decl.name, cost.unwrap_or_default())];
            if let Some(rate) = settings.block("rate") {
                if let (Some(amount), Some(SettingValue::Duration(every))) =
                    (self.amount(rate.get("amount")), rate.get("every"))
                {
                    said.push(format!("At most {amount} is used every {}.", words::duration(*every)));
                }
            }
            said.extend(self.amount(settings.get("burst")).map(|burst| format!("At most {burst} is used at once.")));
            if settings.is_true("needs_auth") {
                said.push("Each use must be authorised.".into());
            }
            self.say_all(&said, decl);
        }
    }

    pub(super) fn credentials(&mut self) {
        self.section("Cards and credentials");
        for decl in self.all(Kind::Credential) {
            let settings = &decl.settings;
            let issuer = settings.name("issuer").map(|issuer| words::group(self.program, issuer)).unwrap_or_default();
            let what = settings.word("template").map(words::spaced).unwrap_or_default();
            let claims: Vec<_> = settings.claims().into_iter().map(|claim| words::spaced(&claim.name)).collect();
            let mut said = vec![format!("`{}`, a credential of {what}, is given by {issuer}.", decl.name)];
            if !claims.is_empty() {
                said.push(format!("It says: {}.", words::listed(&claims, "and")));
            }
            said.extend(
                settings.duration("validity").map(|validity| format!("It holds for {}.", words::duration(validity))),
            );
            if let Some(role) = settings.name("revocable_by") {
                said.push(format!("It can be taken back by {}.", words::group(self.program, role)));
            }
            let alone: Vec<_> = texts(settings.get("disclose")).iter().map(|name| words::spaced(name)).collect();
            if !alone.is_empty() {
                said.push(format!("Its holder may show by itself: {}.", words::listed(&alone, "and")));
            }
            self.say_all(&said, decl);
        }
    }

    pub(super) fn disputes(&mut self) {
        self.section("When members disagree");
        for decl in self.all(Kind::Dispute) {
            let settings = &decl.settings;
            let step = |step: String| match step.as_str() {
                "dialogue" => "talking with each other".into(),
                "facilitated" => "talking with somebody who facilitates".into(),
                "mediation" => "mediation".into(),
                "panel" => match (settings.int("panel_size"), settings.word("selection")) {
                    (Some(size), Some("elected")) => format!("a panel of {size} who are elected"),
                    (Some(size), _) => format!("a panel of {size} drawn by lot"),
                    (None, _) => "a panel".into(),
                },
                "assembly" => "the assembly".into(),
                _ => "somebody from outside".to_string(),
            };
            let steps: Vec<_> = texts(settings.get("steps")).into_iter().map(step).collect();
            let time = settings.duration("step_time").map(|time| format!(" Each step has {}.", words::duration(time)));
            let mut said = vec![format!(
                "`{}`: {}, in this order.{}",
                decl.name,
                words::listed(&steps, "and"),
                time.unwrap_or_default()
            )];
            if let Some(body) = settings.name("appeal") {
                said.push(format!("An appeal is heard by {}.", words::group(self.program, body)));
            }
            let remedies: Vec<_> = texts(settings.get("remedies"));
            if !remedies.is_empty() {
                said.push(format!("What can be decided: {}.", words::listed(&remedies, "or")));
            }
            said.extend(self.amount(settings.get("bond")).map(|bond| format!("Who complains puts down {bond}.")));
            self.say_all(&said, decl);
        }
    }
}
