//! A node, as its tests see it.

use codec::Encode;
use icn_network::{Config, Event, Head, Keypair, Limits, Network, PeerAddress, PeerId, Status, Ticket, Verdict};
use icn_primitives::{Extrinsic, Hash};
use std::{collections::HashSet, future::Future, time::Duration};
use tokio::{
    select,
    sync::mpsc::Receiver,
    time::{interval, timeout},
};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a status is asked for while something is waited for.
const ASK_EVERY: Duration = Duration::from_millis(10);

pub(crate) const CHAIN: &str = "test-00000000";

/// A running network and what it tells.
pub(crate) struct Node {
    pub(crate) network: Network,
    pub(crate) events: Receiver<Event>,
}

/// Waits for something, and panics when it takes too long.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("{what} takes too long"))
}

/// The genesis hash of [`CHAIN`].
pub(crate) fn genesis() -> Hash {
    Hash::repeat_byte(0x0e)
}

pub(crate) fn head(height: u64) -> Head {
    Head { height, hash: Hash::from_low_u64_be(height) }
}

/// A node of the test chain with a key of its own, on any free port, that knows some others.
pub(crate) fn config(peers: &[&Node]) -> Config {
    Config {
        chain_id: CHAIN.into(),
        genesis: genesis(),
        head: head(0),
        listen: "/ip4/127.0.0.1/tcp/0".parse().unwrap(),
        keypair: Keypair::generate_ed25519(),
        agent: "icn/test".into(),
        peers: peers.iter().map(|node| node.address()).collect(),
        persistent_peers_only: false,
        limits: Limits::default(),
    }
}

/// An extrinsic of its own for each number, with so many bytes after its length.
pub(crate) fn padded(number: u32, bytes: usize) -> Extrinsic {
    let mut content = number.to_le_bytes().to_vec();
    content.resize(bytes.max(4), 0);
    Extrinsic::from_encoded(content.encode())
}

pub(crate) fn extrinsic(number: u32) -> Extrinsic {
    padded(number, 100)
}

/// Waits until one of two nodes has banned the other: whoever finds out first.
pub(crate) async fn banned(one: &Node, other: &Node) {
    let bans = |status: &Status| status.bans == 1 && status.peers.is_empty();
    select! {
        _ = one.status("a ban", bans) => {}
        _ = other.status("a ban", bans) => {}
    }
}

impl Node {
    pub(crate) async fn start(config: Config) -> Self {
        let (network, events) = soon("start", icn_network::start(config)).await.unwrap();
        Self { network, events }
    }

    /// Starts a node that knows some others, and waits until all are connected.
    pub(crate) async fn join(others: &mut [&mut Node]) -> Self {
        let known: Vec<&Node> = others.iter().map(|node| &**node).collect();
        let mut node = Self::start(config(&known)).await;
        let mut missing: HashSet<_> = others.iter().map(|other| other.id()).collect();
        while !missing.is_empty() {
            let pick = |event| if let Event::PeerConnected { peer } = event { Some(peer) } else { None };
            missing.remove(&node.event("a connection", pick).await);
        }
        for other in others {
            other.connected(node.id()).await;
        }
        node
    }

    pub(crate) fn id(&self) -> PeerId {
        self.network.peer_id()
    }

    pub(crate) fn address(&self) -> PeerAddress {
        self.network.peer_address()
    }

    /// Waits for an event of some kind; others are dropped.
    pub(crate) async fn event<T>(&mut self, what: &str, mut pick: impl FnMut(Event) -> Option<T>) -> T {
        let wait = async {
            loop {
                let event = self.events.recv().await.expect("the network runs");
                if let Some(picked) = pick(event) {
                    return picked;
                }
            }
        };
        soon(what, wait).await
    }

    pub(crate) async fn connected(&mut self, other: PeerId) {
        let pick = |event| matches!(event, Event::PeerConnected { peer } if peer == other).then_some(());
        self.event("a connection", pick).await;
    }

    pub(crate) async fn disconnected(&mut self, other: PeerId) {
        let pick = |event| matches!(event, Event::PeerDisconnected { peer } if peer == other).then_some(());
        self.event("a disconnection", pick).await;
    }

    /// The next batch: who sent it, its ticket and its transactions.
    pub(crate) async fn batch(&mut self) -> (PeerId, Ticket, Vec<Extrinsic>) {
        let pick = |event| match event {
            Event::Transactions { from, ticket, extrinsics } => Some((from, ticket, extrinsics)),
            _ => None,
        };
        self.event("a batch", pick).await
    }

    /// Answers the next batch; what was in it.
    pub(crate) async fn answer(&mut self, verdict: Verdict) -> Vec<Extrinsic> {
        let (_, ticket, extrinsics) = self.batch().await;
        ticket.answer(verdict);
        extrinsics
    }

    /// Accepts batches until so many transactions came, in the order in which they came.
    pub(crate) async fn accept(&mut self, count: usize) -> Vec<Extrinsic> {
        let mut accepted = Vec::new();
        while accepted.len() < count {
            accepted.extend(self.answer(Verdict::Accept).await);
        }
        accepted
    }

    /// The next head: whose it is, and which.
    pub(crate) async fn head(&mut self) -> (PeerId, Head) {
        let pick = |event| match event {
            Event::Head { from, head } => Some((from, head)),
            _ => None,
        };
        self.event("a head", pick).await
    }

    /// Waits until the status is as wanted; the status.
    pub(crate) async fn status(&self, what: &str, wanted: impl Fn(&Status) -> bool) -> Status {
        let wait = async {
            let mut ask = interval(ASK_EVERY);
            loop {
                ask.tick().await;
                let status = self.network.status().await.expect("the network runs");
                if wanted(&status) {
                    return status;
                }
            }
        };
        soon(what, wait).await
    }
}
