//! Mistakes that are planted to see them found. None is in the node's own code: they stand between it and the simulator.

use crate::{forgery::content, message::Message, process::Parts};
use codec::Encode as _;
use icn_consensus::{
    signing::{vote_sign_bytes, Key as _, LocalKey},
    Address, IcnContext, ProposalPart, Validators, Vote,
};
use icn_primitives::{Block, ConsensusDigest};
use icn_tests::signers::{numbered_key, numbered_seed};
use icn_trust::{bls::SecretKey, Bundle, Partial};
use malachitebft_core_types::{Round, SignedMessage};
use malachitebft_signing_ed25519::Signature;
use std::{collections::BTreeSet, fmt, str::FromStr};

/// Keys that anybody in a simulation may have.
const KEYS: u32 = 24;

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plant {
    /// A vote that comes twice counts for two validators.
    DuplicateVotes,
    /// What was signed is forgotten when a node starts again.
    NoGuard,
    /// The log is not synced before a message leaves.
    NoSync,
    /// A height is decided by the validators of the one before it.
    SetOfTheHeightBefore,
    /// The signature of a block's first part is not checked.
    UnsignedPart,
    /// Votes count for the round that the node is in.
    MixedRounds,
    /// A signature counts for every transaction that differs in nothing else.
    SignatureByContent,
    /// A block is voted for though it lists records that are not here.
    NoAvailability,
    /// The bundle of an epoch is signed when its last block is voted for.
    SealBeforeFinality,
}

impl Plant {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::DuplicateVotes,
        Self::NoGuard,
        Self::NoSync,
        Self::SetOfTheHeightBefore,
        Self::UnsignedPart,
        Self::MixedRounds,
        Self::SignatureByContent,
        Self::NoAvailability,
        Self::SealBeforeFinality,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::DuplicateVotes => "duplicate-votes",
            Self::NoGuard => "no-guard",
            Self::NoSync => "no-sync",
            Self::SetOfTheHeightBefore => "set-of-the-height-before",
            Self::UnsignedPart => "unsigned-part",
            Self::MixedRounds => "mixed-rounds",
            Self::SignatureByContent => "signature-by-content",
            Self::NoAvailability => "no-availability",
            Self::SealBeforeFinality => "seal-before-finality",
        }
    }
}

impl fmt::Display for Plant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Plant {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = || Self::ALL.map(Self::name).join(", ");
        Self::ALL.into_iter().find(|plant| plant.name() == name).ok_or_else(|| format!("the mistakes are {}", known()))
    }
}

/// The key of a number, as the node holds it.
pub fn key(number: u32) -> LocalKey {
    LocalKey::from_seed(*numbered_key(number).as_bytes())
}

/// The key behind an address. Whoever plants a mistake signs for everyone, which is what not checking comes to.
fn key_of(address: Address) -> Option<LocalKey> {
    (0..KEYS).map(key).find(|key| Address::of(&key.public_key()) == address)
}

/// Signs a vote with its validator's key, whoever has it.
fn sign(vote: Vote, chain_id: &str) -> Option<SignedMessage<IcnContext, Vote>> {
    let signature = key_of(vote.address)?.sign(&vote_sign_bytes(chain_id, &vote).ok()?).ok()?;
    Some(SignedMessage::new(vote, Signature::from_bytes(signature)))
}

/// A vote as a mistaken node understands it.
pub fn altered(
    plant: Option<Plant>,
    vote: SignedMessage<IcnContext, Vote>,
    round: u32,
    known: &mut Vec<Vote>,
    validators: Option<&Validators>,
    chain_id: &str,
) -> SignedMessage<IcnContext, Vote> {
    let mistaken = match plant {
        Some(Plant::MixedRounds) => Vote { round: Round::new(round), ..vote.message.clone() },
        Some(Plant::DuplicateVotes) if known.contains(&vote.message) => {
            let step = |known: &&Vote| (known.kind, known.round) == (vote.message.kind, vote.message.round);
            let voted = |address: Address| known.iter().filter(step).any(|known| known.address == address);
            let others = validators.map(Validators::validators).unwrap_or_default();
            match others.iter().map(|other| other.address()).find(|other| !voted(*other)) {
                Some(address) => Vote { address, ..vote.message.clone() },
                None => return vote,
            }
        }
        Some(Plant::DuplicateVotes) => {
            known.push(vote.message.clone());
            return vote;
        }
        _ => return vote,
    };
    if plant == Some(Plant::DuplicateVotes) {
        known.push(mistaken.clone());
    }
    sign(mistaken, chain_id).unwrap_or(vote)
}

/// A part with the signature that it should have, as if nobody had looked.
pub fn signed_anyway(part: ProposalPart, chain_id: &str) -> ProposalPart {
    let sign = |mut init: icn_consensus::parts::Init| {
        let signature = key_of(Address(init.proposer)).and_then(|key| key.sign(&init.sign_bytes(chain_id)).ok());
        init.signature = signature.unwrap_or(init.signature);
        init
    };
    match part {
        ProposalPart::Piece(init, chunk) => ProposalPart::Piece(sign(init), chunk),
        other => other,
    }
}

/// Whether every transaction of a block was valid before, but for its signature.
pub fn is_known_content(block: &[u8], contents: &BTreeSet<Vec<u8>>) -> bool {
    let Ok(block) = Block::from_bytes(block) else { return false };
    let mut transactions = block.extrinsics.iter().skip(icn_executor::inherent::COUNT);
    transactions.all(|transaction| content(transaction).is_some_and(|content| contents.contains(&content)))
}

/// The signature of the bundle of an epoch that a block would close, if it were decided.
pub fn seal_too_early(parts: &Parts, block: &[u8]) -> Option<Message> {
    let header = Block::from_bytes(block).ok()?.header;
    let (store, executor) = (parts.chain.store(), parts.chain.executor());
    let status = executor.epoch_status(&*store.latest()).ok()?;
    let time = ConsensusDigest::from_header(&header)?.time;
    let last = status.first?.checked_add(status.parameters.blocks)?.checked_sub(1)?;
    if status.closing.is_some() || header.number != last {
        return None;
    }
    let bundle = Bundle {
        federation: status.federation?,
        genesis: store.genesis_hash().0,
        epoch: status.epoch,
        prev: status.sealed.map(|(_, cid)| cid),
        height: header.number,
        block: header.hash().0,
        time,
        valid_until: time.checked_add(status.parameters.validity_ms)?,
        state_root: header.state_root.0,
        records: icn_merkle::Range::default().head(),
        signers: Default::default(),
    };
    let key = SecretKey::derive(&numbered_seed(parts.index as u32))?;
    let signature = key.sign(&bundle.message().ok()?);
    let partial = Partial { epoch: bundle.epoch, bundle: bundle.cid().ok()?, key: key.public(), signature };
    Some(Message::Seals(vec![partial.encode()]))
}
