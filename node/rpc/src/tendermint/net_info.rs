//! `net_info`: the nodes that this one is connected with.

use super::{
    node::{NodeInfoJson, NodeWords},
    wire::{Quoted, Timestamp},
    Asked,
};
use crate::{arguments::Arguments, backend::TendermintPeer, error::Error};
use serde::Serialize;
use std::{net::IpAddr, time::Duration};

/// The answer to `net_info`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct NetInfoAnswer {
    listening: bool,
    listeners: Vec<String>,
    n_peers: Quoted<usize>,
    peers: Vec<PeerJson>,
}

#[derive(Clone, Debug, Serialize)]
struct PeerJson {
    node_info: NodeInfoJson,
    is_outbound: bool,
    connection_status: ConnectionJson,
    remote_ip: IpAddr,
}

/// The state of a connection.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ConnectionJson {
    /// Nanoseconds.
    duration: Quoted<u128>,
    send_monitor: MonitorJson,
    recv_monitor: MonitorJson,
    channels: [(); 0],
}

/// The traffic of a connection in one direction. Nobody measures it here: all that would count bytes is 0.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct MonitorJson {
    start: Timestamp,
    bytes: Quoted<u64>,
    samples: Quoted<u64>,
    inst_rate: Quoted<u64>,
    cur_rate: Quoted<u64>,
    avg_rate: Quoted<u64>,
    peak_rate: Quoted<u64>,
    bytes_rem: Quoted<u64>,
    /// Nanoseconds.
    duration: Quoted<u128>,
    idle: Quoted<u64>,
    time_rem: Quoted<u64>,
    progress: u32,
    active: bool,
}

impl MonitorJson {
    fn new(start: Timestamp, duration: Duration) -> Self {
        let none = Quoted(0);
        Self {
            start,
            bytes: none,
            samples: none,
            inst_rate: none,
            cur_rate: none,
            avg_rate: none,
            peak_rate: none,
            bytes_rem: none,
            duration: Quoted(duration.as_nanos()),
            idle: none,
            time_rem: none,
            progress: 0,
            active: true,
        }
    }
}

pub(super) fn net_info(asked: Asked<'_>, _: Arguments) -> Result<NetInfoAnswer, Error> {
    let chain = asked.tendermint;
    let address = chain.node().listen_address;
    let peers: Vec<PeerJson> = chain.peers().into_iter().map(|peer| shown(peer, chain.chain_id())).collect();
    Ok(NetInfoAnswer {
        listening: !address.is_empty(),
        listeners: if address.is_empty() { Vec::new() } else { vec![format!("Listener(@{address})")] },
        n_peers: Quoted(peers.len()),
        peers,
    })
}

fn shown(peer: TendermintPeer, chain_id: &str) -> PeerJson {
    let start = Timestamp::of(peer.since);
    let monitor = MonitorJson::new(start, peer.connected);
    let words = NodeWords {
        network_key: peer.network_key,
        peer_id: peer.peer_id,
        // Nodes of other chains do not get as far as to be peers.
        network: chain_id.into(),
        moniker: peer.moniker,
        listen_address: peer.listen_address,
        rpc_address: String::new(),
        version: None,
    };
    PeerJson {
        node_info: words.into(),
        is_outbound: peer.outbound,
        connection_status: ConnectionJson {
            duration: Quoted(peer.connected.as_nanos()),
            send_monitor: monitor.clone(),
            recv_monitor: monitor,
            channels: [],
        },
        remote_ip: peer.remote_ip,
    }
}
