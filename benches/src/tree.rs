//! Our tree and store against `nomt`, on the same updates: root and durable commit per touched key.

use crate::{executor::label, report::Report, updates};
use icn_primitives::{
    block::{record, ConsensusContext, ConsensusRoots},
    Block, BlockRecord, Changes, Commit, ConsensusDigest, Hash, Header, ValidatorSet,
};
use icn_storage::{genesis_root, ChainStore, Decided, Genesis, Head, Options, RocksStore, RuntimeRecord};
use std::{collections::BTreeMap, path::PathBuf, process::Command, time::Instant};

/// Compares trees.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct TreeArgs {
    /// Keys in the tree, one run for each number.
    #[arg(long, value_delimiter = ',', default_value = "10000,1000000")]
    keys: Vec<u32>,
    /// The program `icn-bench-nomt`; without it only our tree is measured.
    #[arg(long)]
    nomt: Option<PathBuf>,
}

/// Runs the bench.
///
/// # Errors
/// When a store fails.
pub(crate) fn run(args: &TreeArgs) -> eyre::Result<()> {
    let mut report = Report::new("tree");
    for keys in &args.keys {
        report.add(ours(*keys), measure(u64::from(*keys))?, "us/key");
    }
    if let Some(program) = &args.nomt {
        for (keys, cost) in theirs(program, &args.keys)? {
            let name = format!("nomt, {} keys", label(keys));
            report.add(&name, cost, "us/key");
            report.ratio(&format!("tree and RocksDB against nomt, {} keys", label(keys)), &ours(keys), &name)?;
        }
    }
    if let [few, .., many] = args.keys[..] {
        let name = format!("tree and RocksDB, {} against {} keys", label(many), label(few));
        report.ratio(&name, &ours(many), &ours(few))?;
    }
    report.finish()
}

fn ours(keys: u32) -> String {
    format!("tree and RocksDB, {} keys", label(keys))
}

/// What `nomt` needs for a key, for each number of keys.
fn theirs(program: &PathBuf, keys: &[u32]) -> eyre::Result<Vec<(u32, f64)>> {
    #[derive(serde::Deserialize)]
    struct Measured {
        keys: u32,
        us_per_key: f64,
    }
    let output = Command::new(program)
        .args(keys.iter().map(ToString::to_string))
        .stderr(std::process::Stdio::inherit())
        .output()?;
    eyre::ensure!(output.status.success(), "{} failed: {}", program.display(), output.status);
    let measured: Vec<Measured> = serde_json::from_slice(&output.stdout)?;
    Ok(measured.into_iter().map(|measured| (measured.keys, measured.us_per_key)).collect())
}

/// What our tree and store need for a key, in microseconds.
fn measure(keys: u64) -> eyre::Result<f64> {
    let home = tempfile::tempdir()?;
    let state: BTreeMap<_, _> = (0..keys).map(|index| (updates::key(index), updates::value(index, 0))).collect();
    let runtime = RuntimeRecord { spec_version: 1, version: Vec::new(), metadata: BTreeMap::new() };
    let record = block_on(None, genesis_root(&state))?;
    let genesis = Genesis { record, state, runtime, validators: validators()? };
    let chain = ChainStore::create(RocksStore::open(home.path())?, genesis, Options::default())?;
    let (mut touched, mut seconds) = (0, 0.0);
    for batch in 1..=updates::WARM_UP + updates::BATCHES {
        let accounts = updates::batch(keys, batch);
        let changes: Changes =
            accounts.iter().map(|account| (updates::key(*account), Some(updates::value(*account, batch)))).collect();
        let start = Instant::now();
        commit(&chain, changes)?;
        if batch > updates::WARM_UP {
            touched += accounts.len();
            seconds += start.elapsed().as_secs_f64();
        }
    }
    Ok(seconds * 1e6 / touched as f64)
}

fn commit(chain: &ChainStore<RocksStore>, changes: Changes) -> eyre::Result<()> {
    let latest = chain.latest();
    let update = latest.stage_update(&changes)?;
    let record = block_on(Some(latest.head()), update.root())?;
    let changes = changes.into();
    let commit =
        Commit { round: 0, signatures: vec![None].try_into().map_err(|_| eyre::eyre!("one entry is too many"))? };
    chain.commit(Decided {
        record,
        changes,
        update,
        runtime: None,
        commit,
        new_validators: None,
        anchors: Vec::new(),
        emitted: Vec::new(),
    })?;
    Ok(())
}

/// One validator, whose signature the store does not ask for.
fn validators() -> eyre::Result<ValidatorSet> {
    Ok(ValidatorSet::new([([1; 32], 1)])?)
}

/// An empty block that names a state.
fn block_on(parent: Option<&Head>, state_root: Hash) -> eyre::Result<BlockRecord> {
    let number = parent.map_or(0, |parent| parent.number + 1);
    let digest = ConsensusDigest { time: u64::from(number) * 1000, proposer: [0; 20] };
    let parent_hash = parent.map_or(Hash::zero(), |parent| parent.hash);
    let header = Header { parent_hash, number, state_root, extrinsics_root: Hash::zero(), digest: digest.to_digest() };
    let context = ConsensusContext { chain_id: "bench-00000000".into(), consensus_hash: Hash::zero() };
    let validators = validators()?.hash();
    let roots = ConsensusRoots::of_sets(validators, validators);
    let last = parent.map(|parent| parent.record.id()).transpose()?.flatten();
    Ok(record(Block { header, extrinsics: Vec::new() }, &digest, last, &context, &roots))
}
