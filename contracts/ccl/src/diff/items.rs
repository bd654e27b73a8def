//! What a document has beside declarations and code.

use super::{keys, sentence, written, Diff, Direction, Subject};
use crate::{
    number,
    program::{Program, Signature},
    types::{TypeDef, Types},
};
use std::{cmp::Ordering, collections::BTreeMap};

type Named<T> = BTreeMap<String, T>;

impl Diff<'_> {
    pub(super) fn document(&mut self) {
        let (old, new) = (self.old.header.clone(), self.new.header.clone());
        let some = |text: &str| Some(text.to_string());
        for (key, what, values) in [
            ("kind", "What kind of document it is", (&old.document, &new.document)),
            ("title", "The title", (&old.title, &new.title)),
            ("version", "The version", (&old.version, &new.version)),
            ("scope", "For whom it is", (&old.scope, &new.scope)),
        ] {
            self.plain(format!("document.{key}"), Subject::Document, what, (some(values.0), some(values.1)));
        }
        self.words("document", "The document", &old.docs, &new.docs);
        let imports = |program: &Program| -> Named<String> {
            program
                .imports
                .iter()
                .map(|import| (import.alias.clone(), format!("{} {}", import.name, import.cid)))
                .collect()
        };
        let (old, new) = (imports(self.old), imports(self.new));
        for alias in keys(&old, &new) {
            let values = (old.get(alias).cloned(), new.get(alias).cloned());
            self.plain(format!("import.{alias}"), Subject::Import, &format!("The module `{alias}`"), values);
        }
    }

    pub(super) fn permissions(&mut self) {
        // Those of the kernel are always there, and listed only where an action requires them.
        let own = |program: &Program| -> Named<String> {
            let own = program
                .permissions
                .iter()
                .filter(|(name, words)| !words.is_empty() || !crate::schema::PERMISSIONS.contains(&name.as_str()));
            own.map(|(name, words)| (name.clone(), words.clone())).collect()
        };
        let (old, new) = (own(self.old), own(self.new));
        for name in keys(&old, &new) {
            let said =
                |words: Option<&String>| words.map(|words| if words.is_empty() { name.clone() } else { words.clone() });
            let values = (said(old.get(name)), said(new.get(name)));
            self.plain(format!("permission.{name}"), Subject::Permission, &format!("The permission `{name}`"), values);
        }
    }

    pub(super) fn founders(&mut self) {
        let all = |program: &Program| -> Named<crate::program::Founder> {
            program.founders.iter().map(|founder| (founder.of.clone(), founder.clone())).collect()
        };
        let (old, new) = (all(self.old), all(self.new));
        for of in keys(&old, &new) {
            let (path, what) = (format!("found.{of}"), format!("The founders of `{of}`"));
            let (Some(a), Some(b)) = (old.get(of), new.get(of)) else {
                let said = |founder: Option<&crate::program::Founder>| founder.map(|founder| founder.param.clone());
                self.plain(path, Subject::Founders, &what, (said(old.get(of)), said(new.get(of))));
                continue;
            };
            let name = |founder: &crate::program::Founder| Some(founder.param.clone());
            self.plain(format!("{path}.param"), Subject::Founders, &format!("{what}, their name"), (name(a), name(b)));
            let counts = (Some(a.min), Some(b.min));
            self.count(&format!("{path}.min"), Subject::Founders, &format!("{what}, how many at least"), counts, 0);
            let counts = (a.max, b.max);
            self.count(
                &format!("{path}.max"),
                Subject::Founders,
                &format!("{what}, how many at most"),
                counts,
                u64::MAX,
            );
        }
    }

    /// Numbers of which a minimum is stronger when it is greater, and a maximum when it is less; `none` is what nothing counts.
    fn count(&mut self, path: &str, kind: Subject, what: &str, counts: (Option<u64>, Option<u64>), none: u64) {
        let (old, new) = (counts.0.unwrap_or(none), counts.1.unwrap_or(none));
        let direction = match (new.cmp(&old), none) {
            (Ordering::Equal, _) => return,
            (Ordering::Greater, 0) | (Ordering::Less, 1..) => Direction::Stronger,
            _ => Direction::Weaker,
        };
        let said = |count: Option<u64>| count.map(|count| count.to_string());
        let values = (said(counts.0), said(counts.1));
        let sentence = sentence(what, direction, &values);
        self.push(path, kind, direction, values, sentence);
    }

    pub(super) fn constants(&mut self) {
        let all = |program: &Program| -> Named<crate::program::Const> {
            program.consts.iter().map(|constant| (constant.name.clone(), constant.clone())).collect()
        };
        let (old, new) = (all(self.old), all(self.new));
        let kind = Subject::Constant;
        for name in keys(&old, &new) {
            let (path, what) = (format!("const.{name}"), format!("The constant `{name}`"));
            let (a, b) = (old.get(name), new.get(name));
            let said = |program: &Program, one: Option<&crate::program::Const>| {
                one.map(|one| written::value(program, &one.value, &one.ty))
            };
            let values = (said(self.old, a), said(self.new, b));
            self.plain(path.clone(), kind, &what, values);
            let (Some(a), Some(b)) = (a, b) else { continue };
            self.words(&path, &what, &a.docs, &b.docs);
            let types = (Some(a.ty.to_string()), Some(b.ty.to_string()));
            self.plain(format!("{path}.type"), kind, &format!("{what}, its type"), types);
            self.settable(&path, &what, a.settable, b.settable);
            let bounds = |program: &Program, one: &crate::program::Const| {
                let param = one.param.as_ref()?;
                let bound = |value: &Option<crate::value::Value>| {
                    value.as_ref().map(|value| written::value(program, value, &one.ty)).unwrap_or_default()
                };
                Some(format!("{} .. {}", bound(&param.min), bound(&param.max)))
            };
            let bounds = (bounds(self.old, a), bounds(self.new, b));
            self.plain(format!("{path}.bounds"), kind, &format!("{what}, within which bounds it can be given"), bounds);
        }
    }

    fn settable(&mut self, path: &str, what: &str, old: bool, new: bool) {
        let direction = match (old, new) {
            (false, true) => Direction::Weaker,
            (true, false) => Direction::Stronger,
            _ => return,
        };
        let values = (Some(old.to_string()), Some(new.to_string()));
        let what = format!("{what}, whether it can be changed without an amendment");
        let sentence = sentence(&what, direction, &values);
        self.push(format!("{path}.settable"), Subject::Constant, direction, values, sentence);
    }

    pub(super) fn types(&mut self) {
        let own = |program: &Program| -> Named<TypeDef> {
            let known = Types::default();
            // What credentials and budgets define is told there.
            let derived = |name: &str| {
                program.decls.iter().any(|decl| decl.name == name || format!("{}.Category", decl.name) == name)
            };
            let types = program.types.iter().filter(|(name, _)| known.get(name).is_none() && !derived(name));
            types.map(|(name, def)| (name.clone(), def.clone())).collect()
        };
        let (old, new) = (own(self.old), own(self.new));
        for name in keys(&old, &new) {
            let (path, what) = (format!("type.{name}"), format!("The type `{name}`"));
            match (old.get(name), new.get(name)) {
                (Some(TypeDef::Record(a)), Some(TypeDef::Record(b))) => self.fields(&path, Subject::Type, &what, a, b),
                (a, b) => {
                    let said = |def: Option<&TypeDef>| def.map(definition);
                    self.plain(path, Subject::Type, &what, (said(a), said(b)));
                }
            }
        }
    }

    pub(super) fn states(&mut self) {
        let all = |program: &Program| -> Named<crate::program::State> {
            program.states.iter().map(|state| (state.name.clone(), state.clone())).collect()
        };
        let (old, new) = (all(self.old), all(self.new));
        let kind = Subject::State;
        for name in keys(&old, &new) {
            let (path, what) = (format!("state.{name}"), format!("The state `{name}`"));
            let (Some(a), Some(b)) = (old.get(name), new.get(name)) else {
                let said = |state: Option<&crate::program::State>| state.map(|state| state.ty.to_string());
                self.plain(path, kind, &what, (said(old.get(name)), said(new.get(name))));
                continue;
            };
            self.words(&path, &what, &a.docs, &b.docs);
            let types = (Some(a.ty.to_string()), Some(b.ty.to_string()));
            self.plain(format!("{path}.type"), kind, &format!("{what}, its type"), types);
            let first =
                (Some(written::value(self.old, &a.initial, &a.ty)), Some(written::value(self.new, &b.initial, &b.ty)));
            self.plain(format!("{path}.initial"), kind, &format!("{what}, its first value"), first);
            self.count(
                &format!("{path}.max"),
                kind,
                &format!("{what}, how many entries at most"),
                (a.max, b.max),
                u64::MAX,
            );
        }
        let dropped =
            |program: &Program| -> Named<()> { program.dropped_states.iter().map(|name| (name.clone(), ())).collect() };
        let (old, new) = (dropped(self.old), dropped(self.new));
        for name in keys(&old, &new) {
            let said = |dropped: &Named<()>| dropped.get(name).map(|()| name.clone());
            let what = format!("The state `{name}` of an earlier version is given up");
            self.plain(format!("drop.{name}"), kind, &what, (said(&old), said(&new)));
        }
    }

    pub(super) fn signatures(&mut self) {
        let named = |list: &[Signature]| -> Named<Signature> {
            list.iter().map(|signature| (signature.name.clone(), signature.clone())).collect()
        };
        for (word, kind, old, new) in [
            ("event", Subject::Event, named(&self.old.events), named(&self.new.events)),
            ("error", Subject::Error, named(&self.old.errors), named(&self.new.errors)),
        ] {
            for name in keys(&old, &new) {
                let (path, what) = (format!("{word}.{name}"), format!("The {word} `{name}`"));
                match (old.get(name), new.get(name)) {
                    (Some(a), Some(b)) => {
                        self.words(&path, &what, &a.docs, &b.docs);
                        self.fields(&path, kind, &what, &a.fields, &b.fields);
                    }
                    (a, b) => {
                        let said = |one: Option<&Signature>| one.map(|one| one.name.clone());
                        self.plain(path, kind, &what, (said(a), said(b)));
                    }
                }
            }
        }
    }

    pub(super) fn entrenched(&mut self) {
        let all = |program: &Program| -> Named<Option<(i128, i128)>> {
            let mut all = Named::new();
            for clause in &program.entrench {
                for path in &clause.paths {
                    let known = all.get(path).copied();
                    let weaker = known.is_some_and(|known| share_order(known, clause.requires).is_ge());
                    if !weaker {
                        all.insert(path.clone(), clause.requires);
                    }
                }
            }
            all
        };
        let (old, new) = (all(self.old), all(self.new));
        for path in keys(&old, &new) {
            let said = |share: Option<&Option<(i128, i128)>>| {
                share.map(|share| share.map_or("forever".to_string(), |(a, b)| written::ratio(a, b)))
            };
            let direction = match (old.get(path), new.get(path)) {
                (None, _) => Direction::Stronger,
                (_, None) => Direction::Weaker,
                (Some(a), Some(b)) => match share_order(*b, *a) {
                    Ordering::Equal => continue,
                    Ordering::Greater => Direction::Stronger,
                    Ordering::Less => Direction::Weaker,
                },
            };
            let values = (said(old.get(path)), said(new.get(path)));
            let sentence = sentence(&format!("The protection of `{path}`"), direction, &values);
            self.push(format!("entrench.{path}"), Subject::Entrenchment, direction, values, sentence);
        }
    }
}

/// No share suffices for ever, which is more than any.
fn share_order(a: Option<(i128, i128)>, b: Option<(i128, i128)>) -> Ordering {
    match (a, b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) => number::compare(a, b),
    }
}

fn definition(def: &TypeDef) -> String {
    match def {
        TypeDef::Record(fields) => {
            let fields = fields.iter().map(|field| format!("{}: {}", field.name, field.ty));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        TypeDef::Enum(variants) => {
            let variant = |variant: &crate::types::VariantDef| match variant.payload.is_empty() {
                true => variant.name.clone(),
                false => {
                    let payload: Vec<_> = variant.payload.iter().map(ToString::to_string).collect();
                    format!("{}({})", variant.name, payload.join(", "))
                }
            };
            variants.iter().map(variant).collect::<Vec<_>>().join(" | ")
        }
    }
}
