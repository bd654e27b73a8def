//! Blobs: how fast they go from one node to another, against the same bytes over a plain TCP connection; and how fast clients put and get
//! them.

use crate::report::Report;
use icn_dag::{Cid, Did};
use icn_tests::{
    account::Account,
    client::{connect, Node},
    network::Network,
    scribe::Scribe,
    uploader::{fetch, noise, CALL_BYTES},
};
use jsonrpsee::{core::client::ClientT as _, rpc_params};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::{
    hint::black_box,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    time::{Duration, Instant},
};

const MIB: f64 = 1024.0 * 1024.0;

/// The names of the figures that others are compared with.
const TCP: &str = "plain TCP, the same bytes, one connection";
const FETCH: &str = "fetched from a peer, verified and durable";

/// Blobs between nodes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct BlobsArgs {
    /// MiB of each blob.
    #[arg(long, default_value_t = 256)]
    mebibytes: usize,
    /// Blobs that are fetched, one after the other; the average is told.
    #[arg(long, default_value_t = 3)]
    blobs: u64,
    /// KiB of each small blob, whose time to arrive is told.
    #[arg(long, default_value_t = 16)]
    small_kibibytes: usize,
    /// Small blobs.
    #[arg(long, default_value_t = 50)]
    small: u64,
}

/// Runs the bench.
///
/// # Errors
/// When a node fails, or refuses a blob.
#[tokio::main]
pub(crate) async fn run(args: BlobsArgs) -> eyre::Result<()> {
    let mut report = Report::new("blobs");
    let mut network = Network::new(2, 0);
    (0..2).for_each(|index| network.start_with(index, &[("ICN_BLOBS_OWNER_QUOTA_MIB", "65536")]));
    let (here, there) = (connect(&network, 0).await, connect(&network, 1).await);
    let scribe = Scribe::new(1, &begin(&here).await?);
    // Whatever begins once is over.
    let first = scribe.upload(&here, b"first").await?;
    while fetch(&there, &first).await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    let size = args.mebibytes * 1024 * 1024;
    let (mut put, mut fetched, mut plain, mut got, mut hashed) = Default::default();
    for seed in 0..args.blobs {
        let bytes = noise(seed + 1, size);
        let cid = timed(&mut put, scribe.upload(&here, &bytes)).await?;
        timed(&mut fetched, fetch(&there, &cid)).await?;
        timed(&mut got, read(&there, &cid, size)).await?;
        plain += tcp(&bytes)?;
        let start = Instant::now();
        black_box(Sha256::digest(&bytes));
        hashed += start.elapsed();
    }
    let rate = |time: Duration| args.blobs as f64 * size as f64 / MIB / time.as_secs_f64();
    report.add("bytes of a blob", size as f64 / MIB, "MiB");
    report.add(TCP, rate(plain), "MiB/s");
    report.add("SHA-256 of the same bytes, one core", rate(hashed), "MiB/s");
    report.add(FETCH, rate(fetched), "MiB/s");
    report.add("put by a client over RPC, durable", rate(put), "MiB/s");
    report.add("got by a client over RPC", rate(got), "MiB/s");
    report.ratio("fetched against plain TCP", FETCH, TCP)?;

    let mut times = Vec::new();
    for seed in 0..args.small {
        let cid = scribe.upload(&here, &noise(1_000 + seed, args.small_kibibytes * 1024)).await?;
        let start = Instant::now();
        fetch(&there, &cid).await?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    let median = times.get(times.len() / 2).copied().unwrap_or_default();
    report.add("a small blob, until a client sees that it is there, median", median.as_secs_f64() * 1e3, "ms");
    report.finish()
}

async fn begin(node: &Node) -> eyre::Result<Did> {
    let writers = vec![Scribe::writer(1)].try_into().map_err(|_| eyre::eyre!("too many writers"))?;
    let block = node.send(&Account::dev("Alice"), pallet_dag::Call::create { writers }).await;
    let made = node.events(block).await.into_iter().find_map(|event| match event {
        icn_runtime::RuntimeEvent::Dag(pallet_dag::Event::Created { dag, .. }) => Some(dag),
        _ => None,
    });
    made.ok_or_else(|| eyre::eyre!("no DAG was made"))
}

async fn timed<T, E>(total: &mut Duration, work: impl std::future::Future<Output = Result<T, E>>) -> Result<T, E> {
    let start = Instant::now();
    let result = work.await;
    *total += start.elapsed();
    result
}

/// All bytes of a blob, as a client gets them.
async fn read(node: &Node, cid: &Cid, size: usize) -> eyre::Result<()> {
    for offset in (0..size).step_by(CALL_BYTES) {
        let length = (size - offset).min(CALL_BYTES) as u64;
        let parameters = rpc_params![cid.to_string(), offset as u64, length];
        let piece: Value = node.client.request("icn_blobGet", parameters).await?;
        black_box(piece);
    }
    Ok(())
}

/// How long the bytes take from one socket to another, both of this machine.
fn tcp(bytes: &[u8]) -> eyre::Result<Duration> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let start = Instant::now();
    std::thread::scope(|scope| -> eyre::Result<()> {
        let sender = scope.spawn(move || TcpStream::connect(address)?.write_all(bytes));
        let (mut socket, _) = listener.accept()?;
        let mut received = Vec::with_capacity(bytes.len());
        socket.read_to_end(&mut received)?;
        sender.join().map_err(|_| eyre::eyre!("the sender panicked"))??;
        eyre::ensure!(received.len() == bytes.len(), "bytes were lost");
        Ok(())
    })?;
    Ok(start.elapsed())
}
