//! The inherents: the first extrinsics of every block, and the only ones without a signature. The first says the time, the
//! second what the proposer knows of consensus: the commit of the block before, and evidence. One more is there when the block makes
//! records final, and lists them; and one when it seals an epoch.

use crate::decode;
use codec::Encode;
use icn_primitives::{ConsensusDigest, ConsensusRecord, Extrinsic, Header};
use icn_runtime::{Runtime, RuntimeCall, UncheckedExtrinsic};
use icn_trust::Seal;
use pallet_dag::EntryList;
use sp_runtime::generic::Preamble;

/// How many there are at least.
pub const COUNT: usize = 2;

/// What a proposer says in a block before anybody's transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inherents {
    /// Time and proposer, as they are in the header.
    pub digest: ConsensusDigest,
    /// The commit of the block before, and evidence.
    pub record: ConsensusRecord,
    /// The records that it makes final.
    pub anchors: EntryList,
    /// The seal of the epoch that is closed, with the header of the block that closed it.
    pub seal: Option<(Header, Seal)>,
}

impl Inherents {
    /// How many they are.
    pub fn count(&self) -> usize {
        COUNT + usize::from(!self.anchors.is_empty()) + usize::from(self.seal.is_some())
    }

    /// The inherents as bytes, in their order.
    pub fn encode(&self) -> Vec<Extrinsic> {
        self.typed().map(|inherent| Extrinsic::from_encoded(inherent.encode())).collect()
    }

    /// The inherents, in their order.
    pub(crate) fn typed(&self) -> impl Iterator<Item = UncheckedExtrinsic> {
        let time: RuntimeCall = pallet_timestamp::Call::<Runtime>::set { now: self.digest.time }.into();
        let consensus: RuntimeCall =
            pallet_validators::Call::<Runtime>::consensus { record: self.record.clone() }.into();
        let listed = !self.anchors.is_empty();
        let anchors = listed.then(|| pallet_dag::Call::<Runtime>::anchor { entries: self.anchors.clone() }.into());
        let seal = self.seal.as_ref().map(|(header, seal)| {
            pallet_trust::Call::<Runtime>::seal { header: Box::new(header.clone()), seal: seal.clone() }.into()
        });
        [time, consensus].into_iter().chain(anchors).chain(seal).map(UncheckedExtrinsic::new_bare)
    }

    /// Reads the inherents of a block whose header says `digest`; `None` unless they are, byte for byte, what
    /// [`Self::encode`] gives. The runtime asserts on hostile inherents, so they are found before it sees them.
    pub fn of_block(extrinsics: &[Extrinsic], digest: ConsensusDigest) -> Option<Self> {
        let (record, anchors) = (record_of(extrinsics.get(1)?)?, anchors(extrinsics));
        let place = COUNT + usize::from(!anchors.is_empty());
        let inherents = Self { digest, record, anchors, seal: extrinsics.get(place).and_then(seal_of) };
        (inherents.encode()[..] == *extrinsics.get(..inherents.count())?).then_some(inherents)
    }
}

fn record_of(extrinsic: &Extrinsic) -> Option<ConsensusRecord> {
    match decode::extrinsic(extrinsic).ok()? {
        UncheckedExtrinsic {
            preamble: Preamble::Bare(_),
            function: RuntimeCall::Validators(pallet_validators::Call::consensus { record }),
            ..
        } => Some(record),
        _ => None,
    }
}

/// The records that a block makes final.
pub fn anchors(extrinsics: &[Extrinsic]) -> EntryList {
    match extrinsics.get(COUNT).map(decode::extrinsic) {
        Some(Ok(UncheckedExtrinsic {
            preamble: Preamble::Bare(_),
            function: RuntimeCall::Dag(pallet_dag::Call::anchor { entries }),
            ..
        })) => entries,
        _ => EntryList::default(),
    }
}

/// How many transactions a block has, beside its inherents.
pub fn transactions(extrinsics: &[Extrinsic]) -> usize {
    let listed = usize::from(!anchors(extrinsics).is_empty());
    let sealed = usize::from(extrinsics.get(COUNT + listed).and_then(seal_of).is_some());
    extrinsics.len().saturating_sub(COUNT + listed + sealed)
}

fn seal_of(extrinsic: &Extrinsic) -> Option<(Header, Seal)> {
    match decode::extrinsic(extrinsic).ok()? {
        UncheckedExtrinsic {
            preamble: Preamble::Bare(_),
            function: RuntimeCall::Trust(pallet_trust::Call::seal { header, seal }),
            ..
        } => Some((*header, seal)),
        _ => None,
    }
}
