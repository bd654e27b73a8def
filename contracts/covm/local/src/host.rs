//! The host interface `icn1` over an organisation in memory.

mod builtins;
mod operations;
pub(crate) mod testing;

use crate::{
    chain::{Chain, Mode},
    interface::import,
    outcome::{Event, Failure},
    values::{fail, misuse, show, Arena},
};
use icn_ccl::{
    abi::Import,
    manifest::Manifest,
    program::Builtin,
    types::{FieldDef, Types},
    value::Value,
};
use icn_covm::{Guest, Host, Stop, TrapReason};
use std::{collections::BTreeSet, sync::Arc};

/// What a module says of itself, ready to be used.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) manifest: Manifest,
    pub(crate) types: Types,
    pub(crate) constants: Vec<Value>,
    /// First values of constants that may be changed.
    pub(crate) params: std::collections::BTreeMap<String, Value>,
}

/// Lines of a traced call: the byte of the source where a statement begins, and the fuel left there.
pub type Trace = Vec<(u32, u64)>;

/// One call.
pub(crate) struct Call<'a> {
    pub(crate) chain: &'a mut Chain,
    pub(crate) loaded: Arc<Loaded>,
    pub(crate) arena: Arena,
    pub(crate) caller: String,
    pub(crate) args: Vec<Value>,
    pub(crate) result: Option<Value>,
    pub(crate) events: Vec<Event>,
    pub(crate) mode: Mode,
    /// States that it changed.
    pub(crate) changed: BTreeSet<usize>,
    /// Whether it changed the organisation.
    pub(crate) acted: bool,
    pub(crate) trace: Trace,
}

impl Host for Call<'_> {
    fn call(&mut self, function: usize, args: &[u64], results: &mut [u64], guest: &mut dyn Guest) -> Result<(), Stop> {
        let Some(import) = import(function) else { return misuse() };
        let given = match import {
            Import::Operation(operation) => self.operation(operation, args, guest)?,
            Import::Builtin(builtin) => self.builtin(builtin, args, guest)?,
            Import::Test(op) => self.test_op(op, args)?,
        };
        for (place, value) in results.iter_mut().zip(given) {
            *place = value;
        }
        Ok(())
    }
}

/// What a function gives at the border: up to two words.
pub(crate) type Given = [u64; 2];

/// Nothing.
pub(crate) const NOTHING: Given = [0, 0];

pub(crate) fn one(word: u64) -> Given {
    [word, 0]
}

pub(crate) fn wide(number: i128) -> Given {
    [number as u64, (number >> 64) as u64]
}

impl Call<'_> {
    /// A handle for a value.
    pub(crate) fn give(&mut self, value: Value, guest: &mut dyn Guest) -> Result<Given, Stop> {
        self.arena.put(value, guest).map(one)
    }

    /// Only what may change something goes on.
    pub(crate) fn writing(&self) -> Result<(), Stop> {
        if self.mode != Mode::Reads {
            Ok(())
        } else {
            misuse()
        }
    }

    /// An event or error with its values.
    pub(crate) fn event(&self, number: u64, values: &[Value], error: bool) -> Result<Event, Stop> {
        let manifest = &self.loaded.manifest;
        let list = if error { &manifest.errors } else { &manifest.events };
        let named = usize::try_from(number).ok().and_then(|at| list.get(at));
        let Some(named) = named.filter(|named| named.fields.len() == values.len()) else { return misuse() };
        let decimals = |resource: &str| self.chain.law().decimals(resource);
        let field = |(field, value): (&FieldDef, &Value)| {
            (field.name.clone(), show(value, &field.ty, &self.loaded.types, &decimals))
        };
        Ok(Event { name: named.name.clone(), fields: named.fields.iter().zip(values).map(field).collect() })
    }

    pub(crate) fn failed<T>(&self, failure: Failure) -> Result<T, Stop> {
        fail(failure)
    }
}

/// Nobody's memory and fuel.
struct Nobody;

impl Guest for Nobody {
    fn read(&self, _: u32, _: u32) -> Result<&[u8], Stop> {
        Err(Stop::Trap(TrapReason::OutOfBounds))
    }

    fn write(&mut self, _: u32, _: &[u8]) -> Result<(), Stop> {
        Err(Stop::Trap(TrapReason::OutOfBounds))
    }

    fn charge(&mut self, _: u64) -> Result<(), Stop> {
        Ok(())
    }

    fn fuel(&mut self) -> u64 {
        u64::MAX
    }
}

/// What a function gives for values, outside of any code.
pub(crate) fn ask(call: &mut Call<'_>, builtin: Builtin, args: &[Value]) -> Result<Value, Failure> {
    let asked = |call: &mut Call<'_>| {
        let handles = args.iter().map(|arg| call.arena.put(arg.clone(), &mut Nobody)).collect::<Result<Vec<_>, _>>()?;
        match call.builtin(builtin, &handles, &mut Nobody)? {
            NOTHING => Ok(Value::Unit),
            [handle, _] => call.arena.get(handle).cloned(),
        }
    };
    asked(call).map_err(|stop: Stop| match stop {
        Stop::Trap(reason) => Failure::Trapped(reason),
        stop => stop.reason::<Failure>().unwrap_or(Failure::Trapped(TrapReason::Unreachable)),
    })
}
