//! Expressions of a type.

use super::{named, Generator, Known, Variable};
use icn_ccl::{ast::Level, types::Type};
use std::fmt::Write as _;

impl Generator {
    /// An expression where its type is known.
    pub(super) fn expr(&mut self, ty: &Type, depth: usize) -> String {
        self.made(ty, depth, true)
    }

    /// An expression that says its type itself.
    pub(super) fn plain(&mut self, ty: &Type, depth: usize) -> String {
        self.made(ty, depth, false)
    }

    fn made(&mut self, ty: &Type, depth: usize, hinted: bool) -> String {
        self.budget = self.budget.saturating_sub(1);
        if *ty == Type::Account {
            let person = self.dice.percent(60);
            return if person { self.made(&Type::Did, depth, true) } else { self.literal(ty, true) };
        }
        if depth == 0 || self.budget == 0 {
            return self.leaf(ty, hinted);
        }
        if self.dice.percent(45) {
            if let Some(made) = self.general(ty, depth - 1, hinted) {
                return made;
            }
        }
        self.special(ty, depth - 1, hinted).unwrap_or_else(|| self.leaf(ty, hinted))
    }

    fn variables(&self, ty: &Type) -> Vec<String> {
        let mut found: Vec<_> = self.scope.iter().filter(|of| of.ty == *ty).map(|of| of.name.clone()).collect();
        if self.level > Level::Pure {
            found.extend(self.states.iter().filter(|of| of.ty == *ty).map(|of| of.name.clone()));
            found.extend(self.settable.iter().filter(|(_, of)| of == ty).map(|(name, _)| name.clone()));
        }
        found.extend(self.consts.iter().filter(|(_, of)| of == ty).map(|(name, _)| name.clone()));
        found
    }

    fn leaf(&mut self, ty: &Type, hinted: bool) -> String {
        let found = self.variables(ty);
        match self.dice.pick(&found) {
            Some(name) if self.dice.percent(75) => name,
            _ => match ty {
                Type::Bytes | Type::Proposal | Type::BudgetStatus(_) => self.dice.pick(&found).expect("there is one"),
                // Only the organisation makes members.
                Type::Named(name) if name == "Member" => "member(caller)".into(),
                _ if !hinted && self.dice.percent(20) && ty.is_storable() => self.constant(ty),
                ty => self.literal(ty, hinted),
            },
        }
    }

    /// A function without parameters that gives a value of a type.
    fn constant(&mut self, ty: &Type) -> String {
        if !self.constants.contains_key(ty) {
            let (name, value) = (self.name("fk"), self.literal(ty, true));
            writeln!(self.more, "fn {name}() -> {ty} {{ return {value}; }}").expect("a text grows");
            self.constants.insert(ty.clone(), name);
        }
        format!("{}()", self.constants[ty])
    }

    /// The name of a function of one value.
    fn applier(&mut self, of: &Type, gives: &Type) -> String {
        let key = (of.clone(), gives.clone());
        if !self.appliers.contains_key(&key) {
            let (name, param) = (self.name("fa"), self.name("p"));
            let outside = (
                std::mem::replace(&mut self.level, Level::Pure),
                std::mem::replace(&mut self.budget, 6),
                std::mem::take(&mut self.scope),
            );
            self.scope.push(Variable { name: param.clone(), ty: of.clone(), fixed: true });
            let known = std::mem::take(&mut self.functions);
            let value = self.expr(gives, 2);
            self.functions = known;
            (self.level, self.budget, self.scope) = outside;
            writeln!(self.more, "fn {name}({param}: {of}) -> {gives} {{ return {value}; }}").expect("a text grows");
            self.appliers.insert(key.clone(), name);
        }
        self.appliers[&key].clone()
    }

    /// Arguments, some by name and in another order.
    fn arguments(&mut self, params: &[(String, Type)], depth: usize) -> String {
        let mut args: Vec<_> = params.iter().map(|(name, ty)| (name.clone(), self.expr(ty, depth))).collect();
        if args.len() < 2 || self.dice.percent(70) {
            return args.into_iter().map(|(_, value)| value).collect::<Vec<_>>().join(", ");
        }
        let (a, b) = (self.dice.below(args.len()), self.dice.below(args.len()));
        args.swap(a, b);
        args.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(", ")
    }

    fn call(&mut self, function: &Known, depth: usize) -> String {
        format!("{}({})", function.name, self.arguments(&function.params, depth))
    }

    /// What gives any type.
    fn general(&mut self, ty: &Type, depth: usize, hinted: bool) -> Option<String> {
        let found = self.variables(ty);
        match self.dice.below(12) {
            0..=4 => self.dice.pick(&found),
            5 => {
                let condition = self.expr(&Type::Bool, depth);
                let then = self.made(ty, depth, hinted);
                let otherwise = self.expr(ty, depth);
                Some(match condition.len() % 2 {
                    0 => format!("(if {condition} then {then} else {otherwise})"),
                    _ => format!("({then} except {otherwise} if {condition})"),
                })
            }
            6 | 7 => {
                let level = self.level;
                let fitting = |of: &&Known| of.result == *ty && (of.level == Level::Pure || level > Level::Pure);
                let known: Vec<_> = self.functions.iter().filter(fitting).cloned().collect();
                let function = self.dice.pick(&known)?;
                Some(self.call(&function, depth.min(1)))
            }
            8 => {
                let with: Vec<_> = self
                    .records
                    .iter()
                    .flat_map(|(record, fields)| fields.iter().map(move |(field, of)| (record, field, of)))
                    .filter(|(_, _, of)| *of == ty)
                    .map(|(record, field, _)| (record.clone(), field.clone()))
                    .collect();
                let (record, field) = self.dice.pick(&with)?;
                let of = self.plain(&named(&record), depth);
                Some(format!("({of}).{field}"))
            }
            _ if !ty.is_storable() => None,
            9 => {
                let maps = self.collections(|of| matches!(of, Type::Map(_, value) if **value == *ty));
                match self.dice.pick(&maps) {
                    Some((name, Type::Map(key, _))) => Some(self.entry(&name, &key, ty, depth)),
                    _ => {
                        let key = self.key_type();
                        let map = self.plain(&Type::map(key.clone(), ty.clone()), depth);
                        Some(self.entry(&format!("({map})"), &key, ty, depth))
                    }
                }
            }
            10 => {
                let list = self.plain(&Type::list(ty.clone()), depth);
                let at = if self.dice.percent(85) { "0".into() } else { self.expr(&Type::Int, depth) };
                if self.dice.percent(50) {
                    let otherwise = self.made(ty, depth, hinted);
                    return Some(format!("(if len({list}) == 0 then {otherwise} else ({list})[{at}])"));
                }
                Some(format!("({list})[{at}]"))
            }
            _ => {
                let option = self.plain(&Type::option(ty.clone()), depth);
                let otherwise = self.expr(ty, depth);
                Some(if self.dice.percent(25) {
                    let otherwise = self.plain(ty, depth);
                    format!("or_else(otherwise: {otherwise}, option: {option})")
                } else {
                    format!("or_else({option}, {otherwise})")
                })
            }
        }
    }

    /// The value of a key, which is mostly there.
    fn entry(&mut self, map: &str, key: &Type, ty: &Type, depth: usize) -> String {
        let key = self.expr(key, depth);
        if self.dice.percent(20) {
            return format!("{map}[{key}]");
        }
        let otherwise = self.plain(ty, depth);
        format!("(if {key} in {map} then {map}[{key}] else {otherwise})")
    }

    /// Collections in reach that are as asked for.
    fn collections(&self, is: impl Fn(&Type) -> bool) -> Vec<(String, Type)> {
        let locals = self.scope.iter().map(|of| (of.name.clone(), of.ty.clone()));
        let states = self.states.iter().filter(|_| self.level > Level::Pure).map(|of| (of.name.clone(), of.ty.clone()));
        locals.chain(states).filter(|(_, ty)| is(ty)).collect()
    }

    /// A collection to walk, and what its elements are.
    pub(super) fn walked(&mut self, depth: usize, keys: bool) -> (String, Type) {
        let plain_key =
            |ty: &Type| matches!(ty, Type::Int | Type::Text | Type::Did | Type::Time | Type::Bool | Type::Cid);
        let is = |ty: &Type| match ty {
            Type::List(of) => !keys || plain_key(of),
            Type::Set(_) | Type::Map(..) => true,
            _ => false,
        };
        let found = self.collections(is);
        let (source, ty) = match self.dice.pick(&found) {
            Some(found) if self.dice.percent(60) => found,
            _ => {
                let key = self.key_type();
                let ty = match self.dice.below(4) {
                    0 => Type::set(key),
                    1 => Type::map(key, self.any_type(0)),
                    2 if !keys => Type::list(self.any_type(1)),
                    _ => Type::list(key),
                };
                (self.plain(&ty, depth), ty)
            }
        };
        match ty {
            Type::List(of) | Type::Set(of) | Type::Map(of, _) => (source, *of),
            _ => unreachable!("only collections are walked"),
        }
    }

    /// `kind(x in source where filter: body)`; the body is of a type.
    fn walk(&mut self, kind: &str, body: Option<(&Type, bool)>, depth: usize) -> String {
        let (source, element) = self.walked(depth, false);
        self.walk_over(kind, &source, &element, body, depth)
    }

    fn walk_over(
        &mut self,
        kind: &str,
        source: &str,
        element: &Type,
        body: Option<(&Type, bool)>,
        depth: usize,
    ) -> String {
        let name = self.name("x");
        self.scope.push(Variable { name: name.clone(), ty: element.clone(), fixed: true });
        let filter = match self.dice.percent(45) {
            true => format!(" where {}", self.expr(&Type::Bool, depth)),
            false => String::new(),
        };
        let body = body.map_or(String::new(), |(ty, hinted)| format!(": {}", self.made(ty, depth, hinted)));
        self.scope.pop();
        format!("{kind}({name} in ({source}){filter}{body})")
    }

    fn two(&mut self, a: &Type, sign: &str, b: &Type, depth: usize) -> Option<String> {
        let a = self.plain(a, depth);
        let b = self.plain(b, depth);
        Some(format!("({a} {sign} {b})"))
    }

    fn special(&mut self, ty: &Type, depth: usize, hinted: bool) -> Option<String> {
        match ty {
            Type::Bool => self.truth(depth),
            Type::Int => self.integer(depth),
            Type::Ratio => self.share(depth),
            Type::Text => self.words(depth),
            Type::Time => match self.dice.below(4) {
                0 => self.two(&Type::Time, "+", &Type::Duration, depth),
                1 => self.two(&Type::Time, "-", &Type::Duration, depth),
                2 => self.two(&Type::Duration, "+", &Type::Time, depth),
                _ => (self.level > Level::Pure).then(|| "now".into()),
            },
            Type::Duration => match self.dice.below(7) {
                0 => self.two(&Type::Time, "-", &Type::Time, depth),
                1 => self.two(&Type::Duration, "+", &Type::Duration, depth),
                2 => self.two(&Type::Duration, "-", &Type::Duration, depth),
                3 => self.two(&Type::Duration, "*", &Type::Int, depth),
                4 => self.two(&Type::Int, "*", &Type::Duration, depth),
                5 => Some(format!("(-{})", self.plain(ty, depth))),
                _ => Some(self.walk("sum", Some((ty, false)), depth)),
            },
            Type::Did => (self.level > Level::Pure).then(|| "caller".into()),
            Type::Cid => (self.level > Level::Pure && self.dice.percent(30)).then(|| "constitution()".into()),
            Type::Amount(resource) => self.amount(resource, depth),
            Type::Exact(resource) => self.exact(resource, depth),
            Type::List(of) => self.list(of, depth, hinted),
            Type::Set(of) => match self.dice.below(5) {
                0 => {
                    let list = self.made(&Type::list((**of).clone()), depth, hinted);
                    Some(format!("set({list})"))
                }
                1 => Some(format!("with({}, {})", self.made(ty, depth, hinted), self.expr(of, depth))),
                2 => Some(format!("without({}, {})", self.made(ty, depth, hinted), self.expr(of, depth))),
                3 => Some(format!("with(element: {}, set: {})", self.plain(of, depth), self.plain(ty, depth))),
                _ if **of == Type::Did && self.level > Level::Pure => {
                    let group = ["everyone", "worker", "clerk", "holder"][self.dice.below(4)];
                    Some(format!("members({group})"))
                }
                _ => None,
            },
            Type::Map(key, of) => self.map(key, of, depth, hinted),
            Type::Option(of) => self.option(of, depth, hinted),
            Type::Named(name) => self.named(name, depth),
            _ => None,
        }
    }

    fn truth(&mut self, depth: usize) -> Option<String> {
        Some(match self.dice.below(15) {
            0 => format!("(not {})", self.expr(&Type::Bool, depth)),
            1 => format!("({} and {})", self.expr(&Type::Bool, depth), self.expr(&Type::Bool, depth)),
            2 => format!("({} or {})", self.expr(&Type::Bool, depth), self.expr(&Type::Bool, depth)),
            3 | 4 => {
                let ty = self.any_type(2);
                let sign = ["==", "!="][self.dice.below(2)];
                let a = self.plain(&ty, depth);
                format!("({a} {sign} {})", self.expr(&ty, depth))
            }
            5 | 6 => {
                let ty = if self.dice.percent(25) { Type::Time } else { self.numeric() };
                let sign = ["<", "<=", ">", ">="][self.dice.below(4)];
                return self.two(&ty, sign, &ty, depth);
            }
            7 => {
                let resource = ["eur", "pts"][self.dice.below(2)];
                let sign = ["<", "<=", ">", ">=", "==", "!="][self.dice.below(6)];
                let (exact, amount) = (Type::Exact(resource.into()), Type::amount(resource));
                return match self.dice.below(3) {
                    0 => self.two(&exact, sign, &amount, depth),
                    1 => self.two(&amount, sign, &exact, depth),
                    _ => self.two(&exact, sign, &exact, depth),
                };
            }
            8 | 9 => {
                let (source, element) = self.walked(depth, false);
                format!("({} in {source})", self.expr(&element, depth))
            }
            10 => self.walk("all", Some((&Type::Bool, true)), depth),
            11 => self.walk("any", Some((&Type::Bool, true)), depth),
            12 => {
                let of = self.any_type(1);
                let applied = self.applier(&of, &Type::Bool);
                let kind = ["all", "any"][self.dice.below(2)];
                format!("{kind}({}, {applied})", self.plain(&Type::list(of), depth))
            }
            13 if self.level > Level::Pure => match self.dice.below(4) {
                0 => format!("is_member({})", self.expr(&Type::Did, depth)),
                1 => format!("has_role({}, {})", self.expr(&Type::Did, depth), self.literal(&Type::Role, true)),
                2 => {
                    let class = self.literal(&Type::Class, true);
                    format!("(class_of({}) == some({class}))", self.expr(&Type::Did, depth))
                }
                _ => format!("compatible({})", self.expr(&Type::Cid, depth)),
            },
            _ => {
                let of = self.any_type(1);
                format!("is_some({})", self.plain(&Type::option(of), depth))
            }
        })
    }

    fn integer(&mut self, depth: usize) -> Option<String> {
        let int = Type::Int;
        Some(match self.dice.below(16) {
            0 => return self.two(&int, "+", &int, depth),
            1 => return self.two(&int, "-", &int, depth),
            2 => return self.two(&int, "*", &int, depth),
            3 => format!("(-{})", self.plain(&int, depth)),
            4 => format!("div({}, {})", self.expr(&int, depth), self.expr(&int, depth)),
            5 => format!("mod({}, {})", self.expr(&int, depth), self.expr(&int, depth)),
            6 | 7 => {
                let (source, _) = self.walked(depth, false);
                if self.dice.percent(50) {
                    format!("len({source})")
                } else {
                    format!("({source}).len()")
                }
            }
            8 => format!("len({})", self.plain(&Type::Text, depth)),
            9 => self.walk("count", None, depth),
            10 => {
                let of = self.any_type(1);
                let applied = self.applier(&of, &Type::Bool);
                format!("count({}, {applied})", self.plain(&Type::list(of), depth))
            }
            11 => self.walk("sum", Some((&int, false)), depth),
            12 => format!("sum({})", self.plain(&Type::list(int), depth)),
            13 => {
                let word = ["round_down", "round_up", "round_half_even"][self.dice.below(3)];
                format!("{word}({})", self.plain(&Type::Ratio, depth))
            }
            _ if self.level > Level::Pure && self.dice.percent(40) => match self.dice.below(3) {
                0 => "epoch()".into(),
                1 => format!("weight(opening, {})", self.expr(&Type::Did, depth)),
                _ => "sum(weights(everyone))".into(),
            },
            14 => {
                let kind = Type::map(int.clone(), Type::Int);
                let map = self.plain(&kind, depth);
                format!("or_else(get(key: {}, map: {map}), 7)", self.plain(&int, depth))
            }
            _ => return None,
        })
    }

    fn share(&mut self, depth: usize) -> Option<String> {
        let (int, ratio) = (Type::Int, Type::Ratio);
        Some(match self.dice.below(14) {
            0 | 1 => return self.two(&int, "/", &int, depth),
            2 => return self.two(&ratio, "+", &ratio, depth),
            3 => return self.two(&ratio, "-", &ratio, depth),
            4 => return self.two(&ratio, "*", &ratio, depth),
            5 => return self.two(&ratio, "/", &ratio, depth),
            6 => return self.two(&ratio, "*", &int, depth),
            7 => return self.two(&int, "/", &ratio, depth),
            8 => {
                let ty = Type::amount(["eur", "pts"][self.dice.below(2)]);
                return self.two(&ty, "/", &ty, depth);
            }
            9 => format!("ratio({}, {})", self.expr(&int, depth), self.expr(&int, depth)),
            10 => format!("percent({})", self.expr(&int, depth)),
            11 => format!("(-{})", self.plain(&ratio, depth)),
            12 => self.walk("sum", Some((&ratio, false)), depth),
            _ => format!("({} + 1)", self.plain(&ratio, depth)),
        })
    }

    fn words(&mut self, depth: usize) -> Option<String> {
        Some(match self.dice.below(3) {
            0 => format!("concat([{}, {}])", self.expr(&Type::Text, depth), self.expr(&Type::Text, depth)),
            1 => format!("concat({})", self.expr(&Type::list(Type::Text), depth)),
            _ => {
                let ty = self.any_type(2);
                format!("text({})", self.plain(&ty, depth))
            }
        })
    }

    fn amount(&mut self, resource: &str, depth: usize) -> Option<String> {
        let ty = Type::amount(resource);
        Some(match self.dice.below(13) {
            0 => return self.two(&ty, "+", &ty, depth),
            1 => return self.two(&ty, "-", &ty, depth),
            2 => return self.two(&ty, "*", &Type::Int, depth),
            3 => return self.two(&Type::Int, "*", &ty, depth),
            4 => format!("(-{})", self.plain(&ty, depth)),
            5 | 6 => {
                let word = ["round_down", "round_up", "round_half_even"][self.dice.below(3)];
                format!("{word}({})", self.plain(&Type::Exact(resource.into()), depth))
            }
            7 => self.walk("sum", Some((&ty, false)), depth),
            8 => {
                let key = self.key_type();
                let weights = if self.dice.percent(50) { Type::Int } else { Type::amount("pts") };
                let map = self.plain(&Type::map(key.clone(), weights), depth);
                let parts = format!("split({}, {map})", self.plain(&ty, depth));
                self.entry(&parts, &key, &ty, depth)
            }
            _ if self.level > Level::Pure && self.dice.percent(50) => match self.dice.below(6) {
                0 | 1 => format!("balance({}, {resource})", self.expr(&Type::Account, depth)),
                2 => format!("available(till, {resource})"),
                3 => format!("reserve_of(till, {resource})"),
                4 if resource == "eur" => {
                    format!("budget(pb).{}", ["left", "total", "spent", "committed"][self.dice.below(4)])
                }
                _ => format!("sum(values(patronage({resource}, {})))", self.expr(&Type::Duration, depth)),
            },
            _ => return None,
        })
    }

    fn exact(&mut self, resource: &str, depth: usize) -> Option<String> {
        let (ty, amount) = (Type::Exact(resource.into()), Type::amount(resource));
        match self.dice.below(11) {
            0 => self.two(&amount, "*", &Type::Ratio, depth),
            1 => self.two(&Type::Ratio, "*", &amount, depth),
            2 | 3 => self.two(&amount, "/", &Type::Int, depth),
            4 => self.two(&amount, "/", &Type::Ratio, depth),
            5 => self.two(&ty, "+", &ty, depth),
            6 => self.two(&ty, "-", &ty, depth),
            7 => self.two(&ty, "*", &Type::Int, depth),
            8 => self.two(&ty, "/", &Type::Ratio, depth),
            9 => Some(format!("(-{})", self.plain(&ty, depth))),
            _ => Some(self.walk("sum", Some((&ty, false)), depth)),
        }
    }

    fn list(&mut self, of: &Type, depth: usize, hinted: bool) -> Option<String> {
        let ty = Type::list(of.clone());
        let number = matches!(of, Type::Int | Type::Ratio | Type::Amount(_) | Type::Time | Type::Duration);
        Some(match self.dice.below(12) {
            0 => {
                let a = self.made(&ty, depth, hinted);
                format!("({a} + {})", self.expr(&ty, depth))
            }
            1 | 2 => {
                let count = 1 + self.dice.below(3);
                let items: Vec<_> = (0..count).map(|at| self.made(of, depth, hinted || at > 0)).collect();
                format!("[{}]", items.join(", "))
            }
            3 | 4 => self.walk("list", Some((of, hinted)), depth),
            5 if number => format!("sort({})", self.made(&ty, depth, hinted)),
            5 | 6 => {
                let by = self.numeric();
                let applied = self.applier(of, &by);
                if self.dice.percent(20) {
                    format!("sort_by(key: {applied}, list: {})", self.plain(&ty, depth))
                } else {
                    format!("sort_by({}, {applied})", self.made(&ty, depth, hinted))
                }
            }
            7 => format!("flatten({})", self.plain(&Type::list(ty.clone()), depth)),
            8 => {
                let from = self.any_type(0);
                let applied = self.applier(&from, of);
                format!("map({}, {applied})", self.plain(&Type::list(from), depth))
            }
            9 => {
                let applied = self.applier(of, &Type::Bool);
                format!("filter({}, {applied})", self.plain(&ty, depth))
            }
            10 if matches!(of, Type::Int | Type::Text | Type::Did | Type::Time | Type::Bool) => {
                let value = self.any_type(0);
                format!("keys({})", self.plain(&Type::map(of.clone(), value), depth))
            }
            10 | 11 => {
                let key = self.key_type();
                format!("values({})", self.plain(&Type::map(key, of.clone()), depth))
            }
            _ => return None,
        })
    }

    fn map(&mut self, key: &Type, of: &Type, depth: usize, hinted: bool) -> Option<String> {
        Some(match self.dice.below(6) {
            0..=2 => {
                let count = 1 + self.dice.below(3);
                let mut entries = Vec::new();
                for at in 0..count {
                    let hinted = hinted || at > 0;
                    let (key, value) = (self.made(key, depth, hinted), self.made(of, depth, hinted));
                    entries.push(format!("{key}: {value}"));
                }
                format!("{{{}}}", entries.join(", "))
            }
            3 | 4 => {
                let of_keys = match self.dice.below(3) {
                    0 => Type::list(key.clone()),
                    1 => Type::set(key.clone()),
                    _ => Type::map(key.clone(), self.any_type(0)),
                };
                let source = self.plain(&of_keys, depth);
                self.walk_over("map", &source, key, Some((of, hinted)), depth)
            }
            _ => match of {
                Type::Amount(_) => {
                    let weights = self.plain(&Type::map(key.clone(), Type::Int), depth);
                    format!("split({}, {weights})", self.plain(of, depth))
                }
                _ => return None,
            },
        })
    }

    fn option(&mut self, of: &Type, depth: usize, hinted: bool) -> Option<String> {
        let number = matches!(of, Type::Int | Type::Ratio | Type::Amount(_) | Type::Time | Type::Duration);
        Some(match self.dice.below(5) {
            0 | 1 => format!("some({})", self.made(of, depth, hinted)),
            2 if number => {
                let word = ["min", "max"][self.dice.below(2)];
                format!("{word}({})", self.plain(&Type::list(of.clone()), depth))
            }
            2 | 3 => {
                let maps = self.collections(|ty| matches!(ty, Type::Map(_, value) if **value == *of));
                match self.dice.pick(&maps) {
                    Some((name, Type::Map(key, _))) => format!("get({name}, {})", self.expr(&key, depth)),
                    _ => {
                        let key = self.key_type();
                        let map = self.plain(&Type::map(key.clone(), of.clone()), depth);
                        format!("get({map}, {})", self.expr(&key, depth))
                    }
                }
            }
            _ => return None,
        })
    }

    fn named(&mut self, name: &str, depth: usize) -> Option<String> {
        if let Some(fields) = self.record_fields(name) {
            let mut fields: Vec<_> =
                fields.iter().map(|(field, ty)| format!("{field}: {}", self.expr(ty, depth))).collect();
            let (a, b) = (self.dice.below(fields.len()), self.dice.below(fields.len()));
            fields.swap(a, b);
            return Some(format!("{name} {{ {} }}", fields.join(", ")));
        }
        let variants = self.variants(name);
        let (variant, payload) = self.dice.pick(&variants)?;
        let parts: Vec<_> = payload.iter().map(|ty| self.expr(ty, depth)).collect();
        Some(match parts.as_slice() {
            [] => format!("{name}.{variant}"),
            parts => format!("{name}.{variant}({})", parts.join(", ")),
        })
    }
}
