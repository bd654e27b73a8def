//! Host functions, as wasmtime calls them: one typed closure for each number of parameters and results.

use super::State;
use crate::{Guest, Host, Interface, Stop, TrapReason};
use wasmtime::{Caller, Global, Linker};

environmental::environmental!(lent: trait Host);

/// Lets the code that `work` runs call `host`.
pub(super) fn lend<R>(host: &mut dyn Host, work: impl FnOnce() -> R) -> R {
    lent::using(host, work)
}

/// Ends a run in wasmtime; why it ended is in [`State::stop`].
#[derive(Debug, thiserror::Error)]
#[error("the host stopped the run")]
struct Stopped;

macro_rules! link {
    ($linker:expr, $module:expr, $name:expr, $number:expr, $arity:expr, $($params:literal: ($($arg:ident)*),)*) => {
        match $arity {
            $(
                ($params, 0) => {
                    $linker.func_wrap($module, $name, move |mut caller: Caller<'_, State>, $($arg: u64),*| {
                        call(&mut caller, $number, &[$($arg),*], &mut [])
                    })
                },
                ($params, 1) => {
                    $linker.func_wrap($module, $name, move |mut caller: Caller<'_, State>, $($arg: u64),*| {
                        let mut results = [0];
                        call(&mut caller, $number, &[$($arg),*], &mut results)?;
                        let [first] = results;
                        wasmtime::Result::Ok(first)
                    })
                },
                ($params, 2) => {
                    $linker.func_wrap($module, $name, move |mut caller: Caller<'_, State>, $($arg: u64),*| {
                        let mut results = [0; 2];
                        call(&mut caller, $number, &[$($arg),*], &mut results)?;
                        let [first, second] = results;
                        wasmtime::Result::Ok((first, second))
                    })
                },
            )*
            _ => return Ok(false),
        }
    };
}

/// Adds all functions of an interface; `false` when one has more parameters or results than a host function can have.
pub(super) fn link(linker: &mut Linker<State>, interface: &Interface) -> wasmtime::Result<bool> {
    for (number, function) in interface.functions.iter().enumerate() {
        let arity = (function.params.len(), function.results.len());
        link!(
            linker, interface.module, function.name, number, arity,
            0: (),
            1: (a),
            2: (a b),
            3: (a b c),
            4: (a b c d),
            5: (a b c d e),
            6: (a b c d e f),
            7: (a b c d e f g),
            8: (a b c d e f g h),
        )?;
    }
    Ok(true)
}

fn call(caller: &mut Caller<'_, State>, number: usize, args: &[u64], results: &mut [u64]) -> wasmtime::Result<()> {
    let answer = lent::with(|host| host.call(number, args, results, &mut Waiting(caller)));
    match answer.expect("a host is lent for as long as a run takes") {
        Ok(()) => Ok(()),
        Err(stop) => {
            caller.data_mut().stop = Some(stop);
            Err(Stopped.into())
        }
    }
}

/// The contract that waits for the host.
struct Waiting<'a, 'b>(&'a mut Caller<'b, State>);

impl Guest for Waiting<'_, '_> {
    fn read(&self, ptr: u32, len: u32) -> Result<&[u8], Stop> {
        let memory = self.0.data().memory.ok_or(OUT_OF_BOUNDS)?;
        let (start, len) = (ptr as usize, len as usize);
        let end = start.checked_add(len).ok_or(OUT_OF_BOUNDS)?;
        memory.data(&*self.0).get(start..end).ok_or(OUT_OF_BOUNDS)
    }

    fn write(&mut self, ptr: u32, bytes: &[u8]) -> Result<(), Stop> {
        let memory = self.0.data().memory.ok_or(OUT_OF_BOUNDS)?;
        let start = ptr as usize;
        let end = start.checked_add(bytes.len()).ok_or(OUT_OF_BOUNDS)?;
        memory.data_mut(&mut *self.0).get_mut(start..end).ok_or(OUT_OF_BOUNDS)?.copy_from_slice(bytes);
        Ok(())
    }

    fn charge(&mut self, fuel: u64) -> Result<(), Stop> {
        let left = self.fuel().checked_sub(fuel).ok_or(Stop::Trap(TrapReason::OutOfFuel))?;
        self.set_fuel(left);
        Ok(())
    }

    fn fuel(&mut self) -> u64 {
        // The function through which the host is called has checked that it is not below zero.
        self.counter().get(&mut *self.0).i64().and_then(|left| u64::try_from(left).ok()).unwrap_or(0)
    }
}

impl Waiting<'_, '_> {
    fn counter(&self) -> Global {
        self.0.data().counters.expect("a run has counters").0
    }

    /// Sets what is left, which is never more than it was.
    fn set_fuel(&mut self, left: u64) {
        self.counter().set(&mut *self.0, left.cast_signed().into()).expect("the counter is a mutable i64");
    }
}

const OUT_OF_BOUNDS: Stop = Stop::Trap(TrapReason::OutOfBounds);
