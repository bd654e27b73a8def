//! Words for numbers, groups and rights.

use crate::{
    diff::written::{self, time},
    program::{InForce, Program, Role},
    schema::Kind,
};

/// The first letter great.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Ends as a sentence does.
pub(super) fn sentence(text: &str) -> String {
    let text = capital(text.trim());
    match text.ends_with(['.', '!', '?']) || text.is_empty() {
        true => text,
        false => format!("{text}."),
    }
}

/// With "a" or "an".
pub(super) fn article(noun: &str) -> String {
    let vowel = noun.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']);
    format!("{} {noun}", if vowel { "an" } else { "a" })
}

/// A name with spaces.
pub(super) fn spaced(name: &str) -> String {
    name.replace('_', " ")
}

/// More than one of it.
pub(crate) fn plural(noun: &str) -> String {
    let noun = spaced(noun);
    let stem = noun.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    match stem {
        Some(stem) => format!("{stem}ies"),
        None if noun.ends_with(['s', 'x', 'z']) || noun.ends_with("ch") || noun.ends_with("sh") => format!("{noun}es"),
        None => format!("{noun}s"),
    }
}

/// So many of it.
pub(super) fn counted(count: impl Into<i128>, noun: &str) -> String {
    match count.into() {
        1 => format!("1 {}", spaced(noun)),
        count => format!("{count} {}", plural(noun)),
    }
}

/// "7 days", "52 weeks", "1 day and 12 hours".
pub(crate) fn duration(millis: i64) -> String {
    let written = written::duration(millis);
    let mut parts = Vec::new();
    let mut digits = String::new();
    for letter in written.chars() {
        let unit = match letter {
            digit if digit.is_ascii_digit() => {
                digits.push(digit);
                continue;
            }
            'w' => "week",
            'd' => "day",
            'h' => "hour",
            'm' => "minute",
            's' if digits.is_empty() => continue,
            _ => "second",
        };
        let count: i128 = digits.parse().unwrap_or_default();
        digits.clear();
        parts.push(counted(count, unit));
    }
    listed(&parts, "and")
}

/// "from 2027-01-01 until 2028-01-01", if there is a beginning or an end.
pub fn in_force(in_force: InForce) -> Option<String> {
    match (in_force.effective.map(time), in_force.sunset.map(time)) {
        (None, None) => None,
        (Some(from), None) => Some(format!("from {from}")),
        (None, Some(until)) => Some(format!("until {until}")),
        (Some(from), Some(until)) => Some(format!("from {from} until {until}")),
    }
}

/// "a, b and c".
pub(crate) fn listed(parts: &[String], last: &str) -> String {
    match parts.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((end, rest)) => format!("{} {last} {end}", rest.join(", ")),
    }
}

/// "half", "two thirds", "60 %".
pub(super) fn share(numerator: i128, denominator: i128) -> String {
    match (numerator, denominator) {
        (1, 1) => "all".into(),
        (1, 2) => "half".into(),
        (1, 3) => "one third".into(),
        (2, 3) => "two thirds".into(),
        (1, 4) => "one quarter".into(),
        (3, 4) => "three quarters".into(),
        (1, 5) => "one fifth".into(),
        (n @ 2..=4, 5) => {
            format!("{} fifths", ["two", "three", "four"].get(n as usize - 2).copied().unwrap_or_default())
        }
        (9, 10) => "nine tenths".into(),
        (numerator, denominator) => written::ratio(numerator, denominator),
    }
}

/// A body, class or role, as the subject of "may".
pub(crate) fn group(program: &Program, name: &str) -> String {
    match (program.decl(Kind::Body, name), is_plural(program, name)) {
        (Some(_), _) if matches!(name, "everyone" | "everybody") => name.into(),
        (_, true) => format!("the {}", plural(name)),
        (_, false) => format!("the {}", spaced(name)),
    }
}

/// Whether a group is spoken of as several: a body is not, nor is a role that one person holds.
pub(crate) fn is_plural(program: &Program, name: &str) -> bool {
    let single = program.decl(Kind::Role, name).is_some_and(|role| role.settings.int("seats") == Some(1));
    program.decl(Kind::Body, name).is_none() && !single
}

/// A verb as it follows a group: "the assembly decides", "the stewards decide".
pub(crate) fn verb(program: &Program, group: &str, verb: &str) -> String {
    match is_plural(program, group) {
        true => verb.into(),
        false => format!("{verb}s"),
    }
}

/// One of a group.
pub(super) fn one_of(program: &Program, name: &str) -> String {
    match program.decl(Kind::Body, name) {
        Some(_) => format!("a member of the {}", spaced(name)),
        None => article(&spaced(name)),
    }
}

/// What a permission lets one do, after "may".
pub(crate) fn permission(program: &Program, name: &str) -> String {
    permissions(program, &[name])
}

/// What several permissions let one do, after "may".
pub(super) fn permissions(program: &Program, names: &[&str]) -> String {
    let mut all: Vec<String> = names.iter().filter_map(|name| permission_words(program, name)).collect();
    let required = |action: &&crate::program::Function| {
        action.requires.as_deref().is_some_and(|permission| names.contains(&permission))
    };
    let actions = program.functions_of(|role| *role == Role::Action).map(|(_, action)| action);
    let actions: Vec<_> = actions.filter(required).map(|action| format!("`{}`", action.name)).collect();
    if !actions.is_empty() {
        all.push(format!("do {}", listed(&actions, "and")));
    }
    if all.is_empty() {
        return listed(&names.iter().map(|name| spaced(name)).collect::<Vec<_>>(), "and");
    }
    // "vote, make proposals, and do `a` and `b`": what is listed within is kept apart.
    match actions.len() > 1 && all.len() > 1 {
        true => format!(
            "{}, and {}",
            all.get(..all.len() - 1).unwrap_or_default().join(", "),
            all.last().cloned().unwrap_or_default()
        ),
        false => listed(&all, "and"),
    }
}

/// What the kernel, or the document in words, says of a permission.
fn permission_words(program: &Program, name: &str) -> Option<String> {
    if let Some(words) = program.permissions.get(name).filter(|words| !words.is_empty()) {
        return Some(words.trim_end_matches('.').trim_start_matches("may ").to_string());
    }
    let kernel = match name {
        "propose" => "make proposals",
        "vote" => "vote",
        "comment" => "comment",
        "convene" => "call meetings",
        "review" => "review decisions before they take effect",
        "pause" => "pause what was decided",
        "countersign" => "countersign payments",
        "sponsor" => "support proposals of others",
        "execute" => "carry out decisions",
        _ => return None,
    };
    Some(kernel.into())
}

/// The first paragraph of a documentation, as sentences.
pub(super) fn docs(docs: &str) -> String {
    let first: Vec<_> = docs.trim().lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    match first.is_empty() {
        true => String::new(),
        false => sentence(&first.join(" ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_numbers() {
        let day = 86_400_000;
        assert_eq!(duration(7 * day), "7 days");
        assert_eq!(duration(364 * day), "52 weeks");
        assert_eq!(duration(day * 3 / 2), "1 day and 12 hours");
        assert_eq!(
            [share(2, 3), share(3, 5), share(1, 1), share(11, 20)],
            ["two thirds", "three fifths", "all", "55 %"]
        );
        assert_eq!(
            [counted(1, "member"), counted(2, "entry"), counted(0, "box")],
            ["1 member", "2 entries", "0 boxes"]
        );
        assert_eq!(listed(&["a".into(), "b".into(), "c".into()], "or"), "a, b or c");
        assert_eq!(plural("day"), "days");
    }
}
