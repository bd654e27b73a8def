//! Signed records: how fast they become final at one validator and at four, against checking their signatures and hashing them; and proofs
//! that a record is in a long log.

use crate::report::Report;
use futures::future::try_join_all;
use icn_dag::{
    Cid, Did, Draft, Ipld, Key, Kind, Node as Record, Parents, Payload, Scope, ScopeKind, SigningKey, Visibility,
};
use icn_merkle::{leaf_hash, log, Range};
use icn_tests::{
    account::Account,
    client::{connect, Node},
    network::Network,
    scribe::{put, wait_final, Scribe},
};
use jsonrpsee::core::client::Error;
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeMap,
    hint::black_box,
    time::{Duration, Instant},
};

/// Error code of a node at which too many records wait.
const FULL: i32 = 5002;

/// How long a writer waits then.
const PAUSE: Duration = Duration::from_millis(5);

/// Proofs of which the average is taken.
const PROOFS: u64 = 10_000;

/// The name of the figure that others are compared with.
const RAW: &str = "signatures and hashes of the same records, one core";

/// Signed records.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct RecordsArgs {
    /// Keys that write, each a line of its own.
    #[arg(long, default_value_t = 64)]
    writers: u8,
    /// Records of each.
    #[arg(long, default_value_t = 150)]
    records: u64,
    /// Bytes of text in each.
    #[arg(long, default_value_t = 200)]
    text: usize,
    /// Connections.
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// Leaves of the log whose proofs are measured.
    #[arg(long, default_value_t = 1_000_000)]
    leaves: u64,
}

/// Runs the bench.
///
/// # Errors
/// When a node fails, or refuses a record.
#[tokio::main]
pub(crate) async fn run(args: RecordsArgs) -> eyre::Result<()> {
    let mut report = Report::new("records");
    for validators in [1, 4] {
        let network = Network::running(validators);
        let node = connect(&network, 0).await;
        let (dag, genesis) = begin(&node, &args).await?;
        let lines: Vec<Vec<Record>> =
            (0..args.writers).map(|writer| line(&args, writer, &dag, &genesis)).collect::<eyre::Result<_>>()?;
        let count = lines.iter().map(Vec::len).sum::<usize>() as f64;
        if validators == 1 {
            report.add(
                "bytes of a record",
                lines.iter().flatten().map(|one| one.bytes().len()).sum::<usize>() as f64 / count,
                "B",
            );
            report.add(RAW, count / raw(&args, &lines)?.as_secs_f64(), "records/s");
        }
        let nodes =
            try_join_all((0..args.connections).map(|_| async { Ok::<_, eyre::Report>(connect(&network, 0).await) }));
        let nodes = nodes.await?;
        let start = Instant::now();
        let shares = nodes.iter().enumerate().map(|(index, node)| {
            let share = lines.iter().skip(index).step_by(args.connections);
            write(node, share.collect())
        });
        try_join_all(shares).await?;
        for last in lines.iter().filter_map(|line| line.last()) {
            wait_final(&node, &last.cid()).await;
        }
        let name = format!("put, durable and final, {validators} validators");
        report.add(&name, count / start.elapsed().as_secs_f64(), "records/s");
        report.ratio(&format!("final with {validators} validators against signatures and hashes"), &name, RAW)?;
    }
    proofs(&mut report, args.leaves)?;
    report.finish()
}

/// Makes a DAG with its first record.
async fn begin(node: &Node, args: &RecordsArgs) -> eyre::Result<(Did, Record)> {
    let writers: Vec<_> = (0..args.writers).map(|number| Scribe::writer(number + 1)).collect();
    let writers = writers.try_into().map_err(|_| eyre::eyre!("too many writers"))?;
    let block = node.send(&Account::dev("Alice"), pallet_dag::Call::create { writers }).await;
    let made = node.events(block).await.into_iter().find_map(|event| match event {
        icn_runtime::RuntimeEvent::Dag(pallet_dag::Event::Created { dag, .. }) => Some(dag),
        _ => None,
    });
    let dag = made.ok_or_else(|| eyre::eyre!("no DAG was made"))?;
    let scribe = Scribe::new(1, &dag);
    let genesis = scribe.record(&scribe.next(node).await, Kind::Genesis, "begin");
    put(node, genesis.bytes()).await?;
    wait_final(node, &genesis.cid()).await;
    Ok((dag, genesis))
}

/// What one key writes: each record follows the one before.
fn line(args: &RecordsArgs, writer: u8, dag: &Did, genesis: &Record) -> eyre::Result<Vec<Record>> {
    let key = SigningKey::from([writer + 1; 32]);
    let (mut parent, mut records) = (genesis.cid(), Vec::new());
    // The first key wrote the first record.
    for seq in u64::from(writer == 0)..args.records {
        let text = format!("{seq:0>width$}", width = args.text);
        let draft = Draft {
            dag: dag.clone(),
            parents: Parents::sorted([parent])?,
            issuer: Did::of_key(&Key::of(&key)),
            seq,
            epoch: 0,
            time: genesis.header().time,
            kind: Kind::Config,
            scope: Scope { kind: ScopeKind::Cooperative, id: dag.clone() },
            visibility: Visibility::Public,
            refs: Default::default(),
            payload: Payload::new(Ipld::Map([("text".to_owned(), Ipld::String(text))].into()))?,
        };
        let record = Record::sign(draft, &key)?;
        parent = record.cid();
        records.push(record);
    }
    Ok(records)
}

/// How long it takes to check one signature for each record, and to hash it.
fn raw(args: &RecordsArgs, lines: &[Vec<Record>]) -> eyre::Result<Duration> {
    let keys: Vec<SigningKey> = (0..args.writers).map(|writer| SigningKey::from([writer + 1; 32])).collect();
    // As many bytes as a record's signature covers.
    let message = [7; 45];
    let signed: Vec<_> = keys.iter().map(|key| (key.verification_key(), key.sign(&message))).collect();
    let start = Instant::now();
    for (line, (key, signature)) in lines.iter().zip(&signed) {
        for record in line {
            key.verify(signature, &message)?;
            black_box(Sha256::digest(record.bytes()));
        }
    }
    Ok(start.elapsed())
}

/// Gives a node the records of some keys, each key's in their order.
async fn write(node: &Node, lines: Vec<&Vec<Record>>) -> eyre::Result<()> {
    let longest = lines.iter().map(|line| line.len()).max().unwrap_or(0);
    for index in 0..longest {
        try_join_all(lines.iter().filter_map(|line| line.get(index)).map(|record| give(node, record))).await?;
    }
    Ok(())
}

async fn give(node: &Node, record: &Record) -> eyre::Result<Cid> {
    loop {
        match put(node, record.bytes()).await {
            Err(Error::Call(refused)) if refused.code() == FULL => tokio::time::sleep(PAUSE).await,
            result => return Ok(result?),
        }
    }
}

/// Size and time of proofs that a leaf is in a log.
fn proofs(report: &mut Report, leaves: u64) -> eyre::Result<()> {
    let hashes: Vec<_> = (0..leaves).map(|leaf| leaf_hash(&leaf.to_be_bytes())).collect();
    let mut range = Range::default();
    let start = Instant::now();
    let nodes: BTreeMap<_, _> = log::append(&mut range, &hashes)?.into_iter().collect();
    report.add("append to a log, a leaf", start.elapsed().as_secs_f64() * 1e6 / leaves as f64, "us");
    let picked: Vec<u64> = (0..PROOFS).map(|number| number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % leaves).collect();
    let start = Instant::now();
    let proofs =
        picked.iter().map(|leaf| log::prove_inclusion(&nodes, *leaf, leaves)).collect::<Result<Vec<_>, _>>()?;
    report.add("inclusion proof, made", start.elapsed().as_secs_f64() * 1e6 / PROOFS as f64, "us");
    let start = Instant::now();
    for (leaf, proof) in picked.iter().zip(&proofs) {
        let hash = hashes.get(*leaf as usize).ok_or_else(|| eyre::eyre!("no such leaf"))?;
        proof.verify(hash, &range.head())?;
    }
    report.add("inclusion proof, verified", start.elapsed().as_secs_f64() * 1e6 / PROOFS as f64, "us");
    let bytes: usize = proofs.iter().map(codec::Encode::encoded_size).sum();
    report.add("inclusion proof", bytes as f64 / PROOFS as f64, "B");
    report.add("leaves of the log", leaves as f64, "");
    Ok(())
}
