//! What of a peer is accepted.

use crate::{
    following::read, item_id, Blocks, Bundles, Claim, Config, Encoded, Error, Event, Item, KeptPoint, Pallet, Peers,
    Receipt, Receipts,
};
use frame_support::{ensure, traits::Time};
use icn_dag::{Did, Emit as _, Ipld, Kind};
use icn_trust::{verify_record, verify_value, ClaimError, Final};
use sha2::{Digest as _, Sha256};
use sp_runtime::DispatchResult;

/// What the record says that the chain emits of a receipt.
fn said(peer: &Did, height: u64, item: &Item) -> Ipld {
    let accepted = match item {
        Item::Record { cid, .. } => ("record".to_owned(), Ipld::Link(cid.into())),
        Item::Value { hash } => ("value".to_owned(), Ipld::Bytes(hash.to_vec())),
    };
    let peer = ("peer".to_owned(), Ipld::String(peer.as_str().into()));
    Ipld::Map([peer, ("height".to_owned(), Ipld::Integer(height.into())), accepted].into())
}

impl<T: Config> Pallet<T> {
    // SPEC-FED-5
    pub(crate) fn do_accept(did: Did, height: u64, claim: &Encoded) -> DispatchResult {
        let mut peer = Self::active(&did)?;
        let claim: Claim = read::<T, _>(claim)?;
        ensure!(Self::points(&did).iter().any(|(kept, _)| *kept == height), Error::<T>::UnknownPoint);
        let found = Self::fresh_point(&did, height).ok_or(Error::<T>::Expired)?;
        let (id, item) = Self::judge(&found, claim)?;
        ensure!(!Receipts::<T>::contains_key(&did, id), Error::<T>::AlreadyAccepted);
        T::Emit::emit(Kind::Anchor, Vec::new(), said(&did, height, &item));
        let receipt = Receipt { item, peer_height: height, height: Self::height(), time: T::Time::now() };
        Receipts::<T>::insert(&did, id, receipt);
        peer.receipts = peer.receipts.saturating_add(1);
        Peers::<T>::insert(&did, peer);
        Self::deposit_event(Event::Accepted { peer: did, item: id, height });
        Ok(())
    }

    /// A point that is kept, as far as the peer is followed closely enough: what is known of it last is not too old.
    // SPEC-FED-6
    fn fresh_point(did: &Did, height: u64) -> Option<Final> {
        let peer = Peers::<T>::get(did)?;
        let points = Self::points(did);
        let mut at_height = points.iter().filter(|(kept, _)| *kept == height);
        at_height.find_map(|(_, point)| match point {
            KeptPoint::Bundle(epoch) => {
                let last = Bundles::<T>::get(did, peer.epoch?)?;
                let bundle = Bundles::<T>::get(did, epoch)?;
                (T::Time::now() <= last.valid_until).then(|| Final::of_bundle(&bundle))
            }
            KeptPoint::Block => {
                let last = Blocks::<T>::get(did, peer.block?)?;
                let header = Blocks::<T>::get(did, height)?;
                let seconds = u64::try_from(header.time.0).ok()?;
                let time = seconds.saturating_mul(1000);
                let found = Final { height, time, state_root: header.app_hash, records: None };
                Self::is_fresh(&last).then_some(found)
            }
        })
    }

    fn judge(found: &Final, claim: Claim) -> Result<([u8; 32], Item), Error<T>> {
        match claim {
            Claim::Record { record, place } => {
                let node = verify_record(found, &record, &place).map_err(|error| match error {
                    ClaimError::Record(_) => Error::<T>::BadRecord,
                    _ => Error::<T>::BadProof,
                })?;
                let header = node.header();
                let (dag, issuer) = (header.dag.clone(), header.issuer.clone());
                Ok((item_id(node.cid().as_bytes()), Item::Record { cid: node.cid(), dag, issuer }))
            }
            Claim::Value { key, value, proof } => {
                verify_value(&found.state_root, &key, &value, &proof).map_err(|_| Error::<T>::BadProof)?;
                // The same key is accepted again when its value is another one.
                let hash: [u8; 32] = Sha256::digest(&value).into();
                Ok((item_id(&[&key[..], &hash].concat()), Item::Value { hash }))
            }
        }
    }
}
