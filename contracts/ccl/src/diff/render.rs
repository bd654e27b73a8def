//! Changes as text, Markdown and JSON.

use super::Change;
use std::fmt::Write as _;

/// Where there is no value.
const NONE: &str = "—";

fn value(value: Option<&String>) -> &str {
    value.map_or(NONE, String::as_str)
}

pub(super) fn text(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "Nothing changes.\n".into();
    }
    let mut text = String::new();
    for change in changes {
        let (old, new) = (value(change.old.as_ref()), value(change.new.as_ref()));
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}: {old} → {new} ({})", change.path, change.direction.word());
        let _ = writeln!(text, "    {}", change.sentence);
    }
    text
}

pub(super) fn markdown(changes: &[Change]) -> String {
    if changes.is_empty() {
        return "Nothing changes.\n".into();
    }
    let cell = |text: &str| text.replace('\\', "\\\\").replace('|', "\\|").replace(['\n', '\r'], " ");
    let mut text = String::from("| What | Before | After | Direction | In words |\n|---|---|---|---|---|\n");
    for change in changes {
        let (old, new) = (cell(value(change.old.as_ref())), cell(value(change.new.as_ref())));
        let (path, said) = (cell(&change.path), cell(&change.sentence));
        let _ = writeln!(text, "| `{path}` | {old} | {new} | {} | {said} |", change.direction.word());
    }
    text
}

pub(super) fn json(changes: &[Change]) -> String {
    // Changes hold nothing that JSON cannot say.
    serde_json::to_string_pretty(changes).unwrap_or_default()
}
