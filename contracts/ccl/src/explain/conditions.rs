//! Conditions in words, as far as there are words for them; what there are none for stands as code.

use super::words::{article, duration, spaced};
use crate::{
    ast::WalkKind,
    diff::written,
    program::{Arithmetic, Builtin, Compare, Expr, ExprKind, Function, Program, Stmt, StmtKind},
    value::Value,
};

/// What a condition or invariant says, after "only if".
pub(super) fn words(program: &Program, index: usize) -> String {
    let Some(function) = program.functions.get(index) else { return String::new() };
    let [Stmt { kind: StmtKind::Return(Some(value)), .. }] = function.body.as_slice() else {
        return "a condition of several steps holds".into();
    };
    let reader = Conditions { program, function };
    reader.said(value).unwrap_or_else(|| format!("`{}`", written::expression(program, function, value)))
}

struct Conditions<'a> {
    program: &'a Program,
    function: &'a Function,
}

impl Conditions<'_> {
    fn said(&self, expr: &Expr) -> Option<String> {
        match &expr.kind {
            ExprKind::And(a, b) => Some(format!("{} and {}", self.part(a), self.part(b))),
            ExprKind::Or(a, b) => Some(format!("either {} or {}", self.part(a), self.part(b))),
            ExprKind::Equal(a, b, false) => self.equal(a, b),
            ExprKind::Compare(compare, a, b) => self.compared(*compare, a, b),
            ExprKind::Builtin(builtin, args) => self.builtin(*builtin, args),
            ExprKind::Walk(walk) if walk.kind == WalkKind::All && walk.filter.is_none() => self.one_vote(expr),
            _ => None,
        }
    }

    fn part(&self, expr: &Expr) -> String {
        self.said(expr).unwrap_or_else(|| format!("`{}`", self.code(expr)))
    }

    fn code(&self, expr: &Expr) -> String {
        written::expression(self.program, self.function, expr)
    }

    fn builtin(&self, builtin: Builtin, args: &[Expr]) -> Option<String> {
        let who = args.first().map(|arg| self.value(arg));
        match (builtin, who) {
            (Builtin::IsMember, Some(who)) => Some(format!("{who} is a member")),
            (Builtin::HasRole, Some(who)) => Some(format!("{who} is {}", article(&spaced(text(args.get(1)?)?)))),
            (Builtin::Compatible, Some(next)) => Some(format!(
                "{next} may follow this document: it is at hand, names this one as the one before, and keeps what is protected"
            )),
            _ => None,
        }
    }

    fn equal(&self, a: &Expr, b: &Expr) -> Option<String> {
        match (&a.kind, &b.kind) {
            (ExprKind::Builtin(Builtin::ClassOf, args), ExprKind::Some(class)) => {
                Some(format!("{} is {}", self.value(args.first()?), article(&spaced(text(class)?))))
            }
            (ExprKind::Builtin(Builtin::ClassOf, args), ExprKind::Value(Value::Option(Some(class)))) => {
                match class.as_ref() {
                    Value::Text(class) => Some(format!("{} is {}", self.value(args.first()?), article(&spaced(class)))),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn compared(&self, compare: Compare, a: &Expr, b: &Expr) -> Option<String> {
        if let Some(since) = self.since(compare, a, b) {
            return Some(since);
        }
        let sign = match compare {
            Compare::Less => "is less than",
            Compare::LessEqual => "is at most",
            Compare::Greater => "is more than",
            Compare::GreaterEqual => "is at least",
        };
        Some(format!("{} {sign} {}", self.value(a), self.value(b)))
    }

    /// `now >= member(person).joined + 90d`
    fn since(&self, compare: Compare, a: &Expr, b: &Expr) -> Option<String> {
        let (ExprKind::Builtin(Builtin::Now, _), ExprKind::Arithmetic(Arithmetic::Add, from, by)) = (&a.kind, &b.kind)
        else {
            return None;
        };
        let (ExprKind::Field(of, _), ExprKind::Value(Value::Millis(millis))) = (&from.kind, &by.kind) else {
            return None;
        };
        let ExprKind::Builtin(Builtin::MemberOf, args) = &of.kind else { return None };
        let long = compare == Compare::GreaterEqual || compare == Compare::Greater;
        let joined = self.code(from).ends_with(".joined");
        (long && joined).then_some(())?;
        Some(format!("{} joined at least {} ago", self.value(args.first()?), duration(*millis)))
    }

    /// `all(x in weights(body) : x == 1)`
    fn one_vote(&self, expr: &Expr) -> Option<String> {
        let ExprKind::Walk(walk) = &expr.kind else { return None };
        let ExprKind::Builtin(Builtin::Weights, args) = &walk.source.kind else { return None };
        let ExprKind::Equal(each, one, false) = &walk.body.as_ref()?.kind else { return None };
        let is_one = each.kind == ExprKind::Local(walk.local) && one.kind == ExprKind::Value(Value::Int(1));
        let body = text(args.first()?)?;
        is_one.then(|| format!("everybody in {} has exactly one vote", super::words::group(self.program, body)))
    }

    /// A value in words.
    fn value(&self, expr: &Expr) -> String {
        let plain = match &expr.kind {
            ExprKind::Value(_) => Some(self.code(expr)),
            ExprKind::Arithmetic(operation @ (Arithmetic::Add | Arithmetic::Subtract), a, b) => {
                let sign = if *operation == Arithmetic::Add { "plus" } else { "less" };
                Some(format!("{} {sign} {}", self.value(a), self.value(b)))
            }
            ExprKind::Builtin(builtin, args) => self.holding(*builtin, args),
            ExprKind::Field(of, _) => match &of.kind {
                ExprKind::Builtin(Builtin::BudgetOf, args) => args.first().and_then(text).map(|name| {
                    let code = self.code(expr);
                    let field = code.rsplit('.').next().unwrap_or_default();
                    let field = if field == "left" { "what is left" } else { field };
                    format!("the {} of the budget {}", field.trim_start_matches("the "), spaced(name))
                        .replace("the what", "what")
                }),
                _ => None,
            },
            _ => None,
        };
        plain.unwrap_or_else(|| format!("`{}`", self.code(expr)))
    }

    fn holding(&self, builtin: Builtin, args: &[Expr]) -> Option<String> {
        let name = |at| args.get(at).and_then(text).map(spaced);
        match builtin {
            Builtin::Available => Some(format!("the {} that the {} has free", name(1)?, name(0)?)),
            Builtin::ReserveOf => Some(format!("the reserve of {} in the {}", name(1)?, name(0)?)),
            _ => None,
        }
    }
}

/// The constant name that an expression is.
fn text(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Value(Value::Text(name)) => Some(name),
        _ => None,
    }
}
