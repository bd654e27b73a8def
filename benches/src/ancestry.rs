//! Walks over a DAG of many records and one of few, in one run: their cost is that of what they look at.

use crate::report::Report;
use eyre::OptionExt as _;
use icn_dag::{
    Cid, Did, Draft, Ipld, Key, Kind, Node, Parents, Payload, Proof, Scope, ScopeKind, SigningKey, Visibility,
};
use icn_storage::{records::Bounds, ChainStore, Options, RocksStore, Standing};
use icn_tests::chain::{dev_genesis, TestChain};
use std::{path::Path, time::Instant};

/// Records of what a walk may come to.
const WALKED: usize = 1_000;

/// How far before another a record is to which a path is looked for.
const APART: usize = 200;

/// Parents are among so many records before.
const RECENT: u64 = 64;

/// Records that are looked at to find how two are related.
const LOOKED_AT: usize = 100_000;

/// Walks along parents and children.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct AncestryArgs {
    /// Records of the large DAG.
    #[arg(long, default_value_t = 1_000_000)]
    many: u64,
    /// Records of the small DAG.
    #[arg(long, default_value_t = 10_000)]
    few: u64,
    /// Walks of each kind.
    #[arg(long, default_value_t = 500)]
    walks: u64,
}

/// Runs the bench.
///
/// # Errors
/// When the store fails.
pub(crate) fn run(args: &AncestryArgs) -> eyre::Result<()> {
    let mut report = Report::new("ancestry");
    let home = tempfile::tempdir()?;
    for count in [args.many, args.few] {
        let path = home.path().join(count.to_string());
        let start = Instant::now();
        let cids = fill(&path, count)?;
        report.add(format!("put, {count} records"), start.elapsed().as_secs_f64() * 1e6 / count as f64, "us a record");
        // As a node finds it that was started again.
        let chain = ChainStore::open(RocksStore::open(&path)?, Options::default())?.ok_or_eyre("it is there")?;
        measure(&mut report, &chain, &cids, args.walks)?;
    }
    for name in NAMES {
        let (many, few) = (figure(name, args.many), figure(name, args.few));
        report.ratio(&format!("{name}, {} against {} records", args.many, args.few), &many, &few)?;
    }
    report.finish()
}

const NAMES: [&str; 5] =
    ["1000 ancestors", "1000 descendants", "path of 200 or less", "common ancestors", "1000 listed by time"];

fn figure(name: &str, count: u64) -> String {
    format!("{name} among {count} records")
}

fn measure(report: &mut Report, chain: &ChainStore<RocksStore>, cids: &[Cid], walks: u64) -> eyre::Result<()> {
    let (records, count) = (chain.records(), cids.len());
    let bounds = Bounds { count: WALKED, depth: u32::MAX };
    // Far enough from either end that each walk is as long.
    let room = (count - 4 * WALKED) as u64;
    let picked: Vec<usize> = (0..walks).map(|walk| 2 * WALKED + (random(walk) % room) as usize).collect();
    let dag = dag()?;
    let mut time = |name: &str, walk: &dyn Fn(usize) -> eyre::Result<bool>| -> eyre::Result<()> {
        let start = Instant::now();
        for from in &picked {
            eyre::ensure!(walk(*from)?, "{name} from {from} is not what it is to be");
        }
        report.add(figure(name, count as u64), start.elapsed().as_secs_f64() * 1e6 / walks as f64, "us");
        Ok(())
    };
    let [up, down, path, common, listed] = NAMES;
    time(up, &|from| Ok(records.ancestors(&cids[from], bounds)?.reached.len() == WALKED))?;
    time(down, &|from| Ok(records.descendants(&cids[from], bounds)?.reached.len() == WALKED))?;
    time(path, &|from| {
        let found = records.path(&cids[from], &cids[from - APART], LOOKED_AT)?;
        Ok(found.complete)
    })?;
    time(common, &|from| Ok(records.common_ancestors(&cids[from], &cids[from - APART], LOOKED_AT)?.complete))?;
    time(listed, &|from| {
        let after = Some((from as u64, cids[from]));
        let key = icn_storage::QueryKey::Dag(dag.clone());
        let query = icn_storage::Query { key, times: 0..=u64::MAX, after, limit: WALKED };
        Ok(records.query(&query)?.len() == WALKED)
    })
}

/// Puts so many records, each after the one before it and none to two recent ones; their names.
fn fill(path: &Path, count: u64) -> eyre::Result<Vec<Cid>> {
    let chain = TestChain::create(RocksStore::open(path)?, dev_genesis(), Options::default());
    let (records, mut cids) = (chain.store.records(), Vec::new());
    let (dag, key) = (dag()?, Key::of(&SigningKey::from([7; 32])));
    let payload = Payload::new(Ipld::Map(Default::default()))?;
    for number in 0..count {
        let before = |back: u64| cids.get(number.checked_sub(1 + back)? as usize).copied();
        let recent = (0..random(3 * number) % 3).map(|turn| random(3 * number + 1 + turn) % RECENT);
        let parents = [0].into_iter().chain(recent).filter_map(before);
        let draft = Draft {
            dag: dag.clone(),
            parents: Parents::sorted(parents)?,
            issuer: Did::of_key(&key),
            seq: number,
            epoch: 0,
            time: number,
            kind: if number == 0 { Kind::Genesis } else { Kind::Config },
            scope: Scope { kind: ScopeKind::Cooperative, id: dag.clone() },
            visibility: Visibility::Public,
            refs: Default::default(),
            payload: payload.clone(),
        };
        // The store does not look at the signature.
        let node = Node::with_proof(draft, Proof::Signed { key, sig: [0; 64] })?;
        records.put(&node, Standing::Waits)?;
        cids.push(node.cid());
    }
    records.sync()?;
    Ok(cids)
}

fn dag() -> eyre::Result<Did> {
    Ok(Did::of_hash("bench", &[7; 32])?)
}

/// Numbers that look random.
fn random(number: u64) -> u64 {
    let mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 20
}
