//! Whatever a document says, checking it ends, soon and without a panic.

use icn_ccl::{
    ast::File,
    check,
    program::Program,
    sema::{resolve, Arguments, Modules},
    syntax::parse,
};
use proptest::prelude::*;
use std::{fmt::Write as _, ops::Range, time::Instant};

struct Core;

impl Modules for Core {
    fn module(&self, name: &str) -> Option<(String, String)> {
        let source = match name {
            "core/civic@1" => include_str!("../../library/core/civic.ccl"),
            "core/contract@1" => include_str!("../../library/core/contract.ccl"),
            _ => return None,
        };
        Some((source.into(), "cid".into()))
    }
}

const EXAMPLES: [&str; 2] =
    [include_str!("../../library/examples/bakery.ccl"), include_str!("../../library/examples/neighbourhood.ccl")];

/// What is put in the place of a setting's value.
const VALUES: [&str; 44] = [
    "0%",
    "1%",
    "50%",
    "100%",
    "1/2",
    "2/3",
    "1",
    "5",
    "1000000",
    "0d",
    "1h",
    "7d",
    "520w",
    "true",
    "false",
    "consent",
    "majority",
    "supermajority",
    "unanimous",
    "multi_class",
    "consensus(2/3)",
    "sortition_panel(7)",
    "stv",
    "always",
    "until_close",
    "all",
    "sortition",
    "class",
    "quadratic",
    "worker",
    "member",
    "steward",
    "resident",
    "clerk",
    "assembly",
    "everyone",
    "ordinary",
    "amendment",
    "emergency",
    "stewards",
    "[]",
    "[ordinary]",
    "0 eur",
    "guardians",
];

/// Where values of settings stand: between `: ` and `;`.
fn values(source: &str) -> Vec<Range<usize>> {
    let value = |(at, _): (usize, &str)| {
        let rest = source.get(at + 2..)?;
        let end = rest.find([';', '\n', '{'])?;
        rest.get(end..=end).filter(|mark| *mark == ";").map(|_| at + 2..at + 2 + end)
    };
    source.match_indices(": ").filter_map(value).collect()
}

fn program(source: &str) -> (Program, bool) {
    let parsed = parse(source);
    let (program, found) = resolve(&File::of(&parsed.syntax()), &Core, &Arguments::new());
    (program, parsed.diagnostics.is_empty() && found.is_empty())
}

/// An example of which some values are others, and some lines are gone.
fn mutants() -> impl Strategy<Value = String> {
    let changes = proptest::collection::vec((any::<prop::sample::Index>(), 0..VALUES.len()), 0..5);
    let lost = proptest::collection::vec(any::<prop::sample::Index>(), 0..2);
    (0..EXAMPLES.len(), changes, lost).prop_map(|(example, changes, lost)| {
        let mut source = EXAMPLES[example].to_string();
        for (at, value) in changes {
            let places = values(&source);
            source.replace_range(at.get(&places).clone(), VALUES[value]);
        }
        for line in lost {
            let mut lines: Vec<_> = source.lines().collect();
            lines.remove(line.index(lines.len()));
            source = lines.join("\n");
        }
        source
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_000) })]

    #[test]
    fn a_changed_document_is_checked_without_a_panic(source in mutants()) {
        let (program, _) = program(&source);
        for found in check::check(&program) {
            prop_assert!(source.get(found.span.range()).is_some(), "{found:?}");
            for (label, _) in &found.labels {
                prop_assert!(source.get(label.range()).is_some(), "{found:?}");
            }
        }
    }

    #[test]
    fn a_changed_document_amends_the_example_without_a_panic(source in mutants(), example in 0..EXAMPLES.len()) {
        let (before, _) = program(EXAMPLES[example]);
        check::against(&program(&source).0, &before);
    }
}

#[test]
fn a_document_without_a_change_of_what_is_protected_only_needs_a_version() {
    for example in EXAMPLES {
        let (before, sound) = program(example);
        assert!(sound);
        let next = example.replacen("version 1.0.0", "version 1.0.1", 1);
        assert!(check::against(&program(&next).0, &before).is_empty());
        assert_eq!(check::against(&before, &before).len(), 1);
    }
}

#[test]
fn a_long_chain_of_calls_is_walked_and_has_no_provable_bound() {
    let mut source = String::from("policy \"Chain\" version 1.0.0 for cooperative;\nstate n: Int = 0;\n");
    for n in 0..4_000 {
        let _ = writeln!(source, "view v{n}() -> Int {{ return v{}(); }}", n + 1);
    }
    source += "view v4000() -> Int { return n; }\n@max(1000000000) invariant rising: v0() >= 0;\n";
    let (program, sound) = program(&source);
    assert!(sound);
    let mut codes: Vec<_> = check::check(&program).iter().map(|found| found.code.name()).collect();
    // No module holds so many functions either.
    codes.retain(|code| *code != "CodeTooLarge");
    assert_eq!(codes, ["FuelUnbounded"]);
}

/// A document of many declarations that hang on each other: roles in chains, processes, proposals.
fn large(declarations: usize) -> String {
    let mut source = String::from("policy \"Large\" version 1.0.0 for cooperative;\nclass w { votes: true; }\n");
    source += "role m { can: [vote, propose]; held_by: w; }\nfound { w: first List<Did> in 5..; }\n";
    for n in 0..declarations / 4 {
        let before = n.checked_sub(1).map_or("m".to_string(), |before| format!("r{before}"));
        let _ = writeln!(source, "role r{n} extends {before} {{ can: []; assigned_by: p{n}; }}");
        let _ = writeln!(source, "body b{n} {{ members: r{n}; }}");
        let _ = writeln!(source, "process p{n} {{ voters: {before}; method: majority; threshold: 1/2; quorum: 1; deliberation: 1d; voting: 1d; }}");
        let _ = writeln!(source, "proposal a{n}(x: Did) {{ process: p{n}; effect {{ grant_role(x, r{n}); }} }}");
    }
    source
}

/// A constitution that many processes amend, each of them at least as strict as all.
fn amended(declarations: usize) -> String {
    let mut source =
        String::from("constitution \"Large\" version 1.0.0 for cooperative;\norganization o { name: \"O\"; }\n");
    source += "class w { votes: true; }\nrole m { can: [vote, propose]; held_by: w; }\nfound { w: first List<Did> in 5..; }\n";
    for n in 0..declarations / 2 {
        let _ = writeln!(
            source,
            "process p{n} {{ voters: w; method: majority; threshold: 1/2; quorum: 1; deliberation: 1d; voting: 1d; }}"
        );
        let _ = writeln!(source, "proposal a{n}(x: Cid) {{ process: p{n}; effect {{ enact_constitution(x); }} }}");
    }
    source
}

/// A document in which nobody could ever be anything.
fn empty(declarations: usize) -> String {
    let mut source = String::from("policy \"Large\" version 1.0.0 for cooperative;\n");
    for n in 0..declarations / 2 {
        let _ = writeln!(source, "role r{n} {{ can: [vote, propose]; assigned_by: p{n}; }}");
        let _ = writeln!(source, "process p{n} {{ voters: r{n}; method: majority; threshold: 1/2; quorum: 9; deliberation: 1d; voting: 1d; }}");
    }
    source
}

#[test]
#[allow(clippy::disallowed_methods, reason = "the compiler is measured; no state hangs on it")]
fn large_documents_are_checked() {
    for (shape, name) in [(large as fn(usize) -> String, "chains"), (amended, "amendments"), (empty, "nobody")] {
        for declarations in [500, 1_000, 2_000] {
            let source = shape(declarations);
            let (program, sound) = program(&source);
            assert!(sound);
            let begin = Instant::now();
            let found = check::check(&program);
            let (bytes, time) = (source.len(), begin.elapsed());
            println!("{name}: {declarations} declarations, {bytes} bytes: {time:?}, {} reports", found.len());
        }
    }
}
