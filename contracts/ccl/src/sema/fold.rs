//! Values of expressions that need nothing but themselves.

use std::cmp::Ordering;

use crate::{
    number,
    program::{Arithmetic, Builtin, Compare, Expr, ExprKind},
    types::Type,
    value::Value,
};

/// The value of an expression of literals, constants and arithmetic; `None` when it needs more, or has none.
pub(super) fn fold(expr: &Expr) -> Option<Value> {
    let all = |exprs: &[Expr]| exprs.iter().map(fold).collect::<Option<Vec<_>>>();
    Some(match &expr.kind {
        ExprKind::Value(value) => value.clone(),
        ExprKind::Some(value) => Value::some(fold(value)?),
        ExprKind::List(values) => Value::List(all(values)?),
        ExprKind::Record(values) => Value::Record(all(values)?),
        ExprKind::Variant(index, values) => Value::Variant(*index, all(values)?),
        ExprKind::Map(entries) => {
            let entry = |(key, value): &(Expr, Expr)| Some((fold(key)?, fold(value)?));
            map(entries.iter().map(entry).collect::<Option<_>>()?)
        }
        ExprKind::Builtin(Builtin::SetOf, args) => match fold(args.first()?)? {
            Value::List(values) => set(values),
            _ => return None,
        },
        ExprKind::Not(value) => match fold(value)? {
            Value::Bool(yes) => Value::Bool(!yes),
            _ => return None,
        },
        ExprKind::Negate(value) => negate(&fold(value)?)?,
        ExprKind::Arithmetic(operation, a, b) => arithmetic(*operation, &fold(a)?, &fold(b)?, &expr.ty)?,
        ExprKind::Compare(compare, a, b) => Value::Bool(compared(*compare, &fold(a)?, &fold(b)?)),
        ExprKind::Equal(a, b, negated) => Value::Bool(order(&fold(a)?, &fold(b)?).is_eq() != *negated),
        ExprKind::And(a, b) => match fold(a)? {
            Value::Bool(true) => fold(b)?,
            no => no,
        },
        ExprKind::Or(a, b) => match fold(a)? {
            Value::Bool(false) => fold(b)?,
            yes => yes,
        },
        ExprKind::If(condition, a, b) => match fold(condition)? {
            Value::Bool(true) => fold(a)?,
            _ => fold(b)?,
        },
        _ => return None,
    })
}

/// A map of entries, of which the last of a key holds.
fn map(entries: Vec<(Value, Value)>) -> Value {
    Value::Map(entries.into_iter().collect::<std::collections::BTreeMap<_, _>>().into_iter().collect())
}

fn set(values: Vec<Value>) -> Value {
    Value::Set(values.into_iter().collect::<std::collections::BTreeSet<_>>().into_iter().collect())
}

fn negate(value: &Value) -> Option<Value> {
    Some(match value {
        Value::Int(number) => Value::Int(number.checked_neg()?),
        Value::Millis(millis) => Value::Millis(millis.checked_neg()?),
        Value::Ratio(numerator, denominator) => Value::Ratio(numerator.checked_neg()?, *denominator),
        _ => return None,
    })
}

fn arithmetic(operation: Arithmetic, a: &Value, b: &Value, ty: &Type) -> Option<Value> {
    use Arithmetic::{Add, Divide, Multiply, Subtract};
    let ratio = |value: &Value| match value {
        Value::Ratio(numerator, denominator) => Some((*numerator, *denominator)),
        Value::Int(number) => Some((*number, 1)),
        _ => None,
    };
    match (a, b, ty) {
        (Value::Int(a), Value::Int(b), Type::Int | Type::Amount(_)) => Some(Value::Int(match operation {
            Add => a.checked_add(*b)?,
            Subtract => a.checked_sub(*b)?,
            Multiply => a.checked_mul(*b)?,
            Divide => return None,
        })),
        (Value::Millis(a), Value::Millis(b), _) => Some(Value::Millis(match operation {
            Add => a.checked_add(*b)?,
            Subtract => a.checked_sub(*b)?,
            _ => return None,
        })),
        (Value::Millis(a), Value::Int(b), _) | (Value::Int(b), Value::Millis(a), _) => {
            Some(Value::Millis(number::millis_times(*a, *b)?))
        }
        (a, b, _) => {
            let (a, b) = (ratio(a)?, ratio(b)?);
            let (numerator, denominator) = match operation {
                Add => number::add(a, b)?,
                Subtract => number::subtract(a, b)?,
                Multiply => number::times(a, b)?,
                Divide => number::divide(a, b)?,
            };
            Some(Value::Ratio(numerator, denominator))
        }
    }
}

/// The order of two values of one type, or of an amount and an exact fraction.
fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Ratio(a, b), Value::Ratio(c, d)) => number::compare((*a, *b), (*c, *d)),
        (Value::Int(a), Value::Ratio(c, d)) => number::compare((*a, 1), (*c, *d)),
        (Value::Ratio(a, b), Value::Int(c)) => number::compare((*a, *b), (*c, 1)),
        (a, b) => a.cmp(b),
    }
}

fn compared(compare: Compare, a: &Value, b: &Value) -> bool {
    let order = order(a, b);
    match compare {
        Compare::Less => order.is_lt(),
        Compare::LessEqual => order.is_le(),
        Compare::Greater => order.is_gt(),
        Compare::GreaterEqual => order.is_ge(),
    }
}
