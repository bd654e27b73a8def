//! What is left when a network stops.

use crate::node::{config, soon, Node};
use icn_network::{Config, NetworkError};
use tokio::{net::TcpListener, runtime::Handle};

/// The TCP port that a node listens on.
fn port(node: &Node) -> u16 {
    let address = node.network.listen_address().to_string();
    address.rsplit('/').next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_ends_every_task_and_frees_the_port() {
    let mut bob = Node::start(config(&[])).await;
    let before = Handle::current().metrics().num_alive_tasks();
    let mut alice = Node::start(config(&[&bob])).await;
    alice.connected(bob.id()).await;
    bob.connected(alice.id()).await;
    let (port, id, other) = (port(&alice), alice.id(), alice.network.clone());
    soon("the stop", alice.network.stop()).await;
    assert!(alice.events.recv().await.is_none_or(|event| !format!("{event:?}").is_empty()));
    assert_eq!(other.status().await, None);
    soon("another stop", other.stop()).await;
    TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    bob.disconnected(id).await;
    // Bob's end of the connection is gone too once it reported so, or a moment later.
    let ended = async {
        while Handle::current().metrics().num_alive_tasks() > before {
            tokio::task::yield_now().await;
        }
    };
    soon("the end of every task", ended).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_the_last_handle_stops_the_network() {
    let mut bob = Node::start(config(&[])).await;
    let Node { network, mut events } = Node::join(&mut [&mut bob]).await;
    let (id, clone) = (network.peer_id(), network.clone());
    drop(network);
    assert!(clone.status().await.is_some(), "another handle is left");
    drop(clone);
    bob.disconnected(id).await;
    let end = async { while events.recv().await.is_some() {} };
    soon("the end of the events", end).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_cannot_start_says_why() {
    let error = icn_network::start(Config { chain_id: "a/b".into(), ..config(&[]) }).await.unwrap_err();
    assert!(matches!(error, NetworkError::ChainId { .. }), "{error}");
    let listen: icn_network::Multiaddr = "/ip4/192.0.2.1/tcp/0".parse().unwrap();
    let error = icn_network::start(Config { listen, ..config(&[]) }).await.unwrap_err();
    assert!(matches!(error, NetworkError::Listen { .. }), "{error}");
    let listen = "/memory/1".parse().unwrap();
    let error = icn_network::start(Config { listen, ..config(&[]) }).await.unwrap_err();
    assert!(matches!(error, NetworkError::Listen { .. }), "{error}");
}
