//! An interface, a host and limits that the tests share.

use icn_covm::{
    Compiled, Engine, Function, Guest, Host, Interface, Limits, Module, Outcome, Rules, Stop,
    ValueType::{I32, I64},
};
use std::sync::{Arc, LazyLock};

pub(crate) const INTERFACE: Interface = Interface {
    module: "icn1",
    functions: &[
        Function { name: "add", params: &[I64, I64], results: &[I64], fuel: 10 },
        Function { name: "note", params: &[I32, I32], results: &[], fuel: 20 },
        Function { name: "fill", params: &[I32, I32, I32], results: &[I32], fuel: 20 },
        Function { name: "fail", params: &[I32], results: &[], fuel: 5 },
        Function { name: "charge", params: &[I64], results: &[I64], fuel: 1 },
        Function { name: "pair", params: &[I32, I64], results: &[I64, I32], fuel: 1 },
        Function { name: "many", params: &[I32, I64, I32, I64, I32, I64, I32, I64], results: &[I64], fuel: 1 },
    ],
};

/// The host's own reason to end a run.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failed(pub u32);

/// Remembers what it was told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Notes(pub Vec<Vec<u8>>);

impl Host for Notes {
    fn call(&mut self, function: usize, args: &[u64], results: &mut [u64], guest: &mut dyn Guest) -> Result<(), Stop> {
        let low = |arg: u64| u32::try_from(arg).expect("an i32 is the lower half");
        match (INTERFACE.functions[function].name, args) {
            ("add", [a, b]) => results[0] = a.wrapping_add(*b),
            ("note", [ptr, len]) => {
                let bytes = guest.read(low(*ptr), low(*len))?.to_vec();
                guest.charge(bytes.len() as u64)?;
                self.0.push(bytes);
            }
            ("fill", [ptr, len, byte]) => {
                guest.charge(*len)?;
                guest.write(low(*ptr), &vec![*byte as u8; low(*len) as usize])?;
                // The upper half of an i32's result is not the contract's to see.
                results[0] = u64::from(u32::MAX) << 32 | len;
            }
            ("fail", [code]) => return Err(Stop::host(Failed(low(*code)))),
            ("charge", [fuel]) => {
                guest.charge(*fuel)?;
                results[0] = guest.fuel();
            }
            ("pair", [a, b]) => results.copy_from_slice(&[*b, *a]),
            ("many", args) => results[0] = args.iter().fold(0, |sum, arg| sum.wrapping_mul(31).wrapping_add(*arg)),
            (name, args) => panic!("{name} with {args:?}"),
        }
        Ok(())
    }
}

pub(crate) static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::new(&INTERFACE, 64 << 20).expect("it is a fixed one"));

pub(crate) const LIMITS: Limits = Limits { fuel: 20_000_000, slots: icn_covm::engine::SLOTS_MAX, memory_pages: 64 };

pub(crate) fn module(wat: &str) -> Module {
    let bytes = wat::parse_str(wat).expect("the text is a module");
    Module::check(&bytes, &INTERFACE, &Rules::default()).expect("the module keeps the rules")
}

pub(crate) fn compiled(wat: &str) -> Arc<Compiled> {
    ENGINE.compile(&module(wat)).expect("it compiles")
}

pub(crate) fn run(wat: &str, entry: &str, args: &[u64]) -> Outcome {
    run_with(wat, entry, args, &mut Notes::default(), &LIMITS)
}

pub(crate) fn run_with(wat: &str, entry: &str, args: &[u64], host: &mut dyn Host, limits: &Limits) -> Outcome {
    ENGINE.run(&compiled(wat), entry, args, host, limits).expect("the engine runs it")
}
