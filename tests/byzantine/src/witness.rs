//! A witness between a validator's consensus and its network: what the validator says is written down before it leaves.
//!
//! One line for each vote and proposal, also for those that are said again: `HEIGHT ROUND STEP BLOCK TIME`, where `STEP` is
//! `propose`, `prevote` or `precommit`, and `BLOCK` and `TIME` are `nil` in a vote for nothing. The file is never synced: the lines of a
//! process that is killed are with the system by then.

use async_trait::async_trait;
use icn_consensus::{IcnContext, Proposal, Vote};
use icn_engine::{EngineConfig, Intermediary, NetworkRef};
use icn_primitives::{votes::VoteKind, Target};
use malachitebft_core_consensus::{LivenessMsg, SignedConsensusMsg};
use malachitebft_core_types::Round;
use malachitebft_engine::network::NetworkMsg;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use std::{
    error::Error,
    fs::File,
    io::{self, Write as _},
    path::PathBuf,
};

/// Writes down what a validator says.
#[derive(Debug)]
pub(crate) struct Witness {
    /// Where; lines are added to what is there.
    pub(crate) path: PathBuf,
}

#[async_trait]
impl Intermediary for Witness {
    async fn start(
        &self,
        _config: &EngineConfig,
        network: NetworkRef<IcnContext>,
    ) -> Result<NetworkRef<IcnContext>, Box<dyn Error + Send + Sync>> {
        let record = File::options().create(true).append(true).open(&self.path)?;
        let (actor, _) = Actor::spawn(None, Listener { network }, record).await?;
        Ok(actor)
    }
}

/// The actor: hands everything on, and writes down votes and proposals before it does.
struct Listener {
    network: NetworkRef<IcnContext>,
}

#[async_trait]
impl Actor for Listener {
    type Msg = NetworkMsg<IcnContext>;
    type State = File;
    type Arguments = File;

    async fn pre_start(&self, _: ActorRef<Self::Msg>, record: File) -> Result<File, ActorProcessingErr> {
        Ok(record)
    }

    async fn handle(
        &self,
        _: ActorRef<Self::Msg>,
        message: Self::Msg,
        record: &mut File,
    ) -> Result<(), ActorProcessingErr> {
        match &message {
            NetworkMsg::PublishConsensusMsg(SignedConsensusMsg::Vote(vote))
            | NetworkMsg::PublishLivenessMsg(LivenessMsg::Vote(vote)) => write_vote(record, vote)?,
            NetworkMsg::PublishConsensusMsg(SignedConsensusMsg::Proposal(proposal)) => {
                write_proposal(record, proposal)?
            }
            _ => {}
        }
        Ok(self.network.cast(message)?)
    }
}

fn write_vote(record: &mut File, vote: &Vote) -> io::Result<()> {
    let step = match vote.kind {
        VoteKind::Prevote => "prevote",
        VoteKind::Precommit => "precommit",
    };
    write_line(record, vote.height.0, vote.round, step, vote.target())
}

fn write_proposal(record: &mut File, proposal: &Proposal) -> io::Result<()> {
    write_line(record, proposal.height.0, proposal.round, "propose", Some(&proposal.value.0))
}

/// In one write, so that no kill leaves half a line.
fn write_line(record: &mut File, height: u64, round: Round, step: &str, target: Option<&Target>) -> io::Result<()> {
    let what = match target {
        Some(Target { id, time }) => format!("{}:{} {time}", hex::encode(id.hash), hex::encode(id.parts.hash)),
        None => "nil nil".into(),
    };
    record.write_all(format!("{height} {} {step} {what}\n", round.as_i64()).as_bytes())
}
