//! RPC requests a second for storage, from a real node.

use crate::{accounts::Accounts, clients::Node, process, report::Report, rpc::submit};
use futures::{future::try_join_all, stream, StreamExt, TryStreamExt};
use icn_runtime::Runtime;
use jsonrpsee::{
    core::client::{ClientT, Subscription, SubscriptionClientT, SubscriptionKind},
    rpc_params,
    ws_client::WsClient,
};
use serde_json::{json, Value};
use std::{future::Future, sync::Arc, time::Instant};
use tokio::sync::Semaphore;

/// Operations that a follow may have under way.
const OPERATIONS: usize = 16;

/// Blocks of transfers made first, so that the state of block 1 has a history over it.
const TRANSFERS: u32 = 20_000;

/// Reads storage from a node.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct ReadsArgs {
    /// Accounts in the state.
    #[arg(long, default_value_t = 10_000)]
    accounts: u32,
    /// Requests of each kind.
    #[arg(long, default_value_t = 40_000)]
    requests: u32,
    /// Connections.
    #[arg(long, default_value_t = 8)]
    connections: usize,
}

/// Runs the benches `reads` and `memory`, which share a node.
///
/// # Errors
/// When the node fails.
#[tokio::main]
pub(crate) async fn run(args: ReadsArgs) -> eyre::Result<()> {
    let home = tempfile::tempdir()?;
    let accounts = Accounts::new(args.accounts, TRANSFERS);
    let node = Node::start(&home.path().join("node"), &accounts).await?;
    let mut memory = Report::new("memory");
    memory.add("idle", process::memory(node.process.id()).0, "MiB");

    let transfers = accounts.transfers(TRANSFERS, node.face.genesis);
    submit(&node.face, &accounts, &transfers, args.connections, 64).await?;
    let mut reads = Report::new("reads");
    let clients: Vec<_> = node.face.connect(args.connections).await?.into_iter().map(Arc::new).collect();
    let first: String = clients[0].request("chain_getBlockHash", rpc_params![1]).await?;
    let keys = Arc::new(keys(&accounts, args.requests));
    for (name, block) in [("state_getStorage, latest", None), ("state_getStorage, block 1", Some(first))] {
        let each = |client: Arc<WsClient>, keys: Vec<String>| state_storage(client, keys, block.clone());
        measure(&mut reads, name, &node, &clients, &keys, each).await?;
    }
    measure(&mut reads, "chainHead_v1_storage", &node, &clients, &keys, chain_head_storage).await?;
    let latest = "state_getStorage, latest";
    reads.ratio("state_getStorage, latest against block 1", latest, "state_getStorage, block 1")?;
    reads.ratio("chainHead_v1_storage against state_getStorage", "chainHead_v1_storage", latest)?;
    reads.finish()?;

    let (now, most) = process::memory(node.process.id());
    memory.add("after transfers and reads", now, "MiB");
    memory.add("highest", most, "MiB");
    memory.finish()
}

/// Keys of accounts, in hex.
fn keys(accounts: &Accounts, count: u32) -> Vec<String> {
    let key = |number: u32| frame_system::Account::<Runtime>::hashed_key_for(accounts.id(number % accounts.count));
    (0..count).map(|number| format!("0x{}", hex::encode(key(number)))).collect()
}

/// Shares the keys out to the connections and adds the requests a second, with the client's part of the CPU.
async fn measure<F: Future<Output = eyre::Result<()>> + Send + 'static>(
    report: &mut Report,
    name: &str,
    node: &Node,
    clients: &[Arc<WsClient>],
    keys: &[String],
    each: impl Fn(Arc<WsClient>, Vec<String>) -> F,
) -> eyre::Result<()> {
    let shares = keys.chunks(keys.len().div_ceil(clients.len()));
    let (start, client) = (Instant::now(), process::cpu_time(std::process::id()));
    let server = process::cpu_time(node.process.id());
    let readers = clients.iter().zip(shares).map(|(client, keys)| tokio::spawn(each(client.clone(), keys.to_vec())));
    for result in try_join_all(readers).await? {
        result?;
    }
    let seconds = start.elapsed().as_secs_f64();
    let share = |cpu: std::time::Duration| 100.0 * cpu.as_secs_f64() / seconds;
    report.add(name, keys.len() as f64 / seconds, "requests/s");
    report.add(format!("{name}, client's CPU"), share(process::cpu_time(std::process::id()) - client), "% of a core");
    report.add(format!("{name}, node's CPU"), share(process::cpu_time(node.process.id()) - server), "% of a core");
    Ok(())
}

async fn state_storage(client: Arc<WsClient>, keys: Vec<String>, block: Option<String>) -> eyre::Result<()> {
    let read = |key: String| {
        let (client, block) = (client.clone(), block.clone());
        async move {
            let value: Option<String> = client.request("state_getStorage", rpc_params![key, block]).await?;
            eyre::ensure!(value.is_some(), "an account is missing");
            Ok(())
        }
    };
    stream::iter(keys.into_iter().map(read)).buffer_unordered(64).try_for_each(|()| async { Ok(()) }).await
}

async fn chain_head_storage(client: Arc<WsClient>, keys: Vec<String>) -> eyre::Result<()> {
    let mut events: Subscription<Value> =
        client.subscribe("chainHead_v1_follow", rpc_params![false], "chainHead_v1_unfollow").await?;
    let SubscriptionKind::Subscription(id) = events.kind().clone() else { eyre::bail!("the follow has no id") };
    let first = events.next().await.ok_or_else(|| eyre::eyre!("the follow ended"))??;
    let block = first["finalizedBlockHashes"].as_array().and_then(|hashes| hashes.last()).cloned();
    let block = block.ok_or_else(|| eyre::eyre!("the follow began with {first}"))?;
    let slots = Arc::new(Semaphore::new(OPERATIONS));
    let (freed, count) = (slots.clone(), keys.len());
    let reader = tokio::spawn(async move { count_answers(&mut events, &freed, count).await });
    let ask = |key: String| {
        let (client, slots, id, block) = (client.clone(), slots.clone(), id.clone(), block.clone());
        async move {
            slots.acquire().await?.forget();
            let items = json!([{ "key": key, "type": "value" }]);
            let started: Value =
                client.request("chainHead_v1_storage", rpc_params![id, block, items, Value::Null]).await?;
            eyre::ensure!(started["result"] == "started", "the operation was refused: {started}");
            Ok(())
        }
    };
    let asked = stream::iter(keys.into_iter().map(ask)).buffer_unordered(OPERATIONS);
    asked.try_for_each(|()| async { eyre::Ok(()) }).await?;
    reader.await?
}

/// Reads events until so many operations are done; each that is done frees a slot.
async fn count_answers(events: &mut Subscription<Value>, slots: &Semaphore, count: usize) -> eyre::Result<()> {
    let (mut done, mut values) = (0, 0);
    while done < count {
        let event = events.next().await.ok_or_else(|| eyre::eyre!("the follow ended"))??;
        match event["event"].as_str() {
            Some("operationStorageItems") => values += event["items"].as_array().map_or(0, Vec::len),
            Some("operationStorageDone") => {
                done += 1;
                slots.add_permits(1);
            }
            Some("stop" | "operationInaccessible" | "operationError") => eyre::bail!("{event}"),
            _ => {}
        }
    }
    eyre::ensure!(values == count, "{values} of {count} values were read");
    Ok(())
}
