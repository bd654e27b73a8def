//! The second engine, `wasmi`: it runs the same metered bytes, and asks the same host.

use icn_covm::{
    metering::{FUEL, STACK},
    Guest, Host, Limits, Module, Outcome, Stop, TrapReason, ValueType,
};
use icn_covm_local::interface;
use wasmi::{Caller, Config, Engine, Error, FuncType, Global, Linker, Store, TrapCode, Val, ValType};

environmental::environmental!(lent: trait Host);

#[derive(Default)]
struct State {
    stop: Option<Stop>,
    fuel: Option<Global>,
    stack: Option<Global>,
}

/// A module without memory, as compiled code is.
pub(crate) struct Judged {
    engine: Engine,
    linker: Linker<State>,
    module: Module,
    code: wasmi::Module,
}

impl Judged {
    pub(crate) fn new(module: Module) -> Self {
        let mut config = Config::default();
        config.floats(false).consume_fuel(false).set_max_recursion_depth(1 << 20).set_max_stack_height(1 << 28);
        // Each has its own: an engine keeps what it has compiled.
        let engine = Engine::new(&config);
        let code = wasmi::Module::new(&engine, module.metered()).expect("the module is valid");
        Self { linker: linker(&engine), engine, module, code }
    }

    /// Runs an exported function without arguments and results.
    pub(crate) fn run(&self, entry: &str, host: &mut dyn Host, limits: &Limits) -> Outcome {
        run(self, entry, host, limits)
    }
}

fn run(judged: &Judged, entry: &str, host: &mut dyn Host, limits: &Limits) -> Outcome {
    let Judged { engine, linker, module, code } = judged;
    let trapped = |reason| Outcome { result: Err(Stop::Trap(reason)), fuel_used: limits.fuel };
    let Some(fuel) = limits.fuel.checked_sub(module.start_fuel()) else { return trapped(TrapReason::OutOfFuel) };
    let mut store = Store::new(engine, State::default());
    let instance = linker.instantiate_and_start(&mut store, code).expect("there is nothing that could fail");
    let fuel_counter = instance.get_global(&store, FUEL).expect("metered modules count fuel");
    let stack = instance.get_global(&store, STACK).expect("metered modules count frames");
    fuel_counter.set(&mut store, Val::I64(fuel.cast_signed())).expect("it is an i64");
    stack.set(&mut store, Val::I32(limits.slots.cast_signed())).expect("it is an i32");
    (store.data_mut().fuel, store.data_mut().stack) = (Some(fuel_counter), Some(stack));
    let Some(function) = instance.get_func(&store, entry) else { return trapped(TrapReason::Unreachable) };
    let ended = lent::using(host, || function.call(&mut store, &[], &mut []));
    let left = word(&fuel_counter.get(&store));
    let stopped = match ended {
        Ok(()) => return Outcome { result: Ok(Vec::new()), fuel_used: limits.fuel - left },
        Err(error) => store.data_mut().stop.take().unwrap_or_else(|| Stop::Trap(reason(&store, &error))),
    };
    match stopped {
        Stop::Trap(reason) => trapped(reason),
        stop => Outcome { result: Err(stop), fuel_used: limits.fuel - left },
    }
}

fn linker(engine: &Engine) -> Linker<State> {
    let mut linker = Linker::new(engine);
    let interface = interface();
    for (number, function) in interface.functions.iter().enumerate() {
        let call = move |mut caller: Caller<'_, State>, args: &[Val], results: &mut [Val]| {
            let args: Vec<u64> = args.iter().map(word).collect();
            let mut answers = vec![0; results.len()];
            let mut guest = Waiting(&mut caller);
            let answered = lent::with(|host| host.call(number, &args, &mut answers, &mut guest));
            if let Err(stop) = answered.expect("the host is lent while code runs") {
                caller.data_mut().stop = Some(stop);
                return Err(Error::new("stopped"));
            }
            for ((result, answer), value) in results.iter_mut().zip(answers).zip(function.results) {
                let narrow = *value == ValueType::I32;
                *result = Val::I64((if narrow { answer & u64::from(u32::MAX) } else { answer }).cast_signed());
            }
            Ok(())
        };
        // The metered form of a module has 64-bit values at its border.
        let wide = |values: &'static [ValueType]| values.iter().map(|_| ValType::I64);
        let ty = FuncType::new(wide(function.params), wide(function.results));
        linker.func_new(interface.module, function.name, ty, call).expect("names differ");
    }
    linker
}

struct Waiting<'a, 'b>(&'a mut Caller<'b, State>);

impl Guest for Waiting<'_, '_> {
    fn read(&self, _: u32, _: u32) -> Result<&[u8], Stop> {
        Err(Stop::Trap(TrapReason::OutOfBounds))
    }

    fn write(&mut self, _: u32, _: &[u8]) -> Result<(), Stop> {
        Err(Stop::Trap(TrapReason::OutOfBounds))
    }

    fn charge(&mut self, fuel: u64) -> Result<(), Stop> {
        let Some(counter) = self.0.data().fuel else { return Ok(()) };
        let left = word(&counter.get(&*self.0)).checked_sub(fuel).ok_or(Stop::Trap(TrapReason::OutOfFuel))?;
        // The counter is an i64.
        counter.set(&mut *self.0, Val::I64(left.cast_signed())).map_err(|_| Stop::Trap(TrapReason::Unreachable))
    }

    fn fuel(&mut self) -> u64 {
        self.0.data().fuel.map_or(0, |counter| word(&counter.get(&*self.0)))
    }
}

fn word(val: &Val) -> u64 {
    match val {
        Val::I32(value) => u64::from(value.cast_unsigned()),
        Val::I64(value) => value.cast_unsigned(),
        other => panic!("{other:?}"),
    }
}

fn reason(store: &Store<State>, error: &Error) -> TrapReason {
    let below = |counter: Option<Global>| {
        counter.is_some_and(|counter| match counter.get(store) {
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
        _ => panic!("no trap of a contract: {error:?}"),
    }
}
