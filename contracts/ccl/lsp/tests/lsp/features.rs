//! Each feature on the two examples.

use crate::{client::Client, BAKERY, NEIGHBOURHOOD};
use serde_json::{json, Value};

// Diagnostics.

#[test]
fn constitutions_are_judged_too() {
    let mut client = Client::with(NEIGHBOURHOOD);
    let told = client.judgements();
    assert!(matches!(told.as_slice(), [one] if one.starts_with("CCL0602 who holds `resident`")), "{told:?}");
    client.end();
}

#[test]
fn the_examples_have_no_mistakes() {
    for source in [BAKERY, NEIGHBOURHOOD] {
        let mut client = Client::with(source);
        assert_eq!(client.mistakes(), Vec::<String>::new());
        client.end();
    }
}

/// A document that extends a template, which it breaks: it has a status less than that.
const EXTENDING: &str = r#"resolution "Ours" version 1.0.0 for community extends "templates/resolution@1";

@override
enum Status { Draft, Adopted, Finished, Withdrawn }
/// Whether it is time to look.
view is_due() -> Bool { return status == Status.Adopted and now >= due; }
"#;

#[test]
fn what_a_document_extends_is_known() {
    let mut client = Client::with(EXTENDING);
    let found = client.diagnostics();
    assert_eq!(found.len(), 2, "{found:#?}");
    for mistake in &found {
        assert_eq!(client.words(&mistake["range"]), "\"templates/resolution@1\"");
        let message = mistake["message"].as_str().unwrap();
        assert!(message.starts_with("in `templates/resolution@1`, line "), "{message}");
    }
    for (place, told) in [("status ==", "state status: Status = Status.Draft;"), ("due;", "state due: Time =")] {
        let at = client.find(place);
        let hover = client.hover(at);
        assert!(hover.contains(told) && hover.ends_with("in `templates/resolution@1`"), "{place}: {hover}");
    }
    // Names of the other document are declared at no place of this one.
    for place in ["status ==", "due;"] {
        let at = client.find(place);
        assert_eq!(client.definition(at), None, "{place}");
    }
    let at = client.find("Status.Adopted");
    assert_eq!(client.definition(at).expect("it is here").1, "Status");
    let at = client.after("extends \"");
    let offered = client.complete(at + 2);
    assert!(offered.contains(&"templates/escrow@1".into()) && !offered.contains(&"core/civic@1".into()), "{offered:?}");
    client.end();
}

#[test]
fn mistakes_say_what_where_and_why() {
    let mut client = Client::with(BAKERY);
    let at = client.find("  quorum: 50%;");
    client.edit(at..at, "  quorum: 40%;\n");
    let found = client.diagnostics();
    assert_eq!(found.len(), 1);
    let twice = &found[0];
    assert_eq!((&twice["code"], &twice["source"], &twice["severity"]), (&json!("CCL0202"), &json!("ccl"), &json!(1)));
    assert_eq!(twice["message"], "`quorum` is set twice");
    assert_eq!(client.words(&twice["range"]), "quorum");
    let first = &twice["relatedInformation"][0];
    assert_eq!(first["message"], "here first");
    assert_eq!(client.offset(&first["location"]["range"]["start"]), client.find("quorum: 40%"));
    assert_eq!(twice["data"]["name"], "DuplicateKey");
    assert_eq!(
        twice["data"]["explanation"],
        "A setting, or a name, is given twice; which of them holds would be left to chance."
    );
    client.end();
}

// Hover.

#[test]
fn everything_under_the_pointer_is_explained() {
    let mut client = Client::with(BAKERY);
    for (place, told) in [
        ("process ordinary", "How a decision is made: who votes, how many must, for how long."),
        ("process ordinary", "- `quorum`*: How many of the voters must vote."),
        ("quorum: 50%", "```ccl\nquorum: share or number;\n```\n\nHow many of the voters must vote.\n\nrequired"),
        ("secret: always", "secret: no|until_close|always;"),
        ("secret: always", "`no` if it is not given"),
        ("every: 30d", "How often it meets."),
        ("always;", "secret: always"),
        ("issuer: treasurer;", "```ccl\nissuer: role|body;\n```\n\nWho makes it.\n\noptional"),
        ("ordinary;\n  remove", "process ordinary {\n  voters: assembly;"),
        ("vote, comment", "A permission that the kernel knows."),
        ("spend_small];\n", "permission spend_small \"may pay small amounts from the running budget\""),
        ("person: Did) {\n  process: ordinary;\n  requires: class_of", "person: Did"),
        ("worked = patronage", "let worked: Map<Did, Amount<hours>>"),
        ("who in parts", "let who: Did"),
        ("split(total", "split(total: Amount<R>, weights: Map<K, Amount<S>>|Map<K, Int>) -> Map<K, Amount<R>>"),
        ("split(total", "`fn`, from 200 fuel"),
        ("civic.weights", "Members, roles and votes: what constitutions need of civic life."),
        ("weights(assembly)", "How many votes each member of a body has."),
        ("52w);\n    require", "Duration"),
        ("0 hours else", "Amount<hours>"),
        ("require sum", "Fails with an error unless a condition holds"),
        ("constitution \"", "A document that an organisation is governed by."),
        ("Amount<eur>) {\n  process: spending", "So much of a resource: `12.50 eur`."),
        ("test_did(\"ada\")", "In tests: the person of a name."),
        ("NoPatronage();\n\n", "error NoPatronage()"),
        ("joined +", "joined: Time\n```\n\nof `Member`"),
    ] {
        let at = client.find(place);
        let hover = client.hover(at);
        assert!(hover.contains(told), "{place}: {hover}");
    }
    let nothing = client.after("version 1.0.0 for cooperative;\n");
    assert_eq!(client.hover(nothing), "");
    client.end();
}

#[test]
fn types_of_declared_names_are_told() {
    let mut client = Client::with(NEIGHBOURHOOD);
    for (place, told) in [
        ("phase == Phase.Vote", "state phase: Phase"),
        ("MAX_PER_PERSON else", "const MAX_PER_PERSON: Int = 3"),
        ("owned_by(caller)", "view owned_by(who: Did) -> Int"),
        ("is_votable(id) else", "view is_votable(id: Int) -> Bool"),
        ("Phase.Submit;", "enum Phase { Submit, Review, Vote, Build, Closed }"),
        ("Review => {", "Phase.Review"),
        ("won {", "let won: List<Int>"),
        ("project.owner ==", "let project: Project"),
        ("allocate(budget", "Which projects a budget pays for by its rule"),
        ("Project {\n    owner", "record Project {"),
        ("paid: 0 credits", "paid: Amount<credits>\n```\n\nof `Project`"),
        ("max(1000)", "@max"),
        ("total - budget(pb).left", "total: Amount<credits>"),
    ] {
        let at = client.find(place);
        let hover = client.hover(at);
        assert!(hover.contains(told), "{place}: {hover}");
    }
    client.end();
}

// Completion.

/// Labels after text is put into an example.
fn completed(source: &str, before: &str, typed: &str) -> Vec<String> {
    let mut client = Client::with(source);
    let at = client.find(before);
    client.edit(at..at, &format!("{typed}\n"));
    let labels = client.complete(at + typed.len());
    client.end();
    labels
}

fn has(labels: &[String], wanted: &[&str]) {
    for word in wanted {
        assert!(labels.iter().any(|label| label == word), "{word} is not among {labels:?}");
    }
}

fn lacks(labels: &[String], unwanted: &[&str]) {
    for word in unwanted {
        assert!(labels.iter().all(|label| label != word), "{word} is among {labels:?}");
    }
}

#[test]
fn items_begin_with_kinds_and_words() {
    let labels = completed(BAKERY, "process spending", "pro\n");
    lacks(&labels, &["quorum", "transfer"]);
    let mut client = Client::with(BAKERY);
    let at = client.find("process spending");
    client.edit(at..at, "pro\n");
    let labels = client.complete(at + 3);
    has(&labels, &["process", "proposal", "role", "const", "invariant", "entrench", "test"]);
    let items = client.completion(at + 3);
    let delegation = items.iter().find(|item| item["label"] == "membership").unwrap();
    assert_eq!(delegation["insertText"], "membership ${1:name} {\n  admit: ${3:name};\n  remove: ${4:name};\n}");
    client.end();
    let mut client = Client::with("cons");
    let labels = client.complete(4);
    assert_eq!(labels, ["constitution", "bylaws", "charter", "policy", "contract", "agreement", "resolution"]);
    client.end();
}

#[test]
fn settings_that_are_not_set_are_offered() {
    let labels = completed(BAKERY, "  secret: always;", "  th");
    has(&labels, &["timelock", "review", "objections", "class"]);
    lacks(&labels, &["voters", "quorum", "threshold", "method", "every", "dues"]);
    // In blocks of a declaration, those of the block.
    let labels = completed(BAKERY, "period: 90d; }", "");
    has(&labels, &["period"]);
    lacks(&labels, &["allowed", "quorum"]);
    let labels = completed(BAKERY, "notice: 7d;", "e ");
    lacks(&labels, &["members"]);
    // A proposal has an effect, once.
    has(&completed(NEIGHBOURHOOD, "requires: has_role", ""), &["summary", "title_template"]);
    lacks(&completed(NEIGHBOURHOOD, "requires: has_role", ""), &["effect", "process"]);
}

#[test]
fn settings_are_filled_in() {
    let mut client = Client::with(BAKERY);
    let at = client.find("  secret: always;");
    client.edit(at..at, "  t");
    let items = client.completion(at + 3);
    let inserted = |label: &str| {
        let found = items.iter().find(|item| item["label"] == label).unwrap();
        assert_eq!(found["insertTextFormat"], 2);
        found["insertText"].as_str().unwrap().to_string()
    };
    assert_eq!(inserted("timelock"), "timelock: ${1:7d};");
    assert_eq!(inserted("on_tie"), "on_tie: ${1|reject,status_quo,chair|};");
    assert_eq!(inserted("early"), "early: ${1|true,false|};");
    assert_eq!(inserted("class"), "class ${1:name} { ${2:} }");
    assert_eq!(inserted("stages"), "stages: [$1];");
    client.end();
}

#[test]
fn values_of_settings_fit_them() {
    let value = |key: &str, typed: &str| {
        let mut client = Client::with(BAKERY);
        let at = client.after(key);
        client.edit(at..at, typed);
        let labels = client.complete(at + typed.len());
        client.end();
        labels
    };
    assert_eq!(value("admit: ", ""), ["ordinary", "spending", "expulsion", "amendment", "emergency"]);
    assert_eq!(
        value("voters: ", "a"),
        ["candidate", "worker", "member", "steward", "treasurer", "overseer", "assembly", "panel"]
    );
    assert_eq!(value("secret: ", ""), ["no", "until_close", "always"]);
    assert_eq!(value("review: role(", ""), ["member", "steward", "treasurer", "overseer"]);
    assert_eq!(value("votes: ", ""), ["true", "false"]);
    assert_eq!(value("resources: [", ""), ["hours", "eur"]);
    assert_eq!(value("disclose: [", ""), ["class", "since"]);
    let permissions = value("can: [", "");
    has(&permissions, &["vote", "propose", "spend_small"]);
    lacks(&permissions, &["ordinary", "transfer"]);
    let steps = value("steps: [", "");
    assert_eq!(steps, ["dialogue", "facilitated", "mediation", "panel", "assembly", "external"]);
    assert_eq!(value("role treasurer extends ", ""), ["member", "steward", "treasurer", "overseer"]);
    let code = value("requires: total <= ", "");
    has(&code, &["total", "available", "now"]);
}

#[test]
fn what_follows_a_dot_is_known() {
    assert_eq!(
        &completed(NEIGHBOURHOOD, "  phase = Phase.Vote;", "  phase = Phase.")[..],
        ["Submit", "Review", "Vote", "Build", "Closed"]
    );
    assert_eq!(
        &completed(NEIGHBOURHOOD, "  return id;", "  budget(pb).")[..6],
        ["total", "spent", "committed", "left", "from", "to"]
    );
    assert_eq!(completed(NEIGHBOURHOOD, "  return id;", "  let c = pb.Category."), ["green", "youth", "other"]);
    assert_eq!(completed(NEIGHBOURHOOD, "  return id;", "  let c = pb."), ["Category"]);
    has(&completed(NEIGHBOURHOOD, "  return id;", "  let c = law."), &["share_of", "within", "allocate", "split"]);
    let map = completed(NEIGHBOURHOOD, "  return id;", "  let c = projects.");
    has(&map, &["len", "keys", "values", "get"]);
    lacks(&map, &["owner", "sort", "with", "transfer"]);
    assert_eq!(&completed(BAKERY, "set_class(person", "member(person).")[..4], ["did", "class", "joined", "standing"]);
}

#[test]
fn code_is_completed() {
    let labels = completed(NEIGHBOURHOOD, "  return id;", "  ");
    has(
        &labels,
        &[
            "let",
            "require",
            "emit",
            "id",
            "title",
            "projects",
            "owned_by",
            "transfer",
            "Project",
            "MAX_PER_PERSON",
            "caller",
        ],
    );
    lacks(&labels, &["quorum", "won", "expect_error", "who"]);
    assert_eq!(completed(NEIGHBOURHOOD, "  return id;", "  emit "), ["Submitted", "Funded"]);
    assert_eq!(
        completed(NEIGHBOURHOOD, "  return id;", "  require true else "),
        ["WrongPhase", "TooMany", "BadProject", "Overdrawn"]
    );
    let arguments = completed(BAKERY, "set_class(person", "transfer(from: ");
    assert_eq!(arguments[..4], ["assembly", "panel", "till", "running"]);
    let role = completed(BAKERY, "set_class(person", "grant_role(person, ");
    has(&role[..4], &["member", "steward", "treasurer", "overseer"]);
    let labels = completed(BAKERY, "set_class(person", "transfer(");
    has(&labels, &["from:", "to:", "amount:"]);
    let fields = completed(NEIGHBOURHOOD, "  return id;", "  let p = Project { owner: caller, ");
    assert_eq!(fields, ["title", "cost", "category", "plan", "feasible", "funded", "paid"]);
    let types = completed(NEIGHBOURHOOD, "enum Phase", "const A: ");
    has(&types, &["Int", "Amount", "Project", "pb.Category", "Member"]);
    assert_eq!(completed(BAKERY, "error NoPatronage", "const A: Amount<"), ["hours", "eur"]);
    assert_eq!(completed(NEIGHBOURHOOD, "    _ => {", "    Phase."), ["Submit", "Review", "Vote", "Build", "Closed"]);
    has(&completed(NEIGHBOURHOOD, "    _ => {", "    P"), &["Phase.Submit", "Phase.Closed", "_"]);
    assert_eq!(
        completed(BAKERY, "error NoPatronage", "@"),
        ["signed", "override", "migrate", "deprecated", "max", "param", "effective", "sunset"]
    );
    has(&completed(BAKERY, "error NoPatronage", "on "), &["MemberAdmitted", "TermEnded"]);
    let test = completed(BAKERY, "  join(ada", "  ");
    has(&test, &["expect", "expect_error", "as_caller"]);
}

#[test]
fn comments_and_texts_are_left_alone() {
    for place in ["/// A candidate becomes", "Good bread"] {
        let mut client = Client::with(BAKERY);
        let at = client.after(place);
        assert_eq!(client.complete(at), Vec::<String>::new());
        client.end();
    }
    let mut client = Client::with(BAKERY);
    let at = client.after("import \"");
    assert_eq!(client.complete(at + 2), ["core/civic@1", "core/contract@1", "core/justice@1"]);
    client.end();
}

// Signatures.

#[test]
fn parameters_are_shown_while_they_are_written() {
    let signature = |source: &str, before: &str, typed: &str| {
        let mut client = Client::with(source);
        let at = client.find(before);
        client.edit(at..at, typed);
        let help = client.ask("textDocument/signatureHelp", at + typed.len()).unwrap();
        client.end();
        let signature = &help["signatures"][0];
        let active = help["activeParameter"].as_u64().and_then(|at| usize::try_from(at).ok());
        let param = active.map(|at| signature["parameters"][at]["label"].clone()).unwrap_or_default();
        (signature["label"].as_str().unwrap_or_default().to_string(), param)
    };
    let (label, param) = signature(BAKERY, "set_class(person", "transfer(till, ");
    assert_eq!(label, "transfer(from: Account, to: Account, amount: Amount<R>)");
    assert_eq!(param, "to: Account");
    let (_, param) = signature(BAKERY, "set_class(person", "transfer(amount: 1 eur");
    assert_eq!(param, "amount: Amount<R>");
    let (label, param) = signature(NEIGHBOURHOOD, "  return id;", "  owned_by(");
    assert_eq!((label.as_str(), param), ("view owned_by(who: Did) -> Int", json!("who: Did")));
    let (label, param) = signature(NEIGHBOURHOOD, "  return id;", "  emit Funded(1, ");
    assert_eq!(
        (label.as_str(), param),
        ("event Funded(id: Int, amount: Amount<credits>)", json!("amount: Amount<credits>"))
    );
    let (label, param) = signature(NEIGHBOURHOOD, "  return id;", "  let x = projects.get(");
    assert_eq!((label.as_str(), param), ("get(map: Map<K, V>, key: K) -> Option<V>", json!("key: K")));
    let (label, _) = signature(NEIGHBOURHOOD, "  return id;", "  let x = law.share_of(1, ");
    assert_eq!(label, "fn law.share_of(part: Int, whole: Int) -> Ratio");
    let (label, _) = signature(NEIGHBOURHOOD, "  return id;", "  ");
    assert_eq!(label, "");
}

// The whole document.

#[test]
fn the_outline_has_all_items() {
    let mut client = Client::with(NEIGHBOURHOOD);
    let symbols = client.ask_document("textDocument/documentSymbol", json!({})).unwrap();
    let symbols = symbols.as_array().unwrap();
    let line = |symbol: &Value| {
        format!("{} {}", symbol["detail"].as_str().unwrap(), symbol["name"].as_str().unwrap()).trim().to_string()
    };
    let lines: Vec<_> = symbols.iter().map(line).collect();
    assert_eq!(
        lines[..4],
        [
            "organization, article 1 neighbourhood",
            "resource, article 2 credits",
            "role, article 3 resident",
            "role, article 4 clerk"
        ]
    );
    assert_eq!(lines[7], "article 8 found");
    assert_eq!(lines.last().unwrap(), "test nobody submits while others vote");
    assert_eq!(lines.len(), 37);
    let phase = symbols.iter().find(|symbol| symbol["name"] == "Phase").unwrap();
    let cases: Vec<_> = phase["children"].as_array().unwrap().iter().map(|case| case["name"].clone()).collect();
    assert_eq!(cases, ["Submit", "Review", "Vote", "Build", "Closed"]);
    let budget = symbols.iter().find(|symbol| symbol["name"] == "pb").unwrap();
    let settings: Vec<_> = budget["children"].as_array().unwrap().iter().map(line).collect();
    assert_eq!(settings[0], "credits resource");
    assert!(settings.contains(&"category green".to_string()));
    for symbol in symbols {
        let (inner, outer) = (&symbol["selectionRange"], &symbol["range"]);
        assert!(client.offset(&outer["start"]) <= client.offset(&inner["start"]));
        assert!(client.offset(&inner["end"]) <= client.offset(&outer["end"]));
    }
    client.end();
}

#[test]
fn what_is_longer_than_a_line_folds() {
    let mut client = Client::with(BAKERY);
    let ranges = client.ask_document("textDocument/foldingRange", json!({})).unwrap();
    let lines: Vec<_> = BAKERY.lines().collect();
    for range in ranges.as_array().unwrap() {
        let (start, end) = (range["startLine"].as_u64().unwrap() as usize, range["endLine"].as_u64().unwrap() as usize);
        assert!(
            start < end && lines[start].trim_end().ends_with('{') && lines[end].trim_start().starts_with('}'),
            "{range}"
        );
    }
    let process = BAKERY.lines().position(|line| line == "process ordinary {").unwrap();
    assert!(ranges
        .as_array()
        .unwrap()
        .iter()
        .any(|range| range["startLine"] == process && range["endLine"] == process + 12));
    client.end();
}

#[test]
fn words_are_coloured_by_what_they_are() {
    let mut client = Client::with(NEIGHBOURHOOD);
    let legend = client.capabilities["semanticTokensProvider"]["legend"]["tokenTypes"].clone();
    let tokens = client.ask_document("textDocument/semanticTokens/full", json!({})).unwrap();
    let data: Vec<u64> = tokens["data"].as_array().unwrap().iter().map(|number| number.as_u64().unwrap()).collect();
    let (mut line, mut start) = (0, 0);
    let mut coloured = Vec::new();
    for token in data.chunks(5) {
        start = if token[0] == 0 { start + token[1] } else { token[1] };
        line += token[0];
        let range = json!({
            "start": { "line": line, "character": start },
            "end": { "line": line, "character": start + token[2] },
        });
        let kind = legend[token[3] as usize].as_str().unwrap();
        coloured.push((client.offset(&range["start"]), client.words(&range).to_string(), kind.to_string(), token[4]));
    }
    let library = 4;
    for (place, word, kind, modifiers) in [
        ("contract \"", "contract", "keyword", 0),
        ("role resident", "role", "keyword", 0),
        ("resident {", "resident", "class", 1),
        ("can: [submit", "can", "property", library),
        ("submit, cast", "submit", "enumMember", 2),
        ("enum Phase", "enum", "keyword", 0),
        ("Phase {", "Phase", "enum", 1),
        ("Submit, Review", "Submit", "enumMember", 1),
        ("Project {\n  owner", "Project", "struct", 1),
        ("MAX_PER_PERSON: Int", "MAX_PER_PERSON", "variable", 3),
        ("Int = 3", "Int", "type", library),
        ("max(1000)", "max", "decorator", library),
        ("action submit", "action", "keyword", 0),
        ("title: Text, cost", "title", "parameter", 1),
        ("require phase", "require", "keyword", 0),
        ("phase == Phase.Submit", "phase", "variable", 0),
        ("owned_by(caller)", "owned_by", "function", 0),
        ("caller) <", "caller", "function", library),
        ("and cost", "and", "operator", 0),
        ("0 credits and", "0", "number", 0),
        ("law.allocate", "law", "namespace", 0),
        ("Submitted(id, caller)", "Submitted", "event", 0),
        ("where project.owner", "where", "keyword", 0),
        ("majority;", "majority", "enumMember", library),
        ("// a later ballot", "// a later ballot replaces the earlier one", "comment", 0),
        ("\"Trees\"", "\"Trees\"", "string", 0),
    ] {
        let at = client.find(place);
        let found = coloured.iter().find(|(start, ..)| *start == at);
        assert_eq!(found, Some(&(at, word.to_string(), kind.to_string(), modifiers)), "{place}");
    }
    client.end();
}

#[test]
fn lines_of_code_tell_what_they_cost_about() {
    let mut client = Client::with(NEIGHBOURHOOD);
    let whole = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 10_000, "character": 0 } });
    let hints = client.ask_document("textDocument/inlayHint", json!({ "range": whole })).unwrap();
    let hints = hints.as_array().unwrap();
    let of = |client: &Client, words: &str| {
        let end = client.find(words) + client.text()[client.find(words)..].find('\n').unwrap();
        let position = client.position(end);
        hints.iter().find(|hint| hint["position"] == position).map(|hint| hint["label"].as_str().unwrap().to_string())
    };
    // mint 500, budget twice 200, fields 10, two names of the budget 20, its account 10.
    assert_eq!(of(&client, "  mint(to: pb").unwrap(), "≈ 740 fuel");
    // A state 100, and a constant of an enum 10, compared 10.
    assert_eq!(of(&client, "  require phase == Phase.Vote").unwrap(), "≈ 120 fuel");
    assert_eq!(of(&client, "record Project"), None);
    assert_eq!(of(&client, "  as_caller(rosa"), None);
    let narrow = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 20, "character": 0 } });
    assert_eq!(client.ask_document("textDocument/inlayHint", json!({ "range": narrow })).unwrap(), json!([]));
    client.end();
}

#[test]
fn all_that_can_be_put_right_is_put_right_at_once() {
    let mut client = Client::with(&BAKERY.replace("quorum", "qorum").replace("voting: 7d", "votign: 7d"));
    assert!(client.diagnostics().len() > 10);
    let whole = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 0, "character": 0 } });
    let more = json!({ "range": whole, "context": { "diagnostics": [], "only": ["source.fixAll"] } });
    let actions = client.ask_document("textDocument/codeAction", more).unwrap();
    assert_eq!(actions.as_array().unwrap().len(), 1);
    client.apply(&actions[0]["edit"].clone());
    assert_eq!(client.text(), BAKERY);
    assert_eq!(client.mistakes(), Vec::<String>::new());
    client.end();
}
