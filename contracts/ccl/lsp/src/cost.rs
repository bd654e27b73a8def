//! What lines of code cost, about.
//!
//! A hint at the end of a line adds up what the host charges for the functions of the language and the operations of its
//! interface that the line calls, before what depends on the size of values. It is an estimate for reading, not a bound: what a
//! loop or a walk does counts once however often it is done, all branches count, and instructions of the code itself count
//! nothing. A call of a function of the document counts what its own code adds up to. The fuel that a call really takes is what
//! the sandbox meters.

use crate::document::View;
use icn_ccl::{
    abi::Operation as O,
    diagnostic::Span,
    program::{Arithmetic, Expr, ExprKind, Function, Place, Program, Role, Root, Step, Stmt, StmtKind},
    types::Type,
};
use lsp_types::{InlayHint, InlayHintLabel, InlayHintTooltip, Range};
use std::collections::BTreeMap;

/// The hints of the lines in a range.
pub fn hints(view: View<'_>, range: Range) -> Vec<InlayHint> {
    let lines = by_line(view);
    let shown =
        lines.into_iter().filter(|(line, _)| (range.start.line as usize..=range.end.line as usize).contains(line));
    shown.filter(|(_, fuel)| *fuel > 0).map(|(line, fuel)| hint(view, line, fuel)).collect()
}

fn hint(view: View<'_>, line: usize, fuel: u64) -> InlayHint {
    InlayHint {
        position: view.text.position(view.text.line_end(line)),
        label: InlayHintLabel::String(format!("≈ {fuel} fuel")),
        kind: None,
        text_edits: None,
        tooltip: Some(InlayHintTooltip::String(
            "An estimate of what the host charges for this line, each loop counted once and sizes left out.".into(),
        )),
        padding_left: Some(true),
        padding_right: None,
        data: None,
    }
}

/// Fuel by line.
pub fn by_line(view: View<'_>) -> BTreeMap<usize, u64> {
    let mut meter = Meter { program: &view.analysis.program, totals: BTreeMap::new(), charges: Vec::new() };
    for function in view.analysis.program.functions.iter().filter(|function| is_shown(view, function)) {
        meter.statements(&function.body);
    }
    let mut lines = BTreeMap::new();
    for (span, fuel) in meter.charges {
        let line = lines.entry(view.text.line_of(span.start as usize)).or_insert(0u64);
        *line = line.saturating_add(fuel);
    }
    lines
}

/// Whether code stands in this document and runs on nodes.
fn is_shown(view: View<'_>, function: &Function) -> bool {
    let written = view.text.as_str().get(function.name_span.range());
    function.own && function.role != Role::Test && written == Some(function.name.as_str())
}

struct Meter<'a> {
    program: &'a Program,
    /// Of functions that were called; one that is being added up counts nothing in itself.
    totals: BTreeMap<usize, u64>,
    charges: Vec<(Span, u64)>,
}

impl Meter<'_> {
    fn charge(&mut self, span: Span, fuel: u64) {
        self.charges.push((span, fuel));
    }

    fn operations(&mut self, span: Span, operations: &[O]) {
        self.charge(span, operations.iter().map(|operation| operation.fuel()).sum());
    }

    fn pushed(&mut self, span: Span, count: usize) {
        self.charge(span, O::Push.fuel().saturating_mul(count as u64));
    }

    /// What a function's own code adds up to.
    fn total(&mut self, function: usize) -> u64 {
        if let Some(total) = self.totals.get(&function) {
            return *total;
        }
        let Some(called) = self.program.functions.get(function) else { return 0 };
        self.totals.insert(function, 0);
        let outer = std::mem::take(&mut self.charges);
        self.statements(&called.body);
        let inner = std::mem::replace(&mut self.charges, outer);
        let total = inner.into_iter().fold(0u64, |sum, (_, fuel)| sum.saturating_add(fuel));
        self.totals.insert(function, total);
        total
    }

    fn statements(&mut self, statements: &[Stmt]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Stmt) {
        let span = statement.span;
        match &statement.kind {
            StmtKind::Let(_, value) | StmtKind::Expr(value) | StmtKind::Return(Some(value)) => self.value(value),
            StmtKind::Return(None) => {}
            StmtKind::Assign(place, operation, value) => {
                self.value(value);
                self.put(place, span, operation.is_some());
            }
            StmtKind::Delete(place) => {
                self.steps(place);
                let operation = if in_state(place) { O::StateDeleteKey } else { O::DeleteKey };
                self.operations(span, &[operation]);
            }
            StmtKind::If(condition, then, otherwise) => {
                self.value(condition);
                self.statements(then);
                self.statements(otherwise);
            }
            StmtKind::For(_, source, body) => {
                self.value(source);
                self.operations(span, &[O::Elements, O::Count, O::Item]);
                self.statements(body);
            }
            StmtKind::Match(_, of, arms) => {
                self.value(of);
                self.operations(span, &[O::Tag]);
                arms.iter().for_each(|(_, body)| self.statements(body));
            }
            // What the error is told with is computed only when the call fails.
            StmtKind::Require(condition, _, _) => self.value(condition),
            StmtKind::Emit(_, args) => {
                self.values(args);
                self.pushed(span, args.len());
                self.operations(span, &[O::Emit]);
            }
        }
    }

    fn steps(&mut self, place: &Place) {
        for step in &place.steps {
            if let Step::Key(key) | Step::At(key) = step {
                self.value(key);
            }
        }
    }

    /// Putting a value into a place: all but its last step are read and put back.
    fn put(&mut self, place: &Place, span: Span, reads: bool) {
        self.steps(place);
        for (at, step) in place.steps.iter().enumerate() {
            let keyed = at == 0 && in_state(place) && matches!(step, Step::Key(_));
            match step {
                Step::Key(_) if keyed => self.operations(span, &[O::StatePutKey]),
                Step::Key(_) => self.operations(span, &[O::PutKey]),
                Step::At(_) => self.operations(span, &[O::PutAt]),
                Step::Field(_) => self.operations(span, &[O::PutField]),
            }
            let last = at + 1 == place.steps.len();
            match step {
                _ if last && !reads => {}
                Step::Key(_) if keyed => self.operations(span, &[O::StateKey]),
                Step::Key(_) => self.operations(span, &[O::Key]),
                Step::At(_) => self.operations(span, &[O::At]),
                Step::Field(_) => self.operations(span, &[O::Field]),
            }
        }
        if in_state(place) && !matches!(place.steps.first(), Some(Step::Key(_))) {
            let get: &[O] = if reads || !place.steps.is_empty() { &[O::StateGet] } else { &[] };
            self.operations(span, get);
            self.operations(span, &[O::StatePut]);
        }
    }

    fn values(&mut self, values: &[Expr]) {
        values.iter().for_each(|value| self.value(value));
    }

    fn value(&mut self, expr: &Expr) {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Value(_) if is_word(&expr.ty) => {}
            ExprKind::Value(_) => self.operations(span, &[O::Constant]),
            ExprKind::Local(_) => {}
            ExprKind::State(_) => self.operations(span, &[O::StateGet]),
            ExprKind::If(a, b, c) => {
                self.value(a);
                self.value(b);
                self.value(c);
            }
            ExprKind::And(a, b) | ExprKind::Or(a, b) => {
                self.value(a);
                self.value(b);
            }
            ExprKind::Not(of) | ExprKind::Negate(of) => self.value(of),
            ExprKind::Equal(a, b, _) => {
                self.value(a);
                self.value(b);
                if !is_word(&a.ty) {
                    self.operations(span, &[O::Equal]);
                }
            }
            ExprKind::Compare(_, a, b) => {
                self.value(a);
                self.value(b);
                if is_fraction(&a.ty) || is_fraction(&b.ty) {
                    self.operations(span, &[O::RatioCompare]);
                }
            }
            ExprKind::Arithmetic(operation, a, b) => {
                self.value(a);
                self.value(b);
                self.operations(span, arithmetic(*operation, &a.ty, &b.ty, &expr.ty));
            }
            ExprKind::In(element, of) => {
                self.value(element);
                self.looked_up(of, span, O::StateHas, O::Contains);
            }
            ExprKind::Key(of, key) => {
                self.value(key);
                self.looked_up(of, span, O::StateKey, O::Key);
            }
            ExprKind::At(of, at) => {
                self.value(of);
                self.value(at);
                self.operations(span, &[O::At]);
            }
            ExprKind::List(values) => self.made(values, span, O::List),
            ExprKind::Record(values) => self.made(values, span, O::Record),
            ExprKind::Variant(_, values) => self.made(values, span, O::Variant),
            ExprKind::Map(entries) => {
                for (key, value) in entries {
                    self.value(key);
                    self.value(value);
                }
                self.pushed(span, entries.len() * 2);
                self.operations(span, &[O::Map]);
            }
            ExprKind::Some(of) => {
                self.value(of);
                self.operations(span, &[O::Some]);
            }
            ExprKind::Field(of, _) => {
                self.value(of);
                self.operations(span, &[O::Field]);
            }
            ExprKind::Call(function, args) => {
                self.values(args);
                let total = self.total(*function);
                self.charge(span, total);
            }
            ExprKind::Builtin(builtin, args) => {
                self.values(args);
                self.charge(span, builtin.fuel());
            }
            ExprKind::Walk(walk) => {
                self.value(&walk.source);
                self.operations(span, &[O::Elements, O::Count, O::Item]);
                walk.filter.iter().for_each(|filter| self.value(filter));
                walk.body.iter().for_each(|body| self.value(body));
            }
            ExprKind::Let(values, body) => {
                values.iter().for_each(|(_, value)| self.value(value));
                self.value(body);
            }
            ExprKind::Later { at, args, .. } => {
                at.iter().for_each(|at| self.value(at));
                self.values(args);
                self.pushed(span, args.len());
                self.operations(span, if at.is_some() { &[O::Schedule] } else { &[O::Propose] });
            }
            // Tests run where nothing is charged.
            ExprKind::Test(..) | ExprKind::Act { .. } | ExprKind::ExpectError { .. } => {}
        }
    }

    fn made(&mut self, values: &[Expr], span: Span, operation: O) {
        self.values(values);
        self.pushed(span, values.len());
        self.operations(span, &[operation]);
    }

    /// A key of a state is looked up without reading all of it.
    fn looked_up(&mut self, of: &Expr, span: Span, state: O, value: O) {
        match &of.kind {
            ExprKind::State(_) => self.operations(span, &[state]),
            _ => {
                self.value(of);
                self.operations(span, &[value]);
            }
        }
    }
}

fn in_state(place: &Place) -> bool {
    matches!(place.root, Root::State(_))
}

/// Whether values of a type are words of the machine.
fn is_word(ty: &Type) -> bool {
    ty.is_wide() || ty.is_millis() || *ty == Type::Bool
}

fn is_fraction(ty: &Type) -> bool {
    matches!(ty, Type::Ratio | Type::Exact(_))
}

fn arithmetic(operation: Arithmetic, a: &Type, b: &Type, result: &Type) -> &'static [O] {
    use Arithmetic::{Add, Divide, Multiply, Subtract};
    match (operation, result) {
        (Add, Type::List(_)) => &[O::Append],
        (Multiply, Type::Duration) => &[O::MillisTimes],
        (Multiply, ty) if ty.is_wide() => &[O::IntTimes],
        (Divide, _) if a.is_wide() && b.is_wide() => &[O::Ratio],
        (Add, ty) if is_fraction(ty) => &[O::RatioAdd],
        (Subtract, ty) if is_fraction(ty) => &[O::RatioSubtract],
        (Multiply, ty) if is_fraction(ty) => &[O::RatioTimes],
        (Divide, ty) if is_fraction(ty) => &[O::RatioDivide],
        _ => &[],
    }
}
