//! How long an editor waits: edits of one line in a constitution of 2,000 lines, over a connection in memory.
//!
//! `cargo run --release -p icn-ccl-lsp --example latency` prints, in milliseconds, how long it takes from an edit to its
//! diagnostics, and how long requests after it take.

use lsp_server::{Connection, Message, Notification, Request, RequestId};
use serde_json::{json, Value};
use std::time::{Duration, Instant};

const URI: &str = "untitled:large.ccl";
const LINES: usize = 2_000;
const EDITS: usize = 200;

/// The bakery's constitution, with actions, states and processes until it has so many lines.
fn constitution() -> String {
    let mut text = include_str!("../../../library/examples/bakery.ccl").to_string();
    for number in 0.. {
        if text.lines().count() >= LINES {
            break;
        }
        text.push_str(&format!(
            "\n/// Decision {number}, and what is kept of it.\nprocess way{number} {{\n  voters: assembly;\n  method: majority;\n  \
             threshold: 1/2;\n  quorum: 40%;\n  deliberation: 2d;\n  voting: 3d;\n}}\n@max(1000)\nstate kept{number}: \
             Map<Int, Int> = {{}};\naction keep{number}(key: Int, value: Int) requires convene {{\n  let before = \
             kept{number}.get(key).or_else(0);\n  if before < value and value > 0 {{\n    kept{number}[key] = before + value * \
             2;\n  }}\n}}\nproposal Pay{number}(to: Did, amount: Amount<eur>) {{\n  process: way{number};\n  requires: amount <= \
             available(till, eur);\n  effect {{ transfer(from: till, to: to, amount: amount); }}\n}}\n"
        ));
    }
    text
}

struct Editor {
    connection: Connection,
    requests: i32,
}

impl Editor {
    fn notify(&self, method: &str, params: Value) {
        self.connection.sender.send(Notification { method: method.into(), params }.into()).expect("the server listens");
    }

    fn request(&mut self, method: &str, params: Value) -> Value {
        self.requests += 1;
        let id = RequestId::from(self.requests);
        let request = Request { id: id.clone(), method: method.into(), params };
        self.connection.sender.send(request.into()).expect("the server listens");
        loop {
            if let Message::Response(response) = self.connection.receiver.recv().expect("the server answers") {
                assert_eq!(response.id, id);
                return response.response_result.expect("the request is answered");
            }
        }
    }

    fn diagnostics(&self) -> usize {
        loop {
            if let Message::Notification(note) = self.connection.receiver.recv().expect("the server tells") {
                return note.params["diagnostics"].as_array().map_or(0, Vec::len);
            }
        }
    }
}

fn told(name: &str, mut times: Vec<Duration>) -> String {
    times.sort();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1000.0;
    format!("{name:<32} p50 {:>7.2}  p95 {:>7.2}  max {:>7.2}", at(50), at(95), at(100))
}

#[allow(clippy::print_stdout)]
fn main() {
    let text = constitution();
    let (connection, theirs) = Connection::memory();
    let server = std::thread::spawn(move || icn_ccl_lsp::run(&theirs));
    let mut editor = Editor { connection, requests: 0 };
    editor.request("initialize", json!({ "processId": null, "rootUri": null, "capabilities": {} }));
    editor.notify("initialized", json!({}));
    let opened = json!({ "uri": URI, "languageId": "ccl", "version": 1, "text": text });
    let start = Instant::now();
    editor.notify("textDocument/didOpen", json!({ "textDocument": opened }));
    let mistakes = editor.diagnostics();
    println!("{} lines, {} bytes, {mistakes} mistakes", text.lines().count(), text.len());
    println!("{}", told("open", vec![start.elapsed()]));

    let lines: Vec<_> = text.lines().collect();
    let methods = [
        "textDocument/completion",
        "textDocument/hover",
        "textDocument/semanticTokens/full",
        "textDocument/documentSymbol",
        "textDocument/inlayHint",
    ];
    let mut edits = Vec::new();
    let mut requests = vec![Vec::new(); methods.len()];
    for number in 0..EDITS {
        // A digit goes into a `quorum` and comes out again.
        let candidates: Vec<_> = (0..lines.len()).filter(|line| lines[*line].starts_with("  quorum: ")).collect();
        let line = candidates[number / 2 * 7 % candidates.len()];
        let at = |character: u32| json!({ "line": line, "character": character });
        let (end, new) = if number % 2 == 0 { (10, "1") } else { (11, "") };
        let change = json!({ "range": { "start": at(10), "end": at(end) }, "text": new });
        let start = Instant::now();
        editor.notify(
            "textDocument/didChange",
            json!({ "textDocument": { "uri": URI, "version": number + 2 }, "contentChanges": [change] }),
        );
        editor.diagnostics();
        edits.push(start.elapsed());
        for (method, times) in methods.iter().zip(&mut requests) {
            let whole = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": LINES, "character": 0 } });
            let params = json!({ "textDocument": { "uri": URI }, "position": at(10), "range": whole });
            let start = Instant::now();
            editor.request(method, params);
            times.push(start.elapsed());
        }
    }
    println!("{}", told("edit to diagnostics", edits));
    for (method, times) in methods.iter().zip(requests) {
        println!("{}", told(method, times));
    }
    editor.request("shutdown", Value::Null);
    editor.notify("exit", Value::Null);
    server.join().expect("the server ends").expect("the server ends well");
}
