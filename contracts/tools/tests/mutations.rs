//! Mistakes are planted in templates, and their checks and tests notice them.
//!
//! A mutant differs from its template in one place of the code that decides: a comparison, a number, `and` for `or`, a sign, a
//! dropped `require`, another permission, another role, another process. It is killed when the document is not sound any more or
//! a test of its own fails. Where conditions only word an error or an event they are left alone: nobody decides by them.

// How many mistakes each template notices is worth reading.
#![allow(clippy::print_stdout)]

use icn_ccl::{
    ast::{Func, Item, ItemKind},
    diagnostic::Span,
    schema::Kind,
    syntax::{parse, SyntaxToken},
};
use icn_ccl_tools::{
    document::{Arguments, Document, Library},
    library::{Shipped, TEMPLATES},
};
use icn_covm_local::suite;
use std::{collections::BTreeMap, ops::Range};

/// The share of mutants that must be noticed.
const WANTED_PERCENT: usize = 90;

/// One planted mistake.
struct Mutant {
    kind: &'static str,
    place: Range<usize>,
    text: String,
}

fn swapped(token: &str) -> Option<(&'static str, &'static str)> {
    Some(match token {
        "<" => ("comparison", "<="),
        "<=" => ("comparison", "<"),
        ">" => ("comparison", ">="),
        ">=" => ("comparison", ">"),
        "==" => ("comparison", "!="),
        "!=" => ("comparison", "=="),
        "and" => ("connective", "or"),
        "or" => ("connective", "and"),
        "+" => ("sign", "-"),
        "-" => ("sign", "+"),
        "+=" => ("sign", "-="),
        "-=" => ("sign", "+="),
        _ => return None,
    })
}

/// A number with its unit, one greater.
fn greater(token: &str) -> Option<String> {
    let digits = token.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(token.len());
    let (number, unit) = token.split_at(digits);
    let number: u64 = number.parse().ok()?;
    unit.chars().all(char::is_alphabetic).then(|| format!("{}{unit}", number + 1))
}

fn place(token: &SyntaxToken) -> Range<usize> {
    Span::from(token.text_range()).range()
}

/// Where code decides: bodies, effects and invariants.
fn deciding(item: &Item) -> Option<Range<usize>> {
    match &item.kind {
        ItemKind::Func(function) => Some(function.body.span.range()),
        ItemKind::Decl(decl) => decl.effect.as_ref().map(|effect| effect.span.range()),
        ItemKind::Invariant(invariant) => Some(invariant.condition.span.range()),
        _ => None,
    }
}

/// Mistakes in one piece of code.
fn in_code(tokens: &[SyntaxToken], source: &str, roles: &[&str], mutants: &mut Vec<Mutant>) {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text());
    let (mut require, mut wording) = (None, false);
    for (at, token) in tokens.iter().enumerate() {
        let mut put = |kind, text: String| mutants.push(Mutant { kind, place: place(token), text });
        match token.text() {
            "require" => require = Some(place(token).start),
            "emit" | "log" => wording = true,
            "else" if require.is_some() => wording = true,
            ";" => {
                wording = false;
                if let Some(start) = require.take() {
                    let place = start..place(token).end;
                    mutants.push(Mutant { kind: "require", place, text: String::new() });
                }
            }
            _ if wording => {}
            "grant_role" | "revoke_role" => {
                // `grant_role ( who , role )`
                let Some(role) = tokens.get(at + 4) else { continue };
                if let Some(other) = roles.iter().find(|other| **other != role.text()) {
                    mutants.push(Mutant { kind: "role", place: place(role), text: (*other).to_string() });
                }
            }
            word => {
                // Types have no blanks around their brackets.
                let spaced = source.get(..place(token).start).is_some_and(|before| before.ends_with([' ', '(']));
                if let Some((kind, text)) = swapped(word).filter(|_| spaced) {
                    let unary =
                        word == "-" && source.get(place(token).end..).is_some_and(|after| !after.starts_with(' '));
                    if !unary {
                        put(kind, text.to_string());
                    }
                    continue;
                }
                // Numbers in a list of numbers, and how many copies are kept, decide nothing.
                let listed = at > 0 && matches!(text(at - 1), "[" | ",") && matches!(text(at + 1), "]" | ",")
                    || at > 1 && text(at - 2) == "factor";
                if let Some(text) = greater(word).filter(|_| !listed) {
                    put("number", text);
                }
            }
        }
    }
}

fn permission(function: &Func, roles: &BTreeMap<&str, Vec<&str>>) -> Option<Mutant> {
    let required = function.requires.as_ref()?;
    let others = roles.values().find(|can| !can.is_empty() && !can.contains(&required.text.as_str()))?;
    Some(Mutant { kind: "permission", place: required.span.range(), text: (*others.first()?).to_string() })
}

fn mutants(template: &Shipped) -> Vec<Mutant> {
    let source = template.source;
    let document = Document::of(template.name.into(), source.into(), &Library::shipped(), &Arguments::new());
    assert!(document.is_sound(), "{}", document.report(false));
    let names = |kind| document.program.decls_of(kind).map(|decl| decl.name.as_str()).collect::<Vec<_>>();
    let (processes, roles) = (names(Kind::Process), names(Kind::Role));
    let can = document.program.decls_of(Kind::Role).map(|role| (role.name.as_str(), role.settings.names("can")));
    let can: BTreeMap<_, _> = can.collect();
    let syntax = parse(source).syntax();
    let tokens = syntax.descendants_with_tokens().filter_map(|element| element.into_token());
    let tokens: Vec<_> = tokens.filter(|token| !token.text().trim().is_empty()).collect();
    let mut mutants = Vec::new();
    for item in &icn_ccl::ast::File::of(&syntax).items {
        if let Some(code) = deciding(item) {
            let within = tokens.iter().filter(|token| {
                let place = place(token);
                code.start <= place.start && place.end <= code.end
            });
            in_code(&within.cloned().collect::<Vec<_>>(), source, &roles, &mut mutants);
        }
        match &item.kind {
            ItemKind::Func(function) => mutants.extend(permission(function, &can)),
            // The first process is the everyday one, the others are for what matters more.
            ItemKind::Decl(decl) if decl.kind.text == "proposal" => {
                let setting = decl.settings.iter().find(|setting| setting.key.text == "process");
                let named = setting.and_then(|setting| {
                    let after = tokens.iter().skip_while(|token| place(token).start < setting.key.span.range().end);
                    after.filter(|token| token.text() != ":").find(|token| processes.contains(&token.text()))
                });
                let everyday = processes.first().copied().unwrap_or_default();
                if let Some(named) = named.filter(|named| named.text() != everyday) {
                    mutants.push(Mutant { kind: "process", place: place(named), text: everyday.into() });
                }
            }
            _ => {}
        }
    }
    mutants
}

/// Whether the checks or the tests notice.
fn is_killed(template: &Shipped, mutant: &Mutant, library: &Library) -> bool {
    let mut source = template.source.to_string();
    source.replace_range(mutant.place.clone(), &mutant.text);
    let document = Document::of(template.name.into(), source, library, &Arguments::new());
    !document.is_sound() || !suite::run(&document.program, None).is_ok_and(|report| report.passed())
}

/// Plants each `every`th mistake and prints who notices how many.
fn plant(every: usize) {
    let library = Library::shipped();
    let (mut all, mut killed) = (0, 0);
    for template in TEMPLATES {
        let mutants: Vec<_> = mutants(template).into_iter().step_by(every).collect();
        let survivors: Vec<_> = mutants.iter().filter(|mutant| !is_killed(template, mutant, &library)).collect();
        let noticed = mutants.len() - survivors.len();
        println!(
            "{:28} {noticed:4} of {:4}  {:3} %",
            template.name,
            mutants.len(),
            noticed * 100 / mutants.len().max(1)
        );
        for mutant in survivors {
            let line = template.source.get(..mutant.place.start).unwrap_or_default().lines().count();
            let old = template.source.get(mutant.place.clone()).unwrap_or_default();
            println!("    {} in line {line}: {old} -> {}", mutant.kind, mutant.text);
        }
        (all, killed) = (all + mutants.len(), killed + noticed);
    }
    println!("{killed} of {all}");
    assert!(killed * 100 >= all * WANTED_PERCENT, "only {killed} of {all} mistakes are noticed");
}

#[test]
fn planted_mistakes_are_noticed() {
    plant(5);
}

#[test]
#[ignore = "slow: every mistake"]
fn every_planted_mistake() {
    plant(1);
}
