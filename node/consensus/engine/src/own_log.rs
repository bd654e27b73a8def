//! A validator's log, to which we add what [`Logged`] finds missing.

use crate::logged::Logged;
use async_trait::async_trait;
use icn_consensus::{Address, Height, IcnContext};
use malachitebft_core_consensus::{Input, SignedConsensusMsg};
use malachitebft_core_types::Round;
use malachitebft_engine::wal::{Msg, WalRef};
use parking_lot::Mutex;
use ractor::{Actor, ActorProcessingErr, ActorRef, SpawnErr};
use std::sync::Arc;

/// The engine's log, with what is in it of one validator. Clones are the same log.
#[derive(Clone)]
pub(crate) struct OwnLog {
    log: WalRef<IcnContext>,
    logged: Arc<Mutex<Logged>>,
}

impl OwnLog {
    /// Over the engine's log, for the validator with an address. Nothing is known of it until consensus writes through
    /// [`Self::watch`].
    pub(crate) fn new(log: WalRef<IcnContext>, own: Address) -> Self {
        Self { log, logged: Arc::new(Mutex::new(Logged::new(own))) }
    }

    /// Starts the actor to which consensus writes in place of the log: it passes everything on, and sees what is logged.
    pub(crate) async fn watch(&self) -> Result<WalRef<IcnContext>, SpawnErr> {
        let (actor, _) = Actor::spawn(None, Watch(self.clone()), ()).await?;
        Ok(actor)
    }

    /// Makes durable that a round starts.
    ///
    /// # Errors
    /// When the log fails.
    pub(crate) async fn before_round(&self, height: Height, round: Round) -> Result<(), ActorProcessingErr> {
        let missing = self.logged.lock().missing_before(height.0, round.as_u32().unwrap_or(0));
        self.add(height, missing).await
    }

    /// Makes durable that a message leaves.
    ///
    /// # Errors
    /// When the log fails.
    pub(crate) async fn before_message(
        &self,
        message: &SignedConsensusMsg<IcnContext>,
    ) -> Result<(), ActorProcessingErr> {
        let missing = self.logged.lock().missing(message);
        self.add(message.height(), missing).await
    }

    async fn add(
        &self,
        height: Height,
        entries: impl IntoIterator<Item = Input<IcnContext>>,
    ) -> Result<(), ActorProcessingErr> {
        let mut added = false;
        for entry in entries {
            self.logged.lock().appended(&entry);
            let append = |reply| Msg::Append(height, entry, reply);
            ractor::call!(self.log, append)?.map_err(ActorProcessingErr::from)?;
            added = true;
        }
        if added {
            ractor::call!(self.log, Msg::Flush)?.map_err(ActorProcessingErr::from)?;
        }
        Ok(())
    }
}

/// Passes on, and sees.
struct Watch(OwnLog);

#[async_trait]
impl Actor for Watch {
    type Msg = Msg<IcnContext>;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Self::Msg>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle(&self, _: ActorRef<Self::Msg>, message: Self::Msg, (): &mut ()) -> Result<(), ActorProcessingErr> {
        let OwnLog { log, logged } = &self.0;
        match message {
            Msg::StartedHeight(height, reply) => {
                let entries = ractor::call!(log, Msg::StartedHeight, height)?;
                let known = entries.iter().flatten().filter_map(|entry| entry.as_ref().ok());
                logged.lock().started(height.0, known);
                reply.send(entries)?;
            }
            Msg::Reset(height, reply) => {
                logged.lock().started(height.0, []);
                log.cast(Msg::Reset(height, reply))?;
            }
            Msg::Append(height, entry, reply) => {
                // It counts as logged a little early: consensus waits for the log, and publishes after it.
                logged.lock().appended(&entry);
                log.cast(Msg::Append(height, entry, reply))?;
            }
            other => log.cast(other)?,
        }
        Ok(())
    }
}
