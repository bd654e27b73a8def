//! Tests of how blocks travel.

mod adversaries;
mod assembling;
mod heights;
mod memory;
mod proofs;

use super::*;
use crate::samples::CHAIN;
use icn_primitives::ValidatorSet;

/// Assemblies at a height of these validators.
fn at(height: u64, set: &ValidatorSet) -> Assemblies {
    let mut assemblies = Assemblies::new(CHAIN.into());
    assemblies.start_height(height, set);
    assemblies
}

/// Gives a part from peer 1.
fn give(assemblies: &mut Assemblies, part: impl Into<ProposalPart>) -> Outcome {
    assemblies.receive(vec![1], part.into())
}

/// Gives parts in order; what the last one came to.
fn give_all(assemblies: &mut Assemblies, init: &Init, chunks: &[Chunk]) -> Outcome {
    let first = give(assemblies, init.clone());
    chunks.iter().fold(first, |_, chunk| give(assemblies, chunk.clone()))
}

fn refused(outcome: Outcome) -> Option<Refusal> {
    match outcome {
        Outcome::Refused(refusal) => Some(refusal),
        _ => None,
    }
}

fn complete(outcome: Outcome) -> Option<(Init, std::sync::Arc<[u8]>)> {
    match outcome {
        Outcome::Complete { init, block } => Some((init, block)),
        _ => None,
    }
}

impl From<Init> for ProposalPart {
    fn from(init: Init) -> Self {
        Self::Init(init)
    }
}

impl From<Chunk> for ProposalPart {
    fn from(chunk: Chunk) -> Self {
        Self::Chunk(chunk)
    }
}
