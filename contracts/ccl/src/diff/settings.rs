//! Declarations and their settings, by the table of settings.

use super::{
    compare::{self, compare, direction, size_min, together, Context},
    keys, sentence, written, Diff, Direction, Subject,
};
use crate::{
    program::{Band, Decl, Program, SettingValue as Value},
    schema::{Form, Kind, Meaning, Setting, Shape},
    types::Type,
};
use std::collections::{BTreeMap, BTreeSet};

type Block = BTreeMap<String, Value>;

/// Where a setting is.
struct Place<'a> {
    kind: Kind,
    path: String,
    /// "Process `amendment`"
    what: String,
    /// The block or kind that the settings belong to.
    of: &'a str,
    voters_min: i128,
}

impl Place<'_> {
    fn key(&self, key: &str) -> String {
        format!("{}.{key}", self.path)
    }

    fn what(&self, schema: &Setting) -> String {
        format!("{}, {}", self.what, lower(schema.doc.trim_end_matches('.')))
    }

    fn subject(&self) -> Subject {
        Subject::Declaration(self.kind)
    }
}

/// The first letter small.
pub(super) fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn title(kind: Kind, name: &str) -> String {
    let mut letters = kind.word().chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase()).into_iter();
    format!("{} `{name}`", first.chain(letters).collect::<String>())
}

impl Diff<'_> {
    pub(super) fn declarations(&mut self) {
        for kind in Kind::ALL {
            let named = |program: &Program| {
                program.decls_of(kind).map(|decl| (decl.name.clone(), decl.clone())).collect::<BTreeMap<_, _>>()
            };
            let (old, new) = (named(self.old), named(self.new));
            for name in keys(&old, &new) {
                match (old.get(name), new.get(name)) {
                    (Some(old), Some(new)) => self.declaration(old, new),
                    (None, Some(_)) => self.whole(kind, name, Direction::Added),
                    _ => self.whole(kind, name, Direction::Removed),
                }
            }
        }
    }

    fn whole(&mut self, kind: Kind, name: &str, direction: Direction) {
        let path = format!("{}.{name}", kind.word());
        let what = title(kind, name);
        let (values, sentence) = match direction {
            Direction::Added => ((None, Some(name.to_string())), format!("{what} is new. {}", kind.doc())),
            _ => ((Some(name.to_string()), None), format!("{what} is no longer there. {}", kind.doc())),
        };
        self.push(path, Subject::Declaration(kind), direction, values, sentence);
    }

    fn declaration(&mut self, old: &Decl, new: &Decl) {
        let (kind, name) = (new.kind, &new.name);
        let voters = |program, decl: &Decl| decl.settings.name("voters").and_then(|voters| size_min(program, voters));
        let sizes = [voters(self.old, old), voters(self.new, new)];
        let place = Place {
            kind,
            path: format!("{}.{name}", kind.word()),
            what: title(kind, name),
            of: kind.word(),
            voters_min: sizes.into_iter().map(|size| size.unwrap_or(1)).min().unwrap_or(1),
        };
        self.words(&place.path, &place.what, &old.docs, &new.docs);
        self.extends(&place, old.extends.clone(), new.extends.clone());
        let block = |decl: &Decl| decl.settings.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        self.block(&place, kind.settings(), &block(old), &block(new));
        if kind == Kind::Proposal {
            self.fields(&place.path, place.subject(), &place.what, &old.params, &new.params);
            self.proposal_code(&place.path, &place.what, name);
        }
    }

    fn extends(&mut self, place: &Place<'_>, old: Option<String>, new: Option<String>) {
        let direction = match (&old, &new) {
            (old, new) if old == new => return,
            (None, Some(_)) => Direction::Granted,
            (Some(_), None) => Direction::Revoked,
            _ => Direction::Changed,
        };
        let what = format!("{}, whose rights it has too", place.what);
        let sentence = sentence(&what, direction, &(old.clone(), new.clone()));
        self.push(place.key("extends"), Subject::Right, direction, (old, new), sentence);
    }

    fn block(&mut self, place: &Place<'_>, table: &'static [Setting], old: &Block, new: &Block) {
        for schema in table {
            match (old.get(schema.key), new.get(schema.key)) {
                (None, None) => {}
                (Some(old), Some(new)) => self.both(place, schema, old, new),
                (old, new) => self.one(place, schema, old, new),
            }
        }
    }

    fn both(&mut self, place: &Place<'_>, schema: &'static Setting, old: &Value, new: &Value) {
        match (schema.shape, old, new) {
            (Shape::Value(Form::Condition), Value::Condition(a), Value::Condition(b)) => {
                self.condition(&place.key(schema.key), place.subject(), &place.what(schema), *a, *b);
            }
            (Shape::Block(table), Value::Block(old), Value::Block(new)) => {
                let inner = Place {
                    path: place.key(schema.key),
                    what: format!("{}, `{}`", place.what, schema.key),
                    of: schema.key,
                    ..*place
                };
                self.block(&inner, table, old, new);
            }
            (Shape::Named(_, table), Value::Named(old), Value::Named(new)) => {
                self.named(place, schema, table, old, new);
            }
            (Shape::Bands(table), Value::Bands(old), Value::Bands(new)) => self.bands(place, table, old, new),
            (Shape::Types, Value::Types(old), Value::Types(new)) => {
                let text = |types: &[(String, Type)]| -> BTreeMap<String, String> {
                    types.iter().map(|(name, ty)| (name.clone(), ty.to_string())).collect()
                };
                let (old, new) = (text(old), text(new));
                for name in keys(&old, &new) {
                    let what = format!("{}, what it says under `{name}`", place.what);
                    let values = (old.get(name).cloned(), new.get(name).cloned());
                    self.plain(format!("{}.{name}", place.key(schema.key)), place.subject(), &what, values);
                }
            }
            (Shape::Value(_), Value::List(old), Value::List(new)) => self.lists(place, schema, old, new),
            _ => self.values(place, schema, old, new),
        }
    }

    fn values(&mut self, place: &Place<'_>, schema: &Setting, old: &Value, new: &Value) {
        let context = Context { old: self.old, new: self.new, voters_min: place.voters_min };
        let ordering = compare(old, new, &context);
        if ordering.is_some_and(std::cmp::Ordering::is_eq) || (ordering.is_none() && old == new) {
            return;
        }
        let direction = match (ordering, old, new) {
            (Some(ordering), ..) => direction(ordering, schema.meaning),
            (None, old, new) if schema.key == "method" => method(old, new),
            _ => Direction::Changed,
        };
        let values = (Some(written::setting(self.old, old)), Some(written::setting(self.new, new)));
        let mut said = sentence(&place.what(schema), direction, &values);
        if matches!((old, new), (Value::Ratio(..), Value::Count(_)) | (Value::Count(_), Value::Ratio(..)))
            && direction == Direction::Changed
        {
            said.push_str(" Which of them is more depends on how many the voters are.");
        }
        self.push(place.key(schema.key), subject_of(place.kind, schema), direction, values, said);
    }

    /// A setting that only one version has.
    fn one(&mut self, place: &Place<'_>, schema: &'static Setting, old: Option<&Value>, new: Option<&Value>) {
        let Some(value) = old.or(new) else { return };
        match value {
            Value::Named(named) => {
                let empty = BTreeMap::new();
                let Shape::Named(_, table) = schema.shape else { return };
                return match old {
                    Some(_) => self.named(place, schema, table, named, &empty),
                    None => self.named(place, schema, table, &empty, named),
                };
            }
            Value::List(values) => {
                return match old {
                    Some(_) => self.lists(place, schema, values, &[]),
                    None => self.lists(place, schema, &[], values),
                };
            }
            _ => {}
        }
        let set = match value {
            Value::Block(settings) => of_block(schema, settings),
            _ => compare::set(place.of, schema.key, schema.meaning),
        };
        self.appears(place.key(schema.key), subject_of(place.kind, schema), &place.what(schema), set, old, new);
    }

    fn appears(
        &mut self,
        path: String,
        kind: Subject,
        what: &str,
        set: Direction,
        old: Option<&Value>,
        new: Option<&Value>,
    ) {
        let direction = if new.is_some() { set } else { set.inverse() };
        let values =
            (old.map(|value| written::setting(self.old, value)), new.map(|value| written::setting(self.new, value)));
        let sentence = sentence(what, direction, &values);
        self.push(path, kind, direction, values, sentence);
    }

    fn lists(&mut self, place: &Place<'_>, schema: &Setting, old: &[Value], new: &[Value]) {
        let path = place.key(schema.key);
        let sets: [BTreeSet<&Value>; 2] = [old.iter().collect(), new.iter().collect()];
        let [before, after] = &sets;
        if before == after {
            // Only the order, or how often, is different.
            let values = [(self.old, old), (self.new, new)]
                .map(|(program, list)| written::setting(program, &Value::List(list.to_vec())));
            let [old, new] = values;
            return self.plain(path, subject_of(place.kind, schema), &place.what(schema), (Some(old), Some(new)));
        }
        for value in before.symmetric_difference(after) {
            let added = after.contains(value);
            let direction = match schema.meaning {
                Meaning::Neutral => Direction::Added,
                meaning => direction(std::cmp::Ordering::Greater, meaning),
            };
            let direction = if added { direction } else { direction.inverse() };
            let said = written::setting(if added { self.new } else { self.old }, value);
            let path = match value {
                Value::Name(_) | Value::Word(..) => format!("{path}.{said}"),
                _ => path.clone(),
            };
            let sentence = match (schema.key, added) {
                ("can", true) => format!("{} may now `{said}`.", place.what),
                ("can", false) => format!("{} may no longer `{said}`.", place.what),
                (_, true) => format!("{}: {said} is added.", place.what(schema)),
                (_, false) => format!("{}: {said} is left out.", place.what(schema)),
            };
            let values = if added { (None, Some(said)) } else { (Some(said), None) };
            self.push(path, subject_of(place.kind, schema), direction, values, sentence);
        }
    }

    fn named(
        &mut self,
        place: &Place<'_>,
        schema: &'static Setting,
        table: &'static [Setting],
        old: &BTreeMap<String, Block>,
        new: &BTreeMap<String, Block>,
    ) {
        for name in keys(old, new) {
            let path = format!("{}.{name}", place.key(schema.key));
            let what = format!("{}, {} `{name}`", place.what, schema.key);
            match (old.get(name), new.get(name)) {
                (Some(old), Some(new)) => {
                    self.block(&Place { path, what, of: schema.key, ..*place }, table, old, new);
                }
                (old, new) => {
                    let set = match schema.key {
                        "spender" => Direction::Granted,
                        "class" => Direction::Stronger,
                        _ => Direction::Added,
                    };
                    let wrap = |block: Option<&Block>| block.cloned().map(Value::Block);
                    let (old, new) = (wrap(old), wrap(new));
                    self.appears(path, place.subject(), &what, set, old.as_ref(), new.as_ref());
                }
            }
        }
    }

    /// Bands by their place; where one ends the next begins, so only ends are told.
    fn bands(&mut self, place: &Place<'_>, table: &'static [Setting], old: &[Band], new: &[Band]) {
        for at in 0..old.len().max(new.len()) {
            let path = format!("{}.band.{}", place.path, at + 1);
            let what = format!("{}, band {}", place.what, at + 1);
            match (old.get(at), new.get(at)) {
                (Some(before), Some(after)) => {
                    self.border(place, &path, &what, at, (old, new), (before.to, after.to));
                    let inner = Place { path, what, of: "band", ..*place };
                    self.block(&inner, table, &before.settings, &after.settings);
                }
                (before, after) => {
                    let wrap = |band: Option<&Band>| band.map(|band| Value::Block(band.settings.clone()));
                    let (before, after) = (wrap(before), wrap(after));
                    self.appears(path, place.subject(), &what, Direction::Added, before.as_ref(), after.as_ref());
                }
            }
        }
    }

    fn border(
        &mut self,
        place: &Place<'_>,
        path: &str,
        what: &str,
        at: usize,
        (old, new): (&[Band], &[Band]),
        (before, after): (Option<i128>, Option<i128>),
    ) {
        let resource = |program: &Program| {
            let budget = program.decls_of(place.kind).find(|decl| place.path.ends_with(&format!(".{}", decl.name)));
            budget.and_then(|budget| budget.settings.name("resource")).unwrap_or_default().to_string()
        };
        let said = |program: &Program, to: Option<i128>| {
            to.map_or("any amount".into(), |to| written::amount(program, to, &resource(program)))
        };
        let values = (said(self.old, before), said(self.new, after));
        let same_number = before == after && resource(self.old) != resource(self.new);
        if values.0 == values.1 || same_number {
            return;
        }
        // A band that reaches further takes amounts from the next one.
        let next_is_harder = [old, new].map(|bands| match (bands.get(at), bands.get(at + 1)) {
            (Some(this), Some(next)) => harder(next).cmp(&harder(this)),
            _ => std::cmp::Ordering::Equal,
        });
        let reaches = before.unwrap_or(i128::MAX) < after.unwrap_or(i128::MAX);
        let direction = match (next_is_harder, reaches) {
            ([std::cmp::Ordering::Greater, std::cmp::Ordering::Greater], true)
            | ([std::cmp::Ordering::Less, std::cmp::Ordering::Less], false) => Direction::Weaker,
            ([std::cmp::Ordering::Greater, std::cmp::Ordering::Greater], false)
            | ([std::cmp::Ordering::Less, std::cmp::Ordering::Less], true) => Direction::Stronger,
            _ => Direction::Changed,
        };
        let values = (Some(values.0), Some(values.1));
        let sentence = sentence(&format!("{what}, up to which amount it reaches"), direction, &values);
        self.push(format!("{path}.to"), place.subject(), direction, values, sentence);
    }
}

/// How hard a band is: by how many approvers; a process is harder than any.
fn harder(band: &Band) -> i128 {
    match (band.settings.get("process"), band.settings.get("approvers")) {
        (Some(_), _) => i128::MAX,
        (None, Some(Value::Int(approvers))) => *approvers,
        _ => 0,
    }
}

/// What a block means as a whole, by its parts.
fn of_block(schema: &Setting, settings: &Block) -> Direction {
    let Shape::Block(table) = schema.shape else { return Direction::Added };
    let part = |setting: &Setting| {
        let value = settings.get(setting.key)?;
        let nothing = matches!(value, Value::Bool(false) | Value::Duration(0) | Value::Int(0));
        (!nothing).then(|| compare::set(schema.key, setting.key, setting.meaning))
    };
    together(table.iter().filter_map(part)).unwrap_or(Direction::Added)
}

/// Unanimity is stronger than a share.
fn method(old: &Value, new: &Value) -> Direction {
    let word = |value: &Value| match value {
        Value::Word(word, _) => word.clone(),
        _ => String::new(),
    };
    let by_share = |word: &str| matches!(word, "majority" | "supermajority" | "consensus");
    match (word(old).as_str(), word(new).as_str()) {
        (old, "unanimous") if by_share(old) => Direction::Stronger,
        ("unanimous", new) if by_share(new) => Direction::Weaker,
        _ => Direction::Changed,
    }
}

fn subject_of(kind: Kind, schema: &Setting) -> Subject {
    match (kind, schema.key, schema.shape) {
        (Kind::Role, "can", _) => Subject::Right,
        (_, _, Shape::Value(Form::Text)) => Subject::Text,
        _ => Subject::Declaration(kind),
    }
}
