//! Talking to a running node.

pub mod block_id;
pub mod error;
pub mod lookup;
pub mod signer;

pub use block_id::BlockId;
pub use error::ClientError;

use super::value::Types;
use icn_chain_spec::ChainType;
use serde::de::DeserializeOwned;
use subxt::{
    client::OnlineClientAtBlock,
    rpcs::{client::RpcParams, rpc_params, Error, RpcClient, UserError},
    OnlineClient, SubstrateConfig,
};

/// Where a node started by `icn dev` answers.
pub const URL_DEFAULT: &str = "ws://127.0.0.1:9944";

/// Environment variable for `--url`.
pub const URL_VARIABLE: &str = "ICN_URL";

/// Which node a command talks to.
#[derive(Clone, Debug, clap::Args)]
pub struct NodeArgs {
    /// WebSocket address of the node [default: $ICN_URL, else ws://127.0.0.1:9944]
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
}

/// A connection to a node.
pub struct Connection {
    url: String,
    rpc: RpcClient,
    client: OnlineClient<SubstrateConfig>,
}

/// The chain as it was at one block.
pub type At = OnlineClientAtBlock<SubstrateConfig>;

impl NodeArgs {
    /// Connects.
    ///
    /// # Errors
    /// When the address is none, or nothing usable answers there.
    pub async fn connect(&self) -> Result<Connection, ClientError> {
        let url = self.url.clone().or_else(|| std::env::var(URL_VARIABLE).ok()).unwrap_or_else(|| URL_DEFAULT.into());
        if !(url.starts_with("ws://") || url.starts_with("wss://")) {
            return Err(ClientError::NotWebSocket { url });
        }
        let no_node = |source| ClientError::NoNode { url: url.clone(), source: Box::new(source) };
        let rpc = RpcClient::from_insecure_url(&url).await.map_err(no_node)?;
        let client = OnlineClient::from_rpc_client(rpc.clone())
            .await
            .map_err(|source| ClientError::NotANode { url: url.clone(), source: Box::new(source) })?;
        Ok(Connection { url, rpc, client })
    }
}

impl Connection {
    /// Address of the node.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The chain at a block.
    ///
    /// # Errors
    /// When the node does not know the block, or answers otherwise than expected.
    pub async fn at(&self, block: BlockId) -> Result<At, ClientError> {
        let at = match block {
            BlockId::Latest => self.client.at_current_block().await,
            BlockId::Number(number) => self.client.at_block(number).await,
            BlockId::Hash(hash) => self.client.at_block(hash).await,
        };
        at.map_err(|source| ClientError::at_block(block, source))
    }

    /// Hash of the chain's first block.
    pub fn genesis_hash(&self) -> [u8; 32] {
        self.client.genesis_hash().0
    }

    /// Calls a method; its answer.
    ///
    /// # Errors
    /// When the node refuses, with its words, or answers otherwise than expected.
    pub async fn ask<T: DeserializeOwned>(
        &self,
        method: &'static str,
        parameters: RpcParams,
    ) -> Result<T, ClientError> {
        let answer = self.try_ask(method, parameters).await?;
        answer.map_err(|refusal: UserError| ClientError::NodeRefuses { method, reason: refusal.message })
    }

    /// Calls a method; its answer, or how the node refuses.
    ///
    /// # Errors
    /// When the node does not answer, or otherwise than expected.
    pub async fn try_ask<T: DeserializeOwned>(
        &self,
        method: &'static str,
        parameters: RpcParams,
    ) -> Result<Result<T, UserError>, ClientError> {
        match self.rpc.request(method, parameters).await {
            Ok(answer) => Ok(Ok(answer)),
            Err(Error::User(refusal)) => Ok(Err(refusal)),
            Err(source) => Err(ClientError::Rpc { method, source }),
        }
    }

    /// Calls a method without arguments that answers text.
    ///
    /// # Errors
    /// When the node does not answer so.
    pub async fn text(&self, method: &'static str) -> Result<String, ClientError> {
        self.rpc.request(method, rpc_params![]).await.map_err(|source| ClientError::Rpc { method, source })
    }

    /// Calls a method without arguments; its answer.
    ///
    /// # Errors
    /// When the node does not answer.
    pub async fn json(&self, method: &'static str) -> Result<serde_json::Value, ClientError> {
        self.rpc.request(method, rpc_params![]).await.map_err(|source| ClientError::Rpc { method, source })
    }

    /// Calls a runtime API without arguments on the latest state; its SCALE-encoded answer.
    ///
    /// # Errors
    /// When the node does not answer with bytes.
    pub async fn call_runtime(&self, function: &'static str) -> Result<Vec<u8>, ClientError> {
        let method = "state_call";
        let answer: String = self
            .rpc
            .request(method, rpc_params![function, "0x"])
            .await
            .map_err(|source| ClientError::Rpc { method, source })?;
        hex::decode(answer.trim_start_matches("0x")).map_err(|_| ClientError::Answer { method })
    }

    /// The nonce after those of the transactions that wait in the node's pool.
    ///
    /// # Errors
    /// When the node does not answer so.
    pub async fn next_nonce(&self, address: &str) -> Result<u64, ClientError> {
        let method = "system_accountNextIndex";
        self.rpc.request(method, rpc_params![address]).await.map_err(|source| ClientError::Rpc { method, source })
    }

    /// What the chain is for. One that says something unknown is taken for a chain with users.
    ///
    /// # Errors
    /// When the node does not answer.
    pub async fn chain_type(&self) -> Result<ChainType, ClientError> {
        let word = self.text("system_chainType").await?;
        let types = [ChainType::Development, ChainType::Local];
        Ok(types.into_iter().find(|kind| kind.as_str() == word).unwrap_or(ChainType::Live))
    }

    /// Whether this is a Development chain, whose accounts' secrets are public.
    ///
    /// # Errors
    /// When the node does not answer.
    pub async fn is_development(&self) -> Result<bool, ClientError> {
        Ok(self.chain_type().await? == ChainType::Development)
    }
}

/// How to show the values of a block: its types, its network's addresses.
pub fn types_at(at: &At) -> Types<'_> {
    let prefix = at.constants().entry(subxt::dynamic::constant::<u16>("System", "SS58Prefix"));
    Types { metadata: at.metadata_ref(), ss58_prefix: prefix.unwrap_or(42) }
}
