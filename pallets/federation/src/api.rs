//! What the node and its clients may ask.

use crate::{Blocks, Bundles, Config, Pallet, Peers, Reason};
use codec::{Decode, Encode};
use icn_dag::{Cid, Did, Epoch};
use scale_info::TypeInfo;

/// A peer as clients see it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
pub struct PeerInfo {
    /// The federation.
    pub peer: Did,
    /// The last bundle that was followed: epoch, name, height, and until when it is trusted.
    pub bundle: Option<(Epoch, Cid, u32, u64)>,
    /// The last block that was followed: chain, height, hash.
    pub block: Option<(String, u64, [u8; 32])>,
    /// The heights at which something can be shown.
    pub heights: Vec<u64>,
    /// How many things of it were accepted.
    pub receipts: u64,
    /// Why nothing of it is followed.
    pub frozen: Option<Reason>,
}

impl<T: Config> Pallet<T> {
    /// All peers, by their names.
    pub fn peer_infos() -> Vec<PeerInfo> {
        let mut peers: Vec<_> = Peers::<T>::iter().collect();
        peers.sort_by(|(one, _), (other, _)| one.cmp(other));
        let info = |(peer, known): (Did, crate::Peer)| {
            let bundle = known.epoch.and_then(|epoch| Bundles::<T>::get(&peer, epoch));
            let bundle =
                bundle.and_then(|bundle| Some((bundle.epoch, bundle.cid().ok()?, bundle.height, bundle.valid_until)));
            let block = known.block.and_then(|height| Blocks::<T>::get(&peer, height));
            let chain = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            PeerInfo {
                bundle,
                block: block.map(|block| (chain(&block.chain_id), block.height, block.hash)),
                heights: Self::points(&peer).into_iter().map(|(height, _)| height).collect(),
                receipts: known.receipts,
                frozen: known.frozen,
                peer,
            }
        };
        peers.into_iter().map(info).collect()
    }
}

sp_api::decl_runtime_apis! {
    /// Other federations, in the state after a block.
    pub trait FederationApi {
        /// All peers, by their names.
        fn peers() -> Vec<PeerInfo>;
    }
}
