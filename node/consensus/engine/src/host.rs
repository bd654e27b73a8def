//! The actor that the engine asks. It hands questions on: whoever answers may take its time, and no question waits for
//! another's answer, as it would behind the engine's own connector. Only the start of a round waits for the log.

use crate::logged::Logged;
use async_trait::async_trait;
use icn_consensus::{Height, IcnContext};
use malachitebft_core_types::Round;
use malachitebft_engine::{
    host::{HostMsg, HostRef},
    node::{NodeMsg, NodeRef},
    wal::{Msg as LogMsg, WalRef},
};
use parking_lot::Mutex;
use ractor::{Actor, ActorProcessingErr, ActorRef, SpawnErr};
use std::sync::Arc;
use tokio::sync::mpsc::UnboundedSender;

/// A question of the engine.
pub(crate) type Question = HostMsg<IcnContext>;

/// Hands questions to the driver.
struct Host {
    questions: UnboundedSender<Question>,
    /// A validator's log, in which the rounds that start are noted.
    rounds: Option<Rounds>,
    node: NodeRef,
}

/// A validator's log, and what is in it.
pub(crate) struct Rounds {
    pub(crate) log: WalRef<IcnContext>,
    pub(crate) logged: Arc<Mutex<Logged>>,
}

/// Starts the actor. It stops when nobody listens any more.
pub(crate) async fn spawn(
    questions: UnboundedSender<Question>,
    rounds: Option<Rounds>,
    node: NodeRef,
) -> Result<HostRef<IcnContext>, SpawnErr> {
    let (actor, _) = Actor::spawn(None, Host { questions, rounds, node }, ()).await?;
    Ok(actor)
}

impl Rounds {
    /// Makes durable that a round starts. Consensus waits for the answer to its question, and signs nothing meanwhile.
    async fn start(&self, height: Height, round: Round) -> Result<(), ActorProcessingErr> {
        let missing = self.logged.lock().missing_before(height.0, round.as_u32().unwrap_or(0));
        if missing.is_empty() {
            return Ok(());
        }
        for entry in missing {
            self.logged.lock().appended(&entry);
            let append = |reply| LogMsg::Append(height, entry.clone(), reply);
            ractor::call!(self.log, append)?.map_err(ActorProcessingErr::from)?;
        }
        ractor::call!(self.log, LogMsg::Flush)?.map_err(ActorProcessingErr::from)
    }
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
        if let (Some(rounds), HostMsg::StartedRound { height, round, .. }) = (&self.rounds, &question) {
            if let Err(error) = rounds.start(*height, *round).await {
                // The engine stops, and the process with it.
                self.node.cast(NodeMsg::SafetyFailure(error.to_string()))?;
                return Ok(());
            }
        }
        self.questions.send(question).map_err(|_| "the driver has stopped".into())
    }
}
