//! `icn status`: how a node is doing.

use super::{
    client::{ClientError, NodeArgs},
    output::OutputArgs,
    value::Shown,
};
use serde_json::Value;

/// Show how a node is doing: its chain, its head, its peers, and whether it validates
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "\
Examples:
  icn status
  icn status --url ws://127.0.0.1:9945 --output json | jq .height")]
pub struct StatusArgs {
    #[command(flatten)]
    node: NodeArgs,

    #[command(flatten)]
    output: OutputArgs,
}

impl StatusArgs {
    /// Runs the command.
    ///
    /// # Errors
    /// When the node does not answer.
    pub async fn run(&self) -> Result<(), ClientError> {
        let connection = self.node.connect().await?;
        let status = connection.json("status").await?;
        let network = connection.json("net_info").await?;
        let chain = connection.text("system_chain").await?;
        let peer = connection.text("system_localPeerId").await?;
        let word = |pointer: &str| match status.pointer(pointer) {
            Some(Value::String(text)) => Shown::Word(text.clone()),
            Some(Value::Bool(flag)) => Shown::Bool(*flag),
            _ => Shown::Null,
        };
        let power = word("/validator_info/voting_power");
        let validates = !matches!(&power, Shown::Word(power) if power == "0");
        let peers = network.pointer("/n_peers").and_then(Value::as_str).unwrap_or_default();
        let shown = Shown::map([
            ("chain", Shown::Text(chain)),
            ("chain_id", word("/node_info/network")),
            ("moniker", word("/node_info/moniker")),
            ("peer_id", Shown::Word(peer)),
            ("peers", Shown::Integer(peers.into())),
            ("height", word("/sync_info/latest_block_height")),
            ("time", word("/sync_info/latest_block_time")),
            ("block_hash", word("/sync_info/latest_block_hash")),
            ("state_root", word("/sync_info/latest_app_hash")),
            ("catching_up", word("/sync_info/catching_up")),
            ("validates", Shown::Bool(validates)),
            ("address", word("/validator_info/address")),
            ("power", power),
        ]);
        self.output.print(&shown).map_err(ClientError::Terminal)
    }
}
