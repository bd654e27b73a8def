//! A peer that is none of our nodes: it speaks the protocols of the test chain, by their names, and says what it likes.

use crate::node::{genesis, soon};
use async_trait::async_trait;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, StreamExt};
use icn_network::{Keypair, PeerAddress, PeerId};
use libp2p::{
    gossipsub::{self, IdentTopic, MessageAuthenticity, ValidationMode},
    identify, noise,
    request_response::{self, Message, ProtocolSupport},
    swarm::{
        dial_opts::{DialOpts, PeerCondition},
        NetworkBehaviour, SwarmEvent,
    },
    tcp, yamux, StreamProtocol, Swarm, SwarmBuilder,
};
use std::{future::Future, io, time::Duration};
use tokio::select;

pub(crate) const TRANSACTIONS: &str = "icn/test-00000000/transactions/1";
pub(crate) const HEADS: &str = "icn/test-00000000/heads/1";

/// Any bytes in both directions.
#[derive(Clone)]
struct Raw;

#[async_trait]
impl request_response::Codec for Raw {
    type Protocol = StreamProtocol;
    type Request = Vec<u8>;
    type Response = Vec<u8>;

    async fn read_request<T>(&mut self, _: &StreamProtocol, stream: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await?;
        Ok(bytes)
    }

    async fn read_response<T>(&mut self, protocol: &StreamProtocol, stream: &mut T) -> io::Result<Vec<u8>>
    where
        T: AsyncRead + Unpin + Send,
    {
        self.read_request(protocol, stream).await
    }

    async fn write_request<T>(&mut self, _: &StreamProtocol, stream: &mut T, bytes: Vec<u8>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        stream.write_all(&bytes).await
    }

    async fn write_response<T>(&mut self, protocol: &StreamProtocol, stream: &mut T, bytes: Vec<u8>) -> io::Result<()>
    where
        T: AsyncWrite + Unpin + Send,
    {
        self.write_request(protocol, stream, bytes).await
    }
}

#[derive(NetworkBehaviour)]
struct Speech {
    identify: identify::Behaviour,
    status: request_response::Behaviour<Raw>,
    gossip: gossipsub::Behaviour,
}

pub(crate) struct Stranger {
    swarm: Swarm<Speech>,
    /// What it answers when it is asked for its status.
    pub(crate) status: Vec<u8>,
}

/// The status of a node at a height, as bytes.
pub(crate) fn status(height: u8) -> Vec<u8> {
    [&[0x0a, 0x20][..], genesis().as_bytes(), &[0x10, height, 0x1a, 0x20], &[height; 32]].concat()
}

impl Stranger {
    /// One that signs what it says.
    pub(crate) fn new() -> Self {
        Self::with(MessageAuthenticity::Signed)
    }

    /// One that says that another is the author of what it says.
    pub(crate) fn impersonator(author: PeerId) -> Self {
        Self::with(|_| MessageAuthenticity::Author(author))
    }

    /// One that takes nothing.
    pub(crate) fn uninterested() -> Self {
        let mut stranger = Self::new();
        for topic in [TRANSACTIONS, HEADS] {
            stranger.swarm.behaviour_mut().gossip.unsubscribe(&IdentTopic::new(topic));
        }
        stranger
    }

    fn with(authenticity: impl FnOnce(Keypair) -> MessageAuthenticity) -> Self {
        let behaviour = |key: &Keypair| {
            let gossip = gossipsub::ConfigBuilder::default()
                .protocol_id_prefix("/icn/test-00000000/gossip")
                .validation_mode(ValidationMode::None)
                .max_transmit_size(4 * 1024 * 1024)
                .flood_publish(true)
                .build()
                .unwrap();
            let protocol = StreamProtocol::new("/icn/test-00000000/status/1");
            Speech {
                identify: identify::Behaviour::new(identify::Config::new("icn/test-00000000/1".into(), key.public())),
                status: request_response::Behaviour::with_codec(
                    Raw,
                    [(protocol, ProtocolSupport::Full)],
                    request_response::Config::default(),
                ),
                gossip: gossipsub::Behaviour::new(authenticity(key.clone()), gossip).unwrap(),
            }
        };
        let swarm = SwarmBuilder::with_new_identity()
            .with_tokio()
            .with_tcp(tcp::Config::default(), noise::Config::new, yamux::Config::default)
            .unwrap()
            .with_behaviour(behaviour)
            .unwrap()
            .with_swarm_config(|config| config.with_idle_connection_timeout(Duration::from_secs(60)))
            .build();
        let mut stranger = Self { swarm, status: status(1) };
        for topic in [TRANSACTIONS, HEADS] {
            stranger.swarm.behaviour_mut().gossip.subscribe(&IdentTopic::new(topic)).unwrap();
        }
        stranger
    }

    pub(crate) fn id(&self) -> PeerId {
        *self.swarm.local_peer_id()
    }

    /// Connects to a node, and waits until the node takes gossip on both topics.
    pub(crate) async fn connect(&mut self, node: &PeerAddress) {
        let dial = DialOpts::peer_id(node.peer).addresses(vec![node.address.clone()]).build();
        self.swarm.dial(dial).unwrap();
        let subscribed = async {
            let mut topics = 0;
            while topics < 2 {
                if let Some(SpeechEvent::Gossip(gossipsub::Event::Subscribed { .. })) = self.hear().await {
                    topics += 1;
                }
            }
        };
        soon("a subscription", subscribed).await;
    }

    /// Connects once more to a node that it is connected to, as if it knew nothing of that.
    pub(crate) fn connect_again(&mut self, node: &PeerAddress) {
        let dial = DialOpts::peer_id(node.peer).condition(PeerCondition::Always);
        self.swarm.dial(dial.addresses(vec![node.address.clone()]).build()).unwrap();
    }

    /// Waits until it is connected to a node no more.
    pub(crate) async fn disconnected(&mut self, node: PeerId) {
        let gone = async {
            while self.swarm.is_connected(&node) {
                self.hear().await;
            }
        };
        soon("a disconnection", gone).await;
    }

    /// Says something on a topic.
    pub(crate) fn say(&mut self, topic: &str, data: Vec<u8>) {
        self.swarm.behaviour_mut().gossip.publish(IdentTopic::new(topic), data).unwrap();
    }

    /// Asks a node for its status by telling it something, and waits for its answer or for an end without one.
    pub(crate) async fn ask(&mut self, node: PeerId, bytes: Vec<u8>) {
        use request_response::Event::{Message as Answer, OutboundFailure};
        self.swarm.behaviour_mut().status.send_request(&node, bytes);
        let answered = async {
            while !matches!(self.hear().await, Some(SpeechEvent::Status(Answer { .. } | OutboundFailure { .. }))) {}
        };
        soon("an answer", answered).await;
    }

    /// Lives while something else is awaited.
    pub(crate) async fn while_waiting<T>(&mut self, other: impl Future<Output = T>) -> T {
        tokio::pin!(other);
        loop {
            select! {
                result = &mut other => return result,
                _ = self.hear() => {}
            }
        }
    }

    /// Handles one thing that happens, and tells what the protocols say.
    async fn hear(&mut self) -> Option<SpeechEvent> {
        let SwarmEvent::Behaviour(event) = self.swarm.select_next_some().await else { return None };
        match event {
            SpeechEvent::Status(request_response::Event::Message {
                message: Message::Request { channel, .. }, ..
            }) => {
                // Whoever asked may be gone.
                let _ = self.swarm.behaviour_mut().status.send_response(channel, self.status.clone());
                None
            }
            event => Some(event),
        }
    }
}
