//! What the protocol asks of every server.

use crate::client::{modern, plain, Client, URI};
use serde_json::{json, Value};

const NOT_FOUND: i32 = -32601;
const INVALID_PARAMS: i32 = -32602;
const INVALID_REQUEST: i32 = -32600;

#[test]
fn bytes_are_counted_if_the_editor_offers_it() {
    let client = Client::start(modern());
    assert_eq!(client.capabilities["positionEncoding"], "utf-8");
    client.end();
    let client = Client::start(plain());
    assert_eq!(client.capabilities["positionEncoding"], "utf-16");
    assert_eq!(client.capabilities["textDocumentSync"], json!({ "openClose": true, "change": 2 }));
    client.end();
}

#[test]
fn requests_that_nobody_knows_are_answered() {
    let mut client = Client::start(modern());
    let refused = client.request("textDocument/telepathy", json!({})).unwrap_err();
    assert_eq!((refused.code, refused.message.as_str()), (NOT_FOUND, "there is no request `textDocument/telepathy`"));
    // Notifications are never answered, and these are passed over.
    client.notify("$/telepathy", json!({}));
    client.notify("textDocument/didOpen", json!({ "textDocument": 1 }));
    client.notify("textDocument/didChange", Value::Null);
    client.notify("$/cancelRequest", json!({ "id": 1 }));
    client.end();
}

#[test]
fn parameters_that_cannot_be_read_are_told() {
    let mut client = Client::with("");
    let methods = [
        "textDocument/hover",
        "textDocument/completion",
        "textDocument/signatureHelp",
        "textDocument/definition",
        "textDocument/references",
        "textDocument/documentHighlight",
        "textDocument/prepareRename",
        "textDocument/rename",
        "textDocument/documentSymbol",
        "textDocument/foldingRange",
        "textDocument/formatting",
        "textDocument/codeAction",
        "textDocument/semanticTokens/full",
        "textDocument/inlayHint",
    ];
    for method in methods {
        for params in [Value::Null, json!([]), json!({ "textDocument": { "uri": 7 } })] {
            assert_eq!(client.request(method, params).unwrap_err().code, INVALID_PARAMS, "{method}");
        }
        let elsewhere = json!({
            "textDocument": { "uri": "untitled:other" },
            "position": { "line": 0, "character": 0 },
            "range": { "start": { "line": 0, "character": 0 }, "end": { "line": 0, "character": 0 } },
            "context": { "includeDeclaration": true, "diagnostics": [], "triggerKind": 1, "isRetrigger": false },
            "options": { "tabSize": 2, "insertSpaces": true },
            "newName": "x",
        });
        assert_eq!(client.request(method, elsewhere).unwrap_err().message, "the document is not open", "{method}");
    }
    client.end();
}

#[test]
fn after_shutdown_only_exit_follows() {
    let mut client = Client::with("");
    client.request("shutdown", Value::Null).unwrap();
    assert_eq!(client.ask("textDocument/hover", 0).unwrap_err().code, INVALID_REQUEST);
    client.notify("exit", Value::Null);
    assert!(client.ended().is_ok());
}

#[test]
fn an_editor_that_goes_without_a_word_is_noticed() {
    let client = Client::with("");
    client.notify("exit", Value::Null);
    assert!(client.ended().is_err());
    assert!(Client::with("").ended().is_err());
}

#[test]
fn closing_a_document_takes_its_diagnostics_away() {
    let mut client = Client::with("constitution");
    assert!(!client.diagnostics().is_empty());
    client.close(URI);
    assert_eq!(
        client.ask_document("textDocument/documentSymbol", json!({})).unwrap_err().message,
        "the document is not open"
    );
    client.end();
}

#[test]
fn editors_that_know_little_get_plain_answers() {
    let mut client = Client::start(plain());
    client.open(URI, "contract \"a\" version 1.0.0 for community;\nrole r { can: [vote]; }\nbody b { members: r; }\n");
    assert!(client.diagnostics().is_empty());
    // A flat outline, changes without versions, texts without stops.
    let outline = client.ask_document("textDocument/documentSymbol", json!({})).unwrap();
    assert_eq!(outline[0]["location"]["uri"], URI);
    let at = client.find("r {");
    let renamed = client.ask_with("textDocument/rename", at, json!({ "newName": "s" })).unwrap();
    assert_eq!(renamed["changes"][URI].as_array().unwrap().len(), 2);
    let at = client.after("body b { ");
    client.edit(at..at, "si ");
    let items = client.completion(at + 2);
    let size = items.iter().find(|item| item["label"] == "size").unwrap();
    assert_eq!((&size["insertText"], &size["insertTextFormat"]), (&json!("size: 1;"), &Value::Null));
    client.end();
}
