//! Mistakes as editors show them, and how they are put right.

use crate::document::View;
use icn_ccl::diagnostic::{Code, Diagnostic, Severity};
use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, DiagnosticRelatedInformation, DiagnosticSeverity, DiagnosticTag,
    DocumentChanges, Location, NumberOrString, OneOf, OptionalVersionedTextDocumentIdentifier,
    PublishDiagnosticsParams, Range, TextDocumentEdit, TextEdit, WorkspaceEdit,
};
use serde_json::json;

/// All that is wrong with a document.
pub fn published(view: View<'_>) -> PublishDiagnosticsParams {
    let diagnostics = view.analysis.diagnostics.iter().map(|diagnostic| shown(view, diagnostic)).collect();
    PublishDiagnosticsParams { uri: view.uri.clone(), diagnostics, version: Some(view.version) }
}

fn shown(view: View<'_>, diagnostic: &Diagnostic) -> lsp_types::Diagnostic {
    let message = match &diagnostic.help {
        Some(help) => format!("{}\nhelp: {help}", diagnostic.message),
        None => diagnostic.message.clone(),
    };
    let related = diagnostic.labels.iter().map(|(span, words)| DiagnosticRelatedInformation {
        location: Location { uri: view.uri.clone(), range: view.text.range(*span) },
        message: words.clone(),
    });
    let related: Vec<_> = related.collect();
    lsp_types::Diagnostic {
        range: view.text.range(diagnostic.span),
        severity: Some(match diagnostic.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
        }),
        code: Some(NumberOrString::String(diagnostic.code.id().into())),
        code_description: None,
        source: Some("ccl".into()),
        message,
        related_information: (!related.is_empty()).then_some(related),
        tags: (diagnostic.code == Code::Unused).then(|| vec![DiagnosticTag::UNNECESSARY]),
        // What a page about the code would say.
        data: Some(json!({
            "name": diagnostic.code.name(),
            "title": diagnostic.code.title(),
            "explanation": diagnostic.code.explanation().split_whitespace().collect::<Vec<_>>().join(" "),
            "fix": diagnostic.fix.as_ref().map(|fix| &fix.title),
        })),
    }
}

/// Changes that put right what is wrong in a range: one for each mistake, and one for all of the document.
pub fn actions(view: View<'_>, range: Range, only: Option<&[CodeActionKind]>) -> Vec<CodeActionOrCommand> {
    let span = view.text.span(range);
    let wanted = |kind: &CodeActionKind| {
        // A kind stands for those that begin with it.
        let within = |asked: &CodeActionKind| {
            let rest = kind.as_str().strip_prefix(asked.as_str());
            asked.as_str().is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        only.is_none_or(|only| only.iter().any(within))
    };
    let mut actions = Vec::new();
    if wanted(&CodeActionKind::QUICKFIX) {
        let here = view.analysis.diagnostics.iter().filter(|diagnostic| {
            let fix = diagnostic.fix.as_ref().map(|fix| fix.span);
            let meets = |at: icn_ccl::diagnostic::Span| at.start <= span.end && span.start <= at.end;
            meets(diagnostic.span) || fix.is_some_and(meets)
        });
        actions.extend(here.filter_map(|diagnostic| action(view, diagnostic)).map(CodeActionOrCommand::CodeAction));
    }
    let fixes = all_fixes(view);
    // Offered when it is asked for, so that it does not stand in every list.
    if only.is_some() && wanted(&CodeActionKind::SOURCE_FIX_ALL) && !fixes.is_empty() {
        actions.push(CodeActionOrCommand::CodeAction(CodeAction {
            title: "put right all that can be put right".into(),
            kind: Some(CodeActionKind::SOURCE_FIX_ALL),
            edit: Some(edit(view, fixes)),
            ..CodeAction::default()
        }));
    }
    actions
}

fn action(view: View<'_>, diagnostic: &Diagnostic) -> Option<CodeAction> {
    let fix = diagnostic.fix.as_ref()?;
    let change = TextEdit { range: view.text.range(fix.span), new_text: fix.replacement.clone() };
    Some(CodeAction {
        title: fix.title.clone(),
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![shown(view, diagnostic)]),
        edit: Some(edit(view, vec![change])),
        is_preferred: Some(true),
        ..CodeAction::default()
    })
}

/// The fixes of all mistakes, of which those that overlap an earlier one are left for later.
fn all_fixes(view: View<'_>) -> Vec<TextEdit> {
    let mut fixes: Vec<_> = view.analysis.diagnostics.iter().filter_map(|diagnostic| diagnostic.fix.as_ref()).collect();
    fixes.sort_by_key(|fix| fix.span);
    let mut end = None;
    fixes.retain(|fix| {
        let free = end.is_none_or(|end| fix.span.start > end);
        if free {
            end = Some(fix.span.end);
        }
        free
    });
    fixes
        .into_iter()
        .map(|fix| TextEdit { range: view.text.range(fix.span), new_text: fix.replacement.clone() })
        .collect()
}

/// Changes of this version of one document.
pub fn edit(view: View<'_>, edits: Vec<TextEdit>) -> WorkspaceEdit {
    WorkspaceEdit {
        document_changes: Some(DocumentChanges::Edits(vec![TextDocumentEdit {
            text_document: OptionalVersionedTextDocumentIdentifier {
                uri: view.uri.clone(),
                version: Some(view.version),
            },
            edits: edits.into_iter().map(OneOf::Left).collect(),
        }])),
        ..WorkspaceEdit::default()
    }
}

/// The same changes for editors that know no versions of documents.
pub fn understood(edit: WorkspaceEdit, versions: bool) -> WorkspaceEdit {
    let Some(DocumentChanges::Edits(documents)) = edit.document_changes else { return edit };
    if versions {
        return WorkspaceEdit { document_changes: Some(DocumentChanges::Edits(documents)), ..edit };
    }
    let plain = |edit: OneOf<TextEdit, lsp_types::AnnotatedTextEdit>| match edit {
        OneOf::Left(edit) => edit,
        OneOf::Right(annotated) => annotated.text_edit,
    };
    let changes = documents
        .into_iter()
        .map(|document| (document.text_document.uri, document.edits.into_iter().map(plain).collect()));
    WorkspaceEdit { changes: Some(changes.collect()), ..WorkspaceEdit::default() }
}

/// The same for the changes of an action.
pub fn action_understood(action: CodeActionOrCommand, versions: bool) -> CodeActionOrCommand {
    match action {
        CodeActionOrCommand::CodeAction(action) => CodeActionOrCommand::CodeAction(CodeAction {
            edit: action.edit.map(|edit| understood(edit, versions)),
            ..action
        }),
        command => command,
    }
}
