//! A running `icn dev` with many accounts, and connections to it.

use crate::accounts::{Accounts, BALANCE};
use futures::future::try_join_all;
use icn_runtime::genesis;
use icn_tests::node::{self, NodeProcess};
use jsonrpsee::{
    core::client::{ClientT, Error},
    rpc_params,
    ws_client::{WsClient, WsClientBuilder},
};
use serde_json::{json, Value};
use std::path::Path;

/// A node that the bench started.
pub(crate) struct Node {
    /// The process.
    pub(crate) process: NodeProcess,
    /// Its face.
    pub(crate) face: Face,
}

/// Where a node answers, and where its chain began.
#[derive(Clone, Debug)]
pub(crate) struct Face {
    url: String,
    /// Its number among the processes.
    pub(crate) id: u32,
    /// Hash of block 0.
    pub(crate) genesis: icn_primitives::Hash,
}

impl Face {
    /// That of a process.
    ///
    /// # Errors
    /// When the node does not answer.
    pub(crate) async fn of(process: &NodeProcess) -> eyre::Result<Self> {
        let client = connect(&process.url).await?;
        let genesis: String = client.request("chain_getBlockHash", rpc_params![0]).await?;
        Ok(Self { url: process.url.clone(), id: process.id(), genesis: genesis.parse()? })
    }

    /// Connections to it.
    ///
    /// # Errors
    /// When it refuses one.
    pub(crate) async fn connect(&self, count: usize) -> eyre::Result<Vec<WsClient>> {
        Ok(try_join_all((0..count).map(|_| connect(&self.url))).await?)
    }
}

impl Node {
    /// Starts the real `icn dev` on a chain that has these accounts.
    ///
    /// # Errors
    /// When the home cannot be made or the node does not answer.
    pub(crate) async fn start(home: &Path, accounts: &Accounts) -> eyre::Result<Self> {
        let spec = home.with_extension("json");
        std::fs::write(&spec, document(accounts)?)?;
        node::run(node::icn(["init", "--chain"]).arg(&spec).arg("--home").arg(home)).ok();
        let process = NodeProcess::start(home);
        let face = Face::of(&process).await?;
        Ok(Self { process, face })
    }
}

async fn connect(url: &str) -> Result<WsClient, Error> {
    WsClientBuilder::new()
        .max_buffer_capacity_per_subscription(8192)
        .max_response_size(64 * 1024 * 1024)
        .build(url)
        .await
}

/// The development chain's document with these accounts.
fn document(accounts: &Accounts) -> eyre::Result<String> {
    let mut spec = icn_chain_spec::builtin("dev").ok_or_else(|| eyre::eyre!("there is no development chain"))?;
    spec.genesis.patch = patch(accounts)?;
    Ok(spec.to_json())
}

/// What differs from the development preset when a chain has these accounts.
///
/// # Errors
/// When there is no such preset.
pub(crate) fn patch(accounts: &Accounts) -> eyre::Result<Value> {
    let preset = genesis::preset("development").ok_or_else(|| eyre::eyre!("there is no development preset"))?;
    let mut balances: Vec<Value> = preset["balances"]["balances"].as_array().cloned().unwrap_or_default();
    balances.extend((0..accounts.count).map(|number| json!([accounts.id(number), BALANCE as u64])));
    Ok(json!({ "balances": { "balances": balances } }))
}
