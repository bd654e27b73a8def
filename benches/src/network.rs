//! Four validators as processes of their own on this machine: transfers through the RPC of one of them, and how long one takes
//! when nothing else happens.

use crate::{
    accounts::Accounts,
    clients::{patch, Face},
    process,
    report::Report,
    rpc::submit,
};
use icn_primitives::Extrinsic;
use icn_tests::network::Network;
use jsonrpsee::{core::client::SubscriptionClientT, rpc_params, ws_client::WsClient};
use serde_json::Value;
use std::time::{Duration, Instant};

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
}

/// Runs the bench.
///
/// # Errors
/// When a node fails, or refuses a transfer.
#[tokio::main]
pub(crate) async fn run(args: NetworkArgs) -> eyre::Result<()> {
    let directory = tempfile::tempdir()?;
    let accounts = Accounts::new(args.accounts, args.singles + args.transactions);
    let file = directory.path().join("patch.json");
    std::fs::write(&file, patch(&accounts)?.to_string())?;
    let mut network = Network::with_patch(args.validators, 0, Some(&file));
    (0..network.len()).for_each(|index| network.start(index));
    let faces = futures::future::try_join_all((0..network.len()).map(|index| Face::of(network.node(index)))).await?;
    let transfers = accounts.transfers(args.singles + args.transactions, faces[0].genesis);
    let (singles, many) = transfers.split_at(args.singles as usize);

    let mut report = Report::new("network");
    report.add("validators", f64::from(args.validators), "");
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

    let cpu = || faces.iter().map(|face| process::cpu_time(face.id)).sum::<Duration>();
    let before = cpu();
    let loaded = submit(&faces[0], &accounts, many, args.connections, args.under_way).await?;
    let seconds = loaded.time.as_secs_f64();
    report.add("finalized Balances.Transfer", loaded.transfers as f64 / seconds, "tx/s");
    report.add("transfers in a block", loaded.transfers as f64 / loaded.blocks as f64, "");
    report.add("block interval, loaded", seconds * 1e3 / loaded.blocks as f64, "ms");
    report.add("client's CPU for a transfer", loaded.client.as_secs_f64() * 1e6 / loaded.transfers as f64, "us/tx");
    let nodes = (cpu() - before).as_secs_f64() * 1e6 / loaded.transfers as f64;
    report.add("all nodes' CPU for a transfer", nodes, "us/tx");
    report.add("memory of a node, loaded", process::memory(faces[0].id).1, "MiB");
    if let Ok(executor) = crate::report::read("executor") {
        let name = "10 k, validator: verify, execute, root, commit";
        report.add(name, executor.value(name)?, "tx/s");
        report.ratio("finalized by the network against the raw executor", "finalized Balances.Transfer", name)?;
    }
    report.finish()
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
