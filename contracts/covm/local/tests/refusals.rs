//! Who is refused, when, and what they are told about it.

use icn_ccl::{
    ast::File,
    diagnostic::render,
    sema::{self, NoModules},
    syntax::parse,
};
use icn_covm_local::suite;
use std::sync::Arc;

/// A charter in which bakers bake and a board shuts the shop; `effective` is what the organisation says beside its name.
fn document(effective: &str, test: &str) -> String {
    format!(
        "charter \"Bakery\" version 1.0.0 for community;
organization o {{ name: \"O\"; {effective} }}
class baker {{ votes: true; }}
class guest {{ votes: false; }}
membership m {{ admit: p; remove: p; default_class: guest; }}
role member {{ can: [propose, vote, bake]; held_by: baker; }}
role board {{ can: [shut, propose]; assigned_by: p; removable_by: p; }}
role inspector {{ can: [inspect]; needs: [Licence]; }}
credential Licence {{ template: custom; issuer: board; claims {{ since: Time; }} }}
body all_of_us {{ members: baker; }}
found {{ baker: first List<Did> in 5..; }}
process p {{ voters: all_of_us; method: majority; threshold: 1/2; quorum: 20%; deliberation: 1d; voting: 2d; }}
state loaves: Int = 0;
invariant few: loaves < 10;
@effective(time\"2026-02-01T00:00:00Z\")
@sunset(time\"2026-03-01T00:00:00Z\")
action bake(n: Int) requires bake {{ loaves += n; }}
action shut() requires shut {{ loaves = 0; }}
action inspect() requires inspect {{ loaves = loaves; }}
@sunset(time\"2026-02-01T00:00:00Z\")
proposal Give(n: Int) {{ process: p; requires: n > 0; effect {{ loaves = loaves - n; }} }}
test \"t\" {{
  let ada = test_did(\"ada\");
  let bo = test_did(\"bo\");
  join(ada, baker);
  join(bo, guest);
{test}
}}
"
    )
}

/// Runs the one test; why it does not hold.
fn run(effective: &str, test: &str) -> Option<String> {
    let source = document(effective, test);
    let (program, found) = sema::resolve(&File::of(&parse(&source).syntax()), &NoModules, &sema::Arguments::new());
    assert!(found.is_empty(), "{}", render("document", &source, &found, false));
    suite::run(&Arc::new(program), None).unwrap().tests.remove(0).failure
}

#[test]
fn actions_are_in_force_from_their_beginning_up_to_their_end() {
    let test = "as_caller(ada, expect_error(bake(1), NotInForce));
at(time\"2026-01-31T23:59:59.999Z\");
as_caller(ada, expect_error(bake(1), NotInForce));
at(time\"2026-02-01T00:00:00Z\");
as_caller(ada, bake(1));
at(time\"2026-02-28T23:59:59.999Z\");
as_caller(ada, bake(1));
at(time\"2026-03-01T00:00:00Z\");
as_caller(ada, expect_error(bake(1), NotInForce));
expect(loaves == 2);";
    assert_eq!(run("", test), None);
}

#[test]
fn who_may_do_nothing_yet_is_told_when() {
    let failure = run("", "as_caller(bo, bake(1));").unwrap();
    assert_eq!(failure, "`bake` refused: `bake` is in force from 2026-02-01 until 2026-03-01 (NotInForce)");
}

#[test]
fn proposals_are_made_and_carried_out_while_they_are_in_force() {
    assert_eq!(run("", "Give(1); expect(loaves == -1);"), None);
    let ended = "at(time\"2026-02-01T00:00:00Z\");
expect_error(Give(1), NotInForce);
as_caller(ada, expect_error(propose(Give(1)), NotInForce));";
    assert_eq!(run("", ended), None);
    // It passed in time, and takes effect too late.
    let passed = "at(time\"2026-01-29T00:00:00Z\");
let p = as_caller(ada, propose(Give(1)));
at(time\"2026-01-30T00:00:00Z\");
expect(vote(ada, p, \"yes\"));
at(time\"2026-02-01T00:00:00Z\");
expect(not close(p) and loaves == 0);";
    assert_eq!(run("", passed), None);
}

#[test]
fn a_document_is_in_force_from_the_time_that_it_says() {
    let test = "grant(ada, board);
as_caller(ada, expect_error(shut(), NotInForce));
as_caller(ada, expect_error(propose(Give(1)), NotInForce));
expect_error(Give(1), NotInForce);
at(time\"2026-01-15T00:00:00Z\");
as_caller(ada, shut());
Give(1);
as_caller(ada, expect_error(bake(1), NotInForce));
at(time\"2026-02-01T00:00:00Z\");
as_caller(ada, bake(1));";
    assert_eq!(run("effective: time\"2026-01-15T00:00:00Z\";", test), None);
}

#[test]
fn who_lacks_a_permission_is_told_who_has_it_and_what_is_missing() {
    let why = |test: &str| run("", test).unwrap();
    assert_eq!(
        why("as_caller(ada, shut());"),
        "`shut` refused: the caller does not hold the permission `shut`. The role `board` has it, given by the process `p`. \
         ada is in the class `baker`"
    );
    assert_eq!(
        why("as_caller(test_did(\"cy\"), inspect());"),
        "`inspect` refused: the caller does not hold the permission `inspect`. The role `inspector` has it, held by who has its \
         credentials and has enrolled; cy lacks the credential `Licence`. cy is no member"
    );
    assert_eq!(
        why("at(time\"2026-02-01T00:00:00Z\"); as_caller(bo, bake(1));"),
        "`bake` refused: the caller does not hold the permission `bake`. The role `member` has it, held by the class `baker`. bo \
         is in the class `guest`"
    );
    // The right to propose, and not among those who do.
    assert_eq!(
        why("grant(bo, board); as_caller(bo, propose(Give(1)));"),
        "`Give` refused: the caller does not hold the permission `propose`. `Give` is proposed by the body `all_of_us`, and bo is \
         not in it"
    );
}

#[test]
fn who_meets_a_condition_or_invariant_is_told_what_it_says() {
    assert_eq!(
        run("", "Give(0);").unwrap(),
        "`Give` refused: what the proposal `Give` requires does not hold (NotAdmissible). It says: `n` is more than 0"
    );
    let bake = "at(time\"2026-02-01T00:00:00Z\"); as_caller(ada, bake(10));";
    assert_eq!(
        run("", bake).unwrap(),
        "`bake` failed: the invariant `few` would not hold. It says: `loaves` is less than 10"
    );
}
