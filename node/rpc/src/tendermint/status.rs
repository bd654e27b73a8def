//! `status`: this node and how far it is.

use super::{
    found,
    header::id_of,
    node::{NodeInfoJson, NodeWords},
    validators::{address, KeyJson},
    wire::{Quoted, Timestamp, UpperHex},
    Asked,
};
use crate::{
    arguments::Arguments,
    backend::{Tendermint, TendermintNode},
    error::Error,
};
use icn_primitives::BlockNumber;
use serde::Serialize;

/// The answer to `status`.
#[derive(Clone, Debug, Serialize)]
pub(super) struct StatusAnswer {
    node_info: NodeInfoJson,
    sync_info: SyncInfoJson,
    validator_info: ValidatorInfoJson,
}

#[derive(Clone, Debug, Serialize)]
struct SyncInfoJson {
    latest_block_hash: UpperHex,
    latest_app_hash: UpperHex,
    latest_block_height: Quoted<BlockNumber>,
    latest_block_time: Timestamp,
    earliest_block_hash: UpperHex,
    earliest_app_hash: UpperHex,
    earliest_block_height: Quoted<BlockNumber>,
    earliest_block_time: Timestamp,
    catching_up: bool,
}

#[derive(Clone, Debug, Serialize)]
struct ValidatorInfoJson {
    address: UpperHex,
    pub_key: KeyJson,
    voting_power: Quoted<u64>,
}

/// What is said of one block.
struct Point {
    hash: UpperHex,
    app_hash: UpperHex,
    time: Timestamp,
}

pub(super) fn status(asked: Asked<'_>, _: Arguments) -> Result<StatusAnswer, Error> {
    let (chain, info) = (asked.tendermint, asked.context.chain.info());
    let (heights, node) = (chain.heights(), chain.node());
    let (earliest, latest) = (point(chain, heights.oldest)?, point(chain, heights.latest)?);
    let sync_info = SyncInfoJson {
        latest_block_hash: latest.hash,
        latest_app_hash: latest.app_hash,
        latest_block_height: Quoted(heights.latest),
        latest_block_time: latest.time,
        earliest_block_hash: earliest.hash,
        earliest_app_hash: earliest.app_hash,
        earliest_block_height: Quoted(heights.oldest),
        earliest_block_time: earliest.time,
        catching_up: node.catching_up,
    };
    let validator_info = validator(chain, &node, heights.latest.saturating_add(1))?;
    let words = NodeWords {
        network_key: node.network_key,
        peer_id: info.peer_id.clone(),
        network: chain.chain_id().into(),
        moniker: node.moniker,
        listen_address: node.listen_address,
        rpc_address: node.rpc_address,
        version: Some(info.node_version.clone()),
    };
    Ok(StatusAnswer { node_info: words.into(), sync_info, validator_info })
}

/// What is said of the block at a height; block 0 is none.
fn point(chain: &dyn Tendermint, height: BlockNumber) -> Result<Point, Error> {
    if height == 0 {
        return Ok(Point { hash: UpperHex::default(), app_hash: UpperHex::default(), time: Timestamp::of(0) });
    }
    let (header, parts) = found("header", height, chain.header(height))?;
    Ok(Point {
        hash: UpperHex::of(id_of(&header, parts)?.hash),
        app_hash: UpperHex::of(header.app_hash),
        time: Timestamp::of(header.time),
    })
}

/// This node's key, with its power in the set that signs `height`.
fn validator(chain: &dyn Tendermint, node: &TendermintNode, height: BlockNumber) -> Result<ValidatorInfoJson, Error> {
    let set = found("validator set", height, chain.validators(height))?;
    let power = set.by_key(&node.consensus_key).map_or(0, |validator| validator.power);
    Ok(ValidatorInfoJson {
        address: address(&node.consensus_key),
        pub_key: KeyJson::new(&node.consensus_key),
        voting_power: Quoted(power),
    })
}
