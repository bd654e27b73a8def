//! What searching finds in documents with a planted mistake, and how short it is told.

use icn_ccl::{
    ast::File,
    diagnostic::render,
    program::Program,
    sema::{self, NoModules},
    syntax::parse,
};
use icn_covm::TrapReason;
use icn_covm_local::{
    properties::{search, Effort, Found, Kind},
    suite,
};
use std::sync::Arc;

/// A document of which each test adds a part.
const DOCUMENT: &str = r#"policy "Tools" version 1.0.0 for community;
class person { votes: true; }
role member { can: [use]; held_by: person; }
role keeper { can: [keep]; assigned_by: none_of_these; removable_by: none_of_these; }
process none_of_these { voters: everyone; method: majority; threshold: 1/2; quorum: 50%; deliberation: 1d; voting: 7d; }
body everyone { members: person; }
permission use "may use what is there";
permission keep "may keep it in order";
error TooMany(most: Int);
"#;

fn program(part: &str) -> (String, Arc<Program>) {
    let source = format!("{DOCUMENT}{part}");
    let (program, found) = sema::resolve(&File::of(&parse(&source).syntax()), &NoModules, &sema::Arguments::new());
    assert!(found.is_empty(), "{}", render("document", &source, &found, false));
    (source, Arc::new(program))
}

fn found(part: &str, effort: &Effort) -> Vec<Found> {
    let (_, program) = program(part);
    search(&program, effort).unwrap().expect("there is something to call").found
}

const EFFORT: Effort = Effort { sequences: 1_000, calls: 24, shrinks: 4_000, seed: 1 };

#[test]
fn what_only_an_invariant_stops_is_told_with_the_shortest_way_there() {
    let part = r#"@max(10) state lent: Map<Int, Did> = {};
action lend(tool: Int) requires use { lent[tool] = caller; }
invariant few: len(lent) < 3;
"#;
    let found = found(part, &EFFORT);
    let [one] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!(one.kind, Kind::Stopped("lend".into(), "few".into()));
    assert!(!one.kind.is_broken());
    let lines: Vec<_> = one.test.lines().collect();
    assert_eq!(lines.len(), 6, "one who joins, and three calls:\n{}", one.test);
    assert!(lines[1].starts_with("  join(test_did("), "{}", one.test);
    // The test that is shown shows it.
    let (_, program) = program(&format!("{part}{}\n", one.test));
    let report = suite::run(&program, None).unwrap();
    let failure = report.tests[0].failure.clone().unwrap_or_default();
    assert!(failure.contains("the invariant `few` would not hold"), "{failure}");
}

#[test]
fn an_action_that_refuses_by_itself_is_not_told() {
    let part = r#"@max(10) state lent: Map<Int, Did> = {};
action lend(tool: Int) requires use {
  require len(lent) < 2 or tool in lent else TooMany(2);
  lent[tool] = caller;
}
invariant few: len(lent) < 3;
"#;
    assert_eq!(found(part, &EFFORT), []);
}

#[test]
fn an_invariant_that_time_breaks_is_broken() {
    let part = r#"state opened: Int = 0;
action open() requires use { opened += 1; }
invariant early: now < time"2026-06-01T00:00:00Z";
"#;
    let found = found(part, &EFFORT);
    let [one] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!(one.kind, Kind::Broken("early".into()));
    assert!(one.kind.is_broken());
    assert_eq!(one.test.lines().count(), 3, "one step of time is enough:\n{}", one.test);
}

#[test]
fn an_invariant_that_cannot_be_computed_is_told() {
    // A year in milliseconds a thousand million times does not fit.
    let part = r#"state opened: Int = 0;
action open() requires use { opened += 1; }
invariant long: (now - time"2025-12-31T00:00:00Z") * 1000000000 > 0s;
"#;
    let found = found(part, &EFFORT);
    let [one] = found.as_slice() else { panic!("{found:#?}") };
    assert!(matches!(&one.kind, Kind::Fails(name, why) if name == "long" && why.contains("Overflow")), "{one:?}");
}

#[test]
fn a_call_that_the_sandbox_ends_is_broken() {
    let tens: String =
        ["a", "b", "d", "e", "f", "g"].map(|name| format!("for {name} in [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] {{ ")).concat();
    let part =
        format!("state sum: Int = 0;\naction count_all() requires keep {{ {tens} sum += 1; {} }}\n", "} ".repeat(6));
    let found = found(&part, &Effort { sequences: 20, shrinks: 20, ..EFFORT });
    let [one] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!(one.kind, Kind::Trapped("count_all".into(), TrapReason::OutOfMemory));
    assert!(one.kind.is_broken() && one.test.contains("count_all()"), "{}", one.test);
}

#[test]
fn the_same_number_searches_the_same_way_and_another_in_another() {
    let (_, program) =
        program("state sum: Int = 0;\naction add(n: Int) requires use { sum += n; }\ninvariant small: sum < 1000;\n");
    let effort = Effort { sequences: 50, ..EFFORT };
    let report = |effort: &Effort| search(&program, effort).unwrap().unwrap();
    assert_eq!(report(&effort), report(&effort));
    assert_ne!(report(&effort).succeeded, report(&Effort { seed: 2, ..effort }).succeeded);
}

#[test]
fn without_anything_to_call_nothing_is_searched() {
    let (_, program) = program("view two() -> Int { return 2; }\n");
    assert_eq!(search(&program, &EFFORT).unwrap(), None);
}

#[test]
fn what_comes_into_force_later_is_reached() {
    let part = r#"organization o { name: "O"; effective: time"2027-01-01T00:00:00Z"; }
state loaves: Int = 0;
@effective(time"2031-05-01T00:00:00Z")
action bake() requires use { loaves = 10; }
invariant few: loaves < 10;
"#;
    let found = found(part, &EFFORT);
    let [one] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!(one.kind, Kind::Stopped("bake".into(), "few".into()));
    // The document is in force from the first line on, the action when that is waited for.
    let lines: Vec<_> = one.test.lines().collect();
    assert_eq!(lines[1], "  at(time\"2027-01-01T00:00:00Z\");", "{}", one.test);
    assert!(lines.contains(&"  at(time\"2031-05-01T00:00:00Z\");"), "{}", one.test);
    let (_, program) = program(&format!("{part}{}\n", one.test));
    let failure = suite::run(&program, None).unwrap().tests[0].failure.clone().unwrap_or_default();
    assert!(failure.contains("the invariant `few` would not hold"), "{failure}");
}
