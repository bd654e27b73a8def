//! A node over the chain in memory: called in process, or served for stock clients.

use crate::chain::{MemoryChain, LENGTH};
use icn_primitives::{AccountId, BlockNumber, Extrinsic, Hash, Nonce, SubmitError, TransactionStatus};
use icn_rpc::{
    backend::{CallError, Transactions},
    serve, Context, Groups, Limits, Server, ServerConfig, Workers,
};
use serde_json::{json, Value};
use std::{net::SocketAddr, sync::Arc};
use tendermint_rpc::HttpClient;
use tokio::sync::mpsc;

/// A pool that takes nothing.
struct Closed;

impl Transactions for Closed {
    fn submit(&self, _: Extrinsic) -> Result<Hash, SubmitError> {
        Err(SubmitError::Stopping)
    }

    fn submit_and_watch(&self, _: Extrinsic) -> Result<mpsc::UnboundedReceiver<TransactionStatus>, SubmitError> {
        Err(SubmitError::Stopping)
    }

    fn pending(&self) -> Vec<Extrinsic> {
        Vec::new()
    }

    fn remove(&self, _: Hash) -> bool {
        false
    }

    fn next_nonce(&self, _: &AccountId) -> Result<Nonce, CallError> {
        Ok(0)
    }
}

/// A node.
pub(crate) struct Node {
    pub(crate) chain: Arc<MemoryChain>,
    pub(crate) context: Context,
}

impl Node {
    /// A node with the usual chain.
    pub(crate) fn new() -> Self {
        Self::with(MemoryChain::of(LENGTH))
    }

    /// A node with a chain of so many blocks.
    pub(crate) fn of(length: BlockNumber) -> Self {
        Self::with(MemoryChain::of(length))
    }

    /// A node with a chain.
    pub(crate) fn with(chain: MemoryChain) -> Self {
        let chain = Arc::new(chain);
        let context = Context {
            chain: chain.clone(),
            transactions: Arc::new(Closed),
            records: None,
            epochs: None,
            blobs: None,
            tendermint: Some(chain.clone()),
            development: None,
            workers: Workers::new(2, 64),
            limits: Arc::new(Limits::default()),
        };
        Self { chain, context }
    }

    /// The whole answer to a call.
    pub(crate) async fn answer(&self, method: &str, params: Value) -> Value {
        let methods = icn_rpc::methods::methods(Groups::default(), &self.context).unwrap();
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
        let (answer, _) = methods.raw_json_request(&request, 1).await.unwrap();
        serde_json::from_str(answer.get()).unwrap()
    }

    /// The result of a call.
    pub(crate) async fn call(&self, method: &str, params: Value) -> Value {
        let mut answer = self.answer(method, params).await;
        assert_eq!(answer.get("error"), None, "{method}");
        answer["result"].take()
    }

    /// Why a call is refused: the code and the data.
    pub(crate) async fn refused(&self, method: &str, params: Value) -> (i64, String) {
        let answer = self.answer(method, params).await;
        let error = &answer["error"];
        assert!(error.is_object(), "{method} is not refused: {answer}");
        (error["code"].as_i64().unwrap(), error["data"].as_str().unwrap().into())
    }

    /// A server of this node.
    pub(crate) async fn serve(&self) -> Server {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        serve(ServerConfig { address, ..ServerConfig::default() }, self.context.clone()).await.unwrap()
    }
}

/// The stock client of a server.
pub(crate) fn client(server: &Server) -> HttpClient {
    HttpClient::new(format!("http://{}", server.local_addr()).as_str()).unwrap()
}
