//! The actor that the engine asks. It only hands questions on: whoever answers may take its time, and no question waits for
//! another's answer, as it would behind the engine's own connector.

use async_trait::async_trait;
use icn_consensus::IcnContext;
use malachitebft_engine::host::{HostMsg, HostRef};
use ractor::{Actor, ActorProcessingErr, ActorRef, SpawnErr};
use tokio::sync::mpsc::UnboundedSender;

/// A question of the engine.
pub(crate) type Question = HostMsg<IcnContext>;

/// Hands questions to the driver.
struct Host(UnboundedSender<Question>);

/// Starts the actor. It stops when nobody listens any more.
pub(crate) async fn spawn(questions: UnboundedSender<Question>) -> Result<HostRef<IcnContext>, SpawnErr> {
    let (actor, _) = Actor::spawn(None, Host(questions), ()).await?;
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
        self.0.send(question).map_err(|_| "the driver has stopped".into())
    }
}
