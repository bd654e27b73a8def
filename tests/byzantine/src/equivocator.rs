//! A validator that signs two things where one is allowed: the engine's own adversary, with a signer that has no guard.
//!
//! Consensus in the same process is honest and knows of nothing: its votes and proposals go out as they are, and each is followed by one for
//! a block that does not exist.

use crate::forgetful::Forgetful;
use async_trait::async_trait;
use icn_consensus::{Address, BlockRef, IcnContext};
use icn_engine::{EngineConfig, Intermediary, NetworkRef};
use icn_primitives::{
    tendermint::{BlockId, PartSetHeader},
    Hash, Target,
};
use malachitebft_engine_byzantine::{ByzantineConfig, ByzantineNetworkProxy, Trigger};
use std::error::Error;

/// Signs twice from a height on.
#[derive(Debug)]
pub(crate) struct Equivocator {
    /// That height.
    pub(crate) from: u64,
}

/// There is nothing to sign with.
#[derive(Debug, thiserror::Error)]
#[error("only a validator can sign twice: this home has no consensus key")]
pub(crate) struct NoKey;

#[async_trait]
impl Intermediary for Equivocator {
    async fn start(
        &self,
        config: &EngineConfig,
        network: NetworkRef<IcnContext>,
    ) -> Result<NetworkRef<IcnContext>, Box<dyn Error + Send + Sync>> {
        let sealer = &config.validator.as_ref().ok_or(NoKey)?.sealer;
        let always = Trigger::HeightRange { from: self.from, to: u64::MAX };
        let adversary =
            ByzantineConfig::default().with_equivocate_votes(always.clone()).with_equivocate_proposals(always);
        let signer = Forgetful { chain_id: config.chain_id.clone(), key: sealer.key.clone() };
        let proxy = ByzantineNetworkProxy::spawn(
            adversary,
            network,
            Box::new(signer),
            IcnContext::new(config.chain_id.clone()),
            Address(sealer.address),
            tracing::Span::current(),
            Some(Box::new(|value| another(Some(value)))),
            Some(Box::new(another)),
        );
        Ok(proxy.await?)
    }
}

/// A block that does not exist: one that differs from `value` in the last bit of its hash, or any.
fn another(value: Option<&BlockRef>) -> BlockRef {
    let BlockRef(mut target) = value.copied().unwrap_or_else(nowhere);
    let [.., last] = &mut target.id.hash.0;
    *last ^= 1;
    BlockRef(target)
}

fn nowhere() -> BlockRef {
    let parts = PartSetHeader { total: 1, hash: Hash::repeat_byte(0xee) };
    BlockRef(Target { id: BlockId { hash: Hash::repeat_byte(0xee), parts }, time: 0 })
}
