//! The actor between consensus and the network: no vote or proposal of this validator leaves before the guard has it on disk.
//!
//! Consensus syncs its log before it publishes, so the guard is written after the log. See [`icn_consensus::guard`] for why.

use async_trait::async_trait;
use icn_consensus::{signing::Signer, IcnContext};
use malachitebft_core_consensus::{LivenessMsg, SignedConsensusMsg};
use malachitebft_engine::{
    network::{NetworkMsg, NetworkRef},
    node::{NodeMsg, NodeRef},
};
use ractor::{Actor, ActorProcessingErr, ActorRef, SpawnErr};

/// Keeps, then passes on.
struct Publisher {
    signer: Signer,
    network: NetworkRef<IcnContext>,
    node: NodeRef,
}

/// Starts the actor before a network. Only what consensus sends has to pass it.
pub(crate) async fn spawn(
    signer: Signer,
    network: NetworkRef<IcnContext>,
    node: NodeRef,
) -> Result<NetworkRef<IcnContext>, SpawnErr> {
    let (actor, _) = Actor::spawn(None, Publisher { signer, network, node }, ()).await?;
    Ok(actor)
}

#[async_trait]
impl Actor for Publisher {
    type Msg = NetworkMsg<IcnContext>;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Self::Msg>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle(
        &self,
        _: ActorRef<Self::Msg>,
        message: Self::Msg,
        (): &mut (),
    ) -> Result<(), ActorProcessingErr> {
        let kept = match &message {
            NetworkMsg::PublishConsensusMsg(message) => self.signer.keep(message),
            NetworkMsg::PublishLivenessMsg(LivenessMsg::Vote(vote)) => {
                self.signer.keep(&SignedConsensusMsg::Vote(vote.clone()))
            }
            _ => Ok(()),
        };
        match kept {
            Ok(()) => self.network.cast(message)?,
            // The engine stops, and the process with it.
            Err(error) => self.node.cast(NodeMsg::SafetyFailure(error.to_string()))?,
        }
        Ok(())
    }
}
