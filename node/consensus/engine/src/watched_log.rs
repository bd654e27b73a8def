//! The actor between consensus and its log: it passes everything on, and sees what is logged.

use crate::logged::Logged;
use async_trait::async_trait;
use icn_consensus::IcnContext;
use malachitebft_engine::wal::{Msg, WalRef};
use parking_lot::Mutex;
use ractor::{Actor, ActorProcessingErr, ActorRef, SpawnErr};
use std::sync::Arc;

/// Passes on, and sees.
struct WatchedLog {
    log: WalRef<IcnContext>,
    logged: Arc<Mutex<Logged>>,
}

/// Starts the actor before a log.
pub(crate) async fn spawn(log: WalRef<IcnContext>, logged: Arc<Mutex<Logged>>) -> Result<WalRef<IcnContext>, SpawnErr> {
    let (actor, _) = Actor::spawn(None, WatchedLog { log, logged }, ()).await?;
    Ok(actor)
}

#[async_trait]
impl Actor for WatchedLog {
    type Msg = Msg<IcnContext>;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Self::Msg>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle(&self, _: ActorRef<Self::Msg>, message: Self::Msg, (): &mut ()) -> Result<(), ActorProcessingErr> {
        match message {
            Msg::StartedHeight(height, reply) => {
                let entries = ractor::call!(self.log, Msg::StartedHeight, height)?;
                let known = entries.iter().flatten().filter_map(|entry| entry.as_ref().ok());
                self.logged.lock().started(height.0, known);
                reply.send(entries)?;
            }
            Msg::Reset(height, reply) => {
                self.logged.lock().started(height.0, []);
                self.log.cast(Msg::Reset(height, reply))?;
            }
            Msg::Append(height, entry, reply) => {
                // It counts as logged a little early: consensus waits for the log, and publishes after it.
                self.logged.lock().appended(&entry);
                self.log.cast(Msg::Append(height, entry, reply))?;
            }
            other => self.log.cast(other)?,
        }
        Ok(())
    }
}
