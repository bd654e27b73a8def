//! Explanations as text, Markdown and JSON.

use super::{Document, Line};
use std::fmt::Write as _;

fn cited(line: &Line) -> String {
    let numbers: Vec<_> = line.articles.iter().map(ToString::to_string).collect();
    match numbers.as_slice() {
        [] => String::new(),
        [one] => format!(" (article {one})"),
        many => format!(" (articles {})", super::words::listed(many, "and")),
    }
}

pub(super) fn text(document: &Document) -> String {
    let mut text = format!("{}\n{}\n", document.title, document.about);
    for section in &document.sections {
        // Writing to a string does not fail.
        let _ = write!(text, "\n{}\n", section.heading.to_uppercase());
        for line in &section.lines {
            let _ = writeln!(text, "- {}{}", line.text, cited(line));
        }
    }
    text
}

pub(super) fn markdown(document: &Document) -> String {
    let mut text = format!("# {}\n\n{}.\n", escaped(&document.title), document.about);
    for section in &document.sections {
        let _ = write!(text, "\n## {}\n\n", section.heading);
        for line in &section.lines {
            let _ = writeln!(text, "- {}{}", escaped(&line.text), cited(line));
        }
    }
    text
}

/// What is code stays code; elsewhere signs of Markdown and HTML are taken as they are.
fn escaped(text: &str) -> String {
    let part = |(at, part): (usize, &str)| match at % 2 {
        0 => {
            part.replace('\\', "\\\\").replace('*', "\\*").replace('_', "\\_").replace('<', "&lt;").replace('[', "\\[")
        }
        _ => format!("`{part}`"),
    };
    text.replace(['\n', '\r'], " ").split('`').enumerate().map(part).collect()
}

pub(super) fn json(document: &Document) -> String {
    // Documents hold nothing that JSON cannot say.
    serde_json::to_string_pretty(document).unwrap_or_default()
}
