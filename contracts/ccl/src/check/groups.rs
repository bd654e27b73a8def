//! Who is among whom by declaration: classes, roles, bodies and persons, and which of them are within which.

use super::facts::Facts;
use crate::{
    program::{Decl, SettingValue as Value},
    schema::Kind,
};
use std::collections::{BTreeMap, BTreeSet};

/// Persons who are together by declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group<'p> {
    Class(&'p str),
    Role(&'p str),
    Body(&'p str),
    Person(&'p str),
}

/// A set of numbers of groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    fn insert(&mut self, number: usize) -> bool {
        let (word, bit) = (number / 64, 1 << (number % 64));
        if self.0.len() <= word {
            self.0.resize(word + 1, 0);
        }
        match self.0.get_mut(word) {
            Some(bits) if *bits & bit == 0 => {
                *bits |= bit;
                true
            }
            _ => false,
        }
    }

    fn word(&self, word: usize) -> u64 {
        self.0.get(word).copied().unwrap_or(0)
    }

    pub(super) fn without(&self, other: &Self) -> Self {
        Self(self.0.iter().enumerate().map(|(word, bits)| bits & !other.word(word)).collect())
    }

    pub(super) fn is_subset(&self, of: &Self) -> bool {
        self.0.iter().enumerate().all(|(word, bits)| bits & !of.word(word) == 0)
    }

    pub(super) fn meets(&self, other: &Self) -> bool {
        self.0.iter().enumerate().any(|(word, bits)| bits & other.word(word) != 0)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        let in_word = |(word, bits): (usize, &u64)| {
            let bits = *bits;
            (0..64).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| word * 64 + bit)
        };
        self.0.iter().enumerate().flat_map(in_word)
    }
}

/// All groups of a document, by number.
#[derive(Default)]
pub(super) struct Groups<'p> {
    pub all: Vec<Group<'p>>,
    /// The group of each declaration that is one, by the number of the declaration.
    pub of: Vec<usize>,
    /// Groups directly within each.
    pub within: Vec<Vec<usize>>,
    below: Vec<Bits>,
    /// Bodies that are lists of persons.
    pub lists: Bits,
    numbers: BTreeMap<Group<'p>, usize>,
}

impl<'p> Groups<'p> {
    pub(super) fn of(facts: &Facts<'p>) -> Self {
        let widened = widened(facts);
        let decls = &facts.program.decls;
        let canonical: Vec<_> = decls.iter().map(|decl| canonical(facts, decl, &widened)).collect();
        let mut groups = Self::default();
        groups.of = canonical.into_iter().map(|group| groups.number(group)).collect();
        for (at, decl) in decls.iter().enumerate() {
            let own = groups.of.get(at).copied().unwrap_or(0);
            groups.nest(facts, decl, own);
        }
        groups.below = (0..groups.all.len()).map(|number| groups.walk(number)).collect();
        groups
    }

    fn number(&mut self, group: Group<'p>) -> usize {
        let next = self.all.len();
        let number = *self.numbers.entry(group).or_insert(next);
        if number == next {
            self.all.push(group);
            self.within.push(Vec::new());
        }
        number
    }

    /// Notes what a declaration says of who is among whom.
    fn nest(&mut self, facts: &Facts<'p>, decl: &'p Decl, own: usize) {
        let of = |groups: &Self, other: Option<&'p Decl>| {
            other.and_then(|other| facts.at(other.kind, &other.name)).and_then(|at| groups.of.get(at)).copied()
        };
        match (decl.kind, decl.settings.get("members")) {
            (Kind::Role, _) => {
                let extended = decl.extends.as_deref().and_then(|name| facts.decl(Kind::Role, name));
                let held = decl.settings.name("held_by").and_then(|of| facts.any_of(&[Kind::Class, Kind::Body], of));
                let (extended, held) = (of(self, extended), of(self, held));
                self.put(extended, Some(own));
                self.put(Some(own), held);
            }
            (Kind::Body, Some(Value::List(persons))) => {
                self.lists.insert(own);
                for person in persons {
                    if let Value::Did(did) = person {
                        let person = self.number(Group::Person(did));
                        self.put(Some(own), Some(person));
                    }
                }
            }
            (Kind::Body, Some(Value::Name(name))) => {
                let outer = of(self, facts.any_of(&[Kind::Role, Kind::Class], name));
                self.put(outer, Some(own));
            }
            _ => {}
        }
    }

    fn put(&mut self, outer: Option<usize>, inner: Option<usize>) {
        if let (Some(outer), Some(inner)) = (outer, inner) {
            if let Some(within) = self.within.get_mut(outer).filter(|_| outer != inner) {
                within.push(inner);
            }
        }
    }

    fn walk(&self, root: usize) -> Bits {
        let (mut bits, mut open) = (Bits::default(), vec![root]);
        while let Some(number) = open.pop() {
            if bits.insert(number) {
                open.extend(self.within.get(number).into_iter().flatten());
            }
        }
        bits
    }

    /// A group with all groups within it.
    pub(super) fn below(&self, number: usize) -> &Bits {
        static NONE: Bits = Bits(Vec::new());
        self.below.get(number).unwrap_or(&NONE)
    }
}

/// Roles that a role extends, however far, which is held by a class or body of its own: they are more than what holds them.
fn widened<'p>(facts: &Facts<'p>) -> BTreeSet<&'p str> {
    let mut widened = BTreeSet::new();
    let held = |role: &&'p Decl| role.settings.name("held_by").is_some();
    for role in facts.all(Kind::Role).into_iter().filter(held) {
        let mut next = role.extends.as_deref();
        while let Some(name) = next.filter(|name| widened.insert(*name)) {
            next = facts.decl(Kind::Role, name).and_then(|role| role.extends.as_deref());
        }
    }
    widened
}

fn canonical<'p>(facts: &Facts<'p>, decl: &'p Decl, widened: &BTreeSet<&'p str>) -> Group<'p> {
    let (mut decl, mut seen) = (decl, BTreeSet::new());
    while seen.insert((decl.kind, &decl.name)) {
        let other = match decl.kind {
            Kind::Body if decl.settings.word("selection") == Some("all") => {
                decl.settings.name("members").and_then(|of| facts.any_of(&[Kind::Role, Kind::Class], of))
            }
            Kind::Role if !widened.contains(decl.name.as_str()) => {
                decl.settings.name("held_by").and_then(|of| facts.any_of(&[Kind::Class, Kind::Body], of))
            }
            _ => None,
        };
        match other {
            Some(other) => decl = other,
            None => break,
        }
    }
    match decl.kind {
        Kind::Class => Group::Class(&decl.name),
        Kind::Body => Group::Body(&decl.name),
        _ => Group::Role(&decl.name),
    }
}
