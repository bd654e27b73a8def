//! What travels between engines and what their logs hold, as bytes: [`icn_consensus::wire`] for the engine's own types.

mod stream;
mod sync;

#[cfg(test)]
mod tests;

use bytes::Bytes;
use icn_consensus::{
    wire::{self, WireError},
    IcnContext, ProposalPart,
};
use malachitebft_core_consensus::{LivenessMsg, ProposedValue, SignedConsensusMsg};
use malachitebft_core_types::{PolkaCertificate, ValidatorProof};

/// Encodes and decodes every message of the engine.
#[derive(Clone, Debug, Default)]
pub struct Codec {}

/// The engine's codec of a type that has its place on the wire.
macro_rules! on_wire {
    ($($message:ty),* $(,)?) => {$(
        impl malachitebft_codec::Codec<$message> for Codec {
            type Error = WireError;

            fn decode(&self, bytes: Bytes) -> Result<$message, WireError> {
                wire::decode(bytes)
            }

            fn encode(&self, message: &$message) -> Result<Bytes, WireError> {
                wire::encode(message)
            }
        }
    )*};
}

on_wire! {
    ProposalPart,
    SignedConsensusMsg<IcnContext>,
    LivenessMsg<IcnContext>,
    ValidatorProof<IcnContext>,
    ProposedValue<IcnContext>,
    PolkaCertificate<IcnContext>,
}
