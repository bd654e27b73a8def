use super::*;
use crate::{
    descriptor::tests::{resolved, BAKERY, EXAMPLES, NEIGHBOURHOOD},
    explain::golden,
};

fn item<'a>(page: &'a Page, kind: &str, name: &str) -> &'a Item {
    let mut items = page.sections.iter().flat_map(|section| &section.items);
    items.find(|item| item.kind == kind && item.name == name).unwrap_or_else(|| panic!("no {kind} {name}"))
}

fn fact(item: &Item, label: &str) -> Vec<String> {
    let fact = item.facts.iter().find(|fact| fact.label == label);
    fact.map(|fact| fact.values.iter().map(|link| link.text.clone()).collect()).unwrap_or_default()
}

#[test]
fn pages_of_the_examples() {
    golden("doc/bakery.markdown", &markdown(&page(&resolved(BAKERY), BAKERY)));
    golden("doc/neighbourhood.html", &html(&page(&resolved(NEIGHBOURHOOD), NEIGHBOURHOOD)));
}

#[test]
fn everything_that_is_declared_has_its_text() {
    for source in EXAMPLES {
        let program = resolved(source);
        let page = page(&program, source);
        for decl in &program.decls {
            let item = item(&page, decl.kind.word(), &decl.name);
            assert!(item.source.starts_with(decl.kind.word()), "{item:?}");
        }
        for section in &page.sections {
            for item in section.items.iter().filter(|item| item.kind != "permission") {
                assert!(!item.source.is_empty() && !item.source.contains("///"), "{item:?}");
            }
        }
    }
}

#[test]
fn what_has_to_do_with_each_other_is_told_from_both_sides() {
    let program = resolved(NEIGHBOURHOOD);
    let page = page(&program, NEIGHBOURHOOD);
    let submit = item(&page, "action", "submit");
    assert_eq!(fact(submit, "May be called by"), ["resident"]);
    assert_eq!(fact(submit, "Tells"), ["Submitted"]);
    assert_eq!(fact(submit, "Changes"), ["projects"]);
    assert_eq!(fact(submit, "May fail with"), ["WrongPhase", "TooMany", "BadProject"]);
    assert!(fact(item(&page, "event", "Submitted"), "Told by").contains(&"submit".into()));
    assert!(fact(item(&page, "state", "projects"), "Changed by").contains(&"submit".into()));
    assert!(fact(item(&page, "role", "resident"), "May call").contains(&"submit".into()));
    assert_eq!(fact(item(&page, "action", "register"), "May be called by"), ["anyone"]);
    let proposal = item(&page, "proposal", "AppointClerk");
    let process = &fact(proposal, "Decided by")[0];
    assert!(fact(item(&page, "process", process), "Decides").contains(&"AppointClerk".into()));
}

#[test]
fn what_a_document_says_is_never_markup() {
    let source = r#"/// <script>alert(1)</script> and `code` and a single ` quote
policy "<b>Title</b>" version 1.0.0 for community;
/// [not a link](javascript:alert(1)) ![x](y)
class person { votes: true; }
"#;
    let program = resolved(source);
    let page = page(&program, source);
    let html = html(&page);
    assert!(!html.contains("<script>") && !html.contains("<b>"), "{html}");
    assert!(html.contains("&lt;script&gt;") && html.contains("<code>code</code>"), "{html}");
    let markdown = markdown(&page);
    assert!(!markdown.contains("<script>") && !markdown.contains("[not a link]("), "{markdown}");
}

#[test]
fn an_empty_document_has_a_page() {
    let page = page(&Program::default(), "");
    assert!(page.sections.is_empty() && !html(&page).is_empty() && !markdown(&page).is_empty());
}

#[test]
fn programs_read_what_can_be_called_with_what_by_whom_and_when() {
    let source = NEIGHBOURHOOD
        .replace("action register", "@effective(time\"2027-01-01T00:00:00Z\")\naction register")
        .replace("proposal AppointClerk", "@sunset(time\"2030-01-01T00:00:00Z\")\nproposal AppointClerk");
    let interface = interface(&resolved(&source), "descriptor".into(), "source".into());
    let json: serde_json::Value = serde_json::from_str(&interface.to_json()).unwrap();
    assert_eq!(
        (&json["interface"], &json["descriptor"], &json["source"]),
        (&1.into(), &"descriptor".into(), &"source".into())
    );
    assert_eq!(json["resources"]["credits"], serde_json::json!({ "unit": "credit", "decimals": 0 }));
    let call = |list: &str, name: &str| {
        let calls = json[list].as_array().unwrap();
        calls.iter().find(|call| call["name"] == name).unwrap_or_else(|| panic!("no {name}")).clone()
    };
    let submit = call("actions", "submit");
    assert_eq!(submit["requires"], "submit");
    assert_eq!(submit["tells"], serde_json::json!(["Submitted"]));
    assert_eq!(submit["fails_with"], serde_json::json!(["BadProject", "TooMany", "WrongPhase"]));
    assert_eq!(submit["params"][0], serde_json::json!({ "name": "title", "type": "Text" }));
    let register = call("actions", "register");
    assert_eq!((&register["requires"], &register["effective"]), (&"anyone".into(), &1_798_761_600_000_i64.into()));
    let appoint = call("proposals", "AppointClerk");
    assert!(appoint.get("requires").is_none() && appoint.get("effective").is_none());
    assert_eq!(appoint["sunset"], 1_893_456_000_000_i64);
    let process = appoint["process"].as_str().unwrap();
    assert!(NEIGHBOURHOOD.contains(&format!("process {process} ")));
    assert_eq!(json["types"]["Phase"]["enum"][0], serde_json::json!({ "name": "Submit", "carries": [] }));
    let project = json["types"]["Project"]["record"].as_array().unwrap();
    assert!(project.contains(&serde_json::json!({ "name": "title", "type": "Text" })));
    assert!(json["errors"].as_array().unwrap().iter().any(|error| error["name"] == "TooMany"));
}
