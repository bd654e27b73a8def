//! Names: where they are declared and used, and how they are changed.

use crate::{
    client::{modern, Client},
    BAKERY, NEIGHBOURHOOD,
};
use serde_json::json;

fn rename(client: &mut Client, offset: usize, name: &str) -> Result<serde_json::Value, String> {
    let answer = client.ask_with("textDocument/rename", offset, json!({ "newName": name }));
    answer.map_err(|refused| refused.message)
}

#[test]
fn names_lead_to_their_declarations() {
    let mut client = Client::with(BAKERY);
    for (from, to) in [
        // In settings, lists, words with brackets, bands, blocks, founders and extends.
        ("issuer: treasurer", "role treasurer"),
        ("elected_by: stewards", "election stewards"),
        ("resources: [hours", "resource hours"),
        ("review: role(overseer", "role overseer"),
        ("approvers: 1; role: steward", "role steward"),
        ("reserve { share: 20%; process: amendment", "process amendment"),
        ("credit_limit: 500 eur", "resource eur"),
        ("\n  worker", "class worker"),
        ("role treasurer extends member", "role member"),
        ("can: [convene, spend_small", "permission spend_small"),
        ("disclose: [class", "claims { class"),
        ("entrench [process.amendment", "process amendment"),
        ("invariant.one_worker_one_vote", "invariant one_worker_one_vote"),
        // In code.
        ("class_of(person", "proposal AdmitWorker(person"),
        ("set_class(person, worker", "class worker"),
        ("else NoPatronage", "error NoPatronage"),
        ("sum(worked", "let worked"),
        ("for who in parts {\n      transfer(from: till, to: who", "for who"),
        ("issue(person, WorkerCard", "credential WorkerCard"),
        ("all(w in civic", "import \"core/civic@1\" as civic"),
        ("(assembly): w", "all(w"),
        ("Amount<eur", "resource eur"),
        ("join(ada", "let ada"),
        ("expect_error(PatronageDividend", "proposal PatronageDividend"),
        ("10 eur), NoPatronage", "error NoPatronage"),
    ] {
        let (from, to) = (client.after(from), client.after(to));
        let (at, words) = client.definition(from).unwrap_or_else(|| panic!("{from} is declared nowhere"));
        assert_eq!(at + words.len(), to, "{words}");
    }
    // What the language has is declared nowhere.
    let at = client.find("sum(worked");
    assert_eq!(client.definition(at), None);
    client.end();
}

#[test]
fn fields_cases_and_categories_lead_to_theirs() {
    let mut client = Client::with(NEIGHBOURHOOD);
    for (from, to) in [
        ("projects[id].feasible", "record Project {\n  owner: Did,\n  title: Text,\n  cost: Amount<credits>,\n  category: pb.Category,\n  plan: Cid,\n  feasible"),
        ("project.owner", "record Project {\n  owner"),
        ("state phase: Phase = Phase.Submit", "enum Phase { Submit"),
        ("    Phase.Review", "enum Phase { Submit, Review"),
        ("pb.Category.green", "category green"),
        ("  category: pb", "budget pb"),
        ("Residency { district", "claims { district"),
        ("Residency { district: district", "action welcome(person: Did, district"),
        ("spender clerk", "role clerk"),
        ("emit Funded", "event Funded"),
        ("mint(to: pb", "budget pb"),
        ("law.allocate(budget: pb", "budget pb"),
        ("ballots: ballots", "state ballots"),
    ] {
        let (at, to) = (client.after(from), client.after(to));
        let (found, words) = client.definition(at).unwrap_or_else(|| panic!("{from} is declared nowhere"));
        assert_eq!(found + words.len(), to, "{from}");
    }
    client.end();
}

#[test]
fn all_uses_are_found() {
    let mut client = Client::with(BAKERY);
    let at = client.after("process amendment") - 1;
    let found = client.references(at);
    let uses = [
        "assigned_by: amendment",
        "removable_by: amendment",
        "process amendment",
        "process: amendment; }",
        "process: amendment;\n",
        "[process.amendment",
    ];
    let mut wanted: Vec<_> = uses.iter().map(|words| client.find(words) + words.find("amendment").unwrap()).collect();
    wanted.sort_unstable();
    assert_eq!(found, wanted);
    // A parameter, and the name by which a call gives it.
    let marks = client.ask("textDocument/documentHighlight", client.find("total: Amount")).unwrap();
    assert_eq!(marks.as_array().unwrap().len(), 3);
    client.end();
}

#[test]
fn every_name_that_is_declared_can_be_renamed_and_back() {
    for source in [BAKERY, NEIGHBOURHOOD] {
        let mut client = Client::with(source);
        assert!(client.diagnostics().is_empty());
        let mut offset = 0;
        let mut renamed = 0;
        while let Some(at) = source[offset..].find(|letter: char| letter.is_ascii_alphabetic()).map(|at| at + offset) {
            let length = source[at..].find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_')).unwrap();
            let word = &source[at..at + length];
            offset = at + length;
            // Each symbol once, where it is declared.
            if client.definition(at).is_none_or(|(declared, _)| declared != at) {
                continue;
            }
            let before = client.references(at).iter().filter(|other| **other < at).count();
            let edit = match rename(&mut client, at, "renamed_by_test") {
                // `allocate` asks for a field of this name.
                Err(why) if word == "cost" && why.contains("records with a `cost`") => continue,
                edit => edit.unwrap_or_else(|why| panic!("{word}: {why}")),
            };
            client.apply(&edit);
            assert_eq!(client.mistakes(), Vec::<String>::new(), "{word}");
            let moved = at + before * "renamed_by_test".len() - before * length;
            let back = rename(&mut client, moved, word).unwrap_or_else(|why| panic!("back to {word}: {why}"));
            client.apply(&back);
            assert_eq!(client.text(), source);
            renamed += 1;
        }
        assert!(renamed > 50, "{renamed}");
        client.end();
    }
}

#[test]
fn names_that_are_taken_or_none_are_refused() {
    let mut client = Client::with(BAKERY);
    let process = client.after("process spending") - 1;
    for (name, why) in [
        ("require", "`require` is a word of the language"),
        ("2fast", "`2fast` is no name: letters, digits and `_` are allowed, and no digit at the beginning"),
        ("Bäckerei", "`Bäckerei` is no name: letters, digits and `_` are allowed, and no digit at the beginning"),
        ("", "`` is no name: letters, digits and `_` are allowed, and no digit at the beginning"),
        ("ordinary", "`ordinary` cannot be used here: there is a value `ordinary` already"),
        ("now", "`now` cannot be used here: there is a value `now` already"),
    ] {
        assert_eq!(rename(&mut client, process, name).unwrap_err(), why);
    }
    // A local may not take the name of another, of a function, or hide what the code uses.
    let local = client.after("let worked") - 1;
    assert_eq!(
        rename(&mut client, local, "total").unwrap_err(),
        "`total` cannot be used here: `total` is a name here already"
    );
    assert!(rename(&mut client, local, "split").unwrap_err().contains("is a function of the language"));
    assert!(rename(&mut client, local, "till").is_err());
    // What the language has keeps its name.
    for words in ["set_class(", "quorum:", "majority;", "Text;", "process spending"] {
        let at = client.find(words);
        assert!(client.ask("textDocument/prepareRename", at).is_err(), "{words}");
    }
    let at = client.find("sum(worked");
    assert_eq!(rename(&mut client, at, "x").unwrap_err(), "`sum` is part of the language and keeps its name");
    let at = client.find("Good bread");
    assert_eq!(rename(&mut client, at, "x").unwrap_err(), "there is no name here");
    let prepared = client.ask("textDocument/prepareRename", process).unwrap();
    assert_eq!((client.words(&prepared["range"]), &prepared["placeholder"]), ("spending", &json!("spending")));
    client.end();
}

#[test]
fn modules_beside_the_document_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let module = "/// Shared rules.\npolicy \"rules\" version 1.0.0 for community;\n\n/// Twice as much.\nfn twice(of: Int) -> Int { return of * 2; }\n";
    std::fs::write(path("rules.ccl"), module).unwrap();
    let lock = "[[module]]\nname = \"shared/rules\"\nversion = \"1.0.0\"\ncid = \"bafy\"\npath = \"rules.ccl\"\n";
    std::fs::write(path("ccl.lock"), lock).unwrap();
    let uri = icn_ccl_lsp::modules::uri_of(&path("main.ccl")).unwrap();
    let mut client = Client::start(modern());
    let text = "contract \"a\" version 1.0.0 for community;\nimport \"shared/rules@1\" as rules;\nconst TWO: Int = 2;\nfn four() -> Int { return rules.twice(TWO); }\n";
    client.open(uri.as_str(), text);
    assert_eq!(client.diagnostics_of(uri.as_str()), Vec::<serde_json::Value>::new());
    let at = json!({ "line": 3, "character": 34 });
    let params = json!({ "textDocument": { "uri": uri.as_str() }, "position": at });
    let found = client.request("textDocument/definition", params.clone()).unwrap();
    let rules = icn_ccl_lsp::modules::uri_of(&path("rules.ccl")).unwrap();
    assert_eq!(found["uri"], rules.as_str());
    assert_eq!(found["range"]["start"], json!({ "line": 4, "character": 3 }));
    let hover = client.request("textDocument/hover", params).unwrap();
    assert_eq!(hover["contents"]["value"], "```ccl\nfn rules.twice(of: Int) -> Int\n```\n\nTwice as much.");
    // Without the lock file the module is missed.
    std::fs::remove_file(path("ccl.lock")).unwrap();
    client.notify("textDocument/didSave", json!({ "textDocument": { "uri": uri.as_str() } }));
    let missing = client.request("textDocument/documentSymbol", json!({ "textDocument": { "uri": uri.as_str() } }));
    assert!(missing.is_ok());
    client.end();
}
