//! What is written where no bound of a source cuts it off.

use super::{document::pieces, layout};
use crate::{limits::SOURCE_BYTES_MAX, syntax::parse};

const HEADER: &str = "contract \"T\" version 1.0.0 for node;\n";

fn formatted(source: &str) -> String {
    let parsed = parse(source);
    assert_eq!(parsed.diagnostics, []);
    layout::write(&pieces(source, &parsed.syntax()), usize::MAX).expect("nothing is too long")
}

#[test]
fn a_hundred_thousand_names_have_a_line_each() {
    let names = "a,".repeat(100_000);
    let lines = "  a,\n".repeat(100_000);
    assert_eq!(formatted(&format!("{HEADER}enum E {{ {names} }}")), format!("{HEADER}enum E {{\n{lines}}}\n"));
    assert_eq!(
        formatted(&format!("{HEADER}entrench [{names}] forever;")),
        format!("{HEADER}entrench [\n{lines}] forever;\n")
    );
}

#[test]
fn names_that_are_nested_deep_are_indented_as_deep() {
    let (open, close, depth) = ("[".repeat(60), "]".repeat(60), 60);
    let room = SOURCE_BYTES_MAX - HEADER.len() - 200;
    let names = "a,".repeat(room / 2);
    let mut wanted = format!("{HEADER}const A: Int = ");
    for level in 0..depth {
        wanted += &format!("[\n{}", " ".repeat(2 * level + 2));
    }
    let indent = " ".repeat(2 * depth);
    wanted += &vec!["a,\n"; room / 2].join(&indent);
    for level in (0..depth).rev() {
        wanted += &format!("{}]{}", " ".repeat(2 * level), if level == 0 { ";\n" } else { ",\n" });
    }
    assert_eq!(formatted(&format!("{HEADER}const A: Int = {open}{names}{close};")), wanted);
}

#[test]
fn many_operators_have_a_line_each() {
    let sum = vec!["name"; 200].join("+");
    let lines = vec!["name"; 200].join("\n  + ");
    assert_eq!(formatted(&format!("{HEADER}const A: Int = {sum};")), format!("{HEADER}const A: Int = {lines};\n"));
}

#[test]
fn writing_stops_where_it_becomes_too_long() {
    let parsed = parse(HEADER);
    let pieces = pieces(HEADER, &parsed.syntax());
    assert_eq!(layout::write(&pieces, HEADER.len()).as_deref(), Some(HEADER));
    assert_eq!(layout::write(&pieces, HEADER.len() - 1), None);
}
