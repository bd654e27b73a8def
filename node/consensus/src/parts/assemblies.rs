//! The proposals that are coming in, and what they may cost.

use super::{open::OpenHeight, Init, Peer, Peers, ProposalPart, Refusal};
use icn_primitives::{limits::BLOCK_BYTES_MAX, ValidatorSet};
use std::sync::Arc;

/// Most bytes of blocks that are kept for the current height.
pub const BYTES_MAX: u64 = 16 * BLOCK_BYTES_MAX as u64;

/// Most bytes of blocks that are kept for the next height.
pub const NEXT_BYTES_MAX: u64 = 4 * BLOCK_BYTES_MAX as u64;

/// Most values of a proposer in a round: a correct one proposes one, and two prove that it is not.
pub const VALUES_MAX: usize = 2;

/// Most open proposals of a proposer at a height. When there are more, those of its latest rounds stay.
pub const OPEN_MAX: usize = 8;

/// How many rounds ahead a proposal may be, the engine's own bound.
pub const ROUNDS_AHEAD: u32 = 10;

/// What became of a part.
// It is looked at and dropped; none is kept.
#[allow(clippy::large_enum_variant)]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is kept; the block is not complete.
    Stored,
    /// A proposal and its block. Each proposal is handed out once.
    Complete {
        /// The proposal.
        init: Init,
        /// The bytes that it announces: their parts and length are right, and nothing else is known of them.
        block: Arc<[u8]>,
    },
    /// It is there already.
    Duplicate,
    /// It is not taken.
    Refused(Refusal),
}

/// The proposals of the current height and the next one, as far as their parts are there.
///
/// Bounds, for any number of peers and whatever they send:
/// - nothing of a chunk is kept before a valid `Init` announced its block;
/// - an `Init` is valid when a validator of the height signed it, in its turn or with the round of a polka. Who the validators of
///   the next height are is only known when the current one is decided: until then they are those of the current one, without
///   regard to turns, and [`Self::start_height`] checks again;
/// - a validator has at most [`VALUES_MAX`] values in a round and [`OPEN_MAX`] proposals at a height;
/// - announced blocks have at most [`BYTES_MAX`] and [`NEXT_BYTES_MAX`] bytes together. When they would have more, proposals out
///   of turn or of distant rounds make room for the proposal of the current round.
///
/// It has no clock and asks nobody.
#[derive(Debug)]
pub struct Assemblies {
    chain_id: Arc<str>,
    current: Option<OpenHeight>,
    next: Option<OpenHeight>,
    peers: Peers,
}

impl Assemblies {
    /// No height yet: everything is refused until [`Self::start_height`].
    pub fn new(chain_id: Arc<str>) -> Self {
        Self { chain_id, current: None, next: None, peers: Peers::default() }
    }

    /// Starts a height with its validators. What came for it before stays as far as these validators may propose it; everything
    /// of earlier heights is dropped.
    pub fn start_height(&mut self, height: u64, set: &ValidatorSet) {
        let kept = self.next.take().filter(|next| next.height() == height);
        let current = match kept {
            Some(next) => next.confirmed(set.clone(), BYTES_MAX),
            None => OpenHeight::new(height, set.clone(), BYTES_MAX),
        };
        self.next = Some(current.next(NEXT_BYTES_MAX));
        self.current = Some(current);
    }

    /// Tells in which round of the current height this node is.
    pub fn enter_round(&mut self, round: u32) {
        self.current.iter_mut().for_each(|current| current.enter_round(round));
    }

    /// Takes a part from a peer: the one that published it, who answers for it, rather than one that passed it on.
    pub fn receive(&mut self, from: Peer, part: ProposalPart) -> Outcome {
        let outcome = self.take(part);
        match &outcome {
            Outcome::Stored | Outcome::Complete { .. } => self.peers.taken(&from),
            Outcome::Duplicate => self.peers.duplicate(&from),
            Outcome::Refused(refusal) => self.peers.refused(&from, *refusal),
        }
        outcome
    }

    fn take(&mut self, part: ProposalPart) -> Outcome {
        match part {
            ProposalPart::Init(init) => {
                let heights = [&mut self.current, &mut self.next].into_iter().flatten();
                let mut heights = heights.filter(|open| open.height() == init.height);
                let open = heights.next();
                open.map_or(Outcome::Refused(Refusal::Height), |open| open.open(init, &self.chain_id))
            }
            ProposalPart::Piece(init, chunk) => match self.take(ProposalPart::Init(init)) {
                Outcome::Stored | Outcome::Duplicate => self.take(ProposalPart::Chunk(chunk)),
                done => done,
            },
            ProposalPart::Chunk(chunk) => {
                let heights = [&mut self.current, &mut self.next].into_iter().flatten();
                let mut outcomes = heights.filter_map(|open| open.add(&chunk));
                outcomes.next().unwrap_or(Outcome::Refused(Refusal::Unannounced))
            }
        }
    }

    /// Whether the validators of the current height may open a proposal with this `Init`. What was handed out for the next height
    /// is asked about again when that height has begun.
    pub fn accepts(&mut self, init: &Init) -> bool {
        let current = self.current.as_mut().filter(|current| current.height() == init.height);
        current.is_some_and(|current| current.check(init, &self.chain_id).is_ok())
    }

    /// Bytes of the blocks that are announced for both heights.
    pub fn bytes(&self) -> u64 {
        [&self.current, &self.next].into_iter().flatten().map(OpenHeight::bytes).sum()
    }

    /// What each peer's parts came to.
    pub fn peers(&self) -> &Peers {
        &self.peers
    }
}
