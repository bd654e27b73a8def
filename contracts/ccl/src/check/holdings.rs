//! Budgets, treasuries, meters and resources.

use super::facts::{error_at, share_text, span_of, Facts};
use crate::{
    diagnostic::{Code, Diagnostic},
    nearest::nearest,
    number::{add, compare, Ratio},
    program::{Band, Decl, Role, SettingValue as Value},
    schema::Kind,
    types::Type,
};
use std::collections::BTreeMap;

pub(super) fn check(facts: &mut Facts<'_>) {
    for budget in facts.all(Kind::Budget) {
        categories(facts, budget);
        bands(facts, budget);
        spenders(facts, budget);
        period(facts, budget);
    }
    for treasury in facts.all(Kind::Treasury) {
        signers(facts, treasury);
    }
    for meter in facts.all(Kind::Meter) {
        self::meter(facts, meter);
    }
    for resource in facts.all(Kind::Resource) {
        self::resource(facts, resource);
    }
}

fn ratio(block: &BTreeMap<String, Value>, key: &str) -> Option<Ratio> {
    match block.get(key) {
        Some(Value::Ratio(a, b)) => Some((*a, *b)),
        _ => None,
    }
}

fn amount(block: &BTreeMap<String, Value>, key: &str) -> Option<i128> {
    match block.get(key) {
        Some(Value::Amount { minor, .. }) => Some(*minor),
        _ => None,
    }
}

/// CHK-36, CHK-37: categories can hold together; with fixed shares they are the whole.
fn categories<'p>(facts: &mut Facts<'p>, budget: &'p Decl) {
    for (name, block) in budget.settings.named("category") {
        let path = format!("category.{name}");
        let share = ratio(block, "share");
        let (min, max) = (ratio(block, "min"), ratio(block, "max"));
        if let (Some(share), Some((other, key))) = (share, min.map(|of| (of, "min")).or(max.map(|of| (of, "max")))) {
            if share != other {
                let message =
                    format!("the share of `{name}` is {}, and its `{key}` {}", share_text(share), share_text(other));
                let error = error_at(Code::CategorySum, budget, &format!("{path}.{key}"), message);
                let error = error.label(span_of(budget, &format!("{path}.share")), "the share");
                facts.tell_of(budget, error.help("a share is the least and the most at once: leave the other out"));
            }
        } else if let (Some(least), Some(most)) = (min, max) {
            if compare(least, most).is_gt() {
                let message = format!("`{name}` has at least {} and at most {}", share_text(least), share_text(most));
                let error = error_at(Code::CategorySum, budget, &format!("{path}.min"), message);
                let error = error.label(span_of(budget, &format!("{path}.max")), "at most this");
                facts.tell_of(budget, error.help("the least is not above the most"));
            }
        }
    }
    if !facts.is_broken(budget) {
        sums(facts, budget);
    }
}

fn sums<'p>(facts: &mut Facts<'p>, budget: &'p Decl) {
    let fixed = budget.settings.word("rule") == Some("fixed_shares");
    let blocks: Vec<_> = budget.settings.named("category").collect();
    if fixed && blocks.is_empty() {
        let message = "a budget of fixed shares has categories, and this one has none";
        facts.tell_of(
            budget,
            error_at(Code::CategorySum, budget, "rule", message).help("add `category name { share: …; }`"),
        );
        return;
    }
    if let Some((name, _)) = blocks.iter().find(|(_, block)| fixed && !block.contains_key("share")) {
        let message = format!("the category `{name}` has no share, and the budget has fixed shares");
        let error = error_at(Code::MissingKey, budget, &format!("category.{name}"), message);
        facts.tell_of(budget, error.label(span_of(budget, "rule"), "by this rule").help("set `share`"));
        return;
    }
    if blocks.is_empty() {
        return;
    }
    let sum = |key: &str, absent: Ratio| {
        let of =
            |block: &BTreeMap<String, Value>| ratio(block, "share").or_else(|| ratio(block, key)).unwrap_or(absent);
        blocks.iter().try_fold((0, 1), |sum, (_, block)| add(sum, of(block)))
    };
    // What does not fit into a number is more than one.
    let (least, most) = (sum("min", (0, 1)).unwrap_or((2, 1)), sum("max", (1, 1)).unwrap_or((2, 1)));
    let path = |key: &str| {
        let given = |name: &str| {
            [key, "share"]
                .iter()
                .map(|key| format!("category.{name}.{key}"))
                .find(|path| budget.settings.span(path).is_some())
        };
        let last = blocks.iter().filter_map(|(name, _)| given(name)).max_by_key(|path| budget.settings.span(path));
        last.unwrap_or_else(|| "category".into())
    };
    let error = if fixed && least != (1, 1) {
        let message = format!("the shares are {} of the budget together, not 100%", share_text(least));
        Some(
            error_at(Code::CategorySum, budget, &path("share"), message)
                .help("every part goes somewhere: let the shares add up to 100%"),
        )
    } else if compare(least, (1, 1)).is_gt() {
        let message = format!("the categories have at least {} together", share_text(least));
        Some(
            error_at(Code::CategorySum, budget, &path("min"), message)
                .help("no more than 100% can be promised: lower a `min`"),
        )
    } else if compare(most, (1, 1)).is_lt() {
        let message = format!("the categories have at most {} together", share_text(most));
        Some(
            error_at(Code::CategorySum, budget, &path("max"), message)
                .help("the rest could never be spent: raise a `max`"),
        )
    } else {
        None
    };
    if let Some(error) = error {
        facts.tell_of(budget, error);
    }
}

/// CHK-38 to CHK-40: bands go up from nothing without a gap, the last is open, and each says who agrees.
fn bands<'p>(facts: &mut Facts<'p>, budget: &'p Decl) {
    let bands = budget.settings.bands();
    let total = budget.settings.amount("total");
    let wrong = |at: usize, message: String| error_at(Code::BadBands, budget, &format!("band.{at}"), message);
    let order = |(at, band): (usize, &Band)| {
        let before = at.checked_sub(1).and_then(|before| bands.get(before));
        let last = at + 1 == bands.len();
        match (before, band.to) {
            (None, _) if band.from != 0 => Some(
                wrong(at, "the first band begins at 0".into()).help("smaller amounts would be agreed to by nobody"),
            ),
            (Some(before), _) if before.to != Some(band.from) => {
                let path = format!("band.{}", at.saturating_sub(1));
                let error = wrong(at, "this band does not begin where the one before ends".into());
                Some(
                    error
                        .label(span_of(budget, &path), "the one before")
                        .help("let each begin at the end of the one before"),
                )
            }
            (_, Some(to)) if to <= band.from => {
                Some(wrong(at, "this band ends before it begins".into()).help("amounts go up"))
            }
            (_, Some(_)) if last => Some(
                wrong(at, "the last band has an end".into())
                    .help("leave the end out: `band 5000 eur .. { … }` covers all that is more"),
            ),
            _ if total.is_some_and(|total| band.from >= total && at > 0) => {
                let error = wrong(at, "this band begins where the budget ends".into());
                Some(error.label(span_of(budget, "total"), "there is no more").help("it would never be used"))
            }
            _ => None,
        }
    };
    let agreed = |(at, band): (usize, &Band)| {
        let has = |key| band.settings.contains_key(key);
        let path = format!("band.{at}");
        if has("process") && (has("approvers") || has("role")) {
            let key = if has("approvers") { "approvers" } else { "role" };
            let error = error_at(
                Code::Conflict,
                budget,
                &format!("{path}.{key}"),
                "either a process decides, or approvers agree",
            );
            Some(
                error
                    .label(span_of(budget, &format!("{path}.process")), "a process decides already")
                    .help("drop one of them"),
            )
        } else if has("approvers") && !has("role") {
            let error = error_at(Code::MissingKey, budget, &format!("{path}.approvers"), "approvers of which role?");
            Some(error.help("add `role: …;`"))
        } else if !has("process") && !has("role") {
            let error = error_at(Code::NoProcess, budget, &path, "nobody agrees to payments of this size");
            Some(error.help("set `approvers` and `role`, or a `process`"))
        } else {
            None
        }
    };
    let found = bands.iter().enumerate().find_map(order).or_else(|| bands.iter().enumerate().find_map(agreed));
    if let Some(error) = found {
        facts.tell_of(budget, error);
    }
}

/// CHK-41: spenders spend on categories that there are, and no more at once than in the period.
fn spenders<'p>(facts: &mut Facts<'p>, budget: &'p Decl) {
    let known: Vec<_> = budget.settings.named("category").map(|(name, _)| name.as_str()).collect();
    for (role, block) in budget.settings.named("spender") {
        let path = format!("spender.{role}");
        if let Some(Value::List(names)) = block.get("categories") {
            let strange = names.iter().find_map(|name| match name {
                Value::Name(name) if !known.contains(&name.as_str()) => Some(name),
                _ => None,
            });
            if let Some(strange) = strange {
                let message = format!("the budget has no category `{strange}`");
                let error = error_at(Code::UnknownName, budget, &format!("{path}.categories"), message);
                facts.tell_of(budget, error.help(near(strange, &known)));
            }
        }
        if let (Some(single), Some(period)) = (amount(block, "single"), amount(block, "per_period")) {
            if single > period {
                let error = error_at(
                    Code::Conflict,
                    budget,
                    &format!("{path}.single"),
                    "more at once than in the whole period",
                );
                let error = error.label(span_of(budget, &format!("{path}.per_period")), "in the period");
                facts.tell_of(budget, error.help("lower the one, or raise the other"));
            }
        }
    }
}

fn near(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "there are none".into(),
        None => format!("there are: {}", known.join(", ")),
    }
}

/// CHK-42: a period ends after it begins.
fn period<'p>(facts: &mut Facts<'p>, budget: &'p Decl) {
    let time = |key| match budget.settings.block("period").and_then(|block| block.get(key)) {
        Some(Value::Time(time)) => Some(*time),
        _ => None,
    };
    if let (Some(from), Some(to)) = (time("from"), time("to")) {
        if from >= to {
            let error = error_at(Code::Conflict, budget, "period.to", "the period ends before it begins");
            let error = error.label(span_of(budget, "period.from"), "it begins here");
            facts.tell_of(budget, error.help("its end is not in it, so it must be later"));
        }
    }
}

/// CHK-43: a number of signers is of some role.
fn signers<'p>(facts: &mut Facts<'p>, treasury: &'p Decl) {
    if treasury.settings.int("min_signers").is_some() && treasury.settings.name("signers").is_none() {
        let error = error_at(Code::MissingKey, treasury, "min_signers", "signers of which role?");
        facts.tell_of(treasury, error.help("set `signers`"));
    }
}

/// CHK-44: what a use costs is an amount of the meter's resource; a rate is per some time.
fn meter<'p>(facts: &mut Facts<'p>, meter: &'p Decl) {
    let resource = meter.settings.name("resource").unwrap_or_default();
    if let Some(Value::Name(cost)) = meter.settings.get("cost") {
        let pure = |role: &Role| matches!(role, Role::Fn | Role::View);
        let function =
            facts.program.functions_of(pure).map(|(_, function)| function).find(|function| function.name == *cost);
        let fits = function.is_some_and(|function| function.result == Type::amount(resource));
        if !fits {
            let message = format!("`{cost}` is no `fn` or `view` that gives Amount<{resource}>");
            let mut error = error_at(Code::TypeMismatch, meter, "cost", message);
            if let Some(function) = function.filter(|function| function.own) {
                error = error.label(function.name_span, format!("this gives {}", function.result));
            }
            facts.tell_of(meter, error.help("what a use costs is paid with the meter's resource"));
        }
    }
    every(facts, meter, "rate");
    if meter.settings.amount("burst").is_some() && meter.settings.get("rate").is_none() {
        let error = error_at(Code::MissingKey, meter, "burst", "a burst is above a rate, and there is none");
        facts.tell_of(meter, error.help("add `rate { amount: …; every: …; }`"));
    }
}

/// CHK-44: a block that repeats does so after some time.
fn every<'p>(facts: &mut Facts<'p>, decl: &'p Decl, block: &str) {
    let every = decl.settings.block(block).and_then(|block| block.get("every"));
    if every == Some(&Value::Duration(0)) {
        let error = error_at(Code::Conflict, decl, &format!("{block}.every"), "this repeats after no time at all");
        facts.tell_of(decl, error.help("write for example 30d"));
    }
}

/// CHK-45: one may hold no more than there is.
fn resource<'p>(facts: &mut Facts<'p>, resource: &'p Decl) {
    every(facts, resource, "demurrage");
    if let (Some(hold), Some(cap)) = (resource.settings.amount("max_hold"), resource.settings.amount("cap")) {
        if hold > cap {
            let error =
                Diagnostic::new(Code::Conflict, span_of(resource, "max_hold"), "one may hold more than there is");
            facts.tell_of(
                resource,
                error
                    .label(span_of(resource, "cap"), "there is at most this")
                    .help("lower the one, or raise the other"),
            );
        }
    }
}
