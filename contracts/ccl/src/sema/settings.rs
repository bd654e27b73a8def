//! Settings of declarations, by the table of their kind.

use super::{literals, Global, Resolver};
use crate::{
    ast::{self, Ident},
    diagnostic::{Code, Diagnostic, Span},
    nearest::nearest,
    program::{Band, SettingValue as Value, Settings},
    schema::{self, Form, Kind, Need, Setting, Shape, Word},
    types::Type,
    value,
};
use std::collections::BTreeMap;

/// What the settings of one declaration are read with.
pub(super) struct Context<'a> {
    pub kind: Kind,
    pub name: &'a Ident,
    /// The resource of amounts, if the declaration names one.
    pub resource: Option<String>,
    /// The function that is the condition of the proposal.
    pub condition: Option<usize>,
}

impl Resolver<'_> {
    pub(super) fn settings(&mut self, decl: &ast::Decl, context: &Context<'_>) -> Settings {
        let table = context.kind.settings();
        let mut settings = Settings::default();
        let what = format!("{} `{}`", context.kind.word(), context.name.text);
        let values = self.block_settings(&decl.settings, table, context, &what, context.name.span, &mut settings);
        for (key, value) in values {
            let span = settings.span(&key);
            settings.set(&key, value, span);
        }
        settings
    }

    /// Settings of a declaration or of a block in one; where they stand is put into `places`.
    fn block_settings(
        &mut self,
        written: &[ast::Setting],
        table: &'static [Setting],
        context: &Context<'_>,
        what: &str,
        span: Span,
        places: &mut Settings,
    ) -> BTreeMap<String, Value> {
        let mut values = BTreeMap::new();
        let mut first: BTreeMap<&str, Span> = BTreeMap::new();
        for setting in written {
            let key = &setting.key;
            let Some(schema) = schema::find(table, &key.text) else {
                self.unknown_key(key, table, what);
                continue;
            };
            let repeats = matches!(schema.shape, Shape::Named(..) | Shape::Bands(_));
            if let (Some(first), false) = (first.insert(schema.key, key.span), repeats) {
                let message = format!("`{}` is set twice", key.text);
                self.error(Diagnostic::new(Code::DuplicateKey, key.span, message).label(first, "here first"));
                continue;
            }
            if let Some(value) = self.shaped(schema, setting, context, what, &mut values, places) {
                values.insert(schema.key.to_string(), value);
                places.set(schema.key, Value::Bool(true), Some(setting.span));
            }
        }
        for schema in table {
            if values.contains_key(schema.key) || first.contains_key(schema.key) {
                continue;
            }
            match schema.need {
                Need::Required => {
                    let message = format!("the {what} has no `{}`", schema.key);
                    self.error(Diagnostic::new(Code::MissingKey, span, message).help(schema.doc));
                }
                Need::Default(text) => {
                    if let (Some(value), Shape::Value(form)) = (default(schema, text), schema.shape) {
                        let _ = form;
                        values.insert(schema.key.into(), value);
                    }
                }
                Need::Optional => {}
            }
        }
        values
    }

    fn unknown_key(&mut self, key: &Ident, table: &[Setting], what: &str) {
        let mut diagnostic =
            Diagnostic::new(Code::UnknownKey, key.span, format!("a {what} has no setting `{}`", key.text));
        let keys: Vec<_> = table.iter().map(|setting| setting.key).collect();
        diagnostic = match nearest(&key.text, keys.iter().copied()) {
            Some(near) => {
                diagnostic.help(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), key.span, near)
            }
            None => diagnostic.help(format!("it has: {}", keys.join(", "))),
        };
        self.error(diagnostic);
    }

    fn shaped(
        &mut self,
        schema: &'static Setting,
        setting: &ast::Setting,
        context: &Context<'_>,
        what: &str,
        values: &mut BTreeMap<String, Value>,
        outer: &mut Settings,
    ) -> Option<Value> {
        let key = &setting.key;
        match (schema.shape, &setting.value) {
            (Shape::Value(Form::Condition), ast::SettingValue::Expr(_)) => context.condition.map(Value::Condition),
            (Shape::Value(form), ast::SettingValue::Expr(expr)) => self.form(form, expr, context),
            (Shape::Block(table), ast::SettingValue::Block { name: None, settings }) => {
                let what = format!("{what}, `{}`", key.text);
                let mut places = Settings::default();
                let block = self.block_settings(settings, table, context, &what, key.span, &mut places);
                outer.places_of(schema.key, &places);
                Some(Value::Block(block))
            }
            (Shape::Named(kinds, table), ast::SettingValue::Block { name: Some(name), settings }) => {
                if !kinds.is_empty() && !self.decl_kind(&name.text).is_some_and(|kind| kinds.contains(&kind)) {
                    let known = self.names_of(kinds);
                    let words = kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>().join(" or ");
                    self.unknown(&words, name, known);
                    return None;
                }
                let what = format!("{what}, `{} {}`", key.text, name.text);
                let mut places = Settings::default();
                let block = self.block_settings(settings, table, context, &what, name.span, &mut places);
                let path = format!("{}.{}", schema.key, name.text);
                outer.places_of(&path, &places);
                outer.place(path, setting.span);
                let mut all = match values.remove(schema.key) {
                    Some(Value::Named(all)) => all,
                    _ => BTreeMap::new(),
                };
                if all.insert(name.text.clone(), block).is_some() {
                    self.tell(Code::DuplicateKey, name.span, format!("`{} {}` is given twice", key.text, name.text));
                }
                Some(Value::Named(all))
            }
            (Shape::Bands(table), ast::SettingValue::Band { from, to, settings }) => {
                let from = self.amount_of(from, context)?;
                let to = match to {
                    Some(to) => Some(self.amount_of(to, context)?),
                    None => None,
                };
                let mut places = Settings::default();
                let what = format!("{what}, band");
                let settings = self.block_settings(settings, table, context, &what, key.span, &mut places);
                let mut bands = match values.remove(schema.key) {
                    Some(Value::Bands(bands)) => bands,
                    _ => Vec::new(),
                };
                let path = format!("{}.{}", schema.key, bands.len());
                outer.places_of(&path, &places);
                outer.place(path, setting.span);
                bands.push(Band { from, to, settings });
                Some(Value::Bands(bands))
            }
            (Shape::Types, ast::SettingValue::Block { name: None, settings }) => {
                let claim = |setting: &ast::Setting| match &setting.value {
                    ast::SettingValue::Type(ty) => Some((setting.key.text.clone(), ty.clone())),
                    _ => None,
                };
                let claims: Vec<_> = settings.iter().filter_map(claim).collect();
                let read = claims.into_iter().map(|(name, ty)| (name, self.type_ref(&ty)));
                Some(Value::Types(read.collect()))
            }
            (shape, _) => {
                let want = match shape {
                    Shape::Value(form) => format!("`{}: {};`", key.text, words(form)),
                    Shape::Block(_) | Shape::Types => format!("`{} {{ … }}`", key.text),
                    Shape::Named(..) => format!("`{} name {{ … }}`", key.text),
                    Shape::Bands(_) => "`band from .. to { … }`".into(),
                };
                self.tell(Code::TypeMismatch, setting.span, format!("this setting is written {want}"));
                None
            }
        }
    }

    fn amount_of(&mut self, expr: &ast::Expr, context: &Context<'_>) -> Option<i128> {
        match self.form(Form::Amount, expr, context)? {
            Value::Amount { minor, .. } => Some(minor),
            _ => None,
        }
    }

    /// A value that is known when the document is compiled.
    pub(super) fn constant(&mut self, expr: &ast::Expr, ty: &Type) -> Option<value::Value> {
        self.body = super::Body::default();
        let typed = self.expect(expr, ty);
        if typed.ty == Type::Unknown {
            return None;
        }
        let value = super::fold::fold(&typed);
        if value.is_none() {
            let help = "literals, constants, parameters and arithmetic can stand here";
            self.error(
                Diagnostic::new(Code::TypeMismatch, expr.span, "this value is not known when the document is compiled")
                    .help(help),
            );
        }
        value
    }

    /// Any amount, with its resource.
    fn any_amount(&mut self, expr: &ast::Expr) -> Option<(i128, String)> {
        self.body = super::Body::default();
        let typed = self.expr(expr, None);
        let folded = super::fold::fold(&typed);
        match (&typed.ty, folded) {
            (Type::Amount(resource), Some(value::Value::Int(minor))) => Some((minor, resource.clone())),
            (Type::Unknown, _) => None,
            (ty, _) => {
                self.tell(
                    Code::TypeMismatch,
                    expr.span,
                    format!("this is {ty}, where an amount is needed, as `10 eur`"),
                );
                None
            }
        }
    }

    fn form(&mut self, form: Form, expr: &ast::Expr, context: &Context<'_>) -> Option<Value> {
        use value::Value as V;
        let span = expr.span;
        match form {
            Form::Text => match self.constant(expr, &Type::Text)? {
                V::Text(text) => Some(Value::Text(text)),
                _ => None,
            },
            Form::Bool => match self.constant(expr, &Type::Bool)? {
                V::Bool(yes) => Some(Value::Bool(yes)),
                _ => None,
            },
            Form::Int(min, max) => match self.constant(expr, &Type::Int)? {
                V::Int(number) if (min..=max).contains(&number) => Some(Value::Int(number)),
                V::Int(_) => {
                    self.tell(Code::BadLiteral, span, format!("from {min} to {max} is allowed here"));
                    None
                }
                _ => None,
            },
            Form::Ratio => self.share(expr),
            Form::RatioOrCount => match &expr.kind {
                // `1` is a member, `100%` all of them.
                ast::ExprKind::Int(_) => match self.constant(expr, &Type::Int)? {
                    V::Int(number) if number >= 1 => Some(Value::Count(number)),
                    _ => {
                        self.tell(Code::BadRatio, span, "a number of members is at least 1; `0%` asks for none");
                        None
                    }
                },
                ast::ExprKind::Name(name) if self.const_type(&name.text) == Some(Type::Int) => {
                    match self.constant(expr, &Type::Int)? {
                        V::Int(number) if number >= 1 => Some(Value::Count(number)),
                        _ => {
                            self.tell(Code::BadRatio, span, "a number of members is at least 1");
                            None
                        }
                    }
                }
                _ => self.share(expr),
            },
            Form::Duration => match self.constant(expr, &Type::Duration)? {
                V::Millis(millis) if millis >= 0 => Some(Value::Duration(millis)),
                _ => {
                    self.tell(Code::BadLiteral, span, "a span of time is not negative");
                    None
                }
            },
            Form::Time => match self.constant(expr, &Type::Time)? {
                V::Millis(millis) => Some(Value::Time(millis)),
                _ => None,
            },
            Form::Did => match self.constant(expr, &Type::Did)? {
                V::Text(did) => Some(Value::Did(did)),
                _ => None,
            },
            Form::Cid => match self.constant(expr, &Type::Cid)? {
                V::Bytes(bytes) => Some(Value::Cid(ipld_core::cid::Cid::try_from(bytes).ok()?.to_string())),
                _ => None,
            },
            Form::Amount => {
                let (minor, resource) = self.any_amount(expr)?;
                match &context.resource {
                    Some(want) if *want != resource => {
                        self.mismatch(&Type::Amount(resource), &Type::amount(want), span);
                        None
                    }
                    _ if minor < 0 => {
                        self.tell(Code::BadLiteral, span, "this amount is not negative");
                        None
                    }
                    _ => Some(Value::Amount { minor, resource }),
                }
            }
            Form::Name(kinds) => self.named(expr, kinds).map(Value::Name),
            Form::Members(kinds) => match &expr.kind {
                ast::ExprKind::List(_) => match self.constant(expr, &Type::list(Type::Did))? {
                    V::List(members) => {
                        let did = |member| match member {
                            V::Text(did) => Some(Value::Did(did)),
                            _ => None,
                        };
                        Some(Value::List(members.into_iter().filter_map(did).collect()))
                    }
                    _ => None,
                },
                _ => self.named(expr, kinds).map(Value::Name),
            },
            Form::Word(words) => self.word(expr, words, context),
            Form::List(of) => self.list_of(expr, |this, item| this.form(*of, item, context)),
            Form::Permissions => self.list_of(expr, |this, item| this.permission(item)),
            Form::Names => self.list_of(expr, |this, item| match &item.kind {
                ast::ExprKind::Name(name) => Some(Value::Name(name.text.clone())),
                _ => {
                    this.tell(Code::TypeMismatch, item.span, "a name stands here");
                    None
                }
            }),
            Form::Cost => match &expr.kind {
                ast::ExprKind::Name(name) if self.functions.contains_key(&name.text) => {
                    Some(Value::Name(name.text.clone()))
                }
                _ => self.form(Form::Amount, expr, context),
            },
            Form::Condition => None,
        }
    }

    fn const_type(&self, name: &str) -> Option<Type> {
        match self.globals.get(name)? {
            Global::Const(index) => self.program.consts.get(*index).map(|constant| constant.ty.clone()),
            _ => None,
        }
    }

    /// A ratio from 0 to 1.
    fn share(&mut self, expr: &ast::Expr) -> Option<Value> {
        match self.constant(expr, &Type::Ratio)? {
            value::Value::Ratio(numerator, denominator) if numerator >= 0 && numerator <= denominator => {
                Some(Value::Ratio(numerator, denominator))
            }
            _ => {
                let help = "write it as 50%, or 2/3";
                self.error(Diagnostic::new(Code::BadRatio, expr.span, "a share is from 0% to 100%").help(help));
                None
            }
        }
    }

    fn list_of(
        &mut self,
        expr: &ast::Expr,
        mut each: impl FnMut(&mut Self, &ast::Expr) -> Option<Value>,
    ) -> Option<Value> {
        let ast::ExprKind::List(items) = &expr.kind else {
            if expr.kind != ast::ExprKind::Missing {
                self.tell(Code::TypeMismatch, expr.span, "a list stands here, as `[a, b]`");
            }
            return None;
        };
        let values: Vec<_> = items.iter().filter_map(|item| each(self, item)).collect();
        (values.len() == items.len()).then_some(Value::List(values))
    }

    /// The name of a declaration of one of these kinds. It is looked for among these first, so that names of others do not
    /// stand in the way.
    fn named(&mut self, expr: &ast::Expr, kinds: &[Kind]) -> Option<String> {
        let ast::ExprKind::Name(name) = &expr.kind else {
            if expr.kind != ast::ExprKind::Missing {
                let words = kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>().join(" or ");
                self.tell(Code::TypeMismatch, expr.span, format!("the name of a {words} stands here"));
            }
            return None;
        };
        if self.decl_kind(&name.text).is_some_and(|kind| kinds.contains(&kind)) {
            return Some(name.text.clone());
        }
        let words = kinds.iter().map(|kind| kind.word()).collect::<Vec<_>>().join(" or ");
        match self.decl_kind(&name.text) {
            Some(kind) => {
                let message = format!("`{}` is a {}, where a {words} is needed", name.text, kind.word());
                self.tell(Code::TypeMismatch, name.span, message);
            }
            None => {
                let known = self.names_of(kinds);
                self.unknown(&words, name, known);
            }
        }
        None
    }

    fn word(&mut self, expr: &ast::Expr, words: &[Word], context: &Context<'_>) -> Option<Value> {
        let (name, args) = match &expr.kind {
            ast::ExprKind::Name(name) => (name, None),
            ast::ExprKind::Call(callee, args) => match &callee.kind {
                ast::ExprKind::Name(name) => (name, Some(args)),
                _ => return None,
            },
            ast::ExprKind::Missing => return None,
            _ => {
                let all = words.iter().map(|word| word.word).collect::<Vec<_>>().join(", ");
                self.tell(Code::TypeMismatch, expr.span, format!("one of these words stands here: {all}"));
                return None;
            }
        };
        let Some(word) = words.iter().find(|word| word.word == name.text) else {
            let known = words.iter().map(|word| word.word.to_string()).collect::<Vec<_>>();
            let message = format!("`{}` is none of: {}", name.text, known.join(", "));
            let mut diagnostic = Diagnostic::new(Code::UnknownName, name.span, message);
            if let Some(near) = nearest(&name.text, known.iter().map(String::as_str)) {
                diagnostic =
                    diagnostic.help(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), name.span, near);
            }
            self.error(diagnostic);
            return None;
        };
        let payload = match (word.payload, args.map(Vec::as_slice)) {
            (Some(form), Some([arg])) => Some(Box::new(self.form(form, &arg.value, context)?)),
            (None, None) => None,
            (Some(_), None) if !word.needed => None,
            (Some(form), _) => {
                let message = format!("`{}` needs a value: `{}({})`", name.text, name.text, self::words(form));
                self.tell(Code::TypeMismatch, expr.span, message);
                return None;
            }
            (None, Some(_)) => {
                self.tell(Code::TypeMismatch, expr.span, format!("`{}` stands alone", name.text));
                return None;
            }
        };
        Some(Value::Word(word.word.into(), payload))
    }

    fn permission(&mut self, expr: &ast::Expr) -> Option<Value> {
        let ast::ExprKind::Name(name) = &expr.kind else {
            self.tell(Code::TypeMismatch, expr.span, "the name of a permission stands here");
            return None;
        };
        if !self.is_permission(&name.text) {
            let known = self.known_permissions();
            let mut diagnostic =
                Diagnostic::new(Code::UnknownName, name.span, format!("nothing needs a permission `{}`", name.text));
            diagnostic = match nearest(&name.text, known.iter().map(String::as_str)) {
                Some(near) => {
                    diagnostic.help(format!("did you mean `{near}`?")).fix(format!("write `{near}`"), name.span, near)
                }
                None => diagnostic.help(format!(
                    "declare it: `permission {} \"what it allows\";`, or let an action require it",
                    name.text
                )),
            };
            self.error(diagnostic);
            return None;
        }
        Some(Value::Name(name.text.clone()))
    }

    fn is_permission(&self, name: &str) -> bool {
        schema::PERMISSIONS.contains(&name) || self.program.permissions.contains_key(name)
    }

    fn known_permissions(&self) -> Vec<String> {
        let own = self.program.permissions.keys().cloned();
        schema::PERMISSIONS.iter().map(|name| (*name).to_string()).chain(own).collect()
    }
}

/// What a setting is when it is not given.
fn default(schema: &Setting, text: &str) -> Option<Value> {
    let Shape::Value(form) = schema.shape else { return None };
    Some(match form {
        Form::Bool => Value::Bool(text == "true"),
        Form::Int(..) => Value::Int(text.parse().ok()?),
        Form::Duration => Value::Duration(literals::duration(text)?),
        Form::Ratio => literals::percent(text.trim_end_matches('%')).map(|(a, b)| Value::Ratio(a, b))?,
        Form::Word(_) => Value::Word(text.into(), None),
        _ => Value::List(Vec::new()),
    })
}

/// How a value of a form looks.
fn words(form: Form) -> &'static str {
    match form {
        Form::Text => "\"text\"",
        Form::Bool => "true or false",
        Form::Int(..) => "number",
        Form::Ratio => "50%",
        Form::RatioOrCount => "50% or number",
        Form::Duration => "7d",
        Form::Time => "time\"2026-01-01T00:00:00Z\"",
        Form::Did => "did\"did:icn:…\"",
        Form::Cid => "cid\"…\"",
        Form::Amount | Form::Cost => "10 unit",
        Form::Name(_) | Form::Members(_) => "name",
        Form::Word(_) => "word",
        Form::List(_) | Form::Permissions | Form::Names => "[a, b]",
        Form::Condition => "condition",
    }
}
