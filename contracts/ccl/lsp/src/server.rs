//! The conversation with the editor.
//!
//! Messages are handled one after the other. What is wrong with a document is told when nothing else waits, so that somebody
//! who types fast waits for the last text only.

use crate::{
    completion, cost, diagnostics,
    document::{Document, View},
    error::{Error, Refusal},
    formatting, hover, navigation, outline, rename, signature,
    text::Encoding,
    tokens,
};
use crossbeam_channel::TryRecvError;
use lsp_server::{Connection, Message, Notification, Request, Response};
use lsp_types::{
    notification::{self as n, Notification as _},
    request::{self as r, Request as _},
    ClientCapabilities, CodeActionKind, CodeActionOptions, CodeActionProviderCapability, CompletionOptions,
    DocumentSymbolResponse, FoldingRangeProviderCapability, HoverProviderCapability, InitializeParams,
    InitializeResult, Location, OneOf, Position, PublishDiagnosticsParams, RenameOptions, SemanticTokensFullOptions,
    SemanticTokensOptions, SemanticTokensServerCapabilities, ServerCapabilities, ServerInfo, SignatureHelpOptions,
    SymbolInformation, TextDocumentPositionParams, TextDocumentSyncCapability, TextDocumentSyncKind,
    TextDocumentSyncOptions, Uri,
};
use serde::{de::DeserializeOwned, Serialize};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    panic::{catch_unwind, AssertUnwindSafe},
};

/// Stack of the thread that serves: documents may nest as deeply as the language allows.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// Serves an editor over the standard streams until it says `exit`.
pub fn run_stdio() -> Result<(), Error> {
    let serve = || {
        let (connection, threads) = Connection::stdio();
        let ended = run(&connection);
        // The writer ends when nobody can send any more.
        drop(connection);
        threads.join()?;
        ended
    };
    let thread = std::thread::Builder::new().name("ccl-lsp".into()).stack_size(STACK_BYTES).spawn(serve)?;
    // What a request panics with is answered; elsewhere nothing is left to save.
    thread.join().unwrap_or(Err(Error::Disconnected))
}

/// Serves an editor over a connection until it says `exit`.
pub fn run(connection: &Connection) -> Result<(), Error> {
    let mut server = Server::meet(connection)?;
    loop {
        let message = match connection.receiver.try_recv() {
            Ok(message) => message,
            Err(TryRecvError::Empty) => {
                server.tell();
                connection.receiver.recv().map_err(|_| Error::Disconnected)?
            }
            Err(TryRecvError::Disconnected) => return Err(Error::Disconnected),
        };
        match message {
            Message::Notification(note) if note.method == n::Exit::METHOD => {
                return if server.shut_down { Ok(()) } else { Err(Error::Disconnected) };
            }
            Message::Notification(note) => server.notified(note),
            Message::Request(request) => server.asked(request),
            // The server asks nothing.
            Message::Response(_) => {}
        }
    }
}

/// What the server does, as it tells the editor.
pub fn capabilities(encoding: Encoding) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(TextDocumentSyncCapability::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::INCREMENTAL),
            ..TextDocumentSyncOptions::default()
        })),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        completion_provider: Some(CompletionOptions {
            trigger_characters: Some([".", "@", "\"", ":"].map(String::from).to_vec()),
            ..CompletionOptions::default()
        }),
        signature_help_provider: Some(SignatureHelpOptions {
            trigger_characters: Some(["(", ","].map(String::from).to_vec()),
            ..SignatureHelpOptions::default()
        }),
        definition_provider: Some(OneOf::Left(true)),
        references_provider: Some(OneOf::Left(true)),
        document_highlight_provider: Some(OneOf::Left(true)),
        document_symbol_provider: Some(OneOf::Left(true)),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX, CodeActionKind::SOURCE_FIX_ALL]),
            ..CodeActionOptions::default()
        })),
        document_formatting_provider: Some(OneOf::Left(true)),
        rename_provider: Some(OneOf::Right(RenameOptions {
            prepare_provider: Some(true),
            work_done_progress_options: lsp_types::WorkDoneProgressOptions::default(),
        })),
        folding_range_provider: Some(FoldingRangeProviderCapability::Simple(true)),
        semantic_tokens_provider: Some(SemanticTokensServerCapabilities::SemanticTokensOptions(
            SemanticTokensOptions {
                legend: tokens::legend(),
                full: Some(SemanticTokensFullOptions::Bool(true)),
                ..SemanticTokensOptions::default()
            },
        )),
        inlay_hint_provider: Some(OneOf::Left(true)),
        ..ServerCapabilities::default()
    }
}

/// What the editor can do, as far as answers depend on it.
#[derive(Clone, Copy, Debug, Default)]
struct Client {
    encoding: Encoding,
    snippets: bool,
    outline: bool,
    versions: bool,
}

impl Client {
    fn of(capabilities: &ClientCapabilities) -> Self {
        let general = capabilities.general.as_ref();
        let document = capabilities.text_document.as_ref();
        let completion = document.and_then(|document| document.completion.as_ref());
        let snippets = completion.and_then(|completion| completion.completion_item.as_ref()?.snippet_support);
        let outline = document.and_then(|document| document.document_symbol.as_ref());
        let edits = capabilities.workspace.as_ref().and_then(|workspace| workspace.workspace_edit.as_ref());
        Self {
            encoding: Encoding::agreed(general.and_then(|general| general.position_encodings.as_deref())),
            snippets: snippets == Some(true),
            outline: outline.and_then(|outline| outline.hierarchical_document_symbol_support) == Some(true),
            versions: edits.and_then(|edits| edits.document_changes) == Some(true),
        }
    }
}

struct Server<'a> {
    connection: &'a Connection,
    client: Client,
    documents: BTreeMap<String, Document>,
    shut_down: bool,
}

impl<'a> Server<'a> {
    /// Agrees with the editor on what both can do.
    fn meet(connection: &'a Connection) -> Result<Self, Error> {
        loop {
            let (id, params) = connection.initialize_start()?;
            let params: InitializeParams = match serde_json::from_value(params) {
                Ok(params) => params,
                Err(source) => {
                    let refusal = Refusal::Params { method: r::Initialize::METHOD.into(), source };
                    let answer = Response { id, response_result: Err(refusal.into()) };
                    connection.sender.send(answer.into()).map_err(|_| Error::Disconnected)?;
                    continue;
                }
            };
            let client = Client::of(&params.capabilities);
            let result = InitializeResult {
                capabilities: capabilities(client.encoding),
                server_info: Some(ServerInfo {
                    name: "icn ccl lsp".into(),
                    version: Some(env!("CARGO_PKG_VERSION").into()),
                }),
            };
            // What the server says of itself is plain data.
            connection.initialize_finish(id, serde_json::to_value(result).unwrap_or_default())?;
            return Ok(Self { connection, client, documents: BTreeMap::new(), shut_down: false });
        }
    }

    /// Sends a message; an editor that is gone is noticed when the next one is read.
    fn send(&self, message: impl Into<Message>) {
        let _ = self.connection.sender.send(message.into());
    }

    /// Tells what is wrong with documents that have changed.
    fn tell(&mut self) {
        let mut told = Vec::new();
        for document in self.documents.values_mut().filter(|document| !document.told) {
            document.told = true;
            // A document that the server fails at has no diagnostics; its requests say so.
            if let Ok(published) = catch_unwind(AssertUnwindSafe(|| diagnostics::published(document.view()))) {
                told.push(published);
            }
        }
        for published in told {
            self.send(Notification::new(n::PublishDiagnostics::METHOD.into(), published));
        }
    }

    // Notifications.

    fn notified(&mut self, note: Notification) {
        let Notification { method, params } = note;
        match method.as_str() {
            n::DidOpenTextDocument::METHOD => {
                let Some(params) = read::<n::DidOpenTextDocument>(params) else { return };
                let opened = params.text_document;
                let key = opened.uri.as_str().to_string();
                let document = Document::new(opened.uri, opened.version, opened.text, self.client.encoding);
                self.documents.insert(key, document);
                self.changed_beside();
            }
            n::DidChangeTextDocument::METHOD => {
                let Some(params) = read::<n::DidChangeTextDocument>(params) else { return };
                if let Some(document) = self.documents.get_mut(params.text_document.uri.as_str()) {
                    document.change(params.text_document.version, params.content_changes);
                }
            }
            n::DidCloseTextDocument::METHOD => {
                let Some(params) = read::<n::DidCloseTextDocument>(params) else { return };
                let uri = params.text_document.uri;
                if self.documents.remove(uri.as_str()).is_some() {
                    let nothing = PublishDiagnosticsParams { uri, diagnostics: Vec::new(), version: None };
                    self.send(Notification::new(n::PublishDiagnostics::METHOD.into(), nothing));
                }
            }
            // A module or a lock file may be among what was saved.
            n::DidSaveTextDocument::METHOD | n::DidChangeWatchedFiles::METHOD => self.changed_beside(),
            _ => {}
        }
    }

    /// Lets all documents be read anew, as files beside them may have changed.
    fn changed_beside(&mut self) {
        self.documents.values_mut().for_each(Document::forget);
    }

    // Requests.

    fn asked(&mut self, request: Request) {
        let id = request.id.clone();
        let method = request.method.clone();
        let answer = catch_unwind(AssertUnwindSafe(|| self.answer(request))).unwrap_or(Err(Refusal::Failed(method)));
        self.send(Response { id, response_result: answer.map_err(Into::into) });
    }

    fn answer(&mut self, request: Request) -> Result<Value, Refusal> {
        if self.shut_down {
            return Err(Refusal::ShutDown);
        }
        let client = self.client;
        match request.method.as_str() {
            r::Shutdown::METHOD => {
                self.shut_down = true;
                Ok(Value::Null)
            }
            r::HoverRequest::METHOD => self.at::<r::HoverRequest>(
                request,
                |params| &params.text_document_position_params,
                |view, offset, _| Ok(hover::hover(view, offset)),
            ),
            r::Completion::METHOD => self.at::<r::Completion>(
                request,
                |params| &params.text_document_position,
                |view, offset, _| Ok(Some(completion::complete(view, offset, client.snippets).into())),
            ),
            r::SignatureHelpRequest::METHOD => self.at::<r::SignatureHelpRequest>(
                request,
                |params| &params.text_document_position_params,
                |view, offset, _| Ok(signature::help(view, offset)),
            ),
            r::GotoDefinition::METHOD => self.at::<r::GotoDefinition>(
                request,
                |params| &params.text_document_position_params,
                |view, offset, _| Ok(navigation::definition(view, offset).map(Into::into)),
            ),
            r::References::METHOD => self.at::<r::References>(
                request,
                |params| &params.text_document_position,
                |view, offset, params| {
                    Ok(Some(navigation::references(view, offset, params.context.include_declaration)))
                },
            ),
            r::DocumentHighlightRequest::METHOD => self.at::<r::DocumentHighlightRequest>(
                request,
                |params| &params.text_document_position_params,
                |view, offset, _| Ok(Some(navigation::highlights(view, offset))),
            ),
            r::PrepareRenameRequest::METHOD => self.at::<r::PrepareRenameRequest>(
                request,
                |params| params,
                |view, offset, _| Ok(Some(rename::prepare(view, offset)?)),
            ),
            r::Rename::METHOD => self.at::<r::Rename>(
                request,
                |params| &params.text_document_position,
                |view, offset, params| {
                    let edit = rename::rename(view, offset, &params.new_name)?;
                    Ok(Some(diagnostics::understood(edit, client.versions)))
                },
            ),
            _ => self.of_document(request),
        }
    }

    /// Requests about a document and not about a place in it.
    fn of_document(&mut self, request: Request) -> Result<Value, Refusal> {
        let client = self.client;
        match request.method.as_str() {
            r::DocumentSymbolRequest::METHOD => self.of::<r::DocumentSymbolRequest>(
                request,
                |params| &params.text_document.uri,
                |view, _| {
                    let symbols = outline::symbols(view);
                    Some(if client.outline { symbols.into() } else { flat(view.uri, symbols) })
                },
            ),
            r::FoldingRangeRequest::METHOD => self.of::<r::FoldingRangeRequest>(
                request,
                |params| &params.text_document.uri,
                |view, _| Some(outline::folding(view)),
            ),
            r::Formatting::METHOD => self.of::<r::Formatting>(
                request,
                |params| &params.text_document.uri,
                |view, _| Some(formatting::formatting(view)),
            ),
            r::CodeActionRequest::METHOD => self.of::<r::CodeActionRequest>(
                request,
                |params| &params.text_document.uri,
                |view, params| {
                    let actions = diagnostics::actions(view, params.range, params.context.only.as_deref());
                    Some(
                        actions
                            .into_iter()
                            .map(|action| diagnostics::action_understood(action, client.versions))
                            .collect(),
                    )
                },
            ),
            r::SemanticTokensFullRequest::METHOD => self.of::<r::SemanticTokensFullRequest>(
                request,
                |params| &params.text_document.uri,
                |view, _| Some(tokens::full(view).into()),
            ),
            r::InlayHintRequest::METHOD => self.of::<r::InlayHintRequest>(
                request,
                |params| &params.text_document.uri,
                |view, params| Some(cost::hints(view, params.range)),
            ),
            _ => Err(Refusal::UnknownMethod(request.method)),
        }
    }

    /// Answers a request about a document.
    fn of<R: r::Request>(
        &mut self,
        request: Request,
        uri: impl Fn(&R::Params) -> &Uri,
        answer: impl Fn(View<'_>, &R::Params) -> R::Result,
    ) -> Result<Value, Refusal> {
        let params = read_request::<R>(request)?;
        let document = self.documents.get_mut(uri(&params).as_str()).ok_or(Refusal::NotOpen)?;
        written(R::METHOD, answer(document.view(), &params))
    }

    /// Answers a request about a place in a document.
    fn at<R: r::Request>(
        &mut self,
        request: Request,
        place: impl Fn(&R::Params) -> &TextDocumentPositionParams,
        answer: impl Fn(View<'_>, usize, &R::Params) -> Result<R::Result, Refusal>,
    ) -> Result<Value, Refusal> {
        let params = read_request::<R>(request)?;
        let TextDocumentPositionParams { text_document, position } = place(&params);
        let document = self.documents.get_mut(text_document.uri.as_str()).ok_or(Refusal::NotOpen)?;
        let position: Position = *position;
        let view = document.view();
        let answered = answer(view, view.text.offset(position), &params)?;
        written(R::METHOD, answered)
    }
}

/// The parameters of a notification; those that cannot be read are passed over, as nothing answers a notification.
fn read<N: n::Notification>(params: Value) -> Option<N::Params> {
    serde_json::from_value(params).ok()
}

fn read_request<R: r::Request>(request: Request) -> Result<R::Params, Refusal>
where
    R::Params: DeserializeOwned,
{
    let Request { method, params, .. } = request;
    serde_json::from_value(params).map_err(|source| Refusal::Params { method, source })
}

fn written(method: &str, result: impl Serialize) -> Result<Value, Refusal> {
    serde_json::to_value(result).map_err(|_| Refusal::Failed(method.into()))
}

/// The outline for editors that know no levels.
#[allow(deprecated)]
fn flat(uri: &Uri, symbols: Vec<lsp_types::DocumentSymbol>) -> DocumentSymbolResponse {
    let symbol = |symbol: lsp_types::DocumentSymbol| SymbolInformation {
        name: symbol.name,
        kind: symbol.kind,
        tags: None,
        deprecated: None,
        location: Location { uri: uri.clone(), range: symbol.range },
        container_name: None,
    };
    DocumentSymbolResponse::Flat(symbols.into_iter().map(symbol).collect())
}
