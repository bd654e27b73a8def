//! The engine: wasmtime, set up so that a run is the same on every machine.

mod cache;
mod config;
mod instance;
mod link;

pub use config::{config, SLOTS_MAX};
pub use instance::Instance;

use crate::{CodeHash, Function, Host, Interface, Module, Stop, TrapReason};
use cache::{Cache, Key};
use std::sync::{Arc, Mutex, PoisonError};
use wasmtime::{Global, InstancePre, Linker, Memory, ResourceLimiter};

/// The version of the engine; machine code of one is never run by another.
pub const ENGINE_VERSION: &str = "wasmtime 48.0.8";

/// Bytes of a page of memory.
pub const PAGE_BYTES: usize = 64 << 10;

/// What a module takes in the cache beside its code. It is generous, because a process may have only so many mappings of memory
/// (65 530 on Linux, unless it is told otherwise), and each module needs some whatever its size.
const MODULE_BYTES: usize = 64 << 10;

/// Runs modules against hosts of one interface.
pub struct Engine {
    interface: Interface,
    engine: wasmtime::Engine,
    linker: Linker<State>,
    cache: Mutex<Cache>,
}

/// What a run may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Units of fuel, at most `i64::MAX`.
    pub fuel: u64,
    /// Slots for the frames of calls, at most [`SLOTS_MAX`]: see [`crate::metering`].
    pub slots: u32,
    /// Pages of memory, of 64 KiB. A module that begins with more, or grows beyond, ends as [`TrapReason::OutOfMemory`].
    pub memory_pages: u32,
}

/// How a run ended, and what it cost.
#[derive(Debug)]
pub struct Outcome {
    /// The results of the function, or why there are none.
    pub result: Result<Vec<u64>, Stop>,
    /// Units of fuel; after a trap the whole limit.
    pub fuel_used: u64,
}

/// Why there is no outcome. The first four are the caller's to prevent; the others say that this node cannot tell what the
/// run would have come to, and must not go on as if it could.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The module exports no function of that name.
    #[error("the module exports no such function")]
    NoEntry,
    /// Not as many arguments as parameters, or one that does not fit its type.
    #[error("the arguments do not fit the function")]
    Arguments,
    /// A limit that the engine cannot give.
    #[error("a limit is higher than the engine's own")]
    Limits,
    /// A module or host function of another kind than this engine is for.
    #[error("the interface is not the one that this engine has")]
    Interface,
    /// A module without counters.
    #[error("the module has no metering")]
    Unmetered,
    /// Frames were larger than their slots allow for.
    #[error("the native stack was exhausted before the slots were")]
    NativeStack,
    /// Compiling, or setting up memory, failed.
    #[error("the engine failed")]
    Engine(#[source] wasmtime::Error),
}

/// A module as machine code.
pub struct Compiled {
    module: Module,
    ready: InstancePre<State>,
}

impl Compiled {
    /// The module.
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// What it takes in the cache.
    fn bytes(&self) -> usize {
        self.ready.module().text().len() + self.module.metered().len() + MODULE_BYTES
    }
}

impl Engine {
    /// An engine for an interface, with a cache for so many bytes of compiled modules.
    pub fn new(interface: &Interface, cache_bytes: usize) -> Result<Self, EngineError> {
        let fits = |function: &Function| {
            function.params.len() <= Function::PARAMS_MAX && function.results.len() <= Function::RESULTS_MAX
        };
        if !interface.functions.iter().all(fits) {
            return Err(EngineError::Interface);
        }
        let engine = wasmtime::Engine::new(&config()).map_err(EngineError::Engine)?;
        let mut linker = Linker::new(&engine);
        if !link::link(&mut linker, interface).map_err(EngineError::Engine)? {
            return Err(EngineError::Interface);
        }
        Ok(Self { interface: *interface, engine, linker, cache: Mutex::new(Cache::new(cache_bytes)) })
    }

    /// The compiled module with this hash, if it is in the cache.
    pub fn compiled(&self, hash: CodeHash) -> Option<Arc<Compiled>> {
        self.cache().get(Key::new(hash))
    }

    /// The number of modules in the cache.
    pub fn cached(&self) -> usize {
        self.cache().len()
    }

    /// Machine code of a module: from the cache, or made and kept there.
    pub fn compile(&self, module: &Module) -> Result<Arc<Compiled>, EngineError> {
        if *module.interface() != self.interface {
            return Err(EngineError::Interface);
        }
        if let Some(compiled) = self.compiled(module.hash()) {
            return Ok(compiled);
        }
        let code = wasmtime::Module::new(&self.engine, module.metered()).map_err(EngineError::Engine)?;
        let ready = self.linker.instantiate_pre(&code).map_err(EngineError::Engine)?;
        let compiled = Arc::new(Compiled { module: module.clone(), ready });
        self.cache().put(Key::new(module.hash()), Arc::clone(&compiled));
        Ok(compiled)
    }

    /// Calls a function that a module exports, in a fresh instance.
    pub fn run(
        &self,
        compiled: &Arc<Compiled>,
        entry: &str,
        args: &[u64],
        host: &mut dyn Host,
        limits: &Limits,
    ) -> Result<Outcome, EngineError> {
        match self.instance(compiled, limits)? {
            Ok(mut instance) => instance.call(entry, args, host),
            Err(stop) => Ok(Outcome { result: Err(stop), fuel_used: limits.fuel }),
        }
    }

    /// An instance of a module, or why its memory, data or table could not be set up.
    pub fn instance(&self, compiled: &Arc<Compiled>, limits: &Limits) -> Result<Result<Instance, Stop>, EngineError> {
        if limits.slots > SLOTS_MAX || i64::try_from(limits.fuel).is_err() {
            return Err(EngineError::Limits);
        }
        Instance::new(compiled, limits)
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, Cache> {
        // Whoever panicked while holding it left it whole: it is changed by no more than inserting and removing.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What wasmtime says of a growth that the module's own maximum forbids.
const BEYOND_MAXIMUM: &str = "memory growth exceeds memory type's limits";

/// What a run has beside its instance.
pub(crate) struct State {
    /// Why the host ended the run.
    stop: Option<Stop>,
    memory: Option<Memory>,
    /// Fuel and stack.
    counters: Option<(Global, Global)>,
    pages_max: usize,
}

impl ResourceLimiter for State {
    fn memory_growing(&mut self, _: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        if desired > self.pages_max.saturating_mul(PAGE_BYTES) {
            self.stop = Some(Stop::Trap(TrapReason::OutOfMemory));
            return Err(wasmtime::Error::msg("out of memory"));
        }
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        // A growth beyond the module's own maximum is an answer to the module, the same everywhere. One that fails for want of
        // memory here is not, and must not look like one.
        if error.to_string() == BEYOND_MAXIMUM {
            Ok(())
        } else {
            Err(error)
        }
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(true)
    }
}
