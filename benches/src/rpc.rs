//! Transfers through the RPC of a real node: submitted by WebSocket, counted by their finalized `Balances.Transfer`.

use crate::{
    accounts::Accounts,
    clients::{Face, Node},
    process,
    report::{say, Report},
};
use codec::Decode;
use futures::{stream, StreamExt, TryStreamExt};
use icn_primitives::{Extrinsic, Hash};
use icn_runtime::RuntimeEvent;
use jsonrpsee::{
    core::client::{ClientT, Error, Subscription, SubscriptionClientT},
    rpc_params,
    ws_client::WsClient,
};
use serde_json::Value;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::watch;

/// The pool is full: try again after the next block.
const IMMEDIATELY_DROPPED: i32 = 1016;

/// The longest wait before the pool is asked again.
const POLL: Duration = Duration::from_millis(50);

/// Submits transfers to a node.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct RpcArgs {
    /// Accounts in the state; each signs in turn.
    #[arg(long, default_value_t = 10_000)]
    accounts: u32,
    /// Transfers.
    #[arg(long, default_value_t = 60_000)]
    transactions: u32,
    /// Connections.
    #[arg(long, default_value_t = 8)]
    connections: usize,
    /// Transactions that each connection has under way.
    #[arg(long, default_value_t = 64)]
    under_way: usize,
}

/// What a load took.
pub(crate) struct Loaded {
    /// Finalized transfers.
    pub(crate) transfers: u64,
    /// Blocks that have them.
    pub(crate) blocks: usize,
    /// From the first submission to the last finalized head.
    pub(crate) time: Duration,
    /// CPU of this process, the client.
    pub(crate) client: Duration,
    /// CPU of the node.
    pub(crate) node: Duration,
}

/// Runs the bench.
///
/// # Errors
/// When the node fails, or refuses a transfer.
#[tokio::main]
pub(crate) async fn run(args: RpcArgs) -> eyre::Result<()> {
    let home = tempfile::tempdir()?;
    let accounts = Accounts::new(args.accounts, args.transactions);
    let node = Node::start(&home.path().join("node"), &accounts).await?;
    let transfers = accounts.transfers(args.transactions, node.face.genesis);
    let loaded = submit(&node.face, &accounts, &transfers, args.connections, args.under_way).await?;
    let mut report = Report::new("rpc");
    let seconds = loaded.time.as_secs_f64();
    let share = |cpu: Duration| 100.0 * cpu.as_secs_f64() / seconds;
    let micros = |cpu: Duration| cpu.as_secs_f64() * 1e6 / loaded.transfers as f64;
    report.add("finalized Balances.Transfer", loaded.transfers as f64 / seconds, "tx/s");
    report.add("transfers submitted", f64::from(args.transactions), "");
    report.add("transfers in a block", loaded.transfers as f64 / loaded.blocks as f64, "");
    report.add("client's CPU", share(loaded.client), "% of a core");
    report.add("node's CPU", share(loaded.node), "% of a core");
    report.add("client's CPU for a transfer", micros(loaded.client), "us/tx");
    report.add("node's CPU for a transfer", micros(loaded.node), "us/tx");
    if let Ok(executor) = crate::report::read("executor") {
        let name = "10 k, validator: verify, execute, root, commit";
        report.add(name, executor.value(name)?, "tx/s");
        report.ratio("finalized through RPC against the raw executor", "finalized Balances.Transfer", name)?;
    }
    report.finish()
}

/// Submits the transfers and waits until all are final.
///
/// # Errors
/// When the node fails or refuses a transfer.
pub(crate) async fn submit(
    node: &Face,
    accounts: &Accounts,
    transfers: &[Extrinsic],
    connections: usize,
    under_way: usize,
) -> eyre::Result<Loaded> {
    let clients = node.connect(connections).await?;
    let watcher = node.connect(1).await?.remove(0);
    let heads = watcher.subscribe("chain_subscribeFinalizedHeads", rpc_params![], "chain_unsubscribeFinalizedHeads");
    let (heads, seen) = follow(heads.await?);
    let encoded = by_connection(accounts, transfers, connections);
    let (start, client, server) = (Instant::now(), cpu(), process::cpu_time(node.id));
    let senders = clients.into_iter().zip(encoded).map(|(client, encoded)| {
        let seen = seen.clone();
        tokio::spawn(async move { send_all(&client, encoded, under_way, seen).await })
    });
    for sender in senders.collect::<Vec<_>>() {
        sender.await??;
    }
    wait_empty(&watcher, seen).await?;
    let (client, server) = (cpu() - client, process::cpu_time(node.id) - server);
    let heads = heads.stop().await?;
    let mut loaded = Loaded { transfers: 0, blocks: 0, time: Duration::ZERO, client, node: server };
    for (number, at) in heads {
        let transfers = transfers_of(&watcher, number).await?;
        if transfers > 0 {
            loaded.transfers += transfers;
            loaded.blocks += 1;
            loaded.time = at.saturating_duration_since(start);
        }
    }
    if loaded.transfers != transfers.len() as u64 {
        say(&format!("{} of {} transfers are final; the others are not counted", loaded.transfers, transfers.len()));
    }
    Ok(loaded)
}

fn cpu() -> Duration {
    process::cpu_time(std::process::id())
}

/// The transfers as hex, each signer's on one connection, in the order of nonces.
fn by_connection(accounts: &Accounts, transfers: &[Extrinsic], connections: usize) -> Vec<Vec<String>> {
    let mut encoded = vec![Vec::new(); connections];
    for (index, transfer) in transfers.iter().enumerate() {
        let signer = index % accounts.signers as usize;
        encoded[signer % connections].push(format!("0x{}", hex::encode(transfer.bytes())));
    }
    encoded
}

async fn send_all(
    client: &WsClient,
    encoded: Vec<String>,
    under_way: usize,
    seen: watch::Receiver<u32>,
) -> eyre::Result<()> {
    stream::iter(encoded.into_iter().map(|encoded| send(client, encoded, seen.clone())))
        .buffer_unordered(under_way)
        .try_for_each(|()| async { Ok(()) })
        .await
}

/// Submits one transfer, again after each block while the pool is full.
async fn send(client: &WsClient, encoded: String, mut seen: watch::Receiver<u32>) -> eyre::Result<()> {
    loop {
        seen.mark_unchanged();
        match client.request::<String, _>("author_submitExtrinsic", rpc_params![&encoded]).await {
            Ok(_) => return Ok(()),
            Err(Error::Call(error)) if error.code() == IMMEDIATELY_DROPPED => next(&mut seen).await,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Waits until the pool holds nothing more.
async fn wait_empty(client: &WsClient, mut seen: watch::Receiver<u32>) -> eyre::Result<()> {
    loop {
        seen.mark_unchanged();
        let pending: Vec<String> = client.request("author_pendingExtrinsics", rpc_params![]).await?;
        if pending.is_empty() {
            return Ok(());
        }
        next(&mut seen).await;
    }
}

/// Waits for the next head, but not for long: a head is announced before the pool has let go of its transactions.
async fn next(seen: &mut watch::Receiver<u32>) {
    // Whoever waits looks again, whatever this says.
    let _ = tokio::time::timeout(POLL, seen.changed()).await;
}

/// The heads that arrive, with the moment of each.
struct Heads {
    arrived: Arc<std::sync::Mutex<Vec<(u32, Instant)>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Heads {
    async fn stop(self) -> eyre::Result<Vec<(u32, Instant)>> {
        self.task.abort();
        let mut arrived = self.arrived.lock().map_err(|_| eyre::eyre!("the task that follows heads panicked"))?;
        Ok(std::mem::take(&mut *arrived))
    }
}

/// Notes heads as they arrive, and tells of the last one.
fn follow(mut heads: Subscription<Value>) -> (Heads, watch::Receiver<u32>) {
    let arrived = Arc::new(std::sync::Mutex::new(Vec::new()));
    let (tell, seen) = watch::channel(0);
    let notes = arrived.clone();
    let task = tokio::spawn(async move {
        while let Some(Ok(head)) = heads.next().await {
            let number = head["number"]
                .as_str()
                .and_then(|number| u32::from_str_radix(number.trim_start_matches("0x"), 16).ok());
            let Some(number) = number else { return };
            if let Ok(mut notes) = notes.lock() {
                notes.push((number, Instant::now()));
            }
            // Nobody may wait for it.
            let _ = tell.send(number);
        }
    });
    (Heads { arrived, task }, seen)
}

/// How many `Balances.Transfer` a block has.
async fn transfers_of(client: &WsClient, number: u32) -> eyre::Result<u64> {
    let hash: String = client.request("chain_getBlockHash", rpc_params![number]).await?;
    let key = frame_support::storage::storage_prefix(b"System", b"Events");
    let key = format!("0x{}", hex::encode(key));
    let events: Option<String> = client.request("state_getStorage", rpc_params![key, hash]).await?;
    let events = hex::decode(events.unwrap_or_default().trim_start_matches("0x"))?;
    type Records = Vec<frame_system::EventRecord<RuntimeEvent, Hash>>;
    let records = if events.is_empty() { Records::new() } else { Records::decode(&mut &events[..])? };
    let transfers = records
        .iter()
        .filter(|record| matches!(record.event, RuntimeEvent::Balances(pallet_balances::Event::Transfer { .. })));
    Ok(transfers.count() as u64)
}
