//! Modules that are accepted.

use crate::{
    check,
    interface::{Interface, ValueType},
    metering,
    rules::{Refusal, Rules},
};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, sync::Arc};
use wasmparser::Operator;

/// SHA-256 of a module's bytes, as its author sent them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CodeHash(pub [u8; 32]);

impl CodeHash {
    /// The hash of a module.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

/// The type of a function that a module exports.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionType {
    /// Its parameters.
    pub params: Vec<ValueType>,
    /// Its results.
    pub results: Vec<ValueType>,
}

/// A module that keeps the rules, with metering in it.
#[derive(Clone, Debug)]
pub struct Module {
    hash: CodeHash,
    metered: Arc<[u8]>,
    interface: Interface,
    shape: Arc<Shape>,
}

impl Module {
    /// Judges a module by the rules and puts metering into it. Nothing of it is compiled or run.
    pub fn check(bytes: &[u8], interface: &Interface, rules: &Rules) -> Result<Self, Refusal> {
        let shape = check::check(bytes, interface, rules)?;
        let metered = metering::instrument(bytes, interface, &shape);
        Ok(Self { hash: CodeHash::of(bytes), metered: metered.into(), interface: *interface, shape: Arc::new(shape) })
    }

    /// The hash of the bytes that were judged.
    pub fn hash(&self) -> CodeHash {
        self.hash
    }

    /// The module as engines run it: see [`crate::metering`].
    pub fn metered(&self) -> &[u8] {
        &self.metered
    }

    /// The interface that it was judged by.
    pub fn interface(&self) -> &Interface {
        &self.interface
    }

    /// The functions that it exports, by name.
    pub fn entries(&self) -> &BTreeMap<String, FunctionType> {
        &self.shape.entries
    }

    /// The names of the globals that the metered form exports, in its order: its own, then the counters.
    pub fn globals(&self) -> impl Iterator<Item = &str> {
        self.shape.exported_globals.iter().map(String::as_str).chain([metering::FUEL, metering::STACK])
    }

    /// What a run costs before its first instruction, in units of fuel: memory, data and table are set up.
    pub fn start_fuel(&self) -> u64 {
        metering::start_fuel(&self.shape)
    }

    /// Pages of memory that it begins with, if it has a memory.
    pub fn memory_pages(&self) -> Option<u32> {
        self.shape.memory_pages
    }
}

/// What a module is made of, as far as metering and engine have to know.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shape {
    pub(crate) types: Vec<FunctionType>,
    pub(crate) imports: Vec<Import>,
    /// The type of each function that it defines.
    pub(crate) functions: Vec<u32>,
    pub(crate) globals: u32,
    pub(crate) entries: BTreeMap<String, FunctionType>,
    pub(crate) exported_globals: Vec<String>,
    pub(crate) memory_pages: Option<u32>,
    /// Places of the table at the start.
    pub(crate) table_size: u64,
    /// Elements in all segments.
    pub(crate) elements: u64,
    /// Bytes in all segments of data.
    pub(crate) data_bytes: u64,
}

impl Shape {
    /// Values that an instruction passes to a function and gets from it.
    pub(crate) fn passed(&self, operator: &Operator<'_>) -> u32 {
        let callee = match operator {
            Operator::Call { function_index } => self.function_type(*function_index),
            Operator::CallIndirect { type_index, .. } => self.types.get(*type_index as usize),
            _ => None,
        };
        // The rules bound both.
        callee.map_or(0, |callee| u32::try_from(callee.params.len() + callee.results.len()).unwrap_or(u32::MAX))
    }

    pub(crate) fn function_type(&self, index: u32) -> Option<&FunctionType> {
        let index = index as usize;
        let type_index = match self.imports.get(index) {
            Some(import) => import.type_index,
            None => *self.functions.get(index.checked_sub(self.imports.len())?)?,
        };
        self.types.get(type_index as usize)
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Import {
    /// Its number in the interface.
    pub(crate) function: usize,
    pub(crate) type_index: u32,
}
