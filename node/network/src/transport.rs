//! Connections: TCP, secured with the node key.

use libp2p::{
    core::{muxing::StreamMuxerBox, transport::Boxed, upgrade::Version},
    dns,
    identity::Keypair,
    noise, tcp, yamux, PeerId, Transport,
};
use std::time::Duration;

/// How long a connection may take to be established, its name looked up included.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// TCP to addresses and to names of hosts, with Noise and Yamux over it.
pub(crate) fn build(keypair: &Keypair) -> Result<Boxed<(PeerId, StreamMuxerBox)>, noise::Error> {
    let noise = noise::Config::new(keypair)?;
    let tcp = || tcp::tokio::Transport::new(tcp::Config::default());
    Ok(match dns::tokio::Transport::system(tcp()) {
        Ok(transport) => secure(transport, noise),
        Err(error) => {
            tracing::warn!(%error, "this host has no resolver: peers are only reached by IP address");
            secure(tcp(), noise)
        }
    })
}

fn secure<T>(transport: T, noise: noise::Config) -> Boxed<(PeerId, StreamMuxerBox)>
where
    T: Transport + Send + Unpin + 'static,
    T::Output: futures::AsyncRead + futures::AsyncWrite + Send + Unpin + 'static,
    T::Error: Send + Sync + 'static,
    T::Dial: Send,
    T::ListenerUpgrade: Send,
{
    transport
        .upgrade(Version::V1Lazy)
        .authenticate(noise)
        .multiplex(yamux::Config::default())
        .timeout(HANDSHAKE_TIME)
        .boxed()
}
