//! `GET /health` and `GET /status`, byte by byte.

use crate::node::Node;
use icn_rpc::Server;
use serde_json::{json, Value};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Fetches a path: the status and the body.
async fn fetch(server: &Server, method: &str, path: &str, headers: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(server.local_addr()).await.unwrap();
    let request = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let reading = tokio::time::timeout(Duration::from_secs(30), stream.read_to_string(&mut answer));
    reading.await.expect("the server answers and closes").unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let body = answer.split_once("\r\n\r\n").unwrap().1;
    (status, body.into())
}

const LOCAL: &str = "Host: localhost\r\n";

#[tokio::test]
async fn health_and_status_can_be_fetched() {
    let node = Node::new();
    let server = node.serve().await;
    for method in ["health", "status"] {
        for query in ["", "?"] {
            let (status, body) = fetch(&server, "GET", &format!("/{method}{query}"), LOCAL).await;
            let body: Value = serde_json::from_str(&body).unwrap();
            let result = node.call(method, json!([])).await;
            assert_eq!((status, body), (200, json!({"jsonrpc": "2.0", "id": 0, "result": result})));
        }
    }
}

#[tokio::test]
async fn nothing_else_can_be_fetched() {
    let node = Node::new();
    let server = node.serve().await;
    for path in ["/", "/commit", "/health/", "//health", "/genesis"] {
        assert_eq!(fetch(&server, "GET", path, LOCAL).await.0, 405, "{path}");
    }
    assert_eq!(fetch(&server, "PUT", "/health", LOCAL).await.0, 405);
    let mut hidden = Node::new();
    hidden.context.tendermint = None;
    let server = hidden.serve().await;
    assert_eq!(fetch(&server, "GET", "/health", LOCAL).await.0, 405);
}

#[tokio::test]
async fn the_gate_stands_before_what_is_fetched() {
    let server = Node::new().serve().await;
    assert_eq!(fetch(&server, "GET", "/status", "Host: evil.example\r\n").await.0, 403);
    let page = format!("{LOCAL}Origin: https://evil.example\r\n");
    assert_eq!(fetch(&server, "GET", "/status", &page).await.0, 403);
}
