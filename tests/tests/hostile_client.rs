//! One hostile client of a real node, with every trick at once, cannot stop an honest one.
//!
//! The hostile client comes from 127.0.0.1, the honest one from 127.0.0.2, so that the limits by address tell them apart. All
//! of it is bounded in number, stays on this machine, and ends with the test.

use icn_primitives::Hash;
use icn_runtime::RuntimeCall;
use icn_tests::{
    account::{Account, Terms},
    node::{check, directory, NodeProcess},
};
use jsonrpsee::{
    client_transport::ws::WsTransportClientBuilder,
    core::client::{Client, ClientT as _, Error, Subscription, SubscriptionClientT as _},
    rpc_params,
};
use serde_json::{json, Value};
use std::{
    net::SocketAddr,
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc,
    },
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    task::JoinSet,
    time::timeout,
};

/// Longest wait for one of the honest client's steps.
const PATIENCE: Duration = Duration::from_secs(30);

/// Transfers that the honest client sends while the other does its worst.
const TRANSFERS: u32 = 5;

/// Most memory that the node may hold, in bytes.
const MEMORY_MAX: u64 = 1 << 30;

/// Connections that do not read what they asked for.
const DEAF: usize = 12;

/// Connections that send as fast as they can.
const FLOODS: usize = 4;

/// Requests whose bodies never come to an end.
const SLOW: usize = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_honest_clients_transfers_are_final_whatever_another_does() {
    let directory = directory();
    let home = directory.path().join("home");
    let node = NodeProcess::start(&home);
    let idle = node.resident_bytes();
    let done = Arc::new(AtomicU64::new(0));
    let mut hostile = attack(node.address(), &done).await;

    let honest = connect_from([127, 0, 0, 2], node.address()).await;
    let mut slowest = Duration::ZERO;
    let mut most = 0;
    for nonce in 0..TRANSFERS {
        let start = Instant::now();
        transfer(&honest, nonce).await;
        slowest = slowest.max(start.elapsed());
        most = most.max(node.resident_bytes());
    }
    let attacks = done.load(Ordering::Relaxed);
    assert!(attacks > 100, "the hostile client did only {attacks} things");
    assert!(hostile.try_join_next().is_none_or(|ended| ended.is_ok()), "the hostile client failed by itself");
    hostile.shutdown().await;
    transfer(&honest, TRANSFERS).await;
    println!(
        "{attacks} hostile requests and batches; slowest of {TRANSFERS} honest transfers {slowest:?}; memory {} MiB idle, {} MiB at most",
        idle >> 20,
        most >> 20,
    );
    assert!(most < MEMORY_MAX, "{most} bytes are held");
    assert!(!node.log().contains("panicked"), "{}", node.log());
    drop(honest);
    assert!(node.stop().success());
    check(&home).ok();
}

/// Sends one transfer and waits until it is final.
async fn transfer(client: &Client, nonce: u32) {
    let genesis: Hash = answer(client.request("chain_getBlockHash", rpc_params![0])).await;
    let call: RuntimeCall =
        pallet_balances::Call::transfer_keep_alive { dest: Account::dev("Bob").id().into(), value: 1_000_000 }.into();
    let transaction = Account::dev("Alice").sign(call, Terms { nonce, tip: 0, era: None, genesis });
    let bytes = format!("0x{}", hex::encode(transaction.bytes()));
    let (method, end) = ("author_submitAndWatchExtrinsic", "author_unwatchExtrinsic");
    let mut life: Subscription<Value> = answer(client.subscribe(method, rpc_params![bytes], end)).await;
    loop {
        let status = timeout(PATIENCE, life.next()).await.expect("it goes on in time");
        let status = status.expect("it goes on").expect("readable");
        if status.get("finalized").is_some() {
            return;
        }
    }
}

async fn answer<T>(request: impl std::future::Future<Output = Result<T, Error>>) -> T {
    timeout(PATIENCE, request).await.expect("the node answers in time").expect("the node answers")
}

/// Connects from another address of this machine.
async fn connect_from(address: [u8; 4], node: SocketAddr) -> Client {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind((address, 0).into()).expect("loopback has many addresses");
    let stream = socket.connect(node).await.expect("the node listens");
    let url = format!("ws://{node}").parse().expect("a URL");
    let transport = WsTransportClientBuilder::default().build_with_stream(url, stream);
    let (sender, receiver) = timeout(PATIENCE, transport).await.expect("in time").expect("it is let in");
    Client::builder().request_timeout(PATIENCE).build_with_tokio(sender, receiver)
}

/// Starts every attack; each goes on until it is shut down.
async fn attack(node: SocketAddr, done: &Arc<AtomicU64>) -> JoinSet<()> {
    let mut attacks = JoinSet::new();
    for _ in 0..DEAF {
        attacks.spawn(deaf(node, done.clone()));
    }
    for number in 0..FLOODS {
        attacks.spawn(flood(node, done.clone(), number));
    }
    for _ in 0..SLOW {
        attacks.spawn(slow(node, done.clone()));
    }
    attacks.spawn(oversized(node, done.clone()));
    attacks.spawn(crowd(node, done.clone()));
    // They are under way before the honest client comes.
    while done.load(Ordering::Relaxed) < 20 {
        tokio::task::yield_now().await;
    }
    attacks
}

/// How often one attack connects anew, so that the attacker does not starve itself and the node of this machine's processor.
fn pace() -> tokio::time::Interval {
    tokio::time::interval(Duration::from_millis(20))
}

/// Opens a WebSocket by hand, so that nothing reads from it unasked; `None` when it is not let in.
async fn websocket(node: SocketAddr) -> Option<TcpStream> {
    let mut stream = TcpStream::connect(node).await.ok()?;
    let upgrade = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    stream.write_all(upgrade.as_bytes()).await.ok()?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    head.starts_with(b"HTTP/1.1 101").then_some(stream)
}

/// A text frame, masked with zeros.
fn frame(text: &str) -> Vec<u8> {
    let mut frame = vec![0x81, 0x80 | 127];
    frame.extend((text.len() as u64).to_be_bytes());
    frame.extend([0; 4]);
    frame.extend(text.as_bytes());
    frame
}

fn call(method: &str, params: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
}

/// Subscribes to all there is and asks for large answers, and reads nothing.
async fn deaf(node: SocketAddr, done: Arc<AtomicU64>) {
    let events = "0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7";
    let wishes = [
        call("chain_subscribeAllHeads", json!([])),
        call("state_subscribeStorage", json!([[events]])),
        call("chainHead_v1_follow", json!([true])),
        call("state_getMetadata", json!([])),
        call("state_subscribeRuntimeVersion", json!([])),
    ]
    .map(|wish| frame(&wish.to_string()));
    let mut pace = pace();
    loop {
        pace.tick().await;
        let Some(mut stream) = websocket(node).await else { continue };
        // Until the node closes, or waits for us to read.
        for wish in wishes.iter().cycle().take(4_000) {
            if !sent(&mut stream, wish).await {
                break;
            }
            done.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Whether bytes could be sent within a while.
async fn sent(stream: &mut TcpStream, bytes: &[u8]) -> bool {
    matches!(timeout(Duration::from_secs(1), stream.write_all(bytes)).await, Ok(Ok(())))
}

/// Sends what costs the node most, or nothing that makes sense, as fast as it is taken, and throws the answers away.
async fn flood(node: SocketAddr, done: Arc<AtomicU64>, number: usize) {
    let many = |call: Value, count| Value::Array(vec![call; count]).to_string();
    let forged = format!("0x{}", "ff".repeat(60_000));
    let message = match number % FLOODS {
        0 => many(call("state_getPairs", json!(["0x"])), 256),
        1 => many(call("system_chain", json!([])), 20_000),
        2 => many(call("author_submitExtrinsic", json!([forged])), 30),
        _ => "[{\"jsonrpc\":".repeat(2_000),
    };
    let message = frame(&message);
    let mut pace = pace();
    loop {
        pace.tick().await;
        let Some(stream) = websocket(node).await else { continue };
        let (mut answers, mut requests) = stream.into_split();
        let reader = tokio::spawn(async move {
            let mut buffer = vec![0; 1 << 16];
            while answers.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
        });
        while matches!(timeout(PATIENCE, requests.write_all(&message)).await, Ok(Ok(()))) {
            done.fetch_add(1, Ordering::Relaxed);
        }
        reader.abort();
    }
}

/// Promises a long body and never sends its end.
async fn slow(node: SocketAddr, done: Arc<AtomicU64>) {
    let mut pace = pace();
    loop {
        pace.tick().await;
        let Ok(mut stream) = TcpStream::connect(node).await else { continue };
        let head =
            "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 4000000\r\n\r\n[";
        if !sent(&mut stream, head.as_bytes()).await {
            continue;
        }
        done.fetch_add(1, Ordering::Relaxed);
        // A few bytes now and then, until the node gives up.
        let mut answer = [0; 256];
        while timeout(Duration::from_millis(200), stream.read(&mut answer)).await.is_err() {
            if stream.write_all(b" ").await.is_err() {
                break;
            }
        }
    }
}

/// Sends bodies above the limit.
async fn oversized(node: SocketAddr, done: Arc<AtomicU64>) {
    let body = vec![b' '; 6 << 20];
    let mut pace = pace();
    loop {
        pace.tick().await;
        let answer = post(node, &body).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 413") || answer.starts_with("HTTP/1.1 429"),
            "{answer}"
        );
        done.fetch_add(1, Ordering::Relaxed);
    }
}

/// Takes all the connections there are for its address, and more.
async fn crowd(node: SocketAddr, done: Arc<AtomicU64>) {
    let mut pace = pace();
    loop {
        pace.tick().await;
        let mut crowd = Vec::new();
        for _ in 0..100 {
            let Ok(mut stream) = TcpStream::connect(node).await else { continue };
            // Those above the limit are closed; the others wait with half a request.
            let _ = stream.write_all(b"POST / HTTP/1.1\r\nHost: loc").await;
            crowd.push(stream);
            done.fetch_add(1, Ordering::Relaxed);
        }
        let mut last = [0; 1];
        if let Some(first) = crowd.first_mut() {
            let _ = timeout(Duration::from_secs(2), first.read(&mut last)).await;
        }
    }
}

/// Posts a body; what is answered before the node closes.
async fn post(node: SocketAddr, body: &[u8]) -> String {
    let Ok(mut stream) = TcpStream::connect(node).await else { return String::new() };
    let head = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    // A server that refuses may close before it has read everything.
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = timeout(PATIENCE, stream.write_all(body)).await;
    let mut answer = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// What each limit of the RPC answers, with the defaults of the binary.
#[tokio::test]
async fn limits_answer_as_documented() {
    let directory = directory();
    let node = NodeProcess::start(&directory.path().join("home"));
    let error = |answer: &str| -> (i64, String) {
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let body: Value = serde_json::from_str(body).unwrap_or_else(|_| panic!("no JSON: {answer}"));
        let error = &body["error"];
        (error["code"].as_i64().unwrap_or_default(), error["message"].as_str().unwrap_or_default().into())
    };
    let address = node.address();
    let large = post(address, &vec![b' '; (5 << 20) + 1]).await;
    assert!(large.starts_with("HTTP/1.1 413"), "{large}");
    assert_eq!(error(&large), (-32007, "Request is too big".into()));
    let batch = Value::Array(vec![call("system_chain", json!([])); 257]).to_string();
    assert_eq!(error(&post(address, batch.as_bytes()).await), (-32010, "The batch request was too large".into()));
    for malformed in ["{", "[{\"jsonrpc\":", "\u{1}"] {
        assert_eq!(error(&post(address, malformed.as_bytes()).await), (-32700, "Parse error".into()), "{malformed}");
    }
    let unknown = call("state_getNothing", json!([])).to_string();
    assert_eq!(error(&post(address, unknown.as_bytes()).await), (-32601, "Method not found".into()));
    let nested = "[".repeat(100_000);
    assert_eq!(error(&post(address, nested.as_bytes()).await), (-32700, "Parse error".into()));

    let client = connect_from([127, 0, 0, 3], address).await;
    let mut follows = Vec::new();
    let refusal = loop {
        let (method, end) = ("chainHead_v1_follow", "chainHead_v1_unfollow");
        match client.subscribe::<Value, _>(method, rpc_params![false], end).await {
            Ok(follow) => follows.push(follow),
            Err(Error::Call(refusal)) => break refusal,
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!((follows.len(), refusal.code()), (2, -32800));

    // One address has 64 connections; the next is told so.
    let mut taken = Vec::new();
    for _ in 0..64 {
        taken.push(TcpStream::connect(address).await.expect("the node listens"));
    }
    let mut one_more = TcpStream::connect(address).await.expect("the node listens");
    let mut answer = String::new();
    one_more.read_to_string(&mut answer).await.expect("it is told");
    assert!(answer.starts_with("HTTP/1.1 429"), "{answer}");
    transfer(&client, 0).await;
}
