//! Weights of our own pallets, from their benchmarks: FRAME's harness run natively over a state in memory. Times are those
//! of the processor; reads and writes are counted, and priced by the runtime's `DbWeight`.

mod backend;
mod template;

use backend::BenchState;
use frame_benchmarking::{
    Analysis, BenchmarkMetadata, BenchmarkParameter, BenchmarkResult, BenchmarkSelector, Benchmarking,
};
use frame_support::traits::WhitelistedStorageKeys;
use icn_runtime::{Agenda, AllPalletsWithSystem, Upgrade, Validators};
use sp_state_machine::{Ext, OverlayedChanges};
use std::{fs, path::PathBuf};

/// Measures the weights of our pallets.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct WeightsArgs {
    /// Values taken of each parameter, from the least to the greatest.
    #[arg(long, default_value_t = 20)]
    pub(crate) steps: u32,
    /// Measurements of each value.
    #[arg(long, default_value_t = 10)]
    pub(crate) repeats: u32,
    /// The day, for the heads of the files.
    #[arg(long)]
    pub(crate) date: String,
    /// Where the files go.
    #[arg(long, default_value = "runtime/src/weights")]
    pub(crate) output: PathBuf,
}

/// What a benchmark found.
pub(crate) struct Measured {
    /// Its name, that of the function of `WeightInfo`.
    pub(crate) name: String,
    /// Its parameter with the range measured.
    pub(crate) parameter: Option<(String, u32, u32)>,
    /// Picoseconds.
    pub(crate) time: Line,
    /// Keys read.
    pub(crate) reads: Line,
    /// Keys written.
    pub(crate) writes: Line,
}

/// A constant part and, with a parameter, a part for each unit of it.
#[derive(Clone, Copy)]
pub(crate) struct Line {
    /// The constant part.
    pub(crate) base: u64,
    /// For each unit of the parameter.
    pub(crate) slope: u64,
}

/// Runs the benchmarks and writes the files.
///
/// # Errors
/// When a benchmark fails or a file cannot be written.
pub(crate) fn run(args: &WeightsArgs) -> eyre::Result<()> {
    write::<Agenda>("pallet_agenda", args)?;
    write::<Upgrade>("pallet_upgrade", args)?;
    write::<Validators>("pallet_validators", args)
}

fn write<P: Benchmarking>(pallet: &str, args: &WeightsArgs) -> eyre::Result<()> {
    let benchmarks = P::benchmarks(false);
    let measured =
        benchmarks.iter().map(|benchmark| measure::<P>(benchmark, args)).collect::<eyre::Result<Vec<_>>>()?;
    let path = args.output.join(format!("{pallet}.rs"));
    fs::write(&path, template::file(pallet, &measured, args))?;
    crate::report::say(&format!("Wrote {}.", path.display()));
    Ok(())
}

fn measure<P: Benchmarking>(benchmark: &BenchmarkMetadata, args: &WeightsArgs) -> eyre::Result<Measured> {
    let name = String::from_utf8(benchmark.name.clone())?;
    let parameter = match benchmark.components[..] {
        [] => None,
        [parameter] => Some(parameter),
        _ => eyre::bail!("{name} has more than one parameter"),
    };
    let mut results = Vec::new();
    for value in values(parameter, args.steps) {
        let components: Vec<_> = value.into_iter().collect();
        // Once to verify that the benchmark did what it says, then to measure.
        run_once::<P>(&benchmark.name, &components, true, 1)?;
        results.extend(run_once::<P>(&benchmark.name, &components, false, args.repeats)?);
    }
    let line = |selector| -> eyre::Result<Line> {
        let analysis = Analysis::min_squares_iqr(&results, selector);
        let analysis = analysis.map_err(|error| eyre::eyre!("{name}: {error}"))?;
        let slope = analysis.slopes.first().copied().unwrap_or(0);
        Ok(Line { base: analysis.base.try_into()?, slope: slope.try_into()? })
    };
    let measured = Measured {
        parameter: parameter.map(|(name, low, high)| (name.to_string(), low, high)),
        time: line(BenchmarkSelector::ExtrinsicTime)?,
        reads: line(BenchmarkSelector::Reads)?,
        writes: line(BenchmarkSelector::Writes)?,
        name,
    };
    crate::report::say(&format!(
        "{:<12} {:>12} ps {:>8} ps a unit, {} reads, {} writes",
        measured.name, measured.time.base, measured.time.slope, measured.reads.base, measured.writes.base
    ));
    Ok(measured)
}

/// The values that a parameter takes, at even distances; one run without when there is no parameter.
fn values(parameter: Option<(BenchmarkParameter, u32, u32)>, steps: u32) -> Vec<Option<(BenchmarkParameter, u32)>> {
    let Some((parameter, low, high)) = parameter else { return vec![None] };
    let last = steps.max(2) - 1;
    let at = |step: u32| low + (u64::from(high - low) * u64::from(step) / u64::from(last)) as u32;
    (0..=last).map(|step| Some((parameter, at(step)))).collect()
}

fn run_once<P: Benchmarking>(
    name: &[u8],
    components: &[(BenchmarkParameter, u32)],
    verify: bool,
    repeats: u32,
) -> eyre::Result<Vec<BenchmarkResult>> {
    let backend = BenchState::new(icn_tests::chain::dev_genesis().state);
    let whitelist = AllPalletsWithSystem::whitelisted_storage_keys();
    let mut overlay = OverlayedChanges::default();
    let mut ext = Ext::new(&mut overlay, &backend, None);
    let results = sp_externalities::set_and_run_with_externalities(&mut ext, || {
        P::run_benchmark(name, components, &whitelist, verify, repeats)
    });
    results.map_err(|error| eyre::eyre!("{}: {error:?}", String::from_utf8_lossy(name)))
}
