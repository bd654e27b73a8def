//! Values, types of code and effects as members write them.

use crate::{
    program::{
        builtin::Param, Arithmetic, Band, Builtin, Compare, Effect, Expr, ExprKind, Function, Program, SettingValue,
        Stmt, StmtKind,
    },
    schema::Kind,
    types::{Type, TypeDef},
    value::Value,
};
use std::collections::BTreeMap;

/// `50 %`, `12.5 %` or `2/3`.
pub(crate) fn ratio(numerator: i128, denominator: i128) -> String {
    let tenths = numerator.checked_mul(1_000).filter(|top| denominator != 0 && top % denominator == 0);
    match tenths.map(|top| top / denominator) {
        Some(tenths) if tenths % 10 == 0 => format!("{} %", tenths / 10),
        Some(tenths) => format!("{}{}.{} %", if tenths < 0 { "-" } else { "" }, tenths.abs() / 10, tenths.abs() % 10),
        None => format!("{numerator}/{denominator}"),
    }
}

/// `7d`, `1d12h`, `52w`.
pub(crate) fn duration(millis: i64) -> String {
    const DAY: i64 = 86_400_000;
    if millis == 0 {
        return "0d".into();
    }
    // Up to seven weeks members count in days.
    if millis % (7 * DAY) == 0 && millis / (7 * DAY) > 7 {
        return format!("{}w", millis / (7 * DAY));
    }
    let mut written = String::new();
    let mut left = millis;
    for (unit, size) in [("d", DAY), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)] {
        if left / size != 0 {
            written.push_str(&format!("{}{unit}", left / size));
        }
        left %= size;
    }
    match (written.is_empty(), left) {
        (_, 0) => written,
        (_, left) => format!("{written}{left}ms"),
    }
}

/// `2026-04-01`, or with the time of day.
pub fn time(millis: i64) -> String {
    let (days, rest) = (millis.div_euclid(86_400_000), millis.rem_euclid(86_400_000));
    // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let date = format!("{year:04}-{month:02}-{day:02}");
    if rest == 0 {
        return date;
    }
    let (seconds, millis) = (rest / 1_000, rest % 1_000);
    let clock = format!("{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match millis {
        0 => format!("{date} {clock} UTC"),
        millis => format!("{date} {clock}.{millis:03} UTC"),
    }
}

/// Digits after the point of a resource.
pub(crate) fn decimals(program: &Program, resource: &str) -> u32 {
    let decl = program.decl(Kind::Resource, resource);
    decl.and_then(|decl| decl.settings.int("decimals")).and_then(|decimals| u32::try_from(decimals).ok()).unwrap_or(0)
}

/// `500 eur`, `12.50 eur`.
pub(crate) fn amount(program: &Program, minor: i128, resource: &str) -> String {
    let places = decimals(program, resource).min(38);
    let scale = 10u128.pow(places);
    let (whole, part) = (minor.unsigned_abs() / scale, minor.unsigned_abs() % scale);
    let sign = if minor < 0 { "-" } else { "" };
    match part {
        0 => format!("{sign}{whole} {resource}"),
        part => format!("{sign}{whole}.{part:0width$} {resource}", width = places as usize),
    }
}

/// What a setting is set to.
pub(crate) fn setting(program: &Program, value: &SettingValue) -> String {
    use SettingValue as V;
    match value {
        V::Text(text) => format!("{text:?}"),
        V::Bool(yes) => yes.to_string(),
        V::Int(number) | V::Count(number) => number.to_string(),
        V::Ratio(numerator, denominator) => ratio(*numerator, *denominator),
        V::Duration(millis) => duration(*millis),
        V::Time(millis) => time(*millis),
        V::Did(text) | V::Cid(text) | V::Name(text) => text.clone(),
        V::Amount { minor, resource } => amount(program, *minor, resource),
        V::Word(word, None) => word.clone(),
        V::Word(word, Some(payload)) => format!("{word}({})", setting(program, payload)),
        V::List(values) => {
            let values: Vec<_> = values.iter().map(|value| setting(program, value)).collect();
            format!("[{}]", values.join(", "))
        }
        V::Block(settings) => block(program, settings),
        V::Named(named) => {
            let named = named.iter().map(|(name, settings)| format!("{name} {}", block(program, settings)));
            named.collect::<Vec<_>>().join(" ")
        }
        V::Bands(bands) => bands.iter().map(|one| band(program, one)).collect::<Vec<_>>().join(" "),
        V::Types(types) => {
            let types: Vec<_> = types.iter().map(|(name, ty)| format!("{name}: {ty};")).collect();
            format!("{{ {} }}", types.join(" "))
        }
        V::Condition(function) => condition(program, *function),
    }
}

/// `{ key: value; }`
pub(crate) fn block(program: &Program, settings: &BTreeMap<String, SettingValue>) -> String {
    if settings.is_empty() {
        return "{ }".into();
    }
    let settings = settings.iter().map(|(key, value)| format!("{key}: {};", setting(program, value)));
    format!("{{ {} }}", settings.collect::<Vec<_>>().join(" "))
}

/// A band without its borders, whose unit the budget knows.
pub(crate) fn band(program: &Program, band: &Band) -> String {
    block(program, &band.settings)
}

/// What a condition or invariant says.
pub(crate) fn condition(program: &Program, function: usize) -> String {
    let Some(function) = program.functions.get(function) else { return String::new() };
    match function.body.as_slice() {
        [Stmt { kind: StmtKind::Return(Some(value)), .. }] => expression(program, function, value),
        _ => "a condition of several steps".into(),
    }
}

/// An expression of a function.
pub(crate) fn expression(program: &Program, function: &Function, expr: &Expr) -> String {
    let names = function.params.iter().map(|param| param.name.clone()).enumerate().collect();
    Writer { program, names, walks: 0 }.expr(expr, 0)
}

/// A value of a type.
pub(crate) fn value(program: &Program, value: &Value, ty: &Type) -> String {
    let types = &program.types;
    let each = |values: &[Value], of: &Type| {
        values.iter().map(|one| self::value(program, one, of)).collect::<Vec<_>>().join(", ")
    };
    match (value, ty) {
        (Value::Unit, _) => "nothing".into(),
        (Value::Bool(yes), _) => yes.to_string(),
        (Value::Int(minor), Type::Amount(resource)) => amount(program, *minor, resource),
        (Value::Int(number), _) => number.to_string(),
        (Value::Millis(millis), Type::Time) => time(*millis),
        (Value::Millis(millis), _) => duration(*millis),
        (Value::Ratio(numerator, denominator), _) => ratio(*numerator, *denominator),
        (Value::Text(text), Type::Text) => format!("{text:?}"),
        // An account is written without its kind.
        (Value::Text(text), Type::Account) if !text.starts_with("did:") => {
            text.split_once(':').map_or(text.clone(), |(_, name)| name.to_string())
        }
        (Value::Text(text), _) => text.clone(),
        (Value::Bytes(bytes), Type::Cid | Type::Proposal) => {
            ipld_core::cid::Cid::try_from(bytes.as_slice()).map(|cid| cid.to_string()).unwrap_or_default()
        }
        (Value::Bytes(bytes), _) => format!("{} bytes", bytes.len()),
        (Value::Option(None), _) => "none".into(),
        (Value::Option(Some(inner)), Type::Option(of)) => format!("some({})", self::value(program, inner, of)),
        (Value::List(values), Type::List(of)) => format!("[{}]", each(values, of)),
        (Value::Set(values), Type::Set(of)) => format!("set([{}])", each(values, of)),
        (Value::Map(entries), Type::Map(key, of)) => {
            let entry =
                |(k, v): &(Value, Value)| format!("{}: {}", self::value(program, k, key), self::value(program, v, of));
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        (Value::Record(values), ty) => {
            let fields = types.fields(ty).unwrap_or_default();
            let field = |(field, value): (&crate::types::FieldDef, &Value)| {
                format!("{}: {}", field.name, self::value(program, value, &field.ty))
            };
            format!("{ty} {{ {} }}", fields.iter().zip(values).map(field).collect::<Vec<_>>().join(", "))
        }
        (Value::Variant(index, payload), ty) => {
            let variant = types.variants(ty).and_then(|variants| variants.get(*index as usize));
            let Some(variant) = variant else { return format!("{ty}.{index}") };
            let parts = payload.iter().zip(&variant.payload).map(|(one, ty)| self::value(program, one, ty));
            match payload.is_empty() {
                true => format!("{ty}.{}", variant.name),
                false => format!("{ty}.{}({})", variant.name, parts.collect::<Vec<_>>().join(", ")),
            }
        }
        (value, _) => format!("{value:?}"),
    }
}

/// Writes expressions; a part binds as strongly as its rank, and stands in brackets where more is needed.
struct Writer<'a> {
    program: &'a Program,
    names: BTreeMap<usize, String>,
    walks: usize,
}

impl Writer<'_> {
    fn expr(&mut self, expr: &Expr, needed: u8) -> String {
        let (text, rank) = self.ranked(expr);
        match rank < needed {
            true => format!("({text})"),
            false => text,
        }
    }

    fn args(&mut self, args: &[Expr]) -> String {
        args.iter().map(|arg| self.expr(arg, 0)).collect::<Vec<_>>().join(", ")
    }

    /// Names of declarations stand in their places as texts.
    fn builtin_arg(&mut self, builtin: Builtin, at: usize, arg: &Expr) -> String {
        let param = builtin.params().get(at).map(|(_, param)| *param);
        match (&arg.kind, param) {
            (
                ExprKind::Value(Value::Text(name)),
                Some(Param::Name(_) | Param::NameOrValue(_) | Param::Credential | Param::Constant),
            ) => name.clone(),
            _ => self.expr(arg, 0),
        }
    }

    fn infix(&mut self, a: &Expr, sign: &str, b: &Expr, rank: u8) -> (String, u8) {
        (format!("{} {sign} {}", self.expr(a, rank), self.expr(b, rank + 1)), rank)
    }

    fn ranked(&mut self, expr: &Expr) -> (String, u8) {
        const WHOLE: u8 = 9;
        let text = match &expr.kind {
            ExprKind::Value(value) => self::value(self.program, value, &expr.ty),
            ExprKind::Local(local) => return (self.local(*local), WHOLE),
            ExprKind::State(state) => {
                self.program.states.get(*state).map(|state| state.name.clone()).unwrap_or_default()
            }
            ExprKind::If(condition, then, otherwise) => {
                let (a, b, c) = (self.expr(condition, 0), self.expr(then, 0), self.expr(otherwise, 0));
                return (format!("if {a} then {b} else {c}"), 0);
            }
            ExprKind::Or(a, b) => return self.infix(a, "or", b, 1),
            ExprKind::And(a, b) => return self.infix(a, "and", b, 2),
            ExprKind::Not(a) => return (format!("not {}", self.expr(a, 3)), 3),
            ExprKind::Equal(a, b, negated) => return self.infix(a, if *negated { "!=" } else { "==" }, b, 4),
            ExprKind::Compare(compare, a, b) => return self.infix(a, sign(*compare), b, 4),
            ExprKind::In(a, b) => return self.infix(a, "in", b, 4),
            ExprKind::Arithmetic(operation, a, b) => {
                let (sign, rank) = match operation {
                    Arithmetic::Add => ("+", 5),
                    Arithmetic::Subtract => ("-", 5),
                    Arithmetic::Multiply => ("*", 6),
                    Arithmetic::Divide => ("/", 6),
                };
                return self.infix(a, sign, b, rank);
            }
            ExprKind::Negate(a) => return (format!("-{}", self.expr(a, 7)), 7),
            ExprKind::Some(a) => format!("some({})", self.expr(a, 0)),
            ExprKind::List(parts) => format!("[{}]", self.args(parts)),
            ExprKind::Map(entries) => {
                let entry = |(key, value): &(Expr, Expr)| format!("{}: {}", self.expr(key, 0), self.expr(value, 0));
                format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
            }
            ExprKind::Record(parts) => {
                let fields = self.program.types.fields(&expr.ty).unwrap_or_default();
                let field =
                    |(field, part): (&crate::types::FieldDef, &Expr)| format!("{}: {}", field.name, self.expr(part, 0));
                format!("{} {{ {} }}", expr.ty, fields.iter().zip(parts).map(field).collect::<Vec<_>>().join(", "))
            }
            ExprKind::Variant(index, parts) => {
                let name = match &expr.ty {
                    Type::Named(name) => match self.program.types.get(name) {
                        Some(TypeDef::Enum(variants)) => variants.get(*index as usize).map(|one| one.name.clone()),
                        _ => None,
                    },
                    _ => None,
                };
                let name = format!("{}.{}", expr.ty, name.unwrap_or_default());
                match parts.is_empty() {
                    true => name,
                    false => format!("{name}({})", self.args(parts)),
                }
            }
            ExprKind::Field(of, index) => {
                let fields = self.program.types.fields(&of.ty).unwrap_or_default();
                let name = fields.get(*index as usize).map(|field| field.name.clone()).unwrap_or_default();
                format!("{}.{name}", self.expr(of, 8))
            }
            ExprKind::At(of, key) | ExprKind::Key(of, key) => {
                format!("{}[{}]", self.expr(of, 8), self.expr(key, 0))
            }
            ExprKind::Call(function, args) => {
                let name = self.program.functions.get(*function).map(|function| function.name.clone());
                format!("{}({})", name.unwrap_or_default(), self.args(args))
            }
            ExprKind::Builtin(builtin @ (Builtin::Now | Builtin::Caller), _) => builtin.word().into(),
            ExprKind::Builtin(builtin, args) => {
                let args = args.iter().enumerate().map(|(at, arg)| self.builtin_arg(*builtin, at, arg));
                format!("{}({})", builtin.word(), args.collect::<Vec<_>>().join(", "))
            }
            ExprKind::Walk(walk) => {
                let source = self.expr(&walk.source, 0);
                self.walks += 1;
                let name = match self.walks {
                    1 => "x".into(),
                    more => format!("x{more}"),
                };
                self.names.insert(walk.local, name.clone());
                let filter = walk.filter.as_ref().map(|filter| format!(" where {}", self.expr(filter, 0)));
                let body = walk.body.as_ref().map(|body| format!(" : {}", self.expr(body, 0)));
                let kind = format!("{:?}", walk.kind).to_lowercase();
                format!("{kind}({name} in {source}{}{})", filter.unwrap_or_default(), body.unwrap_or_default())
            }
            ExprKind::Let(lets, then) => {
                for (local, value) in lets {
                    let text = self.expr(value, 8);
                    self.names.insert(*local, text);
                }
                return self.ranked(then);
            }
            ExprKind::Later { at, function, args } => {
                let name = self.program.functions.get(*function).map(|function| function.name.clone());
                let call = format!("{}({})", name.unwrap_or_default(), self.args(args));
                match at {
                    Some(at) => format!("schedule({}, {call})", self.expr(at, 0)),
                    None => format!("propose({call})"),
                }
            }
            ExprKind::Test(..) | ExprKind::Act { .. } | ExprKind::ExpectError { .. } => "a step of a test".into(),
        };
        (text, WHOLE)
    }

    fn local(&self, local: usize) -> String {
        self.names.get(&local).cloned().unwrap_or_else(|| format!("x{local}"))
    }
}

fn sign(compare: Compare) -> &'static str {
    match compare {
        Compare::Less => "<",
        Compare::LessEqual => "<=",
        Compare::Greater => ">",
        Compare::GreaterEqual => ">=",
    }
}

/// The name among an effect's arguments, without the kind of an account.
pub(crate) fn effect_name(effect: &Effect, at: usize) -> Option<&str> {
    let name = effect.names.get(at)?.as_deref()?;
    match name.starts_with("did:") {
        true => Some(name),
        false => Some(name.split_once(':').map_or(name, |(_, name)| name)),
    }
}

/// What an effect does, as an infinitive: "pay eur out of till".
pub(crate) fn effect(program: &Program, effect: &Effect) -> String {
    let resource = effect.resource.as_deref().unwrap_or("something");
    let name = |at| effect_name(effect, at);
    let kind_of = |name: &str| {
        let account = [Kind::Treasury, Kind::Budget, Kind::Body];
        account.into_iter().find(|kind| program.decl(*kind, name).is_some()).map_or("account", Kind::word)
    };
    let account = |at, other: &str| match name(at) {
        Some(name) if name.starts_with("did:") => name.to_string(),
        Some(name) => format!("the {} {name}", kind_of(name)),
        None => other.to_string(),
    };
    let named = |at, what: &str| match name(at) {
        Some(name) => format!("the {what} {name}"),
        None => format!("a {what}"),
    };
    match effect.builtin {
        Builtin::Remove if effect.is_own() => "end one's own membership".into(),
        Builtin::Suspend if effect.is_own() => "pause one's own membership".into(),
        Builtin::RevokeRole if effect.is_own() => format!("give up {} oneself", named(1, "role")),
        Builtin::Transfer => {
            format!("pay {resource} from {} to {}", account(0, "an account"), account(1, "somebody"))
        }
        Builtin::Mint => format!("make new {resource} for {}", account(0, "somebody")),
        Builtin::Burn => format!("end {resource} of {}", account(0, "an account")),
        Builtin::Lock => format!("set {resource} of {} aside", account(1, "an account")),
        Builtin::Release => "give what was set aside to an account".into(),
        Builtin::Refund => "give back what was set aside".into(),
        Builtin::Fund => format!("put {resource} from {} into {}", account(1, "an account"), named(0, "budget")),
        Builtin::Authorize => format!("let somebody use {resource}"),
        Builtin::Consume => format!("use authorised {resource}"),
        Builtin::GrantRole => format!("give somebody {}", named(1, "role")),
        Builtin::RevokeRole => format!("take {} from somebody", named(1, "role")),
        Builtin::Admit => format!("admit somebody to {}", named(1, "class")),
        Builtin::SetClass => format!("move a member to {}", named(1, "class")),
        Builtin::Remove => "end somebody's membership".into(),
        Builtin::Suspend => "suspend a member".into(),
        Builtin::Enrol => "put the caller on the roll of the roles whose credentials it holds".into(),
        Builtin::Issue => "hand out a credential".into(),
        Builtin::Revoke => format!("take back {}", named(1, "credential")),
        Builtin::Anchor => "name content in the organisation's records".into(),
        Builtin::Pin => "ask nodes to keep content".into(),
        Builtin::OpenThread => "open a place to talk a proposal over".into(),
        Builtin::SetParam => format!("change {}", named(0, "constant")),
        Builtin::EnactConstitution => "put another constitution in force".into(),
        Builtin::Log => "write words into the receipt".into(),
        other => other.doc().trim_end_matches('.').to_lowercase(),
    }
}

/// A short name of an effect for a path: `transfer(till, eur)`.
pub(crate) fn effect_path(effect: &Effect) -> String {
    let names = effect.names.iter().enumerate().filter_map(|(at, _)| effect_name(effect, at)).map(str::to_string);
    let all: Vec<_> = names.chain(effect.resource.clone()).collect();
    format!("{}({})", effect.builtin.word(), all.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptor::tests::{resolved, BAKERY, NEIGHBOURHOOD};

    #[test]
    fn numbers_are_written_as_members_write_them() {
        let bakery = resolved(BAKERY);
        assert_eq!(
            [ratio(1, 2), ratio(2, 3), ratio(1, 8), ratio(0, 1), ratio(1, 1)],
            ["50 %", "2/3", "12.5 %", "0 %", "100 %"]
        );
        let day = 86_400_000;
        let written = [
            duration(7 * day),
            duration(364 * day),
            duration(0),
            duration(day * 3 / 2),
            duration(1),
            duration(14 * day),
        ];
        assert_eq!(written, ["7d", "52w", "0d", "1d12h", "1ms", "14d"]);
        assert_eq!(
            [amount(&bakery, 50_000, "eur"), amount(&bakery, 1_205, "eur"), amount(&bakery, -5, "eur")],
            ["500 eur", "12.05 eur", "-0.05 eur"]
        );
        assert_eq!(
            [time(0), time(1_772_323_200_000), time(-1)],
            ["1970-01-01", "2026-03-01", "1969-12-31 23:59:59.999 UTC"]
        );
        assert_eq!(time(1_709_251_199_500), "2024-02-29 23:59:59.500 UTC");
    }

    #[test]
    fn conditions_are_written_as_in_the_source() {
        let all = |source: &str| {
            let program = resolved(source);
            let conditions = program.functions_of(|role| {
                matches!(role, crate::program::Role::Condition(_) | crate::program::Role::Invariant)
            });
            conditions.map(|(at, _)| condition(&program, at)).collect::<Vec<_>>()
        };
        assert_eq!(
            all(BAKERY),
            [
                "class_of(person) == some(candidate) and now >= member(person).joined + 90d",
                "total <= available(till, eur) - reserve_of(till, eur)",
                "is_member(person)",
                "compatible(next)",
                "amount <= 1000 eur",
                "all(x in weights(assembly) : x == 1)",
                "available(till, eur) >= 0 eur",
            ]
        );
        assert_eq!(all(NEIGHBOURHOOD), ["has_role(person, resident)", "committed() <= budget(pb).total"]);
    }
}
