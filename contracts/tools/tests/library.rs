//! What ships in the library is sound, in the one style, passes its own tests and says what it is for.

use clap::Parser as _;
use icn_ccl::{diagnostic::Span, fmt::format, manifest::Purpose};
use icn_ccl_tools::{
    document::{Arguments, Document, Library},
    library::{Shipped, CORE, EXAMPLES, TEMPLATES},
    CclArgs, CclError,
};
use icn_covm_local::{
    properties::{self, Effort},
    suite,
};
use std::{collections::BTreeMap, fs, path::Path};

fn open(shipped: &Shipped, arguments: &Arguments) -> Document {
    Document::of(shipped.name.into(), shipped.source.into(), &Library::shipped(), arguments)
}

#[test]
fn all_are_sound_and_in_the_one_style() {
    for shipped in CORE.iter().chain(TEMPLATES).chain(&EXAMPLES) {
        let document = open(shipped, &Arguments::new());
        assert!(document.is_sound(), "{}", document.report(false));
        assert_eq!(format(shipped.source).as_deref(), Ok(shipped.source), "{} is not formatted", shipped.name);
        let words = shipped.source.lines().next().and_then(|line| line.strip_prefix("/// ")).unwrap_or_default();
        assert!(words.len() > 20, "{} begins with no description", shipped.name);
    }
}

#[test]
fn templates_have_no_warnings() {
    for template in TEMPLATES {
        let document = open(template, &Arguments::new());
        assert!(document.diagnostics.is_empty(), "{}", document.report(false));
    }
}

#[test]
fn the_tests_of_all_hold() {
    for shipped in TEMPLATES.iter().chain(&EXAMPLES) {
        let document = open(shipped, &Arguments::new());
        let report = suite::run(&document.program, None).expect("it runs");
        assert!(!report.tests.is_empty(), "{} has no tests", shipped.name);
        assert!(report.passed(), "{}: {:#?}", shipped.name, report.tests);
    }
}

#[test]
fn tests_of_templates_see_each_action_and_proposal_succeed_and_fail() {
    let mut lacking = Vec::new();
    for template in TEMPLATES {
        let report = suite::run(&open(template, &Arguments::new()).program, None).expect("it runs");
        for cost in report.costs.iter().filter(|cost| cost.purpose != Purpose::Condition) {
            // Nothing can follow a document in a trial: `Amend` is refused there.
            let succeeds = cost.succeeded > 0 || cost.name == "Amend";
            if !succeeds || cost.failed == 0 {
                lacking.push(format!("{} {}: {} and {}", template.name, cost.name, cost.succeeded, cost.failed));
            }
        }
    }
    assert!(lacking.is_empty(), "{lacking:#?}");
}

/// Values other than the defaults, for which the tests of a template must hold as well.
const OTHERS: [(&str, &[(&str, &str)]); 12] = [
    ("cooperative_bylaws", &[("trial_time", "30d"), ("monthly_dues", "25.50 eur"), ("amendment_threshold", "80%")]),
    ("community_charter", &[("group_begins_with", "2"), ("group_ends_below", "3")]),
    ("federation_charter", &[("share_per_head", "1 credits"), ("largest_share", "2 credits"), ("notice", "0d")]),
    ("participation_rules", &[("supporters_needed", "5"), ("open_at_once", "2"), ("settling_in", "0d")]),
    ("participatory_budget", &[("pot", "500 credits"), ("projects_each", "5")]),
    ("council_rotation", &[("seats_on_duty", "2"), ("replaced_each_turn", "2")]),
    ("general_assembly", &[("presence", "2/3"), ("majority_share", "60%")]),
    ("council_vote", &[("votes_needed", "4"), ("needed_share", "75%"), ("objectors_needed", "2")]),
    ("liquid_delegation", &[("passed_on", "1"), ("carried_at_most", "2"), ("quorum_share", "60%")]),
    ("quadratic_vote", &[("credits_each", "25"), ("options_at_most", "5")]),
    ("dispute_resolution", &[("panel_size", "5"), ("bond", "0 eur")]),
    ("dividend", &[("kept", "0%"), ("alike", "100%")]),
];

#[test]
fn the_tests_hold_for_other_values_of_parameters() {
    for (name, values) in OTHERS {
        let template = TEMPLATES.iter().find(|template| template.name == name).expect("it ships");
        let arguments = values.iter().map(|(name, value)| ((*name).to_string(), (*value).to_string())).collect();
        let document = open(template, &arguments);
        assert!(document.is_sound(), "{}", document.report(false));
        let report = suite::run(&document.program, None).expect("it runs");
        assert!(report.passed(), "{name}: {:#?}", report.tests);
    }
}

#[test]
fn every_template_can_be_extended() {
    for template in TEMPLATES {
        let header = template.source.lines().find(|line| line.contains(" version ")).expect("a header");
        let kind = header.split(' ').next().expect("a kind");
        let scope = header.trim_end_matches(';').rsplit(' ').next().expect("a scope");
        let source = format!(
            "{kind} \"Ours\" version 1.0.0 for {scope} extends \"templates/{}@1\";\n\n/// How we greet.\nfn greeting() -> Text {{ return \"hello\"; }}\n",
            template.name
        );
        let document = Document::of("ours".into(), source, &Library::shipped(), &Arguments::new());
        assert!(document.is_sound(), "{}:\n{}", template.name, document.report(false));
    }
}

#[test]
fn the_catalogue_lists_all_templates_with_their_parameters() {
    let catalogue = include_str!("../../library/README.md");
    for template in TEMPLATES {
        let row = catalogue.lines().find(|line| line.starts_with(&format!("| `{}`", template.name)));
        let row = row.unwrap_or_else(|| panic!("{} is not in the catalogue", template.name));
        for line in template.source.lines() {
            let Some(param) = line.strip_prefix("param ").and_then(|rest| rest.split(':').next()) else { continue };
            assert!(row.contains(&format!("`{param}`")), "{}: `{param}` is not in the catalogue", template.name);
        }
    }
}

/// The statements of a story, as a test at the end of its document.
fn story(example: &Shipped, statements: &str) -> Document {
    let source = format!("{}\ntest \"the story\" {{\n{statements}\n}}\n", example.source.trim_end());
    Document::of(example.name.into(), source, &Library::shipped(), &Arguments::new())
}

#[test]
fn the_stories_end_well() {
    let stories = [
        ("bakery", include_str!("../../library/stories/bakery.ccl")),
        ("neighbourhood", include_str!("../../library/stories/neighbourhood.ccl")),
    ];
    for (name, statements) in stories {
        let example = EXAMPLES.iter().find(|example| example.name == name).expect("it ships");
        let document = story(example, statements);
        assert!(document.is_sound(), "{}", document.report(false));
        let told = suite::tell(&document.program, "the story", &BTreeMap::new()).expect("it runs");
        assert_eq!(told.failure, None, "{name}, at byte {:?}", told.at);
        assert!(told.lines.len() > 20, "{name} is told to its end");
    }
}

/// Searching says of each document what is known of it; nothing in the library breaks.
#[test]
fn searching_breaks_no_invariant() {
    let mut stopped = Vec::new();
    for shipped in TEMPLATES.iter().chain(&EXAMPLES) {
        let document = open(shipped, &Arguments::new());
        let effort = Effort { sequences: 300, ..Effort::default() };
        let Some(report) = properties::search(&document.program, &effort).expect("it runs") else { continue };
        assert!(report.sequences == 300 && report.calls > 1_000, "{}: {report:?}", shipped.name);
        let broken: Vec<_> = report.found.iter().filter(|found| found.kind.is_broken()).collect();
        assert!(broken.is_empty(), "{}: {broken:#?}", shipped.name);
        stopped.extend(report.found.iter().map(|found| (shipped.name, found.kind.to_string())));
    }
    // These say so: their rule is the invariant itself.
    let known = [("mutual_credit", "no_credit_above_the_most"), ("treasury_rules", "reserve_is_there")];
    assert!(
        stopped.iter().all(|(name, kind)| known.iter().any(|(of, which)| name == of && kind.contains(which))),
        "{stopped:?}"
    );
}

#[derive(clap::Parser)]
struct Ccl {
    #[command(flatten)]
    args: CclArgs,
}

/// Runs `icn ccl new` for an escrow with a value of a parameter.
fn new(directory: &Path, value: &str) -> Result<(), CclError> {
    let directory = directory.display().to_string();
    Ccl::parse_from(["ccl", "new", "--template", "escrow", "--arg", value, &directory]).args.run()
}

#[test]
fn a_new_document_has_the_values_that_were_given() {
    let temporary = tempfile::tempdir().unwrap();
    let directory = temporary.path().join("trade");
    new(&directory, "look_time=14d").unwrap();
    let source = fs::read_to_string(directory.join("escrow.ccl")).unwrap();
    assert!(source.contains("\nparam look_time: Duration in 1h .. 60d = 14d;\n"), "{source}");
    let document = Document::of("escrow".into(), source, &Library::shipped(), &Arguments::new());
    assert!(document.is_sound(), "{}", document.report(false));
}

#[test]
fn a_value_out_of_its_range_begins_nothing() {
    let temporary = tempfile::tempdir().unwrap();
    for value in ["look_time=61d", "look_time=\"long\"", "no_such=1"] {
        let directory = temporary.path().join("trade");
        assert!(matches!(new(&directory, value), Err(CclError::Found)), "{value}");
        assert!(!directory.exists(), "{value}");
    }
}

#[test]
fn what_is_told_of_an_extended_document_is_told_of_its_own_lines() {
    let source = "resolution \"Ours\" version 1.0.0 for community extends \"templates/resolution@1\";\n\n\
                  @override\naction carry_out(point: Int) requires record {\n  emit CarriedOut(resolved[point]);\n}\n";
    let document = Document::of("ours".into(), source.into(), &Library::shipped(), &Arguments::new());
    assert!(document.is_sound(), "{}", document.report(false));
    let report = suite::run(&document.program, Some("adopted once")).expect("it runs");
    let [test] = report.tests.as_slice() else { panic!("{:?}", report.tests) };
    let template = TEMPLATES.iter().find(|template| template.name == "resolution").expect("it ships").source;
    let at = Span { start: test.at.expect("it fails"), end: test.at.expect("it fails") };
    let (text, inside) = document.program.notes.origin(source, at);
    assert_eq!(text, template);
    assert!(text[inside.start as usize..].starts_with("as_caller(ada, expect_error(carry_out(0), NotAdopted));"));
    let own: Vec<_> = report.statements.range(..source.len() as u32).collect();
    assert_eq!(own.len(), 1, "one statement is this document's: {own:?}");
    let page = icn_ccl::doc::markdown(&icn_ccl::doc::page(&document.program, source));
    assert!(
        page.contains("emit CarriedOut(resolved[point]);") && page.contains("error NotADraft(now: Status);"),
        "{page}"
    );
}
