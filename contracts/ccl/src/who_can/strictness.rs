//! Whether a process is at least as strict as another, by component.

use crate::{
    diff::written,
    number::{self, Rounding},
    program::{Decl, Program, SettingValue},
    schema::Kind,
};
use std::cmp::Ordering;

/// The components in which a process is weaker than another, in the order of the rules; none if it is at least as strict.
///
/// Components are the voters, quorum, threshold, deliberation, voting, timelock and review. Consent counts as no threshold,
/// although one objection stops it: [`explain`](crate::explain) says so.
pub fn weaker(program: &Program, process: &str, than: &str) -> Vec<&'static str> {
    let find = |name| program.decl(Kind::Process, name);
    let (Some(own), Some(other)) = (find(process), find(than)) else { return vec!["process"] };
    let mut components = Vec::new();
    let mut add = |is: bool, component| {
        if is {
            components.push(component);
        }
    };
    add(base(program, own) != base(program, other), "voters");
    add(quorum_is_less(program, own, other), "quorum");
    add(threshold(own, other).is_lt(), "threshold");
    for key in ["deliberation", "voting", "timelock"] {
        add(own.settings.duration(key).unwrap_or(0) < other.settings.duration(key).unwrap_or(0), key);
    }
    add(other.settings.get("review").is_some() && own.settings.get("review").is_none(), "review");
    components
}

/// The group that the voters come down to: all of a body are its members, and holders of a role are whoever holds it.
fn base<'a>(program: &'a Program, process: &'a Decl) -> &'a str {
    super::find::base_of(program, process.settings.name("voters").unwrap_or_default())
}

fn quorum_is_less(program: &Program, own: &Decl, other: &Decl) -> bool {
    let voters = own.settings.name("voters").unwrap_or_default();
    let least = crate::diff::size_min(program, voters).unwrap_or(1).max(1);
    let at = |decl: &Decl, size: i128| match decl.settings.get("quorum") {
        Some(SettingValue::Count(count)) => *count,
        Some(SettingValue::Ratio(a, b)) => {
            number::times((*a, *b), (size, 1)).and_then(|part| number::round(part, Rounding::Up)).unwrap_or(0)
        }
        _ => 0,
    };
    match (own.settings.get("quorum"), other.settings.get("quorum")) {
        (Some(SettingValue::Ratio(a, b)), Some(SettingValue::Ratio(c, d))) => {
            number::compare((*a, *b), (*c, *d)).is_lt()
        }
        // A share grows with the voters, a number does not.
        (Some(SettingValue::Count(_)), Some(SettingValue::Ratio(0, _))) => false,
        (Some(SettingValue::Count(_)), Some(SettingValue::Ratio(..))) => true,
        _ => at(own, least) < at(other, least),
    }
}

/// How the thresholds compare; more than a share is more than at least it.
fn threshold(own: &Decl, other: &Decl) -> Ordering {
    let of = |decl: &Decl| {
        let share = decl.settings.ratio("threshold").unwrap_or((1, 2));
        match decl.settings.get("method") {
            Some(SettingValue::Word(word, payload)) => match (word.as_str(), payload.as_deref()) {
                ("majority", _) => (share, 1),
                ("supermajority" | "sortition_panel", _) => (share, 0),
                ("unanimous", _) => ((1, 1), 0),
                ("consensus", Some(SettingValue::Ratio(a, b))) => ((*a, *b), 0),
                _ => ((0, 1), 0),
            },
            _ => ((0, 1), 0),
        }
    };
    let eligible = |decl: &Decl| decl.settings.word("of") == Some("of_eligible");
    let ((a, strictly_a), (b, strictly_b)) = (of(own), of(other));
    if eligible(other) && !eligible(own) && b.0 > 0 {
        return Ordering::Less;
    }
    number::compare(a, b).then(strictly_a.cmp(&strictly_b))
}

/// Components in words: "a quorum of 50 % instead of 2/3".
pub(super) fn words(program: &Program, process: &str, than: &str) -> Vec<String> {
    let value = |name: &str, key: &str| {
        let decl = program.decl(Kind::Process, name)?;
        Some(written::setting(program, decl.settings.get(key)?))
    };
    let both = |key: &str, none: &str| {
        let or = |value: Option<String>| value.unwrap_or_else(|| none.to_string());
        (or(value(process, key)), or(value(than, key)))
    };
    let component = |component: &'static str| match component {
        "threshold" => {
            let said = |name: &str| match (value(name, "method"), value(name, "threshold")) {
                (Some(method), Some(share)) => format!("{method} {share}"),
                (method, _) => method.unwrap_or_default(),
            };
            format!("{} instead of {}", said(process), said(than))
        }
        "review" => "no review".into(),
        key => {
            let (own, other) = both(key, "none");
            format!("{key} {own} instead of {other}")
        }
    };
    weaker(program, process, than).into_iter().map(component).collect()
}
