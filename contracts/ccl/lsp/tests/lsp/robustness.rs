//! Whatever is typed, the server answers, and has the same text as the editor.

use crate::{
    client::{modern, plain, Client, URI},
    BAKERY, NEIGHBOURHOOD,
};
use icn_fuzzing::{fuzz, Raw};
use proptest::prelude::*;
use serde_json::{json, Value};

const OTHER: &str = "untitled:other.ccl";
const INTERNAL: i32 = -32603;

/// Asks everything about a place; whether the server failed nowhere.
fn ask_all(client: &mut Client, offset: usize) {
    let position = client.position(offset);
    let whole = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 1_000_000, "character": 0 } });
    let params = json!({
        "textDocument": { "uri": URI },
        "position": position,
        "range": whole,
        "context": { "includeDeclaration": true, "diagnostics": [], "triggerKind": 1, "isRetrigger": false },
        "options": { "tabSize": 2, "insertSpaces": true },
        "newName": "renamed",
    });
    for method in [
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
    ] {
        if let Err(refused) = client.request(method, params.clone()) {
            let text: String = client.text().chars().take(2_000).collect();
            // Only a rename may be refused.
            let refusable = method == "textDocument/rename" || method == "textDocument/prepareRename";
            assert!(refusable && refused.code != INTERNAL, "{method}: {}\n{text}", refused.message);
        }
    }
}

/// What the server says of a document as a whole.
fn seen(client: &mut Client, uri: &str) -> Vec<Value> {
    let params = json!({ "textDocument": { "uri": uri } });
    ["textDocument/documentSymbol", "textDocument/foldingRange", "textDocument/semanticTokens/full"]
        .map(|method| client.request(method, params.clone()).unwrap())
        .into_iter()
        .chain(client.diagnostics_of(uri))
        .map(without_address)
        .collect()
}

/// Addresses differ between documents of one text.
fn without_address(value: Value) -> Value {
    serde_json::from_str(&value.to_string().replace(OTHER, URI)).unwrap()
}

fn piece() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "",
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        ";",
        ":",
        ",",
        ".",
        "..",
        "@",
        "\"",
        "/*",
        "*/",
        "//",
        "\n",
        "\r\n",
        "\r",
        "🥐",
        "ß",
        "é",
        "process ",
        "effect ",
        "let x = ",
        "x",
        "1",
        "50%",
        "7d",
        "10 eur",
        "member",
        "= ",
        "if ",
        "match ",
        "role(",
        "Phase.",
        "for y in ",
        "require ",
        " else ",
        "_ => {",
        "all(w in ",
        "\\u{",
        "\u{202e}",
    ]);
    prop::collection::vec(words, 0..5).prop_map(|words| words.concat())
}

/// The nearest beginning of a letter.
fn snapped(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn random_edits_reach_the_same_text_and_break_nothing(
        first in any::<bool>(),
        bytes in any::<bool>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..80usize, piece(), any::<prop::sample::Index>()), 1..5),
    ) {
        let mut client = Client::start(if bytes { modern() } else { plain() });
        client.open(URI, if first { BAKERY } else { NEIGHBOURHOOD });
        for (at, length, new, asked) in edits {
            let start = snapped(client.text(), at.index(client.text().len() + 1));
            let end = snapped(client.text(), start + length).max(start);
            // A position does not stand between the bytes of a line end, and a lone `\r` ends a line for the server only.
            let new = new.replace('\r', "");
            client.edit(start..end, &new);
            let text = client.text().to_string();
            client.open(OTHER, &text);
            prop_assert_eq!(seen(&mut client, URI), seen(&mut client, OTHER));
            let asked = snapped(client.text(), asked.index(client.text().len() + 1));
            ask_all(&mut client, asked);
            ask_all(&mut client, start + new.len());
        }
        client.end();
    }

    #[test]
    fn any_text_is_answered(text in "\\PC{0,200}", at in any::<prop::sample::Index>()) {
        let mut client = Client::with(&text);
        client.diagnostics();
        let at = snapped(&text, at.index(text.len() + 1));
        ask_all(&mut client, at);
        client.end();
    }

    #[test]
    fn any_pieces_are_answered(pieces in prop::collection::vec(piece(), 0..40), at in any::<prop::sample::Index>()) {
        let text = pieces.concat().replace('\r', "");
        let mut client = Client::with(&text);
        client.diagnostics();
        let at = snapped(&text, at.index(text.len() + 1));
        ask_all(&mut client, at);
        client.end();
    }
}

#[test]
fn documents_as_large_as_they_may_be_are_answered() {
    const MAX: usize = icn_ccl::limits::SOURCE_BYTES_MAX;
    let header = "contract \"a\" version 1.0.0 for community;\n";
    let filled = |piece: &str| format!("{header}{}", piece.repeat((MAX - header.len()) / piece.len()));
    for piece in [
        "(",
        "[",
        "{",
        "}",
        "const A: Int = ",
        "a.",
        "a(",
        "\"",
        "🥐",
        "\n",
        "/*",
        "fn f() { ",
        "if a { } else ",
        "-",
        "not ",
        "a + ",
        "List<",
        "role r { can: [vote]; }\n",
        "@max(",
        "match a { _ => ",
        "process p { objections { ",
        "all(x in ",
        "\\",
        "\0",
    ] {
        let text = filled(piece);
        let mut client = Client::with(&text);
        client.diagnostics();
        ask_all(&mut client, snapped(&text, text.len() / 2));
        client.end();
    }
}

#[test]
fn fuzz_server() {
    let seeds = [BAKERY, NEIGHBOURHOOD].map(|source| source.as_bytes().to_vec());
    // One editor types all of it.
    let client = std::sync::Mutex::new(Client::with(""));
    fuzz("language server", &seeds, |bytes| {
        let text = std::str::from_utf8(bytes).ok()?.replace('\r', "");
        let mut client = client.lock().unwrap();
        let end = client.text().len();
        client.edit(0..end, &text);
        client.diagnostics();
        let at = snapped(&text, bytes.iter().map(|byte| usize::from(*byte)).sum::<usize>() % (text.len() + 1));
        ask_all(&mut client, at);
        Some(Raw(bytes.to_vec()))
    });
    client.into_inner().unwrap().end();
}

#[test]
fn longer_documents_are_told_once() {
    let mut client = Client::with(&"// a line\n".repeat(30_000));
    let found = client.mistakes();
    assert_eq!(found, ["CCL0102 the source has 300000 bytes"]);
    ask_all(&mut client, 1000);
    // What is cut away makes it readable.
    let end = client.text().len();
    client.edit(0..end, "contract \"a\" version 1.0.0 for community;\n");
    assert_eq!(client.mistakes(), Vec::<String>::new());
    client.end();
}
