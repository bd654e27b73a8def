//! The actor between consensus and the network: no vote or proposal of this validator leaves before it is in the engine's log and the
//! guard has it on disk, in this order. See [`icn_consensus::guard`] and [`crate::logged`] for why.

use crate::own_log::OwnLog;
use async_trait::async_trait;
use icn_consensus::{signing::Signer, IcnContext};
use malachitebft_core_consensus::{LivenessMsg, SignedConsensusMsg};
use malachitebft_engine::{
    network::{NetworkMsg, NetworkRef},
    node::{NodeMsg, NodeRef},
};
use ractor::{Actor, ActorProcessingErr, ActorRef, SpawnErr};

/// Makes durable, then passes on.
pub(crate) struct Publisher {
    /// Signs, behind the guard.
    pub(crate) signer: Signer,
    /// The validator's log.
    pub(crate) log: OwnLog,
    /// Where messages go.
    pub(crate) network: NetworkRef<IcnContext>,
    /// Stops the engine.
    pub(crate) node: NodeRef,
}

impl Publisher {
    /// Starts the actor before a network. Only what consensus sends has to pass it.
    pub(crate) async fn spawn(self) -> Result<NetworkRef<IcnContext>, SpawnErr> {
        let (actor, _) = Actor::spawn(None, self, ()).await?;
        Ok(actor)
    }

    async fn make_durable(&self, message: &SignedConsensusMsg<IcnContext>) -> Result<(), ActorProcessingErr> {
        self.log.before_message(message).await?;
        Ok(self.signer.keep(message)?)
    }
}

/// The vote or proposal that a message for the network carries.
fn carried(message: &NetworkMsg<IcnContext>) -> Option<SignedConsensusMsg<IcnContext>> {
    match message {
        NetworkMsg::PublishConsensusMsg(message) => Some(message.clone()),
        NetworkMsg::PublishLivenessMsg(LivenessMsg::Vote(vote)) => Some(SignedConsensusMsg::Vote(vote.clone())),
        _ => None,
    }
}

#[async_trait]
impl Actor for Publisher {
    type Msg = NetworkMsg<IcnContext>;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Self::Msg>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle(&self, _: ActorRef<Self::Msg>, message: Self::Msg, (): &mut ()) -> Result<(), ActorProcessingErr> {
        let durable = match carried(&message) {
            Some(carried) => self.make_durable(&carried).await,
            None => Ok(()),
        };
        match durable {
            Ok(()) => self.network.cast(message)?,
            // The engine stops, and the process with it.
            Err(error) => self.node.cast(NodeMsg::SafetyFailure(error.to_string()))?,
        }
        Ok(())
    }
}
