//! Measures what gossip costs: nodes that all know each other, in one process, each submitting its part of a load.
//!
//! `gossip_cost [nodes] [transactions a second] [bytes of a transaction] [seconds]` prints one line of JSON. Every node accepts
//! whatever comes, so that it is relayed.
#![allow(clippy::print_stdout, clippy::expect_used)]

use codec::Encode;
use icn_network::{Config, Event, Head, Keypair, Limits, Network, Verdict};
use icn_primitives::{Extrinsic, Hash};
use std::{
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc,
    },
    time::{Duration, Instant},
};
use tokio::{sync::mpsc::Receiver, task::JoinSet, time::interval};

/// How often each node submits.
const SUBMIT_EVERY: Duration = Duration::from_millis(2);

#[tokio::main]
async fn main() {
    let mut words = std::env::args().skip(1).map(|word| word.parse().expect("a number"));
    let mut word = |default: u64| words.next().unwrap_or(default);
    let (nodes, rate, bytes, seconds) = (word(4), word(10_000), word(200), word(10));

    let (networks, mut events) = mesh(nodes).await;
    let received = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    for events in events.drain(..) {
        tasks.spawn(accept(events, received.clone()));
    }
    let (begin, cpu) = (Instant::now(), cpu_seconds());
    let submitted = submit(&networks, rate, bytes, seconds).await;
    let expected = submitted * (nodes - 1);
    while received.load(Ordering::Relaxed) < expected && begin.elapsed() < Duration::from_secs(seconds + 10) {
        tokio::task::yield_now().await;
    }
    let (elapsed, cpu) = (begin.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let received = received.load(Ordering::Relaxed);
    let mut messages = 0;
    for network in &networks {
        let status = network.status().await.expect("the network runs");
        messages += status.peers.iter().map(|peer| peer.counters.messages_in).sum::<u64>();
    }
    println!(
        "{{\"nodes\":{nodes},\"bytes\":{bytes},\"submitted\":{submitted},\"received\":{received},\"expected\":{expected},\
         \"seconds\":{elapsed:.2},\"cpu_seconds\":{cpu:.2},\"cpu_us_per_transaction\":{:.1},\"messages_in\":{messages}}}",
        cpu * 1e6 / submitted as f64,
    );
    for network in networks {
        network.stop().await;
    }
}

/// Nodes that are all connected with each other.
async fn mesh(nodes: u64) -> (Vec<Network>, Vec<Receiver<Event>>) {
    let (mut networks, mut events): (Vec<Network>, Vec<Receiver<Event>>) = (Vec::new(), Vec::new());
    for _ in 0..nodes {
        let config = Config {
            chain_id: "bench-00000000".into(),
            genesis: Hash::zero(),
            head: Head { height: 0, hash: Hash::zero() },
            listen: "/ip4/127.0.0.1/tcp/0".parse().expect("an address"),
            keypair: Keypair::generate_ed25519(),
            agent: "icn/bench".into(),
            peers: networks.iter().map(Network::peer_address).collect(),
            persistent_peers_only: false,
            limits: Limits::default(),
        };
        let (network, receiver) = icn_network::start(config).await.expect("the network starts");
        networks.push(network);
        events.push(receiver);
    }
    for receiver in &mut events {
        let mut connected = 1;
        while connected < nodes {
            let event = receiver.recv().await.expect("the network runs");
            connected += u64::from(matches!(event, Event::PeerConnected { .. }));
        }
    }
    (networks, events)
}

async fn accept(mut events: Receiver<Event>, received: Arc<AtomicU64>) {
    while let Some(event) = events.recv().await {
        if let Event::Transactions { ticket, extrinsics, .. } = event {
            ticket.answer(Verdict::Accept);
            received.fetch_add(extrinsics.len() as u64, Ordering::Relaxed);
        }
    }
}

/// Submits a load for some seconds; how many transactions.
async fn submit(networks: &[Network], rate: u64, bytes: u64, seconds: u64) -> u64 {
    let mut ticks = interval(SUBMIT_EVERY);
    let begin = Instant::now();
    let mut submitted = 0u64;
    while begin.elapsed() < Duration::from_secs(seconds) {
        ticks.tick().await;
        let due = (begin.elapsed().as_secs_f64() * rate as f64) as u64;
        while submitted < due {
            let mut content = submitted.to_le_bytes().to_vec();
            content.resize(bytes.max(8) as usize, 0);
            let network = &networks[(submitted % networks.len() as u64) as usize];
            network.submit(vec![Extrinsic::from_encoded(content.encode())]);
            submitted += 1;
        }
    }
    submitted
}

/// Time that the process has spent on processors, in seconds.
fn cpu_seconds() -> f64 {
    const TICKS_PER_SECOND: f64 = 100.0;
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    fields.skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS_PER_SECOND
}
