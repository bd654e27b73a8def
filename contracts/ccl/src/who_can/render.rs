//! Answers as text and JSON.

use super::{Answer, Way};
use std::fmt::Write as _;

fn cited(articles: &[usize]) -> String {
    let mut numbers: Vec<_> = articles.to_vec();
    numbers.dedup();
    let numbers: Vec<_> = numbers.iter().map(ToString::to_string).collect();
    match numbers.as_slice() {
        [] => String::new(),
        [one] => format!(" (article {one})"),
        many => format!(" (articles {})", crate::explain::listed(many, "and")),
    }
}

fn way(text: &mut String, indent: &str, way: &Way) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{indent}- {}{}", way.sentence, cited(&way.articles));
}

pub(super) fn text(answer: &Answer) -> String {
    let mut text = format!("{}\n", answer.question);
    if answer.ways.is_empty() {
        text.push_str("- Nobody.\n");
    }
    answer.ways.iter().for_each(|one| way(&mut text, "", one));
    if !answer.groups.is_empty() {
        text.push_str("\nHow that could change:\n");
    }
    for group in &answer.groups {
        let _ = writeln!(text, "- The {} `{}`{}:", group.kind, group.name, cited(&group.articles));
        for sentence in &group.sentences {
            let _ = writeln!(text, "  - {sentence}");
        }
        group.ways.iter().for_each(|one| way(&mut text, "  ", one));
        if group.sentences.is_empty() && group.ways.is_empty() {
            text.push_str("  - Nothing in this document changes it.\n");
        }
    }
    if !answer.findings.is_empty() {
        text.push_str("\nWhat one should know:\n");
    }
    for finding in &answer.findings {
        let _ = writeln!(text, "- {}{}", finding.sentence, cited(&finding.articles));
    }
    text
}

pub(super) fn json(answer: &Answer) -> String {
    // Answers hold nothing that JSON cannot say.
    serde_json::to_string_pretty(answer).unwrap_or_default()
}
