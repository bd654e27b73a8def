//! A server over the doubles, and a client that speaks JSON.

use crate::double::{Blocks, Pool};
use icn_primitives::{Extrinsic, Hash};
use icn_rpc::{backend::Transactions, serve, Context, Groups, Limits, Server, ServerConfig, Workers};
use jsonrpsee::{
    core::{
        client::{ClientT, Error as ClientError, Subscription, SubscriptionClientT, SubscriptionKind},
        params::{ArrayParams, ObjectParams},
        traits::ToRpcParams,
    },
    types::SubscriptionId,
    ws_client::{WsClient, WsClientBuilder},
};
use serde_json::Value;
use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

/// Waits for what must happen soon.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), what).await.expect("this happens soon")
}

/// What the handlers see of the doubles.
pub(crate) fn context(blocks: &Arc<Blocks>, pool: Arc<dyn Transactions>, limits: Limits) -> Context {
    Context {
        chain: blocks.clone(),
        transactions: pool,
        records: None,
        epochs: None,
        blobs: None,
        tendermint: None,
        development: None,
        workers: Workers::new(2, 256),
        limits: Arc::new(limits),
    }
}

/// A running server over the doubles.
pub(crate) struct Node {
    pub(crate) blocks: Arc<Blocks>,
    server: Server,
}

impl Node {
    /// A node with the default limits and a pool that refuses everything.
    pub(crate) async fn start(blocks: Arc<Blocks>) -> Self {
        Self::start_with(blocks, Pool::new([]).0, Limits::default()).await
    }

    /// A node with this pool and these limits.
    pub(crate) async fn start_with(blocks: Arc<Blocks>, pool: Arc<Pool>, limits: Limits) -> Self {
        let config = ServerConfig {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            groups: Groups { legacy: false, modern: true },
            ..ServerConfig::default()
        };
        let server = serve(config, context(&blocks, pool, limits)).await.unwrap();
        Self { blocks, server }
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("ws://{}", self.server.local_addr())
    }

    /// A new connection.
    pub(crate) async fn connect(&self) -> Client {
        Client(WsClientBuilder::new().build(self.url()).await.unwrap())
    }
}

/// A connection.
pub(crate) struct Client(pub WsClient);

/// Positional parameters.
pub(crate) fn array(params: Value) -> ArrayParams {
    let mut array = ArrayParams::new();
    for param in params.as_array().unwrap() {
        array.insert(param).unwrap();
    }
    array
}

/// Named parameters.
pub(crate) fn object(params: Value) -> ObjectParams {
    let mut object = ObjectParams::new();
    for (name, param) in params.as_object().unwrap() {
        object.insert(name, param).unwrap();
    }
    object
}

impl Client {
    /// Calls with positional parameters.
    pub(crate) async fn call(&self, method: &str, params: Value) -> Result<Value, i32> {
        self.request(method, array(params)).await
    }

    /// Calls with any parameters; the code of the error.
    pub(crate) async fn request(&self, method: &str, params: impl ToRpcParams + Send) -> Result<Value, i32> {
        soon(self.0.request(method, params)).await.map_err(code)
    }

    /// Subscribes; the code of the error.
    pub(crate) async fn subscribe(&self, method: &str, params: Value, unsubscribe: &str) -> Result<Events, i32> {
        let subscription = soon(self.0.subscribe(method, array(params), unsubscribe)).await.map_err(code)?;
        Ok(Events(subscription))
    }

    /// Follows the head.
    pub(crate) async fn follow(&self, with_runtime: bool) -> Result<Events, i32> {
        self.subscribe("chainHead_v1_follow", serde_json::json!([with_runtime]), "chainHead_v1_unfollow").await
    }
}

fn code(error: ClientError) -> i32 {
    match error {
        ClientError::Call(error) => error.code(),
        error => panic!("no answer of the server: {error}"),
    }
}

/// The events of a subscription.
pub(crate) struct Events(pub Subscription<Value>);

impl Events {
    /// Its name.
    pub(crate) fn id(&self) -> String {
        match self.0.kind() {
            SubscriptionKind::Subscription(SubscriptionId::Str(id)) => id.to_string(),
            other => panic!("the specification's subscriptions are strings, not {other:?}"),
        }
    }

    /// The next event.
    pub(crate) async fn next(&mut self) -> Value {
        soon(self.0.next()).await.expect("the connection is open").expect("events are JSON")
    }

    /// The next `count` events' names.
    pub(crate) async fn names(&mut self, count: usize) -> Vec<String> {
        let mut names = Vec::new();
        for _ in 0..count {
            names.push(self.next().await["event"].as_str().unwrap().to_string());
        }
        names
    }

    /// The next event, which is called `name`.
    pub(crate) async fn expect(&mut self, name: &str) -> Value {
        let event = self.next().await;
        assert_eq!(event["event"], name, "{event}");
        event
    }
}

/// A hash on the wire.
pub(crate) fn hex_of(hash: Hash) -> String {
    format!("{hash:?}")
}

/// Bytes on the wire.
pub(crate) fn bytes(bytes: impl AsRef<[u8]>) -> String {
    icn_rpc::hex::encode(bytes)
}

/// An extrinsic of a few bytes.
pub(crate) fn extrinsic(content: &[u8]) -> Extrinsic {
    Extrinsic::from_encoded(codec::Encode::encode(&content.to_vec()))
}
