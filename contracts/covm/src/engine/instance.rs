//! A module with memory, table, globals and counters of its own, for one run.

use super::{
    config::NATIVE_STACK_BYTES,
    link::{self},
    Compiled, EngineError, Limits, Outcome, State,
};
use crate::{
    metering::{FUEL, MEMORY, STACK},
    Host, Stop, TrapReason, ValueType,
};
use std::sync::Arc;
use wasmtime::{Error, Store, Trap, Val};

/// Stack for the host, beyond what the run itself may need.
const HOST_STACK_BYTES: usize = 1 << 20;

/// An instance of a module. [`super::Engine::run`] makes a new one for each run; here it can be looked into as well.
pub struct Instance {
    store: Store<State>,
    instance: wasmtime::Instance,
    compiled: Arc<Compiled>,
    limits: Limits,
}

impl Instance {
    /// Sets up memory, data and table, which is paid from the limit.
    pub(super) fn new(compiled: &Arc<Compiled>, limits: &Limits) -> Result<Result<Self, Stop>, EngineError> {
        let Some(fuel) = limits.fuel.checked_sub(compiled.module.start_fuel()) else {
            return Ok(Err(Stop::Trap(TrapReason::OutOfFuel)));
        };
        let state = State { stop: None, memory: None, counters: None, pages_max: limits.memory_pages as usize };
        let mut store = Store::new(compiled.ready.module().engine(), state);
        store.limiter(|state| state);
        let instance = match compiled.ready.instantiate(&mut store) {
            Ok(instance) => instance,
            Err(error) => return stop(&mut store, error).map(Err),
        };
        let memory = instance.get_memory(&mut store, MEMORY);
        let fuel_counter = instance.get_global(&mut store, FUEL).ok_or(EngineError::Unmetered)?;
        let stack_counter = instance.get_global(&mut store, STACK).ok_or(EngineError::Unmetered)?;
        store.data_mut().memory = memory;
        store.data_mut().counters = Some((fuel_counter, stack_counter));
        let mut new = Self { store, instance, compiled: Arc::clone(compiled), limits: limits.clone() };
        new.refill(fuel)?;
        Ok(Ok(new))
    }

    /// Calls a function that the module exports.
    pub fn call(&mut self, entry: &str, args: &[u64], host: &mut dyn Host) -> Result<Outcome, EngineError> {
        let types = self.compiled.module.entries().get(entry).ok_or(EngineError::NoEntry)?;
        let args = to_vals(&types.params, args)?;
        let mut results = vec![Val::I64(0); types.results.len()];
        let function = self.instance.get_func(&mut self.store, entry).ok_or(EngineError::NoEntry)?;
        let store = &mut self.store;
        let stack = NATIVE_STACK_BYTES + HOST_STACK_BYTES;
        let ended = stacker::maybe_grow(stack, stack + (64 << 10), || {
            link::lend(host, || function.call(&mut *store, &args, &mut results))
        });
        let result = match ended {
            Ok(()) => Ok(from_vals(&results)),
            Err(error) => Err(stop(&mut self.store, error)?),
        };
        let fuel_used = match &result {
            Err(Stop::Trap(_)) => self.limits.fuel,
            Ok(_) | Err(Stop::Host(_)) => self.limits.fuel.saturating_sub(self.fuel()),
        };
        Ok(Outcome { result, fuel_used })
    }

    /// Sets the counters as at the start of a run with so much fuel.
    pub fn refill(&mut self, fuel: u64) -> Result<(), EngineError> {
        let (fuel_counter, stack_counter) = self.store.data().counters.ok_or(EngineError::Unmetered)?;
        let fuel = i64::try_from(fuel).map_err(|_| EngineError::Limits)?;
        let slots = i32::try_from(self.limits.slots).map_err(|_| EngineError::Limits)?;
        fuel_counter.set(&mut self.store, fuel.into()).map_err(EngineError::Engine)?;
        stack_counter.set(&mut self.store, slots.into()).map_err(EngineError::Engine)
    }

    /// The fuel that is left; none after a run that ran out of it.
    pub fn fuel(&mut self) -> u64 {
        let fuel = self.store.data().counters.and_then(|(fuel, _)| fuel.get(&mut self.store).i64());
        fuel.and_then(|fuel| u64::try_from(fuel).ok()).unwrap_or(0)
    }

    /// The value of a global that the module exports.
    pub fn global(&mut self, name: &str) -> Option<u64> {
        let global = self.instance.get_global(&mut self.store, name)?;
        from_vals(&[global.get(&mut self.store)]).first().copied()
    }

    /// The whole memory; nothing when the module has none.
    pub fn memory(&self) -> &[u8] {
        self.store.data().memory.map_or(&[], |memory| memory.data(&self.store))
    }
}

fn to_vals(types: &[ValueType], args: &[u64]) -> Result<Vec<Val>, EngineError> {
    if types.len() != args.len() {
        return Err(EngineError::Arguments);
    }
    let val = |(value, arg): (&ValueType, &u64)| match value {
        // The bits are kept: i32 and i64 have no sign of their own in WebAssembly.
        ValueType::I32 => u32::try_from(*arg).map(|arg| Val::I32(arg.cast_signed())),
        ValueType::I64 => Ok(Val::I64(arg.cast_signed())),
    };
    types.iter().zip(args).map(val).collect::<Result<_, _>>().map_err(|_| EngineError::Arguments)
}

fn from_vals(vals: &[Val]) -> Vec<u64> {
    let value = |val: &Val| match val {
        Val::I32(value) => u64::from(value.cast_unsigned()),
        Val::I64(value) => value.cast_unsigned(),
        _ => unreachable!("the rules allow no other types"),
    };
    vals.iter().map(value).collect()
}

/// Why wasmtime came back: what the host said, what the counters say, or what the trap is.
fn stop(store: &mut Store<State>, error: Error) -> Result<Stop, EngineError> {
    if let Some(stop) = store.data_mut().stop.take() {
        return Ok(stop);
    }
    let Some(trap) = error.downcast_ref::<Trap>().copied() else {
        return Err(EngineError::Engine(error));
    };
    let reason = match trap {
        Trap::UnreachableCodeReached => unreachable_reason(store),
        Trap::MemoryOutOfBounds | Trap::TableOutOfBounds => TrapReason::OutOfBounds,
        Trap::IndirectCallToNull | Trap::BadSignature => TrapReason::NoFunction,
        Trap::IntegerOverflow => TrapReason::Overflow,
        Trap::IntegerDivisionByZero => TrapReason::DivisionByZero,
        Trap::StackOverflow => return Err(EngineError::NativeStack),
        _ => return Err(EngineError::Engine(error)),
    };
    Ok(Stop::Trap(reason))
}

/// Whether an `unreachable` is the author's or that of metering, which comes with a counter below zero.
fn unreachable_reason(store: &mut Store<State>) -> TrapReason {
    let Some((fuel, stack)) = store.data().counters else {
        return TrapReason::Unreachable;
    };
    if fuel.get(&mut *store).i64().is_some_and(|fuel| fuel < 0) {
        TrapReason::OutOfFuel
    } else if stack.get(&mut *store).i32().is_some_and(|stack| stack < 0) {
        TrapReason::TooDeep
    } else {
        TrapReason::Unreachable
    }
}
