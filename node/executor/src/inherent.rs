//! The inherents: the first extrinsics of every block, and the only ones without a signature. The first says the time, the
//! second what the proposer knows of consensus: the commit of the block before, and evidence.

use crate::decode;
use codec::Encode;
use icn_primitives::{ConsensusDigest, ConsensusRecord, Extrinsic};
use icn_runtime::{Runtime, RuntimeCall, UncheckedExtrinsic};
use sp_runtime::generic::Preamble;

/// How many there are in every block.
pub const COUNT: usize = 2;

/// What a proposer says in a block before anybody's transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inherents {
    /// Time and proposer, as they are in the header.
    pub digest: ConsensusDigest,
    /// The commit of the block before, and evidence.
    pub record: ConsensusRecord,
}

impl Inherents {
    /// The inherents as bytes, in their order.
    pub fn encode(&self) -> [Extrinsic; COUNT] {
        self.typed().map(|inherent| Extrinsic::from_encoded(inherent.encode()))
    }

    /// The inherents, in their order.
    pub(crate) fn typed(&self) -> [UncheckedExtrinsic; COUNT] {
        let time: RuntimeCall = pallet_timestamp::Call::<Runtime>::set { now: self.digest.time }.into();
        let consensus: RuntimeCall =
            pallet_validators::Call::<Runtime>::consensus { record: self.record.clone() }.into();
        [time, consensus].map(UncheckedExtrinsic::new_bare)
    }

    /// Reads the inherents of a block whose header says `digest`; `None` unless they are, byte for byte, what
    /// [`Self::encode`] gives. The runtime asserts on hostile inherents, so they are found before it sees them.
    pub fn of_block(extrinsics: &[Extrinsic], digest: ConsensusDigest) -> Option<Self> {
        let inherents = Self { digest, record: record_of(extrinsics.get(1)?)? };
        (inherents.encode() == extrinsics[..COUNT]).then_some(inherents)
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
