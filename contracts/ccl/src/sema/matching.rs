//! `match`: types of patterns, and whether the cases are exactly those there are.

use super::{literals, Resolver};
use crate::{
    ast::{self, PatternKind},
    diagnostic::{Code, Diagnostic, Span},
    program::{Pattern, StmtKind},
    types::{Type, Types},
    value::Value,
};
use std::collections::BTreeMap;

/// Cases that are looked at before a `match` counts as too large.
const WORK_MAX: usize = 20_000;

impl Resolver<'_> {
    pub(super) fn matching(&mut self, of: &ast::Expr, arms: &[ast::Arm], span: Span) -> StmtKind {
        let of = self.expr(of, None);
        let local = self.new_local(of.ty.clone());
        let mut done = Vec::new();
        let mut rows: Vec<Vec<Pattern>> = Vec::new();
        let mut work = 0;
        for arm in arms {
            self.body.scopes.push(BTreeMap::new());
            let pattern = self.pattern(&arm.pattern, &of.ty);
            if !useful(
                &rows,
                std::slice::from_ref(&pattern),
                std::slice::from_ref(&of.ty),
                &self.program.types,
                &mut work,
            ) {
                let message = "this case is never reached: those before it take all of it";
                self.tell(Code::NonExhaustiveMatch, arm.pattern.span, message);
            }
            rows.push(vec![pattern.clone()]);
            let body = self.block(&arm.body);
            self.body.scopes.pop();
            done.push((pattern, body));
        }
        if of.ty != Type::Unknown {
            let missing = missing(&rows, &of.ty, &self.program.types, &mut work);
            if !missing.is_empty() {
                let message = format!("{} is left out", missing.join(", "));
                let help = "add a case for it, or `_ => { … }` for all others";
                self.error(
                    Diagnostic::new(Code::NonExhaustiveMatch, of.span.to(Span { end: of.span.end, ..span }), message)
                        .help(help),
                );
            }
        }
        if work > WORK_MAX {
            self.tell(Code::TooDeep, span, "the cases of this `match` are too many to compare");
        }
        StmtKind::Match(local, of, done)
    }

    fn pattern(&mut self, pattern: &ast::Pattern, ty: &Type) -> Pattern {
        let span = pattern.span;
        match &pattern.kind {
            PatternKind::Any | PatternKind::Missing => Pattern::Any,
            PatternKind::Bind(name) => Pattern::Bind(self.declare(name, ty.clone(), true)),
            PatternKind::Bool(yes) => self.literal(Value::Bool(*yes), &Type::Bool, ty, span),
            PatternKind::None => match ty {
                Type::Option(_) => Pattern::Value(Value::Option(None)),
                Type::Unknown => Pattern::Any,
                _ => {
                    self.tell(Code::TypeMismatch, span, format!("{ty} is never none"));
                    Pattern::Any
                }
            },
            PatternKind::Int(digits) => match literals::int(digits) {
                Some(number) => self.literal(Value::Int(number), &Type::Int, ty, span),
                None => {
                    self.tell(Code::BadLiteral, span, "this number has more than 128 bits");
                    Pattern::Any
                }
            },
            PatternKind::Text(literal) => match self.text(literal, span) {
                Some(text) => self.literal(Value::Text(text), &Type::Text, ty, span),
                None => Pattern::Any,
            },
            PatternKind::Literal(expr) => {
                let value = self.expect(expr, ty);
                match value.kind {
                    crate::program::ExprKind::Value(value) => Pattern::Value(value),
                    _ => Pattern::Any,
                }
            }
            PatternKind::Variant(path, inner) => self.variant_pattern(path, inner, ty, span),
        }
    }

    fn literal(&mut self, value: Value, is: &Type, ty: &Type, span: Span) -> Pattern {
        if is != ty && *ty != Type::Unknown {
            self.mismatch(is, ty, span);
            return Pattern::Any;
        }
        Pattern::Value(value)
    }

    fn variant_pattern(&mut self, path: &ast::Path, inner: &[ast::Pattern], ty: &Type, span: Span) -> Pattern {
        if let ([some], Type::Option(of)) = (path.parts.as_slice(), ty) {
            if some.text == "some" && inner.len() == 1 {
                let of = (**of).clone();
                let inner = inner.first().map_or(Pattern::Any, |pattern| self.pattern(pattern, &of));
                return Pattern::Some(Box::new(inner));
            }
        }
        let (Some(name), Some(variants)) = (path.parts.last(), self.program.types.variants(ty).map(<[_]>::to_vec))
        else {
            if *ty != Type::Unknown {
                self.tell(Code::TypeMismatch, span, format!("{ty} has no such cases"));
            }
            return Pattern::Any;
        };
        let parts: Vec<_> = path.parts.iter().map(|part| part.text.as_str()).collect();
        let prefix = parts.get(..parts.len().saturating_sub(1)).unwrap_or_default().join(".");
        let full = format!("{}{prefix}", self.prefix);
        if !matches!(ty, Type::Named(name) if *name == prefix || *name == full) {
            self.tell(Code::TypeMismatch, span, format!("the cases of {ty} are written `{ty}.…`"));
            return Pattern::Any;
        }
        let Some(at) = variants.iter().position(|variant| variant.name == name.text) else {
            let known = variants.into_iter().map(|variant| variant.name).collect();
            self.unknown(&format!("case of {ty} called"), name, known);
            return Pattern::Any;
        };
        let payload = variants.get(at).map(|variant| variant.payload.clone()).unwrap_or_default();
        if payload.len() != inner.len() {
            let message = format!("`{}` carries {} values, not {}", name.text, payload.len(), inner.len());
            self.tell(Code::TypeMismatch, span, message);
            return Pattern::Any;
        }
        let inner = inner.iter().zip(&payload).map(|(pattern, ty)| self.pattern(pattern, ty)).collect();
        Pattern::Variant(u32::try_from(at).unwrap_or(u32::MAX), inner)
    }
}

/// Whether a row of patterns takes something that the rows before do not (Maranget, "Warnings for pattern matching", §3).
fn useful(rows: &[Vec<Pattern>], row: &[Pattern], types: &[Type], known: &Types, work: &mut usize) -> bool {
    *work += rows.len() + 1;
    if *work > WORK_MAX {
        return true;
    }
    let Some((first, rest)) = row.split_first() else { return rows.is_empty() };
    let Some((ty, rest_types)) = types.split_first() else { return rows.is_empty() };
    match constructor(first) {
        Some(head) => {
            let inner = payload(&head, ty, known);
            let specialised = specialise(rows, &head, inner.len());
            let row: Vec<_> = parts(first, inner.len()).into_iter().chain(rest.iter().cloned()).collect();
            let types: Vec<_> = inner.into_iter().chain(rest_types.iter().cloned()).collect();
            useful(&specialised, &row, &types, known, work)
        }
        None => {
            let heads: Vec<_> = rows.iter().filter_map(|row| row.first().and_then(constructor)).collect();
            match all_heads(ty, known) {
                Some(all) if all.iter().all(|head| heads.contains(head)) => all.iter().any(|head| {
                    let inner = payload(head, ty, known);
                    let specialised = specialise(rows, head, inner.len());
                    let row: Vec<_> = vec![Pattern::Any; inner.len()].into_iter().chain(rest.iter().cloned()).collect();
                    let types: Vec<_> = inner.into_iter().chain(rest_types.iter().cloned()).collect();
                    useful(&specialised, &row, &types, known, work)
                }),
                _ => {
                    let is_any = |row: &&Vec<Pattern>| row.first().is_none_or(|first| constructor(first).is_none());
                    let others: Vec<Vec<Pattern>> =
                        rows.iter().filter(is_any).map(|row| row.get(1..).unwrap_or_default().to_vec()).collect();
                    useful(&others, rest, rest_types, known, work)
                }
            }
        }
    }
}

/// What a value begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Head {
    Value(Value),
    Variant(u32),
    Some,
}

fn constructor(pattern: &Pattern) -> Option<Head> {
    match pattern {
        Pattern::Any | Pattern::Bind(_) => None,
        Pattern::Value(value) => Some(Head::Value(value.clone())),
        Pattern::Variant(index, _) => Some(Head::Variant(*index)),
        Pattern::Some(_) => Some(Head::Some),
    }
}

/// All beginnings of a type, if they are few.
fn all_heads(ty: &Type, known: &Types) -> Option<Vec<Head>> {
    match ty {
        Type::Bool => Some([false, true].map(|yes| Head::Value(Value::Bool(yes))).to_vec()),
        Type::Option(_) => Some(vec![Head::Value(Value::Option(None)), Head::Some]),
        ty => {
            let variants = known.variants(ty)?;
            Some((0..variants.len()).filter_map(|index| u32::try_from(index).ok()).map(Head::Variant).collect())
        }
    }
}

fn payload(head: &Head, ty: &Type, known: &Types) -> Vec<Type> {
    match (head, ty) {
        (Head::Some, Type::Option(of)) => vec![(**of).clone()],
        (Head::Variant(index), ty) => known
            .variants(ty)
            .and_then(|variants| variants.get(*index as usize))
            .map(|variant| variant.payload.clone())
            .unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn parts(pattern: &Pattern, count: usize) -> Vec<Pattern> {
    match pattern {
        Pattern::Variant(_, inner) => inner.clone(),
        Pattern::Some(inner) => vec![(**inner).clone()],
        _ => vec![Pattern::Any; count],
    }
}

fn specialise(rows: &[Vec<Pattern>], head: &Head, count: usize) -> Vec<Vec<Pattern>> {
    let fits = |row: &&Vec<Pattern>| row.first().is_some_and(|first| constructor(first).is_none_or(|own| own == *head));
    let open = |row: &Vec<Pattern>| {
        let first = row.first().map(|first| parts(first, count)).unwrap_or_default();
        first.into_iter().chain(row.iter().skip(1).cloned()).collect()
    };
    rows.iter().filter(fits).map(open).collect()
}

/// What no row takes, as it would be written.
fn missing(rows: &[Vec<Pattern>], ty: &Type, known: &Types, work: &mut usize) -> Vec<String> {
    let types = std::slice::from_ref(ty);
    let Some(heads) = all_heads(ty, known) else {
        let all = useful(rows, &[Pattern::Any], types, known, work);
        return if all { vec!["everything else".into()] } else { Vec::new() };
    };
    let left = heads.into_iter().filter(|head| {
        let pattern = match head {
            Head::Value(value) => Pattern::Value(value.clone()),
            Head::Variant(index) => Pattern::Variant(*index, vec![Pattern::Any; payload(head, ty, known).len()]),
            Head::Some => Pattern::Some(Box::new(Pattern::Any)),
        };
        useful(rows, &[pattern], types, known, work)
    });
    let words = |head: Head| match head {
        Head::Value(Value::Bool(yes)) => format!("`{yes}`"),
        Head::Value(_) => "`none`".into(),
        Head::Some => "`some(…)`".into(),
        Head::Variant(index) => {
            let variant = known.variants(ty).and_then(|variants| variants.get(index as usize));
            format!("`{ty}.{}`", variant.map_or("", |variant| &variant.name))
        }
    };
    left.map(words).collect()
}
