//! What is found missing, and that it is durable before a round starts and a message leaves.

use super::*;
use crate::{own_log::OwnLog, publisher::Publisher};
use async_trait::async_trait;
use icn_consensus::{
    guard::{Guard, GuardStore, GuardStoreError, MemoryGuard, Position},
    signing::{Key as _, LocalKey, Signer},
    Height, Vote,
};
use icn_primitives::votes::VoteKind;
use malachitebft_core_types::{NilOrVal, SignedMessage};
use malachitebft_engine::{
    network::NetworkMsg,
    node::NodeMsg,
    wal::{encode_entry, Msg},
};
use ractor::{Actor, ActorProcessingErr, ActorRef};
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc::{unbounded_channel, UnboundedReceiver, UnboundedSender};

const CHAIN: &str = "logged-00c0ffee";

/// How long something may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// What happened, in order.
#[derive(Clone, Debug, PartialEq)]
enum Happened {
    Logged(Input<IcnContext>),
    Synced,
    Guarded,
    Left(SignedConsensusMsg<IcnContext>),
    Stopped,
}
use Happened::{Guarded, Left, Logged as Written, Stopped, Synced};

fn key(n: u8) -> LocalKey {
    LocalKey::from_seed([n; 32])
}

fn own() -> Address {
    Address::of(&key(1).public_key())
}

/// A vote for nothing of the validator with a key.
fn vote(n: u8, kind: VoteKind, height: u64, round: u32) -> SignedConsensusMsg<IcnContext> {
    let address = Address::of(&key(n).public_key());
    let vote = Vote { kind, height: Height(height), round: Round::new(round), value: NilOrVal::Nil, address };
    let signature = key(n).sign(&vote_sign_bytes(CHAIN, &vote).expect("they exist")).expect("it signs");
    let signature = malachitebft_core_types::Signature::<IcnContext>::from_bytes(signature);
    SignedConsensusMsg::Vote(SignedMessage::new(vote, signature))
}

fn entry(message: &SignedConsensusMsg<IcnContext>) -> Input<IcnContext> {
    match message {
        SignedConsensusMsg::Vote(vote) => Input::Vote(vote.clone()),
        SignedConsensusMsg::Proposal(proposal) => Input::Proposal(proposal.clone()),
    }
}

/// The timeout that leads out of a round.
fn out_of(round: u32) -> Input<IcnContext> {
    Input::TimeoutElapsed(Timeout::precommit(Round::new(round)))
}

#[test]
fn messages_and_rounds_of_the_height_are_missing_until_they_are_logged() {
    let prevote = vote(1, VoteKind::Prevote, 7, 2);
    let mut logged = Logged::new(own());
    assert_eq!(logged.missing(&prevote), None, "it is of another height");
    logged.started(7, []);
    assert_eq!(logged.missing(&prevote), Some(entry(&prevote)));
    assert_eq!(logged.missing(&vote(2, VoteKind::Prevote, 7, 2)), None, "it is another validator's");
    assert_eq!(logged.missing_before(7, 2), [out_of(0), out_of(1)]);
    assert_eq!(logged.missing_before(8, 2), []);

    logged.appended(&out_of(1));
    logged.appended(&entry(&prevote));
    logged.appended(&Input::TimeoutElapsed(Timeout::prevote(Round::new(0))));
    assert_eq!(logged.missing(&prevote), None);
    let precommit = vote(1, VoteKind::Precommit, 7, 2);
    assert_eq!(logged.missing(&precommit), Some(entry(&precommit)));
    assert_eq!(logged.missing_before(7, 3), [out_of(0), out_of(2)]);

    // A log that is replayed holds what it held, and the next one nothing.
    logged.started(7, &[out_of(0), entry(&precommit)]);
    assert_eq!((logged.missing(&precommit), logged.missing_before(7, 1)), (None, vec![]));
    logged.started(8, []);
    assert_eq!(logged.missing_before(8, 1), [out_of(0)]);
}

#[test]
fn a_log_holds_what_is_in_it_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("wal");
    let record = |message: &SignedConsensusMsg<IcnContext>| {
        let SignedConsensusMsg::Vote(vote) = message else { panic!("it is a vote") };
        let position = Position { height: vote.height.0, round: 0, step: vote.kind.into() };
        Record {
            chain_id: CHAIN.into(),
            key: *key(1).public_key().as_bytes(),
            position,
            sign_bytes: vote_sign_bytes(CHAIN, vote).expect("they exist"),
            signature: vote.signature.to_bytes(),
        }
    };
    let (prevote, precommit) = (vote(1, VoteKind::Prevote, 7, 0), vote(1, VoteKind::Precommit, 7, 0));
    assert!(!log_holds(&path, &record(&prevote)).expect("it is missing"));
    let mut log = malachitebft_wal::Log::open(&path).expect("it opens");
    log.reset(7).expect("it is written");
    for input in [out_of(0), entry(&prevote)] {
        let mut bytes = Vec::new();
        encode_entry(input, &Codec::default(), &mut bytes).expect("it is logged");
        log.append(&bytes).expect("it is written");
    }
    log.flush().expect("it is written");
    drop(log);
    assert!(log_holds(&path, &record(&prevote)).expect("it is read"));
    assert!(!log_holds(&path, &record(&precommit)).expect("it is read"));
    let mut altered = record(&prevote);
    altered.signature[0] ^= 1;
    assert!(!log_holds(&path, &altered).expect("it is read"));
    assert!(!log_holds(&path, &record(&vote(1, VoteKind::Prevote, 8, 0))).expect("it is read"));
}

/// An actor that does the same with every message.
struct Does<M>(Box<dyn Fn(M) + Send + Sync>);

#[async_trait]
impl<M: ractor::Message> Actor for Does<M> {
    type Msg = M;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<M>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle(&self, _: ActorRef<M>, message: M, (): &mut ()) -> Result<(), ActorProcessingErr> {
        (self.0)(message);
        Ok(())
    }
}

async fn does<M: ractor::Message>(act: impl Fn(M) + Send + Sync + 'static) -> ActorRef<M> {
    Actor::spawn(None, Does(Box::new(act)), ()).await.expect("it starts").0
}

/// A guard whose writes are told.
struct ToldGuard(MemoryGuard, UnboundedSender<Happened>);

impl GuardStore for ToldGuard {
    fn load(&mut self) -> Result<Option<Record>, GuardStoreError> {
        self.0.load()
    }

    fn save(&mut self, record: &Record) -> Result<(), GuardStoreError> {
        // A test that listens no more has ended.
        let _ = self.1.send(Guarded);
        self.0.save(record)
    }
}

/// A log of height 7 that tells what is written, empty or not, and how it fails.
async fn log(happened: &UnboundedSender<Happened>, fails: bool) -> OwnLog {
    let tell = happened.clone();
    let log = does(move |message: Msg<IcnContext>| match message {
        Msg::StartedHeight(_, reply) => drop(reply.send(Ok(Vec::new()))),
        Msg::Append(_, entry, reply) => {
            tell.send(Written(entry)).expect("somebody listens");
            drop(reply.send(if fails { Err(eyre::eyre!("the disk is full")) } else { Ok(()) }));
        }
        Msg::Flush(reply) => {
            tell.send(Synced).expect("somebody listens");
            drop(reply.send(Ok(())));
        }
        Msg::Reset(..) | Msg::Dump => panic!("nobody asks for that"),
    });
    let log = OwnLog::new(log.await, own());
    let watched = log.watch().await.expect("it starts");
    ractor::call!(watched, Msg::StartedHeight, Height(7)).expect("it answers").expect("it starts");
    log
}

/// A publisher over a log, behind which everything is told.
async fn publisher(happened: &UnboundedSender<Happened>, log: OwnLog) -> ActorRef<NetworkMsg<IcnContext>> {
    let guard = ToldGuard(MemoryGuard::default(), happened.clone());
    let guard = Guard::open(CHAIN, *key(1).public_key().as_bytes(), Box::new(guard)).expect("it is empty");
    let signer = Signer::new(CHAIN, Arc::new(key(1)), guard);
    let (left, stopped) = (happened.clone(), happened.clone());
    let network = does(move |message| match message {
        NetworkMsg::PublishConsensusMsg(message) => left.send(Left(message)).expect("somebody listens"),
        _ => panic!("nothing else is sent"),
    });
    let node = does(move |_: NodeMsg| stopped.send(Stopped).expect("somebody listens"));
    Publisher { signer, log, network: network.await, node: node.await }.spawn().await.expect("it starts")
}

/// What happens next, so many things.
async fn next(happened: &mut UnboundedReceiver<Happened>, count: usize) -> Vec<Happened> {
    let mut all = Vec::new();
    while all.len() < count {
        let happened = tokio::time::timeout(PATIENCE, happened.recv()).await;
        all.push(happened.unwrap_or_else(|_| panic!("only {all:?} happened")).expect("somebody tells"));
    }
    all
}

#[tokio::test]
async fn what_was_signed_in_a_replay_is_logged_and_guarded_before_it_leaves_and_once() {
    let (tell, mut happened) = unbounded_channel();
    let log = log(&tell, false).await;
    let publisher = publisher(&tell, log).await;
    let prevote = vote(1, VoteKind::Prevote, 7, 0);
    let publish = || publisher.cast(NetworkMsg::PublishConsensusMsg(prevote.clone())).expect("it runs");
    publish();
    let first = next(&mut happened, 4).await;
    assert_eq!(first, [Written(entry(&prevote)), Synced, Guarded, Left(prevote.clone())]);
    publish();
    assert_eq!(next(&mut happened, 1).await, [Left(prevote.clone())], "it is durable");
}

#[tokio::test]
async fn what_cannot_be_logged_does_not_leave_and_stops_the_engine() {
    let (tell, mut happened) = unbounded_channel();
    let log = log(&tell, true).await;
    let prevote = vote(1, VoteKind::Prevote, 7, 0);
    let publisher = publisher(&tell, log).await;
    publisher.cast(NetworkMsg::PublishConsensusMsg(prevote.clone())).expect("it runs");
    assert_eq!(next(&mut happened, 2).await, [Written(entry(&prevote)), Stopped]);
}

#[tokio::test]
async fn a_round_starts_when_the_log_leads_to_it() {
    let (tell, mut happened) = unbounded_channel();
    let log = log(&tell, false).await;
    let (questions, mut asked) = unbounded_channel();
    let node = does(|message: NodeMsg| panic!("{message:?}")).await;
    let host = crate::host::spawn(questions, Some(log), node).await.expect("it starts");
    for (round, missing) in [(0, vec![]), (2, vec![Written(out_of(0)), Written(out_of(1)), Synced]), (2, vec![])] {
        let (reply_to, _answer) = ractor::concurrency::oneshot();
        let role = malachitebft_core_consensus::Role::Validator;
        let (height, round) = (Height(7), Round::new(round));
        let question = malachitebft_engine::host::HostMsg::StartedRound {
            height,
            round,
            proposer: own(),
            role,
            reply_to: reply_to.into(),
        };
        host.cast(question).expect("it runs");
        asked.recv().await.expect("the driver is asked");
        // The log was written before.
        let mut written = Vec::new();
        while let Ok(happened) = happened.try_recv() {
            written.push(happened);
        }
        assert_eq!(written, missing);
    }
}
