//! The simulator: networks of validators in one thread each, with all faults.

use crate::{process, report::Report};
use icn_sim::{Counts, Options};
use std::{
    sync::{
        atomic::{AtomicU64, Ordering},
        Mutex, PoisonError,
    },
    thread,
    time::Instant,
};

/// Simulated networks.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct SimulationArgs {
    /// Seeds, from 1 on.
    #[arg(long, default_value_t = 40)]
    seeds: u64,
    /// Things that happen in each before its network heals.
    #[arg(long, default_value_t = 20_000)]
    steps: u64,
}

/// Runs the bench on all cores.
///
/// # Errors
/// When a run finds what may never happen.
pub(crate) fn run(args: &SimulationArgs) -> eyre::Result<()> {
    let (next, counts) = (AtomicU64::new(1), Mutex::new(Counts::default()));
    let work = || loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed > args.seeds {
            return eyre::Ok(());
        }
        let report = icn_sim::run(seed, Options::wild(args.steps)).map_err(|violation| eyre::eyre!("{violation}"))?;
        *counts.lock().unwrap_or_else(PoisonError::into_inner) += report.counts;
    };
    let (mut report, start) = (Report::new("simulation"), Instant::now());
    thread::scope(|scope| {
        let builder = || thread::Builder::new().stack_size(icn_primitives::limits::EXECUTION_STACK_BYTES);
        let threads = (0..process::cores()).map(|_| builder().spawn_scoped(scope, work)).collect::<Vec<_>>();
        threads.into_iter().try_for_each(|thread| thread?.join().map_err(|_| eyre::eyre!("a simulation panicked"))?)
    })?;
    let (seconds, counts) = (start.elapsed().as_secs_f64(), *counts.lock().unwrap_or_else(PoisonError::into_inner));
    report.add("simulated heights, on all cores", counts.heights as f64 / seconds, "heights/s");
    report.add("simulated transactions", counts.transactions as f64 / seconds, "tx/s");
    report.finish()
}
