//! The server's limits, and what bad requests get.

use crate::{
    memory::{extrinsic, Node},
    wire::{client, post, post_local, raw, PATIENCE},
};
use icn_primitives::TransactionStatus;
use icn_rpc::{serve, Allowed, Groups, Limits, ServerConfig};
use jsonrpsee::{
    core::{
        client::{ClientT, Error as ClientError, Subscription, SubscriptionClientT},
        params::BatchRequestBuilder,
    },
    rpc_params,
    types::ErrorObjectOwned,
};
use serde_json::{json, Value};
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

fn call(name: &str, params: Value) -> String {
    json!({"jsonrpc": "2.0", "id": 1, "method": name, "params": params}).to_string()
}

fn refusal(error: ClientError) -> ErrorObjectOwned {
    match error {
        ClientError::Call(error) => error,
        error => panic!("{error}"),
    }
}

#[tokio::test]
async fn one_port_serves_http_and_websocket() {
    let node = Node::new();
    let server = node.serve().await;
    let answer = post_local(&server, &call("system_chain", json!([]))).await;
    assert_eq!(answer.json(), json!({"jsonrpc": "2.0", "id": 1, "result": "Test"}));
    let client = client(&server).await;
    assert_eq!(client.request::<String, _>("system_chain", rpc_params![]).await.unwrap(), "Test");
    let mut heads: Subscription<Value> =
        client.subscribe("chain_subscribeNewHead", rpc_params![], "chain_unsubscribeNewHead").await.unwrap();
    assert_eq!(heads.next().await.unwrap().unwrap()["number"], "0x2");
    node.chain.decide(&[]);
    assert_eq!(heads.next().await.unwrap().unwrap()["number"], "0x3");
    heads.unsubscribe().await.unwrap();
}

#[tokio::test]
async fn groups_can_be_switched_off() {
    let node = Node::new();
    for groups in [Groups { legacy: true, modern: false }, Groups { legacy: false, modern: true }] {
        let server = node.serve_as(ServerConfig { groups, ..ServerConfig::default() }).await;
        let answer = post_local(&server, &call("rpc_methods", json!([]))).await.json();
        let methods = answer["result"]["methods"].as_array().unwrap().clone();
        let any = |prefixes: &[&str]| {
            methods.iter().any(|name| prefixes.iter().any(|prefix| name.as_str().unwrap().starts_with(prefix)))
        };
        assert_eq!(any(&["author_", "chain_", "state_", "system_", "payment_", "childstate_"]), groups.legacy);
        let modern = ["chainHead_v1_", "chainSpec_v1_", "transaction_v1_", "transactionWatch_v1_", "archive_v1_"];
        assert_eq!(any(&modern), groups.modern);
        let (code, _, _) = match groups.legacy {
            true => post_local(&server, &call("chainSpec_v1_chainName", json!([]))).await.error(),
            false => post_local(&server, &call("system_chain", json!([]))).await.error(),
        };
        assert_eq!(code, -32601);
    }
}

#[tokio::test]
async fn what_is_no_request_gets_json_rpcs_own_errors() {
    let node = Node::new();
    let server = node.serve().await;
    for (body, code, words) in [
        ("{\"jsonrpc\":\"2.0\",", -32700, "Parse error"),
        ("not json", -32700, "Parse error"),
        ("{\"id\":1}", -32600, "Invalid request"),
        ("[]", -32600, "Invalid request"),
        (&call("system_nothing", json!([])), -32601, "Method not found"),
        (&call("state_getStorage", json!([])), -32602, "Invalid params"),
    ] {
        let (found, message, _) = post_local(&server, body).await.error();
        assert_eq!((found, message.as_str()), (code, words), "{body}");
    }
    let (_, _, data) = post_local(&server, &call("state_getStorage", json!([]))).await.error();
    assert_eq!(data, "expected [key, hash]: key is missing");
    let (_, _, data) = post_local(&server, &call("system_chain", json!([1]))).await.error();
    assert_eq!(data, "expected []: 1 parameters are too many");
    assert_eq!(post_local(&server, &call("chain_subscribeNewHeads", json!([]))).await.error().0, -32603);
}

#[tokio::test]
async fn requests_answers_and_batches_are_bounded() {
    let node = Node::with(Limits { request_bytes: 1000, response_bytes: 400, batch_calls: 2, ..Limits::default() });
    node.chain.decide(&[(b"large", Some(&[7; 300]))]);
    let server = node.serve().await;

    let large = call("system_chain", json!(["x".repeat(1000)]));
    let answer = post_local(&server, &large).await;
    assert_eq!(answer.status, 413);
    assert_eq!(answer.error(), (-32007, "Request is too big".into(), json!("Exceeded max limit of 1000")));

    let read = call("state_getStorage", json!([icn_rpc::hex::encode(b"large")]));
    let (code, words, data) = post_local(&server, &read).await.error();
    assert_eq!((code, words.as_str(), data), (-32008, "Response is too big", json!("Exceeded max limit of 400")));

    let batch = json!(vec![json!({"jsonrpc": "2.0", "id": 1, "method": "system_chain"}); 3]).to_string();
    let (code, words, data) = post_local(&server, &batch).await.error();
    assert_eq!(
        (code, words.as_str(), data),
        (-32010, "The batch request was too large", json!("Exceeded max limit of 2"))
    );
}

#[tokio::test]
async fn a_connection_that_calls_too_often_is_refused_until_it_slows_down() {
    let node = Node::with(Limits { requests_per_second: 1, requests_burst: 3, ..Limits::default() });
    let server = node.serve().await;
    let eager = client(&server).await;
    for _ in 0..3 {
        eager.request::<String, _>("system_chain", rpc_params![]).await.unwrap();
    }
    let refused = refusal(eager.request::<String, _>("system_chain", rpc_params![]).await.unwrap_err());
    assert_eq!((refused.code(), refused.message()), (-32999, "RPC rate limit exceeded"));
    let other = client(&server).await;
    assert_eq!(other.request::<String, _>("system_chain", rpc_params![]).await.unwrap(), "Test");
    let mut batch = BatchRequestBuilder::new();
    for _ in 0..3 {
        batch.insert("system_chain", rpc_params![]).unwrap();
    }
    assert!(other.batch_request::<String>(batch).await.is_err(), "every call of a batch counts");
}

#[tokio::test]
async fn connections_are_bounded_in_all_and_from_one_address() {
    for limits in
        [Limits { connections: 1, ..Limits::default() }, Limits { connections_per_ip: 1, ..Limits::default() }]
    {
        let server = Node::with(limits).serve().await;
        let first = client(&server).await;
        let refused = post_local(&server, &call("system_chain", json!([]))).await;
        assert!(matches!(refused.status, 429 | 0), "{}", refused.head);
        first.request::<String, _>("system_chain", rpc_params![]).await.unwrap();
    }
}

#[tokio::test]
async fn subscriptions_of_a_connection_are_bounded() {
    let server = Node::with(Limits { subscriptions_per_connection: 1, ..Limits::default() }).serve().await;
    let client = client(&server).await;
    let subscribe =
        || client.subscribe::<Value, _>("chain_subscribeNewHeads", rpc_params![], "chain_unsubscribeNewHeads");
    let first = subscribe().await.unwrap();
    let refused = refusal(subscribe().await.unwrap_err());
    assert_eq!((refused.code(), refused.message()), (-32006, "Too many subscriptions on the connection"));
    first.unsubscribe().await.unwrap();
    subscribe().await.unwrap();
}

#[tokio::test]
async fn strange_hosts_and_origins_are_turned_away() {
    let server = Node::new().serve().await;
    let body = call("system_chain", json!([]));
    for (headers, status) in [
        ("Host: localhost:9944\r\n", 200),
        ("Host: 127.0.0.1\r\n", 200),
        ("Host: evil.example\r\n", 403),
        ("", 403),
        ("Host: localhost\r\nOrigin: http://localhost:3000\r\n", 200),
        ("Host: localhost\r\nOrigin: http://evil.example\r\n", 403),
        ("Host: localhost\r\nOrigin: null\r\n", 403),
    ] {
        assert_eq!(post(&server, headers, &body).await.status, status, "{headers}");
    }
    let upgrade = "GET / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\nConnection: Upgrade, close\r\n\
        Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    assert_eq!(raw(&server, upgrade.as_bytes()).await.status, 403);

    let page = "Host: localhost\r\nOrigin: http://localhost:3000\r\n";
    let answer = post(&server, page, &body).await;
    assert!(
        answer.head.to_lowercase().contains("access-control-allow-origin: http://localhost:3000"),
        "{}",
        answer.head
    );

    let config = ServerConfig { hosts: Allowed::Any, origins: Allowed::Any, ..ServerConfig::default() };
    let open = Node::new().serve_as(config).await;
    assert_eq!(post(&open, "Host: any.example\r\nOrigin: https://any.example\r\n", &body).await.status, 200);
}

#[tokio::test]
async fn a_page_may_ask_before_it_posts() {
    let server = Node::new().serve().await;
    let preflight = "OPTIONS / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost:3000\r\nConnection: close\r\n\
        Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: content-type\r\n\r\n";
    let answer = raw(&server, preflight.as_bytes()).await;
    assert_eq!(answer.status, 200);
    assert!(answer.head.to_lowercase().contains("access-control-allow-headers: *"), "{}", answer.head);
}

#[tokio::test]
async fn a_body_that_comes_too_slowly_is_given_up() {
    let node = Node::with(Limits { body_timeout: Duration::from_millis(50), ..Limits::default() });
    let server = node.serve().await;
    let head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\
        Connection: close\r\n\r\n{\"jsonrpc\"";
    assert_eq!(raw(&server, head.as_bytes()).await.status, 408);
}

#[tokio::test]
async fn a_connection_without_request_is_closed() {
    let server = Node::with(Limits { idle_timeout: Duration::from_millis(50), ..Limits::default() }).serve().await;
    let unfinished = raw(&server, b"POST / HTTP/1.1\r\nHost: loc").await;
    assert_eq!(unfinished.status, 0, "{}", unfinished.head);
    let body = call("system_chain", json!([]));
    let kept = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    assert_eq!(raw(&server, kept.as_bytes()).await.status, 200);
    let client = client(&server).await;
    raw(&server, b"a while passes").await;
    assert_eq!(client.request::<String, _>("system_chain", rpc_params![]).await.unwrap(), "Test");
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let node = Node::new();
    let server = node.serve().await;
    let address = server.local_addr();
    let error = serve(ServerConfig { address, ..ServerConfig::default() }, node.context.clone()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "port {} of 127.0.0.1 is in use: stop the other program, or choose another port with --rpc-port",
            address.port()
        )
    );
}

#[tokio::test]
async fn a_stopped_server_closes_its_connections_and_leaves_its_port() {
    let node = Node::new();
    let server = node.serve().await;
    let address = server.local_addr();
    let client = client(&server).await;
    let mut heads: Subscription<Value> =
        client.subscribe("chain_subscribeNewHeads", rpc_params![], "chain_unsubscribeNewHeads").await.unwrap();
    heads.next().await.unwrap().unwrap();
    assert_eq!(server.connections(), 1);
    timeout(PATIENCE, server.stop()).await.expect("it stops");
    assert!(timeout(PATIENCE, heads.next()).await.expect("the subscription ends").is_none());
    let again = serve(ServerConfig { address, ..ServerConfig::default() }, node.context.clone()).await;
    assert_eq!(again.unwrap().local_addr(), address);
}

/// A WebSocket connection on which nothing more is read once it is open.
async fn deaf(server: &icn_rpc::Server) -> TcpStream {
    let mut stream = TcpStream::connect(server.local_addr()).await.unwrap();
    let upgrade = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(upgrade.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    assert!(head.starts_with(b"HTTP/1.1 101"));
    stream
}

/// A masked text frame with a mask of zeros.
fn frame(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap();
    let mut frame = vec![0x81, 0x80 | 126];
    frame.extend(length.to_be_bytes());
    frame.extend([0; 4]);
    frame.extend(text.as_bytes());
    frame
}

#[tokio::test]
async fn a_client_that_never_reads_is_dropped_and_harms_nobody() {
    let limits = Limits { body_timeout: Duration::from_millis(200), subscription_messages: 16, ..Limits::default() };
    let node = Node::with(limits);
    let large = vec![7; 1 << 20];
    node.chain.decide(&[(b"large", Some(&large))]);
    let server = node.serve().await;
    let mut hostile = deaf(&server).await;
    let key = icn_rpc::hex::encode(b"large");
    hostile.write_all(&frame(&call("state_subscribeStorage", json!([[key]])))).await.unwrap();
    for _ in 0..64 {
        hostile.write_all(&frame(&call("state_getStorage", json!([key])))).await.unwrap();
    }

    let honest = client(&server).await;
    let mut heads: Subscription<Value> =
        honest.subscribe("chain_subscribeNewHeads", rpc_params![], "chain_unsubscribeNewHeads").await.unwrap();
    assert_eq!(heads.next().await.unwrap().unwrap()["number"], "0x3");
    for number in 4..64 {
        node.chain.decide(&[(b"large", Some(&large))]);
        assert_eq!(heads.next().await.unwrap().unwrap()["number"], format!("{number:#x}"));
        assert_eq!(honest.request::<String, _>("system_chain", rpc_params![]).await.unwrap(), "Test");
    }
    // The server gives the hostile connection up: its place is free again while the honest one stays.
    let only_the_honest = async {
        while server.connections() > 1 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, only_the_honest).await.expect("the client that never reads is dropped");
    assert_eq!(honest.request::<String, _>("system_chain", rpc_params![]).await.unwrap(), "Test");
}

/// Connects from another address of this machine.
async fn connect_from(address: [u8; 4], server: &icn_rpc::Server) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((address, 0).into()).unwrap();
    socket.connect(server.local_addr()).await.unwrap()
}

#[tokio::test]
async fn a_flood_from_elsewhere_does_not_stop_a_transaction() {
    let node = Node::with(Limits { connections_per_ip: 32, ..Limits::default() });
    let server = node.serve().await;
    let batch = json!(vec![json!({"jsonrpc": "2.0", "id": 1, "method": "state_getPairs", "params": ["0x"]}); 256]);
    let batch = batch.to_string();
    let half = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
        batch.len() * 2,
        batch
    );
    let whole = half.replace(&format!("{}\r\n\r\n", batch.len() * 2), &format!("{}\r\n\r\n", batch.len()));
    let mut flood = Vec::new();
    for number in 0..100 {
        let mut stream = connect_from([127, 0, 0, 2], &server).await;
        let request = if number % 2 == 0 { &half } else { &whole };
        // Those above the limit may be closed before they have sent anything.
        let _ = stream.write_all(request.as_bytes()).await;
        flood.push(stream);
    }
    let honest = client(&server).await;
    let transaction = icn_rpc::hex::encode(extrinsic(&[1]).bytes());
    let mut statuses: Subscription<Value> = honest
        .subscribe("author_submitAndWatchExtrinsic", rpc_params![transaction], "author_unwatchExtrinsic")
        .await
        .unwrap();
    assert_eq!(statuses.next().await.unwrap().unwrap(), "ready");
    let block = node.chain.decide(&[]).hash;
    let watcher = node.pool.watched.lock().pop().unwrap();
    watcher.send(TransactionStatus::Finalized { block, index: 0 }).unwrap();
    assert_eq!(statuses.next().await.unwrap().unwrap(), json!({"finalized": block}));
    assert!(server.connections() <= 33, "{} connections", server.connections());
}

#[tokio::test]
async fn a_slow_readers_subscription_ends_with_a_word() {
    let node = Node::with(Limits { subscription_messages: 4, ..Limits::default() });
    let mut heads = node.subscribe("chain_subscribeNewHeads", json!([])).await;
    assert_eq!(heads.next().await.1["number"], "0x2");
    for _ in 0..2000 {
        node.chain.decide(&[]);
    }
    // More were decided than the chain keeps for one reader.
    let mut last = String::new();
    while let Some(message) = heads.raw().await {
        last = message;
    }
    assert!(last.contains("the subscription was dropped: its reader is too slow"), "{last}");
}
