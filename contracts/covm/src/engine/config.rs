//! How wasmtime is set up. Whatever could differ between machines or runs is set here, even where it is the default.

use wasmtime::{Config, InstanceAllocationStrategy, OptLevel, RegallocAlgorithm, Strategy, WasmFeatures};

/// Native stack for the frames of a run. A frame is never larger than its slots times [`SLOT_BYTES`], so that the slots end
/// a run that nests too deep, on every machine alike, and this never does.
pub(crate) const NATIVE_STACK_BYTES: usize = 8 << 20;

/// What a slot may be of native stack at most, by measurement with a margin: see tests/sandbox/frames.rs.
pub(crate) const SLOT_BYTES: usize = 112;

/// Most slots that a run can have; what is left of the native stack is for the engine's own frames.
pub const SLOTS_MAX: u32 = 64 << 10;

/// The configuration that modules are compiled and run with.
pub fn config() -> Config {
    let mut config = Config::new();
    // The features of modules and no others, though the rules have refused the others already.
    let features = WasmFeatures::MUTABLE_GLOBAL
        | WasmFeatures::SIGN_EXTENSION
        | WasmFeatures::MULTI_VALUE
        | WasmFeatures::BULK_MEMORY;
    config.wasm_features(WasmFeatures::all(), false).wasm_features(features, true);
    // One compiler, in one way: no second tier, no inlining that depends on a heuristic.
    config.strategy(Strategy::Cranelift);
    config.cranelift_opt_level(OptLevel::Speed);
    config.cranelift_regalloc_algorithm(RegallocAlgorithm::Backtracking);
    config.cranelift_debug_verifier(false);
    // Metering is in the modules: the engine's own counters differ between engines and are off.
    config.consume_fuel(false).epoch_interruption(false);
    // What a trap is, and never where it was.
    config.wasm_backtrace_max_frames(None).native_unwind_info(false).generate_address_map(false).debug_info(false);
    // The whole address space of a memory is reserved, so that a growth within the limits moves nothing and cannot fail for
    // want of room, and an access out of bounds hits pages that are not there.
    config.allocation_strategy(InstanceAllocationStrategy::OnDemand);
    config.memory_reservation(4 << 30).memory_guard_size(32 << 20).memory_may_move(false);
    config.memory_init_cow(true).signals_based_traps(true).table_lazy_init(true);
    config.async_stack_size(NATIVE_STACK_BYTES).max_wasm_stack(NATIVE_STACK_BYTES);
    config
}

const _: () =
    assert!(SLOTS_MAX as usize * SLOT_BYTES < NATIVE_STACK_BYTES, "the slots end a run, not the native stack");
