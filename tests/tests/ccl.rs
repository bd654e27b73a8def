//! Documents of CCL through the program: what authors do with them, and what they are told.

use icn_tests::node::{binary, clean, directory, icn, run};
use serde_json::Value;
use std::{fs, path::Path};

const BUDGET: &str = include_str!("../../contracts/library/examples/neighbourhood.ccl");
const BAKERY: &str = include_str!("../../contracts/library/examples/bakery.ccl");

/// A year of it, from a card for who lives here to payments.
const STORY: &str = include_str!("../../contracts/library/stories/neighbourhood.ccl");

#[test]
fn a_budget_goes_from_submission_to_payment() {
    let directory = directory();
    let (file, story) = (directory.path().join("budget.ccl"), directory.path().join("story.ccl"));
    fs::write(&file, BUDGET).unwrap();
    fs::write(&story, STORY).unwrap();
    let said = run(icn(["ccl", "run", "--output", "json", "--script"]).arg(&story).arg(&file)).ok();
    let told: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(told["ok"], true, "{said}");
    let events = told["events"].as_array().unwrap();
    assert!(events.iter().any(|event| event == "Funded(id: 0, amount: 30000 credits)"), "{said}");
    let changes = told["changes"].as_array().unwrap();
    assert!(
        changes.iter().any(|change| change["what"] == "state phase" && change["after"] == "Phase.Closed"),
        "{said}"
    );
    // What comes too late: nothing of it happens, and the line is shown.
    fs::write(&story, format!("{STORY}\n  as_caller(lena, pay(trees, 1 credits));")).unwrap();
    let failed = run(icn(["ccl", "run", "--script"]).arg(&story).arg(&file));
    assert!(!failed.status.success());
    assert!(failed.out.contains("`pay` failed: WrongPhase(now: Phase.Closed)"), "{failed:?}");
    assert!(failed.out.contains("as_caller(lena, pay(trees, 1 credits));"), "{failed:?}");
}

#[test]
fn mistakes_are_told_to_people_and_to_programs() {
    let directory = directory();
    let file = directory.path().join("bakery.ccl");
    fs::write(&file, BAKERY.replace("quorum: 2/3;", "quorum: 1/3;")).unwrap();
    let said = run(icn(["ccl", "check"]).arg(&file));
    assert!(!said.status.success());
    assert!(said.err.contains("CCL0403") && said.err.contains("quorum: 1/3;"), "{said:?}");
    let said = run(icn(["ccl", "check", "--output", "json"]).arg(&file));
    let checked: Value = serde_json::from_str(&said.out).unwrap();
    let first = &checked[0]["diagnostics"][0];
    assert_eq!(
        (first["name"].as_str(), first["severity"].as_str()),
        (Some("WeakAmendment"), Some("error")),
        "{said:?}"
    );
    assert!(first["line"].as_u64() > Some(1), "{said:?}");

    let missing = run(&mut icn(["ccl", "check", "nowhere.ccl"]));
    assert!(missing.err.contains("nowhere.ccl cannot be read"), "{missing:?}");
    let unknown = run(&mut icn(["ccl", "new", "--template", "nothing"]));
    assert!(unknown.err.contains("--list"), "{unknown:?}");
}

#[test]
fn an_amendment_is_judged_against_the_document_in_force() {
    let directory = directory();
    let file = |name: &str, source: &str| {
        let path = directory.path().join(name);
        fs::write(&path, source).unwrap();
        path
    };
    let old = file("old.ccl", BAKERY);
    let next = BAKERY.replace("version 1.0.0", "version 1.1.0");
    let well = file("well.ccl", &next.replace("notice: 7d;", "notice: 8d;"));
    run(icn(["ccl", "check", "--against"]).args([&old, &well])).ok();
    let forever = "requires 9/10;";
    let protected = file("protected.ccl", &BAKERY.replace(forever, "forever;"));
    let weaker = file("weaker.ccl", &next.replace(forever, "forever;").replace("quorum: 2/3;", "quorum: 60%;"));
    run(icn(["ccl", "check"]).arg(&weaker)).ok();
    let said = run(icn(["ccl", "check", "--against"]).args([&protected, &weaker]));
    assert!(!said.status.success() && said.err.contains("CCL0406"), "{said:?}");
    let again = run(icn(["ccl", "check", "--against"]).args([&old, &old]));
    assert!(!again.status.success() && again.err.contains("version"), "{again:?}");
}

#[test]
fn code_is_the_same_wherever_and_whenever_it_is_made() {
    let directory = directory();
    let made = |place: &str, source: &str, variables: &[(&str, &str)]| {
        let home = directory.path().join(place);
        fs::create_dir_all(&home).unwrap();
        fs::write(home.join("document.ccl"), source).unwrap();
        let mut command = clean(&binary(), ["ccl", "compile", "document.ccl"]);
        command.current_dir(&home).envs(variables.iter().copied());
        run(&mut command).ok();
        fs::read(home.join("document.wasm")).unwrap()
    };
    for source in [BUDGET, BAKERY] {
        let code = made("here", source, &[]);
        let there =
            made("some/where/else", source, &[("TZ", "Asia/Kathmandu"), ("LANG", "tr_TR.UTF-8"), ("LC_ALL", "C")]);
        assert_eq!(code, there);
        // Blanks say nothing.
        let spread = source.replace("\n  ", "\n\t \t");
        assert_ne!(spread, source);
        assert_eq!(code, made("spread", &spread, &[]));
    }
}

/// A document whose invariant is not what its actions keep to.
const LENT: &str = r#"policy "Tools" version 1.0.0 for community;

/// Who lives here.
class person { votes: true; }
role member { can: [borrow]; held_by: person; }
found { person: first List<Did> in 1..; }
permission borrow "may borrow tools";
error Away(tool: Text);
event Lent(tool: Text, to: Did);

/// Who has which tool.
@max(100)
state lent: Map<Text, Did> = {};

/// Takes a tool home.
action take(tool: Text) requires borrow {
  require not (tool in lent) else Away(tool);
  lent[tool] = caller;
  emit Lent(tool, caller);
}
/// Brings it back.
action bring(tool: Text) requires borrow {
  delete lent[tool];
}
view has(tool: Text) -> Option<Did> {
  return get(lent, tool);
}
invariant few: len(lent) < 3;

test "a tool is with one at a time" {
  let ada = test_did("ada");
  join(ada, person);
  as_caller(ada, take("saw"));
  as_caller(ada, expect_error(take("saw"), Away));
  expect(has("saw") == some(ada));
}
"#;

#[test]
fn tests_tell_what_they_reach_what_it_costs_and_what_only_an_invariant_stops() {
    let directory = directory();
    let (file, lcov) = (directory.path().join("tools.ccl"), directory.path().join("tools.info"));
    fs::write(&file, LENT).unwrap();
    let said = run(icn(["ccl", "test", "--coverage", "--fuel", "--lcov"]).arg(&lcov).arg(&file)).ok();
    assert!(said.contains("ok      a tool is with one at a time"), "{said}");
    assert!(said.contains("missed    23: delete lent[tool];") && said.contains("5 of 6 lines reached"), "{said}");
    assert!(said.contains("only the invariant `few` stops `take`"), "{said}");
    assert!(said.contains("action take") && said.contains("action bring"), "{said}");
    let lines = fs::read_to_string(&lcov).unwrap();
    assert!(
        lines.contains("\nDA:17,2\n") && lines.contains("\nDA:23,0\n") && lines.contains("LF:6\nLH:5\n"),
        "{lines}"
    );
    // As data; and as a failure for those who want none of it.
    let said = run(icn(["ccl", "test", "--output", "json"]).arg(&file)).ok();
    let told: Value = serde_json::from_str(&said).unwrap();
    let found = &told["invariants"]["found"][0];
    assert_eq!(found["broken"], false, "{said}");
    assert_eq!(told["coverage"]["missed"], serde_json::json!([23]), "{said}");
    assert!(!run(icn(["ccl", "test", "--strict"]).arg(&file)).status.success());
    // The test that is shown shows it.
    fs::write(&file, format!("{LENT}\n{}\n", found["test"].as_str().unwrap())).unwrap();
    let failed = run(icn(["ccl", "test", "--filter", "found by"]).arg(&file));
    assert!(failed.out.contains("the invariant `few` would not hold"), "{failed:?}");
    // The same search finds nothing once the action says why it refuses.
    let mended =
        LENT.replace("  lent[tool] = caller;", "  require len(lent) < 2 else Away(tool);\n  lent[tool] = caller;");
    fs::write(&file, mended).unwrap();
    let said = run(icn(["ccl", "test", "--strict"]).arg(&file)).ok();
    assert!(!said.contains("only the invariant"), "{said}");
}

#[test]
fn a_session_goes_on_where_the_last_one_ended() {
    let directory = directory();
    let (file, session) = (directory.path().join("tools.ccl"), directory.path().join("try.ccl"));
    fs::write(&file, LENT).unwrap();
    let go = |more: &[&str]| {
        let mut command = icn(["ccl", "run", "--output", "json", "--session"]);
        run(command.arg(&session).arg(&file).args(more))
    };
    let told = |said: String| serde_json::from_str::<Value>(&said).unwrap();
    let first = told(go(&["join(test_did(\"ada\"), person);"]).ok());
    assert_eq!(first["changes"][0]["what"], "member did:icn:test:ada");
    let second = told(go(&["--as", "ada", "--at", "2026-05-01", "take(\"saw\");"]).ok());
    // Only what is new is told.
    let call = &second["statements"][1]["calls"][0];
    assert_eq!(second["statements"].as_array().map(Vec::len), Some(2), "{second}");
    assert_eq!((&call["call"], &call["caller"]), (&Value::from("take(\"saw\")"), &Value::from("did:icn:test:ada")));
    assert_eq!(call["events"][0], "Lent(tool: saw, to: did:icn:test:ada)");
    assert!(call["lines"].as_array().unwrap().iter().any(|line| line["line"] == 18), "{call}");
    assert_eq!(second["changes"].as_array().map(Vec::len), Some(1), "{second}");
    assert_eq!(second["changes"][0]["what"], "state lent");
    // What fails is not kept.
    let kept = fs::read_to_string(&session).unwrap();
    let failed = go(&["--as", "ada", "take(\"saw\");"]);
    assert!(!failed.status.success() && failed.out.contains("Away(tool: saw)"), "{failed:?}");
    assert_eq!(fs::read_to_string(&session).unwrap(), kept);
    // Who called what before does not depend on who calls now.
    let third = told(go(&["--as", "bo", "expect(has(\"saw\") == some(test_did(\"ada\")));"]).ok());
    assert_eq!(third["ok"], true, "{third}");
}

#[test]
fn who_is_refused_learns_why() {
    let directory = directory();
    let file = directory.path().join("tools.ccl");
    fs::write(&file, LENT).unwrap();
    let refused = run(icn(["ccl", "run", "--as", "bo", "--output", "json"]).arg(&file).arg("take(\"saw\");"));
    assert!(!refused.status.success(), "{refused:?}");
    let told: Value = serde_json::from_str(&refused.out).unwrap();
    assert_eq!(
        told["failure"],
        "`take` refused: the caller does not hold the permission `borrow`. The role `member` has it, held by the class \
         `person`. bo is no member"
    );
    // Before its time, whoever calls.
    let later = LENT.replace("action take", "@effective(time\"2027-01-01T00:00:00Z\")\naction take");
    fs::write(&file, later).unwrap();
    let refused = run(icn(["ccl", "run", "--as", "bo"]).arg(&file).arg("take(\"saw\");"));
    assert!(refused.out.contains("`take` is in force from 2027-01-01 (NotInForce)"), "{refused:?}");
    let explained = run(icn(["ccl", "explain"]).arg(&file)).ok();
    assert!(explained.contains("`take`, by the members, from 2027-01-01: Takes a tool home."), "{explained}");
}

#[test]
fn programs_get_the_interface_of_a_document() {
    let directory = directory();
    let (file, interface) = (directory.path().join("tools.ccl"), directory.path().join("tools.json"));
    fs::write(&file, LENT).unwrap();
    let made = run(icn(["ccl", "compile", "--output", "json", "--interface"]).arg(&interface).arg(&file)).ok();
    let made: Value = serde_json::from_str(&made).unwrap();
    let read: Value = serde_json::from_str(&fs::read_to_string(&interface).unwrap()).unwrap();
    assert_eq!((&read["descriptor"], &read["source"]), (&made["descriptor"], &made["source"]));
    assert_eq!(read["actions"][0]["name"], "take");
    assert_eq!(read["actions"][0]["requires"], "borrow");
    assert_eq!(read["actions"][0]["fails_with"], serde_json::json!(["Away"]));
}

#[test]
fn a_document_has_a_page() {
    let directory = directory();
    let file = directory.path().join("tools.ccl");
    fs::write(&file, LENT).unwrap();
    let said = run(icn(["ccl", "doc"]).arg(&file)).ok();
    assert!(said.trim_end().ends_with("tools.html"), "{said}");
    let page = fs::read_to_string(directory.path().join("tools.html")).unwrap();
    assert!(page.contains("<a href=\"#action.take\">take</a>") && page.contains("Takes a tool home."), "{page}");
    let said = run(icn(["ccl", "doc", "--output", "markdown", "--out", "-"]).arg(&file)).ok();
    assert!(said.contains("- May be called by: [member](#role.member)"), "{said}");
    let said = run(icn(["ccl", "doc", "--output", "json", "--out", "-"]).arg(&file)).ok();
    assert_eq!(serde_json::from_str::<Value>(&said).unwrap()["title"], "Tools");
}

#[test]
fn a_template_becomes_a_document_that_passes_its_tests() {
    let directory = directory();
    let listed = run(&mut icn(["ccl", "new", "--list", "--output", "json"])).ok();
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let template = listed[0]["name"].as_str().unwrap();
    let home = directory.path().join("new");
    run(icn(["ccl", "new", "--template", template]).arg(&home)).ok();
    let file = home.join(format!("{template}.ccl"));
    run(icn(["ccl", "check"]).arg(&file)).ok();
    run(icn(["ccl", "test"]).arg(&file)).ok();
    run(icn(["ccl", "fmt", "--check"]).arg(&file)).ok();
    let again = run(icn(["ccl", "new", "--template", template]).arg(&home));
    assert!(again.err.contains("is there already"), "{again:?}");
}

#[test]
fn formatting_changes_blanks_only() {
    let directory = directory();
    let file = directory.path().join("bakery.ccl");
    fs::write(&file, BAKERY.replace("\n  ", "\n      ")).unwrap();
    assert!(!run(icn(["ccl", "fmt", "--check"]).arg(&file)).status.success());
    run(icn(["ccl", "fmt"]).arg(&file)).ok();
    run(icn(["ccl", "fmt", "--check"]).arg(&file)).ok();
    assert_eq!(fs::read_to_string(&file).unwrap(), BAKERY);
    fs::write(&file, "constitution \"").unwrap();
    let refused = run(icn(["ccl", "fmt"]).arg(&file));
    assert!(!refused.status.success() && Path::new(&file).exists(), "{refused:?}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "constitution \"");
}
