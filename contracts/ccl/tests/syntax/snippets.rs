//! The snippets of the editors parse, and are written as the formatter writes them.

use icn_ccl::fmt::format;
use serde_json::Value;

const SNIPPETS: &str = include_str!("../../editors/vscode/snippets/ccl.json");

/// The text of a snippet with the first choice at each place.
fn filled(body: &str) -> String {
    let mut text = String::new();
    let mut rest = body;
    while let Some((before, place)) = rest.split_once('$') {
        text += before;
        let Some(place) = place.strip_prefix('{') else {
            rest = place.trim_start_matches(|letter: char| letter.is_ascii_digit());
            continue;
        };
        let (inside, after) = place.split_once('}').expect("a place is closed");
        let value = inside.trim_start_matches(|letter: char| letter.is_ascii_digit());
        let value = match value.strip_prefix('|') {
            Some(choices) => choices.split([',', '|']).next().unwrap_or_default(),
            None => value.strip_prefix(':').unwrap_or_default(),
        };
        text += value;
        rest = after;
    }
    text + rest
}

#[test]
fn snippets_are_documents() {
    let snippets: serde_json::Map<String, Value> = serde_json::from_str(SNIPPETS).unwrap();
    assert!(snippets.len() > 15);
    for (name, snippet) in snippets {
        let lines = snippet["body"].as_array().unwrap().iter().map(|line| line.as_str().unwrap());
        let text = filled(&lines.collect::<Vec<_>>().join("\n"));
        let header = match text.contains(" version ") {
            true => "",
            false => "contract \"T\" version 1.0.0 for node;\n",
        };
        let source = format!("{header}{}\n", text.trim_end());
        let formatted = format(&source).unwrap_or_else(|found| panic!("{name}: {found:#?}"));
        // A line that waits to be filled is blank.
        let without_blanks =
            |text: &str| text.lines().filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join("\n");
        let empty = |text: &str| without_blanks(text).replace("{\n  }", "{}").replace("{\n}", "{}");
        assert_eq!(empty(&source), empty(&formatted), "{name}");
    }
}
