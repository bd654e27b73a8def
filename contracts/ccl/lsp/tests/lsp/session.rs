//! One editor for a while.

use crate::{
    client::{Client, URI},
    NEIGHBOURHOOD,
};
use serde_json::json;

#[test]
fn a_constitution_is_written() {
    let mut client = Client::with("contract \"Garden\" version 1.0.0 for community;\n\nrole member { can: [vote]; }\n");
    assert!(client.diagnostics().is_empty());

    // A declaration is typed; mistakes come and go.
    let end = client.text().len();
    let counts = client.type_at(end, "body everyone { members: member; }\n");
    assert!(counts[.."body everyone {".len()].iter().all(|count| *count > 0), "{counts:?}");
    assert_eq!(counts.last(), Some(&0));

    // A process, of which the editor completes the settings.
    let end = client.text().len();
    client.type_at(end, "process ordinary { v");
    let missing = "CCL0101 expected `:` and a value, or `{`, found the end of the text".to_string();
    assert!(client.mistakes().contains(&missing));
    let at = client.text().len();
    let labels = client.complete(at);
    assert!(labels.contains(&"voters".to_string()) && labels.contains(&"voting".to_string()), "{labels:?}");
    client.edit(at - 1..at, "voters: every");
    let at = client.text().len();
    assert_eq!(client.complete(at), ["member", "everyone"]);
    client.edit(at - 5..at, "everyone; method: ");
    let at = client.text().len();
    assert!(client.complete(at).contains(&"majority".to_string()));
    client.edit(at..at, "majority; threshold: 1/2; qourum: 50%; deliberation: 2d; voting: 3d; }\n");

    // A code action puts the mistyped setting right.
    let mistakes = client.mistakes();
    assert_eq!(
        mistakes,
        ["CCL0203 the process `ordinary` has no `quorum`", "CCL0201 a process `ordinary` has no setting `qourum`"]
    );
    let at = client.find("qourum");
    let range = json!({ "start": client.position(at), "end": client.position(at) });
    let more = json!({ "range": range, "context": { "diagnostics": [] } });
    let actions = client.ask_document("textDocument/codeAction", more).unwrap();
    assert_eq!(actions[0]["title"], "write `quorum`");
    assert_eq!(actions[0]["kind"], "quickfix");
    client.apply(&actions[0]["edit"].clone());
    assert_eq!(client.mistakes(), Vec::<String>::new());

    // The name is looked up and changed.
    let at = client.find("everyone; method");
    assert!(client.hover(at).contains("body everyone { members: member; }"));
    let declared = client.find("everyone");
    assert_eq!(client.definition(at), Some((declared, "everyone".into())));
    let renamed = client.ask_with("textDocument/rename", at, json!({ "newName": "assembly" })).unwrap();
    client.apply(&renamed);
    assert_eq!(client.mistakes(), Vec::<String>::new());
    assert!(client.text().contains("body assembly {") && client.text().contains("voters: assembly;"));
    assert!(!client.text().contains("everyone"));

    // The document is brought into its form.
    let options = json!({ "options": { "tabSize": 2, "insertSpaces": true } });
    let edits = client.ask_document("textDocument/formatting", options).unwrap();
    client.apply_edits(edits.as_array().unwrap());
    assert_eq!(client.mistakes(), Vec::<String>::new());
    client.close(URI);
    client.end();
}

#[test]
fn several_changes_in_one_message_follow_each_other() {
    let mut client = Client::with("contract \"a\" version 1.0.0 for community;\n");
    let at = |line: u32, character: u32| json!({ "line": line, "character": character });
    client.notify(
        "textDocument/didChange",
        json!({
            "textDocument": { "uri": URI, "version": 2 },
            "contentChanges": [
                { "range": { "start": at(1, 0), "end": at(1, 0) }, "text": "role r { can: [vote]; }\n" },
                { "range": { "start": at(1, 5), "end": at(1, 6) }, "text": "member" },
            ],
        }),
    );
    let symbols = client.ask_document("textDocument/documentSymbol", json!({})).unwrap();
    assert_eq!((&symbols[0]["name"], &symbols[0]["detail"]), (&json!("member"), &json!("role, article 1")));
    // Without a range it is the whole text.
    client.notify(
        "textDocument/didChange",
        json!({
            "textDocument": { "uri": URI, "version": 3 },
            "contentChanges": [{ "text": "contract \"b\" version 1.0.0 for community;\n" }],
        }),
    );
    let symbols = client.ask_document("textDocument/documentSymbol", json!({})).unwrap();
    assert_eq!(symbols, json!([]));
    client.end();
}

#[test]
fn a_mistake_in_one_place_leaves_the_rest_alone() {
    let mut client = Client::with(NEIGHBOURHOOD);
    assert!(client.diagnostics().is_empty());
    let at = client.find("  return id;");
    client.edit(at..at, "  projects[id].\n");
    assert!(!client.diagnostics().is_empty());
    // All that stands elsewhere is still known.
    let at = client.find("is_votable(id) else");
    assert_eq!(client.definition(at).unwrap().0, client.find("is_votable(id: Int)"));
    let at = client.after("  projects[id].");
    let labels = client.complete(at);
    let fields = ["owner", "title", "cost", "category", "plan", "feasible", "funded", "paid"];
    assert_eq!(&labels[..8], fields);
    client.end();
}
