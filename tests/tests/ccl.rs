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
    let states = told["states"].as_array().unwrap();
    assert!(states.iter().any(|state| state[0] == "phase" && state[1] == "Phase.Closed"), "{said}");
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
