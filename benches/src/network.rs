//! Four validators as processes of their own on this machine: transfers through the RPC of one of them, and how long one takes
//! when nothing else happens.

use crate::{
    accounts::Accounts,
    clients::{patch, Face},
    engine, process,
    report::Report,
    rpc::{submit, Loaded},
};
use icn_primitives::Extrinsic;
use icn_tests::{
    account::Account,
    client::{agree, connect, transfer},
    network::Network,
};
use jsonrpsee::{core::client::SubscriptionClientT, rpc_params, ws_client::WsClient};
use serde_json::Value;
use std::{
    io::Write as _,
    path::Path,
    time::{Duration, Instant},
};

/// For how long idle nodes are watched.
const IDLE: Duration = Duration::from_secs(5);

/// Names of figures that are compared.
const BARE: &str = "block interval, the engine with an empty application, in one process";
const INTERVAL: &str = "block interval, loaded";

/// How often a page is synced.
const FSYNCS: usize = 200;

/// Transfers to a network of validators.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct NetworkArgs {
    /// Validators.
    #[arg(long, default_value_t = 4)]
    validators: u16,
    /// Accounts in the state; each signs in turn.
    #[arg(long, default_value_t = 10_000)]
    accounts: u32,
    /// Transfers.
    #[arg(long, default_value_t = 30_000)]
    transactions: u32,
    /// Transfers that are sent one after the other, each when the one before is final.
    #[arg(long, default_value_t = 200)]
    singles: u32,
    /// Connections.
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// Transactions that each connection has under way.
    #[arg(long, default_value_t = 64)]
    under_way: usize,
    /// Blocks of the engine with an empty application, with which the network is compared.
    #[arg(long, default_value_t = 500)]
    bare_blocks: u64,
}

/// Runs the bench.
///
/// # Errors
/// When a node fails, or refuses a transfer.
#[tokio::main]
pub(crate) async fn run(args: NetworkArgs) -> eyre::Result<()> {
    let mut report = Report::new("network");
    let bare = engine::interval(args.validators, args.bare_blocks).await?;
    report.add(BARE, bare.as_secs_f64() * 1e3, "ms");
    let directory = tempfile::tempdir()?;
    let accounts = Accounts::new(args.accounts, args.singles + args.transactions);
    let file = directory.path().join("patch.json");
    std::fs::write(&file, patch(&accounts)?.to_string())?;
    let mut network = Network::with_patch(args.validators, 1, Some(&file));
    let (validators, late) = (0..network.len() - 1, network.len() - 1);
    validators.clone().for_each(|index| network.start(index));
    let faces = futures::future::try_join_all(validators.clone().map(|index| Face::of(network.node(index)))).await?;
    let transfers = accounts.transfers(args.singles + args.transactions, faces[0].genesis);
    let (singles, many) = transfers.split_at(args.singles as usize);
    // The one that is sent in the end has the highest nonce of its account.
    let (last, many) = many.split_last().ok_or_else(|| eyre::eyre!("at least one transfer goes in the end"))?;

    report.add("validators", f64::from(args.validators), "");
    report.add("fsync of a page, median", fsync(directory.path())?, "ms");
    report.add("memory of a node, idle", process::memory(faces[0].id).0, "MiB");
    let client = faces[0].connect(1).await?.remove(0);
    let mut times = Vec::new();
    for transfer in singles {
        times.push(finalize(&client, transfer).await?);
    }
    times.sort_unstable();
    let at = |percent: usize| times.get(times.len() * percent / 100).map_or(0.0, |time| time.as_secs_f64() * 1e3);
    report.add("submit to final, idle, median", at(50), "ms");
    report.add("submit to final, idle, 95 of 100", at(95), "ms");

    let cpu_idle = process::cpu_time(faces[0].id);
    tokio::time::sleep(IDLE).await;
    let cpu_idle = process::cpu_time(faces[0].id) - cpu_idle;
    report.add("CPU of a node, idle", 100.0 * cpu_idle.as_secs_f64() / IDLE.as_secs_f64(), "% of a core");

    let cpu = || faces.iter().map(|face| process::cpu_time(face.id)).sum::<Duration>();
    let before = cpu();
    let mut times = Vec::new();
    let loaded = tokio::select! {
        loaded = submit(&faces[0], &accounts, many, args.connections, args.under_way) => loaded?,
        never = probe(&network, &mut times) => never,
    };
    times.sort_unstable();
    let at = |percent: usize| times.get(times.len() * percent / 100).map_or(0.0, |time| time.as_secs_f64() * 1e3);
    report.add("submit to final, loaded, median", at(50), "ms");
    report.add("submit to final, loaded, 95 of 100", at(95), "ms");
    let seconds = loaded.time.as_secs_f64();
    report.add("finalized Balances.Transfer", loaded.transfers as f64 / seconds, "tx/s");
    report.add("transfers in a block", loaded.transfers as f64 / loaded.blocks as f64, "");
    report.add(INTERVAL, seconds * 1e3 / loaded.blocks as f64, "ms");
    report.ratio("the same against the bare engine", INTERVAL, BARE)?;
    report.add("client's CPU for a transfer", loaded.client.as_secs_f64() * 1e6 / loaded.transfers as f64, "us/tx");
    let nodes = (cpu() - before).as_secs_f64() * 1e6 / loaded.transfers as f64;
    report.add("all nodes' CPU for a transfer", nodes, "us/tx");
    report.add("memory of a node, loaded", process::memory(faces[0].id).1, "MiB");
    if let Ok(executor) = crate::report::read("executor") {
        let name = "10 k, validator: verify, execute, root, commit";
        report.add(name, executor.value(name)?, "tx/s");
        report.ratio("finalized by the network against the raw executor", "finalized Balances.Transfer", name)?;
        shares(&mut report, &executor, args.validators, nodes)?;
    }

    let height = f64::from(agree(&network).await);
    let start = Instant::now();
    network.start(late);
    agree(&network).await;
    let seconds = start.elapsed().as_secs_f64();
    report.add("blocks that a late node syncs", height / seconds, "blocks/s");
    report.add("transfers that a late node syncs", transfers.len() as f64 / seconds, "tx/s");

    validators.clone().for_each(|index| network.kill(index));
    let start = Instant::now();
    validators.for_each(|index| network.start(index));
    let client = Face::of(network.node(0)).await?.connect(1).await?.remove(0);
    finalize(&client, last).await?;
    report.add("from a restart of all validators to a final transfer", start.elapsed().as_secs_f64(), "s");
    report.finish()
}

/// What of the nodes' CPU for a transfer goes where. Each validator verifies, executes and commits it; the executor says what that
/// costs. What is left is RPC, pool, gossip, consensus, and making the block.
fn shares(report: &mut Report, executor: &Report, validators: u16, nodes: f64) -> eyre::Result<()> {
    let cost = |name: &str| executor.value(&format!("10 k, {name}"));
    let parts = [
        // It is measured as time, while all cores verify.
        ("signatures", cost("verify")? * process::cores() as f64),
        ("execution", cost("execute, the thread's CPU")?),
        ("root and commit", cost("root")? + cost("commit")?),
    ];
    for (name, cost) in parts {
        report.add(format!("of that {name}"), 100.0 * cost * f64::from(validators) / nodes, "%");
    }
    Ok(())
}

/// The median time in which a page is written and synced where the nodes are.
fn fsync(directory: &Path) -> eyre::Result<f64> {
    let mut file = std::fs::File::create(directory.join("page"))?;
    let mut times = Vec::new();
    for _ in 0..FSYNCS {
        let start = Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        times.push(start.elapsed());
    }
    times.sort_unstable();
    Ok(times[times.len() / 2].as_secs_f64() * 1e3)
}

/// Sends transfers one after the other, of an account that sends nothing else, and notes how long each takes.
async fn probe(network: &Network, times: &mut Vec<Duration>) -> Loaded {
    let node = connect(network, 1).await;
    let (alice, bob) = (Account::dev("Alice"), Account::dev("Bob"));
    loop {
        let start = Instant::now();
        node.send(&alice, transfer(&bob, 1_000)).await;
        times.push(start.elapsed());
    }
}

/// Sends a transfer and waits until it is final; how long that took.
async fn finalize(client: &WsClient, transfer: &Extrinsic) -> eyre::Result<Duration> {
    let bytes = format!("0x{}", hex::encode(transfer.bytes()));
    let start = Instant::now();
    let (method, end) = ("author_submitAndWatchExtrinsic", "author_unwatchExtrinsic");
    let mut life = client.subscribe::<Value, _>(method, rpc_params![bytes], end).await?;
    loop {
        let status = life.next().await.ok_or_else(|| eyre::eyre!("the node is gone"))??;
        if status.get("finalized").is_some() {
            return Ok(start.elapsed());
        }
    }
}
