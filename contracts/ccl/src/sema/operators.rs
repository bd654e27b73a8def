//! Types of what operators give.

use super::Resolver;
use crate::{
    ast::{self, BinaryOp, UnaryOp},
    diagnostic::{Code, Diagnostic, Span},
    program::{Arithmetic, Compare, Expr, ExprKind},
    types::Type,
    value::Value,
};

impl Resolver<'_> {
    pub(super) fn unary(&mut self, op: UnaryOp, of: &ast::Expr, want: Option<&Type>, span: Span) -> Expr {
        match op {
            UnaryOp::Not => {
                let of = self.expect(of, &Type::Bool);
                Expr { kind: ExprKind::Not(Box::new(of)), ty: Type::Bool, span }
            }
            UnaryOp::Negate => {
                let of = self.expr(of, want);
                let ty = of.ty.clone();
                let number = matches!(
                    ty,
                    Type::Int | Type::Amount(_) | Type::Exact(_) | Type::Ratio | Type::Duration | Type::Unknown
                );
                if !number {
                    self.tell(Code::TypeMismatch, span, format!("there is no negative {ty}"));
                    return Self::unknown_expr(span);
                }
                // A negative literal is a value.
                let negated = match &of.kind {
                    ExprKind::Value(Value::Int(number)) => number.checked_neg(),
                    _ => None,
                };
                match negated {
                    Some(number) => Expr { kind: ExprKind::Value(Value::Int(number)), ty, span },
                    None => Expr { kind: ExprKind::Negate(Box::new(of)), ty, span },
                }
            }
        }
    }

    pub(super) fn binary(
        &mut self,
        op: BinaryOp,
        left: &ast::Expr,
        right: &ast::Expr,
        want: Option<&Type>,
        span: Span,
    ) -> Expr {
        match op {
            BinaryOp::And | BinaryOp::Or => {
                let a = Box::new(self.expect(left, &Type::Bool));
                let b = Box::new(self.expect(right, &Type::Bool));
                let kind = if op == BinaryOp::And { ExprKind::And(a, b) } else { ExprKind::Or(a, b) };
                Expr { kind, ty: Type::Bool, span }
            }
            BinaryOp::In => self.membership(left, right, span),
            BinaryOp::Equal | BinaryOp::NotEqual => {
                let (a, b) = self.pair(left, right);
                let (a, b) = self.same(a, b, span);
                let kind = ExprKind::Equal(Box::new(a), Box::new(b), op == BinaryOp::NotEqual);
                Expr { kind, ty: Type::Bool, span }
            }
            BinaryOp::Less => self.comparison(Compare::Less, left, right, span),
            BinaryOp::LessEqual => self.comparison(Compare::LessEqual, left, right, span),
            BinaryOp::Greater => self.comparison(Compare::Greater, left, right, span),
            BinaryOp::GreaterEqual => self.comparison(Compare::GreaterEqual, left, right, span),
            BinaryOp::Add => self.sum(Arithmetic::Add, left, right, want, span),
            BinaryOp::Subtract => self.sum(Arithmetic::Subtract, left, right, want, span),
            BinaryOp::Multiply => self.product(Arithmetic::Multiply, left, right, span),
            BinaryOp::Divide => self.product(Arithmetic::Divide, left, right, span),
        }
    }

    /// Two sides of a comparison: each may say what the other is.
    fn pair(&mut self, left: &ast::Expr, right: &ast::Expr) -> (Expr, Expr) {
        if needs_type(left) && !needs_type(right) {
            let b = self.expr(right, None);
            let a = self.expr(left, Some(&b.ty.clone()));
            return (a, b);
        }
        let a = self.expr(left, None);
        let b = self.expr(right, Some(&a.ty.clone()));
        (a, b)
    }

    /// Fits two sides to each other.
    pub(super) fn same(&mut self, a: Expr, b: Expr, span: Span) -> (Expr, Expr) {
        if a.ty == b.ty || a.ty == Type::Unknown || b.ty == Type::Unknown {
            return (a, b);
        }
        let (want_a, want_b) = (a.ty.clone(), b.ty.clone());
        match (&want_a, &want_b) {
            (Type::Ratio, Type::Int) | (Type::Account, Type::Did) => {
                let b = self.coerce(b, &want_a);
                (a, b)
            }
            (Type::Int, Type::Ratio) | (Type::Did, Type::Account) => {
                let a = self.coerce(a, &want_b);
                (a, b)
            }
            (Type::Amount(x), Type::Amount(y)) => {
                let message = format!("an amount of {x} and one of {y}");
                let error = Diagnostic::new(Code::UnitMismatch, span, message);
                self.error(error.label(a.span, format!("Amount<{x}>")).label(b.span, format!("Amount<{y}>")));
                (a, Expr { ty: Type::Unknown, ..b })
            }
            // An exact fraction compares with an amount.
            (Type::Exact(x), Type::Amount(y)) | (Type::Amount(x), Type::Exact(y)) if x == y => (a, b),
            _ => {
                let mut error = Diagnostic::new(Code::TypeMismatch, span, format!("{want_a} and {want_b}"));
                error = error.label(a.span, want_a.to_string()).label(b.span, want_b.to_string());
                error = match (&want_a, &want_b) {
                    (Type::Option(of), other) if **of == *other => {
                        let text = "some(…)".to_string();
                        error.help(format!("the left side may be none; compare it with {text}"))
                    }
                    (other, Type::Option(of)) if **of == *other => {
                        error.help("the right side may be none; compare it with some(…)")
                    }
                    _ => error,
                };
                self.error(error);
                (a, Expr { ty: Type::Unknown, ..b })
            }
        }
    }

    fn comparison(&mut self, compare: Compare, left: &ast::Expr, right: &ast::Expr, span: Span) -> Expr {
        let (a, b) = self.pair(left, right);
        let (a, b) = self.same(a, b, span);
        if !a.ty.is_ordered() || !b.ty.is_ordered() {
            let message = format!("{} has no greater and smaller", a.ty);
            self.tell(Code::TypeMismatch, span, message);
        }
        Expr { kind: ExprKind::Compare(compare, Box::new(a), Box::new(b)), ty: Type::Bool, span }
    }

    fn membership(&mut self, left: &ast::Expr, right: &ast::Expr, span: Span) -> Expr {
        let of = self.expr(right, None);
        let want = match &of.ty {
            Type::Set(of) | Type::List(of) | Type::Map(of, _) => (**of).clone(),
            Type::Unknown => Type::Unknown,
            other => {
                let message = format!("{other} holds nothing; `in` asks a set, a list or the keys of a map");
                self.tell(Code::TypeMismatch, of.span, message);
                Type::Unknown
            }
        };
        let element = self.expect(left, &want);
        Expr { kind: ExprKind::In(Box::new(element), Box::new(of)), ty: Type::Bool, span }
    }

    fn sum(
        &mut self,
        operation: Arithmetic,
        left: &ast::Expr,
        right: &ast::Expr,
        want: Option<&Type>,
        span: Span,
    ) -> Expr {
        let a = self.expr(left, want);
        let hint = match &a.ty {
            Type::Time => None,
            ty => Some(ty.clone()),
        };
        let b = self.expr(right, hint.as_ref());
        let add = operation == Arithmetic::Add;
        let ty = match (&a.ty, &b.ty) {
            (Type::Unknown, _) | (_, Type::Unknown) => Type::Unknown,
            (Type::Int, Type::Int) => Type::Int,
            (Type::Ratio, Type::Ratio | Type::Int) | (Type::Int, Type::Ratio) => Type::Ratio,
            (Type::Amount(x), Type::Amount(y)) if x == y => Type::amount(x),
            (Type::Exact(x), Type::Exact(y)) if x == y => Type::Exact(x.clone()),
            (Type::Duration, Type::Duration) => Type::Duration,
            (Type::Time, Type::Duration) => Type::Time,
            (Type::Duration, Type::Time) if add => Type::Time,
            (Type::Time, Type::Time) if !add => Type::Duration,
            (Type::List(x), Type::List(y)) if add && x == y => Type::List(x.clone()),
            _ => {
                self.no_arithmetic(operation, &a, &b, span);
                Type::Unknown
            }
        };
        let (a, b) = match &ty {
            Type::Ratio => (self.coerce(a, &Type::Ratio), self.coerce(b, &Type::Ratio)),
            _ => (a, b),
        };
        Expr { kind: ExprKind::Arithmetic(operation, Box::new(a), Box::new(b)), ty, span }
    }

    fn product(&mut self, operation: Arithmetic, left: &ast::Expr, right: &ast::Expr, span: Span) -> Expr {
        let a = self.expr(left, None);
        let b = self.expr(right, None);
        let times = operation == Arithmetic::Multiply;
        let ty = match (&a.ty, &b.ty) {
            (Type::Unknown, _) | (_, Type::Unknown) => Type::Unknown,
            (Type::Int, Type::Int) if times => Type::Int,
            (Type::Int, Type::Int) => Type::Ratio,
            (Type::Ratio, Type::Ratio) => Type::Ratio,
            (Type::Ratio, Type::Int) | (Type::Int, Type::Ratio) => Type::Ratio,
            (Type::Amount(x), Type::Amount(y)) if !times && x == y => Type::Ratio,
            (Type::Amount(x), Type::Int) | (Type::Int, Type::Amount(x)) if times => Type::amount(x),
            (Type::Amount(x), Type::Int | Type::Ratio) => Type::Exact(x.clone()),
            (Type::Ratio, Type::Amount(x)) if times => Type::Exact(x.clone()),
            (Type::Exact(x), Type::Int | Type::Ratio) => Type::Exact(x.clone()),
            (Type::Duration, Type::Int) | (Type::Int, Type::Duration) if times => Type::Duration,
            _ => {
                self.no_arithmetic(operation, &a, &b, span);
                Type::Unknown
            }
        };
        Expr { kind: ExprKind::Arithmetic(operation, Box::new(a), Box::new(b)), ty, span }
    }

    fn no_arithmetic(&mut self, operation: Arithmetic, a: &Expr, b: &Expr, span: Span) {
        let sign = match operation {
            Arithmetic::Add => '+',
            Arithmetic::Subtract => '-',
            Arithmetic::Multiply => '*',
            Arithmetic::Divide => '/',
        };
        let units = matches!((&a.ty, &b.ty), (Type::Amount(x), Type::Amount(y)) if x != y);
        let code = if units { Code::UnitMismatch } else { Code::TypeMismatch };
        let error = Diagnostic::new(code, span, format!("there is no {} {sign} {}", a.ty, b.ty));
        let mut error = error.label(a.span, a.ty.to_string()).label(b.span, b.ty.to_string());
        if let (Type::Exact(_), Type::Amount(_)) | (Type::Amount(_), Type::Exact(_)) = (&a.ty, &b.ty) {
            error = error.help("round the exact part first: round_down(…), round_up(…) or round_half_even(…)");
        }
        self.error(error);
    }
}

/// Whether the type of an expression comes from what stands beside it.
fn needs_type(expr: &ast::Expr) -> bool {
    match &expr.kind {
        ast::ExprKind::None => true,
        ast::ExprKind::List(items) => items.is_empty(),
        ast::ExprKind::Map(entries) => entries.is_empty(),
        _ => false,
    }
}
