//! Fields that messages have in common, with their bounds.

use super::{proto, WireError};
use crate::{Address, BlockRef, Height};
use icn_primitives::{
    limits::{BLOCK_BYTES_MAX, BLOCK_PART_BYTES, TIME_MAX},
    tendermint::BlockId,
    validators::VALIDATORS_MAX,
    votes::VoteKind,
    Hash, PartSetHeader, Target,
};
use malachitebft_core_types::{NilOrVal, Round};
use malachitebft_signing_ed25519::Signature;
use std::collections::BTreeSet;

/// Most parts of a block.
const PARTS_MAX: u32 = BLOCK_BYTES_MAX / BLOCK_PART_BYTES as u32;

/// The highest round that Tendermint's messages can hold.
const ROUND_MAX: u32 = i32::MAX as u32;

/// A number that must not be above `max`.
pub(super) fn at_most(field: &'static str, value: u64, max: u64) -> Result<u64, WireError> {
    if value > max {
        return Err(WireError::Bounds { field, value });
    }
    Ok(value)
}

/// Bytes of which there must be `N`.
pub(super) fn exactly<const N: usize>(field: &'static str, bytes: &[u8]) -> Result<[u8; N], WireError> {
    bytes.try_into().map_err(|_| WireError::Length { field, bytes: bytes.len() })
}

/// A part that must be there.
pub(super) fn present<T>(field: &'static str, part: Option<T>) -> Result<T, WireError> {
    part.ok_or(WireError::Missing(field))
}

pub(super) fn height(value: u64) -> Result<u64, WireError> {
    at_most("height", value, u32::MAX.into())
}

pub(super) fn height_of(height: Height) -> Result<u64, WireError> {
    self::height(height.0)
}

/// A round as a number.
pub(super) fn round_number(value: u32) -> Result<u32, WireError> {
    at_most("round", value.into(), ROUND_MAX.into()).map(|_| value)
}

/// A round that must be defined.
pub(super) fn round_of(round: Round) -> Result<u32, WireError> {
    round_number(round.as_u32().ok_or(WireError::NilRound("round"))?)
}

/// The round of a polka, which is before the round.
pub(super) fn pol_round(pol_round: Option<u32>, round: u32) -> Result<Option<u32>, WireError> {
    match pol_round {
        Some(value) if value >= round => Err(WireError::Bounds { field: "pol_round", value: value.into() }),
        other => Ok(other),
    }
}

pub(super) fn address(bytes: &[u8]) -> Result<Address, WireError> {
    exactly("address", bytes).map(Address)
}

pub(super) fn hash(field: &'static str, bytes: &[u8]) -> Result<Hash, WireError> {
    exactly::<32>(field, bytes).map(Hash::from)
}

pub(super) fn signature_bytes(bytes: &[u8]) -> Result<[u8; 64], WireError> {
    exactly("signature", bytes)
}

/// Any 64 bytes are a signature; whether it is good is for whoever verifies it.
pub(super) fn signature(bytes: &[u8]) -> Result<Signature, WireError> {
    signature_bytes(bytes).map(Signature::from_bytes)
}

pub(super) fn kind(value: i32) -> Result<VoteKind, WireError> {
    match proto::VoteKind::try_from(value) {
        Ok(proto::VoteKind::Prevote) => Ok(VoteKind::Prevote),
        Ok(proto::VoteKind::Precommit) => Ok(VoteKind::Precommit),
        Ok(proto::VoteKind::Unspecified) | Err(_) => Err(WireError::Kind { field: "vote", value }),
    }
}

pub(super) fn proto_kind(kind: VoteKind) -> i32 {
    match kind {
        VoteKind::Prevote => proto::VoteKind::Prevote.into(),
        VoteKind::Precommit => proto::VoteKind::Precommit.into(),
    }
}

pub(super) fn parts(total: u32, hash: &[u8]) -> Result<PartSetHeader, WireError> {
    if !(1..=PARTS_MAX).contains(&total) {
        return Err(WireError::Bounds { field: "part_total", value: total.into() });
    }
    Ok(PartSetHeader { total, hash: self::hash("part_hash", hash)? })
}

pub(super) fn target(proto: proto::Target) -> Result<Target, WireError> {
    let id = BlockId { hash: hash("hash", &proto.hash)?, parts: parts(proto.part_total, &proto.part_hash)? };
    Ok(Target { id, time: at_most("time", proto.time, TIME_MAX)? })
}

pub(super) fn proto_target(target: &Target) -> Result<proto::Target, WireError> {
    let PartSetHeader { total, hash } = target.id.parts;
    parts(total, hash.as_bytes())?;
    Ok(proto::Target {
        hash: target.id.hash.0.to_vec(),
        part_total: total,
        part_hash: hash.0.to_vec(),
        time: at_most("time", target.time, TIME_MAX)?,
    })
}

/// What a vote is for: nothing when the field is missing.
pub(super) fn value(proto: Option<proto::Target>) -> Result<NilOrVal<BlockRef>, WireError> {
    match proto {
        None => Ok(NilOrVal::Nil),
        Some(proto) => Ok(NilOrVal::Val(BlockRef(target(proto)?))),
    }
}

pub(super) fn proto_value(value: &NilOrVal<BlockRef>) -> Result<Option<proto::Target>, WireError> {
    match value {
        NilOrVal::Nil => Ok(None),
        NilOrVal::Val(BlockRef(target)) => proto_target(target).map(Some),
    }
}

/// Checks that so many validators can have signed, each once.
pub(super) fn each_once<'a>(addresses: impl ExactSizeIterator<Item = &'a Address>) -> Result<(), WireError> {
    let count = addresses.len();
    if !(1..=VALIDATORS_MAX as usize).contains(&count) {
        return Err(WireError::Count { field: "votes", count });
    }
    let mut seen = BTreeSet::new();
    for address in addresses {
        if !seen.insert(address) {
            return Err(WireError::Twice { address: *address });
        }
    }
    Ok(())
}
