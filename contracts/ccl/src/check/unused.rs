//! What is declared and never used: a warning, as it may be kept for later.

use super::facts::{each_expr, Facts};
use crate::{
    diagnostic::{Code, Diagnostic, Span},
    program::{Expected, ExprKind, SettingValue as Value, StmtKind},
    schema::{Form, Kind, Shape},
    types::Type,
    value,
};
use std::collections::BTreeSet;

/// CHK-53: unused processes, modules, permissions, constants, errors and events.
pub(super) fn check(facts: &mut Facts<'_>) {
    let mut used = Used::default();
    used.code(facts);
    used.settings(facts);
    let program = facts.program;
    let mut found = Vec::new();
    let mut tell = |span: Span, what: &str, name: &str, help: &str| {
        found.push(Diagnostic::warning(Code::Unused, span, format!("the {what} `{name}` is never used")).help(help));
    };
    for process in program.decls_of(Kind::Process).filter(|process| !used.processes.contains(process.name.as_str())) {
        tell(
            process.name_span,
            "process",
            &process.name,
            "nothing is decided by it: let a proposal name it, or remove it",
        );
    }
    for (alias, span) in program.notes.imports.iter().filter(|(alias, _)| !program.notes.used.contains(*alias)) {
        tell(*span, "module", alias, "remove the import, so that readers need not read it");
    }
    for (name, span) in &program.notes.permissions {
        let known = used.permissions.contains(name.as_str());
        if !known {
            tell(*span, "permission", name, "no role has it: add it to the `can` of one, or remove it");
        }
    }
    for constant in program.consts.iter().filter(|constant| !program.notes.used.contains(&constant.name)) {
        let what = if constant.param.is_some() { "parameter" } else { "constant" };
        tell(constant.span, what, &constant.name, "it changes nothing: use it, or remove it");
    }
    let own = |name: &str| !name.contains('.');
    for (at, error) in
        program.errors.iter().enumerate().filter(|(at, error)| !used.errors.contains(at) && own(&error.name))
    {
        let _ = at;
        tell(error.span, "error", &error.name, "no `require` fails with it: use it, or remove it");
    }
    for (at, event) in
        program.events.iter().enumerate().filter(|(at, event)| !used.events.contains(at) && own(&event.name))
    {
        let _ = at;
        tell(event.span, "event", &event.name, "nothing emits it: use it, or remove it");
    }
    found.into_iter().for_each(|warning| facts.tell(warning));
}

#[derive(Default)]
struct Used<'p> {
    processes: BTreeSet<&'p str>,
    permissions: BTreeSet<&'p str>,
    errors: BTreeSet<usize>,
    events: BTreeSet<usize>,
}

impl<'p> Used<'p> {
    fn code(&mut self, facts: &Facts<'p>) {
        for function in &facts.program.functions {
            crate::program::each_statement(&function.body, &mut |statement| match &statement.kind {
                StmtKind::Require(_, error, _) => drop(self.errors.insert(*error)),
                StmtKind::Emit(event, _) => drop(self.events.insert(*event)),
                _ => {}
            });
            each_expr(&function.body, &mut |expr| match (&expr.kind, &expr.ty) {
                (ExprKind::ExpectError { error: Expected::Error(error), .. }, _) => drop(self.errors.insert(*error)),
                (ExprKind::Value(value::Value::Text(name)), Type::Process) => {
                    let process = facts.decl(Kind::Process, name);
                    self.processes.extend(process.map(|process| process.name.as_str()));
                }
                _ => {}
            });
        }
    }

    fn settings(&mut self, facts: &Facts<'p>) {
        for decl in &facts.program.decls {
            for schema in decl.kind.settings() {
                let Some(value) = decl.settings.get(schema.key) else { continue };
                // A fast path uses the normal one; nothing uses a process for being its own.
                let process = match schema.shape {
                    Shape::Value(Form::Permissions) => {
                        self.permissions.extend(decl.settings.names(schema.key));
                        false
                    }
                    Shape::Value(Form::Name(kinds)) => kinds == [Kind::Process],
                    Shape::Value(Form::List(Form::Name(kinds))) => *kinds == [Kind::Process],
                    Shape::Block(_) | Shape::Bands(_) => true,
                    _ => false,
                };
                if process {
                    self.names(value);
                }
            }
        }
    }

    /// Every name in a value. Names of other things are not names of processes: all names of declarations differ.
    fn names(&mut self, value: &'p Value) {
        match value {
            Value::Name(name) => drop(self.processes.insert(name)),
            Value::List(values) => values.iter().for_each(|value| self.names(value)),
            Value::Block(block) => block.values().for_each(|value| self.names(value)),
            Value::Bands(bands) => {
                bands.iter().flat_map(|band| band.settings.values()).for_each(|value| self.names(value))
            }
            _ => {}
        }
    }
}
