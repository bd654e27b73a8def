//! Proposals from being made to taking effect, as tests of documents write them.

use icn_ccl::{
    ast::File,
    diagnostic::render,
    sema::{self, NoModules},
    syntax::parse,
};
use icn_covm_local::suite;
use std::sync::Arc;

/// A document with one process; `settings` are what it says beside voters and times.
fn document(settings: &str, test: &str) -> String {
    let members = ["a", "b", "d", "e", "g"];
    let joined = members.map(|name| format!("  let {name} = test_did(\"{name}\");\n  join({name}, c);\n")).concat();
    format!(
        "charter \"Votes\" version 1.0.0 for community;
organization o {{ name: \"O\"; }}
class c {{ votes: true; }}
class guest {{ votes: false; }}
membership m {{ admit: p; remove: p; default_class: guest; }}
role r {{ can: [propose, vote]; held_by: c; }}
body all_of_us {{ members: c; }}
found {{ c: first List<Did> in 5..; }}
process p {{ voters: all_of_us; proposers: r; deliberation: 1d; voting: 2d; timelock: 12h; {settings} }}
state count: Int = 0;
proposal Add(n: Int) {{ process: p; requires: n > 0; effect {{ count += n; }} }}
test \"t\" {{
{joined}{test}
}}
"
    )
}

/// Runs the one test of a document; why it does not hold.
fn run(settings: &str, test: &str) -> Option<String> {
    let source = document(settings, test);
    let (program, found) = sema::resolve(&File::of(&parse(&source).syntax()), &NoModules, &sema::Arguments::new());
    assert!(found.is_empty(), "{}", render("document", &source, &found, false));
    let report = suite::run(&Arc::new(program), None).unwrap();
    let tested = &report.tests[0];
    tested.failure.as_ref().map(|failure| {
        let line = source[..tested.at.unwrap_or(0) as usize].lines().count();
        format!("{failure}, line {line}:\n{source}")
    })
}

const MAJORITY: &str = "method: majority; threshold: 1/2; quorum: 60%;";
const MADE: &str = "let p = as_caller(a, propose(Add(2)));\nat(time\"2026-01-02T00:00:00Z\");\n";

fn votes(votes: &[(&str, &str)]) -> String {
    let vote = |(who, choice): &(&str, &str)| format!("expect(vote({who}, p, \"{choice}\"));\n");
    votes.iter().map(vote).collect()
}

/// What comes of votes: whether it is carried out when voting and timelock are over.
fn outcome(settings: &str, cast: &[(&str, &str)], carried: bool) {
    let negation = if carried { "" } else { "not " };
    let after = if carried { 2 } else { 0 };
    let test = format!(
        "{MADE}{}at(time\"2026-01-04T12:00:00Z\");\nexpect({negation}close(p));\nexpect(count == {after});",
        votes(cast)
    );
    assert_eq!(run(settings, &test), None, "{settings} {cast:?}");
}

#[test]
fn a_majority_of_those_who_vote_carries_if_enough_do() {
    outcome(MAJORITY, &[("a", "yes"), ("b", "yes"), ("d", "no")], true);
    outcome(MAJORITY, &[("a", "yes"), ("b", "no"), ("d", "abstain")], false);
    // The quorum is three of five; an abstention counts for it.
    outcome(MAJORITY, &[("a", "yes"), ("b", "yes")], false);
    outcome(MAJORITY, &[("a", "yes"), ("b", "yes"), ("d", "abstain")], true);
    let ignored = format!("{MAJORITY} abstain: ignored;");
    outcome(&ignored, &[("a", "yes"), ("b", "yes"), ("d", "abstain")], false);
}

#[test]
fn other_methods_count_by_their_own_rule() {
    let two_thirds = "method: supermajority; threshold: 2/3; quorum: 60%;";
    outcome(two_thirds, &[("a", "yes"), ("b", "yes"), ("d", "no")], true);
    outcome(two_thirds, &[("a", "yes"), ("b", "yes"), ("d", "yes"), ("e", "no"), ("g", "no")], false);
    let of_all = "method: majority; threshold: 1/2; quorum: 20%; of: of_eligible;";
    outcome(of_all, &[("a", "yes"), ("b", "yes")], false);
    outcome(of_all, &[("a", "yes"), ("b", "yes"), ("d", "yes")], true);
    let consent = "method: consent; quorum: 60%;";
    outcome(consent, &[("a", "yes"), ("b", "yes"), ("d", "abstain")], true);
    outcome(consent, &[("a", "yes"), ("b", "yes"), ("d", "yes"), ("e", "yes"), ("g", "object")], false);
    let unanimous = "method: unanimous; quorum: 40%;";
    outcome(unanimous, &[("a", "yes"), ("b", "yes")], true);
    outcome(unanimous, &[("a", "yes"), ("b", "yes"), ("d", "no")], false);
}

#[test]
fn only_those_who_may_propose_and_vote_in_time_do() {
    let test = "let guest_one = test_did(\"guest\");
join(guest_one, guest);
as_caller(guest_one, expect_error(propose(Add(1)), Unauthorised));
as_caller(a, expect_error(propose(Add(0)), NotAdmissible));
let p = as_caller(a, propose(Add(1)));
expect(not vote(a, p, \"yes\"));
at(time\"2026-01-02T00:00:00Z\");
expect(not vote(guest_one, p, \"yes\"));
expect(vote(a, p, \"no\") and vote(a, p, \"yes\") and vote(b, p, \"yes\"));
let late = test_did(\"late\");
join(late, c);
expect(not vote(late, p, \"yes\"));
at(time\"2026-01-03T23:59:59.999Z\");
expect(vote(d, p, \"yes\") and not close(p));
at(time\"2026-01-04T00:00:00Z\");
expect(not vote(e, p, \"yes\"));
expect(tally(p).yes == 3 and tally(p).no == 0 and tally(p).eligible == 5);
// Voting is over; it takes effect when the timelock is too, and once.
expect(not close(p));
expect(tally(p).passed and count == 0);
at(time\"2026-01-04T12:00:00Z\");
expect(close(p));
expect(close(p) and count == 1);";
    assert_eq!(run(MAJORITY, test), None);
    let once = format!("{MAJORITY} revote: false;");
    let test = format!("{MADE}expect(vote(a, p, \"no\") and not vote(a, p, \"yes\"));");
    assert_eq!(run(&once, &test), None);
}

#[test]
fn what_is_not_counted_here_is_refused() {
    for method in ["approval", "schulze", "quadratic(9)", "multi_class"] {
        let test = "as_caller(a, expect_error(propose(Add(1)), HostDenied));";
        assert_eq!(run(&format!("method: {method}; quorum: 60%; threshold: 1/2;"), test), None);
    }
}

#[test]
fn a_test_that_does_not_hold_says_so() {
    let failure = run(MAJORITY, "expect(count == 1);").unwrap();
    assert!(failure.starts_with("this is not so"), "{failure}");
    let failure = run(MAJORITY, "as_caller(a, expect_error(propose(Add(1)), Unauthorised));").unwrap();
    assert!(failure.starts_with("`Add` succeeded and should have failed"), "{failure}");
}

#[test]
fn a_drawn_body_is_those_who_were_put_into_it() {
    let panel = "body panel { members: c; selection: sortition; size: 2; }\nprocess p { voters: all_of_us;";
    let run = |test: &str| {
        let source = document(MAJORITY, test).replace("process p { voters: all_of_us;", panel);
        let source = source.replace("process: p; requires", "process: q; requires").replace(
            "state count",
            "action leave() requires anyone { remove(caller, \"left\"); }
process q { voters: panel; method: majority; threshold: 1/2; quorum: 1; deliberation: 1d; voting: 1d; }\nstate count",
        );
        let (program, found) = sema::resolve(&File::of(&parse(&source).syntax()), &NoModules, &sema::Arguments::new());
        assert!(found.is_empty(), "{}", render("document", &source, &found, false));
        suite::run(&Arc::new(program), None).unwrap().tests.remove(0).failure
    };
    // Until somebody is, it is all of those whom it is drawn from.
    assert_eq!(run("expect(len(members(panel)) == 5);"), None);
    let drawn = "grant(a, panel);
grant(b, panel);
expect(members(panel) == set([a, b]));
as_caller(d, expect_error(propose(Add(1)), Unauthorised));
let p = as_caller(a, propose(Add(1)));
at(now + 1d);
expect(not vote(d, p, \"yes\") and vote(b, p, \"yes\"));
at(now + 1d);
expect(close(p) and count == 1);";
    assert_eq!(run(drawn), None);
    // With the last of them gone it is empty.
    assert_eq!(run("grant(a, panel); as_caller(a, leave()); expect(len(members(panel)) == 0);"), None);
    // Seats are as many as the body is large, once each, and for who belongs to it.
    assert!(run("grant(a, panel); grant(b, panel); grant(d, panel);").unwrap().contains("all seats"));
    assert!(run("grant(a, panel); grant(a, panel);").unwrap().contains("held already"));
    assert!(run("grant(a, all_of_us);").unwrap().contains("not assigned by hand"));
    assert_eq!(run("grant(test_did(\"stranger\"), panel); expect(len(members(panel)) == 0);"), None);
}
