//! Validators that do as they like. Their node runs as any other; what it sends is altered, and signed with its key.

use crate::{forgery::forged, message::Message, process::Shell};
use icn_consensus::{
    application::Proposed,
    parts::{split, Init},
    signing::{proposal_sign_bytes, vote_sign_bytes, Key, LocalKey},
    wire, BlockRef, Height, IcnContext, Proposal, ProposalPart, Vote,
};
use icn_primitives::{votes::VoteKind, Target};
use icn_tests::random::Random;
use malachitebft_core_consensus::{LivenessMsg, SignedConsensusMsg};
use malachitebft_core_types::{NilOrVal, Round, SignedMessage};
use malachitebft_signing_ed25519::Signature;

/// How a validator misbehaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// Votes for one block to some and for another, or none, to others; proposes two blocks.
    Equivocator,
    /// Votes for nothing.
    Nuller,
    /// Forgets what it is locked on: votes for whatever is proposed.
    Amnesiac,
    /// Sends parts of its blocks to some only.
    PartWithholder,
    /// Proposes blocks of other times than its clock's.
    TimeLiar,
    /// Alters bytes, claims others' names, votes for heights and rounds that are not.
    GarbageSender,
    /// Proposes blocks with a bit that is wrong, beside right ones.
    Falsifier,
    /// Proposes blocks in which a signature of a transaction is wrong, and nothing else.
    Forger,
    /// Votes in many rounds at once for all blocks of a height, to some, so that they lock on different ones.
    RoundMixer,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Equivocator,
        Self::Nuller,
        Self::Amnesiac,
        Self::PartWithholder,
        Self::TimeLiar,
        Self::GarbageSender,
        Self::Falsifier,
        Self::Forger,
        Self::RoundMixer,
    ];
}

/// A misbehaving validator's mind.
pub struct Adversary {
    kind: Kind,
    key: LocalKey,
    /// What was proposed at the height, with its round.
    seen: Vec<(u64, u32, Target)>,
    pieces: Vec<ProposalPart>,
}

type Sent = (Option<usize>, Message);

impl Adversary {
    /// Over the key of a validator.
    pub fn new(kind: Kind, key: LocalKey) -> Self {
        Self { kind, key, seen: Vec::new(), pieces: Vec::new() }
    }

    /// How it misbehaves.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Hears a message.
    pub fn hear(&mut self, message: &Message) {
        match message {
            Message::Consensus(SignedConsensusMsg::Proposal(proposal)) => self.see(proposal),
            Message::Part(part) => {
                self.pieces.truncate(7);
                self.pieces.insert(0, part.clone());
            }
            _ => {}
        }
    }

    fn see(&mut self, proposal: &Proposal) {
        let height = proposal.height.0;
        self.seen.retain(|(seen, ..)| *seen + 1 >= height);
        self.seen.truncate(15);
        self.seen.push((height, proposal.round.as_u32().unwrap_or(0), proposal.value.0));
    }

    /// How far its blocks are off its clock, in milliseconds.
    pub fn offset(&self, random: &mut Random) -> i64 {
        match self.kind {
            Kind::TimeLiar => *random.pick(&[-60_000, -1_000, 400, 600, 3_000, 17_000, 1_000_000]),
            _ => 0,
        }
    }

    /// What it sends in place of a message.
    pub fn send(
        &mut self,
        to: Option<usize>,
        message: Message,
        shell: &Shell,
        nodes: usize,
        random: &mut Random,
    ) -> Vec<Sent> {
        if let Message::Consensus(SignedConsensusMsg::Proposal(proposal)) = &message {
            self.see(proposal);
        }
        match (self.kind, &message) {
            (
                Kind::Equivocator | Kind::RoundMixer,
                Message::Consensus(SignedConsensusMsg::Vote(vote)) | Message::Liveness(LivenessMsg::Vote(vote)),
            ) => self.votes(vote, shell, nodes, random),
            (
                Kind::Equivocator | Kind::Falsifier | Kind::Forger,
                Message::Consensus(SignedConsensusMsg::Proposal(proposal)),
            ) => {
                // The forged one alone, at times: beside the right one it comes second.
                let alone = self.kind != Kind::Equivocator && random.permille(500);
                let mut sent = if alone { Vec::new() } else { vec![(to, message.clone())] };
                sent.extend(self.second(proposal, shell, nodes, random));
                sent
            }
            (
                Kind::Nuller,
                Message::Consensus(SignedConsensusMsg::Vote(vote)) | Message::Liveness(LivenessMsg::Vote(vote)),
            ) => vec![(to, self.vote(Vote { value: NilOrVal::Nil, ..vote.message.clone() }, shell))],
            (Kind::Amnesiac, Message::Consensus(SignedConsensusMsg::Vote(vote))) => {
                let round = vote.round.as_u32().unwrap_or(0);
                let proposed = self.seen.iter().rev().find(|(height, at, _)| (*height, *at) == (vote.height.0, round));
                let value = proposed.map_or(vote.value, |(.., target)| NilOrVal::Val(BlockRef(*target)));
                vec![(to, self.vote(Vote { value, ..vote.message.clone() }, shell))]
            }
            (Kind::PartWithholder, Message::Part(_)) => {
                let others = (0..nodes).filter(|_| random.permille(400));
                others.map(|other| (Some(other), message.clone())).collect()
            }
            (Kind::GarbageSender, _) => {
                let mut sent = vec![(to, message.clone())];
                sent.extend(garbled(&message, random).map(|garbled| (to, garbled)));
                sent.extend(self.forged(shell, random).map(|forged| (None, forged)));
                if let Message::Consensus(SignedConsensusMsg::Vote(vote)) = &message {
                    let height = Height(vote.height.0.saturating_add_signed(*random.pick(&[-2, -1, 1, 9, 1 << 40])));
                    let round = Round::new(*random.pick(&[0, 1, 9, 11, 1 << 30]));
                    sent.push((to, self.vote(Vote { height, round, ..vote.message.clone() }, shell)));
                }
                sent
            }
            _ => vec![(to, message)],
        }
    }

    fn vote(&self, vote: Vote, shell: &Shell) -> Message {
        let bytes = vote_sign_bytes(&shell.parts().chain_id, &vote).unwrap_or_default();
        let signature = self.key.sign(&bytes).unwrap_or([0; 64]);
        Message::Consensus(SignedConsensusMsg::Vote(SignedMessage::new(vote, Signature::from_bytes(signature))))
    }

    /// Votes for different things to different nodes.
    fn votes(&self, vote: &Vote, shell: &Shell, nodes: usize, random: &mut Random) -> Vec<Sent> {
        let here = self.seen.iter().filter(|(height, ..)| *height == vote.height.0);
        let mut values: Vec<_> = here.map(|(.., target)| NilOrVal::Val(BlockRef(*target))).collect();
        values.extend([NilOrVal::Nil, vote.value]);
        let round = vote.round.as_u32().unwrap_or(0);
        let mut sent = Vec::new();
        for node in 0..nodes {
            let value = *random.pick(&values);
            sent.push((Some(node), self.vote(Vote { value, ..vote.clone() }, shell)));
            if self.kind == Kind::RoundMixer {
                let round = Round::new(*random.pick(&[round, round.saturating_sub(1), round + 1]));
                let kind = *random.pick(&[VoteKind::Prevote, VoteKind::Precommit]);
                let value = *random.pick(&values);
                sent.push((Some(node), self.vote(Vote { value, round, kind, ..vote.clone() }, shell)));
            }
        }
        sent
    }

    /// A second proposal, to half of the nodes.
    fn second(&mut self, proposal: &Proposal, shell: &Shell, nodes: usize, random: &mut Random) -> Vec<Sent> {
        let (height, round) = (proposal.height.0, proposal.round.as_u32().unwrap_or(0));
        let time = proposal.value.0.time + 1;
        let made = match self.kind {
            Kind::Forger => forged(shell, height, round, time),
            _ => shell.second_block(height, round, time),
        };
        let Some(Proposed { mut init, block, .. }) = made else { return Vec::new() };
        let mut block = block.to_vec();
        if self.kind == Kind::Falsifier {
            // Any field of its headers or extrinsics, signed as if it were right.
            let place = random.below(block.len() as u64) as usize;
            block[place] ^= 1 << random.below(8);
            init.target.id.parts = split(&block).0.parts;
            let bytes = init.sign_bytes(&shell.parts().chain_id);
            init.signature = self.key.sign(&bytes).unwrap_or([0; 64]);
        }
        let second = Proposal { value: BlockRef(init.target), pol_round: Round::Nil, ..proposal.clone() };
        self.see(&second);
        let bytes = proposal_sign_bytes(&shell.parts().chain_id, &second).unwrap_or_default();
        let signature = Signature::from_bytes(self.key.sign(&bytes).unwrap_or([0; 64]));
        let mut messages: Vec<_> = parts(&init, &block).into_iter().map(Message::Part).collect();
        messages.push(Message::Consensus(SignedConsensusMsg::Proposal(SignedMessage::new(second, signature))));
        let share = if self.kind == Kind::Equivocator { 500 } else { 1000 };
        let half: Vec<_> = (0..nodes).filter(|_| random.permille(share)).collect();
        half.into_iter().flat_map(|node| messages.iter().map(move |message| (Some(node), message.clone()))).collect()
    }

    /// A part in the name of whoever proposes next.
    fn forged(&self, shell: &Shell, random: &mut Random) -> Option<Message> {
        if !random.permille(200) || self.pieces.is_empty() {
            return None;
        }
        let ProposalPart::Piece(init, chunk) = random.pick(&self.pieces).clone() else { return None };
        let (height, round) = shell.position();
        let round = round + random.below(2) as u32;
        let proposer = shell.application().head().validators.proposer(round).address();
        let init = Init { height, round, proposer, pol_round: None, ..init };
        Some(Message::Part(ProposalPart::Piece(init, chunk)))
    }
}

fn parts(init: &Init, block: &[u8]) -> Vec<ProposalPart> {
    split(block).1.into_iter().map(|chunk| ProposalPart::Piece(init.clone(), chunk)).collect()
}

/// A message with a byte altered, when it still is one.
fn garbled(message: &Message, random: &mut Random) -> Option<Message> {
    fn alter(bytes: &[u8], random: &mut Random) -> bytes::Bytes {
        let mut bytes = bytes.to_vec();
        let place = random.below(bytes.len() as u64) as usize;
        bytes[place] ^= 1 << random.below(8);
        bytes.into()
    }
    match message {
        Message::Consensus(message) => {
            let bytes = wire::encode::<SignedConsensusMsg<IcnContext>>(message).ok()?;
            wire::decode(alter(&bytes, random)).ok().map(Message::Consensus)
        }
        Message::Part(part) => {
            let bytes = wire::encode(part).ok()?;
            wire::decode(alter(&bytes, random)).ok().map(Message::Part)
        }
        Message::Liveness(message) => {
            let bytes = wire::encode::<LivenessMsg<IcnContext>>(message).ok()?;
            wire::decode(alter(&bytes, random)).ok().map(Message::Liveness)
        }
        _ => None,
    }
}
