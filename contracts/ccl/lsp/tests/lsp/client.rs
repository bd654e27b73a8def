//! The editor's side, with its own reading of positions.

#![allow(clippy::unwrap_in_result)] // A client of a test gives up where it is lost.

use lsp_server::{Connection, Message, Notification, Request, RequestId, ResponseError};
use serde_json::{json, Value};
use std::{collections::BTreeMap, thread::JoinHandle, time::Duration};

/// How long an answer may take before a test fails.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) const URI: &str = "untitled:test.ccl";

/// An editor with documents open.
pub(crate) struct Client {
    connection: Connection,
    server: Option<JoinHandle<Result<(), icn_ccl_lsp::Error>>>,
    requests: i32,
    utf8: bool,
    /// Text and version by address.
    documents: BTreeMap<String, (String, i32)>,
    /// What was told last, by address: version and diagnostics.
    told: BTreeMap<String, (Option<i32>, Vec<Value>)>,
    /// What the server says of itself.
    pub(crate) capabilities: Value,
}

/// What a modern editor says that it can do.
pub(crate) fn modern() -> Value {
    json!({
        "general": { "positionEncodings": ["utf-8", "utf-16"] },
        "workspace": { "workspaceEdit": { "documentChanges": true } },
        "textDocument": {
            "completion": { "completionItem": { "snippetSupport": true } },
            "documentSymbol": { "hierarchicalDocumentSymbolSupport": true },
        },
    })
}

/// What any editor can do.
pub(crate) fn plain() -> Value {
    json!({})
}

impl Client {
    pub(crate) fn start(capabilities: Value) -> Self {
        let (ours, theirs) = Connection::memory();
        let builder = std::thread::Builder::new().stack_size(64 * 1024 * 1024);
        let server = builder.spawn(move || icn_ccl_lsp::run(&theirs)).unwrap();
        let mut client = Self {
            connection: ours,
            server: Some(server),
            requests: 0,
            utf8: false,
            documents: BTreeMap::new(),
            told: BTreeMap::new(),
            capabilities: Value::Null,
        };
        let params = json!({ "processId": null, "rootUri": null, "capabilities": capabilities });
        let result = client.request("initialize", params).unwrap();
        client.capabilities = result["capabilities"].clone();
        client.utf8 = client.capabilities["positionEncoding"] == "utf-8";
        client.notify("initialized", json!({}));
        client
    }

    /// A modern editor with one document.
    pub(crate) fn with(text: &str) -> Self {
        let mut client = Self::start(modern());
        client.open(URI, text);
        client
    }

    // Messages.

    pub(crate) fn notify(&self, method: &str, params: Value) {
        self.send(Notification { method: method.into(), params }.into());
    }

    fn send(&self, message: Message) {
        self.connection.sender.send(message).unwrap();
    }

    pub(crate) fn request(&mut self, method: &str, params: Value) -> Result<Value, ResponseError> {
        self.requests += 1;
        let id = RequestId::from(self.requests);
        let request = Request { id: id.clone(), method: method.into(), params };
        self.send(request.into());
        loop {
            match self.receive() {
                Message::Response(response) if response.id == id => return response.response_result,
                message => self.keep(message),
            }
        }
    }

    fn receive(&self) -> Message {
        self.connection.receiver.recv_timeout(PATIENCE).expect("the server answers")
    }

    fn keep(&mut self, message: Message) {
        let Message::Notification(note) = message else { panic!("unexpected {message:?}") };
        assert_eq!(note.method, "textDocument/publishDiagnostics");
        let uri = note.params["uri"].as_str().unwrap().to_string();
        let version = note.params["version"].as_i64().map(|version| i32::try_from(version).unwrap());
        self.told.insert(uri, (version, note.params["diagnostics"].as_array().unwrap().clone()));
    }

    /// Asks about a byte of a document.
    pub(crate) fn ask(&mut self, method: &str, offset: usize) -> Result<Value, ResponseError> {
        self.ask_with(method, offset, json!({}))
    }

    pub(crate) fn ask_with(&mut self, method: &str, offset: usize, more: Value) -> Result<Value, ResponseError> {
        let mut params = json!({ "textDocument": { "uri": URI }, "position": self.position(offset) });
        for (key, value) in more.as_object().unwrap() {
            params[key] = value.clone();
        }
        self.request(method, params)
    }

    pub(crate) fn ask_document(&mut self, method: &str, more: Value) -> Result<Value, ResponseError> {
        let mut params = json!({ "textDocument": { "uri": URI } });
        for (key, value) in more.as_object().unwrap() {
            params[key] = value.clone();
        }
        self.request(method, params)
    }

    pub(crate) fn end(mut self) {
        assert_eq!(self.request("shutdown", Value::Null).unwrap(), Value::Null);
        self.notify("exit", Value::Null);
        self.server.take().unwrap().join().unwrap().unwrap();
    }

    /// How the server ended.
    pub(crate) fn ended(mut self) -> Result<(), icn_ccl_lsp::Error> {
        let server = self.server.take().unwrap();
        drop(self);
        server.join().unwrap_or_else(|_| panic!("the server panicked"))
    }

    // Documents.

    pub(crate) fn open(&mut self, uri: &str, text: &str) {
        self.documents.insert(uri.into(), (text.into(), 1));
        self.notify(
            "textDocument/didOpen",
            json!({ "textDocument": { "uri": uri, "languageId": "ccl", "version": 1, "text": text } }),
        );
    }

    pub(crate) fn close(&mut self, uri: &str) {
        self.documents.remove(uri);
        self.told.remove(uri);
        self.notify("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
        while !self.told.contains_key(uri) {
            let message = self.receive();
            self.keep(message);
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.documents[URI].0
    }

    /// Where the first of these words is.
    pub(crate) fn find(&self, words: &str) -> usize {
        self.text().find(words).unwrap_or_else(|| panic!("`{words}` is not in the text"))
    }

    /// After the first of these words.
    pub(crate) fn after(&self, words: &str) -> usize {
        self.find(words) + words.len()
    }

    /// Changes bytes of the document, in the server and here.
    pub(crate) fn edit(&mut self, bytes: std::ops::Range<usize>, new: &str) {
        let range = json!({ "start": self.position(bytes.start), "end": self.position(bytes.end) });
        let (text, version) = self.documents.get_mut(URI).unwrap();
        text.replace_range(bytes, new);
        *version += 1;
        let params = json!({
            "textDocument": { "uri": URI, "version": *version },
            "contentChanges": [{ "range": range, "text": new }],
        });
        self.notify("textDocument/didChange", params);
    }

    /// Types letter by letter, and waits for what is told after each.
    pub(crate) fn type_at(&mut self, mut offset: usize, words: &str) -> Vec<usize> {
        let mut counts = Vec::new();
        for letter in words.chars() {
            self.edit(offset..offset, letter.encode_utf8(&mut [0; 4]));
            offset += letter.len_utf8();
            counts.push(self.diagnostics().len());
        }
        counts
    }

    /// What is wrong with the version of the document that the editor has.
    /// What is wrong with the document as a text of the language. The sources of most tests are no whole constitutions.
    pub(crate) fn diagnostics(&mut self) -> Vec<Value> {
        let mut told = self.diagnostics_of(URI);
        told.retain(|diagnostic| !is_judgement(diagnostic));
        told
    }

    /// What is wrong with it as a constitution.
    pub(crate) fn judgements(&mut self) -> Vec<String> {
        self.diagnostics_of(URI).iter().filter(|diagnostic| is_judgement(diagnostic)).map(line).collect()
    }

    pub(crate) fn diagnostics_of(&mut self, uri: &str) -> Vec<Value> {
        let version = self.documents[uri].1;
        loop {
            match self.told.get(uri) {
                Some((told, diagnostics)) if *told == Some(version) => return diagnostics.clone(),
                _ => {
                    let message = self.receive();
                    self.keep(message);
                }
            }
        }
    }

    /// Codes and messages of what is wrong.
    pub(crate) fn mistakes(&mut self) -> Vec<String> {
        self.diagnostics().iter().map(line).collect()
    }

    /// Applies the changes of a workspace edit to the document.
    pub(crate) fn apply(&mut self, edit: &Value) {
        let changes = &edit["documentChanges"][0];
        assert_eq!(changes["textDocument"], json!({ "uri": URI, "version": self.documents[URI].1 }));
        self.apply_edits(changes["edits"].as_array().unwrap());
    }

    /// Applies text edits, which refer to one text, from the last to the first.
    pub(crate) fn apply_edits(&mut self, edits: &[Value]) {
        let mut edits: Vec<_> = edits
            .iter()
            .map(|edit| {
                let (start, end) = (self.offset(&edit["range"]["start"]), self.offset(&edit["range"]["end"]));
                (start..end, edit["newText"].as_str().unwrap().to_string())
            })
            .collect();
        edits.sort_by_key(|(bytes, _)| std::cmp::Reverse(bytes.start));
        for (bytes, new) in edits {
            self.edit(bytes, &new);
        }
    }

    // Positions, letter by letter.

    pub(crate) fn position(&self, offset: usize) -> Value {
        let before = &self.text()[..offset];
        let line = before.matches('\n').count();
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let column: usize = before[start..].chars().map(|letter| self.width(letter)).sum();
        json!({ "line": line, "character": column })
    }

    pub(crate) fn offset(&self, position: &Value) -> usize {
        let mut line = position["line"].as_u64().unwrap();
        let mut column = usize::try_from(position["character"].as_u64().unwrap()).unwrap();
        let mut letters = self.text().char_indices();
        while line > 0 {
            let (_, letter) = letters.next().expect("the position is in the text");
            line -= u64::from(letter == '\n');
        }
        let mut rest = letters.as_str().chars();
        let mut offset = self.text().len() - letters.as_str().len();
        while column > 0 {
            let letter = rest.next().expect("the position is in the text");
            assert_ne!(letter, '\n', "a position behind the end of its line");
            column -= self.width(letter);
            offset += letter.len_utf8();
        }
        offset
    }

    /// The words that a range has.
    pub(crate) fn words(&self, range: &Value) -> &str {
        &self.text()[self.offset(&range["start"])..self.offset(&range["end"])]
    }

    fn width(&self, letter: char) -> usize {
        if self.utf8 {
            letter.len_utf8()
        } else {
            letter.len_utf16()
        }
    }

    // Short ways to what tests ask for.

    /// What is told of a place, as text.
    pub(crate) fn hover(&mut self, offset: usize) -> String {
        let hover = self.ask("textDocument/hover", offset).unwrap();
        hover["contents"]["value"].as_str().unwrap_or_default().to_string()
    }

    /// The labels of what can be written at a place.
    pub(crate) fn complete(&mut self, offset: usize) -> Vec<String> {
        self.completion(offset).iter().map(|item| item["label"].as_str().unwrap().to_string()).collect()
    }

    pub(crate) fn completion(&mut self, offset: usize) -> Vec<Value> {
        self.ask("textDocument/completion", offset).unwrap().as_array().unwrap().clone()
    }

    /// Where what is named at a byte is declared: the byte, and the words there.
    pub(crate) fn definition(&mut self, offset: usize) -> Option<(usize, String)> {
        let found = self.ask("textDocument/definition", offset).unwrap();
        if found.is_null() {
            return None;
        }
        assert_eq!(found["uri"], URI);
        Some((self.offset(&found["range"]["start"]), self.words(&found["range"]).into()))
    }

    /// Bytes at which what is named at a byte is named.
    pub(crate) fn references(&mut self, offset: usize) -> Vec<usize> {
        let more = json!({ "context": { "includeDeclaration": true } });
        let found = self.ask_with("textDocument/references", offset, more).unwrap();
        found.as_array().unwrap().iter().map(|found| self.offset(&found["range"]["start"])).collect()
    }
}

/// Whether a static check told it, and not the reader of names and types.
fn is_judgement(diagnostic: &Value) -> bool {
    diagnostic["code"].as_str().is_some_and(|code| code.starts_with("CCL04") || code.starts_with("CCL06"))
}

fn line(diagnostic: &Value) -> String {
    let message = diagnostic["message"].as_str().unwrap().lines().next().unwrap().to_string();
    format!("{} {message}", diagnostic["code"].as_str().unwrap())
}
