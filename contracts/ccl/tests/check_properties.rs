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
    #![proptest_config(ProptestConfig::with_cases(1_000))]

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

#[test]
#[allow(clippy::disallowed_methods, reason = "how long it takes is printed, and nothing depends on it")]
fn large_documents_are_checked() {
    for declarations in [500, 1_000, 2_000] {
        let source = large(declarations);
        let (program, sound) = program(&source);
        assert!(sound);
        let begin = Instant::now();
        let found = check::check(&program);
        println!("{declarations} declarations, {} bytes: {:?}, {} reports", source.len(), begin.elapsed(), found.len());
    }
}
