//! What the code of a document keeps between calls.

use icn_ccl::{types::Type, value::Value};
use std::collections::BTreeMap;

/// A state.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kept {
    Whole(Value),
    /// A map is kept entry by entry.
    Entries(BTreeMap<Value, Value>),
}

/// What was before a change.
#[derive(Clone, Debug)]
enum Undo {
    Whole(usize, Kept),
    Entry(usize, Value, Option<Value>),
}

/// The states of a document, by number, with a way back to the beginning of the call.
#[derive(Clone, Debug, Default)]
pub struct Storage {
    states: Vec<Kept>,
    undo: Vec<Undo>,
}

impl Storage {
    /// States with their first values.
    pub(crate) fn new(initial: impl IntoIterator<Item = (Type, Value)>) -> Self {
        let kept = |(ty, value): (Type, Value)| match (ty, value) {
            (Type::Map(..), Value::Map(entries)) => Kept::Entries(entries.into_iter().collect()),
            (_, value) => Kept::Whole(value),
        };
        Self { states: initial.into_iter().map(kept).collect(), undo: Vec::new() }
    }

    /// The whole value of a state.
    pub fn get(&self, state: usize) -> Option<Value> {
        Some(match self.states.get(state)? {
            Kept::Whole(value) => value.clone(),
            Kept::Entries(entries) => {
                Value::Map(entries.iter().map(|(key, value)| (key.clone(), value.clone())).collect())
            }
        })
    }

    fn entries(&self, state: usize) -> Option<&BTreeMap<Value, Value>> {
        match self.states.get(state)? {
            Kept::Entries(entries) => Some(entries),
            Kept::Whole(_) => None,
        }
    }

    /// The value of a key of a map.
    pub fn entry(&self, state: usize, key: &Value) -> Option<&Value> {
        self.entries(state)?.get(key)
    }

    /// The keys of a map, ascending.
    pub fn keys(&self, state: usize) -> Option<Vec<Value>> {
        self.entries(state).map(|entries| entries.keys().cloned().collect())
    }

    /// Entries of a map, or elements of a list or set.
    pub fn len(&self, state: usize) -> usize {
        match self.states.get(state) {
            Some(Kept::Entries(entries)) => entries.len(),
            Some(Kept::Whole(Value::List(values) | Value::Set(values))) => values.len(),
            _ => 0,
        }
    }

    /// Whether a state holds nothing.
    pub fn is_empty(&self, state: usize) -> bool {
        self.len(state) == 0
    }

    pub(crate) fn put(&mut self, state: usize, value: Value) {
        let Some(place) = self.states.get_mut(state) else { return };
        let new = match (&*place, value) {
            (Kept::Entries(_), Value::Map(entries)) => Kept::Entries(entries.into_iter().collect()),
            (_, value) => Kept::Whole(value),
        };
        let old = std::mem::replace(place, new);
        self.undo.push(Undo::Whole(state, old));
    }

    pub(crate) fn put_entry(&mut self, state: usize, key: Value, value: Option<Value>) {
        let Some(Kept::Entries(entries)) = self.states.get_mut(state) else { return };
        let old = match value {
            Some(value) => entries.insert(key.clone(), value),
            None => entries.remove(&key),
        };
        self.undo.push(Undo::Entry(state, key, old));
    }

    /// Where the changes of a call begin.
    pub(crate) fn mark(&self) -> usize {
        self.undo.len()
    }

    /// Takes back all changes since.
    pub(crate) fn roll_back(&mut self, mark: usize) {
        while self.undo.len() > mark {
            match self.undo.pop() {
                Some(Undo::Whole(state, old)) => {
                    if let Some(place) = self.states.get_mut(state) {
                        *place = old;
                    }
                }
                Some(Undo::Entry(state, key, old)) => {
                    if let Some(Kept::Entries(entries)) = self.states.get_mut(state) {
                        match old {
                            Some(old) => drop(entries.insert(key, old)),
                            None => drop(entries.remove(&key)),
                        }
                    }
                }
                None => {}
            }
        }
    }

    /// Keeps all changes since, if they were the outermost.
    pub(crate) fn keep(&mut self, mark: usize) {
        if mark == 0 {
            self.undo.clear();
        }
    }
}

impl PartialEq for Storage {
    fn eq(&self, other: &Self) -> bool {
        self.states == other.states
    }
}
