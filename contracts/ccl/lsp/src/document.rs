//! Open documents.

use crate::{
    analysis::Analysis,
    modules::Beside,
    text::{Encoding, Text},
};
use lsp_types::{TextDocumentContentChangeEvent, Uri};

/// What the answers to requests are made of.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The document's address.
    pub uri: &'a Uri,
    /// The editor's number of the version.
    pub version: i32,
    /// The text.
    pub text: &'a Text,
    /// What is known of it.
    pub analysis: &'a Analysis,
    /// The modules that it can import.
    pub modules: &'a Beside,
}

/// A document that the editor has open.
pub struct Document {
    uri: Uri,
    version: i32,
    text: Text,
    /// Of this text; made when it is first needed.
    known: Option<(Analysis, Beside)>,
    /// Whether the editor was told what is wrong with this text.
    pub told: bool,
}

impl Document {
    /// As it is opened.
    pub fn new(uri: Uri, version: i32, text: String, encoding: Encoding) -> Self {
        Self { uri, version, text: Text::new(text, encoding), known: None, told: false }
    }

    /// Applies changes, one after the other.
    pub fn change(&mut self, version: i32, changes: Vec<TextDocumentContentChangeEvent>) {
        let encoding = self.text.encoding();
        let empty = Text::new(String::new(), encoding);
        let text = std::mem::replace(&mut self.text, empty);
        self.text = changes.into_iter().fold(text, Text::changed);
        self.version = version;
        self.forget();
    }

    /// Lets all be read anew.
    pub fn forget(&mut self) {
        (self.known, self.told) = (None, false);
    }

    /// The text.
    pub fn text(&self) -> &Text {
        &self.text
    }

    /// All that is known of it.
    pub fn view(&mut self) -> View<'_> {
        let (analysis, modules) = self.known.get_or_insert_with(|| {
            let modules = Beside::of(&self.uri);
            (Analysis::of(self.text.as_str(), &modules), modules)
        });
        View { uri: &self.uri, version: self.version, text: &self.text, analysis, modules }
    }
}
