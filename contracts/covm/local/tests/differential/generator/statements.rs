//! Statements.

use super::{Generator, Variable};
use icn_ccl::{ast::Level, types::Type};
use std::fmt::Write as _;

impl Generator {
    /// Statements that end with a value.
    pub(super) fn returning(&mut self, result: &Type, count: usize) -> String {
        let outside = self.scope.len();
        let mut body = self.statements(count, 2);
        if self.dice.percent(15) {
            let condition = self.expr(&Type::Bool, 2);
            let (a, b) = (self.expr(result, 2), self.expr(result, 2));
            writeln!(body, "  if {condition} {{ return {a}; }} else {{ return {b}; }}").expect("a text grows");
        } else {
            writeln!(body, "  return {};", self.expr(result, 3)).expect("a text grows");
        }
        self.scope.truncate(outside);
        body
    }

    /// Statements with a scope of their own.
    pub(super) fn block(&mut self, count: usize, depth: usize) -> String {
        let outside = self.scope.len();
        let body = self.statements(count, depth);
        self.scope.truncate(outside);
        body
    }

    fn statements(&mut self, count: usize, depth: usize) -> String {
        (0..count).map(|_| self.statement(depth)).collect()
    }

    fn statement(&mut self, depth: usize) -> String {
        let deeper = depth > 0 && self.budget > 5;
        match self.dice.below(20) {
            0..=3 => self.binding(),
            4..=6 => self.assignment().unwrap_or_else(|| self.binding()),
            7 | 8 => self.removal().unwrap_or_else(|| self.binding()),
            9 | 10 if deeper => {
                let condition = self.expr(&Type::Bool, 2);
                let then = self.block(2, depth - 1);
                let otherwise = match self.dice.below(3) {
                    0 => String::new(),
                    1 => format!(" else {{\n{}}}", self.block(1, depth - 1)),
                    _ => {
                        let condition = self.expr(&Type::Bool, 1);
                        format!(" else if ({condition}) {{\n{}}}", self.block(1, depth - 1))
                    }
                };
                format!("  if ({condition}) {{\n{then}}}{otherwise}\n")
            }
            11 | 12 if deeper => {
                let (source, element) = self.walked(1, false);
                let name = self.name("x");
                self.scope.push(Variable { name: name.clone(), ty: element, fixed: true });
                let body = self.block(2, depth - 1);
                self.scope.pop();
                format!("  for {name} in ({source}) {{\n{body}}}\n")
            }
            13 | 14 if deeper => self.matching(depth - 1),
            15 => self.requirement(),
            16 if self.level == Level::Action => {
                let events = self.events.clone();
                let (name, fields) = self.dice.pick(&events).expect("there are events");
                format!("  emit {name}({});\n", self.named_values(&fields, 2))
            }
            17..=19 if self.level == Level::Action => self.effect(),
            _ => self.binding(),
        }
    }

    fn named_values(&mut self, fields: &[(String, Type)], depth: usize) -> String {
        let mut values: Vec<_> = fields.iter().map(|(name, ty)| (name.clone(), self.expr(ty, depth))).collect();
        if values.len() > 1 && self.dice.percent(30) {
            values.rotate_left(1);
            return values.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(", ");
        }
        values.into_iter().map(|(_, value)| value).collect::<Vec<_>>().join(", ")
    }

    fn requirement(&mut self) -> String {
        let errors = self.errors.clone();
        let (name, fields) = self.dice.pick(&errors).expect("there are errors");
        let condition = self.expr(&Type::Bool, 3);
        let values = self.named_values(&fields, 2);
        // Most hold.
        let condition = if self.dice.percent(60) { format!("({condition} or true)") } else { condition };
        format!("  require {condition} else {name}({values});\n")
    }

    fn binding(&mut self) -> String {
        let (ty, name) = match self.dice.below(8) {
            0 => (Type::Exact(["eur", "pts"][self.dice.below(2)].into()), self.name("l")),
            _ => (self.any_type(2), self.name("l")),
        };
        let value = if self.dice.percent(50) {
            format!("  let {name}: {ty} = {};\n", self.expr(&ty, 3))
        } else {
            format!("  let {name} = {};\n", self.plain(&ty, 3))
        };
        self.scope.push(Variable { name, ty, fixed: false });
        value
    }

    /// A place that can be changed: a name, or a way from it.
    fn place(&mut self) -> Option<(String, Type)> {
        let mut roots: Vec<_> =
            self.scope.iter().filter(|of| !of.fixed).map(|of| (of.name.clone(), of.ty.clone())).collect();
        if self.level == Level::Action {
            let states: Vec<_> = self.states.iter().map(|of| (of.name.clone(), of.ty.clone())).collect();
            roots.extend(states.iter().cloned());
            roots.extend(states);
        }
        let (mut place, mut ty) = self.dice.pick(&roots)?;
        while self.dice.percent(70) {
            match ty.clone() {
                Type::Map(key, value) => {
                    place = format!("{place}[{}]", self.expr(&key, 1));
                    ty = *value;
                }
                Type::List(of) => {
                    let at = if self.dice.percent(80) { "0".into() } else { self.expr(&Type::Int, 1) };
                    place = format!("{place}[{at}]");
                    ty = *of;
                }
                Type::Named(name) => {
                    let Some(fields) = self.record_fields(&name) else { break };
                    let (field, of) = self.dice.pick(&fields)?;
                    place = format!("{place}.{field}");
                    ty = of;
                }
                _ => break,
            }
        }
        Some((place, ty))
    }

    fn assignment(&mut self) -> Option<String> {
        let (place, ty) = self.place()?;
        let by = match &ty {
            Type::Time => Some(Type::Duration),
            Type::Int | Type::Ratio | Type::Amount(_) | Type::Duration => Some(ty.clone()),
            _ => None,
        };
        Some(match (by, self.dice.below(3)) {
            (Some(by), 0) => format!("  {place} += {};\n", self.expr(&by, 2)),
            (Some(by), 1) => format!("  {place} -= {};\n", self.expr(&by, 2)),
            (None, 0) if matches!(ty, Type::List(_)) => format!("  {place} += {};\n", self.expr(&ty, 2)),
            (None, choice) => match &ty {
                Type::Map(key, value) if choice == 1 => {
                    format!("  {place}[{}] = {};\n", self.expr(key, 1), self.expr(value, 2))
                }
                _ => format!("  {place} = {};\n", self.expr(&ty, 3)),
            },
            _ => format!("  {place} = {};\n", self.expr(&ty, 3)),
        })
    }

    fn removal(&mut self) -> Option<String> {
        for _ in 0..4 {
            let (place, ty) = self.place()?;
            if let Type::Map(key, _) = ty {
                return Some(format!("  delete {place}[{}];\n", self.expr(&key, 1)));
            }
        }
        None
    }

    fn matching(&mut self, depth: usize) -> String {
        let ty = match self.dice.below(6) {
            0 => Type::Bool,
            1 => [Type::Int, Type::Text, Type::Duration, Type::amount("eur"), Type::Did][self.dice.below(5)].clone(),
            2 | 3 => {
                let inner = self.any_type(1);
                Type::option(if self.dice.percent(30) { Type::option(inner) } else { inner })
            }
            _ => {
                let names: Vec<_> = self.enums.iter().map(|(name, _)| Type::Named(name.clone())).collect();
                self.dice.pick(&names).expect("there are enums")
            }
        };
        let of = self.plain(&ty, 3);
        let mut written = format!("  match ({of}) {{\n");
        for pattern in self.patterns(&ty) {
            let outside = self.scope.len();
            let text = self.named_pattern(&pattern);
            let body = self.block(1, depth);
            self.scope.truncate(outside);
            writeln!(written, "  {text} => {{\n{body}}}").expect("a text grows");
        }
        written + "  }\n"
    }

    /// Patterns that leave nothing out, each with something of its own to take.
    fn patterns(&mut self, ty: &Type) -> Vec<Shape> {
        let rest = |this: &mut Self| if this.dice.percent(50) { Shape::Any } else { Shape::Bind(ty.clone()) };
        match ty {
            Type::Bool => vec![Shape::Text("true".into()), Shape::Text("false".into())],
            Type::Option(of) => {
                let mut all = Vec::new();
                if let (Some(part), true) = (self.part(of), self.dice.percent(50)) {
                    all.push(Shape::Of("some".into(), vec![part]));
                }
                let whole = self.whole_part(of);
                if self.dice.percent(70) {
                    all.push(Shape::Of("some".into(), vec![whole]));
                    all.push(if self.dice.percent(70) { Shape::Text("none".into()) } else { Shape::Any });
                } else {
                    all.push(Shape::Text("none".into()));
                    all.push(rest(self));
                }
                all
            }
            Type::Named(name) => {
                let (mut all, mut left) = (Vec::new(), false);
                for (variant, payload) in self.variants(name) {
                    let full = format!("{name}.{variant}");
                    if self.dice.percent(25) {
                        left = true;
                        continue;
                    }
                    let parts: Vec<_> = payload.iter().map(|ty| self.whole_part(ty)).collect();
                    let narrow = payload.iter().position(|ty| !matches!(ty, Type::List(_) | Type::Set(_)));
                    if let (Some(at), true) = (narrow, self.dice.percent(50)) {
                        if let Some(part) = self.part(&payload[at]) {
                            let mut narrowed = parts.clone();
                            narrowed[at] = part;
                            all.push(Shape::Of(full.clone(), narrowed));
                        }
                    }
                    all.push(Shape::Of(full, parts));
                }
                if left {
                    all.push(rest(self));
                }
                all
            }
            ty => {
                let mut all: Vec<_> = self.part(ty).into_iter().collect();
                all.push(rest(self));
                all
            }
        }
    }

    /// A pattern that takes some values of a type only.
    fn part(&mut self, ty: &Type) -> Option<Shape> {
        Some(match ty {
            Type::Int => Shape::Text(["0", "3", "-2", "18446744073709551616"][self.dice.below(4)].into()),
            Type::Text => Shape::Text(["\"a\"", "\"\""][self.dice.below(2)].into()),
            Type::Bool => Shape::Text(["true", "false"][self.dice.below(2)].into()),
            Type::Duration => Shape::Text(["0s", "1d"][self.dice.below(2)].into()),
            Type::Did => Shape::Text("did\"did:icn:ada\"".into()),
            Type::Option(of) => match self.part(of) {
                Some(part) if self.dice.percent(50) => Shape::Of("some".into(), vec![part]),
                _ if self.dice.percent(50) => Shape::Text("none".into()),
                _ => Shape::Of("some".into(), vec![self.whole_part(of)]),
            },
            Type::Named(name) => {
                let variants = self.variants(name);
                let (variant, payload) = self.dice.pick(&variants)?;
                Shape::Of(format!("{name}.{variant}"), payload.iter().map(|ty| self.whole_part(ty)).collect())
            }
            _ => return None,
        })
    }

    fn whole_part(&mut self, ty: &Type) -> Shape {
        if self.dice.percent(40) {
            Shape::Any
        } else {
            Shape::Bind(ty.clone())
        }
    }

    /// The pattern with names for what it binds, which are in scope then.
    fn named_pattern(&mut self, shape: &Shape) -> String {
        match shape {
            Shape::Any => "_".into(),
            Shape::Text(text) => text.clone(),
            Shape::Bind(ty) => {
                let name = self.name("m");
                self.scope.push(Variable { name: name.clone(), ty: ty.clone(), fixed: true });
                name
            }
            Shape::Of(head, parts) => {
                let parts: Vec<_> = parts.iter().map(|part| self.named_pattern(part)).collect();
                match parts.as_slice() {
                    [] => head.clone(),
                    parts => format!("{head}({})", parts.join(", ")),
                }
            }
        }
    }
}

/// A pattern.
#[derive(Clone, Debug)]
enum Shape {
    Any,
    Text(String),
    Bind(Type),
    Of(String, Vec<Shape>),
}
