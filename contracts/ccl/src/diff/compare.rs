//! Which of two values is the greater, and what that means.

use super::{written, Direction};
use crate::{
    number::{self, Rounding},
    program::{Program, SettingValue as Value},
    schema::{Kind, Meaning},
};
use std::cmp::Ordering;

/// What a value is compared in.
pub(super) struct Context<'a> {
    pub old: &'a Program,
    pub new: &'a Program,
    /// The fewest voters that there can be, of a process.
    pub voters_min: i128,
}

/// How the new value compares with the old one; `None` when they do not compare.
pub(super) fn compare(old: &Value, new: &Value, context: &Context<'_>) -> Option<Ordering> {
    Some(match (old, new) {
        (Value::Bool(old), Value::Bool(new)) => new.cmp(old),
        (Value::Int(old), Value::Int(new)) | (Value::Count(old), Value::Count(new)) => new.cmp(old),
        (Value::Duration(old), Value::Duration(new)) => new.cmp(old),
        (Value::Ratio(a, b), Value::Ratio(c, d)) => number::compare((*c, *d), (*a, *b)),
        (Value::Ratio(a, b), Value::Count(count)) => share_and_count((*a, *b), *count, context.voters_min)?.reverse(),
        (Value::Count(count), Value::Ratio(a, b)) => share_and_count((*a, *b), *count, context.voters_min)?,
        (Value::Amount { minor: a, resource: of }, Value::Amount { minor: b, resource }) if of == resource => {
            let whole = |program, minor: &i128| {
                number::reduced(*minor, 10i128.checked_pow(written::decimals(program, resource))?)
            };
            number::compare(whole(context.new, b)?, whole(context.old, a)?)
        }
        _ => return None,
    })
}

/// How a share of the voters compares with a number of them, if it is so for every size that they can have.
fn share_and_count(share: (i128, i128), count: i128, voters_min: i128) -> Option<Ordering> {
    if share.0 == 0 {
        return Some(Ordering::Less);
    }
    // More voters make the share greater, and the count is at most all of them.
    let least = number::round(number::times(share, (voters_min.max(1), 1))?, Rounding::Up)?;
    (least >= count).then_some(Ordering::Greater)
}

/// What a greater or smaller value means.
pub(super) fn direction(ordering: Ordering, meaning: Meaning) -> Direction {
    match (meaning, ordering) {
        (Meaning::Neutral, _) | (_, Ordering::Equal) => Direction::Changed,
        (Meaning::Stronger, Ordering::Greater) | (Meaning::Weaker, Ordering::Less) => Direction::Stronger,
        (Meaning::Stronger, Ordering::Less) | (Meaning::Weaker, Ordering::Greater) => Direction::Weaker,
        (Meaning::Grants, Ordering::Greater) => Direction::Granted,
        (Meaning::Grants, Ordering::Less) => Direction::Revoked,
    }
}

/// Limits that are none when they are not set, although more of them is not weaker; and the other way round.
const NO_LIMIT: [(&str, &str); 5] = [
    ("objections", "max_per_period"),
    ("spender", "single"),
    ("spender", "per_period"),
    ("demurrage", "every"),
    ("rate", "amount"),
];
const NOTHING: [(&str, &str); 1] = [("demurrage", "rate")];

/// What it means that a setting is set which was not; `of` is the block or kind that it belongs to.
pub(super) fn set(of: &str, key: &str, meaning: Meaning) -> Direction {
    let limit = (meaning == Meaning::Weaker && !NOTHING.contains(&(of, key))) || NO_LIMIT.contains(&(of, key));
    match meaning {
        Meaning::Neutral => Direction::Added,
        // Without it there is no limit, which is greater than any.
        _ if limit => direction(Ordering::Less, meaning),
        _ => direction(Ordering::Greater, meaning),
    }
}

/// What several parts mean together, if they agree.
pub(super) fn together(parts: impl IntoIterator<Item = Direction>) -> Option<Direction> {
    let mut all =
        parts.into_iter().filter(|part| !matches!(part, Direction::Added | Direction::Removed | Direction::Changed));
    let first = all.next()?;
    let closes = |direction: Direction| matches!(direction, Direction::Stronger | Direction::Revoked);
    let mut merged = first;
    for part in all {
        match (part == merged, closes(part) == closes(merged)) {
            (true, _) => {}
            (false, true) if closes(part) => merged = Direction::Stronger,
            (false, true) => merged = Direction::Weaker,
            (false, false) => return None,
        }
    }
    Some(merged)
}

/// The fewest voters of a group: its declared size, or how many found it.
pub(crate) fn size_min(program: &Program, group: &str) -> Option<i128> {
    let mut name = group;
    for _ in 0..=program.decls.len() {
        if let Some(founder) = program.founders.iter().find(|founder| founder.of == name) {
            return Some(founder.min.into());
        }
        if let Some(body) = program.decl(Kind::Body, name) {
            if let Some(size) = body.settings.int("size") {
                return Some(size);
            }
            match body.settings.get("members") {
                Some(Value::List(members)) => return i128::try_from(members.len()).ok(),
                Some(Value::Name(of)) => name = of,
                _ => return None,
            }
        } else {
            name = program.decl(Kind::Role, name)?.settings.name("held_by")?;
        }
    }
    None
}
