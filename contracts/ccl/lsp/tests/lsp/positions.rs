//! Places in texts that are not ASCII, as both kinds of editors count them.

use crate::client::{modern, plain, Client, URI};
use serde_json::{json, Value};

const SOURCE: &str = "/// Über die Bäckerei 🥐 und 👩‍🌾.\ncontract \"Größe 🥐🥐\" version 1.0.0 for community; role Mitglied { can: [vote]; } /* 🥐 */ body alle { members: Mitglied; }\r\nbody rest { members: Mitgleid; } // ß\r\n";

fn both(test: impl Fn(Client)) {
    for capabilities in [modern(), plain()] {
        let mut client = Client::start(capabilities);
        client.open(URI, SOURCE);
        test(client);
    }
}

#[test]
fn names_behind_wide_letters_are_found() {
    both(|mut client| {
        let at = client.after("members: Mit");
        let declared = client.find("Mitglied {");
        assert_eq!(client.definition(at), Some((declared, "Mitglied".into())));
        let used = client.find("Mitglied; }");
        assert_eq!(client.references(at), [declared, used]);
        assert!(client.hover(at).contains("role Mitglied { can: [vote]; }"));
        client.end();
    });
}

#[test]
fn mistakes_behind_wide_letters_are_where_they_are() {
    both(|mut client| {
        let diagnostics = client.diagnostics();
        let told: Vec<_> = diagnostics.iter().map(|found| client.words(&found["range"]).to_string()).collect();
        // The farmer is joined by a character that cannot be seen.
        assert_eq!(told, ["\u{200d}", "Mitgleid"]);
        let range = diagnostics[1]["range"].clone();
        let more = json!({ "range": range, "context": { "diagnostics": [] } });
        let actions = client.ask_document("textDocument/codeAction", more).unwrap();
        let edit = &actions[0]["edit"];
        let edits = match &edit["documentChanges"] {
            Value::Null => edit["changes"][URI].clone(),
            changes => changes[0]["edits"].clone(),
        };
        client.apply_edits(edits.as_array().unwrap());
        assert!(client.text().contains("rest { members: Mitglied; }"));
        assert_eq!(client.diagnostics().len(), 1);
        client.end();
    });
}

#[test]
fn edits_between_wide_letters_reach_the_same_text() {
    both(|mut client| {
        let at = client.find("🥐🥐\"");
        client.edit(at..at + "🥐".len(), "ein Brötchen ");
        let at = client.find("👩");
        client.edit(at..at + "👩‍🌾".len(), "Müller");
        let at = client.find("Mitgleid");
        client.edit(at..at + 8, "Mitglied");
        assert_eq!(client.mistakes(), Vec::<String>::new());
        let at = client.find("Mitglied; } // ß");
        assert_eq!(client.definition(at), Some((client.find("Mitglied {"), "Mitglied".into())));
        client.end();
    });
}

#[test]
fn colours_behind_wide_letters_are_where_they_are() {
    both(|mut client| {
        let tokens = client.ask_document("textDocument/semanticTokens/full", json!({})).unwrap();
        let data: Vec<u64> = tokens["data"].as_array().unwrap().iter().map(|number| number.as_u64().unwrap()).collect();
        let (mut line, mut start) = (0, 0);
        let mut words = Vec::new();
        for token in data.chunks(5) {
            start = if token[0] == 0 { start + token[1] } else { token[1] };
            line += token[0];
            let range = json!({
                "start": { "line": line, "character": start },
                "end": { "line": line, "character": start + token[2] },
            });
            words.push(client.words(&range).to_string());
        }
        for word in ["/// Über die Bäckerei 🥐 und 👩‍🌾.", "\"Größe 🥐🥐\"", "/* 🥐 */", "Mitgleid", "// ß"]
        {
            let found = words.iter().any(|found| found.trim_end_matches('\r') == word);
            assert_eq!(found, word != "Mitgleid", "{word} in {words:?}");
        }
        client.end();
    });
}
