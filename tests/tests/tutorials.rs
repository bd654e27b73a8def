//! The tutorials, pasted into a shell.

use icn_tests::node::{binary, clean, dev, directory, run, NodeProcess};
use std::path::Path;

/// The commands of a page, without those that start a node and name the program.
fn commands(page: &str) -> String {
    let blocks = page.split("```sh\n").skip(1).filter_map(|rest| rest.split("```").next());
    let lines = blocks.flat_map(str::lines).filter(|line| !line.contains("run.sh") && !line.starts_with("alias icn="));
    lines.map(|line| format!("{line}\n")).collect()
}

/// Pastes a page into a shell, with a node at hand; what it prints.
fn paste(page: &str) -> String {
    let directory = directory();
    let home = directory.path().join("home");
    let node = NodeProcess::try_start(dev(&home), &home).unwrap_or_else(|said| panic!("{said:?}"));
    let script = format!("set -euo pipefail\nicn() {{ \"$ICN_PROGRAM\" \"$@\"; }}\n{}", commands(page));
    let mut shell = clean(Path::new("bash"), ["-c", &script]);
    shell.current_dir(directory.path()).env("ICN_PROGRAM", binary()).env("ICN_URL", &node.url);
    run(&mut shell).ok()
}

#[test]
fn prove_it_to_someone_else() {
    let said = paste(include_str!("../../docs/tutorials/prove-it.md"));
    for words in ["We open on Sundays", "holds: true", "It does not hold.", "known: 3", "A new oven", "next_power: 1"] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn write_your_constitution() {
    let said = paste(include_str!("../../docs/tutorials/write-your-constitution.md"));
    for words in [
        "garden.ccl: sound",
        "hasty.ccl: 1 found",
        "The constitution could be changed more easily",
        "ok      a tool is with one person at a time",
        "2 tests, 0 failed",
        "only the invariant `few` stops `lend`",
        "lend(\"rake\", test_did(\"ana\")) by kim",
        "garden.html",
        "lent = {rake: did:icn:test:bo}",
        "action:lend(tool: Text, to: Did) requires open_shed",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}
