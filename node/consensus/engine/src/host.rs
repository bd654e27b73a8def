//! The actor that the engine asks. It hands questions on: whoever answers may take its time, and no question waits for
//! another's answer, as it would behind the engine's own connector. Only the start of a round waits for the log.

use crate::own_log::OwnLog;
use async_trait::async_trait;
use icn_consensus::IcnContext;
use malachitebft_engine::{
    host::{HostMsg, HostRef},
    node::{NodeMsg, NodeRef},
};
use ractor::{Actor, ActorProcessingErr, ActorRef, SpawnErr};
use tokio::sync::mpsc::UnboundedSender;

/// A question of the engine.
pub(crate) type Question = HostMsg<IcnContext>;

/// Hands questions to the driver.
struct Host {
    questions: UnboundedSender<Question>,
    /// A validator's log, in which the rounds that start are noted.
    log: Option<OwnLog>,
    node: NodeRef,
}

/// Starts the actor. It stops when nobody listens any more.
pub(crate) async fn spawn(
    questions: UnboundedSender<Question>,
    log: Option<OwnLog>,
    node: NodeRef,
) -> Result<HostRef<IcnContext>, SpawnErr> {
    let (actor, _) = Actor::spawn(None, Host { questions, log, node }, ()).await?;
    Ok(actor)
}

#[async_trait]
impl Actor for Host {
    type Msg = Question;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Question>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle(&self, _: ActorRef<Question>, question: Question, (): &mut ()) -> Result<(), ActorProcessingErr> {
        // Consensus waits for the answer, and signs nothing meanwhile.
        if let (Some(log), HostMsg::StartedRound { height, round, .. }) = (&self.log, &question) {
            if let Err(error) = log.before_round(*height, *round).await {
                // The engine stops, and the process with it.
                self.node.cast(NodeMsg::SafetyFailure(error.to_string()))?;
                return Ok(());
            }
        }
        self.questions.send(question).map_err(|_| "the driver has stopped".into())
    }
}
