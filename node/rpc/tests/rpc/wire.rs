//! Talking to the node: in process, over HTTP byte by byte, and over WebSocket.

use crate::memory::Node;
use icn_rpc::{serve, Server, ServerConfig};
use jsonrpsee::ws_client::{WsClient, WsClientBuilder};
use serde_json::{json, value::RawValue, Value};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc,
    time::timeout,
};

/// Longest wait for what must come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A subscription's notifications.
pub(crate) struct Notifications(mpsc::Receiver<Box<RawValue>>);

impl Notifications {
    /// The next one: its method and its result.
    pub(crate) async fn next(&mut self) -> (String, Value) {
        let raw = timeout(PATIENCE, self.0.recv()).await.expect("a notification comes").expect("it goes on");
        let mut message: Value = serde_json::from_str(raw.get()).unwrap();
        (message["method"].as_str().unwrap().into(), message["params"]["result"].take())
    }

    /// The next message as it is, until the subscription ends.
    pub(crate) async fn raw(&mut self) -> Option<String> {
        let raw = timeout(PATIENCE, self.0.recv()).await.expect("a message comes or it ends");
        raw.map(|raw| raw.get().into())
    }

    /// Whether nothing waits now.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Waits until the subscription ends.
    pub(crate) async fn end(mut self) {
        assert!(timeout(PATIENCE, self.0.recv()).await.expect("it ends").is_none());
    }
}

impl Node {
    async fn request(&self, method: &str, params: Value) -> (Value, Notifications) {
        let request = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).to_string();
        let (answer, notifications) = self.methods().raw_json_request(&request, 64).await.unwrap();
        (serde_json::from_str(answer.get()).unwrap(), Notifications(notifications))
    }

    /// The result of a call.
    pub(crate) async fn call(&self, method: &str, params: Value) -> Value {
        let (mut answer, _) = self.request(method, params).await;
        assert_eq!(answer.get("error"), None, "{method}");
        answer["result"].take()
    }

    /// The error of a call: code, message and data.
    pub(crate) async fn refused(&self, method: &str, params: Value) -> (i64, String, Value) {
        let (mut answer, _) = self.request(method, params).await;
        let error = &mut answer["error"];
        assert!(error.is_object(), "{method} is not refused");
        (error["code"].as_i64().unwrap(), error["message"].as_str().unwrap().into(), error["data"].take())
    }

    /// A subscription.
    pub(crate) async fn subscribe(&self, method: &str, params: Value) -> Notifications {
        let (answer, notifications) = self.request(method, params).await;
        assert!(answer["result"].is_string() || answer["result"].is_number(), "{method}: {answer}");
        notifications
    }

    /// A server of this node on a free port.
    pub(crate) async fn serve(&self) -> Server {
        self.serve_as(ServerConfig::default()).await
    }

    /// A server set up in a certain way, on a free port.
    pub(crate) async fn serve_as(&self, config: ServerConfig) -> Server {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        serve(ServerConfig { address, ..config }, self.context.clone()).await.unwrap()
    }
}

/// A WebSocket client of a server.
pub(crate) async fn client(server: &Server) -> WsClient {
    WsClientBuilder::default().build(format!("ws://{}", server.local_addr())).await.unwrap()
}

/// An HTTP answer: its status and its body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Code, message and data of the error in the body.
    pub(crate) fn error(&self) -> (i64, String, Value) {
        let error = &self.json()["error"];
        (error["code"].as_i64().unwrap(), error["message"].as_str().unwrap().into(), error["data"].clone())
    }
}

/// Posts a body with some further headers.
pub(crate) async fn post(server: &Server, headers: &str, body: &str) -> Answer {
    let head = format!(
        "POST / HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n",
        body.len()
    );
    raw(server, &[head.as_bytes(), body.as_bytes()].concat()).await
}

/// Posts a body as a local program does.
pub(crate) async fn post_local(server: &Server, body: &str) -> Answer {
    post(server, "Host: localhost\r\n", body).await
}

/// Sends bytes and reads until the server closes.
pub(crate) async fn raw(server: &Server, bytes: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(server.local_addr()).await.unwrap();
    // A server that refuses may close before it has read everything.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("the server answers and closes");
    let text = String::from_utf8(answer).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Answer { status, head: head.into(), body: body.into() }
}
