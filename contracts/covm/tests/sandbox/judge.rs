//! A second engine, `wasmi`, an interpreter that shares no code with the first apart from the reader of modules. It runs the
//! same metered bytes, or a module as its author wrote it.

use crate::samples::{Failed, Notes, INTERFACE};
use icn_covm::{
    metering::{FUEL, MEMORY, STACK},
    Guest, Host, Limits, Module, Stop, TrapReason, ValueType,
};
use wasmi::{
    errors::{ErrorKind, InstantiationError, MemoryError},
    Caller, Config, Engine, Error, FuncType, Global, Linker, Memory, ResourceLimiter, Store, TrapCode, Val, ValType,
};

use std::collections::BTreeMap;
use wasmi_core::LimiterError;

/// How a run ended, in a form that can be compared.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Results(Vec<u64>),
    Trapped(TrapReason),
    Failed(u32),
}

impl Ended {
    pub(crate) fn of(result: Result<Vec<u64>, Stop>) -> Self {
        match result {
            Ok(results) => Self::Results(results),
            Err(Stop::Trap(reason)) => Self::Trapped(reason),
            Err(stop) => Self::Failed(stop.reason::<Failed>().expect("the host has one kind of reason").0),
        }
    }
}

/// All that is left of a run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Trace {
    pub(crate) ended: Ended,
    pub(crate) fuel_used: u64,
    pub(crate) notes: Notes,
    pub(crate) memory: Vec<u8>,
    /// Exported globals, the counters among them.
    pub(crate) globals: BTreeMap<String, u64>,
}

struct State {
    notes: Notes,
    stop: Option<Stop>,
    memory: Option<Memory>,
    fuel: Option<Global>,
    stack: Option<Global>,
    bytes_max: usize,
}

impl ResourceLimiter for State {
    fn memory_growing(&mut self, _: usize, desired: usize, maximum: Option<usize>) -> Result<bool, LimiterError> {
        if maximum.is_none_or(|maximum| desired <= maximum) && desired > self.bytes_max {
            self.stop = Some(Stop::Trap(TrapReason::OutOfMemory));
            return Err(LimiterError::ResourceLimiterDeniedAllocation);
        }
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> Result<bool, LimiterError> {
        Ok(true)
    }

    fn instances(&self) -> usize {
        1
    }

    fn tables(&self) -> usize {
        1
    }

    fn memories(&self) -> usize {
        1
    }

    fn memory_grow_failed(&mut self, _: &MemoryError) -> Result<(), LimiterError> {
        Ok(())
    }
}

fn engine() -> Engine {
    let mut config = Config::default();
    config.floats(false).consume_fuel(false).set_max_recursion_depth(1 << 20).set_max_stack_height(1 << 28);
    Engine::new(&config)
}

/// Runs the metered form of a module.
pub(crate) fn run(module: &Module, entry: &str, args: &[u64], limits: &Limits) -> Trace {
    let Some(fuel) = limits.fuel.checked_sub(module.start_fuel()) else {
        return refused(TrapReason::OutOfFuel, limits);
    };
    judge(module.metered(), true, entry, args, limits, fuel)
}

/// Whether the host reaches the memory of a module as its author wrote it: a damaged one may not export it, while the metered
/// form always does.
pub(crate) fn shows_its_memory(module: &Module, bytes: &[u8]) -> bool {
    let exports = |bytes: &[u8]| {
        let module = wasmi::Module::new(&engine(), bytes).expect("the module is valid");
        module.exports().any(|export| export.ty().memory().is_some())
    };
    exports(bytes) || !exports(module.metered())
}

/// Runs a module as its author wrote it: nothing is counted.
pub(crate) fn run_plain(bytes: &[u8], entry: &str, args: &[u64], limits: &Limits) -> Trace {
    judge(bytes, false, entry, args, limits, 0)
}

fn refused(reason: TrapReason, limits: &Limits) -> Trace {
    Trace {
        ended: Ended::Trapped(reason),
        fuel_used: limits.fuel,
        notes: Notes::default(),
        memory: Vec::new(),
        globals: BTreeMap::new(),
    }
}

fn judge(bytes: &[u8], metered: bool, entry: &str, args: &[u64], limits: &Limits, fuel: u64) -> Trace {
    let engine = engine();
    let module = wasmi::Module::new(&engine, bytes).expect("the module is valid");
    let state = State {
        notes: Notes::default(),
        stop: None,
        memory: None,
        fuel: None,
        stack: None,
        bytes_max: limits.memory_pages as usize * 65536,
    };
    let mut store = Store::new(&engine, state);
    store.limiter(|state| state);
    let instance = match linker(&engine, metered).instantiate_and_start(&mut store, &module) {
        Ok(instance) => instance,
        Err(error) => return refused(reason(&mut store, &error), limits),
    };
    let memory = instance.exports(&store).find_map(|export| export.into_memory());
    store.data_mut().memory = memory;
    if metered {
        let (fuel_counter, stack) =
            (instance.get_global(&store, FUEL).unwrap(), instance.get_global(&store, STACK).unwrap());
        fuel_counter.set(&mut store, Val::I64(fuel.cast_signed())).unwrap();
        stack.set(&mut store, Val::I32(limits.slots.cast_signed())).unwrap();
        (store.data_mut().fuel, store.data_mut().stack) = (Some(fuel_counter), Some(stack));
        assert_eq!(instance.get_memory(&store, MEMORY).is_some(), memory.is_some());
    }
    let function = instance.get_func(&store, entry).expect("the module exports it");
    let types = function.ty(&store);
    let mut results: Vec<Val> = types.results().iter().map(|_| Val::I64(0)).collect();
    let args: Vec<Val> = types.params().iter().zip(args).map(|(value, arg)| to_val(*value, *arg)).collect();
    let ended = match function.call(&mut store, &args, &mut results) {
        Ok(()) => Ended::Results(results.iter().map(from_val).collect()),
        Err(error) => match store.data_mut().stop.take() {
            Some(stop) => Ended::of(Err(stop)),
            None => Ended::Trapped(reason(&mut store, &error)),
        },
    };
    let left = store.data().fuel.map_or(0, |counter| from_val(&counter.get(&store)));
    let fuel_used = match ended {
        Ended::Trapped(_) => limits.fuel,
        Ended::Results(_) | Ended::Failed(_) => limits.fuel - left,
    };
    let memory = memory.map(|memory| memory.data(&store).to_vec()).unwrap_or_default();
    let globals = instance.exports(&store).filter_map(|export| {
        let name = export.name().to_owned();
        export.into_global().map(|global| (name, from_val(&global.get(&store))))
    });
    let globals = globals.collect();
    Trace { ended, fuel_used, notes: std::mem::take(&mut store.data_mut().notes), memory, globals }
}

/// The metered form of a module has 64-bit values at its border.
fn linker(engine: &Engine, metered: bool) -> Linker<State> {
    let mut linker = Linker::new(engine);
    for (number, function) in INTERFACE.functions.iter().enumerate() {
        let types = move |values: &'static [ValueType]| {
            values.iter().map(move |value| match value {
                ValueType::I32 if !metered => ValType::I32,
                _ => ValType::I64,
            })
        };
        let call = move |mut caller: Caller<'_, State>, args: &[Val], results: &mut [Val]| {
            let args: Vec<u64> = args.iter().map(from_val).collect();
            let mut answers = vec![0; results.len()];
            let mut notes = std::mem::take(&mut caller.data_mut().notes);
            let answered = notes.call(number, &args, &mut answers, &mut Waiting(&mut caller));
            caller.data_mut().notes = notes;
            if let Err(stop) = answered {
                caller.data_mut().stop = Some(stop);
                return Err(Error::new("stopped"));
            }
            for ((result, answer), value) in results.iter_mut().zip(answers).zip(types(function.results)) {
                // As the function between contract and host does.
                let answer = if value == ValType::I32 { answer & u64::from(u32::MAX) } else { answer };
                *result = to_val(value, answer);
            }
            Ok(())
        };
        let types = FuncType::new(types(function.params), types(function.results));
        linker.func_new(INTERFACE.module, function.name, types, call).expect("names differ");
    }
    linker
}

struct Waiting<'a, 'b>(&'a mut Caller<'b, State>);

const OUT_OF_BOUNDS: Stop = Stop::Trap(TrapReason::OutOfBounds);

impl Guest for Waiting<'_, '_> {
    fn read(&self, ptr: u32, len: u32) -> Result<&[u8], Stop> {
        let memory = self.0.data().memory.ok_or(OUT_OF_BOUNDS)?;
        memory.data(&*self.0).get(ptr as usize..ptr as usize + len as usize).ok_or(OUT_OF_BOUNDS)
    }

    fn write(&mut self, ptr: u32, bytes: &[u8]) -> Result<(), Stop> {
        let memory = self.0.data().memory.ok_or(OUT_OF_BOUNDS)?;
        let place = memory.data_mut(&mut *self.0).get_mut(ptr as usize..ptr as usize + bytes.len());
        place.ok_or(OUT_OF_BOUNDS)?.copy_from_slice(bytes);
        Ok(())
    }

    fn charge(&mut self, fuel: u64) -> Result<(), Stop> {
        let Some(counter) = self.0.data().fuel else { return Ok(()) };
        let left = from_val(&counter.get(&*self.0)).checked_sub(fuel).ok_or(Stop::Trap(TrapReason::OutOfFuel))?;
        counter.set(&mut *self.0, Val::I64(left.cast_signed())).expect("the counter is an i64");
        Ok(())
    }

    fn fuel(&mut self) -> u64 {
        self.0.data().fuel.map_or(0, |counter| from_val(&counter.get(&*self.0)))
    }
}

fn to_val(value: ValType, arg: u64) -> Val {
    match value {
        ValType::I32 => Val::I32(u32::try_from(arg).expect("an i32 is the lower half").cast_signed()),
        ValType::I64 => Val::I64(arg.cast_signed()),
        other => panic!("{other:?}"),
    }
}

fn from_val(val: &Val) -> u64 {
    match val {
        Val::I32(value) => u64::from(value.cast_unsigned()),
        Val::I64(value) => value.cast_unsigned(),
        other => panic!("{other:?}"),
    }
}

fn reason(store: &mut Store<State>, error: &Error) -> TrapReason {
    if let Some(Stop::Trap(reason)) = store.data_mut().stop.take() {
        return reason;
    }
    let below = |counter: Option<Global>| {
        counter.is_some_and(|counter| match counter.get(&*store) {
            Val::I32(value) => value < 0,
            Val::I64(value) => value < 0,
            _ => false,
        })
    };
    match error.as_trap_code() {
        Some(TrapCode::UnreachableCodeReached) if below(store.data().fuel) => TrapReason::OutOfFuel,
        Some(TrapCode::UnreachableCodeReached) if below(store.data().stack) => TrapReason::TooDeep,
        Some(TrapCode::UnreachableCodeReached) => TrapReason::Unreachable,
        Some(TrapCode::MemoryOutOfBounds | TrapCode::TableOutOfBounds) => TrapReason::OutOfBounds,
        Some(TrapCode::IndirectCallToNull | TrapCode::BadSignature) => TrapReason::NoFunction,
        Some(TrapCode::IntegerOverflow) => TrapReason::Overflow,
        Some(TrapCode::IntegerDivisionByZero) => TrapReason::DivisionByZero,
        _ => match error.kind() {
            // What an active segment does that does not fit, where the other engine has a trap.
            ErrorKind::Instantiation(InstantiationError::ElementSegmentDoesNotFit { .. })
            | ErrorKind::Memory(MemoryError::OutOfBoundsAccess) => TrapReason::OutOfBounds,
            _ => panic!("no trap of a contract: {error:?}"),
        },
    }
}
