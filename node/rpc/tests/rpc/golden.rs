//! `docs/spec/rpc.md` says what there is.

use crate::memory::Node;
use icn_rpc::error_table::TABLE;
use std::collections::BTreeSet;

const DOCUMENT: &str = include_str!("../../../../docs/spec/rpc.md");

/// The rows of every table whose first column is headed `heading`, each as its cells.
fn rows(heading: &str) -> Vec<Vec<&'static str>> {
    let cells = |line: &'static str| line.trim_matches('|').split('|').map(str::trim).collect::<Vec<_>>();
    let mut inside = false;
    let mut rows = Vec::new();
    for line in DOCUMENT.lines() {
        let row = if line.starts_with('|') { cells(line) } else { Vec::new() };
        match row.first() {
            None => inside = false,
            Some(first) if *first == heading => inside = true,
            Some(first) if first.starts_with("--") => {}
            Some(_) if inside => rows.push(row),
            Some(_) => {}
        }
    }
    rows
}

/// The names in backquotes of a cell.
fn names(cell: &'static str) -> impl Iterator<Item = &'static str> {
    cell.split('`').skip(1).step_by(2)
}

#[tokio::test]
async fn the_document_lists_every_method_and_no_other() {
    let documented: Vec<&str> = rows("method").iter().flat_map(|row| names(row[0])).collect();
    let unique: BTreeSet<&str> = documented.iter().copied().collect();
    assert_eq!(documented.len(), unique.len(), "a method is listed twice");
    let node = Node::new();
    let answer = node.call("rpc_methods", serde_json::json!([])).await;
    let offered: Vec<&str> = answer["methods"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    assert!(offered.is_sorted(), "rpc_methods is in order");
    let offered: BTreeSet<&str> = offered.into_iter().collect();
    let missing: Vec<_> = offered.difference(&unique).collect();
    let strange: Vec<_> = unique.difference(&offered).collect();
    assert!(missing.is_empty() && strange.is_empty(), "not documented: {missing:?}; not offered: {strange:?}");
}

#[tokio::test]
async fn rpc_methods_lists_what_is_registered() {
    let node = Node::new();
    let answer = node.call("rpc_methods", serde_json::json!([])).await;
    let methods = node.methods();
    let mut registered: Vec<&str> = methods.method_names().collect();
    registered.sort_unstable();
    assert_eq!(answer, serde_json::json!({"version": 1, "methods": registered}));
}

#[test]
fn the_document_lists_every_error_with_its_words() {
    let code = |code: i32| code.to_string();
    let table: Vec<Vec<String>> =
        TABLE.iter().map(|row| vec![code(row.code), row.words.into(), row.meaning.into()]).collect();
    assert_eq!(rows("code"), table);
}
